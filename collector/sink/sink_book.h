/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_book: the ledger of a running sink: counted by its thread, shown to others as of the
 * last cursor. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_BOOK_H
#define RIBTAPE_COLLECTOR_SINK_SINK_BOOK_H

#include <pthread.h>

#include "collector/sink/ledger.h"
#include "collector/sink/sink_ahead.h"
#include "collector/sink/sink_cursor.h"
#include "collector/sink/sink_run.h"

struct sink_book {
    struct ledger *now; /* the thread's own */
    struct journal *const *journals;
    unsigned cnt;
    pthread_mutex_t lock; /* guards what is shown */
    struct buf shown;     /* a ledger's bytes */
    struct journal_pos *places; /* by shard, with it */
    uint64_t *bases; /* by shard: the first frame there is, while no place is known */
    pthread_mutex_t ahead_lock; /* one page by source at a time; taken before `lock` */
    struct sink_ahead *ahead;
    bool open;
};

/* Opens the book at a cursor. Returns 0, or -1 with errno. */
MUST_USE int sink_book_open(struct sink_book *b, struct journal *const *journals, unsigned cnt,
                            const struct sink_cursor *c);
void sink_book_close(struct sink_book *b);

/* Goes back to a cursor. Returns 0, or -1 with errno (nothing changed). */
MUST_USE int sink_book_rewind(struct sink_book *b, const struct sink_cursor *c);

/* Tells which frame will be the first of a shard without a place. */
void sink_book_begin(struct sink_book *b, unsigned shard, uint64_t seq);

/* Shows what a stored cursor says. */
void sink_book_show(struct sink_book *b, const struct sink_cursor *c);

/* Calls `fn` with the page as it is now, what waits counted by source. Any thread. */
void sink_book_page(struct sink_book *b, void (*fn)(void *arg, const struct ledger_page *p),
                    void *arg);

/* Any thread. */
void sink_book_sums(struct sink_book *b, struct sink_run_ledger *sums);
void sink_book_emit(struct sink_book *b, struct emit *e);
void sink_book_text(struct sink_book *b, const char *sink, struct buf *out);

#endif
