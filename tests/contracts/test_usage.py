from __future__ import annotations

import math
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import (
    BilledContact,
    Contract,
    InputError,
    Multiplier,
    PerContact,
    PeriodUsage,
    PerMinute,
    Tier,
)

NIGHT = datetime(2026, 11, 24, 23, 30)
"""A Tuesday."""
NOON = datetime(2026, 11, 24, 12, 0)


CONTACTS = {
    "handled": BilledContact(handle=100),
    "resolved by half": BilledContact(handle=100, resolved=0.5),
    "answered, not finished": BilledContact(handle=3, handled=False),
    "given up early": BilledContact(answered=False, wait=4),
    "given up late": BilledContact(answered=False, wait=90),
}


def test_usage_counts_and_sums():
    contract = Contract(terms=(PerContact(price=1, counts="offered", free_up_to=5),))
    usage = contract.usage(list(CONTACTS.values()))
    counts = (usage.offered, usage.answered, usage.handled, usage.resolved, usage.short)
    assert counts == (5, 3, 2, 1.5, 2)
    assert (usage.handle_seconds, usage.talk_seconds) == (203, 203)
    assert usage.units == (3.0,)


def test_minutes_are_rounded_contact_by_contact_not_in_sum():
    contract = Contract(terms=(PerMinute(price=1, step=60),))
    # 61 s and 59 s are 2 and 1 full minutes; their sum, 120 s, would be 2
    assert contract.usage([BilledContact(handle=61), BilledContact(handle=59)]).units == (3.0,)


def test_several_alike_are_as_many_one_by_one():
    tiers = (Tier(above=0, up_to=3, price_per_minute=1), Tier(above=3, price_per_minute=2))
    contract, contact = Contract(tiers=tiers), BilledContact(handle=90)
    at_once, one_by_one = contract.usage().add(contact, times=5), contract.usage([contact] * 5)
    assert at_once == one_by_one
    assert at_once.tier_contacts == (3, 2)
    assert at_once.tier_minutes == (4.5, 3)


def test_a_contact_at_night_counts_by_its_factor_and_factors_multiply():
    multipliers = (
        Multiplier(factor=1.5, hours=("daily 22:00-06:00",)),
        Multiplier(factor=1.2, languages=("et", "EN")),
    )
    contract = Contract(terms=(PerContact(price=1), *multipliers))
    cases = [(NOON, "sv", 1), (NIGHT, "sv", 1.5), (NOON, "en-GB", 1.2), (NIGHT, "ET", 1.8), (None, "et", 1.2)]
    for local, language, factor in cases:
        contact = BilledContact(handle=60, local=local, language=language)
        assert contract.usage([contact]).units == (pytest.approx(factor),)
        if local is not None:
            assert contract.multiplier(local, language) == pytest.approx(factor)
    assert contract.multiplier(NOON, "est") == 1.0  # Estonian by a longer code is not the tag "et"
    assert contract.usage([BilledContact(handle=60, local=NIGHT)]).handled == 1.0


def test_a_window_past_midnight_belongs_to_the_days_it_begins_on():
    weekend = Multiplier(factor=2, hours=("fri-sun 22:00-06:00",))
    monday, tuesday = datetime(2026, 11, 23, 5, 59), datetime(2026, 11, 24, 5, 59)
    assert weekend.holds(monday)
    assert not weekend.holds(tuesday)
    assert not weekend.holds(datetime(2026, 11, 23, 6, 0))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("field", ["handle", "talk", "wait", "resolved"])
def test_contacts_that_cannot_be_are_refused(field, value):
    with pytest.raises(InputError) as caught:
        Contract().usage().add(BilledContact(**{field: value}))
    assert caught.value.where == f"contact.{field}"


def test_a_resolution_above_one_is_refused():
    with pytest.raises(InputError, match=r"contact\.resolved: found 2.*at most 1"):
        Contract().usage([BilledContact(resolved=2.0)])


@pytest.mark.parametrize("times", [-1, math.nan, math.inf])
def test_a_number_of_contacts_that_cannot_be_is_refused(times):
    with pytest.raises(InputError, match="times"):
        Contract().usage().add(BilledContact(), times)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"handled": -1.0}, "usage.handled"),
        ({"fte": math.nan}, "usage.fte"),
        ({"balance": math.inf}, "usage.balance"),
        ({"offered": "many"}, "usage.offered"),
        ({"locked_volume": -5.0}, "usage.locked_volume"),
        ({"hours": {"paid": -1.0}}, "usage.hours.paid"),
        ({"sla": {"asa": math.nan}}, "usage.sla.asa"),
        ({"sla": {"asa": "fast"}}, "usage.sla.asa"),
    ],
)
def test_a_usage_that_cannot_be_is_refused(changes, where):
    with pytest.raises(InputError) as caught:
        Contract(price_per_contact=1).invoice(PeriodUsage(**changes))
    assert caught.value.where == where


@pytest.mark.parametrize(
    "terms",
    [
        (PerMinute(price=1, step=1),),
        (PerMinute(price=1, minimum=30),),
        (PerContact(price=1, free_up_to=5),),
        (PerContact(price=1), Multiplier(factor=2, languages=("et",))),
    ],
)
def test_counts_alone_are_refused_where_single_contacts_matter(terms):
    with pytest.raises(InputError, match="counts alone"):
        Contract(terms=terms).invoice(PeriodUsage(offered=10, answered=10, handled=10, handle_seconds=600))


def test_a_usage_counted_for_another_contract_is_refused():
    usage = Contract(price_per_contact=1).usage([BilledContact(handle=60)])
    for other in (
        Contract(price_per_minute=1),
        Contract(price_per_contact=1, terms=(Multiplier(factor=2, languages=("et",)),)),
        Contract(tiers=(Tier(above=0, price_per_contact=1),)),
    ):
        with pytest.raises(InputError, match="another contract"):
            other.invoice(usage)
        with pytest.raises(InputError, match="another contract"):
            other.marginal_price(usage, BilledContact(handle=60))


contacts = st.builds(
    BilledContact,
    handle=st.integers(0, 900).map(float),
    wait=st.integers(0, 90).map(float),
    answered=st.booleans(),
    handled=st.booleans(),
    resolved=st.sampled_from((0.0, 1.0)),
)


@given(st.lists(contacts, max_size=20), st.sampled_from((None, 1, 6, 30, 60)), st.sampled_from((0, 20, 45)))
def test_what_is_counted_is_the_sum_over_contacts_in_any_order(items, step, minimum):
    contract = Contract(
        terms=(
            PerMinute(price=1, step=step, minimum=minimum),
            PerContact(price=1, counts="offered", free_up_to=10),
        )
    )
    usage = contract.usage(items)
    minutes = 0.0
    for each in items:
        if each.answered:
            seconds = max(each.handle, minimum)
            minutes += (-(-seconds // step) * step if step else seconds) / 60
    paid = sum((each.handle if each.answered else each.wait) > 10 for each in items)
    assert usage.units == (pytest.approx(minutes), paid)
    assert usage.handled <= usage.answered <= usage.offered == len(items)
    assert contract.usage(items[::-1]).units == pytest.approx(usage.units)


@given(st.lists(contacts, min_size=1, max_size=20))
def test_a_usage_is_as_many_average_contacts(items):
    contract = Contract(price_per_contact=1, price_per_minute=1)
    usage = contract.usage(items)
    again = contract.usage().plus(usage.average(), len(items))
    assert msgspec.structs.astuple(again)[:7] == pytest.approx(msgspec.structs.astuple(usage)[:7])
    assert again.units == pytest.approx(usage.units)


@given(st.lists(contacts, max_size=20))
def test_tiers_divide_the_contacts_and_minutes_by_number(items):
    tiers = (Tier(above=0, up_to=4), Tier(above=4, up_to=5), Tier(above=5))
    usage = Contract(tiers=tiers).usage(items)
    handled = [each for each in items if each.answered and each.handled]
    assert usage.tier_contacts == (len(handled[:4]), len(handled[4:5]), len(handled[5:]))
    assert sum(usage.tier_minutes) == pytest.approx(usage.handle_seconds / 60)
