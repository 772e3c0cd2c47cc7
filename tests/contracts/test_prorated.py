"""What a part of a contract period is owed, by hand and against the whole period that is like it."""

from __future__ import annotations

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
    InputError,
    Measure,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerFte,
    PerHour,
    PerMinute,
    ResourceCharge,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)
from bporoute.contracts._prorated import Carried, carried, counts_by_period, extrapolated, prorated

replace = msgspec.structs.replace
BANDS = (VolumeBand(above=0, up_to=60, price=3.0), VolumeBand(above=60, price=2.0))
LEVEL = SlaMeasure(name="service level", weight=1, floor=0.7, target=0.8, stretch=0.9)
CREDITS = ServiceCredits(measures=(LEVEL,), at_risk=0.1, bonus=0.05, earn_back=0.4)
FIVE = BilledContact(handle=300)


def of(*terms, **prices):
    return Contract(terms=terms, **prices)


@pytest.mark.parametrize(
    ("terms", "contacts", "amounts"),
    [
        # A tenth of the period each time.
        ((PerContact(price=2.0), PerMinute(price=0.5)), 7, [14.0, 17.5]),
        ((FixedFee(fee=1000),), 0, [100.0]),
        ((FixedFee(fee=1000, included=50, overage_price=2.0),), 4, [100.0, 0.0]),  # 5 are included
        ((FixedFee(fee=1000, included=50, overage_price=2.0),), 7, [100.0, 4.0]),
        ((PerContact(price=4.0), TakeOrPay(volume=100, share=0.9, price=4.0)), 7, [28.0, 8.0]),  # 9 are paid
        ((PerContact(price=4.0), TakeOrPay(volume=100, share=0.9, price=4.0)), 12, [48.0, 0.0]),
        ((PerContact(price=4.0), MinimumCommitment(amount=500)), 7, [28.0, 22.0]),
        ((VolumeTiers(tiers=BANDS, mode="incremental"),), 8, [18.0, 4.0]),  # 6 at 3, 2 at 2
        ((VolumeTiers(tiers=BANDS, mode="all_units"),), 6, [18.0]),
        ((VolumeTiers(tiers=BANDS, mode="all_units"),), 7, [14.0]),
        (
            (ResourceCharge(baseline=100, dead_band=0.1, additional_price=3.0, reduced_price=1.0),),
            14,
            [9.0],  # above 11
        ),
        (
            (ResourceCharge(baseline=100, dead_band=0.1, additional_price=3.0, reduced_price=1.0),),
            4,
            [-5.0],  # below 9
        ),
        (
            (CapacityOption(reserved=80, reservation_price=1.0, usage_price=2.0, over_price=5.0),),
            9,
            [8, 16, 5],
        ),
    ],
)
def test_a_tenth_of_a_period(terms, contacts, amounts):
    contract = of(*terms)
    bill = prorated(contract, contract.usage().add(FIVE, times=contacts), 0.1)
    assert [line.amount for line in bill.lines] == pytest.approx(amounts)
    assert bill.total == pytest.approx(sum(amounts))


def test_numbered_tiers_are_reached_by_a_part_as_by_the_whole():
    tiers = (
        Tier(above=0, up_to=60, price_per_contact=3.0),
        Tier(above=60, price_per_contact=1.0, price_per_minute=0.2),
    )
    contract = Contract(tiers=tiers)
    bill = prorated(contract, contract.usage().add(FIVE, times=8), 0.1)
    assert [line.amount for line in bill.lines] == pytest.approx([6 * 3.0, 2 * 1.0, 2 * 5 * 0.2])


def test_the_whole_of_a_period_is_its_invoice():
    contract = of(PerContact(price=2.0), FixedFee(fee=10))
    usage = contract.usage().add(FIVE, times=3)
    assert prorated(contract, usage, 1.0) == contract.invoice(usage)
    assert extrapolated(contract, usage, 1.0) is usage


def test_levels_stay_and_counts_grow():
    contract = of(PerHour(price=30.0, hours="paid"), PerFte(price_per_month=100.0))
    told = replace(contract.usage(), hours={"paid": 5.0}, fte=2.0, sla={"asa": 9.0}, balance=7.0)
    whole = extrapolated(contract, told, 0.25)
    assert (whole.hours, whole.fte, whole.sla, whole.balance) == ({"paid": 20.0}, 2.0, {"asa": 9.0}, 7.0)
    # 5 hours at 30; two people for a quarter of the month.
    assert [line.amount for line in prorated(contract, told, 0.25).lines] == pytest.approx([150.0, 50.0])


@pytest.mark.parametrize("parts", range(1, 200))
def test_rounding_reaches_no_edge(parts):
    """A contact in each of so many parts is the last one of the first tier."""
    bands = (VolumeBand(above=0, up_to=parts, price=3.0), VolumeBand(above=parts, price=2.0))
    contract = of(VolumeTiers(tiers=bands, mode="all_units"))
    assert prorated(contract, contract.usage().add(FIVE), 1 / parts).total == pytest.approx(3.0)


def test_what_cannot_be_invoiced_cannot_be_invoiced_in_part():
    contract = of(PerHour(price=30.0, hours="paid"))
    with pytest.raises(InputError, match=r"usage\.hours"):
        prorated(contract, contract.usage(), 0.5)


CHARGES = st.sampled_from(
    (
        PerContact(price=2.5),
        PerContact(price=1.0, free_up_to=20.0),
        PerMinute(price=0.6, step=30, minimum=45),
        FixedFee(fee=20, included=10, overage_price=1.5),
        FixedFee(fee=9, included=5, overage_price=0.5, measure=Measure(counts="handle_minutes")),
        VolumeTiers(tiers=BANDS, mode="incremental"),
        ResourceCharge(baseline=30, dead_band=0.1, additional_price=3.0, reduced_price=1.0),
        CapacityOption(reserved=25, reservation_price=1.0, usage_price=2.0, over_price=5.0),
        Multiplier(factor=1.25, hours=("daily 22:00-06:00",)),
    )
)
COMMITMENTS = st.none() | st.sampled_from(
    (TakeOrPay(volume=40, share=0.9, price=2.0), MinimumCommitment(amount=90.0))
)
CONTACTS = st.builds(
    BilledContact,
    handle=st.integers(0, 400).map(float),
    wait=st.integers(0, 40).map(float),
    answered=st.sampled_from((True, True, False)),
    local=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)


@given(
    charges=st.lists(CHARGES, max_size=4),
    commitment=COMMITMENTS,
    credits=st.sampled_from(((), (CREDITS,))),
    contacts=st.lists(CONTACTS, max_size=10),
    parts=st.integers(1, 12),
    level=st.floats(0.5, 1.0),
)
def test_parts_that_are_alike_owe_what_the_period_does(charges, commitment, credits, contacts, parts, level):
    contract = of(*charges, *((commitment,) if commitment else ()), *credits)
    part = replace(contract.usage(contacts), sla={"service level": level})
    whole = replace(contract.usage(contacts * parts), sla={"service level": level})
    bill, invoice = prorated(contract, part, 1 / parts), contract.invoice(whole)
    assert parts * bill.total == pytest.approx(invoice.total, rel=1e-9, abs=1e-6)
    assert parts * bill.withheld == pytest.approx(invoice.withheld, rel=1e-9, abs=1e-6)
    assert [parts * line.amount for line in bill.lines] == pytest.approx(
        [line.amount for line in invoice.lines], rel=1e-9, abs=1e-6
    )


def test_a_balance_is_paid_once():
    """100 contacts at 2 are committed; 60, 110 and 150 come. What is paid for 40 covers 10, then 30 more."""
    contract = of(PerContact(price=2.0), TakeOrPay(volume=100, price=2.0, carry_forward=1.0))
    left, owed = Carried(), []
    for contacts in (60, 110, 150):
        usage = replace(contract.usage().add(FIVE, contacts), **left._asdict())
        bill = contract.invoice(usage)
        left = carried(contract, usage, bill)
        owed.append((bill.total, left.balance))
    assert owed == [(200.0, 80.0), (200.0, 60.0), (240.0, 0.0)]


def test_money_withheld_is_earned_back_once_a_period_at_the_agreed_share():
    contract = of(PerContact(price=1.0), CREDITS)
    left, owed = Carried(), []
    for level in (0.7, 0.75, 0.8, 0.85):
        usage = replace(contract.usage().add(FIVE, 1000), sla={"service level": level}, **left._asdict())
        bill = contract.invoice(usage)
        left = carried(contract, usage, bill)
        owed.append((bill.total, left.earlier_credits))
    # 10 % and 5 % are withheld; then 40 % of 150, and 40 % of the 90 left beside half of the bonus.
    assert [total for total, _ in owed] == pytest.approx([900.0, 950.0, 1060.0, 1061.0])
    assert [credits for _, credits in owed] == pytest.approx([100.0, 150.0, 90.0, 54.0])


def test_which_contracts_a_part_of_a_period_matters_to():
    assert not counts_by_period(Contract(price_per_contact=1.0, price_per_minute=0.2))
    assert not counts_by_period(
        of(PerMinute(price=1.0), Multiplier(factor=2.0, hours=("daily 22:00-06:00",)))
    )
    assert counts_by_period(Contract(tiers=(Tier(above=0, price_per_contact=1.0),)))
    for term in (FixedFee(fee=1), VolumeTiers(tiers=BANDS, mode="all_units"), MinimumCommitment(amount=1)):
        assert counts_by_period(of(PerContact(price=1.0), term))
