#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A full disk: a clear error, sessions stay up, work resumes by itself, nothing is missing."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import tape  # noqa: E402

DISK = 24 << 20
TABLE = {"routes": 500000}


def small_disk():
    path = lab.folder()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", path], check=True)
    return path


def fill(path, leave):
    """Occupies the disk but for `leave` octets."""
    stat = os.statvfs(path)
    with open(os.path.join(path, "filler"), "wb") as f:
        os.posix_fallocate(f.fileno(), 0, stat.f_bavail * stat.f_frsize - leave)


def run(leave, complaint):
    path = small_disk()
    collector = lab.Ribtaped({
        "data_dir": os.path.join(path, "data"), "shards": 1, "ndjson": {"enabled": False},
        "journal": {"segment_size": "1MiB", "limit": "8MiB"}})
    collector.archive = os.path.join(path, "data", "archive")
    collector.start()
    silent = lab.Blast(lab.generate("few", routes=10), local="10.0.1.9", asn=65009, hold=3)
    silent.wait_established(1, 10)
    fill(path, leave)
    began = time.time()
    table = lab.generate("table", **TABLE)
    sender = lab.Blast(table, local="10.0.1.1", hold=9)
    lab.wait(lambda: complaint(collector), 30, "the disk to be full and said so")
    if collector.http("/healthz")[0] not in (200, 503):
        raise lab.Failed("/healthz does not answer")
    lab.wait(lambda: time.time() > began + 7, 20, "two hold times of the silent session")
    if sender.lines("closed") or silent.lines("closed"):
        raise lab.Failed(f"sessions were lost: {sender.lines('closed')} {silent.lines('closed')}")
    os.unlink(os.path.join(path, "filler"))
    sender.wait_sent(60)
    lab.wait(lambda: received(collector) >= messages(table) and drained(collector), 60,
             "the archive to catch up")
    gap = silent.end()
    end = sender.end()
    if end["up"] != 1 or gap["up"] != 1 or gap["keepalive-gap-ms"] > 3000:
        raise lab.Failed(f"sessions after the trouble: {end} {gap}")
    status, _ = collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    check_complete(collector, table)


def received(collector):
    return collector.metrics().get('ribtape_bgp_messages_total{shard="0",type="update"}', 0)


def messages(table):
    """How many messages a file of BGP messages holds."""
    with open(table, "rb") as f:
        return f.read().count(b"\xff" * 16)


def drained(collector):
    values = collector.metrics()
    lag = [v for k, v in values.items() if k.startswith("ribtape_sink_lag_bytes") and "archive" in k]
    failing = [v for k, v in values.items() if k.startswith("ribtape_sink_failing")]
    return lag and max(lag) == 0 and max(failing) == 0


def check_complete(collector, table):
    """Every UPDATE of the table is in the archive once and in order."""
    with open(table, "rb") as f:
        sent = f.read()
    got = []
    for path in collector.archive_files():
        for kind, subtype, _, body in tape.mrt_records(path):
            if kind == 17 and subtype != 5 and body[12:16] == bytes([10, 0, 1, 1]):
                message = tape.message_of(subtype, body)
                if message[18] == 2:
                    got.append(message)
    if b"".join(got) != sent:
        raise lab.Failed(f"{len(got)} UPDATEs of {len(b''.join(got))} octets archived, {len(sent)} sent")


def test_archive_has_no_space():
    """The journal has its segments; the archive does not find room."""
    run(5 << 20, lambda c: "No space left" in c.tail(100000))


def test_journal_has_no_space():
    """No room even for the journal's next segment: TCP pushes back, keepalives go on."""
    run(1 << 20, lambda c: "No space left" in c.tail(100000)
        and c.metrics()['ribtape_journal_blocked{shard="0"}'] == 1)


if __name__ == "__main__":
    lab.run([test_archive_has_no_space, test_journal_has_no_space])
