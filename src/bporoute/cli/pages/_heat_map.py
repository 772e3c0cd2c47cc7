"""A heat map: a row for each day, a cell for each interval, darker where there is more."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from bporoute._base.markup import Markup, joined
from bporoute.cli.pages._drawing import (
    BOTTOM,
    CHARACTER,
    RIGHT,
    TOP,
    WIDTH,
    box,
    left_of,
    line,
    path,
    text,
)
from bporoute.cli.pages._page import Picture
from bporoute.cli.pages._style import SHADES

ROW = 24.0
LOW_ROW, MANY_ROWS = 15.0, 32
"""A row where there are many."""
MOST_NUMBERS = 2000
"""Cells up to which their numbers are written."""
HOURS = (1, 2, 3, 4, 6, 12, 24)
"""Between two that are told."""


class Cell(msgspec.Struct, frozen=True):
    """An interval: its row, its hours of the day, and how much there is in it."""

    row: int
    first: float
    last: float
    value: int


def heat_map(title: str, description: str, rows: Sequence[str], cells: Sequence[Cell], unit: str) -> Picture:
    """Cells by day and time of day, the darker the more."""
    most = max(cell.value for cell in cells)
    return _drawn(title, description, rows, cells, lambda value: shade_of(value, most), unit)


def net_map(title: str, description: str, rows: Sequence[str], cells: Sequence[Cell], unit: str) -> Picture:
    """Cells by day and time of day, in one colour below zero and in another above it."""
    most = max(abs(cell.value) for cell in cells)
    return _drawn(title, description, rows, cells, lambda value: net_shade_of(value, most), unit)


def _drawn(
    title: str,
    description: str,
    rows: Sequence[str],
    cells: Sequence[Cell],
    shade: Callable[[int], str],
    unit: str,
) -> Picture:
    left = left_of(rows)
    first, last = min(cell.first for cell in cells), max(cell.last for cell in cells)
    scale = (WIDTH - RIGHT - left) / (last - first)
    high = ROW if len(rows) <= MANY_ROWS else LOW_ROW
    shapes: dict[str, list[str]] = {}
    numbers = []
    longest = max(len(f"{cell.value}") for cell in cells)
    narrowest = scale * min(cell.last - cell.first for cell in cells)
    numbered = len(cells) <= MOST_NUMBERS and narrowest >= 6.5 * longest + 3 and high == ROW
    for cell in cells:
        x, y, wide = (
            left + scale * (cell.first - first),
            TOP + high * cell.row,
            scale * (cell.last - cell.first),
        )
        kind = shade(cell.value)
        shapes.setdefault(kind, []).append(box(x, y, wide - 0.5, high - 1))
        if numbered:
            numbers.append(text(x + wide / 2, y + high / 2 + 4, f"{cell.value}", f"small middle on-{kind}"))
    bottom = TOP + high * len(rows)
    drawn = joined(
        [
            *(path(boxes, kind) for kind, boxes in sorted(shapes.items())),
            *numbers,
            *(
                text(left - 8, TOP + high * (place + 0.5) + 4, name, "end faint")
                for place, name in enumerate(rows)
            ),
            hours_below(left, bottom, first, last),
        ]
    )
    return Picture(
        title,
        description,
        WIDTH,
        bottom + BOTTOM,
        drawn,
        _legend([cell.value for cell in cells], shade, unit),
    )


def shade_of(value: float, most: float) -> str:
    """Which shade a value has, up to `most`.

    >>> [shade_of(value, 70) for value in (0, 1, 35, 70)]
    ['shade0', 'shade1', 'shade4', 'shade7']
    """
    number = 0 if value <= 0 else min(1 + math.floor((SHADES - 1) * value / most), SHADES - 1)
    return f"shade{number}"


def net_shade_of(value: float, most: float) -> str:
    """Which shade a value has that may be below zero, from -`most` to `most`.

    >>> [net_shade_of(value, 9) for value in (-9, -1, 0, 4, 9)]
    ['short3', 'short1', 'shade0', 'shade4', 'shade6']
    """
    if value == 0:
        return "shade0"
    third = min(math.ceil(3 * abs(value) / most), 3)
    return f"short{third}" if value < 0 else f"shade{2 * third}"


def hours_below(left: float, y: float, first: float, last: float) -> Markup:
    """Hours of the day below a panel, as many as have room."""
    scale = (WIDTH - RIGHT - left) / (last - first)
    every = next((step for step in HOURS if step * scale >= 7 * CHARACTER), HOURS[-1])
    begin = every * math.ceil(first / every)
    parts = []
    for hour in range(begin, math.floor(last) + 1, every):
        x = left + scale * (hour - first)
        parts += [line(x, y, x, y + 4, "faint-line"), text(x, y + 18, f"{hour:02d}:00", "middle faint")]
    return joined(parts)


def _legend(values: Sequence[int], shade: Callable[[int], str], unit: str) -> tuple[tuple[str, str], ...]:
    """What the shades mean that are there, from the least on."""
    ranges: dict[str, list[int]] = {}
    for value in range(min(min(values), 0), max(values) + 1):
        ranges.setdefault(shade(value), []).append(value)
    there = {shade(value) for value in values} | {"shade0"}
    told: list[tuple[str, str]] = []
    for kind, spanned in ranges.items():
        if kind in there:
            span = f"{spanned[0]:,}" + (f" to {spanned[-1]:,}" if len(spanned) > 1 else "")
            told.append((kind, span if told else f"{span} {unit}"))
    return tuple(told)
