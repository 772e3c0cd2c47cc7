"""A picture of a staffing plan, for a slide: agents by day and time of day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.cli.plots._panels import KEPT, save_picture
from bporoute.planning._staffing_plan import Plan, totals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_QUEUES = 6
MOST_DAYS = 30
"""Days up to which each has a label, and room for numbers."""
MOST_HOURS = 15
"""Labels of hours that fit side by side."""
MOST_DIGITS = 100
"""Digits that fit side by side."""
MOST_NUMBERS = 1500
"""Numbers that are drawn within a second or so."""
CLOSED = "#eef0f2"


class Frame(NamedTuple):
    """What all panels share."""

    days: list[date]
    """From top to bottom."""
    hours: tuple[float, float]
    """The first and the last of a day."""
    columns: int
    """Panels side by side."""
    numbered: bool
    """Whether the cells have room for their numbers."""


def plot_heat_map(plan: Plan, path: Path) -> None:
    """Draw the required agents of every interval, a panel for each of the largest queues."""
    from matplotlib.figure import Figure

    sizes = {total.queue: total.required_hours for total in totals(plan, by_day=False)}
    largest = sorted(sizes, key=lambda queue: -sizes[queue])[:MOST_QUEUES]
    frame = _frame(plan, largest)
    rows = -(-len(largest) // frame.columns)
    height = min(max(0.36 * len(frame.days), 1.0), 12.0 / rows) + 1.0
    figure = Figure(figsize=(13, height * rows + 0.8), layout="constrained")
    panels = figure.subplots(rows, frame.columns, squeeze=False).flat
    for queue, axes in zip(largest, panels, strict=False):
        _draw_queue(figure, axes, plan, queue, frame)
    for unused in panels:
        unused.remove()
    figure.suptitle(_title(plan, len(largest), len(sizes), frame.days), fontsize=14, fontweight="bold")
    save_picture(figure, path)


def _title(plan: Plan, drawn: int, queues: int, days: Sequence[date]) -> str:
    span = f"{days[0]:%d %b %Y}" if len(days) == 1 else f"{days[0]:%d %b} to {days[-1]:%d %b %Y}"
    which = "" if drawn == queues else f" (the {drawn} largest of {queues} queues)"
    assumed = [plan.assumptions.of(queue) for queue in dict.fromkeys(plan.volumes.queues)]
    aims = [str(target) for target in dict.fromkeys(target for each in assumed for target in each.targets)]
    patiences = sorted({each.patience for each in assumed} - {math.inf})
    if patiences:
        aims.append(f"patience {' or '.join(f'{patience:g}' for patience in patiences)} s")
    away = sorted({100 * each.shrinkage for each in assumed} - {0.0})
    if away:
        aims.append(f"shrinkage {' or '.join(f'{share:g}' for share in away)} %")
    return f"Required agents, {span}{which}\n{', '.join(aims)}"


def _frame(plan: Plan, queues: Sequence[str]) -> Frame:
    volumes = plan.volumes
    days = sorted({start.date() for start in volumes.starts})
    drawn = np.array([queue in queues for queue in volumes.queues])
    first = np.array([_hour(start) for start in volumes.starts])[drawn]
    width = volumes.seconds[drawn] / 3600
    hours = float(first.min()), float((first + width).max())
    columns = 1 if len(queues) <= 3 else 2
    digits = (
        columns
        * max(len(f"{agents:.9g}") for agents in plan.required[drawn].tolist())
        * (hours[1] - hours[0])
        / width.min()
    )
    room = len(days) <= MOST_DAYS and digits <= MOST_DIGITS and len(first) <= MOST_NUMBERS
    return Frame(days, hours, columns, bool(room))


def _hour(start: datetime) -> float:
    return start.hour + start.minute / 60 + start.second / 3600


def _draw_queue(figure: Figure, axes: Axes, plan: Plan, queue: str, frame: Frame) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import MaxNLocator

    mine = np.array([place for place, name in enumerate(plan.volumes.queues) if name == queue])
    starts = [plan.volumes.starts[place] for place in mine]
    left = np.array([_hour(start) for start in starts])
    width = plan.volumes.seconds[mine] / 3600
    rows = {day: row for row, day in enumerate(frame.days)}
    row = np.array([rows[start.date()] for start in starts])
    required = plan.required[mine]
    corners = [
        [(x, y - 0.5), (x + wide, y - 0.5), (x + wide, y + 0.5), (x, y + 0.5)]
        for x, wide, y in zip(left, width, row, strict=True)
    ]
    shades = LinearSegmentedColormap.from_list("agents", ["#f7fafc", "#9fc0d8", KEPT, "#12344d"])
    cells = PolyCollection(corners, array=required, cmap=shades, edgecolors="white", linewidths=0.6)
    cells.set_clim(0, max(int(required.max()), 1))
    axes.add_collection(cells)
    axes.set_facecolor(CLOSED)
    if frame.numbered:
        light = cells.to_rgba(required)[:, :3] @ (0.299, 0.587, 0.114) > 0.55
        _number(axes, left + width / 2, row, required, light)
    paid = (plan.scheduled[mine] * width).sum()
    title = f"{queue}: {(required * width).sum():,.0f} agent-hours required, {paid:,.0f} scheduled"
    axes.set_title(title, loc="left", fontsize=11, parse_math=False)
    axes.set_ylim(len(frame.days) - 0.5, -0.5)
    _label_days(axes, frame.days)
    _label_hours(axes, frame)
    bar = figure.colorbar(cells, ax=axes, pad=0.01, fraction=0.03, aspect=16, ticks=MaxNLocator(integer=True))
    bar.set_label("agents required")
    bar.outline.set_visible(False)


def _number(axes: Axes, across: Floats, down: Integers, required: Integers | Floats, light: Flags) -> None:
    for x, y, agents, on_light in zip(across, down, required, light, strict=True):
        color = "black" if on_light else "white"
        number = axes.text(x, y, f"{agents:.9g}", ha="center", va="center", fontsize=8, color=color)
        number.set_in_layout(False)  # or measuring them takes longer than drawing


def _label_days(axes: Axes, days: Sequence[date]) -> None:
    every = -(-len(days) // MOST_DAYS)
    axes.set_yticks(range(0, len(days), every), [f"{day:%a %d %b}" for day in days[::every]])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _label_hours(axes: Axes, frame: Frame) -> None:
    first, last = frame.hours
    room = MOST_HOURS / frame.columns
    step = 1 if last - first <= room else 2 if last - first <= 2 * room else 4
    axes.set_xlim(first, last)
    axes.set_xticks(range(math.ceil(first), math.floor(last) + 1, step))
    axes.xaxis.set_major_formatter(lambda hour, _: f"{hour:02.0f}:00")
