#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""bmp: one router's BMP over loopback, into ribtaped (journal, gzip archive, NDJSON) and into pmbmpd
with its JSON log, in one run.

Times count from the first octet until everything is in the files, for both; for ribtaped also until all is
durable and its cursors say so (pmbmpd has nothing of the kind). Prints seconds, messages per second, the ratio
and memory; fails when a message is missing. Not part of tests/run.
Usage: tests/bench/bmp.py [--messages N] [--peers N] [--rounds N] [--no-log]
"""
import argparse
import collections
import json
import os
import statistics
import struct
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"),
                os.path.dirname(os.path.abspath(__file__))]

import lab  # noqa: E402
from collect import memory, poll, started  # noqa: E402

TO = f"{lab.V4}:{lab.BMP_PORT}"


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000000, help="Route Monitoring messages, about")
    parser.add_argument("--peers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3, help="of ribtaped; the median is shown")
    parser.add_argument("--only", choices=["ribtaped", "pmbmpd"], help="leave the other out")
    return parser.parse_args()


def messages_of(path):
    """Yields (type, whole message) of a stream."""
    with open(path, "rb") as f:
        while head := f.read(6):
            _, length, kind = struct.unpack(">BIB", head)
            yield kind, head + f.read(length - 6)


def split(message):
    """One Route Monitoring message with IPv4 routes as one for each route."""
    peer, attrs_len = message[6:48], struct.unpack_from(">H", message, 48 + 21)[0]
    attrs, at = message[48 + 21:48 + 23 + attrs_len], 48 + 23 + attrs_len
    while at < len(message):
        end = at + 1 + (message[at] + 7) // 8
        update = 16 * b"\xff" + struct.pack(">HBH", 21 + len(attrs) + end - at, 2, 0) + attrs + message[at:end]
        yield struct.pack(">BIB", 3, 48 + len(update), 0) + peer + update
        at = end


def make_stream(path, o):
    """Writes a stream whose UPDATEs hold one route each; returns its messages' count by type. Routes and
    attributes are `ribtape generate`'s."""
    whole = path + ".whole"
    subprocess.run([lab.RIBTAPE, "generate", "--format", "bmp", "--peers", str(o.peers), "--routes",
                    str(o.messages // o.peers), "--output", whole], check=True)
    counts = collections.Counter()
    with open(path, "wb") as out:
        for kind, message in messages_of(whole):
            routes = kind == 0 and len(message) > 48 + 23
            for one in split(message) if routes else [message]:
                out.write(one)
                counts[kind] += 1
                counts["routes"] += routes
    os.unlink(whole)
    return counts


def processor_time(pid):
    """Seconds that a process and its children's threads were on a processor."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(processor_time(c) for c in children)


def pmbmpd(stream, counts):
    d = lab.folder()
    log = d + "/messages.json"
    with open(d + "/pmbmpd.conf", "w") as f:
        f.write(f"daemonize: false\nbmp_daemon_ip: {lab.V4}\nbmp_daemon_port: {lab.BMP_PORT}\nbmp_daemon_max_peers: 20\n"
                f"bmp_daemon_msglog_file: {log}\nbmp_daemon_msglog_output: json\nbmp_daemon_pipe_size: 8388608\n")
    process = lab.start(["/usr/sbin/pmbmpd", "-f", d + "/pmbmpd.conf"], d + "/log")
    lab.wait(lambda: "waiting for BMP data" in open(d + "/log").read(), 20, "pmbmpd")
    sender = lab.Blast(stream, TO, bmp=True)
    state = {"off": 0, "lines": 0, "peak": memory(process.pid)}
    want = counts["routes"]

    def full():
        if os.path.exists(log):
            with open(log, "rb") as f:
                f.seek(state["off"])
                data = f.read()
            state["off"] += len(data)
            state["lines"] += data.count(b'"log_type": "update"')
        now = memory(process.pid)
        state["peak"] = {k: max(v, now.get(k, 0)) for k, v in state["peak"].items()}
        return state["lines"] >= want * 0.999  # a marker cut by the read is not counted

    done = poll(full, 900, lambda: f"{want} routes in pmbmpd's log, {state['lines']} are there")
    return {"logged": done - started(sender), "cpu": processor_time(process.pid), **state["peak"]}


def value(collector, name, **labels):
    """The sum of a metric's samples that have these labels."""
    return sum(v for k, v in collector.metrics().items() if k.split("{")[0] == name
               and all(f'{label}="{text}"' in k for label, text in labels.items()))


def progress(collector, counts):
    """What has been reached: in the journal, in the files, and behind durable cursors (archive: both at once)."""
    m = collector.metrics()
    total = sum(v for k, v in counts.items() if k != "routes")
    frames = {sink: m.get(f'ribtape_sink_frames_total{{sink="{sink}"}}', 0) for sink in ("archive", "ndjson")}
    return {
        "journal": sum(v for k, v in m.items() if k.startswith("ribtape_bmp_messages_total{")) >= total,
        "archive": m.get('ribtape_archive_records_total{type="message"}', 0) >= counts[0] + 2 * counts[3],
        "ndjson": m.get("ribtape_ndjson_records_total", 0) >= total,
        "durable": min(frames.values()) >= total}


def ribtaped(stream, counts):
    collector = lab.Ribtaped({"bgp": {"listen": []}, "rib": {"enabled": False}}).start()
    idle = memory(collector.process.pid)
    sender = lab.Blast(stream, TO, bmp=True)
    out, peak, end = {}, dict(idle), time.time() + 300
    while len(out) < 4 and time.time() < end:
        have, now = progress(collector, counts), time.time()
        for key, reached in have.items():
            if reached:
                out.setdefault(key, now)
        for key, mib in memory(collector.process.pid).items():
            peak[key] = max(peak[key], mib)
        time.sleep(0.05)
    if len(out) < 4:
        raise lab.Failed(f"not complete after 300 s: {have}\n{collector.tail()}")
    begun = started(sender)
    result = {key: moment - begun for key, moment in out.items()}
    result["cpu"] = processor_time(collector.process.pid)
    sender.end()
    status, _ = collector.stop(30)
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    check(collector, counts)
    sizes = {"ndjson MiB": os.path.getsize(collector.ndjson) >> 20,
             "archive MiB": sum(os.path.getsize(f) for f in collector.archive_files()) >> 20}
    return {**result, **peak, **sizes}


def check(collector, counts):
    """Every Route Monitoring is one record, and one UPDATE in the archive."""
    with open(collector.ndjson, "rb") as f:
        updates = sum(b'"type":"update"' in line for line in f)
    told = json.dumps(counts)
    archived = 0
    for path in collector.archive_files():
        text = lab.output([lab.RIBTAPE, "decode", "--count", path])
        archived += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("update "))
    if updates != counts[0] or archived != counts[0]:
        raise lab.Failed(f"{updates} records and {archived} UPDATEs in the archive of {told}")


def main():
    o = options()
    lab.enter_namespace()
    keep = "/run/stream"  # in this namespace's tmpfs; lab.stop_all removes the folders
    counts = make_stream(keep, o)
    print(f"{counts[0]} Route Monitoring messages, {o.peers} peers, {counts['routes']} routes, {os.path.getsize(keep) >> 20} MiB, "
          f"{os.cpu_count()} processors; memory in MiB", flush=True)
    rounds = []
    for _ in range(o.rounds if o.only != "pmbmpd" else 0):
        rounds.append(ribtaped(keep, counts))
        show("ribtaped", rounds[-1])
        lab.stop_all()
    other = pmbmpd(keep, counts) if o.only != "ribtaped" else None
    if other:
        show("pmbmpd, JSON log", other)
    if not rounds:
        return
    whole = statistics.median(max(r["archive"], r["ndjson"]) for r in rounds)
    print(f"ribtaped {counts[0] / whole:.0f} messages/s in the files, RssAnon {max(r['RssAnon'] for r in rounds)} MiB (wanted: < 64)")
    if other:
        print(f"pmbmpd {counts[0] / other['logged']:.0f} messages/s: {other['logged'] / whole:.1f}x (wanted: 15x), "
              f"{other['cpu'] / statistics.median(r['cpu'] for r in rounds):.1f}x the processor time")


def show(name, figures):
    text = "  ".join(f"{k} {v:.3f} s" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items())
    print(f"{name:20} {text}", flush=True)


if __name__ == "__main__":
    main()
