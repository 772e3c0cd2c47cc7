"""Dates that the center file does not know: notice, locks of forecasts, reviews, whatever else is watched."""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated

from msgspec import Meta, field

from bporoute._base.checked import Checked
from bporoute._base.complaints import Dialect
from bporoute._base.fields import Name, converted
from bporoute._base.toml import read_tables
from bporoute.errors import InputError

Days = Annotated[int, Meta(ge=0, le=3660)]


class VendorDates(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the contract of a vendor says of days, and its terms do not; None: not told.

    Attributes
    ----------
    notice_days : int or None
        Days before the end of the contract by which notice is given, or a new one is agreed.
    lock_days : int or None
        Days before a contract period begins by which its forecast is locked.
    assessment_days : int or None
        Days after which a transfer impact assessment is made anew.
    """

    notice_days: Days | None = None
    lock_days: Days | None = None
    assessment_days: Days | None = None


class WatchedDate(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A last day of anything else, such as the company's own certificate or an insurance.

    Attributes
    ----------
    name : str
        What ends.
    day : date
        The last day.
    vendor : str
        Whose it is; empty: the company's own.
    """

    name: Name
    day: date
    vendor: str = ""


class RegisterDates(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of dates.

    Attributes
    ----------
    vendors : dict of str to VendorDates
        By vendor of the center.
    dates : tuple of WatchedDate
        What else is watched.

    Examples
    --------
    >>> dates = RegisterDates(vendors={"nord": VendorDates(notice_days=90)})
    >>> dates.vendors["nord"].lock_days is None
    True
    """

    vendors: dict[Name, VendorDates] = field(default_factory=dict)
    dates: tuple[WatchedDate, ...] = ()


DATES_DIALECT = Dialect(
    examples={
        "VendorDates.notice_days": "90",
        "VendorDates.lock_days": "14",
        "VendorDates.assessment_days": "365",
        "WatchedDate.name": '"ISO 18295-2"',
        "WatchedDate.day": "2027-06-30",
        "WatchedDate.vendor": '"nord"',
    },
    sections={
        "RegisterDates": "the file itself, above all tables",
        "VendorDates": "[vendors.NAME]",
        "WatchedDate": "[[dates]]",
    },
)


def read_register_dates(path: str | os.PathLike[str]) -> RegisterDates:
    """Read and check the file of dates (TOML) at `path`.

    Raises
    ------
    InputError
        Naming the file and the line or key, what stands there and what would be right.
    """
    try:
        return converted(read_tables(path, "a file of dates"), RegisterDates, "", DATES_DIALECT)
    except InputError as complaint:
        raise complaint.under(f"{path}: ") from None
