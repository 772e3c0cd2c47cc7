"""What a decision's token says: minted when somebody asks, so that a decision costs nothing for it."""

from __future__ import annotations

from bporoute._kernels.routing import columns
from bporoute.center._contact import Contact
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
    basis, profile = evidence.basis, evidence.profile
    request = profile.request
    ledger = basis.ledger
    marks, contacts = ledger.marks, ledger.open_contacts
    mark_of, sent, told, state = marks.of, action is OVERFLOW, page.told, page.ways
    number, at = page.first + line, told[line, state, columns.AT]
    alone = sent or basis.center.queues[destination].concurrency == 1
    place = contacts.keep(page, line) if alone else contacts.keep_shared(page, line)
    data, skills, country, value_class = contact.data, contact.skills, contact.country, contact.value_class
    if (
        country
        or skills
        or data
        or value_class
        or contact.language != request.language
        or contact.type != request.type
    ):
        kind = marks.of_kind[contact.type, contact.language, data, country, value_class, skills]
    else:  # type and language say all
        kind = PLAIN
    of_queue = mark_of[profile.outcomes[1][1] or "", request.type]
    who, language = mark_of[destination], mark_of[request.language]
    luck, left_out = told[line, state, columns.NOTED_LUCK], basis.left_out
    if luck == 0.0 and not left_out:  # as nearly always
        return ledger.seal.plain(sent, number, place, at, who, of_queue, language, kind)
    out = tuple([mark_of[name] for name in left_out])
    arrived = evidence.arrived
    return ledger.seal.text(Token(number, place, at, sent, who, of_queue, language, kind, arrived, luck, out))
