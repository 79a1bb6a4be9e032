# SPDX-License-Identifier: MIT
# The programs of user/linux, built with musl in place of glibc: each must print here what it prints on a real Linux.
#
#   musl.py build release [NAME]...
from __future__ import annotations

import argparse
import errno
import subprocess
import sys
import tempfile
from pathlib import Path

import filesystem
import linux
import root
from filesystem import Item, Plain
from linux import say
from machine import Refusal, refuse

SOURCES = Path(__file__).resolve().parents[1] / "user/linux"
NOT_TESTS = ("bench", "init", "large", "differ")
FLAGS = ("-static", "-O2", "-D_GNU_SOURCE", "-w", "-idirafter", "/usr/riscv64-linux-gnu/include", "-DRENAME_NOREPLACE=1", "-DRENAME_EXCHANGE=2")
WORDS = {"hello": ("you",)}


def names_of_errors(folder: Path) -> list[str]:
    """strerrorname_np, which is glibc's own: a header and a source with it, as words for the compiler."""
    header, source = folder / "names.h", folder / "names.c"
    header.write_text("const char *strerrorname_np(int);\n")
    rows = "".join(f'case {number}: return "{name}";' for number, name in errno.errorcode.items())
    source.write_text(f"const char *strerrorname_np(int e) {{ switch (e) {{ {rows} }} return 0; }}\n")
    return ["-include", str(header), str(source)]


def compiled(builds: Path, names: list[str], folder: Path) -> dict[str, Path]:
    compiler = builds / "ports/musl/host/bin/musl-gcc"
    if not compiler.is_file():
        raise Refusal("musl is not built: ./pagoda port musl")
    found, more = {}, names_of_errors(folder)
    for name in names:
        program = folder / f"linux_{name}"
        done = subprocess.run([compiler, *FLAGS, *more, SOURCES / f"linux_{name}.c", "-o", program], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found[name] = program
        else:
            error = next((line for line in done.stderr.splitlines() if "error" in line), "it says not why")
            print(f"{name:<12} musl has not what it uses: {error.partition('error: ')[2] or error}")
    return found


def on_linux(builds: Path, build: Path, programs: dict[str, Path]) -> list[bytes]:
    commands = [linux.Command(program, WORDS.get(name, ())) for name, program in programs.items()]
    done = linux.run(linux.build_kernel(builds), build / "user/linux/linux_init", commands, timeout=600)
    return [outcome.output.replace(b"\r\n", b"\n") for outcome in done]


def on_pagoda(build: Path, programs: dict[str, Path], folder: Path) -> list[bytes]:
    image = folder / "root.img"
    items: dict[str, Item] = {path: item for path, item in root.built(build).items() if path != root.RECORD}
    items |= {f"/bin/{program.name}": Plain(program.read_bytes(), 0o755) for program in programs.values()}
    filesystem.make(image, 64)
    filesystem.install(image, [], items, image.name)
    found = []
    for name, program in programs.items():
        command = [sys.executable, str(Path(__file__).with_name("program.py")), str(build), "--harts", "1", "--disk", f"root={image},forget",
                   "--", f"/bin/{program.name}", *WORDS.get(name, ())]
        try:
            found.append(subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=180, check=False).stdout)
        except subprocess.TimeoutExpired as late:
            found.append((late.stdout or b"") + b"it did not end\n")
    return found


def difference(here: bytes, there: bytes) -> str:
    """The first line that differs."""
    ours, theirs = here.decode("utf-8", "replace").splitlines(), there.decode("utf-8", "replace").splitlines()
    for number in range(max(len(ours), len(theirs))):
        one, other = (lines[number] if number < len(lines) else "nothing" for lines in (ours, theirs))
        if one != other:
            return f"line {number + 1} is `{one}`, on Linux `{other}`"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description="programs with musl, here and on a real Linux")
    parser.add_argument("builds", type=lambda word: Path(word).resolve())
    parser.add_argument("type", help="debug or release")
    parser.add_argument("names", nargs="*", help="else all programs of user/linux that are tests")
    options = parser.parse_args()
    names = options.names or sorted(path.stem.removeprefix("linux_") for path in SOURCES.glob("linux_*.c"))
    wrong = 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            programs = compiled(options.builds, [name for name in names if name not in NOT_TESTS], Path(scratch))
            build = options.builds / options.type
            say(f"musl: {len(programs)} programs on a real Linux, and on Pagoda")
            for name, there, here in zip(programs, on_linux(options.builds, build, programs), on_pagoda(build, programs, Path(scratch))):
                found = difference(here, there)
                wrong += found != ""
                print(f"{name:<12} {found or 'the same: ' + str(there.count(bytes([10]))) + ' lines'}")
    except Refusal as refusal:
        return refuse(refusal)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
