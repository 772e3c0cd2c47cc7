"""What a split plan says: agents, volumes by vendor, shifts, bills, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from bporoute._base.arrays import Floats
from bporoute.center._center import Center
from bporoute.contracts._bill import Invoice
from bporoute.contracts._usage import PeriodUsage
from bporoute.planning._split_program import Binding
from bporoute.workload._volumes import Volumes


class CostLine(NamedTuple):
    """What something costs: wages, waiting and giving up by queue, and the lines of invoices by vendor.

    Attributes
    ----------
    what, whose : str
        What for, and the queue or vendor.
    money : float
        In the center's currency.
    """

    what: str
    whose: str
    money: float


class VendorBill(msgspec.Struct, frozen=True):
    """What a vendor gets and is owed in a contract period, as far as the plan covers it.

    Attributes
    ----------
    vendor : str
        Who.
    begin : date
        First day of the period, on the vendor's clock.
    share : float
        Share of the period that the plan covers, by the vendor's open time, in (0, 1].
    contacts, minutes : float
        Contacts handled, and their minutes.
    usage : PeriodUsage
        What the contract counts of them.
    invoice : Invoice
        What is owed: `Contract.invoice` of the usage, and of a part of a period its share.
    """

    vendor: str
    begin: date
    share: float
    contacts: float
    minutes: float
    usage: PeriodUsage
    invoice: Invoice


class PlannedShift(NamedTuple):
    """People who work a shift.

    Attributes
    ----------
    queue, name : str
        Where, and the pattern.
    begin : datetime
        On the local clock.
    people : int
        How many.
    money, paid_hours : float
        Of all of them.
    """

    queue: str
    name: str
    begin: datetime
    people: int
    money: float
    paid_hours: float


class SplitPlan(msgspec.Struct, frozen=True, eq=False):
    """People and vendor volumes by interval.

    Attributes
    ----------
    center : Center
        Whose it is.
    forecast : Volumes
        What comes; all arrays below have a value for each of its intervals.
    agents : array
        Agents in-house; of those in shifts the mean of how many are there, as a share is away.
    sent, lost : array
        Contacts expected to go out, and to give up waiting.
    price : array
        What one more contact sent out costs, by which the rule of the interval keeps and sends; nan where
        none may go.
    volumes : dict of str to array
        Vendor -> contacts expected to go to it.
    shifts : tuple of PlannedShift
        Who works when; empty where none were given.
    contracts : tuple of VendorBill
        What vendors are owed.
    cost_lines : tuple of CostLine
        All money of the plan.
    cost : float
        Their sum.
    bound : float
        Money that no plan within the limits can stay below.
    binding : tuple of Binding
        Limits that bind where shifts and contacts are divisible, and what one more unit of each is worth.
    notes : tuple of str
        What somebody should know of it.
    interrupted : bool
        Whether the search was ended by Ctrl-C: it is the best so far.
    """

    center: Center
    forecast: Volumes
    agents: Floats
    sent: Floats
    lost: Floats
    price: Floats
    volumes: Mapping[str, Floats]
    shifts: tuple[PlannedShift, ...]
    contracts: tuple[VendorBill, ...]
    cost_lines: tuple[CostLine, ...]
    cost: float
    bound: float
    binding: tuple[Binding, ...]
    notes: tuple[str, ...]
    interrupted: bool = False

    @property
    def gap(self) -> float:
        """How far the plan may be from the cheapest, as a share of its cost."""
        return max(self.cost - self.bound, 0.0) / abs(self.cost) if self.cost else 0.0

    @property
    def in_house_share(self) -> float:
        """Share of the contacts that own agents answer."""
        total = float(self.forecast.volume.sum())
        return 1.0 - float((self.sent + self.lost).sum()) / total if total else math.nan
