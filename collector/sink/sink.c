/* SPDX-License-Identifier: BSD-2-Clause */
/* sink: which sinks run, with which configuration. Floor F4. */
#include "collector/sink/sink_int.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/sink/sink_cursor.h"

/* ---- the table of sinks ---- */

static bool always(const struct config *c, const char *name)
{
    (void)c;
    (void)name;
    return true;
}

static bool archive_on(const struct config *c, const char *name)
{
    (void)name;
    return c->archive.enabled;
}

static bool bmp_archive_on(const struct config *c, const char *name)
{
    (void)name;
    return c->bmp_archive.enabled;
}

static bool rib_on(const struct config *c, const char *name)
{
    (void)name;
    return c->rib.enabled;
}

static bool ndjson_on(const struct config *c, const char *name)
{
    (void)name;
    return c->ndjson.enabled;
}

static bool kafka_on(const struct config *c, const char *name)
{
    return c->kafka.enabled && config_has_kafka(c, name);
}

static bool rib_same(const struct config *a, const struct config *b, const char *name)
{
    (void)name;
    return config_same_rib(a, b);
}

static bool meter_same(const struct config *a, const struct config *b, const char *name)
{
    (void)name;
    (void)a;
    (void)b;
    return true;
}

static bool archive_same(const struct config *a, const struct config *b, const char *name)
{
    (void)name;
    return config_same_archive(a, b);
}

static bool bmp_archive_same(const struct config *a, const struct config *b, const char *name)
{
    (void)name;
    return config_same_bmp_archive(a, b);
}

static bool ndjson_same(const struct config *a, const struct config *b, const char *name)
{
    (void)name;
    return config_same_ndjson(a, b);
}

static const struct sink_row rows[] = {
    {&sink_archive, archive_on, archive_same},
    {&sink_bmp_archive, bmp_archive_on, bmp_archive_same},
    {&sink_ndjson, ndjson_on, ndjson_same},
    {&sink_rib, rib_on, rib_same},
    {&sink_kafka, kafka_on, config_same_kafka},
    {&sink_meter, always, meter_same},
};

enum { RESTART_MS = 5000 };
static_assert(sizeof(rows) / sizeof(rows[0]) == ROWS, "rows without a slot");
static_assert((int)SLOTS <= (int)SINKS_MAX, "a sink without a place in its pages");

static struct sink_run *start_one(const struct sinks *s, unsigned i, struct config *cfg,
                                  bool from_now, char *err, size_t err_len)
{
    struct sink_run_options o = {
        .ops = s->slot[i].row->ops,
        .name = s->slot[i].name,
        .cfg = cfg,
        .journals = s->journals,
        .journal_cnt = s->journal_cnt,
        .log = s->log,
        .from_now = from_now,
    };
    return sink_run_start(&o, err, err_len);
}

static void put(struct sinks *s, unsigned i, struct sink_run *r)
{
    pthread_mutex_lock(&s->lock);
    s->slot[i].run = r;
    pthread_mutex_unlock(&s->lock);
}

static int stop_one(struct sinks *s, unsigned i, uint64_t deadline_ns)
{
    struct sink_run *r = s->slot[i].run;
    sink_run_ask_stop(r, deadline_ns);
    int rc = sink_run_wait(r); /* with its output away that takes the time there is: it shows */
    put(s, i, NULL);
    sink_run_close(r);
    return rc;
}

static uint64_t deadline_of(int ms)
{
    return clock_monotonic_ns() + (uint64_t)(ms > 0 ? ms : 0) * (NS_PER_S / 1000);
}

/* ---- start and stop ---- */

static struct sinks *sinks_new(struct journal *const *journals, unsigned cnt,
                               const struct log *log)
{
    struct sinks *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->journals = calloc(cnt, sizeof(struct journal *));
    if (s->journals == NULL) {
        free(s);
        return NULL;
    }
    memcpy(s->journals, journals, cnt * sizeof(struct journal *));
    s->journal_cnt = cnt;
    s->log = log;
    for (unsigned i = 0; i < ROWS; i++) {
        s->slot[i].row = &rows[i];
        snprintf(s->slot[i].name, sizeof(s->slot[i].name), "%s", rows[i].ops->name);
    }
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static const struct sink_row *kafka_row(void)
{
    const struct sink_row *row = rows;
    while (row->ops != &sink_kafka)
        row++;
    return row;
}

static bool has_slot(const struct sinks *s, const char *name)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        if (strcmp(s->slot[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Gives each cursor of kafka.topics a slot. The loader has counted them: there is one. */
static void take_slots(struct sinks *s, const struct config *cfg)
{
    unsigned i = ROWS;
    for (size_t k = 0; cfg->kafka.enabled && k < cfg->kafka.topics_cnt; k++) {
        char name[SINK_NAME_MAX + 1];
        config_kafka_name(name, cfg->kafka.topics[k].cursor);
        if (has_slot(s, name))
            continue;
        while (i < SLOTS && s->slot[i].name[0] != '\0')
            i++;
        if (i == SLOTS)
            return;
        pthread_mutex_lock(&s->lock);
        s->slot[i].row = kafka_row();
        memcpy(s->slot[i].name, name, sizeof(name));
        pthread_mutex_unlock(&s->lock);
    }
}

struct sinks *sinks_start(struct config *cfg, struct journal *const *journals,
                          unsigned journal_cnt, const struct log *log, char *err,
                          size_t err_len)
{
    if (journal_cnt == 0 || journal_cnt > SINK_LANES_MAX) {
        snprintf(err, err_len, "%u journals; 1 to %d are possible", journal_cnt,
                 SINK_LANES_MAX);
        return NULL;
    }
    struct sinks *s = sinks_new(journals, journal_cnt, log);
    if (s == NULL) {
        snprintf(err, err_len, "sinks: out of memory");
        return NULL;
    }
    take_slots(s, cfg);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].name[0] == '\0' || !s->slot[i].row->enabled(cfg, s->slot[i].name))
            continue;
        s->slot[i].run = start_one(s, i, cfg, false, err, err_len);
        if (s->slot[i].run == NULL) {
            sinks_stop(s, 0);
            return NULL;
        }
    }
    for (unsigned i = 0; i < journal_cnt; i++)
        journal_start_trimming(journals[i]);
    return s;
}

int sinks_stop(struct sinks *s, int deadline_ms)
{
    uint64_t deadline = deadline_of(deadline_ms);
    int rc = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run != NULL)
            sink_run_ask_stop(s->slot[i].run, deadline);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].run != NULL && stop_one(s, i, deadline) != 0)
            rc = -1;
    }
    pthread_mutex_destroy(&s->lock);
    free(s->journals);
    free(s);
    return rc;
}

/* ---- reload ---- */

/* A sink that is switched off leaves no cursor: switched on again, it begins anew. */
static void remove_cursor(const struct sinks *s, unsigned i, const struct config *cfg)
{
    char path[PATH_MAX];
    if (sink_cursor_path(path, sizeof(path), cfg->data_dir, s->slot[i].name) == 0 &&
        unlink(path) != 0 && errno != ENOENT)
        log_line(s->log, LOG_LEVEL_WARN, "sink %s: %s: %s", s->slot[i].name, path,
                 strerror(errno));
}

static int switch_on(struct sinks *s, unsigned i, struct config *cfg, char *err, size_t err_len)
{
    struct sink_run *r = start_one(s, i, cfg, true, err, err_len);
    put(s, i, r);
    return r != NULL ? 0 : -1;
}

static void switch_off(struct sinks *s, unsigned i, uint64_t deadline_ns)
{
    struct config *old = config_ref(sink_run_config(s->slot[i].run));
    stop_one(s, i, deadline_ns);
    remove_cursor(s, i, old);
    config_unref(old);
}

/* Between a sink's two runs no reader of its own keeps the segments it has yet to consume:
 * these do. Returns the readers, one per journal, or NULL with errno. */
static struct journal_reader **hold_journals(const struct sinks *s)
{
    struct journal_reader **hold = calloc(s->journal_cnt, sizeof(struct journal_reader *));
    for (unsigned i = 0; hold != NULL && i < s->journal_cnt; i++)
        hold[i] = journal_reader_attach(s->journals[i], "reload", (struct journal_pos){0});
    return hold;
}

static void let_go(const struct sinks *s, struct journal_reader **hold)
{
    for (unsigned i = 0; hold != NULL && i < s->journal_cnt; i++)
        journal_reader_free(hold[i]);
    free(hold);
}

static int restart(struct sinks *s, unsigned i, struct config *cfg, uint64_t deadline_ns,
                   char *err, size_t err_len)
{
    struct config *old = config_ref(sink_run_config(s->slot[i].run));
    stop_one(s, i, deadline_ns);
    struct sink_run *r = start_one(s, i, cfg, false, err, err_len);
    int rc = r != NULL ? 0 : -1;
    if (r == NULL) {
        char again[256];
        r = start_one(s, i, old, false, again, sizeof(again));
        if (r == NULL)
            log_line(s->log, LOG_LEVEL_ERROR, "sink %s: stopped: %s", s->slot[i].name, again);
    }
    put(s, i, r);
    config_unref(old);
    return rc;
}

/* Frees a slot whose cursor the configuration does not name any more. */
static void leave_slot(struct sinks *s, unsigned i, const struct config *cfg)
{
    if (i < ROWS || s->slot[i].name[0] == '\0' || s->slot[i].run != NULL ||
        s->slot[i].row->enabled(cfg, s->slot[i].name))
        return;
    pthread_mutex_lock(&s->lock);
    s->slot[i].name[0] = '\0';
    pthread_mutex_unlock(&s->lock);
}

enum fate { STAYS, ENDS, RESTARTS };

/* What a reload does to a running sink. One that takes on the configuration as it runs has done
 * so then. */
static enum fate fate_of(const struct sinks *s, unsigned i, struct config *cfg)
{
    struct sink_run *r = s->slot[i].run;
    if (r == NULL)
        return STAYS;
    if (!s->slot[i].row->enabled(cfg, s->slot[i].name))
        return ENDS;
    if (s->slot[i].row->same(sink_run_config(r), cfg, s->slot[i].name) ||
        sink_run_reload(r, cfg) == 0)
        return STAYS;
    return RESTARTS;
}

/* Starts those that have been switched on; one that did not start again is none of these. */
static int switch_on_all(struct sinks *s, struct config *cfg, const enum fate fate[],
                         char *err, size_t err_len)
{
    int rc = 0;
    take_slots(s, cfg);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (s->slot[i].name[0] != '\0' && s->slot[i].run == NULL && fate[i] != RESTARTS &&
            s->slot[i].row->enabled(cfg, s->slot[i].name) &&
            switch_on(s, i, cfg, err, err_len) != 0)
            rc = -1;
    }
    return rc;
}

/* Those that stop have one and the same time for it, however many they are. */
int sinks_reload(struct sinks *s, struct config *cfg, char *err, size_t err_len)
{
    enum fate fate[SLOTS];
    struct journal_reader **hold = hold_journals(s);
    uint64_t deadline = deadline_of(RESTART_MS);
    int rc = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        fate[i] = fate_of(s, i, cfg);
        if (fate[i] != STAYS)
            sink_run_ask_stop(s->slot[i].run, deadline);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (fate[i] == ENDS)
            switch_off(s, i, deadline);
        else if (fate[i] == RESTARTS && restart(s, i, cfg, deadline, err, err_len) != 0)
            rc = -1;
        leave_slot(s, i, cfg);
    }
    if (switch_on_all(s, cfg, fate, err, err_len) != 0)
        rc = -1;
    let_go(s, hold);
    return rc;
}
