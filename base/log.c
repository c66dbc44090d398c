/* SPDX-License-Identifier: BSD-2-Clause */
/* log: one line a message, one write(2) a line, and the limiter. Floor F0. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_LEN = 2000 };

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "DEBUG",
    [LOG_LEVEL_INFO] = "INFO",
    [LOG_LEVEL_WARN] = "WARN",
    [LOG_LEVEL_ERROR] = "ERROR",
};

/* Writes `2026-11-22T21:00:00.123Z WARN ` at `line`. Returns its length. */
static size_t put_head(char *line, size_t cap, enum log_level level)
{
    uint64_t now = clock_realtime_ns();
    time_t sec = (time_t)(now / NS_PER_S);
    struct tm tm;
    gmtime_r(&sec, &tm);
    size_t n = strftime(line, cap, "%Y-%m-%dT%H:%M:%S", &tm);
    int k = snprintf(line + n, cap - n, ".%03uZ %s ", (unsigned)(now % NS_PER_S / 1000000),
                     level_names[level]);
    return n + (size_t)k;
}

static void replace_controls(char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c == 0x7f)
            s[i] = '?';
    }
}

/* relaxed: a line more or less at the change is no matter */
void log_set_level(struct log *l, enum log_level level)
{
    __atomic_store_n(&l->level, level, __ATOMIC_RELAXED);
}

void log_line(const struct log *l, enum log_level level, const char *fmt, ...)
{
    if (l == NULL || level < __atomic_load_n(&l->level, __ATOMIC_RELAXED))
        return;
    int saved = errno;
    char line[LINE_MAX_LEN + 1];
    size_t head = put_head(line, sizeof line, level);
    size_t room = sizeof line - head; /* for the text and its NUL, which becomes the LF */

    va_list ap;
    va_start(ap, fmt);
    errno = saved; /* for %m */
    int n = vsnprintf(line + head, room, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len >= room) {
        len = room - 1;
        memcpy(line + head + len - 3, "...", 3);
    }
    replace_controls(line + head, len);
    line[head + len] = '\n';

    const char *p = line;
    size_t left = head + len + 1;
    while (left > 0) { /* a second round only for a pipe that is nearly full */
        ssize_t w = write(l->fd, p, left);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            break;
        p += w;
        left -= (size_t)w;
    }
    errno = saved;
}

bool log_allowed(struct log_limit *l, uint64_t now_ns, uint32_t *suppressed)
{
    const uint64_t interval = LOG_LIMIT_INTERVAL_S * NS_PER_S;
    if (l->used > 0 && now_ns >= l->next_ns) {
        uint64_t back = (now_ns - l->next_ns) / interval + 1;
        l->used = back >= l->used ? 0 : l->used - (uint32_t)back;
        l->next_ns += back * interval;
    }
    if (l->used >= LOG_LIMIT_BURST) {
        l->suppressed++;
        return false;
    }
    if (l->used++ == 0)
        l->next_ns = now_ns + interval;
    *suppressed = l->suppressed;
    l->suppressed = 0;
    return true;
}
