# SPDX-License-Identifier: MIT
# Pagers of one's own: a new one from a skeleton, one with a region of a demo program, one put through what every pager owes
# its clients (user/conform.c).
#
#   pager.py new NAME | pager.py demo build/debug NAME ... | pager.py test build/debug NAME...
from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from boot_test import judge_ktest
from bootimage import described, with_file
from machine import Machine, Refusal, machine_options, readable, refuse

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "pagers/own"
LIST = OWN / "meson.build"
ROW = re.compile(r"^own_pagers \+= \{'(\w+)'", re.MULTILINE)
NAME = re.compile(r"[a-z][a-z0-9]{0,7}")
TIMEOUT = 120
TREE = {"anon": "pager", "zero": "pager", "cow": "pager"}  # kinds of the tree, and the programs that host them
SKELETON = '''// SPDX-License-Identifier: MIT
// NAME: memory whose pages come, zeroed, when they are touched.
#include <os/pager.h>

static struct pager_verdict fault_NAME(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours) {
    const uint32_t *entry = &object->entries[page]; // 0: nothing is known of the page yet
    (void)neighbours;                               // which of the pages around are there: for who answers with several
    if (*entry == 0) {
        if (pager_fill(object, page, 1, true) == 0) return pager_no_frame(object, page, label);
        // A new frame is in the entry; we see it at pager_frame_va(*entry).
    }
    return pager_map(object, pager_frame_va(*entry), 1, PAGER_CASE_fresh);
}

static const struct pager_ops NAME = {
    .name = "NAME", // what clients ask for: at most eight letters
    .fault = fault_NAME,
};

int main(void) {
    static const struct pager_ops *const kinds[] = {&NAME};
    return pager_host(kinds, 1);
}
'''
SYSTEM = """server {program} program={program} kinds={kinds} quota=1M priority=12
memory quota=1M
program demo quota=4M
program conform quota=8M
run operator {command}
finally poweroff
"""


def own_pagers() -> list[str]:
    return ROW.findall(LIST.read_text())


def new(name: str) -> int:
    if NAME.fullmatch(name) is None:
        raise Refusal(f"'{name}' cannot be a pager's name; take up to eight small letters and digits, a letter first")
    if name in own_pagers() or name in TREE or any(path.stem == name for path in ROOT.rglob("*.c") if "build" not in path.parts):
        raise Refusal(f"there is a {name} already; take another name")
    source = OWN / f"{name}.c"
    source.write_text(SKELETON.replace("NAME", name))
    with LIST.open("a") as file:
        file.write(f"own_pagers += {{'{name}': files('{name}.c')}}\n")
    print(f"pagers/own/{name}.c is your pager; pagers/own/meson.build names it\n"
          f"    ./pagoda run --pager {name}     gives it a region of a demo program\n"
          f"    ./pagoda test --pager {name}    looks whether it holds to what every pager owes its clients")
    return 0


def known(name: str) -> str:
    """The program that hosts this kind."""
    if name not in TREE and name not in own_pagers():
        raise Refusal(f"there is no pager {name}; there are: {' '.join([*own_pagers(), *TREE])}; ./pagoda new-pager {name} makes one")
    return TREE.get(name, name)


def image_for(build: Path, scratch: Path, program: str, kinds: str, command: str) -> Path:
    contents = readable(build / "boot/pagoda.img").read_bytes()
    for name in dict.fromkeys((program, "demo", "conform")):
        contents = with_file(contents, name.encode(), readable(build / f"user/{name}.stripped").read_bytes())
    image = scratch / "pagoda.img"
    image.write_bytes(described(contents, SYSTEM.format(program=program, kinds=kinds, command=command)))
    return image


def demo(options: argparse.Namespace) -> int:
    name, = options.names
    with tempfile.TemporaryDirectory() as scratch:
        image = image_for(options.build, Path(scratch), known(name), name, f"demo {name}")
        machine = Machine(options.build / "boot/pagoda.bin", image, options.harts, options.mem, reboots=False, console="mon:stdio")
        return subprocess.run(machine.command(), check=False).returncode


def conforms(options: argparse.Namespace, program: str, name: str) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        image = image_for(options.build, Path(scratch), program, name, f"conform {name}")
        return judge_ktest(Machine(options.build / "boot/pagoda.bin", image, options.harts, options.mem, reboots=False), TIMEOUT)


def main() -> int:
    parser = argparse.ArgumentParser(description="pagers of one's own")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("new").add_argument("name")
    for verb in ("demo", "test"):
        below = verbs.add_parser(verb)
        machine_options(below)
        below.add_argument("names", nargs="+")
        below.add_argument("--program", help="that hosts it, when it is none of the tree's")
    options = parser.parse_args()
    try:
        if options.verb == "new":
            return new(options.name)
        if options.verb == "demo":
            return demo(options)
        return 0 if all([conforms(options, options.program or known(name), name) for name in options.names]) else 1
    except Refusal as refusal:
        return refuse(refusal)


if __name__ == "__main__":
    sys.exit(main())
