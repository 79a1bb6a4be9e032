# SPDX-License-Identifier: MIT
# Benchmarks: guest instructions, counted exactly (one is one nanosecond of the guest), against their budgets.
from __future__ import annotations

import argparse
import re
import sys

from boot_test import Boot
from machine import Refusal, machine_from, machine_options, refuse

BOOT_BUDGET = 2_000_000
BOOT_TIMEOUT = 60
READY = re.compile(r"pagoda: ready: .*?(\d+) instructions")


def bench_boot(options: argparse.Namespace) -> int | None:
    """Instructions from the end of the firmware to the kernel's "ready", as the kernel counts them."""
    options.append, options.icount = "poweroff", True
    boot = Boot(machine_from(options, reboots=False), BOOT_TIMEOUT)
    count = None
    for line in boot:
        if options.verbose:
            print(line, file=sys.stderr)
        ready = READY.search(line)
        if ready is not None:
            count = int(ready[1])
    if count is None:
        print(f"pagoda: the kernel never said how many instructions it took to be ready; it {boot.ending()}", file=sys.stderr)
    return count


BENCHES = {"boot": (bench_boot, BOOT_BUDGET)}


def main() -> int:
    parser = argparse.ArgumentParser(description="measure in guest instructions")
    machine_options(parser)
    parser.add_argument("names", nargs="*")
    parser.set_defaults(harts=1)  # counts of several harts are not repeatable
    options = parser.parse_intermixed_args()
    good = True
    print(f"{options.harts} harts, {options.mem} MiB, guest instructions\n")
    print(f"{'':12}{'measured':>12}{'budget':>12}")
    for name in options.names or BENCHES:
        bench, budget = BENCHES[name]
        try:
            count = bench(options)
        except Refusal as refusal:
            return refuse(refusal)
        good = good and count is not None and count <= budget
        shown = "failed" if count is None else f"{count:,}"
        print(f"{name:12}{shown:>12}{budget:>12,}{'' if count is not None and count <= budget else '   over budget'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
