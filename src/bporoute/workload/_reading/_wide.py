"""Tables with days or times across, as one row per interval."""

from __future__ import annotations

import msgspec

from bporoute._base.words import counted
from bporoute.errors import InputError
from bporoute.workload._reading._dates import weekday_of
from bporoute.workload._reading._grid import Grid, is_date_title, is_time_title, is_total
from bporoute.workload._reading._names import find_meanings
from bporoute.workload._reading._sheet import Cell, is_missing

LEAST_ACROSS = 3
"""Columns named by times or days from which on they are the values of one thing."""


def as_long(grid: Grid, kind: str, value: str) -> Grid:
    """A grid with one row per interval; itself if it is so already.

    Parameters
    ----------
    grid : Grid
        Perhaps with times or days across.
    kind : str
        What kind of file it is.
    value : str
        Our name of what stands in its cells.

    Raises
    ------
    InputError
        Nothing says which days, or which times, its rows are.
    """
    times = [place for place, title in enumerate(grid.header) if is_time_title(title)]
    days = [place for place, title in enumerate(grid.header) if is_date_title(title)]
    across, ours = (times, "interval") if len(times) >= len(days) else (days, "date")
    named_days = [place for place, title in enumerate(grid.header) if weekday_of(title) is not None]
    if len(across) < LEAST_ACROSS:
        if len(named_days) >= LEAST_ACROSS and value not in grid.header:
            expected = "the date of each, such as 2026-11-23, in its place"
            raise InputError(grid.at(grid.header_place), "days of the week across", expected)
        return grid
    labels, totals = [], 0
    for place, title in enumerate(grid.header):
        if place not in across:
            if is_total(title):
                totals += 1
            else:
                labels.append(place)
    missing = "date" if ours == "interval" else "interval"
    names = _label_names(grid, kind, labels, missing)
    if missing not in names.values():
        thing = "dates" if missing == "date" else "times"
        where = grid.at(grid.header_place)
        raise InputError(where, f"no column of {thing}", f"one, or --columns {missing}=NAME")
    header = (*names.values(), ours, value)
    rows: list[tuple[Cell, ...]] = []
    places: list[int] = []
    empty = 0
    told = [[grid.columns[place][row] for place in labels] for row in range(len(grid.places))]
    for row, line in enumerate(grid.places):
        if any(map(is_total, told[row])):
            totals += 1
            continue
        for place in across:
            cell = grid.columns[place][row]
            if is_missing(cell):
                empty += 1
                continue
            rows.append((*told[row], grid.header[place], cell))
            places.append(line)
    what = "times" if ours == "interval" else "days"
    remarks = [f"{counted(len(across), what[:-1])} across"]
    if totals:
        remarks.append(f"{counted(totals, 'total')} left out")
    if empty:
        remarks.append(f"{counted(empty, 'empty cell')} taken for no interval")
    if not rows:
        raise InputError(grid.name, "only empty cells", "a number in each interval")
    columns: list[list[Cell]] = [list(column) for column in zip(*rows, strict=True)]
    return msgspec.structs.replace(
        grid, header=header, columns=columns, places=places, remarks=(*grid.remarks, *remarks)
    )


def _label_names(grid: Grid, kind: str, labels: list[int], missing: str) -> dict[int, str]:
    """What each column beside the values is called: by its name, else by what stands in it."""
    header = tuple(grid.header[place] for place in labels)
    meanings = find_meanings(header, kind, {})
    names = dict(zip(labels, header, strict=True))
    looks = is_date_title if missing == "date" else is_time_title
    fitting = [
        place
        for place in labels
        if (cells := [cell for cell in grid.columns[place] if not is_missing(cell) and not is_total(cell)])
        and all(_looks(cell, looks) for cell in cells[:20])
    ]
    if fitting:
        names[fitting[0]] = missing
    elif listed := [
        named for ours in (missing, "start", "date", "interval") for named in meanings.get(ours, ())
    ]:
        names[labels[listed[0].place]] = missing
    if "queue" in meanings:
        names[labels[meanings["queue"][0].place]] = "queue"
    unnamed = [place for place in labels if not names[place]]
    if "queue" not in names.values() and len(unnamed) == 1 and unnamed[0] not in fitting:
        names[unnamed[0]] = "queue"
    return names


def _looks(cell: Cell, test: object) -> bool:
    if isinstance(cell, str):
        return bool(test(cell))  # type: ignore[operator]
    return bool(test(cell.isoformat())) if hasattr(cell, "isoformat") else False  # type: ignore[operator]
