/* SPDX-License-Identifier: BSD-2-Clause */
/* record_route: records of one route each, for readers that want lines and no nesting. Floor
 * F3.
 *
 * A route's record is an update's (docs/records.md) with one NLRI in `announce` or `withdraw`;
 * each announcement repeats the attributes. What holds no route makes its usual record. */
#ifndef RIBTAPE_SCHEMAS_RECORD_ROUTE_H
#define RIBTAPE_SCHEMAS_RECORD_ROUTE_H

#include "schemas/filter.h"

/* Where the records go, and what the caller does after each (a line feed). */
struct record_lines {
    struct emit *e;
    void (*end)(void *arg);
    void *arg;
    const char *collector; /* may be NULL */
    const struct record_options *o;
    struct filter_subject *filter; /* write only routes that pass; NULL: all */
};

/* Writes the records of one tracked frame, or of an MRT walk's item. */
void record_routes_item(const struct record_lines *l, const struct track_item *item);
void record_routes_mrt(const struct record_lines *l, const struct mrt_walk *w,
                       const struct bgp_ctx *ctx);

#endif
