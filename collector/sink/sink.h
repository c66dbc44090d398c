/* SPDX-License-Identifier: BSD-2-Clause */
/* sink: a journal reader with its own thread and a durable cursor. Floor F4.
 *
 * The runner (sink_run.c) reads all shards' journals merged by time, feeds a tracker per
 * journal, hands items to the sink, takes a checkpoint every second or so, writes the cursor
 * file (DATA_DIR/cursors/NAME, replaced atomically) and then releases the journal. After
 * SIGKILL the sink is opened with the state of its last checkpoint and gets every frame after
 * it, none before. A failing sink (disk full) is retried with back-off from its last
 * checkpoint; nothing else notices. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_H
#define RIBTAPE_COLLECTOR_SINK_SINK_H

#include "base/buf.h"
#include "base/journal/journal.h"
#include "base/log.h"
#include "collector/config/config.h"
#include "collector/sink/ledger.h"
#include "schemas/track/track.h"

enum sink_result {
    SINK_FAIL = -1,  /* errno; go back to the last checkpoint */
    SINK_OK = 0,     /* consumed */
    SINK_CHECKPOINT, /* consumed, and a checkpoint is wanted soon */
    SINK_BUSY,       /* not consumed: the output takes nothing now; offer it again later */
    SINK_FILTERED,   /* consumed, but there was nothing to make of it */
    SINK_FILTERED_CHECKPOINT, /* both */
};

/* A slot that has ended. */
struct sink_slot {
    uint64_t begin_s, end_s;     /* since 1970 */
    const struct ledger *ledger; /* of this sink */
    const uint64_t *place;       /* by shard: the number of its next frame */
};

/* What a sink begins with. */
struct sink_open {
    const struct config *cfg;
    const char *name; /* this instance's: SINK_OPS.name, or that and more; outlives the sink */
    const struct log *log;
    const void *state; /* the last checkpoint's bytes */
    size_t len;        /* of them; 0: none */
};

/* All functions of one sink run in the sink's thread, but `metrics`, and `open` and `close` before it
 * and after. */
struct sink_ops {
    const char *name; /* the cursor's file name, and a label in metrics; instances add theirs */

    bool background; /* nobody waits for it: its thread stands back for the others */

    /* Makes the sink's own state. NULL with a reason in err. */
    void *(*open)(const struct sink_open *o, char *err, size_t err_len);

    /* Consumes one item. `t` is the tracker it comes from, for a walk over a source's peers.
     */
    enum sink_result (*consume)(void *self, struct track *t, const struct track_item *item);

    /* Called when nothing is left to read and at least once a second then: flushes what waits
     * for company, closes slots whose time is over (`now_ns` realtime). May be NULL. */
    enum sink_result (*tick)(void *self, uint64_t now_ns);

    /* Makes everything consumed so far durable (or begins to, with `confirm`) and appends the
     * state that a later open needs. SINK_BUSY: not possible now, try later. */
    enum sink_result (*checkpoint)(void *self, struct buf *state);

    /* Says whether what the last checkpoint covers is durable by now. SINK_BUSY: not yet; it is
     * asked again, the cursor waits, and the sink consumes on. NULL: it is durable when
     * `checkpoint` returns. */
    enum sink_result (*confirm)(void *self);

    /* Called when the cursor with that state is durable: what must not happen before (final
     * names) happens here, and again at the next open should we die half way. May be NULL. */
    enum sink_result (*settle)(void *self);

    /* A time slot (archive.slot) has ended: called between two items, the first behind the
     * slot's end not yet consumed, with what became of all items so far. SINK_BUSY: again. May
     * be NULL. */
    enum sink_result (*slot_end)(void *self, const struct sink_slot *slot);

    /* Throws away what came after the last checkpoint, whose state is given (len 0: after the
     * start without a state), to go on after an error. SINK_FAIL: try again later. */
    enum sink_result (*rewind)(void *self, const void *state, size_t len);

    /* Takes on another configuration; any thread. NULL: the sink is restarted from its cursor
     * when its part changes. */
    void (*reload)(void *self, struct config *cfg);

    /* An operator asks the sink for what it does on demand (a RIB dump); any thread. NULL: it
     * does nothing. */
    void (*demand)(void *self);

    /* Appends Prometheus samples; any thread. May be NULL. */
    void (*metrics)(void *self, struct buf *b);

    /* Ends and frees `self`. `clean`: all that was consumed is in the last checkpoint; files
     * get their final names. Otherwise what is on disk is left for the next open. */
    void (*close)(void *self, bool clean);

    /* Tracker hooks: free what hangs on peers and sources; may be NULL. `arg` becomes self. */
    struct track_hooks hooks;
};

extern const struct sink_ops sink_archive;     /* MRT updates files */
extern const struct sink_ops sink_bmp_archive; /* BMP streams as they came */
extern const struct sink_ops sink_ndjson;      /* records as NDJSON */
extern const struct sink_ops sink_rib;         /* the RIB and its dumps */
extern const struct sink_ops sink_kafka;       /* records as Kafka's */
extern const struct sink_ops
    sink_meter; /* counts NLRI by family and diagnostics by reason, for metrics */

enum { SINKS_MAX = 24 }; /* that may run at once */

struct sinks;

/* Starts the sinks that cfg enables (the meter always), each in its thread. `journals` are the
 * shards' in order; they must outlive the sinks. Holds a reference to cfg. A sink without a
 * cursor begins with the oldest frame there is. NULL with a reason in err. */
struct sinks *sinks_start(struct config *cfg, struct journal *const *journals,
                          unsigned journal_cnt, const struct log *log, char *err,
                          size_t err_len);

/* Drains what is in the journals (no longer than deadline_ms), checkpoints, closes and frees.
 * Returns 0 when all was drained, -1 when something is left for the next start. */
int sinks_stop(struct sinks *s, int deadline_ms);

/* Restarts those sinks whose part of the configuration changed, from their cursors; a sink that
 * is switched on begins with what arrives from now on. Returns 0, or -1 with a reason in err:
 * then the sink that would not start goes on with the old configuration. */
int sinks_reload(struct sinks *s, struct config *cfg, char *err, size_t err_len);

/* Asks a running sink for what it does on demand. Returns 0, or -1 when it doesn't run or has
 * nothing of the kind. Any thread. */
int sinks_demand(struct sinks *s, const char *name);

/* Writes an array of all running sinks' ledgers, as their cursors have them. Any thread. */
void sinks_ledger(struct sinks *s, struct emit *e);

/* Appends them as a table for people. Any thread. */
void sinks_ledger_text(struct sinks *s, struct buf *b);

/* How a sink is doing. */
struct sinks_health {
    char name[SINK_NAME_MAX + 1];
    bool failing;       /* it retries after a failure */
    uint64_t frames;    /* consumed, settled */
    uint64_t lag_bytes; /* behind the journals' ends */
};

/* Fills in up to `max` running sinks. Returns their count. Any thread. */
unsigned sinks_get_health(struct sinks *s, struct sinks_health *h, unsigned max);

/* Appends Prometheus samples of all sinks: frames, lag, lost, errors, and each sink's own. Any
 * thread. */
void sinks_metrics(struct sinks *s, struct buf *b);

#endif
