"""The price that a decision goes by is what is paid on average: in simulations, and beside another vendor."""

from __future__ import annotations

import os
import random

import msgspec
import numpy as np
import pytest

import bporoute as bp
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
