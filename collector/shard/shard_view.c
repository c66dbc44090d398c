/* SPDX-License-Identifier: BSD-2-Clause */
/* shard_view: a shard as metrics and as JSON. Floor F4. */
#include "collector/shard/shard_view.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "bgp/iana.h"
#include "bmp/bmp.h"
#include "collector/bgp/session.h"
#include "collector/bmp/station.h"
#include "collector/shard/addr.h"
#include "collector/shard/shard_int.h"

/* ---- metrics ---- */

/* Families are told once, by the first shard: main puts the shards' samples one after another.
 */
static void family(const struct shard *sh, struct buf *b, const char *name, const char *type,
                   const char *help)
{
    if (sh->index == 0)
        metrics_family(b, name, type, help);
}

static const char *shard_label(const struct shard *sh, char dst[16])
{
    snprintf(dst, 16, "%u", sh->index);
    return dst;
}

/* One sample labelled by shard, and by `key` when it is not NULL. */
static void sample(const struct shard *sh, struct buf *b, const char *name, const char *key,
                   const char *value, double v)
{
    char shard[16];
    const char *labels[] = {"shard", shard_label(sh, shard), key, value, NULL};
    metrics_sample(b, name, labels, v);
}

static void one(const struct shard *sh, struct buf *b, const char *name, const char *type,
                const char *help, double v)
{
    family(sh, b, name, type, help);
    sample(sh, b, name, NULL, NULL, v);
}

struct peer_labels {
    char addr[ADDR_TEXT_MAX];
    char asn[16];
};

static void fill_labels(const struct conn *c, struct peer_labels *l)
{
    addr_text(&c->info.remote, l->addr);
    snprintf(l->asn, sizeof(l->asn), "%u", c->info.remote_asn);
}

static void bgp_states(const struct shard *sh, struct buf *b)
{
    const struct conn *c;
    family(sh, b, "ribtape_bgp_peer_state", "gauge",
           "State of the session as RFC 6396 numbers it: 3 active, 4 open-sent, 5 "
           "open-confirm, 6 established.");
    TAILQ_FOREACH(c, &sh->sessions, link)
    {
        struct peer_labels l;
        struct session_view v;
        fill_labels(c, &l);
        session_look(c, &v);
        const char *labels[] = {"peer", l.addr, "asn", l.asn, "name", c->info.name, NULL};
        metrics_sample(b, "ribtape_bgp_peer_state", labels, (double)v.state);
    }
}

static void bgp_messages(const struct shard *sh, struct buf *b)
{
    const struct conn *c;
    family(sh, b, "ribtape_bgp_received_messages_total", "counter",
           "Messages received on the sessions that are up, by peer and type.");
    TAILQ_FOREACH(c, &sh->sessions, link)
    {
        struct peer_labels l;
        struct session_view v;
        fill_labels(c, &l);
        session_look(c, &v);
        for (unsigned t = 1; t < SESSION_TYPE_CNT; t++) {
            const char *type = bgp_type_name((uint8_t)t);
            if (v.received[t] == 0 || type == NULL)
                continue;
            const char *labels[] = {"peer", l.addr, "type", type, NULL};
            metrics_sample(b, "ribtape_bgp_received_messages_total", labels,
                           (double)v.received[t]);
        }
    }
}

static void octets_of(const struct shard *sh, const struct conn_list *list, struct buf *b,
                      const char *name, const char *label, const char *help)
{
    const struct conn *c;
    family(sh, b, name, "counter", help);
    TAILQ_FOREACH(c, list, link)
    {
        struct peer_labels l;
        fill_labels(c, &l);
        const char *labels[] = {label, l.addr, NULL};
        metrics_sample(b, name, labels, (double)c->recv_octets);
    }
}

static void bgp_metrics(const struct shard *sh, struct buf *b)
{
    unsigned by_state[SESSION_ESTABLISHED + 1] = {0};
    const struct conn *c;
    TAILQ_FOREACH(c, &sh->sessions, link)
    {
        struct session_view v;
        session_look(c, &v);
        by_state[v.state]++;
    }
    family(sh, b, "ribtape_bgp_sessions", "gauge", "BGP sessions by state.");
    for (unsigned i = SESSION_ACTIVE; i <= SESSION_ESTABLISHED; i++)
        sample(sh, b, "ribtape_bgp_sessions", "state",
               session_state_name((enum session_state)i), by_state[i]);
    one(sh, b, "ribtape_bgp_established_total", "counter", "BGP sessions that came up.",
        (double)metric_get(&sh->established));
    one(sh, b, "ribtape_bgp_down_total", "counter", "Established BGP sessions that ended.",
        (double)metric_get(&sh->went_down));
    bgp_states(sh, b);
    bgp_messages(sh, b);
    octets_of(sh, &sh->sessions, b, "ribtape_bgp_received_bytes_total", "peer",
              "Octets of messages received on the sessions that are up.");
    family(sh, b, "ribtape_bgp_messages_total", "counter",
           "Messages received on all sessions since the start, by type.");
    for (unsigned t = 1; t < SESSION_TYPE_CNT; t++)
        if (bgp_type_name((uint8_t)t) != NULL)
            sample(sh, b, "ribtape_bgp_messages_total", "type", bgp_type_name((uint8_t)t),
                   (double)metric_get(&sh->bgp_messages[t]));
    one(sh, b, "ribtape_bgp_bytes_total", "counter",
        "Octets of messages received on all sessions since the start.",
        (double)metric_get(&sh->bgp_octets));
}

static void bmp_metrics(const struct shard *sh, struct buf *b)
{
    const struct conn *c;
    one(sh, b, "ribtape_bmp_routers", "gauge", "BMP streams that are open.", sh->station_cnt);
    family(sh, b, "ribtape_bmp_peers", "gauge", "Monitored peers that are up, by router.");
    TAILQ_FOREACH(c, &sh->stations, link)
    {
        struct peer_labels l;
        struct station_view v;
        fill_labels(c, &l);
        station_look(c, &v);
        const char *labels[] = {"router", l.addr, "name", c->info.name, NULL};
        metrics_sample(b, "ribtape_bmp_peers", labels, (double)v.peers);
    }
    one(sh, b, "ribtape_bmp_held_bytes", "gauge",
        "Octets held of unfinished messages and of Peer Ups (bmp.max_memory).",
        (double)(sh->keep_octets + sh->ups_octets));
    one(sh, b, "ribtape_bmp_handshakes", "gauge",
        "Connections that are at their PROXY header or TLS handshake.", sh->door_cnt);
    octets_of(sh, &sh->stations, b, "ribtape_bmp_received_bytes_total", "router",
              "Octets of messages received on the streams that are open.");
    family(sh, b, "ribtape_bmp_messages_total", "counter",
           "BMP messages received since the start, by type.");
    for (unsigned t = 0; t < 8; t++) {
        const char *type = bmp_type_name((uint8_t)t);
        sample(sh, b, "ribtape_bmp_messages_total", "type", type != NULL ? type : "unknown",
               (double)metric_get(&sh->bmp_messages[t]));
    }
    one(sh, b, "ribtape_bmp_bytes_total", "counter", "Octets of BMP messages since the start.",
        (double)metric_get(&sh->bmp_octets));
    one(sh, b, "ribtape_bmp_peer_ups_forgotten_total", "counter",
        "Peer Ups that were recorded but are not repeated in new segments: memory's bound.",
        (double)metric_get(&sh->ups_forgotten));
}

static void journal_metrics(const struct shard *sh, struct buf *b)
{
    struct journal_stats s;
    double blocked_s = (double)metric_get(&sh->gate.blocked_ms) / 1e3;
    if (sh->gate.blocked)
        blocked_s += (double)(clock_monotonic_ns() - sh->gate.since_ns) / 1e9;
    journal_get_stats(sh->journal, &s);
    one(sh, b, "ribtape_journal_frames_total", "counter", "Frames appended since the start.",
        (double)s.frames);
    one(sh, b, "ribtape_journal_bytes_total", "counter",
        "Octets of payload appended since the start.", (double)s.bytes);
    one(sh, b, "ribtape_journal_segments", "gauge", "Segments on disk.", (double)s.segments);
    one(sh, b, "ribtape_journal_size_bytes", "gauge", "Octets of segments on disk.",
        (double)s.size);
    one(sh, b, "ribtape_journal_dropped_segments_total", "counter",
        "Segments deleted before every sink had read them (drop-oldest).",
        (double)s.dropped_segments);
    one(sh, b, "ribtape_journal_blocked", "gauge",
        "1 while the journal takes no frames and reading stands still.", sh->gate.blocked);
    one(sh, b, "ribtape_journal_blocks_total", "counter", "Times the journal took no frames.",
        (double)metric_get(&sh->gate.blocked_cnt));
    one(sh, b, "ribtape_journal_blocked_seconds_total", "counter",
        "Time the journal took no frames.", blocked_s);
    one(sh, b, "ribtape_journal_lost_frames_total", "counter",
        "Frames lost because the journal was blocked and their bounded queue full.",
        (double)metric_get(&sh->gate.lost_total));
}

static void refused_metrics(const struct shard *sh, struct buf *b)
{
#define REFUSED_LABEL(NAME, text) text,
    static const char *const texts[] = {REFUSED_MAP(REFUSED_LABEL)};
    family(sh, b, "ribtape_refused_total", "counter",
           "Connections refused or closed before they were established, by reason.");
    for (unsigned i = 0; i < REFUSED_CNT; i++)
        sample(sh, b, "ribtape_refused_total", "reason", texts[i],
               (double)metric_get(&sh->refused[i]));
}

void shard_view_metrics(void *owner, void *arg, struct buf *out)
{
    const struct shard *sh = (const struct shard *)owner;
    (void)arg;
    bgp_metrics(sh, out);
    bmp_metrics(sh, out);
    journal_metrics(sh, out);
    refused_metrics(sh, out);
}

/* ---- peers ---- */

static void emit_addr(struct emit *e, struct str key, const struct source_addr *a)
{
    if (a->len != 0)
        emit_ip(e, key, a->a, a->len);
}

static void emit_conn(const struct conn *c, struct emit *e)
{
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("source"), c->info.kind == SOURCE_BGP ? "bgp" : "bmp");
    if (c->source != 0)
        emit_u64(e, KEY("id"), c->source);
    emit_addr(e, KEY("addr"), &c->info.remote);
    emit_u64(e, KEY("port"), c->info.remote.port);
    emit_addr(e, KEY("local_addr"), &c->info.local);
    emit_u64(e, KEY("local_port"), c->info.local.port);
    if (c->info.name[0] != '\0')
        emit_text(e, KEY("name"), c->info.name, strlen(c->info.name));
    c->ops->emit(c, e);
    emit_u64(e, KEY("received_bytes"), c->recv_octets);
    emit_object_end(e);
}

static void emit_list(const struct conn_list *list, struct buf *out)
{
    const struct conn *c;
    TAILQ_FOREACH(c, list, link)
    {
        struct json j;
        json_init(&j, out); /* it puts the comma behind what is there */
        emit_conn(c, &j.emit);
    }
}

void shard_view_peers(void *owner, void *arg, struct buf *out)
{
    const struct shard *sh = (const struct shard *)owner;
    (void)arg;
    emit_list(&sh->sessions, out);
    emit_list(&sh->stations, out);
}
