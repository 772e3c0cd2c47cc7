from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Ledger
from bporoute._kernels.routing import columns
from bporoute.routing.ledger._memory import WINDOWS_KEPT, Totals, Usage

HOUR = 3600.0


def opened(*vendors: str) -> Ledger:
    ledger = Ledger()
    ledger.open_for(vendors or ("nord", "syd"))
    return ledger


def at_hour(hour: int) -> tuple[float, ...]:
    """Where hour, day, period and the center's day begin; the center's clock is six hours behind."""
    return hour * HOUR, hour // 24 * 24 * HOUR, 0.0, (hour - 6) // 24 * 24 * HOUR + 6 * HOUR


def send(ledger: Ledger, vendor: int = 0) -> None:
    """What the kernel does for a contact that goes out."""
    center = ledger.counters[-1]
    center[columns.ALL_ROUTED] += 1.0
    center[columns.ALL_SENT] += 1.0
    center[columns.ALL_SQUARES] += 2.0 * ledger.counters[vendor, columns.CENTER_DAY] + 1.0
    ledger.counters[vendor] += 1.0


def give_back(ledger: Ledger, hour: int, vendor: int = 0) -> None:
    """A contact that was sent in an hour was not taken."""
    ledger.take_back(vendor, at_hour(hour)).apply()


def used(this_hour=0, today=0, this_period=0, in_flight=0, **settled) -> Usage:
    """What a vendor was given; nothing settled unless told."""
    none = dict.fromkeys(
        ("answered", "abandoned", "failed", "undelivered", "waited", "handled", "spent", "unknown"), 0
    )
    counted = {"this_hour": this_hour, "today": today, "this_period": this_period, "in_flight": in_flight}
    return Usage(**{**none, **counted, **settled})


# --- windows --------------------------------------------------------------------------------------------


def test_a_window_is_put_aside_and_found_again() -> None:
    ledger = opened()
    ledger.enter(0, at_hour(23))
    send(ledger)
    send(ledger)
    ledger.enter(0, at_hour(24))
    assert ledger.usage("nord") == used(0, 0, 2, 2)
    assert ledger.counters[0, columns.CENTER_DAY] == 2
    send(ledger)
    ledger.enter(0, at_hour(23))
    assert ledger.usage("nord") == used(2, 2, 3, 3)
    ledger.enter(0, at_hour(24))
    assert ledger.usage("nord") == used(1, 1, 3, 3)
    ledger.enter(0, at_hour(30))
    assert ledger.counters[0].tolist() == [0, 1, 3, 0, 3]


def test_entering_tells_whether_any_window_is_another() -> None:
    ledger = opened()
    assert ledger.enter(0, at_hour(5))
    send(ledger)
    assert not ledger.enter(0, at_hour(5))
    assert ledger.usage("nord").this_hour == 1
    assert ledger.enter(0, at_hour(6))
    assert ledger.enter(1, at_hour(6))


def test_the_day_of_the_center_is_put_aside_too() -> None:
    """The last row: contacts routed, sent, and the squares, all counted in the same day."""
    ledger = opened()
    monday, tuesday = (0.0,) * columns.WINDOWS, (86400.0,) * columns.WINDOWS
    ledger.enter(2, monday)
    for vendor in (0, 0, 1):
        send(ledger, vendor)
    assert ledger.counters[2, : columns.ALL_SQUARES + 1].tolist() == [3, 3, 5]
    ledger.enter(2, tuesday)
    assert not ledger.counters[2].any()
    ledger.enter(2, monday)
    assert ledger.counters[2, : columns.ALL_SQUARES + 1].tolist() == [3, 3, 5]


@given(st.lists(st.integers(0, 200), max_size=60))
def test_counts_are_right_for_the_last_windows_and_memory_stays_bounded(hours: list[int]) -> None:
    ledger = opened()
    sent: dict[int, int] = {}
    newest: list[int] = []
    for hour in hours:
        ledger.enter(0, at_hour(hour))
        if hour not in sent or hour in newest:
            assert ledger.usage("nord").this_hour == sent.get(hour, 0)
        else:
            sent[hour] = ledger.usage("nord").this_hour  # forgotten, or not: it was long ago
            assert sent[hour] >= 0
        send(ledger)
        sent[hour] = sent.get(hour, 0) + 1
        newest = sorted(sent)[-WINDOWS_KEPT:]
        assert all(len(past) <= WINDOWS_KEPT for past in ledger._past[0])
    assert ledger.usage("nord").this_period == len(hours)


# --- contacts that are over -----------------------------------------------------------------------------


def enter(ledger: Ledger, hour: int, vendors: int = 1) -> None:
    """The clocks of vendors and center reach an hour."""
    for vendor in range(vendors):
        ledger.enter(vendor, at_hour(hour))
    ledger.enter(len(ledger.counters) - 1, at_hour(hour)[-1:] * columns.WINDOWS)


def test_a_contact_given_back_is_taken_out_of_the_windows_that_count_it() -> None:
    """Sent at 23:30, given back at 00:10 of the vendor's next day: its hour and day are over."""
    ledger = opened()
    enter(ledger, 23)
    send(ledger)
    enter(ledger, 24)
    send(ledger)
    give_back(ledger, 23)
    assert ledger.usage("nord") == used(1, 1, 1, 2)  # whether it is still there is another question
    assert ledger.counters[0, columns.CENTER_DAY] == 1
    assert ledger.counters[-1, : columns.ALL_SQUARES + 1].tolist() == [2, 1, 1]
    give_back(ledger, 24)
    assert ledger.usage("nord") == used(0, 0, 0, 2)
    assert ledger.counters[-1, : columns.ALL_SQUARES + 1].tolist() == [2, 0, 0]


def test_nothing_is_given_back_below_nothing() -> None:
    ledger = opened()
    enter(ledger, 5)
    give_back(ledger, 5)
    assert not ledger.counters.any()


@given(
    st.lists(st.integers(0, 2), max_size=30),
    st.lists(st.integers(0, 2), max_size=30),
)
def test_the_totals_of_the_center_stay_a_recount(sent: list[int], returned: list[int]) -> None:
    ledger = opened("a", "b", "c")
    enter(ledger, 30, vendors=3)
    for vendor in sent:
        send(ledger, vendor)
    for vendor in returned:
        give_back(ledger, 30, vendor)
    left = [max(sent.count(vendor) - returned.count(vendor), 0) for vendor in range(3)]
    assert ledger.counters[:3, columns.CENTER_DAY].tolist() == left
    assert ledger.counters[3, columns.ALL_ROUTED] == len(sent)
    assert ledger.counters[3, columns.ALL_SENT] == sum(left)
    assert ledger.counters[3, columns.ALL_SQUARES] == sum(count**2 for count in left)


def test_vendors_are_counted_apart() -> None:
    ledger = opened()
    send(ledger, 1)
    ledger.settle(1, "answered", 3.0, 180.0, 2.5)
    assert ledger.usage("nord") == used()
    assert ledger.usage("syd") == used(1, 1, 1, 1, answered=1, waited=3.0, handled=180.0, spent=2.5)


def test_outcomes_add_up() -> None:
    ledger = opened()
    for outcome in Totals.__struct_fields__[:3]:
        ledger.settle(0, outcome, 2.0, 60.0, 1.5)
    ledger.settle(0, "answered", 0.0, 0.0, 0.0)
    wanted = used(answered=2, abandoned=1, failed=1, waited=6.0, handled=180.0, spent=4.5)
    assert ledger.usage("nord") == wanted


# --- routers that share it ------------------------------------------------------------------------------


class Reader:
    """A router as the ledger knows it."""

    def __init__(self, ledger: Ledger) -> None:
        self.told: list[int] = []
        ledger.follow(self.tell)

    def tell(self, vendor: int) -> None:
        self.told.append(vendor)


def test_everybody_who_shares_it_is_told_what_has_changed() -> None:
    ledger = opened()
    readers = [Reader(ledger) for _ in range(3)]
    ledger.changed(1)
    ledger.changed(0)
    assert [reader.told for reader in readers] == [[1, 0]] * 3


def test_a_router_that_is_gone_is_forgotten() -> None:
    ledger = opened()
    stays, goes = Reader(ledger), Reader(ledger)
    del goes
    gc.collect()
    ledger.changed(0)
    assert stays.told == [0]
    assert len(ledger._readers) == 1


def test_opening_again_for_the_same_vendors_keeps_the_counts() -> None:
    ledger = opened()
    send(ledger)
    counters = ledger.counters
    ledger.open_for(("nord", "syd"))
    assert ledger.counters is counters
    assert ledger.usage("nord").this_hour == 1


@pytest.mark.parametrize("others", [("nord",), ("syd", "nord"), ("nord", "ost"), ("ost", "syd", "väst")])
def test_a_vendor_has_one_place_whoever_asks(others: tuple[str, ...]) -> None:
    ledger = opened()
    ledger.enter(1, (0.0, 0.0, 0.0, 0.0))
    ledger.counters[1] = 7.0
    ledger.counters[-1] = 9.0
    ledger.settle(1, "answered", 1.0, 2.0, 3.0)
    places = dict(zip(others, ledger.open_for(others), strict=True))
    assert places.get("nord", 0) == 0
    assert places.get("syd", 1) == 1
    assert ledger.open_for(others) == list(places.values())
    assert ledger.vendors[:2] == ("nord", "syd")
    assert set(ledger.vendors) == {"nord", "syd", *others}
    syd = ledger.usage("syd")
    assert (syd.this_hour, syd.in_flight, syd.spent, ledger.starts(1)) == (7, 7, 3.0, [0.0] * 4)
    np.testing.assert_array_equal(ledger.counters[-1], [9.0] * columns.USAGE_COLUMNS)
    assert all(ledger.usage(name).this_hour == 0 for name in ledger.vendors if name != "syd")


def test_whoever_decides_on_counters_is_told_before_they_move() -> None:
    class Reader:
        def __init__(self) -> None:
            self.seen: list[object] = []

        def hold(self) -> None:
            self.seen.append(ledger.counters)

    ledger, reader = opened(), Reader()
    before = ledger.counters
    ledger.follow_room(reader.hold)
    ledger.open_for(("syd", "nord"))
    assert reader.seen == []
    ledger.open_for(("syd", "ost"))
    assert len(reader.seen) == 1
    assert reader.seen[0] is before
    assert ledger.counters is not before


def test_counters_have_a_row_for_each_vendor_and_one_for_the_center() -> None:
    ledger = opened("a", "b", "c")
    np.testing.assert_array_equal(ledger.counters, np.zeros((4, columns.USAGE_COLUMNS)))


def test_a_stranger_has_no_usage() -> None:
    with pytest.raises(KeyError, match="ost"):
        opened().usage("ost")
