/* SPDX-License-Identifier: BSD-2-Clause */
/* app_pages: health, metrics and peers. Floor F4. */
#include "collector/http/app_pages.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "collector/http/metrics_join.h"

enum { SHARD_ANSWER_MS = 1000, STUCK_S = 10 };

int app_parts_init(struct app_parts *p)
{
    *p = (struct app_parts){0};
    return pthread_mutex_init(&p->lock, NULL) == 0 ? 0 : -1;
}

void app_parts_destroy(struct app_parts *p)
{
    pthread_mutex_destroy(&p->lock);
}

void app_parts_count_reload(struct app_parts *p, bool good)
{
    metric_add(good ? &p->reloads : &p->refused_reloads, 1);
}

/* ---- watching sinks ---- */

static const struct app_progress *progress_of(const struct app_progress *old, unsigned cnt,
                                              const char *name)
{
    for (unsigned i = 0; i < cnt; i++) {
        if (strcmp(old[i].name, name) == 0)
            return &old[i];
    }
    return NULL;
}

static struct app_progress watch_one(const struct app_progress *old,
                                     const struct sinks_health *h, uint64_t now)
{
    struct app_progress p = {.frames = h->frames, .since_ns = now};
    memcpy(p.name, h->name, sizeof p.name);
    if (old == NULL || old->frames != h->frames || h->lag_bytes == 0)
        return p;
    p.since_ns = old->since_ns;
    p.stuck = now - old->since_ns > STUCK_S * NS_PER_S;
    return p;
}

void app_parts_watch(struct app_parts *p, const struct log *log)
{
    struct sinks_health h[APP_SINKS_MAX];
    struct app_progress fresh[APP_SINKS_MAX];
    unsigned cnt = sinks_get_health(p->sinks, h, APP_SINKS_MAX);
    uint64_t now = clock_monotonic_ns();
    for (unsigned i = 0; i < cnt; i++) {
        const struct app_progress *old = progress_of(p->progress, p->progress_cnt, h[i].name);
        fresh[i] = watch_one(old, &h[i], now);
        bool was = old != NULL && old->stuck;
        if (fresh[i].stuck && !was)
            log_line(log, LOG_LEVEL_WARN,
                     "sink %s: no progress for %d s, %" PRIu64 " octets behind, journal keeps",
                     h[i].name, STUCK_S, h[i].lag_bytes);
        if (!fresh[i].stuck && was)
            log_line(log, LOG_LEVEL_INFO, "sink %s: goes on", h[i].name);
    }
    pthread_mutex_lock(&p->lock);
    memcpy(p->progress, fresh, cnt * sizeof fresh[0]);
    p->progress_cnt = cnt;
    pthread_mutex_unlock(&p->lock);
}

static bool is_stuck(struct app_parts *p, const char *name)
{
    pthread_mutex_lock(&p->lock);
    const struct app_progress *found = progress_of(p->progress, p->progress_cnt, name);
    bool stuck = found != NULL && found->stuck;
    pthread_mutex_unlock(&p->lock);
    return stuck;
}

/* ---- /healthz ---- */

static int shards_health(struct app_parts *p, struct emit *e)
{
    int rc = 0;
    emit_array(e, KEY("shards"));
    for (unsigned i = 0; i < p->shard_cnt; i++) {
        struct buf ignored = {0};
        bool answers = shard_metrics(p->shards[i], &ignored, SHARD_ANSWER_MS) == 0;
        buf_free(&ignored);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("shard"), i);
        emit_bool(e, KEY("answers"), answers);
        emit_object_end(e);
        rc = answers ? rc : -1;
    }
    emit_array_end(e);
    return rc;
}

static int sinks_health_page(struct app_parts *p, struct emit *e)
{
    struct sinks_health h[APP_SINKS_MAX];
    unsigned cnt = sinks_get_health(p->sinks, h, APP_SINKS_MAX);
    int rc = 0;
    emit_array(e, KEY("sinks"));
    for (unsigned i = 0; i < cnt; i++) {
        bool stuck = is_stuck(p, h[i].name);
        emit_object(e, EMIT_ITEM);
        emit_name(e, KEY("sink"), h[i].name);
        emit_bool(e, KEY("failing"), h[i].failing);
        emit_bool(e, KEY("stuck"), stuck);
        emit_u64(e, KEY("lag_bytes"), h[i].lag_bytes);
        emit_object_end(e);
        rc = stuck || h[i].failing ? -1 : rc;
    }
    emit_array_end(e);
    return rc;
}

static int page_health(void *arg, struct buf *b)
{
    struct app_parts *p = (struct app_parts *)arg;
    struct json j;
    json_init(&j, b);
    emit_object(&j.emit, EMIT_ITEM);
    int shards = shards_health(p, &j.emit);
    int sinks = sinks_health_page(p, &j.emit);
    int rc = shards == 0 && sinks == 0 ? 0 : -1;
    emit_bool(&j.emit, KEY("ok"), rc == 0);
    emit_object_end(&j.emit);
    buf_add_char(b, '\n');
    return rc;
}

/* ---- /metrics ---- */

static void put(struct buf *b, const char *name, const char *type, const char *help, double v)
{
    static const char *const none[] = {NULL};
    metrics_family(b, name, type, help);
    metrics_sample(b, name, none, v);
}

static double resident_octets(void)
{
    unsigned long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double open_fds(void)
{
    double cnt = 0;
    DIR *d = opendir("/proc/self/fd");
    if (d == NULL)
        return 0;
    while (readdir(d) != NULL)
        cnt++;
    closedir(d);
    return cnt - 3; /* ., .. and the folder itself */
}

static double seconds(struct timeval tv)
{
    return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static void process_metrics(struct app_parts *p, struct buf *b)
{
    struct rusage ru = {0};
    struct rlimit rl = {0};
    static const char *const version[] = {"version", RIBTAPE_VERSION, NULL};
    getrusage(RUSAGE_SELF, &ru);
    getrlimit(RLIMIT_NOFILE, &rl);
    metrics_family(b, "ribtape_build_info", "gauge", "Always 1; the label says which version.");
    metrics_sample(b, "ribtape_build_info", version, 1);
    put(b, "ribtape_reloads_total", "counter", "Configurations put in force by SIGHUP.",
        (double)metric_get(&p->reloads));
    put(b, "ribtape_refused_reloads_total", "counter", "Configurations refused at SIGHUP.",
        (double)metric_get(&p->refused_reloads));
    put(b, "process_cpu_seconds_total", "counter", "User and system time.",
        seconds(ru.ru_utime) + seconds(ru.ru_stime));
    put(b, "process_resident_memory_bytes", "gauge",
        "Memory, the journal's mapped pages among it.", resident_octets());
    put(b, "process_open_fds", "gauge", "Open descriptors.", open_fds());
    put(b, "process_max_fds", "gauge", "Descriptors allowed.", (double)rl.rlim_cur);
}

static int page_metrics(void *arg, struct buf *b)
{
    struct app_parts *p = (struct app_parts *)arg;
    struct buf all = {0};
    int rc = 0;
    for (unsigned i = 0; i < p->shard_cnt; i++) {
        if (shard_metrics(p->shards[i], &all, SHARD_ANSWER_MS) != 0)
            rc = -1;
    }
    sinks_metrics(p->sinks, &all);
    process_metrics(p, &all);
    metrics_join(&all, b);
    buf_free(&all);
    return rc;
}

/* ---- /peers ---- */

static int page_peers(void *arg, struct buf *b)
{
    struct app_parts *p = (struct app_parts *)arg;
    int rc = 0;
    buf_add_char(b, '[');
    for (unsigned i = 0; i < p->shard_cnt; i++) {
        struct buf one = {0};
        if (shard_peers(p->shards[i], &one, SHARD_ANSWER_MS) != 0)
            rc = -1;
        if (one.len > 0 && b->len > 1)
            buf_add_char(b, ',');
        if (one.len > 0)
            buf_add(b, one.p, one.len);
        buf_free(&one);
    }
    buf_add_str(b, "]\n");
    return rc;
}

/* ---- /ledger ---- */

static int page_ledger(void *arg, struct buf *b)
{
    struct app_parts *p = (struct app_parts *)arg;
    struct json j;
    json_init(&j, b);
    sinks_ledger(p->sinks, &j.emit);
    buf_add_char(b, '\n');
    return 0;
}

static int page_ledger_text(void *arg, struct buf *b)
{
    struct app_parts *p = (struct app_parts *)arg;
    sinks_ledger_text(p->sinks, b);
    return 0;
}

/* ---- POST /rib/dump ---- */

static int page_dump(void *arg, struct buf *b)
{
    struct app_parts *p = (struct app_parts *)arg;
    int rc = sinks_demand(p->sinks, sink_rib.name);
    buf_add_str(b, rc == 0 ? "{\"dump\":\"requested\"}\n"
                           : "{\"dump\":\"refused\",\"reason\":\"rib is not enabled\"}\n");
    return rc;
}

/* ---- POST /reload ---- */

/* The main thread reloads; how it went is in the metrics and the log. */
static int page_reload(void *arg, struct buf *b)
{
    (void)arg;
    int rc = kill(getpid(), SIGHUP);
    buf_add_str(b, rc == 0 ? "{\"reload\":\"requested\"}\n" : "{\"reload\":\"refused\"}\n");
    return rc;
}

const struct http_pages app_pages = {page_health,      page_metrics, page_peers, page_ledger,
                                     page_ledger_text, page_dump,    page_reload};
