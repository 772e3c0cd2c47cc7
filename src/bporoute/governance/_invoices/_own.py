"""One's own records of a vendor, as its contract counts them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._targets import DEFAULT_AIM
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._contract import Contract
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._tariff import Charged, Tariff
from bporoute.estimates._attainment import Attainment
from bporoute.governance._vendor_contacts import VendorContacts
from bporoute.routing._reconcile import Verdict

SERVICE_LEVEL, RESOLUTION, SATISFACTION = "service level", "resolution", "satisfaction"
"""Results that are measured in the records, if nobody tells them."""


class Books(NamedTuple):
    """One's own records by vendor.

    Attributes
    ----------
    records : VendorContacts
        All of them.
    rows : dict
        Vendor -> its rows, in order of time.
    taken_by : dict
        Id of a contact -> who took it.
    verdicts : dict
        Token of a line -> what the router's ledger knows of it, see `Verdict`; without a ledger nothing.
    """

    records: VendorContacts
    rows: dict[str, list[int]]
    taken_by: dict[str, str]
    verdicts: dict[str, Verdict]

    @classmethod
    def of(cls, records: VendorContacts, verdicts: dict[str, Verdict] | None = None) -> Books:
        """Records put in order, with the `verdicts` of a ledger if there is one."""
        rows: dict[str, list[int]] = {}
        for row in np.argsort(records.starts, kind="stable").tolist():
            rows.setdefault(records.vendors[row], []).append(row)
        pairs = zip(records.ids, records.vendors, strict=True)
        return cls(records, rows, {told: name for told, name in pairs if told}, verdicts or {})

    def inside(self, vendor: str, span: tuple[float, float]) -> list[int]:
        """Places among a vendor's rows of the contacts that began in a `span` and reached it."""
        records = self.records
        return [
            place
            for place, row in enumerate(self.rows.get(vendor, []))
            if span[0] <= records.starts[row] < span[1] and records.outcomes[row] != "undelivered"
        ]


class OwnRecords(NamedTuple):
    """A vendor's contacts of a period, as its contract counts them.

    Attributes
    ----------
    tariff : Tariff
        The prices.
    span : tuple of float
        Begin and end of the period, epoch seconds.
    rows : list of int
        Rows of the records, in order of time.
    contacts : list of BilledContact
        Each of them.
    charged : Charged
        What each adds.
    place_of : dict
        Place among all rows of the vendor -> that among these.
    without_length : int
        How many are answered and have no handle time in the records.
    """

    tariff: Tariff
    span: tuple[float, float]
    rows: list[int]
    contacts: list[BilledContact]
    charged: Charged
    place_of: dict[int, int]
    without_length: int


def billed_contacts(
    records: VendorContacts, rows: Sequence[int], lengths: Floats, center: Center, vendor: str
) -> list[BilledContact]:
    """Contacts of some rows as a vendor bills them; `lengths` are their handle times, all told."""
    config = center.vendors[vendor]
    zone = config.zone if config.contract.multipliers else None
    kinds = center.contact_types
    channels = {name: kind.channel for name, kind in kinds.items()}
    found = []
    for row in rows:
        outcome, talk, resolved = records.outcomes[row], float(records.talks[row]), records.resolved[row]
        wait = float(records.waits[row])
        name = records.contact_types[row]
        found.append(
            BilledContact(
                handle=float(lengths[row]) if outcome == "answered" else 0.0,
                talk=talk if talk == talk else None,
                wait=wait if wait == wait else 0.0,
                answered=outcome == "answered",
                handled=outcome == "answered",
                failed=outcome == "failed",
                resolved=float(resolved) if resolved == resolved else 1.0,
                local=None if zone is None else datetime.fromtimestamp(float(records.starts[row]), zone),
                language=records.languages[row],
                contact_type=name,
                channel=channels.get(name, ""),
            )
        )
    return found


def results_of(
    records: VendorContacts, rows: Sequence[int], center: Center, contract: Contract
) -> dict[str, float]:
    """Results of the service-level measures of a contract that its contacts tell.

    The service level is counted by the target of the queue that a contact's type has; resolution and
    satisfaction are means of what is known.
    """
    credits = next((term for term in contract.terms if isinstance(term, ServiceCredits)), None)
    if credits is None:
        return {}
    wanted = {measure.name for measure in credits.measures}
    found = {}
    if SERVICE_LEVEL in wanted:
        good = base = 0.0
        aims: dict[str, Attainment] = {}
        for row in rows:
            outcome, name = records.outcomes[row], records.contact_types[row]
            if name not in aims:
                kind = center.contact_types.get(name)
                aim = None if kind is None else center.queues[kind.queue].targets.service_level
                aims[name] = Attainment.of(aim or DEFAULT_AIM)
            in_time = aims[name].counted(outcome, float(records.waits[row]))
            if in_time is not None:
                good, base = good + in_time, base + 1.0
        if base:
            found[SERVICE_LEVEL] = good / base
    for name, values in ((RESOLUTION, records.resolved), (SATISFACTION, records.satisfaction)):
        told = values[list(rows)]
        told = told[~np.isnan(told)]
        if name in wanted and len(told):
            found[name] = float(math.fsum(told.tolist()) / len(told))
    return found


def days_without(own: Sequence[float], others: Sequence[float], zone: ZoneInfo) -> dict[date, int]:
    """Days of a zone on which there are `others` and none of one's `own`, moments in epoch seconds: how many.

    >>> hours = [3600.0 * hour for hour in (1, 30, 31, 50)]
    >>> days_without(hours[:1], hours[1:], ZoneInfo("UTC"))
    {datetime.date(1970, 1, 2): 2, datetime.date(1970, 1, 3): 1}
    """
    known = {datetime.fromtimestamp(moment, zone).date() for moment in own}
    days = Counter(datetime.fromtimestamp(moment, zone).date() for moment in others)
    return {day: count for day, count in sorted(days.items()) if day not in known}


def unknown_remarks(
    records: VendorContacts, rows: Sequence[int], contract: Contract, without_length: int
) -> list[str]:
    """What one's own records leave open, as sentences."""
    found = []
    if without_length:
        found.append(
            f"{counted(without_length, 'answered contact has', 'answered contacts have')} no handle time "
            "in our records: taken as the vendor tells it, else as 0 s"
        )
    by_result = any(getattr(measure, "counts", "") == "resolved" for measure in contract.usage().measures)
    answered = [row for row in rows if records.outcomes[row] == "answered"]
    unknown = int(np.isnan(records.resolved[answered]).sum()) if answered else 0
    if by_result and unknown:
        told = counted(unknown, "answered contact is", "answered contacts are")
        found.append(f"of {told} not known whether it was resolved: taken as resolved")
    return found
