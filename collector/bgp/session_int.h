/* SPDX-License-Identifier: BSD-2-Clause */
/* session_int: what the files of the BGP session share. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_BGP_SESSION_INT_H
#define RIBTAPE_COLLECTOR_BGP_SESSION_INT_H

#include "bgp/notify.h"
#include "bgp/open.h"
#include "collector/bgp/answer.h"
#include "collector/bgp/session.h"
#include "collector/shard/shard_int.h"

/* Deadlines of one session, monotonic ns; 0: not running. */
enum session_timer {
    TIMER_DELAY_OPEN, /* RFC 4271 section 8.1.1 */
    TIMER_OPEN,       /* established by then, or gone */
    TIMER_HOLD,       /* looked at lazily: see session_timers.c */
    TIMER_KEEPALIVE,
    TIMER_SEND_HOLD, /* RFC 9687 */
    TIMER_CNT
};

struct session {
    struct conn c;      /* first */
    struct config *cfg; /* holds `entry`; a reference */
    const struct config_peer *entry;
    enum session_state state;
    uint8_t old_state;  /* before the last change */
    bool ext_msg;       /* both offered RFC 8654 */
    bool peer_restarts; /* the peer offered graceful restart */
    uint8_t bgp_id[4];  /* ours */
    uint8_t peer_id[4];
    uint16_t hold_s;    /* negotiated */
    struct bgp_ctx ctx; /* decodes what the peer sends; valid from OpenConfirm */
    struct bgp_offer peer_offer;
    uint64_t hold_from_ns; /* monotonic: the last sign of life that counts */
    uint64_t acked_ns;     /* monotonic: when the peer's TCP had acknowledged all */
    uint64_t due[TIMER_CNT];
    struct event *timer;
    uint8_t *sent_open, *recv_open; /* whole messages, for the repeats */
    uint16_t sent_open_len, recv_open_len;
    uint64_t sent_open_ns, recv_open_ns, state_ns; /* realtime */
    uint64_t received[SESSION_TYPE_CNT];
};

/* Returns `peer 192.0.2.1 AS64500` (with the name when configured) for log lines. */
const char *session_name(const struct session *s, char dst[128]);

/* Changes the state and records the change with a reason. */
void session_state(struct session *s, enum session_state to, const char *reason);

/* Sends and records our OPEN, mirroring `theirs` (NULL: offers everything). Returns 0 or -1. */
MUST_USE int session_send_open(struct session *s, const struct bgp_open *theirs);

/* Sends a NOTIFICATION, records it, and ends the session with a log line. */
void session_fail(struct session *s, const struct send_error *e, const char *reason);

/* Ends the session without a NOTIFICATION. */
void session_drop(struct session *s, const char *reason);

/* Acts on one whole message that was recorded. */
void session_message(struct session *s, const struct bgp_frame *f, uint64_t time);

/* Appends SOURCE and what happened before the first message, once. */
void session_declare(struct session *s, uint64_t time);

/* session_open.c: records, judges and answers the peer's first OPEN. */
void session_open_received(struct session *s, const struct bgp_frame *f, uint64_t time);

/* session_timers.c */
void session_timer_set(struct session *s, enum session_timer t, uint64_t due_ns);
int session_timers_init(struct session *s);
void session_timers_established(struct session *s);
void session_timers_confirm(struct session *s);
void session_timers_thaw(struct session *s);

/* session_view.c */
void session_log_established(const struct session *s);
void session_emit(const struct conn *c, struct emit *e);

#endif
