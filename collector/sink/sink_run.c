/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_run: the thread: consume, checkpoint; on failure go back and retry. Floor F4. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hash.h"
#include "collector/sink/sink_run_int.h"

enum {
    BATCH = 256, /* frames between two looks at the clock */
    IDLE_WAIT_MS = 200,
    BUSY_WAIT_MS = 20,
    BACKGROUND_NICE = 5,
};

/* ---- consuming ---- */

/* Tells the sink of a slot that was over before `now_s`. Slots without traffic are told of as
 * they pass, or not at all when they passed while nobody looked. */
static enum sink_result run_end_slot(struct sink_run *r, uint64_t now_s)
{
    uint64_t end_s = ledger_slot(r->book.now);
    if (r->ops->slot_end == NULL || (end_s != 0 && now_s < end_s))
        return SINK_OK;
    uint64_t slot_s = r->cfg->archive.slot_s; /* the owner changes cfg of sinks with `reload` */
    if (end_s != 0) {
        uint64_t place[SINK_LANES_MAX];
        sink_lanes_places(&r->lanes, place);
        const struct sink_slot slot = {end_s - slot_s, end_s, r->book.now, place};
        enum sink_result rc = r->ops->slot_end(r->self, &slot);
        if (rc != SINK_OK)
            return rc;
    }
    ledger_set_slot(r->book.now, (now_s / slot_s + 1) * slot_s);
    r->dirty = true;
    return SINK_OK;
}

static enum sink_result run_offer(struct sink_run *r)
{
    enum sink_result rc = run_end_slot(r, r->item.frame->time / NS_PER_S);
    if (rc == SINK_OK)
        rc = r->ops->consume(r->self, r->track, &r->item);
    r->has_item = rc == SINK_BUSY;
    if (rc == SINK_FAIL || rc == SINK_BUSY)
        return rc;
    bool filtered = rc == SINK_FILTERED || rc == SINK_FILTERED_CHECKPOINT;
    r->frames++;
    r->octets += r->item.frame->len;
    r->dirty = true;
    r->want |= rc == SINK_CHECKPOINT || rc == SINK_FILTERED_CHECKPOINT;
    if (ledger_count(r->book.now, &r->item, !filtered, sink_lanes_gap(&r->lanes),
                     sink_lanes_missed(&r->lanes)) != 0)
        return SINK_FAIL;
    return sink_lanes_consumed(&r->lanes, &r->item) == 0 ? SINK_OK : SINK_FAIL;
}

/* Consumes up to a batch. *cnt: how many; less than a batch means that nothing is left. */
static enum sink_result run_batch(struct sink_run *r, unsigned *cnt)
{
    for (*cnt = 0; *cnt < BATCH && !r->want; ++*cnt) {
        if (!r->has_item) {
            int got = sink_lanes_next(&r->lanes, &r->item, &r->track);
            if (got < 0)
                return SINK_FAIL;
            if (got == 0)
                return SINK_OK;
        }
        enum sink_result rc = run_offer(r);
        if (rc != SINK_OK)
            return rc;
    }
    return SINK_OK;
}

static enum sink_result run_tick(struct sink_run *r)
{
    uint64_t now_ns = clock_realtime_ns();
    if (run_end_slot(r, now_ns / NS_PER_S) == SINK_FAIL)
        return SINK_FAIL;
    if (r->ops->tick == NULL)
        return SINK_OK;
    enum sink_result rc = r->ops->tick(r->self, now_ns);
    if (rc == SINK_CHECKPOINT) {
        r->want = r->dirty = true;
        return SINK_OK;
    }
    return rc;
}

/* One turn. *idle: nothing was there to do. */
static enum sink_result run_turn(struct sink_run *r, bool *idle)
{
    unsigned cnt;
    enum sink_result rc = run_batch(r, &cnt);
    if (rc == SINK_OK && cnt == 0 && !r->want) {
        *idle = true;
        rc = run_tick(r);
    }
    if (rc == SINK_FAIL)
        return rc;
    enum sink_result kept = SINK_OK;
    if (r->next != NULL)
        kept = sink_mark_confirm(r);
    else if (rc == SINK_OK && sink_mark_is_due(r, clock_monotonic_ns()))
        kept = sink_mark_checkpoint(r);
    /* A checkpoint that waits for its output keeps nobody from consuming. */
    return kept == SINK_FAIL || (kept == SINK_BUSY && r->next == NULL) ? kept : rc;
}

/* ---- failing ---- */

static void run_fail(struct sink_run *r, int error)
{
    uint64_t now = clock_monotonic_ns();
    metric_add(&r->m_errors, 1);
    if (r->error == 0 && !r->probing)
        r->failed_ns = now;
    /* One line per state: the first failure, and each of another kind. */
    if (error != r->logged)
        log_line(r->log, LOG_LEVEL_ERROR,
                 "sink %s: %s; %" PRIu64
                 " frames back to the last checkpoint, will retry until "
                 "it works; the journal keeps what arrives",
                 r->name, strerror(error), r->frames);
    r->error = r->logged = error;
    r->backoff_ns = r->backoff_ns == 0 ? 100 * NS_PER_MS : r->backoff_ns * 2;
    if (r->backoff_ns > 5 * NS_PER_S)
        r->backoff_ns = 5 * NS_PER_S;
    /* up to half of it more, so that many collectors don't come at once */
    uint64_t random[2];
    hash_random_key(random);
    r->retry_ns = now + r->backoff_ns + random[0] % (r->backoff_ns / 2);
}

/* Goes back to the last checkpoint. The new readers attach before the old ones let go, so that
 * no segment is deleted in between. */
static enum sink_result run_rewind(struct sink_run *r)
{
    struct sink_lanes fresh;
    if (r->ops->rewind(r->self, r->cursor.state.p, r->cursor.state.len) != SINK_OK)
        return SINK_FAIL;
    if (sink_book_rewind(&r->book, &r->cursor) != 0 || sink_run_open_lanes(r, &fresh) != 0)
        return SINK_FAIL;
    r->lost = metric_get(&r->m_lost);
    sink_lanes_close(&r->lanes);
    r->lanes = fresh;
    sink_mark_forget(r);
    r->frames = r->octets = 0;
    r->has_item = r->want = false;
    r->dirty = true; /* a checkpoint shows that it works */
    r->probing = true;
    r->error = 0;
    return SINK_OK;
}

/* ---- the thread ---- */

void sink_run_publish(struct sink_run *r)
{
    metric_set(&r->m_lag, sink_lanes_lag(&r->lanes));
    for (unsigned i = 0; i < r->journal_cnt; i++) {
        uint64_t head = sink_lanes_head(&r->lanes, i);
        if (head != 0)
            sink_book_begin(&r->book, i, head);
    }
    metric_set(&r->m_failing, r->error != 0 || r->probing);
}

static bool run_stopping(const struct sink_run *r)
{
    return notice_get(&r->stop_ns) != 0;
}

static bool run_out_of_time(const struct sink_run *r)
{
    uint64_t stop = notice_get(&r->stop_ns);
    return stop != 0 && clock_monotonic_ns() >= stop;
}

/* Waits out the back-off, or the patience with a blocked output. */
static void run_pause(struct sink_run *r, enum sink_result rc)
{
    if (r->error == 0) {
        bool soon = rc == SINK_BUSY || r->next != NULL;
        sink_lanes_wait(&r->lanes, soon ? BUSY_WAIT_MS : IDLE_WAIT_MS);
        return;
    }
    uint64_t now = clock_monotonic_ns();
    if (now < r->retry_ns) {
        uint64_t left = (r->retry_ns - now) / NS_PER_MS;
        struct timespec t = {.tv_nsec = (long)((left < 50 ? left + 1 : 50) * NS_PER_MS)};
        nanosleep(&t, NULL);
    } else if (run_rewind(r) != SINK_OK) {
        run_fail(r, errno);
    }
}

/* After the last frame: one more checkpoint, whatever it takes within the time. */
static bool run_finish(struct sink_run *r)
{
    if (r->error != 0)
        return false;
    enum sink_result rc = r->next != NULL ? sink_mark_confirm(r) : SINK_OK;
    if (rc == SINK_OK && r->dirty)
        rc = sink_mark_checkpoint(r);
    if (rc == SINK_FAIL)
        run_fail(r, errno);
    return rc == SINK_OK;
}

void *sink_run_main(void *arg)
{
    struct sink_run *r = arg;
    bool clean = false;
    /* The first checkpoint comes before the first frame: from then on a state tells which parts
     * of files are ours. */
    r->dirty = r->want = true;
    if (r->ops->background)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), BACKGROUND_NICE); /* best effort */
    while (!clean && !run_out_of_time(r)) {
        bool idle = false;
        bool stopping = run_stopping(r);
        enum sink_result rc = r->error == 0 ? run_turn(r, &idle) : SINK_OK;
        if (rc == SINK_FAIL)
            run_fail(r, errno);
        sink_run_publish(r);
        if (stopping && idle && rc == SINK_OK)
            clean = r->drained = run_finish(r);
        else if (idle || rc == SINK_BUSY || r->error != 0)
            run_pause(r, rc);
    }
    r->clean = clean || run_finish(r);
    sink_mark_forget(r);
    sink_lanes_close(&r->lanes);
    return NULL;
}
