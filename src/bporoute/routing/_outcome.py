"""What a decision says of one contact and one destination, and how the contact ended: plain values."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Literal, get_args

import msgspec

Outcome = Literal["answered", "abandoned", "failed", "undelivered"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
NotTaken = Literal["failed", "undelivered"]
"""Of a contact that gives its place below the caps back, and may be sent on."""
NOT_TAKEN: tuple[NotTaken, ...] = get_args(NotTaken)


class Action(StrEnum):
    """What happens to a contact."""

    KEEP = "keep"
    """It joins its in-house queue."""
    OVERFLOW = "overflow"
    """It goes to a vendor."""
    DEFER = "defer"
    """It waits for a quiet hour (back office), see `bporoute.BackOffice`."""
    CALLBACK = "callback"
    """It is promised a call back."""
    REJECT = "reject"
    """It is turned away."""


class Way(msgspec.Struct, frozen=True):
    """One destination that may take the contact.

    Attributes
    ----------
    destination : str
        Queue or vendor.
    cost : float
        Money that this way is expected to cost: at a vendor its price and the customer's waiting there,
        in-house the marginal cost of one more contact in the queue now; nan if the state is unknown.
    expected_wait : float
        Mean wait of a contact that stays, seconds; nan if the state is unknown.
    price, extra : float
        At a vendor: money that its contract asks for one more contact, its service-level money included, and
        other money that such a contact costs there (its failures, its quality, those who give up where the
        contract bills them). The rest of `cost` is waiting, less what is not paid for those who give up.
    """

    destination: str
    cost: float
    expected_wait: float
    price: float = 0.0
    extra: float = 0.0


class Reason(msgspec.Struct, frozen=True):
    """One rule that excludes one destination.

    Attributes
    ----------
    rule : str
        Name of the rule, such as ``"language"`` or ``"cap_per_day"``.
    observed, limit : object
        What was found and what is allowed.
    text : str
        Both in a sentence.
    """

    rule: str
    observed: object
    limit: object
    text: str

    def __str__(self) -> str:
        return self.text


class Rejection(msgspec.Struct, frozen=True):
    """One `destination` (queue or vendor) that may not take the contact, and the `reason`: the first rule."""

    destination: str
    reason: Reason


class Settled(msgspec.Struct, frozen=True):
    """How a routed contact ended.

    Attributes
    ----------
    outcome : {"answered", "abandoned", "failed", "undelivered"}
        Whether it was handled, gave up, was not taken, or never got there.
    wait, handle : float
        Seconds waited and handled; nan: unknown.
    sent : float
        When it was decided, epoch seconds.
    odd : bool
        Whether the handle time that was told cannot be: then 0 s are billed, and nothing is learned.
    """

    outcome: Outcome
    wait: float
    handle: float
    sent: float
    odd: bool = False

    @property
    def not_taken(self) -> bool:
        """Whether it gives its place below the caps back."""
        return self.outcome in NOT_TAKEN

    @property
    def told(self) -> float:
        """Seconds handled that estimates may learn from; nan: none."""
        return self.handle if self.outcome == "answered" and not self.odd else math.nan

    @property
    def counted(self) -> tuple[float, float]:
        """Seconds waited and handled that count: those of an answered contact; an unknown wait is none."""
        if self.outcome != "answered":
            return 0.0, 0.0
        return (self.wait if self.wait == self.wait else 0.0), self.handle
