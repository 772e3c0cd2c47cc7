"""What a replay found, as a table for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bporoute._base.words import counted
from bporoute.cli.reports._cells import known, percent, rounded
from bporoute.cli.reports._comparison import (
    MARK,
    POLICY,
    closeness,
    cost_cells,
    counted_as,
    doubts,
    rests_on,
    service_cells,
    service_headings,
    table_of,
    vendor_notes,
)
from bporoute.cli.reports._logged import AS_LOGGED, logged_notes, logged_row, plain_half_hour
from bporoute.cli.reports._money import money_notes
from bporoute.cli.reports._savings import cost_per_day, saving_lines
from bporoute.policies._text import policy_label
from bporoute.simulation._comparison import dearer_replayed
from bporoute.simulation._engine._run import count_of
from bporoute.simulation._replayed import ReplayedPolicy
from bporoute.simulation._results import cheapest_of
from bporoute.simulation._tuning import TunedPolicy

if TYPE_CHECKING:
    from rich.table import Table

    from bporoute.simulation._logged import HalfHour, LoggedCalls

ROOM_FOR_ALL, ROOM_FOR_HANDLE_TIMES = 108, 6
"""Columns of a terminal below which the last two of the table are left out, and more beside a log."""
WORST, MET, HANDLE = "worst\nhalf hour %", "targets\nmet", "AHT\ns"


def label(each: ReplayedPolicy) -> str:
    """The policy, and whether its number was tuned."""
    return policy_label(each.policy) + (", tuned" if each.tuned else "")


def room_for_all(logged: LoggedCalls | None) -> int:
    """Columns of a terminal below which the last two of the table are left out."""
    return ROOM_FOR_ALL + (0 if logged is None else ROOM_FOR_HANDLE_TIMES)


def comparison_table(
    results: Sequence[ReplayedPolicy], width: int = ROOM_FOR_ALL, logged: LoggedCalls | None = None
) -> Table:
    """The log itself, then one row per policy, the cheapest with a star; fits into `width` from 80 on."""
    rows, best = comparison_rows(results, logged)
    return table_of(rows, best, () if width >= room_for_all(logged) else (WORST, MET))


def comparison_rows(
    results: Sequence[ReplayedPolicy], logged: LoggedCalls | None
) -> tuple[list[dict[str, str]], list[bool]]:
    """Cells by heading of the log itself, if it tells any, and of each policy; and which cost least."""
    cheapest = cheapest_of(results)
    best = [_as_cheap(each, cheapest) for each in results]
    rows = [_cells(each, cheapest, is_best) for each, is_best in zip(results, best, strict=True)]
    if logged is None:
        return [{name: cell for name, cell in row.items() if name != HANDLE} for row in rows], best
    return [dict.fromkeys(rows[0], "") | _logged_cells(logged), *rows], [False, *best]


def days_of_calls(each: ReplayedPolicy) -> list[date]:
    """The local days on which calls arrived."""
    run, zone = each.runs[0], each.center.zone
    busy = count_of(run.tally, "offered").any(axis=1)
    return sorted({datetime.fromtimestamp(start, zone).date() for start in run.edges[:-1][busy].tolist()})


def _logged_cells(logged: LoggedCalls) -> dict[str, str]:
    level = percent(logged.service_level().value)
    return {
        POLICY: AS_LOGGED,
        **service_headings(level, percent(logged.abandonment().value), rounded(logged.asa().value, 1)),
        HANDLE: rounded(logged.handle_time().value, 1),
        WORST: _worst(logged.worst_half_hour(), logged.days),
    }


def _as_cheap(each: ReplayedPolicy, cheapest: ReplayedPolicy) -> bool:
    """Whether a policy is the cheapest or costs the same; rules often decide alike on a quiet day."""
    same = each.cost_per_contact().value == cheapest.cost_per_contact().value
    return each is cheapest or (same and not each.trouble)


def _cells(each: ReplayedPolicy, cheapest: ReplayedPolicy, best: bool) -> dict[str, str]:
    center = each.center
    aimed = sum(len(queue.targets.given()) for queue in center.queues.values())
    return {
        MARK: "*" if best else "!" if each.trouble else "",
        POLICY: label(each),
        **service_cells(each, percent(each.service_level().value), occupancy=False),
        HANDLE: rounded(each.handle_time().value, 1),
        **cost_cells(
            center,
            f"{each.cost_per_contact().value:.3f}",
            None if best else dearer_replayed(each, cheapest),
        ),
        WORST: _worst(each.worst_half_hour(), each.days),
        MET: f"{aimed - len(each.missed())} of {aimed}",
    }


def _worst(worst: HalfHour | None, days: int) -> str:
    if worst is None:
        return "-"
    clock = "%H:%M" if days == 1 else "%d %b %H:%M"
    return f"{worst.start:{clock}} {percent(worst.service_level):>5}"


def footnotes(results: Sequence[ReplayedPolicy], logged: LoggedCalls | None = None) -> list[str]:
    """What the numbers of the table mean, and what must not be read into them."""
    cheapest = cheapest_of(results)
    notes = doubts(results)
    if logged is not None:
        notes += logged_notes(logged, results)
    notes += [
        f"Service level: share of {counted(cheapest.contacts(), 'call')} answered in time, anywhere "
        f"({counted_as(cheapest.center)}).",
        *saving_lines(results, dearer_replayed, label),
        *money_notes(cheapest),
        "The router knew the last 30 minutes' arrival rate, nothing of what was to come.",
    ]
    notes += _tuning_notes(results)
    notes += vendor_notes(cheapest, "calls")
    if cheapest.rests_on_days:
        notes.append(rests_on(cheapest.cost_per_contact(), replications=1))
    elif dearer_replayed(cheapest, cheapest).count > 1:
        notes.append("±: 95 % confidence for chance within such a day, the same calls under both policies.")
    speeds = sorted(each.decisions_per_second for each in results)
    notes.append(
        f"Decisions per second, the simulated floor included: {speeds[0]:,.0f} to {speeds[-1]:,.0f}."
    )
    for each in results:
        if each is not cheapest and not each.trouble:
            notes += closeness(each.policy, cheapest.policy, dearer_replayed(each, cheapest))
    return notes


def _tuning_notes(results: Sequence[ReplayedPolicy]) -> list[str]:
    """How numbers were chosen, and which of them where that was not the same on all days."""
    tuned = [each for each in results if each.tuned]
    by_day = [each for each in tuned if isinstance(each, TunedPolicy)]
    notes = []
    if len(tuned) > len(by_day):
        notes.append(
            "tuned: the number was chosen in hindsight, as the cheapest of its kind on these very calls."
        )
    if by_day:
        notes.append(
            "tuned: every day was judged by the number that cost least on the other days, all kinds alike."
        )
    for each in by_day:
        if len(members := each.members()) > 1:
            chosen = ", ".join(f"{name} on {counted(days, 'day')}" for name, days in members.items())
            notes.append(f"{label(each)}: {chosen}.")
    return notes


def as_rows(results: Sequence[ReplayedPolicy], logged: LoggedCalls | None = None) -> list[dict[str, Any]]:
    """The same as plain values; shares in [0, 1], seconds, money; None where nothing counts."""
    cheapest = cheapest_of(results)
    rows = [_row(each, cheapest) for each in results]
    return rows if logged is None else [dict.fromkeys(rows[0]) | logged_row(logged, results), *rows]


def _row(each: ReplayedPolicy, cheapest: ReplayedPolicy) -> dict[str, Any]:
    extra, worst = dearer_replayed(each, cheapest), each.worst_half_hour()
    return {
        "policy": policy_label(each.policy),
        "tuned": each.tuned,
        "tuned_by_day": each.members() if isinstance(each, TunedPolicy) else None,
        "cheapest": _as_cheap(each, cheapest),
        "calls": each.contacts(),
        "service_level": known(each.service_level().value),
        "abandonment": known(each.abandonment().value),
        "asa": known(each.asa().value),
        "handle_time": known(each.handle_time().value),
        "occupancy": known(each.occupancy().value),
        "sent_share": each.overflow_share().value,
        "cost_per_contact": each.cost_per_contact().value,
        "cost_per_day": cost_per_day(each),
        "cost_holds": money_notes(each),
        "dearer_by": known(extra.value),
        "dearer_by_margin": known(extra.half_width),
        "worst_half_hour": plain_half_hour(worst),
        "vendors": {
            name: {"sent": round(use["sent"]), "owed": use["owed"]} for name, use in each.vendor_use().items()
        },
        "missed_targets": list(each.missed()),
        "decisions_per_second": round(each.decisions_per_second),
    }
