"""Small drawings beside each other: one for each vendor, on the same axes; and a funnel of all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from bporoute._base.markup import Markup, element, joined
from bporoute.cli.pages._drawing import (
    BOTTOM,
    GAP,
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

ACROSS = 4
PANEL, TITLE = 92.0, 20.0
"""Height of a small drawing, and of its title."""
HEIGHT = 320.0
"""Of a funnel."""
STEPS = 60
"""Points of a curve of a funnel."""
FEW_POWERS = 4
"""Powers of ten up to which there are round numbers between them."""
ROOM = 26
"""Characters of a small drawing's title."""


class Panel(msgspec.Struct, frozen=True):
    """A small drawing: its title, values over equal steps (nan: a gap), a band and a target (nan: none).

    Attributes
    ----------
    title : str
        Above it.
    values : sequence of float
        In the order of time.
    low, high : float
        Ends of the control band; nan: none.
    target : float
        A line across; nan: none.
    marked : frozenset of int
        Places of values that are outside in earnest.
    """

    title: str
    values: Sequence[float]
    low: float
    high: float
    target: float
    marked: frozenset[int] = frozenset()


def multiples(title: str, description: str, panels: Sequence[Panel], names: tuple[str, str]) -> Picture:
    """Panels in rows, all on one axis from the lowest value to 100; `names` are the first and last place."""
    values = [value for panel in panels for value in (*panel.values, panel.low, panel.target)]
    least = min((value for value in values if math.isfinite(value)), default=0.0)
    ticks = round_numbers(100.0, max(0.0, least), 3)
    low, high = ticks[0], ticks[-1]
    left = left_of([told(tick) for tick in ticks])
    width = (WIDTH - RIGHT - left - (ACROSS - 1) * GAP) / ACROSS
    parts: list[Markup] = []
    for place, panel in enumerate(panels):
        row, column = divmod(place, ACROSS)
        x0, y0 = left + column * (width + GAP), TOP + row * (PANEL + TITLE + GAP) + TITLE
        parts.append(_panel(panel, x0, y0, width, (low, high)))
        if column == 0:
            parts += [
                text(left - GAP, y0 + PANEL * (high - tick) / (high - low) + 4, told(tick), "end faint")
                for tick in (low, high)
            ]
    rows = math.ceil(len(panels) / ACROSS)
    base = TOP + rows * (PANEL + TITLE + GAP)
    parts += [text(left, base + 10, names[0], "faint"), text(left + width, base + 10, names[1], "end faint")]
    legend = [("first", "service level")]
    legend += [("band", "control band")] if any(math.isfinite(panel.low) for panel in panels) else []
    legend += [("ink", "target")] if any(math.isfinite(panel.target) for panel in panels) else []
    legend += [("few", "proven below")] if any(panel.marked for panel in panels) else []
    return Picture(title, description, WIDTH, base + BOTTOM, joined(parts), tuple(legend))


def _panel(panel: Panel, x0: float, y0: float, width: float, span: tuple[float, float]) -> Markup:
    low, high = span
    step = width / max(1, len(panel.values) - 1)

    def y(value: float) -> float:
        return y0 + PANEL * (high - min(max(value, low), high)) / (high - low)

    parts = [text(x0, y0 - 6, shortened(panel.title, ROOM), "small")]
    if math.isfinite(panel.low) and math.isfinite(panel.high):
        top, bottom = y(panel.high), y(panel.low)
        wide = number(width)
        parts.append(path([f"M{number(x0)} {number(top)}h{wide}v{number(bottom - top)}h-{wide}z"], "band"))
    parts += [line(x0, edge, x0 + width, edge) for edge in (y0, y0 + PANEL)]
    if math.isfinite(panel.target):
        parts.append(line(x0, y(panel.target), x0 + width, y(panel.target), "ink-line"))
    drawn: list[str] = []
    before = False
    for place, value in enumerate(panel.values):
        if not math.isfinite(value):
            before = False
            continue
        drawn.append(f"{'L' if before else 'M'}{number(x0 + step * place)} {number(y(value))}")
        before = True
    parts.append(path(drawn, "first-line", stroke_width=2))
    parts += [
        element("circle", cx=number(x0 + step * place), cy=number(y(panel.values[place])), r=3, class_="few")
        for place in sorted(panel.marked)
    ]
    return joined(parts)


class Point(msgspec.Struct, frozen=True):
    """A vendor in a funnel: its contacts, its level in percent, and whether it is outside."""

    name: str
    contacts: float
    level: float
    outside: bool


def funnel(title: str, description: str, points: Sequence[Point], target: float, more: float) -> Picture:
    """Levels over contacts, with what chance alone and what the measured scatter would do around a level.

    Parameters
    ----------
    title, description : str
        Of the picture.
    points : sequence of Point
        At least one.
    target : float
        Level in percent around which the funnels lie.
    more : float
        How many times the variance is that of chance alone (D. J. Spiegelhalter, Funnel plots for comparing
        institutional performance, Statistics in Medicine 24, 2005, pp. 1185-1202).
    """
    share = target / 100.0
    least, most = min(each.contacts for each in points), max(each.contacts for each in points)
    first, last = math.log10(max(1.0, least)) - 0.1, math.log10(max(10.0, most)) + 0.1
    lowest = min(each.level for each in points)
    ticks = round_numbers(100.0, lowest)
    left = left_of([told(tick) for tick in ticks])
    scale = (WIDTH - RIGHT - left) / (last - first)

    def x(power: float) -> float:
        return left + scale * (power - first)

    def y(value: float) -> float:
        value = min(max(value, ticks[0]), ticks[-1])
        return TOP + HEIGHT * (ticks[-1] - value) / (ticks[-1] - ticks[0])

    powers = [first + (last - first) * step / STEPS for step in range(STEPS + 1)]
    chance = [196.0 * math.sqrt(share * (1.0 - share) / 10.0**power) for power in powers]
    wide = [each * math.sqrt(max(1.0, more)) for each in chance]
    outline = [*zip(powers, (target + each for each in wide), strict=True)]
    outline += [*zip(powers, (target - each for each in wide), strict=True)][::-1]
    band = " ".join(f"{number(x(power))},{number(y(value))}" for power, value in outline)
    parts: list[Markup] = [
        path([f"M{band}z"], "band"),
        numbered_axis(ticks, left, TOP, HEIGHT),
        line(left, y(target), WIDTH - RIGHT, y(target), "ink-line"),
    ]
    for sign in (1.0, -1.0):
        steps = zip(powers, chance, strict=True)
        drawn = [
            f"{'L' if place else 'M'}{number(x(power))} {number(y(target + sign * each))}"
            for place, (power, each) in enumerate(steps)
        ]
        parts.append(path(drawn, "second-line", stroke_width=1.5, stroke_dasharray="5 3"))
    for each in points:
        kind = "few" if each.outside else "first"
        parts.append(
            element(
                "circle",
                cx=number(x(math.log10(max(1.0, each.contacts)))),
                cy=number(y(each.level)),
                r=4,
                class_=kind,
            )
        )
    outside = sorted((each for each in points if each.outside), key=lambda each: each.level)
    for each in outside[:6] if len(points) > ACROSS else points:
        right = math.log10(max(1.0, each.contacts)) < (first + last) / 2
        parts.append(
            text(
                x(math.log10(max(1.0, each.contacts))) + (8 if right else -8),
                y(each.level) + 4,
                shortened(each.name, 20),
                "small" if right else "small end",
            )
        )
    base = TOP + HEIGHT
    for contacts in _round_counts(10.0**first, 10.0**last):
        place = x(math.log10(contacts))
        parts += [
            line(place, base, place, base + 4, "faint-line"),
            text(place, base + 18, f"{contacts:,}", "middle faint"),
        ]
    legend = (
        ("band", "95 of 100 vendors, if they scatter as much beyond chance as measured"),
        ("second", "where chance alone leaves them (dashed)"),
        ("ink", "target, or level of all"),
        ("few", "proven below target"),
    )
    return Picture(title, description, WIDTH, base + BOTTOM, joined(parts), legend)


def _round_counts(least: float, most: float) -> list[int]:
    """Round numbers between two: powers of ten, with 2 and 5 times these where they are few."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    factors = (1,) if len(powers) > FEW_POWERS else (1, 2, 5)
    numbers = [factor * 10**power for power in powers if power >= 0 for factor in factors]
    return [number for number in numbers if least <= number <= most]
