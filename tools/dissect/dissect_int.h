/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect_int: what the files of a dissection's log share. Floor F4; internal to
 * tools/dissect/dissect_*.c. */
#ifndef RIBTAPE_TOOLS_DISSECT_DISSECT_INT_H
#define RIBTAPE_TOOLS_DISSECT_DISSECT_INT_H

#include "tools/dissect/dissect.h"

/* What a value was made of, as far as is known. */
struct dissect_origin {
    const uint8_t *p; /* octets it was formatted from; may be elsewhere */
    uint32_t len;     /* 0: unknown */
    const uint64_t *number;
};

/* ---- dissect_log.c ---- */

/* Returns whether the octets are in what is dissected, with their place. */
bool dissect_place(const struct dissect *x, const uint8_t *p, uint32_t len, uint32_t *at);

/* Adds a span. Returns its number, or DISSECT_NONE when there are too many or no memory. */
int dissect_add_span(struct dissect *x, struct dissect_span s);

/* Returns the latest span of just these octets, or DISSECT_NONE. */
int dissect_find_span(const struct dissect *x, uint32_t at, uint32_t len);

/* Opens a container; closes it. */
void dissect_push(struct dissect *x, struct dissect_node n, const char *name, size_t name_len);
void dissect_pop(struct dissect *x);

/* Notes a value whose text is in x->text from `from` on. */
void dissect_add_value(struct dissect *x, struct str key, size_t from,
                       const struct dissect_origin *o);

/* ---- dissect_match.c ---- */

/* Returns the span that a value was made of, or DISSECT_NONE. `hint`: its expression; may be
 * NULL. */
int dissect_match(struct dissect *x, struct str key, const struct dissect_origin *o,
                  const char *hint);

/* ---- dissect_emit.c ---- */

extern const struct emit_ops dissect_ops;

#endif
