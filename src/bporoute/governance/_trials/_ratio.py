"""Whether as many contacts went to the vendor as its share by hash makes: else chance did not decide who."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from bporoute._base.arrays import Flags, Floats, Integers
from bporoute._base.slim import needed
from bporoute.governance._trials._comparable import Compared
from bporoute.routing._router import drawn

STRICT = 0.001
"""Probability of refusing a verdict where the share is right, at all looks of a trial together."""
TESTS = 3
"""In all, by days, by hours."""
LEAST_EXPECTED = 10.0
"""Contacts of the vendor that days or hours are put together for."""

ALIKE = 0.9
"""Share of the vendor's contacts that were drawn by their ids, from which on the ids are those drawn by."""


class RatioCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts of the vendor beside those that its share makes.

    Attributes
    ----------
    share : float
        The agreed one.
    contacts, of : int
        Those of the vendor, and all that might have gone to it.
    p_value : float
        Probability of a count at least as far off by chance.
    day_p_value, hour_p_value : float
        The same of the days one by one, and of the hours of the day: the share may be right in all and wrong
        in each, as where the vendor gets the nights.
    limit : float
        Below which one of the three refuses a verdict at that look; 0: no look was due.
    right : bool
        None of the three is below it.
    not_drawn : int or None
        Contacts of the vendor whose ids were not drawn for it; None: the ids are not those that are drawn
        by, or several vendors share the draw.
    kept : int or None
        Contacts of others whose ids were drawn, likewise.
    """

    share: float
    contacts: int
    of: int
    p_value: float
    day_p_value: float
    hour_p_value: float
    limit: float
    right: bool
    not_drawn: int | None = None
    kept: int | None = None


def limits_of(fractions: Sequence[float]) -> tuple[float, ...]:
    """What each test of each look may refuse by: `STRICT` spent as the days pass, shared by the tests.

    Whatever looks and tests have in common, all of them together err at most as often as the limits add up
    to (Bonferroni).

    >>> limits = limits_of((0.25, 0.5, 1.0))
    >>> [round(limit / limits[0], 9) for limit in limits], round(3 * sum(limits), 9)
    ([1.0, 1.0, 2.0], 0.001)
    """
    passed = zip((0.0, *fractions), fractions, strict=False)
    return tuple(STRICT / TESTS * (now - before) for before, now in passed)


def ratio_check(share: float, contacts: Compared, limit: float, ids: Sequence[str] = ()) -> RatioCheck:
    """Compare counts with a share in (0, 1): exactly in all, by chi-square over days and over hours.

    The share is right if none of the three is less probable than `limit`. With the `ids` of the contacts
    each is drawn again, as the router did.
    """
    with needed("scipy"):
        from scipy.special import bdtr, bdtrc

    found, whole = int(contacts.vendor.sum()), len(contacts.vendor)
    below, above = bdtr(found, whole, share), bdtrc(found - 1, whole, share) if found else 1.0
    in_all = min(1.0, 2.0 * float(min(below, above))) if whole else 1.0
    by_day, by_hour = (
        _scattered(share, contacts.vendor.astype(np.float64), groups)
        for groups in (contacts.days, contacts.hours)
    )
    not_drawn, kept = _drawn_again(share, contacts.vendor, ids)
    return RatioCheck(
        share=share,
        contacts=found,
        of=whole,
        p_value=in_all,
        day_p_value=by_day,
        hour_p_value=by_hour,
        limit=limit,
        right=min(in_all, by_day, by_hour) >= limit,
        not_drawn=not_drawn,
        kept=kept,
    )


def _drawn_again(share: float, vendor: Flags, ids: Sequence[str]) -> tuple[int | None, int | None]:
    """How many of the vendor were not drawn by their ids, and how many drawn ones others have."""
    if not ids or not vendor.any():
        return None, None
    would = np.array([drawn(each) < share if each else False for each in ids])
    not_drawn = int((vendor & ~would).sum())
    if not_drawn > (1.0 - ALIKE) * vendor.sum():
        return None, None
    return not_drawn, int((~vendor & would).sum())


def _scattered(share: float, vendor: Floats, groups: Integers) -> float:
    """Probability that groups scatter at least so far about the share by chance; neighbours together."""
    with needed("scipy"):
        from scipy.special import chdtrc

    if not len(groups):
        return 1.0
    whole = np.bincount(groups).astype(np.float64)
    there = whole > 0.0
    whole, found = whole[there], np.bincount(groups, vendor)[there]
    least = LEAST_EXPECTED / min(share, 1.0 - share)
    together: list[tuple[float, float]] = []
    some = [0.0, 0.0]
    for each, all_of in zip(found.tolist(), whole.tolist(), strict=True):
        some = [some[0] + each, some[1] + all_of]
        if some[1] >= least:
            together.append((some[0], some[1]))
            some = [0.0, 0.0]
    if some[1] and together:
        last = together.pop()
        together.append((last[0] + some[0], last[1] + some[1]))
    if len(together) < 2:
        return 1.0
    squares = math.fsum(
        (each - all_of * share) ** 2 / (all_of * share * (1.0 - share)) for each, all_of in together
    )
    return float(chdtrc(len(together), squares))
