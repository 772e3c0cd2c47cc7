"""When a trial begins, what of it is left out as learning, when somebody looks, and when it ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.contracts._contract import Contract
from bporoute.contracts._start_up import Trial
from bporoute.errors import InputError, shown

LEARNED = 1.05
"""Handle time of a ramp over that of trained agents from which on nobody counts as learning."""
MOST_WEEKS = 104
WEEK = 7
Cluster = Literal["day", "week"]
"""What contacts hang together by."""


class Schedule(NamedTuple):
    """The days of a trial, all fixed before it begins.

    Attributes
    ----------
    learning : int
        Days at the start that are left out.
    length : int
        Days in all, those included.
    every : int
        Days from one look to the next; the last is on the last day.
    """

    learning: int
    length: int
    every: int

    @property
    def looks(self) -> tuple[int, ...]:
        """Days after which there is a look, counted from the start.

        >>> Schedule(learning=14, length=40, every=7).looks
        (21, 28, 35, 40)
        """
        between = range(self.learning + self.every, self.length, self.every)
        return (*between, self.length)

    @property
    def fractions(self) -> tuple[float, ...]:
        """Days that count up to each look, as a share of all that do."""
        return tuple((day - self.learning) / (self.length - self.learning) for day in self.looks)


def learning_days(contract: Contract, start: date) -> int:
    """Days until the contract's ramp has its handle time within 5 % of trained agents'; 0 without a ramp."""
    slow = [
        day
        for day in range(MOST_WEEKS * WEEK)
        if contract.capacity_on(start + timedelta(days=day)) == 0
        or contract.handle_time_factor(start + timedelta(days=day)) > LEARNED
    ]
    return slow[-1] + 1 if slow else 0


def learning_of(contract: Contract, start: date, weeks: float | None) -> int:
    """Days that are left out: as told in weeks, else as the contract's ramp says."""
    if weeks is None:
        return learning_days(contract, start)
    if isinstance(weeks, bool) or not isinstance(weeks, int | float) or not 0.0 <= weeks <= MOST_WEEKS:
        raise InputError("learning_weeks", shown(weeks), f"weeks from 0 to {MOST_WEEKS}")
    return round(WEEK * weeks)


def trial_of(center: Center, vendor: str) -> Trial | None:
    """The trial in a vendor's contract."""
    terms = center.vendors[vendor].contract.terms
    return next((term for term in terms if isinstance(term, Trial)), None)


def share_of(center: Center, vendor: str, share: float | None) -> float | None:
    """The share of the contacts that a vendor is to have: as told, else by its contract; None: neither.

    Raises
    ------
    InputError
        It is not between 0 and 1.
    """
    term = trial_of(center, vendor)
    found = term.share if share is None and term is not None else share
    if found is not None and not 0.0 < found < 1.0:
        raise InputError("share", shown(found), "a share above 0 and below 1, such as 0.1")
    return found


def length_of(center: Center, vendor: str, start: date, weeks: float | None, learning: int) -> int:
    """Days of the trial: as told in weeks, else the months of the contract's trial.

    Raises
    ------
    InputError
        Neither says it, or all of it is learning.
    """
    term = trial_of(center, vendor)
    if weeks is not None:
        if isinstance(weeks, bool) or not isinstance(weeks, int | float) or not 0.0 < weeks <= MOST_WEEKS:
            raise InputError("weeks", shown(weeks), f"weeks above 0, at most {MOST_WEEKS}")
        length = round(WEEK * weeks)
    elif term is not None:
        day = start
        while term.share_on(day, start) == term.share and (day - start).days < MOST_WEEKS * WEEK:
            day += timedelta(days=1)
        length = (day - start).days
    else:
        raise InputError(
            "weeks", "none", f"how long the trial is planned: weeks, or a trial in the contract of {vendor}"
        )
    if length <= learning:
        raise InputError(
            "weeks", f"{length / WEEK:g}", f"more than the learning time, {learning / WEEK:.3g} weeks"
        )
    return length


def cluster_days(cluster: Cluster, every: int) -> int:
    """Days of a cluster, for looks every so many days.

    Raises
    ------
    InputError
        A look would be within a week that is one, or an argument is none.
    """
    if isinstance(every, bool) or not isinstance(every, int) or not 1 <= every <= 366:
        raise InputError("look_every", shown(every), "whole days from 1 to 366")
    if cluster not in get_args(Cluster):
        raise InputError("cluster", shown(cluster), did_you_mean(cluster, list(get_args(Cluster))))
    if cluster == "week" and every % WEEK:
        raise InputError("look_every", f"{every} days", "whole weeks, as weeks are the clusters")
    return WEEK if cluster == "week" else 1
