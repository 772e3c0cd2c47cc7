"""The clocks of a center: its time zone, and the years in which its calls can be."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bporoute.errors import InputError, shown

YEARS = range(1970, 3000)
"""Years outside of it are placeholders, such as 1900-01-01 and 9999-12-31, or typing mistakes."""


def time_zone(name: str) -> ZoneInfo:
    """Look up the IANA time zone `name`.

    Raises
    ------
    InputError
        There is no such zone.

    Examples
    --------
    >>> time_zone("Europe/Berlin")
    zoneinfo.ZoneInfo(key='Europe/Berlin')
    """
    try:
        return ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
        TypeError,
    ):  # OSError: a folder of zones, such as "Europe"
        raise InputError("timezone", shown(name), "an IANA time zone such as 'Europe/Berlin'") from None
