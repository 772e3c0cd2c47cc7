"""What a store grants arrives at a host once, whatever answer is lost and wherever whoever asks is killed."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute._kernels.routing import columns
from bporoute.routing.ledger import _granted, _layout
from bporoute.routing.ledger._granted import SEATS, Granted
from bporoute.routing.ledger._hosts import CAPS, Hosts
from bporoute.routing.ledger._locks import Locks
from bporoute.routing.ledger._segment import Segment, make
from bporoute.routing.ledger._store import Counted, Host, Listing, Mark, StoreAwayError, Window
from helpers.naive_store import NaiveStore

START, LIMIT = 1_795_388_400.0, 400


@pytest.fixture(scope="module", autouse=True)
def small():
    """Memory for two processes: it is made hundreds of times here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_layout, "SLOTS", 2)
        patch.setattr(_layout, "OUTCOMES", 16)
        yield


class KilledError(BaseException):
    """Whoever asks ends here."""


class Faulty:
    """A store that does what it is asked and loses the answer, or does not do it."""

    where = "store of a test"

    def __init__(self) -> None:
        self.store, self.fault = NaiveStore(Mark("s", 1), 60.0), ""

    def exchange(self, request):
        return self._done(self.store.exchange, request)

    def declare(self, declaration):
        return self._done(self.store.declare, declaration)

    def _done(self, do, what):
        if self.fault == "away":
            raise StoreAwayError("away")
        answer = do(what)
        if self.fault == "lost":
            raise StoreAwayError("lost")
        return answer

    def listing(self):
        hosts = tuple(Host(name, 0, 0.0, 0) for name in "ab")
        day = Window("nord", CAPS[1], START)
        windows = (Counted(day, "", self.store.granted(day), LIMIT),)
        return Listing(mark=self.store.mark, until=0.0, windows=windows, holds=(), hosts=hosts)

    def free(self, cap, seen_before):
        return 0

    def forget(self, *, windows_before, outcomes_before):
        pass


class OfATest:
    """The memory of a host, in which one slot sends."""

    def __init__(self, folder: Path, name: str, store: Faulty) -> None:
        make(folder / name, ("nord",), (), name)
        self.segment, self.store = Segment(folder / name, ("nord",), (), True), store
        self.locks = Locks(folder / f"{name}.locks")
        self.segment.host["used"] = 1
        self.granted, self.sent = Granted(self.segment), 0
        self.segment.slots["start"][0, 0, :3] = START
        self.granted.ask_for(0, (float("inf"), LIMIT, float("inf"), float("inf")), [START] * 3)
        self.begin()

    def begin(self) -> None:
        """Somebody else asks from now on."""
        self.hosts = Hosts(self.segment, self.locks, self.store, lambda: START)

    def turn(self) -> None:
        self.hosts._asked_at = self.hosts._listed_at = -float("inf")
        self.hosts.turn()

    def send(self, contacts: int) -> None:
        left = self.granted.units(0, 1, START) - self.sent
        self.sent += int(max(min(contacts, left), 0))
        self.segment.slots["usage"][0, 0, 1] = self.sent


steps = st.tuples(
    st.integers(0, 1),
    st.sampled_from(
        ["send", "send", "ask", "ask", "ask", "lost", "away", "killed before", "killed after", "leave"]
    ),
    st.integers(0, 30),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=60))
def test_two_hosts_send_no_more_than_the_limit_and_hold_what_the_store_says(told):
    store, day = Faulty(), Window("nord", CAPS[1], START)
    with tempfile.TemporaryDirectory() as folder:
        both = [OfATest(Path(folder), name, store) for name in "ab"]
        for number, what, contacts in told:
            host = both[number]
            store.fault = what if what in ("lost", "away") else ""
            if what == "send":
                host.send(contacts)
            elif what == "leave":
                host.hosts.leave()
            elif what.startswith("killed"):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Granted, "turn_over", _killed(what, Granted.turn_over))
                    with suppress(KilledError):
                        host.turn()
                host.begin()
            else:
                host.turn()
            assert sum(each.sent for each in both) <= LIMIT
            for each in both:
                book = each.granted.book
                has = float(book["granted"].sum())
                # A grant whose answer was lost is the store's alone until it is asked for again.
                assert has <= store.store.granted(day, each.segment.name) + float(book["returning"].sum())
                assert each.sent <= Granted.all_units(book).sum()
        store.fault = ""
        for each in both:
            each.turn(), each.turn()
            assert each.granted.book["granted"].sum() == store.store.granted(day, each.segment.name)
        assert store.store.granted(day) <= LIMIT
        for each in both:
            each.locks.close()


def _killed(what, turn_over):
    def end(granted, book):
        if what == "killed after":
            turn_over(granted, book)
        else:  # half of it was written, where nobody looks
            granted._host["book"][0, (int(granted._host["turn"][0]) + 1) % 2] = book
        raise KilledError

    return end


def test_all_of_a_cap_is_sent_where_one_host_is_idle(tmp_path):
    store = Faulty()
    busy, idle = (OfATest(tmp_path, name, store) for name in "ab")
    idle.turn()
    for _ in range(400):
        busy.turn()
        busy.send(30)
        idle.turn()
    held = int(idle.granted.units(0, 1, START))
    assert busy.sent + held == LIMIT
    assert held <= 3  # as the docs say
    busy.locks.close(), idle.locks.close()


def test_nothing_is_sent_once_the_store_has_not_been_seen_for_a_lease(tmp_path, monkeypatch):
    store = Faulty()
    only = OfATest(tmp_path, "a", store)
    only.turn()
    assert only.granted.units(0, 1, START) > 0
    now = _granted.since_boot()
    monkeypatch.setattr(_granted, "since_boot", lambda: now + _granted.HOLDS + 0.1)
    assert only.granted.void
    assert only.granted.units(0, 1, START) == 0.0
    only.locks.close()


def test_places_at_a_vendor_are_given_back_when_they_are_free(tmp_path):
    store = Faulty()
    only = OfATest(tmp_path, "a", store)
    only.granted.ask_for(0, (float("inf"),) * 3 + (100.0,), [START] * 3)
    there = only.segment.slots["usage"][0, 0]
    for contacts in range(60):
        only.turn()
        there[columns.IN_FLIGHT] = min(contacts, only.granted.units(0, SEATS, 0.0))
    assert there[columns.IN_FLIGHT] > 40
    most = only.granted.units(0, SEATS, 0.0)
    there[columns.IN_FLIGHT] = 0.0
    for _ in range(3):
        only.turn()
    assert only.granted.units(0, SEATS, 0.0) < most
    only.locks.close()
