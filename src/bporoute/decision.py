"""The answer for one contact: where to, in which order else, at what cost, and why not elsewhere."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from bporoute._kernels import decision as codes
from bporoute.contact import Contact, Sourcing
from bporoute.explanation import explanation
from bporoute.policy import policy_label
from bporoute.reasons import Reason, reason_of
from bporoute.rules import requested

if TYPE_CHECKING:
    from bporoute.arrays import Floats
    from bporoute.center import Center
    from bporoute.ledger import Ledger
    from bporoute.policy import Policy
    from bporoute.snapshot import QueueState
    from bporoute.tables import Solved


class Action(StrEnum):
    """What happens to a contact."""

    KEEP = "keep"
    """It joins its in-house queue."""
    OVERFLOW = "overflow"
    """It goes to a vendor."""
    DEFER = "defer"
    """It waits for a quiet hour (back office). Not decided by this version yet."""
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
    """

    destination: str
    cost: float
    expected_wait: float


class Rejection(msgspec.Struct, frozen=True):
    """One destination that may not take the contact, and the first rule that says so."""

    destination: str
    reason: Reason


class Evidence(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What the kernel noted and what is needed to put it into words; decoded only when asked."""

    center: Center
    policy: Policy
    ledger: Ledger
    names: tuple[str, ...]
    state: QueueState | None
    solved: Solved | None
    numbers: Floats
    order: tuple[int, ...]

    @property
    def queue(self) -> str:
        """The in-house queue of the contact: the kernel's destination 0."""
        return self.names[0]


class Decision(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What to do with one contact.

    Attributes
    ----------
    id : int
        Number of the decision in its ledger; 0 for a preview.
    at : float
        When it was made, epoch seconds.
    contact : Contact
        What it was made for.
    action : Action
        Keep, overflow, callback or reject.
    destination : str or None
        The queue or vendor that takes the contact; None if nobody does.
    degraded : str
        Why the decision rests on less than it should; empty if it does not.
    evidence : Evidence
        What the other properties are read from.
    """

    id: int
    at: float
    contact: Contact
    action: Action
    destination: str | None
    degraded: str
    evidence: Evidence

    def __repr__(self) -> str:
        return f"<Decision {self.id}: {self.contact.type} {self.action} {self.destination or ''}>".replace(
            " >", ">"
        )

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every destination that may take the contact, best first."""
        numbers = self.evidence.numbers
        return tuple(
            Way(
                self.evidence.names[destination],
                float(numbers[destination, codes.COST]),
                float(numbers[destination, codes.WAIT]),
            )
            for destination in self.evidence.order
        )

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of `ways`: the second is where to turn if the first fails."""
        return tuple(self.evidence.names[destination] for destination in self.evidence.order)

    @property
    def rejected(self) -> tuple[Rejection, ...]:
        """Every destination that may not take the contact, with the reason."""
        evidence = self.evidence
        request = requested(self.contact, evidence.center)
        rejections = []
        for destination, numbers in enumerate(evidence.numbers):
            if code := int(numbers[codes.REASON]):
                observed = (float(numbers[codes.OBSERVED]), float(numbers[codes.LIMIT]))
                name = evidence.names[destination]
                reason = reason_of(code, observed, name, request, evidence.center, self.at)
                rejections.append(Rejection(name, reason))
        return tuple(rejections)

    @property
    def cost(self) -> float:
        """Money that the chosen way is expected to cost, see `Way.cost`; nan if nobody may take it."""
        return self.ways[0].cost if self.evidence.order else math.nan

    @property
    def expected_wait(self) -> float:
        """Mean wait of the contact if it stays, seconds; nan if nobody may take it."""
        return self.ways[0].expected_wait if self.evidence.order else math.nan

    @property
    def sends_from(self) -> float:
        """Contacts present (busy or waiting) from which on such a contact is sent out.

        inf: it is kept however many there are; nan: that is not what the policy goes by, or there is
        nowhere to send it.
        """
        solved = self.evidence.solved
        kind = self.evidence.center.contact_types.get(self.contact.type)
        if kind is None or kind.sourcing != Sourcing.OVERFLOW or 0 not in self.evidence.order:
            return math.nan
        vendors = [way.cost for way in self.ways if way.destination != self.evidence.queue]
        if solved is None or solved.rule.keep_cost is None or not vendors:
            return math.nan
        sends = solved.rule.keep_cost[:-1] > min(vendors)  # the last state is a full waiting room
        return float(sends.argmax()) if sends.any() else math.inf

    def explain(self) -> str:
        """The decision in words and a table: what was done, what else could be, what could not and why."""
        return explanation(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not a finite number is None."""
        return {
            "id": self.id,
            "at": _utc(self.at),
            "contact": msgspec.to_builtins(self.contact),
            "action": str(self.action),
            "destination": self.destination,
            "ranked": [
                {
                    "destination": way.destination,
                    "cost": _finite(way.cost),
                    "wait": _finite(way.expected_wait),
                }
                for way in self.ways
            ],
            "rejected": [
                {"destination": out.destination, **msgspec.to_builtins(out.reason, enc_hook=str)}
                for out in self.rejected
            ],
            "queue": self.evidence.queue,
            "state": _finite_values(msgspec.to_builtins(self.evidence.state)),
            "policy": policy_label(self.evidence.policy),
            "sends_from": _finite(self.sends_from),
            "classes": [] if self.evidence.solved is None else self.evidence.solved.situation.classes(),
            "degraded": self.degraded,
        }


def _utc(at: float) -> str | None:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finite_values(state: dict[str, Any] | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {name: None if value is None else _finite(value) for name, value in state.items()}
