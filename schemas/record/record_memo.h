/* SPDX-License-Identifier: BSD-2-Clause */
/* record_memo: what attributes seen a moment ago became, as JSON or Avro. Floor F3.
 *
 * Routers send the same attributes in many messages on end: a Loc-RIB or an Adj-RIB-In goes out
 * with one route a message, and one change comes from each of many peers. What their text was
 * is looked up by the octets themselves. The cache is small, of fixed size, and an entry gives
 * way to the next one of its place. One thread's. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_MEMO_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/emit.h"

struct record_memo;

/* What a text depends on. */
struct record_memo_key {
    const uint8_t *p; /* the attributes' octets, borrowed */
    uint32_t len;
    uint8_t flags; /* of what else decides; the user's */
    uint8_t place; /* where it is kept */
};

struct record_memo_key record_memo_key_of(const uint8_t *p, uint32_t len, uint8_t flags);

enum { RECORD_MEMO_ENTRIES = 256, RECORD_MEMO_ENTRY_LEN = 1024 /* octets and text in one */ };

/* NULL when memory runs out. */
struct record_memo *record_memo_new(void);
void record_memo_free(struct record_memo *m); /* NULL is allowed */

/* Returns the text kept for a key, borrowed until the next record_memo_keep; p NULL: none. */
struct str record_memo_find(const struct record_memo *m, const struct record_memo_key *key);

/* Keeps a text, when it and its key fit into an entry. */
void record_memo_keep(struct record_memo *m, const struct record_memo_key *key,
                      const char *text, size_t len);

#endif
