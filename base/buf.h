/* SPDX-License-Identifier: BSD-2-Clause */
/* buf: a growable flat buffer for text and bytes. Floor F0.
 *
 * Encoders append here and the owner writes the whole buffer out. Growth doubles; when memory
 * runs out `failed` is set and stays set, and appends do nothing. Not thread-safe. */
#ifndef RIBTAPE_BASE_BUF_H
#define RIBTAPE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *p; /* owned; NULL before the first append */
    size_t len;
    size_t cap; /* when failed: `len` of that moment, so that nothing more has room */
    bool failed;
};

/* Makes room for `n` more bytes. Returns false (failed set) when memory runs out. */
bool buf_grow(struct buf *b, size_t n);

/* Frees the memory and makes the buffer empty and usable again. */
void buf_free(struct buf *b);

/* Append printf-formatted text. For logs, errors and cold paths only. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Returns where the next `n` bytes go, or NULL. The caller adds what it used to b->len. */
static inline char *buf_room(struct buf *b, size_t n)
{
    if (b->cap - b->len < n && !buf_grow(b, n))
        return NULL;
    return b->p + b->len;
}

/* Appends `n` bytes (src may be NULL when n is 0). */
static inline void buf_add(struct buf *b, const void *src, size_t n)
{
    if (n == 0)
        return;
    char *p = buf_room(b, n);
    if (p == NULL)
        return;
    memcpy(p, src, n);
    b->len += n;
}

static inline void buf_add_char(struct buf *b, char c)
{
    char *p = buf_room(b, 1);
    if (p == NULL)
        return;
    *p = c;
    b->len++;
}

/* Appends a NUL-terminated string without its NUL. */
static inline void buf_add_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

static inline void buf_clear(struct buf *b)
{
    b->len = 0;
}

#endif
