"""A history as a table of days and intervals, with its holes filled or named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.words import counted
from bporoute.errors import InputError
from bporoute.workload._forecasting._calendar import WEEKDAYS, Calendar
from bporoute.workload._forecasting._origins import LEAST_WEEKS, WEEK
from bporoute.workload._volumes import Volumes

MOSTLY = 0.5
"""Share of its dates from which on a day of the week is open, and of its days an interval."""
ENOUGH = 0.5
"""Share of a day's usual contacts that must be told of for the rest to be filled in."""
SURELY = 10.0
"""Contacts usual in an interval where none at all are a fault and no chance: e^-10."""
RECENT_WEEKS = 8
"""Of which opening hours are taken to go on."""
MOST_NAMED = 8
_DAY = 86_400


class Panel(msgspec.Struct, frozen=True, eq=False):
    """The history of a queue: a row for each day with contacts, a column for each interval of a day.

    Attributes
    ----------
    queue : str
        Whose it is.
    days : array of int
        Ordinals of the days, rising.
    slots : array of int
        Seconds from midnight, by the clocks, at which the intervals start, rising.
    seconds : array
        How long each is.
    counts : array
        Contacts of (day, interval); holes are filled.
    work, handled : array
        Handle seconds of (day, interval), and of how many contacts; 0: unknown.
    opened : array of bool
        (day of the week, interval): which there are in the days to come.
    calendar : Calendar
        Which days are open.
    notes : tuple of str
        What was filled in, left out or looks odd.
    """

    queue: str
    days: Integers
    slots: Integers
    seconds: Floats
    counts: Floats
    work: Floats
    handled: Floats
    opened: Flags
    calendar: Calendar
    notes: tuple[str, ...] = ()

    @property
    def weekdays(self) -> Integers:
        """Of each day, Monday 0."""
        return weekdays_of(self.days)

    @property
    def totals(self) -> Floats:
        """Contacts of each day."""
        totals: Floats = self.counts.sum(axis=1)
        return totals

    @property
    def features(self) -> Floats:
        """What each day is (see `Calendar.features`)."""
        return self.calendar.features([date.fromordinal(day) for day in self.days.tolist()])


def weekdays_of(days: Integers) -> Integers:
    """The day of the week of ordinals, Monday 0."""
    return (days + 6) % WEEK


def panel_of(
    history: Volumes,
    queue: str,
    closed: Collection[date],
    holidays: Collection[date],
    minutes: float | None,
) -> Panel:
    """The history of a queue, checked.

    Parameters
    ----------
    history : Volumes
        What came.
    queue : str
        One of its queues.
    closed, holidays : collection of date
        Days that need no rows. A holiday that has some is open, and other than other days.
    minutes : float, optional
        Length of the intervals into which those of the history are put together.

    Raises
    ------
    InputError
        It is too short, open days have no rows, or intervals change their length.
    """
    days, slots, seconds, cells = _cells(history, queue, minutes)
    notes: list[str] = []
    _refuse_short(queue, days)
    counts, work, handled = cells
    usual_total = float(np.median(np.nansum(counts, axis=1)))
    silent = np.nansum(counts, axis=1) == 0
    if usual_total >= SURELY and silent.any():
        days, counts, work, handled = days[~silent], counts[~silent], work[~silent], handled[~silent]
    weekdays = weekdays_of(days)
    opened_on = _open_weekdays(days)
    rare = ~np.isin(weekdays, list(opened_on))
    if rare.any():
        told = _named(days[rare])
        notes.append(f"{queue}: {told} left out, as such days of the week are mostly closed")
        days, counts, work, handled = days[~rare], counts[~rare], work[~rare], handled[~rare]
        weekdays = weekdays_of(days)
    there = set(days.tolist())
    span = range(int(days[0]), int(days[-1]) + 1)
    missing = [day for day in span if int(weekdays_of(np.array(day))) in opened_on and day not in there]
    unexplained = [day for day in missing if date.fromordinal(day) not in {*closed, *holidays}]
    if unexplained:
        raise _unexplained(queue, unexplained, known=bool(holidays))
    events = {
        "public holiday that is open": frozenset(
            day for day in holidays if day.toordinal() in there and day.weekday() in opened_on
        )
    }
    calendar = Calendar(
        frozenset(opened_on),
        frozenset({*closed, *map(date.fromordinal, missing)}),
        {name: those for name, those in events.items() if those},
    )
    opened = _opened(days, weekdays, counts)
    filled, whole = _fill(queue, days, weekdays, counts, opened, notes)
    return Panel(
        queue=queue,
        days=days[whole],
        slots=slots,
        seconds=seconds,
        counts=filled[whole],
        work=np.nan_to_num(work[whole]),
        handled=np.nan_to_num(handled[whole]),
        opened=opened,
        calendar=calendar,
        notes=tuple(notes),
    )


def _cells(
    history: Volumes, queue: str, minutes: float | None
) -> tuple[Integers, Integers, Floats, tuple[Floats, Floats, Floats]]:
    """Days, starts and lengths of intervals; contacts, handle seconds and handled by both, nan: no row."""
    mine = np.array([place for place, name in enumerate(history.queues) if name == queue])
    starts = [history.starts[place] for place in mine]
    ordinals = np.array([start.toordinal() for start in starts])
    clock = np.array([start.hour * 3600 + start.minute * 60 + start.second for start in starts])
    volume, aht, seconds = history.volume[mine], history.aht[mine], history.seconds[mine]
    days, day = np.unique(ordinals, return_inverse=True)
    slots, slot = np.unique(clock, return_inverse=True)
    lengths = np.zeros(slots.size)
    np.maximum.at(lengths, slot, seconds)
    if changed := np.flatnonzero(seconds != lengths[slot]).tolist():
        start = starts[changed[0]]
        found = f"intervals of {seconds[changed[0]] / 60:g} and of {lengths[slot[changed[0]]] / 60:g} minutes"
        raise InputError(f"{queue} at {start:%Y-%m-%d %H:%M}", found, "one length at each time of day")
    shape = (days.size, slots.size)
    passes, counts, work, handled = (np.zeros(shape) for _ in range(4))
    np.add.at(passes, (day, slot), 1.0)
    np.add.at(counts, (day, slot), volume)
    known = ~np.isnan(aht)
    np.add.at(handled, (day[known], slot[known]), volume[known])
    np.add.at(work, (day[known], slot[known]), (volume * aht)[known])
    # An hour that autumn repeats is there twice, and counts as one of its kind.
    with np.errstate(invalid="ignore"):
        counts, work, handled = counts / passes, work / passes, handled / passes
    if minutes is not None:
        slots, lengths, (counts, work, handled) = _together(
            queue, slots, lengths, (counts, work, handled), minutes
        )
    return days, slots, lengths, (counts, work, handled)


def _together(
    queue: str, slots: Integers, lengths: Floats, cells: Sequence[Floats], minutes: float
) -> tuple[Integers, Floats, tuple[Floats, Floats, Floats]]:
    """The same in longer intervals; one of which some part is missing is missing."""
    length = round(60 * minutes)
    if length < 1 or _DAY % length or (length % lengths).any() or ((slots % length) + lengths > length).any():
        told = " or ".join(f"{each / 60:g}" for each in np.unique(lengths))
        found = f"{minutes:g} minutes for intervals of {told} minutes of {queue}"
        raise InputError("minutes", found, "a multiple of them that divides the day")
    longer, place = np.unique(slots // length, return_inverse=True)
    summed = []
    for cell in cells:
        whole = np.zeros((len(cell), longer.size))
        np.add.at(whole.T, place, cell.T)
        summed.append(whole)
    counts, work, handled = summed
    return longer * length, np.full(longer.size, float(length)), (counts, work, handled)


def _refuse_short(queue: str, days: Integers) -> None:
    span = int(days[-1] - days[0]) + 1
    if span < WEEK * LEAST_WEEKS:
        first, last = date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))
        found = f"{counted(span, 'day')} of history, {first} to {last}"
        raise InputError(queue, found, f"at least {WEEK * LEAST_WEEKS} days: three of each day of the week")


def _open_weekdays(days: Integers) -> set[int]:
    """The days of the week that mostly have contacts."""
    span = np.arange(int(days[0]), int(days[-1]) + 1)
    all_dates = np.bincount(weekdays_of(span), minlength=WEEKDAYS)
    seen = np.bincount(weekdays_of(days), minlength=WEEKDAYS)
    return {day for day in range(WEEKDAYS) if seen[day] and seen[day] >= MOSTLY * all_dates[day]}


def _unexplained(queue: str, missing: Sequence[int], *, known: bool) -> InputError:
    """Open days without rows; `known`: holidays are."""
    days = [date.fromordinal(day) for day in missing]
    found = f"no contacts on {_named(np.array(missing))}, open by the day of the week"
    options = ",".join(map(str, days[:MOST_NAMED])) + (",..." if len(days) > MOST_NAMED else "")
    expected = f"their rows; or --closed {options} if nobody worked" + (
        "" if known else "; or --holidays COUNTRY"
    )
    return InputError(f"{queue}: history", found, expected)


def _named(days: Integers) -> str:
    told = [f"{date.fromordinal(day):%a %Y-%m-%d}" for day in days.tolist()]
    more = len(told) - MOST_NAMED
    return ", ".join(told[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _opened(days: Integers, weekdays: Integers, counts: Floats) -> Flags:
    """Which intervals a day of the week has, by the last weeks."""
    opened = np.zeros((WEEKDAYS, counts.shape[1]), dtype=bool)
    for weekday in range(WEEKDAYS):
        mine = np.flatnonzero(weekdays == weekday)[-RECENT_WEEKS:]
        if mine.size:
            opened[weekday] = (~np.isnan(counts[mine])).mean(axis=0) >= MOSTLY
    return opened


def _fill(
    queue: str, days: Integers, weekdays: Integers, counts: Floats, opened: Flags, notes: list[str]
) -> tuple[Floats, Flags]:
    """Contacts of all cells, and which days tell enough of themselves."""
    filled = counts.copy()
    holes, zeros, left_out = 0, [], []
    for weekday in range(WEEKDAYS):
        mine = np.flatnonzero(weekdays == weekday)
        if not mine.size:
            continue
        own = filled[mine]
        own[:, ~opened[weekday] & np.isnan(own).any(axis=0)] = np.nan
        seen = ~np.isnan(own)
        usual = np.array(
            [
                np.median(column[told]) if told.any() else 0.0
                for column, told in zip(own.T, seen.T, strict=True)
            ]
        )
        silent = seen & (own == 0) & (usual >= SURELY)
        zeros += [(int(days[mine[row]]), int(column)) for row, column in np.argwhere(silent)]
        seen &= ~silent
        shares = np.where(opened[weekday] | seen.any(axis=0), usual, 0.0)
        shares = shares / max(shares.sum(), 1e-300)
        told_share = (seen * shares).sum(axis=1)
        holes += int((~seen[:, opened[weekday]]).sum() - silent.sum())
        total = np.where(seen, own, 0.0).sum(axis=1) / np.maximum(told_share, 1e-9)
        filled[mine] = np.where(seen, own, total[:, None] * shares * opened[weekday])
        left_out += mine[told_share < ENOUGH].tolist()
    if zeros:
        first = min(zeros)[0]
        notes.append(
            f"{queue}: no contacts at all in {counted(len(zeros), 'open interval')}, the first on "
            f"{date.fromordinal(first):%a %Y-%m-%d}; taken for faults and filled in"
        )
    if holes > 0:
        notes.append(f"{queue}: {counted(holes, 'missing interval')} of open days filled in")
    whole = np.ones(days.size, dtype=bool)
    whole[left_out] = False
    if left_out:
        notes.append(f"{queue}: {_named(days[~whole])} left out, as most of the day is missing")
    return filled, whole
