/* SPDX-License-Identifier: BSD-2-Clause */
/* track_bmp: the sessions a BMP source monitors, and their views. Floor F3. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bmp/event.h"
#include "bmp/tlv.h"
#include "schemas/track/track_impl.h"

static void note(struct track_item *item, enum bgp_reason reason, uint32_t need, uint32_t have)
{
    item->has_diag = true;
    item->diag = (struct bgp_diag){
        .action = BGP_ACTION_NOTE, .reason = (uint8_t)reason, .need = need, .have = have};
}

void track_peer_of_header(const struct bmp_peer *h, struct track_peer *p)
{
    *p = (struct track_peer){
        .asn = h->asn, .has_bgp_id = true, .bmp = true, .peer_type = h->type, .view = h->view};
    const uint8_t *addr = bmp_peer_addr(h, &p->addr.len);
    memcpy(p->addr.a, addr, p->addr.len);
    memcpy(p->bgp_id, h->bgp_id, sizeof p->bgp_id);
    memcpy(p->rd, h->rd, sizeof p->rd);
    p->recv = (struct bgp_ctx){.asn4 = true, .assumed = true};
    p->sent = p->recv;
}

/* ---- sessions ---- */

static void session_key(const struct source *s, const struct bmp_peer *h,
                        uint8_t key[SESSION_KEY_LEN])
{
    memcpy(key, &s->pub.id, 4);
    bmp_peer_key(h, key + 4);
}

static struct session *session_find(const struct track *t, struct source *s,
                                    const struct bmp_peer *h)
{
    uint8_t key[SESSION_KEY_LEN];
    session_key(s, h, key);
    if (s->last != NULL && memcmp(s->last->key, key, sizeof key) == 0)
        return s->last;
    uint64_t hash = hash_sip13(t->key, key, sizeof key);
    for (struct table_node *n = table_chain(&t->sessions, hash); n != NULL; n = n->next) {
        struct session *ss = (struct session *)n;
        if (n->hash == hash && memcmp(ss->key, key, sizeof key) == 0)
            return s->last = ss;
    }
    return NULL;
}

static struct session *session_add(struct track *t, struct source *s, const struct bmp_peer *h)
{
    struct session *ss = calloc(1, sizeof *ss);
    if (ss == NULL)
        return NULL;
    if (table_reserve(&t->sessions) != 0) {
        free(ss);
        return NULL;
    }
    track_peer_of_header(h, &ss->base);
    track_pin(&ss->base.recv, &s->pub.info);
    track_pin(&ss->base.sent, &s->pub.info);
    session_key(s, h, ss->key);
    ss->node.hash = hash_sip13(t->key, ss->key, sizeof ss->key);
    table_add(&t->sessions, &ss->node);
    ss->next = s->sessions;
    if (ss->next != NULL)
        ss->next->prev = ss;
    s->sessions = ss;
    s->session_cnt++;
    return ss;
}

void track_session_end(struct track *t, struct source *s, struct session *ss)
{
    for (int v = 0; v < BMP_VIEW_CNT; v++) {
        if (ss->views[v] != NULL)
            track_peer_end(t, s, ss->views[v]);
    }
    table_del(&t->sessions, &ss->node);
    if (ss->next != NULL)
        ss->next->prev = ss->prev;
    if (ss->prev != NULL)
        ss->prev->next = ss->next;
    else
        s->sessions = ss->next;
    if (s->last == ss)
        s->last = NULL;
    s->session_cnt--;
    free(ss->peer_up.p);
    free(ss);
}

/* Gives a view what its session knows now. */
static void view_refresh(const struct session *ss, struct track_peer *p)
{
    struct track_peer was = *p;
    track_peer_changed(p);
    *p = ss->base;
    p->id = was.id;
    p->view = was.view;
    p->user = was.user;
    p->views = ss->views;
}

static struct track_peer *view_get(struct track *t, struct session *ss, enum bmp_view view)
{
    struct track_peer *p = ss->views[view];
    if (p != NULL)
        return p;
    p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->id = t->next_id++;
    p->view = view;
    view_refresh(ss, p);
    return ss->views[view] = p;
}

/* Makes sure that session and view exist. Returns 0 with *ss (NULL: the source has too many,
 * noted) or -1 with errno ENOMEM. */
static int session_get(struct track *t, struct source *s, struct track_item *item,
                       struct session **out)
{
    struct session *ss = session_find(t, s, &item->bmp.peer);
    *out = NULL;
    if (ss == NULL && s->session_cnt >= TRACK_PEERS_MAX) {
        note(item, BGP_REASON_TOO_MANY, TRACK_PEERS_MAX, s->session_cnt + 1);
        return 0;
    }
    bool fresh = ss == NULL;
    if (fresh)
        ss = session_add(t, s, &item->bmp.peer);
    if (ss == NULL)
        return -1;
    item->peer = view_get(t, ss, item->bmp.peer.view);
    if (item->peer == NULL) {
        if (fresh)
            track_session_end(t, s, ss);
        return -1;
    }
    *out = ss;
    return 0;
}

/* ---- contexts ---- */

/* Loc-RIB has no other end: what its one fabricated OPEN says of ADD-PATH, in whichever
 * direction, is how its Route Monitoring is written (RFC 9069 section 4.4). */
static void loc_rib_context(struct track_peer *base, const struct bgp_open *open)
{
    struct bgp_offer offer;
    bgp_offer_of(open, &offer);
    for (unsigned i = 0; i < BGP_FAMILIES_MAX / 64; i++)
        base->recv.add_path.bits[i] |= offer.add_path_rx.bits[i] | offer.add_path_tx.bits[i];
}

static void negotiate(struct track_peer *base, const struct bmp_peer_up *up)
{
    struct bgp_open sent, recv;
    bool sent_ok = bgp_open_index(up->sent_open.p, up->sent_open.left, &sent) == 0;
    bool recv_ok = bgp_open_index(up->recv_open.p, up->recv_open.left, &recv) == 0;
    base->recv = base->sent = (struct bgp_ctx){.asn4 = true, .assumed = true};
    if (sent_ok)
        base->local_asn = sent.asn;
    if (!sent_ok || !recv_ok)
        return;
    bgp_ctx_negotiate(&base->recv, &recv, &sent);
    bgp_ctx_negotiate(&base->sent, &sent, &recv);
    if (base->peer_type == BMP_PEER_LOC_RIB)
        loc_rib_context(base, &sent);
}

/* Sets how wide AS numbers are in this message: the A flag says so whatever the OPENs did (RFC
 * 7854 section 4.2); Loc-RIB always has four octets (RFC 9069 section 4.2). */
static void set_as_width(struct bgp_ctx *ctx, const struct bmp_peer *h,
                         const struct source_info *info)
{
    bool as2 = h->type != BMP_PEER_LOC_RIB && (h->flags & BMP_FLAG_A);
    ctx->asn4 = !as2;
    if (info != NULL && info->pin_asn4 != SOURCE_PIN_NONE)
        ctx->asn4 = info->pin_asn4 == SOURCE_PIN_ON;
}

static bool view_is_out(enum bmp_view view)
{
    return view == BMP_VIEW_ADJ_RIB_OUT_PRE || view == BMP_VIEW_ADJ_RIB_OUT_POST;
}

/* Chooses the context of what a Route Monitoring or Mirroring carries. */
static void set_context(struct track *t, struct source *s, struct track_item *item)
{
    struct bgp_ctx *ctx = &t->assumed;
    if (item->peer != NULL)
        ctx = view_is_out(item->peer->view) ? &item->peer->sent : &item->peer->recv;
    set_as_width(ctx, &item->bmp.peer, s != NULL ? &s->pub.info : NULL);
    item->ctx = ctx;
}

/* ---- messages ---- */

static void copy_text(char *dst, size_t size, struct cur value)
{
    uint32_t n = value.left < size - 1 ? value.left : (uint32_t)size - 1;
    const uint8_t *p = cur_bytes(&value, n);
    if (p == NULL)
        return;
    memcpy(dst, p, n);
    dst[n] = '\0';
}

/* The router's name is in every peer's records. */
static void names_changed(struct source *s)
{
    for (struct session *ss = s->sessions; ss != NULL; ss = ss->next) {
        for (int v = 0; v < BMP_VIEW_CNT; v++) {
            if (ss->views[v] != NULL)
                track_peer_changed(ss->views[v]);
        }
    }
}

static int feed_initiation(struct track *t, struct source *s, struct track_item *item)
{
    struct cur c = item->bmp.body;
    struct bmp_tlv tlv;
    if (t->hooks.keep_bmp) {
        if (track_keep(&s->initiation, item->frame->p, item->frame->len) != 0)
            return -1;
        s->pub.initiation = cur_of(s->initiation.p, s->initiation.len);
        t->fresh = s->initiation.p;
    }
    while (bmp_tlv_next(&c, &tlv) > 0) {
        if (tlv.type == BMP_INFO_SYS_NAME)
            copy_text(s->pub.sys_name, sizeof s->pub.sys_name, tlv.value);
        else if (tlv.type == BMP_INFO_SYS_DESCR)
            copy_text(s->pub.sys_descr, sizeof s->pub.sys_descr, tlv.value);
    }
    names_changed(s);
    return 0;
}

static void learn_peer_up(struct track_peer *base, const struct bmp_peer *h,
                          const struct bmp_peer_up *up)
{
    base->up = true;
    base->asn = h->asn;
    base->addr.port = up->remote_port;
    base->local = (struct source_addr){.port = up->local_port};
    if (h->type != BMP_PEER_LOC_RIB) {
        base->local.len = up->local_v6 ? 16 : 4;
        memcpy(base->local.a, up->local_addr + 16 - base->local.len, base->local.len);
    }
    base->table[0] = '\0';
    struct cur c = up->tlvs;
    struct bmp_tlv tlv;
    while (bmp_tlv_next(&c, &tlv) > 0) {
        if (tlv.type == BMP_INFO_TABLE_NAME)
            copy_text(base->table, sizeof base->table, tlv.value);
    }
    negotiate(base, up);
}

static int feed_peer_up(struct track *t, struct source *s, struct track_item *item)
{
    struct session *ss;
    struct bmp_peer_up up;
    if (session_get(t, s, item, &ss) != 0)
        return -1;
    if (ss == NULL)
        return 0;
    if (t->hooks.keep_bmp) {
        if (track_keep(&ss->peer_up, item->frame->p, item->frame->len) != 0)
            return -1;
        t->fresh = ss->peer_up.p;
    }
    if (bmp_peer_up_parse(&item->bmp, &up, &item->diag) != 0)
        item->has_diag = true;
    unsigned bit = 1U << item->bmp.peer.view;
    if ((ss->up_views & bit) && !(item->frame->flags & JOURNAL_REPEAT) && !item->has_diag)
        note(item, BGP_REASON_DUPLICATE_PEER_UP, 0, 0);
    ss->up_views |= (uint8_t)bit;
    ss->up_sec = item->bmp.peer.sec;
    ss->stale = false;
    learn_peer_up(&ss->base, &item->bmp.peer, &up);
    ss->base.peer_up = cur_of(ss->peer_up.p, ss->peer_up.len);
    track_pin(&ss->base.recv, &s->pub.info);
    track_pin(&ss->base.sent, &s->pub.info);
    for (int v = 0; v < BMP_VIEW_CNT; v++) {
        if (ss->views[v] != NULL)
            view_refresh(ss, ss->views[v]);
    }
    return 0;
}

/* Names the peer of a message that is the session's and not a view's. */
static struct session *name_peer(struct track *t, struct source *s, struct track_item *item)
{
    struct session *ss = session_find(t, s, &item->bmp.peer);
    if (ss == NULL)
        return NULL;
    item->peer = ss->views[item->bmp.peer.view];
    for (int v = 0; item->peer == NULL && v < BMP_VIEW_CNT; v++)
        item->peer = ss->views[v];
    return ss;
}

static int feed_stats(struct track *t, struct source *s, struct track_item *item)
{
    name_peer(t, s, item);
    return 0;
}

static int feed_peer_down(struct track *t, struct source *s, struct track_item *item)
{
    struct session *ss = name_peer(t, s, item);
    if (ss == NULL)
        return 0;
    ss->base.up = false;
    for (int v = 0; v < BMP_VIEW_CNT; v++) {
        if (ss->views[v] != NULL)
            ss->views[v]->up = false;
    }
    t->ending_session = ss;
    t->ending_session_of = s;
    return 0;
}

/* The offset of a per-peer header's time in the message. */
enum { TIME_OFF = BMP_HEADER_LEN + 34 };

/* Tells once per session of a router without a clock (RFC 7854 section 4.2), and once of one
 * that replays its RIB with the times the routes came in, before the Peer Up. */
static void doubt_time(struct session *ss, struct track_item *item)
{
    uint32_t sec = item->bmp.peer.sec;
    enum bgp_reason reason = sec == 0 ? BGP_REASON_ZERO_TIME : BGP_REASON_OLD_TIME;
    bool *told = sec == 0 ? &ss->told_zero_time : &ss->told_old_time;
    if (sec >= ss->up_sec && sec != 0)
        return;
    if (!*told) {
        note(item, reason, sec == 0 ? 0 : ss->up_sec, sec);
        item->diag.off = TIME_OFF;
    }
    *told = true;
}

static int feed_routes(struct track *t, struct source *s, struct track_item *item)
{
    struct session *ss;
    if (session_get(t, s, item, &ss) != 0)
        return -1;
    if (ss == NULL)
        return 0;
    item->no_peer_up = !ss->base.up;
    /* a Peer Up without OPENs tells as little of ADD-PATH as none */
    if (item->no_peer_up)
        note(item, BGP_REASON_NO_PEER_UP, 0, 0);
    else if (ss->base.recv.assumed && !ss->base.recv.pinned)
        note(item, BGP_REASON_NO_CONTEXT, 0, 0);
    else
        doubt_time(ss, item);
    return 0;
}

static int feed_nothing(struct track *t, struct source *s, struct track_item *item)
{
    (void)t, (void)s, (void)item;
    return 0;
}

typedef int bmp_fn(struct track *t, struct source *s, struct track_item *item);

static bmp_fn *const feeders[] = {
    [BMP_TYPE_ROUTE_MONITORING] = feed_routes, [BMP_TYPE_STATISTICS] = feed_stats,
    [BMP_TYPE_PEER_DOWN] = feed_peer_down,     [BMP_TYPE_PEER_UP] = feed_peer_up,
    [BMP_TYPE_INITIATION] = feed_initiation,   [BMP_TYPE_TERMINATION] = feed_nothing,
    [BMP_TYPE_ROUTE_MIRRORING] = feed_routes,
};

/* Lets what a message says of its own parsing override what the OPENs said. The capabilities
 * are the router's: what it sends is in Adj-RIB-Out, what it receives in Adj-RIB-In; its
 * Loc-RIB has no direction. */
static void set_stateless(struct track *t, struct source *s, struct track_item *item)
{
    struct bgp_offer offer = {0};
    const struct source_info *info = s != NULL ? &s->pub.info : NULL;
    bool add_path = bmp_routes_offer(&item->routes, &offer);
    struct bgp_ctx *ctx = &t->stateless;
    *ctx = *item->ctx;
    ctx->asn4 |= offer.asn4 && (info == NULL || info->pin_asn4 == SOURCE_PIN_NONE);
    for (unsigned i = 0; i < BGP_FAMILIES_MAX / 64; i++) {
        uint64_t rx = offer.add_path_rx.bits[i], tx = offer.add_path_tx.bits[i];
        enum bmp_view view = item->bmp.peer.view;
        ctx->multi_label.bits[i] |= offer.multi_label.bits[i];
        if (add_path && !ctx->pinned)
            ctx->add_path.bits[i] = view == BMP_VIEW_LOC_RIB ? rx | tx
                                    : view_is_out(view)      ? tx
                                                             : rx;
    }
    item->ctx = ctx;
}

/* Version 4's Route Monitoring is TLVs, one of which is the message. */
static void take_indexed(struct track *t, struct source *s, struct track_item *item)
{
    if (bmp_routes_parse(&item->bmp, &item->routes, &item->diag) != 0) {
        item->has_diag = true;
        return;
    }
    item->has_routes = true;
    item->bgp = item->routes.message.p;
    item->bgp_len = item->routes.message.left;
    set_stateless(t, s, item);
}

/* A message of a type without a name may be a routing event. Its routes are no news of the RIB:
 * item->bgp stays empty. */
static void take_event(struct track *t, struct source *s, struct track_item *item)
{
    struct bmp_peer peer;
    if (!bmp_event_parse(&item->bmp, &peer, &item->routes))
        return;
    item->has_event = item->bmp.has_peer = true;
    item->bmp.peer = peer;
    if (s != NULL)
        (void)name_peer(t, s, item);
    set_context(t, s, item);
    set_stateless(t, s, item);
}

/* Notes a message of another type where an UPDATE belongs (RFC 7854 section 4.6). */
static void check_type(struct track_item *item)
{
    if (item->bgp == NULL || item->bgp_len < BGP_HEADER_LEN)
        return;
    uint8_t type = item->bgp[BGP_HEADER_LEN - 1];
    if (type != BGP_TYPE_UPDATE)
        note(item, BGP_REASON_TYPE, BGP_TYPE_UPDATE, type);
}

int track_bmp(struct track *t, struct source *s, struct track_item *item)
{
    const struct journal_view *f = item->frame;
    item->is_bmp = true;
    if (bmp_msg_parse(f->p, f->len, &item->bmp, &item->diag) != 0) {
        item->bmp_bad = true;
        item->has_diag = true;
        return 0;
    }
    uint8_t type = item->bmp.type;
    if (s != NULL && type < sizeof feeders / sizeof feeders[0] &&
        feeders[type](t, s, item) != 0)
        return -1;
    if (bmp_type_name(type) == NULL)
        take_event(t, s, item);
    bool routes = type == BMP_TYPE_ROUTE_MONITORING;
    if (routes || type == BMP_TYPE_ROUTE_MIRRORING)
        set_context(t, s, item);
    if (routes && item->bmp.version >= BMP_VERSION_INDEXED) {
        take_indexed(t, s, item);
    } else if (routes) {
        item->bgp = item->bmp.body.p;
        item->bgp_len = bmp_message_len(&item->bmp.body);
    }
    if (routes)
        check_type(item);
    return 0;
}
