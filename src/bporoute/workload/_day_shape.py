"""How the contacts of a day are spread over its hours."""

from __future__ import annotations

import math

import msgspec

from bporoute._base.clock import HOUR_MINUTE, MINUTES_PER_DAY
from bporoute._base.words import counted
from bporoute.errors import InputError, shown


class DayShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rates of arrival over a local day, relative to each other; nothing arrives outside its intervals.

    Attributes
    ----------
    weights : tuple of float
        One per interval, in order; at least 0, not all 0. Only their proportions matter.
    opens : str
        Local time ``"HH:MM"`` at which the first interval starts.
    minutes : int
        Length of each; the last ends by midnight.

    Raises
    ------
    InputError
        If a field is outside its range.

    Examples
    --------
    >>> DayShape(weights=(1, 3), opens="08:00", minutes=120).relative
    (0.5, 1.5)
    """

    weights: tuple[float, ...]
    opens: str = "00:00"
    minutes: int = 30

    def __post_init__(self) -> None:
        if not isinstance(self.opens, str) or not HOUR_MINUTE.fullmatch(self.opens):
            raise InputError("opens", shown(self.opens), "a time of day like '08:30'")
        if not isinstance(self.minutes, int) or not 1 <= self.minutes <= MINUTES_PER_DAY:
            raise InputError("minutes", shown(self.minutes), f"a whole number from 1 to {MINUTES_PER_DAY}")
        if not hasattr(self.weights, "__len__") or not len(self.weights):
            raise InputError("weights", shown(self.weights), "one number per interval of the day")
        for place, weight in enumerate(self.weights):
            if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
                raise InputError(f"weights[{place}]", shown(weight), "a number of at least 0")
        if not any(self.weights):
            raise InputError("weights", "only zeros", "at least one above 0")
        if self.first_minute + len(self.weights) * self.minutes > MINUTES_PER_DAY:
            many, long = counted(len(self.weights), "interval"), counted(self.minutes, "minute")
            found = f"{many} of {long} from {self.opens} on"
            raise InputError("weights", found, "intervals that end by midnight")

    @property
    def first_minute(self) -> int:
        """Minutes from midnight to the first interval."""
        return int(self.opens[:2]) * 60 + int(self.opens[3:])

    @property
    def relative(self) -> tuple[float, ...]:
        """Rate in each interval over the mean rate of all of them."""
        mean = math.fsum(self.weights) / len(self.weights)
        return tuple(weight / mean for weight in self.weights)


MEASURED_DAY = DayShape(
    opens="07:00",
    weights=(
        1.55, 2.10, 3.20, 4.15, 4.85, 5.15, 5.25, 5.20, 4.95, 4.60, 4.00, 3.85, 4.15, 4.40,
        4.45, 4.45, 4.40, 4.25, 3.90, 3.60, 3.15, 2.85, 2.60, 2.40, 2.15, 1.85, 1.50, 1.05,
    ),
)  # fmt: skip
"""Percent of the day's calls by half hour at a large North American bank, 2003; the peak is at 10:00."""
