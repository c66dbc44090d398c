/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_mark: a sink's checkpoints: its state, then the cursor, then what hangs on both. Floor F4.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "collector/sink/sink_run_int.h"

enum {
    PROBE_FRAMES = 64,         /* the first checkpoint after a failure comes this soon */
    CHECKPOINT_LEN = 32 << 20, /* octets consumed that make a checkpoint due */
};

/* The next checkpoint comes after a second, or later when the last one was slow, so that
 * checkpoints take no more than a tenth of the time. */
static void mark_set_due(struct sink_run *r, uint64_t began_ns, uint64_t ended_ns)
{
    uint64_t pause = (ended_ns - began_ns) * 9;
    r->due_ns = ended_ns + (pause > NS_PER_S ? pause : NS_PER_S);
}

static void mark_recovered(struct sink_run *r, uint64_t now_ns)
{
    uint64_t delayed = r->frames + sink_lanes_behind(&r->lanes);
    metric_add(&r->m_delayed, delayed);
    log_line(r->log, LOG_LEVEL_INFO,
             "sink %s: works again after %" PRIu64 " ms, %" PRIu64 " frames delayed, none lost",
             r->name, (now_ns - r->failed_ns) / NS_PER_MS, delayed);
    r->probing = false;
    r->backoff_ns = 0;
    r->logged = 0;
}

void sink_mark_forget(struct sink_run *r)
{
    int saved = errno;
    if (r->next != NULL)
        sink_cursor_free(r->next);
    free(r->next);
    r->next = NULL;
    errno = saved;
}

/* Begins a checkpoint: where we are, and the sink's state there. */
static enum sink_result mark_begin(struct sink_run *r)
{
    r->next = calloc(1, sizeof(*r->next));
    if (r->next == NULL)
        return SINK_FAIL;
    sink_lanes_mark(&r->lanes, r->next);
    ledger_save(r->book.now, &r->next->ledger);
    enum sink_result rc = r->ops->checkpoint(r->self, &r->next->state);
    if (rc == SINK_OK && (r->next->state.failed || r->next->ledger.failed ||
                          r->next->missed.failed)) {
        errno = ENOMEM;
        rc = SINK_FAIL;
    }
    if (rc != SINK_OK) {
        sink_mark_forget(r);
        return rc;
    }
    r->next_frames = r->frames;
    r->next_octets = r->octets;
    r->next_lost = r->lost + r->lanes.lost;
    r->dirty = r->want = false;
    return SINK_OK;
}

/* The state is durable: now the cursor, then what hangs on both. */
static enum sink_result mark_store(struct sink_run *r)
{
    if (sink_cursor_store(r->path, r->next) != 0)
        return SINK_FAIL;
    sink_cursor_free(&r->cursor);
    r->cursor = *r->next;
    r->next->state = r->next->ledger = r->next->missed = (struct buf){0};
    return r->ops->settle != NULL ? r->ops->settle(r->self) : SINK_OK;
}

static void mark_stored(struct sink_run *r, uint64_t now_ns)
{
    sink_lanes_release(&r->lanes, &r->cursor);
    sink_book_show(&r->book, &r->cursor);
    metric_add(&r->m_frames, r->next_frames);
    metric_add(&r->m_checkpoints, 1);
    metric_set(&r->m_lost, r->next_lost);
    if (r->probing)
        mark_recovered(r, now_ns);
    r->frames -= r->next_frames;
    r->octets -= r->next_octets;
}

enum sink_result sink_mark_confirm(struct sink_run *r)
{
    enum sink_result rc = r->ops->confirm != NULL ? r->ops->confirm(r->self) : SINK_OK;
    if (rc == SINK_BUSY)
        return rc;
    uint64_t began = clock_monotonic_ns();
    if (rc == SINK_OK)
        rc = mark_store(r);
    uint64_t ended = clock_monotonic_ns();
    mark_set_due(r, began - r->spent_ns, ended);
    if (rc == SINK_OK)
        mark_stored(r, ended);
    sink_mark_forget(r);
    return rc;
}

enum sink_result sink_mark_checkpoint(struct sink_run *r)
{
    uint64_t began = clock_monotonic_ns();
    enum sink_result rc = mark_begin(r);
    uint64_t ended = clock_monotonic_ns();
    r->spent_ns = ended - began;
    if (rc == SINK_OK)
        return sink_mark_confirm(r);
    mark_set_due(r, began, ended);
    return rc;
}

bool sink_mark_is_due(const struct sink_run *r, uint64_t now_ns)
{
    if (!r->dirty || r->next != NULL)
        return false;
    return r->want || now_ns >= r->due_ns || r->octets >= CHECKPOINT_LEN ||
           (r->probing && r->frames >= PROBE_FRAMES);
}
