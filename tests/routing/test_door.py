"""What reaches `route` and `preview`, whatever it is, is decided, and the decision says what of it is odd."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    HashShare,
    Queue,
    QueueState,
    Router,
    Snapshot,
    Vendor,
    VendorState,
    audit,
    warmup,
)
from bporoute.errors import escaped
from helpers.clock import NOON

CENTER = Center(
    queues={
        "service": Queue(aht=240, languages=("sv", "en"), wait_cost_per_minute=0.5, abandonment_cost=9.0)
    },
    contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="service")},
    vendors={
        "nord": Vendor(
            country="EE", timezone="UTC", contact_types=("service",), languages=("sv",), skills=("billing",),
            processing_agreement=True, contract=Contract(price_per_contact=4.5),
        ),
        "syd": Vendor(
            country="ES", timezone="UTC", contact_types=("service", "sales"), languages=("sv", "en"),
            contract=Contract(price_per_contact=3.5),
        ),
    },
    data_rules={"payment": DataRule(kind="places", countries=("EE",))},
    country="SE",
)  # fmt: skip
BUSY = QueueState(agents=4, busy=4, waiting=9, arrival_rate=0.01)


class Hostile:
    """An object all of whose ways of being looked at fail."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __str__ = __repr__


class Impostor:
    """An object that says to be equal to whatever it is compared with, and to a text in particular."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return "two\nlines\x1b[2J"


def router(policy=None, clock=lambda: NOON, *, compiled: bool = False, live: bool = True) -> Router:
    if compiled:
        warmup()
    made = Router(CENTER, policy or "QueueLength(3)", clock=clock, compile=compiled)
    if live:
        made.state["service"].update(agents=4, busy=4, waiting=9, arrival_rate=0.01)
    return made


def read_through(decision) -> dict:
    """Every way to look at a decision; the dict as JSON has it."""
    assert escaped(decision.explain().replace("\n", "")) == decision.explain().replace("\n", "")
    assert repr(decision)
    _ = decision.rejected, decision.ways, decision.ranked, decision.sends_from, decision.cost, decision.state
    line = msgspec.json.encode(decision.to_dict())
    assert json.loads(json.dumps(decision.to_dict(), default=str)) is not None
    return json.loads(line)


# -- contacts ---------------------------------------------------------------------------------------------

SAID = {
    "language": [(7, "7, not a text"), (b"sv", "b'sv', not a text"), ({"a": [1]}, "{'a': [1]}, not a text")],
    "type": [(["service"], "['service'], not a text"), (5, "5, not a text"), (True, "True, not a text")],
    "country": [(46, "46, not a text"), (("SE",), "('SE',), not a text")],
    "value_class": [(Decimal(1), "Decimal('1'), not a text")],
    "data": [(5, "5, not texts"), ({"payment": 1}, "{'payment': 1}, not texts")],
    "skills": [(1.5, "1.5, not texts")],
    "id": [(b"x", "b'x', not a text"), ([1], "[1], not a text")],
    "due": [("soon", "'soon', not epoch seconds"), (10**400, "not epoch seconds")],
}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("field", "value", "said"), [(field, *case) for field, cases in SAID.items() for case in cases]
)
def test_what_is_of_the_wrong_kind_is_said(field: str, value: object, said: str, compiled: bool) -> None:
    live = router(compiled=compiled)
    contact = Contact(**{"type": "service", "language": "sv", field: value})
    for decide in (live.preview, live.route, live.route):  # met for the first time, and known
        decision = decide(contact)
        assert f"contact.{field} is " in decision.degraded
        assert decision.degraded.split("; nobody may take it")[0].endswith(said)
        assert decision.degraded in " ".join(decision.explain().split())
        assert read_through(decision)["degraded"] == decision.degraded
    # What nobody can make sense of is unknown, and may bar, never open.
    strangers = {"language": set(), "type": set(), "data": set(), "skills": set()}
    allowed = strangers.get(field, {"nord", "syd"})
    assert set(decision.ranked) - {"service"} == allowed


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("missing", [None, math.nan])
def test_none_is_unknown_and_no_fault(missing: object, compiled: bool) -> None:
    live, plain = router(compiled=compiled), router(compiled=compiled)
    contact = Contact(
        "service", language=missing, id=missing, data=missing, country=missing, value_class=missing,
        due=missing, skills=missing,
    )  # fmt: skip
    for _ in range(3):
        decision, expected = live.route(contact), plain.route(Contact("service"))
        assert decision.degraded == expected.degraded == ""
        assert (decision.destination, decision.cost) == (expected.destination, expected.cost)
        assert read_through(decision) == read_through(expected)


def test_a_text_where_texts_belong_is_one_of_them() -> None:
    live = router()
    for data in ("payment", ["payment"], {"payment"}, np.array(["payment"]), ("payment",)):
        decision = live.route(Contact("service", "sv", data=data))
        assert (decision.ranked, decision.degraded) == (("nord", "service"), "")
        assert decision.contact.data == ("payment",)
    assert live.route(Contact("service", "sv", skills="billing")).ranked == ("nord", "service")
    assert live.route(Contact("service", "sv", data="")).ranked[0] == "syd"


@pytest.mark.parametrize(
    "what", [None, 5, "service", b"service", {"type": "service"}, Contact, object(), Hostile()]
)
def test_what_is_no_contact_is_decided_by_the_fallback(what: object) -> None:
    for decide in (router().route, router().preview, router(compiled=True).route):
        decision = decide(what)
        assert (decision.action, decision.ranked) == ("keep", ())
        assert "not a Contact" in decision.degraded
        assert read_through(decision)["contact"]["type"] == decision.contact.type


@pytest.mark.parametrize("policy", [HashShare({"nord": 0.5}), HashShare({"syd": 0.3})])
def test_ids_of_any_kind_are_drawn_for(policy) -> None:
    for compiled in (False, True):
        live, twin = router(policy, compiled=compiled), router(policy)
        for identity in (None, 7, b"x", "7", (), Hostile(), "\udc80", "x" * 100_000):
            for _ in range(2):
                decision = live.route(Contact("service", "sv", identity))
                assert decision.destination == twin.route(Contact("service", "sv", identity)).destination
                read_through(decision)
    assert (
        live.route(Contact("service", id=7)).evidence.luck
        == live.route(Contact("service", id="7")).evidence.luck
    )


def test_lengths_are_limited_and_it_is_said() -> None:
    live = router()
    for field in ("type", "language", "country", "value_class"):
        decision = live.route(Contact(**{"type": "service", field: "x" * 20_000}))
        assert f"contact.{field} is 20,000 characters long, at most 200" in decision.degraded
        assert len(getattr(decision.contact, field)) == 200
        assert len(decision.explain()) < 4_000
    decision = live.route(Contact("service", id="x" * 20_000))
    assert "contact.id is 20,000 characters long" in decision.degraded
    assert len(decision.to_dict()["contact"]["id"]) == 1_000
    decision = live.route(Contact("service", data=("payment",) * 60))
    assert "contact.data has 60 texts, at most 50" in decision.degraded
    assert decision.ranked == ("service",)  # what was left out might bar anybody
    assert len(decision.contact.data) == 50


def test_nothing_that_is_printed_moves_a_cursor_or_turns_a_line() -> None:
    live, odd = router(), "a\nb\x1b[2J\u202ec\x00\u2066\x9b\udc80"
    shown = "a\\nb\\x1b[2J\\u202ec\\x00\\u2066\\x9b\\udc80"
    for contact in (
        Contact(odd, odd, odd, (odd,), odd, odd, None, (odd,)),
        Contact("service", odd),
        Contact("service", "sv", odd, data=(odd,)),
        Contact("service", "sv", skills=(odd,)),
    ):
        decision = live.route(contact)
        assert shown in decision.explain() + repr(decision)
        assert odd not in json.dumps(read_through(decision))
        said = read_through(decision)["contact"]
        assert shown in {*said["data"], *said["skills"], said["language"], said["id"]}
        assert audit([msgspec.json.encode(decision.to_dict())], CENTER).same == 1


def test_a_text_of_another_class_is_its_text() -> None:
    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            raise RuntimeError("loud")

    decision = router().route(Contact(Loud("service"), np.str_("sv")))
    assert (decision.ranked[0], decision.degraded) == ("syd", "")
    read_through(decision)


def test_one_that_says_to_be_a_known_text_does_not_break_what_is_read() -> None:
    live = router(compiled=True)
    live.route(Contact("service", "sv"))
    for contact in (Contact("service", Impostor("sv")), Contact(Impostor("service"), "sv")):
        read_through(live.route(contact))


def test_a_batch_decides_odd_contacts_as_one_at_a_time() -> None:
    contacts = [
        Contact("service", None), Contact("service", 7), Contact("service", "sv", data="payment"),
        Contact(["service"], "sv"), Contact("service", "sv", data=["payment"]), Contact("service", {"a": 1}),
        Contact("service", "sv", data=[["payment"]]), Contact("service", "sv", Hostile()),
        Contact("service", Hostile()), Contact("service", "sv", country=np.array([1, 2])),
    ]  # fmt: skip
    routed = router().route_many(contacts)
    one = router()
    alone = [one.route(contact) for contact in contacts]
    assert routed.destinations.tolist() == [decision.destination for decision in alone]
    assert all(isinstance(each.language, str) for each in routed.contacts)
    assert router("QueueLength(99)").route_many(contacts, commit=False).counts()["in-house"] > 0


# -- snapshots and clocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [{"service": BUSY}, BUSY, 5, "x", [], Snapshot, Hostile(), np.array([1, 2])])
def test_what_is_no_snapshot_is_no_state(what: object) -> None:
    decision = router().route(Contact("service", "sv"), what)
    assert decision.destination == "service"
    assert "no state of queue 'service' is known; snapshot is " in decision.degraded
    assert "not a Snapshot" in decision.degraded
    assert math.isnan(decision.cost)
    read_through(decision)


ODD_NUMBERS = [
    np.array([4, 5]),
    np.array([4]),
    10**400,
    "4",
    b"4",
    None,
    [4],
    True,
    Hostile(),
    4j,
    Decimal(4),
    {},
]


@pytest.mark.parametrize("number", ODD_NUMBERS, ids=lambda number: type(number).__name__)
def test_numbers_that_are_none_are_said(number: object) -> None:
    for field in ("agents", "busy", "waiting", "arrival_rate", "aht"):
        if number is None and field in ("arrival_rate", "aht"):
            continue
        state = msgspec.structs.replace(BUSY, **{field: number})
        decision = router().route(Contact("service", "sv"), Snapshot(service=state))
        assert decision.degraded.startswith(f"{field} is ")
        assert decision.destination == "service"
        line = msgspec.json.encode(decision.to_dict())
        assert audit([line], CENTER).unreadable == 0
        read_through(decision)
        live = router()
        live.state["service"].update(**{field: number})
        if number is not None:
            assert live.route(Contact("service", "sv")).degraded.startswith(f"{field} is ")
    for field in ("up", "in_flight", "capacity", "expected_wait"):
        if number is None or (field == "up" and number is True):
            continue
        told = Snapshot(service=BUSY, nord=VendorState(**{field: number}))
        decision = router().route(Contact("service", "sv"), told)
        assert decision.degraded.startswith(f"nord: {field} is ")
        read_through(decision)


def test_whether_a_vendor_is_up_may_be_untold_and_a_number() -> None:
    for up, ranked in ((None, True), (1, True), (np.True_, True), (0, False), (np.False_, False)):
        decision = router().route(Contact("service", "sv"), Snapshot(service=BUSY, nord=VendorState(up)))
        assert ("nord" in decision.ranked, decision.degraded) == (ranked, "")


def test_names_that_the_center_does_not_have_are_said_and_the_others_decided_by() -> None:
    told = Snapshot(service=BUSY, servise=BUSY, nrod=VendorState(up=False), nord=BUSY)
    decision = router().route(Contact("service", "sv"), told)
    assert decision.ranked == ("syd", "nord", "service")
    assert "snapshot tells of 'servise', neither a queue nor a vendor: 'service'" in decision.degraded
    assert "snapshot tells of 'nrod', neither a queue nor a vendor: 'nord'" in decision.degraded
    assert "snapshot's 'nord' is QueueState(" in decision.degraded
    assert "not a VendorState" in decision.degraded
    many = Snapshot(**{f"queue {number}": BUSY for number in range(1_000)})
    assert len(router().route(Contact("service"), many).degraded) < 1_000


def broken() -> float:
    raise OSError("no clock")


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (broken, "the clock failed: OSError('no clock')"),
        (lambda: None, "the clock gave None, not epoch seconds"),
        (lambda: "noon", "the clock gave 'noon', not epoch seconds"),
        (lambda: math.nan, "the clock reads nan"),
        (Hostile, "the clock gave a Hostile that cannot be shown, not epoch seconds"),
        (lambda: 10**400, "the clock gave 1000"),
    ],
)
@pytest.mark.parametrize("compiled", [False, True])
def test_a_clock_that_fails_closes_the_vendors_and_is_said(clock, said: str, compiled: bool) -> None:
    now = [lambda: NOON]
    live = router(clock=lambda: now[0](), compiled=compiled)
    before = live.route(Contact("service", "sv"))
    now[0] = clock
    for decide in (live.route, live.preview, lambda contact: live.route(contact, Snapshot(service=BUSY))):
        decision = decide(Contact("service", "sv"))
        assert said in decision.degraded
        assert decision.ranked == ("service",)
        assert {out.reason.rule for out in decision.rejected} == {"clock"}
        read_through(decision)
    assert live.route_many([Contact("service", "sv")]).names[0] == "in-house"
    now[0] = lambda: NOON
    after = live.route(Contact("service", "sv"))
    assert (after.degraded, after.ranked) == ("", before.ranked)


def test_an_integer_is_a_time_too() -> None:
    for clock in (lambda: int(NOON), lambda: np.float32(NOON), lambda: np.int64(NOON)):
        for compiled in (False, True):
            live = router(clock=clock, compiled=compiled)
            assert [live.route(Contact("service", "sv")).degraded for _ in range(3)] == [""] * 3


# -- anything at all --------------------------------------------------------------------------------------

texts = st.text(max_size=8) | st.sampled_from(
    ["service", "sales", "sv", "en", "sv-SE", "payment", "billing", "SE", "\udc80", "\x1b[2J", "x" * 300]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.binary(max_size=8)
    | st.builds(Hostile)
    | st.builds(object)
    | st.sampled_from(
        [10**400, Decimal("NaN"), 4j, Contact, len, np.float64("nan"), np.int64(4), Impostor("sv")]
    )
    | st.builds(lambda size: np.arange(size), st.integers(0, 4))
    | st.builds(lambda size: np.full(size, "sv"), st.integers(0, 4))
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.sets(st.text(max_size=4), max_size=3)
    ),
    max_leaves=6,
)


def one_of_these(*strategies: st.SearchStrategy) -> st.SearchStrategy:
    """One of them, each as often; ``|`` would take their alternatives for its own."""
    return st.sampled_from(strategies).flatmap(lambda chosen: chosen)


legal = st.builds(
    Contact, st.sampled_from(["service", "sales"]), st.sampled_from(["sv", "en", "", "sv-SE"]), texts,
    st.sampled_from([(), ("payment",), ("payment", "health")]), st.sampled_from(["SE", "", "no"]),
)  # fmt: skip
fields = st.sampled_from(Contact.__struct_fields__)
changed = st.builds(
    lambda contact, field, value: msgspec.structs.replace(contact, **{field: value}), legal, fields, anything
)
wild = st.builds(Contact, *[anything] * len(Contact.__struct_fields__))
odd_contacts = one_of_these(legal, changed, changed, changed, wild, anything)
numbers = st.integers(0, 20) | st.floats(0.0, 50.0) | anything
states = st.builds(QueueState, numbers, numbers, numbers, st.none() | numbers, st.none() | numbers)
vendor_states = st.builds(VendorState, st.booleans() | anything, numbers, numbers, numbers)
odd_states = st.fixed_dictionaries(
    {},
    optional={
        "service": one_of_these(st.just(BUSY), states, anything),
        "nord": one_of_these(vendor_states, anything),
        "servise": anything,
    },
)
told = st.builds(lambda states: Snapshot(**states), odd_states)
odd_snapshots = one_of_these(st.none(), st.just(Snapshot(service=BUSY)), told, anything)
ROUTERS: dict[bool, Router] = {}


def may_take(contact: object) -> set[str]:
    """The vendors that no lasting rule bars, by what was told and not by what was read of it."""
    return {
        name
        for name, vendor in CENTER.vendors.items()
        if isinstance(contact, Contact)
        and (isinstance(contact.type, str) and contact.type in vendor.contact_types)
        and (is_nothing(contact.language) or spoken(contact.language) in vendor.languages)
        and all(isinstance(skill, str) and skill in vendor.skills for skill in listed(contact.skills))
        and all(
            isinstance(data, str) and data in CENTER.data_rules and vendor.country == "EE"
            for data in listed(contact.data)
        )
    }


def is_nothing(value: object) -> bool:
    empty = isinstance(value, str) and not value
    return value is None or empty or (isinstance(value, float) and math.isnan(value))


def spoken(language: object) -> str:
    return language.lower().split("-")[0] if isinstance(language, str) else "?"


def listed(value: object) -> list:
    """What a field of several texts holds; what cannot be taken apart is one of them."""
    if is_nothing(value):
        return []
    if isinstance(value, np.ndarray):
        value = value.tolist()
    parts = list(value) if isinstance(value, list | tuple | set) else [value]
    return [part for part in parts if part is not None and not (isinstance(part, float) and math.isnan(part))]


@pytest.mark.parametrize("compiled", [False, True])
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(odd_contacts, odd_snapshots, st.booleans()), min_size=1, max_size=4))
def test_anything_at_all_is_decided(compiled: bool, steps: list) -> None:
    live = ROUTERS.setdefault(compiled, router(HashShare({"nord": 0.5, "syd": 0.4}), compiled=compiled))
    for contact, snapshot, commit in steps:
        decision = (live.route if commit else live.preview)(contact, snapshot)
        line = read_through(decision)
        barred = {out.destination for out in decision.rejected}
        assert not barred.intersection(decision.ranked)
        assert (decision.destination not in barred) or (not decision.ranked and decision.action == "keep")
        assert barred | set(decision.ranked) == {"service", "nord", "syd"}
        if decision.action == "overflow":
            assert decision.destination in may_take(contact)
        vendors_known = not any(word in decision.degraded for word in ("nord: ", "syd: "))
        for way in decision.ways:
            if way.destination != "service" and vendors_known:
                assert not math.isnan(way.cost)
        if not decision.degraded and decision.ranked:
            assert not math.isnan(decision.cost)  # without agents and patience it has no end
        assert line["degraded"] == decision.degraded
        if commit:
            live.settle(decision, "answered", handle=60.0)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(legal | odd_contacts.filter(lambda contact: isinstance(contact, Contact)), max_size=6))
def test_a_batch_of_anything_is_a_loop_over_it(contacts: list[Contact]) -> None:
    routed, one = router().route_many(contacts), router()
    assert routed.destinations.tolist() == [one.route(contact).destination for contact in contacts]
