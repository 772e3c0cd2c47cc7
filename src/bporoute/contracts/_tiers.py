"""Prices by tiers: bands of volume that follow each other without gap or overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bporoute._base.checked import Checked
from bporoute._base.fields import Count, Money
from bporoute.contracts._charge import Charge, Edge, measure_name
from bporoute.contracts._measure import HANDLE_MINUTES, HANDLED, Measure
from bporoute.contracts._term import Line
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError


class VolumeBand(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price of the units between two volumes.

    Attributes
    ----------
    above : int
        Units below it, which this price is not for.
    up_to : int or None
        The last unit that it is for; None: there is no last one.
    price : float
        Money for each unit.
    """

    above: Count
    up_to: Count | None = None
    price: Money


class VolumeTiers(Charge, frozen=True, kw_only=True, tag="volume_tiers"):
    """Prices by volume.

    Attributes
    ----------
    tiers : tuple of VolumeBand
        In order, without gap or overlap, the first above 0, the last without end.
    mode : {"incremental", "all_units"}
        ``incremental``: each unit at the price of its own tier. ``all_units``: all units at the price of
        the tier that the last one reaches, so the invoice may fall by a contact more.
    measure : Measure
        What is counted; handled contacts by default.
    """

    tiers: tuple[VolumeBand, ...]
    mode: Literal["incremental", "all_units"]
    measure: Measure = HANDLED

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.tiers:
            raise InputError("tiers", "none", "at least one tier")
        check_bands(self.tiers)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the tiers count."""
        return (self.measure,)

    def edges(self) -> tuple[Edge, ...]:
        """Where each further tier begins."""
        jump = self.mode == "all_units"
        return tuple(Edge(self.measure, float(tier.above), jump) for tier in self.tiers[1:])

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """A line for each tier that `usage` reaches, or one for all units, whatever its `months`."""
        units = usage.of(self.measure)
        reached = [tier for tier in self.tiers if tier.above < units] or [self.tiers[0]]
        if self.mode == "all_units":
            text = f"{measure_name(self.measure)}, all at the price above {reached[-1].above}"
            return (Line("volume_tiers", units, reached[-1].price, text),)
        return tuple(
            Line(
                "volume_tiers",
                (units if tier is reached[-1] else tier.up_to or 0) - tier.above,
                tier.price,
                f"{measure_name(self.measure)} above {tier.above}",
            )
            for tier in reached
        )

    def money(self, usage: PeriodUsage, months: int) -> float:
        """What the lines come to on a `usage`, however many `months` it has; without their texts."""
        units = usage.of(self.measure)
        reached = [tier for tier in self.tiers if tier.above < units] or [self.tiers[0]]
        last = reached[-1]
        if self.mode == "all_units":
            return units * last.price
        return sum(
            [((units if tier is last else tier.up_to or 0) - tier.above) * tier.price for tier in reached]
        )


class Tier(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices of the contacts number `above` + 1 to `up_to` sent in a period (incremental, not all-units).

    Attributes
    ----------
    above : int
        The tier begins after this many contacts of the period (minutes, see `Contract.tiers_by`).
    up_to : int or None
        The last contact, or minute, of the tier; None: no end.
    price_per_contact, price_per_minute : float
        Money per handled contact and per handled minute in this tier.
    """

    above: Count
    up_to: Count | None = None
    price_per_contact: Money = 0.0
    price_per_minute: Money = 0.0


class NumberedTiers(Charge, frozen=True, kw_only=True, tag="tiers"):
    """`Contract.tiers` as a charge: each contact pays the prices of the tier that its number falls into.

    By `minutes`, that of the tier in which it begins, and each of its minutes that of its own tier.
    """

    tiers: tuple[Tier, ...]
    minutes: bool = False

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Handled contacts and minutes, which the usage divides among the tiers."""
        return (HANDLED, HANDLE_MINUTES)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """Contacts and minutes of each tier."""
        lines = []
        for place, tier in enumerate(self.tiers):
            text = f"numbered above {tier.above}" if not self.minutes else f"above {tier.above} minutes"
            if tier.price_per_contact:
                contacts = usage.tier_contacts[place]
                lines.append(Line("tiers", contacts, tier.price_per_contact, f"contacts handled, {text}"))
            if tier.price_per_minute:
                minutes = usage.tier_minutes[place]
                lines.append(
                    Line("tiers", minutes, tier.price_per_minute, f"handle minutes of contacts {text}")
                )
        return tuple(lines)

    def money(self, usage: PeriodUsage, months: int) -> float:
        """What the lines come to; without their texts, as every price of a contact asks for it."""
        return sum(
            [
                contacts * tier.price_per_contact + minutes * tier.price_per_minute
                for tier, contacts, minutes in zip(
                    self.tiers, usage.tier_contacts, usage.tier_minutes, strict=True
                )
            ]
        )


def check_bands(bands: Sequence[VolumeBand | Tier]) -> None:
    """Raise InputError unless bands follow each other from 0 on, the last without end."""
    edge: int | None = 0
    for place, band in enumerate(bands):
        if edge is None or band.above != edge:
            wanted = "nothing after a tier without up_to" if edge is None else f"above = {edge}"
            raise InputError(
                f"tiers[{place}].above",
                str(band.above),
                f"{wanted}: tiers follow each other from 0 on without gap or overlap",
            )
        if band.up_to is not None and band.up_to <= band.above:
            raise InputError(f"tiers[{place}].up_to", str(band.up_to), f"more than {band.above}")
        edge = band.up_to
    if edge is not None:
        raise InputError(f"tiers[{place}].up_to", str(edge), "no up_to in the last tier")
