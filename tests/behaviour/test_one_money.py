"""One way to bill, one meaning of cost: what the contracts would invoice, in a replay as in a simulation."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

import bporoute as bp
from bporoute.cli._inputs import case_of_log, replay_of_log
from bporoute.cli._remarks import Teller
from bporoute.cli.reports._money import COST, INVOICES, money_notes
from bporoute.cli.reports._replay import as_rows
from bporoute.cli.reports._replay import footnotes as replay_footnotes
from bporoute.cli.reports._simulation import as_document
from bporoute.cli.reports._simulation import footnotes as simulation_footnotes
from bporoute.simulation._comparison import dearer, dearer_replayed
from bporoute.simulation._demo import demo_center
from bporoute.simulation._engine._engine import Floor
from bporoute.simulation._results import SimulatedPolicy
from bporoute.workload._arrivals import Listed
from bporoute.workload._reading._format import FileFormat

BANK = Path(__file__).parents[2] / "examples" / "bank.toml"
COMMITTED = bp.Contract(
    terms=(
        bp.PerContact(price=4),
        bp.TakeOrPay(volume=3000, share=0.9, price=4),
        bp.FixedFee(fee=2000),
    )
)
POLICIES = (bp.NeverOverflow(), bp.QueueLength(1), bp.MarginalCost())


def with_contract(center, name, contract, **changes):
    vendor = msgspec.structs.replace(center.vendors[name], contract=contract, **changes)
    return msgspec.structs.replace(center, vendors=center.vendors | {name: vendor})


# -- a log, replayed and simulated ----------------------------------------------------------------------


def write_log(folder, days, calls=250):
    """Calls as the bank's log has them, on the first days of February 1999, with too few agents at noon."""
    pick, rows = random.Random(5), ["arrival_ts,queue_sec,outcome,service_sec,type,queued,call_row"]
    agents = ["d,k,N"]
    for day in range(1, days + 1):
        moments = sorted(pick.triangular(8 * 3600, 20 * 3600, 13 * 3600) for _ in range(calls))
        for number, at in enumerate(moments):
            clock = f"{int(at // 3600):02d}:{int(at % 3600 // 60):02d}:{int(at % 60):02d}"
            hung = pick.random() < 0.1
            service = 0 if hung else round(pick.expovariate(1 / 180)) + 1
            kind = pick.choice(("PS", "PS", "NW", "NE"))
            outcome = "HANG" if hung else "AGENT"
            rows.append(
                f"1999-02-{day:02d} {clock},{5 if hung else 0},{outcome},{service},{kind},1,{day}{number}"
            )
        agents += [f"1999-02-{day:02d},{k},{3 if 16 <= k < 40 else 0}" for k in range(48)]
    (folder / "calls.csv").write_text("\n".join(rows) + "\n")
    (folder / "agents.csv").write_text("\n".join(agents) + "\n")
    return folder / "calls.csv", folder / "agents.csv"


@pytest.mark.parametrize("days", [1, 6])
def test_a_replay_and_a_simulation_of_a_log_cost_the_same_to_the_cent(tmp_path, days):
    center = with_contract(bp.Center.load(BANK), "haifa", COMMITTED)
    log, agents = write_log(tmp_path, days)
    replay = replay_of_log(center, log, FileFormat(), agents, None, 1, Teller(strict=False, json=True))
    case = case_of_log(replay, bp.Scenario())
    replayed = [replay.run(policy) for policy in POLICIES]
    simulated = bp.simulate(
        center, case.arrivals, POLICIES, schedule=case.schedule, scenario=case.scenario, seed=1
    )
    # February 1999 has 368 hours in which haifa is open, and begins on a Monday.
    share = sum((17, 17, 17, 17, 7, 0)[:days]) / 368
    for ours, theirs in zip(replayed, simulated.policies, strict=True):
        use = ours.vendor_use()["haifa"]
        owed = share * 2000 + 4 * max(share * 2700, use["answered"])
        assert use["owed"] == pytest.approx(owed, abs=0.005)
        assert theirs.vendor_use()["haifa"]["owed"] == use["owed"]
        assert ours.cost_per_contact() == theirs.cost_per_contact()
        assert ours.cost_units[0].sum() == pytest.approx(theirs.cost_units[0].sum(), abs=0.005)
        assert ours.period_shares()["haifa"] == {"1999-02-01": pytest.approx(share)}
        if days > 4:  # a replay of fewer days rests on half hours
            assert dearer_replayed(ours, replayed[0]) == dearer(theirs, simulated.policies[0])
    assert replayed[1].vendor_use()["haifa"]["answered"] > 0


# -- days of a month --------------------------------------------------------------------------------------


def small_demo(contract, hours=()):
    """The demo's center, a tenth as large, its dearest vendor under another contract."""
    base = with_contract(demo_center(), "norrland", contract, hours=tuple(hours))
    queues = {
        name: msgspec.structs.replace(
            queue,
            arrival_rate=queue.arrival_rate / 10,
            schedule={clock: round(count / 10) for clock, count in queue.schedule.items()},
        )
        for name, queue in base.queues.items()
    }
    return msgspec.structs.replace(base, queues=queues)


def cost_of(center, days, policy, first=date(2026, 11, 2)):
    arrivals = bp.usual_arrivals(center, first, days)
    (found,) = bp.simulate(center, arrivals, policy, replications=8 // days).policies
    return found.cost_per_contact()


FEE = bp.Contract(terms=(bp.PerContact(price=3.8), bp.FixedFee(fee=10_000)))
TERMS = {
    "fee": FEE,
    "commitment": bp.Contract(
        terms=(bp.PerContact(price=3.8), bp.TakeOrPay(volume=2400, price=3.8), bp.FixedFee(fee=300))
    ),
    "tiers": bp.Contract(
        tiers=(
            bp.Tier(above=0, up_to=900, price_per_contact=5.0),
            bp.Tier(above=900, price_per_contact=2.0),
        )
    ),
    "included": bp.Contract(terms=(bp.FixedFee(fee=2000, included=900, overage_price=3.0),)),
}


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("policy", [bp.QueueLength(2), bp.MarginalCost()], ids=repr)
def test_one_day_costs_as_much_per_contact_as_four(terms, policy):
    """Booked whole to one day, the fee alone would be 8 a contact there and 2 over four days."""
    center = small_demo(TERMS[terms])
    one, four = cost_of(center, 1, policy), cost_of(center, 4, policy)
    assert one.value == pytest.approx(four.value, rel=0.1)


def test_a_whole_month_is_invoiced_as_the_contract_says():
    center = small_demo(FEE, hours=("mon-fri 08:00-20:00",))
    arrivals = bp.usual_arrivals(center, date(2026, 11, 1), 30)
    (found,) = bp.simulate(center, arrivals, bp.QueueLength(2)).policies
    (invoice,) = found.invoices()["norrland"].values()
    use = found.vendor_use()["norrland"]
    assert found.period_shares()["norrland"] == {"2026-11-01": 1.0}
    assert invoice.total == pytest.approx(10_000 + 3.8 * use["answered"])
    assert not any("in part" in note for note in money_notes(found))


def test_a_commitment_is_paced_by_the_share_of_the_period_that_is_run():
    """At its price the exact rule sends some 130 a day; where the day has 240 committed, nearly these."""
    sent = {}
    for committed in (0, 30 * 240):
        terms = bp.PerContact(price=3.8), bp.TakeOrPay(volume=committed, price=3.8)
        center = small_demo(bp.Contract(terms=terms))
        arrivals = bp.usual_arrivals(center, date(2026, 11, 25))
        (found,) = bp.simulate(center, arrivals, bp.MarginalCost(), replications=4).policies
        sent[committed] = found.vendor_use()["norrland"]["sent"]
    assert sent[0] < 160
    assert sent[7200] == pytest.approx(240, rel=0.15)


# -- what is in it --------------------------------------------------------------------------------------


def test_a_footnote_and_a_field_say_once_what_is_in_the_money(tmp_path):
    center = with_contract(bp.Center.load(BANK), "haifa", COMMITTED)
    log, agents = write_log(tmp_path, 1)
    replay = replay_of_log(center, log, FileFormat(), agents, None, 1, Teller(strict=False, json=True))
    ours = [replay.run(policy) for policy in POLICIES[:2]]
    found = bp.simulate(
        center, replay.arrivals, POLICIES[:2], schedule=replay.schedule, scenario=replay.scenario
    )
    part = (
        "Of a contract period that is run in part its share is owed, by the vendor's open hours (haifa 4.6 % "
        "of the month from 1999-02-01), as if the whole period were like it: fees, commitments, included "
        "volumes and the edges of tiers count for that share, caps as they are."
    )
    for notes in (replay_footnotes(ours), simulation_footnotes(found)):
        assert [notes.count(note) for note in (COST, INVOICES, part)] == [1, 1, 1]
    document = as_document(found)
    assert document["cost_holds"] == [COST, INVOICES, part]
    assert all(row["cost_holds"] == [COST, INVOICES, part] for row in as_rows(ours))
    invoice = document["policies"][0]["invoices"]["haifa"]["1999-02-01"]
    assert invoice["share"] == pytest.approx(17 / 368)
    assert invoice["total"] == pytest.approx(12_800 * 17 / 368)


def test_shares_and_the_bounds_of_their_intervals_lie_in_0_to_1():
    """Few contacts, quiet and swamped hours, shifts that end while all are busy."""
    center = small_demo(FEE)
    schedule = bp.Schedule(dict.fromkeys(center.queues, ((0.0, 0),)))
    begin = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
    steps = tuple((begin + 1800.0 * place, (5, 0, 2, 0)[place % 4]) for place in range(96))
    schedule = bp.Schedule(dict.fromkeys(center.queues, steps))
    found = bp.simulate(
        center,
        bp.usual_arrivals(center, date(2026, 11, 23), days=2),
        [bp.NeverOverflow(), bp.QueueLength(0)],
        schedule=schedule,
        replications=2,
    )

    def shares(figures):
        yield from (figures[name] for name in ("service_level", "abandonment", "occupancy", "overflow_share"))
        yield from figures["service_level_by_counting"].values()

    for row in as_document(found)["policies"]:
        for figures in (row, *row["queues"].values()):
            for share in shares(figures):
                assert all(bound is None or 0.0 <= bound <= 1.0 for bound in list(share.values())[:3])
        assert all(-1.0 <= row["service_level_gain"][bound] <= 1.0 for bound in ("value", "low", "high"))
    seen = [
        row["occupancy"]
        for each in found.policies
        for number in range(2)
        for row in each.interval_rows(number)
        if row["occupancy"] is not None
    ]
    assert 0.0 <= min(seen) <= max(seen) <= 1.0
    assert max(seen) > 0.99  # all agents gone, and somebody still at work


# -- from period to period ------------------------------------------------------------------------------


def run(vendor, times, begin, end, handle=60.0):
    """A floor on which everything goes to one vendor, at these times (epoch seconds)."""
    center = bp.Center(
        queues={
            "desk": bp.Queue(
                aht=60, targets=bp.Targets(service_level=bp.ServiceLevel(probability=0.5, within=20))
            )
        },
        contact_types={"call": bp.ContactType(queue="desk", sourcing="full")},
        vendors={
            "nord": bp.Vendor(**{"country": "EE", "timezone": "UTC", "contact_types": ("call",), **vendor})
        },
    )
    edges = np.arange(begin, end + 1.0, 86_400.0)
    count = len(times)
    arrivals = bp.Arrivals(
        edges=edges,
        streams=(bp.Stream("call", bp.Contact("call"), np.zeros(len(edges) - 1)),),
        exact=True,
        listed=Listed(
            time=np.array(sorted(times)),
            stream=np.zeros(count, dtype=np.int64),
            handle=np.full(count, handle),
            patience=np.full(count, 1e9),
        ),
    )
    floor = Floor(
        center, bp.QueueLength(0), arrivals, bp.Schedule({"desk": ((begin, 0),)}), bp.Scenario(), seed=1
    )
    for _ in floor.run():
        pass
    return floor, SimulatedPolicy(center, bp.QueueLength(0), (floor.result(),))


def day(month, number, hour=12):
    return datetime(2026, month, number, hour, tzinfo=UTC).timestamp()


def per_month(counts):
    return [day(month, 2 + number) for month, count in counts.items() for number in range(count)]


CARRYING = bp.Contract(terms=(bp.PerContact(price=2), bp.TakeOrPay(volume=10, price=2, carry_forward=0.75)))


def test_what_a_month_pays_ahead_the_next_ones_use():
    """Of 12 for six missing 9 stay; October has none beyond; November's three use 6, December's two 3."""
    times = per_month({9: 4, 10: 10, 11: 13, 12: 12})
    floor, found = run({"contract": CARRYING}, times, day(9, 1, 0), day(12, 31, 0) + 86_400)
    bills = found.invoices()["nord"]
    assert [bill.total for bill in bills.values()] == pytest.approx([20, 20, 26 - 6, 24 - 3])
    assert [bill.balance for bill in bills.values()] == pytest.approx([9, 9, 3, 0])
    priced_on = {start: bill.balance for start, bill in floor._tables.ledger.bills[0].items()}
    assert priced_on[day(12, 1, 0)] == pytest.approx(3)


def test_a_month_run_in_part_leaves_its_share():
    """Half of September, 5 of 10 committed: 4 come, 2 are paid for one missing, and 1.5 stay."""
    times = [day(9, 16 + number) for number in range(4)] + per_month({10: 11})
    _, found = run({"contract": CARRYING}, times, day(9, 16, 0), day(10, 31, 0) + 86_400)
    bills = list(found.invoices()["nord"].values())
    assert [bill.total for bill in bills] == pytest.approx([10, 22 - 1.5])
    assert bills[0].balance == pytest.approx(1.5)


SCORED = bp.Contract(
    terms=(
        bp.PerContact(price=10),
        bp.ServiceCredits(
            measures=(
                bp.SlaMeasure(name="service level", weight=0.5, floor=0.3, target=0.7),
                bp.SlaMeasure(name="resolution", weight=0.25, floor=0.5, target=0.9),
                bp.SlaMeasure(name="satisfaction", weight=0.25, floor=0.5, target=0.9),
            ),
            at_risk=0.2,
            earn_back=0.5,
        ),
    )
)


@pytest.mark.parametrize(
    ("quality", "score"),
    [(None, -0.25), (bp.QualityPrior(resolution=0.8, satisfaction=0.95), -0.25 - 0.25 * 0.25)],
    ids=["unknown", "stated"],
)
def test_service_level_money_goes_by_what_was_measured_in_the_run(quality, score):
    """One agent: two of four wait for 90 s, .5 in time where .7 was agreed; in December all are in time."""
    pairs = [day(11, number) + late for number in (3, 4) for late in (0, 10)]
    vendor = {"agents": 1, "contract": SCORED, "quality": quality}
    _, found = run(vendor, [*pairs, day(12, 3), day(12, 4)], day(11, 1, 0), day(12, 31, 0) + 86_400, 100.0)
    november, december = found.invoices()["nord"].values()
    assert november.total == pytest.approx(40 * (1 + 0.2 * score))
    assert november.withheld == pytest.approx(-40 * 0.2 * score)
    now = 0.0 if quality is None else -0.25 * 0.25
    back = 0.5 * november.withheld if now == 0.0 else 0.0
    assert december.total == pytest.approx(20 * (1 + 0.2 * now) + back)


def test_money_falls_on_the_days_on_which_it_was_earned():
    """By price where it is the same for all; by the last price where a tier was passed on the way."""
    times = [day(11, 3), day(11, 4), day(11, 4, 13), day(11, 20)]
    plain = {"contract": bp.Contract(price_per_contact=1.0, price_per_minute=0.5)}
    _, found = run(plain, times, day(11, 1, 0), day(12, 1, 0))
    assert found.runs[0].money[[2, 3, 19], 0].tolist() == pytest.approx([1.5, 3.0, 1.5])
    assert found.runs[0].money.sum() == pytest.approx(6.0)
    bands = (bp.VolumeBand(above=0, up_to=2, price=9.0), bp.VolumeBand(above=2, price=1.0))
    tiered = {
        "contract": bp.Contract(terms=(bp.VolumeTiers(tiers=bands, mode="incremental"), bp.FixedFee(fee=30)))
    }
    _, found = run(tiered, times, day(11, 1, 0), day(12, 1, 0))
    assert found.runs[0].money[[2, 3, 19], 0].tolist() == pytest.approx([5.0, 10.0, 5.0])
    assert found.invoices()["nord"]["2026-11-01"].total == pytest.approx(50.0)
    assert found.cost_units[0].sum() == pytest.approx(50.0)
    assert found.cost_units[0][[0, 2, 3]].tolist() == pytest.approx([1.0, 6.0, 11.0])


def test_whoever_is_done_after_midnight_is_billed_where_the_vendor_was_open():
    """Sent at 23:59 on the last day of November, done in December, when the vendor has not opened yet."""
    vendor = {
        "contract": bp.Contract(terms=(bp.PerContact(price=2), bp.MinimumCommitment(amount=24))),
        "timezone": "Europe/Tallinn",
        "hours": ("daily 08:00-24:00",),
    }
    end = day(12, 1, 0)
    _, found = run(vendor, [end - 7_260.0], day(11, 30, 0), end)
    # Of 30 times 16 hours the last 16 were run, but for the first two, before the run began.
    (bill,) = found.invoices()["nord"].values()
    assert found.period_shares()["nord"] == {"2026-11-01": pytest.approx(1 / 30)}
    assert [line.quantity for line in bill.lines] == pytest.approx([1.0, max(0.0, 24 / 30 - 2)])
