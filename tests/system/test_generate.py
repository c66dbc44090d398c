#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape generate`: what it writes is sound, complete, and the same for the same seed."""
import hashlib
import os
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import routes  # noqa: E402


def test_mrt_is_complete():
    """Every peer announces every prefix once, as bgpdump reads it."""
    lab.need("bgpdump")
    path = lab.generate("t.mrt", routes=5000, routes6=700, peers=3, format="mrt")
    seen = Counter()
    for line in lab.output(["bgpdump", "-m", "-q", path]).splitlines():
        f = line.split("|")
        if f[2] == "A":
            seen[(f[3], f[5])] += 1
            if not f[6].startswith(f[4] + " "):
                raise lab.Failed(f"the path does not begin with the peer's AS: {line}")
    if set(seen.values()) != {1} or len(seen) != 3 * 5700:
        raise lab.Failed(f"{len(seen)} routes, at most {max(seen.values())} times")


def test_formats_agree():
    """MRT, a RIB dump, BMP and packets hold the same routes; TShark finds no fault in the packets."""
    options = {"routes": 1500, "routes6": 300, "peers": 3, "changes": 1000}
    files = {form: lab.generate(f"t.{form}", format=form, **options) for form in ("mrt", "bmp", "pcap")}
    want = routes.count([files["mrt"]])
    for form in ("bmp", "pcap"):
        routes.compare(want, routes.count([files[form]]), form)
    for more in ({}, {"add-path": 3}):
        table = {form: lab.generate(f"t.{form}", format=form, routes=800, routes6=200, peers=3, **more)
                 for form in ("mrt", "rib")}
        want = routes.count([table["mrt"]])
        want = {key: n for key, n in want.items() if key[1] != "eor"}
        routes.compare(Counter(want), routes.count([table["rib"]], types=("rib",)), f"RIB {more}")
    lab.need("tshark")
    bad = "tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed || tcp.analysis.flags"
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    read = lambda only: lab.output(["tshark", "-r", files["pcap"], *checks, "-Y", only]).splitlines()  # noqa: E731
    if read(bad) or len(read("bgp.type == 2")) < 1000:
        raise lab.Failed(f"TShark: {read(bad)[:3]}")


def test_changes():
    """Changes concern routes of the table; withdrawals and announcements come in their shares, at the
    rate that was asked for."""
    path = lab.generate("t.mrt", routes=3000, routes6=600, changes=8000, rate=80, format="mrt")
    records = list(routes.records([path]))
    ends = [i for i, r in enumerate(records) if "eor" in r]
    table = {key[4] for key in map(lambda r: routes.key_of(r, "asn"), records[:ends[-1]]) if key and len(key) > 4}
    changes = records[ends[-1] + 1:]
    keys = [routes.key_of(r, "asn") for r in changes]
    if not {key[4] for key in keys} <= table:
        raise lab.Failed("a change concerns a prefix that is not in the table")
    messages = {}
    for r, key in zip(changes, keys):
        messages.setdefault(r["time"], set()).add((key[1], key[2]))
    share = sum(("withdraw", family) in kinds for kinds in messages.values() for family in ("ipv4", "ipv6"))
    v6 = sum(any(f == "ipv6" for _, f in kinds) for kinds in messages.values())
    rate = 8000 / (changes[-1]["time"] - changes[0]["time"])
    if not 0.03 < share / 8000 < 0.07 or not 0.2 < v6 / 8000 < 0.35 or not 64 < rate < 100:
        raise lab.Failed(f"{share} withdraw, {v6} are IPv6, {rate}/s")


def test_paths():
    """--add-path: each peer has so many paths for each prefix."""
    path = lab.generate("t.mrt", routes=700, routes6=100, peers=2, format="mrt", **{"add-path": 4})
    seen = Counter((key[0], key[4]) for key in routes.count([path]) if len(key) > 4)
    if len(seen) != 2 * 800 * 4 or set(seen.values()) != {1}:
        raise lab.Failed(f"{len(seen)} paths")


def test_same_seed_same_bytes():
    digests = {}
    for seed in (1, 1, 2):
        with open(lab.generate("t", routes=2000, routes6=100, seed=seed, changes=500), "rb") as f:
            digests.setdefault(seed, set()).add(hashlib.sha256(f.read()).hexdigest())
    if len(digests[1]) != 1 or digests[1] & digests[2]:
        raise lab.Failed(f"digests by seed: {digests}")


def test_refuses_nonsense():
    """Each of these must end with the usage status and a reason."""
    for argv in (["--routes", "x"], ["--routes", "-1"], ["--routes", "10000001"], ["--format", "csv"],
                 ["--peers", "2"], ["stray"], ["--format", "rib", "--changes", "5"], ["--no-such"]):
        done = subprocess.run([lab.RIBTAPE, "generate"] + argv, capture_output=True, text=True, check=False)
        if done.returncode != 2 or not done.stderr:
            raise lab.Failed(f"generate {argv}: status {done.returncode}, {done.stderr!r}")


if __name__ == "__main__":
    lab.run([test_mrt_is_complete, test_formats_agree, test_changes, test_paths, test_same_seed_same_bytes, test_refuses_nonsense])
