/* SPDX-License-Identifier: BSD-2-Clause */
/* rib_pool: blocks by size classes out of large regions. Floor F3.
 *
 * Up to 16 units each size is a class of its own; above, each doubling has eight. */
#include "schemas/rib/rib_pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT = 16, STEPS = 8, STEP_BITS = 3 };

static const uint32_t region_units = UINT32_C(1) << RIB_POOL_REGION_BITS;

struct size_class {
    unsigned index;
    uint32_t units; /* that every block of the class has */
};

static struct size_class class_of_units(uint32_t units)
{
    if (units <= EXACT)
        return (struct size_class){units - 1, units};
    unsigned shift = 32 - (unsigned)__builtin_clz(units - 1) - STEP_BITS - 1;
    uint32_t step = (units - 1) >> shift;
    return (struct size_class){EXACT + (shift - 1) * STEPS + step - STEPS, (step + 1) << shift};
}

static uint32_t units_of_class(unsigned index)
{
    if (index < EXACT)
        return index + 1;
    unsigned shift = (index - EXACT) / STEPS + 1;
    return (STEPS + (index - EXACT) % STEPS + 1) << shift;
}

static struct size_class class_of(size_t len)
{
    assert(len > 0 && len <= RIB_POOL_MAX);
    return class_of_units((uint32_t)((len + RIB_POOL_UNIT - 1) / RIB_POOL_UNIT));
}

/* A free block's first octets hold the number of the next one. */
static void push(struct rib_pool *p, unsigned index, uint32_t block)
{
    memcpy(rib_pool_at(p, block), &p->free[index], sizeof(p->free[index]));
    p->free[index] = block;
    p->some[index / 64] |= UINT64_C(1) << (index % 64);
}

static uint32_t pop(struct rib_pool *p, unsigned index)
{
    uint32_t block = p->free[index];
    if (block == 0)
        return 0;
    memcpy(&p->free[index], rib_pool_at(p, block), sizeof(p->free[index]));
    if (p->free[index] == 0)
        p->some[index / 64] &= ~(UINT64_C(1) << (index % 64));
    return block;
}

/* Gives `units` units at `block` back as the largest blocks they make. */
static void push_rest(struct rib_pool *p, uint32_t block, uint32_t units)
{
    while (units > 0) {
        struct size_class c = class_of_units(units);
        if (c.units > units) /* the next smaller size fits */
            c.units = units_of_class(--c.index);
        push(p, c.index, block);
        block += c.units;
        units -= c.units;
    }
}

/* Cuts from a free block of at least twice the size: less would leave crumbs. */
static uint32_t split(struct rib_pool *p, uint32_t units)
{
    unsigned from = class_of_units(2 * units).index;
    for (unsigned word = from / 64; word < 2; word++) {
        uint64_t bits = p->some[word];
        if (word == from / 64)
            bits &= ~UINT64_C(0) << (from % 64);
        if (bits == 0)
            continue;
        unsigned index = word * 64 + (unsigned)__builtin_ctzll(bits);
        uint32_t block = pop(p, index);
        push_rest(p, block + units, units_of_class(index) - units);
        return block;
    }
    return 0;
}

static int add_region(struct rib_pool *p)
{
    if (p->region_cnt >= UINT32_C(1) << (32 - RIB_POOL_REGION_BITS)) {
        errno = ENOMEM;
        return -1;
    }
    if (p->region_cnt == p->region_cap) {
        uint32_t cap = p->region_cap > 0 ? 2 * p->region_cap : 16;
        uint8_t **more = reallocarray(p->regions, cap, sizeof(more[0]));
        if (more == NULL)
            return -1;
        p->regions = more;
        p->region_cap = cap;
    }
    uint8_t *region = malloc((size_t)region_units * RIB_POOL_UNIT);
    if (region == NULL)
        return -1;
    uint32_t old_next = p->next, old_cnt = p->region_cnt;
    p->regions[p->region_cnt++] = region;
    p->next = old_cnt == 0 ? 1 : 0; /* number 0 means no block */
    if (old_cnt > 0 && old_next < region_units)
        push_rest(p, (old_cnt - 1) << RIB_POOL_REGION_BITS | old_next, region_units - old_next);
    return 0;
}

static uint32_t fresh(struct rib_pool *p, uint32_t units)
{
    if ((p->region_cnt == 0 || region_units - p->next < units) && add_region(p) != 0)
        return 0;
    uint32_t block = (p->region_cnt - 1) << RIB_POOL_REGION_BITS | p->next;
    p->next += units;
    return block;
}

uint32_t rib_pool_get(struct rib_pool *p, size_t len)
{
    struct size_class c = class_of(len);
    uint32_t block = pop(p, c.index);
    if (block == 0 && 2 * c.units <= RIB_POOL_MAX / RIB_POOL_UNIT)
        block = split(p, c.units);
    if (block == 0)
        block = fresh(p, c.units);
    if (block != 0)
        p->used += (uint64_t)c.units * RIB_POOL_UNIT;
    return block;
}

void rib_pool_put(struct rib_pool *p, uint32_t block, size_t len)
{
    struct size_class c = class_of(len);
    p->used -= (uint64_t)c.units * RIB_POOL_UNIT;
    push(p, c.index, block);
}

void rib_pool_drop(struct rib_pool *p)
{
    for (uint32_t i = 0; i < p->region_cnt; i++)
        free(p->regions[i]);
    free(p->regions);
    *p = (struct rib_pool){0};
}

uint64_t rib_pool_reserved(const struct rib_pool *p)
{
    return (uint64_t)p->region_cnt * region_units * RIB_POOL_UNIT;
}
