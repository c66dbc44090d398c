/* SPDX-License-Identifier: BSD-2-Clause */
/* cur: a bounds-checked read cursor over wire bytes. Floor F0.
 *
 * Every read of bytes that came from outside goes through this cursor. It lives on the stack
 * and borrows the bytes; it never allocates. A length found on the wire becomes a child cursor
 * (cur_take), which can't read past what the wire said. A failing read leaves its result
 * untouched, returns false, and the cursor remembers the first failing offset and how many
 * bytes were needed; every later read fails too. */
#ifndef RIBTAPE_BASE_CUR_H
#define RIBTAPE_BASE_CUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE __attribute__((warn_unused_result))

/* `off` counts from the start of the outermost cursor (for a message: from its first header
 * byte), so that a diagnostic can name the place whatever the nesting. */
struct cur {
    const uint8_t *p;  /* next byte */
    uint32_t left;     /* bytes left */
    uint32_t off;      /* offset of p in the outermost cursor */
    uint32_t fail_off; /* where the first failing read began; valid when failed */
    uint32_t need;     /* how many bytes that read needed */
    bool failed;
};

/* Return the big-endian number at `p`, of octets that a cursor has given out (cur_bytes). */
static inline uint16_t wire_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Returns a cursor over `len` borrowed bytes at `p` (p may be NULL when len is 0), whose
 * offsets start at `off`. Of more than 4 GiB it sees the first. */
static inline struct cur cur_at(const uint8_t *p, size_t len, uint32_t off)
{
    uint32_t left = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
    return (struct cur){.p = p, .left = left, .off = off};
}

/* Makes `c` such a cursor, member by member: what is put together elsewhere and copied here in
 * wide moves waits for its own narrow stores, which shows where it happens for each attribute.
 */
static inline void cur_set(struct cur *c, const uint8_t *p, uint32_t len, uint32_t off)
{
    c->p = p;
    c->left = len;
    c->off = off;
    c->fail_off = 0;
    c->need = 0;
    c->failed = false;
}

/* Returns a cursor over `len` borrowed bytes at `p`, offsets from zero. */
static inline struct cur cur_of(const void *p, size_t len)
{
    return cur_at((const uint8_t *)p, len, 0);
}

/* Notes that `need` bytes were not there. Returns false, so that callers can return it. */
static inline bool cur_fail(struct cur *c, uint32_t need)
{
    if (!c->failed) {
        c->failed = true;
        c->fail_off = c->off;
        c->need = need;
    }
    return false;
}

/* Returns whether every byte was consumed and no read failed. */
static inline bool cur_done(const struct cur *c)
{
    return c->left == 0 && !c->failed;
}

/* Moves on by `n` bytes that the caller has checked to be there. Internal to this header. */
static inline void cur_advance_(struct cur *c, uint32_t n)
{
    if (n == 0) /* p may be NULL */
        return;
    c->p += n;
    c->left -= n;
    c->off += n;
}

static inline bool cur_has_(struct cur *c, uint32_t n)
{
    if (c->failed || c->left < n)
        return cur_fail(c, n);
    return true;
}

/* Reads one octet. */
MUST_USE static inline bool cur_u8(struct cur *c, uint8_t *v)
{
    if (!cur_has_(c, 1))
        return false;
    *v = c->p[0];
    cur_advance_(c, 1);
    return true;
}

/* Reads two octets, big-endian. */
MUST_USE static inline bool cur_u16(struct cur *c, uint16_t *v)
{
    if (!cur_has_(c, 2))
        return false;
    *v = wire_u16(c->p);
    cur_advance_(c, 2);
    return true;
}

/* Reads three octets, big-endian. */
MUST_USE static inline bool cur_u24(struct cur *c, uint32_t *v)
{
    if (!cur_has_(c, 3))
        return false;
    *v = (uint32_t)c->p[0] << 16 | (uint32_t)c->p[1] << 8 | c->p[2];
    cur_advance_(c, 3);
    return true;
}

/* Reads four octets, big-endian. */
MUST_USE static inline bool cur_u32(struct cur *c, uint32_t *v)
{
    if (!cur_has_(c, 4))
        return false;
    *v = wire_u32(c->p);
    cur_advance_(c, 4);
    return true;
}

/* Reads eight octets, big-endian. */
MUST_USE static inline bool cur_u64(struct cur *c, uint64_t *v)
{
    uint32_t hi, lo;
    if (!cur_has_(c, 8) || !cur_u32(c, &hi) || !cur_u32(c, &lo))
        return false;
    *v = (uint64_t)hi << 32 | lo;
    return true;
}

/* Consumes `n` bytes and returns where they are (borrowed), or NULL when they are not there.
 * With n == 0 the result is the current position, which is not NULL unless the cursor is empty
 * and was made from NULL. */
MUST_USE static inline const uint8_t *cur_bytes(struct cur *c, uint32_t n)
{
    static const uint8_t nothing[1];
    if (!cur_has_(c, n))
        return NULL;
    const uint8_t *p = c->p != NULL ? c->p : nothing;
    if (n > 0)
        cur_advance_(c, n);
    return p;
}

/* Copies `n` bytes to `dst`. */
MUST_USE static inline bool cur_copy(struct cur *c, void *dst, uint32_t n)
{
    const uint8_t *p = cur_bytes(c, n);
    if (p == NULL)
        return false;
    memcpy(dst, p, n);
    return true;
}

/* Skips `n` bytes. */
MUST_USE static inline bool cur_skip(struct cur *c, uint32_t n)
{
    return cur_bytes(c, n) != NULL;
}

/* Consumes `n` bytes and makes `child` a cursor over just them. Offsets go on counting. */
MUST_USE static inline bool cur_take(struct cur *c, uint32_t n, struct cur *child)
{
    uint32_t off = c->off;
    const uint8_t *p = cur_bytes(c, n);
    if (p == NULL)
        return false;
    cur_set(child, p, n, off);
    return true;
}

/* Makes `child` a cursor over all that is left and consumes it. Can't fail on a sound cursor.
 */
static inline struct cur cur_rest(struct cur *c)
{
    struct cur child = cur_at(c->p, c->left, c->off);
    cur_advance_(c, c->left);
    return child;
}

/* Looks at the octet `ahead` bytes further on without consuming anything. */
MUST_USE static inline bool cur_peek(const struct cur *c, uint32_t ahead, uint8_t *v)
{
    if (c->failed || c->left <= ahead)
        return false;
    *v = c->p[ahead];
    return true;
}

/* Whether reads are traced: then fields are read one by one that are faster read at once. */
#ifdef RIBTAPE_TRACE
enum { CUR_TRACED = 1 };
#else
enum { CUR_TRACED = 0 };
#endif

/* cur_bytes and cur_skip, and what the octets are called where reads are traced. */
#define cur_bytes_called(c, n, name) cur_bytes((c), (n))
#define cur_skip_called(c, n, name)  cur_skip((c), (n))

#ifdef RIBTAPE_TRACE
#include "base/trace_cur.h"
#endif

#endif
