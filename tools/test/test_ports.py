# SPDX-License-Identifier: MIT
# Tests of tools/port.py: without network with an apt-get made up; where PAGODA_LONG is set, real packages are fetched,
# built, and run.
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from harness import ROOT, Skip, expect, run, run_all, script, test

import busybox
import port
from machine import Refusal

BUILD = Path(os.environ.get("PAGODA_BOOT", "/nowhere/boot")).parent
APT = """case " $* " in
*" indextargets "*) echo "Debian|http://nowhere.invalid/debian/|stable|main" ;;
*" update "*) [ ! -e "$0.dead" ] || { echo "E: Temporary failure resolving 'nowhere.invalid'" >&2; exit 100; } ;;
*" source "*)
    mkdir toy-1.0 && echo 'int main(void) { return 7; }' >toy-1.0/toy.c
    printf 'Format: 1.0\\nVersion: 1.0-3\\n' >toy_1.0-3.dsc ;;
esac"""


def made_up(folder: Path, recipe: str) -> Path:
    """A folder of builds, an apt-get that has one package, and one recipe."""
    os.environ["PATH"] = f"{folder}/bin:" + os.environ["PATH"].removeprefix(f"{folder}/bin:")
    script(folder / "bin/apt-get", APT)
    (folder / "recipes").mkdir()
    (folder / "recipes/toy").write_text(f"# toy: to play with\n{recipe}\n")
    port.RECIPES = folder / "recipes"
    return folder / "builds"


def refusal(builds: Path, name: str) -> str:
    try:
        port.port(builds, name)
    except Refusal as refused:
        return str(refused)
    raise AssertionError("it was not refused")


@test
def a_package_is_fetched_built_and_put_where_the_disk_finds_it(folder: Path) -> None:
    builds = made_up(folder, 'echo "$JOBS $CROSS"; "$CC" -static toy.c -o toy; install -D toy "$TO/bin/toy"')
    port.port(builds, "toy")
    program = builds / "ports/toy/root/bin/toy"
    expect(program.read_bytes()[:4] == b"\x7fELF" and (builds / "ports/toy/made_of").read_text().endswith(" 1.0-3\n"))
    expect((builds / "ports/apt/sources.list").read_text() == "deb-src http://nowhere.invalid/debian/ stable main\n")
    before = program.stat().st_mtime_ns
    port.port(builds, "toy")
    expect(program.stat().st_mtime_ns == before, "what is built is not built again")


@test
def what_goes_wrong_is_told_in_a_line_and_leaves_nothing_half_built(folder: Path) -> None:
    builds = made_up(folder, 'echo beginning; echo "no such thing" >&2; exit 3')
    said = refusal(builds, "toy")
    expect("building toy failed: no such thing" in said and str(builds / "ports/toy/log") in said, said)
    expect(not (builds / "ports/toy/root").exists() and not (builds / "ports/toy/made_of").exists())
    expect("there is no recipe for nothing; there are: toy" in refusal(builds, "nothing"))
    (folder / "bin/apt-get.dead").touch()
    (builds / "ports/apt/updated").unlink()
    said = refusal(builds, "toy")
    expect("cannot fetch" in said and "Temporary failure resolving" in said and "network" in said, said)


@test
def what_busyboxs_tests_print_is_read_and_compared(_: Path) -> None:
    there = busybox.read("@@ cat\nPASS: one\nPASS: two\nFAIL: three\n@@ ls\nSKIPPED: x\n@@ end\n")
    here = busybox.read("@@ cat\nPASS: one\nnoise\nFAIL: two\n@@ ls\n")
    expect(there["cat"] == {"one": "PASS", "two": "PASS", "three": "FAIL"} and there["ls"] == {"x": "SKIPPED"}, there)
    text = busybox.table(here, there)
    expect("| cat | 3 | 1 | 2 | two |" in text and "| ls |" not in text and "**3** | **1** | **2**" in text, text)


if os.environ.get("PAGODA_LONG") and BUILD.is_dir():
    def on_machine(image: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return run([sys.executable, ROOT / "tools/program.py", BUILD, "--harts", "1", "--disk", f"root={image}", "--", *words], timeout=240)

    @test
    def busybox_and_lua_are_built_from_debians_sources_and_run(folder: Path) -> None:
        done = run([sys.executable, ROOT / "tools/port.py", folder, "busybox", "lua5.4"], timeout=1500)
        if "cannot fetch" in done.stderr:
            raise Skip(f"no source packages here: {done.stderr.splitlines()[-1]}")
        expect(done.returncode == 0, done)
        (folder / BUILD.name).symlink_to(BUILD)
        expect(run([sys.executable, ROOT / "tools/root.py", folder, BUILD.name]).returncode == 0)
        image = folder / "root.img"
        done = on_machine(image, "lua", "-e", 'for i = 1, 3 do io.write(i * i, " ") end print(string.rep("x", 3), 2^53)')
        expect(done.stdout == "1 4 9 xxx\t9.007199254741e+15\n", done)
        done = on_machine(image, "busybox", "ash", "-c", "seq 5 | sed s/3/three/ | awk '{ n += NR; print } END { print n }' | tail -n 4; exit 9")
        expect((done.returncode, done.stdout) == (9, "three\n4\n5\n15\n"), done)


sys.exit(run_all())
