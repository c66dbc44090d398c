# SPDX-License-Identifier: BSD-2-Clause
"""lab: what tests with real processes share.

A test program calls lab.run([function, ...]): each function is one test, printed as TAP; it fails
by an exception and is skipped by lab.Skip. The program runs in a network and mount namespace of
its own (Linux, root): ports and addresses are free, mounts vanish with it. Every process started
here dies with the program. Nothing sleeps for a fixed time: lab.wait polls for an event.
"""
import atexit
import ctypes
import http.client
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("RIBTAPE_BUILD", os.path.join(ROOT, "build"))
RIBTAPED = os.path.join(BUILD, "bin", "ribtaped")
RIBTAPE = os.path.join(BUILD, "bin", "ribtape")
BLAST = os.path.join(BUILD, "bench", "blast")
V4 = "192.0.2.1"
V6 = "fd00::1"
BGP_PORT, BMP_PORT, HTTP_PORT = 1179, 11019, 9179


class Skip(Exception):
    """The test can't run here; the message says why."""


class Failed(AssertionError):
    """What was expected did not come."""


# ---- the test program ----

def run(tests):
    """Runs the tests named on the command line, or all; prints TAP; exits with the status."""
    enter_namespace()
    wanted = sys.argv[1:]
    failed = 0
    name = os.path.basename(sys.argv[0]).split(".")[0]
    for test in tests:
        if wanted and test.__name__ not in wanted:
            continue
        start = time.monotonic()
        title = f"{name}::{test.__name__}"
        try:
            test()
            print(f"ok - {title}  ({time.monotonic() - start:.1f}s)", flush=True)
        except Skip as why:
            print(f"ok - {title}  # SKIP {why}", flush=True)
        except Exception as why:  # noqa: BLE001: every failure is a result
            failed += 1
            lines = str(why).splitlines() or [repr(why)]
            print(f"not ok - {title}", *("  # " + line for line in lines[:20]), sep="\n", flush=True)
            traceback.print_exc()
            show_logs()
        finally:
            stop_all()
    sys.exit(1 if failed else 0)


def enter_namespace():
    """Re-executes the program in new network and mount namespaces and brings loopback up."""
    if os.environ.get("RIBTAPE_LAB") != "1":
        if os.geteuid() != 0:
            print("ok - all # SKIP needs root for a network namespace")
            sys.exit(0)
        os.environ["RIBTAPE_LAB"] = "1"
        os.execvp("unshare", ["unshare", "-n", "-m", sys.executable] + sys.argv)
    for command in ("ip link set lo up", "ip address add 192.0.2.1/24 dev lo",
                    "ip address add 10.0.0.1/8 dev lo", "mount -t tmpfs none /run"):
        subprocess.run(command.split(), check=True)
    os.makedirs("/run/openbgpd")  # where OpenBGPD's processes lock themselves in
    for i in range(1, 32):
        subprocess.run(["ip", "address", "add", f"fd00::{i:x}/64", "dev", "lo", "nodad"], check=True)


def wait(predicate, seconds, what):
    """Polls until predicate() is true and returns its value; fails after `seconds`. `what`: text, or
    a function that makes it."""
    end = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(0.02)


def need(*programs):
    """Skips the test unless all programs are installed."""
    for program in programs:
        if not shutil.which(program) and not os.path.exists(program):
            raise Skip(f"{program} absent")


# ---- processes ----

_processes = []
_folders = []


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def folder():
    """Makes a temporary folder that others may enter; removed at the end of the test."""
    path = tempfile.mkdtemp(prefix="ribtape-test-")
    os.chmod(path, 0o755)
    _folders.append(path)
    return path


def start(argv, log, **options):
    """Starts a process whose output goes to the file `log`."""
    options.setdefault("stdin", subprocess.DEVNULL)
    with open(log, "ab") as out:
        options.setdefault("stdout", out)
        process = subprocess.Popen(argv, stderr=out, preexec_fn=_die_with_parent, **options)
    process.log = log
    _processes.append(process)
    return process


def output(argv, text=True, **options):
    """Runs a command to its end and returns its output."""
    done = subprocess.run(argv, capture_output=True, text=text, timeout=60, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(argv)}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


def stop_all():
    for process in _processes:
        if process.poll() is None:
            process.kill()
        process.wait()
    for path in _folders:
        subprocess.run(["umount", "-q", path], check=False, stderr=subprocess.DEVNULL)
        if not os.environ.get("RIBTAPE_KEEP"):
            shutil.rmtree(path, ignore_errors=True)
    _processes.clear()
    _folders.clear()


def show_logs():
    """Copies the ends of all logs to standard error."""
    for log in {process.log for process in _processes}:
        try:
            with open(log, "rb") as f:
                f.seek(max(0, os.path.getsize(log) - 3000))
                sys.stderr.write(f"---- {log}\n{f.read().decode(errors='replace')}\n")
        except OSError:
            pass


atexit.register(stop_all)


# ---- the daemon ----

def merge(base, over):
    """Returns `base` with `over` laid over it, mapping by mapping."""
    out = dict(base)
    for key, value in (over or {}).items():
        out[key] = merge(out[key], value) if isinstance(value, dict) and key in out else value
    return out


class Ribtaped:
    """One collector in a folder; may be killed and started again on the same data."""

    def __init__(self, config=None, path=None, env=None):
        self.dir = path or folder()
        self.data = os.path.join(self.dir, "data")
        self.ndjson = os.path.join(self.dir, "records.ndjson")
        self.archive = os.path.join(self.data, "archive")
        self.log = os.path.join(self.dir, "ribtaped.log")
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.configure(config)

    def configure(self, config):
        """Writes the configuration file (JSON is YAML)."""
        self.config = merge({
            "collector": "lab", "data_dir": self.data,
            "http": {"listen": f"{V4}:{HTTP_PORT}"},
            "bgp": {"listen": [f"{V4}:{BGP_PORT}", f"[{V6}]:{BGP_PORT}"],
                    "defaults": {"local_as": 65000}},
            "bmp": {"listen": [f"{V4}:{BMP_PORT}", f"[{V6}]:{BMP_PORT}"]},
            "ndjson": {"path": self.ndjson},
        }, config)
        self.file = os.path.join(self.dir, "ribtaped.yaml")
        with open(self.file, "w") as f:
            json.dump(self.config, f, indent=1)

    def start(self, prefix=(), **options):
        """Starts the daemon and waits until it says it is healthy."""
        if not os.access(RIBTAPED, os.X_OK):
            raise Failed(f"{RIBTAPED} not built")
        self.process = start([*prefix, RIBTAPED, "--config", self.file], self.log, env=self.env, cwd=self.dir,
                             **options)
        wait(self.healthy, 20, "ribtaped to be healthy")
        return self

    def healthy(self):
        if self.process.poll() is not None:
            raise Failed(f"ribtaped exited with {self.process.returncode}: {self.tail()}")
        try:
            return self.http("/healthz")[0] == 200
        except OSError:
            return False

    def tail(self, size=2000):
        with open(self.log, "rb") as f:
            return f.read()[-size:].decode(errors="replace")

    def http(self, path):
        """Returns (status, text) of a GET."""
        connection = http.client.HTTPConnection(V4, HTTP_PORT, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        """Returns {name{labels}: value} of /metrics."""
        out = {}
        for line in self.http("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                key, value = line.rsplit(" ", 1)
                out[key] = float(value)
        return out

    def peers(self):
        return json.loads(self.http("/peers")[1])

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=15):
        """SIGTERM; returns the exit status and how long it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"ribtaped did not end within {seconds} s of SIGTERM: {self.tail()}")
        took = time.monotonic() - begun
        if self.process.returncode == 0:
            self.hold_schema(200)
        return self.process.returncode, took

    def kill(self):
        self.process.kill()
        self.process.wait()

    def records(self):
        """Returns all complete records written so far."""
        try:
            with open(self.ndjson, "rb") as f:
                lines = f.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def hold_schema(self, most=2000):
        """Holds the records, of many the first, against the published schema."""
        try:
            import jsonschema
        except ImportError:
            return
        if not os.path.exists(self.ndjson):
            return
        with open(os.path.join(ROOT, "schemas", "record.schema.json"), encoding="utf-8") as text:
            validator = jsonschema.Draft202012Validator(json.load(text))
        with open(self.ndjson, encoding="utf-8") as lines:
            for line in itertools.islice(lines, most):
                for error in validator.iter_errors(json.loads(line)):
                    raise Failed(f"{error.message[:300]} in {line[:600]}")

    def archive_files(self, part=False, raw=False):
        """Returns the archive's MRT files, oldest first; `part`: unfinished ones too; `raw`: those of
        raw BMP instead."""
        found = []
        for path, _, names in os.walk(self.archive):
            found += [os.path.join(path, n) for n in names
                      if (part or not n.endswith(".part")) and n.startswith("bmp.") == raw]
        return sorted(found)


class Blast:
    """The sender of loads: BGP sessions or BMP streams of a generated table."""

    def __init__(self, table, to=f"{V4}:{BGP_PORT}", **options):
        argv = [BLAST, "--to", to, "--file", table]
        for key, value in options.items():
            argv += [f"--{key}"] if value is True else [f"--{key}", str(value)]
        self.path = os.path.join(folder(), "blast.log")
        self.process = start(argv, self.path, stdin=subprocess.PIPE)

    def lines(self, word):
        """Returns the fields of each line that begins with `word`."""
        with open(self.path) as f:
            return [line.split() for line in f.read().split("\n")[:-1] if line.startswith(word)]

    def wait_sent(self, seconds=60):
        return wait(lambda: self.lines("all-sent"), seconds, "blast to send its tables")[0]

    def wait_established(self, cnt, seconds=60):
        wait(lambda: len({line[1] for line in self.lines("established")}) >= cnt, seconds,
             f"{cnt} sessions to be established")

    def end(self):
        """Ends it; returns its summary as a mapping of numbers."""
        self.process.stdin.close()
        self.process.wait(20)
        words = self.lines("end")[-1][1:]
        return {words[i]: float(words[i + 1]) for i in range(0, len(words), 2)}


def generate(name, **options):
    """Writes a made-up table with `ribtape generate` and returns its path."""
    path = os.path.join(folder(), name)
    argv = [RIBTAPE, "generate", "--output", path]
    for key, value in options.items():
        argv += [f"--{key}", str(value)]
    output(argv)
    return path
