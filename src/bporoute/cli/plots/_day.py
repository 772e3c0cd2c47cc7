"""The picture of a replay, for a slide: an average day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bporoute.cli.plots._panels import (
    Bar,
    draw_costs,
    draw_levels,
    draw_who_took,
    level_line,
    save_picture,
    short_label,
)
from bporoute.cli.reports._by_clock import who_took
from bporoute.cli.reports._replay import days_of_calls, label
from bporoute.cli.reports._savings import few_of
from bporoute.cli.reports._spans import span_of
from bporoute.policies._text import policy_label
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import cheapest_of

STEP = 0.5
"""Hours of an interval."""


def plot_day(results: Sequence[ReplayedPolicy], path: Path) -> None:
    """Draw an average day by half hour: who took the calls, some service levels, what each policy cost."""
    from matplotlib.figure import Figure

    cheapest = cheapest_of(results)
    center, days = cheapest.center, cheapest.days_with_calls
    figure = Figure(figsize=(11, 7.4 + 0.3 * len(results)), layout="constrained")
    heights = (1.1, 1.3, 0.3 + 0.12 * len(results))
    calls, levels, costs = figure.subplots(3, 1, height_ratios=heights)
    span = span_of(days_of_calls(cheapest)) + ("" if days == 1 else f", mean of {days} days")
    title = f"{center.name}, {span}: {cheapest.contacts():,} calls"
    figure.suptitle(title, fontsize=14, fontweight="bold", parse_math=False)
    levels.sharex(calls)
    took = who_took(cheapest, STEP, days)
    name = policy_label(cheapest.policy)
    draw_who_took(calls, took, STEP, "calls per half hour", f"Who took the calls under {name}")
    few = few_of(results)
    draw_levels(levels, [level_line(each, label(each), each is cheapest, STEP) for each in few], center, STEP)
    draw_costs(
        costs,
        [_bar(each, each is cheapest) for each in results],
        center.currency,
        "vendors, waiting, abandonment, failures",
    )
    save_picture(figure, path)


def _bar(each: ReplayedPolicy, best: bool) -> Bar:
    cost = each.cost_per_contact().value
    return Bar(short_label(label(each)), best, cost, math.nan, f"{cost:.3f}")
