"""``bporoute tco`` as a process: the example of the documentation, its files, and wrong input."""

import csv
import json
import re

import pytest
import python_calamine

from helpers.pages import cells, read_page, texts
from helpers.places import EXAMPLES, ROOT
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

CENTER, FORECAST, COSTS = (
    EXAMPLES / name for name in ("night.toml", "night_volumes.csv", "night_costs.toml")
)
PAGE = (ROOT / "docs" / "total_cost.md").read_text()
COMMAND, PRINTED = re.search(r"```\n\$ bporoute (.*?)\n\n(.*?)```", PAGE, re.DOTALL).groups()


def tco(*arguments, cwd, costs=COSTS, **options):
    return bporoute("tco", CENTER, "--forecast", FORECAST, "--costs", costs, *arguments, cwd=cwd, **options)


def test_the_documentation_shows_what_it_prints():
    done = bporoute(*COMMAND.replace("\\\n", " ").split(), cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert [line for line in PRINTED.splitlines() if line.rstrip() not in printed] == []
    answer = printed[0]
    assert answer.startswith("Cheapest over 36 months (Jan 2027 to Dec 2029): coast, ")
    assert "breaks even in month" in answer


def test_the_costs_file_of_the_documentation_is_one(tmp_path):
    (tmp_path / "costs.toml").write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])
    done = tco("--months", "3", "--json", cwd=tmp_path, costs="costs.toml")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [way["name"] for way in document["ways"]] == ["in_house", "today", "coast"]
    assert document["left_out"] == {}


def test_every_month_and_every_line_is_in_the_files(tmp_path):
    done = tco("--months", "14", "--json", "--out", "months.csv", "--report", "tco.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    with (tmp_path / "months.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 14
    for way in document["ways"]:
        mine = [row for row in rows if row["way"] == way["name"]]
        assert sum(float(row["money"]) for row in mine) == pytest.approx(way["total"], abs=0.1)
        assert float(mine[-1]["cumulated"]) == pytest.approx(way["total"], abs=0.1)
        parts = sum(way[kind] for kind in ("one_off", "wages", "invoices", "running"))
        assert parts == pytest.approx(way["total"], abs=0.05)
        lines = [line[way["name"]] for line in document["lines"] if line["kind"] in ("one_off", "running")]
        told = sum(money for money in lines if isinstance(money, float))
        assert told == pytest.approx(way["one_off"] + way["running"], abs=0.2)
    assert document["not_told"]["night"][0] == "exit"
    (left,) = (line for line in document["lines"] if line["line"] == "exit")
    assert left["night"] == "not told"
    root = read_page(tmp_path / "tco.html")
    assert texts(root, ".//p[@class='lead']") == [document["answer"]]
    assert [row[0] for row in cells(root, "The ways")] == ["in_house", "night", "coast"]


def test_what_stays_costs_what_staff_says(tmp_path):
    done = tco("--months", "1", "--json", cwd=tmp_path)
    wages = json.loads(done.stdout)["ways"][0]["wages"]
    options = ("--center", CENTER, "--wage", "28 EUR", "--premium", "daily 22:00-06:00=25%", "--json")
    staffed = bporoute("staff", FORECAST, *options, cwd=tmp_path)
    two_weeks = json.loads(staffed.stdout)["wages"]["total"]
    assert wages == pytest.approx(two_weeks / 14 * 31)


def test_a_workbook_has_a_sheet_for_each_question(tmp_path):
    done = tco("--months", "3", "--out", "tco.xlsx", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    book = python_calamine.load_workbook(str(tmp_path / "tco.xlsx"))
    assert book.sheet_names == ["Assumptions", "Ways", "Lines", "Months"]
    assert len(book.get_sheet_by_name("Months").to_python()) == 1 + 3 * 3


def test_strict_wants_every_line_told(tmp_path):
    done = tco("--strict", "--months", "2", cwd=tmp_path)
    assert done.returncode == 1
    assert "Not told, and in no sum of night: exit" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'vendor = "night"',
            'vendor = "nihgt"',
            "Left out: night: offers.night.vendor: found 'nihgt'; expected 'night'",
        ),
        (
            'currency = "EUR"',
            'currency = "SEK"',
            "currency: found SEK; expected the currency of the center, EUR",
        ),
        (
            "supervision = { per_job = 420 }",
            "supervision = 420",
            "costs.toml: in_house.costs.supervision: found 420",
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path, old, new, words):
    (tmp_path / "costs.toml").write_text(COSTS.read_text().replace(old, new))
    done = tco("--months", "2", cwd=tmp_path, costs="costs.toml")
    assert words in done.stdout + done.stderr
    assert done.returncode == (0 if words.startswith("Left out") else 2)


def test_a_file_that_is_read_is_not_written(tmp_path):
    (tmp_path / "volumes.csv").write_text(FORECAST.read_text())
    done = bporoute(
        "tco", CENTER, "--forecast", "volumes.csv", "--costs", COSTS, "--out", "volumes.csv", cwd=tmp_path
    )
    assert done.returncode == 2
    assert "found volumes.csv, which is read" in done.stderr
    assert (tmp_path / "volumes.csv").read_text() == FORECAST.read_text()
