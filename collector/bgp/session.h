/* SPDX-License-Identifier: BSD-2-Clause */
/* session: the passive side of one BGP session (RFC 4271 section 8). Floor F4.
 *
 * States, numbered as RFC 6396 section 4.4.1 has them. A connection is accepted into Active
 * with the DelayOpenTimer running: the peer's OPEN is waited for, then answered with one that
 * mirrors it, straight to OpenConfirm. When the delay passes first, an OPEN that offers
 * everything goes out: OpenSent.
 *
 * Collisions (RFC 4271 section 6.8): we never initiate, so that both connections were opened by
 * the peer and the rule by BGP identifiers says nothing. A connection that is not established
 * gives way to the newer one, as its owner has evidently forgotten it. An established one stays
 * and the newer is refused with Cease/Connection Collision Resolution, unless the old one is
 * dead: its peer offered graceful restart, where a new connection replaces the old one (RFC
 * 4724 section 5), or was silent for half its hold time. Same address and same BGP identifier
 * make a collision; routers that share an address have different identifiers.
 *
 * Hold timers stand still while the journal is blocked, as it is us who don't read. Belongs to
 * the shard's thread. */
#ifndef RIBTAPE_COLLECTOR_BGP_SESSION_H
#define RIBTAPE_COLLECTOR_BGP_SESSION_H

#include "collector/shard/conn.h"

/* clang-format off */
#define SESSION_STATE_MAP(X)              \
    X(1, IDLE,         "idle")            \
    X(2, CONNECT,      "connect")         \
    X(3, ACTIVE,       "active")          \
    X(4, OPEN_SENT,    "open-sent")       \
    X(5, OPEN_CONFIRM, "open-confirm")    \
    X(6, ESTABLISHED,  "established")
#define SESSION_ENUM(value, NAME, text) SESSION_##NAME = value,
enum session_state { SESSION_STATE_MAP(SESSION_ENUM) };
/* clang-format on */

enum { SESSION_TYPE_CNT = 8 };

/* Takes over an accepted, non-blocking socket. Refuses it with a NOTIFICATION when no entry
 * holds the address or a limit is reached. */
void session_accept(struct shard *sh, int fd, const struct source_addr *remote,
                    const struct source_addr *local);

/* What the metrics say of a session. */
struct session_view {
    enum session_state state;
    uint64_t received[SESSION_TYPE_CNT]; /* messages by type; 0: unknown types */
    uint64_t octets;
    uint32_t asn; /* 0: not known */
};
void session_look(const struct conn *c, struct session_view *v);

const char *session_state_name(enum session_state state);

#endif
