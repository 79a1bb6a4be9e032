# SPDX-License-Identifier: MIT
# Tests of tools/linux.py: what it packs, how it reads what Linux said, what it refuses; and, where a kernel has been
# built, a real run.
from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from harness import ROOT, Skip, expect, run, run_all, script, test

import linux
from initramfs import Node, make_archive
from machine import Refusal

BUILD = Path(os.environ.get("PAGODA_BOOT", "/nowhere/boot")).parent
INIT = BUILD / "user/linux/linux_init"


def unpacked(archive: bytes) -> dict[str, tuple[int, bytes]]:
    """Name: mode and data; written by the format's description, not by the packer."""
    found, at = {}, 0
    while True:
        expect(archive[at:at + 6] == b"070701" and at % 4 == 0, at)
        fields = [int(archive[at + 6 + 8 * number:at + 14 + 8 * number], 16) for number in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = archive[at + 110:at + 110 + name_size - 1].decode()
        start = (at + 110 + name_size + 3) // 4 * 4
        at = (start + size + 3) // 4 * 4
        if name == "TRAILER!!!":
            expect(at == len(archive), "nothing comes after the trailer")
            return found
        found[name] = mode, archive[start:start + size]


def refusal(*arguments: object, by: object) -> str:
    try:
        by(*arguments)  # type: ignore[operator]
    except Refusal as refused:
        return str(refused)
    raise AssertionError(f"{arguments} were not refused")


def elf(machine: int = 243, rest: bytes = b"") -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0" + machine.to_bytes(2, "little") + bytes(44) + rest


@test
def an_archive_has_the_files_their_folders_and_a_console(_: Path) -> None:
    found = unpacked(make_archive({"/a/b/c": Node(0o100644, b"12345"), "/init": Node(0o100755, b"")}))
    expect(found["a/b/c"] == (0o100644, b"12345") and found["init"][0] == 0o100755, found)
    expect(all(stat.S_ISDIR(found[folder][0]) for folder in ("a", "a/b", "dev")), found)
    expect(stat.S_ISCHR(found["dev/console"][0]), found)
    names = list(found)
    expect(all(names.index(name.rpartition("/")[0]) < names.index(name) for name in names if "/" in name), names)


@test
def commands_reach_the_first_process_with_their_words_and_input(folder: Path) -> None:
    program = folder / "prog"
    program.write_bytes(elf())
    commands = [linux.Command(program, ("one", "two three"), b"given"), linux.Command(program)]
    found = unpacked(linux.archive_of(program, commands, {}, "MARK"))
    expect(found["commands"][1] == b"MARK\n/input/0\t/bin/prog\tone\ttwo three\n/input/1\t/bin/prog\n", found["commands"])
    expect(found["input/0"][1] == b"given" and found["input/1"][1] == b"" and found["bin/prog"] == (0o100755, elf()), found)
    expect("tabs" in refusal(program, [linux.Command(program, ("a\tb",))], {}, "M", by=linux.archive_of))


@test
def what_is_no_static_program_for_riscv64_is_refused(folder: Path) -> None:
    program = folder / "prog"
    expect("cannot read" in refusal(program, by=linux.read_program))
    for data, words in ((b"", "no program for riscv64"), (elf(62), "no program for riscv64"), (elf()[:10], "no program"),
                        (elf(rest=b"/lib/ld-linux-riscv64-lp64d.so.1"), "dynamic linker")):
        program.write_bytes(data)
        line = refusal(program, by=linux.read_program)
        expect(words in line and "riscv64-linux-gnu-gcc -static" in line, line)


@test
def what_the_programs_did_is_read_from_the_console(_: Path) -> None:
    console = b"firmware\r\nM begins\none\nlast\nM exited 3\nM begins\n\xff\0\nM killed 11\nM begins\nhangs"
    found = linux.outcomes(console, "M", 4)
    expect([outcome.output for outcome in found] == [b"one\nlast", b"\xff\0", b"hangs", b""], found)
    expect([outcome.shell_status() for outcome in found] == [3, 139, 1, 1], found)
    expect([outcome.ending() for outcome in found][1:3] == ["was killed by signal 11", "has not ended"], found)


def with_make(folder: Path, result: str) -> str:
    """Configures by a stand-in of make, which leaves `result`."""
    script(folder / "bin/make", f'case "$*" in *olddefconfig*) printf "{result}" >.config ;; *) : >.config ;; esac')
    before, os.environ["PATH"] = os.environ["PATH"], f"{folder / 'bin'}:{os.environ['PATH']}"
    try:
        return refusal(folder, folder / "log", by=linux.configure)
    finally:
        os.environ["PATH"] = before


@test
def a_configuration_that_the_kernel_undoes_is_refused(folder: Path) -> None:
    lines = [line for line in linux.CONFIG.read_text().splitlines() if line and "CONFIG_" in line]
    expect("without CONFIG_SECCOMP" in with_make(folder, "\\n".join(["", *lines, "CONFIG_SECCOMP=y", ""])))
    expect("CONFIG_SMP=y" in with_make(folder, "\\n".join(["", *(line for line in lines if "SMP" not in line), ""])))


@test
def a_failing_make_is_told_with_where_to_look(folder: Path) -> None:
    script(folder / "bin/make", "echo no; exit 2")
    before, os.environ["PATH"] = os.environ["PATH"], f"{folder / 'bin'}:{os.environ['PATH']}"
    try:
        line = refusal(folder, folder / "log", by=linux.configure)
    finally:
        os.environ["PATH"] = before
    expect("failed" in line and str(folder / "log") in line and (folder / "log").read_text() == "no\n", line)


PROGRAM = r"""
#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
    char line[64] = "";
    if (count > 1 && strcmp(words[1], "crash") == 0) __builtin_trap();
    if (fgets(line, sizeof line, stdin) == NULL) return 9;
    printf("%s|%s", count > 1 ? words[1] : "", line);
    return count;
}
"""


@test
def programs_run_on_a_real_linux_and_end_there_as_they_do(folder: Path) -> None:
    if not INIT.is_file() or not any((ROOT / "build").glob("linux-*/made_of")):
        raise Skip("no Linux has been built: ./pagoda linux does")
    program = folder / "program"
    subprocess.run(["riscv64-linux-gnu-gcc", "-static", "-x", "c", "-", "-o", program], input=PROGRAM, text=True, check=True)
    given = folder / "given"
    given.write_text("input\nmore")
    done = run([sys.executable, ROOT / "tools/linux.py", BUILD, "--input", given, "--run", f"'{program}' 'two words'",
                "--run", f"'{program}' crash", "--run", f"'{program}'"])
    expect(done.returncode == 2 and done.stdout == "two words|input\n|input\n", done)
    expect("killed by signal 5" in done.stderr, done.stderr)


sys.exit(run_all())
