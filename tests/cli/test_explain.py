"""``bporoute explain`` of a logged decision, and ``bporoute reasons``: files, pages, wrong input."""

import csv
import json

import pytest

from bporoute import Center, Contact, QueueState, Router, Snapshot
from bporoute.cli.pages._explained import explained_page
from bporoute.cli.pages._page import encoded as page_of
from bporoute.cli.pages._reasons import reasons_page
from bporoute.cli.reports import _explained as explained_report
from bporoute.cli.reports import _reasons as reasons_report
from bporoute.governance import DecisionLog, explain_decision, reasons
from helpers.clock import NOON
from helpers.files import CENTER
from helpers.pages import cells, read_page, texts
from helpers.running import bporoute

TERMS = """
[vendors.syd]
country = "EE"
timezone = "UTC"
contact_types = ["call"]
languages = ["et"]
contract = { price_per_contact = 1, price_per_minute = 0.5, cap_per_day = 2 }
"""
BUSY = Snapshot(desk=QueueState(agents=1, busy=1, waiting=9))


@pytest.fixture
def folder(tmp_path):
    """A center and its log: three contacts, of which syd takes two; its cap turns the third away."""
    (tmp_path / "center.toml").write_text(CENTER + TERMS)
    center = Center.load(tmp_path / "center.toml")
    router = Router(center, "QueueLength(2)", clock=lambda: NOON, compile=False)
    tokens = []
    with DecisionLog(tmp_path / "decisions.jsonl") as log:
        for number, language in enumerate(("et", "et", "et", "sv")):
            decision = router.route(Contact("call", language, f"<call & {number}>"), BUSY)
            log.write(decision)
            tokens.append(decision.token)
    (tmp_path / "token").write_text(tokens[2])
    return tmp_path


@pytest.fixture
def found(folder):
    return explain_decision([folder / "decisions.jsonl"], Center.load(folder / "center.toml"), number=3)


@pytest.fixture
def summed(folder):
    return reasons([folder / "decisions.jsonl"], Center.load(folder / "center.toml"))


def test_the_page_of_a_decision(found):
    page = read_page(page_of(explained_page(found)))
    assert texts(page, ".//p[@class='lead']") == [found.answer]
    verdicts = cells(page, "Verdicts")
    assert [row[:2] for row in verdicts] == [["nord", "1"], ["desk", "2"], ["syd", "barred"]]
    assert "2 contacts sent today, at most 2" in verdicts[2][2]
    changes = {row[0]: row[1:] for row in cells(page, "What would have changed it")}
    assert changes["contacts sent to syd today"] == ["2", "1", "sent to syd"]
    assert [row[1] for row in cells(page, "The decision") if row[0] == "contact"] == [
        "type call, language et, id <call & 2>"
    ]
    assert len(cells(page, "What it was decided on")) == len(found.inputs)
    assert len(cells(page, "What alone changes nothing")) == len(found.unmoved)


def test_the_text_of_a_decision_begins_with_the_answer(found):
    lines = list(explained_report.lines_of(found, 100))
    assert lines[0] == found.answer
    assert any(isinstance(line, str) and line.startswith("Nothing flips it within: ") for line in lines)


def test_the_files_of_a_decision_have_every_input(found):
    rows = list(csv.DictReader(explained_report.encoded(found, ".csv").decode().splitlines()))
    assert len(rows) == len(found.flips) + len(found.unmoved)
    assert {row["input"] for row in rows} == {each.name for each in found.inputs}
    assert json.loads(explained_report.encoded(found, ".json")) == json.loads(json.dumps(found.to_dict()))
    assert explained_report.encoded(found, ".xlsx")[:2] == b"PK"


def test_the_page_of_a_month(summed):
    page = read_page(page_of(reasons_page(summed)))
    turned = cells(page, "Turned away")
    assert ["2026-11", "syd", "cap_per_day", "1", "1", "1"] in [row[:6] for row in turned]
    assert ["2026-11", "syd", "language", "1", "-", "-", "not known"] in turned
    where = cells(page, "Where contacts went")
    assert [row[1:4] for row in where] == [
        ["sent to nord", "cheaper there", "2"],
        ["sent to syd", "cheaper there", "2"],
    ]
    assert len(page.findall(".//svg")) == 2


def test_the_files_of_a_month(summed):
    rows = list(csv.DictReader(reasons_report.encoded(summed, ".csv").decode().splitlines()))
    assert sum(int(row["contacts"]) for row in rows if row["what"] == "went") == 4
    assert reasons_report.encoded(summed, ".xlsx")[:2] == b"PK"
    assert json.loads(reasons_report.encoded(summed, ".json"))["decisions"] == 4


def test_the_first_line_of_a_month(summed):
    (cap,) = [each for each in summed.turned_away if each.rule == "cap_per_day"]
    assert (cap.contacts, cap.would_go) == (1, 1)
    assert cap.cost == pytest.approx(2.0 - (1.0 + 0.5))  # a minute at syd
    assert reasons_report.answer(summed) == (
        "0 of 4 contacts kept, 4 sent out; dearest rule: cap_per_day at syd turned 1 away, of whom 1 would "
        "have gone there, and cost 0.50 EUR."
    )


def test_nothing_is_said_of_no_decision(tmp_path, folder):
    (tmp_path / "empty.jsonl").write_text("")
    empty = reasons([tmp_path / "empty.jsonl"], Center.load(folder / "center.toml"))
    assert reasons_report.answer(empty) == "0 decisions: nothing is shown by that."
    read_page(page_of(reasons_page(empty)))
    assert reasons_report.encoded(empty, ".xlsx")[:2] == b"PK"


@pytest.mark.thorough
def test_a_decision_is_explained_by_its_token(folder):
    token = (folder / "token").read_text()
    usual = ("explain", "decisions.jsonl", "--center", "center.toml", "--days", "1")
    done = bporoute(*usual, "--token", token, "--report", "page.html", "--out", "changes.csv", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Sent to nord, at 2.00 EUR; next desk, at ")
    read_page(folder / "page.html")
    assert (folder / "changes.csv").stat().st_mode & 0o077 == 0
    told = bporoute(*usual, "--id", "<call & 2>", "--json", cwd=folder)
    assert json.loads(told.stdout)["id"] == 3


@pytest.mark.thorough
def test_a_month_is_added_up(folder):
    usual = ("reasons", "decisions.jsonl", "--center", "center.toml", "--by", "week")
    done = bporoute(*usual, "--report", "page.html", "--out", "sums.xlsx", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("0 of 4 contacts kept, 4 sent out")
    read_page(folder / "page.html")
    assert json.loads(bporoute(*usual, "--json", cwd=folder).stdout)["by"] == "week"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["explain", "decisions.jsonl", "--center", "center.toml"], "found none or several; expected one of"),
        (["explain", "decisions.jsonl", "--number", "1"], "--center: found none, beside --number"),
        (["explain", "center.toml"], "--contact: found none; expected the contact to decide"),
        (["explain", "center.toml", "other.toml", "--contact", "call"], "other.toml: found a second file"),
        (
            ["explain", "decisions.jsonl", "--center", "center.toml", "--contact", "call"],
            "--contact: found a what-if beside --center",
        ),
        (
            ["explain", "decisions.jsonl", "--center", "center.toml", "--token", "nord"],
            "--token 'nord': found no token; expected 72 characters or more",
        ),
        (
            ["explain", "decisions.jsonl", "--center", "center.toml", "--number", "1", "--out", "x.txt"],
            "--out x.txt: found '.txt'",
        ),
        (["explain", "none.jsonl", "--center", "center.toml", "--number", "1"], "No such file"),
        (["reasons", "decisions.jsonl", "--center", "center.toml", "--by", "year"], "--by: found 'year'"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(folder, arguments, expected):
    done = bporoute(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
