/* SPDX-License-Identifier: BSD-2-Clause */
/* record_route: one record per route of an UPDATE. Floor F3. */
#include "schemas/record/record_route.h"

#include "base/buf.h"
#include "bgp/attr_map.h"
#include "bgp/msg.h"
#include "schemas/record/record_avro.h"
#include "schemas/record/record_json.h"
#include "schemas/record/record_update.h"

/* One UPDATE being taken apart. */
struct taken {
    const struct record_lines *l;
    const struct record_meta *m;
    const struct bgp_ctx *ctx;
    struct bgp_update u;
    struct cur own_next_hop;
    struct bmp_marks marks; /* routes NULL: none */
    unsigned index;         /* of the NLRI at hand */
    /* As the encoder wrote them for the first record: what begins it, and an announcement's
     * attrs and diags. */
    struct buf begin, tail;
};

/* Writes members that were kept. Returns false when there are none. */
static bool put_kept(struct emit *e, const struct buf *kept)
{
    if (kept->len == 0)
        return false;
    e->ops->splice(e, str_at(kept->p, kept->len));
    return true;
}

/* Keeps the members after a mark; without memory they are made anew each time. */
static void keep(struct emit *e, struct emit_mark mark, struct buf *kept)
{
    if (e->ops->splice == NULL)
        return;
    struct str s = e->ops->since(e, mark);
    buf_add(kept, s.p, s.len);
}

/* Writes what BMP version 4 says of the route at hand; a message without such TLVs says nothing.
 */
static void put_tlvs(struct taken *t, struct bgp_diags *d)
{
    if (t->marks.routes == NULL)
        return;
    bmp_marks_emit_tlvs(&t->marks, t->index, t->l->e, KEY("tlvs"), d);
    record_marks_spent(&t->marks, d);
}

/* Writes attrs and diags, which all announcements of the message share, and the TLVs, which they
 * do not. */
static void put_tail(struct taken *t)
{
    struct emit *e = t->l->e;
    if (put_kept(e, &t->tail))
        return;
    struct bgp_diags before = t->u.diags;
    struct emit_mark mark = emit_mark(e);
    if (!record_json_attrs(e, &t->u, t->ctx, t->l->o->memo) &&
        !record_avro_attrs(e, &t->u, t->ctx, t->l->o->memo))
        record_attrs(e, &t->u, t->ctx, t->own_next_hop.left > 0);
    put_tlvs(t, &t->u.diags);
    record_diags(e, &t->u.diags);
    t->u.diags = before;
    if (t->marks.routes == NULL)
        keep(e, mark, &t->tail);
}

/* One section of the message: its NLRI come one by one. */
struct place {
    const struct bgp_section *s;
    struct cur next_hop;
    bool withdraw, mp;
};

static struct bgp_diag fault_diag(const struct place *at, const struct nlri_fault *f)
{
    return (struct bgp_diag){.action = BGP_ACTION_AFI_SAFI_DISABLE,
                             .reason = f->reason,
                             .afi = at->s->afi,
                             .safi = at->s->safi,
                             .off = f->off,
                             .need = f->need,
                             .have = f->have};
}

/* Opens a record with what all of the message begin with. */
static void open_record(struct taken *t)
{
    struct emit *e = t->l->e;
    emit_object(e, EMIT_ITEM);
    if (put_kept(e, &t->begin))
        return;
    struct emit_mark mark = emit_mark(e);
    record_members(e, t->m);
    if (!record_avro_type(e, str_at("update", 6)))
        emit_name(e, KEY("type"), "update");
    keep(e, mark, &t->begin);
}

/* Opens the list that will hold one NLRI, and closes it. */
static void open_list(const struct taken *t, const struct place *at)
{
    struct emit *e = t->l->e;
    emit_array(e, at->withdraw ? KEY("withdraw") : KEY("announce"));
    emit_object(e, EMIT_ITEM);
    record_family(e, at->s->afi, at->s->safi);
    record_next_hop(e, at->next_hop);
    emit_array(e, KEY("nlri"));
}

static void close_list(struct emit *e)
{
    emit_array_end(e);
    emit_object_end(e);
    emit_array_end(e);
}

static void close_record(struct taken *t, const struct place *at, const struct bgp_diag *bad)
{
    struct emit *e = t->l->e;
    struct bgp_diags d;
    bgp_diags_init(&d);
    if (bad == NULL && !at->withdraw) {
        put_tail(t);
    } else {
        if (bad != NULL)
            bgp_diag_add(&d, *bad);
        put_tlvs(t, &d);
        record_diags(e, &d);
    }
    emit_object_end(e);
    t->l->end(t->l->arg);
}

/* Writes the record of one route. */
static void put_route(struct taken *t, const struct place *at, const struct nlri *n)
{
    struct nlri_fault fault;
    bool ok = true;
    struct bmp_marks *marks = t->marks.routes != NULL ? &t->marks : NULL;
    open_record(t);
    if (marks != NULL || (!record_json_route(t->l->e, n, at->next_hop) &&
                          !record_avro_route(t->l->e, n, at->next_hop))) {
        open_list(t, at);
        ok = record_nlri(t->l->e, n, marks, t->index, &fault);
        close_list(t->l->e);
    }
    struct bgp_diag bad = ok ? (struct bgp_diag){0} : fault_diag(at, &fault);
    close_record(t, at, ok ? NULL : &bad);
}

/* Writes the record of octets that are no NLRI, and of what comes after them. */
static void put_raw(struct taken *t, const struct place *at, struct cur rest,
                    const struct nlri_fault *fault)
{
    struct emit *e = t->l->e;
    struct bgp_diag bad = fault_diag(at, fault);
    open_record(t);
    open_list(t, at);
    emit_object(e, EMIT_ITEM);
    emit_hex(e, KEY("raw"), rest.p, rest.left);
    emit_object_end(e);
    close_list(e);
    close_record(t, at, &bad);
}

static void put_section(struct taken *t, const struct place *at)
{
    struct nlri_iter it;
    struct nlri n;
    int got;
    if (!at->s->present)
        return;
    nlri_iter_init(&it, bgp_section_family(at->s, t->ctx), t->ctx,
                   bgp_update_cur(&t->u, at->s->nlri), at->withdraw);
    if (nlri_settle_add_path(&it))
        bgp_diag_add(&t->u.diags, (struct bgp_diag){.reason = BGP_REASON_ADD_PATH_MISMATCH,
                                                    .afi = at->s->afi,
                                                    .safi = at->s->safi,
                                                    .off = at->s->nlri.off,
                                                    .have = it.add_path});
    struct cur rest = it.in;
    t->index = t->marks.routes != NULL ? record_nlri_before(&t->u, t->ctx, at->s) : 0;
    for (; (got = nlri_iter_next(&it, &n)) > 0; rest = it.in) {
        t->index++;
        if (t->l->filter != NULL && !filter_route(t->l->filter, &n))
            continue;
        const struct record_route r = {&t->u, &n, at->mp, at->withdraw};
        if (t->l->route != NULL && !t->l->route(t->l->arg, &r))
            continue;
        put_route(t, at, &n);
    }
    if (got == 0 || t->l->route != NULL ||
        (t->l->filter != NULL && !filter_route(t->l->filter, NULL)))
        return;
    t->index++;
    put_raw(t, at, rest, &it.fault);
}

static bool is_update(const uint8_t *msg, size_t len)
{
    struct cur c = cur_of(msg, len);
    struct bgp_diag diag;
    uint8_t type;
    return cur_peek(&c, BGP_HEADER_LEN - 1, &type) && type == BGP_TYPE_UPDATE &&
           bgp_msg_check(msg, len, &diag) == 0;
}

/* Returns false when there is no route to write: the message makes its usual record. */
static bool take_apart(const struct record_lines *l, const struct record_meta *m,
                       const struct bgp_ctx *ctx, const uint8_t *msg, size_t len)
{
    struct taken t = {.l = l,
                      .m = m,
                      .ctx = ctx,
                      .marks = {.routes = m->routes, .budget = BMP_MARKS_BUDGET}};
    bool lenient = l->route != NULL;
    if ((m->trailing.left > 0 && !lenient) || !is_update(msg, len) ||
        (bgp_update_index(msg, len, ctx, &t.u) != 0 && !lenient))
        return false;
    bgp_update_check(&t.u, ctx, false);
    t.own_next_hop = record_own_next_hop(&t.u);
    const struct place places[] = {
        {&t.u.announced, t.own_next_hop, false, false},
        {&t.u.mp_reach, bgp_update_cur(&t.u, t.u.mp_reach.next_hop), false, true},
        {&t.u.withdrawn, cur_of(NULL, 0), true, false},
        {&t.u.mp_unreach, cur_of(NULL, 0), true, true},
    };
    enum { PLACES = sizeof places / sizeof places[0] };
    bool any = false;
    for (size_t i = 0; i < PLACES; i++)
        any |= places[i].s->present && places[i].s->nlri.len > 0;
    if (!any)
        return false;
    if (m->diag != NULL)
        bgp_diag_add(&t.u.diags, *m->diag);
    for (size_t i = 0; i < PLACES; i++) {
        const struct place *at = &places[lenient ? (i + PLACES / 2) % PLACES : i];
        if (at->s->present && at->s->nlri.len > 0)
            put_section(&t, at);
    }
    buf_free(&t.begin);
    buf_free(&t.tail);
    return true;
}

void record_routes_item(const struct record_lines *l, const struct track_item *item)
{
    struct track_peer stranger;
    struct record_meta own;
    const struct record_meta *m = l->meta != NULL ? l->meta : &own;
    if (item->frame->flags & JOURNAL_REPEAT)
        return;
    if (l->meta == NULL)
        record_item_meta(&own, l->collector, item, l->o, &stranger);
    if (item->bgp != NULL &&
        (take_apart(l, m, item->ctx, item->bgp, item->bgp_len) || l->route != NULL))
        return;
    if (record_item_by(l->e, m, item, l->o, NULL) > 0)
        l->end(l->arg);
}

void record_routes_mrt(const struct record_lines *l, const struct mrt_walk *w,
                       const struct bgp_ctx *ctx)
{
    struct track_peer peer;
    record_mrt_peer(&w->item, &peer);
    struct record_meta m = record_mrt_meta(l->collector, &w->item, &peer);
    m.count = l->o->count;
    if (w->item.kind == MRT_ITEM_MESSAGE &&
        take_apart(l, &m, ctx, w->item.body.p, w->item.body.left))
        return;
    if (record_mrt(l->e, l->collector, w, ctx, l->o, NULL) > 0)
        l->end(l->arg);
}
