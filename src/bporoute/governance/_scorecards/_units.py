"""What a vendor did, day by day or month by month, in counts and sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._targets import DEFAULT_AIM, ServiceLevel, weighed
from bporoute.governance._scorecards._clustered import DAYS_PER_MONTH
from bporoute.governance._scorecards._periods import By, begin_of
from bporoute.governance._scorecards._totals import VendorTotals
from bporoute.governance._vendor_contacts import IN_HOUSE, VendorContacts

DAY = 86_400.0
REPEAT_DAYS = 7.0
"""Days within which another contact of a customer is a repeat, unless somebody says otherwise."""
NOT_LOST_EARLY = "answered_or_abandoned"
"""A counting by which only those who were answered, or are counted as abandoned, were offered."""
_EPOCH, _NO_TIME = date(1970, 1, 1), timedelta(0)
SUMS = (
    "offered",
    "answered",
    "abandoned",
    "answered_in_time",
    "abandoned_in_time",
    "abandoned_short",
    "untimed",
    "untimed_answered",
    "waited",
    "wait_known",
    "handle",
    "handled",
    "expected",
    "resolved",
    "judged",
    "repeated",
    "followed",
    "satisfaction",
    "rated",
    "good",
    "base",
)
"""What is counted of each unit.

Untimed are contacts of which nobody knows whether they were in time; handled those with a known handle
time, expected what the in-house team takes for them; judged those of which it is known whether they were
resolved, followed those after which a repeat would be seen, rated those of known satisfaction. Good and base
are what is in time and what counts for the service level, each contact by the counting of its own target.
"""


class Records(msgspec.Struct, frozen=True, eq=False):
    """What is known of a vendor, a value for each contact, or for each row of its totals.

    Attributes
    ----------
    vendor : str
        Whose they are.
    step : {"contact", "interval", "day", "month"}
        What each is.
    wall : array of float
        When each came or began, seconds since 1970 on the center's clock.
    sums : dict
        `SUMS` of each; NaN: not told.
    """

    vendor: str
    step: Literal["contact", "interval", "day", "month"]
    wall: Floats
    sums: dict[str, Floats]

    def units(self) -> Units:
        """Their days, or months where that is all that is told."""
        days = np.floor(self.wall / DAY).astype(np.int64)
        there, places = np.unique(days, return_inverse=True)
        return Units(
            self.vendor,
            "month" if self.step == "month" else "day",
            [_EPOCH + timedelta(days=day) for day in there.tolist()],
            {name: totals_by(places, values, there.size) for name, values in self.sums.items()},
        )


class Units(msgspec.Struct, frozen=True, eq=False):
    """A vendor's days or months, in order, without those of which nothing is told.

    Attributes
    ----------
    vendor : str
        Whose they are.
    step : {"day", "month"}
        What each is.
    days : list of date
        The day, or the first one of the month.
    sums : dict
        `SUMS` of each; NaN: not told.
    """

    vendor: str
    step: Literal["day", "month"]
    days: list[date]
    sums: dict[str, Floats]

    @property
    def days_each(self) -> float:
        """How many days one of them stands for."""
        return 1.0 if self.step == "day" else DAYS_PER_MONTH

    def of(self, places: Sequence[int]) -> Units:
        """Some of them."""
        days = [self.days[place] for place in places]
        return Units(
            self.vendor, self.step, days, {name: values[list(places)] for name, values in self.sums.items()}
        )

    def by(self, by: By) -> dict[date, list[int]]:
        """First day of a period -> the places of its units, in order."""
        found: dict[date, list[int]] = {}
        for place, day in enumerate(self.days):
            found.setdefault(begin_of(day, by), []).append(place)
        return found

    def total(self, name: str) -> float:
        """A sum over all; nan if it is not told of some."""
        return float(self.sums[name].sum())


def totals_by(places: Integers, values: Floats, size: int) -> Floats:
    """The sum of the values at each place."""
    return np.bincount(places, values, size).astype(np.float64)


def parts_of(sums: Mapping[str, Floats], counting: str) -> tuple[Floats, Floats]:
    """What counts for the service level and what counts at all, of each; NaN where a part is not told.

    Beside those of a `ServiceLevel` there is `NOT_LOST_EARLY`: of those answered or counted as abandoned.
    """

    def part(name: str) -> Floats:
        if name == "offered":
            return sums["offered"] - sums["untimed"]
        return sums["answered"] - sums["untimed_answered"] if name == "answered" else sums[name]

    if counting == NOT_LOST_EARLY:
        return sums["answered_in_time"], part("answered") + sums["abandoned"]
    return weighed(counting, part)  # type: ignore[arg-type]  # one of them


def records_of_totals(totals: VendorTotals) -> dict[str, Records]:
    """Totals of every vendor."""
    found = {}
    vendors = np.array(totals.vendors)
    for vendor in dict.fromkeys(totals.vendors):
        rows = np.flatnonzero(vendors == vendor)
        own = {name: values[rows] for name, values in totals.counts.items()}
        nothing, none = np.full(rows.size, np.nan), np.zeros(rows.size)
        judged = np.where(np.isnan(own["resolved"]), np.nan, own["answered"])
        found[vendor] = Records(
            vendor,
            totals.step,
            totals.starts[rows],
            {
                **{name: own[name] for name in SUMS if name in own},
                "waited": own["wait_total"],
                "wait_known": own["answered"],
                "handle": own["handle_total"],
                "handled": own["answered"],
                "judged": judged,
                **dict.fromkeys(("untimed", "untimed_answered"), none),
                **dict.fromkeys(("expected", "repeated", "followed", "satisfaction", "rated"), nothing),
                **dict.fromkeys(("good", "base"), nothing),
            },
        )
    return found


def records_of_contacts(
    contacts: VendorContacts, center: Center, aims: Mapping[str, ServiceLevel], repeat_days: float
) -> dict[str, Records]:
    """Contacts of every vendor, and of one's own agents.

    Parameters
    ----------
    contacts : VendorContacts
        At least one.
    center : Center
        Its clock says what a day is.
    aims : mapping
        Contact type -> within how many seconds it is to be answered, and what is a short abandonment.
    repeat_days : float
        Days within which another contact of the customer is a repeat.
    """
    sums = sums_of_contacts(contacts, center, aims, repeat_days)
    wall = local_seconds(contacts.starts, center.zone)
    vendors = np.array(contacts.vendors)
    found = {}
    for vendor in [*(name for name in center.vendors if name in contacts.vendors), IN_HOUSE]:
        rows = np.flatnonzero(vendors == vendor)
        if rows.size:
            own_sums = {name: values[rows] for name, values in sums.items()}
            found[vendor] = Records(vendor, "contact", wall[rows], own_sums)
    return found


def aims_of(
    contacts: VendorContacts, center: Center, target: ServiceLevel | None = None
) -> dict[str, ServiceLevel]:
    """Contact type -> the `target`, by default that of its queue, of a type nobody knows the usual one."""
    kinds = center.contact_types
    return {
        kind: target or (center.aims[kinds[kind].queue] if kind in kinds else DEFAULT_AIM)
        for kind in dict.fromkeys(contacts.contact_types)
    }


def sums_of_contacts(
    contacts: VendorContacts, center: Center, aims: Mapping[str, ServiceLevel], repeat_days: float
) -> dict[str, Floats]:
    """`SUMS` of each contact, see `records_of_contacts`; what never reached its vendor counts in none."""
    reached = ~_is(contacts.outcomes, "undelivered")
    answered = _is(contacts.outcomes, "answered")
    abandoned = _is(contacts.outcomes, "abandoned")
    known = ~np.isnan(contacts.waits)
    within = np.array([aims[kind].within for kind in contacts.contact_types])
    short = np.array([aims[kind].short for kind in contacts.contact_types])
    waits = np.where(known, contacts.waits, np.inf)
    handled = ~np.isnan(contacts.handles)
    kinds = dict.fromkeys(contacts.contact_types)
    own = {kind: _own_handle_time(contacts, center, kind, handled) for kind in kinds}
    repeated, followed = repeats(contacts, repeat_days)
    columns: dict[str, Floats | Flags] = {
        "offered": reached,
        "answered": answered,
        "abandoned": abandoned,
        "answered_in_time": answered & known & (waits <= within),
        "abandoned_in_time": abandoned & known & (waits <= within),
        "abandoned_short": abandoned & known & (waits <= short),
        "untimed": (answered | abandoned) & ~known,
        "untimed_answered": answered & ~known,
        "waited": np.where(answered & known, contacts.waits, 0.0),
        "wait_known": answered & known,
        "handle": np.where(handled, contacts.handles, 0.0),
        "handled": handled,
        "expected": np.where(handled, [own[kind] for kind in contacts.contact_types], 0.0),
        "resolved": reached & (contacts.resolved == 1.0),
        "judged": reached & ~np.isnan(contacts.resolved),
        "repeated": repeated,
        "followed": followed,
        "satisfaction": np.where(reached, np.nan_to_num(contacts.satisfaction), 0.0),
        "rated": reached & ~np.isnan(contacts.satisfaction),
    }
    sums = {name: values.astype(np.float64) for name, values in columns.items()}
    by_counting = {aim.counting: parts_of(sums, aim.counting) for aim in aims.values()}
    countings = np.array([aims[kind].counting for kind in contacts.contact_types])
    sums["good"], sums["base"] = np.zeros(len(contacts)), np.zeros(len(contacts))
    for counting, parts in by_counting.items():
        own_counting = countings == counting
        for name, part in zip(("good", "base"), parts, strict=True):
            sums[name][own_counting] = part[own_counting]
    return sums


def local_seconds(starts: Floats, zone: ZoneInfo) -> Floats:
    """Epoch seconds as seconds since 1970 on the clocks of a zone."""
    moments = (datetime.fromtimestamp(second, zone) for second in starts.tolist())
    return np.array(
        [
            second + (moment.utcoffset() or _NO_TIME).total_seconds()
            for second, moment in zip(starts.tolist(), moments, strict=True)
        ]
    )


def resolved_by_repeats(contacts: VendorContacts, days: float) -> VendorContacts:
    """Contacts, if nothing tells it resolved where the customer did not come again; a remark says so."""
    if not np.isnan(contacts.resolved).all():
        return contacts
    again, seen = repeats(contacts, days)
    if not seen.any():
        return contacts
    remark = (
        "no column tells what was resolved: taken is what the customer did not come again for within "
        f"{counted(days, 'day')}"
    )
    return msgspec.structs.replace(
        contacts, resolved=np.where(seen, ~again, np.nan), remarks=(*contacts.remarks, remark)
    )


def repeats(contacts: VendorContacts, days: float) -> tuple[Flags, Flags]:
    """Which answered contacts the same customer followed by another of that type; of which it would be seen.

    Of the last `days` of the file nobody knows it; those of unknown customers do not count.
    """
    again = np.zeros(len(contacts), dtype=bool)
    customers = np.array(contacts.customers)
    last = float(contacts.starts.max()) - days * DAY
    seen = (customers != "") & (contacts.starts <= last) & _is(contacts.outcomes, "answered")
    latest: dict[tuple[str, str], int] = {}
    for place in np.argsort(contacts.starts, kind="stable").tolist():
        if not contacts.customers[place]:
            continue
        key = contacts.customers[place], contacts.contact_types[place]
        before = latest.get(key)
        if before is not None and contacts.starts[place] - contacts.starts[before] <= days * DAY:
            again[before] = True
        latest[key] = place
    return again & seen, seen


def _own_handle_time(contacts: VendorContacts, center: Center, kind: str, handled: Flags) -> float:
    """What one's own agents take for a type: as measured in the file, else as the center says."""
    mine = handled & _is(contacts.vendors, IN_HOUSE) & _is(contacts.contact_types, kind)
    if mine.any():
        return float(contacts.handles[mine].mean())
    config = center.contact_types.get(kind)
    if config is None:
        return float("nan")
    return config.aht if config.aht is not None else center.queues[config.queue].aht


def _is(texts: Sequence[str], word: str) -> Flags:
    return np.array([text == word for text in texts], dtype=bool)
