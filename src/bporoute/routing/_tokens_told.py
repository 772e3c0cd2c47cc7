"""Tokens that come back to a router: read as the decision that each stands for, or refused and counted."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import msgspec

from bporoute.center._contact import Contact
from bporoute.routing._decision import Decision
from bporoute.routing._hard_rules import Request
from bporoute.routing._outcome import Action
from bporoute.routing._tables._evidence import Basis, Evidence
from bporoute.routing._tables._left_out import BEFORE, LeftOut, left_out_for
from bporoute.routing._tables._profiles import Profile
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing._token import Refused, Token
from bporoute.routing.ledger._marks import BETWEEN, PLAIN
from bporoute.routing.ledger._memory import Ledger
from bporoute.routing.ledger._open import Found

MOST_KNOWN = 4_096
"""Whom tokens have named, as many of which are known at once."""
_Known = tuple[str, str, Request, Contact, Profile, Basis]


class TokenTold(NamedTuple):
    """A token that is authentic, and whom it names.

    Attributes
    ----------
    token : Token
        What it says.
    destination : str
        Who takes the contact.
    queue : str
        The in-house queue of the contact.
    request : Request
        What it is to settling.
    usual : Contact
        One of which type and language say everything.
    profile : Profile
        What settling looks at.
    basis : Basis
        Of a decision for which nobody was left out, and that was made when the contact came.
    """

    token: Token
    destination: str
    queue: str
    request: Request
    usual: Contact
    profile: Profile
    basis: Basis

    def contact(self, ledger: Ledger) -> Contact | None:
        """The contact, but for its id; None where the ledger does not know it any more."""
        if self.token.kind == PLAIN:
            return self.usual
        kind = ledger.marks.kind(self.token.kind)
        if kind is None:
            return None
        contact_type, language, data, country, value_class, skills = kind
        return Contact(contact_type, language, "", data, country, value_class, skills=skills)


class Diverted(NamedTuple):
    """A contact that is to go elsewhere.

    Attributes
    ----------
    first : Decision
        Where it went.
    contact : Contact or None
        What is decided anew; None: that is not known any more.
    luck : float
        What stands for its id, in [0, 1); nan: its id says so.
    """

    first: Decision
    contact: Contact | None
    luck: float

    def left_out(self, outcome: str, reason: str, *, settled: bool) -> LeftOut:
        """Who is out for it, since the first has not taken it for a reason; `settled`, or about to be."""
        evidence, destination = self.first.evidence, str(self.first.destination)
        names = {**evidence.basis.left_out, destination: left_out_for(outcome, reason)}
        there = self.first.action == Action.OVERFLOW and not settled
        return LeftOut(names, evidence.arrived, evidence.at, self.luck, destination if there else "")


class TokensTold:
    """Reads the tokens that a router is told, by the tables that it decides by; the ledger's lock is held.

    Attributes
    ----------
    refused : Counter of str
        How many changed nothing, by the reason, see `bporoute.routing._token.REFUSALS`.
    """

    def __init__(self) -> None:
        self.refused: Counter[Refused] = Counter()
        self._tables: RoutingTables | None = None
        self._known: dict[tuple[bool, bytes, bytes, bytes], _Known] = {}
        """Whom tokens of before have named, by these tables."""

    def read(self, text: str, tables: RoutingTables) -> TokenTold | None:
        """A token, whatever has become of its contact; None if it is not one of the ledger's."""
        token = tables.ledger.seal.read(text)
        if isinstance(token, str):
            self.refuse(token)
            return None
        return self.named(token, tables)

    def named(self, token: Token, tables: RoutingTables) -> TokenTold | None:
        """Whom a token names; None, counted as foreign, if somebody is unknown here."""
        if self._tables is not tables or len(self._known) >= MOST_KNOWN:
            self._tables, self._known = tables, {}
        who = token.sent, token.destination, token.contact_type, token.language
        known = self._known.get(who)
        if known is None:
            known = self._names(token, tables)
            if known is None:
                self.refuse("foreign")
                return None
            self._known[who] = known
        return TokenTold(token, *known)

    def _names(self, token: Token, tables: RoutingTables) -> _Known | None:
        """Whom a token names by its marks; None if somebody is unknown here."""
        marks, center = tables.ledger.marks, tables.center
        destination, what = marks.named(token.destination), marks.named(token.contact_type)
        language = marks.named(token.language)
        if destination is None or what is None or language is None:
            return None
        queue, _, kind = what.partition(BETWEEN)
        if not token.sent and destination not in tables.on_pages:
            return None
        request = Request(kind, center.contact_types.get(kind), language, ())
        profile = Profile.to_settle(tables.queue_numbers.get(queue, -1), queue, request)  # -1: gone
        basis = Basis(center, tables.policy, tables.ledger)
        return destination, queue, request, Contact(kind, language), profile, basis

    def decision(self, told: TokenTold, tables: RoutingTables, now: float) -> Decision | None:
        """What is to be settled by a token at an instant (epoch seconds); None if nothing is."""
        token, ledger = told.token, tables.ledger
        if now - token.at > ledger.open_contacts.lease:
            self.refuse("expired")
            return None
        contacts = ledger.open_contacts
        if not contacts.sees_all:  # forked, and nobody was decided on yet
            tables.take_up()
            tables.arrays.publish()
        found = contacts.find(token.number, token.place, token.at)
        if found is None or not found.page.unsettled(found.line) or not found.page.opened_at(found.line):
            self.refuse("settled" if found is not None or contacts.sees_all else "busy")
            return None
        return decision_of(told, found, tables)

    def open_decision(
        self, decision: Decision | str, contact: Contact | None, tables: RoutingTables, now: float
    ) -> Diverted | None:
        """What is to be decided anew, of a decision or its token; None, counted, if it is not open."""
        if not isinstance(decision, str):
            evidence = decision.evidence
            if evidence.basis.ledger is not tables.ledger or not evidence.page.unsettled(evidence.line):
                self.refuse("settled")
                return None
            return Diverted(decision, contact or decision.contact, math.nan)
        told = self.read(decision, tables)
        first = None if told is None else self.decision(told, tables, now)
        if told is None or first is None:
            return None
        if contact is not None:
            return Diverted(first, contact, math.nan)
        return Diverted(first, told.contact(tables.ledger), told.token.luck)

    def refuse(self, reason: Refused) -> None:
        """Count what changes nothing."""
        self.refused[reason] += 1


def decision_of(told: TokenTold, found: Found, tables: RoutingTables) -> Decision:
    """The decision that a token stands for, as far as settling needs it, with what is kept of it."""
    token, ledger, basis = told.token, tables.ledger, told.basis
    action = Action.OVERFLOW if token.sent else Action.KEEP
    if token.left_out or token.arrived != token.at:
        names = map(ledger.marks.named, token.left_out)
        out = {name: BEFORE for name in names if name is not None}
        basis = msgspec.structs.replace(basis, left_out=out, arrived=token.arrived)
    contact = told.contact(ledger) or told.usual
    evidence = Evidence(found.page, found.line, told.profile, basis)
    return Decision(contact, action, told.destination, evidence)
