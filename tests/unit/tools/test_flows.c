/* SPDX-License-Identifier: BSD-2-Clause */
/* A BGP session's two streams, cut into segments, reordered, repeated and with some lost, at
 * random: the messages come out the same, or the octets that are missing are named. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/decode/decode_flow.h"
#include "tools/decode/outlet.h"
#include "tools/generate/encode.h"
#include "tools/generate/routes.h"

enum { MESSAGES_MAX = 400, STREAM_MAX = 1 << 18, SEGMENTS_MAX = 4096, RUNS = 150, NEAR = 6 };

struct stream {
    uint8_t data[STREAM_MAX];
    struct wr w;
    uint32_t at[MESSAGES_MAX + 1]; /* where each message begins; the last: the end */
    unsigned cnt;
    unsigned heard; /* messages that came out, in order */
    bool got[MESSAGES_MAX];
    bool named[STREAM_MAX]; /* octets told as missing or passed over */
    bool sent[STREAM_MAX];
    uint32_t isn;
};

static struct stream stream[2]; /* 0: the peer, which opens the connection */
static bool asn4_told;          /* the context of the peer's UPDATEs was negotiated */

static uint32_t below(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % n;
}

/* ---- what goes in ---- */

static void end_message(struct stream *s)
{
    s->cnt++;
    s->at[s->cnt] = (uint32_t)s->w.len;
    cr_assert_not(s->w.overflow);
}

static void make_stream(struct stream *s, uint64_t seed, bool table)
{
    struct encode_peer p = encode_peer_of(table);
    struct routes r;
    struct routes_set set;
    memset(s, 0, sizeof *s);
    s->w = wr_of(s->data, sizeof s->data);
    encode_peer_open(&s->w, &p, false);
    end_message(s);
    encode_keepalive(&s->w);
    end_message(s);
    routes_init(&r, seed, table ? 2000 : 0, table ? 150 : 0, 0);
    while (routes_next(&r, &set) && s->cnt < MESSAGES_MAX - 1) {
        encode_update(&s->w, &set, &p);
        end_message(s);
    }
    encode_keepalive(&s->w);
    end_message(s);
}

/* ---- what comes out ---- */

static void take_event(struct decode *d, const struct decode_event *ev)
{
    const struct journal_view *f = ev->item->frame;
    (void)d;
    if (f->kind != JOURNAL_BGP_RECV && f->kind != JOURNAL_BGP_SENT)
        return;
    struct stream *s = &stream[f->kind == JOURNAL_BGP_SENT];
    while (s->heard < s->cnt && (s->at[s->heard + 1] - s->at[s->heard] != f->len ||
                                 memcmp(s->data + s->at[s->heard], f->p, f->len) != 0))
        s->heard++;
    cr_assert_lt(s->heard, s->cnt, "a message that was not sent, or out of order");
    s->got[s->heard++] = true;
    if (f->kind == JOURNAL_BGP_RECV && s->heard > 2)
        asn4_told &= !ev->ctx->assumed;
}

/* Reads the lines `... 192.0.2.1:40000 > ...: octets A to B of the stream`. */
static void read_said(const struct buf *said)
{
    char *copy = strndup(said->len > 0 ? said->p : "", said->len), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        unsigned long long from, to;
        const char *octets = strstr(line, "octets "), *peer = strstr(line, "192.0.2.1:");
        if (octets == NULL || sscanf(octets, "octets %llu to %llu", &from, &to) != 2)
            continue;
        struct stream *s = &stream[peer == NULL || strstr(line, " > ") < peer];
        cr_assert_lt(to, STREAM_MAX, "%s", line);
        memset(s->named + from, true, to - from + 1);
    }
    free(copy);
}

/* ---- segments ---- */

struct piece {
    uint32_t off, len;
    uint8_t dir;
    bool syn, fin;
    uint32_t place; /* when it is captured */
};

static int by_place(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    return x->place != y->place ? (x->place < y->place ? -1 : 1) : 0;
}

static struct packet_segment segment_of(const struct piece *p)
{
    static const struct source_addr ends[2] = {
        {.len = 4, .a = {192, 0, 2, 1}, .port = 40000},
        {.len = 4, .a = {192, 0, 2, 2}, .port = 179},
    };
    const struct stream *s = &stream[p->dir];
    return (struct packet_segment){
        .end = {ends[p->dir], ends[!p->dir]},
        .seq = s->isn + (p->syn ? 0 : 1 + p->off),
        .syn = p->syn,
        .ack = !p->syn || p->dir == 1,
        .fin = p->fin,
        .data = cur_of(s->data + p->off, p->len),
    };
}

/* Cuts one direction. Lost pieces are marked by their absence. */
static unsigned cut(uint64_t *rnd, int dir, bool drop, struct piece *v, unsigned max)
{
    const struct stream *s = &stream[dir];
    unsigned cnt = 0;
    uint32_t at = 0;
    while (at < s->w.len && cnt < max - 3) {
        uint32_t len = 1 + below(rnd, 1460);
        uint32_t back = below(rnd, 5) == 0 ? below(rnd, at + 1) % 200 : 0;
        if (at == 0 && dir == 1 && len < s->at[1])
            len = s->at[1]; /* the whole OPEN comes before what needs it */
        if (len > s->w.len - at)
            len = (uint32_t)s->w.len - at;
        struct piece p = {.off = at - back, .len = len + back, .dir = (uint8_t)dir};
        bool lost = drop && at > 2 * NEAR * 1460 && below(rnd, 25) == 0;
        if (!lost)
            v[cnt++] = p;
        if (!lost && below(rnd, 6) == 0)
            v[cnt++] = p;
        at += len;
    }
    v[cnt++] = (struct piece){.off = (uint32_t)s->w.len, .dir = (uint8_t)dir, .fin = true};
    return cnt;
}

/* Interleaves both directions, the listener's OPEN first; then pieces come up to NEAR places
 * late. */
static unsigned mix(uint64_t *rnd, struct piece *to, struct piece *a, unsigned a_cnt,
                    struct piece *b, unsigned b_cnt)
{
    unsigned cnt = 0, ia = 0, ib = 0;
    while (ia < a_cnt || ib < b_cnt) {
        bool first = ib == b_cnt || (ia < a_cnt && below(rnd, a_cnt + b_cnt) < a_cnt && ib > 0);
        to[cnt++] = first ? a[ia++] : b[ib++];
    }
    for (unsigned i = 0; i < cnt; i++)
        to[i].place = NEAR * i + (i > 0 && !to[i].fin ? below(rnd, NEAR * NEAR) : 0);
    qsort(to, cnt, sizeof to[0], by_place);
    return cnt;
}

static void feed(struct decode_flows *flows, const struct piece *p, uint64_t time_ns)
{
    struct packet_segment s = segment_of(p);
    memset(stream[p->dir].sent + p->off, true, p->len);
    cr_assert(decode_flows_segment(flows, &s, time_ns));
}

static void run_once(uint64_t seed, bool drop, bool syn)
{
    static struct piece pieces[2][SEGMENTS_MAX], all[2 * SEGMENTS_MAX];
    static const struct decode_output output = {.name = "test", .write = take_event};
    struct outlet_piece said = {0};
    struct decode d = {
        .o = {.output = &output}, .command = "test", .file = "f", .piece = &said};
    struct decode_flows *flows = decode_flows_new(&d);
    uint64_t rnd = seed;
    unsigned cnt[2];
    asn4_told = true;
    for (int dir = 0; dir < 2; dir++) {
        make_stream(&stream[dir], seed, dir == 0);
        stream[dir].isn = UINT32_MAX - below(&rnd, 2) * below(&rnd, 100000);
        cnt[dir] = cut(&rnd, dir, drop, pieces[dir], SEGMENTS_MAX);
    }
    for (uint8_t dir = 0; dir < 2 && syn; dir++)
        feed(flows, &(struct piece){.dir = dir, .syn = true}, 1);
    unsigned total = mix(&rnd, all, pieces[0], cnt[0], pieces[1], cnt[1]);
    for (unsigned i = 0; i < total; i++)
        feed(flows, &all[i], 1000 + i);
    decode_flows_free(flows, NULL);
    read_said(&said.said);
    cr_assert(drop || said.said.len == 0, "%.*s", (int)said.said.len, said.said.p);
    buf_free(&said.said);
    buf_free(&d.out);
}

static void check_streams(uint64_t seed)
{
    for (int dir = 0; dir < 2; dir++) {
        const struct stream *s = &stream[dir];
        for (unsigned i = 0; i < s->cnt; i++) {
            bool lost = false, named = false;
            for (uint32_t k = s->at[i]; k < s->at[i + 1]; k++) {
                lost |= !s->sent[k];
                named |= s->named[k];
                cr_assert(s->sent[k] || s->named[k], "seed %u: octet %u is not named",
                          (unsigned)seed, k);
            }
            cr_assert(s->got[i] || named, "seed %u: message %u of %d", (unsigned)seed, i, dir);
            cr_assert(!s->got[i] || !lost);
        }
    }
}

static bool all_came(void)
{
    for (int dir = 0; dir < 2; dir++) {
        for (unsigned i = 0; i < stream[dir].cnt; i++) {
            if (!stream[dir].got[i])
                return false;
        }
    }
    return true;
}

Test(flows, any_order_gives_the_messages)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        run_once(seed, false, true);
        check_streams(seed);
        cr_assert(all_came(), "seed %u", (unsigned)seed);
        cr_assert(asn4_told, "seed %u: an UPDATE came before both OPENs", (unsigned)seed);
    }
}

Test(flows, any_order_without_the_handshake)
{
    for (uint64_t seed = 1000; seed <= 1000 + RUNS; seed++) {
        run_once(seed, false, false);
        check_streams(seed);
        cr_assert(all_came(), "seed %u", (unsigned)seed);
    }
}

Test(flows, what_is_missing_is_named)
{
    unsigned whole = 0;
    for (uint64_t seed = 2000; seed <= 2000 + RUNS; seed++) {
        run_once(seed, true, seed % 2);
        check_streams(seed);
        whole += all_came();
    }
    cr_assert_lt(whole, RUNS / 2, "nothing was lost: the test tests nothing");
}
