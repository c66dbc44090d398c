/* SPDX-License-Identifier: BSD-2-Clause */
/* record_plain: which UPDATEs are plain, and what of them is worth keeping. Floor F3. */
#include "schemas/record/record_plain.h"

#include "bgp/attr_map.h"

enum { LEN_MAX = BGP_MSG_MAX /* octets; what is longer goes the usual way */ };

bool record_plain_update(const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    const uint64_t as4 = UINT64_C(1) << ATTR_AS4_PATH | UINT64_C(1) << ATTR_AS4_AGGREGATOR;
    return u->diags.cnt == 0 && u->attr_lost == 0 && (u->seen[0] & as4) == 0 && !ctx->pinned &&
           u->len <= LEN_MAX;
}

bool record_plain_section(const struct bgp_section *s, const struct bgp_ctx *ctx, bool *v6)
{
    *v6 = s->family == NLRI_IPV6_UNICAST;
    return (*v6 || s->family == NLRI_IPV4_UNICAST) &&
           !bgp_family_has(&ctx->add_path, s->family) && s->nlri.len > 0;
}

bool record_plain_route(const struct nlri *n, uint8_t addr[16], uint8_t *bits, bool *v6)
{
    struct cur c = n->body;
    *v6 = n->row == &nlri_map[NLRI_IPV6_UNICAST];
    if (n->has_path_id || (!*v6 && n->row != &nlri_map[NLRI_IPV4_UNICAST]))
        return false;
    unsigned odd = *v6 ? record_plain_prefix6(&c, addr, bits)
                       : record_plain_prefix4(&c, addr, bits);
    return odd < NLRI_ODD_LIMIT && c.left == 0;
}

uint64_t record_plain_elsewhere(const struct bgp_update *u, struct cur own)
{
    uint64_t elsewhere = own.left > 0 ? UINT64_C(1) << ATTR_NEXT_HOP : 0;
    elsewhere |= (uint64_t)u->mp_reach.present << ATTR_MP_REACH_NLRI;
    return elsewhere | (uint64_t)u->mp_unreach.present << ATTR_MP_UNREACH_NLRI;
}

/* ---- attributes seen before ---- */

#define BIT(code) (UINT64_C(1) << (code))

/* Those whose values depend on nothing but their octets and the AS numbers' width. */
static const uint64_t self_contained =
    BIT(ATTR_ORIGIN) | BIT(ATTR_AS_PATH) | BIT(ATTR_NEXT_HOP) | BIT(ATTR_MED) |
    BIT(ATTR_LOCAL_PREF) | BIT(ATTR_ATOMIC_AGGREGATE) | BIT(ATTR_AGGREGATOR) |
    BIT(ATTR_COMMUNITIES) | BIT(ATTR_ORIGINATOR_ID) | BIT(ATTR_CLUSTER_LIST) |
    BIT(ATTR_EXT_COMMUNITIES) | BIT(ATTR_LARGE_COMMUNITY) | BIT(ATTR_OTC);

static const uint64_t multiprotocol = BIT(ATTR_MP_REACH_NLRI) | BIT(ATTR_MP_UNREACH_NLRI);

static bool is_multiprotocol(const struct bgp_attr *a)
{
    return a->code == ATTR_MP_REACH_NLRI || a->code == ATTR_MP_UNREACH_NLRI;
}

/* Where an attribute ends. */
static uint32_t end_of(const struct bgp_attr *a)
{
    return a->off + a->len;
}

/* Leaves multiprotocol attributes at either end out of a run. Returns false when one is inside.
 */
static bool cut_multiprotocol(const struct bgp_update *u, uint32_t *from, uint32_t *to)
{
    const struct bgp_attr *first = u->attr, *last = u->attr + u->attr_cnt;
    for (; first < last && is_multiprotocol(first); first++)
        *from = end_of(first);
    for (; first < last && is_multiprotocol(last - 1); last--)
        *to = last - first > 1 ? end_of(last - 2) : *from;
    for (const struct bgp_attr *a = first; a < last; a++) {
        if (is_multiprotocol(a))
            return false;
    }
    return true;
}

bool record_plain_key(const struct bgp_update *u, const struct bgp_ctx *ctx, uint64_t elsewhere,
                      uint8_t flags, struct record_memo_key *key)
{
    uint32_t from = u->attrs.off, to = u->attrs.off + u->attrs.len;
    if ((u->seen[0] & ~(self_contained | multiprotocol)) != 0 ||
        (u->seen[1] | u->seen[2] | u->seen[3]) != 0 ||
        ((u->seen[0] & multiprotocol) != 0 && !cut_multiprotocol(u, &from, &to)))
        return false;
    flags |= (uint8_t)(ctx->asn4 | (elsewhere & BIT(ATTR_NEXT_HOP) ? 2 : 0));
    *key = record_memo_key_of(u->msg + from, to - from, flags);
    return true;
}
