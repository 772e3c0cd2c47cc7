"""Pictures of a replay, for a slide."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bporoute.center import Center
from bporoute.errors import InputError
from bporoute.metrics import ratio
from bporoute.policy import policy_label
from bporoute.replay import aims
from bporoute.report import cheapest_of
from bporoute.results import PolicyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".png", ".svg", ".pdf")
KEPT, SENT, REST, BEST = "#2f6690", "#e07a1f", "#b8bfc6", "#2a7f4f"


def check_plot(path: Path) -> None:
    """Refuse, before any work, a picture that could not be drawn or saved.

    Raises
    ------
    InputError
        If the format is unknown, the folder missing, or matplotlib not installed.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"--plot {path}", repr(path.suffix), f"a name that ends in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise InputError(f"--plot {path}", f"no folder {str(path.parent)!r}", "a folder that exists")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"--plot {path}", f"a read-only folder {str(path.parent)!r}", "one to write to")
    try:
        import matplotlib  # noqa: F401 - only whether it is there
    except ImportError:
        raise InputError("--plot", "no matplotlib", "pip install 'bporoute[plot]'") from None


def plot_day(results: Sequence[PolicyResult], center: Center, path: Path) -> None:
    """Draw an average day by half hour: calls kept and sent, service level and cost of each policy."""
    from matplotlib.figure import Figure

    cheapest = cheapest_of(results)
    figure = Figure(figsize=(11, 9), layout="constrained")
    calls, levels, costs = figure.subplots(3, 1, height_ratios=(1.1, 1.3, 1))
    days = _days(cheapest, center)
    span = "" if days == 1 else f", mean of {days} days"
    figure.suptitle(f"{center.name}: {cheapest.calls:,} calls{span}", fontsize=14, fontweight="bold")
    levels.sharex(calls)
    _draw_calls(calls, cheapest, center)
    _draw_levels(levels, results, cheapest, center)
    _draw_costs(costs, results, cheapest, center)
    try:
        figure.savefig(path, dpi=130)
    except OSError as failure:
        found = failure.strerror or str(failure)
        raise InputError(f"--plot {path}", found, "a file that can be written") from None


def _by_clock(result: PolicyResult, center: Center, *fields: str) -> tuple[list[float], list[list[float]]]:
    """Hours of the day, and sums over all days of some fields of the half hours at each."""
    totals: dict[float, list[float]] = {}
    for half in result.half_hours:
        local = datetime.fromtimestamp(half.start, center.zone)
        row = totals.setdefault(local.hour + local.minute / 60, [0.0] * len(fields))
        for place, field in enumerate(fields):
            row[place] += getattr(half, field)
    hours = sorted(totals)
    return hours, [[totals[hour][place] for hour in hours] for place in range(len(fields))]


def _days(result: PolicyResult, center: Center) -> int:
    return len({datetime.fromtimestamp(half.start, center.zone).date() for half in result.half_hours})


def _short(result: PolicyResult) -> str:
    return textwrap.fill(policy_label(result.policy) + (", tuned" if result.tuned else ""), 26)


def _draw_calls(axes: Axes, cheapest: PolicyResult, center: Center) -> None:
    hours, (calls, sent) = _by_clock(cheapest, center, "calls", "sent")
    days = _days(cheapest, center)
    sent_a_day = np.array(sent) / days
    kept_a_day = np.array(calls) / days - sent_a_day
    axes.bar(hours, kept_a_day, width=0.46, align="edge", color=KEPT, label="kept in-house")
    axes.bar(
        hours, sent_a_day, width=0.46, align="edge", bottom=kept_a_day, color=SENT, label="sent to vendors"
    )
    axes.set_ylabel("calls per half hour")
    axes.set_title(f"Who took the calls under {policy_label(cheapest.policy)}", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="upper right")
    _clock_axis(axes)


def _draw_levels(axes: Axes, results: Sequence[PolicyResult], cheapest: PolicyResult, center: Center) -> None:
    styles = ("-", "--", ":", "-.")
    for number, result in enumerate(results):
        hours, (good, base) = _by_clock(result, center, "good", "base")
        level = np.array([100 * ratio(*pair) for pair in zip(good, base, strict=True)])
        gaps = [place + 1 for place, (now, after) in enumerate(pairwise(hours)) if after - now > 0.5]
        hours, level = np.insert(hours, gaps, np.nan).tolist(), np.insert(level, gaps, np.nan)
        axes.plot(
            np.array(hours) + 0.25,
            level,
            color=BEST if result is cheapest else f"C{number}" if number != 1 else "C9",
            linewidth=3 if result is cheapest else 1.3,
            linestyle="-" if result is cheapest else styles[number % len(styles)],
            label=_short(result),
            zorder=3 if result is cheapest else 2,
        )
    for target in {100 * aim.probability for aim in aims(center).values()}:
        axes.axhline(target, color="black", linewidth=0.8)
    axes.set_ylim(0, 102)
    axes.set_ylabel("service level, %")
    axes.set_title("Service level by time of day (line: target)", loc="left", fontsize=11)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _clock_axis(axes)


def _draw_costs(axes: Axes, results: Sequence[PolicyResult], cheapest: PolicyResult, center: Center) -> None:
    names = [_short(result) for result in results]
    costs = [result.cost_per_contact for result in results]
    bars = axes.barh(names, costs, color=[BEST if result is cheapest else REST for result in results])
    axes.bar_label(bars, fmt="%.3f", padding=4, fontsize=9)
    axes.invert_yaxis()
    axes.set_title("What a contact cost", loc="left", fontsize=11)
    axes.set_xlim(0, max(costs) * 1.1 or 1)
    axes.set_xlabel(f"cost per contact, {center.currency} (vendors, waiting, abandonment)")
    axes.spines[["top", "right"]].set_visible(False)


def _clock_axis(axes: Axes) -> None:
    first, last = axes.get_xlim()
    axes.set_xticks(range(2 * math.ceil(first / 2), math.floor(last) + 1, 2))
    axes.xaxis.set_major_formatter(lambda hour, _: f"{hour:02.0f}:00")
    axes.spines[["top", "right"]].set_visible(False)
