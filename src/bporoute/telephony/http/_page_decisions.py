"""The last decisions on the page for people, each with its explanation, and the search among them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from urllib.parse import urlencode

import msgspec

from bporoute._base.markup import Markup, element
from bporoute.center._contact import Contact
from bporoute.center._contact_told import as_told
from bporoute.routing._decision import Decision
from bporoute.telephony.http._page_words import legible, money, on_the_clock

MOST_LISTED = 50
"""Decisions that are listed, the newest first."""
LONGEST_SEARCH = 200
"""Characters of a search that are looked at."""
MOST_OPEN = 3
"""Decisions found that show their explanation without being asked."""
LINES, MOST_LINES, LONGEST_LINE = 40, 1_000, 400
"""Lines of an explanation in a list, and of one that was searched for; characters of a line."""


def found(recent: Iterable[Decision], find: str, hidden: bool) -> list[Decision]:
    """Decisions on contacts whose id holds a text, or all if it is empty; the newest first.

    Where ids are `hidden`, only those whose id is the text: what is not known is not found out.
    """
    told = list(recent)[::-1]
    if not find:
        return told
    wanted = legible(find)
    if hidden:
        return [each for each in told if _id_of(each.contact) == wanted]
    return [each for each in told if wanted in _id_of(each.contact)]


def without_id(decision: Decision) -> Decision:
    """The same decision on a contact without an id, and without the complaints about it."""
    contact = decision.contact
    unread = tuple(each for each in contact.unread if not str(each).startswith("contact.id"))
    nameless = msgspec.structs.replace(contact, id="", unread=unread)
    return msgspec.structs.replace(decision, contact=nameless)


def listed(
    decisions: Sequence[Decision], zone: tzinfo, *, opened: bool, hidden: bool, paused: bool
) -> Iterator[Markup]:
    """The list, decision by decision."""
    if not decisions:
        yield element("p", "None.")
        return
    opened = opened and len(decisions) <= MOST_OPEN
    yield Markup("<ol>")
    for decision in decisions[:MOST_LISTED]:
        yield _item(decision, zone, opened, hidden, paused)
    yield Markup("</ol>")


def _item(decision: Decision, zone: tzinfo, opened: bool, hidden: bool, paused: bool) -> Markup:
    if hidden:
        decision = without_id(decision)
    contact, currency = decision.contact, decision.evidence.basis.center.currency
    name = "id hidden" if hidden else _id_of(contact) or "no id"
    kind = legible(str(contact.type)) or "no type"
    language = f" ({legible(str(contact.language))})" if contact.language else ""
    goes = f"{decision.action} {legible(decision.destination or '')}".strip()
    cost = f", {money(decision.cost, currency)}" if math.isfinite(decision.cost) else ""
    degraded = [element("span", ", degraded", class_="bad")] if decision.degraded else []
    summary = element(
        "summary",
        element("span", on_the_clock(decision.at, zone), class_="time"),
        " ",
        element("bdi", name),
        ", ",
        element("bdi", f"{kind}{language}", class_="faint"),
        ": ",
        element("strong", goes),
        cost,
        *degraded,
    )
    lines = decision.explain().split("\n")
    most = MOST_LINES if opened else LINES
    text = "\n".join(legible(line, LONGEST_LINE) for line in lines[:most])
    if len(lines) > most:
        text += f"\n  ... {len(lines) - most} more lines, which a search for this contact shows"
    told = {"open": "open"} if opened else {}
    # A browser closes what was opened when the page comes again, but not what a search has found.
    whole = type(contact.id) is str and len(contact.id) <= LONGEST_SEARCH and not opened
    asked = {"find": contact.id if whole else "", **({"pause": "1"} if paused else {})}
    address = f"?{urlencode(asked, errors='replace')}"
    alone = [element("a", "This contact alone", href=address, class_="control")] if asked["find"] else []
    return element("li", element("details", summary, element("pre", text), *alone, **told))


def _id_of(contact: Contact) -> str:
    told = contact.id
    return legible(told) if type(told) is str else legible(as_told(contact).id)
