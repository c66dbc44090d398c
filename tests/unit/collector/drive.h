/* SPDX-License-Identifier: BSD-2-Clause */
/* drive: one sink, fed frame by frame in the test's own thread and time. */
#ifndef TESTS_COLLECTOR_DRIVE_H
#define TESTS_COLLECTOR_DRIVE_H

#include "feed.h"

#include <sched.h>

#include "schemas/track/track.h"

#define NS(s) ((uint64_t)((s)*1000) * 1000000)

struct drive {
    const struct sink_ops *ops;
    char dir[64];
    struct feed feed;
    struct config *cfg;
    void *self;
    struct track *track;
    struct journal_reader *reader;
    struct buf state;
};

static inline void drive_open(struct drive *d)
{
    char err[256] = "";
    struct track_hooks h = d->ops->hooks;
    d->self = d->ops->open(&(struct sink_open){.cfg = d->cfg,
                                               .name = d->ops->name,
                                               .log = &feed_log,
                                               .state = d->state.p,
                                               .len = d->state.len},
                           err, sizeof(err));
    cr_assert_not_null(d->self, "%s", err);
    h.arg = d->self;
    d->track = track_new(&h);
}

static inline void drive_begin(struct drive *d, const struct sink_ops *ops)
{
    memset(d, 0, sizeof(*d));
    d->ops = ops;
    feed_temp(d->dir);
    feed_begin(&d->feed, d->dir, 0);
    d->cfg = feed_config(d->dir);
    d->reader = journal_reader_attach(d->feed.j, "test", (struct journal_pos){0});
}

/* Consumes what the journal has. */
static inline void drive_pump(struct drive *d)
{
    struct journal_view v;
    struct track_item item;
    while (journal_read(d->reader, &v) == JOURNAL_READ_FRAME) {
        cr_assert_eq(track_feed(d->track, &v, &item), 0);
        if (v.flags & JOURNAL_REPEAT) /* context, as for the runner */
            continue;
        cr_assert_geq(d->ops->consume(d->self, d->track, &item), SINK_OK);
    }
}

/* Waits until the checkpoint begun is durable. */
static inline void drive_confirm(struct drive *d)
{
    enum sink_result rc = SINK_OK;
    while (d->ops->confirm != NULL && (rc = d->ops->confirm(d->self)) == SINK_BUSY)
        sched_yield();
    cr_assert_eq(rc, SINK_OK, "%s", strerror(errno));
}

static inline void drive_checkpoint(struct drive *d)
{
    buf_clear(&d->state);
    cr_assert_eq(d->ops->checkpoint(d->self, &d->state), SINK_OK, "%s", strerror(errno));
    drive_confirm(d);
    if (d->ops->settle != NULL)
        cr_assert_eq(d->ops->settle(d->self), SINK_OK, "%s", strerror(errno));
}

static inline void drive_close(struct drive *d, bool clean)
{
    if (clean)
        drive_checkpoint(d);
    track_free(d->track);
    d->ops->close(d->self, clean);
}

/* The text of the sink's metrics; static. */
static inline const char *drive_metrics(struct drive *d)
{
    static char text[65536];
    struct buf b = {0};
    d->ops->metrics(d->self, &b);
    snprintf(text, sizeof(text), "%.*s", (int)b.len, b.p);
    buf_free(&b);
    return text;
}

static inline void drive_end(struct drive *d)
{
    journal_reader_free(d->reader);
    journal_close(d->feed.j);
    buf_free(&d->state);
    config_unref(d->cfg);
    feed_rm(d->dir);
}

#endif
