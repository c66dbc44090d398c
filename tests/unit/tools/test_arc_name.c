/* SPDX-License-Identifier: BSD-2-Clause */
/* What paths of archive files say: times and groups. */
#include <criterion/criterion.h>
#include <string.h>

#include "tools/archive/arc.h"
#include "tools/verify/verify_keys.h"

enum { NOON = 1763812800, MINUTES = 5 * 60 }; /* 2025-11-22T12:00:00Z */

Test(arc_name, times)
{
    static const struct {
        const char *path;
        uint64_t want;
    } row[] = {
        {"rrc00/2025.11/updates.20251122.1205.gz", NOON + MINUTES},
        {"2025.11/UPDATES/updates.20251122.1205.bz2", NOON + MINUTES},
        {"2025.11/bview.20251122.120500.gz", NOON + MINUTES},
        {"2025.11/updates.20251122.1205.1.gz", NOON + MINUTES}, /* a second file of the slot */
        {"2025.11/updates.20251122.1205.gz.part", NOON + MINUTES},
        {"ris.rrc06.updates.1763813100.gz", NOON + MINUTES},
        {"2025/11/22/1205.mrt", NOON + MINUTES},
        {"2025/11/22/12/05/u.mrt.zst", NOON + MINUTES},
        {"u-2025-11-22T12:05:00Z.mrt", NOON + MINUTES},
        {"20251122120500", NOON + MINUTES},
        {"AS64500/updates", 0},
        {"rib.20251340.1205.gz", 0}, /* no such day */
        {"1999/updates.gz", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert_eq(arc_named_time(row[i].path), row[i].want, "%s: %lu", row[i].path,
                     (unsigned long)arc_named_time(row[i].path));
}

Test(arc_name, groups)
{
    static const struct {
        const char *path, *want;
    } row[] = {
        {"a/2025.11/updates.20251122.1205.gz", "a/"},
        {"a/2025.11/UPDATES/updates.gz", "a/"},
        {"a/2025.11/RIBS/rib.gz", "a/"},
        {"a/2025/11/22/1205/x", "a/"},
        {"a/2025-11-22/x", "a/"},
        {"a/20251122/x", "a/"},
        {"a/326/x", "a/"},
        {"a/r1/AS64500_192.0.2.9/2025.11/x", "a/r1/AS64500_192.0.2.9/"},
        {"a/192.0.2.1/2025.11/x", "a/192.0.2.1/"}, /* an address, not a date */
        {"a/64500/x", "a/64500/"},
        {"a/adj-rib-in-post/2025.11/x", "a/adj-rib-in-post/"},
        {"/x", "/"},
        {"x", ""},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char name[64];
        arc_group_name(name, row[i].path);
        cr_assert_str_eq(name, row[i].want, "%s: %s", row[i].path, name);
    }
}

Test(arc_name, below)
{
    cr_assert(arc_group_is_below("a/r1/", "a/"));
    cr_assert_not(arc_group_is_below("a/", "a/"));
    cr_assert_not(arc_group_is_below("a/", "a/r1/"));
    cr_assert_not(arc_group_is_below("b/r1/", "a/"));
    cr_assert(arc_group_is_below("a/r1/loc-rib/", "a/loc-rib/"));
    cr_assert_not(arc_group_is_below("a/r1/loc-rib/", "a/"), "another view");
    cr_assert_not(arc_group_is_below("a/r1/", "a/loc-rib/"), "another view");
}

Test(verify_keys, set_get_grow)
{
    enum { CNT = 20000 };
    struct verify_keys k = {0};
    cr_assert_null(verify_keys_get(&k, 5));
    cr_assert_eq(verify_keys_set(&k, 0, 1), 0);
    cr_assert_eq(k.cnt, 0, "0 is no key");
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 1; i <= CNT; i++)
            cr_assert_eq(verify_keys_set(&k, i << 20 | i, (uint32_t)i + (uint32_t)round), 0);
        cr_assert_eq(k.cnt, CNT);
    }
    for (uint64_t i = 1; i <= CNT; i++) {
        uint32_t *v = verify_keys_get(&k, i << 20 | i);
        cr_assert(v != NULL && *v == i + 1);
        cr_assert_null(verify_keys_get(&k, i << 20));
    }
    verify_keys_clear(&k);
    cr_assert_null(verify_keys_get(&k, 1 << 20 | 1));
    verify_keys_free(&k);
}
