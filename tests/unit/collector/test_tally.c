/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose frames a sink missed, to the frame: while segments are dropped before a slow reader, after
 * one that was killed, of sources that came and went in between, and over the writer's restarts. */
#include <criterion/criterion.h>

#include "feed.h"

#include "collector/sink/sink_lane.h"
#include "collector/sink/tally.h"

enum { ADDRESSES = 3, SEGMENT = 64 << 10, SEGMENTS = 4 };

struct bench {
    char dir[64];
    struct journal *j;
    struct ledger *tally;
    uint32_t id[ADDRESSES]; /* 0: not there */
    uint64_t put[ADDRESSES + 1]; /* frames by address; the last: of nobody */
    /* what the sink has */
    struct sink_lanes lanes;
    struct ledger *ledger;
    struct sink_cursor *cursor;
    struct buf saved; /* the ledger at the cursor */
};

static struct source_info info_of(unsigned i)
{
    return (struct source_info){.kind = i == 0 ? SOURCE_BMP : SOURCE_BGP,
                                .remote = {.len = 4, .a = {192, 0, 2, (uint8_t)(i + 1)}}};
}

static size_t payload_of(unsigned i, uint8_t payload[SOURCE_PAYLOAD_MAX])
{
    const struct source_info info = info_of(i);
    struct wr w = wr_of(payload, SOURCE_PAYLOAD_MAX);
    source_encode(&info, &w);
    return w.len;
}

static void repeat(struct journal *j, void *arg)
{
    struct bench *b = arg;
    uint8_t payload[SOURCE_PAYLOAD_MAX];
    tally_repeat(b->tally, j);
    for (unsigned i = 0; i < ADDRESSES; i++) {
        if (b->id[i] != 0)
            cr_assert_eq(journal_append(j, JOURNAL_SOURCE, JOURNAL_REPEAT, b->id[i], 1, payload,
                                        (uint32_t)payload_of(i, payload)),
                         0);
    }
}

static void open_journal(struct bench *b)
{
    char err[512];
    const struct journal_options o = {.dir = b->dir,
                                      .segment_size = SEGMENT,
                                      .limit = SEGMENTS * SEGMENT,
                                      .drop_oldest = true,
                                      .tell_start = true,
                                      .repeat = repeat,
                                      .repeat_arg = b};
    ledger_free(b->tally);
    b->tally = NULL;
    b->j = journal_open(&o, err, sizeof err);
    cr_assert_not_null(b->j, "%s", err);
    b->tally = tally_open(b->j);
    cr_assert_not_null(b->tally);
}

/* Appends a frame of address `i`; ADDRESSES: of nobody. */
static void put(struct bench *b, enum journal_kind kind, unsigned i, const void *p, size_t len)
{
    const struct source_info info = info_of(i);
    cr_assert_eq(journal_append(b->j, kind, 0, i < ADDRESSES ? b->id[i] : 0, 1, p, (uint32_t)len),
                 0);
    ++*(i < ADDRESSES ? tally_of(b->tally, &info) : tally_nobody(b->tally));
    b->put[i]++;
}

static void come(struct bench *b, unsigned i)
{
    uint8_t payload[SOURCE_PAYLOAD_MAX];
    size_t len = payload_of(i, payload);
    uint32_t id = journal_new_source(b->j);
    const struct source_info info = info_of(i);
    cr_assert_eq(journal_append(b->j, JOURNAL_SOURCE, 0, id, 1, payload, (uint32_t)len), 0);
    ++*tally_of(b->tally, &info);
    b->put[i]++;
    b->id[i] = id;
}

static void go(struct bench *b, unsigned i)
{
    put(b, JOURNAL_GONE, i, "over", 4);
    b->id[i] = 0;
}

/* So many frames of all that are there, in turns of unlike lengths. */
static void talk(struct bench *b, unsigned cnt)
{
    static const uint8_t msg[700];
    for (unsigned n = 0; n < cnt; n++) {
        unsigned i = n % 5 % ADDRESSES;
        if (n % 11 == 0)
            put(b, JOURNAL_LOST, ADDRESSES, msg, 8);
        else if (b->id[i] != 0)
            put(b, i == 0 ? JOURNAL_BMP : JOURNAL_BGP_RECV, i, msg, 19 + n % 600);
        if (n % 16 == 0)
            journal_wake(b->j);
    }
}

static void attach(struct bench *b)
{
    static const struct track_hooks hooks;
    cr_assert_eq(sink_lanes_open(&b->lanes, &b->j, 1, "x", &hooks, b->cursor, true), 0);
    ledger_free(b->ledger);
    b->ledger = ledger_new(1);
    cr_assert_eq(ledger_load(b->ledger, b->saved.p, b->saved.len), 0);
}

static unsigned consume(struct bench *b, unsigned cnt)
{
    struct track_item item;
    struct track *t;
    unsigned n = 0;
    for (; n < cnt && sink_lanes_next(&b->lanes, &item, &t) > 0; n++) {
        cr_assert_eq(ledger_count(b->ledger, &item, n % 3 != 0, sink_lanes_gap(&b->lanes),
                                  sink_lanes_missed(&b->lanes)),
                     0);
        cr_assert_eq(sink_lanes_consumed(&b->lanes, &item), 0);
    }
    return n;
}

static void checkpoint(struct bench *b)
{
    sink_lanes_mark(&b->lanes, b->cursor);
    buf_clear(&b->saved);
    ledger_save(b->ledger, &b->saved);
    sink_lanes_release(&b->lanes, b->cursor);
}

static void start(struct bench *b)
{
    *b = (struct bench){.cursor = calloc(1, sizeof(struct sink_cursor))};
    feed_temp(b->dir);
    open_journal(b);
    attach(b);
    journal_start_trimming(b->j);
    come(b, 0);
    come(b, 1);
}

static void end(struct bench *b)
{
    sink_lanes_close(&b->lanes);
    ledger_free(b->ledger);
    ledger_free(b->tally);
    sink_cursor_free(b->cursor);
    free(b->cursor);
    buf_free(&b->saved);
    journal_close(b->j);
    feed_rm(b->dir);
}

/* All that was put is consumed or lost, address by address. Returns how many were lost. */
static uint64_t expect_balance(struct bench *b, const char *when)
{
    static const struct source_addr none;
    uint64_t lost = 0, total = 0;
    for (unsigned i = 0; i <= ADDRESSES; i++) {
        const struct source_info info = info_of(i);
        const struct ledger_source *s =
            i < ADDRESSES ? ledger_find(b->ledger, (uint8_t)info.kind, &info.remote)
                          : ledger_find(b->ledger, 0, &none);
        uint64_t has = s != NULL ? s->delivered + s->filtered + s->lost : 0;
        cr_assert_eq(has, b->put[i], "%s: address %u has %lu of %lu", when, i,
                     (unsigned long)has, (unsigned long)b->put[i]);
        lost += s != NULL ? s->lost : 0;
    }
    unsigned cnt;
    const struct ledger_lane *lane = ledger_lanes(b->ledger, &cnt);
    total = lane->lost;
    cr_assert_eq(lost, total, "%s: %lu lost by source, %lu in all", when, (unsigned long)lost,
                 (unsigned long)total);
    return lost;
}

Test(tally, names_whose_frames_a_slow_sink_missed)
{
    struct bench b;
    start(&b);
    talk(&b, 100);
    cr_assert_gt(consume(&b, 40), 0);
    talk(&b, 4000);
    come(&b, 2); /* it comes and goes in what the sink misses */
    talk(&b, 50);
    go(&b, 2);
    talk(&b, 4000);
    cr_assert_gt(consume(&b, 1000000), 0);
    cr_assert_gt(expect_balance(&b, "once"), 3000);
    talk(&b, 300);
    go(&b, 1);
    talk(&b, 3000);
    cr_assert_gt(consume(&b, 1000000), 0);
    expect_balance(&b, "again");
    end(&b);
}

/* What the cursor says is enough, wherever it was stored. */
Test(tally, names_them_after_a_crash)
{
    for (unsigned first = 0; first < 400; first += 57) {
        struct bench b;
        start(&b);
        talk(&b, 500);
        consume(&b, first);
        checkpoint(&b);
        consume(&b, 80); /* consumed again later, unless it is gone by then */
        sink_lanes_close(&b.lanes);
        talk(&b, first % 2 == 0 ? 3000 : 200);
        attach(&b);
        consume(&b, 1000000);
        expect_balance(&b, "after the crash");
        end(&b);
    }
}

/* A checkpoint between the segment that was found and its first frame. */
Test(tally, names_them_when_stored_before_the_gap)
{
    struct bench b;
    struct track_item item;
    struct track *t;
    start(&b);
    talk(&b, 100);
    consume(&b, 20);
    talk(&b, 5000);
    cr_assert_eq(sink_lanes_next(&b.lanes, &item, &t), 1);
    checkpoint(&b);
    sink_lanes_close(&b.lanes);
    attach(&b);
    consume(&b, 1000000);
    cr_assert_gt(expect_balance(&b, "before the gap"), 1000);
    end(&b);
}

Test(tally, goes_on_when_the_writer_begins_anew)
{
    struct bench b;
    start(&b);
    talk(&b, 700);
    for (unsigned i = 0; i < 4; i++) {
        consume(&b, 10);
        checkpoint(&b);
        sink_lanes_close(&b.lanes);
        journal_close(b.j);
        for (unsigned k = 0; k < ADDRESSES; k++) {
            b.put[k] += b.id[k] != 0; /* a GONE of each that was there */
            b.id[k] = 0;
        }
        b.put[ADDRESSES]++; /* START */
        open_journal(&b);
        attach(&b);
        journal_start_trimming(b.j);
        come(&b, i % ADDRESSES);
        talk(&b, 100 + 1700 * i);
    }
    consume(&b, 1000000);
    cr_assert_gt(expect_balance(&b, "after restarts"), 1000);
    end(&b);
}
