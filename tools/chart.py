# SPDX-License-Identifier: MIT
# Charts as SVG, in pages of HTML that need nothing else.
from __future__ import annotations

import math

from html import escape
from pathlib import Path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 420, 70, 330, 40, 46
COLOURS = ("#1f6fb4", "#d1642a", "#3d8f45", "#b0332f", "#7a5aa6", "#85604c", "#c75ba0", "#5d6470", "#9a9a22")
STYLE = """body { font: 15px/1.5 sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em; color: #222; }
svg { width: 100%; height: auto; margin-bottom: 2em; } svg text { font: 12px sans-serif; fill: #222; }
.grid { stroke: #ddd; } .axis { stroke: #666; }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd; } svg text { fill: #ddd; } .grid { stroke: #333; } }"""

Curve = dict[int, float]


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


def text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def steps(most: float) -> list[float]:
    """Round numbers from 0 to at least `most`."""
    size = 10 ** math.floor(math.log10(most / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * 5 >= most)
    return [step * n for n in range(math.ceil(most / step) + 1)]


def curves(title: str, across: str, lines: dict[str, Curve]) -> str:
    """Costs over sizes, which are shown by their logarithm."""
    points = [(size, cost) for curve in lines.values() for size, cost in curve.items()]
    if not points:
        return ""
    sizes, marks = sorted({size for size, _ in points}), steps(max(cost for _, cost in points) or 1)
    span = math.log2(sizes[-1] / sizes[0]) or 1

    def x(size: int) -> float:
        return LEFT + math.log2(size / sizes[0]) / span * (WIDTH - LEFT - RIGHT)

    def y(cost: float) -> float:
        return HEIGHT - BOTTOM - cost / marks[-1] * (HEIGHT - TOP - BOTTOM)

    drawn = [text(LEFT, 20, title, more=' font-weight="bold"')]
    for mark in marks:
        drawn += [line(LEFT, y(mark), WIDTH - RIGHT, y(mark), "grid"), text(LEFT - 8, y(mark) + 4, number(mark), "end")]
    for size in sizes:
        drawn += [line(x(size), HEIGHT - BOTTOM, x(size), HEIGHT - BOTTOM + 5, "axis"), text(x(size), HEIGHT - BOTTOM + 20, f"{size:,}", "middle")]
    drawn += [line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"), text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "middle")]
    for index, (name, curve) in enumerate(lines.items()):
        colour, row = COLOURS[index % len(COLOURS)], TOP + 14 + index * 20
        path = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in sorted(curve.items()))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x(size):.1f}" cy="{y(cost):.1f}" r="3" fill="{colour}"><title>{escape(name)}: {number(cost)} ({size:,})</title></circle>'
                  for size, cost in curve.items()]
        drawn += [f'<rect x="{WIDTH - RIGHT + 16}" y="{row - 9}" width="12" height="10" fill="{colour}"/>', text(WIDTH - RIGHT + 34, row, name)]
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">' + "".join(drawn) + "</svg>"


def bars(title: str, groups: dict[str, dict[str, float]]) -> str:
    """For each group its bars, by name, their lengths by the logarithm."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    values = [value for group in groups.values() for value in group.values() if value > 0]
    if not values:
        return ""
    top, left, thick = math.ceil(math.log10(max(values))), 430, 9
    each = thick * len(names) + 10
    height = TOP + 20 + each * len(groups) + BOTTOM

    def x(value: float) -> float:
        return left + max(0.0, math.log10(max(value, 1))) / top * (WIDTH - left - 70)

    drawn = [text(10, 20, title, more=' font-weight="bold"')]
    for power in range(top + 1):
        drawn += [line(x(10 ** power), TOP + 14, x(10 ** power), height - BOTTOM, "grid"), text(x(10 ** power), height - BOTTOM + 18, f"{10 ** power:,}", "middle")]
    for index, name in enumerate(names):
        drawn += [f'<rect x="{left + index * 130}" y="{TOP - 8}" width="12" height="10" fill="{COLOURS[index]}"/>', text(left + index * 130 + 18, TOP + 1, name)]
    for place, (what, group) in enumerate(groups.items()):
        y = TOP + 20 + place * each
        drawn.append(text(left - 8, y + each / 2, what, "end"))
        for index, name in enumerate(names):
            if group.get(name, 0) <= 0:
                continue
            at = y + index * thick
            drawn += [f'<rect x="{left}" y="{at}" width="{max(1.0, x(group[name]) - left):.1f}" height="{thick - 1}" fill="{COLOURS[index]}"/>',
                      text(x(group[name]) + 4, at + thick - 1, number(group[name]), more=' style="font-size:9px"')]
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">' + "".join(drawn) + "</svg>"


def page(path: Path, title: str, figures: list[str], notes: tuple[str, ...] = ()) -> None:
    told = "".join(f"<p>{escape(note)}</p>" for note in notes)
    path.write_text(f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
                    f"<h1>{escape(title)}</h1>{told}{''.join(figures)}</html>\n")
