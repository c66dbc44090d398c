/* SPDX-License-Identifier: BSD-2-Clause */
/* progress: a line on a terminal that tells how far long work is. Floor F4. */
#include "tools/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_LEN = 160, NAME_SHOWN = 40 };

#define STEP_NS (NS_PER_S / 2)

bool progress_suits(void)
{
    return isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

void progress_begin(struct progress *p, const char *name, uint64_t total)
{
    p->name = name;
    p->total = total;
    p->start_ns = p->last_ns = clock_monotonic_ns();
}

/* Of a long name, its end. */
static const char *name_end(const char *name)
{
    size_t len = strlen(name);
    return len > NAME_SHOWN ? name + len - NAME_SHOWN : name;
}

void progress_text(const struct progress *p, uint64_t done, uint64_t now_ns, char *dst,
                   unsigned room)
{
    double seconds = (double)(now_ns - p->start_ns) / (double)NS_PER_S;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    int n = snprintf(dst, room, "%s", name_end(p->name));
    if (p->total > 0 && done <= p->total)
        n += snprintf(dst + n, room - (unsigned)n, " %u%%", (unsigned)(done * 100 / p->total));
    n += snprintf(dst + n, room - (unsigned)n, " %.1f MB, %.1f MB/s", (double)done / 1e6,
                  rate / 1e6);
    if (p->total > 0 && done <= p->total && rate > 0) {
        uint64_t left = (uint64_t)((double)(p->total - done) / rate);
        snprintf(dst + n, room - (unsigned)n, ", %llu:%02u left",
                 (unsigned long long)(left / 60), (unsigned)(left % 60));
    }
}

void progress_step(struct progress *p, uint64_t done)
{
    char line[LINE_MAX_LEN];
    if (!p->on)
        return;
    uint64_t now = clock_monotonic_ns();
    if (now - p->last_ns < STEP_NS)
        return;
    p->last_ns = now;
    progress_text(p, done, now, line, sizeof line);
    fprintf(stderr, "\r%s\033[K", line);
    p->shown = true;
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
