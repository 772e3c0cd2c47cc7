"""Money that hangs on a vendor's service level, and the forecast lock that decides whether it does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import Name, Probability
from bporoute.contracts._term import Line, Term
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError

Result = Annotated[float, Meta(ge=-1e12, le=1e12)]


class SlaMeasure(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measured result of a period, scored from -1 (floor) through 0 (target) to 1 (stretch).

    Attributes
    ----------
    name : str
        Its name in `PeriodUsage.sla`.
    weight : float
        Its share in the score; the weights of a contract sum to 1.
    floor, target, stretch : float
        Results of score -1, 0 and 1, in whatever unit the result has; linear between them, constant
        outside. No stretch: results better than the target score 0.
    better : {"higher", "lower"}
        Whether a higher result is better (service level) or a lower one (ASA, abandonment).

    Examples
    --------
    >>> level = SlaMeasure(name="service level", weight=1, floor=.7, target=.8, stretch=.9)
    >>> [round(level.score(result), 9) for result in (.6, .75, .8, .85, .95)]
    [-1.0, -0.5, 0.0, 0.5, 1.0]
    """

    name: Name
    weight: Probability
    floor: Result
    target: Result
    stretch: Result | None = None
    better: Literal["higher", "lower"] = "higher"

    def __post_init__(self) -> None:
        super().__post_init__()
        above, sign = ("above", 1.0) if self.better == "higher" else ("below", -1.0)
        if not sign * self.target > sign * self.floor:
            raise InputError("target", f"{self.target:g}", f"a number {above} the floor, {self.floor:g}")
        if self.stretch is not None and not sign * self.stretch > sign * self.target:
            raise InputError("stretch", f"{self.stretch:g}", f"a number {above} the target, {self.target:g}")

    def score(self, result: float) -> float:
        """Score of a result, in [-1, 1]."""
        gain = (result - self.target) if self.better == "higher" else (self.target - result)
        if gain <= 0.0:
            return max(-1.0, gain / abs(self.target - self.floor))
        return 0.0 if self.stretch is None else min(1.0, gain / abs(self.stretch - self.target))


class ServiceCredits(Term, frozen=True, kw_only=True, tag="service_credits"):
    """Service-level money: a share of the fee of the period, by the weighted score S of the results.

    ``S < 0``: ``fee * min(cap, at_risk * -S)`` is withheld. ``S > 0``: ``fee * bonus * S`` is paid on top.
    ``S >= 0``: `earn_back` of what was withheld in earlier periods is paid out. The fee is the sum of all
    other lines, commitments included, and at least 0. A result that the usage does not name counts as on
    target.

    Attributes
    ----------
    measures : tuple of SlaMeasure
        What is scored; weights sum to 1.
    at_risk : float
        Share of the fee withheld at score -1.
    cap : float or None
        Most that is withheld, as a share of the fee, at most `at_risk`; None: no cap below that.
    bonus : float
        Share of the fee paid on top at score 1.
    earn_back : float
        Share of `PeriodUsage.earlier_credits` paid out in a period on or above target.
    """

    measures: tuple[SlaMeasure, ...]
    at_risk: Probability
    cap: Probability | None = None
    bonus: Probability = 0.0
    earn_back: Probability = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = math.fsum(measure.weight for measure in self.measures)
        if not abs(weights - 1.0) <= 1e-9:
            raise InputError("measures", f"weights that sum to {weights:g}", "weights that sum to 1")
        names = [measure.name for measure in self.measures]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise InputError(f"measures[{place}].name", repr(name), "a name of its own")
        if self.cap is not None and self.cap > self.at_risk:
            raise InputError("cap", f"{self.cap:g}", f"at most at_risk, {self.at_risk:g}")
        if self.bonus and all(measure.stretch is None for measure in self.measures):
            raise InputError("bonus", f"{self.bonus:g}, and no stretch to reach", "a measure with a stretch")

    def score(self, usage: PeriodUsage) -> float:
        """Weighted score of the results in `usage`, in [-1, 1]."""
        return math.fsum(
            measure.weight * measure.score(usage.sla[measure.name])
            for measure in self.measures
            if measure.name in usage.sla
        )

    def share(self, usage: PeriodUsage) -> float:
        """What a unit of the fee brings the vendor on top (positive) or costs it (negative), by `usage`."""
        score = self.score(usage)
        if score >= 0.0:
            return self.bonus * score
        return -min(self.at_risk * -score, self.at_risk if self.cap is None else self.cap)

    def lines(self, usage: PeriodUsage, fee: float) -> tuple[Line, ...]:
        """What is withheld of `fee` or paid on top by the results in `usage`, and what is earned back."""
        score, lines = self.score(usage), []
        if share := self.share(usage):
            missing = [each.name for each in self.measures if each.name not in usage.sla]
            text = f"fee of the period, at a score of {score:+.3f}"
            if missing:
                text += f" ({', '.join(missing)} not measured)"
            lines.append(Line("service_credits", max(0.0, fee), share, text))
        if self.earn_back and usage.earlier_credits and score >= 0.0:
            lines.append(
                Line(
                    "service_credits", usage.earlier_credits, self.earn_back, "withheld earlier, earned back"
                )
            )
        return tuple(lines)


class ForecastLock(Term, frozen=True, kw_only=True, tag="forecast_lock"):
    """Service-level money flows only if the volume stayed near the locked forecast.

    Attributes
    ----------
    low, high : float
        Relief window, as factors of the locked volume, such as .9 and 1.1; both ends are inside.
    granularity : {"interval", "day", "month"}
        What is judged. Intervals and days: the usage tells the share of them that stayed inside. Month:
        the same, in contracts of a quarter or a year; in a contract by the month, its offered contacts
        against `PeriodUsage.locked_volume`.
    share_inside : float
        The money flows if at least this share of intervals, days or months stayed inside.
    """

    low: Annotated[float, Meta(ge=0, le=1)]
    high: Annotated[float, Meta(ge=1, le=1000)]
    granularity: Literal["interval", "day", "month"]
    share_inside: Probability

    def by_totals(self, usage: PeriodUsage, months: int) -> bool:
        """Whether `usage`, of a period of so many calendar `months`, is judged by its own total."""
        return self.granularity == "month" and months == 1 and usage.locked_volume is not None

    def binds(self, usage: PeriodUsage, months: int) -> bool:
        """Whether service-level money flows for `usage`, of a period of so many calendar `months`.

        It does where nothing tells that the window was left.
        """
        if self.by_totals(usage, months):
            return self.inside([usage.offered], [usage.locked_volume or 0.0]) >= self.share_inside
        return usage.share_inside is None or usage.share_inside >= self.share_inside

    def inside(self, volumes: Sequence[float], locked: Sequence[float]) -> float:
        """Share of intervals, days or months that stayed inside the window; 1 if there are none.

        `volumes` and `locked` are what came and what was forecast in each of them, in contacts.

        >>> lock = ForecastLock(low=.9, high=1.1, granularity="day", share_inside=.8)
        >>> lock.inside([95, 111, 100, 90], [100, 100, 100, 100])
        0.75
        """
        stayed = [
            self.low * forecast <= volume <= self.high * forecast
            for volume, forecast in zip(volumes, locked, strict=True)
        ]
        return sum(stayed) / len(stayed) if stayed else 1.0
