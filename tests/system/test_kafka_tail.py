#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape tail` with a real broker (tests/kafka/broker.py)."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402

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
    expect(tail(nodes, "--topic", "avro", "--from", "beginning", "-e"), 1, ['{"n":9}'], "offset 0: no JSON (Avro?)")
    expect(tail(nodes, "--topic", "none", "-e"), 1, [], "topic none: ")
    status, lines, _ = tail(nodes, "-t", "two", "-t", "one", "--from", "beginning", "-e")
    if status != 0 or sorted(lines) != sorted(all_of_one + [f'{{"n":{i}}}' for i in range(30)]):
        raise lab.Failed(f"two topics: {status} {lines}")
    follow(nodes, producer)


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


if __name__ == "__main__":
    try:
        broker.prepare()
    except broker.Unavailable as e:
        unavailable = e
    lab.run([prints_what_is_there])
