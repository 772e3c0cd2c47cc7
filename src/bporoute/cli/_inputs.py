"""What ``bporoute replay`` and ``simulate`` run: a log or a planner file, with agents and assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from bporoute.center._center import Center
from bporoute.cli._options import schedule_of
from bporoute.cli._remarks import Teller
from bporoute.errors import InputError
from bporoute.simulation._replay import Replay, prepare_replay
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import DAY_CV, INTERVAL_CV, Arrivals
from bporoute.workload._call_log import read_calls
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._grid import BadRow
from bporoute.workload._remarks import remarks, taken_outcomes
from bporoute.workload._schedule import Schedule
from bporoute.workload._streams import Split
from bporoute.workload._volumes import ONLY_QUEUE, Volumes, read_volumes

NOTED_AHT = 0.05
"""How far the handle times of a planner file may be from those simulated without a note."""
MOST_SHOWN = 10
"""Bad rows of a file that are named one by one."""


class Case(NamedTuple):
    """What is to be simulated."""

    arrivals: Arrivals
    schedule: Schedule
    scenario: Scenario


def case_of_arrivals(
    center: Center,
    arrivals: Arrivals,
    agents: Path | None,
    assumed: Scenario,
    format: FileFormat,
    teller: Teller,
) -> Case:
    """Arrivals with the agents of their days."""
    first, last = float(arrivals.edges[0]), float(arrivals.edges[-1]) - 1.0
    schedule = schedule_of(center, agents, first, last, format)
    say_taken(agents, schedule.taken, schedule.bad, teller)
    return Case(arrivals, schedule, assumed)


def planner_volumes(path: Path, minutes: int | None, format: FileFormat, center: Center | None) -> Volumes:
    """The planner file; a file without queues is about the only one of the center."""
    if center is None:
        return read_volumes(path, minutes=minutes, format=format)
    zoned = msgspec.structs.replace(format, timezone=format.timezone or center.timezone)
    planned = read_volumes(path, minutes=minutes, format=zoned, names=center.queues)
    if set(planned.queues) == {ONLY_QUEUE} and len(center.queues) == 1:
        planned = msgspec.structs.replace(planned, queues=tuple(center.queues) * len(planned.queues))
    return planned


def say_taken(path: Path | None, taken: Sequence[str], bad: Sequence[BadRow], teller: Teller) -> None:
    """Say in a line what was taken for what in a file, and in one each which rows were left out."""
    if taken:
        teller.say(f"read {path}: {'; '.join(taken)}")
    for row in bad[:MOST_SHOWN]:
        column = f", column {row.column}" if row.column else ""
        teller.say(f"left out: row at {row.line}{column}: found {row.found}; expected {row.expected}")
    if len(bad) > MOST_SHOWN:
        teller.say(f"left out: {len(bad) - MOST_SHOWN:,} more")


def read_planner_file(center: Center, path: Path, format: FileFormat, teller: Teller) -> Volumes:
    """A planner file; what is odd in it is told."""
    zoned = msgspec.structs.replace(format, timezone=format.timezone or center.timezone)
    read = read_volumes(path, names=center.queues, format=zoned)
    say_taken(path, read.taken, read.bad, teller)
    teller.warn(read.notes)
    teller.tell(read.remarks, path)
    return read


def of_days(read: Volumes, first: date, last: date, path: Path) -> Volumes:
    """The rows of some days."""
    kept = [place for place, start in enumerate(read.starts) if first <= start.date() <= last]
    if not kept:
        span = "..".join(dict.fromkeys((str(first), str(last))))
        told = sorted({start.date() for start in read.starts})
        raise InputError(
            str(path), f"no row of the chosen days ({span})", f"days from {told[0]} to {told[-1]}"
        )
    columns = {name: getattr(read, name) for name in Volumes.__struct_fields__}
    some = {name: column[kept] for name, column in columns.items() if isinstance(column, np.ndarray)}
    starts, queues = (tuple(column[place] for place in kept) for column in (read.starts, read.queues))
    return msgspec.structs.replace(read, starts=starts, queues=queues, **some)


def handle_time_notes(center: Center, read: Volumes, assumed: Scenario) -> Iterator[str]:
    """Where the planner's handle times are not those that are simulated."""
    names = np.array(read.queues)
    for name, queue in center.queues.items():
        mine = (names == name) | ((names == ONLY_QUEUE) & (len(center.queues) == 1))
        work, contacts = np.nansum(read.volume[mine] * read.aht[mine]), read.volume[mine].sum()
        if {remark.where for remark in read.remarks} & {f"{name}: aht", f"{ONLY_QUEUE}: aht"}:
            continue  # told already
        types = {kind for kind, config in center.contact_types.items() if config.queue == name}
        if contacts and not types & set(assumed.handle) and abs(work / contacts / queue.aht - 1) > NOTED_AHT:
            yield (
                f"queue {name}: a mean handle time of {work / contacts:,.0f} s in the file; simulated with "
                f"the center's aht, {queue.aht:g} s"
            )


def arrivals_of_volumes(
    center: Center, path: Path, read: Volumes, exact: bool, gaps_closed: bool, split: Split | None = None
) -> Arrivals:
    """What a planner file forecasts, or exactly that; `split` says what the contacts of a queue are."""
    try:
        if exact:
            return Arrivals.of_counts(read, center, split=split, gaps_closed=gaps_closed)
        day_cv, interval_cv = _scatter(read)
        return Arrivals.of_forecast(
            read, center, split=split, gaps_closed=gaps_closed, day_cv=day_cv, interval_cv=interval_cv
        )
    except InputError as complaint:
        expected = complaint.expected.replace("gaps_closed=True", "--gaps-closed")
        raise InputError(f"{path}: {complaint.where}", complaint.found, expected) from None


def _scatter(read: Volumes) -> tuple[float, float]:
    """How far rates scatter: as the forecast says, its queues by their volume; else as measured elsewhere."""
    told = []
    for column, usual in ((read.day_cv, DAY_CV), (read.interval_cv, INTERVAL_CV)):
        whole = read.volume.sum()
        known = column is not None and whole > 0
        told.append(float((column * read.volume).sum() / whole) if known and column is not None else usual)
    return told[0], told[1]


def replay_of_log(
    center: Center,
    path: Path,
    format: FileFormat,
    agents: Path | None,
    days: tuple[date, date] | None,
    seed: int,
    teller: Teller,
) -> Replay:
    """The calls of a log with the agents of their days; what is odd is said, what it does not tell fitted."""
    read = read_calls(path, center.log, center.timezone, days, center.contact_types, format)
    if not read.calls:
        span = "all" if days is None else "..".join(dict.fromkeys(map(str, days)))
        raise InputError(str(path), f"no calls on the chosen days ({span})", "days that the log covers")
    schedule = schedule_of(center, agents, read.calls[0].arrival, read.calls[-1].arrival, format)
    say_taken(path, read.taken, read.bad, teller)
    say_taken(agents, schedule.taken, schedule.bad, teller)
    if line := taken_outcomes(read):
        teller.say(f"note: {line}")
    teller.tell(remarks(center, read, schedule), path)
    return prepare_replay(center, read.calls, schedule, seed)


def case_of_log(fitted: Replay, assumed: Scenario) -> Case:
    """The calls of a log, with what it tells of them but for what the scenario assumes."""
    if assumed != Scenario():
        fitted = prepare_replay(fitted.center, fitted.calls, fitted.schedule, fitted.seed, assumed)
    return Case(fitted.arrivals, fitted.schedule, fitted.scenario)
