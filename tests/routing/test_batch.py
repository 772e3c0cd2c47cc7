"""A batch decides as a loop of single contacts would; it reads contacts however they come."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    HashShare,
    InputError,
    MarginalCost,
    NeverOverflow,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Share,
    Tier,
    ValueClass,
    _kernels,
)
from bporoute._kernels.compiling.compiler import compile_kernel
from bporoute._kernels.routing import codes
from bporoute._kernels.routing import route_many as many
from helpers.clock import NOON, Clock
from helpers.strategies import QUEUES, centers, contacts, one_queue, queue_states, vendor

pytestmark = pytest.mark.kernels

SERVICE = Contact("service")
POLICIES = (
    MarginalCost(),
    NeverOverflow(),
    QueueLength(0),
    QueueLength(3),
    Share({"nord": 0.3, "syd": 0.4}),
    HashShare({"nord": 0.5, "syd": 0.2}),
)
AT_ONCE = QueueLength(0)
COMPARED = ("vendors", "queues", "curves", "shares")


@pytest.fixture(scope="session")
def compiled_batch():
    return compile_kernel(many.route_many_at)


@pytest.fixture(params=["interpreted", "compiled"])
def form(request, monkeypatch):
    """Both forms of the batch, each beside single decisions of its own kind."""
    if request.param == "interpreted":
        monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
        monkeypatch.setattr(_kernels, "for_work", lambda function, work: function)
    else:
        request.getfixturevalue("compiled_kernels")
        batch = request.getfixturevalue("compiled_batch")
        monkeypatch.setattr(_kernels, "for_work", lambda function, work: batch)
    return request.param


def router(center: Center | None = None, policy=AT_ONCE, states: Mapping[str, QueueState] = {}, **more):
    center = one_queue() if center is None else center
    made = Router(center, fitting(policy, center), clock=Clock(), chance=lambda: 0.5, compile=False, **more)
    for name, state in states.items():
        made.state[name].update(
            agents=state.agents,
            busy=state.busy,
            waiting=state.waiting,
            arrival_rate=state.arrival_rate,
            aht=state.aht,
        )
    return made


def same_tables(one: Router, other: Router) -> None:
    """What either would decide next, and what it has counted, is the same."""
    mine, theirs = one._tables, other._tables
    np.testing.assert_array_equal(one.ledger.counters, other.ledger.counters)
    for name in COMPARED:
        here, there = getattr(mine.arrays, name), getattr(theirs.arrays, name)
        np.testing.assert_array_equal(here, there, err_msg=name)
    known = len(mine.profiles.listed)
    assert known == len(theirs.profiles.listed)
    np.testing.assert_array_equal(mine.arrays.ways[:known], theirs.arrays.ways[:known])
    assert [row.version for row in mine.queues.rows] == [row.version for row in theirs.queues.rows]


def loop(made: Router, wanted, at=None, commit: bool = True):
    decisions = []
    for place, contact in enumerate(wanted):
        if at is not None:
            made.clock.now = at[place]
        decisions.append(made.route(contact) if commit else made.preview(contact))
    return decisions


def agree(routed, decisions) -> None:
    assert routed.destinations.tolist() == [decision.destination for decision in decisions]
    np.testing.assert_array_equal(routed.cost, [decision.cost for decision in decisions])
    np.testing.assert_array_equal(routed.expected_wait, [decision.expected_wait for decision in decisions])
    assert routed.ids.tolist() == [decision.id for decision in decisions]
    rejected = {}
    for decision in decisions:
        for out in decision.rejected:
            name = "in-house" if out.destination == decision.queue else out.destination
            rejected[name, out.reason.rule] = rejected.get((name, out.reason.rule), 0) + 1
    assert {(name, rule): count for name, rule, count in routed.reasons()} == rejected


def fitting(policy, center: Center):
    """Shares only for the vendors that a generated center has."""
    if not isinstance(policy, Share | HashShare):
        return policy
    return type(policy)({name: share for name, share in policy.shares.items() if name in center.vendors})


some = settings(max_examples=20, suppress_health_check=list(HealthCheck))


@some
@given(
    center=centers(),
    policy=st.sampled_from(POLICIES),
    states=st.fixed_dictionaries({}, optional=dict.fromkeys(QUEUES, queue_states)),
    wanted=st.lists(contacts, min_size=1, max_size=4).flatmap(
        lambda few: st.lists(st.sampled_from(few), max_size=25)
    ),
    steps=st.lists(st.sampled_from((0.0, 0.0, 1.0, 100.0, 4000.0, 90_000.0)), min_size=25, max_size=25),
    commit=st.booleans(),
)
def test_decides_as_a_loop_does(form, center, policy, states, wanted, steps, commit):
    at = NOON + np.cumsum(steps)[: len(wanted)]
    one, other = router(center, policy, states), router(center, policy, states)
    decisions = loop(one, wanted, at, commit)
    routed = other.route_many(wanted, at, commit=commit)
    agree(routed, decisions)
    same_tables(one, other)
    one.clock.now = other.clock.now = NOON if not len(at) else float(at[-1])
    agree(other.route_many(wanted), loop(one, wanted))  # and so on, from where both have come to


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
def test_pages_tiers_caps_and_days_pass_at_the_same_contact(form, policy):
    """Long enough for many pages, two tiers, the caps of hours and days, and midnight."""
    tiers = (Tier(above=0, up_to=90, price_per_contact=5.0), Tier(above=90, price_per_contact=3.0))
    center = Center(
        queues={
            "service": Queue(aht=240.0, arrival_rate=0.02, waiting_room=30, stale_after=1e9, lost_after=1e9)
        },
        contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="service")},
        value_classes={"gold": ValueClass(keep_up_to=2.0)},
        vendors={
            "nord": vendor(
                contact_types=("service", "sales"), contract=Contract(tiers=tiers, cap_per_hour=70)
            ),
            "syd": vendor(contract=Contract(price_per_contact=4.0, cap_per_day=150), capacity=200),
            "ost": vendor(contract=Contract(price_per_contact=9.0), hours=("daily 08:00-23:30",)),
        },
        min_in_house_share=0.05,
    )
    states = {"service": QueueState(agents=4, busy=3)}
    kinds = [
        SERVICE,
        Contact("sales"),
        Contact("service", value_class="gold", id="7"),
        Contact("sales", "sv", "8"),
    ]
    wanted = [kinds[place] for place in np.random.default_rng(4).integers(0, 4, 700)]
    at = NOON + np.arange(700) * 70.0
    one, other = router(center, policy, states), router(center, policy, states)
    decisions = loop(one, wanted, at)
    routed = other.route_many(wanted, at)
    agree(routed, decisions)
    same_tables(one, other)
    assert len({decision.destination for decision in decisions}) > 1 or isinstance(policy, NeverOverflow)


@some
@given(
    center=centers(),
    policy=st.sampled_from(POLICIES),
    states=st.fixed_dictionaries({}, optional=dict.fromkeys(QUEUES, queue_states)),
    few=st.lists(contacts, min_size=1, max_size=3),
    steps=st.lists(st.sampled_from((0.0, 0.0, 1.0, 100.0, 4000.0)), min_size=60, max_size=60),
    lease=st.sampled_from((math.inf, 2.0, 150.0, 5000.0)),
    after=contacts,
)
def test_pages_of_a_batch_turn_where_those_of_a_loop_do(
    form, center, policy, states, few, steps, lease, after
):
    """Leases end, and mixes are looked at, at the same contacts, however long a page of a batch is."""
    wanted = [few[number * number % len(few)] for number in range(len(steps))]
    at = NOON + np.cumsum(steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codes, "MOST_LINES", 2)
        one = router(center, policy, states, lease=lease)
        other = router(center, policy, states, lease=lease)
        decisions = loop(one, wanted, at)
        agree(other.route_many(wanted, at), decisions)
        same_tables(one, other)
        one.clock.now = other.clock.now = at[-1]
        assert one.route(after).id == other.route(after).id
        same_tables(one, other)


def test_an_interrupted_batch_leaves_no_gap_in_the_numbers(form, monkeypatch):
    """The page that was made for a whole batch ends where it is interrupted."""
    monkeypatch.setattr(codes, "MOST_LINES", 4)
    made = router(policy=NeverOverflow())
    made.state["service"].update(agents=9, busy=0)
    made.route_many([SERVICE] * 7)
    first = made.route_many([SERVICE] * 41).ids[-1] + 1

    def interrupted(*_):
        raise KeyboardInterrupt

    tables = made._tables
    at = np.repeat([NOON, NOON + 601.0], [10, 40])  # the second look at arrivals is when it happens
    monkeypatch.setattr(tables.clock, "_look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made.route_many([SERVICE] * 50, at)
    monkeypatch.undo()
    assert tables.pages.routed.full or len(tables.pages.routed.numbers)
    assert first + 10 <= made.route(SERVICE).id < first + 10 + 4


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{"min_in_house_share": 0.05, "max_concentration": 0.6}, {}])
def test_a_million_decisions_are_those_of_a_loop(compiled_kernels, compiled_batch, monkeypatch, limits):
    """Compiled against compiled: eight vendors, caps, shares of the day or none, states told anew."""
    if compiled_kernels.call is None:
        pytest.skip("not compiled here")
    monkeypatch.setattr(_kernels, "for_work", lambda function, work: compiled_batch)
    draw = np.random.default_rng(20261122)
    center = Center(
        queues={"service": Queue(aht=240.0, arrival_rate=0.1), "sales": Queue(aht=400.0, arrival_rate=0.02)},
        contact_types={
            "service": ContactType(queue="service"),
            "orders": ContactType(queue="service"),
            "sales": ContactType(queue="sales", sourcing="full"),
        },
        value_classes={"gold": ValueClass(keep_up_to=3.0)},
        vendors={
            f"vendor {number}": vendor(
                contact_types=("service", "orders", "sales")[number % 3 :],
                languages=("en", "sv")[: 1 + number % 2],
                contract=Contract(price_per_contact=2.0 + 0.7 * number, cap_per_hour=3_000 + 100 * number),
                capacity=500 + 200_000 * number,
                expected_wait=10.0 * number,
            )
            for number in range(8)
        },
        **limits,
    )
    kinds = [
        Contact(kind, language, value_class=value)
        for kind in ("service", "orders", "sales")
        for language in ("en", "sv")
        for value in ("", "gold")
    ]
    one, other = router(center, MarginalCost()), router(center, MarginalCost())
    met = set()
    for step in range(200):
        one.clock.now = other.clock.now = NOON + 500.0 * step  # nothing is told of the future
        for name in center.queues:
            agents = int(draw.integers(5, 60))
            told = {
                "agents": agents,
                "busy": int(draw.integers(0, agents + 1)),
                "waiting": int(draw.integers(0, 5)),
            }
            for made in (one, other):
                made.state[name].update(**told, at=NOON + 500.0 * step)
        numbers, at = draw.integers(0, len(kinds), 5_000), NOON + 500.0 * step + np.arange(5_000) * 0.1
        routed = other.route_many(numbers, at, like=kinds)
        taken = []
        for number, now in zip(numbers.tolist(), at.tolist(), strict=True):
            one.clock.now = now
            taken.append(one.route(kinds[number]).destination)
        assert routed.destinations.tolist() == taken
        met.update(taken)
    same_tables(one, other)
    assert met == {"service", *center.vendors}


def test_settling_a_batch_is_settling_one_after_another(form):
    center = one_queue(
        vendors={"nord": vendor(contract=Contract(price_per_minute=1.0)), "syd": vendor(capacity=3)}
    )
    states = {"service": QueueState(agents=4, busy=3)}
    one, other = (router(center, MarginalCost(), states) for _ in range(2))
    decisions, routed = loop(one, [SERVICE] * 40), other.route_many([SERVICE] * 40)
    outcomes = [("answered", "abandoned", "failed", "answered")[place % 4] for place in range(40)]
    handles = np.where(np.arange(40) % 3, 100.0 + np.arange(40), math.nan)
    owed = sum(
        one.settle(decision, outcome, 3.0, float(handle))
        for decision, outcome, handle in zip(decisions, outcomes, handles, strict=True)
    )
    half = np.arange(40) < 20
    paid = routed.settle(outcomes[:20], half, 3.0, handles[:20])
    paid += routed.settle(outcomes[20:], np.flatnonzero(~half), 3.0, handles[20:])
    assert paid == pytest.approx(owed, rel=1e-12)
    assert owed > 0.0
    for name in center.vendors:
        assert one.usage(name) == other.usage(name)
    same_tables(one, other)
    assert routed.settle("answered") == 0.0  # once is enough
    assert other.usage("nord").in_flight == 0
    agree(other.route_many([SERVICE] * 9), loop(one, [SERVICE] * 9))


def test_previews_count_nothing(form):
    made = router(states={"service": QueueState(agents=4, busy=4, waiting=9)})
    before = made.route_many([SERVICE] * 5, commit=False)
    assert before.counts() == {"in-house": 0, "nord": 5, "nobody": 0}
    assert before.ids.tolist() == [0] * 5
    assert made.usage("nord").this_hour == 0
    assert before.settle("answered") == 0.0


def test_an_id_draws_the_same_vendor_alone_and_in_a_batch(form):
    center = one_queue(vendors={"nord": vendor(), "syd": vendor()})
    policy, states = HashShare({"nord": 0.4, "syd": 0.3}), {"service": QueueState(agents=9, busy=0)}
    wanted = [Contact("service", id=f"call {place}") for place in range(60)]
    decisions = loop(router(center, policy, states), wanted)
    columns = {"type": ["service"] * 60, "id": [contact.id for contact in wanted]}
    agree(router(center, policy, states).route_many(columns), decisions)
    agree(router(center, policy, states).route_many(np.arange(60), like=wanted), decisions)
    assert len({decision.destination for decision in decisions}) == 3


def test_nobody_takes_it(form):
    center = one_queue({"languages": ("en",)}, fallback="reject", vendors={"nord": vendor(languages=("en",))})
    routed = router(center).route_many([Contact("service", "sv"), Contact("service", "en")])
    assert routed.destination.tolist() == [-1, 0]
    assert routed.destinations.tolist() == [None, "service"]
    assert [routed.names[place] for place in routed.destination] == ["nobody", "in-house"]
    assert math.isnan(routed.cost[0])
    assert ("in-house", "language", 1) in routed.reasons()
    assert ("nord", "language", 1) in routed.reasons()
    assert repr(routed) == "<Routed 2: in-house 1, nobody 1>"


def test_an_empty_batch(form):
    made = router()
    for nothing in ([], {"type": []}, np.array([], dtype=int)):
        routed = made.route_many(nothing, like=[] if isinstance(nothing, np.ndarray) else None)
        assert (len(routed), routed.reasons(), routed.destinations.tolist()) == (0, (), [])
        assert repr(routed) == "<Routed 0: no contacts>"
        assert routed.settle("answered") == 0.0


def test_what_is_told_cannot_be_changed():
    routed = router().route_many([SERVICE] * 3)
    for array in (routed.destination, routed.cost, routed.expected_wait, routed.belief, routed.like):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_callers_arrays_stay_theirs():
    numbers, at = np.zeros(3, dtype=np.int32), np.full(3, NOON)
    routed = router().route_many(numbers, at, like=[SERVICE])
    numbers[0], at[0] = 1, 0.0
    assert routed.like.tolist() == [0, 0, 0]


def test_progress_is_told_and_may_stop_the_batch(monkeypatch):
    monkeypatch.setattr(_kernels, "for_work", lambda function, work: function)
    monkeypatch.setattr("bporoute.routing._tables._batch.AT_ONCE_INTERPRETED", 10)
    made, seen = router(states={"service": QueueState(agents=4, busy=4, waiting=9)}), []
    made.route_many([SERVICE] * 25, progress=lambda *told: seen.append(told))
    assert seen == [(10, 25), (20, 25), (25, 25)]

    def enough(done, contacts):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.route_many([SERVICE] * 25, progress=enough)
    assert made.usage("nord").in_flight == 35
    assert made.route(SERVICE).destination == "nord"  # nobody is locked out


@pytest.mark.parametrize(
    ("at", "where"),
    [
        ([NOON], "at"),
        (NOON, "at"),
        ("noon", "at"),
        ([NOON, None], "at[1]"),
        ([NOON, math.nan], "at[1]"),
        ([NOON, math.inf], "at[1]"),
        ([NOON, NOON - 1.0], "at[1]"),
    ],
)
def test_refuses_times(at, where):
    made = router()
    with pytest.raises(InputError) as complaint:
        made.route_many([SERVICE] * 2, at)
    assert complaint.value.where == where
    assert made.ledger.counters.sum() == 0.0


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"outcome": "lost"}, "outcome"),
        ({"outcome": ["answered", "lost", "answered"]}, "outcome"),
        ({"outcome": ["answered"]}, "outcome"),
        ({"outcome": "answered", "wait": [1.0]}, "wait"),
        ({"outcome": "answered", "which": [3]}, "which"),
        ({"outcome": "answered", "which": [-1]}, "which"),
        ({"outcome": "answered", "which": [True]}, "which"),
        ({"outcome": "answered", "which": [0.5]}, "which"),
    ],
)
def test_refuses_outcomes(arguments, where):
    made = router(states={"service": QueueState(agents=4, busy=4, waiting=9)})
    routed = made.route_many([SERVICE] * 3)
    with pytest.raises(InputError) as complaint:
        routed.settle(**arguments)
    assert complaint.value.where == where
    assert made.usage("nord").in_flight == 3  # none is settled


def test_memory_per_contact():
    routed = router().route_many(np.zeros(1000, dtype=int), np.full(1000, NOON), like=[SERVICE])
    arrays = [
        array
        for array in (*routed._filled, routed._unsettled)
        if isinstance(array, np.ndarray) and len(array) == 1000
    ]
    opened = sum(len(piece.opened) * 8 for piece in routed._filled.pieces)
    assert sum(array.nbytes for array in arrays) + opened < 64 * 1000
