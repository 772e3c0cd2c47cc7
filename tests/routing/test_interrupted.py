"""Whatever statement an interrupt follows, the router goes on as if the interrupted call had not been made.

A settled contact or a told state may also count whole. A story is told once with each of its events
interrupted at a line, and once without the event, from an equal start to an equal end.
"""

from __future__ import annotations

import math
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    HashShare,
    HealthConfig,
    Hysteresis,
    PerContact,
    PerMinute,
    Queue,
    QueueLength,
    QueueState,
    Router,
    ServiceLevel,
    Share,
    Snapshot,
    Targets,
    Tier,
    ValueClass,
    Vendor,
    Warm,
    _kernels,
)
from bporoute._kernels.routing import columns
from bporoute.routing._hard_rules import Request
from helpers.interrupts import Interrupted, interrupted

pytestmark = pytest.mark.compiled  # each call at every line of it: `make interrupts`, too

NOON = 1795428000.0
SECONDS = float(os.environ.get("INTERRUPT_SECONDS", "0"))
"""For how long lines are drawn; 0: as many as go into the usual tests."""
SEED = int(os.environ.get("INTERRUPT_SEED", "1"))

Event = Callable[["Story"], object]


class About(float):
    """A number that depends a little on when somebody looked: an interrupted call may have, or not."""


class Story:
    """A router and what was done with it."""

    def __init__(self, kind: str, lease: float = 900.0) -> None:
        config, policy = CENTERS[kind]
        self.now = NOON + 3500.0
        self.live = Router(
            config(), policy, clock=lambda: self.now, chance=lambda: 0.5, lease=lease, compile=False
        )
        self.decisions: dict[str, Decision] = {}
        self.said: list[Any] = []  # by batches

    def route(self, name: str, contact: Contact, snapshot: Snapshot | None = None) -> None:
        self.decisions[name] = self.live.route(contact, snapshot)

    def settle(self, name: str, outcome: str, **told: Any) -> None:
        if name in self.decisions:
            self.live.settle(self.decisions[name], outcome, **told)

    def told(self) -> list[Any]:
        """All counts at the end, with their types."""
        live, tables = self.live, self.live._tables
        arrays, center = tables.arrays, self.live.center
        usage = [live.usage(name) for name in center.vendors]
        queues = arrays.queues[:-1][:, [columns.PRESENT, columns.KEPT_SINCE, columns.ROUTED, columns.GATE]]
        seen: dict[str, float] = {}
        for profile in tables.profiles.listed:
            kind = f"{profile.request.type}, {profile.request.language}"
            seen[kind] = seen.get(kind, 0.0) + float(arrays.ways[profile.number, 0, columns.SEEN])
        watches = tables.queues.watches
        return [
            {name: (each.action, each.destination, each.ranked) for name, each in self.decisions.items()},
            [destination.tolist() for destination in self.said],
            usage,
            [live.bill(name) for name in center.vendors],
            [type(value) for each in usage for value in (each.today, each.in_flight, each.spent)],
            np.nan_to_num(queues, nan=-1.0).tolist(),
            arrays.usage.tolist(),
            arrays.shares[..., columns.CREDIT].round(9).tolist(),
            {kind: contacts for kind, contacts in seen.items() if contacts},
            [(About(watch.rate.safe), watch.scored, watch.aht) for watch in watches],
            [(queue.state, queue.late) for queue in live.state.values()],
            [(vendor.state, vendor.late) for vendor in live.vendors.values()],
            msgspec.to_builtins(tables.offers.watch.every()),
        ]


def vendor(contract: Contract, **more: Any) -> Vendor:
    types = more.pop("contact_types", ("service", "sales"))
    return Vendor(country="EE", timezone="Europe/Tallinn", contact_types=types, contract=contract, **more)


def center(*vendors: Vendor, **more: Any) -> Center:
    queue = Queue(
        aht=240, patience=300, wait_cost_per_minute=0.3, abandonment_cost=8.0, unresolved_cost=3.0,
        targets=Targets(service_level=ServiceLevel(probability=0.8, within=20)),
    )  # fmt: skip
    return Center(
        queues={"service": queue, "sales": queue},
        contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="sales")},
        vendors=dict(zip(("nord", "syd", "ost"), vendors, strict=False)),
        value_classes={"gold": ValueClass(keep_up_to=2.0)},
        health=HealthConfig(threshold=2.5, minimum_volume=2, back_off=5.0, probes=2),
        **more,
    )


@cache
def flat() -> Center:
    return center(
        vendor(Contract(price_per_contact=2.2, cap_per_hour=4), capacity=9),
        vendor(Contract(price_per_contact=3.0), contact_types=("service",)),
    )


@cache
def tiered() -> Center:
    tiers = (Tier(above=0, up_to=3, price_per_contact=3.0), Tier(above=3, price_per_contact=2.0))
    return center(
        vendor(Contract(tiers=tiers)),
        vendor(Contract(terms=(PerMinute(price=0.58, step=60), PerContact(price=0.2, counts="failed")))),
        max_concentration=0.9,
    )


@cache
def capped() -> Center:
    return center(
        vendor(Contract(price_per_minute=0.5, cap_minutes_per_hour=60.0, cap_money_per_day=90.0)),
        vendor(Contract(price_per_contact=4.0)),
        min_in_house_share=0.1,
    )


CENTERS: dict[str, tuple[Callable[[], Center], Any]] = {
    "flat": (flat, "QueueLength(3)"),
    "tiered": (tiered, "MarginalCost"),
    "capped": (capped, Warm(Hysteresis(QueueLength(3), QueueLength(1)), {"nord": 0.3})),
    "shares": (flat, Share({"nord": 0.5, "syd": 0.3})),
    "hashed": (flat, HashShare({"nord": 0.5, "syd": 0.3})),
}
SERVICE, SALES = Contact("service", id="1"), Contact("sales", id="2")
GOLD = Contact("service", language="sv", id="3", value_class="gold")
BUSY = Snapshot(service=QueueState(agents=4, busy=4, waiting=9))


def route(name: str, contact: Contact, snapshot: Snapshot | None = None) -> Event:
    return lambda story: story.route(name, contact, snapshot)


def settle(name: str, outcome: str, **told: Any) -> Event:
    return lambda story: story.settle(name, outcome, **told)


def judge(name: str, **told: Any) -> Event:
    return lambda story: name in story.decisions and story.live.judge(story.decisions[name], **told)


def update(queue: str, **told: Any) -> Event:
    return lambda story: story.live.state[queue].update(**told)


def tell(name: str, **told: Any) -> Event:
    return lambda story: story.live.vendors[name].update(**told)


MANY = [SERVICE, SALES, SERVICE, GOLD]


def many(first: int | None = None) -> Event:
    """All at once, or the first so many without saying where they went.

    What was decided of an interrupted batch stays counted.
    """

    def event(story: Story) -> None:
        routed = story.live.route_many(MANY[:first])
        if first is None:
            story.said.append(routed.destination)

    return event


STORY: tuple[tuple[float, str, Event], ...] = (
    (0.0, "state", update("service", agents=4, busy=4, waiting=2)),
    (0.5, "state", update("sales", agents=9, busy=2)),
    (1.0, "route", route("a", SERVICE)),
    (1.0, "route", route("b", SERVICE)),
    (1.0, "route", route("c", SALES)),
    (1.0, "route", route("d", GOLD)),
    (1.0, "settle", settle("a", "answered", wait=3.0, handle=200.0)),
    (1.0, "state", update("service", agents=4, busy=4, waiting=9)),
    (1.0, "route", route("e", SERVICE)),
    (1.0, "route", route("f", SERVICE)),
    (1.0, "route", route("g", SERVICE, BUSY)),
    (1.0, "settle", settle("e", "failed")),
    (1.0, "state", tell("nord", in_flight=2, expected_wait=20.0)),
    (1.0, "many", many()),
    (1.0, "preview", lambda story: story.live.preview(SERVICE)),
    (1.0, "route", route("h", SERVICE)),
    (1.0, "settle", settle("f", "answered", wait=8.0, handle=900.0)),
    (1.0, "judge", judge("f", resolved=True, satisfaction=0.5)),
    (1.0, "settle", settle("g", "failed")),
    (90.0, "route", route("i", SERVICE)),  # another hour
    (1.0, "settle", settle("i", "failed")),
    (60.0, "route", route("j", SERVICE)),
    (1.0, "settle", settle("j", "answered", wait=1.0, handle=60.0)),
    (1000.0, "route", route("k", SERVICE)),  # leases have ended
    (1.0, "state", update("service", agents=5, busy=5, waiting=9, at=NOON + 4700.0)),
    (1.0, "many", many()),
    (43_000.0, "route", route("l", SALES)),  # the next day
    (1.0, "state", update("service", agents=5, busy=5, waiting=9)),
    (1.0, "route", route("m", SERVICE)),
    (1.0, "route", route("n", GOLD)),
    (1.0, "state", tell("syd", up=False)),
    (1.0, "route", route("o", SERVICE)),
)


def look(story: Story) -> None:
    """What a call that was interrupted may have done: what time brings."""
    story.live.usage("nord")


IN_PLACE: dict[str, tuple[Event | None, ...]] = {
    "route": (None, look),
    "preview": (None, look),
    "many": (None, look, many(), *(many(first) for first in range(1, len(MANY) + 1))),
    "settle": (None,),
    "state": (None,),
    "judge": (None,),
}
"""What an interrupted event may come to, and the three last ones to themselves: told again, they are."""
WHOLE_IS_RIGHT = ("settle", "state", "judge")


def play(
    kind: str, which: int, at: int, instead: Event | None = None, again: int = 0
) -> tuple[list[Any], int]:
    """All that is known at the end, and the lines of an event, which is interrupted at one of them.

    At 0 there is another event in its place, or none. It is interrupted once more `again` lines later.
    """
    story, lines = Story(kind), [0]
    for place, (later, _, event) in enumerate(STORY):
        story.now += later
        if place != which:
            event(story)
        elif at:
            with suppress(Interrupted), interrupted(at, again) as lines:
                event(story)
        elif instead is not None:
            instead(story)
    return story.told(), lines[0]


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [*one, *(key for key in other if key not in one)]
        found = [differences(one.get(key), other.get(key), f"{where}.{key}") for key in keys]
        return list(chain(*found))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return list(chain(*(differences(a, b, f"{where}[{place}]") for place, (a, b) in pairs)))
    same = one == other or (one != one and other != other)
    if isinstance(one, float) and isinstance(other, float):
        within = 0.3 if isinstance(one, About) else 1e-9
        same = same or abs(one - other) <= within * max(abs(one), abs(other))
    return [] if same else [f"{where}: {one} != {other}"]


class Lines:
    """Stories by heart, and what is right if an event of theirs is interrupted."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[list[list[Any]], int]] = {}

    def of(self, kind: str, which: int) -> tuple[list[list[Any]], int]:
        """What may come of an interrupted event, and its lines."""
        if (kind, which) not in self._known:
            name = STORY[which][1]
            right = [play(kind, which, 0, instead)[0] for instead in IN_PLACE[name]]
            play(kind, which, -1)  # what is kept from then on takes no lines again
            whole, lines = play(kind, which, -1)
            if name in WHOLE_IS_RIGHT:
                right.append(whole)
            self._known[kind, which] = right, lines
        return self._known[kind, which]

    def check(self, kind: str, which: int, at: int, again: int = 0) -> str:
        """What is wrong if an event is interrupted at a line, and `again`; empty if nothing is."""
        try:
            found, _ = play(kind, which, at, again=again)
        except Exception as failure:
            return f"{kind}, event {which}, line {at}, {again}: {failure!r}"
        wrong: list[str] = []
        for right in self.of(kind, which)[0]:
            differs = differences(right, found)
            if not differs:
                return ""
            wrong = differs if not wrong or len(differs) < len(wrong) else wrong
        return f"{kind}, event {which}, line {at}, {again}: " + "; ".join(wrong[:6])


@pytest.fixture(params=["interpreted", "compiled"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Lines:
    if request.param == "interpreted":
        monkeypatch.setattr(_kernels, "current", lambda: _kernels.INTERPRETED)
    else:
        request.getfixturevalue("compiled_kernels")
    return Lines()


@pytest.mark.parametrize("kind", CENTERS)
def test_an_interrupted_call_was_never_made(kind: str, lines: Lines) -> None:
    chance, until = random.Random(f"{kind} {SEED}"), time.monotonic() + SECONDS / (4 * len(CENTERS))
    wrong = []
    done = 0
    while done < len(STORY) or time.monotonic() < until:
        which = done % len(STORY)
        wrong.append(lines.check(kind, which, chance.randint(1, lines.of(kind, which)[1])))
        done += 1
    assert not (found := list(filter(None, wrong))), f"{len(found)} of {done}: " + "\n".join(found[:20])


ROUTES = [place for place, (_, name, _) in enumerate(STORY) if name == "route"]


@pytest.mark.parametrize("kind", CENTERS)
def test_a_call_that_is_interrupted_while_it_is_undone_was_never_made(kind: str, lines: Lines) -> None:
    """The first interrupt comes at one of the last lines, where the contact is counted."""
    chance, until = random.Random(f"{kind} {SEED}"), time.monotonic() + SECONDS / (4 * len(CENTERS))
    wrong = []
    while len(wrong) < len(ROUTES) or time.monotonic() < until:
        which = ROUTES[len(wrong) % len(ROUTES)]
        last = lines.of(kind, which)[1]
        at, again = last - chance.randrange(min(last, 9)), chance.randint(1, 70)
        wrong.append(lines.check(kind, which, at, again))
    assert not (found := list(filter(None, wrong))), f"{len(found)} of {len(wrong)}: " + "\n".join(found[:20])


def test_nobody_elses_decision_of_the_same_instant_is_taken_back(
    compiled_kernels: _kernels.Kernels,
) -> None:
    """A clock with ticks, contacts that are alike: what is interrupted is told apart by its line alone."""
    story = Story("flat", math.inf)
    update("service", agents=4, busy=4, waiting=9)(story)
    kept = [story.live.route(SERVICE) for _ in range(3)]
    with interrupted(-1) as lines:
        kept.append(story.live.route(SERVICE))
    for at in range(1, lines[0] + 1):
        with suppress(Interrupted), interrupted(at):
            kept.append(story.live.route(SERVICE))
        kept.append(story.live.route(SERVICE))
        assert len({each.id for each in kept}) == len(kept), at
    for name in ("nord", "syd"):
        sent = [each for each in kept if each.destination == name]
        assert story.live.usage(name).in_flight == len(sent) > 3
        assert all(story.live.settle(each, "answered", wait=1.0, handle=60.0) > 0.0 for each in sent)


def test_a_class_whose_making_was_interrupted_has_a_place_among_the_prices(
    compiled_kernels: _kernels.Kernels,
) -> None:
    """Ever again at one line, so that there are more of them than there was room for."""
    at, made, most = 0, False, 0
    while not made:
        at += 1
        story = Story("flat", math.inf)
        update("service", agents=4, busy=4, waiting=9)(story)
        story.live.route(SERVICE)
        tables = story.live._tables
        prices, pricing = tables.profiles.prices, tables.vendors.pricing
        sales = Request("sales", story.live.center.contact_types["sales"], "", ())
        for _ in range(5):
            with suppress(Interrupted), interrupted(at):
                prices.classes(1, sales)
                made = True
        most = max(most, len(prices.of(0)))
        for vendor in range(2):
            pricing.reprice(vendor)
        while pricing.tend():
            pass
        assert story.live.route(SALES).ranked == ("sales", "nord")
    assert most > 5


def with_alarms(kind: str, contacts: int, seed: int) -> tuple[int, list[str]]:
    """How many calls an alarm has ended, and what is wrong afterwards.

    Nobody fails, and no lease ends: that goes by when somebody looks, as an ended call may have done.
    """
    told, right = Story(kind, math.inf), Story(kind, math.inf)
    chance, when = random.Random(seed), random.Random(seed + 1)
    ended, armed = 0, False

    def go_off(*_: object) -> None:
        if armed:
            raise Interrupted

    before = signal.signal(signal.SIGALRM, go_off)
    try:
        for place in range(contacts):
            contact = chance.choice((SERVICE, SALES, GOLD, Contact("service", country=f"{place % 7}")))
            name, later = str(place), chance.expovariate(0.2)
            waiting, outcome = chance.randint(0, 9), chance.choice(("answered", "answered", "abandoned"))
            settled = str(chance.randint(max(place - 9, 0), place))
            events: list[tuple[bool, Event]] = [
                (False, route(name, contact, BUSY if chance.random() < 0.1 else None)),
                (True, settle(settled, outcome, wait=3.0, handle=chance.expovariate(1 / 240))),
            ]
            if chance.random() < 0.3:
                events.append((True, update("service", agents=4, busy=4, waiting=waiting)))
                events.append((True, update("sales", agents=4, busy=4, waiting=waiting)))
            for again, event in events:
                told.now += later
                right.now += later
                try:
                    armed = True
                    signal.setitimer(signal.ITIMER_REAL, 1e-6 + 10 ** when.uniform(-5.5, -3.0))
                    event(told)
                    armed = False
                except Interrupted:
                    armed = False
                    ended += 1
                    if not again:
                        look(right)
                        continue
                    event(told)
                event(right)
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    for story in (told, right):  # how often contacts came is only comparable where both looked at one instant
        story.now += 1000.0
        look(story)
    return ended, differences(right.told(), told.told())


# Where Python is in a finaliser of its own, it swallows what an alarm raises.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no alarms on Windows")
@pytest.mark.parametrize("kind", ["flat", "shares", "hashed"])
def test_alarms_at_any_time_lose_and_double_nothing(kind: str, compiled_kernels: _kernels.Kernels) -> None:
    until, seed, ended = time.monotonic() + SECONDS / 6, SEED, 0
    while not ended or time.monotonic() < until:
        gone_off, wrong = with_alarms(kind, 300, seed)
        ended += gone_off
        assert not wrong, f"seed {seed}: " + "; ".join(wrong[:9])
        seed += 2
    assert ended > 20
