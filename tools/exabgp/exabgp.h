/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp: attributes and NLRI as ExaBGP's JSON (version 6) has them. Floor F4.
 *
 * What ExaBGP has no words for is there as hex: an attribute under `attribute-0xCODE-0xFLAGS`,
 * as ExaBGP has unknown ones, an NLRI as {"parsed":false,"raw"}. docs/outputs.md lists where
 * ours is on purpose another. */
#ifndef RIBTAPE_TOOLS_EXABGP_EXABGP_H
#define RIBTAPE_TOOLS_EXABGP_EXABGP_H

#include "base/emit.h"
#include "bgp/open.h"
#include "bgp/update.h"

/* Writes the members of "attribute", MP_REACH_NLRI, MP_UNREACH_NLRI and NEXT_HOP left out;
 * AS_PATH and AGGREGATOR of a two-octet session as RFC 6793 merges them. */
void exabgp_attrs(struct emit *e, const struct bgp_update *u, const struct bgp_ctx *ctx);

/* Returns whether exabgp_attrs writes anything. */
bool exabgp_has_attrs(const struct bgp_update *u);

/* Writes one NLRI as an array's item. `next_hop`: as text; p NULL: there is none. */
void exabgp_nlri(struct emit *e, const struct nlri *n, struct str next_hop);

/* Writes the members of "open". */
void exabgp_open(struct emit *e, const struct bgp_open *o);

enum { EXABGP_NAME_MAX = 20, EXABGP_FAMILY_MAX = 48 };

/* Return an AFI's, a SAFI's name, or `unknown afi 5` in *text. */
const char *exabgp_afi(char text[EXABGP_NAME_MAX], uint16_t afi);
const char *exabgp_safi(char text[EXABGP_NAME_MAX], uint8_t safi);

/* Writes "ipv4 mpls-vpn" at `dst`, with `between` for the space, no NUL. Returns its length. */
size_t exabgp_family(char dst[EXABGP_FAMILY_MAX], uint16_t afi, char between, uint8_t safi);

/* Writes octets as text: `prefix`, then two upper-case digits each. */
void exabgp_hex(struct emit *e, struct str key, const char *prefix, struct cur c);

/* Writes a route distinguisher (8 octets) under "rd". */
void exabgp_rd(struct emit *e, const uint8_t *rd);

/* ---- families of their own files: members of the object that is open ----
 *
 * Return false when the octets aren't what the family wants: the caller rolls back. */

bool exabgp_flow(struct emit *e, const struct nlri *n, struct str next_hop);
bool exabgp_ls(struct emit *e, const struct nlri *n, struct str next_hop);
bool exabgp_typed(struct emit *e, const struct nlri *n); /* EVPN, MCAST-VPN, MUP */

/* Writes [[label, its three octets as a number]] under "label". */
void exabgp_label(struct emit *e, uint32_t raw);

/* ---- attributes of their own files ----
 *
 * Write the attribute's member. Return as above. */

bool exabgp_ls_attr(struct emit *e, struct cur c);
bool exabgp_prefix_sid(struct emit *e, struct cur c);
bool exabgp_tunnel(struct emit *e, struct cur c);
bool exabgp_ext_communities(struct emit *e, struct cur c);
bool exabgp_ext_communities6(struct emit *e, struct cur c);

enum { EXABGP_EXT_TEXT_MAX = 96 };

/* Writes the text of an extended community (8 octets) at `dst`. Returns its length. */
size_t exabgp_ext_text(char dst[EXABGP_EXT_TEXT_MAX], const uint8_t *v);

#endif
