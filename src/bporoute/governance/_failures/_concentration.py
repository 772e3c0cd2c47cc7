"""How much depends on few: the Herfindahl index of what goes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.center._center import Center

ALL_TYPES = ""
"""The contact type of a row about all of them."""


class Concentration(NamedTuple):
    """How the contacts of a type that go out are spread over vendors and countries.

    Attributes
    ----------
    contact_type : str
        Empty: all types together.
    contacts : float
        How many go out, a period on average.
    by_vendor, by_country : float
        The Herfindahl index, in (0, 1]: the sum of the squares of the shares; nan: nothing goes out.
    largest : str
        The vendor that gets the most; empty: none.
    share : float
        Its share of them, in [0, 1]; nan likewise.
    """

    contact_type: str
    contacts: float
    by_vendor: float
    by_country: float
    largest: str
    share: float


def herfindahl(amounts: Sequence[float]) -> float:
    """The sum of the squares of the shares that amounts have of their sum; nan if that is 0.

    >>> herfindahl([50.0, 50.0]), herfindahl([3.0]), herfindahl([])
    (0.5, 1.0, nan)
    """
    total = math.fsum(amounts)
    return math.fsum((amount / total) ** 2 for amount in amounts) if total > 0.0 else math.nan


def concentrations(center: Center, sent: Floats) -> tuple[Concentration, ...]:
    """Of all types together, then of each; `sent` are contacts by type and vendor."""
    rows = [(ALL_TYPES, sent.sum(axis=0)), *zip(center.contact_types, sent, strict=True)]
    return tuple(_concentration(center, name, row) for name, row in rows)


def _concentration(center: Center, contact_type: str, row: Floats) -> Concentration:
    vendors, total = list(center.vendors), float(row.sum())
    by_country: dict[str, float] = {}
    for name, amount in zip(vendors, row.tolist(), strict=True):
        country = center.vendors[name].country
        by_country[country] = by_country.get(country, 0.0) + amount
    most = int(np.argmax(row))
    return Concentration(
        contact_type,
        total,
        herfindahl(row.tolist()),
        herfindahl(list(by_country.values())),
        vendors[most] if total > 0.0 else "",
        float(row[most]) / total if total > 0.0 else math.nan,
    )
