"""``bporoute plan``, run as a planner does: real processes, real files, wrong inputs."""

import csv
import json

import pytest

from helpers.pages import read_page, texts
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

CENTER = """
currency = "EUR"
[queues.service]
aht = 300
patience = 200
wait_cost_per_minute = 0.15
abandonment_cost = 8
[contact_types.service]
queue = "service"
[vendors.nord]
country = "EE"
timezone = "UTC"
contact_types = ["service"]
hours = ["daily 08:00-10:00"]
contract = { price_per_contact = 4.0, cap_per_hour = 10 }
"""
VOLUMES = """date,interval,queue,volume,aht
2026-12-07,08:00,service,60,300
2026-12-07,09:00,service,90,300
2026-12-07,10:00,service,40,300
"""
SHIFTS = """
[[shifts]]
name = "morning"
starts = ["08:00", "09:00"]
length = "2:00:00"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "volumes.csv").write_text(VOLUMES)
    (tmp_path / "shifts.toml").write_text(SHIFTS)
    return tmp_path


def plan(*options, cwd):
    return bporoute("plan", "center.toml", "--forecast", "volumes.csv", *options, cwd=cwd)


def test_money_comes_first_and_all_of_it_is_told(folder):
    run = plan("--wage", "24", "--shifts", "shifts.toml", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    lines = [line.strip() for line in run.stdout.splitlines()]
    titles = ["Money, EUR", "What it costs, EUR", "Vendors", "Shifts", "Every interval"]
    assert [line for line in lines if line in titles] == titles
    assert "all in-house" in run.stdout
    assert "No plan within these limits costs less than" in run.stdout


def test_the_plan_as_json_csv_and_workbook_is_one(folder):
    options = ("--wage", "24 EUR", "--no-compare")
    run = plan(*options, "--json", "--out", "plan.csv", cwd=folder)
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)
    assert document["cost"] == pytest.approx(sum(line["money"] for line in document["cost_lines"]))
    assert document["others"] == {}
    with (folder / "plan.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["to nord"]) for row in rows] == [row["to nord"] for row in document["intervals"]]
    assert max(float(row["to nord"]) for row in rows) <= 10.0
    assert rows[2]["price"] == ""  # nobody to send to
    assert plan(*options, "--out", "plan.xlsx", cwd=folder).returncode == 0
    simulated = bporoute(
        "simulate", "center.toml", "--volumes", "volumes.csv", "--agents", "plan.csv",
        "--policy", "MarginalCost()", "--json", cwd=folder,
    )  # fmt: skip
    assert simulated.returncode == 0, simulated.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "wages"),
        (("--wage", "24", "--most-agents", "sales=3"), "a queue of the center: service"),
        (("--wage", "24", "--most-agents", "service=few"), "a number of people"),
        (("--wage", "24", "--most-share", "sud=20%"), "no such vendor"),
        (("--wage", "24", "--in-house-share", "130 %"), "below 100 %"),
        (("--wage", "24", "--shifts", "center.toml"), "shifts"),
        (("--wage", "24", "--out", "plan.doc"), "plan.doc"),
        (("--wage", "24", "--out", "volumes.csv"), "volumes.csv, which is read"),
    ],
)
def test_what_is_wrong_is_a_line_that_names_it(folder, options, named):
    run = plan(*options, cwd=folder)
    assert run.returncode == 2
    assert named in run.stderr
    assert run.stderr.startswith("bporoute: ")


def test_a_page_tells_the_saving_first(folder):
    run = plan("--wage", "24", "--report", "plan.html", cwd=folder)
    assert run.returncode == 0, run.stderr
    root = read_page(folder / "plan.html")
    assert "190 contacts cost" in texts(root, ".//p[@class='lead']")[0]
    assert "costs" in texts(root, ".//ul[@class='answer']/li")[0]


def test_help_shows_an_example(folder):
    run = bporoute("plan", "--help", cwd=folder)
    assert run.returncode == 0
    assert "Example:" in run.stdout
