"""Which hours of a queue go out whole, and what that is worth."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

import msgspec

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.planning._staffing_plan import Plan
from bporoute.planning._week import Week

Answer = Literal["nothing", "windows", "everything"]


class WeekOut(NamedTuple):
    """A week of the forecast.

    Attributes
    ----------
    monday : date
        Its first day.
    contacts, contacts_out : float
        Those of the queue in it while it is open, and those of them that go out.
    """

    monday: date
    contacts: float
    contacts_out: float


class HandoverPlan(msgspec.Struct, frozen=True, eq=False):
    """Windows in which a queue goes out whole, and what they are worth.

    Money, hours and contacts are those of an average week of the forecast, where nothing else is said.

    Attributes
    ----------
    queue, vendor : str
        Whose contacts go to whom.
    contact_types : tuple of str
        The types of the queue, all of which the windows are for.
    answer : {"nothing", "windows", "everything"}
        Whether all stays, or all goes at all times, which is full outsourcing.
    windows : tuple of str
        On the center's clock, as `ContactType.hand_over` takes them; none for "nothing".
    staffing : Plan
        The queue staffed as if nothing went out.
    week : Week
        Where its intervals lie in the week.
    needed, agents : array
        Agents who have to be there in each interval if it stays, and who are paid for that.
    wages : array
        Money of each interval for them.
    prices : array
        Money of each interval, by what one more contact of it costs under the plan, if it goes out; nan where
        it cannot.
    out : array of bool
        Whether each interval goes out.
    in_house, everything : float or None
        Cost if all stays, and if all goes; None: it cannot.
    cost : float
        Wages of those who stay, and what the vendor's bill rises by.
    vendor_cost : float
        The latter.
    owed_anyway : float
        What the vendor's contract costs without any contact: fees, commitments. In no other number.
    saving_low, saving_high : float
        Between them lies the saving of four of five weeks, by how far the forecast may be off.
    contacts, contacts_out : float
        Those that come while the queue is open, and those of them that go out.
    hours, released_hours : float
        Paid if all stays, and those of them that nobody works any more.
    service_level : float
        Of the contacts that stay, if they come as forecast; nan: none stay.
    weeks : tuple of WeekOut
        The weeks of the forecast, from Monday on.
    exact : bool
        Whether no other windows are cheaper: so it is where a contact costs the same whatever goes out. Else
        they are the best of those that are optimal for the prices at some volume, or have the least wages at
        some volume.
    notes : tuple of str
        What else matters, as sentences.
    """

    queue: str
    vendor: str
    contact_types: tuple[str, ...]
    answer: Answer
    windows: tuple[str, ...]
    staffing: Plan
    week: Week
    needed: Floats
    agents: Integers
    wages: Floats
    prices: Floats
    out: Flags
    in_house: float
    everything: float | None
    cost: float
    vendor_cost: float
    owed_anyway: float
    saving_low: float
    saving_high: float
    contacts: float
    contacts_out: float
    hours: float
    released_hours: float
    service_level: float
    weeks: tuple[WeekOut, ...]
    exact: bool
    notes: tuple[str, ...] = ()

    @property
    def saving(self) -> float:
        """Money that a week with the windows costs less than one without any."""
        return self.in_house - self.cost

    def applied_to(self, center: Center) -> Center:
        """A center whose contact types of the queue go out in these windows, and in no others.

        What is sourced by overflow stays so: between the windows its surplus goes out. What stays in-house is
        sourced by underflow where there are windows.
        """
        types = dict(center.contact_types)
        for name in self.contact_types:
            sourcing = types[name].sourcing
            if sourcing != Sourcing.OVERFLOW:
                sourcing = Sourcing.UNDERFLOW if self.windows else Sourcing.IN_HOUSE
            types[name] = msgspec.structs.replace(types[name], sourcing=sourcing, hand_over=self.windows)
        return msgspec.structs.replace(center, contact_types=types)
