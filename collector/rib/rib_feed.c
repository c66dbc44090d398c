/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_feed: from frames to routes. Sessions: rib_session.c. Floor F4. */
#include <stdlib.h>

#include "base/clock.h"
#include "collector/rib/rib_session.h"

/* ---- frames ---- */

static bool is_update(const struct track_item *item)
{
    return item->bgp_len >= BGP_HEADER_LEN && item->bgp[BGP_HEADER_LEN - 1] == BGP_TYPE_UPDATE;
}

/* A frame that is read again may be older than the session it seems to be about. */
static bool is_past(const struct rib_session *s, const struct track_item *item)
{
    return item->frame->seq < s->since_seq;
}

static int on_message(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    struct rib_session *s = rib_session_of(f, t, item, item->peer);
    if (s != NULL && is_past(s, item))
        return 0;
    if (s != NULL && s->state == RIB_SESSION_UP && item->ctx != NULL)
        return rib_update_message(&f->update, &s->updates, item->ctx, item->bgp, item->bgp_len,
                                  (uint32_t)(item->frame->time / NS_PER_S));
    return is_update(item) ? rib_session_unseen(f, t, item) : 0;
}

static int on_sent(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    struct rib_session *s = rib_session_of(f, t, item, item->peer);
    if (s != NULL && s->state == RIB_SESSION_UP)
        rib_update_sent(&s->updates, item->bgp, item->bgp_len);
    return 0;
}

static int on_state(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    struct source_change c;
    if (source_state_decode(item->frame->p, item->frame->len, &c) != 0)
        return 0;
    if (c.new_state == SOURCE_STATE_ESTABLISHED)
        return rib_session_begin(f, t, item, item->peer);
    rib_session_down(f, rib_session_of(f, t, item, item->peer),
                     (uint32_t)(item->frame->time / NS_PER_S));
    return 0;
}

/* One that began with this frame, which is read again, or later stays. */
static void end_view(struct rib_feed *f, const struct track_item *item, struct rib_session *s)
{
    if (s != NULL && item->frame->seq > s->since_seq)
        rib_session_end(f, s);
}

/* A tracker that began later may not know all views. */
static void end_adrift_views(struct rib_feed *f, const struct track *t,
                             const struct track_item *item)
{
    struct rib_session *next;
    for (struct rib_session *s = f->adrift > 0 ? f->first : NULL; s != NULL; s = next) {
        next = s->next;
        if (rib_session_is_adrift(s, t, item, item->peer))
            end_view(f, item, s);
    }
}

static void end_views(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    struct track_peer *p = item->peer;
    end_adrift_views(f, t, item);
    for (unsigned v = 0; p->views != NULL && v < BMP_VIEW_CNT; v++) {
        if (p->views[v] != NULL)
            end_view(f, item, p->views[v]->user);
    }
    end_view(f, item, p->user);
}

/* Another view of a session whose Peer Up was seen shows up with its first route. */
static bool sibling_is_up(const struct track_peer *p)
{
    for (unsigned v = 0; p->views != NULL && v < BMP_VIEW_CNT; v++) {
        const struct rib_session *s = p->views[v] != NULL ? p->views[v]->user : NULL;
        if (s != NULL && s->state == RIB_SESSION_UP)
            return true;
    }
    return false;
}

static int on_route_monitoring(struct rib_feed *f, const struct track *t,
                               const struct track_item *item)
{
    struct track_peer *p = item->peer;
    if (item->bgp == NULL)
        return 0;
    if (rib_session_of(f, t, item, p) == NULL && sibling_is_up(p) &&
        rib_session_begin(f, t, item, p) != 0)
        return -1;
    return on_message(f, t, item);
}

static int on_bmp(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    switch (item->bmp.type) {
    case BMP_TYPE_PEER_UP:
        end_views(f, t, item);
        return rib_session_begin(f, t, item, item->peer);
    case BMP_TYPE_PEER_DOWN:
        end_views(f, t, item);
        return 0;
    case BMP_TYPE_ROUTE_MONITORING:
        return on_route_monitoring(f, t, item);
    default: /* the others don't tell of routes */
        return 0;
    }
}

void rib_feed_lost(struct rib_feed *f, struct track *t)
{
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        if (s->journal != track_number(t) || s->state == RIB_SESSION_UNKNOWN)
            continue;
        f->losses++;
        if (s->tracked == NULL) { /* down, or gone in what was lost */
            rib_session_end(f, s);
            continue;
        }
        rib_session_lose(f, s);
    }
}

/* The end of a source is the end of its sessions, in whatever state it left them. A BGP session
 * of which no state change told ended with the collector itself. */
static void on_gone(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    if (item->source == NULL)
        return;
    if (item->source->info.kind == SOURCE_BGP && item->peer != NULL && f->adrift == 0) {
        rib_session_end(f, item->peer->user);
        return;
    }
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        if (s->state != RIB_SESSION_DOWN && s->journal == track_number(t) &&
            s->source.id == item->source->id)
            rib_session_end(f, s);
    }
}

/* The collector has begun anew, with nothing in memory of sessions that were over: how much of
 * the journal's tail we happen to read again must not matter. */
static void end_down(struct rib_feed *f)
{
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        if (s->state == RIB_SESSION_DOWN)
            rib_session_end(f, s);
    }
}

int rib_feed_item(struct rib_feed *f, struct track *t, const struct track_item *item)
{
    bool has_peer = item->source != NULL && item->peer != NULL;
    rib_feed_time(f, (uint32_t)(item->frame->time / NS_PER_S));
    switch (item->frame->kind) {
    case JOURNAL_BGP_RECV:
        return has_peer && item->bgp != NULL ? on_message(f, t, item) : 0;
    case JOURNAL_BGP_SENT:
        return has_peer && item->bgp != NULL ? on_sent(f, t, item) : 0;
    case JOURNAL_STATE:
        return has_peer ? on_state(f, t, item) : 0;
    case JOURNAL_BMP:
        return has_peer && !item->bmp_bad ? on_bmp(f, t, item) : 0;
    case JOURNAL_GONE:
        on_gone(f, t, item);
        return 0;
    case JOURNAL_LOST:
        rib_feed_lost(f, t);
        return 0;
    case JOURNAL_START:
        end_down(f);
        return 0;
    case JOURNAL_NONE:
    case JOURNAL_SEAL:
    case JOURNAL_SOURCE:
    case JOURNAL_COUNTS:
        return 0;
    }
    return 0; /* a kind of a newer version */
}

/* ---- the whole ---- */

struct rib_feed *rib_feed_new(uint32_t limit)
{
    struct rib_feed *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return NULL;
    f->limit = limit;
    f->due_s = UINT32_MAX;
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

static void free_list(struct rib_session *s)
{
    while (s != NULL) {
        struct rib_session *next = s->next;
        free(s);
        s = next;
    }
}

void rib_feed_free(struct rib_feed *f)
{
    if (f == NULL)
        return;
    free_list(f->first);
    free_list(f->resting);
    rib_free(f->rib);
    free(f);
}

const struct rib *rib_feed_rib(const struct rib_feed *f)
{
    return f->rib;
}

const struct rib_update_counts *rib_feed_counts(const struct rib_feed *f)
{
    return &f->update.counts;
}

void rib_feed_get_sums(const struct rib_feed *f, struct rib_feed_sums *s)
{
    *s = (struct rib_feed_sums){.unseen = f->unseen, .losses = f->losses, .kept = f->kept};
    for (const struct rib_session *x = f->first; x != NULL; x = x->next) {
        s->up += x->state == RIB_SESSION_UP;
        s->down += x->state == RIB_SESSION_DOWN;
        s->unknown += x->state == RIB_SESSION_UNKNOWN;
        if (x->state == RIB_SESSION_DOWN)
            s->stale += rib_peer_routes(f->rib, x->updates.peer);
    }
}

const struct rib_session *rib_feed_sessions(const struct rib_feed *f)
{
    return f->first;
}
