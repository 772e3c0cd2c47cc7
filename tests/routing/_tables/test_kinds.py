"""Kinds are kept by use, within bounds of number and length, and odd ones drive out no others."""

from __future__ import annotations

import random
import sys
import tracemalloc
from datetime import date
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from bporoute import Center, Contact, ContactType, Contract, Queue, Router, Vendor
from bporoute._kernels.compiling.records import unpacked
from bporoute._kernels.routing.records import Ticket
from bporoute.routing._tables._kinds import MOST_ODD, Kinds
from helpers.clock import NOON

EXPIRED = date(2099, 1, 1)


def kind(text: str) -> tuple:
    return ("service", text, (), "", "", ())


class Naive:
    """At hand and aside as lists of (text, row), the oldest first."""

    def __init__(self, most: int, most_characters: int) -> None:
        self.ready: list[tuple[str, int]] = []
        self.aside: list[tuple[str, int]] = []
        self.most, self.most_characters = most, most_characters

    def full(self, group: list[tuple[str, int]]) -> bool:
        return len(group) > self.most or sum(7 + len(text) for text, _ in group) > self.most_characters

    def keep(self, text: str, row: int) -> None:
        self.aside = [each for each in self.aside if each[0] != text]
        if text not in dict(self.ready):
            self.ready.append((text, row))
        while self.full(self.ready):
            self.aside.append(self.ready.pop(0))
        while self.full(self.aside):
            self.aside.pop(0)

    def row(self, text: str) -> int | None:
        return {**dict(self.aside), **dict(self.ready)}.get(text)


words = st.text("ab", max_size=3)


@given(st.lists(st.tuples(words, st.booleans()), max_size=60), st.integers(1, 4), st.integers(10, 40))
def test_they_are_as_two_lists_of_each_group_say(steps: list, most: int, most_characters: int) -> None:
    kinds: Kinds = Kinds(most, most + 1, most_characters)
    groups = {True: Naive(most, most_characters), False: Naive(most + 1, most_characters)}
    rows: dict[tuple[str, bool], int] = {}
    for text, usual in steps:
        said = text + ("u" if usual else "o")
        row = rows.setdefault((text, usual), len(rows))
        kinds.keep(kind(said), SimpleNamespace(number=row), usual=usual)
        groups[usual].keep(said, row)
        for other, of_usual in rows:
            name = other + ("u" if of_usual else "o")
            assert kinds.row(kind(name)) == groups[of_usual].row(name)
        at_hand = {each[1] for each in kinds.at_hand}
        assert at_hand == {text for group in groups.values() for text, _ in group.ready}
        assert len(kinds) == sum(len(group.ready) + len(group.aside) for group in groups.values())


def test_those_asked_for_now_and_then_stay_while_others_go() -> None:
    kinds: Kinds = Kinds(most_odd=100)
    met = 0
    for number in range(5_000):
        for text in ("now", f"never again {number}"):
            if text == "now" and number % 50:
                continue
            met += kinds.row(kind(text)) is None
            kinds.keep(kind(text), SimpleNamespace(number=0), usual=False)
    assert met == 5_001  # the one that is asked for every 50 was forgotten never


def router() -> Router:
    center = Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service", certificates=("ISO 18295-1",))},
        vendors={
            "nord": Vendor(
                country="EE", timezone="UTC", contact_types=("service",), languages=("sv", "en"),
                contract=Contract(price_per_contact=4.5), certificates={"ISO 18295-1": date(2098, 1, 1)},
            )
        },
    )  # fmt: skip
    made = Router(center, "QueueLength(3)", clock=lambda: NOON, compile=False)
    made.state["service"].update(agents=4, busy=4)
    return made


def test_odd_texts_fill_no_memory_and_push_no_legitimate_kind_out() -> None:
    live = router()
    kinds = live._tables.profiles._kinds
    usual = [Contact("service", language) for language in ("sv", "en", "sv-SE", "")]
    for contact in usual:
        live.preview(contact)
    tracemalloc.start()
    chance = random.Random(1)
    find = live._tables.profiles.find
    for number in range(3 * MOST_ODD):
        find(Contact("service", f"{number} {chance.random()} " + "x" * 20_000))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 40e6  # 500 MB of texts went through
    assert len(kinds) <= 2 * MOST_ODD + len(usual)
    assert len(live._tables.profiles.listed) == 4
    for contact in usual:
        assert live._desk.works.known[("service", contact.language, (), "", "", ())]
    late = Contact("service", "en-GB")
    live.preview(late)
    assert ("service", "en-GB", (), "", "", ()) in live._desk.works.known
    assert sys.getsizeof(live._desk.works.known) < 2e6


def test_a_kind_whose_profile_was_laid_out_anew_comes_to_the_new_one() -> None:
    profiles = router()._tables.profiles
    contacts = [Contact("service", language) for language in ("sv", "SV", "sv-SE")]
    old = [profiles.find(contact) for contact in contacts]
    assert len(set(map(id, old))) == 1
    assert old[0].destinations == ("service", "nord")
    assert profiles.begin_day(0, EXPIRED)
    assert [profiles.find(contact) is profiles.listed[0] for contact in contacts] == [True] * 3
    assert unpacked(Ticket, old[0].ticket_at).valid == 0  # so that a decision at once goes and looks again
    assert profiles.find(contacts[0]).destinations == ("service",)
