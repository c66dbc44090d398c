/* SPDX-License-Identifier: BSD-2-Clause */
/* ls: IANA "BGP-LS NLRI and Attribute TLVs", the tables that NLRI and attribute 29 share (RFC
 * 9552). Floor F1. */
#ifndef RIBTAPE_BGP_LS_H
#define RIBTAPE_BGP_LS_H

#include "bgp/tlv.h"

/* Descriptors, in NLRI: 256-265, 270-272, 512-518, 550-557, 1185. */
extern const struct tlv_table ls_descriptor_table;

/* Attributes of nodes, links, prefixes, SIDs and SR policies: 258-267, 1024-1252. */
extern const struct tlv_table ls_attr_table;

/* Emits an IGP router id (RFC 9552 section 5.2.1.4) as "value": 4 octets OSPF, 6 IS-IS, 7 and 8
 * pseudonodes of either. */
int ls_igp_router_id(struct tlv *t, struct emit *e);

/* Decoders of kin TLVs, in bgp/ls/ by subject. */
int ls_mt_ids(struct tlv *t, struct emit *e);
int ls_msd(struct tlv *t, struct emit *e);
int ls_f32s(struct tlv *t, struct emit *e);
int ls_isis_area(struct tlv *t, struct emit *e);
int ls_link_ids(struct tlv *t, struct emit *e);
int ls_reachability(struct tlv *t, struct emit *e);
int ls_sid_label(struct tlv *t, struct emit *e);
int ls_sr_capabilities(struct tlv *t, struct emit *e);
int ls_octets(struct tlv *t, struct emit *e);
int ls_adj_sid(struct tlv *t, struct emit *e);
int ls_lan_adj_sid(struct tlv *t, struct emit *e);
int ls_peer_sid(struct tlv *t, struct emit *e);
int ls_prefix_sid(struct tlv *t, struct emit *e);
int ls_range(struct tlv *t, struct emit *e);
int ls_flags16(struct tlv *t, struct emit *e);
int ls_srv6_end_x(struct tlv *t, struct emit *e);
int ls_srv6_lan_end_x_isis(struct tlv *t, struct emit *e);
int ls_srv6_lan_end_x_ospf(struct tlv *t, struct emit *e);
int ls_srv6_locator(struct tlv *t, struct emit *e);
int ls_srv6_behavior(struct tlv *t, struct emit *e);
int ls_srv6_peer_node_sid(struct tlv *t, struct emit *e);
int ls_srv6_structure(struct tlv *t, struct emit *e);
int ls_srv6_sid(struct tlv *t, struct emit *e);
int ls_flex_algo(struct tlv *t, struct emit *e);
int ls_flex_metric(struct tlv *t, struct emit *e);
int ls_flex_unsupported(struct tlv *t, struct emit *e);
int ls_delay(struct tlv *t, struct emit *e);
int ls_delay_min_max(struct tlv *t, struct emit *e);
int ls_loss(struct tlv *t, struct emit *e);
int ls_asla(struct tlv *t, struct emit *e);
int ls_bundle_member(struct tlv *t, struct emit *e);
int ls_unreserved(struct tlv *t, struct emit *e);
int ls_sr_cp_descriptor(struct tlv *t, struct emit *e);
int ls_sr_binding_sid(struct tlv *t, struct emit *e);
int ls_sr_srv6_binding_sid(struct tlv *t, struct emit *e);
int ls_sr_cp_state(struct tlv *t, struct emit *e);
int ls_sr_constraints(struct tlv *t, struct emit *e);
int ls_sr_affinity(struct tlv *t, struct emit *e);
int ls_sr_disjoint(struct tlv *t, struct emit *e);
int ls_sr_bidirectional(struct tlv *t, struct emit *e);
int ls_sr_metric_constraint(struct tlv *t, struct emit *e);
int ls_sr_segment_list_metric(struct tlv *t, struct emit *e);
int ls_sr_segment_list(struct tlv *t, struct emit *e);
int ls_sr_segment(struct tlv *t, struct emit *e);
int ls_te_cross_connect(struct tlv *t, struct emit *e);
int ls_te_cross_connect_interface(struct tlv *t, struct emit *e);
int ls_te_cross_connect_fec(struct tlv *t, struct emit *e);
int ls_te_path_state(struct tlv *t, struct emit *e);

#endif
