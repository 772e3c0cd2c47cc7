"""The answer for one contact: where to, in which order else, at what cost, and why not elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec

from bporoute._kernels.routing import columns
from bporoute.center._contact import Contact
from bporoute.center._contact_told import as_told
from bporoute.center._told_texts import MOST_ID
from bporoute.errors import InputError, shown
from bporoute.routing._minted import minted
from bporoute.routing._outcome import Action, Rejection, Way
from bporoute.routing._reasons import rejections
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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        mine, its = self.evidence, other.evidence
        return (
            mine.page is its.page
            and mine.line == its.line
            and (self.action, self.destination) == (other.action, other.destination)
        )

    def __hash__(self) -> int:
        return hash((id(self.evidence.page), self.evidence.line))

    def __deepcopy__(self, _: object) -> Decision:
        return self  # nothing of it is ever changed

    def __reduce__(self) -> Any:
        raise TypeError(
            "a Decision belongs to its router and cannot be pickled: take its token, or to_dict()"
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
    def arrived(self) -> float:
        """When the contact came, epoch seconds: before the decision if `Router.divert` has made it."""
        return self.evidence.arrived

    @property
    def left_out(self) -> dict[str, str]:
        """Destinations that were out for this one contact -> why, see `Router.route` and `Router.divert`."""
        return dict(self.evidence.basis.left_out)

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
    def token(self) -> str:
        """A text that stands for the decision where the object itself does not come back.

        `Router.settle`, `Router.judge` and `Router.divert` take it in place of the decision, once, within the
        lease, on every router of the ledger; what else they are told as one changes nothing and is counted in
        `Status.refused_tokens`. 72 characters of A-Z, a-z, 0-9, ``-`` and ``_``, safe in a SIP header, a URL
        and JSON; 24 more where shares are drawn from ids or the contact was diverted, and 8 for each
        destination that is left out for it. Who has the `Ledger.key` can make one, nobody else. Empty for a
        preview, and where nobody takes the contact: there is nothing to settle.

        Examples
        --------
        >>> from bporoute import Center, Contact, ContactType, Contract, Queue, QueueLength, Router, Vendor
        >>> center = Center(
        ...     queues={"service": Queue(aht=240)},
        ...     contact_types={"service": ContactType(queue="service")},
        ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
        ...                             contract=Contract(price_per_contact=4.5))},
        ... )
        >>> router = Router(center, policy=QueueLength(0), compile=False)
        >>> router.state["service"].update(agents=2, busy=2)
        >>> token = router.route(Contact("service")).token
        >>> router.settle(token, "answered", handle=180.0), router.settle(token, "answered", handle=180.0)
        (4.5, 0.0)
        >>> router.status().refused_tokens
        {'settled': 1}
        """
        return minted(self.contact, self.action, self.destination, self.evidence)

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every destination that may take the contact, best first."""
        return self.evidence.ways

    @property
    def ranked(self) -> tuple[str, ...]:
        """The names of `ways`: if the first fails, `Router.divert` goes to the next that may take it then."""
        return self.evidence.ranked

    @property
    def second(self) -> str | None:
        """The second of `ranked`; None if nobody else may take it. `Router.divert` reserves a place there."""
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
        from bporoute.routing._explanation import explanation  # a start should be quick

        return explanation(contact, self.action, self.destination, evidence)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not a finite number is None.

        Enough to make the decision again, see `bporoute.audit`: what was decided, by which version of the
        center and of the policy, and all that the policy and the rules looked at.
        """
        contact, evidence = self._read
        from bporoute.routing._record import record

        return record(contact, self.action, self.destination, evidence)

    @property
    def _read(self) -> tuple[Contact, Evidence]:
        """The contact with all its fields read, and the evidence with what could not be used of them."""
        contact = as_told(self.contact)
        return contact, self.evidence.with_trouble("; ".join(contact.unread))


def check_decision(told: object) -> None:
    """Refuse what is neither a decision that a router has made nor a token.

    >>> check_decision(5)
    Traceback (most recent call last):
    bporoute.errors.InputError: decision: found 5; expected a Decision, as route returned it, or its token
    """
    if isinstance(told, str) or (isinstance(told, Decision) and isinstance(told.evidence, Evidence)):
        return
    found = "a Decision that no router has made" if isinstance(told, Decision) else shown(told)
    raise InputError("decision", found, "a Decision, as route returned it, or its token")
