"""``bporoute what-if-fails`` as a process: the example of the documentation, its files, and wrong input."""

import csv
import json
import re

import pytest

from helpers.pages import cells, read_page, texts
from helpers.places import EXAMPLES, ROOT
from helpers.running import bporoute

pytestmark = [pytest.mark.thorough, pytest.mark.compiled]

CENTER = EXAMPLES / "three_vendors.toml"
DOCUMENT = (ROOT / "docs" / "vendor_failure.md").read_text()
COMMAND, PRINTED = re.search(r"```\n\$ bporoute (.*?)\n\n(.*?)```", DOCUMENT, re.DOTALL).groups()


@pytest.fixture
def morning(tmp_path):
    """Two hours of a Monday."""
    rows = [
        f"2026-11-23,{hour:02d}:{minute:02d},{queue},{volume},{aht}"
        for hour in (9, 10)
        for minute in (0, 30)
        for queue, volume, aht in (("service", 150, 253), ("sales", 40, 395))
    ]
    (tmp_path / "volumes.csv").write_text("\n".join(["date,interval,queue,volume,aht", *rows]) + "\n")
    return tmp_path


def fails(folder, *arguments, center=CENTER):
    return bporoute(
        "what-if-fails", center, "--forecast", "volumes.csv", "--workers", "1", *arguments, cwd=folder
    )


@pytest.mark.slow
def test_the_documentation_shows_what_it_prints():
    words = re.findall(r'"[^"]*"|\S+', COMMAND.replace("\\\n", " "))
    done = bporoute(*(word.strip('"') for word in words), cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert printed == PRINTED.rstrip("\n").splitlines()


def test_the_answer_comes_first_and_is_the_same_everywhere(morning):
    done = fails(
        morning, "--languages", "service=sv:80%,en:20%", "--lead-time", "baltic=30 d", "--lead-time",
        "norrland=10 d", "--delivered", "baltic=15000 EUR", "--out", "failures.csv", "--report", "page.html",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert re.match(
        r"The worst single failure is that of baltic: [\d.]+ ± [\d.]+ % answered in time instead of "
        r"[\d.]+ %; in 1 day \+[\d,]+ ± [\d,]+ contacts lost, [+-][\d,]+ ± [\d,]+ EUR; "
        r"of the [\d,]+ contacts that it gets, ",
        first,
    )
    assert any(line.startswith("Two at a time, ") for line in lines)
    assert any(line.startswith("baltic: 30 days until a replacement; in days like these ") for line in lines)
    assert (
        "prepaid 20,000 EUR; not delivered yet, and lost with it: 5,000 EUR as the period begins"
        in done.stdout
    )
    assert any(line.startswith("Only baltic may take up to 160 contacts of sales in sv: ") for line in lines)
    assert "note: no lead time is told of manila: how long until replacement is not said." in lines
    assert lines[-2:] == ["figures: failures.csv", "report: page.html"]
    with (morning / "failures.csv").open() as file:
        rows = {row["fails"]: row for row in csv.DictReader(file)}
    assert list(rows) == [
        "baltic", "manila", "norrland", "baltic and manila", "baltic and norrland", "manila and norrland",
    ]  # fmt: skip
    row = rows["baltic"]
    where = [float(row[f"to_{name}"]) for name in ("in-house", "manila", "norrland", "lost")]
    assert sum(where) == pytest.approx(float(row["contacts"]))
    assert float(row["lost_until_replaced"]) == pytest.approx(30 * float(row["lost_more"]), rel=1e-4)
    assert rows["manila"]["lead_days"] == rows["baltic and manila"]["lost_until_replaced"] == ""
    root = read_page(morning / "page.html")
    assert texts(root, ".//p[@class='lead']") == [first]
    assert texts(root, ".//h1") == ["Nordlys, Monday, 23 November 2026: if a vendor fails"]
    assert "Who takes the contacts of those who fail (left: how many they get)" in texts(
        root, ".//figcaption"
    )
    assert len(cells(root, "Without one vendor or two")) == 6
    stranded = cells(root, "What only they may take, and the rule that bars each other vendor")
    assert ["baltic", "sales", "sv"] in [row[:3] for row in stranded]


def test_everything_as_json_and_as_a_workbook(morning):
    from python_calamine import CalamineWorkbook

    done = fails(morning, "--json", "--no-pairs", "--out", "failures.xlsx", "--vendor", "baltic")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["answer"].startswith("If baltic fails: ")
    assert [row["fails"] for row in told["failures"]] == ["baltic"]
    (failure,) = told["failures"]
    assert failure["agents_more"] == sum(row["agents_more"] for row in told["queues"]) > 0
    assert failure["agent_hours_more"] == pytest.approx(sum(row["agents_more"] for row in told["agents"]) / 2)
    assert {row["contact_type"] for row in told["concentration"]} == {"all", "service", "sales"}
    assert {(row["vendor"], row["bound"]) for row in told["bounds"]} == {
        ("manila", "capacity"),
        ("norrland", "capacity"),
        ("norrland", "cap_per_day"),
    }
    assert any("does not tell the languages of service" in note for note in told["notes"])
    book = CalamineWorkbook.from_path(morning / "failures.xlsx")
    assert book.sheet_names == [
        "Answer", "Failures", "Queues", "Where contacts go", "Stranded", "Who may take what", "Caps",
        "Concentration", "Prepayments", "More agents",
    ]  # fmt: skip
    assert book.get_sheet_by_name("Answer").to_python()[1] == [told["answer"]]


def test_that_nothing_changes_is_an_answer(morning):
    (morning / "volumes.csv").write_text("date,interval,queue,volume,aht\n2026-11-23,12:00,service,5,253\n")
    done = fails(morning, "--no-pairs", "--interval", "30")
    assert done.returncode == 0, done.stderr
    answer = "Nothing changes if one of the vendors fails: none gets a contact in 1 day."
    assert done.stdout.splitlines()[0] == answer


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--vendor", "balitc"], "--vendor: found 'balitc'; expected 'baltic' (known: baltic, "),
        (["--lead-time", "balitc=9 d"], "--lead-time: found 'balitc'; expected 'baltic' (known: "),
        (["--lead-time", "90"], "--lead-time: found '90'; expected a time with its unit, such as '90 d'"),
        (["--lead-time", "soon"], "--lead-time: found 'soon'; expected seconds"),
        (["--delivered", "baltic=9 USD"], "--delivered: found USD; expected the currency"),
        (["--delivered", "baltic=lots"], "--delivered: found 'baltic=lots'; expected an amount"),
        (["--delivered", "baltic=-5"], "--delivered: found 'baltic=-5'; expected an amount"),
        (["--languages", "service"], "--languages: found 'service'; expected QUEUE=LANGUAGE:SHARE"),
        (["--languages", "servcie=sv:1"], "--languages: found 'servcie'; expected 'service'"),
        (["--languages", "service=sv"], "--languages: found 'sv'; expected LANGUAGE:SHARE"),
        (["--languages", "service=no:1"], "--languages: found 'no'; expected one of: en, sv"),
        (["--languages", "service=sv:80,en:20"], "--languages: found 80; expected a share of at least 0"),
        (["--languages", "service=sv:80%"], "--languages: found shares of service that add up to 80 %"),
        (["--told-after", "soon"], "--told-after: found 'soon'; expected seconds"),
        (["--replications", "3"], "--replications: found 3; expected a whole number of 10 or more"),
        (["--out", "volumes.csv"], "--out volumes.csv: found volumes.csv, which is read"),
        (["--out", "x.txt"], "--out x.txt: found '.txt'; expected a name that ends in"),
        (["--policy", "QueueLenght(3)"], "QueueLenght"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_exit_code_2(morning, arguments, told):
    done = fails(morning, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
