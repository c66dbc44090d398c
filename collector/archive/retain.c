/* SPDX-License-Identifier: BSD-2-Clause */
/* retain: which files are ours, and which of them go. Floor F4. */
#include "collector/archive/retain.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stream/stream.h"
#include "collector/archive/archive_name.h"

enum { PAUSE_S = 60 };

/* ---- which are ours ---- */

static const char *const suffixes[] = {".gz", ".bz2", ".zst"};

/* Passes over `s` if it is at p. */
static const char *pass(const char *p, const char *s)
{
    size_t n = strlen(s);
    return strncmp(p, s, n) == 0 ? p + n : p;
}

/* Whether `p` is what may follow a pattern: .N, a suffix, .sha256. */
static bool is_ending(const char *p)
{
    if (p[0] == '.' && isdigit((unsigned char)p[1])) {
        for (p++; isdigit((unsigned char)*p); p++)
            ;
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        const char *after = pass(p, suffixes[i]);
        if (after != p) {
            p = after;
            break;
        }
    }
    return *pass(p, ".sha256") == '\0';
}

/* Whether `name` is what `pattern` makes of some time. */
static bool is_named(const char *name, const char *pattern, uint64_t *time_s)
{
    struct tm tm = {.tm_mday = 1};
    char stem[ARCHIVE_NAME_MAX], again[ARCHIVE_NAME_MAX];
    strncpy(stem, pattern, sizeof(stem) - 1);
    stem[sizeof(stem) - 1] = '\0';
    size_t len = strlen(stem);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        size_t n = strlen(suffixes[i]); /* names have one suffix, of the format's */
        if (len > n && strcmp(stem + len - n, suffixes[i]) == 0)
            stem[len - n] = '\0';
    }
    const char *end = strptime(name, stem, &tm);
    if (end == NULL || !is_ending(end))
        return false;
    time_t t = timegm(&tm);
    if (t < 0 || gmtime_r(&t, &tm) == NULL)
        return false;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the operator's pattern */
    len = strftime(again, sizeof(again), stem, &tm);
#pragma GCC diagnostic pop
    *time_s = (uint64_t)t;
    return len > 0 && len == (size_t)(end - name) && memcmp(again, name, len) == 0;
}

/* A folder's parts, from the left. */
struct parts {
    const char *p[4];
    size_t len[4];
    unsigned cnt;
};

static bool split(const char *folder, size_t len, struct parts *s)
{
    s->cnt = 0;
    for (size_t at = 0; at < len;) {
        const char *slash = memchr(folder + at, '/', len - at);
        if (slash == NULL || s->cnt == 4)
            return false;
        s->p[s->cnt] = folder + at;
        s->len[s->cnt++] = (size_t)(slash - folder) - at;
        at = (size_t)(slash - folder) + 1;
    }
    return true;
}

static bool part_is(const struct parts *s, unsigned i, const char *text)
{
    return s->len[i] == strlen(text) && memcmp(s->p[i], text, s->len[i]) == 0;
}

static bool part_is_view(const struct parts *s, unsigned i)
{
    for (unsigned v = 0; v < BMP_VIEW_CNT; v++) {
        const char *name = bmp_view_name((enum bmp_view)v);
        if (name != NULL && part_is(s, i, name))
            return true;
    }
    return false;
}

/* AS64500_192.0.2.9 (archive_name.h) */
static bool part_is_peer(const struct parts *s, unsigned i)
{
    size_t at = 2;
    if (s->len[i] < 4 || memcmp(s->p[i], "AS", 2) != 0)
        return false;
    while (at < s->len[i] && isdigit((unsigned char)s->p[i][at]))
        at++;
    return at > 2 && at < s->len[i] && s->p[i][at] == '_';
}

/* Whether the options make such folders ("" or ending in '/'). */
static bool is_folder(const struct config *c, const char *folder, size_t len)
{
    struct parts s;
    if (!split(folder, len, &s))
        return false;
    if (s.cnt > 0 && part_is_view(&s, s.cnt - 1))
        s.cnt--;
    bool routers =
        c->archive.per == PER_ROUTER || c->rib.per == RIB_PER_ROUTER || c->bmp_archive.enabled;
    bool peers = c->archive.per == PER_PEER || c->rib.per == RIB_PER_PEER;
    switch (s.cnt) {
    case 0:
        return true;
    case 1:
        return routers || (peers && part_is_peer(&s, 0)) ||
               (c->rib.per == RIB_PER_VRF &&
                strncmp(s.p[0], ARCHIVE_VRF, strlen(ARCHIVE_VRF)) == 0);
    case 2:
        return (peers && part_is_peer(&s, 1)) ||
               (c->bmp_archive.enabled && part_is(&s, 1, ARCHIVE_CONTEXT));
    default:
        return false;
    }
}

/* Passes over the view that a file's name begins with. */
static const char *pass_view(const char *base)
{
    for (unsigned v = 0; v < BMP_VIEW_CNT; v++) {
        const char *after = pass(base, bmp_view_name((enum bmp_view)v));
        if (after != base && *after == '.')
            return after + 1;
    }
    return base;
}

/* Leaves out the view that files have instead of folders. Returns `path`, or `dst`. */
static const char *without_view(const struct config *c, const char *path, char dst[PATH_MAX])
{
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    const char *rest = c->archive.view_files ? pass_view(base) : base;
    if (rest == base)
        return path;
    int n = snprintf(dst, PATH_MAX, "%.*s%s", (int)(base - path), path, rest);
    return n > 0 && n < PATH_MAX ? dst : path;
}

bool retain_is_ours(const struct config *c, const char *path, uint64_t *time_s)
{
    char plain[PATH_MAX];
    path = without_view(c, path, plain);
    const char *patterns[ARCHIVE_PATTERNS_MAX];
    unsigned cnt = archive_patterns(c, patterns);
    for (const char *name = path; name != NULL;) {
        for (unsigned i = 0; i < cnt; i++) {
            if (is_named(name, patterns[i], time_s) &&
                is_folder(c, path, (size_t)(name - path)))
                return true;
        }
        name = strchr(name, '/');
        name = name != NULL ? name + 1 : NULL;
    }
    return false;
}

/* ---- which go ---- */

struct file {
    char *path; /* owned */
    uint64_t time_s, size;
};

struct list {
    struct file *file; /* owned */
    size_t cnt, cap;
    uint64_t size;
    bool failed;
};

static void list_add(struct list *l, const char *path, uint64_t time_s, uint64_t size)
{
    if (l->cnt == l->cap) {
        size_t cap = l->cap > 0 ? 2 * l->cap : 256;
        struct file *more = reallocarray(l->file, cap, sizeof(more[0]));
        if (more == NULL) {
            l->failed = true;
            return;
        }
        l->file = more;
        l->cap = cap;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        l->failed = true;
        return;
    }
    l->file[l->cnt++] = (struct file){copy, time_s, size};
    l->size += size;
}

static void find(const struct config *c, struct list *l)
{
    char *roots[] = {c->archive.dir, NULL};
    FTS *t = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    size_t root = strlen(c->archive.dir);
    uint64_t time_s;
    for (FTSENT *e; t != NULL && (e = fts_read(t)) != NULL;) {
        if (e->fts_info != FTS_F || e->fts_pathlen <= root)
            continue;
        const char *below = e->fts_path + root;
        while (*below == '/')
            below++;
        if (retain_is_ours(c, below, &time_s))
            list_add(l, e->fts_path, time_s, (uint64_t)e->fts_statp->st_size);
    }
    if (t != NULL)
        fts_close(t);
}

static int compare_files(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    if (x->time_s != y->time_s)
        return x->time_s < y->time_s ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* Removes folders that became empty, up to the archive's own. */
static void remove_folders(const struct config *c, char *path)
{
    size_t root = strlen(c->archive.dir);
    for (char *slash = strrchr(path, '/'); slash != NULL && (size_t)(slash - path) > root;
         slash = strrchr(path, '/')) {
        *slash = '\0';
        if (rmdir(path) != 0)
            return;
    }
}

static bool must_go(const struct config *c, const struct file *f, uint64_t now_s, uint64_t left)
{
    return (c->archive.retain_s > 0 && f->time_s + c->archive.retain_s <= now_s) ||
           (c->archive.retain_size > 0 && left > c->archive.retain_size);
}

void retain_now(struct retain *r, const struct config *cfg, const struct log *log,
                uint64_t now_s)
{
    struct list l = {0};
    uint64_t removed = 0, octets = 0;
    find(cfg, &l);
    if (l.cnt > 0)
        qsort(l.file, l.cnt, sizeof(l.file[0]), compare_files);
    for (size_t i = 0; i < l.cnt; i++) {
        struct file *f = &l.file[i];
        if (must_go(cfg, f, now_s, l.size - octets)) {
            if (unlink(f->path) == 0) {
                removed++;
                octets += f->size;
                remove_folders(cfg, f->path);
            } else {
                metric_add(&r->failures, 1);
                log_line(log, LOG_LEVEL_ERROR, "archive: %s: can't be removed: %s", f->path,
                         strerror(errno));
            }
        }
        free(f->path);
    }
    free(l.file);
    metric_add(&r->removed, removed);
    metric_add(&r->removed_octets, octets);
    metric_set(&r->kept, l.cnt - removed);
    metric_set(&r->kept_octets, l.size - octets);
    if (removed > 0)
        log_line(log, LOG_LEVEL_INFO,
                 "archive: removed the %" PRIu64 " oldest files, %" PRIu64 " octets; %" PRIu64
                 " files, %" PRIu64 " octets are left",
                 removed, octets, (uint64_t)l.cnt - removed, l.size - octets);
    if (l.failed)
        log_line(log, LOG_LEVEL_ERROR, "archive: out of memory, not all files were looked at");
}

void retain_pass(struct retain *r, const struct config *cfg, const struct log *log)
{
    uint64_t now = clock_monotonic_ns();
    if ((cfg->archive.retain_s == 0 && cfg->archive.retain_size == 0) || now < r->due_ns)
        return;
    retain_now(r, cfg, log, clock_realtime_ns() / NS_PER_S);
    r->due_ns = clock_monotonic_ns() + PAUSE_S * NS_PER_S;
}

void retain_metrics(const struct retain *r, struct buf *b)
{
    static const char *const none[] = {NULL};
    const struct {
        const char *name, *type, *help;
        const struct metric *m;
    } row[] = {
        {"ribtape_archive_removed_files_total", "counter",
         "Files removed by archive.retain_age and retain_size.", &r->removed},
        {"ribtape_archive_removed_bytes_total", "counter", "Their octets.", &r->removed_octets},
        {"ribtape_archive_remove_failures_total", "counter", "Files that could not be removed.",
         &r->failures},
        {"ribtape_archive_kept_files", "gauge", "Files left after the last look.", &r->kept},
        {"ribtape_archive_kept_bytes", "gauge", "Their octets.", &r->kept_octets},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        metrics_family(b, row[i].name, row[i].type, row[i].help);
        metrics_sample(b, row[i].name, none, (double)metric_get(row[i].m));
    }
}
