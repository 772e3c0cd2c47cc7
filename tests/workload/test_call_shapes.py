"""Call logs in the shapes that people have them in, with invented values: files, frames, workbooks."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import xlsxwriter

from bporoute._base.workbook import workbook_of
from bporoute.center._log_format import LogFormat
from bporoute.errors import InputError
from bporoute.workload import CallLog, FileFormat, read, read_calls

ARRIVALS = [datetime(2026, 11, 23, 8, 0, 5), datetime(2026, 11, 23, 8, 1, 40), datetime(2026, 11, 24, 13, 30)]
TYPES, WAITS, LOST = ["sales", "service", "sales"], [12.0, 45.0, 0.0], [False, True, False]
HANDLES = [300.0, None, 65.0]


class Shape(NamedTuple):
    """A log: its bytes, what is said of it, and a word of what is told."""

    content: str | bytes
    format: FileFormat = FileFormat()
    told: str = ""
    log_format: LogFormat = LogFormat()
    types: tuple[str, ...] = tuple(TYPES)
    waits: tuple[float, ...] = tuple(WAITS)


def lines(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


QUEUE_LOG = lines(
    "1795413600|NONE|NONE|NONE|QUEUESTART|",
    "1795417205|1.1|sales|NONE|ENTERQUEUE||555|1",
    "1795417210|1.1|sales|Anna|RINGNOANSWER|5000",
    "1795417217|1.1|sales|Anna|CONNECT|12|1.9|5",
    "1795417300|1.2|service|NONE|ENTERQUEUE||556|1",
    "1795417345|1.2|service|NONE|ABANDON|1|1|45",
    "1795417517|1.1|sales|Anna|COMPLETECALLER|12|300|1",
    "1795523400|1.3|sales|NONE|ENTERQUEUE||557|1",
    "1795523400|1.3|sales|Bert|CONNECT|0|1.9|5",
    "1795523465|1.3|sales|Bert|COMPLETEAGENT|0|65|1",
)
ASTERISK = lines(
    '"","555","sales","in","""A"" <555>","SIP/1","SIP/2","Queue","q",'
    '"2026-11-23 08:00:05","2026-11-23 08:00:17",'
    '"2026-11-23 08:05:17",312,300,"ANSWERED","DOCUMENTATION","1.1",""',
    '"","556","service","in","""B"" <556>","SIP/1","","Queue","q",'
    '"2026-11-23 08:01:40",,"2026-11-23 08:02:25",45,0,'
    '"NO ANSWER","DOCUMENTATION","1.2",""',
    '"","557","sales","in","""C"" <557>","SIP/1","SIP/2","Queue","q",'
    '"2026-11-24 13:30:00","2026-11-24 13:30:00",'
    '"2026-11-24 13:31:05",65,65,"ANSWERED","DOCUMENTATION","1.3",""',
)
FREESWITCH = lines(
    '"A","555","sales","default","2026-11-23 08:00:05","2026-11-23 08:00:17","2026-11-23 08:05:17",'
    '"312","300",'
    '"NORMAL_CLEARING","u1","","acc"',
    '"B","556","service","default","2026-11-23 08:01:40","","2026-11-23 08:02:25",'
    '"45","0","ORIGINATOR_CANCEL","u2","","acc"',
    '"C","557","sales","default","2026-11-24 13:30:00","2026-11-24 13:30:00","2026-11-24 13:31:05","65","65",'
    '"NORMAL_CLEARING","u3","","acc"',
)
SHAPES: dict[str, Shape] = {
    "ours": Shape(
        lines(
            "arrival,type,wait,outcome,handle",
            "2026-11-23T08:00:05,sales,12,answered,300",
            "2026-11-23T08:01:40,service,45,abandoned,",
            "2026-11-24T13:30:00,sales,0,answered,65",
        )
    ),
    "German": Shape(
        lines(
            "Anrufbeginn;Warteschlange;Wartezeit;Ergebnis;Bearbeitungszeit",
            "23.11.2026 08:00:05;sales;00:00:12;angenommen;00:05:00",
            "23.11.2026 08:01:40;service;00:00:45;aufgelegt;",
            "24.11.2026 13:30:00;sales;00:00:00;angenommen;00:01:05",
        ),
        told="dates day first",
    ),
    "date and time apart, yes and no": Shape(
        lines(
            "Call Id,Agent,Date,Time,Topic,Answered (Y/N),Speed of answer in seconds,AvgTalkDuration",
            "ID1,Anna,11/23/2026,8:00:05 AM,sales,Y,12,0:05:00",
            "ID2,,11/23/2026,8:01:40 AM,service,N,45,",
            "ID3,Bert,11/24/2026,1:30:00 PM,sales,Y,0,0:01:05",
        ),
        told="yes is answered",
    ),
    "three moments": Shape(
        lines(
            "call_id,queue,enqueued,answered_at,ended_at",
            "1,sales,2026-11-23 08:00:05,2026-11-23 08:00:17,2026-11-23 08:05:17",
            "2,service,2026-11-23 08:01:40,,2026-11-23 08:02:25",
            "3,sales,2026-11-24 13:30:00,2026-11-24 13:30:00,2026-11-24 13:31:05",
        ),
        told="without a time of answer are abandoned",
    ),
    "three times beside a date": Shape(
        lines(
            "call_id,date,daily_caller,call_started,call_answered,call_ended,wait_length,service_length,skill",
            "1,2026-11-23,1,8:00:05 AM,8:00:17 AM,8:05:17 AM,12,300,sales",
            "2,2026-11-23,2,8:01:40 AM,,8:02:25 AM,45,,service",
            "3,2026-11-24,1,1:30:00 PM,1:30:00 PM,1:31:05 PM,0,65,sales",
        )
    ),
    "legs": Shape(
        lines(
            "uniqueid,calldate,type,disposition,wait,talk",
            "1,2026-11-23 08:00:05,sales,NO ANSWER,12,0",
            "1,2026-11-23 08:00:05,sales,NO ANSWER,12,0",
            "1,2026-11-23 08:00:05,sales,ANSWERED,12,300",
            "2,2026-11-23 08:01:40,service,NO ANSWER,45,0",
            "3,2026-11-24 13:30:00,sales,ANSWERED,0,65",
        )
    ),
    "epoch milliseconds": Shape(
        lines(
            "ts,queue,wait,status,handle (ms)",
            "1795417205000,sales,12,TRANSFERRED,300000",
            "1795417300000,service,45,EXITWITHTIMEOUT,",
            "1795523400000,sales,0,handled,65000",
        ),
        told="in milliseconds",
    ),
    "queue event log": Shape(QUEUE_LOG, told="9 events folded into 3 calls".replace("9", "10")),
    "Asterisk": Shape(ASTERISK, FileFormat(columns={"type": "dst"}), told="Asterisk CDR"),
    "Asterisk with quotes of its own": Shape(
        ASTERISK.replace('"""A"" <555>"', '""User 5" <555>"'),
        FileFormat(columns={"type": "dst"}),
        told="quotes inside",
    ),
    "FreeSWITCH": Shape(
        FREESWITCH, FileFormat(columns={"type": "destination_number"}), told="FreeSWITCH CDR"
    ),
}


def check(log: CallLog, shape: Shape) -> None:
    zone_hours = 3600.0  # Berlin in winter
    epochs = [(moment - datetime(1970, 1, 1)).total_seconds() - zone_hours for moment in ARRIVALS]
    assert [call.arrival for call in log.calls] == pytest.approx(epochs)
    assert [call.type for call in log.calls] == list(shape.types)
    assert [call.wait for call in log.calls] == pytest.approx(list(shape.waits))
    assert [call.abandoned for call in log.calls] == LOST
    handles = [call.handle if call.handle == call.handle else None for call in log.calls]
    assert handles == HANDLES
    assert all(call.ended for call in log.calls)
    assert shape.told in "; ".join(log.taken)


@pytest.mark.parametrize("name", SHAPES)
def test_a_log_is_read_right(name):
    shape = SHAPES[name]
    content = shape.content.encode() if isinstance(shape.content, str) else shape.content
    check(read_calls(io.BytesIO(content), shape.log_format, "Europe/Berlin", format=shape.format), shape)
    if not shape.format.columns:
        assert read(io.BytesIO(content)).kind == "calls"


def test_a_log_without_types_names_the_option():
    with pytest.raises(InputError, match="--columns type=NAME"):
        read_calls(io.BytesIO(ASTERISK.encode()), LogFormat(), "Europe/Berlin")


COLUMNS: dict[str, list[Any]] = {
    "arrival": ARRIVALS, "type": TYPES, "wait": WAITS, "outcome": ["answered", "abandoned", "answered"],
    "handle": HANDLES,
}  # fmt: skip
SOURCES = {
    "mapping of lists": COLUMNS,
    "mapping of arrays": {name: np.array(values) for name, values in COLUMNS.items() if name != "handle"}
    | {"arrival": np.array(ARRIVALS, dtype="datetime64[ns]"), "handle": np.array([300.0, np.nan, 65.0])},
    "pandas": pandas.DataFrame(COLUMNS),
    "polars": polars.DataFrame(COLUMNS),
    "arrow": pyarrow.table(COLUMNS),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_frame_is_the_same_as_a_file(name):
    check(read_calls(SOURCES[name], LogFormat(), "Europe/Berlin"), Shape(""))


def test_a_workbook_is_the_same_as_a_file():
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    content = workbook_of({"Calls": rows, "Notes": [{"a": "b"}]}, "")
    check(read_calls(io.BytesIO(content), LogFormat(), "Europe/Berlin"), Shape(""))


def test_a_frame_with_offsets_says_when_it_was():
    aware = pandas.DataFrame(
        {"type": TYPES, "arrival": pandas.Series(ARRIVALS).dt.tz_localize("America/New_York")}
    )
    log = read_calls(aware, LogFormat(), "Europe/Berlin")
    assert (
        log.calls[0].arrival
        == datetime(2026, 11, 23, 13, 0, 5).timestamp() - datetime(1970, 1, 1).timestamp()
    )


@pytest.mark.parametrize(
    ("source", "found", "expected"),
    [
        (3, "a int", "a frame"),
        ({}, "no rows", "at least one"),
        ({"a": [1], "b": [1, 2]}, "1 to 2 values", "one length"),
        ({"a": np.zeros((2, 2))}, "2 dimensions", "columns of one"),
    ],
)
def test_what_is_no_table_is_refused(source, found, expected):
    with pytest.raises(InputError) as refused:
        read_calls(source, LogFormat(), "UTC")
    assert found in refused.value.found
    assert expected in refused.value.expected


def test_the_clocks_that_go_back_are_seen_in_a_log_in_order():
    text = lines(
        "arrival,type",
        *(f"2026-10-25 {clock},x" for clock in ("01:59:00", "02:50:00", "02:10:00", "03:00:00")),
    )
    log = read_calls(io.BytesIO(text.encode()), LogFormat(), "Europe/Berlin")
    first = log.calls[0].arrival
    assert [call.arrival - first for call in log.calls] == [0.0, 3060.0, 4260.0, 7260.0]
    assert "1 call in the second pass" in log.taken[0]


def test_bad_rows_are_left_out_if_somebody_allows_it():
    rows = [f"2026-11-23T08:{minute:02d}:00,sales,{minute}" for minute in range(40)]
    rows[7] = rows[7].replace("sales,7", "sales,soon")
    rows[9] = "2026-11-23T08:09:00,sales"
    content = lines("arrival,type,wait", *rows).encode()
    with pytest.raises(InputError) as refused:
        read_calls(io.BytesIO(content), LogFormat(), "UTC")
    told = [(each.where.partition(" ")[2], each.found) for each in refused.value.complaints]
    assert told == [("file line 9, column wait", "'soon'"), ("file line 11", "2 fields")]
    assert "--skip-bad 5%" in refused.value.complaints[0].expected
    log = read_calls(io.BytesIO(content), LogFormat(), "UTC", format=FileFormat(skip_bad=0.05))
    assert len(log.calls) == 38
    assert [(row.line, row.column, row.found) for row in log.bad] == [
        (9, "wait", "'soon'"),
        (11, "", "2 fields"),
    ]
    assert "2 bad rows of 40 left out" in log.taken
    with pytest.raises(InputError):
        read_calls(io.BytesIO(content), LogFormat(), "UTC", format=FileFormat(skip_bad=0.04))


def test_merged_cells_dates_times_and_durations_of_a_workbook():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "date_1904": True}) as book:
        sheet = book.add_worksheet("Export")
        day, clock, lasts = (
            book.add_format({"num_format": text}) for text in ("dd.mm.yyyy", "hh:mm", "[h]:mm:ss")
        )
        sheet.write(0, 0, "Intervals of Monday")
        sheet.write_row(2, 0, ["Date", "Time", "Calls Offered", "AHT"])
        sheet.merge_range(3, 0, 4, 0, "")
        sheet.write_datetime(3, 0, datetime(2026, 11, 23), day)
        for row, (half_hour, calls, seconds) in enumerate(((16, 80.5, 252), (17, 1073, 240)), start=3):
            sheet.write_number(row, 1, half_hour / 48, clock)
            sheet.write_number(row, 2, calls)
            sheet.write_number(row, 3, seconds / 86_400, lasts)
        sheet.write_row(5, 0, ["Total", "", 1153.5, ""])
    content.seek(0)
    reading = read(content)
    told = [(row["date"], row["interval"], row["volume"], row["aht"]) for row in reading.rows]
    assert told == [("2026-11-23", "08:00", 80.5, 252.0), ("2026-11-23", "08:30", 1073.0, 240.0)]
    assert reading.taken[:2] == ("1 title row skipped", "1 row of totals left out")
