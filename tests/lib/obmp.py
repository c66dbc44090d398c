# SPDX-License-Identifier: BSD-2-Clause
"""obmp: OpenBMP's raw messages (`bmp_raw`, version 1.7) and the BMP in them (RFC 7854), read
independently of the program under test.

    frame = parse(value)            # of one Kafka message; Broken when it is not one
    for frame in messages(data): ...    # one after the other
    reader = Reader(); reader.take(frame.bmp)   # a consumer that must know whose routes it gets
    write_pcap(path, streams)       # BMP as TCP, for Wireshark
"""
import hashlib
import ipaddress
import struct
from collections import namedtuple

Frame = namedtuple("Frame", "time admin router group bmp")
Peer = namedtuple("Peer", "kind flags rd addr asn bgp_id time")

ROUTE_MONITORING, STATISTICS, PEER_DOWN, PEER_UP, INITIATION, TERMINATION, ROUTE_MIRRORING = range(7)
HEAD = struct.Struct(">4sBBHIBBII16sH")
BMP_PORT = 11019


class Broken(AssertionError):
    """Not what a reader of RouteViews' stream takes."""


def want(holds, what):
    if not holds:
        raise Broken(what)


def parse_one(data, at=0):
    """Returns the frame that begins at `at`, and where it ends."""
    want(len(data) - at >= HEAD.size, "cut in its header")
    magic, major, minor, head, size, flags, kind, sec, usec, collector, id_len = HEAD.unpack_from(data, at)
    want(magic == b"OBMP" and (major, minor) == (1, 7), f"magic and version {data[at:at + 6]}")
    want(flags in (0x80, 0xc0) and kind == 12, f"flags {flags:x}, type {kind}")
    want(usec < 1000000, f"{usec} microseconds")
    p = at + HEAD.size
    admin = data[p:p + id_len]
    p += id_len
    router_hash, router, group_len = struct.unpack_from(">16s16sH", data, p)
    group = data[p + 34:p + 34 + group_len]
    (rows,) = struct.unpack_from(">I", data, p + 34 + group_len)
    want(head == 78 + id_len + group_len, f"header of {head} octets")
    want(rows == 1, f"{rows} rows")
    want(flags & 0x40 or not any(router[4:]), "an IPv4 address with more than four octets")
    address = str(ipaddress.IPv6Address(router) if flags & 0x40 else ipaddress.IPv4Address(router[:4]))
    want(collector == hashlib.md5(admin).digest(), "collector hash")
    want(router_hash == hashlib.md5(address.encode()).digest(), "router hash")
    bmp = data[at + head:at + head + size]
    want(len(bmp) == size >= 6, "cut in its BMP")
    want(bmp[0] in (3, 4) and struct.unpack_from(">I", bmp, 1)[0] == size, f"BMP header {bmp[:6].hex()}")
    return Frame(sec + usec / 1e6, admin.decode(), address, group.decode(), bmp), at + head + size


def parse(value):
    """Returns the frame that is all of a value."""
    frame, end = parse_one(value)
    want(end == len(value), f"{len(value) - end} octets behind the BMP message")
    return frame


def messages(data):
    at = 0
    while at < len(data):
        frame, at = parse_one(data, at)
        yield frame


# ---- BMP ----

def kind_of(bmp):
    return bmp[5]


def peer_of(bmp):
    """Returns the per-peer header."""
    kind, flags, rd, addr, asn, bgp_id, sec, usec = struct.unpack_from(">BB8s16sI4sII", bmp, 6)
    text = ipaddress.IPv6Address(addr) if flags & 0x80 else ipaddress.IPv4Address(addr[12:])
    return Peer(kind, flags, rd, str(text), asn, str(ipaddress.IPv4Address(bgp_id)), sec + usec / 1e6)


def opens_of(peer_up):
    """Returns the OPENs of a Peer Up: the router's, its peer's."""
    first = struct.unpack_from(">H", peer_up, 68 + 16)[0]
    second = struct.unpack_from(">H", peer_up, 68 + first + 16)[0]
    return peer_up[68:68 + first], peer_up[68 + first:68 + first + second]


def open_asn(message):
    """Returns the AS number of an OPEN: of capability 65 (RFC 6793) when it is there."""
    (asn,) = struct.unpack_from(">H", message, 20)
    at, end = 29, 29 + message[28]
    while at < end:
        kind, size = message[at], message[at + 1]
        cap, stop = at + 2, at + 2 + size
        while kind == 2 and cap < stop:
            if message[cap] == 65:
                (asn,) = struct.unpack_from(">I", message, cap + 2)
            cap += 2 + message[cap + 1]
        at = stop
    return asn


class Reader:
    """One router's stream: routes come of peers that are up, after an Initiation."""

    def __init__(self, initiated=False):
        self.initiated, self.up, self.routes, self.ups = initiated, {}, 0, 0

    def take(self, bmp):
        kind = kind_of(bmp)
        want(self.initiated or kind == INITIATION, f"type {kind} before an Initiation")
        if kind == INITIATION:
            self.initiated = True
        elif kind == TERMINATION:
            self.up.clear()
        else:
            self.take_peer(kind, peer_of(bmp), bmp)

    def take_peer(self, kind, peer, bmp):
        key = (peer.kind, peer.rd, peer.addr)
        if kind == PEER_UP:
            sent, received = opens_of(bmp)
            want(sent[18] == received[18] == 1, "no OPENs in a Peer Up")
            want(open_asn(received) == peer.asn, f"an OPEN of AS {open_asn(received)} in a Peer Up of {peer.asn}")
            self.up[key] = peer
            self.ups += 1
        elif kind == PEER_DOWN:
            want(self.up.pop(key, None), f"Peer Down of {peer.addr}, which was not up")
        else:
            want(key in self.up, f"type {kind} of {peer.addr}, which is not up")
            self.routes += kind == ROUTE_MONITORING


# ---- UPDATEs of plain IPv4 and IPv6 unicast, without path identifiers ----

def _prefixes(data, bits):
    at = 0
    while at < len(data):
        size = (data[at] + 7) // 8
        body = data[at + 1:at + 1 + size] + bytes(bits // 8 - size)
        yield f"{ipaddress.ip_address(body)}/{data[at]}"
        at += 1 + size


def announced(update):
    """Returns the prefixes that an UPDATE announces."""
    (gone,) = struct.unpack_from(">H", update, 19)
    at = 21 + gone
    (size,) = struct.unpack_from(">H", update, at)
    at, end, out = at + 2, at + 2 + size, list(_prefixes(update[at + 2 + size:], 32))
    while at < end:
        wide = update[at] & 0x10
        length = struct.unpack_from(">H" if wide else ">B", update, at + 2)[0]
        value = at + (4 if wide else 3)
        if update[at + 1] == 14 and update[value:value + 3] == b"\0\2\1":
            nlri = value + 4 + update[value + 3] + 1
            out += _prefixes(update[nlri:value + length], 128)
        at = value + length
    return out


# ---- pcap ----

def _packet(time, port, seq, payload):
    tcp = struct.pack(">HHIIBBHHH", port, BMP_PORT, seq, 0, 0x50, 0x18, 65535, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(payload), 0, 0, 64, 6, 0,
                     bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)))
    data = ip + tcp + payload
    sec = int(time)
    return struct.pack("<IIII", sec, int((time - sec) * 1e6), len(data), len(data)) + data


def write_pcap(path, streams):
    """Writes each stream, a list of (time, BMP message), as one TCP connection to BMP_PORT; no message
    shares a segment with another."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))  # raw IP
        for number, stream in enumerate(streams):
            seq = 1
            for time, bmp in stream:
                for at in range(0, len(bmp), 32768):
                    part = bmp[at:at + 32768]
                    out.write(_packet(time, 20000 + number, seq, part))
                    seq += len(part)
