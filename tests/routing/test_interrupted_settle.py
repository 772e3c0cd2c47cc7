"""A contact is settled or judged whole or not at all, whatever statement is the last before an interrupt."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    HealthConfig,
    PerContact,
    PerMinute,
    Queue,
    QueueLength,
    QueueState,
    Router,
    ServiceLevel,
    Snapshot,
    TakeOrPay,
    Targets,
    Tier,
    Vendor,
)
from helpers.interrupts import Interrupted, interrupted

pytestmark = pytest.mark.compiled  # a call at every line of it

NOON = 1795428000.0
SERVICE = Contact("service", id="1")
BUSY = Snapshot(service=QueueState(agents=4, busy=4, waiting=9))
FREE = Snapshot(service=QueueState(agents=4, busy=1))
TIERS = (
    Tier(above=0, up_to=3, price_per_contact=3.0, price_per_minute=0.5),
    Tier(above=3, price_per_contact=2.0),
)
CONTRACTS = {
    "flat": Contract(price_per_contact=1.2, price_per_minute=0.85, cap_per_hour=50),
    "tiered": Contract(tiers=TIERS),
    "in steps": Contract(terms=(PerMinute(price=0.58, step=60), PerContact(price=0.2, counts="failed"))),
    "committed": Contract(price_per_contact=2.0, terms=(TakeOrPay(volume=30, price=2.0),)),
    "capped": Contract(price_per_minute=1.0, cap_minutes_per_hour=60.0, cap_money_per_day=90.0),
    "exposed": Contract(price_per_minute=1.0),
}
HEALTH = HealthConfig(threshold=2.5, minimum_volume=2, back_off=5.0, probes=2)


@cache
def center(kind: str) -> Center:
    limits = {"max_exposure": 40.0} if kind == "exposed" else {}
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service",), "capacity": 9}
    return Center(
        queues={
            "service": Queue(
                aht=240, patience=300, wait_cost_per_minute=0.3, abandonment_cost=8.0,
                unresolved_cost=3.0, targets=Targets(service_level=ServiceLevel(probability=0.8, within=20)),
            )
        },
        contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="service")},
        vendors={
            "nord": Vendor(contract=CONTRACTS[kind], **each, **limits),
            "syd": Vendor(contract=Contract(price_per_contact=9.0), **each),
        },
        health=HEALTH,
    )  # fmt: skip


class Story:
    """A router and what was done with it, always the same, up to the event that is interrupted."""

    def __init__(self, kind: str, before: Callable[[Story], None]) -> None:
        self.now = NOON
        self.live = Router(
            center(kind),
            QueueLength(3),
            clock=lambda: self.now,
            chance=lambda: 0.5,
            lease=3600.0,
            compile=False,
        )
        self.open: list[Decision] = []
        before(self)

    def send(self, contacts: int = 1, state: Snapshot = BUSY) -> None:
        for _ in range(contacts):
            self.now += 1.0
            self.open.append(self.live.route(SERVICE, state))

    def end(self, outcome: str = "answered", **told: Any) -> float:
        return self.live.settle(self.open.pop(0), outcome, **told)

    def told(self) -> list[Any]:
        """Everything that can be asked, and what is decided from here on."""
        live, tables = self.live, self.live._tables
        watch, queue = tables.offers.watch, tables.queues.watches[0]
        said: list[Any] = [dict(live.odd_reports)]
        for step in range(2):
            self.now += 7.0
            live.state["service"].update(agents=4, busy=4, waiting=9)
            decision = live.route(SERVICE)
            said += [decision.to_dict(), live.preview(SERVICE, FREE).to_dict()]
            said.append([live.usage(name) for name in live.vendors])
            said.append([live.bill(name) for name in live.vendors])
            said.append([watch.health, watch.quality, watch.attainment, watch.beliefs])
            said.append([queue.scored, queue.aht, queue.handle, queue.handle_of("service"), queue.beliefs])
            said.append([tables.offers.laws.law(0, "service", 240.0), dict(tables.offers.laws.known)])
            said.append(live.settle(decision, "answered" if step else "failed", wait=9.0, handle=75.0))
            said.append(tables.arrays.usage.tolist())
            said.append(np.nan_to_num(tables.arrays.vendors[:-1], nan=-9.0).tolist())
        return said


def some(lines: int) -> list[int]:
    """The lines to be interrupted at: most of what settles, then a few of what follows for the prices."""
    return [*range(1, min(lines, 180) + 1, 3), *range(181, lines + 1, 61)]


def answered(story: Story) -> None:
    story.send(4)
    story.end(wait=3.0, handle=200.0)


def ejected(story: Story) -> None:
    """One failure more, and nord is out."""
    story.send(6)
    for outcome in ("answered", "failed"):
        story.end(outcome, wait=1.0, handle=100.0)


def probed(story: Story) -> None:
    """Nord failed, and its probe is under way."""
    ejected(story)
    story.end("failed")
    story.now += 60.0
    story.send()
    del story.open[:-1]
    assert story.open[0].destination == "nord"


def kept(story: Story) -> None:
    story.live.state["service"].update(agents=4, busy=1)
    story.now += 1.0
    story.open.append(story.live.route(SERVICE))
    assert story.open[0].destination == "service"


def looked_at(story: Story) -> None:
    """One outcome more, and nord's prices are looked at."""
    for place in range(31):
        story.send()
        story.end(wait=1.0 + place, handle=100.0 + place)
    story.send()


def settle(outcome: str, **told: Any) -> Callable[[Router, Decision], Any]:
    return lambda live, decision: live.settle(decision, outcome, **told)


def settle_by_token(outcome: str, **told: Any) -> Callable[[Router, Decision], Any]:
    return lambda live, decision: live.settle(decision.token, outcome, **told)


def judge(**told: Any) -> Callable[[Router, Decision], Any]:
    return lambda live, decision: live.judge(decision, **told)


ANSWERED = settle("answered", wait=12.0, handle=150.0)
EVENTS = {
    **{f"{kind}, answered": (kind, answered, ANSWERED) for kind in ("flat", "tiered", "capped", "exposed")},
    **{f"{kind}, failed": (kind, ejected, settle("failed")) for kind in ("in steps", "capped")},
    "unknown": ("in steps", answered, settle("answered")),
    "odd": ("committed", answered, settle("abandoned", wait=-1.0, handle="180")),
    "probe taken": ("flat", probed, ANSWERED),
    "probe failed": ("exposed", probed, settle("failed")),
    "looked at": ("tiered", looked_at, ANSWERED),
    "kept": ("flat", kept, ANSWERED),
    "by token, answered": ("capped", answered, settle_by_token("answered", wait=12.0, handle=150.0)),
    "by token, failed": ("in steps", ejected, settle_by_token("failed")),
    "by token, kept": ("flat", kept, settle_by_token("answered", wait=12.0, handle=150.0)),
    "kept much longer": ("flat", kept, settle("answered", wait=0.0, handle=3000.0)),
}
JUDGED = {
    "resolved": judge(resolved=True, satisfaction=0.5),
    "odd": judge(resolved="perhaps", satisfaction=80),
}


@pytest.mark.parametrize(("kind", "before", "event"), EVENTS.values(), ids=EVENTS.keys())
def test_settled_whole_or_not_at_all(kind: str, before: Callable[[Story], None], event: Any) -> None:
    never, whole = Story(kind, before), Story(kind, before)
    decision = whole.open[0]
    with interrupted(-1) as lines:
        event(whole.live, decision)
    money_of_all, untouched = whole.told(), never.told()
    assert lines[0] > 20
    assert money_of_all != untouched
    undone = 0
    for at in some(lines[0]):
        story = Story(kind, before)
        decision = story.open[0]
        with suppress(Interrupted), interrupted(at):
            event(story.live, decision)
        unsettled = decision.evidence.page.unsettled(decision.evidence.line)
        undone += unsettled
        if unsettled and at % 4 == 1:
            assert story.told() == untouched, at
        else:  # told once more it counts, and once only
            event(story.live, decision)
            assert story.told() == money_of_all, at
    assert undone > 15


@pytest.mark.parametrize("event", JUDGED.values(), ids=JUDGED.keys())
def test_judged_whole_or_not_at_all(event: Any) -> None:
    never, whole = Story("flat", answered), Story("flat", answered)
    with interrupted(-1) as lines:
        event(whole.live, whole.open[0])
    said, untouched = whole.told(), never.told()
    assert said != untouched
    for at in some(lines[0]):
        story = Story("flat", answered)
        with suppress(Interrupted), interrupted(at):
            event(story.live, story.open[0])
        assert story.told() in (untouched, said), at


def settled_with_alarms(kind: str, contacts: int, *, alarms: bool) -> tuple[int, list[Any]]:
    """How often an alarm went off while contacts were settled, and all that is known afterwards."""
    story, chance, when = Story(kind, lambda _: None), random.Random(1), random.Random(2)
    gone_off, armed = 0, False

    def go_off(*_: object) -> None:
        if armed:
            raise Interrupted

    before = signal.signal(signal.SIGALRM, go_off)
    try:
        for _ in range(contacts):
            story.send()
            decision = story.open.pop()
            outcome = "failed" if chance.random() < 0.05 else "answered"
            told = {"wait": chance.expovariate(0.05), "handle": chance.expovariate(1 / 240)}
            try:
                armed = alarms
                signal.setitimer(signal.ITIMER_REAL, 1e-6 + 4e-5 * when.random())
                story.live.settle(decision, outcome, **told)
                armed = False
            except Interrupted:
                gone_off += 1
            armed = False
            story.live.settle(decision, outcome, **told)  # whoever is not sure tells it again
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    return gone_off, story.told()


# Where Python is in a finaliser of its own, it swallows what an alarm raises.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarms on Windows")
@pytest.mark.parametrize("kind", ["tiered", "capped"])
def test_alarms_at_any_time_lose_and_double_nothing(kind: str) -> None:
    gone_off, told = settled_with_alarms(kind, 500, alarms=True)
    assert gone_off > 20
    assert told == settled_with_alarms(kind, 500, alarms=False)[1]
