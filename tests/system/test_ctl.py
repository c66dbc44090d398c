#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape ctl` against a running daemon: pages, a dump that is there when it returns, reloads that
worked and one that did not."""
import json
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402

TO = f"{lab.V4}:{lab.HTTP_PORT}"


def ctl(*words, to=TO):
    done = subprocess.run([lab.RIBTAPE, "ctl", "--to", to, *words], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def expect(what, want, got):
    if want != got[0]:
        raise lab.Failed(f"{what}: status {got[0]}, {got[1]}{got[2]}")


def test_silence():
    """Who takes the connection and says nothing is left after half a minute."""
    with socket.create_server((lab.V4, 0)) as silent:
        told = ctl("health", to=f"{lab.V4}:{silent.getsockname()[1]}")
    expect("nobody answers", 1, told)
    if "no answer in time" not in told[2]:
        raise lab.Failed(told)


def test_ctl():
    collector = lab.Ribtaped({"rib": {"at_start": False}}).start()
    health = ctl("health")
    expect("health", 0, health)
    if json.loads(health[1])["ok"] is not True or json.loads(ctl("peers")[1]) != []:
        raise lab.Failed(health)
    if "ribtape_build_info" not in ctl("metrics")[1]:
        raise lab.Failed("metrics")
    expect("rib-dump", 0, ctl("rib-dump"))
    if len([f for f in collector.archive_files() if "/bview." in f]) != 1:
        raise lab.Failed(f"no dump when ctl returned: {collector.archive_files()}")
    collector.configure({"rib": {"enabled": False}})
    expect("reload", 0, ctl("reload"))
    refused = ctl("rib-dump")
    expect("rib-dump without a RIB", 1, refused)
    if "rib is not enabled" not in refused[1]:
        raise lab.Failed(refused)
    collector.configure({"shards": 0, "collector": "another"})
    expect("reload of what needs a restart", 1, ctl("reload"))
    collector.configure({"log": {"level": "error"}})
    expect("reload of the log's level", 0, ctl("reload"))
    before = len(collector.tail(1 << 20))
    expect("reload", 0, ctl("reload"))
    if collector.tail(1 << 20)[before:] != "":
        raise lab.Failed("it goes on talking: " + collector.tail(1 << 20)[before:])
    for words in ((), ("nonsense",), ("health", "peers"), ("--to", "x", "health")):
        expect(f"usage {words}", 2, ctl(*words))
    expect("nobody there", 1, ctl("health", to=f"{lab.V4}:1"))
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


lab.run([test_ctl, test_silence])
