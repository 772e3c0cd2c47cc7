"""Hours that are handed over: against HiGHS and invoices, obeyed by the router, refused where impossible."""

import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    Queue,
    QueueState,
    Router,
    ServiceLevel,
    Snapshot,
    Vendor,
    required_agents,
)
from bporoute._base.clock import is_open, opening_hours
from bporoute.center import DataRule
from bporoute.contracts import (
    BilledContact,
    FixedFee,
    Multiplier,
    PerContact,
    PerHour,
    PerMinute,
    TakeOrPay,
    Tier,
    Trial,
)
from bporoute.durations import Exponential
from bporoute.errors import InputError
from bporoute.planning import Premium, Wages, handover
from bporoute.planning._windows import windows_of
from bporoute.workload import Volumes
from helpers.runs_by_highs import by_highs

MONDAY = datetime(2026, 11, 30)
WAGES = Wages(30.0, "EUR", (Premium(0.25, hours=("daily 22:00-06:00",)),))
BERLIN = ZoneInfo("Europe/Berlin")
BY_MINUTE = Contract(
    terms=(
        PerMinute(price=1.8, step=60),
        Multiplier(factor=1.3, hours=("sat-sun 00:00-24:00",)),
    )
)


def center_with(contract=BY_MINUTE, queue=None, kind=None, **vendor):
    told = {"country": "BG", "timezone": "Europe/Sofia", "contact_types": ("desk",), **vendor}
    return Center(
        timezone="Europe/Berlin",
        country="DE",
        queues={"desk": Queue(**{"aht": 240, "patience": 180, "shrinkage": 0.3, **(queue or {})})},
        contact_types={"desk": ContactType(**{"queue": "desk", "sourcing": "in_house", **(kind or {})})},
        vendors={"night": Vendor(contract=contract, **told)},
    )


def volume_at(start):
    busy = 45.0 * math.exp(-(((start.hour + start.minute / 60.0 - 13.0) / 4.0) ** 2))
    return 1.5 + busy * (1.0 if start.weekday() < 5 else 0.3)


def volumes_of(days=7, begin=MONDAY, minutes=60, **more):
    starts = [begin + timedelta(minutes=minutes * step) for step in range(days * 1440 // minutes)]
    return volumes_at(starts, minutes, **more)


def volumes_at(starts, minutes=60, queue="desk", **more):
    size = len(starts)
    volume = np.array([volume_at(start) * minutes / 60.0 for start in starts])
    return Volumes(
        tuple(starts), (queue,) * size, volume, np.full(size, 240.0), np.full(size, 60.0 * minutes), **more
    )


@pytest.fixture(scope="module")
def found():
    return handover(center_with(), volumes_of(14), "night", WAGES, least_agents=2)


def out_of_house(plan):
    """Sums over all intervals that go out, as an invoice of them one by one says."""
    volumes, usage = plan.staffing.volumes, BY_MINUTE.usage()
    for place in np.flatnonzero(plan.out):
        local = volumes.starts[place].replace(tzinfo=BERLIN).astimezone(ZoneInfo("Europe/Sofia"))
        contact = BilledContact(handle=Exponential(240.0), local=local.replace(tzinfo=None))
        usage = usage.add(contact, float(volumes.volume[place]))
    return BY_MINUTE.invoice(usage).total


def test_the_bill_is_the_invoice_of_what_goes_out(found):
    assert found.answer == "windows"
    assert 2 * found.vendor_cost == pytest.approx(out_of_house(found), abs=0.005)
    assert 2 * found.vendor_cost == pytest.approx(found.prices[found.out].sum(), abs=0.005)


def test_what_stays_costs_the_wages_of_the_agents_it_needs(found):
    volumes = found.staffing.volumes
    needed = required_agents(  # a load that changes scatters; by the load of the hour alone it is close
        volumes.volume / 3600.0, 240.0, ServiceLevel(probability=0.8, within=20), patience=180.0
    )
    wages = 0.0
    for place, start in enumerate(volumes.starts):
        if not found.out[place]:
            night = 1.25 if start.hour >= 22 or start.hour < 6 else 1.0
            assert abs(found.needed[place] - max(needed[place], 2)) <= 1
            assert found.agents[place] == math.ceil(found.needed[place] / 0.7 - 1e-9)
            wages += 30.0 * night * found.agents[place]
    assert 2 * (found.cost - found.vendor_cost) == pytest.approx(wages)
    assert found.saving == pytest.approx(found.in_house - found.cost)
    assert 2 * found.released_hours == pytest.approx(found.agents[found.out].sum())
    assert 2 * found.contacts_out == pytest.approx(volumes.volume[found.out].sum())
    assert [week.monday for week in found.weeks] == [date(2026, 11, 30), date(2026, 12, 7)]
    assert sum(week.contacts_out for week in found.weeks) == pytest.approx(2 * found.contacts_out)
    assert 0.8 < found.service_level < 0.95


@pytest.mark.parametrize(("crew", "window"), [(4, 2), (9, 6), (1, 1)])
def test_a_week_is_as_cheap_as_by_highs(crew, window):
    plan = handover(
        center_with(),
        volumes_of(),
        "night",
        WAGES,
        least_agents=2,
        least_crew=3600 * crew,
        least_window=3600 * window,
    )
    assert plan.exact
    assert plan.cost == pytest.approx(by_highs(plan.wages, plan.prices, (crew, window)), abs=1e-6)


def test_alike_days_are_as_cheap_as_by_highs():
    plan = handover(center_with(), volumes_of(), "night", WAGES, least_agents=2, same_all_days=True)
    by_day = [part.reshape(7, 24).sum(axis=0) for part in (plan.wages, plan.prices)]
    assert plan.cost == pytest.approx(by_highs(*by_day, (4, 2)), abs=1e-6)
    assert all(window.startswith("daily ") for window in plan.windows)
    free = handover(center_with(), volumes_of(), "night", WAGES, least_agents=2)
    assert free.cost <= plan.cost + 1e-9


@given(st.lists(st.booleans(), min_size=7 * 12, max_size=7 * 12))
def test_windows_hold_in_their_slots_and_in_no_others(marked):
    week = np.array(marked)
    spans = opening_hours(windows_of(week))
    for slot, out in enumerate(marked):
        for minute in (0, 119):
            local = datetime(2024, 1, 1) + timedelta(hours=2 * slot, minutes=minute)
            assert (bool(spans) and is_open(spans, local)) == out


def test_windows_past_midnight_and_past_the_end_of_the_week():
    week = np.zeros((7, 24), dtype=bool)
    week[:, 22:] = week[:, :6] = True
    assert windows_of(week.ravel()) == ("daily 22:00-06:00",)
    week[5:] = True
    assert windows_of(week.ravel()) == (
        "mon 00:00-06:00",
        "mon-thu 22:00-06:00",
        "fri 22:00-24:00",
        "sat-sun 00:00-24:00",
    )


def test_the_router_obeys(found, tmp_path):
    path = tmp_path / "center.toml"
    path.write_text(found.applied_to(center_with()).to_toml())
    center = Center.load(path)
    now = MONDAY.replace(tzinfo=BERLIN).timestamp()
    router = Router(center, clock=lambda: now, compile=False)
    idle = Snapshot(desk=QueueState(agents=50, busy=0, waiting=0))
    for place, start in enumerate(found.staffing.volumes.starts[:168]):
        for minute in (0, 59):
            now = (start + timedelta(minutes=minute)).replace(tzinfo=BERLIN).timestamp()
            decision = router.preview(Contact("desk"), idle)
            assert decision.destination == ("night" if found.out[place] else "desk")


def test_a_dear_vendor_gets_nothing_and_a_cheap_one_everything():
    dear = handover(center_with(Contract(price_per_contact=80.0)), volumes_of(), "night", WAGES)
    assert (dear.answer, dear.windows, dear.saving, dear.released_hours) == ("nothing", (), 0.0, 0.0)
    assert (dear.saving_low, dear.saving_high) == (0.0, 0.0)
    before = center_with(kind={"sourcing": "underflow", "hand_over": ("sat 00:00-24:00",)})
    kept = dear.applied_to(before).contact_types["desk"]
    assert (kept.sourcing, kept.hand_over) == ("in_house", ())
    cheap = handover(center_with(Contract(price_per_contact=1.0)), volumes_of(), "night", WAGES)
    assert (cheap.answer, cheap.windows) == ("everything", ("daily 00:00-24:00",))
    assert cheap.cost == cheap.everything == pytest.approx(cheap.contacts)
    assert any("full outsourcing" in note for note in cheap.notes)
    assert math.isnan(cheap.service_level)


@settings(max_examples=8, deadline=None)
@given(st.floats(1.0, 30.0), st.floats(0.5, 3.0))
def test_money_scales_and_a_dearer_vendor_never_saves_more(price, times):
    week = volumes_of(minutes=120)

    def plan(price, wage):
        return handover(center_with(Contract(price_per_contact=price)), week, "night", Wages(wage, "EUR"))

    one = plan(price, 30.0)
    scaled = plan(times * price, times * 30.0)
    assert scaled.cost == pytest.approx(times * one.cost)
    assert plan(1.1 * price, 30.0).saving <= one.saving + 1e-9
    assert one.saving >= 0.0
    assert one.cost <= min(one.in_house, one.everything) + 1e-9


def test_the_saving_of_four_of_five_weeks(found):
    told = volumes_of(14, day_cv=np.full(336, 0.2), interval_cv=np.full(336, 0.3))
    plan = handover(center_with(Contract(price_per_contact=6.0)), told, "night", WAGES, least_agents=2)
    chance = np.random.default_rng(5)
    day = chance.gamma(25.0, 1 / 25.0, (4000, 14)).repeat(24, axis=1)
    alone = chance.gamma(1 / 0.09, 0.09, (4000, 336))
    contacts = chance.poisson(told.volume * day * alone)
    bills = 6.0 * (contacts * plan.out).reshape(4000, 2, 168).sum(axis=2).ravel()
    kept = plan.cost - plan.vendor_cost
    low, high = plan.in_house - kept - np.quantile(bills, [0.9, 0.1])
    assert plan.saving_low == pytest.approx(low, rel=0.02)
    assert plan.saving_high == pytest.approx(high, rel=0.02)
    assert found.saving_low < found.saving < found.saving_high  # chance alone


def test_a_commitment_is_filled_and_owed_anyway():
    terms = (
        PerContact(price=9.0),
        TakeOrPay(volume=4000, share=0.9, price=9.0),
        FixedFee(fee=500),
    )
    contract = Contract(terms=terms)
    plan = handover(center_with(contract), volumes_of(), "night", WAGES)
    weeks = 365.25 / 12 / 7
    assert plan.owed_anyway == pytest.approx((500 + 9.0 * 3600) / weeks)
    bill = contract.invoice(contract.usage().add(BilledContact(handle=240.0), plan.contacts_out * weeks))
    assert plan.owed_anyway + plan.vendor_cost == pytest.approx(bill.total / weeks)
    without = handover(center_with(Contract(price_per_contact=9.0)), volumes_of(), "night", WAGES)
    assert plan.contacts_out > without.contacts_out
    assert plan.saving > without.saving
    assert not plan.exact
    assert any("without any contact" in note for note in plan.notes)


@pytest.mark.parametrize("volume", [1500, 3000, 4000, 6000])
def test_a_commitment_is_nearly_as_cheap_as_by_highs(volume):
    contract = Contract(terms=(PerContact(price=9.0), TakeOrPay(volume=volume, share=0.9, price=9.0)))
    uneven = np.exp(0.1 * np.random.default_rng(volume).normal(size=168))
    week = volumes_of()
    week = msgspec.structs.replace(week, volume=week.volume * uneven)
    plan = handover(center_with(contract), week, "night", WAGES)
    committed = 0.9 * volume / (365.25 / 12 / 7)
    best = by_highs(plan.wages, 9.0 * week.volume, (4, 2), week.volume, committed, 9.0)
    assert best - 1e-6 <= plan.cost + plan.owed_anyway <= 1.002 * best


def test_a_commitment_of_a_queue_that_closes():
    contract = Contract(terms=(PerContact(price=9.0), TakeOrPay(volume=3000, price=9.0)))
    office = center_with(contract, queue={"hours": ("mon-fri 08:00-20:00",)})
    plan = handover(office, volumes_of(), "night", WAGES, same_all_days=True)
    committed = 3000 / (365.25 / 12 / 7)
    assert 0.8 * committed < plan.contacts_out < 1.2 * committed  # all days alike are a coarse measure
    assert plan.saving > 0.0


def test_tiers_are_taken_where_the_volume_reaches_them():
    cliff = Contract(
        tiers=(Tier(above=0, up_to=2000, price_per_contact=12.0), Tier(above=2000, price_per_contact=1.0))
    )
    plan = handover(center_with(cliff), volumes_of(), "night", WAGES)
    flat = handover(center_with(Contract(price_per_contact=12.0)), volumes_of(), "night", WAGES)
    assert plan.answer == "everything"  # no window is worth 12, but beyond 2,000 contacts each is worth 1
    assert plan.saving > flat.saving


def test_a_vendor_that_is_closed_or_small_keeps_hours_at_home():
    night_only = center_with(Contract(price_per_contact=1.0), hours=("daily 21:00-07:00",))  # an hour ahead
    plan = handover(night_only, volumes_of(), "night", WAGES)
    assert plan.windows == ("daily 20:00-06:00",)
    assert plan.everything is None
    assert any("closed in 98 intervals" in note for note in plan.notes)
    small = handover(center_with(Contract(price_per_contact=1.0), capacity=4), volumes_of(), "night", WAGES)
    assert small.needed[small.out].max() <= 4 < small.needed[~small.out].max()
    assert any("too small" in note for note in small.notes)


def test_a_queue_that_closes_breaks_windows_and_crews():
    hours = ("mon-fri 08:00-20:00", "sat 10:00-13:00")
    office = center_with(Contract(price_per_contact=4.0), queue={"hours": hours})
    starts = [start for start in volumes_of().starts if start.weekday() < 6]
    plan = handover(office, volumes_at(starts), "night", WAGES, least_agents=2, least_crew=6 * 3600)
    outside = [start for start in starts if not is_open(office.queues["desk"].spans, start)]
    assert not plan.out[[starts.index(start) for start in outside]].any()
    assert any("while it is closed" in note for note in plan.notes)
    saturday = plan.out[[place for place, start in enumerate(starts) if start.weekday() == 5]]
    assert saturday[10:13].all()  # three hours, though crews and windows are longer elsewhere
    for day in range(5):
        mask = plan.out[24 * day + 8 : 24 * day + 20]
        kept = np.flatnonzero(~mask)
        assert len(kept) == 0 or len(kept) >= 6


def test_holidays_of_the_vendor_are_kept_and_those_of_the_queue_are_none():
    holiday = date(2026, 12, 2)
    vendor_shut = center_with(Contract(price_per_contact=1.0), holidays=(holiday,))
    plan = handover(vendor_shut, volumes_of(14), "night", WAGES)
    shut = [
        place
        for place, start in enumerate(plan.staffing.volumes.starts)
        if start.replace(tzinfo=BERLIN).astimezone(ZoneInfo("Europe/Sofia")).date() == holiday
    ]
    assert not plan.out[shut].any()
    assert len(shut) == 24
    assert plan.out.sum() == 14 * 24 - 24
    assert any("has a holiday on 2026-12-01, 2026-12-02" in note for note in plan.notes)
    queue_shut = center_with(Contract(price_per_contact=1.0), queue={"holidays": (holiday,)})
    without = volumes_at([start for start in volumes_of(14).starts if start.date() != holiday])
    assert handover(queue_shut, without, "night", WAGES).answer == "everything"


def test_a_paid_holiday_is_told():
    wages = Wages(30.0, "EUR", (Premium(1.0, days=frozenset({date(2026, 12, 2)})),))
    plan = handover(center_with(), volumes_of(14), "night", wages)
    assert any("2026-12-02 is paid as a holiday, and counts as one of 2" in note for note in plan.notes)
    assert plan.wages[48:72].sum() == pytest.approx(2 * plan.wages[24 * 9 : 24 * 10].sum(), rel=0.1)


def test_the_weeks_in_which_the_clock_is_changed():
    spring = list(volumes_of(begin=datetime(2026, 3, 23)).starts)
    skipped = datetime(2026, 3, 29, 2)
    plan = handover(center_with(), volumes_at([s for s in spring if s != skipped]), "night", WAGES)
    assert plan.answer == "windows"
    autumn = list(volumes_of(begin=datetime(2026, 10, 19)).starts)
    twice = autumn.index(datetime(2026, 10, 25, 2))
    autumn.insert(twice + 1, autumn[twice].replace(fold=1))
    longer = handover(center_with(), volumes_at(autumn), "night", WAGES)
    assert longer.out[twice] == longer.out[twice + 1]
    assert longer.contacts == pytest.approx(plan.contacts + 2 * volume_at(autumn[twice]))


ENDS = Contract(price_per_contact=3.0, end=date(2026, 12, 3))
BY_HOURS = Contract(terms=(PerHour(price=20.0, hours="logged"),))
BAD = [
    ({"vendor": "nihgt"}, {}, "vendor", "'nihgt'"),
    ({"queue": "desc"}, {}, "queue", "'desc'"),
    ({"least_window": 0}, {}, "least_window", "0"),
    ({"least_agents": -1}, {}, "least_agents", "-1"),
    ({}, {"contact_types": ("other",)}, "vendors.night", "takes other, not desk"),
    ({}, {"languages": ("en",)}, "vendors.night", "speaks en, not de"),
    ({}, {"hours": ("mon 03:00-03:30",)}, "vendors.night.hours", "never open"),
    (
        {},
        {"contract": Contract(price_per_contact=3.0, end=date(2026, 12, 3))},
        "vendors.night.contract",
        "a term",
    ),
    ({}, {"contract": BY_HOURS}, "vendors.night.contract", "hours or people"),
]


@pytest.mark.parametrize(("asked", "vendor", "where", "what"), BAD, ids=[f"{bad[2]} {bad[3]}" for bad in BAD])
def test_what_cannot_be_is_refused(asked, vendor, where, what):
    contract = vendor.pop("contract", BY_MINUTE) if "contract" in vendor else BY_MINUTE
    center = (
        center_with(contract, {"languages": ("de",)}, **{"languages": ("de",), **vendor})
        if (vendor.get("contact_types") != ("other",))
        else with_another_type()
    )
    named = {"vendor": "night", **asked}
    with pytest.raises(InputError) as complaint:
        handover(center, volumes_of(), named.pop("vendor"), WAGES, **named)
    assert complaint.value.where == where
    assert what in str(complaint.value)


def with_another_type():
    center = center_with()
    kinds = {**center.contact_types, "other": ContactType(queue="desk")}
    night = msgspec.structs.replace(center.vendors["night"], contact_types=("other",))
    return msgspec.structs.replace(center, contact_types=kinds, vendors={"night": night})


def test_data_that_the_vendor_may_not_see():
    plain = center_with()
    kind = msgspec.structs.replace(plain.contact_types["desk"], data=("health",))
    center = msgspec.structs.replace(
        plain, contact_types={"desk": kind}, data_rules={"health": DataRule(kind="domestic_only")}
    )
    with pytest.raises(InputError, match="may not see this data") as complaint:
        handover(center, volumes_of(), "night", WAGES)
    now = MONDAY.replace(tzinfo=BERLIN).timestamp()
    decision = Router(center, clock=lambda: now, compile=False).preview(Contact("desk"))
    (reason,) = [each.reason.text for each in decision.rejected if each.destination == "night"]
    assert reason in str(complaint.value)


def test_what_goes_out_anyway_has_no_windows():
    with pytest.raises(InputError, match="sourcing: found 'full'"):
        handover(center_with(kind={"sourcing": "full"}), volumes_of(), "night", WAGES)


@pytest.mark.parametrize(
    ("volumes", "what"),
    [
        (volumes_of(6), "no rows for 24 intervals in which it is open, the first on sun 2026-12-06 00:00"),
        (volumes_at([s for s in volumes_of().starts if s.hour > 2]), "no rows for 21 intervals"),
        (volumes_at([s + timedelta(minutes=10) for s in volumes_of().starts]), "one that starts at 00:10:00"),
        (volumes_of(minutes=50), "intervals of 50 minutes"),
        (volumes_of(queue="mail"), "volumes: found the queue 'mail'; expected one of: desk"),
    ],
)
def test_forecasts_that_are_no_week_of_the_queue(volumes, what):
    with pytest.raises(InputError) as complaint:
        handover(center_with(), volumes, "night", WAGES)
    assert what in str(complaint.value)


def test_a_forecast_without_names_is_of_the_only_queue():
    plan = handover(center_with(), volumes_of(queue="all"), "night", WAGES)
    assert plan.queue == "desk"
    assert plan.applied_to(center_with()).contact_types["desk"].hand_over == plan.windows


def test_a_forecast_of_nobody():
    nobody = msgspec.structs.replace(volumes_of(), volume=np.zeros(168))
    with pytest.raises(InputError, match="no contacts while it is open"):
        handover(center_with(), nobody, "night", WAGES)


def test_chats_need_room_for_all_that_agents_have_in_hand():
    chats = {"concurrency": 3, "slowdown": (1.3, 1.6), "patience": math.inf}
    center = center_with(Contract(price_per_contact=0.5), queue=chats, capacity=6)
    plan = handover(center, volumes_of(minutes=360), "night", WAGES)
    assert 3 * plan.needed[plan.out].max() <= 6 < 3 * plan.needed.max()


def test_a_forecast_without_the_queue():
    center = center_with()
    mail = msgspec.structs.replace(center, queues={**center.queues, "mail": Queue(aht=300)})
    with pytest.raises(InputError, match="no rows of the queue 'desk'"):
        handover(mail, volumes_of(queue="mail"), "night", WAGES, queue="desk")


def test_limits_that_the_router_keeps_are_told():
    contract = Contract(
        price_per_contact=1.0,
        cap_per_day=100,
        cap_per_period=5000,
        cap_money_per_day=90,
        start=date(2026, 11, 1),
        terms=(Trial(months=3, share=0.2),),
    )
    limited = center_with(contract, max_share=0.4, expected_wait=45.0)
    plan = handover(msgspec.structs.replace(limited, min_in_house_share=0.3), volumes_of(), "night", WAGES)
    told = " ".join(plan.notes)
    assert "takes 100 a day" in told
    assert "takes 5,000: the rest stays" in told
    assert "not looked at: cap_money_per_day" in told
    assert "on trial" in told
    assert "40 % of all of a day" in told
    assert "30 % have to" in told
    assert "contacts wait 45 s" in told
