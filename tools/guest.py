# SPDX-License-Identifier: MIT
# Boots a program of user/ with settings: the fuzzer for a night, or the suite again with one seed, or one test of it.
#
#   guest.py build/debug fuzz calls=10000000 seed=7 --harts 4
#   guest.py build/debug suite only=a_token_is_good_once seed=1 --harts 1
from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from boot_test import judge_ktest
from machine import Machine, Refusal, refuse

MKIMAGE = Path(__file__).resolve().parent / "mkimage"
SETTING = re.compile(r"\w+=\S*")


def make_image(program: Path, settings: list[str], scratch: Path) -> Path:
    image, text = scratch / "guest.img", scratch / "suite.conf"
    text.write_text("".join(f"{setting}\n" for setting in settings))
    subprocess.run([sys.executable, MKIMAGE, "-o", image, f"init={program}", f"suite.conf={text}"], check=True)
    return image


def main() -> int:
    parser = argparse.ArgumentParser(description="boot a program of user/ with settings")
    parser.add_argument("build", type=Path)
    parser.add_argument("program", help="fuzz or suite")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--mem", type=int, default=128, metavar="MIB")
    parser.add_argument("--variant", default="pagoda", help="which kernel, e.g. pagoda-ubsan")
    parser.add_argument("--icount", action="store_true", help="repeat exactly, on one hart")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--timeout", type=float, default=8 * 3600)
    options = parser.parse_intermixed_args()
    try:
        for setting in options.settings:
            if not SETTING.fullmatch(setting):
                raise Refusal(f"'{setting}' is no setting; write one like seed=7")
        program = options.build / "user" / options.program
        if not program.is_file():
            raise Refusal(f"there is no {program}; ./pagoda test builds it")
        with tempfile.TemporaryDirectory() as scratch:
            image = make_image(program, options.settings, Path(scratch))
            machine = Machine(options.build / "boot" / f"{options.variant}.bin", image, options.harts, options.mem,
                              icount=options.icount, reboots=False)
            return 0 if judge_ktest(machine, options.timeout) else 1
    except Refusal as refusal:
        return refuse(refusal)


if __name__ == "__main__":
    sys.exit(main())
