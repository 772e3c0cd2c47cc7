from __future__ import annotations

import copy
import math
import pickle
from datetime import datetime
from itertools import pairwise
from statistics import NormalDist
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bporoute import (
    BilledContact,
    CapacityOption,
    Contract,
    FixedFee,
    Invoice,
    Measure,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PeriodUsage,
    PerMinute,
    RemainingForecast,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    VolumeBand,
    VolumeTiers,
)
from bporoute._base.clock import holds_until
from helpers.contracts import CONTACTS, PRICES, SITUATIONS, contracts

replace = msgspec.structs.replace
CALL = BilledContact(handle=240, talk=200)


def test_contracts_are_values():
    contract = Contract(terms=(PerContact(price=2), MinimumCommitment(amount=100)))
    contract.invoice(contract.usage())
    twin = Contract(terms=(PerContact(price=2), MinimumCommitment(amount=100)))
    assert contract == twin
    assert hash(contract) == hash(twin)
    assert pickle.loads(pickle.dumps(contract)) == copy.deepcopy(contract) == contract
    assert replace(contract, terms=(PerContact(price=3),)).price(60) == 3
    with pytest.raises(AttributeError):
        contract.period = "year"


@given(contracts(), st.lists(CONTACTS, max_size=8), CONTACTS, SITUATIONS)
def test_the_price_of_the_last_contact_is_the_difference_of_two_invoices(
    contract, contacts, contact, situation
):
    before = replace(contract.usage(contacts), **situation)
    after = replace(contract.usage([*contacts, contact]), **situation)
    bills = contract.invoice(before), contract.invoice(after)
    wanted = cost(bills[1]) - cost(bills[0])
    assert contract.marginal_price(before, contact) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    charged = bills[1].total - bills[0].total
    assert contract.charge(before, contact) == pytest.approx(charged, rel=1e-9, abs=1e-9)
    none_left = RemainingForecast(contacts=0, cv=0.5)
    assert contract.marginal_price(before, contact, none_left) == contract.marginal_price(before, contact)


@given(contracts(), st.integers(0, 6), st.integers(1, 12), CONTACTS, CONTACTS, SITUATIONS)
def test_with_a_certain_forecast_too(contract, sent, further, usual, contact, situation):
    """Contacts so far are alike, so those to come are too, and can be counted one by one."""
    before = replace(contract.usage([usual] * sent), **situation)
    if not sent:
        usual = contact
    ends = [
        replace(contract.usage([*[usual] * sent, *added, *[usual] * further]), **situation)
        for added in ([contact], [])
    ]
    wanted = cost(contract.invoice(ends[0])) - cost(contract.invoice(ends[1]))
    assume(not any(rounding_decides(contract, end) for end in ends))
    priced = contract.marginal_price(before, contact, RemainingForecast(contacts=further))
    assert priced == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def cost(bill: Invoice) -> float:
    """What is owed, less what is paid ahead by it for later periods."""
    return bill.total - bill.balance


def rounding_decides(contract: Contract, usage: PeriodUsage) -> bool:
    """Whether a count is so near a jump of all-units tiers that the order of summing moves it across."""
    edges = [
        (usage.of(term.measure), edge.units)
        for term in contract.terms
        if isinstance(term, VolumeTiers) and term.mode == "all_units"
        for edge in term.edges()
    ]
    return any(abs(units - edge) < 1e-9 and not units.is_integer() for units, edge in edges)


@given(
    contracts(), st.lists(CONTACTS, max_size=8), CONTACTS, SITUATIONS, st.floats(0.5, 30), st.floats(0.02, 1)
)
def test_an_uncertain_forecast_is_the_mean_over_certain_ones(
    contract, contacts, contact, situation, mean, cv
):
    usage = replace(contract.usage(contacts), **situation)
    priced = contract.marginal_price(usage, contact, RemainingForecast(contacts=mean, cv=cv))
    # the mean over 400 equally likely numbers of contacts; how far prices vary at all bounds its error
    normal = NormalDist(mean, mean * cv)
    points = [max(0.0, normal.inv_cdf((each + 0.5) / 400)) for each in range(400)]
    further = [mean * (1 + 6 * cv) * each / 60 for each in range(61)]
    prices = [
        contract.marginal_price(usage, contact, RemainingForecast(contacts=each)) for each in points + further
    ]
    spread = max(prices) - min(prices)
    assert priced == pytest.approx(math.fsum(prices[:400]) / 400, abs=1e-6 + 0.02 * spread)


def test_take_or_pay_is_priced_by_the_probability_of_ending_above():
    contract = Contract(terms=(PerContact(price=2), TakeOrPay(volume=1000, share=0.9, price=2)))
    usage = contract.usage().add(CALL, times=300)
    for mean, cv in ((300, 0.1), (550, 0.1), (600, 0.1), (620, 0.3), (900, 0.1)):
        above = 1.0 - NormalDist(mean, mean * cv).cdf(900 - 300 - 0.5)
        price = contract.marginal_price(usage, CALL, RemainingForecast(contacts=mean, cv=cv))
        assert price == pytest.approx(2 * above, abs=1e-4)


def test_the_price_near_a_commitment_rises_smoothly():
    for commitment in (TakeOrPay(volume=1000, price=2), MinimumCommitment(amount=2000)):
        contract = Contract(price_per_contact=2, terms=(commitment,))
        prices = [
            contract.marginal_price(
                contract.usage().add(CALL, times=sent), CALL, RemainingForecast(contacts=500, cv=0.1)
            )
            for sent in range(0, 1001, 10)
        ]
        assert prices[0] == pytest.approx(0, abs=1e-9)
        assert prices[-1] == pytest.approx(2, abs=1e-9)
        assert all(-1e-9 <= later - earlier < 0.2 for earlier, later in pairwise(prices))


def test_an_edge_far_beyond_the_forecast_does_not_disturb_the_price():
    terms = (PerContact(price=2), TakeOrPay(volume=8, share=0.3, price=1e-16, carry_forward=1))
    contract = Contract(terms=terms)
    usage = replace(contract.usage().add(CALL, times=4), balance=1.0)  # used up after 1e16 contacts
    price = contract.marginal_price(usage, CALL, RemainingForecast(contacts=12, cv=0.5))
    assert price == pytest.approx(2, abs=1e-9)


def test_a_contact_that_reaches_a_cheaper_tier_of_all_units_saves_money():
    bands = (VolumeBand(above=0, up_to=100, price=3), VolumeBand(above=100, price=2))
    contract = Contract(terms=(VolumeTiers(tiers=bands, mode="all_units"),))
    # 101 x 2 - 100 x 3 = -98
    assert [contract.price(240, sent) for sent in (99, 100, 101)] == [3, -98, 2]
    usage = contract.usage().add(CALL, times=50)
    # 40 more for certain: never reached; uncertain: a chance of saving
    assert contract.marginal_price(usage, CALL, RemainingForecast(contacts=40)) == pytest.approx(3)
    assert contract.marginal_price(usage, CALL, RemainingForecast(contacts=49, cv=0.05)) < 0


def test_service_level_money_follows_the_price():
    measure = SlaMeasure(name="level", weight=1, floor=0.7, target=0.8)
    contract = Contract(price_per_contact=2, terms=(ServiceCredits(measures=(measure,), at_risk=0.1),))
    usage = replace(contract.usage(), sla={"level": 0.75})
    assert contract.marginal_price(usage, CALL) == pytest.approx(1.9)  # 2 less half of the 10 %


@given(PRICES, PRICES, st.floats(0, 900), st.integers(0, 40))
def test_prices_by_terms_are_the_prices_beside_them(per_contact, per_minute, handle, sent):
    plain = Contract(price_per_contact=per_contact, price_per_minute=per_minute)
    terms = Contract(terms=(PerContact(price=per_contact), PerMinute(price=per_minute)))
    assert terms.price(handle, sent) == pytest.approx(plain.price(handle, sent), abs=1e-9)


@given(st.data(), st.lists(st.integers(0, 600).map(float), max_size=12))
def test_an_invoice_by_numbered_tiers_is_the_sum_of_the_prices(data, handles):
    edges = sorted(data.draw(st.sets(st.integers(1, 8), max_size=2)))
    contract = Contract(
        tiers=tuple(
            Tier(
                above=above,
                up_to=up_to,
                price_per_contact=data.draw(PRICES),
                price_per_minute=data.draw(PRICES),
            )
            for above, up_to in zip([0, *edges], [*edges, None], strict=True)
        )
    )
    usage = contract.usage([BilledContact(handle=handle) for handle in handles])
    wanted = math.fsum(contract.price(handle, sent) for sent, handle in enumerate(handles))
    assert contract.invoice(usage).total == pytest.approx(wanted, abs=1e-9)
    last = BilledContact(handle=90)
    assert contract.marginal_price(usage, last) == pytest.approx(contract.price(90, len(handles)), abs=1e-9)


# ---- how long a price holds ----


@given(contracts(), st.integers(0, 25))
def test_the_price_holds_as_long_as_promised(contract, sent):
    """Where terms count contacts; towards edges in minutes and money the promise is a step of a hundredth."""
    until = contract.price_holds_until(sent)
    assert until > sent
    price = contract.price(200.0, sent)
    for later in range(sent, 40 if until == math.inf else int(until)):
        assert contract.price(200.0, later) == pytest.approx(price, rel=1e-9, abs=1e-8)


@given(contracts(), st.lists(CONTACTS, min_size=1, max_size=8), CONTACTS, SITUATIONS)
def test_the_price_holds_forever_where_no_edge_lies_ahead(contract, contacts, contact, situation):
    usage = replace(contract.usage(contacts), **situation)
    if contract.price_holds_until(usage) == math.inf:
        wanted = contract.marginal_price(usage, contact)
        for _ in range(3):
            usage = usage.add(contacts[0], times=7)
            assert contract.marginal_price(usage, contact) == pytest.approx(wanted, rel=1e-9, abs=1e-7)
        forecast = RemainingForecast(contacts=50, cv=0.3)
        assert contract.marginal_price(usage, contact, forecast) == pytest.approx(wanted, rel=1e-9, abs=1e-7)


def test_when_to_look_again():
    tiers = (Tier(above=0, up_to=100, price_per_contact=3), Tier(above=100, price_per_contact=2))
    assert [Contract(tiers=tiers).price_holds_until(sent) for sent in (0, 99, 100)] == [100, 100, math.inf]
    assert Contract(price_per_minute=1).price_holds_until(7) == math.inf
    option = CapacityOption(reserved=50, reservation_price=1, usage_price=2, over_price=3)
    contract = Contract(terms=(option,))
    assert [contract.price_holds_until(sent) for sent in (0, 49, 50)] == [50, 50, math.inf]
    # short contacts are free, but of a number alone each may have counted
    longer = replace(option, measure=Measure(counts="answered", free_up_to=20))
    assert Contract(terms=(longer,)).price_holds_until(49) == 50
    # each contact may count as two: the edge at 50 may be reached after 25
    doubled = Contract(terms=(option, Multiplier(factor=2, languages=("sv",))))
    assert doubled.price_holds_until(0) == 25


def test_looking_again_on_the_way_to_an_edge_in_minutes_or_money():
    allowance = Measure(counts="handle_minutes")
    contract = Contract(terms=(FixedFee(fee=1, included=1000, overage_price=1, measure=allowance),))
    usage = contract.usage().add(CALL, times=50)  # 200 min; half of the other 800 at 4 min each: 100 more
    assert contract.price_holds_until(usage) == 150
    assert contract.price_holds_until(50) == 51  # nothing known of minutes
    assert contract.price_holds_until(700) == 707
    assert contract.price_holds_until(contract.usage().add(CALL, times=300)) == math.inf
    tiny = Contract(terms=(TakeOrPay(volume=5, price=1e-308, carry_forward=1),))
    assert tiny.price_holds_until(replace(tiny.usage().add(CALL, times=6), balance=50.0)) == math.inf
    money = Contract(price_per_contact=2, terms=(MinimumCommitment(amount=1000),))
    # 100 x 2 so far; half of the way to 1000 at 2 each: 200 more
    assert money.price_holds_until(money.usage().add(CALL, times=100)) == 300


def test_with_a_forecast_the_price_is_looked_at_after_each_hundredth():
    contract = Contract(terms=(PerContact(price=2), TakeOrPay(volume=1000, price=2)))
    forecast = RemainingForecast(contacts=700, cv=0.1)
    assert contract.price_holds_until(300, forecast) == 310
    assert contract.price_holds_until(contract.usage().add(CALL, times=300), forecast) == 310
    assert contract.price_holds_until(1000, forecast) == math.inf
    assert Contract(price_per_contact=2).price_holds_until(300, forecast) == math.inf
    tiers = (Tier(above=0, up_to=400, price_per_contact=3), Tier(above=400, price_per_contact=2))
    assert Contract(tiers=tiers).price_holds_until(300, forecast) == 310


def test_the_windows_of_multipliers_tell_when_the_price_changes():
    contract = Contract(
        terms=(
            Multiplier(factor=1.5, hours=("daily 22:30-06:00",)),
            Multiplier(factor=1.2, hours=("sat-sun 00:00-24:00",)),
            Multiplier(factor=2, languages=("sv",)),
        )
    )
    zone = ZoneInfo("Europe/Tallinn")
    spans = contract.multiplier_spans
    now = datetime(2026, 11, 20, 20, 10, tzinfo=zone)  # a Friday
    seen = []
    while now < datetime(2026, 11, 21, 7, 0, tzinfo=zone):
        seen.append((now.strftime("%a %H:%M"), round(contract.multiplier(now, "et"), 9)))
        now = datetime.fromtimestamp(holds_until(spans, now.timestamp(), zone), zone)
    changes = [later for earlier, later in pairwise(seen) if earlier[1] != later[1]]
    assert changes == [("Fri 22:30", 1.5), ("Sat 00:00", 1.8), ("Sat 06:00", 1.2)]
    assert Contract().multiplier_spans == ()
