/* SPDX-License-Identifier: BSD-2-Clause */
/* record_state: the dispatch over frames, and the records of events that are no message. Floor
 * F3. */
#include "schemas/record/record_bmp.h"

static void put_state(struct emit *e, struct str key, uint8_t state)
{
    const char *name = source_state_name(state);
    if (name != NULL)
        emit_name(e, key, name);
    else
        emit_code(e, key, state);
}

static void put_change(struct emit *e, const struct record_meta *m,
                       const struct source_change *c)
{
    record_begin(e, m);
    emit_name(e, KEY("type"), "state");
    put_state(e, KEY("old"), c->old_state);
    put_state(e, KEY("new"), c->new_state);
    if (c->reason_len > 0)
        emit_text(e, KEY("reason"), c->reason, c->reason_len);
    emit_object_end(e);
}

static int put_lost(struct emit *e, const struct record_meta *m, const struct journal_view *f)
{
    struct cur c = cur_of(f->p, f->len);
    uint64_t cnt = 0;
    record_begin(e, m);
    emit_name(e, KEY("type"), "lost");
    if (cur_u64(&c, &cnt))
        emit_u64(e, KEY("count"), cnt);
    if (c.left > 0)
        emit_text(e, KEY("reason"), c.p, c.left);
    emit_object_end(e);
    return 1;
}

/* A BGP session tells its states by STATE frames; one that a crash of the collector cut off is
 * only GONE. */
static int put_cut_off(struct emit *e, const struct record_meta *m,
                       const struct track_item *item)
{
    if (item->peer == NULL || item->peer->state <= SOURCE_STATE_IDLE)
        return 0;
    struct source_change c = {.old_state = item->peer->state,
                              .new_state = SOURCE_STATE_IDLE,
                              .reason = (const char *)item->frame->p,
                              .reason_len = item->frame->len};
    put_change(e, m, &c);
    return 1;
}

/* A BMP connection has two states. */
static int put_connection(struct emit *e, const struct record_meta *m,
                          const struct track_item *item)
{
    const struct journal_view *f = item->frame;
    bool gone = f->kind == JOURNAL_GONE;
    if (item->source == NULL)
        return 0;
    if (item->source->info.kind != SOURCE_BMP)
        return gone ? put_cut_off(e, m, item) : 0;
    struct source_change c = {
        .old_state = gone ? SOURCE_STATE_ESTABLISHED : SOURCE_STATE_IDLE,
        .new_state = gone ? SOURCE_STATE_IDLE : SOURCE_STATE_ESTABLISHED,
        .reason = gone ? (const char *)f->p : NULL,
        .reason_len = gone ? f->len : 0,
    };
    put_change(e, m, &c);
    return 1;
}

int record_event(struct emit *e, const struct record_meta *m, const struct track_item *item)
{
    const struct journal_view *f = item->frame;
    struct source_change c;
    switch (f->kind) {
    case JOURNAL_STATE:
        if (source_state_decode(f->p, f->len, &c) != 0)
            return 0;
        put_change(e, m, &c);
        return 1;
    case JOURNAL_SOURCE:
    case JOURNAL_GONE:
        return put_connection(e, m, item);
    case JOURNAL_LOST:
        return put_lost(e, m, f);
    case JOURNAL_NONE:
    case JOURNAL_SEAL:
    case JOURNAL_BGP_RECV:
    case JOURNAL_BGP_SENT:
    case JOURNAL_BMP:
    case JOURNAL_START:
    case JOURNAL_COUNTS:
        break;
    }
    return 0;
}

const char *record_item_type(const struct track_item *item)
{
    const char *name;
    if (item->bgp != NULL) {
        name = item->bgp_len >= BGP_HEADER_LEN ? bgp_type_name(item->bgp[BGP_HEADER_LEN - 1])
                                               : NULL;
        return name != NULL ? name : "bgp";
    }
    if (!item->is_bmp)
        return item->frame->kind == JOURNAL_LOST ? "lost" : "state";
    /* a Route Monitoring without a message is no `update` */
    bool known = !item->bmp_bad && item->bmp.type != BMP_TYPE_ROUTE_MONITORING;
    name = known ? bmp_type_name(item->bmp.type) : NULL;
    return name != NULL ? name : "bmp";
}

static const char *router_name(const struct track_source *s)
{
    return s->sys_name[0] != '\0' ? s->sys_name : s->info.name;
}

/* The router's clock, unless it says that it has none (RFC 7854 section 4.2). */
static uint64_t router_time(const struct bmp_peer *h)
{
    return ((uint64_t)h->sec * 1000000 + h->usec) * 1000;
}

void record_item_meta(struct record_meta *m, const char *collector,
                      const struct track_item *item, const struct record_options *o,
                      struct track_peer *stranger)
{
    const struct journal_view *f = item->frame;
    *m = (struct record_meta){
        .has_seq = f->seq != 0,
        .seq = f->seq,
        .count = o->count,
        .time_ns = f->time,
        .collector = collector,
        .source = item->is_bmp        ? RECORD_BMP
                  : item->bgp != NULL ? RECORD_BGP
                                      : RECORD_NO_SOURCE,
        .peer = item->peer,
        .sent = f->kind == JOURNAL_BGP_SENT,
        .diag = item->has_diag ? &item->diag : NULL,
    };
    if (item->peer != NULL)
        m->head = &item->peer->head;
    if (item->source != NULL) {
        m->source = item->source->info.kind == SOURCE_BMP ? RECORD_BMP : RECORD_BGP;
        if (o->pcap)
            m->source = RECORD_PCAP;
        m->router = item->source->info.remote;
        m->router_name = router_name(item->source);
        m->router_descr = item->source->sys_descr;
    }
    if (item->has_routes)
        m->routes = &item->routes;
    else if (item->bgp != NULL && item->is_bmp) {
        struct cur body = item->bmp.body;
        if (cur_skip(&body, item->bgp_len))
            m->trailing = body;
    }
    if (!item->is_bmp || !item->bmp.has_peer)
        return;
    m->router_time_ns = router_time(&item->bmp.peer);
    if (m->peer == NULL) {
        track_peer_of_header(&item->bmp.peer, stranger);
        m->peer = stranger;
    }
}

int record_item(struct emit *e, const char *collector, const struct track_item *item,
                const struct record_options *o, struct bgp_diags *diags)
{
    struct track_peer stranger;
    struct record_meta m;
    if (item->frame->flags & JOURNAL_REPEAT) {
        if (diags != NULL)
            bgp_diags_init(diags);
        return 0;
    }
    record_item_meta(&m, collector, item, o, &stranger);
    return record_item_by(e, &m, item, o, diags);
}

int record_item_by(struct emit *e, const struct record_meta *m, const struct track_item *item,
                   const struct record_options *o, struct bgp_diags *diags)
{
    struct bgp_diags own;
    struct bgp_diags *d = diags != NULL ? diags : &own;
    if (item->bgp != NULL)
        return record_bgp(e, m, item->ctx, item->bgp, item->bgp_len, o, d);
    bgp_diags_init(d);
    if (!item->is_bmp)
        return record_event(e, m, item);
    if (m->diag != NULL)
        bgp_diag_add(d, *m->diag);
    record_begin(e, m);
    record_bmp(e, item, o, d);
    record_diags(e, d);
    emit_object_end(e);
    return 1;
}
