/* SPDX-License-Identifier: BSD-2-Clause */
/* log: one line a message, on stderr: time, level, who, what, numbers, what we did. Floor F0.
 *
 * Thread-safe: a line is one write(2). Codecs never log. A limiter keeps one talkative peer
 * from flooding: it counts what it suppressed and says so in the next line that passes. */
#ifndef RIBTAPE_BASE_LOG_H
#define RIBTAPE_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log {
    int fd;               /* 2 by default */
    enum log_level level; /* lines below it are dropped */
};

/* Writes one line `2026-11-22T21:00:00.123Z WARN text`. Line feeds and control characters in it
 * become `?`. */
void log_line(const struct log *l, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A token bucket: `burst` lines at once, then one per `interval_s`. Zero-initialised: 5 and 10.
 */
struct log_limit {
    uint64_t next_ns;
    uint32_t used;
    uint32_t suppressed;
};

/* Returns whether a line may be written at `now_ns` (monotonic); *suppressed is how many were
 * not since the last. */
bool log_allowed(struct log_limit *l, uint64_t now_ns, uint32_t *suppressed);

#endif
