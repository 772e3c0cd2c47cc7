"""What pictures share: panels of a day by the clock, bars of costs, names, colours, files."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.files import check_target_file, write_whole
from bporoute.center._center import Center
from bporoute.cli.reports._by_clock import WhoTook, levels_by_clock
from bporoute.errors import InputError
from bporoute.simulation._results import SimulatedPolicy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
KEPT, SENT, REST, BEST, INK = "#2f6690", "#e07a1f", "#b8bfc6", "#2a7f4f", "#33383d"
VENDORS = (SENT, "#f2c14e", "#8e5aa8", "#c4453c", "#5fb3a8", "#8a6d3b")
"""Of vendors, over and over."""
STYLES = ((KEPT, "--"), (SENT, ":"), ("#8e5aa8", "-."), (INK, (0, (6, 2, 1, 2, 1, 2))))
"""Colour and dashes of lines beside the best."""


class Line(msgspec.Struct, frozen=True, eq=False):
    """A policy in a picture: its name, its service level in percent at some hours of the day."""

    label: str
    best: bool
    hours: Floats
    level: Floats


class Bar(msgspec.Struct, frozen=True):
    """What a contact cost under a policy: the half width of its interval (or nan), and what stands there."""

    name: str
    best: bool
    cost: float
    margin: float
    label: str


def check_plot(path: Path) -> None:
    """Refuse, before any work, a picture that could not be drawn or saved.

    Raises
    ------
    InputError
        If the format is unknown, the folder missing, or matplotlib not installed.
    """
    check_target_file(path, "--plot", FORMATS)
    try:
        import matplotlib  # noqa: F401 - only whether it is there
    except ImportError:
        raise InputError("--plot", "no matplotlib", "pip install 'bporoute[plot]'") from None


def save_picture(figure: Figure, path: Path) -> None:
    """Write a picture in the format that its name says, whole or not at all."""
    picture = io.BytesIO()
    figure.savefig(picture, format=path.suffix.lower().removeprefix("."), dpi=130)
    write_whole(path, picture.getvalue(), "--plot")


def short_label(text: str) -> str:
    """A policy's name in lines that fit beside a picture."""
    return textwrap.fill(text, 26)


def level_line(each: SimulatedPolicy, label: str, best: bool, step: float) -> Line:
    """The service level of all days and replications by time of day, by intervals `step` hours long."""
    return Line(short_label(label), best, *levels_by_clock(each, step))


def draw_who_took(axes: Axes, took: WhoTook, width: float, unit: str, title: str) -> None:
    """Contacts kept, and sent to each vendor, by time of day, stacked, in bars `width` hours wide."""
    wide = 0.92 * width
    axes.bar(took.hours, took.kept, width=wide, align="edge", color=KEPT, label="kept in-house")
    below = took.kept
    for number, (vendor, count) in enumerate(took.sent.items()):
        color = VENDORS[number % len(VENDORS)]
        axes.bar(
            took.hours, count, width=wide, align="edge", bottom=below, color=color, label=f"sent to {vendor}"
        )
        below = below + count
    axes.set_ylabel(unit)
    axes.set_title(title, loc="left", fontsize=11, parse_math=False)
    for told in axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8).texts:
        told.set_parse_math(False)
    clock_axis(axes)


def draw_levels(axes: Axes, lines: Sequence[Line], center: Center, width: float = 0.5) -> None:
    """Service levels by time of day, each over an interval of `width` hours, with the targets."""
    styles = cycle(STYLES)
    for line in lines:
        color, dashes = (BEST, "-") if line.best else next(styles)
        axes.plot(
            line.hours + width / 2,
            line.level,
            color=color,
            linewidth=3 if line.best else 1.5,
            linestyle=dashes,
            label=line.label,
            zorder=3 if line.best else 2,
        )
    for target in {100 * aim.probability for aim in center.aims.values()}:
        axes.axhline(target, color="black", linewidth=0.8)
    axes.set_ylim(0, 102)
    axes.set_ylabel("service level, %")
    axes.set_title("Service level by time of day (line: target)", loc="left", fontsize=11)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    clock_axis(axes)


def draw_costs(axes: Axes, rows: Sequence[Bar], currency: str, consists_of: str) -> None:
    """Cost per contact of each policy."""
    costs, places = np.array([row.cost for row in rows]), np.arange(len(rows))
    margins = np.array([row.margin for row in rows])
    axes.barh(places, costs, color=[BEST if row.best else REST for row in rows])
    axes.set_yticks(places, [row.name for row in rows])
    known = np.isfinite(margins)
    axes.errorbar(
        costs[known], places[known], xerr=margins[known], fmt="none", ecolor=INK, elinewidth=1.2, capsize=3
    )
    ends = costs + np.nan_to_num(margins)
    for place, row, end in zip(places, rows, ends, strict=True):
        axes.annotate(
            row.label, (end, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
        )
    axes.invert_yaxis()
    axes.set_title("What a contact cost", loc="left", fontsize=11)
    room = 1.03 + 0.012 * max(len(row.label) for row in rows)
    axes.set_xlim(0, room * float(np.nanmax(ends, initial=0.0)) or 1)
    axes.set_xlabel(f"cost per contact, {currency} ({consists_of})")
    axes.spines[["top", "right"]].set_visible(False)


def clock_axis(axes: Axes) -> None:
    """Hours of the day below."""
    first, last = axes.get_xlim()
    axes.set_xticks(range(2 * math.ceil(first / 2), math.floor(last) + 1, 2))
    axes.xaxis.set_major_formatter(lambda hour, _: f"{hour:02.0f}:00")
    axes.spines[["top", "right"]].set_visible(False)
