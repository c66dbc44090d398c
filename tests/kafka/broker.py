# SPDX-License-Identifier: BSD-2-Clause
"""Apache Kafka in KRaft mode on loopback, for tests.

pom.xml names the broker; Debian's Maven copies it and what it needs, once, with the machine's own
settings, into a folder outside the tree ($RIBTAPE_KAFKA_JARS, default ~/.cache/ribtape/kafka), and
jars.sha256 has their digests. Java comes from Debian.

    broker.prepare()           # before a network namespace hides the network
    nodes = Cluster(folder, 1)
    nodes.start()
    nodes.bootstrap            # "127.0.0.1:PORT,..."; tls_bootstrap, sasl_bootstrap
    nodes[0].kill()            # SIGKILL; pause() and go_on() are SIGSTOP and SIGCONT
    nodes[0].start()
    nodes.stop()
"""
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER_ID = "cmlidGFwZS10ZXN0LWtyYQ"
USER, PASSWORD = "ribtape", "not-a-secret"
FETCH_SECONDS = 300


class Unavailable(Exception):
    """Kafka can't be had here: a test skips and says why."""


def jar_folder():
    return os.environ.get("RIBTAPE_KAFKA_JARS") or os.path.expanduser("~/.cache/ribtape/kafka")


def _digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def _wanted():
    with open(os.path.join(HERE, "jars.sha256")) as f:
        return {name: digest for digest, name in (line.split() for line in f if line.strip())}


def _present(folder):
    return all(os.path.exists(os.path.join(folder, name)) for name in _wanted())


def _copy(folder):
    """Lets Maven copy the jars, and checks them."""
    if shutil.which("mvn") is None:
        raise Unavailable("maven is absent")
    fresh = folder + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    argv = ["mvn", "-B", "-q", "-f", os.path.join(HERE, "pom.xml"), "dependency:copy-dependencies",
            f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=FETCH_SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as e:
        raise Unavailable(f"Maven did not bring the broker within {FETCH_SECONDS} s") from e
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["no reason given"]
        raise Unavailable(f"Maven could not bring the broker: {lines[0][:300]}")
    for name, digest in _wanted().items():
        path = os.path.join(fresh, name)
        if not os.path.exists(path) or _digest(path) != digest:
            raise Unavailable(f"{name} from Maven is not what jars.sha256 says")
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(fresh, folder)


def prepare():
    """Makes all jars present; returns the class path. Raises Unavailable."""
    if shutil.which("java") is None:
        raise Unavailable("java is absent")
    folder = jar_folder()
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _present(folder):
            _copy(folder)
    return ":".join(os.path.join(folder, name) for name in sorted(_wanted()))


def make_certificates(folder):
    """A CA and one key pair for 127.0.0.1, PEM, as node.pem (key and chain) and ca.pem."""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, cwd=folder, capture_output=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=ribtape test CA",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "node.key", "-out", "node.csr")
    with open(os.path.join(folder, "san"), "w") as f:
        f.write("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "node.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650",
            "-extfile", "san", "-out", "node.crt")
    with open(os.path.join(folder, "node.pem"), "w") as out:
        for name in ("node.key", "node.crt", "ca.pem"):
            with open(os.path.join(folder, name)) as f:
                out.write(f.read())


def spawn(argv, log):
    """Starts a process that dies with this one."""
    def die_with_parent():
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    with open(log, "ab") as out:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=die_with_parent)


def free_ports(count):
    socks = [socket.socket() for _ in range(count)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


class Node:
    """One broker and controller in one process."""

    LISTENERS = {"PLAIN": "PLAINTEXT", "TLS": "SSL", "SASL": "SASL_SSL", "CONTROLLER": "PLAINTEXT"}
    CLIENTS = ("PLAIN", "TLS", "SASL")

    def __init__(self, cluster, number):
        self.cluster = cluster
        self.number = number
        self.folder = os.path.join(cluster.folder, f"kafka{number}")
        self.ports = dict(zip(self.LISTENERS, free_ports(len(self.LISTENERS))))
        self.process = None

    def listener(self, name):
        return f"{self.cluster.address}:{self.ports[name]}"

    def properties(self):
        voters = ",".join(f"{n.number}@{n.listener('CONTROLLER')}" for n in self.cluster)
        replicas = min(3, len(self.cluster))
        jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        props = {
            "process.roles": "broker,controller",
            "node.id": self.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(f"{k}://{self.listener(k)}" for k in self.LISTENERS),
            "advertised.listeners": ",".join(f"{k}://{self.listener(k)}" for k in self.CLIENTS),
            "listener.security.protocol.map":
                ",".join(f"{k}:{v}" for k, v in self.LISTENERS.items()),
            "inter.broker.listener.name": "PLAIN",
            "sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.sasl.scram-sha-256.sasl.jaas.config": jaas,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": os.path.join(self.cluster.folder, "node.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": os.path.join(self.cluster.folder, "ca.pem"),
            "log.dirs": os.path.join(self.folder, "data"),
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": 1,
            "offsets.topic.num.partitions": 4,
            "group.initial.rebalance.delay.ms": 0,
            "num.network.threads": 2,
            "num.io.threads": 2,
            "auto.create.topics.enable": "false",
        }
        props.update(self.cluster.overrides)
        return "".join(f"{k}={v}\n" for k, v in props.items())

    def _java(self, *args):
        return ["java", "-Xmx384m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", self.cluster.class_path, *args]

    def format(self):
        os.makedirs(self.folder, exist_ok=True)
        conf = os.path.join(self.folder, "server.properties")
        with open(conf, "w") as f:
            f.write(self.properties())
        user = f"SCRAM-SHA-256=[name={USER},password={PASSWORD}]"
        subprocess.run(self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", conf,
                                  "--add-scram", user, "--ignore-formatted"),
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        conf = os.path.join(self.folder, "server.properties")
        self.process = self.cluster.spawn(self._java("kafka.Kafka", conf), os.path.join(self.folder, "log.txt"))

    def _signal(self, number):
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, number)

    def pause(self):
        self._signal(signal.SIGSTOP)

    def go_on(self):
        self._signal(signal.SIGCONT)

    def kill(self):
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self, seconds=20):
        self.go_on()
        self._signal(signal.SIGTERM)
        try:
            if self.process:
                self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_tail(self):
        with open(os.path.join(self.folder, "log.txt"), errors="replace") as f:
            return "".join(f.readlines()[-15:])


class Cluster(list):
    """`count` nodes in `folder`; `overrides` are broker properties (`_` for `.`); `spawn(argv, log)`
    starts a process; `address` is a loopback one (certificates are for 127.0.0.1)."""

    def __init__(self, folder, count=1, spawn=spawn, address="127.0.0.1", **overrides):
        super().__init__()
        self.address = address
        self.spawn = spawn
        self.folder = folder
        self.overrides = {k.replace("_", "."): v for k, v in overrides.items()}
        self.class_path = prepare()
        os.makedirs(folder, exist_ok=True)
        make_certificates(folder)
        for number in range(1, count + 1):
            self.append(Node(self, number))
        for node in self:
            node.format()

    @property
    def bootstrap(self):
        return ",".join(n.listener("PLAIN") for n in self)

    @property
    def ca(self):
        return os.path.join(self.folder, "ca.pem")

    @property
    def tls_bootstrap(self):
        return ",".join(n.listener("TLS") for n in self)

    @property
    def sasl_bootstrap(self):
        return ",".join(n.listener("SASL") for n in self)

    def start(self, seconds=90):
        for node in self:
            node.start()
        self.wait(seconds)

    def wait(self, seconds=90):
        """Waits until every broker answers a metadata request."""
        from confluent_kafka.admin import AdminClient
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0,
                             "reconnect.backoff.max.ms": 500})
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for node in self:
                if node.process.poll() is not None:
                    raise RuntimeError(f"kafka ended at its start:\n{node.log_tail()}")
            try:
                if len(admin.list_topics(timeout=2).brokers) == len(self):
                    return
            except Exception:  # noqa: BLE001 (librdkafka's, while it starts)
                pass
            time.sleep(0.2)
        raise RuntimeError(f"kafka doesn't answer:\n{self[0].log_tail()}")

    def stop(self):
        for node in self:
            node.stop()
