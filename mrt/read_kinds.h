/* SPDX-License-Identifier: BSD-2-Clause */
/* read_kinds: one row per type and subtype of record, as the readers' files share it. Floor F2;
 * internal to mrt/read*.c. */
#ifndef RIBTAPE_MRT_READ_KINDS_H
#define RIBTAPE_MRT_READ_KINDS_H

#include "mrt/read.h"

/* How a record's body is read. */
enum mrt_mark {
    MRT_ASN4 = 1 << 0,
    MRT_ADD_PATH = 1 << 1,
    MRT_SENT = 1 << 2,
    MRT_GENERIC = 1 << 3,
};

/* Yields the record's next item. `w->left` counts what is still to come. Returns as
 * mrt_walk_next. */
typedef int mrt_next_fn(struct mrt_walk *w);

/* Reads what stands before the items. Returns 0, or -1 with w->fault. */
typedef int mrt_start_fn(struct mrt_walk *w);

struct mrt_kind {
    uint16_t type, subtype;
    const char *name;
    uint8_t marks; /* enum mrt_mark */
    uint16_t afi;  /* of a table's prefixes */
    uint8_t safi;
    uint8_t bgp_type; /* of a legacy record's message */
    uint16_t len_min; /* octets of body, for believing a header */
    mrt_start_fn *start;
    mrt_next_fn *next;
};

/* Returns the row, or NULL. */
const struct mrt_kind *mrt_kind_of(uint16_t type, uint16_t subtype);

/* Returns -1 with w->fault from a cursor that failed. */
int mrt_fault(struct mrt_walk *w, const struct cur *c);

mrt_start_fn mrt_start_message, mrt_start_state, mrt_start_entry; /* read_bgp4mp.c */
mrt_start_fn mrt_start_legacy, mrt_start_legacy_state;            /* read_legacy.c */
mrt_start_fn mrt_start_peers, mrt_start_geo, mrt_start_rib;       /* read_rib.c */
mrt_start_fn mrt_start_table;                                     /* read_table.c */
mrt_next_fn mrt_next_one, mrt_next_rib, mrt_next_table;

/* Makes the whole record its one item, raw. Returns 0. */
int mrt_give_raw(struct mrt_walk *w);

/* Reads one address of 4 or 16 octets. */
bool mrt_read_addr(struct cur *c, uint8_t len, uint8_t addr[16]);

/* Reads an AS number of two or four octets. */
bool mrt_read_asn(struct cur *c, bool four, uint32_t *asn);

#endif
