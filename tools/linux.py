# SPDX-License-Identifier: MIT
# A real Linux in the same emulator, as the judge and the competitor: its kernel is built from Debian's linux-source
# package, once, lean (linux.config), and boots static programs for riscv64.
#
#   linux.py build/release --run 'build/release/user/hello-linux one two'
from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from initramfs import Node, executable, make_archive, plain_file
from machine import Machine, Refusal, refuse

ROOT = Path(__file__).resolve().parents[1]
CONFIG = Path(__file__).with_suffix(".config")
SOURCES = Path("/usr/src")
VERSION = "6.12"  # tools/packages names it too; linux.config is for it
OBJECTS = 800  # that such a kernel has, about
MAKE = ("make", "ARCH=riscv", "CROSS_COMPILE=riscv64-linux-gnu-", "KBUILD_BUILD_USER=pagoda", "KBUILD_BUILD_HOST=pagoda",
        "KBUILD_BUILD_TIMESTAMP=1 January 1970")
ADDED = "/added"  # where files from the command line are
ELF_STATIC_RISCV64 = re.compile(rb"\x7fELF\x02\x01.{10}[\x02\x03]\0\xf3\0", re.DOTALL)


# ---- the kernel ----

@dataclass(frozen=True)
class Kernel:
    version: str  # e.g. 6.12.117-1
    image: Path


def source_package() -> tuple[str, Path]:
    """Its name, and the sources that it installs."""
    package = f"linux-source-{VERSION}"
    archive = SOURCES / f"{package}.tar.xz"
    if not archive.is_file():
        raise Refusal(f"there is no {archive}; ./pagoda linux installs it")
    return package, archive


def package_version(package: str) -> str:
    """e.g. 6.12.117-1, of 6.12.117-1~deb12u1."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False)
    version = re.match(r"[\w.]+(-\w+)?", done.stdout)
    if done.returncode != 0 or version is None:
        raise Refusal(f"{package} is not installed as a package: its version is not known; ./pagoda linux installs it")
    return version[0]


def say(text: str) -> None:
    print(f"pagoda: {text}", file=sys.stderr, flush=True)


def make(source: Path, *words: str, log: Path, niceness: int = 10) -> Iterator[str]:
    """Runs make, and tells what it says line by line."""
    with log.open("a") as record, subprocess.Popen(
            [*MAKE, f"-j{os.cpu_count()}", *words], cwd=source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", preexec_fn=lambda: os.nice(niceness) and None) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                record.write(line)
                yield line
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise Refusal(f"`make {' '.join(words)}` of Linux failed; {log} says why")


def configure(source: Path, log: Path) -> None:
    """Sets what linux.config says, and makes sure that it is so: a line that the kernel's rules undo is an error."""
    for _ in make(source, "tinyconfig", log=log):
        pass
    chosen, text = source / ".config", CONFIG.read_text()
    chosen.write_text(chosen.read_text() + text)
    for _ in make(source, "olddefconfig", log=log):
        pass
    result = chosen.read_text()
    for name, value in re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE):
        if f"\n{name}={value}\n" not in result:
            raise Refusal(f"this Linux cannot be built with {name}={value}; correct tools/linux.config")
    for name in re.findall(r"^# (CONFIG_\w+) is not set$", text, re.MULTILINE):
        if f"\n{name}=" in result:
            raise Refusal(f"this Linux cannot be built without {name}; correct tools/linux.config")


def compile_kernel(source: Path, log: Path) -> None:
    start, objects, shown = time.monotonic(), 0, time.monotonic()
    for line in make(source, "Image", log=log):
        objects += line.lstrip().startswith(("CC", "AS"))
        if time.monotonic() > shown + 10:
            shown = time.monotonic()
            say(f"linux: {objects} files of about {OBJECTS} are compiled, {shown - start:.0f} seconds")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another ./pagoda that builds {folder}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def build_kernel(builds: Path) -> Kernel:
    """In the folder `builds`, unless it is there already, of the same version and configuration."""
    package, archive = source_package()
    version = package_version(package)
    folder = builds / f"linux-{version.split('-')[0]}"
    kernel, made_of = Kernel(version, folder / "Image"), folder / "made_of"
    stamp = f"{version} {hashlib.sha256(CONFIG.read_bytes()).hexdigest()}\n"
    with alone(folder):
        if kernel.image.is_file() and made_of.is_file() and made_of.read_text() == stamp:
            return kernel
        made_of.unlink(missing_ok=True)
        unpacked, log = folder / "source", folder / "log"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()
        log.write_text("")
        say(f"linux: unpacking {package} {version} (1.7 GB, until it is built)")
        if subprocess.run(["tar", "xf", archive, "-C", unpacked, "--strip-components=1"], check=False).returncode != 0:
            raise Refusal(f"{archive} could not be unpacked in {unpacked}; tar says why above")
        say(f"linux: building a lean kernel, once, a few minutes; what it says goes to {log}")
        configure(unpacked, log)
        compile_kernel(unpacked, log)
        shutil.copy(unpacked / "arch/riscv/boot/Image", kernel.image)
        shutil.copy(unpacked / ".config", folder / "config")
        shutil.rmtree(unpacked)
        made_of.write_text(stamp)
        say(f"linux: {kernel.image} is built")
    return kernel


# ---- running programs on it ----

@dataclass(frozen=True)
class Command:
    program: Path  # of the host
    arguments: tuple[str, ...] = ()
    input: bytes = b""


@dataclass(frozen=True)
class Outcome:
    output: bytes
    status: int | None  # None: it did not exit
    signal: int | None = None

    def ending(self) -> str:
        if self.signal is not None:
            return f"was killed by signal {self.signal}"
        return "has not ended" if self.status is None else f"ended with status {self.status}"

    def shell_status(self) -> int:
        return 128 + self.signal if self.signal is not None else 1 if self.status is None else self.status


def read_program(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refusal(f"cannot read the program {path}: {error.strerror}") from error
    if not data.startswith(b"#!"):
        if not ELF_STATIC_RISCV64.match(data):
            raise Refusal(f"{path} is no program for riscv64; make one by riscv64-linux-gnu-gcc -static")
        if b"/lib/ld-linux-riscv64" in data:
            raise Refusal(f"{path} needs a dynamic linker; make it by riscv64-linux-gnu-gcc -static")
    return data


def archive_of(init: Path, commands: list[Command], files: dict[str, Node], mark: str) -> bytes:
    nodes, lines = {"/init": executable(read_program(init)), **files}, [mark]
    for number, command in enumerate(commands):
        place, given = f"/bin/{command.program.name}", f"/input/{number}"
        node = executable(read_program(command.program))
        if nodes.setdefault(place, node) != node:
            raise Refusal(f"two programs of the name {command.program.name} are not the same")
        nodes[given] = plain_file(command.input)
        words = [given, place, *command.arguments]
        if any("\t" in word or "\n" in word for word in words) or len(words) > 60:
            raise Refusal("a command has at most 60 words, without tabs and line ends")
        lines.append("\t".join(words))
    nodes["/commands"] = plain_file("".join(f"{line}\n" for line in lines).encode())
    return make_archive(nodes)


def outcomes(console: bytes, mark: str, count: int) -> list[Outcome]:
    """What each command printed, and how it ended, as the first process tells it (user/linux/linux_init.c)."""
    marked, found = re.escape(mark.encode()), []
    pieces = re.split(marked + rb" begins\r?\n", console)[1:]
    for piece in pieces:
        end = re.search(rb"\n" + marked + rb" (exited|killed) (\d+)\r?\n", piece)
        if end is None:
            found.append(Outcome(piece, None))
        else:
            number, killed = int(end[2]), end[1] == b"killed"
            found.append(Outcome(piece[:end.start()], None if killed else number, number if killed else None))
    return (found + [Outcome(b"", None)] * count)[:count]


def run(kernel: Kernel, init: Path, commands: list[Command], files: dict[str, Node] | None = None, *, harts: int = 1,
        memory: int = 128, icount: bool = False, timeout: float | None = None, verbose: bool = False) -> list[Outcome]:
    """Boots once, and runs the commands one after the other."""
    mark = f"linux-{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "initramfs"
        image.write_bytes(archive_of(init, commands, files or {}, mark))
        machine = Machine(kernel.image, image, harts, memory, "console=ttyS0 quiet panic=-1", icount, reboots=False)
        if not machine.image_fits(image):
            raise Refusal(f"the programs do not fit into {memory}M; give more, e.g. --mem {memory * 2}M")
        command = machine.command()
        if verbose:
            say(" ".join(command))
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=timeout, check=False)
            console = done.stdout
        except subprocess.TimeoutExpired as late:
            console = late.stdout or b""
    if verbose:
        sys.stderr.write(console.decode("utf-8", "replace"))
    found = outcomes(console, mark, len(commands))
    if commands and mark.encode() not in console:
        last = console.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Refusal(f"Linux did not come up; the last that it said: {''.join(last) or 'nothing'}")
    return found


def added_files(paths: list[Path]) -> dict[str, Node]:
    try:
        return {f"{ADDED}/{path.name}": Node(0o100000 | path.stat().st_mode & 0o777, path.read_bytes()) for path in paths}
    except OSError as error:
        raise Refusal(f"cannot read {error.filename}: {error.strerror}") from error


def commands_from(lines: list[str], given: bytes) -> list[Command]:
    found = []
    for line in lines:
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise Refusal(f"--run '{line}' cannot be read: {error}") from error
        if not words:
            raise Refusal("--run needs a command line, e.g. --run 'build/release/user/linux/program one two'")
        found.append(Command(Path(words[0]), tuple(words[1:]), given))
        read_program(found[-1].program)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="build a lean Linux, and run static programs on it")
    parser.add_argument("build", type=Path)
    parser.add_argument("--run", action="append", default=[], metavar="'PROGRAM WORDS'", help="a program of this machine's files")
    parser.add_argument("--input", type=Path, help="what the programs find as their input")
    parser.add_argument("--add", type=Path, action="append", default=[], metavar="FILE", help=f"goes to {ADDED}")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--mem", type=int, default=128, metavar="MIB")
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    try:
        given = options.input.read_bytes() if options.input is not None else b""
        commands, files = commands_from(options.run, given), added_files(options.add)
        kernel = build_kernel(ROOT / "build")
        if not commands:
            say(f"Linux {kernel.version} is ready: {kernel.image}; run something: ./pagoda linux --run 'PROGRAM WORDS'")
            return 0
        done = run(kernel, options.build / "user/linux/linux_init", commands, files, harts=options.harts, memory=options.mem,
                   icount=options.icount, timeout=options.timeout, verbose=options.verbose)
    except Refusal as refusal:
        return refuse(refusal)
    for command, outcome in zip(commands, done):
        sys.stdout.buffer.write(outcome.output)
        sys.stdout.flush()
        if outcome.status != 0:
            say(f"{command.program.name} {outcome.ending()}")
    return next((outcome.shell_status() for outcome in done if outcome.status != 0), 0)


if __name__ == "__main__":
    sys.exit(main())
