/* SPDX-License-Identifier: BSD-2-Clause */
/* iana: the numbers of the BGP registries, once. Floor F1.
 *
 * X-macro maps: value, NAME, text, source. Every enum, name table and text of the project is
 * made from these. Unknown values are legal data and have no row. */
#ifndef RIBTAPE_BGP_IANA_H
#define RIBTAPE_BGP_IANA_H

#include <stdint.h>

#include "base/emit.h"

/* clang-format off */

/* IANA "BGP Message Types" */
#define BGP_TYPE_MAP(X)                                                                  \
    X(1, OPEN,          "open",          "RFC 4271")                                     \
    X(2, UPDATE,        "update",        "RFC 4271")                                     \
    X(3, NOTIFICATION,  "notification",  "RFC 4271")                                     \
    X(4, KEEPALIVE,     "keepalive",     "RFC 4271")                                     \
    X(5, ROUTE_REFRESH, "route-refresh", "RFC 2918")                                     \
    X(6, OPERATIONAL,   "operational",   "draft-ietf-idr-operational-message")

/* IANA "Address Family Numbers", those that BGP carries. */
#define BGP_AFI_MAP(X)                                                                   \
    X(1,     IPV4,      "ipv4",      "RFC 4760")                                         \
    X(2,     IPV6,      "ipv6",      "RFC 4760")                                         \
    X(6,     IEEE_802,  "802",       "draft-ietf-idr-flowspec-l2vpn")                    \
    X(25,    L2VPN,     "l2vpn",     "RFC 4761")                                         \
    X(31,    SFC,       "sfc",       "RFC 9015")                                         \
    X(16388, LS,        "bgp-ls",    "RFC 9552")                                         \
    X(16397, OPAQUE,    "opaque",    "draft-lapukhov-bgp-opaque-signaling")              \
    X(16398, ROUTING_POLICY, "routing-policy", "draft-ietf-idr-rpd")

/* IANA "SAFI Values" */
#define BGP_SAFI_MAP(X)                                                                  \
    X(1,   UNICAST,          "unicast",           "RFC 4760")                            \
    X(2,   MULTICAST,        "multicast",         "RFC 4760")                            \
    X(4,   LABELED,          "labeled-unicast",   "RFC 8277")                            \
    X(5,   MCAST_VPN,        "mcast-vpn",         "RFC 6514")                            \
    X(6,   MS_PW,            "ms-pw",             "RFC 7267")                            \
    X(7,   ENCAPSULATION,    "encapsulation",     "RFC 5512")                            \
    X(8,   MCAST_VPLS,       "mcast-vpls",        "RFC 7117")                            \
    X(9,   SFC,              "sfc",               "RFC 9015")                            \
    X(64,  TUNNEL,           "tunnel",            "draft-nalawade-kapoor-tunnel-safi")   \
    X(65,  VPLS,             "vpls",              "RFC 4761")                            \
    X(66,  MDT,              "mdt",               "RFC 6037")                            \
    X(67,  V4OVERV6,         "4over6",            "RFC 5747")                            \
    X(68,  V6OVERV4,         "6over4",            "IANA")                                \
    X(69,  L1VPN,            "l1vpn",             "RFC 5195")                            \
    X(70,  EVPN,             "evpn",              "RFC 7432")                            \
    X(71,  LS,               "bgp-ls",            "RFC 9552")                            \
    X(72,  LS_VPN,           "bgp-ls-vpn",        "RFC 9552")                            \
    X(73,  SR_POLICY,        "sr-policy",         "RFC 9830")                            \
    X(74,  SDWAN,            "sd-wan",            "draft-ietf-idr-sdwan-edge-discovery") \
    X(75,  RPD,              "rpd",               "draft-ietf-idr-rpd")                  \
    X(76,  CT,               "classful-transport", "RFC 9832")                            \
    X(77,  TUNNELED_FLOW,    "tunneled-flowspec", "draft-ietf-idr-flowspec-nvo3")        \
    X(78,  MCAST_TREE,       "mcast-tree",        "draft-ietf-bess-bgp-multicast")       \
    X(79,  DPS,              "dps",               "IANA")                                \
    X(80,  LS_SPF,           "bgp-ls-spf",        "RFC 9815")                            \
    X(81,  UNREACHABILITY,   "unreachability",    "draft-tantsura-idr-unreachability-safi") \
    X(83,  CAR,              "car",               "RFC 9871")              \
    X(84,  VPN_CAR,          "vpn-car",           "RFC 9871")              \
    X(85,  MUP,              "mup",               "draft-ietf-bess-mup-safi")            \
    X(128, VPN,              "vpn",               "RFC 4364")                            \
    X(129, VPN_MULTICAST,    "vpn-multicast",     "RFC 6514")                            \
    X(132, RTC,              "rtc",               "RFC 4684")                            \
    X(133, FLOWSPEC,         "flowspec",          "RFC 8955")                            \
    X(134, VPN_FLOWSPEC,     "vpn-flowspec",      "RFC 8955")                            \
    X(140, VPN_AD,           "vpn-ad",            "draft-ietf-l3vpn-bgpvpn-auto")        \
    X(241, KEY_VALUE,        "key-value",         "private use, as GoBGP's opaque family")

#define BGP_ENUM_TYPE(value, NAME, text, rfc) BGP_TYPE_##NAME = value,
#define BGP_ENUM_AFI(value, NAME, text, rfc) BGP_AFI_##NAME = value,
#define BGP_ENUM_SAFI(value, NAME, text, rfc) BGP_SAFI_##NAME = value,
enum bgp_type { BGP_TYPE_MAP(BGP_ENUM_TYPE) };
enum bgp_afi { BGP_AFI_MAP(BGP_ENUM_AFI) };
enum bgp_safi { BGP_SAFI_MAP(BGP_ENUM_SAFI) };

/* clang-format on */

/* Return the text of a code ("ipv4", "unicast", "update"), or NULL when IANA's list had none.
 */
const char *bgp_type_name(uint8_t type);
const char *bgp_afi_name(uint16_t afi);
const char *bgp_safi_name(uint8_t safi);

/* The same as KEY makes it. */
struct str bgp_type_str(uint8_t type);
struct str bgp_afi_str(uint16_t afi);
struct str bgp_safi_str(uint8_t safi);

#endif
