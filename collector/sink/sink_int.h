/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_int: what the owner of the sinks (sink.c) and their pages (sink_pages.c) share. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_SINK_SINK_INT_H
#define RIBTAPE_COLLECTOR_SINK_SINK_INT_H

#include <pthread.h>

#include "collector/sink/sink.h"
#include "collector/sink/sink_run.h"

enum { ROWS = 6, SLOTS = ROWS + CONFIG_CURSORS_MAX };

struct sink_row {
    const struct sink_ops *ops;
    bool (*enabled)(const struct config *c, const char *name);
    bool (*same)(const struct config *a, const struct config *b, const char *name); /* no restart is needed */
};

/* A sink that may run: one for each row, and behind them one for each cursor of kafka.topics. */
struct slot {
    const struct sink_row *row;
    char name[SINK_NAME_MAX + 1]; /* "": free */
    struct sink_run *run;         /* NULL: it doesn't */
};

struct sinks {
    struct journal **journals;
    unsigned journal_cnt;
    const struct log *log;
    pthread_mutex_t lock; /* guards slot[] against those who look */
    struct slot slot[SLOTS];
};

#endif
