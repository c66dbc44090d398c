/* SPDX-License-Identifier: BSD-2-Clause */
/* record_attrs: path attributes by the rows of attr_map; what has no named fields goes into
 * "unknown" as hex. Floor F3. */
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/open.h"
#include "schemas/record/record.h"

_Static_assert(BGP_ATTRS_MAX <= 64, "a bit per indexed attribute");

/* What has been seen to while the attributes are walked. */
struct walk {
    struct emit *e;
    struct bgp_update *u;
    const struct bgp_ctx *ctx;
    uint64_t raw;     /* bit per indexed attribute that goes into "unknown" */
    uint64_t seen[4]; /* bit per code emitted so far */
    uint64_t special; /* bit per code of 0-63 that `handled` must be asked about */
    bool skip_as4_path, skip_as4_aggregator;
    bool skip_next_hop;
};

static void fill_input(struct attr_in *in, struct bgp_update *u, const struct bgp_ctx *ctx,
                       const struct bgp_attr *a)
{
    in->code = a->code;
    in->flags = a->flags;
    cur_set(&in->value, u->msg + a->off, a->len, a->off);
    in->depth = 0;
    in->ipv6 = false;
    in->ctx = ctx;
    in->diags = &u->diags;
    in->fault = (struct nlri_fault){0};
    in->at_least = BGP_ACTION_NOTE;
}

static struct attr_in input(const struct walk *w, const struct bgp_attr *a)
{
    struct attr_in in;
    fill_input(&in, w->u, w->ctx, a);
    return in;
}

static void disagree(struct walk *w, const struct bgp_attr *a, uint8_t action)
{
    bgp_diag_add(&w->u->diags, (struct bgp_diag){.action = action,
                                                 .reason = BGP_REASON_AS4_MISMATCH,
                                                 .attr = a->code,
                                                 .off = a->off});
}

/* Reads the AS number of an AGGREGATOR or AS4_AGGREGATOR that is sound. */
static bool aggregator_asn(const struct walk *w, const struct bgp_attr *a, uint32_t *asn)
{
    struct cur c = cur_at(w->u->msg + a->off, a->len, a->off);
    uint16_t asn2;
    if (a->len == 8)
        return cur_u32(&c, asn);
    if (a->len != 6 || !cur_u16(&c, &asn2))
        return false;
    *asn = asn2;
    return true;
}

/* A NEW speaker's aggregation hides in AS4_AGGREGATOR behind AS_TRANS. Any other AS in
 * AGGREGATOR: an OLD speaker aggregated since, and both AS4 attributes are void. Returns false
 * in the latter case (RFC 6793 section 4.2.3). */
static bool as4_valid(const struct walk *w)
{
    const struct bgp_attr *a = bgp_update_attr(w->u, ATTR_AGGREGATOR);
    uint32_t asn;
    return a == NULL || !bgp_update_has(w->u, ATTR_AS4_AGGREGATOR) ||
           !aggregator_asn(w, a, &asn) || asn == BGP_AS_TRANS;
}

/* Emits a merged as_path (an AS4_PATH before its AS_PATH has then been emitted on its own,
 * too). Returns false when AS_PATH goes its usual way. */
static bool merge_path(struct walk *w, const struct bgp_attr *a)
{
    const struct bgp_attr *a4 = bgp_update_attr(w->u, ATTR_AS4_PATH);
    if (a4 == NULL || w->ctx->asn4)
        return false;
    struct attr_in path = input(w, a), path4 = input(w, a4);
    bool agree = false;
    if (as_path_width(path.value, w->ctx) != 2)
        return false;
    bool merged = as4_valid(w) &&
                  record_merged_path(w->e, KEY("as_path"), path.value, path4.value, &agree);
    if (merged && agree)
        w->skip_as4_path = true;
    else
        disagree(w, a4, merged ? BGP_ACTION_NOTE : BGP_ACTION_ATTRIBUTE_DISCARD);
    return merged;
}

/* Emits AS4_AGGREGATOR as aggregator. Returns false when AGGREGATOR goes its usual way. */
static bool merge_aggregator(struct walk *w, const struct bgp_attr *a)
{
    const struct bgp_attr *a4 = bgp_update_attr(w->u, ATTR_AS4_AGGREGATOR);
    uint32_t asn;
    if (a4 == NULL || w->ctx->asn4 || a4->len != 8)
        return false;
    if (!aggregator_asn(w, a, &asn) || asn != BGP_AS_TRANS) {
        disagree(w, a4, BGP_ACTION_ATTRIBUTE_DISCARD);
        return false;
    }
    struct attr_in in = input(w, a4);
    w->skip_as4_aggregator = true;
    return attr_aggregator(&in, w->e, KEY("aggregator")) == 0;
}

/* Handles the attributes that are written elsewhere or together with others. */
static bool handled(struct walk *w, const struct bgp_attr *a)
{
    switch (a->code) {
    case ATTR_AS_PATH:
        return merge_path(w, a);
    case ATTR_NEXT_HOP:
        return w->skip_next_hop;
    case ATTR_AGGREGATOR:
        return merge_aggregator(w, a);
    case ATTR_MP_REACH_NLRI:
        return w->u->mp_reach.present;
    case ATTR_MP_UNREACH_NLRI:
        return w->u->mp_unreach.present;
    case ATTR_AS4_PATH:
        if (w->ctx->asn4) /* RFC 6793 section 4.1: discarded between NEW speakers */
            disagree(w, a, BGP_ACTION_ATTRIBUTE_DISCARD);
        return w->skip_as4_path;
    case ATTR_AS4_AGGREGATOR:
        return w->skip_as4_aggregator;
    default:
        return false;
    }
}

/* Returns a bit per code that is looked at together with another: nothing, in most messages. */
static uint64_t special_codes(const struct bgp_update *u)
{
    const uint64_t as4 = UINT64_C(1) << ATTR_AS4_PATH | UINT64_C(1) << ATTR_AS4_AGGREGATOR;
    const uint64_t as2 = UINT64_C(1) << ATTR_AS_PATH | UINT64_C(1) << ATTR_AGGREGATOR;
    return u->seen[0] & as4 ? as4 | as2 : 0;
}

bool record_attr(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                 const struct bgp_attr *a)
{
    struct attr_in in;
    const struct attr_row *row = attr_row_of(a->code);
    if (row == NULL)
        return false;
    fill_input(&in, u, ctx, a);
    return attr_decode(row, &in, e);
}

/* Returns whether the attribute found its place; else it belongs into "unknown". */
static bool emit_attr(struct walk *w, const struct bgp_attr *a)
{
    uint64_t bit = (uint64_t)1 << (a->code % 64);
    if (w->seen[a->code / 64] & bit) /* a repetition: the index has noted it */
        return false;
    w->seen[a->code / 64] |= bit;
    if (a->code <= ATTR_AS4_AGGREGATOR && w->special >> a->code & 1 && handled(w, a))
        return true;
    return record_attr(w->e, w->u, w->ctx, a);
}

/* Attributes that did not fit the index are in the bytes still. */
static void emit_unindexed(struct walk *w)
{
    struct cur c = bgp_update_cur(w->u, w->u->attrs);
    struct attr_in in;
    for (unsigned i = 0; attr_next(&c, &in) > 0; i++) {
        if (i >= w->u->attr_cnt)
            attr_emit_raw(w->e, in.code, in.flags, in.value.p, in.value.left);
    }
}

static void emit_unknown(struct walk *w)
{
    if (w->raw == 0 && w->u->attr_lost == 0)
        return;
    emit_array(w->e, KEY("unknown"));
    for (unsigned i = 0; i < w->u->attr_cnt; i++) {
        const struct bgp_attr *a = &w->u->attr[i];
        if (w->raw >> i & 1)
            attr_emit_raw(w->e, a->code, a->flags, w->u->msg + a->off, a->len);
    }
    if (w->u->attr_lost > 0)
        emit_unindexed(w);
    emit_array_end(w->e);
}

void record_attrs(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                  bool take_next_hop)
{
    if (u->attr_cnt == 0)
        return;
    uint64_t elsewhere = 0; /* bit per code of 0-63 that needs no "attrs" object */
    if (u->mp_reach.present)
        elsewhere |= UINT64_C(1) << ATTR_MP_REACH_NLRI;
    if (u->mp_unreach.present)
        elsewhere |= UINT64_C(1) << ATTR_MP_UNREACH_NLRI;
    if (take_next_hop)
        elsewhere |= UINT64_C(1) << ATTR_NEXT_HOP;
    bool any = (u->seen[0] & ~elsewhere) | u->seen[1] | u->seen[2] | u->seen[3];
    if (!any && u->diags.worst == BGP_ACTION_NOTE)
        return;
    struct walk w = {.e = e,
                     .u = u,
                     .ctx = ctx,
                     .special = elsewhere | special_codes(u),
                     .skip_next_hop = take_next_hop};
    emit_object(e, KEY("attrs"));
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        if (!emit_attr(&w, &u->attr[i]))
            w.raw |= (uint64_t)1 << i;
    }
    emit_unknown(&w);
    emit_object_end(e);
}
