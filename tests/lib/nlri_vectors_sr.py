# SPDX-License-Identifier: BSD-2-Clause
"""Vectors of SR Policy, CAR, MUP, and of the families that inform about tunnels, policies and
pseudowires, for nlri_vectors.py."""


def make(v):
    make_sr_policy(v)
    make_car(v)
    make_mup(v)
    make_sdwan(v)
    make_rpd(v)
    make_unreachability(v)
    make_ms_pw(v)
    make_opaque(v)


def make_sr_policy(v):
    for name, end in ('ipv4-sr-policy', '192.0.2.1'), ('ipv6-sr-policy', '2001:db8::1'):
        body = v.u(1, 4) + v.u(100, 4) + v.ip(end)
        w = v.u(8 * len(body), 1) + body
        fields = {'distinguisher': 1, 'color': 100, 'endpoint': end}
        v.good(name, w, fields, w)
        v.good(name, v.u(5, 4) + w, {'path_id': 5, **fields}, w, 'addpath')
        v.bad(name, b'\0', 'length', 0, 8 * len(body), 0)
        v.bad(name, v.u(8 * len(body) - 8, 1) + body[:-1], 'length', 0, 8 * len(body),
              8 * len(body) - 8)
        v.bad(name, v.u(200, 1) + bytes(25), 'prefix-length', 0, 192, 200)
        v.bad(name, w[:-1], 'truncated', 0, len(w), len(w) - 1)


def car_tlv(v, t, octets, **fields):
    names = {1: 'label', 2: 'label-index', 3: 'srv6-sid'}
    return v.u(t, 1) + v.u(len(octets), 1) + octets, {
        'type': t & 63, **v.absent(name=names.get(t & 63)), 'transitive': bool(t & 64), **fields}


def make_car(v):
    u = v.u
    for name, p, d in (('ipv4-car', '192.0.2.0/24', None), ('ipv6-car', '2001:db8::/32', None),
                       ('ipv4-vpn-car', '192.0.2.0/24', '65001:1'),
                       ('ipv6-vpn-car', '2001:db8::/32', '65001:1')):
        octets, _, bits = v.net(p)
        head = v.rd(d) if d else b''
        prefix = head + u(bits, 1) + octets
        color = prefix + u(100, 4)
        fields = {'nlri_type': 1, 'nlri_name': 'color-aware', **v.absent(rd=d), 'prefix': p,
                  'color': 100}

        def car(t, key, tlvs=b''):
            body = u(len(key), 1) + u(t, 1) + key + tlvs
            return u(len(body), 1) + body

        v.good(name, car(1, color), fields, u(1, 1) + color)
        sid = v.ip('2001:db8::1')
        tlvs = [car_tlv(v, 1, v.label(100), labels=[100]),
                car_tlv(v, 0x42, bytes(3) + u(100, 4), flags=0, label_index=100),
                car_tlv(v, 3, sid, sid='2001:db8::1'),
                car_tlv(v, 3, sid[:8], value=sid[:8].hex()),
                car_tlv(v, 9, b'\xff', value='ff')]
        v.good(name, car(1, color, b''.join(t[0] for t in tlvs)),
               {**fields, 'tlvs': [t[1] for t in tlvs]}, u(1, 1) + color)
        v.same(name, car(1, color, car_tlv(v, 1, v.label(200))[0]),
               note='TLVs are not part of the key (RFC 9871 section 2.9)')
        v.good(name, car(2, prefix), {'nlri_type': 2, 'nlri_name': 'ip-prefix',
                                      **v.absent(rd=d), 'prefix': p}, u(2, 1) + prefix)
        v.good(name, car(9, b'\xaa\xbb', b'\xcc'), {'nlri_type': 9, 'key': 'aabb', 'raw': 'cc'},
               b'\x09\xaa\xbb')
        v.good(name, u(6, 4) + car(1, color), {'path_id': 6, **fields}, u(1, 1) + color,
               'addpath')
        at = 3 + len(head)
        wide = 128 if ':' in p else 32
        v.bad(name, b'\x02\xff\x01', 'truncated', 3, 255, 0)
        v.bad(name, car(1, color[:-1]), 'truncated', at + 1 + len(octets), 4, 3)
        v.bad(name, car(1, color + b'\0'), 'trailing', at + 5 + len(octets), 0, 1)
        v.bad(name, car(2, head + u(wide + 1, 1) + bytes(17)), 'prefix-length', at + 1, wide,
              wide + 1)
        v.bad(name, car(1, color, b'\x01\x04\0'), 'truncated', at + 7 + len(octets), 4, 1)
        v.bad(name, car(1, color, b'\x01\x02\0\0'), 'truncated', at + 7 + len(octets), 3, 2)


MUP = {1: 'interwork-segment-discovery', 2: 'direct-segment-discovery',
       3: 'type-1-session-transformed', 4: 'type-2-session-transformed'}


def make_mup(v):
    u, d = v.u, '65001:1'
    for name, p, a in (('ipv4-mup', '192.0.2.0/24', '192.0.2.1'),
                       ('ipv6-mup', '2001:db8::/32', '2001:db8::1')):
        octets, _, bits = v.net(p)
        wide = 128 if ':' in p else 32
        head, prefix, addr = v.rd(d), u(bits, 1) + octets, v.ip(a)

        def mup(t, value, arch=1):
            return u(arch, 1) + u(t, 2) + u(len(value), 1) + value

        def good(t, value, key=None, **fields):
            w = mup(t, value)
            v.good(name, w, {'architecture': 1, 'route_type': t, 'route_type_name': MUP[t],
                             'rd': d, **fields},
                   u(1, 1) + u(t, 2) + (value if key is None else key))
            return w

        session = u(12345, 4) + u(9, 1)
        end = v.sized(a)
        good(1, head + prefix, prefix=p)
        w = good(2, head + addr, ip=a)
        v.good(name, u(3, 4) + w, {'path_id': 3, 'architecture': 1, 'route_type': 2,
                                   'route_type_name': MUP[2], 'rd': d, 'ip': a},
               w[:3] + w[4:], 'addpath')
        t1 = {'prefix': p, 'teid': 12345, 'qfi': 9, 'endpoint': a}
        good(3, head + prefix + session + end, head + prefix, **t1)
        v.same(name, mup(3, head + prefix + u(7, 4) + u(5, 1) + end),
               note='RD and prefix alone name it (draft section 3.1.3)')
        good(3, head + prefix + session + end + end, head + prefix, **t1, source=a)
        good(3, head + prefix + session + end + b'\0', head + prefix, **t1)
        good(4, head + u(wide + 32, 1) + addr + u(12345, 4), endpoint_length=wide + 32,
             endpoint=a, teid=12345)
        good(4, head + u(wide + 16, 1) + addr + u(0x1234, 2), endpoint_length=wide + 16,
             endpoint=a, teid=0x12340000)
        good(4, head + u(wide, 1) + addr, endpoint_length=wide, endpoint=a, teid=0)
        v.good(name, mup(1, b'\xaa\xbb', 2), {'architecture': 2, 'route_type': 1, 'raw': 'aabb'},
               b'\x02\x00\x01\xaa\xbb')
        v.good(name, mup(7, b'\xaa'), {'architecture': 1, 'route_type': 7, 'raw': 'aa'},
               b'\x01\x00\x07\xaa')
        v.bad(name, mup(2, head), 'length', 12, wide // 8, 0)
        v.bad(name, mup(1, head[:5]), 'truncated', 4, 8, 5)
        v.bad(name, mup(1, head + u(wide + 1, 1) + bytes(17)), 'prefix-length', 13, wide,
              wide + 1)
        v.bad(name, mup(1, head + prefix + b'\0'), 'trailing', 13 + len(octets), 0, 1)
        v.bad(name, mup(4, head + u(wide + 33, 1) + addr + bytes(5)), 'length', 12, wide,
              wide + 33)
        v.bad(name, b'\x01\x00', 'truncated', 0, 3, 2)


def make_sdwan(v):
    u = v.u
    for name, a in ('ipv4-sd-wan', '192.0.2.1'), ('ipv6-sd-wan', '2001:db8::1'):
        w = v.typed(1, u(7, 4) + u(100, 4) + v.ip(a), 2)
        fields = {'route_type': 1, 'route_type_name': 'tunnel-properties', 'port_local_id': 7,
                  'color': 100, 'node': a}
        v.good(name, w, fields, w)
        v.good(name, u(3, 4) + w, {'path_id': 3, **fields}, w, 'addpath')
        w = v.typed(2, u(100, 4) + v.ip(a), 2)
        v.good(name, w, {'route_type': 2, 'route_type_name': 'transit-gateways', 'color': 100,
                         'node': a}, w)
        w = v.typed(9, b'\xaa\xbb', 2)
        v.good(name, w, {'route_type': 9, 'raw': 'aabb'}, w)
        v.bad(name, v.typed(1, u(7, 4) + u(100, 4), 2), 'length', 12, 4, 0)
        v.bad(name, v.typed(1, u(7, 4) + u(100, 4) + bytes(5), 2), 'length', 12, 16, 5)
        v.bad(name, v.typed(1, bytes(3), 2), 'truncated', 4, 4, 3)
        v.bad(name, v.typed(2, bytes(2), 2), 'truncated', 4, 4, 2)
        v.bad(name, w[:-1], 'truncated', 4, 2, 1)
        v.bad(name, b'\0\1\0', 'truncated', 3, 1, 0)


def make_rpd(v):
    u = v.u
    for name in 'ipv4-rpd', 'ipv6-rpd', 'routing-policy-rpd':
        for t, kind, a in ((1, 'export', '192.0.2.1'), (2, 'import', '2001:db8::1'),
                           (3, None, '0.0.0.0')):
            body = u(t, 1) + u(7, 4) + v.ip(a)
            w = u(len(body), 1) + body
            fields = {'policy_type': t, **v.absent(policy_type_name=kind), 'distinguisher': 7,
                      'peer': a}
            v.good(name, w, fields, w)
        v.good(name, u(3, 4) + w, {'path_id': 3, **fields}, w, 'addpath')
        v.bad(name, u(8, 1) + bytes(8), 'length', 0, 9, 8)
        v.bad(name, u(10, 1) + bytes(10), 'length', 0, 21, 10)
        v.bad(name, w[:-1], 'truncated', 0, 10, 9)


def make_unreachability(v):
    u = v.u

    def tlv(t, value):
        return u(t, 1) + u(len(value), 2) + value

    def reporter(subs):
        return tlv(1, v.ip('192.0.2.1') + u(4200000000, 4) + b''.join(s[0] for s in subs)), {
            'type': 1, 'name': 'reporter', 'bgp_id': '192.0.2.1', 'asn': 4200000000,
            'tlvs': [s[1] for s in subs]}

    maintenance = tlv(1, u(7, 2)), {'type': 1, 'name': 'reason', 'code': 7,
                                    'reason': 'maintenance'}
    private = tlv(1, u(64536, 2)), {'type': 1, 'name': 'reason', 'code': 64536}
    when = tlv(2, u(1763842537, 8)), {'type': 2, 'name': 'timestamp', 'value': 1763842537}
    other = tlv(9, b'\xab'), {'type': 9, 'value': 'ab'}
    for name, p in ('ipv4-unreachability', '203.0.113.0/24'), ('ipv6-unreachability',
                                                               '2001:db8::/33'):
        octets, addr, bits = v.net(p)
        wide = len(addr) * 8
        prefix = u(bits, 1) + octets
        key = addr + u(bits, 1)

        def nlri(body):
            return u(len(body), 2) + body

        for reports in ([], [reporter([])], [reporter([maintenance, when])],
                        [reporter([private]), reporter([other])], [other]):
            w = nlri(prefix + b''.join(r[0] for r in reports))
            fields = {'prefix': p,
                      **({'reporters': [r[1] for r in reports]} if reports else {})}
            v.good(name, w, fields, key)
        v.same(name, nlri(prefix + reporter([maintenance])[0]),
               note='what is reported is not part of the key')
        v.good(name, u(3, 4) + w, {'path_id': 3, **fields}, key, 'addpath')
        end = 2 + len(prefix)
        v.bad(name, nlri(u(wide + 1, 1) + bytes(17)), 'prefix-length', 3, wide, wide + 1)
        v.bad(name, nlri(prefix[:-1]), 'truncated', 3, len(octets), len(octets) - 1)
        v.bad(name, nlri(b''), 'truncated', 2, 1, 0)
        v.bad(name, nlri(prefix + b'\x01\x00'), 'truncated', end + 1, 2, 1)
        v.bad(name, nlri(prefix + tlv(1, bytes(8))[:-1]), 'truncated', end + 3, 8, 7)
        v.bad(name, w[:-1], 'truncated', 0, len(w), len(w) - 1)
        v.bad(name, b'\0', 'truncated', 0, 2, 1)
        v.bad(name, nlri(prefix + reporter([(tlv(1, b'\7'), {})])[0]), 'truncated', end + 14, 2, 1,
              note='a reason of one octet: the rest counts')


def make_ms_pw(v):
    u, name, d = v.u, 'l2vpn-ms-pw', '64500:100'

    def nlri(aii, bits):
        return u(64 + bits, 1) + v.rd(d) + aii[:(bits + 7) // 8]

    aii = u(65000, 4) + v.ip('192.0.2.1') + u(9, 4)
    fields = {'rd': d, 'global_id': 65000, 'aii_prefix': '192.0.2.1', 'ac_id': 9, 'aii_length': 96}
    w = nlri(aii, 96)
    v.good(name, w, fields, v.rd(d) + aii + u(96, 1))
    v.good(name, u(3, 4) + w, {'path_id': 3, **fields}, v.rd(d) + aii + u(96, 1), 'addpath')
    short = aii[:7] + bytes(5)
    v.good(name, nlri(aii, 56), {'rd': d, 'global_id': 65000, 'aii_prefix': '192.0.2.0', 'ac_id': 0,
                                 'aii_length': 56}, v.rd(d) + short + u(56, 1),
           note='an aggregate')
    v.bad(name, u(63, 1) + bytes(8), 'length', 0, 64, 63)
    v.bad(name, u(161, 1) + bytes(21), 'prefix-length', 0, 160, 161)
    v.bad(name, w[:-1], 'truncated', 0, len(w), len(w) - 1)


def make_opaque(v):
    v.good('opaque-key-value', b'\0\3key\1\2', {'key': 'key', 'value': '0102'}, b'key')
    v.same('opaque-key-value', b'\0\3key')
    v.bad('opaque-key-value', b'\0\5\xaa', 'truncated', 2, 5, 1)
    v.bad('opaque-key-value', b'\0', 'truncated', 0, 2, 1)
    for name in 'ipv4-mcast-tree', 'ipv6-mcast-tree':
        w = v.typed(3, b'\xde\xad')
        v.good(name, w, {'route_type': 3, 'raw': 'dead'}, w[:1] + w[2:])
        v.bad(name, w[:-1], 'truncated', 2, 2, 1)
    v.good('802-flowspec', b'\3\0\1\2', {'raw': '000102'}, b'\0\1\2')
    v.same('802-flowspec', b'\xf0\3\0\1\2', note='the long form of the length')
    v.bad('802-flowspec', b'\3\0', 'truncated', 1, 3, 1)
    for name in RAW:
        v.good(name, b'\1\2\xff', {'raw': '0102ff'}, b'\1\2\xff')


RAW = ['ipv4-4over6', 'ipv6-4over6', 'ipv4-6over4', 'ipv6-6over4', 'ipv4-dps', 'ipv6-dps',
       'ipv4-l1vpn', 'ipv6-l1vpn', 'ipv4-tunnel', 'ipv6-tunnel', 'ipv4-tunneled-flowspec',
       'ipv6-tunneled-flowspec']
