/* SPDX-License-Identifier: BSD-2-Clause */
/* table: a chained hash table of nodes that live in their owners' structs. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_TRACK_TABLE_H
#define RIBTAPE_SCHEMAS_TRACK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

struct table_node {
    struct table_node *next;
    uint64_t hash;
};

/* Zero-initialised: empty. */
struct table {
    struct table_node **bucket;
    size_t cap; /* buckets, a power of two */
    size_t cnt;
};

/* Makes room for one more node. Returns 0, or -1 with errno ENOMEM. */
MUST_USE int table_reserve(struct table *t);

/* Adds a node whose hash is set, after table_reserve. Can't fail. */
void table_add(struct table *t, struct table_node *n);

/* Removes a node that is in the table. */
void table_del(struct table *t, struct table_node *n);

/* Returns the first node of the chain where `hash` belongs, or NULL; the caller compares
 * hash and key, and goes on by ->next. */
struct table_node *table_chain(const struct table *t, uint64_t hash);

/* Frees the buckets; the nodes are their owners'. */
void table_free(struct table *t);

#endif
