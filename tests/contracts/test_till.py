"""Contacts added up as they end: the usage of `PeriodUsage.add`, the money of `Contract.charge`."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import (
    BilledContact,
    CapacityOption,
    Contract,
    FixedFee,
    GainShare,
    Measure,
    MinimumCharge,
    MinimumCommitment,
    PerContact,
    PerHour,
    PerMinute,
    PerResolution,
    ResourceCharge,
    Rounding,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)

BANDS = (
    Tier(above=0, up_to=3, price_per_contact=3.0, price_per_minute=0.5),
    Tier(above=3, price_per_contact=2.0),
)
VOLUMES = (VolumeBand(above=0, up_to=4, price=2.0), VolumeBand(above=4, price=1.5))
CONTRACTS = {
    "nothing": Contract(),
    "flat": Contract(price_per_contact=1.2, price_per_minute=0.85),
    "tiers": Contract(tiers=BANDS),
    "tiers by minutes": Contract(tiers=BANDS, tiers_by="minutes"),
    "steps": Contract(terms=(PerMinute(price=0.58, step=60, minimum=30, included=5),)),
    "short ones free": Contract(
        terms=(PerContact(price=2.0, free_up_to=20), PerMinute(price=0.5, free_up_to=9))
    ),
    "by type": Contract(
        terms=(PerContact(price=2.0, contact_types=("b",)), PerMinute(price=1, channels=("chat",)))
    ),
    "talk": Contract(
        terms=(PerMinute(price=0.5, counts="talk_minutes"), PerContact(price=1, counts="offered"))
    ),
    "resolved": Contract(terms=(PerResolution(price=3.0, no_repeat_within_days=7),)),
    "rounded": Contract(price_per_minute=0.0333, round_contacts=Rounding(decimals=2, mode="up")),
    "least": Contract(price_per_minute=0.5, terms=(MinimumCharge(amount=1.0),)),
    "committed": Contract(price_per_contact=2.0, terms=(TakeOrPay(volume=4, share=0.9, price=2.0),)),
    "minutes committed": Contract(
        price_per_minute=1.0,
        terms=(TakeOrPay(volume=7, price=1.5, measure=Measure(counts="handle_minutes", step=60)),),
    ),
    "money committed": Contract(price_per_contact=2.0, terms=(MinimumCommitment(amount=7.0),)),
    "volumes": Contract(terms=(VolumeTiers(tiers=VOLUMES, mode="incremental"),)),
    "all units": Contract(terms=(VolumeTiers(tiers=VOLUMES, mode="all_units"),)),
    "fee": Contract(
        terms=(FixedFee(fee=100.0, included=2, overage_price=3.0), PerHour(price=9, hours="logged"))
    ),
    "resources": Contract(
        terms=(ResourceCharge(baseline=4, dead_band=0.25, additional_price=3.0, reduced_price=1.0),)
    ),
    "option": Contract(terms=(CapacityOption(reserved=3, reservation_price=1, usage_price=2, over_price=4),)),
    "gain": Contract(price_per_minute=0.5, terms=(GainShare(baseline=3.0, share=0.5),)),
    "failures": Contract(terms=(PerContact(price=1.0, counts="failed"), PerContact(price=2.0))),
}
contacts = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([0.0, 9.0, 20.0, 30.0, 60.0, 65.0, 3600.0]), st.floats(0.0, 7200.0)),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["phone", "chat"]),
        st.sampled_from([1.0, 0.7]),
    ),
    max_size=12,
)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
@given(told=contacts)
@settings(max_examples=25)
def test_what_is_added_is_what_the_contract_counts_and_charges(contract: Contract, told: list) -> None:
    usage = msgspec.structs.replace(contract.usage(), hours={"logged": 5.0})
    owed = 0.0
    for handle, kind, channel, resolved in told:
        contact = BilledContact(handle=handle, contact_type=kind, channel=channel, resolved=resolved)
        after, money = contract.till.with_answered(usage, handle, kind, channel, resolved)
        assert after == usage.add(contact)  # to the last digit
        assert money == pytest.approx(contract.charge(usage, contact), abs=1e-9)
        usage, owed = after, owed + money
    begun = msgspec.structs.replace(contract.usage(), hours={"logged": 5.0})
    assert owed == pytest.approx(contract.invoice(usage).total - contract.invoice(begun).total, abs=1e-9)


@given(told=contacts)
def test_money_paid_ahead_covers_what_is_above_a_commitment(told: list) -> None:
    terms = (TakeOrPay(volume=2, price=2.0, carry_forward=1.0),)
    contract = Contract(price_per_contact=2.0, terms=terms)
    usage = msgspec.structs.replace(contract.usage(), balance=3.0)
    for handle, *_ in told:
        after, money = contract.till.with_answered(usage, handle)
        assert money == pytest.approx(contract.charge(usage, BilledContact(handle=handle)), abs=1e-9)
        usage = after


def test_a_multiplier_needs_more_than_seconds() -> None:
    from bporoute import Multiplier

    assert CONTRACTS["flat"].till.exact
    assert not Contract(price_per_contact=1.0, terms=(Multiplier(factor=1.5, languages=("en",)),)).till.exact
