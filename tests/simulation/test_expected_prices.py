"""The price that a decision goes by is what is paid on average: in simulations, and beside another vendor."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

import bporoute as bp
from bporoute.simulation import Paths
from bporoute.workload._arrivals import Arrivals

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="so many interpreted contacts take too long"
)

START = 1795392000.0
RATE = 0.1
AHT = 95.0
LAWS = {
    "exponential": bp.Exponential(AHT),
    "lognormal": bp.LognormalPatience(mean=AHT, cv=1.1),
    "erlang": bp.Erlang(mean=AHT, phases=3),
    "hyperexponential": bp.Hyperexponential(means=(20.0, 245.0), shares=(2 / 3, 1 / 3)),
    "seen": bp.Empirical((15.0, 50.0, 61.0, 125.0, 224.0)),
}
TERMS = {
    "steps": (bp.PerMinute(price=0.58, step=60),),
    "blocks": (bp.PerMinute(price=0.7, first=30, step=6), bp.PerContact(price=0.2, free_up_to=10)),
    "included": (bp.PerMinute(price=1.1, included=60, step=30), bp.MinimumCharge(amount=0.6)),
    "rounded": (bp.PerMinute(price=0.0333, step=1, rounding=bp.Rounding(decimals=2, mode="up")),),
}


def center(vendors: dict[str, bp.Contract], sourcing: bp.Sourcing = bp.Sourcing.OVERFLOW) -> bp.Center:
    return bp.Center(
        queues={
            "desk": bp.Queue(
                aht=AHT, patience=300.0, arrival_rate=RATE, wait_cost_per_minute=0.2, abandonment_cost=6.0
            )
        },
        contact_types={"call": bp.ContactType(queue="desk", sourcing=sourcing)},
        vendors={
            name: bp.Vendor(country="EE", timezone="UTC", contact_types=("call",), contract=contract)
            for name, contract in vendors.items()
        },
    )


def simulated(
    place: bp.Center, contacts: int, *, law: bp.Exponential | None = None, paths: bool = False
) -> bp.SimulatedPolicy:
    hours = round(contacts / RATE / 3600.0)
    stream = bp.Stream("call", bp.Contact("call"), np.full(hours, 3600.0 * RATE))
    found = bp.simulate(
        place,
        Arrivals(edges=START + 3600.0 * np.arange(hours + 1), streams=(stream,)),
        [bp.MarginalCost()],
        schedule=bp.Schedule({"desk": ((START, 9),)}),
        scenario=bp.Scenario(handle={} if law is None else {"call": law}, rate="forecast"),
        seed=5,
        paths=paths,
    )
    return found.policies[0]


def check_told_is_paid(terms: str, law: str, contacts: int) -> None:
    """What is owed, on average, within the 99 % interval of the price that decisions were told."""
    contract = bp.Contract(terms=TERMS[terms])
    found = simulated(center({"nord": contract}, bp.Sourcing.FULL), contacts, law=LAWS[law], paths=True)
    (run,) = found.runs
    told = np.unique(run.paths.expected_cost)
    assert np.ptp(told) < 1e-9  # stationary: the price never moved
    assert told[0] == pytest.approx(contract.price(LAWS[law]), rel=1e-9)
    handles = run.paths.handle
    alone = np.array([contract.price(handle) for handle in handles[:20_000].tolist()])
    use = found.vendor_use()["nord"]
    half = 2.576 * alone.std() / use["answered"] ** 0.5
    assert abs(use["owed"] / use["answered"] - told[0]) < half


@pytest.mark.parametrize(("terms", "law"), [*zip(TERMS, LAWS, strict=False)])
def test_the_price_told_is_paid_on_average(terms, law):
    check_told_is_paid(terms, law, 40_000)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("terms", TERMS)
def test_the_price_told_is_paid_on_average_by_a_million(terms, law):
    check_told_is_paid(terms, law, 1_000_000)


def drawn_contract(chance: random.Random) -> bp.Contract:
    step = chance.choice([1.0, 6.0, 30.0, 60.0, 180.0])
    minute = bp.PerMinute(
        price=round(chance.uniform(0.4, 1.0), 2), step=step, minimum=chance.choice([0.0, 30.0, 120.0])
    )
    return bp.Contract(terms=(minute, bp.PerContact(price=round(chance.uniform(0.0, 0.5), 2))))


def check_two_are_no_dearer_than_one(seed: int) -> None:
    chance = random.Random(seed)
    pair = {"one": drawn_contract(chance), "other": drawn_contract(chance)}
    both = simulated(center(pair), 12_000)
    for name, contract in pair.items():
        alone = simulated(center({name: contract}), 12_000)
        more = bp.cost_difference(both, alone)
        assert more.low <= 0.0, (name, str(more))


@pytest.mark.parametrize("seed", range(6))
def test_two_vendors_never_cost_more_than_one_of_them(seed):
    check_two_are_no_dearer_than_one(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 106))
def test_two_vendors_never_cost_more_than_one_of_them_in_a_hundred_pairs(seed):
    check_two_are_no_dearer_than_one(seed)


def test_one_contract_written_in_two_ways_routes_alike():
    edge, far = 3_000, bp.Contract(price_per_contact=1.65)
    tiers = (
        bp.Tier(above=0, up_to=edge, price_per_contact=1.6),
        bp.Tier(above=edge, price_per_contact=0.9),
    )
    bands = (bp.VolumeBand(above=0, up_to=edge, price=1.6), bp.VolumeBand(above=edge, price=0.9))
    written = [
        bp.Contract(tiers=tiers),
        bp.Contract(terms=(bp.VolumeTiers(tiers=bands, mode="incremental"),)),
    ]
    uses = [simulated(center({"tiered": contract, "far": far}), 20_000).vendor_use() for contract in written]
    assert uses[0] == uses[1]
    assert uses[0]["tiered"]["sent"] > 0.0


def test_live_prices_are_paid_on_average():
    """3,000 contacts went to .58 a minute at "0.58", and cost .789; now .607 by the second wins."""
    by_second, by_minute = (
        bp.Contract(terms=(bp.PerMinute(price=price, step=step),)) for price, step in ((0.8, 1), (0.58, 60))
    )
    now, chance = [START], random.Random(1)
    place = bp.Center(
        queues={"main": bp.Queue(aht=45, patience=300, arrival_rate=0.05, wait_cost_per_minute=0.1,
                                 abandonment_cost=5.0)},
        contact_types={"main": bp.ContactType(queue="main", sourcing=bp.Sourcing.FULL)},
        vendors={
            name: bp.Vendor(country="ES", timezone="Europe/Madrid", contact_types=("main",), capacity=50,
                            contract=contract)
            for name, contract in (("persecond", by_second), ("perminute", by_minute))
        },
    )  # fmt: skip
    router = bp.Router(place, clock=lambda: now[0])
    state = bp.Snapshot(main=bp.QueueState(agents=10, busy=10, waiting=3))
    told, owed, where = 0.0, 0.0, set()
    for _ in range(3000):
        now[0] += 20
        decision = router.route(bp.Contact("main"), state)
        told += decision.cost
        owed += router.settle(decision, "answered", wait=0, handle=chance.expovariate(1 / 45))
        where.add(decision.destination)
    assert where == {"persecond"}
    assert told / 3000 == pytest.approx(0.607, abs=0.03)
    assert owed / told == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("stated", [None, 0.7])
def test_what_is_paid_by_resolutions_counts_as_the_vendor_is_expected_to_resolve(stated):
    contract = bp.Contract(terms=(bp.PerResolution(price=10.0, no_repeat_within_days=7),))
    place = center({"nord": contract}, bp.Sourcing.FULL)
    quality = None if stated is None else bp.QualityPrior(resolution=stated)
    vendors = {"nord": msgspec.structs.replace(place.vendors["nord"], quality=quality)}
    place = msgspec.structs.replace(place, vendors=vendors)
    wanted = 10.0 if stated is None else 7.0
    router = bp.Router(place, clock=lambda: START, compile=False)
    state = bp.Snapshot(desk=bp.QueueState(agents=10, busy=10, waiting=3))
    decision = router.route(bp.Contact("call"), state)
    assert decision.cost == pytest.approx(wanted, rel=1e-9)
    assert router.settle(decision, "answered", wait=0, handle=60.0) == pytest.approx(wanted, rel=1e-9)
    found = simulated(place, 2_000, paths=True)
    use = found.vendor_use()["nord"]
    assert use["answered"] > 0
    assert use["owed"] / use["answered"] == pytest.approx(wanted, rel=1e-9)
    assert np.unique(found.runs[0].paths.expected_cost) == pytest.approx(wanted, rel=1e-9)


QUARTERS = bp.Multiplier(
    factor=3, hours=tuple(f"daily {hour:02}:00-{hour:02}:15" for hour in range(0, 24, 2)), decided="by_minute"
)


def waiting_at(contract: bp.Contract, wait: float, patience: float = 120.0) -> bp.Center:
    """All contacts go to one vendor, where they wait for so long on average; waiting itself costs nothing."""
    return bp.Center(
        queues={"desk": bp.Queue(aht=AHT, patience=patience, arrival_rate=RATE)},
        contact_types={"call": bp.ContactType(queue="desk", sourcing=bp.Sourcing.FULL)},
        vendors={
            "nord": bp.Vendor(
                country="EE", timezone="UTC", contact_types=("call",), contract=contract, expected_wait=wait
            )
        },
    )


def ran(contract: bp.Contract, wait: float, contacts: int, law: str) -> tuple[Paths, float]:
    """What became of each contact of a run, and what the vendor is owed."""
    found = simulated(waiting_at(contract, wait), contacts, law=LAWS[law], paths=True)
    return found.runs[0].paths, found.vendor_use()["nord"]["owed"]


def check_no_difference(told: np.ndarray, paid: np.ndarray) -> None:
    """The mean difference is within its 99.9 % interval."""
    more = paid - told
    assert len(more) > 500
    assert abs(more.mean()) < 3.3 * more.std() / len(more) ** 0.5


@pytest.mark.parametrize(("law", "wait"), [("exponential", 90.0), ("erlang", 0.0)])
def test_prices_by_the_minute_begin_at_the_answer_and_move_before_an_edge(law, wait):
    """Told by the hour and from the sending on, they were off by a half just before the edges."""
    run, owed = ran(bp.Contract(terms=(bp.PerMinute(price=0.6), QUARTERS)), wait, 25_000, law)

    def in_quarters(until: np.ndarray) -> np.ndarray:
        """Seconds since the begin that count three times."""
        return until // 7200.0 * 900.0 + np.minimum(until % 7200.0, 900.0)

    answer = run.arrival + run.wait - START
    tripled = in_quarters(answer + run.handle) - in_quarters(answer)
    paid = np.where(run.answered, 0.01 * (run.handle + 2.0 * tripled), 0.0)
    assert paid.sum() == pytest.approx(owed, rel=1e-9)
    told, minute = run.expected_cost, (run.arrival - START) % 7200.0 / 60.0
    for begin, end in ((0.0, 5.0), (5.0, 12.0), (12.0, 15.0), (15.0, 110.0), (110.0, 117.0), (117.0, 120.0)):
        here = (begin <= minute) & (minute < end)
        check_no_difference(told[here], paid[here])
    assert np.ptp(told[minute > 15.0]) > 0.5 * told.min()


@pytest.mark.parametrize("free", [0.0, 20.0])
def test_who_gives_up_at_a_vendor_that_bills_all_contacts_is_in_the_price(free):
    terms = bp.PerMinute(price=0.6), bp.PerContact(price=1.5, counts="offered", free_up_to=free)
    run, owed = ran(bp.Contract(terms=terms), 120.0, 15_000, "exponential")
    known = np.where(run.answered, run.handle, run.wait)
    told, paid = run.expected_cost, 1.5 * (known > free) + np.where(run.answered, 0.01 * run.handle, 0.0)
    assert paid.sum() == pytest.approx(owed, rel=1e-9)
    assert np.ptp(told) < 1e-9
    check_no_difference(told, paid)
    half = np.exp(-free / 60.0)  # as many give up as stay, after 60 s on average
    answered = 0.6 * AHT / 60.0 + 1.5 * np.exp(-free / AHT)
    assert told[0] == pytest.approx((answered + 1.5 * half) / 2.0, rel=1e-9)


def test_live_prices_by_the_minute_follow_the_wait_that_is_told():
    night = bp.Multiplier(factor=2, hours=("daily 22:00-06:00",), decided="by_minute")
    contract = bp.Contract(terms=(bp.PerMinute(price=0.6), night))
    now = [datetime(2026, 11, 24, 21, 58, 10, tzinfo=UTC).timestamp()]
    router = bp.Router(waiting_at(contract, 0.0, patience=np.inf), clock=lambda: now[0])
    state = bp.Snapshot(desk=bp.QueueState(agents=10, busy=10, waiting=3))

    def told() -> float:
        return router.route(bp.Contact("call"), state).cost

    def wanted(seconds: float, wait: float) -> float:
        """So many seconds from the sending to the edge, a wait of so many on average."""
        beyond = np.exp(-seconds / AHT)
        if wait > 0.0:
            late = np.exp(-seconds / wait)
            beyond = late + (beyond - late) * AHT / (AHT - wait)
        return 0.01 * AHT * (1.0 + beyond)

    assert told() == pytest.approx(wanted(90.0, 0.0), rel=1e-9)
    for wait in (60.0, 200.0, 15.0):
        router.vendors["nord"].update(expected_wait=wait)
        assert told() == pytest.approx(wanted(90.0, wait), rel=1e-3)
    decision = router.route(bp.Contact("call"), state)
    assert "minutes that begin at the answer" in " ".join(decision.explain().split())
    now[0] += 60.0
    assert told() == pytest.approx(wanted(30.0, 15.0), rel=1e-3)
    # 110 s from the sending to the edge: who was answered after nobody knows how long, after 15 s.
    assert router.settle(decision, "answered", wait=None, handle=100.0) == pytest.approx(0.01 * 105.0)
