"""The answer for one contact: where to, in which order else, at what cost, and why not elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec

from bporoute._kernels.routing import columns
from bporoute.center._contact import Contact
from bporoute.center._contact_told import as_told
from bporoute.center._told_texts import MOST_ID
from bporoute.routing._explanation import explanation
from bporoute.routing._outcome import Action, Rejection, Way
from bporoute.routing._reasons import rejections
from bporoute.routing._record import record
from bporoute.routing._state import QueueState
from bporoute.routing._tables._evidence import Evidence


class Decision(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What to do with one contact.

    Attributes
    ----------
    contact : Contact
        What it was made for, as its type, language and so on could be read.
    action : Action
        Keep, overflow, callback or reject.
    destination : str or None
        The queue or vendor that takes the contact; None if nobody does.
    evidence : Evidence
        What it rests on; everything else is read from there when it is asked for.
    """

    contact: Contact
    action: Action
    destination: str | None
    evidence: Evidence

    def __repr__(self) -> str:
        return f"<Decision {self.id}: {self._read[0].type} {self.action} {self.destination or ''}>".replace(
            " >", ">"
        )

    @property
    def id(self) -> int:
        """Number of the decision in its ledger; 0 for a preview."""
        return self.evidence.number

    @property
    def at(self) -> float:
        """When it was made, epoch seconds."""
        return self.evidence.at

    @property
    def queue(self) -> str:
        """The in-house queue of the contact."""
        return self.evidence.queue

    @property
    def state(self) -> QueueState | None:
        """What was told of the queue; None if nothing was."""
        return self.evidence.state

    @property
    def present(self) -> float:
        """Contacts busy or waiting, as the decision counted them: told, kept since, or expected."""
        return self.evidence.present

    @property
    def age(self) -> float:
        """Seconds since the state was told; nan if nothing was."""
        return self.evidence.age

    @property
    def degraded(self) -> str:
        """Why the decision rests on less than it should, or on the fallback alone; empty if it does not."""
        contact = self.contact
        plain = type(contact.id) is str and len(contact.id) <= MOST_ID and contact.due is None
        if plain and type(contact.unread) is tuple and not contact.unread:
            return self.evidence.degraded  # as nearly always: to look at every field would take longer
        return self._read[1].degraded

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every destination that may take the contact, best first."""
        return self.evidence.ways

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of `ways`: the second is where to turn if the first fails."""
        return self.evidence.ranked

    @property
    def second(self) -> str | None:
        """The second of `ranked`, where to turn if the first fails; None if nobody else may take it."""
        return self.evidence.second

    @property
    def rejected(self) -> tuple[Rejection, ...]:
        """Every destination that may not take the contact, with the reason."""
        return rejections(*self._read)

    @property
    def cost(self) -> float:
        """Money that the chosen way is expected to cost, see `Way.cost`; nan if nobody may take it."""
        return self.evidence.of_the_chosen(columns.COST)

    @property
    def expected_wait(self) -> float:
        """Mean wait of the contact if it stays, seconds; nan if nobody may take it."""
        return self.evidence.of_the_chosen(columns.WAIT)

    @property
    def sends_from(self) -> float:
        """Contacts present (busy or waiting) from which on such a contact is sent out.

        inf: it is kept however many there are; nan: that is not what the policy goes by, or there is
        nowhere to send it.
        """
        return self.evidence.sends_from(self._read[0].value_class)

    def explain(self) -> str:
        """The decision in words and a table: what was done, what else could be, what could not and why."""
        contact, evidence = self._read
        return explanation(contact, self.action, self.destination, evidence)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not a finite number is None.

        Enough to make the decision again, see `bporoute.audit`: what was decided, by which version of the
        center and of the policy, and all that the policy and the rules looked at.
        """
        contact, evidence = self._read
        return record(contact, self.action, self.destination, evidence)

    @property
    def _read(self) -> tuple[Contact, Evidence]:
        """The contact with all its fields read, and the evidence with what could not be used of them."""
        contact = as_told(self.contact)
        return contact, self.evidence.with_trouble("; ".join(contact.unread))
