from __future__ import annotations

import heapq
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Backlog, Contact, InputError, Trough
from bporoute.routing.back_office._backlog import Case, is_instant

NAN, INF = float("nan"), float("inf")

# Whole multiples of five minutes, so that what fits and what does not is never a matter of rounding.
steps = st.integers(0, 24).map(lambda step: 300.0 * step)
dues = st.lists(steps, max_size=8)
ahts = st.sampled_from([300.0, 600.0, 750.0])


def backlog_of(*dues: float) -> Backlog:
    backlog = Backlog()
    for number, due in enumerate(dues):
        backlog = backlog.add(Contact("claim", id=str(number)), due=due, arrival=0.0)
    return backlog


def ids(cases: tuple[Case, ...]) -> list[str]:
    return [case.contact.id for case in cases]


def test_earliest_due_first_then_earliest_arrival_then_the_order_of_adding() -> None:
    backlog = Backlog()
    for name, due, arrival in (("a", 50, 3), ("b", 40, 9), ("c", 50, 1), ("d", 50, 3), ("e", 60, 0)):
        backlog = backlog.add(Contact("claim", id=name), due=due, arrival=arrival)
    assert ids(backlog.cases) == ["b", "c", "a", "d", "e"]


def test_a_case_carries_its_due_time_along() -> None:
    (case,) = Backlog().add(Contact("claim"), due=70.0, arrival=5.0).cases
    assert (case.due, case.contact.due, case.arrival, case.number) == (70.0, 70.0, 5.0, 0)


def test_equal_contacts_are_different_cases() -> None:
    twins = Backlog().add(Contact("claim"), due=1.0, arrival=0.0).add(Contact("claim"), due=1.0, arrival=0.0)
    left = twins.without(twins.cases[:1])
    assert [case.number for case in left.cases] == [1]
    assert left.add(Contact("claim"), due=1.0, arrival=0.0).cases[-1].number == 2


def test_a_case_must_leave_early_enough_to_wait_be_turned_around_and_handled() -> None:
    case = backlog_of(100_000.0).cases[0]
    assert case.ship_by(turnaround=86_400.0, wait=30.0, handle=570.0) == 13_000.0


@pytest.mark.parametrize(
    ("agents", "until", "done"),
    [
        (3, 1250, 6),
        (3, 1200, 6),
        (3, 1199, 3),
        (3, 0, 0),
        (0, 9000, 0),
        (0.9, 9000, 0),
        (2.5, 700, 2),
        (9, 600, 7),
    ],
)
def test_idle_agents_do_whole_rounds(agents: float, until: float, done: int) -> None:
    backlog = backlog_of(*[100.0] * 7)
    assert backlog.workable(agents, 600.0, 1000.0, 1000.0 + until) == backlog.cases[:done]


def test_nothing_is_workable_before_now() -> None:
    assert backlog_of(1.0).workable(5, 60.0, now=1000.0, until=500.0) == ()


def test_late_by_hand() -> None:
    # Two agents, ten minutes each: done at 600, 600, 1200, 1200, 1800.
    backlog = backlog_of(599, 600, 1300, 1199, 1800)
    assert ids(backlog.late(agents=2, aht=600.0, now=0.0)) == ["0", "3"]
    assert backlog.late(agents=0, aht=600.0, now=0.0) == backlog.cases
    assert ids(backlog.late(agents=5, aht=600.0, now=0.0)) == ["0"]


@given(dues, st.integers(1, 4), ahts, steps)
def test_late_is_what_a_simulated_team_finishes_late(
    dues: list[float], agents: int, aht: float, now: float
) -> None:
    backlog = backlog_of(*dues)
    free_at, late = [now] * agents, []
    for case in backlog.cases:
        done = heapq.heappop(free_at) + aht
        heapq.heappush(free_at, done)
        if done > case.due:
            late.append(case)
    assert list(backlog.late(agents, aht, now)) == late


def test_capacity_by_interval_by_hand() -> None:
    # 10 minutes in the first half-hour, 30 in the third: cases of 10 minutes are done at 1800, then at
    # 4200, 4800 and 5400.
    troughs = [Trough(start=3600, seconds=1800, minutes=30), Trough(start=0, seconds=1800, minutes=10)]
    assert ids(backlog_of(1800, 4200, 4800, 5400).beyond(troughs, 600.0, 0.0)) == []
    assert ids(backlog_of(1799, 4200, 4800, 5400).beyond(troughs, 600.0, 0.0)) == ["0"]
    assert ids(backlog_of(1800, 3600, 4200, 5400).beyond(troughs, 600.0, 0.0)) == ["1"]
    assert ids(backlog_of(5400, 5400, 5400, 9000, 9000).beyond(troughs, 600.0, 0.0)) == ["4"]


def test_capacity_before_now_is_gone() -> None:
    troughs = [Trough(start=0, seconds=1800, minutes=30)]
    backlog = backlog_of(1800, 1800, 1800)
    assert len(backlog.beyond(troughs, 600.0, now=0.0)) == 0
    assert len(backlog.beyond(troughs, 600.0, now=600.0)) == 1
    assert len(backlog.beyond(troughs, 600.0, now=1800.0)) == 3


def test_without_a_forecast_everything_must_leave() -> None:
    backlog = backlog_of(5, 9, 7)
    assert backlog.beyond([], 60.0, 0.0) == backlog.cases


def test_who_only_the_queue_may_do_stays_in_place_of_another() -> None:
    trough = [Trough(start=0, seconds=3600, minutes=20)]  # one by 1800, two by 3600
    backlog = backlog_of(1800, 1800, 3600)
    assert ids(backlog.beyond(trough, 600.0, 0.0)) == ["1"]
    kept = backlog.beyond(trough, 600.0, 0.0, movable=lambda case: case.contact.id == "0")
    assert ids(kept) == ["0"]
    assert ids(backlog.beyond(trough, 600.0, 0.0, movable=lambda case: False)) == ["1"]


@st.composite
def forecasts(draw: st.DrawFn) -> list[Trough]:
    lengths = draw(st.lists(st.sampled_from([900.0, 1800.0]), max_size=4))
    start, troughs = draw(st.sampled_from([0.0, 600.0])), []
    for length in lengths:
        minutes = draw(st.sampled_from([0.0, length / 120, length / 60, length / 30]))
        troughs.append(Trough(start=start, seconds=length, minutes=minutes))
        start += length + draw(st.sampled_from([0.0, 900.0]))
    return troughs


@given(dues, ahts, forecasts(), steps, st.sets(st.integers(0, 7)))
def test_no_choice_of_cases_does_more_in_time(
    dues: list[float], aht: float, troughs: list[Trough], now: float, bound: set[int]
) -> None:
    backlog = backlog_of(*dues)
    asked: list[int] = []

    def movable(case: Case) -> bool:
        asked.append(case.number)
        return case.number not in bound

    def capacity(until: float) -> float:
        """Added up by steps of half a minute."""
        seconds = 0.0
        for trough in troughs:
            for step in range(int(trough.seconds // 30)):
                if now <= trough.start + 30 * step and trough.start + 30 * (step + 1) <= until:
                    seconds += 30 * 60 * trough.minutes / trough.seconds
        return seconds

    by_due = {due: capacity(due) for due in dues}

    def fits(cases: tuple[Case, ...]) -> bool:
        return all(place * aht <= by_due[case.due] + 1e-6 for place, case in enumerate(cases, start=1))

    def worth(cases: tuple[Case, ...]) -> tuple[int, int]:
        return len(cases), sum(case.number in bound for case in cases)

    best = max(
        worth(some)
        for size in range(len(dues) + 1)
        for some in combinations(backlog.cases, size)
        if fits(some)
    )
    leaving = backlog.beyond(troughs, aht, now, movable)
    staying = backlog.without(leaving).cases
    assert fits(staying)
    assert worth(staying) == best
    assert list(leaving) == sorted(leaving, key=lambda case: case.rank)
    assert len(asked) == len(set(asked))


@given(dues, st.lists(st.integers(0, 7)))
def test_adding_and_removing_loses_nothing(dues: list[float], gone: list[int]) -> None:
    backlog = backlog_of(*dues)
    left = backlog.without([case for case in backlog.cases if case.number in gone])
    assert {case.number for case in left.cases} == set(range(len(dues))) - set(gone)
    left.check()
    assert len(backlog.cases) == len(dues)


def test_a_backlog_is_stored_and_read_again() -> None:
    backlog = backlog_of(9, 5, 7)
    again = msgspec.json.decode(msgspec.json.encode(backlog), type=Backlog)
    again.check()
    assert again == backlog


def test_a_stored_backlog_out_of_order_is_refused() -> None:
    one, two = backlog_of(5, 7).cases
    for cases, added in (((two, one), 2), ((one, one), 2), ((one, two), 1)):
        with pytest.raises(InputError):
            Backlog(cases=cases, added=added).check()
    with pytest.raises(InputError, match="due"):
        Backlog(cases=(msgspec.structs.replace(one, due=NAN),), added=1).check()


@pytest.mark.parametrize("bad", [NAN, INF, -1.0, "soon", None])
def test_numbers_that_are_none(bad: float) -> None:
    backlog = backlog_of(5)
    for attempt in (
        lambda: backlog.add(Contact("claim"), due=bad, arrival=0.0),
        lambda: backlog.add(Contact("claim"), due=0.0, arrival=bad),
        lambda: backlog.workable(bad, 60.0, 0.0, 9.0),
        lambda: backlog.workable(1, bad, 0.0, 9.0),
        lambda: backlog.workable(1, 60.0, bad, 9.0),
        lambda: backlog.workable(1, 60.0, 0.0, bad),
        lambda: backlog.late(bad, 60.0, 0.0),
        lambda: backlog.beyond([], bad, 0.0),
        lambda: backlog.beyond([], 60.0, bad),
        lambda: Trough(start=bad, seconds=1.0, minutes=1.0),
        lambda: Trough(start=0.0, seconds=bad, minutes=1.0),
        lambda: Trough(start=0.0, seconds=1.0, minutes=bad),
    ):
        with pytest.raises(InputError):
            attempt()
    assert not is_instant(bad)


def test_no_time_is_no_handle_time_and_no_interval() -> None:
    with pytest.raises(InputError, match="aht"):
        backlog_of(5).late(1, 0.0, 0.0)
    with pytest.raises(InputError, match="seconds"):
        Trough(start=0.0, seconds=0.0, minutes=1.0)


def test_intervals_that_overlap_are_refused() -> None:
    troughs = [Trough(start=900, seconds=900, minutes=1), Trough(start=0, seconds=901, minutes=1)]
    with pytest.raises(InputError, match="overlap at 900"):
        backlog_of(5).beyond(troughs, 60.0, 0.0)
