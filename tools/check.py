# SPDX-License-Identifier: MIT
# The gates that need no boot: format, lints, warnings of the second compiler, the house's rules. Each says what to do.
from __future__ import annotations

import argparse
import functools
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import documents

ROOT = Path(__file__).resolve().parents[1]
LINE_CEILING = 3499  # of the kernel: under 3,500
FILE_CEILING = 350  # lines of one kernel source, comments and all
LAYERS = ("boot", "kernel", "libos", "pagers", "drivers", "user", "tools")
CODE = (".c", ".h", ".S", ".def")
NEEDS_LICENCE = (*CODE, ".py", ".sh", ".ld", ".ini", "meson.build")
MAY_REPEAT = ("meson.build", "README.md")

Found = list[str]  # what is wrong; nothing: all is well


def files(*endings: str, under: tuple[str, ...] = LAYERS) -> list[Path]:
    return sorted(path for layer in under for path in (ROOT / layer).rglob("*")
                  if path.is_file() and path.name.endswith(endings) and "__pycache__" not in path.parts)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def output(command: list[str], text: str | None = None, folder: Path = ROOT) -> Found:
    """What a tool says when it is not content."""
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return []
    return (done.stdout + done.stderr).splitlines() or [f"{command[0]} ended with status {done.returncode}"]


def in_parallel(work: list[Callable[[], Found]]) -> Found:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [line for found in pool.map(lambda job: job(), work) for line in found]


@functools.cache
def clang_headers() -> str:
    done = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True, check=False)
    return done.stdout.strip() + "/include"


class Compilation:
    """One row of compile_commands.json: a source and how it is compiled."""

    def __init__(self, build: Path, row: dict[str, str]) -> None:
        words = shlex.split(row["command"])
        self.source = (build / row["file"]).resolve()
        self.build = build
        self.compiler = next(word for word in words if not word.startswith("-") and "ccache" not in word)
        self.options: list[str] = []
        skip = False
        for word in words[words.index(self.compiler) + 1:]:
            if skip or word in ("-o", "-MF", "-MQ"):
                skip = not skip
            elif word not in ("-c", "-MD", "-fdiagnostics-color=always", row["file"]):
                self.options.append(word)

    def for_riscv(self) -> bool:
        return "riscv64" in Path(self.compiler).name

    def clang(self) -> Found:
        options = [re.sub(r"_zi(csr|fencei)", "", word) for word in self.options]  # clang 14 has them in the base
        if self.source.suffix == ".S":  # and does not know how assembler asks for more than the base
            options = [re.sub(r"^-march=rv64imac$", "-march=rv64imafdc", word) for word in options]
        if "-idirafter" in options:  # the compiler's own headers, without a C library's
            options[options.index("-idirafter") + 1] = clang_headers()
        target = ["--target=riscv64-linux-gnu"] if self.for_riscv() else []
        return output(["clang", *target, *options, "-Wno-unknown-warning-option", "-Qunused-arguments",
                       "-c", "-o", "/dev/null", str(self.source)], folder=self.build)

    def header(self, header: Path) -> Found:
        found = output([self.compiler, *self.options, "-fsyntax-only", "-x", "c", "-"], f'#include "{header}"\n', self.build)
        return [f"{short(header)} does not compile alone:", *found] if found else []


def compilations(build: Path) -> dict[Path, Compilation]:
    """One of each source: by its own layer if that compiles it, and the first, which is the plain variant."""
    rows: dict[Path, Compilation] = {}
    commands = json.loads((build / "compile_commands.json").read_text())
    for row in sorted(commands, key=lambda row: row["output"].split("/")[0] not in row["file"].split("/")):
        one = Compilation(build, row)
        if one.source.is_relative_to(ROOT) and not one.source.is_relative_to(build):
            rows.setdefault(one.source, one)
    return rows


def check_format(_: Path) -> Found:
    """run: clang-format -i FILE"""
    sources = [str(path) for path in files(".c", ".h")]
    return [line for line in output(["clang-format", "--dry-run", "-Werror", *sources]) if "error:" in line] if sources else []


def check_shell(_: Path) -> Found:
    """write what shellcheck proposes"""
    scripts = [path for path in [ROOT / "pagoda", ROOT / ".ci/run", *files("")] if path.is_file()
               and path.read_bytes()[:128].startswith((b"#!/bin/sh", b"#!/usr/bin/env sh"))]
    return output(["shellcheck", *map(str, scripts)])


def check_cppcheck(build: Path) -> Found:
    """mend it, or say why it is right: // cppcheck-suppress NAME"""
    by_options: dict[tuple[str, ...], list[str]] = {}
    for source, one in compilations(build).items():
        if source.suffix == ".c":
            options = list(one.options)
            chosen = [word for here, word in enumerate(options) if word.startswith(("-I", "-D")) or
                      here > 0 and options[here - 1] in ("-I", "-iquote")]
            paths = tuple(f"-I{(build / word.removeprefix('-I')).resolve()}" if not word.startswith("-D") else word
                          for word in chosen if word != "-I")
            by_options.setdefault(paths, []).append(str(source))
    return in_parallel([lambda paths=paths, sources=sources: output([  # type: ignore[misc]
        "cppcheck", "--quiet", "--enable=warning,portability,performance", "--inline-suppr", "--error-exitcode=1",
        "--suppress=comparePointers",  # the linker's symbols are compared
        "--suppress=uninitvar",  # it does not see what assembler writes; both compilers look for this
        "--suppress=invalidPrintfArgType_sint", "--suppress=invalidPrintfArgType_uint",  # gcc and clang look for these
        "--suppress=missingInclude", "--suppress=missingIncludeSystem", "--suppress=normalCheckLevelMaxBranches",
        "--template={file}:{line}: {id}: {message}", *paths, *sources]) for paths, sources in by_options.items()])


def check_clang(build: Path) -> Found:
    """gcc was content, clang is not: satisfy both"""
    return in_parallel([one.clang for source, one in compilations(build).items() if source.suffix in (".c", ".S")])


def check_headers(build: Path) -> Found:
    """include in each header what it uses"""
    rows = compilations(build)
    work: list[Callable[[], Found]] = []
    for header in files(".h"):
        place = ROOT / "libos/os" if header.is_relative_to(ROOT / "libos/abi") else header  # no source is beside the contract
        beside = [one for source, one in rows.items() if source.suffix == ".c" and place.is_relative_to(source.parent)]
        for one in sorted(beside, key=lambda one: -len(one.source.parts))[:1]:  # none: its layer is not built yet
            work.append(lambda one=one, header=header: one.header(header))  # type: ignore[misc]
    return in_parallel(work)


def code_lines(text: str, assembler: bool = False) -> int:
    """Lines that hold more than blanks and comments."""
    def keep_strings(match: re.Match[str]) -> str:
        return match[0] if match[0][0] in "\"'" else " " + "\n" * match[0].count("\n")

    text = re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", keep_strings, text, flags=re.DOTALL)
    comment = re.compile(r"\s*#(?!\s*(define|undef|include|if|ifdef|ifndef|else|elif|endif|error)\b)")
    return sum(1 for line in text.splitlines() if line.strip() and not (assembler and comment.match(line)))


def kernel_sources() -> Iterator[Path]:
    tests = ROOT / "kernel/test"
    return (path for path in files(*CODE, under=("kernel",)) if not path.is_relative_to(tests))


def check_ceiling(_: Path) -> Found:
    """take code out of the kernel: what can live in user space should"""
    lines = sum(code_lines(path.read_text(), path.suffix == ".S") for path in kernel_sources())
    print(f"kernel: {lines} of at most {LINE_CEILING} lines of code")
    return [] if lines <= LINE_CEILING else [f"{lines - LINE_CEILING} lines too many"]


def check_length(_: Path) -> Found:
    """one file is one noun: split it"""
    counts = ((path, len(path.read_text().splitlines())) for path in kernel_sources())
    return [f"{short(path)}: {count} lines, at most {FILE_CEILING}" for path, count in counts if count > FILE_CEILING]


def check_licence(_: Path) -> Found:
    """begin the file with: // SPDX-License-Identifier: MIT (# in scripts), then a line that says what it is"""
    named = [ROOT / name for name in ("pagoda", "meson.build", ".ci/run")]
    scripts = [path for path in files("") if path.read_bytes()[:2] == b"#!"]
    wanted = sorted({*files(*NEEDS_LICENCE), *scripts, *(path for path in named if path.exists())})
    return [short(path) for path in wanted
            if not any("SPDX-License-Identifier: MIT" in line for line in path.read_text().splitlines()[:2])]


def check_names(_: Path) -> Found:
    """rename one: a base name says which file is meant, everywhere; only <abi/...> names the files that serve it"""
    places: dict[str, list[str]] = {}
    for path in files("", under=(*LAYERS, "docs")):
        if path.name not in MAY_REPEAT and not path.name.startswith(".") and path.parent != ROOT / "libos/abi/abi":
            places.setdefault(path.name, []).append(short(path))
    return [" and ".join(paths) for paths in places.values() if len(paths) > 1]


def check_documents(_: Path) -> Found:
    """a change of behaviour changes the documents in the same commit"""
    return documents.check_reference(ROOT) + documents.check_linux(ROOT) + documents.check_quotes(ROOT)


CHECKS = {  # in order of cost
    "lines of code": check_ceiling,
    "length of files": check_length,
    "licence line": check_licence,
    "unique names": check_names,
    "documents": check_documents,
    "format": check_format,
    "shell": check_shell,
    "headers alone": check_headers,
    "clang": check_clang,
    "cppcheck": check_cppcheck,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="check what needs no boot")
    parser.add_argument("build", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    print("ok    build: gcc finds nothing to warn of", flush=True)  # or ./pagoda would not have come here
    passed, failed = 1, 0
    for name, check in CHECKS.items():
        found = check(options.build.resolve())
        if not found:
            passed += 1
            print(f"ok    {name}", flush=True)
            continue
        failed += 1
        print(f"FAIL  {name}: {check.__doc__}", flush=True)
        shown = found if options.verbose else found[:40]
        for line in shown:
            print(f"      {line}")
        if len(found) > len(shown):
            print(f"      and {len(found) - len(shown)} lines more: ./pagoda check -v")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
