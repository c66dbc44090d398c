/* SPDX-License-Identifier: BSD-2-Clause */
/* mcast_vpn: MCAST-VPN routes (RFC 6514 section 4), with wildcards (RFC 6625), and MCAST-VPLS
 * (RFC 7117 section 5), which has two of the same routes. Floor F1.
 *
 * The packet is drawn in bgp/nlri/routes.h; each decoder tells its type specific part. */
#include "bgp/nlri/routes.h"

static bool take_source_as(struct route *r)
{
    return route_take_number(r, KEY("source_as"), 4);
}

/* The last field, whose length tells its family. */
static int end_originator(struct route *r)
{
    struct nlri_addr a;
    if (!nlri_read_last_addr(&r->c, &a, r->fault))
        return -1;
    nlri_emit_addr(r->e, KEY("originator"), &a);
    return route_end(r);
}

/* RFC 6514 section 4.1: RD (8), originating router's IP (4 or 16). */
static int decode_intra_as(struct route *r)
{
    return route_take_rd(r) ? end_originator(r) : -1;
}

/* RFC 6514 section 4.2: RD (8), source AS (4). */
static int decode_inter_as(struct route *r)
{
    return route_take_rd(r) && take_source_as(r) ? route_end(r) : -1;
}

/* RFC 6514 section 4.3: RD (8), source length (1, bits), source, group length (1), group,
 * originating router's IP (4 or 16). */
static int decode_s_pmsi(struct route *r)
{
    return route_take_rd(r) && route_take_source_group(r) ? end_originator(r) : -1;
}

/* RFC 6514 section 4.4: route key (the NLRI that the leaf answers), originating router's IP. */
static int decode_leaf(struct route *r)
{
    return route_take_route_key(r) ? end_originator(r) : -1;
}

/* RFC 6514 section 4.5: RD (8), source length (1, bits), source, group length (1), group. */
static int decode_source_active(struct route *r)
{
    return route_take_rd(r) && route_take_source_group(r) ? route_end(r) : -1;
}

/* RFC 6514 section 4.6: RD (8), source AS (4), source length (1, bits), source (of a shared
 * tree: the rendezvous point), group length (1), group. */
static int decode_join(struct route *r)
{
    if (!route_take_rd(r) || !take_source_as(r) || !route_take_source_group(r))
        return -1;
    return route_end(r);
}

static const struct route_type mcast_vpn_types[] = {
    {1, 0, "intra-as-i-pmsi-auto-discovery", decode_intra_as, NULL},
    {2, 0, "inter-as-i-pmsi-auto-discovery", decode_inter_as, NULL},
    {3, 0, "s-pmsi-auto-discovery", decode_s_pmsi, NULL},
    {4, 0, "leaf-auto-discovery", decode_leaf, NULL},
    {5, 0, "source-active-auto-discovery", decode_source_active, NULL},
    {6, 0, "shared-tree-join", decode_join, NULL},
    {7, 0, "source-tree-join", decode_join, NULL},
    {0, 0, NULL, NULL, NULL},
};

static const struct route_type mcast_vpls_types[] = {
    {3, 0, "s-pmsi-auto-discovery", decode_s_pmsi, NULL},
    {4, 0, "leaf-auto-discovery", decode_leaf, NULL},
    {0, 0, NULL, NULL, NULL},
};

/* draft-ietf-bess-bgp-multicast frames its routes like these; its types are shown raw. */
static const struct route_type mcast_tree_types[] = {
    {0, 0, NULL, NULL, NULL},
};

bool nlri_mcast_vpn_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_mcast_vpn_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return routes_decode(n, mcast_vpn_types, e, fault);
}

int nlri_mcast_vpn_key(const struct nlri *n, struct wr *w)
{
    return routes_key(n, mcast_vpn_types, w);
}

bool nlri_mcast_vpls_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_mcast_vpls_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return routes_decode(n, mcast_vpls_types, e, fault);
}

int nlri_mcast_vpls_key(const struct nlri *n, struct wr *w)
{
    return routes_key(n, mcast_vpls_types, w);
}

bool nlri_mcast_tree_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 1, 1, one, fault);
}

int nlri_mcast_tree_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    return routes_decode(n, mcast_tree_types, e, fault);
}

int nlri_mcast_tree_key(const struct nlri *n, struct wr *w)
{
    return routes_key(n, mcast_tree_types, w);
}
