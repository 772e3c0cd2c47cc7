"""How many in-house agents each queue has, and from when."""

from __future__ import annotations

import math
import os
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from operator import itemgetter
from types import MappingProxyType
from zoneinfo import ZoneInfo

import msgspec

from bporoute._base.clock import HALF_HOUR, epoch_second, time_zone
from bporoute._base.csv_table import (
    day,
    find_columns,
    interval_start,
    number,
    read_table,
)
from bporoute._base.named_rows import NamedRows
from bporoute._base.ranges import MOST_AGENTS
from bporoute.center._log_format import LogFormat
from bporoute.center._schedule import parsed, steps_on
from bporoute.errors import InputError, shown
from bporoute.workload._volumes import ONLY_QUEUE

Step = tuple[float, int]
WallStep = tuple[datetime, int]

_OF_A_PLAN = ("required", "scheduled")
"""Columns by which a staffing plan is told from a schedule."""
_AGENTS_EXPECTED = f"a number of agents from 0 to {MOST_AGENTS}"


class Schedule(msgspec.Struct, frozen=True):
    """Agents of each queue over time.

    Attributes
    ----------
    steps_by_queue : dict
        Queue -> steps (seconds since 1970 UTC, agents from then on), in order of time; at most 100,000
        agents.
    repairs : tuple of str
        What was mended in the file that the schedule comes from, as sentences.

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
    repairs: tuple[str, ...] = ()

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
    path: str | os.PathLike[str],
    format: LogFormat,
    timezone: str,
    queues: tuple[str, ...],
) -> Schedule:
    r"""Read the agents of each interval of each day.

    The columns are ``date`` (ISO), ``interval`` (its start, ``HH:MM`` or ``HH:MM:SS``, or the number of
    the half hour, 0 to 47), ``agents`` (rounded to whole ones, half up) and ``queue``, which may be
    missing if there is just one. A plan that ``bporoute staff --out`` wrote is such a file, too: those who
    work are the agents that it requires. An interval lasts until the next one of its queue, but no longer
    than the smallest distance between two in the file (30 minutes if there are no two); then, and for a
    queue without rows, there are 0 agents. In the hour that autumn repeats, the agents of its end stay.

    Parameters
    ----------
    path : path
        CSV file, one row per interval and queue, in any order.
    format : LogFormat
        Which column is what (`LogFormat.agents_columns`), and whether to mend the file.
    timezone : str
        IANA name of the time zone of the dates and intervals.
    queues : tuple of str
        The queues of the center.

    Raises
    ------
    InputError
        The file or a row of it cannot be used; queues that are not known are all told at once.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "agents.csv")
    ...     _ = path.write_text("date,interval,agents\n1970-01-01,09:00,11.5\n1970-01-01,09:15,14\n")
    ...     read_schedule(path, LogFormat(), "UTC", ("sales",)).steps("sales")
    ((32400.0, 12), (33300.0, 14), (34200.0, 0))
    """
    zone = time_zone(timezone)
    table = read_table(path, repair=format.repair, delimiter=format.delimiter)
    only_queue = queues[0] if len(queues) == 1 else ""
    columns = find_columns(
        table,
        _mapping(format, table.header),
        required=("date", "interval", "agents") if only_queue else ("date", "interval", "agents", "queue"),
        optional=("queue",) if only_queue else (),
        setting="[log] agents_columns",
    )

    agents: dict[str, dict[datetime, int]] = {queue: {} for queue in queues}
    named = NamedRows(table, columns.get("queue", "queue"))
    for row in table.rows():
        cells = {ours: row.cells[theirs] for ours, theirs in columns.items()}
        queue = cells.get("queue", only_queue)
        queue = only_queue if only_queue and queue == ONLY_QUEUE else queue
        try:
            start = datetime.combine(
                day(cells["date"], columns["date"]), interval_start(cells["interval"], columns["interval"])
            )
            of_queue = agents.get(queue, {})
            if start in of_queue:
                found = f"a second row for {start:%Y-%m-%d %H:%M:%S} of {queue}"
                raise InputError(f"column {columns['interval']}", found, "one row per interval and queue")
            count = number(cells["agents"], columns["agents"], _AGENTS_EXPECTED, highest=MOST_AGENTS)
        except InputError as error:
            raise error.under(f"{table.line(row.line)}, ") from None
        named.see(queue, row.line)
        of_queue[start] = math.floor(count + 0.5)
    named.check(queues)

    intervals = {queue: sorted(by_start.items()) for queue, by_start in agents.items()}
    length = min(
        (later - start for listed in intervals.values() for (start, _), (later, _) in pairwise(listed)),
        default=timedelta(seconds=HALF_HOUR),
    )
    return Schedule(
        {queue: _in_epoch_seconds(_with_gaps(listed, length), zone) for queue, listed in intervals.items()},
        table.repairs,
    )


def _mapping(format: LogFormat, header: Collection[str]) -> Mapping[str, str]:
    """What the file calls each column; in a staffing plan the agents are those required."""
    of_plan = "agents" not in header and set(_OF_A_PLAN) <= set(header)
    return {"agents": _OF_A_PLAN[0], **format.agents_columns} if of_plan else format.agents_columns


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


def _with_gaps(intervals: Iterable[WallStep], length: timedelta) -> list[WallStep]:
    """Add the steps to 0 agents, where the next interval does not start right at the end of one."""
    ends = {start + length: 0 for start, _ in intervals}
    return sorted({**ends, **dict(intervals)}.items())


def _in_epoch_seconds(wall_steps: Iterable[WallStep], zone: ZoneInfo) -> tuple[Step, ...]:
    """The same steps on the epoch's time scale; `wall_steps` are in the order of the local clocks."""
    # Steps that spring skips all fall on the end of the skipped time, where the last one holds.
    return tuple({epoch_second(wall, zone): agents for wall, agents in wall_steps}.items())
