/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_ahead: whose frames wait in the journals for a sink. Floor F4.
 *
 * A sink's own ledger counts by source what it has passed. What it has yet to read is counted
 * here, by whoever asks: only what came since the last time is looked at, nothing is held back
 * from deletion, and the sink knows nothing of it. Not thread-safe. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_AHEAD_H
#define RIBTAPE_COLLECTOR_SINK_SINK_AHEAD_H

#include "collector/sink/ledger.h"

enum { SINK_AHEAD_FRAMES = 2000000 /* looked at in one call; the rest comes next time */ };

struct sink_ahead;

/* Journals are borrowed. NULL: out of memory. */
struct sink_ahead *sink_ahead_new(struct journal *const *journals, unsigned cnt);
void sink_ahead_free(struct sink_ahead *a); /* NULL is allowed */

/* Looks at what has arrived. `shown`: a sink's ledger at the places `at`, by shard (seq 0: at
 * the oldest frame). Returns a ledger in which `delivered` is how many frames of each source
 * have arrived since the sink's first start; borrowed until the next call. A frame that could
 * not be looked at (there were more than SINK_AHEAD_FRAMES, or an error) is in no row. NULL:
 * out of memory. */
const struct ledger *sink_ahead_look(struct sink_ahead *a, const struct ledger *shown,
                                     const struct journal_pos *at);

#endif
