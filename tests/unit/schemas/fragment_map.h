/* SPDX-License-Identifier: BSD-2-Clause */
/* fragment_map: what part of a message a fragment of data/vectors is, from the module and the
 * test it comes from. */
#ifndef RIBTAPE_TESTS_UNIT_SCHEMAS_FRAGMENT_MAP_H
#define RIBTAPE_TESTS_UNIT_SCHEMAS_FRAGMENT_MAP_H

#include <stdbool.h>

/* How a fragment is put into a message. */
enum fragment_kind {
    FRAG_NONE,      /* no wire of BGP: a value to compare with, a JSON field, a BMP header */
    FRAG_NLRI,      /* NLRI of afi, safi */
    FRAG_EVPN,      /* an EVPN route of type `a` without type and length */
    FRAG_LS,        /* a BGP-LS NLRI of type `a` without type and length */
    FRAG_ATTR,      /* the value of attribute `a` */
    FRAG_ATTR_LV,   /* the same behind its length, one octet or two */
    FRAG_ATTRS,     /* whole attributes */
    FRAG_LS_TLV,    /* BGP-LS TLVs, of the attribute or of descriptors */
    FRAG_LS_VALUE,  /* the value of BGP-LS TLV `a` */
    FRAG_SID_VALUE, /* the value of Prefix-SID TLV `a` */
    FRAG_SERVICE,   /* sub-TLVs of an SRv6 L3 service */
    FRAG_SID_INFO,  /* the value of the SRv6 SID Information sub-TLV */
    FRAG_SUB_SUB,   /* sub-sub-TLVs of it; 1: and the reserved octet before them */
    FRAG_SEGMENTS,  /* sub-TLVs of a segment list */
    FRAG_SEGMENT,   /* the value of segment sub-TLV `a` */
    FRAG_CAP,       /* the value of capability `a` */
    FRAG_CAPS,      /* whole capabilities */
    FRAG_OPEN,      /* the body of an OPEN, after `a` octets of its header */
    FRAG_UPDATE,    /* the body of an UPDATE */
    FRAG_MESSAGE,   /* a message without its marker */
    FRAG_BODY,      /* the body of a message of type `a` */
    FRAG_WHOLE,     /* a whole message, its marker as it stands */
    FRAG_TUNNEL,    /* sub-TLVs of a tunnel of type `a` */
    FRAG_BMP,       /* type and body of a BMP message of version `a` */
    FRAG_BMP_WHOLE, /* a BMP message */
};

static const struct fragment_row {
    const char *pattern; /* fnmatch of `module: test ...`; the first that fits */
    enum fragment_kind kind;
    unsigned a, b;
    bool variables; /* variables of its tests hold wire too */
    bool unsaid;    /* its origin has sound and malformed ones under one name */
} fragment_map[] = {
    {"evpn: TestUnmarshalEVPNMcastMembershipReport*", FRAG_EVPN, 7, 0, false, false},
    {"evpn: TestUnmarshalEVPNMcastLeave*", FRAG_EVPN, 8, 0, false, false},
    {"evpn: TestRFC9572_PerRegionIPMSIAD*", FRAG_EVPN, 9, 0, false, false},
    {"evpn: TestUnmarshalEVPNSPMSI*", FRAG_EVPN, 10, 0, false, false},
    {"evpn: TestUnmarshalEVPNLeafAD*", FRAG_EVPN, 11, 0, false, false},
    {"evpn: TestRFC9251_SMET: *", FRAG_EVPN, 6, 0, false, false},
    {"evpn: *", FRAG_NLRI, 25, 70, false, false},
    {"mcastvpn: *(_)", FRAG_NONE, 0, 0, false, false},
    {"mcastvpn: *IPv6*", FRAG_NLRI, 2, 5, false, false},
    {"mcastvpn: *", FRAG_NLRI, 1, 5, false, false},
    {"l3vpn: *IPv6*", FRAG_NLRI, 2, 128, false, false},
    {"l3vpn: *VPNv6*", FRAG_NLRI, 2, 128, false, false},
    {"l3vpn: *", FRAG_NLRI, 1, 128, false, false},
    {"multicast: *IPv6*", FRAG_NLRI, 2, 2, false, false},
    {"multicast: *", FRAG_NLRI, 1, 2, false, false},
    {"community: test_upa_*", FRAG_ATTR, 16, 0, true, false},
    {"path_attribute: test_path_attr_route_target_membership*", FRAG_ATTR, 16, 0, false, false},
    {"unicast: TestRFC8277_LabeledUnicastIPv6*", FRAG_NLRI, 2, 4, false, false},
    {"unicast: TestRFC8277*IPv6*", FRAG_NLRI, 2, 4, false, false},
    {"unicast: TestUnmarshalUnicastNLRI*", FRAG_NLRI, 1, 1, false, false},
    {"unicast: *", FRAG_NLRI, 1, 4, false, false},
    {"rtc: BenchmarkNLRIString*", FRAG_ATTR, 16, 0, false, false},
    {"rtc: *", FRAG_NLRI, 1, 132, false, false},
    {"vpls: TestParse*", FRAG_ATTR, 16, 0, false, false},
    {"vpls: *", FRAG_NLRI, 25, 65, false, false},
    {"flowspec: RFC8955*", FRAG_NLRI, 1, 133, true, false},
    {"flowspec: *VPN*IPv6*", FRAG_NLRI, 2, 134, false, false},
    {"flowspec: *VPN*", FRAG_NLRI, 1, 134, true, false},
    {"flowspec: *IPv6*", FRAG_NLRI, 2, 133, false, false},
    {"flowspec: *RFC8956*", FRAG_NLRI, 2, 133, false, false},
    {"flowspec: *", FRAG_NLRI, 1, 133, false, false},
    {"ls: *NLRI72*", FRAG_NLRI, 16388, 72, false, false},
    {"ls: *", FRAG_NLRI, 16388, 71, false, false},
    {"base: TestUnmarshalLinkNLRI*", FRAG_LS, 2, 0, false, false},
    {"base: TestUnmarshalNodeNLRI*", FRAG_LS, 1, 0, false, false},
    {"base: TestUnmarshalPrefixNLRI: prefix nlri 1", FRAG_LS, 4, 0, false, false},
    {"base: TestUnmarshalPrefixNLRI*", FRAG_LS, 3, 0, false, false},
    {"base: TestUnmarshalTLV: duplicate*", FRAG_NONE, 0, 0, false, false},
    {"base: TestUnmarshalTLV*", FRAG_LS_TLV, 0, 0, false, false},
    {"bgpls: TestUnmarshalFlexAlgoDefinition*", FRAG_LS_VALUE, 1039, 0, false, false},
    {"bgpls: TestUnmarshalFlexAlgoPrefixMetric*", FRAG_LS_VALUE, 1044, 0, false, false},
    {"bgpls: TestUnmarshalAppSpecLinkAttr*", FRAG_LS_VALUE, 1122, 0, false, false},
    {"bgpls: TestUnmarshalSRBindingSID*", FRAG_LS_VALUE, 1201, 0, false, false},
    {"bgpls: TestUnmarshalSRBandwidthConstraint*", FRAG_LS_VALUE, 1210, 0, false, false},
    {"bgpls: TestGet*", FRAG_NONE, 0, 0, false, false},
    {"bgpls: Test*", FRAG_LS_TLV, 0, 0, false, false},
    {"bgp: TestUnmarshalAttrASPath: *", FRAG_ATTR, 2, 0, false, false},
    {"bgp: TestUnmarshalASPath: *", FRAG_ATTR, 2, 0, false, false},
    {"bgp: TestUnmarshalASPathSegments*", FRAG_ATTR, 2, 0, false, false},
    {"bgp: TestUnmarshalAttrAS4Path*", FRAG_ATTR, 17, 0, false, false},
    {"bgp: TestUnmarshalBGPPrefixSID*", FRAG_ATTR, 40, 0, false, false},
    {"bgp: TestRFC8669_*", FRAG_ATTR, 40, 0, false, false},
    {"bgp: TestUnmarshalLabelIndexTLV*", FRAG_SID_VALUE, 1, 0, false, false},
    {"bgp: TestUnmarshalOriginatorSRGBTLV*", FRAG_SID_VALUE, 3, 0, false, false},
    {"bgp: TestExtendedCommunity*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: TestEVPNLinkBandwidth*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: TestFlowspecTraffic*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: TestRFC8097_FullExt*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: TestRFC8097_UnmarshalBGPExt*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: TestMakeExtCommunity*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: extCommData*", FRAG_ATTR, 16, 0, true, false},
    {"bgp: TestRFC5701*", FRAG_ATTR, 25, 0, false, false},
    {"bgp: TestUnmarshalMPReachNLRI_Errors*", FRAG_ATTR, 14, 0, false, false},
    {"bgp: TestUnmarshalMPUnReachNLRI*", FRAG_ATTR, 15, 0, false, false},
    {"bgp: TestUnmarshalBGPBaseAttributes_PathAttrErrors*", FRAG_ATTRS, 0, 0, false, false},
    {"bgp: TestBaseAttrs_TunnelEncap*", FRAG_ATTR, 23, 0, true, false},
    {"bgp: TestBGPRoleCapability: *(openMsgRaw)", FRAG_OPEN, 3, 0, false, false},
    {"bgp: TestAddPathCapability: *(openMsgRaw)", FRAG_MESSAGE, 0, 0, false, false},
    {"bgp: TestUnmarshalBGPOpenMessage: *", FRAG_MESSAGE, 0, 0, false, false},
    {"bgp: TestMPReachNLRI_GetAllFlowspecNLRI*(nlri)", FRAG_NLRI, 2, 133, false, false},
    {"bgp: TestMPReachNLRI_GetFlowspecNLRI_VPNWithData*", FRAG_NLRI, 1, 134, false, false},
    {"bgp: TestMPReachNLRI_GetFlowspecNLRI_VPNIPv6*", FRAG_NLRI, 2, 134, false, false},
    {"prefixsid: *", FRAG_ATTR, 40, 0, false, false},
    {"srpolicy: TestRFC9256_NLRIv6*", FRAG_NLRI, 2, 73, false, false},
    {"srpolicy: TestRFC9256_LengthValues: *IPv6*", FRAG_NLRI, 2, 73, false, false},
    {"srpolicy: TestRFC9256_NLRIv4*", FRAG_NLRI, 1, 73, false, false},
    {"srpolicy: TestRFC9256_LengthValues: *", FRAG_NLRI, 1, 73, false, false},
    {"srpolicy: TestRFC9256_ErrorCases*", FRAG_NLRI, 1, 73, false, false},
    {"srpolicy: TestUnmarshalSRPolicyTLV*", FRAG_ATTR, 23, 0, false, false},
    {"srpolicy: TestUnmarshalSegmentListSTLV*", FRAG_SEGMENTS, 0, 0, false, false},
    {"srpolicy: TestUnmarshalTypeASegment*", FRAG_SEGMENT, 1, 0, false, false},
    {"srpolicy: TestUnmarshalTypeBSegment*", FRAG_SEGMENT, 13, 0, false, false},
    {"srpolicy: TestUnmarshalTypeCSegment*", FRAG_SEGMENT, 3, 0, false, false},
    {"srpolicy: TestUnmarshalTypeDSegment*", FRAG_SEGMENT, 4, 0, false, false},
    {"srpolicy: TestUnmarshalTypeESegment*", FRAG_SEGMENT, 5, 0, false, false},
    {"srpolicy: TestUnmarshalTypeFSegment*", FRAG_SEGMENT, 6, 0, false, false},
    {"srpolicy: TestUnmarshalTypeGSegment*", FRAG_SEGMENT, 7, 0, false, false},
    {"srv6: TestRFC9252_LocatorTLV*", FRAG_LS_VALUE, 1162, 0, false, false},
    {"srv6: TestRFC9252_EndXSIDTLV*", FRAG_LS_VALUE, 1106, 0, false, false},
    {"srv6: TestRFC9252_BGPPeerNodeSID*", FRAG_LS_VALUE, 1251, 0, false, false},
    {"srv6: TestRFC9252_SIDStructureSubSubTLV*", FRAG_NONE, 0, 0, false, false},
    {"srv6: TestRFC9252_SubTLV*", FRAG_LS_TLV, 0, 0, false, false},
    {"srv6: TestRFC9252_AllSubTLV*", FRAG_LS_TLV, 0, 0, false, false},
    {"srv6: TestRFC9252_SIDDescriptor*", FRAG_LS_TLV, 0, 0, false, false},
    {"srv6: TestUnmarshalSRv6SIDDescriptor*", FRAG_LS_TLV, 0, 0, false, false},
    {"srv6: TestRFC9252_InformationSubTLV*", FRAG_SID_INFO, 0, 0, false, false},
    {"srv6: TestRFC9252_L3ServiceSubTLV*", FRAG_SERVICE, 0, 0, false, false},
    {"srv6: TestRFC9252_L3ServiceSubSubTLV*", FRAG_SUB_SUB, 1, 0, false, false},
    {"srv6: TestRFC9252_L3Service*", FRAG_SID_VALUE, 5, 0, false, false},
    {"sr: TestUnmarshalPrefixSIDTLV*", FRAG_LS_VALUE, 1158, 0, false, false},
    {"sr: TestUnmarshalAdjacencySIDTLV*", FRAG_LS_VALUE, 1099, 0, false, false},
    {"sr: TestUnmarshalPeerSID*", FRAG_LS_VALUE, 1101, 0, false, false},
    {"sr: TestUnmarshalSRCapabilities*", FRAG_LS_VALUE, 1034, 0, false, false},
    {"sr: TestUnmarshalSRLocalBlock*", FRAG_LS_VALUE, 1036, 0, false, false},
    {"te: TestUnmarshalTEPolicyNLRI*", FRAG_LS, 5, 0, true, false},
    {"te: TestTEPolicy_NLRI_Truncated*", FRAG_LS, 5, 0, false, false},
    {"te: TestTEPolicy_PolicyDescriptor*", FRAG_LS_TLV, 0, 0, false, false},
    {"tunnel: TestUnmarshalTunnelEncapsulation*", FRAG_ATTR, 23, 0, false, false},
    {"tunnel: TestRFC9012_TunnelTLVStructure*", FRAG_ATTR, 23, 0, false, false},
    {"tunnel: TestRFC9012_MultipleTunnels*", FRAG_ATTR, 23, 0, false, false},
    {"tunnel: TestRFC9012_ErrorHandling*", FRAG_ATTR, 23, 0, false, false},

    {"bgp: Test_LsAddrPrefix*", FRAG_NLRI, 16388, 71, false, true},
    {"bgp: Test_LsLinkNLRI_UnknownSubTLV*", FRAG_LS, 2, 0, false, false},
    {"bgp: Test_LsPrefixV4NLRI*", FRAG_LS, 3, 0, false, false},
    {"bgp: Test_LsPrefixV6NLRI*", FRAG_LS, 4, 0, false, false},
    {"bgp: Test_LsSrv6SIDNLRIMultiTopoID (base)*", FRAG_LS, 6, 0, false, false},
    {"bgp: Test_LsLinkDescriptor_*(commonHeader)*", FRAG_LS, 2, 0, false, false},
    {"bgp: Test_Ls*", FRAG_LS_TLV, 0, 0, true, true},
    {"bgp: Test_RFC5512*", FRAG_ATTR, 16, 0, false, false},
    {"bgp: Test_UnknownIP6*", FRAG_ATTR, 25, 0, false, false},
    {"bgp: Test_BGPOpenDecodeCapabilities*", FRAG_OPEN, 0, 0, true, false},
    {"bgp: Test_PathAttributeLs*", FRAG_ATTRS, 0, 0, false, false},
    {"bgp: Test_PathAttributeNextHop_InvalidLength*", FRAG_ATTRS, 0, 0, false, false},
    {"bgp: Test_MalformedUpdateMsg*", FRAG_UPDATE, 0, 0, true, false},
    {"bgp: TestSRv6SIDStructureSubSubTLVLength: *", FRAG_SUB_SUB, 0, 0, false, false},
    {"bgp: TestRoundTripSubSubTLV*", FRAG_SUB_SUB, 0, 0, false, false},
    {"bgp: TestRoundTripSubTLV*", FRAG_SERVICE, 0, 0, false, false},
    {"bgp: TestMPLSLabelStackMissingBOS*", FRAG_NLRI, 1, 4, false, false},

    {"attr_08_*", FRAG_ATTR, 8, 0, true, false},
    {"attr_10_*", FRAG_ATTR, 10, 0, true, false},
    {"attr_14_15_nlri: test_encode*", FRAG_NONE, 0, 0, false, false},
    {"attr_14_15_nlri: *unreachable*", FRAG_ATTR, 15, 0, true, false},
    {"attr_14_15_nlri: *", FRAG_ATTR, 14, 0, true, false},
    {"attr_16_25_*: test_parse_extended_communities_opaque", FRAG_NONE, 0, 0, false, false},
    {"attr_16_25_*ipv6*", FRAG_ATTR, 25, 0, true, false},
    {"attr_16_25_*", FRAG_ATTR, 16, 0, true, false},
    {"attr_24_*(switching*", FRAG_NONE, 0, 0, false, false},
    {"attr_24_*", FRAG_ATTR, 24, 0, true, false},
    {"attr_26_*", FRAG_ATTR, 26, 0, false, false},
    {"attr_32_*", FRAG_ATTR, 32, 0, false, false},
    {"attr_37_*", FRAG_ATTR, 37, 0, false, false},
    {"attr_38_*", FRAG_ATTR, 38, 0, true, false},
    {"attr_40_*", FRAG_ATTR, 40, 0, false, false},
    {"attr_41_*", FRAG_ATTR, 41, 0, true, false},
    {"tests: *(ipv4_data)", FRAG_NLRI, 1, 133, false, false},
    {"tests: *ipv6*", FRAG_NLRI, 2, 133, true, false},
    {"tests: *", FRAG_NLRI, 1, 133, true, false},
    {"mpls: *", FRAG_NLRI, 1, 4, false, false},
    {"nlri: test_simple_nlri_parsing*", FRAG_NLRI, 1, 133, false, false},
    {"utils: test_parse_nlri_list_ipv6*", FRAG_NLRI, 2, 1, false, false},
    {"utils: test_parse_nlri_list*", FRAG_NLRI, 1, 1, false, false},
    {"utils: test_read_nlri_prefix*", FRAG_NLRI, 1, 1, false, false},
    {"utils: test_encode_nlri_prefixes*", FRAG_NLRI, 1, 1, true, false},
    {"capabilities: test_extended_next_hop_capability*", FRAG_CAP, 5, 0, true, false},
    {"capabilities: test_graceful_restart_capability_invalid*", FRAG_CAP, 64, 0, true, false},
    {"messages: test_parse_bgp_open*", FRAG_OPEN, 0, 0, false, false},
    {"messages: test_bgp_extended_message_capability*", FRAG_OPEN, 0, 0, false, false},
    {"messages: test_bgp_open_wire_fixtures*", FRAG_OPEN, 0, 0, false, false},
    {"dissect: dissect_open_capabilities*", FRAG_CAPS, 0, 0, false, false},

    {"bgp_ls: test_bgp_ls_nlri*", FRAG_NLRI, 16388, 71, true, false},
    {"bgp_ls: test_bgp_ls_attr_parse*", FRAG_ATTR_LV, 29, 0, true, false},
    {"bgp_ls: test_bgp_ls_sid*", FRAG_ATTR_LV, 29, 0, true, false},
    {"bgp_ls: test_bgp_ls_mp_reach*", FRAG_ATTR_LV, 14, 0, true, false},
    {"bgp_ls: test_bgp_ls_vpn_mp_unreach*", FRAG_ATTR_LV, 15, 0, true, false},
    {"bgp_ls: test_bgp_ls_vpn_mp_reach*", FRAG_ATTR_LV, 14, 0, true, false},
    {"capabilities: test_extended_next_hop_encoding_capability*", FRAG_CAPS, 0, 0, false,
     false},
    {"capabilities: test_extended_next_hop_encodings*", FRAG_NONE, 0, 0, false, false},
    {"capabilities: test_extended_next_hop_encoding*", FRAG_CAP, 5, 0, true, false},
    {"capabilities: *", FRAG_CAPS, 0, 0, true, false},
    {"nlri: test_ethernet_auto_discovery (good_wire)*", FRAG_EVPN, 1, 0, false, false},
    {"nlri: test_mac_ip_advertisement (good_wire)*", FRAG_EVPN, 2, 0, false, false},
    {"nlri: test_inclusive_multicast_*", FRAG_EVPN, 3, 0, true, false},
    {"nlri: test_ethernet_segment_route*", FRAG_EVPN, 4, 0, true, false},
    {"nlri: test_l2_evpn_route*", FRAG_NLRI, 25, 70, true, false},
    {"nlri: test_route_target_membership_address (*", FRAG_NLRI, 1, 132, false, false},
    {"nlri: test_ipv4_nlri_mpls_labels_address*", FRAG_NLRI, 1, 4, true, false},
    {"nlri: test_ipv4_mpls_vpn_unicast*", FRAG_NLRI, 1, 128, true, false},
    {"nlri: test_ipv6_mpls_vpn_unicast*", FRAG_NLRI, 2, 128, true, false},
    {"nlri: test_ipv6_unicast*", FRAG_NLRI, 2, 1, true, false},
    {"open: *", FRAG_OPEN, 0, 0, true, false},
    {"path_attribute: test_path_attribute_*", FRAG_ATTRS, 0, 0, true, false},
    {"path_attribute: test_as4_path_segments*", FRAG_ATTR_LV, 2, 0, true, false},
    {"path_attribute: test_as2_path_segments*", FRAG_ATTR_LV, 2, 0, true, false},
    {"path_attribute: test_as4_path_segment *", FRAG_ATTR, 2, 0, true, false},
    {"path_attribute: test_as?_aggregator*", FRAG_ATTR_LV, 7, 0, true, false},
    {"path_attribute: test_multi_exit_discriminator*", FRAG_ATTR_LV, 4, 0, true, false},
    {"path_attribute: test_next_hop*", FRAG_ATTR_LV, 3, 0, true, false},
    {"path_attribute: test_mp_reach*", FRAG_ATTR_LV, 14, 0, true, false},
    {"path_attribute: test_segment_identifier*", FRAG_ATTR_LV, 40, 0, true, false},
    {"update: test_withdraw_route*", FRAG_NLRI, 1, 1, true, false},

    {"attribute: decode_unknown*", FRAG_ATTRS, 0, 0, false, false},
    {"capability: *", FRAG_CAPS, 0, 0, false, false},
    {"nlri: ipv6_nlri_reject*", FRAG_NLRI, 2, 1, false, false},
};

#endif
