/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_book: between a sink's thread and those who read its ledger. Floor F4. */
#include "collector/sink_book.h"

#include <stdlib.h>
#include <string.h>

static struct ledger *ledger_of(unsigned cnt, const struct sink_cursor *c)
{
    struct ledger *l = ledger_new(cnt);
    if (l == NULL || ledger_load(l, c->ledger.p, c->ledger.len) != 0) {
        ledger_free(l);
        return NULL;
    }
    for (unsigned i = 0; i < c->lane_cnt && i < cnt; i++) {
        if (c->lane[i].seq != 0)
            ledger_begin(l, i, c->lane[i].seq);
    }
    return l;
}

int sink_book_open(struct sink_book *b, struct journal *const *journals, unsigned cnt,
                   const struct sink_cursor *c)
{
    b->journals = journals;
    b->cnt = cnt;
    b->places = calloc(2 * (size_t)cnt, sizeof(*b->places));
    b->now = ledger_of(cnt, c);
    if (b->places == NULL || b->now == NULL) {
        free(b->places);
        ledger_free(b->now);
        b->places = NULL;
        return -1;
    }
    b->bases = b->places + cnt;
    pthread_mutex_init(&b->lock, NULL);
    sink_book_show(b, c);
    return 0;
}

void sink_book_close(struct sink_book *b)
{
    if (b->places == NULL)
        return;
    pthread_mutex_destroy(&b->lock);
    buf_free(&b->shown);
    free(b->places);
    ledger_free(b->now);
}

int sink_book_rewind(struct sink_book *b, const struct sink_cursor *c)
{
    struct ledger *l = ledger_of(b->cnt, c);
    if (l == NULL)
        return -1;
    ledger_free(b->now);
    b->now = l;
    return 0;
}

void sink_book_begin(struct sink_book *b, unsigned shard, uint64_t seq)
{
    if (b->bases[shard] != 0) /* written by this thread alone */
        return;
    ledger_begin(b->now, shard, seq);
    pthread_mutex_lock(&b->lock);
    b->bases[shard] = seq;
    pthread_mutex_unlock(&b->lock);
}

void sink_book_show(struct sink_book *b, const struct sink_cursor *c)
{
    pthread_mutex_lock(&b->lock);
    buf_clear(&b->shown);
    buf_add(&b->shown, c->ledger.p, c->ledger.len);
    for (unsigned i = 0; i < b->cnt; i++)
        b->places[i] = i < c->lane_cnt ? c->lane[i].seq : 0;
    pthread_mutex_unlock(&b->lock);
}

/* What is shown, and where the journals are. The journals are looked at last: nobody has passed
 * what is not there. */
struct page {
    struct ledger *ledger;
    uint64_t *places, *next;
};

static bool page_open(struct sink_book *b, struct page *p)
{
    p->ledger = ledger_new(b->cnt);
    p->places = calloc(2 * (size_t)b->cnt, sizeof(*p->places));
    if (p->ledger == NULL || p->places == NULL)
        return false;
    p->next = p->places + b->cnt;
    pthread_mutex_lock(&b->lock);
    bool ok = !b->shown.failed && ledger_load(p->ledger, b->shown.p, b->shown.len) == 0;
    for (unsigned i = 0; i < b->cnt; i++)
        p->places[i] = b->places[i] != 0 ? b->places[i] : b->bases[i];
    pthread_mutex_unlock(&b->lock);
    for (unsigned i = 0; i < b->cnt; i++) {
        p->next[i] = journal_next_seq(b->journals[i]);
        if (p->places[i] != 0)
            ledger_begin(p->ledger, i, p->places[i]);
    }
    return ok;
}

static void page_close(struct page *p)
{
    ledger_free(p->ledger);
    free(p->places);
}

void sink_book_sums(struct sink_book *b, struct sink_run_ledger *sums)
{
    struct page p;
    *sums = (struct sink_run_ledger){0};
    if (page_open(b, &p)) {
        unsigned cnt;
        const struct ledger_lane *lane = ledger_lanes(p.ledger, &cnt);
        for (unsigned i = 0; i < cnt; i++) {
            sums->delivered += lane[i].delivered;
            sums->filtered += lane[i].filtered;
            sums->lost += lane[i].lost;
            if (lane[i].base == 0)
                continue;
            sums->received += p.next[i] - lane[i].base;
            sums->waiting += p.next[i] - p.places[i];
        }
    }
    page_close(&p);
}

void sink_book_emit(struct sink_book *b, struct emit *e)
{
    struct page p;
    if (page_open(b, &p))
        ledger_emit(p.ledger, e, p.next, p.places);
    page_close(&p);
}

void sink_book_text(struct sink_book *b, const char *sink, struct buf *out)
{
    struct page p;
    if (page_open(b, &p))
        ledger_text(p.ledger, out, sink, p.next, p.places);
    page_close(&p);
}
