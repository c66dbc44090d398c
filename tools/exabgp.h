/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp: attributes and NLRI as ExaBGP's JSON (version 6) has them. Floor F4.
 *
 * What ExaBGP takes apart in its own words and we don't is there as hex: an attribute under
 * `attribute-0xCODE-0xFLAGS`, as ExaBGP has unknown ones, an NLRI as {"parsed":false,"raw"}. */
#ifndef RIBTAPE_TOOLS_EXABGP_H
#define RIBTAPE_TOOLS_EXABGP_H

#include "base/emit.h"
#include "bgp/update.h"

/* Writes the members of "attribute", MP_REACH_NLRI, MP_UNREACH_NLRI and NEXT_HOP left out. */
void exabgp_attrs(struct emit *e, const struct bgp_update *u, const struct bgp_ctx *ctx);

/* Returns whether exabgp_attrs writes anything. */
bool exabgp_has_attrs(const struct bgp_update *u);

/* Writes one NLRI as an array's item. */
void exabgp_nlri(struct emit *e, const struct nlri *n);

enum { EXABGP_FAMILY_MAX = 64 };

/* Writes "ipv4 mpls-vpn" at `dst`, no NUL. Returns its length. */
size_t exabgp_family(char dst[EXABGP_FAMILY_MAX], uint16_t afi, uint8_t safi);
const char *exabgp_afi(uint16_t afi); /* NULL: no name */
const char *exabgp_safi(uint8_t safi);

#endif
