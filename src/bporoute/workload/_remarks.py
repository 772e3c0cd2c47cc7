"""What looks odd when a log, a schedule and a center meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from bporoute.center._center import Center
from bporoute.center._language import spoken_forms
from bporoute.workload._call_log import Call, CallLog
from bporoute.workload._schedule import Schedule

MOST_LISTED = 10
FAR_OFF = 2.0


def remarks(center: Center, log: CallLog, schedule: Schedule) -> list[str]:
    """Sentences about what is legal in `center`, `log` and `schedule`, but probably not meant."""
    calls = log.calls
    return [
        *_languages(center, calls),
        *_outcomes(log),
        *_handle_times(center, calls),
        *_agents(center, calls, schedule),
    ]


def _languages(center: Center, calls: Sequence[Call]) -> Iterable[str]:
    asked = {call.language for call in calls if call.language}
    unknown = {language for language in asked if center.languages.isdisjoint(spoken_forms(language))}
    if unknown and center.languages:
        yield f"languages that nobody speaks: {_listed(unknown)}"


def _outcomes(log: CallLog) -> Iterable[str]:
    if log.answered_as and not any(call.abandoned for call in log.calls):
        yield (
            f"no call was abandoned: outcomes {_listed(log.answered_as)} count as answered "
            "([log] abandoned in the center file lists the others)"
        )


def _handle_times(center: Center, calls: Sequence[Call]) -> Iterable[str]:
    for name, queue in center.queues.items():
        mine = [call for call in calls if call.type in _types_of(center, name)]
        known = [call.handle for call in mine if not math.isnan(call.handle)]
        if mine and not known:
            yield f"no handle times for queue {name}: drawn from its aht, {queue.aht:g} s, exponential"
        elif known and not 1 / FAR_OFF < (mean := sum(known) / len(known)) / queue.aht < FAR_OFF:
            yield f"queue {name}: a mean handle time of {mean:,.0f} s in the log, an aht of {queue.aht:g} s"


def _agents(center: Center, calls: Sequence[Call], schedule: Schedule) -> Iterable[str]:
    for name in center.queues:
        mine = [call for call in calls if call.type in _types_of(center, name)]
        if mine and not any(schedule.agents_at(name, call.arrival) for call in mine):
            yield f"queue {name} has no agents whenever one of its {len(mine):,} calls arrives"


def _types_of(center: Center, queue: str) -> set[str]:
    return {name for name, kind in center.contact_types.items() if kind.queue == queue}


def _listed(words: Iterable[str]) -> str:
    ordered = sorted(words)
    more = len(ordered) - MOST_LISTED
    return ", ".join(ordered[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
