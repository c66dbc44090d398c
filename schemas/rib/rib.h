/* SPDX-License-Identifier: BSD-2-Clause */
/* rib: the routes that peers hold up, as an in-memory table of all families. Floor F3.
 *
 * Prefix-major: one node per NLRI (by its canonical key, nlri.h), under it packed entries
 * {peer, set of attributes, path id, time}. An entry is 12 octets, 16 with a path id (RFC
 * 7911), 20 where the NLRI has parts that its key leaves out (labels) and is kept as it came.
 * Families without a row in nlri_map can't be stored: nobody knows what withdraws what.
 *
 * Marks tell routes that a peer has yet to confirm: after a graceful restart (RFC 4724, 9494)
 * and between BoRR and EoRR (RFC 7313). An announcement clears them; a sweep drops what is
 * still marked. Marking, sweeping and clearing take no time, however many routes there are:
 * they move a border (rib_int.h); the memory of what they dropped is used again by the same
 * routes, or freed little by little. Not thread-safe: the RIB keeper's thread owns it. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_H
#define RIBTAPE_SCHEMAS_RIB_RIB_H

#include "bgp/nlri.h"
#include "schemas/rib/rib_attrs.h"

struct rib;

enum { RIB_PEERS_MAX = 0xffffff };
#define RIB_PEER_NONE UINT32_MAX

enum rib_mark {
    RIB_MARK_STALE = 1,   /* kept over a restart of the session */
    RIB_MARK_REFRESH = 2, /* not seen again since BoRR */
};

enum rib_result {
    RIB_FAILED = -1, /* memory ran out (errno ENOMEM): nothing changed */
    RIB_NEW,
    RIB_REPLACED,  /* another route of the peer for this NLRI (and path id) was there */
    RIB_WITHDRAWN, /* it was there and is gone */
    RIB_ABSENT,    /* nothing to withdraw */
    RIB_FULL,      /* the peer is at its limit; not stored */
    RIB_NO_KEY,    /* the NLRI has no key: unknown family or odd content; not stored */
};

/* One route of a walk. */
struct rib_route {
    uint32_t peer;
    uint32_t path_id; /* valid when has_path_id */
    uint32_t time_s;  /* seconds since the epoch, UTC: when it was announced */
    uint32_t attrs_id;
    bool has_path_id;
    uint8_t marks;    /* enum rib_mark, combined */
    struct cur attrs; /* borrowed for the call */
    struct cur nlri;  /* without path id; borrowed for the call */
};

/* All routes for one NLRI, by peer and path id. */
struct rib_node_view {
    unsigned family; /* index in nlri_map */
    const struct rib_route *routes;
    size_t cnt; /* at least 1 */
};

struct rib_stats {
    uint64_t routes;
    uint64_t dead;  /* dropped routes whose memory is not free yet */
    uint64_t nodes; /* distinct NLRI, of dead routes too */
    uint64_t attr_sets;
    uint64_t used_bytes;     /* in routes, nodes and sets */
    uint64_t reserved_bytes; /* from the system, indexes included */
};

struct rib *rib_new(void); /* NULL when memory runs out */
void rib_free(struct rib *r);

/* The sets of attributes: hold one per UPDATE, announce its NLRI with it, release it. */
struct rib_attrs *rib_attrs_of(struct rib *r);

/* Adds a peer that may hold `limit` routes (0: any number). Returns its number, small and used
 * again after rib_peer_remove (and tidying), or RIB_PEER_NONE (errno). */
MUST_USE uint32_t rib_peer_add(struct rib *r, uint32_t limit);

/* Sets another limit; routes beyond it that are there stay. */
void rib_peer_limit(struct rib *r, uint32_t peer, uint32_t limit);

/* Returns whether the peer has routes, or dead ones that are not freed yet. */
bool rib_peer_holds(const struct rib *r, uint32_t peer);

/* Withdraws all routes of a peer and forgets it. */
void rib_peer_remove(struct rib *r, uint32_t peer);

/* Returns how many routes the peer holds, and how many announcements its limit refused since it
 * was added or cleared. */
uint32_t rib_peer_routes(const struct rib *r, uint32_t peer);
uint32_t rib_peer_family_routes(const struct rib *r, uint32_t peer, unsigned family);
uint64_t rib_peer_refused(const struct rib *r, uint32_t peer);

/* Stores a route; takes a hold of `attrs` of its own. */
MUST_USE enum rib_result rib_announce(struct rib *r, uint32_t peer, const struct nlri *n,
                                      uint32_t attrs, uint32_t time_s);

/* Finds a peer's route. Returns whether there is one, with *route (attrs borrowed until the RIB
 * changes; nlri is not set). */
bool rib_find(const struct rib *r, uint32_t peer, const struct nlri *n,
              struct rib_route *route);

/* Removes a route. */
enum rib_result rib_withdraw(struct rib *r, uint32_t peer, const struct nlri *n);

#define RIB_ALL_FAMILIES UINT32_MAX

/* Removes all of a peer's routes of one family or RIB_ALL_FAMILIES (a session is down). Returns
 * the number. */
uint32_t rib_clear(struct rib *r, uint32_t peer, unsigned family);

/* Marks all of a peer's routes. */
void rib_mark(struct rib *r, uint32_t peer, unsigned family, enum rib_mark mark);

/* Removes those that still have the mark. Returns the number. */
uint32_t rib_sweep(struct rib *r, uint32_t peer, unsigned family, enum rib_mark mark);

/* Removes a peer's routes of one family or all whose attributes `fn` chooses. Walks the table.
 * Returns the number. */
uint32_t rib_filter(struct rib *r, uint32_t peer, unsigned family,
                    bool (*fn)(void *arg, struct cur attrs), void *arg);

/* Frees dead routes, looking at up to `nodes` NLRI. It need not be called: announcements do
 * some of it when much is dead. Returns whether dead routes are left. */
bool rib_tidy(struct rib *r, uint32_t nodes);

/* Calls `fn` for each NLRI of a family, in the order of its keys (of prefixes: by address, then
 * by length). `fn` must not change the RIB; a result other than 0 ends the walk. Returns that,
 * 0, or -1 when memory runs out. */
MUST_USE int rib_walk(const struct rib *r, unsigned family,
                      int (*fn)(void *arg, const struct rib_node_view *v), void *arg);

void rib_stats(const struct rib *r, struct rib_stats *s);

#endif
