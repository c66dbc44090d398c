/* SPDX-License-Identifier: BSD-2-Clause */
/* attr_map: one row per path attribute of IANA's registry. Floor F1.
 *
 * A new attribute: a decoder in bgp/attrs/, an ATTR_DECODER line, its row here, and vectors in
 * tests/vectors/attrs/. */
#ifndef RIBTAPE_BGP_ATTR_MAP_H
#define RIBTAPE_BGP_ATTR_MAP_H

#include "bgp/attr.h"

/* clang-format off */

/* code, NAME, record member, source, category, when malformed (RFC 7606 section 7 or the attribute's own RFC),
 * least and most octets, step, decoder (NULL: value as hex in `unknown`). */
#define ATTR_MAP(X)                                                                       \
    X(1,   ORIGIN,           "origin",            "RFC 4271, RFC 7606 7.1",  WELL_KNOWN,   TREAT_AS_WITHDRAW, 1, 1,     1,  attr_origin)           \
    X(2,   AS_PATH,          "as_path",           "RFC 4271, RFC 7606 7.2",  WELL_KNOWN,   TREAT_AS_WITHDRAW, 0, 65535, 1,  attr_as_path)          \
    X(3,   NEXT_HOP,         "next_hop",          "RFC 4271, RFC 7606 7.3",  WELL_KNOWN,   TREAT_AS_WITHDRAW, 4, 4,     1,  attr_next_hop)         \
    X(4,   MED,              "med",               "RFC 4271, RFC 7606 7.4",  OPT_NONTRANS, TREAT_AS_WITHDRAW, 4, 4,     1,  attr_number)           \
    X(5,   LOCAL_PREF,       "local_pref",        "RFC 4271, RFC 7606 7.5",  WELL_KNOWN,   TREAT_AS_WITHDRAW, 4, 4,     1,  attr_number)           \
    X(6,   ATOMIC_AGGREGATE, "atomic_aggregate",  "RFC 4271, RFC 7606 7.6",  WELL_KNOWN,   ATTRIBUTE_DISCARD, 0, 0,     1,  attr_presence)         \
    X(7,   AGGREGATOR,       "aggregator",        "RFC 4271, RFC 7606 7.7",  OPT_TRANS,    ATTRIBUTE_DISCARD, 6, 8,     2,  attr_aggregator)       \
    X(8,   COMMUNITIES,      "communities",       "RFC 1997, RFC 7606 7.8",  OPT_TRANS,    TREAT_AS_WITHDRAW, 4, 65535, 4,  attr_communities)      \
    X(9,   ORIGINATOR_ID,    "originator_id",     "RFC 4456, RFC 7606 7.9",  OPT_NONTRANS, TREAT_AS_WITHDRAW, 4, 4,     1,  attr_bgp_id)           \
    X(10,  CLUSTER_LIST,     "cluster_list",      "RFC 4456, RFC 7606 7.10", OPT_NONTRANS, TREAT_AS_WITHDRAW, 4, 65535, 4,  attr_bgp_ids)          \
    X(11,  DPA,              "dpa",               "RFC 6938",                OPT_TRANS,    NOTE,              0, 65535, 1,  NULL)                  \
    X(12,  ADVERTISER,       "advertiser",        "RFC 1863, RFC 6938",      OPT_NONTRANS, NOTE,              0, 65535, 1,  NULL)                  \
    X(13,  RCID_PATH,        "rcid_path",         "RFC 1863, RFC 6938",      OPT_NONTRANS, NOTE,              0, 65535, 1,  NULL)                  \
    X(14,  MP_REACH_NLRI,    "mp_reach",          "RFC 4760, RFC 7606 7.11", OPT_NONTRANS, AFI_SAFI_DISABLE,  0, 65535, 1,  NULL)                  \
    X(15,  MP_UNREACH_NLRI,  "mp_unreach",        "RFC 4760, RFC 7606 7.12", OPT_NONTRANS, AFI_SAFI_DISABLE,  3, 65535, 1,  NULL)                  \
    X(16,  EXT_COMMUNITIES,  "ext_communities",   "RFC 4360, RFC 7606 7.14", OPT_TRANS,    TREAT_AS_WITHDRAW, 8, 65535, 8,  attr_ext_communities)  \
    X(17,  AS4_PATH,         "as4_path",          "RFC 6793 section 6",      OPT_TRANS,    ATTRIBUTE_DISCARD, 0, 65535, 1,  attr_as4_path)         \
    X(18,  AS4_AGGREGATOR,   "as4_aggregator",    "RFC 6793 section 6",      OPT_TRANS,    ATTRIBUTE_DISCARD, 8, 8,     1,  attr_aggregator)       \
    X(19,  SSA,              "ssa",               "draft-nalawade-softwire-mesh-safi (deprecated)", OPT_TRANS, NOTE, 0, 65535, 1, NULL) \
    X(20,  CONNECTOR,        "connector",         "RFC 6037 section 5.2.1 (deprecated)", OPT_TRANS, NOTE, 2, 65535, 1, attr_connector) \
    X(21,  AS_PATHLIMIT,     "as_pathlimit",      "draft-ietf-idr-as-pathlimit (deprecated)", OPT_TRANS, NOTE, 5, 5, 1, attr_as_pathlimit) \
    X(22,  PMSI_TUNNEL,      "pmsi_tunnel",       "RFC 6514 section 5",      OPT_TRANS,    TREAT_AS_WITHDRAW, 5, 65535, 1,  attr_pmsi)             \
    X(23,  TUNNEL_ENCAP,     "tunnel_encap",      "RFC 9012",                OPT_TRANS,    TREAT_AS_WITHDRAW, 4, 65535, 1,  attr_tunnel_encap)     \
    X(24,  TRAFFIC_ENGINEERING, "traffic_engineering", "RFC 5543, RFC 7606 7.13", OPT_NONTRANS, TREAT_AS_WITHDRAW, 36, 65535, 1, attr_traffic_engineering) \
    X(25,  IPV6_EXT_COMMUNITIES, "ipv6_ext_communities", "RFC 5701, RFC 7606 7.15", OPT_TRANS, TREAT_AS_WITHDRAW, 20, 65535, 20, attr_ipv6_ext_communities) \
    X(26,  AIGP,             "aigp",              "RFC 7311",                OPT_NONTRANS, ATTRIBUTE_DISCARD, 3, 65535, 1,  attr_aigp)             \
    X(27,  PE_DISTINGUISHER_LABELS, "pe_distinguisher_labels", "RFC 6514 section 8", OPT_TRANS, TREAT_AS_WITHDRAW, 7, 65535, 1, attr_pe_distinguisher_labels) \
    X(28,  ENTROPY_LABEL,    "entropy_label",     "RFC 6790, RFC 7447 (deprecated)", OPT_TRANS, NOTE,          0, 65535, 1,  NULL)                  \
    X(29,  BGP_LS,           "bgp_ls",            "RFC 9552 section 5.3",    OPT_NONTRANS, ATTRIBUTE_DISCARD, 0, 65535, 1,  attr_bgp_ls)           \
    X(30,  DEPRECATED_30,    "deprecated_30",     "RFC 8093",                ANY,          NOTE,              0, 65535, 1,  NULL)                  \
    X(31,  DEPRECATED_31,    "deprecated_31",     "RFC 8093",                ANY,          NOTE,              0, 65535, 1,  NULL)                  \
    X(32,  LARGE_COMMUNITY,  "large_communities", "RFC 8092 section 5",      OPT_TRANS,    TREAT_AS_WITHDRAW, 12, 65535, 12, attr_large_communities) \
    X(33,  BGPSEC_PATH,      "bgpsec_path",       "RFC 8205 section 3",      OPT_NONTRANS, TREAT_AS_WITHDRAW, 2, 65535, 1,  attr_bgpsec_path)      \
    X(34,  COMMUNITY_CONTAINER, "community_containers", "draft-ietf-idr-wide-bgp-communities", OPT_TRANS, TREAT_AS_WITHDRAW, 6, 65535, 1, attr_community_container) \
    X(35,  OTC,              "otc",               "RFC 9234 section 5",      OPT_TRANS,    TREAT_AS_WITHDRAW, 4, 4,     1,  attr_number) \
    X(36,  D_PATH,           "d_path",            "RFC 10039",               OPT_TRANS,    TREAT_AS_WITHDRAW, 1, 65535, 1,  attr_d_path)           \
    X(37,  SFP,              "sfp",               "RFC 9015 section 3.2.1",  OPT_TRANS,    TREAT_AS_WITHDRAW, 3, 65535, 1,  attr_sfp)              \
    X(38,  BFD_DISCRIMINATOR, "bfd_discriminator", "RFC 9026 section 3.1.6", OPT_TRANS,    ATTRIBUTE_DISCARD, 5, 65535, 1,  attr_bfd_discriminator) \
    X(39,  NHC,              "next_hop_characteristics", "draft-ietf-idr-nhc", OPT_TRANS, ATTRIBUTE_DISCARD, 4, 65535, 1,  attr_nhc)              \
    X(40,  PREFIX_SID,       "prefix_sid",        "RFC 8669, RFC 9252",      OPT_TRANS,    ATTRIBUTE_DISCARD, 3, 65535, 1,  attr_prefix_sid)       \
    X(41,  BIER,             "bier",              "RFC 9793",                OPT_TRANS,    ATTRIBUTE_DISCARD, 4, 65535, 1,  attr_bier)             \
    X(42,  EDGE_METADATA,    "edge_metadata",     "draft-ietf-idr-5g-edge-service-metadata", OPT_NONTRANS, NOTE, 0, 65535, 1, attr_edge_metadata)   \
    X(128, ATTR_SET,         "attr_set",          "RFC 6368 section 5, RFC 7606 7.16", OPT_TRANS, TREAT_AS_WITHDRAW, 4, 65535, 1, attr_set) \
    X(129, DEPRECATED_129,   "deprecated_129",    "RFC 8093",                ANY,          NOTE,              0, 65535, 1,  NULL)                  \
    X(241, DEPRECATED_241,   "deprecated_241",    "RFC 8093",                ANY,          NOTE,              0, 65535, 1,  NULL)                  \
    X(242, DEPRECATED_242,   "deprecated_242",    "RFC 8093",                ANY,          NOTE,              0, 65535, 1,  NULL)                  \
    X(243, DEPRECATED_243,   "deprecated_243",    "RFC 8093",                ANY,          NOTE,              0, 65535, 1,  NULL)                  \
    X(255, DEVELOPMENT,      "development",       "RFC 2042",                ANY,          NOTE,              0, 65535, 1,  NULL)

#define ATTR_ENUM(code, NAME, ...) ATTR_##NAME = code,
enum attr_code { ATTR_MAP(ATTR_ENUM) };

/* clang-format on */

#define ATTR_DECODER(name) int name(struct attr_in *in, struct emit *e, struct str key);

ATTR_DECODER(attr_origin) /* bgp/attrs/basic.c */
ATTR_DECODER(attr_next_hop)
ATTR_DECODER(attr_number)   /* four octets */
ATTR_DECODER(attr_presence) /* no octets */
ATTR_DECODER(attr_bgp_id)
ATTR_DECODER(attr_bgp_ids)
ATTR_DECODER(attr_aggregator)
ATTR_DECODER(attr_as_path) /* bgp/attrs/as_path.c */
ATTR_DECODER(attr_as4_path)
ATTR_DECODER(attr_communities) /* bgp/attrs/communities.c */
ATTR_DECODER(attr_large_communities)
ATTR_DECODER(attr_ipv6_ext_communities)
ATTR_DECODER(attr_ext_communities) /* bgp/attrs/ext_communities.c */

ATTR_DECODER(attr_pmsi)                /* bgp/attrs/pmsi.c */
ATTR_DECODER(attr_prefix_sid)          /* bgp/attrs/prefix_sid.c */
ATTR_DECODER(attr_bgp_ls)              /* bgp/ls/tables.c */
ATTR_DECODER(attr_tunnel_encap)        /* bgp/attrs/tunnel_encap.c */
ATTR_DECODER(attr_bgpsec_path)         /* bgp/attrs/bgpsec.c */
ATTR_DECODER(attr_community_container) /* bgp/attrs/wide.c */
ATTR_DECODER(attr_sfp)                 /* bgp/attrs/containers.c */
ATTR_DECODER(attr_nhc)
ATTR_DECODER(attr_bier)
ATTR_DECODER(attr_edge_metadata)
ATTR_DECODER(attr_set)  /* bgp/attrs/attr_set.c */
ATTR_DECODER(attr_aigp) /* bgp/attrs/small.c */
ATTR_DECODER(attr_d_path)
ATTR_DECODER(attr_bfd_discriminator)
ATTR_DECODER(attr_pe_distinguisher_labels)
ATTR_DECODER(attr_traffic_engineering)
ATTR_DECODER(attr_as_pathlimit)
ATTR_DECODER(attr_connector)

#endif
