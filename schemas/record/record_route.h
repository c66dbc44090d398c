/* SPDX-License-Identifier: BSD-2-Clause */
/* record_route: records of one route each, for readers that want lines and no nesting. Floor
 * F3.
 *
 * A route's record is an update's (docs/records.md) with one NLRI in `announce` or `withdraw`;
 * each announcement repeats the attributes. What holds no route makes its usual record. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_ROUTE_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_ROUTE_H

#include "schemas/filter/filter.h"

/* A route about to be written, as a keeper of tables sees it. */
struct record_route {
    const struct bgp_update *update;
    const struct nlri *nlri;
    bool mp; /* it is in MP_REACH_NLRI or MP_UNREACH_NLRI */
    bool withdraw;
};

/* Where the records go, and what the caller does after each (a line feed). */
struct record_lines {
    struct emit *e;
    void (*end)(void *arg);
    void *arg;
    const char *collector; /* may be NULL */
    const struct record_options *o;
    const struct record_meta *meta; /* of the tracked frame; NULL: not filled yet */
    struct filter_subject *filter; /* write only routes that pass; NULL: all */
    /* For keepers of tables: asked before each route whether its record is wanted. With it,
     * withdrawals come before announcements (RFC 4271 section 4.3: a prefix in both is
     * announced), broken messages give what parses, and what has no route no record. NULL:
     * none. */
    bool (*route)(void *arg, const struct record_route *r);
};

/* Writes the records of one tracked frame, or of an MRT walk's item. */
void record_routes_item(const struct record_lines *l, const struct track_item *item);
void record_routes_mrt(const struct record_lines *l, const struct mrt_walk *w,
                       const struct bgp_ctx *ctx);

#endif
