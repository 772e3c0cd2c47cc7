"""The price of a contact of unknown handle time against its integral over all handle times."""

from __future__ import annotations

import math
import operator
import random
from datetime import datetime

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special

from bporoute import (
    BilledContact,
    Constant,
    Contract,
    Empirical,
    Erlang,
    Exponential,
    FixedFee,
    GainShare,
    Hyperexponential,
    Lognormal,
    LognormalPatience,
    Measure,
    MinimumCharge,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerMinute,
    RemainingForecast,
    Rounding,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
    Weibull,
    WeibullPatience,
)
from helpers.contracts import CONTACTS, SITUATIONS, contracts
from helpers.naive_prices import expected

replace = msgspec.structs.replace
LAWS = st.one_of(
    st.builds(Exponential, st.floats(5, 120)),
    st.builds(LognormalPatience, mean=st.floats(20, 120), cv=st.floats(0.1, 1.0)),
    st.builds(Lognormal, st.floats(3, 4.5), st.floats(0.1, 0.8)),
    st.builds(Weibull, st.floats(0.8, 4), st.floats(20, 120)),
    st.builds(WeibullPatience, mean=st.floats(20, 120), shape=st.floats(0.8, 4)),
    st.builds(Erlang, mean=st.floats(20, 120), phases=st.integers(1, 20)),
    st.builds(
        lambda short, long, share: Hyperexponential(means=(short, long), shares=(share, 1 - share)),
        st.floats(5, 60),
        st.floats(60, 120),
        st.floats(0.01, 0.99),
    ),
    st.builds(Constant, st.floats(0, 600)),
    st.builds(lambda times: Empirical(tuple(times)), st.lists(st.floats(0, 600), min_size=1, max_size=9)),
)


def knots_of(contract: Contract):
    """Handle times at which what a contact counts as may jump; edges of the bill it finds by itself."""
    measures = [measure for measure in contract.usage().measures if isinstance(measure, Measure)]

    def knots(limit: float) -> list[float]:
        found = []
        for measure in measures:
            found += [measure.free_up_to, measure.included, measure.included + measure.minimum]
            begin = measure.included + measure.first
            found.append(begin)
            if measure.step:
                found += [begin + k * measure.step for k in range(math.ceil(limit / measure.step) + 1)]
            elif measure.rounding is not None and measure.price and measure.in_minutes:
                unit = 60.0 * measure.rounding.unit / measure.price
                half = measure.rounding.jump
                found += [measure.included + (k + half) * unit for k in range(math.ceil(limit / unit) + 1)]
        return found

    return knots


def check(contract, usage, contact, law, forecast=None):
    def price(seconds: float) -> float:
        return contract.marginal_price(usage, replace(contact, handle=seconds), forecast)

    wanted = expected(price, law, knots_of(contract))
    found = contract.marginal_price(usage, replace(contact, handle=law), forecast)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


CASES = {
    "a step": (Contract(terms=(PerMinute(price=0.58, step=60),)), Exponential(45.0)),
    "a minimum": (Contract(terms=(PerMinute(price=0.8, step=6, minimum=30),)), Lognormal(4.0, 0.8)),
    "a first block": (Contract(terms=(PerMinute(price=0.8, first=30, step=6),)), Weibull(0.9, 100.0)),
    "included seconds": (
        Contract(terms=(PerMinute(price=1.0, included=120, step=60),)), Erlang(mean=150.0, phases=3),
    ),
    "free short contacts": (
        Contract(terms=(PerContact(price=3.0, free_up_to=10), PerMinute(price=0.5, free_up_to=10))),
        Hyperexponential(means=(8.0, 300.0), shares=(0.3, 0.7)),
    ),
    "tiers in minutes": (
        Contract(
            terms=(
                VolumeTiers(
                    tiers=(VolumeBand(above=0, up_to=5, price=1.0), VolumeBand(above=5, price=0.4)),
                    mode="all_units",
                    measure=Measure(counts="handle_minutes", step=30),
                ),
            )
        ),
        Exponential(240.0),
    ),
    "a commitment in minutes": (
        Contract(terms=(PerMinute(price=1.0), TakeOrPay(price=1.0, volume=7, measure=Measure(
            counts="handle_minutes")))), LognormalPatience(mean=200.0, cv=1.1),
    ),
    "a commitment in money": (
        Contract(terms=(PerMinute(price=1.0, step=60), PerContact(price=0.7), MinimumCommitment(amount=9))),
        Weibull(1.6, 250.0),
    ),
    "an allowance in minutes": (
        Contract(terms=(FixedFee(fee=10, included=6, overage_price=2, measure=Measure(
            counts="talk_minutes")),)), Erlang(mean=300.0, phases=2),
    ),
    "a minimum charge": (
        Contract(terms=(PerContact(price=0.2), PerMinute(price=0.6, step=6), MinimumCharge(amount=1.0))),
        Exponential(70.0),
    ),
    "rounded up": (
        Contract(
            terms=(PerMinute(price=0.0333, step=1),), round_contacts=Rounding(decimals=4, mode="up")
        ),
        Exponential(61.0),
    ),
    "rounded to cents": (
        Contract(price_per_minute=0.21, round_contacts=Rounding(decimals=2, mode="half_even")),
        Lognormal(4.6, 0.5),
    ),
    "steps beside a law that hardly varies": (
        Contract(terms=(PerMinute(price=0.8, step=6),)), LognormalPatience(mean=100.0, cv=0.02),
    ),
    "rounded up beside a law that hardly varies": (
        Contract(terms=(PerMinute(price=0.8, rounding=Rounding(decimals=1, mode="up")),)),
        Weibull(50.0, 100.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sent", [0, 2])
@pytest.mark.parametrize("name", CASES)
def test_every_term_that_is_not_linear_in_the_duration(name, sent):
    contract, law = CASES[name]
    contact = BilledContact(handle=100.0)
    usage = contract.usage([contact] * sent)
    check(contract, usage, contact, law)
    if not sent:
        assert contract.price(law) == pytest.approx(
            contract.marginal_price(usage, replace(contact, handle=law)), rel=1e-12
        )


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", ["half_even", "half_up", "up"])
def test_a_rounded_charge_unit_by_unit(mode, decimals):
    """A unit of money more is due beyond a time of its own: the charge is the sum of who outlasts each."""
    contract = Contract(terms=(PerMinute(price=7.16, rounding=Rounding(decimals=decimals, mode=mode)),))
    unit = 60.0 / (7.16 * 10**decimals)
    jump = 0.0 if mode == "up" else 0.5
    laws = {
        Lognormal(4.0557, 0.6745): lambda t: math.erfc((math.log(t) - 4.0557) / (0.6745 * 2**0.5)) / 2,
        Lognormal(4.6, 0.02): lambda t: math.erfc((math.log(t) - 4.6) / (0.02 * 2**0.5)) / 2,
        Weibull(50.0, 100.0): lambda t: math.exp(-((t / 100.0) ** 50)),
        WeibullPatience(mean=80.0, shape=0.9): lambda t: math.exp(
            -((t * math.gamma(1 + 1 / 0.9) / 80) ** 0.9)
        ),
    }
    for law, outlast in laws.items():
        due = [1.0] if not jump else []
        while not due or due[-1] > 1e-17:
            due.append(outlast((len(due) + jump) * unit))
        assert contract.price(law) == pytest.approx(math.fsum(due) / 10**decimals, rel=1e-11)


def test_a_surcharge_on_a_rounded_charge_whose_saving_is_shared():
    contract = Contract(
        terms=(
            PerMinute(price=0.7, included=5, rounding=Rounding(decimals=1, mode="half_up")),
            Multiplier(factor=1.3, channels=("voice",)),
            GainShare(baseline=1.0, share=0.5, measure=Measure(counts="handle_minutes", step=30)),
        )
    )
    check(contract, contract.usage(), BilledContact(channel="voice"), Erlang(mean=150.0, phases=3))


@pytest.mark.parametrize(("baseline", "factor"), [(0.9, 0.3), (0.8, 1.7), (1.0, 2.5)])
def test_a_saving_is_shared_of_a_rounded_charge_by_the_minute(baseline, factor):
    """The charge rises by whole euros, which come sooner or later in the window: summed over a fine grid."""
    contract = Contract(
        terms=(
            PerMinute(price=0.7, included=5, rounding=Rounding(decimals=0, mode="up")),
            Multiplier(factor=factor, hours=("daily 22:00-22:02",), decided="by_minute"),
            GainShare(baseline=baseline, share=0.5, measure=Measure(counts="handle_minutes")),
        )
    )
    contact = BilledContact(wait=20.0, local=datetime(2026, 1, 5, 21, 57))

    def price(handle):
        return contract.marginal_price(contract.usage(), replace(contact, handle=handle))

    edges = np.linspace(0.0, 3000.0, 30_001)
    shares = -np.diff(special.gammaincc(3, edges / 100.0))
    wanted = sum(map(operator.mul, map(price, (edges[1:] + edges[:-1]) / 2.0), shares))
    assert price(Erlang(mean=300.0, phases=3)) == pytest.approx(wanted, rel=2e-4)


@pytest.mark.parametrize("mode", ["half_even", "half_up", "up"])
def test_a_saving_that_falls_below_nothing_at_each_euro_is_shared_where_it_is_one(mode):
    """A charge that is rounded commercially is a euro more at the jump itself, not just beyond it."""
    contract = Contract(
        terms=(
            PerMinute(price=1.1, included=40, rounding=Rounding(decimals=0, mode=mode)),
            GainShare(baseline=1.0, share=0.5, measure=Measure(counts="handle_minutes")),
        )
    )
    usage = contract.usage()
    for handle in (138.2, 765.7, 692.1):
        usage = usage.add(BilledContact(handle=handle))

    def price(handle):
        return contract.marginal_price(usage, BilledContact(handle=handle))

    edges = np.linspace(0.0, 3000.0, 60_001)
    shares = -np.diff(special.gammaincc(3, edges / 100.0))
    wanted = sum(map(operator.mul, map(price, (edges[1:] + edges[:-1]) / 2.0), shares))
    assert price(Erlang(mean=300.0, phases=3)) == pytest.approx(wanted, rel=5e-5)


@pytest.mark.parametrize("decimals", [0, 2])
@pytest.mark.parametrize("mode", ["half_even", "half_up", "up"])
def test_a_rounded_charge_of_steps_beyond_those_rounded_one_by_one(mode, decimals):
    """A tail so long that 50,000 steps do not reach its end, summed here over 5 million."""
    price, rounding = 0.1, Rounding(decimals=decimals, mode=mode)
    contract = Contract(terms=(PerMinute(price=price, step=1, rounding=rounding),))
    seconds = np.arange(1, 5_000_001)
    charge = price * seconds / 60.0 * 10**decimals
    if mode == "up":
        units = np.ceil(charge - 1e-9)
    else:
        units = np.floor(charge + 0.5 + 1e-9)
        ties = np.isclose(charge % 1.0, 0.5, atol=1e-9)
        units -= ties * (units % 2) * (mode == "half_even")
    longer = special.erfc((np.log(np.maximum(seconds - 1, 1e-300)) - 4.0) / (1.5 * 2**0.5)) / 2
    wanted = np.sum(np.diff(units, prepend=0.0) * longer) / 10**decimals
    assert contract.price(Lognormal(4.0, 1.5)) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("begins", [(57, 0), (58, 50)])
@pytest.mark.parametrize("mode", ["half_even", "half_up", "up"])
@pytest.mark.parametrize("lengths", [{}, {"step": 6}, {"first": 30}, {"step": 60, "included": 20}], ids=repr)
def test_a_charge_that_is_rounded_over_minutes_that_count_differently(lengths, mode, begins):
    """Longer contacts are charged as much or more: the expectation is the sum of who outlasts each unit."""
    term = PerMinute(price=0.5, rounding=Rounding(decimals=1, mode=mode), **lengths)
    two_minutes = Multiplier(factor=1.7, hours=("daily 22:00-22:02",), decided="by_minute")
    contract = Contract(terms=(term, two_minutes))
    contact = BilledContact(wait=20.0, local=datetime(2026, 1, 5, 21, *begins))

    def price(handle):
        return contract.marginal_price(contract.usage(), replace(contact, handle=handle))

    law, outlasting = Lognormal(4.7, 0.5), [1.0]
    while outlasting[-1] > 1e-13:
        low, high = 0.0, 20_000.0
        for _ in range(55):
            middle = (low + high) / 2.0
            low, high = (middle, high) if price(middle) < (len(outlasting) - 0.5) / 10 else (low, middle)
        outlasting.append(special.erfc((math.log(high) - 4.7) / (0.5 * 2**0.5)) / 2)
    assert price(law) == pytest.approx(math.fsum(outlasting[1:]) / 10, rel=1e-9)


@given(contracts(), st.lists(CONTACTS, max_size=5), CONTACTS, SITUATIONS, LAWS)
@settings(max_examples=12, deadline=None)
def test_random_contracts(contract, contacts, contact, situation, law):
    usage = replace(contract.usage(contacts), **situation)
    check(contract, usage, replace(contact, talk=None), law)


@pytest.mark.slow
@given(contracts(), st.lists(CONTACTS, max_size=5), CONTACTS, SITUATIONS, LAWS)
@settings(max_examples=2000, deadline=None)
def test_two_thousand_random_contracts(contract, contacts, contact, situation, law):
    usage = replace(contract.usage(contacts), **situation)
    check(contract, usage, replace(contact, talk=None), law)


@given(contracts(), st.lists(CONTACTS, min_size=1, max_size=5), CONTACTS, SITUATIONS, LAWS, st.integers(1, 9))
@settings(max_examples=12, deadline=None)
def test_with_a_certain_number_to_come(contract, contacts, contact, situation, law, further):
    usage = replace(contract.usage(contacts), **situation)
    assume(usage.offered)  # else those to come are like the contact, whose handle time is integrated over
    check(contract, usage, replace(contact, talk=None), law, RemainingForecast(contacts=further))


@pytest.mark.parametrize("sent", [1, 4, 5])
@pytest.mark.parametrize("further", [1, 2, 9])
def test_tiers_in_minutes_with_contacts_to_come(sent, further):
    """The contact may reach the second tier itself, before any other."""
    first = Tier(above=0, up_to=10, price_per_contact=3.0, price_per_minute=1.0)
    tiers = (first, Tier(above=10, price_per_contact=0.5, price_per_minute=0.4))
    contract, contact = Contract(tiers=tiers, tiers_by="minutes"), BilledContact(handle=100.0)
    usage, forecast = contract.usage([contact] * sent), RemainingForecast(contacts=further)
    check(contract, usage, contact, Exponential(240.0), forecast)
    if (sent, further) == (4, 9):
        found = contract.marginal_price(usage, replace(contact, handle=Exponential(240.0)), forecast)
        assert found == pytest.approx(1.2075892510, rel=1e-9)


def test_the_price_by_the_minute_of_two_vendors():
    """What 3,000 random contacts of 45 s paid: .789, where the price of the mean said .58."""
    by_second, by_minute = (
        Contract(terms=(PerMinute(price=price, step=step),)) for price, step in ((0.80, 1), (0.58, 60))
    )
    law = Exponential(45.0)
    assert by_minute.price(law) == pytest.approx(0.58 / (1 - math.exp(-60 / 45)), rel=1e-12)
    assert round(by_minute.price(law), 3) == 0.788
    assert round(by_second.price(law), 3) == 0.607
    drawn = random.Random(1)
    usage, owed = by_minute.usage(), 0.0
    for _ in range(3000):
        contact = BilledContact(handle=drawn.expovariate(1 / 45))
        owed += by_minute.charge(usage, contact)
        usage = usage.add(contact)
    assert owed / 3000 == pytest.approx(by_minute.price(law), abs=3 * 0.6 / 3000**0.5)


def test_the_price_moves_smoothly_when_the_mean_crosses_a_step():
    one, other = (Contract(terms=(PerMinute(price=price, step=60),)) for price in (0.78, 0.55))
    assert round(one.price(Exponential(59.0)), 3) == 1.222
    assert round(other.price(Exponential(61.0)), 3) == 0.879
    steps = [one.price(Exponential(mean)) for mean in (59.9, 60.0, 60.1)]
    assert steps[2] - steps[1] == pytest.approx(steps[1] - steps[0], rel=1e-3)


def test_contacts_to_come_count_as_expected_ones():
    contract = Contract(terms=(PerMinute(price=1.0, step=60), MinimumCommitment(amount=500)))
    law = Exponential(45.0)
    usage = contract.usage().add(BilledContact(handle=law), 100)
    assert usage.units[0] == pytest.approx(100 / (1 - math.exp(-60 / 45)), rel=1e-12)
    assert usage.handle_seconds == pytest.approx(4500)
    priced = contract.marginal_price(
        usage, BilledContact(handle=law), RemainingForecast(contacts=268, cv=0.1)
    )
    assert 0.0 < priced < Contract(terms=contract.terms[:1]).price(law)
