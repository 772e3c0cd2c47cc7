from __future__ import annotations

import math
import random
import threading
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Action,
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    Decision,
    ExpectedWait,
    InputError,
    Ledger,
    MarginalCost,
    NeverOverflow,
    OwnCost,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Rule,
    ServedInTime,
    Share,
    Situation,
    Snapshot,
    Tier,
    Vendor,
    VendorState,
    _kernels,
    warmup,
)
from bporoute.errors import escaped
from helpers.clock import NOON, Clock
from helpers.running import run_together
from helpers.strategies import (
    BUSY,
    FREE,
    centers,
    contacts,
    fitting,
    instants,
    one_queue,
    snapshots,
    vendor,
    wild_contacts,
    wild_instants,
    wild_queue_states,
    wild_snapshots,
    wild_vendor_states,
)

SERVICE = Contact("service")
AT_ONCE = QueueLength(0)
"""Sends out whatever would have to wait."""
POLICIES = (
    MarginalCost(),
    NeverOverflow(),
    AT_ONCE,
    QueueLength(3),
    ExpectedWait(30),
    ServedInTime(0.8, 20),
    OwnCost(2.0),
    Share({"nord": 0.3, "syd": 0.4}),
    Share({"ost": 1.0}),
)
policies = st.sampled_from(POLICIES)
SLOW_TO_DRAW = settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def present(state: QueueState) -> float:
    """Nobody waits while an agent is free; whoever is busy beyond the shift is not counted."""
    agents = math.ceil(state.agents)
    return agents + state.waiting if state.waiting else min(state.busy, agents)


def router(center: Center | None = None, policy=AT_ONCE, clock=None, ledger: Ledger | None = None) -> Router:
    center = one_queue() if center is None else center
    return Router(
        center,
        fitting(policy, center),
        clock=Clock() if clock is None else clock,
        ledger=ledger,
        compile=False,
        lease=math.inf,
    )


def told(queue: QueueState = BUSY, **others) -> Snapshot:
    return Snapshot(service=queue, **others)


def reasons(decision: Decision) -> dict[str, str]:
    return {out.destination: out.reason.rule for out in decision.rejected}


def essence(decision: Decision) -> tuple:
    """What two decisions must share to be the same one, numbers rounded to 9 digits."""
    ways = tuple((way.destination, f"{way.cost:.9g}", f"{way.expected_wait:.9g}") for way in decision.ways)
    return decision.action, decision.destination, ways, decision.rejected, decision.degraded


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


# -- an independent account of who may take what ------------------------------------------------


class Account:
    """Counts what was sent by the wall clock of each vendor, from nothing but the decisions."""

    def __init__(self, center: Center) -> None:
        self.center = center
        self.sent: defaultdict[tuple, int] = defaultdict(int)
        self.in_flight: Counter[str] = Counter()

    def windows(self, name: str, now: float) -> tuple[tuple, tuple, tuple]:
        house = self.center.vendors[name]
        local = datetime.fromtimestamp(now, ZoneInfo(house.timezone))
        months = {"month": 1, "quarter": 3, "year": 12}[house.contract.period]
        period = (name, "period", local.year, (local.month - 1) // months)
        return (
            (name, "hour", local.date(), local.hour, local.utcoffset()),
            (name, "day", local.date()),
            period,
        )

    def send(self, name: str, now: float) -> None:
        self.in_flight[name] += 1
        for window in self.windows(name, now):
            self.sent[window] += 1

    def objections(self, contact: Contact, name: str, now: float, snapshot: Snapshot) -> set[str]:
        """Every rule that bars a vendor, judged on its own."""
        house, kind = self.center.vendors[name], self.center.contact_types.get(contact.type)
        contract = house.contract
        local = datetime.fromtimestamp(now, ZoneInfo(house.timezone))
        state = snapshot.vendor(name) or VendorState()
        there = self.in_flight[name] if state.in_flight is None else state.in_flight
        capacity = house.capacity if state.capacity is None else state.capacity
        hour, day, period = (self.sent[window] for window in self.windows(name, now))
        caps = (contract.cap_per_hour, contract.cap_per_day, contract.cap_per_period)
        classes = {*contact.data, *(kind.data if kind else ())}

        def lacks(certificate: str) -> bool:
            return certificate not in house.certificates or house.certificates[certificate] < local.date()

        rules = {
            "contact_type": contact.type not in house.contact_types,
            "language": bool(contact.language and house.languages)
            and contact.language not in house.languages,
            "data_rule": any(self.denied(name, house, lacks) for name in classes),
            "certificate": any(lacks(wanted) for wanted in (kind.certificates if kind else ())),
            "sourcing": kind is not None and kind.sourcing == "in_house",
            "term": not (contract.start or date.min) <= local.date() <= (contract.end or date.max),
            "opening_hours": bool(house.hours) and not open_at(house.hours, local),
            "up": not state.up,
            "capacity": capacity is not None and there >= capacity,
            "cap_per_hour": caps[0] is not None and hour >= caps[0],
            "cap_per_day": caps[1] is not None and day >= caps[1],
            "cap_per_period": caps[2] is not None and period >= caps[2],
        }
        return {rule for rule, holds in rules.items() if holds}

    def denied(self, data_class: str, house: Vendor, lacks) -> bool:
        rule = self.center.data_rules.get(data_class)
        return (
            rule is None
            or house.country not in rule.countries
            or bool(rule.certificate and lacks(rule.certificate))
        )

    def in_house_objections(self, contact: Contact, name: str, now: float, state: QueueState) -> set[str]:
        queue, kind = self.center.queues[name], self.center.contact_types.get(contact.type)
        local = datetime.fromtimestamp(now, ZoneInfo(self.center.timezone))
        closes = not queue.accepts_when_closed
        rules = {
            "contact_type": kind is None,
            "language": bool(kind and contact.language and queue.languages)
            and contact.language not in queue.languages,
            "sourcing": kind is not None and kind.sourcing == "specialised",
            "holiday": closes and local.date() in queue.holidays,
            "opening_hours": closes and bool(queue.hours) and not open_at(queue.hours, local),
            "agents": closes and state.agents == 0,
            "waiting_room": present(state) >= math.ceil(state.agents) + queue.waiting_room,
        }
        return {rule for rule, holds in rules.items() if holds}


def open_at(lines: tuple[str, ...], local: datetime) -> bool:
    """The hours that the strategies draw, read by hand."""
    clock, day = f"{local:%H:%M}", local.weekday()
    return {
        "mon-fri 08:00-20:00": day < 5 and "08:00" <= clock < "20:00",
        "daily 00:00-24:00": True,
        "fri-mon 22:00-02:30": (day in (4, 5, 6, 0) and clock >= "22:00")
        or (day in (5, 6, 0, 1) and clock < "02:30"),
    }[lines[0]] or (len(lines) > 1 and day == 1 and "10:15" <= clock < "10:45")


steps = st.lists(st.tuples(contacts, snapshots(), st.booleans()), min_size=1, max_size=12)
forward = st.lists(st.floats(0, 3e6) | st.floats(0, 900), min_size=12, max_size=12)
to_and_fro = st.lists(st.integers(0, 10_800_000).map(lambda ms: ms / 1000), min_size=12, max_size=12)
"""Within three hours, so that the ledger still knows every window that the clock steps back into."""


@st.composite
def walks(draw: st.DrawFn) -> list[float]:
    start = draw(instants)
    if draw(st.booleans()):
        return [start + offset for offset in draw(to_and_fro)]
    return list(np.cumsum([start, *draw(forward)])[1:].tolist())


@SLOW_TO_DRAW
@given(centers(), policies, steps, walks())
def test_who_may_take_a_contact_is_what_the_rules_say_over_any_sequence(center, policy, steps, walk) -> None:
    account, clock = Account(center), Clock()
    live = router(center, policy, clock)
    for (contact, snapshot, settle), clock.now in zip(steps, walk, strict=False):
        kind = center.contact_types.get(contact.type)
        queue = kind.queue if kind else next(iter(center.queues))
        decision = live.route(contact, snapshot)
        stated = reasons(decision)
        unknown = snapshot.states.keys() - center.queues.keys() - center.vendors.keys()
        assert bool(decision.degraded) == (bool(unknown) or not decision.ranked)
        assert sorted([*decision.ranked, *stated]) == sorted([queue, *center.vendors])
        for name in center.vendors:
            true = account.objections(contact, name, clock.now, snapshot)
            assert (stated[name] in true) if name in stated else not true
        true = account.in_house_objections(contact, queue, clock.now, snapshot.queue(queue))
        assert (stated[queue] in true) if queue in stated else not true
        if decision.ranked:
            assert decision.destination == decision.ranked[0]
            assert (decision.action == Action.OVERFLOW) == (decision.destination in center.vendors)
        else:
            assert decision.action == center.fallback
            assert decision.destination == (queue if center.fallback == "keep" else None)
        local = datetime.fromtimestamp(clock.now, ZoneInfo(center.timezone))
        handed = bool(kind and kind.hand_over) and open_at(kind.hand_over, local)
        if kind and (kind.sourcing == "full" or handed) and queue in decision.ranked:
            assert decision.ranked[-1] == queue
        if decision.action == Action.OVERFLOW:
            account.send(decision.destination, clock.now)
            if settle:
                live.settle(decision, "answered")
                account.in_flight[decision.destination] -= 1
        for name, house in center.vendors.items():
            usage, contract = live.usage(name), house.contract
            assert usage.in_flight == account.in_flight[name]
            counts = tuple(account.sent[window] for window in account.windows(name, clock.now))
            assert (usage.this_hour, usage.today, usage.this_period) == counts
            caps = (contract.cap_per_hour, contract.cap_per_day, contract.cap_per_period)
            assert all(cap is None or count <= cap for count, cap in zip(counts, caps, strict=True))


# -- no contact, no state and no clock makes it fail ----------------------------------------------


@settings(parent=SLOW_TO_DRAW, max_examples=100)
@given(
    centers(),
    policies,
    st.lists(st.tuples(wild_contacts, wild_snapshots, wild_instants), min_size=1, max_size=4),
)
def test_nothing_that_type_checks_raises(center, policy, steps) -> None:
    clock = Clock()
    live = router(center, policy, clock)
    for contact, snapshot, clock.now in steps:
        decision = live.route(contact, snapshot)
        queue = decision.queue
        assert sorted([*decision.ranked, *reasons(decision)]) == sorted([queue, *center.vendors])
        assert escaped(contact.type)[:100] in decision.explain()
        live.settle(decision, "answered", clock.now, clock.now)
        state = snapshot.queue(queue) if snapshot else None
        if state is None or state.distrust() or (center.vendors and not -6e10 < clock.now < 2.5e11):
            assert decision.degraded
        vendors = [snapshot.vendor(name) for name in center.vendors] if snapshot else []
        if any(state and state.distrust() for state in vendors):
            assert decision.degraded


IMPOSSIBLE = [
    QueueState(agents=math.nan),
    QueueState(agents=math.inf),
    QueueState(agents=-1),
    QueueState(agents=1e7),
    QueueState(agents=4, busy=math.nan),
    QueueState(agents=4, waiting=-1),
    QueueState(agents=4, waiting=math.inf),
    QueueState(agents=4, arrival_rate=math.nan),
    QueueState(agents=4, aht=0.0),
    QueueState(agents=4, aht=math.inf),
]


@pytest.mark.parametrize("state", IMPOSSIBLE, ids=str)
def test_an_impossible_state_keeps_the_contact_and_says_so(state: QueueState) -> None:
    decision = router().route(SERVICE, told(state))
    assert (decision.action, decision.destination) == (Action.KEEP, "service")
    assert " is " in decision.degraded
    assert math.isnan(decision.cost)
    assert math.isnan(decision.expected_wait)


def test_a_missing_state_keeps_the_contact_and_says_so() -> None:
    unknown = "no state of queue 'service' is known"
    for snapshot, said in (
        (None, ""),
        (Snapshot(), ""),
        (Snapshot(helpdesk=BUSY), "; snapshot tells of 'helpdesk', neither a queue nor a vendor: one of: "),
        (Snapshot(service=VendorState()), "; snapshot's 'service' is VendorState("),
    ):
        decision = router().route(SERVICE, snapshot)
        assert decision.destination == "service"
        assert decision.degraded.startswith(unknown + said)
        assert said or decision.degraded == unknown


@pytest.mark.parametrize(
    "state",
    [
        VendorState(in_flight=math.nan),
        VendorState(capacity=-1),
        VendorState(expected_wait=math.inf),
        VendorState(in_flight=math.inf),
    ],
    ids=str,
)
def test_an_impossible_vendor_state_is_not_believed_and_said(state: VendorState) -> None:
    decision = router().route(SERVICE, told(nord=state))
    assert decision.destination == "nord"
    assert decision.degraded.startswith("nord: ")
    live = router()
    live.state["service"].update(agents=4, busy=4)
    live.vendors["nord"].update(
        in_flight=state.in_flight, capacity=state.capacity, expected_wait=state.expected_wait
    )
    assert live.route(SERVICE).degraded == decision.degraded
    live.vendors["nord"].update(up=True)
    assert live.route(SERVICE).degraded == ""


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf, 1e300, -1e300])
def test_an_impossible_clock_closes_the_vendors_until_it_is_mended(now: float) -> None:
    clock = Clock(now)
    live = router(clock=clock)
    decision = live.route(SERVICE, told())
    assert (decision.destination, decision.degraded) == ("service", f"the clock reads {now}")
    assert reasons(decision) == {"nord": "clock"}
    clock.now = NOON
    decision = live.route(SERVICE, told())
    assert (decision.destination, decision.degraded) == ("nord", "")


def test_an_impossible_state_keeps_the_contact_after_a_share_too() -> None:
    live = router(policy=Share({"nord": 1.0}))
    assert live.route(SERVICE, told()).destination == "nord"
    assert live.route(SERVICE, told(QueueState(agents=math.nan))).destination == "service"


def test_a_vendor_wait_near_the_end_of_numbers_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    center = one_queue({"wait_cost_per_minute": 1000.0})
    assert router(center).route(SERVICE, told(nord=VendorState(expected_wait=1e308))).destination in (
        "nord",
        "service",
    )


# -- preview, live state, compiled ----------------------------------------------------------------


@SLOW_TO_DRAW
@given(centers(), policies, steps, instants)
def test_preview_changes_nothing_and_equals_the_route_that_follows(center, policy, steps, now) -> None:
    live = router(center, policy, Clock(now))
    for contact, snapshot, settle in steps:
        first = live.preview(contact, snapshot)
        before = [live.usage(name) for name in center.vendors]
        assert essence(live.preview(contact, snapshot)) == essence(first)
        assert [live.usage(name) for name in center.vendors] == before
        decision = live.route(contact, snapshot)
        assert essence(decision) == essence(first)
        assert (first.id, decision.id > 0) == (0, True)
        assert live.settle(first, "answered") == 0.0
        if settle:
            live.settle(decision, "abandoned")


@SLOW_TO_DRAW
@given(centers(), policies, steps, instants)
def test_previews_of_other_contacts_and_states_do_not_change_what_is_routed(
    center, policy, steps, now
) -> None:
    asked, plain = router(center, policy, Clock(now)), router(center, policy, Clock(now))
    for live in (asked, plain):
        for contact, snapshot, _ in steps:
            live.preview(contact, snapshot)  # the mix of contacts is known to both
    for contact, snapshot, preview in steps:
        if preview:
            asked.preview(steps[0][0], steps[-1][1])
        assert essence(asked.route(contact, snapshot)) == essence(plain.route(contact, snapshot))


def test_a_preview_leaves_the_shares_in_force_alone() -> None:
    live = router(policy=lambda situation: Rule(shares={"nord": float(situation.agents > 5)}))
    live.state["service"].update(agents=1)
    assert live.preview(SERVICE).destination == "service"
    assert live.preview(SERVICE, told(QueueState(agents=10))).destination == "nord"
    assert live.preview(SERVICE).destination == "service"


def test_vendors_told_with_one_snapshot_are_forgotten_in_the_next() -> None:
    center = one_queue(
        {"wait_cost_per_minute": 9.0, "abandonment_cost": 8.0, "patience": 200.0, "arrival_rate": 0.18}
    )
    state = QueueState(agents=42, busy=42, waiting=2)
    wanted = router(center, MarginalCost()).preview(SERVICE, told(state)).sends_from
    live = router(center, MarginalCost())
    live.preview(SERVICE, told(state, nord=VendorState(up=False)))
    assert live.preview(SERVICE, told(state)).sends_from == wanted


@SLOW_TO_DRAW
@given(centers(), policies, st.lists(st.tuples(contacts, snapshots()), min_size=1, max_size=6), instants)
def test_live_state_and_snapshot_agree(center, policy, steps, now) -> None:
    fed, asked = router(center, policy, Clock(now)), router(center, policy, Clock(now))
    for contact, snapshot in steps:
        for name in center.queues:
            state = snapshot.queue(name)
            fed.state[name].update(agents=state.agents, busy=state.busy, waiting=state.waiting)
        plain = {
            name: QueueState(state.agents, state.busy, state.waiting)
            for name in center.queues
            for state in [snapshot.queue(name)]
        }
        assert essence(fed.route(contact)) == essence(asked.route(contact, Snapshot(**plain)))


@SLOW_TO_DRAW
@given(centers(), policies, contacts, snapshots(), instants)
def test_a_vendor_state_told_live_or_in_a_snapshot_decides_alike(
    center, policy, contact, snapshot, now
) -> None:
    fed, asked = router(center, policy, Clock(now)), router(center, policy, Clock(now))
    for name in center.vendors:
        if state := snapshot.vendor(name):
            fed.vendors[name].update(
                up=state.up,
                in_flight=state.in_flight,
                capacity=state.capacity,
                expected_wait=state.expected_wait,
            )
    queues = Snapshot(**{name: snapshot.queue(name) for name in center.queues})
    known = {
        name: state for name, state in snapshot.states.items() if name in {*center.queues, *center.vendors}
    }
    assert essence(fed.route(contact, queues)) == essence(asked.route(contact, Snapshot(**known)))


def big_center(seed: int) -> Center:
    pick = random.Random(seed)
    return Center(
        queues={
            "service": Queue(
                aht=240, patience=180, waiting_room=25, wait_cost_per_minute=0.4, abandonment_cost=6
            )
        },
        contact_types={
            "service": ContactType(queue="service"),
            "card": ContactType(queue="service", sourcing="full", data=("card",)),
            "sales": ContactType(queue="service", sourcing="specialised"),
        },
        vendors={
            name: vendor(
                contact_types=("service", "card", "sales"),
                country=country,
                hours=("mon-sun 08:00-20:00",),
                capacity=40,
                contract=Contract(
                    tiers=(
                        Tier(above=0, up_to=80, price_per_contact=pick.uniform(2, 8)),
                        Tier(above=80, price_per_minute=pick.uniform(0.2, 2)),
                    ),
                    cap_per_hour=15,
                    cap_per_day=90,
                ),
            )
            for name, country in (("nord", "EE"), ("syd", "IN"), ("ost", "EE"))
        },
        data_rules={"card": DataRule(countries=("EE",))},
        fallback="callback",
    )


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_interpreted_and_compiled_decide_alike(policy, monkeypatch: pytest.MonkeyPatch) -> None:
    warmup()
    compiled = _kernels.current()
    center, clock = big_center(1), Clock()
    pick = random.Random(2)
    routers = [(kernels, router(center, policy, clock)) for kernels in (_kernels.INTERPRETED, compiled)]
    contact, state = SERVICE, FREE
    for number in range(600):
        clock.now += pick.expovariate(1 / 200)
        if number % 4 == 0:
            state = QueueState(10, pick.randint(0, 10), pick.randint(0, 25), pick.choice((None, 0.03, 0.06)))
        contact = Contact(
            pick.choice(("service", "service", "card", "sales", "other")), data=pick.choice(((), ("x",)))
        )
        settle = pick.random() < 0.7
        told_now = (
            told(state, nord=VendorState(up=pick.random() < 0.9)) if pick.random() < 0.3 else told(state)
        )
        seen = []
        for kernels, live in routers:
            monkeypatch.setattr(_kernels, "current", lambda kernels=kernels: kernels)
            decision = live.route(contact, told_now)
            seen.append(essence(decision))
            if settle:
                live.settle(decision, "answered", handle=200.0)
        assert seen[0] == seen[1]


# -- settling -------------------------------------------------------------------------------------


def test_an_answered_contact_is_paid_once_at_the_contract_price() -> None:
    live = router(
        one_queue(vendors={"nord": vendor(contract=Contract(price_per_contact=1.0, price_per_minute=0.6))})
    )
    decision = live.route(SERVICE, told())
    assert live.usage("nord").in_flight == 1
    assert live.settle(decision, "answered", wait=3.0, handle=180.0) == pytest.approx(2.8)
    assert live.settle(decision, "answered", handle=180.0) == 0.0
    usage = live.usage("nord")
    assert (usage.in_flight, usage.this_hour, usage.today, usage.this_period) == (0, 1, 1, 1)
    assert usage.spent == pytest.approx(2.8)


@pytest.mark.parametrize("outcome", ["abandoned", "failed"])
def test_what_was_not_answered_is_not_paid(outcome: str) -> None:
    live = router()
    assert live.settle(live.route(SERVICE, told()), outcome, handle=180.0) == 0.0
    counted = 0 if outcome == "failed" else 1  # it gives its place below the caps back
    assert (live.usage("nord").in_flight, live.usage("nord").spent) == (0, 0.0)
    assert live.usage("nord").today == counted


def test_a_kept_contact_costs_nothing() -> None:
    live = router()
    decision = live.route(SERVICE, told(FREE))
    assert decision.action == Action.KEEP
    assert live.settle(decision, "answered", handle=60.0) == 0.0


def test_what_is_owed_by_tiers_goes_by_how_many_were_settled() -> None:
    steps = tuple(
        Tier(above=above, up_to=up_to, price_per_contact=price)
        for above, up_to, price in ((0, 1, 5.0), (1, 3, 4.0), (3, None, 3.0))
    )
    live = router(one_queue(vendors={"nord": vendor(contract=Contract(tiers=steps))}))
    decisions = [live.route(SERVICE, told()) for _ in range(5)]
    assert [live.settle(decision, "answered") for decision in reversed(decisions)] == [5, 4, 4, 3, 3]
    assert live.usage("nord").spent == live.invoice("nord").total == 19.0


# -- counted windows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cap", "before", "after"),
    [
        ("cap_per_hour", "2026-11-22T10:59:59.9", "2026-11-22T11:00:00"),
        ("cap_per_day", "2026-10-25T23:59:59.9", "2026-10-26T00:00:00"),  # a day of 25 hours
        ("cap_per_period", "2026-11-30T23:59:59.9", "2026-12-01T00:00:00"),
    ],
)
def test_counts_start_anew_exactly_at_the_vendors_boundary(cap: str, before: str, after: str) -> None:
    zone = "Europe/Tallinn"
    center = one_queue(vendors={"nord": vendor(timezone=zone, contract=Contract(**{cap: 1}))})
    clock = Clock(at(before, zone) - 1000)
    live = router(center, clock=clock)
    assert live.route(SERVICE, told()).destination == "nord"
    clock.now = at(before, zone)
    assert reasons(live.route(SERVICE, told())) == {"nord": cap}
    clock.now = at(after, zone)
    assert live.route(SERVICE, told()).destination == "nord"
    assert reasons(live.route(SERVICE, told())) == {"nord": cap}
    clock.now = at(before, zone)
    assert reasons(live.route(SERVICE, told())) == {"nord": cap}


def test_usage_knows_that_midnight_has_passed() -> None:
    clock = Clock()
    live = router(clock=clock)
    live.route(SERVICE, told())
    clock.now += 2 * 86400
    assert live.usage("nord").today == 0


def test_capacity_frees_when_a_contact_is_settled() -> None:
    live = router(one_queue(vendors={"nord": vendor(capacity=1)}))
    decision = live.route(SERVICE, told())
    refused = live.route(SERVICE, told())
    assert reasons(refused) == {"nord": "capacity"}
    assert (refused.rejected[0].reason.observed, refused.rejected[0].reason.limit) == (1.0, 1.0)
    live.settle(decision, "failed")
    assert live.route(SERVICE, told()).destination == "nord"


def test_two_routers_that_share_a_ledger_share_its_caps() -> None:
    center, ledger = one_queue(vendors={"nord": vendor(contract=Contract(cap_per_day=5))}), Ledger()
    routers = [router(center, ledger=ledger) for _ in range(2)]
    sent = [routers[turn % 2].route(SERVICE, told()).destination for turn in range(20)]
    assert sent == ["nord"] * 5 + ["service"] * 15
    assert routers[0].usage("nord") == routers[1].usage("nord")


def test_a_decision_is_settled_by_the_router_beside_it_too() -> None:
    ledger = Ledger()
    one, other = router(ledger=ledger), router(ledger=ledger)
    decision = one.route(SERVICE, told())
    assert other.settle(decision, "answered") == 4.5
    assert one.settle(decision, "answered") == 0.0


@pytest.mark.parametrize("fails", ["clock", "chance"])
def test_what_is_settled_while_a_clock_or_a_chance_fails_is_settled_whole(fails: str) -> None:
    live = router()
    decision = live.route(SERVICE, told())

    def failing() -> float:
        raise RuntimeError("no answer")

    working = getattr(live, fails)
    setattr(live, fails, failing)
    assert live.settle(decision, "answered") == 4.5
    setattr(live, fails, working)
    assert live.settle(decision, "answered") == 0.0
    assert (live.usage("nord").in_flight, live.usage("nord").answered) == (0, 1)


def test_threads_together_never_exceed_a_cap() -> None:
    live = router(one_queue(vendors={"nord": vendor(contract=Contract(cap_per_day=700), capacity=50)}))
    start, sent, wrong = threading.Barrier(8), Counter(), []

    def work() -> None:
        start.wait()
        try:
            for _ in range(200):
                decision = live.route(SERVICE, told())
                sent[threading.get_ident(), decision.destination] += 1
                if not 0 <= live.usage("nord").in_flight <= 50:
                    wrong.append(live.usage("nord"))
                live.settle(decision, "answered")
        except Exception as failure:
            wrong.append(failure)

    run_together([work] * 8)
    assert wrong == []
    assert sum(sent.values()) == 1600
    assert sum(count for (_, place), count in sent.items() if place == "nord") == 700
    usage = live.usage("nord")
    assert (usage.today, usage.in_flight, usage.spent) == (700, 0, 0.0)


# -- policies -------------------------------------------------------------------------------------


def test_shares_are_exact() -> None:
    shares = {"nord": 0.3, "syd": 0.25, "ost": 0.05}
    live = router(one_queue(vendors={name: vendor() for name in shares}), Share(shares))
    counts: Counter[str] = Counter()
    for number in range(1, 1001):
        counts[live.route(SERVICE, told(FREE)).destination] += 1
        wanted = {**shares, "service": 0.4}
        assert all(abs(counts[name] - share * number) < 1.0 + 1e-9 for name, share in wanted.items())
    assert counts == {"nord": 300, "syd": 250, "ost": 50, "service": 400}


def test_a_vendor_that_was_closed_claims_nothing_afterwards() -> None:
    live = router(one_queue(vendors={"nord": vendor(), "syd": vendor()}), Share({"nord": 0.5, "syd": 0.25}))
    down = told(FREE, nord=VendorState(up=False))
    away = Counter(live.route(SERVICE, down).destination for _ in range(100))
    assert away == {"syd": 75, "service": 25}  # it stands in for the other meanwhile
    back = Counter(live.route(SERVICE, told(FREE)).destination for _ in range(100))
    assert all(abs(back[name] - count) <= 1 for name, count in {"nord": 50, "syd": 25, "service": 25}.items())


def test_a_policy_of_ones_own_takes_a_few_lines() -> None:
    def half_empty(situation: Situation) -> Rule:
        return Rule.keep_while(situation.waiting < situation.agents / 2)

    live = router(policy=half_empty)
    assert live.route(SERVICE, told(QueueState(agents=8, busy=8, waiting=3))).action == Action.KEEP
    decision = live.route(SERVICE, told(QueueState(agents=8, busy=8, waiting=4)))
    assert (decision.action, decision.sends_from) == (Action.OVERFLOW, 12.0)


def fails(situation: Situation) -> Rule:
    raise ZeroDivisionError("oh")


BAD_POLICIES = {
    "raises": (fails, "failed: ZeroDivisionError: oh"),
    "nan": (
        lambda s: Rule(keep_cost=np.full(len(s.present), math.nan)),
        "gave no cost of keeping for each of 25 states",
    ),
    "wrong length": (lambda s: Rule(keep_cost=np.zeros(3)), "gave no cost of keeping for each of 25 states"),
    "no array": (lambda s: Rule(keep_cost="dear"), "failed: ValueError"),
    "nothing": (lambda s: None, "failed: AttributeError"),
    "shares above one": (lambda s: Rule(shares={"nord": 1.2}), "gave shares"),
    "negative share": (lambda s: Rule(shares={"nord": -0.1}), "gave shares"),
    "share that is nan": (lambda s: Rule(shares={"nord": math.nan}), "gave shares"),
    "share that is text": (lambda s: Rule(shares={"nord": "half"}), "failed: ValueError"),
}


@pytest.mark.parametrize(("policy", "complaint"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_a_policy_that_misbehaves_degrades(policy, complaint: str) -> None:
    live = router(policy=policy)
    for _ in range(2):
        decision = live.route(SERVICE, told())
        assert decision.destination == "service"
        assert complaint in decision.degraded


PER_MINUTE = {
    "S1": ((50, 100, 10.4, 0.2, 0.3, 0.15, 8.0, 6.0), 5),
    "S2": ((10, 40, 1.6, 0.16, 0.5, 0.25, 12.0, 9.0), 1),
    "S5": ((50, 100, 10.4, 0.2, 0.3, 0.25, 4.0, 6.0), None),
}


@pytest.mark.parametrize(("case", "waiting"), PER_MINUTE.values(), ids=PER_MINUTE)
def test_marginal_cost_keeps_exactly_up_to_the_optimal_threshold(case, waiting: int | None) -> None:
    agents, room, arrivals, service, giving_up, wait_cost, abandonment_cost, price = case
    center = one_queue(
        {
            "aht": 60 / service,
            "patience": 60 / giving_up,
            "arrival_rate": arrivals / 60,
            "waiting_room": room,
            "wait_cost_per_minute": wait_cost,
            "abandonment_cost": abandonment_cost,
        },
        vendors={"nord": vendor(contract=Contract(price_per_contact=price))},
    )
    live = router(center, MarginalCost())
    threshold = math.inf if waiting is None else agents + waiting
    for present in range(agents + room):
        state = QueueState(agents=agents, busy=min(present, agents), waiting=max(present - agents, 0))
        decision = live.preview(SERVICE, told(state))
        assert (decision.action == Action.KEEP) == (present < threshold)
        assert decision.sends_from == threshold
        cost = {way.destination: way.cost for way in decision.ways}
        assert (cost["service"] <= cost["nord"]) == (present < threshold)
    full = live.preview(SERVICE, told(QueueState(agents=agents, busy=agents, waiting=room)))
    assert (full.destination, reasons(full)) == ("nord", {"service": "waiting_room"})


# -- one plain example for each rule and mode -------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "rejected"), [("2026-11-22T23:59", {}), ("2026-11-23T00:00", {"nord": "certificate"})]
)
def test_a_certificate_counts_through_its_last_day(day: str, rejected: dict[str, str]) -> None:
    center = one_queue(
        kind={"certificates": ("iso",)},
        vendors={"nord": vendor(timezone="Asia/Kolkata", certificates={"iso": date(2026, 11, 22)})},
    )
    assert reasons(router(center, clock=Clock(at(day, "Asia/Kolkata"))).route(SERVICE, told())) == rejected


@pytest.mark.parametrize(
    ("day", "rejected"),
    [
        ("2026-10-31", {"nord": "term"}),
        ("2026-11-01", {}),
        ("2026-11-30", {}),
        ("2026-12-01", {"nord": "term"}),
    ],
)
def test_a_contract_runs_through_its_last_day(day: str, rejected: dict[str, str]) -> None:
    terms = Contract(start=date(2026, 11, 1), end=date(2026, 11, 30))
    clock = Clock(at(f"{day}T12:00"))
    assert (
        reasons(
            router(one_queue(vendors={"nord": vendor(contract=terms)}), clock=clock).route(SERVICE, told())
        )
        == rejected
    )


def test_data_goes_only_where_a_rule_allows_it() -> None:
    center = one_queue(
        vendors={
            "nord": vendor(certificates={"pci": date(2027, 1, 1)}),
            "syd": vendor(country="IN"),
            "ost": vendor(),
        },
        data_rules={
            "card": DataRule(countries=("EE",), certificate="pci"),
            "notes": DataRule(countries=("EE", "IN")),
        },
    )
    everywhere = {"nord": "data_rule", "syd": "data_rule", "ost": "data_rule"}
    asked = lambda *data: reasons(router(center).route(Contact("service", data=data), told()))  # noqa: E731
    assert asked() == {}
    assert asked("notes") == {}
    assert asked("card") == {"syd": "data_rule", "ost": "data_rule"}
    assert asked("health") == everywhere
    assert asked("notes", "health") == everywhere


def test_language_is_spoken_or_not() -> None:
    center = one_queue(
        {"languages": ("en",)}, vendors={"nord": vendor(languages=("sv", "et")), "syd": vendor()}
    )
    asked = lambda language: reasons(router(center).route(Contact("service", language), told()))  # noqa: E731
    assert asked("") == {}
    assert asked("en") == {"nord": "language"}
    assert asked("sv") == {"service": "language"}
    assert asked("tlh") == {"service": "language", "nord": "language"}


def test_closed_is_by_the_vendors_clock() -> None:
    house = vendor(timezone="Asia/Kolkata", hours=("daily 09:00-17:30",))
    clock = Clock(at("2026-11-22T11:59"))  # 17:29 in Kolkata
    live = router(one_queue(vendors={"nord": house}), clock=clock)
    assert live.route(SERVICE, told()).destination == "nord"
    clock.now += 60
    assert reasons(live.route(SERVICE, told())) == {"nord": "opening_hours"}


def mode(sourcing: str, **changes) -> Router:
    return router(one_queue(kind={"sourcing": sourcing}, **changes))


def test_in_house_stays() -> None:
    assert mode("in_house").route(SERVICE, told()).ranked == ("service",)
    full = mode("in_house", fallback="callback").route(SERVICE, told(QueueState(4, 4, 20)))
    assert (full.action, reasons(full)) == (Action.CALLBACK, {"service": "waiting_room", "nord": "sourcing"})


def test_overflow_sends_the_surplus() -> None:
    assert mode("overflow").route(SERVICE, told(FREE)).ranked == ("service", "nord")
    assert mode("overflow").route(SERVICE, told(BUSY)).ranked == ("nord", "service")


def test_full_goes_out_and_falls_back_in_house() -> None:
    assert mode("full").route(SERVICE, told(FREE)).ranked == ("nord", "service")
    alone = mode("full").route(SERVICE, told(FREE, nord=VendorState(up=False)))
    assert (alone.action, alone.ranked) == (Action.KEEP, ("service",))


def test_specialised_never_comes_in_house_unless_by_fallback() -> None:
    down = told(FREE, nord=VendorState(up=False))
    assert mode("specialised").route(SERVICE, told(FREE)).ranked == ("nord",)
    kept = mode("specialised").route(SERVICE, down)
    assert (kept.action, kept.destination, kept.ranked) == (Action.KEEP, "service", ())
    refused = mode("specialised", fallback="reject").route(SERVICE, down)
    assert (refused.action, refused.destination) == (Action.REJECT, None)


@pytest.mark.parametrize(
    ("fallback", "destination"), [("keep", "service"), ("reject", None), ("callback", None)]
)
def test_nobody_left_is_the_fallback(fallback: str, destination: str | None) -> None:
    decision = router(one_queue(fallback=fallback)).route(Contact("unheard of"), told())
    assert (decision.action, decision.destination, decision.ranked) == (fallback, destination, ())
    assert reasons(decision) == {"service": "contact_type", "nord": "contact_type"}
    assert all(math.isnan(value) for value in (decision.cost, decision.expected_wait, decision.sends_from))


def test_a_vendor_that_is_down_is_out_until_it_is_told_up() -> None:
    live = router()
    assert reasons(live.route(SERVICE, told(nord=VendorState(up=False)))) == {"nord": "up"}
    assert live.route(SERVICE, told()).destination == "nord"
    live.vendors["nord"].update(up=False)
    assert reasons(live.route(SERVICE, told())) == {"nord": "up"}
    live.vendors["nord"].update(up=True)
    assert live.route(SERVICE, told()).destination == "nord"


def test_the_cheapest_vendor_is_first_and_ties_keep_the_order_of_the_center() -> None:
    prices = {"nord": 4.0, "syd": 3.0, "ost": 4.0}
    center = one_queue(
        vendors={name: vendor(contract=Contract(price_per_contact=price)) for name, price in prices.items()}
    )
    assert router(center).route(SERVICE, told()).ranked == ("syd", "nord", "ost", "service")


def test_an_update_leaves_untold_what_it_does_not_name() -> None:
    live = router()
    queue = live.state["service"]
    queue.update(agents=4, busy=4, waiting=2)
    queue.update(waiting=3)
    assert queue.state == QueueState(agents=4, busy=4, waiting=3)
    live.vendors["nord"].update(capacity=0)
    live.vendors["nord"].update(expected_wait=9.0)
    assert reasons(live.route(SERVICE)) == {"nord": "capacity"}


@given(wild_queue_states)
def test_a_queue_state_is_trusted_only_if_every_number_is_possible(state: QueueState) -> None:
    numbers = [
        state.agents,
        state.busy,
        state.waiting,
        0.0 if state.arrival_rate is None else state.arrival_rate,
    ]
    possible = all(0 <= number <= 1e5 for number in numbers) and (state.aht is None or 0 < state.aht <= 1e9)
    assert (state.distrust() == "") == possible


@given(wild_vendor_states)
def test_a_vendor_state_is_trusted_only_if_every_number_is_possible(state: VendorState) -> None:
    numbers = (state.in_flight, state.expected_wait, state.capacity if state.capacity != math.inf else None)
    possible = all(number is None or 0 <= number <= 1e9 for number in numbers)
    assert (state.distrust() == "") == possible


def test_numbers_of_decisions_rise_and_their_time_is_the_clock() -> None:
    live = router()
    decisions = [live.route(SERVICE, told()) for _ in range(3)]
    assert [decision.id for decision in decisions] == [1, 2, 3]
    assert {datetime.fromtimestamp(decision.at, UTC).hour for decision in decisions} == {12}


def test_a_clock_that_steps_far_back_finds_its_hour_again() -> None:
    clock = Clock()
    live = router(one_queue(vendors={"nord": vendor(contract=Contract(cap_per_hour=1))}), clock=clock)
    sent = []
    for hour in (0, 1, 2, 3, 4, 5, 0, 3, 5):
        clock.now = NOON + 3600.0 * hour
        sent.append(live.route(SERVICE, told()).destination)
    assert sent == ["nord"] * 6 + ["service"] * 3


def test_routers_that_share_a_ledger_share_the_prices_of_tiers() -> None:
    tiers = (Tier(above=0, up_to=1, price_per_contact=5.0), Tier(above=1, price_per_contact=1.0))
    center = one_queue(vendors={"nord": vendor(contract=Contract(tiers=tiers))})
    ledger = Ledger()
    first, second = (router(center, ledger=ledger) for _ in range(2))
    assert second.preview(SERVICE, told()).ways[0].cost == 5.0
    assert first.route(SERVICE, told()).destination == "nord"
    assert second.preview(SERVICE, told()).ways[0].cost == 1.0


def test_a_language_that_the_queue_lacks_leaves_no_debt_of_shares() -> None:
    center = one_queue({"languages": ("en",)}, vendors={"nord": vendor(languages=("en", "fr"))})
    live = router(center, policy=Share({"nord": 0.3}))
    for _ in range(100):
        assert live.route(Contact("service", language="en"), told()).destination is not None
    before = live.usage("nord").today
    for _ in range(100):
        live.route(Contact("service", language="fr"), told())
    after = live.usage("nord").today
    for _ in range(100):
        live.route(Contact("service", language="en"), told())
    assert before == 30
    assert live.usage("nord").today - after == 30


def test_data_classes_in_a_list_are_as_good_as_in_a_tuple() -> None:
    listed, tupled = (Contact("service", data=data) for data in (["health"], ("health",)))
    live = router()
    assert reasons(live.route(listed, told())) == reasons(live.route(tupled, told())) != {}


def test_outcomes_and_vendors_that_do_not_exist_are_told() -> None:
    live = router()
    decision = live.route(SERVICE, told())
    with pytest.raises(InputError, match="'answered'"):
        live.settle(decision, "Answered")
    for word in (None, "x", ["answered"], 3):
        with pytest.raises(InputError, match="one of: answered, abandoned, failed"):
            live.settle(decision, word)
    for nothing in (None, b"x"):
        with pytest.raises(InputError, match="a Decision, as route returned it"):
            live.settle(nothing, "answered")
        with pytest.raises(InputError, match="a Decision, as route returned it"):
            live.judge(nothing, resolved=True)
    assert live.usage("nord").in_flight == 1
    with pytest.raises(InputError, match="nord"):
        live.usage("nrod")


def test_a_room_that_fills_with_contacts_nobody_else_takes_is_never_worth_having() -> None:
    """Endless patience, and most contacts may not be sent: keeping must not look cheaper near the end."""
    kinds = {
        "service": ContactType(queue="service"),
        "own": ContactType(queue="service", sourcing="in_house"),
    }
    center = Center(
        queues={"service": Queue(aht=240, waiting_room=200, wait_cost_per_minute=3, abandonment_cost=1)},
        contact_types=kinds,
        vendors={"nord": vendor(contract=Contract(price_per_contact=20))},
    )
    live = router(center, MarginalCost())
    live.state["service"].update(agents=10, busy=10, arrival_rate=0.065)
    for number in range(65):
        live.route(Contact("service" if number % 13 < 4 else "own"))
    for waiting in (50, 100, 150, 199):
        live.state["service"].update(waiting=waiting)
        assert live.preview(SERVICE).destination == "nord"


def test_an_endless_wait_that_costs_nothing_costs_nothing() -> None:
    center = one_queue({"accepts_when_closed": True})
    decision = router(center, OwnCost(2.0)).route(SERVICE, told(QueueState(agents=0)))
    assert (decision.destination, decision.degraded) == ("service", "")
