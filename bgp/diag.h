/* SPDX-License-Identifier: BSD-2-Clause */
/* diag: what a decoder found wrong, classified and never acted upon (RFC 7606). Floor F1.
 *
 * A diagnostic says what the RFC asks for (`action`), why (`reason`, from one list), where
 * (offset in the message, from its first header octet) and how much was needed and there. The
 * session or the record's reader decides what to do. */
#ifndef RIBTAPE_BGP_DIAG_H
#define RIBTAPE_BGP_DIAG_H

#include <stdint.h>

#include "base/cur.h"

/* clang-format off */

/* What RFC 7606 asks for, from mild to severe. */
#define BGP_ACTION_MAP(X)                                                                \
    X(NOTE,              "note")               /* nothing: legal but worth knowing */    \
    X(ATTRIBUTE_DISCARD, "attribute-discard")  /* RFC 7606 section 2 */                  \
    X(TREAT_AS_WITHDRAW, "treat-as-withdraw")                                            \
    X(AFI_SAFI_DISABLE,  "afi-safi-disable")                                             \
    X(SESSION_RESET,     "session-reset")

/* NAME, text. For an attribute the record's reason is the attribute's name and this text,
 * as in `aigp-length`. */
#define BGP_REASON_MAP(X)                                                                \
    X(MARKER,            "marker")             /* RFC 4271 section 6.1 */                \
    X(LENGTH,            "length")             /* a length that its type forbids */      \
    X(TYPE,              "type")               /* a message type unknown or misplaced */ \
    X(TRUNCATED,         "truncated")          /* bytes end before the field does */     \
    X(TRAILING,          "trailing")           /* bytes left after the last field */     \
    X(FLAGS,             "flags")              /* RFC 7606 section 3 c */                \
    X(DUPLICATE,         "duplicate")          /* RFC 7606 section 3 g */                \
    X(MISSING,           "missing")            /* RFC 7606 section 3 d */                \
    X(VALUE,             "value")              /* a value that its type forbids */       \
    X(SYNTAX,            "syntax")             /* structure does not parse */            \
    X(PREFIX_LENGTH,     "prefix-length")      /* more bits than the family has */       \
    X(HOST_BITS,         "host-bits")          /* bits set after the prefix */           \
    X(NEXT_HOP_LENGTH,   "next-hop-length")    /* RFC 7606 section 7.11 */               \
    X(ADD_PATH_MISMATCH, "add-path-mismatch")  /* NLRI parse in the other mode only */   \
    X(AS_ZERO,           "as-zero")            /* RFC 7607 */                            \
    X(AS4_MISMATCH,      "as4-mismatch")       /* AS4_PATH disagrees (RFC 6793 4.2.3) */ \
    X(AS_WIDTH,          "as-width")           /* AS_PATH parses in the other width */   \
    X(UNKNOWN,           "unknown")            /* a code without a row */                \
    X(TOO_MANY,          "too-many")           /* more than an index holds */            \
    X(VERSION,           "version")                                                      \
    X(HOLD_TIME,         "hold-time")                                                    \
    X(BGP_ID,            "bgp-id")                                                       \
    X(NO_CONTEXT,        "no-context")         /* OPENs not seen, defaults assumed */    \
    X(DUPLICATE_FAMILY,  "duplicate-family")                                             \
    X(NO_PEER_UP,        "no-peer-up")         /* BMP: routes of a peer never announced */ \
    X(EMPTY_OPEN,        "empty-open")         /* BMP: a Peer Up's OPEN is a header alone */ \
    X(DUPLICATE_PEER_UP, "duplicate-peer-up")  /* BMP: the session is up already */      \
    X(ZERO_TIME,         "zero-time")          /* BMP: the router tells no time */       \
    X(OLD_TIME,          "old-time")           /* BMP: a route older than its Peer Up */ \
    X(WIDTH,             "width")              /* a number of more or fewer octets */

#define BGP_ENUM_ACTION(NAME, text) BGP_ACTION_##NAME,
#define BGP_ENUM_REASON(NAME, text) BGP_REASON_##NAME,
enum bgp_action { BGP_ACTION_MAP(BGP_ENUM_ACTION) BGP_ACTION_CNT };
enum bgp_reason { BGP_REASON_MAP(BGP_ENUM_REASON) BGP_REASON_CNT };

/* clang-format on */

struct bgp_diag {
    uint8_t action; /* enum bgp_action */
    uint8_t reason; /* enum bgp_reason */
    uint8_t attr;   /* attribute code, 0 when none */
    uint8_t safi;   /* with afi: the family concerned, 0/0 when none */
    uint16_t afi;
    uint32_t off;  /* octets from the message's first */
    uint32_t need; /* octets (or the value expected) */
    uint32_t have; /* octets (or the value found) */
};

enum { BGP_DIAGS_MAX = 16 };

/* A bounded list; what does not fit is counted. Part of the caller's struct, no allocation. */
struct bgp_diags {
    uint16_t cnt;
    uint16_t lost; /* diagnostics beyond BGP_DIAGS_MAX */
    uint8_t worst; /* the most severe enum bgp_action so far */
    struct bgp_diag v[BGP_DIAGS_MAX];
};

/* Empties the list without touching its array. */
static inline void bgp_diags_init(struct bgp_diags *d)
{
    d->cnt = 0;
    d->lost = 0;
    d->worst = BGP_ACTION_NOTE;
}

/* Appends one diagnostic. */
void bgp_diag_add(struct bgp_diags *d, struct bgp_diag one);

const char *bgp_action_name(uint8_t action);
const char *bgp_reason_name(uint8_t reason);

#endif
