#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Kafka sink against real brokers (tests/kafka/broker.py)."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402

unavailable = None


def cluster(count=1, **overrides):
    """Starts brokers, or skips the test."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), count, lab.start, **overrides)
    nodes.start()
    return nodes


def sasl(nodes):
    return {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256", "ssl.ca.location": nodes.ca,
            "sasl.username": broker.USER, "sasl.password": broker.PASSWORD}


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
        producer.produce("t", b"x", on_delivery=lambda error, message: seen.append(error))
        producer.flush(20)
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
    lab.run([listeners])
