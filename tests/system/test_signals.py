#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SIGTERM ends cleanly, SIGHUP disturbs nobody, garbage on the ports disturbs nobody."""
import os
import random
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import tape  # noqa: E402

PEERS = [{"address": "0.0.0.0/0"}]


def connect(port):
    s = socket.create_connection((lab.V4, port), 10)
    s.settimeout(15)
    return s


def test_sigterm_under_load():
    """Exit status 0 within 10 s in the midst of a table; Cease/Administrative Shutdown; every
    file has its final name and all that the journal has."""
    collector = lab.Ribtaped({"shards": 1, "journal": {"segment_size": "256MiB"}}).start()
    sender = lab.Blast(lab.generate("table", routes=1000000), local="10.0.1.1", sessions=2)
    sender.wait_established(2)
    status, seconds = collector.stop()
    if status != 0 or seconds > 10:
        raise lab.Failed(f"status {status} after {seconds:.1f} s: {collector.tail()}")
    lab.wait(lambda: len(sender.lines("closed")) == 2, 5, "the sessions to end")
    why = {" ".join(line[3:]) for line in sender.lines("closed")}
    if not why & {"notification 6/2", "Connection reset by peer", "Broken pipe"}:
        raise lab.Failed(f"the sessions ended by {why}")
    if any(f.endswith(".part") for f in collector.archive_files(part=True)):
        raise lab.Failed(f"unfinished files: {collector.archive_files(part=True)}")
    journal = tape.journal_messages(collector.data)
    archive = tape.archive_messages(collector.archive_files())
    if journal != archive or not journal:
        raise lab.Failed(f"journal {sum(journal.values())}, archive {sum(archive.values())} messages")


def test_sigterm_tells_why():
    """An idle session gets a NOTIFICATION with a shutdown communication (RFC 9003)."""
    collector = lab.Ribtaped().start()
    sender = lab.Blast(lab.generate("table", routes=100), local="10.0.1.1")
    sender.wait_sent()
    status, seconds = collector.stop()
    lab.wait(lambda: sender.lines("closed"), 5, "the session to end")
    why = " ".join(sender.lines("closed")[0][3:])
    if status != 0 or seconds > 10 or why != "notification 6/2":
        raise lab.Failed(f"status {status}, {seconds:.1f} s, {why}")
    told = [r for r in collector.records() if r["type"] == "notification" and r.get("direction") == "sent"]
    if not told:
        raise lab.Failed("the NOTIFICATION we sent is not in the records")


def test_sighup_keeps_sessions():
    """A reload that adds a peer and a port keeps what is up; one that is wrong changes nothing."""
    collector = lab.Ribtaped({"bgp": {"peers": PEERS}}).start()
    sender = lab.Blast(lab.generate("table", routes=1000), local="10.0.1.1")
    sender.wait_sent()
    listen = [f"{lab.V4}:{lab.BGP_PORT}", f"{lab.V4}:1279"]
    collector.configure({"bgp": {"listen": listen, "peers": PEERS + [{"address": "198.51.100.0/24"}]}})
    collector.signal(signal.SIGHUP)
    lab.wait(lambda: can_connect(1279), 10, "the new port to listen")
    with open(collector.file, "w") as f:
        f.write("bgp: {listen: nonsense}\nunknown: 1\n")
    size = len(collector.tail(1 << 20))
    collector.signal(signal.SIGHUP)
    lab.wait(lambda: "ribtaped.yaml" in collector.tail(1 << 20)[size:], 10, "the complaint in the log")
    if not can_connect(1279) or collector.http("/healthz")[0] != 200:
        raise lab.Failed("a wrong file changed the running configuration")
    end = sender.end()
    if end["up"] != 1 or end["closed"]:
        raise lab.Failed(f"the session was lost: {end}")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


def can_connect(port):
    try:
        connect(port).close()
        return True
    except ConnectionRefusedError:
        return False


def garbage(dice):
    """Streams that no sound sender makes."""
    marker = b"\xff" * 16
    opened = marker + bytes.fromhex("001d0104fde8005a0a00000100")
    yield b""
    yield dice.randbytes(5000)
    yield marker + b"\xff\xff\x02" + dice.randbytes(3000)
    yield marker + b"\x00\x05\x01"
    yield opened[:20]
    yield opened + marker + b"\x00\x13\x04" + marker + b"\x00\x40\x02" + dice.randbytes(45)
    yield opened + opened
    yield b"\x03\x7f\xff\xff\xff\x00" + dice.randbytes(2000)
    yield b"\x03\x00\x00\x00\x06\x04" + b"\x03\x00\x00\x00\x30\x00" + dice.randbytes(42)
    yield b"\x03\x00\x00\x00\x80\x03" + dice.randbytes(122) * 20
    yield b"GET / HTTP/1.1\r\n\r\n"


def test_garbage_disturbs_nobody():
    """A sound session and a sound BMP stream next to fifty rounds of garbage on every port."""
    collector = lab.Ribtaped({"http": {"listen": f"{lab.V4}:{lab.HTTP_PORT}"}}).start()
    table = lab.generate("table", routes=20000)
    bgp = lab.Blast(table, local="10.0.1.1", hold=9)
    bmp = lab.Blast(lab.generate("bmp", routes=5000, format="bmp"), f"{lab.V4}:{lab.BMP_PORT}",
                    local="10.0.2.1", bmp=True)
    bgp.wait_established(1)
    dice = random.Random(7)
    held = []
    for _ in range(50):
        for port in (lab.BGP_PORT, lab.BMP_PORT, lab.HTTP_PORT):
            for data in garbage(dice):
                s = connect(port)
                try:
                    s.sendall(data)
                except OSError:
                    pass  # it hung up already: its right
                held.append(s)
                if len(held) > 100:
                    held.pop(dice.randrange(100)).close()
    for s in held:
        s.close()
    bgp.wait_sent()
    bmp.wait_sent()
    lab.wait(lambda: len(collector.records()) > 2500, 30, "the records")
    ends = bgp.end(), bmp.end()
    if any(e["up"] != 1 or e["closed"] for e in ends):
        raise lab.Failed(f"sound sessions were lost: {ends}: {collector.tail()}")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())
    with open(table, "rb") as f:
        sent = f.read()
    got = b"".join(tape.message_of(s, b) for p in collector.archive_files()
                   for k, s, _, b in tape.mrt_records(p)
                   if k == 17 and s != 5 and b[12:16] == bytes([10, 0, 1, 1])
                   and tape.message_of(s, b)[18] == 2)
    if got != sent:
        raise lab.Failed(f"{len(got)} octets of UPDATEs archived, {len(sent)} sent")


def test_a_port_that_needs_a_permission():
    """Who may not have a port is told what to do, and a taken one is named; status 1."""
    lab.need("setpriv")
    collector = lab.Ribtaped({"http": {"listen": ""}, "bgp": {"listen": [f"{lab.V4}:179"]}})
    os.chmod(collector.dir, 0o777)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = subprocess.run([*nobody, lab.RIBTAPED, "--config", collector.file], capture_output=True, text=True,
                          check=False, timeout=20)
    if done.returncode != 1 or f"listen on {lab.V4}:179: Permission denied; ports below 1024" not in done.stderr:
        raise lab.Failed(f"status {done.returncode}: {done.stderr}")
    with socket.create_server((lab.V4, lab.HTTP_PORT)):
        collector = lab.Ribtaped()
        done = subprocess.run([lab.RIBTAPED, "--config", collector.file], capture_output=True, text=True,
                              check=False, timeout=20)
    want = f"http: listen on {lab.V4}:{lab.HTTP_PORT}: Address already in use\n"
    if done.returncode != 1 or not done.stderr.endswith(want):
        raise lab.Failed(f"status {done.returncode}: {done.stderr}")


def test_bgp_port():
    """--bgp-port holds whatever bgp.listen says, after a reload, too."""
    collector = lab.Ribtaped()
    collector.process = lab.start([lab.RIBTAPED, "--config", collector.file, "--bgp-port", "1999"], collector.log,
                                  cwd=collector.dir)
    lab.wait(collector.healthy, 20, "ribtaped to be healthy")
    for reloads in (1, 2):
        socket.create_connection((lab.V4, 1999), 5).close()
        socket.create_connection((lab.V6, 1999), 5).close()
        try:
            socket.create_connection((lab.V4, lab.BGP_PORT), 5).close()
            raise lab.Failed("bgp.listen's port is open, too")
        except ConnectionRefusedError:
            pass
        collector.signal(signal.SIGHUP)
        lab.wait(lambda: collector.metrics().get("ribtape_reloads_total") == reloads, 10, "the reload")
    if collector.stop()[0] != 0:
        raise lab.Failed(collector.tail())


def test_closed_streams():
    """Without standard output and error no file gets what is meant for them."""
    collector = lab.Ribtaped({"ndjson": {"path": "-"}})
    collector.start(prefix=["bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash"])
    sender = lab.Blast(lab.generate("table", routes=1000), local="10.0.1.1")
    sender.wait_sent()
    lab.wait(lambda: collector.metrics()["ribtape_ndjson_closed"] == 1, 10, "the sink to give up")
    with open(os.path.join(collector.data, "lock")) as f:
        if f.read() != f"{collector.process.pid}\n":
            raise lab.Failed("the lock file has got something else")
    sender.end()
    if collector.stop()[0] != 0:
        raise lab.Failed("ribtaped failed")
    if tape.journal_messages(collector.data) != tape.archive_messages(collector.archive_files()):
        raise lab.Failed("journal and archive differ")


if __name__ == "__main__":
    lab.run([test_sigterm_under_load, test_sigterm_tells_why, test_sighup_keeps_sessions,
             test_garbage_disturbs_nobody, test_a_port_that_needs_a_permission, test_bgp_port, test_closed_streams])
