/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_ls_attr: what the files of the BGP-LS attribute in ExaBGP's JSON share. Floor F4. */
#ifndef RIBTAPE_TOOLS_EXABGP_EXABGP_LS_ATTR_H
#define RIBTAPE_TOOLS_EXABGP_EXABGP_LS_ATTR_H

#include "tools/exabgp/exabgp.h"

enum { LS_BITS = 8 };

struct ls_row;

/* Writes a TLV's value. Returns false when its octets aren't what the row wants. */
typedef bool ls_put_fn(struct emit *e, const struct ls_row *row, struct cur c);

struct ls_row {
    uint16_t type;
    bool merged; /* `put` writes an item of an array: those of one name are one */
    const char *name;
    ls_put_fn *put;
    const char *const *flags; /* names of eight bits from the highest; NULL: reserved */
};

static inline struct str ls_key_of(const struct ls_row *row)
{
    return str_of(row->name);
}

/* Writes an object of an octet's bits by their names. */
void ls_put_bits(struct emit *e, struct str key, const char *const *names, uint8_t octet);

/* exabgp_ls_sr.c: segment routing (RFC 9085) and SRv6 (RFC 9514) */
ls_put_fn ls_put_capabilities, ls_put_adjacency, ls_put_lan_adjacency, ls_put_prefix_sid,
    ls_put_srv6_capabilities, ls_put_structure, ls_put_behavior, ls_put_locator, ls_put_end_x;

#endif
