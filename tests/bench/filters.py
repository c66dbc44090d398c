#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""filters.py: what filters cost, or spare: CPU time of `ribtape decode` to JSON with and without.

    tests/bench/filters.py [--rounds N] FILE...

Prints, for each filter, the best of N rounds (in turns) and the ratio to no filter. FILE is what decode reads;
RIBTAPE is the program (default: build-rel/bin/ribtape, else build/bin/ribtape)."""
import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILT = [os.path.join(ROOT, d, "bin", "ribtape") for d in ("build-rel", "build")]
RIBTAPE = os.environ.get("RIBTAPE") or next((p for p in BUILT if os.path.exists(p)), "ribtape")
PREFIXES = 20000


def cpu(args):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([RIBTAPE, "decode", *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    random.seed(1)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as many:
        for _ in range(PREFIXES):
            many.write(f"{random.randint(1, 223)}.{random.randint(0, 255)}.{random.randint(0, 255)}.0/24\n")
        many.flush()
        cases = [("no filter", []), ("peer-as 3333", ["--peer-as", "3333"]),
                 ("prefix more 62.0.0.0/8", ["--prefix-more", "62.0.0.0/8"]),
                 (f"prefix more in {PREFIXES}", ["--prefix-more", "@" + many.name]),
                 ("as-path _1299_7018_", ["--as-path", "_1299_7018_"]),
                 ("origin-as 3356", ["--origin-as", "3356"]),
                 ("community 3356:*", ["--community", "3356:*"]), ("error", ["--error", "any"])]
        best = {}
        for _ in range(args.rounds):
            for name, options in cases:
                best[name] = min(best.get(name, 1e9), cpu([*options, *args.files]))
        for name, _ in cases:
            print(f"{name:28} {best[name]:8.2f} s CPU {best[name] / best['no filter']:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
