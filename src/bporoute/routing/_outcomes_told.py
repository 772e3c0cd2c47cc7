"""How contacts ended, as somebody tells it: what cannot be is not believed, and said.

The live path raises nothing at such a number, and bills nothing by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real

import msgspec
import numpy as np

from bporoute.center._told_texts import text_told
from bporoute.errors import askable, shown
from bporoute.estimates._belief import FAR
from bporoute.estimates._handle_time import LONGEST_HANDLE_TIME

LONGEST_WAIT = 366 * 86_400.0
"""Seconds; nobody has waited longer, not even for back office."""
AN_HOUR = 3600.0
MOST_REASON = 100
"""Characters of why a contact failed that are kept."""


def longest_wait(patience: float) -> float:
    """Seconds that a contact may be said to have waited where customers wait for so many on average.

    Of exponential patiences 3 in 10 million are fifteen times the mean: such waits are told in milliseconds.
    An hour is believed wherever anybody waits.

    >>> longest_wait(345.0), longest_wait(5.75), longest_wait(float("inf")) / 86_400
    (5175.0, 3600.0, 366.0)
    """
    return min(max(FAR * patience, AN_HOUR), LONGEST_WAIT) if patience > 0.0 else LONGEST_WAIT


def reason_told(told: object) -> str:
    """Why a contact failed, as a short text; empty where nobody knows.

    >>> reason_told(503), reason_told("486 Busy Here"), reason_told(None)
    ('503', '486 Busy Here', '')
    """
    return text_told("failed", told, [], MOST_REASON)


class OddReports(msgspec.Struct, frozen=True):
    """What was told of a destination's contacts and cannot be.

    Attributes
    ----------
    count : int
        How often.
    last : str
        What was told last, and what could have been.
    """

    count: int
    last: str


class OutcomesTold:
    """Reads what a router is told of its contacts, and keeps count of what cannot be.

    None and nan mean unknown, which is nothing odd.

    Attributes
    ----------
    odd : mapping of str to OddReports
        By the destination of the contacts; replaced, not changed.
    failures : dict of str to str
        What was told last of why a contact failed, likewise.

    Examples
    --------
    >>> told = OutcomesTold()
    >>> told.handled("nord", 180), told.handled("nord", None), told.handled("nord", -3)
    (180.0, nan, nan)
    >>> told.odd["nord"].last
    'handle is -3, not seconds from 0 to 86,400'
    """

    def __init__(self) -> None:
        self.odd: Mapping[str, OddReports] = {}
        self.failures: dict[str, str] = {}

    def waited(self, destination: str, told: object, longest: float = LONGEST_WAIT) -> float:
        """Seconds that a contact waited, up to the `longest`; nan where that is unknown or cannot be."""
        return self._within(destination, "wait", told, "seconds", longest)

    def handled(self, destination: str, told: object) -> float:
        """Seconds that a contact was handled; nan where that is unknown or cannot be."""
        return self._within(destination, "handle", told, "seconds", LONGEST_HANDLE_TIME)

    def is_odd(self, told: object) -> bool:
        """Whether what was `told` is no number, nor unknown."""
        number = None if isinstance(askable(told), bool | np.bool_) else _number(told)
        return told is not None and (number is None or not math.isnan(number))

    def satisfaction(self, destination: str, told: object) -> float:
        """A score in [0, 1]; nan where that is unknown or cannot be."""
        return self._within(destination, "satisfaction", told, "a number", 1.0)

    def resolved(self, destination: str, told: object) -> bool | None:
        """Whether a contact was resolved; None where that is unknown or cannot be told."""
        told = askable(told)
        if told is None or isinstance(told, bool | np.bool_):
            return None if told is None else bool(told)
        number = _number(told)
        if number in (0.0, 1.0):
            return number == 1.0
        if number is None or not math.isnan(number):
            self._note(destination, "resolved", told, "True, False or None")
        return None

    def _within(self, destination: str, name: str, told: object, noun: str, most: float) -> float:
        number = math.nan if told is None else _number(told)
        if number is not None and (math.isnan(number) or 0.0 <= number <= most):
            return number
        self._note(destination, name, told, f"{noun} from 0 to {most:,.0f}")
        return math.nan

    def _note(self, destination: str, name: str, told: object, expected: str) -> None:
        before, told = self.odd.get(destination), askable(told)
        found = shown(told) if isinstance(told, str | Real) else f"a {type(told).__name__}"
        count = 1 if before is None else before.count + 1
        # Replaced, not changed: whoever is interrupted puts the old one back.
        self.odd = {**self.odd, destination: OddReports(count, f"{name} is {found}, not {expected}")}


def _number(told: object) -> float | None:
    """What was told as a number; None if it is none."""
    if type(told) is float:  # as nearly always: asking whether it is a Real takes ten times as long
        return told
    told = askable(told)
    if isinstance(told, bool) or not isinstance(told, Real):
        return None
    try:
        return float(told)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf
