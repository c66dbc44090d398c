/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_prefix: sets of prefixes, thousands of them, asked what lies within or around. Floor
 * F3.
 *
 * A set is kept sorted by address, then length. What an ordered set answers by a neighbour
 * takes one binary search where a trie takes a step per bit: a prefix that holds P is, among
 * those that no other of the set holds, the last one not after P; one within P is the first not
 * before P. */
#ifndef RIBTAPE_SCHEMAS_FILTER_FILTER_PREFIX_H
#define RIBTAPE_SCHEMAS_FILTER_FILTER_PREFIX_H

#include "bgp/nlri.h"

/* clang-format off */

/* What relation of a route's prefix to one of the set counts. */
#define FILTER_PREFIX_MODES(X)                                                           \
    X(EXACT, "exact")  /* the same */                                                    \
    X(MORE,  "more")   /* the same or more specific */                                   \
    X(LESS,  "less")   /* the same or less specific */                                   \
    X(ANY,   "any")    /* either: they overlap */

#define FILTER_ENUM_MODE(NAME, text) FILTER_PREFIX_##NAME,
enum filter_prefix_mode { FILTER_PREFIX_MODES(FILTER_ENUM_MODE) FILTER_PREFIX_MODE_CNT };

/* clang-format on */

/* An IPv4 or IPv6 prefix; IPv4 addresses are the first 32 bits. */
struct filter_prefix {
    uint64_t hi, lo;
    uint8_t bits;
};

struct filter_prefix_list {
    struct filter_prefix *v; /* owned */
    size_t cnt, cap;
    uint32_t *first; /* of long lists, owned: by the first 16 bits, how many come before them */
};

/* Zero-initialised: empty. */
struct filter_prefixes {
    struct filter_prefix_list all[2];  /* IPv4, IPv6 */
    struct filter_prefix_list tops[2]; /* those that no other one holds */
};

/* Makes a prefix of 4 or 16 octets. */
struct filter_prefix filter_prefix_of(const uint8_t *addr, unsigned addr_len, unsigned bits);

/* Adds one. Returns 0, or -1 when memory runs out. */
MUST_USE int filter_prefixes_add(struct filter_prefixes *s, bool v6, struct filter_prefix p);

/* Sorts; to be called once, after the last one was added. Returns as above. */
MUST_USE int filter_prefixes_finish(struct filter_prefixes *s);
void filter_prefixes_free(struct filter_prefixes *s);

/* Returns whether one of the set stands so to `p`. */
bool filter_prefixes_match(const struct filter_prefixes *s, enum filter_prefix_mode mode,
                           bool v6, struct filter_prefix p);

/* Reads the prefix of a unicast, multicast, labeled or VPN route. Returns false when it has
 * none. */
bool filter_prefix_of_nlri(const struct nlri *n, bool *v6, struct filter_prefix *p);

#endif
