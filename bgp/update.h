/* SPDX-License-Identifier: BSD-2-Clause */
/* update: the index pass over an UPDATE (RFC 4271 section 4.3, RFC 4760, RFC 7606). Floor F1.
 *
 * bgp_update_index finds sections and attributes as {code, flags, offset, length}; it looks at
 * no value but the AFI/SAFI and next-hop length of MP_REACH and MP_UNREACH. No allocation.
 * Everything else is decoded on demand from the index. */
#ifndef RIBTAPE_BGP_UPDATE_H
#define RIBTAPE_BGP_UPDATE_H

#include "bgp/attr.h"
#include "bgp/msg.h"

/* One attribute's value in the message. */
struct bgp_attr {
    uint8_t code;
    uint8_t flags;
    uint16_t len; /* octets of value */
    uint32_t off; /* of the value's first octet, from the message's first */
};

/* A run of octets of the message. */
struct bgp_span {
    uint32_t off;
    uint32_t len;
};

enum { BGP_ATTRS_MAX = 64 };

/* One run of NLRI with its family. */
struct bgp_section {
    bool present;
    uint8_t safi;
    uint16_t afi;
    unsigned family;          /* index in nlri_map or BGP_FAMILY_NONE */
    struct bgp_span next_hop; /* MP_REACH only */
    struct bgp_span nlri;
};

struct bgp_update {
    const uint8_t *msg; /* borrowed; offsets count from here */
    uint32_t len;
    struct bgp_section withdrawn; /* IPv4 unicast, RFC 4271 */
    struct bgp_section announced; /* IPv4 unicast, RFC 4271 */
    struct bgp_section mp_reach;
    struct bgp_section mp_unreach;
    struct bgp_span attrs;
    uint64_t seen[4]; /* bit per attribute code that is indexed */
    uint16_t attr_cnt;
    uint16_t attr_lost; /* attributes beyond BGP_ATTRS_MAX: in the bytes, not in the index */
    struct bgp_attr attr[BGP_ATTRS_MAX]; /* in wire order, duplicates included */
    struct bgp_diags diags;
};

/* Indexes one whole UPDATE (`len` octets at `msg`, header included, borrowed while the index
 * lives). Always leaves a usable index of what parsed; problems are in u->diags. Returns 0 when
 * sections and attributes parse to their ends, -1 when the message's structure is broken
 * (u->diags.worst is the action). */
int bgp_update_index(const uint8_t *msg, size_t len, const struct bgp_ctx *ctx,
                     struct bgp_update *u);

/* Indexes a bare run of path attributes (a RIB entry's: MRT TABLE_DUMP_V2), with offsets from
 * `p`. */
int bgp_attrs_index(const uint8_t *p, size_t len, const struct bgp_ctx *ctx,
                    struct bgp_update *u);

static inline bool bgp_update_has(const struct bgp_update *u, uint8_t code)
{
    return u->seen[code / 64] >> (code % 64) & 1;
}

/* Returns the first attribute with `code`, or NULL. */
const struct bgp_attr *bgp_update_attr(const struct bgp_update *u, uint8_t code);

/* Returns a cursor over a span of the indexed bytes. */
static inline struct cur bgp_update_cur(const struct bgp_update *u, struct bgp_span s)
{
    return cur_at(u->msg + s.off, s.len, s.off);
}

/* Returns what a section's NLRI are by ctx (nlri_family_of). */
static inline unsigned bgp_section_family(const struct bgp_section *s,
                                          const struct bgp_ctx *ctx)
{
    return s->family != BGP_FAMILY_NONE ? s->family : nlri_family_of(ctx, s->afi, s->safi);
}

/* Checks what the index alone does not: mandatory attributes (RFC 7606 section 3 d), and with
 * `values` every attribute's syntax and every NLRI's, adding diagnostics. */
void bgp_update_check(struct bgp_update *u, const struct bgp_ctx *ctx, bool values);

/* Returns whether the UPDATE is an End-of-RIB (RFC 4724 section 2; RFC 4760 families: an
 * MP_UNREACH without NLRI and nothing else), with its family. */
bool bgp_update_is_eor(const struct bgp_update *u, uint16_t *afi, uint8_t *safi);

#endif
