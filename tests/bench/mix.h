/* SPDX-License-Identifier: BSD-2-Clause */
/* mix: the UPDATEs that benchmarks of records take.
 *
 * They are those of a route collector's five minutes (RIS, 2016): 70 % IPv4, 26 % IPv6
 * announcements, 4 % withdrawals; AS paths of about five, communities of about five, NLRI of
 * about two. The same in every run. */
#ifndef RIBTAPE_TESTS_BENCH_MIX_H
#define RIBTAPE_TESTS_BENCH_MIX_H

#include <stdint.h>
#include <stdlib.h>

#include "base/wr.h"

enum { MESSAGES = 4096, ROOM = 512 };

/* Messages one after the other, as a journal's segment or an archive's block has them. */
struct mix {
    uint8_t wire[MESSAGES * ROOM];
    const uint8_t *msg[MESSAGES];
    uint32_t len[MESSAGES];
    uint64_t bytes;
    uint64_t seed;
    int rounds;
};

/* xorshift64*: the same mix in every run */
static inline uint32_t draw(struct mix *m, uint32_t below)
{
    m->seed ^= m->seed >> 12;
    m->seed ^= m->seed << 25;
    m->seed ^= m->seed >> 27;
    return (uint32_t)((m->seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

/* Small most of the time, long now and then. */
static inline uint32_t draw_count(struct mix *m, uint32_t mean)
{
    uint32_t n = draw(m, 2 * mean) + 1;
    return draw(m, 20) == 0 ? 4 * n : n;
}

static inline void put_prefix4(struct mix *m, struct wr *w)
{
    uint32_t bits = draw(m, 2) ? 24 : 16 + draw(m, 8);
    uint32_t addr = (draw(m, 200) + 20) << 24 | draw(m, 1 << 24);
    addr &= ~(uint32_t)0 << (32 - bits);
    wr_u8(w, (uint8_t)bits);
    for (uint32_t i = 0; i < (bits + 7) / 8; i++)
        wr_u8(w, (uint8_t)(addr >> (24 - 8 * i)));
}

static inline void put_prefix6(struct mix *m, struct wr *w)
{
    uint32_t octets = draw(m, 4) ? 6 : 4;
    wr_u8(w, (uint8_t)(octets * 8));
    wr_u16(w, 0x2001);
    for (uint32_t i = 2; i < octets; i++)
        wr_u8(w, (uint8_t)draw(m, 256));
}

static inline size_t attr(struct wr *w, uint8_t flags, uint8_t code)
{
    wr_u8(w, flags);
    wr_u8(w, code);
    return wr_mark_u8(w);
}

static inline void put_attrs(struct mix *m, struct wr *w, bool v6)
{
    size_t at = attr(w, 0x40, 1);
    wr_u8(w, (uint8_t)(draw(m, 12) == 0 ? 2 : 0));
    wr_patch_u8(w, at);
    uint32_t hops = 2 + draw(m, 7);
    at = attr(w, 0x40, 2);
    wr_u8(w, 2);
    wr_u8(w, (uint8_t)hops);
    for (uint32_t i = 0; i < hops; i++)
        wr_u32(w, 1 + draw(m, 400000));
    wr_patch_u8(w, at);
    if (!v6) {
        at = attr(w, 0x40, 3);
        wr_u32(w, 0xc0000209);
        wr_patch_u8(w, at);
    }
    if (draw(m, 5) < 2) {
        at = attr(w, 0x80, 4);
        wr_u32(w, draw(m, 1000));
        wr_patch_u8(w, at);
    }
    if (draw(m, 5) < 4) {
        at = attr(w, 0xc0, 8);
        uint32_t cnt = draw_count(m, 5) % 60;
        for (uint32_t i = 0; i < cnt; i++)
            wr_u32(w, (1 + draw(m, 64000)) << 16 | draw(m, 65536));
        wr_patch_u8(w, at);
    }
}

static inline void put_reach6(struct mix *m, struct wr *w)
{
    size_t at = attr(w, 0x80, 14);
    wr_u16(w, 2);
    wr_u8(w, 1);
    wr_u8(w, 16);
    wr_u32(w, 0x20010db8);
    wr_u32(w, 0);
    wr_u64(w, 9);
    wr_u8(w, 0);
    for (uint32_t n = draw_count(m, 1); n > 0; n--)
        put_prefix6(m, w);
    wr_patch_u8(w, at);
}

static inline uint32_t build(struct mix *m, uint8_t *p)
{
    struct wr w = wr_of(p, ROOM);
    uint32_t kind = draw(m, 100);
    bool withdraw = kind >= 96, v6 = kind >= 70 && !withdraw;
    wr_u64(&w, UINT64_MAX);
    wr_u64(&w, UINT64_MAX);
    wr_u16(&w, 0);
    wr_u8(&w, 2);
    size_t at = wr_mark_u16(&w);
    for (uint32_t n = withdraw ? draw_count(m, 2) : 0; n > 0; n--)
        put_prefix4(m, &w);
    wr_patch_u16(&w, at);
    at = wr_mark_u16(&w);
    if (!withdraw)
        put_attrs(m, &w, v6);
    if (v6)
        put_reach6(m, &w);
    wr_patch_u16(&w, at);
    for (uint32_t n = withdraw || v6 ? 0 : draw_count(m, 2); n > 0; n--)
        put_prefix4(m, &w);
    p[16] = (uint8_t)(w.len >> 8);
    p[17] = (uint8_t)w.len;
    return w.overflow ? 0 : (uint32_t)w.len;
}

/* Returns the mix, to be freed; NULL: out of memory. */
static inline struct mix *mix_new(int rounds)
{
    struct mix *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->rounds = rounds;
    m->seed = UINT64_C(88172645463325252);
    for (int i = 0; i < MESSAGES; i++) {
        m->msg[i] = m->wire + m->bytes;
        do
            m->len[i] = build(m, m->wire + m->bytes);
        while (m->len[i] == 0);
        m->bytes += m->len[i];
    }
    return m;
}

#endif
