"""What a log itself came to, in the reports of its replay, and where the replay does not reproduce it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bporoute._base.words import counted
from bporoute.cli.reports._cells import known, percent
from bporoute.policies._text import policy_label
from bporoute.policies._thresholds import NeverOverflow
from bporoute.simulation._logged import HalfHour, LoggedCalls
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._reproduction import off_in_abandonment, off_in_service

AS_LOGGED = "as logged"
NOTED_OFF = 0.01
"""Share of the calls by which a replay must be off its log to be worth a note, beside its interval."""
NOTED_ALONE = 0.005
"""Share of the calls, answered with no agents in the schedule, from which on these are named as the cause."""

OTHERWISE = (
    "the agents of the schedule are not those who answered, or callers waited for more than a free agent"
)
"""What else may be the cause."""


def logged_notes(logged: LoggedCalls, results: Sequence[ReplayedPolicy]) -> list[str]:
    """What the row of the log is, and where the replay of what it did is off it."""
    alone, calls = logged.unattended, logged.contacts()
    missing = ""
    if alone.answered >= NOTED_ALONE * calls:
        missing = (
            f"the schedule has no agents for {alone.calls:,} of {counted(calls, 'call')}, and the log has "
            f"{alone.answered:,} of them as answered"
        )
    far = [
        f"{policy_label(each.policy)} does not reproduce the log: {off}. Likely: {missing or OTHERWISE}"
        for each in results
        if isinstance(each.policy, NeverOverflow) and (off := _off(each, logged))
    ]
    notes = [f"{AS_LOGGED}: what the log itself tells of its calls, counted like the rows below."]
    notes += [f"note: {text}." for text in far or filter(None, [missing])]
    if not logged.ended.any():
        notes.append(
            "note: the log does not tell how calls ended: who gave up is not known, and every call whose "
            "wait is known counts as answered. A column outcome would tell (--columns outcome=..)."
        )
    if missing:
        notes.append("Where agents are missing, keeping calls looks dearer than it was.")
    return notes


def _off(never: ReplayedPolicy, logged: LoggedCalls) -> str:
    """In which figures a replay is off its log by more than chance; empty if in none."""
    pairs = {
        "in time": (never.service_level(), logged.service_level(), off_in_service(never, logged)),
        "abandoned": (never.abandonment(), logged.abandonment(), off_in_abandonment(never, logged)),
    }
    return "; ".join(
        f"{percent(ours.value)} % {what} where the log has {percent(theirs.value)} %, "
        f"{100.0 * off.value:+.1f} ± {100.0 * off.half_width:.1f} points"
        for what, (ours, theirs, off) in pairs.items()
        if abs(off.value) > max(off.half_width, NOTED_OFF)
    )


def logged_row(logged: LoggedCalls, results: Sequence[ReplayedPolicy]) -> dict[str, Any]:
    """The log's own figures as plain values, under the names of those of a policy."""
    return {
        "policy": AS_LOGGED,
        "tuned": False,
        "cheapest": False,
        "calls": logged.contacts(),
        "service_level": known(logged.service_level().value),
        "abandonment": known(logged.abandonment().value),
        "asa": known(logged.asa().value),
        "handle_time": known(logged.handle_time().value),
        "worst_half_hour": plain_half_hour(logged.worst_half_hour()),
        "calls_without_agents": logged.unattended.calls,
        "answered_without_agents": logged.unattended.answered,
        "notes": logged_notes(logged, results)[1:],
    }


def plain_half_hour(worst: HalfHour | None) -> dict[str, Any] | None:
    """A half hour as plain values."""
    return None if worst is None else {"start": worst.start.isoformat(), "service_level": worst.service_level}
