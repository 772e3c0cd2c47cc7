"""``bporoute reforecast`` as a process: a forecast and a morning make a file that the other commands read."""

from __future__ import annotations

import csv
import json
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bporoute.cli._reforecast import parse_until
from bporoute.errors import InputError
from bporoute.simulation._demo import demo_center_text
from bporoute.workload import Volumes, forecast, read_volumes
from bporoute.workload._forecasting._results import forecast_rows
from helpers.running import bporoute as run

pytestmark = pytest.mark.thorough

MONDAY = date(2026, 11, 16)


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forecast of a week of two queues, and a Monday until ten with a fifth more than that."""
    monkeypatch.chdir(tmp_path)
    chance = np.random.default_rng(3)
    queues = ("sales", "service")
    days = [MONDAY - timedelta(days=70 - step) for step in range(70)]
    starts = [
        datetime(day.year, day.month, day.day, 8) + timedelta(minutes=30 * part)
        for _ in queues
        for day in days
        if day.weekday() < 5
        for part in range(12)
    ]
    size = len(starts)
    factors = chance.gamma(400, 1 / 400, size // 12).repeat(12)
    past = Volumes(
        tuple(starts),
        tuple(np.repeat(queues, size // 2).tolist()),
        chance.poisson(60 * factors).astype(float),
        np.full(size, 240.0),
        np.full(size, 1800.0),
    )
    found = forecast(past, weeks=1)
    write_rows("volumes.csv", list(forecast_rows(found.volumes, found.low, found.high)))
    today = [
        {
            "Datum": "16.11.2026",
            "Zeit": f"{8 + part // 2}:{30 * (part % 2):02d}",
            "queue": queue,
            "Anrufe": 72,
        }
        for queue in queues
        for part in range(4)
    ]
    write_rows("today.csv", today)


def write_rows(name: str, rows: list[dict[str, object]]) -> None:
    with Path(name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def bporoute(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, cwd=Path.cwd())


def test_staff_and_simulate_go_on_from_the_rest() -> None:
    said = bporoute("reforecast", "volumes.csv", "today.csv", "--out", "rest.csv")
    assert said.returncode == 0, said.stderr
    assert "Mon 16 Nov 2026, by 10:00" in said.stdout
    told = read_volumes("rest.csv")
    assert told.starts[0] == datetime(2026, 11, 16, 10)
    assert len(told.starts) == 2 * 8
    assert 62 < told.volume.mean() < 72
    assert told.update_weight is None
    rows = list(csv.DictReader(Path("rest.csv").read_text().splitlines()))
    assert all(float(row["low"]) < float(row["volume"]) < float(row["high"]) for row in rows)
    staffed = bporoute("staff", "rest.csv", "--patience", "180")
    assert staffed.returncode == 0, staffed.stderr
    Path("center.toml").write_text(demo_center_text())
    options = ("--replications", "1", "--policy", "NeverOverflow")
    simulated = bporoute("simulate", "center.toml", "--volumes", "rest.csv", *options)
    assert simulated.returncode == 0, simulated.stderr
    again = bporoute("reforecast", "rest.csv", "today.csv")
    assert again.returncode == 2
    assert "rest.csv: found no column update_weight" in again.stderr


def test_json_and_a_time() -> None:
    said = bporoute("reforecast", "volumes.csv", "today.csv", "--until", "9:15", "--json")
    told = json.loads(said.stdout)
    assert told["until"] == "2026-11-16T09:15:00"
    assert told["queues"]["sales"]["came"] == 144
    assert told["queues"]["sales"]["weight"] > 0
    assert told["intervals"][0]["interval"] == "09:00"
    assert sum(row["volume"] for row in told["intervals"] if row["queue"] == "sales") == pytest.approx(
        told["queues"]["sales"]["rest"], abs=0.01
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("volumes.csv", "today.csv", "--until", "soon"),
            "--until: found 'soon'; expected a time like 11:00",
        ),
        (
            ("volumes.csv", "today.csv", "--until", "7:45"),
            "no interval of the forecast of 2026-11-16 is over",
        ),
        (
            ("volumes.csv", "today.csv", "--until", "2026-11-16T10:30+01:00"),
            "expected a time without an offset",
        ),
        (("volumes.csv", "today.csv", "--out", "volumes.csv"), "volumes.csv, which is read"),
        (("today.csv", "today.csv"), "today.csv: found no column update_weight"),
        (("volumes.csv", "none.csv"), "none.csv"),
    ],
)
def test_bad_input_is_a_line_and_exit_code_2(arguments: tuple[str, ...], complaint: str) -> None:
    said = bporoute("reforecast", *arguments)
    assert said.returncode == 2
    assert complaint in said.stderr
    assert "Traceback" not in said.stderr


def test_what_is_typed() -> None:
    assert parse_until("9:30", MONDAY) == datetime(2026, 11, 16, 9, 30)
    with pytest.raises(InputError, match="--until: found '25:00'"):
        parse_until("25:00", MONDAY)
