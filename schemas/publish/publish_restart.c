/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_restart: what sessions leave behind in tables that nobody keeps. Floor F3.
 *
 * The rules are those of the RIB (restart.h), told of each BGP peer's frames. What becomes of
 * its routes goes into p->news, which publish_state.c makes floors of. When a session ends
 * whose routes stay, its counters become those of a count without a source, under which the
 * peer's next session finds them.
 *
 * Periods end by the frames' times: for peers of the frame's own journal at once, for others
 * GRACE_S later, since journals are not read in one order to the last second; so what is read
 * again after a crash ends at the same place. */
#include "schemas/publish/publish_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bgp/msg.h"

enum {
    GRACE_S = 1,      /* frames that were stamped before T come this late at most */
    LEFT_MAX = 16384, /* peers whose routes are kept; of further ones they end at once */
};

/* ---- what becomes of routes ---- */

/* They are stale by being of an earlier session. */
static void keep(void *arg, unsigned family)
{
    (void)arg, (void)family;
}

static void end_all(void *arg, unsigned family)
{
    struct publish *p = arg;
    if (bgp_family_has(&p->learning->g.held, family))
        bgp_family_add(&p->news.all, family);
}

/* While no session is up there are no others. */
static void end_stale(void *arg, unsigned family)
{
    struct publish *p = arg;
    if (p->learning->g.up)
        bgp_family_add(&p->news.stale, family);
    else
        end_all(p, family);
}

static void end_short(void *arg, unsigned family)
{
    struct publish *p = arg;
    bgp_family_add(&p->news.brief, family);
}

static struct restart_routes routes_of(struct publish *p, struct publish_restart *r)
{
    p->learning = r;
    return (struct restart_routes){p, keep, end_stale, end_short, end_all};
}

/* ---- when ---- */

static void unlist(struct publish *p, struct publish_restart *r)
{
    if (!r->listed)
        return;
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        p->stale = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
    r->next = r->prev = NULL;
    r->listed = false;
}

/* Returns 0, or -1 when memory runs out. */
static int reserve_shard(struct publish *p, unsigned shard)
{
    if (shard < p->shard_cnt)
        return 0;
    uint32_t *v = reallocarray(p->due_by_shard, shard + 1U, sizeof v[0]);
    if (v == NULL)
        return -1;
    p->due_by_shard = v;
    while (p->shard_cnt <= shard)
        v[p->shard_cnt++] = UINT32_MAX;
    return 0;
}

static void note_due(struct publish *p, const struct publish_restart *r)
{
    if (r->due_s < p->due_s)
        p->due_s = r->due_s;
    if (r->due_s < p->due_by_shard[r->shard])
        p->due_by_shard[r->shard] = r->due_s;
}

/* Of a peer whose shard has a place. */
static void relist(struct publish *p, struct publish_restart *r)
{
    if (!restart_keeps(&r->g)) {
        unlist(p, r);
        return;
    }
    if (!r->listed) {
        r->next = p->stale;
        if (r->next != NULL)
            r->next->prev = r;
        p->stale = r;
        r->listed = true;
    }
    r->due_s = restart_due(&r->g);
    note_due(p, r);
}

int publish_restart_list(struct publish *p, struct publish_restart *r)
{
    if (reserve_shard(p, r->shard) != 0)
        return -1;
    relist(p, r);
    return 0;
}

/* ---- who, for records that no frame brings ---- */

/* The payload of a source's frame, then whether there is a BGP identifier, and which. */
static int keep_who(struct publish_restart *r, const struct track_item *item)
{
    enum { ID_LEN = 5 };
    uint8_t raw[SOURCE_PAYLOAD_MAX + ID_LEN];
    struct wr w = wr_of(raw, sizeof raw);
    struct source_info info = item->source->info;
    wr_u8(&w, item->peer->has_bgp_id);
    wr_bytes(&w, item->peer->bgp_id, 4);
    info.remote_asn = item->peer->asn;
    source_encode(&info, &w);
    void *who = malloc(w.len);
    if (who == NULL)
        return -1;
    memcpy(who, raw, w.len);
    free(r->who);
    r->who = who;
    r->who_len = w.len;
    return 0;
}

bool publish_restart_who(const struct publish_restart *r, struct track_source *s,
                     struct track_peer *peer)
{
    struct cur c = cur_of(r->who, r->who_len), id;
    uint8_t has_id;
    *s = (struct track_source){.shard = r->shard};
    *peer = (struct track_peer){.id = 0};
    if (!cur_u8(&c, &has_id) || !cur_take(&c, 4, &id) ||
        source_decode(c.p, c.left, &s->info) != 0)
        return false;
    peer->has_bgp_id = has_id != 0;
    memcpy(peer->bgp_id, id.p, 4);
    peer->addr = s->info.remote;
    peer->local = s->info.local;
    peer->asn = s->info.remote_asn;
    return true;
}

/* What the sessions of a peer have left behind is found by the peer alone. */
static struct publish_who left_by(const struct track_source *s, const struct track_peer *peer)
{
    return (struct publish_who){.left = true, .router = &s->info.remote, .peer = peer};
}

/* ---- sessions ---- */

void publish_restart_drop(struct publish *p, struct publish_count *c)
{
    struct publish_restart *r = c->restart;
    if (r == NULL)
        return;
    unlist(p, r);
    p->left_cnt -= r->over;
    free(r->who);
    free(r);
    c->restart = NULL;
}

static void move_marks(struct publish_place *to, struct publish_place *from)
{
    free(to->marks);
    to->marks = from->marks;
    to->mark_cnt = from->mark_cnt;
    for (unsigned i = 0; i < to->mark_cnt; i++)
        to->marks[i].from = 0; /* a refresh ends with its session */
    from->marks = NULL;
    from->mark_cnt = 0;
}

/* What a session left is the next one's to end. */
static void take_places(struct publish *p, struct publish_count *c, struct publish_count *left)
{
    for (unsigned t = 0; t < p->o.topic_cnt; t++) {
        struct publish_place *from = &left->at[t], *to = &c->at[t];
        if (from->epoch_us == 0 || to->epoch_us != 0)
            continue;
        to->former = (struct publish_at){from->epoch_us, from->cnt + 1};
        to->floor = from->floor;
        move_marks(to, from);
    }
}

/* All that was left is no more: the view's own floor says so. */
static void forget_former(struct publish *p, struct publish_count *c)
{
    for (unsigned t = 0; t < p->o.topic_cnt; t++) {
        struct publish_place *at = &c->at[t];
        if (at->epoch_us != 0 || at->former.epoch_us == 0)
            continue;
        at->former = (struct publish_at){0, 0};
        move_marks(at, &(struct publish_place){.marks = NULL});
    }
    p->news = (struct publish_news){.keeps = false};
}

/* Finds what the same peer left: of another AS it is nobody's any more. */
static struct publish_count *find_left(struct publish *p, const struct track_item *item)
{
    struct track_source source;
    struct track_peer peer;
    const struct publish_who who = left_by(item->source, item->peer);
    struct publish_count *left = publish_count_find(p, &who);
    if (left == NULL)
        return NULL;
    if (left->restart != NULL && publish_restart_who(left->restart, &source, &peer) &&
        peer.asn == item->peer->asn)
        return left;
    publish_count_drop(p, &who, left);
    return NULL;
}

static uint32_t time_of(const struct track_item *item)
{
    return (uint32_t)(item->frame->time / NS_PER_S);
}

static void learn_opens(struct restart *g, const struct track_peer *peer)
{
    g->own = g->peer = (struct bgp_restart){0};
    restart_open(g, true, peer->sent_open.p, peer->sent_open.left);
    restart_open(g, false, peer->recv_open.p, peer->recv_open.left);
}

static int begin_session(struct publish *p, const struct track_item *item,
                         struct publish_count *c)
{
    if (c->restart != NULL)
        return 0;
    struct publish_restart *r = calloc(1, sizeof *r);
    if (r == NULL)
        return -1;
    c->restart = r;
    r->count = c;
    r->shard = item->shard;
    struct publish_count *left = find_left(p, item);
    const struct restart_routes routes = routes_of(p, r);
    if (left != NULL) {
        r->g = left->restart->g;
        take_places(p, c, left);
        publish_count_drop(p, NULL, left);
        restart_time(&r->g, &routes, time_of(item));
        p->news.stale = p->news.all; /* seen from the session that begins */
        p->news.all = (struct bgp_family_set){0};
    }
    learn_opens(&r->g, item->peer);
    restart_up(&r->g, &routes, time_of(item));
    if (!restart_keeps(&r->g))
        forget_former(p, c);
    else if (keep_who(r, item) != 0)
        return -1;
    return publish_restart_list(p, r);
}

static void end_session(struct publish *p, const struct track_item *item,
                        struct publish_count *c)
{
    struct publish_restart *r = c->restart;
    if (r == NULL)
        return;
    const struct restart_routes routes = routes_of(p, r);
    if (p->left_cnt >= LEFT_MAX)
        r->g.for_good = true;
    restart_time(&r->g, &routes, time_of(item));
    restart_down(&r->g, &routes, time_of(item));
    p->news.keeps = restart_keeps(&r->g);
}

static int on_state(struct publish *p, const struct track_item *item, struct publish_count *c)
{
    struct source_change change;
    if (source_state_decode(item->frame->p, item->frame->len, &change) != 0)
        return 0;
    if (change.new_state == SOURCE_STATE_ESTABLISHED)
        return begin_session(p, item, c);
    if (change.old_state == SOURCE_STATE_ESTABLISHED)
        end_session(p, item, c);
    return 0;
}

/* The first message of a session whose beginning went unseen begins it. */
static int on_message(struct publish *p, const struct track_item *item, struct publish_count *c)
{
    uint8_t state = item->peer->state;
    uint8_t type = item->bgp_len >= BGP_HEADER_LEN ? item->bgp[BGP_HEADER_LEN - 1] : 0;
    if (state != 0 && state != SOURCE_STATE_ESTABLISHED)
        return 0;
    if (type == BGP_TYPE_NOTIFICATION && c->restart != NULL)
        restart_notified(&c->restart->g, item->bgp, item->bgp_len);
    bool recv = item->frame->kind == JOURNAL_BGP_RECV;
    return recv && type == BGP_TYPE_UPDATE ? begin_session(p, item, c) : 0;
}

int publish_restart_begin(struct publish *p, const struct track_item *item,
                          struct publish_count *c)
{
    p->news = (struct publish_news){.keeps = false};
    if (!p->has_tables || item->source == NULL || item->peer == NULL ||
        item->source->info.kind != SOURCE_BGP)
        return 0;
    if (item->frame->kind == JOURNAL_STATE)
        return on_state(p, item, c);
    if (item->frame->kind == JOURNAL_GONE)
        publish_restart_drop(p, c); /* a session that is up ends with the collector */
    else if (item->bgp != NULL)
        return on_message(p, item, c);
    return 0;
}

/* Moves what a session leaves behind to where the next one finds it. */
static int leave(struct publish *p, const struct track_item *item, struct publish_count *c)
{
    const struct publish_who who = left_by(item->source, item->peer);
    publish_count_drop(p, &who, NULL);
    struct publish_count *left = publish_count_get(p, &who);
    if (left == NULL || keep_who(c->restart, item) != 0)
        return -1;
    for (unsigned t = 0; t < p->o.topic_cnt; t++) {
        if (p->o.topics[t].format != PUBLISH_STATE)
            continue;
        struct publish_place *from = &c->at[t], *to = &left->at[t];
        to->epoch_us = from->epoch_us;
        to->cnt = from->cnt;
        to->floor = from->floor;
        move_marks(to, from);
    }
    left->restart = c->restart;
    left->restart->count = left;
    left->restart->over = true;
    c->restart = NULL;
    p->left_cnt++;
    return publish_restart_list(p, left->restart);
}

int publish_restart_end(struct publish *p, const struct track_item *item,
                        struct publish_count *c)
{
    struct publish_restart *r = c->restart;
    bool ended = item->frame->kind == JOURNAL_STATE && r != NULL && !r->g.up;
    if (ended && p->news.keeps)
        return leave(p, item, c);
    if (ended)
        publish_restart_drop(p, c);
    return 0;
}

void publish_restart_eor(struct publish *p, unsigned family)
{
    struct publish_restart *r = p->whose->restart;
    if (r == NULL || family == BGP_FAMILY_NONE)
        return;
    const struct restart_routes routes = routes_of(p, r);
    restart_eor(&r->g, &routes, family);
    if (r->listed)
        relist(p, r);
}

/* ---- time ---- */

/* Whether what is left goes before an item whatever its time: with the collector's memory, and
 * where frames that say more may be lost. */
static bool is_ended_by(const struct publish_restart *r, const struct track_item *next)
{
    if (!r->over)
        return false;
    return next->frame->kind == JOURNAL_START ||
           ((next->after_loss || next->frame->kind == JOURNAL_LOST) && r->shard == next->shard);
}

static bool ends_some(const struct track_item *next)
{
    return next != NULL && (next->frame->kind == JOURNAL_START || next->after_loss ||
                            next->frame->kind == JOURNAL_LOST);
}

/* Looks, cheaply, whether some period may be over. */
static bool may_be_due(const struct publish *p, const struct track_item *next, uint64_t sec)
{
    if (p->stale == NULL)
        return false;
    return sec >= (uint64_t)p->due_s + GRACE_S || ends_some(next) ||
           (next != NULL && next->shard < p->shard_cnt && sec >= p->due_by_shard[next->shard]);
}

static struct publish_restart *find_due(const struct publish *p, const struct track_item *next,
                                        uint64_t sec)
{
    bool some = ends_some(next);
    for (struct publish_restart *r = p->stale; r != NULL; r = r->next) {
        uint64_t grace = next != NULL && next->shard == r->shard ? 0 : GRACE_S;
        if (sec >= r->due_s + grace || (some && is_ended_by(r, next)))
            return r;
    }
    return NULL;
}

/* Nothing was: those that had been are no more. */
static void look_again(struct publish *p)
{
    p->due_s = UINT32_MAX;
    for (unsigned i = 0; i < p->shard_cnt; i++)
        p->due_by_shard[i] = UINT32_MAX;
    for (const struct publish_restart *r = p->stale; r != NULL; r = r->next)
        note_due(p, r);
}

/* Ends what is over at r's next time, or at that of the item that ends it all. */
static uint64_t pass_time(struct publish *p, struct publish_restart *r,
                          const struct track_item *next)
{
    const struct restart_routes routes = routes_of(p, r);
    uint64_t due_ns = r->due_s * NS_PER_S;
    bool all = next != NULL && is_ended_by(r, next) && next->frame->time < due_ns;
    p->news = (struct publish_news){.keeps = false};
    if (all) {
        r->g.stale = r->g.ll_stale = (struct bgp_family_set){0};
        return next->frame->time;
    }
    restart_time(&r->g, &routes, r->due_s);
    p->news.keeps = restart_keeps(&r->g);
    return due_ns;
}

int publish_restart_next(struct publish *p, const struct track_item *next, uint64_t now_ns,
                         struct publish_overdue *o)
{
    uint64_t sec = (next != NULL ? next->frame->time : now_ns) / NS_PER_S;
    if (!may_be_due(p, next, sec))
        return 0;
    struct publish_restart *r = find_due(p, next, sec);
    if (r == NULL) {
        look_again(p);
        return 0;
    }
    *o = (struct publish_overdue){.count = r->count};
    if (!publish_restart_who(r, &o->source, &o->peer))
        return -1;
    const struct publish_who who = left_by(&o->source, &o->peer);
    publish_count_name(p, &who, r->count);
    o->frame.kind = JOURNAL_NONE;
    o->frame.time = pass_time(p, r, next);
    o->item = (struct track_item){
        .frame = &o->frame, .shard = r->shard, .source = &o->source, .peer = &o->peer};
    return 1;
}

void publish_restart_done(struct publish *p, struct publish_overdue *o)
{
    struct publish_restart *r = o->count->restart;
    track_peer_changed(&o->peer);
    if (!r->over || restart_keeps(&r->g))
        relist(p, r);
    else
        publish_count_drop(p, NULL, o->count);
}
