# SPDX-License-Identifier: MIT
# System tests as a table: a machine, the words given to it, what its console must show in this order, how it ends.
from __future__ import annotations

import random
import re
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import filesystem
from bootimage import described, description_of, make_image, read_image, running, with_file
from machine import Disk, Machine

SUCCESS, REFUSED, PANICKED = 0, 1, 101  # how the kernel ends the machine


@dataclass(frozen=True)
class Scenario:
    shows: tuple[str, ...]  # regular expressions, found in this order
    status: int | None = SUCCESS  # of the machine; None: it runs on, and is stopped after the last line expected
    append: str = "poweroff"
    never: tuple[str, ...] = ("PANIC", "cannot start")
    harts: int = 1
    memory: int = 128  # MiB
    icount: bool = False
    only_release: bool = False  # for budgets
    image: Callable[[bytes], bytes] | None = bytes  # what becomes of the good image; None: there is none
    programs: tuple[str, ...] = ()  # of user/, into the image
    root: int | None = None  # MiB of a disk `root`, with a file system; it is clean when the machine has ended
    root_programs: tuple[str, ...] = ()  # of user/linux, user/shell, user/tools, into its folder /bin
    root_links: dict[str, str] = field(default_factory=dict)  # in that folder
    root_files: tuple[tuple[str, str], ...] = ()  # names and texts, there too
    disks: tuple[Disk, ...] = ()  # files of the scratch folder, made by `prepare`
    injure: Callable[[Disk], Disk] = lambda disk: disk  # when what is on it is known
    prepare: Callable[[Path], None] | None = None  # the scratch folder
    judge: Callable[[Path], str | None] | None = None  # what is wrong with what the machine left there
    talk: tuple[tuple[str, str], ...] = ()  # what the console is waited for to show, and what then is typed there
    random: str | None = ""  # as the machine has it
    extra: tuple[str, ...] = ()  # more for QEMU's command line
    timeout: float = 60  # long, because a test machine may be busy; a boot takes well under two seconds

    def machine(self, boot: Path, scratch: Path, variant: str) -> Machine:
        image = None
        if self.image is not None:
            image = scratch / "pagoda.img"
            contents = self.image((boot / "pagoda.img").read_bytes())
            for name in self.programs:
                program = boot.parent / "user" / (f"linux/{name}" if name.startswith("linux_") else f"{name}.stripped")
                contents = with_file(contents, name.encode(), program.read_bytes())
            image.write_bytes(contents)
        disks = [replace(disk, file=scratch / disk.file) for disk in self.disks]
        if self.root is not None:
            disks.append(Disk("root", self.make_root(boot, scratch)))
        if self.prepare is not None:
            self.prepare(scratch)
        disks = [self.injure(disk) for disk in disks]
        return Machine(boot / f"{variant}.bin", image, self.harts, self.memory, self.append, self.icount,
                       reboots=self.status is None, extra=list(self.extra), random=self.random,
                       disks=disks)

    def make_root(self, boot: Path, scratch: Path) -> Path:
        programs = scratch / "root/bin"
        programs.mkdir(parents=True)
        for name in self.root_programs:
            places = (boot.parent / "user" / place for place in (f"linux/{name}", f"shell/{name}.stripped", f"tools/{name}.stripped"))
            shutil.copy(next(place for place in places if place.exists()), programs / name)
        for name, target in self.root_links.items():
            (programs / name).symlink_to(target)
        for name, text in self.root_files:
            (scratch / "root" / name).write_text(text)
        (scratch / "root/tmp").mkdir()
        assert self.root is not None
        return filesystem.make(scratch / "root.img", self.root, scratch / "root")

    def wrong(self, scratch: Path) -> str | None:
        """What is wrong with what the machine left there."""
        found = filesystem.wrong(scratch / "root.img") if self.root is not None else []
        return found[0] if found else self.judge(scratch) if self.judge is not None else None


def comes_up(harts: int = 1, memory: int = 128) -> Scenario:
    hart_word = "hart" if harts == 1 else "harts"
    return Scenario((rf"pagoda: ready: {harts} {hart_word}, {memory} MiB",), harts=harts, memory=memory)


def dies(append: str, *shows: str, harts: int = 1) -> Scenario:
    return Scenario(shows, PANICKED, append, never=("cannot start",), harts=harts)


def refused(*shows: str, harts: int = 1, image: Callable[[bytes], bytes] | None = bytes) -> Scenario:
    return Scenario(shows, REFUSED, never=("PANIC", "ready"), harts=harts, image=image)


def init(description: str, *shows: str, status: int = SUCCESS, harts: int = 1, memory: int = 128,
         never: tuple[str, ...] = ("PANIC", "cannot start", "have not come back")) -> Scenario:
    """The system comes up by this description, and runs to its end; what it took is given back."""
    return Scenario(("pagoda: ready", *shows), status, "", never, harts, memory, programs=("actor",), timeout=60 if harts == 1 else 220,
                    image=lambda good: described(good, description + "\nfinally poweroff\n"))


def misdescribed(description: str, place: str, words: str) -> Scenario:
    return init(description, rf"init: cannot start: system:{place}: .*{words}", status=REFUSED, never=("PANIC", r"init: \d+ server"))


RECORDED = Path(__file__).resolve().parents[1] / "user/linux/recorded"  # what the programs of user/linux print on Linux


def appel(words: str, *shows: str, status: int = 0) -> Scenario:
    """Commands of the Appel-Li bench: what each must show, how the last that fails ends."""
    description = (f"{ONE_HOST}server appel-server quota=4M\nprogram appel-li quota=4M\n"
                   + "".join(f"run operator appel-li quick {line}\n" for line in words.split(",")) + "finally poweroff\n")
    return Scenario(("pagoda: ready", *shows), status, "", ("PANIC", "cannot start", "have not come back"), icount=True, timeout=220,
                    programs=("appel-li", "appel-server"), image=lambda good: described(good, description))


def appel_files(words: str, *shows: str, status: int = 0) -> Scenario:
    """The same on a system that has files too."""
    plain = appel(words, *shows, status=status)
    servers = ("server disk device=virtio-mmio quota=2M priority=14\n"
               "server files kinds=file disk=data backing=disk quota=12M priority=12 finish\n")
    return replace(plain, disks=(Disk("data", Path("data.img")),), image=lambda good: with_servers(plain, servers, good),
                   prepare=lambda folder: filesystem.make(folder / "data.img", 16))


def with_servers(plain: Scenario, servers: str, good: bytes) -> bytes:
    assert plain.image is not None
    image = plain.image(good)
    return described(image, servers + description_of(image))


def recorded(name: str) -> list[str]:
    return [f"^{re.escape(line)}$" for line in (RECORDED / name).read_text().splitlines()]


def linux(name: str, command: str = "", status: int = 0, harts: int = 1) -> Scenario:
    """A program of user/linux prints what it prints on Linux, line by line, and ends as it does there."""
    description = f"{LINUX_SERVERS}run linux_{name} {command}\nfinally poweroff\n"
    return Scenario(("pagoda: ready", *recorded(name)), status, "", ("PANIC", "cannot start", "have not come back"), harts,
                    programs=(f"linux_{name}",), timeout=60 if harts == 1 else 220, image=lambda good: described(good, description))


# ---- disks: files of the scratch folder, filled as user/test/disktest.c does ----

SECTOR = 512
MARK_AT, ENTRY_AT = 510, 446  # of a partition table


def pattern(sectors: int) -> bytes:
    words = ((number * 0x9E3779B97F4A7C15 & (1 << 64) - 1) ^ number // 64 for number in range(sectors * SECTOR // 8))
    return struct.pack(f"<{sectors * SECTOR // 8}Q", *words)


def make_disks(folder: Path, **contents: bytes) -> None:
    for name, data in contents.items():
        (folder / f"{name}.img").write_bytes(data)


def left(folder: Path, **contents: bytes) -> str | None:
    """What is wrong with these disks, as the host finds them."""
    wrong = [name for name, data in contents.items() if (folder / f"{name}.img").read_bytes() != data]
    return f"the host does not find what should be on: {' '.join(wrong)}" if wrong else None


def partitioned(first: int, sectors: int, size: int) -> bytes:
    disk = bytearray(size)
    struct.pack_into("<BxxxBxxxII", disk, ENTRY_AT + 16, 0, 0x83, first, sectors)  # the second entry
    disk[MARK_AT:MARK_AT + 2] = b"\x55\xaa"
    return bytes(disk)


DATA = Disk("data", Path("data.img"))
DATA_SIZE = 1 << 20
GOOD = pattern(DATA_SIZE // SECTOR)
DISK_SERVER = "server disk device=virtio-mmio quota=2M priority=14 restart\nmemory quota=2M\n"


def on_disks(commands: str, *shows: str, status: int = SUCCESS, harts: int = 1, disks: tuple[Disk, ...] = (DATA,),
             before: dict[str, bytes] | None = None, after: dict[str, bytes] | None = None, extra: tuple[str, ...] = ()) -> Scenario:
    """Commands of disktest, on disks with these contents before and after."""
    description = DISK_SERVER + "".join(f"run operator disktest {command}\n" for command in commands.split("; "))
    found = before if before is not None else {"data": GOOD}
    return replace(init(description, *shows, status=status, harts=harts), programs=("disktest",), disks=disks, extra=extra,
                   prepare=lambda folder: make_disks(folder, **found), timeout=120 if harts == 1 else 220,
                   judge=lambda folder: left(folder, **(after if after is not None else found)))


def elf(machine: int = 243, kind: int = 2, segment: int = 1, headers_at: int = 64, size: int = 64) -> bytes:
    """The beginning of an executable, with one program header."""
    return struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, kind, machine, 1, 0x10000, headers_at, 0, 0, 64, 56, 1, 0, 0, 0) + \
        struct.pack("<IIQQQQQQ", segment, 5, 0, 0x10000, 0, size, size, 4096)


def not_run(contents: bytes, why: str, status: int = 126) -> Scenario:
    """A file that is no program for Linux: its error is told, and why."""
    return replace(init("run wrong", f"cannot run wrong: {why}", status=status),
                   image=lambda good: described(with_file(good, b"wrong", contents), f"{ONE_HOST}run wrong\nfinally poweroff\n"))


def pagers(*servers: str, memory: str = "data=cow bss=zero heap=anon stack=anon") -> str:
    lines = (f"server {server} quota={70 // len(servers)}% priority=12 restart" for server in servers)
    return "\n".join([*lines, f"memory quota=1M {memory}", ""])


# ---- memory that is larger than the machine's ----

SWAP = Disk("swap", Path("swap.img"))
SWAP_SERVERS = """\
server disk device=virtio-mmio quota=1M priority=14 restart
server pager kinds=anon,zero,cow quota=75% priority=12 backing=disk disk=swap restart
"""


def make_swap(folder: Path, size: int) -> None:
    with (folder / SWAP.file).open("wb") as file:
        file.truncate(size << 20)


def swapping(commands: str, *shows: str, size: int = 300, memory: int = 64, harts: int = 1, status: int = SUCCESS,
             disks: tuple[Disk, ...] = (SWAP,), quota: str = "2M") -> Scenario:
    """These commands on a machine with so many MiB of memory and, by the name of swap, of disk."""
    line = f"memory quota={quota} data=cow bss=zero heap=anon:300M stack=anon\n"  # a page table for each 2 MiB counts too
    return replace(init(SWAP_SERVERS + line + commands, *shows, status=status, harts=harts, memory=memory), disks=disks,
                   prepare=lambda folder: make_swap(folder, size), timeout=220)


# ---- files: a disk with a file system, which the host checks afterwards ----

LARGE_SEED = 7


def filled(folder: Path) -> Path:
    """What the file system begins with."""
    root = folder / "root"
    (root / "a/b/c").mkdir(parents=True)
    (root / "hello.txt").write_text("hello from the disk\n")
    (root / "a/b/c/random").write_bytes(random.Random(1).randbytes(300_000))
    (root / "a/link").symlink_to("b/c/random")
    for number in range(200):
        (root / f"a/b/{'long-name-' * 8}{number}").write_text(f"{number}\n")
    return root


def large(size: int) -> bytes:
    """What `filetest large` writes: in each page every 64th word says where it is."""
    words = ((number * 0x9E3779B97F4A7C15 + LARGE_SEED) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1 if number % 64 == 0 else 0
             for number in range(size // 8))
    return struct.pack(f"<{size // 8}Q", *words)


def judge_files(folder: Path, size: int, clean: bool) -> str | None:
    image = folder / "data.img"
    found = filesystem.wrong(image) if clean else []
    if not found and size and filesystem.contents(image, "/large") != large(size):
        found = ["the host does not find in /large what was written there"]
    return " ".join(found) or None


def on_files(commands: str, *shows: str, status: int = SUCCESS, harts: int = 1, memory: int = 128, mebibytes: int = 24, block: int = 4096,
             quota: str = "24M", large_size: int = 0, disk: Disk = DATA, clean: bool = True, journal: bool = True,
             spoil: Callable[[Path], None] | None = None) -> Scenario:
    """Commands on a machine with a file server; its disk is whole afterwards."""
    def prepare(folder: Path) -> None:
        filesystem.make(folder / "data.img", mebibytes, filled(folder), block, 4 if journal and mebibytes >= 16 else int(journal))
        if spoil is not None:
            spoil(folder / "data.img")
    description = ("server disk device=virtio-mmio quota=2M priority=14 restart\n"
                   f"server files kinds=file disk=data backing=disk quota={quota} priority=12 finish restart\n"
                   "server pager kinds=anon,zero,cow quota=20% priority=12 restart\n"
                   "memory quota=2M data=cow bss=zero heap=anon stack=anon\n"
                   + "".join(f"run operator {command}\n" for command in commands.split("; ")))
    return replace(init(description, *shows, status=status, harts=harts, memory=memory), programs=("actor", "filetest"), disks=(disk,),
                   prepare=prepare, timeout=120 if harts == 1 else 220, judge=lambda folder: judge_files(folder, large_size, clean))


def injured(path: str, block: int, what: str = "read", **more: bool) -> Callable[[Disk], Disk]:
    """A disk that fails at this block of 4 KiB of a file."""
    def injure(disk: Disk) -> Disk:
        place = int(filesystem.run("debugfs", "-R", f"bmap {path} {block}", disk.file))
        return replace(disk, errors=({"event": f"{what}_aio", "iotype": what, "sector": place * 8, "errno": 5, **more},))
    return injure


def truncate(image: Path, size: int) -> None:
    with image.open("r+b") as file:
        file.truncate(size)


def spoil_inodes(image: Path) -> None:
    """The table of inodes, from the third block on, is not what it was."""
    table = int(re.search(r"Inode table at (\d+)", filesystem.run("dumpe2fs", image))[1])  # type: ignore[index]
    with image.open("r+b") as file:
        file.seek((table + 1) * 4096)
        file.write(random.Random(2).randbytes(8 * 4096))


TESTED = ("names", "data", "coherent", "end", "cut", "unlinked", "private", "forked", "tail", "sparse", "memory", "hostile")

ONE_HOST = pagers("pager kinds=anon,zero,cow")
DIVISIONS = {  # who hosts what: edits of a line
    "one_host": ONE_HOST,
    "zero_in_a_server_of_its_own": pagers("pager kinds=anon,cow", "zero program=pager kinds=zero"),
    "three_servers": pagers("pager kinds=anon", "zero program=pager kinds=zero", "copies program=pager kinds=cow"),
    "all_wired": "memory quota=2M\n",
    "who_forks_pays": pagers("pager kinds=anon,zero,cow").replace("quota=70%", "quota=20%").replace("quota=1M", "quota=2M pays"),
    "other_kinds": pagers("pager kinds=anon,zero,cow", memory="data=wired bss=anon heap=zero stack=zero:64K"),
}
FORKS = [f"{shape} is well" for shape in ("wide", "deep", "tree", "orphan", "both", "shrink", "random")]
ECHO = "server echo program=actor quota=512K"

UNIX = "server unix device=uart-16550 operator quota=8M priority=14 finish\n"
LINUX_SERVERS = UNIX + ONE_HOST.replace("quota=1M", "quota=2M")
DIFFER_SERVERS = UNIX + """\
server files kinds=file quota=30% priority=12 finish
server pager kinds=anon,zero,cow quota=50% priority=12
memory quota=2M data=cow bss=zero heap=anon stack=anon
"""  # for user/linux/linux_differ
DIFFER_WORDS = "sequences=100 try=223 try=718 try=730 try=744 try=896"  # each found something once


def differ(harts: int) -> Scenario:
    """Sequences of memory calls come to what they come to on Linux, and leave nothing behind."""
    return replace(init(f"{DIFFER_SERVERS}run linux_differ {DIFFER_WORDS}\nrun operator pagerstat files\nrun operator pagerstat pager\n",
                        *recorded("differ"), r"files: .* 0 objects", r"pager: .* [1-5] objects", harts=harts), programs=("linux_differ",),
                   timeout=120 if harts == 1 else 300)


ROOT_SERVERS = """\
server disk device=virtio-mmio quota=2M priority=14
server files kinds=file backing=disk disk=root quota=8M priority=12 finish
server unix device=uart-16550 operator quota=8M priority=14 finish
server pager kinds=anon,zero,cow quota=25% priority=12
memory quota=3M data=cow bss=zero heap=anon stack=anon
"""


def from_disk(commands: str, *shows: str, programs: tuple[str, ...], root: int = 32, status: int = SUCCESS, harts: int = 1,
              memory: int = 64) -> Scenario:
    """Executables of a disk, whose pages come by fault."""
    return replace(init(ROOT_SERVERS + commands, *shows, status=status, harts=harts, memory=memory), root=root, root_programs=programs)


def with_files(name: str, harts: int = 1, memory: int = 64) -> Scenario:
    """As linux(), on a system that has a server of files."""
    return from_disk(f"run /bin/linux_{name}\n", *recorded(name), "status 0", programs=(f"linux_{name}",), harts=harts, memory=memory)


RANDOM_COMMANDS = ("server random device=virtio-random quota=256K priority=13 restart\nrun /bin/sh -c "
                   + "h=\"/bin/tools head -c9000\";$h /dev/urandom>/u;$h /dev/zero>/z;/bin/tools cmp /u /z&&echo same".replace(" ", "${IFS}") + "\n")

LINES = "of\nthe\nload\n"  # what linux_mixed counts


def mixed_load(seconds: int, harts: int, first: int = 6) -> Scenario:
    """Afterwards the servers have what they had before. The first run leaves them the tables that they keep."""
    commands = (f"run /bin/linux_mixed {first} 7\nrun operator account note\n"
                f"run /bin/linux_mixed {seconds}\nrun operator account same\n")
    scenario = from_disk(commands, r"rounds, 0 wrong", r"rounds, 0 wrong", "account: nothing is lost", programs=("linux_mixed", "sh", "tools"),
                         harts=harts)
    return replace(scenario, programs=("account",), root_files=(("bin/lines", LINES),), timeout=120 + 2 * seconds)


EXECUTABLES = {
    **{f"after_a_mixed_load_nothing_is_lost_on_{harts}": mixed_load(6, harts) for harts in (1, 4)},
    **{f"locks_in_shared_memory_are_between_processes_on_{harts}": with_files("shared_locks", harts) for harts in (1, 4)},
    **{f"segments_of_system_v_are_shared_on_{harts}": with_files("segments", harts) for harts in (1, 4)},
    **{f"files_are_mapped_as_on_linux_on_{harts}": with_files("mapping", harts) for harts in (1, 4)},
    **{f"texts_of_proc_are_as_on_linux_on_{harts}": with_files("texts", harts) for harts in (1, 4)},
    **{f"memory_with_a_name_is_as_on_linux_on_{harts}": with_files("named", harts) for harts in (1, 4)},
    **{f"memory_is_shared_with_children_on_{harts}": with_files("share", harts) for harts in (1, 4)},
    **{f"a_program_larger_than_memory_runs_from_disk_on_{harts}": replace(init(
        ROOT_SERVERS.replace("quota=8M", "quota=4M") + "run /bin/linux_large\n", *recorded("large"), "status 0",
        harts=harts, memory=22), root=48, root_programs=("linux_large",)) for harts in (1, 4)},
    "a_program_of_a_disk_says_hello": from_disk("run /bin/linux_hello you\n", *recorded("hello"), "status 7",
                                               programs=("linux_hello",), status=7),
    "a_program_of_a_disk_forks_and_becomes_another": from_disk("run /bin/linux_family\n", *recorded("family"), "status 0",
                                                               programs=("linux_family",)),
    **{f"files_of_linux_are_as_on_linux_on_{harts}": from_disk("run /bin/linux_files\n", *recorded("files"), "status 0",
                                                               programs=("linux_files",), harts=harts) for harts in (1, 4)},
    **{f"who_waits_for_files_of_linux_is_woken_as_on_linux_on_{harts}": from_disk(
        "run /bin/linux_ready\n", *recorded("ready"), "status 0", programs=("linux_ready",), harts=harts) for harts in (1, 4)},
    **{f"odd_calls_on_files_give_the_errors_of_linux_on_{harts}": from_disk("run /bin/linux_odd\n", *recorded("odd"), "status 0",
                                                                       programs=("linux_odd",), harts=harts) for harts in (1, 4)},
    **{f"locks_of_files_of_linux_are_as_on_linux_on_{harts}": from_disk("run /bin/linux_locks\n", *recorded("locks"), "status 0",
                                                                     programs=("linux_locks",), harts=harts) for harts in (1, 4)},
    **{f"processes_in_processes_end_on_{harts}": from_disk(
        "".join("run /bin/sh -c " + "echo${IFS}$(" * 9 + f"echo${{IFS}}deep{turn}" + ")" * 9 + "\n" for turn in range(4)),
        *(f"^deep{turn}" for turn in range(4)), "status 0", programs=("sh",), harts=harts, memory=256) for harts in (1, 4)},
    "the_shell_and_the_tools_of_a_disk_run": from_disk(
        "run /bin/sh -c echo${IFS}shell${IFS}$((6*7));x=abc;echo${IFS}${x%c}\nrun /bin/tools echo tools $0\nrun /bin/tools seq 3\n"
        "run /bin/tools uname\nrun /bin/tools tr\n", "shell 42", "ab", "tools [$]0", "1", "2", "3", "Linux", "tr: usage: tr",
        programs=("sh", "tools"), status=2),
    **{f"scripts_run_and_what_cannot_be_run_gets_linuxs_errors_on_{harts}": from_disk(
        "run /bin/linux_become\n", *recorded("become"), "status 0", programs=("linux_become",), harts=harts) for harts in (1, 4)},
    "programs_of_pagodas_own_run_from_the_shell_and_their_status_is_passed_on": from_disk(
        "run operator /bin/sh -c hello${IFS}x;file${IFS}nothing;echo${IFS}status${IFS}$?;exec${IFS}/boot/hello${IFS}last\n",
        "hello from user space x", "file symlink TARGET", "^status 2", "hello from user space last", programs=("sh",)),
    "random_bytes_come_from_the_device": replace(from_disk(RANDOM_COMMANDS, "^same$", "status 0", programs=("tools", "sh")), random="/dev/zero"),
    "without_the_device_random_bytes_are_made_up": replace(from_disk(
        RANDOM_COMMANDS, "random: there is no device that gives", "differ", programs=("tools", "sh"), status=1), random=None),
    "a_program_that_a_disk_has_not_is_not_run": from_disk(
        "run /bin/linux_hullo\nrun /bin\nrun /bin/linux_hello/x\n", "/bin/linux_hullo: ENOENT", "/bin: EACCES", "linux_hello/x: ENOTDIR",
        programs=("linux_hello",), status=127),
}

PROMPT = r"\n\r*# \r?$"  # of a shell that waits for a line

# What somebody does at a shell; each line is typed when the shell, or what is named before it, has been waited for.
WORK = (
    (PROMPT, "yes | head -n 1\r"), (r"\ny\r\n\r*# \r?$", "printf 'b\\na\\nc\\n' > /tmp/f; cat /tmp/f | sort\r"),
    (r"\na\r\nb\r\nc\r\n\r*# \r?$", "echo tty: $(tty) size: $(stty size)\r"), (r"\ntty: /dev/console size: 24 80\r\n\r*# \r?$", "true\r"),
)
KEYS = (
    (PROMPT, "ecoh\x7f\x7f\x7fcho rubbed out\r"), (r"\nrubbed out\r\n", ""),
    (PROMPT, "echo one wrong\x17right\r"), (r"\none right\r\n", ""),
    (PROMPT, "\x1b[A\x1b[A\r"), (r"\nrubbed out\r\n", ""),  # from the history
    (PROMPT, "echo xy\x1b[D-\x01\x05z\r"), (r"\nx-yz\r\n", ""),
    (PROMPT, "ls -d /bi\t\r"), (r"\n/bin/\r\n", ""),
    (PROMPT, "not this\x03"), (PROMPT, "stty rows 30 columns 100; stty size\r"), (r"\n30 100\r\n", ""),
    (PROMPT, "echo on; cat > /tmp/typed\r"), (r"\non\r\n", "lime\x7f\x7fne\rtwo words\x17more\r\x04"),
    (PROMPT, "cat /tmp/typed\r"), (r"\nline\r\ntwo more\r\n", ""),
    (PROMPT, "stty -echo; echo on; read x; stty echo; echo got $x\r"), (r"\non\r\n", "secret\r"), (r"got secret\r\n", ""),
)
JOBS = (
    (PROMPT, "sh -c 'echo on; sleep 100'\r"), (r"\non\r\n", "\x03"), (PROMPT, "echo status $?\r"), (r"\nstatus 130\r\n", ""),
    (PROMPT, "yes\r"), (r"\ny\r\ny\r\ny\r\n", "\x03"), (PROMPT, "echo status $?\r"), (r"\nstatus 130\r\n", ""),
    (PROMPT, "sh -c 'echo on; yes > /dev/null'\r"), (r"\non\r\n", "\x1c"), (PROMPT, "echo status $?\r"), (r"\nstatus 131\r\n", ""),
    (PROMPT, "sh -c 'echo on; read x; echo got $x'\r"), (r"\non\r\n", "\x1a"), (r"Stopped", ""), (PROMPT, "jobs\r"), (r"\[1\].*Stopped.*sh -c", ""),
    (PROMPT, "fg\r"), (r"sh -c [^\n]*\n", "it back\r"), (r"\ngot it back\r\n", ""),
    (PROMPT, "sh -c 'echo on; sleep 1; echo off'\r"), (r"\non\r\n", "\x1a"), (PROMPT, "bg\r"), (r"[\r\n]off\r\n", "sleep 1\r"),
    (r"Done", ""), (PROMPT, "cat &\r"), (PROMPT, "sleep 1; jobs\r"), (r"Stopped.*\s*cat", ""), (PROMPT, "kill %1; sleep 1\r"), (r"Terminated", ""),
    (PROMPT, "sleep 100 & sleep 200 &\r"), (PROMPT, "jobs\r"), (r"Running.*sleep 100[^$]*Running.*sleep 200", ""),
    (PROMPT, "kill %1 %2; wait; echo all\r"), (r"\nall\r\n", ""),
    (PROMPT, "(sleep 1; echo behind) & echo before; wait\r"), (r"\nbefore\r\n", ""), (r"\nbehind\r\n", ""),
    (PROMPT, "stty tostop; echo written & wait; jobs\r"), (r"Stopped", ""), (PROMPT, "fg\r"), (r"\nwritten\r\n", ""), (PROMPT, "stty -tostop\r"),
    (PROMPT, "sh -c 'echo on; sleep 100'\r"), (r"\non\r\n", "\x14"), (r"who waits on whom:", "\x03"),
)


def talking(*talk: tuple[str, str], harts: int = 1) -> Scenario:
    """A shell at the console, and somebody who types."""
    plain = from_disk("run operator /bin/sh\n", programs=("sh", "tools"), harts=harts, memory=128)
    names = ("yes", "head", "sort", "cat", "sleep", "stty", "tty", "ls", "poweroff")
    return replace(plain, talk=talk, root_links={name: "tools" for name in names}, timeout=120 if harts == 1 else 220)


TERMINAL = {
    **{f"a_terminal_and_the_jobs_at_it_are_as_on_linux_on_{harts}": linux("tty", harts=harts) for harts in (1, 4)},
    **{f"somebody_works_at_a_shell_on_{harts}": talking(*WORK, (PROMPT, "exit\r"), harts=harts) for harts in (1, 4)},
    **{f"keys_edit_lines_at_a_shell_on_{harts}": talking(*KEYS, (PROMPT, "\x04"), harts=harts) for harts in (1, 4)},
    **{f"jobs_stop_and_go_on_at_a_shell_on_{harts}": talking(*JOBS, (PROMPT, "poweroff\r"), harts=harts) for harts in (1, 4)},
}

DISKS = {
    **{f"what_is_written_to_a_disk_is_in_the_hosts_file_on_{harts}": on_disks(
        "fill data; look data; list", "2048 sectors written, 0 requests failed, flush: OK", "read, 0 requests wrong",
        "2048 sectors read, 2048 written, 1 flushes, 0 errors", harts=harts, before={"data": bytes(DATA_SIZE)}, after={"data": GOOD})
       for harts in (1, 4)},
    "two_disks_are_told_apart_by_their_names": on_disks(
        "fill other; list", "other: 1024 sectors written", "other: 1024 sectors, .* 1024 written", "data: 2048 sectors, .* 0 written",
        disks=(DATA, Disk("other", Path("other.img"))), before={"data": bytes(DATA_SIZE), "other": bytes(DATA_SIZE // 2)},
        after={"data": bytes(DATA_SIZE), "other": GOOD[:DATA_SIZE // 2]}),
    "a_partition_is_a_disk_in_a_disk": on_disks(
        "fill data.2; look data.2; look data.1", "1000 sectors written, 0 requests failed", "1000 sectors read, 0 requests wrong",
        "data.1: ABSENT", status=3, before={"data": partitioned(64, 1000, DATA_SIZE)},
        after={"data": partitioned(64, 1000, DATA_SIZE)[:64 * SECTOR] + GOOD[:1000 * SECTOR] + bytes(DATA_SIZE - 1064 * SECTOR)}),
    "a_partition_beyond_its_disk_is_none": on_disks("look data.2", "data.2: ABSENT", status=3,
                                                    before={"data": partitioned(64, 4000, DATA_SIZE)}),
    "a_read_only_disk_is_not_written": on_disks(
        "look data; fill data; list", "read, 0 requests wrong", "sectors from 0 on: READ_ONLY", "data: 2048 sectors, read-only",
        status=1, disks=(replace(DATA, read_only=True),)),
    "a_missing_disk_is_absent": on_disks("look swap", "disktest: swap: ABSENT", status=3),
    "a_machine_without_disks_has_none": on_disks("list; look data", "disktest: data: ABSENT", status=3, disks=(), before={}),
    "a_legacy_device_is_refused_in_a_line": on_disks(
        "look data", "speaks the legacy interface; start QEMU with", "data: ABSENT", status=3,
        extra=("-global", "virtio-mmio.force-legacy=true")),
    "what_cannot_be_asked_of_a_disk_is_refused": on_disks(
        "odd data; look data", "unaligned BAD_ARGUMENT BAD_ARGUMENT BAD_ARGUMENT, none BAD_ARGUMENT, too much BAD_ARGUMENT, unknown BAD_",
        "outside OUTSIDE OUTSIDE OUTSIDE OUTSIDE, last OK", "memory( BAD_MEMORY){6}", "read-only BAD_MEMORY, out of it OK",
        "across pages OK, largest OK", "read, 0 requests wrong"),
    **{f"each_request_in_a_crowd_has_its_own_error_on_{harts}": on_disks(
        "crowd data", "2750 right, 450 with bad memory, 0 wrong", harts=harts) for harts in (1, 4)},
    "a_disk_can_be_opened_so_often_and_again": on_disks("many data", "opened 7 times, then FULL", "read, 0 requests wrong"),
    **{f"who_dies_in_the_middle_of_transfers_harms_nobody_on_{harts}": on_disks(
        "massacre data", "20 died in the middle: 0", "read, 0 requests wrong", harts=harts,
        disks=(replace(DATA, operations=100),)) for harts in (1, 4)},
    **{f"the_disk_server_survives_what_is_in_a_ring_on_{harts}": on_disks(
        "scribble data", "the server survives what is in the ring", "read, 0 requests wrong", harts=harts) for harts in (1, 4)},
    **{f"a_killed_disk_server_is_opened_again_on_{harts}": on_disks(
        "outlive data", "started again", "192 were answered, and then the server was gone", "read, 0 requests wrong", harts=harts)
       for harts in (1, 4)},
    "who_asks_a_disk_server_that_ended_while_all_was_quiet_hears_of_it": on_disks(
        "orphan data", "who asks late hears of it, GONE; of a closed disk: GONE", "read, 0 requests wrong"),
    "a_disk_server_killed_before_a_late_disk_answers_leaves_no_trace": on_disks(
        "outlive data", "192 were answered, and then the server was gone", "read, 0 requests wrong",
        disks=(replace(DATA, operations=50),)),
    "an_error_of_the_disk_hits_the_request_that_it_is_of": on_disks(
        "look data; list", "sectors from 800 on: IO", "2048 sectors read, 1 requests wrong", "1 errors", status=1,
        disks=(replace(DATA, errors=({"event": "read_aio", "sector": 803, "errno": 5},)),)),
    "an_error_in_writing_is_told": on_disks(
        "fill data; look data", "sectors from 1600 on: IO", "1 requests failed", "1 requests wrong", status=1,
        disks=(replace(DATA, errors=({"event": "write_aio", "sector": 1630, "errno": 28},)),), before={"data": bytes(DATA_SIZE)},
        after={"data": GOOD[:1600 * SECTOR] + bytes(32 * SECTOR) + GOOD[1632 * SECTOR:]}),
    "an_error_in_flushing_is_told": on_disks(
        "fill data", "0 requests failed, flush: IO", status=0, disks=(replace(DATA, errors=({"event": "flush_to_disk", "errno": 5},)),)),
    "only_servers_and_operators_use_disks": replace(
        init(DISK_SERVER + "run disktest look data", "disktest: data: DENIED", status=3), programs=("disktest",), disks=(DATA,),
        prepare=lambda folder: make_disks(folder, data=GOOD)),
    **{f"files_do_what_programs_expect_on_{harts}_with_blocks_of_{block}": on_files(
        "filetest all; filetest many", *(f"filetest: {name} is well" for name in (*TESTED, "many")), "`files` has ended with status 0",
        harts=harts, block=block) for harts, block in ((1, 4096), (4, 4096), (1, 1024), (1, 2048))},
    "a_file_has_the_date_of_the_machines_clock": on_files("file write now x; file stat now", r"now: .* modified (1[7-9]|[2-9]\d)\d{8}$"),
    "files_without_a_journal_are_whole_too": on_files("filetest all", "hostile is well", journal=False),
    "files_of_the_host_are_found_by_programs": on_files(
        "file list a; file show hello.txt; file sum a/link; file readlink a/link; file copy a/link copied; file sum copied",
        "l0777 .* link", "^hello from the disk$", r"a/link: 300000 bytes, sum (\w+)", "a/link -> b/c/random", "copied: 300000 bytes"),
    "a_full_disk_is_told_and_nothing_else_suffers": on_files("filetest full; filetest names", "full is well", "names is well", mebibytes=8,
                                                            block=1024),
    "copies_get_memory_while_all_that_is_cached_is_written": on_files("filetest pressed size=12M", "pressed is well", quota="8M", memory=64),
    "sync_waits_for_what_is_being_written_in_time": on_files(
        "filetest synced size=7M", "synced is well", disk=replace(DATA, operations=50)),
    "pages_that_cannot_be_written_cost_memory_and_no_time": on_files(
        "filetest pressed size=12M; file show hello.txt", "pressed is well", "hello from the disk", "`files` has ended with status 0",
        quota="8M", memory=64, clean=False,
        disk=replace(DATA, errors=tuple({"event": "write_aio", "sector": sector, "errno": 5} for sector in range(16000, 24000, 500)))),
    "a_file_of_impossible_size_is_refused": on_files(
        "file show hello.txt; file list a", "file show: the file system is damaged", "link", status=3, clean=False,
        spoil=lambda image: filesystem.change(image, "set_inode_field /hello.txt size 1152921504606846976")),
    "a_mapped_file_larger_than_memory_reaches_the_disk": on_files(
        f"filetest large size=64M seed={LARGE_SEED}; filetest check size=64M seed={LARGE_SEED}", "large is well", "check is well",
        memory=64, mebibytes=100, quota="8M", large_size=64 << 20),
    "a_machine_without_a_disk_has_no_files": on_files("file list", "no file system on data: ABSENT", "file list: there is no file server",
                                                      status=3, disk=Disk("other", Path("data.img"))),
    "a_read_only_disk_is_not_written_to": on_files("file show hello.txt; file write x y", "hello from", "cannot be written to", status=3,
                                                   disk=replace(DATA, read_only=True)),
    "a_damaged_file_system_gives_errors_and_harms_nobody": on_files(
        "filetest names; file list a/b; file show hello.txt; file space; file write x y", "names is well", "file list: the file system is damaged",
        "hello from the disk", "files; read-only", "cannot be written to", status=3, clean=False, spoil=spoil_inodes),
    **{f"a_page_that_cannot_be_read_is_told_to_who_wants_it_only_on_{harts}": replace(on_files(
        "filetest unread; filetest names", "unread is well", "names is well", harts=harts), injure=injured("/a/b/c/random", 40))
       for harts in (1, 4)},
    "what_the_cache_has_done_is_shown": on_files(
        "file sum a/b/c/random; pagerstat files; file write x y; pagerstat files; file sync; pagerstat files; pagerstat pager",
        "300000 bytes", r"cache: (\d+) of at most \d+ pages: \1 clean, 0 dirty; now 0 on", r"0 out, 0 evicted; 74 in, (\d+) of them ahead: \1 used;",
        r"pages: \d+ clean, 1 dirty", "0 out, 0 evicted", r"pages: \d+ clean, 0 dirty; now 0 on", "1 out, 0 evicted; 74 in, .* errors: 0",
        "pager: .* frames", "faults by case"),
    "what_is_read_beyond_the_cache_is_evicted": on_files(
        "filetest large size=24M; filetest check size=24M; pagerstat files", "check is well",
        r"6144 out, [1-9]\d{3,} evicted; [1-9]\d{3,} in, [1-9]\d{3,} of them ahead: [1-9]\d{3} used", memory=64, mebibytes=40, quota="8M"),
    "a_read_that_fails_once_is_told_nobody": replace(on_files(
        "file sum a/b/c/random", "random: 300000 bytes, sum "), injure=injured("/a/b/c/random", 40, once=True)),
    "who_does_not_expect_a_page_to_be_unreadable_is_ended": replace(on_files(
        "filetest touch; file show hello.txt", r"filetest .*is ended: a read of 0x\w+, pc 0x\w+: the page could not be read from its disk",
        "hello from", status=128), injure=injured("/a/b/c/random", 40)),
    **{f"a_page_that_cannot_be_written_is_told_who_syncs_on_{harts}": replace(on_files(
        "filetest unwritten; filetest data", "unwritten is well", "data is well", "not all that was written is on the disk", harts=harts),
        injure=injured("/a/b/c/random", 40, "write"), timeout=220) for harts in (1, 4)},
    "a_journal_that_cannot_be_written_leaves_files_to_read": replace(on_files(
        "filetest uncommitted; file show hello.txt", "uncommitted is well", "hello from"), injure=injured("<8>", 5, "write")),
    **{f"a_late_disk_keeps_nobody_waiting_who_needs_it_not_on_{harts}": on_files(
        "filetest late", "late is well", harts=harts, disk=replace(DATA, operations=40)) for harts in (1, 4)},
    "a_disk_shorter_than_its_file_system_is_refused": on_files(
        "file show hello.txt", "no file system on data: .*shorter", "there is no file server", status=3, clean=False,
        spoil=lambda image: truncate(image, 12 << 20)),
    "a_disk_shorter_than_a_superblock_is_refused": on_files(
        "file show hello.txt", "no file system on data", "there is no file server", status=3, clean=False,
        spoil=lambda image: truncate(image, 1536)),
    "unknown_devices_are_refused": misdescribed("server disk device=floppy", "1:20", "unknown devices 'floppy'"),
    "devices_are_one_servers": misdescribed("server disk device=virtio-mmio\nserver echo program=actor device=virtio-mmio", "2:34",
                                            "driven by 'disk' already"),
    **{f"servers_finish_from_the_highest_rank_down_on_{harts}": init(
        "server below program=actor finish\nserver above program=actor backing=below finish restart\nserver other program=actor\nrun hello",
        "`hello`", "above finishes", "below finishes", "init: done", harts=harts, status=6) for harts in (1, 4)},
}
BROKEN = (  # a row of the Appel-Li bench, the function of the system that does not do what it should, what is said
    ("null", "null", "always"), ("trap", "protect", "is not"), ("trap", "handle", "is not"), ("unprot1", "allow", "cannot be written"),
    ("protn", "protect-first", "can be written"), ("appel1", "protect", "faulted once"),
    ("dirty", "find-written", "other pages"), ("map2", "alias", "something else"), ("map2", "unalias", "still there"),
    ("fault", "handle", "another address"), ("lazy", "forget", "exactly once"), ("zero_read", "forget", "not zero"),
    ("pager", "take-paged", "refused"), ("pager", "forget-paged", "exactly once"), ("cow_copy", "fork", "parent's pages"),
    ("call", "call", "wrong"),
)

SCENARIOS = {
    **DISKS, **EXECUTABLES, **TERMINAL,
    "one_hart_comes_up": comes_up(1),
    "two_harts_come_up": comes_up(2),
    "four_harts_come_up": comes_up(4),
    "eight_harts_come_up": comes_up(8),
    "eight_mebibytes_are_enough": comes_up(memory=8),
    "sixteen_mebibytes_are_enough": comes_up(8, memory=16),
    "four_gibibytes_are_used": comes_up(memory=4096),
    "it_is_ready_within_two_million_instructions": Scenario((r"pagoda: ready: .* 1?\d{1,6} instructions",), icount=True,
                                                            only_release=True),
    "eight_harts_come_up_when_instructions_are_counted": Scenario(("pagoda: ready: 8 harts",), icount=True, harts=8,
                                                                  timeout=20),
    "a_reboot_starts_the_machine_again": Scenario(("pagoda: ready", "OpenSBI", "pagoda: ready"), None, "reboot"),
    "a_panic_names_its_cause_and_ends_with_failure": dies("panic", "pagoda: PANIC: "),
    "a_failed_assertion_names_its_place": dies("assert", r"pagoda: PANIC: .*\.c:\d+"),
    "a_fault_in_the_kernel_names_cause_and_address": dies("fault", r"pagoda: PANIC: .*fault"),
    "nine_harts_are_refused": refused("cannot start: .*harts", harts=9),
    "a_missing_image_is_refused": refused("cannot start: .*image", image=None),
    "a_program_is_run_and_its_words_reach_it": init("run hello to you", "hello from user space to you", "status 0"),
    "the_status_of_what_runs_is_the_machines": init("run actor exit 0\nrun actor exit 9\nrun actor exit 0", status=9),
    "programs_are_run_one_after_the_other_unless_started": init(
        "start actor wait-for none\nrun actor exit 0\nrun hello", "`actor exit 0`", "`hello`", status=3),
    "a_description_with_an_unknown_kind_is_refused": misdescribed("# one\nmemory heap=anno", "2:13", "unknown kind"),
    "a_rank_cycle_is_refused": misdescribed("server a program=actor backing=b\nserver b program=actor backing=a", "2:32",
                                           "rank cycle"),
    "quotas_beyond_memory_are_refused": misdescribed("server a program=actor quota=200M", "1:30", "beyond memory"),
    "a_missing_program_is_refused": misdescribed("run nothing at all", "1:5", "no program 'nothing'"),
    "an_image_without_a_description_is_refused": Scenario(("cannot start: .*system description",), REFUSED, "", ("PANIC",),
                                                         image=lambda good: make_image({b"init": read_image(good)[b"init"]})),
    "a_program_that_faults_is_ended_and_reported": init(
        "run actor fault", r"actor \(process \d+\) is ended: a read of 0x40, pc 0x\w+: nothing is at that address", status=128),
    "misuse_ends_a_program": init("run actor misuse", "is ended: a system call with an argument", status=128),
    **{f"children_end_as_they_should_on_{harts}": init("run actor spawn", "10 children ended.*: ABSENT", harts=harts)
       for harts in (1, 4)},
    "who_forges_anothers_faults_is_ended_itself": init(
        f"{ECHO}\nrun actor forge echo\nrun actor ask echo", r"actor \(process \d+\) is ended: a read of 0x60000000", "echo answered",
        status=128),
    **{f"two_threads_can_wait_for_one_child_on_{harts}": init("run actor wait-twice", "who waited heard", "status 0", harts=harts)
       for harts in (1, 4)},
    "forks_that_come_to_nothing_cost_init_nothing": init("run actor spoil", "1500 forks were spoilt, and another is OK"),
    "a_crowd_of_children_is_in_no_servers_way": init(
        f"{ECHO} restart\nmemory quota=100\nrun operator actor crowd echo", "96 children, then FULL", "started again", "echo answered"),
    **{f"init_survives_garbage_on_{harts}": init("run actor torment", "child's thread: OK, DENIED", "init lives", harts=harts) for harts in (1, 4)},
    "a_server_is_found_by_its_name_and_by_what_it_hosts": init(
        f"{ECHO} kinds=sound,noise\nrun actor ask echo\nrun actor ask noise", "echo answered", "noise answered"),
    "a_server_that_nobody_describes_is_not_found": init(f"{ECHO}\nrun actor ask ohce", "no ohce: ABSENT", status=3),
    **{f"a_killed_server_is_started_again_on_{harts}": init(
        f"{ECHO} restart\nrun operator actor outlive echo", "echo answered", "`echo` was killed", "started again",
        "who waited ended with 4", "echo answered", harts=harts) for harts in (1, 4)},
    "a_killed_pager_is_started_again_when_its_memory_has_come_back": init(
        "server pager kinds=anon,zero,cow quota=80% restart\nmemory quota=1M data=cow bss=zero heap=anon:64M stack=anon\n"
        "start touch heap size=24M passes=6000\nrun touch bss passes=1000\nrun operator actor lose pager\nrun touch", "started again when there is memory",
        "pager is started again", "touch: heap, sequential", status=128, memory=48),
    "a_killed_server_that_is_not_to_restart_is_gone": init(
        f"{ECHO}\nrun operator actor outlive echo", "is no more", "no echo: GONE", status=3),
    "a_server_that_ends_again_and_again_is_given_up": init(
        f"{ECHO} restart\n" + "run actor end echo\n" * 7, "it is not started again", "no echo: GONE", status=4),
    **{f"forks_of_every_shape_with_{name}_on_{harts}": init(
        f"{division}run forktest all count=5 pages=32\nrun forktest random count=7 seed=5", *FORKS, "random is well", harts=harts)
       for name, division in DIVISIONS.items() for harts in (1, 4)},
    **{f"touching_works_with_{name}": init(
        f"{division}run touch bss both random size=256K\nrun touch stack size=32K backwards both",
        "touch: bss, random, both, 262144 bytes, checksum d4017c5e0ba157e0", "touch: stack, backwards, both")
       for name, division in DIVISIONS.items()},
    "a_killed_pagers_client_gets_an_error_and_others_a_new_pager": init(
        f"{ONE_HOST}run operator actor lose pager\nrun touch", "started again", "the first page has 42",
        r"actor \(process \d+\) is ended: a write to 0x20001000, pc 0x\w+: its pager is gone", "touch: heap", status=128),
    **{f"a_pager_killed_at_any_time_hangs_nobody_on_{harts}": init(
        f"{ONE_HOST}program actor data=wired bss=wired heap=wired stack=wired\nrun operator actor bother pager",
        "forktest ended: OK", "another one ended with 0", harts=harts) for harts in (1, 4)},
    "a_dead_pagers_fallback_answers_that_it_has_no_such_object": init(
        pagers("pager kinds=anon,zero fallback=spare", "spare program=pager kinds=cow").replace("12 restart", "12")
        + "run operator actor lose pager", "the first page has 42", r"is ended: a write to 0x20001000, .*: no object has this cookie",
        status=128),
    "a_greedy_program_that_pays_is_ended_and_a_modest_one_is_not": init(
        f"{ONE_HOST}program touch pays quota=1M\nstart touch heap size=4M\nrun touch heap both random size=512K passes=500",
        r"touch \(process \d+\) is ended: a write to 0x2\w+, pc 0x\w+: no frame is left for this client",
        "heap, random, both, 524288 bytes", status=128),
    "the_trees_description_runs_in_eight_mebibytes": Scenario(
        ("init: 5 servers", "touch: heap", "served by", "init: done"), append="", memory=8, never=("PANIC", "have not come back"),
        image=lambda good: described(good, running(description_of(good), "touch", "pmap"))),
    "the_trees_description_swaps": Scenario(
        ("init: 5 servers", "134217728 bytes, checksum", "served by", "init: done"), append="", memory=64, disks=(SWAP,),
        never=("PANIC", "have not come back", "no swap"), prepare=lambda folder: make_swap(folder, 200), timeout=220,
        image=lambda good: described(good, running(description_of(good), "touch heap both size=128M", "pmap"))),
    "the_trees_description_swaps_in_eight_mebibytes": Scenario(
        ("init: 5 servers", "8388608 bytes, checksum", "served by", "init: done"), append="", memory=8, disks=(SWAP,),
        never=("PANIC", "have not come back", "no swap"), prepare=lambda folder: make_swap(folder, 512), timeout=220,
        image=lambda good: described(good, running(description_of(good), "touch heap both size=8M", "pmap"))),
    "a_program_of_256_mebibytes_runs_in_64": swapping(
        "run touch heap sequential both size=256M passes=2\nrun operator pagerstat pager", "268435456 bytes, checksum dce79c68a52f8000",
        r"76799 of them free; 0 pages only there", "errors: 0 out, 0 in"),
    "a_program_of_256_mebibytes_runs_in_64_however_it_jumps": swapping(
        "run touch heap random both size=256M", "268435456 bytes, checksum bd0e30b51f915e08"),
    "a_program_of_three_times_the_memory_runs_on_4": swapping(
        "run touch heap sequential both size=96M passes=2", "checksum 4df3f3ac5ff1d000", memory=32, harts=4),
    "four_programs_share_64_mebibytes_and_each_finds_its_own": swapping(
        "\n".join(f"start touch heap {pattern} both size=64M passes=2" for pattern in ("sequential", "random") * 2),
        *["touch: heap, .*, 67108864 bytes, checksum (3af9c7eb114be000|b6a44a6b626af4ab)"] * 4),
    "four_programs_share_32_mebibytes_on_4": swapping(
        "\n".join(["start touch heap sequential both size=24M"] * 4), *["25165824 bytes, checksum e8011ff514ddf400"] * 4,
        memory=32, harts=4, quota="600K"),
    "forks_of_every_shape_are_well_where_memory_is_short": swapping(
        "start touch heap random both size=40M\nrun forktest all count=5 pages=400", *FORKS, memory=24, quota="400K"),
    "when_swap_is_full_who_wants_more_is_refused_and_others_go_on": swapping(
        "start touch heap size=200M\nrun touch heap both random size=512K passes=200",
        "heap, random, both, 524288 bytes", r"is ended: a write to 0x2\w+, pc 0x\w+: no frame is left", size=32, status=128),
    "without_its_disk_a_pager_says_so_once_and_goes_on": swapping(
        "run hello\nrun touch", "pager: no swap: disk swap cannot be used: ABSENT", "hello from", "touch: heap", disks=()),
    "a_page_that_cannot_be_read_from_swap_ends_who_wants_it_only": swapping(
        "start touch heap sequential both size=40M passes=2\nrun touch heap both random size=512K passes=200",
        "heap, random, both, 524288 bytes", r"is ended: a read of .*: the page could not be read from its disk",
        memory=32, status=128, disks=(replace(SWAP, errors=({"event": "read_aio", "iotype": "read", "errno": 5},)),)),
    "a_page_that_cannot_be_written_to_swap_goes_elsewhere": swapping(
        "run touch heap sequential both size=40M\nrun operator pagerstat pager", "checksum d464f5861eb1ec00", r"errors: [1-9]\d* out, 0 in",
        memory=32, disks=(replace(SWAP, errors=({"event": "write_aio", "sector": 803, "errno": 5},)),)),
    "a_stack_overflow_is_reported_with_its_address": init(
        f"{ONE_HOST}program touch stack=anon:64K\nrun touch stack size=62K",
        r"touch \(process \d+\) is ended: a write to 0x1ffe\w+, pc 0x\w+: .*stack has reached its limit", status=128),
    "a_kind_that_its_program_has_not_ends_the_server": init(
        "server pager kinds=anon,lazy\nmemory heap=lazy\nrun hello", "no kind lazy|lazy here", "no memory of kind lazy", status=125),
    "memory_is_shown_by_who_serves_it": init(
        f"{ONE_HOST}run pmap\nrun operator pmap pager\nrun operator pmap all\nrun operator pagerstat",
        "rw- .* pager, zero", "rw- .* pager, anon", "r-x .* init, image", "rw- .* init, wired", r" 1 +0 +1 .* pager$",
        r"pager: \d+ frames, \d+ of them free"),
    "wrong_words_are_told_with_the_usage": init(
        "run touch fast\nrun forktest count=0\nrun pmap 1 2\nrun pagerstat a b\nrun pmap 4000\n"
        "run touch stack size=1G", "does not know 'fast'", "usage: touch",
        "count=0' should be a number from 1 to 64", "usage: forktest", "usage: pmap", "usage: pagerstat", "no process 4000",
        "no 1073741824 bytes of stack", status=2),
    "the_rows_of_the_appel_li_bench_mean_what_they_should": appel("", r"appel null \d", r"appel cow_reuse \d", r"appel call \d"),
    "a_system_that_does_not_do_what_it_should_fails_the_appel_li_bench": appel(
        ",".join(f"only={row} broken={function}" for row, function, _ in BROKEN),
        *(f"appel {row} failed: .*{why}" for row, _, why in BROKEN), status=1),
    "the_rows_of_files_of_the_appel_li_bench_mean_what_they_should": appel_files(
        "only=file_read,only=file_write,only=file_copy,only=file_write broken=map-file,only=file_copy broken=map-file",
        r"appel file_read \d", r"appel file_write \d", r"appel file_copy \d", "appel file_write failed: the file has not",
        "appel file_copy failed: a private write has reached", status=1),
    "only_an_operator_may_kill": init(f"{ECHO}\nrun actor kill echo", "kill echo: DENIED", status=5),
    "a_program_without_memory_is_not_run": init("memory quota=20\nrun hello", "cannot run `hello`: NO_MEMORY", status=128,
                                                never=("PANIC",)),
    "a_program_of_linux_says_hello": linux("hello", "you", status=7),
    "the_heap_of_a_program_of_linux_is_well": linux("heap"),
    "memory_grows_down_as_on_linux": linux("growing"),
    **{f"the_memory_calls_answer_as_linux_does_on_{harts}": linux("map", harts=harts) for harts in (1, 4)},
    **{f"signals_reach_a_program_of_linux_as_on_linux_on_{harts}": linux("catch", harts=harts) for harts in (1, 4)},
    **{f"queued_signals_and_stacks_are_as_on_linux_on_{harts}": linux("queue", harts=harts) for harts in (1, 4)},
    **{f"what_a_program_of_linux_says_of_itself_is_kept_on_{harts}": linux("self", harts=harts) for harts in (1, 4)},
    **{f"signals_and_timers_are_files_on_{harts}": linux("events", harts=harts) for harts in (1, 4)},
    **{f"who_damages_his_personality_dies_alone_on_{harts}": linux("hostile", harts=harts) for harts in (1, 4)},
    **{f"threads_stop_go_on_and_become_as_on_linux_on_{harts}": linux("stops", harts=harts) for harts in (1, 4)},
    **{f"no_signal_is_lost_in_a_storm_on_{harts}": linux("storm", harts=harts) for harts in (1, 4)},
    **{f"timers_and_clocks_are_as_on_linux_on_{harts}": linux("timers", harts=harts) for harts in (1, 4)},
    "odd_arguments_of_memory_and_signal_calls_are_told_by_the_first_that_is_wrong": replace(
        init(f"{DIFFER_SERVERS}run linux_odd_memory\n", *recorded("odd_memory")), programs=("linux_odd_memory",)),
    **{f"random_memory_calls_of_linux_come_to_what_they_do_there_on_{harts}": differ(harts) for harts in (1,)},
    **{f"threads_of_a_program_of_linux_meet_on_{harts}": linux("threads", harts=harts) for harts in (1, 4)},
    **{f"processes_of_linux_fork_and_wait_on_{harts}": linux("family", harts=harts) for harts in (1, 4)},
    **{f"children_are_waited_for_as_on_linux_on_{harts}": linux("waits", harts=harts) for harts in (1, 4)},
    **{f"a_child_in_its_parents_memory_is_as_on_linux_on_{harts}": linux("play", harts=harts) for harts in (1, 4)},
    **{f"pipes_pairs_and_counters_are_as_on_linux_on_{harts}": linux("tubes", harts=harts) for harts in (1, 4)},
    **{f"a_hostile_process_gets_errors_and_all_comes_back_on_{harts}": replace(
        init(LINUX_SERVERS + "run unixtest", "512 pipes, 256 signals, many listeners: yes", "others 0, all frames are back",
             harts=harts), programs=("unixtest",)) for harts in (1, 4)},
    "a_text_is_no_program": not_run(b"hello\n", "ENOEXEC: it is not an ELF file"),
    "an_executable_for_another_machine_is_not_run": not_run(elf(machine=62), "ENOEXEC: it is for another machine"),
    "an_executable_for_a_dynamic_linker_is_not_run": not_run(elf(segment=3), "ENOENT: it is dynamically linked", 127),
    "a_truncated_executable_is_not_run": not_run(elf(headers_at=4000), "ENOEXEC: its program headers are not in the file"),
    "an_executable_without_its_end_is_not_run": not_run(elf(size=20000), "ENOEXEC: it is truncated"),
    "an_object_file_is_not_run": not_run(elf(kind=1), "ENOEXEC: it is not an executable"),
    "a_truncated_image_is_refused": refused("cannot start: .*image", image=lambda good: good[:len(good) // 2]),
    "a_corrupted_image_is_refused": refused("cannot start: .*image",
                                            image=lambda good: good[:-1] + bytes([good[-1] ^ 1])),
}


LONG = {  # minutes each: ./pagoda test --suite long
    **{f"a_program_of_256_mebibytes_in_64_{pattern}_on_{harts}": swapping(
        f"run touch heap {pattern} both size=256M passes={passes}", f"268435456 bytes, checksum {checksum}", harts=harts)
       for pattern, passes, checksum in (("sequential", 2, "dce79c68a52f8000"), ("random", 1, "bd0e30b51f915e08")) for harts in (1, 4)},
    **{f"four_programs_of_64_mebibytes_each_in_64_on_{harts}": swapping(
        "\n".join(f"start touch heap {pattern} both size=64M passes=2" for pattern in ("sequential", "random") * 2),
        *["touch: heap, .*, 67108864 bytes, checksum (3af9c7eb114be000|b6a44a6b626af4ab)"] * 4, harts=harts) for harts in (1, 4)},
    **{f"a_mapped_file_of_256_mebibytes_in_64_reaches_the_disk_on_{harts}": on_files(
        f"filetest large size=256M seed={LARGE_SEED}; filetest check size=256M seed={LARGE_SEED}", "large is well", "check is well",
        memory=64, mebibytes=320, large_size=256 << 20, harts=harts) for harts in (1, 4)},
}
LONG = {name: replace(scenario, timeout=1200) for name, scenario in LONG.items()}
LONG |= {f"after_an_hour_of_mixed_load_nothing_is_lost_on_{harts}": replace(mixed_load(3600, harts, 120), timeout=4500) for harts in (1, 4)}
SCENARIOS |= LONG


def names(build_type: str, long: bool = False) -> list[str]:
    return [name for name, scenario in SCENARIOS.items() if (build_type == "release" or not scenario.only_release) and (name in LONG) == long]
