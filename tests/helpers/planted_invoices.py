"""A month of contacts of three vendors, and their invoices with faults of every kind, each with its amount.

What is owed is worked out here in whole cents, by nothing of the package.
"""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bporoute import (
    Center,
    ContactType,
    Contract,
    Currency,
    FixedFee,
    Multiplier,
    PerContact,
    PerMinute,
    Queue,
    Rounding,
    ServiceCredits,
    SlaMeasure,
    Vendor,
    VolumeBand,
    VolumeTiers,
)

ZONE = ZoneInfo("Europe/Berlin")
PERIOD = "2026-11"
BEGIN, END = datetime(2026, 11, 1, tzinfo=ZONE), datetime(2026, 12, 1, tzinfo=ZONE)
CENTS = Decimal("0.01")


class Planted(NamedTuple):
    """What was made.

    Attributes
    ----------
    center : Center
        The contracts.
    contacts, invoice : dict
        Columns of two files.
    faults : dict
        Vendor -> reason -> amounts of the lines, each billed minus owed.
    owed, billed : dict
        Vendor -> money.
    """

    center: Center
    contacts: dict[str, list[Any]]
    invoice: dict[str, list[Any]]
    faults: dict[str, dict[str, list[Decimal]]]
    owed: dict[str, Decimal]
    billed: dict[str, Decimal]


class One(NamedTuple):
    """A contact: who took it when and how long, how it ended."""

    vendor: str
    id: str
    start: datetime
    handle: int
    outcome: str
    wait: int


def planted_center(size: int) -> Center:
    """Three vendors of which each is paid another way; tiers by the `size` of a month."""
    usual = {"country": "EE", "timezone": "Europe/Berlin", "contact_types": ("service",)}
    cents = Rounding(decimals=2, mode="half_up")
    level = SlaMeasure(name="service level", weight=1, floor=0.5, target=0.8)
    nord = Contract(
        terms=(
            PerMinute(price=0.58, step=30, free_up_to=10),
            Multiplier(factor=1.25, hours=("daily 22:00-06:00",)),
            FixedFee(fee=1500),
            ServiceCredits(measures=(level,), at_risk=0.1),
        ),
        round_contacts=cents,
        round_lines=cents,
    )
    bands = (VolumeBand(above=0, up_to=size // 2, price=3.1), VolumeBand(above=size // 2, price=2.7))
    east = Contract(
        terms=(VolumeTiers(tiers=bands, mode="incremental"), Currency(code="PLN", rate=0.23)),
        round_lines=cents,
    )
    south = Contract(
        terms=(PerContact(price=0.9), PerMinute(price=0.3, step=1)), round_contacts=cents, round_lines=cents
    )
    return Center(
        queues={"service": Queue(aht=240)},
        contact_types={"service": ContactType(queue="service")},
        vendors={
            name: Vendor(contract=contract, **usual)
            for name, contract in (("nord", nord), ("ost", east), ("sud", south))
        },
        timezone="Europe/Berlin",
    )


def cents(amount: Decimal) -> Decimal:
    """Money to the cent."""
    return amount.quantize(CENTS, ROUND_HALF_UP)


def clock(one: One) -> str:
    """When a contact began, by the clock on the wall."""
    return f"{one.start.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def in_steps(seconds: int, step: int) -> int:
    return math.ceil(seconds / step) * step


def by_minute(
    one: One, *, seconds: int = 0, step: int = 30, factor: str = "", price: str = "0.58"
) -> Decimal:
    """What nord may ask for a contact, free or not."""
    night = one.start.astimezone(ZONE).hour >= 22 or one.start.astimezone(ZONE).hour < 6
    times = Decimal(factor or ("1.25" if night else "1"))
    return cents(Decimal(price) * times * in_steps(seconds or one.handle, step) / 60)


def planted(size: int, seed: int = 1) -> Planted:
    """A month with `size` contacts of each vendor."""
    rng = random.Random(seed)
    center = planted_center(size)
    ones = [one for name in ("nord", "ost", "sud") for one in _month(name, size, rng)]
    faults: dict[str, dict[str, list[Decimal]]] = {name: {} for name in center.vendors}
    rows: list[dict[str, Any]] = []
    owed = {
        "nord": _nord([one for one in ones if one.vendor == "nord"], rng, faults["nord"], rows),
        "ost": _ost([one for one in ones if one.vendor == "ost"], size // 2, rng, faults["ost"], rows),
        "sud": _sud([one for one in ones if one.vendor == "sud"], rng, faults["sud"], rows),
    }
    rng.shuffle(rows)
    names = ("vendor", "call id", "start", "seconds", "item", "unit price", "amount", "currency")
    invoice = {name: [row.get(name, "") for row in rows] for name in names}
    billed = {
        name: sum((Decimal(row["amount"]) for row in rows if row["vendor"] == name), Decimal(0))
        for name in owed
    }
    rng.shuffle(ones)
    contacts = {
        "id": [one.id for one in ones],
        "vendor": [one.vendor for one in ones],
        "type": ["service"] * len(ones),
        "start": [clock(one) for one in ones],
        "wait": [one.wait for one in ones],
        "handle": [one.handle if one.outcome == "answered" else "" for one in ones],
        "outcome": [one.outcome for one in ones],
    }
    return Planted(center, contacts, invoice, faults, owed, billed)


def _month(vendor: str, size: int, rng: random.Random) -> list[One]:
    """Contacts of the month, and some of the days before and after."""
    month = int((END - BEGIN).total_seconds())
    seconds = sorted(rng.sample(range(-86_400, month + 86_400), int(size * 1.07)))
    found = []
    for number, second in enumerate(seconds):
        answered = rng.random() < 0.95
        found.append(
            One(
                vendor,
                f"{vendor}-{number:06}",
                BEGIN.astimezone(ZoneInfo("UTC")) + timedelta(seconds=second),
                rng.randint(2, 9) if rng.random() < 0.02 else rng.randint(11, 600),
                "answered" if answered else "abandoned",
                rng.randint(0, 40),
            )
        )
    return found


def _inside(one: One) -> bool:
    return BEGIN <= one.start < END


def _row(one: One, amount: Decimal, **more: Any) -> dict[str, Any]:
    return {
        "vendor": one.vendor,
        "call id": one.id,
        "start": clock(one),
        "amount": str(amount),
        "currency": "EUR",
        **more,
    }


def _pick(rng: random.Random, pool: list[One], count: int) -> list[One]:
    """Some of them, taken out of the pool."""
    chosen = rng.sample(pool, count)
    gone = {one.id for one in chosen}
    pool[:] = [one for one in pool if one.id not in gone]
    return chosen


def _nord(
    ones: list[One], rng: random.Random, faults: dict[str, list[Decimal]], rows: list[dict[str, Any]]
) -> Decimal:
    """Minutes in steps, by id: every reason that a single contact can have, and a credit that is missing."""
    inside = [one for one in ones if _inside(one)]
    answered = [one for one in inside if one.outcome == "answered"]
    fair = {one.id: by_minute(one) if one.handle > 10 else Decimal(0) for one in answered}
    pool = [one for one in answered if one.handle > 10]
    few = max(len(inside) // 1000, 3)

    def plant(reason: str, one: One, amount: Decimal, **more: Any) -> None:
        faults.setdefault(reason, []).append(amount - fair.get(one.id, Decimal(0)))
        rows.append(_row(one, amount, seconds=one.handle, **more))

    for one in _pick(rng, [one for one in answered if one.handle <= 10], min(40, few)):
        plant("short_call", one, by_minute(one))
    for one in _pick(rng, [one for one in inside if one.outcome == "abandoned"], few):
        plant("not_answered", one, Decimal("0.29"))
    for one in _pick(rng, [one for one in ones if not _inside(one) and one.outcome == "answered"], few):
        plant("outside_period", one, by_minute(one))
    for one in _pick(
        rng, [one for one in pool if in_steps(one.handle, 60) != in_steps(one.handle, 30)], 20 * few
    ):
        pool.remove(one)
        plant("step", one, by_minute(one, step=60))
    for one in _pick(rng, [one for one in pool if by_minute(one) == by_minute(one, factor="1")], few):
        pool.remove(one)
        plant("multiplier", one, by_minute(one, factor="1.25"), **{"unit price": "0.725"})
    for one in _pick(rng, [one for one in pool if one.handle > 60], few):
        pool.remove(one)
        plant("price", one, by_minute(one, price="0.61"), **{"unit price": "0.61"})
    for one in _pick(rng, pool, few):
        longer = one.handle + 97
        amount = by_minute(one, seconds=longer)
        faults.setdefault("minutes", []).append(amount - fair[one.id])
        rows.append(_row(one, amount, seconds=longer))
    for one in _pick(rng, pool, few):
        faults.setdefault("not_billed", []).append(-fair[one.id])
    for number, one in enumerate(rng.sample(pool, min(25, few))):
        stranger = one._replace(id=f"foreign-{number}", start=one.start + timedelta(seconds=1))
        faults.setdefault("not_in_records", []).append(fair[one.id])
        rows.append(_row(stranger, fair[one.id], seconds=one.handle + 97))
    for one in rng.sample(pool, int(0.013 * len(inside))):
        faults.setdefault("duplicate", []).append(fair[one.id])
        rows.append(_row(one, fair[one.id], seconds=one.handle))
    rows += [_row(one, fair[one.id], seconds=one.handle) for one in pool]
    rows.append({"vendor": "nord", "item": "monthly fee", "amount": "1500.00", "currency": "EUR"})
    # Half of the fee's tenth, as half of the way from the target to the floor is missed, to the digit.
    fee = sum(fair.values(), Decimal(1500))
    in_time = sum(one.outcome == "answered" and one.wait <= 20 for one in inside)
    missed = min((Decimal("0.8") - Decimal(in_time) / len(inside)) / Decimal("0.3"), Decimal(1))
    credit = -cents(fee * Decimal("0.1") * missed)
    faults["credit_missing"] = [-credit]
    return fee + credit


def _ost(
    ones: list[One],
    edge: int,
    rng: random.Random,
    faults: dict[str, list[Decimal]],
    rows: list[dict[str, Any]],
) -> Decimal:
    """Contacts in tiers, in a currency of their own: some at the price of a tier that they have left."""
    handled = [one for one in ones if _inside(one) and one.outcome == "answered"]
    low, high = Decimal("3.1"), Decimal("2.7")
    fair = {one.id: low if number < edge else high for number, one in enumerate(handled)}
    wrong = {one.id for one in rng.sample(handled[edge:], len(handled) // 200)}
    faults["tier"] = [low - high] * len(wrong)
    for one in handled:
        price = low if one.id in wrong else fair[one.id]
        rows.append(_row(one, price, **{"unit price": str(price), "currency": "PLN"}))
    for one in rng.sample([one for one in handled if one.id not in wrong], int(0.013 * len(handled))):
        faults.setdefault("duplicate", []).append(fair[one.id])
        rows.append(_row(one, fair[one.id], currency="PLN"))
    rows.append({"vendor": "ost", "item": "priority surcharge", "amount": "250.00", "currency": "PLN"})
    faults["not_agreed"] = [Decimal(250)]
    return sum(fair.values(), Decimal(0))


def _sud(
    ones: list[One], rng: random.Random, faults: dict[str, list[Decimal]], rows: list[dict[str, Any]]
) -> Decimal:
    """A price for the contact and one for its seconds, without ids: by time alone."""
    handled = [one for one in ones if _inside(one) and one.outcome == "answered"]
    fair = {one.id: Decimal("0.90") + cents(Decimal("0.3") * one.handle / 60) for one in handled}
    missing = {one.id for one in rng.sample(handled, max(len(handled) // 2000, 2))}
    faults["not_billed"] = [-fair[name] for name in sorted(missing)]
    for one in handled:
        if one.id not in missing:
            there = one._replace(id="", start=one.start + timedelta(seconds=rng.randint(-2, 2)))
            rows.append(_row(there, fair[one.id], seconds=one.handle))
    return sum(fair.values(), Decimal(0))
