/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP reassembly: a known stream, cut, reordered, repeated, overlapped and with holes at
 * random, comes out the same, or what is missing is told. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/pcap/tcp.h"

enum { STREAM = 60000, SEGMENTS_MAX = 4096, RUNS = 200, SHUFFLE = 24 };

/* A stream as it comes out: octets, and which of them were told as missing. */
struct heard {
    uint8_t data[STREAM];
    bool missing[STREAM];
    size_t at;
    unsigned ends, gaps, differences;
    uint64_t differs_off, differs_len; /* of the last difference */
    uint64_t last_time;
};

static void on_bytes(void *arg, struct tcp_flow *f, int dir, uint64_t time_ns, const uint8_t *p,
                     size_t len)
{
    struct heard *h = arg;
    (void)f, (void)dir;
    cr_assert_leq(h->at + len, STREAM);
    memcpy(h->data + h->at, p, len);
    h->at += len;
    h->last_time = time_ns;
}

static void on_gap(void *arg, struct tcp_flow *f, int dir, uint64_t len)
{
    struct heard *h = arg;
    (void)f, (void)dir;
    cr_assert_gt(len, 0);
    cr_assert_leq(h->at + len, STREAM);
    memset(h->missing + h->at, true, len);
    h->at += len;
    h->gaps++;
}

static void on_differs(void *arg, struct tcp_flow *f, int dir, uint64_t off, uint64_t len)
{
    struct heard *h = arg;
    (void)f, (void)dir;
    h->differences++;
    h->differs_off = off;
    h->differs_len = len;
}

static void on_end(void *arg, struct tcp_flow *f)
{
    struct heard *h = arg;
    (void)f;
    h->ends++;
}

static struct tcp *new_tcp(struct heard *h)
{
    struct tcp_hooks hooks = {
        .bytes = on_bytes, .gap = on_gap, .differs = on_differs, .end = on_end, .arg = h};
    memset(h, 0, sizeof *h);
    return tcp_new(&hooks);
}

static struct packet_segment segment(uint32_t seq, const uint8_t *p, size_t len)
{
    struct packet_segment s = {.seq = seq, .ack = true, .data = cur_of(p, len)};
    s.end[0] = (struct source_addr){.len = 4, .a = {192, 0, 2, 1}, .port = 179};
    s.end[1] = (struct source_addr){.len = 4, .a = {192, 0, 2, 2}, .port = 40000};
    return s;
}

static void send_syn(struct tcp *t, uint32_t isn)
{
    struct packet_segment s = segment(isn, NULL, 0);
    s.syn = true;
    s.ack = false;
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
}

static uint32_t random_below(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % n;
}

/* Octets of the stream, or what the other end says has arrived: all up to `off`. */
struct piece {
    uint32_t off, len;
    bool ack;
    size_t place;
};

/* Cuts the stream; some pieces overlap, come twice or (drop) are not captured. With `acks` the
 * other end acknowledges some of them, captured or not. */
static size_t cut(uint64_t *rnd, struct piece *v, bool drop, bool acks)
{
    size_t cnt = 0;
    uint32_t at = 0;
    while (at < STREAM && cnt < SEGMENTS_MAX - 4) {
        uint32_t len = 1 + random_below(rnd, 400);
        uint32_t back = random_below(rnd, 4) == 0 ? random_below(rnd, at + 1) % 300 : 0;
        if (len > STREAM - at)
            len = STREAM - at;
        struct piece p = {.off = at - back, .len = len + back};
        bool lost = drop && at > 0 && random_below(rnd, 20) == 0;
        if (!lost)
            v[cnt++] = p;
        if (!lost && random_below(rnd, 8) == 0)
            v[cnt++] = p;
        at += len;
        if (acks && random_below(rnd, 3) == 0)
            v[cnt++] = (struct piece){.off = at, .ack = true};
    }
    return cnt;
}

static int by_place(const void *a, const void *b)
{
    const struct piece *p = a, *q = b;
    if (p->place != q->place)
        return p->place < q->place ? -1 : 1;
    return (p->off > q->off) - (p->off < q->off);
}

/* Moves pieces, none further than SHUFFLE places. */
static void shuffle(uint64_t *rnd, struct piece *v, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        v[i].place = i + random_below(rnd, SHUFFLE);
    qsort(v, cnt, sizeof *v, by_place);
}

static struct packet_segment reverse(struct packet_segment s)
{
    struct source_addr a = s.end[0];
    s.end[0] = s.end[1];
    s.end[1] = a;
    return s;
}

/* What the other end sends when it has all octets before `seq`. */
static struct packet_segment answer(uint32_t seq)
{
    struct packet_segment s = reverse(segment(7000, NULL, 0));
    s.ack_seq = seq;
    return s;
}

enum what { WHOLE, DROP, DROP_ACKNOWLEDGED };

static void run_once(uint64_t seed, enum what what)
{
    static uint8_t stream[STREAM];
    static struct piece pieces[SEGMENTS_MAX];
    static struct heard h;
    static bool sent[STREAM];
    uint64_t rnd = seed;
    uint32_t isn = random_below(&rnd, 2) ? UINT32_MAX - random_below(&rnd, STREAM)
                                         : random_below(&rnd, UINT32_MAX);
    memset(sent, 0, sizeof sent);
    for (size_t i = 0; i < STREAM; i++)
        stream[i] = (uint8_t)random_below(&rnd, 256);
    struct tcp *t = new_tcp(&h);
    size_t cnt = cut(&rnd, pieces, what != WHOLE, what == DROP_ACKNOWLEDGED);
    shuffle(&rnd, pieces, cnt);
    send_syn(t, isn);
    for (size_t i = 0; i < cnt; i++) {
        struct packet_segment s =
            segment(isn + 1 + pieces[i].off, stream + pieces[i].off, pieces[i].len);
        if (pieces[i].ack)
            s = answer(isn + 1 + pieces[i].off);
        memset(sent + pieces[i].off, true, pieces[i].len);
        cr_assert_eq(tcp_segment(t, &s, 2 + i), 0);
    }
    tcp_free(t);
    cr_assert_eq(h.ends, 1);
    cr_assert_eq(h.differences, 0);
    for (size_t i = 0; i < h.at; i++) {
        cr_assert_eq(h.missing[i], !sent[i], "seed %zu octet %zu", (size_t)seed, i);
        if (sent[i])
            cr_assert_eq(h.data[i], stream[i], "seed %zu octet %zu", (size_t)seed, i);
    }
    for (size_t i = h.at; i < STREAM; i++) /* a lost end can't be known to be missing */
        cr_assert_not(sent[i]);
}

Test(tcp, any_order_gives_the_stream)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run_once(seed, WHOLE);
}

Test(tcp, what_is_lost_is_told)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run_once(1000 + seed, DROP);
}

Test(tcp, what_is_lost_and_acknowledged_is_told)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run_once(2000 + seed, DROP_ACKNOWLEDGED);
}

/* Sends ten octets behind a hole of five, then an answer, then `more` segments of one octet,
 * `apart` nanoseconds from each other. */
static void hole(struct tcp *t, bool acknowledged, unsigned more, uint64_t apart)
{
    send_syn(t, 99);
    struct packet_segment s = segment(105, (const uint8_t *)"fghijklmno", 10);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    s = answer(acknowledged ? 115 : 100);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    for (unsigned i = 0; i < more; i++) {
        s = segment(115 + i, (const uint8_t *)"x", 1);
        cr_assert_eq(tcp_segment(t, &s, 1 + apart * (i + 1)), 0);
    }
}

Test(tcp, an_acknowledged_hole_is_told_at_once)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    hole(t, true, TCP_LATE_MIN, TCP_LATE_MS * UINT64_C(1000000) / TCP_LATE_MIN + 1);
    cr_assert_eq(h.gaps, 1);
    cr_assert_eq(h.at, 15 + TCP_LATE_MIN);
    for (unsigned i = 0; i < 6; i++)
        cr_assert_eq(h.missing[i], i < 5);
    tcp_free(t);
    t = new_tcp(&h);
    hole(t, true, TCP_LATE_MAX - 1, 0); /* no time passes */
    cr_assert_eq(h.gaps, 0);
    tcp_free(t);
    t = new_tcp(&h);
    hole(t, true, TCP_LATE_MAX, 0);
    cr_assert_eq(h.gaps, 1);
    tcp_free(t);
    t = new_tcp(&h);
    hole(t, false, 2 * TCP_LATE_MAX, TCP_LATE_MS * UINT64_C(1000000));
    cr_assert_eq(h.gaps, 0);
    cr_assert_eq(h.at, 0);
    tcp_free(t);
}

Test(tcp, captured_late_though_acknowledged)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    hole(t, true, TCP_LATE_MIN - 1, TCP_LATE_MS * UINT64_C(1000000));
    struct packet_segment s = segment(100, (const uint8_t *)"abcde", 5);
    cr_assert_eq(tcp_segment(t, &s, 2), 0);
    cr_assert_eq(h.gaps, 0);
    cr_assert_eq(h.at, 15 + TCP_LATE_MIN - 1);
    cr_assert_arr_eq(h.data, "abcdefghijklmno", 15);
    tcp_free(t);
}

Test(tcp, a_lost_end_that_was_acknowledged_is_told)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    send_syn(t, 99);
    struct packet_segment s = segment(100, (const uint8_t *)"abc", 3);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    s = answer(104); /* three octets and a FIN, as far as anyone knows */
    cr_assert_eq(tcp_segment(t, &s, 2), 0);
    tcp_free(t);
    cr_assert_eq(h.gaps, 0);
    t = new_tcp(&h);
    send_syn(t, 99);
    s = answer(104);
    cr_assert_eq(tcp_segment(t, &s, 2), 0);
    tcp_free(t);
    cr_assert_eq(h.gaps, 1);
    cr_assert_eq(h.at, 4);
}

Test(tcp, what_the_capture_cut_off_is_told)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    send_syn(t, 99);
    struct packet_segment s = segment(100, (const uint8_t *)"abc", 3);
    s.cut = 7;
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    for (unsigned i = 0; i <= TCP_LATE_MAX; i++) {
        s = segment(110 + i, (const uint8_t *)"x", 1);
        cr_assert_eq(tcp_segment(t, &s, 2), 0);
    }
    cr_assert_eq(h.gaps, 1);
    cr_assert_eq(h.at, 10 + TCP_LATE_MAX + 1);
    for (unsigned i = 0; i < 11; i++)
        cr_assert_eq(h.missing[i], i >= 3 && i < 10);
    tcp_free(t);
}

Test(tcp, first_copy_wins)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    send_syn(t, 99);
    struct packet_segment late = segment(104, (const uint8_t *)"EFGH", 4);
    struct packet_segment other = segment(102, (const uint8_t *)"cdxxxxij", 8);
    struct packet_segment first = segment(100, (const uint8_t *)"ABzz", 4);
    cr_assert_eq(tcp_segment(t, &late, 1), 0);
    cr_assert_eq(tcp_segment(t, &other, 2), 0);
    cr_assert_eq(tcp_segment(t, &first, 3), 0);
    tcp_free(t);
    cr_assert_eq(h.at, 10);
    cr_assert_arr_eq(h.data, "ABcdEFGHij", 10);
    cr_assert_eq(h.differences, 2); /* `xxxx` against EFGH, then `zz` against cd */
    cr_assert_eq(h.differs_off, 2);
    cr_assert_eq(h.differs_len, 2);
}

Test(tcp, another_copy_of_what_was_handed_out_is_told)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    static uint8_t block[TCP_HISTORY];
    send_syn(t, 99);
    struct packet_segment s = segment(100, (const uint8_t *)"abcdefgh", 8);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    cr_assert_eq(tcp_segment(t, &s, 2), 0);
    cr_assert_eq(h.differences, 0);
    s = segment(101, (const uint8_t *)"bcXeYgh", 7);
    cr_assert_eq(tcp_segment(t, &s, 3), 0);
    cr_assert_eq(h.differences, 1);
    cr_assert_eq(h.differs_off, 3);
    cr_assert_eq(h.differs_len, 3);
    s = segment(107, (const uint8_t *)"\0", 1); /* a keepalive probe */
    cr_assert_eq(tcp_segment(t, &s, 4), 0);
    cr_assert_eq(h.differences, 1);
    s = segment(108, block, sizeof block);
    cr_assert_eq(tcp_segment(t, &s, 5), 0);
    s = segment(100, (const uint8_t *)"????????", 8); /* too long ago */
    cr_assert_eq(tcp_segment(t, &s, 6), 0);
    cr_assert_eq(h.differences, 1);
    tcp_free(t);
}

Test(tcp, joined_midway)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    struct packet_segment s = segment(5003, (const uint8_t *)"def", 3);
    cr_assert_eq(tcp_segment(t, &s, 7), 0);
    s = segment(5000, (const uint8_t *)"abc", 3); /* sent before, captured after */
    cr_assert_eq(tcp_segment(t, &s, 8), 0);
    cr_assert_eq(h.at, 0);
    s = segment(5006, (const uint8_t *)"g", 1); /* no more is held back so much later */
    cr_assert_eq(tcp_segment(t, &s, 9 + TCP_EARLY_MS * 1000000), 0);
    cr_assert_eq(h.at, 7);
    cr_assert_arr_eq(h.data, "abcdefg", 7);
    tcp_free(t);
}

Test(tcp, joined_midway_goes_on_after_some_segments)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    for (uint32_t i = 0; i < TCP_EARLY_MAX; i++) {
        struct packet_segment s = segment(UINT32_MAX - 3 + i, (const uint8_t *)"x", 1);
        cr_assert_eq(h.at, 0);
        cr_assert_eq(tcp_segment(t, &s, 7), 0);
    }
    cr_assert_eq(h.at, TCP_EARLY_MAX);
    cr_assert_eq(h.gaps, 0);
    tcp_free(t);
}

Test(tcp, the_syn_captured_late)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    struct packet_segment s = segment(103, (const uint8_t *)"def", 3);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    send_syn(t, 99);
    s = segment(100, (const uint8_t *)"abc", 3);
    cr_assert_eq(tcp_segment(t, &s, 2), 0);
    cr_assert_eq(h.at, 6);
    cr_assert_eq(h.ends, 0);
    cr_assert_arr_eq(h.data, "abcdef", 6);
    tcp_free(t);
}

Test(tcp, repetition_after_the_end_is_no_connection)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    send_syn(t, 99);
    struct packet_segment s = segment(100, (const uint8_t *)"abc", 3),
                          fin = segment(103, NULL, 0);
    fin.fin = true;
    struct packet_segment last = reverse(segment(500, NULL, 0));
    last.fin = true;
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    cr_assert_eq(tcp_segment(t, &fin, 2), 0);
    cr_assert_eq(tcp_segment(t, &last, 3), 0);
    cr_assert_eq(h.ends, 1);
    cr_assert_eq(tcp_segment(t, &s, 4), 0);
    cr_assert_eq(tcp_segment(t, &fin, 5), 0);
    cr_assert_eq(h.ends, 1);
    cr_assert_eq(h.at, 3);
    send_syn(t, 777); /* the port again */
    s = segment(778, (const uint8_t *)"def", 3);
    cr_assert_eq(tcp_segment(t, &s, 6), 0);
    cr_assert_eq(h.at, 6);
    tcp_free(t);
    cr_assert_eq(h.ends, 2);
}

Test(tcp, a_reset_out_of_nowhere_is_not_believed)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    send_syn(t, 99);
    struct packet_segment s = segment(100, (const uint8_t *)"abc", 3);
    struct packet_segment rst = segment(1u << 30, NULL, 0);
    rst.rst = true;
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    cr_assert_eq(tcp_segment(t, &rst, 2), 0);
    cr_assert_eq(h.ends, 0);
    rst.seq = 103;
    cr_assert_eq(tcp_segment(t, &rst, 3), 0);
    cr_assert_eq(h.ends, 1);
    tcp_free(t);
}

Test(tcp, reset_and_reused_port)
{
    static struct heard h;
    struct tcp *t = new_tcp(&h);
    send_syn(t, 10);
    struct packet_segment s = segment(11, (const uint8_t *)"abc", 3);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    send_syn(t, 70000); /* the same ends, another connection */
    cr_assert_eq(h.ends, 1);
    s = segment(70001, (const uint8_t *)"def", 3);
    cr_assert_eq(tcp_segment(t, &s, 2), 0);
    s = segment(70004, NULL, 0);
    s.rst = true;
    cr_assert_eq(tcp_segment(t, &s, 3), 0);
    cr_assert_eq(h.ends, 2);
    cr_assert_eq(h.gaps, 0);
    cr_assert_arr_eq(h.data, "abcdef", 6);
    tcp_free(t);
    cr_assert_eq(h.ends, 2);
}

Test(tcp, a_hole_is_told_at_the_end)
{
    static struct heard big;
    static uint8_t block[32768];
    struct tcp *t = new_tcp(&big);
    send_syn(t, 0);
    /* 30 KiB behind a hole: told when the connection ends, not before */
    struct packet_segment s = segment(101, block, 30000);
    cr_assert_eq(tcp_segment(t, &s, 1), 0);
    cr_assert_eq(big.gaps, 0);
    tcp_free(t);
    cr_assert_eq(big.gaps, 1);
    cr_assert_eq(big.at, 30100);
}

static uint64_t octets, lost;

static void count_bytes(void *arg, struct tcp_flow *f, int dir, uint64_t time_ns,
                        const uint8_t *p, size_t len)
{
    (void)arg, (void)f, (void)dir, (void)time_ns, (void)p;
    octets += len;
}

static void count_gap(void *arg, struct tcp_flow *f, int dir, uint64_t len)
{
    (void)arg, (void)f, (void)dir;
    lost += len;
}

static void no_end(void *arg, struct tcp_flow *f)
{
    (void)arg, (void)f;
}

Test(tcp, a_hole_is_given_up_when_too_much_waits)
{
    static uint8_t block[1000];
    struct tcp_hooks hooks = {.bytes = count_bytes, .gap = count_gap, .end = no_end};
    struct tcp *t = tcp_new(&hooks);
    send_syn(t, 0);
    for (uint32_t i = 1; i <= 2 * TCP_WAITING_DIR_MAX / 1000; i++) {
        struct packet_segment s = segment(1 + i * 1000, block, sizeof block);
        cr_assert_eq(tcp_segment(t, &s, i), 0);
        cr_assert(octets > 0 || (uint64_t)i * 1000 <= TCP_WAITING_DIR_MAX);
    }
    cr_assert_eq(lost, 1000);
    cr_assert_eq(octets, 2 * (uint64_t)TCP_WAITING_DIR_MAX / 1000 * 1000);
    tcp_free(t);
}
