"""The smallest change of an input that flips a decision, found by making it again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bporoute.governance._explained._inputs import BEFORE, Asked, Input

Outcome = tuple[str, str | None]
"""Action and destination."""
Decide = Callable[[Asked], Outcome]
STEP = 1.02
"""Factor between two numbers that are looked at where more than one change of the outcome is possible."""
STEPS = 100
"""How many are looked at where the input may be nothing or negative."""
MOST_COUNTED = 4_000
"""Whole steps that are looked at one by one, either way."""
PRECISE = 1e-9
"""Relative width to which a number is narrowed down between an outcome and another."""


class Found(NamedTuple):
    """A value that flips the decision, and the nearest to it, towards the value that was, that does not."""

    value: Any
    holds: Any
    outcome: Outcome


def flips(asked: Input, decide: Decide, outcome: Outcome) -> list[Found]:
    """The smallest changes of an input that give another than the `outcome` that was; each was decided so.

    Of counts, amounts and instants one below the value and one above, where there are; of choices all.
    """

    def again(value: Any) -> Outcome:
        return decide(asked.ask(value))

    if asked.kind == "choice":
        told = [(value, again(value)) for value in asked.choices]
        return [Found(value, asked.value, found) for value, found in told if found != outcome]
    if asked.kind == "moment":
        return list(_in_time(asked, again, outcome))
    search = _by_steps if asked.kind == "count" else _by_halves
    both = [search(asked, end, again, outcome) for end in (asked.low, asked.high)]
    return [found for found in both if found is not None]


def _in_time(asked: Input, again: Callable[[Any], Outcome], outcome: Outcome) -> Iterator[Found]:
    """Between two marks nothing depends on the clock, so one instant stands for all in between."""
    at = asked.value
    for mark in sorted((mark for mark in asked.marks if mark <= at), reverse=True):
        before = mark - BEFORE
        if (found := again(before)) != outcome:
            yield Found(before, mark, found)
            break
    for mark in sorted(mark for mark in asked.marks if mark > at):
        if (found := again(mark)) != outcome:
            yield Found(mark, mark - BEFORE, found)
            break


def _by_steps(asked: Input, end: float, again: Callable[[Any], Outcome], outcome: Outcome) -> Found | None:
    """Whole steps from the value towards an end: one by one, or halving where the outcome is steady."""
    step, steps = _steps(asked, end)

    def value(count: int) -> float:
        return float(asked.value + step * count)

    if not asked.steady:
        for count in range(1, steps + 1):
            if (found := again(value(count))) != outcome:
                return Found(value(count), value(count - 1), found)
        return None
    if steps == 0 or (flipped := again(value(steps))) == outcome:
        return None
    holds, flips_at = 0, steps
    while flips_at - holds > 1:
        middle = (holds + flips_at) // 2
        if (found := again(value(middle))) == outcome:
            holds = middle
        else:
            flips_at, flipped = middle, found
    return Found(value(flips_at), value(holds), flipped)


def _steps(asked: Input, end: float) -> tuple[float, int]:
    """Which way whole steps go from the value towards an end, and how many of them are looked at."""
    steps = math.floor(abs(end - asked.value) + PRECISE)
    return math.copysign(1.0, end - asked.value), steps if asked.steady else min(steps, MOST_COUNTED)


def range_of(asked: Input) -> tuple[float, float]:
    """Between which values of a number or an instant `flips` looks: of counts no farther than steps go.

    >>> count = Input("waiting", "", "contacts", 10.0, "count", lambda value: None, 0.0, 90_000.0)
    >>> range_of(count)
    (0.0, 4010.0)
    """
    if asked.kind != "count":
        return asked.low, asked.high
    (down, below), (up, above) = _steps(asked, asked.low), _steps(asked, asked.high)
    return float(asked.value + down * below), float(asked.value + up * above)


def looked_at(asked: Input, end: float) -> list[float]:
    """The numbers that are looked at from the value of an amount to an end, nearest first.

    >>> amount = Input("aht", "", "s", 100.0, "amount", lambda value: None, 50.0, 104.0, marks=(103.0,))
    >>> [round(value, 2) for value in looked_at(amount, 104.0)]
    [102.0, 103.0, 104.0]
    """
    value = asked.value
    if value == end:
        return []
    if asked.steady:
        return [end]
    if value > 0.0 and end > 0.0:
        count = math.ceil(abs(math.log(end / value)) / math.log(STEP) - PRECISE)
        factor = STEP if end > value else 1.0 / STEP
        points = [value * factor**each for each in range(1, count)]
    else:
        points = [value + (end - value) * each / STEPS for each in range(1, STEPS)]
    low, high = sorted((value, end))
    points += [mark for mark in asked.marks if low < mark < high]
    return sorted({*points, end}, key=lambda point: abs(point - value))


def _by_halves(asked: Input, end: float, again: Callable[[Any], Outcome], outcome: Outcome) -> Found | None:
    """The first of the numbers looked at that flips it, narrowed down towards the last that does not."""
    holds = asked.value
    for flips_at in looked_at(asked, end):
        flipped = again(flips_at)
        if flipped != outcome:
            break
        holds = flips_at
    else:
        return None
    while abs(flips_at - holds) > PRECISE * max(abs(flips_at), abs(holds), 1e-6):
        middle = 0.5 * (holds + flips_at)
        if middle in (holds, flips_at):
            break
        if (found := again(middle)) == outcome:
            holds = middle
        else:
            flips_at, flipped = middle, found
    return Found(flips_at, holds, flipped)
