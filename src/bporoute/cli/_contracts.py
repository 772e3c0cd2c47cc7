"""Every vendor's contract in words, and what a period of it comes to at three volumes."""

from __future__ import annotations

from typing import Any

from bporoute.center._center import Center
from bporoute.center._vendor import Vendor
from bporoute.contracts._agreed_volume import CapacityOption, FixedFee, ResourceCharge
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._commitments import TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._tiers import VolumeTiers
from bporoute.contracts._unit_prices import PerFte, PerHour
from bporoute.contracts._whole_bill import Indexation
from bporoute.contracts._words import in_words
from bporoute.durations._laws import Distribution, Exponential, scaled

USUAL_VOLUMES = (1_000, 5_000, 20_000)
"""Contacts of a period at which a contract is shown that names no volume itself."""


def contract_rows(center: Center) -> dict[str, dict[str, Any]]:
    """Vendor -> what its contract says in words, and its totals at three volumes, in the center's money."""
    return {
        name: {
            "words": list(in_words(vendor.contract, center.currency)),
            "period": vendor.contract.period,
            "contact_type": vendor.contact_types[0],
            "left_out": left_out(vendor.contract),
            "totals": [
                {"contacts": volume, "total": total_at(center, vendor, volume)}
                for volume in volumes_of(vendor.contract)
            ],
        }
        for name, vendor in center.vendors.items()
    }


def contract_lines(center: Center) -> list[str]:
    """The same as lines for a terminal."""
    lines = []
    for name, row in contract_rows(center).items():
        lines.append(f"{name}:")
        lines += [f"  {sentence}" for sentence in row["words"]]
        totals = "; ".join(
            f"{each['contacts']:,} contacts {each['total']:,.2f} {center.currency}" for each in row["totals"]
        )
        without = f" (without {', '.join(row['left_out'])})" if row["left_out"] else ""
        lines.append(f"  a {row['period']} of {row['contact_type']}{without}: {totals}")
    return lines


def left_out(contract: Contract) -> list[str]:
    """What the totals cannot know of a contract."""
    found = []
    for term in contract.terms:
        match term:
            case PerHour() | PerFte():
                found.append("hours and FTE")
            case TakeOrPay(volume=None):
                found.append("the commitment by a forecast")
            case Multiplier():
                found.append("multipliers")
            case Indexation():
                found.append("the index")
    return list(dict.fromkeys(found))


def volumes_of(contract: Contract) -> tuple[int, ...]:
    """Three volumes, contacts of a period: around the largest that the contract names, else usual ones."""
    named = [tier.above for tier in contract.tiers if contract.tiers_by == "contacts"]
    for term in contract.terms:
        match term:
            case VolumeTiers(tiers=tiers, measure=measure) if not measure.in_minutes:
                named += [tier.above for tier in tiers]
            case (
                FixedFee(included=volume, measure=measure)
                | ResourceCharge(baseline=volume, measure=measure)
                | CapacityOption(reserved=volume, measure=measure)
            ) if not measure.in_minutes:
                named.append(volume)
            case TakeOrPay(volume=int(volume), measure=measure) if not measure.in_minutes:
                named.append(volume)
    largest = max(named, default=0)
    return (max(largest // 2, 1), largest, 2 * largest) if largest else USUAL_VOLUMES


def total_at(center: Center, vendor: Vendor, volume: int) -> float:
    """What a period with so many contacts of a vendor's first type is expected to come to."""
    return vendor.contract.expected_invoice(_typical(center, vendor), volume).total


def _typical(center: Center, vendor: Vendor) -> BilledContact:
    name = vendor.contact_types[0]
    kind = center.contact_types[name]
    queue = center.queues[kind.queue]
    slower = 1.0 if vendor.quality is None else vendor.quality.handle_time_factor
    mean = (kind.aht or queue.aht) * slower
    spread: Distribution = vendor.handle_times or queue.handle_times or Exponential(mean)
    return BilledContact(
        handle=scaled(spread, mean / spread.mean) if spread.mean > 0.0 else Exponential(mean),
        contact_type=name,
        channel=kind.channel,
    )
