"""Totals of a run by time of day, over all its days and replications."""

from __future__ import annotations

from datetime import datetime

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import HALF_HOUR
from bporoute.simulation._engine._run import FloorRun, count_of
from bporoute.simulation._figures import served_by_queue
from bporoute.simulation._results import SimulatedPolicy


class WhoTook(msgspec.Struct, frozen=True, eq=False):
    """Contacts a day by time of day.

    Attributes
    ----------
    hours : array
        When each interval of the day begins, from the first with contacts to the last.
    kept : array
        Contacts that stayed in-house.
    sent : dict
        Vendor -> contacts that went to it; under `ALL_VENDORS` where nobody wrote down to which.
    """

    hours: Floats
    kept: Floats
    sent: dict[str, Floats]


ALL_VENDORS = "all vendors"


def step_of(each: SimulatedPolicy) -> float:
    """Hours that all intervals with contacts fit into: half an hour, or the longest of them."""
    edges = each.runs[0].edges
    busy = np.logical_or.reduce([count_of(run.tally, "offered").any(axis=1) for run in each.runs])
    longest = float(np.diff(edges)[busy].max(initial=HALF_HOUR))
    return max(longest, HALF_HOUR) / 3600.0


def by_clock(each: SimulatedPolicy, step: float) -> tuple[Floats, Floats]:
    """Hours of the day, and the totals of all days and replications at each, where there were contacts."""
    hours, places = _clock(each, step)
    totals = np.zeros((len(hours), *each.runs[0].tally.shape[1:]))
    np.add.at(totals, places, sum(run.tally for run in each.runs))
    busy = count_of(totals, "offered").sum(axis=1) > 0
    return hours[busy], totals[busy]


def levels_by_clock(each: SimulatedPolicy, step: float) -> tuple[Floats, Floats]:
    """Hours of the day without gaps, and the service level at each in percent; nan where nothing counts."""
    hours, tally = by_clock(each, step)
    good, base = (side.sum(axis=1) for side in served_by_queue(tally, each.center))
    level = np.divide(100 * good, base, out=np.full(len(hours), np.nan), where=base > 0)
    return without_gaps(hours, step), _spread(hours, level, step, np.nan)


def without_gaps(hours: Floats, step: float) -> Floats:
    """From the first to the last of some hours, in steps.

    >>> without_gaps(np.array([0.0, 1.5]), 0.5)
    array([0. , 0.5, 1. , 1.5])
    """
    every: Floats = hours[0] + step * np.arange(round((hours[-1] - hours[0]) / step) + 1)
    return every


def _spread(hours: Floats, values: Floats, step: float, elsewhere: float) -> Floats:
    """Values at some hours, in the places that `without_gaps` gives them, and something `elsewhere`."""
    spread = np.full(len(without_gaps(hours, step)), elsewhere)
    spread[np.rint((hours - hours[0]) / step).astype(np.int64)] = values
    return spread


def who_took(each: SimulatedPolicy, step: float, days: int) -> WhoTook:
    """Contacts kept and sent, each vendor's own where the run has kept its paths; means of so many `days`."""
    hours, tally = by_clock(each, step)
    offered = count_of(tally, "offered").sum(axis=1) / days
    out = count_of(tally, "overflow_out").sum(axis=1) / days
    sent = {ALL_VENDORS: out}
    if all(run.paths is not None for run in each.runs):
        every, places = _clock(each, step)
        counts = np.zeros((len(every), len(each.center.vendors)))
        np.add.at(counts, places, sum(_taken(run, len(each.center.vendors)) for run in each.runs))
        here = counts[np.isin(every, hours)] / days
        sent = {name: here[:, number] for number, name in enumerate(each.center.vendors)}
    kept = offered - sum(sent.values(), np.zeros(len(hours)))
    parts = {name: _spread(hours, count, step, 0.0) for name, count in sent.items() if count.any()}
    return WhoTook(without_gaps(hours, step), _spread(hours, kept, step, 0.0), parts)


def _clock(each: SimulatedPolicy, step: float) -> tuple[Floats, Integers]:
    starts = [datetime.fromtimestamp(start, each.center.zone) for start in each.runs[0].edges[:-1].tolist()]
    clock = np.array([start.hour + start.minute / 60 + start.second / 3600 for start in starts])
    hours, places = np.unique(clock // step * step, return_inverse=True)
    return hours, places


def _taken(run: FloorRun, vendors: int) -> Floats:
    """Contacts that arrived in each interval and went to each vendor."""
    counts = np.zeros((len(run.edges) - 1, vendors))
    if (paths := run.paths) is not None:
        sent = paths.destination > 0
        places = np.searchsorted(run.edges, paths.arrival[sent], side="right") - 1
        inside = (places >= 0) & (places < len(counts))
        np.add.at(counts, (places[inside], paths.destination[sent][inside] - 1), 1.0)
    return counts
