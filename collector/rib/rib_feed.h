/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_feed: keeps a RIB as the frames of journals tell. Floor F4.
 *
 * Takes tracked items (schemas/track/track.h) in order. A session's routes count from the moment its
 * beginning (Established, BMP Peer Up) comes as an item: of sessions that began before, and of
 * all of a journal from which frames were lost, only a part would be known, so nothing is
 * stored and the session counts as unknown until it begins anew. So a reader that starts at its
 * cursor with an empty RIB is right: what was live before a restart ends with GONE in the
 * journal's tail.
 *
 * What changes the RIB:
 *   UPDATE                     withdrawals, then announcements; where the attributes are broken
 *                              the announced NLRI are withdrawn (RFC 7606 section 2)
 *   ROUTE-REFRESH BoRR, EoRR   mark and sweep (RFC 7313 section 4)
 *   state                      all routes of the session go (RFC 4271 section 8.2.2), or become
 *                              stale where both sides agreed (schemas/rib/restart.h)
 *   Peer Down, GONE            all routes of the session go
 *   JOURNAL_START              all stale routes of sessions that are over go
 *   JOURNAL_LOST               all routes of all sessions of that journal go
 * Each RIB view of a BMP peer is a session of its own.
 *
 * A session outlives its tracker: a sink that goes back to its checkpoint and reads again with
 * new trackers finds it by journal, source and peer, and what is applied twice gives the same.
 * Not thread-safe. */
#ifndef RIBTAPE_COLLECTOR_RIB_RIB_FEED_H
#define RIBTAPE_COLLECTOR_RIB_RIB_FEED_H

#include "schemas/rib/rib_update.h"
#include "schemas/track/track.h"

struct rib_feed;

enum rib_session_state {
    RIB_SESSION_UP,
    RIB_SESSION_DOWN,    /* it ended, its routes are kept, stale (RFC 4724) */
    RIB_SESSION_UNKNOWN, /* its beginning was not seen or lost: it holds nothing */
};

/* One session, or one view of a monitored session. */
struct rib_session {
    struct rib_session *next, *prev;
    enum rib_session_state state;
    struct rib_update_session updates; /* its number in the RIB, and how far it is */
    struct track_source source;        /* as they were when it began, without what hangs on */
    struct track_peer peer;            /* them */
    struct track_peer *tracked;        /* where it hangs; NULL: nowhere now */
    unsigned journal;                  /* number of the tracker */
    struct source_addr addr;           /* the peer's; of a Loc-RIB the router's */
    uint32_t since_s;                  /* when it began */
    uint64_t since_seq;                /* with which frame */
    bool told_full;                    /* for the owner: its limit was logged */
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
 * nobody knows, so that all sessions of its tracker become unknown. */
void rib_feed_lost(struct rib_feed *f, struct track *t);

/* Tells the time, in seconds since the epoch, of what will be asked or fed next: stale routes
 * whose time is over go. Items do it by themselves. */
void rib_feed_time(struct rib_feed *f, uint32_t time_s);

/* The hooks of every tracker whose items are fed; they use track_peer.user. */
struct track_hooks rib_feed_hooks(struct rib_feed *f);

/* Frees the memory of routes that are gone (rib_tidy), for idle moments. Returns whether some
 * is left. */
bool rib_feed_tidy(struct rib_feed *f, uint32_t nodes);

const struct rib *rib_feed_rib(const struct rib_feed *f);
const struct rib_update_counts *rib_feed_counts(const struct rib_feed *f);

struct rib_feed_sums {
    uint64_t unseen;            /* UPDATEs of unknown sessions: not stored */
    uint64_t losses;            /* sessions that became unknown, since the start */
    uint64_t kept;              /* sessions that left stale routes, since the start */
    uint64_t up, down, unknown; /* sessions now, by state */
    uint64_t stale;             /* routes of those that are down */
};
void rib_feed_get_sums(const struct rib_feed *f, struct rib_feed_sums *s);

/* Returns the first session; the others follow by `next`, newest first. */
const struct rib_session *rib_feed_sessions(const struct rib_feed *f);

#endif
