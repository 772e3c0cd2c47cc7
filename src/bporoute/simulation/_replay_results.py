"""What a policy did to the calls of a replay, and how two policies compare."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from bporoute.policies._rule import Policy
from bporoute.simulation._service import Service, ratio


class HalfHour(msgspec.Struct, frozen=True):
    """One half hour of a replay.

    Attributes
    ----------
    start : float
        Epoch seconds.
    calls, sent : int
        Calls that arrived, and those of them sent to vendors.
    good, base : int
        Calls served in time, and calls that count for the service level.
    cost : float
        Money that its calls cost.
    """

    start: float
    calls: int
    sent: int
    good: int
    base: int
    cost: float

    @property
    def service_level(self) -> float:
        """Of its calls, wherever they were answered; nan if none counts."""
        return ratio(self.good, self.base)


class VendorUse(msgspec.Struct, frozen=True):
    """Calls sent to a vendor and money owed for them."""

    sent: int
    owed: float


class PolicyResult(msgspec.Struct, frozen=True):
    """What one policy did to the calls.

    Attributes
    ----------
    policy : Policy
        As it was run.
    tuned : bool
        Whether its number was chosen in hindsight, as the cheapest on these very calls.
    calls : int
        Calls decided.
    service : Service
        Of all calls, wherever they were answered; each by the service level that its queue aims at.
    sent_share : float
        Share of the calls sent to vendors.
    cost_per_contact : float
        Money per call: vendors' prices, waiting and abandonment. Agents' wages, the same under every
        policy, are left out.
    worst : HalfHour or None
        The half hour with the lowest service level among those with at least 20 calls.
    half_hours : tuple of HalfHour
        All that had calls.
    missed : tuple of str
        Targets that were missed, with their queues.
    vendors : dict of str to VendorUse
        What each vendor took and is owed.
    decisions_per_second : float
        Calls over the time of the whole run, simulation included.
    """

    policy: Policy
    tuned: bool
    calls: int
    service: Service
    sent_share: float
    cost_per_contact: float
    worst: HalfHour | None
    half_hours: tuple[HalfHour, ...]
    missed: tuple[str, ...]
    vendors: dict[str, VendorUse]
    decisions_per_second: float


class Dearer(msgspec.Struct, frozen=True):
    """How much more one policy costs than another on the same calls.

    Attributes
    ----------
    share : float
        Extra cost over the cost of the cheaper one.
    margin : float
        Half width of a 95 % confidence interval of `share`, from the differences by half hour. It speaks
        of such a day's chance, not of another day, and not of the choice of the cheapest among many.
    """

    share: float
    margin: float


def compare(result: PolicyResult, cheapest: PolicyResult) -> Dearer:
    """Compare costs call by call: both met the same arrivals, handle times and patience.

    The noise is judged by how much neighbouring half hours differ (von Neumann's successive
    differences), so that the course of the day is not taken for chance.
    """
    base = sum(half.cost for half in cheapest.half_hours)
    differences = np.array(
        [ours.cost - theirs.cost for ours, theirs in zip(result.half_hours, cheapest.half_hours, strict=True)]
    )
    steps = np.diff(differences)
    spread = math.sqrt((steps**2).mean() / 2.0) if len(steps) else math.nan
    return Dearer(
        share=ratio(differences.sum(), base), margin=ratio(1.96 * spread * math.sqrt(len(differences)), base)
    )
