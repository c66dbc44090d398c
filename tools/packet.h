/* SPDX-License-Identifier: BSD-2-Clause */
/* packet: from a captured frame to a TCP segment: link layers, IP, fragments. Floor F4. */
#ifndef RIBTAPE_TOOLS_PACKET_H
#define RIBTAPE_TOOLS_PACKET_H

#include "base/cur.h"
#include "schemas/source.h"

/* Moves `c` from the start of a captured frame to its IP header. `link` is a DLT_ value of
 * libpcap. Returns false when there is none, or the link layer is not known. VLAN tags, MPLS
 * labels and PPPoE sessions are passed over. */
bool packet_link_known(int link);
bool packet_to_ip(int link, struct cur *c);

/* One TCP segment. */
struct packet_segment {
    struct source_addr end[2]; /* source, destination; with ports */
    uint32_t seq;
    bool syn, ack, fin, rst;
    struct cur data; /* what was captured of it */
};

/* Datagrams whose fragments have not all come: a bounded table. Zero-initialised: empty. */
enum { PACKET_DATAGRAMS = 64, PACKET_DATAGRAM_MAX = 65535 };

struct packet_datagram {
    uint8_t key[37]; /* addresses, identification, version */
    uint64_t stamp;  /* of the last fragment; 0: free */
    uint8_t *data;   /* owned, PACKET_DATAGRAM_MAX octets */
    uint32_t len;    /* octets when complete; 0: the last fragment has not come */
    uint32_t there;  /* octets */
    uint8_t have[PACKET_DATAGRAM_MAX / 8 / 8 + 1]; /* bit per eight octets */
};

struct packet_fragments {
    struct packet_datagram d[PACKET_DATAGRAMS];
    uint64_t clock;
    uint64_t given_up; /* datagrams forgotten before they were complete */
};

void packet_fragments_free(struct packet_fragments *f);

/* Reads the IP packet at `c` (IPv4 RFC 791, IPv6 RFC 8200 with its extension headers). Returns
 * true with *s when it is, or completes, a TCP segment. *s borrows the packet, or *f until the
 * next call. */
bool packet_segment(struct packet_fragments *f, struct cur c, struct packet_segment *s);

#endif
