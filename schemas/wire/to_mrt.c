/* SPDX-License-Identifier: BSD-2-Clause */
/* to_mrt: tracked frames as MRT updates records (RFC 6396 section 4.4, RFC 8050). Floor F3. */
#include "schemas/wire/to_mrt.h"

#include "bgp/update.h"
#include "mrt/mrt.h"

/* ---- records ---- */

/* What all records of one frame share. */
struct target {
    const struct to_mrt *o;
    const struct track_source *source;
    struct track_peer *peer;
    uint64_t time_ns;
};

/* Both addresses in the family of the peer's; one that is unknown or of the other family is all
 * zero, as a mixed pair would make the record unreadable. */
static void fill_addrs(struct mrt_bgp4mp_head *h, const struct source_addr *peer,
                       const struct source_addr *local)
{
    h->addr_len = peer->len == 16 ? 16 : 4;
    if (peer->len == h->addr_len)
        memcpy(h->peer, peer->a, h->addr_len);
    if (local->len == h->addr_len)
        memcpy(h->local, local->a, h->addr_len);
}

static void fill_head(struct mrt_bgp4mp_head *h, const struct target *t)
{
    const struct track_peer *p = t->peer;
    const struct source_info *s = &t->source->info;
    bool loc_rib = p->bmp && p->view == BMP_VIEW_LOC_RIB;
    *h = (struct mrt_bgp4mp_head){
        .time_ns = t->time_ns,
        .seconds = t->o->seconds,
        .peer_asn = p->asn,
        .local_asn = p->local_asn,
    };
    if (loc_rib)
        fill_addrs(h, &s->remote, &s->remote);
    else if (p->bmp || p->local.len > 0)
        fill_addrs(h, &p->addr, &p->local);
    else
        fill_addrs(h, p->addr.len > 0 ? &p->addr : &s->remote, &s->local);
}

/* RFC 8050 section 3: the subtype tells of the message's own families. One that mixes families
 * with and without path identifiers can't be told right; it is marked as having them. */
static bool has_path_ids(const uint8_t *msg, size_t len, const struct bgp_ctx *ctx)
{
    if (ctx == NULL || bgp_family_none(&ctx->add_path))
        return false;
    struct bgp_update u;
    (void)bgp_update_index(msg, len, ctx, &u);
    const struct bgp_section *part[] = {&u.withdrawn, &u.announced, &u.mp_reach, &u.mp_unreach};
    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        if (part[i]->present && bgp_family_has(&ctx->add_path, part[i]->family))
            return true;
    }
    return false;
}

static int put_message(const struct target *t, const struct bgp_ctx *ctx, bool sent,
                       const uint8_t *msg, size_t len)
{
    size_t room = MRT_BGP4MP_HEAD_MAX + len;
    uint8_t *p = t->o->room(t->o->arg, t->source, t->peer, room);
    if (p == NULL)
        return -1;
    bool update = len >= BGP_HEADER_LEN && msg[BGP_HEADER_LEN - 1] == BGP_TYPE_UPDATE;
    struct mrt_message_kind kind = {
        .asn4 = !update || ctx == NULL || ctx->asn4, /* only an UPDATE has AS numbers in it */
        .add_path = update && has_path_ids(msg, len, ctx),
        .sent = sent,
    };
    struct mrt_bgp4mp_head h;
    struct wr w = wr_of(p, room);
    fill_head(&h, t);
    mrt_write_message(&w, &h, kind, msg, len);
    return t->o->add(t->o->arg, false, w.len);
}

static int put_state(const struct target *t, unsigned from, unsigned to)
{
    uint8_t *p = t->o->room(t->o->arg, t->source, t->peer, MRT_BGP4MP_HEAD_MAX);
    if (p == NULL)
        return -1;
    struct mrt_bgp4mp_head h;
    struct wr w = wr_of(p, MRT_BGP4MP_HEAD_MAX);
    fill_head(&h, t);
    mrt_write_state(&w, &h, (enum mrt_state)from, (enum mrt_state)to);
    return t->o->add(t->o->arg, true, w.len);
}

static int put_nothing(const struct target *t, enum to_mrt_without why)
{
    if (t->o->without != NULL)
        t->o->without(t->o->arg, why);
    return 0;
}

/* ---- frames of BGP sessions ---- */

static int on_bgp(const struct target *t, const struct track_item *item)
{
    return put_message(t, item->ctx, item->frame->kind == JOURNAL_BGP_SENT, item->frame->p,
                       item->frame->len);
}

static int on_state(const struct target *t, const struct track_item *item)
{
    struct source_change c;
    if (source_state_decode(item->frame->p, item->frame->len, &c) != 0)
        return put_nothing(t, TO_MRT_CONTEXT);
    return put_state(t, c.old_state, c.new_state); /* numbered as MRT does */
}

/* ---- frames of BMP streams ---- */

static int on_route_monitoring(const struct target *t, const struct track_item *item)
{
    enum bmp_view view = t->peer->view;
    bool sent = view == BMP_VIEW_ADJ_RIB_OUT_PRE || view == BMP_VIEW_ADJ_RIB_OUT_POST;
    if (item->bgp == NULL)
        return put_nothing(t, TO_MRT_BMP_BAD);
    return put_message(t, item->ctx, sent, item->bgp, item->bgp_len);
}

/* A session's state belongs into the files of all its views. */
static int put_state_views(const struct target *t, unsigned from, unsigned to)
{
    struct target one = *t;
    int rc = put_state(t, from, to);
    for (unsigned v = 0; rc == 0 && t->peer->views != NULL && v < BMP_VIEW_CNT; v++) {
        one.peer = t->peer->views[v];
        if (one.peer != NULL && one.peer != t->peer)
            rc = put_state(&one, from, to);
    }
    return rc;
}

static int put_open(const struct target *t, bool sent, const struct cur *open)
{
    return open->left == 0 ? 0 : put_message(t, NULL, sent, open->p, open->left);
}

static int on_peer_up(const struct target *t, const struct track_item *item)
{
    struct bmp_peer_up up = {0};
    struct bgp_diag unused;
    if (bmp_peer_up_parse(&item->bmp, &up, &unused) != 0) /* the state counts all the same */
        put_nothing(t, TO_MRT_BMP_BAD);
    if (put_open(t, true, &up.sent_open) != 0 || put_open(t, false, &up.recv_open) != 0)
        return -1;
    return put_state_views(t, MRT_OPEN_CONFIRM, MRT_ESTABLISHED);
}

/* RFC 7854 section 4.9: reasons 1 and 3 bring the NOTIFICATION, sent or received. */
static int on_peer_down(const struct target *t, const struct track_item *item)
{
    enum { LOCAL_NOTIFICATION = 1, REMOTE_NOTIFICATION = 3 };
    struct cur body = item->bmp.body;
    uint8_t reason;
    if (cur_u8(&body, &reason) && body.left >= BGP_HEADER_LEN &&
        (reason == LOCAL_NOTIFICATION || reason == REMOTE_NOTIFICATION) &&
        put_message(t, NULL, reason == LOCAL_NOTIFICATION, body.p, bmp_message_len(&body)) != 0)
        return -1;
    return put_state_views(t, MRT_ESTABLISHED, MRT_IDLE);
}

static int on_bmp_other(const struct target *t, const struct track_item *item)
{
    (void)item;
    return put_nothing(t, TO_MRT_BMP_OTHER);
}

/* By BMP message type; others are on_bmp_other. */
static int (*const bmp_row[])(const struct target *, const struct track_item *) = {
    [BMP_TYPE_ROUTE_MONITORING] = on_route_monitoring,
    [BMP_TYPE_PEER_UP] = on_peer_up,
    [BMP_TYPE_PEER_DOWN] = on_peer_down,
};

static int on_bmp(const struct target *t, const struct track_item *item)
{
    struct target with_peer = *t;
    struct track_peer unknown;
    unsigned type = item->bmp.type;
    if (item->bmp_bad)
        return put_nothing(t, TO_MRT_BMP_BAD);
    if (type >= sizeof(bmp_row) / sizeof(bmp_row[0]) || bmp_row[type] == NULL)
        return on_bmp_other(t, item);
    if (t->peer == NULL) { /* more peers than the tracker remembers: the header must do */
        memset(&unknown, 0, sizeof(unknown));
        track_peer_of_header(&item->bmp.peer, &unknown);
        unknown.user = NULL;
        with_peer.peer = &unknown;
    }
    return bmp_row[type](&with_peer, item);
}

struct walk {
    struct target t;
    int rc;
};

static void end_peer(void *arg, struct track_source *s, struct track_peer *p)
{
    struct walk *w = arg;
    if (w->rc != 0 || s != w->t.source || !p->bmp || !p->up)
        return;
    w->t.peer = p;
    w->rc = put_state(&w->t, MRT_ESTABLISHED, MRT_IDLE);
}

/* The end of a BMP stream is the end of what we know of its peers. A BGP session says so
 * before, unless the collector itself was cut off. */
static int on_gone(const struct target *t, struct track *track)
{
    struct walk w = {.t = *t};
    put_nothing(t, TO_MRT_CONTEXT);
    if (t->peer != NULL && !t->peer->bmp)
        return t->peer->state > MRT_IDLE ? put_state(t, t->peer->state, MRT_IDLE) : 0;
    track_each_peer(track, end_peer, &w);
    return w.rc;
}

static int dispatch(const struct target *t, struct track *track, const struct track_item *item)
{
    switch (item->frame->kind) {
    case JOURNAL_BGP_RECV:
    case JOURNAL_BGP_SENT:
        return t->peer != NULL ? on_bgp(t, item) : put_nothing(t, TO_MRT_NO_SOURCE);
    case JOURNAL_STATE:
        return t->peer != NULL ? on_state(t, item) : put_nothing(t, TO_MRT_NO_SOURCE);
    case JOURNAL_BMP:
        return t->source != NULL ? on_bmp(t, item) : put_nothing(t, TO_MRT_NO_SOURCE);
    case JOURNAL_GONE:
        return t->source != NULL ? on_gone(t, track) : put_nothing(t, TO_MRT_NO_SOURCE);
    case JOURNAL_NONE:
    case JOURNAL_SEAL:
    case JOURNAL_SOURCE:
    case JOURNAL_LOST:
    case JOURNAL_START:
    case JOURNAL_COUNTS:
        return put_nothing(t, TO_MRT_CONTEXT);
    }
    return put_nothing(t, TO_MRT_CONTEXT); /* a kind of a newer version */
}

/* RFC 7854 section 4.2: a time of zero is none. */
static uint64_t time_of(const struct to_mrt *o, const struct track_item *item)
{
    const struct bmp_peer *peer = &item->bmp.peer;
    bool told = item->is_bmp && !item->bmp_bad && item->bmp.has_peer && peer->sec != 0;
    if (!o->router_time || !told)
        return item->frame->time;
    return peer->sec * UINT64_C(1000000000) + peer->usec % 1000000u * UINT64_C(1000);
}

int to_mrt_item(const struct to_mrt *o, struct track *track, const struct track_item *item)
{
    struct target t = {
        .o = o, .source = item->source, .peer = item->peer, .time_ns = time_of(o, item)};
    return dispatch(&t, track, item);
}
