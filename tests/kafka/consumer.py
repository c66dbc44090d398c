# SPDX-License-Identifier: BSD-2-Clause
"""What a consumer can prove of ribtape's topics, with python3-confluent-kafka and nothing of ours.

    messages = read_all(bootstrap, ["ribtape"])
    report = prove(messages)              # order, completeness, repetition per peer
    compare(messages, collector.data)     # against the journals
"""
import json
import os
import time
from collections import namedtuple

import tape

Message = namedtuple("Message", "topic partition offset key headers value time_ms")
KEEPALIVE = 4
SOURCE, GONE, BGP_RECV, BGP_SENT, STATE, BMP = 2, 3, 4, 5, 6, 7
OCTETS = ("nlri", "attrs")  # headers that are no text
PLACE = ("shard", "seq", "epoch", "peer_seq", "part")  # what `at` says, in its order


class Broken(AssertionError):
    """The stream is not what docs/kafka.md promises."""


def headers_of(m):
    """Headers by name; what `at` says also under the names that it stands for."""
    out = {k: v if k in OCTETS else v.decode() for k, v in m.headers() or []}
    out.update((k, v) for k, v in zip(PLACE, out.get("at", "").split("/")) if v)
    return out


def as_sent(m):
    """The headers that a message came with."""
    return {k: v for k, v in m.headers.items() if "at" not in m.headers or k not in PLACE}


def read_all(bootstrap, topics, seconds=60, **conf):
    """Reads topics from their beginning to their present end; messages in each partition's order."""
    import confluent_kafka as ck
    consumer = ck.Consumer({"bootstrap.servers": bootstrap, "group.id": f"test-{os.getpid()}",
                            "enable.auto.commit": False, "log_level": 0, **conf})
    ends = {}
    for topic in topics:
        for partition in consumer.list_topics(topic, timeout=20).topics[topic].partitions:
            at = ck.TopicPartition(topic, partition, 0)
            low, high = consumer.get_watermark_offsets(at, timeout=20)
            if high > low:
                at.offset = low
                ends[(topic, partition)] = (at, high)
    consumer.assign([at for at, _ in ends.values()])
    out, deadline, left = [], time.monotonic() + seconds, {k: high for k, (_, high) in ends.items()}
    while left:
        if time.monotonic() > deadline:
            raise Broken(f"{len(out)} messages read, then none: {left} are still missing")
        for m in consumer.consume(10000, 0.2):
            if m.error():
                raise Broken(str(m.error()))
            out.append(Message(m.topic(), m.partition(), m.offset(), m.key(), headers_of(m), m.value(),
                               m.timestamp()[1]))
            where = (m.topic(), m.partition())
            if where in left and m.offset() + 1 >= left[where]:
                del left[where]
    consumer.close()
    return out


def prove(messages):
    """Checks, of one topic with a record per message, what `key`, `epoch` and `peer_seq` promise: in each
    (key, epoch) the numbers come first in order and without a gap from 1 up; what comes again is the same.
    Returns how many are distinct and how many are repetitions."""
    last, values, partitions, repeated = {}, {}, {}, 0
    for m in messages:
        if "peer_seq" not in m.headers:
            continue
        if partitions.setdefault(m.key, m.partition) != m.partition:
            raise Broken(f"key {m.key} is in two partitions")
        stream, number = (m.key, m.headers["epoch"]), int(m.headers["peer_seq"])
        have = last.get(stream, 0)
        if number <= have:
            repeated += 1
            if values[stream][number - 1] != hash(m.value):
                raise Broken(f"{stream} {number} came twice, with different values")
            continue
        if number != have + 1:
            raise Broken(f"{stream}: {number} follows {have}")
        last[stream] = number
        values.setdefault(stream, []).append(hash(m.value))
    return {"distinct": sum(last.values()), "repeated": repeated, "streams": len(last)}


def wanted(data_dir):
    """{(shard, seq): payload} of every frame in the journals that makes a record without doubt."""
    out = {}
    root = os.path.join(data_dir, "journal")
    for shard in sorted(os.listdir(root)):
        for kind, flags, _, _, seq, payload in tape.frames(os.path.join(root, shard)):
            if flags & tape.REPEAT or kind not in (BGP_RECV, BGP_SENT, STATE, BMP):
                continue
            if kind in (BGP_RECV, BGP_SENT) and payload[18] == KEEPALIVE:
                continue
            out[(int(shard), seq)] = payload
    return out


def compare(messages, data_dir):
    """Every frame of the journals is there, and what is there is of the journals, in order. Returns the
    number of frames."""
    want = wanted(data_dir)
    seen, last = set(), {}
    for m in messages:
        if "seq" not in m.headers:
            continue
        at = (int(m.headers["shard"]), int(m.headers["seq"]))
        if at not in seen:
            stream = (m.key, at[0])
            if at[1] < last.get(stream, 0):
                raise Broken(f"{stream}: {at[1]} comes first after {last[stream]}")
            last[stream] = at[1]
            seen.add(at)
    missing = want.keys() - seen
    if missing:
        raise Broken(f"{len(missing)} of {len(want)} frames are missing: {sorted(missing)[:5]}")
    return len(want)


def check_values(messages):
    """Headers and JSON say the same."""
    for m in messages:
        record = json.loads(m.value)
        for name in ("collector", "type"):
            if m.headers[name] != record[name]:
                raise Broken(f"header {name} is {m.headers[name]}, the record says {record[name]}")
        for name in ("v", "shard", "seq", "epoch", "peer_seq"):
            if name in record and m.headers.get(name) != str(record[name]):
                raise Broken(f"header {name} is {m.headers.get(name)}, the record says {record[name]}")
        if abs(m.time_ms - record["time"] * 1000) > 1:
            raise Broken(f"time stamp {m.time_ms} of a record of {record['time']}")
