"""The simulation decides as the live router does: the same floor, naively, around the real `Router`."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from bporoute import (
    Center,
    Contact,
    ContactType,
    Contract,
    DataRule,
    ExpectedWait,
    HashShare,
    HealthConfig,
    MarginalCost,
    MeetTarget,
    NeverOverflow,
    OccupancyLimit,
    PerContact,
    PerMinute,
    Queue,
    QueueLength,
    Share,
    Vendor,
)
from bporoute.durations._laws import Lognormal, Weibull
from bporoute.governance._audit import audit
from bporoute.policies._composed import Hysteresis, Warm
from bporoute.routing._tables import _vendor_watch as vendor_watch
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._scenario import Outage, Redial, Scenario, StateFeed
from bporoute.workload._arrivals import Arrivals, Listed
from bporoute.workload._schedule import Schedule
from bporoute.workload._streams import Stream
from helpers.naive_floor import NaiveFloor, told_of

pytestmark = pytest.mark.kernels

START = datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp()
HOUR = 3600.0
HOURS = 4


def center(**changes):
    said = {
        "queues": {
            "service": Queue(
                aht=240, patience=180, wait_cost_per_minute=1.0, abandonment_cost=5.0, waiting_room=15
            ),
            "sales": Queue(aht=150, patience=90, wait_cost_per_minute=2.0, abandonment_cost=9.0),
        },
        "contact_types": {
            "service": ContactType(queue="service"),
            "card": ContactType(queue="service", data=("card",)),
            "sales": ContactType(queue="sales"),
        },
        "data_rules": {"card": DataRule(countries=("SE",))},
        "vendors": {
            # Few at once and an hour; a price in full minutes.
            "nord": Vendor(
                country="EE",
                timezone="Europe/Tallinn",
                contact_types=("service", "card", "sales"),
                capacity=3,
                expected_wait=12,
                contract=Contract(
                    cap_per_hour=25,
                    terms=(PerContact(price=1.8), PerMinute(price=0.2, step=60, first=30)),
                ),
            ),
            # A team with a line.
            "syd": Vendor(
                country="SE",
                timezone="Europe/Stockholm",
                contact_types=("service", "card", "sales"),
                agents=2,
                contract=Contract(price_per_contact=2.0, price_per_minute=0.3),
            ),
            # Closes while the run goes on: at 10:45 UTC.
            "ost": Vendor(
                country="SE",
                timezone="UTC",
                contact_types=("service", "sales"),
                languages=("sv",),
                hours=("daily 08:00-10:45",),
                expected_wait=40,
                contract=Contract(price_per_contact=1.0, cap_per_day=60),
            ),
        },
    }
    return Center(**{**said, **changes})


def with_mail():
    kinds = center().contact_types | {"mail": ContactType(queue="service", due_within=480.0)}
    vendors = {
        name: msgspec.structs.replace(vendor, contact_types=(*vendor.contact_types, "mail"), turnaround=120.0)
        for name, vendor in center().vendors.items()
    }
    return center(contact_types=kinds, vendors=vendors)


STREAMS = (("service/sv", Contact("service", "sv"), 60), ("service/en", Contact("service", "en"), 30),
           ("card", Contact("card"), 25), ("sales", Contact("sales", "sv"), 80))  # fmt: skip
AGENTS = {
    "service": ((START, 7), (START + 1500, 5), (START + 2700, 8), (START + 5400, 0), (START + 5700, 7)),
    "sales": ((START, 3), (START + 2000, 4)),
}
SCENARIO = Scenario(
    handle={"service": Lognormal(log_mean=5.1, log_sd=0.8)},
    patience={"sales": Weibull(shape=0.9, scale=100.0)},
    priority={"card": 0, "service": 1},
    redial={"service": Redial(share=0.4, after=300.0), "sales": Redial(share=0.5)},
    rate_window=600.0,
    rate_step=300.0,
)


def arrivals(hours=HOURS, exact=False):
    edges = START + np.arange(2 * hours + 1) * HOUR / 2
    streams = [Stream(name, kind, np.full(2 * hours, volume / 2.0)) for name, kind, volume in STREAMS]
    streams = [
        msgspec.structs.replace(each, volumes=np.round(each.volumes)) if exact else each for each in streams
    ]
    return Arrivals(edges=edges, streams=tuple(streams), exact=exact)


def listed(hours=HOURS):
    """The same contacts one by one, and some back office."""
    chance = np.random.default_rng(7)
    edges = START + np.arange(2 * hours + 1) * HOUR / 2
    count = 200 * hours
    kinds = (*STREAMS, ("mail", Contact("mail"), 20))
    shares = np.array([volume for *_, volume in kinds], dtype=float)
    come = Listed(
        time=np.sort(chance.uniform(edges[0], edges[-1], count)),
        stream=chance.choice(len(kinds), count, p=shares / shares.sum()),
        handle=np.where(chance.random(count) < 0.5, chance.exponential(200, count), math.nan),
        patience=np.where(chance.random(count) < 0.5, chance.exponential(120, count), math.nan),
    )
    streams = tuple(Stream(name, kind, np.zeros(2 * hours)) for name, kind, _ in kinds)
    return Arrivals(edges=edges, streams=streams, exact=True, listed=come)


def as_rarely():
    """Have the live router look at arrivals and mix no oftener than the simulation does.

    It looks every minute, at its pages' ends and after every 32 outcomes of a vendor, the simulation every
    rate step at first, then every rate window: then rules for a mix that has moved come a little later.
    """

    def prepare(router):
        tables = router._tables
        tables.queues.look_at_young_mixes = lambda: None

    return prepare


@pytest.fixture(autouse=True)
def no_look_at_outcomes(monkeypatch):
    monkeypatch.setattr(vendor_watch, "REPRICE_EVERY", 10**9)


def simulated(center, policy, come, scenario=SCENARIO, schedule=None, ids=(), seed=1):
    seen = []

    def note(decision):
        rejected = {out.destination: out.reason.rule for out in decision.rejected}
        action = str(decision.action)
        contact = decision.contact.type, decision.contact.id, told_of(decision)
        seen.append((decision.at, contact, action, decision.destination, decision.ranked, rejected))

    floor = Floor(
        center,
        policy,
        come,
        schedule or Schedule(AGENTS),
        scenario,
        seed=seed,
        paths=True,
        watch=note,
        ids=ids,
    )
    for _ in floor.run():
        pass
    return floor.result(), seen


def compared(center, policy, come, scenario=SCENARIO, schedule=None, ids=()):
    """Both floors; every decision and every path must be the same."""
    run, seen = simulated(center, policy, come, scenario, schedule, ids)
    twin = NaiveFloor(
        center, policy, come, schedule or Schedule(AGENTS), scenario, ids=ids, prepare=as_rarely()
    ).run()
    assert [found[1:] for found in seen] == [found[1:] for found in twin.decisions]
    np.testing.assert_allclose(
        [found[0] for found in seen], [found[0] for found in twin.decisions], atol=1e-4
    )
    paths, outcomes = run.paths, {}
    for place in range(len(paths.wait)):
        key = int(paths.stream[place]), int(paths.number[place]), int(paths.attempt[place])
        assert key not in outcomes
        outcome = (
            "answered" if paths.answered[place] else "rejected" if paths.rejected[place] else "abandoned"
        )
        outcomes[key] = (
            paths.first[place], paths.arrival[place], paths.destination[place], paths.wait[place], outcome,
            paths.handle[place], paths.ended[place],
        )  # fmt: skip
    assert outcomes.keys() == twin.paths.keys()
    for key, found in outcomes.items():
        expected = twin.paths[key]
        assert (found[2], found[4]) == (expected[2], expected[4]), key
        np.testing.assert_allclose(
            [found[at] for at in (0, 1, 3, 5, 6)], [expected[at] for at in (0, 1, 3, 5, 6)], atol=1e-4
        )
    usage = {name: twin.router.usage(name) for name in center.vendors}
    for place, name in enumerate(center.vendors):
        sent = run.outcomes[:, place].sum(axis=0)
        assert (usage[name].answered, usage[name].abandoned, usage[name].failed) == tuple(sent[1:4]), name
        assert usage[name].in_flight == 0
    return run, twin


POLICIES = [
    NeverOverflow(),
    QueueLength(2),
    ExpectedWait(30),
    MarginalCost(),
    Share({"nord": 0.2, "syd": 0.1, "ost": 0.15}),
    MeetTarget(0.8, 20),
    Hysteresis(QueueLength(4), QueueLength(1), dwell=60.0),
    Warm(MarginalCost(), {"nord": 0.05, "syd": 0.05}),
]


BINDING = {"ExpectedWait", "MarginalCost", "Share", "Warm"}
"""Policies that send so much that the hourly cap binds in the first hour."""


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
def test_the_live_router_sends_every_contact_where_the_simulation_does(policy):
    run, twin = compared(center(), policy, arrivals())
    reasons = {rule for *_, rejected in twin.decisions for rule in rejected.values()}
    destinations = {destination for _, _, _, destination, _, _ in twin.decisions}
    assert run.paths.attempt.max() >= 1
    assert not run.paths.answered.all()
    assert {"opening_hours", "data_rule", "language"} <= reasons
    if not isinstance(policy, NeverOverflow):
        assert destinations == {"service", "sales", "nord", "syd", "ost"}
        assert "capacity" in reasons
    if type(policy).__name__ in BINDING:
        assert "cap_per_hour" in reasons


@pytest.mark.parametrize(
    "policy", [QueueLength(1), MarginalCost(), MeetTarget(0.8, 20), OccupancyLimit(0.8)], ids=str
)
def test_chats_of_a_queue_with_concurrency_are_decided_alike(policy):
    """Three service agents have up to three contacts each, with little left to gain by the third."""
    own = center().queues
    chats = msgspec.structs.replace(own["service"], concurrency=3, slowdown=(1.4, 2.0), waiting_room=8)
    schedule = Schedule({"service": ((START, 3), (START + 4000, 2)), "sales": AGENTS["sales"]})
    run, twin = compared(center(queues=own | {"service": chats}), policy, arrivals(), schedule=schedule)
    served = run.paths.answered & (run.paths.stream < 3) & (run.paths.destination == 0)
    assert np.isnan(run.paths.ended[served]).all()
    assert {kind[2][0] for _, kind, *_ in twin.decisions if kind[0] != "sales"} == {3.0, 2.0}
    busy = [kind[2][1] for _, kind, *_ in twin.decisions if kind[0] != "sales"]
    assert max(busy) >= 8.0  # 9 slots


def test_a_scenario_may_have_other_chats_than_the_center_knows_of():
    scenario = msgspec.structs.replace(SCENARIO, chat={"service": (240.0, 300.0)})
    schedule = Schedule({"service": ((START, 4),), "sales": AGENTS["sales"]})
    compared(center(), QueueLength(1), arrivals(), scenario, schedule)


@pytest.mark.parametrize("fallback", ["keep", "reject", "callback"])
@pytest.mark.parametrize("policy", [NeverOverflow(), MarginalCost()], ids=["never", "cost"])
def test_queues_that_close_and_windows_that_hand_over_are_decided_alike(policy, fallback):
    """Sales close at 11:20, and are handed over from 10:25 on; service has no agents from 11:30 on."""
    own = center().queues
    queues = own | {"sales": msgspec.structs.replace(own["sales"], hours=("mon 10:00-11:20",))}
    kinds = center().contact_types | {"sales": ContactType(queue="sales", hand_over=("mon 10:25-10:40",))}
    closing = center(queues=queues, contact_types=kinds, fallback=fallback)
    _, twin = compared(closing, policy, arrivals())
    refused = [rejected for *_, rejected in twin.decisions]
    assert {rejected.get("sales") for rejected in refused} >= {None, "opening_hours"}
    assert {rejected.get("service") for rejected in refused} >= {None, "agents"}
    for at, (kind, *_), _, destination, ranked, _ in twin.decisions:
        if kind == "sales" and START + 1500 <= at < START + 2400 and len(ranked) > 1:
            assert destination != "sales"
        if kind == "sales" and at >= START + 4800:
            assert "sales" not in ranked


@pytest.mark.parametrize("exact", [True, False])
def test_other_replicable_arrivals_are_decided_alike(exact):
    compared(center(), ExpectedWait(20), arrivals(exact=exact), msgspec.structs.replace(SCENARIO, redial={}))


@pytest.mark.parametrize("policy", [HashShare({"nord": 0.3, "syd": 0.2, "ost": 0.2}), MarginalCost()])
def test_listed_contacts_with_ids_are_decided_alike(policy):
    """Back office among them, which is decided late or never, and callers who call again under their id."""
    come = listed()
    ids = [f"call-{number}" for number in range(len(come.listed.time))]
    run, _ = compared(with_mail(), policy, come, ids=ids)
    assert len(run.paths.wait) > len(ids)
    assert (run.paths.destination[run.paths.stream == len(STREAMS)] > 0).sum() > 0


@pytest.mark.parametrize(
    "policy",
    [
        MarginalCost(),
        Hysteresis(MarginalCost(), QueueLength(1), dwell=30.0),
        Warm(MarginalCost(), {"syd": 0.1}),
    ],
)
def test_types_that_take_longer_or_shorter_are_decided_alike(policy):
    """Drawn, too: what a scenario does not say of a type is as the type says."""
    ahts = {"service": 150.0, "card": 700.0, "mail": 900.0}
    base = with_mail()
    kinds = {
        name: msgspec.structs.replace(kind, aht=ahts.get(name)) for name, kind in base.contact_types.items()
    }
    uneven = center(contact_types=kinds, vendors=base.vendors)
    scenario = msgspec.structs.replace(SCENARIO, handle={})
    run, _ = compared(uneven, policy, listed(), scenario)
    even, _ = simulated(base, policy, listed(), scenario)
    assert not np.array_equal(run.paths.destination, even.paths.destination)
    drawn = run.paths.handle[(run.paths.stream == 2) & run.paths.answered]
    assert 400.0 < drawn.mean() < 1000.0


@pytest.mark.parametrize("fallback", ["keep", "reject", "callback"])
def test_whom_nobody_may_take_falls_back_alike(fallback):
    """The waiting room is full at times, and a single vendor takes one contact at a time."""
    queues = {name: msgspec.structs.replace(queue, waiting_room=3) for name, queue in center().queues.items()}
    nord = msgspec.structs.replace(center().vendors["nord"], capacity=1)
    full = center(queues=queues, vendors={"nord": nord}, fallback=fallback)
    run, twin = compared(full, NeverOverflow(), arrivals())
    nowhere = [decision for decision in twin.decisions if not decision[4]]
    assert len(nowhere) > 5
    assert run.paths.rejected.sum() == (len(nowhere) if fallback == "reject" else 0)


def test_a_rate_is_counted_in_steps_that_fit_no_interval_alike():
    """Every 400 s, where the intervals last 1800."""
    scenario = msgspec.structs.replace(SCENARIO, rate_window=1200.0, rate_step=400.0)
    _, twin = compared(center(), MarginalCost(), arrivals(), scenario)
    assert len({tuple(counts) for counts in twin.counts.values()}) == 2


def test_a_forecast_rate_is_told_alike():
    scenario = msgspec.structs.replace(SCENARIO, rate="forecast")
    compared(center(), MarginalCost(), arrivals(), scenario)


@pytest.mark.parametrize(("stale_after", "delay"), [(3.0, 4.0), (40.0, 4.0), (90.0, 50.0)])
def test_states_that_are_heard_of_late_are_decided_on_alike(stale_after, delay):
    """Seen every 17 s, so never just when a shift begins, told `delay` later.

    With `stale_after` 3 s the expected state takes its place.

    Agents and rates change meanwhile. The router is not told who was served in-house, which a feed that
    tells of the state makes needless.
    """
    queues = {
        name: msgspec.structs.replace(queue, stale_after=stale_after)
        for name, queue in center().queues.items()
    }
    scenario = msgspec.structs.replace(SCENARIO, feed=StateFeed(every=17.0, delay=delay))
    compared(center(queues=queues), QueueLength(1), arrivals(), scenario)


@pytest.mark.parametrize("told_after", [None, 120.0])
def test_an_outage_is_found_out_or_told_alike(told_after):
    """Vendors take turns in failing; no other vendor takes what one fails to take.

    Of that the live router would not know: who routes to the second of a ranking does not tell it.
    """
    outages = (
        Outage(
            vendor="nord",
            start=datetime(2026, 11, 23, 10, 10, tzinfo=UTC),
            end=datetime(2026, 11, 23, 10, 30, tzinfo=UTC),
            told_after=told_after,
        ),
        Outage(
            vendor="nord",
            start=datetime(2026, 11, 23, 10, 40, tzinfo=UTC),
            end=datetime(2026, 11, 23, 10, 55, tzinfo=UTC),
            failing=0.5,
            told_after=told_after,
        ),
    )
    alone = center(
        vendors={"nord": center().vendors["nord"]}, health=HealthConfig(most_ejected=1.0, panic_above=1.0)
    )
    scenario = msgspec.structs.replace(SCENARIO, outages=outages)
    run, twin = compared(alone, ExpectedWait(10), arrivals(), scenario)
    assert run.outcomes[:, 0, 3].sum() >= 3
    reasons = {rule for *_, rejected in twin.decisions for rule in rejected.values()}
    assert ("up" if told_after else "health") in reasons


def test_back_office_fills_idle_time_and_is_shipped_alike():
    come = arrivals()
    mail = Stream("mail", Contact("mail"), np.full(2 * HOURS, 10.0))
    come = msgspec.structs.replace(come, streams=(*come.streams, mail))
    run, _ = compared(with_mail(), QueueLength(1), come)
    mails = run.paths.stream == len(STREAMS)
    assert run.paths.answered[mails].all()
    assert 0 < (run.paths.destination[mails] > 0).sum() < mails.sum()


AUDITED = [
    MarginalCost(),
    Share({"nord": 0.3}),
    HashShare({"nord": 0.3, "syd": 0.2}),
    Hysteresis(QueueLength(3), QueueLength(1)),
]


@pytest.mark.parametrize("policy", AUDITED, ids=lambda policy: type(policy).__name__)
def test_decisions_of_a_simulation_pass_the_audit(policy):
    lines = []
    come = listed()
    floor = Floor(
        with_mail(),
        policy,
        come,
        Schedule(AGENTS),
        SCENARIO,
        seed=2,
        watch=lambda decision: lines.append(json.dumps(decision.to_dict())),
        ids=[f"call-{number}" for number in range(len(come.listed.time))],
    )
    for _ in floor.run():
        pass
    report = audit(lines, with_mail(), chained=False)
    assert report.clean, report
    assert report.same == len(lines) == floor.result().decided
    changed = [json.loads(line) for line in lines]
    sent = next(line for line in changed if line["action"] == "overflow")
    sent["destination"] = "service"
    assert not audit(map(json.dumps, changed), with_mail(), chained=False).clean


@pytest.mark.parametrize("policy", [MarginalCost(), QueueLength(1)], ids=str)
def test_chats_and_closed_queues_are_decided_alike_whether_or_not_anybody_is_shown(policy):
    """Where nobody is, less is solved, and in other places."""
    own = center().queues
    queues = {
        "service": msgspec.structs.replace(own["service"], concurrency=3, slowdown=(1.4, 2.0)),
        "sales": msgspec.structs.replace(own["sales"], hours=("mon 10:00-12:20",)),
    }
    vendors = {"syd": center().vendors["syd"]}
    schedule = Schedule({"service": ((START, 3), (START + 9000, 2)), "sales": AGENTS["sales"]})
    tallies = []
    for shown in (False, True):
        floor = Floor(
            center(queues=queues, vendors=vendors),
            policy,
            arrivals(),
            schedule,
            SCENARIO,
            seed=3,
            paths=shown,
        )
        for _ in floor.run():
            pass
        tallies.append(floor.result().tally)
    np.testing.assert_array_equal(*tallies)
