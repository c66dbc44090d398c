# SPDX-License-Identifier: BSD-2-Clause
"""tape: journals and MRT files read independently of the program under test.

Both come out as (kind of message, arrival time in microseconds, octets of one BGP message), so
that what went in can be compared with what came out.
"""
import bz2
import gzip
import io
import os
import struct
from collections import Counter

FRAME = struct.Struct("=IBBHIIQQ")  # base/journal/journal.h: struct journal_frame
SEAL, BGP_RECV, BGP_SENT, BMP = 1, 4, 5, 7
REPEAT = 1
FIRST = 72  # base/journal/journal_format.h: sizeof(struct journal_segment_head)


def frames(folder):
    """Yields (kind, flags, source, time in ns, seq, payload) of every frame of one journal."""
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".seg")):
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        off = FIRST
        while off + FRAME.size <= len(data):
            length, kind, flags, _, source, _, time, seq = FRAME.unpack_from(data, off)
            if length == 0 or kind == SEAL:
                break
            start = off + FRAME.size
            yield kind, flags, source, time, seq, data[start:start + length - 1]
            off = (start + length - 1 + 7) & ~7


def bgp_of_bmp(message):
    """The BGP messages in one BMP message that an archive keeps: Route Monitoring's, and both
    OPENs of a Peer Up (RFC 7854 sections 4.6 and 4.10)."""
    kind = message[5]
    if kind == 0:
        return [message[48:]]
    if kind != 3:
        return []
    first = struct.unpack_from(">H", message, 68 + 16)[0]
    second = struct.unpack_from(">H", message, 68 + first + 16)[0]
    return [message[68:68 + first], message[68 + first:68 + first + second]]


def journal_messages(data_dir):
    """Counts the BGP messages in all journals below a data folder."""
    out = Counter()
    root = os.path.join(data_dir, "journal")
    for shard in sorted(os.listdir(root)):
        for kind, flags, _, time, _, payload in frames(os.path.join(root, shard)):
            if flags & REPEAT:
                continue
            if kind in (BGP_RECV, BGP_SENT):
                out[("bgp", time // 1000, payload)] += 1
            elif kind == BMP:
                for message in bgp_of_bmp(payload):
                    out[("bgp", time // 1000, message)] += 1
    return out


def mrt_records(path):
    """Yields (type, subtype, time in microseconds, body) of an MRT file, which must be whole."""
    opener = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open}
    with open(path, "rb") as f:
        magic = f.read(2)
    with opener.get(magic, open)(path, "rb") as f:
        data = f.read()
    off = 0
    while off < len(data):
        seconds, kind, subtype, length = struct.unpack_from(">IHHI", data, off)
        body = data[off + 12:off + 12 + length]
        if len(body) != length:
            raise ValueError(f"{path}: record at {off} is cut short")
        off += 12 + length
        micros = 0
        if kind == 17:  # BGP4MP_ET
            micros, body = struct.unpack_from(">I", body)[0], body[4:]
        yield kind, subtype, seconds * 1000000 + micros, body


def archive_messages(files):
    """Counts the BGP messages in MRT files."""
    out = Counter()
    for path in files:
        for kind, subtype, time, body in mrt_records(path):
            if kind in (16, 17) and subtype not in (0, 5):
                out[("bgp", time, message_of(subtype, body))] += 1
    return out


def message_of(subtype, body):
    """The BGP message in a BGP4MP record's body (RFC 6396 section 4.4)."""
    off = 8 if subtype in (1, 6, 8, 10) else 12  # two AS numbers, interface, family
    family = struct.unpack_from(">H", body, off - 2)[0]
    return body[off + (8 if family == 1 else 32):]


def without_microseconds(path):
    """An MRT file as a stream whose BGP4MP_ET records became BGP4MP. For mrtparse 1.6 (Debian
    12), which fails on the microseconds of any file; all the rest it reads as it stands."""
    out = io.BytesIO()
    for kind, subtype, time, body in mrt_records(path):
        kind = 16 if kind == 17 else kind
        out.write(struct.pack(">IHHI", time // 1000000, kind, subtype, len(body)) + body)
    out.seek(0)
    return out
