"""What happens if vendors fail, as figures with their intervals."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec

from bporoute.center._center import Center
from bporoute.estimates._confidence import Estimate
from bporoute.governance._failures._agents_needed import AgentsNeeded
from bporoute.governance._failures._bounds_used import BoundUsed
from bporoute.governance._failures._concentration import Concentration
from bporoute.governance._failures._kinds import Stranded
from bporoute.governance._failures._prepayment import Prepayment
from bporoute.simulation._results import SimulatedPolicy


class Moved(NamedTuple):
    """Contacts that a vendor had, and where they go.

    Attributes
    ----------
    contact_type : str
        What they are.
    destination : str
        A vendor, ``in-house``, or ``lost``: it gives up or is turned away.
    contacts : float
        A period on average.
    """

    contact_type: str
    destination: str
    contacts: float


class QueueAfter(NamedTuple):
    """How a queue is served with all vendors, and without those that have failed.

    Attributes
    ----------
    queue : str
        Its name.
    before, after, change : Estimate
        Service level, wherever its contacts are answered, counted as its target says; the change is paired.
    abandonment_before, abandonment : float
        Share that gives up or is turned away.
    asa_before, asa : float
        Mean wait of the answered, seconds.
    agents : AgentsNeeded or None
        None: its goal is held with the agents that there are, or nobody asked.
    """

    queue: str
    before: Estimate
    after: Estimate
    change: Estimate
    abandonment_before: float
    abandonment: float
    asa_before: float
    asa: float
    agents: AgentsNeeded | None


class MayTake(NamedTuple):
    """Contacts that a vendor may take by the hard rules and its hours, whatever its room.

    Attributes
    ----------
    contact_type, language : str
        What they are; an empty language: none that anybody told.
    vendor : str
        Who.
    contacts : float
        How many of the forecast it may take.
    offered : float
        How many there are; where the language is not told, of the type.
    """

    contact_type: str
    language: str
    vendor: str
    contacts: float
    offered: float


class Failure(msgspec.Struct, frozen=True, eq=False):
    """Vendors that fail together, for all of the period.

    Attributes
    ----------
    vendors : tuple of str
        Who fails.
    took : float
        Contacts that they get while they work, a period on average.
    judged : bool
        Whether they get 30 contacts or more in all replications, so that figures say something.
    moved : tuple of Moved
        Where these contacts go; the same contacts, followed one by one.
    queues : tuple of QueueAfter
        Of each queue that has contacts.
    service_level : Estimate
        Of all queues together, without them.
    service_change : Estimate
        By how much that changes, paired on the same contacts.
    lost : Estimate
        Contacts that are lost more in a period (they give up or are turned away), paired.
    cost : Estimate
        Money that a period costs more, paired: all vendors' invoices, waiting, abandonment, failures; not
        wages.
    owed_anyway : float
        Money of a period that the contracts of those who fail ask for though they get nothing (fees,
        commitments); it is part of the cost.
    bounds : tuple of BoundUsed
        How far the caps, capacity and shares of the others are used.
    stranded : tuple of Stranded
        What no vendor may take any more, by the hard rules and hours.
    concentration : Concentration
        Of what then goes out.
    lead_days : float or None
        Days until a replacement takes contacts, the longest of those who fail; None: nobody told.
    simulated : SimulatedPolicy
        The period without them.
    """

    vendors: tuple[str, ...]
    took: float
    judged: bool
    moved: tuple[Moved, ...]
    queues: tuple[QueueAfter, ...]
    service_level: Estimate
    service_change: Estimate
    lost: Estimate
    cost: Estimate
    owed_anyway: float
    bounds: tuple[BoundUsed, ...]
    stranded: tuple[Stranded, ...]
    concentration: Concentration
    lead_days: float | None
    simulated: SimulatedPolicy

    @property
    def name(self) -> str:
        """Who fails, in words."""
        return " and ".join(self.vendors)

    @property
    def agents(self) -> int:
        """Most agents that the queues need more at a time each, summed up."""
        return sum(each.agents.most for each in self.queues if each.agents is not None)

    @property
    def agent_hours(self) -> float:
        """Agent-hours of a period that the queues need more."""
        return sum(each.agents.hours for each in self.queues if each.agents is not None)

    @property
    def unheld(self) -> tuple[str, ...]:
        """Queues whose goal no number of agents holds that was found."""
        needed = {each.queue: each.agents for each in self.queues}
        return tuple(queue for queue, each in needed.items() if each and each.reached != each.reached)

    def until_replaced(self, amount: float, days: int) -> float | None:
        """What an `amount` of a period of so many `days` comes to until a replacement; None: nobody told."""
        return None if self.lead_days is None else amount * self.lead_days / days

    def where_to(self, destination: str) -> float:
        """Contacts of all types that go to a `destination` of `Moved`."""
        return sum(each.contacts for each in self.moved if each.destination == destination)


class VendorFailures(msgspec.Struct, frozen=True, eq=False):
    """What happens if vendors fail, alone and two at a time.

    Attributes
    ----------
    center : Center
        What is configured.
    days : tuple of date
        Local days of the period that has arrivals.
    replications, seed : int
        How often everything is drawn, and of what.
    followed : int
        Replications in which single contacts are followed.
    intact : SimulatedPolicy
        The period with all vendors.
    may_take : tuple of MayTake
        Who may take what by rules and hours.
    concentration : tuple of Concentration
        Of what goes out while all work: all types, then each.
    prepayments : tuple of Prepayment
        What would be lost with each vendor that was paid ahead.
    failures : tuple of Failure
        One vendor at a time, in the order of the center, then pairs.
    notes : tuple of str
        What cannot be said, and why.
    """

    center: Center
    days: tuple[date, ...]
    replications: int
    seed: int
    followed: int
    intact: SimulatedPolicy
    may_take: tuple[MayTake, ...]
    concentration: tuple[Concentration, ...]
    prepayments: tuple[Prepayment, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]

    @property
    def alone(self) -> tuple[Failure, ...]:
        """One vendor at a time."""
        return tuple(each for each in self.failures if len(each.vendors) == 1)

    @property
    def pairs(self) -> tuple[Failure, ...]:
        """Two at a time."""
        return tuple(each for each in self.failures if len(each.vendors) == 2)

    def of(self, *vendors: str) -> Failure:
        """The failure of some vendors; `KeyError` if it was not asked for."""
        for each in self.failures:
            if set(each.vendors) == set(vendors):
                return each
        raise KeyError(vendors)


def worst(failures: tuple[Failure, ...]) -> Failure:
    """The failure with which the fewest contacts are answered in time; of equals the one that costs more."""
    return min(failures, key=lambda each: (each.service_change.value, -each.cost.value))
