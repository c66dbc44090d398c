/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_session: how sessions begin, end, rest and come back, and what they held. Floor F4. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collector/rib/rib_session.h"

enum { RESTING_MAX = 4096 }; /* sessions searched when one begins */

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

void rib_session_end(struct rib_feed *f, struct rib_session *s)
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

void rib_session_down(struct rib_feed *f, struct rib_session *s, uint32_t time_s)
{
    if (s == NULL)
        return;
    if (s->state == RIB_SESSION_UP)
        rib_update_down(&f->update, &s->updates, time_s);
    if (s->state != RIB_SESSION_UP || !restart_keeps(&s->updates.restart)) {
        rib_session_end(f, s);
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

bool rib_session_is_adrift(const struct rib_session *s, const struct track *t,
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

struct rib_session *rib_session_of(struct rib_feed *f, const struct track *t,
                                   const struct track_item *item, struct track_peer *p)
{
    if (p->user != NULL || f->adrift == 0)
        return p->user;
    struct rib_session *s = f->first;
    while (s != NULL && !(rib_session_is_adrift(s, t, item, p) && s->peer.view == p->view))
        s = s->next;
    if (s == NULL)
        return NULL;
    attach(s, p);
    f->adrift--;
    return s;
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
            rib_session_end(f, s);
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

int rib_session_begin(struct rib_feed *f, const struct track *t,
                      const struct track_item *item, struct track_peer *p)
{
    struct rib_session *s = rib_session_of(f, t, item, p);
    if (s != NULL && s->state == RIB_SESSION_UP && item->frame->seq <= s->since_seq)
        return 0; /* read again: it has begun already */
    rib_session_end(f, s);
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

void rib_session_lose(struct rib_feed *f, struct rib_session *s)
{
    rib_clear(f->rib, s->updates.peer, RIB_ALL_FAMILIES);
    s->updates = (struct rib_update_session){.peer = s->updates.peer};
    set_state(f, s, RIB_SESSION_UNKNOWN);
}

int rib_session_unseen(struct rib_feed *f, const struct track *t, const struct track_item *item)
{
    f->unseen++;
    if (item->peer->user != NULL)
        return 0;
    return session_add(f, t, item, item->peer, RIB_SESSION_UNKNOWN) != NULL ? 0 : -1;
}

/* ---- trackers ---- */

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
            rib_session_end(f, s);
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
