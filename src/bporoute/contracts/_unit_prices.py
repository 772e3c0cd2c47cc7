"""Charges at one price for each contact, minute, resolution, hour or full-time equivalent."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Annotated, Any, Literal

from msgspec import Meta

from bporoute._base.fields import Money, Name, PositiveSeconds, Seconds
from bporoute._base.words import counted
from bporoute.contracts._charge import Charge, measure_name
from bporoute.contracts._measure import Counted, Measure
from bporoute.contracts._rounding import Rounding
from bporoute.contracts._term import Line
from bporoute.contracts._usage import HoursKind, PeriodUsage


@cache
def _measure(**what: Any) -> Measure:
    """One struct for equal measures: a router asks for them with every price."""
    return Measure(**what)


class _UnitPrice(Charge, frozen=True, kw_only=True, dict=True):
    """What the three prices of a contact's units have in common."""

    price: Money
    contact_types: tuple[Name, ...] = ()
    channels: tuple[Name, ...] = ()
    rounding: Rounding | None = None

    def _counted(self, counts: Counted, **lengths: float | None) -> tuple[Measure, ...]:
        rounded = {} if self.rounding is None else {"rounding": self.rounding, "price": self.price}
        return (
            _measure(
                counts=counts,
                contact_types=tuple(self.contact_types),
                channels=tuple(self.channels),
                **lengths,
                **rounded,
            ),
        )

    def money(self, usage: PeriodUsage, months: int) -> float:
        """What its line comes to on a `usage`, however many `months` it has; without its text."""
        return usage.of(self.measures[0]) * self.price


class PerContact(_UnitPrice, frozen=True, kw_only=True, tag="per_contact"):
    """``price * n``.

    Attributes
    ----------
    price : float
        Money per contact.
    counts : {"offered", "answered", "handled", "failed"}
        Which contacts; ``failed``: those that the vendor failed to take, billed all the same.
    free_up_to : float
        Short contacts, up to this many seconds (see `Measure`), are free; 0: none is.
    contact_types, channels : tuple of str
        Only contacts of these types, by these channels; empty: all.
    rounding : Rounding or None
        How each contact's charge is rounded; None: as `Contract.round_contacts` says.
    """

    counts: Literal["offered", "answered", "handled", "failed"] = "handled"
    free_up_to: Seconds = 0.0

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The contacts that are paid."""
        return self._counted(self.counts, free_up_to=self.free_up_to)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        text = measure_name(self.measures[0]) + (f", over {self.free_up_to:g} s" if self.free_up_to else "")
        return (Line("per_contact", usage.of(self.measures[0]), self.price, text),)


class PerMinute(_UnitPrice, frozen=True, kw_only=True, tag="per_minute"):
    """``price / 60`` for each second billed of the answered contacts, in blocks as `Measure` says.

    With a step and a minimum alone, a contact of d seconds is billed as
    ``ceil(max(d, minimum) / step) * step``.

    Attributes
    ----------
    price : float
        Money per minute.
    counts : {"handle_minutes", "talk_minutes"}
        Talk minutes leave out hold and wrap-up.
    step, first, minimum, included, free_up_to : float
        Seconds, see `Measure`.
    contact_types, channels : tuple of str
        Only contacts of these types, by these channels; empty: all.
    rounding : Rounding or None
        How each contact's charge is rounded; None: as `Contract.round_contacts` says.
    """

    counts: Literal["handle_minutes", "talk_minutes"] = "handle_minutes"
    step: PositiveSeconds | None = None
    first: Seconds = 0.0
    minimum: Seconds = 0.0
    included: Seconds = 0.0
    free_up_to: Seconds = 0.0

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """The minutes that are paid."""
        return self._counted(
            self.counts,
            step=self.step,
            first=self.first,
            minimum=self.minimum,
            included=self.included,
            free_up_to=self.free_up_to,
        )

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        text = measure_name(self.measures[0])
        if self.step:
            text += f", in steps of {self.step:g} s"
        return (Line("per_minute", usage.of(self.measures[0]), self.price, text),)


class PerResolution(_UnitPrice, frozen=True, kw_only=True, tag="per_resolution"):
    """``price * n`` over the handled contacts that no repeat follows within some days.

    Nobody knows that when a contact ends: prices told, contacts settled and simulations count each as the
    vendor's expected resolution, stated or measured (all as resolved, if it is neither). The invoice by the
    true results is that of a `PeriodUsage` filled with contacts whose `BilledContact.resolved` is known.

    Attributes
    ----------
    price : float
        Money per resolved contact.
    no_repeat_within_days : int
        Whoever fills the usage applies it: a contact is resolved if it had no repeat in these days.
    contact_types, channels : tuple of str
        Only contacts of these types, by these channels; empty: all.
    rounding : Rounding or None
        How each contact's charge is rounded; None: as `Contract.round_contacts` says.
    """

    no_repeat_within_days: Annotated[int, Meta(ge=1, le=366)]

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Resolved contacts."""
        return self._counted("resolved")

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """One line: what there is of them in `usage`, however many `months` it has."""
        text = (
            f"{measure_name(self.measures[0])}, no repeat within {counted(self.no_repeat_within_days, 'day')}"
        )
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
