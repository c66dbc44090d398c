/* SPDX-License-Identifier: BSD-2-Clause */
/* app_pages: what /healthz, /metrics and /peers say of shards and sinks. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_HTTP_APP_PAGES_H
#define RIBTAPE_COLLECTOR_HTTP_APP_PAGES_H

#include <pthread.h>

#include "base/metrics.h"
#include "collector/http/http.h"
#include "collector/shard/shard.h"
#include "collector/sink/sink.h"

enum { APP_SINKS_MAX = SINKS_MAX };

/* A sink's progress, as watched. */
struct app_progress {
    char name[SINK_NAME_MAX + 1];
    uint64_t frames;
    uint64_t since_ns; /* monotonic, when frames last changed or nothing was left to do */
    bool stuck;        /* logged, too */
};

struct app_parts {
    struct shard **shards;
    unsigned shard_cnt;
    struct sinks *sinks;
    struct metric reloads, refused_reloads;
    pthread_mutex_t lock; /* guards progress: written by the main thread, read by HTTP's */
    struct app_progress progress[APP_SINKS_MAX];
    unsigned progress_cnt;
};

/* `arg` is a struct app_parts. */
extern const struct http_pages app_pages;

/* Returns 0, or -1 with errno. */
MUST_USE int app_parts_init(struct app_parts *p);
void app_parts_destroy(struct app_parts *p);

/* Notes how far the sinks are; one that has work and gets nowhere for 10 s is stuck, which is
 * logged when it begins and when it ends. Main thread. */
void app_parts_watch(struct app_parts *p, const struct log *log);

void app_parts_count_reload(struct app_parts *p, bool good);

#endif
