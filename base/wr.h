/* SPDX-License-Identifier: BSD-2-Clause */
/* wr: a bounded big-endian writer for wire formats. Floor F0.
 *
 * Writes into a buffer that the caller owns. A write that does not fit writes nothing and sets
 * `overflow`, which stays set; check it once at the end. Lengths are back-patched with wr_mark
 * and wr_patch_u16/u32, which fail (overflow) rather than truncate a length. */
#ifndef RIBTAPE_BASE_WR_H
#define RIBTAPE_BASE_WR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wr {
    uint8_t *buf;
    size_t len; /* bytes written */
    size_t cap;
    bool overflow;
};

static inline struct wr wr_of(void *buf, size_t cap)
{
    return (struct wr){.buf = (uint8_t *)buf, .cap = cap};
}

/* Reserves `n` bytes and returns where, or NULL (overflow set). */
static inline uint8_t *wr_room(struct wr *w, size_t n)
{
    if (w->overflow || w->cap - w->len < n) {
        w->overflow = true;
        return NULL;
    }
    uint8_t *p = w->buf + w->len;
    w->len += n;
    return p;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
    uint8_t *p = wr_room(w, 1);
    if (p != NULL)
        p[0] = v;
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
    uint8_t *p = wr_room(w, 2);
    if (p == NULL)
        return;
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void wr_u24(struct wr *w, uint32_t v)
{
    uint8_t *p = wr_room(w, 3);
    if (p == NULL)
        return;
    p[0] = (uint8_t)(v >> 16);
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)v;
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
    uint8_t *p = wr_room(w, 4);
    if (p == NULL)
        return;
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline void wr_u64(struct wr *w, uint64_t v)
{
    uint8_t *p = wr_room(w, 8);
    for (unsigned i = 0; p != NULL && i < 8; i++)
        p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static inline void wr_bytes(struct wr *w, const void *src, size_t n)
{
    uint8_t *p = wr_room(w, n);
    if (p != NULL && n > 0)
        memcpy(p, src, n);
}

/* Writes a two-octet place-holder and returns its position for wr_patch_u16. */
static inline size_t wr_mark_u16(struct wr *w)
{
    size_t at = w->len;
    wr_u16(w, 0);
    return at;
}

/* Stores the count of bytes written since the place-holder at `at` into it (the place-holder
 * itself not counted). More than 65,535 sets overflow. */
static inline void wr_patch_u16(struct wr *w, size_t at)
{
    if (w->overflow)
        return;
    size_t n = w->len - at - 2;
    if (n > UINT16_MAX) {
        w->overflow = true;
        return;
    }
    w->buf[at] = (uint8_t)(n >> 8);
    w->buf[at + 1] = (uint8_t)n;
}

static inline size_t wr_mark_u8(struct wr *w)
{
    size_t at = w->len;
    wr_u8(w, 0);
    return at;
}

/* As wr_patch_u16 for a one-octet length. */
static inline void wr_patch_u8(struct wr *w, size_t at)
{
    if (w->overflow)
        return;
    size_t n = w->len - at - 1;
    if (n > UINT8_MAX) {
        w->overflow = true;
        return;
    }
    w->buf[at] = (uint8_t)n;
}

/* As wr_patch_u16 for a four-octet length. */
static inline size_t wr_mark_u32(struct wr *w)
{
    size_t at = w->len;
    wr_u32(w, 0);
    return at;
}

static inline void wr_patch_u32(struct wr *w, size_t at)
{
    if (w->overflow)
        return;
    size_t n = w->len - at - 4;
    if (n > UINT32_MAX) {
        w->overflow = true;
        return;
    }
    for (int i = 0; i < 4; i++)
        w->buf[at + (size_t)i] = (uint8_t)(n >> (24 - 8 * i));
}

#endif
