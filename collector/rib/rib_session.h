/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_session: the lives of a RIB's sessions. Private to rib_feed. Floor F4. */
#ifndef RIBTAPE_COLLECTOR_RIB_RIB_SESSION_H
#define RIBTAPE_COLLECTOR_RIB_RIB_SESSION_H

#include "collector/rib/rib_feed.h"

struct rib_feed {
    struct rib *rib;
    uint32_t limit;
    struct rib_session *first;
    /* Ended sessions whose routes' memory is not free yet: when the peer comes back, its routes
     * take their old places. */
    struct rib_session *resting;
    uint64_t resting_cnt;
    uint64_t down_cnt;
    uint64_t adrift; /* sessions whose tracker went and that were not found again yet */
    uint32_t due_s;  /* when stale routes may have to go; UINT32_MAX: none */
    uint64_t unseen, losses, kept;
    struct rib_update update;
};

/* Returns what hangs on a peer; finds it again when it hung on another tracker before. */
struct rib_session *rib_session_of(struct rib_feed *f, const struct track *t,
                                   const struct track_item *item, struct track_peer *p);

/* Whether a session lost its tracker and is, but for the view, this one. */
bool rib_session_is_adrift(const struct rib_session *s, const struct track *t,
                           const struct track_item *item, const struct track_peer *p);

/* Begins a session, with what its peer left before. Returns 0, or -1 when memory runs out. */
MUST_USE int rib_session_begin(struct rib_feed *f, const struct track *t,
                               const struct track_item *item, struct track_peer *p);

/* Remembers that there is a session of which nothing is known. Returns 0, or -1 when memory
 * runs out. */
MUST_USE int rib_session_unseen(struct rib_feed *f, const struct track *t,
                                const struct track_item *item);

/* Nobody knows any more what it holds. */
void rib_session_lose(struct rib_feed *f, struct rib_session *s);

/* Ends a session as its peer and we agreed; or with all that it held. `s` may be NULL. */
void rib_session_down(struct rib_feed *f, struct rib_session *s, uint32_t time_s);
void rib_session_end(struct rib_feed *f, struct rib_session *s);

#endif
