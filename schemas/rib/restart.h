/* SPDX-License-Identifier: BSD-2-Clause */
/* restart: which routes of a peer outlive its session, and for how long (RFC 4724, 8538, 9494),
 * as seen from a receiver that keeps everything. Floor F3.
 *
 * Both OPENs agreed on it, and what ended the session allows it: then its routes stay, stale,
 * until the peer's next session has sent End-of-RIB for their family, or has not come back in
 * time. Whoever holds the routes, a RIB (rib_restart.h) or a table in Kafka, is told what
 * becomes of them. Times are seconds of the messages, never of a clock, so that an archive
 * played again gives the same. */
#ifndef RIBTAPE_SCHEMAS_RIB_RESTART_H
#define RIBTAPE_SCHEMAS_RIB_RESTART_H

#include "bgp/restart.h"

/* How long a peer that is back may take to send End-of-RIB (RFC 4724 section 4.2 asks for a
 * bound), in seconds. */
enum { RESTART_SYNC_S = 360 };

/* Of a peer; zero is one that has had no session. */
struct restart {
    struct bgp_restart peer, own; /* as the last OPENs said */
    bool notified;                /* a NOTIFICATION came or went since the last session began */
    bool for_good; /* and it drops routes whatever was agreed (RFC 8538 section 3.1) */
    bool up;
    struct bgp_family_set held;         /* families of which there may be routes */
    struct bgp_family_set stale;        /* families with stale routes */
    struct bgp_family_set ll_stale;     /* of them: in the long-lived period */
    uint32_t until_s[BGP_FAMILIES_MAX]; /* of stale: when they go, or the next period begins */
};

/* One peer's routes, at whoever holds them. */
struct restart_routes {
    void *arg;
    void (*keep)(void *arg, unsigned family);      /* all become stale */
    void (*end_stale)(void *arg, unsigned family); /* those that are stale go */
    void (*end_short)(void *arg, unsigned family); /* those with NO_LLGR go (RFC 9494) */
    void (*end_all)(void *arg, unsigned family);
};

/* Learns an OPEN; `sent`: ours. */
void restart_open(struct restart *g, bool sent, const uint8_t *msg, uint32_t len);

/* Learns a NOTIFICATION, of whichever side. */
void restart_notified(struct restart *g, const uint8_t *msg, uint32_t len);

/* Learns that a route of the family was announced and is kept. Whether it was withdrawn again
 * makes no difference, so that who holds no table decides alike. */
static inline void restart_hold(struct restart *g, unsigned family)
{
    bgp_family_add(&g->held, family);
}

/* A session of the peer is established: stale routes of families for which it does not vouch go
 * (RFC 4724 section 4.2). */
void restart_up(struct restart *g, const struct restart_routes *r, uint32_t time_s);

/* End-of-RIB: what is still stale goes. */
void restart_eor(struct restart *g, const struct restart_routes *r, unsigned family);

/* The session is down: routes go or become stale. */
void restart_down(struct restart *g, const struct restart_routes *r, uint32_t time_s);

/* Ends the periods that are over at `time_s`. Call it for each second of messages before they
 * are applied, and before a dump of that second. */
void restart_time(struct restart *g, const struct restart_routes *r, uint32_t time_s);

/* Returns when the next period ends, UINT32_MAX: none. */
uint32_t restart_due(const struct restart *g);

/* Returns whether a route with these attributes doesn't outlive the restart time (RFC 9494
 * section 4.2): it has the community NO_LLGR. */
bool restart_is_short(struct cur attrs);

/* Returns whether the peer holds stale routes. */
static inline bool restart_keeps(const struct restart *g)
{
    return !bgp_family_none(&g->stale);
}

#endif
