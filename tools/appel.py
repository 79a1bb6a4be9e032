# SPDX-License-Identifier: MIT
# The Appel-Li bench (user/bench/appel-li): one program on Pagoda and on a real Linux in the same emulator, in one table.
# A row whose operations do not mean what they should fails the whole.
from __future__ import annotations

import argparse
import csv
import datetime
import hashlib
import re
import subprocess
import sys
import tempfile

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import chart
import filesystem
import linux
import phases
from boot_test import Boot
from bootimage import described, with_file
from machine import Disk, Machine, Refusal, emulator, readable

ROOT = Path(__file__).resolve().parents[1]
ROWS = ROOT / "user/bench/appel-li/appel_rows.def"
DOCUMENT = ROOT / "docs/performance.md"
BASELINE = ROOT / "user/bench/appel_baseline"  # of the native column: rows may not rise
RISE = 1.02  # what moves with where code and disk stand
LINUX_COLUMN = ROOT / "user/bench/linux_column.csv"  # what Linux was measured at last: shown where it is not measured now
TIMEOUT = 1800
TICKS_PER_MICROSECOND = 10  # of QEMU's virt machine
HUNDREDTHS = 100
DISK_SIZE = 16  # MiB
FAILED, ABSENT = "failed", "absent"

NATIVE = """server disk device=virtio-mmio quota=2M priority=14
server files kinds=file disk=data backing=disk quota=24M priority=12 finish
server pager program=pager kinds=anon,zero,cow quota=50% priority=12
server appel-server quota=4M priority=12
memory quota=512K data=cow bss=zero heap=anon stack=anon
program appel-li quota=4M
run operator appel-li {words}
finally poweroff
"""
PERSONALITY = """server disk device=virtio-mmio quota=2M priority=14
server files kinds=file disk=data backing=disk quota=24M priority=12 finish
server unix operator quota=8M priority=14
server pager program=pager kinds=anon,zero,cow quota=40% priority=12
memory quota=8M data=cow bss=zero heap=anon stack=anon
run operator appel-linux {words}
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
    return {name: what for name, _, what in rows()}


def rows() -> list[tuple[str, int, str]]:
    """Name, so many times below Linux we want to be, what it is."""
    return [(name, int(times), what)
            for name, times, what in re.findall(r'^ROW\((\w+), (\d), "(.*)"\)', ROWS.read_text(), re.MULTILINE)]


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


def words_of(clock: bool) -> str:
    return "clock quick" if clock else ""


# ---- Pagoda ----

def pagoda_image(build: Path, description: str, programs: dict[str, Path]) -> bytes:
    image = readable(build / "boot/pagoda.img").read_bytes()
    for name, path in programs.items():
        image = with_file(image, name.encode(), readable(path).read_bytes())
    return described(image, description)


def measure_pagoda(options: argparse.Namespace, column: Column, description: str, programs: dict[str, Path]) -> Column:
    with tempfile.TemporaryDirectory() as scratch:
        for clock in (False, True):
            image, lines = Path(scratch) / "image", []
            image.write_bytes(pagoda_image(options.build, description.format(words=words_of(clock)), programs))
            disk = Disk("data", filesystem.make(Path(scratch) / "disk", DISK_SIZE))
            machine = Machine(options.build / "boot/pagoda.bin", image, 1, options.mem, icount=not clock, reboots=False, disks=(disk,))
            boot = Boot(machine, TIMEOUT)
            for line in boot:
                lines.append(line)
                if options.verbose:
                    print(line, file=sys.stderr)
            read_costs(lines, column, clock)
            if boot.status != 0 and not column.wrong:
                column.wrong["the machine"] = boot.ending()
    return column


def measure_native(options: argparse.Namespace) -> Column:
    user = options.build / "user"
    return measure_pagoda(options, Column("Pagoda"), NATIVE,
                          {"appel-li": user / "appel-li.stripped", "appel-server": user / "appel-server.stripped"})


def measure_personality(options: argparse.Namespace) -> Column:
    """The same file that runs on Linux."""
    return measure_pagoda(options, Column("its Linux"), PERSONALITY, {"appel-linux": linux_binary(options)})


# ---- Linux ----

def linux_binary(options: argparse.Namespace) -> Path:
    return readable(options.build / "user/linux/appel-li")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def emulator_version() -> str:
    done = subprocess.run([emulator(), "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"version ([\d.]+)", done.stdout)
    return version[1] if version else "unknown"


def measure_linux(options: argparse.Namespace) -> Column:
    kernel = linux.build_kernel(ROOT / "build")
    binary, column = linux_binary(options), Column("Linux")
    for clock in (False, True):
        words = tuple(words_of(clock).split())
        done, = linux.run(kernel, options.build / "user/linux/linux_init", [linux.Command(binary, words)], memory=options.mem,
                          icount=not clock, timeout=TIMEOUT, verbose=options.verbose)
        read_costs(done.output.decode("utf-8", "replace").splitlines(), column, clock)
        if done.status != 0 and not column.wrong:
            column.wrong["the program"] = done.ending()
    column.about = (f"Linux {kernel.version}, lean, QEMU {emulator_version()}, measured on {datetime.date.today()}; "
                    f"sha256 of the program: {digest(binary)}")
    return column


COLUMNS = ("row", "mean", "least", "most", "operations", "nanoseconds")


def store(column: Column) -> None:
    """As the column that is shown where Linux is not measured."""
    with LINUX_COLUMN.open("w", newline="") as file:
        file.write(f"# {column.about}\n# made by tools/bench.py BUILD appel --linux --baseline\n")
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
    if name in column.wrong or cost is None:
        return f"{FAILED if name in column.wrong else '-':>11}{'':>11}"
    return f"{short(cost.mean):>11}{short(column.clock.get(name, 0)):>11}"


def spread(column: Column, name: str) -> str:
    cost = column.costs.get(name)
    return f"{'-' if cost is None else f'{short(cost.least)} to {short(cost.most)}':>26}"


def times_below(ours: Column, theirs: Column, name: str) -> str:
    if name not in ours.costs or name not in theirs.costs or ours.costs[name].mean == 0:
        return f"{'':>8}"
    return f"{theirs.costs[name].mean / ours.costs[name].mean:>8.1f}"


def show(native: Column, personality: Column, theirs: Column) -> None:
    columns, names = (native, personality, theirs), row_names()
    print(f"{'instructions, and nanoseconds by the clock':64}" + "".join(f"{column.name:>16}{'':>6}" for column in columns)
          + f"{'times':>8}{'times':>8}{'switches':>10}{'fences':>8}")
    for name, what in names.items():
        cost = native.costs.get(name)
        events = f"{cost.switches:>10.1f}{cost.fences:>8.2f}" if cost is not None else ""
        print(f"{what:64}" + "".join(cell(column, name) for column in columns)
              + times_below(native, theirs, name) + times_below(personality, theirs, name) + events)
    print(f"\n{'spread of single samples':64}" + "".join(f"{column.name:>26}" for column in columns))
    for name, what in names.items():
        print(f"{what:64}" + "".join(spread(column, name) for column in columns))
    print(f"\ntimes: so many times fewer instructions than {theirs.name}, native and for a program of Linux's; "
          "switches, fences: native")
    print(f"{theirs.name}: {theirs.about}")
    print(f"native, not as far below {theirs.name} as wanted: {', '.join(misses(native, theirs)) or 'none'}")


def misses(native: Column, theirs: Column) -> list[str]:
    """NAME TIMES (wanted TIMES)."""
    both = [(name, wanted, theirs.costs[name].mean / native.costs[name].mean) for name, wanted, _ in rows()
            if name in theirs.costs and name in native.costs and native.costs[name].mean > 0]
    return [f"{name} {times:.1f} (wanted {wanted})" for name, wanted, times in both if times < wanted]


WHY = {  # what is known of a miss
    "null": "a fifth would be 42 instructions: less than in and out with all registers",
    "protn": "one walk over the same kind of table, and a fifth would be 11 instructions a page",
    "unprotn": "one walk over the same kind of table, and a fifth would be 22 instructions a page",
    "fork_0": "46 % until fork returns (init, copies of four parts, a thread), 17 % until the child runs, 37 % to exit and wait",
}


def replaced(text: str, mark: str, lines: list[str]) -> str:
    """The document with these lines between a mark and its end."""
    before, rest = text.split(f"<!-- {mark} -->\n", 1)
    return f"{before}<!-- {mark} -->\n" + "".join(f"{line}\n" for line in lines) + rest[rest.index("<!-- end -->"):]


def document(native: Column, personality: Column, theirs: Column, spent: dict[str, float]) -> str:
    """docs/performance.md with these figures."""
    def figure(column: Column, name: str) -> str:
        return short(column.costs[name].mean) if name in column.costs else "-"

    def times(column: Column, name: str) -> str:
        return times_below(column, theirs, name).strip() or "-"

    table = ["| | Pagoda | its Linux | Linux | times, native | times, its Linux | switches | fences |",
             "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for name, what in row_names().items():
        cost = native.costs.get(name)
        events = f"{cost.switches:.1f} | {cost.fences:.2f}" if cost is not None else "- | -"
        table.append(f"| {what} | {figure(native, name)} | {figure(personality, name)} | {figure(theirs, name)} | "
                     f"{times(native, name)} | {times(personality, name)} | {events} |")
    table += ["", f"Measured against {theirs.about}."]
    missed = ["| row | times | wanted | why |", "|---|---:|---:|---|"]
    missed += [f"| {what} | {times(native, name)} | {wanted} | {WHY.get(name, 'not understood yet')} |"
               for name, wanted, what in rows() if any(miss.split()[0] == name for miss in misses(native, theirs))]
    path = ["| way | what | instructions |", "|---|---|---:|"]
    path += [f"| {way} | {what} | {count:,.0f} |" for way, what, count in phases.table(spent)]
    return replaced(replaced(replaced(DOCUMENT.read_text(), "misses", missed), "appel", table), "phases", path)


def write_csv(path: Path, columns: tuple[Column, ...]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["system", *COLUMNS, "switches", "fences"])
        for column in columns:
            for name, cost in column.costs.items():
                writer.writerow([column.name, name, cost.mean, cost.least, cost.most, cost.operations,
                                 round(column.clock.get(name, 0)), cost.switches, cost.fences])


def draw(path: Path, columns: tuple[Column, ...]) -> None:
    groups = {what: {column.name: column.costs[name].mean for column in columns if name in column.costs}
              for name, what in row_names().items()}
    notes = ("Guest instructions, the mean of at least 10,000 operations; the scale is logarithmic.", *(column.about for column in columns if column.about))
    chart.page(path, "Primitives of virtual memory", [chart.bars("instructions", groups)], notes)


def store_baseline(native: Column) -> None:
    BASELINE.write_text("# ROW INSTRUCTIONS, native, release build; made by tools/bench.py BUILD appel --baseline\n"
                        + "".join(f"{name} {cost.mean:.1f}\n" for name, cost in native.costs.items()))


def rises(native: Column) -> list[str]:
    """Rows that cost more than in the stored baseline."""
    rows_of = (line.split() for line in BASELINE.read_text().splitlines() if not line.startswith("#"))
    return [f"{native.name}, {name}: {native.costs[name].mean:,.1f} instructions, {stored_mean} in {BASELINE.relative_to(ROOT)}"
            for name, stored_mean in rows_of if name in native.costs and native.costs[name].mean > float(stored_mean) * RISE]


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
    native, personality = measure_native(options), measure_personality(options)
    theirs = measure_linux(options) if options.linux else stored()
    show(native, personality, theirs)
    print(f"{personality.name}: the same file, sha256: {digest(linux_binary(options))}")
    table = options.build / "appel-li.csv"
    write_csv(table, (native, personality, theirs))
    picture = options.build / "appel-li.html"
    draw(picture, (native, personality, theirs))
    print(f"in full: {table}, as a chart: {picture}")
    return told(complaints(native) + complaints(personality) + complaints(theirs) + rises(native) + (lost(theirs) if options.linux else []))


def told(wrong: list[str]) -> bool:
    for line in wrong:
        print(f"pagoda: {line}", file=sys.stderr)
    return not wrong


def write_baseline(options: argparse.Namespace) -> bool:
    """Measures Linux, and stores what it came to."""
    theirs = measure_linux(options)
    fine = told(complaints(theirs) + lost(theirs))
    if fine:
        store(theirs)
    return fine


def write_document(options: argparse.Namespace) -> bool:
    """Measures what runs on Pagoda, and writes the tables of the document."""
    native, personality, theirs = measure_native(options), measure_personality(options), stored()
    spent, wrong = phases.measure(options)
    fine = told(complaints(native) + complaints(personality) + wrong)
    if fine:
        store_baseline(native)
        DOCUMENT.write_text(document(native, personality, theirs, spent))
    return fine
