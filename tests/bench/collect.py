#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""collect: a full table from one sender process, into BIRD 2, pmbgpd and ribtaped, in one run.

Times count from the first octet of the table. Prints seconds, ratios and memory. Not part of
tests/run. Usage: tests/bench/collect.py [--routes N] [--peers N] [--rounds N]
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=1000000)
    parser.add_argument("--peers", type=int, default=10, help="sessions of the last part")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    return parser.parse_args()


def started(sender):
    return float(sender.wait_sent(300)[3])


def poll(predicate, seconds, what):
    """As lab.wait, every millisecond, and the time when it became true."""
    end = time.time() + seconds
    while not predicate():
        if time.time() > end:
            raise lab.Failed(f"waited {seconds} s for {what}")
        time.sleep(0.001)
    return time.time()


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        found = dict(re.findall(r"(VmRSS|RssAnon|VmHWM):\s+(\d+)", f.read()))
    return {k: int(v) // 1024 for k, v in found.items()}


def messages(table):
    with open(table, "rb") as f:
        return f.read().count(b"\xff" * 16)


def bird(table, routes, mrtdump):
    """BIRD 2 as the receiver: until it holds every route."""
    d = lab.folder()
    dump = f'mrtdump "{d}/dump";\nmrtdump protocols {{ messages }};\n' if mrtdump else ""
    with open(d + "/bird.conf", "w") as f:
        f.write(f"log stderr all;\nrouter id {lab.V4};\n{dump}protocol device {{}}\n"
                f"protocol bgp p {{ local {lab.V4} port {lab.BGP_PORT} as 65000; neighbor 10.0.1.1 as 65001; passive;"
                f" multihop; ipv4 {{ import all; export none; }}; }}\n")
    process = lab.start(["/usr/sbin/bird", "-f", "-c", d + "/bird.conf", "-s", d + "/ctl", "-P", d + "/pid"], d + "/log")
    lab.wait(lambda: os.path.exists(d + "/ctl"), 10, "birdc's socket")
    sender = lab.Blast(table, local="10.0.1.1")

    def full():
        text = lab.output(["/usr/sbin/birdc", "-s", d + "/ctl", "show", "route", "count"])
        return f"Total: {routes} of" in text

    done = poll(full, 300, "BIRD to hold the table")
    return {"held": done - started(sender), **memory(process.pid)}


def pmbgpd(table, routes):
    """pmbgpd with its JSON message log in a file: until every route is in it."""
    d = lab.folder()
    log = d + "/messages.json"
    with open(d + "/pmbgpd.conf", "w") as f:
        f.write(f"daemonize: false\nbgp_daemon_ip: {lab.V4}\nbgp_daemon_port: {lab.BGP_PORT}\n"
                f"bgp_daemon_max_peers: 20\nbgp_daemon_msglog_file: {log}\nbgp_daemon_msglog_output: json\n"
                f"bgp_daemon_pipe_size: 8388608\nbgp_daemon_as: 65001\n")
    process = lab.start(["/usr/sbin/pmbgpd", "-f", d + "/pmbgpd.conf"], d + "/log")
    lab.wait(lambda: "waiting for BGP data" in open(d + "/log").read(), 20, "pmbgpd")
    sender = lab.Blast(table, local="10.0.1.1")
    state = {"off": 0, "lines": 0}

    def full():
        if os.path.exists(log):
            with open(log, "rb") as f:
                f.seek(state["off"])
                data = f.read()
            state["off"] += len(data)
            state["lines"] += data.count(b'"log_type": "update"')
        return state["lines"] >= routes * 0.999  # a marker cut by the read is not counted

    done = poll(full, 300, "pmbgpd to log the table")
    return {"logged": done - started(sender), **memory(process.pid)}


def value(metrics, name):
    found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", metrics, re.M)
    return float(found.group(1)) if found else 0.0


def ribtaped(table, peers=1):
    """ribtaped: until all is in the journal, in the gzip archive, and in the records' file. The
    configuration is the built-in one, but for the records, which go to a file."""
    collector = lab.Ribtaped({"bgp": {"defaults": {"local_as": "auto"}}}).start()
    idle = memory(collector.process.pid)
    want = messages(table) * peers
    sender = lab.Blast(table, local="10.0.1.1", sessions=peers)
    out, peak = {}, dict(idle)
    end = time.time() + 300
    while len(out) < 3 and time.time() < end:
        metrics = collector.http("/metrics")[1]
        now = time.time()
        received = sum(float(v) for v in re.findall(r'^ribtape_bgp_messages_total\{.*type="update"\} (\S+)$', metrics, re.M))
        checks = {"journal": received >= want,
                  "archive": value(metrics, 'ribtape_archive_records_total{type="message"}') >= want,
                  "ndjson": value(metrics, "ribtape_ndjson_records_total") >= want}
        for key, done in checks.items():
            if done:
                out.setdefault(key, now)
        for key, mib in memory(collector.process.pid).items():
            peak[key] = max(peak[key], mib)
        time.sleep(0.002)
    if len(out) < 3:
        raise lab.Failed(f"not complete after 300 s: {out} of {want} messages\n{collector.tail()}")
    begun = started(sender)
    result = {key: moment - begun for key, moment in out.items()}
    size = os.path.getsize(collector.ndjson)
    sender.end()
    status, _ = collector.stop(30)
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    archived = sum(os.path.getsize(f) for f in collector.archive_files())
    return {**result, **peak, "ndjson MiB": size >> 20, "archive MiB": archived >> 20}


def best_of(rounds, function, *args):
    """Runs it several times and returns the median of each figure."""
    results = []
    for _ in range(rounds):
        results.append(function(*args))
        lab.stop_all()
    return {k: statistics.median(r[k] for r in results) for k in results[0]}


def show(name, figures):
    text = "  ".join(f"{k} {v:.3f} s" if isinstance(v, float) and k[0].islower() and " " not in k else f"{k} {v:.0f}"
                     for k, v in figures.items())
    print(f"{name:28} {text}", flush=True)


def main():
    o = options()
    lab.enter_namespace()
    keep = "/run/table"  # in this namespace's tmpfs; lab.stop_all removes the folders
    subprocess.run([lab.RIBTAPE, "generate", "--routes", str(o.routes), "--output", keep], check=True)
    print(f"{o.routes} routes in {messages(keep)} UPDATEs, {os.path.getsize(keep) >> 20} MiB, "
          f"{os.cpu_count()} processors, median of {o.rounds}; memory in MiB", flush=True)
    b = best_of(o.rounds, bird, keep, o.routes, False)
    show("BIRD 2", b)
    show("BIRD 2 with mrtdump", best_of(o.rounds, bird, keep, o.routes, True))
    r = best_of(o.rounds, ribtaped, keep)
    show("ribtaped", r)
    print(f"{'':28} journal {b['held'] / r['journal']:.1f}x faster than BIRD (wanted: 5x); archive and records "
          f"{b['held'] / max(r['archive'], r['ndjson']):.2f}x BIRD (wanted: 1x); RssAnon {r['RssAnon']:.0f} MiB (wanted: < 64)", flush=True)
    if os.path.exists("/usr/sbin/pmbgpd"):
        p = best_of(1, pmbgpd, keep, o.routes)
        show("pmbgpd, JSON log", p)
        print(f"{'':28} archive and records {p['logged'] / max(r['archive'], r['ndjson']):.1f}x faster than pmbgpd (wanted: 8x)")
    show(f"ribtaped, {o.peers} peers", best_of(1, ribtaped, keep, o.peers))


if __name__ == "__main__":
    main()
