/* SPDX-License-Identifier: BSD-2-Clause */
/* tally: how many frames of each address a journal has had so far. Floor F4.
 *
 * The writer counts, and each segment begins with the counts (JOURNAL_COUNTS): the difference
 * between two of them says whose frames lay between, also when those are gone. A tally is a
 * ledger of sources whose `delivered` is that count. */
#ifndef RIBTAPE_COLLECTOR_SINK_TALLY_H
#define RIBTAPE_COLLECTOR_SINK_TALLY_H

#include "collector/sink/ledger.h"

/* Makes the tally of a journal that was just opened, from its last segments. NULL: out of
 * memory. */
struct ledger *tally_open(struct journal *j);

/* Returns where an address is counted, valid as long as the tally. NULL: out of memory, or no
 * tally. */
uint64_t *tally_of(struct ledger *t, const struct source_info *info);

/* Where frames without a source are counted; likewise. */
uint64_t *tally_nobody(struct ledger *t);

/* Appends the counts as what a segment repeats. Nothing without a tally. */
void tally_repeat(const struct ledger *t, struct journal *j);

/* Reads a JOURNAL_COUNTS. NULL: out of memory, or damaged (errno). */
struct ledger *tally_read(const struct journal_view *v);

/* Returns by how much `later` is above `before`, address by address. NULL: out of memory. */
struct ledger *tally_between(const struct ledger *before, const struct ledger *later);

#endif
