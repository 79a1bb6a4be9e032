# SPDX-License-Identifier: MIT
# The Appel-Li bench (user/bench/appel-li): one program on Pagoda and on a real Linux in the same emulator, in one table.
# A row whose operations do not mean what they should fails the whole.
from __future__ import annotations

import argparse
import csv
import datetime
import hashlib
import re
import sys
import tempfile

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import linux
from boot_test import Boot
from bootimage import described, with_file
from machine import Machine, Refusal, emulator, readable

ROOT = Path(__file__).resolve().parents[1]
ROWS = ROOT / "user/bench/appel-li/appel_rows.def"
LINUX_COLUMN = ROOT / "user/bench/linux_column.csv"  # what Linux was measured at last: shown where it is not measured now
TIMEOUT = 1800
TICKS_PER_MICROSECOND = 10  # of QEMU's virt machine
HUNDREDTHS = 100
FAILED, ABSENT = "failed", "absent"
BUDGET = 5  # every row of ours should be so many times below that of Linux

DESCRIPTION = """server pager program=pager kinds=anon,zero,cow quota=50% priority=12
server appel-server quota=4M priority=12
memory quota=512K data=cow bss=zero heap=anon stack=anon
program appel-li quota=4M
run operator appel-li {words}
finally poweroff
"""


@dataclass
class Cost:
    """Of one operation: instructions, or nanoseconds of the clock; the least and the most are of one sample."""
    mean: float
    least: float
    most: float
    operations: int
    switches: float
    fences: float


@dataclass
class Column:
    """What one system came to: costs by row, and what is wrong or absent."""
    name: str
    costs: dict[str, Cost] = field(default_factory=dict)
    clock: dict[str, float] = field(default_factory=dict)  # nanoseconds
    wrong: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    about: str = ""


def row_names() -> dict[str, str]:
    """Name: what it is."""
    return dict(re.findall(r'^ROW\((\w+), "(.*)"\)', ROWS.read_text(), re.MULTILINE))


def read_costs(lines: Iterable[str], column: Column, clock: bool) -> None:
    """From what the program prints. A row that it did not print is wrong."""
    seen = set()
    for line in lines:
        words = line.split()
        if len(words) < 3 or words[0] != "appel":
            continue
        name = words[1]
        seen.add(name)
        if words[2] == ABSENT:
            column.absent.add(name)
        elif words[2].rstrip(":") == FAILED:
            column.wrong[name] = " ".join(words[3:])
        elif len(words) == 8:
            mean, least, most, operations, switches, fences = map(int, words[2:])
            if clock:
                column.clock[name] = mean / HUNDREDTHS * 1000 / TICKS_PER_MICROSECOND
            else:
                column.costs[name] = Cost(mean / HUNDREDTHS, least / HUNDREDTHS, most / HUNDREDTHS, operations,
                                          switches / HUNDREDTHS, fences / HUNDREDTHS)
    for name in row_names():
        if name not in seen:
            column.wrong.setdefault(name, "it was not measured")


def words_of(clock: bool, quick: bool) -> str:
    return " ".join(["clock"] * clock + ["quick"] * quick)


# ---- Pagoda ----

def pagoda_image(build: Path, words: str) -> bytes:
    image = readable(build / "boot/pagoda.img").read_bytes()
    for name in ("appel-li", "appel-server"):
        image = with_file(image, name.encode(), readable(build / f"user/{name}.stripped").read_bytes())
    return described(image, DESCRIPTION.format(words=words))


def measure_pagoda(options: argparse.Namespace, quick: bool = False) -> Column:
    column = Column("Pagoda")
    with tempfile.TemporaryDirectory() as scratch:
        for clock in (False, True):
            image = Path(scratch) / "image"
            image.write_bytes(pagoda_image(options.build, words_of(clock, quick or clock)))
            machine = Machine(options.build / "boot/pagoda.bin", image, 1, options.mem, icount=not clock, reboots=False)
            boot, lines = Boot(machine, TIMEOUT), []
            for line in boot:
                lines.append(line)
                if options.verbose:
                    print(line, file=sys.stderr)
            read_costs(lines, column, clock)
            if boot.status != 0 and not column.wrong:
                column.wrong["the machine"] = boot.ending()
    return column


# ---- Linux ----

def linux_binary(options: argparse.Namespace) -> Path:
    return readable(options.build / "user/linux/appel-li")


def emulator_version() -> str:
    done = linux.subprocess.run([emulator(), "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"version ([\d.]+)", done.stdout)
    return version[1] if version else "unknown"


def measure_linux(options: argparse.Namespace, quick: bool = False) -> Column:
    kernel = linux.build_kernel(ROOT / "build")
    binary, column = linux_binary(options), Column("Linux")
    for clock in (False, True):
        words = tuple(words_of(clock, quick or clock).split())
        done, = linux.run(kernel, options.build / "user/linux/linux_init", [linux.Command(binary, words)], memory=options.mem,
                          icount=not clock, timeout=TIMEOUT, verbose=options.verbose)
        read_costs(done.output.decode("utf-8", "replace").splitlines(), column, clock)
        if done.status != 0 and not column.wrong:
            column.wrong["the program"] = done.ending()
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    column.about = (f"Linux {kernel.version}, lean, QEMU {emulator_version()}, measured on {datetime.date.today()}; "
                    f"sha256 of the program: {digest}")
    return column


COLUMNS = ("row", "mean", "least", "most", "operations", "nanoseconds")


def store(column: Column) -> None:
    """As the column that is shown where Linux is not measured."""
    with LINUX_COLUMN.open("w", newline="") as file:
        file.write(f"# {column.about}\n# made by ./pagoda bench appel --linux --baseline\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, cost in column.costs.items():
            writer.writerow([name, cost.mean, cost.least, cost.most, cost.operations, round(column.clock.get(name, 0))])


def stored() -> Column:
    text = LINUX_COLUMN.read_text().splitlines()
    column = Column("Linux", about=next(line.removeprefix("# ") for line in text if line.startswith("# ")) + " (stored)")
    for row in csv.DictReader(line for line in text if not line.startswith("#")):
        column.costs[row["row"]] = Cost(float(row["mean"]), float(row["least"]), float(row["most"]), int(row["operations"]), 0, 0)
        column.clock[row["row"]] = float(row["nanoseconds"])
    column.absent = set(row_names()) - column.costs.keys()
    return column


# ---- the table ----

def short(number: float) -> str:
    return f"{number:,.1f}" if number < 100 else f"{number:,.0f}"


def cell(column: Column, name: str) -> str:
    cost = column.costs.get(name)
    if name in column.wrong:
        return f"{FAILED:>11}{'':>22}{'':>11}"
    if cost is None:
        return f"{'-':>11}{'':>22}{'':>11}"
    spread = f"{short(cost.least)} to {short(cost.most)}"
    return f"{short(cost.mean):>11}{spread:>22}{short(column.clock.get(name, 0)):>11}"


def times_below(ours: Column, theirs: Column, name: str) -> float | None:
    if name not in ours.costs or name not in theirs.costs or ours.costs[name].mean == 0:
        return None
    return theirs.costs[name].mean / ours.costs[name].mean


def show(ours: Column, theirs: Column) -> None:
    print(f"{'':66}{ours.name + ', instructions':^33}{'ns':>11}{'switches':>10}{'fences':>8}"
          f"{theirs.name + ', instructions':^33}{'ns':>11}{'times':>8}")
    for name, what in row_names().items():
        cost, times = ours.costs.get(name), times_below(ours, theirs, name)
        events = f"{cost.switches:>10.1f}{cost.fences:>8.2f}" if cost is not None else f"{'':>18}"
        mark = "" if times is None else f"{times:>8.1f}{'' if times >= BUDGET else '  <'}"
        print(f"{what:66}{cell(ours, name)}{events}{cell(theirs, name)}{mark}")
    print(f"\nEach spread is of single samples; ns by the clock, without counting. <: less than {BUDGET} times below Linux")
    print(theirs.about)


def write_csv(path: Path, columns: tuple[Column, ...]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["system", *COLUMNS, "switches", "fences"])
        for column in columns:
            for name, cost in column.costs.items():
                writer.writerow([column.name, name, cost.mean, cost.least, cost.most, cost.operations,
                                 round(column.clock.get(name, 0)), cost.switches, cost.fences])


def complaints(column: Column) -> list[str]:
    return [f"{column.name}, {name}: {why}" for name, why in column.wrong.items()]


def lost(measured: Column) -> list[str]:
    """A row that Linux had when it was stored does not vanish."""
    if not LINUX_COLUMN.is_file():
        return []
    return [f"{measured.name}, {name}: absent, but it was there before" for name in stored().costs if name in measured.absent]


def judge(options: argparse.Namespace) -> bool:
    if not options.linux and not LINUX_COLUMN.is_file():
        raise Refusal(f"there is no {LINUX_COLUMN}; measure it: ./pagoda bench appel --linux")
    ours = measure_pagoda(options)
    theirs = measure_linux(options) if options.linux else stored()
    show(ours, theirs)
    table = options.build / "appel-li.csv"
    write_csv(table, (ours, theirs))
    print(f"in full: {table}")
    wrong = complaints(ours) + complaints(theirs) + (lost(theirs) if options.linux else [])
    for line in wrong:
        print(f"pagoda: {line}", file=sys.stderr)
    return not wrong


def write_baseline(options: argparse.Namespace) -> bool:
    """Measures Linux, and stores what it came to."""
    theirs = measure_linux(options)
    wrong = complaints(theirs) + lost(theirs)
    for line in wrong:
        print(f"pagoda: {line}", file=sys.stderr)
    if not wrong:
        store(theirs)
    return not wrong
