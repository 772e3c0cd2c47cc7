from __future__ import annotations

import csv
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.workload._call_log import Call, CallLog, read_calls
from helpers.places import BANK_CALLS

REAL_FORMAT = LogFormat(
    columns={"arrival": "arrival_ts", "wait": "queue_sec", "handle": "service_sec", "id": "call_row"},
    abandoned=("HANG",),
    drop=({"outcome": "PHANTOM"}, {"outcome": "HANG", "queued": "0"}),
)

HEADER = "arrival,type,wait,handle\n"
ROW = "2024-06-03T09:00:00,sales,5,120\n"
STRICT = LogFormat()


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(content: str | bytes, format: LogFormat = STRICT, timezone: str = "UTC", **days) -> CallLog:
    Path("calls.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return read_calls("calls.csv", format, timezone, **days)


def arrivals(log: CallLog) -> list[datetime]:
    return [datetime.fromtimestamp(call.arrival, UTC).replace(tzinfo=None) for call in log.calls]


BAD_LOGS = {
    "empty": ("", STRICT, "calls.csv", "an empty file", "a header line"),
    "blank lines": ("\n\n", STRICT, "calls.csv", "an empty file", "a header line"),
    "only a header": (HEADER, STRICT, "calls.csv", "only a header", "one record"),
    "NUL": (HEADER + ROW + "\0", STRICT, "calls.csv line 3", "an ASCII NUL", "text"),
    "long field": (
        HEADER + ROW + "x" * 200_000,
        STRICT,
        "calls.csv line 3",
        "field larger than field limit",
        "at most 131072 characters",
    ),
    "open quote": (
        HEADER + ROW + '2024-06-03T09:00:00,"sales,5,120\n' + ROW,
        STRICT,
        "calls.csv line 3",
        "unexpected end of data",
        "quotes in pairs",
    ),
    "repeated column": (
        "arrival,type,type\n",
        STRICT,
        "calls.csv line 1",
        "'type' twice",
        "different name",
    ),
    "missing column": (
        "came,type\na,b\n",
        STRICT,
        "calls.csv line 1",
        "no column 'arrival'",
        "such a column, or --columns arrival=NAME or arrival = NAME under [log] columns in the center file, "
        "where NAME is one of: came, type",
    ),
    "missing type": (
        "arrival,kind\na,b\n",
        STRICT,
        "calls.csv line 1",
        "no column 'type'",
        "where NAME is one of: arrival, kind",
    ),
    "missing mapped column": (
        HEADER + ROW,
        LogFormat(columns={"language": "tongue"}),
        "calls.csv line 1",
        "no column 'tongue'",
        "--columns language=NAME or language = NAME under [log] columns",
    ),
    "unknown field of ours": (
        HEADER + ROW,
        LogFormat(columns={"arival": "arrival"}),
        "[log] columns",
        "'arival'",
        "'arrival' (known: arrival, date, time, weekday, type, id, ",
    ),
    "unknown column in drop": (
        HEADER + ROW,
        LogFormat(drop=({"tpye": "x"},)),
        "[log] drop",
        "'tpye'",
        "'type' (known: arrival, type, wait, handle)",
    ),
    "condition without columns": (
        HEADER + ROW,
        LogFormat(drop=({},)),
        "[log] drop",
        "an empty table",
        "column = value",
    ),
    "too few fields": (
        HEADER + "2024-06-03T09:00:00\n",
        STRICT,
        "calls.csv line 2",
        "1 field",
        "4 fields",
    ),
    "too many fields": (
        HEADER + ROW + ROW.strip() + ",6\n",
        STRICT,
        "calls.csv line 3",
        "5 fields",
        "4 fields",
    ),
    "line after a quoted line end": (
        HEADER + '2024-06-03T09:00:00,"a\nb",5,120\nx\n',
        STRICT,
        "calls.csv line 4",
        "1 field",
        "4 fields",
    ),
    "empty type": (
        HEADER + ROW.replace("sales", " "),
        STRICT,
        "calls.csv line 2, column type",
        "nothing",
        "a contact type",
    ),
    "column under the file's name": (
        "start,type\nnoon,sales\n",
        LogFormat(columns={"arrival": "start"}),
        "calls.csv line 2, column start",
        "'noon'",
        "2024-06-03T09:15:00",
    ),
    "not in time_format": (
        HEADER + ROW,
        LogFormat(time_format="%d.%m.%Y %H:%M"),
        "calls.csv line 2, column arrival",
        "'2024-06-03T09:00:00'",
        "as in time_format '%d.%m.%Y %H:%M'",
    ),
    "bad time_format": (
        HEADER + ROW,
        LogFormat(time_format="%Y %Y"),
        "calls.csv line 2, column arrival",
        "'2024-06-03T09:00:00'",
        "time_format '%Y %Y'",
    ),
    **{
        f"arrival {text!r}": (
            HEADER + ROW.replace("2024-06-03T09:00:00", text),
            STRICT,
            "calls.csv line 2, column arrival",
            repr(text),
            "a date and time",
        )
        for text in ("", "2024-06-03", "2024-02-30T09:00", "32.06.2024 09:00", "9999-12-31T23:59:59+00:00")
    },
    **{
        f"{column} {text!r}": (
            HEADER + ROW.replace(was, text),
            STRICT,
            f"calls.csv line 2, column {column}",
            repr(text),
            "seconds, at least 0",
        )
        for column, was in (("wait", "5"), ("handle", "120"))
        for text in ("-1", "inf", "1e999", "0:65")
    },
}


@pytest.mark.parametrize(("content", "format", "where", "found", "expected"), BAD_LOGS.values(), ids=BAD_LOGS)
def test_a_bad_log_is_one_error_that_says_where_what_and_the_remedy(content, format, where, found, expected):
    with pytest.raises(InputError) as caught:
        read(content, format)
    assert caught.value.where == where
    assert found in caught.value.found
    assert expected in caught.value.expected


def test_a_file_that_cannot_be_read():
    Path("folder").mkdir()
    for name, found in (("absent.csv", "No such file"), ("folder", "directory")):
        with pytest.raises(InputError) as caught:
            read_calls(name, STRICT, "UTC")
        assert caught.value.where == name
        assert found in caught.value.found


@pytest.mark.parametrize("timezone", ["Europe/Berlinn", "Europe", "", "../etc/passwd"])
def test_an_unknown_time_zone(timezone):
    with pytest.raises(InputError, match=r"^timezone: .*IANA"):
        read(HEADER + ROW, timezone=timezone)


def test_days_in_the_wrong_order():
    with pytest.raises(InputError, match="2024-06-04 to 2024-06-03"):
        read(HEADER + ROW, days=(date(2024, 6, 4), date(2024, 6, 3)))


def test_every_column_is_read():
    format = LogFormat(
        columns={"arrival": "start", "id": "nr", "language": "lang", "outcome": "result"},
        time_format="%d/%m/%Y %H:%M:%S",
        types={"S": "sales"},
        abandoned=("hung up", "lost"),
    )
    log = read(
        "nr,start,type,lang,wait,result,handle\n"
        "a, 03/06/2024 09:00:00 ,S, de ,2.5,answered,120\n"
        '"b",03/06/2024 09:00:01,billing,,,lost,33\n'
        "\n"
        ",03/06/2024 09:00:02,S,fr,0,answered,0\n",
        format,
    )
    start = datetime(2024, 6, 3, 9, tzinfo=UTC).timestamp()
    assert list(map(str, log.calls)) == list(
        map(
            str,  # because NaN does not equal NaN
            (
                Call("a", "sales", start, "de", 2.5, False, 120.0),
                Call("b", "billing", start + 1, "", math.nan, True, math.nan),
                Call("line 5", "sales", start + 2, "fr", 0.0, False, math.nan),
            ),
        )
    )
    assert log.dropped == 0
    assert log.taken == ()


def test_default_type_is_for_files_without_types():
    format = LogFormat(default_type="voice")
    assert read("arrival\n2024-06-03T09:00\n", format).calls[0].type == "voice"
    assert read(HEADER + ROW, format).calls[0].type == "sales"


def test_without_an_outcome_column_nothing_is_abandoned():
    assert not read(HEADER + ROW, LogFormat(abandoned=("",))).calls[0].abandoned


def test_a_byte_order_mark_is_no_fault():
    assert read("\ufeff" + HEADER + ROW) == read(HEADER + ROW)


WORDS = {
    "abandoned": ("ABANDON", "hung up", "Hang-up", "LOST", "no answer", "Dropped", "aufgelegt", "Abandonné"),
    "answered": ("AGENT", "answered", "COMPLETECALLER", "Contestada", "voicemail", ""),
}


@pytest.mark.parametrize("meaning", WORDS)
def test_outcomes_are_recognised_by_the_usual_words(meaning):
    rows = "".join(f"2024-06-03T09:00:00,sales,5,0,{word}\n" for word in WORDS[meaning])
    log = read(HEADER.replace("\n", ",outcome\n") + rows)
    assert {call.abandoned for call in log.calls} == {meaning == "abandoned"}
    taken = log.abandoned_as if meaning == "abandoned" else log.answered_as
    assert set(taken) == set(WORDS[meaning])


def test_words_that_the_center_lists_are_the_only_ones_that_count():
    text = HEADER.replace("\n", ",outcome\n") + "".join(
        f"2024-06-03T09:00:00,sales,5,0,{word}\n" for word in ("gone", "LOST")
    )
    log = read(text, LogFormat(abandoned=("gone",)))
    assert [call.abandoned for call in log.calls] == [True, False]
    assert (log.abandoned_as, log.answered_as) == (("gone",), ("LOST",))


LEGS = "arrival,type,id,wait,handle,outcome\n"


def test_legs_of_one_call_are_one_call():
    rings = "".join(f"2024-06-03T09:00:00,sales,7,{wait},0,no answer\n" for wait in (20, 20, 20, 20))
    log = read(LEGS + rings + "2024-06-03T09:00:00,sales,7,8,180,answered\n")
    assert [(call.id, call.wait, call.handle, call.abandoned) for call in log.calls] == [("7", 8, 180, False)]
    assert log.legs == 4


def test_legs_that_follow_each_other_wait_from_the_first_one_on():
    text = LEGS + (
        "2024-06-03T09:00:00,sales,7,15,0,no answer\n"
        "2024-06-03T09:00:15,sales,7,10,60,answered\n"
        "2024-06-03T09:01:30,sales,7,5,30,answered\n"  # passed on to a colleague
        "2024-06-03T11:00:00,sales,7,5,90,answered\n"  # calls again
        "2024-06-03T11:05:00,sales,8,40,0,lost\n"
    )
    log = read(text)
    found = [(call.id, call.wait, call.handle, call.abandoned) for call in log.calls]
    assert [row[:2] for row in found] == [("7", 25), ("7", 5), ("8", 40)]
    assert [row[2] for row in found[:2]] == [90, 90]
    assert [row[3] for row in found] == [False, False, True]
    assert log.legs == 2


def test_whatever_the_line_ends_and_the_order_are():
    rows = "".join(ROW.replace("09:00", time) for time in ("09:05", "09:00", "09:07", "09:06"))
    log = read(("\ufeff" + HEADER + rows).replace("\n", "\r"))
    assert log.taken == ("5 CR line ends taken for line ends", "2 rows were out of order: sorted by arrival")
    assert [time.minute for time in arrivals(log)] == [0, 5, 6, 7]
    assert read(HEADER + rows[: 2 * len(ROW)]).taken[0].startswith("1 row was out of order")


def test_crlf_is_nothing_to_tell():
    assert read((HEADER + ROW).replace("\n", "\r\n")).taken == ()


def test_calls_that_arrive_together_stay_in_the_order_of_the_file():
    rows = "2024-06-03T09:01,x\n2024-06-03T09:00,b\n2024-06-03T09:00,a\n"
    assert [call.type for call in read("arrival,type\n" + rows).calls] == ["b", "a", "x"]


def test_dropped_rows_may_hold_anything():
    content = "arrival,type,why\nnever,, test \n2024-06-03T09:00,sales,\nnever,sales,test\n"
    log = read(content, LogFormat(drop=({"why": "test", "type": ""}, {"why": "test", "type": "sales"})))
    assert (len(log.calls), log.dropped) == (1, 2)


def test_days_are_local_and_other_days_are_still_checked():
    rows = "2024-06-02T21:59:59Z,a\n2024-06-02T22:00Z,b\n2024-06-03T23:59:59,c\n2024-06-04T00:00,d\n"
    days = (date(2024, 6, 3), date(2024, 6, 3))
    log = read("arrival,type\n" + rows, timezone="Europe/Berlin", days=days)
    assert [call.type for call in log.calls] == ["b", "c"]
    with pytest.raises(InputError, match="line 6, column type"):
        read("arrival,type\n" + rows + "2024-06-05T00:00,\n", timezone="Europe/Berlin", days=days)


@pytest.mark.parametrize(
    ("timezone", "local", "utc"),
    [
        ("Europe/Berlin", "2024-03-31T01:59:59", "2024-03-31T00:59:59"),
        ("Europe/Berlin", "2024-03-31T03:00:00", "2024-03-31T01:00:00"),
        ("Europe/Berlin", "2024-10-27T02:30:00", "2024-10-27T00:30:00"),
        ("Europe/Berlin", "2024-10-27T02:30:00+01:00", "2024-10-27T01:30:00"),
        ("Europe/Berlin", "2024-10-27T03:00:00", "2024-10-27T02:00:00"),
        ("Australia/Lord_Howe", "2024-10-06T01:59:00", "2024-10-05T15:29:00"),
        ("Australia/Lord_Howe", "2024-10-06T02:31:00", "2024-10-05T15:31:00"),
        ("Asia/Kathmandu", "2024-10-06T05:45:00.5", "2024-10-06T00:00:00.5"),
    ],
)
def test_local_times_when_the_clocks_change(timezone, local, utc):
    log = read(f"arrival,type\n{local},sales\n", timezone=timezone)
    assert arrivals(log) == [datetime.fromisoformat(utc)]


SECONDS = st.floats(0, 1e6)
TEXT = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\0"), max_size=8)
CALLS = st.lists(
    st.builds(
        Call,
        id=TEXT.filter(bool),
        type=TEXT.filter(bool),
        # Times of which a float of seconds holds every microsecond.
        arrival=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
            lambda time: time.replace(tzinfo=UTC).timestamp()
        ),
        language=TEXT,
        wait=SECONDS,
        handle=SECONDS.filter(bool),
        ended=st.just(False),  # the file has no outcomes
    ),
    min_size=1,
    unique_by=lambda call: call.id,
)


@given(CALLS)
def test_calls_survive_the_way_through_a_file(tmp_path_factory, calls):
    path = tmp_path_factory.mktemp("log") / "calls.csv"
    calls.sort(key=lambda call: call.arrival)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "type", "arrival", "language", "wait", "handle"])
        for call in calls:
            arrival = (epoch + timedelta(seconds=call.arrival)).isoformat()
            writer.writerow([call.id, call.type, arrival, call.language, call.wait, call.handle])
    assert read_calls(path, STRICT, "Asia/Jerusalem") == CallLog(tuple(calls))


@pytest.mark.skipif(not BANK_CALLS.exists(), reason=f"no real call log at {BANK_CALLS}")
def test_the_log_of_a_real_bank():
    log = read_calls(BANK_CALLS, REAL_FORMAT, "Asia/Jerusalem")
    assert "26 rows were out of order: sorted by arrival" in log.taken
    assert (len(log.calls), log.dropped) == (22_494, 1_515)
    assert sum(call.abandoned for call in log.calls) == 2_835
    assert all(
        earlier.arrival <= later.arrival for earlier, later in zip(log.calls, log.calls[1:], strict=False)
    )
    assert log.calls[0].arrival == datetime(1999, 2, 1, 4, 59, 54, tzinfo=UTC).timestamp()
    days = (date(1999, 2, 7), date(1999, 2, 7))
    assert 1_000 < len(read_calls(BANK_CALLS, REAL_FORMAT, "Asia/Jerusalem", days).calls) < 1_600


def test_types_that_nobody_knows_are_told_all_at_once(tmp_path):
    path = tmp_path / "calls.csv"
    rows = ["sales", "servce", "service", "sales", "servce", "mail", "x"]
    path.write_text("arrival,type\n" + "".join(f"2026-11-23T09:0{n},{kind}\n" for n, kind in enumerate(rows)))
    with pytest.raises(InputError) as caught:
        read_calls(path, LogFormat(types={"x": "saels"}), "UTC", types=["service", "sales"])
    told = [(each.where, each.found, each.expected.partition(" (")[0]) for each in caught.value.complaints]
    assert told == [
        (f"{path} line 3, column type", "'servce' (2 rows)", "'service'"),
        (f"{path} line 7, column type", "'mail' (1 row)", "one of: service, sales; or types = { its name in "
         "the file = the center's } under [log]"),
        (f"{path} line 8, column type", "'saels' (1 row)", "'sales'"),
    ]  # fmt: skip


def test_of_very_many_types_the_first_are_told(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("arrival,type\n" + "".join(f"2026-11-23T09:{n:02d},{n}\n" for n in range(40)))
    with pytest.raises(InputError) as caught:
        read_calls(path, STRICT, "UTC", types=["sales"])
    complaints = caught.value.complaints
    assert len(complaints) == 11
    assert complaints[-1].found == "30 more such names (30 rows)"
    assert len(read_calls(path, STRICT, "UTC").calls) == 40


@pytest.mark.parametrize(
    ("header", "cells", "known"),
    [
        ("arrival,type", ("", ""), [False, False]),
        ("arrival,type,outcome", (",", ","), [False, False]),
        ("arrival,type,outcome", (",ANSWERED", ","), [True, True]),
    ],
)
def test_a_log_without_outcomes_says_so_of_its_calls(tmp_path, header, cells, known):
    path = tmp_path / "calls.csv"
    rows = "".join(f"2026-11-23T09:0{n},sales{cell}\n" for n, cell in enumerate(cells))
    path.write_text(f"{header}\n{rows}")
    assert [call.ended for call in read_calls(path, STRICT, "UTC").calls] == known
