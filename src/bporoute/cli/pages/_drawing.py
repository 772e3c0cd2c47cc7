"""What drawings share: their width, texts, round numbers beside an axis, names that have room below it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bporoute._base.markup import Markup, element, joined

WIDTH = 960.0
TOP, BOTTOM, RIGHT = 12.0, 30.0, 26.0
"""Around a panel."""
CHARACTER = 7.4
"""Width of a character, a little more than most have."""
GAP = 10.0


def number(value: float) -> str:
    """A coordinate, to a tenth.

    >>> number(12.04), number(3.0)
    ('12', '3')
    """
    return f"{round(value, 1):g}" if abs(value) < 1e5 else f"{value:.0f}"


def text(x: float, y: float, content: str, kind: str = "") -> Markup:
    """A text whose baseline begins, or by its kind has its middle or end, at a point."""
    named = {"class_": kind} if kind else {}
    return element("text", content, x=number(x), y=number(y), **named)


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> Markup:
    """A straight line."""
    return element("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=kind)


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a part of a path."""
    wide = number(width)
    return f"M{number(x)} {number(y)}h{wide}v{number(height)}h-{wide}z"


def path(parts: Sequence[str], kind: str, **attributes: object) -> Markup:
    """Shapes of one kind together; nothing if there are none."""
    return element("path", class_=kind, d="".join(parts), **attributes) if parts else Markup()


def round_numbers(most: float, least: float = 0.0, about: int = 5) -> list[float]:
    """Round numbers from `least` or below to `most` or above.

    >>> round_numbers(87.0)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    >>> round_numbers(3.0, -4.0)
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    span = most - least
    if not span > 0.0 or not math.isfinite(span):
        return [least, least + 1.0]
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * about >= span * 0.999)
    first, last = math.floor(least / step), math.ceil(most / step - 1e-9)
    return [round(step * place, 10) for place in range(first, last + 1)]


def told(value: float) -> str:
    """A number beside an axis."""
    return f"{value:,.10g}"


def left_of(labels: Sequence[str]) -> float:
    """Room for the longest of some labels left of a panel."""
    return CHARACTER * max(map(len, labels), default=0) + 2 * GAP


def numbered_axis(ticks: Sequence[float], left: float, top: float, height: float) -> Markup:
    """Lines across a panel at round numbers, with these beside them."""
    low, high = ticks[0], ticks[-1]
    parts = []
    for tick in ticks:
        y = top + height * (high - tick) / (high - low)
        parts += [line(left, y, WIDTH - RIGHT, y), text(left - GAP, y + 4, told(tick), "end faint")]
    return joined(parts)


def names_below(names: Sequence[str], left: float, y: float) -> Markup:
    """The names of columns below a panel, as many as have room, each below the middle of its own."""
    step = (WIDTH - RIGHT - left) / len(names)
    every = math.ceil((CHARACTER * max(map(len, names)) + GAP) / step)
    return joined(
        text(left + step * (place + 0.5), y, name, "middle faint")
        for place, name in enumerate(names)
        if place % every == 0
    )


def shortened(name: str, most: int = 28) -> str:
    """A name that has room in a drawing.

    >>> shortened("a queue with a very long name indeed")
    'a queue with a very long na…'
    """
    return name if len(name) <= most else name[: most - 1] + "…"
