/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_fields: the schema's fields, in its order. Floor F3.
 *
 * One list makes the table that encoder, reader and schema text follow (avro_schema.c), and the
 * numbers by which the direct encoder (record_avro.c) knows where a field stands.
 *
 * RECORD, FIELD, name, type (enum avro_type), of which record, required, text. */
#ifndef RIBTAPE_SCHEMAS_AVRO_AVRO_FIELDS_H
#define RIBTAPE_SCHEMAS_AVRO_AVRO_FIELDS_H

/* clang-format off */

#define AVRO_SEGMENT_FIELDS(X) \
    X(SEGMENT, TYPE, "type", TEXT, NULL, true, "sequence, set, confed_sequence or confed_set (RFC 4271 4.3, RFC 5065)") \
    X(SEGMENT, ASNS, "asns", LONGS, NULL, false, "AS numbers")

#define AVRO_SIDE_FIELDS(X) \
    X(SIDE, ADDR, "addr", TEXT, NULL, false, "IPv4 or IPv6 address") \
    X(SIDE, ASN, "asn", LONG, NULL, false, "AS number")

#define AVRO_ROUTER_FIELDS(X) \
    X(ROUTER, ADDR, "addr", TEXT, NULL, false, "address of who talked to the collector") \
    X(ROUTER, NAME, "name", TEXT, NULL, false, "sysName of BMP, or the configured name") \
    X(ROUTER, DESCR, "descr", TEXT, NULL, false, "sysDescr of BMP")

#define AVRO_PEER_FIELDS(X) \
    X(PEER, ADDR, "addr", TEXT, NULL, false, "IPv4 or IPv6 address; none for a Loc-RIB") \
    X(PEER, ASN, "asn", LONG, NULL, false, "AS number") \
    X(PEER, BGP_ID, "bgp_id", TEXT, NULL, false, "BGP Identifier (RFC 4271 4.2)") \
    X(PEER, RIB, "rib", TEXT, NULL, false, "BMP: adj-rib-in-pre, adj-rib-in-post, adj-rib-out-pre, adj-rib-out-post, loc-rib") \
    X(PEER, INSTANCE, "instance", TEXT, NULL, false, "BMP: rd, local, or a number; none: global") \
    X(PEER, RD, "rd", TEXT, NULL, false, "BMP: route distinguisher when not zero") \
    X(PEER, TABLE, "table", TEXT, NULL, false, "BMP: VRF or table name (RFC 9069, RFC 9736)")

#define AVRO_FAMILY_FIELDS(X) \
    X(FAMILY, AFI, "afi", TEXT, NULL, false, "IANA's name in lower case, or a number") \
    X(FAMILY, SAFI, "safi", TEXT, NULL, false, "IANA's name in lower case, or a number")

#define AVRO_NLRI_FIELDS(X) \
    X(NLRI, PREFIX, "prefix", TEXT, NULL, false, "address/length") \
    X(NLRI, PATH_ID, "path_id", LONG, NULL, false, "path identifier (RFC 7911)") \
    X(NLRI, RD, "rd", TEXT, NULL, false, "route distinguisher (RFC 4364 4.2)") \
    X(NLRI, LABELS, "labels", LONGS, NULL, false, "MPLS labels, outermost first (RFC 8277)") \
    X(NLRI, ROUTE_TYPE, "route_type", LONG, NULL, false, "EVPN, MCAST-VPN, MUP: route type") \
    X(NLRI, ROUTE_TYPE_NAME, "route_type_name", TEXT, NULL, false, "its name") \
    X(NLRI, ESI, "esi", TEXT, NULL, false, "EVPN: Ethernet segment identifier (RFC 7432 5)") \
    X(NLRI, ETHERNET_TAG, "ethernet_tag", LONG, NULL, false, "EVPN: Ethernet tag") \
    X(NLRI, MAC, "mac", TEXT, NULL, false, "EVPN: MAC address") \
    X(NLRI, IP, "ip", TEXT, NULL, false, "EVPN: IP address") \
    X(NLRI, EXPR, "expr", TEXT, NULL, false, "FlowSpec: the components as one expression") \
    X(NLRI, RAW, "raw", TEXT, NULL, false, "hex, when it does not parse")

#define AVRO_ROUTES_FIELDS(X) \
    X(ROUTES, AFI, "afi", TEXT, NULL, false, "IANA's name in lower case, or a number") \
    X(ROUTES, SAFI, "safi", TEXT, NULL, false, "IANA's name in lower case, or a number") \
    X(ROUTES, NEXT_HOP, "next_hop", TEXTS, NULL, false, "addresses, the second a link-local one") \
    X(ROUTES, NEXT_HOP_RD, "next_hop_rd", TEXT, NULL, false, "its route distinguisher when not zero (RFC 4364)") \
    X(ROUTES, NEXT_HOP_RAW, "next_hop_raw", TEXT, NULL, false, "hex, when it is no address") \
    X(ROUTES, NLRI, "nlri", RECORDS, &nlri, false, "routes")

#define AVRO_ATTRS_FIELDS(X) \
    X(ATTRS, ORIGIN, "origin", TEXT, NULL, false, "igp, egp, incomplete (RFC 4271 5.1.1)") \
    X(ATTRS, AS_PATH, "as_path", PATH, &segment, false, "merged with AS4_PATH (RFC 6793 4.2.3)") \
    X(ATTRS, NEXT_HOP, "next_hop", TEXT, NULL, false, "NEXT_HOP, where no IPv4 unicast NLRI shows it") \
    X(ATTRS, MED, "med", LONG, NULL, false, "MULTI_EXIT_DISC") \
    X(ATTRS, LOCAL_PREF, "local_pref", LONG, NULL, false, "LOCAL_PREF") \
    X(ATTRS, ATOMIC_AGGREGATE, "atomic_aggregate", BOOL, NULL, false, "ATOMIC_AGGREGATE is there") \
    X(ATTRS, AGGREGATOR, "aggregator", RECORD, &side, false, "AGGREGATOR") \
    X(ATTRS, COMMUNITIES, "communities", TEXTS, NULL, false, "RFC 1997: a:b, or a well-known name") \
    X(ATTRS, ORIGINATOR_ID, "originator_id", TEXT, NULL, false, "RFC 4456") \
    X(ATTRS, CLUSTER_LIST, "cluster_list", TEXTS, NULL, false, "RFC 4456") \
    X(ATTRS, EXT_COMMUNITIES, "ext_communities", TEXTS, NULL, false, "RFC 4360, by name") \
    X(ATTRS, IPV6_EXT_COMMUNITIES, "ipv6_ext_communities", TEXTS, NULL, false, "RFC 5701, by name") \
    X(ATTRS, LARGE_COMMUNITIES, "large_communities", TEXTS, NULL, false, "RFC 8092: a:b:c") \
    X(ATTRS, OTC, "otc", LONG, NULL, false, "Only to Customer (RFC 9234)") \
    X(ATTRS, AS4_PATH, "as4_path", PATH, &segment, false, "AS4_PATH, where it disagrees") \
    X(ATTRS, AS4_AGGREGATOR, "as4_aggregator", RECORD, &side, false, "AS4_AGGREGATOR, where it disagrees")

#define AVRO_DIAG_FIELDS(X) \
    X(DIAG, ACTION, "action", TEXT, NULL, false, "note, attribute-discard, treat-as-withdraw, afi-safi-disable, session-reset (RFC 7606 2)") \
    X(DIAG, REASON, "reason", TEXT, NULL, false, "what is wrong") \
    X(DIAG, ATTR, "attr", LONG, NULL, false, "attribute code") \
    X(DIAG, AFI, "afi", TEXT, NULL, false, "address family") \
    X(DIAG, SAFI, "safi", TEXT, NULL, false, "address family") \
    X(DIAG, OFFSET, "offset", LONG, NULL, false, "octets from the message's first") \
    X(DIAG, NEED, "need", LONG, NULL, false, "octets needed") \
    X(DIAG, HAVE, "have", LONG, NULL, false, "octets there")

#define AVRO_ROOT_FIELDS(X) \
    X(ROOT, V, "v", LONG, NULL, true, "version of the record: 1") \
    X(ROOT, SEQ, "seq", LONG, NULL, false, "number in the journal, gapless; a repeat after a crash has the same") \
    X(ROOT, SHARD, "shard", LONG, NULL, false, "which journal seq counts in") \
    X(ROOT, EPOCH, "epoch", LONG, NULL, false, "names the session: its first record's time, microseconds") \
    X(ROOT, PEER_SEQ, "peer_seq", LONG, NULL, false, "the record's number in the session, gapless") \
    X(ROOT, TIME, "time", TIME, NULL, true, "arrival at the collector") \
    X(ROOT, ROUTER_TIME, "router_time", TIME, NULL, false, "BMP: the router's own time") \
    X(ROOT, COLLECTOR, "collector", TEXT, NULL, false, "the collector's name") \
    X(ROOT, SOURCE, "source", TEXT, NULL, false, "bgp, bmp, mrt, pcap") \
    X(ROOT, ROUTER, "router", RECORD, &router, false, "who talked to the collector") \
    X(ROOT, PEER, "peer", RECORD, &peer, false, "whose routes") \
    X(ROOT, LOCAL, "local", RECORD, &side, false, "MRT: the side that recorded") \
    X(ROOT, DIRECTION, "direction", TEXT, NULL, false, "sent: a message the collector sent") \
    X(ROOT, TYPE, "type", TEXT, NULL, true, "update, open, notification, state, peer-up, ... (docs/records.md)") \
    X(ROOT, EOR, "eor", RECORD, &family, false, "End-of-RIB (RFC 4724 2) of this family") \
    X(ROOT, ANNOUNCE, "announce", RECORDS, &routes, false, "announced routes") \
    X(ROOT, WITHDRAW, "withdraw", RECORDS, &routes, false, "withdrawn routes") \
    X(ROOT, ATTRS, "attrs", RECORD, &attrs, false, "path attributes") \
    X(ROOT, ORIGINATED, "originated", TIME, NULL, false, "MRT RIB entries: when the route was originated") \
    X(ROOT, OLD, "old", TEXT, NULL, false, "state: before") \
    X(ROOT, NEW, "new", TEXT, NULL, false, "state: after") \
    X(ROOT, REASON, "reason", TEXT, NULL, false, "state, peer-down, lost: why") \
    X(ROOT, DIAGS, "diags", RECORDS, &diag, false, "what was wrong") \
    X(ROOT, RAW, "raw", TEXT, NULL, false, "the BGP message as hex")

/* clang-format on */

/* AVRO_NLRI_PREFIX, AVRO_NLRI_PATH_ID, ... AVRO_NLRI_CNT: which field of its record it is. */
#define AVRO_FIELD_NUMBER(RECORD, FIELD, name, type, of, required, doc) AVRO_##RECORD##_##FIELD,
enum avro_segment_field { AVRO_SEGMENT_FIELDS(AVRO_FIELD_NUMBER) AVRO_SEGMENT_CNT };
enum avro_side_field { AVRO_SIDE_FIELDS(AVRO_FIELD_NUMBER) AVRO_SIDE_CNT };
enum avro_router_field { AVRO_ROUTER_FIELDS(AVRO_FIELD_NUMBER) AVRO_ROUTER_CNT };
enum avro_peer_field { AVRO_PEER_FIELDS(AVRO_FIELD_NUMBER) AVRO_PEER_CNT };
enum avro_family_field { AVRO_FAMILY_FIELDS(AVRO_FIELD_NUMBER) AVRO_FAMILY_CNT };
enum avro_nlri_field { AVRO_NLRI_FIELDS(AVRO_FIELD_NUMBER) AVRO_NLRI_CNT };
enum avro_routes_field { AVRO_ROUTES_FIELDS(AVRO_FIELD_NUMBER) AVRO_ROUTES_CNT };
enum avro_attrs_field { AVRO_ATTRS_FIELDS(AVRO_FIELD_NUMBER) AVRO_ATTRS_CNT };
enum avro_diag_field { AVRO_DIAG_FIELDS(AVRO_FIELD_NUMBER) AVRO_DIAG_CNT };
enum avro_root_field { AVRO_ROOT_FIELDS(AVRO_FIELD_NUMBER) AVRO_ROOT_CNT };

#endif
