"""Agents by interval in other shapes than ours."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.workload import FileFormat, read, read_schedule

BERLIN = "Europe/Berlin"


def steps(text: str, queues: tuple[str, ...] = ("sales",), **said: object) -> list[tuple[str, int]]:
    format = FileFormat(**said) if said else None
    schedule = read_schedule(io.BytesIO(text.encode()), LogFormat(), BERLIN, queues, format)
    listed = schedule.steps(queues[0])
    return [(f"{datetime.fromtimestamp(start, UTC):%d %H:%M}", agents) for start, agents in listed]


NINE_TO_TEN = [("23 08:00", 5), ("23 08:30", 7), ("23 09:00", 0)]


@pytest.mark.parametrize(
    "text",
    [
        "Datum;Uhrzeit;Mitarbeiter\n23.11.2026;9:00;5\n23.11.2026;9:30;7\n",
        "Date,Time,Headcount,Skill\n11/23/2026,9:00 AM,5,sales\n11/23/2026,9:30 AM,7,sales\nTotal,,12,\n",
        "start,agents\n2026-11-23T09:00+01:00,4.5\n2026-11-23T08:30Z,7\n",
        "Time;2026-11-23;2026-11-24;2026-11-25\n09:00-09:30;5;;\n09:30-10:00;7;;\n",
        "Date,09:00,09:30,10:00\n2026-11-23,5,7,\n",
    ],
)
def test_agents_in_any_shape(text):
    assert steps(text) == NINE_TO_TEN


def test_a_night_that_repeats_an_hour_may_have_its_rows_twice():
    rows = "".join(
        f"2026-10-25,{clock},{agents}\n" for clock, agents in (("02:00", 3), ("02:00", 4), ("03:00", 5))
    )
    assert steps("date,interval,agents\n" + rows) == [
        ("25 00:00", 3), ("25 01:00", 4), ("25 02:00", 5), ("25 03:00", 0)
    ]  # fmt: skip


def test_agents_leave_at_the_end_of_the_day_also_where_a_night_in_the_file_repeats_an_hour():
    """Half hours of the night that falls back, and a shift of the day before."""
    night = ("00:30", "01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30")
    rows = "2026-10-24,09:00,8\n2026-10-24,09:30,8\n" + "".join(f"2026-10-25,{at},2\n" for at in night)
    found = steps("date,interval,agents\n" + rows)
    assert found[:3] == [("24 07:00", 8), ("24 07:30", 8), ("24 08:00", 0)]
    assert found[-2:] == [("25 02:30", 2), ("25 03:00", 0)]


def test_an_interval_lasts_as_long_as_its_row_says():
    text = "date,interval,agents\n2026-11-23,09:00-11:00,5\n2026-11-23,13:00-13:30,7\n"
    assert steps(text) == [("23 08:00", 5), ("23 10:00", 0), ("23 12:00", 7), ("23 12:30", 0)]


def test_an_empty_cell_is_a_fault_or_nobody():
    cells = (("09:00", "5"), ("09:30", ""), ("10:00", "7"), ("10:30", "7"))
    text = "date,interval,agents\n" + "".join(f"2026-11-23,{at},{agents}\n" for at, agents in cells)
    with pytest.raises(InputError, match="line 3, column agents"):
        steps(text)
    assert steps(text, empty="skip") == [
        ("23 08:00", 5),
        ("23 08:30", 0),
        ("23 09:00", 7),
        ("23 09:30", 7),
        ("23 10:00", 0),
    ]
    assert steps(text, skip_bad=0.4) == steps(text, empty="skip")


def test_what_is_read_says_who_works():
    reading = read(io.BytesIO(b"Date,09:00,09:30,10:00\n2026-11-23,5,7,3\n"), "agents")
    assert [row["agents"] for row in reading.rows] == [5.0, 7.0, 3.0]
    assert reading.totals["most_agents"] == 7.0
