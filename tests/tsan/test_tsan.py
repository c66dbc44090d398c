#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon built with ThreadSanitizer: journal, sinks, shards, HTTP, reloads and Kafka under load.
(Criterion's own memory tricks don't run under it, so that unit tests can't serve here.)"""
import os
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", part) for part in ("lib", "kafka", "system")]

import lab  # noqa: E402
import test_kafka as kafka  # noqa: E402

OPTIONS = "halt_on_error=0 exitcode=66 history_size=4"
# librdkafka is not built with it: what it guards by atomics looks unguarded.
SUPPRESSIONS = "called_from_lib:librdkafka.so.1\nrace:c11_threads.c\n"


def start(collector):
    fixed = ["setarch", "-R"] if shutil.which("setarch") else []  # its shadow wants a plain layout
    return collector.start(fixed)


def end(collector):
    status, _ = collector.stop(60)
    report = collector.tail(1 << 20)
    if "ThreadSanitizer" in report:
        begin = report.index("WARNING: ThreadSanitizer")
        raise lab.Failed(report[begin:begin + 3000])
    if status not in (0, 3):  # 3: so slow a build may not drain in time, which it says
        raise lab.Failed(f"status {status}: {collector.tail()}")


def test_no_data_race():
    """Two shards, small segments, several sessions, metrics and reloads in the midst."""
    collector = lab.Ribtaped({"shards": 2, "journal": {"segment_size": "1MiB", "limit": "64MiB"},
                              "archive": {"slot": "2s"}},
                             env={"TSAN_OPTIONS": OPTIONS})
    start(collector)
    bgp = lab.Blast(lab.generate("bgp", routes=40000), local="10.0.1.1", sessions=4)
    bmp = lab.Blast(lab.generate("bmp", routes=20000, peers=2, format="bmp"),
                    f"{lab.V4}:{lab.BMP_PORT}", local="10.0.2.1", sessions=2, bmp=True)
    for i in range(6):
        collector.metrics()
        collector.peers()
        collector.configure({**collector.config, "rib": {"interval": f"{1 + i % 2}h"},
                             "ndjson": {"path": collector.ndjson, "keepalives": i % 2 == 0}})
        collector.signal(signal.SIGHUP)
    bgp.wait_sent(120)
    bmp.wait_sent(120)
    bgp.end()
    bmp.end()
    end(collector)
    if not any(r["type"] == "update" for r in collector.records()):
        raise lab.Failed("no records: no load")


def test_no_data_race_with_kafka():
    """Topics of several formats while a broker is paused, and is killed and started again; its ledger, its metrics
    and reloads in the midst."""
    nodes = kafka.cluster()
    path = os.path.join(lab.folder(), "suppressions")
    with open(path, "w") as f:
        f.write(SUPPRESSIONS)
    topics = [{"name": "json"}, {"name": "avro.{type}", "format": "avro"}, {"name": "table", "format": "state"}]
    collector = lab.Ribtaped(lab.merge(kafka.base_config(nodes.bootstrap, topics), {"shards": 2}),
                             env={"TSAN_OPTIONS": f"{OPTIONS} suppressions={path}"})
    start(collector)

    def feed():
        sender = lab.Blast(lab.generate("bgp", routes=20000), local="10.0.1.1", sessions=3)
        for _ in range(5):
            collector.metrics()
            collector.http("/ledger")
        sender.wait_sent(120)
        sender.end()
    feed()
    nodes[0].pause()
    feed()
    nodes[0].go_on()
    config = lab.merge(collector.config, {"kafka": {"topics": [*topics, {"name": "more", "granularity": "route"}]}})
    collector.configure(config)
    collector.signal(signal.SIGHUP)
    feed()
    nodes[0].kill()
    feed()
    nodes[0].start()
    waiting = 'ribtape_ledger_frames{sink="kafka",state="waiting"}'  # not there while the sink restarts
    lab.wait(lambda: collector.metrics().get(waiting) == 0, 120, "everything to be published")
    kafka.ledger(collector)
    end(collector)


if __name__ == "__main__":
    kafka.prepare()
    lab.run([test_no_data_race, test_no_data_race_with_kafka])
