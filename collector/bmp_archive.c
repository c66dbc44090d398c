/* SPDX-License-Identifier: BSD-2-Clause */
/* bmp_archive: the sink that keeps BMP as it came: one plain stream per router and slot, octet
 * for octet, unknown and broken messages too. Floor F4.
 *
 * Names, slots, checkpoints and exactly-once are archive_file's. A file holds whole messages;
 * the files of a router, one after another, are what it sent, over all its connections. */
#include "collector/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "collector/archive_file.h"

struct counts {
    uint64_t messages, octets;
};

struct bmp_archive {
    struct config *cfg;
    const struct log *log;
    struct arch_files files;
    struct counts now, settled; /* since the start; at the last checkpoint */
    struct metric m_messages, m_octets, m_finished;
};

/* What hangs on a source: its file, so that messages need no search. */
struct source_file {
    struct arch_file *file;
    uint64_t generation;
    char name[sizeof(((struct track_source *)0)->sys_name)]; /* that the folder was made of */
};

/* A router may tell another name in the middle of its stream. */
static struct arch_file *file_of(struct bmp_archive *a, struct track_source *s)
{
    struct source_file *sf = s->user;
    if (sf != NULL && sf->file != NULL && sf->generation == a->files.generation &&
        strcmp(sf->name, s->sys_name) == 0)
        return sf->file;
    char folder[ARCHIVE_FOLDER_MAX];
    archive_router_folder(folder, s);
    struct arch_file *f = arch_files_get(&a->files, folder);
    if (sf == NULL)
        sf = s->user = calloc(1, sizeof(*sf)); /* without it: slower */
    if (sf != NULL) {
        sf->file = f;
        sf->generation = a->files.generation;
        memcpy(sf->name, s->sys_name, sizeof(sf->name));
    }
    return f;
}

static enum sink_result bmp_archive_consume(void *self, struct track *track,
                                            const struct track_item *item)
{
    struct bmp_archive *a = self;
    const struct journal_view *frame = item->frame;
    (void)track;
    if (frame->kind != JOURNAL_BMP || item->source == NULL)
        return SINK_FILTERED;
    size_t done = a->files.done_cnt;
    if (arch_files_enter(&a->files, frame->time) != 0)
        return SINK_FAIL;
    struct arch_file *f = file_of(a, item->source);
    uint8_t *p = f != NULL ? arch_file_room(f, frame->len) : NULL;
    if (p == NULL)
        return SINK_FAIL;
    memcpy(p, frame->p, frame->len);
    if (arch_file_add(&a->files, f, frame->len) != 0)
        return SINK_FAIL;
    a->now.messages++;
    a->now.octets += frame->len;
    return a->files.done_cnt > done ? SINK_CHECKPOINT : SINK_OK;
}

static enum sink_result bmp_archive_tick(void *self, uint64_t now_ns)
{
    struct bmp_archive *a = self;
    uint64_t now_s = now_ns / NS_PER_S;
    if (!arch_files_over(&a->files, now_s))
        return SINK_OK;
    if (arch_files_roll(&a->files, archive_slot_of(now_s, a->cfg->archive.slot_s)) != 0)
        return SINK_FAIL;
    return SINK_CHECKPOINT;
}

static enum sink_result bmp_archive_checkpoint(void *self, struct buf *state)
{
    struct bmp_archive *a = self;
    return arch_files_checkpoint(&a->files, state) == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result bmp_archive_settle(void *self)
{
    struct bmp_archive *a = self;
    uint64_t before = a->files.finished;
    a->settled = a->now;
    int rc = arch_files_settle(&a->files);
    metric_add(&a->m_finished, a->files.finished - before);
    metric_set(&a->m_messages, a->settled.messages);
    metric_set(&a->m_octets, a->settled.octets);
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result bmp_archive_rewind(void *self, const void *state, size_t len)
{
    struct bmp_archive *a = self;
    char err[512];
    int rc = arch_files_rewind(&a->files, state, len, err, sizeof(err));
    a->now = a->settled;
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static void *bmp_archive_open(const struct config *cfg, const struct log *log,
                              const void *state, size_t len, char *err, size_t err_len)
{
    struct bmp_archive *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        snprintf(err, err_len, "bmp_archive: out of memory");
        return NULL;
    }
    a->cfg = config_ref((struct config *)(uintptr_t)cfg);
    a->log = log;
    if (arch_files_open(&a->files, ARCHIVE_BMP, cfg, log, state, len, err, err_len) == 0)
        return a;
    arch_files_free(&a->files);
    config_unref(a->cfg);
    free(a);
    return NULL;
}

static void bmp_archive_close(void *self, bool clean)
{
    struct bmp_archive *a = self;
    if (clean)
        arch_files_finish(&a->files);
    arch_files_free(&a->files);
    config_unref(a->cfg);
    free(a);
}

static void source_gone(void *arg, struct track_source *s)
{
    (void)arg;
    free(s->user);
    s->user = NULL;
}

static void bmp_archive_metrics(void *self, struct buf *b)
{
    struct bmp_archive *a = self;
    static const char *const none[] = {NULL};
    metrics_family(b, "ribtape_bmp_archive_messages_total", "counter",
                   "BMP messages in the raw archive.");
    metrics_sample(b, "ribtape_bmp_archive_messages_total", none,
                   (double)metric_get(&a->m_messages));
    metrics_family(b, "ribtape_bmp_archive_bytes_total", "counter",
                   "Octets of BMP in the raw archive, before compression.");
    metrics_sample(b, "ribtape_bmp_archive_bytes_total", none,
                   (double)metric_get(&a->m_octets));
    metrics_family(b, "ribtape_bmp_archive_files_total", "counter",
                   "Files of raw BMP that got their final names.");
    metrics_sample(b, "ribtape_bmp_archive_files_total", none,
                   (double)metric_get(&a->m_finished));
}

const struct sink_ops sink_bmp_archive = {
    .name = "bmp_archive",
    .open = bmp_archive_open,
    .consume = bmp_archive_consume,
    .tick = bmp_archive_tick,
    .checkpoint = bmp_archive_checkpoint,
    .settle = bmp_archive_settle,
    .rewind = bmp_archive_rewind,
    .metrics = bmp_archive_metrics,
    .close = bmp_archive_close,
    .hooks = {.source_gone = source_gone},
};
