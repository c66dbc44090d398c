/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_update: what BGP messages do to a RIB, whoever reads them: a journal's frames or an
 * archive's records. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_UPDATE_H
#define RIBTAPE_SCHEMAS_RIB_RIB_UPDATE_H

#include "bgp/update.h"
#include "mrt/rib.h"
#include "schemas/rib/rib.h"
#include "schemas/rib/rib_restart.h"

/* What became of what came. */
struct rib_update_counts {
    uint64_t announced, withdrawn; /* NLRI */
    uint64_t absent;               /* withdrawn NLRI that were not there */
    uint64_t refused;              /* NLRI beyond a peer's limit */
    uint64_t without_key;          /* NLRI of unknown families or odd content: not stored */
    uint64_t malformed;            /* UPDATEs that did not parse to their end */
};

/* What one message needs while it is applied; large, so not on a stack that many share. */
struct rib_update {
    struct rib *rib;
    struct rib_update_counts counts;
    struct bgp_update u;              /* of the message in hand */
    uint8_t attrs[MRT_RIB_ATTRS_MAX]; /* its set, as it is stored */
};

/* A peer, over its sessions: zero but for `peer` at first. */
struct rib_update_session {
    uint32_t peer;
    struct bgp_family_set complete;   /* End-of-RIB has come (RFC 4724 section 2) */
    struct bgp_family_set refreshing; /* between BoRR and EoRR */
    struct restart restart;       /* what outlives a session */
};

/* What happens to a peer besides its messages; all apply restart.h. A reader gives the
 * OPENs (received ones by rib_update_message), then up, then messages, then down, and
 * rib_update_time before what comes in another second. One that never gives our OPEN (BMP: the
 * monitored router's restarts are its own business, a Peer Down withdraws, RFC 7854
 * section 4.9) has all routes withdrawn at each end. An archive doesn't tell whether a
 * collector's memory began anew, nor BMP from BGP: there a stale route may be missing from a
 * dump that is right. `msg`: an OPEN, NOTIFICATION or other message that was sent to the peer.
 */
void rib_update_sent(struct rib_update_session *s, const uint8_t *msg, uint32_t len);
void rib_update_up(struct rib_update *r, struct rib_update_session *s, uint32_t time_s);
void rib_update_down(struct rib_update *r, struct rib_update_session *s, uint32_t time_s);
void rib_update_time(struct rib_update *r, struct rib_update_session *s, uint32_t time_s);

/* Applies one whole BGP message of a peer: an UPDATE (withdrawals, then announcements; where
 * the attributes are broken the announced NLRI are withdrawn, RFC 7606 section 2; End-of-RIB
 * ends a restart), a ROUTE-REFRESH with BoRR or EoRR (RFC 7313 section 4), and what OPEN and
 * NOTIFICATION say for the session's end; the others change nothing. `time_s`: when it came.
 * Returns 0, or -1 when memory runs out (errno ENOMEM): a part may be stored; applying it again
 * completes it. */
MUST_USE int rib_update_message(struct rib_update *r, struct rib_update_session *s,
                                const struct bgp_ctx *ctx, const uint8_t *msg, uint32_t len,
                                uint32_t time_s);

#endif
