/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_missed: whose frames a lane missed when segments were dropped. Floor F4.
 *
 * The lane knows how many frames of each address the journal had had at its place; the segment
 * that it goes on with begins with the same (collector/sink/tally.h). */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_MISSED_H
#define RIBTAPE_COLLECTOR_SINK_SINK_MISSED_H

#include "base/buf.h"
#include "collector/sink/ledger.h"

struct sink_missed {
    bool on;             /* segments may be dropped */
    struct ledger *at;   /* at the place; NULL: not known */
    struct ledger *next; /* at the first frame of the segment that comes next; NULL: none does */
    struct ledger *missed; /* between the two; NULL: nothing */
};

/* The lane is at frame `seq`; before a journal's first one there was nothing. Returns 0, or -1 with
 * errno. */
MUST_USE int sink_missed_begin(struct sink_missed *m, uint64_t seq);

/* Takes a JOURNAL_COUNTS in front of frame v->seq; `place`: the number of the lane's next frame,
 * 0: not known. Returns 0, or -1 with errno. */
MUST_USE int sink_missed_counts(struct sink_missed *m, const struct journal_view *v,
                                uint64_t place);

/* The lane passed a frame that the journal counts. Returns 0, or -1 with errno. */
MUST_USE int sink_missed_pass(struct sink_missed *m, const struct track_item *item);

/* Append as bytes for a cursor; read. The latter returns 0, or -1 with errno. */
void sink_missed_save(const struct sink_missed *m, struct buf *b);
MUST_USE int sink_missed_load(struct sink_missed *m, struct cur *in);

void sink_missed_free(struct sink_missed *m);

#endif
