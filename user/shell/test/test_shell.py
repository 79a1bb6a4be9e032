# SPDX-License-Identifier: MIT
# The shell's scripts, beside what dash (or the machine's own sh) makes of them.
from __future__ import annotations

import os
import subprocess
from pathlib import Path

from harness import expect, run_all, test

SHELL = os.environ["PAGODA_SHELL"]
TABLES = Path(__file__).resolve().parent / "tables"


def run_shell(shell: str, script: str, folder: Path, words: tuple[str, ...] = ()) -> tuple[str, int]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/root", "LC_ALL": "C"}
    done = subprocess.run([shell, "-c", script, "sh", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False)
    return done.stdout.decode(errors="replace"), done.returncode


def compare(folder: Path, table: str) -> None:
    """Each script of the table, by both shells in folders of their own: the same output and status."""
    scripts = [part.strip("\n") for part in (TABLES / table).read_text().split("\n--\n")]
    expect(len(scripts) > 5, table)
    wrong = []
    for number, script in enumerate(scripts):
        results = []
        for shell in ("/bin/sh", SHELL):
            place = folder / f"{number} {Path(shell).name}"
            place.mkdir()
            results.append(run_shell(shell, script, place))
        if results[0] != results[1]:
            wrong.append(f"{script}\n  wanted {results[0]}\n  came   {results[1]}")
    expect(not wrong, *wrong)


@test
def quoting_is_as_in_dash(folder: Path) -> None:
    compare(folder, "quoting")


@test
def parameters_are_as_in_dash(folder: Path) -> None:
    compare(folder, "parameters")


@test
def redirections_are_as_in_dash(folder: Path) -> None:
    compare(folder, "redirections")


@test
def control_flow_is_as_in_dash(folder: Path) -> None:
    compare(folder, "control")


@test
def builtins_are_as_in_dash(folder: Path) -> None:
    compare(folder, "builtins")


@test
def exit_statuses_are_as_in_dash(folder: Path) -> None:
    compare(folder, "statuses")


@test
def a_script_of_many_lines_is_read_in_pieces(folder: Path) -> None:
    lines = "\n".join(f"  x=$((x + {number}))" for number in range(2000))
    (folder / "script").write_text(f"f() {{\n{lines}\n}}\nx=0\nf\necho $x $1\n")
    done = subprocess.run([SHELL, folder / "script", "word"], capture_output=True, text=True, timeout=60, check=False)
    expect(done.stdout == f"{sum(range(2000))} word\n", done)


@test
def commands_from_the_input_leave_what_follows_to_the_commands(folder: Path) -> None:
    done = subprocess.run([SHELL], input="read x\nhello\necho \"<$x>\"; cat\nrest\n", capture_output=True, text=True,
                          timeout=60, check=False, cwd=folder)
    expect(done.stdout == "<hello>\nrest\n" and done.returncode == 0, done)


@test
def what_grows_without_end_is_refused_and_not_a_crash(folder: Path) -> None:
    for script, words in (("f() { f; }; f", "deep"), ("x=$(yes)", "more than"), ("eval 'f() { eval f; }; f'", "deep"),
                          ("x=$((" + "(" * 5000 + "1" + ")" * 5000 + "))", "deep")):
        done = subprocess.run([SHELL, "-c", script], capture_output=True, text=True, timeout=60, check=False, cwd=folder)
        expect(words in done.stderr and done.returncode == 2, script[:60], done)


if __name__ == "__main__":
    raise SystemExit(run_all())
