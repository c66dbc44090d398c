#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The HTTP pages of a daemon with several shards, sessions and routers."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402

SAMPLE = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? [-+0-9.e]+$')


def test_peers_and_metrics():
    """/peers is one JSON array with every session and router; /metrics is Prometheus text whose
    families come once each."""
    collector = lab.Ribtaped({"shards": 2}).start()
    bgp = lab.Blast(lab.generate("bgp", routes=500), local="10.0.1.1", sessions=5)
    bmp = lab.Blast(lab.generate("bmp", routes=500, peers=2, format="bmp"), f"{lab.V4}:{lab.BMP_PORT}",
                    local="10.0.2.1", sessions=3, bmp=True)
    bgp.wait_sent()
    bmp.wait_sent()
    want = {f"10.0.1.{i}" for i in range(1, 6)} | {f"10.0.2.{i}" for i in range(1, 4)}
    lab.wait(lambda: {p["addr"] for p in collector.peers()} == want, 20, "all eight on /peers")
    families = set()
    for line in collector.http("/metrics")[1].splitlines():
        if line.startswith("# TYPE "):
            if line.split()[2] in families:
                raise lab.Failed(f"twice: {line}")
            families.add(line.split()[2])
        elif not line.startswith("#") and not SAMPLE.match(line):
            raise lab.Failed(f"no sample: {line}")
    if collector.http("/nonsense")[0] != 404:
        raise lab.Failed("/nonsense is there")


if __name__ == "__main__":
    lab.run([test_peers_and_metrics])
