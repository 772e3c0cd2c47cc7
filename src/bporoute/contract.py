"""How a vendor is paid and bound: prices, volume tiers, caps, term."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from bporoute.errors import InputError
from bporoute.fields import Count, Money

Period = Literal["month", "quarter", "year"]


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices of the contacts number `above` + 1 to `up_to` sent in a period (incremental, not all-units).

    Attributes
    ----------
    above : int
        The tier begins after this many contacts of the period.
    up_to : int or None
        The last contact of the tier; None: no end.
    price_per_contact, price_per_minute : float
        Money per handled contact and per handled minute in this tier.
    """

    above: Count
    up_to: Count | None = None
    price_per_contact: Money = 0.0
    price_per_minute: Money = 0.0


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices and bounds of one vendor.

    A contact costs ``price_per_contact + price_per_minute * handle / 60``; with `tiers`, the tier that
    its number in the calendar period falls into sets both prices.

    Attributes
    ----------
    price_per_contact, price_per_minute : float
        Money per handled contact and per handled minute.
    tiers : tuple of Tier
        In order, without gap or overlap, the first above 0, the last without end.
    period : {"month", "quarter", "year"}
        Calendar period, in the vendor's time zone, that tiers and `cap_per_period` count by.
    cap_per_hour, cap_per_day, cap_per_period : int or None
        Most contacts that may be sent in a clock hour, day and period of the vendor's zone.
    start, end : date or None
        First and last day of the term, both included, in the vendor's zone.

    Examples
    --------
    >>> Contract(price_per_contact=1.0, price_per_minute=0.6).price(handle=180.0)
    2.8
    """

    price_per_contact: Money = 0.0
    price_per_minute: Money = 0.0
    tiers: tuple[Tier, ...] = ()
    period: Period = "month"
    cap_per_hour: Count | None = None
    cap_per_day: Count | None = None
    cap_per_period: Count | None = None
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise InputError("end", str(self.end), f"a day on or after the start, {self.start}")
        if not self.tiers:
            return
        if self.price_per_contact or self.price_per_minute:
            raise InputError("tiers", "prices beside the tiers too", "prices in the tiers or beside them")
        edge: int | None = 0
        for place, tier in enumerate(self.tiers):
            if edge is None or tier.above != edge:
                wanted = "nothing after a tier without up_to" if edge is None else f"above = {edge}"
                raise InputError(
                    f"tiers[{place}].above",
                    str(tier.above),
                    f"{wanted}: tiers follow each other from 0 on without gap or overlap",
                )
            if tier.up_to is not None and tier.up_to <= tier.above:
                raise InputError(f"tiers[{place}].up_to", str(tier.up_to), f"more than {tier.above}")
            edge = tier.up_to
        if edge is not None:
            raise InputError(f"tiers[{place}].up_to", str(edge), "no up_to in the last tier")

    def price(self, handle: float, sent: int = 0) -> float:
        """Money for one more handled contact of `handle` seconds after `sent` contacts of the period.

        >>> tiers = (Tier(above=0, up_to=100, price_per_contact=3.0), Tier(above=100, price_per_contact=2.0))
        >>> [Contract(tiers=tiers).price(180.0, sent) for sent in (0, 99, 100)]
        [3.0, 3.0, 2.0]
        """
        tier = next((tier for tier in reversed(self.tiers) if sent >= tier.above), None)
        terms: Tier | Contract = tier if tier is not None else self
        return terms.price_per_contact + terms.price_per_minute * handle / 60.0

    def price_holds_until(self, sent: int) -> float:
        """Contacts of the period from which on the price is not that after `sent` contacts; inf: never."""
        return next((float(tier.above) for tier in self.tiers if tier.above > sent), float("inf"))
