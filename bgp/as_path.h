/* SPDX-License-Identifier: BSD-2-Clause */
/* as_path: walking the segments of AS_PATH and AS4_PATH (RFC 4271, RFC 5065, RFC 6793). Floor
 * F1. */
#ifndef RIBTAPE_BGP_AS_PATH_H
#define RIBTAPE_BGP_AS_PATH_H

#include "bgp/attr.h"

enum as_segment_type { AS_SET = 1, AS_SEQUENCE = 2, AS_CONFED_SEQUENCE = 3, AS_CONFED_SET = 4 };

struct as_segment {
    uint8_t type;    /* enum as_segment_type */
    uint8_t cnt;     /* AS numbers, 1 to 255 */
    unsigned as_len; /* octets of each, 2 or 4 */
    struct cur asns;
};

/* Fetches the next segment of a path whose AS numbers take `as_len` octets. Returns 1, 0 at the
 * end, -1 with *fault. */
int as_path_next(struct cur *c, unsigned as_len, struct as_segment *s,
                 struct nlri_fault *fault);

/* Fetches the next AS number of a segment. Returns false at its end. */
bool as_segment_next(struct as_segment *s, uint32_t *asn);

/* How a segment, a whole path, counts in a path's length: a set once, a confederation's segment
 * not at all (RFC 4271 section 9.1.2.2, RFC 5065 section 5.3). A path that does not parse: -1. */
uint32_t as_segment_length(const struct as_segment *s);
int64_t as_path_length(struct cur c, unsigned as_len);

static inline bool as_segment_is_confed(const struct as_segment *s)
{
    return s->type == AS_CONFED_SEQUENCE || s->type == AS_CONFED_SET;
}

/* Emits one segment as DESIGN section 5 has it, items of the array that is open; consumes it.
 * Returns how many AS 0 it holds (RFC 7607). */
uint32_t as_segment_emit(struct as_segment *s, struct emit *e);

/* Returns whether a whole value parses with AS numbers of `as_len` octets. */
bool as_path_parses(struct cur c, unsigned as_len);

/* Returns whether a value is nothing but sequences in the session's width, without AS 0. */
bool as_path_is_plain(struct cur value, const struct bgp_ctx *ctx);

/* Returns 2 or 4: the session's width, or the other one when only that parses and nobody pinned
 * it. */
unsigned as_path_width(struct cur value, const struct bgp_ctx *ctx);

#endif
