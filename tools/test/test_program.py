# SPDX-License-Identifier: MIT
# Tests of what gets programs in and out: the disk `root` and --add (tools/root.py), and `./pagoda run -- FILE` (tools/program.py).
from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness import ROOT, expect, run, run_all, test

import filesystem
import program
from filesystem import Folder, Link, Plain

BUILD = Path(os.environ.get("PAGODA_BOOT", "/nowhere/boot")).parent


def consoles(text: bytes, at_terminal: bool = False, pieces: int = 1) -> tuple[bytes, bytes, program.Console]:
    output, errors = io.BytesIO(), io.BytesIO()
    console = program.Console(output, errors, at_terminal, False)
    for at in range(0, len(text), pieces):
        console.take(text[at:at + pieces])
    return output.getvalue(), errors.getvalue(), console


@test
def what_a_program_writes_is_told_apart_from_what_others_print(_: Path) -> None:
    text = b"boot\r\n\2B\3\0021one\1J\3disk: late\r\n\0022wrong\1J\3\0021\1A\1B\1C\1M\xff\3\2E\3init: done\r\n"
    for pieces in (1, 2, 3, 7, len(text)):
        output, errors, console = consoles(text, pieces=pieces)
        expect(output == b"one\n\1\2\3\r\xff", output, pieces)
        expect(errors == b"disk: late\nwrong\n", errors, pieces)
        expect(console.begun and console.ended and console.said == b"boot\r\ninit: done\r\n", console.said)


@test
def at_a_terminal_all_comes_through_while_the_program_runs(_: Path) -> None:
    text = b"boot\r\n\2B\3$ \x1b[K\2\2ls\r\n\2E\3bye"
    for pieces in (1, 5, len(text)):
        output, errors, _console = consoles(text, at_terminal=True, pieces=pieces)
        expect(output.startswith(b"$ \x1b[K") and b"boot" not in output + errors and b"bye" not in output + errors, output, errors)
    long = b"\2B\3\0021" + b"x" * 600
    expect(consoles(long, at_terminal=True)[0].endswith(b"x" * 100), "what is no piece is not held back")


@test
def a_program_that_does_not_begin_is_told_in_a_line_and_a_machine_that_dies_in_all_its_own(_: Path) -> None:
    said = b"OpenSBI\r\npagoda: ready\r\ninit: 3 servers\r\n"
    console = consoles(said + b"linux: cannot run /x: ENOENT: there is no such file\r\n")[2]
    expect(console.why() == "linux: cannot run /x: ENOENT: there is no such file\n", console.why())
    expect(consoles(said + b"\2B\3")[2].why() == "pagoda: ready\ninit: 3 servers\n")
    expect(consoles(said + b"\2B\3\2E\3pagoda: PANIC: x\r\n")[2].why() == "pagoda: PANIC: x\n")


@test
def the_words_of_a_command_reach_the_personality_as_they_are(_: Path) -> None:
    expect(program.command_of(["ls", "a b", ""], "io") == b"io\0/bin/ls\0a b\0\0")
    expect(program.command_of(["./x"], "") == b"\0./x\0")


# ---- the disk ----

def builds(folder: Path) -> Path:
    """A build folder, made up."""
    user = folder / "build/release/user"
    for path, text in {"shell/sh.stripped": "a shell", "tools/tools.stripped": "tools", "tools/tools.names": "ls\ncat\n"}.items():
        (user / path).parent.mkdir(parents=True, exist_ok=True)
        (user / path).write_text(text)
    return folder / "build"


def make(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, ROOT / "tools/root.py", folder, "release", *words])


def refused(folder: Path, words: str, *options: str | Path) -> None:
    before = (folder / "root.img").read_bytes()
    done = make(folder, *options)
    expect(done.returncode == 1 and len(done.stderr.splitlines()) == 1 and words in done.stderr, options, done)
    expect((folder / "root.img").read_bytes() == before, "nothing is changed")


@test
def the_disk_has_a_shell_tools_and_a_place_for_everything(folder: Path) -> None:
    build = builds(folder)
    done = make(build)
    expect(done.returncode == 0 and done.stdout.splitlines()[0] == f"root={build}/root.img,first", done)
    image = build / "root.img"
    seen = filesystem.look(image, ["/bin/sh", "/bin/ls", "/tmp", "/dev/shm", "/usr/bin", "/etc/passwd", "/nowhere"])
    expect(seen["/bin/sh"].mode == 0o755 and seen["/bin/ls"].link == "tools" and seen["/usr/bin"].link == "../bin", seen)
    expect(seen["/tmp"].mode == seen["/dev/shm"].mode == 0o1777 and "/etc/passwd" in seen and "/nowhere" not in seen, seen)
    expect(not filesystem.wrong(image), filesystem.wrong(image))
    before = image.read_bytes()
    expect(make(build).returncode == 0 and image.read_bytes() == before, "the second time there is nothing to do")


@test
def programs_are_brought_up_to_date_and_what_is_somebodys_own_is_left_alone(folder: Path) -> None:
    build = builds(folder)
    make(build)
    image = build / "root.img"
    filesystem.install(image, ["/etc/profile"], {"/etc/profile": Plain(b"mine", 0o644), "/root/note": Plain(b"mine too", 0o600)}, "it")
    filesystem.change(image, "rm /bin/cat")
    (build / "release/user/shell/sh.stripped").write_text("a better shell")
    (build / "release/user/tools/tools.names").write_text("ls\ncat\nnew\n")
    done = make(build)
    expect(done.returncode == 0 and done.stderr == "", done)
    for path, text in {"/bin/sh": b"a better shell", "/etc/profile": b"mine", "/root/note": b"mine too"}.items():
        expect(filesystem.contents(image, path) == text, path)
    seen = filesystem.look(image, ["/bin/new", "/bin/cat"])
    expect("/bin/new" in seen and "/bin/cat" not in seen, seen)
    expect(not filesystem.wrong(image))


@test
def files_and_folders_are_added_with_their_rights_and_links(folder: Path) -> None:
    build, tree = builds(folder), folder / "a tree"
    (tree / "deep").mkdir(parents=True)
    (tree / 'deep/odd "name"').write_text("odd")
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o751)
    (tree / "link").symlink_to("deep")
    done = make(build, "--add", tree, "--add", f"{tree}/run=/opt/x/run", "--add", f"{tree}/run=/opt/")
    expect(done.returncode == 0, done)
    image = build / "root.img"
    seen = filesystem.look(image, ["/root/a tree/run", "/root/a tree/link", "/opt/x/run", "/opt/run", '/root/a tree/deep/odd "name"'])
    expect(len(seen) == 5 and seen["/root/a tree/run"].mode == 0o751 and seen["/root/a tree/link"].link == "deep", seen)
    (tree / "run").write_text("#!/bin/sh\necho again\n")
    expect(make(build, "--add", tree / "run").returncode == 0, "it may be added again when it has changed here")
    (tree / "run").write_text("#!/bin/sh\necho thrice\n")
    done = make(build, "--add", tree)
    expect(done.returncode == 0, done)
    expect(b"thrice" in (filesystem.contents(image, "/root/a tree/run") or b"") and not filesystem.wrong(image))


@test
def what_cannot_be_added_is_refused_in_a_line_and_changes_nothing(folder: Path) -> None:
    build, file = builds(folder), folder / "file"
    make(build)
    file.write_text("text")
    os.mkfifo(folder / "pipe")
    refused(build, "there is no /nowhere to add", "--add", "/nowhere")
    refused(build, "neither a file nor a folder", "--add", folder / "pipe")
    refused(build, "the name /bin is taken", "--add", f"{file}=/bin")
    refused(build, "the name /README is taken", "--add", f"{file}=/README")
    refused(build, "the name /README is taken", "--add", f"{file}=/README/file")
    (folder / "line\nend").write_text("")
    refused(build, "has a line end", "--add", folder / "line\nend")
    with (folder / "large").open("wb") as large:
        large.truncate(80 << 20)
    refused(build, "is full: 80.1 MiB are needed", "--add", folder / "large")
    make(build, "--add", file)
    filesystem.install(build / "root.img", ["/root/file"], {"/root/file": Plain(b"changed there", 0o644)}, "it")
    file.write_text("changed here")
    refused(build, "was changed there", "--add", file)
    filesystem.install(build / "root.img", ["/root/file"], {"/root/file": Link("x"), "/root/folder": Folder(0o700)}, "it")
    refused(build, "the name /root/file is taken", "--add", file)
    refused(build, "the name /root/folder is taken", "--add", f"{file}=/root/folder")


if BUILD.is_dir():
    def run_there(folder: Path, *words: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """On a disk of its own."""
        image = folder / "root.img"
        if not image.exists():
            (folder / BUILD.name).symlink_to(BUILD)
            done = run([sys.executable, ROOT / "tools/root.py", folder, BUILD.name, *(word for file in added for word in ("--add", file))])
            expect(done.returncode == 0, done)
        return subprocess.run([sys.executable, ROOT / "tools/program.py", BUILD, "--harts", "1", "--disk", f"root={image}", "--", *words],
                              input=given, capture_output=True, timeout=120, check=False)

    added: list[Path] = []

    @test
    def a_program_on_the_machine_is_like_one_here(folder: Path) -> None:
        done = run_there(folder, "sh", "-c", 'read x; echo "$x $1"; echo wrong >&2; exit 7', "name", "a  b", given=b"given\nmore\n")
        expect((done.returncode, done.stdout, done.stderr) == (7, b"given a  b\n", b"wrong\n"), done)
        every = bytes(range(256)) * 20
        done = run_there(folder, "/bin/cat", "-", given=every)
        expect((done.returncode, done.stdout, done.stderr) == (0, every, b""), done)
        expect(run_there(folder, "sh", "-c", "kill -9 $$").returncode == 128 + 9)
        expect(not filesystem.wrong(folder / "root.img"))

    @test
    def what_is_no_program_gets_linuxs_error_and_the_reason(folder: Path) -> None:
        names = {name: folder / name for name in ("text", "cut", "host", "plain")}
        names["text"].write_text("hello\n")
        names["plain"].write_text("hello\n")
        names["cut"].write_bytes((BUILD / "user/linux/linux_hello").read_bytes()[:3000])
        shutil.copy(sys.executable, names["host"])
        for name in ("text", "cut", "host"):
            names[name].chmod(0o755)
        added.extend(names.values())
        for path, status, reason in (("/root/text", 126, "ENOEXEC: it is not an ELF file"), ("/root/nothing", 127, "ENOENT: there is no such"),
                                     ("/root/cut", 126, "ENOEXEC: it is truncated"), ("/root/host", 126, "ENOEXEC: it is for another machine"),
                                     ("/root/plain", 126, "EACCES: it is not executable"), ("/root", 126, "EACCES: it is not executable")):
            done = run_there(folder, path)
            lines = done.stderr.decode().splitlines()
            expect(done.returncode == status and done.stdout == b"" and len(lines) == 1, path, done)
            expect(lines[0].startswith(f"linux: cannot run {path}: {reason}"), path, done)


sys.exit(run_all())
