/* SPDX-License-Identifier: BSD-2-Clause */
/* sink: a journal reader with its own thread and a durable cursor. Floor F4.
 *
 * A sink is {open, consume, checkpoint, close}. The runner (sink.c) reads all shards' journals,
 * feeds a tracker, hands items to the sink, takes a checkpoint every second or so, writes the
 * cursor file (DATA_DIR/cursors/NAME, replaced atomically) and then releases the journal. After
 * SIGKILL the sink is opened with the state of its last checkpoint and gets every frame after
 * it. A failing consume (disk full) is retried with back-off from the last checkpoint; nothing
 * else notices. */
#ifndef RIBTAPE_COLLECTOR_SINK_H
#define RIBTAPE_COLLECTOR_SINK_H

#include "base/buf.h"
#include "base/journal.h"
#include "base/log.h"
#include "collector/config.h"
#include "schemas/track.h"

struct sink_ops {
    const char *name;
    /* Makes the sink's own state, from the last checkpoint's bytes (len 0: none). NULL with a
     * reason in err. */
    void *(*open)(const struct config *cfg, const struct log *log, const void *state,
                  size_t len, char *err, size_t err_len);
    /* Consumes one item. Returns 0, or -1 with errno: the runner goes back to the last
     * checkpoint. */
    int (*consume)(void *self, const struct track_item *item);
    /* Called when nothing is left to read and about every second: closes slots whose time is
     * over (`now_ns` realtime). */
    int (*tick)(void *self, uint64_t now_ns);
    /* Makes everything consumed so far durable and appends the state that a later open needs.
     */
    int (*checkpoint)(void *self, struct buf *state);
    /* Throws away what came after the last checkpoint (whose state is given), to go on after an
     * error. */
    int (*rewind)(void *self, const void *state, size_t len);
    void (*metrics)(void *self, struct buf *b); /* any thread; may be NULL */
    /* Ends: final names for what is complete. `self` is freed. */
    int (*close)(void *self);
    /* Tracker hooks: free what hangs on peers and sources; may be NULL. */
    struct track_hooks hooks;
};

extern const struct sink_ops sink_archive; /* MRT updates files */
extern const struct sink_ops sink_ndjson;  /* records as NDJSON */
extern const struct sink_ops
    sink_meter; /* counts NLRI by family and diagnostics by reason, for metrics */

struct sinks;

/* Starts the sinks that cfg enables (the meter always), each in its thread. NULL with a reason
 * in err. */
struct sinks *sinks_start(struct config *cfg, struct journal *const *journals,
                          unsigned journal_cnt, const struct log *log, char *err,
                          size_t err_len);

/* Drains what is in the journals (no longer than deadline_ms), checkpoints, closes and frees.
 * Returns 0 when all was drained. */
int sinks_stop(struct sinks *s, int deadline_ms);

/* Restarts those sinks whose part of the configuration changed. */
int sinks_reload(struct sinks *s, struct config *cfg, char *err, size_t err_len);

/* Appends Prometheus samples of all sinks: lag, lost, archived records, NLRI by family,
 * diagnostics. Any thread. */
void sinks_metrics(struct sinks *s, struct buf *b);

#endif
