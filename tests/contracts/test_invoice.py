"""Invoices of every term, worked out by hand; all money in one currency."""

from __future__ import annotations

import math
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    BilledContact,
    CapacityOption,
    Contract,
    FixedFee,
    ForecastLock,
    InputError,
    Measure,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerFte,
    PerHour,
    PeriodUsage,
    PerMinute,
    PerResolution,
    ResourceCharge,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)

replace = msgspec.structs.replace
THREE_BANDS = (
    VolumeBand(above=0, up_to=1000, price=3.0),
    VolumeBand(above=1000, up_to=2000, price=2.5),
    VolumeBand(above=2000, price=2.0),
)


def total(terms, **usage) -> float:
    contract = Contract(terms=terms if isinstance(terms, tuple) else (terms,))
    return contract.invoice(PeriodUsage(**usage)).total


def amounts(terms, **usage) -> list[float]:
    contract = Contract(terms=terms if isinstance(terms, tuple) else (terms,))
    return [line.amount for line in contract.invoice(PeriodUsage(**usage)).lines]


def test_per_contact():
    counts = {"offered": 1000, "answered": 900, "handled": 880}
    # 2.50 x 1000, x 900, x 880
    assert total(PerContact(price=2.5, counts="offered"), **counts) == 2500
    assert total(PerContact(price=2.5, counts="answered"), **counts) == 2250
    assert total(PerContact(price=2.5), **counts) == 2200


def test_per_contact_with_short_calls_free():
    contract = Contract(terms=(PerContact(price=2.5, free_up_to=10),))
    usage = contract.usage([BilledContact(handle=seconds) for seconds in (4, 10, 11, 300)])
    assert contract.invoice(usage).total == 5.0  # two are over 10 s: 2 x 2.50
    assert usage.short == 2


def test_per_minute():
    contract = Contract(terms=(PerMinute(price=0.6, step=30, minimum=60),))
    usage = contract.usage([BilledContact(handle=seconds) for seconds in (20, 61, 150)])
    # billed 60 + 90 + 150 = 300 s = 5 min, x 0.60
    assert contract.invoice(usage).total == pytest.approx(3.0)


def test_per_talk_minute():
    contract = Contract(terms=(PerMinute(price=0.6, counts="talk_minutes", step=6),))
    usage = contract.usage([BilledContact(handle=200, talk=100), BilledContact(handle=90, talk=45)])
    # 102 + 48 = 150 s = 2.5 min, x 0.60
    assert contract.invoice(usage).total == pytest.approx(1.5)


def test_per_minute_from_sums_where_nothing_is_rounded():
    # 88 000 s = 1466.67 min, x 0.30
    assert total(PerMinute(price=0.3), handled=400, handle_seconds=88_000) == pytest.approx(440)
    assert total(PerMinute(price=0.3, counts="talk_minutes"), handled=400, talk_seconds=60_000) == 300


@pytest.mark.parametrize(
    ("kind", "money"), [("logged", 3200), ("production", 2800), ("scheduled", 3600), ("paid", 4000)]
)
def test_per_hour(kind, money):
    hours = {"logged": 160, "production": 140, "scheduled": 180, "paid": 200}
    assert total(PerHour(price=20, hours=kind), hours=hours) == money  # 20 x hours


def test_hours_that_nobody_told_are_refused():
    with pytest.raises(InputError) as caught:
        total(PerHour(price=20, hours="paid"), hours={"logged": 160})
    assert (caught.value.where, caught.value.found) == ("usage.hours", "no paid hours")


def test_per_fte():
    # 12.5 FTE x 3 100 per month, for 1, 3 and 12 months
    for period, money in (("month", 38_750), ("quarter", 116_250), ("year", 465_000)):
        contract = Contract(terms=(PerFte(price_per_month=3100),), period=period)
        assert contract.invoice(PeriodUsage(fte=12.5)).total == money


def test_per_resolution():
    # 700 of 900 without a repeat, x 6
    assert total(PerResolution(price=6, no_repeat_within_days=7), handled=900, resolved=700) == 4200


def test_fixed_fee_and_overage():
    terms = FixedFee(fee=5000, included=1000, overage_price=4)
    assert total(terms, handled=800) == 5000
    assert total(terms, handled=1000) == 5000
    assert total(terms, handled=1250) == 6000  # 5000 + 250 x 4
    assert total(FixedFee(fee=5000)) == 5000


def test_incremental_tiers():
    terms = VolumeTiers(tiers=THREE_BANDS, mode="incremental")
    assert total(terms, handled=0) == 0
    assert total(terms, handled=1000) == 3000
    assert total(terms, handled=1001) == 3002.5
    assert amounts(terms, handled=2500) == [3000, 2500, 1000]  # 1000 x 3 + 1000 x 2.5 + 500 x 2


def test_all_units_tiers_fall_at_the_breaks():
    terms = VolumeTiers(tiers=THREE_BANDS, mode="all_units")
    assert total(terms, handled=0) == 0
    assert total(terms, handled=1000) == 3000
    assert total(terms, handled=1001) == 2502.5  # all 1001 x 2.5
    assert total(terms, handled=2500) == 5000  # all 2500 x 2


def test_tiers_of_minutes():
    terms = VolumeTiers(
        tiers=THREE_BANDS, mode="incremental", measure=Measure(counts="talk_minutes", step=60)
    )
    contract = Contract(terms=(terms,))
    usage = contract.usage().add(BilledContact(handle=300, talk=61), times=750)
    # 750 x 2 min = 1500 min: 1000 x 3 + 500 x 2.5
    assert contract.invoice(usage).total == 4250


def test_numbered_tiers_price_each_contact_by_its_number():
    tiers = (
        Tier(above=0, up_to=2, price_per_contact=1, price_per_minute=0.6),
        Tier(above=2, price_per_minute=0.3),
    )
    contract = Contract(tiers=tiers)
    usage = contract.usage([BilledContact(handle=seconds) for seconds in (60, 120, 600, 60)])
    # 2 x 1 + 3 min x 0.6 + 11 min x 0.3
    assert contract.invoice(usage).total == pytest.approx(2 + 1.8 + 3.3)
    from_counts = contract.invoice(PeriodUsage(handled=4, handle_seconds=840))
    # of counts alone, each has the mean, 3.5 min: 2 x 1 + 7 x 0.6 + 7 x 0.3
    assert from_counts.total == pytest.approx(2 + 4.2 + 2.1)


def test_resource_charges_around_a_dead_band():
    terms = ResourceCharge(baseline=1000, dead_band=0.1, additional_price=5, reduced_price=2)
    assert total(terms, handled=900) == 0
    assert total(terms, handled=1100) == 0
    assert total(terms, handled=1150) == pytest.approx(250)  # 50 above 1100, x 5
    assert total(terms, handled=800) == pytest.approx(-200)  # 100 below 900, x 2, credited


def test_capacity_option():
    terms = CapacityOption(reserved=1000, reservation_price=0.5, usage_price=2, over_price=4)
    assert amounts(terms, handled=600) == [500, 1200, 0]
    assert amounts(terms, handled=1200) == [500, 2000, 800]


def test_take_or_pay_in_contacts():
    terms = (PerContact(price=2), TakeOrPay(volume=1000, share=0.9, price=2))
    # max(2 n, 0.9 x 2 x 1000)
    for handled, money in ((0, 1800), (500, 1800), (900, 1800), (901, 1802), (2000, 4000)):
        assert total(terms, handled=handled) == pytest.approx(money)


def test_take_or_pay_of_the_locked_forecast():
    terms = (PerContact(price=2), TakeOrPay(share=0.9, price=1.5))
    # 1800 committed, 800 missing: 1000 x 2 + 800 x 1.5
    assert total(terms, handled=1000, locked_volume=2000) == 3200
    with pytest.raises(InputError, match=r"usage\.locked_volume"):
        total(terms, handled=1000)


def test_take_or_pay_carries_forward():
    terms = (PerContact(price=2), TakeOrPay(volume=1000, price=2, carry_forward=0.5))
    contract = Contract(terms=terms)
    first = contract.invoice(PeriodUsage(handled=700))
    # 300 missing x 2 = 600, half of it carried forward
    assert (first.total, first.balance) == (2000, 300)
    second = contract.invoice(PeriodUsage(handled=1100, balance=first.balance))
    # 2200, of which the 100 above the commitment, 200, are paid ahead
    assert (second.total, second.balance) == (2000, 100)
    third = contract.invoice(PeriodUsage(handled=1100, balance=second.balance))
    assert (third.total, third.balance) == (2100, 0)
    fourth = contract.invoice(PeriodUsage(handled=900, balance=40))
    # 100 missing x 2, half carried forward on top of what is there
    assert (fourth.total, fourth.balance) == (2000, 140)


def test_minimum_commitment_in_money():
    terms = (PerContact(price=2), FixedFee(fee=500), MinimumCommitment(amount=3000))
    assert amounts(terms, handled=1000) == [2000, 500, 500]
    assert total(terms, handled=1250) == 3000
    assert total(terms, handled=1300) == 3100


def test_minimum_commitment_carries_forward():
    contract = Contract(price_per_contact=2, terms=(MinimumCommitment(amount=3000, carry_forward=1),))
    first = contract.invoice(PeriodUsage(handled=1000))
    assert (first.total, first.balance) == (3000, 1000)
    second = contract.invoice(PeriodUsage(handled=1800, balance=first.balance))
    # 3600, 600 of them above the minimum and paid ahead
    assert (second.total, second.balance) == (3000, 400)


def test_what_was_paid_ahead_is_lost_without_carry_forward():
    terms = (PerContact(price=2), MinimumCommitment(amount=1000))
    assert total(terms, handled=1000, balance=500) == 2000


def test_multipliers_weigh_prices_and_towards_allowances():
    night = Multiplier(factor=1.5, hours=("daily 22:00-06:00",))
    contract = Contract(terms=(FixedFee(fee=100, included=10, overage_price=4), night))
    usage = contract.usage().add(BilledContact(handle=60, local=datetime(2026, 11, 24, 12)), 7)
    usage = usage.add(BilledContact(handle=60, local=datetime(2026, 11, 24, 23)), 4)
    # 7 + 4 x 1.5 = 13 units, 3 above the 10: 100 + 3 x 4
    assert contract.invoice(usage).total == 112


def score(*results: SlaMeasure, **changes) -> ServiceCredits:
    return ServiceCredits(measures=results, **{"at_risk": 0.1, **changes})


LEVEL = SlaMeasure(name="service level", weight=1, floor=0.7, target=0.8, stretch=0.9)


@pytest.mark.parametrize(
    ("result", "money"),
    [
        (0.60, 900),  # at or below the floor: 10 % of 1000 withheld
        (0.70, 900),
        (0.75, 950),  # half of the way: 5 %
        (0.80, 1000),
        (0.85, 1020),  # half of the way to the stretch: half of the 4 % bonus
        (0.90, 1040),
        (0.99, 1040),
    ],
)
def test_service_level_money(result, money):
    terms = (PerContact(price=1), score(LEVEL, bonus=0.04))
    assert total(terms, handled=1000, sla={"service level": result}) == pytest.approx(money)


def test_service_levels_are_weighted_and_capped():
    asa = SlaMeasure(name="asa", weight=0.4, floor=60, target=30, better="lower")
    level = replace(LEVEL, weight=0.6)
    results = {"service level": 0.7, "asa": 45.0}
    # score -(0.6 x 1 + 0.4 x 0.5) = -0.8: 8 % of 1000; with a cap of 5 %: 50
    assert total((PerContact(price=1), score(level, asa)), handled=1000, sla=results) == pytest.approx(920)
    capped = (PerContact(price=1), score(level, asa, cap=0.05))
    assert total(capped, handled=1000, sla=results) == pytest.approx(950)
    # better than the target of a measure without a stretch is worth nothing: 0.6 x -0.5 = -0.3
    results = {"service level": 0.75, "asa": 5.0}
    assert total((PerContact(price=1), score(level, asa)), handled=1000, sla=results) == pytest.approx(970)


def test_service_level_money_is_a_share_of_the_fee_with_its_commitment():
    terms = (PerContact(price=1), MinimumCommitment(amount=2000), score(LEVEL))
    # fee 2000, 10 % withheld
    assert total(terms, handled=1000, sla={"service level": 0.5}) == 1800


def test_no_service_level_money_on_a_credit():
    terms = (
        ResourceCharge(baseline=1000, dead_band=0, additional_price=1, reduced_price=1),
        score(LEVEL),
    )
    assert total(terms, handled=900, sla={"service level": 0.5}) == -100


def test_earning_back():
    contract = Contract(price_per_contact=1, terms=(score(LEVEL, earn_back=0.5),))
    first = contract.invoice(PeriodUsage(handled=1000, sla={"service level": 0.7}))
    assert (first.total, first.withheld) == (900, 100)
    again = PeriodUsage(handled=1000, earlier_credits=first.withheld, sla={"service level": 0.8})
    assert contract.invoice(again).total == 1050  # on target: half of the 100 comes back
    missed = replace(again, sla={"service level": 0.75})
    assert contract.invoice(missed).total == pytest.approx(950)


def test_a_result_that_is_missing_is_said():
    asa = SlaMeasure(name="asa", weight=0.5, floor=60, target=30, better="lower")
    contract = Contract(price_per_contact=1, terms=(score(replace(LEVEL, weight=0.5), asa),))
    bill = contract.invoice(PeriodUsage(handled=1000, sla={"asa": 60.0}))
    assert bill.total == pytest.approx(950)
    assert bill.lines[-1].text.endswith("(service level not measured)")


@pytest.mark.parametrize(
    ("usage", "binds"),
    [
        ({"offered": 899, "locked_volume": 1000}, False),
        ({"offered": 900, "locked_volume": 1000}, True),
        ({"offered": 1100, "locked_volume": 1000}, True),
        ({"offered": 1101, "locked_volume": 1000}, False),
        ({"offered": 500}, True),
        ({"offered": 500, "share_inside": 0.79}, False),
        ({"offered": 500, "share_inside": 0.8}, True),
    ],
)
def test_the_forecast_lock_by_the_month(usage, binds):
    lock = ForecastLock(low=0.9, high=1.1, granularity="month", share_inside=0.8)
    terms = (FixedFee(fee=1000), score(LEVEL), lock)
    assert total(terms, sla={"service level": 0.5}, **usage) == (900 if binds else 1000)


def test_the_forecast_lock_by_the_day_or_interval_or_in_a_longer_period():
    for granularity, period in (("day", "month"), ("interval", "month"), ("month", "quarter")):
        lock = ForecastLock(low=0.9, high=1.1, granularity=granularity, share_inside=0.8)
        contract = Contract(terms=(FixedFee(fee=1000), score(LEVEL), lock), period=period)
        usage = PeriodUsage(offered=100, locked_volume=1000, sla={"service level": 0.5})
        assert contract.invoice(replace(usage, share_inside=0.81)).total == 900
        assert contract.invoice(replace(usage, share_inside=0.5)).total == 1000


def test_the_lock_lifts_bonus_and_earning_back_too():
    lock = ForecastLock(low=0.9, high=1.1, granularity="day", share_inside=0.8)
    terms = (FixedFee(fee=1000), score(LEVEL, bonus=0.1, earn_back=1), lock)
    results = {"sla": {"service level": 0.95}, "earlier_credits": 50.0}
    assert total(terms, share_inside=0.9, **results) == pytest.approx(1150)
    assert total(terms, share_inside=0.7, **results) == 1000


def test_the_share_of_units_inside_the_window():
    lock = ForecastLock(low=0.9, high=1.1, granularity="interval", share_inside=0.8)
    assert lock.inside([9, 10, 11, 12], [10] * 4) == 0.75
    assert lock.inside([], []) == 1.0
    assert lock.inside([0, 1], [0, 0]) == 0.5
    with pytest.raises(ValueError, match="zip"):
        lock.inside([1], [])


def test_an_invoice_prints_as_a_table():
    terms = (PerContact(price=2), TakeOrPay(volume=1000, share=0.9, price=2))
    assert str(Contract(terms=terms).invoice(PeriodUsage(handled=700))) == "\n".join(
        [
            "        700.00 x      2.0000 =       1,400.00  contacts handled",
            "        200.00 x      2.0000 =         400.00  contacts handled missing to 900",
            "total                               1,800.00",
        ]
    )


def test_a_contract_about_nothing_costs_nothing():
    bill = Contract().invoice(PeriodUsage(handled=700))
    assert (bill.lines, bill.total, bill.balance, bill.withheld) == ((), 0, 0, 0)


money = st.floats(0, 20)
counts = st.integers(0, 3000)


@given(counts, money, st.floats(0, 1), st.integers(0, 2000))
def test_take_or_pay_is_the_greater_of_usage_and_commitment(handled, price, share, volume):
    terms = (PerContact(price=price), TakeOrPay(volume=volume, share=share, price=price))
    wanted = max(price * handled, share * price * volume)
    assert total(terms, handled=handled) == pytest.approx(wanted, rel=1e-12, abs=1e-9)


@given(counts, st.lists(st.integers(1, 2500), max_size=3, unique=True), st.data())
def test_incremental_tiers_never_fall_and_all_units_pay_one_price(handled, edges, data):
    edges = sorted(edges)
    prices = data.draw(st.lists(money, min_size=len(edges) + 1, max_size=len(edges) + 1))
    bands = tuple(
        VolumeBand(above=above, up_to=up_to, price=price)
        for above, up_to, price in zip([0, *edges], [*edges, None], prices, strict=True)
    )
    place = sum(handled > edge for edge in edges)
    assert total(VolumeTiers(tiers=bands, mode="all_units"), handled=handled) == handled * prices[place]
    one_by_one = math.fsum(prices[sum(number > edge for edge in edges)] for number in range(1, handled + 1))
    incremental = VolumeTiers(tiers=bands, mode="incremental")
    assert total(incremental, handled=handled) == pytest.approx(one_by_one, abs=1e-9)


@given(counts, money, st.floats(0, 2000), st.floats(0, 2000))
def test_what_is_carried_forward_is_never_made_or_lost(handled, price, amount, balance):
    contract = Contract(price_per_contact=price, terms=(MinimumCommitment(amount=amount, carry_forward=1),))
    bill = contract.invoice(PeriodUsage(handled=handled, balance=balance))
    # every payment is for contacts or for the balance
    assert bill.total - price * handled == pytest.approx(bill.balance - balance, abs=1e-6)
    assert bill.balance >= -1e-9
    assert bill.total >= min(amount, price * handled) - 1e-9


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.3), st.floats(0, 0.3))
def test_service_level_money_stays_inside_its_bounds_and_rises_with_the_result(low, high, at_risk, bonus):
    low, high = sorted((low, high))
    terms = (PerContact(price=1), score(LEVEL, at_risk=at_risk, bonus=bonus))
    worse, better = (total(terms, handled=1000, sla={"service level": each}) for each in (low, high))
    assert 1000 * (1 - at_risk) - 1e-9 <= worse <= better + 1e-9
    assert better <= 1000 * (1 + bonus) + 1e-9
