#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Topics of formats openbmp and ris-live against a real broker: what went in, read by others."""
import json
import os
import signal
import socket
import struct
import sys
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import consumer  # noqa: E402
import mrt  # noqa: E402
import obmp  # noqa: E402
import speaker  # noqa: E402
import tape  # noqa: E402
import test_kafka as base  # noqa: E402
from test_kafka_chaos import Keeper  # noqa: E402

UPDATE, ROUTES, SESSIONS, BMP_PEERS = 2, 1500, 2, 3
FILTER = "prefix more 96.0.0.0/4"


def order(m):
    """A record's place: the frame, and which of its records."""
    return tuple(int(m.headers.get(name, 0)) for name in ("shard", "seq", "part"))


def first_times(messages, gaps=False):
    """Without what came again, which must be the same; in each key and epoch the numbers go up, by one
    unless they are shared with other topics (`gaps`)."""
    values, last, out = {}, {}, []
    for m in messages:
        at, stream = (m.topic, m.key, order(m)), (m.topic, m.key, m.headers["epoch"])
        number, part = int(m.headers["peer_seq"]), order(m)[2]
        if at in values:
            if values[at] != m.value:
                raise lab.Failed(f"{at} came twice, with different values")
            continue
        have = last.get(stream, (0, 0))
        steps = ((have[0] + 1, 0), (have[0], have[1] + 1))
        if (number, part) not in steps and not (gaps and number > have[0]):
            raise lab.Failed(f"{stream}: {number}, {part} follows {have}")
        values[at], last[stream] = m.value, (number, part)
        out.append(m)
    return out


def by_key(messages):
    out = defaultdict(list)
    for m in messages:
        out[m.key].append(m)
    return out


def journals(folder):
    """{(shard, seq): (kind, source, microseconds, payload)}"""
    root, out = os.path.join(folder, "journal"), {}
    for shard in sorted(os.listdir(root)):
        for kind, flags, source, time, seq, payload in tape.frames(os.path.join(root, shard)):
            if not flags & tape.REPEAT:
                out[(int(shard), seq)] = (kind, source, time // 1000, payload)
    return out


def check_frames(messages, frames):
    """Every BMP frame and every UPDATE is there, octet for octet, with the time it came."""
    want = {at for at, (kind, _, _, payload) in frames.items()
            if kind == tape.BMP or (kind == tape.BGP_RECV and payload[18] == UPDATE)}
    for m in messages:
        frame, at = obmp.parse(m.value), order(m)[:2]
        kind, _, time, payload = frames[at]
        if (frame.admin, round(frame.time * 1e6)) != ("lab", time):
            raise lab.Failed(f"{frame.admin} at {frame.time}, the frame came at {time}")
        if kind == tape.BMP and frame.bmp == payload:
            want.discard(at)
        if kind == tape.BGP_RECV and payload[18] == UPDATE and frame.bmp[48:] == payload:
            if (frame.router, frame.group, frame.bmp[5]) != (lab.V4, "lab", obmp.ROUTE_MONITORING):
                raise lab.Failed(f"{frame}")
            want.discard(at)
    if want:
        raise lab.Failed(f"{len(want)} of {len(frames)} frames are missing: {sorted(want)[:5]}")


def check_streams(messages, initiated=False):
    """A reader of any key knows whose routes it gets. Returns how many there are."""
    routes = 0
    for key, part in by_key(messages).items():
        reader = obmp.Reader(initiated)
        for m in part:
            try:
                reader.take(obmp.parse(m.value).bmp)
            except obmp.Broken as e:
                raise lab.Failed(f"{m.topic} {key} {order(m)}: {e}") from e
        routes += reader.routes
    return routes


def dissect(messages):
    """What Wireshark finds: {AS: Counter of prefixes announced}, Counter of types."""
    pcap = os.path.join(lab.folder(), "bmp.pcap")
    streams = [[(m.time_ms / 1000, obmp.parse(m.value).bmp) for m in part] for part in by_key(messages).values()]
    obmp.write_pcap(pcap, streams)
    fields = ("bmp.type", "bmp.peer.asn", "bgp.prefix_length", "bgp.nlri_prefix", "bgp.mp_reach_nlri_ipv6_prefix",
              "_ws.malformed")
    argv = ["tshark", "-r", pcap, "-d", f"tcp.port=={obmp.BMP_PORT},bmp", "-T", "fields", "-E", "aggregator=;"]
    for field in fields:
        argv += ["-e", field]
    found, types = defaultdict(Counter), Counter()
    for line in lab.output(argv).splitlines():
        kind, asn, sizes, *prefixes, malformed = line.split("\t")
        if malformed or not kind.isdigit():
            raise lab.Failed(f"Wireshark finds {line}")
        types[int(kind)] += 1
        if int(kind) == obmp.ROUTE_MONITORING:
            prefixes = [p for part in prefixes for p in part.split(";") if p]
            found[int(asn)].update(f"{p}/{size}" for p, size in zip(prefixes, sizes.split(";")))
    if sum(types.values()) != sum(map(len, streams)):
        raise lab.Failed(f"Wireshark finds {types} in {sum(map(len, streams))} messages")
    return found, types


def sent(path, bmp):
    """Counter of the prefixes in a generated file, by AS (BGP: 0)."""
    with open(path, "rb") as f:
        data = f.read()
    out, at = defaultdict(Counter), 0
    while at < len(data):
        size = struct.unpack_from(">I" if bmp else ">H", data, at + (1 if bmp else 16))[0]
        message = data[at:at + size]
        if bmp and message[5] == obmp.ROUTE_MONITORING:
            out[obmp.peer_of(message).asn].update(obmp.announced(message[48:]))
        elif not bmp and message[18] == UPDATE:
            out[0].update(obmp.announced(message))
        at += size
    return out


def routes_of(lines):
    """What exploded records say, whatever carried them."""
    out = set()
    for r in map(json.loads, lines):
        if r["type"] == "update" and "eor" not in r:
            parts = {k: r.get(k) for k in ("announce", "withdraw", "attrs")}
            out.add((r["time"], r["peer"]["addr"], r["peer"]["asn"], json.dumps(parts)))
    return out


def check_decode(nodes, topic, data):
    """A topic dumped with kcat decodes to the routes of the journal."""
    dump = os.path.join(lab.folder(), "dump")
    with open(dump, "wb") as f:
        f.write(lab.output(["kcat", "-b", nodes.bootstrap, "-t", topic, "-C", "-e", "-q", "-D", ""], text=False))
    got = routes_of(lab.output([lab.RIBTAPE, "decode", "--input", "openbmp", "--explode", dump]).splitlines())
    want = set()
    for shard in sorted(os.listdir(os.path.join(data, "journal"))):
        folder = os.path.join(data, "journal", shard)
        want |= routes_of(lab.output([lab.RIBTAPE, "decode", "--explode", folder]).splitlines())
    if got != want or len(got) < 1000:
        raise lab.Failed(f"{len(got)} routes in the topic, {len(want)} in the journal; {list(got ^ want)[:2]}")


def openbmp_is_what_came():
    """BGP and BMP, while the collector is killed: frames, streams and numbers; topics by peer and with a
    filter; tshark and `ribtape decode` read the same routes; the ledger adds up."""
    lab.need("tshark", "kcat")
    nodes = base.one_node()
    collector = base.collector_for(nodes, [
        {"name": "raw", "format": "openbmp", "partitions": 3},
        {"name": "rv.{collector}.{peer_asn}.bmp_raw", "format": "openbmp", "partitions": 1},
        {"name": "some", "format": "openbmp", "filter": FILTER}], {"shards": 2}).start()
    keeper = Keeper(collector.data)
    tables = [lab.generate("bgp", routes=ROUTES, routes6=100),
              lab.generate("bmp", routes=ROUTES // 3, routes6=100, peers=BMP_PEERS, format="bmp")]
    blasts = [lab.Blast(tables[0], local="10.0.1.1", sessions=SESSIONS),
              lab.Blast(tables[1], f"{lab.V4}:{lab.BMP_PORT}", bmp=True)]
    for blast in blasts:
        blast.wait_sent()
        blast.end()
    lab.wait(lambda: base.quiet(collector), 30, "the sessions to end")
    lab.wait(lambda: base.published(collector), 30, "everything to be published")
    table = consumer.read_all(nodes.bootstrap, ["raw"])
    found, types = dissect(first_times(table))
    want = {asn: prefixes for asn, prefixes in sent(tables[1], True).items()}
    want.update({65001 + i: sent(tables[0], False)[0] for i in range(SESSIONS)})
    if found != want or types[obmp.PEER_UP] != SESSIONS + BMP_PEERS or types[obmp.PEER_DOWN] < SESSIONS:
        raise lab.Failed(f"Wireshark finds {({k: len(v) for k, v in found.items()})} and {types}")

    neighbours = [speaker.Speaker(i, routes=400, add_path=i == 1, pause=.02) for i in range(3)]
    for n in neighbours:
        n.start()
    for kill in range(3):
        lab.wait(lambda k=kill: all(sum(n.done.values()) >= 20 * (k + 1) for n in neighbours), 30, "speakers to speak")
        collector.kill()
        collector.start()
    acts = [sum(n.done.values()) for n in neighbours]
    lab.wait(lambda: all(sum(n.done.values()) > a + 10 for n, a in zip(neighbours, acts)), 30, "them to go on")
    for n in neighbours:
        n.stop()
    lab.wait(lambda: base.quiet(collector), 30, "the sessions to end")
    lab.wait(lambda: base.published(collector), 30, "everything to be published")
    page = base.ledger(collector)
    base.end(collector)
    kept = keeper.end()

    from confluent_kafka.admin import AdminClient
    topics = [t for t in AdminClient({"bootstrap.servers": nodes.bootstrap}).list_topics(timeout=10).topics
              if t in ("raw", "some") or t.startswith("rv.lab.")]
    if len(topics) != 2 + SESSIONS + BMP_PEERS + 3 + 1:
        raise lab.Failed(f"topics: {topics}")
    messages = {t: [] for t in topics}
    for m in consumer.read_all(nodes.bootstrap, topics):
        messages[m.topic].append(m)
    base.compare_ledger(page, [m for part in messages.values() for m in part])
    once = {t: first_times(part, t.startswith("rv.")) for t, part in messages.items()}
    check_frames(once["raw"], journals(kept))
    routes = check_streams(once["raw"])
    peers = [m for t in topics if t.startswith("rv.") for m in once[t]]
    if len(peers) < len(once["raw"]) or sum(check_streams(once[t], True) for t in topics if t.startswith("rv.")) != routes:
        raise lab.Failed(f"{routes} messages with routes in one topic, others in the topics of peers")
    if not 0 < check_streams(once["some"]) < routes:
        raise lab.Failed("the filter leaves nothing, or all")
    check_decode(nodes, "raw", kept)
    repeated = sum(map(len, messages.values())) - sum(map(len, once.values()))
    print(f"# {routes} messages with routes, {repeated} records repeated")


# ---- a topic that comes later ----

def bmp_message(kind, body):
    return struct.pack(">BIB", 3, 6 + len(body), kind) + body


def bmp_peer(addr, asn):
    return struct.pack(">BB8x12x4sI4sII", 0, 0, socket.inet_aton(addr), asn, socket.inet_aton(addr), 1700000000, 0)


def begins_late():
    """A topic that is added while a router's and a neighbour's session are up begins with what was said
    before it; a router whose connection ends is terminated."""
    nodes = base.one_node()
    collector = base.collector_for(nodes, [{"name": "early", "format": "openbmp"}]).start()
    router = socket.create_connection((lab.V4, lab.BMP_PORT), source_address=("10.0.2.1", 0))
    peer = bmp_peer("198.51.100.1", 64601)
    opens = mrt.open_message(64602, "198.51.100.2") + mrt.open_message(64601, "198.51.100.1")
    up = bmp_message(3, peer + bytes(12) + socket.inet_aton("198.51.100.2") + struct.pack(">HH", 179, 4000) + opens)
    route = mrt.update([b"\x18\x0a\1\2"], attributes=mrt.attrs((64601,)))
    router.sendall(bmp_message(4, struct.pack(">HH", 2, 5) + b"edge1") + up + bmp_message(0, peer + route))
    neighbour = speaker.Speaker(7, routes=50)
    neighbour.connect(False)
    neighbour.announce()
    lab.wait(lambda: collector.metrics()['ribtape_ledger_frames{sink="kafka",state="received"}'] > 20
             and base.published(collector), 20, "the first part")
    collector.config["kafka"]["topics"].append({"name": "late", "format": "openbmp"})
    collector.configure(collector.config)
    collector.signal(signal.SIGHUP)
    lab.wait(lambda: "is in force" in collector.tail(20000), 20, "the new configuration")

    def both():
        router.sendall(bmp_message(0, peer + route))
        neighbour.announce()
        try:
            return len({m.key for m in consumer.read_all(nodes.bootstrap, ["late"])}) == 2
        except KeyError:
            return False
    lab.wait(both, 30, "the late topic")
    router.close()
    neighbour.sock.close()
    lab.wait(lambda: base.quiet(collector) and base.published(collector), 30, "the ends")
    base.end(collector)
    early, late = (first_times(consumer.read_all(nodes.bootstrap, [t])) for t in ("early", "late"))
    if check_streams(late) >= check_streams(early):
        raise lab.Failed("the late topic has no less than the early one")
    for part in by_key(late).values():
        frames = [obmp.parse(m.value) for m in part]
        kinds = [f.bmp[5] for f in frames]
        if kinds[:3] != [obmp.INITIATION, obmp.PEER_UP, obmp.ROUTE_MONITORING] or kinds.count(obmp.PEER_UP) != 1:
            raise lab.Failed(f"{kinds}")
        if frames[0].group == "edge1" and (frames[1].bmp != up or kinds[-1] != obmp.TERMINATION):
            raise lab.Failed(f"{frames[1]}, {kinds}")
        if frames[0].group == "lab" and kinds[-1] != obmp.PEER_DOWN:
            raise lab.Failed(f"{kinds}")


# ---- ris-live ----

def plain(lines, *without):
    """Objects without their host, as texts; RIS Live's KEEPALIVEs are not asked for."""
    out = Counter()
    for line in lines:
        record = json.loads(line)
        data = record["data"]
        for name in ("host", *without):
            data.pop(name)
        if data["type"] != "KEEPALIVE":
            out[json.dumps(record)] += 1
    return out


def ris_live_is_what_decode_prints():
    """BGP and BMP: the values are the lines that decode prints of the journal, and of the archive."""
    nodes = base.one_node()
    collector = base.collector_for(nodes, [{"name": "ris", "format": "ris-live", "partitions": 2},
                                           {"name": "ris.{type}", "format": "ris-live"}],
                                   {"shards": 1, "archive": {"enabled": True, "slot": "1d"}}).start()
    neighbours = [speaker.Speaker(i, routes=300, pause=.02) for i in range(2)]
    for n in neighbours:
        n.start()
    blast = lab.Blast(lab.generate("bmp", routes=500, peers=2, format="bmp"), f"{lab.V4}:{lab.BMP_PORT}", bmp=True)
    blast.wait_sent()
    blast.end()
    lab.wait(lambda: all(sum(n.done.values()) >= 40 for n in neighbours), 30, "speakers to speak")
    for n in neighbours:
        n.stop()
    lab.wait(lambda: base.quiet(collector) and base.published(collector), 30, "everything to be published")
    page = base.ledger(collector)
    base.end(collector)
    messages = consumer.read_all(nodes.bootstrap, ["ris"])
    base.compare_ledger(page, messages)
    consumer.prove(messages)
    values = [m.value.decode() for m in messages]
    if any(json.loads(v)["data"]["host"] != "lab" for v in values):
        raise lab.Failed("another host than the collector")
    states = {}
    for data in (json.loads(v)["data"] for v in values):
        if data["type"] == "RIS_PEER_STATE":
            states.setdefault((data["peer"], data["peer_asn"]), []).append(data["state"])
    if len(states) < 4 or any(s.count("up") != s.count("down") for s in states.values()):
        raise lab.Failed(f"not everybody who came went: {states}")
    journal = os.path.join(collector.data, "journal", "0")
    printed = plain(lab.output([lab.RIBTAPE, "decode", "-f", "ris-live", journal]).splitlines())
    if plain(values) != printed or len(values) < 500:
        raise lab.Failed(f"{len(values)} values, {sum(printed.values())} printed of the journal; "
                         f"{list((plain(values) - printed) + (printed - plain(values)))[:2]}")
    archived = plain(lab.output([lab.RIBTAPE, "decode", "-f", "ris-live", *collector.archive_files(part=True)])
                     .splitlines(), "id", "timestamp")
    mine, theirs = (Counter({k: v for k, v in c.items() if '"UPDATE"' in k})
                    for c in (plain(values, "id", "timestamp"), archived))
    if mine != theirs:
        raise lab.Failed(f"{sum(mine.values())} UPDATEs, {sum(theirs.values())} in the archive; "
                         f"{list((mine - theirs) + (theirs - mine))[:2]}")
    updates = consumer.read_all(nodes.bootstrap, ["ris.update"])
    if len(updates) != sum(json.loads(v)["data"]["type"] == "UPDATE" for v in values):
        raise lab.Failed(f"{len(updates)} in ris.update")


# ---- from files ----

def without_initiations(data):
    """In a topic each session has one, in a file they share it."""
    return [f for f in obmp.messages(data) if f.bmp[5] != obmp.INITIATION]


def backfills():
    """decode publishes what it prints: MRT of updates and of a dump, a journal."""
    nodes = base.one_node()
    updates = lab.generate("updates", routes=2000, routes6=200, peers=3, format="mrt")
    peers = [mrt.Peer("192.0.2.9", 64500), mrt.Peer("2001:db8::9", 64501)]
    dump = os.path.join(lab.folder(), "dump")
    with open(dump, "wb") as f:
        f.write(mrt.dump(1700000000, peers, {("10.1.0.0/16", 0): (1600000000, mrt.attrs((64500,))),
                                             ("10.2.0.0/16", 1): (1600000000, mrt.attrs((64501,)))}))
    for number, path in enumerate((updates, dump)):
        for name in ("openbmp", "ris-live"):
            topic = f"old.{name}.{number}"
            decode = [lab.RIBTAPE, "decode", "-f", name, path]
            lab.output([*decode, "--output", "kafka", "--brokers", nodes.bootstrap, "--partitions", "1", "--topic", topic])
            messages = consumer.read_all(nodes.bootstrap, [topic])
            printed = lab.output(decode, text=False)
            if name == "openbmp":
                check_streams(messages)
                same = without_initiations(b"".join(m.value for m in messages)) == without_initiations(printed)
            else:
                same = b"".join(m.value + b"\n" for m in messages) == printed
            if not same or not messages:
                raise lab.Failed(f"{topic} holds something else than what decode prints")


if __name__ == "__main__":
    base.prepare()
    lab.run([openbmp_is_what_came, begins_late, ris_live_is_what_decode_prints, backfills])
