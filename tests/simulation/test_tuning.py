"""Kinds of rules are tuned alike: each day is judged by the number that was cheapest on the other days."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bporoute import (
    Arrivals,
    Center,
    ContactType,
    Contract,
    FixedFee,
    NeverOverflow,
    PerContact,
    Queue,
    QueueLength,
    Share,
    TakeOrPay,
    Vendor,
)
from bporoute.cli.reports._replay import as_rows, comparison_table, footnotes
from bporoute.policies._usual import tuned_families, usual_policies
from bporoute.simulation._comparison import dearer_replayed
from bporoute.simulation._demo import demo_replay
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._replay import Replay
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._scenario import Scenario
from bporoute.simulation._tuning import TunedPolicy, tuned_by_day
from bporoute.workload._call_log import Call
from bporoute.workload._schedule import Schedule

DAY = 86_400.0
LENGTHS = (0, 2, 5, 9)


def bursts(sizes, contract=None) -> Replay:
    """Calls that all come at once, so many at noon of each day, to a desk of one; a contact out costs 3."""
    contract = Contract(price_per_contact=3.0) if contract is None else contract
    vendor = Vendor(country="EE", timezone="UTC", contact_types=("call",), contract=contract)
    center = Center(
        queues={"desk": Queue(aht=60, patience=600, wait_cost_per_minute=1, abandonment_cost=10)},
        contact_types={"call": ContactType(queue="desk")},
        vendors={"nord": vendor},
    )
    at = [number * DAY + 43_200.0 + 0.001 * n for number, size in enumerate(sizes) for n in range(size)]
    calls = tuple(Call(str(number), "call", when, handle=60.0) for number, when in enumerate(at))
    arrivals = Arrivals.of_log(calls, center)
    return Replay(center, calls, arrivals, Schedule({"desk": ((0.0, 1),)}), Scenario(), seed=1)


def runs_of(replay: Replay) -> list[ReplayedPolicy]:
    return [replay.run(QueueLength(length), tuned=True) for length in LENGTHS]


def chosen_naively(money: list[list[float]]) -> list[int]:
    """For each day, the row whose sum over all other days is least."""
    chosen = []
    for day in range(len(money[0])):
        others = [sum(value for place, value in enumerate(row) if place != day) for row in money]
        chosen.append(others.index(min(others)))
    return chosen


@pytest.mark.parametrize("sizes", [(3, 30), (12, 2, 2, 2, 14), (6, 0, 0, 9, 4, 30, 1, 2)])
def test_each_day_is_that_of_the_member_which_was_cheapest_on_the_others(sizes):
    runs = runs_of(bursts(sizes))
    money = [run.cost_units[0].tolist() for run in runs]
    chosen = chosen_naively(money)
    tuned = tuned_by_day(runs)
    assert isinstance(tuned, TunedPolicy)
    assert [each.policy.n for each in tuned.by_day] == [LENGTHS[number] for number in chosen]
    assert tuned.cost_units[0].tolist() == [money[number][day] for day, number in enumerate(chosen)]
    assert tuned.contacts() == sum(sizes)
    lost = [runs[number].runs[0].outcomes[48 * day : 48 * day + 48] for day, number in enumerate(chosen)]
    assert tuned.runs[0].outcomes.tolist() == np.concatenate(lost).tolist()
    served = [run.served_units()[0] for run in runs]
    assert tuned.served_units()[0].tolist() == [served[number][day] for day, number in enumerate(chosen)]


def test_hindsight_is_never_dearer_than_what_the_other_days_tell():
    runs = runs_of(bursts((12, 2, 2, 2, 14, 1, 25)))
    tuned = tuned_by_day(runs)
    assert tuned.cost_per_contact().value >= min(run.cost_per_contact().value for run in runs)


def test_a_day_of_its_own_kind_is_judged_by_what_the_others_say():
    """On quiet days nothing is worth sending, on a wild one all is: each is judged by the other kind."""
    quiet, wild = (4, 60)
    by_day = tuned_by_day(runs_of(bursts((quiet, wild)))).by_day
    best = [min(runs_of(bursts((size,))), key=lambda run: run.cost_units[0][0]).policy.n for size in (60, 4)]
    assert [each.policy.n for each in by_day] == best


def test_one_day_can_only_be_tuned_in_hindsight_and_that_is_said():
    replay = bursts((12,))
    found = replay.tune([QueueLength(length) for length in LENGTHS])
    assert not isinstance(found, TunedPolicy)
    costs = [run.cost_per_contact().value for run in runs_of(replay)]
    assert found.cost_per_contact().value == min(costs)
    assert any("in hindsight" in note for note in footnotes([found]))
    assert as_rows([found])[0]["tuned_by_day"] is None


def test_the_same_member_on_all_days_is_that_member_to_the_cent():
    terms = PerContact(price=4), TakeOrPay(volume=30, share=0.9, price=4), FixedFee(fee=20)
    replay = bursts((4, 5, 4, 5, 6), Contract(terms=terms))
    runs = runs_of(replay)
    tuned = tuned_by_day(runs)
    (only,) = tuned.members()
    whole = next(run for run in runs if f"QueueLength({run.policy.n:g})" == only)
    for figure in ("service_level", "abandonment", "asa", "overflow_share", "cost_per_contact", "occupancy"):
        assert getattr(tuned, figure)() == getattr(whole, figure)()
    assert tuned.vendor_use()["nord"] == pytest.approx(whole.vendor_use()["nord"])
    assert dearer_replayed(tuned, whole).value == pytest.approx(0.0)


@pytest.mark.parametrize("fee", [0.0, 70.0])
def test_what_vendors_are_owed_is_in_the_cost_whoever_was_chosen(fee):
    runs = runs_of(bursts((12, 2, 2, 40), Contract(terms=(PerContact(price=3), FixedFee(fee=fee)))))
    tuned = tuned_by_day(runs)
    assert len(tuned.members()) > 1
    use = tuned.vendor_use()["nord"]
    for each in runs:  # the fee is the same under all of them
        own = each.vendor_use()["nord"]
        assert use["owed"] - 3 * use["sent"] == pytest.approx(own["owed"] - 3 * own["sent"])
    assert (use["owed"] > 3 * use["sent"]) == (fee > 0)
    counted = tuned.runs[0].tally[:, 0, :]
    waited = (count_of(counted, "wait_answered_s") + count_of(counted, "wait_abandoned_s")).sum()
    lost = count_of(counted, "abandoned").sum()
    assert tuned.cost_units[0].sum() == pytest.approx(waited / 60 + 10 * lost + use["owed"])
    assert tuned.half_hour_costs.sum() == pytest.approx(tuned.cost_units[0].sum())


def test_the_table_says_how_it_was_tuned_and_which_number_when():
    replay = bursts((4, 60, 4, 3, 30, 2))
    never, tuned = replay.run(NeverOverflow()), replay.tune([QueueLength(length) for length in LENGTHS])
    notes = footnotes([never, tuned])
    assert any("on the other days, all kinds alike" in note for note in notes)
    assert not any("hindsight" in note for note in notes)
    label = f"{next(iter(tuned.members()))}, tuned"
    assert any(note.startswith(f"{label}: ") and " days, " in note for note in notes)
    assert comparison_table([never, tuned]).row_count == 2
    rows = as_rows([never, tuned])
    assert [row["tuned_by_day"] for row in rows] == [None, tuned.members()]
    assert sum(tuned.members().values()) == 6


def test_a_line_without_end_is_no_choice():
    runs = runs_of(bursts((12, 2, 2)))
    broken = msgspec.structs.replace(runs[0].runs[0], trouble="grew")
    bad = msgspec.structs.replace(runs[0], runs=(broken,))
    assert all(each is not bad for each in tuned_by_day([bad, *runs[1:]]).by_day)
    assert tuned_by_day([bad, bad]).trouble == "grew"


def test_every_usual_rule_with_a_number_is_tuned():
    center = demo_replay(calls=100).center
    kinds = {type(family[0]) for family in tuned_families(center)}
    numbered = {type(policy) for policy in usual_policies(center) if policy.__struct_fields__}
    assert numbered <= kinds
    assert all(len({type(member) for member in family}) == 1 for family in tuned_families(center))
    assert all(sum(member.shares.values()) < 1 for member in tuned_families(center)[2])
    assert isinstance(tuned_families(center)[2][0], Share)
