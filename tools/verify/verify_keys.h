/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_keys: a set of keys with a number each. Floor F4. */
#ifndef RIBTAPE_TOOLS_VERIFY_VERIFY_KEYS_H
#define RIBTAPE_TOOLS_VERIFY_VERIFY_KEYS_H

#include "base/cur.h"

struct verify_keys_slot {
    uint64_t key; /* 0: free */
    uint32_t value;
};

/* Zero-initialised: empty. */
struct verify_keys {
    struct verify_keys_slot *slot; /* owned, a power of two */
    size_t cap, cnt;
};

/* Sets a key's number (key 0 is ignored). Returns 0, or -1 when memory runs out. */
MUST_USE int verify_keys_set(struct verify_keys *k, uint64_t key, uint32_t value);

/* Returns where a key's number is, or NULL. Valid until the next set. */
uint32_t *verify_keys_get(const struct verify_keys *k, uint64_t key);

/* Forgets all; keeps the memory. */
void verify_keys_clear(struct verify_keys *k);

void verify_keys_free(struct verify_keys *k);

#endif
