"""What a simulation found: figures of each policy with their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, get_args

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.fields import did_you_mean
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._targets import Counting, Target
from bporoute.contracts._bill import Invoice
from bporoute.errors import InputError
from bporoute.estimates._confidence import Estimate, of_ratio
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label
from bporoute.queueing._moments import Moments
from bporoute.simulation._engine._run import COLUMNS, OUTCOME_COLUMNS, FloorRun, count_of
from bporoute.simulation._figures import (
    by_day,
    costs,
    days_of,
    lost_contacts,
    served_by_queue,
)
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._service import Service, ratio
from bporoute.workload._arrivals import Arrivals

FEWEST_REPLICATIONS = 10
"""Below, days stand for replications in an interval."""
Of = TypeVar("Of")
Unit = tuple[Floats, Floats]
"""For each unit (a replication or a day): a total, and what it is a part of."""


class SimulatedPolicy(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What one policy did to the contacts.

    Figures are ratios of totals over all replications. Their 95 % intervals rest on the replications, or,
    where there are fewer than 10, on the days of all of them; with one day in all they are infinite. Days of
    one replication share what contracts count by month.

    Attributes
    ----------
    center : Center
        What was simulated.
    policy : Policy
        What decided.
    runs : tuple of FloorRun
        One per replication.
    """

    center: Center
    policy: Policy
    runs: tuple[FloorRun, ...]

    def __repr__(self) -> str:
        return f"<SimulatedPolicy {policy_label(self.policy)}; {counted(len(self.runs), 'replication')}>"

    def service_level(self, queue: str | None = None, counting: Counting | None = None) -> Estimate:
        """Share of the contacts that were answered in time, wherever; of a queue, or of all.

        `counting` says how it is counted; None: as each queue's target does, else by ``offered``. Who is
        turned away has not given up in time and counts against all of them but ``answered``.
        """
        return of_ratio(*self.served_units(queue, counting)).within(0.0, 1.0)

    def abandonment(self, queue: str | None = None) -> Estimate:
        """Share of the contacts offered that gave up or were turned away; of a `queue`, or of all."""
        return of_ratio(*self._share(queue, lost_contacts)).within(0.0, 1.0)

    def overflow_share(self, queue: str | None = None) -> Estimate:
        """Share of the contacts offered that were sent to vendors; of a `queue`, or of all."""
        sent = self._share(queue, lambda tally: count_of(tally, "overflow_out"))
        return of_ratio(*sent).within(0.0, 1.0)

    def asa(self, queue: str | None = None) -> Estimate:
        """Average speed of answer, seconds: mean wait of the answered, wherever; of a `queue`, or of all."""
        tally = self._tally(queue)
        answered = count_of(tally, "answered") + count_of(tally, "answered_out")
        return of_ratio(count_of(tally, "wait_answered_s"), answered).within(0.0, math.inf)

    def occupancy(self, queue: str | None = None) -> Estimate:
        """Busy time over staffed time of the agents (of chats: of their slots) of a `queue`, or of all.

        Whoever is still at work when the shift ends counts as staffed until the contact is done.
        """
        busy, staffed = (
            self._units([getattr(run, name) for run in self.runs], queue)
            for name in ("busy_seconds", "staffed_seconds")
        )
        return of_ratio(busy, staffed).within(0.0, 1.0)

    def cost_per_contact(self) -> Estimate:
        """Money per contact offered: waiting, abandonment, failures, and all that vendors are owed.

        That is what `invoices` say. Wages, the same under every policy, are left out.
        """
        return of_ratio(*self.cost_units)

    def degraded_share(self) -> float:
        """Share of the contacts offered that were decided without a rule or a state to trust.

        A policy of one's own that raises or answers nonsense, or a feed that is too old; `NeverOverflow` is
        what is left then.
        """
        tally = self._tally(None)
        return ratio(count_of(tally, "degraded").sum(), count_of(tally, "offered").sum())

    def contacts(self, queue: str | None = None) -> int:
        """Contacts offered in all replications, to a queue or to all."""
        return int(count_of(self._tally(queue), "offered").sum())

    def verdicts(self, queue: str) -> list[tuple[Target, bool]]:
        """The targets of a queue, and whether each is met over all replications; nothing offered is not."""
        service = Service(
            service_level=self.service_level(queue).value,
            asa=self.asa(queue).value,
            abandonment=self.abandonment(queue).value,
            occupancy=self.occupancy(queue).value,
        )
        return [(target, service.meets(target)) for target in self.center.queues[queue].targets.given()]

    def overflow(self, queue: str) -> Moments:
        """Mean (erlangs), variance and peakedness of what a queue sent out; means over the replications.

        Of the contacts that would be in service, were each served at once with the queue's mean handle time.
        """
        each = np.array([run.overflow_moments(self._number(queue))[:2] for run in self.runs])
        mean, variance = each.mean(axis=0).tolist()
        return Moments(mean, variance, ratio(variance, mean))

    def vendor_use(self) -> dict[str, dict[str, float]]:
        """Of each vendor, a replication on average: contacts sent, answered, abandoned, failed; money owed.

        Contacts sent are those that it did not fail to take; handle_s are seconds.
        """
        use = {}
        for number, vendor in enumerate(self.center.vendors):
            totals = np.mean([run.outcomes[:, number].sum(axis=0) for run in self.runs], axis=0)
            owed = [sum(bill.total for bill in run.invoices[vendor].values()) for run in self.runs]
            use[vendor] = {name: float(totals[column]) for name, column in OUTCOME_COLUMNS.items()}
            use[vendor]["owed"] = float(np.mean(owed))
        return use

    def invoices(self, replication: int = 0) -> dict[str, dict[str, Invoice]]:
        """Of each vendor: what a replication owes, by the local day on which the contract period begins.

        Of a period that was run in part, it is the share of the invoice that `period_shares` tells, as if the
        whole period were like that part: of fees, commitments, included volumes and the edges of tiers. What
        one period leaves to the next, balances and money withheld, is carried on within the replication.
        """
        return self._by_first_day(self.runs[replication].invoices)

    def period_shares(self) -> dict[str, dict[str, float]]:
        """Of each vendor: the share of its open hours in a contract period that was run, in (0, 1].

        By the local day on which the period begins; only periods in which the vendor is open while the run
        goes on.
        """
        return self._by_first_day(self.runs[0].shares)

    def interval_rows(self, replication: int = 0) -> list[dict[str, Any]]:
        """Totals by interval and queue, as rows of plain values, named as in `bporoute.simulation.COLUMNS`.

        `replication` counts from 0. ``interval_start`` is ISO 8601 with the offset of the center's zone;
        ``occupancy`` is None where nobody was there.
        """
        run, zone = self.runs[replication], self.center.zone
        rows = []
        for place, start in enumerate(run.edges[:-1].tolist()):
            for number, queue in enumerate(self.center.queues):
                staffed = float(run.staffed_seconds[place, number])
                rows.append(
                    {
                        "interval_start": datetime.fromtimestamp(start, zone).isoformat(),
                        "queue": queue,
                        **{name: float(run.tally[place, number, column]) for name, column in COLUMNS.items()},
                        "occupancy": float(run.busy_seconds[place, number]) / staffed if staffed else None,
                    }
                )
        return rows

    @property
    def days(self) -> int:
        """Local days of one replication."""
        return int(self._days[-1]) + 1

    @property
    def trouble(self) -> str:
        """What grew without bound in some replication; empty if nothing did."""
        return next((run.trouble for run in self.runs if run.trouble), "")

    @cached_property
    def cost_units(self) -> Unit:
        """Money and contacts offered of each unit."""
        money = self._units([costs(run, self.center)[:, None] for run in self.runs], None)
        return money, count_of(self._tally(None), "offered")

    def served_units(self, queue: str | None = None, counting: Counting | None = None) -> Unit:
        """Contacts served in time, and those that count, of each unit; `queue` and `counting` as there."""
        if counting is not None and counting not in (known := get_args(Counting)):
            raise InputError("counting", repr(counting), did_you_mean(str(counting), list(known)))
        tally = self._by_unit([run.tally for run in self.runs])
        good, base = served_by_queue(tally, self.center, counting)
        if queue is None:
            return good.sum(axis=1), base.sum(axis=1)
        number = self._number(queue)
        return good[:, number], base[:, number]

    def _by_first_day(self, periods: dict[str, dict[float, Of]]) -> dict[str, dict[str, Of]]:
        return {
            name: {
                datetime.fromtimestamp(start, self.center.vendors[name].zone).date().isoformat(): value
                for start, value in each.items()
            }
            for name, each in periods.items()
        }

    @cached_property
    def _days(self) -> Any:
        return days_of(self.runs[0].edges, self.center)

    def _units(self, values: Sequence[Floats], queue: str | None) -> Floats:
        """Totals of (intervals, queues, ..) by unit, of a queue or of all."""
        number = None if queue is None else self._number(queue)
        return self._by_unit([each.sum(axis=1) if number is None else each[:, number] for each in values])

    def _by_unit(self, values: Sequence[Floats]) -> Floats:
        """Totals of (intervals, ..) of each run by unit."""
        if len(values) >= FEWEST_REPLICATIONS:
            return np.array([each.sum(axis=0) for each in values])
        return np.concatenate([by_day(each, self._days) for each in values])

    def _tally(self, queue: str | None) -> Floats:
        return self._units([run.tally for run in self.runs], queue)

    def _share(self, queue: str | None, part: Callable[[Floats], Floats]) -> Unit:
        tally = self._tally(queue)
        return part(tally), count_of(tally, "offered")

    def _number(self, queue: str) -> int:
        names = list(self.center.queues)
        if queue not in names:
            raise InputError("queue", repr(queue), did_you_mean(queue, names))
        return names.index(queue)


Found = TypeVar("Found", bound=SimulatedPolicy)


def cheapest_of(policies: Iterable[Found]) -> Found:
    """The policy with the lowest cost per contact; one whose line grew without bound only if all did."""
    return min(policies, key=lambda each: (bool(each.trouble), each.cost_per_contact().value))


class Simulation(msgspec.Struct, frozen=True, eq=False):
    """What a simulation found.

    Attributes
    ----------
    center, arrivals, scenario, seed : Center, Arrivals, Scenario, int
        What was simulated.
    policies : tuple of SimulatedPolicy
        In the order asked for.
    interrupted : bool
        Whether Ctrl-C ended it before all replications were finished.
    """

    center: Center
    arrivals: Arrivals
    scenario: Scenario
    seed: int
    policies: tuple[SimulatedPolicy, ...]
    interrupted: bool = False

    def __repr__(self) -> str:
        names = ", ".join(policy_label(each.policy) for each in self.policies)
        return f"<Simulation of {names}; {counted(self.replications, 'replication')}, seed {self.seed}>"

    @property
    def cheapest(self) -> SimulatedPolicy:
        """The policy with the lowest cost per contact, see `cheapest_of`."""
        return cheapest_of(self.policies)

    @property
    def replications(self) -> int:
        """How many every policy has finished."""
        return len(self.policies[0].runs) if self.policies else 0
