/* SPDX-License-Identifier: BSD-2-Clause */
/* tlv: runs of {type, length, value} read by tables of rows. Floor F1.
 *
 * Attributes like BGP-LS, TUNNEL_ENCAP and PREFIX_SID are trees of TLVs. Each level has a
 * table; a row names the type and how its value reads. A run becomes an array of objects
 * {"type","name",fields...}; a type without a row, or a value that its row can't read, becomes
 * {"type","name","value":hex}, the latter with a diagnostic of the table's choice. Nothing is
 * dropped. */
#ifndef RIBTAPE_BGP_TLV_H
#define RIBTAPE_BGP_TLV_H

#include "bgp/attr.h"

struct tlv_table;
struct tlv_row;

/* What a decoder of one value is given. It emits members into the object that is open. */
struct tlv {
    const struct tlv_row *row;
    uint16_t type;
    struct cur value;   /* to be consumed to its end */
    struct attr_in *in; /* the attribute: context, diagnostics, fault */
};

/* Returns 0, or -1 with t->in->fault filled (attr_fault_cur, attr_fault_at). */
typedef int tlv_decode_fn(struct tlv *t, struct emit *e);

struct tlv_row {
    uint16_t type;
    const char *name; /* "node-name" */
    const char *rfc;
    tlv_decode_fn *decode;
    const struct tlv_table *sub; /* for tlv_sub and decoders that end in sub-TLVs */
};

/* How type and length look on the wire. */
struct tlv_table {
    const struct tlv_row *rows; /* sorted by type */
    unsigned cnt;
    uint8_t type_len;  /* octets: 1 or 2 */
    uint8_t len_len;   /* octets: 1 or 2 */
    uint8_t wide_from; /* one-octet types from this number on have two-octet lengths (RFC 9012
                          section 2); 0: none */
    bool len_is_total; /* the length counts type and length too (RFC 7311 section 3) */
    /* Returns the enum bgp_action when a TLV of `type` can't be read; NULL: a note, the rest of
     * the attribute counts. Unknown types are never wrong. */
    uint8_t (*on_error)(uint16_t type);
};

#define TLV_TABLE(name, rows_, type_octets, len_octets)                                        \
    const struct tlv_table name = {.rows = rows_,                                              \
                                   .cnt = sizeof(rows_) / sizeof((rows_)[0]),                  \
                                   .type_len = type_octets,                                    \
                                   .len_len = len_octets}

/* Emits all TLVs of `c` as an array under `key`, consuming it. Returns -1 with in->fault when
 * the framing breaks: what parsed before has been emitted, the caller's dispatcher rolls back.
 */
int tlv_emit_all(const struct tlv_table *table, struct cur *c, struct attr_in *in,
                 struct emit *e, struct str key);

/* Returns the row of a type, or NULL. */
const struct tlv_row *tlv_row_of(const struct tlv_table *table, uint16_t type);

/* Decoders for common values; each emits one member, "value" unless said otherwise. */
int tlv_u8(struct tlv *t, struct emit *e);
int tlv_u16(struct tlv *t, struct emit *e);
int tlv_u24(struct tlv *t, struct emit *e);
int tlv_u32(struct tlv *t, struct emit *e);
int tlv_u64(struct tlv *t, struct emit *e);
int tlv_number(struct tlv *t, struct emit *e); /* as many octets as there are, 1 to 8 */
int tlv_f32(
    struct tlv *t,
    struct emit *e); /* IEEE 754 single: "value", octets per second where the RFC says so */
int tlv_ip(struct tlv *t, struct emit *e); /* 4 or 16 octets */
int tlv_text(struct tlv *t, struct emit *e);
int tlv_hex(struct tlv *t, struct emit *e);
int tlv_u32s(struct tlv *t, struct emit *e); /* "values": array */
int tlv_u64s(struct tlv *t, struct emit *e);
int tlv_sub(struct tlv *t, struct emit *e); /* "tlvs": array by row->sub */

/* Returns -1 with the fault of the value's cursor. */
int tlv_fault(struct tlv *t);

#endif
