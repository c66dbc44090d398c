/* SPDX-License-Identifier: BSD-2-Clause */
/* ext_communities: IANA "BGP Extended Communities", a row per type and sub-type (RFC 7153,
 * 9184). Floor F1. */
#ifndef RIBTAPE_BGP_EXT_COMMUNITIES_H
#define RIBTAPE_BGP_EXT_COMMUNITIES_H

#include <stddef.h>
#include <stdint.h>

enum { EXT_COMMUNITY_LEN = 8, EXT_COMMUNITY6_LEN = 20, EXT_COMMUNITY_TEXT_MAX = 160 };

/* Writes the text of one extended community (8 octets at `v`): `name:value`, or `0xTTSS:hex`
 * when the registry has no row. `dst` has EXT_COMMUNITY_TEXT_MAX room; no NUL. Returns the
 * characters written. */
size_t ext_community_text(char *dst, const uint8_t *v);

/* As above for an IPv6-address-specific one (20 octets, RFC 5701). */
size_t ext_community6_text(char *dst, const uint8_t *v);

/* A row of the registry. */
struct ext_community_row {
    uint16_t code; /* type << 8 | sub-type */
    const char *name;
    const char *rfc;
    size_t (*value)(char *dst, const uint8_t *v); /* writes what follows `name:` */
};

extern const struct ext_community_row ext_community_map[];
extern const unsigned ext_community_map_cnt;

#endif
