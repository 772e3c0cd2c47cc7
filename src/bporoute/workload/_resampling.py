"""Handle times that a log does not tell, drawn from those that it tells of alike calls."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.center._center import Center
from bporoute.workload._call_log import Call
from bporoute.workload._random import generator

FEWEST_ALIKE = 20
"""Handle times below which a group of calls is too small to draw from."""


class SeenTimes(msgspec.Struct, frozen=True, eq=False):
    """Handle times seen, in groups, and the group of each contact whose own is not known.

    Attributes
    ----------
    times : array
        Seconds, group after group.
    first, count : array of int
        For each listed contact: where its group begins in `times`, and how many there are; 0: no group.
    """

    times: Floats
    first: Integers
    count: Integers

    def drawn(self, seed: int, replication: int) -> Floats:
        """One time of its group for each contact, each as likely; nan where it has none.

        `seed` and `replication` are those of the simulation; a contact's time depends on them and its place.
        """
        share = generator(seed, "handle times seen", replication).random(len(self.count))
        place = self.first + (share * self.count).astype(np.int64)
        return np.where(self.count > 0, np.append(self.times, math.nan)[place], math.nan)


def seen_times(calls: Sequence[Call], center: Center, types: Collection[str]) -> SeenTimes:
    """What the unknown handle times of `calls` may be drawn from.

    The times known of calls of the same type in the same hour of the day; where these are fewer than 20, of
    the same type; then of the same queue; then there is nothing to draw from.

    Parameters
    ----------
    calls : sequence of Call
        In order of arrival, of types that the center knows.
    center : Center
        Whose clocks tell the hour.
    types : collection of str
        Contact types whose times are to be drawn.
    """
    groups: dict[tuple[str, ...], list[float]] = {}
    hours = [datetime.fromtimestamp(call.arrival, center.zone).hour for call in calls]
    for call, hour in zip(calls, hours, strict=True):
        if not math.isnan(call.handle):
            for group in _groups(call, hour, center):
                groups.setdefault(group, []).append(call.handle)
    large = {group: times for group, times in groups.items() if len(times) >= FEWEST_ALIKE}
    begins = dict(zip(large, np.cumsum([0, *map(len, large.values())]).tolist(), strict=False))
    first, count = np.zeros((2, len(calls)), dtype=np.int64)
    for place, (call, hour) in enumerate(zip(calls, hours, strict=True)):
        if math.isnan(call.handle) and call.type in types:
            for group in _groups(call, hour, center):
                if group in large:
                    first[place], count[place] = begins[group], len(large[group])
                    break
    return SeenTimes(np.array([time for times in large.values() for time in times]), first, count)


def _groups(call: Call, hour: int, center: Center) -> Iterator[tuple[str, ...]]:
    """Groups of calls that a call belongs to, the closest first."""
    yield "hour", call.type, str(hour)
    yield "type", call.type
    yield "queue", center.contact_types[call.type].queue
