"""Bars: columns over days or times of the day, and lying ones for what has a name."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from bporoute._base.markup import joined
from bporoute.cli.pages._drawing import (
    BOTTOM,
    GAP,
    RIGHT,
    TOP,
    WIDTH,
    box,
    left_of,
    line,
    names_below,
    numbered_axis,
    path,
    round_numbers,
    shortened,
    text,
    told,
)
from bporoute.cli.pages._page import Picture

HEIGHT, ROW = 260.0, 28.0
NAME = 36
"""Characters of a lying bar's name that have room."""
FULL = 0.86
"""Share of a column's room that its bar takes."""


class Part(msgspec.Struct, frozen=True):
    """A part of every column: its colour, its name, and how high it is in each."""

    kind: str
    name: str
    heights: Sequence[float]


class Bar(msgspec.Struct, frozen=True):
    """A lying bar: its name, length, half the width of its interval (or nan), what stands at its end."""

    name: str
    length: float
    margin: float
    label: str
    kind: str


def columns(title: str, description: str, names: Sequence[str], parts: Sequence[Part]) -> Picture:
    """Columns over `names`, the parts on top of each other, those below zero hanging."""
    up = [0.0] * len(names)
    down = [0.0] * len(names)
    placed: list[list[tuple[float, float]]] = []
    for part in parts:
        own = []
        for place, height in enumerate(part.heights):
            ends = up if height >= 0.0 else down
            own.append((ends[place], ends[place] + height))
            ends[place] += height
        placed.append(own)
    ticks = round_numbers(max(up, default=0.0), min(down, default=0.0))
    left = left_of([told(tick) for tick in ticks])
    low, high = ticks[0], ticks[-1]
    step = (WIDTH - RIGHT - left) / len(names)

    def y(value: float) -> float:
        return TOP + HEIGHT * (high - value) / (high - low)

    shapes = []
    for part, own in zip(parts, placed, strict=True):
        boxes = [
            box(left + step * (place + 0.5 - FULL / 2), y(max(a, b)), step * FULL, abs(y(a) - y(b)))
            for place, (a, b) in enumerate(own)
            if a != b
        ]
        shapes.append(path(boxes, part.kind))
    drawn = joined(
        [
            numbered_axis(ticks, left, TOP, HEIGHT),
            *shapes,
            line(left, y(0.0), WIDTH - RIGHT, y(0.0), "faint-line"),
            names_below(names, left, TOP + HEIGHT + 20),
        ]
    )
    legend = tuple((part.kind, part.name) for part in parts) if len(parts) > 1 else ()
    return Picture(title, description, WIDTH, TOP + HEIGHT + BOTTOM, drawn, legend)


def lying(title: str, description: str, bars: Sequence[Bar]) -> Picture:
    """A bar for each name, from zero to the right, with its interval."""
    left = left_of([shortened(bar.name, NAME) for bar in bars])
    room = WIDTH - RIGHT - left - left_of([bar.label for bar in bars])
    most = max((bar.length + _finite(bar.margin) for bar in bars), default=0.0) or 1.0
    parts = []
    for place, bar in enumerate(bars):
        top = TOP + ROW * place
        middle, end = top + ROW / 2, left + room * max(bar.length, 0.0) / most
        parts += [
            text(left - GAP, middle + 4, shortened(bar.name, NAME), "end"),
            path([box(left, top + 4, end - left, ROW - 8)], bar.kind),
        ]
        if margin := room * _finite(bar.margin) / most:
            parts += [line(end - margin, middle, end + margin, middle, "ink-line")]
            parts += [line(x, middle - 4, x, middle + 4, "ink-line") for x in (end - margin, end + margin)]
        parts.append(text(end + margin + GAP, middle + 4, bar.label))
    height = TOP + ROW * len(bars)
    parts.append(line(left, TOP, left, height, "faint-line"))
    return Picture(title, description, WIDTH, height + TOP, joined(parts))


def _finite(margin: float) -> float:
    return margin if math.isfinite(margin) else 0.0
