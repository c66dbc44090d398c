/* SPDX-License-Identifier: BSD-2-Clause */
/* rib: peers, and the changes that messages and sessions make. Floor F3. */
#include "schemas/rib/rib.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bgp/nlri_map.h"
#include "schemas/rib/rib_int.h"

enum { PEERS_MIN = 16 };

struct rib *rib_new(void)
{
    struct rib *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    rib_attrs_init(&r->attrs, &r->pool);
    hash_random_key(r->key);
    r->free_peer = RIB_PEER_NONE;
    return r;
}

void rib_free(struct rib *r)
{
    if (r == NULL)
        return;
    for (unsigned f = 0; f < BGP_FAMILIES_MAX; f++)
        free(r->tables[f].slots);
    for (uint32_t i = 0; i < r->peer_cnt; i++)
        free(r->peers[i].by_family);
    free(r->peers);
    rib_attrs_free(&r->attrs);
    rib_pool_drop(&r->pool);
    free(r);
}

struct rib_attrs *rib_attrs_of(struct rib *r)
{
    return &r->attrs;
}

/* ---- peers ---- */

static struct rib_peer *peer_of(const struct rib *r, uint32_t peer)
{
    assert(peer < r->peer_cnt && r->peers[peer].used);
    return &r->peers[peer];
}

/* Takes a number that was given back, or a new one. */
static uint32_t take_number(struct rib *r)
{
    uint32_t peer = r->free_peer;
    if (peer != RIB_PEER_NONE) {
        r->free_peer = r->peers[peer].next_free;
        return peer;
    }
    if (r->peer_cnt == RIB_PEERS_MAX) {
        errno = ENOMEM;
        return RIB_PEER_NONE;
    }
    if (r->peer_cnt == r->peer_cap) {
        uint32_t cap = r->peer_cap > 0 ? 2 * r->peer_cap : PEERS_MIN;
        struct rib_peer *more = reallocarray(r->peers, cap, sizeof(more[0]));
        if (more == NULL)
            return RIB_PEER_NONE;
        r->peers = more;
        r->peer_cap = cap;
    }
    return r->peer_cnt++;
}

uint32_t rib_peer_add(struct rib *r, uint32_t limit)
{
    uint32_t peer = take_number(r);
    if (peer != RIB_PEER_NONE)
        r->peers[peer] = (struct rib_peer){.used = true, .limit = limit};
    return peer;
}

void rib_peer_limit(struct rib *r, uint32_t peer, uint32_t limit)
{
    peer_of(r, peer)->limit = limit;
}

bool rib_peer_holds(const struct rib *r, uint32_t peer)
{
    return peer_of(r, peer)->held > 0;
}

void rib_peer_remove(struct rib *r, uint32_t peer)
{
    struct rib_peer *p = peer_of(r, peer);
    rib_clear(r, peer, RIB_ALL_FAMILIES);
    p->used = false;
    p->leaving = true;
    rib_peer_let_go(r, peer);
}

void rib_peer_let_go(struct rib *r, uint32_t peer)
{
    struct rib_peer *p = &r->peers[peer];
    if (!p->leaving || p->held > 0)
        return;
    free(p->by_family);
    *p = (struct rib_peer){.next_free = r->free_peer};
    r->free_peer = peer;
}

uint32_t rib_peer_routes(const struct rib *r, uint32_t peer)
{
    return peer_of(r, peer)->routes;
}

uint32_t rib_peer_family_routes(const struct rib *r, uint32_t peer, unsigned family)
{
    const struct rib_share *all = peer_of(r, peer)->by_family;
    return all != NULL && family < nlri_map_cnt ? all[family].routes : 0;
}

uint64_t rib_peer_refused(const struct rib *r, uint32_t peer)
{
    return peer_of(r, peer)->refused;
}

/* ---- one route ---- */

static struct rib_who who_of(uint32_t peer, const struct nlri *n)
{
    return (struct rib_who){.peer = peer,
                            .path_id = n->has_path_id ? n->path_id : 0,
                            .has_path_id = n->has_path_id};
}

/* What a route is stored as. */
struct content {
    struct rib_who who;
    enum rib_width width;
    uint32_t attrs, nlri, time_s;
};

static void fill(uint32_t *e, const struct content *c, uint8_t epoch)
{
    uint32_t flags = epoch | (c->who.has_path_id ? RIB_FLAG_PATH_ID : 0);
    e[RIB_WORD_PEER] = flags << RIB_PEER_BITS | c->who.peer;
    e[RIB_WORD_ATTRS] = c->attrs;
    e[RIB_WORD_TIME] = c->time_s;
    if (c->width > RIB_WIDTH_PLAIN)
        e[RIB_WORD_PATH_ID] = c->who.path_id;
    if (c->width > RIB_WIDTH_PATH_ID)
        e[RIB_WORD_NLRI] = c->nlri;
}

void rib_entry_release(struct rib *r, const uint32_t *e, unsigned width)
{
    rib_attrs_release(&r->attrs, e[RIB_WORD_ATTRS]);
    if (width == RIB_WIDTH_NLRI)
        rib_attrs_release(&r->attrs, e[RIB_WORD_NLRI]);
}

/* Takes the holds that an entry has: of its attributes and of its NLRI. */
static int hold(struct rib *r, const struct nlri *n, struct content *c)
{
    if (c->width == RIB_WIDTH_NLRI) {
        c->nlri = rib_attrs_hold(&r->attrs, n->body.p, n->body.left);
        if (c->nlri == 0)
            return -1;
    }
    rib_attrs_hold_again(&r->attrs, c->attrs);
    return 0;
}

/* Announces over an entry of the same route, dead or not. */
static enum rib_result replace(struct rib *r, unsigned family, uint32_t *e,
                               const struct nlri *n, struct content *c)
{
    bool lives = rib_entry_lives(r, e, family);
    if (hold(r, n, c) != 0)
        return RIB_FAILED;
    rib_entry_release(r, e, c->width);
    rib_share_again(r, c->who.peer, family, rib_epoch_of(e));
    fill(e, c, rib_share_of(r, c->who.peer, family)->epoch);
    return lives ? RIB_REPLACED : RIB_NEW;
}

/* `slot`: the node's, or RIB_NO_SLOT when there is none yet. */
static enum rib_result add(struct rib *r, uint32_t slot, const struct rib_key *k,
                           const struct nlri *n, struct content *c)
{
    struct rib_peer *p = &r->peers[c->who.peer];
    if (p->by_family == NULL)
        p->by_family = calloc(nlri_map_cnt, sizeof(p->by_family[0]));
    if (p->by_family != NULL && slot == RIB_NO_SLOT)
        slot = rib_table_make(r, k);
    if (p->by_family == NULL || slot == RIB_NO_SLOT)
        return RIB_FAILED;
    struct rib_node *node = rib_node_at(r, r->tables[k->family].slots[slot].node);
    if (hold(r, n, c) != 0)
        goto failed;
    uint32_t *e = rib_chain_add(r, node, c->width);
    if (e == NULL) {
        rib_attrs_release(&r->attrs, c->attrs);
        if (c->width == RIB_WIDTH_NLRI)
            rib_attrs_release(&r->attrs, c->nlri);
        goto failed;
    }
    rib_share_add(r, c->who.peer, k->family);
    fill(e, c, p->by_family[k->family].epoch);
    return RIB_NEW;
failed:
    if (node->chunks == 0)
        rib_table_remove(r, k->family, slot);
    return RIB_FAILED;
}

enum rib_result rib_announce(struct rib *r, uint32_t peer, const struct nlri *n, uint32_t attrs,
                             uint32_t time_s)
{
    struct rib_peer *p = peer_of(r, peer);
    struct rib_key k;
    struct rib_chunk *in;
    if (rib_key_of(n, &k) != 0 || n->body.left > RIB_ATTRS_MAX)
        return RIB_NO_KEY;
    struct content c = {.who = who_of(peer, n), .attrs = attrs, .time_s = time_s};
    c.width = !k.whole ? RIB_WIDTH_NLRI : n->has_path_id ? RIB_WIDTH_PATH_ID : RIB_WIDTH_PLAIN;
    rib_tidy_some(r);
    uint32_t slot = rib_table_find(r, &k), *e = NULL;
    if (slot != RIB_NO_SLOT) {
        const struct rib_node *node = rib_node_at(r, r->tables[k.family].slots[slot].node);
        e = rib_chain_find(r, node, &c.who, &in);
    }
    bool fresh = e == NULL || !rib_entry_lives(r, e, k.family);
    if (fresh && p->limit > 0 && p->routes >= p->limit) {
        p->refused++;
        return RIB_FULL;
    }
    return e != NULL ? replace(r, k.family, e, n, &c) : add(r, slot, &k, n, &c);
}

bool rib_find(const struct rib *r, uint32_t peer, const struct nlri *n, struct rib_route *route)
{
    struct rib_key k;
    struct rib_chunk *in;
    uint32_t slot = rib_key_of(n, &k) == 0 ? rib_table_find(r, &k) : RIB_NO_SLOT;
    if (slot == RIB_NO_SLOT)
        return false;
    struct rib_who who = who_of(peer, n);
    const struct rib_node *node = rib_node_at(r, r->tables[k.family].slots[slot].node);
    const uint32_t *e = rib_chain_find(r, node, &who, &in);
    if (e == NULL || !rib_entry_lives(r, e, k.family))
        return false;
    const struct rib_share *share = rib_share_of(r, peer, k.family);
    *route = (struct rib_route){.peer = peer,
                                .path_id = who.path_id,
                                .has_path_id = who.has_path_id,
                                .time_s = e[RIB_WORD_TIME],
                                .attrs_id = e[RIB_WORD_ATTRS],
                                .marks = rib_share_marks(share, rib_epoch_of(e)),
                                .attrs = rib_attrs_get(&r->attrs, e[RIB_WORD_ATTRS])};
    return true;
}

static bool is_it(void *arg, struct rib *r, uint32_t *e, unsigned width)
{
    if (e != arg)
        return false;
    rib_entry_release(r, e, width);
    return true;
}

enum rib_result rib_withdraw(struct rib *r, uint32_t peer, const struct nlri *n)
{
    struct rib_key k;
    if (rib_key_of(n, &k) != 0)
        return RIB_NO_KEY;
    uint32_t slot = rib_table_find(r, &k);
    if (slot == RIB_NO_SLOT)
        return RIB_ABSENT;
    struct rib_node *node = rib_node_at(r, r->tables[k.family].slots[slot].node);
    struct rib_who who = who_of(peer, n);
    struct rib_chunk *in;
    uint32_t *e = rib_chain_find(r, node, &who, &in);
    if (e == NULL || !rib_entry_lives(r, e, k.family))
        return RIB_ABSENT;
    rib_share_del(r, peer, k.family, rib_epoch_of(e));
    rib_chain_filter(r, node, is_it, e);
    if (node->chunks == 0)
        rib_table_remove(r, k.family, slot);
    return RIB_WITHDRAWN;
}

void rib_stats(const struct rib *r, struct rib_stats *s)
{
    *s = (struct rib_stats){.routes = r->routes,
                            .dead = r->held - r->routes,
                            .attr_sets = r->attrs.cnt,
                            .used_bytes = r->pool.used,
                            .reserved_bytes =
                                rib_pool_reserved(&r->pool) + rib_attrs_index_size(&r->attrs)};
    for (unsigned f = 0; f < BGP_FAMILIES_MAX; f++) {
        s->nodes += r->tables[f].cnt;
        s->reserved_bytes += (uint64_t)r->tables[f].slot_cnt * sizeof(struct rib_slot);
    }
}
