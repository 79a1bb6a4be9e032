# SPDX-License-Identifier: MIT
# The disk of who names none: made once, and kept from run to run. Remove the file to begin anew.
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import filesystem
from machine import Refusal, refuse

MEBIBYTES = 64
WELCOME = "This is the disk `root`: a file of the host, build/root.img, which its own tools can mount and check.\n"


def fill(folder: Path) -> None:
    for name in ("bin", "home", "tmp"):
        (folder / name).mkdir()
    (folder / "README").write_text(WELCOME)


def main() -> int:
    image = Path(sys.argv[1])
    if image.exists():
        return 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder, made = Path(scratch) / "tree", image.with_suffix(".new")
            folder.mkdir()
            fill(folder)
            filesystem.make(made, MEBIBYTES, folder)
            made.rename(image)
    except (Refusal, OSError) as error:
        return refuse(error if isinstance(error, Refusal) else Refusal(f"cannot make {image}: {error}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
