/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_bmp: a replay as BMP: what was BMP goes out octet for octet, a connection for each
 * router; the sessions of all else are those of one more router. Floor F4. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "schemas/wire/encode_open.h"
#include "tools/generate/encode.h"
#include "tools/replay/recode.h"
#include "tools/replay/replay.h"
#include "tools/replay/replay_table.h"

enum { HOLD_S = 90, MADE_UP = 0, BMP_MAX = BGP_MSG_EXT_MAX + 2 * BGP_MSG_MAX };
enum { DOWN_LOCAL = 1, DOWN_REMOTE = 3, DOWN_REMOTE_SILENT = 4 }; /* RFC 7854 section 4.9 */

/* A connection to the receiver. */
struct router {
    struct replay_link link;
    struct replay *r;
    unsigned index;
    const char *file; /* with `source` its identity; NULL: whose messages are made here */
    uint32_t source;
    bool over;    /* lost, or its source has ended */
    bool lost;    /* its source may go on: nobody hears it */
    bool closing; /* our half is shut */
    uint64_t closing_ns;
};

struct routers {
    struct router **v;
    unsigned cnt;
    struct replay_table *table;
    bool gathering;
    struct bgp_family_set *families; /* by peer: what the dump brought */
    unsigned peer_cnt;
    uint64_t time_ns; /* of the last item */
    uint8_t msg[BMP_MAX];
};

/* ---- connections ---- */

static void on_up(void *arg)
{
    struct router *o = arg;
    o->r->up++;
}

static void on_bytes(void *arg, struct evbuffer *in)
{
    (void)arg;
    (void)evbuffer_drain(in, evbuffer_get_length(in)); /* a station says nothing */
}

static void on_lost(void *arg, const char *reason)
{
    struct router *o = arg;
    bool ended = o->closing && o->link.error == 0; /* it has read to the end */
    o->over = true;
    if (ended)
        return;
    o->lost = true;
    o->r->lost++;
    replay_say(o->r, "router %u: %s", o->index + 1, reason);
}

static struct router *add_router(struct replay *r, const char *file, uint32_t source)
{
    struct routers *rs = r->state;
    struct router **v = reallocarray(rs->v, rs->cnt + 1, sizeof(struct router *));
    struct router *o = calloc(1, sizeof *o);
    if (v != NULL)
        rs->v = v;
    if (v == NULL || o == NULL) {
        free(o);
        r->failed = true;
        return NULL;
    }
    *o = (struct router){.r = r, .index = rs->cnt, .file = file, .source = source};
    rs->v[rs->cnt++] = o;
    replay_link_init(r, &o->link, o->index);
    o->link.up = on_up;
    o->link.bytes = on_bytes;
    o->link.lost = on_lost;
    o->link.arg = o;
    replay_link_connect(&o->link);
    while (o->link.state == REPLAY_LINK_CONNECTING && !r->stopped)
        replay_wait(r, UINT64_MAX);
    return o;
}

/* Sends one whole message once there is room for it. */
static void send_message(struct replay *r, struct router *o, const uint8_t *msg, size_t len)
{
    while (o->link.state == REPLAY_LINK_UP && !r->stopped &&
           replay_link_queued(&o->link) > REPLAY_QUEUE_MAX)
        replay_wait(r, UINT64_MAX);
    if (r->stopped || o->link.state != REPLAY_LINK_UP || o->over) {
        replay_skip(r, r->stopped ? REPLAY_SKIP_STOPPED : REPLAY_SKIP_DOWN);
        return;
    }
    replay_link_send(&o->link, msg, len);
    replay_sent(r, len);
}

static void close_router(struct router *o)
{
    o->over = true;
    if (o->link.state != REPLAY_LINK_UP) {
        replay_link_close(&o->link);
        return;
    }
    if (o->closing || replay_link_queued(&o->link) > 0)
        return;
    o->closing = true;
    o->closing_ns = clock_monotonic_ns();
    replay_link_shut(&o->link);
}

/* ---- BMP as it is ---- */

static void begin_made_up(struct replay *r, struct router *o)
{
    struct routers *rs = r->state;
    struct wr w = wr_of(rs->msg, sizeof rs->msg);
    encode_bmp_initiation(&w, "ribtape replay " RIBTAPE_VERSION, "replayed");
    send_message(r, o, w.buf, w.len);
}

/* Returns the router of this file and source, a lost one, too; the first connection is whose
 * comes first. */
static struct router *router_of(struct replay *r, const char *file, uint32_t source)
{
    struct routers *rs = r->state;
    struct router *o = NULL;
    for (unsigned i = 0; i < rs->cnt && o == NULL; i++) {
        const struct router *at = rs->v[i];
        if ((!at->over || at->lost) && at->file == file && at->source == source)
            o = rs->v[i];
    }
    if (o != NULL)
        return o;
    if (rs->cnt == 1 && rs->v[0]->file == r->o.to_text)
        o = rs->v[0];
    else if (rs->cnt < r->o.choice.peers_max)
        o = add_router(r, file, source);
    if (o == NULL)
        return NULL;
    o->file = file;
    o->source = source;
    if (file == NULL)
        begin_made_up(r, o);
    return o;
}

static void take_raw(struct replay *r, const struct replay_item *item,
                     const struct track_item *t)
{
    bool refused = item->kind == REPLAY_SKIPPED &&
                   (item->why == REPLAY_SKIP_UNWANTED || item->why == REPLAY_SKIP_CROWD);
    struct router *o = refused ? NULL : router_of(r, r->d.file, t->frame->source);
    if (o == NULL)
        replay_skip(r, refused ? item->why : REPLAY_SKIP_CROWD);
    else
        send_message(r, o, t->frame->p, t->frame->len);
}

/* The capture's connection has ended. */
static void end_raw(struct replay *r, uint32_t source)
{
    struct routers *rs = r->state;
    for (unsigned i = 0; i < rs->cnt; i++) {
        struct router *o = rs->v[i];
        if (o->file != r->d.file || o->source != source)
            continue;
        o->lost = false;
        if (o->over)
            continue;
        while (o->link.state == REPLAY_LINK_UP && replay_link_queued(&o->link) > 0 &&
               !r->stopped)
            replay_wait(r, UINT64_MAX);
        close_router(o);
    }
}

/* ---- BMP made from the rest ---- */

static struct encode_bmp_peer header_of(const struct replay_peer *p, uint8_t flags,
                                        uint64_t time_ns)
{
    const struct replay_need *n = replay_peer_need(p);
    struct encode_bmp_peer b = {.addr = p->who.addr,
                                .local = p->who.local,
                                .asn = p->who.asn != 0 ? p->who.asn : n->first_asn,
                                .flags = flags,
                                .time_us = time_ns / 1000};
    memcpy(b.bgp_id, p->who.bgp_id, sizeof b.bgp_id);
    if (!p->who.has_bgp_id && p->who.addr.len == 4)
        memcpy(b.bgp_id, p->who.addr.a, sizeof b.bgp_id);
    return b;
}

/* The captured OPEN of one side, or one that agrees with the other to what was seen. */
static struct cur open_of(const struct replay_peer *p, unsigned side, uint8_t buf[BGP_MSG_MAX])
{
    const struct replay_need *n = replay_peer_need(p);
    const struct encode_bmp_peer b = header_of(p, 0, 0);
    struct wr w = wr_of(buf, BGP_MSG_MAX);
    if (n->open[side] != NULL)
        return cur_of(n->open[side], n->open_len[side]);
    struct encode_open o = {.asn = side == 0 ? b.asn : p->who.local_asn,
                            .hold_time_s = HOLD_S,
                            .asn4 = n->as4 || !n->as2,
                            .ext_msg = n->ext_msg,
                            .families = n->families,
                            .ext_next_hop = n->ext_next_hop,
                            .multi_label = n->multi_label};
    *(side == 0 ? &o.add_path_tx : &o.add_path_rx) = n->add_path;
    if (o.asn == 0)
        o.asn = b.asn; /* nothing tells: as of an internal session */
    memcpy(o.bgp_id, b.bgp_id, sizeof o.bgp_id);
    if (side == 1 && p->who.local.len == 4)
        memcpy(o.bgp_id, p->who.local.a, sizeof o.bgp_id);
    encode_open_message(&w, &o);
    return cur_of(buf, w.len);
}

static void peer_up(struct replay *r, struct router *o, const struct replay_item *item)
{
    struct routers *rs = r->state;
    uint8_t sent[BGP_MSG_MAX], recv[BGP_MSG_MAX];
    struct encode_bmp_peer b = header_of(item->peer, 0, item->time_ns);
    struct wr w = wr_of(rs->msg, sizeof rs->msg);
    encode_bmp_peer_up(&w, &b, open_of(item->peer, 1, sent), open_of(item->peer, 0, recv));
    send_message(r, o, w.buf, w.len);
}

static void peer_down(struct replay *r, struct router *o, const struct replay_item *item)
{
    struct routers *rs = r->state;
    bool said = item->kind == REPLAY_DOWN && item->msg != NULL;
    uint8_t reason = !said ? DOWN_REMOTE_SILENT : item->sent ? DOWN_LOCAL : DOWN_REMOTE;
    struct encode_bmp_peer b = header_of(item->peer, 0, item->time_ns);
    struct wr w = wr_of(rs->msg, sizeof rs->msg);
    encode_bmp_peer_down(&w, &b, reason, said ? cur_of(item->msg, item->len) : cur_of(NULL, 0));
    send_message(r, o, w.buf, w.len);
}

static void send_update(struct replay *r, struct router *o, const struct encode_bmp_peer *b,
                        const uint8_t *msg, size_t len)
{
    struct routers *rs = r->state;
    struct wr w = wr_of(rs->msg, sizeof rs->msg);
    encode_bmp_route(&w, b, msg, len);
    send_message(r, o, w.buf, w.len);
}

/* The A flag says how wide AS numbers are, so that none is written anew. */
static void take_update(struct replay *r, struct router *o, const struct replay_item *item)
{
    struct bgp_update u;
    unsigned width = 0;
    if (bgp_update_index(item->msg, item->len, item->ctx, &u) == 0)
        width = recode_width(&u, item->ctx);
    if (width == 0)
        width = item->ctx->asn4 ? 4 : 2;
    uint8_t flags =
        (uint8_t)((width == 2 ? BMP_FLAG_A : 0) | (item->sent ? BMP_FLAG_O | BMP_FLAG_L : 0));
    struct encode_bmp_peer b = header_of(item->peer, flags, item->time_ns);
    send_update(r, o, &b, item->msg, item->len);
}

/* ---- tables ---- */

static unsigned table_width(const struct replay_peer *p)
{
    const struct replay_need *n = replay_peer_need(p);
    return n->as4 || !n->as2 ? 4 : 2;
}

static void on_table_update(void *arg, struct replay_peer *p, const uint8_t *msg, size_t len,
                            unsigned routes)
{
    struct replay *r = arg;
    struct routers *rs = r->state;
    struct router *o = router_of(r, NULL, MADE_UP);
    struct encode_bmp_peer b = header_of(p, table_width(p) == 2 ? BMP_FLAG_A : 0, rs->time_ns);
    (void)routes;
    if (o != NULL)
        send_update(r, o, &b, msg, len);
}

static void take_route(struct replay *r, const struct replay_item *item)
{
    struct routers *rs = r->state;
    const struct replay_need *n = replay_peer_need(item->peer);
    unsigned family = item->rib->family;
    struct replay_table_form form = {.as_width = table_width(item->peer),
                                     .len_max = BGP_MSG_MAX};
    enum replay_skip why = REPLAY_SKIP_FAMILY;
    if (family != BGP_FAMILY_NONE) {
        form.path_ids = bgp_family_has(&n->add_path, family);
        why = replay_table_add(rs->table, item->peer, item->rib, item->ctx, &form);
        form.len_max = BGP_MSG_EXT_MAX; /* what a session can't, BMP can */
        if (why == REPLAY_SKIP_LONG)
            why = replay_table_add(rs->table, item->peer, item->rib, item->ctx, &form);
    }
    if (why != REPLAY_SKIP_NONE) {
        replay_skip(r, why);
        return;
    }
    rs->gathering = true;
    if (item->peer->index < rs->peer_cnt)
        bgp_family_add(&rs->families[item->peer->index], family);
}

static void end_table(struct replay *r)
{
    struct routers *rs = r->state;
    if (!rs->gathering)
        return;
    rs->gathering = false;
    replay_table_flush(rs->table, NULL);
    for (unsigned i = 0; i < rs->peer_cnt; i++) {
        const struct replay_peer *p = replay_book_peer(r->book, i);
        for (unsigned f = 0; f < nlri_map_cnt; f++) {
            uint8_t msg[64];
            struct wr w = wr_of(msg, sizeof msg);
            if (!bgp_family_has(&rs->families[i], f) || r->stopped)
                continue;
            struct encode_bmp_peer b = header_of(p, 0, rs->time_ns);
            encode_eor_of(&w, nlri_map[f].afi, nlri_map[f].safi);
            send_update(r, router_of(r, NULL, MADE_UP), &b, msg, w.len);
            r->eors++;
        }
        memset(&rs->families[i], 0, sizeof rs->families[i]);
    }
}

/* ---- the target ---- */

static void bmp_take(struct replay *r, const struct replay_item *item,
                     const struct decode_event *ev)
{
    struct routers *rs = r->state;
    if (item->kind != REPLAY_ROUTE)
        end_table(r);
    rs->time_ns = item->time_ns;
    if (ev->item != NULL && ev->item->frame->kind == JOURNAL_GONE && item->peer == NULL) {
        end_raw(r, ev->item->frame->source);
        return;
    }
    if (ev->item != NULL && ev->item->is_bmp) {
        take_raw(r, item, ev->item);
        return;
    }
    struct router *o = router_of(r, NULL, MADE_UP);
    if (o == NULL) {
        replay_skip(r, REPLAY_SKIP_CROWD);
        return;
    }
    if (item->kind == REPLAY_DOWN || item->restarted)
        peer_down(r, o, item);
    if (item->began)
        peer_up(r, o, item);
    if (item->kind == REPLAY_UPDATE)
        take_update(r, o, item);
    else if (item->kind == REPLAY_ROUTE)
        take_route(r, item);
}

static int bmp_open(struct replay *r)
{
    struct routers *rs = calloc(1, sizeof *rs);
    struct replay_table_hooks hooks = {on_table_update, r};
    r->state = rs;
    if (rs == NULL)
        return -1;
    rs->peer_cnt = replay_book_cnt(r->book);
    rs->families = calloc(rs->peer_cnt + 1u, sizeof *rs->families);
    rs->table = replay_table_new(&hooks);
    if (rs->families == NULL || rs->table == NULL)
        return -1;
    return add_router(r, r->o.to_text, MADE_UP) != NULL ? 0 : -1;
}

static void bmp_end(struct replay *r)
{
    struct routers *rs = r->state;
    end_table(r);
    for (unsigned i = 0; i < rs->cnt; i++) {
        struct wr w = wr_of(rs->msg, sizeof rs->msg);
        if (rs->v[i]->over || rs->v[i]->file != NULL)
            continue;
        encode_bmp_termination(&w, ENCODE_BMP_CLOSED);
        replay_link_send(&rs->v[i]->link, w.buf, w.len);
    }
}

static bool bmp_idle(const struct replay *r)
{
    const struct routers *rs = r->state;
    for (unsigned i = 0; i < rs->cnt; i++) {
        const struct replay_link *l = &rs->v[i]->link;
        if (replay_link_queued(l) + replay_link_unacked(l) > 0)
            return false;
    }
    return true;
}

static void bmp_close(struct replay *r)
{
    struct routers *rs = r->state;
    for (unsigned i = 0; i < rs->cnt; i++)
        close_router(rs->v[i]);
}

/* A station closes when it has read to the end; one that doesn't is not waited for. */
static bool bmp_closed(const struct replay *r)
{
    const uint64_t patience_ns = 5 * NS_PER_S;
    const struct routers *rs = r->state;
    uint64_t now = clock_monotonic_ns();
    for (unsigned i = 0; i < rs->cnt; i++) {
        const struct router *o = rs->v[i];
        if (o->link.state == REPLAY_LINK_UP && o->closing && now - o->closing_ns < patience_ns)
            return false;
    }
    return true;
}

static void bmp_drop(struct replay *r)
{
    struct routers *rs = r->state;
    if (rs == NULL)
        return;
    for (unsigned i = 0; i < rs->cnt; i++) {
        replay_link_close(&rs->v[i]->link);
        free(rs->v[i]);
    }
    replay_table_free(rs->table);
    free(rs->families);
    free(rs->v);
    free(rs);
}

const struct replay_target replay_bmp = {
    .scheme = "bmp",
    .of = "connections",
    .raw = true,
    .open = bmp_open,
    .take = bmp_take,
    .end = bmp_end,
    .idle = bmp_idle,
    .close = bmp_close,
    .closed = bmp_closed,
    .drop = bmp_drop,
};
