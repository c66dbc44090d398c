/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp: connections and the two streams of each (RFC 9293). Floor F4. */
#include <stdlib.h>

#include "base/hash.h"
#include "tools/pcap/tcp_int.h"

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

static void unlink_flow(struct tcp *t, struct tcp_conn *f)
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

static void link_newest(struct tcp *t, struct tcp_conn *f)
{
    f->newer = NULL;
    f->older = t->newest;
    if (t->newest != NULL)
        t->newest->newer = f;
    else
        t->oldest = f;
    t->newest = f;
}

/* ---- connections ---- */

static bool addr_less(const struct source_addr *a, const struct source_addr *b)
{
    int c = memcmp(a->a, b->a, sizeof a->a);
    return c != 0 ? c < 0 : a->port < b->port;
}

int tcp_make_key(uint8_t key[TCP_KEY_LEN], const struct packet_segment *s)
{
    int first = addr_less(&s->end[1], &s->end[0]);
    struct wr w = wr_of(key, TCP_KEY_LEN);
    for (int i = 0; i < 2; i++) {
        wr_bytes(&w, s->end[first ^ i].a, sizeof s->end[0].a);
        wr_u16(&w, s->end[first ^ i].port);
    }
    wr_u8(&w, s->end[0].len);
    return first;
}

static void flush(struct tcp *t, struct tcp_conn *f)
{
    tcp_release_early(t, f);
    tcp_flush_stream(t, f, 0);
    tcp_flush_stream(t, f, 1);
}

/* What was sent, as FIN or receiver say, and never came. A receiver counts the FIN: one octet
 * may be that. */
static void tell_lost_end(struct tcp *t, struct tcp_conn *f)
{
    for (int dir = 0; dir < 2; dir++) {
        const struct tcp_stream *d = &f->dir[dir];
        uint64_t end = d->fin ? d->fin_off : d->sent - (d->sent > 0);
        if (d->next < end)
            tcp_tell_gap(t, f, dir, d->fin ? end - d->next : d->sent - d->next);
    }
}

/* Tells the end. The connection is remembered for what may still come of it. */
static void end_flow(struct tcp *t, struct tcp_conn *f)
{
    if (f->ended)
        return;
    flush(t, f);
    tell_lost_end(t, f);
    t->hooks.end(t->hooks.arg, &f->pub);
    tcp_forget_history(t, f);
    f->ended = true;
}

static void forget_flow(struct tcp *t, struct tcp_conn *f)
{
    end_flow(t, f);
    if (t->hooks.forget != NULL)
        t->hooks.forget(t->hooks.arg, &f->pub);
    table_del(&t->flows, &f->node);
    unlink_flow(t, f);
    free(f);
}

static struct tcp_conn *find(const struct tcp *t, const uint8_t key[TCP_KEY_LEN], uint64_t hash)
{
    for (struct table_node *n = table_chain(&t->flows, hash); n != NULL; n = n->next) {
        struct tcp_conn *f = (struct tcp_conn *)n;
        if (n->hash == hash && memcmp(f->key, key, TCP_KEY_LEN) == 0)
            return f;
    }
    return NULL;
}

static struct tcp_conn *add(struct tcp *t, const uint8_t key[TCP_KEY_LEN], uint64_t hash,
                        const struct packet_segment *s, int from)
{
    if (t->flows.cnt >= TCP_FLOWS_MAX)
        forget_flow(t, t->oldest);
    struct tcp_conn *f = calloc(1, sizeof *f);
    if (f == NULL || table_reserve(&t->flows) != 0) {
        free(f);
        return NULL;
    }
    memcpy(f->key, key, TCP_KEY_LEN);
    f->pub.end[from] = s->end[0];
    f->pub.end[!from] = s->end[1];
    f->pub.opener = -1;
    f->node.hash = hash;
    table_add(&t->flows, &f->node);
    link_newest(t, f);
    return f;
}

/* A SYN that isn't this connection's begins another one between the same ends. */
static bool is_another(const struct tcp_conn *f, const struct packet_segment *s, int from)
{
    const struct tcp_stream *d = &f->dir[from];
    if (!s->syn)
        return d->started && !s->rst && s->data.left > 0 &&
               (uint32_t)(s->seq - d->seq + TCP_FAR) > 2u * TCP_FAR;
    if (f->pub.syn[from])
        return d->isn != s->seq;
    return d->started && s->seq + 1 != d->first;
}

void tcp_take_syn(struct tcp_conn *f, const struct packet_segment *s, int from)
{
    struct tcp_stream *d = &f->dir[from];
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
static bool is_over(const struct tcp_conn *f)
{
    return f->dir[0].fin && f->dir[1].fin && f->dir[0].next >= f->dir[0].fin_off &&
           f->dir[1].next >= f->dir[1].fin_off;
}

/* Made-up captures let the SYN carry data and forget that it counts itself: what follows goes
 * on one octet too early. Returns where it belongs. */
static int64_t recount(struct tcp_stream *d)
{
    d->seq--;
    d->syn_len = 0;
    return 0;
}

int tcp_take_segment(struct tcp *t, struct tcp_conn *f, const struct packet_segment *s,
                     int from, uint64_t time_ns)
{
    struct tcp_stream *d = &f->dir[from];
    if (s->syn)
        tcp_take_syn(f, s, from);
    uint32_t seq = s->seq + (s->syn ? 1 : 0);
    if (!d->started && (s->data.left + s->cut > 0 || s->fin)) {
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
    int64_t len = (int64_t)s->data.left + s->cut;
    if (s->fin && rel + len >= 0 && rel < TCP_FAR) {
        d->fin = true;
        d->fin_off = d->next + (uint64_t)(rel + len);
    }
    if (s->cut > 0 && rel + len > 0 && rel < TCP_FAR)
        tcp_note_sent(d, d->next + (uint64_t)(rel + len));
    if (s->data.left == 0)
        return 0;
    return tcp_take_data(t, f, from, rel, time_ns, s->data);
}

/* Returns whether a RST is of this connection, as far as its number tells (RFC 5961). */
static bool is_reset(const struct tcp_conn *f, const struct packet_segment *s, int from)
{
    const struct tcp_stream *d = &f->dir[from];
    return s->rst && (!d->started || (uint32_t)(s->seq - d->seq + TCP_FAR) <= 2u * TCP_FAR);
}

static struct tcp_conn *flow_of(struct tcp *t, const struct packet_segment *s, int *from)
{
    uint8_t key[TCP_KEY_LEN];
    *from = tcp_make_key(key, s);
    uint64_t hash = hash_sip13(t->hash_key, key, sizeof key);
    struct tcp_conn *f = find(t, key, hash);
    if (f != NULL && is_another(f, s, *from)) {
        forget_flow(t, f);
        f = NULL;
    }
    if (f == NULL && s->rst)
        return NULL;
    return f != NULL ? f : add(t, key, hash, s, *from);
}

/* Learns from an acknowledgement what the other end has sent. Made-up captures leave it 0. */
static void take_ack(struct tcp_conn *f, const struct packet_segment *s, int from)
{
    struct tcp_stream *d = &f->dir[!from];
    int64_t rel = (int32_t)(s->ack_seq - d->seq);
    if (s->ack && s->ack_seq != 0 && !s->rst && d->started && rel > 0 && rel < TCP_FAR)
        tcp_note_sent(d, d->next + (uint64_t)rel);
}

int tcp_segment(struct tcp *t, const struct packet_segment *s, uint64_t time_ns)
{
    int from;
    struct tcp_conn *f = flow_of(t, s, &from);
    if (f == NULL)
        return s->rst ? 0 : -1;
    f->pub.segments++;
    unlink_flow(t, f);
    link_newest(t, f);
    if (f->ended)
        return 0;
    int held = tcp_hold_early(t, f, s, from, time_ns);
    if (held < 0 || (held == 0 && tcp_take_segment(t, f, s, from, time_ns) != 0))
        return -1;
    take_ack(f, s, from);
    tcp_lose_late(t, f, 0, time_ns);
    tcp_lose_late(t, f, 1, time_ns);
    for (struct tcp_conn *o = t->oldest; o != NULL && t->waiting > TCP_WAITING_MAX;
         o = o->newer)
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
