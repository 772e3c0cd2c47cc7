from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Ledger
from bporoute.calendar import Windows
from bporoute.ledger import WINDOWS_KEPT, Usage

HOUR = 3600.0


def opened(*vendors: str) -> Ledger:
    ledger = Ledger()
    ledger.open_for(vendors or ("nord", "syd"))
    return ledger


def at_hour(hour: int) -> Windows:
    return Windows(hour=hour * HOUR, day=hour // 24 * 24 * HOUR, period=0.0)


def send(ledger: Ledger, vendor: int = 0) -> int:
    """What the kernel and the router do for a contact that goes out."""
    ledger.counters[vendor] += 1.0
    number = ledger.number()
    ledger.open(number, vendor)
    return number


def used(this_hour=0, today=0, this_period=0, in_flight=0, **settled) -> Usage:
    """What a vendor was given; nothing settled unless told."""
    none = {"answered": 0, "abandoned": 0, "failed": 0, "waited": 0.0, "handled": 0.0, "spent": 0.0}
    counted = {"this_hour": this_hour, "today": today, "this_period": this_period, "in_flight": in_flight}
    return Usage(**{**none, **counted, **settled})


def test_a_window_is_put_aside_and_found_again() -> None:
    ledger = opened()
    ledger.enter(0, at_hour(23))
    send(ledger)
    send(ledger)
    ledger.enter(0, at_hour(24))
    assert ledger.usage("nord") == used(0, 0, 2, 2)
    send(ledger)
    ledger.enter(0, at_hour(23))
    assert ledger.usage("nord") == used(2, 2, 3, 3)
    ledger.enter(0, at_hour(24))
    assert ledger.usage("nord") == used(1, 1, 3, 3)


def test_entering_the_same_windows_again_changes_nothing() -> None:
    ledger = opened()
    ledger.enter(0, at_hour(5))
    send(ledger)
    ledger.enter(0, at_hour(5))
    assert ledger.usage("nord").this_hour == 1


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


def test_open_decisions_are_forgotten_once_settled() -> None:
    ledger = opened()
    for number in [send(ledger) for _ in range(100)]:
        ledger.close(number)
    assert ledger._open == {}
    assert ledger.usage("nord").in_flight == 0


def test_a_decision_closes_once_and_knows_its_number_in_the_period() -> None:
    ledger = opened()
    numbers = [send(ledger, 1) for _ in range(3)]
    assert [ledger.close(number) for number in numbers] == [(1, 0), (1, 1), (1, 2)]
    assert [ledger.close(number) for number in (*numbers, 0, 99)] == [None] * 5
    assert ledger.usage("syd").in_flight == 0


def test_in_flight_never_falls_below_nothing() -> None:
    ledger = opened()
    number = send(ledger)
    ledger.counters[0, 3] = 0.0  # somebody told that nobody is there
    ledger.close(number)
    assert ledger.usage("nord").in_flight == 0


def test_numbers_rise() -> None:
    ledger = opened()
    assert [ledger.number() for _ in range(3)] == [1, 2, 3]


def test_vendors_are_counted_apart() -> None:
    ledger = opened()
    send(ledger, 1)
    ledger.settle(1, "answered", 3.0, 180.0, 2.5)
    assert ledger.usage("nord") == used()
    assert ledger.usage("syd") == used(1, 1, 1, 1, answered=1, waited=3.0, handled=180.0, spent=2.5)


def test_opening_again_for_the_same_vendors_keeps_the_counts() -> None:
    ledger = opened()
    send(ledger)
    ledger.open_for(("nord", "syd"))
    assert ledger.usage("nord").this_hour == 1


@pytest.mark.parametrize("others", [("nord",), ("syd", "nord"), ("nord", "ost")])
def test_other_vendors_are_refused(others: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"counts for \('nord', 'syd'\), not for"):
        opened().open_for(others)
