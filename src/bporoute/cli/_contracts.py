"""Every vendor's contract in words, and what a period of it comes to at three volumes."""

from __future__ import annotations

from typing import Any

from bporoute._base.words import counted
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
    """Vendor -> what its contract says in words, and its totals at three volumes, in the center's money.

    The totals are those of a period of one contact type alone, by type: prices may differ by type, channel
    and handle time.
    """
    return {
        name: {
            "words": list(in_words(vendor.contract, center.currency)),
            "period": vendor.contract.period,
            "left_out": left_out(vendor.contract),
            "totals": {
                contact_type: [
                    {"contacts": volume, "total": total_at(center, vendor, contact_type, volume)}
                    for volume in volumes_of(vendor.contract)
                ]
                for contact_type in vendor.contact_types
            },
        }
        for name, vendor in center.vendors.items()
    }


def contract_lines(center: Center) -> list[str]:
    """The same as lines for a terminal."""
    lines = []
    for name, row in contract_rows(center).items():
        lines.append(f"{name}:")
        lines += [f"  {sentence}" for sentence in row["words"]]
        without = f" (without {', '.join(row['left_out'])})" if row["left_out"] else ""
        alike: dict[str, list[str]] = {}
        for contact_type, totals in row["totals"].items():
            told = "; ".join(
                f"{counted(each['contacts'], 'contact')} {each['total']:,.2f} {center.currency}"
                for each in totals
            )
            alike.setdefault(told, []).append(contact_type)
        for told, types in alike.items():
            lines.append(f"  a {row['period']} of {' or '.join(types)}{without}: {told}")
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


def total_at(center: Center, vendor: Vendor, contact_type: str, volume: int) -> float:
    """What a period with so many contacts of one type is expected to come to at a vendor."""
    return vendor.contract.expected_invoice(_typical(center, vendor, contact_type), volume).total


def _typical(center: Center, vendor: Vendor, name: str) -> BilledContact:
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
