"""The intervals of a queue on the clock of a week: which slot each lies in, and which are missing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.clock import DAYS, MINUTES_PER_DAY
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.errors import InputError
from bporoute.planning._opening import open_intervals
from bporoute.workload._volumes import Volumes

WEEK = 7


class Week(msgspec.Struct, frozen=True, eq=False):
    """A forecast of one queue by the slots of a week, from Monday 00:00 on.

    Attributes
    ----------
    minutes : int
        Of a slot.
    slot : array
        That of each interval.
    days : array
        How often each weekday is in the forecast, from Monday on.
    open : array
        Whether the queue takes contacts in each interval.
    """

    minutes: int
    slot: Integers
    days: Integers
    open: Flags

    @property
    def per_day(self) -> int:
        """Slots of a day."""
        return MINUTES_PER_DAY // self.minutes

    @property
    def taken(self) -> Flags:
        """Slots in which the queue takes contacts on some day."""
        return self.slots_of(self.open)

    @property
    def days_of_interval(self) -> Integers:
        """How often the weekday of each interval is in the forecast."""
        return self.days[self.slot // self.per_day]

    def mean(self, values: Floats) -> Floats:
        """The sum of the values of all intervals in each slot, in the mean over the days on which it is."""
        sums = np.bincount(self.slot, weights=values, minlength=WEEK * self.per_day)
        found: Floats = sums / np.repeat(np.maximum(self.days, 1), self.per_day)
        return found

    def by_interval(self, slots: Flags) -> Flags:
        """Of each interval whether its slot is one of some `slots`."""
        return slots[self.slot]

    def slots_of(self, intervals: Flags) -> Flags:
        """Slots in which some of the `intervals` lie."""
        found = np.zeros(WEEK * self.per_day, dtype=bool)
        found[self.slot[intervals]] = True
        return found


def week_of(volumes: Volumes, center: Center) -> Week:
    """Lay out the intervals of one queue by the slots of a week on the center's clock.

    Of an hour that autumn repeats both passes are in its slots; one that spring skips may be missing.

    Raises
    ------
    InputError
        Intervals differ in length or do not divide a day, or some are missing in which the queue is open.

    Examples
    --------
    >>> from bporoute import ContactType, Queue
    >>> center = Center(queues={"desk": Queue(aht=300, hours=("mon-fri 08:00-20:00",))},
    ...                 contact_types={"desk": ContactType(queue="desk")})
    >>> starts = tuple(datetime(2026, 11, 23 + day, hour) for day in range(5) for hour in range(8, 20))
    >>> found = week_of(
    ...     Volumes(starts, ("desk",) * 60, np.ones(60), np.full(60, 300.0), np.full(60, 3600.0)), center
    ... )
    >>> int(found.slot[0]), int(found.taken.sum()), found.days
    (8, 60, array([1, 1, 1, 1, 1, 1, 1]))
    """
    queue = volumes.queues[0]
    minutes = _length(volumes, queue)
    starts = volumes.starts
    slot = np.array(
        [start.weekday() * (MINUTES_PER_DAY // minutes) + _minute(start) // minutes for start in starts]
    )
    first, last = min(starts).date(), max(starts).date()
    last = max(last, first + timedelta(days=WEEK - 1))
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    _check_gaps(volumes, center, days, minutes)
    often = np.bincount([day.weekday() for day in days], minlength=WEEK)
    return Week(minutes, slot, often, open_intervals(center, volumes))


def _minute(start: datetime) -> int:
    return 60 * start.hour + start.minute


def _length(volumes: Volumes, queue: str) -> int:
    lengths = sorted({seconds / 60.0 for seconds in volumes.seconds.tolist()})
    if len(lengths) > 1:
        found = " and ".join(f"{minutes:g}" for minutes in lengths[:3])
        raise InputError(f"volumes of {queue}", f"intervals of {found} minutes", "intervals of one length")
    minutes = int(lengths[0])
    if minutes != lengths[0] or minutes < 1 or MINUTES_PER_DAY % minutes:
        expected = "intervals that divide a day, such as 15, 30 or 60 minutes"
        raise InputError(f"volumes of {queue}", f"intervals of {lengths[0]:g} minutes", expected)
    for start in volumes.starts:
        if _minute(start) % minutes or start.second or start.microsecond:
            expected = f"starts at whole intervals of {minutes} minutes from midnight on"
            raise InputError(f"volumes of {queue}", f"one that starts at {start:%H:%M:%S}", expected)
    return minutes


def _check_gaps(volumes: Volumes, center: Center, days: list[date], minutes: int) -> None:
    """Refuse a forecast without rows at times at which the queue is open."""
    queue, there = volumes.queues[0], {start.replace(fold=0) for start in volumes.starts}
    times = [time(*divmod(begin, 60)) for begin in range(0, MINUTES_PER_DAY, minutes)]
    walls = (datetime.combine(day, at) for day in days for at in times)
    missing = [wall for wall in walls if wall not in there and not _skipped(wall, center)]
    if not missing:
        return
    size = len(missing)
    absent = Volumes(
        tuple(missing), (queue,) * size, np.zeros(size), np.full(size, np.nan), np.full(size, 60.0 * minutes)
    )
    gaps = [wall for wall, is_open in zip(missing, open_intervals(center, absent), strict=True) if is_open]
    if gaps:
        first = gaps[0]
        raise InputError(
            f"volumes of {queue}",
            f"no rows for {counted(len(gaps), 'interval')} in which it is open, "
            f"the first on {DAYS[first.weekday()]} {first:%Y-%m-%d %H:%M}",
            f"rows with 0 where nobody comes, a whole week at least; or queues.{queue}.hours",
        )


def _skipped(wall: datetime, center: Center) -> bool:
    """Whether spring skips a time of the center's clock."""
    instant = wall.replace(tzinfo=center.zone).timestamp()
    return datetime.fromtimestamp(instant, center.zone).replace(tzinfo=None) != wall
