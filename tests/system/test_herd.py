#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A thundering herd: routers with 20 peers each wait for the collector and connect at once when it starts,
and again after it was killed. All are synchronised, memory is bounded and told, and meanwhile BGP sessions
get their keepalives, a new session its OPEN and an operator his answer.

RIBTAPE_HERD: how many routers (60; 500 is the full size)."""
import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402

ROUTERS = int(os.environ.get("RIBTAPE_HERD", "60"))
PEERS, ROUTES, SESSIONS, HOLD = 20, 50, 20, 9
RSS_MAX = 64 << 10  # KiB beside the page cache


def anonymous(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1))


def total(metrics, name):
    return sum(v for k, v in metrics.items() if k.split("{")[0] == name)


def new_session(number):
    """Seconds until a new BGP session has the collector's OPEN."""
    begun = time.monotonic()
    with socket.create_connection((lab.V4, lab.BGP_PORT), source_address=(f"192.0.2.{number}", 0), timeout=30) as peer:
        peer.sendall(bytes.fromhex("ff" * 16 + "001d01" + "04fde9005a") + bytes([192, 0, 2, number]) + b"\0")
        if peer.recv(19)[18:] != b"\1":
            raise lab.Failed("no OPEN")
    return time.monotonic() - begun


class Watch:
    """What must hold at any moment of the storm."""

    def __init__(self, collector):
        self.collector = collector
        self.worst = {"rss": 0, "held": 0, "open": 0.0, "page": 0.0}

    def look(self):
        begun = time.monotonic()
        metrics = self.collector.metrics()
        took = time.monotonic() - begun
        found = {"rss": anonymous(self.collector.process.pid), "held": total(metrics, "ribtape_bmp_held_bytes"),
                 "open": new_session(77), "page": took}
        self.worst = {k: max(v, found[k]) for k, v in self.worst.items()}
        return metrics


def synchronised(watch, messages):
    """Waits until every router's whole stream is recorded."""
    def all_there():
        metrics = watch.look()
        peers = total(metrics, "ribtape_bmp_peers")
        written = metrics.get("ribtape_ndjson_records_total", 0)
        return peers == ROUTERS * PEERS and written >= ROUTERS * messages
    lab.wait(all_there, 300, lambda: f"{ROUTERS} routers: {watch.collector.tail()}")


def test_all_come_at_once():
    lab.need("/usr/bin/ip")
    stream = lab.generate("stream", routes=ROUTES, peers=PEERS, format="bmp")
    messages = int(lab.output([lab.RIBTAPE, "decode", "--count", stream]).split("bmp-route-monitoring")[1].split()[0]) + PEERS + 1
    lab.output(["ip", "address", "add", "192.0.2.77/24", "dev", "lo"])
    collector = lab.Ribtaped({"shards": 1, "bmp": {"max_sessions": 1000, "max_memory": "64MiB"},
                              "bgp": {"defaults": {"open_delay": 0}}, "rib": {"enabled": False}})
    herd = lab.Blast(stream, f"{lab.V4}:{lab.BMP_PORT}", local="10.2.0.1", sessions=ROUTERS, bmp=True, reconnect=True)
    table = lab.generate("table", routes=100)
    collector.start()
    for storm in (1, 2):
        watch = Watch(collector)
        bgp = lab.Blast(table, local="10.1.0.1", sessions=SESSIONS, hold=HOLD)
        begun = time.monotonic()
        synchronised(watch, messages)
        took = time.monotonic() - begun
        lab.wait(lambda: time.monotonic() - begun > HOLD, 60, "three keepalives of each session")
        end = bgp.end()
        print(f"# storm {storm}: {ROUTERS} routers, {ROUTERS * messages} messages in {took:.1f} s, worst {watch.worst}, "
              f"keepalive gap {end['keepalive-gap-ms']:.0f} ms", flush=True)
        check(watch.worst, end)
        if storm == 1:
            collector.kill()
            os.unlink(collector.ndjson)
            collector.start()
    herd.end()
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


def check(worst, end):
    if worst["rss"] > RSS_MAX or worst["held"] > 64 << 20:
        raise lab.Failed(f"memory: {worst}")
    if worst["open"] > 5 or worst["page"] > 5:
        raise lab.Failed(f"answers came late: {worst}")
    if end["up"] != SESSIONS or end["closed"] or end["keepalive-gap-ms"] > HOLD * 1000 / 3 * 1.25:
        raise lab.Failed(f"BGP sessions starved: {end}")


if __name__ == "__main__":
    lab.run([test_all_come_at_once])
