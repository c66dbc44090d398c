/* SPDX-License-Identifier: BSD-2-Clause */
/* archive: the sink that keeps every message as MRT BGP4MP_ET (RFC 6396, 8050). Floor F4.
 * What becomes what: schemas/wire/to_mrt.h.
 * Each RIB view has files of its own, in a folder of its own or beside the others. */
#include "collector/sink/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "collector/archive/archive_file.h"
#include "collector/archive/retain.h"
#include "schemas/filter/filter.h"
#include "schemas/wire/to_mrt.h"

#define FILTER_TEXT(NAME, text) text,
static const char *const filter_text[] = {TO_MRT_WITHOUT_MAP(FILTER_TEXT) "filter"};

/* Beside what MRT has no record for: what the operator's filter leaves out. */
enum { WITHOUT_FILTER = TO_MRT_WITHOUT_CNT, WITHOUT_CNT };

struct counts {
    uint64_t messages, states, octets;
    uint64_t filtered[WITHOUT_CNT];
};

struct archive {
    struct config *cfg;
    const struct log *log;
    struct filter *filter;
    struct arch_files files;
    struct arch_file *file; /* of the record in hand */
    struct counts now;      /* since the start */
    struct counts settled;  /* at the last checkpoint */
    struct metric m_messages, m_states, m_octets, m_finished, m_open;
    struct metric m_filtered[WITHOUT_CNT];
    struct retain retain;
};

/* What hangs on a tracked peer: its file, so that records need no search. */
struct arch_peer {
    struct arch_file *file;
    uint64_t generation;
};

static struct arch_file *file_of(struct archive *a, const struct track_source *s,
                                 struct track_peer *p)
{
    struct arch_peer *ap = p->user;
    if (ap != NULL && ap->file != NULL && ap->generation == a->files.generation)
        return ap->file;
    char folder[ARCHIVE_FOLDER_MAX];
    archive_folder(folder, a->cfg->archive.per, a->cfg->archive.view_files, s, p);
    struct arch_file *f = arch_files_get(&a->files, folder);
    if (ap != NULL && f != NULL)
        *ap = (struct arch_peer){.file = f, .generation = a->files.generation};
    return f;
}

/* ---- records ---- */

/* For to_mrt: room in the file of a peer. */
static uint8_t *room(void *arg, const struct track_source *s, struct track_peer *p, size_t n)
{
    struct archive *a = arg;
    a->file = file_of(a, s, p);
    return a->file != NULL ? arch_file_room(a->file, n) : NULL;
}

static int add(void *arg, bool state, size_t n)
{
    struct archive *a = arg;
    *(state ? &a->now.states : &a->now.messages) += 1;
    a->now.octets += n;
    return arch_file_add(&a->files, a->file, n);
}

static void without(void *arg, enum to_mrt_without why)
{
    struct archive *a = arg;
    a->now.filtered[why]++;
}

/* ---- the sink ---- */

static enum sink_result archive_consume(void *self, struct track *track,
                                        const struct track_item *item)
{
    struct archive *a = self;
    struct to_mrt o = {.seconds = a->cfg->archive.seconds,
                       .router_time = a->cfg->archive.router_time,
                       .room = room,
                       .add = add,
                       .without = without,
                       .arg = a};
    if (item->peer != NULL && item->peer->user == NULL)
        item->peer->user = calloc(1, sizeof(struct arch_peer)); /* without it: slower */
    size_t done = a->files.done_cnt;
    bool wanted = filter_passes(a->filter, item);
    a->now.filtered[WITHOUT_FILTER] += !wanted;
    uint64_t before = a->now.messages + a->now.states;
    if (arch_files_enter(&a->files, item->frame->time) != 0 ||
        (wanted && to_mrt_item(&o, track, item) != 0))
        return SINK_FAIL;
    if (a->now.messages + a->now.states == before)
        return a->files.done_cnt > done ? SINK_FILTERED_CHECKPOINT : SINK_FILTERED;
    return a->files.done_cnt > done ? SINK_CHECKPOINT : SINK_OK;
}

/* Ends slots without traffic, and begins their files. A slot's file comes after the checkpoint
 * that tells of the slot: killed in between, the next start knows whose the file is. */
static enum sink_result archive_tick(void *self, uint64_t now_ns)
{
    struct archive *a = self;
    uint64_t now_s = now_ns / NS_PER_S;
    uint32_t slot_s = a->cfg->archive.slot_s;
    if (arch_files_over(&a->files, now_s))
        return arch_files_roll(&a->files, archive_slot_of(now_s, slot_s)) == 0 ? SINK_CHECKPOINT
                                                                               : SINK_FAIL;
    if (arch_files_begun(&a->files))
        return SINK_OK;
    return arch_files_begin(&a->files) == 0 ? SINK_CHECKPOINT : SINK_FAIL;
}

static void publish(struct archive *a)
{
    metric_set(&a->m_messages, a->settled.messages);
    metric_set(&a->m_states, a->settled.states);
    metric_set(&a->m_octets, a->settled.octets);
    metric_set(&a->m_open, a->files.cnt);
    for (unsigned i = 0; i < WITHOUT_CNT; i++)
        metric_set(&a->m_filtered[i], a->settled.filtered[i]);
}

static enum sink_result archive_checkpoint(void *self, struct buf *state)
{
    struct archive *a = self;
    return arch_files_checkpoint(&a->files, state) == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result archive_settle(void *self)
{
    struct archive *a = self;
    uint64_t before = a->files.finished;
    a->settled = a->now;
    int rc = arch_files_settle(&a->files);
    metric_add(&a->m_finished, a->files.finished - before);
    publish(a);
    if (rc == 0 && a->files.finished > before)
        retain_pass(&a->retain, a->cfg, a->log);
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result archive_rewind(void *self, const void *state, size_t len)
{
    struct archive *a = self;
    char err[512];
    int rc = arch_files_rewind(&a->files, state, len, err, sizeof(err));
    a->now = a->settled;
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static void *archive_open(const struct sink_open *o, char *err, size_t err_len)
{
    struct archive *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        snprintf(err, err_len, "archive: out of memory");
        return NULL;
    }
    a->cfg = config_ref((struct config *)(uintptr_t)o->cfg);
    a->log = o->log;
    char why[FILTER_ERROR_MAX] = "";
    a->filter = filter_new(o->cfg->archive.filter, true, why);
    if (a->filter == NULL)
        snprintf(err, err_len, "archive: filter: %s", why);
    else if (arch_files_open(&a->files, ARCHIVE_UPDATES, o->cfg, o->log, o->state, o->len, err, err_len) ==
             0)
        return a;
    filter_free(a->filter);
    arch_files_free(&a->files);
    config_unref(a->cfg);
    free(a);
    return NULL;
}

static void archive_close(void *self, bool clean)
{
    struct archive *a = self;
    if (clean)
        arch_files_finish(&a->files);
    arch_files_free(&a->files);
    filter_free(a->filter);
    config_unref(a->cfg);
    free(a);
}

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    (void)arg;
    (void)s;
    free(p->user);
    p->user = NULL;
}

/* ---- metrics ---- */

static void put_counter(struct buf *b, const char *name, const char *help,
                        const char *const *labels, uint64_t v)
{
    if (help != NULL)
        metrics_family(b, name, "counter", help);
    metrics_sample(b, name, labels, (double)v);
}

static void archive_metrics(void *self, struct buf *b)
{
    struct archive *a = self;
    static const char *const none[] = {NULL};
    static const char *const message[] = {"type", "message", NULL};
    static const char *const state[] = {"type", "state-change", NULL};
    put_counter(b, "ribtape_archive_records_total", "MRT records in the archive.", message,
                metric_get(&a->m_messages));
    put_counter(b, "ribtape_archive_records_total", NULL, state, metric_get(&a->m_states));
    put_counter(b, "ribtape_archive_bytes_total", "Octets of MRT before compression.", none,
                metric_get(&a->m_octets));
    put_counter(b, "ribtape_archive_files_total", "Files that got their final names.", none,
                metric_get(&a->m_finished));
    for (unsigned i = 0; i < WITHOUT_CNT; i++) {
        const char *const why[] = {"reason", filter_text[i], NULL};
        put_counter(b, "ribtape_archive_filtered_total",
                    i == 0 ? "Frames that MRT updates files have no record for." : NULL, why,
                    metric_get(&a->m_filtered[i]));
    }
    retain_metrics(&a->retain, b);
    metrics_family(b, "ribtape_archive_open_files", "gauge", "Files of the current slot.");
    metrics_sample(b, "ribtape_archive_open_files", none, (double)metric_get(&a->m_open));
}

const struct sink_ops sink_archive = {
    .name = "archive",
    .open = archive_open,
    .consume = archive_consume,
    .tick = archive_tick,
    .checkpoint = archive_checkpoint,
    .settle = archive_settle,
    .rewind = archive_rewind,
    .metrics = archive_metrics,
    .close = archive_close,
    .hooks = {.peer_gone = peer_gone},
};
