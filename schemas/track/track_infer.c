/* SPDX-License-Identifier: BSD-2-Clause */
/* track_infer: what a session negotiated, told by its UPDATEs when its OPENs were not seen.
 * Floor F3.
 *
 * An UPDATE that parses in one mode only is a vote for it. One that parses in both says
 * nothing, and is read as those before it voted: its own octets can't tell (RFC 7911 section 6,
 * RFC 6793 section 4.2.3). A mode that only accident suggests is outvoted. */
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "bgp/open.h"
#include "bgp/update.h"
#include "schemas/track/track_impl.h"

enum { VOTES_MAX = 1000, CERTAIN = 10 * VOTES_MAX };

static void vote(int16_t *votes, int by)
{
    int sum = *votes + by;
    if (*votes < CERTAIN && *votes > -CERTAIN && sum <= VOTES_MAX && sum >= -VOTES_MAX)
        *votes = (int16_t)sum;
}

/* Returns 1 when an AS_PATH has four octets per AS number for certain, -1 when two, 0 when
 * there is no telling. */
static int path_width(const struct bgp_update *u)
{
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_AS_PATH);
    if (a == NULL || a->len == 0)
        return 0;
    struct cur value = bgp_update_cur(u, (struct bgp_span){a->off, a->len});
    return as_path_parses(value, 4) - as_path_parses(value, 2);
}

/* The same of AGGREGATOR, by its length; a speaker that sends AS4_PATH or AS4_AGGREGATOR takes
 * its peer for one that knows two octets only. */
static int other_widths(const struct bgp_update *u)
{
    enum { AGGREGATOR_AS2 = 6, AGGREGATOR_AS4 = 8 };
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_AGGREGATOR);
    int by = a == NULL ? 0 : (a->len == AGGREGATOR_AS4) - (a->len == AGGREGATOR_AS2);
    bool old = bgp_update_has(u, ATTR_AS4_PATH) || bgp_update_has(u, ATTR_AS4_AGGREGATOR);
    return by - old;
}

/* Returns whether a section parses in the other mode only. */
static bool contradicts(const struct bgp_update *u, const struct bgp_section *s, bool add_path)
{
    struct bgp_ctx none = {.assumed = true};
    struct nlri_iter it;
    nlri_iter_init(&it, s->family, &none, bgp_update_cur(u, s->nlri), false);
    it.add_path = add_path;
    return nlri_settle_add_path(&it);
}

static void vote_section(struct track_evidence *v, const struct bgp_update *u,
                         const struct bgp_section *s)
{
    if (s->present && s->nlri.len > 0 && s->family != BGP_FAMILY_NONE)
        vote(&v->add_path[s->family], contradicts(u, s, false) - contradicts(u, s, true));
}

static void settle(const struct track_evidence *v, struct bgp_ctx *ctx)
{
    ctx->asn4 = v->asn4 >= 0;
    for (unsigned f = 0; f < BGP_FAMILIES_MAX; f++) {
        if (v->add_path[f] > 0)
            bgp_family_add(&ctx->add_path, f);
        else
            bgp_family_del(&ctx->add_path, f);
    }
}

void track_infer_open(struct track_evidence *v, struct bgp_ctx *ctx,
                      const struct bgp_open *open)
{
    struct bgp_offer offer;
    bgp_offer_of(open, &offer);
    if (!offer.asn4)
        v->asn4 = -CERTAIN;
    if (bgp_family_none(&offer.add_path_rx) && bgp_family_none(&offer.add_path_tx)) {
        for (unsigned f = 0; f < BGP_FAMILIES_MAX; f++)
            v->add_path[f] = -CERTAIN;
    }
    settle(v, ctx);
}

/* Notes how the message is read when that is not how it would be without evidence. */
static void tell(const struct bgp_update *u, const struct bgp_ctx *ctx, struct track_item *item)
{
    const struct bgp_section *all[] = {&u->withdrawn, &u->announced, &u->mp_reach,
                                       &u->mp_unreach};
    struct bgp_diag d = {.reason = BGP_REASON_NO_CONTEXT, .need = 4, .have = ctx->asn4 ? 4 : 2};
    for (unsigned i = 0; i < sizeof all / sizeof all[0] && d.afi == 0; i++) {
        if (all[i]->present && bgp_family_has(&ctx->add_path, all[i]->family)) {
            d.afi = all[i]->afi;
            d.safi = all[i]->safi;
        }
    }
    if (ctx->asn4 && d.afi == 0)
        return;
    item->has_diag = true;
    item->diag = d;
}

void track_infer(struct track_evidence *v, struct bgp_ctx *ctx, struct track_item *item)
{
    struct bgp_update u;
    uint8_t type = 0;
    struct cur msg = cur_of(item->bgp, item->bgp_len);
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type) || type != BGP_TYPE_UPDATE ||
        bgp_update_index(item->bgp, item->bgp_len, ctx, &u) != 0)
        return;
    vote(&v->asn4, path_width(&u) + other_widths(&u));
    vote_section(v, &u, &u.withdrawn);
    vote_section(v, &u, &u.announced);
    vote_section(v, &u, &u.mp_reach);
    vote_section(v, &u, &u.mp_unreach);
    settle(v, ctx);
    tell(&u, ctx, item);
}
