"""Values made of what a file may have: tables for values, lists for tuples, texts for days."""

from __future__ import annotations

from datetime import date

import pytest

from bporoute import (
    BilledContact,
    Contract,
    FixedFee,
    Indexation,
    IndexStep,
    InputError,
    Measure,
    QualityPrior,
    Rounding,
    Tier,
    Vendor,
    VolumeBand,
    VolumeTiers,
)

PLACE = {"country": "EE", "timezone": "UTC", "contact_types": ("service",)}
FIRST, REST = {"above": 0, "up_to": 5, "price": 3.0}, {"above": 5, "price": 2.0}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            lambda: Contract(round_contacts={"decimals": 0}),
            lambda: Contract(round_contacts=Rounding(decimals=0)),
        ),
        (
            lambda: FixedFee(fee=1, overage_price=2, measure={"counts": "answered"}),
            lambda: FixedFee(fee=1, overage_price=2, measure=Measure(counts="answered")),
        ),
        (
            lambda: Vendor(**PLACE, contract={"price_per_contact": 4}, quality={"resolution": 0.7}),
            lambda: Vendor(
                **PLACE, contract=Contract(price_per_contact=4), quality=QualityPrior(resolution=0.7)
            ),
        ),
        (
            lambda: Contract(tiers=({"above": 0, "price_per_contact": 2},)),
            lambda: Contract(tiers=(Tier(above=0, price_per_contact=2),)),
        ),
        (
            lambda: VolumeTiers(tiers=[FIRST, REST], mode="incremental"),
            lambda: VolumeTiers(tiers=(VolumeBand(**FIRST), VolumeBand(**REST)), mode="incremental"),
        ),
        (
            lambda: Indexation(steps=({"start": "2026-07-01", "factor": 1.5},)),
            lambda: Indexation(steps=(IndexStep(start=date(2026, 7, 1), factor=1.5),)),
        ),
        (lambda: Contract(start="2026-07-01"), lambda: Contract(start=date(2026, 7, 1))),
    ],
)
def test_a_table_stands_for_the_value(given, wanted):
    assert given() == wanted()


def test_contracts_of_tables_bill():
    contract = Contract(round_contacts={"decimals": 0}, terms=[{"kind": "per_contact", "price": 1.4}])
    assert contract.invoice(contract.usage([BilledContact()] * 2)).total == 2.0


@pytest.mark.parametrize(
    "build",
    [
        lambda: Contract(round_contacts={"decimals": 9}),
        lambda: Contract(tiers=({"above": 0, "price": 2},)),
        lambda: VolumeTiers(tiers=({"above": 1, "price": 2},), mode="incremental"),
        lambda: Vendor(**PLACE, contract={"price_per_contact": -4}),
    ],
)
def test_a_wrong_table_is_refused(build):
    with pytest.raises(InputError):
        build()
