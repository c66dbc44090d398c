#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon built with ThreadSanitizer: journal, sinks, shards, HTTP and reloads under load.
(Criterion's own memory tricks don't run under it, so that unit tests can't serve here.)"""
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402


def test_no_data_race():
    """Two shards, small segments, several sessions, metrics and reloads in the midst."""
    collector = lab.Ribtaped({"shards": 2, "journal": {"segment_size": "1MiB", "limit": "64MiB"},
                              "archive": {"slot": "2s"}},
                             env={"TSAN_OPTIONS": "halt_on_error=0 exitcode=66 history_size=4"})
    fixed = ["setarch", "-R"] if shutil.which("setarch") else []  # its shadow wants a plain layout
    collector.start(fixed)
    bgp = lab.Blast(lab.generate("bgp", routes=40000), local="10.0.1.1", sessions=4)
    bmp = lab.Blast(lab.generate("bmp", routes=20000, peers=2, format="bmp"),
                    f"{lab.V4}:{lab.BMP_PORT}", local="10.0.2.1", sessions=2, bmp=True)
    for i in range(6):
        collector.metrics()
        collector.peers()
        collector.configure({**collector.config, "ndjson": {"path": collector.ndjson, "keepalives": i % 2 == 0}})
        collector.signal(signal.SIGHUP)
    bgp.wait_sent(120)
    bmp.wait_sent(120)
    bgp.end()
    bmp.end()
    status, _ = collector.stop(60)
    report = collector.tail(1 << 20)
    if "ThreadSanitizer" in report:
        begin = report.index("WARNING: ThreadSanitizer")
        raise lab.Failed(report[begin:begin + 3000])
    if status not in (0, 3):  # 3: so slow a build may not drain in time, which it says
        raise lab.Failed(f"status {status}: {collector.tail()}")
    if not any(r["type"] == "update" for r in collector.records()):
        raise lab.Failed("no records: no load")


if __name__ == "__main__":
    lab.run([test_no_data_race])
