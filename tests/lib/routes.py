# SPDX-License-Identifier: BSD-2-Clause
"""routes: what captures and archives say, route for route, so that two can be compared."""
import json
import os
import subprocess
from collections import Counter

import lab

DATA = os.environ.get("RIBTAPE_TEST_DATA", os.path.join(lab.ROOT, "..", "shared", "data"))


def data(path):
    """Returns the path of a public capture; skips the test when the folder is absent."""
    full = os.path.join(DATA, path)
    if not os.path.exists(full):
        raise lab.Skip(f"{path} absent")
    return full


def records(files, *options):
    """Yields the records of files, one route each."""
    with subprocess.Popen([lab.RIBTAPE, "decode", "--explode", *options, *files], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        for line in p.stdout:
            yield json.loads(line)
        said = p.stderr.read()
    if p.returncode > 1 or "runtime error" in said:
        raise lab.Failed(f"decode: {said[-500:]}")


def key_of(record, by):
    """Makes one route of an exploded record comparable: (peer, what, family, NLRI, rest)."""
    peer = record.get("peer", {}).get(by)
    for what in ("announce", "withdraw"):
        for section in record.get(what, ()):
            return (peer, what, section["afi"], section["safi"], json.dumps(section["nlri"], sort_keys=True),
                    json.dumps(section.get("next_hop")), json.dumps(record.get("attrs"), sort_keys=True))
    if "eor" in record:
        return (peer, "eor", record["eor"]["afi"], record["eor"]["safi"])
    return None


def count(files, *options, by="asn", types=("update",)):
    """Counts the routes of files by key_of."""
    out = Counter()
    for record in records(files, *options):
        if record["type"] in types and record.get("direction") != "sent":
            key = key_of(record, by)
            if key:
                out[key] += 1
    return out


def compare(want, have, what):
    """Fails unless both counts are equal."""
    if not want:
        raise lab.Failed(f"{what}: nothing to compare")
    lost, more = want - have, have - want
    if lost or more:
        some = "\n".join(f"{s} {k}" for s, c in (("missing", lost), ("extra", more)) for k in list(c)[:3])
        raise lab.Failed(f"{what}: of {sum(want.values())} routes {sum(lost.values())} missing, "
                         f"{sum(more.values())} too many\n{some}")


def replay(collector, files, *options, to="bgp", status=0):
    """Runs `ribtape replay` to its end; returns what it said."""
    port = lab.BGP_PORT if to == "bgp" else lab.BMP_PORT
    done = subprocess.run([lab.RIBTAPE, "replay", "--to", f"{to}://{lab.V4}:{port}", *options, *files],
                          capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != status:
        raise lab.Failed(f"replay: status {done.returncode}: {done.stderr[-800:]}\n{collector.tail(800)}")
    return done.stderr
