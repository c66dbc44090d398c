/* SPDX-License-Identifier: BSD-2-Clause */
/* session_open: both OPENs of a session, and collisions (RFC 4271 sections 4.2, 6.2, 6.8).
 * Floor F4. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collector/bgp/session_int.h"
#include "collector/shard/addr.h"

static uint8_t *copy_of(const uint8_t *p, size_t len)
{
    uint8_t *q = (uint8_t *)malloc(len);
    if (q != NULL)
        memcpy(q, p, len);
    return q;
}

/* Settles who we are on this session. */
static void choose_identity(struct session *s, const struct bgp_open *theirs)
{
    s->c.info.local_asn = answer_local_asn(s->entry, theirs);
    answer_bgp_id(s->entry, &s->c.info.local, s->c.shard->host, theirs, s->bgp_id);
}

static struct answer answer_for(const struct session *s, const struct bgp_open *theirs)
{
    struct answer a = {.entry = s->entry, .theirs = theirs, .local_asn = s->c.info.local_asn};
    memcpy(a.bgp_id, s->bgp_id, sizeof(a.bgp_id));
    return a;
}

int session_send_open(struct session *s, const struct bgp_open *theirs)
{
    uint8_t msg[BGP_MSG_MAX];
    struct wr w = wr_of(msg, sizeof(msg));
    if (theirs == NULL)
        choose_identity(s, NULL);
    struct answer a = answer_for(s, theirs);
    answer_open(&a, &w);
    if (w.overflow || conn_send(&s->c, msg, w.len) != 0)
        return -1;
    s->sent_open_ns = conn_now(&s->c);
    conn_note(&s->c, JOURNAL_BGP_SENT, s->sent_open_ns, msg, w.len);
    s->sent_open = copy_of(msg, w.len);
    s->sent_open_len = (uint16_t)w.len;
    return s->sent_open != NULL ? 0 : -1;
}

/* Returns whether an established session may give way to a new connection of its peer. */
static bool is_dead(const struct session *s)
{
    uint64_t silent = clock_monotonic_ns() - s->c.recv_ns;
    return s->peer_restarts || (s->hold_s > 0 && silent > s->hold_s * NS_PER_S / 2);
}

/* Finds the other connection of the same peer. */
static struct session *find_twin(struct session *s)
{
    struct conn *c;
    TAILQ_FOREACH(c, &s->c.shard->sessions, link)
    {
        struct session *o = (struct session *)c;
        if (o != s && o->recv_open != NULL && memcmp(o->peer_id, s->peer_id, 4) == 0 &&
            o->c.info.remote_asn == s->c.info.remote_asn &&
            addr_same_host(&o->c.info.remote, &s->c.info.remote) &&
            addr_same(&o->c.info.local, &s->c.info.local))
            return o;
    }
    return NULL;
}

/* Returns false when this session lost to the other one. */
static bool resolve_collision(struct session *s)
{
    const struct send_error e = send_cease(BGP_CEASE_COLLISION, NULL);
    struct session *o = find_twin(s);
    if (o == NULL)
        return true;
    metric_add(&s->c.shard->refused[REFUSED_COLLISION], 1);
    if (o->state == SESSION_ESTABLISHED && !is_dead(o)) {
        session_fail(s, &e, "collision: an established session of this peer is alive");
        return false;
    }
    session_fail(o, &e, "collision: the peer opened a newer connection");
    return true;
}

/* Works out what both OPENs agree on. */
static void negotiate(struct session *s, const struct bgp_open *theirs)
{
    struct bgp_open ours;
    struct bgp_offer our_offer;
    if (bgp_open_index(s->sent_open, s->sent_open_len, &ours) != 0)
        return; /* what we built parses; see test_answer */
    bgp_offer_of(&ours, &our_offer);
    bgp_offer_of(theirs, &s->peer_offer);
    bgp_ctx_negotiate(&s->ctx, theirs, &ours);
    s->ext_msg = our_offer.ext_msg && s->peer_offer.ext_msg;
    s->peer_restarts = s->peer_offer.graceful_restart;
    s->hold_s =
        theirs->hold_time < s->entry->hold_time_s ? theirs->hold_time : s->entry->hold_time_s;
}

static void confirm(struct session *s, const struct bgp_open *theirs)
{
    uint8_t keepalive[BGP_HEADER_LEN];
    struct wr w = wr_of(keepalive, sizeof(keepalive));
    if (s->sent_open == NULL && session_send_open(s, theirs) != 0) {
        session_drop(s, "OPEN could not be sent");
        return;
    }
    negotiate(s, theirs);
    send_keepalive(&w);
    if (conn_send(&s->c, keepalive, w.len) != 0) {
        session_drop(s, "KEEPALIVE could not be sent");
        return;
    }
    session_state(s, SESSION_OPEN_CONFIRM, "OPEN received");
    session_timers_confirm(s);
}

void session_open_received(struct session *s, const struct bgp_frame *f, uint64_t time)
{
    struct bgp_open theirs;
    struct answer_verdict verdict;
    bool broken = bgp_open_index(f->msg, f->len, &theirs) != 0;
    s->c.info.remote_asn = theirs.asn;
    if (s->sent_open == NULL)
        choose_identity(s, &theirs);
    session_declare(s, time);
    conn_note(&s->c, JOURNAL_BGP_RECV, time, f->msg, f->len); /* must not be lost half way */
    s->c.recv_octets += f->len;
    s->recv_open = copy_of(f->msg, f->len);
    s->recv_open_len = (uint16_t)f->len;
    s->recv_open_ns = time;
    memcpy(s->peer_id, theirs.bgp_id, sizeof(s->peer_id));
    struct answer a = answer_for(s, &theirs);
    a.broken = broken;
    if (s->recv_open == NULL) {
        session_drop(s, "out of memory");
    } else if (answer_judge(&a, &verdict) != 0) {
        enum refused why = verdict.bad_as ? REFUSED_BAD_AS : REFUSED_BAD_OPEN;
        metric_add(&s->c.shard->refused[why], 1);
        session_fail(s, &verdict.error, verdict.reason);
    } else if (resolve_collision(s)) {
        confirm(s, &theirs);
    }
}
