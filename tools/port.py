# SPDX-License-Identifier: MIT
# Other people's programs: Debian's own source packages, fetched by name, built static for riscv64 as a recipe says
# (tools/ports), and put on the disk `root` by the next `./pagoda run`.
#
#   port.py build            lists the recipes
#   port.py build NAME...
from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from linux import alone, say
from machine import Refusal, refuse

RECIPES = Path(__file__).resolve().parent / "ports"
CROSS = "riscv64-linux-gnu-"
FRESH = 24 * 3600  # seconds that package lists are good for
TARGETS = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
DISTRIBUTIONS = ("Debian", "Ubuntu")


@dataclass(frozen=True)
class Recipe:
    name: str
    text: str

    @property
    def package(self) -> str:
        """The source package, if it has another name."""
        found = re.search(r"^# Source package: (\S+)$", self.text, re.MULTILINE)
        return found[1] if found else self.name

    @property
    def about(self) -> str:
        found = re.search(rf"^# {re.escape(self.name)}: (.*)$", self.text, re.MULTILINE)
        return found[1] if found else ""


def recipe(name: str) -> Recipe:
    names = sorted(path.name for path in RECIPES.iterdir())
    if name not in names:
        raise Refusal(f"there is no recipe for {name}; there are: {' '.join(names)} (tools/ports)")
    return Recipe(name, (RECIPES / name).read_text())


# ---- fetching ----

class Apt:
    """apt-get with package lists of our own, in which there are sources too; the machine's are not touched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.list = folder / "sources.list"

    def run(self, *words: str, where: Path | None = None) -> str:
        """Whatever apt-get says, if it says that all is well."""
        options = {"Dir::Etc::SourceList": self.list, "Dir::Etc::SourceParts": "/dev/null", "Dir::State::Lists": self.folder / "lists",
                   "Dir::Cache": self.folder / "cache", "APT::Get::List-Cleanup": "false", "APT::Sandbox::User": ""}
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        done = subprocess.run(["apt-get", *given, *words], cwd=where or self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", check=False)
        errors = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("E: ", "Err:"))]
        # An update that finds nothing on the network says so by a warning.
        late = [line for line in done.stderr.splitlines() if line.startswith("W: Failed to fetch")] if "update" in words else []
        if done.returncode != 0 or late:
            raise Refusal((errors + late + [f"apt-get {words[0]} ended with status {done.returncode}"])[0].removeprefix("E: "))
        return done.stdout

    def sources(self) -> str:
        """The machine's own distribution's, however they are written down."""
        if shutil.which("apt-get") is None:
            raise Refusal("there is no apt-get here: ports are built from Debian's source packages")
        done = subprocess.run(["apt-get", "indextargets", "--format", TARGETS, "Created-By: Packages"], capture_output=True, text=True,
                              check=False)
        rows = {tuple(line.split("|")) for line in done.stdout.splitlines()}
        lines = sorted(f"deb-src {uri} {release} {component}\n" for origin, uri, release, component in rows if origin in DISTRIBUTIONS)
        if not lines:
            raise Refusal("apt has no package lists of Debian or Ubuntu here: run apt-get update as root once")
        return "".join(lines)

    def update(self) -> None:
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        text, updated = self.sources(), self.folder / "updated"
        known = self.list.read_text() if self.list.exists() else ""
        if known == text and updated.exists() and time.time() - updated.stat().st_mtime < FRESH:
            return
        self.list.write_text(text)
        say("port: fetching the lists of source packages")
        self.run("update")
        updated.touch()

    def source(self, package: str, folder: Path) -> tuple[str, Path]:
        """Its version, and the folder where it is unpacked and patched."""
        self.update()
        say(f"port: fetching the source package {package}")
        self.run("source", "--only-source", package, where=folder)
        description = next(folder.glob("*.dsc")).read_text(errors="replace")
        version = re.search(r"^Version: (\S+)$", description, re.MULTILINE)
        tree = next(path for path in sorted(folder.iterdir()) if path.is_dir())
        return version[1] if version else "?", tree


def fetch(apt: Apt, package: str, folder: Path) -> tuple[str, Path]:
    try:
        return apt.source(package, folder)
    except Refusal as refusal:
        raise Refusal(f"cannot fetch Debian's source package {package}: {refusal} (is the network there?)") from refusal


# ---- building ----

def build(recipe: Recipe, tree: Path, to: Path, log: Path) -> None:
    environment = {**os.environ, "CC": f"{CROSS}gcc", "AR": f"{CROSS}ar", "RANLIB": f"{CROSS}ranlib", "CROSS": CROSS, "TO": str(to),
                   "HOST": str(to.parent / "host"), "JOBS": str(os.cpu_count() or 1), "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1000000000"}
    with log.open("w") as record:
        done = subprocess.run(["sh", "-eu", RECIPES / recipe.name], cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=record,
                              stderr=subprocess.STDOUT, preexec_fn=lambda: os.nice(10) and None, check=False)
    if done.returncode != 0:
        last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise Refusal(f"building {recipe.name} failed: {''.join(last) or 'it said nothing'}; all that it said is in {log}")


def strip(tree: Path) -> None:
    for path in tree.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF":
            subprocess.run([f"{CROSS}strip", path], check=False)


def port(builds: Path, name: str) -> None:
    wanted, folder = recipe(name), builds / "ports" / name
    made_of, stamp = folder / "made_of", hashlib.sha256(wanted.text.encode()).hexdigest()
    with alone(folder):
        if made_of.exists() and made_of.read_text().split()[0] == stamp:
            say(f"port: {name} {made_of.read_text().split()[1]} is built; to build it anew: rm -r {folder}")
            return
        shutil.rmtree(folder / "source", ignore_errors=True)
        shutil.rmtree(folder / "root", ignore_errors=True)
        shutil.rmtree(folder / "host", ignore_errors=True)
        made_of.unlink(missing_ok=True)
        (folder / "source").mkdir()
        apt = builds / "ports/apt"
        with alone(apt):
            version, tree = fetch(Apt(apt), wanted.package, folder / "source")
        say(f"port: building {name} {version}; what is said goes to {folder / 'log'}")
        made = folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        build(wanted, tree, made, folder / "log")
        strip(made)
        made.rename(folder / "root")
        made_of.write_text(f"{stamp} {version}\n")
        names = sorted(path.relative_to(folder / "root") for path in (folder / "root").rglob("*") if path.is_file() and not path.is_symlink())
        say(f"port: {name} {version} is built: {' '.join(f'/{path}' for path in names) or folder / 'host'}")


def main() -> int:
    parser = argparse.ArgumentParser(description="build Debian's source packages for the machine")
    parser.add_argument("builds", type=lambda word: Path(word).resolve())
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    try:
        for path in sorted(RECIPES.iterdir()) if not options.names else ():
            made_of = options.builds / "ports" / path.name / "made_of"
            state = made_of.read_text().split()[1] if made_of.exists() else "-"
            print(f"{path.name:<10} {state:<22} {recipe(path.name).about}")
        for name in options.names:
            recipe(name)
        for name in options.names:
            port(options.builds, name)
    except Refusal as refusal:
        return refuse(refusal)
    return 0


if __name__ == "__main__":
    sys.exit(main())
