/* SPDX-License-Identifier: BSD-2-Clause */
/* archive: the sink that keeps every message as MRT BGP4MP_ET (RFC 6396, 8050). Floor F4.
 *
 * What becomes what:
 *   BGP message received           MESSAGE*, verbatim, KEEPALIVEs too
 *   BGP message sent               MESSAGE*_LOCAL (OPEN, NOTIFICATION, ROUTE-REFRESH)
 *   session state change           STATE_CHANGE_AS4
 *   BMP Route Monitoring           MESSAGE*; Adj-RIB-Out views: MESSAGE*_LOCAL
 *   BMP Peer Up                    both OPENs, then STATE_CHANGE_AS4 OpenConfirm to Established
 *   BMP Peer Down, end of stream   the NOTIFICATION if there is one, then Established to Idle
 *   other BMP messages             not archived (MRT has no place for them), counted as
 * filtered
 *
 * The local side of a BMP peer is the monitored router. A Loc-RIB has no peer: the router's own
 * address stands for it. Each RIB view has files of its own. */
#include "collector/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "bgp/update.h"
#include "collector/archive_file.h"
#include "collector/archive_name.h"
#include "mrt/mrt.h"

/* Why a frame left no record. */
#define FILTER_MAP(X)                                                                          \
    X(BMP_OTHER, "bmp-other") /* statistics, initiation, termination, mirror, unknown */       \
    X(BMP_BAD, "bmp-bad")     /* headers did not parse */                                      \
    X(NO_SOURCE, "no-source") /* a source that the journal never declared */                   \
    X(CONTEXT, "context")     /* source declared or gone, loss marks */

#define FILTER_ENUM(NAME, text) FILTER_##NAME,
#define FILTER_TEXT(NAME, text) text,
enum filter { FILTER_MAP(FILTER_ENUM) FILTER_CNT };
static const char *const filter_text[] = {FILTER_MAP(FILTER_TEXT)};

struct counts {
    uint64_t messages, states, octets;
    uint64_t filtered[FILTER_CNT];
};

struct archive {
    struct config *cfg;
    const struct log *log;
    struct arch_files files;
    struct log_limit steps; /* lines about the clock */
    struct counts now;      /* since the start */
    struct counts settled;  /* at the last checkpoint */
    struct metric m_messages, m_states, m_octets, m_finished, m_open;
    struct metric m_filtered[FILTER_CNT];
};

/* What hangs on a tracked peer: its file, so that records need no search. */
struct arch_peer {
    struct arch_file *file;
    uint64_t generation;
};

enum {
    SLOT_GRACE_S = 1, /* frames that were stamped in a slot come this late at most */
};

/* ---- slots ---- */

/* Puts a record's time into the current slot or begins another. Slots that are over are never
 * written again: what comes late (another shard, a clock set back a little) goes into the
 * current one. A clock that was set back by more begins its slots anew, under free names. */
static int enter_slot(struct archive *a, uint64_t time_ns)
{
    uint32_t slot_s = a->cfg->archive.slot_s;
    uint64_t slot = archive_slot_of(time_ns / NS_PER_S, slot_s);
    if (slot == a->files.slot || (slot < a->files.slot && a->files.slot - slot <= slot_s))
        return 0;
    uint32_t suppressed;
    if (slot < a->files.slot && log_allowed(&a->steps, clock_monotonic_ns(), &suppressed))
        log_line(a->log, LOG_LEVEL_WARN,
                 "archive: the clock went back %" PRIu64
                 " s, slots begin anew under free names",
                 a->files.slot - slot);
    return arch_files_roll(&a->files, slot);
}

static struct arch_file *file_of(struct archive *a, const struct track_source *s,
                                 struct track_peer *p)
{
    struct arch_peer *ap = p->user;
    if (ap != NULL && ap->file != NULL && ap->generation == a->files.generation)
        return ap->file;
    char folder[ARCHIVE_FOLDER_MAX];
    archive_folder(folder, a->cfg->archive.per, s, p);
    struct arch_file *f = arch_files_get(&a->files, folder);
    if (ap != NULL && f != NULL)
        *ap = (struct arch_peer){.file = f, .generation = a->files.generation};
    return f;
}

/* ---- records ---- */

/* What all records of one frame share. */
struct target {
    struct archive *a;
    const struct track_source *source;
    struct track_peer *peer;
    uint64_t time_ns;
};

/* Both addresses in the family of the peer's; one that is unknown or of the other family is all
 * zero, as a mixed pair would make the record unreadable. */
static void fill_addrs(struct mrt_bgp4mp_head *h, const struct source_addr *peer,
                       const struct source_addr *local)
{
    h->addr_len = peer->len == 16 ? 16 : 4;
    if (peer->len == h->addr_len)
        memcpy(h->peer, peer->a, h->addr_len);
    if (local->len == h->addr_len)
        memcpy(h->local, local->a, h->addr_len);
}

static void fill_head(struct mrt_bgp4mp_head *h, const struct target *t)
{
    const struct track_peer *p = t->peer;
    const struct source_info *s = &t->source->info;
    bool loc_rib = p->bmp && p->view == BMP_VIEW_LOC_RIB;
    *h = (struct mrt_bgp4mp_head){
        .time_ns = t->time_ns,
        .seconds = t->a->cfg->archive.seconds,
        .peer_asn = p->asn,
        .local_asn = p->local_asn,
    };
    if (loc_rib)
        fill_addrs(h, &s->remote, &s->remote);
    else if (p->bmp || p->local.len > 0)
        fill_addrs(h, &p->addr, &p->local);
    else
        fill_addrs(h, p->addr.len > 0 ? &p->addr : &s->remote, &s->local);
}

static bool any_family(const struct bgp_family_set *s)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < BGP_FAMILIES_MAX / 64; i++)
        any |= s->bits[i];
    return any != 0;
}

/* RFC 8050 section 3: the subtype tells of the message's own families. One that mixes families
 * with and without path identifiers can't be told right; it is marked as having them. */
static bool has_path_ids(const uint8_t *msg, size_t len, const struct bgp_ctx *ctx)
{
    if (ctx == NULL || !any_family(&ctx->add_path))
        return false;
    struct bgp_update u;
    (void)bgp_update_index(msg, len, ctx, &u);
    const struct bgp_section *part[] = {&u.withdrawn, &u.announced, &u.mp_reach, &u.mp_unreach};
    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        if (part[i]->present && bgp_family_has(&ctx->add_path, part[i]->family))
            return true;
    }
    return false;
}

static int put_message(const struct target *t, const struct bgp_ctx *ctx, bool sent,
                       const uint8_t *msg, size_t len)
{
    struct arch_file *f = file_of(t->a, t->source, t->peer);
    size_t room = MRT_BGP4MP_HEAD_MAX + len;
    uint8_t *p = f != NULL ? arch_file_room(f, room) : NULL;
    if (p == NULL)
        return -1;
    bool update = len >= BGP_HEADER_LEN && msg[BGP_HEADER_LEN - 1] == BGP_TYPE_UPDATE;
    struct mrt_message_kind kind = {
        .asn4 = !update || ctx == NULL || ctx->asn4, /* only an UPDATE has AS numbers in it */
        .add_path = update && has_path_ids(msg, len, ctx),
        .sent = sent,
    };
    struct mrt_bgp4mp_head h;
    struct wr w = wr_of(p, room);
    fill_head(&h, t);
    mrt_write_message(&w, &h, kind, msg, len);
    t->a->now.messages++;
    t->a->now.octets += w.len;
    return arch_file_add(&t->a->files, f, w.len);
}

static int put_state(const struct target *t, unsigned from, unsigned to)
{
    struct arch_file *f = file_of(t->a, t->source, t->peer);
    uint8_t *p = f != NULL ? arch_file_room(f, MRT_BGP4MP_HEAD_MAX) : NULL;
    if (p == NULL)
        return -1;
    struct mrt_bgp4mp_head h;
    struct wr w = wr_of(p, MRT_BGP4MP_HEAD_MAX);
    fill_head(&h, t);
    mrt_write_state(&w, &h, (enum mrt_state)from, (enum mrt_state)to);
    t->a->now.states++;
    t->a->now.octets += w.len;
    return arch_file_add(&t->a->files, f, w.len);
}

static int put_filtered(const struct target *t, enum filter why)
{
    t->a->now.filtered[why]++;
    return 0;
}

/* ---- frames of BGP sessions ---- */

static int on_bgp(const struct target *t, const struct track_item *item)
{
    return put_message(t, item->ctx, item->frame->kind == JOURNAL_BGP_SENT, item->frame->p,
                       item->frame->len);
}

static int on_state(const struct target *t, const struct track_item *item)
{
    struct source_change c;
    if (source_state_decode(item->frame->p, item->frame->len, &c) != 0)
        return put_filtered(t, FILTER_CONTEXT);
    return put_state(t, c.old_state, c.new_state); /* numbered as MRT does */
}

/* ---- frames of BMP streams ---- */

static int on_route_monitoring(const struct target *t, const struct track_item *item)
{
    enum bmp_view view = t->peer->view;
    bool sent = view == BMP_VIEW_ADJ_RIB_OUT_PRE || view == BMP_VIEW_ADJ_RIB_OUT_POST;
    if (item->bgp == NULL)
        return put_filtered(t, FILTER_BMP_BAD);
    return put_message(t, item->ctx, sent, item->bgp, item->bgp_len);
}

/* A session's state belongs into the files of all its views. */
static int put_state_views(const struct target *t, unsigned from, unsigned to)
{
    struct target one = *t;
    int rc = put_state(t, from, to);
    for (unsigned v = 0; rc == 0 && t->peer->views != NULL && v < BMP_VIEW_CNT; v++) {
        one.peer = t->peer->views[v];
        if (one.peer != NULL && one.peer != t->peer)
            rc = put_state(&one, from, to);
    }
    return rc;
}

static int put_open(const struct target *t, bool sent, const struct cur *open)
{
    return open->left == 0 ? 0 : put_message(t, NULL, sent, open->p, open->left);
}

static int on_peer_up(const struct target *t, const struct track_item *item)
{
    struct bmp_peer_up up = {0};
    struct bgp_diag unused;
    if (bmp_peer_up_parse(&item->bmp, &up, &unused) != 0) /* the state counts all the same */
        put_filtered(t, FILTER_BMP_BAD);
    if (put_open(t, true, &up.sent_open) != 0 || put_open(t, false, &up.recv_open) != 0)
        return -1;
    return put_state_views(t, MRT_OPEN_CONFIRM, MRT_ESTABLISHED);
}

/* RFC 7854 section 4.9: reasons 1 and 3 bring the NOTIFICATION, sent or received. */
static int on_peer_down(const struct target *t, const struct track_item *item)
{
    enum { LOCAL_NOTIFICATION = 1, REMOTE_NOTIFICATION = 3 };
    struct cur body = item->bmp.body;
    uint8_t reason;
    if (cur_u8(&body, &reason) && body.left >= BGP_HEADER_LEN &&
        (reason == LOCAL_NOTIFICATION || reason == REMOTE_NOTIFICATION) &&
        put_message(t, NULL, reason == LOCAL_NOTIFICATION, body.p, bmp_message_len(&body)) != 0)
        return -1;
    return put_state_views(t, MRT_ESTABLISHED, MRT_IDLE);
}

static int on_bmp_other(const struct target *t, const struct track_item *item)
{
    (void)item;
    return put_filtered(t, FILTER_BMP_OTHER);
}

/* By BMP message type; others are on_bmp_other. */
static int (*const bmp_row[])(const struct target *, const struct track_item *) = {
    [BMP_TYPE_ROUTE_MONITORING] = on_route_monitoring,
    [BMP_TYPE_PEER_UP] = on_peer_up,
    [BMP_TYPE_PEER_DOWN] = on_peer_down,
};

static int on_bmp(const struct target *t, const struct track_item *item)
{
    struct target with_peer = *t;
    struct track_peer unknown;
    unsigned type = item->bmp.type;
    if (item->bmp_bad)
        return put_filtered(t, FILTER_BMP_BAD);
    if (type >= sizeof(bmp_row) / sizeof(bmp_row[0]) || bmp_row[type] == NULL)
        return on_bmp_other(t, item);
    if (t->peer == NULL) { /* more peers than the tracker remembers: the header must do */
        memset(&unknown, 0, sizeof(unknown));
        track_peer_of_header(&item->bmp.peer, &unknown);
        unknown.user = NULL;
        with_peer.peer = &unknown;
    }
    return bmp_row[type](&with_peer, item);
}

struct walk {
    struct target t;
    int rc;
};

static void end_peer(void *arg, struct track_source *s, struct track_peer *p)
{
    struct walk *w = arg;
    if (w->rc != 0 || s != w->t.source || !p->bmp || !p->up)
        return;
    w->t.peer = p;
    w->rc = put_state(&w->t, MRT_ESTABLISHED, MRT_IDLE);
}

/* The end of a BMP stream is the end of what we know of its peers. A BGP session says so
 * before, unless the collector itself was cut off. */
static int on_gone(const struct target *t, struct track *track)
{
    struct walk w = {.t = *t};
    put_filtered(t, FILTER_CONTEXT);
    if (t->peer != NULL && !t->peer->bmp)
        return t->peer->state > MRT_IDLE ? put_state(t, t->peer->state, MRT_IDLE) : 0;
    track_each_peer(track, end_peer, &w);
    return w.rc;
}

/* ---- the sink ---- */

static int dispatch(const struct target *t, struct track *track, const struct track_item *item)
{
    switch (item->frame->kind) {
    case JOURNAL_BGP_RECV:
    case JOURNAL_BGP_SENT:
        return t->peer != NULL ? on_bgp(t, item) : put_filtered(t, FILTER_NO_SOURCE);
    case JOURNAL_STATE:
        return t->peer != NULL ? on_state(t, item) : put_filtered(t, FILTER_NO_SOURCE);
    case JOURNAL_BMP:
        return t->source != NULL ? on_bmp(t, item) : put_filtered(t, FILTER_NO_SOURCE);
    case JOURNAL_GONE:
        return t->source != NULL ? on_gone(t, track) : put_filtered(t, FILTER_NO_SOURCE);
    case JOURNAL_NONE:
    case JOURNAL_SEAL:
    case JOURNAL_SOURCE:
    case JOURNAL_LOST:
        return put_filtered(t, FILTER_CONTEXT);
    }
    return put_filtered(t, FILTER_CONTEXT); /* a kind of a newer version */
}

static enum sink_result archive_consume(void *self, struct track *track,
                                        const struct track_item *item)
{
    struct archive *a = self;
    struct target t = {
        .a = a, .source = item->source, .peer = item->peer, .time_ns = item->frame->time};
    if (t.peer != NULL && t.peer->user == NULL)
        t.peer->user = calloc(1, sizeof(struct arch_peer)); /* without it: slower */
    size_t done = a->files.done_cnt;
    if (enter_slot(a, t.time_ns) != 0 || dispatch(&t, track, item) != 0)
        return SINK_FAIL;
    return a->files.done_cnt > done ? SINK_CHECKPOINT : SINK_OK;
}

/* Ends slots without traffic. With one set of files for the collector each slot in which we run
 * has a file, so that an empty one tells of silence and a missing one of our absence. */
static enum sink_result archive_tick(void *self, uint64_t now_ns)
{
    struct archive *a = self;
    uint64_t now_s = now_ns / NS_PER_S;
    uint32_t slot_s = a->cfg->archive.slot_s;
    bool began = a->files.slot == 0;
    if (!began && now_s < a->files.slot + slot_s + SLOT_GRACE_S)
        return SINK_OK;
    if (arch_files_roll(&a->files, archive_slot_of(now_s, slot_s)) != 0)
        return SINK_FAIL;
    if (a->cfg->archive.per == PER_COLLECTOR) {
        struct arch_file *f = arch_files_get(&a->files, "");
        if (f == NULL || arch_file_exist(&a->files, f) != 0)
            return SINK_FAIL;
    }
    return SINK_CHECKPOINT;
}

static void publish(struct archive *a)
{
    metric_set(&a->m_messages, a->settled.messages);
    metric_set(&a->m_states, a->settled.states);
    metric_set(&a->m_octets, a->settled.octets);
    metric_set(&a->m_open, a->files.cnt);
    for (unsigned i = 0; i < FILTER_CNT; i++)
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
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static enum sink_result archive_rewind(void *self, const void *state, size_t len)
{
    struct archive *a = self;
    char err[512];
    uint64_t generation = a->files.generation;
    arch_files_free(&a->files);
    int rc = arch_files_open(&a->files, a->cfg, a->log, state, len, err, sizeof(err));
    int saved = errno;
    a->files.generation = generation + 1; /* peers hold files of before */
    a->files.resumed = true;              /* parts without mention are our own */
    a->now = a->settled;
    errno = saved;
    return rc == 0 ? SINK_OK : SINK_FAIL;
}

static void *archive_open(const struct config *cfg, const struct log *log, const void *state,
                          size_t len, char *err, size_t err_len)
{
    struct archive *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        snprintf(err, err_len, "archive: out of memory");
        return NULL;
    }
    a->cfg = config_ref((struct config *)(uintptr_t)cfg);
    a->log = log;
    if (arch_files_open(&a->files, cfg, log, state, len, err, err_len) == 0)
        return a;
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
    for (unsigned i = 0; i < FILTER_CNT; i++) {
        const char *const why[] = {"reason", filter_text[i], NULL};
        put_counter(b, "ribtape_archive_filtered_total",
                    i == 0 ? "Frames that MRT updates files have no record for." : NULL, why,
                    metric_get(&a->m_filtered[i]));
    }
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
