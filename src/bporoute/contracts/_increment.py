"""What one contact adds to the usage of a period, known or in expectation over its handle time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from bporoute.contracts._asked import check_kind, check_number
from bporoute.contracts._billed_contact import BilledContact, is_short
from bporoute.contracts._measure import ALL, Factors, Measure
from bporoute.contracts._multiplier import Multiplier, factors_of
from bporoute.contracts._shortfall import Shortfall
from bporoute.durations._laws import Distribution
from bporoute.errors import InputError, shown

Counter = Measure | Shortfall
"""Whatever a term has counted."""


class Increment(NamedTuple):
    """What contacts add to a usage: counts, seconds, and one weighted number of units per measure."""

    offered: float
    answered: float
    handled: float
    resolved: float
    short: float
    handle_seconds: float
    talk_seconds: float
    units: tuple[float, ...]

    def minus(self, other: Increment) -> Increment:
        """Without what another one adds."""
        return _combined(self, other, lambda mine, theirs: mine - theirs)

    def times(self, factor: float) -> Increment:
        """What `factor` such contacts add."""
        return _combined(self, self, lambda mine, _: factor * mine)


def increment(
    contact: BilledContact, measures: tuple[Counter, ...], multipliers: tuple[Multiplier, ...]
) -> Increment:
    """What a contact adds; in expectation if its handle time is a law.

    Raises
    ------
    InputError
        If a time or the resolution is negative or not finite, or a law has no finite mean.
    """
    check_kind("contact", contact, BilledContact, "a BilledContact, such as BilledContact(handle=180.0)")
    check_contact(contact)
    return beyond(contact, ALL, measures, multipliers)


def beyond(
    contact: BilledContact, seconds: float, measures: tuple[Counter, ...], multipliers: tuple[Multiplier, ...]
) -> Increment:
    """What a contact adds where its handle time X is above some seconds: E[..; X > seconds]."""
    factors = factors_of(multipliers, contact)
    longest = longest_free(measures)
    law = contact.handle
    if isinstance(law, Distribution) and contact.answered and not contact.failed:
        return _expected(contact, law, seconds, measures, factors, longest)
    answered = contact.answered and not contact.failed
    handled = answered and contact.handled
    handle = float(contact.handle) if answered else 0.0  # type: ignore[arg-type]  # a law would be answered
    return Increment(
        offered=float(not contact.failed),
        answered=float(answered),
        handled=float(handled),
        resolved=float(contact.resolved) if handled else 0.0,
        short=float(longest > 0.0 and not contact.failed and is_short(contact, longest)),
        handle_seconds=handle,
        talk_seconds=handle if contact.talk is None or not answered else contact.talk,
        units=tuple(measure.units(contact, factors) for measure in measures),
    )


def _combined(one: Increment, other: Increment, combine: Callable[[float, float], float]) -> Increment:
    units = tuple(combine(mine, theirs) for mine, theirs in zip(one.units, other.units, strict=True))
    numbers = {
        name: combine(getattr(one, name), getattr(other, name))
        for name in Increment._fields
        if name != "units"
    }
    return Increment(**numbers, units=units)


def longest_free(measures: tuple[Counter, ...]) -> float:
    """Seconds up to which a contact is a short one: the longest that some measure leaves free."""
    return max((measure.free_up_to for measure in measures), default=0.0)


def _expected(
    contact: BilledContact,
    law: Distribution,
    seconds: float,
    measures: tuple[Counter, ...],
    factors: Factors,
    longest: float,
) -> Increment:
    share = 1.0 if seconds < 0.0 else law.survival(seconds)
    handled = share if contact.handled else 0.0
    least = max(seconds, 0.0)
    above = law.mean if seconds < 0.0 else law.excess(least) + least * share
    return Increment(
        offered=share,
        answered=share,
        handled=handled,
        resolved=contact.resolved * handled,
        short=max(share - law.survival(longest), 0.0) if longest > 0.0 else 0.0,
        handle_seconds=above,
        talk_seconds=above if contact.talk is None else contact.talk * share,
        units=tuple(measure.beyond(law, contact, seconds, factors) for measure in measures),
    )


def check_contact(contact: BilledContact) -> None:
    """Refuse times that cannot be, see `increment`."""
    for name in ("handle", "talk", "wait", "resolved"):
        value = getattr(contact, name)
        if value is None and name == "talk":
            continue
        if name == "handle" and isinstance(value, Distribution):
            if not value.mean < math.inf:
                raise InputError("contact.handle", shown(value), "a law with a finite mean")
            continue
        check_number(f"contact.{name}", value)
    if contact.resolved > 1.0:
        raise InputError("contact.resolved", shown(contact.resolved), "a number of at most 1")
    check_kind(
        "contact.local", contact.local, (datetime, type(None)), "a datetime of the vendor's clock, or None"
    )
