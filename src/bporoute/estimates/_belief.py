"""Which reported times are believed: single ones that are far too long count less, another unit not at all.

A time is *far off* if it is less than a fifteenth or more than fifteen times of what such a contact takes on
average. Hardly a stream has many of these (6 % of exponential times are so short, a few in a million so
long), but nearly all times told in minutes or milliseconds are. A sequential test tells the two apart; until
it has, times that are far off wait. Once a stream is taken for another unit's, nothing of it counts until it
tells seconds again: also of times in minutes or milliseconds some look like seconds. So a run in another unit
moves no estimate, while a mean that truly doubles, or falls to a third, is learned as contacts come.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

FAR = 15.0
"""Times that a reported time is off the mean and still nearer to it than to one in minutes, or in 1/1000."""
MOST_TIMES = 8.0
"""Multiple of the mean that a longer time counts as: one report moves no estimate by more."""
FOREIGN = 0.6
"""Share of times that are far off in a stream of another unit, at least."""
ENOUGH = 7.0
"""Evidence, in nats, from which on a stream is another unit's: six short or three long times in a row."""
MOST_EVIDENCE = 1.5 * ENOUGH
MOST_WAITING = 64
"""Times that wait to be believed; when one more comes, the oldest is forgotten."""


class Weights(NamedTuple):
    """Evidence, in nats, of a time that is far off for another unit, and of one that is not against it."""

    far: float
    near: float

    @classmethod
    def where(cls, usual: float) -> Weights:
        """Where at most such a share of the times of a stream that is told in seconds is far off."""
        return cls(math.log(FOREIGN / usual), math.log((1.0 - usual) / (1.0 - FOREIGN)))


SHORT, LONG = Weights.where(usual=0.15), Weights.where(usual=0.02)


class Side(msgspec.Struct, frozen=True, gc=False):
    """What is known of the times that are far off to one side.

    Attributes
    ----------
    evidence : float
        For another unit, nats (Wald's sequential test).
    waiting : tuple of float
        Times that are believed if the evidence comes to nothing.
    foreign : bool
        Whether they are taken for another unit's, and refused, for the time being.
    refused : int
        Times refused so far.
    last : float
        The last of them, seconds; nan: none was.
    expected : float
        What such a contact takes on average, as it was known then, seconds.
    """

    evidence: float = 0.0
    waiting: tuple[float, ...] = ()
    foreign: bool = False
    refused: int = 0
    last: float = math.nan
    expected: float = math.nan

    def step(self, time: float, expected: float, weights: Weights) -> Side:
        """After one more time that is far off to this side."""
        evidence = min(self.evidence + weights.far, MOST_EVIDENCE)
        waiting = (*self.waiting, time)[-MOST_WAITING:]
        if not self.foreign and evidence < ENOUGH:
            return Side(evidence, waiting, False, self.refused, self.last, self.expected)
        return Side(evidence, (), True, self.refused + len(waiting), time, expected)

    def eased(self, weights: Weights) -> tuple[Side, tuple[float, ...]]:
        """After one more time that is not far off; and the times that are believed now."""
        if not self.evidence:
            return self, ()
        evidence = max(self.evidence - weights.near, 0.0)
        if evidence:
            eased = Side(evidence, self.waiting, self.foreign, self.refused, self.last, self.expected)
            return eased, ()
        return Side(0.0, (), False, self.refused, self.last, self.expected), self.waiting


NOTHING = Side()


class Belief(msgspec.Struct, frozen=True, gc=False):
    """What is believed of the times that are reported of one kind of contacts.

    Attributes
    ----------
    short, long : Side
        Of times that are far too short, and far too long.

    Examples
    --------
    Of contacts that take 189 s on average, 3.1 (minutes) is told again and again:

    >>> belief, counted = Belief(), []
    >>> for told in [200.0, 150.0, *[3.1] * 20, 170.0]:
    ...     belief, believed = belief.step(told, 189.0)
    ...     counted += believed
    >>> counted, belief.refused, belief.foreign
    ([200.0, 150.0], 20, True)
    >>> Belief().step(2000.0, 189.0)[1]
    (1512.0,)
    """

    short: Side = NOTHING
    long: Side = NOTHING

    @property
    def foreign(self) -> bool:
        """Whether the times are taken for another unit's at the moment: then none counts."""
        return self.short.foreign or self.long.foreign

    @property
    def refused(self) -> int:
        """Times refused so far."""
        return self.short.refused + self.long.refused

    def step(self, time: float, expected: float) -> tuple[Belief, tuple[float, ...]]:
        """After one more report; and the times that count now, none longer than `MOST_TIMES` means.

        Parameters
        ----------
        time : float
            Seconds, at least 0; 0 is 0 in any unit, and believed.
        expected : float
            What such a contact takes on average, as far as is known, seconds, above 0.
        """
        short, long = self.short, self.long
        most = MOST_TIMES * expected
        if not time * FAR < expected or time == 0.0:
            if time > FAR * expected:
                return Belief(short, long.step(time, expected, LONG)), ()
            if not short.evidence and not long.evidence:  # as nearly always
                return self, (time if time < most else most,)
            foreign = self.foreign
            short, late = short.eased(SHORT)
            long, too_late = long.eased(LONG)
            believed = (*late, *(min(one, most) for one in too_late), min(time, most))
            return Belief(short, long), () if foreign else believed
        return Belief(short.step(time, expected, SHORT), long), ()


def unit_of(side: Side) -> str:
    """In words: in which unit the refused times of a side may have been told."""
    return "minutes" if side.last < side.expected else "milliseconds"
