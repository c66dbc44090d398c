/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_book: between a sink's thread and those who read its ledger. Floor F4. */
#include "collector/sink/sink_book.h"

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

static void free_all(struct sink_book *b)
{
    free(b->places);
    free(b->bases);
    sink_ahead_free(b->ahead);
    ledger_free(b->now);
}

int sink_book_open(struct sink_book *b, struct journal *const *journals, unsigned cnt,
                   const struct sink_cursor *c)
{
    b->journals = journals;
    b->cnt = cnt;
    b->places = calloc(cnt, sizeof(*b->places));
    b->bases = calloc(cnt, sizeof(*b->bases));
    b->ahead = sink_ahead_new(journals, cnt);
    b->now = ledger_of(cnt, c);
    if (b->places == NULL || b->bases == NULL || b->ahead == NULL || b->now == NULL) {
        free_all(b);
        return -1;
    }
    pthread_mutex_init(&b->lock, NULL);
    pthread_mutex_init(&b->ahead_lock, NULL);
    b->open = true;
    sink_book_show(b, c);
    return 0;
}

void sink_book_close(struct sink_book *b)
{
    if (!b->open)
        return;
    pthread_mutex_destroy(&b->lock);
    pthread_mutex_destroy(&b->ahead_lock);
    buf_free(&b->shown);
    free_all(b);
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
        b->places[i] = i < c->lane_cnt ? c->lane[i] : (struct journal_pos){0};
    pthread_mutex_unlock(&b->lock);
}

/* What is shown, and where the journals are. */
struct page {
    struct ledger *ledger;
    struct journal_pos *at;
    uint64_t *places, *next;
    struct ledger_page shown;
};

static bool page_alloc(struct page *p, unsigned cnt)
{
    p->ledger = ledger_new(cnt);
    p->at = calloc(cnt, sizeof(*p->at));
    p->places = calloc(2 * (size_t)cnt, sizeof(*p->places));
    if (p->ledger == NULL || p->at == NULL || p->places == NULL)
        return false;
    p->next = p->places + cnt;
    return true;
}

/* `by_source`: with what waits by source; close the page soon. The journals' ends are looked at
 * last: nobody has passed what is not there. */
static bool page_open(struct sink_book *b, struct page *p, bool by_source)
{
    *p = (struct page){0};
    if (!page_alloc(p, b->cnt))
        return false;
    pthread_mutex_lock(&b->lock);
    bool ok = !b->shown.failed && ledger_load(p->ledger, b->shown.p, b->shown.len) == 0;
    for (unsigned i = 0; i < b->cnt; i++) {
        p->at[i] = b->places[i];
        if (p->at[i].seq == 0)
            p->at[i] = (struct journal_pos){.seq = b->bases[i]};
        p->places[i] = p->at[i].seq;
    }
    pthread_mutex_unlock(&b->lock);
    if (ok && by_source)
        p->shown.arrived = sink_ahead_look(b->ahead, p->ledger, p->at);
    for (unsigned i = 0; i < b->cnt; i++) {
        p->next[i] = journal_next_seq(b->journals[i]);
        if (p->places[i] != 0)
            ledger_begin(p->ledger, i, p->places[i]);
    }
    p->shown.ledger = p->ledger;
    p->shown.next = p->next;
    p->shown.place = p->places;
    return ok;
}

static void page_close(struct page *p)
{
    ledger_free(p->ledger);
    free(p->at);
    free(p->places);
}

void sink_book_sums(struct sink_book *b, struct sink_run_ledger *sums)
{
    struct page p;
    *sums = (struct sink_run_ledger){0};
    if (page_open(b, &p, false)) {
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

void sink_book_page(struct sink_book *b, void (*fn)(void *arg, const struct ledger_page *p),
                    void *arg)
{
    struct page p;
    pthread_mutex_lock(&b->ahead_lock);
    if (page_open(b, &p, true))
        fn(arg, &p.shown);
    page_close(&p);
    pthread_mutex_unlock(&b->ahead_lock);
}

static void page_emit(void *arg, const struct ledger_page *p)
{
    ledger_emit(p, arg);
}

void sink_book_emit(struct sink_book *b, struct emit *e)
{
    sink_book_page(b, page_emit, e);
}

struct writing {
    const char *sink;
    struct buf *out;
};

static void page_text(void *arg, const struct ledger_page *p)
{
    const struct writing *to = arg;
    ledger_text(p, to->out, to->sink);
}

void sink_book_text(struct sink_book *b, const char *sink, struct buf *out)
{
    struct writing to = {sink, out};
    sink_book_page(b, page_text, &to);
}
