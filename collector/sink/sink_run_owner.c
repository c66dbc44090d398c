/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_run_owner: what the owner of a sink's thread calls: start, stop, look. Floor F4. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/sink/sink_run_int.h"

/* ---- start ---- */

static struct track_hooks run_hooks(const struct sink_run *r)
{
    struct track_hooks h = r->ops->hooks;
    h.arg = r->self;
    return h;
}

int sink_run_open_lanes(struct sink_run *r, struct sink_lanes *l)
{
    struct track_hooks h = run_hooks(r);
    return sink_lanes_open(l, r->journals, r->journal_cnt, r->name, &h, &r->cursor,
                           r->cfg->journal.drop_oldest);
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
                 r->name, r->cursor.lane[i].seq, i, ends->lane[i].seq);
        r->cursor.lane[i] = (struct journal_pos){0};
        buf_clear(&r->cursor.ledger); /* they counted another journal's frames */
        buf_clear(&r->cursor.missed);
    }
    return 0;
}

static int run_load(struct sink_run *r, const struct sink_run_options *o, char *err,
                    size_t err_len)
{
    if (sink_cursor_path(r->path, sizeof(r->path), o->cfg->data_dir, o->name) != 0) {
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
        snprintf(err, err_len, "sink %s: %s", r->name, strerror(errno));
    free(ends);
    return rc;
}

static int run_start_thread(struct sink_run *r)
{
    /* Signals are the main thread's; SIGPIPE becomes EPIPE. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&r->thread, NULL, sink_run_main, r);
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
        snprintf(err, err_len, "sink %s: out of memory", o->name);
        return NULL;
    }
    r->ops = o->ops;
    r->name = o->name;
    r->cfg = config_ref(o->cfg);
    r->log = o->log;
    r->journals = o->journals;
    r->journal_cnt = o->journal_cnt;
    if (run_load(r, o, err, err_len) != 0)
        goto fail;
    r->self = r->ops->open(&(struct sink_open){.cfg = r->cfg,
                                               .name = r->name,
                                               .log = r->log,
                                               .state = r->cursor.state.p,
                                               .len = r->cursor.state.len},
                           err, err_len);
    if (r->self == NULL)
        goto fail;
    if (sink_run_open_lanes(r, &r->lanes) != 0) {
        snprintf(err, err_len, "sink %s: %s", r->name, strerror(errno));
        r->ops->close(r->self, false);
        goto fail;
    }
    sink_lanes_mark(&r->lanes, &r->cursor);
    sink_run_publish(r);
    int rc = run_start_thread(r);
    if (rc != 0) {
        snprintf(err, err_len, "sink %s: %s", r->name, strerror(rc));
        sink_lanes_close(&r->lanes);
        r->ops->close(r->self, false);
        goto fail;
    }
    return r;
fail:
    run_free(r);
    return NULL;
}

/* ---- the owner ---- */

void sink_run_ask_stop(struct sink_run *r, uint64_t deadline_ns)
{
    notice_give(&r->stop_ns, deadline_ns == 0 ? 1 : deadline_ns);
}

int sink_run_wait(struct sink_run *r)
{
    pthread_join(r->thread, NULL);
    return r->drained ? 0 : -1;
}

void sink_run_close(struct sink_run *r)
{
    r->ops->close(r->self, r->clean);
    run_free(r);
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

void sink_run_ledger_page(struct sink_run *r,
                          void (*fn)(void *arg, const struct ledger_page *p), void *arg)
{
    sink_book_page(&r->book, fn, arg);
}

void sink_run_emit_ledger(struct sink_run *r, struct emit *e)
{
    sink_book_emit(&r->book, e);
}

void sink_run_ledger_text(struct sink_run *r, struct buf *b)
{
    sink_book_text(&r->book, r->name, b);
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
