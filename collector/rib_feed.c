/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_feed: from frames to routes. Floor F4. */
#include "collector/rib_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct rib_feed {
    struct rib *rib;
    uint32_t limit;
    struct rib_session *first;
    uint64_t unseen; /* UPDATEs of sessions whose beginning was not seen */
    struct rib_update update;
};

/* ---- sessions ---- */

static void session_end(struct rib_feed *f, struct track_peer *p)
{
    struct rib_session *s = p->user;
    if (s == NULL)
        return;
    p->user = NULL;
    rib_peer_remove(f->rib, s->updates.peer);
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        f->first = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    free(s);
}

static int session_begin(struct rib_feed *f, const struct track_item *item,
                         struct track_peer *p)
{
    session_end(f, p);
    struct rib_session *s = calloc(1, sizeof(*s));
    uint32_t peer = s != NULL ? rib_peer_add(f->rib, f->limit) : RIB_PEER_NONE;
    if (peer == RIB_PEER_NONE) {
        free(s);
        return -1;
    }
    bool loc_rib = p->bmp && p->view == BMP_VIEW_LOC_RIB;
    *s = (struct rib_session){
        .next = f->first,
        .updates.peer = peer,
        .tracked_source = item->source,
        .tracked_peer = p,
        .source = item->source->id,
        .addr = loc_rib || p->addr.len == 0 ? item->source->info.remote : p->addr,
        .asn = p->asn,
        .bmp = p->bmp,
        .view = p->view,
        .since_s = (uint32_t)(item->frame->time / NS_PER_S),
    };
    memcpy(s->bgp_id, p->bgp_id, sizeof(s->bgp_id));
    if (f->first != NULL)
        f->first->prev = s;
    f->first = s;
    p->user = s;
    return 0;
}

/* ---- frames ---- */

static int on_message(struct rib_feed *f, const struct track_item *item)
{
    struct rib_session *s = item->peer->user;
    if (s != NULL && item->ctx != NULL)
        return rib_update_message(&f->update, &s->updates, item->ctx, item->bgp, item->bgp_len,
                                  (uint32_t)(item->frame->time / NS_PER_S));
    f->unseen +=
        item->bgp_len >= BGP_HEADER_LEN && item->bgp[BGP_HEADER_LEN - 1] == BGP_TYPE_UPDATE;
    return 0;
}

static int on_state(struct rib_feed *f, const struct track_item *item)
{
    struct source_change c;
    if (source_state_decode(item->frame->p, item->frame->len, &c) != 0)
        return 0;
    if (c.new_state == SOURCE_STATE_ESTABLISHED)
        return session_begin(f, item, item->peer);
    session_end(f, item->peer);
    return 0;
}

static void end_views(struct rib_feed *f, struct track_peer *p)
{
    for (unsigned v = 0; p->views != NULL && v < BMP_VIEW_CNT; v++) {
        if (p->views[v] != NULL)
            session_end(f, p->views[v]);
    }
    session_end(f, p);
}

/* Another view of a session whose Peer Up was seen shows up with its first route. */
static bool sibling_is_known(const struct track_peer *p)
{
    for (unsigned v = 0; p->views != NULL && v < BMP_VIEW_CNT; v++) {
        if (p->views[v] != NULL && p->views[v]->user != NULL)
            return true;
    }
    return false;
}

static int on_bmp(struct rib_feed *f, const struct track_item *item)
{
    struct track_peer *p = item->peer;
    switch (item->bmp.type) {
    case BMP_TYPE_PEER_UP:
        end_views(f, p);
        return session_begin(f, item, p);
    case BMP_TYPE_PEER_DOWN:
        end_views(f, p);
        return 0;
    case BMP_TYPE_ROUTE_MONITORING:
        if (p->user == NULL && sibling_is_known(p) && session_begin(f, item, p) != 0)
            return -1;
        return item->bgp != NULL ? on_message(f, item) : 0;
    default: /* the others don't tell of routes */
        return 0;
    }
}

struct ending {
    struct rib_feed *f;
    const struct track_source *source; /* NULL: all of the tracker's */
};

static void end_of_source(void *arg, struct track_source *s, struct track_peer *p)
{
    struct ending *e = arg;
    if (s == e->source || e->source == NULL)
        session_end(e->f, p);
}

void rib_feed_lost(struct rib_feed *f, struct track *t)
{
    struct ending e = {.f = f};
    track_each_peer(t, end_of_source, &e);
}

static void on_gone(struct rib_feed *f, struct track *t, const struct track_item *item)
{
    struct ending e = {.f = f, .source = item->source};
    if (item->source != NULL)
        track_each_peer(t, end_of_source, &e);
}

int rib_feed_item(struct rib_feed *f, struct track *t, const struct track_item *item)
{
    bool has_peer = item->source != NULL && item->peer != NULL;
    switch (item->frame->kind) {
    case JOURNAL_BGP_RECV:
        return has_peer && item->bgp != NULL ? on_message(f, item) : 0;
    case JOURNAL_STATE:
        return has_peer ? on_state(f, item) : 0;
    case JOURNAL_BMP:
        return has_peer && !item->bmp_bad ? on_bmp(f, item) : 0;
    case JOURNAL_GONE:
        on_gone(f, t, item);
        return 0;
    case JOURNAL_LOST:
        rib_feed_lost(f, t);
        return 0;
    case JOURNAL_NONE:
    case JOURNAL_SEAL:
    case JOURNAL_SOURCE:
    case JOURNAL_BGP_SENT: /* the collector announces nothing */
        return 0;
    }
    return 0; /* a kind of a newer version */
}

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    (void)s;
    session_end(arg, p);
}

struct track_hooks rib_feed_hooks(struct rib_feed *f)
{
    return (struct track_hooks){.peer_gone = peer_gone, .arg = f};
}

/* ---- the whole ---- */

struct rib_feed *rib_feed_new(uint32_t limit)
{
    struct rib_feed *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return NULL;
    f->limit = limit;
    f->rib = f->update.rib = rib_new();
    if (f->rib == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

void rib_feed_limit(struct rib_feed *f, uint32_t limit)
{
    f->limit = limit;
}

void rib_feed_free(struct rib_feed *f)
{
    if (f == NULL)
        return;
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        free(s);
    }
    rib_free(f->rib);
    free(f);
}

bool rib_feed_tidy(struct rib_feed *f, uint32_t nodes)
{
    return rib_tidy(f->rib, nodes);
}

const struct rib *rib_feed_rib(const struct rib_feed *f)
{
    return f->rib;
}

const struct rib_update_counts *rib_feed_counts(const struct rib_feed *f)
{
    return &f->update.counts;
}

uint64_t rib_feed_unseen(const struct rib_feed *f)
{
    return f->unseen;
}

const struct rib_session *rib_feed_sessions(const struct rib_feed *f)
{
    return f->first;
}
