# SPDX-License-Identifier: BSD-2-Clause
"""Apache Kafka in KRaft mode on loopback, from Maven Central's jars.

jars.sha256 names each jar by its path in the repository and its digest. They are kept in
$RIBTAPE_KAFKA_JARS (default ~/.cache/ribtape/kafka) and fetched once from $RIBTAPE_MAVEN
(default Maven Central). Java comes from Debian's default-jre-headless.

    nodes = Cluster(folder, 1)
    nodes.start()
    nodes.bootstrap            # "127.0.0.1:PORT,..."
    nodes[0].kill()            # SIGKILL; pause() and go_on() are SIGSTOP and SIGCONT
    nodes[0].start()
    nodes.stop()
"""
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CENTRAL = "https://repo1.maven.org/maven2"
CLUSTER_ID = "cmlidGFwZS10ZXN0LWtyYQ"
USER, PASSWORD = "ribtape", "not-a-secret"


class Unavailable(Exception):
    """Kafka can't be had here: a test skips and says why."""


def jar_folder():
    return os.environ.get("RIBTAPE_KAFKA_JARS") or os.path.expanduser("~/.cache/ribtape/kafka")


def _digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def fetch_jars():
    """Makes all jars present and checked; returns the class path."""
    folder, base = jar_folder(), os.environ.get("RIBTAPE_MAVEN") or CENTRAL
    os.makedirs(folder, exist_ok=True)
    paths = []
    with open(os.path.join(HERE, "jars.sha256")) as f:
        rows = [line.split() for line in f if line.strip()]
    for want, where in rows:
        path = os.path.join(folder, os.path.basename(where))
        paths.append(path)
        if os.path.exists(path) and _digest(path) == want:
            continue
        part = path + ".part"
        try:
            with urllib.request.urlopen(f"{base}/{where}", timeout=60) as r, open(part, "wb") as out:
                shutil.copyfileobj(r, out)
        except OSError as e:
            raise Unavailable(f"{where}: {e}") from e
        if _digest(part) != want:
            raise Unavailable(f"{where}: digest differs from jars.sha256")
        os.rename(part, path)
    return ":".join(paths)


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

    LISTENERS = ("PLAIN", "SASL", "CONTROLLER")

    def __init__(self, cluster, number):
        self.cluster = cluster
        self.number = number
        self.folder = os.path.join(cluster.folder, f"kafka{number}")
        self.ports = dict(zip(self.LISTENERS, free_ports(len(self.LISTENERS))))
        self.process = None

    def listener(self, name):
        return f"127.0.0.1:{self.ports[name]}"

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
            "advertised.listeners": ",".join(f"{k}://{self.listener(k)}" for k in ("PLAIN", "SASL")),
            "listener.security.protocol.map":
                "PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAIN",
            "sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.sasl.scram-sha-256.sasl.jaas.config": jaas,
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
        log = open(os.path.join(self.folder, "log.txt"), "ab")
        self.process = subprocess.Popen(self._java("kafka.Kafka", conf), stdout=log, stderr=log,
                                        start_new_session=True)
        log.close()

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
    """`count` nodes in `folder`; `overrides` are broker properties."""

    def __init__(self, folder, count=1, **overrides):
        if shutil.which("java") is None:
            raise Unavailable("java is absent")
        super().__init__()
        self.folder = folder
        self.overrides = {k.replace("_", "."): v for k, v in overrides.items()}
        self.class_path = fetch_jars()
        for number in range(1, count + 1):
            self.append(Node(self, number))
        for node in self:
            node.format()

    @property
    def bootstrap(self):
        return ",".join(n.listener("PLAIN") for n in self)

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
