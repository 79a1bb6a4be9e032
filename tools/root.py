# SPDX-License-Identifier: MIT
# The disks of who names none: files that are made once, and kept from run to run. Remove them to begin anew. On `root`
# are the system's programs, those that were ported, and what --add puts there; each run brings them up to date, and
# leaves alone what was made or changed there.
#
#   root.py build release [--add FILE]...
from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import filesystem
from filesystem import Folder, Item, Link, Plain
from machine import Refusal, claim, refuse

MEBIBYTES, SWAP_MEBIBYTES = 64, 512  # of these, only what was written is on the host's disk
RECORD = "/etc/installed"  # what was put there by whom, so that what is somebody's own is left alone
SYSTEM, ADDED = "system", "added"
HOME = "/root"
EVERYBODYS = 0o1777

TEXTS = {
    "/README": "This is the disk `root`: a file of the host, build/root.img, which its own tools can mount and check.\n",
    "/etc/passwd": f"root:x:0:0:root:{HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
    "/etc/hostname": "pagoda\n",
    "/etc/shells": "/bin/sh\n",
    "/etc/fstab": "# disk  folder  type  options  dump  pass\nroot / ext3 rw 0 1\n",
    "/etc/profile": "# Read by a shell at a terminal (ENV names this file).\n"
                    "PS1='pagoda:$PWD# '\nHISTFILE=$HOME/.history\nalias ll='ls -l' 2>/dev/null || :\n",
}
FOLDERS = {"/bin": 0o755, "/boot": 0o755, "/dev": 0o755, "/dev/shm": EVERYBODYS, "/etc": 0o755, "/home": 0o755, "/proc": 0o555,
           HOME: 0o700, "/tmp": EVERYBODYS, "/usr": 0o755, "/var": 0o755, "/var/tmp": EVERYBODYS}
LINKS = {"/usr/bin": "../bin", "/etc/mtab": "/proc/mounts"}


# ---- what is to be there ----

def built(build: Path) -> dict[str, Item]:
    """The system's own, as this build folder has them."""
    user = build / "user"
    items: dict[str, Item] = {path: Folder(mode) for path, mode in FOLDERS.items()}
    items |= {path: Link(to) for path, to in LINKS.items()}
    items |= {path: Plain(text.encode(), 0o644) for path, text in TEXTS.items()}
    for name, program in (("sh", user / "shell/sh.stripped"), ("tools", user / "tools/tools.stripped")):
        items[f"/bin/{name}"] = Plain(program.read_bytes(), 0o755)
    for name in (user / "tools/tools.names").read_text().split():
        items.setdefault(f"/bin/{name}", Link("tools"))
    return items


def found(host: Path, place: str) -> Iterable[tuple[str, Item]]:
    """A file of the host, or all of a folder, as it is to be at this place."""
    try:
        seen = host.stat() if place == "" else host.lstat()
        if stat.S_ISLNK(seen.st_mode):
            yield place, Link(os.readlink(host))
        elif stat.S_ISREG(seen.st_mode):
            yield place, Plain(host.read_bytes(), stat.S_IMODE(seen.st_mode), int(seen.st_mtime))
        elif stat.S_ISDIR(seen.st_mode):
            yield place, Folder(stat.S_IMODE(seen.st_mode))
            for path in sorted(host.iterdir()):
                yield from found(path, f"{place}/{path.name}")
        else:
            raise Refusal(f"{host} is neither a file nor a folder nor a link: it cannot be added")
    except OSError as error:
        raise Refusal(f"cannot add {error.filename}: {error.strerror}") from error


def ported(builds: Path, names: Iterable[str]) -> dict[str, Item]:
    """What ./pagoda port has built; a name that the system has already is not taken from it."""
    items: dict[str, Item] = {}
    for tree in sorted(builds.glob("ports/*/root")):
        items |= {path: item for path, item in found(tree, "") if path not in {"", *names}}
    return items


def added(words: Iterable[str]) -> dict[str, Item]:
    """FILE, which goes to the home folder, or FILE=/PLACE."""
    items: dict[str, Item] = {}
    for word in words:
        host, place = Path(word), ""
        if not os.path.lexists(host) and "=/" in word:
            name, _, place = word.rpartition("=/")
            host, place = Path(name), f"/{place}"
        if not host.exists():
            raise Refusal(f"there is no {host} to add")
        if place == "" or place.endswith("/"):
            place = f"{place or HOME}/{host.resolve().name}"
        place = os.path.normpath(place)
        items |= dict(found(host.resolve(), place))
    return items


# ---- the disk ----

def parents(path: str) -> Iterable[str]:
    """From the outermost on, without / itself."""
    above = os.path.dirname(path)
    if above != "/":
        yield from parents(above)
        yield above


def recorded(text: bytes | None) -> dict[str, str]:
    """What was put there, by path."""
    lines = (line.split(" ", 1) for line in (text or b"").decode("utf-8", "replace").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2}


class Changes:
    """What has to be done to an image so that these items are there."""

    def __init__(self, image: Path, by: str) -> None:
        self.image, self.by = image, by
        self.record = recorded(filesystem.contents(image, RECORD))
        self.before = dict(self.record)
        self.remove: list[str] = []
        self.put: dict[str, Item] = {}

    def stamp(self, item: Item) -> str:
        return f"{self.by}:{item.digest()}"

    def ours(self, there: dict[str, filesystem.Seen]) -> set[str]:
        """Of these files, those that are still what we put there."""
        now = filesystem.digests(self.image, there)
        return {path for path in there if path in now and f"{self.by}:{now[path]}" == self.record.get(path)}

    def taken(self, path: str, seen: filesystem.Seen) -> None:
        """The name is somebody else's: the system leaves it alone."""
        if self.by == ADDED:
            what = {"directory": "a folder", "regular": "a file that was not added, or was changed there"}.get(seen.kind, f"a {seen.kind}")
            raise Refusal(f"the name {path} is taken: on {self.image} it is {what}; remove it there, or add to another place by FILE=/PLACE")

    def want(self, items: dict[str, Item]) -> None:
        wanted = {path: item for path, item in items.items() if self.by == ADDED or self.record.get(path) != self.stamp(item)}
        folders: dict[str, Item] = {folder: Folder(0o755) for path in wanted for folder in parents(path)}
        there = filesystem.look(self.image, {**folders, **wanted})
        ours = self.ours({path: there[path] for path, item in wanted.items() if path in there and not isinstance(item, Folder)})
        for path, item in {**folders, **wanted}.items():
            seen = there.get(path)
            if isinstance(item, Folder):
                if seen is None:
                    self.put[path] = item
                elif seen.kind == "regular":
                    self.taken(path, seen)
            elif seen is None or path in ours:
                if seen is None or self.record[path] != self.stamp(item):
                    self.remove += [path] if seen is not None else []
                    self.put[path] = item
                self.record[path] = self.stamp(item)
            else:
                self.taken(path, seen)

    def is_none(self) -> bool:
        return not self.put and self.record == self.before

    def make(self) -> None:
        """In a copy that then takes the image's place: whole, or not at all."""
        lines = "".join(f"{digest} {path}\n" for path, digest in sorted(self.record.items()))
        if RECORD in filesystem.look(self.image, [RECORD]):
            self.remove.append(RECORD)
        with tempfile.TemporaryDirectory(dir=self.image.parent) as scratch:
            copy = Path(scratch) / self.image.name
            filesystem.copy(self.image, copy)
            filesystem.install(copy, self.remove, {**self.put, RECORD: Plain(lines.encode(), 0o644)}, str(self.image))
            copy.rename(self.image)


def update(image: Path, items: dict[str, Item], own: dict[str, Item]) -> None:
    """The image is nobody's now."""
    filesystem.mend_if_dirty(image)
    changes = Changes(image, SYSTEM)
    changes.want(items)
    if not changes.is_none():
        try:
            changes.make()
        except Refusal as refusal:
            print(f"pagoda: the system's programs on {image} stay as they are: {refusal}", file=sys.stderr)
    if own:
        changes = Changes(image, ADDED)
        changes.want(own)
        if not changes.is_none():
            changes.make()


def make_swap(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(SWAP_MEBIBYTES << 20)


def make_root(image: Path) -> None:
    filesystem.make(image, MEBIBYTES)


def make_once(image: Path, make: Callable[[Path], None]) -> None:
    """Whole, or not at all; whoever makes it at the same time does not take it from under a machine."""
    with tempfile.TemporaryDirectory(dir=image.parent) as scratch:
        made = Path(scratch) / image.name
        make(made)
        with contextlib.suppress(FileExistsError):
            os.link(made, image)


def bring_up_to_date(image: Path, builds: Path, build: Path, words: list[str]) -> None:
    own = added(words)
    held = claim(image)
    if held is None:
        if own:
            raise Refusal(f"{image} is used by a machine that runs; add files when that has ended")
        return
    try:
        system = built(build)
        update(image, {**system, **ported(builds, system)}, own)
    finally:
        os.close(held)


def main() -> int:
    """Prints them as ./pagoda run takes disks, one a line."""
    parser = argparse.ArgumentParser(description="make the disks of who names none, and bring them up to date")
    parser.add_argument("builds", type=Path)
    parser.add_argument("type", help="debug or release: whose programs")
    parser.add_argument("--add", action="append", default=[], metavar="FILE")
    options = parser.parse_args()
    image = options.builds
    try:
        for name, make in (("root", make_root), ("swap", make_swap)):
            image = options.builds / f"{name}.img"
            if not image.exists():
                make_once(image, make)
        root = options.builds / "root.img"
        bring_up_to_date(root, options.builds, options.builds / options.type, options.add)
    except (Refusal, OSError) as error:
        return refuse(error if isinstance(error, Refusal) else Refusal(f"cannot make {image}: {error}"))
    print(f"root={options.builds / 'root.img'},first\nswap={options.builds / 'swap.img'},first")
    return 0


if __name__ == "__main__":
    sys.exit(main())
