"""What a logged decision was made from, input by input, and the same decision with one of them otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, NamedTuple

import msgspec

from bporoute._base.ranges import LEAST_AHT, MOST, MOST_AGENTS
from bporoute._kernels.routing import columns
from bporoute.center._center import Center
from bporoute.center._queue import Queue
from bporoute.governance._explained._lifted import lifting
from bporoute.governance._explained._turning_points import DAY, turning_points
from bporoute.governance._redecision import Change, Logged, state_of
from bporoute.policies._rule import Rule
from bporoute.policies._solved import Solved, SolvedByKernel
from bporoute.routing._reasons import rejections
from bporoute.routing._record import NotedState, NotedVendor
from bporoute.routing._tables._bench import Bench
from bporoute.routing._tables._evidence import Evidence
from bporoute.routing._tables._profiles import Profile

Kind = Literal["count", "amount", "choice", "moment"]
TIMES = 4.0
"""Arrivals and handle times are looked at down to a quarter of what they were, and up to four times that."""
MORE_WAITING = 2_000
"""Contacts waiting more than there were that are looked at."""
LONGEST_WAIT = 3_600.0
FIRST_YEAR, LAST_YEAR = datetime.min.year + 1, datetime.max.year - 1
"""Beyond them the clock cannot be moved either way."""
BEFORE = 1e-3
"""Seconds before an instant that stand for what held until then."""
ONE = 1.0 - 1e-9
JUST_ABOVE = 1.0 + 1e-9


class Asked(NamedTuple):
    """A line with something otherwise, and what is otherwise beside the line."""

    logged: Logged
    change: Change | None = None


Ask = Callable[[Any], Asked]
"""Value of an input -> the decision's line with it."""


class Input(NamedTuple):
    """One thing that a decision was made from.

    Attributes
    ----------
    name : str
        Its place in the line of the log, such as ``"vendors.nord.price"``.
    label : str
        In words.
    unit : str
        Of its value: ``"contacts"``, ``"agents"``, ``"s"``, ``"1/s"``, ``"money"``, ``"share"``, ``"time"``,
        or nothing.
    value : object
        As it was.
    kind : {"count", "amount", "choice", "moment"}
        Whole steps from there; any number; one of some values; an instant (epoch seconds).
    ask : callable
        Value -> the decision's line with it.
    low, high : float
        Between which values are looked at.
    steady : bool
        Whether from the value on either way the outcome changes once at most, as where all that moves is one
        price among others or a count that meets its limit.
    marks : tuple of float
        Values that are looked at in any case, where the outcome may change.
    choices : tuple
        The other values.
    """

    name: str
    label: str
    unit: str
    value: Any
    kind: Kind
    ask: Ask
    low: float = 0.0
    high: float = 0.0
    steady: bool = False
    marks: tuple[float, ...] = ()
    choices: tuple[Any, ...] = ()


def inputs_of(logged: Logged, center: Center, evidence: Evidence, days: float) -> Iterator[Input]:
    """Every input of a logged decision that can be otherwise by itself; `evidence` is of it, made again.

    `days` is how far the clock is moved. Counters that no limit goes by are left out, and so is what depends
    on all of a day's contacts.
    """
    solved = evidence.basis.solved
    rule = None if solved is None else solved.rule
    if solved is not None:
        yield from _of_the_queue(logged, center, evidence, solved)
    yield from _of_the_contact(logged, center, evidence)
    for name, seen in logged.vendors.items():
        if name in center.vendors:
            yield from _of_a_vendor(logged, center, name, seen, _scale(evidence), rule)
    yield from _of_the_day(logged, center, rule)
    yield from _of_the_rules(logged, center, evidence)
    if logged.at is not None and FIRST_YEAR <= logged.at.year <= LAST_YEAR:
        at, reach = logged.at.timestamp(), days * DAY
        marks = tuple(turning_points(center, at, reach))
        ask: Ask = partial(_at, logged)
        yield Input("at", "time", "time", at, "moment", ask, at - reach, at + reach, marks=marks)


def _of_the_queue(
    logged: Logged, center: Center, evidence: Evidence, solved: Solved | SolvedByKernel
) -> Iterator[Input]:
    """Who works, is served and waits there, what comes, how long it takes, and how old all that is."""
    name, told = logged.queue, logged.state
    queue, aht, rule = center.queues[name], solved.situation.aht, solved.rule
    if told is not None and told.agents is not None:
        yield from _of_the_state(logged, told, queue, name)
        low, high = max(aht / TIMES, LEAST_AHT), min(aht * TIMES, MOST)
        label = f"mean handle time in {name}"
        yield Input("aht", label, "s", aht, "amount", partial(_with_state, logged, told, "aht"), low, high)
    if logged.age is not None:
        marks = tuple(after * JUST_ABOVE for after in (queue.stale_after, queue.lost_after) if after < MOST)
        label = f"age of what was told of {name}"
        yield _by_marks("age", label, logged.age, partial(_with, logged, "age"), marks)
    yield from _of_the_stream(logged, name)
    work = logged.work * aht
    label = "handle time of such a contact"
    ask: Ask = partial(_with_work, logged, aht)
    yield Input("work", label, "s", work, "amount", ask, work / 10.0, work * 10.0, steady=True)
    if rule.keep_cost_open is not None:
        yield _switch("gate_open", "whether the rule was sending out already", logged.gate_open, logged)
        if logged.gate_age is not None:
            marks = tuple(after for after in (rule.dwell, rule.release) if 0.0 < after < MOST)
            ask = partial(_with, logged, "gate_age")
            yield _by_marks("gate_age", "time since that changed", logged.gate_age, ask, marks)
    if rule.shares is not None and not rule.by_hash and logged.credit is not None:
        label = f"what the share of {name} had added up to"
        yield _credit("credit", label, logged.credit, partial(_with, logged, "credit"))


def _of_the_state(logged: Logged, told: NotedState, queue: Queue, name: str) -> Iterator[Input]:
    """What was told of the queue."""
    state, many = state_of(told), queue.concurrency
    present, slots = state.present_of(many), math.ceil(state.agents * many)
    room = min(queue.waiting_room, int(state.waiting) + MORE_WAITING)
    most = min(2.0 * state.agents + 50.0, float(MOST_AGENTS // many))

    waits: Ask = partial(_with_state, logged, told, "waiting")
    busy: Ask = partial(_with_state, logged, told, "busy")

    def with_agents(agents: float) -> Asked:
        return _with_present(logged, told, many, agents, present)

    def with_present(count: float) -> Asked:
        return _with_present(logged, told, many, state.agents, count)

    for field, label, unit, value, high, ask in (
        ("agents", "agents in", "agents", state.agents, most, with_agents),
        ("present", "contacts present in", "contacts", present, slots + room, with_present),
        ("busy", "busy in", "contacts", state.busy, slots, busy),
        ("waiting", "waiting in", "contacts", state.waiting, room, waits),
    ):
        yield Input(f"state.{field}", f"{label} {name}", unit, value, "count", ask, 0.0, float(high))


def _of_the_stream(logged: Logged, name: str) -> Iterator[Input]:
    """What arrives, of all classes of contacts in the same proportions."""
    rate = math.fsum(each.arrival_rate for each in logged.classes)
    if not rate > 0.0:
        return

    def arriving(value: float) -> Asked:
        rates = [each.arrival_rate * (value / rate) for each in logged.classes]
        classes = [
            msgspec.structs.replace(each, arrival_rate=one)
            for each, one in zip(logged.classes, rates, strict=True)
        ]
        return _with(logged, "classes", classes)

    label = f"arrivals in {name}"
    yield Input("arrival_rate", label, "1/s", rate, "amount", arriving, rate / TIMES, rate * TIMES)


def _of_the_contact(logged: Logged, center: Center, evidence: Evidence) -> Iterator[Input]:
    """What was asked for, for whom, and who was left out for it."""
    contact, vendors = logged.contact, center.vendors.values()
    same_queue = {name for name, kind in center.contact_types.items() if kind.queue == logged.queue}
    countries = {vendor.country for vendor in vendors} | {center.country or "", ""}
    for field, label, values in (
        ("type", "type of the contact", same_queue),
        ("language", "language", {*center.languages, ""}),
        ("country", "country of the customer", countries),
        ("value_class", "value class of the customer", {*center.value_classes, ""}),
    ):
        now = getattr(contact, field)
        ask: Ask = partial(_with_contact, logged, field)
        if choices := tuple(sorted(values - {now})):
            yield Input(f"contact.{field}", label, "", now, "choice", ask, choices=choices)
    skills = {skill for vendor in vendors for skill in vendor.skills} | {*contact.skills}
    for field, label, values in (
        ("data", "data class {} beside those of its type", {*center.data_rules, *contact.data}),
        ("skills", "skill {} beside those of its type", skills),
    ):
        has = getattr(contact, field)
        for name in sorted(values):
            ask = partial(_with_one, logged, field, name)
            told = f"contact.{field}.{name}", label.format(name), "", name in has
            yield Input(*told, "choice", ask, choices=(name not in has,))
    for name in logged.left_out:
        label, ask = f"{name} left out for this contact", partial(_left_out, logged, name)
        yield Input(f"left_out.{name}", label, "", True, "choice", ask, choices=(False,))
    valued = center.value_classes.get(contact.value_class)
    worth, label = valued.keep_up_to if valued else 0.0, "what keeping this customer may cost more"
    most = worth + TIMES * _scale(evidence)
    yield Input("keep_up_to", label, "money", worth, "amount", _worth(logged), 0.0, most, steady=True)


def _of_a_vendor(
    logged: Logged, center: Center, name: str, seen: NotedVendor, scale: float, rule: Rule | None
) -> Iterator[Input]:
    """Its price, its wait, whether it can be reached, and how far its limits are used."""
    house = center.vendors[name]
    place = f"vendors.{name}."

    def ask(field: str) -> Ask:
        return partial(_with_vendor, logged, name, field)

    up = partial(_with_vendor, logged, name, "up")
    yield Input(
        f"{place}up", f"whether {name} can be reached", "", seen.up, "choice", up, choices=(not seen.up,)
    )
    if seen.admitted is not None:
        # Of a share that comes back the next contact is admitted as what it has added up to says.
        admits = seen.admitted >= 1.0 or (
            seen.admitted > 0.0 and (seen.admission or 0.0) + seen.admitted >= ONE
        )
        label, health = f"whether the health of {name} admits it", ask("admitted")
        yield Input(f"{place}admitted", label, "", admits, "choice", health, choices=(not admits,))
    price, wait, left = seen.price or 0.0, seen.wait or 0.0, seen.left_to_spend or 0.0
    for field, label, unit, low, high in (
        ("price", "price at {}", "money", min(0.0, price), max(price, 0.0) + TIMES * scale),
        ("wait", "wait at {}", "s", 0.0, max(LONGEST_WAIT, wait)),
        ("failure", "probability that {} fails to take it", "share", 0.0, 1.0),
        (
            "left_to_spend",
            "contacts that the money left at {} does for",
            "contacts",
            0.0,
            left + MORE_WAITING,
        ),
    ):
        if (value := getattr(seen, field)) is not None:
            told = f"{place}{field}", label.format(name), unit, value
            yield Input(*told, "amount", ask(field), low, high, steady=True)
    limits = [limit for limit in (seen.most_at_once, seen.left_to_spend) if limit is not None]
    terms = house.contract
    for field, label, cap in (
        ("this_hour", "contacts sent to {} this hour", terms.cap_per_hour),
        ("today", "contacts sent to {} today", terms.cap_per_day),
        ("this_period", "contacts sent to {} this period", terms.cap_per_period),
        ("in_flight", "contacts at {} now", min(limits, default=None)),
    ):
        value = getattr(seen, field)
        if value is not None and cap is not None:
            told = f"{place}{field}", label.format(name), "contacts", value
            yield Input(*told, "count", ask(field), 0.0, max(value, math.ceil(cap) + 1.0), steady=True)
    if house.max_share < 1.0 and seen.center_day is not None:
        told = f"{place}center_day", f"today's contacts that went to {name}", "contacts", seen.center_day
        most, steady = max(seen.center_day, logged.routed + 1.0), center.max_concentration >= 1.0
        yield Input(*told, "count", ask("center_day"), 0.0, most, steady=steady)
    by_shares = rule is not None and rule.shares is not None and not rule.by_hash
    if seen.credit is not None and (by_shares or (rule is not None and name in (rule.warm or ()))):
        label = f"what the share of {name} had added up to"
        yield _credit(f"{place}credit", label, seen.credit, ask("credit"))


def _of_the_day(logged: Logged, center: Center, rule: Rule | None) -> Iterator[Input]:
    """What had come and gone out on the center's day, where a share of it is bound."""
    shares = [vendor.max_share for vendor in center.vendors.values()]
    in_house = center.min_in_house_share > 0.0
    steady = center.max_concentration >= 1.0 and (rule is None or rule.shares is None)
    for field, label, bound, most in (
        ("routed", "contacts of the day so far", in_house or min(shares, default=1.0) < 1.0, 2.0),
        ("sent", "of them sent out", in_house, 1.0),
    ):
        if bound:
            value, high = getattr(logged, field), max(logged.sent, most * logged.routed) + 100.0
            ask: Ask = partial(_with, logged, field)
            yield Input(field, label, "contacts", value, "count", ask, 0.0, high, steady=steady)


def _of_the_rules(logged: Logged, center: Center, evidence: Evidence) -> Iterator[Input]:
    """The rules that barred somebody, but for those of which a line does not tell what lifts them."""
    for out in rejections(logged.contact, evidence):
        name, rule = out.destination, out.reason.rule
        if name in logged.vendors and (lift := lifting(center, logged, name, rule)) is not None:
            ask: Ask = partial(_lifted, logged, lift)
            label = f"whether the rule {rule} holds for {name}"
            yield Input(f"rules.{name}.{rule}", label, "", True, "choice", ask, choices=(False,))


def _by_marks(name: str, label: str, value: float, ask: Ask, marks: tuple[float, ...]) -> Input:
    """A time by which the outcome changes at marks alone."""
    high = max([value, *(2.0 * mark for mark in marks)])
    return Input(name, label, "s", value, "amount", ask, 0.0, high, marks=marks)


def _credit(name: str, label: str, value: float, ask: Ask) -> Input:
    """What a share had added up to."""
    return Input(name, label, "contacts", value, "amount", ask, value - 2.0, value + 2.0, steady=True)


def _switch(name: str, label: str, value: bool, logged: Logged) -> Input:
    """What is so or not."""
    return Input(name, label, "", value, "choice", partial(_with, logged, name), choices=(not value,))


def _scale(evidence: Evidence) -> float:
    """Money as large as any cost of the decision."""
    return max([1.0, *(abs(way.cost) for way in evidence.ways if math.isfinite(way.cost))])


def _with(logged: Logged, field: str, value: Any) -> Asked:
    return Asked(msgspec.structs.replace(logged, **{field: value}))


def _with_state(logged: Logged, told: NotedState, field: str, value: float) -> Asked:
    return _with(logged, "state", msgspec.structs.replace(told, **{field: value}))


def _with_present(logged: Logged, told: NotedState, many: int, agents: float, count: float) -> Asked:
    """So many agents, who have as many of the contacts present in hand as they can."""
    slots = math.ceil(agents * many)
    state = msgspec.structs.replace(
        told, agents=agents, busy=min(count, slots), waiting=max(count - slots, 0.0)
    )
    return _with(logged, "state", state)


def _with_work(logged: Logged, aht: float, value: float) -> Asked:
    return _with(logged, "work", value / aht)


def _with_contact(logged: Logged, field: str, value: Any) -> Asked:
    return _with(logged, "contact", msgspec.structs.replace(logged.contact, **{field: value}))


def _with_one(logged: Logged, field: str, name: str, wanted: bool) -> Asked:
    """A data class or a skill more, or less."""
    rest = tuple(each for each in getattr(logged.contact, field) if each != name)
    return _with_contact(logged, field, (*rest, name) if wanted else rest)


def _with_vendor(logged: Logged, name: str, field: str, value: Any) -> Asked:
    seen = msgspec.structs.replace(logged.vendors[name], **{field: value})
    return _with(logged, "vendors", {**logged.vendors, name: seen})


def _left_out(logged: Logged, name: str, wanted: bool) -> Asked:
    rest = {each: why for each, why in logged.left_out.items() if each != name or wanted}
    return _with(logged, "left_out", rest)


def _lifted(logged: Logged, lift: Change, holds: bool) -> Asked:
    return Asked(logged, None if holds else lift)


def _worth(logged: Logged) -> Ask:
    """The line with a customer whom keeping may cost so much more."""

    def ask(worth: float) -> Asked:
        def change(bench: Bench, profile: Profile) -> None:
            bench.ways[0, 0, columns.PROTECTION] = worth

        return Asked(logged, change)

    return ask


def _at(logged: Logged, value: float) -> Asked:
    return _with(logged, "at", datetime.fromtimestamp(value, UTC))
