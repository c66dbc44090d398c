/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_rib: the sink that keeps the RIB and dumps it. Floor F4.
 *
 * A dump of time T holds what the frames that arrived before T made: it is written when the
 * first frame of T or later comes to hand, before that frame is applied, or when T is over and
 * nothing is left to read. T is a whole second, so that the updates files, whose slots are cut
 * the same way, and the dumps tell the same story. While a dump is written the journal takes
 * what arrives.
 *
 * The routes are in memory alone: nothing of a checkpoint's is kept. After a restart all
 * sessions are new, and with them what they announce; the tail of the journal before it, of
 * which only a part would be known, makes no dump. Going back to a checkpoint keeps all
 * (rib_feed.h). Sessions that are unknown since frames were lost are in no dump, not even as
 * idle peers. */
#include "collector/sink/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "collector/archive/archive_name.h"
#include "collector/archive/retain.h"
#include "collector/rib/rib_folders.h"

enum {
    CLOCK_STEP_S = 3600, /* further back than this is no jitter between shards */
    GRACE_S = 1,         /* frames that were stamped before T come this late at most */
    SETTLE_S = 3,        /* without a new session, before a start counts as over */
    BACKOFF_MIN_S = 10,
    BACKOFF_MAX_S = 600,
    TIDY_NODES = 1 << 16, /* looked at for dead routes in an idle moment */
};

struct rib_counters {
    struct metric routes, dead, nodes, attr_sets, used, reserved;
    struct metric sessions, down, unknown, stale, losses, kept;
    struct metric announced, withdrawn, absent, refused, without_key, malformed, unseen;
    struct metric dumps, failures, last_time, last_ms, last_entries, last_octets;
};

struct rib_sink {
    struct config *cfg;
    const struct log *log;
    struct rib_feed *feed;
    uint64_t now_s;     /* time of what is applied, seconds since the epoch */
    uint64_t next_s;    /* the next dump by the interval; 0: none */
    uint64_t extra_s;   /* another one: on demand, after the start, after a failure; 0: none */
    uint64_t backoff_s; /* 0: the last dump succeeded */
    uint64_t opened_s;  /* earlier dumps are another run's */
    uint64_t refused;   /* announcements beyond limits that the log knows of */
    uint64_t first_s;   /* when the first session came up; 0: none yet */
    bool started;       /* the dump after the start is done, or not wanted */
    struct log_limit full;
    struct metric demands, served;     /* by operators; by this thread */
    _Atomic(struct config *) next_cfg; /* of a reload, owned; NULL: taken on already */
    struct rib_counters m;
    struct retain retain; /* where no archiver does it */
};

/* ---- when ---- */

static uint64_t border_after(const struct rib_sink *r, uint64_t sec)
{
    uint32_t interval = r->cfg->rib.interval_s;
    return interval == 0 ? 0 : archive_slot_of(sec, interval) + interval;
}

static void want_extra(struct rib_sink *r, uint64_t sec)
{
    if (r->extra_s == 0)
        r->extra_s = sec;
}

/* Learns the time. Dumps whose time went by while nothing ran are not made up for; a clock that
 * was set back has its borders again. */
static void pass_time(struct rib_sink *r, uint64_t sec)
{
    bool back = sec + CLOCK_STEP_S < r->now_s;
    if (back)
        r->opened_s = 0;
    if (r->next_s == 0 || back)
        r->next_s = border_after(r, sec > r->opened_s ? sec : r->opened_s);
    if (back && r->extra_s != 0)
        r->extra_s = sec + 1; /* of the clock that now goes */
    if (sec > r->now_s || back)
        r->now_s = sec;
    uint64_t demands = metric_get(&r->demands);
    if (demands != metric_get(&r->served)) {
        metric_set(&r->served, demands);
        want_extra(r, r->now_s + 1); /* after all that is applied */
    }
}

/* Takes on what a reload brought. */
static void take_config(struct rib_sink *r)
{
    struct config *c = atomic_exchange(&r->next_cfg, NULL);
    if (c == NULL)
        return;
    config_unref(r->cfg);
    r->cfg = c;
    r->next_s = r->now_s != 0 ? border_after(r, r->now_s) : 0;
    rib_feed_limit(r->feed, c->rib.max_routes);
}

/* Returns the time of a dump that is due before a frame of `sec`, or 0. */
static uint64_t due_before(const struct rib_sink *r, uint64_t sec)
{
    uint64_t due = r->next_s != 0 && r->next_s <= sec ? r->next_s : 0;
    if (r->extra_s != 0 && r->extra_s <= sec && (due == 0 || r->extra_s < due))
        due = r->extra_s;
    return due;
}

/* Looks whether all that came up after the start have told what they have. */
static void watch_start(struct rib_sink *r)
{
    const struct rib_session *s = rib_feed_sessions(r->feed);
    if (r->started || s == NULL)
        return;
    uint32_t newest = 0;
    bool all = true;
    for (; s != NULL; s = s->next) {
        if (s->state != RIB_SESSION_UP)
            continue;
        if (r->first_s == 0 || s->since_s < r->first_s)
            r->first_s = s->since_s;
        newest = s->since_s > newest ? s->since_s : newest;
        all = all && !bgp_family_none(&s->updates.complete);
    }
    bool settled = newest != 0 && all && r->now_s >= (uint64_t)newest + SETTLE_S;
    if (!settled && (r->first_s == 0 || r->now_s < r->first_s + r->cfg->rib.start_wait_s))
        return;
    r->started = true;
    want_extra(r, r->now_s + 1);
}

/* ---- dumping ---- */

/* A dump that fails is tried again, for a later time, until one succeeds; meanwhile the RIB
 * goes on. */
static void dump_failed(struct rib_sink *r, uint64_t sec)
{
    uint64_t wait = r->backoff_s == 0 ? BACKOFF_MIN_S : r->backoff_s * 2;
    r->backoff_s = wait < BACKOFF_MAX_S ? wait : BACKOFF_MAX_S;
    metric_add(&r->m.failures, 1);
    log_line(r->log, LOG_LEVEL_ERROR,
             "rib: dump of %" PRIu64 ": %s; another one in %" PRIu64 " s", sec, strerror(errno),
             r->backoff_s);
    want_extra(r, r->now_s + r->backoff_s);
}

static void dump(struct rib_sink *r, uint64_t sec)
{
    uint64_t began = clock_monotonic_ns();
    if (r->next_s != 0 && r->next_s <= sec)
        r->next_s = border_after(r, r->now_s > sec ? r->now_s : sec);
    if (r->extra_s != 0 && r->extra_s <= sec)
        r->extra_s = 0;
    rib_feed_time(r->feed, (uint32_t)sec);
    struct rib_dump_stats stats;
    int rc = rib_folders_dump(r->feed, r->cfg, r->log, sec, &stats);
    metric_set(&r->m.last_entries, stats.entries);
    metric_set(&r->m.last_octets, stats.octets);
    if (rc != 0) {
        dump_failed(r, sec);
        return;
    }
    struct rib_feed_sums f;
    rib_feed_get_sums(r->feed, &f);
    if (f.unknown > 0)
        log_line(r->log, LOG_LEVEL_WARN,
                 "rib: dump of %" PRIu64 ": %" PRIu64
                 " sessions left out, as not all that they "
                 "announced is known",
                 sec, f.unknown);
    r->backoff_s = 0;
    r->started = true;
    metric_add(&r->m.dumps, 1);
    metric_set(&r->m.last_time, sec);
    if (!r->cfg->archive.enabled)
        retain_pass(&r->retain, r->cfg, r->log);
    metric_set(&r->m.last_ms, (clock_monotonic_ns() - began) / (NS_PER_S / 1000));
}

/* ---- the sink ---- */

static void peer_gone(void *arg, struct track_source *s, struct track_peer *p)
{
    struct rib_sink *r = arg;
    struct track_hooks h = rib_feed_hooks(r->feed);
    h.peer_gone(h.arg, s, p);
}

static void *rib_open(const struct sink_open *o, char *err, size_t err_len)
{
    struct rib_sink *r = calloc(1, sizeof(*r));
    if (r != NULL)
        r->feed = rib_feed_new(o->cfg->rib.max_routes);
    if (r == NULL || r->feed == NULL) {
        free(r);
        snprintf(err, err_len, "rib: out of memory");
        return NULL;
    }
    r->cfg = config_ref((struct config *)(uintptr_t)o->cfg);
    r->log = o->log;
    r->started = !o->cfg->rib.at_start;
    rib_folders_clean(o->cfg, o->log);
    r->opened_s = clock_realtime_ns() / NS_PER_S;
    return r;
}

/* Says once per session that it holds no more. */
static void tell_full(struct rib_sink *r, const struct track_item *item)
{
    uint64_t refused = rib_feed_counts(r->feed)->refused;
    if (refused == r->refused)
        return;
    r->refused = refused;
    struct rib_session *s = item->peer != NULL ? item->peer->user : NULL;
    if (s == NULL || s->told_full)
        return;
    char addr[CONFIG_ADDR_MAX];
    s->told_full = true;
    log_line(r->log, LOG_LEVEL_WARN,
             "peer %s AS%" PRIu32 ": holds %" PRIu32
             " routes, as many as rib.max_routes allows: further ones are recorded, not kept",
             config_addr_text(addr, &s->addr), s->peer.asn,
             rib_peer_routes(rib_feed_rib(r->feed), s->updates.peer));
}

static void tell_lost(struct rib_sink *r, struct track *t)
{
    struct rib_feed_sums before, after;
    rib_feed_get_sums(r->feed, &before);
    rib_feed_lost(r->feed, t);
    rib_feed_get_sums(r->feed, &after);
    log_line(r->log, LOG_LEVEL_WARN,
             "rib: frames of journal %u were lost: the routes of %" PRIu64
             " sessions are not known until these begin anew; dumps leave them out",
             track_number(t), after.losses - before.losses);
}

static enum sink_result rib_consume(void *self, struct track *t, const struct track_item *item)
{
    struct rib_sink *r = self;
    uint64_t sec = item->frame->time / NS_PER_S, due;
    if (r->now_s == 0) /* what came before us is nobody's dump */
        pass_time(r, sec);
    while ((due = due_before(r, sec)) != 0) {
        r->now_s = sec;
        dump(r, due);
    }
    if (sec != r->now_s) {
        pass_time(r, sec);
        watch_start(r);
    }
    if (item->after_loss || item->frame->kind == JOURNAL_LOST)
        tell_lost(r, t);
    if (rib_feed_item(r->feed, t, item) == 0) {
        tell_full(r, item);
        return SINK_OK;
    }
    uint32_t suppressed;
    if (log_allowed(&r->full, clock_monotonic_ns(), &suppressed))
        log_line(r->log, LOG_LEVEL_ERROR,
                 "rib: %s; waiting, the journal keeps what arrives (rib.max_routes limits it)",
                 strerror(errno));
    return SINK_BUSY;
}

static void publish(struct rib_sink *r)
{
    struct rib_stats s;
    const struct rib_update_counts *c = rib_feed_counts(r->feed);
    struct rib_feed_sums f;
    rib_stats(rib_feed_rib(r->feed), &s);
    rib_feed_get_sums(r->feed, &f);
    metric_set(&r->m.sessions, f.up);
    metric_set(&r->m.down, f.down);
    metric_set(&r->m.unknown, f.unknown);
    metric_set(&r->m.stale, f.stale);
    metric_set(&r->m.losses, f.losses);
    metric_set(&r->m.kept, f.kept);
    metric_set(&r->m.unseen, f.unseen);
    metric_set(&r->m.routes, s.routes);
    metric_set(&r->m.dead, s.dead);
    metric_set(&r->m.nodes, s.nodes);
    metric_set(&r->m.attr_sets, s.attr_sets);
    metric_set(&r->m.used, s.used_bytes);
    metric_set(&r->m.reserved, s.reserved_bytes);
    metric_set(&r->m.announced, c->announced);
    metric_set(&r->m.withdrawn, c->withdrawn);
    metric_set(&r->m.absent, c->absent);
    metric_set(&r->m.refused, c->refused);
    metric_set(&r->m.without_key, c->without_key);
    metric_set(&r->m.malformed, c->malformed);
}

static enum sink_result rib_tick(void *self, uint64_t now_ns)
{
    struct rib_sink *r = self;
    uint64_t sec = now_ns / NS_PER_S, due;
    take_config(r);
    if (sec <= GRACE_S)
        return SINK_OK;
    pass_time(r, sec - GRACE_S);
    watch_start(r);
    while ((due = due_before(r, sec - GRACE_S)) != 0)
        dump(r, due);
    (void)rib_feed_tidy(r->feed, TIDY_NODES);
    publish(r);
    return SINK_OK;
}

static enum sink_result rib_checkpoint(void *self, struct buf *state)
{
    (void)state;
    take_config(self);
    publish(self);
    return SINK_OK;
}

/* What is applied twice gives the same (rib_feed.h): the routes stay. */
static enum sink_result rib_rewind(void *self, const void *state, size_t len)
{
    (void)self;
    (void)state;
    (void)len;
    return SINK_OK;
}

static void rib_close(void *self, bool clean)
{
    struct rib_sink *r = self;
    (void)clean;
    rib_feed_free(r->feed);
    config_unref(r->cfg);
    config_unref(atomic_load(&r->next_cfg));
    free(r);
}

static void rib_reload(void *self, struct config *cfg)
{
    struct rib_sink *r = self;
    config_unref(atomic_exchange(&r->next_cfg, config_ref(cfg)));
}

static void rib_demand(void *self)
{
    struct rib_sink *r = self;
    atomic_fetch_add_explicit(&r->demands.v, 1, memory_order_relaxed); /* several may ask */
}

static void rib_metrics(void *self, struct buf *b)
{
    struct rib_sink *r = self;
    static const char *const none[] = {NULL};
    const struct {
        const char *name, *type, *help;
        const struct metric *m;
    } row[] = {
        {"ribtape_rib_sessions", "gauge", "Sessions and BMP views whose routes are kept.",
         &r->m.sessions},
        {"ribtape_rib_down_sessions", "gauge",
         "Sessions that are over and whose routes are kept for a restart.", &r->m.down},
        {"ribtape_rib_unknown_sessions", "gauge",
         "Sessions whose beginning was not seen or lost: they are in no dump.", &r->m.unknown},
        {"ribtape_rib_stale_routes", "gauge", "Routes of sessions that are over.", &r->m.stale},
        {"ribtape_rib_lost_sessions_total", "counter",
         "Sessions whose routes became unknown as frames were lost.", &r->m.losses},
        {"ribtape_rib_kept_sessions_total", "counter",
         "Sessions whose routes were kept for a restart (RFC 4724).", &r->m.kept},
        {"ribtape_rib_routes", "gauge", "Routes held.", &r->m.routes},
        {"ribtape_rib_dead_routes", "gauge",
         "Routes that are gone, whose memory is not yet free.", &r->m.dead},
        {"ribtape_rib_nlri", "gauge", "Distinct NLRI.", &r->m.nodes},
        {"ribtape_rib_attribute_sets", "gauge", "Distinct sets of path attributes.",
         &r->m.attr_sets},
        {"ribtape_rib_used_bytes", "gauge", "Octets in routes, NLRI and sets.", &r->m.used},
        {"ribtape_rib_reserved_bytes", "gauge", "Octets taken from the system.",
         &r->m.reserved},
        {"ribtape_rib_announced_total", "counter", "NLRI stored.", &r->m.announced},
        {"ribtape_rib_withdrawn_total", "counter", "NLRI removed.", &r->m.withdrawn},
        {"ribtape_rib_absent_total", "counter", "Withdrawn NLRI that were not there.",
         &r->m.absent},
        {"ribtape_rib_refused_total", "counter", "NLRI beyond rib.max_routes.", &r->m.refused},
        {"ribtape_rib_without_key_total", "counter",
         "NLRI of unknown families or odd content: recorded, not kept.", &r->m.without_key},
        {"ribtape_rib_malformed_total", "counter", "UPDATEs that did not parse to their end.",
         &r->m.malformed},
        {"ribtape_rib_unseen_total", "counter",
         "UPDATEs of sessions whose beginning was not seen: not kept.", &r->m.unseen},
        {"ribtape_rib_dumps_total", "counter", "Dumps written.", &r->m.dumps},
        {"ribtape_rib_dump_failures_total", "counter", "Dumps that failed.", &r->m.failures},
        {"ribtape_rib_dump_time_seconds", "gauge", "Time of the last dump, since the epoch.",
         &r->m.last_time},
        {"ribtape_rib_dump_milliseconds", "gauge", "How long it took.", &r->m.last_ms},
        {"ribtape_rib_dump_entries", "gauge", "Routes in it.", &r->m.last_entries},
        {"ribtape_rib_dump_bytes", "gauge", "Its octets before compression.",
         &r->m.last_octets},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        metrics_family(b, row[i].name, row[i].type, row[i].help);
        metrics_sample(b, row[i].name, none, (double)metric_get(row[i].m));
    }
    if (!r->cfg->archive.enabled)
        retain_metrics(&r->retain, b);
}

const struct sink_ops sink_rib = {
    .name = "rib",
    .open = rib_open,
    .consume = rib_consume,
    .tick = rib_tick,
    .checkpoint = rib_checkpoint,
    .rewind = rib_rewind,
    .reload = rib_reload,
    .demand = rib_demand,
    .metrics = rib_metrics,
    .close = rib_close,
    .hooks = {.peer_gone = peer_gone},
};
