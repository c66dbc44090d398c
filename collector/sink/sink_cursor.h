/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_cursor: how far a sink is, durably: one file per sink, replaced atomically. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_CURSOR_H
#define RIBTAPE_COLLECTOR_SINK_SINK_CURSOR_H

#include "base/buf.h"
#include "base/journal/journal.h"

enum { SINK_LANES_MAX = 256 };

/* One checkpoint. */
struct sink_cursor {
    unsigned lane_cnt; /* places known; more shards than these start at their oldest frame */
    /* Per shard: everything before it is consumed, `seq` is the first frame that is not. */
    struct journal_pos lane[SINK_LANES_MAX];
    struct buf state;  /* the sink's own */
    struct buf ledger; /* collector/sink/ledger.h */
    struct buf missed; /* by lane: collector/sink/sink_missed.h */
};

/* Reads a cursor file. Returns 1, 0 when there is none (then *c is empty), or -1 with a reason
 * in err: unreadable or damaged, which only an operator can decide about. The caller frees
 * with sink_cursor_free in any case. */
int sink_cursor_load(const char *path, struct sink_cursor *c, char *err, size_t err_len);

/* Frees what it owns. */
void sink_cursor_free(struct sink_cursor *c);

/* Replaces the cursor file durably: temporary file, fsync, rename, fsync of the folder (which
 * is created when absent). Returns 0, or -1 with errno. */
MUST_USE int sink_cursor_store(const char *path, const struct sink_cursor *c);

/* Writes "DATA_DIR/cursors/NAME". Returns 0, or -1 when it does not fit. */
MUST_USE int sink_cursor_path(char *dst, size_t dst_len, const char *data_dir,
                              const char *name);

#endif
