"""What a replay found, as a table for people and as plain values for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute.center._center import Center
from bporoute.cli.reports._cells import known, percent, percent_with_margin, rounded
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label
from bporoute.simulation._engine._engine import aims
from bporoute.simulation._replay_results import Dearer, PolicyResult, compare

if TYPE_CHECKING:
    from rich.table import Table

CLOSE = 0.01
"""A policy that costs at most this share more than the cheapest is named as practically as good."""


def cheapest_of(results: Sequence[PolicyResult]) -> PolicyResult:
    """The result with the lowest cost per contact."""
    return min(results, key=lambda result: result.cost_per_contact)


ROOM_FOR_ALL = 108
"""Columns of a terminal below which the last two of the table are left out."""


def comparison_table(results: Sequence[PolicyResult], center: Center, width: int = ROOM_FOR_ALL) -> Table:
    """One row per policy, the cheapest marked with a star, to fit into `width` characters from 80 on."""
    from rich import box
    from rich.table import Table

    cheapest = cheapest_of(results)
    aimed = sum(len(queue.targets.given()) for queue in center.queues.values())
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("")
    table.add_column("policy", overflow="fold", min_width=14)
    headings = [
        "service\nlevel %",
        "aban-\ndoned %",
        "ASA\ns",
        "sent\nout %",
        f"{center.currency} per\ncontact",
    ]
    headings += ["more than\ncheapest %", "worst\nhalf hour %", "targets\nmet"]
    for heading in headings if width >= ROOM_FOR_ALL else headings[:-2]:
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        best = result.cost_per_contact == cheapest.cost_per_contact
        cells = [
            "*" if best else "",
            policy_label(result.policy) + (", tuned" if result.tuned else ""),
            percent(result.service.service_level),
            percent(result.service.abandonment),
            rounded(result.service.asa, 1),
            percent(result.sent_share),
            f"{result.cost_per_contact:.3f}",
            "" if best else _extra(compare(result, cheapest)),
            _worst(result, center),
            f"{aimed - len(result.missed)} of {aimed}",
        ]
        table.add_row(*cells[: len(table.columns)], style="bold" if best else "")
    return table


def footnotes(results: Sequence[PolicyResult], center: Center) -> list[str]:
    """What the numbers of the table mean, and what must not be read into them."""
    cheapest = cheapest_of(results)
    notes = [
        f"Service level: share of {cheapest.calls:,} calls answered in time, anywhere "
        f"({counted_as(center)}).",
        "Cost: vendors' prices, waiting and abandonment; wages, the same under every policy, are left out.",
        "The router knew the last 30 minutes' arrival rate, nothing of what was to come.",
    ]
    if any(result.tuned for result in results):
        notes.append(
            "tuned: the number was chosen in hindsight, as the cheapest of its kind on these very calls."
        )
    uses = [
        f"{name} {use.sent:,} calls for {use.owed:,.0f}" for name, use in cheapest.vendors.items() if use.sent
    ]
    if uses:
        notes.append(f"{policy_label(cheapest.policy)} sent out: {', '.join(uses)} {center.currency}.")
    if len(cheapest.half_hours) > 1:
        notes.append("±: 95 % confidence for chance within such a day, the same calls under both policies.")
    speeds = sorted(result.decisions_per_second for result in results)
    notes.append(
        f"Decisions per second, the simulated floor included: {speeds[0]:,.0f} to {speeds[-1]:,.0f}."
    )
    for result in results:
        if result is cheapest:
            continue
        extra = compare(result, cheapest)
        notes += closeness(result.policy, cheapest.policy, extra.share, extra.margin)
    return notes


def closeness(policy: Policy, cheapest: Policy, share: float, margin: float) -> list[str]:
    """What is to be said where a policy costs hardly more than the cheapest: by `share` and its margin."""
    both = f"{policy_label(policy)} and {policy_label(cheapest)}"
    if share <= CLOSE:
        return [f"{both} are practically as good here: {100 * share:.1f} % apart."]
    if share <= margin < math.inf:
        return [f"{both}: the difference in cost is within chance."]
    return []


def counted_as(center: Center) -> str:
    """Within what and in which counting the service level of each queue is counted."""
    return "; ".join(f"{name} {aim.within:g} s, {aim.counting}" for name, aim in aims(center).items())


def as_rows(results: Sequence[PolicyResult], center: Center) -> list[dict[str, Any]]:
    """The same as plain values; shares in [0, 1], seconds, money; None where nothing counts."""
    cheapest = cheapest_of(results)
    return [
        {
            "policy": policy_label(result.policy),
            "tuned": result.tuned,
            "cheapest": result.cost_per_contact == cheapest.cost_per_contact,
            "calls": result.calls,
            "service_level": known(result.service.service_level),
            "abandonment": known(result.service.abandonment),
            "asa": known(result.service.asa),
            "occupancy": known(result.service.occupancy),
            "sent_share": result.sent_share,
            "cost_per_contact": result.cost_per_contact,
            "dearer_by": known(compare(result, cheapest).share),
            "dearer_by_margin": known(compare(result, cheapest).margin),
            "worst_half_hour": None
            if result.worst is None
            else {
                "start": datetime.fromtimestamp(result.worst.start, center.zone).isoformat(),
                "service_level": known(result.worst.service_level),
            },
            "vendors": {name: msgspec.to_builtins(use) for name, use in result.vendors.items()},
            "missed_targets": list(result.missed),
            "decisions_per_second": round(result.decisions_per_second),
        }
        for result in results
    ]


def _extra(extra: Dearer) -> str:
    return percent_with_margin(extra.share, extra.margin)


def _worst(result: PolicyResult, center: Center) -> str:
    if result.worst is None:
        return "-"
    days = {datetime.fromtimestamp(half.start, center.zone).date() for half in result.half_hours}
    start = datetime.fromtimestamp(result.worst.start, center.zone)
    when = f"{start:%H:%M}" if len(days) == 1 else f"{start:%d %b %H:%M}"
    return f"{when} {percent(result.worst.service_level):>5}"
