# SPDX-License-Identifier: MIT
# Benchmarks: guest instructions, counted exactly (one is one nanosecond of the guest), against their budgets.
from __future__ import annotations

import argparse
import functools
import re
import sys
import tempfile

from dataclasses import dataclass, replace
from pathlib import Path

import appel
import filesystem
import growth
import phases
from boot_test import Boot
from bootimage import described, with_file
from machine import MEBI, Disk, Refusal, machine_from, machine_options, refuse

ROOT = Path(__file__).resolve().parents[1]

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


def judge_boot(options: argparse.Namespace) -> bool:
    print(f"{'':12}{'measured':>12}{'budget':>12}")
    count = bench_boot(options)
    good = count is not None and count <= BOOT_BUDGET
    print(f"{'boot':12}{'failed' if count is None else f'{count:,}':>12}{BOOT_BUDGET:>12,}{'' if good else '   over budget'}")
    return good


# ---- paths, measured by programs of user/bench ----

TIMEOUT = 120
TICKS_PER_MICROSECOND = 10  # of QEMU's virt machine


@dataclass(frozen=True)
class Suite:
    """What is measured: rows, and stored counts of the release build: NAME INSTRUCTIONS SWITCHES SHOOTDOWNS."""
    name: str
    rows: Path
    baseline: Path
    system: str = ""  # its description, when it is not the first program
    program: str = ""  # of user/, which runs there
    disks: tuple[tuple[str, int], ...] = ()  # names, and MiB; empty
    files: int = 0  # MiB of one more, named data, with a file system
    slack: float = 0  # by how much counts may rise unnoticed, where devices answer when they like

    def image(self, build: Path, scratch: Path) -> Path:
        if not self.system:
            return build / f"user/bench-{self.name}.img"
        program, image = build / "user" / self.program, scratch / "bench.img"
        good = with_file((build / "boot/pagoda.img").read_bytes(), program.stem.encode(), program.read_bytes())
        image.write_bytes(described(good, self.system))
        return image

    def make_disks(self, scratch: Path) -> list[Disk]:
        for name, size in self.disks:
            with (scratch / name).open("wb") as file:
                file.truncate(size * MEBI)
        made = [Disk(name, scratch / name) for name, _ in self.disks]
        return [*made, Disk("data", filesystem.make(scratch / "data.img", self.files))] if self.files else made

    def budgets(self) -> dict[str, tuple[int, str]]:
        """Name: budget, and what it is."""
        return {name: (int(budget), what)
                for name, budget, what in re.findall(r'^ROW\((\w+), (\d+), "(.*)"\)', self.rows.read_text(), re.MULTILINE)}

    def stored(self) -> dict[str, Cost]:
        return {words[0]: Cost(*map(int, words[1:4])) for line in self.baseline.read_text().splitlines()
                if (words := line.split()) and not line.startswith("#")}


BENCH = ROOT / "user/bench"
SUITES = {
    "kernel": Suite("kernel", BENCH / "rows.def", BENCH / "baseline"),
    "pagers": Suite("pagers", BENCH / "pager_rows.def", BENCH / "pager_baseline"),
    "linux": Suite("linux", BENCH / "linux_rows.def", BENCH / "linux_baseline",
                   "server unix operator quota=8M priority=14\n"
                   "server pager kinds=anon,zero,cow quota=60% priority=12\n"
                   "memory quota=8M data=cow bss=zero heap=anon stack=anon\nrun linux_bench\nfinally poweroff\n",
                   "linux/linux_bench"),
    # Of 20 MiB a quarter is kept for others: a program that touches 32 MiB has twice what it can have.
    "storage": Suite("storage", BENCH / "swap_rows.def", BENCH / "storage_baseline",
                     "server disk device=virtio-mmio quota=2M priority=14\n"
                     "server pager kinds=anon,zero,cow quota=20M priority=12 backing=disk disk=swap\n"
                     "memory quota=1M data=cow bss=zero heap=anon:64M stack=anon\nrun bench-swap\nfinally poweroff\n",
                     "bench-swap.stripped", (("swap", 64),), slack=0.05),
    "files": Suite("files", BENCH / "file_rows.def", BENCH / "file_baseline",
                   "server disk device=virtio-mmio quota=2M priority=14\n"
                   "server files kinds=file disk=data backing=disk quota=24M priority=12 finish\n"
                   "server pager kinds=anon,zero,cow quota=20% priority=12\n"
                   "memory quota=2M data=cow bss=zero heap=anon stack=anon\nrun bench-files\nfinally poweroff\n",
                   "bench-files.stripped", files=16, slack=0.01),
}


@dataclass
class Cost:
    instructions: int
    switches: int
    shootdowns: int
    nanoseconds: float = 0

    def exact(self) -> tuple[int, int, int]:
        return self.instructions, self.switches, self.shootdowns


def measure(suite: Suite, options: argparse.Namespace, icount: bool) -> dict[str, Cost]:
    machine = machine_from(options, reboots=False)
    costs = {}
    with tempfile.TemporaryDirectory() as scratch:
        machine = replace(machine, image=suite.image(options.build, Path(scratch)), harts=1, append="", icount=icount,
                          disks=suite.make_disks(Path(scratch)))
        boot = Boot(machine, TIMEOUT)
        for line in boot:
            if options.verbose:
                print(line, file=sys.stderr)
            words = line.split()
            if len(words) == 6 and words[0] == "bench":
                instructions, switches, shootdowns, ticks = map(int, words[2:])
                costs[words[1]] = Cost(instructions, switches, shootdowns, ticks / TICKS_PER_MICROSECOND)
    if boot.status != 0:
        print(f"pagoda: the benchmark of {suite.name} {boot.ending()}", file=sys.stderr)
    return costs


def judge(suite: Suite, options: argparse.Namespace) -> bool:
    exact, clock, good = measure(suite, options, True), measure(suite, options, False), True
    print(f"{'':64}{'measured':>10}{'budget':>8}{'switches':>10}{'fences':>8}{'ns':>8}")
    for name, (budget, what) in suite.budgets().items():
        cost = exact.get(name)
        fine = cost is not None and cost.instructions <= budget
        good = good and fine
        shown = f"{'failed':>10}{budget:>8}"
        if cost is not None:
            wall = clock[name].nanoseconds if name in clock else 0
            shown = f"{cost.instructions:>10}{budget:>8}{cost.switches:>10}{cost.shootdowns:>8}{wall:>8.0f}"
        print(f"{what:64}{shown}{'' if fine else '   over budget'}")
    return good


def check(suite: Suite, options: argparse.Namespace) -> bool:
    """In TAP: no count has risen above the stored one."""
    baseline, costs, good = suite.stored(), measure(suite, options, True), True
    print(f"1..{len(suite.budgets())}")
    for number, name in enumerate(suite.budgets(), 1):
        cost, stored = costs.get(name), baseline.get(name)
        fine = cost is not None and stored is not None and all(
            count <= int(most * (1 + suite.slack)) for count, most in zip(cost.exact(), stored.exact()))
        good = good and fine
        print(f"# {name}: {cost and cost.exact()}, stored {stored and stored.exact()}: instructions, switches, fences")
        print(f"{'ok' if fine else 'not ok'} {number} - {name} costs no more than in {suite.baseline.relative_to(ROOT)}")
    return good


def write_baseline(suite: Suite, options: argparse.Namespace) -> bool:
    costs = measure(suite, options, True)
    lines = [f"{name} {cost.instructions} {cost.switches} {cost.shootdowns}\n" for name, cost in costs.items()]
    suite.baseline.write_text("# NAME INSTRUCTIONS SWITCHES SHOOTDOWNS, release build; made by tools/bench.py BUILD "
                              f"{suite.name} --baseline\n" + "".join(lines))
    return len(costs) == len(suite.budgets())



def judge_storage(options: argparse.Namespace) -> bool:
    return all([judge(SUITES[name], options) for name in ("storage", "files")])


BENCHES = {"boot": judge_boot, **{name: functools.partial(judge, suite) for name, suite in SUITES.items() if name != "files"},
           "storage": judge_storage, "phases": phases.judge, "growth": growth.judge, "appel": appel.judge}


def main() -> int:
    parser = argparse.ArgumentParser(description="measure in guest instructions")
    machine_options(parser)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, *SUITES, []], metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--check", action="store_true", help="compare with the stored counts, in TAP; of one NAME")
    parser.add_argument("--baseline", action="store_true", help="store the counts; of appel: write docs/performance.md, with --linux the stored column")
    parser.add_argument("--linux", action="store_true", help="appel: measure a real Linux too, in place of what is stored of it")
    parser.set_defaults(harts=1)  # counts of several harts are not repeatable
    options = parser.parse_intermixed_args()
    try:
        if options.check or options.baseline:
            if options.names == ["appel"]:
                return 0 if (appel.write_baseline if options.linux else appel.write_document)(options) else 1
            if options.names == ["growth"] and options.check:
                return 0 if growth.check(options) else 1
            work = check if options.check else write_baseline
            done = [work(SUITES[name], options) for name in options.names or SUITES]
            return 0 if all(done) else 1
        print(f"{options.harts} harts, {options.mem} MiB, guest instructions")
        good = True
        for name in options.names or BENCHES:
            print()
            good = BENCHES[name](options) and good
    except Refusal as refusal:
        return refuse(refusal)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
