#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape replay` against ribtaped: what goes in comes out, route for route."""
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import routes  # noqa: E402

LOCAL = ["--local", "10.1.0.1-10.1.0.250"]


def archived(collector):
    """Stops the collector; returns its files of updates."""
    if collector.stop()[0] != 0:
        raise lab.Failed(f"ribtaped failed: {collector.tail()}")
    return [f for f in collector.archive_files() if "/updates" in f]


def round_trip(table, to, *options):
    collector = lab.Ribtaped().start()
    said = routes.replay(collector, [table], "--speed", "max", *options, to=to)
    routes.compare(routes.count([table]), routes.count(archived(collector)), said)
    return said


def test_bgp_round_trip():
    """Generated, replayed as BGP sessions, archived, decoded: the same routes of the same peers."""
    table = lab.generate("t.mrt", routes=5000, routes6=1000, peers=3, changes=1500, format="mrt")
    said = round_trip(table, "bgp", *LOCAL)
    if "over 3 sessions" not in said or "not sent" in said:
        raise lab.Failed(said)


def test_bmp_round_trip():
    """The same by BMP, octet for octet."""
    round_trip(lab.generate("t.bmp", routes=5000, routes6=1000, peers=3, changes=1500, format="bmp"), "bmp")


def test_path_identifiers():
    """ADD-PATH, out of MRT and out of packets, over sessions and over BMP."""
    for form, to, options in (("mrt", "bgp", LOCAL), ("pcap", "bgp", LOCAL), ("pcap", "bmp", [])):
        table = lab.generate(f"t.{form}", routes=500, routes6=100, peers=2, changes=300, format=form,
                             **{"add-path": 3})
        if not any('"path_id": 3' in key[4] for key in routes.count([table]) if len(key) > 4):
            raise lab.Failed(f"{form}: no path identifiers")
        said = round_trip(table, to, *options)
        if "not sent" in said and form == "mrt":
            raise lab.Failed(said)


def test_mrt_as_bmp():
    """BGP out of MRT, wrapped in BMP."""
    round_trip(lab.generate("t.mrt", routes=5000, routes6=500, peers=2, format="mrt"), "bmp")


def test_bmp_as_bgp():
    """Monitored sessions as sessions."""
    round_trip(lab.generate("t.bmp", routes=5000, routes6=500, peers=2, format="bmp"), "bgp", *LOCAL)


def test_raw_updates():
    """A stream of UPDATEs without OPENs: the path tells the peer's AS."""
    table = lab.generate("t.bgp", routes=2000, routes6=200)
    collector = lab.Ribtaped().start()
    routes.replay(collector, [table], "--speed", "max")
    strip = lambda c: {k[1:] for k in c}  # noqa: E731: the raw stream names no peer
    want, have = strip(routes.count([table])), routes.count(archived(collector))
    if want != strip(have) or {k[0] for k in have} != {64512}:
        raise lab.Failed(f"{len(want)} routes became {len(have)} of AS {({k[0] for k in have})}")


def test_standard_input():
    table = lab.generate("t.mrt", routes=500, format="mrt")
    collector = lab.Ribtaped().start()
    with open(table, "rb") as f:
        subprocess.run([lab.RIBTAPE, "replay", "--to", f"bgp://{lab.V4}:{lab.BGP_PORT}", "--speed", "max", "-"],
                       stdin=f, check=True, timeout=60, stderr=subprocess.DEVNULL)
    routes.compare(routes.count([table]), routes.count(archived(collector)), "standard input")


def dump(collector):
    """Has the collector write its RIB; returns the file."""
    before = set(collector.archive_files())
    collector.signal(10)  # SIGUSR1
    new = lambda: [f for f in set(collector.archive_files()) - before if "/rib" in f or "bview" in f]  # noqa: E731
    return lab.wait(new, 20, "a RIB dump")[0]


def table_transfer(to, *options):
    """A RIB dump, replayed, dumped again by another collector."""
    table = lab.generate("t.mrt", routes=4000, routes6=1000, peers=3, format="mrt")
    first = lab.Ribtaped({"rib": {"at_start": False}}).start()
    stay = lab.start([lab.RIBTAPE, "replay", "--to", f"bgp://{lab.V4}:{lab.BGP_PORT}", "--speed", "max",
                      "--stay", "60", *LOCAL, table], os.path.join(lab.folder(), "replay.log"))
    lab.wait(lambda: sum(r.get("type") == "update" and "eor" in r for r in first.records()) >= 6, 30, "the table")
    rib = dump(first)
    stay.terminate()
    stay.wait(30)
    first.stop()
    want = routes.count([rib], types=("rib",))
    second = lab.Ribtaped().start()
    said = routes.replay(second, [rib], "--speed", "max", *options, to=to)
    have = routes.count(archived(second))
    ends = {k for k in have if k[1] == "eor"}
    if len(ends) != 6 or "6 of them are End-of-RIBs" not in said:
        raise lab.Failed(f"End-of-RIBs {ends}: {said}")
    for end in ends:
        del have[end]
    routes.compare(want, have, said)


def test_table_over_bgp():
    table_transfer("bgp", *LOCAL)


def test_table_over_bmp():
    table_transfer("bmp")


def test_two_octet_peers():
    """An archive of 2002 with two-octet AS numbers goes over two-octet sessions, and as BMP, as it is."""
    path = routes.data("mrt/bgpdump/updates.20020722.2238.gz")
    collector = lab.Ribtaped({"rib": {"enabled": False}}).start()
    said = routes.replay(collector, [path], "--speed", "max", *LOCAL)
    if "other width" in said:
        raise lab.Failed(said)
    routes.compare(routes.count([path]), routes.count(archived(collector)), said)
    round_trip(path, "bmp")


def test_captured_sessions():
    """A capture of packets: OPENs as captured, sessions go down where they went down."""
    path = routes.data("mrt/bgpkit/rrc15_2010.02_updates.20100227.1600.gz")
    collector = lab.Ribtaped({"rib": {"enabled": False}}).start()
    said = routes.replay(collector, [path], "--speed", "max", *LOCAL)
    routes.compare(routes.count([path]), routes.count(archived(collector)), said)


def test_sessions_end_and_begin():
    """Where a captured session ends, the replayed one does, and the next one begins anew: with what it
    needs, here path identifiers and IPv6."""
    plain = lab.generate("a.pcap", routes=400, format="pcap")
    paths = lab.generate("b.pcap", routes=0, routes6=300, format="pcap", seed=2, **{"add-path": 2})
    collector = lab.Ribtaped({"rib": {"enabled": False}}).start()
    said = routes.replay(collector, [plain, paths, plain], "--speed", "max")
    if "over 3 sessions" not in said:
        raise lab.Failed(said)
    opens = [r for r in collector.records() if r["type"] == "open" and r.get("direction") != "sent"]
    offers = [any(c["name"] == "add-path" for c in r["capabilities"]) for r in opens]
    if offers != [False, True, False]:
        raise lab.Failed(f"OPENs with ADD-PATH: {offers}")
    routes.compare(routes.count([plain]) + routes.count([paths]) + routes.count([plain]),
                   routes.count(archived(collector)), said)


def test_timing_count_and_duration():
    """Messages keep their distances, divided by --speed; --count and --duration end a replay early
    and say what was left."""
    table = lab.generate("t.mrt", routes=100000, format="mrt")
    collector = lab.Ribtaped({"rib": {"enabled": False}}).start()
    seconds = [r["time"] for r in routes.records([table])]
    span = seconds[-1] - seconds[0]
    if len(seconds) < 100000:
        raise lab.Failed(f"{len(seconds)} records")
    begun = time.monotonic()
    said = routes.replay(collector, [table], "--speed", str(span / 2.0))
    if time.monotonic() - begun < 2.0 or not re.search(r" in (2\.|3\.)", said):
        raise lab.Failed(f"{span} s at {span / 2}x: {said}")
    said = routes.replay(collector, [table], "--speed", "max", "--count", "50")
    if not said.startswith("ribtape replay: 50 messages") or "stopped by --count" not in said:
        raise lab.Failed(said)
    begun = time.monotonic()
    said = routes.replay(collector, [table], "--speed", str(span / 3600), "--duration", "1")
    if time.monotonic() - begun > 15 or "stopped by --duration" not in said:
        raise lab.Failed(said)


def test_choice_of_peers():
    """--peer and --peers: the others' messages are counted."""
    table = lab.generate("t.mrt", routes=100, peers=4, format="mrt")
    collector = lab.Ribtaped({"rib": {"enabled": False}}).start()
    total = sum(1 for _ in routes.records([table]))
    said = routes.replay(collector, [table], "--speed", "max", "--peer", "64513", "--peer", "198.18.0.3")
    if "over 2 sessions" not in said or "messages of peers not asked for" not in said:
        raise lab.Failed(said)
    said = routes.replay(collector, [table], "--speed", "max", "--peers", "1", "--asn", "65100", status=1)
    if "over 1 sessions" not in said or "messages of peers beyond --peers" not in said:
        raise lab.Failed(f"{total}: {said}")
    if {k[0] for k in routes.count(archived(collector))} != {64513, 64514, 65100}:
        raise lab.Failed("the sessions' AS numbers are not those asked for")


def test_refusals():
    """Nobody listens; a receiver that is no BGP speaker; nonsense on the command line."""
    table = lab.generate("t.mrt", routes=10, format="mrt")
    base = [lab.RIBTAPE, "replay", "--speed", "max"]
    done = subprocess.run([*base, "--to", "bgp://127.0.0.1:1", "--connect-timeout", "1", table],
                          capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 2 or "Connection refused" not in done.stderr:
        raise lab.Failed(f"{done.returncode}: {done.stderr}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = lab.start([*base, "--to", f"bgp://127.0.0.1:{server.getsockname()[1]}", table],
                            os.path.join(lab.folder(), "replay.log"))
        peer, _ = server.accept()
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while peer.recv(4096):
            pass
        peer.close()
        if process.wait(30) != 2:
            raise lab.Failed(f"status {process.returncode}")
    silent = os.path.join(lab.folder(), "t.bmp")
    with open(silent, "wb") as f:
        f.write(bytes.fromhex("03000000100400010001410002000142"))  # an Initiation alone
    done = subprocess.run([*base, "--to", "bgp://127.0.0.1:1", silent], capture_output=True, text=True, timeout=30,
                          check=False)
    if done.returncode != 2 or "no session to replay" not in done.stderr:
        raise lab.Failed(f"{done.returncode}: {done.stderr}")
    for argv in ([table], ["--to", "http://x:1", table], ["--to", "bgp://127.0.0.1:1"],
                 ["--to", "bgp://127.0.0.1:1", "--local", "::1", table],
                 ["--to", "bgp://127.0.0.1:1", "--speed", "0", table]):
        done = subprocess.run([*base, *argv], capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 2 or not done.stderr:
            raise lab.Failed(f"replay {argv}: status {done.returncode}, {done.stderr!r}")
    folder = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    done = subprocess.run([*base, "--to", "bgp://127.0.0.1:1", "-"], stdin=folder, capture_output=True, text=True,
                          timeout=30, check=False)
    os.close(folder)
    if done.returncode != 2 or "standard input: Is a directory" not in done.stderr:
        raise lab.Failed(f"a folder: status {done.returncode}, {done.stderr!r}")


def test_hold_time():
    """--hold-time is what the OPEN says."""
    table = lab.generate("t.mrt", routes=20, format="mrt")
    for options, want in (([], 90), (["--hold-time", "33"], 33)):
        with socket.create_server((lab.V4, 0)) as server:
            run = subprocess.Popen([lab.RIBTAPE, "replay", "--to", f"bgp://{lab.V4}:{server.getsockname()[1]}",
                                    *options, table], stderr=subprocess.DEVNULL)
            taken = server.accept()[0]
            got = taken.recv(29, socket.MSG_WAITALL)[22:24]
            taken.close()
        run.wait(30)
        if int.from_bytes(got, "big") != want:
            raise lab.Failed(f"{options}: {got.hex()}")


def test_receiver_that_leaves():
    """A receiver that closes early is left alone, and told of, however much is left to send."""
    for form, options in (("bmp", []), ("mrt", []), ("rib", []), ("rib", ["--peers", "1"])):
        for few in (20, 60000):
            table = lab.generate(f"t.{form}", routes=few, peers=2, format=form)
            with socket.create_server((lab.V4, 0)) as server:
                port = server.getsockname()[1]
                run = subprocess.Popen([lab.RIBTAPE, "replay", "--to", f"bmp://{lab.V4}:{port}", "--speed", "max",
                                        "--connect-timeout", "10", *options, table],
                                       stderr=subprocess.PIPE, text=True)
                taken = server.accept()[0]
                taken.recv(100)
                taken.close() # with octets unread: a reset
            said = run.communicate(timeout=30)[1]
            if run.returncode != 1 or said.count("router 1: ") != 1 or "router 2" in said:
                raise lab.Failed(f"{form} {few} {options}: status {run.returncode}, {said}")


if __name__ == "__main__":
    lab.run([test_bgp_round_trip, test_bmp_round_trip, test_path_identifiers, test_mrt_as_bmp,
             test_bmp_as_bgp, test_raw_updates,
             test_standard_input, test_table_over_bgp, test_table_over_bmp, test_two_octet_peers,
             test_captured_sessions, test_sessions_end_and_begin,
             test_timing_count_and_duration, test_choice_of_peers,
             test_hold_time, test_receiver_that_leaves, test_refusals])
