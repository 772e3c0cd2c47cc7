"""What a vendor is paid for intervals that are handed over to it whole, by its contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats
from bporoute._base.clock import MINUTES_PER_DAY, OpenSpan
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.contracts._increment import Increment
from bporoute.contracts._prorated import counts_by_period, extrapolated, prorated
from bporoute.contracts._unit_prices import PerFte, PerHour
from bporoute.contracts._usage import PeriodUsage
from bporoute.durations._laws import Distribution, Exponential, scaled
from bporoute.errors import InputError
from bporoute.workload._volumes import Volumes

PERIOD_DAYS = {"month": 365.25 / 12.0, "quarter": 365.25 / 4.0, "year": 365.25}
WEEK_DAYS = 7.0
MINUTE = timedelta(minutes=1)
A_MONDAY = date(2024, 1, 1)

Part = tuple[BilledContact, float]
"""A contact, and its share of those of an interval."""


class VendorBill(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The contacts of some intervals as a vendor bills them.

    Attributes
    ----------
    contract : Contract
        By which it does.
    parts : tuple of tuple of Part
        Those of each interval that count alike, and their shares of it.
    volume : array
        Contacts of each interval.
    begin : datetime
        When the forecast begins, by which prices are indexed.
    """

    contract: Contract
    parts: tuple[tuple[Part, ...], ...]
    volume: Floats
    begin: datetime

    @property
    def moves_with_volume(self) -> bool:
        """Whether what a contact costs depends on how many others there are."""
        return counts_by_period(self.contract)

    @property
    def share(self) -> float:
        """What share of a contract period a week is."""
        return WEEK_DAYS / PERIOD_DAYS[self.contract.period]

    def usage(self, times: Floats) -> PeriodUsage:
        """What counts of an average week in which each interval goes out so many times."""
        usage = msgspec.structs.replace(self.contract.usage(), begin=self.begin.date())
        offered, answered, handled, resolved, short, handle, talk, *units = (
            (times * self.volume) @ self._counts
        ).tolist()
        if offered > 0.0:  # contacts as they are on average: so a part of a period is billed
            whole = Increment(offered, answered, handled, resolved, short, handle, talk, tuple(units))
            usage = usage.plus(whole.times(1.0 / whole.offered), whole.offered)
        return msgspec.structs.replace(usage, locked_volume=usage.offered / self.share)

    def owed(self, times: Floats) -> float:
        """Money for an average week in which each interval goes out so many times.

        Of a contract that counts by a period, a week is owed its share of a period that is like it.
        """
        hours = {term.hours: 0.0 for term in self.contract.terms if isinstance(term, PerHour)}
        usage = msgspec.structs.replace(self.usage(times), hours=hours)
        return prorated(self.contract, usage, self.share).total

    def added(self, times: Floats) -> Floats:
        """Money that one more contact of each interval adds, if each went out so many times a week."""
        usage = extrapolated(self.contract, self.usage(times), self.share)
        known: dict[BilledContact, float] = {}
        found = np.zeros(len(self.volume))
        for place, parts in enumerate(self.parts):
            for contact, share in parts:
                if contact not in known:
                    known[contact] = self.contract.marginal_price(usage, contact)
                found[place] += share * known[contact]
        return found

    @cached_property
    def _counts(self) -> Floats:
        """What a contact of each interval adds: the fields of an `Increment`, its units last."""
        usage = self.contract.usage()
        known: dict[BilledContact, Floats] = {}
        found = np.zeros((len(self.parts), len(Increment._fields) - 1 + len(usage.measures)))
        for place, parts in enumerate(self.parts):
            for contact, share in parts:
                if contact not in known:
                    *plain, units = usage.increment(contact)
                    known[contact] = np.array([*plain, *units])
                found[place] += share * known[contact]
        return found


def vendor_bill(
    center: Center, name: str, types: tuple[str, ...], volumes: Volumes, counted: Flags
) -> VendorBill:
    """The contacts of one queue as a vendor bills them, of the intervals that are `counted`.

    Handle times are those of the forecast, times the factor that is known of the vendor, spread as the
    vendor's, else the queue's, else exponentially. Contacts begin evenly over their interval; contact types
    that the contract tells apart are equally frequent, and so is a language that it names, if the queue
    speaks no other.

    Raises
    ------
    InputError
        The contract pays hours or people, of which contacts tell nothing.
    """
    vendor = center.vendors[name]
    contract, queue = vendor.contract, center.queues[center.contact_types[types[0]].queue]
    if any(isinstance(term, PerHour | PerFte) for term in contract.terms):
        expected = "prices for contacts or minutes, as it is not known how many people take them there"
        raise InputError(f"vendors.{name}.contract", "prices for hours or people", expected)
    told_apart = types if contract.looks_at & {"type", "channel"} else types[:1]
    kinds = [(kind, center.contact_types[kind].channel) for kind in told_apart]
    law = vendor.handle_times or queue.handle_times or Exponential(1.0)
    language = queue.languages[0] if len(queue.languages) == 1 else ""
    parts: list[tuple[Part, ...]] = []
    for place, (start, seconds) in enumerate(zip(volumes.starts, volumes.seconds.tolist(), strict=True)):
        if not (counted[place] and volumes.volume[place] > 0.0):
            parts.append(())
            continue
        local = datetime.fromtimestamp(start.replace(tzinfo=center.zone).timestamp(), vendor.zone)
        mean = float(volumes.aht[place]) * _handle_time_factor(vendor, local)
        handle = scaled(law, mean / law.mean) if contract.depends_on_spread else mean
        parts.append(
            tuple(
                (_billed(handle, vendor, at, language, kind, channel), share / len(kinds))
                for at, share in _begins(local, seconds, contract.multiplier_spans)
                for kind, channel in kinds
            )
        )
    return VendorBill(contract, tuple(parts), volumes.volume, min(volumes.starts))


def _billed(
    handle: float | Distribution, vendor: Vendor, at: datetime | None, language: str, kind: str, channel: str
) -> BilledContact:
    return BilledContact(
        handle=handle,
        wait=vendor.expected_wait,
        local=at,
        language=language,
        contact_type=kind,
        channel=channel,
    )


def _handle_time_factor(vendor: Vendor, local: datetime) -> float:
    known = 1.0 if vendor.quality is None else vendor.quality.handle_time_factor
    return known * vendor.contract.handle_time_factor(local.date())


def _begins(
    local: datetime, seconds: float, spans: tuple[OpenSpan, ...]
) -> Iterator[tuple[datetime | None, float]]:
    """Times of an interval from which on a price holds, and for which share of it; None: at any time."""
    if not spans:
        yield None, 1.0
        return
    minutes = max(round(seconds / 60.0), 1)
    edges = {(span.day, minute) for span in spans for minute in (span.start, span.end % MINUTES_PER_DAY)}
    edges |= {((span.day + 1) % 7, 0) for span in spans if span.end == MINUTES_PER_DAY}
    times = [local + step * MINUTE for step in range(minutes)]
    places = [0] + [
        place for place, at in enumerate(times) if place and (at.weekday(), 60 * at.hour + at.minute) in edges
    ]
    for begin, end in zip(places, [*places[1:], minutes], strict=True):
        at = times[begin]  # of the date alone the weekday counts, so that weeks have the same prices
        yield (
            datetime(A_MONDAY.year, A_MONDAY.month, A_MONDAY.day + at.weekday(), at.hour, at.minute),
            (end - begin) / minutes,
        )
