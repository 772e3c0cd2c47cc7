"""Pictures of a simulation, for a slide."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import counted
from bporoute.cli._frontier import Frontier
from bporoute.cli.plots._panels import (
    BEST,
    KEPT,
    Bar,
    draw_costs,
    draw_levels,
    draw_who_took,
    level_line,
    save_picture,
    short_label,
)
from bporoute.cli.reports._by_clock import step_of, who_took
from bporoute.cli.reports._savings import few_of
from bporoute.policies._text import policy_label
from bporoute.simulation._comparison import dearer
from bporoute.simulation._results import SimulatedPolicy, Simulation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POLICIES = 10
"""Policies in a picture; beyond, the cheapest are drawn."""
OTHER = "#565d64"
POINT = 9.0
"""Font size of the names beside points."""


def plot_simulation(found: Simulation, path: Path) -> None:
    """Draw cost per contact with intervals, service level by time of day, and who took the contacts."""
    from matplotlib.figure import Figure

    cheapest = found.cheapest
    drawn = _drawn(found)
    figure = Figure(figsize=(11, 6.4 + 0.28 * len(drawn) + 1.0), layout="constrained")
    costs, levels, contacts = figure.subplots(3, 1, height_ratios=(0.5 + 0.16 * len(drawn), 1.3, 1.1))
    contacts.sharex(levels)
    figure.suptitle(_title(found, len(drawn)), fontsize=13, fontweight="bold")
    bars = [_bar(each, cheapest) for each in drawn]
    sure = any(np.isfinite(bar.margin) for bar in bars)
    consists_of = "vendors, waiting, abandonment, failures" + ("; 95 % intervals" if sure else "")
    draw_costs(costs, bars, found.center.currency, consists_of)
    step = step_of(cheapest)
    few = few_of(found.policies)
    lines = [level_line(each, policy_label(each.policy), each is cheapest, step) for each in few]
    draw_levels(levels, lines, found.center, step)
    took = who_took(cheapest, step, cheapest.days * len(cheapest.runs))
    unit = "half hour" if step == 0.5 else "hour" if step == 1.0 else f"{counted(step, 'hour')}"
    name = policy_label(cheapest.policy)
    draw_who_took(contacts, took, step, f"contacts per {unit}", f"Who took the contacts under {name}")
    save_picture(figure, path)


def plot_frontier(found: Simulation, family: Frontier, path: Path) -> None:
    """Draw cost per contact against service level over a policy's number, other policies as points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.6), layout="constrained")
    axes = figure.subplots()
    figure.suptitle(_title(found, len(found.policies)), fontsize=13, fontweight="bold")
    members = [next(each for each in found.policies if each.policy == policy) for policy in family.policies]
    others = [each for each in found.policies if each.policy not in family.policies]
    x, y = _draw_points(axes, members, KEPT, "o")
    axes.plot(x, y, color=KEPT, linewidth=1.8, zorder=3)
    for each in members:
        if each is found.cheapest:
            _draw_points(axes, [each], BEST, "D")
    numbers = [
        _Name(level, cost, f"{number:g}", BEST if best else KEPT, needed=best)
        for level, cost, number, best in zip(
            x.tolist(),
            y.tolist(),
            family.numbers,
            [each is found.cheapest for each in members],
            strict=True,
        )
    ]
    names, points = [], [*zip(x, y, strict=True), *_between(x, y)]
    for each in others:
        color = BEST if each is found.cheapest else OTHER
        own_x, own_y = _draw_points(axes, [each], color, "D")
        points.append((own_x[0], own_y[0]))
        names.append(_Name(own_x[0], own_y[0], policy_label(each.policy), color, needed=True))
    for target in {100 * aim.probability for aim in found.center.aims.values()}:
        axes.axvline(target, color="black", linewidth=0.8, zorder=1)
    axes.set_xlabel("service level, % (line: target)")
    axes.set_ylabel(f"cost per contact, {found.center.currency}")
    sure = np.isfinite([each.cost_per_contact().half_width for each in members]).any()
    bars = "; bars: 95 % intervals" if sure else ""
    title = textwrap.fill(f"{family.text} by its number, beside other policies{bars}", 110)
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(0.1, 0.08)
    names += [numbers[place] for place in _ends_first(len(numbers), y)]
    names.sort(key=lambda name: not name.needed)
    _place(figure, axes, names, points)
    save_picture(figure, path)


def _draw_points(
    axes: Axes, policies: Sequence[SimulatedPolicy], color: str, marker: str
) -> tuple[Floats, Floats]:
    """Draw policies with their intervals; gives service levels in percent, and costs."""
    levels = [each.service_level() for each in policies]
    costs = [each.cost_per_contact() for each in policies]
    x, y = np.array([100 * level.value for level in levels]), np.array([cost.value for cost in costs])
    x_margin = np.array(
        [
            [100 * _finite(level.value - level.low) for level in levels],
            [100 * _finite(level.high - level.value) for level in levels],
        ]
    )
    y_margin = np.array([_finite(cost.half_width) for cost in costs])
    axes.errorbar(x, y, xerr=x_margin, yerr=y_margin, fmt="none", ecolor=color, elinewidth=1, alpha=0.3)
    axes.plot(x, y, linestyle="none", marker=marker, markersize=6, color=color, zorder=4)
    return x, y


def _title(found: Simulation, drawn: int) -> str:
    runs, days = found.replications, found.cheapest.days
    span = counted(days, "day") + (f", {runs} replications" if runs > 1 else "")
    which = (
        "" if drawn == len(found.policies) else f" (the {drawn} cheapest of {len(found.policies)} policies)"
    )
    return f"{found.center.name}: {found.cheapest.contacts():,} contacts, {span}{which}"


def _drawn(found: Simulation) -> list[SimulatedPolicy]:
    """The policies in the order asked for; of very many, the cheapest."""
    by_cost = sorted(found.policies, key=lambda each: each.cost_per_contact().value)
    chosen = by_cost[:MOST_POLICIES]
    return [each for each in found.policies if any(each is one for one in chosen)]


def _bar(each: SimulatedPolicy, cheapest: SimulatedPolicy) -> Bar:
    cost, more = each.cost_per_contact(), dearer(each, cheapest)
    margin = _finite(cost.half_width)
    label = f"{cost.value:.3f}"
    if np.isfinite(margin):
        label += f" ± {margin:.3f}"
    if each is not cheapest and np.isfinite(more.value):
        label += f"   (+{100 * more.value:.1f}"
        label += f" ± {100 * more.half_width:.1f} %)" if np.isfinite(more.half_width) else " %)"
    return Bar(short_label(policy_label(each.policy)), each is cheapest, cost.value, margin, label)


def _finite(margin: float) -> float:
    return margin if np.isfinite(margin) else np.nan


# -- names beside points ----------------------------------------------------------------------------


class _Name(NamedTuple):
    """What is to stand beside a point."""

    x: float
    y: float
    text: str
    color: str
    needed: bool
    """Whether it is written even where there is no place."""


def _ends_first(count: int, costs: Floats) -> list[int]:
    """Places in the order in which they deserve a label: the ends, the cheapest, then ever finer steps."""
    order = dict.fromkeys([0, count - 1])
    if np.isfinite(costs).any():
        order[int(np.nanargmin(costs))] = None
    step = count
    while step > 1:
        step = -(-step // 2)
        order.update(dict.fromkeys(range(0, count, step)))
    return list(order)


def _between(x: Floats, y: Floats) -> list[tuple[float, float]]:
    """Points on the line, where no name is to stand."""
    steps = np.linspace(0.0, 1.0, 16)[1:-1]
    pairs = zip(pairwise(x.tolist()), pairwise(y.tolist()), strict=True)
    return [(a + at * (b - a), c + at * (d - c)) for (a, b), (c, d) in pairs for at in steps.tolist()]


def _place(figure: Figure, axes: Axes, names: Sequence[_Name], points: Sequence[tuple[float, float]]) -> None:
    """Write each name near its point where nothing is in the way, or leave it out."""
    from matplotlib.patheffects import withStroke

    figure.draw_without_rendering()  # only now the axes are where they stay
    pixel = figure.dpi / 72
    frame = axes.get_window_extent()
    half = 3.5 * pixel
    taken = [
        (x - half, y - half, x + half, y + half)
        for x, y in axes.transData.transform([point for point in points if np.isfinite(point).all()])
    ]
    for name in names:
        if not np.isfinite([name.x, name.y]).all():
            continue
        width, height = 0.6 * POINT * len(name.text) * pixel, 1.3 * POINT * pixel
        x, y = axes.transData.transform((name.x, name.y))
        boxes = []
        for away, (right, up) in _PLACES if name.needed else _PLACES[:4]:
            left = x + right * (width / 2 + away * pixel) - width / 2
            bottom = y + up * (height / 2 + away * pixel) - height / 2
            boxes.append((left, bottom, left + width, bottom + height))
        free = [box for box in boxes if not any(_overlap(box, other) for other in taken)]
        inside = [box for box in free if _holds(frame.extents, box)]
        if inside or name.needed:
            box = (inside or boxes)[0]
            taken.append(box)
            far = name.needed and boxes.index(box) >= len(_NEAR)
            axes.annotate(
                name.text,
                (name.x, name.y),
                xytext=(((box[0] + box[2]) / 2 - x) / pixel, ((box[1] + box[3]) / 2 - y) / pixel),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=POINT,
                color=name.color,
                zorder=5,
                path_effects=[withStroke(linewidth=3, foreground="white")],
                arrowprops={"arrowstyle": "-", "color": name.color, "linewidth": 0.7} if far else None,
            )


_NEAR = ((1, 1), (-1, -1), (1, -1), (-1, 1), (0, 1), (0, -1), (1, 0), (-1, 0))
_FAR = ((0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_PLACES = (*product((4,), _NEAR), *product((16, 30, 46, 64), _FAR))
"""Points between a point and its name, and on which side the name stands."""
_Box = tuple[float, float, float, float]


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _holds(outer: Sequence[float], box: _Box) -> bool:
    return outer[0] <= box[0] and outer[1] <= box[1] and box[2] <= outer[2] and box[3] <= outer[3]
