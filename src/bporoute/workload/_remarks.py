"""What looks odd when a log or a planner file, a schedule and a center meet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from bporoute._base.remark import Remark
from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.center._language import spoken_forms
from bporoute.center._odd_loads import ANYWAY, LEAST_LOAD, MOST_LOAD
from bporoute.workload._call_log import Call, CallLog
from bporoute.workload._outcomes import ABANDONED, ANSWERED, meaning_of
from bporoute.workload._schedule import Schedule
from bporoute.workload._volumes import ONLY_QUEUE, Volumes

MOST_LISTED = 10
FAR_OFF = 2.0
FAR_FROM_RATE = 20.0
"""Times that a busiest hour may be off the configured rate; a mean over nights is low."""
FEW_CALLS = 20
LONG_WAIT = 3600.0
SHORT_WAIT = 2.0


def remarks(center: Center, log: CallLog, schedule: Schedule) -> list[Remark]:
    """What is legal in `center`, `log` and `schedule`, but probably not meant; each slip once.

    Of a queue whose figures are odd in the center, or its handle times in the log, the rest is not told.
    """
    calls, odd = log.calls, {remark.where for remark in center.remarks()}
    sure = [name for name in center.queues if not {f"queues.{name}.aht", f"queues.{name}.arrival_rate"} & odd]
    handled = list(_handle_times(center, calls, sure))
    slow = {remark.where for remark in handled if remark.likely}
    sure = [name for name in sure if f"queue {name}" not in slow]
    return [
        *_languages(center, calls),
        *_outcomes(log),
        *handled,
        *_waits(calls),
        *_agents(center, calls, schedule, sure),
        *_rates(center, calls, sure),
    ]


def taken_outcomes(log: CallLog) -> str:
    """What the outcomes of a log were taken for, in a sentence; empty if it has none."""
    taken = [
        f"{_listed(words)} as {meaning}"
        for words, meaning in ((log.answered_as, ANSWERED), (log.abandoned_as, ABANDONED))
        if words
    ]
    return f"outcomes: {'; '.join(taken)}" if taken else ""


def volume_remarks(center: Center, read: Volumes, schedule: Schedule) -> list[Remark]:
    """What is legal in a planner file, but probably not meant for `center` with the agents of `schedule`."""
    found: list[Remark] = []
    names = np.array(read.queues)
    told = {remark.where.rpartition(":")[0] for remark in read.remarks}
    for name in center.queues:
        if told & {name, ONLY_QUEUE}:
            continue
        mine = (names == name) | ((names == ONLY_QUEUE) & (len(center.queues) == 1))
        load = read.volume[mine] * np.nan_to_num(read.aht[mine]) / read.seconds[mine]
        agents = max((count for _, count in schedule.steps_by_queue.get(name, ())), default=0)
        agents *= center.queues[name].concurrency
        if load.size:
            found += _odd_load(f"queue {name}", float(load.max()), agents)
    return found


def _languages(center: Center, calls: Sequence[Call]) -> Iterable[Remark]:
    asked = {call.language for call in calls if call.language}
    unknown = {language for language in asked if center.languages.isdisjoint(spoken_forms(language))}
    if unknown and center.languages:
        yield Remark("column language", _listed(unknown), "languages that nobody speaks")


def _outcomes(log: CallLog) -> Iterable[Remark]:
    where, remedy = "column outcome", "[log] abandoned in the center file lists what is abandoned"
    odd = [word for word in log.answered_as if word and meaning_of(word) != ANSWERED]
    lost = [word for word in odd if meaning_of(word) == ABANDONED]
    if lost:
        yield Remark(where, _listed(lost), "taken for answered, as the center file says", remedy)
    elif odd:
        yield Remark(where, _listed(odd), "no usual word for how a call ends: taken for answered", remedy)
    elif log.answered_as and len(log.calls) >= FEW_CALLS and not log.abandoned_as:
        yield Remark(where, _listed(log.answered_as), "no call was abandoned", "are those in another file?")
    if log.legs:
        odd_rows = "taken for further legs of a call"
        yield Remark("column id", f"{counted(log.legs, 'row')} with an id that another row has", odd_rows)


def _handle_times(center: Center, calls: Sequence[Call], names: Collection[str]) -> Iterable[Remark]:
    for name in names:
        queue = center.queues[name]
        where = f"queue {name}"
        mine = [call for call in calls if call.type in _types_of(center, name)]
        known = [call.handle for call in mine if not math.isnan(call.handle)]
        if mine and not known:
            odd = f"drawn from its aht, {queue.aht:g} s, exponential"
            yield Remark(where, "no handle times", odd)
        elif known and not 1 / FAR_OFF < (mean := sum(known) / len(known)) / queue.aht < FAR_OFF:
            found = (
                f"a mean handle time of {mean:,.4g} s in the log"
                if mean < 1e4
                else (f"a mean handle time of {mean:,.0f} s in the log")
            )
            yield Remark(where, found, f"an aht of {queue.aht:g} s", _likely_unit(mean, queue.aht))


def _likely_unit(mean: float, usual: float) -> str:
    for unit, factor in (("minutes", 60.0), ("milliseconds", 0.001), ("hours", 3600.0)):
        if 1 / FAR_OFF < mean * factor / usual < FAR_OFF:
            return f"in {unit} it would be {mean * factor:,.4g} s"
    return ""


def _waits(calls: Sequence[Call]) -> Iterable[Remark]:
    """Waits that cannot be seconds: of all, and of those who gave up."""
    waits = [call.wait for call in calls if not math.isnan(call.wait)]
    lost = [call.wait for call in calls if call.abandoned and not math.isnan(call.wait)]
    if len(waits) >= FEW_CALLS and (mean := sum(waits) / len(waits)) > LONG_WAIT:
        likely = f"in milliseconds it would be {mean / 1000:,.3g} s"
        yield Remark("column wait", f"a mean wait of {mean:,.0f} s", "nobody waits that long", likely)
    elif len(lost) >= FEW_CALLS and 0.0 < (mean := sum(lost) / len(lost)) < SHORT_WAIT:
        likely = f"in minutes it would be {60 * mean:,.3g} s"
        yield Remark("column wait", f"abandoned after {mean:,.3g} s on average", "that is at once", likely)


def _agents(
    center: Center, calls: Sequence[Call], schedule: Schedule, sure: Collection[str]
) -> Iterable[Remark]:
    for name in center.queues:
        mine = [call for call in calls if call.type in _types_of(center, name)]
        if mine and not any(schedule.agents_at(name, call.arrival) for call in mine):
            odd = f"none is there whenever one of its {counted(len(mine), 'call')} arrives"
            yield Remark(f"queue {name}", "no agents", odd, "is the schedule for these days?")
        elif len(mine) >= FEW_CALLS and name in sure:
            known = [call.handle for call in mine if not math.isnan(call.handle)]
            aht = sum(known) / len(known) if known else center.queues[name].aht
            agents = max(schedule.agents_at(name, call.arrival) for call in mine)
            agents *= center.queues[name].concurrency
            yield from _odd_load(f"queue {name}", _busiest_hour(mine) / 3600.0 * aht, agents)


def _odd_load(where: str, load: float, agents: int) -> Iterator[Remark]:
    """The work of the busiest time beside the most agents that there ever are."""
    if agents and load and not LEAST_LOAD / 4 * max(agents - ANYWAY, 0) <= load <= MOST_LOAD * agents:
        odd = f"for {counted(agents, 'agent')} at most"
        likely = "are volumes of the interval, and handle times in seconds?" if load > agents else ""
        yield Remark(where, f"{load:,.4g} erlangs at the busiest time", odd, likely)


def _rates(center: Center, calls: Sequence[Call], names: Collection[str]) -> Iterable[Remark]:
    for name in names:
        queue = center.queues[name]
        mine = [call for call in calls if call.type in _types_of(center, name)]
        if queue.arrival_rate and len(mine) >= FEW_CALLS:
            busiest = _busiest_hour(mine) / 3600.0
            if not 1 / FAR_FROM_RATE <= queue.arrival_rate / busiest <= FAR_FROM_RATE:
                found = f"{queue.arrival_rate:g} a second"
                odd = f"in the busiest hour of the log {busiest:.3g} a second came"
                yield Remark(f"queues.{name}.arrival_rate", found, odd, "is it per second?")


def _busiest_hour(calls: Sequence[Call]) -> int:
    return max(Counter(int(call.arrival // 3600) for call in calls).values())


def _types_of(center: Center, queue: str) -> set[str]:
    return {name for name, kind in center.contact_types.items() if kind.queue == queue}


def _listed(words: Iterable[str]) -> str:
    ordered = sorted(words)
    more = len(ordered) - MOST_LISTED
    return ", ".join(ordered[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
