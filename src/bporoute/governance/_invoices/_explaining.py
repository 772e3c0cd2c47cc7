"""Why a vendor bills another amount for a contact than the contract says: the reading that comes to it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from statistics import median
from typing import NamedTuple

import msgspec

from bporoute.contracts._billed_contact import BilledContact, is_short
from bporoute.contracts._measure import Measure
from bporoute.contracts._rounding import decimal
from bporoute.contracts._tariff import Otherwise, Tariff
from bporoute.governance._invoices._reasons import Because, Reason

STEPS = (1.0, 6.0, 10.0, 15.0, 20.0, 30.0, 60.0)
"""Steps in seconds that are usual in the trade."""
SAMPLE = 400
"""Lines by which it is judged which reading a vendor usually has."""
SAME = 1e-9
MINUTES_TOLD = 0.006
"""How far minutes may be off that are told with two decimals."""
SAME_LENGTH = 2.0
"""Seconds by which two clocks may differ in a length."""
USUAL = 0.5
"""Share of the lines that nothing else explains from which on one price is taken to be theirs."""
HARDLY = 30
"""Lines up to which a price that they share is no evidence."""


class Case(NamedTuple):
    """A contact for which another amount is billed than owed.

    Attributes
    ----------
    contact : BilledContact
        As one's own records have it.
    bands : tuple of int
        Where it stands in the tiers.
    owed, billed : Decimal
        Money.
    seconds, quantity, price : float
        As the line tells them; NaN: not told. `quantity` in units of the only price of the contract.
    """

    contact: BilledContact
    bands: tuple[int, ...]
    owed: Decimal
    billed: Decimal
    seconds: float
    quantity: float
    price: float


class _Guess(NamedTuple):
    """A reading of the contract; `theirs`: with the length that the line tells."""

    otherwise: Otherwise
    theirs: bool

    @property
    def strays(self) -> int:
        return sum(part is not None for part in self.otherwise) + self.theirs


class Explainer:
    """Finds why amounts differ.

    A reading of the contract explains a line if it comes to its amount and to what else the line tells. Of
    several the simplest counts, and of these the one that explains most of the vendor's lines.

    Parameters
    ----------
    tariff : Tariff
        What is agreed.
    unit : float
        The least money in which the vendor's amounts are told.
    """

    def __init__(self, tariff: Tariff, unit: float) -> None:
        self._tariff = tariff
        self._near = unit / 2.0 + SAME
        self._single = len(tariff.parts) == 1
        self._guesses = tuple(_guesses(tariff))

    def agrees(self, case: Case) -> bool:
        """Whether what is billed is what is owed, to the last decimal of the vendor's amounts."""
        if abs(float(case.billed - case.owed)) > self._near:
            return False
        return case.billed == case.owed or self._price_fits(case, _AS_AGREED)

    def explain(self, cases: Sequence[Case]) -> list[tuple[Because, ...]]:
        """The parts of each difference, which sum to billed minus owed."""
        found: list[tuple[Because, ...] | None] = [self._owes_nothing(case) for case in cases]
        open_ones = [place for place, known in enumerate(found) if known is None]
        sampled = open_ones[:: max(len(open_ones) // SAMPLE, 1)]
        usual: Counter[_Guess] = Counter()
        for place in sampled:
            fitting = [guess for guess in self._guesses if self._fits(cases[place], guess)]
            least = min((guess.strays for guess in fitting), default=0)
            usual.update(guess for guess in fitting if guess.strays == least)
        order = sorted(self._guesses, key=lambda guess: (guess.strays, -usual[guess]))
        if len(open_ones) > SAMPLE:  # readings that stray twice are tried where the vendor has them
            order = [guess for guess in order if guess.strays == 1 or usual[guess]]
        price, fitting_price = self._shared_price([cases[place] for place in open_ones])
        if fitting_price * len(sampled) <= max(usual.values(), default=0):
            price = math.nan
        for place in open_ones:
            case = cases[place]
            if self._comes_to(case, price):
                found[place] = tuple(self._by_figures(case, price))
                continue
            guess = next((guess for guess in order if self._fits(case, guess)), None)
            found[place] = tuple(self._by_figures(case, price) if guess is None else self._split(case, guess))
        return [parts or () for parts in found]

    def _owes_nothing(self, case: Case) -> tuple[Because, ...] | None:
        """Why nothing is owed for what is billed; None: something is."""
        if case.owed:
            return None
        contact, difference = case.contact, case.billed
        measures = [part.measure for part in self._tariff.parts if isinstance(part.measure, Measure)]
        reason: Reason = "not_agreed"
        text = "no price for such a contact"
        concerned = [each for each in measures if each.fits(contact)]
        free = [each.free_up_to for each in concerned if contact.answered or each.counts == "offered"]
        included = [each.included for each in concerned if each.included]
        if contact.failed:
            reason, text = "not_answered", "the vendor failed to take it"
        elif free and is_short(contact, max(free)):
            length = contact.handle if contact.answered else contact.wait
            reason, text = "short_call", f"{length:.0f} s; free up to {max(free):g} s"
        elif not contact.answered:
            reason, text = "not_answered", "abandoned"
        elif included and contact.handle <= max(included):  # type: ignore[operator]  # known
            reason, text = "short_call", f"{contact.handle:.0f} s; {max(included):g} s are included"
        elif any(each.counts == "resolved" for each in measures) and not contact.resolved:
            reason, text = "not_resolved", "the customer needed another contact"
        return (Because(reason, difference, text),)

    def _seen(self, case: Case, guess: _Guess) -> BilledContact:
        """The contact as the vendor saw it."""
        if not guess.theirs:
            return case.contact
        return msgspec.structs.replace(case.contact, handle=case.seconds, talk=None)

    def _fits(self, case: Case, guess: _Guess) -> bool:
        """Whether a reading comes to what is billed, and to what else the line tells."""
        if guess.theirs and not abs(case.seconds - float(case.contact.handle)) > SAME:  # type: ignore[arg-type]  # known
            return False
        contact = self._seen(case, guess)
        amount = self._tariff.amount(contact, case.bands, guess.otherwise)
        if abs(amount - float(case.billed)) > self._near:
            return False
        if not self._price_fits(case, guess.otherwise):
            return False
        units = self._tariff.units(contact, guess.otherwise)
        if not guess.theirs and case.seconds == case.seconds:
            own = abs(case.seconds - float(case.contact.handle)) <= SAME_LENGTH  # type: ignore[arg-type]  # known
            blocks = [60.0 * count / self._factor(case, guess.otherwise) for count in units]
            if not own and not any(abs(case.seconds - block) <= SAME_LENGTH for block in blocks):
                return False
        if not self._single or case.quantity != case.quantity:
            return True
        factor = self._factor(case, guess.otherwise)
        return any(abs(case.quantity - units[0] / each) <= MINUTES_TOLD for each in (1.0, factor))

    def _price_fits(self, case: Case, otherwise: Otherwise) -> bool:
        """Whether the price that a line tells is that of a reading, multiplied or not."""
        if not self._single or case.price != case.price:
            return True
        price = self._tariff.price(0, case.bands[0], otherwise)
        return any(_same(case.price, price * each) for each in (1.0, self._factor(case, otherwise)))

    def _factor(self, case: Case, otherwise: Otherwise) -> float:
        if otherwise.factor is not None:
            return otherwise.factor
        return self._tariff.factor(case.contact)

    def _split(self, case: Case, guess: _Guess) -> Iterator[Because]:
        """The difference by what strays: length, step, tier, multiplier."""
        steps: list[tuple[Reason, str, _Guess]] = []
        agreed, so_far = guess.otherwise, _AS_AGREED
        if guess.theirs:
            text = f"{case.seconds:.0f} s billed, {case.contact.handle:.0f} s recorded"
            steps.append(("minutes", text, _Guess(so_far, theirs=True)))
        if agreed.step is not None:
            so_far = so_far._replace(step=agreed.step)
            steps.append(("step", self._step_text(agreed.step), _Guess(so_far, guess.theirs)))
        if agreed.band is not None:
            so_far = so_far._replace(band=agreed.band)
            steps.append(("tier", self._band_text(case, agreed.band), _Guess(so_far, guess.theirs)))
        if agreed.factor is not None:
            text = f"times {agreed.factor:g} instead of {self._tariff.factor(case.contact):g}"
            steps.append(("multiplier", text, guess))
        reached = case.owed
        for place, (reason, text, reading) in enumerate(steps):
            if place + 1 == len(steps):
                after = case.billed
            else:
                seen = self._seen(case, reading)
                after = decimal(self._tariff.amount(seen, case.bands, reading.otherwise))
            yield Because(reason, after - reached, text)
            reached = after

    def _step_text(self, step: float) -> str:
        agreed = [
            part.measure.step
            for part in self._tariff.parts
            if isinstance(part.measure, Measure) and part.measure.in_minutes
        ]
        told = f"{agreed[0]:g} s" if agreed and agreed[0] else "no steps"
        return f"{step:g} s instead of {told}" if step else f"not in steps instead of {told}"

    def _band_text(self, case: Case, band: int) -> str:
        for part, own in zip(self._tariff.parts, case.bands, strict=True):
            if len(part.bands) > 1:
                wrong, right = part.bands[min(band, len(part.bands) - 1)], part.bands[own]
                return f"that above {wrong.above:g} instead of that above {right.above:g}"
        return ""

    def _shared_price(self, cases: Sequence[Case]) -> tuple[float, float]:
        """The price that most of these come to, if no line tells one, and of what share; NaN: none."""
        if not self._single or len(cases) <= HARDLY or any(case.price == case.price for case in cases):
            return math.nan, 0.0
        counts = [self._tariff.units(case.contact, _AS_AGREED)[0] for case in cases]
        enough = median(counts)
        ratios = [
            float(case.billed) / count
            for case, count in zip(cases, counts, strict=True)
            if count > 0.0 and count >= enough
        ]
        for decimals in (2, 3, 4) if ratios else ():
            price = round(median(ratios), decimals)
            fits = sum(self._comes_to(case, price) for case in cases)
            if fits >= USUAL * len(cases):
                return price, fits / len(cases)
        return math.nan, 0.0

    def _comes_to(self, case: Case, price: float) -> bool:
        """Whether the contact at a price, NaN: none, comes to what is billed."""
        if price != price:
            return False
        units = self._tariff.units(case.contact, _AS_AGREED)[0]
        return abs(price * units - float(case.billed)) <= self._near

    def _by_figures(self, case: Case, shared: float) -> Iterator[Because]:
        """The difference by the quantity and the price that a line tells, where no reading comes to it."""
        difference = case.billed - case.owed
        if not self._single:
            yield Because("other", difference, "")
            return
        factor = self._tariff.factor(case.contact)
        price = self._tariff.price(0, case.bands[0], _AS_AGREED)
        units = self._tariff.units(case.contact, _AS_AGREED)[0]
        told = case.price
        if told == told and abs(told - price * factor) < abs(told - price):
            price, units = price * factor, units / factor
        if told != told and self._comes_to(case, shared):
            yield Because("price", difference, f"{shared:g} instead of {price:g}")
            return
        quantity = case.quantity
        if quantity != quantity:
            quantity = units
        if told != told:
            told = price
        left = difference
        if not _same(told, price):
            part = decimal((told - price) * quantity)
            if abs(float(left - part)) <= 2.0 * self._near:  # owed and billed are both rounded
                part = left
            left -= part
            yield Because("price", part, f"{told:g} instead of {price:g}")
        measure = self._tariff.parts[0].measure
        if abs(quantity - units) > MINUTES_TOLD:
            part = decimal((quantity - units) * price)
            if abs(float(left - part)) <= 2.0 * self._near:  # owed and billed are both rounded
                part = left
            left -= part
            reason: Reason = "minutes" if measure.in_minutes else "contacts"
            yield Because(reason, part, f"{quantity:g} instead of {units:g}")
        if left:
            whole = case.quantity == case.quantity and case.price == case.price
            text = f"{case.quantity:g} x {case.price:g} is {case.quantity * case.price:.2f}" if whole else ""
            yield Because("arithmetic" if whole else "other", left, text)


_AS_AGREED = Otherwise()


def _same(told: float, price: float) -> bool:
    """Whether a price is one that is told with fewer decimals.

    >>> _same(0.73, 0.725), _same(0.581, 0.58)
    (True, False)
    """
    text = repr(told)
    decimals = len(text.partition(".")[2]) if "e" not in text else 10
    return abs(told - price) <= 0.5 * 10.0 ** -max(decimals, 2) + SAME


def _guesses(tariff: Tariff) -> Iterator[_Guess]:
    """Every reading that is tried, as agreed left out: steps, then tiers, multipliers, lengths."""
    measures = [part.measure for part in tariff.parts]
    in_minutes = any(measure.in_minutes for measure in measures)
    agreed = {each.step for each in measures if isinstance(each, Measure) and each.in_minutes}
    steps = [step for step in (0.0, *STEPS) if agreed != {step or None}] if in_minutes else []
    bands = range(max((len(part.bands) for part in tariff.parts), default=1))
    factors = tariff.factors
    for theirs, step, band, factor in product(
        (False, True),
        (None, *steps),
        (None, *(bands if len(bands) > 1 else ())),
        (None, *(factors if len(factors) > 1 else ())),
    ):
        guess = _Guess(Otherwise(step, band, factor), theirs and in_minutes)
        if guess.strays and (in_minutes or not theirs):
            yield guess
