"""What somebody has to tell of costs that no contract and no forecast knows, with no silent default."""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated

from msgspec import Meta, field

from bporoute._base.checked import Checked
from bporoute._base.complaints import Dialect
from bporoute._base.fields import Money, Name, Probability, converted, did_you_mean
from bporoute._base.toml import read_tables
from bporoute.center._dialect import CENTER_DIALECT
from bporoute.center._vendor import Vendor
from bporoute.errors import InputError, shown
from bporoute.planning._wages import Premium

MOST_MONTHS = 240
IN_HOUSE, TODAY = "in_house", "today"
"""Ways that there are without an offer."""
USUAL_IN_HOUSE = ("workplaces", "supervision", "technology", "hiring", "release", "quality_checks", "rework")
USUAL_TODAY = ("technology", "vendor_management", "quality_checks", "rework")
USUAL_OFFER = ("transition", "training", *USUAL_TODAY, "exit")
"""Lines that cost something nearly always: one that nobody tells is named."""


Yearly = Annotated[float, Meta(ge=-0.9, le=10.0)]
Turnover = Annotated[float, Meta(ge=0, le=20.0)]
LevelCv = Annotated[float, Meta(ge=0, le=1)]
Month = Annotated[int, Meta(ge=1, le=MOST_MONTHS)]
Hours = Annotated[float, Meta(ge=1, le=168)]


class Cost(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one line is paid; what is None is no part of it. In a file, ``0`` stands for a line of nothing.

    Attributes
    ----------
    once : float or None
        Money, in the month `month`.
    month : int or None
        Which month of the term `once` is paid in, from 1 on; None: the first, of a line ``exit`` the last.
        The rest is paid from the first month on, whatever is told here.
    monthly : float or None
        Money of each month.
    per_contact : float or None
        Money for each contact: of a vendor those that it takes, in-house those that stay.
    per_unresolved : float or None
        Money for each of them that is not resolved.
    per_job : float or None
        Money for each full-time job in-house and month.
    per_hire, per_release : float or None
        Money for each job that is filled anew in-house, and for each that is given up.

    Raises
    ------
    InputError
        Nothing is told, or a `month` and nothing that is paid `once`.

    Examples
    --------
    >>> Cost(once=40_000.0).once, Cost(monthly=900.0, per_contact=0.05).monthly
    (40000.0, 900.0)
    >>> Cost(month=3)
    Traceback (most recent call last):
    bporoute.errors.InputError: once: found nothing that is paid; expected an amount, or 0
    >>> Cost(monthly=900.0, month=13)
    Traceback (most recent call last):
    bporoute.errors.InputError: month: found 13; expected none without once: the rest is paid from month 1
    """

    once: Money | None = None
    month: Month | None = None
    monthly: Money | None = None
    per_contact: Money | None = None
    per_unresolved: Money | None = None
    per_job: Money | None = None
    per_hire: Money | None = None
    per_release: Money | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        told = [name for name in self.__struct_fields__ if name != "month"]
        if all(getattr(self, name) is None for name in told):
            raise InputError("once", "nothing that is paid", "an amount, or 0")
        if self.month is not None and self.once is None:
            raise InputError("month", f"{self.month}", "none without once: the rest is paid from month 1")


class InHouseCosts(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What work in-house costs.

    Attributes
    ----------
    wage : float
        Money of a scheduled hour, all that an employer pays included.
    premiums : tuple of Premium
        What is paid beyond it at certain hours.
    wage_growth : float or None
        Per year, from each 13th month on: 0.03 is 3 % more; None: not told, as if it were 0.
    attrition : float or None
        Share of the people who leave in a year; None: not told.
    resolution : float or None
        Share of its contacts that are resolved; None: that of the queues in the center, if they tell one.
    costs : dict of str to Cost
        Other lines by name.

    Raises
    ------
    InputError
        A cost per hire or release, and no `attrition`.
    """

    wage: Annotated[float, Meta(gt=0, le=1e6)]
    premiums: tuple[Premium, ...] = ()
    wage_growth: Yearly | None = None
    attrition: Turnover | None = None
    resolution: Probability | None = None
    costs: dict[Name, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, cost in self.costs.items():
            if self.attrition is None and (cost.per_hire or cost.per_release):
                expected = f"the share of the people who leave in a year, as {name} goes by it; 0: nobody"
                raise InputError("attrition", "none", expected)


class Today(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Today's mix: who takes which share of the contacts, by the contracts of the center.

    Attributes
    ----------
    shares : dict of str to float
        Vendor of the center -> its share of the contacts of the queues that it serves, in [0, 1].
    costs : dict of str to Cost
        Lines by name.
    """

    shares: dict[Name, Probability]
    costs: dict[Name, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.shares:
            raise InputError("shares", "none", "the share of each vendor, such as { nord = 0.2 }")


class Offer(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a vendor offers.

    Attributes
    ----------
    vendor : str
        A vendor of the center, by whose contract it is; empty: `new_vendor` is told.
    new_vendor : Vendor or None
        A vendor that the center does not have, with its contract.
    share : float
        Share of the contacts that it would take, in [0, 1], of the queues all of whose contact types it
        takes, in the hours in which it is open.
    resolution : float or None
        Share of its contacts that are resolved; None: what the center knows of its quality.
    attrition : float or None
        Share of its people who leave in a year, whose successors learn as its ramp says; None: not told.
    exchange_rate_change : float or None
        Per year, of the rate of the contract's currency, within its collar; None: not told.
    costs : dict of str to Cost
        Lines by name.
    """

    share: Probability
    vendor: str = ""
    new_vendor: Vendor | None = None
    resolution: Probability | None = None
    attrition: Turnover | None = None
    exchange_rate_change: Yearly | None = None
    costs: dict[Name, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.vendor) == (self.new_vendor is not None):
            found = "both" if self.vendor else "neither a vendor of the center nor a new one"
            raise InputError("vendor", found, "one of vendor and new_vendor")


class Costs(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A costs file: what is compared, and what the contracts and the forecast do not know.

    Attributes
    ----------
    currency : str
        Of all money in it, that of the center.
    in_house : InHouseCosts
        What work in-house costs.
    offers : dict of str to Offer
        Offers by name.
    today : Today or None
        Today's mix; None: not told.
    start : date or None
        First day of the first month of the term; None: of the month in which the forecast begins.
    volume_growth : float or None
        Per year, from each 13th month on; None: not told, as if it were 0.
    volume_cv : float or None
        How far the volume of the whole term may be off the forecast, as a coefficient of variation; None:
        not told.
    full_time : float
        Hours of a job in a week.

    Examples
    --------
    >>> costs = Costs(currency="EUR", in_house=InHouseCosts(wage=28.0),
    ...               offers={"nord": Offer(vendor="nord", share=0.5, costs={"transition": Cost(once=9e4)})})
    >>> costs.not_told(costs.offers["nord"].costs, USUAL_OFFER)[:2]
    ('training', 'technology')
    """

    currency: Name
    in_house: InHouseCosts
    offers: dict[Name, Offer] = field(default_factory=dict)
    today: Today | None = None
    start: date | None = None
    volume_growth: Yearly | None = None
    volume_cv: LevelCv | None = None
    full_time: Hours = 40.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start is not None and self.start.day != 1:
            raise InputError("start", str(self.start), "the first day of a month")
        for name in (IN_HOUSE, TODAY):
            if name in self.offers:
                raise InputError(f"offers.{name}", "an offer of that name", "another name: it is taken")
        if not self.offers and self.today is None:
            raise InputError("offers", "none", "at least one table [offers.NAME], or [today]")

    def not_told(self, costs: dict[str, Cost], usual: tuple[str, ...]) -> tuple[str, ...]:
        """Of the `usual` lines those of which `costs` says nothing."""
        return tuple(name for name in usual if name not in costs)


def read_cost(raw: object) -> object:
    """The table that a number stands for: only 0 says by itself how it is paid.

    >>> read_cost(0), read_cost({"once": 5})
    ({'once': 0}, {'once': 5})
    """
    if isinstance(raw, dict):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool) and raw == 0:
        return {"once": 0}
    raise InputError("", shown(raw), "how it is paid, such as { once = 40000 } or { monthly = 900 }; or 0")


COSTS_DIALECT = Dialect(
    examples={
        **CENTER_DIALECT.examples,
        "Costs.currency": '"EUR"',
        "Costs.in_house": "{ wage = 28 }",
        "Costs.start": "2027-01-01",
        "Costs.volume_growth": "0.02",
        "Costs.volume_cv": "0.08",
        "InHouseCosts.wage": "28",
        "InHouseCosts.wage_growth": "0.03",
        "InHouseCosts.attrition": "0.3",
        "InHouseCosts.resolution": '"78 %"',
        "Offer.share": '"50 %"',
        "Offer.vendor": '"nord"',
        "Offer.resolution": '"74 %"',
        "Offer.attrition": "0.4",
        "Offer.exchange_rate_change": "0.02",
        "Today.shares": '{ nord = "20 %" }',
        "Cost.once": "40000",
        "Cost.monthly": "900",
    },
    sections={
        **CENTER_DIALECT.sections,
        "Costs": "the file itself, above all tables",
        "InHouseCosts": "[in_house]",
        "Today": "[today]",
        "Offer": "[offers.NAME]",
        "Vendor": "[offers.NAME.new_vendor]",
        "Contract": "[offers.NAME.new_vendor.contract]",
    },
    readers={**CENTER_DIALECT.readers, Cost: read_cost},
    kinds=CENTER_DIALECT.kinds,
)


def read_costs(path: str | os.PathLike[str]) -> Costs:
    """Read and check the costs file (TOML) at `path`.

    Raises
    ------
    InputError
        Naming the file and the line or key, what stands there and what would be right.
    """
    try:
        return converted(read_tables(path, "a file of costs"), Costs, "", COSTS_DIALECT)
    except InputError as complaint:
        raise complaint.under(f"{path}: ") from None


def vendor_of(offer: Offer, vendors: dict[str, Vendor], name: str) -> Vendor:
    """Whose offer it is, of the center's `vendors` or a new one; `name` is that of the offer.

    Raises
    ------
    InputError
        The center has no such vendor.
    """
    if offer.new_vendor is not None:
        return offer.new_vendor
    if offer.vendor not in vendors:
        expected = did_you_mean(offer.vendor, list(vendors))
        raise InputError(f"offers.{name}.vendor", repr(offer.vendor), f"{expected}; or new_vendor")
    return vendors[offer.vendor]


def yearly(rate: float | None, month: int) -> float:
    """The factor of a month, from 1 on, of what grows by a `rate` each 12 months.

    >>> [round(yearly(0.1, month), 4) for month in (1, 12, 13, 25)]
    [1.0, 1.0, 1.1, 1.21]
    """
    return (1.0 + (rate or 0.0)) ** ((month - 1) // 12)
