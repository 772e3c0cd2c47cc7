"""What each contact adds to a bill: together it is the bill, and other readings are what they say."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import BilledContact, Contract, Multiplier, PerContact, PerMinute, Tier, VolumeBand, VolumeTiers
from bporoute.contracts._tariff import Otherwise, tariff_of
from helpers.contracts import CONTACTS, SITUATIONS, contracts


@given(contracts(), st.lists(CONTACTS, max_size=12), SITUATIONS)
def test_contacts_one_by_one_and_the_other_lines_are_the_bill(contract, contacts, situation):
    usage = msgspec.structs.replace(contract.usage(contacts), **situation)
    tariff = tariff_of(contract, situation["begin"])
    charged = tariff.charged(contacts)
    counted = msgspec.structs.replace(charged.usage, **situation)
    single, others = tariff.lines(counted)
    each = math.fsum(contribution.amount for contribution in charged.each)
    invoice = contract.invoice(usage)
    total = math.fsum(line.amount for line in invoice.lines)
    assert math.fsum(line.amount for line in single) == pytest.approx(each, abs=1e-6)
    assert each + math.fsum(line.amount for line in others) == pytest.approx(total, abs=1e-6)
    for name in type(usage).__struct_fields__:
        told, wanted = getattr(counted, name), getattr(usage, name)
        if name in ("units", "tier_contacts", "tier_minutes"):
            assert told == pytest.approx(wanted, abs=1e-9)
        elif isinstance(wanted, float):
            assert told == pytest.approx(wanted)
        else:
            assert told == wanted


@given(contracts(), CONTACTS)
def test_a_contact_as_agreed_costs_what_it_adds_alone(contract, contact):
    tariff = tariff_of(contract)
    added = tariff.charged([contact]).each[0]
    if any(len(part.bands) > 1 for part in tariff.parts):
        return  # it may reach from one band into the next
    assert tariff.amount(contact, added.bands, Otherwise()) == pytest.approx(added.amount, abs=1e-9)


def test_other_readings():
    night = Multiplier(factor=1.5, languages=("sv",))
    contract = Contract(terms=(PerContact(price=0.5), PerMinute(price=1.2, step=30, minimum=60), night))
    tariff = tariff_of(contract)
    contact = BilledContact(handle=70.0, language="sv")
    assert tariff.factors == (1.0, 1.5)
    for reading, wanted in (
        (Otherwise(), 1.5 * (0.5 + 1.2 * 1.5)),
        (Otherwise(step=60), 1.5 * (0.5 + 1.2 * 2.0)),
        (Otherwise(step=0), 1.5 * (0.5 + 1.2 * 70 / 60)),
        (Otherwise(factor=1.0), 0.5 + 1.2 * 1.5),
    ):
        assert tariff.amount(contact, (0, 0), reading) == pytest.approx(wanted)


def test_a_contact_pays_by_its_own_number():
    bands = (VolumeBand(above=0, up_to=2, price=3.0), VolumeBand(above=2, price=2.0))
    contacts = [BilledContact(handle=60.0)] * 3
    for mode, wanted in (("incremental", [3.0, 3.0, 2.0]), ("all_units", [2.0, 2.0, 2.0])):
        tariff = tariff_of(Contract(terms=(VolumeTiers(tiers=bands, mode=mode),)))
        assert [each.amount for each in tariff.charged(contacts).each] == wanted
    numbered = (Tier(above=0, up_to=2, price_per_minute=1.0), Tier(above=2, price_per_minute=0.5))
    tariff = tariff_of(Contract(tiers=numbered))
    charged = tariff.charged(contacts)
    assert [each.amount for each in charged.each] == [1.0, 1.0, 0.5]
    assert [each.bands for each in charged.each] == [(0, 0), (0, 0), (1, 1)]
    assert tariff.amount(contacts[2], (1, 1), Otherwise(band=0)) == 1.0
