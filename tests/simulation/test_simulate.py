"""The simulation as a user calls it: what it promises, and that its figures are consistent."""

import math
from datetime import date
from typing import get_args

import msgspec
import numpy as np
import pytest

import bporoute as bp
from bporoute._base.ranges import MOST_AGENTS
from bporoute._kernels.simulation import columns
from bporoute.center._targets import Counting
from bporoute.errors import InputError
from bporoute.simulation import COLUMNS
from bporoute.simulation._comparison import cost_difference
from helpers.simulating import center, hours, same, simulate

DAY = date(2026, 11, 23)
POLICIES = ("QueueLength(2)", "MarginalCost()", "NeverOverflow()")


def totals(each, replication=0):
    return each.runs[replication].tally.sum(axis=(0, 1))


@pytest.fixture(scope="module")
def found():
    return simulate(*POLICIES, replications=3, paths=True)


def test_the_same_seed_gives_the_same_bits_and_another_one_others(found):
    assert same(found, simulate(*POLICIES, replications=3, paths=True))
    assert not same(found, simulate(*POLICIES, replications=3, seed=6))


def test_keeping_the_paths_changes_nothing_else(found):
    assert same(found, simulate(*POLICIES, replications=3))


@pytest.mark.thorough
def test_two_processes_give_the_bits_of_one(found):
    assert same(found, simulate(*POLICIES, replications=3, workers=2))


def test_more_replications_leave_the_first_as_they_were(found):
    fewer = simulate(*POLICIES, replications=2)
    for each, shorter in zip(found.policies, fewer.policies, strict=True):
        assert all(
            np.array_equal(run.tally, twin.tally) for run, twin in zip(each.runs, shorter.runs, strict=False)
        )


def test_every_policy_meets_the_same_contacts(found):
    first, *others = found.policies
    for replication in range(found.replications):
        paths = first.runs[replication].paths
        mine = np.argsort(paths.number)
        for other in others:
            theirs = other.runs[replication].paths
            order = np.argsort(theirs.number)
            assert np.array_equal(paths.arrival[mine], theirs.arrival[order])
            both = paths.answered[mine] & theirs.answered[order]
            in_house = (paths.destination[mine] == 0) & (theirs.destination[order] == 0) & both
            assert in_house.any()
            assert np.array_equal(paths.handle[mine][in_house], theirs.handle[order][in_house])
    assert not np.array_equal(first.runs[0].paths.arrival, first.runs[1].paths.arrival)


def test_every_contact_ends_in_one_way(found):
    for each in found.policies:
        for replication, run in enumerate(each.runs):
            counts = totals(each, replication)
            ended = counts[
                [columns.ANSWERED, columns.ANSWERED_OUT, columns.ABANDONED, columns.REJECTED]
            ].sum()
            assert counts[columns.OFFERED] == ended == len(run.paths.number)
            assert counts[columns.WITHIN] <= counts[columns.ANSWERED] + counts[columns.ANSWERED_OUT]
            assert counts[columns.ABANDONED_SHORT] <= counts[columns.ABANDONED]
            assert counts[columns.ANSWERED_OUT] <= counts[columns.SENT] <= counts[columns.OFFERED]


def test_the_paths_tell_the_same_as_the_totals(found):
    for each in found.policies:
        counts, paths = totals(each), each.runs[0].paths
        assert counts[columns.ANSWERED] == (paths.answered & (paths.destination == 0)).sum()
        assert counts[columns.ANSWERED_OUT] == (paths.answered & (paths.destination > 0)).sum()
        assert counts[columns.REJECTED] == paths.rejected.sum()
        assert counts[columns.WAIT_ANSWERED] == pytest.approx(paths.wait[paths.answered].sum())
        assert counts[columns.WITHIN] == (paths.answered & (paths.wait <= 20.0)).sum()


def test_the_figures_are_ratios_of_the_totals(found):
    each = found.policies[0]
    counts = sum(totals(each, replication) for replication in range(found.replications))
    offered = counts[columns.OFFERED]
    assert each.contacts() == offered
    assert each.overflow_share("desk").value == pytest.approx(counts[columns.SENT] / offered)
    assert each.abandonment().value == pytest.approx(
        (counts[columns.ABANDONED] + counts[columns.REJECTED]) / offered
    )
    answered = counts[columns.ANSWERED] + counts[columns.ANSWERED_OUT]
    assert each.asa().value == pytest.approx(counts[columns.WAIT_ANSWERED] / answered)
    assert each.service_level(counting="answered").value == pytest.approx(counts[columns.WITHIN] / answered)
    assert each.service_level().value == pytest.approx(counts[columns.WITHIN] / offered)
    busy = sum(run.busy_seconds.sum() for run in each.runs)
    assert each.occupancy().value == pytest.approx(busy / sum(run.staffed_seconds.sum() for run in each.runs))
    levels = {counting: each.service_level(counting=counting).value for counting in Counting.__args__}
    assert levels["offered"] <= levels["short_excluded"] <= levels["answered"]
    assert levels["offered"] <= min(levels["ignored"], levels["credited"])


def test_cost_is_invoices_waiting_and_abandonment(found):
    for each in found.policies:
        money = 0.0
        for replication in range(found.replications):
            counts = totals(each, replication)
            money += (counts[columns.WAIT_ANSWERED] + counts[columns.WAIT_ABANDONED]) / 60.0
            money += 5.0 * (counts[columns.ABANDONED] + counts[columns.REJECTED])
            money += sum(bill.total for bill in each.invoices(replication)["nord"].values())
        assert each.cost_per_contact().value == pytest.approx(money / each.contacts())


def test_the_invoice_is_for_what_the_vendor_has_done(found):
    each = found.policies[0]
    use = each.vendor_use()["nord"]
    runs = found.replications
    assert use["owed"] == pytest.approx(use["answered"] + 0.5 * use["handle_s"] / 60.0)
    sent = sum(totals(each, number)[columns.SENT] for number in range(runs))
    assert use["sent"] == pytest.approx(sent / runs)
    assert list(each.invoices()["nord"]) == ["2026-11-01"]


def test_the_rows_of_the_intervals_add_up_to_the_totals(found):
    for each in found.policies:
        rows = each.interval_rows(1)
        assert [row["interval_start"] for row in rows] == [
            f"2026-11-23T{hour:02d}:00:00+00:00" for hour in (9, 10, 11)
        ]
        for name, column in COLUMNS.items():
            assert sum(row[name] for row in rows) == pytest.approx(totals(each, 1)[column])
        assert all(0 < row["occupancy"] <= 1 for row in rows)


def test_never_overflow_sends_nothing_but_what_has_no_room(found):
    never = found.policies[2]
    counts = totals(never)
    assert counts[columns.SENT] == counts[columns.FORCED]
    assert never.overflow_share().value < found.policies[0].overflow_share().value
    assert never.overflow("desk").mean == pytest.approx(
        sum(run.tally[..., columns.SENT].sum() * 120.0 / run.seconds for run in never.runs)
        / found.replications,
        rel=0.1,
        abs=0.02,
    )


def test_a_policy_beside_itself_is_no_dearer_and_no_better(found):
    for each in found.policies:
        for estimate in (
            bp.dearer(each, each),
            bp.service_difference(each, each),
            cost_difference(each, each),
        ):
            assert (estimate.value, estimate.half_width) == (0.0, 0.0)


def test_differences_are_those_of_the_figures(found):
    ours, theirs, _ = found.policies
    ratio = ours.cost_per_contact().value / theirs.cost_per_contact().value
    assert bp.dearer(ours, theirs).value == pytest.approx(ratio - 1.0)
    gain = ours.service_level().value - theirs.service_level().value
    assert bp.service_difference(ours, theirs).value == pytest.approx(gain)


def test_the_cheapest_is_the_one_with_the_least_cost(found):
    assert found.cheapest.cost_per_contact().value == min(
        each.cost_per_contact().value for each in found.policies
    )


def test_intervals_rest_on_days_until_there_are_ten_replications():
    days = simulate("NeverOverflow()", arrivals=hours(count=48), replications=4)
    assert days.policies[0].days == 3  # 48 hours from nine on touch three
    assert days.policies[0].service_level().count == 12
    assert simulate("NeverOverflow()", replications=10).policies[0].service_level().count == 10
    one = simulate("NeverOverflow()", replications=1).policies[0].service_level()
    assert one.count == 1
    assert one.half_width == math.inf


def test_precision_ends_it_as_soon_as_it_is_reached():
    rough = simulate("MarginalCost()", arrivals=hours(200.0), replications=60, precision=0.5)
    assert 5 <= rough.replications < 60
    assert rough.policies[0].cost_per_contact().relative <= 0.5
    never = simulate("MarginalCost()", arrivals=hours(200.0), replications=7, precision=1e-9)
    assert never.replications == 7


def test_exact_volumes_are_met_exactly():
    found = simulate("QueueLength(1)", arrivals=hours(20.0, exact=True))
    for run in found.policies[0].runs:
        assert run.tally[:, 0, columns.OFFERED].tolist() == [20.0, 20.0, 20.0]


def test_those_who_call_again_are_offered_again():
    scenario = bp.Scenario(redial={"call": bp.Redial(share=1.0, after=60.0)})
    found = simulate("NeverOverflow()", arrivals=hours(90.0, exact=True), scenario=scenario)
    counts = totals(found.policies[0])
    assert counts[columns.REDIALLED] > 0
    assert counts[columns.OFFERED] == 3 * 90.0 + counts[columns.REDIALLED]


def interrupted_after(calls):
    told = []

    def progress(share):
        told.append(share)
        if len(told) == calls:
            raise KeyboardInterrupt

    return progress


def test_an_interrupt_leaves_what_every_policy_has_finished():
    whole = simulate(*POLICIES, replications=3)
    shares = []
    simulate(*POLICIES, replications=3, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.05)
    # In the middle of the fifth run: of the second replication one policy is finished.
    found = simulate(*POLICIES, replications=3, progress=interrupted_after(int(len(shares) * 4.5 / 9)))
    assert found.interrupted
    assert found.replications == 1
    for each, other in zip(found.policies, whole.policies, strict=True):
        assert np.array_equal(each.runs[0].tally, other.runs[0].tally)


def test_an_interrupt_before_anything_is_finished_goes_on():
    with pytest.raises(KeyboardInterrupt):
        simulate(*POLICIES, progress=interrupted_after(1))


def test_a_line_without_end_says_what_grew(monkeypatch):
    monkeypatch.setattr(
        "bporoute.simulation._engine._arrays.MOST_ROOM", 4096
    )  # else it takes four million contacts
    endless = center(patience=math.inf, waiting_room=100_000)
    found = simulate(
        "NeverOverflow()", "QueueLength(3)", center=endless, arrivals=hours(8000.0), replications=1
    )
    lost, kept = found.policies
    assert lost.trouble.startswith("desk: ")
    assert "contacts were waiting" in lost.trouble
    assert kept.trouble == ""
    assert found.cheapest is kept


def test_the_usual_day_is_as_busy_as_the_center_says():
    usual = bp.simulate(center(), bp.usual_arrivals(center(), DAY), "NeverOverflow()")
    busiest = 0.03 * 1800
    assert usual.arrivals.streams[0].volumes.max() == pytest.approx(busiest)
    assert usual.policies[0].days == 1


WRONG = {
    "replications": ({"replications": 0}, "replications: found 0"),
    "precision": ({"precision": 0.0}, "precision: found 0.0"),
    "vendor": ({"policies": ["Share({'nrod': 0.5})"]}, "'nord'"),
    "nobody": ({"policies": []}, "policy: found none"),
    "scenario": ({"scenario": bp.Scenario(redial={"cal": bp.Redial(share=0.5)})}, "'call'"),
    "workers": ({"workers": 0}, "workers: found 0"),
    "no schedule": ({"center": center(schedule={})}, "queues.desk.schedule: found nothing"),
    "no rate": ({"center": center(arrival_rate=0.0), "arrivals": None}, "queues: found no arrival_rate"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_told_at_the_door(name):
    options, expected = WRONG[name]
    options = dict(options)
    with pytest.raises(InputError, match=r"found .*; expected") as caught:
        simulate(*options.pop("policies", POLICIES), **options)
    assert expected in str(caught.value)


@pytest.mark.parametrize("days", [0, 3661, 1.5])
def test_days_that_cannot_be_are_told(days):
    with pytest.raises(InputError, match=r"days: found .*; expected a whole number of days from 1 to 3660"):
        bp.usual_arrivals(center(), DAY, days)


def test_a_queue_that_nobody_serves_is_told_at_the_door():
    base = center()
    own = bp.Center(
        queues=base.queues,
        contact_types={"call": bp.ContactType(queue="desk", sourcing="in_house")},
        vendors=base.vendors,
    )
    with pytest.raises(InputError, match=r"queues\.desk: found contacts of type 'call', no agent"):
        simulate("NeverOverflow()", center=own, schedule=bp.Schedule({"desk": ((0.0, 0),)}))


def test_the_most_agents_are_decided_with_and_more_refused_at_the_door():
    (each,) = simulate("MarginalCost()", center=center(schedule={"09:00": MOST_AGENTS})).policies
    assert each.degraded_share() == 0.0
    with pytest.raises(InputError, match=r"Queue\.schedule\.09:00: found 100001"):
        center(schedule={"09:00": MOST_AGENTS + 1})


def test_what_is_no_policy_is_refused():
    with pytest.raises(InputError, match="policy: found 3"):
        simulate(3)


def test_only_equally_long_runs_are_compared():
    two, three = (simulate("NeverOverflow()", replications=count).policies[0] for count in (2, 3))
    for compare in (bp.dearer, bp.service_difference, cost_difference):
        with pytest.raises(InputError, match="found 3 replications of 1 day; expected 2"):
            compare(two, three)


def test_an_unknown_counting_is_refused_and_a_result_is_short_to_read():
    found = simulate("NeverOverflow()")
    with pytest.raises(InputError, match="counting: found 'offred'; expected 'offered'"):
        found.policies[0].service_level(counting="offred")
    assert repr(found) == "<Simulation of NeverOverflow(); 2 replications, seed 5>"
    assert repr(found.policies[0]) == "<SimulatedPolicy NeverOverflow(); 2 replications>"


def test_a_policy_that_fails_does_not_pass_for_a_good_one():
    def failing(situation):
        raise ZeroDivisionError(situation.queue)

    broken, sound = simulate(failing, "NeverOverflow()", replications=1).policies
    assert broken.degraded_share() == 1.0
    assert sound.degraded_share() == 0.0


@pytest.mark.parametrize(("patience", "room"), [(0.0, 6), (60.0, 0)])
def test_where_nobody_can_wait_as_many_are_lost_as_erlang_b_says(patience, room):
    """Three agents and two erlangs: 4 / 19 are lost, simulated as in `QueueModel`, however counted."""
    queue = bp.Queue(aht=120, patience=patience, waiting_room=room, schedule={"00:00": 3})
    types = {"call": bp.ContactType(queue="desk", sourcing="in_house")}
    desk = bp.Center(queues={"desk": queue}, contact_types=types, fallback="reject")
    (lost,) = simulate("NeverOverflow()", center=desk, arrivals=hours(count=300), replications=4).policies
    assert lost.abandonment().value == pytest.approx(4 / 19, abs=0.01)
    model = bp.QueueModel(3, 1 / 60, 120, patience, room)
    for counting in get_args(Counting):
        level = model.service_level(20, counting, short=5)
        assert lost.service_level(counting=counting).value == pytest.approx(level, abs=0.01)


def test_a_queue_without_patience_is_decided_as_one_of_hardly_any():
    """Who finds no agent free is lost, at the cost of an abandonment: sent out where that is cheaper."""
    for price, destination in ((4.0, "nord"), (6.0, "desk")):
        offer = bp.Contract(price_per_contact=price)
        desk = center(patience=0.0)
        nord = msgspec.structs.replace(desk.vendors["nord"], contract=offer, expected_wait=0.0)
        router = bp.Router(msgspec.structs.replace(desk, vendors={"nord": nord}), clock=lambda: 1795424400.0)
        busy = bp.Snapshot(desk=bp.QueueState(agents=3, busy=3, waiting=0))
        decision = router.route(bp.Contact("call"), busy)
        assert (decision.destination, decision.degraded) == (destination, "")
        free = bp.Snapshot(desk=bp.QueueState(agents=3, busy=2))
        assert router.route(bp.Contact("call"), free).destination == "desk"
