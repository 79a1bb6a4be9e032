# SPDX-License-Identifier: MIT
# The shell at a terminal: what a person types, and what then happens.
from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path

from harness import expect, run_all, test

SHELL = os.environ["PAGODA_SHELL"]


class Terminal:
    """A shell on a pseudo-terminal of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.seen = ""
        pid, self.descriptor = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execve(SHELL, ["sh"], {"PATH": os.environ["PATH"], "PS1": "ready> ", "TERM": "xterm", "HOME": str(folder),
                                      **environment})
        self.pid = pid
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.wait_for("ready> ")

    def read(self, timeout: float) -> bool:
        if not select.select([self.descriptor], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.descriptor, 4096)
        except OSError:
            data = b""
        self.seen += re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", data.decode(errors="replace"))
        return data != b""

    def wait_for(self, pattern: str, timeout: float = 30) -> str:
        """Up to the pattern; what came before it is gone, and returned."""
        deadline = time.monotonic() + timeout
        while not (found := re.search(pattern, self.seen)):
            left = deadline - time.monotonic()
            expect(left > 0 and self.read(left), f"no {pattern!r} in {self.seen!r}")
        before = self.seen[:found.start()]
        self.seen = self.seen[found.end():]
        return before

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def run(self, command: str) -> str:
        """The output of a command."""
        self.type(command + "\r")
        self.wait_for(r"\r\n")
        return self.wait_for(r"ready> ").replace("\r", "")

    def gives(self, command: str, wanted: str) -> None:
        output = self.run(command)
        expect(output == wanted, command, repr(output))

    def until(self, command: str, word: str) -> None:
        """The command again and again, until its output has the word."""
        deadline = time.monotonic() + 30
        while word not in (output := self.run(command)):
            expect(time.monotonic() < deadline, command, f"{word} is not in {output!r}")
            time.sleep(0.1)

    def start(self, command: str) -> None:
        """A command in which CAT answers to a line: then it is there."""
        self.type(command.replace("CAT", "sed -u s/hello/seen/") + "\r")
        self.wait_for(r"\r\n")
        self.type("hello\r")
        self.wait_for("seen\r\n")

    def wait_for_job(self) -> None:
        """Until the terminal is another's than the shell's."""
        deadline = time.monotonic() + 30
        while os.tcgetpgrp(self.descriptor) == self.pid:
            expect(time.monotonic() < deadline, "no job has the terminal")
            self.read(0.01)

    def close(self) -> int:
        self.type("\x04")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.descriptor)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"the shell does not end: {self.seen!r}")


@test
def a_command_at_the_prompt_runs(folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.gives("echo one; echo two", "one\ntwo\n")
    terminal.gives("false", "")
    terminal.gives("echo $?", "1\n")
    expect(terminal.close() == 0)


@test
def ctrl_c_ends_the_foreground_job_and_not_the_shell(folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.start("CAT")
    terminal.type("\x03")
    terminal.wait_for("ready> ")
    output = terminal.run("echo $? alive")
    expect(output == "130 alive\n", repr(output))
    expect(terminal.close() == 0)


@test
def ctrl_c_ends_loops_substitutions_and_lines(folder: Path) -> None:
    terminal = Terminal(folder, PS2="more> ")
    terminal.type("echo going; while :; do :; done\r")
    terminal.wait_for(r"\r\ngoing\r\n")
    terminal.type("\x03")
    terminal.wait_for("ready> ")
    for command in ("for i in 1 2 3; do CAT; done", "x=$(CAT >&2)", "CAT | cat", "(CAT; cat)"):
        terminal.start(command)
        terminal.type("\x03")
        terminal.wait_for("ready> ")
    terminal.type("echo never")
    terminal.type("\x03")
    terminal.wait_for("ready> ")
    terminal.type("if true\r")
    terminal.wait_for("more> ")
    terminal.type("\x03")
    terminal.wait_for("ready> ")
    terminal.gives("echo alive", "alive\n")
    expect(terminal.close() == 0)


@test
def a_stopped_job_goes_on_in_the_foreground(folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.type("sh -c 'echo started; read x; echo got $x'\r")
    terminal.wait_for("started\r\n")
    terminal.type("\x1a")
    terminal.wait_for(r"Stopped")
    terminal.wait_for("ready> ")
    expect("Stopped" in terminal.run("jobs"))
    terminal.type("fg\r")
    terminal.wait_for("read x; echo got")
    terminal.wait_for(r"\r\n")
    terminal.type("word\r")
    terminal.wait_for("got word\r\n")
    terminal.wait_for("ready> ")
    terminal.gives("jobs", "")
    expect(terminal.close() == 0)


@test
def a_stopped_job_goes_on_in_the_background_and_is_reported(folder: Path) -> None:
    os.mkfifo(folder / "end")
    terminal = Terminal(folder)
    terminal.type("cat end\r")
    terminal.wait_for_job()
    terminal.type("\x1a")
    terminal.wait_for("Stopped")
    terminal.wait_for("ready> ")
    expect("cat end &" in terminal.run("bg"))
    expect("Running" in terminal.run("jobs"))
    (folder / "end").write_text("")
    terminal.until("true", "Done")
    expect(terminal.close() == 0)


@test
def background_jobs_are_killed_by_number_and_waited_for(folder: Path) -> None:
    terminal = Terminal(folder)
    expect(re.fullmatch(r"\[1\] \d+\n", terminal.run("sleep 100 &")))
    expect("[2]" in terminal.run("sleep 200 | cat &"))
    output = terminal.run("jobs")
    expect("[1]" in output and "[2]+" in output and "sleep 200 | cat &" in output, output)
    terminal.run("kill %1")
    terminal.until("true", "Terminated")
    terminal.run("kill %2")
    terminal.run("wait")
    expect("sleep" not in terminal.run("jobs"))
    expect(terminal.close() == 0)


@test
def a_background_job_that_reads_the_terminal_is_stopped(folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.run("cat &")
    terminal.until("jobs", "Stopped")
    terminal.type("fg\r")
    terminal.wait_for("cat\r\n")
    terminal.type("hello\r")
    terminal.wait_for("hello\r\n.*hello\r\n")
    terminal.type("\x04")
    terminal.wait_for("ready> ")
    expect(terminal.close() == 0)


@test
def lines_are_edited_and_found_again(folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.run("echo first")
    terminal.gives("cho b\x01e\x05c", "bc\n")
    terminal.gives("echo gone\x15echo kept", "kept\n")
    terminal.gives("echo one two\x17three", "one three\n")
    terminal.gives("echo caf\u00e9\x7f\u00e8", "caf\u00e8\n")
    terminal.gives("\x1b[A", "caf\u00e8\n")
    terminal.gives("\x1b[A\x1b[A\x1b[B", "caf\u00e8\n")
    terminal.type("\x12first")
    terminal.wait_for("search: first")
    terminal.type("\r")
    terminal.wait_for(r"\r\nfirst\r\n")
    terminal.wait_for("ready> ")
    expect(terminal.close() == 0)


@test
def tab_completes_commands_and_files(folder: Path) -> None:
    (folder / "a file").write_text("inside\n")
    (folder / "folder").mkdir()
    (folder / "folder/deep").write_text("deep\n")
    (folder / "one-a").write_text("")
    (folder / "one-b").write_text("")
    terminal = Terminal(folder)
    terminal.gives("cat a\t", "inside\n")
    terminal.gives("cat fo\tde\t", "deep\n")
    terminal.gives("conti\t2>&1; unse\tx; echo done", "done\n")
    terminal.type("echo on\t\t\t")
    terminal.wait_for("one-a +one-b")
    terminal.type("b\r")
    terminal.wait_for(r"\r\none-b\r\n")
    terminal.wait_for("ready> ")
    terminal.gives("echo ~/fo\t", f"{folder}/folder/\n")
    expect(terminal.close() == 0)


@test
def history_is_kept_in_its_file(folder: Path) -> None:
    terminal = Terminal(folder, HISTFILE=str(folder / "history"))
    terminal.run("echo remembered")
    expect(terminal.close() == 0)
    expect((folder / "history").read_text() == "echo remembered\n")
    terminal = Terminal(folder, HISTFILE=str(folder / "history"))
    terminal.gives("\x1b[A", "remembered\n")
    expect(terminal.close() == 0)


@test
def a_mistake_ends_the_line_and_not_the_shell(folder: Path) -> None:
    terminal = Terminal(folder)
    for line, word in (("echo )", "syntax"), ("echo ${x?gone}", "gone"), ("nosuchthing", "not found"), ("cd /nowhere", "No such"),
                       ("echo $((1/0))", "zero"), ("set -u; echo $nothing; set +u", "not set"), ("exec /nowhere", "not found")):
        expect(word in terminal.run(line), line)
    terminal.run("set +u")
    terminal.gives("echo alive", "alive\n")
    expect(terminal.close() == 0)


@test
def commands_go_on_over_lines(folder: Path) -> None:
    terminal = Terminal(folder, PS2="more> ")
    terminal.type("for i in a b\r")
    terminal.wait_for("more> ")
    terminal.type("do echo $i; done\r")
    terminal.wait_for("\r\na\r\nb\r\n")
    terminal.wait_for("ready> ")
    terminal.type("cat <<E\r")
    terminal.wait_for("more> ")
    terminal.type("text\r")
    terminal.wait_for("more> ")
    terminal.type("E\r")
    terminal.wait_for("\r\ntext\r\n")
    terminal.wait_for("ready> ")
    expect(terminal.close() == 0)


@test
def a_terminal_that_cannot_draw_gets_plain_lines(folder: Path) -> None:
    terminal = Terminal(folder, TERM="dumb")
    terminal.gives("echo plain", "plain\n")
    terminal.type("\x03")
    terminal.wait_for("ready> ")
    expect(terminal.close() == 130)


@test
def what_a_program_leaves_of_the_terminal_is_put_right(folder: Path) -> None:
    terminal = Terminal(folder)
    terminal.type("sh -c 'stty -echo -icanon; echo set; kill -9 $$'\r")
    terminal.wait_for("Killed")
    terminal.wait_for("ready> ")
    expect(" echo " in terminal.run("stty -a | tr '\\n;' '  '"))
    expect(terminal.close() == 0)


if __name__ == "__main__":
    raise SystemExit(run_all())
