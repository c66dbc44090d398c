#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""BMP over TLS and behind PROXY headers, spoken by openssl and stunnel: what is sent is recorded
octet for octet; who must not come in is told why in one line of the log and leaves nothing."""
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402
import tape  # noqa: E402
from certs import Authority  # noqa: E402

TLS_PORT, PROXY_PORT, DIAL_PORT = 11020, 11021, 11790
REAL, REAL_PORT = "198.51.100.7", 40000
INITIATION = bytes.fromhex("03 0000000f 04 0002 0005") + b"lab-1"
EXPIRED = {"begin": "20200101000000Z", "end": "20200201000000Z"}


class Pki:
    def __init__(self):
        self.ours = Authority(lab.folder())
        self.server = self.ours.issue("collector", f"DNS:collector.test,IP:{lab.V4}")
        self.client = self.ours.issue("router", f"DNS:router.test,IP:{lab.V4}")


def collector_of(pki, client="required", extra=None, **bmp):
    return lab.Ribtaped(lab.merge(lab.merge({"shards": 1, "bgp": {"listen": []}, "bmp": {
        "listeners": [{"address": f"{lab.V4}:{TLS_PORT}", "tls": True}],
        "tls": {"certificate": pki.server[0], "key": pki.server[1], "ca": pki.ours.ca, "client": client,
                "handshake_timeout": 5}}}, {"bmp": bmp}), extra))


def s_client(pki, certificate=None, *options):
    """A router: openssl s_client with its standard input open."""
    argv = ["openssl", "s_client", "-quiet", "-connect", f"{lab.V4}:{TLS_PORT}", "-CAfile", pki.ours.ca,
            *options]
    if certificate:
        argv += ["-cert", certificate[0], "-key", certificate[1]]
    return lab.start(argv, os.path.join(lab.folder(), "s_client.log"), stdin=subprocess.PIPE)


def recorded(collector):
    """All octets of BMP in the journal."""
    found = b""
    for _, flags, _, _, _, payload in (f for f in tape.frames(os.path.join(collector.data, "journal", "0"))
                                       if f[0] == tape.BMP):
        if not flags & tape.REPEAT:
            found += payload
    return found


def expect_recorded(collector, data, seconds=30):
    lab.wait(lambda: len(recorded(collector)) >= len(data), seconds,
             lambda: f"{len(data)} octets in the journal, {len(recorded(collector))} are there")
    if recorded(collector) != data:
        raise lab.Failed("the journal differs from what was sent")


def expect_log(collector, text, lines=1):
    def found():
        with open(collector.log) as f:
            return [line for line in f if text in line]
    got = lab.wait(found, 15, f"\"{text}\" in the log")
    if len(got) != lines:
        raise lab.Failed(f"{len(got)} lines with \"{text}\": {got}")
    return got[0]


def expect_refused(collector, reason, text):
    expect_log(collector, text)
    name = f'ribtape_refused_total{{shard="0",reason="{reason}"}}'
    if collector.metrics()[name] < 1:
        raise lab.Failed(f"{name} is {collector.metrics()[name]}")
    if recorded(collector):
        raise lab.Failed("something was recorded")


def test_s_client_delivers_a_stream_octet_for_octet():
    pki = Pki()
    stream = lab.generate("stream", routes=5000, peers=3, format="bmp")
    with open(stream, "rb") as f:
        one = f.read()
    data = one
    collector = collector_of(pki).start()
    for version in ("-tls1_2", "-tls1_3"):
        router = s_client(pki, pki.client, version, "-verify_hostname", "collector.test", "-verify_return_error")
        router.stdin.write(one)
        router.stdin.flush()
        expect_recorded(collector, data)
        line = expect_log(collector, f"BMP stream begins, TLSv{version[-3:].replace('_', '.')}")
        if "CN=router" not in line.replace("CN = ", "CN=") or len(collector.peers()) == 0:
            raise lab.Failed(f"the router's subject is not told: {line}")
        if "TLSv1" not in collector.http("/peers")[1]:
            raise lab.Failed("/peers does not tell of TLS")
        router.kill()
        data += one
    collector.stop()


def test_certificates_that_must_not_pass():
    pki = Pki()
    other = Authority(lab.folder(), "another CA")
    cases = [(other.issue("router"), "certificate is refused: unable to get local issuer certificate"),
             (pki.ours.issue("old", **EXPIRED), "certificate is refused: certificate has expired"),
             (None, "peer did not return a certificate")]
    for certificate, text in cases:
        collector = collector_of(pki).start()
        router = s_client(pki, certificate)
        with contextlib.suppress(BrokenPipeError):  # it may be gone already
            router.stdin.write(INITIATION)
            router.stdin.flush()
        expect_refused(collector, "tls-handshake", text)
        router.wait(15)
        collector.stop()


def test_plain_text_old_versions_and_silence():
    pki = Pki()
    collector = collector_of(pki, extra={"bmp": {"tls": {"min_version": "1.3", "handshake_timeout": 1}}}).start()
    with socket.create_connection((lab.V4, TLS_PORT)) as plain:
        plain.sendall(INITIATION)
        expect_refused(collector, "tls-handshake", "TLS handshake: wrong version number")
    router = s_client(pki, pki.client, "-tls1_2")
    expect_refused(collector, "tls-handshake", "TLS handshake: unsupported protocol")
    router.wait(15)
    with socket.create_connection((lab.V4, TLS_PORT)) as silent:
        expect_refused(collector, "tls-handshake", "TLS handshake: it took too long")
        if silent.recv(1) != b"":
            raise lab.Failed("a silent connection stays open")
    collector.stop()


def test_optional_certificates_and_names():
    pki = Pki()
    collector = collector_of(pki, client="optional", routers=[
        {"address": "192.0.2.0/24", "tls": True}, {"address": "fd00::/64", "tls": True}]).start()
    router = s_client(pki)
    router.stdin.write(INITIATION)
    router.stdin.flush()
    expect_recorded(collector, INITIATION)
    with socket.create_connection((lab.V4, lab.BMP_PORT)) as plain:
        plain.sendall(INITIATION)
        expect_log(collector, "refused (needs-tls)")
    collector.configure(lab.merge(collector.config, {"bmp": {"routers": [
        {"address": "192.0.2.0/24", "tls": True, "tls_name": "edge7.test"}]}}))
    collector.signal(1)
    expect_log(collector, "is in force")
    stranger = s_client(pki, pki.client)
    expect_log(collector, "certificate is refused: hostname mismatch")
    stranger.wait(15)
    edge = s_client(pki, pki.ours.issue("edge", "DNS:edge7.test"))
    edge.stdin.write(INITIATION)
    edge.stdin.flush()
    expect_recorded(collector, INITIATION * 2)
    collector.stop()


def test_reload_takes_new_certificates():
    pki = Pki()
    collector = collector_of(pki).start()
    first = s_client(pki, pki.client)
    first.stdin.write(INITIATION)
    first.stdin.flush()
    expect_recorded(collector, INITIATION)
    fresh = Authority(lab.folder(), "the next CA")
    server = fresh.issue("collector", f"IP:{lab.V4}")
    with open(pki.server[1], "r+b") as key:  # not the certificate's
        keep = key.read()
        key.seek(0)
        with open(server[1], "rb") as new:
            key.write(new.read())
    collector.signal(1)
    expect_log(collector, "reload: bmp.tls.key")
    expect_log(collector, "the old configuration stays in force")
    for old, new in ((pki.server[0], server[0]), (pki.server[1], server[1]), (pki.ours.ca, fresh.ca)):
        shutil.copy(new, old)
    collector.signal(1)
    expect_log(collector, "is in force")
    second = s_client(pki, fresh.issue("router"), "-verify_return_error")  # -CAfile is the new one
    second.stdin.write(INITIATION)
    second.stdin.flush()
    expect_recorded(collector, INITIATION * 2)
    first.stdin.write(INITIATION)  # an open stream lives on
    first.stdin.flush()
    expect_recorded(collector, INITIATION * 3)
    if not keep:
        raise lab.Failed("no key was there")
    collector.stop()


def test_check_loads_the_files():
    pki = Pki()
    missing = os.path.join(lab.folder(), "missing.pem")
    _, foreign = pki.ours.issue("another")
    rows = ((None, None, ": good", 0),
            ("certificate", missing, f": bmp.tls.certificate {missing}: No such file or directory", 1),
            ("certificate", pki.server[1], f": bmp.tls.certificate {pki.server[1]}: no start line", 1),
            ("key", foreign, f": bmp.tls.key {foreign}: key values mismatch", 1),
            ("ca", missing, f": bmp.tls.ca {missing}: No such file or directory", 1))
    for option, path, text, status in rows:
        collector = collector_of(pki, tls={option: path} if option else {})
        done = subprocess.run([lab.RIBTAPED, "--check", collector.file], capture_output=True, text=True, check=False)
        if (done.stdout + done.stderr).strip() != collector.file + text or done.returncode != status:
            raise lab.Failed(f"{option}: {done}")


def stunnel(config):
    path = lab.folder()
    with open(os.path.join(path, "stunnel.conf"), "w") as f:
        f.write(f"foreground = yes\npid = \n{config}")
    lab.need("stunnel")
    return lab.start(["stunnel", os.path.join(path, "stunnel.conf")], os.path.join(path, "stunnel.log"))


def connect(port, address=lab.V4):
    def attempt():
        try:
            return socket.create_connection((address, port))
        except ConnectionRefusedError:
            return None
    return lab.wait(attempt, 10, f"port {port}")


def test_stunnel_as_client_and_what_it_sends_is_recorded():
    pki = Pki()
    with open(lab.generate("stream", routes=5000, peers=3, format="bmp"), "rb") as f:
        data = f.read()
    collector = collector_of(pki).start()
    stunnel(f"[bmp]\nclient = yes\naccept = {lab.V4}:12000\nconnect = {lab.V4}:{TLS_PORT}\n"
            f"cert = {pki.client[0]}\nkey = {pki.client[1]}\nCAfile = {pki.ours.ca}\nverifyChain = yes\n"
            f"checkHost = collector.test\n")
    with connect(12000) as plain:
        plain.sendall(data)
        expect_recorded(collector, data)
    expect_log(collector, "router closed the connection")
    collector.stop()


def dialled(pki, certificate, **router):
    """A collector that dials a router behind stunnel; returns it and the router's listener."""
    listener = socket.create_server((lab.V4, 12001))
    stunnel(f"[bmp]\naccept = {lab.V4}:{DIAL_PORT}\nconnect = {lab.V4}:12001\ncert = {certificate[0]}\n"
            f"key = {certificate[1]}\nCAfile = {pki.ours.ca}\nrequireCert = yes\nverifyChain = yes\n")
    connect(DIAL_PORT).close()
    listener.settimeout(15)
    collector = collector_of(pki, routers=[
        {"address": f"{lab.V4}:{DIAL_PORT}", "dial": True, "tls": True, **router}]).start()
    return collector, listener


def test_dialling_a_router_behind_stunnel():
    for router in ({"tls_name": "router.test"}, {}):
        pki = Pki()
        collector, listener = dialled(pki, pki.client, **router)
        with listener, listener.accept()[0] as stream:
            stream.sendall(INITIATION)
            expect_recorded(collector, INITIATION)
            collector.stop()
        lab.stop_all()


def test_dialling_checks_the_routers_certificate():
    for name, issue, text in (
            ("wrong.test", {}, "hostname mismatch"),
            ("", {"alt": "DNS:router.test"}, "IP address mismatch"),
            ("router.test", dict(EXPIRED, alt="DNS:router.test"), "certificate has expired")):
        pki = Pki()
        certificate = pki.ours.issue("edge", **issue) if issue else pki.client
        collector, listener = dialled(pki, certificate, tls_name=name)
        lab.wait(lambda: text in collector.tail(), 15, f"\"{text}\" in the log")
        if recorded(collector) or f"dial: TLS handshake: the certificate is refused: {text}" not in collector.tail():
            raise lab.Failed(collector.tail())
        listener.close()
        collector.stop()
        lab.stop_all()


# ---- PROXY ----

def proxy_header(command=1, family=0x11, address=REAL, tlvs=b""):
    body = socket.inet_aton(address) + socket.inet_aton(lab.V4) + struct.pack(">HH", REAL_PORT, PROXY_PORT) + tlvs
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x20 | command, family]) + struct.pack(">H", len(body)) + body


def proxied(pki=None, **bmp):
    listener = {"address": f"{lab.V4}:{PROXY_PORT}", "proxy_from": ["192.0.2.0/24"], "tls": pki is not None}
    config = {"listeners": [listener], "tls": {"handshake_timeout": 1}}
    if pki:
        config["tls"].update({"certificate": pki.server[0], "key": pki.server[1]})
    return lab.Ribtaped(lab.merge({"shards": 1, "bgp": {"listen": []}, "bmp": config}, {"bmp": bmp})).start()


def test_proxy_names_the_router():
    collector = proxied(routers=[{"address": "198.51.100.0/24", "name": "edge"}])
    with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
        balancer.sendall(proxy_header(tlvs=b"\xee\x00\x03abc") + INITIATION)
        expect_recorded(collector, INITIATION)
        peer = lab.wait(lambda: [p for p in collector.peers() if p["source"] == "bmp"], 10, "the router")[0]
        if (peer["addr"], peer["port"], peer["name"]) != (REAL, REAL_PORT, "edge"):
            raise lab.Failed(f"{peer}")
    record = lab.wait(lambda: [r for r in collector.records() if r["type"] == "initiation"], 10, "the record")[0]
    if record["router"]["addr"] != REAL:
        raise lab.Failed(f"{record}")
    with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
        balancer.sendall(proxy_header(address="203.0.113.1") + INITIATION)
        expect_log(collector, "BMP from 203.0.113.1: refused (no-entry)")
    with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
        balancer.sendall(proxy_header(command=0))  # the balancer's own: 192.0.2.1 has no entry
        expect_log(collector, "BMP from 192.0.2.1: refused (no-entry)")
    collector.stop()


def test_proxy_local_is_the_balancer_itself():
    collector = proxied()
    with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
        balancer.sendall(proxy_header(command=0) + INITIATION)
        expect_recorded(collector, INITIATION)
        if collector.peers()[0]["addr"] != lab.V4:
            raise lab.Failed(f"{collector.peers()}")
    collector.stop()


def test_proxy_headers_that_must_not_pass():
    for data, text in ((INITIATION, "PROXY header: it is not there"),
                       (b"PROXY TCP4 198.51.100.7 192.0.2.1 1 2\r\n", "PROXY header: version 1"),
                       (proxy_header(family=0x12), "PROXY header: its address family")):
        collector = proxied()
        with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
            balancer.sendall(data)
            expect_refused(collector, "proxy-header", text)
        collector.stop()
    collector = proxied()
    with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
        balancer.sendall(proxy_header()[:20])
        expect_refused(collector, "proxy-header", "PROXY header: it took too long")
    with socket.create_connection((lab.V4, PROXY_PORT)) as balancer:
        balancer.sendall(proxy_header()[:20])
        balancer.shutdown(socket.SHUT_WR)
        expect_refused(collector, "proxy-header", "PROXY header: the connection ended in the middle")
    with socket.create_connection((lab.V4, PROXY_PORT), source_address=("10.0.0.1", 0)) as stranger:
        stranger.sendall(proxy_header() + INITIATION)
        expect_log(collector, "PROXY from 10.0.0.1: refused (no-entry)")
    collector.stop()


def test_proxy_in_front_of_tls():
    """stunnel sends the header (protocol = proxy is version 1) or a balancer version 2: here the
    header is ours, TLS openssl's through a relay."""
    pki = Pki()
    collector = proxied(pki)
    relay = socket.create_server((lab.V4, 12002))
    router = lab.start(["openssl", "s_client", "-quiet", "-connect", f"{lab.V4}:12002", "-CAfile", pki.ours.ca],
                       os.path.join(lab.folder(), "s_client.log"), stdin=subprocess.PIPE)
    with relay, relay.accept()[0] as near, socket.create_connection((lab.V4, PROXY_PORT)) as far:
        far.sendall(proxy_header())
        router.stdin.write(INITIATION)
        router.stdin.flush()
        near.setblocking(False)
        far.setblocking(False)
        end = time.monotonic() + 15
        while recorded(collector) != INITIATION and time.monotonic() < end:
            for a, b in ((near, far), (far, near)):
                try:
                    b.sendall(a.recv(65536))
                except BlockingIOError:
                    pass
        expect_recorded(collector, INITIATION)
        if collector.peers()[0]["addr"] != REAL:
            raise lab.Failed(f"{collector.peers()}")
    collector.stop()


if __name__ == "__main__":
    lab.run([f for name, f in list(globals().items()) if name.startswith("test_")])
