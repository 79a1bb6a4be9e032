# SPDX-License-Identifier: MIT
# How the kernel's paths grow (user/bench/growth.c): with regions, pages and spaces in instructions, with harts by the
# clock. A path that grows faster than the logarithm fails.
from __future__ import annotations

import argparse
import csv
import math
import re
import sys
import tempfile

from collections.abc import Iterable
from pathlib import Path

import chart
from boot_test import Boot
from bootimage import described, with_file
from machine import Machine, readable

ROOT = Path(__file__).resolve().parents[1]
ROWS = ROOT / "user/bench/growth_rows.def"
TIMEOUT = 600
MEMORY = 1536  # MiB: 262,144 pages are 1,024
HARTS = (1, 2, 4, 8)
HUNDREDTHS = 100
NANOSECONDS_PER_TICK = 100  # of QEMU's virt machine
MOST_PER_DOUBLING = 48  # instructions: two levels of tables more, and some steps down a tree
SYSTEM = "memory quota=2M\nprogram bench-growth quota=90%\nrun bench-growth {what}\nfinally poweroff\n"

Curve = dict[int, float]  # size: cost


def row_names() -> dict[str, str]:
    """Name: what it is."""
    return dict(re.findall(r'^ROW\((\w+), "(.*)"\)', ROWS.read_text(), re.MULTILINE))


def read_curves(lines: Iterable[str], unit: str) -> dict[tuple[str, str], Curve]:
    """By dimension and row."""
    curves: dict[tuple[str, str], Curve] = {}
    for line in lines:
        words = line.split()
        if len(words) == 6 and words[:2] == ["grow", unit]:
            curves.setdefault((words[2], words[4]), {})[int(words[3])] = int(words[5]) / HUNDREDTHS
    return curves


def run(build: Path, what: str, harts: int, icount: bool, verbose: bool) -> tuple[list[str], str | None]:
    """What it printed, and what is wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        program, image = readable(build / "user/bench-growth.stripped"), Path(scratch) / "image"
        good = with_file((build / "boot/pagoda.img").read_bytes(), b"bench-growth", program.read_bytes())
        image.write_bytes(described(good, SYSTEM.format(what=what)))
        lines = []
        boot = Boot(Machine(build / "boot/pagoda.bin", image, harts, MEMORY, icount=icount, reboots=False), TIMEOUT)
        for line in boot:
            lines.append(line)
            if verbose:
                print(line, file=sys.stderr)
    return lines, None if boot.status == 0 else f"the machine with {harts} harts {boot.ending()}"


def measure(options: argparse.Namespace) -> tuple[dict[tuple[str, str], Curve], dict[tuple[str, str], Curve], list[str]]:
    """Instructions; nanoseconds with more and more harts; what is wrong."""
    lines, failed = run(options.build, "all", 1, True, options.verbose)
    wrong = [failed] if failed else []
    by_clock: dict[tuple[str, str], Curve] = {}
    for harts in HARTS:
        told, failed = run(options.build, "harts", harts, False, options.verbose)
        wrong += [failed] if failed else []
        for (_, row), curve in read_curves(told, "ticks").items():
            by_clock.setdefault(("harts", row), {})[harts] = next(iter(curve.values())) * NANOSECONDS_PER_TICK
    return read_curves(lines, "instructions"), by_clock, wrong


def steep(curves: dict[tuple[str, str], Curve]) -> list[str]:
    """What grows faster than it may."""
    found = []
    for (dimension, row), curve in curves.items():
        first, last = min(curve), max(curve)
        most = curve[first] + MOST_PER_DOUBLING * math.log2(last / first)
        if curve[last] > most:
            found.append(f"{row}: {curve[last]:,.0f} instructions with {last:,} {dimension}, {curve[first]:,.0f} with {first:,}")
    return found


def missing(curves: dict[tuple[str, str], Curve]) -> list[str]:
    return [f"{row}: it was not measured" for row in row_names() if not any(name == row for _, name in curves)]


def table(curves: dict[tuple[str, str], Curve], dimension: str) -> list[list[str]]:
    """Sizes across, rows down."""
    chosen = {row: curve for (about, row), curve in curves.items() if about == dimension}
    sizes = sorted({size for curve in chosen.values() for size in curve})
    rows = [[dimension, *(f"{size:,}" for size in sizes)]]
    rows += [[what, *(f"{chosen[name][size]:,.0f}" if size in chosen[name] else "-" for size in sizes)]
             for name, what in row_names().items() if name in chosen]
    return rows


DIMENSIONS = ("regions", "pages", "spaces")


def show(curves: dict[tuple[str, str], Curve], clock: dict[tuple[str, str], Curve]) -> None:
    for dimension, unit, source in [*((name, "instructions", curves) for name in DIMENSIONS), ("harts", "nanoseconds", clock)]:
        head, *rows = table(source, dimension)
        print(f"{f'{unit}, by {dimension}':64}" + "".join(f"{size:>10}" for size in head[1:]))
        for what, *costs in rows:
            print(f"{what:64}" + "".join(f"{cost:>10}" for cost in costs))
        print()


def write(folder: Path, curves: dict[tuple[str, str], Curve], clock: dict[tuple[str, str], Curve]) -> None:
    with (folder / "growth.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["unit", "dimension", "size", "row", "cost"])
        for unit, source in (("instructions", curves), ("nanoseconds", clock)):
            for (dimension, row), curve in source.items():
                writer.writerows([unit, dimension, size, row, round(cost, 2)] for size, cost in curve.items())
    names = row_names()
    figures = [chart.curves(f"instructions, by {dimension}", dimension,
                            {names[row]: curve for (about, row), curve in curves.items() if about == dimension})
               for dimension in DIMENSIONS]
    figures.append(chart.curves("nanoseconds by the clock, by harts", "harts", {names[row]: curve for (_, row), curve in clock.items()}))
    chart.page(folder / "growth.html", "How the kernel's paths grow", figures)


def check(options: argparse.Namespace) -> bool:
    """In TAP: no path grows faster than it may."""
    lines, failed = run(options.build, "all", 1, True, options.verbose)
    curves = read_curves(lines, "instructions")
    wrong = ([failed] if failed else []) + steep(curves) + missing(curves)
    print(f"1..{len(row_names())}")
    for number, name in enumerate(row_names(), 1):
        its = [line for line in wrong if line.startswith(f"{name}:") or line == failed]
        print("".join(f"# {line}\n" for line in its) + f"{'not ok' if its else 'ok'} {number} - {name} grows no faster than the logarithm")
    return not wrong


def judge(options: argparse.Namespace) -> bool:
    curves, clock, wrong = measure(options)
    show(curves, clock)
    write(options.build, curves, clock)
    print(f"in full: {options.build / 'growth.csv'}, as curves: {options.build / 'growth.html'}")
    wrong += steep(curves) + missing(curves)
    for line in wrong:
        print(f"pagoda: {line}", file=sys.stderr)
    return not wrong
