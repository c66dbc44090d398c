#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The documents' examples: `sh test` blocks are run, `yaml` blocks are checked, links lead somewhere.

A `sh test` block runs under `bash -e` in an empty folder with the build's programs in PATH.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import certs  # noqa: E402
import lab  # noqa: E402

FILES = [os.path.join(lab.ROOT, "README.md")] + sorted(glob.glob(os.path.join(lab.ROOT, "docs", "*.md")))
PRELUDE = r"""
set -eu -o pipefail
trap 'set +e; for p in $(jobs -p); do kill $p; done 2>/dev/null' EXIT
"""


def blocks(kind):
    """(file:line, text) of every fenced block with this info string."""
    for path in FILES:
        lines = open(path, encoding="utf-8").read().splitlines()
        start = None
        for i, line in enumerate(lines):
            if start is None and line.startswith("```"):
                start = i
            elif start is not None and line == "```":
                if lines[start] == "```" + kind:
                    yield f"{os.path.relpath(path, lab.ROOT)}:{start + 1}", "\n".join(lines[start + 1:i]) + "\n"
                start = None


def test_shell_examples():
    lab.need("bird", "bgpdump", "curl")
    found = list(blocks("sh test"))
    if len(found) < 2:
        raise lab.Failed("the documents have lost their examples")
    for where, text in found:
        with tempfile.TemporaryDirectory() as folder:
            env = dict(os.environ, PATH=f"{os.path.dirname(lab.RIBTAPED)}:/usr/sbin:{os.environ['PATH']}")
            done = subprocess.run(["bash", "-m", "-c", PRELUDE + text], cwd=folder, env=env, timeout=120,
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                logs = "".join(open(f, errors="replace").read()[-2000:] for f in glob.glob(folder + "/*.log"))
                raise lab.Failed(f"{where}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr}{logs}")


def test_yaml_examples():
    found = list(blocks("yaml"))
    if len(found) < 2:
        raise lab.Failed("the documents have lost their examples")
    with tempfile.TemporaryDirectory() as folder:
        authority = certs.Authority(os.path.join(folder, "ribtape"))  # whose files the examples name
        authority.issue("collector")
        with open(os.path.join(folder, "ribtape", "kafka-password"), "w", encoding="ascii") as f:
            f.write("secret\n")
        for where, text in found:
            done = subprocess.run([lab.RIBTAPED, "--check", "-"], input=text.replace("/etc/", folder + "/"),
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise lab.Failed(f"{where}: {done.stderr}")


def test_links():
    """Every relative link names a file that is there."""
    for path in FILES:
        for target in re.findall(r"\]\(([^)#]+)", open(path, encoding="utf-8").read()):
            if "://" not in target and not os.path.exists(os.path.join(os.path.dirname(path), target)):
                raise lab.Failed(f"{os.path.relpath(path, lab.ROOT)}: no {target}")


if __name__ == "__main__":
    lab.run([test_shell_examples, test_yaml_examples, test_links])
