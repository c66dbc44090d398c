/* SPDX-License-Identifier: BSD-2-Clause */
/* attr: the table of path attributes, and what is the same for all of them. Floor F1.
 *
 * An attribute is one file in bgp/attrs/ (or a shared one for kin) and one row of attr_map
 * (bgp/attr.c). One decoder per attribute serves the record (through an encoder) and the syntax
 * check (through emit_null): it emits its value and returns 0, or returns -1 with a fault, upon
 * which the dispatcher rolls back and emits the bytes as hex with a diagnostic. */
#ifndef RIBTAPE_BGP_ATTR_H
#define RIBTAPE_BGP_ATTR_H

#include "base/emit.h"
#include "bgp/ctx.h"
#include "bgp/diag.h"
#include "bgp/nlri.h"

/* Attribute flags (RFC 4271 section 4.3). */
enum {
    BGP_FLAG_OPTIONAL = 0x80,
    BGP_FLAG_TRANSITIVE = 0x40,
    BGP_FLAG_PARTIAL = 0x20,
    BGP_FLAG_EXT_LEN = 0x10,
};

/* Categories of the two flags that RFC 7606 section 3 c checks. */
enum {
    ATTR_WELL_KNOWN = BGP_FLAG_TRANSITIVE,
    ATTR_OPT_TRANS = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE,
    ATTR_OPT_NONTRANS = BGP_FLAG_OPTIONAL,
    ATTR_ANY = 0, /* no document says: not checked */
};

/* What a decoder is given. */
struct attr_in {
    uint8_t code;
    uint8_t flags;
    uint8_t depth; /* 0 in an UPDATE; ATTR_SET (RFC 6368) nests */
    bool ipv6; /* addresses whose length the bytes don't tell are IPv6 (BGP-LS prefix NLRI) */
    struct cur value;
    const struct bgp_ctx *ctx;
    struct bgp_diags *diags; /* for notes that don't make the value bad; never NULL */
    struct nlri_fault fault; /* why the decoder returned -1 */
    uint8_t at_least; /* enum bgp_action: the fault's answer is no milder than this (a part of
                         the value may ask for more than its attribute) */
};

struct attr_row {
    uint8_t code;
    uint8_t flags;    /* ATTR_WELL_KNOWN and so on */
    uint8_t on_error; /* enum bgp_action when the value is malformed (RFC 7606 section 7) */
    uint16_t len_min; /* octets */
    uint16_t len_max;
    uint16_t len_step; /* the length is a multiple of this; 0 and 1: any */
    const char *name;  /* "AS_PATH": IANA's */
    struct str key;    /* "as_path": the record's member */
    const char *rfc;

    /* Emits the value under `key`. Must consume in->value to its end (the dispatcher checks).
     * NULL: no decoder, the value goes into "unknown" as hex. */
    int (*decode)(struct attr_in *in, struct emit *e, struct str key);
};

/* Returns the row of an attribute code, or NULL. Constant time. */
const struct attr_row *attr_row_of(uint8_t code);

extern const struct attr_row attr_map[];
extern const unsigned attr_map_cnt;

/* Decodes one attribute under its key, checks flags, length and consumption, adds diagnostics
 * to in->diags. Returns true when the value was emitted; false when it was not (no decoder, or
 * malformed): the caller then lists it in "unknown" as hex. */
bool attr_decode(const struct attr_row *row, struct attr_in *in, struct emit *e);

/* Returns whether a look is enough to know that attr_decode would find nothing wrong with an
 * attribute; true for nearly all that there are, false when only decoding can tell. */
bool attr_is_plain(const struct attr_row *row, uint8_t flags, struct cur value,
                   const struct bgp_ctx *ctx);

/* Emits {"code","name","flags","value"} for an attribute that has no named fields, or whose value
 * is malformed; a code without a row has no name. */
void attr_emit_raw(struct emit *e, uint8_t code, uint8_t flags, const uint8_t *p, size_t len);

/* One attribute of a run. */
struct attr_head {
    uint8_t flags, code;
    uint16_t len;     /* octets of value */
    uint32_t off;     /* of the value's first */
    const uint8_t *p; /* the value */
};

/* Walks a run of attributes (an UPDATE's, ATTR_SET's, a RIB entry's) as {flags, code, length,
 * value}. Returns 1 with *h filled, 0 at the end, -1 when the run is broken (c->failed says
 * where). */
static inline int attr_next_head(struct cur *c, struct attr_head *h)
{
    if (c->left == 0)
        return 0;
    const uint8_t *head = cur_bytes_called(c, 3, "flags, code, length");
    if (head == NULL)
        return -1;
    h->flags = head[0];
    h->code = head[1];
    h->len = head[2];
    if (h->flags & BGP_FLAG_EXT_LEN) {
        uint8_t low;
        if (!cur_u8(c, &low))
            return -1;
        h->len = (uint16_t)(h->len << 8 | low);
    }
    h->off = c->off;
    h->p = cur_bytes(c, h->len);
    return h->p != NULL ? 1 : -1;
}

/* The same into *in (code, flags, value). */
int attr_next(struct cur *c, struct attr_in *in);

/* Return -1 with in->fault filled; so that decoders can return them. */
int attr_fault_cur(struct attr_in *in, const struct cur *c);
int attr_fault_at(struct attr_in *in, uint8_t reason, uint32_t off, uint32_t need,
                  uint32_t have);

#endif
