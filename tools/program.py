# SPDX-License-Identifier: MIT
# Boots, runs one program for Linux, and is to its caller what the program would be: what it writes to 1 and 2 comes out
# there, what is given is its input, its exit status is ours. What the system says meanwhile goes to 2.
#
#   program.py build/release --disk root=build/root.img -- /bin/cat FILE
from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

from machine import Refusal, machine_from, machine_options, refuse

COMMAND, INPUT = b"command", b"input"  # files of the boot image
MARK, ESCAPE, END = 2, 1, 3  # libos/linux/linux_host.h
PIECE = re.compile(rb"\x02(.)([^\x02\x03]*)\x03", re.DOTALL)
ESCAPED = re.compile(rb"\x01(.)", re.DOTALL)
LONGEST_PIECE = 256
LONGEST_COMMAND = 0x20000
INTERRUPTED, PIPE_CLOSED = 130, 141
REASON = re.compile(r"linux: cannot run .*|init: cannot .*|pagoda: PANIC.*")


class Console:
    """Takes apart what a machine's console shows: the program's, and the system's."""

    def __init__(self, output: IO[bytes], errors: IO[bytes], at_terminal: bool, verbose: bool) -> None:
        self.output, self.errors, self.at_terminal, self.verbose = output, errors, at_terminal, verbose
        self.rest = b""
        self.begun = self.ended = self.native = False
        self.said = b""  # by the system, while the program did not run

    def other(self, text: bytes) -> None:
        if self.native:
            self.write(self.output, text.replace(b"\r", b""))
        elif self.begun and not self.ended:
            self.write(self.output if self.at_terminal else self.errors, text if self.at_terminal else text.replace(b"\r", b""))
        else:
            self.said += text
            if self.verbose:
                self.write(self.errors, text)

    def write(self, stream: IO[bytes], text: bytes) -> None:
        stream.write(text)
        stream.flush()

    def piece(self, which: bytes, text: bytes) -> None:
        if which == b"B":
            self.begun = True
        elif which == b"E":
            self.ended = True
        elif which in (b"N", b"O"):
            self.native = which == b"N"
        else:
            self.write(self.errors if which == b"2" else self.output, ESCAPED.sub(lambda found: bytes([found[1][0] ^ 64]), text))

    def take(self, text: bytes) -> None:
        self.rest += text
        while self.rest:
            start = self.rest.find(MARK)
            if start != 0:
                self.other(self.rest[:start] if start > 0 else self.rest)
                self.rest = self.rest[start:] if start > 0 else b""
                continue
            found = PIECE.match(self.rest)
            if found is None and len(self.rest) <= LONGEST_PIECE and MARK not in self.rest[1:]:
                return  # there is more to come
            if found is None:
                self.other(self.rest[:1])
                self.rest = self.rest[1:]
                continue
            self.rest = self.rest[found.end():]
            self.piece(found[1], found[2])

    def why(self) -> str:
        """What the system said of a program that did not begin, or of its own end."""
        lines = self.said.decode("utf-8", "replace").replace("\r", "").splitlines()
        reasons = [line for line in lines if REASON.fullmatch(line)]
        if reasons or (self.begun and self.ended):
            return "".join(f"{line}\n" for line in reasons)
        own = next((number for number, line in enumerate(lines) if line.startswith("pagoda: ")), 0)
        return "".join(f"{line}\n" for line in lines[own:])


def given(stream: IO[bytes] | None) -> bytes | None:
    """All of the input; None: there is a terminal."""
    if stream is None:
        return b""
    return None if stream.isatty() else stream.read()


def command_of(words: list[str], wishes: str) -> bytes:
    """As the personality reads it."""
    name = words[0] if "/" in words[0] else f"/bin/{words[0]}"
    command = b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in (wishes, name, *words[1:]))
    if len(command) > LONGEST_COMMAND:
        raise Refusal(f"the command line is longer than {LONGEST_COMMAND} bytes")
    return command


def run(options: argparse.Namespace, words: list[str]) -> int:
    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    data = None if at_terminal else given(sys.stdin.buffer if sys.stdin is not None else None) or b""
    files = {COMMAND: command_of(words, "" if at_terminal else "io")}
    if data is not None:
        files[INPUT] = data
    options.run = ["personality host command"]
    machine = machine_from(options, files, console="mon:stdio" if at_terminal else "stdio")
    command = machine.command()
    if options.verbose:
        print("pagoda:", " ".join(command), file=sys.stderr)
    console = Console(sys.stdout.buffer, sys.stderr.buffer, at_terminal, options.verbose)
    with subprocess.Popen(command, stdin=None if at_terminal else subprocess.DEVNULL, stdout=subprocess.PIPE,
                          pass_fds=machine.files) as process:
        assert process.stdout is not None
        try:
            while text := process.stdout.read1():  # type: ignore[attr-defined]
                console.take(text)
        except (KeyboardInterrupt, BrokenPipeError) as end:
            process.kill()
            if isinstance(end, BrokenPipeError):
                sys.stdout = None  # nobody is there to be told at our end
            return INTERRUPTED if isinstance(end, KeyboardInterrupt) else PIPE_CLOSED
    if not (console.begun and console.ended) or process.returncode != 0:
        sys.stderr.write(console.why())
    return process.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="run a program on the machine as if it were one of the host's")
    machine_options(parser)
    parser.add_argument("words", nargs="+", metavar="WORD", help="the program's path, and its words")
    options = parser.parse_args()
    try:
        return run(options, options.words)
    except Refusal as refusal:
        return refuse(refusal)


if __name__ == "__main__":
    sys.exit(main())
