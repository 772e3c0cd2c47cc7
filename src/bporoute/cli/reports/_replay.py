"""What a replay found, as a table for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bporoute.cli.reports._cells import known, percent
from bporoute.cli.reports._comparison import (
    COST,
    MARK,
    POLICY,
    closeness,
    cost_cells,
    counted_as,
    doubts,
    rests_on,
    service_cells,
    table_of,
    vendor_notes,
)
from bporoute.policies._text import policy_label
from bporoute.simulation._comparison import dearer_replayed
from bporoute.simulation._replay import ReplayedPolicy
from bporoute.simulation._results import cheapest_of

if TYPE_CHECKING:
    from rich.table import Table

ROOM_FOR_ALL = 108
"""Columns of a terminal below which the last two of the table are left out."""
WORST, MET = "worst\nhalf hour %", "targets\nmet"


def label(each: ReplayedPolicy) -> str:
    """The policy, and whether its number was tuned."""
    return policy_label(each.policy) + (", tuned" if each.tuned else "")


def comparison_table(results: Sequence[ReplayedPolicy], width: int = ROOM_FOR_ALL) -> Table:
    """One row per policy, the cheapest marked with a star, to fit into `width` characters from 80 on."""
    cheapest = cheapest_of(results)
    best = [_as_cheap(each, cheapest) for each in results]
    rows = [_cells(each, cheapest, is_best) for each, is_best in zip(results, best, strict=True)]
    return table_of(rows, best, () if width >= ROOM_FOR_ALL else (WORST, MET))


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
        **cost_cells(
            center,
            f"{each.cost_per_contact().value:.3f}",
            None if best else dearer_replayed(each, cheapest),
        ),
        WORST: _worst(each),
        MET: f"{aimed - len(each.missed())} of {aimed}",
    }


def _worst(each: ReplayedPolicy) -> str:
    worst = each.worst_half_hour()
    if worst is None:
        return "-"
    clock = "%H:%M" if each.days == 1 else "%d %b %H:%M"
    return f"{worst.start:{clock}} {percent(worst.service_level):>5}"


def footnotes(results: Sequence[ReplayedPolicy]) -> list[str]:
    """What the numbers of the table mean, and what must not be read into them."""
    cheapest = cheapest_of(results)
    notes = doubts(results)
    notes += [
        f"Service level: share of {cheapest.contacts():,} calls answered in time, anywhere "
        f"({counted_as(cheapest.center)}).",
        COST,
        "The router knew the last 30 minutes' arrival rate, nothing of what was to come.",
    ]
    if any(each.tuned for each in results):
        notes.append(
            "tuned: the number was chosen in hindsight, as the cheapest of its kind on these very calls."
        )
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


def as_rows(results: Sequence[ReplayedPolicy]) -> list[dict[str, Any]]:
    """The same as plain values; shares in [0, 1], seconds, money; None where nothing counts."""
    cheapest = cheapest_of(results)
    return [_row(each, cheapest) for each in results]


def _row(each: ReplayedPolicy, cheapest: ReplayedPolicy) -> dict[str, Any]:
    extra, worst = dearer_replayed(each, cheapest), each.worst_half_hour()
    return {
        "policy": policy_label(each.policy),
        "tuned": each.tuned,
        "cheapest": _as_cheap(each, cheapest),
        "calls": each.contacts(),
        "service_level": known(each.service_level().value),
        "abandonment": known(each.abandonment().value),
        "asa": known(each.asa().value),
        "occupancy": known(each.occupancy().value),
        "sent_share": each.overflow_share().value,
        "cost_per_contact": each.cost_per_contact().value,
        "dearer_by": known(extra.value),
        "dearer_by_margin": known(extra.half_width),
        "worst_half_hour": None
        if worst is None
        else {"start": worst.start.isoformat(), "service_level": worst.service_level},
        "vendors": {
            name: {"sent": round(use["sent"]), "owed": use["owed"]} for name, use in each.vendor_use().items()
        },
        "missed_targets": list(each.missed()),
        "decisions_per_second": round(each.decisions_per_second),
    }
