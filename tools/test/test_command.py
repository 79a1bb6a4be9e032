# SPDX-License-Identifier: MIT
# Tests of ./pagoda itself: its command line, its set-up on machines that lack things, and that it runs from anywhere.
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from harness import ROOT, Skip, expect, run, run_all, script, test

from guest import make_image

PAGODA = ROOT / "pagoda"
KERNELS = os.environ.get("PAGODA_BOOT", "")
BASE = ("sh", "env", "readlink", "dirname", "id", "cat", "grep", "rm", "flock", "tail", "head")


def misused(*words: str) -> str:
    """The one line that a wrong command line gets."""
    done = run([PAGODA, *words])
    lines = done.stderr.splitlines()
    expect(done.returncode == 2 and len(lines) == 1 and done.stdout == "", words, done)
    expect(lines[0].startswith("pagoda: "), words, done)
    return lines[0]


@test
def wrong_words_get_one_line_that_says_what_to_do_and_exit_2(_: Path) -> None:
    for words, advice in {
        ("fly",): "one of: run test bench",
        ("run", "--hearts", "2"): "it takes: --harts",
        ("run", "fast"): "it takes: --harts",
        ("run", "--"): "-- needs a program",
        ("run", "--run", "x", "--", "y"): "give one",
        ("test", "--", "x"): "it takes: --suite",
        ("run", "--harts"): "needs a value",
        ("run", "--harts", "0"): "from 1 to 8",
        ("run", "--harts", "9"): "from 1 to 8",
        ("run", "--harts", "two"): "from 1 to 8",
        ("run", "--harts", ""): "from 1 to 8",
        ("run", "--mem"): "needs a value",
        ("run", "--mem", "4M"): "8M or more",
        ("run", "--mem", "7M"): "8M or more",
        ("run", "--mem", "0"): "16M or 4G",
        ("run", "--mem", "much"): "16M or 4G",
        ("run", "--mem", "-8M"): "16M or 4G",
        ("run", "--mem", "010M"): "16M or 4G",
        ("run", "--mem", "8 M"): "16M or 4G",
        ("run", "--mem", "99999999999999999999G"): "16M or 4G",
        ("run", "--mem", "16"): "write 16M or 16G",
        ("run", "--mem", "1000G"): "64G or less",
        ("run", "--suite", "host"): "it takes: --harts",
        ("run", "--run", ""): "a command line",
        ("run", "--system", "/nowhere/at/all"): "no file /nowhere/at/all",
        ("gdb", "--run", "hello"): "it takes: --harts",
        ("test", "--harts", "2"): "it takes: --suite",
        ("test", "--suite", "guest"): "host kernel system tools",
        ("bench", "everything"): "it measures: boot kernel pagers linux storage phases growth appel",
        ("linux", "--run", ""): "a command line",
        ("linux", "--run", "one\ntwo"): "one line",
        ("linux", "--input", "/nowhere/at/all"): "no file /nowhere/at/all",
        ("linux", "--add", "/nowhere/at/all"): "no file /nowhere/at/all",
        ("linux", "--harts", "9"): "from 1 to 8",
        ("port", "nothing"): "no recipe for nothing",
        ("port", "lua5.4", "--test"): "--test is for busybox",
        ("port", "../packages"): "it takes: --test",
        ("linux", "hello"): "it takes: --run",
        ("run", "--linux"): "it takes: --harts",
        ("run", "--add", "/nowhere/at/all"): "no /nowhere/at/all to add",
        ("run", "--add", "/nowhere=/x"): "no /nowhere to add",
        ("run", "--add", "/etc/passwd", "--disk", "x=y"): "when no --disk is given",
        ("gdb", "--add", "x"): "it takes: --harts",
        ("check", "--release"): "it takes: -v",
        ("clean", "all"): "no options",
        ("setup", "now"): "it takes: -v",
    }.items():
        line = misused(*words)
        expect(advice in line, words, line)


@test
def help_names_every_command(_: Path) -> None:
    for words in ((), ("help",), ("--help",), ("-h",)):
        done = run([PAGODA, *words])
        expect(done.returncode == 0 and done.stderr == "", done)
        for command in "setup run test bench fuzz powercut port linux check gdb clean help".split():
            expect(re.search(rf"^  {command}\b", done.stdout, re.MULTILINE), command, done.stdout)


@test
def it_is_found_through_a_symbolic_link(folder: Path) -> None:
    (folder / "pagoda").symlink_to(PAGODA)
    expect("pagoda: --harts" in run([folder / "pagoda", "run", "--harts", "9"]).stderr)


def bare_machine(folder: Path, *tools: str) -> Path:
    """A PATH with Debian's base, these tools as stand-ins that do nothing, and no more."""
    path = folder / "bin"
    path.mkdir()
    for name in BASE:
        (path / name).symlink_to(str(shutil.which(name)))
    for name in tools:
        script(path / name, "exit 0")
    return path


def setup_on(path: Path, command: str = "run") -> subprocess.CompletedProcess[str]:
    return run([PAGODA, command], {"PATH": str(path)})


@test
def without_apt_the_missing_tools_are_named_with_their_versions(folder: Path) -> None:
    done = setup_on(bare_machine(folder, "gcc", "meson", "ninja"))
    expect(done.returncode == 1 and len(done.stderr.splitlines()) == 1, done)
    expect("riscv64-linux-gnu-gcc 12" in done.stderr and "qemu-system-riscv64 7.2" in done.stderr, done)
    expect("meson" not in done.stderr and "cppcheck" not in done.stderr, done)


@test
def a_user_without_rights_is_told_the_packages(folder: Path) -> None:
    path = bare_machine(folder, "apt-get")
    (path / "id").unlink()
    script(path / "id", "echo 1000")
    done = setup_on(path)
    expect(done.returncode == 1 and len(done.stderr.splitlines()) == 1, done)
    expect("gcc-riscv64-linux-gnu" in done.stderr and "as root" in done.stderr, done)


@test
def sudo_is_used_where_it_asks_nothing(folder: Path) -> None:
    path = bare_machine(folder)
    (path / "id").unlink()
    script(path / "id", "echo 1000")
    script(path / "sudo", 'case $1 in -n) exit 0 ;; esac; echo "$@" >>"$0.log"; exit 0')
    script(path / "apt-get", "exit 1")
    script(path / "apt-cache", "exit 0")
    done = setup_on(path)
    log = (path / "sudo.log").read_text()
    expect("DEBIAN_FRONTEND=noninteractive apt-get" in log and " update" in log and " install -y " in log, log, done)
    expect(done.returncode == 1 and "still missing after the installation: " in done.stderr, done)


@test
def without_network_it_says_what_could_not_be_installed_and_why(folder: Path) -> None:
    path = bare_machine(folder)
    (path / "id").unlink()
    script(path / "id", "echo 0")
    script(path / "apt-get", "echo 'E: Temporary failure resolving deb.debian.org'; exit 100")
    script(path / "apt-cache", "exit 1")
    done = setup_on(path)
    expect(done.returncode == 1, done)
    expect("could not install: gcc-riscv64-linux-gnu" in done.stderr, done)
    expect("Temporary failure resolving" in done.stderr and "network" in done.stderr, done)
    expect("qemu-system-misc" in done.stderr and "|" not in done.stderr.splitlines()[-1], done)


@test
def a_command_installs_only_its_own_part(folder: Path) -> None:
    path = bare_machine(folder)
    done = setup_on(path, "gdb")
    expect("gdb-multiarch" in done.stderr and "cppcheck" not in done.stderr, done)
    done = setup_on(path, "check")
    expect("gdb-multiarch" not in done.stderr and "cppcheck" in done.stderr, done)
    done = setup_on(path, "setup")
    expect("gdb-multiarch" in done.stderr and "cppcheck" in done.stderr, done)


def stand_in_build(folder: Path, qemu: str) -> dict[str, str]:
    """A checkout's built kernel and QEMU, both made up, to see what the machine is given."""
    boot = folder / "build" / "boot"
    boot.mkdir(parents=True)
    for name in ("pagoda.bin", "pagoda.img"):
        (boot / name).write_bytes(b"x")
    (folder / "firmware").write_bytes(b"x")
    return {"PAGODA_QEMU": str(script(folder / "qemu", qemu)), "PAGODA_FIRMWARE": str(folder / "firmware")}


@test
def the_machine_ends_with_its_own_status_and_gets_what_was_asked(folder: Path) -> None:
    environment = stand_in_build(folder, 'printf "%s\\n" "$@"; exit 42')
    done = run([sys.executable, ROOT / "tools/machine.py", folder / "build", "--harts", "3", "--mem", "64", "--icount",
                "--append", "two words"], environment)
    expect(done.returncode == 42, done)
    words = done.stdout.splitlines()
    for option, value in {"-smp": "3", "-m": "64M", "-append": "two words", "-icount": "shift=0"}.items():
        expect(words[words.index(option) + 1] == value, option, words)


@test
def a_missing_emulator_or_firmware_is_one_line_and_a_failure(folder: Path) -> None:
    environment = stand_in_build(folder, "exit 0")
    for wrong in ("PAGODA_QEMU", "PAGODA_FIRMWARE"):
        done = run([sys.executable, ROOT / "tools/machine.py", folder / "build"], {**environment, wrong: str(folder / "none")})
        expect(done.returncode == 1 and len(done.stderr.splitlines()) == 1 and wrong in done.stderr, wrong, done)


def copy_of_the_tree(place: Path) -> Path:
    """The sources alone, without what was built."""
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns("build", ".git", "__pycache__", ".cache"))
    return place / "pagoda"


if KERNELS:
    @test
    def two_copies_at_once_build_and_boot_in_a_path_with_spaces_from_another_folder(folder: Path) -> None:
        pagoda = copy_of_the_tree(folder / "a path with spaces")
        command = [str(pagoda), "run", "--append", "poweroff", "--harts", "1"]
        both = [subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for _ in range(2)]
        outcomes = [(*one.communicate(timeout=300), one.returncode) for one in both]
        for output, errors, status in outcomes:
            expect(status == 0 and "pagoda: ready: 1 hart" in output, output, errors, status)
        expect(any("waiting for another ./pagoda" in errors for _, errors, _ in outcomes), outcomes)

        # Moved away, it is built anew by itself.
        moved = pagoda.parent.rename(folder / "moved")
        done = run([moved / "pagoda", "run", "--append=poweroff", "--mem=16M", "--harts=8"], folder=moved / "docs")
        expect(done.returncode == 0 and "pagoda: ready: 8 harts, 16 MiB" in done.stdout, done)
        expect("making it anew" in done.stderr, done)

    @test
    def run_ends_with_failure_when_the_kernel_panics(folder: Path) -> None:
        done = run([sys.executable, ROOT / "tools/machine.py", Path(KERNELS).parent, "--append", "panic"])
        expect(done.returncode == 101 and "pagoda: PANIC: " in done.stdout, done)

    @test
    def gdb_stops_in_the_kernel_and_prints_its_tables(_: Path) -> None:
        if shutil.which("gdb-multiarch") is None:
            raise Skip("no gdb-multiarch: ./pagoda gdb installs it")
        commands = ["-batch", "-ex", "pagoda harts", "-ex", "break power_off", "-ex", "continue"]
        for table in ("harts", "frames", "ring"):
            commands += ["-ex", f"pagoda {table}"]
        done = run([sys.executable, ROOT / "tools/debugger.py", Path(KERNELS).parent, "--harts", "2", "--append", "poweroff",
                    "--", *commands], timeout=120)
        expect(done.returncode == 0 and "no hart is known yet" in done.stderr, done.stdout, done.stderr)
        for words in (r"power_off \(", r"^   1    \d    yes", r"^\d+ frames, 0x", r"\d+ hart 1 boot "):
            expect(re.search(words, done.stdout, re.MULTILINE), words, done.stdout, done.stderr)

    @test
    def gdb_says_who_waits_on_whom_and_since_when(folder: Path) -> None:
        if shutil.which("gdb-multiarch") is None:
            raise Skip("no gdb-multiarch: ./pagoda gdb installs it")
        build = Path(KERNELS).parent
        commands = ["-batch", "-ex", "break verdict_give", "-ex", "continue", "-ex", "pagoda waits"]
        image = make_image(build / "user/suite", ["only=a_token_is_good_once"], folder)
        done = run([sys.executable, ROOT / "tools/debugger.py", build, "--harts", "1", "--append", "events",
                    "--image", image, "--", *commands], timeout=120)
        for words in (r"^thread \w+ of space \d+ waits for an answer to its .*, since cycle \d+$",
                      r"^  of whom thread \w+ of space \d+ is running"):
            expect(re.search(words, done.stdout, re.MULTILINE), words, done.stdout, done.stderr)

    @test
    def control_a_x_leaves(_: Path) -> None:
        with subprocess.Popen([sys.executable, str(ROOT / "tools/machine.py"), str(Path(KERNELS).parent)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as machine:
            assert machine.stdin is not None and machine.stdout is not None
            late = threading.Timer(60, machine.kill)
            late.start()
            for line in machine.stdout:
                if line.startswith("pagoda: ready"):
                    machine.stdin.write("\x01x")
                    machine.stdin.flush()
            status = machine.wait()
            late.cancel()
            expect(status == 0, status)


sys.exit(run_all())
