/* SPDX-License-Identifier: BSD-2-Clause */
/* station: one BMP stream from a router (RFC 7854 section 3). Floor F4. */
#include "collector/bmp/station.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/bmp/tls.h"
#include "collector/bmp/ups.h"
#include "collector/config/reload.h"
#include "collector/shard/addr.h"
#include "collector/shard/shard_int.h"

enum {
    TYPE_CNT = 8,             /* the last counts unknown types */
    UPS_OCTETS_MAX = 8 << 20, /* of all routers of a shard: repeats grow every segment */
    INIT_MAX = 64 << 10,      /* an Initiation larger than this is not repeated */
    KEEPALIVE_PROBES = 3,     /* unanswered ones that end a connection */
};

struct station {
    struct conn c;      /* first */
    struct config *cfg; /* holds `entry`; a reference */
    const struct config_router *entry;
    struct event *idle;
    struct ups *ups;
    uint8_t *init; /* the last Initiation */
    uint32_t init_len;
    uint64_t init_ns;
    uint64_t received[TYPE_CNT];
    void (*on_end)(void *arg);
    void *on_end_arg;
};

static struct station *station_of(struct conn *c)
{
    return (struct station *)c; /* its first member */
}

static const struct station *station_of_const(const struct conn *c)
{
    return (const struct station *)(const void *)c;
}

static const char *station_name(const struct station *s, char dst[128])
{
    char addr[ADDR_TEXT_MAX];
    const char *name = s->c.info.name;
    snprintf(dst, 128, "router %.46s%s%.50s%s", addr_text(&s->c.info.remote, addr),
             *name != '\0' ? " (" : "", name, *name != '\0' ? ")" : "");
    return dst;
}

static void station_end(struct station *s, const char *reason);

/* ---- repeats ---- */

static bool repeat_up(void *arg, const struct ups_item *item)
{
    const struct conn *c = (const struct conn *)arg;
    return journal_append(c->shard->journal, JOURNAL_BMP, JOURNAL_REPEAT, c->source, item->time,
                          item->msg, item->len) == 0;
}

static void station_repeat(struct conn *c)
{
    struct station *s = station_of(c);
    if (s->init != NULL && journal_append(c->shard->journal, JOURNAL_BMP, JOURNAL_REPEAT,
                                          c->source, s->init_ns, s->init, s->init_len) != 0)
        return;
    ups_each(s->ups, repeat_up, c);
}

static void remember_init(struct station *s, const uint8_t *msg, uint32_t len, uint64_t time)
{
    uint8_t *copy = len <= INIT_MAX ? (uint8_t *)malloc(len) : NULL;
    if (copy == NULL)
        return;
    memcpy(copy, msg, len);
    free(s->init);
    s->init = copy;
    s->init_len = len;
    s->init_ns = time;
}

/* Whether one peer more is too many. */
static bool too_many_peers(const struct station *s)
{
    const struct shard *sh = s->c.shard;
    uint32_t own = s->entry->max_peers;
    return (own != 0 && ups_cnt(s->ups) > own) ||
           sh->peer_cnt > shard_share(sh, s->cfg->bmp.max_peers);
}

static size_t station_memory(const struct station *s)
{
    return s->c.keep_cap + s->init_len + ups_octets(s->ups);
}

static bool station_may_hold(const struct conn *c, size_t cap)
{
    const struct station *s = station_of_const(c);
    const struct shard *sh = c->shard;
    uint64_t more = cap - c->keep_cap;
    uint32_t own = s->entry->max_memory;
    return (own == 0 || station_memory(s) + more <= own) &&
           sh->keep_octets + sh->ups_octets + more <= s->cfg->bmp.max_memory / sh->shards;
}

static void remember_up(struct station *s, const struct bmp_peer *peer, const uint8_t *msg,
                        uint32_t len, uint64_t time)
{
    struct shard *sh = s->c.shard;
    char who[128];
    size_t before = ups_octets(s->ups), peers = ups_cnt(s->ups);
    if (sh->ups_octets + len > UPS_OCTETS_MAX || !ups_put(s->ups, peer, time, msg, len)) {
        if (metric_get(&sh->ups_forgotten) == 0)
            log_line(sh->log, LOG_LEVEL_WARN,
                     "%s: more Peer Ups than are kept for repeats (%zu octets), a reader that "
                     "starts at a later segment will decode some peers by assumption",
                     station_name(s, who), sh->ups_octets);
        metric_add(&sh->ups_forgotten, 1);
    }
    sh->ups_octets += ups_octets(s->ups) - before;
    sh->peer_cnt += ups_cnt(s->ups) - peers;
    if (!too_many_peers(s))
        return;
    metric_add(&sh->refused[REFUSED_MAX_PEERS], 1);
    station_end(s, "monitors more peers than are allowed");
}

static void forget_up(struct station *s, const struct bmp_peer *peer)
{
    struct shard *sh = s->c.shard;
    size_t before = ups_octets(s->ups), peers = ups_cnt(s->ups);
    ups_del(s->ups, peer);
    sh->ups_octets -= before - ups_octets(s->ups);
    sh->peer_cnt -= peers - ups_cnt(s->ups);
}

/* Learns what a message changes for the repeats, after it was appended. */
static void station_learn(struct station *s, const uint8_t *msg, uint32_t len, uint64_t time)
{
    struct bmp_msg m;
    struct bgp_diag diag;
    if (bmp_msg_parse(msg, len, &m, &diag) != 0)
        return; /* recorded raw; readers say what is wrong */
    if (m.type == BMP_TYPE_INITIATION) {
        remember_init(s, msg, len, time);
    } else if (m.type == BMP_TYPE_PEER_UP) {
        remember_up(s, &m.peer, msg, len, time);
    } else if (m.type == BMP_TYPE_PEER_DOWN) {
        forget_up(s, &m.peer);
    }
}

/* ---- ends ---- */

static void station_end(struct station *s, const char *reason)
{
    struct shard *sh = s->c.shard;
    char who[128];
    uint32_t suppressed;
    if (s->c.ended)
        return;
    if (s->c.source != 0)
        log_line(sh->log, LOG_LEVEL_INFO, "%s: %s, closed", station_name(s, who), reason);
    else if (log_allowed(&sh->refused_limit, clock_monotonic_ns(), &suppressed))
        log_line(sh->log, LOG_LEVEL_INFO, "%s: %s, closed before a first message",
                 station_name(s, who), reason);
    conn_end(&s->c, false, reason);
    if (s->idle != NULL)
        event_free(s->idle);
    s->idle = NULL;
    TAILQ_REMOVE(&sh->stations, &s->c, link);
    TAILQ_INSERT_TAIL(&sh->dead, &s->c, link);
    sh->station_cnt--;
    if (s->on_end != NULL)
        s->on_end(s->on_end_arg);
    s->on_end = NULL;
}

static void station_lost(struct conn *c, int error)
{
    char reason[CONN_REASON_MAX];
    if (error == EDQUOT)
        metric_add(&c->shard->refused[REFUSED_MAX_MEMORY], 1);
    if (error == EDQUOT)
        snprintf(reason, sizeof(reason),
                 "needs more memory than is allowed (%zu octets of a message of %zu)",
                 c->keep_len, c->need);
    else if (error == EPROTO && c->tls != NULL)
        snprintf(reason, sizeof(reason), "TLS: %.120s", tls_why(c->tls));
    else if (error == 0)
        snprintf(reason, sizeof(reason), "router closed the connection%s",
                 c->keep_len > 0 ? " in the middle of a message" : "");
    else
        snprintf(reason, sizeof(reason), "connection failed: %s", strerror(error));
    station_end(station_of(c), reason);
}

static void station_stop(struct conn *c, const char *message)
{
    (void)message; /* a station has no way to tell */
    station_end(station_of(c), "collector stops");
}

static void station_destroy(struct conn *c)
{
    struct station *s = station_of(c);
    c->shard->ups_octets -= s->ups != NULL ? ups_octets(s->ups) : 0;
    c->shard->peer_cnt -= s->ups != NULL ? ups_cnt(s->ups) : 0;
    ups_free(s->ups);
    free(s->init);
    config_unref(s->cfg);
    free(s);
}

/* ---- messages ---- */

static uint32_t max_message(const struct station *s)
{
    return s->entry->max_message != 0 ? s->entry->max_message : s->cfg->bmp.max_message;
}

static size_t station_frame_len(const struct conn *c, const uint8_t *p, size_t len)
{
    uint32_t msg_len, need;
    struct bgp_diag diag;
    return bmp_frame_next(p, len, max_message(station_of_const(c)), &msg_len, &need, &diag) ==
                   BGP_FRAME_OK
               ? msg_len
               : 0;
}

static void station_bad(struct station *s, const struct bgp_diag *diag)
{
    char reason[CONN_REASON_MAX];
    bool draft = diag->reason == BGP_REASON_VERSION && diag->have >= 1 && diag->have < 3;
    if (draft) /* of the drafts before RFC 7854 */
        snprintf(reason, sizeof(reason), "BMP version %u is refused, 3 and 4 are spoken here",
                 diag->have);
    else
        snprintf(reason, sizeof(reason), "not BMP: bad %s (need %u, have %u) after %llu octets",
                 bgp_reason_name(diag->reason), diag->need, diag->have,
                 (unsigned long long)s->c.recv_octets);
    metric_add(&s->c.shard->refused[REFUSED_GARBAGE], 1);
    station_end(s, reason);
}

/* Records one message. Returns false when it can't be taken (now). */
static bool station_take(struct station *s, const uint8_t *msg, uint32_t len, uint64_t time)
{
    struct shard *sh = s->c.shard;
    char who[128], tls[TLS_TEXT_MAX];
    bool first = s->c.source == 0;
    unsigned type = msg[5] < TYPE_CNT - 1 ? msg[5] : TYPE_CNT - 1;
    if (sh->gate.blocked)
        return false;
    conn_declare(&s->c, time);
    if (conn_record(&s->c, JOURNAL_BMP, time, msg, len) != 0) {
        if (errno != EAGAIN)
            station_end(s, "message larger than a journal segment");
        return false;
    }
    if (first)
        log_line(sh->log, LOG_LEVEL_INFO, "%s: BMP stream begins%s%s", station_name(s, who),
                 s->c.tls != NULL ? ", " : "",
                 s->c.tls != NULL ? tls_describe(s->c.tls, tls) : "");
    s->received[type]++;
    metric_add(&sh->bmp_messages[type], 1);
    metric_add(&sh->bmp_octets, len);
    if (type != BMP_TYPE_ROUTE_MONITORING)
        station_learn(s, msg, len, time);
    return true;
}

static size_t station_consume(struct conn *c, const uint8_t *p, size_t len, uint64_t time)
{
    struct station *s = station_of(c);
    size_t used = 0;
    while (!c->ended && used < len) {
        struct bgp_diag diag = {0};
        uint32_t msg_len = 0, need = 0;
        enum bgp_frame_result r =
            bmp_frame_next(p + used, len - used, max_message(s), &msg_len, &need, &diag);
        if (r == BGP_FRAME_MORE) {
            c->need = need;
            break;
        }
        if (r == BGP_FRAME_BAD) {
            station_bad(s, &diag);
            break;
        }
        if (!station_take(s, p + used, msg_len, time))
            break;
        used += msg_len;
    }
    return used;
}

/* ---- idle routers ---- */

static void station_arm_idle(struct station *s, uint64_t in_ns)
{
    const struct timeval tv = {(time_t)(in_ns / NS_PER_S),
                               (suseconds_t)(in_ns % NS_PER_S / 1000)};
    event_add(s->idle, &tv);
}

static void station_on_idle(evutil_socket_t fd, short what, void *arg)
{
    struct station *s = (struct station *)arg;
    uint64_t limit = s->cfg->bmp.idle_timeout_s * NS_PER_S;
    uint64_t silent = clock_monotonic_ns() - s->c.recv_ns;
    (void)fd;
    (void)what;
    if (limit == 0)
        return;
    if (silent < limit)
        station_arm_idle(s, limit - silent);
    else if (s->c.shard->paused || conn_unread(&s->c))
        station_arm_idle(s, NS_PER_S); /* it is us who don't read */
    else
        station_end(s, "idle for too long");
}

static void station_resumed(struct conn *c)
{
    (void)c; /* recv_ns was renewed: that is all the idle timer needs */
}

/* ---- life ---- */

static void station_reload(struct conn *c)
{
    struct station *s = station_of(c);
    struct config *now = c->shard->cfg;
    const struct config_router *entry = config_router_for(now, &c->info.remote);
    if (entry == NULL) {
        station_end(s, "no entry of the new configuration holds the router");
        return;
    }
    if (!config_router_same(entry, s->entry)) {
        station_end(s, "the router's configuration changed");
        return;
    }
    config_unref(s->cfg);
    s->cfg = config_ref(now);
    s->entry = entry;
    if (s->cfg->bmp.idle_timeout_s > 0)
        station_arm_idle(s, s->cfg->bmp.idle_timeout_s * NS_PER_S);
}

static void station_emit(const struct conn *c, struct emit *e)
{
    const struct station *s = station_of_const(c);
    emit_name(e, KEY("state"), c->source != 0 ? "up" : "connected");
    emit_time(e, KEY("since"), c->start_ns);
    emit_bool(e, KEY("dialled"), s->entry->dial);
    if (c->tls != NULL) {
        char text[TLS_TEXT_MAX];
        (void)tls_describe(c->tls, text);
        emit_text(e, KEY("tls"), text, strlen(text));
    }
    emit_u64(e, KEY("peers"), ups_cnt(s->ups));
    emit_u64(e, KEY("memory"), station_memory(s));
    emit_object(e, KEY("received"));
    for (unsigned i = 0; i < TYPE_CNT; i++) {
        const char *name = bmp_type_name((uint8_t)i);
        if (s->received[i] > 0)
            emit_u64(e, str_of(name != NULL ? name : "unknown"), s->received[i]);
    }
    emit_object_end(e);
}

static const struct conn_ops station_ops = {
    .kind = JOURNAL_BMP,
    .frame_len = station_frame_len,
    .consume = station_consume,
    .may_hold = station_may_hold,
    .lost = station_lost,
    .resumed = station_resumed,
    .repeat = station_repeat,
    .reload = station_reload,
    .stop = station_stop,
    .emit = station_emit,
    .destroy = station_destroy,
};

/* BMP has no keepalives: TCP's find routers that vanished. Best effort. */
static void watch_peer(int fd, int idle)
{
    const int on = 1, probes = KEEPALIVE_PROBES;
    (void)!setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)!setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    (void)!setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof(idle));
    (void)!setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

static void link_close(const struct station_link *link)
{
    tls_free(link->tls);
    close(link->fd);
}

struct conn *station_start(struct shard *sh, const struct station_link *link,
                           const struct config_router *entry, void (*ended)(void *arg),
                           void *arg)
{
    struct station *s = (struct station *)calloc(1, sizeof(*s));
    if (s == NULL) {
        link_close(link);
        return NULL;
    }
    s->c.ops = &station_ops;
    s->c.shard = sh;
    s->c.info = (struct source_info){.kind = SOURCE_BMP,
                                     .remote = link->remote,
                                     .local = link->local,
                                     .pin_asn4 = entry->pin_asn4,
                                     .pin_add_path = entry->pin_add_path,
                                     .flowspec2 = entry->flowspec2};
    memcpy(s->c.info.name, entry->name, sizeof(s->c.info.name));
    s->cfg = config_ref(sh->cfg);
    s->entry = entry;
    s->ups = ups_new(sh->sip_key);
    s->idle = evtimer_new(sh->base, station_on_idle, s);
    if (s->ups == NULL || s->idle == NULL || conn_init(&s->c, sh, link->fd, link->tls) != 0) {
        if (s->idle != NULL)
            event_free(s->idle);
        station_destroy(&s->c);
        link_close(link);
        return NULL;
    }
    s->on_end = ended;
    s->on_end_arg = arg;
    watch_peer(link->fd, sh->cfg->bmp.tcp_keepalive_s);
    if (sh->cfg->bmp.idle_timeout_s > 0)
        station_arm_idle(s, sh->cfg->bmp.idle_timeout_s * NS_PER_S);
    TAILQ_INSERT_TAIL(&sh->stations, &s->c, link);
    sh->station_cnt++;
    metric_add(&sh->accepted[1], 1);
    return &s->c;
}

static unsigned count_of_range(const struct shard *sh, const struct config_router *entry)
{
    const struct conn *c;
    unsigned n = 0;
    TAILQ_FOREACH(c, &sh->stations, link)
    n += station_of_const(c)->entry == entry;
    return n;
}

bool station_is_full(const struct shard *sh)
{
    return sh->station_cnt + sh->door_cnt >= shard_share(sh, sh->cfg->bmp.max_sessions);
}

enum refused station_refusal(const struct shard *sh, const struct source_addr *remote, bool tls,
                             const struct config_router **entry)
{
    *entry = config_router_for(sh->cfg, remote);
    if (*entry == NULL)
        return REFUSED_NO_ENTRY;
    if ((*entry)->tls && !tls)
        return REFUSED_NEEDS_TLS;
    if (sh->station_cnt >= shard_share(sh, sh->cfg->bmp.max_sessions))
        return REFUSED_MAX_SESSIONS;
    if (count_of_range(sh, *entry) >= shard_share(sh, (*entry)->max_sessions))
        return REFUSED_MAX_RANGE;
    return REFUSED_CNT;
}

void station_accept(struct shard *sh, int fd, struct tls *tls, const struct source_addr *remote,
                    const struct source_addr *local)
{
    const struct station_link link = {fd, tls, *remote, *local};
    const struct config_router *entry;
    enum refused why = station_refusal(sh, remote, tls != NULL, &entry);
    if (why != REFUSED_CNT) {
        shard_refuse(sh, why, remote, "BMP");
        link_close(&link);
    } else if (station_start(sh, &link, entry, NULL, NULL) == NULL) {
        shard_refuse(sh, REFUSED_RESOURCES, remote, "BMP");
    }
}

void station_forget_dial(struct conn *c)
{
    station_of(c)->on_end = NULL;
}

void station_look(const struct conn *c, struct station_view *v)
{
    const struct station *s = station_of_const(c);
    *v = (struct station_view){
        .octets = c->recv_octets, .peers = ups_cnt(s->ups), .memory = station_memory(s)};
    for (unsigned i = 0; i < TYPE_CNT; i++)
        v->messages += s->received[i];
}
