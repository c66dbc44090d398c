/* SPDX-License-Identifier: BSD-2-Clause */
/* sketch: the most frequent of many things, in bounded memory. Floor F4. */
#include "tools/output/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static uint64_t weight(const struct sketch *s, unsigned place)
{
    return s->entry[s->heap[place]].cnt;
}

static void swap(struct sketch *s, unsigned a, unsigned b)
{
    uint16_t x = s->heap[a], y = s->heap[b];
    s->heap[a] = y;
    s->heap[b] = x;
    s->entry[y].heap = (uint16_t)a;
    s->entry[x].heap = (uint16_t)b;
}

/* A count has grown: its entry moves away from the root. */
static void sink(struct sketch *s, unsigned at)
{
    for (;;) {
        unsigned least = at, child = 2 * at + 1;
        for (unsigned i = child; i < child + 2 && i < s->cnt; i++) {
            if (weight(s, i) < weight(s, least))
                least = i;
        }
        if (least == at)
            return;
        swap(s, at, least);
        at = least;
    }
}

/* A new entry, with the least count there is, moves towards it. */
static void rise(struct sketch *s, unsigned at)
{
    for (; at > 0 && weight(s, at) < weight(s, (at - 1) / 2); at = (at - 1) / 2)
        swap(s, at, (at - 1) / 2);
}

static struct sketch_entry *find(struct sketch *s, const uint8_t *key, uint32_t slot)
{
    for (unsigned i = s->slot[slot]; i != 0; i = s->entry[i - 1].next) {
        if (memcmp(s->entry[i - 1].key, key, SKETCH_KEY_LEN) == 0)
            return &s->entry[i - 1];
    }
    return NULL;
}

static void unlink_entry(struct sketch *s, unsigned index)
{
    uint16_t *at = &s->slot[s->entry[index].slot];
    while (*at != index + 1)
        at = &s->entry[*at - 1].next;
    *at = s->entry[index].next;
}

static void link_entry(struct sketch *s, unsigned index, const uint8_t *key, uint32_t slot)
{
    struct sketch_entry *e = &s->entry[index];
    memcpy(e->key, key, SKETCH_KEY_LEN);
    e->slot = slot;
    e->next = s->slot[slot];
    s->slot[slot] = (uint16_t)(index + 1);
}

void sketch_add(struct sketch *s, const uint8_t key[SKETCH_KEY_LEN])
{
    if (s->cnt == 0)
        hash_random_key(s->hash_key);
    uint32_t slot = (uint32_t)(hash_sip13(s->hash_key, key, SKETCH_KEY_LEN) % SKETCH_SLOTS);
    struct sketch_entry *e = find(s, key, slot);
    if (e == NULL && s->cnt < SKETCH_CNT) {
        unsigned index = s->cnt++;
        link_entry(s, index, key, slot);
        s->entry[index].cnt = 1;
        s->entry[index].heap = s->heap[index] = (uint16_t)index;
        rise(s, index);
        return;
    }
    if (e == NULL) { /* takes the place, and the count, of the least frequent */
        unsigned index = s->heap[0];
        unlink_entry(s, index);
        link_entry(s, index, key, slot);
        e = &s->entry[index];
        e->over = e->cnt;
    }
    e->cnt++;
    sink(s, e->heap);
}

static int compare(const void *a, const void *b)
{
    const struct sketch_entry *x = (const struct sketch_entry *)a;
    const struct sketch_entry *y = (const struct sketch_entry *)b;
    if (x->cnt != y->cnt)
        return x->cnt > y->cnt ? -1 : 1;
    return memcmp(x->key, y->key, SKETCH_KEY_LEN);
}

unsigned sketch_sort(struct sketch *s)
{
    qsort(s->entry, s->cnt, sizeof s->entry[0], compare);
    return s->cnt;
}
