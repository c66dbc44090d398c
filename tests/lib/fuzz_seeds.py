#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the vectors of tests/vectors as seeds of fuzz_nlri and fuzz_attr: `fuzz_seeds.py DIR` fills
DIR/fuzz_nlri and DIR/fuzz_attr. A seed's first octet is the row's place in the map, which a new row
moves: that is why these are made and not kept."""
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def rows(header, pattern):
    return re.findall(pattern, (ROOT / 'bgp' / header).read_text(), re.M)


def nlri_seeds():
    names = rows('nlri_map.h', r'^    X\(\w+, +\w+, +"([^"]+)"')
    # version 2 of FlowSpec, whose rows come after the map's in the order of their AFIs
    test = (ROOT / 'tests' / 'unit' / 'bgp' / 'test_flowspec2.c').read_text()
    for afi, octets in re.findall(r'expect_rules\((\d+),\s*"([0-9a-f ]+)"', test):
        yield bytes([len(names) + (1, 2, 6, 25, 31).index(int(afi)), 0]) + bytes.fromhex(octets)
    for index, name in enumerate(names):
        for line in (ROOT / 'tests' / 'vectors' / 'nlri' / f'{name}.txt').read_text().splitlines():
            if line and not line.startswith('#'):
                flags, octets = line.removeprefix('= ').split(' | ')[:2]
                modes = ('addpath' in flags) + 2 * ('multilabel' in flags) + 4 * ('withdraw' in flags)
                yield bytes([index, modes]) + bytes.fromhex(octets)


def attr_seeds():
    codes = rows('attr_map.h', r'^    X\((\d+), ')
    for path in 'attrs.txt', 'attrs_made.txt':
        for line in (ROOT / 'tests' / 'vectors' / path).read_text().splitlines():
            if line and not line.startswith('#'):
                code, ctx, octets = line.split('|')[:3]
                modes = (ctx != 'as2') + 2 * (ctx != 'ibgp')
                yield bytes([codes.index(code), modes]) + bytes.fromhex(octets)


def main(folder):
    for name, seeds in ('fuzz_nlri', nlri_seeds()), ('fuzz_attr', attr_seeds()):
        out = pathlib.Path(folder) / name
        out.mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            if len(seed) <= 1024:
                (out / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


main(sys.argv[1])
