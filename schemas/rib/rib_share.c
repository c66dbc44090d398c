/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_share: epochs of a peer's routes, marks and sweeps as borders, and tidying. Floor F3. */
#include <assert.h>

#include "bgp/nlri_map.h"
#include "schemas/rib/rib_int.h"

enum {
    TIDY_MIN = 1 << 16, /* dead entries that are left alone */
    TIDY_SHARE = 8,     /* as are fewer than an eighth of all */
    TIDY_STEP = 32,     /* slots looked at per announcement */
};

static struct rib_peer *peer_of(const struct rib *r, uint32_t peer)
{
    assert(peer < r->peer_cnt && r->peers[peer].used);
    return &r->peers[peer];
}

uint8_t rib_share_marks(const struct rib_share *s, uint8_t epoch)
{
    return (uint8_t)((epoch < s->from[RIB_MARK_STALE - 1] ? RIB_MARK_STALE : 0) |
                     (epoch < s->from[RIB_MARK_REFRESH - 1] ? RIB_MARK_REFRESH : 0));
}

/* ---- counting ---- */

static void count_route(struct rib *r, uint32_t peer, struct rib_share *s)
{
    s->routes++;
    r->peers[peer].routes++;
    r->routes++;
}

static void count_gone(struct rib *r, uint32_t peer, struct rib_share *s, uint32_t cnt)
{
    s->routes -= cnt;
    r->peers[peer].routes -= cnt;
    r->routes -= cnt;
}

static void count_freed(struct rib *r, uint32_t peer, struct rib_share *s)
{
    s->held--;
    r->peers[peer].held--;
    r->held--;
}

void rib_share_add(struct rib *r, uint32_t peer, unsigned family)
{
    struct rib_share *s = rib_share_of(r, peer, family);
    s->held++;
    r->peers[peer].held++;
    r->held++;
    count_route(r, peer, s);
    for (unsigned i = 0; i < RIB_MARKS; i++)
        s->fresh[i]++;
}

void rib_share_again(struct rib *r, uint32_t peer, unsigned family, uint8_t epoch)
{
    struct rib_share *s = rib_share_of(r, peer, family);
    if (epoch < s->floor)
        count_route(r, peer, s);
    for (unsigned i = 0; i < RIB_MARKS; i++)
        s->fresh[i] += epoch < s->from[i]; /* dead ones among them */
}

void rib_share_del(struct rib *r, uint32_t peer, unsigned family, uint8_t epoch)
{
    struct rib_share *s = rib_share_of(r, peer, family);
    count_gone(r, peer, s, 1);
    count_freed(r, peer, s);
    for (unsigned i = 0; i < RIB_MARKS; i++)
        s->fresh[i] -= epoch >= s->from[i];
}

/* ---- walks over a family's table ---- */

struct visit {
    bool (*drop)(void *arg, struct rib *r, uint32_t *entry, unsigned width);
    void *arg;
};

/* Visits the entries of slots `from` up to `to`. Returns the slot after the last one. A removed
 * node's slot gets one that comes later, or a wrapped one that was seen: looking at the slot
 * again misses none. */
static uint32_t visit_slots(struct rib *r, unsigned family, uint32_t from, uint32_t to,
                            const struct visit *v)
{
    const struct rib_table *t = &r->tables[family];
    while (from < to && from < t->slot_cnt) {
        if (t->slots[from].node == 0) {
            from++;
            continue;
        }
        struct rib_node *node = rib_node_at(r, t->slots[from].node);
        rib_chain_filter(r, node, v->drop, v->arg);
        if (node->chunks == 0)
            rib_table_remove(r, family, from);
        else
            from++;
    }
    return from;
}

static bool free_dead(void *arg, struct rib *r, uint32_t *e, unsigned width)
{
    unsigned family = *(const unsigned *)arg;
    uint32_t peer = e[RIB_WORD_PEER] & RIB_PEERS_MAX;
    struct rib_share *s = rib_share_of(r, peer, family);
    if (rib_epoch_of(e) >= s->floor)
        return false;
    rib_entry_release(r, e, width);
    count_freed(r, peer, s);
    rib_peer_let_go(r, peer);
    return true;
}

bool rib_tidy(struct rib *r, uint32_t nodes)
{
    unsigned left = nlri_map_cnt + 1; /* families to look at, the first one twice */
    while (nodes > 0 && left > 0 && r->held > r->routes) {
        struct rib_table *t = &r->tables[r->tidy_family];
        struct visit v = {.drop = free_dead, .arg = &r->tidy_family};
        uint32_t from = t->tidy;
        uint32_t to = t->slot_cnt - from > nodes ? from + nodes : t->slot_cnt;
        t->tidy = visit_slots(r, r->tidy_family, from, to, &v);
        nodes -= t->tidy - from < nodes ? t->tidy - from : nodes;
        if (t->tidy < t->slot_cnt)
            continue;
        t->tidy = 0;
        r->tidy_family = (r->tidy_family + 1) % nlri_map_cnt;
        left--;
        if (r->tidy_family == 0)
            r->tidying = false;
    }
    return r->held > r->routes;
}

void rib_tidy_some(struct rib *r)
{
    uint64_t dead = r->held - r->routes;
    if (dead > TIDY_MIN && dead > r->held / TIDY_SHARE)
        r->tidying = true; /* until all tables were looked at once */
    if (r->tidying && dead > 0)
        (void)rib_tidy(r, TIDY_STEP);
}

/* ---- borders ---- */

struct renumber {
    uint32_t peer;
    struct rib_share *s;
    uint8_t low, high; /* borders of the marks */
};

/* Three epochs say all that is known of a route: how many borders it is past. */
static uint8_t new_epoch(const struct renumber *n, uint8_t epoch)
{
    return (uint8_t)((epoch >= n->low) + (epoch >= n->high));
}

static bool renumber_entry(void *arg, struct rib *r, uint32_t *e, unsigned width)
{
    struct renumber *n = arg;
    uint8_t epoch = rib_epoch_of(e);
    if ((e[RIB_WORD_PEER] & RIB_PEERS_MAX) != n->peer)
        return false;
    if (epoch < n->s->floor) {
        rib_entry_release(r, e, width);
        count_freed(r, n->peer, n->s);
        return true;
    }
    e[RIB_WORD_PEER] &= ~((uint32_t)RIB_EPOCH_MAX << RIB_PEER_BITS);
    e[RIB_WORD_PEER] |= (uint32_t)new_epoch(n, epoch) << RIB_PEER_BITS;
    return false;
}

/* The numbers are used up: gives the routes low ones. The only walk a mark can cost, and only
 * after more than a hundred of them. */
static void renumber(struct rib *r, uint32_t peer, unsigned family, struct rib_share *s)
{
    struct renumber n = {.peer = peer, .s = s, .low = s->from[0], .high = s->from[1]};
    if (n.low > n.high) {
        n.low = s->from[1];
        n.high = s->from[0];
    }
    struct visit v = {.drop = renumber_entry, .arg = &n};
    visit_slots(r, family, 0, UINT32_MAX, &v);
    s->epoch = new_epoch(&n, s->epoch);
    s->floor = new_epoch(&n, s->floor);
    for (unsigned i = 0; i < RIB_MARKS; i++)
        s->from[i] = new_epoch(&n, s->from[i]);
}

/* Begins an epoch: all routes so far are of earlier ones. */
static void next_epoch(struct rib *r, uint32_t peer, unsigned family, struct rib_share *s)
{
    if (s->epoch == RIB_EPOCH_MAX)
        renumber(r, peer, family, s);
    s->epoch++;
}

/* Drops routes below a border. */
static uint32_t raise_floor(struct rib *r, uint32_t peer, struct rib_share *s, uint8_t floor,
                            uint32_t left)
{
    uint32_t gone = s->routes - left;
    count_gone(r, peer, s, gone);
    s->floor = floor;
    for (unsigned i = 0; i < RIB_MARKS; i++) {
        if (s->from[i] > floor)
            continue;
        s->from[i] = floor;
        s->fresh[i] = left;
    }
    return gone;
}

typedef uint32_t share_fn(struct rib *r, uint32_t peer, unsigned family, struct rib_share *s,
                          enum rib_mark mark);

static uint32_t clear_share(struct rib *r, uint32_t peer, unsigned family, struct rib_share *s,
                            enum rib_mark mark)
{
    (void)mark;
    if (s->routes == 0)
        return 0;
    next_epoch(r, peer, family, s);
    return raise_floor(r, peer, s, s->epoch, 0);
}

static uint32_t mark_share(struct rib *r, uint32_t peer, unsigned family, struct rib_share *s,
                           enum rib_mark mark)
{
    if (s->routes == 0)
        return 0;
    next_epoch(r, peer, family, s);
    s->from[mark - 1] = s->epoch;
    s->fresh[mark - 1] = 0;
    return 0;
}

static uint32_t sweep_share(struct rib *r, uint32_t peer, unsigned family, struct rib_share *s,
                            enum rib_mark mark)
{
    (void)family;
    return raise_floor(r, peer, s, s->from[mark - 1], s->fresh[mark - 1]);
}

static uint32_t each_share(struct rib *r, uint32_t peer, unsigned family, share_fn *fn,
                           enum rib_mark mark)
{
    struct rib_share *all = peer_of(r, peer)->by_family;
    uint32_t gone = 0;
    for (unsigned f = 0; all != NULL && f < nlri_map_cnt; f++) {
        if (family == RIB_ALL_FAMILIES || family == f)
            gone += fn(r, peer, f, &all[f], mark);
    }
    return gone;
}

uint32_t rib_clear(struct rib *r, uint32_t peer, unsigned family)
{
    if (family == RIB_ALL_FAMILIES)
        peer_of(r, peer)->refused = 0;
    return each_share(r, peer, family, clear_share, RIB_MARK_STALE);
}

void rib_mark(struct rib *r, uint32_t peer, unsigned family, enum rib_mark mark)
{
    each_share(r, peer, family, mark_share, mark);
}

uint32_t rib_sweep(struct rib *r, uint32_t peer, unsigned family, enum rib_mark mark)
{
    return each_share(r, peer, family, sweep_share, mark);
}

/* ---- by attributes ---- */

struct filter {
    uint32_t peer;
    unsigned family;
    bool (*fn)(void *arg, struct cur attrs);
    void *arg;
    uint32_t gone;
};

static bool filter_entry(void *arg, struct rib *r, uint32_t *e, unsigned width)
{
    struct filter *f = arg;
    if ((e[RIB_WORD_PEER] & RIB_PEERS_MAX) != f->peer || !rib_entry_lives(r, e, f->family) ||
        !f->fn(f->arg, rib_attrs_get(&r->attrs, e[RIB_WORD_ATTRS])))
        return false;
    rib_share_del(r, f->peer, f->family, rib_epoch_of(e));
    rib_entry_release(r, e, width);
    f->gone++;
    return true;
}

uint32_t rib_filter(struct rib *r, uint32_t peer, unsigned family,
                    bool (*fn)(void *arg, struct cur attrs), void *arg)
{
    struct filter f = {.peer = peer, .fn = fn, .arg = arg};
    struct visit v = {.drop = filter_entry, .arg = &f};
    const struct rib_share *all = peer_of(r, peer)->by_family;
    for (f.family = 0; all != NULL && f.family < nlri_map_cnt; f.family++) {
        if (all[f.family].routes > 0 && (family == RIB_ALL_FAMILIES || family == f.family))
            visit_slots(r, f.family, 0, UINT32_MAX, &v);
    }
    return f.gone;
}
