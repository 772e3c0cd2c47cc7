"""What a contact counts as when it is billed: a contact, or minutes in full blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Literal

from bporoute._base.checked import Checked
from bporoute._base.fields import Money, Name, PositiveSeconds, Seconds
from bporoute._base.tolerance import TOLERANCE
from bporoute.contracts._billed_contact import BilledContact, is_short
from bporoute.contracts._rounding import Rounding
from bporoute.durations._laws import Distribution
from bporoute.durations._steps import atoms, step_sum
from bporoute.errors import InputError

Counted = Literal["offered", "answered", "handled", "resolved", "failed", "handle_minutes", "talk_minutes"]
Factors = tuple[tuple[float, float], ...]
"""By what factor a contact counts: (second after its answer from which on, factor), the first its begin's."""
PLAIN: Factors = ((0.0, 1.0),)
ALL = -1.0
"""Seconds that every handle time is beyond."""
MOST_ROUNDED_STEPS = 50_000
"""Steps with which a rounded charge changes that are taken one by one; those beyond count as on average."""


class Measure(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a term counts: contacts, or minutes rounded contact by contact.

    A contact of d seconds is billed as ``block(max(d - included, minimum))`` seconds, where ``block(x)`` is
    `first` up to there and ``first + ceil((x - first) / step) * step`` beyond.

    Attributes
    ----------
    counts : str
        ``offered``, ``answered``, ``handled`` or ``resolved`` contacts; contacts that the vendor ``failed``
        to take; ``handle_minutes`` or ``talk_minutes`` of answered contacts.
    step : float or None
        Each contact is billed in full steps of this many seconds (1, 6, 30, 60); None: not rounded.
    first : float
        The first block, seconds: whoever begins it pays for all of it; the steps follow. "30/6" is
        ``first=30, step=6``. 0: the steps begin at once.
    minimum : float
        Each answered contact is billed as at least this many seconds.
    included : float
        Seconds of each contact that are free; a contact that does not exceed them counts nothing.
    free_up_to : float
        Short contacts, up to this many seconds, count nothing: handle time of an answered contact, wait
        of another. 0: none is free.
    contact_types, channels : tuple of str
        Only contacts of these types, by these channels; empty: all.
    rounding : Rounding or None
        How each contact's charge at `price` is rounded; the units are then the rounded charge over the
        price.
    price : float
        Money per unit that `rounding` is about.

    Examples
    --------
    >>> Measure(counts="handle_minutes", step=60, minimum=30).units(BilledContact(handle=61))
    2.0
    >>> twenty_six = Measure(counts="handle_minutes", first=20, step=6)
    >>> [round(60 * twenty_six.units(BilledContact(handle=seconds))) for seconds in (5, 20, 21)]
    [20, 20, 26]
    >>> Measure(counts="offered", free_up_to=5).units(BilledContact(answered=False, wait=4))
    0.0
    """

    counts: Counted = "handled"
    step: PositiveSeconds | None = None
    first: Seconds = 0.0
    minimum: Seconds = 0.0
    included: Seconds = 0.0
    free_up_to: Seconds = 0.0
    contact_types: tuple[Name, ...] = ()
    channels: tuple[Name, ...] = ()
    rounding: Rounding | None = None
    price: Money = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.in_minutes:
            return
        for name in ("step", "first", "minimum", "included"):
            if getattr(self, name):
                raise InputError(
                    name, f"one for {self.counts} contacts", "none: seconds and steps belong to minutes"
                )

    @property
    def needs_contacts(self) -> bool:
        """Whether totals do not tell it: it depends on each single contact."""
        lengths = self.step, self.first, self.minimum, self.included, self.free_up_to
        return (
            any(lengths)
            or bool(self.contact_types or self.channels)
            or self.counts == "failed"
            or (self.rounding is not None)
        )

    @property
    def in_minutes(self) -> bool:
        """Whether it counts minutes, not contacts."""
        return self.counts in ("handle_minutes", "talk_minutes")

    @property
    def varies(self) -> bool:
        """Whether a contact counts as more or less by how long it takes."""
        return self.in_minutes or self.free_up_to > 0.0

    def fits(self, contact: BilledContact) -> bool:
        """Whether it counts contacts of the type and channel of `contact`."""
        return (not self.contact_types or contact.contact_type in self.contact_types) and (
            not self.channels or contact.channel in self.channels
        )

    def units(self, contact: BilledContact, factors: Factors = PLAIN) -> float:
        """Contacts or minutes that one contact of known handle time counts as, times its `factors`."""
        if not self.fits(contact) or contact.failed != (self.counts == "failed"):
            return 0.0
        if self.free_up_to and not contact.failed and is_short(contact, self.free_up_to):
            return 0.0
        return self._rounded(self._counted(contact, factors))

    def beyond(self, law: Distribution, contact: BilledContact, seconds: float, factors: Factors) -> float:
        """E[units; X > seconds] of a contact whose handle time X has a `law`, the rest as `contact` says.

        `factors` are by what its minutes count for more.

        `seconds` of -1: of all contacts. Exact; see `step_sum` for how exact.
        """
        if not self.fits(contact) or self.counts == "failed":
            return 0.0
        start = max(seconds, self.free_up_to if self.free_up_to else ALL)
        if not self.in_minutes or (self.counts == "talk_minutes" and contact.talk is not None):
            share = law.survival(start) if start >= 0.0 else 1.0
            return self._rounded(self._counted(contact, factors)) * share if share else 0.0
        return _minutes_beyond(self, law, start, tuple(factors))

    def minutes_beyond(self, law: Distribution, start: float, factors: Factors) -> float:
        """E[minutes; X > `start`] of a continuous `law`, times the `factors`, rounded as it says."""
        rounded = self.rounding is not None and bool(self.price)
        if len(factors) > 1:
            parts = self._rounded_in_windows if rounded else self._in_windows
            return parts(law, start, factors)
        if rounded:
            return self._rounded_beyond(law, start, factors[0][1])
        return factors[0][1] * self._seconds_beyond(law, start) / 60.0

    def minutes(self, seconds: float, factors: Factors) -> float:
        """Minutes that so many `seconds` count as, times the `factors`, rounded as the measure says."""
        if len(factors) == 1:
            return self._rounded(factors[0][1] * self._billed(seconds) / 60.0)
        return self._rounded(self._weighed(seconds, factors) / 60.0)

    def jumps_of_the_charge(self, factors: Factors) -> Iterator[float]:
        """Seconds from which on the rounded charge of a contact without steps is a unit of money more.

        Its minutes count by the `factors`. In order, without end.

        >>> from itertools import islice
        >>> from bporoute import Rounding
        >>> euros = Measure(counts="handle_minutes", price=0.5, rounding=Rounding(decimals=0, mode="up"))
        >>> list(islice(euros.jumps_of_the_charge(((0.0, 1.0), (60.0, 2.0))), 3))
        [0.0, 90.0, 150.0]
        """
        rounding = self.rounding
        assert rounding is not None
        paid = 60.0 * rounding.unit / self.price  # seconds times their factor that a unit pays for
        for begin, end, factor in _windows(factors):
            if not factor or end <= 0.0:
                continue
            first = max(begin, 0.0)
            before = self._weighed(first, factors) - factor * self._billed(first)
            least = before + factor * max(first - self.included, 0.0)
            for place in count(max(math.ceil(least / paid - rounding.jump), 0)):
                at = self.included + ((place + rounding.jump) * paid - before) / factor
                if at >= end:
                    break
                yield at

    def _counted(self, contact: BilledContact, factors: Factors) -> float:
        """Units before rounding; of an answered contact in minutes, the handle time is known."""
        factor = factors[0][1]
        if self.counts in ("offered", "failed"):
            return factor
        if not contact.answered:
            return 0.0
        if self.in_minutes:
            handle: float = contact.handle  # type: ignore[assignment]  # a law comes here for a told talk time
            told = self.counts == "talk_minutes" and contact.talk is not None
            seconds = float(contact.talk) if told else handle  # type: ignore[arg-type]  # told: not None
            billed = self._billed(seconds) * factor if len(factors) == 1 else self._weighed(seconds, factors)
            return billed / 60.0
        if self.counts == "answered":
            return factor
        return 0.0 if not contact.handled else factor * (contact.resolved if self.counts == "resolved" else 1)

    def _rounded(self, units: float) -> float:
        if self.rounding is None or not self.price:
            return units
        return self.rounding.rounded(self.price * units) / self.price

    def _billed(self, seconds: float) -> float:
        """Seconds billed for so many: beyond those included, at least the minimum, in full blocks."""
        if self.included and seconds <= self.included:
            return 0.0
        return self._block(max(seconds - self.included, self.minimum))

    def _block(self, seconds: float) -> float:
        if seconds <= self.first:
            return self.first if seconds > 0.0 else 0.0
        if self.step is None:
            return seconds
        return self.first + math.ceil((seconds - self.first) / self.step - TOLERANCE) * self.step

    def _billed_just_beyond(self, seconds: float) -> float:
        """Seconds billed for a contact that is longer by the least; it has begun the block that begins there.

        `seconds` is not below those included.
        """
        exact = seconds - self.included
        least = self._block(self.minimum)
        if exact < self.first:
            return max(self.first, least)
        if self.step is None:
            return max(exact, least)
        begun = math.floor((exact - self.first) / self.step + TOLERANCE) + 1
        return max(self.first + begun * self.step, least)

    def _seconds_beyond(self, law: Distribution, start: float) -> float:
        """E[seconds billed; X > start]."""
        start = max(start, self.included)
        level = self._billed_just_beyond(start)
        paid_until = self.included + level  # up to here the level is what is billed
        if self.step is None:
            return level * law.survival(start) + law.excess(max(start, paid_until))
        return level * law.survival(start) + self.step * step_sum(law, paid_until, self.step)

    def _rounded_beyond(self, law: Distribution, start: float, factor: float, before: float = 0.0) -> float:
        """E[rounded charge; X > start] over the price, if all minutes count by `factor`.

        `before`: what minutes that counted otherwise add to the charge, in seconds times their factor.
        """
        rounding = self.rounding
        assert rounding is not None
        start = max(start, self.included)
        level = self._billed_just_beyond(start)
        rate = self.price * factor / 60.0 / rounding.unit  # units of money per second
        more = before / factor  # a charge is in units `rate` times the seconds billed and these
        if self.step is None:
            whole_block = level > start - self.included  # a minimum or a first block is charged as it is
            amount = rate * (level + more)
            units = rounding.units(amount) if whole_block else rounding.units_beyond(amount)
            following = max((units + rounding.jump) / rate - more, level)
            charged = units * law.survival(start) + step_sum(law, self.included + following, 1.0 / rate)
        else:
            charged = self._rounded_steps(law, start, rounding, rate, level, more)
        return charged * rounding.unit / self.price

    def _rounded_steps(
        self, law: Distribution, start: float, rounding: Rounding, rate: float, level: float, more: float
    ) -> float:
        """Units of money of each step begun, rounded one by one as far as the law reaches."""
        step = self.step or 0.0
        units = rounding.units(rate * (level + more))
        total = units * law.survival(start)
        over, steps = 0.0, 0
        for _ in range(MOST_ROUNDED_STEPS):
            amount = rate * (level + more)
            further = max(math.floor((units + rounding.jump - amount) / (rate * step)), 1)
            share = law.survival(self.included + level + (further - 1) * step)
            if share <= 1e-15 * total:
                return total
            level += further * step
            charged = rounding.units(rate * (level + more))
            total += (charged - units) * share
            over += further * (units - amount - rate * step * (further + 1) / 2.0) + charged - units
            steps += further
            units = charged
        # What is charged is over the exact amount by as much as it was until here, on average.
        usual = over / steps - (units - rate * (level + more))
        at = self.included + level
        return total + usual * law.survival(at) + rate * step * step_sum(law, at, step)

    def _in_windows(self, law: Distribution, start: float, factors: Factors) -> float:
        """E[minutes, each block by the factor in force where it begins; X > start]."""
        return math.fsum(
            factor * (self._up_to(law, start, end) - self._up_to(law, start, begin)) / 60.0
            for begin, end, factor in _windows(factors)
        )

    def _rounded_in_windows(self, law: Distribution, start: float, factors: Factors) -> float:
        """The same, each contact's charge rounded: those that end in a window are charged by its factor."""
        parts = []
        for begin, end, factor in _windows(factors):
            first = max(start, begin, 0.0)
            if end > first:
                before = self._weighed(first, factors) - factor * self._billed(first)
                parts.append(self._rounded_beyond(law, first, factor, before))
                if end < math.inf:
                    parts.append(-self._rounded_beyond(law, end, factor, before))
        return math.fsum(parts)

    def _up_to(self, law: Distribution, start: float, end: float) -> float:
        """E[seconds billed of what lies before `end`; X > start]."""
        if end <= 0.0:
            return 0.0
        whole = self._seconds_beyond(law, start)
        if end == math.inf:
            return whole
        later = max(start, end)
        return whole - self._seconds_beyond(law, later) + self._billed(end) * law.survival(later)

    def _weighed(self, seconds: float, factors: Factors) -> float:
        """Seconds billed, each block times the factor in force where it begins."""
        total = 0.0
        for begin, end, factor in _windows(factors):
            before = self._billed(min(seconds, begin)) if begin > 0.0 else 0.0
            until = self._billed(min(seconds, end)) if end > 0.0 else 0.0
            total += factor * (until - before)
        return total


def _windows(factors: Factors) -> Iterator[tuple[float, float, float]]:
    """Begin, end and factor of each window."""
    for place, (begin, factor) in enumerate(factors):
        yield begin, factors[place + 1][0] if place + 1 < len(factors) else math.inf, factor


@lru_cache(maxsize=16_384)
def _minutes_beyond(measure: Measure, law: Distribution, start: float, factors: Factors) -> float:
    """E[minutes; X > start], rounded as the measure says; kept, as prices ask for it again and again."""
    if times := atoms(law):
        return math.fsum(measure.minutes(time, factors) for time in times if time > start) / len(times)
    return measure.minutes_beyond(law, max(start, 0.0), factors)


HANDLED = Measure(counts="handled")
HANDLE_MINUTES = Measure(counts="handle_minutes")
