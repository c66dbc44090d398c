/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_ahead: a reader per journal that only looks whose each frame is. Floor F4. */
#include "collector/sink/sink_ahead.h"

#include <stdlib.h>

#include "schemas/track/table.h"

/* A source id of one journal. `node` is first. */
struct known {
    struct table_node node; /* hash: the id */
    struct ledger_source *row;
};

struct lane {
    struct journal_reader *reader;
    struct table known;
    uint64_t begin; /* the first frame's number that counts; 0: all do */
    uint64_t next;  /* the number of the frame to be looked at; 0: no frame was yet */
};

struct sink_ahead {
    struct journal *const *journals;
    unsigned cnt;
    struct lane *lanes;
    struct ledger *seen;
    uint64_t lost; /* by the sink when we began */
};

/* ---- beginning ---- */

static void lane_close(struct lane *l)
{
    for (size_t i = 0; i < l->known.cap; i++) {
        struct table_node *next;
        for (struct table_node *n = l->known.bucket[i]; n != NULL; n = next) {
            next = n->next;
            free(n);
        }
    }
    table_free(&l->known);
    journal_reader_free(l->reader);
    *l = (struct lane){0};
}

static void forget(struct sink_ahead *a)
{
    for (unsigned i = 0; i < a->cnt; i++)
        lane_close(&a->lanes[i]);
    ledger_free(a->seen);
    a->seen = NULL;
}

struct sink_ahead *sink_ahead_new(struct journal *const *journals, unsigned cnt)
{
    struct sink_ahead *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return NULL;
    a->journals = journals;
    a->cnt = cnt;
    a->lanes = calloc(cnt, sizeof(*a->lanes));
    if (a->lanes != NULL)
        return a;
    free(a);
    return NULL;
}

void sink_ahead_free(struct sink_ahead *a)
{
    if (a == NULL)
        return;
    forget(a);
    free(a->lanes);
    free(a);
}

static uint64_t lost_of(const struct ledger *l)
{
    unsigned cnt;
    uint64_t sum = 0;
    const struct ledger_lane *lane = ledger_lanes(l, &cnt);
    for (unsigned i = 0; i < cnt; i++)
        sum += lane[i].lost;
    return sum;
}

/* Starts a lane with the segment of a place, which says whose the sources are. */
static int lane_open(struct lane *l, struct journal *j, struct journal_pos at)
{
    const struct journal_pos all = {.segment = UINT64_MAX};
    l->reader = journal_reader_attach(j, "ledger", (struct journal_pos){.segment = at.segment});
    if (l->reader == NULL)
        return -1;
    journal_reader_release(l->reader, all); /* nothing is kept for us */
    l->begin = l->next = at.seq;
    return 0;
}

static int begin(struct sink_ahead *a, const struct ledger *shown, const struct journal_pos *at)
{
    forget(a);
    a->seen = ledger_arrived(shown);
    a->lost = lost_of(shown);
    if (a->seen == NULL)
        return -1;
    for (unsigned i = 0; i < a->cnt; i++) {
        if (lane_open(&a->lanes[i], a->journals[i], at[i]) != 0)
            return -1;
    }
    return 0;
}

/* Frames that the sink lost were arrivals that will never be counted; and to look at millions
 * that the sink has passed since is longer than to begin anew. */
static bool must_begin(const struct sink_ahead *a, const struct ledger *shown,
                       const struct journal_pos *at)
{
    if (a->seen == NULL || lost_of(shown) != a->lost)
        return true;
    for (unsigned i = 0; i < a->cnt; i++) {
        if (at[i].seq > a->lanes[i].next + SINK_AHEAD_FRAMES)
            return true;
    }
    return false;
}

/* ---- looking ---- */

static struct known *find(const struct lane *l, uint32_t id)
{
    struct table_node *n = table_chain(&l->known, id);
    while (n != NULL && n->hash != id)
        n = n->next;
    return (struct known *)n;
}

static int declare(struct sink_ahead *a, struct lane *l, const struct journal_view *v)
{
    struct source_info info;
    if (v->kind != JOURNAL_SOURCE || source_decode(v->p, v->len, &info) != 0)
        return 0;
    struct known *k = find(l, v->source);
    if (k == NULL) {
        k = table_reserve(&l->known) == 0 ? calloc(1, sizeof(*k)) : NULL;
        if (k == NULL)
            return -1;
        k->node.hash = v->source;
        table_add(&l->known, &k->node);
    }
    k->row = ledger_source_of(a->seen, (uint8_t)info.kind, &info.remote);
    return k->row != NULL ? 0 : -1;
}

static int take(struct sink_ahead *a, struct lane *l, const struct journal_view *v)
{
    static const struct source_addr none;
    if (declare(a, l, v) != 0)
        return -1;
    struct known *k = find(l, v->source);
    if (!(v->flags & JOURNAL_REPEAT) && v->seq >= l->begin) {
        struct ledger_source *row = k != NULL ? k->row : ledger_source_of(a->seen, 0, &none);
        if (row == NULL)
            return -1;
        row->delivered++;
        l->next = v->seq + 1;
    }
    if (v->kind == JOURNAL_GONE && k != NULL) {
        table_del(&l->known, &k->node);
        free(k);
    }
    return 0;
}

/* Returns -1 when memory runs out. */
static int look(struct sink_ahead *a, struct lane *l, unsigned *left)
{
    struct journal_view v;
    for (; *left > 0; --*left) {
        enum journal_read got = journal_read(l->reader, &v);
        if (got == JOURNAL_READ_END || got == JOURNAL_READ_ERROR)
            return 0;
        if (got == JOURNAL_READ_FRAME && take(a, l, &v) != 0)
            return -1;
    }
    return 0;
}

const struct ledger *sink_ahead_look(struct sink_ahead *a, const struct ledger *shown,
                                     const struct journal_pos *at)
{
    unsigned left = SINK_AHEAD_FRAMES;
    int rc = must_begin(a, shown, at) ? begin(a, shown, at) : 0;
    for (unsigned i = 0; rc == 0 && i < a->cnt; i++)
        rc = look(a, &a->lanes[i], &left);
    if (rc == 0)
        return a->seen;
    forget(a);
    return NULL;
}
