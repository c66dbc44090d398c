# SPDX-License-Identifier: BSD-2-Clause
"""speaker: a BGP neighbour that misbehaves within the rules, at random but repeatable: announces,
changes, withdraws, refreshes (RFC 7313), restarts gracefully (RFC 4724) and drops its session."""
import random
import socket
import struct
import threading
import time

import lab
import mrt


class Speaker(threading.Thread):
    """Runs until stop(); `add_path`: two paths for some prefixes; `v6`: IPv6 routes too."""

    def __init__(self, number, routes=2000, add_path=False, graceful=True, pause=.05):
        super().__init__(daemon=True)
        self.addr = f"10.7.{number // 250}.{number % 250 + 1}"
        self.asn = 4200000000 + number
        self.random = random.Random(number)
        self.routes, self.add_path, self.pause = routes, add_path, pause
        self.graceful = graceful
        self.ending = threading.Event()
        self.error = None
        self.sock = None
        self.done = {}

    # ---- sessions ----

    def capabilities(self, restarting):
        caps = [mrt.capability(1, struct.pack(">HBB", afi, 0, 1)) for afi in (1, 2)]
        caps += [mrt.capability(2), mrt.capability(70)]
        if self.graceful:
            flags = 0x8000 if restarting else 0
            caps.append(mrt.capability(64, struct.pack(">HHBBHBB", flags | 60, 1, 1, 0x80, 2, 1, 0x80)))
        if self.add_path:
            caps.append(mrt.capability(69, struct.pack(">HBB", 1, 1, 2)))
        return caps

    def connect(self, restarting):
        self.sock = socket.create_connection((lab.V4, lab.BGP_PORT), 20, source_address=(self.addr, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(mrt.open_message(self.asn, self.addr, *self.capabilities(restarting)))
        self.read_until(mrt.OPEN)
        self.sock.sendall(mrt.message(mrt.KEEPALIVE))
        self.read_until(mrt.KEEPALIVE)

    def read_until(self, kind):
        while True:
            head = self.exactly(19)
            length, got = struct.unpack(">HB", head[16:])
            self.exactly(length - 19)
            if got == kind:
                return
            if got == mrt.NOTIFICATION:
                raise ConnectionError("NOTIFICATION")

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data

    # ---- messages ----

    def attributes(self, v6_nlri=()):
        r = self.random
        path = [self.asn] + [r.randrange(1, 1 << 31) for _ in range(r.randrange(4))]
        hop = bytes.fromhex("fd00000000000000000000000000") + struct.pack(">H", r.randrange(1, 9))
        return mrt.attrs(path, r.choice((None, r.randrange(100))), None if v6_nlri else self.addr,
                         [r.randrange(1 << 32) for _ in range(r.randrange(4))],
                         mrt.mp_reach(2, 1, hop, *v6_nlri) if v6_nlri else b"")

    def some(self, count):
        """Prefixes, IPv4, each with a path id where there are such."""
        out = []
        for _ in range(count):
            path_id = struct.pack(">I", self.random.randrange(1, 3)) if self.add_path else b""
            out.append(path_id + b"\x18" + struct.pack(">I", 100 << 16 | self.random.randrange(self.routes))[1:])
        return out

    def some6(self, count):
        return [b"\x30\x20\x01" + struct.pack(">I", 0xdb80000 | self.random.randrange(self.routes))
                for _ in range(count)]

    def send(self, *messages):
        self.sock.sendall(b"".join(messages))

    def announce(self):
        self.send(*(mrt.update(self.some(80), attributes=self.attributes()) for _ in range(10)),
                  *(mrt.update(attributes=self.attributes(self.some6(40))) for _ in range(3)))

    def withdraw(self):
        self.send(mrt.update(withdraw=self.some(100)), mrt.update(attributes=mrt.mp_unreach(2, 1, *self.some6(30))))

    def refresh(self):
        self.send(mrt.refresh(1))
        self.announce()
        time.sleep(self.pause)
        self.announce()
        self.send(mrt.refresh(2))

    def restart(self):
        """The connection goes without a word; then a part of the routes is back."""
        self.sock.close()
        time.sleep(self.pause)
        self.connect(True)
        self.announce()
        time.sleep(self.pause)
        self.send(mrt.eor(), mrt.eor(2, 1))

    def begin_anew(self):
        self.send(mrt.message(mrt.NOTIFICATION, b"\6\4"))
        self.sock.close()
        self.connect(False)
        self.announce()

    def act(self):
        rarely = min(1, 3000 / self.routes)  # so that large tables fill up between
        what = self.random.choices((self.announce, self.withdraw, self.refresh, self.restart, self.begin_anew),
                                   (50, 30, 8 * rarely, 4 * rarely, 2 * rarely))[0]
        what()
        self.done[what.__name__] = self.done.get(what.__name__, 0) + 1

    # ---- the thread ----

    def run(self):
        while not self.ending.is_set():
            try:
                self.connect(False)
                self.announce()
                self.send(mrt.eor(), mrt.eor(2, 1))
                while not self.ending.is_set():
                    self.act()
                    self.ending.wait(self.pause)
            except (ConnectionError, OSError):  # the collector was killed: again
                self.ending.wait(.2)
            except Exception as why:  # noqa: BLE001: told by stop()
                self.error = why
                return

    def stop(self):
        """Ends it, without a word to the collector."""
        self.ending.set()
        self.join(20)
        if self.sock is not None:
            self.sock.close()
        if self.error is not None:
            raise lab.Failed(f"speaker {self.addr}: {self.error!r}")
        return self.done
