"""A policy with one number left open: a family over which cost is traded for service."""

from __future__ import annotations

import math
import re

import msgspec

from bporoute._base.words import counted
from bporoute.errors import InputError, shown
from bporoute.policies._rule import Policy
from bporoute.policies._text import parse_policy

MOST_MEMBERS = 200
_OPEN = re.compile(r"\{([^{}:'\"]*)\}")
_EXPECTED = (
    "one range or list of numbers in braces, as in 'QueueLength({0..20})', 'OwnCost({1..3..0.5})' or "
    "'ExpectedWait({10,30,60})'"
)


class Frontier(msgspec.Struct, frozen=True):
    """The policies of a family, and the number that makes each.

    Attributes
    ----------
    text : str
        As it was given.
    numbers : tuple of float
    policies : tuple of Policy
    """

    text: str
    numbers: tuple[float, ...]
    policies: tuple[Policy, ...]


def parse_frontier(text: str) -> Frontier:
    """A family from a policy's text in which braces stand for a number.

    ``{0..20}`` is every whole step from 0 to 20, ``{0..0.5..0.1}`` goes by 0.1, ``{5,10,30}`` is a list.

    Raises
    ------
    InputError
        If there is not exactly one such place, or what stands there or around it does not fit.

    Examples
    --------
    >>> parse_frontier("QueueLength({0..4..2})").policies
    (QueueLength(n=0.0), QueueLength(n=2.0), QueueLength(n=4.0))
    >>> parse_frontier("Share({'nord': {0.1,0.25}})").numbers
    (0.1, 0.25)
    """
    where = f"--frontier {text!r}"
    found = _OPEN.findall(text)
    if len(found) != 1:
        raise InputError(
            where, f"{counted(len(found), 'number')} left open" if found else "no number left open", _EXPECTED
        )
    numbers = _numbers(found[0], where)
    policies = []
    for number in numbers:
        try:
            policies.append(parse_policy(_OPEN.sub(f"{number:.12g}", text)))
        except InputError as complaint:
            raise complaint.under("--frontier ") from None
    return Frontier(text, numbers, tuple(policies))


def _numbers(text: str, where: str) -> tuple[float, ...]:
    try:
        if ".." in text:
            first, last, *more = (float(part) for part in text.split(".."))
            step = more[0] if more else 1.0
            if len(more) > 1 or not step > 0 or not first <= last < math.inf:
                raise ValueError
            count = math.floor((last - first) / step + 1e-9) + 1
            if count == 1 and first < last:
                raise InputError(
                    where,
                    f"a step of {step:g} that leaves the range at once",
                    f"a step, as {{{text}..0.1}}" if not more else "a smaller step",
                )
            numbers = [first + place * step for place in range(min(count, MOST_MEMBERS + 1))]
        else:
            numbers = [float(part) for part in text.split(",")]
    except InputError:
        raise
    except ValueError:
        raise InputError(where, shown(f"{{{text}}}"), _EXPECTED) from None
    if len(numbers) > MOST_MEMBERS:
        raise InputError(where, f"more than {MOST_MEMBERS} numbers", f"at most {MOST_MEMBERS}")
    rounded = (float(f"{number:.12g}") for number in numbers)
    return tuple(dict.fromkeys(rounded))
