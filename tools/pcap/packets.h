/* SPDX-License-Identifier: BSD-2-Clause */
/* packets: what readers of captured packets have in common. Floor F4. */
#ifndef RIBTAPE_TOOLS_PCAP_PACKETS_H
#define RIBTAPE_TOOLS_PCAP_PACKETS_H

#include "tools/decode/decode_flow.h"
#include "tools/pcap/packet.h"

struct packets {
    struct decode *d;
    struct decode_flows *flows;
    struct packet_fragments fragments;
    uint64_t cut; /* packets captured in part */
    struct packet_counts counts;
};

/* Returns NULL when memory runs out (told). */
struct packets *packets_new(struct decode *d);

/* Takes one frame of a link type (DLT_), `len` octets on the wire, of which `frame` was
 * captured. Returns false when there is no use going on. */
bool packets_take(struct packets *r, int link, uint64_t time_ns, struct cur frame,
                  uint32_t len);

/* Counts one that is not taken, and why. */
void packets_pass(struct packets *r, enum packet_why why);

/* Ends all connections, tells what was lost, frees. NULL is allowed. */
void packets_free(struct packets *r);

#endif
