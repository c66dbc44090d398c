/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp_stream: one direction's octets, in order (RFC 9293 section 3.4). Floor F4. */
#include <stdlib.h>

#include "tools/pcap/tcp_int.h"

void tcp_forget_history(struct tcp *t, struct tcp_conn *f)
{
    for (int dir = 0; dir < 2; dir++) {
        t->history -= f->dir[dir].history != NULL ? TCP_HISTORY : 0;
        free(f->dir[dir].history);
        f->dir[dir].history = NULL;
    }
}

/* Keeps what is handed out, for comparison. */
static void remember(struct tcp *t, struct tcp_stream *d, const uint8_t *p, uint32_t len)
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

static void tell_difference(struct tcp *t, struct tcp_conn *f, int dir, uint64_t off,
                            uint64_t len)
{
    if (t->hooks.differs != NULL && !f->pub.ignored)
        t->hooks.differs(t->hooks.arg, &f->pub, dir, off, len);
}

/* Compares octets that come again, from number `off` of the stream on, with what is known. */
static void compare(struct tcp *t, struct tcp_conn *f, int dir, uint64_t off, struct cur c)
{
    const struct tcp_stream *d = &f->dir[dir];
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

static void hand_out(struct tcp *t, struct tcp_conn *f, int dir, uint64_t time_ns,
                     const uint8_t *p, uint32_t len)
{
    struct tcp_stream *d = &f->dir[dir];
    if (f->pub.ignored)
        tcp_forget_history(t, f);
    else
        remember(t, d, p, len);
    d->seq += len;
    d->next += len;
    if (!f->pub.ignored && len > 0)
        t->hooks.bytes(t->hooks.arg, &f->pub, dir, time_ns, p, len);
}

static void drop_first(struct tcp *t, struct tcp_stream *d)
{
    struct tcp_waiting *w = d->queue;
    d->queue = w->next;
    d->waiting -= w->len;
    t->waiting -= w->len;
    free(w);
}

/* Hands out what no longer waits. */
static void drain(struct tcp *t, struct tcp_conn *f, int dir)
{
    struct tcp_stream *d = &f->dir[dir];
    while (d->queue != NULL && d->queue->off == d->next) {
        struct tcp_waiting *w = d->queue;
        hand_out(t, f, dir, w->time_ns, w->data, w->len);
        drop_first(t, d);
    }
}

void tcp_tell_gap(struct tcp *t, struct tcp_conn *f, int dir, uint64_t len)
{
    if (!f->pub.ignored)
        t->hooks.gap(t->hooks.arg, &f->pub, dir, len);
}

/* Gives up waiting for the next `len` octets. */
static void lose(struct tcp *t, struct tcp_conn *f, int dir, uint64_t len)
{
    struct tcp_stream *d = &f->dir[dir];
    d->next += len;
    d->known = d->next;
    d->seq += (uint32_t)len;
    tcp_tell_gap(t, f, dir, len);
    drain(t, f, dir);
}

/* Gives up waiting for what is before the first of the queue. */
static void give_up(struct tcp *t, struct tcp_conn *f, int dir)
{
    lose(t, f, dir, f->dir[dir].queue->off - f->dir[dir].next);
}

void tcp_flush_stream(struct tcp *t, struct tcp_conn *f, int dir)
{
    while (f->dir[dir].queue != NULL)
        give_up(t, f, dir);
}

void tcp_note_sent(struct tcp_stream *d, uint64_t off)
{
    if (off > d->sent)
        d->sent = off;
}

/* Packets are not always captured in the order in which they passed: an acknowledgement may be
 * there before what it acknowledges. */
static bool is_late(struct tcp_stream *d, uint64_t time_ns)
{
    const uint64_t long_ns = TCP_LATE_MS * UINT64_C(1000000);
    if (d->late++ == 0 || d->late_at != d->next) {
        d->late = 1;
        d->late_at = d->next;
        d->late_end = d->sent < d->queue->off ? d->sent : d->queue->off;
        d->late_ns = time_ns;
    }
    return d->late > TCP_LATE_MAX ||
           (d->late > TCP_LATE_MIN && time_ns > d->late_ns + long_ns);
}

void tcp_lose_late(struct tcp *t, struct tcp_conn *f, int dir, uint64_t time_ns)
{
    struct tcp_stream *d = &f->dir[dir];
    if (d->queue == NULL || d->sent <= d->next) {
        d->late = 0;
        return;
    }
    if (!is_late(d, time_ns))
        return;
    d->late = 0;
    lose(t, f, dir, (d->late_end < d->queue->off ? d->late_end : d->queue->off) - d->next);
}

/* Puts octets that nothing waits for yet into the queue before *at. */
static int insert(struct tcp *t, struct tcp_stream *d, struct tcp_waiting **at, uint64_t off,
                  uint64_t time_ns, const uint8_t *p, uint32_t len)
{
    struct tcp_waiting *w = malloc(sizeof *w + len);
    if (w == NULL)
        return -1;
    *w = (struct tcp_waiting){.next = *at, .off = off, .time_ns = time_ns, .len = len};
    memcpy(w->data, p, len);
    *at = w;
    d->waiting += len;
    t->waiting += len;
    return 0;
}

/* Queues those octets of a segment that are not in the queue yet. */
static int enqueue(struct tcp *t, struct tcp_conn *f, int dir, uint64_t off, uint64_t time_ns,
                   struct cur c)
{
    struct tcp_stream *d = &f->dir[dir];
    struct tcp_waiting **at = &d->queue;
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
static void bound(struct tcp *t, struct tcp_conn *f, int dir)
{
    while (f->dir[dir].waiting > TCP_WAITING_DIR_MAX)
        give_up(t, f, dir);
}

int tcp_take_data(struct tcp *t, struct tcp_conn *f, int dir, int64_t rel, uint64_t time_ns,
                     struct cur c)
{
    struct tcp_stream *d = &f->dir[dir];
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
