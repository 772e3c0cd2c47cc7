"""The scorecard of contacts and of totals: against sums by hand, the raw NHS file, and bad files."""

import csv
import datetime
import math
from collections import defaultdict

import msgspec
import numpy as np
import pytest

from bporoute import Center, ContactType, Contract, Queue, Vendor
from bporoute.center import ServiceLevel, Targets
from bporoute.contracts import (
    FixedFee,
    ForecastLock,
    PerContact,
    PeriodUsage,
    PerMinute,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
)
from bporoute.errors import InputError
from bporoute.governance import read_locked_forecast, read_vendor_totals, scorecard
from bporoute.governance._scorecards._course import alike_beside, changes_of
from bporoute.workload import FileFormat
from helpers.places import NHS_MONTHS
from helpers.vendor_records import alike, contacts_of, together

AIM = ServiceLevel(probability=0.8, within=20)
NHS = ServiceLevel(probability=0.95, within=60, counting="answered")
CREDITS = ServiceCredits(
    at_risk=0.1,
    bonus=0.05,
    measures=(
        SlaMeasure(name="service level", weight=0.7, floor=0.7, target=0.8, stretch=0.9),
        SlaMeasure(name="Abandonment", weight=0.3, floor=10, target=5, better="lower"),
    ),
)
LOCK = ForecastLock(low=0.9, high=1.1, granularity="day", share_inside=0.8)


def vendor(contract, **fields):
    known = {"country": "EE", "timezone": "Europe/Berlin", "contact_types": ("service",), **fields}
    return Vendor(contract=contract, **known)


def center(**vendors):
    return Center(
        queues={"service": Queue(aht=240, targets=Targets(service_level=AIM))},
        contact_types={"service": ContactType(queue="service")},
        vendors=vendors,
        timezone="Europe/Berlin",
    )


CENTER = center(
    nord=vendor(Contract(terms=(PerMinute(price=0.8, step=30), CREDITS, LOCK))),
    sud=vendor(Contract(price_per_contact=3.6)),
)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    return together(
        contacts_of("nord", rng, level=0.86, resolved=0.8, per_day=25),
        contacts_of("sud", rng, level=0.6, handle=300, resolved=0.55, per_day=20),
        contacts_of("in-house", rng, level=0.85, per_day=10),
    )


@pytest.fixture(scope="module")
def card(rows):
    return scorecard(rows, CENTER)


def of(rows, name, month=""):
    places = [
        place
        for place, each in enumerate(rows["vendor"])
        if each == name and rows["start"][place].startswith(month)
    ]
    return {column: [values[place] for place in places] for column, values in rows.items()}


def test_each_figure_is_a_sum_over_the_contacts(rows, card):
    for score in card.vendors:
        for period in score.periods:
            own = of(rows, period.vendor, period.period)
            everyone = [start for start in rows["start"] if start.startswith(period.period)]
            answered = [place for place, word in enumerate(own["outcome"]) if word == "answered"]
            in_time = sum(own["wait"][place] <= 20 for place in answered)
            assert period.offered == len(own["id"])
            assert period.share == pytest.approx(len(own["id"]) / len(everyone))
            assert (period.answered, period.neither) == (len(answered), 0)
            assert period.level.value == pytest.approx(in_time / len(own["id"]))
            assert period.countings["answered"] == pytest.approx(in_time / len(answered))
            assert period.asa == pytest.approx(np.mean([own["wait"][place] for place in answered]))
            assert period.aht == pytest.approx(np.mean([own["handle"][place] for place in answered]))
            assert period.resolution.value == pytest.approx(
                np.mean([own["resolved"][place] for place in answered])
            )
            assert period.rests_on == "days"
    assert [score.vendor for score in card.vendors] == ["nord", "sud"]
    assert card.vendors[1].whole.verdict == "missed"


def test_what_few_months_prove_is_told_with_its_doubt(rows, card):
    assert any("if months are little alike" in note for note in card.vendors[1].notes)
    month = scorecard(of(rows, "sud", "2026-07"), CENTER).vendors[0]
    assert month.whole.verdict == "missed"
    assert not any("alike" in note for note in month.notes)


def test_handle_times_are_held_against_ones_own(rows, card):
    own = [float(value) for value in of(rows, "in-house")["handle"] if value != ""]
    theirs = [float(value) for value in of(rows, "sud")["handle"] if value != ""]
    factor = card.vendors[1].whole.aht_factor
    assert factor.value == pytest.approx(np.mean(theirs) / np.mean(own))
    assert factor.low < factor.value < factor.high


def test_a_repeat_is_the_same_customer_within_days():
    def at(*hours):
        return [
            (datetime.datetime(2026, 11, 2) + datetime.timedelta(hours=hour)).isoformat() for hour in hours
        ]

    rows = {
        "vendor": ["nord"] * 6,
        "type": ["service"] * 6,
        "start": at(0, 24, 30, 60, 400, 500),
        "wait": [5] * 6,
        "outcome": ["answered"] * 6,
        "handle": [100] * 6,
        "customer": ["a", "b", "a", "", "b", "c"],
    }
    found = scorecard(rows, CENTER, repeat_days=2).vendors[0].whole
    assert found.repeats.value == pytest.approx(1 / 4)  # a, b, a, b: a came again; c is of the last days
    assert found.verdict == "not judged"  # fewer than 30
    assert found.resolution.value == pytest.approx(3 / 4)  # no column tells it, so by repeats


def test_a_resolution_that_is_told_comes_before_repeats(rows):
    told = scorecard(rows, CENTER)
    assert not told.remarks
    untold = {name: column for name, column in rows.items() if name != "resolved"}
    found = scorecard(untold, CENTER)
    assert "did not come again for within 7 days" in found.remarks[0]
    whole = found.vendors[0].whole
    assert whole.resolution.value == pytest.approx(1.0 - whole.repeats.value)


def test_money_is_the_contracts_invoice(rows, card):
    for period in card.vendors[0].periods:
        own = of(rows, "nord", period.period)
        minutes = sum(math.ceil(float(handle) / 30) / 2 for handle in own["handle"] if handle != "")
        lost = sum(word == "abandoned" for word in own["outcome"]) / len(own["outcome"])
        level = (period.level.value - 0.8) / (0.1)
        lost_score = min(0.0, max(-1.0, (5 - 100 * lost) / 5))
        score = 0.7 * max(-1.0, min(1.0, level)) + 0.3 * lost_score
        bill = period.bill
        assert bill.fee == pytest.approx(0.8 * minutes)
        assert bill.score == pytest.approx(score)
        assert bill.credit == pytest.approx(0.8 * minutes * score * (0.05 if score > 0 else 0.1))
        assert bill.total == pytest.approx(bill.fee + bill.credit)
        assert bill.unmeasured == ()
    whole = card.vendors[0].whole
    assert whole.cost == pytest.approx(sum(period.bill.total for period in card.vendors[0].periods))
    assert whole.per_contact.value == pytest.approx(whole.cost / whole.answered)
    resolved = sum(int(value) for value in of(rows, "nord")["resolved"] if value != "")
    assert whole.per_resolved.value == pytest.approx(whole.cost / resolved)
    assert whole.per_resolved.low < whole.per_resolved.value < whole.per_resolved.high
    assert "without the locked forecast" in " ".join(card.vendors[0].notes)


def test_a_commitment_is_about_what_was_locked_and_carries_forward():
    own = {"vendor": ["nord"] * 10, "month": MONTHS, "locked": [1000] * 10}
    terms = (PerContact(price=2.0), TakeOrPay(share=0.9, price=2.0, carry_forward=0.5))
    answered = [800, 700, *[1100] * 8]
    source = totals(answered=answered, offered=[1200] * 10)
    config = center(nord=vendor(Contract(terms=terms)))
    found = scorecard(source, config, locked=own).vendors[0]
    balance, owed = 0.0, []
    for handled in answered:
        missing = max(0, 900 - handled)
        used = min(balance, 2.0 * max(0, handled - 900))
        owed.append(2.0 * handled + 2.0 * missing - used)
        balance += 0.5 * 2.0 * missing - used
    assert [period.cost for period in found.periods] == pytest.approx(owed)
    assert "no money" in " ".join(scorecard(source, config).vendors[0].notes)


def test_contacts_past_midnight_at_the_vendor_do_not_begin_a_month(rows):
    fee = Contract(price_per_contact=1.0, terms=(FixedFee(fee=1000),))
    config = center(nord=vendor(fee, timezone="Pacific/Auckland"))
    found = scorecard(of(rows, "nord"), config).vendors[0]
    assert any("2026-10 by the vendor's clock" in note for note in found.notes)
    assert [period.bill.total > 1000 for period in found.periods] == [True] * 3
    part = scorecard(of(rows, "nord", "2026-07-1"), config).vendors[0]
    assert any("of 2026-07 only 10 July to 19 July is told" in note for note in part.notes)


def test_the_forecast_lock_relieves_and_both_ways_are_told(rows):
    by_day = defaultdict(int)
    for start in of(rows, "nord")["start"]:
        by_day[start[:10]] += 1
    days = sorted(by_day)
    right = {"vendor": ["nord"] * len(days), "date": days, "forecast": [by_day[day] for day in days]}
    found = scorecard(rows, CENTER, locked=right)
    for period, plain in zip(
        found.vendors[0].periods, scorecard(rows, CENTER).vendors[0].periods, strict=True
    ):
        assert (period.relief.share_inside, period.relief.binds) == (1.0, True)
        assert period.relief.level == pytest.approx(period.level.value)
        assert period.bill.credit == pytest.approx(plain.bill.credit)
    wrong = {
        **right,
        "forecast": [by_day[day] * (1.2 if number % 2 else 1.0) for number, day in enumerate(days)],
    }
    relieved = scorecard(rows, CENTER, locked=wrong).vendors[0]
    inside = [day for number, day in enumerate(days) if not number % 2]
    assert relieved.whole.relief.inside == len(inside)
    good = base = 0
    own = of(rows, "nord")
    for start, wait, word in zip(own["start"], own["wait"], own["outcome"], strict=True):
        if start[:10] in inside:
            base += 1
            good += word == "answered" and wait <= 20
    assert relieved.whole.relief.level == pytest.approx(good / base)
    for period, plain in zip(relieved.periods, found.vendors[0].periods, strict=True):
        assert not period.relief.binds
        assert period.bill.credit == 0.0
        assert period.bill.credit_without_lock == pytest.approx(plain.bill.credit)


def test_a_lock_by_interval_and_by_month(rows):
    own = of(rows, "nord")
    by_hour, by_month = defaultdict(int), defaultdict(int)
    for start in own["start"]:
        by_hour[f"{start[:13]}:00"] += 1
        by_month[start[:7]] += 1
    for step, counts in (("interval", by_hour), ("month", by_month)):
        lock = msgspec.structs.replace(LOCK, granularity=step)
        config = center(nord=vendor(Contract(price_per_contact=1.0, terms=(CREDITS, lock))))
        column = "month" if step == "month" else "start"
        locked = {"vendor": ["nord"] * len(counts), column: list(counts), "volume": list(counts.values())}
        relief = scorecard(own, config, locked=locked).vendors[0].whole.relief
        assert (relief.granularity, relief.judged, relief.share_inside) == (step, len(counts), 1.0)
        assert relief.came == len(own["id"])
    coarse = {"vendor": ["nord"] * 3, "month": list(by_month), "volume": list(by_month.values())}
    notes = scorecard(rows, CENTER, locked=coarse).vendors[0].notes
    assert any("by month, and the contract judges by day" in note for note in notes)


def locked_by(granularity):
    lock = ForecastLock(low=0.9, high=1.1, granularity=granularity, share_inside=0.8)
    level = SlaMeasure(name="service level", weight=1, floor=0.5, target=0.8)
    return center(
        nord=vendor(
            Contract(terms=(PerContact(price=4.0), ServiceCredits(measures=(level,), at_risk=0.1), lock))
        )
    )


DAYS = [f"2026-11-{day:02}" for day in range(1, 31)]


def by_day(days, **columns):
    columns = {"offered": [100] * len(days), "abandoned": [0] * len(days), **columns}
    return {
        "date": days,
        "vendor": ["nord"] * len(days),
        "answered": [100] * len(days),
        "answered_within_20s": [60] * len(days),
        **{name: column for name, column in columns.items() if column is not None},
    }


def test_half_a_month_is_not_outside_a_monthly_window():
    locked = {"vendor": ["nord"], "month": ["2026-11"], "locked": [3000]}
    for days in (DAYS[:15], DAYS[15:], DAYS[:10] + DAYS[20:]):
        found = scorecard(by_day(days), locked_by("month"), locked=locked).vendors[0]
        bill = found.periods[0].bill
        assert found.periods[0].relief is None
        assert bill.credit == bill.credit_without_lock < 0.0
        assert "not judged in 1 month of which not all contacts are told" in " ".join(found.notes)
    whole = scorecard(by_day(DAYS), locked_by("month"), locked=locked).vendors[0]
    assert (whole.periods[0].relief.inside, whole.periods[0].relief.binds) == (1, True)
    assert "forecast window" not in " ".join(whole.notes)
    far = scorecard(by_day(DAYS), locked_by("month"), locked={**locked, "locked": [6000]}).vendors[0]
    assert far.periods[0].relief.binds is False
    assert far.periods[0].bill.credit == 0.0


def test_a_locked_forecast_knows_vendors_by_the_names_that_the_records_have():
    renamed = {**by_day(DAYS), "vendor": ["Nord Fon"] * 30}
    for name in ("nord", "NORD", "Nord Fon"):
        locked = {"vendor": [name], "month": ["2026-11"], "locked": [3000]}
        found = scorecard(renamed, locked_by("month"), locked=locked, aliases={"Nord Fon": "nord"})
        assert found.vendors[0].periods[0].relief.inside == 1
        assert not found.remarks
    with pytest.raises(InputError, match="no vendor that is known"):
        scorecard(
            renamed, locked_by("month"), aliases={"Nord Fon": "nord"}, locked={**locked, "vendor": ["Sud"]}
        )


def test_a_change_is_told_unless_a_drift_would_look_like_one():
    months = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]
    rng = np.random.default_rng(1)

    def told(scatter):
        in_time = [int(each) for each in scatter]
        rows = {"month": months, "provider": ["nord"] * 24, "offered": [1000] * 24, "abandoned": [0] * 24}
        rows |= {"answered": [1000] * 24, "answered_within_20s": in_time}
        return scorecard(rows, target=AIM).vendors[0]

    jump = told(np.where(np.arange(24) < 12, 900, 700) + 10 * rng.normal(size=24))
    assert [str(change.day) for change in jump.changes] == ["2026-01-01"]
    assert "level changed" not in " ".join(jump.notes)
    drifts = [800 + 40 * alike(rng, 24, 0.9) for _ in range(20)]
    like_a_change = next(each for each in drifts if changes_of(each // 1) and alike_beside(each, [12]) > 0.5)
    drift = told(like_a_change)
    assert drift.changes == ()
    assert "whether the level changed is not said: neighbouring months are alike" in " ".join(drift.notes)


def test_a_month_of_unknown_volume_is_neither_steady_nor_not():
    offered = [1000, 1050, None, 1000, 1500, 1500, 1500, 1500, 1500, 1500]
    found = scorecard(totals(offered=offered), target=AIM)
    assert found.together.steady == pytest.approx(6 / 7)


def test_a_month_whose_last_days_are_closed_is_told_wholly():
    october = [f"2026-10-{day:02}" for day in range(1, 31)]
    workdays = [day for day in october if datetime.date.fromisoformat(day).weekday() < 5]  # 31 is a Saturday
    locked = {"vendor": ["nord"], "month": ["2026-10"], "locked": [100 * len(workdays)]}
    found = scorecard(by_day(workdays), locked_by("month"), locked=locked).vendors[0]
    assert (found.periods[0].relief.judged, found.periods[0].relief.inside) == (1, 1)


def test_a_day_that_ends_at_noon_is_not_judged():
    starts = [
        datetime.datetime(2026, 11, day) + datetime.timedelta(seconds=864 * place)
        for day in range(1, 11)
        for place in range(100)
    ]
    starts = [start for start in starts if start < datetime.datetime(2026, 11, 10, 12)]
    size = len(starts)
    rows = {
        "start": [str(start) for start in starts],
        "vendor": ["nord"] * size,
        "type": ["service"] * size,
        "wait": [5 if place % 10 < 6 else 60 for place in range(size)],
        "handle": [100] * size,
        "outcome": ["answered"] * size,
    }
    locked = {"vendor": ["nord"] * 30, "date": DAYS, "locked": [100] * 30}
    strict = locked_by("day")
    found = scorecard(rows, strict, locked=locked).vendors[0]
    relief = found.periods[0].relief
    assert (relief.judged, relief.inside, relief.came) == (9, 9, 900.0)
    assert "not judged in 1 day of which not all contacts are told" in " ".join(found.notes)
    hours = [f"{day} {hour:02}:00" for day in DAYS[:12] for hour in range(24)]
    by_hour = {"vendor": ["nord"] * len(hours), "start": hours, "locked": [100 / 24] * len(hours)}
    relief = scorecard(rows, locked_by("interval"), locked=by_hour).vendors[0].periods[0].relief
    assert relief.judged == 9 * 24 + 12


def test_volumes_that_nobody_tells_relieve_of_nothing():
    answered = ServiceLevel(probability=0.8, within=20, counting="answered")
    locked = {"vendor": ["nord"] * 30, "date": DAYS, "locked": [100] * 30}
    untold = by_day(DAYS, offered=None, abandoned=None)
    found = scorecard(untold, locked_by("day"), target=answered, locked=locked).vendors[0]
    assert found.periods[0].relief is None
    assert found.periods[0].bill.credit == found.periods[0].bill.credit_without_lock < 0.0
    assert "nobody tells how many contacts were offered" in " ".join(found.notes)
    some = by_day(DAYS, offered=[None] * 10 + [100] * 20)
    found = scorecard(some, locked_by("day"), target=answered, locked=locked).vendors[0]
    assert (found.periods[0].relief.judged, found.periods[0].relief.inside) == (20, 20)
    assert "not judged in 10 days of which not all contacts are told" in " ".join(found.notes)


def test_what_is_to_move_and_why(card):
    (shift,) = card.shifts
    assert (shift.giver, shift.taker) == ("sud", "nord")
    assert shift.share == pytest.approx(0.1 * card.vendors[1].whole.share)
    assert "proven to miss 80 %" in card.allocation


def test_nothing_moves_to_who_has_no_room_or_takes_other_types(rows):
    full = center(
        nord=vendor(Contract(price_per_contact=4), max_share=0.3), sud=vendor(Contract(price_per_contact=3.6))
    )
    assert scorecard(rows, full).shifts == ()
    assert "leave the shares as they are" in scorecard(rows, full).allocation
    assert "nobody may take its contacts: nord has no room" in scorecard(rows, full).allocation


def of_each(**in_time):
    """Ten months of totals of vendors, with about so many of a thousand in time each."""
    wave = [0, 10, -10, 5, -5]
    return {
        "month": MONTHS * len(in_time),
        "provider": [name for name in in_time for _ in MONTHS],
        "offered": [1000] * 10 * len(in_time),
        "abandoned": [50] * 10 * len(in_time),
        "answered": [950] * 10 * len(in_time),
        "answered_within_20s": [level + each for level in in_time.values() for each in wave * 2],
    }


SIMPLE = Contract(price_per_contact=4.0)


def test_contacts_go_only_where_the_router_would_send_them():
    held, gone = datetime.date(2030, 1, 1), datetime.date(2020, 1, 1)
    kind = ContactType(queue="service", certificates=("ISO 18295-1",))
    rows = of_each(nord=500, syd=900)

    def told(**syd):
        certified = vendor(SIMPLE, certificates={"ISO 18295-1": held})
        both = center(nord=certified, syd=vendor(syd.pop("contract", SIMPLE), **syd))
        return scorecard(rows, msgspec.structs.replace(both, contact_types={"service": kind}), target=AIM)

    fine = told(certificates={"ISO 18295-1": held})
    assert [(shift.giver, shift.taker) for shift in fine.shifts] == [("nord", "syd")]
    lapsed = told(certificates={"ISO 18295-1": gone})
    assert lapsed.shifts == ()
    assert "nord is proven to miss 80 %" in lapsed.allocation
    assert "syd is barred by certificate" in lapsed.allocation
    over = Contract(price_per_contact=4.0, end=datetime.date(2026, 10, 31))
    ended = told(certificates={"ISO 18295-1": held}, contract=over)
    assert ended.shifts == ()
    assert "syd has no contract in force on 2026-11-01" in ended.allocation


def test_vendors_that_all_miss_are_told_to_miss():
    both = center(nord=vendor(SIMPLE), syd=vendor(SIMPLE))
    found = scorecard(of_each(nord=500, syd=500), both, target=AIM)
    assert found.shifts == ()
    assert "no vendor is proven" not in found.allocation
    for giver, taker in (("nord", "syd"), ("syd", "nord")):
        assert f"{giver} is proven to miss 80 %" in found.allocation
        assert f"nobody may take its contacts: {taker} misses its own target" in found.allocation


def test_room_is_used_up_by_what_was_given_before():
    three = center(one=vendor(SIMPLE), two=vendor(SIMPLE), good=vendor(SIMPLE, max_share=0.37))
    rows = of_each(one=500, two=500, good=900)
    found = scorecard(rows, three, target=AIM)
    assert [(shift.giver, shift.taker) for shift in found.shifts] == [("one", "good")]
    assert "two is proven to miss 80 %" in found.allocation
    assert "good has no room below its largest share" in found.allocation
    wide = center(one=vendor(SIMPLE), two=vendor(SIMPLE), good=vendor(SIMPLE, max_share=0.41))
    assert [shift.giver for shift in scorecard(rows, wide, target=AIM).shifts] == ["one", "two"]


def test_costs_are_held_against_each_other_by_the_same_unit():
    rng = np.random.default_rng(2)
    known = contacts_of("nord", rng, level=0.8, resolved=0.6, days=60)
    unknown = contacts_of("syd", rng, level=0.8, days=60)
    both = center(
        nord=vendor(SIMPLE, max_share=0.9), syd=vendor(Contract(price_per_contact=5.0), max_share=0.9)
    )
    untold = {**unknown, "resolved": [""] * len(unknown["id"])}
    (shift,) = scorecard(together(known, untold), both).shifts
    assert (shift.giver, shift.taker) == ("syd", "nord")
    assert shift.why == "syd costs 5.00 to 5.00 EUR an answered contact, nord 4.00 to 4.00"
    always = {**unknown, "resolved": [1 if each != "" else "" for each in unknown["resolved"]]}
    (shift,) = scorecard(together(known, always), both).shifts
    assert (shift.giver, shift.taker) == ("nord", "syd")
    assert "a resolved contact" in shift.why


@pytest.mark.skipif(not NHS_MONTHS.exists(), reason="the NHS totals are not there")
def test_the_nhs_year_to_the_digit():
    card = scorecard(NHS_MONTHS, target=NHS)
    found = card.together
    with NHS_MONTHS.open() as file:
        raw = list(csv.DictReader(file))
    assert (
        (found.vendors, found.periods) == (46, 534) == (len({row["provider_code"] for row in raw}), len(raw))
    )
    sums = {
        name: sum(int(row[name]) for row in raw)
        for name in ("calls_offered", "answered", "abandoned_after_30s", "answered_within_60s")
    }
    in_time, answered = sums["answered_within_60s"], sums["answered"]
    told = {name: value for name, value in found.countings.items() if not math.isnan(value)}
    assert told == pytest.approx(
        {
            "offered": in_time / sums["calls_offered"],
            "answered": in_time / answered,
            "answered_or_abandoned": in_time / (answered + sums["abandoned_after_30s"]),
        }
    )
    assert [round(100 * told[name], 2) for name in ("answered", "answered_or_abandoned", "offered")] == [
        87.81,
        84.93,
        81.37,
    ]
    assert round(100 * found.mean_of_percentages, 2) == 90.28
    assert [round(each) for each in found.overdispersion] == [351, 870, 1761]
    assert round(found.alike, 2) == 0.66
    assert round(100 * found.spread, 1) == 6.4
    assert round(100 * found.steady) == 57
    assert round(100 * found.neither / found.offered, 1) == 4.2
    assert round(100 * found.adds_up) == 38
    assert [round(100 * each) for each in (found.below, found.proven_by_chance, found.proven)] == [54, 50, 20]
    assert "111AF5 has 2 names" in " ".join(card.remarks)
    assert all(period.rests_on == "other periods" for score in card.vendors for period in score.periods[:1])


MONTHS = [f"2026-{month:02}" for month in range(1, 11)]


def totals(**changed):
    return {
        "month": MONTHS,
        "provider": ["nord"] * 10,
        "offered": [1000] * 10,
        "abandoned": [60] * 10,
        "answered": [940] * 10,
        "answered_within_20s": [800, 790, 820, 760, 830, 815, 790, 805, 780, 822],
        **changed,
    }


def test_totals_by_interval_are_summed_by_day():
    starts = [f"2026-11-{day:02} {hour:02}:00" for day in range(2, 12) for hour in (9, 10)]
    rows = {
        "Vendor": ["nord"] * 20,
        "Start": starts,
        "Calls Offered": [50] * 20,
        "Calls Answered": [45] * 20,
        "Calls Abandoned": [5] * 20,
        "Answered within 20 sec": [40] * 20,
        "Average Speed of Answer (s)": [12] * 20,
        "AHT (s)": [200, 300] * 10,
    }
    read = read_vendor_totals(rows)
    assert (read.step, read.within) == ("interval", 20.0)
    whole = scorecard(rows, target=AIM, by="all").vendors[0].whole
    assert (whole.units, whole.offered, whole.level.value) == (10, 1000, 0.8)
    assert (whole.asa, whole.aht) == pytest.approx((12.0, 250.0))


def test_columns_are_mapped_and_seconds_need_not_stand_in_a_name():
    rows = totals(SL=totals()["answered_within_20s"])
    del rows["answered_within_20s"], rows["offered"], rows["abandoned"]
    answered = ServiceLevel(probability=0.8, within=20, counting="answered")
    found = scorecard(
        rows, target=answered, kind="intervals", format=FileFormat(columns={"answered_in_time": "SL"})
    )
    assert found.vendors[0].whole.level.value == pytest.approx(sum(rows["SL"]) / 9400)
    plain = {**rows, "in time": rows["SL"]}
    assert scorecard(plain, target=answered).vendors[0].whole.level == found.vendors[0].whole.level
    with pytest.raises(InputError, match="SLX"):
        scorecard(rows, kind="intervals", format=FileFormat(columns={"answered_in_time": "SLX"}))


def test_totals_are_billed_where_counts_tell_enough():
    simple = center(nord=vendor(Contract(price_per_contact=2.0)))
    found = scorecard(totals(), simple).vendors[0]
    assert [period.cost for period in found.periods] == [1880.0] * 10
    assert found.whole.per_contact.value == pytest.approx(2.0)
    minutes = center(nord=vendor(Contract(price_per_minute=1.0)))
    lacking = scorecard(totals(), minutes).vendors[0]
    assert math.isnan(lacking.whole.cost)
    assert "no money: handle time" in " ".join(lacking.notes)
    with_aht = scorecard(totals(aht=[180] * 10), minutes).vendors[0]
    assert with_aht.whole.cost == pytest.approx(10 * 940 * 3.0)
    same = minutes.vendors["nord"].contract.invoice(PeriodUsage(handled=940, handle_seconds=940 * 180)).total
    assert with_aht.periods[0].cost == pytest.approx(same)


def test_what_does_not_add_up_is_a_flag_and_no_error():
    found = scorecard(totals(answered=[930] * 9 + [700]), target=AIM).vendors[0]
    assert "10 of the offered (1.0 %) are neither answered nor abandoned" in found.periods[0].flags
    assert "more answered in time than answered" in found.periods[9].flags
    more = scorecard(totals(offered=[900] * 10), target=AIM).vendors[0]
    assert "100 more answered or abandoned than offered" in more.periods[0].flags
    nothing = scorecard(totals(answered=[0] * 10, answered_within_20s=[0] * 10), target=AIM).vendors[0]
    assert "nothing answered" in nothing.periods[0].flags
    assert math.isnan(nothing.whole.countings["answered"])


def test_percentages_where_counts_belong_are_named_and_the_rest_is_done():
    for column in (["85 %"] * 10, [85.5] * 10):
        found = scorecard(totals(answered_within_20s=column), target=AIM)
        assert "percentages where contacts belong" in " ".join(found.remarks)
        assert math.isnan(found.vendors[0].whole.level.value)
        assert found.vendors[0].whole.verdict == "not judged"
        assert found.vendors[0].whole.abandonment == pytest.approx(0.06)


def test_gaps_renamings_and_strangers_are_named():
    months = [*MONTHS[:4], *MONTHS[5:], "2026-12"]
    gap = scorecard(totals(month=months), target=AIM).vendors[0]
    assert "nothing is told of 2026-05, 2026-11" in gap.notes
    named = totals(provider_name=["Nord"] * 4 + ["Nordfone"] * 6)
    found = scorecard({**named, "provider_code": ["N1"] * 10, "provider": named["provider_name"]}, target=AIM)
    assert "vendor N1 has 2 names" in " ".join(found.remarks)
    assert found.vendors[0].name == "Nordfone"
    config = center(nord=vendor(Contract(price_per_contact=2.0)))
    mixed = scorecard(totals(provider=["nord"] * 9 + ["nort"]), config)
    assert "'nort' is not in the center: 1 row left out; 'nord'" in mixed.remarks[0]
    renamed = scorecard(
        totals(provider=["nord"] * 4 + ["nordfone"] * 6), config, aliases={"nordfone": "nord"}
    )
    assert len(renamed.vendors[0].periods) == 10
    with pytest.raises(InputError, match="nord"):
        scorecard(totals(provider=["nort"] * 10), config)


def test_a_file_that_counts_within_other_seconds_is_not_judged():
    found = scorecard(totals(), target=ServiceLevel(probability=0.8, within=30))
    assert "counts within 20 s, agreed are 30 s" in " ".join(found.remarks)
    assert {period.verdict for period in found.vendors[0].periods} == {"no target"}


def test_totals_of_types_with_different_targets_are_not_judged_by_the_first():
    def told(kinds, second=0.5, target=None):
        of_queue = {"a": 0.95, "b": second}
        mixed = Center(
            queues={
                name: Queue(aht=240, targets=Targets(service_level=ServiceLevel(probability=each, within=20)))
                for name, each in of_queue.items()
            },
            contact_types={"ta": ContactType(queue="a"), "tb": ContactType(queue="b")},
            vendors={"nord": vendor(SIMPLE, contact_types=kinds)},
            timezone="UTC",
        )
        found = scorecard(of_each(nord=800), mixed, target=target)
        return found.vendors[0].whole, " ".join(found.remarks)

    for kinds in (("ta", "tb"), ("tb", "ta")):
        whole, remarks = told(kinds)
        assert whole.verdict == "no target"
        assert whole.level.value == pytest.approx(0.8)
        assert "totals of nord are of contact types with different targets" in remarks
        assert "95 %" in remarks
        assert "50 %" in remarks
    assert told(("ta",))[0].verdict == "missed"
    assert told(("tb",))[0].verdict == "met"
    assert told(("ta", "tb"), second=0.95)[0].verdict == "missed"
    assert told(("ta", "tb"), target=ServiceLevel(probability=0.5, within=20))[0].verdict == "met"


def test_what_some_months_do_not_tell_is_left_out_of_the_level():
    found = scorecard(totals(answered_within_20s=[800] * 7 + [None] * 3), target=AIM).vendors[0]
    assert (found.whole.level.value, found.whole.level.count) == (0.8, 7)
    assert found.whole.countings["answered"] == pytest.approx(80 / 94)
    assert "no service level in 3 months: a part of it is not told" in found.notes
    assert found.periods[9].verdict == "not judged"


def test_rows_without_a_vendor_are_bad_rows():
    with pytest.raises(InputError, match="the name of a vendor"):
        scorecard(totals(provider=[""] + ["nord"] * 9), target=AIM)


def test_a_month_twice_is_a_bad_row():
    with pytest.raises(InputError, match="a second row of nord"):
        scorecard(totals(month=[*MONTHS[:9], "2026-09"]), target=AIM)


def test_wrong_arguments_are_named():
    with pytest.raises(InputError, match="month"):
        scorecard(totals(), by="mont")
    with pytest.raises(InputError, match="week, of totals by month"):
        scorecard(totals(), by="week")
    with pytest.raises(InputError, match="contacts"):
        scorecard(totals(), kind="contract")
    with pytest.raises(InputError, match="repeat_days"):
        scorecard(totals(), repeat_days=0)
    with pytest.raises(InputError, match="center"):
        scorecard({"vendor": ["nord"], "start": ["2026-11-02 09:00"], "wait": [3]})
    with pytest.raises(InputError, match="nord"):
        read_locked_forecast({"vendor": ["nort"], "month": ["2026-11"], "locked": [9]}, ["nord", "sud"])
    with pytest.raises(InputError, match="vendor"):
        read_locked_forecast({"month": ["2026-11"], "locked": [9]}, ["nord", "sud"])


@pytest.mark.parametrize("by", ["week", "quarter", "year", "all"])
def test_periods_add_up_to_the_whole(rows, by):
    found = scorecard(rows, CENTER, by=by).vendors[0]
    assert sum(period.offered for period in found.periods) == found.whole.offered
    assert sum(period.answered for period in found.periods) == found.whole.answered
    known = [period.cost for period in found.periods if not math.isnan(period.cost)]
    if by != "week":
        assert sum(known) == pytest.approx(found.whole.cost)
