#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""1,000 BGP sessions and 200 BMP routers at once on one processor while a sink is blocked."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402

SESSIONS, ROUTERS, HOLD = 1000, 200, 9
SECONDS = 13  # four keepalives of each session


def test_keepalives_while_a_sink_is_blocked():
    """The records go into a pipe that nobody reads: keepalives come at a third of the hold time
    all the same, and the archive goes on."""
    reader, pipe = os.pipe()
    collector = lab.Ribtaped({"ndjson": {"path": "-"}, "shards": 1})
    collector.start(["taskset", "-c", "0"], stdout=pipe)
    os.close(pipe)
    table = lab.generate("table", routes=300)
    monitored = lab.generate("monitored", routes=300, peers=3, format="bmp")
    bgp = lab.Blast(table, local="10.1.0.1", sessions=SESSIONS, hold=HOLD)
    bmp = lab.Blast(monitored, f"{lab.V4}:{lab.BMP_PORT}", local="10.2.0.1", sessions=ROUTERS, bmp=True)
    bgp.wait_sent(60)
    bmp.wait_sent(60)
    lab.wait(lambda: float(bgp.lines("all-sent")[0][1]) + SECONDS < __import__("time").time(), 60,
             "four keepalives")
    lag = {k: v for k, v in collector.metrics().items() if k.startswith("ribtape_sink_lag_bytes")}
    end, routers = bgp.end(), bmp.end()
    os.close(reader)
    print(f"# {end} routers up {routers['up']:.0f} lag {lag}", flush=True)
    if end["up"] != SESSIONS or end["closed"] or routers["up"] != ROUTERS or routers["closed"]:
        raise lab.Failed(f"sessions were lost: {end} {routers}: {collector.tail()}")
    if end["keepalive-gap-ms"] > HOLD * 1000 / 3 * 1.25 or end["keepalives-min"] < 4:
        raise lab.Failed(f"keepalives came late: {end}")
    blocked = [v for k, v in lag.items() if "ndjson" in k]
    archive = [v for k, v in lag.items() if "archive" in k]
    if not blocked or max(blocked) == 0 or max(archive) >= max(blocked):
        raise lab.Failed(f"the pipe did not block its sink alone: {lag}")


if __name__ == "__main__":
    lab.run([test_keepalives_while_a_sink_is_blocked])
