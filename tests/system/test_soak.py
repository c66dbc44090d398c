#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Peers that flap, restart gracefully, refresh and send several paths, a BMP router with all its
views, a daemon that is killed: every dump agrees with the updates by `ribtape verify`, and the last
one with what the peers hold.

RIBTAPE_SOAK="PEERS,ROUTES,SECONDS" sets the size; the default suits CI.
"""
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import tape  # noqa: E402

SIZE = [int(n) for n in os.environ.get("RIBTAPE_SOAK", "8,1500,18").split(",")]
INTERVAL_S = 2 if SIZE[0] * SIZE[1] < 100000 else 20
NLRI_PER_UPDATE = 60
ANY_PATH = 0  # of peers without path ids

MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE, REFRESH = 1, 2, 3, 4, 5
IPV4_UNICAST = struct.pack(">HxB", 1, 1)
FAMILY = struct.pack(">HB", 1, 1)

# What a peer is like, by its number modulo the list's length.
KINDS = ["plain", "graceful", "paths", "refresh", "notification", "long-lived", "hard-reset", "late"]


# ---- messages ----

def message(kind, body):
    return MARKER + struct.pack(">HB", 19 + len(body), kind) + body


def capability(code, value=b""):
    return bytes((code, len(value))) + value


def open_message(asn, bgp_id, kind):
    caps = capability(1, IPV4_UNICAST) + capability(65, struct.pack(">I", asn)) + capability(2) + capability(70)
    flags = {"graceful": 0, "long-lived": 0, "late": 0, "notification": 0x4000, "hard-reset": 0x4000}
    if kind in flags:
        restart_s = 1 if kind in ("long-lived", "late") else 120
        caps += capability(64, struct.pack(">H", flags[kind] | restart_s) + FAMILY + b"\x80")
    if kind == "long-lived":
        caps += capability(71, FAMILY + b"\x80" + (600).to_bytes(3, "big"))
    if kind == "paths":
        caps += capability(69, FAMILY + b"\x03")
    param = bytes((2, len(caps))) + caps
    return message(OPEN, struct.pack(">BHH4sB", 4, 23456, 0, socket.inet_aton(bgp_id), len(param)) + param)


def nlri_of(prefix, path, with_path):
    body = b"\x18" + struct.pack(">I", prefix)[:3]
    return struct.pack(">I", path) + body if with_path else body


def attributes(asn, med):
    path = struct.pack(">BBII", 2, 2, asn, 4200000000 + med % 1000)
    return (b"\x40\x01\x01\x00" + b"\x40\x02" + bytes((len(path),)) + path + b"\x40\x03\x04\x0a\0\0\1" +
            b"\x80\x04\x04" + struct.pack(">I", med) + b"\xe0\x20\x0c" + struct.pack(">III", asn, med, 7))


def announce(asn, med, keys, with_path):
    attrs = attributes(asn, med)
    nlri = b"".join(nlri_of(*k, with_path) for k in keys)
    return message(UPDATE, b"\0\0" + struct.pack(">H", len(attrs)) + attrs + nlri)


def withdraw(keys, with_path):
    nlri = b"".join(nlri_of(*k, with_path) for k in keys)
    return message(UPDATE, struct.pack(">H", len(nlri)) + nlri + b"\0\0")


END_OF_RIB = message(UPDATE, b"\0\0\0\0")


def refresh(subtype):
    return message(REFRESH, struct.pack(">HBB", 1, subtype, 1))


def parts(keys):
    keys = list(keys)
    return [keys[i:i + NLRI_PER_UPDATE] for i in range(0, len(keys), NLRI_PER_UPDATE)]


class Table:
    """What one peer (or one view of a monitored one) holds: {(prefix, path): MED}."""

    def __init__(self, seed, routes, asn, with_path):
        self.random = random.Random(seed)
        self.routes, self.asn, self.with_path = routes, asn, with_path
        self.held = {}
        self.med = seed * 1000000
        for keys in parts(self.keys(range(routes))):
            self.hold(keys)

    def keys(self, numbers):
        paths = (1, 2, 77) if self.with_path else (ANY_PATH,)
        return [((10 << 24) + (n << 8), p) for n in numbers for p in paths]

    def hold(self, keys):
        self.med += 1
        self.held.update(dict.fromkeys(keys, self.med))
        return announce(self.asn, self.med, keys, self.with_path)

    def change(self):
        """A few routes announced anew or withdrawn; the messages that say so."""
        first = self.random.randrange(self.routes)
        keys = self.keys(range(first, min(first + self.random.randrange(1, 40), self.routes)))
        if self.random.random() < 0.6:
            return b"".join(self.hold(k) for k in parts(keys))
        for k in keys:
            self.held.pop(k, None)
        return b"".join(withdraw(k, self.with_path) for k in parts(keys))

    def forget(self, share):
        """Some routes are no more, without a word."""
        for k in self.random.sample(sorted(self.held), int(len(self.held) * share)):
            del self.held[k]

    def whole(self):
        """All of it, by common attributes."""
        by_med = {}
        for k, med in self.held.items():
            by_med.setdefault(med, []).append(k)
        return b"".join(announce(self.asn, med, p, self.with_path) for med, keys in by_med.items() for p in parts(keys))


# ---- peers ----

class Down(Exception):
    """The connection is gone."""


class Speaker(threading.Thread):
    """Something that keeps a connection to the collector and lives its life on it."""

    def __init__(self, number, target):
        super().__init__(daemon=True)
        self.random = random.Random(number)
        self.target, self.local = target, f"10.0.{number + 1}.1"
        self.calm = threading.Event()  # no more changes
        self.settled = threading.Event()  # calm, and all is said
        self.failure = None
        self.socket = None

    def run(self):
        try:
            while True:
                try:
                    self.connect()
                    self.live()
                except (OSError, Down):
                    self.settled.clear()
                    self.close()
                    time.sleep(0.05)  # a pause between attempts, not a synchronisation
        except Exception as why:  # noqa: BLE001: told at the end
            self.failure = why

    def connect(self):
        self.socket = socket.create_connection((lab.V4, self.target), 30, source_address=(self.local, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def send(self, data):
        self.socket.sendall(data)

    def pause(self, seconds):
        """Waits, and sees the other side's end."""
        if select.select([self.socket], [], [], seconds)[0] and not self.socket.recv(65536):
            raise Down

    def read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise Down
            data += more
        return data

    def live(self):
        self.begin()
        while not self.calm.is_set():
            for _ in range(self.random.randrange(4, 14)):
                self.send(self.change())
                self.pause(self.random.uniform(0.01, 0.15))
                if self.calm.is_set():
                    break
            else:
                self.event()
        self.settled.set()
        while True:
            self.pause(1)


class Peer(Speaker):
    """A BGP peer of one kind."""

    def __init__(self, number, routes):
        super().__init__(number, lab.BGP_PORT)
        self.kind = KINDS[number % len(KINDS)]
        self.asn = 4200000100 + number
        self.table = Table(number + 1, routes, self.asn, self.kind == "paths")
        self.change = self.table.change
        self.events = 0

    def read_message(self):
        head = self.read(19)
        self.read(struct.unpack(">H", head[16:18])[0] - 19)
        if head[18] == NOTIFICATION:
            raise Down
        return head[18]

    def begin(self):
        self.send(open_message(self.asn, self.local, self.kind))
        while self.read_message() != KEEPALIVE:
            pass
        self.send(message(KEEPALIVE, b""))
        self.send(self.table.whole() + END_OF_RIB)

    def event(self):
        self.events += 1
        if self.kind in ("paths", "refresh") and self.random.random() < 0.7:
            self.send(refresh(1))
            self.table.forget(0.1)
            self.send(self.table.whole() + refresh(2))
            return
        if self.kind in ("notification", "hard-reset"):
            self.send(message(NOTIFICATION, bytes((6, 4 if self.kind == "notification" else 9))))
        self.table.forget(0.1)
        self.close()
        if self.kind in ("long-lived", "late") and self.events % 2 == 0:
            self.calm.wait(3)  # beyond the restart time
        raise Down


class Router(Speaker):
    """A BMP router that monitors two sessions, one in all four views and its Loc-RIB, one of a VRF."""

    # peer type, flags, distinguisher: a Table each
    VIEWS = [(0, 0x00, 0), (0, 0x40, 0), (0, 0x10, 0), (0, 0x50, 0), (1, 0x00, 65000 << 32 | 7), (3, 0x00, 0)]

    def __init__(self, number, routes):
        super().__init__(number, lab.BMP_PORT)
        self.tables = [Table(1000 + i, routes, 4200000900 + i, False) for i in range(len(self.VIEWS))]

    def bmp(self, kind, view, body):
        peer_type, flags, rd = view
        address = "0.0.0.0" if peer_type == 3 else "10.9.9.9"
        asn = 64999 if peer_type == 3 else 64990 + peer_type
        now = time.time()
        head = struct.pack(">BBQ12x4sI4sII", peer_type, flags, rd, socket.inet_aton(address), asn,
                           socket.inet_aton("10.9.9.9"), int(now), int(now % 1 * 1e6))
        return struct.pack(">BIB", 3, 6 + len(head) + len(body), kind) + head + body

    def peer_up(self, view):
        opens = open_message(64990, "10.9.9.9", "graceful") + open_message(64991, "10.9.9.9", "graceful")
        return self.bmp(3, view, b"\0" * 12 + socket.inet_aton("10.9.9.8") + struct.pack(">HH", 179, 4000) + opens)

    def whole(self, view):
        data = self.tables[self.VIEWS.index(view)].whole()
        return self.wrap(view, data + END_OF_RIB)

    def wrap(self, view, data):
        out, off = b"", 0
        while off < len(data):
            length = struct.unpack_from(">H", data, off + 16)[0]
            out += self.bmp(0, view, data[off:off + length])
            off += length
        return out

    def begin(self):
        self.send(struct.pack(">BIB", 3, 6 + 8, 4) + struct.pack(">HH4s", 2, 4, b"soak"))
        for i in (0, 4, 5):
            self.send(self.peer_up(self.VIEWS[i]))
        for view in self.VIEWS:
            self.send(self.whole(view))

    def change(self):
        i = self.random.randrange(len(self.VIEWS))
        return self.wrap(self.VIEWS[i], self.tables[i].change())

    def event(self):
        if self.random.random() < 0.2:
            raise Down
        members = self.random.choice(([0, 1, 2, 3], [4], [5]))
        self.send(self.bmp(2, self.VIEWS[members[0]], b"\x04"))
        for i in members:
            self.tables[i].forget(0.1)
        self.send(self.peer_up(self.VIEWS[members[0]]))
        for i in members:
            self.send(self.whole(self.VIEWS[i]))


# ---- what a dump holds ----

def routes_of(path):
    """{(AS, address, prefix, path): MED} of a dump."""
    peers, found = [], {}
    for kind, subtype, _, body in tape.mrt_records(path):
        if kind != 13:
            raise lab.Failed(f"{path}: a record of type {kind}")
        if subtype == 1:
            peers = peers_of(body)
        elif subtype in (2, 8):
            entries(body, subtype == 8, peers, found)
    return found


def peers_of(body):
    off = 6 + struct.unpack_from(">H", body, 4)[0]
    count, off = struct.unpack_from(">H", body, off)[0], off + 2
    peers = []
    for _ in range(count):
        size = 16 if body[off] & 1 else 4
        peers.append((struct.unpack_from(">I", body, off + 5 + size)[0], socket.inet_ntoa(body[off + 5:off + 5 + 4])))
        off += 9 + size
    return peers


def entries(body, with_path, peers, found):
    prefix = int.from_bytes(body[5:8] + b"\0", "big")
    count, off = struct.unpack_from(">H", body, 8)[0], 10
    for _ in range(count):
        index, off = struct.unpack_from(">H", body, off)[0], off + 6
        path = ANY_PATH
        if with_path:
            path, off = struct.unpack_from(">I", body, off)[0], off + 4
        length, off = struct.unpack_from(">H", body, off)[0], off + 2
        attrs = body[off:off + length]
        off += length
        at = attrs.index(b"\x80\x04\x04") + 3
        found[(*peers[index], prefix, path)] = struct.unpack_from(">I", attrs, at)[0]


def check_last(path, peers, views):
    """The dump of quiet peers holds what they hold; `views`: of the router, by their dumps."""
    got = routes_of(path)
    want = {(p.asn, p.local, *k): med for p in peers for k, med in p.table.held.items()}
    for table, asn, address in views:
        want.update({(asn, address, *k): med for k, med in table.held.items()})
    if want != got:
        keys = [k for k in set(want) | set(got) if want.get(k) != got.get(k)]
        raise lab.Failed(f"{path}: {len(want)} routes are held, {len(got)} in the dump, {len(keys)} differ: "
                         f"{keys[0]} {want.get(keys[0])} {got.get(keys[0])}")


def dumps(collector, below):
    folder = os.path.join(collector.archive, below)
    return sorted((f for f in collector.archive_files() if "/bview." in f and f.endswith(".gz") and os.path.dirname(os.path.dirname(f)) ==
                   folder.rstrip("/")), key=os.path.getmtime)


# ---- the test ----

def run_for(collector, seconds, kills):
    """Lets time pass; the daemon is killed now and then, and starts again."""
    for _ in range(kills + 1):
        end = time.monotonic() + seconds / (kills + 1)
        lab.wait(lambda: time.monotonic() > end, seconds + 1, "time to pass")  # noqa: B023: called at once
        if _ < kills:
            collector.kill()
            collector.start()


def settle(collector, speakers):
    for s in speakers:
        s.calm.set()
    sessions = len([s for s in speakers if isinstance(s, Peer)]) + len(Router.VIEWS)

    def quiet():
        for s in speakers:
            if s.failure is not None:
                raise lab.Failed(f"{s.local}: {s.failure!r}")
        metrics = collector.metrics()
        return (all(s.settled.is_set() for s in speakers) and metrics.get("ribtape_rib_sessions") == sessions and
                metrics.get("ribtape_rib_down_sessions") == 0 and metrics.get('ribtape_sink_lag_bytes{sink="rib"}') == 0)

    lab.wait(quiet, 60 + SIZE[0] * SIZE[1] / 10000, "all peers to have said all")


def end(collector):
    """Stops it. At full size a dump may take longer than a stop waits for: then (status 3) the next
    start writes what is left."""
    status = collector.stop(60)[0]
    if status == 3:
        collector.start()
        lab.wait(lambda: collector.metrics().get('ribtape_sink_lag_bytes{sink="archive"}') == 0, 600, "the journal's rest")
        status = collector.stop(60)[0]
    if status not in (0, 3):
        raise lab.Failed(collector.tail())


def verify(collector):
    done = subprocess.run([lab.RIBTAPE, "verify", "--strict", "--json", collector.archive], capture_output=True,
                          text=True, check=False)
    report = json.loads(done.stdout)
    if done.returncode != 0:
        worst = [d for d in report["dumps"] if d["differences"]]
        raise lab.Failed(f"verify: status {done.returncode}: {json.dumps(report['faults'])[:500]} {json.dumps(worst)[:3000]}{done.stderr}")
    return report


VIEWS = ("", "adj-rib-in-post", "adj-rib-out-pre", "adj-rib-out-post", "loc-rib")  # folders of the archive


def test_soak():
    peer_cnt, routes, seconds = SIZE
    collector = lab.Ribtaped({
        "ndjson": {"enabled": False},
        "archive": {"slot": INTERVAL_S, "digest": "sha256"},
        "rib": {"interval": INTERVAL_S, "at_start": False},
        "bgp": {"defaults": {"open_delay": 1}},
        "journal": {"limit": "8GiB"},
    }).start()
    speakers = [Peer(i, routes) for i in range(peer_cnt)] + [Router(peer_cnt, routes)]
    for s in speakers:
        s.start()
    run_for(collector, seconds, 2)
    settle(collector, speakers)
    before = len(dumps(collector, ""))
    subprocess.run([lab.RIBTAPE, "ctl", "--to", f"{lab.V4}:{lab.HTTP_PORT}", "rib-dump"], check=True, timeout=900)
    kept = collector.metrics()["ribtape_rib_kept_sessions_total"]
    last = {view: dumps(collector, view)[-1] for view in VIEWS}
    end(collector)
    router = speakers[-1]
    check_last(last[""], speakers[:-1], [(router.tables[0], 64990, "10.9.9.9"), (router.tables[4], 64991, "10.9.9.9")])
    for view, i in (("adj-rib-in-post", 1), ("adj-rib-out-pre", 2), ("adj-rib-out-post", 3)):
        check_last(last[view], [], [(router.tables[i], 64990, "10.9.9.9")])
    check_last(last["loc-rib"], [], [(router.tables[5], 64999, router.local)])
    report = verify(collector)
    compared = sum(d["compared_routes"] for d in report["dumps"])
    if before < 3 or kept == 0 or compared < 3 * routes:
        raise lab.Failed(f"{before} dumps before the last, {kept} sessions kept for a restart, {compared} routes compared: "
                         f"too little to judge")
    print(f"# {len(report['dumps'])} dumps, {compared} routes compared, {kept:.0f} sessions kept for a restart since the "
          f"last kill", file=sys.stderr)


lab.run([test_soak])
