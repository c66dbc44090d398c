/* SPDX-License-Identifier: BSD-2-Clause */
/* to_mrt: tracked frames as MRT updates records (RFC 6396 section 4.4, RFC 8050). Floor F3.
 *
 * What becomes what:
 *   BGP message received           MESSAGE*, verbatim, KEEPALIVEs too
 *   BGP message sent               MESSAGE*_LOCAL (OPEN, NOTIFICATION, ROUTE-REFRESH)
 *   session state change           STATE_CHANGE_AS4
 *   BMP Route Monitoring           MESSAGE*; Adj-RIB-Out views: MESSAGE*_LOCAL
 *   BMP Peer Up                    both OPENs, then STATE_CHANGE_AS4 OpenConfirm to Established
 *   BMP Peer Down, end of stream   the NOTIFICATION if there is one, then Established to Idle
 *   other BMP messages             nothing: MRT has no place for them
 *
 * The local side of a BMP peer is the monitored router. A Loc-RIB has no peer: the router's own
 * address stands for it. */
#ifndef RIBTAPE_SCHEMAS_WIRE_TO_MRT_H
#define RIBTAPE_SCHEMAS_WIRE_TO_MRT_H

#include "schemas/track/track.h"

/* Why a frame left no record: NAME, text. */
#define TO_MRT_WITHOUT_MAP(X)                                                                  \
    X(BMP_OTHER, "bmp-other") /* statistics, initiation, termination, mirror, unknown */       \
    X(BMP_BAD, "bmp-bad")     /* headers did not parse */                                      \
    X(NO_SOURCE, "no-source") /* a source that the journal never declared */                   \
    X(CONTEXT, "context")     /* source declared or gone, loss marks */

#define TO_MRT_ENUM(NAME, text) TO_MRT_##NAME,
enum to_mrt_without { TO_MRT_WITHOUT_MAP(TO_MRT_ENUM) TO_MRT_WITHOUT_CNT };

/* Where records go. */
struct to_mrt {
    bool seconds; /* plain BGP4MP instead of BGP4MP_ET */
    bool
        router_time; /* of BMP: the per-peer header's time, where it has one, not the arrival */
    /* Makes room for a record of a peer's of at most `n` octets. NULL with errno. */
    uint8_t *(*room)(void *arg, const struct track_source *s, struct track_peer *p, size_t n);
    /* The first `n` octets of the room are a record. Returns 0, or -1 with errno. */
    int (*add)(void *arg, bool state, size_t n);
    /* A frame leaves no record. May be NULL. */
    void (*without)(void *arg, enum to_mrt_without why);
    void *arg;
};

/* Makes the records of one item, `track` being its tracker. Returns 0, or -1 when room or add
 * failed. */
MUST_USE int to_mrt_item(const struct to_mrt *o, struct track *track,
                         const struct track_item *item);

#endif
