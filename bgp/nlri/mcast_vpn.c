/* SPDX-License-Identifier: BSD-2-Clause */
/* mcast_vpn: MCAST-VPN routes (RFC 6514 section 4), with wildcards (RFC 6625), and MCAST-VPLS
 * (RFC 7117 section 5), which has two of the same routes. Floor F1.
 *
 *     +-----------------------------------+
 *     | Route type (1 octet)              |
 *     +-----------------------------------+
 *     | Length (1 octet)                  |  of what follows
 *     +-----------------------------------+
 *     | Route type specific (variable)    |
 *     +-----------------------------------+
 */
#include "bgp/nlri/parts.h"

struct route_type;

/* What a route type's decoder is given. */
struct mvpn {
    struct cur c; /* the route type specific part */
    struct emit *e;
    struct nlri_fault *fault;
    const struct route_type *types; /* the family's, ended by type 0 */
    unsigned depth;                 /* 1 inside the route key of a Leaf A-D route */
};

struct route_type {
    uint8_t type;
    const char *name;
    int (*decode)(struct mvpn *v);
};

static int emit_route(struct mvpn *v, struct cur body);

/* ---- fields ---- */

static bool take_rd(struct mvpn *v)
{
    const uint8_t *rd = cur_bytes(&v->c, NLRI_RD_LEN);
    if (rd == NULL)
        return nlri_fault_cur(&v->c, v->fault) == 0;
    emit_rd(v->e, KEY("rd"), rd);
    return true;
}

static bool take_source_as(struct mvpn *v)
{
    uint32_t asn;
    if (!cur_u32(&v->c, &asn))
        return nlri_fault_cur(&v->c, v->fault) == 0;
    emit_u64(v->e, KEY("source_as"), asn);
    return true;
}

static bool take_addr(struct mvpn *v, struct str key)
{
    struct nlri_addr a;
    if (!nlri_read_sized_addr(&v->c, true, &a, v->fault))
        return false;
    nlri_emit_addr(v->e, key, &a);
    return true;
}

/* Lengths of zero are wildcards (RFC 6625 section 3). */
static bool take_source_group(struct mvpn *v)
{
    return take_addr(v, KEY("source")) && take_addr(v, KEY("group"));
}

static bool take_originator(struct mvpn *v)
{
    struct nlri_addr a;
    if (!nlri_read_last_addr(&v->c, &a, v->fault))
        return false;
    nlri_emit_addr(v->e, KEY("originator"), &a);
    return true;
}

/* ---- route types ---- */

/* RFC 6514 section 4.1: RD (8), originating router's IP (4 or 16). */
static int decode_intra_as(struct mvpn *v)
{
    return take_rd(v) && take_originator(v) ? 0 : -1;
}

/* RFC 6514 section 4.2: RD (8), source AS (4). */
static int decode_inter_as(struct mvpn *v)
{
    return take_rd(v) && take_source_as(v) ? nlri_end(&v->c, v->fault) : -1;
}

/* RFC 6514 section 4.3: RD (8), source length (1, bits), source, group length (1), group,
 * originating router's IP (4 or 16). */
static int decode_s_pmsi(struct mvpn *v)
{
    return take_rd(v) && take_source_group(v) && take_originator(v) ? 0 : -1;
}

/* RFC 6514 section 4.4: route key (the NLRI that the leaf answers), originating router's IP. */
static int decode_leaf(struct mvpn *v)
{
    struct cur body;
    if (!nlri_take_typed(&v->c, 1, 1, &body, v->fault))
        return -1;
    if (v->depth > 0) /* no leaf answers a leaf */
        return nlri_fault_at(v->fault, BGP_REASON_SYNTAX, body.off, 0, 0);
    struct mvpn inner = {
        .e = v->e, .fault = v->fault, .types = v->types, .depth = v->depth + 1};
    emit_object(v->e, KEY("route_key"));
    if (emit_route(&inner, body) != 0)
        return -1;
    emit_object_end(v->e);
    return take_originator(v) ? 0 : -1;
}

/* RFC 6514 section 4.5: RD (8), source length (1, bits), source, group length (1), group. */
static int decode_source_active(struct mvpn *v)
{
    return take_rd(v) && take_source_group(v) ? nlri_end(&v->c, v->fault) : -1;
}

/* RFC 6514 section 4.6: RD (8), source AS (4), source length (1, bits), source (of a shared
 * tree: the rendezvous point), group length (1), group. */
static int decode_join(struct mvpn *v)
{
    if (!take_rd(v) || !take_source_as(v) || !take_source_group(v))
        return -1;
    return nlri_end(&v->c, v->fault);
}

static const struct route_type mcast_vpn_types[] = {
    {1, "intra-as-i-pmsi-auto-discovery", decode_intra_as},
    {2, "inter-as-i-pmsi-auto-discovery", decode_inter_as},
    {3, "s-pmsi-auto-discovery", decode_s_pmsi},
    {4, "leaf-auto-discovery", decode_leaf},
    {5, "source-active-auto-discovery", decode_source_active},
    {6, "shared-tree-join", decode_join},
    {7, "source-tree-join", decode_join},
    {0, NULL, NULL},
};

static const struct route_type mcast_vpls_types[] = {
    {3, "s-pmsi-auto-discovery", decode_s_pmsi},
    {4, "leaf-auto-discovery", decode_leaf},
    {0, NULL, NULL},
};

/* Emits the members of one whole route; an unknown type's as hex. */
static int emit_route(struct mvpn *v, struct cur body)
{
    uint8_t type;
    if (!cur_u8(&body, &type) || !cur_skip(&body, 1))
        return nlri_fault_cur(&body, v->fault);
    const struct route_type *t = v->types;
    while (t->type != type && t->type != 0)
        t++;
    nlri_emit_route_type(v->e, type, t->name);
    if (t->decode == NULL) {
        emit_hex(v->e, KEY("raw"), body.p, body.left);
        return 0;
    }
    v->c = body;
    return t->decode(v);
}

static int decode(const struct nlri *n, const struct route_type *known, struct emit *e,
                  struct nlri_fault *fault)
{
    struct mvpn v = {.e = e, .fault = fault, .types = known};
    return emit_route(&v, n->body);
}

/* Every octet of these routes is part of the key. */
static int key(const struct nlri *n, const struct route_type *known, struct wr *w)
{
    struct nlri_fault fault;
    if (decode(n, known, &emit_null, &fault) != 0)
        return -1;
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}

bool nlri_mcast_vpn_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_mcast_vpn_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return decode(n, mcast_vpn_types, e, fault);
}

int nlri_mcast_vpn_key(const struct nlri *n, struct wr *w)
{
    return key(n, mcast_vpn_types, w);
}

bool nlri_mcast_vpls_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_mcast_vpls_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return decode(n, mcast_vpls_types, e, fault);
}

int nlri_mcast_vpls_key(const struct nlri *n, struct wr *w)
{
    return key(n, mcast_vpls_types, w);
}
