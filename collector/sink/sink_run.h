/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_run: the thread that drives one sink. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_RUN_H
#define RIBTAPE_COLLECTOR_SINK_SINK_RUN_H

#include "collector/sink/sink.h"

struct sink_run;

struct sink_run_options {
    const struct sink_ops *ops;
    const char *name;   /* of this instance; borrowed until sink_run_close */
    struct config *cfg; /* a reference is taken */
    struct journal *const *journals;
    unsigned journal_cnt; /* at most SINK_LANES_MAX */
    const struct log *log;
    bool from_now; /* ignore a cursor; begin with what arrives from now on */
};

/* Opens the sink at its cursor and starts its thread. NULL with a reason in err. */
struct sink_run *sink_run_start(const struct sink_run_options *o, char *err, size_t err_len);

/* Asks the thread to consume what is there, but no longer than until deadline_ns (monotonic),
 * and to end. Returns at once. */
void sink_run_ask_stop(struct sink_run *r, uint64_t deadline_ns);

/* Waits for the thread's end; what others may ask stays as it was then. Returns 0 when everything
 * was consumed, else -1. */
int sink_run_wait(struct sink_run *r);

/* Closes the sink, whose thread has ended, and frees. */
void sink_run_close(struct sink_run *r);

/* The configuration it runs with; borrowed. */
struct config *sink_run_config(const struct sink_run *r);

/* Values that all sinks have, in this order in the metrics. Any thread. */
struct sink_run_stats {
    uint64_t frames;      /* consumed, settled */
    uint64_t lost;        /* gone from the journal before we came */
    uint64_t errors;      /* failures that led back to a checkpoint */
    uint64_t delayed;     /* frames that waited while the sink failed */
    uint64_t checkpoints; /* cursors stored */
    uint64_t lag_bytes;   /* behind the journals' ends */
    uint64_t failing;     /* 1 while it does */
};
void sink_run_get_stats(const struct sink_run *r, struct sink_run_stats *s);

/* Takes on another configuration without a restart. Returns 0, or -1 when the sink can't. The
 * owner's thread. */
int sink_run_reload(struct sink_run *r, struct config *cfg);

/* Hands an operator's demand to the sink. Returns 0, or -1 when it takes none. Any thread, as
 * sink_run_metrics. */
int sink_run_demand(struct sink_run *r);

/* Frames by what became of them, over all shards, as of the last cursor. */
struct sink_run_ledger {
    uint64_t received, delivered, filtered, waiting, lost;
};
void sink_run_sums(struct sink_run *r, struct sink_run_ledger *sums);

/* Calls `fn` with the ledger as it is now, what waits counted by source. Any thread, as
 * sink_run_metrics. */
void sink_run_ledger_page(struct sink_run *r,
                          void (*fn)(void *arg, const struct ledger_page *p), void *arg);

/* Writes the ledger's members into the object that is open. Any thread, as sink_run_metrics. */
void sink_run_emit_ledger(struct sink_run *r, struct emit *e);

/* Appends it as text. */
void sink_run_ledger_text(struct sink_run *r, struct buf *b);

/* Appends the sink's own samples. Any thread, but not during or after sink_run_close. */
void sink_run_metrics(struct sink_run *r, struct buf *b);

#endif
