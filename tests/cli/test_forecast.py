"""``bporoute forecast`` as a process: from a history to a file that the other commands read."""

from __future__ import annotations

import csv
import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bporoute.cli._forecast import parse_closed, parse_lead
from bporoute.errors import InputError
from bporoute.simulation._demo import demo_center_text
from bporoute.workload import read_history, read_volumes
from helpers.running import bporoute as run

pytestmark = pytest.mark.thorough


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def bporoute(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, cwd=Path.cwd())


def write_history(queues: tuple[str, ...] = ("sales", "service"), days: int = 70) -> None:
    chance = np.random.default_rng(3)
    lines = ["Datum;Uhrzeit;Warteschlange;Anrufe;AHT"]
    for queue in queues:
        for day in range(days):
            for part in range(12):
                start = datetime(2026, 9, 7, 8) + timedelta(days=day, minutes=30 * part)
                if start.weekday() < 5:
                    lines.append(f"{start:%d.%m.%Y;%H:%M};{queue};{chance.poisson(60)};00:04:{part:02d}")
    Path("history.csv").write_text("\n".join(lines) + "\n")


def test_each_commands_output_is_the_next_ones_input() -> None:
    write_history()
    Path("events.csv").write_text("date,event\n2026-09-16,sale\n2026-11-18,sale\n")
    said = bporoute(
        "forecast", "history.csv", "--weeks", "1", "--events", "events.csv", "--out", "volumes.csv"
    )
    assert said.returncode == 0, said.stderr
    assert "calendar" in said.stdout
    assert "median of six" in said.stdout
    told = read_volumes("volumes.csv")
    assert told.starts[0] == datetime(2026, 11, 16, 8)
    assert told.volume.sum() == pytest.approx(2 * 5 * 12 * 60, rel=0.05)
    assert told.day_cv is not None
    rows = list(csv.DictReader(Path("volumes.csv").read_text().splitlines()))
    assert all(float(row["low"]) < float(row["volume"]) < float(row["high"]) for row in rows)
    staffed = bporoute("staff", "volumes.csv", "--patience", "180")
    assert staffed.returncode == 0, staffed.stderr
    Path("center.toml").write_text(demo_center_text())
    simulated = bporoute(
        "simulate",
        "center.toml",
        "--volumes",
        "volumes.csv",
        "--replications",
        "1",
        "--policy",
        "NeverOverflow",
    )
    assert simulated.returncode == 0, simulated.stderr


def test_json_and_workbooks_tell_the_same() -> None:
    write_history(("sales",))
    said = bporoute("forecast", "history.csv", "--weeks", "1", "--json", "--out", "volumes.xlsx")
    told = json.loads(said.stdout)
    assert told["queues"]["sales"]["backtest"]["calendar"]["day"] > 0
    assert [row["volume"] for row in told["intervals"]] == pytest.approx(read_volumes("volumes.xlsx").volume)


def test_a_call_log_is_counted() -> None:
    chance = np.random.default_rng(5)
    rows = []
    for day in range(28):
        for second in np.sort(chance.uniform(9 * 3600, 12 * 3600, 90)).tolist():
            start = datetime(2026, 9, 7) + timedelta(days=day, seconds=int(second))
            rows.append((f"{len(rows)}", start.isoformat(sep=" "), 180 + len(rows) % 60))
    columns = dict(zip(("id", "arrival", "handle"), map(list, zip(*rows, strict=True)), strict=True))
    came = read_history(columns, minutes=60)
    assert came.volume.reshape(28, 3).sum(axis=1).tolist() == [90.0] * 28
    assert np.nanmean(came.aht) == pytest.approx(209.5, abs=2)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--lead", "soon"), "--lead: found 'soon'; expected days or weeks such as 10d or 3w"),
        (("--closed", "Friday"), "--closed: found 'Friday'; expected a day like 2026-12-25"),
        (("--holidays", "Utopia"), "--holidays: found 'Utopia'; expected a country such as US"),
        (("--interval", "45"), "--interval: found 45 minutes for intervals of 30 minutes"),
        (("--out", "history.csv"), "expected another name"),
        (("--events", "none.csv"), "none.csv"),
    ],
)
def test_bad_input_is_a_line_and_exit_code_2(options: tuple[str, ...], complaint: str) -> None:
    pytest.importorskip("holidays")
    write_history(("sales",))
    said = bporoute("forecast", "history.csv", *options)
    assert said.returncode == 2
    assert complaint in said.stderr
    assert "Traceback" not in said.stderr


def test_three_weeks_are_needed() -> None:
    write_history(days=14)
    said = bporoute("forecast", "history.csv")
    assert said.returncode == 2
    assert "expected at least 21 days" in said.stderr


def test_what_is_typed() -> None:
    assert parse_lead("2 weeks") == 14
    assert len(parse_closed(["2026-12-24..2026-12-26", "2027-01-01"])) == 4
    with pytest.raises(InputError, match="a range of up to 366 days"):
        parse_closed(["2026-12-24..2026-12-01"])
