"""What a contract counts of a contact."""

from __future__ import annotations

import math

import pytest

from bporoute import (
    BilledContact,
    InputError,
    Measure,
    Multiplier,
    RemainingForecast,
)


@pytest.mark.parametrize(
    ("step", "minimum", "seconds", "billed"),
    [
        (None, 0, 61.5, 61.5),
        (1, 0, 61.5, 62),
        (1, 0, 61, 61),
        (6, 0, 61, 66),
        (30, 0, 61, 90),
        (60, 0, 61, 120),
        (60, 0, 60, 60),
        (60, 0, 0, 0),
        (6, 30, 10, 30),
        (60, 90, 10, 120),
        (None, 30, 0, 30),
        (1, 0, 0.1 + 0.2 - 0.3 + 60, 60),  # a rounding error of the clock is no further second
    ],
)
def test_each_contact_is_billed_in_full_steps_from_its_minimum_on(step, minimum, seconds, billed):
    measure = Measure(counts="handle_minutes", step=step, minimum=minimum)
    assert measure.units(BilledContact(handle=seconds)) * 60 == pytest.approx(billed, abs=1e-12)


def test_talk_minutes_leave_out_wrap_up_and_nothing_is_billed_unanswered():
    talked = BilledContact(handle=180, talk=121)
    assert Measure(counts="talk_minutes", step=60).units(talked) == 3.0
    assert Measure(counts="handle_minutes", step=60).units(talked) == 3.0
    assert Measure(counts="talk_minutes", step=60).units(BilledContact(handle=180)) == 3.0
    assert Measure(counts="talk_minutes", minimum=60).units(BilledContact(answered=False)) == 0.0


CONTACTS = {
    "handled": BilledContact(handle=100),
    "resolved by half": BilledContact(handle=100, resolved=0.5),
    "answered, not finished": BilledContact(handle=3, handled=False),
    "given up early": BilledContact(answered=False, wait=4),
    "given up late": BilledContact(answered=False, wait=90),
}


@pytest.mark.parametrize(
    ("counts", "free_up_to", "expected"),
    [
        ("offered", 0, [1, 1, 1, 1, 1]),
        ("offered", 5, [1, 1, 0, 0, 1]),
        ("answered", 0, [1, 1, 1, 0, 0]),
        ("answered", 5, [1, 1, 0, 0, 0]),
        ("handled", 0, [1, 1, 0, 0, 0]),
        ("handled", 100, [0, 0, 0, 0, 0]),
        ("resolved", 0, [1, 0.5, 0, 0, 0]),
    ],
)
def test_what_counts_as_which_contact(counts, free_up_to, expected):
    measure = Measure(counts=counts, free_up_to=free_up_to)
    assert [measure.units(contact) for contact in CONTACTS.values()] == expected


@pytest.mark.parametrize(
    ("build", "where"),
    [
        (lambda: Measure(counts="handled", step=60), "step"),
        (lambda: Measure(counts="offered", minimum=60), "minimum"),
        (lambda: Multiplier(factor=2), "hours"),
        (lambda: Multiplier(factor=2, hours=("always",)), "hours"),
        (lambda: RemainingForecast(contacts=-1), "contacts"),
        (lambda: RemainingForecast(contacts=math.nan), "contacts"),
        (lambda: RemainingForecast(contacts=math.inf), "contacts"),
        (lambda: RemainingForecast(contacts=1, cv=-0.1), "cv"),
        (lambda: RemainingForecast(contacts=1, cv=math.nan), "cv"),
    ],
)
def test_measures_multipliers_and_forecasts_that_cannot_be_are_refused(build, where):
    with pytest.raises(InputError) as caught:
        build()
    assert caught.value.where == where
