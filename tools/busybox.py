# SPDX-License-Identifier: MIT
# busybox's own test suite, on the machine and on a real Linux in the same emulator: what passes, what does not.
#
#   busybox.py build release [--only APPLET,...] [--write]
from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import filesystem
import linux
import root
from filesystem import Folder, Item, Link, Plain
from initramfs import Node, executable
from linux import say
from machine import Refusal, refuse

SCRIPT = Path(__file__).with_name("busybox_suite.sh")
PAGE = Path(__file__).resolve().parents[1] / "docs/ports.md"
BETWEEN = ("<!-- made by tools/busybox.py build release --write -->\n", "<!-- to here -->\n")
RESULT = re.compile(r"(PASS|FAIL|SKIPPED|UNTESTED|LATE): (.*)")
MEBIBYTES = 48
TOGETHER = 6

Results = dict[str, dict[str, str]]  # of each command's tests


def suite(builds: Path) -> tuple[Path, Path]:
    """The sources, and what was built of them."""
    folder = builds / "ports/busybox"
    sources = next(iter(sorted((folder / "source").glob("busybox-*/testsuite"))), None)
    if sources is None or not (folder / "root/bin/busybox").is_file():
        raise Refusal("busybox is not built: ./pagoda port busybox")
    return sources.parent, folder / "root/bin"


def applets(source: Path, programs: Path) -> list[str]:
    """Those that have tests, and are built."""
    tests = source / "testsuite"
    names = {path.name for path in tests.iterdir() if path.is_dir()} | {path.stem for path in tests.glob("*.tests")}
    return sorted(name for name in names if (programs / name).is_symlink() or name == "busybox")


def tree(source: Path, programs: Path) -> dict[str, Item]:
    """All that the machine needs: busybox as everything, also as the shell."""
    busybox = Plain((programs / "busybox").read_bytes(), 0o755)
    items: dict[str, Item] = {f"/{name}": Folder(0o755) for name in ("bin", "dev", "etc", "proc", "suite", "suite/links", "usr", "root")}
    items["/tmp"] = Folder(0o1777)
    items |= {"/usr/bin": Link("../bin"), "/bin/busybox": busybox, "/suite/busybox": busybox, "/suite/run": Plain(SCRIPT.read_bytes(), 0o755)}
    items["/suite/.config"] = Plain((source / ".config").read_bytes(), 0o644)
    items |= {path: Plain(root.TEXTS[path].encode(), 0o644) for path in ("/etc/passwd", "/etc/group")}
    for link in programs.iterdir():
        if link.is_symlink():
            items |= {f"/bin/{link.name}": Link("busybox"), f"/suite/links/{link.name}": Link("/suite/busybox")}
    items["/suite/links/busybox"] = Link("/suite/busybox")
    return {**items, **dict(root.found(source / "testsuite", "/suite/testsuite"))}


def read(text: str) -> Results:
    """What the script printed."""
    results: Results = {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("@@ "):
            found = results.setdefault(line[3:], {})
        elif (result := RESULT.fullmatch(line)) is not None:
            found[result[2]] = result[1]
    return results


def on_linux(items: dict[str, Item], build: Path, builds: Path, names: list[str], programs: Path) -> Results:
    nodes = {path: Node(0o40000 | item.mode) if isinstance(item, Folder) else Node(0o120777, item.to.encode()) if isinstance(item, Link)
             else Node(0o100000 | item.mode, item.data) for path, item in items.items()}
    del nodes["/bin/busybox"]  # it is the command
    command = linux.Command(programs / "busybox", ("ash", "/suite/names"))
    nodes["/suite/names"] = executable(f"exec busybox ash /suite/run {' '.join(names)}\n".encode())
    say(f"busybox: the tests of {len(names)} commands on a real Linux")
    done = linux.run(linux.build_kernel(builds), build / "user/linux/linux_init", [command], nodes, memory=512, timeout=3000)
    return read(done[0].output.decode("utf-8", "replace").replace("\r", ""))


def known_of_linux(items: dict[str, Item], build: Path, builds: Path, names: list[str], programs: Path) -> Results:
    """It is asked once, for all: that takes ten minutes."""
    record = builds / "ports/busybox/linux.json"
    results: Results = json.loads(record.read_text()) if record.exists() else {}
    if any(name not in results for name in names):
        results |= on_linux(items, build, builds, names, programs)
        record.write_text(json.dumps(results, indent=1))
    return {name: results.get(name, {}) for name in names}


def on_pagoda(items: dict[str, Item], build: Path, names: list[str], limit: int) -> Results:
    """A boot for some at a time: what hangs or breaks the machine costs no other its results."""
    results: Results = {}
    with tempfile.TemporaryDirectory() as scratch:
        image, swap, said = (Path(scratch) / name for name in ("root.img", "swap.img", "said"))
        filesystem.make(image, MEBIBYTES, block=1024)  # as their table of sizes has ext3
        filesystem.install(image, [], items, "root.img")
        root.make_swap(swap)
        for at in range(0, len(names), TOGETHER):
            some = names[at:at + TOGETHER]
            say(f"busybox: the tests of {' '.join(some)} on Pagoda")
            command = [sys.executable, str(SCRIPT.with_name("program.py")), str(build), "--harts", "1", "--disk",
                       f"root={image},forget\nswap={swap},forget", "--", "/bin/busybox", "env", f"LIMIT={limit}", "busybox", "ash",
                       "/suite/run", *some]
            with said.open("wb") as output:
                try:
                    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, timeout=limit * 4, check=False)
                except subprocess.TimeoutExpired:
                    say("busybox: they are late: those that have not ended count as failed")
            results |= read(said.read_text(errors="replace"))
    return results


def count(results: dict[str, str], what: str) -> int:
    return sum(result == what for result in results.values())


def table(pagoda: Results, real: Results) -> str:
    lines = ["| command | tests | pass here | pass on Linux | fail here alone |", "|---|---|---|---|---|"]
    for name in sorted(real):
        here, there = pagoda.get(name, {}), real[name]
        tests = count(there, "PASS") + count(there, "FAIL")
        alone = [test for test, result in there.items() if result == "PASS" and here.get(test) != "PASS"]
        if tests:
            names = "; ".join(test.replace("|", "\\|") for test in alone[:6]) + (f"; and {len(alone) - 6} more" if len(alone) > 6 else "")
            lines.append(f"| {name} | {tests} | {count(here, 'PASS')} | {count(there, 'PASS')} | {names} |")
    total = [sum(count(results.get(name, {}), "PASS") for name in real) for results in (pagoda, real)]
    tests = sum(count(there, "PASS") + count(there, "FAIL") for there in real.values())
    return "\n".join([*lines, f"| **all** | **{tests}** | **{total[0]}** | **{total[1]}** | |", ""])


def write(text: str) -> None:
    page = PAGE.read_text()
    start, end = page.index(BETWEEN[0]) + len(BETWEEN[0]), page.index(BETWEEN[1])
    PAGE.write_text(page[:start] + text + page[end:])


def main() -> int:
    parser = argparse.ArgumentParser(description="busybox's own test suite")
    parser.add_argument("builds", type=Path)
    parser.add_argument("type", help="debug or release")
    parser.add_argument("--only", help="APPLET,APPLET...")
    parser.add_argument("--limit", type=int, default=60, help="seconds for a command's tests")
    parser.add_argument("--write", action="store_true", help="the table goes to docs/ports.md")
    options = parser.parse_args()
    try:
        source, programs = suite(options.builds)
        names = options.only.split(",") if options.only else applets(source, programs)
        items = tree(source, programs)
        build = options.builds / options.type
        real = known_of_linux(items, build, options.builds, names, programs)
        here = on_pagoda(items, build, names, options.limit)
    except Refusal as refusal:
        return refuse(refusal)
    for name, results in {**real, **here}.items():
        for test, result in results.items():
            known = real.get(name, {}).get(test, "")
            print(f"{result:<8} {known if result != known else '':<8} {name}: {test}")
    text = table(here, real)
    print(text, end="")
    if options.write:
        write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
