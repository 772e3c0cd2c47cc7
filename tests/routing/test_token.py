"""Tokens: whatever a decision can be settled and judged by, its token can, once, and nothing else can."""

from __future__ import annotations

import gc
import json
import os
import re
import string
import threading
from typing import Any
from urllib.parse import quote
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Decision,
    HashShare,
    InputError,
    Ledger,
    PerContact,
    PerMinute,
    Queue,
    QueueLength,
    Router,
    Vendor,
)
from bporoute.contracts import Multiplier
from bporoute.routing._token import REFUSALS, Seal, Token
from bporoute.routing.ledger._marks import Marks

NOON = 1795428000.0
SAFE = re.compile(r"[A-Za-z0-9._~-]+")
LEASE = 3600.0
NIGHT = Multiplier(languages=("fi",), factor=1.5)
KINDS = [
    Contact("service", "sv", id="1"),
    Contact("service", "fi", id="2"),
    Contact("sales", "xx", id="3", value_class="gold", country="SE"),
    Contact("nothing known", "", id="4"),
    Contact("chat", "", id="5"),
    Contact("service", "sv", id="6", data=("card",)),
]


def center() -> Center:
    each = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("service", "sales")}
    return Center(
        queues={
            "service": Queue(aht=240, patience=300),
            "sales": Queue(aht=400, patience=300),
            "chat": Queue(aht=300, concurrency=3, slowdown=(1.3, 1.7)),
        },
        contact_types={
            "service": ContactType(queue="service"),
            "sales": ContactType(queue="sales", aht=500),
            "chat": ContactType(queue="chat"),
        },
        vendors={
            "nord": Vendor(
                contract=Contract(
                    price_per_contact=2.0, price_per_minute=0.5, terms=(NIGHT,), cap_per_hour=9
                ),
                capacity=7,
                **each,
            ),
            "syd": Vendor(
                contract=Contract(
                    terms=(PerMinute(price=1.6, step=60), PerContact(price=0.2, counts="failed"))
                ),
                **each,
            ),
        },
    )


class World:
    """A router whose clock is told, with queues that are full, but for the chats."""

    def __init__(
        self, ledger: Ledger | None = None, policy: Any = "QueueLength(0)", lease: float = LEASE
    ) -> None:
        self.now = NOON
        self.router = Router(
            center(),
            policy,
            clock=lambda: self.now,
            chance=lambda: 0.5,
            ledger=ledger,
            lease=lease,
            compile=False,
        )
        self.tell()

    def tell(self) -> None:
        for name in ("service", "sales"):
            self.router.state[name].update(agents=2, busy=2, waiting=3)
        self.router.state["chat"].update(agents=4, busy=5, waiting=0)

    def send(self, contact: Contact = KINDS[0]) -> Decision:
        self.now += 1.0
        return self.router.route(contact)

    def told(self) -> list[Any]:
        """All that settling may change, and what is decided next."""
        tables = self.router._tables
        found: list[Any] = [self.router.usage(name) for name in self.router.vendors]
        found += [self.router.bill(name) for name in self.router.vendors]
        found += [(each.aht, each.handle, each.beliefs, each.scored) for each in tables.queues.watches]
        found += [tables.offers.watch.health, tables.offers.watch.quality, dict(self.router.odd_reports)]
        found += [tables.arrays.usage.tolist()]
        found += [self.router.preview(contact).explain() for contact in KINDS]
        return found

    @property
    def refused(self) -> dict[str, int]:
        return self.router.status().refused_tokens


OUTCOMES = st.sampled_from(["answered", "abandoned", "failed"])
SECONDS = st.one_of(st.none(), st.floats(0.0, 4000.0), st.sampled_from([-1.0, float("nan"), 1e9]))
ENDS = st.lists(
    st.tuples(st.sampled_from(KINDS), OUTCOMES, SECONDS, SECONDS, st.booleans()), min_size=1, max_size=20
)


@pytest.mark.usefixtures("either_kernels")
@pytest.mark.parametrize("held", [True, False], ids=["held", "let go"])
@pytest.mark.parametrize("policy", [QueueLength(0), HashShare({"nord": 0.6, "syd": 0.3})], ids=str)
@given(ends=ENDS)
def test_a_token_settles_as_its_decision(held: bool, policy: Any, ends: list[Any]) -> None:
    by_decision, by_token = World(policy=policy), World(policy=policy)
    decisions = [by_decision.send(contact) for contact, *_ in ends]
    others = [by_token.send(contact) for contact, *_ in ends]
    tokens = [decision.token for decision in others]
    assert [d.destination for d in decisions] == [d.destination for d in others]
    if not held:
        for contact in [KINDS[0]] * 20:  # the page is turned, and nobody holds one of its decisions
            by_decision.send(contact), by_token.send(contact)
        del others
    for decision, token, (_, outcome, wait, handle, judged) in zip(decisions, tokens, ends, strict=True):
        owed = by_decision.router.settle(decision, outcome, wait, handle)
        assert by_token.router.settle(token, outcome, wait, handle) == owed
        if judged:
            by_decision.router.judge(decision, resolved=True, satisfaction=0.25)
            by_token.router.judge(token, resolved=True, satisfaction=0.25)
    assert by_token.told() == by_decision.told()
    assert by_token.refused == {}


@given(ends=ENDS)
def test_a_token_is_safe_wherever_it_goes(ends: list[Any]) -> None:
    world = World()
    for contact, *_ in ends:
        token = world.send(contact).token
        assert len(token) == 72
        assert SAFE.fullmatch(token)
        assert quote(token, safe="") == token
        assert json.dumps(token) == f'"{token}"'


@pytest.mark.parametrize("first", ["decision", "token"])
@pytest.mark.parametrize("second", ["decision", "token"])
def test_a_contact_is_settled_once(first: str, second: str) -> None:
    world = World()
    decision = world.send()
    each = {"decision": decision, "token": decision.token}
    assert world.router.settle(each[first], "answered", handle=60.0) == 2.5
    before = world.told()
    assert world.router.settle(each[second], "failed", handle=60.0) == 0.0
    assert world.told() == before
    assert world.refused == ({"settled": 1} if second == "token" else {})
    assert world.router.usage("nord").in_flight == 0


def test_a_token_is_good_for_every_router_of_the_ledger() -> None:
    ledger = Ledger()
    world, other = World(ledger), World(ledger)
    token, second = world.send().token, other.send().token
    assert other.router.settle(token, "answered", handle=60.0) == 2.5
    assert world.router.settle(second, "answered", handle=60.0) == 2.5
    assert world.router.settle(token, "answered", handle=60.0) == 0.0
    assert world.router.usage("nord").answered == 2


def test_many_threads_settle_a_token_once() -> None:
    world = World()
    tokens = []
    for number in range(40):
        world.tell()
        tokens.append(world.send(KINDS[number % 2]).token)
    owed: list[float] = []

    def settle() -> None:
        owed.extend(world.router.settle(token, "answered", handle=60.0) for token in tokens)

    threads = [threading.Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(money > 0.0 for money in owed) == 40
    assert world.refused == {"settled": 120}
    assert sum(owed) == pytest.approx(world.router.usage("nord").spent + world.router.usage("syd").spent)


def test_an_expired_token_changes_nothing() -> None:
    world = World()
    token, kept = world.send().token, world.send(KINDS[4]).token
    world.now += LEASE + 2.0
    world.tell()
    before = world.told()
    assert world.router.settle(token, "answered", handle=60.0) == 0.0
    assert world.router.settle(kept, "answered", handle=60.0) == 0.0
    assert world.told() == before
    assert world.refused == {"expired": 2}


def test_a_token_of_another_ledger_is_foreign() -> None:
    world, other = World(), World()
    assert other.router.settle(world.send().token, "answered") == 0.0
    assert other.refused == {"foreign": 1}
    same_key = World(Ledger(key=world.router.ledger.key, epoch=world.router.ledger.epoch ^ 1))
    assert same_key.router.settle(world.send().token, "answered") == 0.0
    assert same_key.refused == {"foreign": 1}
    same_epoch = World(Ledger(epoch=world.router.ledger.epoch))
    assert same_epoch.router.settle(world.send().token, "answered") == 0.0
    assert same_epoch.refused == {"forged": 1}


def test_a_number_of_before_is_no_decision_of_now() -> None:
    """With key and epoch kept over a restart, numbers come again, and mean others."""
    kept = {"key": bytes(range(32)), "epoch": 5}
    before, after = World(Ledger(**kept)), World(Ledger(**kept))
    token = before.send().token
    after.now += 60.0
    after.tell()
    assert after.send().id == 1
    assert after.send().token != token
    assert after.router.settle(token, "answered", handle=60.0) == 0.0
    assert after.router.usage("nord").in_flight == 2
    assert after.router.usage("nord").answered == 0
    assert after.refused == {"settled": 1}


@pytest.mark.parametrize(
    "token", ["nord", "A" * 72, "å" * 72, "=" * 72, "A" * 70_000, "x\n" * 36], ids=lambda text: text[:4]
)
def test_what_is_no_token_changes_nothing(token: str) -> None:
    world = World()
    before = world.told()
    assert world.router.settle(token, "answered", handle=60.0) == 0.0
    world.router.judge(token, resolved=False)
    assert world.told() == before
    assert world.refused == {"unreadable": 2}


def test_nothing_to_settle_is_nothing_refused() -> None:
    world = World()
    assert world.router.preview(KINDS[0]).token == ""
    assert world.router.settle("", "answered") == 0.0
    world.router.judge("", resolved=True)
    assert world.refused == {}


@pytest.mark.parametrize("told", [None, 7, b"token", ["token"]], ids=repr)
def test_what_is_neither_a_decision_nor_a_text_is_a_slip(told: Any) -> None:
    world = World()
    with pytest.raises(InputError, match="or its token"):
        world.router.settle(told, "answered")
    with pytest.raises(InputError, match="or its token"):
        world.router.judge(told)


@given(place=st.integers(0, 71), letter=st.sampled_from(string.ascii_letters + string.digits + "-_.~"))
def test_a_changed_character_makes_it_another_text(place: int, letter: str) -> None:
    world = World()
    token = world.send().token
    changed = token[:place] + letter + token[place + 1 :]
    owed = world.router.settle(changed, "answered", handle=60.0)
    assert (owed == 2.5) == (changed == token)
    assert world.router.usage("nord").in_flight == (changed != token)
    assert set(world.refused) <= set(REFUSALS)
    assert sum(world.refused.values()) == (changed != token)


MARKS = st.binary(min_size=6, max_size=6)


@given(
    token=st.builds(
        Token,
        number=st.integers(1, (1 << 48) - 1),
        place=st.integers(0, (1 << 16) - 1),
        at=st.floats(allow_nan=False),
        sent=st.booleans(),
        destination=MARKS,
        contact_type=MARKS,
        language=MARKS,
        kind=MARKS,
        arrived=st.floats(allow_nan=False),
        luck=st.floats(0.0, 1.0, exclude_max=True),
        left_out=st.lists(MARKS, max_size=5).map(tuple),
    ),
    key=st.binary(min_size=16, max_size=64),
    epoch=st.integers(0, (1 << 32) - 1),
)
def test_a_token_says_what_it_was_made_of(token: Token, key: bytes, epoch: int) -> None:
    seal = Seal(key, epoch)
    text = seal.text(token)
    assert SAFE.fullmatch(text)
    assert seal.read(text) == token
    assert Seal(key[:-1] + bytes([key[-1] ^ 1]), epoch).read(text) == "forged"
    assert Seal(key, epoch ^ 1).read(text) == "foreign"


def test_the_mac_is_keyed_blake2b() -> None:
    """By hand, as RFC 7693 and Python's own documentation have it."""
    from base64 import urlsafe_b64decode
    from hashlib import blake2b

    key = bytes(range(32))
    sealed = urlsafe_b64decode(Seal(key, 9).text(Token(5, 4, 1.0, True, *[b"abcdef"] * 4, 1.0)))
    assert sealed[-8:] == blake2b(sealed[:-8], key=key, digest_size=8).digest()
    assert int.from_bytes(sealed[2:6], "big") == 9
    assert int.from_bytes(sealed[6:14], "big") == 5 << 16 | 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_forked_process_settles_nothing_of_its_parent() -> None:
    world = World()
    token = world.send().token
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        owed = world.router.settle(token, "answered", handle=60.0)
        own = world.send().token
        said = json.dumps([owed, world.refused, own, world.router.settle(own, "answered", handle=60.0)])
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        owed, refused, of_the_child, owed_there = json.loads(pipe.read())
    os.waitpid(child, 0)
    assert (owed, refused, owed_there) == (0.0, {"foreign": 1}, 2.5)
    assert world.router.settle(of_the_child, "answered", handle=60.0) == 0.0
    assert world.router.settle(token, "answered", handle=60.0) == 2.5


# --- memory -----------------------------------------------------------------------------------------------


def test_a_token_holds_no_evidence() -> None:
    world = World()
    decision = world.send()
    page, token = ref(decision.evidence.page), decision.token
    del decision
    while world.router._desk.works.pages.routed is page():
        world.send()
    gc.collect()
    assert page() is None
    assert world.router.settle(token, "answered", handle=60.0) == 2.5


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "never settled"])
def test_what_is_over_is_forgotten(settled: bool) -> None:
    world = World(lease=600.0)
    contacts = world.router.ledger.open_contacts
    most = 0
    for number in range(6000):
        token = world.send(KINDS[4 if number % 3 else 0]).token
        if settled:
            world.router.settle(token, "answered", handle=60.0)
        most = max(most, len(contacts))
    assert most < (6 if settled else 12)  # pages of 256 decisions


def test_kinds_are_forgotten_by_age() -> None:
    marks = Marks(most_kinds=100)
    kinds = [("service", "sv", (f"data {number}",), "", "", ()) for number in range(1000)]
    found = [marks.of_kind[kind] for kind in kinds]
    assert len(set(found)) == 1000
    assert [marks.kind(mark) for mark in found] == [None] * 900 + kinds[900:]


# --- keys -------------------------------------------------------------------------------------------------


def test_a_ledger_has_the_key_that_it_is_given() -> None:
    ledger = Ledger(key=b"k" * 16, epoch=7)
    assert (ledger.key, ledger.epoch) == (b"k" * 16, 7)
    assert Ledger().key != Ledger().key
    assert len(Ledger().key) == 32


@pytest.mark.parametrize(
    "told",
    [
        {"key": b"short"},
        {"key": "k" * 16},
        {"key": b"k" * 65},
        {"epoch": -1},
        {"epoch": 1 << 32},
        {"epoch": True},
    ],
)
def test_a_key_that_is_none_is_refused(told: Any) -> None:
    with pytest.raises(InputError, match=next(iter(told))):
        Ledger(**told)
