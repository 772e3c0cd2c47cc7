"""What ``bporoute replay`` and ``simulate`` run: a log or a planner file, with agents and assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bporoute._base.csv_table import parse_mapping
from bporoute.center._center import Center
from bporoute.cli._options import log_format_of, schedule_of
from bporoute.cli._remarks import Teller
from bporoute.errors import InputError
from bporoute.simulation._replay import Replay, prepare_replay
from bporoute.simulation._scenario import Scenario
from bporoute.workload._arrivals import Arrivals
from bporoute.workload._call_log import read_calls
from bporoute.workload._remarks import remarks, taken_outcomes
from bporoute.workload._schedule import Schedule
from bporoute.workload._volumes import ONLY_QUEUE, Volumes, read_volumes

NOTED_AHT = 0.05
"""How far the handle times of a planner file may be from those simulated without a note."""


class Case(NamedTuple):
    """What is to be simulated."""

    arrivals: Arrivals
    schedule: Schedule
    scenario: Scenario


def case_of_arrivals(
    center: Center, arrivals: Arrivals, agents: Path | None, assumed: Scenario, teller: Teller
) -> Case:
    """Arrivals with the agents of their days."""
    first, last = float(arrivals.edges[0]), float(arrivals.edges[-1]) - 1.0
    schedule = schedule_of(center, center.log, agents, first, last)
    for line in schedule.repairs:
        teller.say(f"repaired: {line}")
    return Case(arrivals, schedule, assumed)


def read_planner_file(
    center: Center, path: Path, columns: Sequence[str], repair: bool, teller: Teller
) -> Volumes:
    """A planner file; what is odd in it is told."""
    mapping = parse_mapping(columns, "--columns", "volume=offered")
    read = read_volumes(path, mapping, repair=repair, names=center.queues)
    for line in read.repairs:
        teller.say(f"repaired: {line}")
    teller.warn(read.notes)
    teller.tell(read.remarks, path)
    return read


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
    center: Center, path: Path, read: Volumes, exact: bool, gaps_closed: bool
) -> Arrivals:
    """What a planner file forecasts, or exactly that."""
    make = Arrivals.of_counts if exact else Arrivals.of_forecast
    try:
        return make(read, center, gaps_closed=gaps_closed)
    except InputError as complaint:
        expected = complaint.expected.replace("gaps_closed=True", "--gaps-closed")
        raise InputError(f"{path}: {complaint.where}", complaint.found, expected) from None


def replay_of_log(
    center: Center,
    path: Path,
    columns: Sequence[str],
    repair: bool,
    agents: Path | None,
    days: tuple[date, date] | None,
    seed: int,
    teller: Teller,
) -> Replay:
    """The calls of a log with the agents of their days; what is odd is said, what it does not tell fitted."""
    log_format = log_format_of(center.log, columns, repair)
    read = read_calls(path, log_format, center.timezone, days, center.contact_types)
    if not read.calls:
        span = "all" if days is None else "..".join(dict.fromkeys(map(str, days)))
        raise InputError(str(path), f"no calls on the chosen days ({span})", "days that the log covers")
    schedule = schedule_of(center, log_format, agents, read.calls[0].arrival, read.calls[-1].arrival)
    for line in (*read.repairs, *schedule.repairs):
        teller.say(f"repaired: {line}")
    if line := taken_outcomes(read):
        teller.say(f"note: {line}")
    teller.tell(remarks(center, read, schedule), path)
    return prepare_replay(center, read.calls, schedule, seed)


def case_of_log(fitted: Replay, assumed: Scenario) -> Case:
    """The calls of a log, with what it tells of them but for what the scenario assumes."""
    if assumed != Scenario():
        fitted = prepare_replay(fitted.center, fitted.calls, fitted.schedule, fitted.seed, assumed)
    return Case(fitted.arrivals, fitted.schedule, fitted.scenario)
