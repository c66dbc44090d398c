/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_flow: BGP and BMP in TCP connections, found by their content. Floor F4.
 *
 * Each connection that carries one is a source of the tracker: for BGP, the side that opened
 * the connection (else the one that isn't on port 179, else the first to speak) is the peer and
 * what the other side says is `sent`; for BMP the speaker is the router. */
#ifndef RIBTAPE_TOOLS_DECODE_DECODE_FLOW_H
#define RIBTAPE_TOOLS_DECODE_DECODE_FLOW_H

#include "tools/decode/decode.h"
#include "tools/pcap/packet.h"

struct decode_flows;

struct decode_flows *decode_flows_new(struct decode *d); /* NULL when memory runs out */

/* Takes one segment. Returns false when there is no use going on. */
bool decode_flows_segment(struct decode_flows *s, const struct packet_segment *seg,
                          uint64_t time_ns);

/* Segments that nothing was made of: of other ports than --port, of connections with neither
 * BGP nor BMP. */
struct decode_flows_counts {
    uint64_t other_port, other;
};

/* Ends all connections, fills *counts (may be NULL) and frees. `s` may be NULL. */
void decode_flows_free(struct decode_flows *s, struct decode_flows_counts *counts);

#endif
