/* SPDX-License-Identifier: BSD-2-Clause */
/* record_mrt: the records of what an MRT file holds. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_MRT_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_MRT_H

#include "mrt/read.h"
#include "schemas/record/record.h"

/* Returns a record's time: nanoseconds since the epoch. */
uint64_t record_mrt_time(const struct mrt_record *rec);

/* Fills *p (not of any tracker) with an item's peer and local side. */
void record_mrt_peer(const struct mrt_item *item, struct track_peer *p);

/* Returns who and when of an item's record; `peer` is what record_mrt_peer made of it, and
 * borrowed. */
struct record_meta record_mrt_meta(const char *collector, const struct mrt_item *item,
                                   const struct track_peer *peer);

/* Indexes the attributes of a RIB entry, and says where its next hop is (empty: it has none).
 * MP_REACH_NLRI is taken in both its forms (RFC 6396 section 4.3.4); one whose NLRI is another
 * or more than the entry's stays among the attributes. *u borrows the entry. */
void record_rib_index(const struct mrt_rib *rib, const struct bgp_ctx *ctx,
                      struct bgp_update *u, struct cur *next_hop);

/* Writes the record of w->item: a message, a state, a RIB entry, a table of peers, or a raw
 * record. `ctx` decodes BGP in it. Returns as record_bgp. */
int record_mrt(struct emit *e, const char *collector, const struct mrt_walk *w,
               const struct bgp_ctx *ctx, const struct record_options *o,
               struct bgp_diags *diags);

/* Writes a whole record as it is: for what a walk could not read. */
int record_mrt_raw(struct emit *e, const char *collector, const struct mrt_record *rec,
                   const struct nlri_fault *fault);

#endif
