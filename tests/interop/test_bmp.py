#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""BMP from FRR and GoBGP: a sender feeds the router by BGP, the router feeds us; records and
archive have exactly what the sender says it announced, whoever's view it is."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

import lab  # noqa: E402
import routers  # noqa: E402
import senders  # noqa: E402
from routes import address, compare, table_of_bgpdump, table_of_mrtparse, table_of_records  # noqa: E402

VIEWS = {"pre-policy": "adj-rib-in-pre", "post-policy": "adj-rib-in-post"}


def from_peer(peer, view):
    """Matches the records of one monitored peer and view."""
    return lambda r: (r["source"] == "bmp" and r.get("peer", {}).get("rib") == view
                      and address(r["peer"]["addr"]) == peer)


def collect(router_class, policy, **options):
    collector = lab.Ribtaped({"bgp": {"listen": []}}).start()
    sender = senders.Bird(**options)
    neighbors = [(local, v6) for _, local, v6 in sender.sessions()]
    router_class(policy=policy).start(neighbors, sender.asn)
    sender.start()
    view = VIEWS[policy]

    def complete():
        records = collector.records()
        return all(len(table_of_records(records, from_peer(a, view))) >= len(senders.samples(v6))
                   for a, v6 in neighbors)

    lab.wait(complete, 60, "the monitored routes in the records")
    said = {local: sender.announced(v6) for local, v6 in neighbors}
    status, _ = collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    collector.hold_schema()
    records, files = collector.records(), collector.archive_files()
    for local, expected in said.items():
        compare(expected, table_of_records(records, from_peer(local, view)), "records")
        compare(expected, table_of_bgpdump(files, local), "bgpdump", ("ext", "zero"))
        compare(expected, table_of_mrtparse(files, local), "mrtparse", ("ext", "zero"))
    check_headers(records, sender, neighbors)


def check_headers(records, sender, neighbors):
    """Peer Ups and Initiation are recorded, with the facts about the peers."""
    ups = [r for r in records if r["type"] == "peer-up"]
    for a, _ in neighbors:
        mine = [r for r in ups if address(r["peer"]["addr"]) == a]
        if not mine or any(r["peer"]["asn"] != sender.asn for r in mine):
            raise lab.Failed(f"Peer Up of {a}: {mine}")
    if not any(r["type"] == "initiation" for r in records):
        raise lab.Failed("no Initiation in the records")


def test_frr_pre_policy():
    """As an internal peer: to what external ones sent, FRR 8.4 adds its own AS number in BMP."""
    collect(routers.FrrRouter, "pre-policy", asn=65000)


def test_frr_post_policy():
    collect(routers.FrrRouter, "post-policy", asn=65000)


def test_gobgp_pre_policy():
    collect(routers.GobgpRouter, "pre-policy")


def test_gobgp_post_policy():
    collect(routers.GobgpRouter, "post-policy")


if __name__ == "__main__":
    lab.run([f for name, f in list(globals().items()) if name.startswith("test_")])
