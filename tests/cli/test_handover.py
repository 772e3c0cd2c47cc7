"""``bporoute handover`` as a process: the example of the documentation, its files, and wrong input."""

import csv
import json
import re
from datetime import datetime

import pytest

from bporoute import Center
from helpers.places import EXAMPLES, ROOT
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

CENTER, VOLUMES = EXAMPLES / "night.toml", EXAMPLES / "night_volumes.csv"
PLANNING = (ROOT / "docs" / "planning.md").read_text()
SECTION = PLANNING.split("## Hours that are handed over")[1].split("\n## ")[0]
COMMAND, PRINTED = re.search(r"```\n\$ bporoute (.*?)\n\n(.*?)```", SECTION, re.DOTALL).groups()


def handover(*arguments, cwd, **options):
    usual = ("--center", CENTER, "--vendor", "night", "--wage", "28 EUR")
    return bporoute("handover", VOLUMES, *usual, *arguments, cwd=cwd, **options)


def test_the_documentation_shows_what_it_prints(tmp_path):
    words = re.findall(r'"[^"]*"|\S+', COMMAND.replace("\\\n", " "))
    done = bporoute(*(word.strip('"') for word in words), cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert [line for line in PRINTED.splitlines() if line.rstrip() not in printed] == []
    shown = [line for line in printed if line]
    assert len(shown) == len([line for line in PRINTED.splitlines() if line.strip()])


def test_the_center_that_it_writes_has_the_windows(tmp_path):
    done = handover("--out", "night.toml", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    written = Center.load(tmp_path / "night.toml")
    kind = written.contact_types["service"]
    assert list(kind.hand_over) == document["hand_over"]
    assert kind.sourcing == "underflow"
    assert document["answer"] == "windows"
    assert document["saving"] == pytest.approx(document["cost_all_in_house"] - document["cost"], abs=0.02)
    assert document["released_jobs"] == pytest.approx(document["released_hours"] / 40)
    assert sum(day["hours released"] for day in document["days"]) == pytest.approx(document["released_hours"])
    assert "center: night.toml" in done.stderr


def test_the_agents_that_stay_are_a_file_for_the_other_commands(tmp_path):
    done = handover("--out", "plan.csv", "--full-time", "38.5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "jobs of 38.5 hours" in done.stdout
    with (tmp_path / "plan.csv").open() as file:
        rows = list(csv.DictReader(file))
    out = [row for row in rows if row["handed_over"] == "True"]
    assert 0 < len(out) < len(rows)
    assert {row["agents"] for row in out} == {"0"}
    yields = bporoute("staff", "plan.csv", "--center", CENTER, "--agents", "plan.csv", "--json", cwd=tmp_path)
    assert yields.returncode == 0, yields.stderr


def test_simulated_the_hours_go_out_and_the_agents_that_stay_meet_the_target(tmp_path):
    for out in ("plan.csv", "night.toml"):
        done = handover("--least-agents", "2", "--out", out, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    files = ("night.toml", "--volumes", "plan.csv", "--agents", "plan.csv")
    run = bporoute(
        "simulate", *files, "--policy", "NeverOverflow()", "--replications", "2", "--json", cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr
    (policy,) = json.loads(run.stdout)["policies"]
    share = plan["contacts_out"] / plan["contacts"]
    assert policy["overflow_share"]["value"] == pytest.approx(share, rel=0.05)
    level = (policy["service_level"]["value"] - share) / (1.0 - share)  # who goes out does not wait
    assert level > 0.8
    a_week = 7 * policy["cost_per_day"]  # with what waiting costs, which is nothing here
    assert a_week == pytest.approx(plan["vendor_cost"], rel=0.05)


def test_staffing_says_that_it_does_not_look_at_the_windows(tmp_path):
    assert handover("--out", "night.toml", cwd=tmp_path).returncode == 0
    said = "service: windows of hand_over are not looked at: agents are those for all contacts"
    for center, times in (("night.toml", 1), (CENTER, 0)):
        done = bporoute("staff", VOLUMES, "--center", center, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count(f"note: {said}") == times


def test_the_workbook_has_a_sheet_for_each_question(tmp_path):
    from python_calamine import CalamineWorkbook

    done = handover("--out", "plan.xlsx", "--same-all-days", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    book = CalamineWorkbook.from_path(tmp_path / "plan.xlsx")
    assert book.sheet_names == ["Assumptions", "Days", "Weeks", "Intervals"]
    told = {row[0]: row[1] for row in book.get_sheet_by_name("Assumptions").to_python()}
    assert told["answer"] == "windows"
    assert told["hand_over"].startswith("daily ")
    (header, first, *_) = book.get_sheet_by_name("Intervals").to_python()
    assert header[:4] == ["date", "interval", "queue", "volume"]
    assert first[0] == datetime(2026, 11, 30).date()


def test_nothing_is_an_answer(tmp_path):
    done = handover("--least-agents", "0", "--least-window", "7 d", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Hand over nothing: no window to night is cheaper than the agents in-house." in done.stdout
    assert "Released in-house: 0.0 of" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--vendor", "day"], "bporoute: --vendor: found 'day'; expected"),
        (["--queue", "mail"], "bporoute: --queue: found 'mail'; expected"),
        (["--wage", "28 USD"], "bporoute: --wage: found USD; expected the currency of the center, EUR"),
        (["--least-crew", "soon"], "bporoute: --least-crew: found 'soon'; expected seconds"),
        (
            ["--least-crew", "0"],
            "bporoute: --least-crew: found 0.0; expected a number of at least 60 "
            "and of at most 604800 seconds",
        ),
        (["--interval", "7"], "intervals of 7 minutes"),
        (["--out", "plan.txt"], "bporoute: --out plan.txt: found '.txt'"),
        (["--out", str(CENTER)], "which is read; expected another name"),
    ],
)
def test_what_cannot_be_is_refused(arguments, told, tmp_path):
    done = handover(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_wage_is_asked_for(tmp_path):
    done = bporoute("handover", VOLUMES, "--center", CENTER, "--vendor", "night", cwd=tmp_path)
    assert done.returncode == 2
    assert "--wage: found none; expected what an hour of an agent costs" in done.stderr
