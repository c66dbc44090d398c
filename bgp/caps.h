/* SPDX-License-Identifier: BSD-2-Clause */
/* caps: the codes of IANA's "Capability Codes" and their decoders. Floor F1.
 *
 * One line per code: value, NAME, the record's name, source, decoder (cap_decode_* in
 * bgp/caps/; `raw` has none). A new capability is one line here and, when it has fields, one
 * decoder. */
#ifndef RIBTAPE_BGP_CAPS_H
#define RIBTAPE_BGP_CAPS_H

#include "base/emit.h"
#include "bgp/nlri.h"

/* clang-format off */

#define BGP_CAP_MAP(X)                                                                               \
    X(1,   MULTIPROTOCOL,       "multiprotocol",        "RFC 4760", multiprotocol)                   \
    X(2,   ROUTE_REFRESH,       "route-refresh",        "RFC 2918", empty)                           \
    X(3,   ORF,                 "orf",                  "RFC 5291", orf)                             \
    X(4,   MULTIPLE_ROUTES,     "multiple-routes",      "RFC 3107", raw)                             \
    X(5,   EXT_NEXT_HOP,        "extended-next-hop",    "RFC 8950", ext_next_hop)                    \
    X(6,   EXT_MSG,             "extended-message",     "RFC 8654", empty)                           \
    X(7,   BGPSEC,              "bgpsec",               "RFC 8205", bgpsec)                          \
    X(8,   MULTI_LABEL,         "multiple-labels",      "RFC 8277", multi_label)                     \
    X(9,   ROLE,                "role",                 "RFC 9234", role)                            \
    X(64,  GRACEFUL_RESTART,    "graceful-restart",     "RFC 4724", graceful_restart)                \
    X(65,  ASN4,                "four-octet-as",        "RFC 6793", asn4)                            \
    X(66,  DYNAMIC_OLD,         "dynamic-old",          "deprecated 2003-03-06", dynamic)            \
    X(67,  DYNAMIC,             "dynamic",              "draft-ietf-idr-dynamic-cap", dynamic)       \
    X(68,  MULTISESSION,        "multisession",         "draft-ietf-idr-bgp-multisession", multisession) \
    X(69,  ADD_PATH,            "add-path",             "RFC 7911", add_path)                        \
    X(70,  ENHANCED_REFRESH,    "enhanced-route-refresh", "RFC 7313", empty)                         \
    X(71,  LLGR,                "long-lived-graceful-restart", "RFC 9494", llgr)                     \
    X(72,  RPD,                 "routing-policy-distribution", "draft-ietf-idr-rpd", add_path)       \
    X(73,  FQDN,                "fqdn",                 "draft-walton-bgp-hostname-capability", fqdn) \
    X(74,  BFD_STRICT,          "bfd-strict-mode",      "draft-ietf-idr-bgp-bfd-strict-mode", empty) \
    X(75,  SOFTWARE_VERSION,    "software-version",     "draft-abraitis-bgp-version-capability", software_version) \
    X(76,  PATHS_LIMIT,         "paths-limit",          "draft-abraitis-idr-addpath-paths-limit", paths_limit) \
    X(77,  LINK_LOCAL_NEXT_HOP, "link-local-next-hop",  "draft-ietf-idr-linklocal-capability", empty) \
    X(128, ROUTE_REFRESH_OLD,   "prestandard-route-refresh", "RFC 8810", empty)                      \
    X(129, ORF_OR_RPD_OLD,      "prestandard-orf-or-rpd", "RFC 8810", raw)                           \
    X(130, ORF_OLD,             "prestandard-orf",      "RFC 8810", orf)                             \
    X(131, MULTISESSION_OLD,    "prestandard-multisession", "RFC 8810", multisession)                \
    X(184, FQDN_OLD,            "prestandard-fqdn",     "RFC 8810", fqdn)                            \
    X(185, OPERATIONAL_OLD,     "prestandard-operational", "RFC 8810", empty)                        \
    X(239, EXPERIMENTAL_239,    "experimental",         "RFC 8810", raw)                             \
    X(240, EXPERIMENTAL_240,    "experimental",         "RFC 8810", raw)                             \
    X(241, EXPERIMENTAL_241,    "experimental",         "RFC 8810", raw)                             \
    X(242, EXPERIMENTAL_242,    "experimental",         "RFC 8810", raw)                             \
    X(243, EXPERIMENTAL_243,    "experimental",         "RFC 8810", raw)                             \
    X(244, EXPERIMENTAL_244,    "experimental",         "RFC 8810", raw)                             \
    X(245, EXPERIMENTAL_245,    "experimental",         "RFC 8810", raw)                             \
    X(246, EXPERIMENTAL_246,    "experimental",         "RFC 8810", raw)                             \
    X(247, EXPERIMENTAL_247,    "experimental",         "RFC 8810", raw)                             \
    X(248, EXPERIMENTAL_248,    "experimental",         "RFC 8810", raw)                             \
    X(249, EXPERIMENTAL_249,    "experimental",         "RFC 8810", raw)                             \
    X(250, EXPERIMENTAL_250,    "experimental",         "RFC 8810", raw)                             \
    X(251, EXPERIMENTAL_251,    "experimental",         "RFC 8810", raw)                             \
    X(252, EXPERIMENTAL_252,    "experimental",         "RFC 8810", raw)                             \
    X(253, EXPERIMENTAL_253,    "experimental",         "RFC 8810", raw)                             \
    X(254, EXPERIMENTAL_254,    "experimental",         "RFC 8810", raw)

#define BGP_ENUM_CAP(value, NAME, text, rfc, decoder) BGP_CAP_##NAME = value,
enum bgp_cap_code { BGP_CAP_MAP(BGP_ENUM_CAP) };

/* clang-format on */

typedef int cap_decode_fn(struct cur *value, struct emit *e, struct nlri_fault *fault);

/* Families (bgp/caps/families.c). */
cap_decode_fn cap_decode_multiprotocol, cap_decode_ext_next_hop, cap_decode_multi_label,
    cap_decode_add_path, cap_decode_paths_limit, cap_decode_bgpsec;
/* Restart (bgp/caps/restart.c). */
cap_decode_fn cap_decode_graceful_restart, cap_decode_llgr;
/* The session (bgp/caps/session.c). */
cap_decode_fn cap_decode_empty, cap_decode_asn4, cap_decode_role, cap_decode_dynamic,
    cap_decode_multisession, cap_decode_fqdn, cap_decode_software_version;
/* Outbound route filtering (bgp/caps/orf.c). */
cap_decode_fn cap_decode_orf;

/* Return the record's name of an ORF type ("address-prefix"), or NULL. */
const char *bgp_orf_type_name(uint8_t type);

/* Tells that a value of `value->left` octets can't hold whole entries of `step`. Returns -1
 * with *fault. */
int cap_fault_length(const struct cur *value, uint32_t step, struct nlri_fault *fault);

#endif
