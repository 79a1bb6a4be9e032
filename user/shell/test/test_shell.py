# SPDX-License-Identifier: MIT
# The shell's scripts, beside what dash makes of them.
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from harness import Skip, expect, run_all, test

from random_scripts import Writer

SHELL = os.environ["PAGODA_SHELL"]
TABLES = Path(__file__).resolve().parent / "tables"


def run_shell(shell: str, script: str, folder: Path, words: tuple[str, ...] = ()) -> tuple[str, int]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/root", "LC_ALL": "C"}
    done = subprocess.run([shell, "-c", script, "sh", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False)
    return done.stdout.decode(errors="replace"), done.returncode


def compare(folder: Path, scripts: list[str]) -> None:
    """Each script, by both shells in folders of their own: the same output and status."""
    dash = shutil.which("dash")
    if dash is None:
        raise Skip("there is no dash to compare with")
    wrong = []
    for number, script in enumerate(scripts):
        results = []
        for shell in (dash, SHELL):
            place = folder / f"{number} {Path(shell).name}"
            place.mkdir()
            results.append(run_shell(shell, script, place))
        if results[0] != results[1]:
            wrong.append(f"{script}\n  wanted {results[0]}\n  came   {results[1]}")
    expect(not wrong, *wrong)


def compare_table(folder: Path, table: str) -> None:
    scripts = [part.strip("\n") for part in (TABLES / table).read_text().split("\n--\n")]
    expect(len(scripts) > 5, table)
    compare(folder, scripts)


@test
def quoting_is_as_in_dash(folder: Path) -> None:
    compare_table(folder, "quoting")


@test
def parameters_are_as_in_dash(folder: Path) -> None:
    compare_table(folder, "parameters")


@test
def redirections_are_as_in_dash(folder: Path) -> None:
    compare_table(folder, "redirections")


@test
def control_flow_is_as_in_dash(folder: Path) -> None:
    compare_table(folder, "control")


@test
def builtins_are_as_in_dash(folder: Path) -> None:
    compare_table(folder, "builtins")


@test
def exit_statuses_are_as_in_dash(folder: Path) -> None:
    compare_table(folder, "statuses")


@test
def random_scripts_are_as_in_dash(folder: Path) -> None:
    seed = int(os.environ.get("SEED", "1"))  # of the first; each of the next has the next
    print(f"# SEED={seed} repeats it", flush=True)
    compare(folder, [Writer(seed + number).script() for number in range(100)])


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
