"""What an engine is told of a decision."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bporoute.center._odd_names import near_name
from bporoute.errors import shown
from bporoute.routing._decision import Decision


class Answer(msgspec.Struct, frozen=True):
    """A decision in the few words that an engine needs; empty texts where there is nothing to say.

    Attributes
    ----------
    action : str
        ``keep``, ``overflow``, ``callback`` or ``reject``; ``none`` if nobody is left to divert to.
    destination : str
        The queue or vendor that takes the contact.
    address : str
        Where that is in the engine: from configuration.
    token : str
        By which the end of the contact is told, see `Decision.token`.
    degraded : str
        What the router could not know when it decided.
    """

    action: str
    destination: str = ""
    address: str = ""
    token: str = ""
    degraded: str = ""


NOBODY = Answer("none")
"""Nobody else may take the contact: do what the center's fallback says."""


def answer_of(decision: Decision | None, destinations: Mapping[str, str] | None = None) -> Answer:
    """What an engine is told of a `decision`; of None, that nobody is left.

    `destinations` has the address of each queue and vendor; None: the engine knows them by name.

    Examples
    --------
    >>> from bporoute import Center, Contact, ContactType, Queue, Router
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> router = Router(center, compile=False)
    >>> answer = answer_of(router.route(Contact("service")), {"service": "sip:service@10.0.0.5"})
    >>> answer.action, answer.destination, answer.address, len(answer.token)
    ('keep', 'service', 'sip:service@10.0.0.5', 72)
    >>> answer_of(None).action
    'none'
    """
    if decision is None:
        return NOBODY
    destination = decision.destination or ""
    return Answer(
        str(decision.action),
        destination,
        "" if destinations is None else destinations.get(destination, ""),
        decision.token,
        _degraded(decision),
    )


def _degraded(decision: Decision) -> str:
    """What the router could not know; of a type that the center does not have, that it has none such."""
    said, evidence = decision.degraded, decision.evidence
    if not said or evidence.chosen >= 0 or evidence.profile.request.contact_type is not None:
        return said
    told = decision.contact.type
    near = near_name(told, evidence.basis.center.contact_types) if isinstance(told, str) else ""
    none = f"the center has no contact type {shown(told)}" if told else "the contact has no type"
    return "; ".join((f"{none}{near and f': {near}'}", said))
