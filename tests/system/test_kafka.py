#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Kafka sink against real brokers (tests/kafka/broker.py)."""
import atexit
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402
import consumer  # noqa: E402

unavailable = shared = None


def cluster(count=1, **overrides):
    """Starts brokers, or skips the test."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), count, lab.start, **overrides)
    nodes.start()
    return nodes


def one_node():
    """The broker that most tests share; it lives as long as the program."""
    global shared
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    if shared is None:
        folder = tempfile.mkdtemp(prefix="ribtape-kafka-")
        atexit.register(shutil.rmtree, folder, True)
        shared = broker.Cluster(folder, 1)
        shared.start()
    return shared


def base_config(brokers, topics, **kafka):
    return {"journal": {"segment_size": "256MiB", "limit": "2GiB"}, "ndjson": {"enabled": False},
            "rib": {"enabled": False}, "archive": {"enabled": False},
            "kafka": {"enabled": True, "brokers": brokers, "topics": topics, **kafka}}


def collector_for(nodes, topics, config=None, **kafka):
    """A collector that publishes to `topics` and keeps its whole journal."""
    return lab.Ribtaped(lab.merge(base_config(nodes.bootstrap, topics, **kafka), config))


def published(collector, sink="kafka"):
    """Whether everything in the journal is with the brokers, and the cursor says so."""
    m = collector.metrics()
    return m[f'ribtape_ledger_frames{{sink="{sink}",state="waiting"}}'] == 0


def quiet(collector):
    """Whether all connections have come and gone: what their senders sent is in the journal."""
    counts = {k: v for k, v in collector.metrics().items()
              if k.startswith(("ribtape_bgp_sessions{", "ribtape_bmp_routers"))}
    if not counts:
        raise lab.Failed("no metrics of sessions")
    return not any(counts.values())


def ledger(collector, sink="kafka"):
    """A sink's ledger, which must add up."""
    pages = {page["sink"]: page for page in json.loads(collector.http("/ledger")[1])}
    for shard in pages[sink]["shards"]:
        total = sum(shard[k] for k in ("delivered", "filtered", "waiting", "lost"))
        if not shard["balanced"] or total != shard["received"]:
            raise lab.Failed(f"the ledger does not add up: {shard}")
    for row in pages[sink]["sources"]:
        if row["received"] != row["delivered"] + row["filtered"] + row["waiting"] + row["lost"]:
            raise lab.Failed(f"the ledger does not add up: {row}")
    return pages[sink]


def compare_ledger(page, messages):
    """The ledger says to the frame what a consumer found."""
    found = {(int(m.headers["shard"]), int(m.headers["seq"])) for m in messages if "seq" in m.headers}
    for shard in page["shards"]:
        cnt = sum(at[0] == shard["shard"] for at in found)
        if cnt != shard["delivered"]:
            raise lab.Failed(f"{cnt} frames found, the ledger says {shard}")
    if page["unknown"]:
        raise lab.Failed(f"{page['unknown']} frames without a source")
    for what in ("received", "delivered", "filtered", "waiting", "lost"):
        by_source, by_shard = (sum(row[what] for row in page[part]) for part in ("sources", "shards"))
        if by_source != by_shard:
            raise lab.Failed(f"{what}: {by_source} by source, {by_shard} by shard")


def end(collector, seconds=15):
    status, _ = collector.stop(seconds)
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")


def expect_headers(messages, names):
    """Each has these headers, in this order; a ledger has no place."""
    for m in messages:
        want = names.split() if m.headers["type"] != "ledger" else names.split()[:3]
        if list(consumer.as_sent(m)) != want:
            raise lab.Failed(f"{list(consumer.as_sent(m))} instead of {want}")


def publishes_everything():
    """BGP and BMP; several topics by name, type and granularity; created as the configuration says."""
    nodes = one_node()
    collector = collector_for(nodes, [
        {"name": "all", "partitions": 3}, {"name": "by.{type}", "partitions": 1, "headers": "each"},
        {"name": "routes-{peer_asn}", "granularity": "route", "partitions": 1}], {"shards": 2}).start()
    senders = [lab.Blast(lab.generate("bgp", routes=3000, routes6=300), local="10.0.1.1", sessions=3),
               lab.Blast(lab.generate("bmp", routes=1000, peers=4, format="bmp"), f"{lab.V4}:{lab.BMP_PORT}", bmp=True)]
    for sender in senders:
        sender.wait_sent()
        sender.end()
    lab.wait(lambda: quiet(collector), 30, "the sessions to end")
    lab.wait(lambda: published(collector), 30, "everything to be published")
    page = ledger(collector)
    lab.output([lab.RIBTAPE, "ledger", "--to", f"{lab.V4}:{lab.HTTP_PORT}"])
    end(collector)
    messages = consumer.read_all(nodes.bootstrap, ["all"])
    proof = consumer.prove(messages)
    frames = consumer.compare(messages, collector.data)
    consumer.check_values(messages)
    if proof["repeated"] or proof["distinct"] < frames or len({m.partition for m in messages}) < 2:
        raise lab.Failed(f"{proof}, {frames} frames")
    compare_ledger(page, messages)
    types = {m.headers["type"] for m in messages}
    if not {"update", "open", "state", "peer-up", "initiation"} <= types:
        raise lab.Failed(f"types: {types}")
    expect_headers(messages, "collector type v at")
    updates = consumer.read_all(nodes.bootstrap, ["by.update"])
    expect_headers(updates, "collector type v shard seq epoch peer_seq")
    if len(updates) != sum(m.headers["type"] == "update" for m in messages):
        raise lab.Failed(f"{len(updates)} in by.update")
    routes = consumer.read_all(nodes.bootstrap, ["routes-65001"])
    announced = sum(m.headers["type"] == "update" and b"\"eor\"" not in m.value for m in routes)
    if announced != 3300:
        raise lab.Failed(f"{announced} routes of AS 65001 instead of 3300")
    keys = lab.output(["kcat", "-b", nodes.bootstrap, "-t", "all", "-C", "-e", "-q", "-f", "%k\n"]).split()
    if sorted(keys) != sorted(m.key.decode() for m in messages):
        raise lab.Failed("kcat reads other keys")


def without_numbers(value):
    record = json.loads(value)
    return {k: v for k, v in record.items() if k not in ("epoch", "peer_seq", "collector")}


def backfills():
    """`ribtape decode --output kafka` publishes what it prints, numbered and keyed; --filter and --explode
    count there, too."""
    nodes = one_node()
    archive = lab.generate("old.mrt", routes=2000, peers=3, format="mrt")
    decode = [lab.RIBTAPE, "decode", archive]
    to = ["--output", "kafka", "--brokers", nodes.bootstrap, "--collector", "old", "--partitions", "3", "--topic"]
    lab.output([*decode, *to, "old"])
    messages = consumer.read_all(nodes.bootstrap, ["old"])
    proof = consumer.prove(messages)
    consumer.check_values(messages)
    printed = [json.loads(line) for line in lab.output(decode).splitlines()]
    order = json.dumps
    if sorted(map(order, (without_numbers(m.value) for m in messages))) != sorted(map(order, printed)):
        raise lab.Failed("the topic holds something else than what decode prints")
    if proof["streams"] < 3 or proof["distinct"] != len(printed) or proof["repeated"]:
        raise lab.Failed(f"{proof} of {len(printed)}")
    only = ["--explode", "--filter", "peer-as 64512"]
    lab.output([*decode, *only, *to, "some"])
    some = consumer.read_all(nodes.bootstrap, ["some"])
    if not some or len(some) != len(lab.output([*decode, *only]).splitlines()):
        raise lab.Failed(f"{len(some)} routes in the filtered topic")
    lab.output([*decode, *to, "old"])
    if consumer.prove(consumer.read_all(nodes.bootstrap, ["old"]))["repeated"] != len(printed):
        raise lab.Failed("the same file is not the same again")


def captures():
    """One or more files of each kind that decode reads, as arguments."""
    made = {kind: lab.generate(f"made.{kind}", routes=300, peers=2, format=kind) for kind in ("bmp", "mrt", "pcap")}
    data = os.environ.get("RIBTAPE_TEST_DATA", os.path.join(HERE, "..", "..", "..", "shared", "data"))
    if not os.path.isdir(data):
        print(f"# captures left out: {data} is not there", flush=True)
        return [[path] for path in made.values()]
    bgp, bmp = (glob.glob(os.path.join(data, "pcap", pattern)) for pattern in ("*/*.pcap", "*/*.pcapng"))
    bmp += glob.glob(os.path.join(data, "bmp", "*", "*.pcap"))
    return [[path] for path in (*made.values(), *sorted(bgp + bmp)[::4])] + [[made["mrt"], sorted(bgp)[0], made["bmp"]]]


def backfills_all_kinds():
    """What `ribtape decode --output kafka` publishes of captures, streams and archives is what it prints of them."""
    nodes = one_node()
    for i, files in enumerate(captures()):
        topic, decode = f"kinds-{i}", [lab.RIBTAPE, "decode", *files]
        run = subprocess.run(decode, capture_output=True, text=True, check=False)
        printed = [json.loads(line) for line in run.stdout.splitlines()]
        again = subprocess.run([*decode, "--output", "kafka", "--brokers", nodes.bootstrap, "--topic", topic,
                                "--partitions", "1"], capture_output=True, text=True, check=False)
        if again.returncode != run.returncode:
            raise lab.Failed(f"{files}: status {again.returncode}, {run.returncode} without Kafka: {again.stderr}")
        if not printed:
            continue
        found = [without_numbers(m.value) for m in consumer.read_all(nodes.bootstrap, [topic])]
        if found != printed:
            first = next((pair for pair in zip(found, printed) if pair[0] != pair[1]), (len(found), len(printed)))
            raise lab.Failed(f"{files}: the topic holds {first[0]}, decode prints {first[1]}")


def tells_what_was_lost():
    """A broker that comes late, after the journal had to drop its oldest: what is lost is lost, counted
    to the frame, and told in the stream."""
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start) if not unavailable else cluster()
    collector = collector_for(nodes, [{"name": "late"}], {
        "journal": {"segment_size": "1MiB", "limit": "4MiB", "policy": "drop-oldest"}, "shards": 1,
        "archive": {"slot": "1s"}}).start()
    sender = lab.Blast(lab.generate("bgp", routes=300000), local="10.0.1.1", sessions=4)
    sender.wait_sent()
    sender.end()
    lab.wait(lambda: collector.metrics()['ribtape_kafka_topics_missing{sink="kafka"}'] == 1, 30, "the sink to miss its topic")
    nodes.start()
    lab.wait(lambda: published(collector), 60, "everything to be published")
    page = ledger(collector)
    messages = consumer.read_all(nodes.bootstrap, ["late"])
    compare_ledger(page, messages)
    if page["shards"][0]["lost"] == 0:
        raise lab.Failed(f"nothing was lost: {page}")
    sources = {s.get("addr"): s for s in page["sources"]}
    if sum(s["lost"] for s in sources.values()) != page["shards"][0]["lost"] or sources.get(None, {"lost": 0})["lost"]:
        raise lab.Failed(f"it is not told whose frames were lost: {page}")
    found = Counter(json.loads(m.value).get("peer", {}).get("addr") for m in messages if m.headers["type"] != "ledger")
    told = {addr: s["delivered"] for addr, s in sources.items() if addr}
    if len(told) < 4 or told != {addr: found[addr] for addr in told}:
        raise lab.Failed(f"{told} told, {found} found")
    told = [json.loads(m.value) for m in lab.wait(lambda: [
        m for m in consumer.read_all(nodes.bootstrap, ["late"]) if m.headers["type"] == "ledger"], 20,
        "a ledger's record")]
    if told[-1]["shards"][0]["lost"] != page["shards"][0]["lost"]:
        raise lab.Failed(f"{told[-1]} in the stream, {page} in the page")
    end(collector)


def make_topics(nodes, **configs):
    """Creates topics of two partitions with a configuration each."""
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    made = admin.create_topics([NewTopic(name, 2, 1, config=config) for name, config in configs.items()])
    for future in made.values():
        future.result(30)


def looks_at_topics():
    """Topics that somebody else made, not as the configuration says, are told and used; one that is absent holds
    back all, which log, metrics and ledger show, until somebody makes it."""
    nodes = one_node()
    make_topics(nodes, **{"wrong": {"cleanup.policy": "compact"}, "aged": {"retention.ms": "3600000"},
                          "table": {"cleanup.policy": "delete"}, "right": {"retention.ms": "604800000"}, "thin": {}})
    collector = collector_for(nodes, [
        {"name": "wrong", "partitions": 3}, {"name": "aged", "retention": "7d"}, {"name": "table", "format": "state"},
        {"name": "right", "partitions": 2, "replication": 1, "retention": "7d"}, {"name": "thin", "replication": 3},
        {"name": "absent"}], create_topics=False).start()
    sender = lab.Blast(lab.generate("bgp", routes=3000), local="10.0.1.1", sessions=3)
    sender.wait_sent()
    sender.end()
    lab.wait(lambda: quiet(collector), 30, "the sessions to end")
    lab.wait(lambda: collector.metrics().get('ribtape_kafka_waits_for_topic{sink="kafka",topic="absent"}') == 1, 30,
             "the sink to miss a topic")
    page = ledger(collector)
    shards, sources = page["shards"], page["sources"]
    waiting = sum(row["waiting"] for row in shards)
    if page["unknown"] or waiting == 0 or sum(row["waiting"] for row in sources) != waiting or \
            sum(row["received"] for row in sources) != sum(row["received"] for row in shards):
        raise lab.Failed(f"what waits is not told by source: {page}")
    m = collector.metrics()
    sample = 'ribtape_ledger_source_frames{sink="kafka",source="bgp",addr="10.0.1.1",state="waiting"}'
    if m.get(sample) != next(row["waiting"] for row in sources if row.get("addr") == "10.0.1.1"):
        raise lab.Failed(f"{sample}: {m.get(sample)}, the ledger says {page}")
    if "topic absent is not ready" not in collector.tail(1 << 20):
        raise lab.Failed("nothing is told of the absent topic")
    make_topics(nodes, absent={})
    lab.wait(lambda: published(collector), 30, "everything to be published")
    m = collector.metrics()
    differing = m['ribtape_kafka_topics_differing{sink="kafka"}']
    if differing != 4 or any(k.startswith("ribtape_kafka_waits_for_topic") for k in m):
        raise lab.Failed(f"{differing} topics differ")
    log = collector.tail(1 << 20)
    for line in ("topic thin has replication 1 (partition 0), not the 3", "topic wrong has 2 partitions, not the 3",
                 "topic wrong is compacted", "topic table is not compacted",
                 "topic aged has retention.ms=3600000, not the 604800000"):
        if line not in log:
            raise lab.Failed(f"the log does not say: {line}")
    if "topic right has" in log:
        raise lab.Failed("a topic that is as it should be is complained about")
    compare_ledger(ledger(collector), consumer.read_all(nodes.bootstrap, ["aged"]))
    end(collector)


def send(sessions):
    sender = lab.Blast(lab.generate("bgp", routes=3000), local="10.0.1.1", sessions=sessions)
    sender.wait_sent()
    sender.end()


def reload(collector, topics):
    """Gives a collector other topics; returns whether it takes them."""
    good, refused = (collector.tail(1 << 20).count(text) for text in ("is in force", "reload: refused"))
    collector.configure(lab.merge(collector.config, {"kafka": {"topics": topics}}))
    collector.signal(signal.SIGHUP)
    lab.wait(lambda: collector.tail(1 << 20).count("is in force") > good or
             collector.tail(1 << 20).count("reload: refused") > refused, 60, "the reload to end")
    return collector.tail(1 << 20).count("is in force") > good


def complete(nodes, collector, topic, sink):
    """A topic has every frame of the journal once, in order, as the sink's ledger says."""
    messages = consumer.read_all(nodes.bootstrap, [topic])
    proof = consumer.prove(messages)
    if proof["repeated"]:
        raise lab.Failed(f"{topic}: {proof}")
    consumer.compare(messages, collector.data)
    compare_ledger(ledger(collector, sink), messages)


def goes_on_beside_a_missing_topic():
    """A topic with a cursor of its own that is not there holds back nobody else, over a kill, too, and is complete
    later; cursors come and go with a reload, but a topic does not change its cursor in one."""
    nodes = one_node()
    make_topics(nodes, **{"own-main": {}, "own-new": {}})
    apart = {"name": "own-absent", "cursor": "own"}
    collector = collector_for(nodes, [{"name": "own-main"}, apart], create_topics=False).start()
    send(3)
    waits = 'ribtape_kafka_waits_for_topic{sink="kafka-own",topic="own-absent"}'
    lab.wait(lambda: quiet(collector) and published(collector), 30, "the common cursor to go on")
    lab.wait(lambda: collector.metrics().get(waits) == 1, 30, "the other one to wait")
    collector.kill()
    collector.start()
    lab.wait(lambda: collector.metrics().get(waits) == 1, 30, "the other one to wait again")
    if ledger(collector, "kafka-own")["shards"][0]["delivered"]:
        raise lab.Failed(f"delivered to a topic that is not there: {ledger(collector, 'kafka-own')}")
    text = collector.http("/metrics")[1]
    heads = [line for line in text.splitlines() if line.startswith("# TYPE")]
    if len(heads) != len(set(heads)):
        raise lab.Failed("a metric has two heads")
    if '"kafka-own"' not in collector.http("/healthz")[1] or "sink kafka-own: " not in collector.tail(1 << 20):
        raise lab.Failed("the sink is not told of by its name")
    if reload(collector, [{"name": "own-main"}, {"name": "own-absent"}]):
        raise lab.Failed("a topic has changed its cursor in a reload")
    if not reload(collector, [{"name": "own-main"}, apart, {"name": "own-new", "cursor": "new"}]):
        raise lab.Failed("a new cursor is refused")
    send(2)
    lab.wait(lambda: quiet(collector) and published(collector) and published(collector, "kafka-new"), 30,
             "the others to go on")
    if not consumer.read_all(nodes.bootstrap, ["own-new"]):
        raise lab.Failed("nothing in the new topic")
    make_topics(nodes, **{"own-absent": {}})
    lab.wait(lambda: published(collector, "kafka-own"), 60, "the one that waited to catch up")
    for topic, sink in (("own-main", "kafka"), ("own-absent", "kafka-own")):
        complete(nodes, collector, topic, sink)
    if not reload(collector, [{"name": "own-main"}, apart]) or \
            any('sink="kafka-new"' in k for k in collector.metrics()) or \
            os.path.exists(os.path.join(collector.data, "cursors", "kafka-new")):
        raise lab.Failed("a cursor without a topic is still there")
    end(collector)


def shows_itself_during_a_reload():
    """A sink that is restarted while no broker answers stays in the metrics meanwhile."""
    collector = lab.Ribtaped(base_config("127.0.0.1:1", [{"name": "t"}])).start()
    sender = lab.Blast(lab.generate("bgp", routes=3000), local="10.0.1.1", sessions=3)
    sender.wait_sent()
    sender.end()
    lab.wait(lambda: quiet(collector), 30, "the sessions to end")
    lab.wait(lambda: collector.metrics()['ribtape_kafka_brokers_down{sink="kafka"}'] == 1, 30, "the sink to miss its broker")
    collector.configure(lab.merge(collector.config, {"kafka": {"buffer": 4 << 20}}))
    collector.signal(signal.SIGHUP)
    looks = absent = 0
    end_s = time.monotonic() + 30
    while "is in force" not in collector.tail(1 << 20):
        if time.monotonic() > end_s:
            raise lab.Failed("the reload does not end")
        looks += 1
        m = collector.metrics()
        absent += 'ribtape_kafka_brokers_down{sink="kafka"}' not in m or m['ribtape_sink_lag_bytes{sink="kafka"}'] == 0
        time.sleep(0.05)
    print(f"# {looks} looks, absent in {absent}", flush=True)
    if looks < 20 or absent > 2:  # between its two runs it is not there for a moment
        raise lab.Failed(f"the sink was absent in {absent} of {looks} looks")
    collector.kill()


def sasl(nodes):
    return {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256", "ssl.ca.location": nodes.ca,
            "sasl.username": broker.USER, "sasl.password": broker.PASSWORD}


def publishes_in_private():
    """TLS, and SCRAM over TLS with a password from a file and a user from the environment. A wrong password
    is told, and neither it nor the right one shows anywhere."""
    nodes = one_node()
    folder = lab.folder()
    with open(os.path.join(folder, "right"), "w") as f:
        f.write(broker.PASSWORD + "\n")
    with open(os.path.join(folder, "wrong"), "w") as f:
        f.write("hunter2-is-wrong\n")
    table = lab.generate("bgp", routes=500)
    tls = {"security.protocol": "SSL", "ssl.ca.location": nodes.ca}
    scram = {**sasl(nodes), "sasl.username": "${KAFKA_USER}"}
    del scram["sasl.password"]
    for topic, at, properties, password in (("tls", nodes.tls_bootstrap, tls, None),
                                            ("scram", nodes.sasl_bootstrap, scram, "wrong"),
                                            ("scram", nodes.sasl_bootstrap, scram, "right")):
        files = {"sasl.password": os.path.join(folder, password)} if password else {}
        collector = lab.Ribtaped(base_config(at, [{"name": topic}], properties=properties, property_files=files),
                                 env={"KAFKA_USER": broker.USER}).start()
        sender = lab.Blast(table, local="10.0.1.1")
        sender.wait_sent()
        sender.end()
        if password == "wrong":
            lab.wait(lambda: "uthentication" in collector.tail(20000), 30, "the refusal to be told")
            collector.kill()
        else:
            lab.wait(lambda: published(collector) and ledger(collector)["shards"][0]["received"] > 0, 30,
                     "everything to be published")
            end(collector)
            consumer.compare(consumer.read_all(nodes.bootstrap, [topic]), collector.data)
        seen = collector.tail(1000000) + lab.output([lab.RIBTAPED, "--check", collector.file], env=collector.env)
        if broker.PASSWORD in seen or "hunter2" in seen:
            raise lab.Failed("a password shows")


def survives_a_full_disk():
    """A broker whose disk is full ends; when it has room again everything goes on."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    disk = lab.folder()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", disk], check=True)
    nodes = broker.Cluster(os.path.join(disk, "kafka"), 1, lab.start, log_index_size_max_bytes=4096,
                           log_segment_bytes=1 << 20)
    nodes.start()
    collector = collector_for(nodes, [{"name": "full", "partitions": 1}], properties={"compression.codec": "none"}).start()
    sender = lab.Blast(lab.generate("bgp", routes=200000), local="10.0.1.1", sessions=3)
    sender.wait_sent()
    sender.end()
    lab.wait(lambda: nodes[0].process.poll() is not None, 60, "the broker to end on its full disk")
    if published(collector):
        raise lab.Failed("the disk took everything")
    subprocess.run(["mount", "-o", "remount,size=256m", disk], check=True)
    nodes.start()
    lab.wait(lambda: published(collector), 60, "everything to be published")
    page = ledger(collector)
    end(collector)
    messages = consumer.read_all(nodes.bootstrap, ["full"])
    consumer.prove(messages)
    consumer.compare(messages, collector.data)
    compare_ledger(page, messages)


def listeners():
    """Three brokers take a message on each kind of listener."""
    import confluent_kafka
    from confluent_kafka.admin import AdminClient, NewTopic
    nodes = cluster(3)
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    admin.create_topics([NewTopic("t", 3, 3)])["t"].result(20)
    for conf in ({"bootstrap.servers": nodes.bootstrap},
                 {"bootstrap.servers": nodes.tls_bootstrap, "security.protocol": "SSL", "ssl.ca.location": nodes.ca},
                 {"bootstrap.servers": nodes.sasl_bootstrap, **sasl(nodes)}):
        seen = []
        producer = confluent_kafka.Producer({**conf, "acks": "all"})

        def delivered():
            seen.clear()
            producer.produce("t", b"x", on_delivery=lambda error, message: seen.append(error))
            producer.flush(20)
            # not every broker knows the topic at once
            unknown = seen and seen[0] and seen[0].code() == confluent_kafka.KafkaError._UNKNOWN_PARTITION
            return not unknown
        lab.wait(delivered, 30, "the brokers to know the topic")
        if seen != [None]:
            raise lab.Failed(f"{conf}: {seen}")


def prepare():
    """Gets the broker while there still is a network."""
    global unavailable
    try:
        broker.prepare()
    except broker.Unavailable as e:
        unavailable = e


if __name__ == "__main__":
    prepare()
    lab.run([publishes_everything, publishes_in_private, backfills, backfills_all_kinds,
             survives_a_full_disk, tells_what_was_lost, looks_at_topics,
             goes_on_beside_a_missing_topic, shows_itself_during_a_reload, listeners])
