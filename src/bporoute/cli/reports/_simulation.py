"""What a simulation found, as a table for people and as plain values for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from bporoute._base.words import counted
from bporoute.center._targets import Counting
from bporoute.cli.reports._cells import known, share_with_interval, with_margin
from bporoute.cli.reports._comparison import (
    MARK,
    POLICY,
    closeness,
    cost_cells,
    counted_as,
    doubts,
    mean_invoices,
    rests_on,
    service_cells,
    table_of,
    vendor_notes,
)
from bporoute.cli.reports._money import money_notes
from bporoute.cli.reports._savings import cost_per_day, saving_lines
from bporoute.estimates._confidence import Estimate
from bporoute.policies._text import policy_label, policy_text
from bporoute.simulation._comparison import dearer, service_difference
from bporoute.simulation._results import SimulatedPolicy, Simulation

if TYPE_CHECKING:
    from rich.table import Table

ROOM_FOR_ALL = 120
"""Columns of a terminal below which some of the table are left out."""
LEFT_OUT = ("ASA\ns", "occu-\npancy %", "targets\nmet")


def comparison_table(found: Simulation, width: int = ROOM_FOR_ALL) -> Table:
    """One row per policy, the cheapest marked with a star, to fit into `width` characters from 80 on."""
    rows, best = comparison_rows(found)
    return table_of(rows, best, () if width >= ROOM_FOR_ALL else LEFT_OUT)


def comparison_rows(found: Simulation) -> tuple[list[dict[str, str]], list[bool]]:
    """Cells of each policy by heading, and which cost least."""
    cheapest = found.cheapest
    return [_cells(each, cheapest) for each in found.policies], [each is cheapest for each in found.policies]


def missed_precision(found: Simulation, precision: float) -> list[str]:
    """Sentences about the policies whose cost is known less well than was asked for."""
    lines = []
    for each in found.policies:
        cost = each.cost_per_contact()
        if cost.half_width > precision * abs(cost.value):
            known_to = cost.half_width / abs(cost.value) if cost.value else math.inf
            lines.append(
                f"{policy_label(each.policy)}: after {counted(found.replications, 'replication')} its cost "
                f"is known to {known_to:.3g}, not to {precision:g}"
            )
    return lines


def _cells(each: SimulatedPolicy, cheapest: SimulatedPolicy) -> dict[str, str]:
    level, cost = each.service_level(), each.cost_per_contact()
    met = [met for queue in each.center.queues for _, met in each.verdicts(queue)]
    return {
        MARK: "*" if each is cheapest else "!" if each.trouble else "",
        POLICY: policy_label(each.policy),
        **service_cells(each, share_with_interval(level.value, level.low, level.high), occupancy=True),
        **cost_cells(
            each.center,
            with_margin(cost.value, cost.half_width, 3, 5),
            None if each is cheapest else dearer(each, cheapest),
        ),
        "targets\nmet": f"{sum(met)} of {len(met)}",
    }


def footnotes(found: Simulation) -> list[str]:
    """What the numbers of the table mean, what they rest on, and what must not be read into them."""
    center, cheapest = found.center, found.cheapest
    days, replications = cheapest.days, found.replications
    notes = []
    if found.interrupted:
        notes.append(
            f"Interrupted: the table holds the {counted(replications, 'replication')} that every policy "
            "had finished."
        )
    notes += doubts(found.policies)
    notes += [
        f"Service level: share of the contacts answered in time, anywhere ({counted_as(center)}).",
        *saving_lines(found.policies, dearer, lambda each: policy_label(each.policy)),
        f"Counted: {cheapest.contacts():,} contacts, {counted(replications, 'replication')} of "
        f"{counted(days, 'day')}, seed {found.seed}; every policy met the same ones.",
        *money_notes(cheapest),
        rests_on(cheapest.cost_per_contact(), replications),
    ]
    if found.arrivals.listed.time.size:
        notes.append("Every replication has the same calls; patience and what the log leaves open are drawn.")
    if found.scenario.redial:
        notes.append("Whoever gives up may call again; each call counts.")
    notes += vendor_notes(cheapest, "contacts")
    for each in found.policies:
        if each is not cheapest and not each.trouble:
            notes += closeness(each.policy, cheapest.policy, dearer(each, cheapest))
    return notes


def as_document(found: Simulation) -> dict[str, Any]:
    """Everything as plain values: shares in [0, 1], seconds, money; None where nothing counts."""
    return {
        "center": found.center.name,
        "currency": found.center.currency,
        "seed": found.seed,
        "replications": found.replications,
        "days": found.cheapest.days,
        "interrupted": found.interrupted,
        "cost_holds": money_notes(found.cheapest),
        "policies": as_rows(found),
    }


def as_rows(found: Simulation) -> list[dict[str, Any]]:
    """One row of plain values per policy; an estimate is its value, the bounds of its interval and count."""
    return [_row(each, found.cheapest) for each in found.policies]


def _row(each: SimulatedPolicy, cheapest: SimulatedPolicy) -> dict[str, Any]:
    bills, shares = mean_invoices(each), each.period_shares()
    return {
        "policy": policy_label(each.policy),
        "text": policy_text(each.policy),
        "cheapest": each is cheapest,
        "contacts": each.contacts(),
        **_figures(each, None),
        "cost_per_contact": _plain(each.cost_per_contact()),
        "cost_per_day": cost_per_day(each),
        "dearer_by": _plain(dearer(each, cheapest)),
        "service_level_gain": _plain(service_difference(each, cheapest)),
        "queues": {
            name: {
                **_figures(each, name),
                "overflow": {field: known(value) for field, value in each.overflow(name)._asdict().items()},
                "targets": [{"target": str(target), "met": met} for target, met in each.verdicts(name)],
            }
            for name in each.center.queues
        },
        "vendors": each.vendor_use(),
        "invoices": {
            name: {
                start: {
                    "share": shares[name].get(start),
                    "total": total,
                    "first_replication": _plain_invoice(each, name, start),
                }
                for start, total in periods.items()
            }
            for name, periods in bills.items()
        },
        "trouble": each.trouble,
    }


def _figures(each: SimulatedPolicy, queue: str | None) -> dict[str, Any]:
    return {
        "service_level": _plain(each.service_level(queue)),
        "service_level_by_counting": {
            counting: _plain(each.service_level(queue, counting)) for counting in get_args(Counting)
        },
        "abandonment": _plain(each.abandonment(queue)),
        "asa": _plain(each.asa(queue)),
        "occupancy": _plain(each.occupancy(queue)),
        "overflow_share": _plain(each.overflow_share(queue)),
    }


def _plain(estimate: Estimate) -> dict[str, float | None]:
    return {
        "value": known(estimate.value),
        "low": known(estimate.low),
        "high": known(estimate.high),
        "count": estimate.count,
    }


def _plain_invoice(each: SimulatedPolicy, vendor: str, start: str) -> Any:
    invoice = each.invoices()[vendor].get(start)
    if invoice is None:
        return None
    lines = [{**msgspec.to_builtins(line), "amount": line.amount} for line in invoice.lines]
    return {**msgspec.to_builtins(invoice), "lines": lines}
