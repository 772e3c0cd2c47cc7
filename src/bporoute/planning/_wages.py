"""What the agents of a plan are paid: an hour's wage, and more at night, on Sundays or holidays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import is_open, opening_hours
from bporoute._base.ranges import MOST, Range
from bporoute.errors import InputError
from bporoute.workload._volumes import Volumes

WAGE = Range(0.0, MOST, above=True)
PREMIUM = Range(0.0, 10.0, above=True)
MINUTE = timedelta(minutes=1)


class Premium(msgspec.Struct, frozen=True):
    """What is paid beyond the wage at certain hours or on certain days.

    Attributes
    ----------
    share : float
        Of the wage, above 0 and at most 10; 0.25: a quarter more.
    hours : tuple of str
        Windows on the local clock, such as ``"daily 22:00-06:00"`` or ``"sun 00:00-24:00"``.
    days : frozenset of date
        Whole days beside them.

    Raises
    ------
    InputError
        The share is out of range, hours cannot be read, or there are neither hours nor days.

    Examples
    --------
    >>> night = Premium(0.25, hours=("daily 22:00-06:00",))
    >>> [night.holds(datetime(2026, 11, 23, hour)) for hour in (5, 6, 22)]
    [True, False, True]
    """

    share: float
    hours: tuple[str, ...] = ()
    days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        PREMIUM.check("share", self.share)
        opening_hours(self.hours)
        if not (self.hours or self.days):
            raise InputError("hours", "neither hours nor days", "hours such as 'daily 22:00-06:00', or days")

    def holds(self, local: datetime) -> bool:
        """Whether it is paid at a time of the local clock, `local`."""
        return local.date() in self.days or (bool(self.hours) and is_open(opening_hours(self.hours), local))


class Wages(msgspec.Struct, frozen=True):
    """What an hour of an agent costs.

    Attributes
    ----------
    per_hour : float
        Money, above 0, of an hour that is scheduled.
    currency : str
        Its code, or empty.
    premiums : tuple of Premium
        Those that hold at the same time add up.

    Raises
    ------
    InputError
        The wage is out of range.

    Examples
    --------
    >>> holiday = Premium(1.0, days=frozenset({date(2026, 12, 25)}))
    >>> wages = Wages(30.0, "EUR", (Premium(0.25, hours=("daily 20:00-06:00",)), holiday))
    >>> wages.factor(datetime(2026, 12, 25, 19, 30), 3600.0)  # half an hour of it after 20:00
    2.125
    """

    per_hour: float
    currency: str = ""
    premiums: tuple[Premium, ...] = ()

    def __post_init__(self) -> None:
        WAGE.check("per_hour", self.per_hour)

    def factor(self, start: datetime, seconds: float) -> float:
        """How many times the wage is paid on average from `start` on for so many `seconds`, by minutes."""
        if not self.premiums:
            return 1.0
        minutes = max(round(seconds / 60.0), 1)
        times = [start + place * MINUTE for place in range(minutes)]
        extra = sum(each.share for each in self.premiums for time in times if each.holds(time))
        return 1.0 + extra / minutes


def wages_paid(volumes: Volumes, agents: Sequence[float] | Floats | Integers, wages: Wages) -> Floats:
    """Money of each interval of `volumes`, in which so many `agents` are paid by these `wages`.

    Examples
    --------
    >>> nine = datetime(2026, 11, 23, 9)
    >>> volumes = Volumes((nine,), ("sales",), np.array([99.0]), np.array([180.0]), np.array([1800.0]))
    >>> wages_paid(volumes, [14], Wages(28.0, "EUR"))
    array([196.])
    """
    seconds = volumes.seconds.tolist()
    known: dict[tuple[datetime, float], float] = {}
    for start, length in zip(volumes.starts, seconds, strict=True):
        if (start, length) not in known:  # the same for all queues
            known[start, length] = wages.factor(start, length)
    factors = np.array([known[key] for key in zip(volumes.starts, seconds, strict=True)])
    money: Floats = np.asarray(agents, dtype=np.float64) * volumes.seconds / 3600.0 * factors * wages.per_hour
    return money
