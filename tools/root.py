# SPDX-License-Identifier: MIT
# The disks of who names none: files that are made once, and kept from run to run. Remove them to begin anew.
from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import filesystem
from machine import Refusal, refuse

MEBIBYTES, SWAP_MEBIBYTES = 64, 512  # of these, only what was written is on the host's disk
WELCOME = "This is the disk `root`: a file of the host, build/root.img, which its own tools can mount and check.\n"


def fill(folder: Path) -> None:
    for name in ("bin", "home", "tmp"):
        (folder / name).mkdir()
    (folder / "README").write_text(WELCOME)


def make_swap(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(SWAP_MEBIBYTES << 20)


def make_root(image: Path) -> None:
    with tempfile.TemporaryDirectory() as tree:
        fill(Path(tree))
        filesystem.make(image, MEBIBYTES, Path(tree))


def make_once(image: Path, make: Callable[[Path], None]) -> None:
    """Whole, or not at all; whoever makes it at the same time does not take it from under a machine."""
    with tempfile.TemporaryDirectory(dir=image.parent) as scratch:
        made = Path(scratch) / image.name
        make(made)
        with contextlib.suppress(FileExistsError):
            os.link(made, image)


def main() -> int:
    """Prints them as ./pagoda run takes disks, one a line."""
    folder = Path(sys.argv[1])
    for name, make in (("root", make_root), ("swap", make_swap)):
        image = folder / f"{name}.img"
        try:
            if not image.exists():
                make_once(image, make)
        except (Refusal, OSError) as error:
            return refuse(error if isinstance(error, Refusal) else Refusal(f"cannot make {image}: {error}"))
        print(f"{name}={image},first")
    return 0


if __name__ == "__main__":
    sys.exit(main())
