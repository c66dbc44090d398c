/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_attrs: an open-addressing index over counted sets in the pool. Floor F3. */
#include "schemas/rib/rib_attrs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct rib_attrs_slot {
    uint32_t hash;
    uint32_t id; /* 0: empty */
};

/* One set in the pool. */
struct set {
    uint32_t holders;
    uint32_t len;
    uint8_t octets[];
};

enum { SLOTS_MIN = 1024 };

static struct set *set_at(const struct rib_attrs *a, uint32_t id)
{
    return rib_pool_at(a->pool, id);
}

static uint32_t hash_of(const struct rib_attrs *a, const void *p, size_t len)
{
    return (uint32_t)hash_sip13(a->key, p, len);
}

void rib_attrs_init(struct rib_attrs *a, struct rib_pool *pool)
{
    *a = (struct rib_attrs){.pool = pool};
    hash_random_key(a->key);
}

void rib_attrs_free(struct rib_attrs *a)
{
    free(a->slots);
    *a = (struct rib_attrs){0};
}

/* Where a set is, or the empty slot where it belongs. */
static struct rib_attrs_slot *find(const struct rib_attrs *a, uint32_t hash, const void *p,
                                   size_t len)
{
    uint32_t mask = a->slot_cnt - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        struct rib_attrs_slot *s = &a->slots[i];
        if (s->id == 0)
            return s;
        if (s->hash != hash)
            continue;
        const struct set *set = set_at(a, s->id);
        if (set->len == len && (len == 0 || memcmp(set->octets, p, len) == 0))
            return s;
    }
}

static void place(struct rib_attrs *a, struct rib_attrs_slot what)
{
    uint32_t mask = a->slot_cnt - 1, i = what.hash & mask;
    while (a->slots[i].id != 0)
        i = (i + 1) & mask;
    a->slots[i] = what;
}

/* Keeps the index at most seven eighths full. */
static int make_room(struct rib_attrs *a)
{
    if (a->cnt < a->slot_cnt - a->slot_cnt / 8)
        return 0;
    uint32_t old_cnt = a->slot_cnt;
    if (old_cnt > UINT32_MAX / 2) {
        errno = ENOMEM;
        return -1;
    }
    struct rib_attrs_slot *old = a->slots;
    uint32_t cnt = old_cnt > 0 ? 2 * old_cnt : SLOTS_MIN;
    struct rib_attrs_slot *slots = calloc(cnt, sizeof(slots[0]));
    if (slots == NULL)
        return -1;
    a->slots = slots;
    a->slot_cnt = cnt;
    for (uint32_t i = 0; i < old_cnt; i++) {
        if (old[i].id != 0)
            place(a, old[i]);
    }
    free(old);
    return 0;
}

uint32_t rib_attrs_hold(struct rib_attrs *a, const void *p, size_t len)
{
    assert(len <= RIB_ATTRS_MAX);
    if (make_room(a) != 0)
        return 0;
    uint32_t hash = hash_of(a, p, len);
    struct rib_attrs_slot *s = find(a, hash, p, len);
    if (s->id != 0) {
        rib_attrs_hold_again(a, s->id);
        return s->id;
    }
    uint32_t id = rib_pool_get(a->pool, sizeof(struct set) + len);
    if (id == 0)
        return 0;
    struct set *set = set_at(a, id);
    set->holders = 1;
    set->len = (uint32_t)len;
    if (len > 0)
        memcpy(set->octets, p, len);
    *s = (struct rib_attrs_slot){.hash = hash, .id = id};
    a->cnt++;
    return id;
}

void rib_attrs_hold_again(struct rib_attrs *a, uint32_t id)
{
    set_at(a, id)->holders++;
}

/* Empties slot `i` and moves up those behind it that would no longer be found. */
static void remove_slot(struct rib_attrs *a, uint32_t i)
{
    uint32_t mask = a->slot_cnt - 1;
    for (uint32_t j = (i + 1) & mask; a->slots[j].id != 0; j = (j + 1) & mask) {
        uint32_t home = a->slots[j].hash & mask;
        if (((j - home) & mask) < ((j - i) & mask)) /* its home lies behind the hole */
            continue;
        a->slots[i] = a->slots[j];
        i = j;
    }
    a->slots[i].id = 0;
}

void rib_attrs_release(struct rib_attrs *a, uint32_t id)
{
    struct set *set = set_at(a, id);
    assert(set->holders > 0);
    if (--set->holders > 0)
        return;
    uint32_t mask = a->slot_cnt - 1, i = hash_of(a, set->octets, set->len) & mask;
    while (a->slots[i].id != id)
        i = (i + 1) & mask;
    remove_slot(a, i);
    a->cnt--;
    rib_pool_put(a->pool, id, sizeof(*set) + set->len);
}

struct cur rib_attrs_get(const struct rib_attrs *a, uint32_t id)
{
    const struct set *set = set_at(a, id);
    return cur_of(set->octets, set->len);
}

uint64_t rib_attrs_index_size(const struct rib_attrs *a)
{
    return (uint64_t)a->slot_cnt * sizeof(a->slots[0]);
}
