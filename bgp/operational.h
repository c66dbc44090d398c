/* SPDX-License-Identifier: BSD-2-Clause */
/* operational: the OPERATIONAL message (draft-ietf-idr-operational-message). Floor F1. */
#ifndef RIBTAPE_BGP_OPERATIONAL_H
#define RIBTAPE_BGP_OPERATIONAL_H

#include "base/emit.h"
#include "bgp/nlri.h"

/* clang-format off */

/* The draft's TLV types: value, NAME, text, decoder (operational.c; `raw` has none). */
#define BGP_OPERATIONAL_MAP(X)                                                           \
    X(1,     ADM,  "advisory-demand",              advisory)                             \
    X(2,     ASM,  "advisory-static",              advisory)                             \
    X(3,     RPCQ, "reachable-prefix-count-request", query)                              \
    X(4,     RPCP, "reachable-prefix-count-reply", counter)                              \
    X(5,     APCQ, "adj-rib-out-prefix-count-request", query)                            \
    X(6,     APCP, "adj-rib-out-prefix-count-reply", counter)                            \
    X(7,     LPCQ, "loc-rib-prefix-count-request", query)                                \
    X(8,     LPCP, "loc-rib-prefix-count-reply",   counter)                              \
    X(9,     SSQ,  "simple-state-request",         raw)                                  \
    X(10,    DUP,  "dropped-update-prefixes",      raw)                                  \
    X(11,    MUP,  "malformed-update-prefixes",    raw)                                  \
    X(12,    MUD,  "malformed-update-dump",        raw)                                  \
    X(13,    SSP,  "simple-state-response",        raw)                                  \
    X(65534, MP,   "max-permitted",                raw)                                  \
    X(65535, NS,   "not-satisfied",                not_satisfied)

#define BGP_ENUM_OPERATIONAL(value, NAME, text, decoder) BGP_OPERATIONAL_##NAME = value,
enum bgp_operational { BGP_OPERATIONAL_MAP(BGP_ENUM_OPERATIONAL) };

/* clang-format on */

/* Returns the name of a TLV type, or NULL. */
const char *bgp_operational_name(uint16_t type);

/* Emits the members of an OPERATIONAL message into the object that is open in `e`: "tlvs", each
 * with type, name and its fields (afi, safi, text, bgp_id, sequence, count, error) or, where
 * there are none or they don't parse, "value" as hex. `body` is what follows the header.
 * Returns 0, or -1 with the first *fault; octets after a broken TLV are "data" as hex. */
int bgp_operational_emit(struct cur body, struct emit *e, struct nlri_fault *fault);

#endif
