# SPDX-License-Identifier: MIT
# Tests of the boot-test runner: whatever a guest does wrong must come out as a failure with its reason.
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from harness import ROOT, expect, run, run_all, script, test

RUNNER = ROOT / "tools/boot_test.py"
KERNELS = os.environ.get("PAGODA_BOOT", "")  # the folder of the real kernels, where there are any


def judged(folder: Path, guest: str, *arguments: str, mode: str = "ktest") -> subprocess.CompletedProcess[str]:
    """Judges a stand-in for QEMU that does what `guest` says, in shell."""
    qemu = script(folder / "qemu", guest)
    for name in ("kernel.bin", "pagoda.bin", "pagoda.img", "firmware"):
        (folder / name).write_bytes(b"x")
    where = {"ktest": ["--kernel", folder / "kernel.bin"], "system": ["--boot", folder]}[mode]
    return run([sys.executable, RUNNER, mode, *where, *arguments],
               {"PAGODA_QEMU": str(qemu), "PAGODA_FIRMWARE": str(folder / "firmware")})


def expect_failure(result: subprocess.CompletedProcess[str], *reasons: str) -> None:
    expect(result.returncode == 1, "exit status", result)
    expect("\nnot ok " in f"\n{result.stdout}", result.stdout)
    for reason in reasons:
        expect(reason in result.stdout, f"no '{reason}' in", result.stdout)


@test
def good_results_pass_through_and_chatter_becomes_comments(folder: Path) -> None:
    result = judged(folder, r"printf 'OpenSBI v1\r\n1..2\r\nok 1 - a\r\n# seed 7\r\nok 2 - b\r\npagoda: bye\r\n'")
    expect(result.returncode == 0, result)
    expect(result.stdout == "# OpenSBI v1\n1..3\nok 1 - a\n# seed 7\nok 2 - b\n# pagoda: bye\nok 3 - the machine ends well\n",
           result.stdout)


@test
def a_failed_assertion_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..1; echo 'not ok 1 - a # frame.c:3'"), "not ok 1 - a")


@test
def a_panic_is_a_failure_and_says_why(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..2; echo 'ok 1 - a'; echo 'pagoda: PANIC: out of luck'; exit 101"),
                   "ok 1 - a", "not ok 2 - did not run; PANIC: out of luck", "not ok 3", "ended with status 101")


@test
def a_panic_after_the_last_test_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..1; echo 'ok 1 - a'; echo 'pagoda: PANIC: late'"), "not ok 2", "PANIC: late")


@test
def a_hang_is_stopped_and_is_a_failure(folder: Path) -> None:
    start = time.monotonic()
    expect_failure(judged(folder, "echo 1..2; echo 'ok 1 - a'; exec sleep 60", "--timeout", "1"),
                   "not ok 2", "stopped after 1 seconds: it hung")
    expect(time.monotonic() - start < 20, "it took too long")


@test
def a_hang_that_keeps_talking_is_stopped(folder: Path) -> None:
    expect_failure(judged(folder, "while :; do echo again; sleep 0.1; done", "--timeout", "1"), "it hung")


@test
def a_flood_of_words_is_stopped(folder: Path) -> None:
    expect_failure(judged(folder, "exec yes again", "--timeout", "1"), "it hung")


@test
def silence_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "exit 0"), "printed no plan")


@test
def an_empty_plan_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..0"), "no test ran")


@test
def a_missing_result_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..2; echo 'ok 2 - b'"), "not ok 1 - did not run; the guest left it out")


@test
def a_result_too_many_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..1; echo 'ok 1 - a'; echo 'ok 1 - a'; echo 'ok 2 - b'"), "not planned: ok 2 - b")


@test
def a_bad_exit_status_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..1; echo 'ok 1 - a'; exit 3"), "ended with status 3")


@test
def a_second_boot_is_a_failure(folder: Path) -> None:
    expect_failure(judged(folder, "echo 1..1; echo 'ok 1 - a'; echo 1..1"), "a second plan")


@test
def a_missing_kernel_or_firmware_bails_out(folder: Path) -> None:
    result = run([sys.executable, RUNNER, "ktest", "--kernel", folder / "none.bin"])
    expect(result.returncode == 1 and "Bail out! there is no" in result.stdout, result)
    (folder / "k.bin").write_bytes(b"x")
    result = run([sys.executable, RUNNER, "ktest", "--kernel", folder / "k.bin"], {"PAGODA_FIRMWARE": str(folder / "none")})
    expect(result.returncode == 1 and "there is no firmware" in result.stdout, result)


@test
def a_scenario_passes_when_all_shows_in_order_and_the_status_is_right(folder: Path) -> None:
    result = judged(folder, "echo pagoda: ready: 1 hart, 128 MiB", "one_hart_comes_up", mode="system")
    expect(result.returncode == 0 and "\nok 1 - one_hart_comes_up\n" in result.stdout, result)


@test
def a_scenario_fails_when_a_line_is_missing(folder: Path) -> None:
    expect_failure(judged(folder, "echo pagoda: ready: 2 harts, 128 MiB", "one_hart_comes_up", mode="system"),
                   "it never showed /pagoda: ready: 1 hart,")


@test
def a_scenario_fails_when_the_status_is_wrong(folder: Path) -> None:
    name = "a_panic_names_its_cause_and_ends_with_failure"
    expect_failure(judged(folder, "echo 'pagoda: PANIC: as asked'", name, mode="system"), "status 0, expected 101")


@test
def a_scenario_fails_when_something_forbidden_shows(folder: Path) -> None:
    expect_failure(judged(folder, "echo pagoda: ready: 1 hart, 128 MiB; echo pagoda: PANIC: x", "one_hart_comes_up",
                          mode="system"), "it showed what it must not")


@test
def a_scenario_that_runs_on_is_stopped_after_its_last_line(folder: Path) -> None:
    guest = "echo pagoda: ready; echo OpenSBI; echo pagoda: ready; exec sleep 60"
    result = judged(folder, guest, "a_reboot_starts_the_machine_again", mode="system")
    expect(result.returncode == 0, result)


def real(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, RUNNER, "ktest", "--kernel", Path(KERNELS) / "pagoda.bin",
                "--image", Path(KERNELS) / "pagoda.img", *arguments])


if KERNELS:
    @test
    def a_deliberate_panic_of_the_kernel_is_reported(_: Path) -> None:
        expect_failure(real("--append", "panic"), "PANIC: ", "ended with status 101")

    @test
    def a_deliberate_hang_of_the_kernel_is_reported(_: Path) -> None:
        expect_failure(real("--append", "hang", "--timeout", "5"), "it hung")

    @test
    def a_deliberately_failing_assertion_of_the_kernel_is_reported(_: Path) -> None:
        expect_failure(real("--append", "assert"), "PANIC: ", "ended with status 101")


sys.exit(run_all())
