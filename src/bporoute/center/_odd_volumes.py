"""What looks odd in agreed volumes and fees, beside what a vendor's places can handle in a period."""

from __future__ import annotations

from collections.abc import Iterator

from bporoute._base.remark import Remark
from bporoute._base.vocabulary import EURO_RATES
from bporoute._base.words import counted
from bporoute.center._configured import Configured
from bporoute.center._usual import HANDLE_TIMES, numbers_of
from bporoute.contracts._contract import MONTHS
from bporoute.contracts._measure import Measure

VOLUMES = frozenset(
    (
        ("Tier", "above"),
        ("VolumeBand", "above"),
        ("FixedFee", "included"),
        ("ResourceCharge", "baseline"),
        ("CapacityOption", "reserved"),
        ("TakeOrPay", "volume"),
    )
)
FEES = frozenset((("FixedFee", "fee"), ("MinimumCommitment", "amount")))
MONTH = 31 * 86_400.0
MOST_FOR_A_PLACE = 15_000.0
"""Euros a month that nobody pays for a place that is always taken."""


def odd_volumes(center: Configured) -> Iterator[Remark]:
    """Remarks on volumes that nobody could reach, and on fees beyond what so many agents would cost."""
    rate = EURO_RATES.get(center.currency)
    for name, vendor in center.vendors.items():
        aht = min(center.queues[center.contact_types[kind].queue].aht for kind in vendor.contact_types)
        if not vendor.capacity or not HANDLE_TIMES.low <= aht <= HANDLE_TIMES.high:
            continue
        seconds = MONTHS[vendor.contract.period] * MONTH * vendor.capacity
        parts: list[tuple[str, object, bool]] = [("", vendor.contract.tiers, False)]
        for place, term in enumerate(vendor.contract.terms):
            measure = getattr(term, "measure", None)
            minutes = isinstance(measure, Measure) and measure.in_minutes
            parts.append((f".terms[{place}]", term, minutes))
        for inner, part, minutes in parts:
            most = seconds / (60.0 if minutes else aht)
            where = f"vendors.{name}.contract{inner or '.tiers'}"
            for path, struct, field, value in numbers_of(part, where):
                if (struct, field) in VOLUMES and value > most:
                    places = counted(vendor.capacity, "place")
                    odd = f"{places} can handle {most:,.0f} in a {vendor.contract.period}"
                    likely = "is it for a longer time, or in another unit?"
                    yield Remark(path, f"{value:,.0f}", odd, likely, (f"vendors.{name}.capacity",))
                cost = MONTHS[vendor.contract.period] * MOST_FOR_A_PLACE * vendor.capacity * (rate or 0.0)
                if cost and (struct, field) in FEES and value > cost:
                    odd = f"{cost / vendor.capacity:,.0f} {center.currency} for each of its places and more"
                    likely = "is it in cents, or for a longer time?"
                    yield Remark(path, f"{value:,.0f}", odd, likely, (f"vendors.{name}.capacity",))
