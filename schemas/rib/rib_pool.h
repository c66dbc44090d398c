/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_pool: the RIB's memory: small blocks without headers, named by 32-bit numbers. Floor F3.
 *
 * A table of ten million routes is made of as many small blocks; pointers and malloc's headers
 * would be half of it. Blocks are multiples of eight octets out of regions of 4 MiB; freed ones
 * wait in lists by size and are split when something smaller is wanted. Nothing goes back to
 * the system before rib_pool_drop. Not thread-safe. */
#ifndef RIBTAPE_SCHEMAS_RIB_RIB_POOL_H
#define RIBTAPE_SCHEMAS_RIB_RIB_POOL_H

#include <stddef.h>
#include <stdint.h>

enum {
    RIB_POOL_UNIT = 8,
    RIB_POOL_REGION_BITS = 19, /* units in a region: 4 MiB */
    RIB_POOL_CLASSES = 96,
    RIB_POOL_MAX = 128 * 1024, /* octets of one block */
};

struct rib_pool {
    uint8_t **regions; /* owned */
    uint32_t region_cnt;
    uint32_t region_cap;
    uint32_t next;                   /* first unit of the last region never given out */
    uint32_t free[RIB_POOL_CLASSES]; /* first block of each size, 0: none */
    uint64_t some[2];                /* bit per class that has free blocks */
    uint64_t used;                   /* octets in blocks that are held */
};

/* Gives out a block of `len` octets (1 to RIB_POOL_MAX), uninitialised. Returns its number,
 * never 0, or 0 when memory or numbers (32 GiB) run out (errno ENOMEM). A zeroed pool is ready.
 */
uint32_t rib_pool_get(struct rib_pool *p, size_t len);

/* Takes a block back; `len` as it was asked for. */
void rib_pool_put(struct rib_pool *p, uint32_t block, size_t len);

/* Frees all memory; the pool is empty and usable again. */
void rib_pool_drop(struct rib_pool *p);

/* Returns a block's octets, aligned to eight; valid until it is put back. */
static inline void *rib_pool_at(const struct rib_pool *p, uint32_t block)
{
    uint32_t unit = block & ((UINT32_C(1) << RIB_POOL_REGION_BITS) - 1);
    return p->regions[block >> RIB_POOL_REGION_BITS] + (size_t)unit * RIB_POOL_UNIT;
}

/* Returns the octets taken from the system. */
uint64_t rib_pool_reserved(const struct rib_pool *p);

#endif
