# SPDX-License-Identifier: MIT
# Tests in Python: a function marked @test is one, its name a sentence; run_all() runs them in order and speaks TAP.
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

_tests: list[Callable[[Path], None]] = []


def test(function: Callable[[Path], None]) -> Callable[[Path], None]:
    """The function gets an empty folder of its own."""
    _tests.append(function)
    return function


def run(command: list[str | Path], environment: dict[str, str] | None = None, folder: Path = Path("/"),
        timeout: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], env={**os.environ, **(environment or {})}, cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
                          timeout=timeout)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


class Skip(Exception):
    """What the test needs is not here."""


def expect(truth: object, *evidence: object) -> None:
    if not truth:
        raise AssertionError("\n".join(str(item) for item in evidence))


def run_all() -> int:
    names = sys.argv[1:]
    chosen = [function for function in _tests if not names or function.__name__ in names]
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    for number, function in enumerate(chosen, 1):
        with tempfile.TemporaryDirectory(prefix="pagoda ") as folder:
            try:
                function(Path(folder))
                print(f"ok {number} - {function.__name__}", flush=True)
            except Skip as reason:
                print(f"ok {number} - {function.__name__} # SKIP {reason}", flush=True)
            except Exception:  # whatever it is: a failed test
                failed += 1
                print("# " + traceback.format_exc().replace("\n", "\n# "))
                print(f"not ok {number} - {function.__name__}", flush=True)
    return 1 if failed else 0
