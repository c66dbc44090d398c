/* SPDX-License-Identifier: BSD-2-Clause */
/* bmp_wire: BMP messages put together for tests, and what decoders emit of them as JSON. */
#ifndef RIBTAPE_TESTS_BMP_WIRE_H
#define RIBTAPE_TESTS_BMP_WIRE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/wr.h"
#include "bmp/bmp.h"

enum { WIRE_MAX = 1024, OPEN_ADD_PATH = 8 };

/* Who a message speaks of; zeroes are a fine default. */
struct wire_peer {
    uint8_t type, flags;
    uint8_t rd;   /* last octet */
    uint8_t addr; /* last octet of 192.0.2.0 */
    uint32_t sec;
};

struct wire {
    uint8_t p[WIRE_MAX];
    struct wr w;
};

static inline void wire_octets(struct wr *w, uint8_t octet, unsigned n)
{
    while (n-- > 0)
        wr_u8(w, octet);
}

/* Begins a message; with a peer header when `peer` is not NULL. */
static inline void wire_begin(struct wire *m, uint8_t version, uint8_t type,
                              const struct wire_peer *peer)
{
    m->w = wr_of(m->p, sizeof m->p);
    wr_u8(&m->w, version);
    wr_u32(&m->w, 0);
    wr_u8(&m->w, type);
    if (peer == NULL)
        return;
    wr_u8(&m->w, peer->type);
    wr_u8(&m->w, peer->flags);
    wire_octets(&m->w, 0, 7);
    wr_u8(&m->w, peer->rd);
    wire_octets(&m->w, 0, 12);
    wr_u32(&m->w, peer->addr != 0 ? 0xc0000200U + peer->addr : 0);
    wr_u32(&m->w, 64500);
    wr_u32(&m->w, 0xc0000209);
    wr_u32(&m->w, peer->sec);
    wr_u32(&m->w, 0);
}

/* Sets the length. */
static inline void wire_end(struct wire *m)
{
    cr_assert(!m->w.overflow);
    m->p[3] = (uint8_t)(m->w.len >> 8);
    m->p[4] = (uint8_t)m->w.len;
}

static inline void wire_hex(struct wr *w, const char *hex)
{
    for (; *hex != '\0'; hex += 2) {
        char two[3] = {hex[0], hex[1], '\0'};
        wr_u8(w, (uint8_t)strtoul(two, NULL, 16));
    }
}

/* An OPEN of AS 64500 with four-octet AS numbers; `add_path`: 0 or the mode for IPv4 unicast.
 */
static inline void wire_open(struct wr *w, uint8_t add_path)
{
    uint8_t extra = add_path ? 6 : 0;
    wire_octets(w, 0xff, 16);
    wr_u16(w, (uint16_t)(29 + 14 + extra));
    wire_hex(w, "0104fbf400b4c0000209");
    wr_u8(w, (uint8_t)(14 + extra));
    wr_u8(w, 2);
    wr_u8(w, (uint8_t)(12 + extra));
    wire_hex(w, "01040001000141040000fbf4");
    if (add_path) {
        wire_hex(w, "4504000101");
        wr_u8(w, add_path);
    }
}

static inline void wire_up(struct wire *m, const struct wire_peer *peer, uint8_t sent_mode,
                           uint8_t recv_mode)
{
    wire_begin(m, 3, BMP_TYPE_PEER_UP, peer);
    wire_octets(&m->w, 0, 12);
    wire_hex(&m->w, "c000020100b39c41");
    wire_open(&m->w, sent_mode);
    wire_open(&m->w, recv_mode);
    wire_end(m);
}

/* An UPDATE: attributes and IPv4 NLRI as hex. */
static inline void wire_update(struct wr *w, const char *attrs, const char *nlri)
{
    size_t attrs_len = strlen(attrs) / 2, nlri_len = strlen(nlri) / 2;
    wire_octets(w, 0xff, 16);
    wr_u16(w, (uint16_t)(23 + attrs_len + nlri_len));
    wr_u8(w, 2);
    wr_u16(w, 0);
    wr_u16(w, (uint16_t)attrs_len);
    wire_hex(w, attrs);
    wire_hex(w, nlri);
}

/* ORIGIN igp, AS_PATH 64500, NEXT_HOP 192.0.2.9 */
#define WIRE_ATTRS "4001010040020602010000fbf4400304c0000209"

static inline void wire_routes(struct wire *m, const struct wire_peer *peer, const char *nlri)
{
    wire_begin(m, 3, BMP_TYPE_ROUTE_MONITORING, peer);
    wire_update(&m->w, WIRE_ATTRS, nlri);
    wire_end(m);
}

static inline void wire_down(struct wire *m, const struct wire_peer *peer, uint8_t reason)
{
    wire_begin(m, 3, BMP_TYPE_PEER_DOWN, peer);
    wr_u8(&m->w, reason);
    wire_end(m);
}

/* An encoder with its buffer, and the diagnostics of the last decode. */
struct heard {
    struct buf out;
    struct json json;
    struct bgp_diags diags;
};

static inline struct emit *hear(struct heard *h)
{
    memset(h, 0, sizeof *h);
    json_init(&h->json, &h->out);
    return &h->json.emit;
}

static inline const char *heard_text(struct heard *h)
{
    buf_add_char(&h->out, '\0');
    return h->out.p;
}

/* Expects diagnostic `i` to be a note with these figures. */
#define EXPECT_DIAG(diags, i, REASON, at, needed, there)                                       \
    do {                                                                                       \
        cr_assert_gt((diags)->cnt, (i), "no diagnostic %d", (i));                              \
        cr_expect_str_eq(bgp_reason_name((diags)->v[i].reason),                                \
                         bgp_reason_name(BGP_REASON_##REASON));                                \
        cr_expect_eq((diags)->v[i].off, (at), "offset %u", (diags)->v[i].off);                 \
        cr_expect_eq((diags)->v[i].need, (needed), "need %u", (diags)->v[i].need);             \
        cr_expect_eq((diags)->v[i].have, (there), "have %u", (diags)->v[i].have);              \
        cr_expect_eq((diags)->v[i].action, BGP_ACTION_NOTE);                                   \
    } while (0)

#endif
