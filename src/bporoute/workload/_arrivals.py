"""What arrives when, for a simulation: from a log, from counts, from a forecast, or generated.

Time is cut into intervals, the same for all streams. A stream is contacts of one kind and how many of them
each interval expects. What a replication then meets is drawn from named streams of one seed, so that it is
the same for every policy. The contacts of a log come one by one as they are listed there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.clock import DAYS, HALF_HOUR, epoch_second, time_zone
from bporoute._base.fields import did_you_mean
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.errors import InputError, gathered, shown
from bporoute.workload._call_log import Call
from bporoute.workload._day_shape import MEASURED_DAY, DayShape
from bporoute.workload._random import generator
from bporoute.workload._resampling import SeenTimes
from bporoute.workload._streams import Span, Split, Stream, shares_of, spans_of, stream_name, streams_of
from bporoute.workload._volumes import Volumes

DAY_CV = 0.06
"""Coefficient of variation of a day's factor, measured.

Calls of a large North American bank, 121 weekdays of 2003 in half hours of 1,158 calls on average, around the
mean of weekday and time of day, Poisson noise removed by the method of moments: 5.96 % is common to all
intervals of a day (4.7 to 7.1 % by weekday), 4.05 % an interval's own; together 7.2 %. Compared with the two
weeks around a day, which leaves out the drift of the half year, 5.19 % and 3.60 %. Measured by
`benchmarks/arrival_cv.py`.
"""

INTERVAL_CV = 0.04
"""The same for an interval's own factor: 3.9 to 4.2 % for intervals of 5 to 60 minutes, 4.05 % for 30."""

MOST_CV = 10.0


class Listed(msgspec.Struct, frozen=True, eq=False):
    """Contacts that come one by one, in order of time.

    Attributes
    ----------
    time : array
        Epoch seconds.
    stream : array of int
        Place of each one's stream in `Arrivals.streams`.
    handle, patience : array
        Seconds; nan: to be drawn.
    seen : SeenTimes or None
        What handle times that are not known are drawn from first; those that have nothing there, and all
        with None, are drawn as the scenario says.
    """

    time: Floats
    stream: Integers
    handle: Floats
    patience: Floats
    seen: SeenTimes | None = None

    def handles(self, seed: int, replication: int) -> Floats:
        """Handle times in one replication, by `seed` and its number: known, or drawn from those seen."""
        if self.seen is None:
            return self.handle
        return np.where(np.isnan(self.handle), self.seen.drawn(seed, replication), self.handle)


NOBODY = Listed(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))


class Arrivals(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """What arrives when.

    Attributes
    ----------
    edges : array
        Epoch seconds between the I intervals, rising: I + 1 of them.
    streams : tuple of Stream
        With names of their own.
    exact : bool
        Whether the volumes are what comes, each interval's contacts spread uniformly over it; else they
        are the means of Poisson counts.
    day_cv, interval_cv : float
        Coefficients of variation, 0 to 10, of the gamma factors with mean 1 that the means are multiplied
        with: one per local day, common to all streams, and one per interval and stream. 0 where exact.
    timezone : str
        IANA name of the zone whose days have a factor each.
    listed : Listed
        Contacts that come one by one beside the volumes.

    Raises
    ------
    InputError
        If a field is outside its range.

    Examples
    --------
    >>> sales = Stream("sales", Contact("sales"), np.array([90.0, 110.5]))
    >>> arrivals = Arrivals(edges=np.array([0.0, 1800.0, 3600.0]), streams=(sales,), day_cv=0.06)
    >>> arrivals.expected
    200.5
    >>> bool((arrivals.realised(seed=1, replication=0) == arrivals.realised(seed=1, replication=0)).all())
    True
    """

    edges: Floats
    streams: tuple[Stream, ...]
    exact: bool = False
    day_cv: float = 0.0
    interval_cv: float = 0.0
    timezone: str = "UTC"
    listed: Listed = NOBODY

    def __post_init__(self) -> None:
        time_zone(self.timezone)
        edges = self.edges
        if (
            edges.ndim != 1
            or edges.size < 2
            or not np.isfinite(edges).all()
            or not (np.diff(edges) > 0).all()
        ):
            raise InputError(
                "edges", shown(edges.tolist()), "at least two epoch seconds, each after the last"
            )
        for name, value in (("day_cv", self.day_cv), ("interval_cv", self.interval_cv)):
            if not 0 <= value <= MOST_CV:
                raise InputError(name, shown(value), f"a number from 0 to {MOST_CV:g}")
            if value and self.exact:
                raise InputError(name, shown(value), "0 beside exact volumes")
        names: set[str] = set()
        for stream in self.streams:
            _check_stream(stream, edges.size - 1, names)
            names.add(stream.name)
        _check_listed(self.listed, edges, len(self.streams))

    @property
    def expected(self) -> float:
        """Contacts expected in all, the listed ones included."""
        return math.fsum(stream.volumes.sum() for stream in self.streams) + self.listed.time.size

    def realised(self, seed: int, replication: int) -> Floats:
        """What one replication meets: contacts per (stream, interval), the listed ones apart.

        Exact volumes stay; fractions are rounded at random so that every running total of a stream is less
        than one contact off. Else these are the means of Poisson counts, multiplied with their factors. The
        numbers of a stream depend on `seed`, `replication` and its name, not on other streams.
        """
        volumes = np.array([stream.volumes for stream in self.streams]).reshape(-1, self.edges.size - 1)
        if self.exact:
            for stream, own in zip(self.streams, volumes, strict=True):
                if (own % 1.0).any():
                    offset = generator(seed, "arrivals", replication, "rounding", stream.name).random()
                    # What was cut into pieces is whole again after the last one, but for rounding.
                    totals = np.round(np.cumsum(own), 9) + offset
                    own[:] = np.diff(np.floor(totals), prepend=0.0)
            return volumes
        if self.day_cv:
            days = self._day_of_interval
            factors = _gamma(generator(seed, "arrivals", replication, "days"), self.day_cv, int(days[-1]) + 1)
            volumes *= factors[days]
        if self.interval_cv:
            for stream, own in zip(self.streams, volumes, strict=True):
                chance = generator(seed, "arrivals", replication, "intervals", stream.name)
                own *= _gamma(chance, self.interval_cv, own.size)
        return volumes

    @cached_property
    def _day_of_interval(self) -> Integers:
        """Local days from that of the first interval's start to that of each."""
        zone = time_zone(self.timezone)
        days = [datetime.fromtimestamp(start, zone).toordinal() for start in self.edges[:-1].tolist()]
        return np.array(days, dtype=np.int64) - days[0]

    @staticmethod
    def of_log(calls: Sequence[Call], center: Center) -> Arrivals:
        """The `calls` of a log, one by one; a stream per language and contact type of the `center`.

        Known handle times stay. Patience is always to be drawn: known only of those who gave up, it would
        make the answered ones, who were more patient than most, too impatient. The intervals are
        half hours, from the first midnight to the last.

        Raises
        ------
        InputError
            There are no calls, or one has a contact type that the center does not know, or a number that
            cannot be.

        Examples
        --------
        >>> from bporoute.simulation import demo_center, demo_replay
        >>> arrivals = Arrivals.of_log(demo_replay(calls=1000).calls, demo_center())
        >>> [stream.name for stream in arrivals.streams], arrivals.expected
        (['service/en', 'service/sv', 'sales/en', 'sales/sv'], 1000.0)
        """
        if not calls:
            raise InputError("call log", "no calls", "at least one call")
        types = list(center.contact_types)
        _check_types(calls, types)
        for call in calls:
            if not math.isfinite(call.arrival):
                raise InputError(f"call {call.id}: arrival", shown(call.arrival), "epoch seconds")
            if call.handle < 0 or call.handle == math.inf:
                raise InputError(
                    f"call {call.id}: handle", shown(call.handle), "seconds of at least 0, or nan"
                )
        kinds = sorted(
            {(call.type, call.language) for call in calls}, key=lambda kind: (types.index(kind[0]), kind[1])
        )
        place = {kind: number for number, kind in enumerate(kinds)}
        in_order = sorted(calls, key=lambda call: call.arrival)
        first, last = (_local_day(call.arrival, center) for call in (in_order[0], in_order[-1]))
        days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
        midnights = sorted({_midnight(day, center) for day in days})  # one where a zone has skipped a day
        edges = np.unique([*np.arange(midnights[0], midnights[-1], HALF_HOUR), *midnights])
        contacts = [Contact(kind, language) for kind, language in kinds]
        return Arrivals(
            edges=edges,
            streams=tuple(Stream(stream_name(each), each, np.zeros(len(edges) - 1)) for each in contacts),
            exact=True,
            timezone=center.timezone,
            listed=Listed(
                time=np.array([call.arrival for call in in_order]),
                stream=np.array([place[call.type, call.language] for call in in_order], dtype=np.int64),
                handle=np.array([call.handle for call in in_order]),
                patience=np.full(len(in_order), math.nan),
            ),
        )

    @staticmethod
    def of_counts(
        volumes: Volumes, center: Center, *, split: Split | None = None, gaps_closed: bool = False
    ) -> Arrivals:
        """The contacts that were counted in intervals: exactly so many, spread uniformly over each.

        Parameters
        ----------
        volumes : Volumes
            Of a planner file (`bporoute.workload.read_volumes`), by queue, on the center's local clocks.
            Where the file names no queue, the center has just one. Its handle times are not used here.
        center : Center
            Whose queues these are.
        split : mapping, optional
            What the contacts of a queue are: queue -> contact type (or `Contact` of one) -> share. A queue
            that is not named is split evenly over its contact types.
        gaps_closed : bool
            Whether nothing arrives where a day of a queue has no row between others; else that is an error.

        Raises
        ------
        InputError
            A volume cannot be, two intervals of a queue overlap, a day has a gap, contacts are expected in
            an hour that spring skips, or the queues or shares do not fit the center.

        Examples
        --------
        >>> from bporoute import Center, ContactType, Queue
        >>> center = Center(queues={"desk": Queue(aht=240)}, timezone="Europe/Stockholm",
        ...                 contact_types={"call": ContactType(queue="desk")})
        >>> counted = Volumes((datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, 30)), ("desk", "desk"),
        ...                   np.array([80.0, 95.0]), np.full(2, 240.0), np.full(2, 1800.0))
        >>> Arrivals.of_counts(counted, center).realised(seed=1, replication=0)
        array([[80., 95.]])
        """
        spans = spans_of(volumes, center, gaps_closed)
        edges, streams = streams_of(spans, shares_of(center, split), [])
        return Arrivals(edges=edges, streams=streams, exact=True, timezone=center.timezone)

    @staticmethod
    def of_forecast(
        volumes: Volumes,
        center: Center,
        *,
        split: Split | None = None,
        gaps_closed: bool = False,
        day_cv: float = DAY_CV,
        interval_cv: float = INTERVAL_CV,
    ) -> Arrivals:
        """The contacts that a forecast expects: random, and more so than Poisson, as real ones are.

        Parameters
        ----------
        volumes, center, split, gaps_closed
            As in `of_counts`, and so are the errors.
        day_cv, interval_cv : float
            How far a day and an interval scatter around the forecast, coefficients of variation; 0 and 0:
            Poisson.
        """
        spans = spans_of(volumes, center, gaps_closed)
        edges, streams = streams_of(spans, shares_of(center, split), [])
        return Arrivals(
            edges=edges, streams=streams, day_cv=day_cv, interval_cv=interval_cv, timezone=center.timezone
        )

    @staticmethod
    def generated(
        center: Center,
        first_day: date,
        days: int = 1,
        *,
        shape: DayShape = MEASURED_DAY,
        scale: float = 1.0,
        closed: Collection[str] = (),
        split: Split | None = None,
        day_cv: float = DAY_CV,
        interval_cv: float = INTERVAL_CV,
    ) -> Arrivals:
        """Local days from nothing but the center: each queue has its rate, on average over `shape`.

        Parameters
        ----------
        center : Center
            Each of its queues with a `Queue.arrival_rate` has a stream for each of its contact types.
        first_day : date
            On the center's clocks.
        days : int
            How many, from 1 to 36,600.
        shape : DayShape
            How the rate goes over the day; ``DayShape(weights=(1,), minutes=1440)``: always the same.
        scale : float
            What the rates are multiplied with, above 0.
        closed : collection of str
            Days of the week on which nothing arrives, such as ``("sat", "sun")``.
        split, day_cv, interval_cv
            As in `of_counts` and `of_forecast`.

        Raises
        ------
        InputError
            An argument is outside its range, no queue has an arrival rate, or all days are closed.

        Examples
        --------
        >>> from bporoute.simulation import demo_center
        >>> week = Arrivals.generated(demo_center(), date(2026, 11, 23), days=7, closed=("sat", "sun"))
        >>> [stream.name for stream in week.streams], round(week.expected / (5 * 14 * 3600), 2)
        (['service', 'sales'], 0.36)
        """
        if not isinstance(days, int) or not 1 <= days <= 36_600:
            raise InputError("days", shown(days), "a whole number from 1 to 36600")
        if not 0 < scale < math.inf:
            raise InputError("scale", shown(scale), "a number above 0")
        for name in closed:
            if name not in DAYS:
                raise InputError("closed", shown(name), did_you_mean(str(name), list(DAYS)))
        all_days = [first_day + timedelta(days=number) for number in range(days)]
        open_days = [day for day in all_days if DAYS[day.weekday()] not in closed]
        if not open_days:
            raise InputError("closed", shown(tuple(closed)), f"a day from {first_day} on that is open")
        rates = {name: queue.arrival_rate * scale for name, queue in center.queues.items()}
        if not any(rates.values()):
            raise InputError("center", "no queue with an arrival_rate", "at least one")
        of_rate_one = [span for day in open_days for span in _shaped(day, shape, center)]
        spans = {
            name: [(start, end, volume * rate) for start, end, volume in of_rate_one]
            for name, rate in rates.items()
            if rate
        }
        midnights = [_midnight(first_day, center), _midnight(all_days[-1] + timedelta(days=1), center)]
        edges, streams = streams_of(spans, shares_of(center, split), midnights)
        return Arrivals(
            edges=edges, streams=streams, day_cv=day_cv, interval_cv=interval_cv, timezone=center.timezone
        )


def _check_types(calls: Sequence[Call], types: list[str]) -> None:
    """Complain of each contact type that is not one of the center's, with its first call."""
    unknown = Counter(call.type for call in calls if call.type not in types)
    first = {call.type: call.id for call in reversed(calls) if call.type in unknown}
    complaints = [
        InputError(
            f"call {first[kind]}: type", f"{shown(kind)} ({counted(many, 'call')})", did_you_mean(kind, types)
        )
        for kind, many in unknown.items()
    ]
    if complaints:
        raise gathered(complaints)


def _check_stream(stream: Stream, intervals: int, names: Collection[str]) -> None:
    where = f"stream {stream.name}"
    if stream.name in names:
        raise InputError(where, "a second stream of this name", "streams with names of their own")
    if stream.volumes.shape != (intervals,):
        found = f"volumes of shape {stream.volumes.shape}"
        raise InputError(where, found, f"one volume for each of {intervals} intervals")
    bad = np.flatnonzero(~((stream.volumes >= 0) & (stream.volumes < math.inf)))
    if bad.size:
        value = float(stream.volumes[bad[0]])
        raise InputError(f"{where}: volumes[{bad[0]}]", shown(value), "a number of at least 0")


def _check_listed(listed: Listed, edges: Floats, streams: int) -> None:
    time, stream = listed.time, listed.stream
    if not time.shape == stream.shape == listed.handle.shape == listed.patience.shape == (time.size,):
        raise InputError("listed", "arrays of different lengths", "one value per contact in each")
    if not time.size:
        return
    if not ((np.diff(time) >= 0).all() and edges[0] <= time[0] and time[-1] <= edges[-1]):
        raise InputError("listed.time", "times out of order or outside the edges", "epoch seconds in order")
    if stream.min() < 0 or stream.max() >= streams:
        raise InputError("listed.stream", f"{stream.min()} to {stream.max()}", f"places of {streams} streams")
    for name, seconds in (("handle", listed.handle), ("patience", listed.patience)):
        if (seconds < 0).any():
            raise InputError(f"listed.{name}", shown(float(np.nanmin(seconds))), "at least 0, or nan")


def _gamma(chance: np.random.Generator, cv: float, size: int) -> Floats:
    """Factors of mean 1."""
    return chance.gamma(1.0 / cv**2, cv**2, size)


def _local_day(second: float, center: Center) -> date:
    return datetime.fromtimestamp(second, center.zone).date()


def _midnight(day: date, center: Center) -> float:
    return epoch_second(datetime.combine(day, time()), center.zone)


def _shaped(day: date, shape: DayShape, center: Center) -> Iterable[Span]:
    """A day's intervals, with what a mean rate of 1 per second brings; none that spring skips."""
    start = datetime.combine(day, time()) + timedelta(minutes=shape.first_minute)
    walls = [start + timedelta(minutes=number * shape.minutes) for number in range(len(shape.weights) + 1)]
    seconds = [epoch_second(wall, center.zone) for wall in walls]
    for relative, (begin, end) in zip(shape.relative, pairwise(seconds), strict=True):
        if end > begin:
            yield begin, end, relative * (end - begin)
