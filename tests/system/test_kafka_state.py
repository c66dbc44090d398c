#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Topics of format state: what a consumer rebuilds of them, and what `ribtape rib --from kafka` makes of them, is the
RIB's dump of the same moment."""
import json
import os
import random
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402
import consumer  # noqa: E402
import speaker  # noqa: E402

unavailable = None


class Busy(speaker.Speaker):
    """Does everything in turn; every session ends with routes that the next one doesn't repeat."""
    TURNS = ("announce", "refresh", "withdraw", "restart", "refresh", "withdraw", "announce", "begin_anew", "refresh")

    def act(self):
        what = self.TURNS[sum(self.done.values()) % len(self.TURNS)]
        getattr(self, what)()
        self.done[what] = self.done.get(what, 0) + 1


def rebuild(messages):
    """The table, {key: record}, as docs/kafka.md says."""
    routes, floors = {}, {}
    for m in messages:
        key, record = m.key.decode(), json.loads(m.value) if m.value else None
        if record and "floor" in record:
            floors[key] = record["floor"]
        elif record:
            routes[key] = record
        else:
            routes.pop(key, None)

    def stands(key, record):
        view, family = key.split("/")[0], "/".join(key.split("/")[:3])
        names = [view, family] + [f"{family}/{c}" for c in record.get("attrs", {}).get("communities", [])]
        return [record["epoch"], record["peer_seq"]] >= max(floors.get(name, [0, 0]) for name in names)
    return {key: record for key, record in routes.items() if stands(key, record)}


def entries(records):
    """{what a route is: what is known of it}."""
    out = {}
    for record in records:
        part = record["announce"][0]
        nlri = part["nlri"][0]
        identity = (record["peer"]["addr"], part["afi"], part["safi"], nlri["prefix"], nlri.get("path_id"))
        if identity in out:
            raise lab.Failed(f"{identity} is there twice")
        out[identity] = (part["next_hop"], record["attrs"])
    return out


def of_dump(path):
    lines = lab.output([lab.RIBTAPE, "decode", "-f", "json", path]).splitlines()
    return entries(r for r in map(json.loads, lines) if r["type"] == "rib")


def compare(want, got):
    keys = [k for k in want.keys() | got.keys() if want.get(k) != got.get(k)]
    if keys:
        raise lab.Failed(f"{len(want)} routes in the dump, {len(got)} by the topic, {len(keys)} differ: "
                         f"{keys[0]} {want.get(keys[0])} {got.get(keys[0])}")


def from_kafka(nodes, *args):
    """What `ribtape rib` makes of the topic."""
    done = subprocess.run([lab.RIBTAPE, "rib", "--from", "kafka", "--brokers", nodes.bootstrap, "--topic", "table", *args],
                          capture_output=True, timeout=120, check=False)
    if done.returncode != 0 or done.stderr:
        raise lab.Failed(f"ribtape rib: {done.returncode} {done.stderr.decode()[-500:]}")
    return done.stdout


def records_from_kafka(nodes, *args):
    return entries(r for r in map(json.loads, from_kafka(nodes, "-f", "json", *args).splitlines()) if r["type"] == "rib")


def all_agree(nodes, path):
    """The dump, a consumer of the topic, and ours. Returns the dump's routes, and the topic's messages."""
    want = of_dump(path)
    messages = consumer.read_all(nodes.bootstrap, ["table"])
    for order in (messages, sorted(messages, key=lambda m: (-m.partition, m.offset))):
        compare(want, entries(rebuild(order).values()))
    compare(want, records_from_kafka(nodes))
    return want, messages


def as_lines(text):
    """Lines of bgpdump -m without their time, that of the dump."""
    return sorted(line.split("|", 2)[2] for line in text.splitlines())


def outputs_agree(nodes, path, want):
    """The other formats, and the choice of peers and families."""
    out = os.path.join(lab.folder(), "from-kafka.mrt")
    with open(out, "wb") as f:
        f.write(from_kafka(nodes))
    compare(want, of_dump(out))
    if as_lines(from_kafka(nodes, "-f", "bgpdump").decode()) != as_lines(lab.output([lab.RIBTAPE, "decode", "-f", "bgpdump", path])):
        raise lab.Failed("the lines of bgpdump differ")
    addr = next(iter(want))[0]
    some = {k: v for k, v in want.items() if k[0] == addr and k[1] == "ipv6"}
    compare(some, records_from_kafka(nodes, "--peer", addr, "--family", "ipv6-unicast"))


def published(collector):
    m = collector.metrics()
    return m['ribtape_sink_lag_bytes{sink="kafka"}'] == 0 and m['ribtape_kafka_in_flight_records{sink="kafka"}'] == 0


def dump(collector):
    """Has the RIB dumped and returns the file; nothing arrives meanwhile."""
    def files():
        return [f for f in collector.archive_files() if "/bview." in f]
    before = set(files())
    collector.signal(signal.SIGUSR1)
    lab.wait(lambda: set(files()) - before, 10, "the dump")
    lab.wait(lambda: published(collector), 20, "all to be published")
    return (set(files()) - before).pop()


def check_schema(messages):
    """Holds a part of the values, all those with floors among them, against the schema."""
    import jsonschema
    with open(os.path.join(lab.ROOT, "schemas", "record.schema.json"), encoding="utf-8") as text:
        check = jsonschema.Draft202012Validator(json.load(text))
    records = [json.loads(m.value) for m in messages if m.value]
    floors = [r for r in records if "floor" in r]
    if {r["type"] for r in floors} != {"view", "family"}:
        raise lab.Failed(f"floors of {({r['type'] for r in floors})}")
    for record in floors + records[:100]:
        check.validate(record)


def rebuilt_is_the_dump():
    """Announcements, withdrawals, refreshes, path ids and sessions that end, and a BMP stream; the topic in
    three partitions, read in any order."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start)
    nodes.start()
    collector = lab.Ribtaped({
        "shards": 2, "ndjson": {"enabled": False}, "rib": {"at_start": False},
        "kafka": {"enabled": True, "brokers": nodes.bootstrap,
                  "topics": [{"name": "table", "format": "state", "partitions": 3}]}}).start()
    blast = lab.Blast(lab.generate("bmp", routes=500, peers=3, format="bmp"), f"{lab.V4}:{lab.BMP_PORT}", bmp=True)
    neighbours = [Busy(i, routes=400, add_path=i % 2 == 1, graceful=i >= 2) for i in range(4)]
    for n in neighbours:
        n.start()
    blast.wait_sent()
    lab.wait(lambda: all(sum(n.done.values()) >= 25 for n in neighbours), 60,
             lambda: f"all to have done all twice: {[n.done for n in neighbours]}")
    for n in neighbours:
        n.ending.set()
        n.join(20)
        if n.error:
            raise lab.Failed(f"{n.addr}: {n.error!r}")
    path = dump(collector)
    want, messages = all_agree(nodes, path)
    check_schema(messages)
    outputs_agree(nodes, path, want)
    if len(want) < 1000 or not any(k[4] for k in want) or not any(k[1] == "ipv6" for k in want):
        raise lab.Failed(f"{len(want)} routes prove little")
    last = {m.key: m.value for m in messages}
    if sum(bool(v) and b'"floor"' not in v for v in last.values()) == len(want) or None not in last.values():
        raise lab.Failed("no route was withdrawn, or none ended with its session")
    for n in neighbours:
        n.sock.close()
    blast.end()
    lab.wait(lambda: collector.metrics().get("ribtape_rib_sessions") == 0, 20, "all sessions to end")
    left, _ = all_agree(nodes, dump(collector))
    if {k[0] for k in left} != {n.addr for n in neighbours if n.graceful}:
        raise lab.Failed(f"routes of {({k[0] for k in left})} are left")
    status, _ = collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")


def compact(nodes):
    """Has the broker compact all but the newest records, however few. Returns when it has."""
    from confluent_kafka.admin import AdminClient, ConfigResource
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    options = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"}
    for future in admin.alter_configs([ConfigResource("topic", "table", set_config=options)]).values():
        future.result(20)

    def repeated():
        """Records that a newer one of the same key replaces, by partition."""
        seen, out = set(), {}
        for m in consumer.read_all(nodes.bootstrap, ["table"]):
            out[m.partition] = out.get(m.partition, 0) + ((m.partition, m.key) in seen)
            seen.add((m.partition, m.key))
        return out
    before = repeated()

    def done():
        poke(nodes, len(before))
        return all(count * 4 < before[p] for p, count in repeated().items())
    lab.wait(done, 90, lambda: f"compaction: {before} were, {repeated()} are replaced records")
    return sum(before.values())


def poke(nodes, partitions):
    """A segment is over when a record comes after its time: one of no view, for each partition."""
    import confluent_kafka
    producer = confluent_kafka.Producer({"bootstrap.servers": nodes.bootstrap})
    for p in range(partitions):
        producer.produce("table", b'{"v":1,"type":"view","epoch":1,"peer_seq":1,"up":false,"floor":[1,1]}', key=f"{p:016x}", partition=p)
    producer.flush(20)


def killed_and_compacted():
    """The collector is killed in mid stream, several times, and the broker with it once; in the end the topic is
    compacted: what is left is the RIB."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    seed = int(os.environ.get("RIBTAPE_SEED", time.time()))
    dice = random.Random(seed)
    print(f"# seed {seed}", flush=True)
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start, log_cleaner_backoff_ms=300)
    nodes.start()
    collector = lab.Ribtaped({
        "shards": 2, "ndjson": {"enabled": False}, "rib": {"at_start": False},
        "kafka": {"enabled": True, "brokers": nodes.bootstrap,
                  "topics": [{"name": "table", "format": "state", "partitions": 2}]}}).start()
    blast = lab.Blast(lab.generate("bmp", routes=500, peers=3, format="bmp"), f"{lab.V4}:{lab.BMP_PORT}", bmp=True, reconnect=True)
    neighbours = [Busy(i, routes=400, add_path=i % 2 == 1, graceful=i >= 2, pause=.3) for i in range(4)]
    for n in neighbours:
        n.start()
    for turn in range(3):
        lab.wait(lambda: collector.metrics().get('ribtape_kafka_records_total{sink="kafka"}', 0) > 1000, 60, "records")
        time.sleep(dice.uniform(0, 1))  # the random moment itself
        sent = len(blast.lines("sent"))
        if turn == 1:
            nodes[0].kill()
        collector.kill()
        collector.start()
        if turn == 1:
            nodes[0].start()
    lab.wait(lambda: len(blast.lines("sent")) > sent, 60, "the table to be sent after the last start")
    before = [sum(n.done.values()) for n in neighbours]
    lab.wait(lambda: all(sum(n.done.values()) >= was + 10 for n, was in zip(neighbours, before)), 60,
             lambda: f"all to have done something since: {[n.done for n in neighbours]}")
    for n in neighbours:
        n.ending.set()
        n.join(20)
        if n.error:
            raise lab.Failed(f"{n.addr}: {n.error!r}")
    path = dump(collector)
    want, messages = all_agree(nodes, path)
    if len(want) < 1000 or not {m.headers["epoch"] for m in messages if "epoch" in m.headers}:
        raise lab.Failed(f"{len(want)} routes prove little")
    gone = compact(nodes)
    again, left = all_agree(nodes, path)
    outputs_agree(nodes, path, again)
    print(f"# {len(messages)} records, {gone} of them replaced; {len(left)} after compaction, {len(again)} routes", flush=True)
    for n in neighbours:
        n.sock.close()
    blast.end()
    collector.stop()


if __name__ == "__main__":
    try:
        broker.prepare()
    except broker.Unavailable as e:
        unavailable = e
    lab.run([rebuilt_is_the_dump, killed_and_compacted])
