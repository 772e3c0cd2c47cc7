"""The answer for one contact: where to, in which order else, at what cost, and why not elsewhere."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from bporoute._kernels.routing import columns as codes
from bporoute.center._contact import Contact, Sourcing
from bporoute.policies._text import policy_text
from bporoute.policies._thresholds import policy_label
from bporoute.routing._explanation import explanation
from bporoute.routing._hard_rules import requested
from bporoute.routing._reasons import Reason, reason_of
from bporoute.routing._record import finite, noted
from bporoute.routing._state import QueueState

if TYPE_CHECKING:
    from bporoute._base.arrays import Floats
    from bporoute.routing._tables._page import Page
    from bporoute.routing._tables._profiles import Kind
    from bporoute.routing._tables._tables import View


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
        other money that such a contact costs there (its failures, its quality). The rest of `cost` is
        waiting, less what is not paid for those who give up there.
    """

    destination: str
    cost: float
    expected_wait: float
    price: float = 0.0
    extra: float = 0.0


class Rejection(msgspec.Struct, frozen=True):
    """One destination that may not take the contact, and the first rule that says so."""

    destination: str
    reason: Reason


class Decision(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What to do with one contact.

    Attributes
    ----------
    contact : Contact
        What it was made for.
    action : Action
        Keep, overflow, callback or reject.
    destination : str or None
        The queue or vendor that takes the contact; None if nobody does.
    page, line : Page, int
        Where the kernel noted its evidence; everything else is read from there when it is asked for.
    kind : Kind
        What the contact's type, language and data come to.
    view : View
        The center, the policy and its rule for the queue.
    """

    contact: Contact
    action: Action
    destination: str | None
    page: Page
    line: int
    kind: Kind
    view: View

    def __repr__(self) -> str:
        return f"<Decision {self.id}: {self.contact.type} {self.action} {self.destination or ''}>".replace(
            " >", ">"
        )

    @property
    def id(self) -> int:
        """Number of the decision in its ledger; 0 for a preview."""
        return self.page.first + self.line if self.page.first else 0

    @property
    def at(self) -> float:
        """When it was made, epoch seconds."""
        return float(self._told[codes.AT])

    @property
    def queue(self) -> str:
        """The in-house queue of the contact."""
        return self.kind.destinations[0]

    @property
    def state(self) -> QueueState | None:
        """What was told of the queue; None if nothing was."""
        told = self._told[: codes.STATE_TOLD_AT]
        if math.isnan(told[codes.STATE_AGENTS]):
            return self.view.state
        agents, busy, waiting, rate, aht = told.tolist()
        return QueueState(
            agents, busy, waiting, None if math.isnan(rate) else rate, None if math.isnan(aht) else aht
        )

    @property
    def present(self) -> float:
        """Contacts busy or waiting, as the decision counted them: told, kept since, or expected."""
        return float(self._told[codes.STATE_PRESENT])

    @property
    def age(self) -> float:
        """Seconds since the state was told; nan if nothing was."""
        return float(self._told[codes.NOTED_AGE])

    @property
    def degraded(self) -> str:
        """Why the decision rests on less than it should; empty if it does not."""
        age = self.age
        belief = int(self._told[codes.BELIEF])
        said = {
            codes.EXPECTED: f"state of {self.queue!r} is {age:.0f} s old: decided on the expected one",
            codes.LOST: f"state of {self.queue!r} is {age:.0f} s old: kept where that is possible",
            codes.DISTRUSTED: self.view.distrust,
        }.get(belief, "")
        return "; ".join(filter(None, (said, self.view.trouble)))

    @property
    def _numbers(self) -> Floats:
        """One row for each way, in the order of `Kind.destinations`."""
        numbers: Floats = self.page.numbers[self.line, : len(self.kind.destinations)]
        return numbers

    @property
    def _told(self) -> Floats:
        told: Floats = self.page.numbers[self.line, -1]
        return told

    @property
    def _order(self) -> list[int]:
        """The ways that may take the contact, best first; ties keep the order of the center."""
        numbers = self._numbers
        able = [way for way in range(len(numbers)) if numbers[way, codes.REASON] == 0.0]
        return sorted(able, key=lambda way: (numbers[way, codes.TIER], numbers[way, codes.KEY]))

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every destination that may take the contact, best first."""
        numbers, names = self._numbers, self.kind.destinations
        return tuple(
            Way(
                names[way],
                float(numbers[way, codes.COST]),
                float(numbers[way, codes.WAIT]),
                float(numbers[way, codes.WAY_PRICE]),
                float(numbers[way, codes.WAY_EXTRA]),
            )
            for way in self._order
        )

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of `ways`: the second is where to turn if the first fails."""
        names = self.kind.destinations
        return tuple(names[way] for way in self._order)

    @property
    def rejected(self) -> tuple[Rejection, ...]:
        """Every destination that may not take the contact, with the reason."""
        center = self.view.center
        found = {name: (code, (0.0, 0.0)) for name, code in self.kind.barred.items()}
        for name, numbers in zip(self.kind.destinations, self._numbers, strict=True):
            if code := int(numbers[codes.REASON]):
                found[name] = code, (float(numbers[codes.OBSERVED]), float(numbers[codes.LIMIT]))
        request = requested(self.contact, center)
        return tuple(
            Rejection(name, reason_of(*found[name], name, request, center, self.at))
            for name in (self.queue, *center.vendors)
            if name in found
        )

    @property
    def cost(self) -> float:
        """Money that the chosen way is expected to cost, see `Way.cost`; nan if nobody may take it."""
        return next((way.cost for way in self.ways), math.nan)

    @property
    def expected_wait(self) -> float:
        """Mean wait of the contact if it stays, seconds; nan if nobody may take it."""
        return next((way.expected_wait for way in self.ways), math.nan)

    @property
    def sends_from(self) -> float:
        """Contacts present (busy or waiting) from which on such a contact is sent out.

        inf: it is kept however many there are; nan: that is not what the policy goes by, or there is
        nowhere to send it.
        """
        solved = self.view.solved
        kind = self.kind.request.kind
        ways = self.ways
        kept = [way for way in ways if way.destination == self.queue]
        vendors = [way.cost for way in ways if way.destination != self.queue]
        if kind is None or kind.sourcing != Sourcing.OVERFLOW or not kept or not vendors:
            return math.nan
        if solved is None or solved.rule.shares is not None:
            return math.nan
        rule = solved.rule
        gate_open = self._told[codes.STATE_GATE] != 0.0 and rule.keep_cost_open is not None
        keep_cost = rule.keep_cost_open if gate_open else rule.keep_cost
        if keep_cost is None:
            return math.nan
        value_class = self.view.center.value_classes.get(self.contact.value_class)
        protection = value_class.keep_up_to if value_class else 0.0
        # The last state is a full waiting room.
        sends = np.asarray(keep_cost)[:-1] - protection > min(vendors)
        return float(sends.argmax()) if sends.any() else math.inf

    def explain(self) -> str:
        """The decision in words and a table: what was done, what else could be, what could not and why."""
        return explanation(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not a finite number is None.

        Enough to make the decision again, see `bporoute.audit`: what was decided, by which version of the
        center and of the policy, and all that the policy and the rules looked at.
        """
        return {
            "id": self.id,
            "at": _utc(self.at),
            "center_version": self.view.center.version,
            "policy": policy_label(self.view.policy),
            "policy_version": policy_text(self.view.policy),
            "contact": msgspec.to_builtins(self.contact),
            "action": str(self.action),
            "destination": self.destination,
            "ranked": [
                {
                    "destination": way.destination,
                    "cost": finite(way.cost),
                    "wait": finite(way.expected_wait),
                }
                for way in self.ways
            ],
            "rejected": [
                {"destination": out.destination, **msgspec.to_builtins(out.reason, enc_hook=str)}
                for out in self.rejected
            ],
            "queue": self.queue,
            "sends_from": finite(self.sends_from),
            "degraded": self.degraded,
            **noted(self.view, self.kind.destinations[1:], self.state, self._numbers, self._told),
        }


def _utc(at: float) -> str | None:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
