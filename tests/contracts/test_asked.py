"""What a contract is asked with, and cannot be, is one complaint that names it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pytest

from bporoute import BilledContact, Contract, Exponential, InputError, PeriodUsage, RemainingForecast, Tier
from bporoute.contracts import PerHour, PerMinute

FLAT = Contract(price_per_contact=1.0, price_per_minute=0.6)
CONTRACTS = {
    "flat": FLAT,
    "a term": Contract(terms=(PerMinute(price=0.6, step=60),)),
    "tiers": Contract(
        tiers=(Tier(above=0, up_to=9, price_per_contact=3.0), Tier(above=9, price_per_contact=2.0))
    ),
    "hours": Contract(terms=(PerMinute(price=0.6), PerHour(price=20, hours="logged"))),
}
CALL = BilledContact(handle=60.0)
NUMBERS: dict[str, Callable[[Contract, object], object]] = {
    "handle": lambda terms, bad: terms.price(bad),
    "sent": lambda terms, bad: terms.price(60.0, bad),
    "usage": lambda terms, bad: terms.price_holds_until(bad),
    "contact.handle": lambda terms, bad: terms.usage([BilledContact(handle=bad)]),
    "contact.wait": lambda terms, bad: terms.charge(terms.usage(), BilledContact(wait=bad)),
    "contact.resolved": lambda terms, bad: terms.marginal_price(terms.usage(), BilledContact(resolved=bad)),
    "contact.talk": lambda terms, bad: terms.usage().add(
        BilledContact(handle=60.0, talk=-1.0 if bad is None else bad)
    ),
    "times": lambda terms, bad: terms.expected_invoice(CALL, bad),
    "usage.handled": lambda terms, bad: terms.invoice(PeriodUsage(handled=bad)),
    "usage.handle_seconds": lambda terms, bad: terms.invoice(PeriodUsage(handled=1.0, handle_seconds=bad)),
    "usage.hours.logged": lambda terms, bad: terms.invoice(PeriodUsage(handled=1.0, hours={"logged": bad})),
    "contacts": lambda terms, bad: RemainingForecast(contacts=bad),
    "cv": lambda terms, bad: RemainingForecast(contacts=7.0, cv=bad),
}


@pytest.mark.parametrize("bad", [-5, "180", None, math.nan, math.inf, True, [1], 10**400])
@pytest.mark.parametrize("where", NUMBERS)
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_number_that_cannot_be_is_refused(name, where, bad):
    with pytest.raises(InputError) as caught:
        NUMBERS[where](CONTRACTS[name], bad)
    assert caught.value.where == where
    assert "number" in caught.value.expected


KINDS: dict[str, Callable[[Contract, object], object]] = {
    "usage": lambda terms, bad: terms.invoice(bad),
    "contact": lambda terms, bad: terms.expected_invoice(bad, 10.0),
    "contacts": lambda terms, bad: terms.usage(bad),
    "remaining_forecast": lambda terms, bad: terms.marginal_price(terms.usage(), CALL, bad),
    "usage.hours": lambda terms, bad: terms.invoice(PeriodUsage(handled=1.0, hours=bad)),
    "usage.sla": lambda terms, bad: terms.invoice(PeriodUsage(handled=1.0, sla=bad)),
    "local": lambda terms, bad: terms.multiplier(bad),
    "day": lambda terms, bad: terms.capacity_on(bad),
    "contact.local": lambda terms, bad: terms.usage().add(BilledContact(local=bad)),
}


@pytest.mark.parametrize("bad", ["180", 40, 1.5])
@pytest.mark.parametrize("where", KINDS)
@pytest.mark.parametrize("name", CONTRACTS)
def test_a_value_of_another_kind_is_refused(name, where, bad):
    with pytest.raises(InputError) as caught:
        KINDS[where](CONTRACTS[name], bad)
    assert caught.value.where == where


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_law_without_a_mean_has_no_price(name):
    class Endless(Exponential, frozen=True):
        mean: float = math.inf

        def __post_init__(self) -> None: ...

    with pytest.raises(InputError, match="a law with a finite mean"):
        CONTRACTS[name].price(Endless(math.inf))


def test_what_can_be_is_priced_as_it_was():
    assert FLAT.price(180) == FLAT.price(180.0) == FLAT.price(np.float64(180.0)) == pytest.approx(2.8)
    assert FLAT.price(np.int64(180), np.int64(3)) == pytest.approx(2.8)
    assert FLAT.price(0.0) == 1.0
    assert FLAT.price(Exponential(180.0)) == pytest.approx(2.8)
    assert FLAT.capacity_on(date(2026, 11, 23)) is None
    assert FLAT.multiplier(datetime(2026, 11, 23, 9)) == 1.0
