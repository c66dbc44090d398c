/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_mrt: a RIB's routes as TABLE_DUMP_V2 records (RFC 6396 section 4.3, RFC 8050). Floor F3.
 *
 * One record per NLRI and presence of path ids; more than 65,535 entries, 16 MiB of attributes
 * or NLRI that differ between peers (labels) make several. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_MRT_H
#define RIBTAPE_SCHEMAS_RIB_RIB_MRT_H

#include "base/buf.h"
#include "mrt/rib.h"
#include "schemas/rib/rib.h"

enum { RIB_MRT_NOT = 0xffff }; /* an index no table has: the peer is not wanted */

struct rib_mrt {
    const struct rib *rib;
    uint32_t time_s; /* of the dump */
    const uint16_t
        *index;         /* borrowed; place in the table by number in the RIB, or RIB_MRT_NOT */
    uint32_t index_cnt; /* numbers beyond are not wanted */
    /* Takes a whole record. Returns 0, or anything else to end. */
    int (*put)(void *arg, const void *p, size_t len);
    void *arg;
    uint64_t records, entries; /* out */
    /* its own: */
    uint32_t seq;
    struct buf buf;
    struct mrt_rib_entry *v; /* owned, MRT_RIB_ENTRIES_MAX; of the record in hand */
    struct mrt_rib_node node;
    size_t attrs_len;
};

/* Writes all wanted routes of one family, in the order of rib_walk. `m` begins with rib,
 * time_s, index, index_cnt, put and arg set and the rest zero; it goes on from family to
 * family. Returns 0, -1 with errno, or what `put` returned. */
MUST_USE int rib_mrt_family(struct rib_mrt *m, unsigned family);

void rib_mrt_free(struct rib_mrt *m);

#endif
