"""Numbers, durations, dates and times: read as they were written, or refused; never as something else."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.errors import InputError
from bporoute.workload._reading._dates import read_date
from bporoute.workload._reading._durations import read_durations
from bporoute.workload._reading._moments import read_moments, to_epoch, to_local, wall_time
from bporoute.workload._reading._numbers import decimal_mark, evidence, read_numbers
from bporoute.workload._reading._texts import sheet_of_text
from bporoute.workload._reading._times import read_time

NUMBERS = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)
STYLES = {
    "point": lambda text: text,
    "point and commas": lambda text: text,
    "comma and points": lambda text: text.translate(str.maketrans(",.", ".,")),
    "comma and spaces": lambda text: text.translate(str.maketrans(",.", "\u00a0,")),
    "point and apostrophes": lambda text: text.replace(",", "'"),
}


@given(NUMBERS, st.sampled_from(list(STYLES)), st.integers(0, 3), st.sampled_from(",;\t"))
def test_numbers_are_read_as_written_or_refused(cents, style, decimals, delimiter):
    values = [cent / 10**decimals for cent in cents]
    grouped = "" if style == "point" else ","
    cells = [STYLES[style](f"{value:{grouped}.{decimals}f}") for value in values]
    refused = ""
    try:
        mark, _ = decimal_mark(evidence(cells), [], delimiter, "", "volume")
    except InputError as complaint:
        refused = complaint.expected
        mark = "," if style.startswith("comma") else "."
    assert not refused or ("--read decimal" in refused and decimals in (0, 3))
    if decimals == 0 and style == "comma and points" and delimiter == "," and mark == ".":
        return  # 1.073 between commas is what programs write
    read, bad = read_numbers(cells, mark)
    assert bad == []
    assert read.tolist() == pytest.approx(values)


DAYS = st.lists(st.dates(date(1970, 1, 1), date(2099, 12, 31)), min_size=1, max_size=12)
PATTERNS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%Y%m%d",
    "%a %d/%m/%Y",
    "%Y/%m/%d",
]


@given(DAYS, st.sampled_from(PATTERNS))
def test_dates_are_read_as_written_or_refused(days, pattern):
    cells = [f"{day:{pattern}}" for day in days]
    refused = ""
    try:
        read = read_moments(cells)
    except InputError as complaint:
        refused = complaint.expected
    if refused:
        assert pattern in ("%d/%m/%Y", "%m/%d/%Y")
        assert "--read dates=" in refused
        assert all(day.day <= 12 for day in days)
        return
    assert read.bad == []
    assert [wall_time(wall).date() for wall in read.wall.tolist()] == days


@given(st.lists(st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)), min_size=1, max_size=12))
def test_serial_numbers_and_epoch_seconds_are_those_of_their_moment(moments):
    moments = [moment.replace(microsecond=0) for moment in moments]
    epoch = [(moment - datetime(1970, 1, 1)).total_seconds() for moment in moments]
    read = read_moments([f"{second:.0f}" for second in epoch if second > 3e8])
    assert read.wall.tolist() == [second for second in epoch if second > 3e8]
    assert (read.offset == 0).all()
    near = [moment for moment in moments if 1983 < moment.year < 2060]
    serial = [(moment - datetime(1899, 12, 30)) / timedelta(days=1) for moment in near]
    assert list(map(wall_time, read_moments(serial).wall.tolist())) == near


@given(
    st.lists(st.integers(0, 359_999), min_size=1),
    st.sampled_from(["h:mm:ss", "m:ss", "words", "ISO", "plain"]),
)
def test_durations_are_read_as_written(seconds, style):
    write = {
        "h:mm:ss": lambda s: f"{s // 3600}:{s // 60 % 60:02}:{s % 60:02}",
        "m:ss": lambda s: f"{s // 60}:{s % 60:02}",
        "words": lambda s: f"{s // 60} min {s % 60} s",
        "ISO": lambda s: f"PT{s // 60}M{s % 60}S",
        "plain": str,
    }[style]
    read, bad, _ = read_durations(
        list(map(write, seconds)), unit="", said="", mark=".", total=False, where="aht"
    )
    assert bad == []
    assert read.tolist() == seconds


def test_a_sum_of_handle_times_may_be_hours_and_says_so():
    said = {"unit": "", "mark": ".", "total": True, "where": "total"}
    with pytest.raises(InputError, match="durations=m:ss or --read durations=h:mm"):
        read_durations(["12:30"], said="", **said)
    assert read_durations(["12:30"], said="h:mm", **said)[0].tolist() == [45_000.0]
    assert read_durations(["12:30:00"], said="", **said)[0].tolist() == [45_000.0]


def test_numbers_beside_times_are_the_ones_of_which_there_are_fewer():
    said = {"unit": "", "said": "", "mark": ".", "total": False, "where": "aht"}
    assert read_durations(["4:12", "4:13", "240"], **said)[1] == [2]
    assert read_durations(["4:12", "241", "240"], **said)[1] == [0]
    assert read_durations(["4:12", "0", ""], **said)[1] == []


@given(st.times())
def test_times_are_read_as_written(clock):
    clock = clock.replace(microsecond=0)
    seconds = 3600.0 * clock.hour + 60.0 * clock.minute + clock.second
    for text in (f"{clock:%H:%M:%S}", f"{clock:%I:%M:%S %p}", f"{clock:%H%M%S}"):
        assert read_time(text).seconds == seconds
    assert read_time(clock).seconds == seconds


@pytest.mark.parametrize("text", ["25:00", "12:60", "13:00 PM", "noon", "", "-1:00", "24:01", "1"])
def test_what_is_no_time(text):
    assert read_time(text) is None


@pytest.mark.parametrize("text", ["31.04.2026", "2026-13-01", "00/00/2026", "soon", "1.1.1", "3/4", "99999"])
def test_what_is_no_date(text):
    assert read_date(text, "day-first") is None


@given(
    st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=10),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_epoch_seconds_are_those_of_the_standard_library(moments, name):
    zone = ZoneInfo(name)
    for moment in moments:
        read = read_moments([moment])
        found, _ = to_epoch(read, zone)
        assert found[0] == pytest.approx(moment.replace(tzinfo=zone).timestamp(), abs=1e-3)
        aware = datetime.fromtimestamp(float(found[0]), zone)
        back, second = to_local(read_moments([aware]), zone)
        assert wall_time(float(back[0])) == aware.replace(tzinfo=None, fold=0)
        assert bool(second[0]) == bool(aware.fold)


def test_one_bad_cell_does_not_change_how_the_others_are_read():
    read = read_moments(
        ["13/01/2026 08:00", "01/02/2026 08:00", "soon", "", "02/13/2026 08:00", "14/02/2026 8:00"]
    )
    assert read.bad == [2, 4]
    assert read.missing == [3]
    assert [wall_time(wall).month for wall in read.wall[[0, 1, 5]].tolist()] == [1, 2, 2]


@given(st.binary(max_size=400))
def test_any_bytes_are_a_sheet_or_an_input_error(raw):
    try:
        sheet = sheet_of_text("any", raw)
    except InputError:
        return
    assert all(isinstance(cell, str) for row in sheet.rows for cell in row)


def test_nothing_is_nothing():
    assert read_numbers([], ".")[0].size == 0
    assert read_moments([]).wall.size == 0
    assert math.isnan(read_numbers(["n/a"], ".")[0][0])
    assert read_time(time(9)).seconds == 32_400.0
    assert np.isnan(read_time(time(9)).offset)
