"""What if a vendor fails: the period of a forecast, simulated without it on the same contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import combinations

import msgspec
import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.fields import did_you_mean
from bporoute._base.ranges import Range
from bporoute._base.words import counted
from bporoute._kernels import compile_floor
from bporoute.center._center import Center
from bporoute.errors import InputError, shown
from bporoute.estimates._confidence import paired
from bporoute.governance._failures._agents_needed import AgentsNeeded, agents_needed
from bporoute.governance._failures._bounds_used import bounds_used
from bporoute.governance._failures._concentration import concentrations
from bporoute.governance._failures._fates import LOST, Fates, fates_of, moved, sent_by_type
from bporoute.governance._failures._kinds import Kind, kinds_of, stranded
from bporoute.governance._failures._prepayment import prepayments
from bporoute.governance._failures._results import Failure, MayTake, Moved, QueueAfter, VendorFailures
from bporoute.governance._vendor_contacts import FEWEST_JUDGED, IN_HOUSE
from bporoute.policies._rule import Policy
from bporoute.policies._thresholds import MarginalCost
from bporoute.routing._hard_rules import term
from bporoute.simulation._comparison import cost_difference, service_difference
from bporoute.simulation._figures import lost_contacts
from bporoute.simulation._jobs._executor import run_jobs
from bporoute.simulation._results import SimulatedPolicy
from bporoute.simulation._scenario import Outage, Scenario
from bporoute.simulation._simulate import configured_schedule, simulate
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._schedule import Schedule

FEWEST = 10
"""Replications on which an interval rests."""
MOST_FOLLOWED = 2_000_000
"""Contacts that are followed one by one, at some 100 bytes each."""
LEAD_DAYS = Range(high=3660.0, above=True, below=False)
TOLD_AFTER = Range(high=86_400.0 * 366)
DELIVERED = Range()
MOST_NAMED = 4


def what_if_fails(
    center: Center,
    arrivals: Arrivals,
    *,
    schedule: Schedule | None = None,
    vendors: Sequence[str] = (),
    pairs: bool = True,
    policy: Policy | str | None = None,
    scenario: Scenario | None = None,
    told_after: float | None = 0.0,
    lead_days: Mapping[str, float] | None = None,
    delivered: Mapping[str, float] | None = None,
    agents: bool = True,
    replications: int = FEWEST,
    seed: int = 1,
    workers: int | None = 1,
    progress: Callable[[float, str], object] | None = None,
) -> VendorFailures:
    """Say what the failure of each vendor does, for all of a period: to whom its contacts go, at what cost.

    The period is simulated with all vendors and, on the same contacts, with an `Outage` of each vendor (and
    each pair) from its beginning to its end, as ``simulate`` would with such a scenario. Who may take
    what is judged by the rules that the live router goes by, capacity and caps by its kernel.

    Parameters
    ----------
    center : Center
        What is configured.
    arrivals : Arrivals
        The period, such as of a forecast (`Arrivals.of_forecast`); languages as its streams tell.
    schedule : Schedule or None
        Agents over time; None: the `Queue.schedule` of every queue.
    vendors : sequence of str
        Who may fail; empty: each.
    pairs : bool
        Whether two of them fail together, too.
    policy : Policy, str or None
        What decides; None: `MarginalCost`.
    scenario : Scenario or None
        What else is assumed.
    told_after : float or None
        Seconds after which the router is told of the failure; None: it has to find out.
    lead_days : mapping, optional
        Vendor -> days until a replacement takes contacts, above 0, up to 3,660: the notice in the contract of
        another, procurement, training. There is no usual value; who is not named has none.
    delivered : mapping, optional
        Vendor -> money that it has worked off before the period, at the contract's price; as much as is
        prepaid, or more: nothing is open.
    agents : bool
        Whether the agents are looked for that would hold the service.
    replications : int
        10 or more.
    seed : int
        Of everything drawn.
    workers : int or None
        Processes that simulate failures; None: one for each core. The figures are the same.
    progress : callable, optional
        Told the share of the work that is done, in [0, 1], and what is simulated next.

    Returns
    -------
    VendorFailures
        Intervals of 95 %, of differences on the same contacts; figures of a period are means over the
        replications.

    Raises
    ------
    InputError
        The center has no vendor, a name is not known, a number is out of its range, or the arrivals, the
        schedule or the scenario do not fit the center.

    Notes
    -----
    The Herfindahl index is ``sum(s_v**2)`` over the shares s_v of vendors (of countries) in what goes out.
    Exposure is what is prepaid less what is delivered at the contract's price, and not below 0.

    Examples
    --------
    >>> from datetime import date
    >>> from bporoute.simulation import demo_center, usual_arrivals
    >>> center = demo_center()
    >>> found = what_if_fails(center, usual_arrivals(center, date(2026, 11, 23)), vendors=("baltic",))
    >>> baltic = found.of("baltic")
    >>> baltic.took > 300, baltic.service_change.value < 0.0, baltic.lead_days is None
    (True, True, True)
    >>> [(each.contact_type, each.language, each.bars[0].rule) for each in baltic.stranded]
    []
    """
    if not center.vendors:
        raise InputError("center", "no vendor", "a vendor that may fail")
    names = list(center.vendors)
    chosen = tuple(dict.fromkeys(vendors)) or tuple(names)
    lead, before = dict(lead_days or {}), dict(delivered or {})
    for where, told in (("vendors", chosen), ("lead_days", lead), ("delivered", before)):
        for name in told:
            if name not in center.vendors:
                raise InputError(where, shown(name), did_you_mean(name, names))
    for name, lasts in lead.items():
        LEAD_DAYS.check(f"lead_days {name}", lasts, "days")
    for name, money in before.items():
        DELIVERED.check(f"delivered {name}", money)
    if told_after is not None:
        TOLD_AFTER.check("told_after", told_after)
    if isinstance(replications, bool) or not isinstance(replications, int) or replications < FEWEST:
        raise InputError("replications", shown(replications), f"a whole number of {FEWEST} or more")
    if not arrivals.expected > 0.0:
        raise InputError("arrivals", "no contact", "contacts that somebody expects")
    if schedule is None:
        first, last = float(arrivals.edges[0]), float(arrivals.edges[-1]) - 1.0
        schedule = configured_schedule(center, first, last)
    if scenario is None:
        scenario = Scenario()
    groups: list[tuple[str, ...]] = [
        *((name,) for name in chosen),
        *(combinations(chosen, 2) if pairs else ()),
    ]
    case = _Case(
        center, arrivals, schedule, scenario, MarginalCost() if policy is None else policy, told_after,
        replications, seed, min(replications, max(1, int(MOST_FOLLOWED / arrivals.expected))),
    )  # fmt: skip

    def tell(done: int, text: str) -> None:
        if progress is not None:
            progress(done / (len(groups) + 1), text)

    tell(0, "all vendors")
    intact, fates = case.run(())
    kinds, days = kinds_of(center, arrivals), _days(center, arrivals)
    if workers != 1 and len(groups) > 1:
        compile_floor()  # once, not in every process
    tell(1, _named(groups[0]))
    without: dict[int, Failure] = {}
    work = partial(_failure, case, intact, fates, kinds, lead, agents)
    for place, failure in run_jobs(work, groups, workers=workers):
        without[place] = failure
        next_ = next((group for number, group in enumerate(groups) if number not in without), ())
        tell(len(without) + 1, _named(next_))
    failures = [without[place] for place in range(len(groups))]
    return VendorFailures(
        center=center,
        days=days,
        replications=replications,
        seed=seed,
        followed=case.followed,
        intact=intact,
        may_take=tuple(
            MayTake(kind.contact_type, kind.language, name, kind.may_take(place), float(kind.volumes.sum()))
            for kind in kinds
            if kind.goes_out
            for place, name in enumerate(names)
        ),
        concentration=concentrations(center, case.sent(fates)),
        prepayments=prepayments(intact, before),
        failures=tuple(failures),
        notes=tuple(_notes(center, days, kinds, chosen, failures, intact, lead, before)),
    )


def _named(group: Sequence[str]) -> str:
    return " and ".join(group)


class _Case(msgspec.Struct, frozen=True, eq=False):
    """What is simulated, with all vendors or without some."""

    center: Center
    arrivals: Arrivals
    schedule: Schedule
    scenario: Scenario
    policy: Policy | str
    told_after: float | None
    replications: int
    seed: int
    followed: int

    def run(self, failed: Sequence[str]) -> tuple[SimulatedPolicy, list[Fates]]:
        """The period without some vendors, and what became of the contacts that are followed."""
        found = self._simulated(failed, self.schedule, self.replications, self.followed == self.replications)
        seen = found
        if self.followed < self.replications:
            seen = self._simulated(failed, self.schedule, self.followed, True)
        fates = [fates_of(run.paths, self._types) for run in seen.runs if run.paths is not None]
        without = tuple(msgspec.structs.replace(run, paths=None) for run in found.runs)
        return SimulatedPolicy(self.center, found.policy, without), fates

    def run_with(self, failed: Sequence[str], schedule: Schedule) -> SimulatedPolicy:
        """The period without some vendors, with other agents."""
        return self._simulated(failed, schedule, self.replications, False)

    def sent(self, fates: Sequence[Fates]) -> Floats:
        """Contacts by type and vendor, a period on average."""
        return sent_by_type(fates, len(self.center.contact_types), len(self.center.vendors))

    def _simulated(
        self, failed: Sequence[str], schedule: Schedule, replications: int, paths: bool
    ) -> SimulatedPolicy:
        found = simulate(
            self.center,
            self.arrivals,
            self.policy,
            replications=replications,
            seed=self.seed,
            schedule=schedule,
            scenario=without_vendors(self.scenario, failed, self.arrivals, self.told_after),
            paths=paths,
        )
        if found.interrupted:
            raise KeyboardInterrupt
        return found.policies[0]

    @property
    def _types(self) -> Integers:
        """The contact type of each stream, by its place in the center."""
        types = list(self.center.contact_types)
        return np.array([types.index(stream.contact.type) for stream in self.arrivals.streams])


def without_vendors(
    scenario: Scenario, failed: Sequence[str], arrivals: Arrivals, told_after: float | None
) -> Scenario:
    """A scenario in which vendors fail from the beginning of some arrivals to their end, and beyond."""
    start = datetime.fromtimestamp(float(arrivals.edges[0]), UTC)
    end = datetime.fromtimestamp(float(arrivals.edges[-1]) + 86_400.0, UTC)
    outages = [Outage(vendor=name, start=start, end=end, told_after=told_after) for name in failed]
    return msgspec.structs.replace(scenario, outages=(*scenario.outages, *outages))


def _failure(
    case: _Case,
    intact: SimulatedPolicy,
    fates: Sequence[Fates],
    kinds: Sequence[Kind],
    lead: Mapping[str, float],
    agents: bool,
    group: tuple[str, ...],
) -> Failure:
    """What happens without a group of vendors; what another process may run."""
    center = case.center
    names, types = list(center.vendors), list(center.contact_types)
    gone = [names.index(name) for name in group]
    found, after = case.run(group)
    needed: dict[str, AgentsNeeded] = {}
    if agents:
        needed = agents_needed(intact, found, case.schedule, lambda schedule: case.run_with(group, schedule))
    use, use_after = intact.vendor_use(), found.vendor_use()
    took = sum(use[name]["sent"] + use[name]["failed"] for name in group)
    where = moved(fates, after, gone, len(types), len(names))
    destinations = [(IN_HOUSE, 0), *((name, place + 1) for place, name in enumerate(names)), (LOST, -1)]
    days = [lead.get(name) for name in group]
    return Failure(
        vendors=group,
        took=took,
        judged=took * case.replications >= FEWEST_JUDGED,
        moved=tuple(
            Moved(kind, destination, float(where[row, column]))
            for row, kind in enumerate(types)
            for destination, column in destinations
            if where[row].any() and (destination not in group)
        ),
        queues=tuple(
            QueueAfter(
                queue,
                intact.service_level(queue),
                found.service_level(queue),
                service_difference(found, intact, queue),
                intact.abandonment(queue).value,
                found.abandonment(queue).value,
                intact.asa(queue).value,
                found.asa(queue).value,
                needed.get(queue),
            )
            for queue in center.queues
            if intact.contacts(queue)
        ),
        service_level=found.service_level(),
        service_change=service_difference(found, intact),
        lost=paired(_lost(found), _lost(intact)),
        cost=cost_difference(found, intact),
        owed_anyway=sum(use_after[name]["owed"] for name in group),
        bounds=bounds_used(found, group),
        stranded=stranded(center, kinds, gone),
        concentration=concentrations(center, case.sent(after))[0],
        lead_days=None if None in days else max(day for day in days if day is not None),
        simulated=found,
    )


def _lost(found: SimulatedPolicy) -> list[float]:
    """Contacts of each replication that gave up or were turned away."""
    return [float(lost_contacts(run.tally).sum()) for run in found.runs]


def _days(center: Center, arrivals: Arrivals) -> tuple[date, ...]:
    edges = arrivals.edges[:-1].tolist()
    return tuple(sorted({datetime.fromtimestamp(begin, center.zone).date() for begin in edges}))


def _notes(
    center: Center,
    days: Sequence[date],
    kinds: Sequence[Kind],
    chosen: Sequence[str],
    failures: Sequence[Failure],
    intact: SimulatedPolicy,
    lead: Mapping[str, float],
    delivered: Mapping[str, float],
) -> Iterator[str]:
    """What cannot be said of some vendors, and what the figures leave out."""
    untold = dict.fromkeys(kind.contact_type for kind in kinds if not kind.told and kind.goes_out)
    limited = [name for name in untold if _languages_matter(kinds, name)]
    if limited:
        yield (
            f"the forecast does not tell the languages of {_listed(limited)}: simulated as if whoever takes "
            "the type could talk to each; what is stranded is told by language"
        )
    for name, vendor in center.vendors.items():
        if name in chosen and all(term(vendor, datetime.combine(day, time(12))) for day in days):
            yield f"{name}: its contract is not in force in the period"
        if vendor.prepaid > 0.0 and name not in delivered:
            yield (
                f"{name}: nobody told what it has delivered of the {vendor.prepaid:,.0f} {center.currency} "
                "that are prepaid: the exposure is at most what is told"
            )
        if vendor.prepaid <= 0.0 and name in delivered:
            yield f"{name}: nothing is prepaid, so what it delivered is not looked at"
    for failure in failures:
        if len(failure.vendors) == 1 and not failure.judged:
            total = round(failure.took * len(intact.runs))
            yield (
                f"{failure.name}: not judged, it gets {counted(total, 'contact')} in "
                f"{len(intact.runs)} replications, fewer than {FEWEST_JUDGED}"
            )
        if failure.simulated.trouble:
            yield f"without {failure.name}: {failure.simulated.trouble}; the figures are of the time before"
    without = [name for name in chosen if name not in lead]
    if without:
        yield f"no lead time is told of {_listed(without)}: how long until replacement is not said"


def _languages_matter(kinds: Sequence[Kind], contact_type: str) -> bool:
    """Whether some vendor may take a type in one language and not in another."""
    codes = [kind.codes for kind in kinds if kind.contact_type == contact_type and not kind.told]
    return any(not np.array_equal(codes[0], other) for other in codes[1:])


def _listed(names: Sequence[str]) -> str:
    shown_, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    return ", ".join(shown_) + (f" and {more} more" if more > 0 else "")
