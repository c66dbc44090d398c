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
       tlv(1184, 'spf-status', u(1, 1), value=1))


def main():
    for make in sr_policy_state, spf:
        make()
    path = pathlib.Path(__file__).resolve().parent.parent / 'vectors' / 'attrs_made.txt'
    body = '# made by tests/lib/attr_vectors.py: see attrs.txt\n' + '\n'.join(LINES) + '\n'
    if '--check' not in sys.argv[1:]:
        path.write_text(body)
    elif not path.exists() or path.read_text() != body:
        sys.exit('stale: ' + path.name)


if __name__ == '__main__':
    main()
