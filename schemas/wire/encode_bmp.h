/* SPDX-License-Identifier: BSD-2-Clause */
/* encode_bmp: BMP messages (RFC 7854 section 4, RFC 8671) round BGP messages. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_WIRE_ENCODE_BMP_H
#define RIBTAPE_SCHEMAS_WIRE_ENCODE_BMP_H

#include "base/wr.h"
#include "bmp/bmp.h"
#include "schemas/track/source.h"

/* What a per-peer header says of a session monitored globally, and a Peer Up of its ends. */
struct encode_bmp_peer {
    struct source_addr addr, local; /* the peer's; the router's */
    uint32_t asn;
    uint8_t bgp_id[4];
    uint8_t flags;    /* BMP_FLAG_A, BMP_FLAG_O, BMP_FLAG_L; V comes from the address */
    uint64_t time_us; /* the router's, since the epoch */
};

/* Writes an Initiation with description and name. */
void encode_bmp_initiation(struct wr *w, const char *descr, const char *name);

/* Writes a Peer Up with both OPENs: the router's and its peer's. */
void encode_bmp_peer_up(struct wr *w, const struct encode_bmp_peer *p, struct cur sent_open,
                        struct cur recv_open);

/* Writes a Peer Down. `reason` is a code of RFC 7854 section 4.9, `data` what belongs to it. */
void encode_bmp_peer_down(struct wr *w, const struct encode_bmp_peer *p, uint8_t reason,
                          struct cur data);

/* Writes a Route Monitoring. */
void encode_bmp_route(struct wr *w, const struct encode_bmp_peer *p, const uint8_t *msg,
                      size_t len);

/* Reasons of a Termination (RFC 7854 section 4.5). */
enum { ENCODE_BMP_CLOSED = 0, ENCODE_BMP_UNSPECIFIED = 1 };

/* Writes a Termination. */
void encode_bmp_termination(struct wr *w, uint16_t reason);

#endif
