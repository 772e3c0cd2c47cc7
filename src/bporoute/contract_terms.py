"""The terms of a contract: charges by volume, time and capacity, commitments, ramp and trial.

Each is a frozen struct that a center file names by its `kind`. What charges money says which measures it
counts by (`measures`), at how many units its price changes (`edges`) and what it charges (`lines`).
"Units" are contacts or minutes, as its measure counts them, multipliers included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from bporoute.billing import HANDLE_MINUTES, HANDLED, Counted, HoursKind, Measure, PeriodUsage
from bporoute.errors import InputError
from bporoute.fields import Count, Money, PositiveSeconds, Probability, Seconds
from bporoute.term import Line, Term

Weeks = Annotated[float, Meta(ge=0, le=1000)]
PositiveWeeks = Annotated[float, Meta(gt=0, le=1000)]
PositivePeople = Annotated[int, Meta(ge=1, le=1_000_000)]
Months = Annotated[int, Meta(ge=1, le=120)]


_RESOLVED = Measure(counts="resolved")


@cache
def _measure(counts: Counted, step: float | None, minimum: float, free_up_to: float) -> Measure:
    """One struct for equal measures: a router asks for them with every price."""
    return Measure(counts=counts, step=step, minimum=minimum, free_up_to=free_up_to)


class Edge(NamedTuple):
    """A number of units of a measure at which the price of the next unit changes.

    `jump`: the charge itself jumps beyond that number.
    """

    measure: Measure
    units: float
    jump: bool = False


class Charge(Term, frozen=True, kw_only=True):
    """A term that charges for what was counted or delivered."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What has to be counted for it."""
        return ()

    def edges(self) -> tuple[Edge, ...]:
        """Where its price changes; empty: every unit costs the same."""
        return ()

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """What it charges for a period of so many calendar months."""
        raise NotImplementedError  # every kind says its own; this one is no kind


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
        """One line."""
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
        """One line."""
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
        """One line."""
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
        """One line."""
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
        """One line, in FTE months."""
        return (Line("per_fte", usage.fte * months, self.price_per_month, "FTE months"),)


class FixedFee(Charge, frozen=True, kw_only=True, tag="fixed_fee"):
    """``fee + overage_price * max(0, n - included)``.

    Attributes
    ----------
    fee : float
        Money per contract period.
    included : int
        Units that the fee covers.
    overage_price : float
        Money for each unit above them.
    measure : Measure
        What is counted; handled contacts by default.
    """

    fee: Money
    included: Count = 0
    overage_price: Money = 0.0
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the allowance counts, if more than it costs anything."""
        return (self.measure,) if self.overage_price else ()

    def edges(self) -> tuple[Edge, ...]:
        """The end of the allowance."""
        return tuple(Edge(measure, float(self.included)) for measure in self.measures)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """The fee, and what is above the allowance."""
        fee = Line("fixed_fee", 1.0, self.fee, "fixed fee")
        if not self.overage_price:
            return (fee,)
        above = max(0.0, usage.of(self.measure) - self.included)
        return (fee, Line("fixed_fee", above, self.overage_price, f"{_name(self.measure)} not included"))


class VolumeBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units above `above` (excluded) and up to `up_to` (included; None: no end), and money for each."""

    above: Count
    up_to: Count | None = None
    price: Money


class VolumeTiers(Charge, frozen=True, kw_only=True, tag="volume_tiers"):
    """Prices by volume.

    Attributes
    ----------
    tiers : tuple of VolumeBand
        In order, without gap or overlap, the first above 0, the last without end.
    mode : {"incremental", "all_units"}
        ``incremental``: each unit at the price of its own tier. ``all_units``: all units at the price of
        the tier that the last one reaches, so the invoice may fall by a contact more.
    measure : Measure
        What is counted; handled contacts by default.
    """

    tiers: tuple[VolumeBand, ...]
    mode: Literal["incremental", "all_units"]
    measure: Measure = HANDLED

    def __post_init__(self) -> None:
        if not self.tiers:
            raise InputError("tiers", "none", "at least one tier")
        check_bands(self.tiers)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the tiers count."""
        return (self.measure,)

    def edges(self) -> tuple[Edge, ...]:
        """Where each further tier begins."""
        jump = self.mode == "all_units"
        return tuple(Edge(self.measure, float(tier.above), jump) for tier in self.tiers[1:])

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """A line for each tier reached, or one for all units."""
        units = usage.of(self.measure)
        reached = [tier for tier in self.tiers if tier.above < units] or [self.tiers[0]]
        if self.mode == "all_units":
            text = f"{_name(self.measure)}, all at the price above {reached[-1].above}"
            return (Line("volume_tiers", units, reached[-1].price, text),)
        return tuple(
            Line(
                "volume_tiers",
                (units if tier is reached[-1] else tier.up_to or 0) - tier.above,
                tier.price,
                f"{_name(self.measure)} above {tier.above}",
            )
            for tier in reached
        )


class ResourceCharge(Charge, frozen=True, kw_only=True, tag="resource_charge"):
    """Additional and reduced resource charges around a baseline, none inside a dead band.

    ``additional_price * max(0, n - (1 + dead_band) baseline)
    - reduced_price * max(0, (1 - dead_band) baseline - n)``: only what lies outside the band counts.

    Attributes
    ----------
    baseline : int
        Units that the fixed fee was agreed for.
    dead_band : float
        Share of the baseline on either side, such as .05 to .10.
    additional_price, reduced_price : float
        Money charged for a unit above the band; money credited for a unit below it.
    measure : Measure
        What is counted; handled contacts by default.
    """

    baseline: Count
    dead_band: Probability
    additional_price: Money
    reduced_price: Money
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the baseline counts."""
        return (self.measure,)

    def edges(self) -> tuple[Edge, ...]:
        """The ends of the dead band."""
        low, high = (1.0 - self.dead_band) * self.baseline, (1.0 + self.dead_band) * self.baseline
        return (Edge(self.measure, low), Edge(self.measure, high))

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """The additional or the reduced charge; nothing inside the band."""
        units = usage.of(self.measure)
        low, high = (edge.units for edge in self.edges())
        name = _name(self.measure)
        if units > high:
            return (Line("resource_charge", units - high, self.additional_price, f"additional {name}"),)
        if units < low:
            return (Line("resource_charge", low - units, -self.reduced_price, f"{name} less than agreed"),)
        return ()


class CapacityOption(Charge, frozen=True, kw_only=True, tag="capacity_option"):
    """``reservation_price K + usage_price min(n, K) + over_price max(0, n - K)``.

    Attributes
    ----------
    reserved : int
        K: units kept ready in a period.
    reservation_price, usage_price, over_price : float
        Money for a unit reserved, used out of those, used beyond them.
    measure : Measure
        What is counted; handled contacts by default.
    """

    reserved: Count
    reservation_price: Money
    usage_price: Money
    over_price: Money
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is reserved."""
        return (self.measure,)

    def edges(self) -> tuple[Edge, ...]:
        """The reserved units."""
        return (Edge(self.measure, float(self.reserved)),)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """Reservation, use, use beyond the reservation."""
        units, name = usage.of(self.measure), _name(self.measure)
        within = min(units, float(self.reserved))
        return (
            Line("capacity_option", float(self.reserved), self.reservation_price, f"{name} reserved"),
            Line("capacity_option", within, self.usage_price, f"{name} out of those reserved"),
            Line("capacity_option", units - within, self.over_price, f"{name} beyond those reserved"),
        )


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices of the contacts number `above` + 1 to `up_to` sent in a period (incremental, not all-units).

    Attributes
    ----------
    above : int
        The tier begins after this many contacts of the period.
    up_to : int or None
        The last contact of the tier; None: no end.
    price_per_contact, price_per_minute : float
        Money per handled contact and per handled minute in this tier.
    """

    above: Count
    up_to: Count | None = None
    price_per_contact: Money = 0.0
    price_per_minute: Money = 0.0


class NumberedTiers(Charge, frozen=True, kw_only=True, tag="tiers"):
    """`Contract.tiers` as a charge: each contact pays the prices of the tier that its number falls into."""

    tiers: tuple[Tier, ...]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Handled contacts and minutes, which the usage divides among the tiers."""
        return (HANDLED, HANDLE_MINUTES)

    def lines(self, usage: PeriodUsage, months: int) -> tuple[Line, ...]:
        """Contacts and minutes of each tier."""
        lines = []
        for place, tier in enumerate(self.tiers):
            text = f"numbered above {tier.above}"
            if tier.price_per_contact:
                contacts = usage.tier_contacts[place]
                lines.append(Line("tiers", contacts, tier.price_per_contact, f"contacts handled, {text}"))
            if tier.price_per_minute:
                minutes = usage.tier_minutes[place]
                lines.append(
                    Line("tiers", minutes, tier.price_per_minute, f"handle minutes of contacts {text}")
                )
        return tuple(lines)


class TakeOrPay(Term, frozen=True, kw_only=True, tag="take_or_pay"):
    """A commitment in contacts or minutes: ``price * max(0, share * volume - n)`` is paid for those missing.

    With a price per contact p beside it, and the same price here, the invoice is
    ``max(p n, share p volume)``: below the commitment a contact more costs nothing.

    Attributes
    ----------
    volume : int or None
        Units committed per contract period; None: the locked forecast of the period (if the usage
        names none, there is no commitment).
    share : float
        Share of the volume that is paid in any case, often .9.
    price : float
        Money for a missing unit.
    carry_forward : float
        Share of the money paid for missing units that is carried forward: it pays for units above the
        commitment in later periods (`PeriodUsage.balance`). 0: it is lost.
    measure : Measure
        What is counted; handled contacts by default.
    """

    price: Money
    volume: Count | None = None
    share: Probability = 1.0
    carry_forward: Probability = 0.0
    measure: Measure = HANDLED

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the commitment counts."""
        return (self.measure,)

    def committed(self, usage: PeriodUsage) -> float:
        """Units that are paid in any case."""
        volume = usage.locked_volume if self.volume is None else self.volume
        return self.share * (volume or 0.0)

    def edges(self, usage: PeriodUsage) -> tuple[Edge, ...]:
        """The commitment, and where the balance is used up."""
        committed = self.committed(usage)
        used_up = usage.balance / self.price if self.carry_forward and self.price else 0.0
        return tuple(Edge(self.measure, committed + above) for above in sorted({0.0, used_up}))

    def levels(self, usage: PeriodUsage) -> tuple[float, ...]:
        """None: it counts units, not money."""
        return ()

    def lines(self, usage: PeriodUsage, charges: float) -> tuple[Line, ...]:
        """What is missing, or what earlier payments cover."""
        units, committed = usage.of(self.measure), self.committed(usage)
        missing = Line(
            "take_or_pay",
            max(0.0, committed - units),
            self.price,
            f"{_name(self.measure)} missing to {committed:g}",
        )
        surplus = self.price * max(0.0, units - committed)
        return (missing, *_paid_ahead("take_or_pay", self.carry_forward, surplus, usage))


class MinimumCommitment(Term, frozen=True, kw_only=True, tag="minimum_commitment"):
    """A commitment in money: ``max(0, amount - charges)`` is paid on top.

    The charges are all other lines of the period but the service-level money, fixed fees and hours included.

    Attributes
    ----------
    amount : float
        Money per contract period.
    carry_forward : float
        Share of the money paid on top that is carried forward and pays for charges above the commitment
        in later periods (`PeriodUsage.balance`). 0: it is lost.
    """

    amount: Money
    carry_forward: Probability = 0.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        """None: it counts money."""
        return ()

    def edges(self, usage: PeriodUsage) -> tuple[Edge, ...]:
        """None by units."""
        return ()

    def levels(self, usage: PeriodUsage) -> tuple[float, ...]:
        """Charges at which what a contact adds changes: the commitment, and the balance used up."""
        used_up = usage.balance if self.carry_forward else 0.0
        return tuple(sorted({self.amount, self.amount + used_up}))

    def lines(self, usage: PeriodUsage, charges: float) -> tuple[Line, ...]:
        """What is missing, or what earlier payments cover."""
        missing = max(0.0, self.amount - charges)
        surplus = max(0.0, charges - self.amount)
        return (
            Line("minimum_commitment", missing, 1.0, f"missing to the minimum of {self.amount:g}"),
            *_paid_ahead("minimum_commitment", self.carry_forward, surplus, usage),
        )


Commitment = TakeOrPay | MinimumCommitment


def _paid_ahead(kind: str, carry_forward: float, surplus: float, usage: PeriodUsage) -> tuple[Line, ...]:
    if not carry_forward or not usage.balance:
        return ()
    return (Line(kind, min(usage.balance, surplus), -1.0, "paid ahead in earlier periods"),)


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
        """Mean handle time of those agents over that of trained ones; of a new class if there are none."""
        ages = self._working(day) or [0.0]
        slower = math.fsum(math.exp(-max(age, 0.0) / self.learning_weeks) for age in ages)
        return 1.0 + self.extra_handle_time * slower / len(ages)


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


def check_bands(bands: Sequence[VolumeBand | Tier]) -> None:
    """Raise InputError unless bands follow each other from 0 on, the last without end."""
    edge: int | None = 0
    for place, band in enumerate(bands):
        if edge is None or band.above != edge:
            wanted = "nothing after a tier without up_to" if edge is None else f"above = {edge}"
            raise InputError(
                f"tiers[{place}].above",
                str(band.above),
                f"{wanted}: tiers follow each other from 0 on without gap or overlap",
            )
        if band.up_to is not None and band.up_to <= band.above:
            raise InputError(f"tiers[{place}].up_to", str(band.up_to), f"more than {band.above}")
        edge = band.up_to
    if edge is not None:
        raise InputError(f"tiers[{place}].up_to", str(edge), "no up_to in the last tier")


def _name(measure: Measure) -> str:
    return measure.counts.replace("_", " ") if measure.in_minutes else f"contacts {measure.counts}"
