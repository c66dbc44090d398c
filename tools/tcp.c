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
    uint32_t seq;   /* of the next octet in order */
    uint64_t next;  /* its place in the stream */
    uint64_t known; /* from here on, up to `next`, nothing is missing */
    struct waiting *queue;
    uint32_t waiting; /* octets in the queue */
    bool fin;
    uint64_t fin_off; /* where the stream ends */
    uint32_t isn;     /* valid when the SYN was seen */
    uint32_t first;   /* sequence number of the first octet; valid when started */
    uint32_t syn_len; /* octets the SYN carried */
    uint8_t *history; /* TCP_HISTORY octets: the last ones handed out, each at its place in the
                         stream; NULL: none kept */
};

/* A segment of a connection joined midway, held back. */
struct early {
    struct early *next;
    struct packet_segment s; /* `data` borrows what follows */
    uint64_t time_ns;
    uint8_t data[];
};

/* One connection. `node` is first. */
struct flow {
    struct table_node node;
    struct tcp_flow pub;
    uint8_t key[KEY_LEN];
    struct direction dir[2];
    struct flow *newer, *older; /* by the last segment */
    bool ended;                 /* what still comes is repetition */
    unsigned early_cnt;
    struct early *early, **early_end; /* in the order of their coming */
    bool settled;                     /* no more segments are held back */
};

struct tcp {
    struct tcp_hooks hooks;
    struct table flows;
    uint64_t hash_key[2];
    struct flow *newest, *oldest;
    uint64_t waiting; /* octets in all queues */
    uint64_t history; /* octets in all histories */
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

static void forget_history(struct tcp *t, struct flow *f)
{
    for (int dir = 0; dir < 2; dir++) {
        t->history -= f->dir[dir].history != NULL ? TCP_HISTORY : 0;
        free(f->dir[dir].history);
        f->dir[dir].history = NULL;
    }
}

/* Keeps what is handed out, for comparison. */
static void remember(struct tcp *t, struct direction *d, const uint8_t *p, uint32_t len)
{
    if (d->history == NULL && t->history + TCP_HISTORY <= TCP_HISTORY_MAX) {
        d->history = malloc(TCP_HISTORY);
        d->known = d->next;
        t->history += d->history != NULL ? TCP_HISTORY : 0;
    }
    if (d->history == NULL)
        return;
    uint64_t off = d->next;
    if (len > TCP_HISTORY) {
        p += len - TCP_HISTORY;
        off += len - TCP_HISTORY;
        len = TCP_HISTORY;
    }
    uint32_t at = (uint32_t)(off % TCP_HISTORY);
    uint32_t first = len < TCP_HISTORY - at ? len : TCP_HISTORY - at;
    memcpy(d->history + at, p, first);
    memcpy(d->history, p + first, len - first);
}

static void tell_difference(struct tcp *t, struct flow *f, int dir, uint64_t off, uint64_t len)
{
    if (t->hooks.differs != NULL && !f->pub.ignored)
        t->hooks.differs(t->hooks.arg, &f->pub, dir, off, len);
}

/* Compares octets that come again, from number `off` of the stream on, with what is known. */
static void compare(struct tcp *t, struct flow *f, int dir, uint64_t off, struct cur c)
{
    const struct direction *d = &f->dir[dir];
    uint64_t first = 0, last = 0;
    uint8_t v;
    bool any = false;
    for (; d->history != NULL && off < d->next && cur_u8(&c, &v); off++) {
        if (off + TCP_HISTORY < d->next || off < d->known || v == d->history[off % TCP_HISTORY])
            continue;
        first = any ? first : off;
        last = off;
        any = true;
    }
    if (any)
        tell_difference(t, f, dir, first, last - first + 1);
}

static void hand_out(struct tcp *t, struct flow *f, int dir, uint64_t time_ns, const uint8_t *p,
                     uint32_t len)
{
    struct direction *d = &f->dir[dir];
    if (f->pub.ignored)
        forget_history(t, f);
    else
        remember(t, d, p, len);
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
    d->known = d->next;
    d->seq += (uint32_t)len;
    if (!f->pub.ignored)
        t->hooks.gap(t->hooks.arg, &f->pub, dir, len);
    drain(t, f, dir);
}

static void release_early(struct tcp *t, struct flow *f);

static void flush(struct tcp *t, struct flow *f)
{
    release_early(t, f);
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
static int enqueue(struct tcp *t, struct flow *f, int dir, uint64_t off, uint64_t time_ns,
                   struct cur c)
{
    struct direction *d = &f->dir[dir];
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
        if (covered > 0 && p != NULL && memcmp((*at)->data + (off - (*at)->off), p, n) != 0)
            tell_difference(t, f, dir, off, n);
        off += n;
    }
    return 0;
}

/* Gives up a hole when too much of one direction waits behind it. */
static void bound(struct tcp *t, struct flow *f, int dir)
{
    while (f->dir[dir].waiting > TCP_WAITING_DIR_MAX)
        give_up(t, f, dir);
}

/* Takes a segment's octets; `rel`: how far they begin behind the next one in order. */
static int take_data(struct tcp *t, struct flow *f, int dir, int64_t rel, uint64_t time_ns,
                     struct cur c)
{
    struct direction *d = &f->dir[dir];
    if (rel < 0) {
        uint64_t old = (uint64_t)-rel;
        bool probe = rel == -1 && c.left == 1; /* a keepalive's octet means nothing */
        if (old <= d->next && !probe)
            compare(t, f, dir, d->next - old, c);
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
    if (enqueue(t, f, dir, d->next + (uint64_t)rel, time_ns, c) != 0)
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

/* What the FIN says was sent and never came. */
static void tell_lost_end(struct tcp *t, struct flow *f)
{
    for (int dir = 0; dir < 2; dir++) {
        struct direction *d = &f->dir[dir];
        if (d->fin && d->next < d->fin_off && !f->pub.ignored)
            t->hooks.gap(t->hooks.arg, &f->pub, dir, d->fin_off - d->next);
    }
}

/* Tells the end. The connection is remembered for what may still come of it. */
static void end_flow(struct tcp *t, struct flow *f)
{
    if (f->ended)
        return;
    flush(t, f);
    tell_lost_end(t, f);
    t->hooks.end(t->hooks.arg, &f->pub);
    forget_history(t, f);
    f->ended = true;
}

static void forget_flow(struct tcp *t, struct flow *f)
{
    end_flow(t, f);
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
        forget_flow(t, t->oldest);
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
    return d->started && s->seq + 1 != d->first;
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
        d->seq = d->first = s->seq + 1;
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
        d->seq = d->first = seq;
    }
    if (!d->started)
        return 0;
    int64_t rel = (int32_t)(seq - d->seq);
    if (s->syn)
        d->syn_len = s->data.left;
    else if (d->syn_len > 0 && d->next == d->syn_len && rel == -1 && s->data.left > 1)
        rel = recount(d);
    uint64_t end = d->next + (uint64_t)(rel + (int64_t)s->data.left);
    if (s->fin && rel + (int64_t)s->data.left >= 0 && rel < FAR) {
        d->fin = true;
        d->fin_off = end;
    }
    if (s->data.left == 0)
        return 0;
    return take_data(t, f, from, rel, time_ns, s->data);
}

/* ---- connections joined midway ---- */

/* Lets each direction begin with the first octet held back. */
static void find_starts(struct flow *f)
{
    uint8_t key[KEY_LEN];
    for (const struct early *e = f->early; e != NULL; e = e->next) {
        struct direction *d = &f->dir[make_key(key, &e->s)];
        if (e->s.data.left == 0 || f->pub.syn[make_key(key, &e->s)])
            continue;
        if (!d->started || (int32_t)(e->s.seq - d->seq) < 0)
            d->seq = d->first = e->s.seq;
        d->started = true;
    }
}

static void release_early(struct tcp *t, struct flow *f)
{
    uint8_t key[KEY_LEN];
    f->settled = true;
    find_starts(f);
    while (f->early != NULL) {
        struct early *e = f->early;
        f->early = e->next;
        t->waiting -= e->s.data.left;
        (void)take_segment(t, f, &e->s, make_key(key, &e->s), e->time_ns);
        free(e);
    }
}

static int add_early(struct tcp *t, struct flow *f, const struct packet_segment *s,
                     uint64_t time_ns)
{
    struct early *e = malloc(sizeof *e + s->data.left);
    if (e == NULL)
        return -1;
    *e = (struct early){.s = *s, .time_ns = time_ns};
    if (s->data.left > 0)
        memcpy(e->data, s->data.p, s->data.left);
    e->s.data = cur_of(e->data, s->data.left);
    t->waiting += s->data.left;
    if (f->early == NULL)
        f->early_end = &f->early;
    *f->early_end = e;
    f->early_end = &e->next;
    f->early_cnt++;
    return 0;
}

/* Holds a segment back while it is not known where the connection begins. Returns 1 when it
 * did, 0 when there is no reason to, -1 when memory ran out. */
static int hold_early(struct tcp *t, struct flow *f, const struct packet_segment *s, int from,
                      uint64_t time_ns)
{
    const uint64_t long_ns = TCP_EARLY_MS * UINT64_C(1000000);
    if (f->settled)
        return 0;
    if (s->syn)
        take_syn(f, s, from);
    if (f->pub.opener >= 0 || s->rst) {
        release_early(t, f);
        return 0;
    }
    if (add_early(t, f, s, time_ns) != 0)
        return -1;
    if (f->early_cnt == TCP_EARLY_MAX || time_ns > f->early->time_ns + long_ns)
        release_early(t, f);
    return 1;
}

/* Returns whether a RST is of this connection, as far as its number tells (RFC 5961). */
static bool is_reset(const struct flow *f, const struct packet_segment *s, int from)
{
    const struct direction *d = &f->dir[from];
    return s->rst && (!d->started || (uint32_t)(s->seq - d->seq + FAR) <= 2u * FAR);
}

static struct flow *flow_of(struct tcp *t, const struct packet_segment *s, int *from)
{
    uint8_t key[KEY_LEN];
    *from = make_key(key, s);
    uint64_t hash = hash_sip13(t->hash_key, key, sizeof key);
    struct flow *f = find(t, key, hash);
    if (f != NULL && is_another(f, s, *from)) {
        forget_flow(t, f);
        f = NULL;
    }
    if (f == NULL && s->rst)
        return NULL;
    return f != NULL ? f : add(t, key, hash, s, *from);
}

int tcp_segment(struct tcp *t, const struct packet_segment *s, uint64_t time_ns)
{
    int from;
    struct flow *f = flow_of(t, s, &from);
    if (f == NULL)
        return s->rst ? 0 : -1;
    unlink_flow(t, f);
    link_newest(t, f);
    if (f->ended)
        return 0;
    int held = hold_early(t, f, s, from, time_ns);
    if (held < 0 || (held == 0 && take_segment(t, f, s, from, time_ns) != 0))
        return -1;
    for (struct flow *o = t->oldest; o != NULL && t->waiting > TCP_WAITING_MAX; o = o->newer)
        flush(t, o);
    if (is_reset(f, s, from) || is_over(f))
        end_flow(t, f);
    return 0;
}

void tcp_free(struct tcp *t)
{
    if (t == NULL)
        return;
    while (t->oldest != NULL)
        forget_flow(t, t->oldest);
    table_free(&t->flows);
    free(t);
}
