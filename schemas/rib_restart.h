/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_restart: which routes of a peer outlive its session, and for how long (RFC 4724, 8538,
 * 9494), as seen from a receiver that keeps everything. Floor F3.
 *
 * Both OPENs agreed on it, and what ended the session allows it: then its routes stay, marked
 * RIB_MARK_STALE, until the peer's next session has sent End-of-RIB for their family, or has
 * not come back in time. Times are seconds of the messages, never of a clock, so that an
 * archive played again gives the same. */
#ifndef RIBTAPE_SCHEMAS_RIB_RESTART_H
#define RIBTAPE_SCHEMAS_RIB_RESTART_H

#include "bgp/restart.h"
#include "schemas/rib.h"

/* How long a peer that is back may take to send End-of-RIB (RFC 4724 section 4.2 asks for a
 * bound), in seconds. */
enum { RIB_RESTART_SYNC_S = 360 };

/* Of a peer; zero is one that has had no session. */
struct rib_restart {
    struct bgp_restart peer, own; /* as the last OPENs said */
    bool notified;                /* a NOTIFICATION came or went since the last session began */
    bool for_good; /* and it drops routes whatever was agreed (RFC 8538 section 3.1) */
    bool up;
    struct bgp_family_set stale;        /* families with stale routes */
    struct bgp_family_set ll_stale;     /* of them: in the long-lived period */
    uint32_t until_s[BGP_FAMILIES_MAX]; /* of stale: when they go, or the next period begins */
};

/* Learns an OPEN; `sent`: ours. */
void rib_restart_open(struct rib_restart *g, bool sent, const uint8_t *msg, uint32_t len);

/* Learns a NOTIFICATION, of whichever side. */
void rib_restart_notified(struct rib_restart *g, const uint8_t *msg, uint32_t len);

/* A session of the peer is established: stale routes of families for which it does not vouch go
 * (RFC 4724 section 4.2). Returns the number of routes dropped, as all below. */
uint32_t rib_restart_up(struct rib_restart *g, struct rib *r, uint32_t peer, uint32_t time_s);

/* End-of-RIB: what is still stale goes. */
uint32_t rib_restart_eor(struct rib_restart *g, struct rib *r, uint32_t peer, unsigned family);

/* The session is down: routes go or become stale. */
uint32_t rib_restart_down(struct rib_restart *g, struct rib *r, uint32_t peer, uint32_t time_s);

/* Ends the periods that are over at `time_s`. Call it for each second of messages before they
 * are applied, and before a dump of that second. */
uint32_t rib_restart_time(struct rib_restart *g, struct rib *r, uint32_t peer, uint32_t time_s);

/* Returns when the next period ends, UINT32_MAX: none. */
uint32_t rib_restart_due(const struct rib_restart *g);

/* Returns whether the peer holds stale routes. */
static inline bool rib_restart_keeps(const struct rib_restart *g)
{
    return !bgp_family_none(&g->stale);
}

#endif
