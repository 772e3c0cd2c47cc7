"""What if a vendor fails: held against simulations, the router, and figures made by hand."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bporoute as bp
from bporoute.errors import InputError
from bporoute.estimates._confidence import LEVEL
from bporoute.governance import what_if_fails
from bporoute.governance._failures._agents_needed import with_more
from bporoute.governance._failures._concentration import herfindahl
from bporoute.governance._failures._kinds import kinds_of
from bporoute.routing._hard_rules import HARD_RULE_CODES
from bporoute.simulation import Outage, Scenario, simulate
from bporoute.simulation._results import FEWEST_REPLICATIONS
from bporoute.workload import Arrivals, Schedule

START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
NOON = START + timedelta(hours=3)


def vendor(*types, **changes):
    usual = {"country": "EE", "timezone": "UTC", "expected_wait": 5.0, "languages": ("sv", "en")}
    price = changes.pop("contract", {"price_per_contact": 2.0})
    return bp.Vendor(**{**usual, **changes}, contact_types=types, contract=bp.Contract(**price))


def center(**changes):
    """Two desks; one vendor for both, one that speaks English alone, one whose certificate ends."""
    queue = {"aht": 200.0, "patience": 120.0, "wait_cost_per_minute": 0.5, "abandonment_cost": 6.0}
    vendors = {
        "nord": vendor("call", "card", certificates={"PCI DSS": date(2030, 1, 1)}, capacity=12),
        "manila": vendor("call", country="PH", languages=("en",), contract={"price_per_minute": 0.3}),
        "late": vendor("card", hours=("mon-fri 11:00-20:00",), certificates={"PCI DSS": date(2026, 11, 22)}),
    }
    whole = {
        "queues": {
            "desk": bp.Queue(**queue, languages=("sv", "en"), schedule={"08:00": 4}),
            "till": bp.Queue(**queue, languages=("sv",), schedule={"08:00": 3}),
        },
        "contact_types": {
            "call": bp.ContactType(queue="desk"),
            "card": bp.ContactType(queue="till", certificates=("PCI DSS",)),
        },
        "vendors": vendors,
    }
    return bp.Center(**{**whole, **changes})


def arrivals(volumes=(40.0, 60.0, 40.0), *, languages=True, types=("call", "card"), **scatter):
    """Hours from nine on; calls in two languages."""
    edges = START.timestamp() + 3600.0 * np.arange(len(volumes) + 1)
    counts = np.array(volumes)
    spoken = {"call": {"sv": 0.7, "en": 0.3}, "card": {"sv": 1.0}} if languages else {}
    streams = [
        bp.Stream(f"{name}/{language}", bp.Contact(name, language), share * counts)
        for name in types
        for language, share in spoken.get(name, {"": 1.0}).items()
    ]
    return Arrivals(edges=edges, streams=tuple(streams), **scatter)


def failures(config=None, comes=None, **options):
    given_ = {"agents": False, "pairs": False, **options}
    return what_if_fails(config or center(), comes or arrivals(), **given_)


@pytest.fixture(scope="module")
def usual():
    """Each vendor fails alone."""
    return failures()


def test_it_is_the_simulation_with_that_outage():
    outage = Outage(vendor="nord", start=START, end=START + timedelta(days=2), told_after=0.0)
    options = {"replications": 10, "seed": 4}
    found = failures(seed=4, vendors=("nord",)).of("nord")
    theirs = simulate(center(), arrivals(), scenario=Scenario(outages=(outage,)), **options).policies[0]
    intact = simulate(center(), arrivals(), **options).policies[0]
    assert found.service_level == theirs.service_level()
    assert found.simulated.vendor_use() == theirs.vendor_use()
    assert found.simulated.invoices(3) == theirs.invoices(3)
    assert found.cost.value == pytest.approx(
        10 * (theirs.cost_per_contact().value - intact.cost_per_contact().value) * theirs.contacts() / 100
    )
    assert found.took == intact.vendor_use()["nord"]["sent"] > 30
    assert theirs.vendor_use()["nord"]["sent"] == 0.0


@pytest.mark.compiled
def test_a_pair_is_two_outages_and_is_told_after_both_fail_alone():
    found = failures(pairs=True, vendors=("manila", "nord"))
    assert [each.vendors for each in found.failures] == [("manila",), ("nord",), ("manila", "nord")]
    assert found.pairs == (found.of("nord", "manila"),)
    assert all(
        found.of("manila", "nord").simulated.vendor_use()[name]["sent"] == 0.0 for name in ("nord", "manila")
    )
    assert found.of("nord", "manila").took == pytest.approx(sum(each.took for each in found.alone))
    with pytest.raises(KeyError):
        found.of("late")


def random_center(chance):
    """A center of one to three vendors with prices, room, caps and languages at random; and its hours."""
    vendors = {}
    for name in ("a", "b", "c")[: int(chance.integers(1, 4))]:
        contract = {
            "price_per_contact": float(chance.uniform(0.5, 4.0)),
            "price_per_minute": float(chance.uniform(0.0, 0.8)),
            "cap_per_hour": None if chance.random() < 0.5 else int(chance.integers(5, 40)),
        }
        types = ("call", "card") if chance.random() < 0.6 else ("call",)
        vendors[name] = vendor(
            *types,
            capacity=None if chance.random() < 0.3 else int(chance.integers(2, 10)),
            languages=("sv", "en") if chance.random() < 0.6 else ("en",),
            certificates={"PCI DSS": date(2030, 1, 1)},
            expected_wait=float(chance.uniform(0.0, 30.0)),
            contract=contract,
        )
    config = center(vendors=vendors)
    agents = {
        queue: bp.Queue(
            aht=float(chance.uniform(120, 300)),
            patience=float(chance.uniform(60, 300)),
            wait_cost_per_minute=0.5,
            abandonment_cost=float(chance.uniform(2, 10)),
            languages=each.languages,
            schedule={"08:00": int(chance.integers(2, 5))},
        )
        for queue, each in config.queues.items()
    }
    policy = ("MarginalCost()", "QueueLength(2)", "ServedInTime(0.8, 20)")[int(chance.integers(0, 3))]
    comes = arrivals(tuple(chance.uniform(60, 120, 3).tolist()), day_cv=0.1, interval_cv=0.05)
    return bp.Center(queues=agents, contact_types=config.contact_types, vendors=vendors), comes, policy


def inside(number, replications, truth):
    """Whether the interval of each figure holds what a long simulation of another seed says.

    Of the vendor that gets the most; to 1e-9, for sums of money are rounded.
    """
    config, comes, policy = random_center(np.random.default_rng(number))
    options = {"replications": truth, "seed": 1000 + number}
    intact = simulate(config, comes, policy, **options).policies[0]
    use = intact.vendor_use()
    name = max(use, key=lambda each: use[each]["sent"])
    found = failures(config, comes, policy=policy, replications=replications, vendors=(name,)).of(name)
    outage = Outage(vendor=name, start=START, end=START + timedelta(days=2), told_after=0.0)
    without = simulate(config, comes, policy, scenario=Scenario(outages=(outage,)), **options).policies[0]
    a_run = intact.contacts() / truth
    levels, costs, lost = (
        [figure(each).value for each in (without, intact)]
        for figure in (
            lambda each: each.service_level(),
            lambda each: each.cost_per_contact(),
            lambda each: each.abandonment(),
        )
    )
    truths = {
        "service level": (found.service_level, levels[0]),
        "its change": (found.service_change, levels[0] - levels[1]),
        "lost": (found.lost, a_run * (lost[0] - lost[1])),
        "cost": (found.cost, a_run * (costs[0] - costs[1])),
    }
    return {
        figure: estimate.low - 1e-9 <= true <= estimate.high + 1e-9
        for figure, (estimate, true) in truths.items()
    }


@pytest.mark.compiled
def test_a_long_simulation_of_other_chance_lies_within_its_intervals():
    held = [inside(number, 10, 40) for number in range(3)]
    for figure in held[0]:
        assert sum(each[figure] for each in held) >= 2, figure


@pytest.mark.slow
@pytest.mark.compiled
def test_a_long_simulation_of_other_chance_lies_within_its_intervals_in_18_of_20_centers():
    held = [inside(number, 40, 400) for number in range(20)]
    for figure in held[0]:
        assert sum(each[figure] for each in held) >= 18, figure


def test_contacts_are_followed_one_by_one(usual):
    config, comes, found = center(), arrivals(), usual
    outage = Outage(vendor="nord", start=START, end=START + timedelta(days=2), told_after=0.0)
    runs = [
        simulate(config, comes, paths=True, replications=10, scenario=Scenario(outages=outages)).policies[0]
        for outages in ((), (outage,))
    ]
    places = ["in-house", *config.vendors]
    expected = {}
    for before, after in zip(*(each.runs for each in runs), strict=True):
        now = {}
        for place, key in enumerate(zip(after.paths.stream, after.paths.number, strict=True)):
            to = places[after.paths.destination[place]] if after.paths.answered[place] else "lost"
            now[key] = to
        for place, key in enumerate(zip(before.paths.stream, before.paths.number, strict=True)):
            if before.paths.destination[place] == 1:
                kind = comes.streams[key[0]].contact.type
                expected[kind, now[key]] = expected.get((kind, now[key]), 0.0) + 0.1
    told = {
        (each.contact_type, each.destination): each.contacts
        for each in found.of("nord").moved
        if each.contacts
    }
    assert told == pytest.approx(expected)
    assert sum(told.values()) == pytest.approx(found.of("nord").took)
    assert "nord" not in {each.destination for each in found.of("nord").moved}
    assert found.of("nord").where_to("lost") == pytest.approx(
        sum(v for k, v in told.items() if k[1] == "lost")
    )


def test_few_are_followed_where_there_are_many(usual, monkeypatch):
    monkeypatch.setattr("bporoute.governance._failures._what_if_fails.MOST_FOLLOWED", 600)
    whole, few = usual, failures(vendors=("nord",))
    assert few.followed == 2 < few.replications
    assert few.of("nord").service_change == whole.of("nord").service_change


def test_who_may_take_what_is_what_the_router_says():
    config, comes = center(), arrivals()
    hard = set(HARD_RULE_CODES)
    busy = bp.Snapshot(desk=bp.QueueState(4, 4), till=bp.QueueState(4, 4))
    for kind in kinds_of(config, comes):
        for place, begin in enumerate(comes.edges[:-1].tolist()):
            for look in range(0, 3600, 300):
                router = bp.Router(config, "QueueLength(0)", clock=lambda at=begin + look: at, compile=False)
                decision = router.preview(bp.Contact(kind.contact_type, kind.language), busy)
                barred = {each.destination for each in decision.rejected if each.reason.rule in hard}
                for number, name in enumerate(config.vendors):
                    if name in barred:
                        assert kind.codes[place, number] != 0
                    elif kind.codes[place, number]:  # at another look of the interval
                        assert name == "late"


def test_what_is_stranded_says_the_rule_of_each_other(usual):
    found = usual
    rows = {(each.contact_type, each.language): each for each in found.of("nord").stranded}
    assert set(rows) == {("call", "sv"), ("card", "sv")}
    call, card = rows["call", "sv"], rows["card", "sv"]
    assert call.contacts == pytest.approx(0.7 * 140)
    assert call.told
    assert {bar.vendor: bar.rule for bar in call.bars} == {"manila": "language", "late": "contact_type"}
    assert {bar.vendor: bar.rule for bar in card.bars} == {"manila": "contact_type", "late": "certificate"}
    assert "expired on 2026-11-22" in next(bar.text for bar in card.bars if bar.vendor == "late")
    assert card.contacts == pytest.approx(140.0)
    assert found.of("manila").stranded == found.of("late").stranded == ()
    assert [each.contacts for each in found.of("nord").stranded] == sorted(
        (each.contacts for each in found.of("nord").stranded), reverse=True
    )


def test_what_nobody_in_house_may_take_either():
    types = {
        "call": bp.ContactType(queue="desk", sourcing="specialised"),
        "card": bp.ContactType(queue="till", sourcing="in_house"),
    }
    found = failures(center(contact_types=types))
    (row,) = found.of("nord").stranded
    assert (row.contact_type, row.nobody) == ("call", row.contacts)
    assert {each.contact_type for each in found.may_take} == {"call"}


def test_languages_that_nobody_tells_are_told_apart_by_the_rules_and_noted(usual):
    found = failures(comes=arrivals(languages=False), vendors=("nord",))
    (row,) = (each for each in found.of("nord").stranded if each.contact_type == "call")
    assert (row.language, row.told, row.contacts) == ("sv", False, 140.0)
    assert any("does not tell the languages of call" in note for note in found.notes)
    assert not any("languages" in note for note in usual.notes)


def test_the_index_by_hand(usual):
    assert herfindahl([1.0, 1.0, 2.0]) == 0.0625 + 0.0625 + 0.25
    found = usual
    use = found.intact.vendor_use()
    sent = [use[name]["sent"] for name in use]
    every = found.concentration[0]
    assert every.contacts == pytest.approx(sum(sent))
    assert every.by_vendor == pytest.approx(sum(s * s for s in sent) / sum(sent) ** 2)
    north, south = use["nord"]["sent"] + use["late"]["sent"], use["manila"]["sent"]
    assert every.by_country == pytest.approx((north**2 + south**2) / (north + south) ** 2)
    assert sum(each.contacts for each in found.concentration[1:]) == pytest.approx(every.contacts)
    assert found.of("manila").concentration.by_vendor == 1.0


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=8), st.floats(0.1, 10.0))
def test_the_index_lies_between_equal_shares_and_one(amounts, factor):
    index = herfindahl(amounts)
    there = sum(amount > 0.0 for amount in amounts)
    if sum(amounts) == 0.0:
        assert np.isnan(index)
        return
    assert 1.0 / there - 1e-9 <= index <= 1.0 + 1e-9
    assert herfindahl([factor * amount for amount in reversed(amounts)]) == pytest.approx(index)


@pytest.mark.compiled
def test_the_agents_that_it_names_hold_the_service():
    config, comes = center(), arrivals((90.0, 120.0, 90.0))
    found = failures(config, comes, vendors=("nord",), agents=True)
    failure = found.of("nord")
    needed = {each.queue: each.agents for each in failure.queues if each.agents is not None}
    assert set(needed) == {"desk", "till"}
    own, hours = {"desk": 4, "till": 3}, comes.edges[:-1].tolist()
    schedule = Schedule(
        {
            queue: tuple(
                (at, own[queue] + more) for at, more in zip(hours, each.by_interval.tolist(), strict=True)
            )
            for queue, each in needed.items()
        }
    )
    outage = Outage(vendor="nord", start=START, end=START + timedelta(days=2), told_after=0.0)
    again = simulate(
        config, comes, replications=10, schedule=schedule, scenario=Scenario(outages=(outage,))
    ).policies[0]
    for queue, each in needed.items():
        assert each.goal == min(0.8, found.intact.service_level(queue).value)
        assert each.reached >= each.goal
        assert again.service_level(queue).value == pytest.approx(each.reached)
        assert each.hours == each.by_interval.sum()
        assert 0 < each.most == each.by_interval.max()
    assert failure.agents == sum(each.most for each in needed.values())
    assert failure.agent_hours == sum(each.hours for each in needed.values())
    assert failure.unheld == ()


@pytest.mark.compiled
def test_no_agent_helps_where_the_type_belongs_to_vendors():
    types = {
        "call": bp.ContactType(queue="desk", sourcing="specialised"),
        "card": bp.ContactType(queue="till", sourcing="in_house"),
    }
    config = center(contact_types=types, fallback="reject")
    found = failures(config, vendors=("nord",), agents=True).of("nord")
    assert found.unheld == ("desk",)
    assert found.lost.value > 0.0


def test_more_agents_come_on_top_whatever_the_steps_are():
    schedule = Schedule({"desk": ((100.0, 2), (250.0, 4), (400.0, 0)), "till": ((0.0, 1),)})
    more = with_more(schedule, {"desk": np.array([1, 0, 3])}, np.array([0.0, 200.0, 300.0, 500.0]))
    expected = {0.0: 1, 99.0: 1, 100.0: 3, 200.0: 2, 250.0: 4, 300.0: 7, 400.0: 3, 499.0: 3, 500.0: 0}
    assert {at: more.agents_at("desk", at) for at in expected} == expected
    assert more.steps("till") == schedule.steps("till")


def test_caps_of_the_others_are_used_up():
    vendors = dict(center().vendors)
    vendors["nord"] = vendor(
        "call", "card", certificates={"PCI DSS": date(2030, 1, 1)}, capacity=50, max_share=0.9,
        contract={"price_per_contact": 1.0, "cap_per_hour": 15, "cap_per_day": 2000,
                  "cap_minutes_per_day": 9e5, "cap_money_per_period": 9e5},
    )  # fmt: skip
    found = failures(center(vendors=vendors), arrivals((80.0, 90.0, 80.0)), vendors=("manila",))
    bounds = {each.bound: each for each in found.of("manila").bounds}
    use = found.of("manila").simulated.vendor_use()["nord"]
    assert {each.vendor for each in bounds.values()} == {"nord"}
    assert bounds["cap_per_hour"].binds
    assert bounds["cap_per_hour"].used == pytest.approx(15, abs=3)
    assert bounds["cap_per_day"].used == pytest.approx(use["sent"])
    assert bounds["cap_minutes_per_day"].used == pytest.approx(use["handle_s"] / 60.0)
    assert bounds["cap_money_per_period"].used == pytest.approx(use["owed"])
    assert not bounds["capacity"].binds
    assert 0.0 < bounds["max_share"].used < 0.9


@pytest.mark.compiled
def test_a_prepayment_is_worked_off_at_the_price_of_the_contract():
    vendors = dict(center().vendors)
    vendors["nord"] = vendor(
        "call", "card", certificates={"PCI DSS": date(2030, 1, 1)}, prepaid=1000.0,
        contract={"price_per_contact": 2.0, "terms": [{"kind": "fixed_fee", "fee": 100.0}]},
    )  # fmt: skip
    config = center(vendors=vendors)
    found = failures(config, vendors=("nord",))
    (row,) = found.prepayments
    answered = found.intact.vendor_use()["nord"]["answered"]
    assert (row.vendor, row.prepaid, row.at_start) == ("nord", 1000.0, 1000.0)
    assert row.at_end == pytest.approx(1000.0 - 2.0 * answered)
    assert np.isnan(row.delivered)
    assert row.until is None
    assert any("nobody told what it has delivered" in note for note in found.notes)
    assert found.of("nord").owed_anyway > 0.0  # the fee
    used_up = failures(config, vendors=("nord",), delivered={"nord": 990.0})
    (row,) = used_up.prepayments
    assert (row.at_start, row.at_end) == (10.0, 0.0)
    assert START < row.until < NOON
    assert not any("nobody told" in note for note in used_up.notes)
    (row,) = failures(config, vendors=("nord",), delivered={"nord": 1000.0}).prepayments
    assert row.until == START
    (row,) = failures(config, vendors=("nord",), delivered={"nord": 1200.0}).prepayments
    assert (row.delivered, row.at_start, row.at_end, row.until) == (1200.0, 0.0, 0.0, START)


def test_what_a_vendor_delivered_that_is_not_prepaid_is_said_not_to_count():
    found = failures(vendors=("nord",), delivered={"nord": 5.0})
    assert found.prepayments == ()
    assert "nord: nothing is prepaid, so what it delivered is not looked at" in found.notes


@pytest.mark.compiled
def test_until_a_replacement_days_go_on_as_these():
    found = failures(lead_days={"nord": 30, "manila": 10}, pairs=True)
    nord = found.of("nord")
    assert len(found.days) == 1
    assert nord.until_replaced(nord.lost.value, 1) == 30 * nord.lost.value
    assert found.of("nord", "manila").lead_days == 30
    assert found.of("late").lead_days is found.of("late", "nord").lead_days is None
    assert found.of("late").until_replaced(1.0, 1) is None
    assert any("no lead time is told of late" in note for note in found.notes)


def test_what_cannot_be_judged_is_named_and_the_rest_is_done():
    vendors = dict(center().vendors)
    vendors["past"] = vendor("call", contract={"price_per_contact": 1.0, "end": date(2026, 1, 31)})
    found = failures(center(vendors=vendors), vendors=("nord", "past"))
    assert "past: its contract is not in force in the period" in found.notes
    assert any(note.startswith("past: not judged, it gets 0 contacts") for note in found.notes)
    assert not found.of("past").judged
    assert found.of("nord").judged
    assert found.of("past").moved == ()
    assert found.of("past").cost.value == 0.0


@pytest.mark.compiled
def test_a_failure_that_nobody_tells_is_found_out_by_the_router():
    told, untold = failures(vendors=("nord",)), failures(vendors=("nord",), told_after=None)
    assert told.of("nord").simulated.vendor_use()["nord"]["failed"] == 0.0
    assert untold.of("nord").simulated.vendor_use()["nord"]["failed"] > 0.0


@pytest.mark.thorough
@pytest.mark.compiled
def test_other_processes_find_the_same(usual):
    found = failures(workers=2, vendors=("nord", "late"))
    for name in ("nord", "late"):
        one, other = usual.of(name), found.of(name)
        for figure in ("service_level", "service_change", "lost", "cost", "moved", "stranded", "bounds"):
            assert getattr(one, figure) == getattr(other, figure)


def test_what_is_done_is_told():
    heard = []
    failures(vendors=("nord",), progress=lambda share, text: heard.append((share, text)))
    assert heard == [(0.0, "all vendors"), (0.5, "nord"), (1.0, "")]


@pytest.mark.parametrize(
    ("options", "where", "expected"),
    [
        ({"vendors": ("nrod",)}, "vendors", "'nord' (known: nord, manila, late)"),
        ({"lead_days": {"nort": 3}}, "lead_days", "'nord' (known: nord, manila, late)"),
        ({"lead_days": {"nord": 0}}, "lead_days nord", "a number above 0 and of at most 3660"),
        ({"delivered": {"sud": 3}}, "delivered", "one of: nord, manila, late"),
        ({"delivered": {"nord": -3.0}}, "delivered nord", "a finite number of at least 0"),
        ({"delivered": {"nord": np.inf}}, "delivered nord", "a finite number of at least 0"),
        ({"delivered": {"nord": np.nan}}, "delivered nord", "a finite number of at least 0"),
        ({"told_after": -1.0}, "told_after", "a number of at least 0"),
        ({"replications": FEWEST_REPLICATIONS - 1}, "replications", "a whole number of 10 or more"),
        ({"replications": True}, "replications", "a whole number of 10 or more"),
        ({"comes": arrivals((0.0,))}, "arrivals", "contacts that somebody expects"),
        ({"config": center(vendors={})}, "center", "a vendor that may fail"),
    ],
)
def test_bad_input_is_named(options, where, expected):
    with pytest.raises(InputError) as complaint:
        failures(**options)
    assert complaint.value.where == where
    assert complaint.value.expected.startswith(expected) or expected == complaint.value.expected


def test_its_intervals_are_those_of_every_estimate(usual):
    found = usual.of("nord")
    assert (found.service_change.level, found.lost.level, found.cost.level) == (LEVEL,) * 3
    assert found.cost.count == 10
