"""``bporoute staff``, run as a planner does: real processes, real files, wrong inputs."""

import csv
import json
import sys

import numpy as np
import pytest

from bporoute._base.files import check_target_file, write_whole
from bporoute.center._targets import Abandonment, Asa, Blocking, Occupancy, ServiceLevel, parse_target
from bporoute.cli.plots._heat_map import plot_heat_map
from bporoute.cli.reports._staffing import MOST_PEAKS, MOST_ROWS, encoded, footnotes, shown_intervals, tables
from bporoute.errors import InputError
from bporoute.planning._staffing_plan import Assumptions, staffing_plan
from bporoute.workload._volumes import Volumes, read_volumes
from helpers.places import EXAMPLES
from helpers.running import bporoute, run

pytestmark = pytest.mark.thorough

EXAMPLE = EXAMPLES / "volumes.csv"
VOLUMES = """date,interval,queue,volume,aht
2026-11-23,09:00,sales,100,180
2026-11-23,09:30,sales,120,180
2026-11-23,09:00,chat,0,
2026-11-23,09:30,chat,30.5,600
"""
USUAL = ServiceLevel(probability=0.8, within=20)


def staff(*arguments, cwd, **options):
    return bporoute("staff", *arguments, cwd=cwd, **options)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "volumes.csv").write_text(VOLUMES)
    return tmp_path


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


def test_help_shows_an_example(tmp_path):
    run = staff("--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "Example:" in run.stdout


def test_a_short_file_is_shown_whole(folder):
    run = staff("volumes.csv", "--shrinkage", "0.3", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    lines = [line.split() for line in run.stdout.splitlines()]
    assert ["sales", "Mon", "23", "Nov", "09:00", "100", "180", "10.0", "14", "20"] in [
        line[:10] for line in lines
    ]
    assert ["chat", "Mon", "23", "Nov", "09:00", "0", "-", "0.0", "0", "0", "-", "-", "-"] in lines
    assert "Shown: 4 intervals of 30 minutes, 2026-11-23." in run.stdout
    assert "--all" not in run.stdout


def test_a_long_file_is_shown_in_short_and_says_how_to_get_the_rest(folder):
    run = staff(EXAMPLE, "--target", "80/20", "--patience", "180", "--shrinkage", "0.3", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) < 40
    assert "Shown: 6 of 244 intervals" in run.stdout
    assert "--all or --out" in run.stdout
    everything = staff(EXAMPLE, "--all", cwd=folder)
    assert sum(" Nov  " in line for line in everything.stdout.splitlines()) == 244 + 11


def test_the_plan_as_csv_as_json_and_on_standard_output_is_one(folder):
    options = ["volumes.csv", "--patience", "180", "--shrinkage", "0.3"]
    run = staff(*options, "--out", "plan.csv", "--plot", "heat.png", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines() == ["plan: plan.csv", "picture: heat.png"]
    printed = json.loads(run.stdout)
    assert staff(*options, "--out", "plan.json", cwd=folder).returncode == 0
    assert json.loads((folder / "plan.json").read_text()) == printed
    with (folder / "plan.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in printed["intervals"]
    ] == rows
    assert [row["volume"] for row in rows] == ["100.0", "120.0", "0.0", "30.5"]
    assert rows[2]["service_level"] == ""
    assert printed["targets"] == ["80 % within 20 s (offered)"]
    assert printed["patience"] == 180
    assert [total["queue"] for total in printed["totals"]] == ["sales", "chat"]
    assert (folder / "heat.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in folder.iterdir()) == [
        "heat.png",
        "plan.csv",
        "plan.json",
        "volumes.csv",
    ]


def test_a_plan_can_be_staffed_again(folder):
    assert staff("volumes.csv", "--out", "plan.csv", cwd=folder).returncode == 0
    assert staff("plan.csv", "--out", "again.csv", cwd=folder).returncode == 0
    assert (folder / "again.csv").read_text() == (folder / "plan.csv").read_text()


def test_other_columns_targets_and_lengths_from_options(folder):
    (folder / "other.csv").write_text("day;interval;offered;aht\n2026-11-23;09:00;50;180\n")
    run = staff(
        "other.csv", "--columns", "date=day,volume=offered", "--delimiter", ";", "--interval", "15",
        "--target", "80/20", "--target", "occupancy 60%", "--waiting-room", "30", "--json", cwd=folder,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    printed = json.loads(run.stdout)
    assert printed["waiting_room"] == 30
    (row,) = printed["intervals"]
    assert row["queue"] == "all"
    assert row["load"] == 10.0
    assert row["required"] == 17  # ten erlangs at most 60 % busy


BAD = {
    "a missing file": (["FILE=no.csv"], "no.csv: found No such file"),
    "an unknown column name": (["--columns", "volumes=n"], "'volume'"),
    "a missing column": (["--columns", "volume=n"], "--columns volume=NAME"),
    "a mapping without equals": (["--columns", "volume"], "OURS=THEIRS"),
    "a delimiter that is none": (["--delimiter", "x"], "one of , ; | tab"),
    "a target that is none": (["--target", "fast"], "asa, abandonment, occupancy, blocking"),
    "a target that needs patience": (["--target", "abandonment 5%"], "--patience SECONDS"),
    "a target that needs a waiting room": (["--target", "blocking 5%"], "--waiting-room PLACES"),
    "no patience": (["--patience", "0"], "--patience: found 0.0"),
    "everybody away": (["--shrinkage", "1"], "--shrinkage: found 1.0"),
    "a percentage as shrinkage": (["--shrinkage", "30"], "below 1"),
    "an unknown ending": (["--out", "plan.xlsx"], ".csv, .json"),
    "a plan into a folder": (["--out", "folder.csv"], "the name of a file"),
    "a plan in no folder": (["--out", "no/plan.csv"], "a folder that exists"),
    "a plan over its volumes": (["--out", "volumes.csv"], "another name"),
    "a picture of an unknown format": (["--plot", "heat.gif"], ".png, .svg, .pdf"),
    "intervals longer than their distance": (["--interval", "60"], "intervals of 60 minutes"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_option_is_one_line_and_exit_code_2_and_leaves_nothing(folder, name):
    options, expected = BAD[name]
    (folder / "folder.csv").mkdir()
    file = next((option[5:] for option in options if option.startswith("FILE=")), "volumes.csv")
    options = [option for option in options if not option.startswith("FILE=")]
    before = sorted(folder.iterdir())
    run = staff(file, "--json", *options, cwd=folder)
    assert run.returncode == 2
    assert run.stdout == ""
    assert expected in run.stderr
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("bporoute: ")
    assert sorted(folder.iterdir()) == before


def test_notes_keep_out_of_json(folder):
    with (folder / "volumes.csv").open("a") as file:
        file.write("2026-11-23,13:00,sales,10,180\n")
    run = staff("volumes.csv", "--json", cwd=folder)
    assert json.loads(run.stdout)["totals"]
    assert run.stderr.startswith("note: sales: every interval is taken for 30 minutes")
    assert staff("volumes.csv", cwd=folder).stdout.startswith("note: sales")


def test_the_package_loads_none_of_it(tmp_path):
    script = (
        "import sys, bporoute; print([name for name in sys.modules if 'staff' in name or 'volumes' in name])"
    )
    done = run([sys.executable, "-c", script])
    assert (done.stdout, done.stderr) == ("[]\n", "")


TARGETS = {
    "80/20": USUAL,
    " 80 % / 20 s ": USUAL,
    "99.5/7.5": ServiceLevel(probability=0.995, within=7.5),
    "80/20 Answered": ServiceLevel(probability=0.8, within=20, counting="answered"),
    "80/20 short_excluded": ServiceLevel(probability=0.8, within=20, counting="short_excluded"),
    "asa 30": Asa(seconds=30),
    "ASA 30s": Asa(seconds=30),
    "abandonment 5%": Abandonment(probability=0.05),
    "abandonment 0.5 %": Abandonment(probability=0.005),
    "occupancy 85%": Occupancy(probability=0.85),
    "blocking 1%": Blocking(probability=0.01),
}


@pytest.mark.parametrize("text", TARGETS)
def test_targets_as_a_person_types_them(text):
    assert parse_target(text) == TARGETS[text]


NO_TARGETS = {
    "": "such as '80/20'",
    "80": "such as '80/20'",
    "80/20/5": "such as '80/20'",
    "-80/20": "such as '80/20'",
    "0.8/20": "a percentage from 1 to below 100",
    "100/20": "a percentage from 1 to below 100",
    "80/0": "seconds above 0",
    "80/1e3": "such as '80/20'",
    "80/20 anwsered": "'answered' (known: offered",
    "abandonement 5%": "'abandonment' (known: asa",
    "asa": "seconds above 0",
    "asa 0": "seconds above 0",
    "asa 5%": "seconds above 0",
    "abandonment 0.05": "with its sign, such as 'abandonment 5%'",
    "abandonment 0%": "between 0 and 100",
    "occupancy 100%": "between 0 and 100",
    "occupancy 85% 20": "with its sign",
    "blocking \u0665%": "with its sign",
}


@pytest.mark.parametrize("text", NO_TARGETS)
def test_what_is_no_target_is_told_what_would_be(text):
    with pytest.raises(InputError) as caught:
        parse_target(text)
    assert caught.value.where == f"--target {text!r}"
    assert NO_TARGETS[text] in caught.value.expected


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


def test_a_year_is_a_picture_too(tmp_path):
    plot_heat_map(example_plan(days=366), tmp_path / "heat.png")
    assert (tmp_path / "heat.png").stat().st_size > 10_000


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_bytes(b"before")
    write_whole(path, b"after", "--out")
    assert path.read_bytes() == b"after"
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match=r"--out .*taken: found .*; expected a file that can be written"):
        write_whole(tmp_path / "taken", b"after", "--out")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.csv", "taken"]


def test_a_folder_that_cannot_be_written_to_is_told_before(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InputError, match="a read-only folder"):
        check_target_file(tmp_path / "plan.csv", "--out", (".csv",))


def test_csv_has_a_header_and_a_row_for_every_interval():
    lines = encoded(example_plan(), ".csv").decode().splitlines()
    assert len(lines) == 1 + 12
    assert lines[0].startswith("date,interval,queue,volume,aht,load,required,scheduled,")
