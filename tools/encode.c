/* SPDX-License-Identifier: BSD-2-Clause */
/* encode: BGP messages (RFC 4271, 4760, 5492, 6793) and BMP framing (RFC 7854) for made-up
 * routes. Floor F4. */
#include "tools/encode.h"

#include <string.h>

#include "bgp/attr.h"
#include "bgp/open.h"
#include "bmp/bmp.h"

enum {
    ATTR_ORIGIN = 1,
    ATTR_AS_PATH,
    ATTR_NEXT_HOP,
    ATTR_MED,
    ATTR_ATOMIC = 6,
    ATTR_AGGREGATOR,
    ATTR_COMMUNITIES,
    ATTR_MP_REACH = 14,
    ATTR_MP_UNREACH
};
enum { AS_SEQUENCE = 2, OPEN_PARAM_CAPS = 2, CAP_MP = 1, CAP_REFRESH = 2, CAP_ASN4 = 65 };
enum { BMP_TLV_SYS_DESCR = 1, BMP_TLV_SYS_NAME = 2, BGP_PORT = 179, ROUTER_PORT = 40000 };

struct encode_peer encode_peer_of(unsigned i)
{
    struct encode_peer p = {.asn = 64512 + i, .router_asn = 64500};
    uint32_t addr = (UINT32_C(198) << 24 | UINT32_C(18) << 16) + 1 + i;
    for (int k = 0; k < 4; k++)
        p.addr[k] = (uint8_t)(addr >> (24 - 8 * k));
    memcpy(p.router_addr, (const uint8_t[]){192, 0, 2, 1}, 4);
    return p;
}

/* Writes the header and returns where the message begins, for message_end. */
static size_t message_begin(struct wr *w, uint8_t type)
{
    size_t start = w->len;
    for (int i = 0; i < 4; i++)
        wr_u32(w, UINT32_MAX);
    wr_u16(w, 0);
    wr_u8(w, type);
    return start;
}

static void message_end(struct wr *w, size_t start)
{
    if (w->overflow)
        return;
    size_t len = w->len - start;
    w->buf[start + 16] = (uint8_t)(len >> 8);
    w->buf[start + 17] = (uint8_t)len;
}

/* Writes flags, code and the place of a one-octet length; wr_patch_u8 ends the attribute. */
static size_t attr_begin(struct wr *w, uint8_t flags, uint8_t code)
{
    wr_u8(w, flags);
    wr_u8(w, code);
    return wr_mark_u8(w);
}

/* As attr_begin with an extended length, for wr_patch_u16. */
static size_t attr_begin_ext(struct wr *w, uint8_t flags, uint8_t code)
{
    wr_u8(w, flags | BGP_FLAG_EXT_LEN);
    wr_u8(w, code);
    return wr_mark_u16(w);
}

static void put_prefix(struct wr *w, const struct routes_prefix *p)
{
    wr_u8(w, p->bits);
    wr_bytes(w, p->addr, (size_t)(p->bits + 7) / 8);
}

static void put_path(struct wr *w, const struct routes_set *set, const struct encode_peer *p)
{
    size_t at = attr_begin(w, ATTR_WELL_KNOWN, ATTR_AS_PATH);
    wr_u8(w, AS_SEQUENCE);
    wr_u8(w, (uint8_t)(set->path_cnt + 1));
    wr_u32(w, p->asn);
    for (unsigned i = 0; i < set->path_cnt; i++)
        wr_u32(w, set->path[i]);
    wr_patch_u8(w, at);
}

static void put_optional(struct wr *w, const struct routes_set *set,
                         const struct encode_peer *p)
{
    size_t at;
    if (set->has_med) {
        at = attr_begin(w, ATTR_OPT_NONTRANS, ATTR_MED);
        wr_u32(w, set->med);
        wr_patch_u8(w, at);
    }
    if (set->atomic) {
        at = attr_begin(w, ATTR_WELL_KNOWN, ATTR_ATOMIC);
        wr_patch_u8(w, at);
    }
    if (set->has_aggregator) {
        at = attr_begin(w, ATTR_OPT_TRANS, ATTR_AGGREGATOR);
        wr_u32(w, set->path[set->path_cnt - 1]);
        wr_bytes(w, p->addr, 4);
        wr_patch_u8(w, at);
    }
    if (set->community_cnt > 0) {
        at = attr_begin_ext(w, ATTR_OPT_TRANS, ATTR_COMMUNITIES);
        for (unsigned i = 0; i < set->community_cnt; i++)
            wr_u32(w, set->communities[i]);
        wr_patch_u16(w, at);
    }
}

static void put_mp_reach(struct wr *w, const struct routes_set *set,
                         const struct encode_peer *p)
{
    static const uint8_t net[12] = {0x20, 0x01, 0x0d, 0xb8};
    size_t at = attr_begin_ext(w, ATTR_OPT_NONTRANS, ATTR_MP_REACH);
    wr_u16(w, BGP_AFI_IPV6);
    wr_u8(w, BGP_SAFI_UNICAST);
    wr_u8(w, 16);
    wr_bytes(w, net, sizeof(net));
    wr_bytes(w, p->addr, 4);
    wr_u8(w, 0); /* reserved */
    for (unsigned i = 0; i < set->prefix_cnt; i++)
        put_prefix(w, &set->prefixes[i]);
    wr_patch_u16(w, at);
}

void encode_update(struct wr *w, const struct routes_set *set, const struct encode_peer *p)
{
    size_t start = message_begin(w, BGP_TYPE_UPDATE);
    wr_u16(w, 0); /* nothing withdrawn */
    size_t attrs = wr_mark_u16(w);
    size_t at = attr_begin(w, ATTR_WELL_KNOWN, ATTR_ORIGIN);
    wr_u8(w, set->origin);
    wr_patch_u8(w, at);
    put_path(w, set, p);
    if (!set->v6) {
        at = attr_begin(w, ATTR_WELL_KNOWN, ATTR_NEXT_HOP);
        wr_bytes(w, p->addr, 4);
        wr_patch_u8(w, at);
    }
    put_optional(w, set, p);
    if (set->v6)
        put_mp_reach(w, set, p);
    wr_patch_u16(w, attrs);
    for (unsigned i = 0; i < set->prefix_cnt && !set->v6; i++)
        put_prefix(w, &set->prefixes[i]);
    message_end(w, start);
}

void encode_eor(struct wr *w, bool v6)
{
    size_t start = message_begin(w, BGP_TYPE_UPDATE);
    wr_u16(w, 0);
    size_t attrs = wr_mark_u16(w);
    if (v6) {
        size_t at = attr_begin(w, ATTR_OPT_NONTRANS, ATTR_MP_UNREACH);
        wr_u16(w, BGP_AFI_IPV6);
        wr_u8(w, BGP_SAFI_UNICAST);
        wr_patch_u8(w, at);
    }
    wr_patch_u16(w, attrs);
    message_end(w, start);
}

static void put_cap_family(struct wr *w, uint16_t afi)
{
    wr_u8(w, CAP_MP);
    size_t at = wr_mark_u8(w);
    wr_u16(w, afi);
    wr_u8(w, 0); /* reserved */
    wr_u8(w, BGP_SAFI_UNICAST);
    wr_patch_u8(w, at);
}

void encode_open(struct wr *w, uint32_t asn, const uint8_t bgp_id[4], uint16_t hold_time_s)
{
    size_t start = message_begin(w, BGP_TYPE_OPEN);
    wr_u8(w, 4);
    wr_u16(w, asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn);
    wr_u16(w, hold_time_s);
    wr_bytes(w, bgp_id, 4);
    size_t params = wr_mark_u8(w);
    wr_u8(w, OPEN_PARAM_CAPS);
    size_t caps = wr_mark_u8(w);
    put_cap_family(w, BGP_AFI_IPV4);
    put_cap_family(w, BGP_AFI_IPV6);
    wr_u8(w, CAP_REFRESH);
    wr_u8(w, 0);
    wr_u8(w, CAP_ASN4);
    wr_u8(w, 4);
    wr_u32(w, asn);
    wr_patch_u8(w, caps);
    wr_patch_u8(w, params);
    message_end(w, start);
}

/* The length word counts the whole message, version octet included (RFC 7854 section 4.1). */
static size_t bmp_begin(struct wr *w, uint8_t type)
{
    size_t start = w->len;
    wr_u8(w, 3);
    wr_u32(w, 0);
    wr_u8(w, type);
    return start;
}

static void bmp_end(struct wr *w, size_t start)
{
    if (w->overflow)
        return;
    struct wr len = wr_of(w->buf + start + 1, 4);
    wr_u32(&len, (uint32_t)(w->len - start));
}

static void put_bmp_peer(struct wr *w, const struct encode_peer *p, uint64_t time_us)
{
    static const uint8_t zero[12];
    wr_u8(w, BMP_PEER_GLOBAL);
    wr_u8(w, 0);
    wr_bytes(w, zero, 8); /* distinguisher */
    wr_bytes(w, zero, 12);
    wr_bytes(w, p->addr, 4);
    wr_u32(w, p->asn);
    wr_bytes(w, p->addr, 4);
    wr_u32(w, (uint32_t)(time_us / 1000000));
    wr_u32(w, (uint32_t)(time_us % 1000000));
}

static void put_bmp_tlv(struct wr *w, uint16_t type, const char *text)
{
    wr_u16(w, type);
    size_t at = wr_mark_u16(w);
    wr_bytes(w, text, strlen(text));
    wr_patch_u16(w, at);
}

void encode_bmp_initiation(struct wr *w, const char *name)
{
    size_t start = bmp_begin(w, BMP_TYPE_INITIATION);
    put_bmp_tlv(w, BMP_TLV_SYS_DESCR, "ribtape generate " RIBTAPE_VERSION);
    put_bmp_tlv(w, BMP_TLV_SYS_NAME, name);
    bmp_end(w, start);
}

void encode_bmp_peer_up(struct wr *w, const struct encode_peer *p, uint64_t time_us)
{
    static const uint8_t zero[12];
    size_t start = bmp_begin(w, BMP_TYPE_PEER_UP);
    put_bmp_peer(w, p, time_us);
    wr_bytes(w, zero, 12);
    wr_bytes(w, p->router_addr, 4);
    wr_u16(w, BGP_PORT);
    wr_u16(w, ROUTER_PORT);
    encode_open(w, p->router_asn, p->router_addr, 90);
    encode_open(w, p->asn, p->addr, 90);
    bmp_end(w, start);
}

void encode_bmp_route(struct wr *w, const struct encode_peer *p, uint64_t time_us,
                      const uint8_t *msg, size_t len)
{
    size_t start = bmp_begin(w, BMP_TYPE_ROUTE_MONITORING);
    put_bmp_peer(w, p, time_us);
    wr_bytes(w, msg, len);
    bmp_end(w, start);
}
