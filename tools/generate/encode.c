/* SPDX-License-Identifier: BSD-2-Clause */
/* encode: BGP messages (RFC 4271, 4760, 6793) for made-up routes. Floor F4. */
#include "tools/generate/encode.h"

#include <string.h>

#include "bgp/attr.h"
#include "bgp/open.h"
#include "schemas/wire/encode_open.h"

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
enum { AS_SEQUENCE = 2 };

struct encode_peer encode_peer_of(unsigned i)
{
    struct encode_peer p = {.asn = 64512 + i, .router_asn = 64500};
    uint32_t addr = (UINT32_C(198) << 24 | UINT32_C(18) << 16) + 1 + i;
    for (int k = 0; k < 4; k++)
        p.addr[k] = (uint8_t)(addr >> (24 - 8 * k));
    memcpy(p.router_addr, (const uint8_t[]){192, 0, 2, 1}, 4);
    return p;
}

void encode_keepalive(struct wr *w)
{
    encode_end(w, encode_begin(w, BGP_TYPE_KEEPALIVE));
}

void encode_notification(struct wr *w, uint8_t code, uint8_t subcode)
{
    size_t start = encode_begin(w, BGP_TYPE_NOTIFICATION);
    wr_u8(w, code);
    wr_u8(w, subcode);
    encode_end(w, start);
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

static void put_prefixes(struct wr *w, const struct routes_set *set)
{
    for (unsigned i = 0; i < set->prefix_cnt; i++) {
        const struct routes_prefix *p = &set->prefixes[i];
        if (set->path_id != 0)
            wr_u32(w, set->path_id);
        wr_u8(w, p->bits);
        wr_bytes(w, p->addr, (size_t)(p->bits + 7) / 8);
    }
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
    put_prefixes(w, set);
    wr_patch_u16(w, at);
}

static void put_mp_unreach(struct wr *w, const struct routes_set *set)
{
    size_t at = attr_begin_ext(w, ATTR_OPT_NONTRANS, ATTR_MP_UNREACH);
    wr_u16(w, BGP_AFI_IPV6);
    wr_u8(w, BGP_SAFI_UNICAST);
    put_prefixes(w, set);
    wr_patch_u16(w, at);
}

static void put_withdrawal(struct wr *w, const struct routes_set *set)
{
    size_t start = encode_begin(w, BGP_TYPE_UPDATE);
    size_t withdrawn = wr_mark_u16(w);
    if (!set->v6)
        put_prefixes(w, set);
    wr_patch_u16(w, withdrawn);
    size_t attrs = wr_mark_u16(w);
    if (set->v6)
        put_mp_unreach(w, set);
    wr_patch_u16(w, attrs);
    encode_end(w, start);
}

void encode_update(struct wr *w, const struct routes_set *set, const struct encode_peer *p)
{
    if (set->withdraw) {
        put_withdrawal(w, set);
        return;
    }
    size_t start = encode_begin(w, BGP_TYPE_UPDATE);
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
    if (!set->v6)
        put_prefixes(w, set);
    encode_end(w, start);
}

void encode_eor_of(struct wr *w, uint16_t afi, uint8_t safi)
{
    size_t start = encode_begin(w, BGP_TYPE_UPDATE);
    wr_u16(w, 0);
    size_t attrs = wr_mark_u16(w);
    if (afi != BGP_AFI_IPV4 || safi != BGP_SAFI_UNICAST) {
        size_t at = attr_begin(w, ATTR_OPT_NONTRANS, ATTR_MP_UNREACH);
        wr_u16(w, afi);
        wr_u8(w, safi);
        wr_patch_u8(w, at);
    }
    wr_patch_u16(w, attrs);
    encode_end(w, start);
}

void encode_eor(struct wr *w, bool v6)
{
    encode_eor_of(w, v6 ? BGP_AFI_IPV6 : BGP_AFI_IPV4, BGP_SAFI_UNICAST);
}

void encode_peer_open(struct wr *w, const struct encode_peer *p, bool router)
{
    struct encode_open o = {
        .asn = router ? p->router_asn : p->asn, .hold_time_s = 90, .asn4 = true};
    memcpy(o.bgp_id, router ? p->router_addr : p->addr, sizeof o.bgp_id);
    bgp_family_add(&o.families, nlri_family_index(BGP_AFI_IPV4, BGP_SAFI_UNICAST));
    bgp_family_add(&o.families, nlri_family_index(BGP_AFI_IPV6, BGP_SAFI_UNICAST));
    if (p->add_path)
        *(router ? &o.add_path_rx : &o.add_path_tx) = o.families;
    encode_open_message(w, &o);
}

struct encode_bmp_peer encode_bmp_peer_of(const struct encode_peer *p, uint64_t time_us)
{
    struct encode_bmp_peer b = {
        .addr = {.len = 4}, .local = {.len = 4}, .asn = p->asn, .time_us = time_us};
    memcpy(b.addr.a, p->addr, 4);
    memcpy(b.local.a, p->router_addr, 4);
    memcpy(b.bgp_id, p->addr, 4);
    return b;
}
