"""How a vendor is paid and bound: prices, volume tiers, terms, caps, the days that it runs."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import cached_property
from typing import Literal

import msgspec

from bporoute._base.clock import OpenSpan, opening_hours
from bporoute._base.fields import Count, Money
from bporoute.contracts._charge import Charge
from bporoute.contracts._commitments import Commitment, TakeOrPay
from bporoute.contracts._invoice import Invoice, Plan, holds_until, invoice, marginal
from bporoute.contracts._measure import BilledContact
from bporoute.contracts._multiplier import Multiplier, combined_factor
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._start_up import Ramp, Trial
from bporoute.contracts._term_kinds import Terms, check_terms, checked_term
from bporoute.contracts._tiers import NumberedTiers, Tier, check_bands
from bporoute.contracts._unit_prices import PerContact, PerHour, PerMinute
from bporoute.contracts._usage import PeriodUsage, RemainingForecast
from bporoute.errors import InputError

Period = Literal["month", "quarter", "year"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}

# Free to no term: of a number of contacts alone, each is taken to count.
_LONG_CONTACT = BilledContact(handle=2e9)


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Prices and bounds of one vendor.

    A contact costs ``price_per_contact + price_per_minute * handle / 60``; with `tiers`, the tier that
    its number in the calendar period falls into sets both prices. `terms` add whatever else was agreed.

    Attributes
    ----------
    price_per_contact, price_per_minute : float
        Money per handled contact and per handled minute.
    tiers : tuple of Tier
        In order, without gap or overlap, the first above 0, the last without end.
    terms : tuple of terms
        What is agreed beside these prices: `PerContact`, `PerMinute`, `PerHour`, `PerFte`,
        `PerResolution`, `FixedFee`, `VolumeTiers`, `ResourceCharge`, `CapacityOption`, `TakeOrPay` (counts
        contacts or minutes), `MinimumCommitment` (counts money), `Multiplier`, `ServiceCredits`,
        `ForecastLock`, `Ramp`, `Trial`; a center file names each by its ``kind``, such as
        ``"per_contact"``. At most one commitment, and one each of the last four.
    period : {"month", "quarter", "year"}
        Calendar period, in the vendor's time zone, that tiers, terms and `cap_per_period` count by; one
        invoice is for one period.
    cap_per_hour, cap_per_day, cap_per_period : int or None
        Most contacts that may be sent in a clock hour, day and period of the vendor's zone.
    start, end : date or None
        First and last day of the term, both included, in the vendor's zone.

    Examples
    --------
    >>> Contract(price_per_contact=1.0, price_per_minute=0.6).price(handle=180.0)
    2.8

    In a center file, and what one more contact costs after 500 and after 900 of a month:

    >>> import tomllib
    >>> from bporoute._base.fields import converted
    >>> terms = '''
    ... terms = [
    ...   { kind = "per_minute", price = 0.6, step = 30 },
    ...   { kind = "multiplier", factor = 1.25, hours = ["daily 22:00-06:00"] },
    ...   { kind = "minimum_commitment", amount = 1000 },
    ... ]
    ... '''
    >>> contract = converted(tomllib.loads(terms), Contract, "")
    >>> contact = BilledContact(handle=170)
    >>> [round(contract.marginal_price(contract.usage().add(contact, n), contact), 6) for n in (500, 900)]
    [0.0, 1.8]
    """

    price_per_contact: Money = 0.0
    price_per_minute: Money = 0.0
    tiers: tuple[Tier, ...] = ()
    terms: Terms = ()
    period: Period = "month"
    cap_per_hour: Count | None = None
    cap_per_day: Count | None = None
    cap_per_period: Count | None = None
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise InputError("end", str(self.end), f"a day on or after the start, {self.start}")
        terms = tuple(checked_term(raw, f"terms[{place}]") for place, raw in enumerate(self.terms))
        msgspec.structs.force_setattr(self, "terms", terms)
        check_terms(terms, start=self.start, cap_per_period=self.cap_per_period)
        if self.tiers:
            if self.price_per_contact or self.price_per_minute:
                raise InputError("tiers", "prices beside the tiers too", "prices in the tiers or beside them")
            check_bands(self.tiers)

    def usage(self, contacts: tuple[BilledContact, ...] | list[BilledContact] = ()) -> PeriodUsage:
        """Usage of a period with these contacts, counting what this contract needs.

        What else the terms look at (hours, FTE, service levels ...) is put in by ``msgspec.structs.replace``.
        """
        return self._empty.add_all(contacts)

    def invoice(self, usage: PeriodUsage) -> Invoice:
        """What is owed for one period of the contract, in which `usage` was counted.

        Raises
        ------
        InputError
            If the usage was counted for another contract, or counts alone do not tell what a term needs,
            or hours or the locked forecast that a term is about are missing.

        Examples
        --------
        >>> print(Contract(price_per_contact=2.0).invoice(PeriodUsage(handled=1200)))
              1,200.00 x      2.0000 =       2,400.00  contacts handled
        total                               2,400.00
        """
        for term in self.terms:
            if isinstance(term, PerHour) and term.hours not in usage.hours:
                raise InputError("usage.hours", f"no {term.hours} hours", f"{term.hours} hours")
            if isinstance(term, TakeOrPay) and term.volume is None and usage.locked_volume is None:
                raise InputError("usage.locked_volume", "None", "the forecast that the commitment is about")
        return invoice(self._plan, self._counted(usage))

    def marginal_price(
        self,
        usage: PeriodUsage,
        contact: BilledContact,
        remaining_forecast: RemainingForecast | None = None,
    ) -> float:
        """What `contact` after `usage` adds to the invoice of the period as it will end, in expectation.

        The expected invoice with the contact minus that without it, after the contacts of
        `remaining_forecast`, which are like the average of the usage (like this contact, if it is the first).
        None: as if the period ended now. Exact, also where prices change: below a commitment it is 0, near it
        the price times the probability that the period ends above, and at an all-units cliff it may be
        negative. What it may do to service levels, and to later periods, is not in it.

        Raises
        ------
        InputError
            If the usage was counted for another contract, or counts alone do not tell what a term needs.

        Examples
        --------
        >>> terms = (PerContact(price=2.0), TakeOrPay(volume=1000, share=0.9, price=2.0))
        >>> contract, contact = Contract(terms=terms), BilledContact(handle=240)
        >>> usage = contract.usage().add(contact, times=400)
        >>> [round(contract.marginal_price(usage, contact, RemainingForecast(contacts=n, cv=.1)), 3)
        ...  for n in (300, 500, 700)]
        [0.0, 1.008, 1.996]
        """
        return marginal(self._plan, self._counted(usage), contact, remaining_forecast)

    def price(self, handle: float, sent: int = 0) -> float:
        """Money for one more handled contact of `handle` seconds after `sent` contacts of the period.

        As if the period ended with it. With `terms`, the contacts before are taken to be like it, all
        their handle time as talk time, all resolved, and no multiplier counts (see `multiplier`).

        >>> tiers = (Tier(above=0, up_to=100, price_per_contact=3.0), Tier(above=100, price_per_contact=2.0))
        >>> [Contract(tiers=tiers).price(180.0, sent) for sent in (0, 99, 100)]
        [3.0, 3.0, 2.0]
        """
        if self.terms:
            contact = BilledContact(handle=handle)
            usage = msgspec.structs.replace(self._empty, multipliers=()).add(contact, sent)
            return marginal(self._plan, usage, contact, None)
        tier = next((tier for tier in reversed(self.tiers) if sent >= tier.above), None)
        terms: Tier | Contract = tier if tier is not None else self
        return terms.price_per_contact + terms.price_per_minute * handle / 60.0

    def price_holds_until(
        self, usage: PeriodUsage | int, remaining_forecast: RemainingForecast | None = None
    ) -> float:
        """Contacts of the period from which on the price may not be that after `usage`; inf: never.

        `usage` may be the number of contacts alone. Never too late towards an edge in contacts; towards
        one in minutes or money it looks again half of the way there (each hundredth contact, if
        only their number is known). With a `remaining_forecast` that leaves an edge ahead, the price
        changes continuously: it looks again after 1 % of the period's contacts.

        >>> from bporoute import FixedFee
        >>> Contract(terms=(FixedFee(fee=500, included=100, overage_price=3),)).price_holds_until(40)
        100.0
        """
        if isinstance(usage, PeriodUsage):
            return holds_until(self._plan, self._counted(usage), remaining_forecast, averages=True)
        if not self.terms and remaining_forecast is None:
            return next((float(tier.above) for tier in self.tiers if tier.above > usage), math.inf)
        counted = self._empty.add(_LONG_CONTACT, usage)
        return holds_until(self._plan, counted, remaining_forecast, averages=False)

    def multiplier(self, local: datetime, language: str = "") -> float:
        """Factor on prices per contact and per minute of a contact in a language, begun at a vendor's time.

        `local` is on the vendor's clock; an empty `language` is none that a multiplier names.
        """
        return combined_factor(self._plan.multipliers, local, language)

    @property
    def multipliers(self) -> tuple[Multiplier, ...]:
        """The terms by which contacts at certain hours or in certain languages count for more."""
        return self._plan.multipliers

    @property
    def multiplier_spans(self) -> tuple[OpenSpan, ...]:
        """Windows in which some multiplier counts: `multiplier` keeps its answer between their edges."""
        hours = [opening_hours(tuple(each.hours)) for each in self._plan.multipliers]
        return tuple(sorted({span for spans in hours for span in spans}))

    def capacity_on(self, day: date) -> int | None:
        """Agents that the ramp has brought to work by a day; None: no ramp."""
        ramp = self._ramp
        return ramp.agents(day) if ramp is not None else None

    def handle_time_factor(self, day: date) -> float:
        """Handle time of the ramp's agents on a day over that of trained ones; 1 without a ramp."""
        ramp = self._ramp
        return ramp.handle_time_factor(day) if ramp is not None else 1.0

    def trial_share(self, day: date) -> float:
        """Share of the contacts that the vendor may get on a day; 1 without a trial, and after it."""
        for term in self.terms:
            if isinstance(term, Trial) and self.start is not None:
                return term.share_on(day, self.start)
        return 1.0

    @cached_property
    def _ramp(self) -> Ramp | None:
        ramp = next((term for term in self.terms if isinstance(term, Ramp)), None)
        return msgspec.structs.replace(ramp, start=ramp.start or self.start) if ramp is not None else None

    @cached_property
    def _plan(self) -> Plan:
        """The terms, prices beside them included, by the step of the bill in which they count."""
        charges: list[Charge] = []
        if self.price_per_contact:
            charges.append(PerContact(price=self.price_per_contact))
        if self.price_per_minute:
            charges.append(PerMinute(price=self.price_per_minute))
        if self.tiers:
            charges.append(NumberedTiers(tiers=self.tiers))
        charges += [term for term in self.terms if isinstance(term, Charge)]
        commitment = next((term for term in self.terms if isinstance(term, Commitment)), None)
        counting = [*charges, *([commitment] if commitment is not None else [])]
        return Plan(
            charges=tuple(charges),
            commitment=commitment,
            credits=next((term for term in self.terms if isinstance(term, ServiceCredits)), None),
            lock=next((term for term in self.terms if isinstance(term, ForecastLock)), None),
            multipliers=tuple(term for term in self.terms if isinstance(term, Multiplier)),
            tiers=self.tiers,
            measures=tuple(dict.fromkeys(measure for term in counting for measure in term.measures)),
            months=MONTHS[self.period],
        )

    @cached_property
    def _empty(self) -> PeriodUsage:
        plan, tiers = self._plan, len(self.tiers)
        return PeriodUsage(
            measures=plan.measures,
            units=(0.0,) * len(plan.measures),
            multipliers=plan.multipliers,
            tier_edges=tuple(tier.above for tier in self.tiers),
            tier_contacts=(0.0,) * tiers,
            tier_minutes=(0.0,) * tiers,
        )

    def _counted(self, usage: PeriodUsage) -> PeriodUsage:
        """The usage if it counts what this contract needs, or filled from its counts if these tell enough."""
        usage.check()
        empty = self._empty
        counts = (usage.measures, usage.multipliers, usage.tier_edges)
        if not empty.measures or counts == (empty.measures, empty.multipliers, empty.tier_edges):
            return usage
        return usage.counted_as(empty)
