"""What a simulation found, as a table for people and as plain values for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from bporoute.center._targets import Counting, Target
from bporoute.cli.reports._cells import known, percent, percent_with_margin, rounded, with_margin
from bporoute.cli.reports._replay import closeness, counted_as
from bporoute.estimates._confidence import Estimate
from bporoute.policies._text import policy_label, policy_text
from bporoute.simulation._results import (
    FEWEST_REPLICATIONS,
    SimulatedPolicy,
    Simulation,
    dearer,
    service_difference,
)
from bporoute.simulation._service import Service

if TYPE_CHECKING:
    from rich.table import Table

ROOM_FOR_ALL = 120
"""Columns of a terminal below which some of the table are left out."""
LEFT_OUT = ("ASA\ns", "occu-\npancy %", "targets\nmet")
MOST_PERIODS = 6
"""Invoices of a vendor up to which they are listed one by one."""


def comparison_table(found: Simulation, width: int = ROOM_FOR_ALL) -> Table:
    """One row per policy, the cheapest marked with a star, to fit into `width` characters from 80 on."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cheapest = found.cheapest
    rows = [_cells(each, cheapest) for each in found.policies]
    wanted = [name for name in rows[0] if width >= ROOM_FOR_ALL or name not in LEFT_OUT]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in wanted:
        if name == "policy":
            table.add_column(name, overflow="fold", min_width=14)
        else:
            table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for each, cells in zip(found.policies, rows, strict=True):
        style = "bold" if each is cheapest else ""
        table.add_row(*(Text(cells[name]) for name in wanted), style=style)  # a name is no markup
    return table


def missed_precision(found: Simulation, precision: float) -> list[str]:
    """Sentences about the policies whose cost is known less well than was asked for."""
    lines = []
    for each in found.policies:
        cost = each.cost_per_contact()
        if cost.half_width > precision * abs(cost.value):
            lines.append(
                f"{policy_label(each.policy)}: after {found.replications} replications its cost is known to "
                f"{cost.half_width / abs(cost.value) if cost.value else math.inf:.3g}, not to {precision:g}"
            )
    return lines


def _cells(each: SimulatedPolicy, cheapest: SimulatedPolicy) -> dict[str, str]:
    level, cost, extra = each.service_level(), each.cost_per_contact(), dearer(each, cheapest)
    met = [verdict for _, verdicts in judged(each).items() for _, verdict in verdicts]
    return {
        "": "*" if each is cheapest else "!" if each.trouble else "",
        "policy": policy_label(each.policy),
        "service\nlevel %": percent_with_margin(level.value, level.half_width),
        "aban-\ndoned %": percent(each.abandonment().value),
        "ASA\ns": rounded(each.asa().value, 1),
        "occu-\npancy %": percent(each.occupancy().value),
        "sent\nout %": percent(each.overflow_share().value),
        f"{each.center.currency} per\ncontact": with_margin(cost.value, cost.half_width, 3, 5),
        "more than\ncheapest %": ""
        if each is cheapest
        else percent_with_margin(extra.value, extra.half_width),
        "targets\nmet": f"{sum(met)} of {len(met)}",
    }


def judged(each: SimulatedPolicy) -> dict[str, list[tuple[Target, bool]]]:
    """Queue -> its targets, and whether each is met over all replications."""
    verdicts = {}
    for name, queue in each.center.queues.items():
        service = Service(
            service_level=each.service_level(name).value,
            asa=each.asa(name).value,
            abandonment=each.abandonment(name).value,
            occupancy=each.occupancy(name).value,
        )
        verdicts[name] = [(target, service.meets(target)) for target in queue.targets.given()]
    return verdicts


def footnotes(found: Simulation) -> list[str]:
    """What the numbers of the table mean, what they rest on, and what must not be read into them."""
    center, cheapest = found.center, found.cheapest
    days, replications = cheapest.days, found.replications
    notes = []
    if found.interrupted:
        notes.append(
            f"Interrupted: the table holds the {_plural(replications, 'replication')} that every policy "
            "had finished."
        )
    notes += [
        f"! {policy_label(each.policy)}: {each.trouble}. Its row is of the time before."
        for each in found.policies
        if each.trouble
    ]
    notes += [
        f"! {policy_label(each.policy)}: {100.0 * each.degraded_share():.1f} % of the contacts were decided "
        "without a rule or a state to trust."
        for each in found.policies
        if each.degraded_share() > 0.0
    ]
    notes += [
        f"Service level: share of the contacts answered in time, anywhere ({counted_as(center)}).",
        f"Counted: {cheapest.contacts():,} contacts, {_plural(replications, 'replication')} of "
        f"{_plural(days, 'day')}, seed {found.seed}; every policy met the same ones.",
        "Cost: vendors' invoices, waiting, abandonment, failures; wages, the same under every policy, are "
        "left out.",
        _rests_on(cheapest.cost_per_contact(), replications, days),
    ]
    if found.arrivals.listed.time.size:
        notes.append("Every replication has the same calls; patience and what the log leaves open are drawn.")
    if found.scenario.redial:
        notes.append("Whoever gives up may call again; each call counts.")
    notes += _vendor_notes(cheapest)
    for each in found.policies:
        if each is not cheapest and not each.trouble:
            extra = dearer(each, cheapest)
            notes += closeness(each.policy, cheapest.policy, extra.value, extra.half_width)
    return notes


def _rests_on(cost: Estimate, replications: int, days: int) -> str:
    if cost.count == 1:
        return "One day tells no interval: more with --replications or --days."
    if replications >= FEWEST_REPLICATIONS:
        units = f"the {replications} replications"
    elif replications > 1:
        units = f"the {cost.count} days of all {replications} replications"
    else:
        units = f"the {cost.count} days, which share what contracts count by month"
    return f"±: 95 % confidence, from {units}; differences on the same contacts."


def _vendor_notes(each: SimulatedPolicy) -> list[str]:
    use, bills, currency = each.vendor_use(), mean_invoices(each), each.center.currency
    sent: list[str] = []
    invoiced: list[str] = []
    for name in each.center.vendors:
        if not use[name]["sent"] and not use[name]["owed"]:
            continue
        failed = f" ({use[name]['failed']:,.0f} more failed)" if use[name]["failed"] else ""
        noun = "" if sent else " contacts"
        sent.append(f"{name} {use[name]['sent']:,.0f}{noun}{failed} for {use[name]['owed']:,.0f}")
        if 1 < len(bills[name]) <= MOST_PERIODS:
            periods = ", ".join(f"{total:,.0f} from {start}" for start, total in bills[name].items())
            invoiced.append(f"{name} {periods}")
    if not sent:
        return []
    average = "" if len(each.runs) == 1 else " per replication"
    notes = [f"{policy_label(each.policy)} sent out{average}: {', '.join(sent)} {currency}."]
    if invoiced:
        notes.append(f"Invoices by contract period: {'; '.join(invoiced)} {currency}.")
    return notes


def mean_invoices(each: SimulatedPolicy) -> dict[str, dict[str, float]]:
    """Vendor -> local day on which a contract period begins -> money owed, mean of the replications."""
    totals: dict[str, dict[str, list[float]]] = {name: {} for name in each.center.vendors}
    for number in range(len(each.runs)):
        for name, periods in each.invoices(number).items():
            for start, invoice in periods.items():
                totals[name].setdefault(start, []).append(invoice.total)
    return {
        name: {start: sum(owed) / len(each.runs) for start, owed in sorted(periods.items())}
        for name, periods in totals.items()
    }


def as_document(found: Simulation) -> dict[str, Any]:
    """Everything as plain values: shares in [0, 1], seconds, money; None where nothing counts."""
    return {
        "center": found.center.name,
        "currency": found.center.currency,
        "seed": found.seed,
        "replications": found.replications,
        "days": found.cheapest.days,
        "interrupted": found.interrupted,
        "policies": as_rows(found),
    }


def as_rows(found: Simulation) -> list[dict[str, Any]]:
    """One row of plain values per policy; an estimate is its value, the bounds of its interval and count."""
    return [_row(each, found.cheapest) for each in found.policies]


def _row(each: SimulatedPolicy, cheapest: SimulatedPolicy) -> dict[str, Any]:
    bills = mean_invoices(each)
    return {
        "policy": policy_label(each.policy),
        "text": policy_text(each.policy),
        "cheapest": each is cheapest,
        "contacts": each.contacts(),
        **_figures(each, None),
        "cost_per_contact": _plain(each.cost_per_contact()),
        "dearer_by": _plain(dearer(each, cheapest)),
        "service_level_gain": _plain(service_difference(each, cheapest)),
        "queues": {
            name: {
                **_figures(each, name),
                "overflow": {field: known(value) for field, value in each.overflow(name)._asdict().items()},
                "targets": [{"target": str(target), "met": met} for target, met in verdicts],
            }
            for name, verdicts in judged(each).items()
        },
        "vendors": each.vendor_use(),
        "invoices": {
            name: {
                start: {"total": total, "first_replication": _plain_invoice(each, name, start)}
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


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
