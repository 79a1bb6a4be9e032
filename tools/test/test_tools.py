# SPDX-License-Identifier: MIT
# Tests of the smaller tools: QEMU's command line, the count of tests, the lines of code, the documents.
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from harness import ROOT, expect, run, run_all, script, test

import bootimage
import check
import documents
import tap
from machine import MEBI, Machine, Refusal


def machine(folder: Path, memory: int, image_size: int = MEBI) -> Machine:
    (folder / "k").write_bytes(b"k" * 4096)
    (folder / "i").write_bytes(b"i" * image_size)
    return Machine(folder / "k", folder / "i", memory=memory)


@test
def a_large_machine_gets_the_image_as_initrd(folder: Path) -> None:
    for memory in (16, 128, 4096):
        words = machine(folder, memory).payload()
        expect(words == ["-kernel", str(folder / "k"), "-initrd", str(folder / "i")], memory, words)


@test
def a_small_machine_gets_the_image_behind_the_kernel(folder: Path) -> None:
    words = machine(folder, 8).payload()
    expect(words[0] == "-kernel" and len(words) == 2, words)
    expect(Path(words[1]).read_bytes() == b"k" * 4096 + b"i" * MEBI)


@test
def an_image_larger_than_memory_is_refused(folder: Path) -> None:
    try:
        machine(folder, 8, 5 * MEBI).payload()
    except Refusal as refusal:
        expect("give more, e.g. --mem 16M" in str(refusal), refusal)
    else:
        expect(False, "it was taken")


@test
def an_image_is_read_as_it_was_made_and_a_file_of_it_changed(_: Path) -> None:
    files = {b"init": b"x" * 5000, b"empty": b"", b"system": b"run hello\n"}
    image = bootimage.make_image(files)
    expect(bootimage.read_image(image) == files and bootimage.description_of(image) == "run hello\n", image[:200])
    changed = bootimage.described(image, "run touch\n")
    expect(bootimage.read_image(changed) == {**files, b"system": b"run touch\n"}, changed[:200])


@test
def another_command_takes_the_place_of_all_that_a_description_runs(_: Path) -> None:
    text = bootimage.running("server a\n  run x\nstart y # z\nfinally stay\nmemory runs=1", "hello you")
    expect(text == "server a\nmemory runs=1\nrun operator hello you\nfinally poweroff\n", text)


@test
def every_subtest_counts(_: Path) -> None:
    count = tap.Count()
    count.add("t", True, "1..3\nok 1 - a\nok 2 - b # SKIP not here\nok 3\n")
    count.add("silent", True, "no TAP at all")
    expect((count.passed, count.skipped, count.failed) == (3, 1, []), count)


@test
def a_failed_subtest_counts_with_its_name(_: Path) -> None:
    count = tap.Count()
    count.add("t", False, "1..2\nok 1 - a\nnot ok 2 - b\n")
    expect((count.passed, count.failed) == (1, ["t: b"]), count)


@test
def subtests_that_did_not_run_count_as_failed(_: Path) -> None:
    count = tap.Count()
    count.add("t", False, "1..3\nok 1 - a\n")
    expect((count.passed, len(count.failed)) == (1, 2), count)


@test
def a_test_that_ends_badly_counts_as_failed_though_all_its_subtests_passed(_: Path) -> None:
    for output in ("1..1\nok 1 - a\n", "", "1..1\nok 1 - a\nBail out! no more\n"):
        count = tap.Count()
        count.add("t", False, output)
        expect(len(count.failed) == 1, output, count)


def tally(folder: Path, log: str, status: int) -> tuple[int, str]:
    """Runs the count on what a stand-in for meson leaves behind."""
    (folder / "build/meson-logs").mkdir(parents=True)
    (folder / "log").write_text(log)
    script(folder / "bin/meson", f"""
        while [ "$1" != --logbase ]; do shift; done
        cp '{folder}/log' '{folder}/build/meson-logs/'"$2.json"
        exit {status}""")
    done = run([sys.executable, ROOT / "tools/tally.py", folder / "build"],
               {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"})
    return done.returncode, done.stdout.splitlines()[-1]


def log_line(name: str, result: str, output: str) -> str:
    return json.dumps({"name": name, "result": result, "stdout": output}) + "\n"


@test
def the_last_line_says_how_many_passed_and_failed(folder: Path) -> None:
    log = log_line("a", "OK", "1..2\nok 1\nok 2\n") + log_line("b", "FAIL", "1..2\nok 1\nnot ok 2 - x\n")
    result = tally(folder, log, 1)
    expect(result == (1, "3 passed, 1 failed"), result)


@test
def a_good_run_ends_with_success(folder: Path) -> None:
    result = tally(folder, log_line("a", "OK", "1..2\nok 1\nok 2\n"), 0)
    expect(result == (0, "2 passed, 0 failed"), result)


@test
def no_test_at_all_is_a_failure(folder: Path) -> None:
    result = tally(folder, "", 0)
    expect(result == (1, "0 passed, 1 failed"), result)


@test
def a_test_run_that_breaks_is_a_failure(folder: Path) -> None:
    result = tally(folder, log_line("a", "OK", "1..1\nok 1\n"), 2)
    expect(result == (1, "1 passed, 1 failed"), result)


@test
def a_timeout_is_a_failure(folder: Path) -> None:
    result = tally(folder, log_line("a", "TIMEOUT", ""), 1)
    expect(result == (1, "0 passed, 1 failed"), result)


@test
def blanks_and_comments_are_not_lines_of_code(_: Path) -> None:
    text = '// title\n\n/* a\n   b */ int x; /* c */\nchar *s = "/* no // comment";\n  // end\n#define A 1\n'
    expect(check.code_lines(text) == 3, check.code_lines(text))


@test
def hash_comments_of_assembler_are_not_lines_of_code(_: Path) -> None:
    text = "# a comment\n#include <a.h>\n    #define b\nentry:  # the door\n    ret // away\n"
    expect(check.code_lines(text, assembler=True) == 4, check.code_lines(text, assembler=True))


def abi_of_one_each(folder: Path) -> None:
    abi = folder / "libos/abi/abi"
    abi.mkdir(parents=True)
    (folder / "docs").mkdir()
    (folder / "pagoda").write_text("")
    (abi / "system_calls.def").write_text('CALL(go, "place", "", "goes")\nCALL(look, "", "sight", "looks")\n')
    (abi / "status.def").write_text('STATUS(OK, "done")\n')
    (abi / "events.def").write_text('EVENT(fault, "va", "token")\n')
    os = folder / "libos/include/os"
    init = folder / "user/init"
    os.mkdir(parents=True)
    init.mkdir(parents=True)
    (init / "options.def").write_text('OPTION(size, BOTH, "N", "how large")\nOPTION(again, SERVER, "", "once more")\n')
    (os / "init_calls.def").write_text('INIT_CALL(wait, "process", "how", "waits")\n')
    (os / "pager_calls.def").write_text('PAGER_CALL(attach, "kind", "cookie", "makes an object")\n')
    (os / "pager_errors.def").write_text('PAGER_ERROR(FULL, "no room")\n')
    (os / "file_calls.def").write_text('FILE_CALL(close, "file", "", "is free again")\n')
    (os / "file_errors.def").write_text('FILE_ERROR(LOOP, "too many links")\n')
    (os / "unix_calls.def").write_text('UNIX_CALL(read, "stream", "bytes", "reads")\n')
    (os / "unix_errors.def").write_text('UNIX_ERROR(BROKEN, "nobody reads")\n')
    (os / "disk_calls.def").write_text('DISK_CALL(open, "name", "sectors", "begins")\n')
    (os / "disk_errors.def").write_text('DISK_ERROR(IO, "it broke")\n')
    (abi / "message.h").write_text("enum message_kind {\n    MESSAGE_CALL, // by a thread\n    MESSAGE_KINDS,\n};\n"
                                   "enum verdict {\n    VERDICT_MAP,\n};\n")


REFERENCE = """## Calls
### go
    go(place) => nothing
### look
    look() => sight
## Statuses
### STATUS_OK
Done.
## Messages
### MESSAGE_CALL
## Verdicts
### VERDICT_MAP
## Events
### EVENT_fault
A fault: va, token.
## The system description
### size
    size=N
How large it is.
### again
    again
Once more.
## Requests to init
### wait
    wait(process) => how
## Requests to a pager
### attach
    attach(kind) => cookie
## Errors of a pager
### PAGER_FULL
No room.
## Requests to the file server
### close
    close(file) => nothing
## Errors of files
### FILE_LOOP
Too many links.
## Requests to the server unix
### read
    read(stream) => bytes
## Errors of unix
### UNIX_BROKEN
Nobody reads.
## Requests to the disk server
### open
    open(name) => sectors
## Errors of a disk
### OS_DISK_IO
It broke.
"""


@test
def a_complete_reference_passes(folder: Path) -> None:
    abi_of_one_each(folder)
    (folder / "docs/reference.md").write_text(REFERENCE)
    expect(documents.check_reference(folder) == [], documents.check_reference(folder))


@test
def what_the_reference_lacks_or_says_otherwise_is_found(folder: Path) -> None:
    abi_of_one_each(folder)
    for old, new in (("### look\n", "### loiter\n"), ("go(place)", "go(where)"), ("Done.", "Made."),
                     ("### MESSAGE_CALL\n", ""), ("va, token", "token"), ("### VERDICT_MAP\n", "### VERDICT_PAM\n"), ("### again\n", ""),
                     ("How large", "As large"), ("wait(process)", "wait()"), ("=> cookie", "=> nothing"), ("No room", "Room")):
        (folder / "docs/reference.md").write_text(REFERENCE.replace(old, new))
        expect(documents.check_reference(folder) != [], f"{old!r} may become {new!r}")


@test
def a_quote_or_a_name_that_the_tree_does_not_have_is_found(folder: Path) -> None:
    abi_of_one_each(folder)
    (folder / "docs/tour.md").write_text("`CALL` of `message.h`\n```c\nenum verdict { // answers\n```\n")
    expect(documents.check_quotes(folder) == [], documents.check_quotes(folder))
    (folder / "docs/tour.md").write_text("`CALLS` of `massage.h`\n```c\nenum sentence {\n```\n")
    expect(len(documents.check_quotes(folder)) == 3, documents.check_quotes(folder))


sys.exit(run_all())
