"""A center that is replaced: everything goes on by name, or nothing has happened."""

from __future__ import annotations

import gc
import random
import threading
import time
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import (
    BackOffice,
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    Decision,
    HealthConfig,
    InputError,
    Ledger,
    PerMinute,
    Queue,
    QueueLength,
    QueueState,
    Router,
    Shadow,
    Share,
    Snapshot,
    Sourcing,
    TakeOrPay,
    Tier,
    Vendor,
    VendorState,
    _kernels,
)
from bporoute.routing._tables import _batch
from bporoute.routing._tables._left_out import COMES_NOW
from bporoute.routing._works import passed_on
from helpers.interrupts import Interrupted, interrupted
from routing.test_interrupted import CENTERS, STORY, Story, differences

NOON = 1795428000.0
AN_HOUR = 3600.0


TIERED = Contract(
    tiers=(Tier(above=0, up_to=6, price_per_contact=3.0), Tier(above=6, price_per_contact=2.0)),
    cap_per_hour=9,
)
BY_MINUTE = Contract(terms=(PerMinute(price=0.6, step=60), TakeOrPay(volume=30, price=1.0)))


class Clock:
    """Tells the time that it was set to."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def vendor(price: float = 3.0, *types: str, **more: Any) -> Vendor:
    terms = more.pop("contract", None) or Contract(price_per_contact=price, **more.pop("terms", {}))
    return Vendor(
        country="EE", timezone="Europe/Tallinn", contact_types=types or ("service",), contract=terms, **more
    )


def center(queues: tuple[str, ...] = ("service",), **vendors: Vendor) -> Center:
    return Center(
        queues={name: Queue(aht=240) for name in queues},
        contact_types={name: ContactType(queue=name) for name in queues},
        vendors=vendors,
        health=HealthConfig(threshold=2.5, minimum_volume=2, back_off=50.0, probes=2),
    )


def router(of: Center, policy: Any = "QueueLength(0)", **more: Any) -> tuple[Router, Clock]:
    clock = Clock()
    made = Router(of, policy, clock=clock, chance=lambda: 0.5, compile=False, **more)
    for name in of.queues:
        made.state[name].update(agents=2, busy=2, waiting=0)
    return made, clock


@pytest.fixture(params=["interpreted", "compiled"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "interpreted":
        monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    else:
        request.getfixturevalue("compiled_kernels")


# The same center: as if nothing had happened


def play(kind: str, when: set[int], at: int = 0) -> tuple[list[Any], int]:
    """All that is known at the end of a story in which the center was replaced after some of its events.

    The last of these is interrupted at a line, if it is not 0; how many there were.
    """
    story, config, lines = Story(kind), CENTERS[kind][0], [0]
    for place, (later, _, event) in enumerate(STORY):
        story.now += later
        event(story)
        if place in when:
            again = msgspec.structs.replace(config())
            with suppress(Interrupted), interrupted(at if place == max(when) else 0) as lines:
                story.live.replace(again)
            assert at or story.live.center is again
    return story.told(), lines[0]


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("kind", CENTERS)
def test_the_same_center_changes_nothing(kind: str) -> None:
    right, _ = play(kind, set())
    chance = random.Random(kind)
    for when in (set(range(len(STORY))), *({chance.randrange(len(STORY))} for _ in range(6))):
        found, _ = play(kind, when)
        assert not (wrong := differences(right, found)), f"{when}: {wrong[:5]}"


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("kind", CENTERS)
def test_interrupted_at_any_line_it_was_never_replaced_or_was(kind: str) -> None:
    right, _ = play(kind, set())
    chance = random.Random(f"{kind} 2")
    for _ in range(4):
        when = {chance.randrange(len(STORY))}
        lines = play(kind, when)[1]
        for at in (chance.randint(1, lines), chance.randint(lines - 700, lines)):
            found, _ = play(kind, when, at)
            assert not (wrong := differences(right, found)), f"{when}, line {at} of {lines}: {wrong[:5]}"


def lived(at: int) -> tuple[list[Any], int]:
    """What is known after centers were replaced that have little in common, one of them interrupted.

    Whoever is interrupted replaces it once more. Beside that, the lines of the one that may be.
    """
    capped = {"cap_per_day": 6}
    one = center(("service", "sales"), nord=vendor(2.0, terms=capped), syd=vendor(contract=BY_MINUTE))
    other = center(("mail", "service"), ost=vendor(0.1), syd=vendor(contract=BY_MINUTE))
    there = msgspec.structs.replace(vendor(2.0, terms=capped), timezone="Asia/Manila", country="PH")
    third = center(("service", "sales"), syd=vendor(contract=TIERED), nord=there, ost=vendor(2.5))
    live, clock = router(one)
    made: list[Decision] = []
    lines = [0]
    for which, config in enumerate((other, third, other, third)):
        for _ in range(4):
            made.append(live.route(Contact("service")))
            live.settle(made[len(made) // 2], "answered", wait=2.0, handle=90.0)
            clock.now += 20.0
        live.settle(made[-1], "failed")
        with suppress(Interrupted), interrupted(at if which == 1 else 0) as counted:
            live.replace(config)
        if which == 1:
            lines = counted
            if live.center is not config:
                live.replace(config)
        live.state["service"].update(agents=2, busy=2, waiting=0)
    vendors = ("nord", "syd", "ost")
    found: list[Any] = [
        [(each.destination, each.ranked) for each in made],
        [live.usage(name) for name in vendors],
        [msgspec.to_builtins(live.bill(name)) for name in vendors],
        live.preview(Contact("service")).present,
        msgspec.to_builtins(live._tables.offers.watch.every()),
    ]
    return found, lines[0]


@pytest.mark.usefixtures("kernels")
def test_what_was_interrupted_can_be_done_again() -> None:
    right, lines = lived(0)
    assert {destination for destination, _ in right[0]} >= {"nord", "syd", "ost"}
    chance = random.Random(3)
    for at in (*(chance.randint(1, lines) for _ in range(6)), *range(lines - 6, lines + 1)):
        assert not (wrong := differences(right, lived(at)[0])), f"line {at} of {lines}: {wrong[:5]}"


# Another order, more and fewer names: the same by name

VENDORS = {
    "nord": vendor(contract=TIERED, capacity=6),
    "syd": vendor(3.0, "service", "sales", contract=BY_MINUTE),
    "ost": vendor(2.9, "sales", terms={"cap_per_day": 5}),
}
NAMES = ("service", "sales")


def ordered(vendors: list[str], queues: list[str], *others: str) -> Center:
    """The three vendors and two queues in an order, after others that nothing goes to."""
    made = {f"to {name}": vendor(9.0, name) for name in others}
    names = (*others, *queues)
    config = center(names, **made, **{name: VENDORS[name] for name in vendors})
    types = {name: ContactType(queue=name) for name in (*queues, *others)}
    return msgspec.structs.replace(config, contact_types=types)


events = st.lists(
    st.one_of(
        st.tuples(st.just("route"), st.sampled_from(NAMES), st.sampled_from(("", "sv", "fi"))),
        st.tuples(
            st.just("settle"), st.integers(0, 60), st.sampled_from(("answered", "failed", "abandoned"))
        ),
        st.tuples(st.just("state"), st.sampled_from(NAMES), st.integers(0, 9)),
        st.tuples(st.just("later"), st.sampled_from((1.0, 30.0, AN_HOUR, 90_000.0)), st.just(0)),
        st.tuples(st.just("replace"), st.integers(0, 2), st.just(0)),
    ),
    min_size=12,
    max_size=50,
)


def told(live: Router) -> dict[str, Any]:
    """What is known by name, and what is thought of the next contact."""
    next_one = {name: live.preview(Contact(name)) for name in NAMES}
    vendors = [name for name in VENDORS if name in live.center.vendors]
    health = live._tables.offers.watch.every()
    return {
        "usage": {name: live.usage(name) for name in vendors},
        "bill": {name: msgspec.to_builtins(live.bill(name)) for name in vendors},
        "invoice": {name: live.invoice(name).total for name in vendors},
        "health": {name: msgspec.to_builtins(health[live._tables.vendor_numbers[name]]) for name in vendors},
        "next": {name: each.destination for name, each in next_one.items()},
        "present": {name: each.present for name, each in next_one.items()},
        "ways": {name: {way.destination for way in each.ways} for name, each in next_one.items()},
        "state": {name: (live.state[name].state, live.state[name].late) for name in NAMES},
    }


@settings(max_examples=30, deadline=None)
@given(events, st.permutations(list(VENDORS)), st.permutations(list(NAMES)), st.booleans(), st.data())
def test_by_name_it_is_as_with_the_new_center_from_the_start(
    story: list[tuple[str, Any, Any]], vendors: list[str], queues: list[str], more: bool, data: st.DataObject
) -> None:
    others = (("mail",), ("chat", "back office")) if more else ((), ())
    centers = [
        ordered(list(VENDORS), list(NAMES)),
        ordered(vendors, queues, *others[0]),
        ordered(vendors[::-1], queues[::-1], *others[1]),
    ]
    # By money only where rules stay as they are: else they are solved by what is known of arrivals by then.
    policies = ["QueueLength(1)", "Share({'syd': 0.4, 'ost': 0.2})", *(() if more else ("MarginalCost",))]
    policy = data.draw(st.sampled_from(policies))
    kept, kept_clock = router(centers[0], policy)
    changed, changed_clock = router(centers[data.draw(st.integers(0, 2))], policy)
    made: list[tuple[Decision, Decision]] = []
    for what, one, other in story:
        if what == "route":
            contact = Contact(one, language=other, id=str(len(made)))
            made.append((kept.route(contact), changed.route(contact)))
            assert made[-1][0].destination == made[-1][1].destination
        elif what == "settle" and made:
            for live, decision in zip((kept, changed), made[one % len(made)], strict=True):
                live.settle(decision, other, wait=2.0, handle=100.0 + one)
        elif what == "state":
            for live in (kept, changed):
                live.state[one].update(agents=3, busy=3, waiting=other)
        elif what == "later":
            kept_clock.now += one
            changed_clock.now += one
        elif what == "replace":
            kept.usage("nord")  # to replace is to look what time has brought
            changed.replace(centers[one])
    for live, clock in ((kept, kept_clock), (changed, changed_clock)):
        clock.now += 1.0
        for name in NAMES:
            live.state[name].update(agents=3, busy=3, waiting=1)
    assert not differences(told(kept), told(changed))
    for name in ("to mail", "to chat"):
        if name in changed.center.vendors:
            assert changed.usage(name).this_period == 0


def test_in_mid_month_it_is_as_with_the_new_center_from_the_start() -> None:
    def lived(changes: bool) -> tuple[Router, list[float]]:
        first, last = (
            ordered(["nord", "syd", "ost"], ["service", "sales"]),
            ordered(["ost", "nord", "syd"], ["sales", "service"], "mail"),
        )
        live, clock = router(first if changes else last, "QueueLength(0)")
        owed, open_ones = [], []
        for day in range(4):
            for place in range(9):
                for name in NAMES:
                    live.state[name].update(agents=2, busy=2, waiting=0)
                    open_ones.append(live.route(Contact(name)))
                    if place != 4:
                        outcome = "failed" if place == 7 else "answered"
                        owed.append(live.settle(open_ones[-1], outcome, wait=3.0, handle=70.0 + 9 * place))
                clock.now += 60.0
            if day == 1 and changes:
                live.replace(last)
            clock.now += 86_000.0
        owed += [live.settle(each, "answered", wait=1.0, handle=100.0) for each in open_ones[::5]]
        for name in NAMES:
            live.state[name].update(agents=2, busy=2, waiting=0)
        return live, owed

    (changed, owed), (right, owed_right) = lived(True), lived(False)
    assert owed == owed_right
    assert sum(owed) > 40.0
    assert not differences(told(right), told(changed))
    for name in NAMES:
        one, other = right.preview(Contact(name)), changed.preview(Contact(name))
        assert [(way.destination, way.cost) for way in one.ways if way.destination not in NAMES] == [
            (way.destination, way.cost) for way in other.ways if way.destination not in NAMES
        ]


def test_decisions_are_by_the_center_of_their_time_and_read_so() -> None:
    live, _ = router(center(nord=vendor(3.0), syd=vendor(4.0)))
    before = live.route(Contact("service"))
    as_text, as_dict, ways = before.explain(), before.to_dict(), before.ways
    live.replace(center(("sales", "service"), syd=vendor(1.0), nord=vendor(9.0, "sales")))
    after = live.route(Contact("service"))
    assert (before.destination, after.destination) == ("nord", "syd")
    assert after.ranked == ("syd", "service")
    assert (before.explain(), before.to_dict(), before.ways) == (as_text, as_dict, ways)
    assert before.to_dict()["center_version"] != after.to_dict()["center_version"]
    assert after.to_dict()["center_version"] == live.center.version
    assert [rejected.destination for rejected in after.rejected] == ["nord"]
    assert after.id > before.id


# What is told, learned and counted goes on


def test_contacts_in_flight_are_settled_wherever_they_were_sent() -> None:
    live, clock = router(
        center(("service", "sales"), nord=vendor(3.0, terms={"cap_per_hour": 5}), syd=vendor())
    )
    sent = [live.route(Contact("service")) for _ in range(5)]
    kept = live.route(Contact("sales"))
    assert {each.destination for each in sent} == {"nord"}
    live.replace(center(("sales", "service"), syd=vendor(9.0), nord=vendor(3.5, terms={"cap_per_hour": 5})))
    assert live.route(Contact("service")).destination == "syd"
    assert live.usage("nord").in_flight == 5
    assert [live.settle(each, "answered", handle=60.0) for each in sent[:3]] == [3.5] * 3
    assert live.settle(sent[0], "answered") == 0.0
    assert live.settle(sent[3], "failed") == 0.0
    assert live.settle(kept, "answered", handle=100.0) == 0.0
    usage = live.usage("nord")
    assert (usage.in_flight, usage.this_hour, usage.answered, usage.failed) == (1, 4, 3, 1)
    assert live.route(Contact("service")).destination == "nord"
    clock.now += 20_000.0
    live.state["service"].update(agents=2, busy=2, waiting=0)
    live.route(Contact("service"))
    assert live.usage("nord").in_flight <= 1, "leases end, those of the center before, too"


def test_a_vendor_that_is_gone_is_settled_and_billed() -> None:
    live, clock = router(center(nord=vendor(contract=TIERED), syd=vendor(5.0)))
    sent = [live.route(Contact("service")) for _ in range(9)]
    assert {each.destination for each in sent} == {"nord"}
    live.settle(sent[0], "answered", handle=60.0)
    live.replace(center(syd=vendor(5.0)))
    assert "nord" not in live.vendors
    assert live.route(Contact("service")).destination == "syd"
    assert [live.settle(each, "answered", handle=60.0) for each in sent[1:8]] == [3.0] * 5 + [2.0] * 2
    live.judge(sent[1], resolved=True)
    assert live.usage("nord").in_flight == 1
    assert (live.invoice("nord").total, live.bill("nord").handled) == (22.0, 8.0)
    live.replace(center(("sales", "service"), syd=vendor(5.0), ost=vendor(6.0)))
    assert live.settle(sent[8], "failed") == 0.0
    assert (live.usage("nord").this_hour, live.usage("nord").in_flight) == (8, 0)
    clock.now += AN_HOUR
    assert (live.usage("nord").this_hour, live.usage("nord").this_period) == (0, 8)
    live.replace(center(syd=vendor(5.0), nord=vendor(contract=TIERED)))
    assert (live.invoice("nord").total, live.usage("nord").answered) == (22.0, 8)
    live.state["service"].update(agents=2, busy=2, waiting=0)
    again = live.preview(Contact("service"))
    assert (again.destination, again.cost) == ("nord", 2.0)
    with pytest.raises(InputError, match="usage: found 'nrd'"):
        live.usage("nrd")


def test_whatever_the_others_are_bound_to_a_vendor_can_go() -> None:
    """Types that vendors take whole, rules that name vendors, a location scheme: those who stay keep them."""

    def bound(*names: str) -> Center:
        takes = {"nord": ("service",), "syd": ("sales",), "ost": ("sales", "night")}
        return Center(
            queues={"service": Queue(aht=240)},
            data_rules={
                "personal": DataRule(countries=("EE",)),
                "patient": DataRule(kind="health", vendors=(names[-1],)),
            },
            contact_types={
                "service": ContactType(queue="service", sourcing=Sourcing.FULL, data=("personal",)),
                "sales": ContactType(queue="service", data=("patient",)),
                "night": ContactType(queue="service", hand_over=("daily 22:00-06:00",)),
            },
            vendors={name: vendor(3.0, *takes[name]) for name in names},
            country="SE",
        )

    live, _ = router(bound("nord", "ost", "syd"))
    sent = live.route(Contact("service"))
    assert sent.destination == "nord"
    live.replace(bound("nord", "ost"))
    live.replace(center(ost=vendor(6.0)))
    assert live.settle(sent, "answered", handle=60.0) == 3.0
    live.replace(bound("ost", "syd", "nord"))
    assert live.invoice("nord").total == 3.0
    assert live.route(Contact("service")).destination == "nord"


def test_a_vendor_that_failed_stays_out_under_another_number() -> None:
    live, clock = router(center(nord=vendor(2.0), syd=vendor(5.0)))
    while (sent := live.route(Contact("service"))).destination == "nord" and sent.id < 40:
        live.settle(sent, "failed")
        clock.now += 0.1
    assert sent.destination == "syd"
    live.replace(center(ost=vendor(9.0), syd=vendor(5.0), nord=vendor(2.0)))
    assert live.route(Contact("service")).destination == "syd"
    assert {each.name: each.health for each in live.status().vendors}["nord"] == "ejected"
    clock.now += 5_000.0
    live.state["service"].update(agents=2, busy=2, waiting=0)
    assert live.route(Contact("service")).destination == "nord"


def test_estimates_odd_reports_and_told_states_go_on() -> None:
    live, _ = router(center(("service", "sales"), nord=vendor(9.0)), policy=QueueLength(10))
    live.vendors["nord"].update(capacity=4, expected_wait=7.0)
    queue, nord = live.state["service"], live.vendors["nord"]
    for _ in range(300):
        live.settle(live.route(Contact("service")), "answered", wait=1.0, handle=400.0)
    live.settle(live.route(Contact("service")), "answered", wait=1.0, handle=-5.0)
    before = live.estimates()
    known, odd = live._tables.queues.watches[0].aht, live.odd_reports
    live.replace(center(("sales", "service"), ost=vendor(8.0), nord=vendor(9.0)))
    assert live._tables.queues.watches[1].aht == known > 350.0
    assert live.odd_reports == odd
    assert live.state["service"] is queue
    assert live.vendors["nord"] is nord
    assert queue.state == QueueState(agents=2, busy=2, waiting=0)
    queue.update(waiting=3)
    assert live.state["service"].state == QueueState(agents=2, busy=2, waiting=3)
    assert live.preview(Contact("service")).present == 5.0
    assert live.preview(Contact("service")).evidence.seen()["nord"]["wait"] == 7.0
    after = {figure for figure in live.estimates().figures if figure.of != "ost"}
    assert after == set(before.figures)


def test_a_queue_that_is_gone_is_told_and_settled_without_harm() -> None:
    live, _ = router(center(("service", "sales"), nord=vendor(3.0, "service", "sales")))
    sent, queue = live.route(Contact("sales")), live.state["sales"]
    live.state["sales"].update(waiting=0, busy=0)
    kept = live.route(Contact("sales"))
    assert (sent.destination, kept.destination) == ("nord", "sales")
    live.replace(center(nord=vendor(3.0, "service")))
    queue.update(agents=3)
    assert (queue.state, list(live.state)) == (None, ["service"])
    assert live.settle(kept, "answered", wait=1.0, handle=100.0) == 0.0
    assert live.settle(sent, "answered") == 3.0
    assert live.usage("nord").in_flight == 0
    assert "sales" in sent.explain()
    live.replace(center(("sales", "service"), nord=vendor(3.0, "service", "sales")))
    assert live.state["sales"].state is None


def test_a_late_state_counts_what_was_kept_before_the_center_was_replaced() -> None:
    live, clock = router(center(("service", "sales"), nord=vendor(3.0, "sales")))
    clock.now += 5.0
    for _ in range(3):
        live.route(Contact("service"))
    live.replace(center(("mail", "sales", "service"), nord=vendor(3.0, "sales")))
    clock.now += 1.0
    live.state["service"].update(busy=2, waiting=0, at=clock.now - 4.0)
    assert live.preview(Contact("service")).present == 5.0


def test_another_contract_bills_the_rest_of_the_period() -> None:
    live, _ = router(center(nord=vendor(2.0)))
    for _ in range(4):
        live.settle(live.route(Contact("service")), "answered", handle=90.0)
    tiers = (Tier(above=0, up_to=5, price_per_contact=3.0), Tier(above=5, price_per_contact=1.0))
    live.replace(center(nord=vendor(contract=Contract(tiers=tiers))))
    assert live.invoice("nord").total == 12.0
    owed = [live.settle(live.route(Contact("service")), "answered", handle=90.0) for _ in range(3)]
    assert owed == [3.0, 1.0, 1.0]
    live.replace(center(nord=vendor(contract=Contract(price_per_minute=1.0))))
    assert live.invoice("nord").total == pytest.approx(7 * 1.5)


def test_another_time_zone_and_period_begin_windows_of_their_own() -> None:
    live, _ = router(center(nord=vendor(2.0, terms={"cap_per_day": 3})))
    for _ in range(3):
        live.route(Contact("service"))
    assert live.route(Contact("service")).destination == "service"
    elsewhere = msgspec.structs.replace(
        vendor(2.0, terms={"cap_per_day": 3}), timezone="Asia/Manila", country="PH"
    )
    live.replace(center(nord=elsewhere))
    live.state["service"].update(agents=2, busy=2, waiting=0)
    assert live.usage("nord").in_flight == 3
    assert live.route(Contact("service")).destination == "nord"
    live.replace(center(nord=vendor(2.0, terms={"cap_per_day": 3})))
    assert live.usage("nord").today == 3, "the day that was counted is found again"


# Tokens, and contacts that go on


def test_tokens_are_good_after_the_center_was_replaced() -> None:
    live, _ = router(center(("service", "sales"), nord=vendor(2.0), syd=vendor(3.0), ost=vendor(4.0)))
    first, second, third = (live.route(Contact("service")).token for _ in range(3))
    live.state["sales"].update(busy=0)
    kept = live.route(Contact("sales")).token
    live.replace(center(("mail", "service"), ost=vendor(4.0), syd=vendor(2.5)))
    diverted = live.divert(first, failed="503")
    assert diverted is not None
    assert (diverted.destination, diverted.left_out) == ("syd", {"nord": "it failed to take it: 503"})
    assert live.settle(second, "answered", handle=60.0) == 2.0
    live.judge(second, resolved=True)
    assert live.settle(kept, "answered", handle=60.0) == 0.0
    live.replace(center(("service",), nord=vendor(2.0), ost=vendor(4.0)))
    assert live.settle(third, "answered", handle=60.0) == 2.0
    again = live.divert(diverted)
    assert again is not None
    assert (again.destination, set(again.left_out)) == ("ost", {"nord", "syd"})
    assert [live.settle(token, "answered") for token in (first, second, third, kept)] == [0.0] * 4
    assert live.settle(again.token, "answered", handle=60.0) == 4.0
    nord = live.usage("nord")
    assert (nord.in_flight, nord.answered, nord.failed, nord.this_hour) == (0, 2, 1, 2)
    assert (live.usage("syd").in_flight, live.usage("syd").failed) == (0, 1)


LATER = {
    "the same": center(("mail", "service", "sales"), nord=vendor(2.0, "service", "sales")),
    "reordered": center(("sales", "service", "mail"), nord=vendor(2.0, "service", "sales")),
    "another queue": center(("service", "new", "sales"), nord=vendor(2.0, "service", "sales")),
    "its queue and type gone": center(("mail", "service"), nord=vendor(2.0)),
    "its vendor gone": center(("sales", "mail", "service"), syd=vendor(2.0, "sales")),
    "all of it gone": center(("service",), syd=vendor(2.0)),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER.keys())
@pytest.mark.parametrize("busy", [0, 2], ids=["kept", "sent"])
@pytest.mark.parametrize("outcome", ["answered", "failed"])
def test_a_token_is_of_the_queue_and_vendor_that_its_decision_is_of(
    later: Center, busy: int, outcome: str
) -> None:
    found = []
    for by in ("decision", "token"):
        live, clock = router(LATER["the same"])
        live.state["sales"].update(busy=busy)
        decision = live.route(Contact("sales"))
        assert decision.destination == ("nord" if busy else "sales")
        clock.now += 5.0
        live.replace(later)
        owed = live.settle(decision if by == "decision" else decision.token, outcome, wait=3.0, handle=900.0)
        tables = live._tables
        watches = [(each.scored, each.handle, each.handles) for each in tables.queues.watches]
        told = live.usage("nord") if busy else None
        found.append([owed, watches, told, tables.arrays.usage.tolist(), live.status().open_contacts])
        assert owed == (2.0 if busy and outcome == "answered" else 0.0)
    assert found[0] == found[1]


def test_the_same_id_gets_its_decision_of_before() -> None:
    live, _ = router(center(nord=vendor(2.0)), same_id_within=600.0)
    before = live.route(Contact("service", id="1"))
    live.replace(center(ost=vendor(1.0)))
    assert live.route(Contact("service", id="1")).id == before.id
    assert live.route(Contact("service", id="2")).destination == "ost"


# A bad center, and policies


@pytest.mark.parametrize(
    ("bad", "policy", "said"),
    [
        ("center.toml", None, "center: found 'center.toml'"),
        (None, None, "a Center"),
        (center(syd=vendor()), None, "found 'nord'; expected one of: syd"),
        (center(nord=vendor()), "QueueLenght(3)", "QueueLenght"),
        (center(nord=vendor()), Share({"syd": 0.1}), "'syd'"),
    ],
)
def test_a_bad_center_is_refused_and_the_old_one_goes_on(bad: Any, policy: Any, said: str) -> None:
    live, _ = router(center(nord=vendor(), syd=vendor()), policy=Share({"nord": 1.0}))
    works, state = live._desk.works, live.state
    with pytest.raises(InputError, match=said):
        live.replace(bad, policy)
    assert live._desk.works is works
    assert live.state is state
    assert live.route(Contact("service")).destination == "nord"


def test_a_policy_comes_with_its_center() -> None:
    live, _ = router(center(nord=vendor()), policy="QueueLength(9)")
    assert live.route(Contact("service")).destination == "service"
    live.replace(center(syd=vendor()), "Share({'syd': 1.0})")
    assert live.policy == Share({"syd": 1.0})
    assert live.route(Contact("service")).destination == "syd"
    live.replace(center(syd=vendor(), nord=vendor()))
    assert live.policy == Share({"syd": 1.0})


def test_a_policy_that_fails_leaves_the_old_center_or_is_said() -> None:
    def failing(situation: Any) -> Any:
        raise ZeroDivisionError("what a policy may do")

    live, _ = router(center(nord=vendor()), policy="QueueLength(0)")
    live.replace(center(nord=vendor(), syd=vendor()), failing)
    decision = live.route(Contact("service"))
    assert "what a policy may do" in decision.degraded


def test_whoever_is_asked_from_within_a_policy_does_not_replace() -> None:
    def nested(situation: Any) -> Any:
        live.replace(center(syd=vendor()))

    live, _ = router(center(nord=vendor()), policy="QueueLength(0)")
    live.replace(center(nord=vendor(), syd=vendor()), nested)
    assert "asked from within its own work" in live.route(Contact("service")).degraded
    assert list(live.center.vendors) == ["nord", "syd"]


# Several routers of one ledger


def test_routers_of_different_centers_share_a_ledger_by_name() -> None:
    ledger, clock = Ledger(), Clock()
    capped = {"cap_per_hour": 4}
    one = Router(
        center(nord=vendor(2.0, terms=capped), syd=vendor(5.0)),
        "QueueLength(0)",
        clock=clock,
        ledger=ledger,
        compile=False,
    )
    other = Router(
        center(("mail", "service"), ost=vendor(4.0), syd=vendor(5.0), nord=vendor(2.0, terms=capped)),
        "QueueLength(0)", clock=clock, ledger=ledger, compile=False,
    )  # fmt: skip
    for live in (one, other):
        live.state["service"].update(agents=2, busy=2, waiting=0)
    sent = [live.route(Contact("service")) for _ in range(3) for live in (one, other)]
    assert [each.destination for each in sent] == ["nord"] * 4 + ["syd", "ost"]
    assert one.usage("nord") == other.usage("nord")
    assert (one.usage("nord").this_hour, one.usage("syd").this_hour, other.usage("ost").this_hour) == (
        4,
        1,
        1,
    )
    one.replace(center(ost=vendor(1.0), nord=vendor(2.0, terms=capped)))
    assert one.route(Contact("service")).destination == "ost"
    assert other.usage("ost").this_hour == 2
    assert one.settle(sent[4], "answered") == 5.0
    assert other.settle(sent[0], "failed") == 0.0, "of whichever router"
    assert one.usage("nord").this_hour == 3
    assert other.route(Contact("service")).destination == "nord"
    third = Router(center(("sales",), nord=vendor(2.0, "sales")), clock=clock, ledger=ledger, compile=False)
    assert third.settle(sent[1], "answered", handle=60.0) == 2.0, "of a queue that is none of its own"
    assert third.settle(sent[5], "answered") == 0.0, "of a vendor that is none of its own"
    clock.now += 20_000.0
    for live in (one, other):
        live.state["service"].update(agents=2, busy=2, waiting=0)
        live.route(Contact("service"))
    assert one.usage("nord").in_flight + other.usage("ost").in_flight <= 2, "leases of both have ended"


@pytest.mark.usefixtures("kernels")
def test_a_vendor_more_moves_the_counters_of_a_router_that_decides_on() -> None:
    ledger, clock = Ledger(), Clock()
    one = Router(
        center(nord=vendor(2.0), syd=vendor(5.0)), "QueueLength(0)", clock=clock, ledger=ledger, compile=False
    )
    one.state["service"].update(agents=2, busy=2, waiting=0)
    for _ in range(5):
        one.route(Contact("service"))
    Router(center(ost=vendor(2.0)), clock=clock, ledger=ledger, compile=False)
    for _ in range(5):
        one.route(Contact("service"))
    assert (one.usage("nord").this_hour, one.usage("nord").in_flight) == (10, 10)
    assert ledger.counters[-1, 0] == 10.0


# Whoever works beside a router


def test_a_shadow_decides_by_the_center_of_each_decision() -> None:
    live, _ = router(center(nord=vendor(2.0), syd=vendor(3.0)))
    beside = Shadow(live, QueueLength(20))
    for config in (
        live.center,
        center(("mail", "service"), ost=vendor(1.0), syd=vendor(3.0), nord=vendor(2.0)),
    ):
        if config is not live.center:
            live.replace(config)
        for _ in range(3):
            beside.route(Contact("service"))
    report = beside.report()
    assert (report.contacts, report.failures, report.different) == (6, 0, 6)
    assert [(pair.live, pair.shadow, pair.contacts) for pair in report.pairs] == [
        ("nord", "service", 3), ("ost", "service", 3),
    ]  # fmt: skip
    shared = Shadow(live, Share({"nord": 0.5}))
    live.replace(center(syd=vendor(3.0)))
    shared.route(Contact("service"))
    report = shared.report()
    assert (report.failures, "nord" in report.failure) == (1, True)


def test_cases_wait_with_the_queue_that_their_type_has_now() -> None:
    def office(queue: str, *queues: str) -> Center:
        config = center(queues, nord=vendor(2.0, "mail"))
        kind = ContactType(queue=queue, due_within=90_000.0)
        return msgspec.structs.replace(config, contact_types={**config.contact_types, "mail": kind})

    live, _ = router(office("desk", "desk", "mail"))
    work = BackOffice(live, batch=5)
    for _ in range(3):
        work.take(Contact("mail"))
    assert [len(work.backlog(name).cases) for name in ("desk", "mail")] == [3, 0]
    live.replace(office("post", "mail", "post"))
    assert work.ship() == []
    work.take(Contact("mail"))
    assert [len(work.backlog(name).cases) for name in ("mail", "post")] == [0, 4]
    with pytest.raises(InputError, match="desk"):
        work.backlog("desk")
    live.replace(center(("other", "mail"), nord=vendor(2.0, "mail")))
    assert [len(work.backlog(name).cases) for name in ("other", "mail")] == [0, 4]
    assert (work.late(), work.held) == ((), ())


# Threads, time and memory


def test_threads_decide_by_one_center_or_the_other(compiled_kernels: _kernels.Kernels) -> None:
    one = center(("service", "sales"), nord=vendor(3.0), syd=vendor(4.0))
    other = center(("sales", "service"), ost=vendor(2.0), syd=vendor(4.0), nord=vendor(3.0))
    live = Router(one, "QueueLength(0)", compile=False)
    live.state["service"].update(agents=2, busy=2, waiting=0)
    stop, made, failures = threading.Event(), [[] for _ in range(3)], []

    def work(mine: list[Decision]) -> None:
        try:
            while not stop.is_set():
                decision = live.route(Contact("service"))
                mine.append(decision)
                if len(mine) % 3 == 0:
                    live.settle(decision, "answered", wait=1.0, handle=60.0)
                if len(mine) % 50 == 0:
                    live.state["service"].update(busy=2, waiting=0)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 1.5
    changes = 0
    while time.monotonic() < until:
        live.replace((other, one)[changes % 2])
        changes += 1
    stop.set()
    for thread in threads:
        thread.join(30.0)
        assert not thread.is_alive()
    assert not failures
    decisions = [decision for mine in made for decision in mine]
    assert changes > 5
    best = {one.version: "nord", other.version: "ost"}
    for decision in decisions[:: max(len(decisions) // 500, 1)]:
        said = decision.to_dict()
        assert decision.destination == best[said["center_version"]]
    assert len({decision.id for decision in decisions}) == len(decisions)
    sent = {name: sum(each.destination == name for each in decisions) for name in ("nord", "ost", "syd")}
    settled = sum(len(mine) // 3 for mine in made)
    assert {name: live.usage(name).this_period for name in sent} == sent
    assert sum(live.usage(name).answered for name in sent) == settled
    assert sum(live.usage(name).in_flight for name in sent) == len(decisions) - settled


def test_centers_that_were_replaced_are_forgotten() -> None:
    live, _ = router(center(nord=vendor(), syd=vendor()))
    decisions = []
    for turn in range(12):
        decisions.append(live.route(Contact("service")))
        live.replace(center(**{f"v{turn}": vendor(1.0), "nord": vendor()}))
    gc.collect()
    ledger = live.ledger
    assert len(ledger._readers) == len(ledger._spending_readers) == 2  # of the center, and of those gone
    assert len([reader for reader in ledger._room_readers if reader() is not None]) == 2
    assert live.usage("v3").this_period == 1
    assert [live.settle(each, "answered") for each in decisions] == [3.0] + [1.0] * 11


def test_the_order_of_vendors_does_not_matter_to_a_snapshot() -> None:
    live, _ = router(center(nord=vendor(2.0, capacity=3), syd=vendor(5.0)))
    live.replace(center(syd=vendor(5.0), nord=vendor(2.0, capacity=3)))
    queue = QueueState(agents=2, busy=2, waiting=0)
    for there, taker in ((3, "syd"), (2, "nord")):
        told = Snapshot(service=queue, nord=VendorState(in_flight=there))
        assert live.route(Contact("service"), told).destination == taker
    assert (live.usage("nord").this_hour, live.usage("syd").this_hour) == (1, 1)


def test_many_at_once_after_a_change(compiled_kernels: _kernels.Kernels) -> None:
    live, _ = router(center(nord=vendor(2.0), syd=vendor(5.0)))
    first = live.route_many({"type": ["service"] * 5})
    live.replace(center(("sales", "service"), syd=vendor(5.0), nord=vendor(2.0)))
    second = live.route_many({"type": ["service"] * 5})
    assert (first.counts()["nord"], second.counts()["nord"]) == (5, 5)
    assert np.array_equal(second.destination, [2] * 5)
    assert first.settle("answered") == second.settle("answered") == 10.0
    assert live.usage("nord").in_flight == 0


def test_a_batch_is_decided_by_the_center_that_it_began_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_batch, "AT_ONCE", 1000)
    live, _ = router(center(("service", "sales"), nord=vendor(2.0)), policy="QueueLength(0)")
    live.state["service"].update(agents=2002, busy=0, waiting=0)
    seen: list[float] = []

    def changed(done: int, _: int) -> None:
        if done == 1000:
            live.replace(center(("mail", "sales", "service"), ost=vendor(1.0), nord=vendor(2.0)))
        seen.append(live.preview(Contact("service")).present)

    routed = live.route_many({"type": ["service"] * 2500}, progress=changed)
    assert routed.counts() == {"in-house": 2002, "nord": 498, "nobody": 0}
    assert seen == [1000.0, 2000.0, 2002.0]
    assert live.usage("nord").in_flight == 498
    assert live.usage("ost").this_hour == 0
    routed.settle("answered", handle=60.0)
    assert live.preview(Contact("service")).present == 0.0
    assert live.usage("nord").answered == 498


def test_a_decision_that_nobody_was_told_is_taken_back_in_the_center_that_came_after() -> None:
    live, _ = router(center(("service", "sales"), nord=vendor(2.0)), policy="QueueLength(9)")
    live.state["service"].update(agents=2, busy=0, waiting=0)
    works, told = live._desk.works, live.route(Contact("service"))
    live.replace(center(("sales", "service"), ost=vendor(1.0)))
    assert live.preview(Contact("service")).present == 1.0
    noted, line = told.evidence, told.evidence.line
    undecided = noted.profile, works.rows[0], noted.page, line, line + 1, None, 0.0, COMES_NOW, None, None
    works.tables.undecided.append(undecided)
    with live.ledger.own_lock, passed_on(works.tables, live._desk):
        assert works.tables.take_back()
    assert live.preview(Contact("service")).present == 0.0
    assert live.settle(told, "answered") == 0.0
    assert live.preview(Contact("service")).present == 0.0
