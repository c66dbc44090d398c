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
    enum log_level level; /* lines below it are dropped; see log_set_level */
};

/* Changes the level while other threads log. */
void log_set_level(struct log *l, enum log_level level);

/* Writes one line `2026-11-22T21:00:00.123Z WARN text`, time in UTC. Line feeds and control
 * characters in it become `?`; a line over 2,000 octets is cut and ends in `...`. A failing
 * write is given up: there is nobody left to tell. Keeps errno. `l` NULL: writes nothing.
 * Thread-safe. */
void log_line(const struct log *l, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

enum {
    LOG_LIMIT_BURST = 5,       /* lines at once */
    LOG_LIMIT_INTERVAL_S = 10, /* then one per so many seconds */
};

/* A token bucket; starts zero-initialised. One thread. */
struct log_limit {
    uint64_t next_ns;    /* when the next used token comes back */
    uint32_t used;       /* tokens out */
    uint32_t suppressed; /* lines refused since the last that passed */
};

/* Returns whether a line may be written at `now_ns` (monotonic); *suppressed is how many were
 * not since the last. */
bool log_allowed(struct log_limit *l, uint64_t now_ns, uint32_t *suppressed);

#endif
