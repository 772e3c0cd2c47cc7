"""A staffing plan as tables, rows and a picture."""

import numpy as np
import pytest

from bporoute.center._targets import ServiceLevel
from bporoute.cli.plots._heat_map import plot_heat_map
from bporoute.cli.reports._staffing import MOST_PEAKS, MOST_ROWS, encoded, footnotes, shown_intervals, tables
from bporoute.planning._assumptions import Assumptions
from bporoute.planning._staffing_plan import staffing_plan
from bporoute.workload._volumes import Volumes, read_volumes
from helpers.places import EXAMPLES

EXAMPLE = EXAMPLES / "volumes.csv"


USUAL = ServiceLevel(probability=0.8, within=20)


def example_plan(days=1, queues=("service", "sales"), **assumptions):
    """The example's plan, its days repeated and its queues renamed."""
    from datetime import timedelta

    read = read_volumes(EXAMPLE)
    mine = [place for place, name in enumerate(read.queues) if name == "sales"][:6]
    starts, names, places = [], [], []
    for queue in queues:
        for day in range(days):
            starts += [read.starts[place] + timedelta(days=day) for place in mine]
            names += [queue] * len(mine)
            places += mine
    chosen = np.array(places)
    volumes = Volumes(
        tuple(starts), tuple(names), read.volume[chosen], read.aht[chosen], read.seconds[chosen]
    )
    return staffing_plan(volumes, Assumptions((USUAL,), **assumptions))


def lines_of(plan, width, everything=False):
    from rich.console import Console

    screen = Console(width=width)
    with screen.capture() as captured:
        for table in tables(plan, width, everything=everything):
            screen.print(table)
    return captured.get().splitlines()


def test_tables_fit_a_terminal_of_80_columns():
    lines = lines_of(example_plan(patience=180, shrinkage=0.3), 80)
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    assert not any("erlangs" in line for line in lines)
    assert any("erlangs" in line for line in lines_of(example_plan(), 96))


def test_names_are_neither_markup_nor_formulas(tmp_path):
    plan = example_plan(queues=("[red]x", "$a$ $"))
    lines = lines_of(plan, 130)
    assert any(line.startswith(" [red]x") for line in lines)
    plot_heat_map(plan, tmp_path / "heat.svg")
    assert "<!-- $a$ $: " in (tmp_path / "heat.svg").read_text()


def test_many_days_are_totalled_and_many_intervals_left_to_their_peaks():
    plan = example_plan(days=MOST_ROWS)
    peaks = shown_intervals(plan, everything=False)
    assert len(peaks) == 2 * MOST_PEAKS
    for queue in ("service", "sales"):
        mine = [place for place, name in enumerate(plan.volumes.queues) if name == queue]
        most = sorted(plan.required[mine].tolist())[-MOST_PEAKS:]
        assert sorted(plan.required[place] for place in peaks if place in mine) == most
    lines = lines_of(plan, 130)
    assert len(lines) < 30
    assert sum(" all " in line for line in lines) == 2
    assert len(lines_of(plan, 130, everything=True)) > len(plan.required)
    assert "6 of 480 intervals" in footnotes(plan, len(peaks))[-1]


def test_the_footnotes_say_what_the_plan_is_made_for():
    notes = "\n".join(footnotes(example_plan(patience=180, waiting_room=20, shrinkage=0.3), 12))
    for words in ("80 % within 20 s", "a mean patience of 180 s, room for 20", "required / (1 - 0.3)"):
        assert words in notes


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_heat_map_is_drawn_in_every_format(tmp_path, ending):
    path = tmp_path / f"heat{ending}"
    plot_heat_map(example_plan(days=2, patience=180, shrinkage=0.3), path)
    start = path.read_bytes()[:400]
    assert {".png": b"\x89PNG", ".svg": b"<svg", ".pdf": b"%PDF"}[ending] in start
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_heat_map_names_queues_days_and_unit(tmp_path):
    plot_heat_map(example_plan(queues=tuple("abcdefgh")), tmp_path / "heat.svg")
    drawn = (tmp_path / "heat.svg").read_text()
    for words in (
        "Required agents, 23 Nov 2026 (the 6 largest of 8 queues)",
        "agents required",
        "Mon 23 Nov",
    ):
        assert f"<!-- {words}" in drawn
    assert "<!-- f: " in drawn
    assert "<!-- g: " not in drawn


def test_an_odd_number_of_panels_leaves_no_empty_one(tmp_path):
    plot_heat_map(example_plan(queues=tuple("abcde")), tmp_path / "heat.svg")
    assert (tmp_path / "heat.svg").read_text().count('id="axes_') == 2 * 5  # each with its scale


@pytest.mark.thorough
def test_a_year_is_a_picture_too(tmp_path):
    plot_heat_map(example_plan(days=366), tmp_path / "heat.png")
    assert (tmp_path / "heat.png").stat().st_size > 10_000


def test_csv_has_a_header_and_a_row_for_every_interval():
    lines = encoded(example_plan(), ".csv").decode().splitlines()
    assert len(lines) == 1 + 12
    assert lines[0].startswith("date,interval,queue,volume,aht,load,required,scheduled,")
