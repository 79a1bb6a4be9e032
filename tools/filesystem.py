# SPDX-License-Identifier: MIT
# File systems on disk images, made, mended and looked into by the host's own tools.
from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import Refusal

IDENTITY = "7a90da00-0000-4000-8000-000000000001"  # so that the same files make the same image


def run(*words: str | Path, fine: Sequence[int] = (0,)) -> str:
    """One of e2fsprogs, which Debian has out of its users' way."""
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "E2FSPROGS_FAKE_TIME": "1000000000"}
    try:
        done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True, errors="replace",
                              check=False)
    except FileNotFoundError as error:
        raise Refusal(f"there is no {words[0]}; install the package e2fsprogs, or run ./pagoda setup") from error
    if done.returncode not in fine:
        raise Refusal(f"{' '.join(map(str, words))} ended with status {done.returncode}: {(done.stderr + done.stdout)[-400:].strip()}")
    return done.stdout


def make(image: Path, mebibytes: int, tree: Path | None = None, block: int = 4096, journal: int = 4) -> Path:
    """An image with these files in it, owned by root; its journal has so many mebibytes, or (0) there is none."""
    image.write_bytes(b"")
    kind = ("ext3", "-J", f"size={journal}") if journal else ("ext2",)
    run("mke2fs", "-q", "-F", "-t", *kind, "-b", str(block), "-U", IDENTITY,
        "-E", f"root_owner=0:0,hash_seed={IDENTITY}", *(("-d", tree) if tree is not None else ()), image, f"{mebibytes}M")
    return image


def mend(image: Path) -> None:
    """What a power cut left; 1 is: it was mended."""
    run("e2fsck", "-fy", image, fine=(0, 1))


def wrong(image: Path) -> list[str]:
    """What the host's checker finds: nothing, if it is clean."""
    try:
        run("e2fsck", "-fn", image)
    except Refusal as refusal:
        return [str(refusal)]
    return []


def contents(image: Path, name: str) -> bytes | None:
    """Those of a file; None: there is none."""
    copy = image.with_suffix(".copy")
    copy.unlink(missing_ok=True)
    run("debugfs", "-R", f"dump {quoted(name)} {quoted(copy)}", image)
    return copy.read_bytes() if copy.exists() else None


def change(image: Path, command: str) -> None:
    """As debugfs does it."""
    run("debugfs", "-w", "-R", command, image)


def extract(image: Path, folder: Path) -> None:
    """All files, into an empty folder."""
    run("debugfs", "-R", f"rdump / {quoted(folder)}", image)


# ---- many files at once ----

@dataclass(frozen=True)
class Plain:
    data: bytes
    mode: int
    modified: int = 1000000000

    def digest(self) -> str:
        return hashlib.sha256(b"%o " % self.mode + self.data).hexdigest()


@dataclass(frozen=True)
class Link:
    to: str

    def digest(self) -> str:
        return hashlib.sha256(b"link " + self.to.encode()).hexdigest()


@dataclass(frozen=True)
class Folder:
    mode: int

    def digest(self) -> str:
        return hashlib.sha256(b"folder").hexdigest()


Item = Plain | Link | Folder


@dataclass(frozen=True)
class Seen:
    kind: str  # regular, directory, symlink, ...
    mode: int
    size: int
    link: str | None


def quoted(path: str | Path) -> str:
    if "\n" in str(path):
        raise Refusal(f"the name {str(path)!r} has a line end: such names cannot be put on a disk")
    return '"' + str(path).replace('"', '""') + '"'


def debug(image: Path, commands: Iterable[str], writes: bool = False) -> tuple[list[tuple[str, str]], list[str]]:
    """What debugfs answered to each command; and its complaints."""
    with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as script:
        script.writelines(f"{command}\n" for command in commands)
        script.flush()
        environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "E2FSPROGS_FAKE_TIME": "1000000000"}
        try:
            done = subprocess.run(["debugfs", *(("-w",) if writes else ()), "-f", script.name, str(image)], env=environment,
                                  capture_output=True, text=True, errors="surrogateescape", check=False)
        except FileNotFoundError as error:
            raise Refusal("there is no debugfs; install the package e2fsprogs, or run ./pagoda setup") from error
    pieces = re.split(r"^debugfs: (.*)\n", done.stdout, flags=re.MULTILINE)[1:]
    complaints = [line for line in done.stderr.splitlines() if line and not re.match(r"debugfs \d", line)]
    return list(zip(pieces[::2], pieces[1::2])), complaints


def look(image: Path, paths: Iterable[str]) -> dict[str, Seen]:
    """What is at these paths; those where nothing is are left out. A link is not followed."""
    wanted, found = list(paths), {}
    answers, _ = debug(image, (f"stat {quoted(path)}" for path in wanted))
    for path, (_, text) in zip(wanted, answers):
        kind = re.match(r"Inode: \d+ +Type: (\w+) .*Mode: +(\d+)", text)
        size = re.search(r" Size: (\d+)", text)
        link = re.search(r'^Fast link dest: "(.*)"$', text, re.MULTILINE)
        if kind is not None:
            found[path] = Seen(kind[1], int(kind[2], 8), int(size[1]) if size else 0, link[1] if link else None)
    return found


def digests(image: Path, there: dict[str, Seen]) -> dict[str, str]:
    """As those of items; of files and links."""
    found = {path: Link(seen.link).digest() for path, seen in there.items() if seen.kind == "symlink" and seen.link is not None}
    with tempfile.TemporaryDirectory() as scratch:
        files = {path: Path(scratch) / str(number) for number, (path, seen) in enumerate(there.items()) if seen.kind == "regular"}
        debug(image, (f"dump {quoted(path)} {quoted(copy)}" for path, copy in files.items()))
        found |= {path: Plain(copy.read_bytes(), there[path].mode).digest() for path, copy in files.items() if copy.exists()}
    return found


def mend_if_dirty(image: Path) -> None:
    if "needs_recovery" in run("dumpe2fs", "-h", image):
        mend(image)


def room(image: Path) -> tuple[int, int, int]:
    """How large a block is; blocks and inodes that are free."""
    text = run("dumpe2fs", "-h", image)
    block, blocks, inodes = (re.search(rf"^{name}: +(\d+)", text, re.MULTILINE) for name in ("Block size", "Free blocks", "Free inodes"))
    assert block is not None and blocks is not None and inodes is not None
    return int(block[1]), int(blocks[1]), int(inodes[1])


def blocks_of(size: int, block: int) -> int:
    """With those that say where the others are."""
    data = -(-size // block)
    return data + data // (block // 4) + (3 if data > 12 else 0)


def install(image: Path, remove: Sequence[str], put: dict[str, Item], name: str) -> None:
    """Items in the place of others; their folders are there or among them. The image is of no use if that fails."""
    _, complaints = debug(image, (f"rm {quoted(path)}" for path in remove), writes=True)
    block, blocks, inodes = room(image)
    need = sum(blocks_of(len(item.data), block) if isinstance(item, Plain) else 1 for item in put.values()) + 8
    if need > blocks:
        raise Refusal(f"the disk {name} is full: {need * block / 2**20:.1f} MiB are needed and {blocks * block / 2**20:.1f} MiB are left; "
                      f"remove files there, or begin anew by removing it")
    if len(put) > inodes:
        raise Refusal(f"the disk {name} has place for {inodes} more files, and {len(put)} are to be put there")
    with tempfile.TemporaryDirectory() as scratch:
        commands = []
        for number, (path, item) in enumerate(sorted(put.items())):
            if isinstance(item, Folder):
                commands += [f"mkdir {quoted(path)}", f"sif {quoted(path)} mode 0{0o40000 | item.mode:o}"]
            elif isinstance(item, Link):
                commands += [f"symlink {quoted(path)} {quoted(item.to)}"]
            else:
                copy = Path(scratch) / str(number)
                copy.write_bytes(item.data)
                folder, last = os.path.split(path)
                commands += [f"cd {quoted(folder)}", f"write {quoted(copy)} {quoted(last)}", "cd /",
                             f"sif {quoted(path)} mode 0{0o100000 | item.mode:o}", f"sif {quoted(path)} mtime @{item.modified}"]
        complaints += debug(image, commands, writes=True)[1]
    complaints += wrong(image)
    if complaints:
        raise Refusal(f"the files cannot be put on {name}: {complaints[0]}")


def copy(image: Path, to: Path) -> None:
    """Without what it has only holes for."""
    run("cp", "--sparse=always", "--reflink=auto", image, to)
