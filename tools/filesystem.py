# SPDX-License-Identifier: MIT
# File systems on disk images, made, mended and looked into by the host's own tools.
from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
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
    run("debugfs", "-R", f'dump "{name}" {copy}', image)
    return copy.read_bytes() if copy.exists() else None


def change(image: Path, command: str) -> None:
    """As debugfs does it."""
    run("debugfs", "-w", "-R", command, image)


def extract(image: Path, folder: Path) -> None:
    """All files, into an empty folder."""
    run("debugfs", "-R", f"rdump / {folder}", image)
