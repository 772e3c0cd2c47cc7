"""How good a decision is: its cost beside the true optimum, and what must hold whatever the center.

The optima are published, or found here by value iteration, which shares no code with the package.
"""

from __future__ import annotations

import gc
import math
import os
from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

from bporoute import (
    Action,
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    ExpectedWait,
    HealthConfig,
    MarginalCost,
    MeetTarget,
    NeverOverflow,
    OwnCost,
    Queue,
    QueueLength,
    QueueState,
    Router,
    ServedInTime,
    Snapshot,
    Tier,
    _kernels,
    optimal_overflow,
    warmup,
)
from bporoute._base.clock import is_open
from bporoute._kernels.routing import columns
from bporoute.contracts._start_up import Trial
from helpers import naive
from helpers.clock import NOON
from helpers.strategies import (
    QUEUES,
    VENDORS,
    centers,
    contacts,
    one_queue,
    queue_states,
    snapshots,
    vendor,
    wild,
    wild_contacts,
    wild_instants,
)

MINUTE = 60.0
GENERATED = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
COMPILER = pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="nothing is compiled")

# --- one queue: the exact optimum -----------------------------------------------------------------------


def per_minute(agents, room, mu, theta, wait_cost, abandonment_cost, **changes) -> Queue:
    """A queue whose rates are per minute."""
    return Queue(
        aht=MINUTE / mu,
        patience=MINUTE / theta,
        waiting_room=room,
        wait_cost_per_minute=wait_cost,
        abandonment_cost=abandonment_cost,
        stale_after=math.inf,
        lost_after=math.inf,
        **changes,
    )


def executed(decision: Decision) -> list[int]:
    """From how many contacts present on each price class is sent out, by the rule that was solved."""
    rule, situation = decision.evidence.basis.solved.rule, decision.evidence.basis.solved.situation
    keep = np.asarray(rule.keep_cost)
    last = len(keep) - 1
    return [next((i for i in range(last) if keep[i] > price), last) for price in situation.prices]


def cost_per_minute(decision: Decision) -> float:
    """The long-run cost rate of the rule that a decision went by, from the dense stationary distribution."""
    situation = decision.evidence.basis.solved.situation
    queue = (situation.agents, 1.0 / situation.aht, 1.0 / situation.patience, situation.cost_rate, 0.0)
    last = len(situation.present) - 1
    rates, prices = situation.arrival_rates, situation.prices
    return MINUTE * naive.cost_of_thresholds(executed(decision), last, *queue, rates, prices)


PUBLISHED = {
    "S1": ((50, 100, 10.4, 0.2, 0.3, 0.15, 8.0, 6.0), 6.68393290120298819),
    "S2": ((10, 40, 1.6, 0.16, 0.5, 0.25, 12.0, 9.0), 2.90169381184131),
    "S5": ((50, 100, 10.4, 0.2, 0.3, 0.25, 4.0, 6.0), 4.12571744989095),
}


@pytest.mark.parametrize(("case", "least"), PUBLISHED.values(), ids=PUBLISHED)
def test_one_queue_costs_what_the_optimum_costs(case, least: float) -> None:
    agents, room, arrivals, mu, theta, wait_cost, abandonment_cost, price = case
    center = one_queue(vendors={"nord": vendor(contract=Contract(price_per_contact=price))})
    queue = per_minute(agents, room, mu, theta, wait_cost, abandonment_cost, arrival_rate=arrivals / MINUTE)
    live = Router(msgspec.structs.replace(center, queues={"service": queue}), compile=False)
    live.state["service"].update(agents=agents, busy=agents)
    decision = live.preview(Contact("service"))
    assert cost_per_minute(decision) == pytest.approx(least, rel=1e-9)
    exact = optimal_overflow(
        agents, arrivals, 1 / mu, 1 / theta, room, wait_cost, abandonment_cost, overflow_price=price
    )
    assert cost_per_minute(decision) == pytest.approx(float(exact.cost_rate), rel=1e-9)


def test_two_price_classes_cost_what_the_optimum_costs() -> None:
    """S1 in two classes: 6.4 a minute may go out for 9, 4 a minute for 4.5."""
    prices = {"dear": 9.0, "cheap": 4.5}
    center = Center(
        queues={"service": per_minute(50, 100, 0.2, 0.3, 0.15, 8.0)},
        contact_types={name: ContactType(queue="service") for name in prices},
        vendors={
            f"takes {name}": vendor(contact_types=(name,), contract=Contract(price_per_contact=price))
            for name, price in prices.items()
        },
    )
    live = Router(center, compile=False)
    live.state["service"].update(agents=50, busy=0, arrival_rate=0.1)
    for name in ["dear"] * 8 + ["cheap"] * 5:  # the mix is learnt from what is routed
        live.settle(live.route(Contact(name)), "answered")
    live.state["service"].update(agents=50, busy=50, arrival_rate=10.4 / MINUTE)
    decision = live.preview(Contact("dear"))
    situation = decision.evidence.basis.solved.situation
    mix = dict(zip(situation.prices.tolist(), (situation.arrival_rates * MINUTE).tolist(), strict=True))
    assert mix == pytest.approx({9.0: 6.4, 4.5: 4.0})
    assert dict(zip(mix, executed(decision), strict=True)) == {9.0: 150, 4.5: 51}
    assert cost_per_minute(decision) == pytest.approx(5.62184359747559, rel=1e-9)
    assert decision.sends_from == math.inf
    assert live.preview(Contact("cheap")).sends_from == 51


# --- a vendor's team, agent by agent --------------------------------------------------------------------

TEAMS = [
    # agents, arrivals, aht, patience, room, waiting cost, abandonment cost, price, team, its aht (minutes)
    (10, 1.6, 6.25, 2.0, 40, 0.25, 12.0, 9.0, 3, 8.0),
    (10, 1.6, 6.25, 2.0, 40, 0.25, 12.0, 9.0, 1, 8.0),
    (10, 1.6, 6.25, 2.0, 40, 0.25, 12.0, 9.0, 6, 8.0),
    (50, 10.4, 5.0, 10 / 3, 100, 0.15, 8.0, 6.0, 1, 5.0),
    (50, 10.4, 5.0, 10 / 3, 100, 0.15, 8.0, 6.0, 4, 5.0),
    (20, 4.4, 5.0, 3.0, 60, 0.5, 10.0, 5.0, 5, 6.0),
    (5, 1.2, 5.0, 2.0, 30, 0.3, 15.0, 8.0, 2, 6.0),
    (30, 7.0, 5.0, 4.0, 60, 0.3, 8.0, 7.0, 3, 5.0),
    (10, 2.0, 6.0, 8.0, 40, 0.4, 6.0, 3.0, 2, 20.0),
]
"""From nearly always free to nearly always busy vendors."""
SLOW_TEAMS = [
    (20, 4.0, 5.0, 3.0, 30, 0.24, 13.94, 2.8, 5, 30.0),
    (12, 2.53, 5.0, 3.0, 30, 0.17, 10.89, 3.72, 5, 30.0),
]
"""Cheap, in demand and six times as slow, so that agents there should be spared: the worst of 150 drawn."""


class TeamChain:
    """States (contacts here, at the vendor); a new one is kept, sent, or lost if neither has room."""

    def __init__(
        self, agents, arrivals, aht, patience, room, wait_cost, abandonment, price, team, vendor_aht
    ):
        here, there = np.arange(agents + room + 1.0), np.arange(team + 1.0)
        waiting = np.maximum(here - agents, 0.0)
        self.arrivals, self.price, self.lost = arrivals, price, abandonment
        self.leaving = (np.minimum(here, agents) / aht + waiting / patience)[:, None]
        self.ending = (there / vendor_aht)[None, :]
        self.cost = (waiting * (wait_cost + abandonment / patience))[:, None] + np.zeros(len(there))

    def choices(self, value):
        """What keeping and sending a new contact lead to, as values."""
        keep, send = np.full(value.shape, np.inf), np.full(value.shape, np.inf)
        keep[:-1] = value[1:]
        send[:, :-1] = value[:, 1:] + self.price
        lost = np.full(value.shape, np.inf)
        lost[-1, -1] = value[-1, -1] + self.lost
        return keep, send, lost

    def least_cost(self, precision=1e-10):
        """The cost rate of the best policy of all, by relative value iteration."""
        clock = 1.02 * (self.arrivals + self.leaving.max() + self.ending.max())
        value = np.zeros(self.cost.shape)
        below, left = np.zeros_like(value), np.zeros_like(value)
        stay = clock - self.arrivals - self.leaving - self.ending
        for _ in range(200_000):
            below[1:], left[:, 1:] = value[:-1], value[:, :-1]
            best = np.minimum.reduce(self.choices(value))
            new = self.cost + self.arrivals * best + self.leaving * below + self.ending * left + stay * value
            change = new / clock - value
            value = new / clock
            value -= value[0, 0]
            if np.ptp(change) < precision * change.max():
                return clock * (change.max() + change.min()) / 2
        raise AssertionError("value iteration did not converge")

    def cost_of(self, sends):
        """The cost rate if a contact is sent where `sends`, from the stationary distribution."""
        levels, phases = self.cost.shape
        rows, columns, rates = [], [], []
        cost = self.cost.copy()
        for i in range(levels):
            for j in range(phases):
                moves = {(i - 1, j): self.leaving[i, 0], (i, j - 1): self.ending[0, j]}
                if sends[i, j]:
                    moves[i, j + 1] = self.arrivals
                    cost[i, j] += self.arrivals * self.price
                elif i + 1 < levels:
                    moves[i + 1, j] = self.arrivals
                else:
                    cost[i, j] += self.arrivals * self.lost
                for (to, phase), rate in moves.items():
                    if rate > 0.0:
                        rows += [to * phases + phase, i * phases + j]
                        columns += [i * phases + j] * 2
                        rates += [rate, -rate]
        states = levels * phases
        balance = csc_matrix((rates, (rows, columns)), shape=(states, states)).tolil()
        balance[0] = 1.0  # one balance equation follows from the others
        weights = spsolve(balance.tocsc(), np.eye(1, states)[0])
        return float(weights @ cost.ravel())


def team_center(
    agents, arrivals, aht, patience, room, wait_cost, abandonment, price, team, vendor_aht
) -> Center:
    queue = per_minute(
        agents, room, 1 / aht, 1 / patience, wait_cost, abandonment, arrival_rate=arrivals / MINUTE
    )
    return Center(
        queues={"service": queue},
        contact_types={"service": ContactType(queue="service")},
        vendors={"nord": vendor(contract=Contract(price_per_contact=price), capacity=team)},
        fallback="reject",
    )


@pytest.mark.parametrize(
    ("case", "most"), [*((case, 0.01) for case in TEAMS), *((case, 0.02) for case in SLOW_TEAMS)], ids=str
)
def test_a_known_vendor_team_costs_little_more_than_the_optimum(case, most: float) -> None:
    """What the router executes against the best of all policies, which value iteration finds."""
    agents, room, team = case[0], case[4], case[8]
    live = Router(team_center(*case), MarginalCost(), clock=lambda: NOON, compile=False)
    sends = np.zeros((agents + room + 1, team + 1), dtype=bool)
    for there in range(team + 1):
        live.vendors["nord"].update(in_flight=there)
        for here in range(agents + room + 1):
            live.state["service"].update(agents=agents, busy=min(here, agents), waiting=max(here - agents, 0))
            decision = live.preview(Contact("service"))
            sends[here, there] = decision.action == Action.OVERFLOW
            nobody = here == agents + room and there == team
            assert (decision.action == Action.REJECT) == nobody, (here, there)
    chain = TeamChain(*case)
    least = chain.least_cost()
    assert least * (1 - 1e-8) <= chain.cost_of(sends) <= least * (1 + most)
    blind = np.zeros_like(sends)
    blind[-1, :-1] = True
    assert chain.cost_of(blind) > 1.01 * least  # that the vendor is there makes a difference


# --- whatever the center --------------------------------------------------------------------------------

BY_COST = (
    MarginalCost(),
    QueueLength(3),
    ExpectedWait(30),
    ServedInTime(0.8, 20),
    OwnCost(2.0),
    NeverOverflow(),
)
any_policy = st.sampled_from((*BY_COST, MeetTarget()))
shares_of_one = st.sampled_from((0.0, 0.25, 0.5, 1.0))


@st.composite
def strict_centers(draw: st.DrawFn) -> Center:
    """Generated centers with limits on shares, concentration and exposure, with trials and health."""
    center = draw(centers())
    houses = {}
    for name, house in center.vendors.items():
        contract = house.contract
        if contract.start is not None and draw(st.booleans()):
            trial = Trial(months=draw(st.integers(1, 12)), share=draw(shares_of_one))
            contract = msgspec.structs.replace(contract, terms=(*contract.terms, trial))
        houses[name] = msgspec.structs.replace(
            house,
            contract=contract,
            max_share=draw(shares_of_one),
            max_exposure=draw(st.none() | st.floats(0, 40)),
            prepaid=draw(st.sampled_from((0.0, 10.0))),
            skills=draw(st.sampled_from(((), ("billing",)))),
            agents=draw(st.none() | st.integers(1, 3)),
        )
    kinds = {
        name: msgspec.structs.replace(
            kind,
            skills=draw(st.sampled_from(((), ("billing",)))),
            locations=draw(st.sampled_from(((), ("onshore", "nearshore")))),
        )
        for name, kind in center.contact_types.items()
    }
    return msgspec.structs.replace(
        center,
        vendors=houses,
        contact_types=kinds,
        min_in_house_share=draw(st.sampled_from((0.0, 0.3, 1.0))),
        max_concentration=draw(st.sampled_from((1.0, 1.0 / max(len(houses), 1)))),
        concentration_from=draw(st.integers(0, 3)),
        health=draw(st.sampled_from((HealthConfig(), HealthConfig(minimum_volume=1, threshold=2.0)))),
    )


@st.composite
def counting_centers(draw: st.DrawFn) -> Center:
    """Centers whose vendors bar nobody for good, so that what is counted decides."""
    few = st.none() | st.integers(0, 4)
    houses = {}
    for name in VENDORS:
        trial = Trial(months=2, share=draw(shares_of_one))
        contract = Contract(
            price_per_contact=draw(st.floats(0, 5)),
            cap_per_hour=draw(few),
            cap_per_day=draw(few),
            cap_per_period=draw(few),
            start=date(2026, 11, 1),
            terms=(trial,) if draw(st.booleans()) else (),
        )
        houses[name] = vendor(
            contract=contract,
            capacity=draw(few),
            max_share=draw(st.sampled_from((1.0, 0.5))),
            max_exposure=draw(st.none() | st.floats(0, 20)),
            agents=draw(st.none() | st.integers(1, 3)),
        )
    return one_queue(
        {"waiting_room": draw(st.integers(0, 3))},
        {"sourcing": draw(st.sampled_from(("overflow", "full", "specialised")))},
        vendors=houses,
        min_in_house_share=draw(st.sampled_from((0.0, 0.0, 0.3))),
        max_concentration=draw(st.sampled_from((1.0, 0.4))),
        concentration_from=draw(st.integers(0, 5)),
        health=draw(
            st.sampled_from(
                (HealthConfig(), HealthConfig(minimum_volume=1, threshold=1.0, jitter=0.0, probes=1))
            )
        ),
    )


def cheaper(center: Center, name: str, factor: float) -> Center:
    """The center with every price of one vendor times a factor."""
    house = center.vendors[name]
    contract = msgspec.structs.replace(
        house.contract,
        price_per_contact=house.contract.price_per_contact * factor,
        price_per_minute=house.contract.price_per_minute * factor,
        tiers=tuple(
            msgspec.structs.replace(
                tier,
                price_per_contact=tier.price_per_contact * factor,
                price_per_minute=tier.price_per_minute * factor,
            )
            for tier in house.contract.tiers
        ),
    )
    changed = msgspec.structs.replace(house, contract=contract)
    return msgspec.structs.replace(center, vendors={**center.vendors, name: changed})


def test_cheaper_scales_tiers_too() -> None:
    tiers = (Tier(above=0, up_to=2, price_per_contact=4.0), Tier(above=2, price_per_minute=3.0))
    center = one_queue(vendors={"nord": vendor(contract=Contract(tiers=tiers))})
    before, after = (c.vendors["nord"].contract.tiers for c in (center, cheaper(center, "nord", 0.5)))
    assert [(t.price_per_contact, t.price_per_minute) for t in before] == [(4.0, 0.0), (0.0, 3.0)]
    assert [(t.price_per_contact, t.price_per_minute) for t in after] == [(2.0, 0.0), (0.0, 1.5)]


def overtaken_by(decision: Decision, name: str) -> set[str]:
    """Who stands before a vendor in the ranking."""
    return set(decision.ranked[: decision.ranked.index(name)])


@GENERATED
@given(strict_centers() | counting_centers(), any_policy, contacts, snapshots(), st.floats(0, 0.99))
def test_a_better_price_never_ranks_a_vendor_lower(center, policy, contact, snapshot, factor) -> None:
    decision = Router(center, policy, clock=lambda: NOON, compile=False).preview(contact, snapshot)
    for name in center.vendors:
        better = cheaper(center, name, factor)
        again = Router(better, policy, clock=lambda: NOON, compile=False).preview(contact, snapshot)
        assert (name in again.ranked) >= (name in decision.ranked)
        if name in decision.ranked:
            costs = {way.destination: way.cost for way in again.ways}
            new = {
                other
                for other in overtaken_by(again, name) - overtaken_by(decision, name)
                if other in center.vendors or costs[other] < costs[name] * (1 - 1e-9)
            }
            assert not new


def check_accounted_for(decision: Decision) -> None:
    destinations = [*decision.ranked, *(out.destination for out in decision.rejected)]
    assert sorted(destinations) == sorted([decision.queue, *decision.evidence.basis.center.vendors])


feeds = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("agents", "busy", "waiting", "arrival_rate", "aht"), wild)
).map(
    lambda told: {name: value for name, value in told.items() if name != "agents" or not 1e3 < value <= 1e6}
)
vendor_feeds = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("in_flight", "capacity", "expected_wait"), wild)
)
moments = st.tuples(
    wild_contacts, wild_instants, st.sampled_from(QUEUES), feeds, st.sampled_from(VENDORS), vendor_feeds
)
SANE = (-6e10, 2.5e11)
"""Clocks between which calendars work (years 1 to 9999, with room for time zones)."""


@GENERATED
@given(strict_centers(), any_policy, st.lists(moments, min_size=1, max_size=4))
def test_no_feed_and_no_clock_stops_it_and_a_bad_one_is_told(center, policy, steps) -> None:
    """A live state that contradicts itself, and clocks that jump to and fro."""
    now = [NOON]
    live = Router(center, policy, clock=lambda: now[0], chance=lambda: 0.5, compile=False)
    distrusted: dict[str, str] = {}
    for contact, now[0], queue, feed, name, vendor_feed in steps:
        live.state[queue].update(**feed)
        if name in center.vendors:
            live.vendors[name].update(**vendor_feed)
            state = msgspec.structs.replace(live.vendors[name].state, **vendor_feed)
            distrusted[name] = state.distrust()
        decision = live.route(contact)
        check_accounted_for(decision)
        told = live.state[decision.queue].state
        if told is None or told.distrust():
            assert decision.degraded
        if any(distrusted.values()):
            assert decision.degraded
        if center.vendors and not SANE[0] < now[0] < SANE[1]:
            assert decision.degraded
        assert decision.contact.type[:100] in decision.explain() or not contact.type.isprintable()
        for outcome in ("failed", "answered"):  # settled a second time, nothing happens
            live.settle(decision, outcome, wait=now[0], handle=now[0])


# --- every reason is true -------------------------------------------------------------------------------


class Day:
    """What was sent on one day, counted from the decisions alone; no window ends on it."""

    def __init__(self, center: Center) -> None:
        self.center = center
        self.routed = 0
        self.sent: Counter[str] = Counter()
        self.there: Counter[str] = Counter()

    def count(self, decision: Decision) -> None:
        self.routed += 1
        if decision.action == Action.OVERFLOW:
            self.sent[decision.destination] += 1
            self.there[decision.destination] += 1

    def check(
        self, decision: Decision, name: str, rule: str, observed: object, limit: object, now: float
    ) -> None:
        """Evaluate a stated reason again, from the configuration, these counts and the decision's numbers."""
        center, contact = self.center, decision.contact
        kind = center.contact_types.get(contact.type)
        if name == decision.queue:
            self.check_in_house(decision, rule, observed, limit)
            return
        house = center.vendors[name]
        contract, local = house.contract, datetime.fromtimestamp(now, ZoneInfo(house.timezone))
        noted = decision.to_dict()["vendors"].get(name, {})
        total, mine = self.sent.total() + 1, self.sent[name] + 1
        match rule:
            case "contact_type":
                assert contact.type not in house.contact_types
            case "data_rule":
                assert {*contact.data, *(kind.data if kind else ())}
            case "certificate":
                assert any(
                    not house.certificates.get(c) or house.certificates[c] < local.date()
                    for c in kind.certificates
                )
            case "location":
                assert kind.locations
                assert house.location not in kind.locations
            case "language":
                assert house.languages
                assert contact.language not in house.languages
            case "skill":
                assert set(kind.skills) - set(house.skills)
            case "sourcing":
                assert kind is None or kind.sourcing == "in_house"
            case "term":
                assert not (contract.start or date.min) <= local.date() <= (contract.end or date.max)
            case "opening_hours":
                assert house.hours
            case "capacity":
                assert observed == noted["in_flight"] == self.there[name]
                assert limit == house.capacity <= observed
            case "cap_per_hour" | "cap_per_day" | "cap_per_period":
                assert observed == self.sent[name]
                assert limit == getattr(contract, rule) <= observed
            case "max_share":
                assert observed == pytest.approx(mine / (self.routed + 1))
                assert limit == house.max_share < observed
            case "min_in_house_share":
                assert observed == pytest.approx(1 - total / (self.routed + 1), abs=1e-12)
                assert observed < limit == pytest.approx(center.min_in_house_share)
            case "max_concentration":
                counts = {**self.sent, name: mine}
                assert observed == pytest.approx(sum((n / total) ** 2 for n in counts.values()))
                assert limit == center.max_concentration < observed
                assert total >= center.concentration_from
            case "max_exposure":
                assert noted["left_to_spend"] < 1.0
                assert house.max_exposure is not None
            case "trial":
                assert observed >= limit
                assert any(isinstance(term, Trial) and term.share == limit for term in contract.terms)
            case "health":
                assert noted["admitted"] == 0.0
            case "ramp":
                assert 0.0 < noted["admitted"] < 1.0
                assert noted["admission"] + noted["admitted"] < 1.0
            case _:
                raise AssertionError(f"an unheard-of reason: {rule}")

    def check_in_house(self, decision: Decision, rule: str, observed: object, limit: object) -> None:
        kind = self.center.contact_types.get(decision.contact.type)
        queue = self.center.queues[decision.queue]
        match rule:
            case "contact_type":
                assert kind is None
            case "language":
                assert decision.contact.language not in queue.languages
            case "sourcing":
                assert kind.sourcing == "specialised"
            case "agents":
                assert not queue.accepts_when_closed
                assert decision.state.agents == observed == 0
            case "holiday" | "opening_hours":
                local = datetime.fromtimestamp(decision.at, self.center.zone)
                closed = (
                    local.date() in queue.holidays if rule == "holiday" else not is_open(queue.spans, local)
                )
                assert closed
                assert not queue.accepts_when_closed
            case "waiting_room":
                assert observed == decision.present >= limit
                assert limit == math.ceil(decision.state.agents) + queue.waiting_room
            case _:
                raise AssertionError(f"an unheard-of reason: {rule}")


visits = st.lists(
    st.tuples(
        st.floats(0, 60),
        contacts | st.just(Contact("service")),
        st.sampled_from(QUEUES),
        queue_states,
        st.sampled_from((None, "answered", "failed")),
    ),
    min_size=1,
    max_size=25,
)


@GENERATED
@given(strict_centers() | counting_centers(), any_policy, visits)
def test_every_stated_reason_is_true(center, policy, steps) -> None:
    day, now = Day(center), [NOON]  # all of it within an hour of every zone
    live = Router(center, policy, clock=lambda: now[0], chance=lambda: 0.5, compile=False)
    for pause, contact, queue, state, outcome in steps:
        now[0] += pause
        told = {name: value for name, value in msgspec.structs.asdict(state).items() if value is not None}
        if queue in live.state:
            live.state[queue].update(**told)
        decision = live.route(contact)
        check_accounted_for(decision)
        for out in decision.rejected:
            day.check(
                decision, out.destination, out.reason.rule, out.reason.observed, out.reason.limit, now[0]
            )
        day.count(decision)
        if outcome is not None:
            live.settle(decision, outcome, wait=1.0, handle=60.0)
            if decision.action == Action.OVERFLOW:
                day.there[decision.destination] -= 1
                if outcome == "failed":  # its place below the caps comes back
                    day.sent[decision.destination] -= 1


# --- nothing is compiled again, nothing wakes the garbage collector -----------------------------------------

NUMBERS = (int, float, np.float64, np.float32, np.int64, np.int32, np.uint8)


def signatures() -> list[tuple]:
    """What each compiled kernel is compiled for; the call itself is a plain function of one signature."""
    return [tuple(kernel.signatures) for kernel in _kernels.current() if hasattr(kernel, "signatures")]


@COMPILER
def test_no_kind_of_number_has_anything_compiled_again() -> None:
    """Whole, floating and NumPy's numbers in states, clocks and luck, live and in snapshots."""
    from numba.core import event

    warmup()
    now: list = [NOON]
    center = one_queue(vendors={"nord": vendor(capacity=3), "syd": vendor(expected_wait=5)})
    live = Router(center, clock=lambda: now[0], chance=lambda: np.float32(0.5))
    live.state["service"].update(agents=4, busy=4, waiting=1, arrival_rate=0.01)
    live.settle(live.route(Contact("service")), "answered", wait=1, handle=10)
    before = signatures()
    assert all(len(known) == 1 for known in before)
    with event.install_recorder("numba:compile") as compiled:
        for step in range(5):
            for number in NUMBERS:
                now[0] = (
                    number(NOON + step) if number not in (np.float32, np.int32, np.uint8) else NOON + step
                )
                live.state["service"].update(
                    agents=number(4 + step),
                    busy=number(4),
                    waiting=number(step),
                    arrival_rate=number(1),
                    aht=number(60),
                )
                live.vendors["nord"].update(in_flight=number(1), capacity=number(2), expected_wait=number(3))
                state = QueueState(agents=number(5), busy=number(5), waiting=number(step))
                decision = live.route(Contact("service", id=str(step)))
                live.preview(Contact("service"), Snapshot(service=state))
                live.route_many({"type": ["service"] * 3}, at=np.full(3, now[0]))
                live.settle(decision, "answered", wait=number(2), handle=number(60))
    assert not compiled.buffer
    assert signatures() == before


@COMPILER
def test_routing_does_not_wake_the_garbage_collector() -> None:
    warmup()
    live = Router(one_queue(), clock=lambda: NOON)
    live.state["service"].update(agents=4, busy=4, waiting=9)
    contact = Contact("service")
    live.route(contact)
    woken: list[dict] = []

    def note(phase: str, info: dict) -> None:
        if phase == "start":
            woken.append(info)

    gc.collect()
    gc.callbacks.append(note)
    try:
        for _ in range(100_000):
            live.route(contact)
    finally:
        gc.callbacks.remove(note)
    assert woken == []
    assert live.usage("nord").in_flight + int(live._tables.arrays.queues[0, columns.PRESENT]) >= 100_000
