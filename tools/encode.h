/* SPDX-License-Identifier: BSD-2-Clause */
/* encode: BGP messages and BMP framing for made-up routes. Floor F4.
 *
 * The daemon never links this: no code path in it can encode an UPDATE. */
#ifndef RIBTAPE_TOOLS_ENCODE_H
#define RIBTAPE_TOOLS_ENCODE_H

#include <stdint.h>

#include "base/wr.h"
#include "tools/routes.h"

enum { ENCODE_MESSAGE_MAX = 4096, ENCODE_BMP_MAX = 16384 };

/* A made-up router's neighbour, from whom it learned the routes. */
struct encode_peer {
    uint32_t asn;
    uint8_t addr[4]; /* also its BGP identifier and IPv4 next hop */
    uint32_t router_asn;
    uint8_t router_addr[4];
};

/* Peer number `i` (from 0) behind the router: AS 64512 + i, 198.18.0.1 + i. */
struct encode_peer encode_peer_of(unsigned i);

/* Writes a whole UPDATE (RFC 4271 section 4.3; IPv6 in MP_REACH_NLRI, RFC 4760) with four-octet
 * AS numbers (RFC 6793). */
void encode_update(struct wr *w, const struct routes_set *set, const struct encode_peer *p);

/* Writes an End-of-RIB (RFC 4724 section 2) for unicast of IPv4 or IPv6. */
void encode_eor(struct wr *w, bool v6);

/* Writes an OPEN that offers IPv4 and IPv6 unicast, route refresh and four-octet AS numbers. */
void encode_open(struct wr *w, uint32_t asn, const uint8_t bgp_id[4], uint16_t hold_time_s);

/* Write BMP messages (RFC 7854): Initiation with name and description; Peer Up with both OPENs;
 * Route Monitoring round a BGP message. `time_us` is the router's, since the epoch. */
void encode_bmp_initiation(struct wr *w, const char *name);
void encode_bmp_peer_up(struct wr *w, const struct encode_peer *p, uint64_t time_us);
void encode_bmp_route(struct wr *w, const struct encode_peer *p, uint64_t time_us,
                      const uint8_t *msg, size_t len);

#endif
