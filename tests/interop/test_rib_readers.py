#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""RIB dumps read by others: bgpdump, mrtparse, `gobgp mrt inject`; plain, compressed by several
threads, with two peers, both families, and places."""
import gzip
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402

ROUTES, ROUTES6, PEERS = 3000, 1000, 2


def dump(compression, routes6=ROUTES6, **options):
    """A dump of what two peers hold."""
    collector = lab.Ribtaped({"rib": {"at_start": False, "compression": compression}, **options}).start()
    table = lab.generate("table", routes=ROUTES, routes6=routes6)
    senders = [lab.Blast(table, local=f"10.0.{i}.1", asn=65001 + i) for i in range(1, PEERS + 1)]
    for sender in senders:
        sender.wait_sent()
    lab.wait(lambda: collector.metrics().get("ribtape_rib_routes") == (ROUTES + routes6) * PEERS, 30, "the routes")
    lab.output([lab.RIBTAPE, "ctl", "--to", f"{lab.V4}:{lab.HTTP_PORT}", "rib-dump"])
    path = [f for f in collector.archive_files() if "/bview." in f][0]
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    return path


def expect(what, want, got):
    if want != got:
        raise lab.Failed(f"{what}: {got} instead of {want}")


def test_bgpdump():
    lab.need("bgpdump")
    for compression in ("gzip", "bzip2", "plain"):
        lines = lab.output(["bgpdump", "-m", "-q", dump(compression)]).splitlines()
        expect(compression, (ROUTES + ROUTES6) * PEERS, len(lines))
        lab.stop_all()


def test_mrtparse():
    if subprocess.run([sys.executable, "-c", "import mrtparse"], capture_output=True, check=False).returncode != 0:
        raise lab.Skip("python3-mrtparse absent")
    code = ("import sys, mrtparse\nn = e = 0\nfor r in mrtparse.Reader(sys.argv[1]):\n    n += 1\n"
            "    e += len(r.mrt.rib.entry) if r.mrt.rib else 0\nprint(n, e)")
    for compression in ("gzip", "bzip2"):
        got = lab.output([sys.executable, "-c", code, dump(compression)]).split()
        expect(compression, [str(1 + ROUTES + ROUTES6), str((ROUTES + ROUTES6) * PEERS)], got)
        lab.stop_all()


def summary(family):
    """How many destinations and paths gobgpd has; it goes on taking what was injected for a moment."""
    text = lab.output(["gobgp", "global", "rib", "summary", "-a", family])
    return re.findall(r"\d+", text.split(":", 1)[1])[:2]


def test_gobgp():
    """IPv4 alone: GoBGP before 3.16 (Debian 12 has 3.10) doesn't know MP_REACH as RFC 6396 has it
    (osrg/gobgp issue 2649), so that no RIS or RouteViews dump of IPv6 suits it either."""
    lab.need("gobgpd", "gobgp")
    path = dump("gzip", routes6=0)
    plain = os.path.join(lab.folder(), "rib")
    with gzip.open(path, "rb") as source, open(plain, "wb") as f:
        f.write(source.read() * 2)  # the client ends before the last of what it sent has arrived
    conf = os.path.join(lab.folder(), "gobgp.yaml")
    with open(conf, "w") as f:
        json.dump({"global": {"config": {"as": 65000, "router-id": "192.0.2.1", "port": -1}}}, f)
    lab.start(["gobgpd", "-t", "yaml", "-f", conf, "--pprof-disable"], conf + ".log")
    lab.wait(lambda: subprocess.run(["gobgp", "global"], capture_output=True, check=False).returncode == 0, 20, "gobgpd")
    lab.output(["gobgp", "mrt", "inject", "global", plain])
    want = [str(ROUTES), str(ROUTES * PEERS)]
    lab.wait(lambda: summary("ipv4") == want, 20, lambda: f"{want} in gobgpd, not {summary('ipv4')}")


def test_places():
    """With places our own reader takes it; others pass over the GEO_PEER_TABLE."""
    lab.need("bgpdump")
    path = dump("gzip", place="52.5, -0.25", bgp={"peers": [{"address": "10.0.1.1", "place": "-33.5, 151.25"},
                                                            {"address": "10.0.0.0/8"}]})
    text = lab.output([lab.RIBTAPE, "decode", path])
    if "52.5" not in text or "151.25" not in text:
        raise lab.Failed(text[:500])
    expect("bgpdump", (ROUTES + ROUTES6) * PEERS, len(lab.output(["bgpdump", "-m", "-q", path]).splitlines()))


lab.run([test_bgpdump, test_mrtparse, test_gobgp, test_places])
