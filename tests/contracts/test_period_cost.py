"""The cost of a period by what is counted in it is the invoice of that period."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Contract, InputError, Tier
from bporoute.contracts import (
    BilledContact,
    CapacityOption,
    Currency,
    FixedFee,
    MinimumCommitment,
    PerContact,
    PerFte,
    PerHour,
    PerMinute,
    ResourceCharge,
    TakeOrPay,
    VolumeBand,
    VolumeTiers,
)
from bporoute.contracts._period_cost import HANDLED_CONTACTS, period_cost
from bporoute.contracts._prorated import prorated

BANDS = (VolumeBand(above=0, up_to=50, price=3.0), VolumeBand(above=50, price=2.0))
CONTRACTS = [
    Contract(price_per_contact=2.0, price_per_minute=0.5),
    Contract(terms=(PerContact(price=2.0), TakeOrPay(volume=100, share=0.9, price=2.0))),
    Contract(terms=(PerMinute(price=0.5, step=30), MinimumCommitment(amount=150.0))),
    Contract(terms=(VolumeTiers(tiers=BANDS, mode="incremental"), FixedFee(fee=70))),
    Contract(terms=(VolumeTiers(tiers=BANDS, mode="all_units"), PerMinute(price=0.1))),
    Contract(terms=(FixedFee(fee=100, included=40, overage_price=3.0),)),
    Contract(terms=(CapacityOption(reserved=60, reservation_price=1.0, usage_price=2.0, over_price=5.0),)),
    Contract(
        terms=(
            FixedFee(fee=200),
            ResourceCharge(baseline=80, dead_band=0.1, additional_price=3.0, reduced_price=1.0),
        )
    ),
    Contract(terms=(PerContact(price=2.0), MinimumCommitment(amount=180.0), Currency(code="USD", rate=0.9))),
    Contract(
        tiers=(
            Tier(above=0, up_to=60, price_per_contact=2.4, price_per_minute=1.2),
            Tier(above=60, price_per_contact=2.0, price_per_minute=1.1),
        )
    ),
    Contract(
        tiers=(Tier(above=0, up_to=90, price_per_minute=1.2), Tier(above=90, price_per_minute=1.0)),
        tiers_by="minutes",
    ),
]


@given(
    st.sampled_from(CONTRACTS),
    st.integers(0, 200),
    st.sampled_from([1.0, 0.5, 0.25]),
)
def test_the_money_is_that_of_the_invoice(contract: Contract, contacts: int, share: float) -> None:
    usage = contract.usage().add(BilledContact(handle=100.0), float(contacts))
    usage = msgspec.structs.replace(usage, begin=date(2026, 12, 1))
    cost = period_cost(contract, begin=date(2026, 12, 1), share=share, minutes_per_contact=100 / 60)
    units = {**dict(enumerate(usage.units)), HANDLED_CONTACTS: usage.handled}
    assert cost.money(units) == pytest.approx(prorated(contract, usage, share).total, rel=1e-9, abs=1e-9)


def test_a_discount_on_all_units_begins_with_the_contact_above_it() -> None:
    cost = period_cost(Contract(terms=(VolumeTiers(tiers=BANDS, mode="all_units"),)))
    assert [piece.above for piece in cost.by_units[0]] == [0.0, 51.0]


@pytest.mark.parametrize(
    ("contract", "named"),
    [
        (Contract(terms=(PerHour(price=20.0, hours="paid"),)), "per_hour"),
        (Contract(terms=(PerFte(price_per_month=3000.0),)), "per_fte"),
        (Contract(terms=(PerContact(price=1.0), TakeOrPay(price=1.0))), "locked forecast"),
        (Contract(terms=(TakeOrPay(price=1.0, volume=9, carry_forward=0.5),)), "carried forward"),
        (CONTRACTS[9], "handle times"),
        (
            Contract(tiers=(Tier(above=0, price_per_contact=1.0),), tiers_by="minutes"),
            "prices per contact",
        ),
    ],
)
def test_what_no_volume_tells_is_refused_by_name(contract: Contract, named: str) -> None:
    with pytest.raises(InputError, match=named):
        period_cost(contract)
