"""What is found of one logged decision: verdicts, inputs, and what flips it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from bporoute.governance._explained._logged_lines import Seal

Value = float | str | bool | None


class Verdict(msgspec.Struct, frozen=True):
    """What the decision came to for one destination.

    Attributes
    ----------
    destination : str
        Queue or vendor.
    place : int or None
        Its place in the ranking, from 1; None: it may not take the contact.
    rule, reason : str
        The first rule that bars it, and that in a sentence; empty where it may take the contact.
    cost, wait : float or None
        Expected money and mean wait, seconds; None: not known, or it may not take the contact.
    terms : tuple of (str, float)
        What the cost consists of, each in the center's currency: what the contract asks, split where that
        follows from the line, quality and risk, waiting; in-house the contact's own wait and later contacts.
    contract : tuple of str
        What the vendor's contract says, in sentences.
    note : str
        What the split does not say.
    """

    destination: str
    place: int | None
    rule: str
    reason: str
    cost: float | None
    wait: float | None
    terms: tuple[tuple[str, float], ...] = ()
    contract: tuple[str, ...] = ()
    note: str = ""


class Given(msgspec.Struct, frozen=True):
    """What the decision was made from.

    Attributes
    ----------
    name, label, unit : str
        As of a `Flip`.
    value : float, str, bool or None
        As it was.
    """

    name: str
    label: str
    unit: str
    value: Value


class Flip(msgspec.Struct, frozen=True):
    """The smallest change of one input, one way, by which the decision is another.

    Attributes
    ----------
    name, label, unit : str
        The input: its place in the log's line, in words, and the unit of its values.
    was, becomes, holds : float, str, bool or None
        What it was, the nearest value that flips the decision, and the nearest to that which does not;
        both were decided. An instant is a text with its offset.
    action, destination : str, str or None
        What is decided then.
    certain : bool
        Whether no smaller change can flip it: every step between was decided, or the outcome changes once
        at most on the way. Else numbers 2 % apart were, and one that lies between two of them may.
    """

    name: str
    label: str
    unit: str
    was: Value
    becomes: Value
    holds: Value
    action: str
    destination: str | None
    certain: bool


class Unmoved(msgspec.Struct, frozen=True):
    """An input by which alone nothing flips the decision.

    Attributes
    ----------
    name, label, unit, was
        As of a `Flip`.
    low, high : float, str or None
        Between which values that was looked at; None: all other choices were.
    """

    name: str
    label: str
    unit: str
    was: Value
    low: Value
    high: Value


class ExplainedDecision(msgspec.Struct, frozen=True):
    """A logged decision, explained.

    Attributes
    ----------
    file, line : str, int
        Where it stands.
    seal : {"as written", "altered", "not checked", "not chained"}
        What the line's own hash says.
    id, at, policy, center_version
        As logged; `at` in the center's zone, None: no calendar knows it.
    contact : dict
        What was asked.
    action, destination : str, str or None
        What was decided.
    currency : str
        Of all money here.
    same : bool
        Whether the decision, made again with this center, comes out as it was logged; if not, all that
        follows is of the one made again.
    differences : tuple of (str, object, object)
        Field, as logged, as found.
    answer : str
        What was decided and why, and what would have changed it first, in two sentences.
    words : str
        The decision as `Decision.explain` tells it.
    inputs : tuple of Given
        What it was made from, as far as that can be otherwise by itself.
    verdicts : tuple of Verdict
        Of every destination, the best first.
    flips : tuple of Flip
        The smallest first, as a share of what the input was; choices last.
    unmoved : tuple of Unmoved
        Inputs that alone flip nothing in their range.
    notes : tuple of str
        What else is to be said.
    """

    file: str
    line: int
    seal: Seal
    id: int
    at: datetime | None
    policy: str
    center_version: str
    contact: dict[str, Any]
    action: str
    destination: str | None
    currency: str
    same: bool
    differences: tuple[tuple[str, object, object], ...]
    answer: str
    words: str
    inputs: tuple[Given, ...]
    verdicts: tuple[Verdict, ...]
    flips: tuple[Flip, ...]
    unmoved: tuple[Unmoved, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
