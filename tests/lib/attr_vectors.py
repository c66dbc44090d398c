#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Encodes path attributes from their fields, and writes tests/vectors/attrs_made.txt: code, context,
wire, and the JSON that those fields make. It shares no code with the decoder; the file is
committed, and test_attr_contract.c reads it. `--check` tells whether it is current."""
import ipaddress
import json
import pathlib
import struct
import sys

LINES = []


def u(v, octets):
    return v.to_bytes(octets, 'big')


def ip(s):
    return ipaddress.ip_address(s).packed


def f32(v):
    return struct.pack('>f', v)


def rd(asn, n):
    return u(0, 2) + u(asn, 2) + u(n, 4)


def named(t, name):
    return {'type': t, 'name': name} if name else {'type': t}


def tlv(t, name, octets, type_len=2, len_len=2, **fields):
    """(wire, JSON) of a TLV."""
    return u(t, type_len) + u(len(octets), len_len) + octets, {**named(t, name), **fields}


def nest(t, name, parts, octets=b'', type_len=2, len_len=2, **fields):
    """A TLV that ends in TLVs."""
    octets += b''.join(p[0] for p in parts)
    tlvs = {'tlvs': [p[1] for p in parts]} if parts else {}
    return tlv(t, name, octets, type_len, len_len, **fields, **tlvs)


def attr(code, member, octets, value, ctx='as4'):
    LINES.append(f"{code}|{ctx}|{octets.hex()}|{json.dumps({member: value}, separators=(',', ':'))[1:-1]}")


def tlvs(code, member, *parts):
    attr(code, member, b''.join(p[0] for p in parts), [p[1] for p in parts])


# ---- BGP-LS ----

def ls(*parts):
    tlvs(29, 'bgp_ls', *parts)


def label_entry(label):
    return u(label << 12, 4)


SEGMENT_PARTS = {
    1: [('algorithm', 128)], 2: [('algorithm', 0)],
    3: [('algorithm', 0), ('node', '192.0.2.3')],
    4: [('algorithm', 1), ('node', '2001:db8::4')],
    5: [('node', '192.0.2.5'), ('local_interface', 5)],
    6: [('local', '192.0.2.6'), ('remote', '192.0.2.7')],
    7: [('local', '2001:db8::7'), ('local_interface', 7), ('remote', '2001:db8::8'),
        ('remote_interface', 8)],
    8: [('local', '2001:db8::8'), ('remote', '2001:db8::9')],
    9: [('algorithm', 0), ('node', '2001:db8::9')],
    10: [('local', '2001:db8::a'), ('local_interface', 10), ('remote', '2001:db8::b'),
         ('remote_interface', 11)],
    11: [('local', '2001:db8::b'), ('remote', '2001:db8::c')],
}


def segment(t):
    srv6 = t in (2, 9, 10, 11)
    octets = u(t, 1) + u(0, 1) + u(0xc000, 2) + (ip('2001:db8:1::') if srv6 else label_entry(16000 + t))
    fields = {'segment_type': t, 'segment': 'abcdefghijk'[t - 1], 'flags': 0xc000,
              **({'sid': '2001:db8:1::'} if srv6 else {'label': 16000 + t})}
    for key, value in SEGMENT_PARTS[t]:
        octets += ip(value) if isinstance(value, str) else u(value, 1 if key == 'algorithm' else 4)
        fields[key] = value
    subs = [behavior(), structure()] if t == 11 else []
    return nest(1206, 'sr-segment', subs, octets, **fields)


def behavior():
    return tlv(1250, 'srv6-endpoint-behavior', u(1, 2) + u(0, 1) + u(128, 1), endpoint_behavior=1,
               flags=0, algorithm=128)


def structure():
    return tlv(1252, 'srv6-sid-structure', bytes([32, 16, 16, 0]), locator_block_len=32,
               locator_node_len=16, function_len=16, argument_len=0)


def scope(flags, mt, algorithm):
    return u(flags, 2) + u(0, 2) + u(mt, 2) + u(algorithm, 1) + u(0, 1), \
        {'flags': flags, 'mt_id': mt, 'algorithm': algorithm}


def sr_policy_state():
    ls(tlv(1200, 'mpls-te-path-state', u(2, 1) + u(1, 1) + u(0, 2) + b'\x07\x10\x00\x04',
           object_origin=2, address_family=1, objects='07100004'))
    ls(tlv(1201, 'sr-binding-sid', u(0x4000, 2) + u(0, 2) + label_entry(24000) + label_entry(24001),
           flags=0x4000, label=24000, provisioned_label=24001))
    ls(tlv(1201, 'sr-binding-sid', u(0xc000, 2) + u(0, 2) + ip('2001:db8::1') + ip('2001:db8::2'),
           flags=0xc000, sid='2001:db8::1', provisioned_sid='2001:db8::2'))
    ls(nest(1212, 'srv6-binding-sid', [behavior(), structure()],
            u(0x8000, 2) + u(0, 2) + ip('2001:db8::1') + ip('::'), flags=0x8000,
            sid='2001:db8::1', provisioned_sid='::'))
    ls(tlv(1202, 'sr-candidate-path-state', u(128, 1) + u(0, 1) + u(0x5000, 2) + u(100, 4),
           priority=128, flags=0x5000, preference=100),
       tlv(1203, 'sr-candidate-path-name', b'cp-1', value='cp-1'),
       tlv(1213, 'sr-policy-name', b'gold', value='gold'))
    octets, fields = scope(0x8000, 2, 128)
    ls(nest(1204, 'sr-candidate-path-constraints', [
        tlv(1208, 'sr-affinity-constraint',
            bytes([1, 2, 0, 0]) + u(1, 4) + u(2, 4) + u(3, 4), exclude_any=[1], include_any=[2, 3],
            include_all=[]),
        tlv(1209, 'sr-srlg-constraint', u(7, 4) + u(8, 4), values=[7, 8]),
        tlv(1210, 'sr-bandwidth-constraint', f32(1250000), value=1250000),
        tlv(1211, 'sr-disjoint-constraint', bytes([0x80, 0x40, 0, 0]) + u(9, 4), request_flags=128,
            status_flags=64, group='00000009'),
        tlv(1214, 'sr-bidirectional-constraint', u(0x8000, 2) + u(0, 2) + u(9, 4), flags=0x8000,
            group='00000009'),
        tlv(1215, 'sr-metric-constraint', u(1, 1) + u(0x40, 1) + u(0, 2) + u(5, 4) + u(50, 4),
            metric_type=1, flags=64, margin=5, bound=50)], octets, **fields))
    octets, fields = scope(0x4800, 0, 0)
    ls(nest(1205, 'sr-segment-list', [
        *(segment(t) for t in range(1, 12)),
        tlv(1206, 'sr-segment', u(99, 1) + u(0, 1) + b'\xab', segment_type=99, raw='ab'),
        tlv(1207, 'sr-segment-list-metric',
            u(0, 1) + u(0x10, 1) + u(0, 2) + u(1, 4) + u(2, 4) + u(3, 4), metric_type=0, flags=16,
            margin=1, bound=2, value=3),
        tlv(1216, 'sr-segment-list-bandwidth', f32(0.5), value=0.5),
        tlv(1217, 'sr-segment-list-id', u(77, 4), value=77)],
        octets + u(10, 4), **fields, weight=10))


def spf():
    ls(tlv(1180, 'spf-capability', u(0, 1), value=0),
       tlv(1181, 'sequence-number', u(1 << 40, 8), value=1 << 40),
       tlv(1182, 'spf-ipv4-prefix-length', u(30, 1), value=30),
       tlv(1183, 'spf-ipv6-prefix-length', u(127, 1), value=127),
       tlv(1184, 'spf-status', u(1, 1), value=1))


# ---- containers ----

def route_tags():
    ls(tlv(1153, 'igp-route-tags', u(1, 4) + u(4294967295, 4), values=[1, 4294967295]),
       tlv(1154, 'igp-extended-route-tags', u(2, 8) + u(1 << 40, 8), values=[2, 1 << 40]))


def container(t, flags, body, whole):
    return u(t, 2) + u(flags, 1) + b'\0' + u(len(body) + (6 if whole else 0), 2) + body


def wide_communities():
    def atom(t, name, octets, **fields):
        return tlv(t, name, octets, 1, 2, **fields)

    def part(t, name, *atoms):
        return tlv(t, name, b''.join(a[0] for a in atoms), 1, 2, tlvs=[a[1] for a in atoms])

    parts = [
        part(1, 'targets', atom(1, 'as-numbers', u(64500, 4) + u(64501, 4), values=[64500, 64501]),
             atom(2, 'ipv4-prefixes', bytes([24, 192, 0, 2, 9, 10, 128]),
                  values=['192.0.2.0/24', '10.128.0.0/9']),
             atom(3, 'ipv6-prefixes', bytes([32, 0x20, 1, 0x0d, 0xb8]), values=['2001:db8::/32'])),
        part(2, 'exclude-targets', atom(6, 'neighbor-classes', u(1, 4), values=[1]),
             atom(7, 'user-classes', u(2, 4), values=[2])),
        part(3, 'parameters', atom(4, 'integers', u(6, 4), values=[6]),
             atom(5, 'floats', f32(0.5), values=[0.5]), atom(8, 'text', b'hi', value='hi'),
             atom(99, None, b'\xab', value='ab')),
    ]
    head = u(0x10001, 4) + u(65001, 4) + u(65002, 4)
    body = head + b''.join(p[0] for p in parts)
    fields = {'community': 0x10001, 'source_as': 65001, 'context_as': 65002}
    for whole in True, False:
        attr(34, 'community_containers',
             container(1, 0x40, body, whole) + container(2, 0, b'\xaa\xbb', whole),
             [{'type': 1, 'flags': 64, **fields, 'tlvs': [p[1] for p in parts]},
              {'type': 2, 'flags': 0, 'value': 'aabb'}])
    attr(34, 'community_containers', container(1, 0, head, True), [{'type': 1, 'flags': 0, **fields}])


def next_hop_characteristics():
    chars = [tlv(1, 'entropy-label', b'', value=''),
             tlv(2, 'next-next-hop-nodes', ip('192.0.2.1') + ip('192.0.2.2'),
                 bgp_ids=['192.0.2.1', '192.0.2.2']),
             tlv(3, 'bgp-id', ip('192.0.2.1'), value='192.0.2.1'), tlv(9, None, b'\xab', value='ab')]
    octets = b''.join(c[0] for c in chars)
    for hop, shown in (ip('192.0.2.1'), '192.0.2.1'), (ip('2001:db8::1'), '2001:db8::1'):
        attr(39, 'next_hop_characteristics', u(1, 2) + u(1, 1) + u(len(hop), 1) + hop + octets,
             {'afi': 'ipv4', 'safi': 'unicast', 'next_hop': shown, 'tlvs': [c[1] for c in chars]})


def service_function_path():
    def part(t, name, octets, **fields):
        return tlv(t, name, octets, 1, 2, **fields)

    sft = part(3, 'sft', u(9, 2) + rd(65001, 1) + rd(65001, 2), sft=9, rds=['65001:1', '65001:2'])
    swap = part(4, 'mpls-swapping', b'', value='')
    tlvs(37, 'sfp',
         part(1, 'association', u(1, 1) + rd(65001, 7) + u(100, 3), association_type=1,
              rd='65001:7', spi=100),
         nest(2, 'hop', [sft, swap], u(255, 1), 1, 2, service_index=255),
         nest(2, 'hop', [sft], u(254, 1), 1, 2, service_index=254),
         part(5, 'sfp-traversal', b'', value=''))


def bier():
    mpls = tlv(1, 'mpls-encapsulation', u(3, 1) + u(3 << 20 | 100, 3), max_si=3, bs_len=3, label=100)
    bift = tlv(2, 'non-mpls-encapsulation', u(3, 1) + u(4 << 20 | 101, 3), max_si=3, bs_len=4,
               bift_id=101)
    hop = tlv(3, 'nexthop', ip('2001:db8::1'), value='2001:db8::1')
    tlvs(41, 'bier', nest(1, 'bier', [mpls, bift, hop], u(1, 1) + u(7, 2) + b'\0', sub_domain=1,
                          bfr_id=7), tlv(9, None, b'\xab', value='ab'))


def edge_metadata():
    tlvs(42, 'edge_metadata', tlv(1, None, u(100, 4), value='00000064'),
         tlv(4, None, b'\xab', value='ab'))


def registered():
    """Rows that give a name and no fields."""
    ls(tlv(1160, 'flood-reflection', b'\x80\0\0\0\7', value='8000000007'),
       tlv(1220, 'nrp', u(7, 4), value='00000007'))
    names = {17: 'ipv6-sid-structure', 18: 'ipv4-sid', 19: 'ipv6-sid', 64: 'ipsec-sa-id',
             65: 'extended-port-property', 66: 'underlay-properties', 67: 'ipsec-sa-nonce',
             68: 'ipsec-public-key', 69: 'ipsec-sa-proposal', 70: 'simplified-ipsec-sa',
             71: 'ipsec-version', 123: 'nrp', 124: 'rpf', 125: 'tree-label-stack'}
    wide = {192: 'wan-id', 193: 'bytes', 194: 'ipsec-dim', 195: 'ipsec-key-exchange',
            196: 'ipsec-sa-proposals', 197: 'service-segment-list', 198: 'service-vtep',
            199: 'des-adjacency'}
    tlvs(23, 'tunnel_encap', nest(25, 'sd-wan-hybrid', [
        *(tlv(t, name, b'\xab', 1, 1, value='ab') for t, name in names.items()),
        *(tlv(t, name, b'\xab', 1, 2, value='ab') for t, name in wide.items())]))
    elp = tlv(17, 'entropy-label-position', b'\xab', 1, 1, value='ab')
    tlvs(23, 'tunnel_encap', nest(15, 'sr-policy', [(
        u(128, 1) + u(1 + len(elp[0]), 2) + b'\0' + elp[0],
        {'type': 128, 'name': 'segment-list', 'segments': [elp[1]]})]))
    attr(22, 'pmsi_tunnel', b'\0\xff' + u(0, 3) + b'\xab',
         {'flags': 0, 'tunnel_type': 255, 'label': 0, 'vni': 0, 'tunnel_name': 'wildcard',
          'tunnel_id': 'ab'})


def small():
    attr(22, 'pmsi_tunnel', u(1, 1) + u(0x81, 1) + u(100 << 4, 3) + u(200 << 4 | 1, 3) + u(7, 4) +
         u(0, 2) + u(9, 2) + ip('10.0.0.1'),
         {'flags': 1, 'tunnel_type': 0x81, 'label': 100, 'vni': 1600,
          'ingress_replication_label': 200, 'tunnel_name': 'rsvp-te-p2mp', 'p2mp_id': 7,
          'tunnel_id': 9, 'extended_tunnel_id': '10.0.0.1'})
    tlvs(40, 'prefix_sid', tlv(2, 'ipv6-sid', b'\0\1', 1, value='0001'),
         tlv(4, 'srv6-vpn-sid', b'\0\1', 1, value='0001'))
    tlvs(23, 'tunnel_encap', nest(25, 'sd-wan-hybrid', [
        tlv(16, 'spi-si-representation', b'\xc0', 1, 1, value=192)]))
    # rows without a decoder of their own
    for code in 11, 12, 13, 14, 15, 19, 28, 30, 31, 129, 241, 242, 243, 255:
        LINES.append(f'{code}|as4|000102|unknown')
    LINES.append('36|as4|00|-')
    LINES.append('36|as4|010000fde900014600|-')


def main():
    for make in (sr_policy_state, spf, wide_communities, next_hop_characteristics,
                 service_function_path, bier, edge_metadata, registered, small, route_tags):
        make()
    path = pathlib.Path(__file__).resolve().parent.parent / 'vectors' / 'attrs_made.txt'
    body = '# made by tests/lib/attr_vectors.py: see attrs.txt\n' + '\n'.join(LINES) + '\n'
    if '--check' not in sys.argv[1:]:
        path.write_text(body)
    elif not path.exists() or path.read_text() != body:
        sys.exit('stale: ' + path.name)


if __name__ == '__main__':
    main()
