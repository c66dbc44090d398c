/* SPDX-License-Identifier: BSD-2-Clause */
/* routes: made-up routes with the shapes of real tables. Floor F4.
 *
 * A generator yields sets: attributes and the prefixes that share them, as one UPDATE announces
 * them. The same seed gives the same sets on every machine. No prefix comes twice. Shapes
 * (prefix lengths, path lengths, attributes present, communities, NLRI per UPDATE) are those
 * of public RIS dumps; the tables are in routes.c. */
#ifndef RIBTAPE_TOOLS_GENERATE_ROUTES_H
#define RIBTAPE_TOOLS_GENERATE_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ROUTES_MAX = 10000000,
    ROUTES_PATH_MAX = 32,
    ROUTES_COMMUNITIES_MAX = 70,
    ROUTES_PREFIXES_MAX = 600,       /* with the longest attributes still below 4,096 octets */
    ROUTES_PATHS_MAX = 16,           /* of one prefix, with path identifiers */
    ROUTES_PATHS_PREFIXES_MAX = 400, /* prefixes in one UPDATE then */
    ROUTES_GONE_MAX = 512,           /* withdrawn prefixes that are remembered */
};

struct routes_prefix {
    uint8_t addr[16]; /* IPv4: the first four */
    uint8_t bits;
};

/* What one UPDATE announces. */
struct routes_set {
    bool v6;
    bool withdraw;    /* the prefixes are withdrawn: no attributes */
    uint32_t path_id; /* from 1 on; 0: none */
    uint8_t origin;
    bool has_med, atomic, has_aggregator;
    uint32_t med;
    uint32_t path[ROUTES_PATH_MAX]; /* after the announcing peer's own AS */
    unsigned path_cnt;              /* at least 1 */
    uint32_t communities[ROUTES_COMMUNITIES_MAX];
    unsigned community_cnt;
    struct routes_prefix prefixes[ROUTES_PREFIXES_MAX];
    unsigned prefix_cnt; /* at least 1 */
};

/* A generator; the caller holds it, nothing to free. */
struct routes {
    uint64_t random;
    uint32_t left, left6; /* routes still to come */
    uint32_t used[33];    /* prefixes given out, by length */
    uint32_t used6[65];
    unsigned paths;      /* of each prefix; 0: without path identifiers */
    unsigned paths_left; /* of the set at hand */
    struct routes_gone {
        bool v6;
        uint32_t path_id;
        struct routes_prefix prefix;
    } gone[ROUTES_GONE_MAX]; /* a ring */
    unsigned gone_cnt, gone_at;
};

/* Prepares a generator of `cnt` IPv4 and then `cnt6` IPv6 prefixes (each at most ROUTES_MAX).
 * `paths`: how many paths each has, up to ROUTES_PATHS_MAX, each with an identifier of its own;
 * 0: one without. */
void routes_init(struct routes *r, uint64_t seed, uint32_t cnt, uint32_t cnt6, unsigned paths);

/* Makes the next set. Returns false when all routes were given out. The sets of one run of
 * prefixes, one for each path, follow one another: fill *set again without touching it. */
bool routes_next(struct routes *r, struct routes_set *set);

/* Makes a change of the table that routes_next gave out: other paths for some prefixes, some
 * withdrawn, some of those announced again, in the shares and sizes of a RIS peer's updates.
 * The table must have a route. */
void routes_change(struct routes *r, struct routes_set *set);

/* Returns a number below `peers`: whose change the next one is. */
uint32_t routes_peer(struct routes *r, unsigned peers);

/* Returns how many messages the next second of a feed has whose mean is `rate` a second. */
uint32_t routes_rate(struct routes *r, uint32_t rate);

#endif
