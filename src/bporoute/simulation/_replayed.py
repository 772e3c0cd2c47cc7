"""What one policy did to the calls of a log."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.estimates._confidence import Estimate, of_ratio
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._figures import costs
from bporoute.simulation._logged import HalfHour, worst_of
from bporoute.simulation._results import SimulatedPolicy

FEWEST_DAYS = 5
"""Days with calls below which half hours stand for days in a ±: Student's t of 4 days is already 3.2."""


class ReplayedPolicy(SimulatedPolicy, frozen=True, eq=False, dict=True):
    """What one policy did to the calls of a log: a simulation of one replication, and how it was made.

    Attributes
    ----------
    center, policy, runs
        As of any simulated policy; one run.
    tuned : bool
        Whether its number was chosen by what it cost: on the other days (`TunedPolicy`), or in hindsight.
    decisions_per_second : float
        Calls over the time of the whole run, simulation included.
    """

    tuned: bool
    decisions_per_second: float

    @property
    def days_with_calls(self) -> int:
        """Local days on which calls arrived."""
        return int(np.count_nonzero(self.cost_units[1]))

    @property
    def rests_on_days(self) -> bool:
        """Whether that is enough for the ± of a difference to rest on them."""
        return self.days_with_calls >= FEWEST_DAYS

    @cached_property
    def half_hour_costs(self) -> Floats:
        """Money of each half hour, for the calls that arrived in it.

        What a vendor is owed for its calls falls where they arrived, as their waiting does, not where they
        ended: each call's part is in proportion to what the contract asks for one that long. What is owed for
        nothing is spread evenly. Not of many days, which keep no paths, see `rests_on_days`.
        """
        (run,) = self.runs
        paths, money = run.paths, costs(run, self.center)
        assert paths is not None
        places = np.searchsorted(run.edges, paths.arrival, side="right") - 1
        for number, vendor in enumerate(self.center.vendors.values()):
            here = paths.answered & (paths.destination == number + 1)
            parts = np.array([vendor.contract.price(handle) for handle in paths.handle[here].tolist()])
            if parts.sum() > 0.0:
                owed = run.money[:, number]
                money -= owed
                np.add.at(money, places[here], owed.sum() / parts.sum() * parts)
        return money

    def handle_time(self) -> Estimate:
        """Mean handle time of the answered, wherever, seconds."""
        tally = self._tally(None)
        return of_ratio(
            count_of(tally, "handle_s") + count_of(tally, "handle_out_s"),
            count_of(tally, "answered") + count_of(tally, "answered_out"),
        )

    def worst_half_hour(self) -> HalfHour | None:
        """The one with the lowest service level among those with at least 20 calls; None: there is none."""
        (run,) = self.runs
        return worst_of(run.edges, run.tally, self.center)

    def missed(self) -> tuple[str, ...]:
        """Targets that were missed, with their queues; a queue without calls misses none."""
        return tuple(
            f"{queue}: {target}"
            for queue in self.center.queues
            if self.contacts(queue)
            for target, met in self.verdicts(queue)
            if not met
        )
