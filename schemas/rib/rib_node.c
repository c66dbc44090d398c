/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_node: keys, the families' tables of nodes, the chains of entries. Floor F3. */
#include "schemas/rib/rib_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bgp/nlri_map.h"

enum { TABLE_MIN = 256 };

/* ---- keys ---- */

/* Octets of an address where the key is {address, length}, else 0. */
static unsigned addr_len_of(unsigned family)
{
    switch (family) {
    case NLRI_IPV4_UNICAST:
    case NLRI_IPV4_MULTICAST:
        return 4;
    case NLRI_IPV6_UNICAST:
    case NLRI_IPV6_MULTICAST:
        return 16;
    default:
        return 0;
    }
}

/* Address first, so that keys sort by prefix, then by length. */
static int prefix_key(struct cur body, unsigned addr_len, struct rib_key *k)
{
    struct nlri_fault fault;
    uint8_t bits;
    if (!cur_u8(&body, &bits) || !nlri_read_addr(&body, bits, addr_len, k->octets, &fault))
        return -1;
    k->octets[addr_len] = bits;
    k->len = (uint16_t)(addr_len + 1);
    k->whole = true;
    return 0;
}

int rib_key_of(const struct nlri *n, struct rib_key *k)
{
    k->family = nlri_family_index(n->row->afi, n->row->safi);
    if (k->family >= nlri_map_cnt)
        return -1;
    unsigned addr_len = addr_len_of(k->family);
    if (addr_len > 0)
        return prefix_key(n->body, addr_len, k);
    struct wr w = wr_of(k->octets, sizeof(k->octets));
    if (n->row->key(n, &w) != 0 || w.overflow)
        return -1;
    k->len = (uint16_t)w.len; /* NLRI_KEY_MAX at most */
    k->whole = false;
    return 0;
}

size_t rib_key_to_prefix(const struct rib_node *n, uint8_t dst[17])
{
    dst[0] = n->key[n->key_len - 1];
    size_t octets = (dst[0] + 7u) / 8;
    memcpy(dst + 1, n->key, octets);
    return 1 + octets;
}

/* ---- nodes ---- */

static size_t node_size(size_t key_len)
{
    return offsetof(struct rib_node, key) + key_len;
}

static uint32_t hash_of(const struct rib *r, const uint8_t *key, size_t len)
{
    return (uint32_t)hash_sip13(r->key, key, len);
}

uint32_t rib_table_find(const struct rib *r, const struct rib_key *k)
{
    const struct rib_table *t = &r->tables[k->family];
    if (t->slot_cnt == 0)
        return RIB_NO_SLOT;
    uint32_t mask = t->slot_cnt - 1, hash = hash_of(r, k->octets, k->len);
    for (uint32_t i = hash & mask; t->slots[i].node != 0; i = (i + 1) & mask) {
        if (t->slots[i].hash != hash)
            continue;
        const struct rib_node *n = rib_node_at(r, t->slots[i].node);
        if (n->key_len == k->len && memcmp(n->key, k->octets, k->len) == 0)
            return i;
    }
    return RIB_NO_SLOT;
}

static uint32_t place(struct rib_table *t, struct rib_slot what)
{
    uint32_t mask = t->slot_cnt - 1, i = what.hash & mask;
    while (t->slots[i].node != 0)
        i = (i + 1) & mask;
    t->slots[i] = what;
    return i;
}

/* Keeps a table at most three quarters full. */
static int make_room(struct rib_table *t)
{
    if (t->cnt < t->slot_cnt - t->slot_cnt / 4)
        return 0;
    struct rib_table more = {.cnt = t->cnt, /* tidying begins anew */
                             .slot_cnt = t->slot_cnt > 0 ? 2 * t->slot_cnt : TABLE_MIN};
    if (t->slot_cnt > UINT32_MAX / 4)
        return -1;
    more.slots = calloc(more.slot_cnt, sizeof(more.slots[0]));
    if (more.slots == NULL)
        return -1;
    for (uint32_t i = 0; i < t->slot_cnt; i++) {
        if (t->slots[i].node != 0)
            place(&more, t->slots[i]);
    }
    free(t->slots);
    *t = more;
    return 0;
}

uint32_t rib_table_make(struct rib *r, const struct rib_key *k)
{
    struct rib_table *t = &r->tables[k->family];
    uint32_t hash = hash_of(r, k->octets, k->len);
    if (make_room(t) != 0)
        return RIB_NO_SLOT;
    uint32_t block = rib_pool_get(&r->pool, node_size(k->len));
    if (block == 0)
        return RIB_NO_SLOT;
    struct rib_node *n = rib_node_at(r, block);
    n->chunks = 0;
    n->key_len = k->len;
    memcpy(n->key, k->octets, k->len);
    t->cnt++;
    return place(t, (struct rib_slot){.hash = hash, .node = block});
}

void rib_table_remove(struct rib *r, unsigned family, uint32_t slot)
{
    struct rib_table *t = &r->tables[family];
    uint32_t mask = t->slot_cnt - 1, i = slot, block = t->slots[slot].node;
    for (uint32_t j = (i + 1) & mask; t->slots[j].node != 0; j = (j + 1) & mask) {
        uint32_t home = t->slots[j].hash & mask;
        if (((j - home) & mask) < ((j - i) & mask)) /* its home lies behind the hole */
            continue;
        t->slots[i] = t->slots[j];
        i = j;
    }
    t->slots[i].node = 0;
    t->cnt--;
    rib_pool_put(&r->pool, block, node_size(rib_node_at(r, block)->key_len));
}

/* ---- entries ---- */

static size_t chunk_size(unsigned cap, unsigned width)
{
    return sizeof(struct rib_chunk) + (size_t)cap * width * sizeof(uint32_t);
}

static bool is_who(const uint32_t *e, unsigned width, const struct rib_who *who)
{
    uint32_t flags = e[RIB_WORD_PEER] >> RIB_PEER_BITS;
    if (e[RIB_WORD_ATTRS] == 0 || (e[RIB_WORD_PEER] & RIB_PEERS_MAX) != who->peer ||
        ((flags & RIB_FLAG_PATH_ID) != 0) != who->has_path_id)
        return false;
    return !who->has_path_id ||
           (width > RIB_WORD_PATH_ID && e[RIB_WORD_PATH_ID] == who->path_id);
}

uint32_t *rib_chain_find(const struct rib *r, const struct rib_node *n,
                         const struct rib_who *who, struct rib_chunk **in)
{
    struct rib_chunk *c;
    for (uint32_t block = n->chunks; block != 0; block = c->next) {
        c = rib_chunk_at(r, block);
        for (unsigned i = 0; i < c->cap; i++) {
            if (!is_who(rib_entry(c, i), c->width, who))
                continue;
            *in = c;
            return rib_entry(c, i);
        }
    }
    return NULL;
}

/* A chain's chunks grow with it: 4, 6, 10, then 20 entries. */
static unsigned next_cap(unsigned entries)
{
    return entries < 4 ? 4 : entries < 10 ? 6 : entries < 20 ? 10 : 20;
}

static uint32_t *add_chunk(struct rib *r, struct rib_node *n, enum rib_width width,
                           unsigned entries)
{
    unsigned cap = next_cap(entries);
    uint32_t block = rib_pool_get(&r->pool, chunk_size(cap, width));
    if (block == 0)
        return NULL;
    struct rib_chunk *c = rib_chunk_at(r, block);
    memset(c, 0, chunk_size(cap, width));
    c->next = n->chunks;
    c->cap = (uint8_t)cap;
    c->width = (uint8_t)width;
    c->used = 1;
    n->chunks = block;
    return rib_entry(c, 0);
}

uint32_t *rib_chain_add(struct rib *r, struct rib_node *n, enum rib_width width)
{
    unsigned entries = 0;
    struct rib_chunk *c;
    for (uint32_t block = n->chunks; block != 0; block = c->next) {
        c = rib_chunk_at(r, block);
        entries += c->cap;
        if (c->width != width || c->used == c->cap)
            continue;
        unsigned i = 0;
        while (rib_entry(c, i)[RIB_WORD_ATTRS] != 0)
            i++;
        c->used++;
        return rib_entry(c, i);
    }
    return add_chunk(r, n, width, entries);
}

static void filter_chunk(struct rib *r, struct rib_chunk *c,
                         bool (*drop)(void *, struct rib *, uint32_t *, unsigned), void *arg)
{
    for (unsigned i = 0; i < c->cap; i++) {
        uint32_t *e = rib_entry(c, i);
        if (e[RIB_WORD_ATTRS] == 0 || !drop(arg, r, e, c->width))
            continue;
        e[RIB_WORD_ATTRS] = 0;
        c->used--;
    }
}

void rib_chain_filter(struct rib *r, struct rib_node *n,
                      bool (*drop)(void *arg, struct rib *r, uint32_t *entry, unsigned width),
                      void *arg)
{
    uint32_t *link = &n->chunks; /* blocks don't move */
    while (*link != 0) {
        uint32_t block = *link;
        struct rib_chunk *c = rib_chunk_at(r, block);
        filter_chunk(r, c, drop, arg);
        if (c->used > 0) {
            link = &c->next;
            continue;
        }
        *link = c->next;
        rib_pool_put(&r->pool, block, chunk_size(c->cap, c->width));
    }
}
