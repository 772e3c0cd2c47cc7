"""What a trial judges a vendor by, and what each contact counts in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.center._targets import DEFAULT_AIM, ServiceLevel
from bporoute.errors import InputError, shown
from bporoute.estimates._attainment import Attainment
from bporoute.governance._vendor_contacts import VendorContacts

Metric = Literal["resolved", "service_level", "handle_time", "satisfaction", "abandonment"]
OFFERED = ("answered", "abandoned", "failed")
"""How a contact ended that a measure may count; one that never reached anybody's agents counts in none."""


class Measure(NamedTuple):
    """How a measure is compared.

    Attributes
    ----------
    words : str
        What it is, for people.
    of : {"share", "factor", "points"}
        A share, whose difference is looked at; seconds, whose ratio; points of a scale, whose difference.
    less : bool
        Whether less is better.
    """

    words: str
    of: Literal["share", "factor", "points"]
    less: bool = False

    @property
    def sign(self) -> float:
        """What makes a better vendor the greater one."""
        return -1.0 if self.less else 1.0

    def distance(self, margin: float) -> float:
        """A margin on the scale of the comparison: that of logarithms for a factor.

        >>> round(MEASURES["handle_time"].distance(0.1), 4), MEASURES["resolved"].distance(0.05)
        (0.0953, 0.05)
        """
        return math.log1p(margin) if self.of == "factor" else margin


MEASURES: dict[Metric, Measure] = {
    "resolved": Measure("share resolved", "share"),
    "service_level": Measure("service level", "share"),
    "handle_time": Measure("handle time", "factor", less=True),
    "satisfaction": Measure("satisfaction", "points"),
    "abandonment": Measure("share abandoned", "share", less=True),
}


def checked_margins(margins: Mapping[str, float]) -> dict[Metric, float]:
    """The margins of a trial by measure.

    Raises
    ------
    InputError
        There are none, a measure is unknown, or a margin is outside its range.

    Examples
    --------
    >>> checked_margins({"resolved": 5})
    Traceback (most recent call last):
    bporoute.errors.InputError: margins resolved: found 5; expected a share above 0 and below 1: 0.05?
    """
    if not isinstance(margins, Mapping) or not margins:
        expected = f"a margin for each measure, such as {{'resolved': 0.05}}; {', '.join(MEASURES)}"
        raise InputError("margins", shown(margins), expected)
    known: tuple[Metric, ...] = get_args(Metric)
    found: dict[Metric, float] = {}
    for name, margin in margins.items():
        metric = next((each for each in known if each == name), None)
        if metric is None:
            raise InputError("margins", shown(name), did_you_mean(name, list(known)))
        points = MEASURES[metric].of == "points"
        most = 1000.0 if points else 1.0
        if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0.0 < margin < most:
            expected = "points of the scale, above 0" if points else "a share above 0 and below 1"
            slip = isinstance(margin, int | float) and not points and 1.0 < margin <= 100.0
            raise InputError(
                f"margins {name}", shown(margin), expected + (f": {margin / 100:g}?" if slip else "")
            )
        found[metric] = float(margin)
    return found


def counted(
    contacts: VendorContacts, metric: Metric, center: Center, target: ServiceLevel | None = None
) -> Floats:
    """What each contact counts, shape (n,); NaN: it does not count, or nobody knows.

    `target` is how the service level is counted; None: as the queue of each contact is measured
    (`Center.aims`).
    """
    outcomes = np.array(contacts.outcomes)
    answered = outcomes == "answered"
    if metric == "handle_time":
        return np.where(answered & (contacts.handles > 0.0), contacts.handles, np.nan)
    if metric == "resolved":
        return contacts.resolved
    if metric == "satisfaction":
        return contacts.satisfaction
    if metric == "abandonment":
        return np.where(np.isin(outcomes, OFFERED), ~answered, np.nan)
    kinds = {name: kind.queue for name, kind in center.contact_types.items()}
    judges = {
        name: Attainment.of(target or (center.aims[kinds[name]] if name in kinds else DEFAULT_AIM))
        for name in set(contacts.contact_types)
    }
    values = [
        judges[kind].counted(outcome, wait) if outcome in OFFERED else None
        for kind, outcome, wait in zip(
            contacts.contact_types, contacts.outcomes, contacts.waits.tolist(), strict=True
        )
    ]
    return np.array([math.nan if value is None else value for value in values])
