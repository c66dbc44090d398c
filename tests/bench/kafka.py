#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kafka: the sink against one local broker, beside `kcat -P`, and what an outage costs, in one run.

The backlog of a table is published in each format; then kcat publishes the same bytes from a file, with
the same properties: the values alone, then with keys and headers as the records have. Then a broker is away
while messages come, and comes back while they still do; and the table comes in with the broker stopped, and
without Kafka. Prints rates, ratios, processor time per record, memory. Not part of tests/run.
Usage: tests/bench/kafka.py [--routes N] [--peers N] [--rounds N] [--formats NAME,...] [--no-outage]
                            [--live N] [--away SECONDS]
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

PROPERTIES = {"compression.codec": "lz4", "linger.ms": "10"}
WANTED = {"json": 0.8, "avro": 0.8, "openbmp": 0.9}
KCAT = {**PROPERTIES, "acks": "all", "enable.idempotence": "true", "queue.buffering.max.messages": "1000000"}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=500000)
    parser.add_argument("--peers", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--formats", default="json,avro,openbmp", help="of " + ", ".join(WANTED))
    parser.add_argument("--no-outage", action="store_true", help="rates of publishing alone")
    parser.add_argument("--live", type=int, default=20000, help="messages a second while a backlog drains")
    parser.add_argument("--away", type=int, default=40, help="seconds without a broker before that")
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
    lab.wait(lambda: collector.metrics()['ribtape_kafka_topics_missing{sink="kafka"}'] == 1, 60, "the sink to wait")
    lab.wait(lambda: base.quiet(collector) and idle(collector), 120, "all to be in the journal, and the others done")
    before = collector.metrics()
    want = before['ribtape_ledger_frames{sink="kafka",state="waiting"}']
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    admin.create_topics([NewTopic(topic, 4, 1)])[topic].result(30)
    first = last = None  # (when, records, processor time), while there is something left to read
    while True:
        m = collector.metrics()
        now = time.monotonic(), m['ribtape_kafka_records_total{sink="kafka"}'], m["process_cpu_seconds_total"]
        left = m['ribtape_sink_lag_bytes{sink="kafka"}'] > 0
        if now[1] > 0 and (left or first is None):
            first, last = first or now, now
        elif first and not left and m['ribtape_kafka_in_flight_records{sink="kafka"}'] == 0:
            break
        time.sleep(0.02)
    seconds, records = last[0] - first[0], last[1] - first[1]
    if records < 0.5 * want:
        raise lab.Failed("too short a backlog to measure: more --routes")
    rate, each = records / seconds, (last[2] - first[2]) / records
    lab.wait(lambda: base.published(collector), 60, "the cursor")
    base.end(collector, 60)
    print(f"#   {want:.0f} frames waited, {records:.0f} records in {seconds:.2f} s", flush=True)
    return rate, each


def kcat(nodes, topic, messages, whole):
    """Publishes the values of messages; `whole`: with their keys, and with one's headers. Returns records per second,
    and seconds of processor time per record."""
    from confluent_kafka.admin import AdminClient, NewTopic
    path = os.path.join(lab.folder(), "values")
    with open(path, "wb") as f:  # a line each: in binary values another octet takes the line feed's place
        f.writelines((m.key + b"\1" if whole else b"") + m.value.replace(b"\n", b"\v") + b"\n" for m in messages)
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    admin.create_topics([NewTopic(topic, 4, 1)])[topic].result(30)
    argv = ["kcat", "-b", nodes.bootstrap, "-t", topic, "-P", "-l", path]
    for name, value in {**KCAT, **({"partitioner": "murmur2_random"} if whole else {})}.items():
        argv += ["-X", f"{name}={value}"]
    if whole:
        argv += ["-K", "\1", *(x for name, value in consumer.as_sent(messages[-1]).items() for x in ("-H", f"{name}={value}"))]
    began, used = time.monotonic(), os.times()
    subprocess.run(argv, check=True)
    took, now = time.monotonic() - began, os.times()
    cpu = now.children_user + now.children_system - used.children_user - used.children_system
    os.remove(path)
    return len(messages) / took, cpu / len(messages)


def publishing(nodes, table, o, kind):
    """Prints a format's rate beside kcat's. Returns it."""
    rows = []
    for i in range(o.rounds):
        ours = drain(nodes, table, o.peers, f"{kind}{i}", kind)
        messages = consumer.read_all(nodes.bootstrap, [f"{kind}{i}"])
        rows.append((ours, *(kcat(nodes, f"kcat.{kind}{i}.{whole}", messages, whole) for whole in (False, True))))
        lab.stop_all()
    (rate, cpu), (bare, bare_cpu), (whole, whole_cpu) = (
        [statistics.median(row[k][n] for row in rows) for n in (0, 1)] for k in range(3))
    size = sum(len(m.value) for m in messages) / len(messages)
    print(f"{kind}: {rate:.0f} records/s of {size:.0f} octets, {cpu * 1e6:.2f} us of processor time each; kcat -P of the values "
          f"{bare:.0f}/s, {bare_cpu * 1e6:.2f} us, ratio {rate / bare:.2f} (wanted: {WANTED[kind]:.2f}); with keys and headers "
          f"{whole:.0f}/s, {whole_cpu * 1e6:.2f} us, ratio {rate / whole:.2f}", flush=True)
    return rate


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


class Live:
    """Four peers that say so many messages a second for so long."""

    def __init__(self, rate, seconds):
        capture = os.path.join(lab.folder(), "live")
        subprocess.run([lab.RIBTAPE, "generate", "--routes", "10000", "--peers", "4", "--changes", str(rate * seconds),
                        "--rate", str(rate), "--format", "mrt", "--output", capture], check=True)
        self.process = lab.start([lab.RIBTAPE, "replay", "--to", f"bgp://{lab.V4}:{lab.BGP_PORT}", "--local", "10.0.1.1-10.0.1.4",
                                  capture], os.path.join(lab.folder(), "replay.log"))

    def end(self):
        if self.process.poll() is not None:
            sys.exit("the live input ended too soon: a smaller --live")
        self.process.kill()
        self.process.wait()


def recovery(nodes, o):
    """A broker is away for a while and comes back while messages keep coming. Prints how much faster than these
    records are confirmed until the sink is within a second or two of the live input."""
    collector = collector_for(nodes, [{"name": "recovery"}], {"archive": {"enabled": True, "slot": "5m"}}).start()
    live = Live(o.live, o.away + 60)

    def numbers():
        m = collector.metrics()
        frames = {k: m[f'ribtape_ledger_frames{{sink="kafka",state="{k}"}}'] for k in ("received", "waiting")}
        return time.monotonic(), frames["received"], frames["waiting"], m['ribtape_kafka_records_total{sink="kafka"}']
    lab.wait(lambda: numbers()[3] > 2 * o.live, 60, "records of the live input")
    nodes[0].kill()
    first = numbers()
    time.sleep(o.away)
    nodes[0].start()
    last = numbers()
    rate = (last[1] - first[1]) / (last[0] - first[0])
    lab.wait(lambda: numbers()[3] > last[3], 120, "the first record after the outage")
    begin = numbers()
    lab.wait(lambda: numbers()[2] < 2 * rate, 300, "the backlog to drain")
    end = numbers()
    live.end()
    seconds, drained = end[0] - begin[0], (end[3] - begin[3]) / (end[0] - begin[0])
    print(f"recovery: {begin[2]:.0f} messages waited, {rate:.0f}/s kept coming; {drained:.0f} records/s until all but "
          f"{end[2]:.0f} were published, after {seconds:.1f} s; ratio {drained / rate:.1f} (wanted: 3.0)", flush=True)
    collector.kill()
    lab.stop_all()


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
    recovery(nodes, o)
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
