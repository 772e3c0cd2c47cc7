from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bporoute import InputError
from bporoute._base.clock import DAYS, holds_until, is_open, opening_hours, windows

ZONES = (
    "UTC",
    "Europe/Tallinn",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Asia/Kolkata",  # half an hour off
    "Asia/Kathmandu",  # a quarter of an hour off
    "Africa/Cairo",  # changes at midnight
    "America/Havana",  # at midnight; on the way back midnight comes twice
    "Pacific/Apia",  # skipped 2011-12-30
)
FIRST, LAST = datetime(2008, 1, 1, tzinfo=UTC).timestamp(), datetime(2028, 1, 1, tzinfo=UTC).timestamp()


def changes(name: str) -> list[float]:
    """The instants (full quarters of an hour) at which a zone's clock is changed, between 2008 and 2028."""
    zone, found = ZoneInfo(name), []
    offset = lambda at: datetime.fromtimestamp(at, zone).utcoffset()  # noqa: E731
    for day in range(int(FIRST), int(LAST), 86400):
        if offset(day) != offset(day + 86400):
            low, high = day // 900, day // 900 + 96
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle * 900) == offset(day) else (low, middle)
            found.append(high * 900.0)
    return found


CHANGES = {name: changes(name) for name in ZONES}


@st.composite
def moments(draw: st.DrawFn) -> tuple[ZoneInfo, float]:
    """A zone and an instant; every other one within two days of a clock change, if the zone has any."""
    name = draw(st.sampled_from(ZONES))
    if CHANGES[name] and draw(st.booleans()):
        return ZoneInfo(name), draw(st.sampled_from(CHANGES[name])) + draw(
            st.integers(-172_800_000, 172_800_000)
        ) / 1000
    return ZoneInfo(name), draw(st.integers(int(FIRST) * 1000, int(LAST) * 1000)) / 1000


@st.composite
def hour_lines(draw: st.DrawFn, unit: int = 1) -> tuple[str, int, int, int, int]:
    """A line of opening hours and what it means: first day, last day, minutes from and to."""
    first, last = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    start = unit * draw(st.integers(0, 1439 // unit))
    end = unit * draw(st.integers(0, 1440 // unit))
    if start == end:
        end = 1440 if start < 1440 else 0
    text = f"{DAYS[first]}-{DAYS[last]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    return text, first, last, start, end


def naively_open(line: tuple[str, int, int, int, int], local: datetime) -> bool:
    """Was a shift that is still going on begun today or yesterday, on one of its days?"""
    _, first, last, start, end = line
    shift_days = [(first + step) % 7 for step in range(7) if step <= (last - first) % 7]
    minute = local.hour * 60 + local.minute
    length = (end - start) % 1440 or 1440
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    return (today in shift_days and start <= minute < start + length) or (
        yesterday in shift_days and start <= minute + 1440 < start + length
    )


@given(moments(), st.lists(hour_lines(), min_size=1, max_size=3))
def test_open_as_the_wall_clock_says(moment, lines) -> None:
    local = datetime.fromtimestamp(moment[1], moment[0])
    wanted = any(naively_open(line, local) for line in lines)
    assert is_open(opening_hours(tuple(line[0] for line in lines)), local) == wanted


def test_no_hours_are_always_open() -> None:
    assert is_open((), datetime(2026, 11, 22, 3, 0))


def test_a_night_shift_goes_on_over_sunday_midnight() -> None:
    hours = opening_hours(("sun 22:00-02:00",))
    monday = datetime(2026, 11, 23)
    assert [is_open(hours, monday + timedelta(minutes=minutes)) for minutes in (-121, -120, 119, 120)] == [
        False,
        True,
        True,
        False,
    ]


QUARTERS = st.lists(hour_lines(15).map(lambda line: line[0]), max_size=3)


@given(moments(), QUARTERS)
@example((ZoneInfo("Pacific/Apia"), datetime(2011, 12, 30, 9, 59, tzinfo=UTC).timestamp()), [])
def test_holds_until_then_nothing_changes(moment, lines) -> None:
    (zone, now), hours = moment, opening_hours(tuple(lines))
    until = holds_until(hours, now, zone)
    assert now < until <= now + 3600
    local = datetime.fromtimestamp(now, zone)
    counted = windows(now, zone, "month")
    for step in range(61):
        at = now + (until - 1e-3 - now) * step / 60
        then = datetime.fromtimestamp(at, zone)
        assert is_open(hours, then) == is_open(hours, local)
        assert windows(at, zone, "month") == counted


@given(moments(), QUARTERS)
def test_where_hours_do_not_matter_it_holds_until_it_opens_or_a_day_begins(moment, lines) -> None:
    (zone, now), hours = moment, opening_hours(tuple(lines))
    until = holds_until(hours, now, zone, hourly=False)
    assert holds_until(hours, now, zone) <= until <= now + 86_400
    local = datetime.fromtimestamp(now, zone)
    for step in range(61):
        then = datetime.fromtimestamp(now + (until - 1e-3 - now) * step / 60, zone)
        assert (is_open(hours, then), then.date()) == (is_open(hours, local), local.date())


@pytest.mark.parametrize("name", [name for name in ZONES if CHANGES[name]])
def test_steps_of_holds_until_miss_nothing_around_a_clock_change(name: str) -> None:
    zone = ZoneInfo(name)
    hours = opening_hours(("daily 00:15-01:45", "daily 02:15-02:45", "daily 23:15-23:45"))
    for change in CHANGES[name][:6]:
        now = change - 90_000
        while now < change + 90_000:
            until = holds_until(hours, now, zone)
            seen = {
                is_open(hours, datetime.fromtimestamp(at, zone)) for at in range(int(now), int(until), 60)
            }
            days = {datetime.fromtimestamp(at, zone).date() for at in (now, until - 1)}
            assert (len(seen), len(days)) == (1, 1), datetime.fromtimestamp(now, zone)
            now = until


def test_closing_off_the_quarter_holds_on_the_day_of_a_clock_change_too() -> None:
    zone, hours = ZoneInfo("Europe/Tallinn"), opening_hours(("daily 08:00-20:10",))
    closing = datetime(2026, 10, 25, 20, 10, tzinfo=zone).timestamp()
    assert holds_until(hours, closing - 540, zone) <= closing
    assert holds_until(hours, closing - 1, zone) == closing


@given(moments(), st.sampled_from(("month", "quarter", "year")))
def test_now_lies_in_each_window_and_windows_begin_on_local_boundaries(moment, period: str) -> None:
    zone, now = moment
    hour, day, start = windows(now, zone, period)
    assert start <= day <= hour <= now
    assert now - hour < 3600
    local = datetime.fromtimestamp(now, zone)
    assert datetime.fromtimestamp(day, zone).date() == local.date()
    assert datetime.fromtimestamp(day - 1, zone).date() < local.date()
    if zone.key != "Australia/Lord_Howe":  # where an hour may be cut in half
        assert datetime.fromtimestamp(hour, zone).minute == 0
        assert datetime.fromtimestamp(hour, zone).hour == local.hour
    first = datetime.fromtimestamp(start, zone)
    assert first.date() == date(
        local.year, {"month": local.month, "quarter": (local.month - 1) // 3 * 3 + 1, "year": 1}[period], 1
    )
    assert datetime.fromtimestamp(start - 1, zone).date() < first.date()


@given(moments(), st.floats(0, 7200), st.sampled_from(("month", "quarter", "year")))
def test_windows_never_step_back(moment, later: float, period: str) -> None:
    zone, now = moment
    assert all(
        a <= b for a, b in zip(windows(now, zone, period), windows(now + later, zone, period), strict=True)
    )


def test_an_hour_that_comes_twice_is_counted_twice() -> None:
    zone = ZoneInfo("Europe/Tallinn")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()  # 03:30 summer time, then winter time
    assert windows(first + 3600, zone, "month").hour - windows(first, zone, "month").hour == 3600
    assert windows(first + 3600, zone, "month").day == windows(first, zone, "month").day


def test_the_day_that_apia_skipped() -> None:
    zone = ZoneInfo("Pacific/Apia")
    midnight = datetime(2011, 12, 30, 10, 0, tzinfo=UTC).timestamp()  # 24:00 on the 29th, 00:00 on the 31st
    assert windows(midnight - 1, zone, "month").day == midnight - 86400
    assert windows(midnight, zone, "month").day == midnight
    assert holds_until((), midnight - 1, zone) == midnight


@pytest.mark.parametrize(
    "line",
    [
        "",
        "mon",
        "mon 8:00-20:00",
        "mon 08:00-08:00",
        "mon 24:00-08:00",
        "mon 08:00-24:01",
        "mon 08:60-09:00",
        "mo 08:00-09:00",
        "mon-xyz 08:00-09:00",
        "mon,tue 08:00-09:00",
        "mon 08:00-20:00 tue",
    ],
)
def test_a_bad_line_is_quoted(line: str) -> None:
    with pytest.raises(InputError) as caught:
        opening_hours((line,))
    assert caught.value.found == repr(line)
    assert "mon-fri 08:00-20:00" in caught.value.expected


@given(moments())
def test_whatever_goes_by_the_date_is_looked_at_in_time(moment) -> None:
    zone, now = moment
    today = datetime.fromtimestamp(now, zone).date()
    assert datetime.fromtimestamp(holds_until((), now, zone) - 1e-3, zone).date() == today
