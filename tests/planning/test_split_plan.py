"""Split plans against references, brute force and bills that share no code with the program."""

import math
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pytest

from bporoute import Center, ContactType, Contract, InputError, Queue, Sourcing, Vendor
from bporoute.contracts import (
    BilledContact,
    FixedFee,
    MinimumCommitment,
    Multiplier,
    PerContact,
    PerHour,
    ServiceCredits,
    SlaMeasure,
    TakeOrPay,
    VolumeBand,
    VolumeTiers,
)
from bporoute.contracts._prorated import prorated
from bporoute.planning import Limits, ShiftPattern, Wages, plan
from bporoute.workload import Volumes

RATES = np.array([180.0, 360.0, 540.0, 660.0, 600.0, 510.0, 420.0, 240.0])
DESK = Queue(aht=300, patience=200, waiting_room=100, wait_cost_per_minute=0.15, abandonment_cost=8)
EIGHT = datetime(2026, 12, 7, 8)
WAGES = Wages(24.0)
PATTERNS = [
    ShiftPattern(name="half", starts=tuple(f"{8 + hour:02d}:00" for hour in range(5)), length=14_400.0),
    ShiftPattern(name="whole", starts=("08:00",), length=28_800.0, paid_share=0.95),
]


def vendor(contract: Contract, **others: object) -> Vendor:
    return Vendor(country="EE", timezone="UTC", contact_types=("desk",), contract=contract, **others)


def center_with(vendors: dict[str, Vendor], queue: Queue = DESK, **others: object) -> Center:
    sourcing = others.pop("sourcing", Sourcing.OVERFLOW)
    types = {"desk": ContactType(queue="desk", sourcing=sourcing)}
    return Center(queues={"desk": queue}, contact_types=types, vendors=vendors, **others)


def hourly(volume: np.ndarray, begin: datetime = EIGHT, cv: float = 0.0) -> Volumes:
    size = len(volume)
    starts = tuple(begin + timedelta(hours=hour) for hour in range(size))
    scatter = np.full(size, cv) if cv else None
    return Volumes(
        starts, ("desk",) * size, np.asarray(volume, float), np.full(size, 300.0), np.full(size, 3600.0),
        day_cv=scatter,
    )  # fmt: skip


FLAT = center_with({"nord": vendor(Contract(price_per_contact=6.0))})


@pytest.mark.compiled
def test_the_reference_of_eight_hours_in_whole_shifts() -> None:
    found = plan(FLAT, hourly(RATES), wages=WAGES, shifts=PATTERNS, gap=1e-7)
    assert found.cost == pytest.approx(8578.168037, abs=1e-6)
    assert found.bound <= found.cost + 1e-6
    assert found.gap < 1e-7
    people = {(shift.name, shift.begin.hour - 8): shift.people for shift in found.shifts}
    assert people == {("half", 1): 12, ("half", 2): 12, ("half", 3): 13, ("whole", 0): 23}


@pytest.mark.compiled
def test_the_reference_with_a_cheap_base_that_is_bought_in_blocks() -> None:
    """Of each hour the first 60, 120 .. contacts go out at 2.0 whether they come or not."""
    costs = {}
    for base in range(180, 360, 60):
        rest = np.maximum(RATES - base, 0.0)
        found = plan(FLAT, hourly(rest), wages=WAGES, shifts=PATTERNS, gap=1e-7)
        costs[base] = found.cost + 2.0 * base * len(RATES)
    assert min(costs, key=costs.__getitem__) == 240
    assert costs[240] == pytest.approx(8245.607898, abs=1e-5)


def cheapest_interval(
    rate: float, price: float, wage: float, most: int, agents: int | None = None
) -> tuple[float, float]:
    """Cost of an hour and contacts sent, by all thresholds and numbers of agents of a birth-death chain."""
    best = (math.inf, 0.0)
    for n in range(most + 1) if agents is None else (agents,):
        weights = [1.0]
        for present in range(1, n + DESK.waiting_room + 1):
            leaving = min(present, n) / DESK.aht + max(present - n, 0) / DESK.patience
            weights.append(weights[-1] * rate / leaving)
        weight = np.array(weights)
        waiting = np.maximum(np.arange(len(weight)) - n, 0.0)
        for last in range(len(weight)):
            share = weight[: last + 1] / weight[: last + 1].sum()
            line = float(share @ waiting[: last + 1])
            sent = 3600.0 * rate * float(share[last])
            money = 3600.0 * line * (DESK.wait_cost_per_minute / 60 + DESK.abandonment_cost / DESK.patience)
            best = min(best, (money + price * sent + wage * n, sent))
    return best


@pytest.mark.parametrize(("volume", "price"), [(24.0, 2.0), (40.0, 4.0), (60.0, 9.0)])
def test_an_hour_is_as_cheap_as_any_agents_and_threshold_make_it(volume: float, price: float) -> None:
    center = center_with({"nord": vendor(Contract(price_per_contact=price))})
    found = plan(center, hourly(np.array([volume])), wages=WAGES)
    cost, sent = cheapest_interval(volume / 3600.0, price, 24.0, 12)
    assert found.cost == pytest.approx(cost, rel=1e-9)
    assert found.volumes["nord"].sum() == pytest.approx(sent, rel=1e-6)


def all_out(vendors: dict[str, Vendor], volume: float) -> float:
    """What it costs if all contacts of a day go out."""
    center = center_with(vendors, sourcing=Sourcing.FULL)
    found = plan(center, hourly(np.full(4, volume / 4)), wages=WAGES)
    assert found.gap < 1e-3  # piece by piece, where a mean of them is none
    return found.cost


def a_month(terms: tuple[object, ...], **others: object) -> Contract:
    return Contract(terms=terms, **others)


SHARE = 1 / 31  # a day of December


@pytest.mark.parametrize(
    "terms",
    [
        (PerContact(price=4.0), TakeOrPay(volume=9_300, share=0.9, price=4.0)),
        (PerContact(price=4.0), MinimumCommitment(amount=24_800.0)),
        (
            VolumeTiers(
                mode="incremental",
                tiers=(VolumeBand(above=0, up_to=3_100, price=5.0), VolumeBand(above=3_100, price=2.0)),
            ),
        ),
        (
            VolumeTiers(
                mode="all_units",
                tiers=(VolumeBand(above=0, up_to=6_200, price=3.5), VolumeBand(above=6_200, price=2.9)),
            ),
        ),
        (FixedFee(fee=3_100.0, included=3_100, overage_price=2.5),),
    ],
    ids=["take_or_pay", "minimum", "incremental", "all_units", "fee"],
)
@pytest.mark.parametrize("volume", [100.0, 240.0, 400.0])
def test_contacts_that_all_go_out_are_divided_as_a_search_over_invoices_divides_them(
    terms: tuple[object, ...], volume: float
) -> None:
    other = Contract(price_per_contact=3.3)
    bound_one = a_month(terms)

    def owed(contract: Contract, contacts: float) -> float:
        usage = contract.usage().add(BilledContact(handle=300.0), contacts)
        return prorated(contract, usage, SHARE).total

    searched = min(
        owed(bound_one, contacts) + owed(other, volume - contacts)
        for contacts in np.linspace(0.0, volume, 2001)
    )
    found = all_out({"bound": vendor(bound_one), "other": vendor(other)}, volume)
    # a contact at the edge of a tier is not divided by the plan, and the search has a grid
    assert found == pytest.approx(searched, abs=0.5)
    assert found <= searched + 4.0 * SHARE


def test_a_tier_that_a_cap_keeps_out_of_reach_is_no_way() -> None:
    tiers = (VolumeBand(above=0, up_to=6_200, price=3.5), VolumeBand(above=6_200, price=1.0))
    capped = a_month((VolumeTiers(mode="all_units", tiers=tiers),), cap_per_day=100)
    cost = all_out({"bound": vendor(capped), "other": vendor(Contract(price_per_contact=3.6))}, 400.0)
    assert cost == pytest.approx(100 * 3.5 + 300 * 3.6)


TERMS = {
    "commitment": vendor(a_month((PerContact(price=4.0), TakeOrPay(volume=3_100, share=0.9, price=4.0)))),
    "night": vendor(
        a_month((PerContact(price=5.0), Multiplier(factor=1.25, hours=("daily 11:00-13:00",)))),
        hours=("daily 09:00-13:00",),
    ),
    "capped": vendor(Contract(price_per_contact=2.5, cap_per_hour=3, cap_per_day=10), capacity=1),
}


def rich(**others: object) -> Center:
    return center_with(TERMS, **others)


SMALL = hourly(np.array([30.0, 60.0, 90.0, 110.0, 100.0, 80.0]))


def test_bills_are_those_of_the_contracts_for_the_contacts_of_the_plan() -> None:
    found = plan(rich(), SMALL, wages=WAGES)
    for bill in found.contracts:
        contract = found.center.vendors[bill.vendor].contract
        usage = contract.usage()
        for start, contacts in zip(SMALL.starts, found.volumes[bill.vendor].tolist(), strict=True):
            # the factor of an hour changes at full hours alone
            usage = usage.add(BilledContact(handle=300.0, local=start, contact_type="desk"), contacts)
        owed = prorated(contract, msgspec.structs.replace(usage, begin=bill.begin), bill.share)
        assert bill.invoice.total == pytest.approx(owed.total, abs=0.005)
        assert bill.contacts == pytest.approx(found.volumes[bill.vendor].sum())
    lines = math.fsum(line.money for line in found.cost_lines)
    assert found.cost == pytest.approx(lines)
    assert found.bound <= found.cost * (1 + 1e-9)
    assert found.gap < 0.02


def test_a_whole_month_is_billed_by_the_invoice_to_the_cent() -> None:
    month = hourly(np.full(31, 20.0))
    starts = tuple(datetime(2026, 12, day, 10) for day in range(1, 32))
    found = plan(rich(), msgspec.structs.replace(month, starts=starts), wages=WAGES)
    for bill in found.contracts:
        assert bill.share == 1.0
        owed = found.center.vendors[bill.vendor].contract.invoice(bill.usage).total
        assert bill.invoice.total == pytest.approx(owed, abs=0.005)
    commitment = next(bill for bill in found.contracts if bill.vendor == "commitment")
    assert commitment.contacts == pytest.approx(
        min(31 * 20.0, 2790.0), rel=0.05
    )  # paid anyway, so it is used


def test_every_limit_holds_in_the_plan() -> None:
    limits = Limits(in_house_share=0.6, most_share={"commitment": 0.1}, most_agents={"desk": 8})
    found = plan(rich(min_in_house_share=0.5), SMALL, wages=WAGES, limits=limits)
    total, sent = SMALL.volume.sum(), sum(found.volumes.values())
    assert sent == pytest.approx(found.sent, abs=1e-6)
    assert (sent <= SMALL.volume + 1e-6).all()
    assert found.in_house_share >= 0.6 - 1e-6
    assert total - sent.sum() >= 0.5 * total - 1e-6
    assert found.volumes["commitment"].sum() <= 0.1 * total + 1e-6
    assert found.agents.max() <= 8
    capped = found.volumes["capped"]
    assert capped.max() <= 3 + 1e-6
    assert capped.sum() <= 10 + 1e-6
    open_hours = np.array([9 <= start.hour < 13 for start in SMALL.starts])
    assert not found.volumes["night"][~open_hours].any()


def test_a_vendor_less_is_never_cheaper_and_money_scales() -> None:
    whole = plan(rich(), SMALL, wages=WAGES, gap=1e-6)
    fees = {"commitment": 2790.0 * 4.0 * SHARE, "night": 0.0, "capped": 0.0}
    for name in TERMS:
        # what would be paid to it for nothing is not saved: a commitment stands
        rest = center_with({other: each for other, each in TERMS.items() if other != name})
        found = plan(rest, SMALL, wages=WAGES, gap=1e-6)
        assert found.cost + fees[name] >= whole.bound - 1e-6
    queue = msgspec.structs.replace(DESK, wait_cost_per_minute=0.3, abandonment_cost=16.0)
    twice = {
        "a": vendor(Contract(price_per_contact=8.0), hours=("daily 08:00-12:00",)),
        "b": vendor(Contract(price_per_contact=11.0)),
    }
    once = {
        "a": vendor(Contract(price_per_contact=4.0), hours=("daily 08:00-12:00",)),
        "b": vendor(Contract(price_per_contact=5.5)),
    }
    double = plan(center_with(twice, queue), SMALL, wages=Wages(48.0), gap=1e-6)
    single = plan(center_with(once), SMALL, wages=WAGES, gap=1e-6)
    assert double.cost == pytest.approx(2 * single.cost, rel=1e-6)


def test_uncertain_volumes_cost_more_and_send_more_out() -> None:
    certain = plan(FLAT, SMALL, wages=WAGES)
    unsure = plan(FLAT, msgspec.structs.replace(SMALL, day_cv=np.full(6, 0.2)), wages=WAGES)
    assert unsure.cost > certain.cost


def test_the_ways_of_sourcing() -> None:
    nord = {"nord": vendor(Contract(price_per_contact=1.0))}
    kept = plan(center_with(nord, sourcing=Sourcing.IN_HOUSE), SMALL, wages=WAGES)
    assert kept.volumes["nord"].sum() == 0.0
    assert np.isnan(kept.price).all()
    out = plan(center_with(nord, sourcing=Sourcing.SPECIALISED), SMALL, wages=WAGES)
    assert out.volumes["nord"] == pytest.approx(SMALL.volume)
    assert not out.agents.any()
    window = ContactType(queue="desk", sourcing=Sourcing.UNDERFLOW, hand_over=("daily 08:00-10:00",))
    handed = plan(
        Center(queues={"desk": DESK}, contact_types={"desk": window}, vendors=nord), SMALL, wages=WAGES
    )
    assert handed.volumes["nord"].tolist() == pytest.approx([30.0, 60.0, 0.0, 0.0, 0.0, 0.0])


def test_who_does_not_speak_a_language_of_the_queue_gets_nothing() -> None:
    """By the rule that the router goes by, although volumes do not tell languages apart."""
    cheap = {
        "nord": vendor(Contract(price_per_contact=1.0), languages=("sv",)),
        "syd": vendor(Contract(price_per_contact=2.0), languages=("sv", "fi")),
    }
    spoken = msgspec.structs.replace(DESK, languages=("sv", "fi"))
    found = plan(center_with(cheap, spoken, sourcing=Sourcing.SPECIALISED), SMALL, wages=WAGES)
    assert found.volumes["nord"].sum() == 0.0
    assert found.volumes["syd"] == pytest.approx(SMALL.volume)


def test_shifts_with_shrinkage_have_a_share_of_their_people_there() -> None:
    queue = msgspec.structs.replace(DESK, shrinkage=0.25)
    half = [ShiftPattern(name="half", starts=("08:00", "10:00", "11:00"), length=10_800.0, cost=100.0)]
    found = plan(center_with({"nord": vendor(Contract(price_per_contact=6.0))}, queue), SMALL, shifts=half)
    there = np.zeros(6)
    for shift in found.shifts:
        there[shift.begin.hour - 8 : shift.begin.hour - 5] += 0.75 * shift.people
    assert found.agents == pytest.approx(there)
    paid = math.fsum(line.money for line in found.cost_lines if line.what == "wages")
    assert paid == pytest.approx(100.0 * sum(shift.people for shift in found.shifts))
    assert found.gap < 0.05


def test_contacts_that_have_nowhere_to_go_are_named_with_their_day() -> None:
    tight = center_with(
        {"nord": vendor(Contract(price_per_contact=2.0, cap_per_day=20))}, sourcing=Sourcing.SPECIALISED
    )
    with pytest.raises(InputError, match=r"450\.0 contacts of Monday 07 December have nowhere to go"):
        plan(tight, SMALL, wages=WAGES)


def test_a_share_that_too_few_agents_can_keep_is_named_with_the_nearest() -> None:
    limits = Limits(in_house_share=0.9, most_agents={"desk": 2})
    with pytest.raises(InputError, match="in_house_share of at most") as caught:
        plan(rich(), SMALL, wages=WAGES, limits=limits)
    assert "2 agents (desk)" in str(caught.value)


def chats() -> Queue:
    return msgspec.structs.replace(DESK, concurrency=2, slowdown=(1.4,))


@pytest.mark.parametrize(
    ("center", "named"),
    [
        (
            center_with({}, msgspec.structs.replace(DESK, wait_cost_per_minute=0.0, abandonment_cost=0.0)),
            "costs",
        ),
        (center_with({}, chats()), "several contacts at once"),
        (center_with({"nord": vendor(Contract(cap_money_per_day=90.0))}), "cap_money_per_day"),
        (center_with({"nord": vendor(Contract(), max_exposure=90.0)}), "max_exposure"),
        (
            center_with({"a": vendor(Contract()), "b": vendor(Contract())}, max_concentration=0.6),
            "concentration",
        ),
        (
            center_with({"nord": vendor(a_month((PerHour(price=9.0, hours="paid"),)))}),
            r"vendors\.nord\.contract\.terms\[0\]",
        ),
        (
            Center(
                queues={"desk": DESK},
                contact_types={
                    "desk": ContactType(queue="desk"),
                    "other": ContactType(queue="desk", sourcing=Sourcing.IN_HOUSE),
                },
            ),
            "differ in sourcing",
        ),
    ],
)
def test_what_a_plan_cannot_model_is_refused_by_name(center: Center, named: str) -> None:
    with pytest.raises(InputError, match=named):
        plan(center, SMALL, wages=WAGES)


def test_volumes_and_wages_that_are_missing_are_asked_for() -> None:
    with pytest.raises(InputError, match="wages"):
        plan(rich(), SMALL)
    with pytest.raises(InputError, match="center's: desk"):
        plan(rich(), msgspec.structs.replace(SMALL, queues=("other",) * 6), wages=WAGES)
    with pytest.raises(InputError, match="no contact"):
        plan(rich(), msgspec.structs.replace(SMALL, volume=np.zeros(6)), wages=WAGES)
    with pytest.raises(InputError, match="no such vendor"):
        plan(rich(), SMALL, wages=WAGES, limits=Limits(most_share={"sud": 0.5}))


def test_service_levels_that_nobody_knows_yet_are_a_note() -> None:
    credits = ServiceCredits(
        measures=(SlaMeasure(name="sl", target=0.8, floor=0.6, weight=1.0),), at_risk=0.1
    )
    center = center_with({"nord": vendor(a_month((PerContact(price=6.0), credits)))})
    found = plan(center, SMALL, wages=WAGES)
    assert any("no credit" in note for note in found.notes)


def test_contacts_of_a_closed_queue_without_a_vendor_are_a_note() -> None:
    queue = msgspec.structs.replace(DESK, hours=("daily 09:00-20:00",))
    found = plan(center_with({}, queue), SMALL, wages=WAGES)
    assert "30 contacts in 1 interval" in found.notes[0]
    assert found.agents[0] == 0.0


def test_the_same_input_gives_the_same_plan() -> None:
    one, two = (plan(rich(), SMALL, wages=WAGES) for _ in range(2))
    assert one.cost == two.cost
    assert one.agents.tolist() == two.agents.tolist()
    assert {name: each.tolist() for name, each in one.volumes.items()} == {
        name: each.tolist() for name, each in two.volumes.items()
    }


@pytest.mark.compiled
def test_days_that_are_planned_by_price_are_as_good_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days of half hours: bounds and costs of both ways, which share the program alone."""
    shape = np.maximum(1.0, 25.0 * np.sin(np.linspace(0.0, math.pi, 24)))
    starts = tuple(
        datetime(2026, 12, day, 8) + timedelta(minutes=30 * part) for day in (7, 8) for part in range(24)
    )
    size = len(starts)
    volume, aht, seconds = np.concatenate([shape, 0.8 * shape]), np.full(size, 300.0), np.full(size, 1800.0)
    two_days = Volumes(starts, ("desk",) * size, volume, aht, seconds)
    queue = msgspec.structs.replace(DESK, shrinkage=0.2)
    patterns = [
        ShiftPattern(name="four", starts=tuple(f"{hour:02d}:00" for hour in range(8, 17)), length=14_400.0),
        ShiftPattern(name="eight", starts=("08:00", "10:00", "12:00"), length=28_800.0, paid_share=0.9),
    ]
    limits = Limits(in_house_share=0.8)
    found = {}
    for jointly in (0, 1000):
        monkeypatch.setattr("bporoute.planning._split_plan.JOINTLY", jointly)
        found[jointly] = plan(
            center_with(TERMS, queue), two_days, wages=WAGES, shifts=patterns, limits=limits, seconds=10.0
        )
    by_price, at_once = found[0], found[1000]
    assert max(by_price.bound, at_once.bound) <= min(by_price.cost, at_once.cost) + 1e-6
    assert by_price.cost <= at_once.cost * (1 + 1e-9)  # all at once is tried, too, where that is not close
    for each in found.values():
        assert each.in_house_share >= 0.8 - 1e-6
        there = np.zeros(size)
        lengths = {"four": 8, "eight": 16}
        for shift in each.shifts:
            begin = two_days.starts.index(shift.begin)
            there[begin : begin + lengths[shift.name]] += 0.8 * shift.people
        assert each.agents == pytest.approx(there)


def test_an_interrupt_ends_the_search_with_the_best_so_far() -> None:
    """The search of a case with tiers goes on after its first plan; before that there is none to tell."""
    bands = VolumeBand(above=0, up_to=3_100, price=5.0), VolumeBand(above=3_100, price=2.0)
    tiers = VolumeTiers(mode="incremental", tiers=bands)
    center = center_with({"nord": vendor(Contract(terms=(tiers,)))})
    comes = hourly(RATES[:4])

    def interrupted_at(step: str) -> None:
        if said.append(step) or step == where:
            raise KeyboardInterrupt

    said: list[str] = []
    where = ""
    whole = plan(
        center, hourly(RATES[:4]), wages=WAGES, shifts=PATTERNS[:1], gap=0.0, progress=interrupted_at
    )
    assert not whole.interrupted
    where = said[-1]
    assert "piece by piece" in where
    best = plan(center, comes, wages=WAGES, shifts=PATTERNS[:1], gap=0.0, progress=interrupted_at)
    assert best.interrupted
    assert best.bound <= whole.cost + 1e-6
    assert best.cost >= whole.cost - 1e-6
    where = said[1]
    with pytest.raises(KeyboardInterrupt):
        plan(center, comes, wages=WAGES, shifts=PATTERNS[:1], progress=interrupted_at)
