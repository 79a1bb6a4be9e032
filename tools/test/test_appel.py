# SPDX-License-Identifier: MIT
# Tests of tools/appel.py: what it reads, what it complains of; and, where a Linux has been built, that the bench notices a
# system that does not do what it should there too.
from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from harness import ROOT, Skip, expect, run_all, test

import appel
import linux
from scenarios import BROKEN

BUILD = Path(os.environ.get("PAGODA_BOOT", "/nowhere/boot")).parent
GOOD = [f"appel {name} 12345 10000 20000 10240 200 100" for name in appel.row_names()]


def column(lines: list[str], name: str = "one") -> appel.Column:
    read = appel.Column(name)
    appel.read_costs(lines, read, False)
    return read


@test
def costs_are_hundredths(_: Path) -> None:
    cost = column(GOOD).costs["trap"]
    expect(cost == appel.Cost(123.45, 100, 200, 10240, 2, 1), cost)
    clock = appel.Column("one")
    appel.read_costs(GOOD, clock, True)
    expect(clock.clock["trap"] == 12345 and not clock.costs, clock)


@test
def a_row_that_failed_or_was_not_printed_is_complained_of(_: Path) -> None:
    read = column(["appel null failed: it does not", "appel trap absent", *GOOD[3:]])
    expect(read.wrong == {"null": "it does not", "prot1": "it was not measured"} and read.absent == {"trap"}, read)
    expect(appel.complaints(read)[0] == "one, null: it does not", read)


@test
def a_row_that_linux_once_had_does_not_vanish(_: Path) -> None:
    read = column(["appel pager absent", *(line for line in GOOD if " pager " not in line)])
    expect(any("pager: absent" in line for line in appel.lost(read)) and not appel.complaints(read), appel.lost(read))


@test
def rows_that_miss_what_is_wanted_are_named(_: Path) -> None:
    ours, theirs = column(GOOD), column([line.replace("12345", "49380") for line in GOOD])
    names = [miss.split()[0] for miss in appel.misses(ours, theirs)]
    expect(names == [name for name, wanted, _ in appel.rows() if wanted > 4], names)


@test
def the_table_has_every_row_and_the_stored_column_says_what_it_is_of(_: Path) -> None:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        appel.show(column(GOOD), column(GOOD), appel.stored())
    for what in appel.row_names().values():
        expect(shown.getvalue().count(f"\n{what:64}") == 2, what, shown.getvalue())
    expect("Linux 6." in shown.getvalue() and "sha256" in shown.getvalue() and "(stored)" in shown.getvalue(), shown.getvalue())


@test
def the_document_is_rewritten_between_its_marks_and_nowhere_else(_: Path) -> None:
    ours, theirs = column(GOOD), column([line.replace("12345", "49380") for line in GOOD])
    before, after = appel.DOCUMENT.read_text().splitlines(), appel.document(ours, ours, theirs, {"straight_in": 176.0}).splitlines()
    kept = [line for line in before if not line.startswith(("|", "Measured against "))]
    expect(kept == [line for line in after if not line.startswith(("|", "Measured against "))], after)
    expect(any(line.startswith("| TRAP") and "| 4.0 | 4.0 |" in line for line in after), after)
    expect("misses" in appel.document(ours, ours, theirs, {}) and sum(line.startswith("| TRAP") for line in after) == 2, after)


@test
def a_system_that_does_not_do_what_it_should_fails_the_bench_on_linux_too(_: Path) -> None:
    init, binary = BUILD / "user/linux/linux_init", BUILD / "user/linux/appel-li"
    if not init.is_file() or not any((ROOT / "build").glob("linux-*/made_of")):
        raise Skip("no Linux has been built: ./pagoda linux does")
    wrong = [(row, function) for row, function, _ in BROKEN] + [("file_write", "map-file"), ("file_copy", "map-file"), ("pipe", "ping")]
    commands = [linux.Command(binary, ("quick", f"only={row}", f"broken={function}")) for row, function in wrong]
    commands.append(linux.Command(binary, ("quick", "only=trap")))
    *broken, good = linux.run(linux.build_kernel(ROOT / "build"), init, commands, timeout=250)
    expect(good.status == 0 and b"appel trap" in good.output, good)
    for (row, function), outcome in zip(wrong, broken):
        expect(outcome.status == 1 and f"appel {row} failed: ".encode() in outcome.output, row, function, outcome)


sys.exit(run_all())
