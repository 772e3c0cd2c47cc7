"""What every store behind a shared ledger does, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bporoute.routing.ledger._store import (
    MOST_ROWS,
    MOST_UNITS,
    Account,
    Ask,
    Declaration,
    Mark,
    Outcome,
    Request,
    Store,
    Window,
)
from helpers.a_host import DAY, SEATS, AHost
from helpers.naive_store import NaiveStore
from helpers.servers import Place, opened

LEASE = 60.0


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    store = opened(place, LEASE)
    yield store
    store.close()


def outcome(token: str, told: float = 1.0, body: str = "{}") -> Outcome:
    return Outcome(token, told, body)


def tokens_of(rows) -> list[str]:
    return [row.token for row in rows]


def test_never_more_than_the_limit_is_granted_to_all(store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    assert [a.take(60), b.take(60), a.take(1), b.take(1)] == [60, 40, 0, 0]
    assert b.take(5, limit=103) == 3
    assert a.take(5, limit=50) == 0  # a limit that was lowered takes nothing back
    listing = store.listing()
    assert [(counted.window, counted.host, counted.units) for counted in listing.windows] == [(DAY, "", 103)]
    assert [(counted.host, counted.units) for counted in listing.holds] == [("a", 60), ("b", 43)]
    assert listing.trouble() == ["nord day 1795428000: 103 granted of 50"]


def test_only_what_a_host_holds_can_it_give_back(store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    assert [a.take(60), b.take(-10), a.take(-70), a.take(-1), b.take(200)] == [60, 0, -60, 0, 100]
    assert store.listing().trouble() == []


def test_windows_are_apart_and_one_request_asks_for_several(store: Store) -> None:
    a = AHost(store)
    before = Window("nord", "day", DAY.start - 86400.0)
    other = Window("øst \"'; DROP", "day minutes", DAY.start + 0.125)
    answer = a.ask(Ask(DAY, 70, 100), Ask(before, 70, 100), Ask(other, 2, 1), Ask(SEATS, 3, 4))
    assert [moved.units for moved in answer.moved] == [70, 70, 1, 3]
    answer = a.ask(Ask(before, 70, 100), Ask(DAY, -20, 100))  # a clock that was set back finds its window
    assert [(moved.window, moved.units) for moved in answer.moved] == [(before, 30), (DAY, -20)]
    assert {counted.window: counted.units for counted in store.listing().windows} == {
        DAY: 50, before: 100, other: 1, SEATS: 3,
    }  # fmt: skip


def test_three_hundred_windows_at_once(store: Store) -> None:
    asks = [Ask(Window(f"v{number}", "day", DAY.start), number, 200) for number in range(300)]
    answer = AHost(store).ask(*asks)
    assert [moved.units for moved in answer.moved] == [min(number, 200) for number in range(300)]
    assert len(store.listing().windows) == 300


def test_units_are_exact_as_far_as_they_go(store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    assert a.take(MOST_UNITS - 2, limit=MOST_UNITS) == MOST_UNITS - 2
    assert b.take(5, limit=MOST_UNITS - 1) == 1
    assert b.take(5, limit=MOST_UNITS) == 1
    assert a.take(-(MOST_UNITS - 3), limit=MOST_UNITS) == -(MOST_UNITS - 3)
    assert [counted.units for counted in store.listing().holds] == [1, 2]


def test_the_same_number_gets_the_same_answer(store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    first = Request(host="a", number=1, mark=a.mark, at=1.0, asks=(Ask(DAY, 60, 100), Ask(SEATS, 1, 1)))
    answer = store.exchange(first)
    b.take(10)
    assert store.exchange(first) == answer
    other = Request(host="a", number=1, mark=a.mark, at=2.0, asks=(Ask(DAY, 3, 100),))
    assert store.exchange(other) == answer  # whoever goes on for the host learns what it has got
    assert store.listing().windows[0].units == 70
    assert [host.seen for host in store.listing().hosts] == [2.0, 0.0]


def test_whoever_asks_with_a_number_of_before_gets_nothing(store: Store) -> None:
    a = AHost(store)
    a.take(10)
    a.take(10)
    late = Request(host="a", number=1, mark=a.mark, at=0.0, asks=(Ask(DAY, 60, 100),))
    assert (store.exchange(late).standing, store.exchange(late).number) == ("outdated", 2)
    assert store.exchange(late).moved == ()
    assert a.take(100) == 80


def test_a_host_that_is_not_known_has_to_declare(store: Store) -> None:
    mark = AHost(store, "a").mark
    request = Request(host="b", number=1, mark=mark, at=0.0, asks=(Ask(DAY, 1, 100),))
    assert store.exchange(request).standing == "declare"
    assert store.listing().windows == ()


def test_seats_of_a_lost_host_come_back_and_nothing_else_of_it(store: Store) -> None:
    a, b = AHost(store, "a"), AHost(store, "b")
    a.ask(Ask(DAY, 60, 100), Ask(SEATS, 3, 4), at=10.0)
    b.ask(Ask(SEATS, 1, 4), at=20.0)
    assert store.free("seats", 10.0) == 0
    assert store.free("seats", 15.0) == 3
    assert store.free("seats", 15.0) == 0
    assert b.take(10, limit=4, window=SEATS, at=20.0) == 3
    assert b.take(100, at=20.0) == 40
    assert a.ask(Ask(SEATS, 1, 4), at=30.0).standing == "declare"
    mark = a.mark
    a.held[SEATS] = 0
    assert a.declare(30.0).mark == mark  # the store has forgotten nothing
    assert a.take(1, limit=4, window=SEATS, at=30.0) == 0
    assert store.listing().trouble() == []


def test_what_ended_is_forgotten_and_seats_are_not(store: Store) -> None:
    a = AHost(store)
    later = Window("nord", "day", DAY.start + 86400.0)
    a.ask(Ask(DAY, 1, 9), Ask(later, 2, 9), Ask(SEATS, 3, 9))
    rows = store.settle("a", [outcome("old", 5.0), outcome("new", 6.0)], 0)
    store.save([Account("a", "nord", 0.0, 1, "{}")])
    store.forget(windows_before=later.start, outcomes_before=6.0)
    listing = store.listing()
    assert [counted.window for counted in listing.windows] == [later, SEATS]
    assert [counted.window for counted in listing.holds] == [later, SEATS]
    assert store.known(["old", "new"]) == {"new"}
    assert tokens_of(store.journal("a", 0)) == ["new"]
    assert len(store.accounts()) == 1
    (_, again) = store.settle("a", [outcome("old")], 0)
    assert again.position > rows[-1].position


def test_many_outcomes_are_forgotten_in_several_steps(store: Store) -> None:
    for first in range(0, 2 * MOST_ROWS + 10, 1000):
        store.settle("a", [outcome(f"t{first + number}") for number in range(1000)], 10**9)
    store.forget(windows_before=0.0, outcomes_before=2.0)
    assert store.journal("a", 0) == ()
    assert store.known(["t0", f"t{2 * MOST_ROWS}"]) == frozenset()


def test_an_outcome_counts_once_whoever_hands_it_over(store: Store) -> None:
    first = store.settle("a", [outcome("x"), outcome("y"), outcome("x", body='{"second": 1}')], 0)
    assert [(row.token, row.told, row.body) for row in first] == [("x", 1.0, "{}"), ("y", 1.0, "{}")]
    assert tokens_of(store.settle("b", [outcome("y"), outcome("z")], 0)) == ["z"]
    assert tokens_of(store.settle("a", [outcome("z"), outcome("w")], first[-1].position)) == ["w"]
    assert tokens_of(store.journal("a", 0)) == ["x", "y", "w"]
    assert store.known({"w", "x", "y", "z", "v", "", "é", "a\x00b", "\ud800", "x'; --"}) == {*"wxyz"}


def test_who_asks_again_finds_what_was_not_counted(store: Store) -> None:
    """The answer was lost, or who had got it has died."""
    outcomes = [outcome("x"), outcome("y")]
    assert store.settle("a", outcomes, 0) == store.settle("a", outcomes, 0) == store.settle("a", (), 0)


def test_order_and_bodies_are_kept(store: Store) -> None:
    handed = [
        outcome(f"t{number}", number / 8, f'{{"é \\u0000 {number}": "a b\\n"}}') for number in range(50)
    ]
    rows = store.settle("a", handed[::-1], 0)
    assert [Outcome(row.token, row.told, row.body) for row in rows] == handed[::-1]
    positions = [row.position for row in rows]
    assert positions == sorted(set(positions))
    assert store.journal("a", positions[30]) == rows[31:]


def test_a_long_journal_comes_in_parts(store: Store) -> None:
    handed = [outcome(f"t{number}") for number in range(MOST_ROWS + 7)]
    rows = store.settle("a", handed, 0)
    assert tokens_of(rows) == [one.token for one in handed[:MOST_ROWS]]
    assert tokens_of(store.journal("a", rows[-1].position)) == [one.token for one in handed[MOST_ROWS:]]
    assert store.known([one.token for one in handed]) == {one.token for one in handed}


def test_positions_never_come_again(store: Store) -> None:
    """A store that has forgotten the end of a journal: what comes is still found after what was counted."""
    store.settle("a", [outcome("x")], 0)
    assert tokens_of(store.settle("a", [outcome("y")], 1000)) == ["y"]
    assert tokens_of(store.settle("a", [outcome("z")], 1000)) == ["y", "z"]


def test_accounts_are_replaced_by_those_of_more_outcomes(store: Store) -> None:
    nord, syd = Account("a", "nord", 0.5, 7, '{"é": 1}'), Account("b", "nord", 0.5, 2, "{}")
    store.save([syd, nord])
    assert store.accounts() == (nord, syd)
    store.save([Account("a", "nord", 0.5, 6, '{"late": 1}'), Account("a", "nord", 1.5, 1, "{}")])
    store.save([Account("b", "nord", 0.5, 2, '{"same": 1}')])
    assert [(one.host, one.period, one.upto, one.body) for one in store.accounts()] == [
        ("a", 0.5, 7, '{"é": 1}'),
        ("a", 1.5, 1, "{}"),
        ("b", 0.5, 2, '{"same": 1}'),
    ]
    store.save([])


def test_the_key_is_the_stores(place: Place, store: Store) -> None:
    key = store.key()
    again = opened(place)
    assert len(key) == 32
    assert again.key() == key
    again.close()
    store.close()
    place.clear()
    other = opened(place)
    assert other.key() != key
    other.close()


hosts, moments = st.sampled_from("ab"), st.integers(0, 200).map(float)
asks = st.builds(
    Ask,
    st.sampled_from([DAY, SEATS, Window("syd", "day", DAY.start)]),
    st.integers(-15, 25),
    st.sampled_from([20, 40]),
)
steps = st.one_of(
    st.tuples(st.just("ask"), hosts, st.lists(asks, max_size=3, unique_by=lambda ask: ask.window)),
    st.tuples(st.just("again"), hosts, st.sampled_from([-2, -1, 0, 1])),
    st.tuples(st.just("declare"), hosts, st.sampled_from([-1, 0, 0, 0, 1])),
    st.tuples(st.just("settle"), hosts, st.lists(st.sampled_from("pqrstuvw").map(outcome), max_size=4)),
    st.tuples(st.just("free"), st.integers(0, 200), st.just(0)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(moments, steps), max_size=30))
def test_as_one_adds_it_up_by_hand(place: Place, events) -> None:
    place.clear()
    store = opened(place, LEASE)
    naive = NaiveStore(store.declare(Declaration(host="x", number=0, mark=Mark(), at=0.0)).mark, LEASE)
    naive.declare(Declaration(host="x", number=0, mark=Mark(), at=0.0))
    known = {host: (0, Mark()) for host in "ab"}
    for at, (what, who, how) in events:
        if what in ("ask", "again"):
            number, mark = known[who]
            asked = how if what == "ask" else [Ask(DAY, 3, 40)]
            request = Request(
                host=who,
                number=max(number + (1 if what == "ask" else how), 0),
                mark=mark,
                at=at,
                asks=tuple(asked),
            )
            answer = store.exchange(request)
            assert answer == naive.exchange(request)
            if answer.standing != "declare":
                known[who] = answer.number, mark
        elif what == "declare":
            number, mark = known[who]
            mark = Mark(mark.store, mark.epoch + (how if mark.store else 0))
            holds = tuple(Ask(window, naive.granted(window, who) + how, 40) for window in (DAY, SEATS))
            told = Declaration(host=who, number=number, mark=mark, at=at, holds=holds)
            answer = store.declare(told)
            assert answer == naive.declare(told)
            known[who] = answer.number, answer.mark
        elif what == "settle":
            assert tokens_of(store.settle(who, how, 0)) == tokens_of(naive.settle(who, how, 0))
        else:
            assert store.free("seats", float(who)) == naive.free("seats", float(who))
    listing = store.listing()
    assert all(one.units == naive.granted(one.window) for one in listing.windows)
    assert all(one.units == naive.granted(one.window, one.host) for one in listing.holds)
    assert (listing.mark, listing.until) == (naive.mark, naive.until)
    assert store.known(list("pqrstuvw")) == naive.known()
    store.close()
