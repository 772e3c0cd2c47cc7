"""What an event of a flow says, whatever is in it: who asks for what, and what is true of the queue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from bporoute.center._contact import Contact
from bporoute.errors import askable
from bporoute.routing._state import QueueState

MARK = "bporoute_"
"""What attributes of a contact begin with that are meant for the router."""
MOST_TEXT = 1_000
"""Characters of a value that are looked at; a token of usual length has 72."""
_FIELDS = ("type", "language", "data", "country", "value_class", "due", "skills")


class Told(NamedTuple):
    """What a flow asks for.

    Attributes
    ----------
    do : str
        ``route``, ``preview``, ``divert`` or ``settle``.
    contact : Contact
        As the parameters, the attributes and the contact's own data say.
    token, ended : str
        Of which decision, and how that has ended.
    wait, handle : float or None
        Seconds; None: not known.
    state : QueueState or None
        What is true of the queue now, if the flow has asked for its metrics.
    """

    do: str
    contact: Contact
    token: str
    ended: str
    wait: float | None
    handle: float | None
    state: QueueState | None


def told(event: object) -> Told:
    """Read an event; what is not there, or no text, is empty.

    >>> data = {"ContactId": "c-1", "LanguageCode": "sv-SE", "Queue": None}
    >>> given = {"type": "service", "agents": "42", "available": "0", "waiting": "9"}
    >>> found = told({"Details": {"ContactData": data, "Parameters": given}})
    >>> found.do, found.contact.type, found.contact.language, found.contact.id, found.state.waiting
    ('route', 'service', 'sv-SE', 'c-1', 9.0)
    """
    details = table(table(event).get("Details"))
    data, given = table(details.get("ContactData")), table(details.get("Parameters"))
    attributes = table(data.get("Attributes"))
    contact: dict[str, Any] = {"id": text(data.get("ContactId"))}
    for field in _FIELDS:
        contact[field] = text(given.get(field)) or text(attributes.get(MARK + field))
    contact["language"] = contact["language"] or text(data.get("LanguageCode"))
    return Told(
        text(given.get("do")).lower() or "route",
        Contact.of(contact),
        text(given.get("token")) or text(attributes.get(MARK + "token")),
        text(given.get("ended")),
        number(given.get("wait")),
        number(given.get("handle")),
        _state(given),
    )


def table(value: object) -> Mapping[str, Any]:
    """A mapping as it is, anything else as an empty one."""
    value = askable(value)
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """A text without blanks around it, a number as one; anything else is empty.

    >>> text(" sv "), text(7), text(None), text({"nested": 1})
    ('sv', '7', '', '')
    """
    value = askable(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value}"[:MOST_TEXT]
    return value[:MOST_TEXT].strip() if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """A number that a text or a number says; None: none that can be.

    >>> number("3.5"), number(4), number(""), number("soon"), number("nan")
    (3.5, 4.0, None, None, None)
    """
    try:
        found = float(text(value))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _state(given: Mapping[str, Any]) -> QueueState | None:
    """The state of the queue by the metrics that a flow hands over; None if it does not."""
    agents, waiting = number(given.get("agents")), number(given.get("waiting"))
    if agents is None or waiting is None:
        return None
    busy, available = number(given.get("busy")), number(given.get("available"))
    if busy is None:
        busy = agents if available is None else max(agents - available, 0.0)
    return QueueState(agents=agents, busy=busy, waiting=waiting)
