#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""decode.py: `ribtape decode` beside other readers of the same files, in one run on one machine.

    tests/bench/decode.py [--scale F] [--rounds N] [--only NAME...] [--keep DIR] [--slow]

Inputs are made with `ribtape generate` (--keep DIR: made once, kept there):
    updates   1,000,000 gzip'd UPDATEs, as bgpdump -m text; against bgpdump and zlib's inflate
    rib1      a RIB of 1,080,000 routes of one peer; likewise
    rib20     the same of 20 peers, 21,600,000 entries; against inflate (--slow: and bgpdump)
    pcap      500,000 UPDATEs of one session, to JSON; against tshark -T fields and -T json

Prints, for each, the best of N rounds (in turns, so that all have the same weather): seconds, CPU
seconds, peak memory, and the ratio to ribtape. RIBTAPE is the program (default:
build-rel/bin/ribtape, else build/bin/ribtape)."""
import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CHUNK = 1 << 18
UPDATES, ROUTES, PEERS, PCAP_UPDATES = 1000000, 1080000, 20, 500000
JSON_SHARE = 25  # tshark -T json reads this part of the capture: its time is per UPDATE
ROUTES_PER_UPDATE = 7.94

INFLATE = """
import sys, time, zlib
start, d = time.monotonic(), zlib.decompressobj(31)
with open(sys.argv[1], "rb") as f:
    while block := f.read(%d):
        d.decompress(block)
print(time.monotonic() - start)
""" % CHUNK


def find_program():
    named = os.environ.get("RIBTAPE")
    built = [os.path.join(ROOT, d, "bin", "ribtape") for d in ("build-rel", "build")]
    return named or next((p for p in built if os.path.exists(p)), "ribtape")


RIBTAPE = find_program()


# ---- inputs ----

def generate(kind, routes):
    """A pipe of what `ribtape generate` writes."""
    return subprocess.Popen([RIBTAPE, "generate", "--format", kind, "--routes", str(routes)], stdout=subprocess.PIPE)


def gzip_of(path):
    """A pipe into a gzip'd file."""
    return subprocess.Popen(["gzip", "-6"], stdin=subprocess.PIPE, stdout=open(path, "wb"))


def messages(stream):
    """The BGP messages of a stream of them."""
    while head := stream.read(19):
        yield head + stream.read(struct.unpack_from(">H", head, 16)[0] - 19)


def records(stream):
    """The MRT records of a stream of them."""
    while head := stream.read(12):
        yield head + stream.read(struct.unpack_from(">I", head, 8)[0])


def make_updates(path, scale):
    cnt = int(UPDATES * scale)
    source, sink = generate("mrt", min(10000000, int(cnt * ROUTES_PER_UPDATE * 1.1))), gzip_of(path)
    for n, record in enumerate(records(source.stdout)):
        if n > cnt:  # the first is a state change
            break
        sink.stdin.write(record)
    source.kill()
    sink.communicate()


def entries(attrs, peers):
    """A RIB record's entries: the same route of each peer, with its own AS number and next hop."""
    hop = 4 + 3 + attrs[6] + 3  # after ORIGIN and AS_PATH
    out = []
    for i in range(peers):
        mine = b"".join((attrs[:9], struct.pack(">I", 64512 + i), attrs[13:hop], bytes((198, 18, 0, 1 + i)),
                         attrs[hop + 4:]))
        out.append(struct.pack(">HIH", i, 1700000000, len(mine)) + mine)
    return struct.pack(">H", peers) + b"".join(out)


def make_rib(path, scale, peers):
    source, prefixes, sets = generate("updates", int(ROUTES * scale)), [], []
    for m in messages(source.stdout):
        end = 23 + struct.unpack_from(">H", m, 21)[0]
        nlri = m[end:]
        if not nlri:
            continue
        sets.append(entries(m[23:end], peers))
        at = 0
        while at < len(nlri):
            size = 1 + (nlri[at] + 7) // 8
            prefixes.append((nlri[at + 1:at + size].ljust(4, b"\0") + nlri[at:at + 1], nlri[at:at + size], len(sets) - 1))
            at += size
    prefixes.sort()
    sink = gzip_of(path)
    table = b"".join(b"\x02" + bytes((198, 18, 0, 1 + i)) * 2 + struct.pack(">I", 64512 + i) for i in range(peers))
    body = bytes(6) + struct.pack(">H", peers) + table
    sink.stdin.write(struct.pack(">IHHI", 1700000000, 13, 1, len(body)) + body)
    for n, (_, nlri, number) in enumerate(prefixes):
        rest = sets[number]
        sink.stdin.write(struct.pack(">IHHII", 1700000000, 13, 2, 4 + len(nlri) + len(rest), n) + nlri + rest)
    sink.communicate()


def open_message(asn, address):
    caps = bytes.fromhex("010400010001") + b"\x41\x04" + struct.pack(">I", asn)
    params = b"\x02" + bytes([len(caps)]) + caps
    body = struct.pack(">BHH4sB", 4, asn, 180, address, len(params)) + params
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 1) + body


class Session:
    """One TCP connection in a pcap file: direction 0 is the speaker's, who has port 179."""
    ENDS = (bytes((198, 18, 0, 1)), 179), (bytes((192, 0, 2, 1)), 40000)
    MSS = 1448

    def __init__(self, f):
        self.f, self.seq, self.us = f, [1000, 2000], 0
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))

    def segment(self, way, flags, data=b""):
        (src, sport), (dst, dport) = self.ENDS[way], self.ENDS[1 - way]
        tcp = struct.pack(">HHIIBBHHH", sport, dport, self.seq[way] & 0xffffffff, self.seq[1 - way] & 0xffffffff,
                          0x50, flags, 65535, 0, 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0, src, dst)
        frame = bytes(12) + b"\x08\x00" + ip + tcp + data
        self.us += 200
        self.f.write(struct.pack("<IIII", 1700000000 + self.us // 1000000, self.us % 1000000, len(frame), len(frame)))
        self.f.write(frame)
        self.seq[way] += len(data) + (flags & 2) // 2

    def stream(self, way, data):
        for at in range(0, len(data), self.MSS):
            self.segment(way, 0x18, data[at:at + self.MSS])


def make_pcap(path, cnt):
    keepalive = b"\xff" * 16 + b"\0\x13\x04"
    source = generate("updates", min(10000000, int(cnt * ROUTES_PER_UPDATE * 1.1)))
    with open(path, "wb") as f:
        s = Session(f)
        for way, flags in ((1, 2), (0, 0x12), (1, 0x10)):
            s.segment(way, flags)
        for way, asn in ((1, 64500), (0, 64512)):
            s.stream(way, open_message(asn, Session.ENDS[way][0]) + keepalive)
        rest = b""
        for n, m in enumerate(messages(source.stdout)):
            if n == cnt:
                break
            rest += m
            if len(rest) >= 16 * Session.MSS:
                whole = len(rest) - len(rest) % Session.MSS
                s.stream(0, rest[:whole])
                rest = rest[whole:]
        s.stream(0, rest)
    source.kill()


def apart(make, path):
    """Makes an input in a process of its own: what is started from a large one counts as large."""
    pid = os.fork()
    if pid == 0:
        make(path + ".part")
        os.rename(path + ".part", path)
        os._exit(0)
    if os.waitpid(pid, 0)[1] != 0:
        sys.exit(f"{path}: could not be made")


# ---- runs ----

class Run:
    """A command, and the best that was seen of it."""

    def __init__(self, name, argv, per=1.0, told=False):
        self.name, self.argv, self.per, self.told = name, argv, per, told
        self.wall = self.cpu = self.rss = float("inf")

    def once(self):
        start = time.monotonic()
        p = subprocess.Popen(self.argv, stdout=subprocess.PIPE if self.told else subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        text = p.stdout.read() if self.told else None
        _, status, used = os.wait4(p.pid, 0)
        wall = float(text) if self.told else time.monotonic() - start
        if status != 0:
            sys.exit(f"{self.argv}: status {status}")
        if wall < self.wall:
            self.wall, self.rss = wall, used.ru_maxrss / 1024
        self.cpu = min(self.cpu, used.ru_utime + used.ru_stime)


def compare(title, runs, rounds):
    """Runs all in turns; the first is ribtape."""
    for _ in range(rounds):
        for r in runs:
            r.once()
    print(title)
    for r in runs:
        ratio = r.wall * r.per / (runs[0].wall * runs[0].per)
        print(f"    {r.name:<22} {r.wall:9.2f} s {r.cpu:9.2f} s CPU {r.rss:8.1f} MiB   {ratio:8.2f}", flush=True)


def text_runs(path, with_bgpdump):
    runs = [Run("ribtape decode -m", [RIBTAPE, "decode", "-m", path]),
            Run("zlib inflate", [sys.executable, "-c", INFLATE, path], told=True)]
    if with_bgpdump and shutil.which("bgpdump"):
        runs.append(Run("bgpdump -m", ["bgpdump", "-m", path]))
    return runs + [Run("ribtape decode (JSON)", [RIBTAPE, "decode", path])]


def pcap_runs(path, part):
    runs = [Run("ribtape decode (JSON)", [RIBTAPE, "decode", path])]
    if shutil.which("tshark"):
        fields = ["-T", "fields", "-e", "bgp.nlri_prefix", "-e", "bgp.update.path_attribute.as_path_segment.as4"]
        runs.append(Run("tshark -T fields", ["tshark", "-n", "-r", path, *fields]))
        runs.append(Run("tshark -T json (/UPD)", ["tshark", "-n", "-r", part, "-T", "json"], per=JSON_SHARE))
    return runs


def main():
    o = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    o.add_argument("--scale", type=float, default=1.0, help="part of the sizes above")
    o.add_argument("--rounds", type=int, default=3)
    o.add_argument("--only", nargs="+", default=["updates", "rib1", "rib20", "pcap"])
    o.add_argument("--keep", help="folder for the inputs")
    o.add_argument("--slow", action="store_true", help="bgpdump reads rib20, too")
    o = o.parse_args()
    folder = o.keep or tempfile.mkdtemp(prefix="ribtape-bench-")
    os.makedirs(folder, exist_ok=True)
    cnt = int(PCAP_UPDATES * o.scale)
    inputs = {
        "updates.gz": lambda path: make_updates(path, o.scale),
        "rib1.gz": lambda path: make_rib(path, o.scale, 1),
        "rib20.gz": lambda path: make_rib(path, o.scale, PEERS),
        "pcap.pcap": lambda path: make_pcap(path, cnt),
        "part.pcap": lambda path: make_pcap(path, cnt // JSON_SHARE),
    }
    paths = {}
    for name, make in inputs.items():
        paths[name] = os.path.join(folder, f"{o.scale:g}-{name}")
        if name.replace("part", "pcap").split(".")[0] in o.only and not os.path.exists(paths[name]):
            apart(make, paths[name])
    print("best of", o.rounds, "rounds: time, CPU time, peak memory, time by that of the first line")
    for name in ("updates", "rib1", "rib20"):
        if name in o.only:
            path = paths[name + ".gz"]
            size = os.path.getsize(path) / 1e6
            compare(f"{name}: {size:.0f} MB", text_runs(path, o.slow or name != "rib20"), o.rounds)
    if "pcap" in o.only:
        size = os.path.getsize(paths["pcap.pcap"]) / 1e6
        compare(f"pcap: {size:.0f} MB, {cnt} UPDATEs", pcap_runs(paths["pcap.pcap"], paths["part.pcap"]), o.rounds)
    if not o.keep:
        shutil.rmtree(folder)


main()
