#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Other readers of MRT on what we write: bgpdump, python3-mrtparse and GoBGP's injection read
updates and RIBs of the families they know, and find what we find."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import lab  # noqa: E402
import mrt  # noqa: E402
import tape  # noqa: E402

DATA = os.environ.get("RIBTAPE_TEST_DATA") or os.path.join(lab.ROOT, "..", "shared", "data")
T = 1795000200


def mrtparse(path):
    """Records that mrtparse reads, and its complaints. Version 1.6 takes the RD in a next hop of VPN
    routes (RFC 4364 section 4.3.2) for the next hop itself and is lost then, in anyone's files; it
    knows no labels without RD and no AFI but IPv4 and IPv6."""
    program = ("import sys, json, mrtparse\n"
               f"sys.path.insert(0, {os.path.join(HERE, '..', 'lib')!r})\n"
               "import tape\n"
               "n, bad = 0, []\n"
               "for r in mrtparse.Reader(tape.without_microseconds(sys.argv[1])):\n"
               "    n += 1\n"
               "    bad += [r.mrt.err_msg] if r.mrt.err else []\n"
               "print(json.dumps([n, bad]))")
    got = subprocess.run(["/usr/bin/python3", "-c", program, path], capture_output=True, check=False)
    if b"No module named 'mrtparse'" in got.stderr:
        raise lab.Skip("python3-mrtparse absent")
    if got.returncode != 0:
        raise lab.Failed(got.stderr.decode())
    return json.loads(got.stdout)


def bgpdump(path):
    lab.need("bgpdump")
    return lab.output(["bgpdump", "-m", "-q", path])


def ribtape(*args):
    got = subprocess.run([lab.RIBTAPE, *args], capture_output=True, check=False)
    if got.returncode != 0:
        raise lab.Failed(f"{args}: {got.returncode} {got.stderr.decode()}")
    return got.stdout


def made(name, data):
    path = os.path.join(lab.folder(), name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def story(add_path):
    """Updates of a v4 and a v6 peer, unicast and multicast, with what makes attributes odd."""
    peers = [mrt.Peer(), mrt.Peer("2001:db8::9", 4200000001, "2001:db8::1")]
    hop = bytes.fromhex("20010db8000000000000000000000009") + bytes.fromhex("fe800000000000000000000000000001")
    unknown = mrt.attr(213, b"\0\xff", 0xc0) + mrt.attr(32, bytes(12) * 2) + mrt.attr(16, bytes(8))
    out = b""
    for peer in peers:
        out += peer.up(T + 1)
        for i in range(1, 40):
            attributes = mrt.attrs(path=(peer.asn, 64501 + i), med=i, communities=(i, 64500 << 16 | i), more=unknown)
            ids = (1, 2) if add_path else (None,)
            for path_id in ids:
                out += peer.message(T + i, mrt.update([mrt.prefix(f"203.0.{i}.0/{17 + i % 16}"
                                                                  if i % 16 > 6 else f"203.{i}.0.0/16", path_id)],
                                                      attributes=attributes), add_path=add_path)
                out += peer.message(T + i, mrt.update(attributes=mrt.attrs(
                    path=(peer.asn,), next_hop=None, more=mrt.mp_reach(
                        2, 1, hop[:16] if i % 2 else hop, mrt.prefix(f"2001:db8:{i:x}::/48", path_id)))),
                                    add_path=add_path)
            if not add_path:
                out += peer.message(T + i, mrt.update(attributes=mrt.attrs(
                    path=(peer.asn,), next_hop=None, more=mrt.mp_reach(1, 2, bytes([192, 0, 2, 9]),
                                                                       mrt.prefix(f"203.0.{i}.0/24")))))
        out += peer.message(T + 50, mrt.update([], [mrt.prefix("203.1.0.0/16", 1 if add_path else None)]),
                            add_path=add_path)
        out += peer.down(T + 60) if peer is peers[0] and not add_path else b""
    return out


def test_updates_and_ribs():
    """What decode and rib write of unicast and multicast, with and without path ids."""
    for add_path in False, True:
        updates = made("updates.mrt", ribtape("decode", "--format", "mrt", made("in.mrt", story(add_path))))
        rib = made("rib.mrt", ribtape("rib", "--at", str(T + 55), updates))
        for path in updates, rib:
            records = len(list(tape.mrt_records(path)))
            read, bad = mrtparse(path)
            if read != records or bad:
                raise lab.Failed(f"mrtparse, path ids {add_path}: {read} of {records} records, {bad[:3]}")
            if path == rib:  # Debian's bgpdump passes over RIB_IPV4_MULTICAST
                path = made("unicast.mrt", b"".join(ribtape("rib", "--at", str(T + 55), "--family", family, updates)
                                                    for family in ("ipv4-unicast", "ipv6-unicast")))
            theirs, ours = bgpdump(path), ribtape("decode", "-m", path).decode()
            if theirs != ours or len(theirs.splitlines()) < 100:
                raise lab.Failed(f"bgpdump, path ids {add_path}: {theirs[:300]} / {ours[:300]}")


class Gobgp:
    """gobgpd without neighbours, to inject into. GoBGP 3.10 (Debian 12) does not know the short form
    of MP_REACH_NLRI (osrg/gobgp#2649, corrected later), so IPv4 unicast is what it can read of
    anyone's RIBs; and its client ends before the last routes have left it, so that some never come."""

    def __init__(self):
        lab.need("gobgpd", "gobgp")
        folder = lab.folder()
        path = os.path.join(folder, "gobgp.yaml")
        with open(path, "w", encoding="ascii") as f:
            json.dump({"global": {"config": {"as": 65001, "router-id": "192.0.2.201", "port": -1}}}, f)
        self.process = lab.start(["gobgpd", "-t", "yaml", "-f", path, "--pprof-disable"], os.path.join(folder, "log"))
        lab.wait(lambda: subprocess.run(["gobgp", "global"], capture_output=True, check=False).returncode == 0, 20,
                 "gobgpd")

    def inject(self, path):
        """Injects a RIB; nothing in it may be odd to GoBGP."""
        got = subprocess.run(["gobgp", "mrt", "inject", "global", path], capture_output=True, check=False, timeout=60)
        if got.returncode != 0 or got.stdout or got.stderr:
            raise lab.Failed(f"gobgp mrt inject: {got.stdout[-300:]} {got.stderr[-300:]}")

    def routes(self):
        """{prefix: how many paths}"""
        text = lab.output(["gobgp", "global", "rib", "-a", "ipv4", "-j"])
        table = json.loads(text) if text.strip().startswith(("{", "[")) else {}
        return {net: len(paths) for net, paths in table.items()}

    def end(self):
        self.process.kill()
        self.process.wait()


def by_prefix(rib):
    wanted = {}
    for line in ribtape("decode", rib).splitlines():
        for section in json.loads(line).get("announce", []):
            for n in section["nlri"]:
                wanted[n["prefix"]] = wanted.get(n["prefix"], 0) + 1
    return wanted


def injected(gobgp, rib, least):
    """What GoBGP holds of a RIB: nothing but what is in it, and `least` prefixes."""
    want = by_prefix(rib)
    gobgp.inject(rib)
    got = lab.wait(lambda: (g := gobgp.routes()) and len(g) >= least and g, 20, f"{least} prefixes in gobgp")
    if not set(got) <= set(want) or any(got[net] > want[net] for net in got):
        raise lab.Failed(f"gobgp: {len(got)} prefixes, {set(got) - set(want)}")


def test_gobgp_injects():
    """GoBGP takes RIBs with and without path ids as they are."""
    for add_path in False, True:
        more = b"".join(mrt.Peer().message(T + 1, mrt.update([mrt.prefix(f"198.{18 + i // 250}.{i % 250}.0/24",
                                                                         1 if add_path else None)],
                                                             attributes=mrt.attrs()), add_path=add_path)
                        for i in range(490))
        updates = made("updates.mrt", story(add_path) + more)
        gobgp = Gobgp()
        injected(gobgp, made("rib.mrt", ribtape("rib", "--at", str(T + 55), "--family", "ipv4-unicast", updates)), 1)
        gobgp.end()


def test_dumps_of_the_daemon():
    """A dump that ribtaped wrote, gzip'd, by each of them."""
    collector = lab.Ribtaped({"rib": {"at_start": False}}).start()
    senders = [lab.Blast(lab.generate(f"t{i}", routes=2000, routes6=500, seed=i), local=f"10.0.{i}.1")
               for i in range(1, 4)]
    for sender in senders:
        sender.wait_sent()
    lab.wait(lambda: collector.metrics().get("ribtape_rib_routes") == 7500, 20, "the routes")
    if collector.http("/healthz")[0] != 200:
        raise lab.Failed("health")
    subprocess.run(["curl", "-sf", "-X", "POST", f"http://{lab.V4}:{lab.HTTP_PORT}/rib/dump"], check=True,
                   capture_output=True)
    dump = lab.wait(lambda: [f for f in collector.archive_files() if "/bview." in f and f.endswith(".gz")], 20,
                    "the dump")[0]
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    plain = made("dump.mrt", ribtape("decode", "--format", "mrt", dump))
    records = len(list(tape.mrt_records(plain)))
    read, bad = mrtparse(plain)
    if read != records or bad:
        raise lab.Failed(f"mrtparse: {read} of {records} records, {bad[:3]}")
    lines = bgpdump(dump)
    if lines != ribtape("decode", "-m", dump).decode() or len(lines.splitlines()) != 7500:
        raise lab.Failed(f"bgpdump: {len(lines.splitlines())} lines")
    gobgp = Gobgp()
    injected(gobgp, made("v4.mrt", ribtape("rib", "--at", "now", "--family", "ipv4-unicast", dump)), 200)
    gobgp.end()


def other_next_hops(rib):
    """Entries whose next hop is of another family than their prefix (RFC 8950), or none: mrtparse
    takes it to be as long as the prefix's own."""
    cnt = 0
    for line in ribtape("decode", rib).splitlines():
        for section in json.loads(line).get("announce", []):
            hop = section.get("next_hop", [""])[0]
            cnt += (":" in hop) != (section["afi"] == "ipv6") or not hop
    return cnt


def test_all_families():
    """Captures of every kind as updates and as RIBs: bgpdump passes over what it doesn't know, mrtparse
    reads what it knows, and both find what we find."""
    if not os.path.isdir(DATA):
        raise lab.Skip(f"skipped: {DATA} absent")
    for folder, _, names in sorted(os.walk(DATA)):
        for name in sorted(n for n in names if n.endswith((".pcap", ".pcapng")) and os.path.getsize(
                os.path.join(folder, n)) < 400000):
            got = subprocess.run([lab.RIBTAPE, "decode", "--format", "mrt", os.path.join(folder, name)],
                                 capture_output=True, check=False)
            if not got.stdout:
                continue
            updates = made("updates.mrt", got.stdout)
            rib = made("rib.mrt", ribtape("rib", "--at", "now", updates))
            for path in updates, rib:
                theirs, ours = bgpdump(path), ribtape("decode", "-m", path).decode()
                # version 1.6.2 names the other end of what was sent, and not always _LOCAL
                same = len(theirs.splitlines()) == len(ours.splitlines()) if "_LOCAL" in ours else theirs == ours
                if not same:
                    raise lab.Failed(f"bgpdump: {name} {os.path.basename(path)}: {theirs[:200]} / {ours[:200]}")
            known = made("known.mrt", ribtape("rib", "--at", "now", "--family", "ipv4-unicast", updates) +
                         ribtape("rib", "--at", "now", "--family", "ipv6-unicast", updates))
            records = len(list(tape.mrt_records(known)))
            read, bad = mrtparse(known)
            if read != records or len(bad) > other_next_hops(known):
                raise lab.Failed(f"mrtparse: {name}: {read} of {records}, {bad[:3]}")


lab.run([test_updates_and_ribs, test_gobgp_injects, test_dumps_of_the_daemon, test_all_families])
