"""What contradicts itself within one contract, or is priced by another measure than its work."""

from __future__ import annotations

from collections.abc import Iterator

from bporoute._base.remark import Remark
from bporoute.center._configured import Configured
from bporoute.center._usual import numbers_of
from bporoute.contracts._commitments import TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._service_credits import ServiceCredits
from bporoute.contracts._tiers import VolumeTiers
from bporoute.contracts._unit_prices import PerContact, PerMinute

HALF_MORE = 1.5
MEASURED = ("service level", "resolution", "satisfaction")
"""Results that the router measures by itself."""


def odd_contracts(center: Configured) -> Iterator[Remark]:
    """Remarks on each vendor's contract by itself."""
    for name, vendor in center.vendors.items():
        yield from _odd_contract(f"vendors.{name}.contract", vendor.contract)


def _odd_contract(where: str, contract: Contract) -> Iterator[Remark]:
    """What contradicts itself within one contract."""
    if not (contract.price_per_contact or contract.price_per_minute or contract.tiers or contract.terms):
        yield Remark(where, "no price", "a contact costs nothing", "price_per_contact or price_per_minute?")
    for before, after in zip(contract.tiers, contract.tiers[1:], strict=False):
        for field in ("price_per_contact", "price_per_minute"):
            if 0 < getattr(before, field) < getattr(after, field):
                yield _rising(f"{where}.tiers", getattr(before, field), getattr(after, field))
    for place, term in enumerate(contract.terms):
        path = f"{where}.terms[{place}]"
        if isinstance(term, VolumeTiers):
            for low, high in zip(term.tiers, term.tiers[1:], strict=False):
                if 0 < low.price < high.price:
                    yield _rising(f"{path}.tiers", low.price, high.price)
        elif isinstance(term, TakeOrPay):
            yield from _odd_commitment(path, term, contract)
        elif isinstance(term, ServiceCredits):
            yield from _odd_credits(path, term)


def unequal_work(center: Configured) -> Iterator[Remark]:
    """Types whose handle times are by half off their queue's, and that a vendor takes by the contact."""
    for path, struct, field, aht in numbers_of(center.contact_types, "contact_types"):
        if (struct, field) != ("ContactType", "aht"):
            continue
        name = path.removeprefix("contact_types.").removesuffix(".aht")
        usual = center.queues[center.contact_types[name].queue].aht
        takers = [
            other
            for other, vendor in center.vendors.items()
            if name in vendor.contact_types and _by_the_contact(vendor.contract, usual)
        ]
        if takers and not 1 / HALF_MORE <= aht / usual <= HALF_MORE:
            odd = f"its queue has {usual:g} s, and {', '.join(takers)} takes it at a price per contact"
            yield Remark(path, f"{aht:g} s", odd, "prices are compared by the work that a contact is")


def _by_the_contact(contract: Contract, aht: float) -> bool:
    """Whether a contact that is half as long again costs clearly less than half as much again."""
    price, longer = contract.price(aht), contract.price(HALF_MORE * aht)
    return 0.0 < longer < 0.9 * HALF_MORE * price


def _rising(where: str, before: float, after: float) -> Remark:
    likely = "are the tiers swapped?"
    return Remark(where, f"{after:g} after {before:g}", "more volume is dearer", likely, (where,))


def _odd_commitment(where: str, term: TakeOrPay, contract: Contract) -> Iterator[Remark]:
    """A missing unit that costs more than one that is handled."""
    minutes = term.measure.in_minutes
    prices = [contract.price_per_minute if minutes else contract.price_per_contact]
    prices += [tier.price_per_minute if minutes else tier.price_per_contact for tier in contract.tiers]
    for other in contract.terms:
        if isinstance(other, PerMinute if minutes else PerContact):
            prices.append(other.price)
        elif isinstance(other, VolumeTiers) and other.measure.in_minutes == minutes:
            prices += [tier.price for tier in other.tiers]
    dearest = max(prices)
    by_minute = contract.price_per_minute or any(tier.price_per_minute for tier in contract.tiers)
    if not minutes and (by_minute or any(isinstance(other, PerMinute) for other in contract.terms)):
        return  # what a contact costs is not known without its length
    if 0.0 < dearest < term.price:
        odd = f"a missing unit costs more than one that is handled, {dearest:g}"
        top = where.rpartition(".")[0]
        beside = (f"{top}.terms", f"{top}.tiers", f"{top}.price_per_contact", f"{top}.price_per_minute")
        yield Remark(f"{where}.price", f"{term.price:g}", odd, "is it the price of the tier?", beside)


def _odd_credits(where: str, term: ServiceCredits) -> Iterator[Remark]:
    """Results in percent, and results that nobody measures."""
    for place, measure in enumerate(term.measures):
        path = f"{where}.measures[{place}]"
        if measure.name not in MEASURED:
            likely = next((name for name in MEASURED if _alike(name, measure.name)), "")
            yield Remark(
                f"{path}.name",
                repr(measure.name),
                "the router does not measure it: it counts as on target unless the usage of a bill states it",
                f"{likely!r} is measured" if likely else f"measured are: {', '.join(MEASURED)}",
            )
        if (measure.name in MEASURED or _alike("service level", measure.name)) and measure.target > 1.0:
            yield Remark(
                f"{path}.target",
                f"{measure.target:g}",
                "the result is measured as a share, so it is never reached",
                f"in percent it would be {measure.target / 100:g}",
            )
        elif measure.name in MEASURED and measure.better == "higher":
            if measure.stretch is not None and measure.stretch > 1.0:
                odd = "the result is measured as a share, so it is never reached"
                yield Remark(f"{path}.stretch", f"{measure.stretch:g}", odd, "is it in percent?")
            if 0.0 < measure.floor < measure.target / 5:
                odd = f"far below the target, {measure.target:g}"
                yield Remark(f"{path}.floor", f"{measure.floor:g}", odd, "is it in another unit?")


def _alike(name: str, found: str) -> bool:
    letters = "".join(filter(str.isalpha, found.lower()))
    short = {"service level": ("sl", "sla", "servicelevel", "gos"), "resolution": ("fcr", "resolved")}
    short["satisfaction"] = ("csat", "nps", "satisfied")
    return letters == name.replace(" ", "") or letters in short[name]
