"""What an Asterisk channel asks of the router: where to, where else, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bporoute.center._contact import Contact
from bporoute.routing._outcome import OUTCOMES, Outcome
from bporoute.routing._router import Router
from bporoute.telephony._answer import Answer, answer_of
from bporoute.telephony._destinations import Destinations
from bporoute.telephony._endings import Endings

TOKEN, DECIDED_AT = "BPOROUTE_TOKEN", "BPOROUTE_AT"
NOW = "EPOCH"
"""Asterisk's own clock: durations are differences of what it tells."""
_DIALLED = ("DIALSTATUS", "DIALEDTIME", "ANSWEREDTIME")
_QUEUED = ("QUEUESTATUS", "ABANDONED", "QEHOLDTIME")
ENDED = (*_DIALLED, *_QUEUED)
"""Variables by which ``Dial`` and ``Queue`` tell how it went; emptied when a channel goes somewhere anew."""
WRONG_NUMBER = ("1", "28")
"""Causes by which the far end says that there is no such number (SIP: 404, 484), see ITU-T Q.850."""
ASKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "route": (NOW,),
        "divert": (NOW, TOKEN, DECIDED_AT, *ENDED, "HANGUPCAUSE"),
        "settle": (NOW, TOKEN, DECIDED_AT, *ENDED),
    }
)
"""Question -> the channel variables that it rests on."""


class Questions:
    """Answers what channels ask, by a router.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : Destinations or None
        Where the queues and vendors are in Asterisk.
    endings : Endings
        What the words of Asterisk mean.
    """

    def __init__(self, router: Router, destinations: Destinations | None, endings: Endings) -> None:
        self._router = router
        self._destinations = destinations
        self._endings = endings
        self.answers: Mapping[str, Callable[[Mapping[str, str]], Answer | None]] = {
            "route": self.route,
            "divert": self.divert,
            "settle": self.settle,
        }

    def route(self, told: Mapping[str, str]) -> Answer:
        """Where a contact goes."""
        return answer_of(self._router.route(Contact.of(told)), self._destinations)

    def divert(self, told: Mapping[str, str]) -> Answer:
        """Where it goes after it has failed; one that has not failed is settled, and goes nowhere."""
        word, cause = told.get("DIALSTATUS", ""), told.get("HANGUPCAUSE", "")
        outcome = self._endings.of("dialstatus", word) if word else None
        if outcome == "failed" and cause in WRONG_NUMBER:  # ``DIALSTATUS`` has no word for it
            outcome = self._endings.of("q850", cause) or outcome
        if outcome == "answered" or outcome == "abandoned":
            self.settle(told)
            return answer_of(None)
        why = f"{word or 'not dialled'}, cause {cause}" if cause else word
        contact = Contact.of(told) if told.get("type") else None
        first = told.get(TOKEN, "")
        second = self._router.divert(first, failed=why, contact=contact, outcome=outcome or "failed")
        return answer_of(second, self._destinations)

    def settle(self, told: Mapping[str, str]) -> None:
        """Note how it ended."""
        wait, handle = _times(told)
        self._router.settle(told.get(TOKEN, ""), self._outcome(told), wait=wait, handle=handle)

    def take_back(self, token: str) -> None:
        """Nobody has heard what was decided, since the caller, or Asterisk, has gone meanwhile."""
        self._router.settle(token, "undelivered")

    def in_house(self, told: Mapping[str, str]) -> Answer:
        """What is answered where nothing can be decided: the queue of the type, else the center's first."""
        center = self._router.center
        kind = center.contact_types.get(told.get("type", ""))
        queue = next(iter(center.queues)) if kind is None else kind.queue
        address = "" if self._destinations is None else self._destinations.get(queue, "")
        return Answer("keep", queue, address, degraded="nothing could be decided")

    def _outcome(self, told: Mapping[str, str]) -> Outcome:
        """How a channel ended by its dialplan, ``Dial`` or ``Queue``: the first of them that says so."""
        said = told.get("outcome", "")
        if (outcome := next((each for each in OUTCOMES if each == said), None)) is not None:
            return outcome
        if (outcome := self._meant(told, "DIALSTATUS")) is not None:
            return outcome
        if told.get("ABANDONED", "").upper() == "TRUE":
            return "abandoned"
        if (outcome := self._meant(told, "QUEUESTATUS")) is not None:
            return outcome
        return "answered" if "QEHOLDTIME" in told else "abandoned"  # who was never dialled has hung up before

    def _meant(self, told: Mapping[str, str], variable: str) -> Outcome | None:
        """What a variable of the channel says of its end; None: it is not set, or nobody knows the word."""
        word = told.get(variable)
        return self._endings.of(variable.lower(), word) if word else None


def _times(told: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Seconds waited and handled: as the dialplan says, else as ``Dial`` or ``Queue`` have counted them.

    >>> _times({"DIALEDTIME": "194", "ANSWEREDTIME": "180"})
    (14.0, 180.0)
    >>> _times({"QEHOLDTIME": "20", "BPOROUTE_AT": "1700000000", "EPOCH": "1700000200"})
    (20.0, 180.0)
    >>> _times({"wait": "3.5", "handle": "soon"})
    (3.5, None)
    """
    wait, handle = _seconds(told, "wait"), _seconds(told, "handle")
    dialled, answered, held = (_seconds(told, name) for name in ("DIALEDTIME", "ANSWEREDTIME", "QEHOLDTIME"))
    began, now = _seconds(told, DECIDED_AT), _seconds(told, NOW)
    counted: tuple[float | None, float | None] = held, None
    if dialled is not None:
        counted = max(0.0, dialled - (answered or 0.0)), answered
    elif held is not None and began is not None and now is not None:
        counted = held, max(0.0, now - began - held)
    return counted[0] if wait is None else wait, counted[1] if handle is None else handle


def _seconds(told: Mapping[str, str], name: str) -> float | None:
    try:
        seconds = float(told[name])
    except (KeyError, ValueError):
        return None
    return seconds if math.isfinite(seconds) else None
