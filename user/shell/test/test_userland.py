# SPDX-License-Identifier: MIT
# The tools, at the shell: each script is run with ours in front of the PATH, and with the machine's own.
from __future__ import annotations

import os
import subprocess
from pathlib import Path

from harness import expect, run_all, test

SHELL = os.environ["PAGODA_SHELL"]
TOOLS = os.environ["PAGODA_TOOLS"]
TABLES = Path(__file__).resolve().parent / "tables"


def links(folder: Path) -> Path:
    place = folder / "bin"
    place.mkdir()
    for name in subprocess.run([TOOLS], capture_output=True, text=True, check=True).stdout.split():
        (place / name).symlink_to(TOOLS)
    (place / "sh").symlink_to(SHELL)
    return place


def run_script(script: str, folder: Path, path: str) -> tuple[str, int]:
    folder.mkdir()
    done = subprocess.run([SHELL, "-c", script], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          env={"PATH": path, "LC_ALL": "C", "TZ": "UTC"}, check=False)
    if b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        return done.stderr.decode(errors="replace"), done.returncode
    return done.stdout.decode(errors="replace"), done.returncode


@test
def what_other_systems_have_too_says_the_same(folder: Path) -> None:
    place, wrong = links(folder), []
    for number, script in enumerate((TABLES / "tools").read_text().split("\n--\n")):
        wanted = run_script(script, folder / f"{number} wanted", os.environ["PATH"])
        came = run_script(script, folder / f"{number} came", f"{place}")
        if wanted != came:
            wrong.append(f"{script}\n  wanted {wanted}\n  came   {came}")
    expect(not wrong, *wrong)


@test
def the_machine_is_shown(folder: Path) -> None:
    place = links(folder)
    for script, word in (("ps", "COMMAND"), ("free", "Mem:"), ("df /", "mounted on"), ("uname -s", "Linux"), ("mount", "proc"),
                         ("uptime", "days"), ("env kill -l", "15 TERM"), ("stat .", "inode"), ("date +%Y", "20"), ("ls -l /", "etc")):
        output, status = run_script(script, folder / script.replace("/", "_"), str(place))
        expect(word in output and status == 0, script, output, status)


@test
def a_tool_that_is_used_wrongly_says_so_with_its_name(folder: Path) -> None:
    place = links(folder)
    for name, words in (("ls", "-Z"), ("head", "-n x"), ("cp", "a"), ("seq", ""), ("kill", ""), ("find", ". -what"), ("sleep", "x"),
                        ("cat", "nothing"), ("rmdir", "nothing"), ("sort", "-k x"), ("tr", ""), ("chmod", "9 ."), ("xargs", "-Z")):
        done = subprocess.run([SHELL, "-c", f"env {name} {words}"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, env={"PATH": str(place)}, check=False)
        expect(done.returncode in (1, 2) and done.stderr.startswith(name.encode() + b": "), name, done)


if __name__ == "__main__":
    raise SystemExit(run_all())
