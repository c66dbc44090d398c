/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_walk: the RIB in order of keys. Floor F3. */
#include "schemas/rib/rib.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/rib/rib_int.h"

/* A node and the first octets of its key, so that most comparisons need no other memory. */
struct place {
    uint64_t head; /* the key's first eight octets, big-endian, zero-filled */
    const struct rib_node *node;
};

static uint64_t head_of(const struct rib_node *n)
{
    uint64_t head = 0;
    for (unsigned i = 0; i < 8; i++)
        head = head << 8 | (i < n->key_len ? n->key[i] : 0);
    return head;
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    size_t len = a->node->key_len < b->node->key_len ? a->node->key_len : b->node->key_len;
    int c = memcmp(a->node->key, b->node->key, len);
    return c != 0 ? c : (int)a->node->key_len - (int)b->node->key_len;
}

static struct place *sorted(const struct rib *r, const struct rib_table *t)
{
    struct place *places = malloc(t->cnt * sizeof(places[0]));
    size_t cnt = 0;
    if (places == NULL)
        return NULL;
    for (uint32_t i = 0; i < t->slot_cnt; i++) {
        if (t->slots[i].node == 0)
            continue;
        const struct rib_node *n = rib_node_at(r, t->slots[i].node);
        places[cnt++] = (struct place){.head = head_of(n), .node = n};
    }
    qsort(places, cnt, sizeof(places[0]), compare_places);
    return places;
}

/* The routes of one node. */
struct view {
    struct rib_route *routes; /* owned */
    size_t cnt, cap;
    uint8_t prefix[17];
};

static int view_room(struct view *v)
{
    if (v->cnt < v->cap)
        return 0;
    size_t cap = v->cap > 0 ? 2 * v->cap : 64;
    struct rib_route *more = reallocarray(v->routes, cap, sizeof(more[0]));
    if (more == NULL)
        return -1;
    v->routes = more;
    v->cap = cap;
    return 0;
}

static void read_entry(const struct rib *r, const uint32_t *e, unsigned width,
                       const struct rib_share *share, struct rib_route *route)
{
    uint32_t flags = e[RIB_WORD_PEER] >> RIB_PEER_BITS;
    route->peer = e[RIB_WORD_PEER] & RIB_PEERS_MAX;
    route->has_path_id = (flags & RIB_FLAG_PATH_ID) != 0;
    route->path_id = width > RIB_WIDTH_PLAIN ? e[RIB_WORD_PATH_ID] : 0;
    route->marks = rib_share_marks(share, rib_epoch_of(e));
    route->time_s = e[RIB_WORD_TIME];
    route->attrs_id = e[RIB_WORD_ATTRS];
    route->attrs = rib_attrs_get(&r->attrs, route->attrs_id);
    if (width == RIB_WIDTH_NLRI)
        route->nlri = rib_attrs_get(&r->attrs, e[RIB_WORD_NLRI]);
}

static int compare_routes(const void *left, const void *right)
{
    const struct rib_route *a = left, *b = right;
    if (a->peer != b->peer)
        return a->peer < b->peer ? -1 : 1;
    if (a->has_path_id != b->has_path_id)
        return a->has_path_id ? 1 : -1;
    return a->path_id < b->path_id ? -1 : a->path_id > b->path_id;
}

/* Peers come in the order in which they announced, mostly that of their numbers. */
static void sort_routes(struct view *v)
{
    size_t i = 1;
    while (i < v->cnt && compare_routes(&v->routes[i - 1], &v->routes[i]) < 0)
        i++;
    if (i < v->cnt)
        qsort(v->routes, v->cnt, sizeof(v->routes[0]), compare_routes);
}

static int read_node(const struct rib *r, unsigned family, const struct rib_node *n,
                     struct view *v)
{
    struct rib_chunk *c;
    v->cnt = 0;
    size_t prefix_len = 0;
    for (uint32_t block = n->chunks; block != 0; block = c->next) {
        c = rib_chunk_at(r, block);
        if (c->width != RIB_WIDTH_NLRI && prefix_len == 0)
            prefix_len = rib_key_to_prefix(n, v->prefix);
        for (unsigned i = 0; i < c->cap; i++) {
            const uint32_t *e = rib_entry(c, i);
            if (e[RIB_WORD_ATTRS] == 0 || !rib_entry_lives(r, e, family))
                continue;
            if (view_room(v) != 0)
                return -1;
            const struct rib_share *share =
                rib_share_of(r, e[RIB_WORD_PEER] & RIB_PEERS_MAX, family);
            v->routes[v->cnt].nlri = cur_of(v->prefix, prefix_len);
            read_entry(r, e, c->width, share, &v->routes[v->cnt++]);
        }
    }
    sort_routes(v);
    return 0;
}

int rib_walk(const struct rib *r, unsigned family,
             int (*fn)(void *arg, const struct rib_node_view *v), void *arg)
{
    const struct rib_table *t = &r->tables[family];
    if (t->cnt == 0)
        return 0;
    struct place *places = sorted(r, t);
    if (places == NULL)
        return -1;
    struct view v = {0};
    int rc = 0;
    for (uint32_t i = 0; i < t->cnt && rc == 0; i++) {
        rc = read_node(r, family, places[i].node, &v);
        if (rc == 0 && v.cnt > 0)
            rc = fn(arg, &(struct rib_node_view){family, v.routes, v.cnt});
    }
    free(v.routes);
    free(places);
    return rc;
}
