"""The ramp and the trial of a contract: hand-computed cases, invariants."""

from __future__ import annotations

import math
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    Contract,
    Ramp,
    Trial,
)

replace = msgspec.structs.replace


def test_a_ramp_brings_classes_to_work_who_learn():
    ramp = Ramp(
        class_size=10, classes=3, every_weeks=2, training_weeks=4, extra_handle_time=0.4, learning_weeks=6
    )
    start = date(2026, 1, 5)
    contract = Contract(start=start, terms=(ramp,))
    after = [start + timedelta(weeks=week) for week in (0, 4, 6, 8, 400)]
    assert [contract.capacity_on(day) for day in after] == [0, 10, 20, 30, 30]
    assert contract.capacity_on(start + timedelta(weeks=4, days=-1)) == 0
    factors = [contract.handle_time_factor(day) for day in after]
    second = 1 + 0.4 * (1 + math.exp(-2 / 6)) / 2  # one class new, one in its third week
    third = 1 + 0.4 * (1 + math.exp(-2 / 6) + math.exp(-4 / 6)) / 3
    assert factors == pytest.approx([1.4, 1.4, second, third, 1.0])
    own_start = Contract(terms=(replace(ramp, start=date(2026, 2, 2)),))
    assert own_start.capacity_on(date(2026, 3, 1)) == 0
    assert own_start.capacity_on(date(2026, 3, 2)) == 10


@given(
    st.integers(1, 30),
    st.integers(1, 5),
    st.floats(0, 8),
    st.floats(0, 12),
    st.floats(0, 3),
    st.integers(0, 600),
)
def test_a_ramp_never_shrinks(size, classes, every, training, extra, day):
    ramp = Ramp(
        class_size=size,
        classes=classes,
        every_weeks=every,
        training_weeks=training,
        extra_handle_time=extra,
        learning_weeks=5,
    )
    contract, today = Contract(start=date(2026, 1, 1), terms=(ramp,)), date(2026, 1, 1) + timedelta(days=day)
    tomorrow = today + timedelta(days=1)
    assert 0 <= contract.capacity_on(today) <= contract.capacity_on(tomorrow) <= size * classes
    assert 1 <= contract.handle_time_factor(today) <= 1 + extra + 1e-12


def test_without_ramp_and_trial_nothing_is_held_back():
    contract = Contract()
    assert contract.capacity_on(date(2026, 1, 1)) is None
    assert contract.handle_time_factor(date(2026, 1, 1)) == 1.0
    assert contract.trial_share(date(2026, 1, 1)) == 1.0


@pytest.mark.parametrize(
    ("start", "months", "last_day"),
    [
        (date(2026, 1, 1), 3, date(2026, 3, 31)),
        (date(2026, 1, 15), 3, date(2026, 4, 14)),
        (date(2026, 10, 15), 6, date(2027, 4, 14)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),  # there is no 31st: over on the last day of February
        (date(2026, 1, 31), 2, date(2026, 3, 30)),
    ],
)
def test_a_trial_lasts_its_calendar_months(start, months, last_day):
    contract = Contract(start=start, terms=(Trial(months=months, share=0.05),))
    shares = [contract.trial_share(start + timedelta(days=days)) for days in range(250)]
    days = (last_day - start).days + 1
    assert shares == [0.05] * days + [1.0] * (250 - days)
