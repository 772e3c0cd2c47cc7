"""``bporoute trial`` as a process: the examples of the documentation, its files, and wrong input."""

import csv
import json
import re
import sys

import pytest

from bporoute.cli._trial import parse_margins
from bporoute.errors import InputError
from helpers.pages import read_page
from helpers.places import EXAMPLES, ROOT
from helpers.running import bporoute, run

pytestmark = pytest.mark.thorough

CENTER = EXAMPLES / "trial.toml"
EXAMPLE = re.compile(r"```\n\$ bporoute (trial .*?)\n\n(.*?)```", re.DOTALL)
SHOWN = EXAMPLE.findall((ROOT / "docs" / "trial.md").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("trial")
    done = run([sys.executable, "-W", "error", EXAMPLES / "vendor_trial.py"], cwd=path)
    assert done.returncode == 0, done.stderr
    (path / "examples").mkdir()
    (path / "examples" / "trial.toml").write_text(CENTER.read_text())
    return path


def trial(what, *arguments, cwd, metric="resolved=5%"):
    contacts = "trial_history.csv" if what == "plan" else "trial_contacts.csv"
    usual = ("--center", CENTER, "--vendor", "nord", "--metric", metric)
    return bporoute("trial", what, contacts, *usual, *arguments, cwd=cwd)


@pytest.mark.parametrize(("command", "printed"), SHOWN, ids=["check", "plan"])
def test_the_documentation_shows_what_it_prints(command, printed, folder):
    done = bporoute(*command.replace("\\\n", " ").split(), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert [line for line in printed.splitlines() if line.rstrip() not in lines] == []
    assert lines[0] == printed.splitlines()[0]


def test_the_answer_is_the_first_line_whatever_is_said(folder):
    done = trial("check", "--margin", "1%", "--columns", "wait=wait", cwd=folder)
    assert done.stdout.startswith("Continue with nord: share resolved is at most 5 points worse (up to ")
    done = trial("check", cwd=folder, metric="resolved=1%")
    assert done.stdout.startswith(
        "Extend the trial of nord: share resolved is not proven to be at most 1 point "
    )
    assert "next look after 23 Nov 2026." in done.stdout.splitlines()[0]
    told = trial("check", "--until", "2026-11-01", cwd=folder, metric="resolved=1%")
    assert "next look after 2 Nov 2026." in told.stdout.splitlines()[0]
    done = trial("check", "--weeks", "10", cwd=folder, metric="resolved=1%")
    assert done.stdout.startswith("Extend the trial of nord by a new one: it is over, and ")
    done = trial("plan", cwd=folder, metric="resolved=0.1%")
    assert done.stdout.startswith(
        "No such trial of nord shows that share resolved is at most 0.1 points worse"
    )


def test_the_plan_says_how_to_check_it(folder):
    done = trial("plan", "--look-every", "14", "--error", "2%", cwd=folder, metric="resolved=6%")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("Then: bporoute "))
    words = line.removeprefix("Then: bporoute ").split()
    words[words.index("CONTACTS")], words[words.index("CENTER")] = "trial_contacts.csv", "examples/trial.toml"
    checked = bporoute(*words, "--json", cwd=folder)
    assert checked.returncode == 0, checked.stderr
    document = json.loads(checked.stdout)
    assert (document["look_every"], document["error"]) == (14, 0.02)
    assert document["measures"][0]["margin"] == pytest.approx(0.06)


def test_all_of_it_is_in_the_files(folder):
    from python_calamine import CalamineWorkbook

    options = ("--metric", "handle-time=10%")
    done = trial("check", *options, "--out", "looks.csv", "--report", "check.html", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["verdict"] == "continue"
    assert document["answer"].startswith("Continue with nord")
    with (folder / "looks.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(document["looks"]) == 16
    assert [row["proof"] for row in rows] == [look["proof"] for look in document["looks"]]
    page = read_page(folder / "check.html")
    assert page.find(".//p[@class='lead']").text == document["answer"]
    assert len(page.findall(".//svg")) == 2
    done = trial("check", *options, "--out", "trial.xlsx", cwd=folder)
    assert done.returncode == 0, done.stderr
    book = CalamineWorkbook.from_path(folder / "trial.xlsx")
    assert book.sheet_names == ["Assumptions", "Measures", "Looks"]
    told = {row[0]: row[1] for row in book.get_sheet_by_name("Assumptions").to_python()}
    assert told["verdict"] == "continue"
    assert told["ratio: contacts"] == document["ratio"]["contacts"]
    assert len(book.get_sheet_by_name("Looks").to_python()) == 17


def test_a_plan_is_in_the_files(folder):
    from python_calamine import CalamineWorkbook

    done = trial("plan", "--out", "plan.csv", "--report", "plan.html", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    with (folder / "plan.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["share"]) for row in rows] == [0.02, 0.05, 0.1, 0.2, 0.3, 0.5]
    assert document["chosen"]["share"] == 0.1
    page = read_page(folder / "plan.html")
    assert page.find(".//p[@class='lead']").text == document["answer"]
    assert trial("plan", "--out", "plan.xlsx", cwd=folder).returncode == 0
    assert CalamineWorkbook.from_path(folder / "plan.xlsx").sheet_names == [
        "Assumptions",
        "Shares",
        "Measures",
    ]


def test_without_the_right_share_there_is_no_verdict(folder):
    done = trial("check", "--share", "12%", "--report", "refused.html", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "No verdict on nord: 248 of 2,675 contacts are its, 321 by its share of 12 %"
    )
    assert "on trial" not in done.stdout
    assert not read_page(folder / "refused.html").findall(".//svg")


def test_margins_as_they_are_typed():
    assert parse_margins(["Service-Level", "satisfaction"], "0.05") == {
        "service_level": 0.05,
        "satisfaction": 0.05,
    }
    for texts, margin, told in (
        (["resolvd=5%"], None, "--metric: found 'resolvd'; expected 'resolved'"),
        (["resolved"], None, "--metric resolved: found no margin"),
        (["satisfaction=5%"], None, "points of the scale"),
        (["resolved=5"], None, "0.05"),
    ):
        with pytest.raises(InputError, match=re.escape(told)):
            parse_margins(texts, margin)


@pytest.mark.parametrize(
    ("what", "arguments", "told"),
    [
        ("check", ["--vendor", "nort"], "bporoute: --vendor: found 'nort'; expected 'nord'"),
        ("check", ["--start", "7.9.2026"], "bporoute: --start: found '7.9.2026'"),
        ("check", ["--look-every", "0"], "bporoute: --look-every: found 0"),
        ("check", ["--cluster", "month"], "bporoute: --cluster: found 'month'"),
        ("check", ["--start", "7 Sep"], "bporoute: --start: found '7 Sep'; expected a day like 2026-11-02"),
        ("check", ["--until", "now"], "bporoute: --until: found 'now'; expected a day like 2026-11-02"),
        (
            "check",
            ["--until", "2027-01-01"],
            "bporoute: --until: found 2027-01-01; expected at most a week",
        ),
        ("check", ["--target", "asa 30"], "bporoute: --target: found 'asa 30'; expected a service level"),
        ("check", ["--weeks", "2"], "bporoute: --weeks: found 2; expected more than the learning time"),
        ("check", ["--error", "50%"], "bporoute: --error: found 0.5"),
        ("check", ["--out", "looks.txt"], "bporoute: --out looks.txt: found '.txt'"),
        ("check", ["--report", "page.pdf"], "bporoute: --report page.pdf: found '.pdf'"),
        ("plan", ["--power", "100%"], "bporoute: --power: found 1"),
        ("plan", ["--weeks", "0"], "bporoute: --weeks: found 0"),
        ("plan", ["--metric", "satisfaction=0.2"], "satisfaction is known"),
    ],
)
def test_wrong_input_is_named(what, arguments, told, folder):
    done = trial(what, *arguments, cwd=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_renamed_vendor_has_its_name_of_today(folder):
    text = (folder / "trial_contacts.csv").read_text()
    early, late = text[:1_000_000], text[1_000_000:]
    (folder / "renamed.csv").write_text(early.replace(",nord,", ",nordfone,") + late)
    usual = ("--center", CENTER, "--vendor", "nord", "--metric", "resolved=5%")
    done = bporoute("trial", "check", "renamed.csv", *usual, cwd=folder)
    assert done.returncode == 1  # half of the vendor's contacts are nobody's
    assert "vendor 'nordfone' is not in the center" in done.stdout
    done = bporoute("trial", "check", "renamed.csv", *usual, "--alias", "nordfone=nord", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Continue with nord")


def test_strict(folder):
    text = (folder / "trial_contacts.csv").read_text().replace(",nord,", ",nort,", 3)
    (folder / "odd.csv").write_text(text)
    usual = ("--center", CENTER, "--vendor", "nord", "--metric", "resolved=5%", "--strict")
    done = bporoute("trial", "check", "odd.csv", *usual, cwd=folder)
    assert done.returncode == 1
    assert "'nort' is not in the center" in done.stderr
    assert "Continue" not in done.stdout


def test_help_has_an_example():
    for what in ("plan", "check"):
        assert "Example:" in bporoute("trial", what, "--help").stdout
