"""``--report`` of the commands, as a planner uses it: one file that anybody can open."""

import pytest

from helpers.pages import read_page, texts
from helpers.places import EXAMPLES
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

VOLUMES = EXAMPLES / "volumes.csv"


def test_a_plan_as_a_page(tmp_path):
    run = bporoute("staff", VOLUMES, "--shrinkage", "30 %", "--report", "plan.html", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "report: plan.html"
    root = read_page(tmp_path / "plan.html")
    assert texts(root, ".//h1") == ["Agents for 23 to 28 November 2026"]
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
