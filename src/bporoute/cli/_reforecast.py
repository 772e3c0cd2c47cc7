"""The command ``bporoute reforecast``: the rest of a day from its forecast and from what has come so far."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from bporoute.cli._forecast import OUT, encoded
from bporoute.cli._options import AsJson, Columns, Read, SkipBad, format_of
from bporoute.cli._remarks import Strict, Teller
from bporoute.cli._terminal import console, print_json, say
from bporoute.errors import InputError


def reforecast(
    forecast: Annotated[Path, typer.Argument(help="The file that bporoute forecast has written.")],
    so_far: Annotated[Path, typer.Argument(help="What has come today: volumes by interval, or a call log.")],
    until: Annotated[
        str | None,
        typer.Option(
            help="Up to when these are all contacts, as 11:00. Default: the end of the last interval; of a "
            "call log, of the one before its last call."
        ),
    ] = None,
    interval: Annotated[
        int | None,
        typer.Option(min=1, max=1440, help="Minutes of every interval of SO_FAR. Default: as it says."),
    ] = None,
    columns: Columns = None,
    read: Read = None,
    skip_bad: SkipBad = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a planner file there (.csv, .jsonl, .json, .xlsx).")
    ] = None,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Forecast the rest of today anew, from its forecast and from what has come so far.

    How far today is off is taken over by the share that the forecast has learned from its history for each
    time of day (its column update_weight): little in the morning, most in the afternoon. The commands staff
    and simulate read the file of --out as it stands.

    Example: `bporoute reforecast volumes.csv today.csv --until 11:00 --out rest.csv`
    """
    from bporoute._base.files import check_target_file, write_whole
    from bporoute.cli._inputs import say_taken
    from bporoute.cli.reports._reforecast import document_of, lines_of, table_of
    from bporoute.workload._forecasting._reforecast import reforecast as reforecast_of
    from bporoute.workload._forecasting._so_far import day_of, read_so_far
    from bporoute.workload._volumes import read_volumes

    if out is not None:
        check_target_file(out, "--out", OUT)
        for given in (forecast, so_far):
            if out.exists() and given.exists() and out.samefile(given):
                raise InputError(f"--out {out}", f"{given}, which is read", "another name")
    teller = Teller(strict=strict, json=json)
    expected = read_volumes(forecast, handled=False)
    if expected.update_weight is None:
        whole = "a file of bporoute forecast, with all its columns"
        raise InputError(str(forecast), "no column update_weight", whole)
    read_as = format_of(columns, read, skip_bad)
    came = read_so_far(so_far, expected, read_as, interval, whole=until is not None)
    say_taken(so_far, came.taken, came.bad, teller)
    teller.warn(came.notes)
    found = reforecast_of(expected, came, until=None if until is None else parse_until(until, day_of(came)))
    teller.warn(found.notes)
    document = {**document_of(found), "remarks": teller.rows}
    teller.refuse(document)
    # Files first: who reads what is printed may stop before its end.
    if out is not None:
        write_whole(out, encoded(document, out.suffix.lower()), "--out")
    if json:
        print_json(document)
    else:
        screen = console()
        screen.print(table_of(found))
        for line in lines_of(found):
            screen.print(line, soft_wrap=True, highlight=False, markup=False)
    if out is not None:
        say(f"volumes: {out}", json)


def parse_until(text: str, day: date) -> datetime:
    """A time of a day, as somebody typed it.

    >>> parse_until("11:00", date(2026, 3, 2)), parse_until("2026-03-02T11:00", date(2026, 3, 2))
    (datetime.datetime(2026, 3, 2, 11, 0), datetime.datetime(2026, 3, 2, 11, 0))
    """
    try:
        if ":" in text[:3]:
            return datetime.combine(day, time.fromisoformat(text.rjust(5, "0")))
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError("--until", repr(text), "a time like 11:00") from None
