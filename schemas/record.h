/* SPDX-License-Identifier: BSD-2-Clause */
/* record: the normalized record (DESIGN.md section 5), built from BGP, BMP and MRT. Floor F3.
 *
 * One record per wire message. The builders write through `emit`, so that the same code makes
 * JSON and whatever comes after. */
#ifndef RIBTAPE_SCHEMAS_RECORD_H
#define RIBTAPE_SCHEMAS_RECORD_H

#include "base/emit.h"
#include "bgp/update.h"
#include "schemas/track.h"

enum { RECORD_VERSION = 1 };

enum record_source { RECORD_BGP, RECORD_BMP, RECORD_MRT, RECORD_PCAP };

/* Who and when: the members every record starts with. Absent values (zero lengths, NULL) are
 * left out. */
struct record_meta {
    bool has_seq;
    uint64_t seq;
    uint64_t time_ns;        /* arrival */
    uint64_t router_time_ns; /* BMP: the router's; 0 absent */
    const char *collector;   /* may be NULL */
    enum record_source source;
    struct source_addr router;
    const char *router_name;       /* may be NULL or "" */
    const struct track_peer *peer; /* may be NULL */
    bool sent;                     /* a message we sent: "direction":"sent" */
};

struct record_options {
    bool keepalives; /* write keepalive records */
    bool raw;        /* add "raw":hex of the BGP message */
};

/* Writes the record of one whole BGP message. Returns 1 when a record was written, 0 when the
 * options suppress it. `diags`: where diagnostics are also left for the caller's counters; may
 * be NULL. */
int record_bgp(struct emit *e, const struct record_meta *m, const struct bgp_ctx *ctx,
               const uint8_t *msg, size_t len, const struct record_options *o,
               struct bgp_diags *diags);

/* Writes the record(s) of one tracked journal frame: dispatches to record_bgp, BMP and state
 * builders. `sep` is called between two records of one frame (a line feed for NDJSON); the
 * records are whole objects. Returns how many were written. */
int record_item(struct emit *e, const char *collector, const struct track_item *item,
                const struct record_options *o, struct bgp_diags *diags);

#endif
