"""The trial at the start of a contract, with a share of the contacts only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta

from bporoute._base.fields import Probability
from bporoute.contracts._term import Term

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
