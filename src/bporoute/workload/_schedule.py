"""How many in-house agents each queue has, and from when."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from operator import itemgetter
from types import MappingProxyType
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.clock import HALF_HOUR, epoch_second, passed_seconds, time_zone
from bporoute._base.ranges import MOST_AGENTS
from bporoute.center._log_format import LogFormat
from bporoute.center._schedule import parsed, steps_on
from bporoute.errors import InputError, shown
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._reading._intervals import read_intervals, told_apart
from bporoute.workload._reading._open import open_table
from bporoute.workload._reading._sources import Source
from bporoute.workload._reading._table import check_names, taken
from bporoute.workload._volumes import ONLY_QUEUE

Step = tuple[float, int]
WallStep = tuple[datetime, int]
ToldStep = tuple[datetime, int, float]

_AGENTS_EXPECTED = f"a number of agents from 0 to {MOST_AGENTS}"


class Schedule(msgspec.Struct, frozen=True):
    """Agents of each queue over time.

    Attributes
    ----------
    steps_by_queue : dict
        Queue -> steps (seconds since 1970 UTC, agents from then on), in order of time; at most 100,000
        agents.
    taken : tuple of str
        What was taken for what in the file that the schedule comes from, in a few words each.
    bad : tuple of BadRow
        Rows of it that could not be used and were left out.

    Raises
    ------
    InputError
        A number of agents is out of range.

    Examples
    --------
    >>> schedule = Schedule({"sales": ((1000.0, 5), (2800.0, 0))})
    >>> [schedule.agents_at("sales", now) for now in (999.9, 1000.0, 2800.0)]
    [0, 5, 0]
    """

    steps_by_queue: dict[str, tuple[Step, ...]]
    taken: tuple[str, ...] = ()
    bad: tuple[BadRow, ...] = ()

    def __post_init__(self) -> None:
        for queue, steps in self.steps_by_queue.items():
            for place, (_, agents) in enumerate(steps):
                if not 0 <= agents <= MOST_AGENTS:
                    raise InputError(f"schedule.{queue}[{place}]", shown(agents), _AGENTS_EXPECTED)

    def steps(self, queue: str) -> tuple[Step, ...]:
        """Steps of `queue`; `KeyError` if the schedule was made without it."""
        return self.steps_by_queue[queue]

    def agents_at(self, queue: str, now: float) -> int:
        """Agents of `queue` at the epoch second `now`; 0 before the first step."""
        steps = self.steps(queue)
        passed = bisect_right(steps, now, key=itemgetter(0))
        return steps[passed - 1][1] if passed else 0


def read_schedule(
    source: Source,
    log_format: LogFormat,
    timezone: str,
    queues: tuple[str, ...],
    format: FileFormat | None = None,
) -> Schedule:
    r"""Read the agents of each interval of each day.

    It tells of every interval when it starts, ``agents`` (rounded to whole ones, half up) and ``queue``,
    which may be missing if there is just one. A plan that ``bporoute staff --out`` wrote is such a file, too:
    those who work are the agents that it requires. An interval lasts until the next one of its queue, but no
    longer than the file says, or than the smallest distance between two in it (30 minutes if there are no
    two); then, and for a queue without rows, there are 0 agents. In the hour that autumn repeats, the agents
    of its end stay, unless it has rows twice.

    Parameters
    ----------
    source : path, open file, frame or mapping
        One row per interval and queue, in any order, or times or days across; as `read_volumes`.
    log_format : LogFormat
        Which column is what (`LogFormat.agents_columns`).
    timezone : str
        IANA name of the time zone of the dates and intervals.
    queues : tuple of str
        The queues of the center.
    format : FileFormat, optional
        What the file does not tell by itself; its columns are those of `log_format`.

    Raises
    ------
    InputError
        The file or rows of it cannot be used; queues that are not known are all told at once.

    Examples
    --------
    >>> agents = {"date": ["1970-01-01"] * 2, "interval": ["09:00", "09:15"], "agents": [11.5, 14]}
    >>> read_schedule(agents, LogFormat(), "UTC", ("sales",)).steps("sales")
    ((32400.0, 12), (33300.0, 14), (34200.0, 0))
    """
    zone = time_zone(timezone)
    said = FileFormat() if format is None else format
    said = msgspec.structs.replace(
        said, columns=log_format.agents_columns, timezone=timezone, time_format="", first_day=None
    )
    table = open_table(source, "agents", said, "[log] agents_columns")
    only_queue = queues[0] if len(queues) == 1 else ""
    if not only_queue and not table.has("queue"):
        raise table.missing("queue")
    intervals = read_intervals(table)
    told = table.texts("queue") if table.has("queue") else [only_queue] * len(table)
    if only_queue:
        told = [only_queue if queue == ONLY_QUEUE else queue for queue in told]
    intervals = told_apart(table, intervals, told)
    counts = table.numbers("agents", _AGENTS_EXPECTED, highest=MOST_AGENTS, needed=not said.empty)
    good, bad = table.settle()
    good &= ~np.isnan(counts)
    rows = np.flatnonzero(good).tolist()
    check_names(table, "queue", [(told[row], row) for row in rows], queues)
    listed: dict[str, list[ToldStep]] = {queue: [] for queue in queues}
    for row in rows:
        agents = math.floor(float(counts[row]) + 0.5)
        listed[told[row]].append((intervals.start(row), agents, float(intervals.length[row])))
    for queue, steps in listed.items():
        passed = passed_seconds([start for start, _, _ in steps])
        listed[queue] = [steps[place] for place in sorted(range(len(steps)), key=passed.__getitem__)]
    length = min(
        (_apart(before[0], after[0], zone) for steps in listed.values() for before, after in pairwise(steps)),
        default=timedelta(seconds=HALF_HOUR),
    )
    return Schedule(
        {queue: _with_gaps(steps, length, zone) for queue, steps in listed.items()},
        taken(table),
        bad,
    )


def daily_schedule(
    steps_by_queue: Mapping[str, Mapping[str, int]],
    timezone: str,
    first: date,
    last: date,
    holidays: Mapping[str, Collection[date]] = MappingProxyType({}),
) -> Schedule:
    """Lay the steps of a day, a weekday or a date out from `first` to `last`, by local time; then nobody.

    Parameters
    ----------
    steps_by_queue : mapping
        Queue -> time of day ``HH:MM`` -> agents from then until the next step or midnight; before it may
        stand days, as in ``mon-fri HH:MM``, or a date, see `Queue.schedule`. From midnight to the first
        step there are none.
    timezone : str
        IANA name of the time zone of the steps.
    first, last : date
        First and last day.
    holidays : mapping
        Queue -> days without agents, unless a step names the date.

    Raises
    ------
    InputError
        A time of day, a number of agents, the time zone or the order of the days is wrong; the first two
        with their place, ``queue.time``.

    Examples
    --------
    >>> day = date(1970, 1, 1)
    >>> daily_schedule({"sales": {"09:00": 12, "18:00": 0}}, "UTC", day, day).steps("sales")
    ((0.0, 0), (32400.0, 12), (64800.0, 0), (86400.0, 0))
    >>> daily_schedule({"sales": {"mon-wed 09:00": 12}}, "UTC", day, day).steps("sales")  # a Thursday
    ((0.0, 0), (86400.0, 0))
    """
    zone = time_zone(timezone)
    if last < first:
        raise InputError("last", str(last), f"a day that is not before the first, {first}")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    end: WallStep = (datetime.combine(last, time()) + timedelta(days=1), 0)
    steps = {}
    for queue, agents_by_clock in steps_by_queue.items():
        checked, closed = _checked(queue, agents_by_clock), holidays.get(queue, ())
        listed = [
            (datetime.combine(day, time(*divmod(minute, 60))), agents)
            for day in days
            for minute, agents in steps_on(checked, day, closed)
        ]
        steps[queue] = _in_epoch_seconds([*listed, end], zone)
    return Schedule(steps)


def _checked(queue: str, agents_by_clock: Mapping[str, int]) -> dict[str, int]:
    """The steps of a queue in order."""
    for clock, agents in agents_by_clock.items():
        try:
            parsed(((clock, agents),))
        except InputError as complaint:
            raise InputError(f"{queue}.{clock}", complaint.found, complaint.expected) from None
        if not 0 <= agents <= MOST_AGENTS:
            raise InputError(f"{queue}.{clock}", shown(agents), _AGENTS_EXPECTED)
    in_order = dict(sorted(agents_by_clock.items()))
    try:
        parsed(tuple(in_order.items()))
    except InputError as complaint:
        raise InputError(queue, complaint.found, complaint.expected) from None
    return in_order


def _apart(before: datetime, after: datetime, zone: ZoneInfo) -> timedelta:
    """How far two starts are apart: by the clocks, and as time passes where an hour is told twice."""
    if not before.fold and not after.fold:
        return after - before
    return after.replace(tzinfo=zone).astimezone(UTC) - before.replace(tzinfo=zone).astimezone(UTC)


def _with_gaps(intervals: Sequence[ToldStep], length: timedelta, zone: ZoneInfo) -> tuple[Step, ...]:
    """Steps in epoch seconds, with 0 agents where the next interval does not start at the end of one."""
    twice = {start.replace(fold=0) for start, _, _ in intervals if start.fold}
    begins: dict[float, int] = {}
    ends: dict[float, int] = {}
    for start, agents, told in intervals:
        lasts = timedelta(seconds=told) if told == told else length
        if start in twice:  # in an hour that is told twice, seconds are counted as they pass
            begin = start.replace(tzinfo=zone).timestamp()
            end = begin + lasts.total_seconds()
        else:
            # Steps that spring skips all fall on the end of the skipped time, where the last one holds.
            begin, end = epoch_second(start, zone), epoch_second(start + lasts, zone)
        if begin == end:
            continue
        begins[begin] = agents
        ends[end] = 0
    return tuple(sorted({**ends, **begins}.items()))


def _in_epoch_seconds(wall_steps: Iterable[WallStep], zone: ZoneInfo) -> tuple[Step, ...]:
    """The same steps on the epoch's time scale; `wall_steps` are in the order of the local clocks."""
    # Steps that spring skips all fall on the end of the skipped time, where the last one holds.
    return tuple({epoch_second(wall, zone): agents for wall, agents in wall_steps}.items())
