"""Public holidays by the package of that name, which is an extra."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bporoute.errors import InputError, shown


def holidays_of(country: str, years: Iterable[int]) -> dict[date, str]:
    """Public holidays of a country, or of a part of it as in ``DE-BE``.

    Raises
    ------
    InputError
        The package is not installed, or does not know the country.
    """
    try:
        import holidays
    except ImportError:
        raise InputError(
            "holidays", "no package 'holidays'", "pip install 'bporoute[forecast]', or the days by closed"
        ) from None
    code, _, part = country.strip().upper().replace("_", "-").partition("-")
    try:
        return dict(holidays.country_holidays(code, subdiv=part or None, years=list(years)))
    except (NotImplementedError, KeyError):
        raise InputError(
            "holidays", shown(country), "a country such as US, or a part of it as DE-BE"
        ) from None
