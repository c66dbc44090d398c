/* SPDX-License-Identifier: BSD-2-Clause */
/* What waits for a sink, by source: each frame under its address, over segments, and when the
 * sink is ahead of who counts. */
#include "feed.h"

#include "collector/sink/sink_ahead.h"

struct bench {
    char dir[64];
    struct feed f;
    struct sink_ahead *a;
    struct ledger *shown;
};

static void start(struct bench *b, uint64_t segment)
{
    *b = (struct bench){0};
    feed_temp(b->dir);
    feed_begin(&b->f, b->dir, segment);
    b->a = sink_ahead_new(&b->f.j, 1);
    b->shown = ledger_new(1);
    cr_assert_not_null(b->a);
    cr_assert_not_null(b->shown);
}

static void end(struct bench *b)
{
    sink_ahead_free(b->a);
    ledger_free(b->shown);
    journal_close(b->f.j);
    feed_rm(b->dir);
}

static void updates(struct bench *b, uint32_t source, unsigned cnt)
{
    uint8_t msg[FEED_MSG];
    for (unsigned i = 0; i < cnt; i++)
        feed_put(&b->f, JOURNAL_BGP_RECV, source, 1, msg, feed_update(msg, i, true, false));
}

/* What the sink has passed of source `i` of the feed. */
static void pass(struct bench *b, unsigned i, uint64_t delivered, uint64_t filtered)
{
    struct ledger_source *row = ledger_source_of(b->shown, SOURCE_BGP, &b->f.src[i].info.remote);
    row->delivered += delivered;
    row->filtered += filtered;
}

static uint64_t arrived(struct bench *b, unsigned i, struct journal_pos at)
{
    const struct ledger *l = sink_ahead_look(b->a, b->shown, &at);
    cr_assert_not_null(l);
    const struct ledger_source *s = ledger_find(l, SOURCE_BGP, &b->f.src[i].info.remote);
    return s != NULL ? s->delivered : 0;
}

/* A session's beginning is four frames: SOURCE, two OPENs, STATE. */
Test(sink_ahead, counts_each_frame_under_its_source)
{
    struct bench b;
    start(&b, 1 << 20);
    const struct journal_pos none = {0};
    uint32_t one = feed_session(&b.f, 64501, false, true, false, 1);
    uint32_t two = feed_session(&b.f, 64502, true, true, false, 1);
    updates(&b, one, 5);
    updates(&b, two, 2);
    cr_assert_eq(arrived(&b, 0, none), 9);
    cr_assert_eq(arrived(&b, 1, none), 6);
    updates(&b, two, 1);
    cr_assert_eq(arrived(&b, 0, none), 9, "what was counted is not counted again");
    cr_assert_eq(arrived(&b, 1, none), 7);
    feed_put(&b.f, JOURNAL_GONE, one, 1, "x", 1);
    feed_put(&b.f, JOURNAL_LOST, 0, 1, "\0\0\0\0\0\0\0\1", 8);
    cr_assert_eq(arrived(&b, 0, none), 10);
    const struct ledger *l = sink_ahead_look(b.a, b.shown, &none);
    cr_assert_eq(ledger_find(l, 0, &(struct source_addr){0})->delivered, 1);
    end(&b);
}

/* A sink in the middle: what it has passed is counted by itself; segments begin with repeats. */
Test(sink_ahead, begins_where_the_sink_is)
{
    struct bench b;
    start(&b, 1 << 16);
    uint32_t one = feed_session(&b.f, 64501, false, true, false, 1);
    updates(&b, one, 5000);
    struct journal_stats s;
    journal_get_stats(b.f.j, &s);
    cr_assert_gt(s.segments, 3);
    struct journal_reader *r = journal_reader_attach(b.f.j, "t", (struct journal_pos){0});
    struct journal_view v;
    do {
        cr_assert_eq(journal_read(r, &v), JOURNAL_READ_FRAME);
    } while (v.seq < 3004);
    const struct journal_pos at = journal_reader_pos(r);
    pass(&b, 0, 3000, 4);
    cr_assert_eq(arrived(&b, 0, at), 5004);
    const struct ledger *l = sink_ahead_look(b.a, b.shown, &at);
    cr_assert_null(ledger_find(l, 0, &(struct source_addr){0}), "repeats told whose they are");
    journal_reader_free(r);
    end(&b);
}

/* Lost frames are no more, and who has counted them begins anew. */
Test(sink_ahead, forgets_what_the_sink_lost)
{
    struct bench b;
    start(&b, 1 << 20);
    uint32_t one = feed_session(&b.f, 64501, false, true, false, 1);
    updates(&b, one, 10);
    cr_assert_eq(arrived(&b, 0, (struct journal_pos){0}), 14);
    struct journal_view v = {.seq = 11};
    struct track_source src = {.id = one, .info = b.f.src[0].info};
    const struct track_item item = {.frame = &v, .source = &src};
    cr_assert_eq(ledger_count(b.shown, &item, true, 10, NULL), 0); /* 1 to 10 are gone, then the 11th */
    cr_assert_eq(arrived(&b, 0, (struct journal_pos){.seq = 12}), 1 + 3);
    end(&b);
}

static void sum(void *arg, const struct ledger_sums *s)
{
    struct ledger_sums *to = arg;
    cr_assert_eq(s->received, s->delivered + s->filtered + s->waiting);
    to->received += s->received;
    to->waiting += s->waiting;
}

/* A page adds up by source as by shard, those included of which nothing was passed. */
Test(sink_ahead, pages_add_up)
{
    struct bench b;
    start(&b, 1 << 20);
    uint32_t one = feed_session(&b.f, 64501, false, true, false, 1);
    uint32_t two = feed_session(&b.f, 64502, false, true, false, 1);
    updates(&b, one, 3);
    updates(&b, two, 7);
    ledger_begin(b.shown, 0, 1);
    pass(&b, 0, 0, 4);
    const struct journal_pos at = {.seq = 5};
    const uint64_t next = journal_next_seq(b.f.j);
    const struct ledger_page p = {.ledger = b.shown,
                                  .arrived = sink_ahead_look(b.a, b.shown, &at),
                                  .next = &next,
                                  .place = &at.seq};
    struct ledger_sums all = {0};
    ledger_each(&p, sum, &all);
    cr_assert_eq(all.received, 18);
    cr_assert_eq(all.waiting, 14);
    cr_assert_eq(ledger_unknown(&p), 0);
    end(&b);
}
