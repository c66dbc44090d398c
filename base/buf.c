/* SPDX-License-Identifier: BSD-2-Clause */
/* buf: growth and printf of the flat buffer. Floor F0. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

static bool fail(struct buf *b)
{
    b->failed = true;
    b->cap = b->len;
    return false;
}

bool buf_grow(struct buf *b, size_t n)
{
    if (b->failed)
        return false;
    size_t want = b->cap ? b->cap : 256;
    while (want - b->len < n) {
        if (want > SIZE_MAX / 2)
            return fail(b);
        want *= 2;
    }
    char *p = realloc(b->p, want);
    if (p == NULL)
        return fail(b);
    b->p = p;
    b->cap = want;
    return true;
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0) {
        char *p = buf_room(b, (size_t)n + 1);
        if (p != NULL) {
            vsnprintf(p, (size_t)n + 1, fmt, again);
            b->len += (size_t)n;
        }
    }
    va_end(again);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}
