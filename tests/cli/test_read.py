"""The command ``bporoute read``, and what other commands say of a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import python_calamine

from bporoute.workload import read_volumes

EXPORT = (
    "Report of Monday;;;\nDatum;Uhrzeit;Anrufe;AHT\n"
    "23.11.2026;8:00;1.080,5;0:04:12\n23.11.2026;8:30;95;0:04:00\n"
    "Summe;;1.175,5;\n"
)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bporoute", "read", *arguments]
    environment = {**os.environ, "COLUMNS": "120", "TERM": "dumb"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)


def test_what_was_understood_is_shown(tmp_path):
    (tmp_path / "export.csv").write_text(EXPORT)
    shown = run("export.csv", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    first = shown.stdout.splitlines()[0]
    for part in (
        "read export.csv: fields separated by semicolons", "1 title row skipped", "1 row of totals left out",
        "dates day first", "decimal comma as in", "AHT as h:mm:ss", "Datum is date",
    ):  # fmt: skip
        assert part in first
    assert "volume: 1,175.5" in shown.stdout
    assert "mean aht: 251.03" in shown.stdout


def test_as_json_and_as_a_clean_file_that_is_read_the_same(tmp_path):
    (tmp_path / "export.csv").write_text(EXPORT)
    for name in ("clean.csv", "clean.xlsx"):
        shown = run("export.csv", "--json", "--out", name, cwd=tmp_path)
        assert shown.returncode == 0, shown.stderr
        document = json.loads(shown.stdout)
        assert document["kind"] == "volumes"
        assert document["rows"][0]["volume"] == 1080.5
        clean = read_volumes(tmp_path / name)
        assert clean.starts == read_volumes(tmp_path / "export.csv").starts
        assert clean.volume.tolist() == [1080.5, 95.0]
        assert clean.aht.tolist() == [252.0, 240.0]
        assert clean.seconds.tolist() == [1800.0, 1800.0]


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path):
    (tmp_path / "export.csv").write_text(
        EXPORT.replace("Datum;", "Queue;Datum;").replace("23.11.", "=1+1;23.11.")
    )
    assert run("export.csv", "--out", "clean.xlsx", cwd=tmp_path).returncode == 0
    rows = python_calamine.load_workbook(str(tmp_path / "clean.xlsx")).get_sheet_by_index(0).to_python()
    assert rows[1][2] == "=1+1"


@pytest.mark.parametrize(
    ("content", "kind", "total"),
    [
        ("Vendor,Month,Calls,Amount\nNord,2026-11,\"1,200\",€4800.5\nSüd,2026-11,980,€100\n", "invoices",
          "amount: 4,900.5"),
        ("Supplier;Price per minute;Currency\nNord;0,85;EUR\nSüd;0,9;EUR\n", "vendors", "vendors: 2"),
        ("date,interval,agents\n2026-11-23,09:00,12\n", "agents", "most agents: 12"),
        ("arrival,queue,wait\n2026-11-23 09:00,sales,12\n", "calls", "mean wait: 12"),
    ],
)  # fmt: skip
def test_every_kind_of_file_is_told(tmp_path, content, kind, total):
    (tmp_path / "file.csv").write_text(content, encoding="utf-8")
    shown = run("file.csv", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert f"file.csv: {kind}, the first" in shown.stdout
    assert total in shown.stdout


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 50_000_000)


def password(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2_000_000_000)


BAD = {
    "nothing": (lambda path: path.write_bytes(b""), "an empty file"),
    "a zip bomb": (bomb, "unpack to 50,000,000"),
    "a password": (password, "a workbook with a password"),
    "2 GB": (huge, "2,000,000,000 bytes"),
    "a broken workbook": (lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 100), "a damaged workbook"),
    "a PDF": (lambda path: path.write_bytes(b"%PDF-1.7 ..."), "a PDF"),
    "gzip": (lambda path: path.write_bytes(b"\x1f\x8b\x08"), "a gzip file"),
    "only a header": (lambda path: path.write_text("date,interval,volume,aht\n"), "found only a header"),
    "something else": (lambda path: path.write_text("name,age\nAnna,40\n"), "no columns that are known"),
    "NUL": (
        lambda path: path.write_bytes(b"date,interval,volume,aht\n2026-11-23,9:00,1\0,2\n"),
        "an ASCII NUL",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_a_line_with_the_remedy(tmp_path, name):
    make, found = BAD[name]
    make(tmp_path / "bad.xlsx")
    shown = run("bad.xlsx", cwd=tmp_path)
    assert shown.returncode == 2
    assert shown.stderr.count("\n") == 1
    assert shown.stderr.startswith("bporoute: bad.xlsx")
    assert found in shown.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--read", "dates=monthly"], "month-first, year-first"),
        (["--read", "colour=red"], "KEY=VALUE"),
        (["--skip-bad", "many"], "'1%'"),
        (["--skip-bad", "2"], "a share from 0 to 1"),
        (["--aht", "-4"], "seconds above 0"),
        (["--as", "menus"], "one of"),
        (["--read", "sheet=May"], "read"),
        (["--out", "clean.pdf"], ".xlsx"),
        (["--read", "timezone=Berlin"], "Europe/Berlin"),
        (["--read", "encoding=klingon"], "an encoding"),
    ],
)
def test_a_wrong_option_is_a_line(tmp_path, options, expected):
    (tmp_path / "export.csv").write_text(EXPORT)
    shown = run("export.csv", *options, cwd=tmp_path)
    assert expected in shown.stderr + shown.stdout
    if "sheet=May" not in options:
        assert shown.returncode == 2
        assert shown.stderr.count("\n") == 1
