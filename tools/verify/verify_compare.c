/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_compare: what a dump says beside what the updates made. Floor F4. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "tools/verify/verify.h"
#include "tools/verify/verify_attrs.h"

/* What comparing knows of a peer. */
struct tally {
    struct play_peer *peer;
    uint64_t differences;
    uint64_t stale_there, stale_gone; /* stale routes that the dump has, and has not */
    uint64_t node;                    /* of the runs: */
    size_t table, table_cnt;          /* its routes in the node in hand */
    size_t shadow, shadow_cnt;
};

struct work {
    const struct verify *v;
    struct play *p;
    struct verify_pair *pair;
    const struct verify_keys *recent;
    struct verify_keys *suspects;
    struct tally *tallies;    /* owned */
    struct tally **by_number; /* owned; by number in the RIB */
    bool *is_shadow;          /* owned; likewise */
    uint32_t numbers;
    struct tally **touched; /* owned; peers of the node in hand */
    size_t touched_cnt, tally_cnt;
    uint64_t node;
    unsigned family;
    struct verify_attrs attrs;
};

uint64_t verify_key(const struct mrt_peer *who, const struct nlri *n)
{
    static const uint64_t key[2] = {0x7269627461706521, 0x7665726966792121};
    uint8_t octets[NLRI_KEY_MAX + 64];
    struct wr w = wr_of(octets, sizeof octets);
    wr_u8(&w, who->addr_len);
    wr_bytes(&w, who->addr, who->addr_len);
    wr_u32(&w, who->asn);
    wr_u8(&w, n->has_path_id);
    wr_u32(&w, n->has_path_id ? n->path_id : 0);
    if (nlri_key(n, &w) != 0 || w.overflow)
        return 0;
    uint64_t h = hash_sip13(key, octets, w.len);
    return h != 0 ? h : 1;
}

/* ---- peers ---- */

/* Whether a peer's table is held against the dump: it was known before. */
static bool is_compared(const struct play *p, const struct play_peer *peer)
{
    return peer->shadow != RIB_PEER_NONE || (peer->known && peer->dumped != p->dumps);
}

static void note_number(struct work *w, uint32_t number, struct tally *t, bool shadow)
{
    if (number >= w->numbers)
        return;
    w->by_number[number] = t;
    w->is_shadow[number] = shadow;
}

static int prepare(struct work *w)
{
    uint32_t top = 0;
    for (struct play_peer *x = w->p->first; x != NULL; x = x->next) {
        w->tally_cnt++;
        top = x->updates.peer > top ? x->updates.peer : top;
        if (x->shadow != RIB_PEER_NONE && x->shadow > top)
            top = x->shadow;
    }
    w->numbers = top + 1;
    w->tallies = calloc(w->tally_cnt + 1, sizeof w->tallies[0]);
    w->touched = calloc(w->tally_cnt + 1, sizeof w->touched[0]);
    w->by_number = calloc(w->numbers, sizeof w->by_number[0]);
    w->is_shadow = calloc(w->numbers, sizeof w->is_shadow[0]);
    if (w->tallies == NULL || w->touched == NULL || w->by_number == NULL ||
        w->is_shadow == NULL)
        return -1;
    struct tally *t = w->tallies;
    for (struct play_peer *x = w->p->first; x != NULL; x = x->next, t++) {
        t->peer = x;
        if (!is_compared(w->p, x))
            continue;
        w->pair->compared_peers++;
        note_number(w, x->updates.peer, t, false);
        if (x->shadow != RIB_PEER_NONE)
            note_number(w, x->shadow, t, true);
    }
    return 0;
}

/* ---- differences ---- */

static struct nlri nlri_of(const struct work *w, const struct rib_route *r)
{
    return (struct nlri){.row = nlri_row_of(w->family),
                         .body = r->nlri,
                         .has_path_id = r->has_path_id,
                         .path_id = r->path_id,
                         .ctx = &w->p->ctx[0][1]};
}

static enum verify_class refine(const struct work *w, const struct tally *t,
                                enum verify_class what, uint64_t key)
{
    const uint32_t *ago = verify_keys_get(w->recent, key);
    if (ago != NULL && w->v->o.slack_s > 0 && *ago <= w->v->o.slack_s)
        return VERIFY_SLACK;
    if (ago != NULL)
        return VERIFY_TIMING;
    if (!t->peer->heard && !t->peer->sent && what != VERIFY_NO_PEER)
        return VERIFY_SILENT;
    return what;
}

static bool is_told(const struct verify *v, const struct verify_pair *pair)
{
    return pair->diff_cnt < (v->o.all ? VERIFY_ALL_DIFFS : VERIFY_FIRST_DIFFS);
}

static int tell(struct work *w, const struct tally *t, enum verify_class what, uint64_t key,
                const struct rib_route *updates, const struct rib_route *dump)
{
    struct verify_pair *pair = w->pair;
    if (pair->diff_cnt == pair->diff_cap) {
        size_t cap = pair->diff_cap > 0 ? 2 * pair->diff_cap : VERIFY_FIRST_DIFFS;
        struct verify_diff *more = reallocarray(pair->diff, cap, sizeof more[0]);
        if (more == NULL)
            return -1;
        pair->diff = more;
        pair->diff_cap = cap;
    }
    const struct rib_route *one = dump != NULL ? dump : updates;
    struct nlri n = nlri_of(w, one);
    struct verify_diff *d = &pair->diff[pair->diff_cnt++];
    *d = (struct verify_diff){.what = what,
                              .who = t->peer->who,
                              .family = w->family,
                              .key = key,
                              .time_s = one->time_s};
    d->nlri = verify_attrs_nlri(&n);
    d->updates = updates != NULL ? verify_attrs_text(&w->attrs, w->family, updates) : NULL;
    d->dump = dump != NULL ? verify_attrs_text(&w->attrs, w->family, dump) : NULL;
    return d->nlri != NULL ? 0 : -1;
}

/* Notes one route that differs; either side may be missing. */
static int differ(struct work *w, struct tally *t, enum verify_class what,
                  const struct rib_route *updates, const struct rib_route *dump)
{
    struct nlri n = nlri_of(w, dump != NULL ? dump : updates);
    uint64_t key = verify_key(&t->peer->who, &n);
    bool remark = what == VERIFY_OCTETS || what == VERIFY_SINCE;
    if (!remark) {
        what = refine(w, t, what, key);
        t->differences++;
    }
    w->pair->cnt[what]++;
    bool told = (remark ? w->v->o.strict : what != VERIFY_SLACK) && is_told(w->v, w->pair);
    if (told && tell(w, t, what, key, updates, dump) != 0)
        return -1;
    if (remark || what == VERIFY_SLACK)
        return 0;
    uint32_t place = told ? (uint32_t)w->pair->diff_cnt : 0; /* counted from 1 */
    return verify_keys_set(w->suspects, key, place << 8 | what);
}

/* ---- walking ---- */

static int compare_ids(const struct rib_route *a, const struct rib_route *b)
{
    if (a->has_path_id != b->has_path_id)
        return a->has_path_id ? 1 : -1;
    return a->path_id < b->path_id ? -1 : a->path_id > b->path_id;
}

static int missing(struct work *w, struct tally *t, const struct rib_route *r)
{
    if (r->marks & RIB_MARK_STALE) { /* judged when all are known */
        t->stale_gone++;
        return 0;
    }
    return differ(w, t, t->peer->shadow != RIB_PEER_NONE ? VERIFY_MISSING : VERIFY_NO_PEER, r,
                  NULL);
}

static int both(struct work *w, struct tally *t, const struct rib_route *updates,
                const struct rib_route *dump)
{
    w->pair->compared++;
    t->stale_there += (updates->marks & RIB_MARK_STALE) != 0;
    bool nlri_same = updates->nlri.left == dump->nlri.left &&
                     memcmp(updates->nlri.p, dump->nlri.p, dump->nlri.left) == 0;
    if (updates->attrs_id != dump->attrs_id || !nlri_same) {
        enum verify_attrs_sameness same =
            nlri_same ? verify_attrs_same(&w->attrs, w->family, updates, dump)
                      : VERIFY_ATTRS_DIFFER;
        enum verify_class what = same == VERIFY_ATTRS_SAME       ? VERIFY_OCTETS
                                 : same == VERIFY_ATTRS_LEFT_OUT ? VERIFY_LEFT_OUT
                                                                 : VERIFY_ATTRIBUTES;
        return differ(w, t, what, updates, dump);
    }
    if (dump->time_s != 0 && updates->time_s != dump->time_s)
        return differ(w, t, VERIFY_SINCE, updates, dump);
    return 0;
}

static int compare_peer(struct work *w, struct tally *t, const struct rib_node_view *node)
{
    const struct rib_route *a = node->routes + t->table, *b = node->routes + t->shadow;
    const struct rib_route *a_end = a + t->table_cnt, *b_end = b + t->shadow_cnt;
    int rc = 0;
    while (rc == 0 && (a < a_end || b < b_end)) {
        int order = a == a_end ? 1 : b == b_end ? -1 : compare_ids(a, b);
        if (order < 0) {
            rc = missing(w, t, a++);
        } else if (order > 0) {
            w->pair->compared++;
            rc = differ(w, t, VERIFY_ADDED, NULL, b++);
        } else {
            rc = both(w, t, a++, b++);
        }
    }
    return rc;
}

/* Finds each peer's routes in the node: they lie together. */
static void find_runs(struct work *w, const struct rib_node_view *node)
{
    w->touched_cnt = 0;
    for (size_t i = 0; i < node->cnt;) {
        uint32_t number = node->routes[i].peer;
        size_t first = i;
        while (i < node->cnt && node->routes[i].peer == number)
            i++;
        struct tally *t = number < w->numbers ? w->by_number[number] : NULL;
        if (t == NULL)
            continue;
        if (t->node != w->node) {
            t->node = w->node;
            t->table_cnt = t->shadow_cnt = t->table = t->shadow = 0;
            w->touched[w->touched_cnt++] = t;
        }
        *(w->is_shadow[number] ? &t->shadow : &t->table) = first;
        *(w->is_shadow[number] ? &t->shadow_cnt : &t->table_cnt) = i - first;
    }
}

static int on_node(void *arg, const struct rib_node_view *node)
{
    struct work *w = arg;
    int rc = 0;
    w->node++;
    w->family = node->family;
    find_runs(w, node);
    for (size_t i = 0; i < w->touched_cnt && rc == 0; i++)
        rc = compare_peer(w, w->touched[i], node);
    return rc;
}

/* What the dump says is the truth from here on. Stale routes that are missing one and all were
 * the collector's to forget (it began anew itself); some missing, some not is a difference. */
static void conclude(struct work *w)
{
    for (size_t i = 0; i < w->tally_cnt; i++) {
        struct tally *t = &w->tallies[i];
        if (t->stale_gone > 0)
            w->pair->cnt[t->stale_there > 0 ? VERIFY_MISSING : VERIFY_STALE] += t->stale_gone;
        if (!is_compared(w->p, t->peer))
            continue;
        bool equal = t->differences == 0 && t->stale_gone == 0;
        if (equal)
            play_drop(w->p, t->peer);
        else if (t->peer->shadow != RIB_PEER_NONE)
            play_adopt(w->p, t->peer);
        else
            rib_clear(w->p->rib, t->peer->updates.peer, RIB_ALL_FAMILIES);
    }
}

int verify_compare(const struct verify *v, struct play *p, struct verify_pair *pair,
                   const struct verify_keys *recent, struct verify_keys *suspects)
{
    struct work w = {.v = v, .p = p, .pair = pair, .recent = recent, .suspects = suspects};
    int rc = prepare(&w);
    verify_attrs_begin(&w.attrs);
    for (unsigned f = 0; f < nlri_map_cnt && rc == 0; f++)
        rc = rib_walk(p->rib, f, on_node, &w);
    if (rc == 0)
        conclude(&w);
    verify_attrs_end(&w.attrs);
    free(w.tallies);
    free(w.touched);
    free(w.by_number);
    free(w.is_shadow);
    return rc;
}
