# SPDX-License-Identifier: BSD-2-Clause
"""Vectors of BGP-LS, BGP-LS-VPN and BGP-LS-SPF NLRI, for nlri_vectors.py."""

NAMES = {1: 'node', 2: 'link', 3: 'ipv4-prefix', 4: 'ipv6-prefix', 5: 'sr-policy',
         6: 'srv6-sid', 7: 'stub-link'}
PROTOCOLS = {1: 'isis-l1', 2: 'isis-l2', 3: 'ospfv2', 4: 'direct', 5: 'static', 6: 'ospfv3',
             7: 'bgp', 8: 'rsvp-te', 9: 'segment-routing'}


def make(v):
    u, ip = v.u, v.ip

    def tlv(t, name, octets, **fields):
        """(wire, JSON) of one TLV."""
        return u(t, 2) + u(len(octets), 2) + octets, {'type': t, **v.absent(name=name), **fields}

    def number(t, name, n, octets=4):
        return tlv(t, name, u(n, octets), value=n)

    def addr(t, name, a):
        return tlv(t, name, ip(a), value=a)

    def nest(t, name, parts, head=b'', **fields):
        return tlv(t, name, head + b''.join(p[0] for p in parts), **fields,
                   tlvs=[p[1] for p in parts])

    def isis(name='0000.0000.0001', node=256):
        return nest(node, {256: 'local-node', 257: 'remote-node'}[node], [
            number(512, 'as-number', 65001), number(513, 'bgp-ls-id', 0),
            tlv(515, 'igp-router-id', bytes.fromhex(name.replace('.', '')), value=name)])

    def ospf(router, area='0.0.0.0', node=256):
        octets = b''.join(ip(a) for a in router.split(':'))
        return nest(node, {256: 'local-node', 257: 'remote-node'}[node], [
            number(512, 'as-number', 64500), addr(514, 'ospf-area-id', area),
            tlv(515, 'igp-router-id', octets, value=router)])

    def bgp(router, node=256):
        return nest(node, {256: 'local-node', 257: 'remote-node'}[node], [
            number(512, 'as-number', 4200000001), addr(516, 'bgp-router-id', router),
            number(517, 'member-as', 65100)])

    def reach(p):
        octets, _, bits = v.net(p)
        return tlv(265, 'ip-reachability', u(bits, 1) + octets, prefix=p)

    def topologies(*ids):
        return tlv(263, 'multi-topology-ids', b''.join(u(i, 2) for i in ids), values=list(ids))

    def candidate_path(endpoint, originator):
        flags = (0x80 if ':' in endpoint else 0) | (0x40 if ':' in originator else 0)
        return tlv(554, 'sr-policy-candidate-path',
                   u(1, 1) + u(flags, 1) + u(0, 2) + ip(endpoint) + u(100, 4) + u(65000, 4) +
                   ip(originator) + u(7, 4), protocol_origin=1, flags=flags, endpoint=endpoint,
                   color=100, originator_asn=65000, originator=originator, discriminator=7)

    link = [tlv(258, 'link-ids', u(1, 4) + u(2, 4), local=1, remote=2),
            addr(259, 'ipv4-interface', '10.0.0.1'), addr(260, 'ipv4-neighbor', '10.0.0.2'),
            addr(261, 'ipv6-interface', '2001:db8::1'), addr(262, 'ipv6-neighbor', '2001:db8::2'),
            topologies(0, 2)]
    stub = [addr(259, 'ipv4-interface', '10.0.0.1'), number(270, 'remote-as', 65010),
            addr(271, 'ipv4-remote-asbr', '192.0.2.2'),
            addr(272, 'ipv6-remote-asbr', '2001:db8::2')]
    headend = nest(256, 'local-node', [number(512, 'as-number', 65000),
                                       addr(516, 'bgp-router-id', '192.0.2.7'),
                                       addr(1028, 'ipv4-local-router-id', '192.0.2.7'),
                                       addr(1029, 'ipv6-local-router-id', '2001:db8::7')])
    cross = nest(555, 'mpls-cross-connect', [
        tlv(556, 'mpls-cross-connect-interface', u(0, 1) + u(9, 4) + ip('10.0.0.9'), flags=0,
            local_interface=9, local='10.0.0.9'),
        tlv(557, 'mpls-cross-connect-fec', u(128, 1) + u(24, 1) + ip('10.1.2.0')[:3], flags=128,
            prefix='10.1.2.0/24')],
        head=u(16, 4) + u(17, 4), incoming_label=16, outgoing_label=17)
    routes = [
        (1, 2, [isis()]),
        (1, 1, [isis('0000.0000.0001.02')]),
        (1, 3, [ospf('192.0.2.1')]),
        (1, 7, [bgp('192.0.2.1')]),
        (1, 5, [nest(256, 'local-node', [addr(515, 'igp-router-id', '2001:db8::5')])]),
        (2, 2, [isis(), isis('0000.0000.0002.01', 257), *link]),
        (2, 6, [ospf('192.0.2.1'), ospf('192.0.2.2:10.0.0.2', '0.0.0.1', 257), link[0]]),
        (2, 7, [bgp('192.0.2.1'), bgp('192.0.2.2', 257), *link[1:3],
                number(1185, 'address-family', 1, 1)]),
        (3, 3, [ospf('192.0.2.1'), topologies(0), number(264, 'ospf-route-type', 1, 1),
                reach('10.1.0.0/20')]),
        (3, 2, [isis(), reach('0.0.0.0/0')]),
        (4, 6, [ospf('192.0.2.1'), number(264, 'ospf-route-type', 5, 1), reach('2001:db8::/33')]),
        (5, 9, [headend, candidate_path('203.0.113.9', '192.0.2.7')]),
        (5, 9, [headend, candidate_path('2001:db8::9', '2001:db8::7')]),
        (5, 8, [headend, number(550, 'tunnel-id', 5, 2), number(551, 'lsp-id', 6, 2),
                addr(552, 'tunnel-head-end', '192.0.2.7'),
                addr(553, 'tunnel-tail-end', '192.0.2.8'), cross]),
        (6, 2, [isis(), topologies(2),
                tlv(518, 'srv6-sid', ip('2001:db8::1'), sid='2001:db8::1')]),
        (7, 3, [ospf('192.0.2.1'), *stub]),
        (1, 2, [isis(), tlv(999, None, b'\xff', value='ff')]),
        (1, 200, [isis()]),
    ]
    for name, d in ('bgp-ls', None), ('bgp-ls-vpn', '64500:100'), ('bgp-ls-spf', None):
        head = v.rd(d) if d else b''
        at = 4 + len(head)

        def nlri(t, body):
            return v.typed(t, head + body, 2)

        for t, protocol, parts in routes:
            w = nlri(t, u(protocol, 1) + u(7, 8) + b''.join(p[0] for p in parts))
            v.good(name, w, {'nlri_type': t, 'nlri_name': NAMES[t], **v.absent(rd=d),
                             'protocol_id': protocol,
                             **v.absent(protocol=PROTOCOLS.get(protocol)), 'identifier': 7,
                             'descriptors': [p[1] for p in parts]}, w)
        v.good(name, u(9, 4) + w, {'path_id': 9, 'nlri_type': 1, 'nlri_name': 'node',
                                   **v.absent(rd=d), 'protocol_id': 200, 'identifier': 7,
                                   'descriptors': [isis()[1]]}, w, 'addpath')
        w = v.typed(1000, b'\xca\xfe', 2)
        v.good(name, w, {'nlri_type': 1000, 'raw': 'cafe'}, w, note='a type to be (RFC 9552 '
               'section 5.2)')
        v.bad(name, nlri(1, u(3, 1) + bytes(7)), 'truncated', at + 1, 8, 7)
        v.bad(name, nlri(1, b''), 'truncated', at, 1, 0)
        v.bad(name, b'\0\1\0', 'truncated', 2, 2, 1)
        v.bad(name, b'\0\1\0\4\1', 'truncated', 0, 8, 5)
        v.bad(name, nlri(1, u(2, 1) + u(7, 8) + nest(256, 'local-node', [
            tlv(512, 'as-number', b'\0\0\1')])[0]), 'length', at + 17, 4, 3,
            note='one descriptor is not understood, the rest is')
        node = isis()[0]
        v.bad(name, nlri(1, u(2, 1) + u(7, 8) + node[:-1]), 'truncated', at + 13, 26, 25)
        v.bad(name, nlri(1, u(2, 1) + u(7, 8) + node[:3]), 'truncated', at + 11, 2, 1)
        if d:
            v.bad(name, v.typed(1, head[:5], 2), 'truncated', 4, 8, 5)
