"""Files in the shapes that people have them in, invented values: read right, or refused with the remedy."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytest

from bporoute._base.workbook import workbook_of
from bporoute.cli._options import format_of
from bporoute.errors import InputError
from bporoute.workload import read

# What every planner file below holds, however it is written.
STARTS = [datetime(2026, 11, 23, 8) + timedelta(minutes=30 * step) for step in range(4)]
STARTS += [start + timedelta(days=1) for start in STARTS]
VOLUMES = [80.5, 95.0, 1073.0, 60.0, 81.0, 96.0, 1102.0, 61.0]
AHT = [252.0, 240.0, 252.0, 300.0, 252.0, 240.0, 252.0, 300.0]
# What every call log below holds: arrival, type, wait, outcome, handle.
CALLS = [
    (datetime(2026, 11, 23, 8, 0, 5), "sales", 12.0, "answered", 300.0),
    (datetime(2026, 11, 23, 8, 1, 40), "service", 45.0, "abandoned", None),
    (datetime(2026, 11, 24, 13, 30, 0), "sales", 0.0, "answered", 65.0),
]


class Shape(NamedTuple):
    """A file: its bytes, the option that its refusal names (none: it is read), a word that is told."""

    content: bytes
    option: str = ""
    told: str = ""
    queues: tuple[str, ...] = ("all",)
    volumes: tuple[float, ...] = ()
    aht: tuple[float, ...] = tuple(AHT)
    starts: tuple[datetime, ...] = tuple(STARTS)
    extra: tuple[str, ...] = ()


def comma(number: float) -> str:
    return f"{number:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def clock(seconds: float) -> str:
    return str(timedelta(seconds=seconds)).zfill(8)


def planner(
    row: Callable[[datetime, float, float], str],
    header: str,
    end: str = "\n",
    top: str = "",
    bottom: str = "",
) -> str:
    rows = [row(*each) for each in zip(STARTS, VOLUMES, AHT, strict=True)]
    return top + end.join([header, *rows]) + end + bottom


def plain(start: datetime, volume: float, aht: float) -> str:
    return f"{start:%Y-%m-%d},{start:%H:%M},{volume:g},{aht:g}"


def german(start: datetime, volume: float, aht: float) -> str:
    return f"{start:%d.%m.%Y};{start:%H:%M};{comma(volume)};{clock(aht)}"


HEADER = "date,interval,volume,aht"
GERMAN = "Datum;Uhrzeit;Anrufe;AHT"


def book(
    rows: list[dict[str, object]],
    title: str = "Export",
    more: dict[str, list[dict[str, object]]] | None = None,
):
    return workbook_of({title: rows, **(more or {})}, "test")


def book_rows() -> list[dict[str, object]]:
    return [
        {"Date": start.date(), "Time": f"{start:%H:%M}", "Calls Offered": volume, "AHT (s)": aht}
        for start, volume, aht in zip(STARTS, VOLUMES, AHT, strict=True)
    ]


def wide(days_across: bool) -> str:
    days, clocks = [date(2026, 11, 23), date(2026, 11, 24)], [time(8), time(8, 30), time(9), time(9, 30)]
    at = dict(zip(STARTS, VOLUMES, strict=True))
    if days_across:
        lines = ["Time;23.11.2026;24.11.2026;25.11.2026;Total"]
        for one in clocks:
            cells = [at[datetime.combine(day, one)] for day in days]
            lines.append(f"{one:%H:%M};{comma(cells[0])};{comma(cells[1])};;{comma(sum(cells))}")
    else:
        lines = ["Date;08:00-08:30;08:30-09:00;09:00-09:30;09:30-10:00"]
        lines += [
            f"{day:%d.%m.%Y};" + ";".join(comma(at[datetime.combine(day, one)]) for one in clocks)
            for day in days
        ]
        lines.append("Total;1;2;3;4")
    return "\n".join(lines)


FALL = [
    datetime(2026, 10, 25, 1),
    *[datetime(2026, 10, 25, 2, fold=fold) for fold in (0, 1)],
    datetime(2026, 10, 25, 3),
]
SPRING = [datetime(2026, 3, 29, hour) for hour in (0, 1, 3, 4)]
AS = {"volumes": (80.0, 95.0, 60.0, 70.0), "aht": (252.0,) * 4}


def hours(starts: list[datetime], offsets: bool = False) -> str:
    zone = [f"+0{2 - (start.fold or start.hour > 2)}:00" if offsets else "" for start in starts]
    rows = zip(starts, zone, AS["volumes"], strict=True)
    return "start,volume,aht\n" + "".join(
        f"{start:%Y-%m-%dT%H:%M}{ahead},{v:g},252\n" for start, ahead, v in rows
    )


def mixed() -> str:
    starts = [datetime(2026, 11, 23, 8) + timedelta(minutes=30 * step) for step in range(4)]
    starts += [datetime(2026, 11, 23, 10) + timedelta(hours=step) for step in range(4)]
    return "date,interval,volume,aht\n" + "".join(f"{s:%Y-%m-%d},{s:%H:%M},50,240\n" for s in starts)


MORNING = tuple(datetime(2026, 11, 23, 8) + timedelta(minutes=30 * step) for step in range(4)) + tuple(
    datetime(2026, 11, 23, 10) + timedelta(hours=step) for step in range(4)
)

SHAPES: dict[str, Shape] = {
    "BOM": Shape(b"\xef\xbb\xbf" + planner(plain, HEADER).encode()),
    "CR": Shape(planner(plain, HEADER, "\r").encode(), told="CR line ends"),
    "mixed line ends": Shape(planner(plain, HEADER).replace("\n", "\r\n", 3).replace("\n", "\r", 1).encode()),
    "UTF-16": Shape(planner(plain, HEADER).encode("utf-16"), told="UTF-16"),
    "UTF-16 without a mark": Shape(planner(plain, HEADER).encode("utf-16-le"), told="UTF-16"),
    "Windows-1252": Shape(
        planner(lambda *row: plain(*row) + ",Müller", HEADER + ",Büro").encode("cp1252"), told="Windows-1252"
    ),
    "semicolons and a decimal comma": Shape(planner(german, GERMAN).encode(), told="decimal comma"),
    "tabs": Shape(planner(lambda *row: plain(*row).replace(",", "\t"), HEADER.replace(",", "\t")).encode()),
    "bars": Shape(planner(lambda *row: plain(*row).replace(",", "|"), HEADER.replace(",", "|")).encode()),
    "thousands by spaces": Shape(
        planner(
            lambda s, v, a: f"{s:%Y-%m-%d};{s:%H:%M};{v:,.1f};{a:g}".replace(",", "\u00a0"), GERMAN
        ).encode()
    ),
    "thousands by commas": Shape(
        planner(lambda s, v, a: f'{s:%Y-%m-%d},{s:%H:%M},"{v:,.1f}",{a:g}', HEADER).encode()
    ),
    "m:ss": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g},{a // 60:g}:{a % 60:02g}", HEADER).encode(),
        told="m:ss",
    ),
    "minutes in words": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g},{a / 60:g} min", HEADER).encode()
    ),
    "ISO durations": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g},PT{a // 60:g}M{a % 60:g}S", HEADER).encode()
    ),
    "minutes in the name": Shape(
        planner(
            lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g},{a / 60:g}", "Date,Interval,Calls,AHT (min)"
        ).encode(),
        told="in minutes",
    ),
    "month first": Shape(
        planner(
            lambda s, v, a: f"{s:%m/%d/%Y},{s:%I:%M %p},{v:g},{a:g}", "Date,Time,Calls Offered,AHT (s)"
        ).encode(),
        told="dates month first",
    ),
    "times without a zero": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d},{s.hour}:{s:%M},{v:g},{a:g}", HEADER).encode()
    ),
    "spans of time": Shape(
        planner(
            lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M} - {s + timedelta(minutes=30):%H:%M},{v:g},{a:g}", HEADER
        ).encode()
    ),
    "one timestamp": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d %H:%M};{v:g};{a:g}", "Timestamp;Calls;Avg Handle Time").encode()
    ),
    "offsets": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%dT%H:%M}+01:00,{v:g},{a:g}", "start,volume,aht").encode()
    ),
    "epoch seconds": Shape(
        planner(
            lambda s, v, a: f"{s.timestamp() - 3600:.0f},{v:g},{a:g}",
            "epoch start,volume,aht".replace("epoch ", ""),
        ).encode(),
        option="--read timezone=Europe/Berlin",
    ),
    "serial numbers": Shape(
        planner(
            lambda s, v, a: f"{(s - datetime(1899, 12, 30)) / timedelta(days=1):.6f},{v:g},{a:g}",
            "Date Time,Calls,AHT",
        ).encode()
    ),
    "words of the trade": Shape(
        planner(
            lambda s, v, a: f"Sales,{s:%m/%d/%Y},{s:%H:%M},{v:g},{a - 30:g},30,94.01%",
            "Skill,DATE,INTERVAL,Calls Offered,Avg Talk Time,Avg ACW Time,Service Level",
        ).encode(),
        told="talk and after-call work",
        queues=("Sales",),
    ),
    "handle time of all": Shape(
        planner(
            lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g},{a * v:.6f}",
            "Date,Time,Offered,Total Handle Time (sec)",
        ).encode()
    ),
    "no handle times": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g}", "date,interval,volume").encode(),
        option="--aht 252",
        aht=(252.0,) * 8,
    ),
    "days across": Shape(
        wide(True).encode(),
        option="--aht 252",
        told="days across".replace("days", "3 days"),
        aht=(252.0,) * 8,
    ),
    "times across": Shape(wide(False).encode(), option="--aht 252", told="4 times across", aht=(252.0,) * 8),
    "titles, totals, repeated headers, empty rows": Shape(
        (
            "Interval report,,,\nPeriod: 23.11. to 24.11.,,,\n\n"
            + planner(plain, HEADER).replace(
                "2026-11-24,08:00", f",,,\nPage 1 of 2\n{HEADER}\n2026-11-24,08:00"
            )
            + "Total,,2648.5,251\nPrinted on 25.11.2026\n"
        ).encode(),
        told="2 title rows skipped",
    ),
    "workbook": Shape(book(book_rows())),
    "sheets of a workbook": Shape(
        book(book_rows(), more={"Copy": book_rows()}), option="--read sheet=Export", told="sheet 'Export'"
    ),
    "a workbook with another sheet": Shape(book(book_rows(), more={"Notes": [{"Made by": "Anna"}]})),
    "night in autumn by order": Shape(hours(FALL).encode(), told="second pass", starts=tuple(FALL), **AS),
    "night in autumn by offset": Shape(hours(FALL, offsets=True).encode(), starts=tuple(FALL), **AS),
    "night in spring": Shape(hours(SPRING).encode(), starts=tuple(SPRING), **AS),
    "night in spring with the hour that is not": Shape(
        (hours(SPRING) + "2026-03-29T02:00,0,\n").encode(),
        starts=tuple(SPRING),
        extra=("timezone=Europe/Berlin",),
        told="spring skips",
        **AS,
    ),
    "lengths that change": Shape(mixed().encode(), volumes=(50.0,) * 8, aht=(240.0,) * 8, starts=MORNING),
    "days that may be months": Shape(
        b"Date,Calls,AHT\n01/12/2026,80,240\n02/12/2026,81,240\n",
        option="--read dates=day-first",
        volumes=(80.0, 81.0),
        aht=(240.0,) * 2,
        starts=(datetime(2026, 12, 1), datetime(2026, 12, 2)),
    ),
    "decimals that may be thousands": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d};{s:%H:%M};{v * 0 + 1:g},073;{a:g}", GERMAN).encode(),
        option="--read decimal=comma",
        volumes=(1.073,) * 8,
    ),
    "empty cells": Shape(
        planner(lambda s, v, a: f"{s:%Y-%m-%d},{s:%H:%M},{v:g},{a:g}", HEADER)
        .replace("61,300", "n/a,-")
        .encode(),
        option="--read empty=zero",
        volumes=(*VOLUMES[:7], 0.0),
        aht=(*AHT[:7], float("nan")),
    ),
    "a bad row": Shape(
        planner(plain, HEADER).encode() + b"2026-11-24,10:00,many,240\n",
        option="--skip-bad 20%",
        told="1 bad row",
    ),
    # As others have published them.
    "a day of the week beside an American date": Shape(
        planner(
            lambda s, v, a: (
                f"{s:%A},{s.month}/{s.day}/{s:%y},{s:%H:%M}-{s + timedelta(minutes=30):%H:%M},{v:g},"
                f"{v - 1:g},1,5.56%,{a:g},52"
            ),
            "Day,Date,Time_Interval,Calls_Offered,Calls_Answered,Calls_Abandoned,Abandonment_Rate_%,"
            "Average_Handle_Time_Seconds,Average_Speed_of_Answer_Seconds",
        ).encode(),
        told="dates month first",
    ),
    "interval_start and interval_minutes": Shape(
        planner(
            lambda s, v, a: f"{s:%Y-%m-%d %H:%M:%S},30,{v:g},{a:g},1",
            "interval_start,interval_minutes,volume,aht_seconds,is_open",
        ).encode()
    ),
    "only an index": Shape(
        b"Index,Incoming Calls,Answered Calls,Answer Rate,Abandoned Calls,Answer Speed (AVG),"
        b"Talk Duration (AVG),Waiting Time (AVG),"
        b"Service Level (20 Seconds)\n1,217,204,94.01%,13,0:00:17,0:02:14,0:02:45,76.28%\n"
        b"2,200,182,91.00%,18,0:00:20,0:02:22,0:06:55,72.73%\n",
        option="--read first_day=2026-11-23",
        volumes=(217.0, 200.0),
        aht=(134.0, 142.0),
        starts=(datetime(2026, 11, 23), datetime(2026, 11, 24)),
    ),
    "days with nothing on some": Shape(
        b"Date,Incoming Calls,Answered Calls,Abandoned Calls,Talk Duration (AVG)\n2026-01-01,,,,\n"
        b"2026-01-02,317.0,304.0,13.0,0:01:35\n2026-01-03,253.0,244.0,9.0,0:01:50\n",
        option="--read empty=skip",
        volumes=(317.0, 253.0),
        aht=(95.0, 110.0),
        starts=(datetime(2026, 1, 2), datetime(2026, 1, 3)),
    ),
    "timestamps and counts": Shape(
        b"Timestamp;Calls\n2026-03-19 09:00;3\n2026-03-19 09:30;5\n",
        option="--aht 240",
        volumes=(3.0, 5.0),
        aht=(240.0,) * 2,
        starts=(datetime(2026, 3, 19, 9), datetime(2026, 3, 19, 9, 30)),
    ),
}


def read_by(content: bytes, option: str, extra: tuple[str, ...] = ()):
    said = {"read": list(extra), "skip_bad": None, "aht": None}
    name, _, value = option.partition(" ")
    if name == "--read":
        said["read"] = [*extra, value]
    elif name:
        said[name.strip("-").replace("-", "_")] = value
    return read(io.BytesIO(content), format=format_of(None, **said))


@pytest.mark.parametrize("name", SHAPES)
def test_a_planner_file_is_read_right_or_by_the_option_that_the_refusal_names(name):
    shape = SHAPES[name]
    if shape.option:
        with pytest.raises(InputError) as refused:
            read_by(shape.content, "", shape.extra)
        word = shape.option.partition("=")[0] + ("=" if "=" in shape.option else "")
        assert word.partition(" ")[0] in str(refused.value)
        assert word.removesuffix(" 252").removesuffix(" 240").removesuffix(" 20%") in str(refused.value)
    reading = read_by(shape.content, shape.option, shape.extra)
    assert reading.kind == "volumes"
    if "across" in name:
        reading.rows.sort(key=lambda row: (row["date"], row["interval"]))
    assert [(row["date"], row["interval"]) for row in reading.rows] == [
        (f"{start:%Y-%m-%d}", f"{start:%H:%M}") for start in shape.starts
    ]
    assert [row["volume"] for row in reading.rows] == pytest.approx(list(shape.volumes or VOLUMES))
    assert [float("nan") if row["aht"] is None else row["aht"] for row in reading.rows] == pytest.approx(
        list(shape.aht), nan_ok=True
    )
    assert tuple(reading.totals["queues"]) == shape.queues
    assert shape.told in "; ".join((*reading.taken, *reading.notes))
