"""Charges at one price for each contact, minute, resolution, hour or full-time equivalent."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from msgspec import Meta

from bporoute._base.fields import Money, PositiveSeconds, Seconds
from bporoute.contracts._charge import Charge
from bporoute.contracts._measure import Counted, Measure
from bporoute.contracts._term import Line
from bporoute.contracts._usage import HoursKind, PeriodUsage

_RESOLVED = Measure(counts="resolved")


@cache
def _measure(counts: Counted, step: float | None, minimum: float, free_up_to: float) -> Measure:
    """One struct for equal measures: a router asks for them with every price."""
    return Measure(counts=counts, step=step, minimum=minimum, free_up_to=free_up_to)


class PerContact(Charge, frozen=True, kw_only=True, tag="per_contact"):
    """``price * n``.

    Attributes
    ----------
    price : float
        Money per contact.
    counts : {"offered", "answered", "handled"}
        Which contacts.
    free_up_to : float
        Short contacts, up to this many seconds (see `Measure`), are free; 0: none is.
    """

    price: Money
    counts: Literal["offered", "answered", "handled"] = "handled"
    free_up_to: Seconds = 0.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The contacts that are paid."""
        return (_measure(self.counts, None, 0.0, self.free_up_to),)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        text = f"contacts {self.counts}" + (f", over {self.free_up_to:g} s" if self.free_up_to else "")
        return (Line("per_contact", usage.of(self.measures[0]), self.price, text),)


class PerMinute(Charge, frozen=True, kw_only=True, tag="per_minute"):
    """``price * sum(ceil(max(d, minimum) / step) * step) / 60`` over the answered contacts.

    Attributes
    ----------
    price : float
        Money per minute.
    counts : {"handle_minutes", "talk_minutes"}
        Talk minutes leave out hold and wrap-up.
    step, minimum, free_up_to : float
        Seconds, see `Measure`.
    """

    price: Money
    counts: Literal["handle_minutes", "talk_minutes"] = "handle_minutes"
    step: PositiveSeconds | None = None
    minimum: Seconds = 0.0
    free_up_to: Seconds = 0.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The minutes that are paid."""
        return (_measure(self.counts, self.step, self.minimum, self.free_up_to),)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        text = self.counts.replace("_", " ") + (f", in steps of {self.step:g} s" if self.step else "")
        return (Line("per_minute", usage.of(self.measures[0]), self.price, text),)


class PerResolution(Charge, frozen=True, kw_only=True, tag="per_resolution"):
    """``price * n`` over the handled contacts that no repeat follows within some days.

    Attributes
    ----------
    price : float
        Money per resolved contact.
    no_repeat_within_days : int
        Whoever fills the usage applies it: a contact is resolved if it had no repeat in these days.
    """

    price: Money
    no_repeat_within_days: Annotated[int, Meta(ge=1, le=366)]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Resolved contacts."""
        return (_RESOLVED,)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        text = f"contacts resolved, no repeat within {self.no_repeat_within_days} days"
        return (Line("per_resolution", usage.of(self.measures[0]), self.price, text),)


class PerHour(Charge, frozen=True, kw_only=True, tag="per_hour"):
    """``price * hours``: one contact more costs nothing.

    Attributes
    ----------
    price : float
        Money per hour.
    hours : {"logged", "production", "scheduled", "paid"}
        Which hours, delivered in `PeriodUsage.hours`.
    """

    price: Money
    hours: HoursKind

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        return (Line("per_hour", usage.hours.get(self.hours, 0.0), self.price, f"{self.hours} hours"),)


class PerFte(Charge, frozen=True, kw_only=True, tag="per_fte"):
    """``price_per_month * fte * months``: one contact more costs nothing.

    Attributes
    ----------
    price_per_month : float
        Money per full-time equivalent and calendar month.
    """

    price_per_month: Money

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line, in FTE months: the FTE of `usage` in each of its calendar `months`."""
        return (Line("per_fte", usage.fte * months, self.price_per_month, "FTE months"),)
