/* SPDX-License-Identifier: BSD-2-Clause */
/* write_rib: TABLE_DUMP_V2 records (RFC 6396 section 4.3, RFC 8050 section 4). Floor F2. */
#include "mrt/rib.h"

#include <assert.h>

#include "bgp/attr_map.h"
#include "mrt/mrt.h"

/* Families with subtypes of their own. */
static const struct {
    uint16_t afi;
    uint8_t safi;
    uint16_t subtype[2]; /* without and with path ids */
} family_row[] = {
    {BGP_AFI_IPV4,
     BGP_SAFI_UNICAST,
     {MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST, MRT_RIB_SUBTYPE_RIB_IPV4_UNICAST_ADDPATH}},
    {BGP_AFI_IPV4,
     BGP_SAFI_MULTICAST,
     {MRT_RIB_SUBTYPE_RIB_IPV4_MULTICAST, MRT_RIB_SUBTYPE_RIB_IPV4_MULTICAST_ADDPATH}},
    {BGP_AFI_IPV6,
     BGP_SAFI_UNICAST,
     {MRT_RIB_SUBTYPE_RIB_IPV6_UNICAST, MRT_RIB_SUBTYPE_RIB_IPV6_UNICAST_ADDPATH}},
    {BGP_AFI_IPV6,
     BGP_SAFI_MULTICAST,
     {MRT_RIB_SUBTYPE_RIB_IPV6_MULTICAST, MRT_RIB_SUBTYPE_RIB_IPV6_MULTICAST_ADDPATH}},
};

/* Returns the place of the length. */
static size_t write_header(struct wr *w, uint32_t time_s, uint16_t subtype)
{
    wr_u32(w, time_s);
    wr_u16(w, MRT_TABLE_DUMP_V2);
    wr_u16(w, subtype);
    return wr_mark_u32(w);
}

/* Writes a count that must fit. */
static void write_count(struct wr *w, size_t cnt)
{
    if (cnt > UINT16_MAX)
        w->overflow = true;
    wr_u16(w, (uint16_t)cnt);
}

static void write_peer(struct wr *w, const struct mrt_rib_peer *peer)
{
    enum { TYPE_IPV6 = 1, TYPE_AS4 = 2 };
    assert(peer->addr_len == 4 || peer->addr_len == 16);
    wr_u8(w, peer->addr_len == 16 ? TYPE_IPV6 | TYPE_AS4 : TYPE_AS4);
    wr_bytes(w, peer->bgp_id, 4);
    wr_bytes(w, peer->addr, peer->addr_len);
    wr_u32(w, peer->asn);
}

/*  | collector BGP ID (4) | view name length (2) | view name | peer count (2) | peers |
 *  a peer: | type (1) | BGP ID (4) | address (4 or 16) | AS (4) |     RFC 6396 section 4.3.1 */
void mrt_write_rib_peers(struct wr *w, const struct mrt_rib_peers *p)
{
    size_t len_at = write_header(w, p->time_s, MRT_RIB_SUBTYPE_PEER_INDEX_TABLE);
    wr_bytes(w, p->collector_id, 4);
    write_count(w, strlen(p->view));
    wr_bytes(w, p->view, strlen(p->view));
    write_count(w, p->cnt);
    for (size_t i = 0; i < p->cnt && !w->overflow; i++)
        write_peer(w, &p->peers[i]);
    wr_patch_u32(w, len_at);
}

/* An IEEE 754 number of four octets, big-endian. */
static void write_degrees(struct wr *w, float degrees, bool known)
{
    uint32_t bits = UINT32_C(0x7fc00000); /* NaN: private (RFC 6397 section 2) */
    if (known)
        memcpy(&bits, &degrees, sizeof(bits));
    wr_u32(w, bits);
}

static void write_place(struct wr *w, const struct mrt_place *p)
{
    write_degrees(w, p->latitude, p->known);
    write_degrees(w, p->longitude, p->known);
}

/*  | collector BGP ID (4) | view name length (2) | view name |
 *  | latitude (4) | longitude (4) | peer count (2) | peers |
 *  a peer: | type (1) | BGP ID (4) | address (4 or 16) | AS (4) | latitude (4) | longitude (4)
 * | */
void mrt_write_rib_places(struct wr *w, const struct mrt_rib_peers *p)
{
    size_t len_at = write_header(w, p->time_s, MRT_RIB_SUBTYPE_GEO_PEER_TABLE);
    wr_bytes(w, p->collector_id, 4);
    write_count(w, strlen(p->view));
    wr_bytes(w, p->view, strlen(p->view));
    write_place(w, &p->place);
    write_count(w, p->cnt);
    for (size_t i = 0; i < p->cnt && !w->overflow; i++) {
        write_peer(w, &p->peers[i]);
        write_place(w, &p->peers[i].place);
    }
    wr_patch_u32(w, len_at);
}

static uint16_t subtype_of(const struct mrt_rib_node *n)
{
    for (size_t i = 0; i < sizeof(family_row) / sizeof(family_row[0]); i++) {
        if (family_row[i].afi == n->afi && family_row[i].safi == n->safi)
            return family_row[i].subtype[n->add_path];
    }
    return n->add_path ? MRT_RIB_SUBTYPE_RIB_GENERIC_ADDPATH : MRT_RIB_SUBTYPE_RIB_GENERIC;
}

/*  | peer index (2) | originated time (4) | path id (4), ADD-PATH | length (2) | attributes |
 */
static void write_entry(struct wr *w, const struct mrt_rib_entry *e, bool add_path)
{
    wr_u16(w, e->peer);
    wr_u32(w, e->time_s);
    if (add_path)
        wr_u32(w, e->path_id);
    write_count(w, e->attrs.left);
    wr_bytes(w, e->attrs.p, e->attrs.left);
}

/*  | sequence (4) | AFI (2) SAFI (1), generic | NLRI | entry count (2) | entries |
 *                                                             RFC 6396 sections 4.3.2, 4.3.3 */
void mrt_write_rib(struct wr *w, const struct mrt_rib_node *n)
{
    uint16_t subtype = subtype_of(n);
    size_t len_at = write_header(w, n->time_s, subtype);
    wr_u32(w, n->seq);
    if (subtype == MRT_RIB_SUBTYPE_RIB_GENERIC ||
        subtype == MRT_RIB_SUBTYPE_RIB_GENERIC_ADDPATH) {
        wr_u16(w, n->afi);
        wr_u8(w, n->safi);
    }
    wr_bytes(w, n->nlri.p, n->nlri.left);
    write_count(w, n->cnt);
    for (size_t i = 0; i < n->cnt && !w->overflow; i++)
        write_entry(w, &n->entries[i], n->add_path);
    wr_patch_u32(w, len_at);
}

/* ---- attributes ---- */

static void write_raw(struct wr *w, const struct attr_in *a)
{
    wr_u8(w, a->flags);
    wr_u8(w, a->code);
    if (a->flags & BGP_FLAG_EXT_LEN)
        wr_u16(w, (uint16_t)a->value.left);
    else
        wr_u8(w, (uint8_t)a->value.left);
    wr_bytes(w, a->value.p, a->value.left);
}

/* The value is the next hop with its length, as short as the header can say it. */
static void write_next_hop(struct wr *w, const struct attr_in *a, struct cur next_hop)
{
    uint32_t len = 1 + next_hop.left;
    bool extended = len > UINT8_MAX;
    uint8_t flags = a->flags & (uint8_t)~BGP_FLAG_EXT_LEN;
    wr_u8(w, extended ? flags | BGP_FLAG_EXT_LEN : flags);
    wr_u8(w, a->code);
    if (extended)
        wr_u16(w, (uint16_t)len);
    else
        wr_u8(w, (uint8_t)len);
    wr_u8(w, (uint8_t)next_hop.left); /* its length has one octet on the wire too */
    wr_bytes(w, next_hop.p, next_hop.left);
}

/* Copies segments (RFC 4271 section 4.3 b) with wider AS numbers. */
static bool widen_path(struct wr *w, struct cur c)
{
    uint8_t type, cnt;
    uint16_t asn;
    while (c.left > 0) {
        if (!cur_u8(&c, &type) || !cur_u8(&c, &cnt))
            return false;
        wr_u8(w, type);
        wr_u8(w, cnt);
        for (unsigned i = 0; i < cnt; i++) {
            if (!cur_u16(&c, &asn))
                return false;
            wr_u32(w, asn);
        }
    }
    return true;
}

/* AS (2), address (4): RFC 4271 section 5.1.7. */
static bool widen_aggregator(struct wr *w, struct cur c)
{
    uint16_t asn;
    if (c.left != 6 || !cur_u16(&c, &asn))
        return false;
    wr_u32(w, asn);
    wr_bytes(w, c.p, c.left);
    return true;
}

static void write_wide(struct wr *w, const struct attr_in *a,
                       bool (*widen)(struct wr *w, struct cur c))
{
    size_t start = w->len;
    wr_u8(w, a->flags | BGP_FLAG_EXT_LEN); /* twice as long: one octet may not do */
    wr_u8(w, a->code);
    size_t len_at = wr_mark_u16(w);
    if (!widen(w, a->value) && !w->overflow) {
        w->len = start;
        write_raw(w, a);
        return;
    }
    wr_patch_u16(w, len_at);
}

int mrt_rib_attrs(struct wr *w, const struct bgp_update *u, bool mp, const struct bgp_ctx *ctx)
{
    struct cur c = bgp_update_cur(u, u->attrs);
    struct attr_in a;
    bool reached = false;
    int r;
    while ((r = attr_next(&c, &a)) > 0) {
        if (a.code == ATTR_MP_REACH_NLRI) {
            if (mp && u->mp_reach.present && !reached)
                write_next_hop(w, &a, bgp_update_cur(u, u->mp_reach.next_hop));
            reached = true;
        } else if (a.code == ATTR_AS_PATH && !ctx->asn4) {
            write_wide(w, &a, widen_path);
        } else if (a.code == ATTR_AGGREGATOR && !ctx->asn4) {
            write_wide(w, &a, widen_aggregator);
        } else if (a.code != ATTR_MP_UNREACH_NLRI) {
            write_raw(w, &a);
        }
    }
    return r < 0 || w->overflow ? -1 : 0;
}
