/* SPDX-License-Identifier: BSD-2-Clause */
/* table: a chained hash table, at most one node a bucket in the mean. Floor F3. */
#include "schemas/track/table.h"

#include <stdlib.h>

enum { FIRST_CAP = 16 };

static void rehash(struct table *t, struct table_node **bucket, size_t cap)
{
    for (size_t i = 0; i < t->cap; i++) {
        struct table_node *n = t->bucket[i];
        while (n != NULL) {
            struct table_node *next = n->next;
            struct table_node **at = &bucket[n->hash & (cap - 1)];
            n->next = *at;
            *at = n;
            n = next;
        }
    }
}

int table_reserve(struct table *t)
{
    if (t->cnt < t->cap)
        return 0;
    size_t cap = t->cap > 0 ? 2 * t->cap : FIRST_CAP;
    struct table_node **bucket = calloc(cap, sizeof(struct table_node *));
    if (bucket == NULL)
        return -1;
    rehash(t, bucket, cap);
    free(t->bucket);
    t->bucket = bucket;
    t->cap = cap;
    return 0;
}

void table_add(struct table *t, struct table_node *n)
{
    struct table_node **at = &t->bucket[n->hash & (t->cap - 1)];
    n->next = *at;
    *at = n;
    t->cnt++;
}

void table_del(struct table *t, struct table_node *n)
{
    struct table_node **at = &t->bucket[n->hash & (t->cap - 1)];
    while (*at != n)
        at = &(*at)->next;
    *at = n->next;
    t->cnt--;
}

struct table_node *table_chain(const struct table *t, uint64_t hash)
{
    return t->cap > 0 ? t->bucket[hash & (t->cap - 1)] : NULL;
}

void table_free(struct table *t)
{
    free(t->bucket);
    *t = (struct table){0};
}
