"""What records of contacts do not tell of a period: hours, results, what earlier periods left."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from bporoute._base.fields import converted, did_you_mean
from bporoute._base.toml import read_tables
from bporoute.center._center import Center
from bporoute.contracts._usage import HoursKind
from bporoute.errors import InputError


class PeriodTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody tells of one vendor's period, as `PeriodUsage` has it.

    Attributes
    ----------
    hours : dict
        Hours delivered: ``logged``, ``production``, ``scheduled``, ``paid``.
    fte : float
        Average full-time equivalents.
    sla : dict
        Results of service-level measures by name; those not told are measured in the records where they can.
    locked_volume, share_inside : float or None
        Forecast that was locked, and the share of its intervals or days that stayed inside the window.
    balance, earlier_credits : float
        Money paid ahead, and money withheld, in earlier periods.
    exchange_rate : float or None
        Money of the center for one of the contract's currency; None: the agreed rate.
    """

    hours: dict[HoursKind, float] = {}
    fte: float = 0.0
    sla: dict[str, float] = {}
    locked_volume: float | None = None
    share_inside: float | None = None
    balance: float = 0.0
    earlier_credits: float = 0.0
    exchange_rate: float | None = None


def told_from(tables: dict[str, Any], center: Center) -> dict[str, PeriodTold]:
    """What tables tell of vendors, by name.

    Raises
    ------
    InputError
        For a vendor that there is not, or a value that cannot be.

    Examples
    --------
    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(price_per_contact=4.5))
    >>> center = Center(queues={"service": Queue(aht=240)}, vendors={"nord": nord},
    ...                 contact_types={"service": ContactType(queue="service")})
    >>> told_from({"nord": {"hours": {"logged": 1200}}}, center)["nord"].hours
    {'logged': 1200.0}
    """
    known = list(center.vendors)
    for name in tables:
        if name not in center.vendors:
            raise InputError(name, repr(name), did_you_mean(name, known))
    return {name: converted(raw, PeriodTold, name) for name, raw in tables.items()}


def read_told(path: str | os.PathLike[str], center: Center) -> dict[str, PeriodTold]:
    """The same from a TOML file with a table for each vendor.

    Raises
    ------
    InputError
        As `told_from` does, or if the file cannot be read.
    """
    try:
        return told_from(read_tables(path, "what is told of the period"), center)
    except InputError as mistake:
        raise mistake.under(f"{os.fspath(path)}: ") from None
