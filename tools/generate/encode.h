/* SPDX-License-Identifier: BSD-2-Clause */
/* encode: BGP messages for made-up routes. Floor F4.
 *
 * The daemon never links this: no code path in it can encode an UPDATE. */
#ifndef RIBTAPE_TOOLS_GENERATE_ENCODE_H
#define RIBTAPE_TOOLS_GENERATE_ENCODE_H

#include <stdint.h>

#include "base/wr.h"
#include "schemas/wire/encode_bmp.h"
#include "schemas/wire/encode_open.h"
#include "tools/generate/routes.h"

enum { ENCODE_MESSAGE_MAX = 4096, ENCODE_BMP_MAX = 16384 };

/* A made-up router's neighbour, from whom it learned the routes. */
struct encode_peer {
    uint32_t asn;
    uint8_t addr[4]; /* also its BGP identifier and IPv4 next hop */
    uint32_t router_asn;
    uint8_t router_addr[4];
    bool add_path; /* its routes carry path identifiers */
};

/* Peer number `i` (from 0) behind the router: AS 64512 + i, 198.18.0.1 + i. */
struct encode_peer encode_peer_of(unsigned i);

/* Writes a whole UPDATE (RFC 4271 section 4.3; IPv6 in MP_REACH_NLRI, RFC 4760) with four-octet
 * AS numbers (RFC 6793). */
void encode_update(struct wr *w, const struct routes_set *set, const struct encode_peer *p);

/* Writes an End-of-RIB (RFC 4724 section 2) for unicast of IPv4 or IPv6. */
void encode_eor(struct wr *w, bool v6);

/* The same for any family: MP_UNREACH_NLRI with nothing in it, but for IPv4 unicast. */
void encode_eor_of(struct wr *w, uint16_t afi, uint8_t safi);

void encode_keepalive(struct wr *w);
void encode_notification(struct wr *w, uint8_t code, uint8_t subcode);

/* Writes the OPEN of the peer, or (`router`) of the router it speaks with: IPv4 and IPv6
 * unicast, four-octet AS numbers, and ADD-PATH where the peer sends it. */
void encode_peer_open(struct wr *w, const struct encode_peer *p, bool router);

/* What BMP says of a made-up peer. */
struct encode_bmp_peer encode_bmp_peer_of(const struct encode_peer *p, uint64_t time_us);

#endif
