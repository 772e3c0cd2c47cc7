"""Total cost of ownership: against a spreadsheet's reckoning, invoices by hand, and chance."""

import math
from datetime import date, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.center import DataRule, QualityPrior
from bporoute.contracts import (
    Currency,
    FixedFee,
    Indexation,
    IndexStep,
    PerContact,
    PerHour,
    PerMinute,
    Ramp,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    Tier,
    Trial,
)
from bporoute.errors import InputError
from bporoute.governance import (
    BreakEven,
    Cost,
    Costs,
    InHouseCosts,
    Offer,
    SourcingWay,
    Today,
    TotalCost,
    WayLine,
    read_costs,
    total_cost,
)
from bporoute.governance._total_cost._term import months_of, taken_in
from bporoute.planning import Premium
from bporoute.workload import Volumes

MONDAY = datetime(2026, 11, 23)
START = date(2027, 1, 1)
DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
HOURLY = 10.0
AHT = 300.0


def forecast(per_hour=HOURLY, queue="desk", weeks=1, **scatter):
    size = 168 * weeks
    starts = tuple(MONDAY + timedelta(hours=hour) for hour in range(size))
    told = {name: np.full(size, value) for name, value in scatter.items()}
    return Volumes(
        starts, (queue,) * size, np.full(size, per_hour), np.full(size, AHT), np.full(size, 3600.0), **told
    )


def vendor(contract, **changes):
    usual = {"country": "EE", "timezone": "Europe/Tallinn", "contact_types": ("desk",)}
    return Vendor(contract=contract, **{**usual, **changes})


def center(contract=None, *, queue=None, kind=None, **changes):
    return Center(
        queues={"desk": Queue(**{"aht": AHT, **(queue or {})})},
        contact_types={"desk": ContactType(queue="desk", **(kind or {}))},
        vendors={} if contract is None else {"nord": vendor(contract)},
        **changes,
    )


def costs(offer=None, *, in_house=None, **changes):
    usual = {"wage": 20.0, "wage_growth": 0.0, "attrition": 0.0}
    return Costs(
        currency="EUR",
        in_house=InHouseCosts(**{**usual, **(in_house or {})}),
        offers={"nord": Offer(**{"vendor": "nord", "share": 0.5, **(offer or {})})},
        **{"start": START, "volume_growth": 0.0, **changes},
    )


def agents_for(per_hour):
    """The fewest agents of whom 80 % wait at most 20 s, by the sum of Erlang's formula."""
    load = per_hour * AHT / 3600.0
    agents = max(math.floor(load) + 1, 1)
    while True:
        below = math.fsum(load**k / math.factorial(k) for k in range(agents))
        last = load**agents / math.factorial(agents) * agents / (agents - load)
        waits = last / (below + last)
        if 1.0 - waits * math.exp(-(agents - load) * 20.0 / AHT) >= 0.8:
            return agents
        agents += 1


def line(way, name, kind=None):
    (found,) = (each for each in way.lines if each.name == name and kind in (None, each.kind))
    return list(found.money)


def test_a_spreadsheet_reckons_the_same():
    ramp = Ramp(class_size=5, classes=2, every_weeks=31 / 7, training_weeks=0, extra_handle_time=0.5,
                learning_weeks=4)  # fmt: skip
    contract = Contract(start=START, terms=(PerMinute(price=0.4), FixedFee(fee=700), ramp))
    told = costs(
        {
            "resolution": 0.7,
            "costs": {
                "transition": Cost(once=9000),
                "training": Cost(once=3000, month=2),
                "vendor_management": Cost(monthly=800),
                "quality_checks": Cost(per_contact=0.1),
                "rework": Cost(per_unresolved=2.0),
                "exit": Cost(once=4000),
            },
        },
        in_house={
            "premiums": (Premium(0.25, hours=("daily 22:00-06:00",)),),
            "wage_growth": 0.1,
            "attrition": 0.24,
            "resolution": 0.8,
            "costs": {
                "workplaces": Cost(per_job=100),
                "hiring": Cost(per_hire=1000),
                "release": Cost(per_release=5000),
            },
        },
        volume_growth=1.0,
    )
    found = total_cost(center(contract), forecast(), told, months=14)
    own, way = found.in_house, found.way("nord")

    # The sheet: a row for each month.
    days = [*DAYS, 31, 29]  # 2028 is a leap year
    growth = [1.0] * 12 + [2.0] * 2
    shares, slower = [], []
    for month, length in enumerate(days):
        first = sum(days[:month])
        of_days = [0.5 * (0.5 if first + day < 31 else 1.0) for day in range(length)]
        factors = []
        for day in range(length):
            ages = [first + day] + ([first + day - 31] if first + day >= 31 else [])
            factors.append(1 + 0.5 * sum(math.exp(-age / 28) for age in ages) / len(ages))
        shares.append(sum(of_days) / length)
        weighted = sum(part * factor for part, factor in zip(of_days, factors, strict=True))
        slower.append(weighted / sum(of_days))
    contacts = [240.0 * length * times for length, times in zip(days, growth, strict=True)]
    out = [share * all_ for share, all_ in zip(shares, contacts, strict=True)]
    wage = 20.0 * (1 + 0.25 / 3) * 24
    raised = [1.0] * 12 + [1.1] * 2
    for each, stays in ((own, [1.0] * 14), (way, [1 - share for share in shares])):
        agents = [agents_for(HOURLY * times * part) for times, part in zip(growth, stays, strict=True)]
        wages = [wage * who * length * more for who, length, more in zip(agents, days, raised, strict=True)]
        assert line(each, "wages") == pytest.approx(wages)
        jobs = [168 * who / 40 for who in agents]
        assert list(each.jobs) == pytest.approx(jobs)
        assert list(each.hours) == pytest.approx([24 * n * who for n, who in zip(days, agents, strict=True)])
        assert line(each, "in-house: workplaces") == pytest.approx([100 * job for job in jobs])
        before, hired, released = 168 * agents_for(HOURLY) / 40, [], []
        for job in jobs:
            left = before * 0.98
            hired.append(1000 * max(job - left, 0))
            released.append(5000 * max(left - job, 0))
            before = job
        assert line(each, "in-house: hiring") == pytest.approx(hired)
        assert line(each, "in-house: release") == pytest.approx(released)
        assert list(each.contacts) == pytest.approx(contacts)
    assert list(way.contacts_out) == pytest.approx(out)
    minutes = [gone * AHT * factor / 60 for gone, factor in zip(out, slower, strict=True)]
    assert line(way, "invoices of nord") == pytest.approx([0.4 * each + 700 for each in minutes])
    assert line(way, "transition") == [9000.0, *[0.0] * 13]
    assert line(way, "training") == [0.0, 3000.0, *[0.0] * 12]
    assert line(way, "exit") == [*[0.0] * 13, 4000.0]
    assert line(way, "vendor_management") == [800.0] * 14
    assert line(way, "quality_checks") == pytest.approx([0.1 * gone for gone in out])
    assert line(way, "rework") == pytest.approx([2.0 * 0.3 * gone for gone in out])
    kept = [all_ - gone for all_, gone in zip(contacts, out, strict=True)]
    resolved = [0.8 * stay + 0.7 * gone for stay, gone in zip(kept, out, strict=True)]
    assert list(way.resolved) == pytest.approx(resolved)
    assert way.per_resolved == pytest.approx(way.total / sum(resolved))
    assert own.per_resolved == pytest.approx(own.total / 0.8 / sum(contacts))
    money = [math.fsum(each.money[at] for each in way.lines) for at in range(14)]
    assert list(way.money) == pytest.approx(money)
    assert list(way.cumulated) == pytest.approx([sum(money[: at + 1]) for at in range(14)])
    saved = [sum(own.money[: at + 1]) - sum(money[: at + 1]) for at in range(14)]
    paid = [at + 1 for at, gain in enumerate(saved) if gain >= 0]
    assert found.break_even(way).month == (paid[0] if paid else None)
    assert found.break_even(way).holds == (saved[-1] >= 0)
    assert sum(found.moved_hours(way)) == pytest.approx(sum(own.hours) - sum(way.hours))
    assert way.not_told == (
        "technology", "attrition of its people", "in-house: supervision", "in-house: technology",
        "in-house: quality_checks", "in-house: rework",
    )  # fmt: skip


def invoices(contract, months=12, offer=None, **changes):
    found = total_cost(center(contract), forecast(), costs(offer, **changes), months=months)
    assert found.left_out == {}
    return np.array(line(found.way("nord"), "invoices of nord"))


CONTACTS = 120.0 * np.array(DAYS)
"""That go out in each month, half of ten an hour."""


def test_tiers_are_of_a_month():
    tiers = (Tier(above=0, up_to=3600, price_per_contact=3.0), Tier(above=3600, price_per_contact=1.0))
    by_hand = 3.0 * np.minimum(CONTACTS, 3600) + np.maximum(CONTACTS - 3600, 0)
    assert invoices(Contract(tiers=tiers)) == pytest.approx(by_hand)


def test_a_quarter_is_billed_whole_and_charged_by_contacts():
    terms = (PerContact(price=2.0), TakeOrPay(volume=12_000, share=0.9, price=2.0))
    money = invoices(Contract(terms=terms, period="quarter"))
    for first in range(0, 12, 3):
        mine = CONTACTS[first : first + 3]
        owed = 2.0 * max(mine.sum(), 10_800)
        assert money[first : first + 3] == pytest.approx(owed * mine / mine.sum())


def test_of_a_quarter_that_the_term_cuts_its_share_is_owed():
    terms = (PerContact(price=2.0), FixedFee(fee=900))
    money = invoices(Contract(terms=terms, period="quarter"), months=4)
    assert money[3] == pytest.approx(2.0 * CONTACTS[3] + 900 * 30 / 91)


def test_money_that_is_carried_forward_is_paid_once():
    terms = (PerContact(price=2.0), TakeOrPay(volume=3_700, price=2.0, carry_forward=1.0))
    money, balance = [], 0.0
    for contacts in CONTACTS:
        owed = 2.0 * contacts
        if contacts < 3_700:
            money.append(2.0 * 3_700)
            balance += 2.0 * (3_700 - contacts)
        else:
            used = min(balance, owed - 2.0 * 3_700)
            money.append(owed - used)
            balance -= used
    assert invoices(Contract(terms=terms)) == pytest.approx(money)


def test_prices_follow_the_index_and_the_rate_its_collar():
    indexed = Indexation(steps=(IndexStep(start=date(2027, 7, 1), factor=1.1),))
    zloty = Currency(code="PLN", rate=0.25, low=0.25, high=0.26)
    contract = Contract(terms=(PerContact(price=10.0), indexed, zloty))
    factor = np.array([1.0] * 6 + [1.1] * 6)
    rate = np.minimum(0.25 * 1.12 ** (np.arange(12) / 12), 0.26)
    assert invoices(contract, offer={"exchange_rate_change": 0.12}) == pytest.approx(
        10.0 * CONTACTS * factor * rate
    )
    assert invoices(contract) == pytest.approx(10.0 * CONTACTS * factor * 0.25)
    told = total_cost(center(contract), forecast(), costs(), months=1).way("nord").not_told
    assert "exchange_rate_change" in told


def test_a_trial_and_the_end_of_the_contract_bound_what_goes_out():
    terms = (PerContact(price=2.0), FixedFee(fee=310), Trial(months=3, share=0.1))
    contract = Contract(start=date(2027, 2, 15), end=date(2027, 9, 10), terms=terms)
    found = total_cost(center(contract), forecast(), costs(), months=12)
    day = 240.0
    by_hand = [0, 14 * 0.1, 31 * 0.1, 30 * 0.1, 14 * 0.1 + 17 * 0.5, 30 * 0.5, 31 * 0.5, 31 * 0.5, 10 * 0.5]
    out = day * np.array([*by_hand, 0, 0, 0])
    assert np.array(found.way("nord").contacts_out) == pytest.approx(out)
    share = np.array([0, 14 / 28, 1, 1, 1, 1, 1, 1, 10 / 30, 0, 0, 0])
    assert np.array(line(found.way("nord"), "invoices of nord")) == pytest.approx(2 * out + 310 * share)
    assert any("ends on 2027-09-10" in note for note in found.way("nord").notes)
    assert any("takes nothing in Jan 2027, Oct 2027" in note for note in found.way("nord").notes)


def test_people_who_leave_keep_handle_times_long():
    ramp = Ramp(class_size=5, training_weeks=0, extra_handle_time=0.5, learning_weeks=8)
    contract = Contract(start=START, terms=(PerMinute(price=1.0, step=1), ramp))
    month = months_of(date(2029, 1, 1), 1)[0]
    leaving = 1.0 / (365.25 / 7)
    ages = np.arange(0.0, 2_000.0, 0.01)  # those who are k weeks there are a exp(-a k) dk of all
    mean = np.trapezoid(leaving * np.exp(-leaving * ages) * (1 + 0.5 * np.exp(-ages / 8)), ages)
    assert taken_in(vendor(contract), 0.5, 1.0, month).slower == pytest.approx(mean, rel=1e-4)
    assert taken_in(vendor(contract), 0.5, 0.0, month).slower == pytest.approx(1.0, abs=1e-4)


def test_todays_mix_is_where_jobs_change_from():
    told = costs(
        {"share": 1.0},
        in_house={"costs": {"release": Cost(per_release=1000), "hiring": Cost(per_hire=100)}},
        today=Today(shares={"nord": 0.5}),
    )
    found = total_cost(center(Contract(price_per_contact=2.0)), forecast(), told, months=2)
    assert [way.name for way in found.ways] == ["in_house", "today", "nord"]
    half, all_ = agents_for(HOURLY / 2), agents_for(HOURLY)
    assert line(found.way("nord"), "in-house: release") == pytest.approx([168 * half / 40 * 1000, 0])
    assert line(found.in_house, "in-house: hiring") == pytest.approx([168 * (all_ - half) / 40 * 100, 0])
    assert line(found.way("today"), "in-house: release") == pytest.approx([0, 0])
    assert found.way("today").not_told[:4] == (
        "technology", "vendor_management", "quality_checks", "rework",
    )  # fmt: skip


def test_the_margin_is_that_of_simulated_months():
    day_cv, interval_cv, price = 0.2, 0.3, 2.0
    told = total_cost(
        center(Contract(price_per_contact=price)),
        forecast(weeks=2, day_cv=day_cv, interval_cv=interval_cv),
        costs(),
        months=2,
    )
    chance = np.random.default_rng(17)
    drawn = np.zeros(4000)
    for _ in range(59):  # January and February
        of_day = chance.gamma(1 / day_cv**2, day_cv**2, (4000, 1))
        alone = chance.gamma(1 / interval_cv**2, interval_cv**2, (4000, 24))
        drawn += price * chance.poisson(5.0 * of_day * alone).sum(axis=1)
    way = told.way("nord")
    assert sum(line(way, "invoices of nord")) == pytest.approx(drawn.mean(), rel=0.01)
    assert way.margins[-1] == pytest.approx(1.2816 * drawn.std(), rel=0.05)
    inside = abs(drawn - drawn.mean()) <= way.margins[-1]
    assert 0.77 <= inside.mean() <= 0.83
    assert told.in_house.margins == (0.0, 0.0)


def test_a_vendor_gets_what_comes_while_it_is_open():
    nord = vendor(Contract(price_per_contact=1.0), hours=("daily 08:00-20:00",), timezone="UTC")
    told = msgspec.structs.replace(center(), vendors={"nord": nord})
    found = total_cost(told, forecast(), costs({"share": 1.0}), months=1)
    way = found.way("nord")
    assert way.contacts_out[0] == pytest.approx(31 * 12 * HOURLY)
    assert way.hours[0] == pytest.approx(31 * 12 * agents_for(HOURLY))
    assert any("closed for 50.0 % of the contacts of desk" in note for note in way.notes)


def test_a_volume_that_is_off_for_the_whole_term():
    chance = np.random.default_rng(3).gamma(1 / 0.2**2, 0.2**2, 200_000)
    contract = Contract(terms=(PerContact(price=2.0), FixedFee(fee=500)))
    found = total_cost(center(contract), forecast(), costs(volume_cv=0.2), months=6)
    for (factor, other), share in zip(found.at_volumes, (0.1, 0.9), strict=True):
        assert factor == pytest.approx(np.quantile(chance, share), rel=0.01)
        whole = total_cost(center(contract), forecast(HOURLY * factor), costs(), months=6)
        assert [way.total for way in other.ways] == pytest.approx([way.total for way in whole.ways])
        assert other.break_even(other.ways[1]) == whole.break_even(whole.ways[1])
    told = total_cost(center(contract), forecast(), costs(), months=6)
    assert told.at_volumes == ()
    assert any(note.startswith("volume_cv: not told") for note in told.notes)


def test_two_queues_are_one_bill():
    tiers = (Tier(above=0, up_to=5000, price_per_contact=3.0), Tier(above=5000, price_per_contact=1.0))
    both = Center(
        queues={"desk": Queue(aht=AHT), "mail": Queue(aht=AHT), "sales": Queue(aht=AHT)},
        contact_types={name: ContactType(queue=name) for name in ("desk", "mail", "sales")},
        vendors={"nord": vendor(Contract(tiers=tiers), contact_types=("desk", "mail"))},
    )
    parts = [forecast(rate, queue) for queue, rate in (("desk", 10.0), ("mail", 6.0), ("sales", 4.0))]
    together = Volumes(
        tuple(start for part in parts for start in part.starts),
        tuple(name for part in parts for name in part.queues),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("volume", "aht", "seconds")),
    )
    way = total_cost(both, together, costs(), months=3).way("nord")
    out = 24 * 8.0 * np.array(DAYS[:3])
    assert np.array(way.contacts_out) == pytest.approx(out)
    by_hand = 3.0 * np.minimum(out, 5000) + np.maximum(out - 5000, 0)
    assert np.array(line(way, "invoices of nord")) == pytest.approx(by_hand)
    agents = agents_for(5.0) + agents_for(3.0) + agents_for(4.0)
    assert np.array(way.hours) == pytest.approx(24 * agents * np.array(DAYS[:3]))
    assert any("does not take sales: all of sales stays in-house" in note for note in way.notes)


@st.composite
def courses(draw):
    money = st.lists(st.floats(-50, 100), min_size=6, max_size=6).map(tuple)
    return [draw(money), draw(money), draw(st.lists(st.floats(0, 900), min_size=6, max_size=6).map(tuple))]


def way_of(name, money, variance):
    nothing = (0.0,) * 6
    return SourcingWay(
        name,
        (),
        (WayLine("all", "running", money),),
        (),
        (1.0,) * 6,
        nothing,
        None,
        nothing,
        nothing,
        variance,
    )


@given(courses())
@settings(max_examples=200, deadline=None)
def test_the_break_even_is_the_first_month_that_is_not_behind(drawn):
    ours, theirs, variance = drawn
    ways = (way_of("in_house", ours, (0.0,) * 6), way_of("offer", theirs, variance))
    found = TotalCost("EUR", months_of(START, 6), ways, {}, 40.0)
    even = found.break_even(ways[1])
    gaps = [sum(theirs[: at + 1]) - sum(ours[: at + 1]) for at in range(6)]
    spread = [1.2815515655446004 * math.sqrt(sum(variance[: at + 1])) for at in range(6)]
    slack = 1e-6 * max(1.0, *(abs(sum(ours[: at + 1])) for at in range(6)))
    for sign, month in ((0, even.month), (-1, even.earliest), (1, even.latest)):
        values = [gap + sign * by for gap, by in zip(gaps, spread, strict=True)]
        if month is None:
            assert min(values) > 0.5 * slack
        else:
            assert values[month - 1] <= 2 * slack
            assert all(value > 0.5 * slack for value in values[: month - 1])
    assert isinstance(even, BreakEven)
    assert math.isnan(ways[1].per_resolved)


@given(once=st.floats(0, 1e6), monthly=st.floats(0, 1e4), month=st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_a_line_more_costs_what_it_costs(once, monthly, month):
    plain = total_cost(center(Contract(price_per_contact=2.0)), forecast(), costs(), months=5)
    more = costs({"costs": {"travel": Cost(once=once, monthly=monthly, month=month)}})
    found = total_cost(center(Contract(price_per_contact=2.0)), forecast(), more, months=5)
    difference = found.way("nord").total - plain.way("nord").total
    assert difference == pytest.approx(once + 5 * monthly, abs=1e-4)
    assert found.in_house == plain.in_house


def test_nothing_is_0_in_silence_and_0_can_be_written():
    nothing = Cost(once=0)
    names = ("transition", "training", "technology", "vendor_management", "quality_checks", "rework", "exit")
    found = total_cost(center(Contract(price_per_contact=2.0)), forecast(), costs(), months=1).way("nord")
    assert found.not_told[:7] == names
    told = costs({"costs": dict.fromkeys(names, nothing)})
    found = total_cost(center(Contract(price_per_contact=2.0)), forecast(), told, months=1).way("nord")
    assert found.not_told[0] == "ramp and learning (a term 'ramp' of the contract)"
    assert {each.name: each.total for each in found.lines if each.kind == "one_off"} == dict.fromkeys(
        names, 0.0
    )


def test_a_resolution_of_1_that_nobody_told_is_not_told():
    contract = Contract(price_per_contact=2.0)
    untold = total_cost(center(contract), forecast(), costs(), months=1)
    assert [way.resolved for way in untold.ways] == [None, None]
    assert "resolution: cost per resolved contact" in untold.way("nord").not_told
    rework = costs({"costs": {"rework": Cost(per_unresolved=2.0)}})
    found = total_cost(center(contract), forecast(), rework, months=1).way("nord")
    assert any(name.startswith("rework: by unresolved contacts") for name in found.not_told)
    known = center(contract, queue={"resolution": 0.9})
    nord = vendor(contract, quality=QualityPrior(resolution=0.6))
    known = msgspec.structs.replace(known, vendors={"nord": nord})
    found = total_cost(known, forecast(), costs(), months=1)
    assert found.in_house.per_resolved == pytest.approx(found.in_house.per_contact / 0.9)
    assert found.way("nord").per_resolved == pytest.approx(found.way("nord").per_contact / 0.75)


def test_what_cannot_be_said_of_one_offer_is_named_and_the_rest_is_done():
    by_hour = Contract(terms=(PerHour(price=20.0, hours="paid"),))
    barred = vendor(Contract(price_per_contact=2.0), country="PH", timezone="Asia/Manila")
    told = center(
        Contract(price_per_contact=2.0),
        country="EE",
        kind={"data": ("personal",)},
        data_rules={"personal": DataRule(countries=("EE",))},
    )
    offers = {
        "good": Offer(vendor="nord", share=0.5),
        "mistyped": Offer(vendor="nrod", share=0.5),
        "hours": Offer(new_vendor=vendor(by_hour), share=0.5),
        "far": Offer(new_vendor=barred, share=0.5),
        "other": Offer(
            new_vendor=vendor(Contract(price_per_contact=1.0), contact_types=("sales",)), share=0.5
        ),
    }
    found = total_cost(told, forecast(), msgspec.structs.replace(costs(), offers=offers), months=2)
    assert [way.name for way in found.ways] == ["in_house", "good"]
    assert "'nord'" in found.left_out["mistyped"]
    assert "offers.hours: vendors.hours.contract: found prices for hours" in found.left_out["hours"]
    assert "personal in PH" in found.left_out["far"]
    assert "offers.other" in found.left_out["other"]


def test_a_certificate_that_runs_out_within_the_term_is_named():
    nord = vendor(Contract(price_per_contact=2.0), certificates={"ISO 18295-1": date(2027, 2, 10)})
    told = msgspec.structs.replace(center(kind={"certificates": ("ISO 18295-1",)}), vendors={"nord": nord})
    found = total_cost(told, forecast(), costs(), months=4).way("nord")
    assert [out > 0 for out in found.contacts_out] == [True, True, False, False]
    assert any("from March 2027 on" in note and "ISO 18295-1" in note for note in found.notes)


def test_service_levels_are_as_agreed():
    measure = SlaMeasure(name="level", weight=1, floor=0.7, target=0.8, stretch=0.9)
    terms = (PerContact(price=2.0), ServiceCredits(measures=(measure,), at_risk=0.1, bonus=0.1))
    assert invoices(Contract(terms=terms)) == pytest.approx(2.0 * CONTACTS)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"months": 0}, "months: found 0"),
        ({"months": 2.5}, "months: found 2.5"),
        ({"costs": msgspec.structs.replace(costs(), currency="SEK")}, "currency: found SEK"),
        ({"volumes": forecast(queue="dsk")}, "found the queue 'dsk'; expected 'desk'"),
        ({"volumes": forecast(per_hour=0.0)}, "no contacts while the queues are open"),
    ],
)
def test_what_is_wrong_for_all_is_refused(changed, words):
    usual = {"center": center(Contract(price_per_contact=2.0)), "volumes": forecast(), "costs": costs()}
    with pytest.raises(InputError, match=words):
        total_cost(**{**usual, **changed})


def test_a_forecast_with_holes_is_refused():
    whole = forecast()
    part = msgspec.structs.replace(
        whole,
        starts=whole.starts[:100],
        queues=whole.queues[:100],
        **{name: getattr(whole, name)[:100] for name in ("volume", "aht", "seconds")},
    )
    with pytest.raises(InputError, match="no rows for 68 intervals"):
        total_cost(center(Contract(price_per_contact=2.0)), part, costs())


FILE = """
currency = "EUR"
[in_house]
wage = 28
attrition = 0.25
premiums = [{ share = 0.25, hours = ["daily 22:00-06:00"], days = [2027-12-25] }]
[in_house.costs]
hiring = { per_hire = 4000 }
[offers.nord]
vendor = "nord"
share = "50 %"
[offers.nord.costs]
exit = 0
transition = { once = 9000, month = 2 }
"""


def written(tmp_path, text):
    path = tmp_path / "costs.toml"
    path.write_text(text)
    return path


def test_a_costs_file_is_read(tmp_path):
    read = read_costs(written(tmp_path, FILE))
    assert read.offers["nord"].share == 0.5
    assert read.offers["nord"].costs == {"exit": Cost(once=0), "transition": Cost(once=9000, month=2)}
    assert read.in_house.premiums[0].days == {date(2027, 12, 25)}
    assert read.today is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("exit = 0", "exit = 500", "offers.nord.costs.exit: found 500; expected how it is paid"),
        ("exit = 0", "exit = {}", "offers.nord.costs.exit.once: found nothing that is paid"),
        ("exit = 0", "exit = { once = -5 }", "offers.nord.costs.exit.once: found -5"),
        ("exit = 0", "exit = { onec = 5 }", "an unknown key 'onec'"),
        ("attrition = 0.25\n", "", "in_house.attrition: found none"),
        ("wage = 28\n", "", "in_house: found no 'wage'"),
        ('share = "50 %"', "share = 50", "offers.nord.share: found 50"),
        ('vendor = "nord"\n', "", "neither a vendor of the center nor a new one"),
        ("[offers.nord]", "[offers.today]", "offers.today: found an offer of that name"),
        ('currency = "EUR"', 'currency = "EUR"\nstart = 2027-01-02', "start: found 2027-01-02"),
        ('currency = "EUR"', 'currency = "EUR"\nvolume_growth = -2', "volume_growth: found -2"),
        ('currency = "EUR"', 'currency = "EUR"\ntoday = { shares = {} }', "today.shares: found none"),
    ],
)
def test_what_is_wrong_in_a_costs_file_is_told(tmp_path, old, new, words):
    text = FILE.replace(old, new)
    if old == "[offers.nord]":
        text = text.replace("[offers.nord.costs]", "[offers.today.costs]")
    with pytest.raises(InputError) as told:
        read_costs(written(tmp_path, text))
    assert words in str(told.value)


def test_shares_of_more_than_all_are_left_out():
    told = costs(today=Today(shares={"nord": 0.7, "ghost": 0.7}))
    found = total_cost(center(Contract(price_per_contact=2.0)), forecast(), told, months=1)
    assert "today" in found.left_out
    assert [way.name for way in found.ways] == ["in_house", "nord"]


def test_a_line_that_is_due_after_the_term_is_named():
    told = costs({"costs": {"exit": Cost(once=5.0, month=9)}})
    way = total_cost(center(Contract(price_per_contact=2.0)), forecast(), told, months=3).way("nord")
    assert "exit: due in month 9, after the term" in way.not_told
    assert sum(line(way, "exit")) == 0.0
