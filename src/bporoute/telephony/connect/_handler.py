"""The Lambda function: answers a flow with a flat map of texts, and settles by records."""

from __future__ import annotations

from collections.abc import Mapping

from bporoute._base.logger import WARNING, say
from bporoute.errors import InputError, shown
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import OUTCOMES, Outcome
from bporoute.routing._router import Router
from bporoute.routing._state import Snapshot
from bporoute.telephony._again import Again
from bporoute.telephony._answer import Answer, answer_of
from bporoute.telephony._counts import Counts
from bporoute.telephony._destinations import Destinations, kind_of
from bporoute.telephony._endings import Endings
from bporoute.telephony._settled import refused_since, settle
from bporoute.telephony.connect._records import Ended, ended, is_report
from bporoute.telephony.connect._told import Told, told

SETTLED = "settled"
KINDS = ("number", "queue")
"""What an address is in Amazon Connect: a number to transfer to, or the id or ARN of a queue."""
FAULT = Answer("keep", degraded="a fault, see the log")
"""What a flow is told if anything went wrong here: it goes on as if nobody had been asked."""
MOST_KNOWN = 65_536
"""Contacts whose token is remembered, for reports that do not have it."""


class Handler:
    """Amazon Connect's function: call it with an event and a context; it never raises.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : mapping of str to str
        Queue or vendor -> the id or ARN of a queue, or a number to transfer to.
    endings : Endings or None
        What disconnect reasons mean; None: as `bporoute.telephony.Endings` has it.
    again_within : float
        Seconds within which an event that comes again gets the answer of before.

    Attributes
    ----------
    router : Router
        Who decides.
    destinations : dict of str to str
        Where each queue and vendor is.
    endings : Endings
        What disconnect reasons mean.

    Raises
    ------
    InputError
        If there is no router, or an address is missing or none.
    """

    def __init__(
        self,
        router: Router,
        destinations: Mapping[str, str],
        *,
        endings: Endings | None = None,
        again_within: float = 60.0,
    ) -> None:
        if not isinstance(router, Router):
            raise InputError("router", shown(router), "a Router")
        self.router = router
        self.destinations = Destinations(destinations, router.center, *KINDS)
        self.endings = Endings() if endings is None else endings
        self._counts = Counts("connect")
        self._again: Again[dict[str, str]] = Again(again_within)
        self._tokens: dict[str, str] = {}

    @property
    def faults(self) -> int:
        """Events at which something went wrong here; the log has a line a minute."""
        return sum(self._counts.all.values())

    def __call__(self, event: object, context: object = None) -> dict[str, str]:
        """Answer an event: of a flow, of EventBridge, or a batch of records of Kinesis."""
        try:
            if is_report(event):
                return self._settle_all(event)
            asked = told(event)
            key = (asked.contact.id, asked.do, asked.token, asked.ended, asked.contact.type)
            if not asked.contact.id or asked.do == "preview":
                return self._answer(asked)
            return self._again.once(repr(key), lambda: self._answer(asked))
        except Exception as failure:  # the call goes on
            what = f"{type(failure).__name__}: {shown(failure)}"
            self._counts.fault("events", f"an event was not answered: {what}")
            return _flat(FAULT)

    def _answer(self, asked: Told) -> dict[str, str]:
        match asked.do:
            case "route" | "preview":
                decide = self.router.route if asked.do == "route" else self.router.preview
                return self._said(decide(asked.contact, self._snapshot(asked)), asked)
            case "divert":
                reason = asked.ended or "failed"
                outcome = self._outcome(reason) or "failed"
                if outcome == "answered" or outcome == "abandoned":
                    return self._settled(asked.token, reason, asked.wait, asked.handle)
                # By the token alone, if that is all that came: its contact is known by it.
                contact = asked.contact if asked.contact.type else None
                before = self.router.refused_tokens
                second = self.router.divert(
                    asked.token, reason, self._snapshot(asked), contact=contact, outcome=outcome
                )
                if second is None and (why := refused_since(before, self.router.refused_tokens)):
                    return _flat(Answer("none", degraded=f"token refused: {why}"))
                return self._said(second, asked)
            case "settle":
                return self._settled(asked.token, asked.ended, asked.wait, asked.handle)
        found = shown(asked.do)
        say([(WARNING, f"connect: Parameters.do is {found}; known: route, preview, divert, settle")])
        return _flat(FAULT)

    def _said(self, decision: Decision | None, asked: Told) -> dict[str, str]:
        answer = answer_of(decision, self.destinations)
        if asked.do != "preview" and asked.contact.id and answer.token:
            while len(self._tokens) >= MOST_KNOWN:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[asked.contact.id] = answer.token
        return _flat(answer)

    def _snapshot(self, asked: Told) -> Snapshot | None:
        """What is true of the contact's queue, as the flow tells it; None: as the router knows it."""
        kind = self.router.center.contact_types.get(asked.contact.type)
        return None if asked.state is None or kind is None else Snapshot(**{kind.queue: asked.state})

    def _outcome(self, word: str) -> Outcome | None:
        """An outcome, said as one or as a disconnect reason."""
        named = [outcome for outcome in OUTCOMES if outcome == word.lower()]
        return named[0] if named else self.endings.of("connect", word)

    def _settled(
        self, token: str, word: str, wait: float | None, handle: float | None, served: bool = True
    ) -> dict[str, str]:
        outcome = self._outcome(word)
        if outcome is None:
            return {"action": "none", "owed": "", "refused": "unknown ending, see the log"}
        if outcome == "answered" and not served:
            outcome = "abandoned"
        owed, refused = settle(self.router, token, outcome, wait, handle)
        return {"action": "none" if refused else SETTLED, "owed": f"{owed:.6f}", "refused": refused}

    def _settle_all(self, event: object) -> dict[str, str]:
        settled = 0
        for contact in ended(event):
            settled += self._settle_one(contact)
        return {"action": SETTLED, "contacts": str(settled)}

    def _settle_one(self, contact: Ended) -> bool:
        token = contact.token or self._tokens.get(contact.contact, "")
        if not token:
            return False
        said = self._settled(token, contact.reason, contact.wait, contact.handle, contact.served)
        return said["action"] == SETTLED


def handler(
    router: Router,
    destinations: Mapping[str, str],
    *,
    endings: Endings | None = None,
    again_within: float = 60.0,
) -> Handler:
    """A Lambda handler for Amazon Connect, see `Handler`: ``(event, context) -> dict[str, str]``.

    Raises
    ------
    InputError
        If there is no router, or an address is missing or none.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Contract, Queue, Vendor
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)},
    ...     contact_types={"service": ContactType(queue="service")},
    ...     vendors={"nord": Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...                             contract=Contract(price_per_contact=4.5))},
    ... )
    >>> router = Router(center, policy="QueueLength(8)", compile=False)
    >>> lambda_handler = handler(router, {"service": "arn:own", "nord": "+3726123456"})
    >>> flow = {"do": "route", "type": "service", "agents": "42", "available": "0", "waiting": "9"}
    >>> answer = lambda_handler({"Details": {"ContactData": {"ContactId": "c-1"}, "Parameters": flow}}, None)
    >>> answer["action"], answer["destination"], answer["address"], answer["kind"]
    ('overflow', 'nord', '+3726123456', 'number')
    >>> report = {"ContactId": "c-1", "DisconnectReason": "AGENT_DISCONNECT", "Agent": {}, "Queue": None,
    ...           "TransferCompletedTimestamp": "2026-11-23T10:00:09Z"}
    >>> lambda_handler(report, None), router.usage("nord").spent
    ({'action': 'settled', 'contacts': '1'}, 4.5)
    """
    return Handler(router, destinations, endings=endings, again_within=again_within)


def _flat(answer: Answer) -> dict[str, str]:
    """An answer as a flow can take it: texts only."""
    return {
        "action": answer.action,
        "destination": answer.destination,
        "address": answer.address,
        "kind": kind_of(answer.address, KINDS),
        "token": answer.token,
        "degraded": answer.degraded,
    }
