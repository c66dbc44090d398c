#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Encodes NLRI from their fields, and writes files of tests/vectors/nlri/: wire, the JSON that
those fields make, and the route's key. It shares no code with the decoder; the files are
committed, and test_nlri_contract.c reads them. `--check` tells whether they are current."""
import ipaddress
import json
import pathlib
import sys

import nlri_vectors_ls
import nlri_vectors_sr

FILES = {}


def u(v, octets):
    return v.to_bytes(octets, 'big')


def family(name):
    FILES.setdefault(name, [])
    return FILES[name]


def text(o):
    return json.dumps(o, separators=(',', ':'))


def good(name, wire, fields, key, flags='-', note=None):
    """A route; `fields` are its members in order, `key` its bytes (afi and safi come first)."""
    out = family(name)
    if note:
        out.append('# ' + note)
    afi, safi = FAMILIES[name]
    out.append(f'{flags} | {wire.hex()} | {text(fields)} | {(u(afi, 2) + u(safi, 1) + key).hex()}')


def same(name, wire, flags='-', note=None):
    """Another form of the route before: the same key."""
    out = family(name)
    if note:
        out.append('# ' + note)
    out.append(f'= {flags} | {wire.hex()}')


def bad(name, wire, reason, off, need, have, flags='-', note=None):
    out = family(name)
    if note:
        out.append('# ' + note)
    out.append(f'{flags} | {wire.hex()} | !{reason} {off} {need} {have}')


FAMILIES = {
    'ipv4-unicast': (1, 1), 'ipv6-unicast': (2, 1),
    'ipv4-multicast': (1, 2), 'ipv6-multicast': (2, 2),
    'ipv4-labeled-unicast': (1, 4), 'ipv6-labeled-unicast': (2, 4),
    'ipv4-vpn': (1, 128), 'ipv6-vpn': (2, 128),
    'ipv4-vpn-multicast': (1, 129), 'ipv6-vpn-multicast': (2, 129),
    'ipv4-classful-transport': (1, 76), 'ipv6-classful-transport': (2, 76),
    'ipv4-mcast-vpn': (1, 5), 'ipv6-mcast-vpn': (2, 5), 'l2vpn-mcast-vpls': (25, 8),
    'ipv4-mdt': (1, 66), 'ipv6-mdt': (2, 66), 'ipv4-rtc': (1, 132), 'ipv6-rtc': (2, 132),
    'l2vpn-vpls': (25, 65), 'l2vpn-evpn': (25, 70),
    'ipv4-flowspec': (1, 133), 'ipv6-flowspec': (2, 133), 'l2vpn-flowspec': (25, 133),
    'ipv4-vpn-flowspec': (1, 134), 'ipv6-vpn-flowspec': (2, 134),
    'l2vpn-vpn-flowspec': (25, 134),
    'ipv4-encapsulation': (1, 7), 'ipv6-encapsulation': (2, 7),
    'ipv4-vpn-ad': (1, 140), 'ipv6-vpn-ad': (2, 140), 'sfc': (31, 9),
    'bgp-ls': (16388, 71), 'bgp-ls-vpn': (16388, 72), 'bgp-ls-spf': (16388, 80),
    '802-flowspec': (6, 133), 'routing-policy-rpd': (16398, 75), 'l2vpn-ms-pw': (25, 6),
    'opaque-key-value': (16397, 241),
}
for both, safi in (('sr-policy', 73), ('car', 83), ('vpn-car', 84), ('mup', 85), ('sd-wan', 74),
                   ('rpd', 75), ('unreachability', 81), ('mcast-tree', 78), ('4over6', 67),
                   ('6over4', 68), ('dps', 79), ('l1vpn', 69), ('tunnel', 64),
                   ('tunneled-flowspec', 77)):
    FAMILIES['ipv4-' + both] = (1, safi)
    FAMILIES['ipv6-' + both] = (2, safi)


# ---- fields ----

def ip(s):
    return ipaddress.ip_address(s).packed


def sized(s):
    """An address behind its length in bits; None is a wildcard."""
    return b'\0' if s is None else u(len(ip(s)) * 8, 1) + ip(s)


def net(prefix):
    """(octets on the wire, whole address, bits)"""
    n = ipaddress.ip_network(prefix, strict=False)
    a = n.network_address.packed
    return a[:(n.prefixlen + 7) // 8], a, n.prefixlen


def rd(s):
    a, b = s.rsplit(':', 1)
    if '.' in a:
        return u(1, 2) + ip(a) + u(int(b), 2)
    if int(a) > 65535:
        return u(2, 2) + u(int(a), 4) + u(int(b), 2)
    return u(0, 2) + u(int(a), 2) + u(int(b), 4)


def label(v, bottom=True):
    return u(v << 4 | bottom, 3)


def stack(labels):
    return b''.join(label(v, i == len(labels) - 1) for i, v in enumerate(labels))


def esi(s):
    return bytes.fromhex(s.replace(':', ''))


mac = esi


# ---- prefixes, labels, distinguishers ----

def prefix(p):
    octets, addr, bits = net(p)
    return u(bits, 1) + octets, addr + u(bits, 1)


def labeled(p, fields, rd_text=None):
    """`fields`: the label octets."""
    octets, addr, bits = net(p)
    d = rd(rd_text) if rd_text else b''
    return u(len(fields + d) * 8 + bits, 1) + fields + d + octets, d + addr + u(bits, 1)


def prefix_vectors(name, some, longest):
    for p in some:
        w, k = prefix(p)
        good(name, w, {'prefix': p}, k)
    w, k = prefix(some[1])
    good(name, u(7, 4) + w, {'path_id': 7, 'prefix': some[1]}, k, 'addpath')
    bad(name, u(longest + 1, 1) + bytes(17), 'prefix-length', 0, longest, longest + 1)
    bad(name, b'\x18\xcb\x00', 'truncated', 0, 4, 3)
    bad(name, u(7, 4)[:3], 'truncated', 0, 4, 3, 'addpath')


def label_vectors(name, some, addr_bits, rd_text=None):
    d = {'rd': rd_text} if rd_text else {}
    least = 24 + (64 if rd_text else 0)
    for p in some:
        w, k = labeled(p, stack([100]), rd_text)
        good(name, w, {**d, 'prefix': p, 'labels': [100]}, k)
    p = some[1]
    w, k = labeled(p, stack([1048575]), rd_text)
    good(name, w, {**d, 'prefix': p, 'labels': [1048575]}, k)
    same(name, labeled(p, stack([16]), rd_text)[0], note='another label, the same route')
    same(name, labeled(p, stack([16, 17]), rd_text)[0], 'multilabel')
    same(name, labeled(p, u(0x800000, 3), rd_text)[0], 'withdraw')
    w, k = labeled(p, stack([16, 17]), rd_text)
    good(name, w, {**d, 'prefix': p, 'labels': [16, 17]}, k, 'multilabel')
    w, k = labeled(p, label(16, False), rd_text)
    good(name, w, {**d, 'prefix': p, 'labels': [16], 'labels_raw': [256]}, k,
         note='one label without the bottom bit (RFC 8277 section 2.2)')
    w, k = labeled(p, u(0x0640e1 | 14, 3), rd_text)
    good(name, w, {**d, 'prefix': p, 'labels': [25614], 'labels_raw': [0x0640ef]}, k,
         note='traffic class bits')
    for field in 0x800000, 0:
        w, k = labeled(p, u(field, 3), rd_text)
        good(name, w, {**d, 'prefix': p}, k, 'withdraw')
    w, k = labeled(p, stack([100]), rd_text)
    good(name, w, {**d, 'prefix': p, 'labels': [100]}, k, 'withdraw')
    good(name, u(9, 4) + w, {'path_id': 9, **d, 'prefix': p, 'labels': [100]}, k, 'addpath')
    bad(name, u(least - 1, 1) + bytes(11 if rd_text else 3), 'length', 0, least, least - 1)
    if addr_bits == 32:
        at = least // 8 + 1
        w = labeled('192.0.2.1/32', label(1), rd_text)[0]
        bad(name, u(w[0] + 1, 1) + w[1:] + b'\0', 'prefix-length', at, 32, 33)
        w, k = labeled('192.0.2.0/24', stack([16, 17, 18]), rd_text)
        good(name, w, {**d, 'prefix': '192.0.2.0/24', 'labels': [16, 17, 18]}, k,
             note='a stack as of RFC 3107: no capability, but one label would leave too much')
    bad(name, w[:-1], 'truncated', 0, len(w), len(w) - 1)


def make_prefixes():
    v4 = ['0.0.0.0/0', '203.0.113.0/24', '192.0.2.1/32', '10.128.0.0/9']
    v6 = ['::/0', '2001:db8::/32', '2001:db8::1/128', '2001:db8:8000::/33']
    for kind in 'unicast', 'multicast':
        prefix_vectors('ipv4-' + kind, v4, 32)
        prefix_vectors('ipv6-' + kind, v6, 128)
    good('ipv4-unicast', bytes.fromhex('0d0b0d'), {'prefix': '11.8.0.0/13'},
         ip('11.8.0.0') + b'\x0d', note='bits after the prefix are irrelevant')
    label_vectors('ipv4-labeled-unicast', v4, 32)
    label_vectors('ipv6-labeled-unicast', v6, 128)
    label_vectors('ipv4-vpn', v4, 32, '64500:100')
    label_vectors('ipv6-vpn', v6[:2] + v6[3:], 128, '192.0.2.1:100')
    label_vectors('ipv4-classful-transport', v4, 32, '4200000000:7')
    label_vectors('ipv6-classful-transport', v6[:2], 128, '64500:100')
    for name, some, d in (('ipv4-vpn-multicast', v4, '64500:100'),
                          ('ipv6-vpn-multicast', v6, '4200000000:7')):
        for p in some:
            w, k = labeled(p, b'', d)
            good(name, w, {'rd': d, 'prefix': p}, k)
        good(name, u(3, 4) + w, {'path_id': 3, 'rd': d, 'prefix': p}, k, 'addpath')
        bad(name, u(63, 1) + bytes(8), 'length', 0, 64, 63)
        bad(name, w[:-1], 'truncated', 0, len(w), len(w) - 1)
    # the label field of an SRv6 service: function bits, no bottom (RFC 9252 section 4)
    w, k = labeled('198.51.100.0/24', u(0xe00400, 3), '64500:1')
    good('ipv4-vpn', w, {'rd': '64500:1', 'prefix': '198.51.100.0/24', 'labels': [0xe0040],
                         'labels_raw': [0xe00400]}, k)


# ---- routes with a type and a length ----

def typed(t, value, size=1):
    return u(t, size) + u(len(value), size) + value


def absent(**members):
    return {k: v for k, v in members.items() if v is not None}


MVPN = {1: 'intra-as-i-pmsi-auto-discovery', 2: 'inter-as-i-pmsi-auto-discovery',
        3: 's-pmsi-auto-discovery', 4: 'leaf-auto-discovery', 5: 'source-active-auto-discovery',
        6: 'shared-tree-join', 7: 'source-tree-join'}


def mvpn(t, d, source_as=None, source=None, group=None, sg=False, originator=None):
    value = rd(d)
    if source_as is not None:
        value += u(source_as, 4)
    if sg:
        value += sized(source) + sized(group)
    if originator:
        value += ip(originator)
    return typed(t, value), {'route_type': t, 'route_type_name': MVPN[t], 'rd': d,
                             **absent(source_as=source_as, source=source, group=group,
                                      originator=originator)}


def leaf(inner, originator, last_addr):
    wire, fields = inner
    return typed(last_addr[0], wire + last_addr[1]), {
        'route_type': last_addr[0], 'route_type_name': 'leaf-auto-discovery',
        'route_key': fields, 'originator': originator}


def make_mvpn():
    d = '65000:99999'
    for name, pe, src, grp in (
            ('ipv4-mcast-vpn', '192.0.2.1', '10.99.12.2', '239.251.255.228'),
            ('ipv6-mcast-vpn', '2001:db8::1', 'fd12::2', 'ff0e::1')):
        routes = [mvpn(1, d, originator=pe), mvpn(2, d, source_as=4200000000),
                  mvpn(3, d, sg=True, source=src, group=grp, originator=pe),
                  mvpn(3, d, sg=True, originator=pe),
                  mvpn(3, d, sg=True, group=grp, originator='192.0.2.7'),
                  mvpn(5, d, sg=True, source=src, group=grp),
                  mvpn(6, d, source_as=65000, sg=True, source=src, group=grp),
                  mvpn(7, d, source_as=65000, sg=True, source=src, group=grp)]
        routes.append(leaf(routes[2], pe, (4, ip(pe))))
        routes.append(leaf(routes[1], '192.0.2.9', (4, ip('192.0.2.9'))))
        for w, f in routes:
            good(name, w, f, w[:1] + w[2:])
        w, f = routes[0]
        good(name, u(1, 4) + w, {'path_id': 1, **f}, w[:1] + w[2:], 'addpath')
        w = typed(99, b'\xde\xad')
        good(name, w, {'route_type': 99, 'raw': 'dead'}, w[:1] + w[2:])
        bad(name, typed(1, rd(d) + b'\1\2\3'), 'length', 10, 4, 3)
        bad(name, typed(2, rd(d) + bytes(5)), 'trailing', 14, 0, 1)
        bad(name, typed(2, rd(d)), 'truncated', 10, 4, 0)
        bad(name, typed(5, rd(d) + b'\x21' + bytes(20)), 'prefix-length', 10, 128, 33)
        bad(name, typed(5, rd(d) + b'\x20' + bytes(3)), 'truncated', 11, 4, 3)
        bad(name, typed(6, rd(d)[:7]), 'truncated', 2, 8, 7)
        bad(name, b'\x01\x0c' + rd(d), 'truncated', 2, 12, 8)
        bad(name, typed(4, leaf(routes[1], pe, (4, ip(pe)))[0] + ip(pe)), 'syntax', 4, 0, 0,
            note='a leaf that answers a leaf')
    name = 'l2vpn-mcast-vpls'
    s_pmsi = mvpn(3, d, sg=True, source='10.0.0.1', group='232.1.1.1', originator='192.0.2.1')
    for w, f in s_pmsi, leaf(s_pmsi, '192.0.2.2', (4, ip('192.0.2.2'))):
        good(name, w, f, w[:1] + w[2:])
    w = typed(1, b'\xbe\xef')
    good(name, w, {'route_type': 1, 'raw': 'beef'}, w[:1] + w[2:])
    bad(name, typed(3, rd(d) + b'\x20'), 'truncated', 11, 4, 0)


EVPN = {1: 'ethernet-auto-discovery', 2: 'mac-ip-advertisement',
        3: 'inclusive-multicast-ethernet-tag', 4: 'ethernet-segment', 5: 'ip-prefix',
        6: 'selective-multicast-ethernet-tag', 7: 'multicast-membership-report-synch',
        8: 'multicast-leave-synch', 9: 'per-region-i-pmsi-auto-discovery',
        10: 's-pmsi-auto-discovery', 11: 'leaf-auto-discovery'}
ES = '00:11:22:33:44:55:66:77:88:99'


def evpn(t, value, key=None, **members):
    w = typed(t, value)
    return w, {'route_type': t, 'route_type_name': EVPN[t], **absent(**members)}, \
        u(t, 1) + (value if key is None else key)


def raw_labels(*fields):
    return {'labels': [f >> 4 for f in fields], 'labels_raw': list(fields)}


def evpn_mac(d, segment, tag, m, addr, *fields):
    head = rd(d)
    body = u(tag, 4) + b'\x30' + mac(m)
    a = sized(addr)
    return evpn(2, head + esi(segment) + body + a + b''.join(u(f, 3) for f in fields),
                head + body + u(len(a) - 1, 1) + a[1:], rd=d, esi=segment, ethernet_tag=tag,
                mac=m, ip=addr, **raw_labels(*fields))


def evpn_prefix(d, segment, tag, p, gateway, field):
    _, addr, bits = net(p)
    return evpn(5, rd(d) + esi(segment) + u(tag, 4) + u(bits, 1) + addr + ip(gateway) +
                u(field, 3), rd(d) + u(tag, 4) + addr + u(bits, 1), rd=d, esi=segment,
                ethernet_tag=tag, prefix=p, gateway=gateway, **raw_labels(field))


def make_evpn():
    name = 'l2vpn-evpn'
    d = '192.0.2.1:100'
    m = '00:81:c4:bc:77:8a'
    sg4 = sized('192.0.2.10') + sized('239.1.1.1') + sized('192.0.2.1')
    sg6 = sized(None) + sized('ff0e::1') + sized('2001:db8::1')
    j4 = {'source': '192.0.2.10', 'group': '239.1.1.1', 'originator': '192.0.2.1'}
    j6 = {'group': 'ff0e::1', 'originator': '2001:db8::1'}
    seg = rd(d) + esi(ES)
    imet = evpn(3, rd(d) + u(0, 4) + sized('192.0.2.1'), rd=d, ethernet_tag=0,
                originator='192.0.2.1')
    routes = [
        evpn(1, seg + u(0xffffffff, 4) + u(0, 3), seg + u(0xffffffff, 4), rd=d, esi=ES,
             ethernet_tag=0xffffffff, **raw_labels(0)),
        evpn_mac(d, ES, 0, m, None, label_field(100)),
        evpn_mac(d, ES, 10, m, '10.10.10.1', 10010, 50000),
        evpn_mac(d, ES, 10, m, '2001:db8::1', 10010),
        imet,
        evpn(3, rd(d) + u(7, 4) + sized('2001:db8::1'), rd=d, ethernet_tag=7,
             originator='2001:db8::1'),
        evpn(4, seg + sized('192.0.2.1'), rd=d, esi=ES, originator='192.0.2.1'),
        evpn_prefix(d, ES, 0, '10.1.0.0/16', '0.0.0.0', 10010),
        evpn_prefix(d, ES, 0, '2001:db8:1::/48', '2001:db8::1', label_field(200)),
        evpn(6, rd(d) + u(1000, 4) + sg4 + b'\x0f', rd(d) + u(1000, 4) + sg4, rd=d,
             ethernet_tag=1000, **j4, flags=15),
        evpn(6, rd(d) + u(1000, 4) + sg6 + b'\x04', rd(d) + u(1000, 4) + sg6, rd=d,
             ethernet_tag=1000, **j6, flags=4),
        evpn(7, seg + u(100, 4) + sg4 + b'\x04', seg + u(100, 4) + sg4, rd=d, esi=ES,
             ethernet_tag=100, **j4, flags=4),
        evpn(8, seg + u(100, 4) + sg4 + bytes(4) + b'\x0a\x02', seg + u(100, 4) + sg4, rd=d,
             esi=ES, ethernet_tag=100, **j4, reserved=0, max_response_time=10, flags=2),
        evpn(9, rd(d) + u(100, 4) + bytes.fromhex('0002000a00000001'), rd=d, ethernet_tag=100,
             region_id='0002000a00000001'),
        evpn(10, rd(d) + u(100, 4) + sg4, rd=d, ethernet_tag=100, **j4),
        evpn(11, imet[0] + sized('192.0.2.2'), route_key=imet[1], originator='192.0.2.2'),
    ]
    for r in routes:
        good(name, *r)
    good(name, *evpn_mac(d, ES, 10, m, '10.10.10.1', 10010))
    same(name, evpn_mac(d, '00' + 9 * ':00', 10, m, '10.10.10.1', 10011, 7)[0],
         note='ESI and labels are not part of the key (RFC 7432 section 7.2)')
    good(name, *evpn_prefix(d, ES, 0, '10.1.0.0/16', '0.0.0.0', 10010))
    same(name, evpn_prefix(d, '00' + 9 * ':00', 0, '10.1.0.0/16', '192.0.2.9', 1)[0],
         note='ESI, gateway and label are not part of the key (RFC 9136 section 3.1)')
    good(name, *routes[9])
    same(name, routes[9][0][:-1] + b'\x01', note='flags are not part of the key')
    good(name, *routes[12])
    same(name, routes[12][0][:-2] + b'\x01\x01', note='nor is the response time')
    good(name, *routes[0])
    same(name, routes[0][0][:-3] + u(77, 3))
    w, f, k = routes[4]
    good(name, u(1, 4) + w, {'path_id': 1, **f}, k, 'addpath')
    w = typed(153, bytes.fromhex('deadbeef'))
    good(name, w, {'route_type': 153, 'raw': 'deadbeef'}, u(153, 1) + w[2:])
    mac_ip = routes[2][0]
    bad(name, mac_ip[:24] + b'\x2f' + mac_ip[25:], 'length', 24, 48, 47)
    bad(name, mac_ip[:31] + b'\x21' + mac_ip[32:], 'prefix-length', 31, 128, 33)
    bad(name, typed(2, mac_ip[2:] + b'\0'), 'trailing', 42, 0, 1)
    bad(name, typed(2, mac_ip[2:-1]), 'trailing', 39, 0, 2)
    bad(name, typed(2, mac_ip[2:-4]), 'truncated', 36, 3, 2)
    bad(name, typed(2, mac_ip[2:-7]), 'truncated', 32, 4, 3)
    bad(name, typed(1, routes[0][0][2:-1]), 'truncated', 24, 3, 2)
    bad(name, typed(1, routes[0][0][2:] + b'\0'), 'trailing', 27, 0, 1)
    bad(name, typed(3, rd(d) + bytes(4) + b'\0'), 'prefix-length', 14, 32, 0,
        note='the originator may not be absent')
    bad(name, typed(5, routes[7][0][2:-1]), 'length', 2, 34, 33)
    p5 = bytearray(routes[7][0])
    p5[24] = 33
    bad(name, bytes(p5), 'prefix-length', 25, 32, 33)
    bad(name, typed(6, routes[9][0][2:-1]), 'truncated', 29, 1, 0)
    bad(name, typed(9, routes[13][0][2:-1]), 'truncated', 14, 8, 7)
    bad(name, typed(11, imet[0]), 'truncated', 21, 1, 0)
    bad(name, typed(11, b'\x03\x12' + imet[0][2:]), 'truncated', 4, 18, 17)
    bad(name, typed(11, routes[15][0] + sized('192.0.2.2')), 'syntax', 4, 0, 0,
        note='a leaf that answers a leaf')
    bad(name, b'\x02', 'truncated', 1, 1, 0)
    bad(name, b'\x02\x21\x00', 'truncated', 2, 33, 1)


def label_field(v):
    return v << 4 | 1


# ---- the others ----

def make_small():
    d = '64500:100'
    for name in 'ipv4-mdt', 'ipv6-mdt':
        w = u(128, 1) + rd(d) + ip('192.0.2.1') + ip('239.1.1.1')
        good(name, w, {'rd': d, 'source': '192.0.2.1', 'group': '239.1.1.1'}, w)
        bad(name, u(127, 1) + w[1:], 'length', 0, 128, 127)
        bad(name, u(129, 1) + w[1:] + b'\0', 'prefix-length', 0, 128, 129)
        bad(name, w[:-1], 'truncated', 0, 17, 16)
    for name in 'ipv4-vpn-ad', 'ipv6-vpn-ad':
        w = bytes.fromhex('00ff17')
        good(name, w, {'raw': '00ff17'}, w)

    for name in 'ipv4-rtc', 'ipv6-rtc':
        rt = bytes.fromhex('0002fbf400000064')
        good(name, b'\0', {'default': True}, bytes(13))
        w = u(96, 1) + u(64500, 4) + rt
        good(name, w, {'origin_as': 64500, 'route_target': 'rt:64500:100'}, w[1:] + u(96, 1))
        w = u(32, 1) + u(4200000000, 4)
        good(name, w, {'origin_as': 4200000000}, w[1:] + bytes(8) + u(32, 1))
        w = u(60, 1) + u(64500, 4) + bytes.fromhex('0002fbf0')
        good(name, w, {'origin_as': 64500, 'route_target': '0002fbf0/28'},
             w[1:] + bytes(4) + u(60, 1))
        same(name, w[:-1] + b'\xff', note='bits after the prefix are irrelevant')
        w = u(96, 1) + u(64500, 4) + bytes.fromhex('0102c00002010064')
        good(name, u(5, 4) + w, {'path_id': 5, 'origin_as': 64500,
                                 'route_target': 'rt:192.0.2.1:100'}, w[1:] + u(96, 1),
             'addpath')
        bad(name, u(31, 1) + bytes(4), 'prefix-length', 0, 32, 31)
        bad(name, u(97, 1) + bytes(13), 'prefix-length', 0, 96, 97)
        bad(name, w[:-1], 'truncated', 0, 13, 12)

    name = 'l2vpn-vpls'
    head = rd('192.168.201.1:123')
    w = u(17, 2) + head + u(5, 2) + u(1, 2) + u(8, 2) + label(10702)
    good(name, w, {'rd': '192.168.201.1:123', 've_id': 5, 've_block_offset': 1,
                   've_block_size': 8, 'label_base': 10702},
         u(17, 1) + head + u(5, 2) + u(1, 2))
    same(name, u(17, 2) + head + u(5, 2) + u(1, 2) + u(9, 2) + label(20),
         note='size and base are not part of the key')
    w = u(12, 2) + head + ip('192.0.2.1')
    good(name, w, {'rd': '192.168.201.1:123', 'pe': '192.0.2.1'},
         u(12, 1) + head + ip('192.0.2.1'))
    w = u(15, 2) + head + u(5, 2) + u(1, 2) + label(100)
    good(name, w, {'rd': '192.168.201.1:123', 'ce_id': 5, 'label_block_offset': 1,
                   'label_base': 100}, u(15, 1) + head + u(5, 2) + u(1, 2))
    w = u(19, 2) + head + u(5, 2) + u(1, 2) + label(100) + bytes.fromhex('010008ff')
    good(name, w, {'rd': '192.168.201.1:123', 'ce_id': 5, 'label_block_offset': 1,
                   'label_base': 100, 'tlvs': '010008ff'},
         u(15, 1) + head + u(5, 2) + u(1, 2))
    bad(name, u(11, 2) + bytes(11), 'length', 0, 12, 11)
    bad(name, u(13, 2) + bytes(13), 'length', 0, 17, 13)
    bad(name, u(16, 2) + bytes(16), 'length', 0, 17, 16)
    bad(name, w[:-1], 'truncated', 2, 19, 18)
    bad(name, b'\0', 'truncated', 1, 1, 0)

    for name, a in ('ipv4-encapsulation', '192.0.2.1'), ('ipv6-encapsulation', '2001:db8::1'):
        good(name, sized(a), {'endpoint': a}, ip(a))
        bits = len(ip(a)) * 8
        bad(name, u(bits - 1, 1) + ip(a), 'length', 0, bits, bits - 1)
        bad(name, sized(a)[:-1], 'truncated', 0, bits // 8 + 1, bits // 8)

    w = typed(1, rd(d) + u(4, 2), 2)
    good('sfc', w, {'route_type': 1, 'route_type_name': 'service-function-instance', 'rd': d,
                    'service_function_type': 4}, w)
    w = typed(2, rd(d) + u(0x010203, 3), 2)
    good('sfc', w, {'route_type': 2, 'route_type_name': 'service-function-path', 'rd': d,
                    'service_path_id': 0x010203}, w)
    w = typed(9, b'\xaa', 2)
    good('sfc', w, {'route_type': 9, 'raw': 'aa'}, w)
    bad('sfc', typed(1, rd(d) + b'\0', 2), 'truncated', 12, 2, 1)
    bad('sfc', typed(2, rd(d) + bytes(4), 2), 'trailing', 15, 0, 1)
    bad('sfc', typed(1, rd(d)[:5], 2), 'truncated', 4, 8, 5)
    bad('sfc', b'\0\x01\0', 'truncated', 3, 1, 0)


# ---- flow specifications ----

NUMERIC = {3: 'proto', 4: 'port', 5: 'dport', 6: 'sport', 7: 'icmp-type', 8: 'icmp-code',
           10: 'length', 11: 'dscp', 13: 'flow-label', 14: 'ether-type', 17: 'llc-dsap',
           18: 'llc-ssap', 19: 'llc-control', 20: 'snap', 21: 'vlan', 22: 'vlan-pcp',
           23: 'inner-vlan', 24: 'inner-vlan-pcp'}
BITMASK = {9: 'tcp-flags', 12: 'fragment'}
NUMERIC_OPS = {'false': 0, '=': 1, '>': 2, '>=': 3, '<': 4, '<=': 5, '!=': 6, 'true': 7}
BITMASK_OPS = {'': 0, '=': 1, '!': 2, '!=': 3}
JOINS = {'or': 0, 'and': 0x40}


def compares(t, *ops):
    """ops: (join, operator, value[, octets]); the first one's join is None."""
    codes = NUMERIC_OPS if t in NUMERIC else BITMASK_OPS
    wire, match = u(t, 1), []
    for i, (join, op, value, *size) in enumerate(ops):
        n = size[0] if size else 1 if value < 256 else 2 if value < 65536 else 4
        octet = codes[op] | {1: 0, 2: 0x10, 4: 0x20, 8: 0x30}[n] | JOINS.get(join, 0)
        octet |= 0x80 if i == len(ops) - 1 else 0
        wire += u(octet, 1) + u(value, n)
        match.append({**absent(join=join), 'op': op, 'value': value})
    return wire, {'type': t, 'name': NUMERIC.get(t) or BITMASK[t], 'match': match}, wire


def flow_prefix(t, p, offset=None):
    octets, addr, bits = net(p)
    name = {1: 'dst', 2: 'src'}[t]
    if len(addr) == 4:
        return u(t, 1) + u(bits, 1) + octets, {'type': t, 'name': name, 'prefix': p}, \
            u(t, 1) + u(bits, 1) + u(0, 1) + octets
    skip = offset or 0
    pattern = (int.from_bytes(addr, 'big') << skip) & (2**128 - 1)
    octets = u(pattern, 16)[:(bits - skip + 7) // 8]
    return u(t, 1) + u(bits, 1) + u(skip, 1) + octets, \
        {'type': t, 'name': name, 'prefix': p, **absent(prefix_offset=offset)}, \
        u(t, 1) + u(bits, 1) + u(skip, 1) + addr[:(bits + 7) // 8]


def flow_mac(t, m, length=6):
    return u(t, 1) + u(length, 1) + mac(m), \
        {'type': t, 'name': {15: 'src-mac', 16: 'dst-mac'}[t], 'mac': m}, u(t, 1) + mac(m)


def flow(name, expr, *components, d=None, long_form=False, **kw):
    head = rd(d) if d else b''
    value = head + b''.join(c[0] for c in components)
    n = len(value)
    wire = (u(n, 1) if n < 240 and not long_form else u(0xf000 | n, 2)) + value
    good(name, wire, {**absent(rd=d), 'components': [c[1] for c in components], 'expr': expr},
         head + b''.join(c[2] for c in components), **kw)
    return wire


def make_flow4(name, d):
    at = 9 if d else 1
    head = rd(d) if d else b''

    def wrap(value):
        return u(len(head + value), 1) + head + value

    flow(name, 'dst 192.0.2.0/24 && proto =6 && dport >=80&<=90',
         flow_prefix(1, '192.0.2.0/24'), compares(3, (None, '=', 6)),
         compares(5, (None, '>=', 80), ('and', '<=', 90)), d=d)
    flow(name, 'dst 192.168.0.1/32 && src 10.0.0.0/9 && proto =6|=17 && '
         'dport >8080&<8088|=3128 && sport !=0 && icmp-type =8 && icmp-code false && '
         'length true && dscp =46',
         flow_prefix(1, '192.168.0.1/32'), flow_prefix(2, '10.0.0.0/9'),
         compares(3, (None, '=', 6), ('or', '=', 17)),
         compares(5, (None, '>', 8080), ('and', '<', 8088), ('or', '=', 3128)),
         compares(6, (None, '!=', 0)), compares(7, (None, '=', 8)),
         compares(8, (None, 'false', 0)), compares(10, (None, 'true', 1500)),
         compares(11, (None, '=', 46)), d=d)
    flow(name, 'port =25 && tcp-flags syn|=fin+rst&!psh|!=0x0100 && fragment =is-fragment|0x10',
         compares(4, (None, '=', 25)),
         compares(9, (None, '', 2), ('or', '=', 5), ('and', '!', 8), ('or', '!=', 256)),
         compares(12, (None, '=', 2), ('or', '', 16)), d=d)
    flow(name, 'dst 0.0.0.0/0', flow_prefix(1, '0.0.0.0/0'), d=d)
    same(name, u(0xf000 | len(head) + 2, 2) + head + b'\x01\x00',
         note='the long form of the length')
    flow(name, 'length =1|=2|=3|=4', compares(10, (None, '=', 1, 1), ('or', '=', 2, 2),
                                               ('or', '=', 3, 4), ('or', '=', 4, 8)), d=d)
    many = [(None if i == 0 else 'or', '=', 1000 + i) for i in range(100)]
    flow(name, 'port ' + '|'.join(f'={1000 + i}' for i in range(100)), compares(4, *many), d=d,
         note='more than 239 octets')
    huge = [(None if i == 0 else 'or', '=', 10000 + i) for i in range(700)]
    c = compares(4, *huge)
    n = len(head + c[0])
    good(name, u(0xf000 | n, 2) + head + c[0], {**absent(rd=d), 'components': [c[1]]},
         head + c[2], note='an expression that would be longer than 4,096 characters is left out')
    value = flow_prefix(1, '10.0.0.0/8')[0] + b'\xc8\x01\x02'
    good(name, wrap(value), {**absent(rd=d), 'components': [
        flow_prefix(1, '10.0.0.0/8')[1], {'type': 200, 'raw': '0102'}],
        'expr': 'dst 10.0.0.0/8 && type-200 0x0102'},
        head + flow_prefix(1, '10.0.0.0/8')[2] + b'\xc8\x01\x02')
    bad(name, wrap(b'\x01\x21' + bytes(5)), 'prefix-length', at + 1, 32, 33)
    bad(name, wrap(b'\x01\x18\x0a'), 'truncated', at + 2, 3, 1)
    bad(name, wrap(b'\x03\x01\x06'), 'truncated', at + 3, 1, 0, note='no end bit')
    bad(name, wrap(b'\x04\x91\x06'), 'truncated', at + 2, 2, 1)
    bad(name, wrap(b'\x04\x81\x06\x03\x81\x06'), 'syntax', at + 3, 5, 3, note='out of order')
    bad(name, wrap(b'\x04\x81\x06\x04\x81\x06'), 'syntax', at + 3, 5, 4, note='twice')
    bad(name, wrap(b'\x00\x01'), 'syntax', at, 1, 0)
    bad(name, b'\xf1', 'truncated', 1, 1, 0)
    bad(name, b'\x05\x03\x81', 'truncated', 1, 5, 2)
    if d:
        bad(name, b'\x05\x00\x00\x00\x01\x02', 'truncated', 1, 8, 5)


def make_flow6(name, d):
    at = 9 if d else 1
    head = rd(d) if d else b''
    flow(name, 'dst 2001:db8::/32 && src ::1234:5678:9a00:0/104-64 && proto =17 && '
         'flow-label =2013',
         flow_prefix(1, '2001:db8::/32'), flow_prefix(2, '::1234:5678:9a00:0/104', 64),
         compares(3, (None, '=', 17)), compares(13, (None, '=', 2013)), d=d)
    flow(name, 'dst ::1/128-121', flow_prefix(1, '::1/128', 121), d=d)
    flow(name, 'dst ::/0', flow_prefix(1, '::/0'), d=d)
    c = compares(3, (None, '=', 17))
    addr = ip('::1')
    value = head + b'\x02\x80\x78' + addr + c[0]
    good(name, u(len(value), 1) + value, {**absent(rd=d), 'components': [
        {'type': 2, 'name': 'src', 'prefix': '::1/128', 'prefix_offset': 120}, c[1]],
        'expr': 'src ::1/128-120 && proto =17'}, head + b'\x02\x80\x78' + addr + c[2],
        note='the pattern sent whole, as the drafts of RFC 8956 had it')
    for wire, fault in ((b'\x01\x81\x00' + bytes(17), ('prefix-length', at + 1, 128, 129)),
                        (b'\x01\x40\x40', ('prefix-length', at + 2, 64, 64)),
                        (b'\x01\x20\x21', ('prefix-length', at + 2, 32, 33)),
                        (b'\x01\x20\x00\x20', ('truncated', at + 3, 4, 1))):
        bad(name, u(len(head + wire), 1) + head + wire, *fault)


def make_flow2(name, d):
    at = 9 if d else 1
    head = rd(d) if d else b''
    m = '00:11:22:33:44:55'
    flow(name, f'ether-type =2048 && src-mac {m} && dst-mac {m} && vlan >=100&<=200 && '
         'vlan-pcp =7 && inner-vlan =5 && inner-vlan-pcp <3',
         compares(14, (None, '=', 2048)), flow_mac(15, m), flow_mac(16, m),
         compares(21, (None, '>=', 100), ('and', '<=', 200)), compares(22, (None, '=', 7)),
         compares(23, (None, '=', 5)), compares(24, (None, '<', 3)), d=d)
    flow(name, f'src-mac {m}', flow_mac(15, m), d=d)
    value = flow_mac(15, m, 48)[0]
    same(name, u(len(head + value), 1) + head + value, note='the length in bits')
    flow(name, 'dst 10.0.0.0/8 && llc-dsap =170 && llc-ssap =170 && llc-control =3 && '
         'snap =12345', flow_prefix(1, '10.0.0.0/8'), compares(17, (None, '=', 170)),
         compares(18, (None, '=', 170)), compares(19, (None, '=', 3)),
         compares(20, (None, '=', 12345)), d=d)
    value = head + b'\x0f\x07' + bytes(7)
    bad(name, u(len(value), 1) + value, 'length', at + 1, 6, 7)
    value = head + b'\x10\x06' + bytes(5)
    bad(name, u(len(value), 1) + value, 'truncated', at + 2, 6, 5)


def make_flow():
    make_flow4('ipv4-flowspec', None)
    make_flow4('ipv4-vpn-flowspec', '65535:65536')
    make_flow6('ipv6-flowspec', None)
    make_flow6('ipv6-vpn-flowspec', '192.0.2.1:7')
    make_flow2('l2vpn-flowspec', None)
    make_flow2('l2vpn-vpn-flowspec', '64500:100')


def add_public():
    """Wire of other projects (nlri_public.txt): what its senders say, no key stated."""
    for line in pathlib.Path(__file__).with_name('nlri_public.txt').read_text().splitlines():
        if not line.startswith('#'):
            name, origin, flags, wire, fields = line.split(' | ')
            family(name).append(f'# {origin}')
            family(name).append(f'{flags} | {wire} | {fields} | *')


def main():
    for make in make_prefixes, make_mvpn, make_evpn, make_small, make_flow, add_public:
        make()
    for more in nlri_vectors_ls, nlri_vectors_sr:
        more.make(sys.modules[__name__])
    folder = pathlib.Path(__file__).resolve().parent.parent / 'vectors' / 'nlri'
    stale = []
    for name, lines in sorted(FILES.items()):
        body = f'# {name}: made by tests/lib/nlri_vectors.py\n' + '\n'.join(lines) + '\n'
        path = folder / f'{name}.txt'
        if '--check' not in sys.argv[1:]:
            path.write_text(body)
        elif not path.exists() or path.read_text() != body:
            stale.append(path.name)
    if stale:
        sys.exit('stale: ' + ' '.join(stale))


if __name__ == '__main__':
    main()
