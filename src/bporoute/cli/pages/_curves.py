"""Curves: what is expected with its band, and levels by time of day."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from bporoute._base.markup import Markup, element, joined
from bporoute.cli.pages._drawing import (
    BOTTOM,
    RIGHT,
    TOP,
    WIDTH,
    left_of,
    line,
    number,
    numbered_axis,
    path,
    round_numbers,
    shortened,
    text,
    told,
)
from bporoute.cli.pages._page import Picture

HEIGHT = 280.0
MOST_NAMED = 10
"""Marks up to which each has its name beside it."""
DASHES = {"second": ("7 4", "dashed"), "third": ("2 4", "dotted")}
"""So that lines can be told apart without their colours."""


class Curve(msgspec.Struct, frozen=True):
    """Values over places on the axis below; nan: a gap. A band goes from `low` to `high`."""

    kind: str
    name: str
    places: Sequence[float]
    values: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


class Axis(msgspec.Struct, frozen=True):
    """From where to where an axis below goes, and what stands at some of its places."""

    first: float
    last: float
    labels: tuple[tuple[float, str], ...]


def curves(
    title: str,
    description: str,
    lines: Sequence[Curve],
    axis: Axis,
    *,
    ticks: Sequence[float] = (),
    targets: Sequence[float] = (),
    marks: Sequence[tuple[float, str]] = (),
) -> Picture:
    """Curves over one axis, `targets` as lines across, `marks` (place, name) as points on the axis."""
    values = [value for each in lines for part in (each.values, each.high) for value in part]
    top_most = max((value for value in values if math.isfinite(value)), default=0.0)
    ticks = ticks or round_numbers(top_most)
    left = left_of([told(tick) for tick in ticks])
    scale = (WIDTH - RIGHT - left) / ((axis.last - axis.first) or 1.0)

    def x(place: float) -> float:
        return left + scale * (place - axis.first)

    def y(value: float) -> float:
        return TOP + HEIGHT * (ticks[-1] - value) / (ticks[-1] - ticks[0])

    parts: list[str] = [numbered_axis(ticks, left, TOP, HEIGHT)]
    for each in lines:
        if each.low:
            there = [*zip(each.places, each.high, strict=True)]
            back = [*zip(each.places, each.low, strict=True)][::-1]
            points = " ".join(f"{number(x(place))},{number(y(value))}" for place, value in [*there, *back])
            parts.append(path([f"M{points}z"], "band"))
    parts += [line(left, y(target), WIDTH - RIGHT, y(target), "ink-line") for target in targets]
    for each in lines:
        drawn = _stretches(
            [(x(place), y(value)) for place, value in zip(each.places, each.values, strict=True)]
        )
        dash, _ = DASHES.get(each.kind, ("", ""))
        dashed = {"stroke_dasharray": dash} if dash else {}
        parts.append(path(drawn, f"{each.kind}-line", stroke_width=3 if each.kind == "best" else 2, **dashed))
    base = TOP + HEIGHT
    for place, label in axis.labels:
        parts += [
            line(x(place), base, x(place), base + 4, "faint-line"),
            text(x(place), base + 18, label, "middle faint"),
        ]
    for place, name in marks:
        parts.append(_mark(x(place), base, name, named=len(marks) <= MOST_NAMED))
    legend = [(each.kind, _told(each)) for each in lines]
    legend += [("band", "4 of 5 days lie within the band")] if any(each.low for each in lines) else []
    legend += [("second", "special day")] if marks else []
    return Picture(title, description, WIDTH, base + BOTTOM, joined(parts), tuple(legend))


def _told(each: Curve) -> str:
    _, how = DASHES.get(each.kind, ("", ""))
    return f"{each.name} ({how})" if how else each.name


def _stretches(points: Sequence[tuple[float, float]]) -> list[str]:
    """The parts of a path between gaps; a point alone is a short stroke."""
    parts: list[str] = []
    before = False
    for place, (x, y) in enumerate(points):
        if not math.isfinite(y):
            before = False
            continue
        alone = not before and (place + 1 == len(points) or not math.isfinite(points[place + 1][1]))
        parts.append(f"{'L' if before else 'M'}{number(x)} {number(y)}" + ("h2" if alone else ""))
        before = True
    return parts


def _mark(x: float, base: float, name: str, *, named: bool) -> Markup:
    point = element("circle", cx=number(x), cy=number(base), r=4, class_="second")
    if not named:
        return point
    turned = f"rotate(-90 {number(x)} {number(base)})"
    label = shortened(name)
    return joined(
        [
            point,
            element("text", label, x=number(x + 10), y=number(base - 5), transform=turned, class_="small"),
        ]
    )
