"""Contacts that end by their token, and whether anything changed by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bporoute.routing._outcome import Outcome
from bporoute.routing._router import Router

NO_TOKEN = "no token: there is nothing to settle"


class SettledBy(NamedTuple):
    """What became of a token.

    Attributes
    ----------
    owed : float
        Money that the vendor is owed for its contact.
    refused : str
        Why nothing changed, as `Router.refused_tokens` has it, or that there was no token; empty: it did.
    """

    owed: float
    refused: str


def settle(
    router: Router, token: str, outcome: Outcome, wait: float | None = None, handle: float | None = None
) -> SettledBy:
    """Settle a contact by its token.

    >>> from bporoute import Center, Contact, ContactType, Queue
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> router = Router(center, compile=False)
    >>> token = router.route(Contact("service")).token
    >>> settle(router, token, "answered"), settle(router, token, "answered").refused
    (SettledBy(owed=0.0, refused=''), 'settled')
    """
    if not token:
        return SettledBy(0.0, NO_TOKEN)
    before = router.refused_tokens
    owed = router.settle(token, outcome, wait=wait, handle=handle)
    return SettledBy(owed, refused_since(before, router.refused_tokens))


def refused_since(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    """The reason by which a token was refused between two looks at `Router.refused_tokens`; empty: none was.

    >>> refused_since({"forged": 1}, {"forged": 1, "settled": 1})
    'settled'
    """
    return next((why for why, count in now.items() if count > before.get(why, 0)), "")
