/* SPDX-License-Identifier: BSD-2-Clause */
/* tlv: the type-length-values of Initiation, Peer Up, Peer Down, Termination (RFC 7854 sections
 * 4.3 to 4.5, RFC 9069 section 4.4, RFC 9736). Floor F2.
 *
 * One table per registry; a type without a row is legal and is emitted as hex. */
#ifndef RIBTAPE_BMP_TLV_H
#define RIBTAPE_BMP_TLV_H

#include "base/cur.h"
#include "base/emit.h"
#include "bgp/diag.h"

/* clang-format off */

/* IANA "BMP Initiation and Peer Up Information TLVs" */
#define BMP_INFO_MAP(X)                                                                  \
    X(0, STRING,      "string",      "RFC 7854")                                         \
    X(1, SYS_DESCR,   "sys-descr",   "RFC 7854")                                         \
    X(2, SYS_NAME,    "sys-name",    "RFC 7854")                                         \
    X(3, TABLE_NAME,  "table-name",  "RFC 9069")                                         \
    X(4, ADMIN_LABEL, "admin-label", "RFC 8671")

/* IANA "BMP Termination Message TLVs" */
#define BMP_TERM_MAP(X)                                                                  \
    X(0, STRING,      "string",      "RFC 7854")                                         \
    X(1, REASON,      "reason",      "RFC 7854")

/* IANA "BMP Termination Message Reason Codes" */
#define BMP_TERM_REASON_MAP(X)                                                           \
    X(0, ADMIN,       "administratively-closed",             "RFC 7854")                 \
    X(1, UNSPECIFIED, "unspecified",                         "RFC 7854")                 \
    X(2, RESOURCES,   "out-of-resources",                    "RFC 7854")                 \
    X(3, REDUNDANT,   "redundant-connection",                "RFC 7854")                 \
    X(4, PERMANENT,   "permanently-administratively-closed", "RFC 7854")

/* Kinds of time stamps (draft-ietf-grow-bmp-tlv-20 section 5.6.1.1) */
#define BMP_TIMESTAMP_MAP(X)                                                             \
    X(0, "trigger")                                                                      \
    X(1, "message-export")                                                               \
    X(2, "adj-rib-in")                                                                   \
    X(3, "loc-rib")                                                                      \
    X(4, "adj-rib-out")

/* Extended flags, of the first octet (the same, section 9) */
#define BMP_EXTENDED_FLAG_MAP(X)                                                         \
    X(0x80, "ipv6")                                                                      \
    X(0x40, "post-policy")                                                               \
    X(0x20, "as2-path")                                                                  \
    X(0x10, "adj-rib-out")                                                               \
    X(0x08, "filtered")

#define BMP_ENUM_INFO(value, NAME, text, rfc) BMP_INFO_##NAME = value,
#define BMP_ENUM_TERM(value, NAME, text, rfc) BMP_TERM_##NAME = value,
#define BMP_ENUM_TERM_REASON(value, NAME, text, rfc) BMP_TERM_REASON_##NAME = value,
enum bmp_info { BMP_INFO_MAP(BMP_ENUM_INFO) };
enum bmp_term { BMP_TERM_MAP(BMP_ENUM_TERM) };
enum bmp_term_reason { BMP_TERM_REASON_MAP(BMP_ENUM_TERM_REASON) };

/* clang-format on */

enum { BMP_TLV_ENTERPRISE = 0x8000 }; /* version 4, in a type: an enterprise's own */

struct bmp_tlv {
    uint16_t type;
    struct cur value;
};

/* Fetches the next TLV (type and length of two octets each). Returns 1 with *t, 0 at the end,
 * -1 when the bytes end before the TLV does (c->failed). */
int bmp_tlv_next(struct cur *c, struct bmp_tlv *t);

/* One type of a registry. */
struct bmp_tlv_row {
    uint16_t type;
    const char *name;
    const char *rfc;
    /* Emits the value's members. Returns false when the value is malformed (nothing emitted).
     */
    bool (*emit)(struct cur value, struct emit *e);
};

/* A registry's rows. */
struct bmp_tlv_table {
    const struct bmp_tlv_row *rows;
    unsigned cnt;
    bool enterprise; /* a type's highest bit is E (version 4): its value begins with a number */
};

/* Return the tables for a message of `version`. */
const struct bmp_tlv_table *bmp_info_tlvs(uint8_t version); /* Initiation, Peer Up and Down */
const struct bmp_tlv_table *bmp_term_tlvs(uint8_t version);

/* Emit the members of TLVs that all of version 4's messages may have (draft-ietf-grow-bmp-tlv-20
 * section 5.6); as bmp_tlv_row's emit. */
bool bmp_emit_timestamp(struct cur value, struct emit *e); /* "kind", "time" */
bool bmp_emit_flags(struct cur value, struct emit *e);     /* "flags", "raw" */

/* Emits one TLV of an enterprise (version 4, E bit) as {"type","enterprise","raw"}. */
void bmp_tlv_emit_enterprise(const struct bmp_tlv *t, struct emit *e);

/* Emits an array of {"type","name","value"} under `key`; a type without a row, and a malformed
 * value, as {"type","raw"}, an enterprise's own with "enterprise". Nothing when there is no
 * TLV. Bytes that don't parse are a NOTE in diags, and an item {"raw"}. */
void bmp_tlvs_emit(struct cur tlvs, const struct bmp_tlv_table *table, struct emit *e,
                   struct str key, struct bgp_diags *diags);

#endif
