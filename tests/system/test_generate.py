#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`ribtape generate`: what it writes is sound, complete, and the same for the same seed."""
import hashlib
import os
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import lab  # noqa: E402


def test_mrt_is_complete():
    """Every peer announces every prefix once, as bgpdump reads it."""
    lab.need("bgpdump")
    path = lab.generate("t.mrt", routes=5000, routes6=700, peers=3, format="mrt")
    seen = Counter()
    for line in lab.output(["bgpdump", "-m", "-q", path]).splitlines():
        f = line.split("|")
        if f[2] == "A":
            seen[(f[3], f[5])] += 1
            if not f[6].startswith(f[4] + " "):
                raise lab.Failed(f"the path does not begin with the peer's AS: {line}")
    if set(seen.values()) != {1} or len(seen) != 3 * 5700:
        raise lab.Failed(f"{len(seen)} routes, at most {max(seen.values())} times")


def test_same_seed_same_bytes():
    digests = {}
    for seed in (1, 1, 2):
        with open(lab.generate("t", routes=2000, routes6=100, seed=seed), "rb") as f:
            digests.setdefault(seed, set()).add(hashlib.sha256(f.read()).hexdigest())
    if len(digests[1]) != 1 or digests[1] & digests[2]:
        raise lab.Failed(f"digests by seed: {digests}")


def test_refuses_nonsense():
    """Each of these must end with the usage status and a reason."""
    for argv in (["--routes", "x"], ["--routes", "-1"], ["--routes", "10000001"], ["--format", "csv"],
                 ["--peers", "2"], ["stray"], ["--no-such"]):
        done = subprocess.run([lab.RIBTAPE, "generate"] + argv, capture_output=True, text=True, check=False)
        if done.returncode != 2 or not done.stderr:
            raise lab.Failed(f"generate {argv}: status {done.returncode}, {done.stderr!r}")


if __name__ == "__main__":
    lab.run([test_mrt_is_complete, test_same_seed_same_bytes, test_refuses_nonsense])
