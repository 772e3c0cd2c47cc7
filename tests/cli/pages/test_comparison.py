"""The pages of policies that were compared, against the runs that they tell of."""

import math
from datetime import date

import msgspec
import numpy as np
import pytest

from bporoute.cli.pages._page import encoded
from bporoute.cli.pages._replay import replay_page
from bporoute.cli.pages._simulation import simulation_page
from bporoute.cli.reports._by_clock import ALL_VENDORS, by_clock, levels_by_clock, who_took
from bporoute.cli.reports._logged import logged_notes
from bporoute.cli.reports._savings import compared_with, cost_per_day, few_of, rounded_money, saving_lines
from bporoute.policies import parse_policy, policy_label
from bporoute.simulation import demo_center, demo_replay, simulate
from bporoute.simulation._comparison import dearer, dearer_replayed
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._replay import Replay
from bporoute.simulation._simulate import usual_arrivals
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._schedule import Schedule
from helpers.pages import cells, read_page, texts

pytestmark = pytest.mark.kernels

NAMES = ("NeverOverflow", "QueueLength(4)", "ExpectedWait(30)", "QueueLength(8)", "MarginalCost")


@pytest.fixture(scope="module")
def results():
    case = demo_replay(calls=3000)
    return [case.run(parse_policy(name)) for name in NAMES]


@pytest.fixture(scope="module")
def found():
    center = demo_center()
    renamed = msgspec.structs.replace(center, name="A <b> & c")
    policies = tuple(parse_policy(name) for name in NAMES[:3])
    return simulate(renamed, usual_arrivals(renamed, date(2026, 11, 23), 2), policies, replications=2, seed=3)


def test_money_of_a_day_is_that_of_all_contacts(results):
    for each in results:
        money = each.cost_per_contact().value * each.contacts()
        assert cost_per_day(each) == pytest.approx(money)


def test_the_saving_is_the_difference_with_its_interval(results):
    cheapest = min(results, key=cost_per_day)
    kept = results[0]
    saved = cost_per_day(kept) - cost_per_day(cheapest)
    margin = dearer_replayed(kept, cheapest).half_width * cost_per_day(cheapest)
    lines = saving_lines(results, dearer_replayed, lambda each: policy_label(each.policy))
    assert lines == [
        f"{policy_label(cheapest.policy)} costs least: {cost_per_day(cheapest):,.0f} EUR a day, "
        "wages left out.",
        f"NeverOverflow() costs {cost_per_day(kept):,.0f}: {saved:,.0f} ± {margin:,.0f} EUR a day more, "
        f"{rounded_money(365 * saved):,} on 365 such days.",
    ]
    assert saving_lines([kept], dearer_replayed, lambda each: "it") == [
        f"it costs least: {cost_per_day(kept):,.0f} EUR a day, wages left out."
    ]


def test_it_is_held_against_keeping_or_else_the_dearest(results):
    assert compared_with(results) is results[0]
    others = results[1:]
    assert compared_with(others) is max(others, key=cost_per_day)
    assert compared_with(results[:1]) is None


def test_few_lines_are_drawn_the_cheapest_among_them(results):
    few = few_of(results)
    assert len(few) == 4
    assert few[0] is results[0]
    assert min(results, key=cost_per_day) in few
    assert [each for each in results if each in few] == few
    assert max(results[1:], key=cost_per_day) not in few


@pytest.mark.parametrize(
    ("amount", "told"), [(0.0, 0), (7.6, 8), (123_456, 123_000), (-9_876_543, -9_880_000)]
)
def test_money_of_a_year_has_three_digits(amount, told):
    assert rounded_money(amount) == told


def test_who_took_the_calls_is_every_call_once(results):
    cheapest = results[-1]
    took = who_took(cheapest, 0.5, 1)
    hours, tally = by_clock(cheapest, 0.5)
    assert took.hours.tolist() == hours.tolist()  # on the demo's day no half hour is without calls
    out = sum(took.sent.values())
    np.testing.assert_array_equal(out, count_of(tally, "overflow_out").sum(axis=1))
    np.testing.assert_array_equal(took.kept + out, count_of(tally, "offered").sum(axis=1))
    use = cheapest.vendor_use()
    assert {name: count.sum() for name, count in took.sent.items()} == {
        name: used["sent"] for name, used in use.items() if used["sent"]
    }


def test_where_no_paths_are_kept_vendors_stand_together(found):
    took = who_took(found.policies[1], 0.5, 4)
    assert [*took.sent] == [ALL_VENDORS]
    total = 4 * (took.kept.sum() + took.sent[ALL_VENDORS].sum())
    assert total == pytest.approx(found.policies[1].contacts())


def test_hours_without_calls_are_gaps():
    case = demo_replay(calls=2000)
    center = case.center
    early, late = (
        [call for call in case.calls if lower <= (call.arrival - case.calls[0].arrival) / 3600.0 < upper]
        for lower, upper in ((0.0, 2.0), (6.0, 8.0))
    )
    calls = (*early, *late)
    apart = Replay(center, calls, Arrivals.of_log(calls, center), case.schedule, case.scenario, case.seed)
    run = apart.run(parse_policy("QueueLength(4)"))
    hours, level = levels_by_clock(run, 0.5)
    assert np.diff(hours) == pytest.approx(0.5)
    empty = np.isnan(level)
    assert 6 <= empty.sum() <= 8
    took = who_took(run, 0.5, 1)
    assert took.hours.tolist() == hours.tolist()
    assert ((took.kept + sum(took.sent.values())) == 0).tolist() == empty.tolist()
    read_page(encoded(replay_page([run], None)))


def test_the_page_of_a_replay(results):
    root = read_page(encoded(replay_page(results, None, ("read log.csv: a & b",))))
    assert texts(root, ".//h1") == ["Nordlys Telecom, Monday, 23 November 2026: policies compared"]
    lines = saving_lines(results, dearer_replayed, lambda each: policy_label(each.policy))
    assert texts(root, ".//p[@class='lead']") == lines[:1]
    assert texts(root, ".//ul[@class='answer']/li")[0] == lines[1]
    assert not set(lines) & set(texts(root, ".//section/ul/li"))
    table = cells(root, "Policies, the cheapest set off")
    assert [row[0] for row in table] == [policy_label(each.policy) for each in results]
    marked = [row[0].text for row in root.iter("tr") if row.get("class") == "marked"]
    assert marked == [policy_label(min(results, key=cost_per_day).policy)]
    levels = root.findall(".//svg")[1]
    assert sum(each.get("class", "").endswith("-line") for each in levels.iter("path")) == 4
    legend = root.findall(".//figure")[2].find("ul")
    assert [item[0].tail for item in legend][:2] == ["kept in-house", "sent to baltic"]


def test_what_makes_the_money_doubtful_stands_beside_it():
    case = demo_replay(calls=1000)
    calls = tuple(msgspec.structs.replace(call, wait=2.0) for call in case.calls)
    empty = Schedule(dict.fromkeys(case.center.queues, ((0.0, 0),)))
    arrivals = Arrivals.of_log(calls, case.center)
    nobody = Replay(case.center, calls, arrivals, empty, case.scenario, case.seed)
    results = [nobody.run(parse_policy(name)) for name in NAMES[:2]]
    logged = nobody.logged
    doubts = [line.removeprefix("note: ") for line in logged_notes(logged, results)[1:]]
    assert doubts
    root = read_page(encoded(replay_page(results, logged)))
    answer = texts(root, ".//ul[@class='answer']/li")
    assert answer[1 : 1 + len(doubts)] == doubts
    assert cells(root, "Policies, the cheapest set off")[0][0] == "as logged"
    assert not set(logged_notes(logged, results)[1:]) & set(texts(root, ".//section/ul/li"))


def test_the_page_of_a_simulation(found):
    root = read_page(encoded(simulation_page(found)))
    (title,) = texts(root, ".//h1")
    assert title.startswith("A <b> & c, ")
    lines = saving_lines(found.policies, dearer, lambda each: policy_label(each.policy))
    assert texts(root, ".//p[@class='lead']") == lines[:1]
    assert lines[1].endswith("a year at that rate.")
    words = cells(root, "What the policies do")
    assert words[0] == ["NeverOverflow()", "keeps every contact that there is room for"]
    bars = root.find(".//svg")
    cost = found.policies[0].cost_per_contact()
    label = f"{cost.value:.3f}" + (f" ± {cost.half_width:.3f}" if math.isfinite(cost.half_width) else "")
    assert label in [each.text for each in bars.iter("text")]
