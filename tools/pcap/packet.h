/* SPDX-License-Identifier: BSD-2-Clause */
/* packet: from a captured frame to a TCP segment: link layers, IP, fragments, and one tunnel
 * round it all (as mirrored ports send). Floor F4. */
#ifndef RIBTAPE_TOOLS_PCAP_PACKET_H
#define RIBTAPE_TOOLS_PCAP_PACKET_H

#include "base/cur.h"
#include "schemas/track/source.h"
#include "tools/pcap/packet_counts.h"

/* Moves `c` from the start of a captured frame to its IP header. `link` is a DLT_ value of
 * libpcap. Returns false when there is none, or the link layer is not known. VLAN tags, MPLS
 * labels and PPPoE sessions are passed over. */
bool packet_link_known(int link);
bool packet_to_ip(int link, struct cur *c);

/* The same from an Ethernet frame, and from what follows an Ethernet type. */
bool packet_ethernet_to_ip(struct cur *c);
bool packet_type_to_ip(struct cur *c, uint16_t type);

/* IP protocols (IANA) that packet_tunnel knows. */
enum {
    PACKET_IPV4 = 4, /* RFC 2003, RFC 2473 */
    PACKET_UDP = 17,
    PACKET_IPV6 = 41, /* RFC 4213 */
    PACKET_GRE = 47,
};

/* Moves `c` from the payload of an IP packet to the IP header inside: GRE (RFC 2784, 2890) with
 * IP, MPLS, Ethernet or ERSPAN, VXLAN (RFC 7348), IP. Returns false when there is none. */
bool packet_tunnel(uint8_t protocol, struct cur *c);

/* One TCP segment. */
struct packet_segment {
    struct source_addr end[2]; /* source, destination; with ports */
    uint32_t seq;
    uint32_t ack_seq; /* valid when ack */
    uint32_t cut;     /* octets of data behind `data` that were not captured */
    bool syn, ack, fin, rst;
    struct cur data;     /* what was captured of it */
    enum packet_why why; /* when there is none: BROKEN, NOT_IP, NOT_TCP, FRAGMENT */
};

/* Datagrams whose fragments have not all come: a bounded table. Zero-initialised: empty. */
enum { PACKET_DATAGRAMS = 64, PACKET_DATAGRAM_MAX = 65535 };

struct packet_datagram {
    uint8_t key[38]; /* addresses, identification, protocol, version */
    uint64_t stamp;  /* of the last fragment; 0: free */
    uint8_t *data;   /* owned, PACKET_DATAGRAM_MAX octets */
    uint8_t
        next; /* what the first fragment says of the rest: a protocol (RFC 8200 section 4.5) */
    uint32_t len;   /* octets when complete; 0: the last fragment has not come */
    uint32_t there; /* octets */
    uint32_t end;   /* of the fragment that reaches farthest */
    uint32_t cnt;   /* fragments */
    uint8_t have[PACKET_DATAGRAM_MAX / 8 / 8 + 1]; /* bit per eight octets */
};

/* A tunnel's packets and those inside it are put together in places of their own. */
struct packet_fragments {
    struct packet_datagram d[2][PACKET_DATAGRAMS];
    uint64_t clock;
    uint64_t given_up; /* datagrams forgotten before they were complete */
    uint64_t broken;   /* packets whose IP or TCP header does not parse */
    uint64_t joined;   /* fragments of complete ones, but for the last to come of each */
};

void packet_fragments_free(struct packet_fragments *f);

/* Returns how many datagrams wait for fragments still. */
unsigned packet_fragments_waiting(const struct packet_fragments *f);

/* Reads the IP packet at `c` (IPv4 RFC 791, IPv6 RFC 8200 with its extension headers), and the
 * one inside it when it is a tunnel's. Returns true with *s when it is, or completes, a TCP
 * segment, else false with s->why. *s borrows the packet, or *f until the next call. */
bool packet_segment(struct packet_fragments *f, struct cur c, struct packet_segment *s);

#endif
