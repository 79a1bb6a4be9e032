# SPDX-License-Identifier: MIT
# The machine: the one place that composes QEMU's command line, for run, gdb, test and bench.
from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bootimage

MEBI = 1 << 20
KERNEL_OFFSET = 2 * MEBI  # QEMU puts the kernel here, counted from the start of memory; the firmware is before it
BUILT_IN_FIRMWARE = "opensbi-riscv64-generic-fw_dynamic.bin"
PACKAGED_FIRMWARE = Path("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin")


class Refusal(Exception):
    """Something that the user can put right: its text is one line that says how."""


def emulator() -> str:
    name = os.environ.get("PAGODA_QEMU", "qemu-system-riscv64")
    path = shutil.which(name)
    if path is None:
        raise Refusal(f"there is no {name} to run; ./pagoda setup installs it (or set PAGODA_QEMU)")
    return path


def firmware(qemu: str) -> str:
    """QEMU's own OpenSBI, or the distribution's where QEMU came without."""
    chosen = os.environ.get("PAGODA_FIRMWARE")
    if chosen is not None:
        if not Path(chosen).is_file():
            raise Refusal(f"there is no firmware {chosen}; correct PAGODA_FIRMWARE or unset it")
        return chosen
    for folder in (Path(qemu).resolve().parent.parent / "share/qemu", Path("/usr/share/qemu")):
        if (folder / BUILT_IN_FIRMWARE).exists():
            return "default"
    if PACKAGED_FIRMWARE.exists():
        return str(PACKAGED_FIRMWARE)
    searched = subprocess.run([qemu, "-L", "help"], capture_output=True, text=True, check=False).stdout.split("\n")
    if any((Path(folder) / BUILT_IN_FIRMWARE).exists() for folder in searched if folder):
        return "default"
    raise Refusal("there is no OpenSBI firmware; install the package opensbi (or set PAGODA_FIRMWARE to a file)")


def readable(path: Path) -> Path:
    if not path.is_file():
        raise Refusal(f"there is no {path}; ./pagoda run builds it")
    return path


@dataclass(frozen=True)
class Disk:
    """A file that the machine sees as a disk; its name is the serial number by which the disk server finds it."""
    name: str
    file: Path
    read_only: bool = False
    forgets: bool = False  # what is written to it, when the machine ends
    first: bool = False  # it is the first machine's; while that runs, others forget
    errors: tuple[dict[str, Any], ...] = ()  # for QEMU's blkdebug: what goes wrong, e.g. {"event": "read_aio", "sector": 8}
    operations: int = 0  # at most so many in a second; 0: as many as there are

    def options(self, number: int) -> list[str]:
        node, device = f"disk{number}", f"virtio-blk-device,drive=disk{number},serial={self.name},werror=report,rerror=report"
        layer: dict[str, Any] = {"driver": "file", "filename": str(self.file)}
        if self.errors:
            layer = {"driver": "blkdebug", "image": layer, "inject-error": list(self.errors)}
        layer = {"driver": "raw", "read-only": self.read_only, "file": layer}
        throttle = []
        if self.operations:
            throttle = ["-object", f"throttle-group,id=throttle{number},x-iops-total={self.operations}"]
            layer = {"driver": "throttle", "throttle-group": f"throttle{number}", "file": layer}
        return [*throttle, "-blockdev", json.dumps({**layer, "node-name": node}), "-device", device]


def disk_from(word: str) -> Disk:
    """NAME=FILE, NAME=FILE,ro, NAME=FILE,forget or NAME=FILE,first"""
    name, _, file = word.partition("=")
    read_only, forgets, first = file.endswith(",ro"), file.endswith(",forget"), file.endswith(",first")
    file = file.removesuffix(",ro").removesuffix(",forget").removesuffix(",first")
    if not re.fullmatch(r"[A-Za-z][\w-]{0,19}", name) or not file:
        raise Refusal(f"--disk '{word}' is no disk; write NAME=FILE, NAME=FILE,ro, NAME=FILE,forget or NAME=FILE,first, with a NAME of at most 20 letters and digits")
    path = Path(file)
    if not path.is_file():
        raise Refusal(f"there is no disk image {path}; make one, e.g. truncate -s 64M {path}")
    if not os.access(path, os.R_OK if read_only or forgets else os.R_OK | os.W_OK):
        raise Refusal(f"the disk image {path} cannot be {'read' if read_only else 'written; write ' + word + ',ro'}")
    return Disk(name, path, read_only, forgets, first)


DISKS_MOST = 8  # places for virtio devices in QEMU's virt machine


def disks_from(words: list[str]) -> list[Disk]:
    disks = [disk_from(word) for line in words for word in line.splitlines()]
    names = [disk.name for disk in disks]
    if len(set(names)) != len(names):
        raise Refusal(f"two disks have the same name: {' '.join(names)}")
    if len(disks) > DISKS_MOST:
        raise Refusal(f"the machine has place for {DISKS_MOST} disks")
    return disks


@dataclass
class Machine:
    kernel: Path
    image: Path | None = None
    harts: int = 4
    memory: int = 128  # MiB
    append: str = ""
    icount: bool = False
    reboots: bool = True
    console: str = "stdio"
    random: str | None = ""  # a file whose bytes are the random ones; "": the emulator's own; None: there is no such device
    extra: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)  # descriptors that QEMU must inherit
    disks: list[Disk] = field(default_factory=list)

    def image_fits(self, image: Path) -> bool:
        """QEMU puts an initrd in the middle of memory, and the device tree 2 MiB before the end of its first GiB."""
        size = self.memory * MEBI
        start = KERNEL_OFFSET + min(size // 2, 128 * MEBI)
        device_tree = (min(size, 1024 * MEBI) - 1) // (2 * MEBI) * (2 * MEBI)
        return start + image.stat().st_size <= device_tree

    def joined(self, image: Path) -> str:
        """A file in memory: the kernel with the image behind it. That is where the kernel looks when there is no initrd."""
        handle, path = in_memory("pagoda", self.kernel.read_bytes(), image.read_bytes())
        self.files.append(handle)
        return str(path)

    def payload(self) -> list[str]:
        kernel = readable(self.kernel)
        if self.image is None:
            return ["-kernel", str(kernel)]
        image = readable(self.image)
        if self.image_fits(image):
            return ["-kernel", str(kernel), "-initrd", str(image)]
        if KERNEL_OFFSET + kernel.stat().st_size + image.stat().st_size > (self.memory - 2) * MEBI:
            raise Refusal(f"{image} does not fit into {self.memory}M; give more, e.g. --mem {self.memory * 2}M")
        return ["-kernel", self.joined(image)]

    def command(self) -> list[str]:
        qemu = emulator()
        command = [qemu, "-machine", "virt", "-smp", str(self.harts), "-m", f"{self.memory}M"]
        command += ["-bios", firmware(qemu), *self.payload()]
        command += ["-global", "virtio-mmio.force-legacy=false"]
        command += ["-display", "none", "-monitor", "none", "-serial", self.console]
        for number, disk in enumerate(self.disks):
            command += disk.options(number)
        if self.random is not None and len(self.disks) < DISKS_MOST:
            if self.random:
                command += ["-object", f"rng-random,id=random,filename={self.random}"]
            command += ["-device", "virtio-rng-device" + (",rng=random" if self.random else "")]
        if self.append:
            command += ["-append", self.append]
        if self.icount:
            command += ["-icount", "shift=0"]
        if not self.reboots:
            command += ["-no-reboot"]
        return command + self.extra


def machine_options(parser: argparse.ArgumentParser) -> None:
    """The values have been judged by ./pagoda, before anything was installed or built."""
    parser.add_argument("build", type=Path)
    parser.add_argument("--harts", type=int, default=4)
    parser.add_argument("--mem", type=int, default=128, metavar="MIB")
    parser.add_argument("--append", default="")
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--system", type=Path, metavar="FILE", help="another system description")
    parser.add_argument("--run", action="append", default=[], metavar="COMMAND", help="in place of what the description runs")
    parser.add_argument("--disk", action="append", default=[], metavar="NAME=FILE[,ro]", help="disks, one or more in lines")
    parser.add_argument("--verbose", action="store_true")


def in_memory(name: str, *contents: bytes) -> tuple[int, Path]:
    """A file in memory: its descriptor, to be inherited, and where it is found."""
    handle = os.memfd_create(name, 0)
    with os.fdopen(os.dup(handle), "wb") as file:
        file.writelines(contents)
    return handle, Path(f"/proc/self/fd/{handle}")


def claim(file: Path) -> int | None:
    """A descriptor that the machine inherits: as long as it runs, nobody else gets one."""
    handle = os.open(file, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if not os.path.samestat(os.fstat(handle), file.stat()):  # meanwhile another has taken its place
        os.close(handle)
        return claim(file)
    os.set_inheritable(handle, True)
    return handle


def copy_in_memory(file: Path) -> tuple[int, Path]:
    """As in_memory(), without what the file has only holes for."""
    handle, path = in_memory(file.name)
    with file.open("rb") as original:
        size, at = os.fstat(original.fileno()).st_size, 0
        os.ftruncate(handle, size)
        while at < size:
            try:
                at = os.lseek(original.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but holes
                break
            piece = os.pread(original.fileno(), min(MEBI, size - at), at)
            at += os.pwrite(handle, piece, at)
    return handle, path


def described_image(image: Path, system: Path | None, commands: list[str], files: bootimage.Files) -> tuple[int, Path]:
    """The image with another description, or with other programs to run, or with more files."""
    original = readable(image).read_bytes()
    try:
        description = system.read_text() if system is not None else bootimage.description_of(original)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"cannot read the system description {system}: {error}") from error
    if any("\n" in command or "#" in command for command in commands):
        raise Refusal("--run takes one command line, without '#'")
    description = bootimage.running(description, *commands) if commands else description
    return in_memory("image", bootimage.make_image({**bootimage.read_image(original), **files, bootimage.DESCRIPTION: description.encode()}))


def machine_from(options: argparse.Namespace, files: bootimage.Files | None = None, **rest: Any) -> Machine:
    boot, image, inherited = options.build / "boot", options.build / "boot/pagoda.img", []
    if options.system is not None or options.run:
        handle, image = described_image(image, options.system, options.run, files or {})
        inherited = [handle]
    rest.setdefault("reboots", not options.run)
    disks = disks_from(options.disk)
    for number, disk in enumerate(disks):
        claimed = claim(disk.file) if disk.first else None
        if claimed is not None:
            inherited = [*inherited, claimed]
        elif disk.forgets or disk.first:
            if disk.first:
                print(f"pagoda: {disk.file} is another machine's now: what this one writes to it is forgotten", file=sys.stderr)
            handle, path = copy_in_memory(disk.file)
            inherited = [*inherited, handle]
            disks[number] = replace(disk, file=path)
    return Machine(kernel=boot / "pagoda.bin", image=image, harts=options.harts, memory=options.mem, append=options.append,
                   icount=options.icount, files=inherited, disks=disks, **rest)


def refuse(refusal: Refusal) -> int:
    print(f"pagoda: {refusal}", file=sys.stderr)
    return 1


def main() -> int:
    """Becomes the machine: its console is the terminal, its exit status is ours."""
    parser = argparse.ArgumentParser(description="run the machine")
    machine_options(parser)
    options = parser.parse_args()
    try:
        command = machine_from(options, console="mon:stdio").command()  # Ctrl-A X leaves
    except Refusal as refusal:
        return refuse(refusal)
    if options.verbose:
        print("pagoda:", " ".join(command), file=sys.stderr)
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
