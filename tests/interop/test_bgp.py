#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""BGP from five implementations: our records and our archive, as bgpdump and mrtparse read it,
have exactly the routes that the sender says it announced."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]

import lab  # noqa: E402
import senders  # noqa: E402
from routes import (address, compare, eors, table_of_bgpdump, table_of_mrtparse,  # noqa: E402
                    table_of_records)

PASSWORD = "ribtape-md5"


def from_peer(peer):
    """Matches the records of one peer's address."""
    return lambda r: r["source"] == "bgp" and address(r.get("peer", {}).get("addr", "::")) == peer


def collect(cls, config=None, paths=1, **options):
    """Runs one sender against a collector until every route of both sessions is in the records;
    then stops the collector and compares records and archive with the sender's word."""
    collector = lab.Ribtaped(config).start()
    sender = cls(**options).start()

    def complete():
        records = collector.records()
        return all(len(eors(records, from_peer(local))) == 1 or not sender.sends_eor
                   for _, local, _ in sender.sessions()) and enough(records, sender, paths)

    lab.wait(complete, 60, f"{cls.__name__}'s routes in the records")
    said = {local: sender.announced(v6) for _, local, v6 in sender.sessions()}
    status, _ = collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    collector.hold_schema()
    records, files = collector.records(), collector.archive_files()
    for local, expected in said.items():
        if paths > 1 and any(len(p) != paths for p in expected.values()):
            raise lab.Failed(f"the sender has not {paths} paths a prefix: {expected}")
        compare(expected, table_of_records(records, from_peer(local)), "records")
        compare(expected, table_of_bgpdump(files, local), "bgpdump", ("ext", "zero"))
        compare(expected, table_of_mrtparse(files, local), "mrtparse", ("ext", "zero"))
    check_path_ids(records, sender, paths)
    return records


def enough(records, sender, paths):
    """Whether the records hold as many routes as the sender has samples (one may stay home:
    no-export)."""
    for _, local, v6 in sender.sessions():
        table = table_of_records(records, from_peer(local))
        if sum(len(p) for p in table.values()) < (len(senders.samples(v6)) - 1) * paths:
            return False
    return True


def check_path_ids(records, sender, paths):
    for _, local, _ in sender.sessions():
        for net, found in table_of_records(records, from_peer(local)).items():
            if paths > 1 and None in found or paths == 1 and list(found) != [None]:
                raise lab.Failed(f"path ids of {net} from {local}: {list(found)}")


def with_md5(cls):
    """The same with a key on both sides (RFC 2385)."""
    config = {"bgp": {"peers": [{"address": "192.0.2.0/24", "md5": PASSWORD},
                                {"address": "fd00::/64", "md5": PASSWORD}]}}
    collect(cls, config, password=PASSWORD)


def test_bird():
    collect(senders.Bird)


def test_bird_internal():
    """Our AS number mirrors the peer's: LOCAL_PREF is there, its AS number is not."""
    collect(senders.Bird, {"bgp": {"defaults": {"local_as": "auto"}}}, asn=65000)


def test_wrong_md5_key():
    """A peer with another key gets nowhere, and disturbs nobody."""
    config = {"bgp": {"peers": [{"address": "192.0.2.11", "md5": "another key"},
                                {"address": "0.0.0.0/0"}, {"address": "::/0"}]}}
    collector = lab.Ribtaped(config).start()
    senders.Bird(password=PASSWORD).start()
    senders.Openbgpd().start()

    def arrived():
        peers = {address(r["peer"]["addr"]) for r in collector.records() if r["type"] == "update"}
        return {"192.0.2.14", "fd00::e"} <= peers and peers

    if "192.0.2.11" in lab.wait(arrived, 30, "OpenBGPD's routes"):
        raise lab.Failed("a session came up with a wrong key")


def test_bird_add_path():
    collect(senders.Bird, paths=2, add_path=True)


def test_bird_md5():
    with_md5(senders.Bird)


def test_gobgp():
    collect(senders.Gobgp)


def test_gobgp_md5():
    with_md5(senders.Gobgp)


def test_frr():
    collect(senders.Frr)


def test_frr_md5():
    with_md5(senders.Frr)


def test_openbgpd():
    collect(senders.Openbgpd)


def test_openbgpd_md5():
    with_md5(senders.Openbgpd)


def test_exabgp():
    collect(senders.Exabgp)


def test_exabgp_add_path():
    collect(senders.Exabgp, paths=2, add_path=True)


def test_exabgp_md5():
    with_md5(senders.Exabgp)


if __name__ == "__main__":
    lab.run([f for name, f in list(globals().items()) if name.startswith("test_")])
