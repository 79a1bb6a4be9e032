# SPDX-License-Identifier: MIT
# Where the instructions of a fault go that another space answers (user/bench/phases.c).
from __future__ import annotations

import argparse
import re
import sys

from pathlib import Path

from boot_test import Boot
from machine import Machine

ROOT = Path(__file__).resolve().parents[1]
PHASES = ROOT / "user/bench/phases.def"
TIMEOUT = 60
HUNDREDTHS = 100
STRAIGHT = {"straight_in": "from the access to the pager's first instruction", "straight_pager": "the pager's own instructions",
            "straight_out": "from its answer to the access again"}


def phase_names() -> dict[str, str]:
    """Name: what happens."""
    return dict(re.findall(r'^PHASE\((\w+), "(.*)"\)', PHASES.read_text(), re.MULTILINE))


def measure(options: argparse.Namespace) -> tuple[dict[str, float], list[str]]:
    """Instructions by phase, and what is wrong."""
    boot = Boot(Machine(options.build / "boot/pagoda.bin", options.build / "user/bench-phases.img", 1, options.mem, icount=True,
                        reboots=False), TIMEOUT)
    spent = {}
    for line in boot:
        words = line.split()
        if options.verbose:
            print(line, file=sys.stderr)
        if len(words) == 3 and words[0] == "phase":
            spent[words[1]] = int(words[2]) / HUNDREDTHS
    wrong = [f"the benchmark of phases {boot.ending()}"] if boot.status != 0 else []
    return spent, wrong + [f"phase {name}: it was not measured" for name in [*phase_names(), *STRAIGHT] if name not in spent]


def table(spent: dict[str, float]) -> list[tuple[str, str, float]]:
    """Which way, what, instructions."""
    return ([("straight", what, spent[name]) for name, what in STRAIGHT.items() if name in spent]
            + [("with events", what, spent[name]) for name, what in phase_names().items() if name in spent])


def judge(options: argparse.Namespace) -> bool:
    spent, wrong = measure(options)
    print(f"{'a fault that another space answers with a ready page':76}{'instructions':>14}")
    for way, what, count in table(spent):
        print(f"{f'{way}: {what}':76}{count:>14,.0f}")
    for line in wrong:
        print(f"pagoda: {line}", file=sys.stderr)
    return not wrong
