"""One's own records of a vendor, as its contract counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._tariff import Charged, Tariff
from bporoute.governance._vendor_contacts import VendorContacts
from bporoute.routing._reconcile import Verdict


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
    """

    tariff: Tariff
    span: tuple[float, float]
    rows: list[int]
    contacts: list[BilledContact]
    charged: Charged
    place_of: dict[int, int]


def days_without(own: Sequence[float], others: Sequence[float], zone: ZoneInfo) -> dict[date, int]:
    """Days of a zone on which there are `others` and none of one's `own`, moments in epoch seconds: how many.

    >>> hours = [3600.0 * hour for hour in (1, 30, 31, 50)]
    >>> days_without(hours[:1], hours[1:], ZoneInfo("UTC"))
    {datetime.date(1970, 1, 2): 2, datetime.date(1970, 1, 3): 1}
    """
    known = {datetime.fromtimestamp(moment, zone).date() for moment in own}
    days = Counter(datetime.fromtimestamp(moment, zone).date() for moment in others)
    return {day: count for day, count in sorted(days.items()) if day not in known}
