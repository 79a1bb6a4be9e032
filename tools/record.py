# SPDX-License-Identifier: MIT
# Writes down what the programs of user/linux print on a real Linux: user/linux/recorded, which the scenarios compare with.
#
#   record.py build/debug [NAME]...
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linux import ROOT, Command, build_kernel, run
from machine import Refusal, refuse
from scenarios import DIFFER_WORDS

RECORDED = ROOT / "user/linux/recorded"
WORDS = {"differ": tuple(DIFFER_WORDS.split()), "hello": ("you",)}  # that a program is run with


def main() -> int:
    parser = argparse.ArgumentParser(description="record what programs print on a real Linux")
    parser.add_argument("build", type=Path)
    parser.add_argument("names", nargs="*", help="else all that have a recording")
    options = parser.parse_args()
    names = options.names or sorted(path.name for path in RECORDED.iterdir())
    programs = options.build / "user/linux"
    try:
        commands = [Command(programs / f"linux_{name}", WORDS.get(name, ())) for name in names]
        outcomes = run(build_kernel(ROOT / "build"), programs / "linux_init", commands, timeout=60)
    except Refusal as refusal:
        return refuse(refusal)
    for name, outcome in zip(names, outcomes):
        (RECORDED / name).write_bytes(outcome.output.replace(b"\r\n", b"\n"))
        print(f"{name}: {outcome.output.count(bytes([10]))} lines, it {outcome.ending()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
