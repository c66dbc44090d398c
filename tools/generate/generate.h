/* SPDX-License-Identifier: BSD-2-Clause */
/* generate: `ribtape generate`, what its loop and its formats share. Floor F4. */
#ifndef RIBTAPE_TOOLS_GENERATE_GENERATE_H
#define RIBTAPE_TOOLS_GENERATE_GENERATE_H

#include <stdio.h>

#include "tools/generate/encode.h"
#include "tools/generate/routes.h"

/* Room for what a format makes of one message. */
enum { GENERATE_OUT_MAX = 4 * ENCODE_MESSAGE_MAX };

struct generate;

/* One output format: what comes before the messages of a peer, how one message goes out, and
 * what comes behind them. */
struct generate_format {
    const char *name;
    void (*begin)(struct generate *g, struct wr *w, unsigned i); /* may be NULL: one peer */
    void (*message)(struct generate *g, struct wr *w, unsigned i, const uint8_t *msg,
                    size_t len);
    void (*end)(struct generate *g, struct wr *w, unsigned i); /* may be NULL */
    /* Takes whole sets of the table in place of messages: has no changes. NULL: does not. */
    int (*set)(struct generate *g, const struct routes_set *set);
    void (*drop)(struct generate *g); /* frees; may be NULL */
};

/* Where a peer's connection stands: the next sequence numbers of the peer and of the router. */
struct generate_flow {
    uint32_t seq[2];
};

struct generate {
    uint32_t routes, routes6;
    uint64_t seed;
    unsigned peers, paths;
    uint64_t changes; /* messages after the table */
    uint32_t rate;    /* of them, a second */
    uint64_t time_us; /* of the next message */
    const struct generate_format *format;
    struct generate_flow *flows; /* by peer */
    struct generate_rib *rib;    /* the RIB's own */
    const char *path;
    FILE *out;
};

extern const struct generate_format generate_updates, generate_mrt, generate_bmp, generate_pcap,
    generate_rib;

/* Returns peer number `i`. */
struct encode_peer generate_peer(const struct generate *g, unsigned i);

#endif
