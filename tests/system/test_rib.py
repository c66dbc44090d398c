#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The RIB and its dumps: after the start, on demand, at borders; equal to what the updates before
them say; read by others; harmless when they can't be written."""
import http.client
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import tape  # noqa: E402


def dumps(collector):
    """Dumps in the order of their time."""
    return sorted((f for f in collector.archive_files() if "/bview." in f), key=os.path.getmtime)


def updates(collector):
    return [f for f in collector.archive_files() if "/updates." in f]


def table_of(text):
    """Routes of `bgpdump -m` lines as {(peer, prefix): all the rest but the time}, in their order."""
    table = {}
    for line in text.splitlines():
        f = line.split("|")
        if f[0].endswith("_AP"):
            raise lab.Failed(f"a path id nobody sent: {line}")
        if f[2] in ("A", "B"):
            table[(f[3], f[5])] = f[4:5] + f[6:]
        elif f[2] == "W":
            table.pop((f[3], f[5]), None)
        elif f[2] == "STATE" and f[-1] != "6":
            for key in [k for k in table if k[0] == f[3]]:
                del table[key]
    return table


def bgpdump(files):
    return "".join(lab.output(["bgpdump", "-m", "-q", f]) for f in files)


def played_until(text, sec):
    """The table that the updates (as bgpdump tells them) before `sec` make."""
    return table_of("\n".join(line for line in text.splitlines() if float(line.split("|", 2)[1]) < sec))


def check(text, path):
    """A dump holds what the updates before its time made."""
    sec = next(tape.mrt_records(path))[2] // 1000000
    want, got = played_until(text, sec), table_of(bgpdump([path]))
    # the RIB's own AS number column is the peer's in both
    if want != got:
        keys = [k for k in set(want) | set(got) if want.get(k) != got.get(k)]
        raise lab.Failed(f"{path}: {len(want)} routes by the updates, {len(got)} in the dump, {len(keys)} "
                         f"differ: {keys[0]} {want.get(keys[0])} {got.get(keys[0])}")
    return len(got)


def demand(collector, method="POST"):
    connection = http.client.HTTPConnection(lab.V4, lab.HTTP_PORT, timeout=10)
    connection.request(method, "/rib/dump")
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_after_start_and_on_demand():
    """The first dump comes when all have sent End-of-RIB; others on demand, by signal and by
    HTTP; a session that ends takes its routes along."""
    lab.need("bgpdump")
    collector = lab.Ribtaped().start()
    stays = lab.Blast(lab.generate("stays", routes=20000), local="10.0.1.1")
    goes = lab.Blast(lab.generate("goes", routes=5000, seed=7), local="10.0.2.1")
    stays.wait_sent()
    goes.wait_sent()
    lab.wait(lambda: len(dumps(collector)) == 1, 30, "the dump after the start")
    goes.end()
    lab.wait(lambda: collector.metrics().get("ribtape_rib_sessions") == 1, 10, "the session to end")
    collector.signal(signal.SIGUSR1)
    lab.wait(lambda: len(dumps(collector)) == 2, 10, "the dump by SIGUSR1")
    if demand(collector)[0] != 200 or demand(collector, "GET")[0] != 405:
        raise lab.Failed("POST /rib/dump")
    lab.wait(lambda: len(dumps(collector)) == 3, 10, "the dump by HTTP")
    lab.wait(lambda: collector.metrics()["ribtape_rib_dumps_total"] == 3, 10, "three dumps to be counted")
    metrics = collector.metrics()
    if metrics["ribtape_rib_dump_failures_total"] != 0:
        raise lab.Failed(metrics)
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    text = bgpdump(updates(collector))
    counts = [check(text, f) for f in dumps(collector)]
    if not counts[0] > counts[1] == counts[2] > 0:
        raise lab.Failed(f"routes in the dumps: {counts}")


def test_borders_under_load():
    """Dumps at every border while tables arrive: each is exactly the updates before it."""
    lab.need("bgpdump")
    collector = lab.Ribtaped({"rib": {"interval": 2, "at_start": False}, "archive": {"slot": 2}}).start()
    senders = [lab.Blast(lab.generate(f"t{i}", routes=30000, seed=i), local=f"10.0.{i}.1")
               for i in range(1, 4)]
    for sender in senders:
        sender.wait_sent()
    lab.wait(lambda: len(dumps(collector)) >= 3, 30, "three dumps")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    text = bgpdump(updates(collector))
    counts = [check(text, f) for f in dumps(collector)]
    if counts[-1] == 0:
        raise lab.Failed(f"nothing in the dumps: {counts}")


def test_a_dump_that_fails():
    """A folder that can't be written to: said, counted, tried again; the records go on."""
    collector = lab.Ribtaped({"rib": {"at_start": False}}).start()
    sender = lab.Blast(lab.generate("one", routes=1000), local="10.0.1.1")
    sender.wait_sent()
    month = os.path.join(collector.archive, time.strftime("%Y.%m", time.gmtime()))
    os.makedirs(month, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=1", "none", month], check=True)
    try:
        collector.signal(signal.SIGUSR1)
        lab.wait(lambda: collector.metrics()["ribtape_rib_dump_failures_total"] == 1, 10, "the failure")
    finally:
        subprocess.run(["umount", "-l", month], check=True)
    lab.wait(lambda: dumps(collector), 20, "another try")
    if "rib: dump of" not in collector.tail(1 << 16):
        raise lab.Failed("nothing in the log")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


def test_reload():
    """What concerns dumps changes without a loss of routes; switched off, nothing is kept."""
    collector = lab.Ribtaped({"rib": {"at_start": False}}).start()
    sender = lab.Blast(lab.generate("one", routes=1000), local="10.0.1.1")
    sender.wait_sent()
    lab.wait(lambda: collector.metrics().get("ribtape_rib_routes", 0) > 900, 10, "the routes")
    collector.configure({"rib": {"at_start": False, "compression": "zstd"}})
    collector.signal(signal.SIGHUP)
    lab.wait(lambda: "is in force" in collector.tail(1 << 16), 10, "the reload")
    time.sleep(1.2)  # the sink takes it on within a second
    collector.signal(signal.SIGUSR1)
    lab.wait(lambda: [f for f in dumps(collector) if f.endswith(".zst")], 10, "a dump by zstd")
    if collector.metrics()["ribtape_rib_routes"] < 900:
        raise lab.Failed("the routes are gone")
    collector.configure({"rib": {"enabled": False}})
    collector.signal(signal.SIGHUP)
    lab.wait(lambda: demand(collector)[0] == 503, 10, "the RIB to be off")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


def test_limits_of_a_start():
    """A peer that never sends End-of-RIB is waited for start_wait long; of one session no more than
    max_routes are kept."""
    lab.need("bgpdump")
    collector = lab.Ribtaped({"rib": {"interval": 0, "start_wait": 3, "max_routes": 70}}).start()
    table = lab.generate("no-eor.mrt", routes=100, format="mrt")
    begun = time.monotonic()
    sender = lab.start([lab.RIBTAPE, "replay", "--to", f"bgp://{lab.V4}:{lab.BGP_PORT}", "--local", "10.0.1.1",
                        "--speed", "max", "--stay", "60", table], os.path.join(lab.folder(), "replay.log"))
    lab.wait(lambda: len(dumps(collector)) == 1, 20, "the dump after start_wait")
    if time.monotonic() - begun < 2:
        raise lab.Failed("it did not wait")
    if collector.metrics()["ribtape_rib_refused_total"] != 30:
        raise lab.Failed(collector.metrics())
    kept = table_of(bgpdump(dumps(collector)))
    if len(kept) != 70:
        raise lab.Failed(f"{len(kept)} routes")
    sender.terminate()
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


lab.run([test_limits_of_a_start, test_after_start_and_on_demand, test_borders_under_load, test_a_dump_that_fails, test_reload])
