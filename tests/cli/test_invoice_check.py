"""``bporoute invoice-check`` as a process: the example of the documentation, its files, and wrong input."""

import csv
import io
import json
import re

import pytest
from python_calamine import CalamineWorkbook

from helpers.pages import cells, read_page, texts
from helpers.places import EXAMPLES, ROOT
from helpers.running import bporoute

pytestmark = pytest.mark.thorough

INVOICE, CONTACTS, CENTER = (
    EXAMPLES / name for name in ("night_invoice.csv", "night_contacts.csv", "night.toml")
)
PAGE = (ROOT / "docs" / "invoice_check.md").read_text()
COMMAND, PRINTED = re.search(r"```\n\$ bporoute (.*?)\n\n(.*?)```", PAGE, re.DOTALL).groups()


def invoice_check(*arguments, invoice=INVOICE, cwd):
    usual = ("--contacts", CONTACTS, "--center", CENTER, "--period", "2026-11")
    return bporoute("invoice-check", invoice, *usual, *arguments, cwd=cwd)


def test_the_documentation_shows_what_it_prints():
    done = bporoute(*COMMAND.replace("\\\n", " ").split(), cwd=ROOT)
    assert (done.returncode, done.stderr) == (1, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == PRINTED.rstrip().splitlines()


def test_all_its_files_tell_the_same(tmp_path):
    names = ("lines.csv", "lines.xlsx", "lines.json")
    for name in names:
        done = invoice_check(
            "--out", name, "--letter", "letter.txt", "--report", "page.html", "--json", cwd=tmp_path
        )
        assert done.returncode == 1
    document = json.loads(done.stdout)
    (night,) = document["vendors"]
    assert document["differences"] == {"EUR": 25.78}
    assert (night["billed"], night["owed"], night["difference"]) == (89.74, 63.96, 25.78)
    assert round(sum(each["amount"] for each in night["reasons"]), 2) == 25.78
    assert night["matched_by"] == {"id": 13}
    with (tmp_path / "lines.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["reason"] for row in rows] == [each["reason"] for each in document["findings"]]
    assert round(sum(float(row["amount"]) for row in rows), 2) == 25.78
    assert json.loads((tmp_path / "lines.json").read_text()) == document
    book = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "lines.xlsx").read_bytes()))
    assert book.sheet_names == ["Vendors", "Reasons", "Lines", "Notes"]
    assert len(book.get_sheet_by_name("Lines").to_python()) == len(rows) + 1
    letter = (tmp_path / "letter.txt").read_text()
    assert letter.startswith("To night\n\nYour invoice for 2026-11: please credit us 25.78 EUR.\n")
    assert "- billed more than once (1 line): 7.80 EUR. Such as n-06: 7.80 EUR (as line 7)" in letter
    root = read_page(tmp_path / "page.html")
    assert texts(root, ".//p[@class='lead']") == ["2026-11: night billed 25.78 EUR too much (+40.3 %)."]
    assert cells(root, "night: differences by reason, EUR")[-1] == ["billed minus owed", "", "25.78"]


def test_a_right_invoice_is_said_to_be_right(tmp_path):
    (tmp_path / "right.csv").write_text(
        "item,minutes,price,amount\nminutes,43,1.30,55.90\nSundays,6.2,1.30,8.06\n"
    )
    done = invoice_check(invoice=tmp_path / "right.csv", cwd=tmp_path)
    assert done.stdout.splitlines()[0] == "2026-11: what night billed is what is owed."
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--period", "November"), "bporoute: --period: found 'November'; expected a month as 2026-11"),
        (("--vendor", "nigth"), "bporoute: --vendor: found 'nigth'; expected 'night'"),
        (("--alias", "Night AG"), "bporoute: --alias: found 'Night AG'; expected NAME=VENDOR"),
        (("--alias", "Night AG=nigth"), "bporoute: --alias: found 'nigth'; expected 'night'"),
        (("--out", "lines.pdf"), "bporoute: --out lines.pdf: found '.pdf'; expected a name that ends in"),
        (("--letter", "letter.doc"), "bporoute: --letter letter.doc: found '.doc'"),
        (("--columns", "amount=Sum"), "no column 'Sum'; expected such a column, or --columns amount=NAME"),
        (("--told", "told.toml"), "told.toml: nigth: found 'nigth'; expected 'night'"),
    ],
)
def test_wrong_input(arguments, complaint, tmp_path):
    (tmp_path / "told.toml").write_text("[nigth]\nfte = 2\n")
    done = invoice_check(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_what_is_told_of_a_period_counts(tmp_path):
    (tmp_path / "told.toml").write_text("[night]\nfte = 2.0\n")
    assert invoice_check("--told", "told.toml", cwd=tmp_path).returncode == 1
