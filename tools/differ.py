# SPDX-License-Identifier: MIT
# The differential test of memory (user/linux/linux_differ.c): the same sequences of calls here and on a real Linux.
# Where a sequence says something else, it is made as short as it can be, and both sides are shown.
#
#   differ.py build/debug sequences=1000 seed=1        which is ./pagoda differ sequences=1000 seed=1
#   differ.py build/debug only=17                      one sequence; only=17:3f, some calls of it
from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boot_test import Boot, say
from bootimage import described, with_file
from linux import ROOT, Command, Kernel, build_kernel, run
from machine import Machine, Refusal, refuse
from scenarios import DIFFER_SERVERS

PROGRAM = "linux_differ"
ALL = (1 << 64) - 1
TOLD = re.compile(r"sequence (\d+):([0-9a-f]+) (.*)")
WHOSE = re.compile(r"((?:\d+: )*)(.*)")
AT_ONCE = 500  # sequences in one boot
MEMORY = 512  # MiB of it: memory that is shared is the file server's, and not swapped
ON_A_LINE = 4  # words of a command
FOUND_MOST = 5  # differences that are made short and shown

Key = tuple[int, int]  # a seed, and a mask of calls


@dataclass(frozen=True)
class Systems:
    build: Path
    kernel: Kernel
    harts: int

    def on_pagoda(self, commands: Sequence[str], timeout: float) -> list[str]:
        image = with_file((self.build / "boot/pagoda.img").read_bytes(), PROGRAM.encode(),
                          (self.build / "user/linux" / PROGRAM).read_bytes())
        runs = "".join(f"run {PROGRAM} {command}\n" for command in commands)
        with tempfile.TemporaryDirectory() as scratch:
            place = Path(scratch) / "image"
            place.write_bytes(described(image, f"{DIFFER_SERVERS}{runs}finally poweroff\n"))
            machine = Machine(self.build / "boot/pagoda.bin", place, self.harts, MEMORY, append="", reboots=False)
            lines = list(Boot(machine, timeout))
        if not any("init: done" in line for line in lines):
            raise Refusal("Pagoda has not come to its end; the last that it said: " + (lines or ["nothing"])[-1])
        return lines

    def on_linux(self, commands: Sequence[str], timeout: float) -> list[str]:
        programs = self.build / "user/linux"
        outcomes = run(self.kernel, programs / "linux_init",
                       [Command(programs / PROGRAM, tuple(command.split())) for command in commands], harts=self.harts, timeout=timeout)
        return [line for outcome in outcomes for line in outcome.output.decode("utf-8", "replace").splitlines()]


def told(lines: list[str]) -> dict[Key, str]:
    """What each sequence came to."""
    found = {}
    for line in lines:
        if match := TOLD.search(line):
            found[int(match[1]), int(match[2], 16)] = match[3]
    return found


def both(systems: Systems, commands: Sequence[str], keys: Sequence[Key], timeout: float) -> list[Key]:
    """Those that come to something else, or to nothing, here or there."""
    here, there = told(systems.on_pagoda(commands, timeout)), told(systems.on_linux(commands, timeout))
    return [key for key in keys if here.get(key, "nothing") != there.get(key, "none")]


def differing(systems: Systems, keys: Sequence[Key]) -> list[Key]:
    words = [f"try={seed}:{mask:x}" for seed, mask in keys]
    return both(systems, [" ".join(words[i:i + ON_A_LINE]) for i in range(0, len(words), ON_A_LINE)], keys, 300)


def shorter(systems: Systems, key: Key) -> Key:
    """With as few calls as still make a difference."""
    seed, mask = key
    size = 16
    while size > 0:
        calls = [number for number in range(64) if mask >> number & 1]
        pieces = [sum(1 << number for number in calls[i:i + size]) for i in range(0, len(calls), size)]
        left = differing(systems, [(seed, mask & ~piece) for piece in pieces]) if len(calls) > 1 else []
        removed = [piece for piece in pieces if (seed, mask & ~piece) in left]
        together = mask & ~sum(removed)
        if removed and together and len(removed) > 1 and differing(systems, [(seed, together)]):
            mask = together
        elif removed:
            mask = mask & ~removed[0]
        else:
            size //= 2
    return seed, mask


def by_process(lines: list[str]) -> list[str]:
    """Lines of a sequence, each process's together: which comes first is not said."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        match = WHOSE.fullmatch(line)
        assert match is not None
        if re.match(r"\d+ |sequence |\w+[+-]0x", match[2]):
            groups.setdefault(match[1], []).append(line)
    return [line for whose in sorted(groups) for line in groups[whose]]


def show(systems: Systems, key: Key) -> None:
    command = [f"show={key[0]}:{key[1]:x}"]
    here, there = by_process(systems.on_pagoda(command, 60)), by_process(systems.on_linux(command, 60))
    for i in range(max(len(here), len(there))):
        mine, its = here[i] if i < len(here) else "nothing", there[i] if i < len(there) else "nothing"
        if mine != its:
            say(f"Pagoda: {mine}\nLinux:  {its}")
            if not re.match(r"(\d+: )*\w+[+-]0x", mine):
                break
        else:
            say(f"        {mine}")
    say(f"again: ./pagoda differ only={key[0]}:{key[1]:x}")


def main() -> int:
    parser = argparse.ArgumentParser(description="the same sequences of memory calls here and on a real Linux")
    parser.add_argument("build", type=Path)
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="sequences=N seed=N, or only=SEED")
    parser.add_argument("--harts", type=int, default=1)
    options = parser.parse_intermixed_args()
    settings = dict(word.split("=", 1) for word in options.settings)
    try:
        systems = Systems(options.build, build_kernel(ROOT / "build"), options.harts)
        if "only" in settings:
            seed, _, mask = settings["only"].partition(":")
            key = int(seed), int(mask, 16) if mask else ALL
            same = not differing(systems, [key])
            say(f"sequence {seed} is {'the same' if same else 'not the same'} on both")
            show(systems, key if same or mask else shorter(systems, key))
            return 0 if same else 1
        first, count = int(settings.get("seed", "1")), int(settings.get("sequences", "1000"))
        found: list[Key] = []
        for start in range(first, first + count, AT_ONCE):
            size = min(AT_ONCE, first + count - start)
            found += both(systems, [f"seed={start} sequences={size}"], [(seed, ALL) for seed in range(start, start + size)], 60 + size)
            say(f"{start + size - first} sequences, {len(found)} not the same on both")
        for key in found[:FOUND_MOST]:
            say(f"\nsequence {key[0]}")
            show(systems, shorter(systems, key))
        if len(found) > FOUND_MOST:
            say(f"\nnot shown: {' '.join(str(seed) for seed, _ in found[FOUND_MOST:])}")
        return 1 if found else 0
    except Refusal as refusal:
        return refuse(refusal)


if __name__ == "__main__":
    sys.exit(main())
