/* SPDX-License-Identifier: BSD-2-Clause */
/* event: Route Event Logging (draft-ietf-grow-bmp-rel-05), version 4's message of why a router
 * dropped or marked routes. Floor F2.
 *
 * The draft has no number for the message yet, so it is known by its shape: a per-peer header,
 * then indexed TLVs to the end, one of them a BGP message and another an event's reason. */
#ifndef RIBTAPE_BMP_EVENT_H
#define RIBTAPE_BMP_EVENT_H

#include "bmp/route_tlv.h"

/* clang-format off */

/* Types: type, KIND, text (section 7.1). */
#define BMP_EVENT_TLV_MAP(X)                                                             \
    X(1, STATELESS,        "stateless-parsing")                                          \
    X(2, GROUP,            "group")                                                      \
    X(4, MESSAGE,          "bgp-message")                                                \
    X(5, EVENT_REASON,     "event-reason")                                               \
    X(6, LOG_ACTION,       "log-action")                                                 \
    X(7, POLICY_DISCARD,   "policy-discard")                                             \
    X(8, VALIDATION_FAIL,  "validation-fail")                                            \
    X(9, MALFORMED_PACKET, "malformed-packet")

/* Reasons: bit, text (section 3.3.1). */
#define BMP_EVENT_REASON_MAP(X)                                                          \
    X(1, "log-action")                                                                   \
    X(2, "policy-discard")                                                               \
    X(4, "validation-fail")                                                              \
    X(8, "malformed-packet")

/* What is logged (section 3.3.2). */
#define BMP_EVENT_ACTION_MAP(X)                                                          \
    X(1, CONFIG,        "config")                                                        \
    X(2, UNSTABLE,      "route-unstable")                                                \
    X(3, WARNING_BOUND, "crossed-warning-bound")                                         \
    X(4, UPPER_BOUND,   "crossed-upper-bound")

/* How a validation failed, and why (section 3.3.4). */
#define BMP_EVENT_VALIDATION_MAP(X)                                                      \
    X(1, "rpki-invalid")                                                                 \
    X(2, "rpki-invalid-covered")

#define BMP_EVENT_RPKI_CAUSE_MAP(X)                                                      \
    X(1, "as-origin-mismatch")                                                           \
    X(2, "max-length-violation")

/* What is wrong with a packet (section 3.3.5). */
#define BMP_EVENT_MALFORMED_MAP(X)                                                       \
    X(1, "errored-pdu")

/* clang-format on */

/* Returns whether a message of a type without a name is a routing event; then *peer is its
 * header's and *r its TLVs, whose `message` holds the routes. */
bool bmp_event_parse(const struct bmp_msg *m, struct bmp_peer *peer, struct bmp_routes *r);

/* Emit the members of one TLV's value. Return false when it is malformed. */
bool bmp_event_emit_reason(struct cur value, struct emit *e);
bool bmp_event_emit_action(struct cur value, struct emit *e);
bool bmp_event_emit_policy(struct cur value, struct emit *e);
bool bmp_event_emit_validation(struct cur value, struct emit *e);
bool bmp_event_emit_malformed(struct cur value, struct emit *e);

#endif
