"""What concerns a whole bill: a share in what was saved, an index on all prices, a currency of its own."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.fields import Money, Probability
from bporoute.contracts._measure import HANDLED, Measure
from bporoute.contracts._term import Line, Term
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError

Factor = Annotated[float, Meta(gt=0, le=1000)]
ExchangeRate = Annotated[float, Meta(gt=0, le=1e6)]


class GainShare(Term, frozen=True, kw_only=True, tag="gain_share"):
    """The vendor gets a share of what its charges stay below a baseline.

    ``share * max(0, baseline * n - charges)``, the charges being all that is charged before commitments.

    Attributes
    ----------
    baseline : float
        Money per unit that would have been paid.
    share : float
        Share of the saving that is paid to the vendor.
    measure : Measure
        What is counted; handled contacts by default.
    """

    baseline: Money
    share: Probability
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the baseline counts."""
        return (self.measure,)

    def saving(self, usage: PeriodUsage, charges: float) -> float:
        """Money by which `charges` stay below the baseline of a `usage`; negative: above."""
        return self.baseline * usage.of(self.measure) - charges

    def lines(self, usage: PeriodUsage, charges: float) -> tuple[Line, ...]:
        """The share of what `charges` save on a `usage`; nothing above the baseline."""
        saved = self.saving(usage, charges)
        text = f"saved below {self.baseline:g} each"
        return (Line("gain_share", saved, self.share, text),) if saved > 0.0 else ()


class IndexStep(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From a day on all prices times a factor, until the next step.

    Attributes
    ----------
    start : date
        The factor counts from the period on that begins on this day or later.
    factor : float
        What prices are multiplied by, above 0; 1.03: 3 % more than agreed.
    """

    start: date
    factor: Factor


class Indexation(Term, frozen=True, kw_only=True, tag="indexation"):
    """All money of the contract follows an index: the factor of the last step before a period begins.

    Attributes
    ----------
    steps : tuple of IndexStep
        By day; before the first, prices are as agreed.

    Examples
    --------
    >>> steps = (IndexStep(start=date(2027, 1, 1), factor=1.03),)
    >>> [Indexation(steps=steps).factor(date(year, 12, 1)) for year in (2026, 2027)]
    [1.0, 1.03]
    """

    steps: tuple[IndexStep, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        days = [step.start for step in self.steps]
        if not days:
            raise InputError("steps", "none", "at least one step")
        for place in range(1, len(days)):
            if not days[place] > days[place - 1]:
                raise InputError(f"steps[{place}].start", str(days[place]), f"a day after {days[place - 1]}")

    def factor(self, begin: date | None) -> float:
        """Factor on the prices of a period that begins on a day, `begin`; None: as agreed."""
        reached = [step.factor for step in self.steps if begin is not None and step.start <= begin]
        return reached[-1] if reached else 1.0


class Currency(Term, frozen=True, kw_only=True, tag="currency"):
    """The contract is in a currency of its own; a collar bounds the rate at which it is paid.

    Attributes
    ----------
    code : str
        ISO 4217 code of the contract's currency, such as ``"PLN"``.
    rate : float
        Agreed money of the center for one of it, which decisions go by.
    low, high : float or None
        The collar: the period's rate counts as at least and at most this; None: no bound.

    Examples
    --------
    >>> zloty = Currency(code="PLN", rate=0.23, low=0.22, high=0.24)
    >>> [zloty.paid_at(rate) for rate in (None, 0.2, 0.235, 0.3)]
    [0.23, 0.22, 0.235, 0.24]
    """

    code: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    rate: ExchangeRate
    low: ExchangeRate | None = None
    high: ExchangeRate | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, wrong in (
            ("low", self.low is not None and self.low > self.rate),
            ("high", self.high is not None and self.high < self.rate),
        ):
            if wrong:
                bound = "most" if name == "low" else "least"
                raise InputError(name, f"{getattr(self, name):g}", f"at {bound} the rate, {self.rate:g}")

    def paid_at(self, rate: float | None) -> float:
        """The rate at which a period is paid whose own `rate` was this; None: the agreed one."""
        found = self.rate if rate is None else rate
        return min(max(found, self.low or 0.0), self.high if self.high is not None else found)
