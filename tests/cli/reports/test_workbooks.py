"""Workbooks of plans and forecasts: opened by another library, cells typed, and read again as they stand."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from bporoute.center._log_format import LogFormat
from bporoute.cli.reports._forecast import document_of
from bporoute.cli.reports._staffing import encoded
from bporoute.cli.reports._workbooks import forecast_workbook
from bporoute.planning import Assumptions, staffing_plan
from bporoute.planning._assumptions import USUAL
from bporoute.workload import Volumes, forecast, read_volumes
from bporoute.workload._schedule import read_schedule

NAMES = ("=1+1", "+49 sales", "-chat", "@all")


@pytest.fixture(scope="module")
def plan():
    starts, queues = [], []
    for queue in NAMES:
        for day in (23, 24):
            for part in range(6):
                starts.append(datetime(2026, 11, day, 9) + timedelta(minutes=30 * part))
                queues.append(queue)
    size = len(starts)
    volume = np.arange(float(size))
    told = Volumes(tuple(starts), tuple(queues), volume, np.full(size, 240.0), np.full(size, 1800.0))
    return staffing_plan(told, Assumptions((USUAL,), shrinkage=0.3))


def sheets_of(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_plan_has_a_sheet_for_each_question_assumptions_first(plan):
    sheets = sheets_of(encoded(plan, ".xlsx"))
    assert [*sheets] == ["Assumptions", "By queue", "By day", "Intervals"]
    told = dict(sheets["Assumptions"][1:])
    assert told["made for: targets"] == "80 % within 20 s (offered)"
    assert told["made for: shrinkage"] == 0.3
    assert told["made for: patience"] == "not told"
    assert len(sheets["By day"]) == 1 + 2 * len(NAMES)


def test_cells_are_typed_and_names_stay_names(plan):
    sheets = sheets_of(encoded(plan, ".xlsx"))
    head, *rows = sheets["Intervals"]
    first = dict(zip(head, rows[1], strict=True))
    assert first["date"] == date(2026, 11, 23)
    assert first["interval"] == time(9, 30)
    assert first["queue"] == "=1+1"
    assert first["volume"] == 1.0
    assert first["service_level"] == pytest.approx(plan.service_level[1], abs=1e-6)
    assert [row[0] for row in sheets["By queue"][1:]] == [*NAMES]
    _, by_day, *_ = sheets["By day"]
    assert by_day[1] == date(2026, 11, 23)
    hours = sum(row[3] for row in sheets["By day"][1:])
    assert hours == plan.required.sum() / 2


def test_no_cell_is_a_formula(plan):
    with zipfile.ZipFile(io.BytesIO(encoded(plan, ".xlsx"))) as archive:
        pages = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert len(pages) == 4
    assert all(b"<f>" not in page for page in pages)
    assert all(b'state="frozen"' in page for page in pages)


def test_a_plan_is_volumes_and_agents_again_without_naming_a_sheet(plan, tmp_path):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(encoded(plan, ".xlsx"))
    again = read_volumes(path)
    assert again.queues == plan.volumes.queues
    assert again.starts == plan.volumes.starts
    assert again.volume == pytest.approx(plan.volumes.volume)
    agents = read_schedule(path, LogFormat(), "UTC", NAMES)
    at = datetime.fromisoformat("2026-11-24T11:30:00+00:00").timestamp()
    assert agents.agents_at("@all", at) == plan.required[-1]


def test_a_forecast_has_what_it_rests_on_and_is_read_again(tmp_path):
    starts = [
        datetime(2026, 9, 7, 9) + timedelta(days=day, minutes=30 * part)
        for day in range(56)
        for part in range(3)
    ]
    size = len(starts)
    counts = np.array([40.0 + start.weekday() + start.hour for start in starts])
    history = Volumes(tuple(starts), ("=sum",) * size, counts, np.full(size, 200.0), np.full(size, 1800.0))
    found = forecast(history, weeks=1)
    path = tmp_path / "volumes.xlsx"
    path.write_bytes(forecast_workbook({**document_of(found), "notes": ["a note"]}))
    sheets = sheets_of(path.read_bytes())
    assert [*sheets] == ["Assumptions", "Errors", "volumes"]
    assert ["note", "a note"] in sheets["Assumptions"]
    assert ["=sum: method", found.queues["=sum"].method] in sheets["Assumptions"]
    assert {row[1] for row in sheets["Errors"][1:]} == set(found.queues["=sum"].backtest)
    again = read_volumes(path)
    assert again.volume == pytest.approx(found.volumes.volume, abs=1e-4)
    assert again.day_cv == pytest.approx(found.volumes.day_cv, abs=1e-5)
