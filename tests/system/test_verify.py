#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape verify` on what ribtaped writes, live and after a kill: it agrees, to the octet."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import speaker  # noqa: E402


def verify(*args):
    run = subprocess.run([lab.RIBTAPE, "verify", "--json", "--strict", *args], capture_output=True,
                         check=False, timeout=1200)
    if not run.stdout:
        raise lab.Failed(f"verify: status {run.returncode}: {run.stderr.decode()}")
    return json.loads(run.stdout)


def must_agree(archive, dumps):
    report = verify(archive)
    compared = [d for d in report["dumps"] if d["compared_routes"] > 0]
    if report["status"] != 0 or len(compared) < dumps:
        raise lab.Failed(f"{len(compared)} dumps compared, status {report['status']}: "
                         f"{json.dumps(report)[:3000]}")
    return report


def dumps(collector):
    return [f for f in collector.archive_files() if "/bview." in f]


def test_borders_under_load():
    """Dumps while tables arrive; verified while the daemon runs, and after it stopped."""
    collector = lab.Ribtaped({"rib": {"interval": 2, "at_start": False}, "archive": {"slot": 2}}).start()
    senders = [lab.Blast(lab.generate(f"t{i}", routes=40000, routes6=5000, seed=i), local=f"10.0.{i}.1")
               for i in range(1, 4)]
    router = lab.Blast(lab.generate("bmp", format="bmp", peers=3, routes=5000), bmp=True, local="10.0.9.1",
                       to=f"{lab.V4}:{lab.BMP_PORT}")
    for sender in [*senders, router]:
        sender.wait_sent()
    lab.wait(lambda: len(dumps(collector)) >= 3, 30, "three dumps")
    must_agree(collector.archive, 2)
    senders[0].end()
    router.end()
    before = len(dumps(collector))
    lab.wait(lambda: len(dumps(collector)) > before, 30, "one more dump")
    collector.signal(signal.SIGUSR1)
    lab.wait(lambda: len(dumps(collector)) > before + 1, 30, "a dump on demand")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    must_agree(collector.archive, 4)


def test_kill():
    """The daemon is killed in the middle and starts again: what it writes then agrees, too."""
    collector = lab.Ribtaped({"rib": {"interval": 2, "at_start": False}, "archive": {"slot": 2}}).start()
    table = lab.generate("t", routes=20000)
    sender = lab.Blast(table, local="10.0.1.1", reconnect=True)
    sender.wait_sent()
    lab.wait(lambda: dumps(collector), 30, "a dump")
    collector.kill()
    before = len(dumps(collector))
    collector.start()
    other = lab.Blast(lab.generate("u", routes=20000, seed=5), local="10.0.2.1")
    other.wait_sent()
    lab.wait(lambda: len(dumps(collector)) >= before + 2, 30, "two more dumps")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    must_agree(collector.archive, 2)


def test_per_peer():
    """Each peer's folder is an archive of its own."""
    collector = lab.Ribtaped({"rib": {"at_start": False}, "archive": {"per": "peer"}}).start()
    senders = [lab.Blast(lab.generate(f"t{i}", routes=5000, seed=i), local=f"10.0.{i}.1") for i in range(1, 4)]
    for sender in senders:
        sender.wait_sent()
    lab.wait(lambda: collector.metrics().get("ribtape_rib_sessions") == 3, 10, "the sessions")
    collector.signal(signal.SIGUSR1)
    lab.wait(lambda: len(dumps(collector)) == 3, 10, "the dumps")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    report = must_agree(collector.archive, 3)
    if len(report["groups"]) != 3:
        raise lab.Failed(report["groups"])


def test_soak():
    """Peers that flap, refresh, restart and send path ids, a router's views, a kill in the middle.
    RIBTAPE_SOAK_SECONDS, _PEERS and _ROUTES scale it."""
    seconds = int(os.environ.get("RIBTAPE_SOAK_SECONDS", "12"))
    peers = int(os.environ.get("RIBTAPE_SOAK_PEERS", "6"))
    routes = int(os.environ.get("RIBTAPE_SOAK_ROUTES", "3000"))
    every = 2 if seconds < 60 else 10
    collector = lab.Ribtaped({"rib": {"interval": every, "at_start": False}, "archive": {"slot": every},
                              "ndjson": {"enabled": False}}).start()
    speakers = [speaker.Speaker(i, routes=routes, add_path=i % 3 == 1, graceful=i % 4 != 3) for i in range(peers)]
    table = lab.generate("bmp", format="bmp", peers=3, routes=3000)
    routers = [lab.Blast(table, bmp=True, local=f"10.0.9.{n}", to=f"{lab.V4}:{lab.BMP_PORT}") for n in (1,)]
    for one in speakers:
        one.start()
    until = time.monotonic() + seconds / 2
    lab.wait(lambda: time.monotonic() > until and len(dumps(collector)) >= 2, seconds + 30, "half of the time")
    collector.kill()
    collector.start()
    until = time.monotonic() + seconds / 2
    lab.wait(lambda: time.monotonic() > until and len(dumps(collector)) >= 4, seconds + 30, "the other half")
    done = {}
    for one in speakers:
        for what, cnt in one.stop().items():
            done[what] = done.get(what, 0) + cnt
    for router in routers:
        router.end()
    before = len(dumps(collector))
    lab.wait(lambda: len(dumps(collector)) > before, 60, "one more dump")
    print(f"# {collector.metrics().get('ribtape_rib_routes')} routes at the end", flush=True)
    while collector.stop()[0] == 3:  # much was left in the journal: the next start writes it
        collector.start()
    if collector.process.returncode != 0:
        raise lab.Failed(collector.tail())
    report = must_agree(collector.archive, 3)
    print(f"# {len(report['dumps'])} dumps, {sum(d['compared_routes'] for d in report['dumps'])} routes compared, "
          f"stale {sum(d['classes'].get('stale', 0) for d in report['dumps'])}, {done}")


lab.run([test_borders_under_load, test_kill, test_per_peer, test_soak])
