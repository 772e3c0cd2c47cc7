"""Shifts that people can work, and how many of each cover what is needed at the least cost."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers, numbers
from bporoute._base.checked import Checked
from bporoute._base.clock import weekdays
from bporoute._base.complaints import Dialect
from bporoute._base.fields import Count, Money, Name, PositiveSeconds, Probability, Seconds, converted
from bporoute._base.toml import read_tables
from bporoute.errors import InputError
from bporoute.planning._program import Program
from bporoute.planning._wages import Wages

LONGEST = 86_400.0
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
MOST_NAMED = 3
"""Intervals that a complaint names."""
ENOUGH = 1e-6
"""Agents that are none."""


class Break(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time within a shift in which nobody serves.

    Attributes
    ----------
    after : float
        Seconds after the begin of the shift.
    length : float
        Seconds.
    paid : bool
        Whether it is paid where shifts are paid by the hour.
    """

    after: Seconds
    length: PositiveSeconds
    paid: bool = False


class ShiftPattern(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of shift, which any number of people may work.

    Attributes
    ----------
    name : str
        How it is called.
    starts : tuple of str
        When it may begin, on the local clock, as ``"08:00"``.
    length : float
        Seconds from its begin to its end, breaks included, at most a day.
    breaks : tuple of Break
        Time in which nobody serves.
    cost : float or None
        Money of one such shift; None: by the hour.
    paid_share : float
        Share of its cost, or of the hourly wage, that is paid, in [0, 1]; below 1: who works it costs less.
    days : str
        Days of the week on which it may begin, as ``"mon-fri"``, ``"sat"`` or ``"daily"``.
    queues : tuple of str
        Queues in which it is worked; empty: in all.
    most : int or None
        Most of them that may begin at one of its starts of a day, in a queue; None: any number.

    Examples
    --------
    >>> lunch = Break(after=4 * 3600.0, length=1800.0)
    >>> early = ShiftPattern(name="early", starts=("06:00", "07:00"), length=8 * 3600.0, breaks=(lunch,))
    >>> early.paid_seconds / 3600
    7.5
    """

    name: Name
    starts: tuple[str, ...]
    length: PositiveSeconds
    breaks: tuple[Break, ...] = ()
    cost: Money | None = None
    paid_share: Probability = 1.0
    days: str = "daily"
    queues: tuple[Name, ...] = ()
    most: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.starts:
            raise InputError("starts", "none", "times such as '08:00'")
        for start in self.starts:
            if not _TIME.fullmatch(start):
                raise InputError("starts", repr(start), "a time such as '08:00'")
        if self.length > LONGEST:
            raise InputError("length", f"{self.length:g} s", "at most a day, 86400 s")
        if not weekdays(self.days):
            raise InputError("days", repr(self.days), "days such as 'mon-fri', 'sat' or 'daily'")
        end = 0.0
        for place, each in enumerate(self.breaks):
            if each.after < end or each.after + each.length > self.length:
                found = f"{each.after:g} to {each.after + each.length:g} s"
                expected = f"breaks that follow each other within the {self.length:g} s of the shift"
                raise InputError(f"breaks[{place}]", found, expected)
            end = each.after + each.length

    @property
    def minutes(self) -> tuple[int, ...]:
        """Its starts as minutes after midnight."""
        return tuple(int(start[:2]) * 60 + int(start[3:]) for start in self.starts)

    @property
    def paid_seconds(self) -> float:
        """Seconds that are paid, before `paid_share`."""
        return self.length - math.fsum(each.length for each in self.breaks if not each.paid)


class _ShiftFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shifts: tuple[ShiftPattern, ...]


SHIFT_DIALECT = Dialect(
    examples={
        "_ShiftFile.shifts": '[{ name = "early", starts = ["06:00"], length = "8:00:00" }]',
        "ShiftPattern.name": '"early"',
        "ShiftPattern.starts": '["06:00", "07:00"]',
        "ShiftPattern.length": '"8:00:00"',
        "ShiftPattern.breaks": '[{ after = "4:00:00", length = "30:00" }]',
        "ShiftPattern.cost": "180",
        "ShiftPattern.paid_share": '"95 %"',
        "ShiftPattern.days": '"mon-fri"',
        "ShiftPattern.queues": '["service"]',
        "ShiftPattern.most": "20",
        "Break.after": '"4:00:00"',
        "Break.length": '"30:00"',
        "Break.paid": "true",
    },
    sections={"_ShiftFile": "the file itself", "ShiftPattern": "[[shifts]]", "Break": "breaks"},
)


def read_shifts(path: str | os.PathLike[str]) -> tuple[ShiftPattern, ...]:
    """The shifts of the TOML file at `path`, a table ``[[shifts]]`` for each.

    Durations may be texts, as in a center file: ``length = "8:00:00"``.

    Raises
    ------
    InputError
        Naming the file and the line or key, what stands there and what would be right.
    """
    try:
        found = converted(read_tables(Path(path), "a file of shifts"), _ShiftFile, "", SHIFT_DIALECT)
        if not found.shifts:
            raise InputError("shifts", "none", "at least one table [[shifts]]")
        names = [each.name for each in found.shifts]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise InputError(f"shifts[{place}].name", repr(name), "a name of its own for each")
    except InputError as complaint:
        raise complaint.under(f"{path}: ") from None
    return found.shifts


class WorkedShifts(msgspec.Struct, frozen=True, eq=False):
    """Every shift that may begin around some intervals of a queue.

    Attributes
    ----------
    names : tuple of str
        The pattern of each.
    begins : tuple of datetime
        When each begins, on the local clock.
    costs, paid_hours : array
        Money and paid hours of one person in it.
    most : array
        Most people in it; inf: any number.
    covers : array of shape (intervals, shifts)
        Share of an interval in which somebody in it serves.
    """

    names: tuple[str, ...]
    begins: tuple[datetime, ...]
    costs: Floats
    paid_hours: Floats
    most: Floats
    covers: Floats


class _Worked(NamedTuple):
    pattern: ShiftPattern
    begin: datetime
    covers: Floats


def worked_shifts(
    patterns: Sequence[ShiftPattern],
    queue: str,
    starts: Sequence[datetime],
    seconds: Floats,
    wages: Wages | None = None,
) -> WorkedShifts:
    """The shifts of some `patterns` that a `queue` may have around intervals.

    The intervals have `starts`, on the local clock, and last so many `seconds`; `wages` pay shifts that have
    no cost of their own.

    Raises
    ------
    InputError
        A shift has no cost and there are no wages.
    """
    first = min(starts)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    at = np.array([(start.replace(fold=0) - midnight).total_seconds() for start in starts])
    days = int(at.max() // 86_400.0) + 1
    found: list[_Worked] = []
    for pattern in patterns:
        if pattern.queues and queue not in pattern.queues:
            continue
        for day in range(-1, days):
            for minute in pattern.minutes:
                begin = midnight + timedelta(days=day, minutes=minute)
                if begin.weekday() not in weekdays(pattern.days):
                    continue
                covers = _covered(pattern, day * 86_400.0 + 60.0 * minute, at, seconds)
                if covers.any():
                    found.append(_Worked(pattern, begin, covers))
    return WorkedShifts(
        names=tuple(each.pattern.name for each in found),
        begins=tuple(each.begin for each in found),
        costs=np.array([_cost(each.pattern, each.begin, wages) for each in found]),
        paid_hours=np.array([each.pattern.paid_seconds / 3600.0 for each in found]),
        most=np.array([math.inf if each.pattern.most is None else each.pattern.most for each in found]),
        covers=np.array([each.covers for each in found]).T.reshape(len(at), len(found)),
    )


def _covered(pattern: ShiftPattern, begin: float, at: Floats, seconds: Floats) -> Floats:
    def within(low: float, high: float) -> Floats:
        overlap: Floats = np.maximum(np.minimum(at + seconds, high) - np.maximum(at, low), 0.0)
        return overlap

    served = within(begin, begin + pattern.length)
    for each in pattern.breaks:
        served -= within(begin + each.after, begin + each.after + each.length)
    share: Floats = served / seconds
    return share


def _cost(pattern: ShiftPattern, begin: datetime, wages: Wages | None) -> float:
    if pattern.cost is not None:
        return pattern.cost * pattern.paid_share
    if wages is None:
        raise InputError(f"shifts, {pattern.name}", "no cost, and no wage", "cost of the shift, or a wage")
    pieces, at = [], 0.0
    for each in (each for each in pattern.breaks if not each.paid):
        pieces.append((at, each.after - at))
        at = each.after + each.length
    pieces.append((at, pattern.length - at))
    hours = math.fsum(
        length / 3600.0 * wages.factor(begin + timedelta(seconds=after), length)
        for after, length in pieces
        if length > 0.0
    )
    return wages.per_hour * pattern.paid_share * hours


class ShiftCounts(msgspec.Struct, frozen=True, eq=False):
    """How many people work which shift.

    Attributes
    ----------
    shifts : WorkedShifts
        What may be worked.
    counts : array of int
        People in each.
    cost, bound : float
        Money of all, and money below which nobody can cover what is required.
    agents : array
        Who is there in each interval.
    """

    shifts: WorkedShifts
    counts: Integers
    cost: float
    bound: float
    agents: Floats

    @property
    def paid_hours(self) -> float:
        """Paid hours of all."""
        return float(self.counts @ self.shifts.paid_hours)


def cheapest_shifts(
    required: Floats | Sequence[float],
    shifts: WorkedShifts,
    starts: Sequence[datetime],
    *,
    gap: float = 1e-6,
    seconds: float = 60.0,
) -> ShiftCounts:
    """The cheapest whole numbers of shifts with at least the `required` agents in every interval.

    Parameters
    ----------
    required : array
        Agents of each interval, at least 0.
    shifts : WorkedShifts
        What may be worked.
    starts : sequence of datetime
        The intervals, as a complaint names them.
    gap : float
        Relative distance from the bound at which the search ends.
    seconds : float
        Seconds after which the best so far counts.

    Raises
    ------
    InputError
        Naming the intervals that no shift covers, or not with as many people as may work it.

    Examples
    --------
    >>> starts = [datetime(2026, 12, 7, hour) for hour in range(8, 12)]
    >>> half = ShiftPattern(name="half", starts=("08:00", "09:00", "10:00"), length=7200.0, cost=50)
    >>> worked = worked_shifts([half], "service", starts, np.full(4, 3600.0))
    >>> found = cheapest_shifts([2, 3, 1, 1], worked, starts)
    >>> found.counts.tolist(), found.cost, found.agents.tolist()
    ([2, 1, 1], 200.0, [2.0, 3.0, 2.0, 1.0])
    """
    needed = numbers("required", required)
    most = np.where(np.isfinite(shifts.most), shifts.most, needed.max(initial=0.0) * 1000.0)
    reached = shifts.covers @ most if len(shifts.names) else np.zeros(len(needed))
    _refuse_uncovered(needed, reached, starts)
    if not (needed > 0.0).any():
        nobody = np.zeros(len(shifts.names), dtype=np.int64)
        return ShiftCounts(shifts, nobody, 0.0, 0.0, np.zeros(len(needed)))
    program = Program()
    columns = program.columns(shifts.costs, high=shifts.most, whole=True)
    for place, agents in enumerate(needed.tolist()):
        program.row(columns, shifts.covers[place], low=agents)
    found = program.solved(gap=gap, seconds=seconds)
    if found is None:
        raise InputError("shifts", "too few people may work them", "more of them, by most")
    counts = found.values.astype(np.int64)
    return ShiftCounts(shifts, counts, float(counts @ shifts.costs), found.bound, shifts.covers @ counts)


def _refuse_uncovered(needed: Floats, reached: Floats, starts: Sequence[datetime]) -> None:
    short = np.flatnonzero(needed > reached + ENOUGH)
    if not len(short):
        return
    named = ", ".join(f"{starts[place]:%a %d %b %H:%M}" for place in short[:MOST_NAMED].tolist())
    more = f" and {len(short) - MOST_NAMED} more" if len(short) > MOST_NAMED else ""
    worst = short[np.argmax((needed - reached)[short])]
    found = f"{needed[worst]:g} agents required and {reached[worst]:g} that shifts allow, in {named}{more}"
    raise InputError("shifts", found, "shifts that cover these intervals")
