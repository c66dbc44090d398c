# SPDX-License-Identifier: BSD-2-Clause
"""routes: one form for routes, whoever tells of them, and their comparison.

A table maps prefix -> {path id: Route}. Senders say what they announce as prefix -> [Route]
(they don't tell path ids). Ours come from the records, and from the archive as bgpdump and as
mrtparse read it.
"""
import ipaddress
import subprocess
from collections import namedtuple

import tape
from lab import Failed

# as_path: tuple of numbers, frozenset for an AS_SET; communities, large, ext: frozensets of text.
Route = namedtuple("Route", "as_path origin next_hop med local_pref communities large ext")
EMPTY = Route((), "igp", None, None, None, frozenset(), frozenset(), frozenset())

WELL_KNOWN = {"graceful-shutdown": "65535:0", "blackhole": "65535:666", "no-export": "65535:65281",
              "no-advertise": "65535:65282", "no-export-subconfed": "65535:65283",
              "local-as": "65535:65283", "no-peer": "65535:65284"}


def route(as_path=(), **fields):
    """Makes a Route from lists and numbers."""
    for key in ("communities", "large", "ext"):
        fields[key] = frozenset(fields.get(key) or ())
    path = tuple(frozenset(x) if isinstance(x, (list, set, tuple)) else int(x) for x in as_path)
    return EMPTY._replace(as_path=path, **fields)


def community(text):
    text = text.lower().replace("_", "-")
    return WELL_KNOWN.get(text, text)


def prefix(text):
    return str(ipaddress.ip_network(text))


def address(text):
    return str(ipaddress.ip_address(text))


# ---- ours: records ----

def record_route(attrs, next_hop):
    """Makes a Route of a record's `attrs` and one announce entry's next hop."""
    return route(attrs.get("as_path", []), origin=attrs.get("origin"),
                 next_hop=address(next_hop[0]) if next_hop else None,
                 med=attrs.get("med"), local_pref=attrs.get("local_pref"),
                 communities=map(community, attrs.get("communities", [])),
                 large=attrs.get("large_communities", []),
                 ext=attrs.get("ext_communities", []))


def table_of_records(records, matches):
    """Plays the updates whose record `matches` and returns the resulting table."""
    table = {}
    for record in records:
        if record["type"] != "update" or not matches(record):
            continue
        if record.get("diags"):
            raise Failed(f"diagnostics on a sound UPDATE: {record}")
        for part in record.get("withdraw", []):
            for nlri in part["nlri"]:
                table.get(prefix(nlri["prefix"]), {}).pop(nlri.get("path_id"), None)
        for part in record.get("announce", []):
            found = record_route(record["attrs"], part.get("next_hop"))
            for nlri in part["nlri"]:
                table.setdefault(prefix(nlri["prefix"]), {})[nlri.get("path_id")] = found
    return {p: paths for p, paths in table.items() if paths}


def eors(records, matches):
    """Returns the families whose End-of-RIB came."""
    return {r["eor"]["afi"] for r in records if "eor" in r and matches(r)}


# ---- ours: the archive ----

def table_of_bgpdump(files, peer):
    """The table that bgpdump makes of archive files for one peer's address."""
    table = {}
    for path in files:
        done = subprocess.run(["bgpdump", "-m", "-l", "-q", path], capture_output=True, text=True,
                              timeout=60)
        if done.returncode != 0:
            raise Failed(f"bgpdump {path}: {done.stderr}")
        for line in done.stdout.splitlines():
            f = line.split("|")
            if f[2] not in "AW" or len(f) < 6 or address(f[3]) != peer:
                continue
            path_id = int(f.pop(6)) if f[0].endswith("_AP") else None
            where = table.setdefault(prefix(f[5]), {})
            if f[2] == "W":
                where.pop(path_id, None)
            else:
                where[path_id] = dump_route(f)
    return {p: paths for p, paths in table.items() if paths}


def dump_route(f):
    """Makes a Route of the fields of one `bgpdump -m -l` line."""
    path = [[int(n) for n in x[1:-1].split(",")] if x[0] == "{" else int(x) for x in f[6].split()]
    communities, large = f[11].split(), f[12].split()
    return route(path, origin=f[7].lower(), next_hop=address(f[8]), med=int(f[10]),
                 local_pref=int(f[9]), communities=map(community, communities), large=large)


def table_of_mrtparse(files, peer):
    """The table that mrtparse makes of archive files for one peer's address."""
    import mrtparse
    table = {}
    for path in files:
        for reader in mrtparse.Reader(tape.without_microseconds(path)):
            mrt = reader.mrt
            if mrt.err:
                raise Failed(f"mrtparse {path}: {mrt.err_msg}")
            if mrt.bgp is None or address(mrt.bgp.peer_ip) != peer:
                continue
            if mrt.bgp.msg is None or mrt.bgp.msg.type != 2:
                continue
            parse_message(mrt.bgp.msg, table)
    return {p: paths for p, paths in table.items() if paths}


def parse_message(message, table):
    """Plays one UPDATE as mrtparse shows it."""
    attrs = {a.type: a for a in message.attr}
    reach = attrs[14].mp_reach if 14 in attrs else {}
    gone = list(message.withdrawn) + (attrs[15].mp_unreach.get("withdrawn", []) if 15 in attrs else [])
    for nlri in gone:
        table.get(prefix(f"{nlri.prefix}/{nlri.plen}"), {}).pop(nlri.path_id, None)
    for nlri in message.nlri:
        hop = attrs[3].next_hop
        table.setdefault(prefix(f"{nlri.prefix}/{nlri.plen}"), {})[nlri.path_id] = parse_route(attrs, hop)
    for nlri in reach.get("nlri", []):
        hop = reach["next_hop"][0]
        table.setdefault(prefix(f"{nlri.prefix}/{nlri.plen}"), {})[nlri.path_id] = parse_route(attrs, hop)


def parse_route(attrs, hop):
    path = []
    for segment in attrs[2].as_path:
        numbers = [int(n) for n in segment["val"]]
        path += [numbers] if segment["type"] == 1 else numbers
    return route(path, origin=("igp", "egp", "incomplete")[attrs[1].origin], next_hop=address(hop),
                 med=attrs[4].med if 4 in attrs else None,
                 local_pref=attrs[5].local_pref if 5 in attrs else None,
                 communities=map(community, attrs[8].comm if 8 in attrs else []),
                 large=attrs[32].large_comm if 32 in attrs else [])


# ---- comparison ----

def compare(expected, table, what, ignore=()):
    """Fails unless `table` has exactly the sender's routes, attribute by attribute."""
    wrong = []
    for p in sorted(set(expected) | set(table)):
        want = sorted((plain(r, ignore) for r in expected.get(p, [])), key=repr)
        have = sorted((plain(r, ignore) for r in table.get(p, {}).values()), key=repr)
        if want != have:
            wrong.append(f"{p}\n  sender: {want}\n  {what}: {have}")
    if wrong:
        raise Failed(f"{what}: {len(wrong)} of {len(expected)} prefixes differ\n" + "\n".join(wrong[:5]))
    if not expected:
        raise Failed("the sender announced nothing")


def plain(r, ignore):
    """The parts of a route that are compared, sets in order; bgpdump prints absent MED and
    LOCAL_PREF as 0, so that absent and 0 count as the same when `zero` is ignored."""
    fields = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in r._asdict().items()}
    fields["as_path"] = [sorted(x) if isinstance(x, frozenset) else x for x in r.as_path]
    if "zero" in ignore:
        fields["med"], fields["local_pref"] = fields["med"] or 0, fields["local_pref"] or 0
    return {k: v for k, v in fields.items() if k not in ignore}
