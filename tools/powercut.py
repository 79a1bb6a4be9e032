# SPDX-License-Identifier: MIT
# Power cuts: a machine under a write load is killed at a random moment, again and again. What its disk had then, and
# what it could have had if the disk had lost or reordered what was not flushed, must be mended by `e2fsck -fy` and by the
# next start alike; and every file that was synced before the cut must be whole.
#
#   powercut.py build/release --rounds 100 --seed 7     which is ./pagoda powercut rounds=100 seed=7
from __future__ import annotations

import argparse
import random
import re
import shutil
import struct
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import filesystem
from boot_test import Boot, say
from bootimage import described, with_file
from machine import Machine, Refusal, refuse

DISK_SIZE = 24  # MiB
SECTOR = 512
LOG_MAGIC = 0x6A736677736872
LOG_ENTRY = struct.Struct("<QQQQ")
LOG_FLUSH, LOG_FUA, LOG_DISCARD, LOG_MARK = 1, 2, 4, 8
SYSTEM = """\
server disk device=virtio-mmio quota=2M priority=13
server files kinds=file backing=disk disk=root quota=12M priority=12 finish
server pager kinds=anon,zero,cow quota=40% priority=12
memory quota=1M data=cow bss=zero heap=anon stack=anon
"""
LOAD = SYSTEM + "run scribble seed={seed}\n"
RESTART = SYSTEM + "run hello\nfinally poweroff\n"
TOUCHING = re.compile(r"touching (\S+)")
SYNCED = re.compile(r"synced (\S+) (\d+) ([0-9a-f]{8})")


@dataclass
class Promises:
    """What must be on the disk, by what the load said on the console."""

    files: dict[str, tuple[int, int]] = field(default_factory=dict)  # size and checksum
    heard: int = 0

    def hear(self, line: str) -> None:
        if match := TOUCHING.search(line):
            self.files.pop(match[1], None)
        elif match := SYNCED.search(line):
            self.files[match[1]] = int(match[2]), int(match[3], 16)
            self.heard += 1

    def broken(self, tree: Path) -> list[str]:
        wrong = []
        for path, (size, crc) in self.files.items():
            file = tree / path.lstrip("/")
            contents = file.read_bytes() if file.is_file() else None
            if contents is None:
                wrong.append(f"{path} was synced and is gone")
            elif len(contents) != size:
                wrong.append(f"{path} was synced with {size} bytes and has {len(contents)}")
            elif zlib.crc32(contents) != crc:
                wrong.append(f"{path} was synced with another content")
        return wrong


# ---- the log that QEMU keeps of a disk's writes ----


@dataclass
class Write:
    sector: int
    data: bytes


def read_log(log: Path) -> list[Write | None]:
    """The writes, and None for each flush; as far as the log goes."""
    contents, entries = log.read_bytes(), []
    if len(contents) < SECTOR or struct.unpack_from("<Q", contents)[0] != LOG_MAGIC:
        return []
    place = SECTOR
    while place + SECTOR <= len(contents):
        sector, count, flags, _ = LOG_ENTRY.unpack_from(contents, place)
        place += SECTOR
        if (count == 0 and flags == 0) or place + count * SECTOR > len(contents):
            break
        if flags & LOG_FLUSH:
            entries.append(None)
        if flags & (LOG_DISCARD | LOG_MARK) or count == 0:
            continue
        entries.append(Write(sector, contents[place:place + count * SECTOR]))
        place += count * SECTOR
        if flags & LOG_FUA:
            entries.append(None)
    return entries


def cut_short(fresh: Path, entries: list[Write | None], chance: random.Random, result: Path) -> None:
    """The disk as it could be: of what was written after the last flush only some sectors arrived, in any order."""
    last_flush = max((place for place, entry in enumerate(entries) if entry is None), default=-1)
    shutil.copyfile(fresh, result)
    kept = chance.choice((0.0, 0.2, 0.5, 0.8))
    with result.open("r+b") as disk:
        for place, entry in enumerate(entries):
            if entry is None:
                continue
            for piece in range(0, len(entry.data), SECTOR):
                if place < last_flush or chance.random() < kept:
                    disk.seek(entry.sector * SECTOR + piece)
                    disk.write(entry.data[piece:piece + SECTOR])


# ---- what becomes of a disk ----


def check(disk: Path, promises: Promises, scratch: Path) -> list[str]:
    """e2fsck mends it without asking and finds nothing then; what was promised is there."""
    try:
        filesystem.mend(disk)
    except Refusal as refusal:
        return [str(refusal)]
    return look(disk, promises, scratch)


def look(disk: Path, promises: Promises, scratch: Path) -> list[str]:
    tree = scratch / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    filesystem.extract(disk, tree)
    return filesystem.wrong(disk) + promises.broken(tree)


def restart(build: Path, image: Path, disk: Path, promises: Promises, scratch: Path) -> list[str]:
    """The machine itself starts from it, mends it, and leaves it clean."""
    machine = machine_with(build, image, ["-drive", f"if=none,id=root,format=raw,file={disk}"], harts=1)
    boot = Boot(machine, 60)
    lines = list(boot)
    if boot.status != 0:
        return [f"the next start {boot.ending()}", *lines[-12:]]
    return look(disk, promises, scratch)


# ---- one round ----


def machine_with(build: Path, image: Path, drive: list[str], harts: int) -> Machine:
    return Machine(build / "boot/pagoda.bin", image, harts, 64, reboots=False,
                   extra=[*drive, "-device", "virtio-blk-device,drive=root,serial=root"])


def image_with(build: Path, description: str, path: Path) -> Path:
    contents = described((build / "boot/pagoda.img").read_bytes(), description)
    program = (build / "user/scribble.stripped").read_bytes()
    path.write_bytes(with_file(contents, b"scribble", program))
    return path


def run_and_kill(build: Path, image: Path, disk: Path, log: Path, seconds: float, harts: int) -> tuple[Promises, list[str]]:
    """=> what it promised; what it said, if it was not there to be killed so long after its first promise."""
    log.write_bytes(b"")
    drive = ["-blockdev", f"driver=file,filename={disk},node-name=below", "-blockdev", f"driver=file,filename={log},node-name=log",
             "-blockdev", "driver=blklogwrites,node-name=root,file=below,log=log"]
    promises, lines, killed, end = Promises(), [], False, float("inf")
    boot = Boot(machine_with(build, image, drive, harts), 60)
    for line in boot:
        lines.append(line)
        promises.hear(line)
        if promises.heard == 1:
            end = min(end, time.monotonic() + seconds)
        if not killed and time.monotonic() >= end:
            boot.process.kill()
            killed = True  # what it had said by then is still to be heard
    return promises, [] if killed else lines


def one_round(build: Path, scratch: Path, seed: int, variants: int) -> list[str]:
    chance = random.Random(seed)
    harts, block = chance.choice((1, 4)), chance.choice((1024, 2048, 4096))
    fresh, disk, other, log = (scratch / name for name in ("fresh.img", "disk.img", "other.img", "log"))
    filesystem.make(fresh, DISK_SIZE, block=block)
    shutil.copyfile(fresh, disk)
    load = image_with(build, LOAD.format(seed=seed), scratch / "load.img")
    promises, lines = run_and_kill(build, load, disk, log, chance.uniform(0.05, 2.5), harts)
    if lines:
        return ["the load did not go on until it was killed:", *lines[-12:]]
    entries = read_log(log)
    if not entries:
        return ["QEMU kept no log of the disk's writes"]
    say(f"# {harts} harts, blocks of {block}: {promises.heard} files were synced, {len(promises.files)} are to be whole, "
        f"{len(entries)} writes and flushes are known")
    shutil.copyfile(disk, other)
    wrong = check(other, promises, scratch)
    again = image_with(build, RESTART, scratch / "restart.img")
    for variant in range(variants if not wrong else 0):
        cut_short(fresh, entries, chance, other)
        wrong = restart(build, again, other, promises, scratch) if variant % 2 else check(other, promises, scratch)
        if wrong:
            return [f"after losing what was not flushed, variant {variant}:", *wrong]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="cut the power of a machine that writes, and look at its disk")
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--variants", type=int, default=4, help="disks that lost something, to each kill")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the disks of the first failure are left")
    options = parser.parse_args()
    failed = 0
    say(f"1..{options.rounds}")
    try:
        for number in range(options.rounds):
            seed = options.seed + number
            with tempfile.TemporaryDirectory() as scratch:
                wrong = one_round(options.build, Path(scratch), seed, options.variants)
                if wrong and options.keep is not None and failed == 0:
                    shutil.copytree(scratch, options.keep, dirs_exist_ok=True)
            for line in wrong:
                say(f"# {line}")
            failed += bool(wrong)
            say(f"{'not ok' if wrong else 'ok'} {number + 1} - a power cut costs nothing that was synced (again: ./pagoda powercut rounds=1 seed={seed})")
    except Refusal as refusal:
        return refuse(refusal)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
