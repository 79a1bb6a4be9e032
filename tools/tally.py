# SPDX-License-Identifier: MIT
# Runs meson's tests and counts every single test in them: the last line is "N passed, N failed".
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import tap


def main() -> int:
    parser = argparse.ArgumentParser(description="run meson's tests and count them")
    parser.add_argument("build", type=Path)
    parser.add_argument("--suite")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()

    logs = options.build / "meson-logs"
    base = f"testlog-{os.getpid()}"  # our own: another `./pagoda test` may be running here
    command = ["meson", "test", "-C", str(options.build), "--no-rebuild", "--logbase", base]
    command += ["--suite", options.suite] if options.suite else []
    command += ["--verbose"] if options.verbose else ["--print-errorlogs"]
    status = subprocess.run(command, check=False).returncode

    count = tap.Count()
    log = logs / f"{base}.json"
    for line in log.read_text().splitlines() if log.exists() else []:
        test = json.loads(line)
        fine = test["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
        count.add(test["name"], fine, test.get("stdout", ""))
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
