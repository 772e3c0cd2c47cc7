"""Trials of vendors: what is compared, how sure it is, verdicts at any look, how large one has to be."""

import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, norm, t

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    HashShare,
    Queue,
    QueueState,
    Router,
    ServiceLevel,
    Snapshot,
    Targets,
    Trial,
    Vendor,
)
from bporoute.contracts import PerContact, Ramp
from bporoute.errors import InputError
from bporoute.governance import check_trial, plan_trial, read_vendor_contacts
from bporoute.governance._trials._comparable import Compared
from bporoute.governance._trials._day_totals import (
    DayTotals,
    day_totals,
    effect,
    hang_together,
    scatter_of_days,
)
from bporoute.governance._trials._measures import MEASURES, counted
from bporoute.governance._trials._plan import Asked, Basis, size_of, stops_of
from bporoute.governance._trials._ratio import limits_of, ratio_check
from bporoute.governance._trials._schedule import Schedule, learning_days
from bporoute.governance._trials._sequence import chance_if_equal, seen
from helpers.trials import WEEKDAYS, Drawn, drawn_totals

START = datetime(2026, 9, 7)
RESOLVED = MEASURES["resolved"]


def _center(**changed) -> Center:
    terms = (PerContact(price=4.5), Trial(months=3, share=0.2))
    contract = Contract(start=START.date(), terms=terms)
    usual = {
        "country": "EE",
        "timezone": "Europe/Tallinn",
        "contact_types": ("service",),
        "contract": contract,
    }
    other = Vendor(
        country="SE",
        timezone="Europe/Stockholm",
        contact_types=("service",),
        contract=Contract(price_per_contact=5),
    )
    return Center(
        queues={
            "service": Queue(
                aht=240, targets=Targets(service_level=ServiceLevel(probability=0.8, within=20))
            ),
            "sales": Queue(aht=200),
        },
        contact_types={"service": ContactType(queue="service"), "sales": ContactType(queue="sales")},
        vendors={"nord": Vendor(**{**usual, **changed}), "syd": other},
        timezone="Europe/Stockholm",
    )


CENTER = _center()


def _rows(days, vendor_level=0.8, level=0.8, a_day=40, share=0.2, seed=1, others="in-house", scatter=0.0):
    """Columns of contacts from 08:00 to 18:00, of a vendor that has its share by chance."""
    rng = np.random.default_rng(seed)
    columns = {name: [] for name in ("vendor", "type", "start", "wait", "handle", "resolved", "csat")}
    for day in range(days):
        apart = rng.normal(0.0, scatter)
        for minute in np.sort(rng.integers(480, 1080, a_day)).tolist():
            ours = rng.random() < share
            columns["vendor"].append("nord" if ours else others)
            columns["type"].append("service")
            columns["start"].append((START + timedelta(days=day, minutes=minute)).isoformat(" "))
            columns["wait"].append(round(float(rng.exponential(12.0)), 1))
            columns["handle"].append(round(float(rng.lognormal(5.3, 0.5)), 1))
            good = rng.random() < (vendor_level + apart if ours else level)
            columns["resolved"].append("yes" if good else "no")
            columns["csat"].append(int(rng.integers(1, 6)))
    return columns


def _read(columns, center=CENTER):
    return read_vendor_contacts(columns, center)


def _until(columns, day):
    """The rows up to a day of the trial."""
    last = (START + timedelta(days=day)).isoformat(" ")
    kept = [place for place, start in enumerate(columns["start"]) if start < last]
    return {name: [column[place] for place in kept] for name, column in columns.items()}


def _check(columns, margins=None, center=CENTER, **options):
    """The report on columns of whole days."""
    options = {"until": datetime.fromisoformat(max(columns["start"])).date(), **options}
    return check_trial(_read(columns, center), center, "nord", margins or {"resolved": 0.1}, **options)


# What the difference rests on.


@pytest.mark.parametrize("factor", [False, True])
def test_the_error_is_that_of_leaving_out_each_day(factor):
    rng = np.random.default_rng(3)
    counts = rng.integers(5, 30, (2, 9)).astype(float)
    sums = rng.uniform(0.5, 0.9, (2, 9)) * counts
    found = effect(DayTotals(np.arange(9), sums[0], counts[0], sums[1], counts[1]), factor)

    def apart(days):
        ours, theirs = (sums[side][days].sum() / counts[side][days].sum() for side in (0, 1))
        return math.log(ours / theirs) if factor else ours - theirs

    whole = apart(np.arange(9))
    left = np.array([apart(np.delete(np.arange(9), day)) for day in range(9)])
    assert found.value == pytest.approx(whole, rel=1e-12)
    assert found.error == pytest.approx(math.sqrt(8 / 9 * ((left - whole) ** 2).sum()), rel=1e-9)
    assert found.freedom == 8


def test_what_a_day_does_to_both_drops_out():
    rng = np.random.default_rng(4)
    day = rng.normal(0.7, 0.1, 30)
    many = np.full(30, 1000.0)
    found = effect(DayTotals(np.arange(30), (day - 0.05) * many, many, day * many, many), factor=False)
    assert found.value == pytest.approx(-0.05)
    assert not found.error > 1e-12


@pytest.mark.parametrize(
    ("vendor", "others"), [([0.0] * 6, [1.0] * 6), ([1.0, 0, 0, 0, 0, 0], [1.0] * 6), ([1.0] * 6, [0.0] * 6)]
)
def test_without_contacts_of_both_sides_on_two_days_nothing_is_sure(vendor, others):
    found = effect(
        DayTotals(np.arange(6), np.array(vendor), np.array(vendor), np.array(others), np.array(others)), False
    )
    assert math.isnan(found.error)


@pytest.mark.parametrize("true", [0.0, 0.02, 0.08])
def test_the_scatter_of_days_is_found(true):
    rng = np.random.default_rng(5)
    counts = rng.integers(30, 200, 4000).astype(float)
    means = rng.binomial(counts.astype(int), np.clip(rng.normal(0.6, true, 4000), 0, 1)) / counts
    assert scatter_of_days(means, counts, 0.24 - true**2) == pytest.approx(true, abs=0.01)


def test_days_that_hang_together_are_noticed():
    rng = np.random.default_rng(6)
    many, noise = np.full(80, 500.0), rng.normal(0, 0.05, 81)
    smooth = noise[1:] + noise[:-1]
    together = DayTotals(np.arange(80), (0.7 + smooth) * many, many, 0.7 * many, many)
    assert hang_together(together) == pytest.approx(0.5, abs=0.25)
    alone = DayTotals(np.arange(80), (0.7 + noise[1:]) * many, many, 0.7 * many, many)
    assert math.isnan(hang_together(alone))


def test_sums_by_day_count_what_is_known():
    values = np.array([1.0, np.nan, 0.0, 1.0, 1.0])
    found = day_totals(values, np.array([1, 1, 0, 0, 1], dtype=bool), np.array([3, 3, 3, 5, 5]))
    assert found.days.tolist() == [3, 5]
    assert (found.vendor.tolist(), found.of_vendor.tolist()) == ([1.0, 1.0], [1.0, 1.0])
    assert (found.others.tolist(), found.of_others.tolist()) == ([0.0, 1.0], [1.0, 1.0])


def test_what_contacts_count_in_each_measure():
    rows = {
        "vendor": ["nord"] * 5,
        "type": ["service"] * 4 + ["sales"],
        "start": [f"2026-09-07 09:0{minute}" for minute in range(5)],
        "wait": [5, 60, 7, 30, 25],
        "outcome": ["answered", "answered", "abandoned", "failed", "answered"],
        "handle": [200, 300, "", "", 0],
        "resolved": ["yes", "no", "", "", ""],
        "csat": [4, "", "", "", 2.5],
    }
    read = _read(rows)
    told = {metric: counted(read, metric, CENTER) for metric in MEASURES}
    np.testing.assert_array_equal(told["service_level"], [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(told["abandonment"], [0, 0, 1, 1, 0])
    np.testing.assert_array_equal(told["handle_time"], [200, 300, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(told["resolved"], [1, 0, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(told["satisfaction"], [4, np.nan, np.nan, np.nan, 2.5])
    answered = ServiceLevel(probability=0.8, within=40, counting="answered")
    np.testing.assert_array_equal(counted(read, "service_level", CENTER, answered), [1, 0, np.nan, np.nan, 1])


# Whether chance decided who got what.

(ONCE,) = limits_of((1.0,))


def _compared(vendor, days, hours):
    vendor = np.array(vendor, dtype=bool)
    return Compared(np.ones(len(vendor), dtype=bool), vendor, np.array(days), np.array(hours), ())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data())
def test_the_ratio_is_judged_exactly(whole, data):
    found = data.draw(st.integers(0, whole))
    share = data.draw(st.sampled_from([0.05, 0.1, 0.37, 0.5]))
    vendor = np.arange(whole) < found
    told = ratio_check(share, _compared(vendor, np.zeros(whole, int), np.zeros(whole, int)), ONCE)
    tails = (binomtest(found, whole, share, side).pvalue for side in ("less", "greater"))
    assert told.p_value == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-6, abs=1e-300)
    assert (told.contacts, told.of) == (found, whole)


def test_the_right_share_of_the_wrong_hours_is_found():
    rng = np.random.default_rng(7)
    hours, days = rng.integers(0, 24, 6000), rng.integers(0, 30, 6000)
    by_chance = rng.random(6000) < 0.25
    assert ratio_check(0.25, _compared(by_chance, days, hours), ONCE).right
    nights = hours < 6
    told = ratio_check(0.25, _compared(nights, days, hours), ONCE)
    assert not told.right
    assert told.p_value > 0.01
    assert told.hour_p_value < 1e-6
    down = by_chance & (days != 11)
    assert not ratio_check(0.25, _compared(down, days, hours), ONCE).right


def test_a_right_share_is_seldom_refused():
    rng = np.random.default_rng(8)
    refused = 0
    for _ in range(1500):
        vendor = rng.random(900) < 0.1
        refused += not ratio_check(
            0.1, _compared(vendor, rng.integers(0, 60, 900), rng.integers(8, 18, 900)), ONCE
        ).right
    assert refused <= 8  # 1.5 expected; more than 8 by chance once in 20,000


def test_a_right_share_is_seldom_refused_however_many_looks_there_are():
    rng, weeks, refused = np.random.default_rng(9), 26, 0
    limits = limits_of([week / weeks for week in range(1, weeks + 1)])
    assert 3 * sum(limits) == pytest.approx(0.001)
    days = np.repeat(np.arange(7 * weeks), 40)
    for _ in range(400):
        vendor, hours = rng.random(len(days)) < 0.2, rng.integers(8, 20, len(days))
        whole = _compared(vendor, days, hours)
        refused += not all(
            ratio_check(0.2, whole.before(7 * week), limit).right
            for week, limit in zip(range(1, weeks + 1), limits, strict=True)
        )
    assert refused <= 3  # .4 expected at most; more than 3 by chance once in 1,300


def test_what_comes_after_a_verdict_changes_neither_it_nor_the_share():
    columns = _rows(91)
    report = _check(columns)
    assert report.verdict == "continue"
    after = [start[:10] > str(report.looked) for start in columns["start"]]
    columns["vendor"] = ["nord" if late else who for who, late in zip(columns["vendor"], after, strict=True)]
    told = _check(columns)
    assert (told.verdict, told.looked, told.measures) == (report.verdict, report.looked, report.measures)
    assert told.ratio == report.ratio


def test_a_share_that_was_wrong_at_a_look_refuses_for_good():
    columns = _rows(91)
    columns["vendor"] = [
        "nord" if start[:10] < "2026-09-14" else who
        for who, start in zip(columns["vendor"], columns["start"], strict=True)
    ]
    assert _check(_until(columns, 6)).verdict == "extend"  # no look was due
    for days in (7, 30, 91):
        report = _check(_until(columns, days))
        assert (report.verdict, report.looked) == ("refused", date(2026, 9, 13))
        assert (report.ratio.contacts, report.ratio.of) == (280, 280)
        assert report.next_look is None


def test_ids_are_drawn_again_as_the_router_does():
    ids = [f"call-{number}" for number in range(3000)]
    clock = (START + timedelta(days=1)).timestamp()
    router = Router(CENTER, HashShare({"nord": 0.2}), clock=lambda: clock, compile=False)
    state = Snapshot(service=QueueState(agents=20, busy=10))
    went = [router.preview(Contact("service", id=each), state).destination == "nord" for each in ids]
    nothing = np.zeros(3000, int)
    told = ratio_check(0.2, _compared(went, nothing, nothing), ONCE, ids)
    assert (told.not_drawn, told.kept) == (0, 0)
    swapped = np.array(went)
    swapped[np.flatnonzero(swapped)[:30]] = False
    swapped[np.flatnonzero(~np.array(went))[:30]] = True
    told = ratio_check(0.2, _compared(swapped, nothing, nothing), ONCE, ids)
    assert told.right
    assert (told.not_drawn, told.kept) == (30, 30)
    others = [f"other-{number}" for number in range(3000)]
    told = ratio_check(0.2, _compared(went, nothing, nothing), ONCE, others)
    assert (told.not_drawn, told.kept) == (None, None)


def test_a_wrong_ratio_refuses_a_verdict_and_names_no_winner():
    report = _check(_rows(91, share=0.3))
    assert report.verdict == "refused"
    assert not report.ratio.right
    assert report.ratio.contacts > 1.3 * report.ratio.share * report.ratio.of
    assert _check(_rows(91, share=0.3), share=0.3).verdict == "continue"


# Verdicts.


def test_a_vendor_that_is_as_good_is_kept():
    report = _check(_rows(91))
    (measure,) = report.measures
    assert (report.verdict, measure.verdict) == ("continue", "good")
    assert report.end == date(2026, 12, 6)  # three months from the contract's start
    assert measure.last.low < 0.0 < measure.last.high
    assert measure.last.low > -0.1
    assert measure.decided == report.looked
    assert report.next_look is None


def test_a_vendor_that_is_worse_is_not():
    report = _check(_rows(91, vendor_level=0.55))
    assert report.verdict == "exit"
    assert report.measures[0].last.high < -0.1
    assert report.information < 1.0


def test_between_both_the_trial_goes_on_until_it_is_over():
    columns = _rows(91, vendor_level=0.7, seed=2)
    report = _check(_until(columns, 40))
    assert (report.verdict, report.measures[0].verdict) == ("extend", "open")
    assert report.looked == date(2026, 9, 7) + timedelta(days=34)
    assert report.next_look == date(2026, 9, 7) + timedelta(days=41)
    assert 0.0 < report.measures[0].chance < 1.0
    whole = _check(columns)
    assert (whole.verdict, whole.information, whole.next_look) == ("extend", 1.0, None)
    assert whole.measures[0].chance == 0.0


def test_it_does_not_matter_how_often_somebody_asks():
    columns = _rows(91, vendor_level=0.78, seed=4)
    last = _check(columns)
    assert last.verdict == "continue"
    for day in range(10, 92, 5):
        report = _check(_until(columns, day))
        done = last.looked <= date(2026, 9, 7) + timedelta(days=day - 1)
        assert report.verdict == ("continue" if done else "extend")
        assert report.looks == last.looks[: len(report.looks)]
        if done:
            assert (report.looked, report.measures) == (last.looked, last.measures)


@pytest.mark.parametrize("hours", [9, 13, 17.9])
def test_a_day_that_is_not_over_decides_nothing(hours):
    columns = _rows(91, vendor_level=0.76)
    for day in (6, 27, 48, 90):  # looks are due at their ends
        whole = _check(_until(columns, day), until=None)
        within = _check(_until(columns, day + hours / 24), until=None)
        sooner = _check(_until(columns, day), until=START.date() + timedelta(days=day - 1))
        assert within.looks == sooner.looks
        assert (within.verdict, within.looked) == (sooner.verdict, sooner.looked)
        assert whole.looks == sooner.looks[: len(whole.looks)]
        assert all((look.day - START.date()).days < day for look in within.looks)


def test_a_day_is_over_once_a_contact_of_the_next_or_somebody_says_so():
    columns = _rows(36)
    fifth = START.date() + timedelta(days=34)
    five_weeks = _until(columns, 35)
    assert _check(five_weeks, until=None).looks[-1].day == START.date() + timedelta(days=27)
    assert _check(five_weeks, until=fifth).looks[-1].day == fifth
    report = _check(columns, until=None)
    assert report.looks[-1].day == fifth
    assert "left out: 40 contacts of days that may not be over" in report.notes
    assert (report.looked, report.ratio.of) == (START.date() + timedelta(days=27), 28 * 40)
    assert _check(_until(columns, 6), until=None).ratio.of == 5 * 40
    assert _check(columns, until=fifth) == report
    assert _check(columns, until=START.date() - timedelta(days=1)).looks == ()
    closed = _until(columns, 33)  # nobody calls on Saturday and Sunday
    assert _check(closed, until=fifth).looks[-1].day == fifth
    with pytest.raises(InputError, match=r"until: found 2026-10-20; .*2026-10-12"):
        _check(columns, until=date(2026, 10, 20))


def test_the_last_look_is_the_one_for_students_t_with_days_as_clusters():
    columns = _rows(28, scatter=0.05)
    report = _check(columns, weeks=4, look_every=28)
    (look,) = report.looks
    read = _read(columns)
    days = np.array([datetime.fromisoformat(start).toordinal() for start in columns["start"]])
    ours = np.array([who == "nord" for who in read.vendors])

    def unlikely(share):
        sides = [(ours, share - 0.1), (~ours, share)]
        return -sum(
            read.resolved[side].sum() * math.log(p) + (1 - read.resolved[side]).sum() * math.log(1 - p)
            for side, p in sides
        )

    own = minimize_scalar(unlikely, bounds=(0.11, 0.999), method="bounded", options={"xatol": 1e-10}).x

    def left(side, assumed):
        seen_ = read.resolved[side].mean()
        without = [read.resolved[side & (days != day)].mean() - seen_ for day in np.unique(days)]
        return np.array(without) * math.sqrt(assumed * (1 - assumed) / (seen_ * (1 - seen_)))

    whole = read.resolved[ours].mean() - read.resolved[~ours].mean()
    error = math.sqrt(27 / 28 * ((left(ours, own - 0.1) - left(~ours, own)) ** 2).sum())
    quantile = t.ppf(0.95, 27)
    assert look.effect == pytest.approx(whole)
    assert look.low == pytest.approx(whole - quantile * error, abs=1e-7)
    assert look.high == pytest.approx(whole + quantile * error, abs=1e-7)
    assert look.statistic == pytest.approx(norm.ppf(t.cdf((whole + 0.1) / error, 27)), abs=1e-4)


def test_the_learning_time_is_left_out_as_told_and_as_the_ramp_says():
    slow = _rows(21, vendor_level=0.3, seed=5)
    rest = _rows(91, seed=6)
    late = (START + timedelta(days=21)).isoformat(" ")
    kept = [place for place, start in enumerate(rest["start"]) if start >= late]
    columns = {name: slow[name] + [rest[name][place] for place in kept] for name in slow}
    assert _check(columns).verdict == "exit"
    report = _check(columns, learning_weeks=3)
    assert report.verdict == "continue"
    assert report.counts_from == date(2026, 9, 28)
    assert any("of the learning time" in note for note in report.notes)
    ramp = Ramp(class_size=5, training_weeks=0, extra_handle_time=0.5, learning_weeks=1.3)
    terms = (PerContact(price=4.5), Trial(months=3, share=0.2), ramp)
    contract = Contract(start=START.date(), terms=terms)
    days = learning_days(contract, START.date())
    assert days == math.floor(7 * 1.3 * math.log(0.5 / 0.05)) + 1
    center = _center(contract=contract)
    assert _check(columns, center=center).counts_from == START.date() + timedelta(days=days)


def test_a_trial_that_still_learns_says_so():
    first, second = _rows(45, vendor_level=0.5, seed=8), _rows(91, vendor_level=0.9, seed=9)
    late = (START + timedelta(days=45)).isoformat(" ")
    kept = [place for place, start in enumerate(second["start"]) if start >= late]
    columns = {name: first[name] + [second[name][place] for place in kept] for name in first}
    assert any("better in the second half" in note for note in _check(columns).notes)
    assert not any("second half" in note for note in _check(_rows(91)).notes)


def test_all_measures_must_be_shown_and_one_that_is_worse_ends_it():
    margins = {
        "resolved": 0.1,
        "handle_time": 0.2,
        "service_level": 0.15,
        "satisfaction": 0.5,
        "abandonment": 0.1,
    }
    columns = _rows(91)
    report = _check(columns, margins)
    assert report.verdict == "continue"
    assert {each.verdict for each in report.measures} == {"good"}
    assert report.looked == max(each.decided for each in report.measures)
    columns["handle"] = [
        1.4 * handle if who == "nord" else handle
        for handle, who in zip(columns["handle"], columns["vendor"], strict=True)
    ]
    report = _check(columns, margins)
    assert report.verdict == "exit"
    longer = report.measures[1]
    assert (longer.metric, longer.verdict) == ("handle_time", "worse")
    assert 1.2 < longer.last.low < longer.last.effect < longer.last.high
    exits = {look.exit_bound for look in report.looks if look.information == 1.0}
    alone = {look.exit_bound for look in _check(columns).looks if look.information == 1.0}
    assert min(exits) > max(alone)  # five measures share the error of an exit


def test_where_next_to_nobody_gives_up_contacts_count_one_by_one():
    columns = _rows(91)
    columns["outcome"] = ["answered"] * len(columns["vendor"])
    report = _check(columns, {"abandonment": 0.02})
    look = report.looks[-1]
    assert report.verdict == "continue"
    # Nobody of n gives up where 2 % would: e**-(0.02 n), which the score test puts at sqrt(0.02 n / 0.98).
    expected = math.sqrt(0.02 / 0.98 * (look.vendor_contacts - 1.0))
    assert look.statistic == pytest.approx(expected, rel=0.12)
    few = _check(_until(columns, 8), {"abandonment": 0.02})
    assert few.verdict == "extend"
    columns["outcome"][::2] = ["abandoned"] * len(columns["outcome"][::2])
    columns["outcome"] = [
        "answered" if who == "nord" else told
        for who, told in zip(columns["vendor"], columns["outcome"], strict=True)
    ]
    better = _check(columns, {"abandonment": 0.02})
    assert better.verdict == "continue"
    assert better.measures[0].last.effect < -0.4


def _few_unresolved(unresolved):
    """A look after 14 of 28 days at which the vendor has few unresolved contacts, the others 6 of 420."""
    vendor, others = np.full(14, 8.0), np.full(14, 30.0)
    vendor[:unresolved] -= 1.0
    others[:12:2] -= 1.0
    totals = DayTotals(np.arange(14), vendor, np.full(14, 8.0), others, np.full(14, 30.0))
    return seen(totals, Schedule(0, 28, 7), RESOLVED, 0.05, (0.05, 0.05), 14)[-1]


def test_the_worse_a_vendor_looks_the_smaller_is_its_chance():
    looks = [_few_unresolved(unresolved) for unresolved in range(1, 10)]
    chances = [chance_if_equal(look, Schedule(0, 28, 7), RESOLVED, 0.05, 0.05) for look in looks]
    assert chances == sorted(chances, reverse=True)
    assert 0.9 < chances[0] < 1.0
    assert 0.1 < chances[-1] < 0.3
    for look in looks:  # those beyond the margin have the error that their statistic tells, too
        assert norm.ppf(t.cdf((look.value + 0.05) / look.error, 13)) == pytest.approx(
            look.statistic, abs=1e-9
        )
        half = t.ppf(norm.cdf(look.bound), 13) * look.error
        assert (look.low, look.high) == pytest.approx((look.value - half, look.value + half))
    assert looks[-1].value < -0.05
    assert looks[-1].statistic < 0.0


def test_the_chance_is_that_of_walks_from_here():
    look, rng = _few_unresolved(9), np.random.default_rng(15)
    schedule = Schedule(0, 28, 7)
    whole = seen(drawn_totals(Drawn(300, 0.2), 28, 0.0, rng), schedule, RESOLVED, 0.05, (0.05, 0.05), 28)
    drift = 0.05 / (look.error * math.sqrt(0.5))
    steps = rng.normal(0.25 * drift, 0.5, (100_000, 2)).cumsum(axis=1)  # a quarter of the days each
    walks = (look.statistic * math.sqrt(0.5) + steps) / np.sqrt([0.75, 1.0])
    crossed = (walks >= [whole[2].bound, whole[3].bound]).any(axis=1).mean()
    found = chance_if_equal(look, schedule, RESOLVED, 0.05, 0.05)
    assert found == pytest.approx(crossed, abs=0.006)


@pytest.mark.parametrize("error", [math.nan, 0.0])
def test_without_an_error_the_chance_is_not_known(error):
    look = _few_unresolved(5)._replace(error=error)
    assert math.isnan(chance_if_equal(look, Schedule(0, 28, 7), RESOLVED, 0.05, 0.05))


def test_a_vendor_beyond_the_margin_is_not_sure_to_be_kept():
    columns = _rows(28, vendor_level=0.92, level=0.99, seed=11)
    report = _check(_until(columns, 14), {"resolved": 0.05}, weeks=8)
    (measure,) = report.measures
    assert measure.verdict == "open"
    assert measure.last.statistic < 0.0
    assert measure.last.low < -0.05 < measure.last.high
    assert 0.0 < measure.chance < 0.9


def test_other_vendors_are_the_control_as_well():
    assert _check(_rows(91, others="syd")).verdict == "continue"


def test_contacts_that_not_both_might_have_are_not_compared():
    center = _center(hours=("mon-sun 10:00-17:00",))  # 09:00 to 16:00 in Stockholm
    columns = _rows(91)
    for place, start in enumerate(columns["start"]):
        clock = start[11:16]
        if clock < "09:00" or clock >= "16:00":
            columns["vendor"][place] = "in-house"
            columns["resolved"][place] = "no"
    assert _check(columns).verdict == "refused"
    report = _check(columns, center=center)
    assert report.verdict == "continue"
    assert report.measures[0].last.others > 0.75
    assert any("(nord closed)" in note for note in report.notes)
    columns["type"] = ["sales" if place % 2 else "service" for place in range(len(columns["type"]))]
    report = _check(columns, center=center)
    assert any("(contact type)" in note for note in report.notes)


def test_few_contacts_are_not_judged():
    columns = _rows(91, a_day=1, share=0.2, seed=3)
    report = _check(columns)
    assert sum(who == "nord" for who in columns["vendor"]) < 30
    assert (report.verdict, report.measures[0].verdict) == ("extend", "not judged")
    assert all(math.isnan(look.statistic) for look in report.looks)


def test_before_the_first_look_nothing_is_said():
    report = _check(_until(_rows(10), 5))
    assert (report.verdict, report.looked, report.looks) == ("extend", None, ())
    assert report.next_look == date(2026, 9, 13)


def test_what_nobody_knows_of_one_side_is_noted():
    columns = _rows(91)
    columns["resolved"] = [
        "" if who == "nord" and place % 3 else told
        for place, (who, told) in enumerate(zip(columns["vendor"], columns["resolved"], strict=True))
    ]
    assert any("no test can tell" in note for note in _check(columns).notes)


def test_gaps_and_what_lies_outside_are_named():
    columns = _rows(100)
    gap = {(START + timedelta(days=day)).isoformat(" ")[:10] for day in (20, 21)}
    kept = [place for place, start in enumerate(columns["start"]) if start[:10] not in gap]
    columns = {name: [column[place] for place in kept] for name, column in columns.items()}
    notes = _check(columns).notes
    assert "no contacts on 2 days" in notes
    assert any("after the planned end" in note for note in notes)


def test_weeks_as_clusters():
    report = _check(_rows(91, scatter=0.05), cluster="week")
    judged = [look for look in report.looks if not math.isnan(look.statistic)]
    assert (judged[0].day - START.date()).days == 34  # five weeks at least
    assert len(report.looks) == 13


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"margins": {}}, "margins"),
        ({"margins": {"resolvd": 0.1}}, "'resolved'"),
        ({"margins": {"resolved": 5}}, "0.05"),
        ({"margins": {"satisfaction": 0.0}}, "points"),
        ({"vendor": "nort"}, "'nord'"),
        ({"share": 0.0}, "share"),
        ({"share": 1.0}, "share"),
        ({"weeks": 0}, "weeks"),
        ({"weeks": 2, "learning_weeks": 2}, "learning time"),
        ({"learning_weeks": -1}, "learning_weeks"),
        ({"look_every": 0}, "look_every"),
        ({"look_every": 10, "cluster": "week"}, "whole weeks"),
        ({"cluster": "weeks"}, "'week'"),
        ({"error": 0.5}, "error"),
        ({"vendor": "syd", "share": 0.1, "weeks": 4}, "no contact of syd"),
        ({"vendor": "syd", "weeks": 4}, "share"),
        ({"center": _center(contract=Contract(price_per_contact=4)), "share": 0.2}, "weeks"),
    ],
)
def test_what_cannot_be_is_refused(options, told):
    center, vendor = options.pop("center", CENTER), options.pop("vendor", "nord")
    margins = options.pop("margins", {"resolved": 0.1})
    with pytest.raises(InputError, match=told):
        check_trial(_read(_rows(20), center), center, vendor, margins, **options)


# How large it has to be.


def _basis(how: Drawn, margin: float) -> Basis:
    """What is known of trials that are drawn so, from how they are drawn."""
    uneven = 1.0 + float(WEEKDAYS.var() / WEEKDAYS.mean() ** 2)
    spread = math.sqrt(how.level * (1.0 - how.level))
    return Basis(margin, spread, how.apart, how.contacts * float(WEEKDAYS.mean()), uneven, 1.0, how.level)


def _simulated(how: Drawn, weeks: int, margin: float, difference: float, trials: int, seed: int) -> float:
    rng, schedule, found = np.random.default_rng(seed), Schedule(0, 7 * weeks, 7), 0
    for _ in range(trials):
        totals = drawn_totals(how, 7 * weeks, difference, rng)
        looks = seen(totals, schedule, RESOLVED, margin, (0.05, 0.05), 7 * weeks)
        first = next((look.proof for look in looks if look.proof), "")
        found += first == "good"
    return found / trials


SCATTERS = [
    (Drawn(contacts=250, share=0.1, apart=0.0), 0.05, 0.9),
    (Drawn(contacts=500, share=0.1, apart=0.04), 0.05, 0.9),
    (Drawn(contacts=500, share=0.2, apart=0.1), 0.05, 0.8),
    (Drawn(contacts=900, share=0.1, level=0.85, common=0.02, apart=0.06), 0.03, 0.9),
]


@pytest.mark.parametrize(("how", "margin", "power"), [SCATTERS[1]])
def test_errors_and_power_are_as_planned(how, margin, power):
    size = size_of([_basis(how, margin)], how.share, Asked(power, 0.05, 0, 7, how.contacts))
    assert size.power >= power
    assert _simulated(how, size.weeks, margin, -margin, 500, seed=11) <= 0.05 + 0.03
    assert _simulated(how, size.weeks, margin, 0.0, 500, seed=12) == pytest.approx(size.power, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "margin", "power"), SCATTERS)
def test_errors_and_power_are_as_planned_in_2000_trials(how, margin, power):
    size = size_of([_basis(how, margin)], how.share, Asked(power, 0.05, 0, 7, how.contacts))
    assert _simulated(how, size.weeks, margin, -margin, 2000, seed=13) <= 0.06
    assert _simulated(how, size.weeks, margin, 0.0, 2000, seed=14) == pytest.approx(size.power, abs=0.03)


def test_the_shortest_trial_is_the_shortest():
    how = SCATTERS[1][0]
    basis, asked = _basis(how, 0.05), Asked(0.9, 0.05, 14, 7, how.contacts)
    size = size_of([basis], 0.1, asked)
    powers = [sum(stops_of(basis, 0.1, 0.05, Schedule(14, 7 * weeks, 7))) for weeks in range(3, 30)]
    assert size.weeks == 3 + next(place for place, power in enumerate(powers) if power >= 0.9)
    assert size.power == pytest.approx(powers[size.weeks - 3])
    assert size.vendor_contacts == pytest.approx(0.1 * size.contacts)
    assert 3 < size.expected_weeks < size.weeks


@settings(max_examples=8, deadline=None)
@given(st.floats(0.0, 0.1), st.floats(0.03, 0.1), st.floats(0.05, 0.5))
def test_more_scatter_and_smaller_margins_take_longer(scatter, margin, share):
    asked = Asked(0.8, 0.05, 0, 7, 400.0)

    def weeks(scatter, margin, share):
        basis = Basis(margin, 0.45, scatter, 400.0, 1.05, 1.0)
        return size_of([basis], share, asked).weeks or 1000

    whole = weeks(scatter, margin, share)
    assert weeks(scatter + 0.05, margin, share) >= whole
    assert weeks(scatter, 0.8 * margin, share) >= whole
    assert weeks(scatter, margin, 0.5 * share) >= whole


def test_a_trial_without_end_says_so():
    size = size_of([Basis(0.001, 0.45, 0.1, 50.0, 1.1, 1.0)], 0.1, Asked(0.9, 0.05, 0, 7, 50.0))
    assert size.weeks is None


def test_a_plan_rests_on_what_the_file_tells():
    columns = _rows(56, share=0.0, a_day=100)
    plan = plan_trial(_read(columns), CENTER, "nord", {"resolved": 0.1, "handle_time": 0.15})
    resolved, handle = plan.measures
    assert resolved.level == pytest.approx(0.8, abs=0.01)
    assert resolved.spread == pytest.approx(0.4, abs=0.01)
    assert resolved.scatter < 0.025  # none was put in
    assert not resolved.paired
    assert handle.spread == pytest.approx(math.sqrt(math.expm1(0.25)), rel=0.05)
    assert plan.chosen.share == 0.2  # as its contract says
    assert plan.contacts_a_day == pytest.approx(100)
    assert [size.share for size in plan.sizes] == [0.02, 0.05, 0.1, 0.2, 0.3, 0.5]
    assert any("of the 2 measures" in note for note in plan.notes)
    apart = plan_trial(_read(_rows(56, a_day=300, scatter=0.1)), CENTER, "nord", {"resolved": 0.1})
    assert apart.measures[0].paired
    assert apart.measures[0].scatter == pytest.approx(0.1, rel=0.3)


def test_a_plan_for_some_weeks_takes_the_smallest_share_that_is_enough():
    contract = Contract(price_per_contact=4)
    center = _center(contract=contract)
    read = _read(_rows(28, share=0.0, a_day=100), center)
    free = plan_trial(read, center, "nord", {"resolved": 0.05})
    tight = plan_trial(read, center, "nord", {"resolved": 0.05}, weeks=6)
    assert free.chosen.share < tight.chosen.share
    assert tight.chosen.weeks <= 6
    assert plan_trial(read, center, "nord", {"resolved": 0.005}, weeks=6).chosen is None
    told = plan_trial(read, center, "nord", {"resolved": 0.05}, share=0.15)
    assert told.chosen.share == 0.15
    assert plan_trial(read, center, "nord", {"resolved": 0.05}, share=0.02, weeks=2).chosen is None


@pytest.mark.parametrize(
    ("days", "options", "told"),
    [
        (10, {}, "14 days"),
        (20, {"power": 1.0}, "power"),
        (20, {"weeks": 0}, "weeks"),
        (20, {"weeks": 5.5}, "weeks"),
        (20, {"share": 1.2}, "share"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(days, options, told):
    with pytest.raises(InputError, match=told):
        plan_trial(_read(_rows(days)), CENTER, "nord", {"resolved": 0.1}, **options)


def test_where_nobody_ever_gave_up_nothing_can_be_planned():
    with pytest.raises(InputError, match="share abandoned that is the same"):
        plan_trial(_read(_rows(20)), CENTER, "nord", {"abandonment": 0.02})


@pytest.mark.slow
def test_shares_near_an_end_err_no_more_often():
    how, margin = Drawn(contacts=150, share=0.1, level=0.98, common=0.0, apart=0.0), 0.03
    size = size_of([_basis(how, margin)], how.share, Asked(0.9, 0.05, 0, 7, how.contacts))
    assert _simulated(how, size.weeks, margin, -margin, 2000, seed=15) <= 0.06
    assert _simulated(how, size.weeks, margin, 0.0, 2000, seed=16) == pytest.approx(size.power, abs=0.03)


def test_a_measure_that_the_file_does_not_tell_is_named():
    columns = _rows(20)
    columns["resolved"] = [""] * len(columns["resolved"])
    with pytest.raises(InputError, match="share resolved"):
        plan_trial(_read(columns), CENTER, "nord", {"resolved": 0.1})
