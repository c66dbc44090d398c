/* SPDX-License-Identifier: BSD-2-Clause */
/* record_sound: messages with which nothing is wrong. Floor F3. */
#include "schemas/record/record_sound.h"

#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "bgp/nlri_map.h"

#define BIT(code) (UINT64_C(1) << (code))

/* ---- attributes ---- */

static bool sound_origin(struct cur c, const struct bgp_ctx *ctx)
{
    enum { INCOMPLETE = 2 };
    (void)ctx;
    return c.left == 1 && c.p[0] <= INCOMPLETE;
}

static bool sound_number(struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return c.left == 4;
}

static bool sound_communities(struct cur c, const struct bgp_ctx *ctx)
{
    (void)ctx;
    return c.left > 0 && c.left % 4 == 0;
}

/* The attributes that nearly all UPDATEs have. */
static const struct {
    uint8_t flags;
    bool (*sound)(struct cur value, const struct bgp_ctx *ctx);
} hot[] = {
    [ATTR_ORIGIN] = {ATTR_WELL_KNOWN, sound_origin},
    [ATTR_AS_PATH] = {ATTR_WELL_KNOWN, as_path_is_plain},
    [ATTR_MED] = {ATTR_OPT_NONTRANS, sound_number},
    [ATTR_COMMUNITIES] = {ATTR_OPT_TRANS, sound_communities},
};

static bool sound_attr(struct bgp_update *u, const struct bgp_ctx *ctx,
                       const struct bgp_attr *a)
{
    const uint8_t category = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;
    if (a->code < sizeof hot / sizeof hot[0] && hot[a->code].sound != NULL) {
        struct cur value;
        cur_set(&value, u->msg + a->off, a->len, a->off);
        return (a->flags & category) == hot[a->code].flags && hot[a->code].sound(value, ctx);
    }
    (void)record_attr(&emit_null, u, ctx, a);
    return u->diags.cnt == 0;
}

/* `elsewhere`: those that are not among "attrs" (bit per code of 0-63). */
static bool sound_attrs(struct bgp_update *u, const struct bgp_ctx *ctx, uint64_t elsewhere)
{
    for (unsigned i = 0; i < u->attr_cnt; i++) {
        const struct bgp_attr *a = &u->attr[i];
        bool is_elsewhere = a->code < 64 && elsewhere >> a->code & 1;
        if (!is_elsewhere && !sound_attr(u, ctx, a))
            return false;
    }
    return true;
}

static uint64_t elsewhere(const struct bgp_update *u)
{
    return (uint64_t)u->mp_reach.present << ATTR_MP_REACH_NLRI |
           (uint64_t)u->mp_unreach.present << ATTR_MP_UNREACH_NLRI;
}

/* Without AS4_PATH and AS4_AGGREGATOR, which are held against others. */
static bool is_plain(const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    return u->diags.cnt == 0 && u->attr_lost == 0 && !ctx->pinned &&
           (u->seen[0] & (BIT(ATTR_AS4_PATH) | BIT(ATTR_AS4_AGGREGATOR))) == 0;
}

/* Leaves *u as it was: without diagnostics. */
static bool end(struct bgp_update *u, bool sound)
{
    sound &= u->diags.cnt == 0;
    if (!sound)
        bgp_diags_init(&u->diags);
    return sound;
}

/* ---- NLRI ---- */

static bool sound_section(const struct bgp_update *u, const struct bgp_ctx *ctx,
                          const struct bgp_section *s, bool withdraw)
{
    struct nlri_iter it;
    struct nlri n;
    struct nlri_fault fault;
    int got;
    if (!s->present)
        return true;
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(u, s->nlri), withdraw);
    if (s->family == BGP_FAMILY_NONE || nlri_add_path_certain(&it))
        return false;
    if (nlri_emit_prefixes(&it, &emit_null))
        return true;
    while ((got = nlri_iter_next(&it, &n)) > 0) {
        if (nlri_doubtful(&it, &n) || !nlri_emit(&n, &emit_null, EMIT_ITEM, &fault))
            return false;
    }
    return got == 0;
}

/* ---- messages ---- */

bool record_sound_update(struct bgp_update *u, const struct bgp_ctx *ctx)
{
    uint16_t afi;
    uint8_t safi;
    if (!is_plain(u, ctx))
        return false;
    if (bgp_update_is_eor(u, &afi, &safi))
        return true;
    uint64_t without = elsewhere(u);
    if (record_own_next_hop(u).left > 0)
        without |= BIT(ATTR_NEXT_HOP);
    bgp_update_check(u, ctx, false);
    return end(u, u->diags.cnt == 0 && sound_section(u, ctx, &u->announced, false) &&
                      sound_section(u, ctx, &u->mp_reach, false) &&
                      sound_section(u, ctx, &u->withdrawn, true) &&
                      sound_section(u, ctx, &u->mp_unreach, true) &&
                      sound_attrs(u, ctx, without));
}

bool record_sound_rib(const struct mrt_item *item, struct bgp_update *u,
                      const struct bgp_ctx *ctx)
{
    const struct mrt_rib *rib = &item->rib;
    struct nlri_fault fault;
    const struct nlri n = {
        .row = nlri_row_of(rib->family), .body = rib->nlri, .ctx = ctx};
    return !item->flipped && is_plain(u, ctx) &&
           nlri_emit(&n, &emit_null, EMIT_ITEM, &fault) &&
           end(u, sound_attrs(u, ctx, elsewhere(u)));
}

static bool sound_message(const uint8_t *p, size_t len, struct bgp_update *u,
                          const struct bgp_ctx *ctx)
{
    struct bgp_diag bad;
    return bgp_msg_check(p, len, &bad) == 0 && record_sound_update(u, ctx);
}

bool record_sound_item(const struct track_item *item, struct bgp_update *u,
                       const struct bgp_ctx *ctx)
{
    const struct record_options o = {.raw = false};
    struct track_peer stranger;
    struct record_meta m;
    if (item->bgp == NULL)
        return false;
    record_item_meta(&m, NULL, item, &o, &stranger);
    return m.diag == NULL && m.routes == NULL && m.trailing.left == 0 &&
           sound_message(item->bgp, item->bgp_len, u, ctx);
}

bool record_sound_walk(const struct mrt_walk *w, struct bgp_update *u,
                       const struct bgp_ctx *ctx)
{
    const struct mrt_item *item = &w->item;
    if (item->kind == MRT_ITEM_RIB)
        return record_sound_rib(item, u, ctx);
    return item->kind == MRT_ITEM_MESSAGE &&
           sound_message(item->body.p, item->body.left, u, ctx);
}
