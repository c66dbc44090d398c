/* SPDX-License-Identifier: BSD-2-Clause */
/* test_progress: what the line says. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "tools/progress.h"

Test(progress, says_how_much_how_fast_and_how_long)
{
    static const struct {
        const char *name;
        uint64_t total, done, after_s;
        const char *want;
    } rows[] = {
        {"a.gz", 100000000, 25000000, 5, "a.gz 25% 25.0 MB, 5.0 MB/s, 0:15 left"},
        {"a.gz", 4000000000, 10000000, 1, "a.gz 0% 10.0 MB, 10.0 MB/s, 6:39 left"},
        {"-", 0, 3000000, 2, "- 3.0 MB, 1.5 MB/s"},
        {"grown", 10, 3000000, 2, "grown 3.0 MB, 1.5 MB/s"},
        {"new", 10, 0, 0, "new 0% 0.0 MB, 0.0 MB/s"},
        {"/a/very/long/folder/that/nobody/wants/to/see/updates.20251122.2015.gz", 0, 1000000, 1,
         "wants/to/see/updates.20251122.2015.gz 1.0 MB, 1.0 MB/s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[160];
        struct progress p = {.on = true};
        progress_begin(&p, rows[i].name, rows[i].total);
        progress_text(&p, rows[i].done, p.start_ns + rows[i].after_s * NS_PER_S, text,
                      sizeof text);
        cr_expect(strstr(text, rows[i].want) != NULL, "%s, not %s", rows[i].want, text);
    }
}
