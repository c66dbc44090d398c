/* SPDX-License-Identifier: BSD-2-Clause */
/* notify: NOTIFICATION (RFC 4271 section 4.5) and ROUTE-REFRESH (RFC 2918, 7313, 5291). Floor
 * F1. */
#ifndef RIBTAPE_BGP_NOTIFY_H
#define RIBTAPE_BGP_NOTIFY_H

#include "base/emit.h"
#include "bgp/msg.h"
#include "bgp/nlri.h"

/* clang-format off */

/* IANA "BGP Error (Notification) Codes" */
#define BGP_ERROR_MAP(X)                                                                 \
    X(1, HEADER,     "message-header-error",          "RFC 4271")                        \
    X(2, OPEN,       "open-message-error",            "RFC 4271")                        \
    X(3, UPDATE,     "update-message-error",          "RFC 4271")                        \
    X(4, HOLD_TIMER, "hold-timer-expired",            "RFC 4271")                        \
    X(5, FSM,        "finite-state-machine-error",    "RFC 4271")                        \
    X(6, CEASE,      "cease",                         "RFC 4271")                        \
    X(7, REFRESH,    "route-refresh-message-error",   "RFC 7313")                        \
    X(8, SEND_HOLD,  "send-hold-timer-expired",       "RFC 9687")                        \
    X(9, LSDB_SYNC,  "loss-of-lsdb-synchronization",  "RFC 9815")

/* IANA "BGP Error Subcodes", a map per code: value, NAME, text, source, decoder of the data
 * (notify.c; `raw` has none). */
#define BGP_HEADER_ERROR_MAP(X)                                                          \
    X(0,  UNSPECIFIC,     "unspecific",                       "RFC 4271", raw)           \
    X(1,  SYNC,           "connection-not-synchronized",      "RFC 4271", raw)           \
    X(2,  LENGTH,         "bad-message-length",               "RFC 4271", length)        \
    X(3,  TYPE,           "bad-message-type",                 "RFC 4271", type)

#define BGP_OPEN_ERROR_MAP(X)                                                            \
    X(0,  UNSPECIFIC,     "unspecific",                       "RFC 4271", raw)           \
    X(1,  VERSION,        "unsupported-version-number",       "RFC 4271", version)       \
    X(2,  PEER_AS,        "bad-peer-as",                      "RFC 4271", raw)           \
    X(3,  BGP_ID,         "bad-bgp-identifier",               "RFC 4271", raw)           \
    X(4,  PARAMETER,      "unsupported-optional-parameter",   "RFC 4271", raw)           \
    X(5,  AUTHENTICATION, "authentication-failure",           "RFC 1771", raw)           \
    X(6,  HOLD_TIME,      "unacceptable-hold-time",           "RFC 4271", raw)           \
    X(7,  CAPABILITY,     "unsupported-capability",           "RFC 5492", capabilities)  \
    X(11, ROLE,           "role-mismatch",                    "RFC 9234", raw)

#define BGP_UPDATE_ERROR_MAP(X)                                                          \
    X(0,  UNSPECIFIC,     "unspecific",                       "RFC 4271", raw)           \
    X(1,  ATTR_LIST,      "malformed-attribute-list",         "RFC 4271", raw)           \
    X(2,  UNRECOGNIZED,   "unrecognized-well-known-attribute", "RFC 4271", raw)          \
    X(3,  MISSING,        "missing-well-known-attribute",     "RFC 4271", raw)           \
    X(4,  ATTR_FLAGS,     "attribute-flags-error",            "RFC 4271", raw)           \
    X(5,  ATTR_LENGTH,    "attribute-length-error",           "RFC 4271", raw)           \
    X(6,  ORIGIN,         "invalid-origin-attribute",         "RFC 4271", raw)           \
    X(7,  AS_LOOP,        "as-routing-loop",                  "RFC 1771", raw)           \
    X(8,  NEXT_HOP,       "invalid-next-hop-attribute",       "RFC 4271", raw)           \
    X(9,  OPTIONAL,       "optional-attribute-error",         "RFC 4271", raw)           \
    X(10, NETWORK,        "invalid-network-field",            "RFC 4271", raw)           \
    X(11, AS_PATH,        "malformed-as-path",                "RFC 4271", raw)

#define BGP_FSM_ERROR_MAP(X)                                                             \
    X(0,  UNSPECIFIC,     "unspecified-error",                "RFC 6608", raw)           \
    X(1,  OPEN_SENT,      "unexpected-message-in-opensent",   "RFC 6608", type)          \
    X(2,  OPEN_CONFIRM,   "unexpected-message-in-openconfirm", "RFC 6608", type)         \
    X(3,  ESTABLISHED,    "unexpected-message-in-established", "RFC 6608", type)

#define BGP_CEASE_MAP(X)                                                                 \
    X(1,  MAX_PREFIXES,   "maximum-number-of-prefixes-reached", "RFC 4486", max_prefixes) \
    X(2,  ADMIN_SHUTDOWN, "administrative-shutdown",          "RFC 4486", communication) \
    X(3,  DECONFIGURED,   "peer-de-configured",               "RFC 4486", raw)           \
    X(4,  ADMIN_RESET,    "administrative-reset",             "RFC 4486", communication) \
    X(5,  REJECTED,       "connection-rejected",              "RFC 4486", raw)           \
    X(6,  CONFIG_CHANGE,  "other-configuration-change",       "RFC 4486", raw)           \
    X(7,  COLLISION,      "connection-collision-resolution",  "RFC 4486", raw)           \
    X(8,  RESOURCES,      "out-of-resources",                 "RFC 4486", raw)           \
    X(9,  HARD_RESET,     "hard-reset",                       "RFC 8538", hard_reset)    \
    X(10, BFD_DOWN,       "bfd-down",                         "RFC 9384", raw)

#define BGP_REFRESH_ERROR_MAP(X)                                                         \
    X(1,  LENGTH,         "invalid-message-length",           "RFC 7313", raw)

#define BGP_ENUM_ERROR(value, NAME, text, rfc) BGP_ERROR_##NAME = value,
#define BGP_ENUM_HEADER_ERROR(value, NAME, text, rfc, data) BGP_HEADER_ERROR_##NAME = value,
#define BGP_ENUM_OPEN_ERROR(value, NAME, text, rfc, data) BGP_OPEN_ERROR_##NAME = value,
#define BGP_ENUM_UPDATE_ERROR(value, NAME, text, rfc, data) BGP_UPDATE_ERROR_##NAME = value,
#define BGP_ENUM_FSM_ERROR(value, NAME, text, rfc, data) BGP_FSM_ERROR_##NAME = value,
#define BGP_ENUM_CEASE(value, NAME, text, rfc, data) BGP_CEASE_##NAME = value,
#define BGP_ENUM_REFRESH_ERROR(value, NAME, text, rfc, data) BGP_REFRESH_ERROR_##NAME = value,
enum bgp_error { BGP_ERROR_MAP(BGP_ENUM_ERROR) };
enum bgp_header_error { BGP_HEADER_ERROR_MAP(BGP_ENUM_HEADER_ERROR) };
enum bgp_open_error { BGP_OPEN_ERROR_MAP(BGP_ENUM_OPEN_ERROR) };
enum bgp_update_error { BGP_UPDATE_ERROR_MAP(BGP_ENUM_UPDATE_ERROR) };
enum bgp_fsm_error { BGP_FSM_ERROR_MAP(BGP_ENUM_FSM_ERROR) };
enum bgp_cease { BGP_CEASE_MAP(BGP_ENUM_CEASE) };
enum bgp_refresh_error { BGP_REFRESH_ERROR_MAP(BGP_ENUM_REFRESH_ERROR) };

/* clang-format on */

/* Return the registry's name of a code or sub-code, or NULL. */
const char *bgp_error_name(uint8_t code);
const char *bgp_error_sub_name(uint8_t code, uint8_t sub);

/* Emits the members of a NOTIFICATION into the object that is open in `e`: code, name, subcode,
 * subcode_name, and what the data say where an RFC defines it: communication (RFC 9003),
 * max_prefixes with afi and safi (RFC 4486), inner (the NOTIFICATION in a hard reset, RFC
 * 8538), capabilities (RFC 5492), length, bgp_type, version. Data without a definition, and
 * data that break theirs, are "data" as hex. `body` is what follows the header. Returns 0, or
 * -1 with *fault; what was emitted is well-formed in either case. */
int bgp_notification_emit(struct cur body, struct emit *e, struct nlri_fault *fault);

/* Emits the members of a ROUTE-REFRESH into the object that is open in `e`: afi, safi, subtype
 * (refresh, borr, eorr, or the number as text), and with ORF entries `when` and `orfs` (RFC
 * 5291 section 4). `body` is what follows the header. Returns 0, or -1 with *fault: what does
 * not parse is then there as hex ("data"; "value" of an ORF). */
int bgp_refresh_emit(struct cur body, struct emit *e, struct nlri_fault *fault);

#endif
