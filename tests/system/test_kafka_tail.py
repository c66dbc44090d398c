#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape tail` with a real broker (tests/kafka/broker.py)."""
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402
import consumer  # noqa: E402

unavailable = None


def tail(nodes, *args):
    done = subprocess.run([lab.RIBTAPE, "tail", "--brokers", nodes.bootstrap, *args], capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def expect(got, status, lines, told=""):
    if got[0] != status or got[1] != lines or told not in got[2]:
        raise lab.Failed(f"{got} instead of {(status, lines, told)}")


def prints_what_is_there():
    """From the beginning, the end and a time; tombstones; what it does not understand."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    import confluent_kafka
    from confluent_kafka.admin import AdminClient, NewTopic
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start)
    nodes.start()
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})
    for future in admin.create_topics([NewTopic("one", 1, 1), NewTopic("two", 3, 1), NewTopic("avro", 1, 1)]).values():
        future.result(20)
    producer = confluent_kafka.Producer({"bootstrap.servers": nodes.bootstrap})
    now = int(time.time())
    for i in range(5):
        producer.produce("one", json.dumps({"n": i}), key="k", timestamp=(now - 100 + i) * 1000)
    producer.produce("one", None, key='a"b', timestamp=now * 1000)
    producer.produce("avro", b"\xc3\x01" + bytes(20))
    producer.produce("avro", b'{"n":9}')
    for i in range(30):
        producer.produce("two", f'{{"n":{i}}}', key=str(i))
    producer.flush(20)
    all_of_one = [f'{{"n": {i}}}' for i in range(5)] + ['{"key":"a\\"b","value":null}']
    expect(tail(nodes, "--topic", "one", "--from", "beginning", "--until-end"), 0, all_of_one)
    expect(tail(nodes, "--topic", "one", "--from", "beginning", "--count", "2"), 0, all_of_one[:2])
    expect(tail(nodes, "--topic", "one", "--from", str(now - 97), "--until-end"), 0, all_of_one[3:])
    expect(tail(nodes, "--topic", "one", "--until-end"), 0, [])
    expect(tail(nodes, "--topic", "avro", "--from", "beginning", "-e"), 1, ['{"n":9}'], "offset 0: Avro of another schema")
    expect(tail(nodes, "--topic", "none", "-F", "peer-az 1"), 2, [], "column 1: ")
    expect(tail(nodes, "-t", "one", "-e", "-f", "raw", "-F", "type update"), 2, [], "raw looks at nothing")
    expect(tail(nodes, "--topic", "none", "-e"), 1, [], "topic none: ")
    status, lines, _ = tail(nodes, "-t", "two", "-t", "one", "--from", "beginning", "-e")
    if status != 0 or sorted(lines) != sorted(all_of_one + [f'{{"n":{i}}}' for i in range(30)]):
        raise lab.Failed(f"two topics: {status} {lines}")
    follow(nodes, producer)


def no_broker_answers():
    """Where nobody listens: the reason with the address, once; nothing in another form."""
    runs = [subprocess.Popen([lab.RIBTAPE, *args, "--brokers", "127.0.0.1:1", "--topic", "t"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for args in (("tail",), ("rib", "--from", "kafka"))]
    for process in runs:
        out, err = process.communicate(timeout=60)
        lines = err.splitlines()
        told = [line for line in lines if "127.0.0.1:1" in line and "Connection refused" in line]
        if process.returncode == 0 or out or len(told) != 1 or not lines[-1].endswith("topic t: no broker has answered") or \
                any(" WARN ribtape " not in line for line in lines[:-1]):
            raise lab.Failed(f"{process.args}: {process.returncode}, {err}")


def follow(nodes, producer):
    """What comes later is printed at once."""
    path = os.path.join(lab.folder(), "out")
    with open(path, "wb") as out:
        process = lab.start([lab.RIBTAPE, "tail", "--brokers", nodes.bootstrap, "--topic", "two"], path + ".log", stdout=out)

    def shown():
        producer.produce("two", b'{"later":true}')
        producer.flush(20)
        with open(path, encoding="utf-8") as f:
            return f.read()
    text = lab.wait(shown, 30, "a record to be printed")
    if set(text.splitlines()) != {'{"later":true}'} or process.poll() is not None:
        raise lab.Failed(f"printed: {text[:300]}")
    process.send_signal(signal.SIGINT)
    if process.wait(10) != 0:
        raise lab.Failed(f"^C ended it with {process.returncode}")
    with open(path, "wb") as out:
        process = lab.start([lab.RIBTAPE, "tail", "--brokers", nodes.bootstrap, "--topic", "two", "--from", "beginning", "-f", "summary"],
                            path + ".log", stdout=out)
    lab.wait(lambda: os.path.exists(f"/proc/{process.pid}") and blocked(process.pid), 20, "it to look at signals")
    process.send_signal(signal.SIGINT)
    if process.wait(10) != 0 or "messages" not in open(path, encoding="utf-8").read():
        raise lab.Failed(f"^C ended the summary with {process.returncode} and without its tables")


def blocked(pid):
    """Whether the process has put SIGINT off."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        mask = next(int(line.split()[1], 16) for line in f if line.startswith("SigBlk"))
    return mask & 1 << (signal.SIGINT - 1)


# ---- formats and filters ----

DATA = os.environ.get("RIBTAPE_TEST_DATA") or os.path.join(lab.ROOT, "..", "shared", "data")
CAPTURES = ("mrt/mrtparse/bird*.mrt", "mrt/bgpkit/updates-et.bz2", "mrt/bgpkit/rrc01*", "bmp/pmacct-2*/*.pcap", "bmp/pmacct-4*/*.pcap",
            "bmp/netgauze/e*.pcap", "pcap/pmacct-30*/*.pcap")
OWN = {"epoch", "peer_seq", "collector", "source"}  # of a capture, `source` is pcap for decode alone
FILTERS = ("type update", "type announce", "type withdraw", "type state or type peer-up", "type rib", "peer 192.0.2.0/24 or peer 10.0.0.0/8",
           "peer-as 64512-65535", "not peer-as 64512-65535", "prefix more 2000::/3", "prefix any 10.0.0.0/8", "family *-unicast",
           "family *-vpn", "family l2vpn-evpn", "family unknown", "origin-as 1-30000", "as-path _[0-9]+_[0-9]+_[0-9]+$",
           "community *:*", "community rt:*", "not community *:*", "community no-export", "rib adj-rib-in-pre", "rib loc-rib",
           "router-name *", "error", "error note", "not error", "direction sent", "type update and prefix less 192.0.2.1/32 or type open")


def captures():
    found = sorted(p for pattern in CAPTURES for p in glob.glob(os.path.join(DATA, pattern)))
    if len(found) < 20:
        raise lab.Skip(f"no captures in {DATA}")
    return found


def decode(*args):
    done = subprocess.run([lab.RIBTAPE, "decode", *args], capture_output=True, text=True, timeout=120, check=False)
    return done.stdout


def plain(line):
    """A record without what only a topic's has."""
    record = json.loads(line, parse_float=str)
    return {k: v for k, v in record.items() if k not in OWN}


def route(line):
    """A route's record; `raw`, and diagnostics as here, decode has in messages alone."""
    return {k: v for k, v in plain(line).items() if k not in ("raw", "diags")}


def same(what, got, want):
    if len(got) != len(want):
        raise lab.Failed(f"{what}: {len(got)} instead of {len(want)}")
    for a, b in zip(got, want):
        if a != b:
            raise lab.Failed(f"{what}:\n{str(a)[:700]}\ninstead of\n{str(b)[:700]}")


def blocks(text):
    """Blocks of text; of those with diagnostics, of which decode shows the octets, the time alone; first lines without
    the peer, which decode leaves out when no Peer Up told of it."""
    text = re.sub(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})  .*$", r"\1", text, flags=re.M)
    text = re.sub(r"^  (?:epoch|peer_seq|collector|source): .*\n", "", text, flags=re.M)
    return [b if "\n  diags:" not in b else b.split("\n")[0] for b in text.split("\n\n")]


def bgpdump_lines(lines):
    """Lines without format and time; entries of dumps are announcements in a stream."""
    return [re.sub("^B", "A", line.split("|", 2)[2]) for line in lines]


def of_feed(lines):
    """Lines of exabgp or ris-live without what counts, and without local sides, which records don't have."""
    out = []
    for line in lines:
        record = json.loads(line)
        record = {k: v for k, v in record.get("data", record).items() if k not in ("id", "counter", "pid", "ppid", "host")}
        for name in ("address", "asn"):
            record.get("neighbor", {}).get(name, {}).pop("local", None)
        out.append(record)
    return out


def of_summary(lines):
    """Lines without those of messages that are no UPDATEs, as records name peers of which no Peer Up told, and without
    notes, of which records have what the tracker noted, too."""
    return [line for line in lines if not re.search(" other | note, |^all ", line)]


def registered(nodes, read, want):
    """The same values as they are with a schema registry."""
    import confluent_kafka
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({"bootstrap.servers": nodes.bootstrap})  # lives until all is answered
    for future in admin.create_topics([NewTopic("registered", 1, 1)]).values():
        future.result(20)
    producer = confluent_kafka.Producer({"bootstrap.servers": nodes.bootstrap})
    for m in consumer.read_all(nodes.bootstrap, ["avro"])[:500]:
        if m.value[:2] != b"\xc3\x01":
            raise lab.Failed(f"a value begins with {m.value[:10]}")
        producer.produce("registered", b"\0\0\0\0\7" + m.value[10:])
    producer.flush(20)
    same("registered", [plain(line) for line in read("registered")], want[:500])


def formats_and_filters():
    """What `ribtape decode` prints of captures, `ribtape tail` prints of topics that were made of them."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    files = captures()
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start)
    nodes.start()
    for topic, options in (("json", ()), ("avro", ("-f", "avro")), ("raw", ("--raw",))):
        decode("--output", "kafka", "--brokers", nodes.bootstrap, "--topic", topic, "--partitions", "1", "--collector", "ix", *options, *files)

    def read(topic, *args, status=0):
        got = tail(nodes, "--topic", topic, "--from", "beginning", "-e", *args)
        if got[0] != status or (status == 0 and got[2]):
            raise lab.Failed(f"tail {topic} {args}: {got[0]} {got[2][-500:]}")
        return got[1]
    all_of_them = [plain(line) for line in decode("-f", "json", *files).splitlines()]
    routes = [route(line) for line in decode("--explode", *files).splitlines()]
    if len(all_of_them) < 1000 or len(routes) < 2000:
        raise lab.Failed(f"{len(all_of_them)} records and {len(routes)} routes prove little")
    for topic in ("json", "avro"):
        same(topic, [plain(line) for line in read(topic)], all_of_them)
        same(f"{topic} by route", [route(line) for line in read(topic, "--explode")], routes)
    same("text", blocks("\n".join(read("json", "-f", "text")) + "\n"), blocks(decode("-f", "text", *files)))
    registered(nodes, read, all_of_them)
    for options in ((), ("-F", "prefix more 2000::/3")):
        same("bgpdump", bgpdump_lines(read("avro", "-m", *options)), bgpdump_lines(decode("-m", *options, *files).splitlines()))
    told = "type update or type state or type rib or type peer-up or type peer-down"
    same("ris-live", of_feed(read("json", "-f", "ris-live", "-F", told)), of_feed(decode("-f", "ris-live", "-F", told, *files).splitlines()))
    same("exabgp", of_feed(read("raw", "-f", "exabgp")), of_feed(decode("-f", "exabgp", *files).splitlines()))
    if not read("avro", "-f", "exabgp", status=1):
        raise lab.Failed("exabgp shows nothing of what has no octets")
    told = "not type keepalive"
    same("summary", of_summary(read("avro", "-f", "summary", "-F", told)),
         of_summary(decode("-f", "summary", "-F", told, *files).splitlines()))
    held = 0
    for i, expression in enumerate(FILTERS):
        want = [plain(line) for line in decode("-f", "json", "-F", expression, *files).splitlines()]
        same(expression, [plain(line) for line in read(("json", "avro")[i % 2], "-F", expression)], want)
        held += 0 < len(want) < len(all_of_them)
    if held < len(FILTERS) * 2 // 3:
        raise lab.Failed(f"only {held} filters chose something")
    print(f"# {len(all_of_them)} records, {len(routes)} routes, {held} of {len(FILTERS)} filters chose a part", flush=True)


if __name__ == "__main__":
    try:
        broker.prepare()
    except broker.Unavailable as e:
        unavailable = e
    lab.run([no_broker_answers, prints_what_is_there, formats_and_filters])
