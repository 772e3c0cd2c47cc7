"""``bporoute scorecard`` as a process: the documentation's figures, its files, and wrong input."""

import csv
import json
import re

import numpy as np
import pytest

from helpers.pages import read_page
from helpers.places import NHS_MONTHS, ROOT
from helpers.running import bporoute
from helpers.vendor_records import contacts_of, together

pytestmark = pytest.mark.thorough

PAGE = (ROOT / "docs" / "scorecard.md").read_text()
CENTER = """
timezone = "Europe/Berlin"
[queues.service]
aht = 240
targets = { service_level = { probability = 0.8, within = 20 } }
[contact_types.service]
queue = "service"
[vendors.nord]
country = "EE"
timezone = "Europe/Tallinn"
contact_types = ["service"]
[vendors.nord.contract]
price_per_contact = 4.0
terms = [
  { kind = "service_credits", at_risk = 0.1, measures = [
    { name = "service level", weight = 1, floor = 0.7, target = 0.8 } ] },
  { kind = "forecast_lock", low = 0.9, high = 1.1, granularity = "month", share_inside = 1 },
]
[vendors.sud]
country = "ES"
timezone = "Europe/Madrid"
contact_types = ["service"]
contract = { price_per_minute = 0.9 }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("scorecard")
    rng = np.random.default_rng(8)
    rows = together(
        contacts_of("nord", rng, level=0.6, resolved=0.7, per_day=15),
        contacts_of("sud", rng, level=0.88, per_day=10),
    )
    with (place / "contacts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
    (place / "center.toml").write_text(CENTER)
    (place / "locked.csv").write_text(
        "vendor,month,locked\nnord,2026-07,9000\nnord,2026-08,460\nnord,2026-09,450\n"
    )
    return place


def test_the_answer_comes_first_and_the_files_hold_the_same(folder):
    usual = ("scorecard", "contacts.csv", "--center", "center.toml", "--locked", "locked.csv")
    done = bporoute(*usual, "--out", "card.csv", "--report", "card.html", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    first = done.stdout.splitlines()[0]
    assert first.startswith("nord missed its 80 %: ")
    assert "sud met its 80 %" in first
    assert "Allocation: move" in done.stdout
    with (folder / "card.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["vendor"], row["period"]) for row in rows[:4]] == [
        ("nord", "2026-07"),
        ("nord", "2026-08"),
        ("nord", "2026-09"),
        ("nord", "all"),
    ]
    july, august = rows[:2]
    assert (float(july["credit"]), july["target_binds"]) == (0.0, "False")  # far from what was locked
    assert float(july["credit_without_lock"]) < 0.0
    assert float(august["credit"]) == float(august["credit_without_lock"]) < 0.0
    asked = bporoute(*usual, "--json", "--out", "card.json", cwd=folder)
    document = json.loads(asked.stdout)
    assert document["answer"] == first
    assert document["periods"][0]["service_level"] == pytest.approx(float(july["service_level"]), abs=1e-6)
    assert json.loads((folder / "card.json").read_text())["answer"] == first
    root = read_page(folder / "card.html")
    assert root.find(".//p[@class='lead']").text == first
    assert len(root.findall(".//svg")) == 2


def test_a_workbook_has_typed_cells(folder):
    calamine = pytest.importorskip("python_calamine")
    done = bporoute("scorecard", "contacts.csv", "--center", "center.toml", "--out", "card.xlsx", cwd=folder)
    assert done.returncode == 0, done.stderr
    book = calamine.CalamineWorkbook.from_path(str(folder / "card.xlsx"))
    assert book.sheet_names == ["Assumptions", "Vendors", "Periods"]
    header, first = book.get_sheet_by_name("Periods").to_python()[:2]
    row = dict(zip(header, first, strict=True))
    assert row["vendor"] == "nord"
    assert 0.0 < row["service_level"] < 1.0
    assert f"{row['first']:%Y-%m-%d}" == "2026-07-01"


@pytest.mark.skipif(not NHS_MONTHS.exists(), reason="the NHS totals are not there")
def test_the_documentation_shows_the_nhs_year(tmp_path):
    done = bporoute(
        "scorecard", NHS_MONTHS, "--target", "95/60 answered", "--report", tmp_path / "nhs.html", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] in PAGE
    table = PAGE.split("| of the same calls | |")[1].split("\n\n")[0]
    for figure in re.findall(r"[\d.,]*\d", "".join(row.rsplit("|", 2)[1] for row in table.splitlines()[2:])):
        assert figure in done.stdout, figure
    assert len(read_page(tmp_path / "nhs.html").findall(".//svg")) == 2


def test_wrong_input_is_named(folder):
    wrong = {
        ("--by", "mont"): "--by",
        ("--target", "asa 30"): "--target",
        ("--as", "calls"): "--as",
        ("--out", "card.pdf"): "--out",
        ("--report", "card.pdf"): "--report",
        ("--out", "contacts.csv"): "another name",
        ("--alias", "nordfone"): "--alias",
        ("--columns", "outcom=x"): "outcome",
    }
    for options, told in wrong.items():
        done = bporoute("scorecard", "contacts.csv", "--center", "center.toml", *options, cwd=folder)
        assert (done.returncode, done.stdout) == (2, ""), options
        assert told in done.stderr, options
    done = bporoute("scorecard", "contacts.csv", cwd=folder)
    assert done.returncode == 2
    assert "--center" in done.stderr
