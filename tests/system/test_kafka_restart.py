#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Topics of format state over graceful restarts (RFC 4724, 9494): at each moment of one, what a consumer rebuilds is
the RIB's dump, and it can see what is complete."""
import json
import os
import signal
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "kafka")]

import lab  # noqa: E402
import broker  # noqa: E402
import consumer  # noqa: E402
import mrt  # noqa: E402
import speaker  # noqa: E402
import test_kafka_state as table  # noqa: E402

NO_LLGR = 0xffff0007
unavailable = None


class Neighbour(speaker.Speaker):
    """Does what it is told. `families`: AFIs that it restarts gracefully for, `seconds`: until it will be back,
    `long_lived`: the long-lived stale time of IPv4."""

    def __init__(self, number, families=(1, 2), seconds=600, long_lived=0):
        super().__init__(number)
        self.families, self.seconds, self.long_lived = families, seconds, long_lived
        self.forwarding = families

    def capabilities(self, restarting):
        caps = [mrt.capability(1, struct.pack(">HBB", afi, 0, 1)) for afi in (1, 2)]
        flags = {afi: 0x80 if afi in self.forwarding else 0 for afi in (1, 2)}
        if self.families:
            head = struct.pack(">H", (0x8000 if restarting else 0) | self.seconds)
            caps.append(mrt.capability(64, head + b"".join(struct.pack(">HBB", a, 1, flags[a]) for a in self.families)))
        if self.long_lived:
            caps.append(mrt.capability(71, struct.pack(">HBB", 1, 1, flags[1]) + self.long_lived.to_bytes(3, "big")))
        return caps

    def say(self, numbers, med, communities=()):
        """A route of each family for each number."""
        v4 = [b"\x18" + bytes((10, self.asn % 250, n)) for n in numbers]
        v6 = mrt.mp_reach(2, 1, bytes(15) + b"\1", *(b"\x30\x20\x01\x0d\xb8" + bytes((self.asn % 250, n)) for n in numbers))
        path = (self.asn,)
        self.send(mrt.update(v4, attributes=mrt.attrs(path, med, self.addr, communities)),
                  mrt.update(attributes=mrt.attrs(path, med, None, communities, v6)))

    def end_of_rib(self):
        self.send(mrt.eor(), mrt.eor(2, 1))


class Lab:
    """Broker, collector, and what both say of the neighbours."""

    def __init__(self):
        self.nodes = broker.Cluster(os.path.join(lab.folder(), "kafka"), 1, lab.start)
        self.nodes.start()
        self.config = {
            "shards": 2, "ndjson": {"enabled": False}, "rib": {"at_start": False},
            "kafka": {"enabled": True, "brokers": self.nodes.bootstrap,
                      "topics": [{"name": "table", "format": "state", "partitions": 3}]}}
        self.collector = lab.Ribtaped(self.config).start()

    def published(self):
        """Whether all that is there was published, and the topic is there."""
        return table.published(self.collector) and self.collector.metrics()['ribtape_kafka_records_total{sink="kafka"}'] > 0

    def sessions(self, up, down):
        """Waits until so many are up, and so many over that are kept."""
        def are():
            m = self.collector.metrics()
            return m.get("ribtape_rib_sessions"), m.get("ribtape_rib_down_sessions")
        lab.wait(lambda: are() == (up, down), 20, lambda: f"{up} sessions up and {down} kept: {are()}")

    def routes(self):
        """How many routes stand, by address and family, after the dump and all readers of the topic agreed."""
        want, messages = table.all_agree(self.nodes, table.dump(self.collector))
        out = {}
        for addr, afi, *_ in want:
            out[addr, afi] = out.get((addr, afi), 0) + 1
        return out, messages

    def expect(self, counts, moment):
        """`counts`: of IPv4 and IPv6, by neighbour."""
        got, messages = self.routes()
        want = {(n.addr, afi): c for n, pair in counts.items() for afi, c in zip(("ipv4", "ipv6"), pair) if c}
        if got != want:
            raise lab.Failed(f"{moment}: {got} routes, not {want}")
        return messages

    def standing(self, n):
        """The routes of a neighbour, by the topic alone."""
        return [r for r in table.rebuild(consumer.read_all(self.nodes.bootstrap, ["table"])).values()
                if r["peer"]["addr"] == n.addr]


def complete(messages, n):
    """The families of a neighbour that docs/kafka.md calls complete."""
    last = {m.key.decode(): json.loads(m.value) for m in messages if m.value}
    views = {k: r for k, r in last.items() if r["type"] == "view" and r["peer"]["addr"] == n.addr and r["up"]}
    return {r["afi"] for k, r in last.items() if r["type"] == "family" and k.split("/")[0] in views and
            "community" not in r and r["floor"][0] == views[k.split("/")[0]]["epoch"]}


def kept_and_come_back():
    """Sessions die without a word and come back with changed routes: dump and topic agree before, during and after,
    for families kept and not, in the restart time, in the long-lived time, after both, and when the collector is
    killed meanwhile."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    at = Lab()
    both, v4_only, plain = Neighbour(0), Neighbour(1, families=(1,)), Neighbour(2, families=())
    brief, lasting, over = (Neighbour(3, seconds=1), Neighbour(4, seconds=1, long_lived=3600),
                            Neighbour(5, seconds=1, long_lived=1))
    all_six = (both, v4_only, plain, brief, lasting, over)
    for n in all_six:
        n.connect(False)
        n.say(range(8), 1)
        n.say(range(20, 25), 1, [NO_LLGR])
        n.end_of_rib()
    at.sessions(6, 0)
    lab.wait(lambda: at.collector.metrics()["ribtape_rib_routes"] == 6 * 26, 20, "all routes")
    messages = at.expect({n: (13, 13) for n in all_six}, "all are up")
    if not all(complete(messages, n) == {"ipv4", "ipv6"} for n in all_six):
        raise lab.Failed("not all families are complete")

    for n in all_six:
        n.sock.close()
    # nothing arrives: time alone ends what is over, in the topic, too
    lab.wait(lambda: len(at.standing(lasting)) == 8 and not at.standing(over) and not at.standing(brief), 30,
             lambda: f"the restart times to be over: {[len(at.standing(n)) for n in all_six]}")
    down = {both: (13, 13), v4_only: (13, 0), lasting: (8, 0)}
    at.expect(down, "all are down")
    at.sessions(0, 3)

    # another configuration: the sink begins anew from its checkpoint, with what it knows of what was left
    at.collector.configure(lab.merge(at.config, {"kafka": {"buffer": 4 << 20}}))
    at.collector.signal(signal.SIGHUP)
    lab.wait(lambda: "is in force" in at.collector.tail(1 << 16), 10, "the reload")
    at.expect(down, "the sink was restarted")

    both.forwarding = (1,)  # IPv6 comes back, without the F bit
    for n in (both, v4_only, lasting):
        n.connect(True)
        n.say(range(6, 12), 2)
    at.sessions(3, 0)
    lab.wait(lambda: at.collector.metrics()["ribtape_rib_routes"] == 17 + 6 + 17 + 6 + 12 + 6, 20, "the new routes")
    messages = at.expect({both: (17, 6), v4_only: (17, 6), lasting: (12, 6)}, "back, before End-of-RIB")
    if complete(messages, both):
        raise lab.Failed("a family is complete before End-of-RIB")
    for n in (both, lasting):
        n.end_of_rib()
    lab.wait(lambda: at.collector.metrics()["ribtape_rib_routes"] == 6 * 2 + 17 + 6 + 6 * 2, 20, "stale routes to go")
    messages = at.expect({both: (6, 6), v4_only: (17, 6), lasting: (6, 6)}, "after End-of-RIB")
    if complete(messages, both) != {"ipv4", "ipv6"} or complete(messages, v4_only):
        raise lab.Failed("other families are complete than those that ended")

    both.sock.close()
    v4_only.sock.close()  # a second time before End-of-RIB: what the first session left goes (RFC 4724 section 4.2)
    at.sessions(1, 2)
    at.expect({both: (6, 6), v4_only: (6, 0), lasting: (6, 6)}, "down again")
    at.collector.kill()  # and with it all that it kept, in the RIB; lasting's session, too
    lasting.sock.close()
    at.collector.start()
    at.expect({}, "after a kill")
    both.forwarding = (1, 2)
    for n in (both, lasting):
        n.connect(True)
        n.say(range(3), 3)
        n.end_of_rib()
    at.sessions(2, 0)
    lab.wait(lambda: at.collector.metrics()["ribtape_rib_routes"] == 12, 20, "routes")
    at.expect({both: (3, 3), lasting: (3, 3)}, "up after the kill")
    both.send(mrt.message(mrt.NOTIFICATION, b"\6\2"))  # without the N bit that is the end (RFC 8538)
    both.sock.close()
    at.sessions(1, 0)
    messages = at.expect({lasting: (3, 3)}, "after a NOTIFICATION")
    table.check_schema(messages)
    status, _ = at.collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {at.collector.tail()}")


class Bird:
    """BIRD with both families on one session, that may die and come back as one that went on forwarding."""
    addr = "192.0.2.11"

    def __init__(self):
        lab.need("/usr/sbin/bird")
        self.dir, self.process = lab.folder(), None

    def start(self, numbers, med, restarting=False):
        """A route of each family for each number; the odd ones have NO_LLGR."""
        def routes(net):
            return "".join(f"  route {net.format(n)} blackhole {{ bgp_med = {med}; "
                           f"{'bgp_community.add((65535,7)); ' if n % 2 else ''}}};\n" for n in numbers)
        path = os.path.join(self.dir, "bird.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"""log stderr all; router id {self.addr}; graceful restart wait 2;
protocol device {{}}
filter with_med {{ if defined(bgp_med) then bgp_med = bgp_med; accept; }}
protocol static s4 {{ ipv4;
{routes("10.1.{}.0/24")}}}
protocol static s6 {{ ipv6;
{routes("2001:db8:{}::/48")}}}
protocol bgp b {{ local {self.addr} as 64511; neighbor {lab.V4} port {lab.BGP_PORT} as 65000; multihop;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  graceful restart on; graceful restart time 1; long lived graceful restart on; long lived stale time 3600;
  ipv4 {{ import none; export filter with_med; next hop self; }};
  ipv6 {{ import none; export filter with_med; next hop address fd00::b; }}; }}
""")
        self.process = lab.start(["/usr/sbin/bird", "-f", *(["-R"] if restarting else []), "-c", path, "-s",
                                  os.path.join(self.dir, "ctl"), "-P", os.path.join(self.dir, "pid")],
                                 os.path.join(self.dir, "log"))

    def kill(self):
        self.process.kill()
        self.process.wait()


def bird_comes_back():
    """The same with a router of others: killed, kept for the long-lived time but for routes with NO_LLGR, and back."""
    if unavailable:
        raise lab.Skip(f"no Kafka: {unavailable}")
    bird = Bird()
    at = Lab()
    bird.start(range(10), 1)

    def is_complete():
        return at.published() and complete(consumer.read_all(at.nodes.bootstrap, ["table"]), bird) == {"ipv4", "ipv6"}
    lab.wait(is_complete, 40, "BIRD's End-of-RIB")
    at.expect({bird: (10, 10)}, "BIRD is up")
    bird.kill()
    lab.wait(lambda: len(at.standing(bird)) == 10, 30, "the restart time to be over")
    at.expect({bird: (5, 5)}, "BIRD is down")
    bird.start(range(4, 12), 2, restarting=True)
    at.sessions(1, 0)
    lab.wait(is_complete, 40, "BIRD's second End-of-RIB")
    messages = at.expect({bird: (8, 8)}, "BIRD is back")
    if not any(m.key.decode().endswith("/no-llgr") for m in messages):
        raise lab.Failed("no floor of no-llgr")


if __name__ == "__main__":
    try:
        broker.prepare()
    except broker.Unavailable as e:
        unavailable = e
    lab.run([kept_and_come_back, bird_comes_back])
