"""A contract in words that a vendor manager would sign, term by term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bporoute._base.words import counted
from bporoute.contracts._agreed_volume import CapacityOption, FixedFee, ResourceCharge
from bporoute.contracts._commitments import MinimumCommitment, TakeOrPay
from bporoute.contracts._contract import Contract
from bporoute.contracts._measure import Measure
from bporoute.contracts._minimum_charge import MinimumCharge
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._rounding import Rounding
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._start_up import Ramp, Trial
from bporoute.contracts._tiers import Tier, VolumeTiers
from bporoute.contracts._unit_prices import PerContact, PerFte, PerHour, PerMinute, PerResolution
from bporoute.contracts._whole_bill import Currency, GainShare, Indexation

UNITS = {
    "offered": "contact offered",
    "answered": "contact answered",
    "handled": "contact handled",
    "resolved": "contact resolved",
    "failed": "contact that the vendor fails to take",
    "handle_minutes": "handled minute",
    "talk_minutes": "talk minute",
}
GOALS = {"higher": "at least", "lower": "at most"}
ROUNDED = {
    "half_even": "to the nearest, ties to the even one",
    "half_up": "to the nearest, ties up",
    "up": "up",
}


def in_words(contract: Contract, currency: str = "") -> tuple[str, ...]:
    """What a contract says, in sentences that a vendor manager would sign; `currency` is the center's.

    Examples
    --------
    >>> first = Tier(above=0, up_to=10_000, price_per_contact=3)
    >>> tiers = (first, Tier(above=10_000, price_per_contact=2.7))
    >>> for sentence in in_words(Contract(tiers=tiers, cap_per_day=800), "EUR"):
    ...     print(sentence)
    3.00 EUR a contact, each contact by the tier of the month that it falls into
    from the 10,001st contact of the month 2.70 EUR a contact instead of 3.00
    at most 800 contacts in a day
    """
    return tuple(_sentences(contract, currency))


def _sentences(contract: Contract, currency: str) -> Iterator[str]:
    terms = contract.terms
    own = next((term.code for term in terms if isinstance(term, Currency)), currency)
    money = _Money(own)
    period = contract.period
    if contract.price_per_contact:
        yield f"{money(contract.price_per_contact)} for each contact handled"
    if contract.price_per_minute:
        yield f"{money(contract.price_per_minute)} for each handled minute"
    yield from _tiers(contract.tiers, contract.tiers_by, money, period)
    for term in terms:
        yield from _WORDS[type(term)](term, money, period)
    if contract.round_contacts is not None:
        yield f"each contact's charge is rounded {_rounded(contract.round_contacts)}"
    if contract.round_lines is not None:
        yield f"each line of an invoice is rounded {_rounded(contract.round_lines)}"
    for kind in ("", "minutes_", "money_"):
        for window in ("hour", "day", "period"):
            cap = getattr(contract, f"cap_{kind}per_{window}")
            if cap is not None:
                what = money(cap) if kind == "money_" else f"{_number(cap)} {kind.rstrip('_') or 'contacts'}"
                yield f"at most {what} {_each(window, period)}"
    if contract.start or contract.end:
        begin = f"from {contract.start}" if contract.start else ""
        end = f"until {contract.end}" if contract.end else ""
        yield " ".join(filter(None, ("in force", begin, end)))


class _Money:
    """Money in words, with as many decimals as it has, two at least."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def __call__(self, amount: float) -> str:
        return f"{self.number(amount)} {self.currency}".rstrip()

    def number(self, amount: float) -> str:
        """Without its currency."""
        exact = f"{amount:,.6f}".rstrip("0")
        whole, _, decimals = exact.partition(".")
        return f"{whole}.{decimals:0<2}"


def _number(value: float) -> str:
    """A number with all that it has, thousands apart."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _each(window: str, period: str) -> str:
    return {"hour": "in a clock hour", "day": "in a day"}.get(window, f"in a {period}")


def _share(share: float) -> str:
    return f"{_number(100 * share)} %"


def _rounded(rounding: Rounding) -> str:
    return f"to {rounding.decimals} decimals, {ROUNDED[rounding.mode]}"


def _ordinal(number: int) -> str:
    last = number % 10 if number % 100 not in (11, 12, 13) else 0
    return f"{number:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def _unit(measure: Measure) -> str:
    """One unit of a measure, with what makes it count."""
    of = [*measure.contact_types, *(f"by {channel}" for channel in measure.channels)]
    return ", ".join((UNITS[measure.counts] + (f" ({', '.join(of)})" if of else ""), *_blocks(measure)))


def _units(measure: Measure) -> str:
    """Several units of a measure, without what makes one count."""
    first, _, rest = UNITS[measure.counts].partition(" ")
    plural = f"{first}s {rest}" if first == "contact" else f"{first} {rest}s"
    of = [*measure.contact_types, *(f"by {channel}" for channel in measure.channels), *_blocks(measure)]
    return plural.strip() + (f" ({', '.join(of)})" if of else "")


def _blocks(measure: Measure) -> list[str]:
    """How a contact's seconds come to the minutes that are billed."""
    parts = []
    if measure.included:
        parts.append(f"beyond {measure.included:g} s of each contact")
    if measure.first:
        parts.append(f"the first {measure.first:g} s as a whole")
    if measure.step:
        steps = f"in full steps of {measure.step:g} s"
        parts.append(f"then {steps}" if measure.first else steps)
    if measure.minimum:
        parts.append(f"at least {measure.minimum:g} s a contact")
    if measure.free_up_to:
        parts.append(f"contacts up to {measure.free_up_to:g} s free")
    return parts


def _tiers(tiers: tuple[Tier, ...], by: str, money: _Money, period: str) -> Iterator[str]:
    """The bands of `Contract.tiers`: the first, then what changes from where on."""
    before: Tier | None = None
    for tier in tiers:
        kinds = (("contact", "price_per_contact"), ("minute", "price_per_minute"))
        parts = []
        for unit, name in kinds:
            price, old = getattr(tier, name), getattr(before, name, 0.0)
            if price or old:
                instead = f" instead of {money.number(old)}" if before is not None else ""
                parts.append(f"{money(price)} a {unit}{instead}")
        what = " and ".join(parts) or "free"
        unit = "contact" if by == "contacts" else "minute"
        if before is None:
            yield f"{what}, each {unit} by the tier of the {period} that it falls into"
        else:
            yield f"from the {_ordinal(tier.above + 1)} {unit} of the {period} {what}"
        before = tier


def _volume_tiers(term: VolumeTiers, money: _Money, period: str) -> Iterator[str]:
    unit = UNITS[term.measure.counts]
    yield f"{money(term.tiers[0].price)} for each {_unit(term.measure)}"
    for before, tier in zip(term.tiers, term.tiers[1:], strict=False):
        change = f"{money(tier.price)} instead of {money.number(before.price)}"
        if term.mode == "all_units":
            yield f"with more than {tier.above:,} in a {period} {change} for all of them, from the first on"
        else:
            yield f"from the {_ordinal(tier.above + 1)} {unit} of the {period} {change}"


def _per_contact(term: PerContact | PerMinute | PerResolution, money: _Money, period: str) -> Iterator[str]:
    text = f"{money(term.price)} for each {_unit(term.measures[0])}"
    if isinstance(term, PerResolution):
        text += f", if no repeat follows within {counted(term.no_repeat_within_days, 'day')}"
    if term.rounding is not None:
        text += f", each charge rounded {_rounded(term.rounding)}"
    yield text


def _per_hour(term: PerHour, money: _Money, period: str) -> Iterator[str]:
    yield f"{money(term.price)} for each {term.hours} hour"


def _per_fte(term: PerFte, money: _Money, period: str) -> Iterator[str]:
    yield f"{money(term.price_per_month)} for each full-time equivalent and month"


def _fixed_fee(term: FixedFee, money: _Money, period: str) -> Iterator[str]:
    text = f"{money(term.fee)} a {period} in any case"
    if term.overage_price:
        text += f", {term.included:,} {_units(term.measure)} included" if term.included else ""
        text += f"; {money(term.overage_price)} for each further {_unit(term.measure)}"
    yield text


def _resource_charge(term: ResourceCharge, money: _Money, period: str) -> Iterator[str]:
    low, high = (1 - term.dead_band) * term.baseline, (1 + term.dead_band) * term.baseline
    yield (
        f"a volume of {term.baseline:,} {_units(term.measure)} a {period} is agreed: "
        f"{money(term.additional_price)} more for each beyond {_number(high)}, "
        f"{money(term.reduced_price)} back for each below {_number(low)}"
    )


def _capacity_option(term: CapacityOption, money: _Money, period: str) -> Iterator[str]:
    yield (
        f"{term.reserved:,} {_units(term.measure)} a {period} are reserved at "
        f"{money(term.reservation_price)} each, used at {money(term.usage_price)}, "
        f"beyond them at {money(term.over_price)}"
    )


def _carried(share: float) -> str:
    if not share:
        return ""
    return f"; {_share(share)} of what is paid for nothing pays for more than agreed in later periods"


def _take_or_pay(term: TakeOrPay, money: _Money, period: str) -> Iterator[str]:
    if term.volume is None:
        agreed = f"{_share(term.share)} of the locked forecast of {_units(term.measure)}"
    else:
        agreed = f"{_number(term.share * term.volume)} {_units(term.measure)} a {period}"
    missing = f"{money(term.price)} for each that is missing"
    yield f"{agreed} are paid whether taken or not, {missing}{_carried(term.carry_forward)}"


def _minimum_commitment(term: MinimumCommitment, money: _Money, period: str) -> Iterator[str]:
    yield f"at least {money(term.amount)} are paid a {period}{_carried(term.carry_forward)}"


def _multiplier(term: Multiplier, money: _Money, period: str) -> Iterator[str]:
    fits = [
        *term.hours,
        *(f"in {language}" for language in term.languages),
        *term.contact_types,
        *(f"by {channel}" for channel in term.channels),
    ]
    one = "each minute" if term.decided == "by_minute" else "a contact"
    yield f"{one} counts as {_number(term.factor)} ({', '.join(fits)})"


def _credits(term: ServiceCredits, money: _Money, period: str) -> Iterator[str]:
    goals = ", ".join(
        f"{measure.name} {GOALS[measure.better]} {_number(measure.target)} "
        f"(worst from {_number(measure.floor)} on; weight {_share(measure.weight)})"
        for measure in term.measures
    )
    most = term.at_risk if term.cap is None else min(term.cap, term.at_risk)
    text = f"up to {_share(most)} of the bill are withheld by the weighted score of {goals}"
    if term.bonus:
        text += f"; up to {_share(term.bonus)} on top for better ones"
    if term.earn_back:
        text += f"; {_share(term.earn_back)} of what was withheld is earned back in a period on target"
    yield text


def _lock(term: ForecastLock, money: _Money, period: str) -> Iterator[str]:
    window = f"{_share(term.low)} to {_share(term.high)} of the locked forecast"
    yield (
        f"service-level money flows only if {_share(term.share_inside)} of the {term.granularity}s "
        f"stay within {window}"
    )


def _ramp(term: Ramp, money: _Money, period: str) -> Iterator[str]:
    classes = f"{term.classes} classes" if term.classes > 1 else "one class"
    yield (
        f"{classes} of {counted(term.class_size, 'agent')}, "
        f"{counted(term.training_weeks, 'week')} of training, at first {_share(term.extra_handle_time)} "
        f"slower, by e in {counted(term.learning_weeks, 'week')} less"
        + (f"; a class every {counted(term.every_weeks, 'week')}" if term.classes > 1 else "")
    )


def _trial(term: Trial, money: _Money, period: str) -> Iterator[str]:
    yield f"a trial of {counted(term.months, 'month')} with {_share(term.share)} of the contacts"


def _minimum_charge(term: MinimumCharge, money: _Money, period: str) -> Iterator[str]:
    yield f"an answered contact that is not free costs at least {money(term.amount)}"


def _gain_share(term: GainShare, money: _Money, period: str) -> Iterator[str]:
    yield (
        f"{_share(term.share)} of what the charges stay below {money(term.baseline)} for each "
        f"{_unit(term.measure)} goes to the vendor"
    )


def _indexation(term: Indexation, money: _Money, period: str) -> Iterator[str]:
    for step in term.steps:
        yield f"in periods that begin on {step.start} or later all prices times {_number(step.factor)}"


def _currency(term: Currency, money: _Money, period: str) -> Iterator[str]:
    text = f"paid at {_number(term.rate)} of the center's money for one {term.code}"
    ends = [
        f"{word} {_number(value)}"
        for word, value in (("at least", term.low), ("at most", term.high))
        if value
    ]
    yield f"{text}; the rate of a period counts as {' and '.join(ends)}" if ends else text


_WORDS: dict[type, Callable[[Any, _Money, str], Iterator[str]]] = {
    PerContact: _per_contact,
    PerMinute: _per_contact,
    PerResolution: _per_contact,
    PerHour: _per_hour,
    PerFte: _per_fte,
    FixedFee: _fixed_fee,
    VolumeTiers: _volume_tiers,
    ResourceCharge: _resource_charge,
    CapacityOption: _capacity_option,
    TakeOrPay: _take_or_pay,
    MinimumCommitment: _minimum_commitment,
    Multiplier: _multiplier,
    ServiceCredits: _credits,
    ForecastLock: _lock,
    Ramp: _ramp,
    Trial: _trial,
    MinimumCharge: _minimum_charge,
    GainShare: _gain_share,
    Indexation: _indexation,
    Currency: _currency,
}
