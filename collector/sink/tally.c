/* SPDX-License-Identifier: BSD-2-Clause */
/* tally: counts of frames by address. Floor F4. */
#include "collector/sink/tally.h"

#include "base/clock.h"
#include "collector/sink/sink_ahead.h"

static const struct source_addr no_addr;

uint64_t *tally_of(struct ledger *t, const struct source_info *info)
{
    struct ledger_source *s =
        t != NULL ? ledger_source_of(t, (uint8_t)info->kind, &info->remote) : NULL;
    return s != NULL ? &s->delivered : NULL;
}

uint64_t *tally_nobody(struct ledger *t)
{
    struct ledger_source *s = t != NULL ? ledger_source_of(t, 0, &no_addr) : NULL;
    return s != NULL ? &s->delivered : NULL;
}

void tally_repeat(const struct ledger *t, struct journal *j)
{
    struct buf b = {0};
    if (t == NULL)
        return;
    ledger_save(t, &b);
    /* The journal makes the segment fit its repeats; without memory this segment has no counts. */
    if (!b.failed && journal_append(j, JOURNAL_COUNTS, JOURNAL_REPEAT, 0, clock_realtime_ns(), b.p,
                                    (uint32_t)b.len) != 0)
        b.len = 0;
    buf_free(&b);
}

struct ledger *tally_read(const struct journal_view *v)
{
    struct ledger *t = ledger_new(1);
    if (t != NULL && ledger_load(t, v->p, v->len) == 0)
        return t;
    ledger_free(t);
    return NULL;
}

/* ---- the difference ---- */

struct between {
    const struct ledger *before;
    struct ledger *out;
    bool failed;
};

static void add_difference(void *arg, const struct ledger_source *later)
{
    struct between *b = arg;
    const struct ledger_source *before = ledger_find(b->before, later->kind, &later->addr);
    uint64_t was = before != NULL ? before->delivered : 0;
    if (later->delivered <= was)
        return;
    struct ledger_source *s = ledger_source_of(b->out, later->kind, &later->addr);
    if (s != NULL)
        s->delivered = later->delivered - was;
    b->failed |= s == NULL;
}

struct ledger *tally_between(const struct ledger *before, const struct ledger *later)
{
    struct between b = {.before = before, .out = ledger_new(1)};
    if (b.out != NULL)
        ledger_sources(later, add_difference, &b);
    if (!b.failed)
        return b.out;
    ledger_free(b.out);
    return NULL;
}

/* ---- opening ---- */

static void add_delivered(void *arg, const struct ledger_source *s)
{
    *(uint64_t *)arg += s->delivered;
}

/* Finds the counts at the beginning of a segment, or none: *at is then where the count begins.
 * Returns the counts (NULL: none, or no memory). */
static struct ledger *find_counts(struct journal *j, uint64_t segment, struct journal_pos *at)
{
    struct journal_view v;
    struct ledger *t = NULL;
    struct journal_reader *r =
        journal_reader_attach(j, "tally", (struct journal_pos){.segment = segment});
    if (r == NULL)
        return NULL;
    *at = (struct journal_pos){.segment = journal_reader_pos(r).segment};
    while (t == NULL && journal_read(r, &v) == JOURNAL_READ_FRAME) {
        at->seq = v.seq;
        if (!(v.flags & JOURNAL_REPEAT))
            break;
        if (v.kind == JOURNAL_COUNTS)
            t = tally_read(&v);
    }
    journal_reader_free(r);
    return t;
}

static struct ledger *find_last_counts(struct journal *j, struct journal_pos *at)
{
    struct journal_reader *r =
        journal_reader_attach(j, "tally", (struct journal_pos){.segment = UINT64_MAX});
    if (r == NULL)
        return NULL;
    uint64_t last = journal_reader_pos(r).segment;
    journal_reader_free(r);
    struct ledger *t = find_counts(j, last, at);
    /* opening may have begun a segment, which then knows nothing */
    if (t == NULL && last > 0)
        t = find_counts(j, last - 1, at);
    return t != NULL ? t : ledger_new(1);
}

struct ledger *tally_open(struct journal *j)
{
    struct journal_pos at = {0};
    struct ledger *t = find_last_counts(j, &at), *out = NULL;
    struct sink_ahead *a = sink_ahead_new(&j, 1);
    const struct ledger *seen = NULL;
    uint64_t sum = 0, before = 1;
    while (t != NULL && a != NULL && sum != before) {
        before = sum;
        seen = sink_ahead_look(a, t, &at);
        if (seen == NULL)
            break;
        sum = 0;
        ledger_sources(seen, add_delivered, &sum);
    }
    if (seen != NULL)
        out = ledger_arrived(seen);
    sink_ahead_free(a);
    ledger_free(t);
    return out;
}
