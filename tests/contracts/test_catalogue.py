"""Cases of the trade, each computed by hand: blocks, allowances, minimums, rounding, whole bills."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec
import pytest

from bporoute import (
    BilledContact,
    CapacityOption,
    Constant,
    Contract,
    Currency,
    FixedFee,
    GainShare,
    Indexation,
    IndexStep,
    InputError,
    Measure,
    MinimumCharge,
    Multiplier,
    PerContact,
    PerMinute,
    ResourceCharge,
    Rounding,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)

replace = msgspec.structs.replace


def total(contract: Contract, *handles: float, **what) -> float:
    contacts = [BilledContact(handle=handle, **what) for handle in handles]
    return contract.invoice(contract.usage(contacts)).total


@pytest.mark.parametrize(
    ("first", "step", "billed"),
    [  # seconds billed for calls of 0, 5, 20, 21, 30, 31, 60 and 61 s
        (30, 6, (0, 30, 30, 30, 30, 36, 60, 66)),
        (60, 1, (0, 60, 60, 60, 60, 60, 60, 61)),
        (60, 60, (0, 60, 60, 60, 60, 60, 60, 120)),
        (30, 60, (0, 30, 30, 30, 30, 90, 90, 90)),
        (20, 6, (0, 20, 20, 26, 32, 32, 62, 62)),
        (10, 60, (0, 10, 70, 70, 70, 70, 70, 70)),
    ],
)
def test_a_first_block_then_blocks(first, step, billed):
    measure = Measure(counts="handle_minutes", first=first, step=step)
    found = [60 * measure.units(BilledContact(handle=each)) for each in (0, 5, 20, 21, 30, 31, 60, 61)]
    assert found == pytest.approx(billed)


def test_two_free_minutes_of_a_period_then_a_price_for_minutes_and_contacts():
    """Four calls of 60 s: 3.00."""
    tiers = (Tier(above=0, up_to=2), Tier(above=2, price_per_minute=1.0, price_per_contact=0.5))
    contract = Contract(tiers=tiers, tiers_by="minutes")
    assert total(contract, 60, 60, 60, 60) == pytest.approx(3.0)
    assert total(contract, 60, 60) == 0.0
    assert total(contract, 150, 60) == pytest.approx(0.5 + 1.5)  # the first begins within the free minutes


def test_included_seconds_of_each_contact():
    contract = Contract(terms=(PerMinute(price=1.2, included=120, step=60),))
    assert total(contract, 120) == 0.0
    assert total(contract, 121, 181) == pytest.approx(1.2 + 2.4)


def test_a_minimum_charge_over_all_prices_of_a_contact():
    terms = (PerContact(price=0.1), PerMinute(price=0.6), MinimumCharge(amount=0.5))
    contract = Contract(terms=terms)
    assert total(contract, 10) == pytest.approx(0.5)  # .10 + .10
    assert total(contract, 60) == pytest.approx(0.7)
    assert total(contract, 10, answered=False) == 0.0
    assert contract.price(10.0) == pytest.approx(0.5)


def test_a_contact_that_is_free_stays_free_of_a_minimum_charge():
    terms = (PerMinute(price=0.6, free_up_to=10), MinimumCharge(amount=0.5))
    assert total(Contract(terms=terms), 9, 11) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("rounding", "wanted"),
    [
        (None, "33.855"),
        (Rounding(decimals=4, mode="up"), "33.9"),
        (Rounding(decimals=2, mode="half_even"), "30"),
        (Rounding(decimals=2, mode="half_up"), "30"),
        (Rounding(decimals=2, mode="up"), "40"),
    ],
)
def test_each_charge_rounded(rounding, wanted):
    """1,000 calls of 61 s at .0333 a minute, per second."""
    contract = Contract(terms=(PerMinute(price=0.0333, step=1),), round_contacts=rounding)
    usage = contract.usage().add(BilledContact(handle=61), 1000)
    assert contract.invoice(usage).exact_total == pytest.approx(Decimal(wanted), rel=Decimal("1e-12"))


def test_totals_are_exact_decimal_money():
    lines = Rounding(decimals=2, mode="half_up")
    contract = Contract(price_per_contact=0.1, price_per_minute=0.335, round_lines=lines)
    bill = contract.invoice(contract.usage([BilledContact(handle=60)] * 3))
    assert bill.amounts == (Decimal("0.30"), Decimal("1.01"))  # 1.005
    assert bill.exact_total == Decimal("1.31")
    assert bill.total == 1.31


def test_a_price_by_type_and_channel_shares_tiers_and_caps():
    contract = Contract(
        terms=(
            PerContact(price=3.0, contact_types=("sales",)),
            PerContact(price=2.0, contact_types=("service",)),
            PerContact(price=0.5, channels=("chat",)),
        )
    )
    assert total(contract, 60, contact_type="sales") == 3.0
    assert total(contract, 60, contact_type="service", channel="chat") == 2.5


def test_failures_that_are_billed():
    contract = Contract(terms=(PerContact(price=2.0), PerContact(price=0.3, counts="failed")))
    assert total(contract, 0, failed=True) == pytest.approx(0.3)
    usage = contract.usage([BilledContact(handle=60), BilledContact(failed=True)])
    assert (usage.offered, usage.answered) == (1, 1)
    assert contract.invoice(usage).total == pytest.approx(2.3)


def test_minutes_that_cross_into_the_night():
    night = Multiplier(factor=1.5, hours=("daily 22:00-06:00",), decided="by_minute")
    contract = Contract(terms=(PerMinute(price=1.0, step=60), night))
    begin = datetime(2026, 11, 22, 21, 58)
    assert total(contract, 300, local=begin) == pytest.approx(2 + 3 * 1.5)
    at_begin = replace(contract, terms=(contract.terms[0], replace(night, decided="at_begin")))
    assert total(at_begin, 300, local=begin) == pytest.approx(5)


def test_a_share_of_what_was_saved():
    contract = Contract(price_per_contact=3.0, terms=(GainShare(baseline=4.0, share=0.25),))
    assert total(contract, *[60] * 10) == pytest.approx(30 + 0.25 * 10)
    assert contract.price(60.0) == pytest.approx(3.25)


def test_an_index_and_a_currency_with_a_collar():
    steps = (IndexStep(start=date(2027, 1, 1), factor=1.1),)
    zloty = Currency(code="PLN", rate=0.25, low=0.24, high=0.26)
    contract = Contract(price_per_contact=8.0, terms=(Indexation(steps=steps), zloty))
    usage = contract.usage([BilledContact(handle=60)] * 10)
    for begin, rate, paid in (
        (date(2026, 12, 1), None, 20.0),
        (date(2027, 1, 1), None, 22.0),
        (date(2027, 1, 1), 0.3, 22.88),
        (date(2027, 1, 1), 0.2, 21.12),
    ):
        seen = replace(usage, begin=begin, exchange_rate=rate)
        assert contract.invoice(seen).total == pytest.approx(paid)
        assert contract.marginal_price(seen, BilledContact(handle=60)) == pytest.approx(paid / 10)
    assert "at a rate of" in str(contract.invoice(usage))


def test_a_contact_below_a_commitment_takes_from_what_is_carried_forward():
    terms = (PerContact(price=2.0), TakeOrPay(price=2.0, volume=100, carry_forward=0.6))
    contract = Contract(terms=terms)
    contact = BilledContact(handle=60)
    usage = contract.usage([contact] * 10)
    assert contract.marginal_price(usage, contact) == pytest.approx(1.2)
    assert contract.charge(usage, contact) == 0.0
    assert contract.invoice(usage).balance == pytest.approx(0.6 * 180)


BY_VOLUME = (
    VolumeTiers(tiers=(VolumeBand(above=0, price=5),), mode="incremental"),
    FixedFee(fee=10, included=5, overage_price=2),
    ResourceCharge(baseline=10, dead_band=0.1, additional_price=1, reduced_price=1),
    CapacityOption(reserved=10, reservation_price=1, usage_price=1, over_price=2),
)
"""Terms beside which no contact has a price of its own that could be below a minimum."""


def test_a_minimum_charge_beside_a_fee_without_overage():
    terms = (FixedFee(fee=10, included=5), PerContact(price=0.2), MinimumCharge(amount=0.5))
    assert total(Contract(terms=terms), 60, 60) == pytest.approx(11.0)


def test_minutes_begin_at_the_answer():
    """Sent at 21:58, answered at 22:01, four minutes at night."""
    late = BilledContact(local=datetime(2026, 11, 22, 21, 58), wait=180, handle=240)
    early = msgspec.structs.replace(late, local=datetime(2026, 11, 22, 5, 58))
    for decided, wanted in (("by_minute", (8.0, 4.0)), ("at_begin", (4.0, 8.0))):
        night = Multiplier(factor=2, hours=("daily 22:00-06:00",), decided=decided)
        contract = Contract(terms=(PerMinute(price=1.0, minimum=30), night))
        for contact, owed in zip((late, early), wanted, strict=True):
            assert contract.invoice(contract.usage([contact])).total == pytest.approx(owed)
            known = msgspec.structs.replace(contact, handle=Constant(240.0))
            assert contract.marginal_price(contract.usage(), known) == pytest.approx(owed)
    night = Multiplier(factor=2, hours=("daily 22:00-06:00",), decided="by_minute")
    by_contact = Contract(terms=(PerContact(price=1.0), night))
    assert by_contact.invoice(by_contact.usage([late])).total == 1.0  # a contact goes by its begin


@pytest.mark.parametrize(
    ("build", "where"),
    [
        (lambda: Measure(counts="handled", included=60), "included"),
        (lambda: Multiplier(factor=2, decided="by_minute", languages=("sv",)), "decided"),
        (lambda: Currency(code="PLN", rate=0.2, low=0.3), "low"),
        (lambda: Indexation(steps=()), "steps"),
        (
            lambda: Contract(
                round_contacts=Rounding(),
                terms=(Multiplier(factor=2, decided="by_minute", hours=("daily 22:00-06:00",)),),
            ),
            "round_contacts",
        ),
        (lambda: Contract(terms=(MinimumCharge(amount=1), MinimumCharge(amount=2))), "terms[1]"),
        (
            lambda: Contract(
                tiers=(Tier(above=0, price_per_contact=5, price_per_minute=0.01),),
                terms=(MinimumCharge(amount=3),),
            ),
            "terms[0]",
        ),
        *(
            (lambda term=term: Contract(terms=(term, MinimumCharge(amount=3))), "terms[1]")
            for term in BY_VOLUME
        ),
    ],
)
def test_what_cannot_be_is_refused(build, where):
    with pytest.raises(InputError) as caught:
        build()
    assert caught.value.where == where
