/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_state: the topic that is a table: a key for each route, null when it is withdrawn,
 * and floors, below which routes are no more (docs/kafka.md). Floor F3.
 *
 * The publisher keeps no table: what ends with a session, or isn't said again in a refresh (RFC
 * 7313) or after a restart (RFC 4724), is told by one record that outlives the routes it ends.
 */
#include "bgp/msg.h"
#include "mrt/rib.h"
#include "schemas/publish/publish_int.h"
#include "schemas/record/record_route.h"

enum {
    FAMILY_LEN = 3, /* octets of AFI and SAFI before a key */
    FAMILY_KEY_MAX = PUBLISH_KEY_LEN + 1 + 5 + 1 + 3,
    KEY_MAX = FAMILY_KEY_MAX + 1 + 2 * NLRI_KEY_MAX + 1 + FMT_U64_MAX,
};

enum verdict { UNASKED, SOUND, BROKEN };

/* The item at hand. */
struct state {
    struct publish *p;
    const struct track_item *item;
    const struct record_meta *m;
    enum verdict verdicts[2];     /* by whether they are of MP_REACH_NLRI's routes: */
    struct publish_span attrs[2]; /* their set, when it is sound, */
    bool briefs[2];               /* and whether it has NO_LLGR (RFC 9494) */
    struct cur nlri;              /* of the route at hand, without path id, and its set: */
    struct publish_span set;
    bool brief;
    size_t key_len;
    char key[KEY_MAX];
};

/* Behind a family's key: its routes with the community NO_LLGR. */
static const char brief_key[] = "/no-llgr";

/* ---- keys ---- */

/* Writes a family's key, which those of its routes begin with. Returns its length. */
static size_t put_family_key(const struct publish *p, char *dst, uint16_t afi, uint8_t safi)
{
    size_t n = PUBLISH_KEY_LEN;
    memcpy(dst, p->peer_key, PUBLISH_KEY_LEN);
    dst[n++] = '/';
    n += fmt_u16(dst + n, afi);
    dst[n++] = '/';
    return n + fmt_u8(dst + n, safi);
}

/* Returns false for an NLRI without a key: no table has it. */
static bool key_of(struct state *s, const struct nlri *n)
{
    uint8_t raw[NLRI_KEY_MAX];
    struct wr w = wr_of(raw, sizeof raw);
    if (nlri_key(n, &w) != 0)
        return false;
    s->key_len = put_family_key(s->p, s->key, n->row->afi, n->row->safi);
    s->key[s->key_len++] = '/';
    s->key_len += fmt_hex(s->key + s->key_len, raw + FAMILY_LEN, w.len - FAMILY_LEN);
    if (n->has_path_id) {
        s->key[s->key_len++] = '/';
        s->key_len += fmt_u32(s->key + s->key_len, n->path_id);
    }
    return true;
}

/* ---- floors ---- */

static void put_floor(struct emit *e, struct publish_at floor)
{
    emit_array(e, KEY("floor"));
    emit_u64(e, EMIT_ITEM, floor.epoch_us);
    emit_u64(e, EMIT_ITEM, floor.peer_seq);
    emit_array_end(e);
    emit_object_end(e);
}

static void put_view_value(struct publish *p, const struct record_meta *m, bool up,
                           struct publish_at floor)
{
    struct emit *e = &p->json.emit;
    record_begin(e, m);
    emit_name(e, KEY("type"), "view");
    emit_bool(e, KEY("up"), up);
    put_floor(e, floor);
}

static void put_view(struct publish *p, const struct record_meta *m, bool up,
                     struct publish_at floor)
{
    put_view_value(p, m, up, floor);
    publish_end(p, p->peer_key, PUBLISH_KEY_LEN, false);
}

/* The place at hand: all that was said before is below it. */
static struct publish_at here(const struct publish *p)
{
    return (struct publish_at){p->count.epoch_us, p->count.peer_seq};
}

static bool is_below(struct publish_at a, struct publish_at b)
{
    return a.epoch_us != b.epoch_us ? a.epoch_us < b.epoch_us : a.peer_seq < b.peer_seq;
}

static void put_family(struct state *s, uint16_t afi, uint8_t safi, bool brief,
                       struct publish_at floor)
{
    struct publish *p = s->p;
    struct emit *e = &p->json.emit;
    char key[FAMILY_KEY_MAX + sizeof brief_key];
    size_t len = put_family_key(p, key, afi, safi);
    record_begin(e, s->m);
    emit_name(e, KEY("type"), "family");
    record_family(e, afi, safi);
    if (brief) {
        emit_name(e, KEY("community"), brief_key + 1);
        memcpy(key + len, brief_key, sizeof brief_key - 1);
        len += sizeof brief_key - 1;
    }
    put_floor(e, floor);
    publish_end(p, key, len, false);
}

/* A family's floor never sinks. */
static void raise_family(struct state *s, const struct nlri_row *row, struct publish_at floor)
{
    struct publish_mark *mark = publish_mark_get(s->p->place, row->afi, row->safi, true);
    if (mark == NULL) {
        s->p->no_memory = true;
    } else if (is_below(mark->floor, floor)) {
        mark->floor = floor;
        put_family(s, row->afi, row->safi, false, floor);
    }
}

/* Tells of the routes that go while others of the view stay. */
static void end_routes(struct state *s)
{
    struct publish *p = s->p;
    const struct publish_news *n = &p->news;
    for (unsigned f = 0; f < nlri_map_cnt; f++) {
        const struct nlri_row *row = nlri_row_of(f);
        if (bgp_family_has(&n->all, f))
            raise_family(s, row, here(p));
        else if (bgp_family_has(&n->stale, f))
            raise_family(s, row, p->place->former);
        if (bgp_family_has(&n->brief, f))
            put_family(s, row->afi, row->safi, true, here(p));
    }
}

/* The first record of a session says that it is up, and that what was before is not, but for
 * what an earlier session left. */
static void begin_view(struct state *s)
{
    struct publish *p = s->p;
    if (p->place->epoch_us != 0 || p->slots[p->topic].parts > 0)
        return;
    bool kept = p->place->former.epoch_us != 0;
    if (!kept)
        p->place->floor = (struct publish_at){p->count.epoch_us, 0};
    put_view(p, s->m, true, p->place->floor);
    if (kept)
        end_routes(s);
}

/* All of this view until now is no more. */
static void cut_view(struct state *s, bool up)
{
    struct publish *p = s->p;
    if (p->place->epoch_us == 0)
        return;
    p->place->floor = here(p);
    put_view(p, s->m, up, p->place->floor);
}

/* The view's session is over; some of its routes are not. */
static void leave_view(struct state *s)
{
    struct publish *p = s->p;
    if (p->place->epoch_us == 0)
        return;
    put_view(p, s->m, false, p->place->floor);
    end_routes(s);
}

/* The same of a view that the item doesn't name. */
static void cut_other(struct state *s, struct track_source *source, struct track_peer *peer,
                      bool up)
{
    struct publish *p = s->p;
    struct publish_count *c = publish_other(p, s->item, source, peer);
    if (c == NULL)
        return;
    const struct publish_at floor = {c->at[p->topic].epoch_us, c->at[p->topic].cnt + 1};
    struct record_count count = p->count;
    struct record_meta m = *s->m;
    count.epoch_us = floor.epoch_us;
    count.peer_seq = floor.peer_seq;
    m.count = &count;
    m.peer = peer;
    m.head = &peer->head;
    put_view_value(p, &m, up, floor);
    publish_end_other(p, c, &m);
}

/* ---- routes ---- */

/* Whether a RIB would keep what is announced: otherwise it is withdrawn (RFC 7606 section 2).
 * The set as a RIB keeps it becomes a header, so that a RIB is rebuilt octet for octet. */
static bool is_sound(struct state *s, const struct record_route *r)
{
    enum verdict *v = &s->verdicts[r->mp];
    if (*v == UNASKED) {
        struct buf *b = &s->p->keys;
        char *room = buf_room(b, MRT_RIB_ATTRS_MAX);
        if (room == NULL) {
            s->p->no_memory = true;
            return false;
        }
        struct wr w = wr_of(room, MRT_RIB_ATTRS_MAX);
        *v = mrt_rib_attrs(&w, r->update, r->mp, r->nlri->ctx) == 0 ? SOUND : BROKEN;
        if (*v == SOUND) {
            s->briefs[r->mp] = restart_is_short(cur_of(w.buf, w.len));
            s->attrs[r->mp] = (struct publish_span){b->len, w.len};
            b->len += w.len;
        }
    }
    return *v == SOUND;
}

static bool on_route(void *arg, const struct record_route *r)
{
    struct state *s = arg;
    if (!key_of(s, r->nlri))
        return false;
    begin_view(s);
    s->nlri = r->nlri->body;
    if (!r->withdraw && is_sound(s, r)) {
        struct publish_restart *restart = s->p->whose->restart;
        if (restart != NULL)
            restart_hold(&restart->g,
                         nlri_family_index(r->nlri->row->afi, r->nlri->row->safi));
        s->set = s->attrs[r->mp];
        s->brief = s->briefs[r->mp];
        return true;
    }
    publish_end_route(s->p, s->key, s->key_len, s->nlri, (struct publish_span){0}, true);
    return false;
}

/* What the floor of routes with NO_LLGR is asked by. */
static void put_brief(struct emit *e)
{
    emit_object(e, KEY("attrs"));
    emit_array(e, KEY("communities"));
    emit_name(e, EMIT_ITEM, brief_key + 1);
    emit_array_end(e);
    emit_object_end(e);
}

/* A route's record that is too long keeps its key: the route is there. */
static void end_route(void *arg)
{
    struct state *s = arg;
    struct publish *p = s->p;
    struct emit *e = &p->json.emit;
    size_t len = p->out.len - p->begun;
    if (len + s->set.len + s->nlri.left > p->o.value_max) {
        p->oversize++;
        p->out.len = p->begun;
        record_begin(e, s->m);
        emit_name(e, KEY("type"), "too-large");
        emit_name(e, KEY("of"), p->type);
        emit_u64(e, KEY("octets"), len);
        if (s->brief)
            put_brief(e);
        emit_object_end(e);
    }
    publish_end_route(p, s->key, s->key_len, s->nlri, s->set, false);
}

/* The family is complete: what the session has said is what there is. */
static void end_of_rib(struct state *s, uint16_t afi, uint8_t safi)
{
    struct publish *p = s->p;
    struct publish_at floor = {p->count.epoch_us, 0};
    struct publish_mark *mark = publish_mark_get(p->place, afi, safi, false);
    if (mark != NULL && is_below(mark->floor, floor))
        mark->floor = floor;
    begin_view(s);
    put_family(s, afi, safi, false, mark != NULL ? mark->floor : floor);
    publish_restart_eor(p, nlri_family_index(afi, safi));
}

static void on_update(struct state *s)
{
    struct publish *p = s->p;
    const struct track_item *item = s->item;
    const struct record_lines l = {.e = &p->json.emit,
                                   .end = end_route,
                                   .arg = s,
                                   .collector = p->o.collector,
                                   .o = &p->options,
                                   .route = on_route};
    record_routes_item(&l, item);
    if (p->slots[p->topic].parts > 0)
        return;
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    (void)bgp_update_index(item->bgp, item->bgp_len, item->ctx, &u);
    if (!bgp_update_is_eor(&u, &afi, &safi))
        return;
    end_of_rib(s, afi, safi);
}

/* AFI (2), subtype (1), SAFI (1): RFC 7313 section 3.2. */
static void on_refresh(struct state *s)
{
    enum { BORR = 1, EORR = 2 };
    struct publish *p = s->p;
    struct cur c = cur_of(s->item->bgp, s->item->bgp_len);
    uint16_t afi;
    uint8_t subtype, safi;
    if (!cur_skip(&c, BGP_HEADER_LEN) || !cur_u16(&c, &afi) || !cur_u8(&c, &subtype) ||
        !cur_u8(&c, &safi) || nlri_family_index(afi, safi) == BGP_FAMILY_NONE)
        return;
    if (subtype != BORR && subtype != EORR)
        return;
    struct publish_mark *mark = publish_mark_get(p->place, afi, safi, subtype == BORR);
    if (subtype == BORR && mark == NULL)
        p->no_memory = true;
    else if (subtype == BORR)
        mark->from = p->count.peer_seq; /* of the next record: this item has none */
    else if (mark != NULL && mark->from > 0) {
        mark->floor = (struct publish_at){p->count.epoch_us, mark->from};
        begin_view(s);
        put_family(s, afi, safi, false, mark->floor);
    }
}

/* ---- frames ---- */

static void on_message(struct state *s)
{
    const struct track_item *item = s->item;
    uint8_t type = item->bgp_len >= BGP_HEADER_LEN ? item->bgp[BGP_HEADER_LEN - 1] : 0;
    if (item->ctx == NULL)
        return;
    if (type == BGP_TYPE_UPDATE)
        on_update(s);
    else if (type == BGP_TYPE_ROUTE_REFRESH)
        on_refresh(s);
}

static void on_bgp(struct state *s)
{
    uint8_t state = s->item->peer->state;
    if (s->item->bgp != NULL && (state == 0 || state == SOURCE_STATE_ESTABLISHED))
        on_message(s);
}

static void on_state(struct state *s)
{
    struct source_change c;
    if (source_state_decode(s->item->frame->p, s->item->frame->len, &c) != 0)
        return;
    if (c.new_state == SOURCE_STATE_ESTABLISHED)
        begin_view(s);
    else if (c.old_state == SOURCE_STATE_ESTABLISHED && s->p->news.keeps)
        leave_view(s);
    else if (c.old_state == SOURCE_STATE_ESTABLISHED)
        cut_view(s, false);
}

static void cut_siblings(struct state *s, bool up)
{
    struct track_peer *p = s->item->peer;
    for (unsigned v = 0; p->views != NULL && v < BMP_VIEW_CNT; v++) {
        if (p->views[v] != NULL && p->views[v] != p)
            cut_other(s, s->item->source, p->views[v], up);
    }
}

static void on_bmp(struct state *s)
{
    const struct track_item *item = s->item;
    bool up = item->bmp.type == BMP_TYPE_PEER_UP;
    if (up || item->bmp.type == BMP_TYPE_PEER_DOWN) {
        if (up)
            begin_view(s);
        cut_view(s, up);
        cut_siblings(s, up);
    } else if (item->bmp.type == BMP_TYPE_ROUTE_MONITORING && item->bgp != NULL &&
               !item->no_peer_up) {
        on_message(s);
    }
}

static void end_peer(void *arg, struct track_source *source, struct track_peer *peer)
{
    struct state *s = arg;
    if (source == s->item->source)
        cut_other(s, source, peer, false);
}

static void on_gone(struct state *s)
{
    const struct track_item *item = s->item;
    if (item->source->info.kind == SOURCE_BMP && s->p->track != NULL)
        track_each_peer(s->p->track, end_peer, s);
    else if (item->peer != NULL && item->peer->state == SOURCE_STATE_ESTABLISHED)
        cut_view(s, false);
}

static void set_item(struct state *s, struct publish *p, const struct track_item *item,
                     struct record_meta *m, struct track_peer *stranger)
{
    record_item_meta(m, p->o.collector, item, &p->options, stranger);
    s->p = p;
    s->item = item;
    s->m = m;
    s->verdicts[0] = s->verdicts[1] = UNASKED;
}

void publish_state_due(struct publish *p, const struct track_item *item)
{
    struct state s;
    struct record_meta m;
    struct track_peer stranger;
    set_item(&s, p, item, &m, &stranger);
    if (p->whose->restart->over && !p->news.keeps)
        cut_view(&s, false);
    else if (p->place->epoch_us != 0)
        end_routes(&s);
}

void publish_state_item(struct publish *p, const struct track_item *item)
{
    struct state s;
    struct record_meta m;
    struct track_peer stranger;
    uint8_t kind = item->frame->kind;
    bool has_peer = item->source != NULL && item->peer != NULL;
    set_item(&s, p, item, &m, &stranger);
    if (kind == JOURNAL_GONE && item->source != NULL)
        on_gone(&s);
    else if (kind == JOURNAL_STATE && has_peer)
        on_state(&s);
    else if (kind == JOURNAL_BGP_RECV && has_peer)
        on_bgp(&s);
    else if (kind == JOURNAL_BMP && has_peer && !item->bmp_bad)
        on_bmp(&s);
}
