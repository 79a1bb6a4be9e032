# SPDX-License-Identifier: MIT
# The disks of who names none: files that are made once, and kept from run to run. Remove them to begin anew.
from __future__ import annotations

import sys
import tempfile
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
    with image.open("xb") as file:
        file.truncate(SWAP_MEBIBYTES << 20)


def make_root(image: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder, made = Path(scratch) / "tree", image.with_suffix(".new")
        folder.mkdir()
        fill(folder)
        filesystem.make(made, MEBIBYTES, folder)
        made.rename(image)


def main() -> int:
    """Prints them as ./pagoda run takes disks, one a line."""
    folder = Path(sys.argv[1])
    for name, make in (("root", make_root), ("swap", make_swap)):
        image = folder / f"{name}.img"
        try:
            if not image.exists():
                make(image)
        except (Refusal, OSError) as error:
            return refuse(error if isinstance(error, Refusal) else Refusal(f"cannot make {image}: {error}"))
        print(f"{name}={image}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
