/* SPDX-License-Identifier: BSD-2-Clause */
/* filter: asks a compiled expression about messages and routes. Floor F3.
 *
 * Answers are three-valued until a route is at hand: a term that needs one says MAYBE, and what
 * doesn't depend on it decides the message alone. */
#include "schemas/filter/filter.h"

#include <stdlib.h>

#include "bgp/msg.h"
#include "schemas/filter/filter_int.h"

/* How much may be looked at. */
enum stage {
    STAGE_META,  /* who and when */
    STAGE_INDEX, /* sections; attributes, too, when no term wants NLRI */
    STAGE_ROUTE, /* everything, of one route or of a message without */
};

struct question {
    const struct filter *f;
    struct filter_subject *s;
    enum stage stage;
    const struct nlri *n; /* STAGE_ROUTE: NULL for none */
};

struct filter *filter_new(const char *text, bool files, char *err)
{
    struct filter *f = calloc(1, sizeof *f);
    if (f == NULL) {
        filter_say(err, "column 1: out of memory");
        return NULL;
    }
    if (filter_parse(f, text, files, err) == 0)
        return f;
    filter_free(f);
    return NULL;
}

void filter_free(struct filter *f)
{
    if (f == NULL)
        return;
    filter_node_free(f->root);
    free(f);
}

/* ---- the index ---- */

struct bgp_update *filter_index(struct filter_subject *s)
{
    if (s->indexed)
        return &s->u;
    if (s->walk != NULL && s->walk->item.kind == MRT_ITEM_RIB) {
        struct cur next_hop;
        record_rib_index(&s->walk->item.rib, s->ctx, &s->u, &next_hop);
        s->announces = true;
    } else if (s->msg.left > 0) {
        (void)bgp_update_index(s->msg.p, s->msg.left, s->ctx, &s->u);
        s->announces = (s->u.announced.present && s->u.announced.nlri.len > 0) ||
                       (s->u.mp_reach.present && s->u.mp_reach.nlri.len > 0);
        s->withdraws = (s->u.withdrawn.present && s->u.withdrawn.nlri.len > 0) ||
                       (s->u.mp_unreach.present && s->u.mp_unreach.nlri.len > 0);
    } else {
        return NULL;
    }
    s->indexed = true;
    return &s->u;
}

static bool has_routes(struct filter_subject *s)
{
    return filter_index(s) != NULL && (s->announces || s->withdraws);
}

static enum filter_answer of_bool(bool yes)
{
    return yes ? FILTER_YES : FILTER_NO;
}

/* ---- terms, of a message ---- */

static bool family_wanted(const struct filter_term *t, unsigned family)
{
    return family != BGP_FAMILY_NONE ? bgp_family_has(&t->families, family) : t->other_families;
}

/* Without routes, an UPDATE is of the families it names: an End-of-RIB's. */
static enum filter_answer ask_family(const struct filter_term *t, struct filter_subject *s)
{
    const struct bgp_update *u = filter_index(s);
    unsigned present = 0, wanted = 0;
    if (u == NULL)
        return FILTER_NO;
    const struct bgp_section *const all[] = {&u->withdrawn, &u->announced, &u->mp_reach,
                                             &u->mp_unreach};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!all[i]->present || (has_routes(s) && all[i]->nlri.len == 0))
            continue;
        present++;
        wanted += family_wanted(t, all[i]->family);
    }
    uint16_t afi;
    uint8_t safi;
    if (present == 0 && bgp_update_is_eor(u, &afi, &safi))
        return of_bool(family_wanted(t, nlri_family_index(afi, safi)));
    if (wanted == 0)
        return FILTER_NO;
    return wanted == present || !has_routes(s) ? FILTER_YES : FILTER_MAYBE;
}

static enum filter_answer ask_type(const struct filter_term *t, struct filter_subject *s)
{
    uint16_t afi;
    uint8_t safi;
    if (t->bits & s->type)
        return FILTER_YES;
    if (!(t->bits & FILTER_ROUTE_TYPES) || filter_index(s) == NULL)
        return FILTER_NO;
    if (!has_routes(s))
        return of_bool(t->bits & FILTER_BIT(FILTER_TYPE_EOR) &&
                       bgp_update_is_eor(&s->u, &afi, &safi));
    bool announce = t->bits & FILTER_BIT(FILTER_TYPE_ANNOUNCE);
    bool withdraw = t->bits & FILTER_BIT(FILTER_TYPE_WITHDRAW);
    if (announce == withdraw)
        return of_bool(announce);
    if (s->announces && s->withdraws)
        return FILTER_MAYBE;
    return of_bool(s->announces ? announce : withdraw);
}

/* What a message's type alone tells. */
static enum filter_answer ask_early(const struct filter_term *t, const struct filter_subject *s)
{
    bool routes = s->msg.left > 0 || (s->walk != NULL && s->walk->item.kind == MRT_ITEM_RIB);
    if (t->bits & s->type)
        return FILTER_YES;
    if (!routes || (t->bits != 0 && !(t->bits & FILTER_ROUTE_TYPES)))
        return FILTER_NO;
    return FILTER_MAYBE;
}

/* Each term about attributes is answered once per message. */
static bool ask_memo(const struct filter_term *t, struct filter_subject *s)
{
    uint64_t bit = UINT64_C(1) << t->memo % 64;
    if (!(s->known[t->memo / 64] & bit)) {
        s->known[t->memo / 64] |= bit;
        if (t->row->test(t, s, NULL))
            s->held[t->memo / 64] |= bit;
    }
    return s->held[t->memo / 64] & bit;
}

static enum filter_answer ask_attr(const struct question *q, const struct filter_term *t)
{
    if (q->stage == STAGE_ROUTE)
        return of_bool((q->n == NULL || !q->n->withdraw) && ask_memo(t, q->s));
    if (q->f->by_nlri && has_routes(q->s)) /* the prefix may spare us this */
        return FILTER_MAYBE;
    if (!ask_memo(t, q->s))
        return FILTER_NO;
    return q->s->withdraws ? FILTER_MAYBE : FILTER_YES;
}

/* A term of this cost that has `bits` is about types, else about families. */
static enum filter_answer ask_index(const struct question *q, const struct filter_term *t)
{
    if (q->stage == STAGE_ROUTE && q->n != NULL)
        return of_bool(t->row->test(t, q->s, q->n));
    return t->bits != 0 ? ask_type(t, q->s) : ask_family(t, q->s);
}

static enum filter_answer ask_term(const struct question *q, const struct filter_term *t)
{
    enum filter_cost cost = t->row->cost;
    if (cost == FILTER_COST_META)
        return of_bool(t->row->test(t, q->s, NULL));
    if (q->stage == STAGE_META)
        return cost == FILTER_COST_INDEX ? ask_early(t, q->s) : FILTER_MAYBE;
    switch (cost) {
    case FILTER_COST_INDEX:
        return ask_index(q, t);
    case FILTER_COST_NLRI:
        return q->stage == STAGE_ROUTE ? of_bool(t->row->test(t, q->s, q->n)) : FILTER_MAYBE;
    case FILTER_COST_ATTR:
        return ask_attr(q, t);
    case FILTER_COST_RECORD:
        if (q->stage == STAGE_INDEX && q->f->by_nlri)
            return FILTER_MAYBE;
        return of_bool(ask_memo(t, q->s));
    case FILTER_COST_META:
        break;
    }
    return FILTER_NO;
}

/* ---- the tree ---- */

static enum filter_answer ask(const struct question *q, const struct filter_node *n)
{
    enum filter_answer a = FILTER_NO, end = n->op == FILTER_AND ? FILTER_NO : FILTER_YES;
    bool maybe = false;
    switch (n->op) {
    case FILTER_TERM:
        return ask_term(q, &n->term);
    case FILTER_NOT:
        a = ask(q, n->child);
        return a == FILTER_MAYBE ? a : of_bool(a == FILTER_NO);
    case FILTER_AND:
    case FILTER_OR:
        for (const struct filter_node *c = n->child; c != NULL; c = c->next) {
            a = ask(q, c);
            if (a == end)
                return end;
            maybe |= a == FILTER_MAYBE;
        }
        return maybe ? FILTER_MAYBE : of_bool(end == FILTER_NO);
    }
    return a;
}

/* ---- messages ---- */

static enum filter_verdict verdict_of(enum filter_answer a)
{
    return a == FILTER_YES ? FILTER_ALL : a == FILTER_NO ? FILTER_NONE : FILTER_SOME;
}

/* The one route of a RIB's entry. */
static enum filter_answer ask_rib(struct question *q)
{
    const struct mrt_rib *rib = &q->s->walk->item.rib;
    struct nlri n = {.row = nlri_row_of(rib->family),
                     .body = rib->nlri,
                     .path_id = rib->path_id,
                     .has_path_id = rib->has_path_id,
                     .ctx = q->s->ctx};
    q->stage = STAGE_ROUTE;
    q->n = &n;
    return ask(q, q->f->root);
}

static enum filter_verdict begin(struct filter_subject *s)
{
    const struct filter *f = s->filter;
    struct question q = {.f = f, .s = s};
    if (f->root == NULL)
        return FILTER_ALL;
    enum filter_answer a = ask(&q, f->root);
    if (a != FILTER_MAYBE)
        return verdict_of(a);
    if (s->walk != NULL && s->walk->item.kind == MRT_ITEM_RIB)
        return verdict_of(ask_rib(&q));
    q.stage = s->msg.left > 0 && has_routes(s) ? STAGE_INDEX : STAGE_ROUTE;
    return verdict_of(ask(&q, f->root));
}

static uint64_t type_of_bgp(struct cur msg)
{
#define BGP_CASE(value, NAME, text, rfc) [value] = FILTER_TYPE_##NAME,
    static const uint8_t types[] = {BGP_TYPE_MAP(BGP_CASE)};
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type) || bgp_type_name(type) == NULL)
        return FILTER_BIT(FILTER_TYPE_BGP);
    return FILTER_BIT(types[type]);
}

static uint64_t type_of_bmp(const struct track_item *item)
{
    static const uint8_t types[] = {
        [BMP_TYPE_ROUTE_MONITORING] = FILTER_TYPE_BMP,
        [BMP_TYPE_STATISTICS] = FILTER_TYPE_STATS,
        [BMP_TYPE_PEER_DOWN] = FILTER_TYPE_PEER_DOWN,
        [BMP_TYPE_PEER_UP] = FILTER_TYPE_PEER_UP,
        [BMP_TYPE_INITIATION] = FILTER_TYPE_INITIATION,
        [BMP_TYPE_TERMINATION] = FILTER_TYPE_TERMINATION,
        [BMP_TYPE_ROUTE_MIRRORING] = FILTER_TYPE_MIRROR,
    };
    if (item->bmp_bad || item->bmp.type >= sizeof types)
        return FILTER_BIT(FILTER_TYPE_BMP);
    return FILTER_BIT(types[item->bmp.type]);
}

static void take_message(struct filter_subject *s, struct cur msg)
{
    s->type = type_of_bgp(msg);
    s->msg = s->type == FILTER_BIT(FILTER_TYPE_UPDATE) ? msg : cur_of(NULL, 0);
}

static void clear(struct filter_subject *s, const struct filter *f, const struct bgp_ctx *ctx)
{
    s->filter = f;
    s->item = NULL;
    s->walk = NULL;
    s->ctx = ctx;
    s->sent = false;
    s->peer = NULL;
    s->router.len = 0;
    s->router_name = NULL;
    s->msg = cur_of(NULL, 0);
    s->diags = NULL;
    s->indexed = s->withdraws = s->announces = false;
    memset(s->known, 0, sizeof s->known);
    memset(s->held, 0, sizeof s->held);
}

/* Who and when. */
static void take_item(const struct filter *f, const struct track_item *item,
                      const struct bgp_ctx *ctx, struct filter_subject *s)
{
    const struct record_options o = {.raw = false};
    struct record_meta m;
    clear(s, f, ctx);
    record_item_meta(&m, NULL, item, &o, &s->own_peer);
    s->item = item;
    s->time_ns = m.time_ns;
    s->peer = m.peer;
    s->router = m.router;
    s->router_name = m.router_name;
    s->sent = m.sent;
}

enum filter_verdict filter_record(const struct filter *f, const struct track_item *item,
                                  const struct filter_known *k, struct filter_subject *s)
{
    take_item(f, item, item->ctx, s);
    s->type = filter_type_named(k->type);
    s->diags = k->diags;
    if (s->type & (FILTER_BIT(FILTER_TYPE_UPDATE) | FILTER_BIT(FILTER_TYPE_RIB)))
        s->msg = cur_of(item->bgp, item->bgp_len);
    return begin(s);
}

enum filter_verdict filter_item(const struct filter *f, const struct track_item *item,
                                const struct bgp_ctx *ctx, struct filter_subject *s)
{
    take_item(f, item, ctx, s);
    if (item->bgp != NULL)
        take_message(s, cur_of(item->bgp, item->bgp_len));
    else if (item->is_bmp)
        s->type = type_of_bmp(item);
    else
        s->type = FILTER_BIT(item->frame->kind == JOURNAL_LOST ? FILTER_TYPE_LOST
                                                               : FILTER_TYPE_STATE);
    return begin(s);
}

enum filter_verdict filter_walk(const struct filter *f, const struct mrt_walk *w,
                                const struct bgp_ctx *ctx, struct filter_subject *s)
{
    static const uint8_t types[] = {
        [MRT_ITEM_MESSAGE] = FILTER_TYPE_BGP, [MRT_ITEM_STATE] = FILTER_TYPE_STATE,
        [MRT_ITEM_RIB] = FILTER_TYPE_RIB,     [MRT_ITEM_PEERS] = FILTER_TYPE_PEER_INDEX,
        [MRT_ITEM_OTHER] = FILTER_TYPE_MRT,
    };
    clear(s, f, ctx);
    record_mrt_peer(&w->item, &s->own_peer);
    s->walk = w;
    s->time_ns = record_mrt_time(w->item.rec);
    s->peer = w->item.has_peer ? &s->own_peer : NULL;
    s->sent = w->item.sent;
    s->type = FILTER_BIT(types[w->item.kind]);
    if (w->item.kind == MRT_ITEM_MESSAGE)
        take_message(s, w->item.body);
    return begin(s);
}

/* ---- routes ---- */

bool filter_route(struct filter_subject *s, const struct nlri *n)
{
    struct question q = {.f = s->filter, .s = s, .stage = STAGE_ROUTE, .n = n};
    return ask(&q, s->filter->root) == FILTER_YES;
}

static bool any_of(struct filter_subject *s, const struct bgp_section *section, bool withdraw)
{
    struct nlri_iter it;
    struct nlri n;
    if (!section->present)
        return false;
    nlri_iter_init(&it, section->family, s->ctx, bgp_update_cur(&s->u, section->nlri),
                   withdraw);
    struct nlri_iter again = it;
    bool found = false, doubt = false;
    int got = 0;
    while (!doubt && (got = nlri_iter_next(&it, &n)) > 0) {
        found = found || filter_route(s, &n);
        doubt = nlri_doubtful(&it, &n);
    }
    if (!doubt && got == 0)
        return found;
    /* seldom: what was found may be no route at all */
    (void)nlri_settle_add_path(&again);
    while (nlri_iter_next(&again, &n) > 0) {
        if (filter_route(s, &n))
            return true;
    }
    return false;
}

bool filter_any(struct filter_subject *s)
{
    struct bgp_update *u = filter_index(s);
    return u != NULL && (any_of(s, &u->announced, false) || any_of(s, &u->mp_reach, false) ||
                         any_of(s, &u->withdrawn, true) || any_of(s, &u->mp_unreach, true));
}

bool filter_passes(const struct filter *f, const struct track_item *item)
{
    struct filter_subject s;
    if (f == NULL || f->root == NULL || item->frame->flags & JOURNAL_REPEAT)
        return true;
    enum filter_verdict v = filter_item(f, item, item->ctx, &s);
    return v == FILTER_ALL || (v == FILTER_SOME && filter_any(&s));
}
