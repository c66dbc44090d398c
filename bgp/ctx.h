/* SPDX-License-Identifier: BSD-2-Clause */
/* ctx: what one direction of a session negotiated, const while parsing. Floor F1.
 *
 * Sources: OPENs on a session; Peer Up OPENs or TLVs in BMP; subtypes in MRT; an operator's
 * pin. */
#ifndef RIBTAPE_BGP_CTX_H
#define RIBTAPE_BGP_CTX_H

#include <stdbool.h>
#include <stdint.h>

/* Families in the order of nlri_map; BGP_FAMILY_NONE is any AFI/SAFI without a row. */
enum { BGP_FAMILIES_MAX = 128, BGP_FAMILY_NONE = 127 };

/* One bit per row of nlri_map. */
struct bgp_family_set {
    uint64_t bits[BGP_FAMILIES_MAX / 64];
};

static inline bool bgp_family_has(const struct bgp_family_set *s, unsigned family)
{
    return s->bits[family / 64] >> (family % 64) & 1;
}

static inline void bgp_family_add(struct bgp_family_set *s, unsigned family)
{
    s->bits[family / 64] |= (uint64_t)1 << (family % 64);
}

/* Returns whether the set is empty. */
static inline bool bgp_family_none(const struct bgp_family_set *s)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < sizeof s->bits / sizeof s->bits[0]; i++)
        any |= s->bits[i];
    return any == 0;
}

static inline void bgp_family_del(struct bgp_family_set *s, unsigned family)
{
    s->bits[family / 64] &= ~((uint64_t)1 << (family % 64));
}

/* The SAFIs that are read as flow specifications version 2, for which IANA has assigned none
 * (draft-ietf-idr-flowspec-v2); 0: none. */
struct bgp_flowspec2 {
    uint8_t safi;
    uint8_t vpn_safi;
};

struct bgp_ctx {
    bool asn4;    /* AS numbers take four octets in AS_PATH and AGGREGATOR (RFC 6793) */
    bool ext_msg; /* messages up to 65,535 octets (RFC 8654) */
    bool ebgp; /* an external session: LOCAL_PREF etc. follow other rules (RFC 7606 section 7.5)
                */
    bool assumed;                       /* OPENs were not seen: asn4 and add_path are guesses */
    bool pinned;                        /* an operator pinned the modes: no ADD-PATH doubt */
    struct bgp_flowspec2 flowspec2;     /* by an operator's word alone */
    struct bgp_family_set add_path;     /* NLRI carry a path identifier (RFC 7911) */
    struct bgp_family_set ext_next_hop; /* IPv6 next hops for IPv4 NLRI (RFC 8950) */
    struct bgp_family_set multi_label;  /* several labels per NLRI (RFC 8277) */
};

#endif
