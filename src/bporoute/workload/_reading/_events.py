"""Queue event logs: a row for each thing that happens to a call, folded into a row for each call."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute._base.words import counted
from bporoute.errors import InputError
from bporoute.workload._reading._grid import Grid
from bporoute.workload._reading._headless import EVENTS
from bporoute.workload._reading._moments import read_moments
from bporoute.workload._reading._names import find_meanings
from bporoute.workload._reading._sheet import Cell, text_of

_ENDS_TALK = frozenset(("COMPLETECALLER", "COMPLETEAGENT", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER"))
_ENDS_WAIT = frozenset(("ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY", "EXITEMPTY"))
_OF_CALLS = _ENDS_TALK | _ENDS_WAIT | {"ENTERQUEUE", "CONNECT"}
_HEADER = ("arrival", "id", "type", "agent", "wait", "handle", "outcome")


def is_event_log(grid: Grid) -> bool:
    """Whether the rows of a grid are events of queues, by the words that stand in one of its columns."""
    meanings = find_meanings(grid.header, "events", {})
    if not all(ours in meanings for ours in ("moment", "id", "event")):
        return False
    events = set(map(text_of, grid.columns[meanings["event"][0].place][:500]))
    return len(events & EVENTS) > 0.5 * len(events)


def folded(grid: Grid) -> Grid:
    """The calls of an event log: when each came, how long it waited and was talked to, how it ended.

    What an event tells of waiting and talking counts before the time between two events. A call that
    enters another queue is another row.

    Raises
    ------
    InputError
        A time cannot be read, or nobody enters a queue.

    Examples
    --------
    >>> rows = [["1700000000", "1.1", "sales", "NONE", "ENTERQUEUE", "", "555"],
    ...         ["1700000012", "1.1", "sales", "Anna", "CONNECT", "12", ""],
    ...         ["1700000312", "1.1", "sales", "Anna", "COMPLETEAGENT", "12", "300"]]
    >>> header = ("time", "callid", "queuename", "agent", "event", "data1", "data2")
    >>> grid = folded(Grid("queue_log", header, [list(column) for column in zip(*rows)], [1, 2, 3]))
    >>> dict(zip(grid.header, (column[0] for column in grid.columns)))["wait"]
    12.0
    """
    meanings = find_meanings(grid.header, "events", {})
    column = {ours: grid.columns[listed[0].place] for ours, listed in meanings.items()}
    events = list(map(text_of, column["event"]))
    used = [row for row, event in enumerate(events) if event in _OF_CALLS]
    times = [column["moment"][row] for row in used]
    read = read_moments(times, said="year-first", where=f"{grid.name}: column {meanings['moment'][0].theirs}")
    for row in (*read.bad, *read.missing):
        where = f"{grid.at(grid.places[used[row]])}, column {meanings['moment'][0].theirs}"
        raise InputError(where, repr(times[row]), "a moment, such as epoch seconds")
    calls: list[_Call] = []
    open_calls: dict[tuple[str, str], _Call] = {}
    orphans = 0
    for row, wall in zip(used, read.wall.tolist(), strict=True):
        key = (text_of(column["id"][row]), text_of(column["queue"][row]) if "queue" in column else "")
        event = events[row]
        data = [text_of(column[each][row]) if each in column else "" for each in ("data1", "data2", "data3")]
        if event == "ENTERQUEUE":
            call = _Call(row, wall, *key)
            calls.append(call)
            open_calls[key] = call
        elif (known := open_calls.get(key)) is None:
            orphans += 1
        else:
            known.happens(event, wall, data, text_of(column["agent"][row]) if "agent" in column else "")
    if not calls:
        raise InputError(grid.name, "no ENTERQUEUE", "an event log in which calls enter a queue")
    arrivals = [column["moment"][call.row] for call in calls]
    cells: list[Sequence[Cell]] = [
        arrivals,
        [call.id for call in calls],
        [call.queue for call in calls],
        [call.agent for call in calls],
        [call.wait for call in calls],
        [call.handle for call in calls],
        [call.outcome for call in calls],
    ]
    remarks = [f"{counted(len(events), 'event')} folded into {counted(len(calls), 'call')}"]
    if orphans:
        remarks.append(f"{counted(orphans, 'event')} of calls that entered before the log began left out")
    if unended := sum(not call.outcome for call in calls):
        remarks.append(f"{counted(unended, 'call')} without an end")
    return msgspec.structs.replace(
        grid,
        header=_HEADER,
        columns=[list(cell) for cell in cells],
        places=[grid.places[call.row] for call in calls],
        remarks=(*grid.remarks, *remarks),
    )


class _Call:
    """What is known of a call so far."""

    def __init__(self, row: int, entered: float, id: str, queue: str) -> None:
        self.row, self.entered, self.id, self.queue = row, entered, id, queue
        self.connected = self.wait = self.handle = np.nan
        self.outcome = self.agent = ""

    def happens(self, event: str, wall: float, data: Sequence[str], agent: str) -> None:
        """Note an event."""
        if event == "CONNECT":
            self.connected, self.agent = wall, agent
            self.wait = _seconds(data[0], wall - self.entered)
            self.outcome = self.outcome or event
        elif event in _ENDS_TALK:
            told = data[1] if event.startswith("COMPLETE") else ""
            self.handle = _seconds(told, wall - self.connected)
            self.outcome = event
        elif not self.outcome:
            self.wait = _seconds(data[2] if event == "ABANDON" else "", wall - self.entered)
            self.outcome = event


def _seconds(told: str, between: float) -> float:
    return float(told) if told.isdigit() else between
