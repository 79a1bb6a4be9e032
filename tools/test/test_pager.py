# SPDX-License-Identifier: MIT
# Tests of tools/pager.py: each pager that is wrong on purpose (user/test/wrong.c) is caught, and by which rule; a new pager is
# laid down where its name can be one, compiles, and is named.
from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from harness import expect, run_all, test

import pager
from machine import Machine, Refusal
from boot_test import Boot

BUILD = Path(os.environ.get("PAGODA_BOOT", "/nowhere/boot")).parent
CAUGHT = {
    "forgets": "broken: what was written is read",
    "silent": "broken: every fault is answered in time",
    "mixes": "broken: each page has what its own thread wrote",
    "stubborn": "broken: every fault is answered in time",
    "shares": "broken: what was written is read",
    "moody": "broken: the first access to a page is answered with it",
}


def said_of(kind: str, scratch: Path) -> list[str]:
    image = pager.image_for(BUILD, scratch, "wrong", kind, f"conform {kind}")
    return [line.removeprefix("# ") for line in Boot(Machine(BUILD / "boot/pagoda.bin", image, 1, 128, reboots=False), pager.TIMEOUT)]


for wrong_kind in CAUGHT:
    def is_caught(scratch: Path, kind: str = wrong_kind) -> None:
        lines = said_of(kind, scratch)
        expect(any(line.startswith(CAUGHT[kind]) for line in lines), kind, lines)

    is_caught.__name__ = f"the_wrong_pager_{wrong_kind}_is_caught"
    test(is_caught)


def refused(name: str) -> str:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            pager.new(name)
    except Refusal as refusal:
        return str(refusal)
    return ""


@test
def a_new_pager_compiles_and_is_named(scratch: Path) -> None:
    own, names = pager.OWN, pager.LIST
    pager.OWN, pager.LIST = scratch, scratch / "meson.build"
    pager.LIST.write_text("own_pagers = {}\n")
    try:
        expect(refused("mine") == "", "it is laid down")
        expect(pager.own_pagers() == ["mine"], "its name is known")
        expect("there is a mine already" in refused("mine"), "once")
    finally:
        pager.OWN, pager.LIST = own, names
    rows = json.loads((BUILD / "compile_commands.json").read_text())
    like = next(row for row in rows if row["file"].endswith("pagers/own/stripes.c"))
    command = [str(scratch / "mine.c") if word == like["file"] else word for word in shlex.split(like["command"])]
    command[command.index("-o") + 1] = str(scratch / "mine.o")
    done = subprocess.run(command, cwd=like["directory"], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stderr)


@test
def a_name_that_cannot_be_is_refused(_: Path) -> None:
    for name in ("", "Mine", "9lives", "longername", "anon", "stripes", "hello", "a-b"):
        expect(refused(name) != "", name)


sys.exit(run_all())
