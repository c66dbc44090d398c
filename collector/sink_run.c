/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_run: consume, checkpoint, store the cursor, release; on failure go back and retry. Floor
 * F4. */
#include "collector/sink_run.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/metrics.h"
#include "collector/sink_book.h"
#include "collector/sink_lane.h"

enum {
    BATCH = 256,               /* frames between two looks at the clock */
    PROBE_FRAMES = 64,         /* the first checkpoint after a failure comes this soon */
    CHECKPOINT_LEN = 32 << 20, /* octets consumed that make a checkpoint due */
    IDLE_WAIT_MS = 200,
    BUSY_WAIT_MS = 20,
    BACKGROUND_NICE = 5,
};

static const uint64_t ms = 1000 * 1000; /* nanoseconds */

struct sink_run {
    const struct sink_ops *ops;
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

    bool drained;          /* written by the thread before it ends */
    struct metric stop_ns; /* monotonic deadline; 0: run on. Written by the owner */
    struct metric m_frames, m_lost, m_errors, m_delayed, m_checkpoints, m_lag, m_failing;
};

/* ---- start ---- */

static struct track_hooks run_hooks(const struct sink_run *r)
{
    struct track_hooks h = r->ops->hooks;
    h.arg = r->self;
    return h;
}

static int run_open_lanes(struct sink_run *r, struct sink_lanes *l)
{
    struct track_hooks h = run_hooks(r);
    return sink_lanes_open(l, r->journals, r->journal_cnt, r->ops->name, &h, &r->cursor);
}

/* A cursor that is ahead of its journal tells of another journal: the folder was removed, or a
 * power failure took the journal's end. To consume twice is the lesser evil. */
static int run_check_cursor(struct sink_run *r, struct sink_cursor *ends)
{
    if (r->cursor.lane_cnt > 0 && sink_lanes_ends(r->journals, r->journal_cnt, ends) != 0)
        return -1;
    for (unsigned i = 0; i < r->cursor.lane_cnt && i < r->journal_cnt; i++) {
        if (r->cursor.lane[i].seq <= ends->lane[i].seq)
            continue;
        log_line(r->log, LOG_LEVEL_WARN,
                 "sink %s: cursor at frame %" PRIu64 " of journal %u, which ends at %" PRIu64
                 ": starting with its oldest frame, records may repeat",
                 r->ops->name, r->cursor.lane[i].seq, i, ends->lane[i].seq);
        r->cursor.lane[i] = (struct journal_pos){0};
        buf_clear(&r->cursor.ledger); /* it counted another journal's frames */
    }
    return 0;
}

static int run_load(struct sink_run *r, const struct sink_run_options *o, char *err,
                    size_t err_len)
{
    if (sink_cursor_path(r->path, sizeof(r->path), o->cfg->data_dir, o->ops->name) != 0) {
        snprintf(err, err_len, "%s: path too long", o->cfg->data_dir);
        return -1;
    }
    if (!o->from_now && sink_cursor_load(r->path, &r->cursor, err, err_len) < 0)
        return -1;
    struct sink_cursor *ends = calloc(1, sizeof(*ends));
    int rc = ends == NULL  ? -1
             : o->from_now ? sink_lanes_ends(r->journals, r->journal_cnt, &r->cursor)
                           : run_check_cursor(r, ends);
    if (rc == 0)
        rc = sink_book_open(&r->book, r->journals, r->journal_cnt, &r->cursor);
    if (rc != 0)
        snprintf(err, err_len, "sink %s: %s", r->ops->name, strerror(errno));
    free(ends);
    return rc;
}

static void *run_main(void *arg);

static void run_publish(struct sink_run *r)
{
    metric_set(&r->m_lag, sink_lanes_lag(&r->lanes));
    for (unsigned i = 0; i < r->journal_cnt; i++) {
        uint64_t head = sink_lanes_head(&r->lanes, i);
        if (head != 0)
            sink_book_begin(&r->book, i, head);
    }
    metric_set(&r->m_failing, r->error != 0 || r->probing);
}

static int run_start_thread(struct sink_run *r)
{
    /* Signals are the main thread's; SIGPIPE becomes EPIPE. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&r->thread, NULL, run_main, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

static void run_free(struct sink_run *r)
{
    sink_book_close(&r->book);
    sink_cursor_free(&r->cursor);
    config_unref(r->cfg);
    free(r);
}

struct sink_run *sink_run_start(const struct sink_run_options *o, char *err, size_t err_len)
{
    struct sink_run *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        snprintf(err, err_len, "sink %s: out of memory", o->ops->name);
        return NULL;
    }
    r->ops = o->ops;
    r->cfg = config_ref(o->cfg);
    r->log = o->log;
    r->journals = o->journals;
    r->journal_cnt = o->journal_cnt;
    if (run_load(r, o, err, err_len) != 0)
        goto fail;
    r->self =
        r->ops->open(r->cfg, r->log, r->cursor.state.p, r->cursor.state.len, err, err_len);
    if (r->self == NULL)
        goto fail;
    if (run_open_lanes(r, &r->lanes) != 0) {
        snprintf(err, err_len, "sink %s: %s", r->ops->name, strerror(errno));
        r->ops->close(r->self, false);
        goto fail;
    }
    sink_lanes_places(&r->lanes, &r->cursor);
    run_publish(r);
    int rc = run_start_thread(r);
    if (rc != 0) {
        snprintf(err, err_len, "sink %s: %s", r->ops->name, strerror(rc));
        sink_lanes_close(&r->lanes);
        r->ops->close(r->self, false);
        goto fail;
    }
    return r;
fail:
    run_free(r);
    return NULL;
}

/* ---- checkpoints ---- */

/* The next checkpoint comes after a second, or later when the last one was slow, so that
 * checkpoints take no more than a tenth of the time. */
static void run_set_due(struct sink_run *r, uint64_t began_ns, uint64_t ended_ns)
{
    uint64_t pause = (ended_ns - began_ns) * 9;
    r->due_ns = ended_ns + (pause > NS_PER_S ? pause : NS_PER_S);
}

static void run_recovered(struct sink_run *r, uint64_t now_ns)
{
    uint64_t delayed = r->frames + sink_lanes_behind(&r->lanes);
    metric_add(&r->m_delayed, delayed);
    log_line(r->log, LOG_LEVEL_INFO,
             "sink %s: works again after %" PRIu64 " ms, %" PRIu64 " frames delayed, none lost",
             r->ops->name, (now_ns - r->failed_ns) / ms, delayed);
    r->probing = false;
    r->backoff_ns = 0;
    r->logged = 0;
}

static void run_forget_next(struct sink_run *r)
{
    int saved = errno;
    if (r->next != NULL)
        sink_cursor_free(r->next);
    free(r->next);
    r->next = NULL;
    errno = saved;
}

/* Begins a checkpoint: where we are, and the sink's state there. */
static enum sink_result run_mark(struct sink_run *r)
{
    r->next = calloc(1, sizeof(*r->next));
    if (r->next == NULL)
        return SINK_FAIL;
    sink_lanes_places(&r->lanes, r->next);
    ledger_save(r->book.now, &r->next->ledger);
    enum sink_result rc = r->ops->checkpoint(r->self, &r->next->state);
    if (rc == SINK_OK && (r->next->state.failed || r->next->ledger.failed)) {
        errno = ENOMEM;
        rc = SINK_FAIL;
    }
    if (rc != SINK_OK) {
        run_forget_next(r);
        return rc;
    }
    r->next_frames = r->frames;
    r->next_octets = r->octets;
    r->next_lost = r->lost + r->lanes.lost;
    r->dirty = r->want = false;
    return SINK_OK;
}

/* The state is durable: now the cursor, then what hangs on both. */
static enum sink_result run_store(struct sink_run *r)
{
    if (sink_cursor_store(r->path, r->next) != 0)
        return SINK_FAIL;
    sink_cursor_free(&r->cursor);
    r->cursor = *r->next;
    r->next->state = r->next->ledger = (struct buf){0};
    return r->ops->settle != NULL ? r->ops->settle(r->self) : SINK_OK;
}

static void run_stored(struct sink_run *r, uint64_t now_ns)
{
    sink_lanes_release(&r->lanes, &r->cursor);
    sink_book_show(&r->book, &r->cursor);
    metric_add(&r->m_frames, r->next_frames);
    metric_add(&r->m_checkpoints, 1);
    metric_set(&r->m_lost, r->next_lost);
    if (r->probing)
        run_recovered(r, now_ns);
    r->frames -= r->next_frames;
    r->octets -= r->next_octets;
}

/* Ends the checkpoint that was begun, when it can be. */
static enum sink_result run_confirm(struct sink_run *r)
{
    enum sink_result rc = r->ops->confirm != NULL ? r->ops->confirm(r->self) : SINK_OK;
    if (rc == SINK_BUSY)
        return rc;
    uint64_t began = clock_monotonic_ns();
    if (rc == SINK_OK)
        rc = run_store(r);
    uint64_t ended = clock_monotonic_ns();
    run_set_due(r, began - r->spent_ns, ended);
    if (rc == SINK_OK)
        run_stored(r, ended);
    run_forget_next(r);
    return rc;
}

static enum sink_result run_checkpoint(struct sink_run *r)
{
    uint64_t began = clock_monotonic_ns();
    enum sink_result rc = run_mark(r);
    uint64_t ended = clock_monotonic_ns();
    r->spent_ns = ended - began;
    if (rc == SINK_OK)
        return run_confirm(r);
    run_set_due(r, began, ended);
    return rc;
}

static bool run_is_due(const struct sink_run *r, uint64_t now_ns)
{
    if (!r->dirty || r->next != NULL)
        return false;
    return r->want || now_ns >= r->due_ns || r->octets >= CHECKPOINT_LEN ||
           (r->probing && r->frames >= PROBE_FRAMES);
}

/* ---- consuming ---- */

/* Tells the sink of a slot that was over before `now_s`. Slots without traffic are told of as
 * they pass, or not at all when they passed while nobody looked. */
static enum sink_result run_end_slot(struct sink_run *r, uint64_t now_s)
{
    uint64_t slot_s = r->cfg->archive.slot_s, end_s = ledger_slot(r->book.now);
    if (r->ops->slot_end == NULL || (end_s != 0 && now_s < end_s))
        return SINK_OK;
    if (end_s != 0) {
        struct sink_cursor *c = calloc(1, sizeof(*c));
        uint64_t place[SINK_LANES_MAX];
        if (c == NULL)
            return SINK_FAIL;
        sink_lanes_places(&r->lanes, c);
        for (unsigned i = 0; i < r->journal_cnt; i++)
            place[i] = c->lane[i].seq;
        free(c);
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
    if (ledger_count(r->book.now, &r->item, !filtered, sink_lanes_gap(&r->lanes)) != 0)
        return SINK_FAIL;
    sink_lanes_consumed(&r->lanes);
    return SINK_OK;
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
        kept = run_confirm(r);
    else if (rc == SINK_OK && run_is_due(r, clock_monotonic_ns()))
        kept = run_checkpoint(r);
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
                 r->ops->name, strerror(error), r->frames);
    r->error = r->logged = error;
    r->backoff_ns = r->backoff_ns == 0 ? 100 * ms : r->backoff_ns * 2;
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
    if (sink_book_rewind(&r->book, &r->cursor) != 0 || run_open_lanes(r, &fresh) != 0)
        return SINK_FAIL;
    r->lost = metric_get(&r->m_lost);
    sink_lanes_close(&r->lanes);
    r->lanes = fresh;
    run_forget_next(r);
    r->frames = r->octets = 0;
    r->has_item = r->want = false;
    r->dirty = true; /* a checkpoint shows that it works */
    r->probing = true;
    r->error = 0;
    return SINK_OK;
}

/* ---- the thread ---- */

static bool run_stopping(const struct sink_run *r)
{
    return metric_get(&r->stop_ns) != 0;
}

static bool run_out_of_time(const struct sink_run *r)
{
    uint64_t stop = metric_get(&r->stop_ns);
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
        uint64_t left = (r->retry_ns - now) / ms;
        struct timespec t = {.tv_nsec = (long)((left < 50 ? left + 1 : 50) * ms)};
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
    enum sink_result rc = r->next != NULL ? run_confirm(r) : SINK_OK;
    if (rc == SINK_OK && r->dirty)
        rc = run_checkpoint(r);
    if (rc == SINK_FAIL)
        run_fail(r, errno);
    return rc == SINK_OK;
}

static void *run_main(void *arg)
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
        run_publish(r);
        if (stopping && idle && rc == SINK_OK)
            clean = r->drained = run_finish(r);
        else if (idle || rc == SINK_BUSY || r->error != 0)
            run_pause(r, rc);
    }
    if (!clean)
        clean = run_finish(r);
    run_forget_next(r);
    sink_lanes_close(&r->lanes);
    r->ops->close(r->self, clean);
    return NULL;
}

/* ---- the owner ---- */

void sink_run_ask_stop(struct sink_run *r, uint64_t deadline_ns)
{
    metric_set(&r->stop_ns, deadline_ns == 0 ? 1 : deadline_ns);
}

int sink_run_join(struct sink_run *r)
{
    pthread_join(r->thread, NULL);
    int rc = r->drained ? 0 : -1;
    run_free(r);
    return rc;
}

struct config *sink_run_config(const struct sink_run *r)
{
    return r->cfg;
}

void sink_run_get_stats(const struct sink_run *r, struct sink_run_stats *s)
{
    *s = (struct sink_run_stats){
        .frames = metric_get(&r->m_frames),
        .lost = metric_get(&r->m_lost),
        .errors = metric_get(&r->m_errors),
        .delayed = metric_get(&r->m_delayed),
        .checkpoints = metric_get(&r->m_checkpoints),
        .lag_bytes = metric_get(&r->m_lag),
        .failing = metric_get(&r->m_failing),
    };
}

void sink_run_metrics(struct sink_run *r, struct buf *b)
{
    if (r->ops->metrics != NULL)
        r->ops->metrics(r->self, b);
}

void sink_run_sums(struct sink_run *r, struct sink_run_ledger *sums)
{
    sink_book_sums(&r->book, sums);
}

void sink_run_emit_ledger(struct sink_run *r, struct emit *e)
{
    sink_book_emit(&r->book, e);
}

void sink_run_ledger_text(struct sink_run *r, struct buf *b)
{
    sink_book_text(&r->book, r->ops->name, b);
}

int sink_run_demand(struct sink_run *r)
{
    if (r->ops->demand == NULL)
        return -1;
    r->ops->demand(r->self);
    return 0;
}

int sink_run_reload(struct sink_run *r, struct config *cfg)
{
    if (r->ops->reload == NULL)
        return -1;
    r->ops->reload(r->self, cfg);
    struct config *old = r->cfg;
    r->cfg = config_ref(cfg);
    config_unref(old);
    return 0;
}
