"""What a decision's token says: minted when somebody asks, so that a decision costs nothing for it."""

from __future__ import annotations

from bporoute._kernels.routing import columns
from bporoute.center._contact import Contact
from bporoute.center._contact_told import kind_of
from bporoute.routing._outcome import Action
from bporoute.routing._tables._evidence import Evidence
from bporoute.routing._token import Token
from bporoute.routing.ledger._marks import PLAIN

OVERFLOW = Action.OVERFLOW


def minted(contact: Contact, action: Action, destination: str | None, evidence: Evidence) -> str:
    """The token of a decision; empty where there is nothing to settle."""
    page, line = evidence.page, evidence.line
    if not page.first or destination is None:
        return ""
    basis, request = evidence.basis, evidence.profile.request
    ledger = basis.ledger
    marks, contacts = ledger.marks, ledger.open_contacts
    mark_of, sent, told = marks.of, action is OVERFLOW, page.told
    number, at = page.first + line, told[line, page.ways, columns.AT]
    alone = sent or basis.center.queues[destination].concurrency == 1
    place = contacts.keep(page, line) if alone else contacts.keep_shared(page, line)
    type_says_all = (
        not (contact.data or contact.skills or contact.country or contact.value_class)
        and contact.language == request.language
        and contact.type == request.type
    )
    kind = PLAIN if type_says_all else marks.of_kind[kind_of(contact)]
    who, what, language = mark_of[destination], mark_of[request.type], mark_of[request.language]
    luck, left_out = told[line, page.ways, columns.NOTED_LUCK], basis.left_out
    if luck == 0.0 and not left_out:  # as nearly always
        return ledger.seal.plain(sent, number, place, at, who, what, language, kind)
    out = tuple([mark_of[name] for name in left_out])
    arrived = evidence.arrived
    return ledger.seal.text(Token(number, place, at, sent, who, what, language, kind, arrived, luck, out))
