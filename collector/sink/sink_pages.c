/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_pages: what others ask of all sinks: /metrics, the ledger, /healthz, a demand. Floor F4. */
#include "collector/sink/sink_int.h"

#include <stddef.h>
#include <string.h>

#include "base/metrics.h"
#include "collector/http/metrics_join.h"

/* ---- metrics ---- */

static const struct {
    const char *name, *type, *help;
    size_t off; /* in struct sink_run_stats */
} stat_rows[] = {
    {"ribtape_sink_frames_total", "counter", "Journal frames consumed and checkpointed.",
     offsetof(struct sink_run_stats, frames)},
    {"ribtape_sink_lost_frames_total", "counter",
     "Journal frames deleted or damaged before the sink read them.",
     offsetof(struct sink_run_stats, lost)},
    {"ribtape_sink_errors_total", "counter", "Failures that led back to a checkpoint.",
     offsetof(struct sink_run_stats, errors)},
    {"ribtape_sink_delayed_frames_total", "counter",
     "Journal frames that waited while the sink failed.",
     offsetof(struct sink_run_stats, delayed)},
    {"ribtape_sink_checkpoints_total", "counter", "Checkpoints made durable.",
     offsetof(struct sink_run_stats, checkpoints)},
    {"ribtape_sink_lag_bytes", "gauge", "Octets of journal that the sink has yet to read.",
     offsetof(struct sink_run_stats, lag_bytes)},
    {"ribtape_sink_failing", "gauge", "1 while the sink retries after a failure.",
     offsetof(struct sink_run_stats, failing)},
};

static void put_stats(struct sinks *s, struct buf *b)
{
    struct sink_run_stats st[SLOTS];
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run != NULL)
            sink_run_get_stats(s->slot[i].run, &st[i]);
    }
    for (size_t k = 0; k < sizeof(stat_rows) / sizeof(stat_rows[0]); k++) {
        metrics_family(b, stat_rows[k].name, stat_rows[k].type, stat_rows[k].help);
        for (unsigned i = 0; i < SLOTS; i++) {
            if (s->slot[i].run == NULL)
                continue;
            uint64_t v;
            memcpy(&v, (const char *)&st[i] + stat_rows[k].off, sizeof(v));
            const char *const labels[] = {"sink", s->slot[i].name, NULL};
            metrics_sample(b, stat_rows[k].name, labels, (double)v);
        }
    }
}

static void put_ledger(struct sinks *s, struct buf *b)
{
    static const struct {
        const char *state;
        size_t off;
    } states[] = {
        {"received", offsetof(struct sink_run_ledger, received)},
        {"delivered", offsetof(struct sink_run_ledger, delivered)},
        {"filtered", offsetof(struct sink_run_ledger, filtered)},
        {"waiting", offsetof(struct sink_run_ledger, waiting)},
        {"lost", offsetof(struct sink_run_ledger, lost)},
    };
    metrics_family(b, "ribtape_ledger_frames", "gauge",
                   "What became of every frame since the sink's first start: received = "
                   "delivered + filtered + waiting + lost.");
    for (unsigned i = 0; i < SLOTS; i++) {
        struct sink_run_ledger sums;
        if (s->slot[i].run == NULL)
            continue;
        sink_run_sums(s->slot[i].run, &sums);
        for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
            uint64_t v;
            memcpy(&v, (const char *)&sums + states[k].off, sizeof(v));
            const char *const labels[] = {"sink", s->slot[i].name, "state", states[k].state,
                                          NULL};
            metrics_sample(b, "ribtape_ledger_frames", labels, (double)v);
        }
    }
}

struct samples {
    struct buf *b;
    const char *sink;
};

static void put_page(void *arg, const struct ledger_page *page)
{
    const struct samples *to = arg;
    ledger_samples(page, to->b, to->sink);
}

static void put_ledger_sources(struct sinks *s, struct buf *b)
{
    metrics_family(b, LEDGER_SOURCE_FRAMES, "gauge",
                   "The same by source, lost frames apart: received = delivered + filtered + "
                   "waiting.");
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run == NULL || s->slot[i].row->ops == &sink_meter)
            continue;
        struct samples to = {b, s->slot[i].name};
        sink_run_ledger_page(s->slot[i].run, put_page, &to);
    }
}

void sinks_ledger(struct sinks *s, struct emit *e)
{
    emit_array(e, EMIT_ITEM);
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run == NULL)
            continue;
        emit_object(e, EMIT_ITEM);
        emit_name(e, KEY("sink"), s->slot[i].name);
        sink_run_emit_ledger(s->slot[i].run, e);
        emit_object_end(e);
    }
    pthread_mutex_unlock(&s->lock);
    emit_array_end(e);
}

void sinks_ledger_text(struct sinks *s, struct buf *b)
{
    buf_printf(b, "%-12s %-24s %14s %14s %14s %14s %14s\n", "sink", "frames of", "received",
               "delivered", "filtered", "waiting", "lost");
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run != NULL)
            sink_run_ledger_text(s->slot[i].run, b);
    }
    pthread_mutex_unlock(&s->lock);
}

unsigned sinks_get_health(struct sinks *s, struct sinks_health *h, unsigned max)
{
    unsigned cnt = 0;
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SLOTS && cnt < max; i++) {
        struct sink_run_stats st;
        if (s->slot[i].run == NULL)
            continue;
        sink_run_get_stats(s->slot[i].run, &st);
        h[cnt] = (struct sinks_health){
            .failing = st.failing != 0, .frames = st.frames, .lag_bytes = st.lag_bytes};
        memcpy(h[cnt++].name, s->slot[i].name, sizeof(s->slot[i].name));
    }
    pthread_mutex_unlock(&s->lock);
    return cnt;
}

void sinks_metrics(struct sinks *s, struct buf *b)
{
    pthread_mutex_lock(&s->lock);
    put_stats(s, b);
    put_ledger(s, b);
    put_ledger_sources(s, b);
    struct buf own = {0};
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run != NULL)
            sink_run_metrics(s->slot[i].run, &own);
    }
    pthread_mutex_unlock(&s->lock);
    metrics_join(&own, b);
    b->failed |= own.failed;
    buf_free(&own);
}

int sinks_demand(struct sinks *s, const char *name)
{
    int rc = -1;
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run != NULL && strcmp(s->slot[i].name, name) == 0)
            rc = sink_run_demand(s->slot[i].run);
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}
