"""``bporoute register`` as a process: the example of the documentation, exit codes, files, wrong input."""

import csv
import json
import re

import pytest
import python_calamine

from helpers.pages import cells, read_page, texts
from helpers.places import EXAMPLES, ROOT
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

CENTER, DATES = EXAMPLES / "register.toml", EXAMPLES / "register_dates.toml"
PAGE = (ROOT / "docs" / "register.md").read_text()
COMMAND, PRINTED = re.search(r"```\n\$ bporoute (.*?)\n\n(.*?)```", PAGE, re.DOTALL).groups()


def register(*arguments, cwd, at="2026-12-01", **options):
    return bporoute("register", CENTER, "--at", at, "--dates", DATES, *arguments, cwd=cwd, **options)


def test_the_documentation_shows_what_it_prints():
    done = bporoute(*COMMAND.replace("\\\n", " ").split(), cwd=ROOT)
    assert (done.returncode, done.stderr) == (1, "")
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert [line for line in PRINTED.splitlines() if line.rstrip() not in printed] == []
    assert printed[0].startswith("1 entry has run out on 2026-12-01, 3 days come within 90 days; next: ")
    assert printed[0].endswith("no vendor is left for claims.")


def test_the_dates_file_of_the_documentation_is_one(tmp_path):
    (tmp_path / "dates.toml").write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])
    done = bporoute("register", CENTER, "--at", "2026-12-01", "--dates", "dates.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "ISO 18295-2" in done.stdout


def test_cron_hears_of_what_has_run_out_only(tmp_path):
    assert register(cwd=tmp_path, at="2026-11-15").returncode == 0
    assert register(cwd=tmp_path, at="2026-11-16").returncode == 1
    (tmp_path / "plain.toml").write_text('[queues.desk]\naht = 240\n[contact_types.desk]\nqueue = "desk"\n')
    done = bporoute("register", "plain.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Nothing has run out on ")


def test_files(tmp_path):
    names = ("register.csv", "register.json", "register.xlsx", "register.ics")
    for name in names:
        done = register("--out", name, "--report", "register.html", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
    with (tmp_path / "register.csv").open() as file:
        rows = list(csv.DictReader(file))
    document = json.loads((tmp_path / "register.json").read_bytes())
    assert document["run_out"] == 1
    assert [row["name"] for row in rows] == [each["name"] for each in document["entries"]]
    (claims,) = (row for row in rows if row["stranded"] == "claims")
    assert (claims["vendor"], claims["last_day"], claims["days_left"]) == ("nord", "2027-01-10", "40")
    book = python_calamine.load_workbook(str(tmp_path / "register.xlsx"))
    assert book.sheet_names == ["Assumptions", "Register"]
    assert len(book.get_sheet_by_name("Register").to_python()) == len(rows) + 1
    assert (tmp_path / "register.ics").read_bytes().count(b"BEGIN:VEVENT\r\n") == 10
    root = read_page(tmp_path / "register.html")
    assert texts(root, ".//p[@class='lead']") == [document["answer"]]
    assert len(cells(root, "What ends, the first day first")) == len(rows)


def test_json(tmp_path):
    done = register("--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    (contract,) = (
        each for each in document["entries"] if each["name"] == "contract" and each["vendor"] == "nord"
    )
    assert contract["lost"] == [
        {"vendor": "nord", "contact_type": "service (de)"},
        {"vendor": "nord", "contact_type": "service (en)"},
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--at", "1.12.2026"), "--at: found '1.12.2026'; expected a day such as 2026-12-01"),
        (("--out", "register.pdf"), "expected a name that ends in .csv, .json, .xlsx, .ics"),
        (("--dates", "dates.toml"), "dates.toml: vendors.nrod: found 'nrod'; expected 'nord'"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, arguments, words):
    (tmp_path / "dates.toml").write_text("[vendors.nrod]\nnotice_days = 90\n")
    done = bporoute("register", CENTER, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
