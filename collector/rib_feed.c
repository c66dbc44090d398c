/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_feed: from frames to routes. Floor F4. */
#include "collector/rib_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { RESTING_MAX = 4096 }; /* sessions searched when one begins */

struct rib_feed {
    struct rib *rib;
    uint32_t limit;
    struct rib_session *first;
    /* Ended sessions whose routes' memory is not free yet: when the peer comes back, its routes
     * take their old places. */
    struct rib_session *resting;
    uint64_t resting_cnt;
    uint64_t down_cnt;
    uint64_t adrift; /* sessions whose tracker went and that were not found again yet */
    uint32_t due_s;  /* when stale routes may have to go; UINT32_MAX: none */
    uint64_t unseen, losses, kept;
    struct rib_update update;
};

/* ---- lists ---- */

static void take_out(struct rib_session **list, struct rib_session *s)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        *list = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    s->next = s->prev = NULL;
}

static void put_in(struct rib_session **list, struct rib_session *s)
{
    s->prev = NULL;
    s->next = *list;
    if (s->next != NULL)
        s->next->prev = s;
    *list = s;
}

/* ---- sessions ---- */

static void set_state(struct rib_feed *f, struct rib_session *s, enum rib_session_state state)
{
    f->down_cnt -= s->state == RIB_SESSION_DOWN;
    f->down_cnt += state == RIB_SESSION_DOWN;
    s->state = state;
}

static void attach(struct rib_session *s, struct track_peer *p)
{
    s->tracked = p;
    p->user = s;
}

static void detach(struct rib_feed *f, struct rib_session *s)
{
    if (s->tracked != NULL)
        s->tracked->user = NULL;
    else
        f->adrift -= s->state != RIB_SESSION_DOWN;
    s->tracked = NULL;
}

static void forget(struct rib_feed *f, struct rib_session *s)
{
    rib_peer_remove(f->rib, s->updates.peer);
    free(s);
}

/* Ends a session and what it held. */
static void session_end(struct rib_feed *f, struct rib_session *s)
{
    if (s == NULL)
        return;
    detach(f, s);
    take_out(&f->first, s);
    set_state(f, s, RIB_SESSION_UP); /* no longer counted as down */
    rib_clear(f->rib, s->updates.peer, RIB_ALL_FAMILIES);
    if (s->peer.bmp || f->resting_cnt == RESTING_MAX ||
        !rib_peer_holds(f->rib, s->updates.peer)) {
        forget(f, s);
        return;
    }
    put_in(&f->resting, s);
    f->resting_cnt++;
}

static void note_due(struct rib_feed *f, const struct rib_session *s)
{
    uint32_t due = restart_due(&s->updates.restart);
    f->due_s = due < f->due_s ? due : f->due_s;
}

/* Ends a session as its peer and we agreed. */
static void session_down(struct rib_feed *f, struct rib_session *s, uint32_t time_s)
{
    if (s == NULL)
        return;
    if (s->state == RIB_SESSION_UP)
        rib_update_down(&f->update, &s->updates, time_s);
    if (s->state != RIB_SESSION_UP || !restart_keeps(&s->updates.restart)) {
        session_end(f, s);
        return;
    }
    detach(f, s);
    set_state(f, s, RIB_SESSION_DOWN);
    f->kept++;
    note_due(f, s);
}

static void describe(struct rib_session *s, const struct track *t,
                     const struct track_item *item, const struct track_peer *p)
{
    bool loc_rib = p->bmp && p->view == BMP_VIEW_LOC_RIB;
    s->journal = track_number(t);
    s->source = *item->source;
    s->source.user = NULL;
    s->peer = *p;
    s->peer.user = s->peer.head = NULL;
    s->peer.views = NULL;
    s->peer.recv_open = s->peer.sent_open = (struct cur){0};
    s->addr = loc_rib || p->addr.len == 0 ? item->source->info.remote : p->addr;
    s->since_s = (uint32_t)(item->frame->time / NS_PER_S);
    s->since_seq = item->frame->seq;
    s->told_full = false;
}

static bool same_addr(const struct source_addr *a, const struct source_addr *b)
{
    return a->len == b->len && memcmp(a->a, b->a, a->len) == 0;
}

/* Whether a session that is over was of a BGP peer at this address. */
static bool was_at(const struct rib_session *s, const struct track_peer *p)
{
    return !s->peer.bmp && !p->bmp && same_addr(&s->peer.addr, &p->addr);
}

/* Whether it was of this peer: its address and AS (RFC 4271 section 6.8 knows peers so; ports
 * and identifiers change). */
static bool was_of(const struct rib_session *s, const struct track_peer *p)
{
    return was_at(s, p) && s->peer.asn == p->asn;
}

/* Whether a session lost its tracker and is, but for the view, this one. */
static bool is_adrift(const struct rib_session *s, const struct track *t,
                      const struct track_item *item, const struct track_peer *p)
{
    if (s->tracked != NULL || s->state == RIB_SESSION_DOWN || s->journal != track_number(t) ||
        s->source.id != item->source->id || s->peer.bmp != p->bmp)
        return false;
    return !p->bmp ||
           (s->peer.peer_type == p->peer_type && same_addr(&s->peer.addr, &p->addr) &&
            memcmp(s->peer.rd, p->rd, sizeof(p->rd)) == 0 &&
            memcmp(s->peer.bgp_id, p->bgp_id, sizeof(p->bgp_id)) == 0);
}

/* Returns what hangs on a peer; finds it again when it hung on another tracker before. */
static struct rib_session *session_of(struct rib_feed *f, const struct track *t,
                                      const struct track_item *item, struct track_peer *p)
{
    if (p->user != NULL || f->adrift == 0)
        return p->user;
    struct rib_session *s = f->first;
    while (s != NULL && !(is_adrift(s, t, item, p) && s->peer.view == p->view))
        s = s->next;
    if (s == NULL)
        return NULL;
    attach(s, p);
    f->adrift--;
    return s;
}

/* A frame that is read again may be older than the session it seems to be about. */
static bool is_past(const struct rib_session *s, const struct track_item *item)
{
    return item->frame->seq < s->since_seq;
}

/* Finds the session whose stale routes wait for this peer. Those of another AS at its address
 * have nobody to wait for any more. */
static struct rib_session *find_down(struct rib_feed *f, const struct track_peer *p)
{
    struct rib_session *found = NULL;
    for (struct rib_session *s = f->down_cnt > 0 ? f->first : NULL, *next; s != NULL;
         s = next) {
        next = s->next;
        if (s->state != RIB_SESSION_DOWN || !was_at(s, p))
            continue;
        if (was_of(s, p))
            found = s;
        else
            session_end(f, s);
    }
    return found;
}

/* Takes the session that the peer had before, with its stale routes or its place in the RIB. */
static struct rib_session *take_former(struct rib_feed *f, const struct track_peer *p)
{
    struct rib_session *s = find_down(f, p);
    if (s != NULL) {
        take_out(&f->first, s);
        return s;
    }
    for (s = f->resting; s != NULL && !was_of(s, p); s = s->next)
        ;
    if (s != NULL) {
        take_out(&f->resting, s);
        f->resting_cnt--;
        s->updates = (struct rib_update_session){.peer = s->updates.peer};
    }
    return s;
}

static struct rib_session *session_new(struct rib_feed *f)
{
    struct rib_session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->updates.peer = rib_peer_add(f->rib, f->limit);
    if (s->updates.peer != RIB_PEER_NONE)
        return s;
    free(s);
    return NULL;
}

static struct rib_session *session_add(struct rib_feed *f, const struct track *t,
                                       const struct track_item *item, struct track_peer *p,
                                       enum rib_session_state state)
{
    struct rib_session *s = state == RIB_SESSION_UP ? take_former(f, p) : NULL;
    if (s == NULL)
        s = session_new(f);
    if (s == NULL)
        return NULL;
    rib_peer_limit(f->rib, s->updates.peer, f->limit);
    describe(s, t, item, p);
    set_state(f, s, state);
    put_in(&f->first, s);
    attach(s, p);
    return s;
}

static int session_begin(struct rib_feed *f, const struct track *t,
                         const struct track_item *item, struct track_peer *p)
{
    struct rib_session *s = session_of(f, t, item, p);
    if (s != NULL && s->state == RIB_SESSION_UP && item->frame->seq <= s->since_seq)
        return 0; /* read again: it has begun already */
    session_end(f, s);
    s = session_add(f, t, item, p, RIB_SESSION_UP);
    if (s == NULL)
        return -1;
    struct restart *g = &s->updates.restart;
    if (!p->bmp) {
        g->own = g->peer = (struct bgp_restart){0};
        restart_open(g, true, p->sent_open.p, p->sent_open.left);
        restart_open(g, false, p->recv_open.p, p->recv_open.left);
    }
    rib_update_up(&f->update, &s->updates, s->since_s);
    note_due(f, s);
    return 0;
}

/* ---- frames ---- */

static bool is_update(const struct track_item *item)
{
    return item->bgp_len >= BGP_HEADER_LEN && item->bgp[BGP_HEADER_LEN - 1] == BGP_TYPE_UPDATE;
}

/* Remembers that there is a session of which nothing is known. */
static int note_unknown(struct rib_feed *f, const struct track *t,
                        const struct track_item *item)
{
    f->unseen++;
    if (item->peer->user != NULL)
        return 0;
    return session_add(f, t, item, item->peer, RIB_SESSION_UNKNOWN) != NULL ? 0 : -1;
}

static int on_message(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    struct rib_session *s = session_of(f, t, item, item->peer);
    if (s != NULL && is_past(s, item))
        return 0;
    if (s != NULL && s->state == RIB_SESSION_UP && item->ctx != NULL)
        return rib_update_message(&f->update, &s->updates, item->ctx, item->bgp, item->bgp_len,
                                  (uint32_t)(item->frame->time / NS_PER_S));
    return is_update(item) ? note_unknown(f, t, item) : 0;
}

static int on_sent(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    struct rib_session *s = session_of(f, t, item, item->peer);
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
        return session_begin(f, t, item, item->peer);
    session_down(f, session_of(f, t, item, item->peer),
                 (uint32_t)(item->frame->time / NS_PER_S));
    return 0;
}

/* One that began with this frame, which is read again, or later stays. */
static void end_view(struct rib_feed *f, const struct track_item *item, struct rib_session *s)
{
    if (s != NULL && item->frame->seq > s->since_seq)
        session_end(f, s);
}

/* A tracker that began later may not know all views. */
static void end_adrift_views(struct rib_feed *f, const struct track *t,
                             const struct track_item *item)
{
    struct rib_session *next;
    for (struct rib_session *s = f->adrift > 0 ? f->first : NULL; s != NULL; s = next) {
        next = s->next;
        if (is_adrift(s, t, item, item->peer))
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
    if (session_of(f, t, item, p) == NULL && sibling_is_up(p) &&
        session_begin(f, t, item, p) != 0)
        return -1;
    return on_message(f, t, item);
}

static int on_bmp(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    switch (item->bmp.type) {
    case BMP_TYPE_PEER_UP:
        end_views(f, t, item);
        return session_begin(f, t, item, item->peer);
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
            session_end(f, s);
            continue;
        }
        rib_clear(f->rib, s->updates.peer, RIB_ALL_FAMILIES);
        s->updates = (struct rib_update_session){.peer = s->updates.peer};
        set_state(f, s, RIB_SESSION_UNKNOWN);
    }
}

/* The end of a source is the end of its sessions, in whatever state it left them. A BGP session
 * of which no state change told ended with the collector itself. */
static void on_gone(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    if (item->source == NULL)
        return;
    if (item->source->info.kind == SOURCE_BGP && item->peer != NULL && f->adrift == 0) {
        session_end(f, item->peer->user);
        return;
    }
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        if (s->state != RIB_SESSION_DOWN && s->journal == track_number(t) &&
            s->source.id == item->source->id)
            session_end(f, s);
    }
}

/* The collector has begun anew, with nothing in memory of sessions that were over: how much of
 * the journal's tail we happen to read again must not matter. */
static void end_down(struct rib_feed *f)
{
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        if (s->state == RIB_SESSION_DOWN)
            session_end(f, s);
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
        return 0;
    }
    return 0; /* a kind of a newer version */
}

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    struct rib_feed *f = arg;
    struct rib_session *session = p->user;
    (void)s;
    if (session == NULL)
        return;
    detach(f, session);
    f->adrift++;
}

struct track_hooks rib_feed_hooks(struct rib_feed *f)
{
    return (struct track_hooks){.peer_gone = peer_gone, .arg = f};
}

/* ---- time ---- */

void rib_feed_time(struct rib_feed *f, uint32_t time_s)
{
    if (time_s < f->due_s)
        return;
    f->due_s = UINT32_MAX;
    for (struct rib_session *s = f->first, *next; s != NULL; s = next) {
        next = s->next;
        if (!restart_keeps(&s->updates.restart))
            continue;
        rib_update_time(&f->update, &s->updates, time_s);
        if (s->state == RIB_SESSION_DOWN && !restart_keeps(&s->updates.restart))
            session_end(f, s);
        else
            note_due(f, s);
    }
}

bool rib_feed_tidy(struct rib_feed *f, uint32_t nodes)
{
    bool left = rib_tidy(f->rib, nodes);
    for (struct rib_session *s = f->resting, *next; s != NULL; s = next) {
        next = s->next;
        if (rib_peer_holds(f->rib, s->updates.peer))
            continue;
        take_out(&f->resting, s);
        f->resting_cnt--;
        forget(f, s);
    }
    return left;
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
