/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp_early: connections joined midway begin with the first of their segments, not with the
 * first that was captured. Floor F4. */
#include <stdlib.h>

#include "tools/pcap/tcp_int.h"

/* Lets each direction begin with the first octet held back. */
static void find_starts(struct tcp_conn *f)
{
    uint8_t key[TCP_KEY_LEN];
    for (const struct tcp_early *e = f->early; e != NULL; e = e->next) {
        struct tcp_stream *d = &f->dir[tcp_make_key(key, &e->s)];
        if (e->s.data.left == 0 || f->pub.syn[tcp_make_key(key, &e->s)])
            continue;
        if (!d->started || (int32_t)(e->s.seq - d->seq) < 0)
            d->seq = d->first = e->s.seq;
        d->started = true;
    }
}

void tcp_release_early(struct tcp *t, struct tcp_conn *f)
{
    uint8_t key[TCP_KEY_LEN];
    f->settled = true;
    find_starts(f);
    while (f->early != NULL) {
        struct tcp_early *e = f->early;
        f->early = e->next;
        t->waiting -= e->s.data.left;
        (void)tcp_take_segment(t, f, &e->s, tcp_make_key(key, &e->s), e->time_ns);
        free(e);
    }
}

static int add_early(struct tcp *t, struct tcp_conn *f, const struct packet_segment *s,
                     uint64_t time_ns)
{
    struct tcp_early *e = malloc(sizeof *e + s->data.left);
    if (e == NULL)
        return -1;
    *e = (struct tcp_early){.s = *s, .time_ns = time_ns};
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

int tcp_hold_early(struct tcp *t, struct tcp_conn *f, const struct packet_segment *s, int from,
                      uint64_t time_ns)
{
    const uint64_t long_ns = TCP_EARLY_MS * UINT64_C(1000000);
    if (f->settled)
        return 0;
    if (s->syn)
        tcp_take_syn(f, s, from);
    if (f->pub.opener >= 0 || s->rst) {
        tcp_release_early(t, f);
        return 0;
    }
    if (add_early(t, f, s, time_ns) != 0)
        return -1;
    if (f->early_cnt == TCP_EARLY_MAX || time_ns > f->early->time_ns + long_ns)
        tcp_release_early(t, f);
    return 1;
}
