/* SPDX-License-Identifier: BSD-2-Clause */
/* ups: the Peer Ups of one BMP stream that a new journal segment must repeat. Floor F4. */
#include "collector/bmp/ups.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Type 1, distinguisher 8, address 16, BGP identifier 4; then the flags. The part before the
 * flags is what all views of one peer share. */
enum { KEY_PEER = 29, KEY_LEN = 30, BUCKETS_FIRST = 16 };

struct node {
    struct node *next;
    uint64_t time;
    uint32_t len;
    uint8_t key[KEY_LEN];
    uint8_t msg[];
};

struct ups {
    struct node **buckets; /* chosen by the hash of KEY_PEER octets */
    size_t bucket_cnt;     /* a power of two */
    size_t cnt, octets;
    uint64_t key[2];
};

static void key_of(const struct bmp_peer *p, uint8_t key[KEY_LEN])
{
    key[0] = p->type;
    memcpy(key + 1, p->rd, 8);
    memcpy(key + 9, p->addr, 16);
    memcpy(key + 25, p->bgp_id, 4);
    key[KEY_PEER] = p->flags;
}

static size_t bucket_of(const struct ups *u, const uint8_t *key)
{
    return (size_t)hash_sip13(u->key, key, KEY_PEER) & (u->bucket_cnt - 1);
}

struct ups *ups_new(const uint64_t key[2])
{
    struct ups *u = (struct ups *)calloc(1, sizeof(*u));
    if (u == NULL)
        return NULL;
    u->buckets = (struct node **)calloc(BUCKETS_FIRST, sizeof(*u->buckets));
    if (u->buckets == NULL) {
        free(u);
        return NULL;
    }
    u->bucket_cnt = BUCKETS_FIRST;
    memcpy(u->key, key, sizeof(u->key));
    return u;
}

void ups_free(struct ups *u)
{
    if (u == NULL)
        return;
    for (size_t i = 0; i < u->bucket_cnt; i++)
        for (struct node *n = u->buckets[i], *next; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    free(u->buckets);
    free(u);
}

/* Doubles the buckets; without memory the chains just grow longer. */
static void grow(struct ups *u)
{
    size_t old_cnt = u->bucket_cnt;
    struct node **old = u->buckets;
    struct node **fresh = (struct node **)calloc(old_cnt * 2, sizeof(*fresh));
    if (fresh == NULL)
        return;
    u->buckets = fresh;
    u->bucket_cnt = old_cnt * 2;
    for (size_t i = 0; i < old_cnt; i++)
        for (struct node *n = old[i], *next; n != NULL; n = next) {
            size_t at = bucket_of(u, n->key);
            next = n->next;
            n->next = fresh[at];
            fresh[at] = n;
        }
    free(old);
}

/* Removes the nodes whose first `len` octets of key match. Returns how many. */
static size_t drop(struct ups *u, const uint8_t *key, size_t len)
{
    size_t dropped = 0;
    struct node **at = &u->buckets[bucket_of(u, key)];
    while (*at != NULL) {
        struct node *n = *at;
        if (memcmp(n->key, key, len) != 0) {
            at = &n->next;
            continue;
        }
        *at = n->next;
        u->cnt--;
        u->octets -= n->len;
        free(n);
        dropped++;
    }
    return dropped;
}

bool ups_put(struct ups *u, const struct bmp_peer *peer, uint64_t time, const uint8_t *msg,
             uint32_t len)
{
    uint8_t key[KEY_LEN];
    key_of(peer, key);
    drop(u, key, KEY_LEN);
    if (u->cnt >= UPS_MAX)
        return false;
    struct node *n = (struct node *)malloc(sizeof(*n) + len);
    if (n == NULL)
        return false;
    if (u->cnt >= u->bucket_cnt)
        grow(u);
    size_t at = bucket_of(u, key);
    *n = (struct node){.next = u->buckets[at], .time = time, .len = len};
    memcpy(n->key, key, KEY_LEN);
    memcpy(n->msg, msg, len);
    u->buckets[at] = n;
    u->cnt++;
    u->octets += len;
    return true;
}

void ups_del(struct ups *u, const struct bmp_peer *peer)
{
    uint8_t key[KEY_LEN];
    key_of(peer, key);
    if (drop(u, key, KEY_LEN) == 0)
        drop(u, key, KEY_PEER);
}

size_t ups_cnt(const struct ups *u)
{
    return u->cnt;
}

size_t ups_octets(const struct ups *u)
{
    return u->octets;
}

void ups_each(const struct ups *u, bool (*fn)(void *arg, const struct ups_item *item),
              void *arg)
{
    for (size_t i = 0; i < u->bucket_cnt; i++)
        for (const struct node *n = u->buckets[i]; n != NULL; n = n->next) {
            const struct ups_item item = {n->time, n->len, n->msg};
            if (!fn(arg, &item))
                return;
        }
}
