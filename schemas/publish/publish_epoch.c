/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_epoch: sessions' epochs grow, also when the clock was set back between two. Floor F3.
 *
 * A counter goes with its session; its key's latest epoch stays here. Saved: u32 count, per key u64
 * key, u64 epoch. */
#include <stdlib.h>

#include "base/wr.h"
#include "schemas/publish/publish_int.h"

enum { PAST_MAX = 65536 /* keys; of more the oldest half is forgotten */ };

/* `node` is first; its hash is the key. */
struct past {
    struct table_node node;
    uint64_t epoch_us;
};

static uint64_t number_of_key(const char key[PUBLISH_KEY_LEN])
{
    uint64_t v = 0;
    for (unsigned i = 0; i < PUBLISH_KEY_LEN; i++)
        v = v << 4 | (uint64_t)(key[i] <= '9' ? key[i] - '0' : key[i] - 'a' + 10);
    return v;
}

static struct past *find(const struct publish *p, uint64_t key)
{
    struct table_node *n = table_chain(&p->past, key);
    while (n != NULL && n->hash != key)
        n = n->next;
    return (struct past *)n;
}

/* Forgets what is below the average. */
static void forget(struct publish *p)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->past.cap; i++) {
        for (struct table_node *n = p->past.bucket[i]; n != NULL; n = n->next)
            sum += ((struct past *)n)->epoch_us / p->past.cnt;
    }
    for (size_t i = 0; i < p->past.cap; i++) {
        for (struct table_node *n = p->past.bucket[i], *next; n != NULL; n = next) {
            next = n->next;
            if (((struct past *)n)->epoch_us > sum)
                continue;
            table_del(&p->past, n);
            free(n);
        }
    }
}

/* Without memory a key is not remembered: that matters when the clock goes back. */
static void keep(struct publish *p, uint64_t key, uint64_t epoch_us)
{
    struct past *e = find(p, key);
    if (e == NULL) {
        if (p->past.cnt >= PAST_MAX)
            forget(p);
        e = table_reserve(&p->past) == 0 ? calloc(1, sizeof *e) : NULL;
        if (e == NULL)
            return;
        e->node.hash = key;
        table_add(&p->past, &e->node);
    }
    if (e->epoch_us < epoch_us)
        e->epoch_us = epoch_us;
}

uint64_t publish_epoch(const struct publish *p, const struct publish_count *c, uint64_t time_ns)
{
    const struct past *e =
        c->has_keys && p->past.cnt > 0 ? find(p, number_of_key(c->peer_key)) : NULL;
    uint64_t us = time_ns / 1000;
    return e != NULL && e->epoch_us >= us ? e->epoch_us + 1 : us;
}

void publish_epoch_keep(struct publish *p, const struct publish_count *c, uint64_t epoch_us)
{
    if (c->has_keys)
        keep(p, number_of_key(c->peer_key), epoch_us);
}

void publish_epochs_free(struct publish *p)
{
    for (size_t i = 0; i < p->past.cap; i++) {
        for (struct table_node *n = p->past.bucket[i], *next; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    }
    table_free(&p->past);
}

void publish_epochs_save(const struct publish *p, struct buf *b)
{
    size_t len = 4 + 16 * p->past.cnt;
    char *room = buf_room(b, len);
    if (room == NULL)
        return;
    struct wr w = wr_of(room, len);
    wr_u32(&w, (uint32_t)p->past.cnt);
    for (size_t i = 0; i < p->past.cap; i++) {
        for (const struct table_node *n = p->past.bucket[i]; n != NULL; n = n->next) {
            wr_u64(&w, n->hash);
            wr_u64(&w, ((const struct past *)n)->epoch_us);
        }
    }
    b->len += w.len;
}

bool publish_epochs_restore(struct publish *p, struct cur *in)
{
    uint32_t cnt;
    if (!cur_u32(in, &cnt))
        return false;
    for (uint32_t i = 0; i < cnt; i++) {
        uint64_t key, epoch_us;
        if (!cur_u64(in, &key) || !cur_u64(in, &epoch_us))
            return false;
        keep(p, key, epoch_us);
    }
    return true;
}
