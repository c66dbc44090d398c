# SPDX-License-Identifier: BSD-2-Clause
"""mrt: MRT records and the BGP messages in them, made by hand (RFC 6396, 8050, 4271, 4760)."""
import gzip
import ipaddress
import struct

MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE, REFRESH = 1, 2, 3, 4, 5
IDLE, CONNECT, ACTIVE, OPEN_SENT, OPEN_CONFIRM, ESTABLISHED = range(1, 7)


# ---- BGP ----

def message(kind, body=b""):
    return MARKER + struct.pack(">HB", 19 + len(body), kind) + body


def prefix(text, path_id=None):
    net = ipaddress.ip_network(text)
    octets = bytes([net.prefixlen]) + net.network_address.packed[:(net.prefixlen + 7) // 8]
    return octets if path_id is None else struct.pack(">I", path_id) + octets


def attr(code, value, flags=None, extended=False):
    flags = {1: 0x40, 2: 0x40, 3: 0x40, 4: 0x80, 5: 0x40}.get(code, 0xc0 if code not in (14, 15) else 0x80) \
        if flags is None else flags
    if extended or len(value) > 255:
        return struct.pack(">BBH", flags | 0x10, code, len(value)) + value
    return struct.pack(">BBB", flags, code, len(value)) + value


def as_path(*asns, width=4):
    return attr(2, struct.pack(f">BB{len(asns)}{'I' if width == 4 else 'H'}", 2, len(asns), *asns)
                if asns else b"")


def attrs(path=(64500,), med=None, next_hop="192.0.2.9", communities=(), more=b"", width=4):
    out = attr(1, b"\0") + as_path(*path, width=width)
    if next_hop:
        out += attr(3, ipaddress.ip_address(next_hop).packed)
    if med is not None:
        out += attr(4, struct.pack(">I", med))
    if communities:
        out += attr(8, struct.pack(f">{len(communities)}I", *communities))
    return out + more


def update(announce=(), withdraw=(), attributes=b""):
    gone, new = b"".join(withdraw), b"".join(announce)
    return message(UPDATE, struct.pack(">H", len(gone)) + gone + struct.pack(">H", len(attributes)) +
                   attributes + new)


def mp_reach(afi, safi, next_hop, *nlri):
    return attr(14, struct.pack(">HBB", afi, safi, len(next_hop)) + next_hop + b"\0" + b"".join(nlri))


def mp_unreach(afi, safi, *nlri):
    return attr(15, struct.pack(">HB", afi, safi) + b"".join(nlri))


def eor(afi=1, safi=1):
    return update() if (afi, safi) == (1, 1) else update(attributes=mp_unreach(afi, safi))


def capability(code, value=b""):
    return struct.pack(">BB", code, len(value)) + value


def open_message(asn, bgp_id, *capabilities, hold=90):
    caps = b"".join(capabilities) + capability(65, struct.pack(">I", asn))
    params = struct.pack(">BB", 2, len(caps)) + caps
    return message(OPEN, struct.pack(">BHH", 4, min(asn, 23456) if asn > 65535 else asn, hold) +
                   ipaddress.ip_address(bgp_id).packed + bytes([len(params)]) + params)


def graceful(seconds, *families, notification=False):
    """The capability of RFC 4724; families as (AFI, SAFI), all with forwarding kept."""
    flags = 0x4000 if notification else 0
    return capability(64, struct.pack(">H", flags | seconds) +
                      b"".join(struct.pack(">HBB", afi, safi, 0x80) for afi, safi in families))


def refresh(subtype, afi=1, safi=1):
    return message(REFRESH, struct.pack(">HBB", afi, subtype, safi))


# ---- MRT ----

def record(kind, subtype, time, body):
    """`time` in seconds, with a fraction for BGP4MP_ET (17)."""
    if kind == 17:
        micros = round(time * 1000000) % 1000000
        return struct.pack(">IHHII", int(time), kind, subtype, len(body) + 4, micros) + body
    return struct.pack(">IHHI", int(time), kind, subtype, len(body)) + body


class Peer:
    """A session as MRT sees it."""

    def __init__(self, addr="192.0.2.9", asn=64500, local="192.0.2.1", local_asn=65000, bgp_id="192.0.2.9"):
        self.addr, self.local = ipaddress.ip_address(addr), ipaddress.ip_address(local)
        self.asn, self.local_asn, self.bgp_id = asn, local_asn, ipaddress.ip_address(bgp_id).packed

    def head(self, asn4=True):
        fmt = ">IIHH" if asn4 else ">HHHH"
        return struct.pack(fmt, self.asn, self.local_asn, 0, 1 if self.addr.version == 4 else 2) + \
            self.addr.packed + self.local.packed

    def message(self, time, msg, asn4=True, add_path=False, sent=False, kind=17):
        subtype = {(False, False): 1, (False, True): 6, (True, False): 8, (True, True): 10}[add_path, sent]
        if asn4:
            subtype = {1: 4, 6: 7, 8: 9, 10: 11}[subtype]
        return record(kind, subtype, time, self.head(asn4) + msg)

    def state(self, time, old, new, kind=17):
        return record(kind, 5, time, self.head() + struct.pack(">HH", old, new))

    def up(self, time, *capabilities, own=()):
        """A session comes up step by step, as ribtaped records it."""
        return (self.state(time, ACTIVE, OPEN_SENT) +
                self.message(time, open_message(self.local_asn, str(self.local), *own), sent=True) +
                self.message(time + .001, open_message(self.asn, str(ipaddress.ip_address(self.bgp_id)),
                                                       *capabilities)) +
                self.state(time + .001, OPEN_SENT, OPEN_CONFIRM) +
                self.message(time + .002, message(KEEPALIVE)) +
                self.state(time + .002, OPEN_CONFIRM, ESTABLISHED))

    def down(self, time):
        return self.state(time, ESTABLISHED, IDLE)

    def row(self):
        return bytes([2 | (self.addr.version == 6)]) + self.bgp_id + self.addr.packed + struct.pack(">I", self.asn)


def peer_table(time, peers, view=b""):
    return record(13, 1, time, b"\xc6\x33\x64\x01" + struct.pack(">H", len(view)) + view +
                  struct.pack(">H", len(peers)) + b"".join(p.row() for p in peers))


def rib(time, seq, nlri, entries, subtype=2, family=None):
    """`entries`: (index, originated, attributes) or, with ADD-PATH, (index, originated, path id,
    attributes). `family`: (AFI, SAFI) of RIB_GENERIC."""
    body = struct.pack(">I", seq) + (struct.pack(">HB", *family) if family else b"") + nlri + \
        struct.pack(">H", len(entries))
    for e in entries:
        body += struct.pack(">HI", e[0], e[1])
        if len(e) == 4:
            body += struct.pack(">I", e[2])
        body += struct.pack(">H", len(e[-1])) + e[-1]
    return record(13, subtype, time, body)


def dump(time, peers, routes):
    """A whole dump of IPv4 unicast: routes as {(prefix, index): (originated, attributes)}."""
    out = peer_table(time, peers)
    for seq, net in enumerate(sorted({r[0] for r in routes})):
        entries = [(i, *routes[net, i]) for n, i in sorted(routes) if n == net]
        out += rib(time, seq, prefix(net), entries)
    return out


def write(path, data):
    with (gzip.open if path.endswith(".gz") else open)(path, "wb") as f:
        f.write(data)
