"""How a vendor's team grows and learns at the start of a contract."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta

from bporoute._base.fields import Probability
from bporoute._base.ranges import MOST_AGENTS
from bporoute.contracts._term import Term

Weeks = Annotated[float, Meta(ge=0, le=1000)]
PositiveWeeks = Annotated[float, Meta(gt=0, le=1000)]
PositivePeople = Annotated[int, Meta(ge=1, le=MOST_AGENTS)]


class Ramp(Term, frozen=True, kw_only=True, tag="ramp"):
    """How a vendor's team grows: classes that are trained, then work, at first slowly.

    Attributes
    ----------
    class_size : int
        Agents of a class.
    classes : int
        How many classes follow each other.
    every_weeks : float
        Weeks from the start of one class to that of the next.
    training_weeks : float
        Weeks from the start of a class to its first contact.
    extra_handle_time : float
        g of ``aht_inf (1 + g exp(-k / tau))``, k weeks after the first contact.
    learning_weeks : float
        tau, above 0.
    start : date or None
        First day of the first class; None: the first day of the contract.

    Examples
    --------
    >>> from datetime import timedelta
    >>> ramp = Ramp(class_size=10, classes=2, every_weeks=4, training_weeks=3, extra_handle_time=.5,
    ...             learning_weeks=4, start=date(2026, 1, 5))
    >>> [ramp.agents(date(2026, 1, 5) + timedelta(weeks=week)) for week in (2, 3, 7)]
    [0, 10, 20]
    """

    class_size: PositivePeople
    classes: Annotated[int, Meta(ge=1, le=1000)] = 1
    every_weeks: Weeks = 0.0
    training_weeks: Weeks
    extra_handle_time: Annotated[float, Meta(ge=0, le=100)] = 0.0
    learning_weeks: PositiveWeeks = 1.0
    start: date | None = None

    def _working(self, day: date) -> list[float]:
        """Weeks since its first contact, for each class that takes contacts on a day."""
        first = (day - (self.start or day)).days / 7.0 - self.training_weeks
        ages = [first - number * self.every_weeks for number in range(self.classes)]
        return [age for age in ages if age >= -1e-9]  # a day is 1/7 week, which no float is

    def agents(self, day: date) -> int:
        """Agents that take contacts on a day."""
        return self.class_size * len(self._working(day))

    def handle_time_factor(self, day: date) -> float:
        """Mean handle time of the agents on a `day` over that of trained ones; without any, a new class's."""
        ages = self._working(day) or [0.0]
        slower = math.fsum(math.exp(-max(age, 0.0) / self.learning_weeks) for age in ages)
        return 1.0 + self.extra_handle_time * slower / len(ages)


Months = Annotated[int, Meta(ge=1, le=120)]


class Trial(Term, frozen=True, kw_only=True, tag="trial"):
    """A trial period at the start of the contract, with a share of the contacts only.

    Attributes
    ----------
    months : int
        Calendar months from the first day of the contract, such as 3 to 6.
    share : float
        Share of the contacts that the vendor may get meanwhile.
    """

    months: Months
    share: Probability

    def share_on(self, day: date, start: date) -> float:
        """Share of the contacts on a day, for a contract that starts on `start`: 1 after the trial.

        >>> trial = Trial(months=3, share=.1)
        >>> [trial.share_on(date(2026, 4, day), date(2026, 1, 15)) for day in (14, 15)]
        [0.1, 1.0]
        """
        months = (day.year - start.year) * 12 + day.month - start.month
        over = months > self.months or (months == self.months and day.day >= start.day)
        # A trial that began on the 31st ends with a shorter month's last day.
        over = over or (months == self.months and (day + timedelta(days=1)).day == 1 and day.day < start.day)
        return 1.0 if over else self.share
