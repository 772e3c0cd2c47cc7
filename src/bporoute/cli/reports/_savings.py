"""What the cheapest policy saves, in money a day and a year."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from bporoute.estimates._confidence import Estimate
from bporoute.policies._thresholds import NeverOverflow
from bporoute.simulation._results import SimulatedPolicy, cheapest_of

Found = TypeVar("Found", bound=SimulatedPolicy)

FEW = 4
"""Lines in a picture that can be told apart."""
DAYS = 365
"""Of a year."""
DIGITS = 3
"""Of the money of a year that one can believe."""


def cost_per_day(each: SimulatedPolicy) -> float:
    """Money of a local day on average, over all days and replications."""
    money, _ = each.cost_units
    return float(money.sum()) / (each.days * len(each.runs))


def compared_with(results: Sequence[Found]) -> Found | None:
    """What the cheapest is held against: keeping every contact, else the dearest; None: nothing to trust."""
    cheapest = cheapest_of(results)
    others = [each for each in results if each is not cheapest and not each.trouble]
    kept = next((each for each in others if isinstance(each.policy, NeverOverflow)), None)
    return kept if kept is not None else max(others, key=cost_per_day, default=None)


def few_of(results: Sequence[Found]) -> list[Found]:
    """As many as can be told apart: the cheapest, what it is held against, and the next cheapest ones."""
    other = compared_with(results)
    wanted = [cheapest_of(results), *([] if other is None else [other])]
    chosen: list[Found] = []
    for each in wanted + sorted((one for one in results if not one.trouble), key=cost_per_day):
        if len(chosen) < FEW and all(each is not one for one in chosen):
            chosen.append(each)
    return [each for each in results if any(each is one for one in chosen)]


def saving_lines(
    results: Sequence[Found], dearer: Callable[[Found, Found], Estimate], name: Callable[[Found], str]
) -> list[str]:
    """What the cheapest costs, and what it saves, in sentences; `dearer` says by what share, with its ±."""
    cheapest, other = cheapest_of(results), compared_with(results)
    money, currency = cost_per_day(cheapest), cheapest.center.currency
    first = f"{name(cheapest)} costs least: {money:,.0f} {currency} a day, wages left out."
    if other is None:
        return [first]
    saved = cost_per_day(other) - money
    margin = dearer(other, cheapest).half_width * abs(money)
    known = f" ± {margin:,.0f}" if math.isfinite(margin) else ""
    year = "on 365 such days" if cheapest.days == 1 else "a year at that rate"
    return [
        first,
        f"{name(other)} costs {cost_per_day(other):,.0f}: {saved:,.0f}{known} {currency} a day more, "
        f"{rounded_money(DAYS * saved):,} {year}.",
    ]


def rounded_money(amount: float) -> int:
    """An amount to three digits.

    >>> rounded_money(2_689_123.4), rounded_money(-12.3)
    (2690000, -12)
    """
    if not amount:
        return 0
    return round(amount, min(DIGITS - 1 - math.floor(math.log10(abs(amount))), 0)).__trunc__()
