"""What the reports of a replay and of a simulation share: the table, and sentences about its numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from bporoute._base.words import counted
from bporoute.center._center import Center
from bporoute.cli.reports._cells import percent, percent_with_margin, rounded
from bporoute.estimates._confidence import Estimate
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label
from bporoute.simulation._results import FEWEST_REPLICATIONS, SimulatedPolicy

if TYPE_CHECKING:
    from rich.table import Table

CLOSE = 0.01
"""A policy that costs at most this share more than the cheapest is named as practically as good."""
MOST_PERIODS = 6
"""Invoices of a vendor up to which they are listed one by one."""
MARK, POLICY = "", "policy"


def table_of(
    rows: Sequence[Mapping[str, str]], bold: Sequence[bool], left_out: Collection[str] = ()
) -> Table:
    """A table of policies: a row per policy with its cells by heading, some headings left out."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    wanted = [heading for heading in rows[0] if heading not in left_out]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in wanted:
        if heading == POLICY:
            table.add_column(heading, overflow="fold", min_width=14)
        else:
            table.add_column(heading, justify="left" if heading == MARK else "right", no_wrap=True)
    for cells, best in zip(rows, bold, strict=True):  # as text: a policy's name is no markup
        table.add_row(*(Text(cells[heading]) for heading in wanted), style="bold" if best else "")
    return table


def service_cells(each: SimulatedPolicy, level: str, *, occupancy: bool) -> dict[str, str]:
    """Heading -> cell of how contacts were served, from the service level on, which is given as `level`."""
    cells = service_headings(level, percent(each.abandonment().value), rounded(each.asa().value, 1))
    if occupancy:
        cells["occu-\npancy %"] = percent(each.occupancy().value)
    return cells | {"sent\nout %": percent(each.overflow_share().value)}


def service_headings(level: str, abandoned: str, asa: str) -> dict[str, str]:
    """Heading -> cell of the three figures that a log tells, too."""
    return {"service\nlevel %": level, "aban-\ndoned %": abandoned, "ASA\ns": asa}


def cost_cells(center: Center, cost: str, extra: Estimate | None) -> dict[str, str]:
    """Heading -> cell of what a contact cost, and of how much more than the cheapest (None: this is it)."""
    more = "" if extra is None else percent_with_margin(extra.value, extra.half_width)
    return {f"{center.currency} per\ncontact": cost, "more than\ncheapest %": more}


def counted_as(center: Center) -> str:
    """Within what and in which counting the service level of each queue is counted."""
    return "; ".join(f"{name} {aim.within:g} s, {aim.counting}" for name, aim in center.aims.items())


def doubts(policies: Sequence[SimulatedPolicy]) -> list[str]:
    """Sentences about the policies whose row is not what it seems."""
    notes = [
        f"! {policy_label(each.policy)}: {each.trouble}. Its row is of the time before."
        for each in policies
        if each.trouble
    ]
    return notes + [
        f"! {policy_label(each.policy)}: {100.0 * each.degraded_share():.1f} % of the contacts were decided "
        "without a rule or a state to trust."
        for each in policies
        if each.degraded_share() > 0.0
    ]


def rests_on(cost: Estimate, replications: int) -> str:
    """What a ± rests on that an estimate over replications or days has."""
    if cost.count == 1:
        return "One day tells no interval: more with --replications or --days."
    if replications >= FEWEST_REPLICATIONS:
        units = f"the {replications} replications"
    elif replications > 1:
        units = f"the {counted(cost.count, 'day')} of all {replications} replications"
    else:
        units = f"the {cost.count} days, which share what contracts count by month"
    return f"±: 95 % confidence, from {units}; differences on the same contacts."


def vendor_notes(each: SimulatedPolicy, noun: str) -> list[str]:
    """What each vendor was sent and is owed under a policy; `noun` says of what, such as contacts."""
    use, bills, currency = each.vendor_use(), mean_invoices(each), each.center.currency
    sent: list[str] = []
    invoiced: list[str] = []
    for name in each.center.vendors:
        if not use[name]["sent"] and not use[name]["owed"]:
            continue
        failed = f" ({use[name]['failed']:,.0f} more failed)" if use[name]["failed"] else ""
        counted = "" if sent else f" {noun}"
        sent.append(f"{name} {use[name]['sent']:,.0f}{counted}{failed} for {use[name]['owed']:,.0f}")
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


def closeness(policy: Policy, cheapest: Policy, extra: Estimate) -> list[str]:
    """What is to be said where a policy costs hardly more than the cheapest."""
    both = f"{policy_label(policy)} and {policy_label(cheapest)}"
    if extra.value <= CLOSE:
        return [f"{both} are practically as good here: {100 * extra.value:.1f} % apart."]
    if extra.value <= extra.half_width < math.inf:
        return [f"{both}: the difference in cost is within chance."]
    return []
