from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import (
    Action,
    Backlog,
    BackOffice,
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    ExpectedWait,
    InputError,
    MarginalCost,
    NeverOverflow,
    OwnCost,
    Queue,
    Router,
    Rule,
    Share,
    Situation,
    Sourcing,
    Trough,
)
from bporoute.routing.back_office._deferral import Deferral
from helpers.clock import NOON, Clock
from helpers.running import run_together
from helpers.strategies import vendor

HOUR = 3600.0
CLAIM = Contact("claim")


def center_of(
    kind: dict[str, Any] | None = None, queue: dict[str, Any] | None = None, **vendors: dict[str, Any]
) -> Center:
    """Claims, due within eight hours, and calls, both of the queue `service`; `nord` does both."""
    terms = {"contact_types": ("claim", "call"), "turnaround": 2 * HOUR}
    return Center(
        queues={"service": Queue(**{"aht": 600.0, "waiting_room": 20, "stale_after": 60.0, **(queue or {})})},
        contact_types={
            "claim": ContactType(**{"queue": "service", "due_within": 8 * HOUR, **(kind or {})}),
            "call": ContactType(queue="service"),
        },
        vendors={name: vendor(**{**terms, **changes}) for name, changes in (vendors or {"nord": {}}).items()},
    )


def office(center: Center, clock: Clock | None = None, policy: Any = None, **terms: Any) -> BackOffice:
    router = Router(center, policy, clock=clock or Clock(), compile=False)
    return BackOffice(router, **{"batch": 3, **terms})


def taken(back_office: BackOffice, *dues: float | None) -> None:
    for number, due in enumerate(dues):
        answer = back_office.take(Contact("claim", id=str(number), due=due))
        assert answer.action == Action.DEFER


def ids(contacts: Any) -> list[str]:
    return [contact.id for contact in contacts]


def waiting(back_office: BackOffice) -> list[str]:
    return ids(case.contact for case in back_office.backlog("service").cases)


def shipped(back_office: BackOffice) -> list[str]:
    return ids(decision.contact for decision in back_office.ship())


# -- taking -------------------------------------------------------------------------------------


def test_a_type_with_a_due_time_is_deferred_and_says_so() -> None:
    deferral = office(center_of()).take(Contact("claim", language="sv"))
    assert isinstance(deferral, Deferral)
    assert (deferral.action, deferral.destination, deferral.at) == (Action.DEFER, "service", NOON)
    assert deferral.due == deferral.contact.due == NOON + 8 * HOUR
    due = datetime.fromtimestamp(deferral.due, UTC)
    assert deferral.explain() == (
        "claim (sv): defer to the backlog of service\n"
        f"  due {due:%a %d %b %H:%M} UTC (in 8.0 h), no other case before it; "
        "done when agents are free, sent out if that is too late"
    )
    plain = deferral.to_dict()
    assert plain["action"] == "defer"
    assert plain["contact"]["type"] == "claim"
    msgspec.json.encode(plain)


def test_the_due_time_of_the_contact_comes_first() -> None:
    back_office = office(center_of())
    assert back_office.take(Contact("claim", due=NOON + 60.0)).due == NOON + 60.0
    late = back_office.take(Contact("claim", due=NOON - HOUR))
    assert "(1.0 h ago), no other case before it" in late.reason
    assert "2 other cases before it" in back_office.take(CLAIM).reason


@pytest.mark.parametrize("due", [math.nan, math.inf, -1.0, "soon", 1e300])
def test_a_due_time_that_is_none_is_that_of_the_type(due: Any) -> None:
    assert office(center_of()).take(Contact("claim", due=due)).due == NOON + 8 * HOUR


@pytest.mark.parametrize(
    ("kind", "says"),
    [("in_house", "done when agents are free"), ("full", "goes to a vendor with the next batch")],
)
def test_what_will_happen_goes_by_the_sourcing(kind: str, says: str) -> None:
    assert office(center_of({"sourcing": Sourcing(kind)})).take(CLAIM).reason.endswith(f"; {says}")


def test_other_types_pass_straight_to_the_router() -> None:
    back_office = office(center_of())
    for contact in (Contact("call"), Contact("call", due=NOON + 60.0), Contact("unheard of")):
        answer = back_office.take(contact)
        assert isinstance(answer, Decision)
        assert answer.action == Action.KEEP
    assert waiting(back_office) == []


@pytest.mark.parametrize("now", [math.nan, math.inf, -1e300, 1e300])
def test_without_a_clock_nothing_is_deferred_and_nothing_raises(now: float) -> None:
    clock = Clock()
    back_office = office(center_of(), clock)
    taken(back_office, None)
    clock.now = now
    assert back_office.take(CLAIM).action == Action.KEEP
    assert back_office.ship() == []
    assert back_office.late() == ()
    assert back_office.fill("service", 1) == []
    assert waiting(back_office) == ["0"]


# -- troughs ------------------------------------------------------------------------------------


def test_idle_agents_get_what_is_due_first() -> None:
    back_office = office(center_of())
    taken(back_office, NOON + 9000, NOON + 3000, NOON + 6000)
    back_office.router.state["service"].update(agents=10, busy=4, waiting=0)
    assert ids(back_office.fill("service", 2)) == ["1", "2"]
    assert ids(back_office.fill("service", 2.9)) == ["0"]
    assert back_office.fill("service", 2) == []


def test_what_is_handed_out_carries_its_due_time_and_may_be_taken_again() -> None:
    back_office = office(center_of())
    taken(back_office, None)
    back_office.router.state["service"].update(agents=1)
    (contact,) = back_office.fill("service", 1)
    assert back_office.take(contact).due == contact.due == NOON + 8 * HOUR


@pytest.mark.parametrize(
    ("state", "handed_out"),
    [
        ({"agents": 10, "busy": 10, "waiting": 1}, 0),
        ({"agents": 10, "busy": 8, "waiting": 1}, 0),  # agents in after-call work
        ({"agents": 10, "busy": 10, "waiting": 0}, 0),
        ({"agents": 10, "busy": 8, "waiting": 0}, 2),
        ({"agents": 10, "busy": 0, "waiting": 0}, 3),
        ({"agents": 0}, 0),
        ({"agents": math.nan}, 0),
        ({"agents": 10, "busy": -1}, 0),
    ],
)
def test_work_is_handed_out_only_while_nobody_waits(state: dict[str, float], handed_out: int) -> None:
    back_office = office(center_of())
    taken(back_office, None, None, None, None)
    back_office.router.state["service"].update(**state)
    assert len(back_office.fill("service", 3)) == handed_out


def test_no_work_without_a_fresh_state() -> None:
    clock = Clock()
    back_office = office(center_of(), clock)
    taken(back_office, None)
    assert back_office.fill("service", 3) == []
    back_office.router.state["service"].update(agents=10)
    clock.now += 61.0
    assert back_office.fill("service", 3) == []
    back_office.router.state["service"].update(agents=10)
    assert ids(back_office.fill("service", 3)) == ["0"]


def test_calls_kept_since_the_state_was_told_take_agents_too() -> None:
    back_office = office(center_of(), policy=NeverOverflow())
    taken(back_office, None, None)
    back_office.router.state["service"].update(agents=2, busy=0)
    back_office.router.route(Contact("call"))
    assert len(back_office.fill("service", 2)) == 1


def test_the_queue_gets_no_work_that_it_may_not_do() -> None:
    for kind, queue in (({"sourcing": Sourcing.SPECIALISED}, {}), ({}, {"languages": ("sv",)})):
        back_office = office(center_of(kind, queue))
        back_office.take(Contact("claim", language="en"))
        back_office.router.state["service"].update(agents=10)
        assert back_office.fill("service", 3) == []


def test_the_queue_is_the_fallback_of_what_vendors_take_whole() -> None:
    clock = Clock()
    back_office = office(center_of({"sourcing": Sourcing.FULL}), clock, batch=1)
    taken(back_office, None)
    live = back_office.router
    live.state["service"].update(agents=10)
    assert back_office.fill("service", 3) == []
    live.vendors["nord"].update(up=False)
    assert back_office.ship() == []
    assert ids(back_office.fill("service", 3)) == ["0"]
    assert back_office.held == ()


# -- shipping -----------------------------------------------------------------------------------


def test_what_the_troughs_do_in_time_is_not_shipped() -> None:
    back_office = office(center_of(), batch=1)
    taken(back_office, *[NOON + 4 * HOUR] * 5)
    back_office.plan("service", [Trough(start=NOON, seconds=4 * HOUR, minutes=50)])
    assert back_office.ship() == []
    back_office.plan("service", [Trough(start=NOON, seconds=4 * HOUR, minutes=49)])
    assert shipped(back_office) == ["4"]
    assert waiting(back_office) == ["0", "1", "2", "3"]


def test_what_does_not_fit_waits_until_it_is_a_batch() -> None:
    back_office = office(center_of(), batch=3)
    taken(back_office, None, None)
    assert back_office.ship() == []
    assert back_office.held == ()
    taken(back_office, None)
    assert len(back_office.ship()) == 3
    assert waiting(back_office) == []


def test_or_until_the_latest_moment_comes() -> None:
    # Turnaround 2 h, wait 30 s, handle time 600 s: by 2 h 10 min 30 s before it is due.
    clock = Clock()
    back_office = office(center_of(nord={"expected_wait": 30.0}), clock, every=300.0)
    taken(back_office, NOON + 4 * HOUR)
    latest = NOON + 4 * HOUR - (2 * HOUR + 630.0)
    for now in (NOON, latest - 301.0, latest - 300.0):
        clock.now = now
        assert back_office.ship() == []
    clock.now = latest - 299.0
    assert shipped(back_office) == ["0"]


def test_a_vendor_that_closes_before_gets_it_before() -> None:
    clock = Clock(datetime(2026, 11, 23, 19, 40, tzinfo=UTC).timestamp())
    back_office = office(center_of(nord={"hours": ("daily 08:00-20:00",)}), clock, every=300.0)
    tomorrow = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()
    taken(back_office, tomorrow)
    assert back_office.ship() == []
    clock.now += 900.0  # 19:55; next time it is 20:00
    assert shipped(back_office) == ["0"]
    taken(back_office, tomorrow + 2 * HOUR)  # may leave at 08:50
    assert back_office.ship() == []


def test_a_slow_vendor_is_passed_over_for_one_that_is_in_time() -> None:
    slow = {"turnaround": 24 * HOUR, "contract": Contract(price_per_contact=1.0)}
    back_office = office(center_of(nord=slow, syd={}), batch=1)
    taken(back_office, NOON + 3 * HOUR, NOON + 72 * HOUR)
    decisions = back_office.ship()
    assert {decision.contact.id: decision.destination for decision in decisions} == {"0": "syd", "1": "nord"}


def test_what_is_late_everywhere_goes_to_the_cheapest() -> None:
    slow = {"turnaround": 24 * HOUR, "contract": Contract(price_per_contact=1.0)}
    back_office = office(center_of(nord=slow, syd={}), batch=9)
    taken(back_office, NOON + HOUR)
    assert [decision.destination for decision in back_office.ship()] == ["nord"]


def test_the_queue_keeps_what_a_vendor_would_not_do_in_time() -> None:
    back_office = office(center_of(), batch=1)
    taken(back_office, NOON + HOUR, NOON + 2.5 * HOUR)
    # Ten minutes by either due time: one of them fits, and only the later one can be sent out in time.
    back_office.plan("service", [Trough(start=NOON, seconds=HOUR, minutes=10)])
    assert shipped(back_office) == ["1"]
    assert waiting(back_office) == ["0"]


def test_what_can_be_done_in_time_elsewhere_leaves_for_what_cannot() -> None:
    center = center_of(nord={"languages": ("sv",)}, syd={"languages": ("et",), "turnaround": 24 * HOUR})
    back_office = office(center, batch=1)
    back_office.take(Contact("claim", language="sv", id="swedish", due=NOON + 2.5 * HOUR))
    back_office.take(Contact("claim", language="et", id="estonian", due=NOON + 3 * HOUR))
    back_office.plan("service", [Trough(start=NOON, seconds=HOUR, minutes=10)])
    assert shipped(back_office) == ["swedish"]
    assert waiting(back_office) == ["estonian"]


def test_earliest_due_leaves_first_while_a_cap_lasts() -> None:
    back_office = office(center_of(nord={"contract": Contract(price_per_contact=4.5, cap_per_day=2)}))
    taken(back_office, NOON + 9 * HOUR, NOON + 7 * HOUR, NOON + 8 * HOUR)
    assert shipped(back_office) == ["1", "2"]
    (held,) = back_office.held
    assert held.case.contact.id == "0"
    assert [(out.destination, out.reason.rule) for out in held.reasons] == [("nord", "cap_per_day")]
    assert waiting(back_office) == ["0"]
    assert back_office.router.usage("nord").today == 2


def test_whom_nobody_may_take_stays_with_the_reasons_and_is_late_in_the_end() -> None:
    clock = Clock()
    back_office = office(center_of(), clock, batch=1)
    back_office.take(Contact("claim", id="secret", data=("health",)))
    assert back_office.ship() == []
    assert [str(out.reason.rule) for held in back_office.held for out in held.reasons] == ["data_rule"]
    clock.now += 8 * HOUR - 600.0
    assert back_office.late() == ()
    clock.now += 1.0
    assert [case.contact.id for case in back_office.late()] == ["secret"]
    assert back_office.ship() == []
    assert waiting(back_office) == ["secret"]


def test_one_that_cannot_go_does_not_break_the_batches_of_the_others() -> None:
    back_office = office(center_of(), batch=3)
    back_office.take(Contact("claim", data=("health",), due=NOON + 60.0))
    taken(back_office, None, None)
    assert back_office.ship() == []
    assert len(back_office.backlog("service").cases) == 3


def test_a_vendor_that_opens_again_takes_what_was_held() -> None:
    back_office = office(center_of(), batch=1)
    taken(back_office, None)
    back_office.router.vendors["nord"].update(up=False)
    assert back_office.ship() == []
    assert len(back_office.held) == 1
    back_office.router.vendors["nord"].update(up=True)
    assert shipped(back_office) == ["0"]
    assert back_office.held == ()


def test_sourcing_is_obeyed() -> None:
    plenty = [Trough(start=NOON, seconds=HOUR, minutes=6000)]
    night = {"sourcing": Sourcing.UNDERFLOW, "hand_over": ("daily 22:00-06:00",)}
    day = {"sourcing": Sourcing.UNDERFLOW, "hand_over": ("daily 00:00-24:00",)}
    for kind, troughs, goes in (
        ({"sourcing": Sourcing.IN_HOUSE}, [], False),
        ({"sourcing": Sourcing.OVERFLOW}, [], True),
        ({"sourcing": Sourcing.OVERFLOW}, plenty, False),
        ({"sourcing": Sourcing.FULL}, plenty, True),
        ({"sourcing": Sourcing.SPECIALISED}, plenty, True),
        (night, [], False),
        (night, plenty, False),
        (day, plenty, True),
    ):
        back_office = office(center_of(kind), batch=1)
        taken(back_office, None)
        back_office.plan("service", troughs)
        assert bool(back_office.ship()) is goes, kind


def test_a_hand_over_window_that_closes_is_used_before() -> None:
    clock = Clock(datetime(2026, 11, 23, 5, 40, tzinfo=UTC).timestamp())
    night = {"sourcing": Sourcing.UNDERFLOW, "hand_over": ("daily 22:00-06:00",)}
    back_office = office(center_of(night), clock, every=900.0)
    taken(back_office, None)
    assert back_office.ship() == []
    clock.now += 900.0
    assert shipped(back_office) == ["0"]


def refuse(situation: Situation) -> Rule:
    raise ZeroDivisionError


@pytest.mark.parametrize("agents", [None, 0, 0.5, 7, 41.5, math.nan, -3])
@pytest.mark.parametrize("room", [0, 20])
@pytest.mark.parametrize(
    "policy", [MarginalCost(), NeverOverflow(), OwnCost(1e6), ExpectedWait(1e9), Share({"nord": 0.1})]
)
def test_cases_leave_whatever_the_policy_and_the_state(policy: Any, room: int, agents: float | None) -> None:
    back_office = office(center_of(queue={"waiting_room": room}), policy=policy, batch=1)
    if agents is not None:
        back_office.router.state["service"].update(agents=agents)
    taken(back_office, None)
    assert shipped(back_office) == ["0"]


def test_a_policy_that_fails_holds_the_case_and_is_told() -> None:
    back_office = office(center_of(), policy=refuse, batch=1)
    taken(back_office, None)
    assert back_office.ship() == []
    assert "ZeroDivisionError" in back_office.held[0].decision.degraded


def test_cases_are_never_counted_as_present() -> None:
    back_office = office(center_of(nord={"contract": Contract(cap_per_day=1)}), batch=1)
    router = back_office.router
    router.state["service"].update(agents=10, busy=3)
    before = router.preview(Contact("call")).present
    taken(back_office, None, None)
    (decision,) = back_office.ship()
    assert len(back_office.held) == 1
    assert len(back_office.fill("service", 1)) == 1
    assert router.preview(Contact("call")).present == before == 3
    router.settle(decision, "answered", handle=500.0)
    assert router.preview(Contact("call")).present == before


def test_shipped_decisions_are_settled_like_any_other() -> None:
    back_office = office(center_of(), batch=1)
    taken(back_office, None)
    (decision,) = back_office.ship()
    assert decision.action == Action.OVERFLOW
    assert decision.contact.due == NOON + 8 * HOUR
    assert back_office.router.usage("nord").in_flight == 1
    assert back_office.router.settle(decision, "answered") == 4.5
    assert back_office.router.usage("nord").in_flight == 0


def test_queues_have_backlogs_of_their_own() -> None:
    center = msgspec.structs.replace(
        center_of(),
        queues={"service": Queue(aht=600.0), "post": Queue(aht=60.0)},
        contact_types={
            "claim": ContactType(queue="service", due_within=HOUR),
            "call": ContactType(queue="post", due_within=HOUR, sourcing=Sourcing.IN_HOUSE),
        },
    )
    back_office = office(center, batch=1)
    back_office.take(CLAIM)
    back_office.take(Contact("call"))
    back_office.router.state["post"].update(agents=5)
    assert [contact.type for contact in back_office.fill("post", 5)] == ["call"]
    assert [decision.contact.type for decision in back_office.ship()] == ["claim"]


# -- keeping ------------------------------------------------------------------------------------


def test_a_stored_backlog_goes_on_after_a_restart() -> None:
    before = office(center_of())
    taken(before, None, NOON + 60.0)
    stored = msgspec.json.decode(msgspec.json.encode(before.backlog("service")), type=Backlog)
    after = office(center_of(), backlogs={"service": stored})
    assert waiting(after) == ["1", "0"]
    taken(after, NOON + 90.0)
    assert [case.number for case in after.backlog("service").cases] == [1, 2, 0]


def test_a_stored_case_of_a_type_that_is_gone_is_held() -> None:
    stored = Backlog().add(Contact("given up"), due=NOON + HOUR, arrival=NOON)
    back_office = office(center_of(), backlogs={"service": stored})
    back_office.router.state["service"].update(agents=5)
    assert back_office.fill("service", 5) == []
    assert back_office.ship() == []
    assert len(back_office.held) == len(back_office.backlog("service").cases) == 1


operations = st.lists(
    st.one_of(
        st.tuples(
            st.just("take"),
            st.sampled_from([None, -HOUR, HOUR, 3 * HOUR, 40 * HOUR]),
            st.sampled_from([(), ("health",), ["health"]]),
        ),
        st.tuples(st.just("fill"), st.integers(0, 3), st.integers(0, 4)),
        st.tuples(st.just("ship"), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([60.0, 1800.0, 5 * HOUR]), st.booleans()),
        st.tuples(st.just("plan"), st.sampled_from([0.0, 10.0, 60.0]), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(operations, st.sampled_from(list(Sourcing)), st.integers(1, 3), st.sampled_from([None, 2]))
def test_every_case_ends_in_exactly_one_place(
    operations: list[tuple[str, Any, Any]], sourcing: Sourcing, batch: int, cap: int | None
) -> None:
    kind: dict[str, Any] = {"sourcing": sourcing}
    if sourcing == Sourcing.UNDERFLOW:
        kind["hand_over"] = ("daily 12:00-16:00",)
    clock = Clock()
    nord = {"contract": Contract(price_per_contact=4.5, cap_per_day=cap), "hours": ("daily 08:00-20:00",)}
    back_office = office(center_of(kind, nord=nord, syd={"turnaround": 0.0}), clock, batch=batch)
    router = back_office.router
    seen: list[str] = []
    handed_out: list[str] = []
    sent: list[Decision] = []
    for number, (what, one, two) in enumerate(operations):
        if what == "take":
            due = None if one is None else clock.now + one
            seen.append(str(number))
            assert (
                back_office.take(Contact("claim", id=str(number), due=due, data=two)).action == Action.DEFER
            )
        elif what == "fill":
            router.state["service"].update(agents=4, busy=two)
            handed = back_office.fill("service", one)
            assert len(handed) <= min(one, 4 - two)
            handed_out += ids(handed)
        elif what == "ship":
            sent += back_office.ship()
            assert all(held.reasons for held in back_office.held)
        elif what == "wait":
            clock.now += one
            router.vendors["syd"].update(up=two)
        else:
            back_office.plan("service", [Trough(start=clock.now, seconds=HOUR, minutes=one)])
        places = Counter(waiting(back_office) + handed_out + ids(decision.contact for decision in sent))
        assert places == Counter(seen)
    ranks = [case.rank for case in back_office.backlog("service").cases]
    assert ranks == sorted(ranks)
    assert all(decision.destination in ("nord", "syd") for decision in sent)
    assert all(not decision.contact.data for decision in sent)
    if sourcing == Sourcing.SPECIALISED:
        assert handed_out == []
    if sourcing == Sourcing.IN_HOUSE:
        assert sent == []


def test_threads_neither_lose_nor_double_a_case() -> None:
    back_office = office(center_of(), batch=5)
    back_office.router.state["service"].update(agents=4)
    handed_out: list[str] = []
    sent: list[str] = []

    def work(number: int) -> None:
        for step in range(20):
            back_office.take(Contact("claim", id=f"{number}-{step}"))
            handed_out.extend(ids(back_office.fill("service", 1)))
            sent.extend(shipped(back_office))

    run_together([partial(work, number) for number in range(3)])
    places = Counter(handed_out + sent + waiting(back_office))
    assert places == Counter(f"{number}-{step}" for number in range(3) for step in range(20))


@pytest.mark.parametrize(
    "bad",
    [
        {"batch": 0},
        {"batch": 2.5},
        {"batch": "many"},
        {"every": 0.0},
        {"every": math.nan},
        {"backlogs": {"sales": Backlog()}},
    ],
)
def test_what_cannot_be_meant_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        office(center_of(), **bad)


def test_unknown_queues_and_impossible_agents_are_refused() -> None:
    back_office = office(center_of())
    for attempt in (
        lambda: back_office.fill("servce", 1),
        lambda: back_office.backlog("servce"),
        lambda: back_office.plan("servce", []),
    ):
        with pytest.raises(InputError, match="'service'"):
            attempt()
    for agents in (math.nan, -1, math.inf, "two"):
        with pytest.raises(InputError, match="idle_agents"):
            back_office.fill("service", agents)
    overlapping = [Trough(start=0.0, seconds=60.0, minutes=1.0)] * 2
    with pytest.raises(InputError, match="overlap"):
        back_office.plan("service", overlapping)
