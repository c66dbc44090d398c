#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""BMP from FRR and GoBGP held against the router's own tables: each RIB view, route for route, over
restarts of the router, of the collector (asked and killed) and of the connection; statistics and mirrored
messages; the router's keys stay the same. BIRD where its package has BMP."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

import lab  # noqa: E402
import routers  # noqa: E402
import senders  # noqa: E402
from routes import address, compare, prefix, record_route  # noqa: E402

ROUTER = lab.V4
# What GoBGP 3.10 gets wrong about its Loc-RIB (osrg/gobgp#3499 and #3666): read all the same, and named.
FORGIVEN = {"no-peer-up", "add-path-mismatch", "no-context", "zero-time", "old-time", "empty-open", "duplicate-peer-up"}


def stream(records):
    """The records of the router's present connection: from its last Initiation on."""
    last = max((i for i, r in enumerate(records) if r["type"] == "initiation"), default=len(records))
    return records[last:]


def table(records, peer, view):
    """Plays one view of one peer (None: the router itself)."""
    out = {}
    for r in records:
        if r["type"] != "update" or r["peer"]["rib"] != view or address_of(r) != peer:
            continue
        wrong = {d["reason"] for d in r.get("diags", [])} - FORGIVEN
        if wrong:
            raise lab.Failed(f"diagnostics on a sound UPDATE: {r}")
        for part in r.get("withdraw", []):
            for n in part["nlri"]:
                out.get(prefix(n["prefix"]), {}).pop(n.get("path_id"), None)
        for part in r.get("announce", []):
            for n in part["nlri"]:
                out.setdefault(prefix(n["prefix"]), {})[n.get("path_id")] = record_route(r["attrs"], part.get("next_hop"))
    return {p: paths for p, paths in out.items() if paths}


def address_of(r):
    return address(r["peer"]["addr"]) if "addr" in r["peer"] else None


def converge(collector, router, neighbors, views, what):
    """Waits until every view is what the router's own tables are."""
    state = {}

    def same():
        records = stream(collector.records())
        for a, v6 in neighbors:
            for view in views:
                peer = None if view == "loc-rib" else a
                mine, theirs = table(records, peer, view), router.own(a, v6, view)
                if view == "loc-rib":  # one peer, both families
                    mine = {p: r for p, r in mine.items() if (":" in p) == v6}
                for net in router.untold(view, theirs, mine):
                    theirs.pop(net)
                try:
                    compare(theirs, mine, f"{what}: {view} of {a}", router.ignore.get(view, ("ext",)))
                except lab.Failed as wrong:
                    state["why"] = str(wrong)
                    return False
        return True

    lab.wait(same, 60, lambda: f"{what}: {state.get('why')}")


def keys(collector):
    """What a consumer knows the monitored peers by."""
    return {(r["router"]["addr"], r["peer"].get("addr"), r["peer"].get("rd"), r["peer"]["rib"])
            for r in stream(collector.records()) if "announce" in r}


def connections(collector):
    return sum(r["type"] == "initiation" for r in collector.records())


def connected_anew(collector, before):
    """Waits for the router's next connection: until then the one before has the whole tables."""
    lab.wait(lambda: connections(collector) > before, 30, "the router's next connection")


def restarts(collector, router, sender, neighbors, views):
    """The tables again after each thing that can end."""
    converge(collector, router, neighbors, views, "at first")
    first = keys(collector)
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    had = connections(collector)
    collector.start()
    connected_anew(collector, had)
    converge(collector, router, neighbors, views, "after a restart of the collector")
    had = connections(collector)
    collector.kill()
    collector.start()
    connected_anew(collector, had)
    converge(collector, router, neighbors, views, "after the collector was killed")
    views_differ(collector, neighbors[0][0], views)
    router.stop()
    lab.wait(lambda: not collector.peers(), 20, "the router to be gone")
    router.start(neighbors, sender.asn)
    converge(collector, router, neighbors, views, "after a restart of the router")
    if keys(collector) != first:
        raise lab.Failed(f"keys differ: {keys(collector) ^ first}")


def views_differ(collector, peer, views):
    """What the policy drops is in the view before it alone."""
    tables = [set(table(stream(collector.records()), peer, v)) for v in views if v != "loc-rib"]
    if len(tables) == 2 and not tables[1] < tables[0]:
        raise lab.Failed("the views before and after the policy are the same")


def the_statistics(collector, wanted):
    def told():
        found = {s["type"]: s for r in collector.records() if r["type"] == "stats" for s in r["stats"]}
        return found if wanted <= set(found) else None
    found = lab.wait(told, 30, f"statistics of types {wanted}")
    if any("value" not in s for s in found.values()):
        raise lab.Failed(f"{found}")
    return found


def test_frr():
    """As an internal peer: to what external ones sent, FRR 8.4 adds its own AS number in BMP."""
    collector = lab.Ribtaped({"bgp": {"listen": []}}).start()
    sender = senders.Bird(asn=65000)
    neighbors = [(local, v6) for _, local, v6 in sender.sessions()]
    router = routers.FrrRouter(policies=("pre-policy", "post-policy"), filtered=True, extra=["bmp mirror", "bmp stats interval 500"])
    router.start(neighbors, 65000)
    connected_anew(collector, 0)  # so that the sessions' OPENs are mirrored
    sender.start()
    restarts(collector, router, sender, neighbors, ["adj-rib-in-pre", "adj-rib-in-post"])
    the_statistics(collector, {0})
    mirrored = [m for r in collector.records() if r["type"] == "mirror" for m in r["mirrored"]]
    kinds = {m["message"]["type"] for m in mirrored if m.get("name") == "bgp-message"}
    if not {"open", "update"} <= kinds:
        raise lab.Failed(f"mirrored messages: {kinds}")
    collector.stop()


def test_frr_that_waits_to_be_dialled():
    collector = lab.Ribtaped({"bgp": {"listen": []}, "bmp": {"routers": [
        {"address": f"{lab.V4}:11790", "dial": True}]}}).start()
    sender = senders.Bird(asn=65000)
    neighbors = [(local, v6) for _, local, v6 in sender.sessions()]
    router = routers.FrrRouter(policies=("pre-policy",), listen=11790)
    router.start(neighbors, 65000)
    sender.start()
    restarts(collector, router, sender, neighbors, ["adj-rib-in-pre"])
    if not any(r["router"].get("name") == "edge1" for r in collector.records() if r["type"] == "update"):
        raise lab.Failed("the name of its Initiation is not told")
    collector.stop()


def test_gobgp():
    collector = lab.Ribtaped({"bgp": {"listen": []}}).start()
    sender = senders.Bird()
    neighbors = [(local, v6) for _, local, v6 in sender.sessions()]
    router = routers.GobgpRouter(policy="all", filtered=True, server={"statistics-timeout": 15})
    router.start(neighbors, sender.asn)
    sender.start()
    restarts(collector, router, sender, neighbors, ["adj-rib-in-pre", "adj-rib-in-post", "loc-rib"])
    found = the_statistics(collector, {7, 8})
    if found[7]["value"] != len(senders.samples(False)) and found[7]["value"] != len(senders.samples(True)):
        raise lab.Failed(f"{found[7]}")
    collector.stop()


def test_bird():
    with open("/usr/sbin/bird", "rb") as f:
        if b"Adj-RIB-In" not in f.read():
            raise lab.Skip("this BIRD was built without BMP")
    raise lab.Failed("BIRD has BMP now: write this test")


if __name__ == "__main__":
    lab.run([f for name, f in list(globals().items()) if name.startswith("test_")])
