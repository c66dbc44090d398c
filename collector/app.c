/* SPDX-License-Identifier: BSD-2-Clause */
/* app: start, reload, watch and stop. Floor F4. */
#include "collector/app.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/archive/files.h"
#include "collector/bmp/tls.h"
#include "collector/http/app_pages.h"

enum {
    SHARDS_MAX = 256,
    STOP_SESSIONS_MS = 2000, /* Cease is sent and the peer has a moment to read it */
    STOP_SINKS_MS = 5000,    /* with the above and the closing of files: below 10 s */
    PATH_LEN = 4096,
};

struct app {
    struct app_options options;
    struct log *log;
    struct config *cfg;
    int lock_fd;
    struct app_parts parts; /* what the pages show */
    struct http *http;
};

/* ---- the data folder ---- */

/* One ribtaped per data folder: journals and archive have one writer. */
static int lock_data_dir(struct app *a, char *err, size_t err_len)
{
    char path[PATH_LEN], pid[32] = "";
    snprintf(path, sizeof path, "%s/lock", a->cfg->data_dir);
    if (files_make_parents(path) != 0) {
        snprintf(err, err_len, "data_dir %s: %s", a->cfg->data_dir, strerror(errno));
        return -1;
    }
    a->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (a->lock_fd < 0) {
        snprintf(err, err_len, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (flock(a->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = read(a->lock_fd, pid, sizeof pid - 1);
        snprintf(err, err_len, "data_dir %s: used by another ribtaped (process %.*s)",
                 a->cfg->data_dir, n > 0 ? (int)strcspn(pid, "\n") : 1, n > 0 ? pid : "?");
        return -1;
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(a->lock_fd, 0) != 0 || pwrite(a->lock_fd, pid, (size_t)n, 0) != n) {
        snprintf(err, err_len, "%s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static unsigned processors(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* An earlier start with more shards may have left frames that no sink has passed: their
 * journals are opened, too, rather than forgotten. */
static unsigned shard_count(const struct app *a)
{
    unsigned cnt = a->cfg->shards != 0 ? a->cfg->shards : (processors() + 1) / 2;
    unsigned wanted = cnt > SHARDS_MAX ? SHARDS_MAX : cnt;
    cnt = wanted;
    for (unsigned i = wanted; i < SHARDS_MAX; i++) {
        char path[PATH_LEN];
        struct stat st;
        snprintf(path, sizeof path, "%s/journal/%u", a->cfg->data_dir, i);
        if (stat(path, &st) == 0)
            cnt = i + 1;
    }
    if (cnt > wanted)
        log_line(a->log, LOG_LEVEL_WARN, "%u shards instead of %u: %s/journal has as many", cnt,
                 wanted, a->cfg->data_dir);
    return cnt;
}

/* ---- start ---- */

struct config *app_load(const struct app_options *o, char *err, size_t err_len)
{
    struct config *c = config_load(o->config_path, err, err_len);
    if (c == NULL || o->bgp_port < 0 || config_set_bgp_port(c, (uint16_t)o->bgp_port) == 0)
        return c;
    snprintf(err, err_len, "--bgp-port %d: two of bgp.listen would be the same", o->bgp_port);
    config_unref(c);
    return NULL;
}

static int start_shards(struct app *a, char *err, size_t err_len)
{
    unsigned cnt = shard_count(a);
    a->parts.shards = calloc(cnt, sizeof(struct shard *));
    if (a->parts.shards == NULL) {
        snprintf(err, err_len, "out of memory");
        return -1;
    }
    for (unsigned i = 0; i < cnt; i++) {
        struct shard *s = shard_open(a->cfg, i, cnt, a->log, err, err_len);
        if (s == NULL)
            return -1;
        a->parts.shards[a->parts.shard_cnt++] = s;
    }
    for (unsigned i = 0; i < cnt; i++) {
        if (shard_start(a->parts.shards[i], err, err_len) != 0)
            return -1;
    }
    return 0;
}

static int start_sinks(struct app *a, char *err, size_t err_len)
{
    struct journal **j = calloc(a->parts.shard_cnt, sizeof(struct journal *));
    if (j == NULL) {
        snprintf(err, err_len, "out of memory");
        return -1;
    }
    for (unsigned i = 0; i < a->parts.shard_cnt; i++)
        j[i] = shard_journal(a->parts.shards[i]);
    a->parts.sinks = sinks_start(a->cfg, j, a->parts.shard_cnt, a->log, err, err_len);
    free(j);
    return a->parts.sinks != NULL ? 0 : -1;
}

static int start_http(struct app *a, char *err, size_t err_len)
{
    if (a->cfg->http.listen.len == 0)
        return 0;
    a->http = http_start(&a->cfg->http.listen, &app_pages, &a->parts, a->log, err, err_len);
    return a->http != NULL ? 0 : -1;
}

struct app *app_start(const struct app_options *o, struct config *cfg, struct log *log,
                      char *err, size_t err_len)
{
    struct app *a = calloc(1, sizeof *a);
    if (a == NULL || app_parts_init(&a->parts) != 0) {
        snprintf(err, err_len, "out of memory");
        free(a);
        return NULL;
    }
    a->options = *o;
    a->log = log;
    a->cfg = config_ref(cfg);
    a->lock_fd = -1;
    log_set_level(log, cfg->log_level);
    if (lock_data_dir(a, err, err_len) == 0 && start_shards(a, err, err_len) == 0 &&
        start_sinks(a, err, err_len) == 0 && start_http(a, err, err_len) == 0)
        return a;
    app_stop(a, "not started");
    return NULL;
}

/* ---- reload ---- */

static bool same_listen(const struct config *a, const struct config *b)
{
    const struct source_addr *x = &a->http.listen, *y = &b->http.listen;
    return x->len == y->len && x->port == y->port && memcmp(x->a, y->a, sizeof x->a) == 0;
}

/* The new server is up before the old one goes. Returns 0, or -1 with the old one kept. */
static int reload_http(struct app *a, const struct config *c, char *err, size_t err_len)
{
    if (same_listen(a->cfg, c))
        return 0;
    struct http *fresh = NULL;
    if (c->http.listen.len != 0) {
        fresh = http_start(&c->http.listen, &app_pages, &a->parts, a->log, err, err_len);
        if (fresh == NULL)
            return -1;
    }
    http_stop(a->http);
    a->http = fresh;
    return 0;
}

static void refuse(struct app *a, char *reasons)
{
    char *save = NULL;
    for (char *s = strtok_r(reasons, "\n", &save); s != NULL; s = strtok_r(NULL, "\n", &save))
        log_line(a->log, LOG_LEVEL_ERROR, "reload: %s", s);
    log_line(a->log, LOG_LEVEL_ERROR, "reload: refused, the old configuration stays in force");
    app_parts_count_reload(&a->parts, false);
}

/* Whether the files that bmp.tls names can be loaded. */
static int try_tls(const struct config *c, char *err, size_t err_len)
{
    struct tls_setup *s = tls_setup_new(c, err, err_len);
    tls_setup_free(s);
    return s != NULL ? 0 : -1;
}

void app_reload(struct app *a)
{
    char err[8192] = "";
    struct config *c = app_load(&a->options, err, sizeof err);
    const char *fixed = c != NULL ? config_needs_restart(a->cfg, c) : NULL;
    if (fixed != NULL)
        snprintf(err, sizeof err, "%s can't change without a restart", fixed);
    if (c == NULL || fixed != NULL || try_tls(c, err, sizeof err) != 0 ||
        reload_http(a, c, err, sizeof err) != 0) {
        refuse(a, err);
        config_unref(c);
        return;
    }
    log_set_level(a->log, c->log_level);
    /* from here on nothing is undone: a sink that won't start says so and goes on as before */
    if (sinks_reload(a->parts.sinks, c, err, sizeof err) != 0)
        log_line(a->log, LOG_LEVEL_ERROR, "reload: %s; this sink goes on as before", err);
    for (unsigned i = 0; i < a->parts.shard_cnt; i++)
        shard_reload(a->parts.shards[i], c);
    config_unref(a->cfg);
    a->cfg = c;
    app_parts_count_reload(&a->parts, true);
    log_line(a->log, LOG_LEVEL_INFO, "reload: %s is in force",
             c->file != NULL ? c->file : "the built-in configuration");
}

void app_demand_dump(struct app *a)
{
    if (sinks_demand(a->parts.sinks, sink_rib.name) != 0)
        log_line(a->log, LOG_LEVEL_WARN, "SIGUSR1: no RIB to dump, rib.enabled is false");
}

void app_watch(struct app *a)
{
    app_parts_watch(&a->parts, a->log);
}

/* ---- stop ---- */

int app_stop(struct app *a, const char *message)
{
    int rc = 0;
    http_stop(a->http);
    for (unsigned i = 0; i < a->parts.shard_cnt; i++)
        shard_stop(a->parts.shards[i], message, STOP_SESSIONS_MS);
    if (a->parts.sinks != NULL && sinks_stop(a->parts.sinks, STOP_SINKS_MS) != 0) {
        log_line(a->log, LOG_LEVEL_WARN,
                 "stop: not all could be written in time, the rest follows at the next start");
        rc = -1;
    }
    for (unsigned i = 0; i < a->parts.shard_cnt; i++)
        shard_free(a->parts.shards[i]);
    free(a->parts.shards);
    app_parts_destroy(&a->parts);
    if (a->lock_fd >= 0)
        close(a->lock_fd);
    config_unref(a->cfg);
    free(a);
    return rc;
}
