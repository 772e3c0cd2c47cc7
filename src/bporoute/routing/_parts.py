"""What a router is made of, checked when it is made: a slip of a programmer is one clear error."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from bporoute._base.fields import did_you_mean, plain
from bporoute._base.ranges import OR_INFINITE
from bporoute.center._center import Center
from bporoute.errors import InputError, askable, shown
from bporoute.policies._composed import named_vendors
from bporoute.policies._rule import Policy
from bporoute.policies._text import policy_label, policy_of
from bporoute.routing.ledger._memory import Ledger

Kept = TypeVar("Kept")


class UnknownNameError(InputError, KeyError):
    """A queue or vendor that a center does not have; a `KeyError`, too, as of any dict."""


class ByName(dict[str, Kept]):
    """What a router keeps for each of the names of its center.

    Parameters
    ----------
    where : str
        What it is called in complaints.
    entries : iterable of (str, object)
        Names and what is kept for them.

    Examples
    --------
    >>> ByName("state", [("service", 1)])["servise"]
    Traceback (most recent call last):
    bporoute.routing._parts.UnknownNameError: state: found 'servise'; expected 'service' (known: service)
    """

    def __init__(self, where: str, entries: Iterable[tuple[str, Kept]]) -> None:
        super().__init__(entries)
        self._where = where

    def __missing__(self, name: object) -> Kept:
        """Complain of a name that nobody has."""
        raise UnknownNameError(self._where, shown(name), did_you_mean(str(name), list(self)))


def check_center(center: object) -> None:
    """Refuse what is no center, a path to one above all.

    >>> check_center("center.toml")
    Traceback (most recent call last):
    bporoute.errors.InputError: center: found 'center.toml'; expected a Center: Center.load('center.toml')
    """
    if not isinstance(center, Center):
        path = isinstance(center, str) or hasattr(center, "__fspath__")
        wanted = f"a Center: Center.load({shown(str(center))})" if path else "a Center"
        raise InputError("center", shown(center), wanted)


def policy_for(center: Center, given: Policy | str) -> Policy:
    """A policy as it is or from its text, refused if it is none or names a vendor that the center lacks."""
    policy = policy_of(given)
    for name in named_vendors(policy):
        if name not in center.vendors:
            raise InputError(policy_label(policy), repr(name), did_you_mean(name, list(center.vendors)))
    return policy


def check_build() -> None:
    """Refuse a Python without its global lock.

    A decision takes no lock of its own: it relies on no other thread running meanwhile.

    Raises
    ------
    InputError
        If threads run beside each other.
    """
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        raise InputError(
            "Python",
            "a free-threaded build",
            "one with the global interpreter lock, see PYTHON_GIL",
        )


def check_parts(clock: object, ledger: object, chance: object, lease: object) -> None:
    """Refuse what no router can be made of.

    Raises
    ------
    InputError
        Naming the argument, what was given and what would be right.

    Examples
    --------
    >>> check_parts(5, None, None, None)
    Traceback (most recent call last):
    bporoute.errors.InputError: clock: found 5; expected a function that gives a number, such as time.time
    """
    for name, given, example in (("clock", clock, "time.time"), ("chance", chance, "random.random")):
        if not callable(given):
            raise InputError(name, shown(given), f"a function that gives a number, such as {example}")
    if ledger is not None and not isinstance(ledger, Ledger):
        lacking = [name for name in vars(Ledger) if name[0] != "_" and not hasattr(ledger, name)]
        if lacking or isinstance(ledger, type):
            raise InputError("ledger", shown(ledger), "a Ledger, or None for a new one")
    OR_INFINITE.check("lease", lease)


def time_told(clock: Any) -> tuple[float, str]:
    """What a clock says, epoch seconds, and what is wrong with it; nan where it says nothing.

    >>> time_told(lambda: 1795428000), time_told(lambda: None)
    ((1795428000.0, ''), (nan, 'the clock gave None, not epoch seconds'))
    """
    try:
        told = clock()
        if type(told) is float:  # as nearly always
            return told, ""
        number = number_told(told)
        if number is not None:
            return number, ""
    except Exception as failure:  # somebody else's code
        return math.nan, f"the clock failed: {shown(failure)}"
    return math.nan, f"the clock gave {shown(told)}, not epoch seconds"


def chance_told(chance: Any) -> float:
    """What `chance` gives, a number in [0, 1]; the middle where it gives none.

    >>> chance_told(lambda: 0.25), chance_told(lambda: None), chance_told(lambda: 7.0)
    (0.25, 0.5, 0.5)
    """
    try:
        told = chance()
        number = told if type(told) is float else number_told(told)  # as nearly always
    except Exception:  # somebody else's code; what a vendor is owed does not hang on it
        return 0.5
    return number if number is not None and 0.0 <= number <= 1.0 else 0.5


def instant_told(at: Any) -> float | None:
    """An instant from outside, epoch seconds; None where that means now.

    Raises
    ------
    InputError
        If it is no number.

    Examples
    --------
    >>> instant_told(1795428000), instant_told(None), instant_told(math.inf)
    (1795428000.0, None, None)
    >>> instant_told("12:30")
    Traceback (most recent call last):
    bporoute.errors.InputError: at: found '12:30'; expected epoch seconds, or None for now
    """
    if at is None:
        return None
    number = number_told(at)
    if number is None:
        raise InputError("at", shown(at), "epoch seconds, or None for now")
    return number if math.isfinite(number) else None


def number_told(told: Any) -> float | None:
    """Python's or NumPy's number as a float; None of anything else, truth values among it."""
    number = plain(askable(told))
    if not isinstance(number, int | float) or isinstance(number, bool):
        return None
    try:
        return float(number)
    except OverflowError:
        return None
