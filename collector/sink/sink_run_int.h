/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_run_int: what the runner's own files share: the thread (sink_run.c), its checkpoints
 * (sink_mark.c), and what its owner calls (sink_run_owner.c). Floor F4. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_RUN_INT_H
#define RIBTAPE_COLLECTOR_SINK_SINK_RUN_INT_H

#include <limits.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/journal/notice.h"
#include "base/metrics.h"
#include "collector/sink/sink_book.h"
#include "collector/sink/sink_lane.h"
#include "collector/sink/sink_run.h"

#define NS_PER_MS (NS_PER_S / 1000)

struct sink_run {
    const struct sink_ops *ops;
    const char *name; /* of this instance; the owner's */
    struct config *cfg;
    const struct log *log;
    struct journal *const *journals;
    unsigned journal_cnt;
    char path[PATH_MAX]; /* of the cursor */
    pthread_t thread;
    void *self;
    struct sink_lanes lanes;
    struct sink_cursor cursor;                    /* the last checkpoint */
    struct sink_cursor *next;                     /* one that is not durable yet, or NULL */
    uint64_t next_frames, next_octets, next_lost; /* what it covers */
    uint64_t spent_ns;                            /* on it, so far */
    struct sink_book book;

    /* consuming */
    struct track_item item;
    struct track *track;
    bool has_item;   /* item was refused with SINK_BUSY: offer it again */
    bool dirty;      /* something happened since the last checkpoint */
    bool want;       /* the sink asks for a checkpoint */
    uint64_t frames; /* consumed since the last checkpoint */
    uint64_t octets; /* the same in payload */
    uint64_t lost;   /* up to the last checkpoint, of earlier lanes */
    uint64_t due_ns; /* monotonic: when the next checkpoint is due */

    /* failing */
    int error;         /* errno of what is being retried, 0: well */
    int logged;        /* the error that the log knows about */
    bool probing;      /* rewound, but no checkpoint has succeeded yet */
    uint64_t retry_ns; /* monotonic */
    uint64_t backoff_ns;
    uint64_t failed_ns; /* monotonic: since when */

    bool drained, clean; /* written by the thread before it ends: see sink_ops.close */
    struct notice stop_ns; /* monotonic deadline; 0: run on. Given by the owner */
    struct metric m_frames, m_lost, m_errors, m_delayed, m_checkpoints, m_lag, m_failing;
};

/* Attaches lanes at the last checkpoint's places. Returns 0, or -1 with errno. */
MUST_USE int sink_run_open_lanes(struct sink_run *r, struct sink_lanes *l);

/* Tells others where the thread is. */
void sink_run_publish(struct sink_run *r);

/* The thread: consumes until it is asked to stop. */
void *sink_run_main(void *arg);

/* ---- checkpoints ---- */

/* Tells whether the next checkpoint should begin. */
bool sink_mark_is_due(const struct sink_run *r, uint64_t now_ns);

/* Begins a checkpoint, and ends it if it can at once. SINK_BUSY: it can't begin, or (r->next is
 * there) not end yet. */
enum sink_result sink_mark_checkpoint(struct sink_run *r);

/* Ends the checkpoint that was begun, when it can be. */
enum sink_result sink_mark_confirm(struct sink_run *r);

/* Drops one that was begun. Leaves errno. */
void sink_mark_forget(struct sink_run *r);

#endif
