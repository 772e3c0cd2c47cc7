"""Planner files: what is read, and what is refused, with the place and the remedy."""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.errors import InputError
from bporoute.workload._read import read as read_any
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._volumes import Volumes, read_volumes
from helpers.places import EXAMPLES

HEADER = "date,interval,queue,volume,aht\n"
TWO = "2026-11-23,09:00,sales,80,240\n2026-11-23,09:30,sales,95.5,250.5\n"
EXAMPLE = EXAMPLES / "volumes.csv"


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(content: str, columns: dict[str, str] | None = None, **options: object) -> Volumes:
    Path("volumes.csv").write_text(content, encoding="utf-8")
    return read_volumes("volumes.csv", columns, **options)


def test_every_column_arrives():
    volumes = read(HEADER + TWO)
    assert volumes.starts == (datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, 30))
    assert volumes.queues == ("sales", "sales")
    assert volumes.volume.tolist() == [80.0, 95.5]
    assert volumes.aht.tolist() == [240.0, 250.5]
    assert volumes.seconds.tolist() == [1800.0, 1800.0]
    assert volumes.taken == volumes.notes == ()


def test_the_example_is_a_week_without_remarks():
    volumes = read_volumes(EXAMPLE)
    assert len(volumes.starts) == 244
    assert set(volumes.queues) == {"service", "sales"}
    assert set(volumes.seconds) == {1800.0}
    assert volumes.notes == ()


def test_other_names_another_delimiter_and_no_queue():
    content = "day;slot;offered;handle;ours\n2026-11-23;18;80;240;x\n2026-11-23;09:30:00;90;240;y\n"
    mapping = {"date": "day", "interval": "slot", "volume": "offered", "aht": "handle"}
    volumes = read(content, mapping)
    assert volumes.queues == ("all", "all")
    assert volumes.starts == (datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, 30))


def test_rows_may_be_in_any_order_and_keep_it():
    volumes = read(HEADER + "".join(reversed(TWO.splitlines(keepends=True))))
    assert volumes.starts == (datetime(2026, 11, 23, 9, 30), datetime(2026, 11, 23, 9))
    assert volumes.volume.tolist() == [95.5, 80.0]
    assert volumes.seconds.tolist() == [1800.0, 1800.0]


def test_queues_have_lengths_of_their_own():
    volumes = read(HEADER + TWO + "2026-11-23,09:00,chat,5,600\n2026-11-23,09:15,chat,5,600\n")
    assert volumes.seconds.tolist() == [1800.0, 1800.0, 900.0, 900.0]


def test_a_gap_is_not_a_longer_interval_and_is_told():
    volumes = read(HEADER + TWO + "2026-11-23,13:00,sales,80,240\n2026-11-23,13:30,sales,80,240\n")
    assert set(volumes.seconds) == {1800.0}
    assert volumes.notes == (
        "sales: every interval is taken for 30 minutes, though 1 is followed by a gap before the day is over",
    )
    assert read(HEADER + TWO + "2026-11-24,09:00,sales,80,240\n").notes == ()


def test_a_length_that_is_told_is_taken():
    lonely = HEADER + "2026-11-23,09:00,sales,80,240\n2026-11-23,12:00,sales,80,240\n"
    volumes = read(lonely, minutes=15)
    assert volumes.seconds.tolist() == [900.0, 900.0]
    assert volumes.notes == ()


def test_where_nobody_comes_no_handle_time_is_needed():
    volumes = read(HEADER + TWO + "2026-11-23,10:00,sales,0,\n2026-11-23,10:30,sales,0.0,0\n")
    assert volumes.volume[2:].tolist() == [0.0, 0.0]
    assert np.isnan(volumes.aht[2:]).all()


def test_handle_times_in_minutes_are_suspected():
    assert read(HEADER + TWO).remarks == ()
    minutes = HEADER + TWO.replace(",240", ",4").replace(",250.5", ",4.5")
    (remark,) = read(minutes).remarks
    assert (remark.where, remark.found) == ("sales: aht", "4.25 s")
    assert remark.likely == "in minutes it would be 255 s"


def test_handle_times_in_milliseconds_are_suspected():
    (remark,) = read(HEADER + TWO.replace(",240", ",240000").replace(",250.5", ",250500")).remarks
    assert remark.likely == "in milliseconds it would be 245.2 s"


def test_a_row_far_from_the_others_is_suspected():
    rows = "".join(f"2026-11-23,{hour}:00,sales,10,{240 if hour < 15 else 4}\n" for hour in range(10, 16))
    (remark,) = read(HEADER + rows).remarks
    assert (remark.where, remark.found) == ("sales: aht", "4 s")


def test_volumes_of_a_second_are_suspected():
    rows = "".join(f"2026-11-23,{hour}:00,sales,0.05,240\n" for hour in range(10, 16))
    (remark,) = read(HEADER + rows).remarks
    assert remark.where == "sales: volume"


def test_an_interval_shorter_than_the_files_is_suspected():
    assert read(HEADER + TWO, minutes=30).remarks == ()
    (remark,) = read(HEADER + TWO, minutes=15).remarks
    assert (remark.where, remark.found) == ("--interval", "15 minutes")
    assert "30 minutes" in remark.odd


def test_old_line_ends_are_told():
    volumes = read("\ufeff" + (HEADER + TWO).replace("\n", "\r"))
    assert len(volumes.volume) == 2
    assert volumes.taken == ("3 CR line ends taken for line ends",)


LINE_4 = HEADER + TWO + "{}\n"
BAD = {
    "empty": ("", "volumes.csv", "an empty file", "a header line"),
    "a negative volume beside an empty one": (
        HEADER + "2026-11-23,09:00,a,-5,240\n2026-11-23,09:30,a,,240\n",
        "volumes.csv line 2, column volume",
        "'-5'",
        "to 1000000000; where nothing stands, --read empty=zero",
    ),
    "only a header": (HEADER, "volumes.csv", "only a header", "one record"),
    "a missing column": (
        HEADER.replace("volume", "volumens") + TWO,
        "volumes.csv line 1",
        "no column 'volume'",
        "such a column, or --columns volume=NAME, where NAME is 'volumens' (known: date, interval,",
    ),
    "a column twice": (
        HEADER.replace("queue", "aht") + TWO,
        "volumes.csv line 1",
        "'aht' twice",
        "a different name",
    ),
    "too few fields": (
        LINE_4.format("2026-11-23,10:00,sales,5"),
        "volumes.csv line 4",
        "4 fields",
        "5 fields",
    ),
    "no queue": (
        LINE_4.format("2026-11-23,10:00,,5,240"),
        "volumes.csv line 4, column queue",
        "nothing",
        "the name of a queue",
    ),
    "a queue that controls the terminal": (
        LINE_4.format("2026-11-23,10:00,\x1b[2J,5,240"),
        "volumes.csv line 4, column queue",
        r"'\x1b[2J'",
        "without control characters",
    ),
    "a duplicate": (
        LINE_4.format("2026-11-23,18,sales,5,240"),
        "volumes.csv line 4, column interval",
        "a second row for 2026-11-23 09:00:00 of sales",
        "one row per interval and queue",
    ),
    "an interval inside another": (
        LINE_4.format("2026-11-23,10:00,sales,5,240\n2026-11-23,10:05,sales,5,240"),
        "volumes.csv line 5, column interval",
        "10:05, 5 minutes after the interval before it",
        "intervals of 30 minutes throughout the queue, or another length with --interval MINUTES",
    ),
    "one interval a day": (
        HEADER + "2026-11-23,09:00,sales,80,240\n2026-11-24,09:00,sales,80,240\n",
        "volumes.csv line 2, column interval",
        "no day with two intervals of sales",
        "--interval MINUTES",
    ),
    **{
        f"date {text!r}": (
            LINE_4.format(f"{text},10:00,sales,5,240"),
            "volumes.csv line 4, column date",
            repr(text),
            "a date such as",
        )
        for text in ("", "2026-02-30", "1900-01-01")
    },
    **{
        f"interval {text!r}": (
            LINE_4.format(f"2026-11-23,{text},sales,5,240"),
            "volumes.csv line 4, column interval",
            repr(text),
            "09:30, or the number of its half hour",
        )
        for text in ("", "24:30", "9:61", "10:00-10:70", "48")
    },
    **{
        f"volume {text!r}": (
            LINE_4.format(f"2026-11-23,10:00,sales,{text},240"),
            "volumes.csv line 4, column volume",
            repr(text),
            "a number of contacts from 0 to 1000000000",
        )
        for text in ("", "-1", "nan", "inf", "many", "1e10")
    },
    **{
        f"aht {text!r}": (
            LINE_4.format(f"2026-11-23,10:00,sales,5,{text}"),
            "volumes.csv line 4, column aht",
            repr(text),
            "seconds, above 0",
        )
        for text in ("", "0", "-240", "nan", "inf", "4:70")
    },
}


@pytest.mark.parametrize(("content", "where", "found", "expected"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_error_that_says_where_what_and_the_remedy(content, where, found, expected):
    with pytest.raises(InputError) as caught:
        read(content)
    assert caught.value.where == where
    assert found in caught.value.found
    assert expected in caught.value.expected


def test_a_length_that_is_told_must_fit_too():
    with pytest.raises(
        InputError, match=r"volumes.csv line 3.*09:30, 30 minutes after.*intervals of 60 minutes"
    ):
        read(HEADER + TWO, minutes=60)


def test_an_unknown_name_of_ours_is_refused():
    with pytest.raises(InputError, match=r"^--columns: found 'volumes'; expected 'volume'"):
        read(HEADER + TWO, {"volumes": "offered"})


days = st.integers(0, 60).map(lambda day: datetime(2026, 11, 1) + timedelta(days=day))


@given(
    day=days,
    length=st.sampled_from([5, 10, 15, 20, 30, 60]),
    values=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.1, 1e5)), min_size=2, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_what_is_written_is_read(tmp_path_factory, day, length, values, order):
    rows = [(day + timedelta(minutes=length * place), *pair) for place, pair in enumerate(values)]
    order.shuffle(rows)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["aht", "volume", "interval", "date"])
    writer.writerows([aht, volume, f"{start:%H:%M}", f"{start:%Y-%m-%d}"] for start, volume, aht in rows)
    path = tmp_path_factory.mktemp("volumes") / "volumes.csv"
    path.write_text(text.getvalue(), newline="")
    volumes = read_volumes(path)
    assert volumes.starts == tuple(start for start, _, _ in rows)
    assert volumes.volume.tolist() == [volume for _, volume, _ in rows]
    assert volumes.aht.tolist() == [aht for _, _, aht in rows]
    assert set(volumes.seconds) == {60.0 * length}
    assert not any(math.isnan(aht) for aht in volumes.aht)


def test_a_forecast_tells_how_far_its_rates_scatter() -> None:
    told = {"date": ["2026-11-23"] * 2, "interval": ["9:00", "9:30"], "volume": [80, 95], "aht": [240, 240]}
    read = read_volumes({**told, "day_cv": ["0.05", "0.05"], "interval_cv": [0.04, 0.03], "low": [1, 2]})
    assert read.day_cv.tolist() == [0.05, 0.05]
    assert read.interval_cv.tolist() == [0.04, 0.03]
    assert read.update_weight is None
    again = read_any({**told, "day_cv": ["0.05", "0.05"], "interval_cv": [0.04, 0.03]}, "volumes")
    assert again.rows[1]["interval_cv"] == 0.03
    assert read_volumes(told).day_cv is None
    with pytest.raises(InputError, match=r"column day_cv: found '?3\S* expected a number from 0 to 2"):
        read_volumes({**told, "day_cv": [3.0, 0.05]})
    with pytest.raises(InputError, match=r"column interval_cv: found .* expected a number from 0 to 2"):
        read_volumes({**told, "interval_cv": [0.05, ""]})


def test_handle_times_may_be_missing_where_nobody_needs_them() -> None:
    told = {"date": ["2026-11-23"] * 2, "interval": ["9:00", "9:30"], "volume": [80, 95]}
    assert np.isnan(read_volumes(told, handled=False).aht).all()
    with pytest.raises(InputError, match="--aht"):
        read_volumes(told)


def test_rows_without_a_handle_time_have_the_one_that_is_told_of_the_file() -> None:
    """As in a forecast of counts alone: its column is there, and empty."""
    told = {"date": ["2026-11-23"] * 3, "interval": ["9:00", "9:30", "10:00"], "volume": [80, 95, 90]}
    told["aht"] = ["", "250", ""]
    with pytest.raises(InputError, match="or --aht SECONDS where it is empty"):
        read_volumes(told)
    read = read_volumes(told, format=FileFormat(aht=240.0))
    assert read.aht.tolist() == [240.0, 250.0, 240.0]
    assert any("240 s" in line for line in read.taken)
