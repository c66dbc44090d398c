/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_feed: keeps a RIB as the frames of journals tell. Floor F4.
 *
 * Takes tracked items (schemas/track.h) in order. A session's routes count from the moment its
 * beginning (Established, BMP Peer Up) comes as an item: of sessions that began before, only a
 * part would be known, so nothing is stored. So a reader that starts at its cursor with an
 * empty RIB is right: what was live before a restart ends with GONE in the journal's tail.
 *
 * What changes the RIB:
 *   UPDATE                     withdrawals, then announcements; where the attributes are broken
 *                              the announced NLRI are withdrawn (RFC 7606 section 2)
 *   ROUTE-REFRESH BoRR, EoRR   mark and sweep (RFC 7313 section 4)
 *   state, Peer Down, GONE     all routes of the session go (RFC 4271 section 8.2.2)
 *   JOURNAL_LOST               all routes of all sessions of that journal go
 * Each RIB view of a BMP peer is a session of its own. Not thread-safe. */
#ifndef RIBTAPE_COLLECTOR_RIB_FEED_H
#define RIBTAPE_COLLECTOR_RIB_FEED_H

#include "schemas/rib_update.h"
#include "schemas/track.h"

struct rib_feed;

/* One session, or one view of a monitored session, whose routes are in the RIB. */
struct rib_session {
    struct rib_session *next, *prev;
    struct rib_update_session updates;         /* its number in the RIB, and how far it is */
    const struct track_source *tracked_source; /* borrowed while the session lives */
    const struct track_peer *tracked_peer;
    uint32_t source;
    struct source_addr addr; /* the peer's; of a Loc-RIB the router's */
    uint32_t asn;
    uint8_t bgp_id[4];
    bool bmp;
    enum bmp_view view;
    uint32_t since_s; /* when it began */
};

/* Makes an empty RIB. `limit`: routes per session, 0 for any number. NULL when memory runs out.
 */
struct rib_feed *rib_feed_new(uint32_t limit);
void rib_feed_free(struct rib_feed *f);

/* Sets the limit of sessions that begin from now on. */
void rib_feed_limit(struct rib_feed *f, uint32_t limit);

/* Takes one item. `t` is its tracker. Returns 0, or -1 when memory runs out (errno ENOMEM): a
 * part of the message may be stored; taking the item again completes it. */
MUST_USE int rib_feed_item(struct rib_feed *f, struct track *t, const struct track_item *item);

/* Tells that frames of a journal were lost, as a JOURNAL_LOST item does: which routes changed
 * nobody knows, so that all sessions of its tracker end here until they begin anew. */
void rib_feed_lost(struct rib_feed *f, struct track *t);

/* The hooks of every tracker whose items are fed; they use track_peer.user. A tracker that is
 * freed takes its sessions along. */
struct track_hooks rib_feed_hooks(struct rib_feed *f);

/* Frees the memory of routes that are gone (rib_tidy), for idle moments. */
bool rib_feed_tidy(struct rib_feed *f, uint32_t nodes);

const struct rib *rib_feed_rib(const struct rib_feed *f);
const struct rib_update_counts *rib_feed_counts(const struct rib_feed *f);

/* Returns how many UPDATEs came of sessions whose beginning was not seen: not stored. */
uint64_t rib_feed_unseen(const struct rib_feed *f);

/* Returns the first session; the others follow by `next`, newest first. */
const struct rib_session *rib_feed_sessions(const struct rib_feed *f);

#endif
