/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_folders: the files of one dump. Floor F4. */
#include "collector/rib/rib_folders.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/archive/archive_name.h"

enum { NAME_TRIES = 1000, ADDR_BYTES = 4 };

struct dumping {
    const struct rib_feed *feed;
    const struct config *cfg;
    const struct log *log;
    uint64_t sec;
    struct rib_dump_stats *sum;
};

struct folder {
    const struct config *cfg;
    char name[ARCHIVE_FOLDER_MAX];
    char view[ARCHIVE_FOLDER_MAX];
};

static bool is_in_folder(void *arg, const struct rib_session *s)
{
    const struct folder *f = arg;
    char own[ARCHIVE_FOLDER_MAX], view[ARCHIVE_FOLDER_MAX];
    archive_rib_folder(own, view, f->cfg, &s->source, &s->peer);
    return strcmp(own, f->name) == 0;
}

static struct config_place place_of(void *arg, const struct rib_session *s)
{
    const struct folder *f = arg;
    const struct config_peer *p = s->peer.bmp ? NULL : config_peer_for(f->cfg, &s->addr);
    return p != NULL ? p->place : (struct config_place){0};
}

/* ---- what a kill leaves ----
 *
 * DATA_DIR/rib-dump names the dump that is being written; a start that finds it removes that
 * dump's .part. */

static int note_path(char *dst, const struct config *c)
{
    int n = snprintf(dst, PATH_MAX, "%s/rib-dump", c->data_dir);
    return n > 0 && n < PATH_MAX ? 0 : -1;
}

/* Best effort: without the note a kill leaves a .part behind. */
static void note_dump(const struct config *c, const char *path)
{
    char note[PATH_MAX];
    FILE *f = note_path(note, c) == 0 ? fopen(note, "we") : NULL;
    if (f == NULL)
        return;
    fprintf(f, "%s.part\n", path);
    fclose(f);
}

static void forget_dump(const struct config *c)
{
    char note[PATH_MAX];
    if (note_path(note, c) == 0)
        (void)unlink(note);
}

void rib_folders_clean(const struct config *c, const struct log *log)
{
    char note[PATH_MAX], part[PATH_MAX];
    FILE *f = note_path(note, c) == 0 ? fopen(note, "re") : NULL;
    if (f == NULL)
        return;
    size_t len = fgets(part, sizeof(part), f) != NULL ? strlen(part) : 0;
    fclose(f);
    if (len > 0 && part[len - 1] == '\n')
        part[--len] = '\0';
    static const char end[] = ".part";
    if (len > sizeof(end) && strcmp(part + len - sizeof(end) + 1, end) == 0 &&
        unlink(part) == 0)
        log_line(log, LOG_LEVEL_INFO, "rib: %s: unfinished, removed", part);
    (void)unlink(note);
}

static int dump_folder(const struct dumping *d, struct folder *f)
{
    const struct config *c = d->cfg;
    char name[ARCHIVE_NAME_MAX], path[PATH_MAX];
    struct rib_dump_stats stats;
    struct rib_dump_options o = {
        .time_s = (uint32_t)d->sec,
        .view = f->view,
        .place = c->place,
        .place_of = place_of,
        .idle_peers = c->rib.idle_peers,
        .format = (enum stream_format)c->rib.format,
        .level = c->rib.level,
        .digest = c->archive.digest,
        .want = is_in_folder,
        .want_arg = f,
    };
    if (c->bgp.defaults.bgp_id.len == ADDR_BYTES)
        memcpy(o.collector_id, c->bgp.defaults.bgp_id.a, ADDR_BYTES);
    for (unsigned again = 0; again < NAME_TRIES; again++) {
        if (archive_rib_name(name, sizeof(name), c, d->sec, again) != 0)
            return -1;
        if (archive_path(path, sizeof(path), c->archive.dir, f->name, name) != 0)
            return -1;
        if (access(path, F_OK) == 0)
            continue;
        note_dump(c, path);
        if (rib_dump_file(d->feed, &o, path, &stats) != 0)
            return -1;
        d->sum->entries += stats.entries;
        d->sum->octets += stats.octets;
        log_line(d->log, LOG_LEVEL_INFO, "rib: %s: %" PRIu64 " peers, %" PRIu64 " entries",
                 path, stats.peers, stats.entries);
        return 0;
    }
    errno = EEXIST;
    return -1;
}

static int compare_folders(const void *a, const void *b)
{
    const struct folder *x = a, *y = b;
    return strcmp(x->name, y->name);
}

int rib_folders_dump(const struct rib_feed *feed, const struct config *cfg,
                     const struct log *log, uint64_t sec, struct rib_dump_stats *sum)
{
    const struct dumping d = {feed, cfg, log, sec, sum};
    const struct rib_session *s;
    *sum = (struct rib_dump_stats){0};
    size_t cnt = 1;
    for (s = rib_feed_sessions(feed); s != NULL; s = s->next)
        cnt++;
    struct folder *f = calloc(cnt, sizeof(f[0]));
    if (f == NULL)
        return -1;
    cnt = 0;
    for (s = rib_feed_sessions(feed); s != NULL; s = s->next) {
        if (s->state == RIB_SESSION_UNKNOWN)
            continue;
        archive_rib_folder(f[cnt].name, f[cnt].view, cfg, &s->source, &s->peer);
        cnt++;
    }
    if (cnt == 0 && cfg->archive.per == PER_COLLECTOR)
        cnt = 1; /* f[0] is "" */
    qsort(f, cnt, sizeof(f[0]), compare_folders);
    int rc = 0;
    for (size_t i = 0; i < cnt && rc == 0; i++) {
        f[i].cfg = cfg;
        if (i == 0 || strcmp(f[i].name, f[i - 1].name) != 0)
            rc = dump_folder(&d, &f[i]);
    }
    int saved = errno;
    forget_dump(cfg);
    free(f);
    errno = saved;
    return rc;
}
