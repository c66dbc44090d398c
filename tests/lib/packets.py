# SPDX-License-Identifier: BSD-2-Clause
"""Packets round a TCP stream, and capture files of them, for the tests of `ribtape decode`."""
import json
import struct

ROUTER4, US4 = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 99])
ROUTER6 = bytes.fromhex("20010db8000000000000000000000001")
US6 = bytes.fromhex("20010db8000000000000000000000099")


def records_of(out):
    """What the records say, without the times and addresses that the wrapping makes."""
    found = []
    for line in out.splitlines():
        r = json.loads(line)
        for key in "time", "source", "router", "peer":
            r.pop(key, None)
        found.append(r)
    return found


# ---- packets ----

def tcp(seq, flags, payload, sport, dport, ack=0):
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags, 65535, 0,
                       0) + payload


def ipv4(payload, ident=1, off=0, more=False, back=False, total=None):
    ends = US4 + ROUTER4 if back else ROUTER4 + US4
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload) if total is None else total, ident,
                       (0x2000 if more else 0) | off // 8, 64, 6, 0) + ends + payload


def ipv6(payload, nxt=6):
    return struct.pack(">IHBB", 6 << 28, len(payload), nxt, 64) + ROUTER6 + US6 + payload


def ether(packet, tags=(), kind=None):
    if kind is None:
        kind = 0x0800 if packet[0] >> 4 == 4 else 0x86dd
    head = b"\2" * 6 + b"\4" * 6
    for tag in tags:
        head += struct.pack(">HH", tag, 7)
    return head + struct.pack(">H", kind) + packet


def segments(rnd, stream, seq, syn=True, sport=40000, dport=179):
    """(offset, length, TCP segment) in order."""
    out = [(0, 0, tcp(seq - 1, 2, b"", sport, dport))] if syn else []
    at = 0
    while at < len(stream):
        n = min(rnd.randint(1, 1400), len(stream) - at)
        out.append((at, n, tcp(seq + at, 16, stream[at:at + n], sport, dport)))
        at += n
    return out


# ---- files ----

def pcap(link, frames, order="<", magic=0xa1b2c3d4, snap=None, snaps=None):
    """A capture; `snap`: the octets kept of each frame, `snaps`: of some, by number."""
    out = bytearray(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link))
    for i, frame in enumerate(frames):
        kept = frame[:(snaps or {}).get(i, snap)]
        out += struct.pack(order + "IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(kept), len(frame)) + kept
    return bytes(out)


def pcapng_block(kind, body, end="<"):
    body += b"\0" * (-len(body) % 4)
    size = len(body) + 12
    return struct.pack(end + "II", kind, size) + body + struct.pack(end + "I", size)


def pcapng(link, frames):
    out = pcapng_block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += pcapng_block(1, struct.pack("<HHI", link, 0, 262144))
    for i, frame in enumerate(frames):
        micros = 1700000000000000 + i
        out += pcapng_block(6, struct.pack("<IIIII", 0, micros >> 32, micros & 0xffffffff, len(frame), len(frame)) +
                            frame)
    return out


def pcapng_offsets(data, end="<"):
    """Where the blocks of a pcapng file begin."""
    at, found = 0, []
    while at < len(data):
        found.append(at)
        at += struct.unpack_from(end + "I", data, at + 4)[0]
    return found
