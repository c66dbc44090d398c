#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""rib: full tables from several peers into ribtaped's RIB and into BIRD 2, in one run: time until all
is held, counted from the first octet, and memory.

Every peer announces the same prefixes with attribute sets that no other peer has (its AS first in
the path), about 17 % as many as routes. Not part of tests/run.
Usage: tests/bench/rib.py [--routes N] [--peers N] [--everything] [--no-bird]
"""
import argparse
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=1000000)
    parser.add_argument("--peers", type=int, default=10)
    parser.add_argument("--no-bird", action="store_true")
    parser.add_argument("--everything", action="store_true", help="once more with archive and records on")
    return parser.parse_args()


def cpu(pid):
    """User and system seconds: of use where others have the processors, too."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        found = dict(re.findall(r"(RssAnon|VmHWM):\s+(\d+)", f.read()))
    return {k: int(v) / 1024 for k, v in found.items()}


RUN = 16  # NLRI that share a set at most: about 17 % distinct sets in a table


class Table:
    """A generated table whose UPDATEs hold few NLRI, and where in it a peer writes what is its own."""

    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
        self.out = bytearray()
        self.paths = []
        off = 0
        while off < len(data):
            length = data[off + 16] << 8 | data[off + 17]
            self.split(data[off:off + length])
            off += length

    def split(self, message):
        attrs_len = message[21] << 8 | message[22]
        attrs, nlri = message[23:23 + attrs_len], message[23 + attrs_len:]
        if not attrs:  # End-of-RIB
            return
        path, hop = find(attrs, 2), find(attrs, 3)
        at = run = 0
        while at < len(nlri):
            start = at
            for _ in range(RUN):
                if at < len(nlri):
                    at += 1 + (nlri[at] + 7) // 8
            begin = len(self.out)
            self.out += b"\xff" * 16 + (23 + attrs_len + at - start).to_bytes(2, "big") + b"\x02\0\0"
            self.out += attrs_len.to_bytes(2, "big") + attrs + nlri[start:at]
            self.out[begin + 23 + hop + 3] = run & 255
            self.paths.append(begin + 23 + path + 2)
            run += 1

    def write(self, path, asn):
        """Writes the table as the peer `asn` sends it: with its AS first in every path."""
        own = asn.to_bytes(4, "big")
        for at in self.paths:
            self.out[at:at + 4] = own
        with open(path, "wb") as f:
            f.write(self.out)


def find(attrs, code):
    """Where the value of an attribute is."""
    at = 0
    while attrs[at + 1] != code:
        at += 4 + (attrs[at + 2] << 8 | attrs[at + 3]) if attrs[at] & 16 else 3 + attrs[at + 2]
    return at + (4 if attrs[at] & 16 else 3)


def send(tables):
    return [lab.Blast(t, local=f"10.0.{i + 1}.1", asn=65001 + i) for i, t in enumerate(tables)]


def until(senders, full, what):
    """Seconds from the first octet of the first table until `full`."""
    lab.wait(full, 900, what)
    done = time.time()
    return done - min(float(s.wait_sent(300)[3]) for s in senders)


def bird(tables, routes):
    """BIRD 2 until it holds every route of every peer."""
    d = lab.folder()
    peers = "".join(f"protocol bgp p{i} {{ local {lab.V4} port {lab.BGP_PORT} as 65000; neighbor 10.0.{i + 1}.1 as {65001 + i};"
                    f" passive; multihop; ipv4 {{ import all; export none; }}; }}\n" for i in range(len(tables)))
    with open(d + "/bird.conf", "w") as f:
        f.write(f"log stderr all;\nrouter id {lab.V4};\nprotocol device {{}}\n{peers}")
    process = lab.start(["/usr/sbin/bird", "-f", "-c", d + "/bird.conf", "-s", d + "/ctl", "-P", d + "/pid"], d + "/log")
    lab.wait(lambda: os.path.exists(d + "/ctl"), 10, "birdc's socket")
    senders = send(tables)

    def full():
        # "show route count" would walk the table, as BIRD should not have to meanwhile
        text = subprocess.run(["/usr/sbin/birdc", "-s", d + "/ctl", "show", "protocols", "all"], capture_output=True, text=True,
                              check=True).stdout
        return sum(int(n) for n in re.findall(r"Routes: +(\d+) imported", text)) == routes * len(tables)

    return {"held": until(senders, full, "BIRD to hold all"), "CPU": cpu(process.pid), **memory(process.pid)}


def ribtaped(tables, routes, everything):
    """ribtaped until its RIB holds every route; with `everything` archive and records are on, too."""
    on = {"enabled": everything}
    collector = lab.Ribtaped({"archive": on, "ndjson": on, "rib": {"at_start": False},
                              "journal": {"limit": "16GiB"}}).start()
    idle = memory(collector.process.pid)
    senders = send(tables)
    want = routes * len(tables)
    held = until(senders, lambda: collector.metrics().get("ribtape_rib_routes", 0) >= want, "the RIB to be full")
    used = cpu(collector.process.pid)
    full = memory(collector.process.pid)
    metrics = collector.metrics()
    if metrics["ribtape_rib_sessions"] != len(tables):
        raise lab.Failed(f"{metrics['ribtape_rib_sessions']} sessions")
    octets = (full["RssAnon"] - idle["RssAnon"]) * (1 << 20) / want
    return {"held": held, "CPU": used, "RssAnon": full["RssAnon"], "octets/route": octets,
            "sets": metrics["ribtape_rib_attribute_sets"]}


def show(name, figures):
    print(f"{name:26}", "  ".join(f"{k} {v:.1f}" for k, v in figures.items()), flush=True)


def main():
    o = options()
    lab.enter_namespace()
    keep = "/run/table"
    subprocess.run([lab.RIBTAPE, "generate", "--routes", str(o.routes), "--output", keep], check=True)
    table = Table(keep)
    tables = []
    for i in range(o.peers):
        tables.append(f"/run/table.{i}")
        table.write(tables[-1], 65001 + i)
    print(f"{o.peers} peers x {o.routes} routes, {len(table.paths)} UPDATEs each, {os.cpu_count()} processors; "
          f"memory in MiB, times in s", flush=True)
    r = ribtaped(tables, o.routes, False)
    show("ribtaped, RIB alone", r)
    lab.stop_all()
    if o.everything:
        show("ribtaped, all sinks", ribtaped(tables, o.routes, True))
        lab.stop_all()
    if not o.no_bird:
        b = bird(tables, o.routes)
        show("BIRD 2", b)
        print(f"{'':26} {b['held'] / r['held']:.1f}x faster than BIRD (wanted: 4x), {b['CPU'] / r['CPU']:.1f}x by CPU; {r['octets/route']:.1f} octets a route "
              f"(wanted: 40), BIRD {b['RssAnon'] * (1 << 20) / o.routes / o.peers:.0f}", flush=True)


if __name__ == "__main__":
    main()
