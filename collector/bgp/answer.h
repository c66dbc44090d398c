/* SPDX-License-Identifier: BSD-2-Clause */
/* answer: our OPEN, built from the peer's (RFC 4271 section 4.2, RFC 5492, RFC 9072). Floor F4.
 *
 * A collector takes whatever a router has: it offers exactly what the router offered, known or
 * unknown to us, unless the operator pinned families or capabilities. Without the peer's OPEN
 * it offers everything. */
#ifndef RIBTAPE_COLLECTOR_BGP_ANSWER_H
#define RIBTAPE_COLLECTOR_BGP_ANSWER_H

#include "bgp/open.h"
#include "collector/bgp/send.h"
#include "collector/config/config.h"

/* What our OPEN is made from. */
struct answer {
    const struct config_peer *entry; /* the operator's wishes */
    const struct bgp_open *theirs;   /* NULL: not here yet, offer everything */
    bool broken;                     /* the structure of theirs does not parse */
    uint32_t local_asn;
    uint8_t bgp_id[4];
};

/* Writes our OPEN, 4,096 octets at most (RFC 8654 section 4); w->overflow when it does not fit.
 */
void answer_open(const struct answer *a, struct wr *w);

/* What is wrong with the peer's OPEN. */
struct answer_verdict {
    struct send_error error;
    char reason[120];
    bool bad_as; /* the AS policy refused it */
};

/* Judges the peer's OPEN (RFC 4271 section 6.2, RFC 6286, RFC 7607) against who we are on this
 * session. Returns 0, or -1 with *v: the NOTIFICATION to send and why. */
MUST_USE int answer_judge(const struct answer *a, struct answer_verdict *v);

/* Returns our AS number: the fixed one, or the peer's, or (before its OPEN) the only one that
 * the policy allows, or 64512 (RFC 6996) when several are allowed. */
uint32_t answer_local_asn(const struct config_peer *entry, const struct bgp_open *theirs);

/* Fills our BGP identifier: the fixed one, or the session's local IPv4 address, or a stable
 * value from the host's name; never zero, and when not fixed never equal to the peer's (RFC
 * 6286 section 2.1). */
void answer_bgp_id(const struct config_peer *entry, const struct source_addr *local,
                   const char *host, const struct bgp_open *theirs, uint8_t id[4]);

#endif
