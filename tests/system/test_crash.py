#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 at random moments under load: every message that reached the journal is in the archive
exactly once, and every file reads with other people's tools."""
import gzip
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import tape  # noqa: E402

KILLS = int(os.environ.get("RIBTAPE_KILLS", "20"))


def check_readers(files):
    """bgpdump and mrtparse go through every file without complaint."""
    import mrtparse
    lab.need("bgpdump")
    for path in files:
        told = lab.output(["bgpdump", "-m", "-q", path]).count("\n")
        parsed = 0
        for record in mrtparse.Reader(tape.without_microseconds(path)):
            parsed += 1
            if record.mrt.err:
                raise lab.Failed(f"mrtparse {path}: {record.mrt.err_msg}")
        if parsed == 0 or told == 0:
            raise lab.Failed(f"{path}: {parsed} records by mrtparse, {told} lines by bgpdump")


def test_exactly_once():
    """One journal segment holds the whole test, so that nothing is deleted before we look."""
    seed = int(os.environ.get("RIBTAPE_SEED", time.time()))
    dice = random.Random(seed)
    print(f"# seed {seed}, {KILLS} kills", flush=True)
    collector = lab.Ribtaped({
        "journal": {"segment_size": "256MiB", "limit": "1GiB"}, "shards": 1,
        "archive": {"slot": "10s"}, "bmp_archive": {"enabled": True}, "ndjson": {"enabled": False}})
    bgp = lab.generate("bgp", routes=30000, routes6=3000)
    bmp = lab.generate("bmp", routes=10000, routes6=1000, peers=2, format="bmp")
    collector.start()
    senders = [lab.Blast(bgp, local="10.0.1.1", sessions=3, reconnect=True),
               lab.Blast(bmp, f"{lab.V4}:{lab.BMP_PORT}", bmp=True, reconnect=True)]
    seen = 0
    for _ in range(KILLS):
        lab.wait(lambda: len(senders[0].lines("established")) > seen, 30, "a session")
        time.sleep(dice.uniform(0, 0.25))  # the random moment itself
        collector.kill()
        seen = len(senders[0].lines("established"))
        collector.start()
    lab.wait(lambda: len(senders[0].lines("established")) >= seen + 3, 30, "three sessions")
    for sender in senders:
        sender.end()
    status, _ = collector.stop()
    if status != 0:
        raise lab.Failed(f"ribtaped ended with {status}: {collector.tail()}")
    compare(collector)
    compare_raw(collector)
    check_readers(collector.archive_files())


def compare(collector):
    """Journal and archive hold the same messages, as often."""
    left = [f for f in collector.archive_files(part=True) if f.endswith(".part")]
    if left:
        raise lab.Failed(f"unfinished files after SIGTERM: {left}")
    journal = tape.journal_messages(collector.data)
    archive = tape.archive_messages(collector.archive_files())
    missing, extra = journal - archive, archive - journal
    print(f"# {sum(journal.values())} messages in the journal, {sum(archive.values())} in "
          f"{len(collector.archive_files())} files", flush=True)
    if missing or extra:
        raise lab.Failed(f"{sum(missing.values())} messages missing from the archive, "
                         f"{sum(extra.values())} too many; first: {first(missing)} {first(extra)}")
    if sum(journal.values()) < 1000 * KILLS:
        raise lab.Failed(f"only {sum(journal.values())} messages: no load")


def compare_raw(collector):
    """The raw files of the router, one after another, are what it sent, and decode takes each."""
    sent = b"".join(f[5] for f in tape.frames(os.path.join(collector.data, "journal", "0"))
                    if f[0] == tape.BMP and not f[1] & tape.REPEAT)
    files = collector.archive_files(part=True, raw=True)
    kept = b""
    for path in files:
        with gzip.open(path, "rb") as f:
            kept += f.read()
        if "bmp" not in lab.output([lab.RIBTAPE, "decode", "--count", path]):
            raise lab.Failed(f"ribtape decode does not know {path}")
    print(f"# {len(sent)} octets of BMP in the journal, {len(kept)} in {len(files)} files", flush=True)
    if kept != sent or not sent:
        raise lab.Failed("the raw archive differs from what was received")


def first(counter):
    return [(m[1], m[2][:40].hex()) for m in sorted(counter)[:2]]


if __name__ == "__main__":
    lab.run([test_exactly_once])
