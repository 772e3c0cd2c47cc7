"""A simulated floor: in-house queues and vendors serve the contacts that the live router's tables decide.

The kernel runs from event to event; here is what happens between: the router's calendar, its prices and
rules, the bills, and whatever `bporoute.simulation._engine._feed` tells it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.simulation import codes, columns
from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.policies._looks import goes_by_marginal_cost
from bporoute.policies._rule import Policy
from bporoute.routing._budgets import Budgets
from bporoute.routing._decision import Decision
from bporoute.routing._router import drawn
from bporoute.routing._tables._evidence import Evidence
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing.ledger._memory import Ledger
from bporoute.simulation._engine._arrays import FloorArrays, page_of
from bporoute.simulation._engine._counts import FloorCounts
from bporoute.simulation._engine._feed import FloorFeed, hours_turn_within
from bporoute.simulation._engine._laws import tell_handle_times
from bporoute.simulation._engine._run import FloorRun, Paths
from bporoute.simulation._engine._vendor_accounts import VendorAccounts, refresh_factors
from bporoute.simulation._engine._vendor_money import money_by_interval
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._schedule import Schedule

DRAIN = 86_400.0
"""Seconds after the last interval in which contacts that are still there may end."""
NOTED_LINES = 256
"""Decisions that are noted before somebody is shown them."""


class Floor:
    """One run of contacts under one policy; made for one run.

    Parameters
    ----------
    center, policy
        What decides.
    arrivals : Arrivals
        What arrives when.
    schedule : Schedule
        Agents of every queue.
    scenario : Scenario
        What is assumed beside the center; checked already.
    seed, replication : int
        Of everything drawn; every stream has chance of its own, the same for every policy.
    paths : bool
        Whether what becomes of each contact is kept.
    watch : callable or None
        Shown every decision.
    ids : sequence of str
        Of the listed contacts, for `watch`.
    """

    def __init__(
        self,
        center: Center,
        policy: Policy,
        arrivals: Arrivals,
        schedule: Schedule,
        scenario: Scenario,
        *,
        seed: int,
        replication: int = 0,
        paths: bool = False,
        watch: Callable[[Decision], None] | None = None,
        ids: Sequence[str] = (),
    ) -> None:
        self._vendors = tuple(center.vendors.values())
        self._arrivals = arrivals
        self._watch, self._ids = watch, ids
        self._watches_health = bool(scenario.outages)
        budgets = Budgets(center, ledger := Ledger())
        limited = {number for number in range(len(self._vendors)) if budgets.bind(number)}
        self._limits_money = bool(limited)
        termed = {number for number, each in enumerate(self._vendors) if each.contract.terms}
        uneven = [number for number, each in enumerate(self._vendors) if not each.contract.is_flat]
        self._priced_always = sorted(limited | termed)
        explained = paths or watch is not None or scenario.feed.every > 0.0
        at_once = (  # then it matters when somebody looks
            self._watches_health
            or self._limits_money
            or any(_is_capped(self._vendors[number]) for number in uneven)
            or hours_turn_within([self._vendors[number] for number in uneven], arrivals)
        )
        self._tables = tables = RoutingTables(
            center, policy, ledger, math.inf, explained=explained or at_once
        )
        tell_handle_times(tables, arrivals, scenario)
        # Prices that go by what has been sent follow at instants that are known before, not in between: those
        # of terms whenever somebody looks, those of tiers alone when an hour of the vendor's clock begins;
        # pricing takes far longer than the contacts of five minutes.
        for vendor in uneven:
            tables.vendors.pricing.hold(vendor)
        # Nobody is shown what a rule rests on, and nothing else happens at a look: the kernel can do it too.
        chats = any(queue.concurrency > 1 for queue in center.queues.values())  # their rule is Python's
        self._alone = goes_by_marginal_cost(policy) and not (
            explained or at_once or self._priced_always or chats
        )
        self._looks = float(arrivals.edges[0]), scenario.rate_step, scenario.rate_window
        self._profiles = [tables.profile(stream.contact) for stream in arrivals.streams]
        steps = [schedule.steps(name) for name in center.queues]
        self._arrays = arrays = FloorArrays(
            center,
            self._profiles,
            arrivals,
            scenario,
            list(center.aims.values()),
            tables.offers.watch.aim,
            seed=seed,
            replication=replication,
            most_agents=[max((count for _, count in each), default=0) for each in steps],
            writes_paths=paths,
        )
        if len(ids):
            arrays.listed[:, columns.L_LUCK] = [drawn(name) for name in ids]
        arrays.marks[columns.NOTES] = watch is not None
        arrays.marks[columns.WATCHES_HEALTH] = self._watches_health
        self._accounts = VendorAccounts(
            tables,
            arrays.outcomes,
            begin=float(arrays.edges[0]),
            end=float(arrays.edges[-1]),
            watches_health=self._watches_health,
        )
        self._counts = FloorCounts(arrays, self._accounts)
        self._page = self._new_page()
        self._kept_paths: list[Floats] = []
        self._edges = frozenset(arrivals.edges.tolist())
        self._has_multipliers = any(vendor.contract.multipliers for vendor in self._vendors)
        self._bills_always = bool(self._priced_always)
        self._feed = FloorFeed(
            center, tables, arrays, arrivals, schedule, scenario,
            always=self._bills_always, alone=self._alone,
        )  # fmt: skip
        self._trouble = ""
        self._result: FloorRun | None = None

    def run(self) -> Iterator[int]:
        """Run everything; yields, at every step, how many more contacts are decided."""
        marks, decided = self._arrays.marks, 0
        for now in self._feed.moments():
            self._until(now)
            self._boundary(now)
            yield int(marks[columns.DECIDED]) - decided
            decided = int(marks[columns.DECIDED])
            if self._trouble:
                break
        else:
            self._until(float(self._arrivals.edges[-1]) + DRAIN)
        self._finish()
        yield int(marks[columns.DECIDED]) - decided

    def result(self) -> FloorRun:
        """What it came to, once the run is over."""
        assert self._result is not None
        return self._result

    def _until(self, until: float) -> None:
        """Let the kernel run, and see to whatever it stops for."""
        arrays = self._arrays
        while True:
            status = arrays.advance(until, self._tables.arrays, self._page)
            if self._watches_health:
                self._collect()
            if status == codes.TIME_UP:
                return
            if status in (codes.TABLES, codes.OUTCOME):
                self._follow(arrays.now)
                self._solve()
            elif status == codes.LOOK:
                self._boundary(float(arrays.clock[columns.LOOKED_AT]))
            elif status == codes.RULES:
                self._feed.hear()
                self._feed.tell_queues()
                self._solve_rules()
            elif status == codes.PAGE_FULL:
                self._show()
            elif status == codes.PATHS_FULL:
                self._keep_paths()
            elif not arrays.grow():
                self._trouble = self._what_grew()
                return

    def _collect(self) -> None:
        """Take over what vendors have done; at the same instants whoever looks, so that sums are the same."""
        arrays, marks = self._arrays, self._arrays.marks
        probed, probed_at = int(marks[columns.OUTCOME_VENDOR]), float(arrays.clock[columns.OUTCOME_SENT])
        marks[columns.OUTCOME_VENDOR] = codes.NOBODY
        self._accounts.collect(arrays.now, probed, probed_at)

    def _boundary(self, now: float) -> None:
        """What changes at an instant that was known before."""
        edge, shift = now in self._edges, now in self._feed.shifts
        if edge or shift:
            self._collect()
            self._counts.pass_time(now)
        if edge:  # every interval has its own bill
            self._accounts.bill()
        if shift:
            self._feed.change_shifts(now)
        start, often, seldom = self._looks  # a live router looks at its mix every minute; that costs time
        self._tables.clock.look_every(often if now - start < seldom else seldom)
        self._follow(now)
        self._feed.break_down(now)
        if self._bills_always:
            self._collect()
            self._accounts.bill()
            for vendor in self._priced_always:
                self._tables.vendors.pricing.reprice(vendor)
            self._tables.vendors.pricing.tend()
        self._feed.tell(now)
        self._solve()

    def _follow(self, now: float) -> None:
        """Have the routing tables follow the clock: calendar, prices, health."""
        tables = self._tables
        self._feed.hear()
        self._show()
        if self._limits_money or tables.offers.pricing.period_ends(now):
            self._collect()
            self._accounts.bill()  # what was done until then belongs into it
        tables.vendors.spread_news()
        if not tables.arrays.since <= now < tables.arrays.until:
            tables.clock.follow(now)
            if self._has_multipliers:
                refresh_factors(tables, self._arrays.factors, self._arrays.windows, now)
            for vendor, team in enumerate(self._arrays.teams[len(tables.queue_names) :]):
                team[columns.SLOWER] = tables.offers.slower(vendor)

    def _solve(self) -> None:
        """Solve the rules that wait for it, or leave that to the kernel."""
        marks, tables = self._arrays.marks, self._tables
        if self._alone:
            marks[columns.TELLS], marks[columns.PROFILES] = 1, len(tables.profiles.listed)
        else:
            self._solve_rules()
        marks[columns.HASHES] = tables.arrays.hashed

    def _solve_rules(self) -> None:
        queues = self._tables.queues
        for row, team in zip(queues.rows, self._arrays.teams, strict=False):
            if team[columns.WAITING] >= row.reach:
                queues.reach_further(row, float(team[columns.WAITING]))
            team[columns.REACH] = row.reach
            if row.state is not None and not queues.ready(row):
                here = (profile for profile in self._profiles if profile.queue == row.number)
                profile = row.profile or next(here, None)
                if profile is not None:
                    queues.load(row, profile)

    def _new_page(self) -> Page:
        noted = self._watch is not None
        return page_of(NOTED_LINES if noted else len(self._profiles), self._tables.arrays, int(noted))

    def _show(self) -> None:
        """Show the decisions that are noted, while what they rest on is still as it was."""
        if self._watch is None:
            return
        page, arrays = self._page, self._arrays
        for line in range(page.used):
            number, stream = divmod(int(arrays.noted[line]), 1 << codes.STREAM_BITS)
            profile = self._tables.profiles.listed[self._profiles[stream].number]
            contact = self._arrivals.streams[stream].contact
            if number < len(self._ids):
                contact = msgspec.structs.replace(contact, id=self._ids[number])
            seen = Evidence(page, line, profile, self._tables.queues.rows[profile.queue].basis)
            action, destination = profile.outcomes[seen.chosen + 1]
            self._watch(Decision(contact, action, destination, seen))
        self._page = self._new_page()

    def _keep_paths(self) -> None:
        written = int(self._arrays.marks[columns.PATHS])
        self._kept_paths.append(self._arrays.paths[:written].copy())
        self._arrays.marks[columns.PATHS] = 0

    def _finish(self) -> None:
        arrays, counts = self._arrays, self._counts
        self._kept_paths.append(arrays.lose_the_rest())
        self._show()
        self._collect()
        counts.take_outcomes()
        self._accounts.bill()
        bills = self._accounts.bills()
        paths = None
        if arrays.marks[columns.WRITES_PATHS]:
            self._keep_paths()
            paths = Paths.of(np.concatenate(self._kept_paths))
        self._result = FloorRun(
            edges=arrays.edges,
            tally=arrays.tally,
            busy_seconds=counts.busy_seconds,
            staffed_seconds=counts.staffed_seconds,
            outcomes=counts.outcomes[:, :, : columns.UNITS],
            money=money_by_interval(
                counts.outcomes, arrays.edges, [each.contract for each in self._vendors], bills.values()
            ),
            invoices={name: {bill.start: bill.invoice for bill in told} for name, told in bills.items()},
            shares={name: {bill.start: bill.share for bill in told} for name, told in bills.items()},
            overflow=arrays.overflow,
            seconds=arrays.now - float(arrays.edges[0]),
            decided=int(arrays.marks[columns.DECIDED]),
            paths=paths,
            trouble=self._trouble,
        )

    def _what_grew(self) -> str:
        teams = self._arrays.teams
        waiting = teams[:, columns.WAITING] + teams[:, columns.BACKLOG]
        team = int(np.argmax(waiting))
        name = (*self._tables.queue_names, *self._tables.vendor_names)[team]
        many = f"{waiting[team]:,.0f} contacts"
        return f"{name}: {many} were waiting when the run was given up; the line has no end"


def _is_capped(vendor: Vendor) -> bool:
    contract = vendor.contract
    caps = (field for field in contract.__struct_fields__ if field.startswith("cap_"))
    return any(getattr(contract, cap) is not None for cap in caps)
