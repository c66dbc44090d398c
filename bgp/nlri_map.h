/* SPDX-License-Identifier: BSD-2-Clause */
/* nlri_map: one row per AFI/SAFI, and the hooks that rows name. Floor F1.
 *
 * A new family: a file in bgp/nlri/ with nlri_NAME_next, nlri_NAME_decode and nlri_NAME_key, a
 * NLRI_HOOKS line, a row here, and vectors in tests/vectors/nlri/. */
#ifndef RIBTAPE_BGP_NLRI_MAP_H
#define RIBTAPE_BGP_NLRI_MAP_H

#include "bgp/nlri.h"

/* clang-format off */

/* AFI, SAFI, name, source, hooks, `odd` hook or NULL, octets of next hop allowed (0: not checked).
 * A next hop length that the RFC forbids is RFC 7606 section 7.11's business. */
#define NLRI_MAP(X)                                                                                                                          \
    X(IPV4,  UNICAST,       "ipv4-unicast",            "RFC 4271, RFC 8950",                     prefix4,       nlri_prefix_odd, 4, 16, 32)  \
    X(IPV6,  UNICAST,       "ipv6-unicast",            "RFC 4760, RFC 2545",                     prefix6,       nlri_prefix_odd, 16, 32)     \
    X(IPV4,  MULTICAST,     "ipv4-multicast",          "RFC 4760, RFC 8950",                     prefix4,       nlri_prefix_odd, 4, 16, 32)  \
    X(IPV6,  MULTICAST,     "ipv6-multicast",          "RFC 4760, RFC 2545",                     prefix6,       nlri_prefix_odd, 16, 32)     \
    X(IPV4,  LABELED,       "ipv4-labeled-unicast",    "RFC 8277",                               label4,        NULL,            4, 16, 32)  \
    X(IPV6,  LABELED,       "ipv6-labeled-unicast",    "RFC 8277, RFC 4798",                     label6,        NULL,            16, 32)     \
    X(IPV4,  VPN,           "ipv4-vpn",                "RFC 4364, RFC 8950",                     vpn4,          NULL,            12, 24, 48) \
    X(IPV6,  VPN,           "ipv6-vpn",                "RFC 4659",                               vpn6,          NULL,            24, 48)     \
    X(IPV4,  VPN_MULTICAST, "ipv4-vpn-multicast",      "RFC 6514",                               vpn_mcast4,    NULL,            12, 24, 48) \
    X(IPV6,  VPN_MULTICAST, "ipv6-vpn-multicast",      "RFC 6514",                               vpn_mcast6,    NULL,            24, 48)     \
    X(IPV4,  CT,            "ipv4-classful-transport", "RFC 9832",                               vpn4,          NULL,            12, 24, 48) \
    X(IPV6,  CT,            "ipv6-classful-transport", "RFC 9832",                               vpn6,          NULL,            12, 24, 48) \
    X(IPV4,  MCAST_VPN,     "ipv4-mcast-vpn",          "RFC 6514",                               mcast_vpn,     NULL,            4, 16)      \
    X(IPV6,  MCAST_VPN,     "ipv6-mcast-vpn",          "RFC 6514",                               mcast_vpn,     NULL,            4, 16)      \
    X(L2VPN, MCAST_VPLS,    "l2vpn-mcast-vpls",        "RFC 7117",                               mcast_vpls,    NULL,            4, 16)      \
    X(IPV4,  MDT,           "ipv4-mdt",                "RFC 6037",                               mdt4,          NULL,            0)          \
    X(IPV6,  MDT,           "ipv6-mdt",                "RFC 6037",                               mdt4,          NULL,            0)          \
    X(IPV4,  RTC,           "ipv4-rtc",                "RFC 4684",                               rtc,           nlri_rtc_odd,    4, 16, 32)  \
    X(IPV6,  RTC,           "ipv6-rtc",                "RFC 4684",                               rtc,           nlri_rtc_odd,    4, 16, 32)  \
    X(L2VPN, VPLS,          "l2vpn-vpls",              "RFC 4761, RFC 6074, RFC 6624",           vpls,          NULL,            4, 16)      \
    X(L2VPN, EVPN,          "l2vpn-evpn",              "RFC 7432, RFC 9136, RFC 9251, RFC 9572", evpn,          NULL,            4, 16)      \
    X(IPV4,  FLOWSPEC,      "ipv4-flowspec",           "RFC 8955",                               flowspec,      NULL,            0)          \
    X(IPV6,  FLOWSPEC,      "ipv6-flowspec",           "RFC 8956",                               flowspec,      NULL,            0)          \
    X(L2VPN, FLOWSPEC,      "l2vpn-flowspec",          "draft-ietf-idr-flowspec-l2vpn",          flowspec,      NULL,            0)          \
    X(IPV4,  VPN_FLOWSPEC,  "ipv4-vpn-flowspec",       "RFC 8955",                               flowspec,      NULL,            0)          \
    X(IPV6,  VPN_FLOWSPEC,  "ipv6-vpn-flowspec",       "RFC 8956",                               flowspec,      NULL,            0)          \
    X(L2VPN, VPN_FLOWSPEC,  "l2vpn-vpn-flowspec",      "draft-ietf-idr-flowspec-l2vpn",          flowspec,      NULL,            0)          \
    X(IEEE_802, FLOWSPEC,    "802-flowspec",            "draft-ietf-idr-flowspec-l2vpn",          flowspec_l2,   NULL,            0)          \
    X(IPV4,  ENCAPSULATION, "ipv4-encapsulation",      "RFC 5512",                               encapsulation, NULL,            4, 16)      \
    X(IPV6,  ENCAPSULATION, "ipv6-encapsulation",      "RFC 5512",                               encapsulation, NULL,            4, 16)      \
    X(IPV4,  VPN_AD,        "ipv4-vpn-ad",             "draft-ietf-l3vpn-bgpvpn-auto",           raw,           NULL,            0)          \
    X(IPV6,  VPN_AD,        "ipv6-vpn-ad",             "draft-ietf-l3vpn-bgpvpn-auto",           raw,           NULL,            0)          \
    X(SFC,   SFC,           "sfc",                     "RFC 9015",                               sfc,           NULL,            0)          \
    X(LS,    LS,            "bgp-ls",                  "RFC 9552",                               ls,            NULL,            4, 16, 32)  \
    X(LS,    LS_VPN,        "bgp-ls-vpn",              "RFC 9552",                               ls,            NULL,            12, 24, 48) \
    X(LS,    LS_SPF,        "bgp-ls-spf",              "RFC 9815",                               ls,            NULL,            4, 16, 32)  \
    X(IPV4,  SR_POLICY,     "ipv4-sr-policy",          "RFC 9830",                               sr_policy,     NULL,            4, 16, 32)  \
    X(IPV4,  MUP,           "ipv4-mup",                "draft-ietf-bess-mup-safi",               mup,           NULL,            4, 16, 32)  \
    X(IPV4,  CAR,           "ipv4-car",                "RFC 9871",                               car,           NULL,            4, 16, 32)  \
    X(IPV4,  VPN_CAR,       "ipv4-vpn-car",            "RFC 9871",                               car,           NULL,            12, 24, 48) \
    X(IPV4,  SDWAN,         "ipv4-sd-wan",             "draft-ietf-idr-sdwan-edge-discovery",    sdwan,         NULL,            0)          \
    X(IPV4,  RPD,           "ipv4-rpd",                "draft-ietf-idr-rpd",                     rpd,           NULL,            0)          \
    X(IPV4,  TUNNELED_FLOW, "ipv4-tunneled-flowspec",  "draft-ietf-idr-flowspec-nvo3",           raw,           NULL,            0)          \
    X(IPV4,  MCAST_TREE,    "ipv4-mcast-tree",         "draft-ietf-bess-bgp-multicast",          mcast_tree,    NULL,            0)          \
    X(IPV4,  DPS,           "ipv4-dps",                "IANA",                                   raw,           NULL,            0)          \
    X(IPV4,  UNREACHABILITY, "ipv4-unreachability",     "draft-tantsura-idr-unreachability-safi", unreachability,NULL,            0)         \
    X(IPV4,  TUNNEL,        "ipv4-tunnel",             "draft-nalawade-kapoor-tunnel-safi",      raw,           NULL,            0)          \
    X(IPV6,  SR_POLICY,     "ipv6-sr-policy",          "RFC 9830",                               sr_policy,     NULL,            4, 16, 32)  \
    X(IPV6,  MUP,           "ipv6-mup",                "draft-ietf-bess-mup-safi",               mup,           NULL,            4, 16, 32)  \
    X(IPV6,  CAR,           "ipv6-car",                "RFC 9871",                               car,           NULL,            4, 16, 32)  \
    X(IPV6,  VPN_CAR,       "ipv6-vpn-car",            "RFC 9871",                               car,           NULL,            12, 24, 48) \
    X(IPV6,  SDWAN,         "ipv6-sd-wan",             "draft-ietf-idr-sdwan-edge-discovery",    sdwan,         NULL,            0)          \
    X(IPV6,  RPD,           "ipv6-rpd",                "draft-ietf-idr-rpd",                     rpd,           NULL,            0)          \
    X(ROUTING_POLICY, RPD,   "routing-policy-rpd",      "draft-ietf-idr-rpd",                     rpd,           NULL,            0)          \
    X(IPV6,  TUNNELED_FLOW, "ipv6-tunneled-flowspec",  "draft-ietf-idr-flowspec-nvo3",           raw,           NULL,            0)          \
    X(IPV6,  MCAST_TREE,    "ipv6-mcast-tree",         "draft-ietf-bess-bgp-multicast",          mcast_tree,    NULL,            0)          \
    X(IPV6,  DPS,           "ipv6-dps",                "IANA",                                   raw,           NULL,            0)          \
    X(IPV6,  UNREACHABILITY, "ipv6-unreachability",     "draft-tantsura-idr-unreachability-safi", unreachability,NULL,            0)         \
    X(IPV6,  TUNNEL,        "ipv6-tunnel",             "draft-nalawade-kapoor-tunnel-safi",      raw,           NULL,            0)          \
    X(L2VPN, MS_PW,         "l2vpn-ms-pw",             "RFC 7267",                               ms_pw,         NULL,            0)          \
    X(IPV6,  V4OVERV6,      "ipv6-4over6",             "RFC 5747",                               raw,           NULL,            0)          \
    X(IPV4,  V4OVERV6,      "ipv4-4over6",             "RFC 5747",                               raw,           NULL,            0)          \
    X(IPV4,  V6OVERV4,      "ipv4-6over4",             "IANA",                                   raw,           NULL,            0)          \
    X(IPV6,  V6OVERV4,      "ipv6-6over4",             "IANA",                                   raw,           NULL,            0)          \
    X(IPV4,  L1VPN,         "ipv4-l1vpn",              "RFC 5195",                               raw,           NULL,            0)          \
    X(IPV6,  L1VPN,         "ipv6-l1vpn",              "RFC 5195",                               raw,           NULL,            0)          \
    X(OPAQUE, KEY_VALUE,     "opaque-key-value",        "draft-lapukhov-bgp-opaque-signaling",    key_value,     NULL,            0)

/* clang-format on */

#define NLRI_ENUM(AFI, SAFI, name, rfc, hooks, odd, ...) NLRI_##AFI##_##SAFI,
enum nlri_family { NLRI_MAP(NLRI_ENUM) NLRI_FAMILY_CNT };

#define NLRI_HOOKS(name)                                                                       \
    bool nlri_##name##_next(struct cur *in, struct cur *one, struct nlri_fault *fault);        \
    int nlri_##name##_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault);  \
    int nlri_##name##_key(const struct nlri *n, struct wr *w);

NLRI_HOOKS(prefix4) /* bgp/nlri/prefix.c */
NLRI_HOOKS(prefix6)
NLRI_HOOKS(label4) /* bgp/nlri/labeled.c */
NLRI_HOOKS(label6)
NLRI_HOOKS(vpn4)
NLRI_HOOKS(vpn6)
NLRI_HOOKS(vpn_mcast4)
NLRI_HOOKS(vpn_mcast6)
NLRI_HOOKS(mcast_vpn) /* bgp/nlri/mcast_vpn.c */
NLRI_HOOKS(mcast_vpls)
NLRI_HOOKS(mcast_tree)
NLRI_HOOKS(mdt4)     /* bgp/nlri/mdt.c */
NLRI_HOOKS(rtc)      /* bgp/nlri/rtc.c */
NLRI_HOOKS(vpls)     /* bgp/nlri/vpls.c */
NLRI_HOOKS(evpn)     /* bgp/nlri/evpn.c */
NLRI_HOOKS(flowspec) /* bgp/nlri/flowspec.c */
NLRI_HOOKS(flowspec_l2)
NLRI_HOOKS(flowspec2)      /* bgp/nlri/flowspec2.c, by nlri_flowspec2_rows */
NLRI_HOOKS(encapsulation)  /* bgp/nlri/encapsulation.c */
NLRI_HOOKS(sfc)            /* bgp/nlri/sfc.c */
NLRI_HOOKS(ls)             /* bgp/nlri/ls.c */
NLRI_HOOKS(sr_policy)      /* bgp/nlri/sr_policy.c */
NLRI_HOOKS(mup)            /* bgp/nlri/mup.c */
NLRI_HOOKS(car)            /* bgp/nlri/car.c */
NLRI_HOOKS(key_value)      /* bgp/nlri/key_value.c */
NLRI_HOOKS(sdwan)          /* bgp/nlri/sdwan.c */
NLRI_HOOKS(rpd)            /* bgp/nlri/rpd.c */
NLRI_HOOKS(unreachability) /* bgp/nlri/unreachability.c */
NLRI_HOOKS(ms_pw)          /* bgp/nlri/ms_pw.c */
NLRI_HOOKS(raw)            /* bgp/nlri/raw.c: the section is one NLRI, shown as hex */

/* Flow specifications version 2: a row each AFI that has them, none of a SAFI. */
enum { NLRI_FLOWSPEC2_CNT = 5 };
extern const struct nlri_row nlri_flowspec2_rows[NLRI_FLOWSPEC2_CNT];

/* Weighs host bits after the prefix and default routes. */
unsigned nlri_prefix_odd(const struct nlri *n);

/* Weighs default memberships. */
unsigned nlri_rtc_odd(const struct nlri *n);

/* ---- what families share ---- */

/* Consumes an NLRI that begins with a length in bits (RFC 4271 section 4.3); lengths above
 * `max_bits` are faults. */
bool nlri_take_bits(struct cur *in, unsigned max_bits, struct cur *one,
                    struct nlri_fault *fault);

/* Consumes an NLRI that begins with a length in octets, of `len_size` octets itself (1 or 2).
 */
bool nlri_take_octets(struct cur *in, unsigned len_size, struct cur *one,
                      struct nlri_fault *fault);

/* Reads `bits` bits of an address of `addr_len` octets (4 or 16) into addr[addr_len], host bits
 * zeroed. */
bool nlri_read_addr(struct cur *c, unsigned bits, unsigned addr_len, uint8_t *addr,
                    struct nlri_fault *fault);

#endif
