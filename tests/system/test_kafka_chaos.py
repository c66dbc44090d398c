#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Broker and collector come and go at random; an independent consumer finds every message.

RIBTAPE_KAFKA_MESSAGES (60000) says how many messages 20 peers send at least; RIBTAPE_SEED repeats a
run's dice (not its times).
"""
import os
import random
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import tape  # noqa: E402
import broker  # noqa: E402
import consumer  # noqa: E402
import test_kafka as base  # noqa: E402

MESSAGES = int(os.environ.get("RIBTAPE_KAFKA_MESSAGES", "60000"))
SESSIONS, BMP_PEERS, KILLS, TROUBLES_MIN = 12, 8, 5, 2
BROKER = "127.0.9.1"  # an address of its own, so that it can be cut off
FULL = MESSAGES > 500000


class Keeper(threading.Thread):
    """Keeps every segment of the journals by a second name, so that the end can be compared."""

    def __init__(self, data):
        super().__init__(daemon=True)
        self.source, self.kept = os.path.join(data, "journal"), data + ".kept"
        self.over = threading.Event()
        self.start()

    def link_all(self):
        for shard in os.listdir(self.source) if os.path.isdir(self.source) else []:
            to = os.path.join(self.kept, "journal", shard)
            os.makedirs(to, exist_ok=True)
            for name in os.listdir(os.path.join(self.source, shard)):
                if name.endswith(".seg") and not os.path.exists(os.path.join(to, name)):
                    try:
                        os.link(os.path.join(self.source, shard, name), os.path.join(to, name))
                    except FileNotFoundError:
                        pass  # renamed or removed since

    def run(self):
        while not self.over.wait(0.02):
            self.link_all()

    def end(self):
        self.over.set()
        self.join()
        self.link_all()
        return self.kept


class Trouble(threading.Thread):
    """What happens to the broker until it is told to stop. The thread lives on: its end would be the
    death of the brokers that it started (PR_SET_PDEATHSIG)."""

    def __init__(self, nodes, dice):
        super().__init__(daemon=True)
        self.nodes, self.node, self.dice, self.told = nodes, nodes[0], dice, []
        self.over, self.idle = threading.Event(), threading.Event()
        self.start()

    def killed(self):
        self.node.kill()
        self.over.wait(self.dice.uniform(0, 2))
        self.node.start()

    def restarted(self):
        self.node.stop()
        self.node.start()

    def paused(self):
        self.node.pause()
        self.over.wait(self.dice.uniform(0.2, 3))
        self.node.go_on()

    def cut_off(self):
        subprocess.run(["ip", "route", "add", "blackhole", BROKER, "table", "local"], check=True)
        self.over.wait(self.dice.uniform(0.2, 3))
        subprocess.run(["ip", "route", "del", "blackhole", BROKER, "table", "local"], check=True)

    def settle(self):
        """Waits for the broker. One that starts while its address is cut off ends: it is started again."""
        while True:
            try:
                return self.nodes.wait(60)
            except RuntimeError:
                if self.node.process.poll() is None:
                    raise
                self.node.start()

    def run(self):
        kinds = []
        while len(self.told) < TROUBLES_MIN or not self.over.is_set():
            self.over.wait(self.dice.uniform(0.2, 4 if FULL else 1))
            if not kinds:
                kinds = [self.paused, self.cut_off, self.killed, self.restarted]
                self.dice.shuffle(kinds)
            kind = kinds.pop()
            self.told.append(kind.__name__)
            kind()
        self.settle()
        self.idle.set()
        threading.Event().wait()

    def end(self):
        self.over.set()
        if not self.idle.wait(90):
            raise lab.Failed(f"trouble did not end: {self.told}")


def tables():
    """A table for each session and a BMP stream that have MESSAGES together."""
    with open(lab.generate("small", routes=10000), "rb") as f:
        per_route = f.read().count(b"\xff" * 16) / 10000
    # each start of the collector makes them begin anew, so that the sum is larger
    share = 0.4 if FULL else 0.25
    routes = int(MESSAGES * share / (SESSIONS + BMP_PEERS) / per_route)
    return (lab.generate("bgp", routes=routes),
            lab.generate("bmp", routes=routes, peers=BMP_PEERS, format="bmp"))


def frames_in(kept):
    """{shard: (first number, count)} of all frames that are no repeats."""
    out = {}
    root = os.path.join(kept, "journal")
    for shard in os.listdir(root):
        seqs = [seq for _, flags, _, _, seq, _ in tape.frames(os.path.join(root, shard)) if not flags & tape.REPEAT]
        if seqs != list(range(seqs[0], seqs[0] + len(seqs))):
            raise lab.Failed(f"shard {shard}: the copy of the journal has gaps")
        out[int(shard)] = (seqs[0], len(seqs))
    return out


def test_nothing_is_lost():
    seed = int(os.environ.get("RIBTAPE_SEED", time.time()))
    dice = random.Random(seed)
    if base.unavailable:
        raise lab.Skip(f"no Kafka: {base.unavailable}")
    nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start, address=BROKER)
    nodes.start()
    bgp, bmp = tables()
    collector = base.collector_for(nodes, [{"name": "chaos", "partitions": 4}], {
        "journal": {"segment_size": "64MiB", "limit": "16GiB"}, "shards": 2,
        "archive": {"enabled": FULL, "slot": "10s"}})
    keeper = Keeper(collector.data)
    collector.start()
    trouble = Trouble(nodes, dice)
    senders = [lab.Blast(bgp, local="10.0.1.1", sessions=SESSIONS, reconnect=True),
               lab.Blast(bmp, f"{lab.V4}:{lab.BMP_PORT}", bmp=True, reconnect=True)]
    seen = 0
    for _ in range(KILLS):
        lab.wait(lambda: len(senders[0].lines("established")) > seen, 30, "a session")
        time.sleep(dice.uniform(0, 4 if FULL else 1))  # the random moment itself
        collector.kill()
        seen = len(senders[0].lines("established"))
        sent = [len(s.lines("sent")) for s in senders]
        collector.start()
    lab.wait(lambda: all(len(s.lines("sent")) >= was + cnt for s, was, cnt in zip(senders, sent, (SESSIONS, 1))),
             300, "all tables to be sent after the last start")
    trouble.end()
    for sender in senders:
        sender.end()
    lab.wait(lambda: base.quiet(collector), 60, "the sessions to end")
    lab.wait(lambda: base.published(collector), 300 if FULL else 60, "everything to be published")
    page = base.ledger(collector)
    base.end(collector, 60)
    print(f"# seed {seed}: broker {' '.join(trouble.told)}; collector killed {KILLS} times", flush=True)
    compare(nodes, keeper.end(), page)


def compare(nodes, kept, page):
    messages = consumer.read_all(nodes.bootstrap, ["chaos"], 600)
    proof = consumer.prove(messages)
    frames = consumer.compare(messages, kept)
    print(f"# {frames} frames of the journals are there: {proof}", flush=True)
    base.compare_ledger(page, messages)
    journal = frames_in(kept)
    for shard in page["shards"]:
        if (shard["first"], shard["received"]) != journal[shard["shard"]] or shard["lost"] or shard["waiting"]:
            raise lab.Failed(f"the journal has {journal}, the ledger says {shard}")
    if frames < MESSAGES:
        raise lab.Failed(f"only {frames} messages: no load")


if __name__ == "__main__":
    base.prepare()
    lab.run([test_nothing_is_lost])
