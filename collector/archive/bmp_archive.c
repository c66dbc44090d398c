/* SPDX-License-Identifier: BSD-2-Clause */
/* bmp_archive: the sink that keeps BMP as it came: one plain stream per router and slot, octet
 * for octet, unknown and broken messages too. Floor F4.
 *
 * Names, slots, checkpoints and exactly-once are archive_file's. A file holds whole messages;
 * the files of a router, one after another, are what it sent, over all its connections.
 *
 * On wish, what a source's first message in a slot presumes (Initiation, Peer Ups) goes to a file
 * of the same name in another folder. Which sources have had that in the current slot is in the
 * state, behind that of the files: lines `told SLOT SHARD ID`. */
#include "collector/sink/sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "collector/archive/archive_file.h"

struct counts {
    uint64_t messages, octets;
};

/* A source by its journal. */
struct told {
    unsigned shard;
    uint32_t id;
};

struct bmp_archive {
    struct config *cfg;
    const struct log *log;
    struct arch_files files;
    struct counts now, settled; /* since the start; at the last checkpoint */
    struct metric m_messages, m_octets, m_finished;
    struct told *told; /* whose context is in the files of told_slot */
    size_t told_cnt, told_cap;
    uint64_t told_slot;
};

/* What hangs on a source: its file, so that messages need no search. */
struct source_file {
    struct arch_file *file;
    uint64_t generation;
    uint64_t told_slot; /* its context is in the files of this slot */
    char name[sizeof(((struct track_source *)0)->sys_name)]; /* that the folder was made of */
};

/* Returns what hangs on a source, NULL when memory runs out: that is slower. */
static struct source_file *of_source(struct track_source *s)
{
    if (s->user == NULL)
        s->user = calloc(1, sizeof(struct source_file));
    return s->user;
}

/* A router may tell another name in the middle of its stream. */
static struct arch_file *file_of(struct bmp_archive *a, struct track_source *s)
{
    struct source_file *sf = of_source(s);
    if (sf != NULL && sf->file != NULL && sf->generation == a->files.generation &&
        strcmp(sf->name, s->sys_name) == 0)
        return sf->file;
    char folder[ARCHIVE_FOLDER_MAX];
    archive_router_folder(folder, s);
    struct arch_file *f = arch_files_get(&a->files, folder);
    if (sf != NULL) {
        sf->file = f;
        sf->generation = a->files.generation;
        memcpy(sf->name, s->sys_name, sizeof(sf->name));
    }
    return f;
}

static int write_message(struct bmp_archive *a, struct arch_file *f, const uint8_t *msg,
                         uint32_t len)
{
    uint8_t *p = f != NULL ? arch_file_room(f, len) : NULL;
    if (p == NULL)
        return -1;
    memcpy(p, msg, len);
    return arch_file_add(&a->files, f, len);
}

/* ---- what a slot's messages presume ---- */

static int add_told(struct bmp_archive *a, uint64_t slot, struct told one)
{
    if (a->told_slot != slot)
        a->told_cnt = 0;
    a->told_slot = slot;
    if (a->told_cnt == a->told_cap) {
        size_t cap = a->told_cap == 0 ? 16 : a->told_cap * 2;
        struct told *more = reallocarray(a->told, cap, sizeof(*more));
        if (more == NULL)
            return -1;
        a->told = more;
        a->told_cap = cap;
    }
    a->told[a->told_cnt++] = one;
    return 0;
}

static bool was_told(const struct bmp_archive *a, struct told one)
{
    for (size_t i = 0; a->told_slot == a->files.slot && i < a->told_cnt; i++) {
        if (a->told[i].shard == one.shard && a->told[i].id == one.id)
            return true;
    }
    return false;
}

struct telling {
    struct bmp_archive *a;
    struct arch_file *f;
};

static int tell_one(void *arg, const uint8_t *msg, uint32_t len)
{
    struct telling *to = arg;
    return write_message(to->a, to->f, msg, len);
}

/* Before a source's first message in a slot. */
static int tell_context(struct bmp_archive *a, const struct track *t, struct track_source *s)
{
    const struct told one = {s->shard, s->id};
    struct source_file *sf = of_source(s);
    if (sf != NULL && sf->told_slot == a->files.slot)
        return 0;
    if (!was_told(a, one)) {
        char folder[ARCHIVE_FOLDER_MAX];
        archive_context_folder(folder, s);
        struct telling to = {a, arch_files_get(&a->files, folder)};
        if (to.f == NULL || track_each_context(t, s, tell_one, &to) != 0 ||
            add_told(a, a->files.slot, one) != 0)
            return -1;
    }
    if (sf != NULL)
        sf->told_slot = a->files.slot;
    return 0;
}

static void write_told(const struct bmp_archive *a, struct buf *state)
{
    for (size_t i = 0; i < a->told_cnt; i++)
        buf_printf(state, "told\t%" PRIu64 "\t%u\t%" PRIu32 "\n", a->told_slot,
                   a->told[i].shard, a->told[i].id);
}

/* Reads those lines. *len: where they begin. Returns 0, or -1 when memory runs out. */
static int read_told(struct bmp_archive *a, const void *state, size_t *len)
{
    static const char first[] = "\ntold\t"; /* no name has such characters */
    const char *at = *len > 0 ? memmem(state, *len, first, strlen(first)) : NULL;
    a->told_cnt = 0;
    if (at == NULL)
        return 0;
    char *text = strndup(at + 1, *len - (size_t)(at + 1 - (const char *)state)), *rest = text;
    int rc = text != NULL ? 0 : -1;
    *len = (size_t)(at + 1 - (const char *)state);
    for (char *line; rc == 0 && (line = strsep(&rest, "\n")) != NULL;) {
        uint64_t slot;
        struct told one;
        if (sscanf(line, "told\t%" SCNu64 "\t%u\t%" SCNu32, &slot, &one.shard, &one.id) == 3)
            rc = add_told(a, slot, one);
    }
    free(text);
    return rc;
}

/* ---- the sink ---- */

static enum sink_result bmp_archive_consume(void *self, struct track *track,
                                            const struct track_item *item)
{
    struct bmp_archive *a = self;
    const struct journal_view *frame = item->frame;
    if (frame->kind != JOURNAL_BMP || item->source == NULL)
        return SINK_FILTERED;
    size_t done = a->files.done_cnt;
    if (arch_files_enter(&a->files, frame->time) != 0)
        return SINK_FAIL;
    if (a->cfg->bmp_archive.context && tell_context(a, track, item->source) != 0)
        return SINK_FAIL;
    if (write_message(a, file_of(a, item->source), frame->p, frame->len) != 0)
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
    if (arch_files_checkpoint(&a->files, state) != 0)
        return SINK_FAIL;
    if (a->told_slot == a->files.slot)
        write_told(a, state);
    return SINK_OK;
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
    int rc = read_told(a, state, &len);
    if (rc == 0)
        rc = arch_files_rewind(&a->files, state, len, err, sizeof(err));
    a->now = a->settled;
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static void bmp_archive_free(struct bmp_archive *a)
{
    arch_files_free(&a->files);
    config_unref(a->cfg);
    free(a->told);
    free(a);
}

static void *bmp_archive_open(const struct sink_open *o, char *err, size_t err_len)
{
    size_t len = o->len;
    struct bmp_archive *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        snprintf(err, err_len, "bmp_archive: out of memory");
        return NULL;
    }
    a->cfg = config_ref((struct config *)(uintptr_t)o->cfg);
    a->log = o->log;
    int rc = read_told(a, o->state, &len);
    if (rc != 0)
        snprintf(err, err_len, "bmp_archive: out of memory");
    else
        rc = arch_files_open(&a->files, ARCHIVE_BMP, o->cfg, o->log, o->state, len, err, err_len);
    if (rc == 0)
        return a;
    bmp_archive_free(a);
    return NULL;
}

static void bmp_archive_close(void *self, bool clean)
{
    struct bmp_archive *a = self;
    if (clean)
        arch_files_finish(&a->files);
    bmp_archive_free(a);
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
    .hooks = {.source_gone = source_gone, .keep_bmp = true},
};
