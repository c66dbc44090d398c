/* SPDX-License-Identifier: BSD-2-Clause */
/* record_plain: what the short ways of a plain UPDATE (record_json.c, record_avro.c) have in
 * common. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_RECORD_RECORD_PLAIN_H
#define RIBTAPE_SCHEMAS_RECORD_RECORD_PLAIN_H

#include "bgp/nlri_map.h"
#include "schemas/record/record.h"
#include "schemas/record/record_memo.h"

/* Room is made once for a whole UPDATE, so that writers move a pointer. */
enum {
    RECORD_PLAIN_ROOM_FIXED = 512, /* for what comes once */
    RECORD_PLAIN_ROOM_OCTET = 40,  /* for each octet of the message: {"prefix":"0.0.0.0/0"}
                                    * takes most */
};

static inline size_t record_plain_room(const struct bgp_update *u)
{
    return RECORD_PLAIN_ROOM_FIXED + (size_t)RECORD_PLAIN_ROOM_OCTET * u->len;
}

/* Returns whether nothing in the index of an UPDATE keeps it from a short way. */
bool record_plain_update(const struct bgp_update *u, const struct bgp_ctx *ctx);

/* Returns whether a section's NLRI are IPv4 or IPv6 unicast prefixes without path identifiers;
 * *v6: which. */
bool record_plain_section(const struct bgp_section *s, const struct bgp_ctx *ctx, bool *v6);

/* Returns whether one NLRI is nothing but such a prefix, and nothing is odd about it. */
bool record_plain_route(const struct nlri *n, uint8_t addr[16], uint8_t *bits, bool *v6);

/* Returns a bit per code of 0-63 of the attributes that are not among "attrs". `own`:
 * NEXT_HOP's value (record_own_next_hop). */
uint64_t record_plain_elsewhere(const struct bgp_update *u, struct cur own);

/* Finds the octets that decide on "attrs". `flags`: of the encoder, from 4 up. Returns false
 * when those aren't in one piece: a multiprotocol attribute holds the NLRI, which are another
 * each time, and stands at one end nearly always. */
bool record_plain_key(const struct bgp_update *u, const struct bgp_ctx *ctx, uint64_t elsewhere,
                      uint8_t flags, struct record_memo_key *key);

/* Reads the address of a prefix as far as its bits go. Returns how odd it is (nlri_prefix_odd),
 * or NLRI_ODD_LIMIT when it doesn't parse. */
static inline unsigned record_plain_prefix4(struct cur *c, uint8_t addr[4],
                                            uint8_t *bits)
{
    if (!cur_u8(c, bits) || *bits > 32)
        return NLRI_ODD_LIMIT;
    uint32_t octets = (*bits + 7u) / 8;
    const uint8_t *p = cur_bytes(c, octets);
    if (p == NULL)
        return NLRI_ODD_LIMIT;
    uint32_t v = 0;
    if (octets + c->left >= 4) /* as one word, with what is behind it */
        v = octets > 0 ? wire_u32(p) & UINT32_MAX << (32 - 8 * octets) : 0;
    else
        for (uint32_t i = 0; i < octets; i++)
            v |= (uint32_t)p[i] << (24 - 8 * i);
    uint32_t prefix = *bits > 0 ? v & UINT32_MAX << (32 - *bits) : 0;
    for (int i = 0; i < 4; i++)
        addr[i] = (uint8_t)(prefix >> (24 - 8 * i));
    return prefix != v ? 2 : *bits == 0;
}

static inline unsigned record_plain_prefix6(struct cur *c, uint8_t addr[16],
                                            uint8_t *bits)
{
    if (!cur_u8(c, bits) || *bits > 128)
        return NLRI_ODD_LIMIT;
    uint32_t octets = (*bits + 7u) / 8;
    memset(addr, 0, 16);
    if (!cur_copy(c, addr, octets))
        return NLRI_ODD_LIMIT;
    uint8_t beyond = (uint8_t)(*bits % 8 != 0 ? 0xff >> *bits % 8 : 0);
    if (octets > 0 && (addr[octets - 1] & beyond) != 0) {
        addr[octets - 1] &= (uint8_t)~beyond;
        return 2;
    }
    return *bits == 0;
}

#endif
