# SPDX-License-Identifier: MIT
# TAP, the Test Anything Protocol: reading its lines, and counting what a test's output says.
from __future__ import annotations

import re
from dataclasses import dataclass, field

PLAN = re.compile(r"1\.\.(\d+)(\s+#.*)?$")
RESULT = re.compile(r"(not )?ok (\d+)(?: -? ?([^#]*))?(#\s*(skip|todo)\b.*)?", re.IGNORECASE)
BAIL = re.compile(r"Bail out!\s*(.*)")


@dataclass
class Result:
    number: int
    name: str
    passed: bool
    excused: bool = False  # skipped, or known not to work yet


def parse_result(line: str) -> Result | None:
    match = RESULT.match(line)
    if match is None:
        return None
    return Result(int(match[2]), (match[3] or "").strip(), match[1] is None, match[4] is not None)


@dataclass
class Count:
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, test: str, fine: bool, output: str) -> None:
        """Counts a test by the TAP it wrote, or as one where it wrote none. `fine` is how it ended as a whole."""
        planned, seen, failed = None, 0, 0
        for line in output.splitlines():
            plan, result = PLAN.match(line), parse_result(line)
            if plan is not None:
                planned = int(plan[1])
            elif result is not None:
                seen += 1
                if result.excused:
                    self.skipped += 1
                elif result.passed:
                    self.passed += 1
                else:
                    failed += 1
                    self.failed.append(f"{test}: {result.name or result.number}")
        if planned is None and seen == 0 and fine:
            self.passed += 1
        elif planned is not None and planned > seen:
            self.failed += [f"{test}: test {number} did not run" for number in range(seen + 1, planned + 1)]
        elif not fine and failed == 0:
            self.failed.append(f"{test}: it did not end well")
