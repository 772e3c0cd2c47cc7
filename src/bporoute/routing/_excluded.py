"""Who is to be out for one contact, as a caller tells it: nothing of it raises in the path of a call."""

from __future__ import annotations

from collections.abc import Collection

from bporoute._base.fields import did_you_mean
from bporoute.errors import shown
from bporoute.routing._tables._left_out import ASKED, LeftOut

MOST_SAID = 10
"""Names that nobody has which are said: each is compared with all that are known."""


def excluded(told: object, known: Collection[str]) -> LeftOut:
    """Who is out: names of destinations that are known; one alone may be told as it is.

    >>> excluded("nord", ["nord", "service"]).names
    {'nord': 'as asked'}
    >>> excluded(("nord", "süd"), ["nord", "service"]).trouble
    "exclude has 'süd', not one of: nord, service"
    >>> excluded(7, ["nord"]).trouble
    'exclude is 7, not names'
    """
    if isinstance(told, str):
        told = (told,)
    try:
        names = list(told)  # type: ignore[call-overload]  # whatever it is
    except Exception:
        return LeftOut(trouble=f"exclude is {shown(told)}, not names")
    found: dict[str, str] = {}
    odd: list[str] = []
    unsaid = 0
    for name in names:
        if isinstance(name, str) and name in known:
            found[name] = ASKED
        elif len(odd) == MOST_SAID:
            unsaid += 1
        else:
            odd.append(f"exclude has {shown(name)}, not {did_you_mean(name, list(known))}")
    if unsaid:
        odd.append(f"exclude has {unsaid} more that nobody knows")
    return LeftOut(found, trouble="; ".join(odd))
