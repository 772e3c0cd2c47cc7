"""Shared centers, contacts and states: small fixed ones, and strategies for whatever type-checks."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    MarginalCost,
    Queue,
    QueueState,
    Share,
    Snapshot,
    Tier,
    Vendor,
    VendorState,
)
from bporoute.policies._composed import named_vendors
from helpers.clock import NOON

BUSY = QueueState(agents=4, busy=4, waiting=9)
FREE = QueueState(agents=4, busy=1)
QUEUES = ("service", "sales")
VENDORS = ("nord", "syd", "ost")
TYPES = ("service", "sales", "card")
LANGUAGES = ("en", "sv", "et")
ZONES = ("UTC", "Europe/Tallinn", "America/New_York", "Asia/Kolkata")


def fitting(policy: Any, center: Center) -> Any:
    """A policy for a generated center: shares only for the vendors that it has."""
    if not isinstance(policy, Share):
        return policy if set(named_vendors(policy)) <= set(center.vendors) else MarginalCost()
    return Share({name: share for name, share in policy.shares.items() if name in center.vendors})


def vendor(**changes: Any) -> Vendor:
    terms = {
        "country": "EE",
        "timezone": "UTC",
        "contact_types": ("service",),
        "contract": Contract(price_per_contact=4.5),
        "location": "onshore",
    }
    return Vendor(**{**terms, **changes})


def one_queue(
    queue: dict[str, Any] | None = None,
    kind: dict[str, Any] | None = None,
    *,
    vendors: Any = None,
    **changes: Any,
) -> Center:
    """A center with the queue and contact type `service`, and one vendor, `nord`, that is always open."""
    return Center(
        queues={"service": Queue(**{"aht": 240.0, "waiting_room": 20, **(queue or {})})},
        contact_types={"service": ContactType(queue="service", **(kind or {}))},
        vendors={"nord": vendor()} if vendors is None else vendors,
        **changes,
    )


def few(words: tuple[str, ...], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), max_size=most, unique=True).map(tuple)


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
money = st.floats(0, 20)
caps = st.none() | st.integers(0, 4)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    edges = sorted(draw(st.sets(st.integers(1, 6), max_size=2)))
    return tuple(
        Tier(above=above, up_to=up_to, price_per_contact=draw(money), price_per_minute=draw(money))
        for above, up_to in zip([0, *edges], [*edges, None], strict=True)
    )


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    prices = (
        {"tiers": draw(tiers())}
        if draw(st.booleans())
        else {"price_per_contact": draw(money), "price_per_minute": draw(money)}
    )
    start, end = sorted((draw(days), draw(days)))
    return Contract(
        **prices,
        period=draw(st.sampled_from(("month", "quarter", "year"))),
        cap_per_hour=draw(caps),
        cap_per_day=draw(caps),
        cap_per_period=draw(caps),
        start=draw(st.none() | st.just(start)),
        end=draw(st.none() | st.just(end)),
    )


hours = st.sampled_from(
    ((), ("mon-fri 08:00-20:00",), ("daily 00:00-24:00",), ("fri-mon 22:00-02:30", "tue 10:15-10:45"))
)


@st.composite
def vendors(draw: st.DrawFn) -> Vendor:
    return Vendor(
        country=draw(st.sampled_from(("EE", "IN"))),
        timezone=draw(st.sampled_from(ZONES)),
        contact_types=draw(few(TYPES).filter(bool)),
        contract=draw(contracts()),
        location=draw(st.sampled_from(("onshore", "nearshore", "offshore"))),
        languages=draw(few(LANGUAGES)),
        hours=draw(hours),
        capacity=draw(st.none() | st.integers(0, 5)),
        expected_wait=draw(st.floats(0, 600)),
        certificates=draw(st.dictionaries(st.sampled_from(("iso", "pci")), days, max_size=2)),
    )


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    return Queue(
        aht=draw(st.floats(1, 1000)),
        patience=draw(st.just(math.inf) | st.floats(1, 1000)),
        arrival_rate=draw(st.floats(0, 0.1)),
        waiting_room=draw(st.integers(0, 12)),
        wait_cost_per_minute=draw(money),
        abandonment_cost=draw(money),
        languages=draw(few(LANGUAGES)),
        hours=draw(hours),
        holidays=draw(st.lists(days, max_size=2).map(tuple)),
        accepts_when_closed=draw(st.booleans()),
    )


@st.composite
def centers(draw: st.DrawFn) -> Center:
    """Two queues, three contact types, up to three vendors, two data rules (`health` has none)."""
    houses = {name: draw(vendors()) for name in VENDORS[: draw(st.integers(0, 3))]}
    kinds = {}
    for name in TYPES:
        taken = any(name in house.contact_types for house in houses.values())
        modes = ("in_house", "overflow", "full", "specialised") if taken else ("in_house", "overflow")
        kinds[name] = ContactType(
            queue=draw(st.sampled_from(QUEUES)),
            sourcing=(mode := draw(st.sampled_from(modes))),
            hand_over=draw(hours) if taken and mode == "overflow" else (),
            data=draw(few(("card", "notes"), most=1)),
            certificates=draw(few(("iso",))),
            aht=draw(st.none() | st.floats(10, 2000)),
        )
    rules = {
        name: DataRule(countries=draw(few(("EE", "IN"))), certificate=draw(st.sampled_from(("", "pci"))))
        for name in ("card", "notes")
    }
    return Center(
        queues={name: draw(queues()) for name in QUEUES},
        contact_types=kinds,
        vendors=houses,
        data_rules=rules,
        fallback=draw(st.sampled_from(("keep", "reject", "callback"))),
    )


contacts = st.builds(
    Contact,
    type=st.sampled_from((*TYPES, "unheard of")),
    language=st.sampled_from(("", *LANGUAGES, "tlh")),
    id=st.sampled_from(("", "call 7")),
    data=few(("card", "notes", "health"), most=2),
)
"""Contacts that a center meets, some of an unknown type, language or data class."""

queue_states = st.builds(
    QueueState,
    agents=st.integers(0, 12) | st.floats(0, 12),
    busy=st.integers(0, 12),
    waiting=st.integers(0, 15),
    arrival_rate=st.none() | st.floats(0, 0.2),
    aht=st.none() | st.floats(1, 1000),
)
"""Possible states; more may be busy than there are agents."""

vendor_states = st.builds(
    VendorState,
    up=st.booleans(),
    in_flight=st.none() | st.integers(0, 6),
    capacity=st.none() | st.integers(0, 6),
    expected_wait=st.none() | st.floats(0, 600),
)


def snapshots(
    queue: st.SearchStrategy[QueueState] = queue_states,
    vendor: st.SearchStrategy[VendorState] = vendor_states,
) -> st.SearchStrategy[Snapshot]:
    """Every queue told, some vendors."""
    told = st.fixed_dictionaries(dict.fromkeys(QUEUES, queue), optional=dict.fromkeys(VENDORS, vendor))
    return told.map(lambda states: Snapshot(**states))


wild = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 5)
"""Any number that a broken feed may tell (float32: none so near to 1e308 that a sum overflows)."""
wild_queue_states = st.builds(
    QueueState,
    agents=wild.filter(lambda agents: not 1e3 < agents <= 1e6),  # possible, but slow to solve
    busy=wild,
    waiting=wild,
    arrival_rate=st.none() | wild,
    aht=st.none() | wild,
)
wild_vendor_states = st.builds(
    VendorState,
    up=st.booleans(),
    in_flight=st.none() | wild,
    capacity=st.none() | wild,
    expected_wait=st.none() | wild,
)
words = st.text(max_size=8) | st.just("x" * 10_000)
wild_contacts = contacts | st.builds(
    Contact, type=words, language=words, id=words, data=st.lists(words, max_size=3).map(tuple)
)
wild_snapshots = st.none() | st.dictionaries(
    st.sampled_from((*QUEUES, *VENDORS, "unheard of")) | words,
    wild_queue_states | wild_vendor_states | queue_states | vendor_states,
    max_size=5,
).map(lambda states: Snapshot(**states))
instants = st.floats(NOON - 4e7, NOON + 4e7)
wild_instants = instants | st.sampled_from(
    (math.nan, math.inf, -math.inf, 1e300, -1e300, 253402300799.0, 0.0, -1e9)
)
