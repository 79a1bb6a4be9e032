# SPDX-License-Identifier: MIT
# Runs meson's tests and counts every single test in them: the last line is "N passed, N failed".
from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import tap


def run_and_show(command: list[str]) -> int:
    """Shows a line for each test as it ends; meson's own summary is left out, as there is a better one to come."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as meson:
        assert meson.stdout is not None
        summary = False
        for line in meson.stdout:
            summary = summary or line.startswith(("Summary of Failures", "Ok: "))
            if not summary and line.strip() and not line.startswith("ninja: "):
                print(line, end="", flush=True)
    return meson.returncode


def show_end(test: dict[str, Any], most: int = 25) -> None:
    """The last lines that a failed test printed."""
    print(f"\n---- {test['name']}: the end of what it printed; again: {shlex.join(test.get('command', []))}")
    for line in (test.get("stdout", "") + test.get("stderr", "")).splitlines()[-most:]:
        print(f"  {line}")


def main() -> int:
    parser = argparse.ArgumentParser(description="run meson's tests and count them")
    parser.add_argument("build", type=Path)
    parser.add_argument("--suite")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()

    logs = options.build / "meson-logs"
    base = f"testlog-{os.getpid()}"  # our own: another `./pagoda test` may be running here
    command = ["meson", "test", "-C", str(options.build), "--no-rebuild", "--logbase", base]
    command += ["--suite", options.suite] if options.suite else ["--no-suite", "long"]
    status = run_and_show(command + (["--verbose"] if options.verbose else []))

    count = tap.Count()
    log = logs / f"{base}.json"
    for line in log.read_text().splitlines() if log.exists() else []:
        test = json.loads(line)
        fine = test["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
        known = len(count.failed)
        count.add(test["name"].removeprefix("pagoda:"), fine, test.get("stdout", ""))
        if len(count.failed) > known and not options.verbose:
            show_end(test)
    for kept in logs.glob(f"{base}.*"):
        kept.rename(logs / kept.name.replace(base, "testlog"))

    if status != 0 and not count.failed:
        count.failed.append(f"meson test ended with status {status}")
    if count.passed == 0 and not count.failed:
        count.failed.append("no test ran")
    print()
    for failure in count.failed:
        print(f"failed: {failure}")
    if count.failed:
        print(f"what they printed: {logs / 'testlog.txt'}")
    if count.skipped:
        print(f"{count.skipped} skipped")
    print(f"{count.passed} passed, {len(count.failed)} failed")
    return 1 if count.failed else 0


if __name__ == "__main__":
    sys.exit(main())
