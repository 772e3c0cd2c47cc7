"""How long a vendor is open, against asking minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute import Contract, Vendor
from bporoute.center._open_time import open_seconds
from bporoute.routing._hard_rules import calendar_status

ZONES = ("UTC", "Europe/Stockholm", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
LINES = (
    "mon-fri 08:00-20:00",
    "tue 07:30-24:00",
    "daily 22:00-06:00",
    "sat-sun 09:00-18:15",
    "sun 00:00-24:00",
)
AROUND = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 12, 31)]
"""Days on which clocks change, and the end of a year."""


def vendor(zone="UTC", hours=(), holidays=(), **term):
    return Vendor(
        country="SE",
        timezone=zone,
        contact_types=("call",),
        contract=Contract(**term),
        hours=tuple(hours),
        holidays=tuple(holidays),
    )


@given(
    zone=st.sampled_from(ZONES),
    hours=st.lists(st.sampled_from(LINES), max_size=3),
    day=st.sampled_from(AROUND),
    from_minute=st.integers(-2000, 2000),
    minutes=st.integers(0, 4500),
    holiday=st.integers(-1, 3),
    term=st.tuples(st.integers(-1, 3), st.integers(0, 3)),
)
def test_it_is_what_the_rule_of_opening_hours_says_minute_by_minute(
    zone, hours, day, from_minute, minutes, holiday, term
):
    start = day + timedelta(days=term[0])
    asked = vendor(
        zone, hours, [day + timedelta(days=holiday)], start=start, end=start + timedelta(days=term[1])
    )
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + 60.0 * from_minute
    open_minutes = sum(
        calendar_status(asked, datetime.fromtimestamp(begin + 60.0 * minute, ZoneInfo(zone))) == 0
        for minute in range(minutes)
    )
    assert open_seconds(asked, begin, begin + 60.0 * minutes) == 60.0 * open_minutes


def test_parts_of_a_month_add_up_to_it():
    month = [
        datetime(2026, 10, day, tzinfo=ZoneInfo("Europe/Stockholm")).timestamp() for day in (1, 9, 25, 26)
    ]
    asked = vendor("Europe/Stockholm", ("mon-fri 08:00-20:00", "sat 10:00-16:00"), [date(2026, 10, 12)])
    parts = [open_seconds(asked, *ends) for ends in pairwise(month)]
    assert sum(parts) == open_seconds(asked, month[0], month[-1])
    assert parts[0] == (6 * 12 + 6) * 3600.0  # Thursday 1st to Thursday 8th


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_the_clock_changes_has_its_own_length(day, hours):
    zone = ZoneInfo("Europe/Stockholm")
    begin, end = (datetime(day.year, day.month, day.day + more, tzinfo=zone).timestamp() for more in (0, 1))
    assert open_seconds(vendor("Europe/Stockholm"), begin, end) == 3600.0 * hours
