"""Shifts: what they cover, and that no cheaper numbers of them cover what is required."""

from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import InputError
from bporoute.planning import Break, ShiftPattern, Wages, cheapest_shifts, read_shifts, worked_shifts
from bporoute.planning._wages import Premium

MONDAY = datetime(2026, 12, 7)
HOURS = [MONDAY + timedelta(hours=hour) for hour in range(24)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=5, max_size=5), st.tuples(*[st.integers(1, 9)] * 4))
def test_no_cheaper_numbers_cover_what_is_required(required: list[int], costs: tuple[int, ...]) -> None:
    patterns = [
        ShiftPattern(name=f"from {hour}", starts=(f"{8 + hour:02d}:00",), length=7200.0, cost=float(cost))
        for hour, cost in enumerate(costs)
    ]
    starts = HOURS[8:13]
    worked = worked_shifts(patterns, "desk", starts, np.full(5, 3600.0))
    found = cheapest_shifts([float(each) for each in required], worked, starts)

    def covers(people: tuple[int, ...]) -> bool:
        there = [sum(people[place] for place in (hour - 1, hour) if 0 <= place < 4) for hour in range(5)]
        return all(one >= other for one, other in zip(there, required, strict=True))

    best = min(
        sum(one * other for one, other in zip(people, costs, strict=True))
        for people in product(range(5), repeat=4)
        if covers(people)
    )
    assert found.cost == best
    assert (found.agents >= required).all()


def test_seven_days_of_five_working_days_need_the_textbook_number() -> None:
    """Five consecutive days of seven: 23 people (Winston, Operations Research, post office example)."""
    required = [17, 13, 15, 19, 14, 16, 11]
    starts = [MONDAY + timedelta(days=day) for day in range(7)]
    week = worked_shifts([ShiftPattern(name="d", starts=("00:00",), length=86_400.0, cost=1.0)], "q", starts,
                         np.full(7, 86_400.0))  # fmt: skip
    covers = np.array([[float((day - first) % 7 < 5) for first in range(7)] for day in range(7)])
    cyclic = type(week)(week.names, week.begins, np.ones(7), np.full(7, 40.0), week.most, covers)
    found = cheapest_shifts([float(each) for each in required], cyclic, starts)
    assert found.cost == 23.0
    assert found.bound > 22.0


def test_breaks_take_their_part_of_an_interval_and_of_the_wage() -> None:
    lunch = Break(after=4 * 3600.0, length=1800.0)
    coffee = Break(after=7200.0, length=900.0, paid=True)
    early = ShiftPattern(name="early", starts=("06:00",), length=8 * 3600.0, breaks=(coffee, lunch))
    night = Wages(20.0, "EUR", (Premium(0.5, hours=("daily 00:00-07:00",)),))
    worked = worked_shifts([early], "desk", HOURS, np.full(24, 3600.0), night)
    expected = np.zeros(24)
    expected[6:14] = 1.0
    expected[8], expected[10] = 0.75, 0.5
    assert worked.covers[:, 0] == pytest.approx(expected)
    assert worked.costs.tolist() == [pytest.approx(20.0 * 8.0)]  # 7.5 h, one of them half as much again


def test_a_shift_works_on_its_days_in_its_queues_and_across_midnight() -> None:
    late = ShiftPattern(
        name="late", starts=("22:00",), length=8 * 3600.0, cost=1.0, days="sun", queues=("a",)
    )
    hours = np.full(24, 3600.0)
    worked = worked_shifts([late], "a", HOURS, hours)
    assert worked.begins == (MONDAY - timedelta(hours=2),)
    assert worked.covers[:, 0].tolist() == [1.0] * 6 + [0.0] * 18
    assert worked_shifts([late], "b", HOURS, hours).names == ()


def test_intervals_that_no_shift_covers_are_named() -> None:
    early = ShiftPattern(name="early", starts=("08:00",), length=7200.0, cost=1.0, most=2)
    worked = worked_shifts([early], "desk", HOURS[8:12], np.full(4, 3600.0))
    with pytest.raises(InputError, match="Mon 07 Dec 10:00, Mon 07 Dec 11:00"):
        cheapest_shifts([1.0, 1.0, 1.0, 1.0], worked, HOURS[8:12])
    with pytest.raises(InputError, match="3 agents required and 2 that shifts allow"):
        cheapest_shifts([3.0, 1.0, 0.0, 0.0], worked, HOURS[8:12])


def test_nothing_required_needs_nobody() -> None:
    early = ShiftPattern(name="early", starts=("08:00",), length=7200.0, cost=1.0)
    found = cheapest_shifts([0.0], worked_shifts([early], "q", HOURS[8:9], np.full(1, 3600.0)), HOURS[8:9])
    assert (found.cost, found.counts.tolist()) == (0.0, [0])


def test_a_file_of_shifts_is_read(tmp_path: Path) -> None:
    file = tmp_path / "shifts.toml"
    file.write_text(
        '[[shifts]]\nname = "early"\nstarts = ["06:00", "07:00"]\nlength = "8:00:00"\npaid_share = "95 %"\n'
        'breaks = [{ after = "4:00:00", length = "30:00" }]\n'
    )
    (early,) = read_shifts(file)
    assert early == ShiftPattern(
        name="early",
        starts=("06:00", "07:00"),
        length=28_800.0,
        paid_share=0.95,
        breaks=(Break(after=14_400.0, length=1800.0),),
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "shifts"),
        ("shifts = []", "at least one table"),
        ('[[shifts]]\nname = "a"\nstarts = ["6"]\nlength = 3600', "a time such as '08:00'"),
        ('[[shifts]]\nname = "a"\nstarts = ["06:00"]\nlength = 90000', "86400"),
        ('[[shifts]]\nname = "a"\nstarts = ["06:00"]\nlength = 3600\ndays = "today"', "mon-fri"),
        ('[[shifts]]\nname = "a"\nstart = ["06:00"]\nlength = 3600', "starts"),
        (
            '[[shifts]]\nname = "a"\nstarts = ["06:00"]\nlength = 3600\n'
            "breaks = [{after = 3000, length = 900}]",
            "within the 3600 s",
        ),
        ('[[shifts]]\nname = "a"\nstarts = ["06:00"]\nlength = 3600\n' * 2, "a name of its own"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "shifts.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=named) as caught:
        read_shifts(file)
    assert str(file) in str(caught.value)


def test_a_shift_without_a_cost_needs_a_wage() -> None:
    early = ShiftPattern(name="early", starts=("08:00",), length=7200.0)
    with pytest.raises(InputError, match="early"):
        worked_shifts([early], "q", HOURS[8:9], np.full(1, 3600.0))
