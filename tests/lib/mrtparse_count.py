#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints for each MRT file how many records python3-mrtparse reads, or its first complaint.

mrtparse 1.6 (Debian 12) can't read any BGP4MP_ET record: it takes the microseconds from a
buffer that is not set yet. So they are cut out here and the type becomes BGP4MP; all else is
left to mrtparse.
"""
import gzip
import io
import struct
import sys

import mrtparse

BGP4MP, BGP4MP_ET = 16, 17


def without_microseconds(data):
    out, at = bytearray(), 0
    while at < len(data):
        sec, kind, subtype, length = struct.unpack_from(">IHHI", data, at)
        body = data[at + 12 : at + 12 + length]
        if kind == BGP4MP_ET:
            kind, body = BGP4MP, body[4:]
        out += struct.pack(">IHHI", sec, kind, subtype, len(body)) + body
        at += 12 + length
    return bytes(out)


def count(path):
    data = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
    records = 0
    for record in mrtparse.Reader(io.BytesIO(without_microseconds(data))):
        if record.mrt.err:
            return f"record {records}: {record.mrt.err_msg}"
        records += 1
    return str(records)


print(*[count(path) for path in sys.argv[1:]])
