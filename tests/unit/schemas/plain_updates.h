/* SPDX-License-Identifier: BSD-2-Clause */
/* plain_updates: UPDATEs for tests of the short ways: made-up tables, bodies that hold all
 * there is with any octet changed, and cut at any length, under every context. */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_PLAIN_UPDATES_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_PLAIN_UPDATES_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bgp/msg.h"
#include "bgp/nlri_map.h"
#include "tools/generate/encode.h"

enum { CONTEXTS = 6 };

/* Looks at one message; `which` context, 0: that of nearly all sessions. */
typedef void update_fn(const struct bgp_ctx *ctx, const uint8_t *msg, size_t len, int which);

static inline void make_contexts(struct bgp_ctx ctx[CONTEXTS])
{
    memset(ctx, 0, CONTEXTS * sizeof ctx[0]);
    for (int i = 0; i < CONTEXTS; i++)
        ctx[i].asn4 = i != 1;
    ctx[2].ebgp = true;
    ctx[3].pinned = true;
    bgp_family_add(&ctx[4].add_path, NLRI_IPV4_UNICAST);
    bgp_family_add(&ctx[5].add_path, NLRI_IPV6_UNICAST);
}

/* UPDATEs' bodies: withdrawn, attributes, NLRI. */
static const char *const bodies[] = {
    /* a withdrawal */
    "0007 18c63364 0a0080 0000",
    /* everything that has a function here, and what has none */
    "0000 0081 400101 01 400210 0202 0000fde8 00010000 0201 ffffffff 400304 c0000201"
    " 800404 00000064 400504 00000000 400600 c00708 0000fde8 c0000205"
    " c0080c fde80001 ffffff01 ffff029a 800904 c0000206 800a08 c0000207 c0000208"
    " c01008 0002fde800000064"
    " c02018 0000fde80000000100000002 0000fde80000000300000004 18cb0071 20c0000201",
    /* sets and confederations, the default route */
    "0000 002a 400101 00"
    " 40021c 0201 0000fde8 0102 00000001 00000002 0301 0000fde9 0401 0000fdea"
    " 400304 c0000201 00",
    /* IPv6 with a link-local next hop, withdrawals of both families */
    "0004 18c63364 0054 400101 02 400206 0201 00000001"
    " 800e32 0002 01 20 20010db8000000000000000000000001"
    " fe800000000000000000000000000001 00 2020010db8 3020010db80001 00"
    " 800f0f 0002 01 1d20010db8 2f20010db8ff02",
    /* two-octet AS numbers with AS4_PATH and AS4_AGGREGATOR */
    "0000 0035 400101 00 400206 0202 5ba0 fde8 400304 c0000201 c00706 5ba0 c0000205"
    " c0110a 0202 00010000 0000fde8 c01208 00010000 c0000205 080a",
    /* an IPv6 next hop for IPv4 (RFC 8950), an unknown attribute, an IPv6 default route */
    "0000 003b 400101 00 400206 0201 00000001"
    " 800e1d 0001 01 10 20010db8000000000000000000000001 00 18c63364 18cb0071"
    " c0d504 deadbeef 800f04 0002 01 00",
    /* another family */
    "0000 0017 400101 00 400200 800e0d 0001 02 04 c0000201 00 18c63364",
    /* End-of-RIB */
    "0000 0000",
    /* no NLRI */
    "0000 000a 800f03 0001 02 400101 00",
};

static inline uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Makes the message of a body, every length in it as it is. */
static inline size_t make(uint8_t *msg, const char *body)
{
    size_t len = BGP_HEADER_LEN;
    memset(msg, 0xff, 16);
    msg[18] = BGP_TYPE_UPDATE;
    for (; *body != '\0'; body++) {
        if (*body == ' ')
            continue;
        msg[len++] = (uint8_t)(nibble(body[0]) << 4 | nibble(body[1]));
        body++;
    }
    msg[16] = (uint8_t)(len >> 8);
    msg[17] = (uint8_t)len;
    return len;
}

/* Makes tables up. Returns how many messages there were. */
static inline unsigned each_made_up(update_fn *look)
{
    struct routes routes;
    struct routes_set set;
    struct bgp_ctx ctx[CONTEXTS];
    struct encode_peer peer = encode_peer_of(3);
    unsigned all = 0;
    make_contexts(ctx);
    routes_init(&routes, 5, 4000, 1500, 0);
    for (; routes_next(&routes, &set); all++) {
        uint8_t buf[ENCODE_MESSAGE_MAX];
        struct wr w = wr_of(buf, sizeof buf);
        encode_update(&w, &set, &peer);
        for (int i = 0; i < CONTEXTS; i++)
            look(&ctx[i], buf, w.len, i);
    }
    return all;
}

/* Changes any octet of the bodies. */
static inline void each_changed(update_fn *look)
{
    static const uint8_t values[] = {0,  1,  2,  3,  4,   8,   14,  15,
                                     17, 24, 33, 64, 127, 128, 254, 255};
    struct bgp_ctx ctx[CONTEXTS];
    make_contexts(ctx);
    for (size_t b = 0; b < sizeof bodies / sizeof bodies[0]; b++) {
        uint8_t msg[512];
        size_t len = make(msg, bodies[b]);
        for (size_t at = BGP_HEADER_LEN; at < len; at++) {
            uint8_t was = msg[at];
            for (size_t v = 0; v <= sizeof values; v++) {
                msg[at] = v < sizeof values ? values[v] : was ^ 1;
                for (int i = 0; i < CONTEXTS; i++)
                    look(&ctx[i], msg, len, i);
            }
            msg[at] = was;
        }
    }
}

/* Cuts the bodies, with nothing behind, so that a read beyond is found. */
static inline void each_length(update_fn *look)
{
    struct bgp_ctx ctx[CONTEXTS];
    make_contexts(ctx);
    for (size_t b = 0; b < sizeof bodies / sizeof bodies[0]; b++) {
        uint8_t msg[512];
        size_t len = make(msg, bodies[b]);
        for (size_t cut = BGP_HEADER_LEN; cut <= len; cut++) {
            uint8_t *copy = malloc(cut);
            cr_assert_not_null(copy);
            memcpy(copy, msg, cut);
            copy[16] = (uint8_t)(cut >> 8);
            copy[17] = (uint8_t)cut;
            for (int i = 0; i < CONTEXTS; i++)
                look(&ctx[i], copy, cut, i);
            free(copy);
        }
    }
}

#endif
