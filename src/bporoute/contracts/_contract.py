"""How a vendor is paid and bound: prices, volume tiers, terms, caps, the days that it runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, TypeVar

import msgspec

from bporoute._base.checked import Checked
from bporoute._base.clock import MINUTES_PER_DAY, OpenSpan, opening_hours
from bporoute._base.fields import Count, Money
from bporoute.contracts._asked import check_kind, check_number
from bporoute.contracts._bill import Committed, Invoice, Plan, committed, invoice
from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._charge import Charge
from bporoute.contracts._commitments import Commitment, MinimumCommitment, TakeOrPay
from bporoute.contracts._marginal import holds_until, marginal
from bporoute.contracts._measure import Measure
from bporoute.contracts._minimum_charge import LeastCharge, MinimumCharge
from bporoute.contracts._multiplier import Multiplier, combined_factor
from bporoute.contracts._rounding import Rounding
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._start_up import Ramp, Trial
from bporoute.contracts._term_kinds import Terms, check_terms, checked_term
from bporoute.contracts._tiers import NumberedTiers, Tier, check_bands
from bporoute.contracts._till import Till
from bporoute.contracts._unit_prices import PerContact, PerHour, PerMinute, PerResolution
from bporoute.contracts._usage import PeriodUsage, RemainingForecast
from bporoute.contracts._waiting import APPROACH
from bporoute.contracts._whole_bill import Currency, GainShare, Indexation
from bporoute.durations._laws import Distribution
from bporoute.errors import InputError, shown

Period = Literal["month", "quarter", "year"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}

_A_DAY = "a date, such as date(2026, 11, 23)"
# Free to no term: of a number of contacts alone, each is taken to count.
_LONG_CONTACT = BilledContact(handle=2e9)


class Contract(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Prices and bounds of one vendor.

    A contact costs ``price_per_contact + price_per_minute * handle / 60``; with `tiers`, the tier that
    its number in the calendar period falls into sets both prices. `terms` add whatever else was agreed. What
    a contact costs whose handle time is not known yet is the expectation over its law, exact for every term.

    Attributes
    ----------
    price_per_contact, price_per_minute : float
        Money per handled contact and per handled minute.
    tiers : tuple of Tier
        In order, without gap or overlap, the first above 0, the last without end.
    tiers_by : {"contacts", "minutes"}
        What the tiers count: handled contacts, or handled minutes; by minutes, a contact pays the price per
        contact of the tier in which it begins (two free minutes, then 1.00 a minute and .50 a contact).
    terms : tuple of terms
        What is agreed beside these prices: `PerContact`, `PerMinute`, `PerHour`, `PerFte`,
        `PerResolution`, `FixedFee`, `VolumeTiers`, `ResourceCharge`, `CapacityOption`, `TakeOrPay` (counts
        contacts or minutes), `MinimumCommitment` (counts money), `Multiplier`, `ServiceCredits`,
        `ForecastLock`, `Ramp`, `Trial`, `MinimumCharge` (a contact), `GainShare`, `Indexation`, `Currency`; a
        center file names each by its ``kind``, such as ``"per_contact"``. At most one commitment, and one
        each of those from `ServiceCredits` on.
    round_contacts : Rounding or None
        How each contact's charge is rounded, for each of its prices; None: not at all.
    round_lines : Rounding or None
        How each line of an invoice is rounded, which makes its total exact decimal money; None: not at all.
    period : {"month", "quarter", "year"}
        Calendar period, in the vendor's time zone, that tiers, terms and `cap_per_period` count by; one
        invoice is for one period.
    cap_per_hour, cap_per_day, cap_per_period : int or None
        Most contacts that may be sent in a clock hour, day and period of the vendor's zone.
    cap_minutes_per_hour, cap_minutes_per_day, cap_minutes_per_period : float or None
        Most handled minutes, likewise; contacts that are still there count as expected, and one that is not
        expected to fit is not sent.
    cap_money_per_hour, cap_money_per_day, cap_money_per_period : float or None
        Most money that contacts may add to the bill, in the contract's currency, likewise.
    expected_volume : float or None
        Contacts that a planner expects the vendor to get in a full period, by which tiers and commitments
        are paced; None: as many per open hour as so far.
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
    tiers_by: Literal["contacts", "minutes"] = "contacts"
    terms: Terms = ()
    round_contacts: Rounding | None = None
    round_lines: Rounding | None = None
    period: Period = "month"
    cap_per_hour: Count | None = None
    cap_per_day: Count | None = None
    cap_per_period: Count | None = None
    cap_minutes_per_hour: Money | None = None
    cap_minutes_per_day: Money | None = None
    cap_minutes_per_period: Money | None = None
    cap_money_per_hour: Money | None = None
    cap_money_per_day: Money | None = None
    cap_money_per_period: Money | None = None
    expected_volume: Money | None = None
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start and self.end and self.end < self.start:
            raise InputError("end", str(self.end), f"a day on or after the start, {self.start}")
        terms = tuple(checked_term(raw, f"terms[{place}]") for place, raw in enumerate(self.terms))
        msgspec.structs.force_setattr(self, "terms", terms)
        check_terms(terms, start=self.start, cap_per_period=self.cap_per_period, tiers=bool(self.tiers))
        if self.tiers:
            if self.price_per_contact or self.price_per_minute:
                raise InputError("tiers", "prices beside the tiers too", "prices in the tiers or beside them")
            check_bands(self.tiers)
        if self.round_contacts is not None and any(
            isinstance(term, Multiplier) and term.decided == "by_minute" for term in terms
        ):
            raise InputError("round_contacts", "one beside a multiplier by the minute", "one of the two")

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
        usage = self._counted(usage)
        for term in self.terms:
            if isinstance(term, PerHour) and term.hours not in usage.hours:
                raise InputError("usage.hours", f"no {term.hours} hours", f"{term.hours} hours")
            if isinstance(term, TakeOrPay) and term.volume is None and usage.locked_volume is None:
                raise InputError("usage.locked_volume", "None", "the forecast that the commitment is about")
        return invoice(self._plan, usage)

    def expected_invoice(self, contact: BilledContact, volume: float) -> Invoice:
        """What a period with `volume` contacts is expected to come to, each like `contact`.

        If the handle time of `contact` is a law, each counts as expected. Hours and the locked forecast,
        where a term is about them, are told by nobody: no hours, and a forecast that was exactly right.

        >>> from bporoute import Exponential
        >>> contract = Contract(terms=(PerMinute(price=0.58, step=60),))
        >>> round(contract.expected_invoice(BilledContact(handle=Exponential(45.0)), 1000).total, 2)
        787.61
        """
        hours = {term.hours: 0.0 for term in self.terms if isinstance(term, PerHour)}
        usage = self.usage().add(contact, volume)
        return self.invoice(msgspec.structs.replace(usage, hours=hours, locked_volume=volume))

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
        negative. If the contact's handle time is a law, it is the expectation over it (beside an uncertain
        number of others, a contact counts as what it adds on average, as they do).

        Money that is carried forward to later periods counts as paid there: a contact below a commitment
        costs what it takes from the balance. What it may do to service levels is not in it.

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
        return marginal(self._plan, self._counted(usage), contact, _checked(remaining_forecast))

    def committed(self, usage: PeriodUsage) -> Committed | None:
        """How far a `usage` has come in what is paid in any case; None: nothing is, or nobody tells how much.

        Raises
        ------
        InputError
            If the usage was counted for another contract, or counts alone do not tell what a term needs.

        Examples
        --------
        >>> contract = Contract(terms=(PerContact(price=2.0), MinimumCommitment(amount=1000)))
        >>> contract.committed(PeriodUsage(handled=100))
        Committed(term='minimum_commitment', reached=200.0, of=1000.0, unit='')
        """
        return committed(self._plan, self._counted(usage))

    def charge(self, usage: PeriodUsage, contact: BilledContact) -> float:
        """What a `contact` that has ended adds to the invoice for a `usage` so far, lines not rounded."""
        before = self._counted(usage)
        return self.till.owed(before.add(contact)) - self.till.owed(before)

    def price(self, handle: float | Distribution, sent: int = 0) -> float:
        """Money for one more handled contact of `handle` seconds after `sent` contacts of the period.

        As if the period ended with it. A law of `bporoute.durations` stands for a handle time that is not
        known yet: the price is then the expectation over it. With `terms`, the contacts before are taken to
        be like it, all their handle time as talk time, all resolved, and no multiplier counts.

        >>> tiers = (Tier(above=0, up_to=100, price_per_contact=3.0), Tier(above=100, price_per_contact=2.0))
        >>> [Contract(tiers=tiers).price(180.0, sent) for sent in (0, 99, 100)]
        [3.0, 3.0, 2.0]

        A call of 45 s on average, in full minutes of 0.58:

        >>> from bporoute import Exponential
        >>> by_the_minute = Contract(terms=(PerMinute(price=0.58, step=60),))
        >>> round(by_the_minute.price(45.0), 4), round(by_the_minute.price(Exponential(45.0)), 4)
        (0.58, 0.7876)
        """
        check_number("sent", sent)
        if type(handle) is float or not isinstance(handle, Distribution):
            check_number("handle", handle)
        elif not handle.mean < math.inf:
            raise InputError("handle", shown(handle), "a law with a finite mean")
        if self.terms or self.round_contacts is not None or self.tiers_by == "minutes":
            contact = BilledContact(handle=handle)
            usage = msgspec.structs.replace(self._empty, multipliers=()).add(contact, sent)
            return marginal(self._plan, usage, contact, None)
        handle = handle.mean if isinstance(handle, Distribution) else handle
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
        remaining_forecast = _checked(remaining_forecast)
        if isinstance(usage, PeriodUsage):
            return holds_until(self._plan, self._counted(usage), remaining_forecast, averages=True)
        check_number("usage", usage)
        if not self.terms and remaining_forecast is None and self.tiers_by == "contacts":
            return next((float(tier.above) for tier in self.tiers if tier.above > usage), math.inf)
        counted = self._empty.add(_LONG_CONTACT, usage)
        return holds_until(self._plan, counted, remaining_forecast, averages=False)

    @property
    def exchange_rate(self) -> float:
        """Agreed money of the center for one of the contract's currency; 1 in the center's own."""
        return self._plan.exchange_rate(PeriodUsage())

    @cached_property
    def looks_at(self) -> frozenset[str]:
        """What of a contact its price depends on: its ``handle_time``, ``type``, ``language``, ``channel``.

        >>> by_language = Multiplier(factor=1.5, languages=("sv",))
        >>> sorted(Contract(terms=(PerMinute(price=0.8), by_language)).looks_at)
        ['handle_time', 'language']
        """
        measures, multipliers = self._plan.measures, self._plan.multipliers
        only = [(each.contact_types, each.channels) for each in measures if isinstance(each, Measure)]
        only += [(each.contact_types, each.channels) for each in multipliers]
        found = {
            "handle_time": self._plan.tiers_by_minutes or any(each.varies for each in measures),
            "type": any(types for types, _ in only),
            "language": any(each.languages for each in multipliers),
            "channel": any(channels for _, channels in only),
        }
        return frozenset(name for name, is_so in found.items() if is_so)

    @cached_property
    def depends_on_spread(self) -> bool:
        """Whether what a contact is expected to cost depends on more of its handle time than the mean."""
        plan = self._plan
        measures = [each for each in plan.measures if each.varies]
        in_blocks = any(each.needs_contacts for each in measures)
        in_money = isinstance(plan.commitment, MinimumCommitment) or plan.gain_share is not None
        edges = [edge for charge in plan.charges for edge in charge.edges()]
        edges += plan.commitment.edges(self._empty) if plan.commitment is not None else ()
        by_minutes = any(edge.measure.varies for edge in edges) or plan.tiers_by_minutes
        in_windows = self.moves_by_minute and any(each.in_minutes for each in measures)
        return in_blocks or by_minutes or in_windows or (in_money and bool(measures))

    @cached_property
    def moves_by_minute(self) -> bool:
        """Whether a multiplier goes by each minute of a contact, so that it matters when it is answered."""
        return any(each.decided == "by_minute" for each in self._plan.multipliers)

    @cached_property
    def bills_abandoned(self) -> bool:
        """Whether contacts that give up in the vendor's line may cost money."""
        return any(isinstance(each, Measure) and each.counts == "offered" for each in self._plan.measures)

    def multiplier(self, local: datetime, language: str = "") -> float:
        """Factor on prices per contact and per minute of a contact in a language, begun at a vendor's time.

        `local` is on the vendor's clock; an empty `language` is none that a multiplier names.
        """
        check_kind("local", local, datetime, "a datetime of the vendor's clock")
        return combined_factor(self._plan.multipliers, BilledContact(local=local, language=language))

    @property
    def is_flat(self) -> bool:
        """Whether every contact has the same price per contact and minute, whatever came before it."""
        return not (self.terms or self.tiers or self.round_contacts)

    @property
    def multipliers(self) -> tuple[Multiplier, ...]:
        """The terms by which contacts at certain hours or in certain languages count for more."""
        return self._plan.multipliers

    @cached_property
    def multiplier_spans(self) -> tuple[OpenSpan, ...]:
        """Windows in which some multiplier counts: `multiplier` keeps its answer between their edges.

        Of one that goes by each minute also each of the minutes before an edge, in which a contact may begin
        that lasts beyond it: between edges, the price of a contact to come stays.
        """
        found: set[OpenSpan] = set()
        for each in self._plan.multipliers:
            spans = opening_hours(tuple(each.hours))
            found.update(spans)
            if each.decided == "by_minute":
                edges = {(span.day, edge) for span in spans for edge in (span.start, span.end)}
                found.update(minute for day, edge in edges for minute in _minutes_before(day, edge))
        return tuple(sorted(found))

    def capacity_on(self, day: date) -> int | None:
        """Agents that the ramp has brought to work by a day; None: no ramp."""
        check_kind("day", day, date, _A_DAY)
        ramp = self._ramp
        return ramp.agents(day) if ramp is not None else None

    def handle_time_factor(self, day: date) -> float:
        """Handle time of the ramp's agents on a day over that of trained ones; 1 without a ramp."""
        check_kind("day", day, date, _A_DAY)
        ramp = self._ramp
        return ramp.handle_time_factor(day) if ramp is not None else 1.0

    def trial_share(self, day: date) -> float:
        """Share of the contacts that the vendor may get on a day; 1 without a trial, and after it."""
        check_kind("day", day, date, _A_DAY)
        for term in self.terms:
            if isinstance(term, Trial) and self.start is not None:
                return term.share_on(day, self.start)
        return 1.0

    @cached_property
    def till(self) -> Till:
        """What adds up its contacts as they end."""
        return Till(self._plan)

    @cached_property
    def _ramp(self) -> Ramp | None:
        ramp = _only(self.terms, Ramp)
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
            charges.append(NumberedTiers(tiers=self.tiers, minutes=self.tiers_by == "minutes"))
        charges += [term for term in self.terms if isinstance(term, Charge)]
        if self.round_contacts is not None:
            charges = [_rounded(charge, self.round_contacts) for charge in charges]
        charges += _least(self.terms, charges)
        gain_share = _only(self.terms, GainShare)
        commitment = next((term for term in self.terms if isinstance(term, Commitment)), None)
        counting = [term for term in (*charges, gain_share, commitment) if term is not None]
        return Plan(
            charges=tuple(charges),
            gain_share=gain_share,
            commitment=commitment,
            credits=_only(self.terms, ServiceCredits),
            lock=_only(self.terms, ForecastLock),
            indexation=_only(self.terms, Indexation),
            currency=_only(self.terms, Currency),
            rounding=self.round_lines,
            multipliers=tuple(term for term in self.terms if isinstance(term, Multiplier)),
            tiers=self.tiers,
            tiers_by_minutes=bool(self.tiers) and self.tiers_by == "minutes",
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
            tiers_by=self.tiers_by,
        )

    def _counted(self, usage: PeriodUsage) -> PeriodUsage:
        """The usage if it counts what this contract needs, or filled from its counts if these tell enough."""
        check_kind("usage", usage, PeriodUsage, "a PeriodUsage, such as contract.usage() begins")
        usage.check()
        empty = self._empty
        counts = (usage.measures, usage.multipliers, usage.tier_edges)
        if not empty.measures or counts == (empty.measures, empty.multipliers, empty.tier_edges):
            return usage
        return usage.counted_as(empty)


def _checked(forecast: RemainingForecast | None) -> RemainingForecast | None:
    expected = "a RemainingForecast, such as RemainingForecast(contacts=700), or None"
    check_kind("remaining_forecast", forecast, (RemainingForecast, type(None)), expected)
    return forecast


Kind = TypeVar("Kind")


def _minutes_before(day: int, edge: int) -> Iterator[OpenSpan]:
    """The last minutes before a minute of a weekday, the day before included."""
    week = 7 * MINUTES_PER_DAY
    for before in range(1, APPROACH + 1):
        begin_day, begin = divmod((day * MINUTES_PER_DAY + edge - before) % week, MINUTES_PER_DAY)
        yield OpenSpan(begin_day, begin, begin + 1)


def _only(terms: tuple[Any, ...], kind: type[Kind]) -> Kind | None:
    """The term of a kind of which there is one at most."""
    return next((term for term in terms if isinstance(term, kind)), None)


def _rounded(charge: Charge, rounding: Rounding) -> Charge:
    """A charge for each contact with its rounding, unless it has one of its own."""
    if isinstance(charge, PerContact | PerMinute | PerResolution) and charge.rounding is None:
        return msgspec.structs.replace(charge, rounding=rounding)
    return charge


def _least(terms: tuple[Any, ...], charges: list[Charge]) -> list[Charge]:
    """The minimum charge of a contact, if one is agreed, over the prices of its units."""
    least = _only(terms, MinimumCharge)
    if least is None:
        return []
    priced = (each for each in charges if isinstance(each, PerContact | PerMinute | PerResolution))
    return [LeastCharge(least=least.amount, parts=tuple((each.price, each.measures[0]) for each in priced))]
