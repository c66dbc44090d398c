/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp: connections and the two streams of each (RFC 9293). Floor F4. */
#include "tools/tcp.h"

#include <stdlib.h>

#include "base/hash.h"
#include "schemas/table.h"

enum { KEY_LEN = 37, FAR = 1 << 26 /* octets: no window, so another connection */ };

/* Octets that came before what they follow. */
struct waiting {
    struct waiting *next;
    uint64_t off; /* in the stream */
    uint64_t time_ns;
    uint32_t len;
    uint8_t data[];
};

struct direction {
    bool started;
    uint32_t seq;  /* of the next octet in order */
    uint64_t next; /* its place in the stream */
    struct waiting *queue;
    uint32_t waiting; /* octets in the queue */
    bool fin;
    uint64_t fin_off; /* where the stream ends */
    uint32_t isn;     /* valid when the SYN was seen */
    uint32_t syn_len; /* octets the SYN carried */
};

/* One connection. `node` is first. */
struct flow {
    struct table_node node;
    struct tcp_flow pub;
    uint8_t key[KEY_LEN];
    struct direction dir[2];
    struct flow *newer, *older; /* by the last segment */
};

struct tcp {
    struct tcp_hooks hooks;
    struct table flows;
    uint64_t hash_key[2];
    struct flow *newest, *oldest;
    uint64_t waiting; /* octets in all queues */
};

struct tcp *tcp_new(const struct tcp_hooks *hooks)
{
    struct tcp *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->hooks = *hooks;
    hash_random_key(t->hash_key);
    return t;
}

/* ---- the list by age ---- */

static void unlink_flow(struct tcp *t, struct flow *f)
{
    if (f->newer != NULL)
        f->newer->older = f->older;
    else
        t->newest = f->older;
    if (f->older != NULL)
        f->older->newer = f->newer;
    else
        t->oldest = f->newer;
}

static void link_newest(struct tcp *t, struct flow *f)
{
    f->newer = NULL;
    f->older = t->newest;
    if (t->newest != NULL)
        t->newest->newer = f;
    else
        t->oldest = f;
    t->newest = f;
}

/* ---- streams ---- */

static void hand_out(struct tcp *t, struct flow *f, int dir, uint64_t time_ns, const uint8_t *p,
                     uint32_t len)
{
    struct direction *d = &f->dir[dir];
    d->seq += len;
    d->next += len;
    if (!f->pub.ignored && len > 0)
        t->hooks.bytes(t->hooks.arg, &f->pub, dir, time_ns, p, len);
}

static void drop_first(struct tcp *t, struct direction *d)
{
    struct waiting *w = d->queue;
    d->queue = w->next;
    d->waiting -= w->len;
    t->waiting -= w->len;
    free(w);
}

/* Hands out what no longer waits. */
static void drain(struct tcp *t, struct flow *f, int dir)
{
    struct direction *d = &f->dir[dir];
    while (d->queue != NULL && d->queue->off == d->next) {
        struct waiting *w = d->queue;
        hand_out(t, f, dir, w->time_ns, w->data, w->len);
        drop_first(t, d);
    }
}

/* Gives up waiting for what is before the first of the queue. */
static void give_up(struct tcp *t, struct flow *f, int dir)
{
    struct direction *d = &f->dir[dir];
    uint64_t len = d->queue->off - d->next;
    d->next += len;
    d->seq += (uint32_t)len;
    if (!f->pub.ignored)
        t->hooks.gap(t->hooks.arg, &f->pub, dir, len);
    drain(t, f, dir);
}

static void flush(struct tcp *t, struct flow *f)
{
    for (int dir = 0; dir < 2; dir++) {
        while (f->dir[dir].queue != NULL)
            give_up(t, f, dir);
    }
}

/* Puts octets that nothing waits for yet into the queue before *at. */
static int insert(struct tcp *t, struct direction *d, struct waiting **at, uint64_t off,
                  uint64_t time_ns, const uint8_t *p, uint32_t len)
{
    struct waiting *w = malloc(sizeof *w + len);
    if (w == NULL)
        return -1;
    *w = (struct waiting){.next = *at, .off = off, .time_ns = time_ns, .len = len};
    memcpy(w->data, p, len);
    *at = w;
    d->waiting += len;
    t->waiting += len;
    return 0;
}

/* Queues those octets of a segment that are not in the queue yet. */
static int enqueue(struct tcp *t, struct direction *d, uint64_t off, uint64_t time_ns,
                   struct cur c)
{
    struct waiting **at = &d->queue;
    while (c.left > 0) {
        while (*at != NULL && (*at)->off + (*at)->len <= off)
            at = &(*at)->next;
        uint64_t covered = *at != NULL && (*at)->off <= off ? (*at)->off + (*at)->len - off : 0;
        uint64_t room = *at != NULL && covered == 0 ? (*at)->off - off : c.left;
        uint64_t n = covered > 0 ? covered : room;
        if (n > c.left)
            n = c.left;
        const uint8_t *p = cur_bytes(&c, (uint32_t)n);
        if (covered == 0 && (p == NULL || insert(t, d, at, off, time_ns, p, (uint32_t)n) != 0))
            return -1;
        off += n;
    }
    return 0;
}

/* Frees memory when too much waits: the directions that are silent longest give up first. */
static void bound(struct tcp *t, struct flow *f, int dir)
{
    while (f->dir[dir].waiting > TCP_WAITING_DIR_MAX)
        give_up(t, f, dir);
    for (struct flow *o = t->oldest; o != NULL && t->waiting > TCP_WAITING_MAX; o = o->newer)
        flush(t, o);
}

/* Takes a segment's octets; `rel`: how far they begin behind the next one in order. */
static int take_data(struct tcp *t, struct flow *f, int dir, int64_t rel, uint64_t time_ns,
                     struct cur c)
{
    struct direction *d = &f->dir[dir];
    if (rel < 0) {
        uint64_t old = (uint64_t)-rel;
        if (old >= c.left || !cur_skip(&c, (uint32_t)old))
            return 0; /* all of it was there before */
        rel = 0;
    }
    if (rel == 0 && d->queue == NULL) {
        hand_out(t, f, dir, time_ns, c.p, c.left);
        return 0;
    }
    if (f->pub.ignored)
        return 0;
    if (enqueue(t, d, d->next + (uint64_t)rel, time_ns, c) != 0)
        return -1;
    drain(t, f, dir);
    bound(t, f, dir);
    return 0;
}

/* ---- connections ---- */

static bool addr_less(const struct source_addr *a, const struct source_addr *b)
{
    int c = memcmp(a->a, b->a, sizeof a->a);
    return c != 0 ? c < 0 : a->port < b->port;
}

/* Makes the key, the same for both directions. Returns which end the segment comes from. */
static int make_key(uint8_t key[KEY_LEN], const struct packet_segment *s)
{
    int first = addr_less(&s->end[1], &s->end[0]);
    struct wr w = wr_of(key, KEY_LEN);
    for (int i = 0; i < 2; i++) {
        wr_bytes(&w, s->end[first ^ i].a, sizeof s->end[0].a);
        wr_u16(&w, s->end[first ^ i].port);
    }
    wr_u8(&w, s->end[0].len);
    return first;
}

static void end_flow(struct tcp *t, struct flow *f)
{
    flush(t, f);
    t->hooks.end(t->hooks.arg, &f->pub);
    table_del(&t->flows, &f->node);
    unlink_flow(t, f);
    free(f);
}

static struct flow *find(const struct tcp *t, const uint8_t key[KEY_LEN], uint64_t hash)
{
    for (struct table_node *n = table_chain(&t->flows, hash); n != NULL; n = n->next) {
        struct flow *f = (struct flow *)n;
        if (n->hash == hash && memcmp(f->key, key, KEY_LEN) == 0)
            return f;
    }
    return NULL;
}

static struct flow *add(struct tcp *t, const uint8_t key[KEY_LEN], uint64_t hash,
                        const struct packet_segment *s, int from)
{
    if (t->flows.cnt >= TCP_FLOWS_MAX)
        end_flow(t, t->oldest);
    struct flow *f = calloc(1, sizeof *f);
    if (f == NULL || table_reserve(&t->flows) != 0) {
        free(f);
        return NULL;
    }
    memcpy(f->key, key, KEY_LEN);
    f->pub.end[from] = s->end[0];
    f->pub.end[!from] = s->end[1];
    f->pub.opener = -1;
    f->node.hash = hash;
    table_add(&t->flows, &f->node);
    link_newest(t, f);
    return f;
}

/* A SYN that isn't this connection's begins another one between the same ends. */
static bool is_another(const struct flow *f, const struct packet_segment *s, int from)
{
    const struct direction *d = &f->dir[from];
    if (!s->syn)
        return d->started && !s->rst && s->data.left > 0 &&
               (uint32_t)(s->seq - d->seq + FAR) > 2u * FAR;
    if (f->pub.syn[from])
        return d->isn != s->seq;
    return d->started && s->seq + 1 != d->seq;
}

static void take_syn(struct flow *f, const struct packet_segment *s, int from)
{
    struct direction *d = &f->dir[from];
    if (!s->ack)
        f->pub.opener = from;
    else if (f->pub.opener < 0)
        f->pub.opener = !from;
    if (f->pub.syn[from])
        return;
    f->pub.syn[from] = true;
    d->isn = s->seq;
    if (!d->started) {
        d->started = true;
        d->seq = s->seq + 1;
    }
}

/* Returns whether both streams came to their ends. */
static bool is_over(const struct flow *f)
{
    return f->dir[0].fin && f->dir[1].fin && f->dir[0].next >= f->dir[0].fin_off &&
           f->dir[1].next >= f->dir[1].fin_off;
}

/* Made-up captures let the SYN carry data and forget that it counts itself: what follows goes
 * on one octet too early. Returns where it belongs. */
static int64_t recount(struct direction *d)
{
    d->seq--;
    d->syn_len = 0;
    return 0;
}

static int take_segment(struct tcp *t, struct flow *f, const struct packet_segment *s, int from,
                        uint64_t time_ns)
{
    struct direction *d = &f->dir[from];
    if (s->syn)
        take_syn(f, s, from);
    uint32_t seq = s->seq + (s->syn ? 1 : 0);
    if (!d->started && (s->data.left > 0 || s->fin)) {
        d->started = true;
        d->seq = seq;
    }
    if (!d->started)
        return 0;
    int64_t rel = (int32_t)(seq - d->seq);
    if (s->syn)
        d->syn_len = s->data.left;
    else if (d->syn_len > 0 && d->next == d->syn_len && rel == -1 && s->data.left > 1)
        rel = recount(d);
    uint64_t end = d->next + (uint64_t)(rel + (int64_t)s->data.left);
    if (s->fin && rel + (int64_t)s->data.left >= 0) {
        d->fin = true;
        d->fin_off = end;
    }
    if (s->data.left == 0)
        return 0;
    return take_data(t, f, from, rel, time_ns, s->data);
}

int tcp_segment(struct tcp *t, const struct packet_segment *s, uint64_t time_ns)
{
    uint8_t key[KEY_LEN];
    int from = make_key(key, s);
    uint64_t hash = hash_sip13(t->hash_key, key, sizeof key);
    struct flow *f = find(t, key, hash);
    if (f != NULL && is_another(f, s, from)) {
        end_flow(t, f);
        f = NULL;
    }
    if (f == NULL) {
        if (s->rst)
            return 0;
        f = add(t, key, hash, s, from);
        if (f == NULL)
            return -1;
    }
    unlink_flow(t, f);
    link_newest(t, f);
    if (take_segment(t, f, s, from, time_ns) != 0)
        return -1;
    if (s->rst || is_over(f))
        end_flow(t, f);
    return 0;
}

void tcp_free(struct tcp *t)
{
    if (t == NULL)
        return;
    while (t->oldest != NULL)
        end_flow(t, t->oldest);
    table_free(&t->flows);
    free(t);
}
