"""What looks odd in prices and costs, by the size of the currency and beside each other."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from statistics import median
from typing import NamedTuple

from bporoute._base.remark import Remark
from bporoute._base.vocabulary import EURO_RATES
from bporoute.center._configured import Configured
from bporoute.center._kinds_of_work import costs_agree, deferred, is_critical
from bporoute.center._usual import HANDLE_TIMES, numbers_of, said
from bporoute.contracts._contract import Contract
from bporoute.contracts._measure import Measure
from bporoute.contracts._whole_bill import Currency

MOST_TIMES = {"abandonment_cost": 100, "unresolved_cost": 20, "dissatisfied_cost": 20, "failed_cost": 15}
"""Times the price of a contact that such a cost may be: a sale may be lost with a contact."""
MOST_LOSSES = 20.0
"""Times the cost of losing a contact that another failure may cost on an emergency line."""
FAR = 12.0
"""Prices of the same thing that differ by more are not in the same unit."""


class Span(NamedTuple):
    """Euros that something usually costs, and units that its price is mistaken for, with their factors."""

    what: str
    low: float
    high: float
    slips: tuple[tuple[str, float], ...] = ()


CENTS = ("cents", 0.01)
MINUTE = Span("a minute", 0.04, 8.0, (CENTS, ("money an hour", 1 / 60), ("money a second", 60.0)))
CONTACT = Span("a contact", 0.1, 120.0, (CENTS, ("hundreds", 100.0)))
HOUR = Span("an hour", 2.5, 200.0, (CENTS, ("money a minute", 60.0), ("money a month", 1 / 160)))
FTE = Span("an FTE month", 250.0, 20_000.0, (CENTS, ("money an hour", 160.0), ("money a year", 1 / 12)))
PERIOD = Span("a period", 50.0, 2e7, (("thousands", 1000.0),))
LOSS = Span("a contact that goes wrong", 0.05, 400.0, (CENTS, ("hundreds", 100.0)))
WAITING = Span(
    "a minute of waiting", 0.008, 4.0, (CENTS, ("money an hour", 1 / 60), ("money a second", 60.0))
)

SPANS = {
    "Queue.wait_cost_per_minute": WAITING,
    "Queue.abandonment_cost": LOSS,
    "Queue.unresolved_cost": LOSS,
    "Queue.dissatisfied_cost": LOSS,
    "Queue.failed_cost": LOSS,
    "ValueClass.keep_up_to": LOSS,
    "Vendor.max_exposure": PERIOD,
    "Vendor.prepaid": PERIOD,
    "Contract.price_per_contact": CONTACT,
    "Contract.price_per_minute": MINUTE,
    "Tier.price_per_contact": CONTACT,
    "Tier.price_per_minute": MINUTE,
    "PerContact.price": CONTACT,
    "PerMinute.price": MINUTE,
    "PerResolution.price": CONTACT,
    "PerHour.price": HOUR,
    "PerFte.price_per_month": FTE,
    "FixedFee.fee": PERIOD,
    "MinimumCommitment.amount": PERIOD,
    "MinimumCharge.amount": CONTACT,
    "GainShare.baseline": CONTACT,
}
"""Class and field -> what its money usually is."""
MEASURED_PRICES = {
    "VolumeTiers": ("tiers", "price"),
    "FixedFee": ("overage_price",),
    "ResourceCharge": ("additional_price", "reduced_price"),
    "CapacityOption": ("reservation_price", "usage_price", "over_price"),
    "TakeOrPay": ("price",),
}
"""Terms whose prices are for a unit of their measure."""


class Price(NamedTuple):
    """One price of a vendor: where it stands, what it is for, and how much."""

    where: str
    vendor: str
    span: Span
    value: float
    currency: str

    @property
    def euros(self) -> float:
        """The price in euros, roughly; as it is where nothing is known of its currency."""
        return self.value / EURO_RATES.get(self.currency, 1.0)


def odd_money(center: Configured) -> Iterator[Remark]:
    """Remarks on what contacts, waiting and failing cost."""
    prices = [
        price
        for name, vendor in center.vendors.items()
        for price in _prices(name, vendor.contract, center.currency)
    ]
    told = [*_by_size(center, prices), *_beside_each_other(prices)]
    yield from told
    odd = {price.vendor for price in prices if any(remark.where == price.where for remark in told)}
    yield from _uneven_costs(center)
    yield from _costs(center, odd)
    yield from _values(center)


def _prices(vendor: str, contract: Contract, money: str) -> Iterator[Price]:
    """The unit prices of a contract, in the center's money or in the contract's own."""
    top = f"vendors.{vendor}.contract"
    currency = next((term.code for term in contract.terms if isinstance(term, Currency)), money)
    for where, struct, field, value in numbers_of(contract, top):
        if span := SPANS.get(f"{struct}.{field}"):
            yield Price(where, vendor, span, value, currency)
    for place, term in enumerate(contract.terms):
        measure = getattr(term, "measure", None)
        if isinstance(measure, Measure):
            span = MINUTE if measure.in_minutes else CONTACT
            names = MEASURED_PRICES.get(type(term).__name__, ())
            for where, _, field, value in numbers_of(term, f"{top}.terms[{place}]"):
                if field in names:
                    yield Price(where, vendor, span, value, currency)


def _by_size(center: Configured, prices: list[Price]) -> Iterator[Remark]:
    """Money that is too much or too little in its currency."""
    for price in prices:
        if own := EURO_RATES.get(price.currency):
            yield from _odd_size(price.where, price.value, price.span, own, price.currency)
    rate = EURO_RATES.get(center.currency)
    if rate is None:
        return
    for name, vendor in center.vendors.items():
        for place, term in enumerate(vendor.contract.terms):
            if isinstance(term, Currency) and (of := EURO_RATES.get(term.code)):
                yield from _odd_exchange(f"vendors.{name}.contract.terms[{place}].rate", term.rate, rate / of)
    other_worth = _other_worth(center)
    for where, items in (("queues", center.queues), ("value_classes", center.value_classes)):
        for path, struct, field, value in numbers_of(items, where):
            if path in other_worth:
                continue
            if span := SPANS.get(f"{struct}.{field}"):
                yield from _odd_size(path, value, span, rate, center.currency)
    for name, vendor in center.vendors.items():
        for field, money in (("max_exposure", vendor.max_exposure), ("prepaid", vendor.prepaid)):
            span = SPANS[f"Vendor.{field}"]
            yield from _odd_size(f"vendors.{name}.{field}", money or 0.0, span, rate, center.currency)


def _odd_exchange(where: str, told: float, usual: float) -> Iterator[Remark]:
    """A rate of exchange that is not some three times what it was lately."""
    if not usual / 3.0 <= told <= 3.0 * usual:
        turned = usual / 3.0 <= 1.0 / told <= 3.0 * usual
        likely = f"turned round it would be {1.0 / told:.4g}" if turned else ""
        yield Remark(where, f"{told:g}", f"lately it was some {usual:.3g} of the center's money", likely)


def _odd_size(where: str, value: float, span: Span, rate: float, currency: str) -> Iterator[Remark]:
    low, high = span.low * rate, span.high * rate
    if value and not low <= value <= high:
        usual = f"usually it is from {low:.3g} to {high:,.3g} {currency} {span.what}".replace("e+0", "e")
        yield Remark(where, f"{value:g} {currency}", usual, _likely(value, span, low, high, currency))


def _likely(value: float, span: Span, low: float, high: float, currency: str) -> str:
    meant = [
        f"in {unit} it would be {value * factor:.4g} {currency}".rstrip() + f" {span.what}"
        for unit, factor in span.slips
        if low <= value * factor <= high
    ]
    return ", ".join(meant)


def _beside_each_other(prices: list[Price]) -> Iterator[Remark]:
    """Prices of the same thing that are far from the others'."""
    for price in prices:
        same = [other.euros for other in prices if other.span == price.span and other.value]
        if price.span not in (CONTACT, MINUTE) or not price.value:
            continue
        # Of two the one nearer to what is usual is right, of more the middle one.
        usual = median(same) if len(same) > 2 else min(same, key=lambda value: abs(_size(value, price.span)))
        if 1 / FAR <= price.euros / usual <= FAR:
            continue
        usual *= price.value / price.euros
        low, high = usual / FAR, usual * FAR
        odd = f"others have {usual:.4g} {price.span.what}"
        yield Remark(price.where, f"{price.value:g}", odd, _likely(price.value, price.span, low, high, ""))


def _size(value: float, span: Span) -> float:
    """How far money is from the middle of what is usual, in steps of ten."""
    return math.log10(value / (span.low * span.high) ** 0.5)


def _costs(center: Configured, odd: Collection[str]) -> Iterator[Remark]:
    """What waiting and losing a contact cost, beside the prices of the vendors that have no `odd` one."""
    other_worth = _other_worth(center)
    for name, queue in center.queues.items():
        if not HANDLE_TIMES.low <= queue.aht <= HANDLE_TIMES.high:
            continue
        types = [kind for kind, config in center.contact_types.items() if config.queue == name]
        charged = [
            price
            for vendor_name, vendor in center.vendors.items()
            if vendor_name not in odd
            and not set(types).isdisjoint(vendor.contact_types)
            and (price := vendor.contract.price(queue.aht)) > 0.0
        ]
        if not charged:
            continue
        usual = median(charged)
        for field in MOST_TIMES:
            cost = getattr(queue, field)
            if f"queues.{name}.{field}" in other_worth:
                continue
            if cost and not usual / 20 <= cost <= MOST_TIMES[field] * usual:
                why = f"a contact costs {usual:.3g} at a vendor"
                yield Remark(f"queues.{name}.{field}", f"{cost:g}", why, "is it in the same money?")
        minute = 60.0 * usual / queue.aht
        waiting = queue.wait_cost_per_minute
        if f"queues.{name}.wait_cost_per_minute" in other_worth:
            continue
        if waiting and not minute / 60 <= waiting <= 8 * minute:
            why = f"a minute of a vendor's work costs {minute:.3g}"
            likely = f"an hour of waiting at {waiting:g} would be {waiting / 60:.3g} a minute"
            likely = likely if waiting > minute else f"{waiting:g} a second would be {60 * waiting:.3g}"
            yield Remark(f"queues.{name}.wait_cost_per_minute", f"{waiting:g}", why, likely)


def _other_worth(center: Configured) -> frozenset[str]:
    """Costs unlike those of an ordinary phone queue: on emergency lines, and where work lies for days."""
    paths: set[str] = set()
    late = deferred(center)
    for name, queue in center.queues.items():
        if is_critical(queue):
            paths |= {f"queues.{name}.{field}" for field in ("wait_cost_per_minute", *MOST_TIMES)}
        elif name in late:
            paths |= {f"queues.{name}.{field}" for field in ("wait_cost_per_minute", "abandonment_cost")}
    return frozenset(paths)


def _uneven_costs(center: Configured) -> Iterator[Remark]:
    """Costs of such queues that do not fit each other; which of two is odd, the usual sizes tell."""
    for name, queue in center.queues.items():
        where, waiting, lost = f"queues.{name}", queue.wait_cost_per_minute, queue.abandonment_cost
        if f"{where}.wait_cost_per_minute" not in _other_worth(center):
            continue
        near = (f"{where}.patience",)
        if not costs_agree(queue):
            odd = f"waiting for a patience of {said(queue.patience)} costs "
            odd += f"{waiting * queue.patience / 60.0:.3g}, losing the contact {lost:g}"
            _, path = max(
                (abs(_size(waiting, WAITING)), f"{where}.wait_cost_per_minute"),
                (abs(_size(lost, LOSS)), f"{where}.abandonment_cost"),
            )
            found = f"{lost:g}" if path.endswith("abandonment_cost") else f"{waiting:g}"
            yield Remark(path, found, odd, "are both in the same money?", near)
        for field in ("unresolved_cost", "dissatisfied_cost", "failed_cost"):
            cost = getattr(queue, field)
            if lost and is_critical(queue) and cost > MOST_LOSSES * lost:
                odd, beside = f"losing a contact costs {lost:g}", (f"{where}.abandonment_cost",)
                yield Remark(f"{where}.{field}", f"{cost:g}", odd, "are both in the same money?", beside)


def _values(center: Configured) -> Iterator[Remark]:
    """What keeping a valuable customer may cost, beside what a contact costs at a vendor."""
    aht = median(queue.aht for queue in center.queues.values())
    prices = [vendor.contract.price(aht) for vendor in center.vendors.values()]
    usual = median(prices) if prices else 0.0
    for name, kind in center.value_classes.items():
        if usual > 0.0 and kind.keep_up_to > MOST_TIMES["unresolved_cost"] * usual:
            odd = f"a contact costs {usual:.3g} at a vendor"
            found = f"{kind.keep_up_to:g}"
            yield Remark(f"value_classes.{name}.keep_up_to", found, odd, "is it in the same money?")
