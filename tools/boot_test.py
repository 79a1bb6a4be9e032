# SPDX-License-Identifier: MIT
# The boot-test runner: boots a kernel, reads its console, and judges it in TAP.
#
#   boot_test.py ktest --kernel K.bin [--image I.img]      the guest speaks TAP; it is judged by its own plan
#   boot_test.py system --boot build/debug/boot NAME...    system scenarios: what a console must show (scenarios.py)
#   boot_test.py list debug|release
from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import tap
from machine import Machine, Refusal
from scenarios import SCENARIOS, Scenario, names

PANIC = re.compile(r"pagoda: (PANIC: .*)")
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])")  # what moves a terminal's cursor
REFUSED = re.compile(r"pagoda: (cannot start: .*)")


class Boot:
    """One run of a machine. Iterate over its console lines; then `status` is its exit status, None if it had to be stopped."""

    def __init__(self, machine: Machine, timeout: float, talk: Sequence[tuple[str, str]] = ()) -> None:
        self.status: int | None = None
        self.timeout = timeout
        self.talk = list(talk)  # what is waited for, and then typed
        self.heard = ""  # since something was typed last
        command = machine.command()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE if talk else subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, pass_fds=machine.files)

    def converse(self, piece: bytes) -> None:
        """Types what is to be typed, when it is time to."""
        self.heard = ESCAPES.sub("", self.heard + piece.decode("utf-8", "replace"))
        while self.talk and (found := re.search(self.talk[0][0], self.heard)):
            keys = self.talk.pop(0)[1]
            self.heard = self.heard[found.end() - (not keys):]  # where nothing is typed the next begins with the last letter
            assert self.process.stdin is not None
            try:
                self.process.stdin.write(keys.encode())
                self.process.stdin.flush()
            except BrokenPipeError:
                return

    def __iter__(self) -> Iterator[str]:
        assert self.process.stdout is not None
        output = self.process.stdout
        deadline = time.monotonic() + self.timeout
        rest = b""
        try:
            with DefaultSelector() as selector:
                selector.register(output, EVENT_READ)
                while (left := deadline - time.monotonic()) > 0 and selector.select(left):
                    piece = output.read1()  # type: ignore[attr-defined]
                    if not piece:
                        self.status = self.process.wait(max(0.1, deadline - time.monotonic()))
                        break
                    self.converse(piece)
                    *lines, rest = (rest + piece).split(b"\n")
                    yield from map(printable, lines)
            if rest:
                yield printable(rest)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.stop()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def ending(self) -> str:
        return f"stopped after {self.timeout:g} seconds: it hung" if self.status is None else f"ended with status {self.status}"


def printable(line: bytes) -> str:
    text = line.decode("utf-8", "replace").rstrip("\r")
    return "".join(letter if letter.isprintable() or letter == "\t" else "?" for letter in text)


def say(line: str) -> None:
    print(line, flush=True)


def judge_ktest(machine: Machine, timeout: float) -> bool:
    """Passes the guest's TAP on, with one test more at its end: that the machine ended well."""
    boot = Boot(machine, timeout)
    planned: int | None = None
    seen: set[int] = set()
    fine = True
    reasons: list[str] = []
    for line in boot:
        plan, result, bail = tap.PLAN.fullmatch(line), tap.parse_result(line), tap.BAIL.match(line)
        died = PANIC.search(line) or REFUSED.search(line)
        if plan is not None and planned is None:
            planned = int(plan[1])
            say(f"1..{planned + 1}")
            continue
        if result is not None and planned is not None and result.number <= planned and result.number not in seen:
            seen.add(result.number)
            fine = fine and (result.passed or result.excused)
            say(line)
            continue
        say(f"# {line.removeprefix('# ')}")
        if plan is not None:
            reasons.append("a second plan")
        elif result is not None:
            reasons.append(f"a result that was not planned: {line}")
        elif bail is not None:
            reasons.append(f"bailed out: {bail[1]}")
        elif died is not None:
            reasons.append(died[1])
    if boot.status != 0:
        reasons.append(boot.ending())
    if planned == 0:
        reasons.append("no test ran")
    if planned is None:
        reasons.insert(0, "the guest printed no plan")
        say("1..1")
    for number in range(1, (planned or 0) + 1):
        if number not in seen:
            say(f"not ok {number} - did not run; {'; '.join(reasons) or 'the guest left it out'}")
            fine = False
    last = (planned or 0) + 1
    if reasons:
        say(f"not ok {last} - the machine ends well; it did not: {'; '.join(reasons)}")
    else:
        say(f"ok {last} - the machine ends well")
    return fine and not reasons


def judge_scenario(scenario: Scenario, boot_folder: Path, variant: str) -> str:
    """The reason why the scenario failed, or nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        machine = scenario.machine(boot_folder, Path(scratch), variant)
        boot = Boot(machine, scenario.timeout, scenario.talk)
        wanted = list(scenario.shows)
        forbidden = ""
        try:
            for line in boot:
                say(f"# {line}")
                if wanted and re.search(wanted[0], line):
                    wanted.pop(0)
                    if not wanted and scenario.status is None:
                        return ""
                elif not forbidden and any(re.search(never, line) for never in scenario.never):
                    forbidden = line
        finally:
            boot.stop()
        left = scenario.wrong(Path(scratch))
    if forbidden:
        return f"it showed what it must not: {forbidden}"
    if boot.talk:
        return f"it never showed /{boot.talk[0][0]}/ to be answered by typing; last was {boot.heard[-300:]!r}; {boot.ending()}"
    if wanted:
        return f"it never showed /{wanted[0]}/; {boot.ending()}"
    if boot.status != scenario.status:
        return f"{boot.ending()}, expected {scenario.status}"
    return left or ""


def main() -> int:
    parser = argparse.ArgumentParser(description="boot a kernel and judge it in TAP")
    modes = parser.add_subparsers(dest="mode", required=True)
    ktest = modes.add_parser("ktest")
    ktest.add_argument("--kernel", type=Path, required=True)
    ktest.add_argument("--image", type=Path)
    ktest.add_argument("--harts", type=int, default=1)
    ktest.add_argument("--mem", type=int, default=128, metavar="MIB")
    ktest.add_argument("--append", default="")
    ktest.add_argument("--timeout", type=float, default=60)
    system = modes.add_parser("system")
    system.add_argument("--boot", type=Path, required=True, help="the folder of the kernel and its image")
    system.add_argument("--variant", default="pagoda", help="which kernel, e.g. pagoda-ubsan")
    system.add_argument("names", nargs="+", choices=SCENARIOS, metavar="NAME")
    listing = modes.add_parser("list", help="the names of the system scenarios")
    listing.add_argument("build_type", choices=("debug", "release"))
    listing.add_argument("--long", action="store_true", help="those that take minutes, instead")
    options = parser.parse_args()

    try:
        if options.mode == "list":
            print("\n".join(names(options.build_type, options.long)))
            return 0
        if options.mode == "ktest":
            machine = Machine(options.kernel, options.image, options.harts, options.mem, options.append, reboots=False)
            return 0 if judge_ktest(machine, options.timeout) else 1
        say(f"1..{len(options.names)}")
        failed = 0
        for number, name in enumerate(options.names, 1):
            reason = judge_scenario(SCENARIOS[name], options.boot, options.variant)
            failed += reason != ""
            say(f"not ok {number} - {name}; {reason}" if reason else f"ok {number} - {name}")
        return 0 if failed == 0 else 1
    except Refusal as refusal:
        say(f"Bail out! {refusal}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
