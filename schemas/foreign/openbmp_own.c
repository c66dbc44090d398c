/* SPDX-License-Identifier: BSD-2-Clause */
/* openbmp_own: a stream whose encoder remembers itself what was said: from files. Floor F3. */
#include <stdlib.h>

#include "base/hash.h"
#include "schemas/foreign/openbmp_int.h"

enum {
    PEERS_MAX = 65536, /* more: what was announced is forgotten and announced again */
    KEY_LEN = 1 + 4 + 1 + 16 + 4,
};

/* What was announced: a peer, or (asn 0, no OPENs) a router. */
struct known {
    struct table_node node;
    uint8_t key[KEY_LEN];
    bool up;
    bool initiated; /* a peer: where each has its own Initiation */
    uint8_t *open[2]; /* received, sent; owned; NULL: not seen */
    uint32_t open_len[2];
};

static void known_free(struct known *k)
{
    free(k->open[0]);
    free(k->open[1]);
    free(k);
}

static void forget_all(struct openbmp *o)
{
    for (size_t i = 0; i < o->table.cap; i++) {
        struct table_node *n = o->table.bucket[i];
        while (n != NULL) {
            struct table_node *next = n->next;
            known_free((struct known *)n);
            n = next;
        }
    }
    table_free(&o->table);
    o->table = (struct table){0};
}

/* Finds, or adds, what is known under a key. NULL when memory runs out. */
static struct known *known_of(struct openbmp *o, const uint8_t key[KEY_LEN])
{
    uint64_t hash = hash_sip13(o->key, key, KEY_LEN);
    struct table_node *n = table_chain(&o->table, hash);
    for (; n != NULL; n = n->next) {
        if (n->hash == hash && memcmp(((struct known *)n)->key, key, KEY_LEN) == 0)
            return (struct known *)n;
    }
    if (o->table.cnt >= PEERS_MAX)
        forget_all(o);
    struct known *k = calloc(1, sizeof *k);
    if (k == NULL || table_reserve(&o->table) != 0) {
        free(k);
        return NULL;
    }
    k->node.hash = hash;
    memcpy(k->key, key, KEY_LEN);
    table_add(&o->table, &k->node);
    return k;
}

enum { KIND_ROUTER = 1, KIND_PEER = 2 };

static void make_key(uint8_t key[KEY_LEN], uint8_t kind, uint32_t source,
                     const struct source_addr *a, uint32_t asn)
{
    struct wr w = wr_of(key, KEY_LEN);
    memset(key, 0, KEY_LEN);
    wr_u8(&w, kind);
    wr_u32(&w, source);
    wr_u32(&w, asn);
    wr_u8(&w, a->len);
    wr_bytes(&w, a->a, a->len);
}

struct openbmp *openbmp_new(const char *admin_id)
{
    struct openbmp *o = calloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    size_t len = strnlen(admin_id, OPENBMP_NAME_MAX);
    memcpy(o->admin_id, admin_id, len);
    md5(o->admin_id, len, o->collector_hash);
    hash_random_key(o->key);
    return o;
}

void openbmp_free(struct openbmp *o)
{
    if (o == NULL)
        return;
    forget_all(o);
    free(o);
}

void openbmp_on_message(struct openbmp *o, void (*end)(void *arg), void *arg)
{
    o->end = end;
    o->arg = arg;
}

/* ---- what was said ---- */

/* What was said of the router of a message. NULL when memory runs out. */
static struct known *router_of(struct openbmp *o, const struct source_addr *a)
{
    uint8_t key[KEY_LEN];
    make_key(key, KIND_ROUTER, 0, a, 0);
    return known_of(o, key);
}

/* Looks up what was said; settle() notes what is said then. The router first: a table that is
 * full is emptied, and what was found there is no more. */
static struct known *recall(struct openbmp_wrap *w, uint32_t source, uint32_t asn)
{
    uint8_t key[KEY_LEN];
    struct known *router = w->o->end == NULL ? router_of(w->o, &w->router) : NULL;
    bool initiated = router != NULL && router->up, failed = router == NULL && w->o->end == NULL;
    make_key(key, KIND_PEER, source, &w->peer.addr, asn);
    struct known *k = known_of(w->o, key);
    if (k == NULL || failed) {
        w->out->failed = true;
        return NULL;
    }
    w->said.router = initiated || k->initiated;
    w->said.peer = k->up;
    w->said.down = false;
    return k;
}

static void settle(struct openbmp_wrap *w, struct known *k)
{
    k->up = openbmp_is_up(&w->said);
    k->initiated = w->o->end != NULL && w->said.router;
    bool told = w->o->end == NULL && w->said.router;
    struct known *router = told ? router_of(w->o, &w->router) : NULL;
    if (router != NULL)
        router->up = true;
}

/* A source that ended has no more to say. */
static void drop(struct openbmp *o, const struct track_item *item)
{
    uint8_t key[KEY_LEN];
    make_key(key, KIND_PEER, item->frame->source, &item->peer->addr, 0);
    struct known *k = known_of(o, key);
    if (k == NULL)
        return;
    table_del(&o->table, &k->node);
    known_free(k);
}

/* ---- items ---- */

static unsigned pass(struct openbmp *o, struct buf *out, const struct track_item *item)
{
    struct openbmp_said said = {.router = true, .peer = true};
    return item->is_bmp ? openbmp_stream(o, out, item, &said) : 0;
}

unsigned openbmp_item(struct openbmp *o, struct buf *out, const struct track_item *item)
{
    if (item->peer == NULL || item->is_bmp)
        return pass(o, out, item);
    /* the AS number is learned on the way: the source alone is the key */
    struct openbmp_wrap w = openbmp_wrap_of(o, out, item->peer, item->frame->time);
    struct known *k = recall(&w, item->frame->source, 0);
    if (k == NULL)
        return 0;
    unsigned cnt = openbmp_stream(o, out, item, &w.said);
    settle(&w, k);
    if (item->frame->kind == JOURNAL_GONE)
        drop(o, item);
    return cnt;
}

static void keep_open(struct known *k, bool sent, struct cur msg)
{
    free(k->open[sent]);
    k->open[sent] = malloc(msg.left);
    k->open_len[sent] = k->open[sent] != NULL ? msg.left : 0;
    if (k->open[sent] != NULL)
        memcpy(k->open[sent], msg.p, msg.left);
}

static void take_mrt(struct openbmp_wrap *w, struct known *k, const struct mrt_item *item)
{
    uint8_t type = 0;
    if (item->kind == MRT_ITEM_STATE)
        openbmp_take_state(w, item->old_state, item->new_state);
    else if (cur_peek(&item->body, BGP_HEADER_LEN - 1, &type) && type == BGP_TYPE_OPEN &&
             item->body.left <= OPENBMP_OPEN_MAX)
        keep_open(k, item->sent, item->body);
    else
        openbmp_take_message(w, item->sent, item->body);
}

/* Wraps an MRT item, or (`msg` not NULL) the UPDATE made of it. */
static unsigned put_mrt(struct openbmp *o, struct buf *out, const struct mrt_walk *walk,
                        const struct bgp_ctx *ctx, const struct cur *msg)
{
    const struct mrt_item *item = &walk->item;
    struct track_peer p;
    record_mrt_peer(item, &p);
    struct openbmp_wrap w = openbmp_wrap_of(o, out, &p, record_mrt_time(item->rec));
    struct known *k = recall(&w, 0, p.asn);
    if (k == NULL)
        return 0;
    w.ctx = ctx;
    for (int i = 0; i < 2; i++)
        w.open[i] = cur_of(k->open[i], k->open_len[i]);
    if (msg != NULL)
        openbmp_put_route(&w, false, *msg);
    else
        take_mrt(&w, k, item);
    settle(&w, k);
    return w.cnt;
}

unsigned openbmp_mrt(struct openbmp *o, struct buf *out, const struct mrt_walk *walk,
                     const struct bgp_ctx *ctx)
{
    enum mrt_item_kind kind = walk->item.kind;
    if (kind != MRT_ITEM_MESSAGE && kind != MRT_ITEM_STATE)
        return 0;
    return put_mrt(o, out, walk, ctx, NULL);
}

unsigned openbmp_rib(struct openbmp *o, struct buf *out, const struct mrt_walk *walk,
                     const struct bgp_ctx *ctx, struct cur msg)
{
    return put_mrt(o, out, walk, ctx, &msg);
}
