/* SPDX-License-Identifier: BSD-2-Clause */
/* session: the passive side of one BGP session (RFC 4271 section 8). Floor F4. */
#include "collector/bgp/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "collector/bgp/session_int.h"
#include "collector/config/reload.h"
#include "collector/shard/addr.h"
#include "collector/shard/listener.h"

static struct session *session_of(struct conn *c)
{
    return (struct session *)c; /* its first member */
}

const char *session_state_name(enum session_state state)
{
#define STATE_NAME(value, NAME, text) [value] = text,
    static const char *const names[] = {SESSION_STATE_MAP(STATE_NAME)};
    return names[state];
}

const char *session_name(const struct session *s, char dst[128])
{
    char addr[ADDR_TEXT_MAX], as[16] = "";
    const char *name = s->c.info.name;
    if (s->c.info.remote_asn != 0)
        snprintf(as, sizeof(as), " AS%u", s->c.info.remote_asn);
    snprintf(dst, 128, "peer %.46s%s%.50s%s%s", addr_text(&s->c.info.remote, addr),
             *name != '\0' ? " (" : "", name, *name != '\0' ? ")" : "", as);
    return dst;
}

/* ---- recording ---- */

static size_t state_payload(uint8_t *dst, size_t cap, uint8_t from, uint8_t to,
                            const char *reason)
{
    struct wr w = wr_of(dst, cap);
    wr_u8(&w, from);
    wr_u8(&w, to);
    size_t len = strlen(reason);
    wr_bytes(&w, reason, len < cap - 2 ? len : cap - 2);
    return w.len;
}

void session_state(struct session *s, enum session_state to, const char *reason)
{
    uint8_t payload[2 + CONN_REASON_MAX];
    s->old_state = (uint8_t)s->state;
    s->state = to;
    s->state_ns = conn_now(&s->c);
    size_t len = state_payload(payload, sizeof(payload), s->old_state, (uint8_t)to, reason);
    conn_note(&s->c, JOURNAL_STATE, s->state_ns, payload, len);
}

/* Declares the source at its first whole message, with what happened before that: with its
 * time, so that the journal stays in the order of time. */
void session_declare(struct session *s, uint64_t time)
{
    uint8_t payload[64];
    size_t len;
    if (s->c.source != 0)
        return;
    conn_declare(&s->c, time);
    len = state_payload(payload, sizeof(payload), SESSION_IDLE, SESSION_ACTIVE, "connected");
    conn_note(&s->c, JOURNAL_STATE, time, payload, len);
    if (s->sent_open == NULL)
        return;
    conn_note(&s->c, JOURNAL_BGP_SENT, time, s->sent_open, s->sent_open_len);
    len = state_payload(payload, sizeof(payload), SESSION_ACTIVE, SESSION_OPEN_SENT,
                        "OPEN delay passed");
    conn_note(&s->c, JOURNAL_STATE, time, payload, len);
}

static void session_repeat(struct conn *c)
{
    const struct session *s = session_of(c);
    struct journal *j = c->shard->journal;
    uint8_t payload[2];
    bool ok = true;
    if (s->sent_open != NULL)
        ok = journal_append(j, JOURNAL_BGP_SENT, JOURNAL_REPEAT, c->source, s->sent_open_ns,
                            s->sent_open, s->sent_open_len) == 0;
    if (ok && s->recv_open != NULL)
        ok = journal_append(j, JOURNAL_BGP_RECV, JOURNAL_REPEAT, c->source, s->recv_open_ns,
                            s->recv_open, s->recv_open_len) == 0;
    size_t len = state_payload(payload, sizeof(payload), s->old_state, (uint8_t)s->state, "");
    /* The journal makes the segment fit its repeats: a failure here is its failure to report.
     */
    if (!ok || journal_append(j, JOURNAL_STATE, JOURNAL_REPEAT, c->source, s->state_ns, payload,
                              (uint32_t)len) != 0)
        return;
}

/* ---- ends ---- */

static void session_unlink(struct session *s)
{
    struct shard *sh = s->c.shard;
    TAILQ_REMOVE(&sh->sessions, &s->c, link);
    TAILQ_INSERT_TAIL(&sh->dead, &s->c, link);
    sh->session_cnt--;
    if (s->timer != NULL)
        event_free(s->timer);
    s->timer = NULL;
}

static void session_end(struct session *s, bool linger, const char *reason)
{
    char who[128];
    bool was_up = s->state == SESSION_ESTABLISHED;
    uint32_t suppressed;
    if (s->c.source != 0)
        log_line(s->c.shard->log, was_up ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "%s: %s, closed",
                 session_name(s, who), reason);
    else if (log_allowed(&s->c.shard->refused_limit, clock_monotonic_ns(), &suppressed))
        log_line(s->c.shard->log, LOG_LEVEL_INFO, "%s: %s, closed before a first message",
                 session_name(s, who), reason);
    metric_add(&s->c.shard->went_down, was_up);
    session_state(s, SESSION_IDLE, reason);
    conn_end(&s->c, linger, reason);
    session_unlink(s);
}

void session_drop(struct session *s, const char *reason)
{
    if (!s->c.ended)
        session_end(s, false, reason);
}

void session_fail(struct session *s, const struct send_error *e, const char *reason)
{
    uint8_t msg[SEND_NOTIFICATION_MAX];
    char text[CONN_REASON_MAX];
    struct wr w = wr_of(msg, sizeof(msg));
    const char *name = bgp_error_sub_name(e->code, e->sub);
    if (s->c.ended)
        return;
    if (name == NULL)
        name = bgp_error_name(e->code);
    send_notification(&w, e);
    if (conn_send(&s->c, msg, w.len) == 0) /* else the peer does not read: nothing to record */
        conn_note(&s->c, JOURNAL_BGP_SENT, conn_now(&s->c), msg, w.len);
    snprintf(text, sizeof(text), "%s (sent NOTIFICATION %u/%u%s%s)", reason, e->code, e->sub,
             name != NULL ? " " : "", name != NULL ? name : "");
    session_end(s, true, text);
}

static void session_lost(struct conn *c, int error)
{
    char reason[CONN_REASON_MAX];
    if (c->ended)
        return;
    if (error == 0)
        snprintf(reason, sizeof(reason), "peer closed the connection%s",
                 c->keep_len > 0 ? " in the middle of a message" : "");
    else
        snprintf(reason, sizeof(reason), "connection failed: %s", strerror(error));
    session_drop(session_of(c), reason);
}

static void session_stop(struct conn *c, const char *message)
{
    struct send_error e = send_cease(BGP_CEASE_ADMIN_SHUTDOWN, message);
    session_fail(session_of(c), &e, "collector stops");
}

static void session_destroy(struct conn *c)
{
    struct session *s = session_of(c);
    config_unref(s->cfg);
    free(s->sent_open);
    free(s->recv_open);
    free(s);
}

static void session_resumed(struct conn *c)
{
    session_timers_thaw(session_of(c));
}

/* ---- framing ---- */

static size_t session_frame_len(const struct conn *c, const uint8_t *p, size_t len)
{
    struct bgp_frame f;
    struct bgp_diag diag;
    uint32_t need;
    const struct session *s = (const struct session *)(const void *)c;
    return bgp_frame_next(p, len, s->ext_msg, &f, &need, &diag) == BGP_FRAME_OK ? f.len : 0;
}

/* RFC 4271 section 6.1: sub-code by what is wrong with the header, data the wrong field. */
static void session_bad_header(struct session *s, const uint8_t *p, size_t len,
                               const struct bgp_diag *diag)
{
    struct send_error e = {.code = BGP_ERROR_HEADER, .sub = 1};
    char reason[CONN_REASON_MAX];
    if (diag->reason == BGP_REASON_LENGTH && len >= 18) {
        e.sub = 2;
        e.data_len = 2;
        memcpy(e.data, p + 16, 2);
    } else if (diag->reason == BGP_REASON_TYPE && len >= BGP_HEADER_LEN) {
        e.sub = 3;
        e.data_len = 1;
        e.data[0] = p[18];
    }
    snprintf(reason, sizeof(reason),
             "message header: bad %s (need %u, have %u) after %llu octets",
             bgp_reason_name(diag->reason), diag->need, diag->have,
             (unsigned long long)s->c.recv_octets);
    metric_add(&s->c.shard->refused[REFUSED_GARBAGE], s->c.source == 0);
    session_fail(s, &e, reason);
}

/* Records one message; false: not now (the journal is blocked) or the session ended. */
static bool session_take(struct session *s, const struct bgp_frame *f, uint64_t time)
{
    struct shard *sh = s->c.shard;
    unsigned type = f->type < SESSION_TYPE_CNT ? f->type : 0;
    if (sh->gate.blocked)
        return false;
    if (f->type == BGP_TYPE_OPEN && s->recv_open == NULL) {
        session_open_received(s, f, time); /* declares with what the OPEN says, and records */
    } else {
        session_declare(s, time);
        if (conn_record(&s->c, JOURNAL_BGP_RECV, time, f->msg, f->len) != 0) {
            if (errno != EAGAIN)
                session_drop(s, "message larger than a journal segment");
            return false;
        }
        session_message(s, f, time);
    }
    s->hold_from_ns = s->c.recv_ns; /* whole messages are signs of life, octets are not */
    s->received[type]++;
    metric_add(&sh->bgp_messages[type], 1);
    metric_add(&sh->bgp_octets, f->len);
    return true;
}

static size_t session_consume(struct conn *c, const uint8_t *p, size_t len, uint64_t time)
{
    struct session *s = session_of(c);
    size_t used = 0;
    while (!c->ended && used < len) {
        struct bgp_frame f;
        struct bgp_diag diag = {0};
        uint32_t need = 0;
        enum bgp_frame_result r =
            bgp_frame_next(p + used, len - used, s->ext_msg, &f, &need, &diag);
        if (r == BGP_FRAME_MORE) {
            c->need = need;
            break;
        }
        if (r == BGP_FRAME_BAD) {
            session_bad_header(s, p + used, len - used, &diag);
            break;
        }
        if (!session_take(s, &f, time))
            break;
        used += f.len;
    }
    return used;
}

/* ---- messages (RFC 4271 section 8.2.2) ---- */

static void on_keepalive(struct session *s, const struct bgp_frame *f, uint64_t time)
{
    (void)f;
    (void)time;
    if (s->state != SESSION_OPEN_CONFIRM)
        return;
    session_timers_established(s);
    session_state(s, SESSION_ESTABLISHED, "KEEPALIVE received");
    session_log_established(s);
    metric_add(&s->c.shard->established, 1);
}

static void on_notification(struct session *s, const struct bgp_frame *f, uint64_t time)
{
    char reason[CONN_REASON_MAX];
    uint8_t code = f->msg[BGP_HEADER_LEN], sub = f->msg[BGP_HEADER_LEN + 1];
    const char *name = bgp_error_name(code), *sub_name = bgp_error_sub_name(code, sub);
    (void)time;
    snprintf(reason, sizeof(reason), "received NOTIFICATION %u/%u%s%s%s%s", code, sub,
             name != NULL ? " " : "", name != NULL ? name : "", sub_name != NULL ? ", " : "",
             sub_name != NULL ? sub_name : "");
    session_drop(s, reason);
}

/* UPDATE, ROUTE-REFRESH, OPERATIONAL: recorded, and that is all. */
static void on_data(struct session *s, const struct bgp_frame *f, uint64_t time)
{
    (void)s;
    (void)f;
    (void)time;
}

#define IN(state) (1u << (state))

static const struct {
    unsigned states; /* where the message is expected */
    void (*handle)(struct session *s, const struct bgp_frame *f, uint64_t time);
} messages[SESSION_TYPE_CNT] = {
    [BGP_TYPE_OPEN] = {0, NULL}, /* the first one never comes here */
    [BGP_TYPE_UPDATE] = {IN(SESSION_ESTABLISHED), on_data},
    [BGP_TYPE_NOTIFICATION] = {~0u, on_notification},
    [BGP_TYPE_KEEPALIVE] = {IN(SESSION_OPEN_CONFIRM) | IN(SESSION_ESTABLISHED), on_keepalive},
    [BGP_TYPE_ROUTE_REFRESH] = {IN(SESSION_ESTABLISHED), on_data},
    [BGP_TYPE_OPERATIONAL] = {IN(SESSION_ESTABLISHED), on_data},
};

/* RFC 6608 section 3: the sub-code names the state, the data the message's type. */
static void session_unexpected(struct session *s, uint8_t type)
{
    static const uint8_t subs[] = {
        [SESSION_OPEN_SENT] = 1, [SESSION_OPEN_CONFIRM] = 2, [SESSION_ESTABLISHED] = 3};
    struct send_error e = {.code = BGP_ERROR_FSM, .sub = subs[s->state], .data_len = 1};
    char reason[CONN_REASON_MAX];
    const char *name = bgp_type_name(type);
    e.data[0] = type;
    snprintf(reason, sizeof(reason), "unexpected %s message in state %s",
             name != NULL ? name : "unknown", session_state_name(s->state));
    session_fail(s, &e, reason);
}

void session_message(struct session *s, const struct bgp_frame *f, uint64_t time)
{
    if (f->type >= SESSION_TYPE_CNT || (messages[f->type].states & IN(s->state)) == 0)
        session_unexpected(s, f->type);
    else
        messages[f->type].handle(s, f, time);
}

/* ---- life ---- */

static void session_reload(struct conn *c)
{
    struct session *s = session_of(c);
    struct config *now = c->shard->cfg;
    const struct config_peer *entry = config_peer_for(now, &c->info.remote);
    struct send_error e;
    if (entry == NULL) {
        e = send_cease(BGP_CEASE_DECONFIGURED, NULL);
        session_fail(s, &e, "no entry of the new configuration holds the peer");
    } else if (!config_peer_same(entry, s->entry)) {
        e = send_cease(BGP_CEASE_CONFIG_CHANGE, NULL);
        session_fail(s, &e, "the peer's configuration changed");
    } else {
        config_unref(s->cfg);
        s->cfg = config_ref(now);
        s->entry = entry;
    }
}

static const struct conn_ops session_ops = {
    .kind = JOURNAL_BGP_RECV,
    .frame_len = session_frame_len,
    .consume = session_consume,
    .lost = session_lost,
    .resumed = session_resumed,
    .repeat = session_repeat,
    .reload = session_reload,
    .stop = session_stop,
    .emit = session_emit,
    .destroy = session_destroy,
};

static unsigned count_of_range(const struct shard *sh, const struct config_peer *entry)
{
    const struct conn *c;
    unsigned n = 0;
    TAILQ_FOREACH(c, &sh->sessions, link)
    n += ((const struct session *)(const void *)c)->entry == entry;
    return n;
}

static void session_reject(struct shard *sh, int fd, enum refused why,
                           const struct source_addr *remote)
{
    uint8_t msg[SEND_NOTIFICATION_MAX];
    struct wr w = wr_of(msg, sizeof(msg));
    bool full = why == REFUSED_MAX_SESSIONS || why == REFUSED_RESOURCES;
    struct send_error e = send_cease(full ? BGP_CEASE_RESOURCES : BGP_CEASE_REJECTED, NULL);
    send_notification(&w, &e);
    shard_refuse(sh, why, remote, "BGP");
    conn_farewell(sh, fd, msg, w.len);
}

/* Returns REFUSED_CNT when the connection is welcome. */
static enum refused session_check(const struct shard *sh, const struct config_peer *entry)
{
    if (entry == NULL)
        return REFUSED_NO_ENTRY;
    if (sh->session_cnt >= shard_share(sh, sh->cfg->bgp.max_sessions))
        return REFUSED_MAX_SESSIONS;
    if (count_of_range(sh, entry) >= shard_share(sh, entry->max_sessions))
        return REFUSED_MAX_RANGE;
    return REFUSED_CNT;
}

static struct session *session_new(struct shard *sh, const struct config_peer *entry,
                                   const struct source_addr *remote,
                                   const struct source_addr *local)
{
    struct session *s = (struct session *)calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->c.ops = &session_ops;
    s->c.info = (struct source_info){.kind = SOURCE_BGP,
                                     .remote = *remote,
                                     .local = *local,
                                     .pin_asn4 = entry->pin_asn4,
                                     .pin_add_path = entry->pin_add_path,
                                     .flowspec2 = entry->flowspec2};
    memcpy(s->c.info.name, entry->name, sizeof(s->c.info.name));
    s->cfg = config_ref(sh->cfg);
    s->entry = entry;
    s->state = SESSION_ACTIVE;
    s->old_state = SESSION_IDLE;
    return s;
}

void session_accept(struct shard *sh, int fd, const struct source_addr *remote,
                    const struct source_addr *local)
{
    const struct config_peer *entry = config_peer_for(sh->cfg, remote);
    enum refused why = session_check(sh, entry);
    struct session *s = NULL;
    if (why == REFUSED_CNT && listener_secure(fd, remote, entry->ttl_security) == 0)
        s = session_new(sh, entry, remote, local);
    if (s == NULL) {
        session_reject(sh, fd, why == REFUSED_CNT ? REFUSED_RESOURCES : why, remote);
        return;
    }
    if (conn_init(&s->c, sh, fd, NULL) != 0) {
        session_destroy(&s->c);
        session_reject(sh, fd, REFUSED_RESOURCES, remote);
        return;
    }
    TAILQ_INSERT_TAIL(&sh->sessions, &s->c, link);
    sh->session_cnt++;
    metric_add(&sh->accepted[0], 1);
    if (session_timers_init(s) != 0)
        session_drop(s, "out of memory");
}

void session_look(const struct conn *c, struct session_view *v)
{
    const struct session *s = (const struct session *)(const void *)c;
    v->state = s->state;
    v->octets = c->recv_octets;
    v->asn = c->info.remote_asn;
    memcpy(v->received, s->received, sizeof(v->received));
}
