#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kafka: the sink against one local broker, beside `kcat -P`, and what an outage costs, in one run.

The backlog of a table is published in each format; then kcat publishes the same bytes from a file, with
the same properties. Then the table comes in with the broker stopped, and without Kafka. Prints rates,
ratios, processor time per record, memory. Not part of tests/run.
Usage: tests/bench/kafka.py [--routes N] [--peers N] [--rounds N] [--formats NAME,...] [--no-outage]
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", part) for part in ("lib", "kafka", "system")]

import broker  # noqa: E402
import consumer  # noqa: E402
import lab  # noqa: E402
import test_kafka as base  # noqa: E402

PROPERTIES = {"compression.codec": "lz4", "linger.ms": "5"}
WANTED = {"json": 0.8, "avro": 0.8, "openbmp": 0.9}
KCAT = {**PROPERTIES, "acks": "all", "enable.idempotence": "true", "queue.buffering.max.messages": "1000000"}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=500000)
    parser.add_argument("--peers", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--formats", default="json,openbmp", help="of " + ", ".join(WANTED))
    parser.add_argument("--no-outage", action="store_true", help="rates of publishing alone")
    return parser.parse_args()


def collector_for(nodes, topics, config=None):
    return base.collector_for(nodes, topics, lab.merge({
        "journal": {"segment_size": "64MiB", "limit": "8GiB"}, "shards": 1}, config), properties=PROPERTIES)


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) // 1024 for line in f if line.startswith("RssAnon"))


def send(table, peers):
    sender = lab.Blast(table, local="10.0.1.1", sessions=peers)
    sender.wait_sent(300)
    sender.end()


def idle(collector):
    """Whether all sinks but ours are done."""
    lags = {k: v for k, v in collector.metrics().items() if k.startswith("ribtape_sink_lag_bytes{")}
    return not any(v for k, v in lags.items() if '"kafka"' not in k)


def drain(nodes, table, peers, topic, kind):
    """Publishes a backlog that waits until its topic is there. Returns records per second, and seconds of
    processor time per record."""
    from confluent_kafka.admin import AdminClient, NewTopic
    collector = collector_for(nodes, [{"name": topic, "format": kind}])
    collector.config["kafka"]["create_topics"] = False
    collector.configure(collector.config)
    collector.start()
    send(table, peers)
    lab.wait(lambda: collector.metrics()["ribtape_kafka_topics_missing"] == 1, 60, "the sink to wait")
    lab.wait(lambda: base.quiet(collector) and idle(collector), 120, "all to be in the journal, and the others done")
    before = collector.metrics()
    want = before['ribtape_ledger_frames{sink="kafka",state="waiting"}']
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    admin.create_topics([NewTopic(topic, 4, 1)])[topic].result(30)
    began = None
    while True:
        m = collector.metrics()
        now = time.monotonic()
        if began is None and m["ribtape_kafka_records_total"] > 0:
            began, first, cpu = now, m["ribtape_kafka_records_total"], m["process_cpu_seconds_total"]
        if began and m['ribtape_sink_lag_bytes{sink="kafka"}'] == 0 and m["ribtape_kafka_in_flight_records"] == 0:
            break
        time.sleep(0.05)
    records = m["ribtape_kafka_records_total"] - first
    rate, each = records / (now - began), (m["process_cpu_seconds_total"] - cpu) / records
    lab.wait(lambda: base.published(collector), 60, "the cursor")
    base.end(collector, 60)
    print(f"#   {want:.0f} frames waited, {records:.0f} records in {now - began:.2f} s", flush=True)
    return rate, each


def kcat(nodes, source, topic):
    """Publishes the values of one topic to another."""
    from confluent_kafka.admin import AdminClient, NewTopic
    path = os.path.join(lab.folder(), "values")
    values = [m.value for m in consumer.read_all(nodes.bootstrap, [source])]
    with open(path, "wb") as f:  # a line each: in binary values another octet takes the line feed's place
        f.writelines(v.replace(b"\n", b"\v") + b"\n" for v in values)
    del values
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    admin.create_topics([NewTopic(topic, 4, 1)])[topic].result(30)
    with open(path, "rb") as f:
        lines = sum(1 for _ in f)
    argv = ["kcat", "-b", nodes.bootstrap, "-t", topic, "-P", "-l", path]
    for name, value in KCAT.items():
        argv += ["-X", f"{name}={value}"]
    began, used = time.monotonic(), os.times()
    subprocess.run(argv, check=True)
    took, now = time.monotonic() - began, os.times()
    cpu = now.children_user + now.children_system - used.children_user - used.children_system
    return lines / took, os.path.getsize(path) / lines, cpu / lines


def publishing(nodes, table, o, kind):
    """Prints a format's rate beside kcat's. Returns it."""
    ours, theirs, cpu, their_cpu = [], [], [], []
    for i in range(o.rounds):
        rate, each = drain(nodes, table, o.peers, f"{kind}{i}", kind)
        ours.append(rate)
        cpu.append(each)
        rate, size, each = kcat(nodes, f"{kind}{i}", f"kcat.{kind}{i}")
        theirs.append(rate)
        their_cpu.append(each)
        lab.stop_all()
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"{kind}: {statistics.median(ours):.0f} records/s of {size:.0f} octets; kcat -P {statistics.median(theirs):.0f}/s; "
          f"ratio {ratio:.2f} (wanted: {WANTED[kind]:.2f}); {statistics.median(cpu) * 1e6:.2f} us of processor time per record, "
          f"kcat {statistics.median(their_cpu) * 1e6:.2f}", flush=True)
    return statistics.median(ours)


def ingest(nodes, table, peers, with_kafka):
    """Takes the table in: messages per second until all are in the journal and archived. The broker is
    stopped meanwhile."""
    collector = collector_for(nodes, [{"name": "outage"}], {"archive": {"enabled": True, "slot": "5m"},
                                                            "kafka": {"enabled": with_kafka}}).start()
    sender = lab.Blast(table, local="10.0.1.1", sessions=peers)
    sender.wait_sent(300)
    began = float(sender.lines("all-sent")[0][3])
    sender.end()

    def archived():
        m = collector.metrics()
        return m['ribtape_ledger_frames{sink="archive",state="waiting"}'] == 0 and m
    m = lab.wait(archived, 300, "the archive to be complete")
    rate = m['ribtape_ledger_frames{sink="archive",state="received"}'] / (time.time() - began)
    rss = memory(collector.process.pid)
    collector.kill()
    return rate, rss


def main():
    o = options()
    base.prepare()
    lab.enter_namespace()
    if base.unavailable:
        sys.exit(f"no Kafka: {base.unavailable}")
    table = "/run/table"
    subprocess.run([lab.RIBTAPE, "generate", "--routes", str(o.routes), "--output", table], check=True)
    nodes = broker.Cluster("/run/kafka-bench", 1)
    nodes.start()
    drains = {kind: publishing(nodes, table, o, kind) for kind in o.formats.split(",")}
    if o.no_outage:
        return
    nodes[0].pause()
    rows = {True: [], False: []}
    for i in range(2 * o.rounds):
        rows[i % 2 == 0].append(ingest(nodes, table, o.peers, i % 2 == 0))
        lab.stop_all()
    nodes[0].kill()
    with_, without = (statistics.median(r[0] for r in rows[k]) for k in (True, False))
    print(f"outage: {with_:.0f} messages/s into journal and archive, {without:.0f} without Kafka; ratio {with_ / without:.2f} (wanted: "
          f"0.95); RssAnon {max(r[1] for r in rows[True])} and {max(r[1] for r in rows[False])} MiB; the backlog drains at "
          f"{next(iter(drains.values())):.0f} records/s", flush=True)


if __name__ == "__main__":
    main()
