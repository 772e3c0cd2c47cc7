"""``--report`` of the commands, as a planner uses it: one file that anybody can open."""

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest

from bporoute.simulation._demo import demo_center_text
from helpers.pages import cells, read_page, texts
from helpers.places import EXAMPLES
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

VOLUMES = EXAMPLES / "volumes.csv"


def test_a_plan_as_a_page(tmp_path):
    run = bporoute(
        "staff", VOLUMES, "--shrinkage", "30 %", "--wage", "28 EUR", "--premium", "sat 00:00-24:00=25%",
        "--report", "plan.html", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert re.search(
        r"^Wages: [\d,]+ EUR for [\d,]+ scheduled hours \(28 EUR an hour, 25 % more", run.stdout, re.M
    )
    assert run.stdout.splitlines()[-1] == "report: plan.html"
    root = read_page(tmp_path / "plan.html")
    assert texts(root, ".//h1") == ["Agents for 23 to 28 November 2026"]
    assert texts(root, ".//p[@class='lead']")[0].startswith("23 to 28 November 2026: staffing costs ")
    assert "service: agents required by day and time of day" in texts(root, ".//figcaption")


def test_what_was_decided_about_a_file_stands_on_the_page(tmp_path):
    (tmp_path / "volumes.csv").write_text(
        "Datum;Zeit;Warteschlange;Anrufe;AHT\n30.11.2026;09:00;a<b>;80;180\n30.11.2026;09:30;a<b>;80;180\n"
    )
    run = bporoute("staff", "volumes.csv", "--report", "plan.html", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = [line for line in run.stderr.splitlines() if line.startswith(("read", "note", "left out"))]
    assert said
    told = texts(read_page(tmp_path / "plan.html"), ".//section/ul/li")
    assert told[-len(said) :] == said


def test_a_page_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    run = bporoute("staff", "nothing.csv", "--report", "plan.pdf", cwd=tmp_path)
    assert run.returncode == 2
    assert "--report plan.pdf: found '.pdf'; expected a name that ends in .html" in run.stderr


def write_history(folder):
    lines = ["date,interval,queue,volume,aht"]
    for day in range(42):
        start = datetime(2026, 9, 7, 8) + timedelta(days=day)
        for part in range(8 if start.weekday() < 5 else 0):
            at = start + timedelta(minutes=30 * part)
            lines.append(f"{at:%Y-%m-%d,%H:%M},sales,{50 + 3 * part + at.weekday()},200")
    (folder / "history.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_forecast_as_a_page_and_a_picture(tmp_path, ending):
    write_history(tmp_path)
    (tmp_path / "events.csv").write_text("date,event\n2026-09-16,$a_b$ & <c>\n2026-10-21,$a_b$ & <c>\n")
    run = bporoute(
        "forecast", "history.csv", "--weeks", "2", "--events", "events.csv", "--closed", "2026-10-20",
        "--plot", f"forecast.{ending}", "--report", "forecast.html", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-2:] == [f"picture: forecast.{ending}", "report: forecast.html"]
    root = read_page(tmp_path / "forecast.html")
    assert "Special days: Tuesday, 20 October (closed), Wednesday, 21 October ($a_b$ & <c>)." in texts(
        root, ".//ul[@class='answer']/li"
    )
    picture = (tmp_path / f"forecast.{ending}").read_bytes()
    if ending == "svg":
        assert ElementTree.fromstring(picture).tag.endswith("svg")
    else:
        assert picture.startswith(b"\x89PNG")


def test_a_demo_a_replay_and_a_simulation_as_pages(tmp_path):
    run = bporoute("demo", "--calls", "500", "--no-tune", "--report", "demo.html", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    said = run.stdout.splitlines()
    assert said[1].startswith("Too few agents on purpose: in ")
    assert "QueueLength(10) sends out from 10 waiting on." in said
    told = texts(read_page(tmp_path / "demo.html"), ".//section/ul/li")
    assert told[-2:] == said[:2]
    (tmp_path / "center.toml").write_text(demo_center_text())
    run = bporoute(
        "simulate", "center.toml", "--first-day", "2026-11-23", "--replications", "1", "--policy",
        "NeverOverflow", "--policy", "QueueLength(5)", "--report", "simulation.html", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "report: simulation.html"
    root = read_page(tmp_path / "simulation.html")
    assert texts(root, ".//h1") == ["Nordlys Telecom, Monday, 23 November 2026: policies compared"]
    (tmp_path / "calls.csv").write_text(
        "id,type,arrival,handle\n1,service,2026-11-23T09:00:00,120\n2,sales,2026-11-23T09:01:00,200\n"
    )
    run = bporoute(
        "replay", "calls.csv", "--center", "center.toml", "--policy", "NeverOverflow", "--no-tune",
        "--report", "replay.html", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    root = read_page(tmp_path / "replay.html")
    assert len(cells(root, "Policies, the cheapest set off")) >= 1


def test_given_agents_as_a_page(tmp_path):
    (tmp_path / "volumes.csv").write_text(
        "date,interval,queue,volume,aht\n2026-11-30,09:00,sales,100,180\n2026-11-30,09:30,sales,120,180\n"
    )
    (tmp_path / "agents.csv").write_text(
        "date,interval,queue,agents\n2026-11-30,09:00,sales,9\n2026-11-30,09:30,sales,30\n"
    )
    run = bporoute(
        "staff", "volumes.csv", "--patience", "120", "--agents", "agents.csv", "--wage", "10 EUR",
        "--report", "given.html", "--out", "given.xlsx", cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "Wages: 195 EUR for 20 paid hours (10 EUR an hour)." in run.stdout.splitlines()
    root = read_page(tmp_path / "given.html")
    assert cells(root, "Too few agents")[0][:3] == ["sales", "Mon 30 Nov", "09:00 to 09:30"]
    assert (tmp_path / "given.xlsx").read_bytes().startswith(b"PK")
