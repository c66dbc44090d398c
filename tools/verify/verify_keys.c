/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_keys: open addressing; keys are hashes already. Floor F4. */
#include "tools/verify/verify_keys.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 1024 };

static struct verify_keys_slot *slot_of(const struct verify_keys *k, uint64_t key)
{
    size_t at = key & (k->cap - 1);
    while (k->slot[at].key != 0 && k->slot[at].key != key)
        at = (at + 1) & (k->cap - 1);
    return &k->slot[at];
}

static int grow(struct verify_keys *k)
{
    struct verify_keys more = {.cap = k->cap > 0 ? 2 * k->cap : FIRST_CAP, .cnt = k->cnt};
    more.slot = calloc(more.cap, sizeof more.slot[0]);
    if (more.slot == NULL)
        return -1;
    for (size_t i = 0; i < k->cap; i++) {
        if (k->slot[i].key != 0)
            *slot_of(&more, k->slot[i].key) = k->slot[i];
    }
    free(k->slot);
    *k = more;
    return 0;
}

int verify_keys_set(struct verify_keys *k, uint64_t key, uint32_t value)
{
    if (key == 0)
        return 0;
    if (4 * (k->cnt + 1) > 3 * k->cap && grow(k) != 0)
        return -1;
    struct verify_keys_slot *s = slot_of(k, key);
    k->cnt += s->key == 0;
    *s = (struct verify_keys_slot){key, value};
    return 0;
}

uint32_t *verify_keys_get(const struct verify_keys *k, uint64_t key)
{
    if (k->cnt == 0 || key == 0)
        return NULL;
    struct verify_keys_slot *s = slot_of(k, key);
    return s->key != 0 ? &s->value : NULL;
}

void verify_keys_clear(struct verify_keys *k)
{
    if (k->cnt > 0)
        memset(k->slot, 0, k->cap * sizeof k->slot[0]);
    k->cnt = 0;
}

void verify_keys_free(struct verify_keys *k)
{
    free(k->slot);
    *k = (struct verify_keys){0};
}
