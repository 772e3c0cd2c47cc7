"""What is in the money of a replay or a simulation, in sentences."""

from __future__ import annotations

from bporoute.cli.reports._cells import percent
from bporoute.contracts._prorated import counts_by_period
from bporoute.simulation._results import SimulatedPolicy

COST = (
    "Cost: vendors' invoices, waiting, abandonment, failures; "
    "wages, the same under every policy, are left out."
)
INVOICES = (
    "Invoices: prices, fees, commitments, what these carry forward, and service-level money by the service "
    "level reached here; hours, FTE and locked forecasts, which nobody tells, count nothing."
)
MOST_SHARES = 6
"""Parts of contract periods up to which they are listed one by one."""


def money_notes(each: SimulatedPolicy) -> list[str]:
    """What the cost of a run consists of, and which part of the contract periods lies in it."""
    vendors = each.center.vendors
    parts = [
        f"{name} {percent(share)} % of the {vendors[name].contract.period} from {start}"
        for name, periods in each.period_shares().items()
        if counts_by_period(vendors[name].contract)
        for start, share in periods.items()
        if share < 1.0
    ]
    if not parts:
        return [COST, INVOICES]
    listed = f" ({', '.join(parts)})" if len(parts) <= MOST_SHARES else ""
    return [
        COST,
        INVOICES,
        f"Of a contract period that is run in part its share is owed, by the vendor's open hours{listed}, "
        "as if the whole period were like it: fees, commitments, included volumes and the edges of tiers "
        "count for that share, caps as they are.",
    ]
