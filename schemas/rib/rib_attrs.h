/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_attrs: sets of path attributes, each stored once. Floor F3.
 *
 * A set is raw octets: what to put into them is the caller's business (rib_feed: the attributes
 * as they came, without NLRI). Found by SipHash under a random key, as peers choose the octets.
 * Each holder counts. Not thread-safe. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_ATTRS_H
#define RIBTAPE_SCHEMAS_RIB_RIB_ATTRS_H

#include "base/cur.h"
#include "schemas/rib/rib_pool.h"

enum { RIB_ATTRS_MAX = 65535 }; /* octets of a set: no BGP message is longer (RFC 8654) */

struct rib_attrs_slot;

struct rib_attrs {
    struct rib_pool *pool; /* borrowed */
    uint64_t key[2];
    struct rib_attrs_slot *slots; /* owned, a power of two */
    uint32_t slot_cnt;
    uint32_t cnt;
};

/* Makes an empty store whose sets live in `pool`. */
void rib_attrs_init(struct rib_attrs *a, struct rib_pool *pool);

/* Frees the index; the sets go with the pool. */
void rib_attrs_free(struct rib_attrs *a);

/* Finds or adds a set of `len` octets (0 to RIB_ATTRS_MAX) and holds it once more. Returns its
 * number, never 0, or 0 when memory runs out (errno ENOMEM). */
MUST_USE uint32_t rib_attrs_hold(struct rib_attrs *a, const void *p, size_t len);

/* Holds a set that is held already once more. */
void rib_attrs_hold_again(struct rib_attrs *a, uint32_t id);

/* Lets go of a set; the last holder's frees it. */
void rib_attrs_release(struct rib_attrs *a, uint32_t id);

/* Returns a held set's octets, borrowed until it is released. */
struct cur rib_attrs_get(const struct rib_attrs *a, uint32_t id);

/* Returns the octets of the index. */
uint64_t rib_attrs_index_size(const struct rib_attrs *a);

#endif
