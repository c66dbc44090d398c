/* SPDX-License-Identifier: BSD-2-Clause */
/* routes: families whose NLRI are routes of several types, told by a type octet (EVPN,
 * MCAST-VPN and kin), and the fields that they have in common. Floor F1.
 *
 *     +-----------------------------------+
 *     | Route type (1 octet)              |
 *     +-----------------------------------+
 *     | Length (1 octet)                  |  of what follows
 *     +-----------------------------------+
 *     | Route type specific (variable)    |
 *     +-----------------------------------+
 */
#ifndef RIBTAPE_BGP_NLRI_ROUTES_H
#define RIBTAPE_BGP_NLRI_ROUTES_H

#include "bgp/nlri/parts.h"

struct route_type;

/* What the decoder of a route type is given. */
struct route {
    struct cur c; /* the route type specific part */
    struct emit *e;
    struct nlri_fault *fault;
    const struct route_type *types; /* the family's */
    unsigned depth;                 /* 1 inside the route key of a Leaf A-D route */
};

/* A row per route type; the table ends with type 0. */
struct route_type {
    uint8_t type;
    uint8_t key_tail; /* octets at the end that are not part of the key */
    const char *name;

    /* Emits the members and consumes r->c to its end. Returns 0, or -1 with *r->fault. */
    int (*decode)(struct route *r);

    /* Writes the key of a route that decodes: type specific part `c`. Returns 0 or -1. NULL:
     * `c` without its tail. */
    int (*key)(struct cur c, struct wr *w);
};

/* The hooks `decode` and `key` of a family that has `types`. */
int routes_decode(const struct nlri *n, const struct route_type *types, struct emit *e,
                  struct nlri_fault *fault);
int routes_key(const struct nlri *n, const struct route_type *types, struct wr *w);

/* Take a field off r->c and emit it. Return false with *r->fault. */
bool route_take_rd(struct route *r);
bool route_take_esi(struct route *r);
bool route_take_number(struct route *r, struct str key, uint32_t octets);
bool route_take_addr(struct route *r, struct str key, bool may_lack); /* behind its length */

/* `source` and `group`; lengths of zero are wildcards (RFC 6625 section 3, RFC 9251
 * section 9.1).
 */
bool route_take_source_group(struct route *r);

/* Takes a whole route of the same family, the one that a Leaf A-D route answers, and emits it
 * as the object `route_key`. */
bool route_take_route_key(struct route *r);

/* Ends a decoder: 0 when all was consumed, else -1 with *r->fault. */
int route_end(struct route *r);

#endif
