"""Tables, footnotes, plain values and pictures of a simulation."""

import json
import math
from datetime import date

import msgspec
import numpy as np
import pytest

import bporoute as bp
from bporoute.center._targets import Counting
from bporoute.cli._frontier import parse_frontier
from bporoute.cli.plots._simulation import MOST_POLICIES, plot_frontier, plot_simulation
from bporoute.cli.reports._cells import share_with_interval
from bporoute.cli.reports._comparison import mean_invoices
from bporoute.cli.reports._simulation import (
    LEFT_OUT,
    ROOM_FOR_ALL,
    as_document,
    as_rows,
    comparison_table,
    footnotes,
)
from bporoute.estimates._confidence import of_ratio
from bporoute.policies._text import parse_policy
from bporoute.simulation._demo import demo_center
from bporoute.workload._arrivals import Arrivals

DAY = date(2026, 11, 23)
POLICIES = ("NeverOverflow()", "QueueLength(2)", "MarginalCost()")


def small_center(scale=0.1, **vendor):
    """The demo's center, that much smaller."""
    base = demo_center()
    queues = {
        name: msgspec.structs.replace(
            queue,
            arrival_rate=queue.arrival_rate * scale,
            schedule={clock: math.ceil(count * scale) for clock, count in queue.schedule.items()},
        )
        for name, queue in base.queues.items()
    }
    vendors = {name: msgspec.structs.replace(each, **vendor) for name, each in base.vendors.items()}
    return msgspec.structs.replace(base, queues=queues, vendors=vendors)


def simulate(policies=POLICIES, **options):
    given = {"replications": 2, **options}
    center = given.pop("center", small_center())
    arrivals = given.pop("arrivals", None) or bp.usual_arrivals(center, DAY, given.pop("days", 1))
    return bp.simulate(center, arrivals, policies, **given)


@pytest.fixture(scope="module")
def found():
    return simulate(replications=10)


def lines_of(found, width=ROOM_FOR_ALL):
    from rich.console import Console

    screen = Console(width=width)
    with screen.capture() as captured:
        screen.print(comparison_table(found, width))
    return captured.get().splitlines()


def test_one_row_per_policy_and_a_star_for_the_cheapest(found):
    lines = lines_of(found)
    for name in POLICIES:
        assert sum(name in line for line in lines) == 1
    starred = [line for line in lines if line.startswith(" *")]
    assert len(starred) == 1
    assert type(found.cheapest.policy).__name__ in starred[0]


def test_the_table_shows_the_figures_with_their_intervals(found):
    line = next(line for line in lines_of(found) if "QueueLength(2)" in line)
    each = found.policies[1]
    level, cost = each.service_level(), each.cost_per_contact()
    assert f"{100 * level.value:.1f} ±{100 * level.half_width:4.1f}" in line
    assert f"{cost.value:.3f} ±{cost.half_width:.3f}" in line
    assert f" {100 * each.overflow_share().value:.1f} " in line
    assert f" {100 * each.abandonment().value:.1f} " in line


@pytest.mark.parametrize("width", [80, 100, ROOM_FOR_ALL, 200])
def test_the_table_fits_its_terminal(found, width):
    lines = lines_of(found, width)
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    assert any("targets" in line for line in lines) == (width >= ROOM_FOR_ALL)


def test_what_a_narrow_table_leaves_out_is_in_the_wide_one(found):
    headings = [column.header for column in comparison_table(found).columns]
    assert set(LEFT_OUT) < set(headings)


def test_targets_are_judged_by_the_figures_of_each_queue(found):
    for each in found.policies:
        (level, met), (abandonment, kept) = each.verdicts("service")
        assert met == (each.service_level("service").value >= level.probability)
        assert kept == (each.abandonment("service").value <= abandonment.probability)
        assert len(each.verdicts("sales")) == 1


def test_the_footnotes_say_what_is_counted_and_what_it_rests_on(found):
    notes = "\n".join(footnotes(found))
    for words in (
        "(service 20 s, offered; sales 20 s, offered)",
        f"Counted: {found.cheapest.contacts():,} contacts, 10 replications of 1 day, seed 1",
        "every policy met the same ones",
        "from the 10 replications",
        "wages, the same under every policy, are left out",
        f"{type(found.cheapest.policy).__name__}",
    ):
        assert words in notes
    assert "Interrupted" not in notes
    assert "call again" not in notes


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"replications": 1}, "One day tells no interval"),
        ({"replications": 2}, "the 2 days of all 2 replications"),
        ({"replications": 1, "days": 3}, "the 3 days, which share what contracts count by month"),
    ],
)
def test_few_replications_rest_on_days(options, words):
    assert words in "\n".join(footnotes(simulate(("NeverOverflow()",), **options)))


def test_one_day_shows_no_interval():
    one = simulate(("NeverOverflow()",), replications=1)
    assert "±" not in "".join(lines_of(one))
    (row,) = as_rows(one)
    assert row["cost_per_contact"]["low"] is None
    assert row["cost_per_contact"]["value"] > 0


def test_policies_that_cost_the_same_are_said_to_be_as_good():
    twins = simulate(("QueueLength(2)", "QueueLength(1.5)"))
    assert any("are practically as good here: 0.0 % apart" in note for note in footnotes(twins))


def test_redials_and_calls_of_a_log_are_told():
    scenario = bp.Scenario(redial={"sales": bp.Redial(share=0.5)})
    assert any("may call again" in note for note in footnotes(simulate(scenario=scenario)))
    from bporoute.simulation._demo import demo_calls

    log = Arrivals.of_log(demo_calls(300), small_center())
    told = simulate(("NeverOverflow()",), arrivals=log)
    assert any("Every replication has the same calls" in note for note in footnotes(told))


def test_an_interrupt_and_a_line_without_end_come_first(found):
    cut = msgspec.structs.replace(found, interrupted=True)
    assert footnotes(cut)[0].startswith("Interrupted: the table holds the 10 replications")
    run = msgspec.structs.replace(found.policies[0].runs[0], trouble="sales: 9 contacts were waiting")
    ill = msgspec.structs.replace(found.policies[0], runs=(run, *found.policies[0].runs[1:]))
    grown = msgspec.structs.replace(found, policies=(ill, *found.policies[1:]))
    assert footnotes(grown)[0] == (
        "! NeverOverflow(): sales: 9 contacts were waiting. Its row is of the time before."
    )
    assert [line[:2] for line in lines_of(grown)].count(" !") == 1
    assert as_rows(grown)[0]["trouble"] == "sales: 9 contacts were waiting"


def test_invoices_are_told_by_period_and_are_their_mean():
    months = simulate(
        ("QueueLength(0)",), arrivals=bp.usual_arrivals(small_center(), date(2026, 11, 30), days=2)
    )
    (each,) = months.policies
    bills = mean_invoices(each)
    assert list(bills["norrland"]) == ["2026-11-01", "2026-12-01"]
    for name, periods in bills.items():
        for start, total in periods.items():
            owed = [each.invoices(number)[name][start].total for number in range(2)]
            assert total == pytest.approx(sum(owed) / 2)
        assert sum(periods.values()) == pytest.approx(each.vendor_use()[name]["owed"])
    notes = "\n".join(footnotes(months))
    assert "QueueLength(0) sent out per replication: " in notes
    assert f"norrland {bills['norrland']['2026-11-01']:,.0f} from 2026-11-01" in notes


def test_plain_values_have_everything_and_fit_into_json(found):
    document = json.loads(json.dumps(as_document(found)))
    assert document["replications"] == 10
    assert sum(row["cheapest"] for row in document["policies"]) == 1
    for row, each in zip(document["policies"], found.policies, strict=True):
        assert parse_policy(row["text"]) == each.policy
        for figures in (row, *row["queues"].values()):
            assert set(figures["service_level_by_counting"]) == set(Counting.__args__)
            assert {"abandonment", "asa", "occupancy", "overflow_share"} < set(figures)
        assert row["queues"]["sales"]["service_level"]["value"] == each.service_level("sales").value
        peakedness = row["queues"]["service"]["overflow"]["peakedness"]
        assert peakedness is None or peakedness == each.overflow("service").peakedness
        for name, use in row["vendors"].items():
            owed = sum(period["total"] for period in row["invoices"][name].values())
            assert owed == pytest.approx(use["owed"])
            for invoice in (period["first_replication"] for period in row["invoices"][name].values()):
                amounts = [] if invoice is None else [line["amount"] for line in invoice["lines"]]
                assert sum(amounts) == pytest.approx(invoice["total"] if invoice else 0.0)
        assert row["dearer_by"]["value"] >= 0
        assert (row["dearer_by"]["value"] == 0) == row["cheapest"]


def drawn_text(path):
    return [line.strip()[5:-4] for line in path.read_text().splitlines() if line.strip().startswith("<!-- ")]


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_both_pictures_are_drawn_in_every_format(found, tmp_path, ending):
    start = {".png": b"\x89PNG", ".svg": b"<svg", ".pdf": b"%PDF"}[ending]
    family = parse_frontier("QueueLength({2})")
    for name, draw in (
        ("costs", lambda path: plot_simulation(found, path)),
        ("frontier", lambda path: plot_frontier(found, family, path)),
    ):
        path = tmp_path / f"{name}{ending}"
        draw(path)
        assert start in path.read_bytes()[:400]
    assert len(list(tmp_path.iterdir())) == 2


def test_the_picture_names_policies_units_and_what_it_rests_on(found, tmp_path):
    plot_simulation(found, tmp_path / "costs.svg")
    words = drawn_text(tmp_path / "costs.svg")
    for expected in (
        *POLICIES,
        "service level, %",
        "contacts per half hour",
        "08:00",
        "cost per contact, EUR (vendors, waiting, abandonment, failures; 95 % intervals)",
        f"Nordlys Telecom: {found.cheapest.contacts():,} contacts, 1 day, 10 replications",
    ):
        assert expected in words
    cost = found.cheapest.cost_per_contact()
    assert f"{cost.value:.3f} ± {cost.half_width:.3f}" in words


def test_a_picture_of_one_day_has_no_intervals(tmp_path):
    one = simulate(replications=1)
    plot_simulation(one, tmp_path / "costs.svg")
    words = drawn_text(tmp_path / "costs.svg")
    assert not [word for word in words if "±" in word or "interval" in word]
    plot_frontier(one, parse_frontier("QueueLength({2})"), tmp_path / "frontier.svg")
    assert "service level, % (line: target)" in drawn_text(tmp_path / "frontier.svg")


def test_of_very_many_policies_the_cheapest_are_drawn(tmp_path):
    family = parse_frontier(f"QueueLength({{0..{MOST_POLICIES + 1}}})")
    many = simulate(family.policies, replications=1)
    plot_simulation(many, tmp_path / "costs.svg")
    title = next(word for word in drawn_text(tmp_path / "costs.svg") if "cheapest" in word)
    assert title.endswith(f"(the {MOST_POLICIES} cheapest of {MOST_POLICIES + 2} policies)")
    plot_frontier(many, family, tmp_path / "frontier.png")
    assert (tmp_path / "frontier.png").stat().st_size > 10_000


def test_hours_that_are_long_are_drawn_as_long_as_they_are(tmp_path):
    start = 1795420800.0  # 08:00 UTC
    stream = bp.Stream("calls", bp.Contact("service"), np.full(3, 60.0))
    hourly = Arrivals(edges=start + 7200.0 * np.arange(4), streams=(stream,))
    plot_simulation(simulate(arrivals=hourly), tmp_path / "costs.svg")
    assert "contacts per 2 hours" in drawn_text(tmp_path / "costs.svg")


def test_no_share_is_shown_beyond_what_it_can_be():
    (each,) = simulate(["ServedInTime(0.8, 20)"], center=small_center(0.02)).policies
    for counting in (None, "answered", "credited"):
        estimate = each.service_level(counting=counting)
        assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0
    for share in (each.abandonment(), each.overflow_share(), each.occupancy()):
        assert 0.0 <= share.low <= share.value <= share.high <= 1.0
    assert each.asa().low >= 0.0
    wide = of_ratio(*each.served_units())
    assert wide.high > 1.0  # as it would be of anything
    assert each.service_level().high == 1.0


def test_an_interval_that_reaches_an_end_is_shown_by_its_ends():
    assert share_with_interval(0.5, 0.4, 0.6) == "50.0 ±10.0"
    assert share_with_interval(0.96, 0.76, 1.0) == "96.0 (76-100)"
    assert share_with_interval(0.02, 0.0, 0.11) == "2.0 (0-11)"
    assert share_with_interval(1.0, 1.0, 1.0) == "100.0 ± 0.0"
    assert share_with_interval(0.5, -math.inf, math.inf) == "50.0"
    assert share_with_interval(math.nan, -math.inf, math.inf) == "-"
