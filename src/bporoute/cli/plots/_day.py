"""The picture of a replay, for a slide: an average day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bporoute.cli.plots._panels import (
    Bar,
    by_clock,
    draw_costs,
    draw_levels,
    draw_who_took,
    level_line,
    save_picture,
    short_label,
)
from bporoute.cli.reports._replay import label
from bporoute.policies._text import policy_label
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import cheapest_of

STEP = 0.5
"""Hours of an interval."""


def plot_day(results: Sequence[ReplayedPolicy], path: Path) -> None:
    """Draw an average day by half hour: calls kept and sent, service level and cost of each policy."""
    from matplotlib.figure import Figure

    cheapest = cheapest_of(results)
    center, days = cheapest.center, cheapest.days_with_calls
    figure = Figure(figsize=(11, 9), layout="constrained")
    calls, levels, costs = figure.subplots(3, 1, height_ratios=(1.1, 1.3, 1))
    span = "" if days == 1 else f", mean of {days} days"
    figure.suptitle(f"{center.name}: {cheapest.contacts():,} calls{span}", fontsize=14, fontweight="bold")
    levels.sharex(calls)
    hours, tally = by_clock(cheapest, STEP)
    sent = count_of(tally, "overflow_out").sum(axis=1) / days
    offered = count_of(tally, "offered").sum(axis=1) / days
    draw_who_took(
        calls,
        hours,
        (offered - sent, sent),
        STEP,
        "calls per half hour",
        f"Who took the calls under {policy_label(cheapest.policy)}",
    )
    draw_levels(
        levels, [level_line(each, label(each), each is cheapest, STEP) for each in results], center, STEP
    )
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
