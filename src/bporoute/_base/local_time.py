"""The clocks of a center: its time zone, and the years in which its calls can be."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
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


def epoch_second(wall: datetime, zone: ZoneInfo) -> float:
    """The first epoch second at which the clocks in `zone` have reached the local time `wall`.

    A time that spring skips is reached when the clocks are changed; one that autumn repeats, the first time.

    Examples
    --------
    >>> zone = time_zone("Europe/Berlin")
    >>> skipped, changed = datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 3, 0)
    >>> epoch_second(skipped, zone) == epoch_second(changed, zone) == changed.replace(tzinfo=zone).timestamp()
    True
    """
    by_old_offset, by_new_offset = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    earliest = min(by_old_offset, by_new_offset)
    # This range is empty unless spring skips `wall`: then the clocks are changed somewhere within it.
    candidates = range(int(earliest), int(by_old_offset))
    return earliest + bisect_left(
        candidates, wall, key=lambda second: datetime.fromtimestamp(second, zone).replace(tzinfo=None)
    )
