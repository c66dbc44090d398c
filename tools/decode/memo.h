/* SPDX-License-Identifier: BSD-2-Clause */
/* memo: text that was made of some octets, for when the same octets come again. Floor F4.
 *
 * A table of fixed size in which newer text takes older text's place. Octets are compared, not
 * only their hash: a text is never another's. Not thread-safe. */
#ifndef RIBTAPE_TOOLS_DECODE_MEMO_H
#define RIBTAPE_TOOLS_DECODE_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "base/emit.h"

struct memo;

/* What a text was made of: octets, and whatever else it depends on as a number. */
struct memo_key {
    const uint8_t *p;
    size_t len;
    uint64_t tag;
};

/* Makes an empty memo (about 2 MiB). NULL when memory runs out. */
struct memo *memo_new(void);
void memo_free(struct memo *m);

/* Returns the text of a key, borrowed until the next memo_keep; p is NULL when there is none.
 */
struct str memo_find(const struct memo *m, const struct memo_key *k);

/* Keeps the text of a key, unless either is too long to be worth it. */
void memo_keep(struct memo *m, const struct memo_key *k, const char *text, size_t len);

#endif
