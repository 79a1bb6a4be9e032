# SPDX-License-Identifier: MIT
# Tests of tools/growth.py and tools/chart.py: what is read, which growth is refused, that a chart is well-formed.
from __future__ import annotations

import xml.dom.minidom
from pathlib import Path

from harness import expect, run_all, test

import chart
import growth

LINES = ["noise", "grow instructions regions 1 null 5700", "grow instructions regions 100 null 5750",
         "grow ticks regions 1 null 300", "grow instructions pages 8 prot 11200"]


@test
def curves_are_read_by_unit_dimension_and_row(_: Path) -> None:
    curves = growth.read_curves(LINES, "instructions")
    expect(curves == {("regions", "null"): {1: 57.0, 100: 57.5}, ("pages", "prot"): {8: 112.0}})
    expect(growth.read_curves(LINES, "ticks") == {("regions", "null"): {1: 3.0}})


@test
def what_grows_with_its_size_is_refused(_: Path) -> None:
    expect(not growth.steep({("regions", "null"): {1: 57, 1000: 57 + 9 * growth.MOST_PER_DOUBLING}}))
    found = growth.steep({("regions", "null"): {1: 57, 1000: 57 + 10 * growth.MOST_PER_DOUBLING}})
    expect(len(found) == 1 and found[0].startswith("null: "))


@test
def a_row_that_was_not_measured_is_told(_: Path) -> None:
    found = growth.missing(growth.read_curves(LINES, "instructions"))
    expect("call: it was not measured" in found and not any(line.startswith("null:") for line in found))


@test
def a_chart_is_well_formed_and_has_each_name(scratch: Path) -> None:
    figures = [chart.curves("curves", "regions", {"one <&>": {1: 1.0, 64: 300.0}, "two": {1: 5.0}}),
               chart.bars("bars", {"group <&>": {"one": 3.0, "two": 20000.0}, "other": {"two": 0.0}})]
    for figure in figures:
        xml.dom.minidom.parseString(figure)
        expect("&lt;&amp;&gt;" in figure and "two" in figure)
    expect(chart.curves("nothing", "regions", {}) == "" and chart.bars("nothing", {}) == "")
    chart.page(scratch / "page.html", "a < title", figures)
    expect("a &lt; title" in (scratch / "page.html").read_text())


if __name__ == "__main__":
    run_all()
