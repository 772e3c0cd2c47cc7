"""TaskRouter: tasks are offered to workers, and its events tell how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown
from bporoute.routing._router import Router
from bporoute.telephony._again import Again
from bporoute.telephony._answer import answer_of
from bporoute.telephony._counts import Counts
from bporoute.telephony._destinations import Destinations, kind_of
from bporoute.telephony._endings import Endings
from bporoute.telephony.twilio._twiml import KINDS, with_query

MARK = "bporoute_"
"""What attributes of a task begin with that are the router's."""
_EVENTS = {
    "task.completed": "completed",
    "task.wrapup": "completed",
    "task.canceled": "canceled",
    "workflow.timeout": "no-answer",
}
"""Events that end a task -> the word that <Dial> has for it."""
KEPT: Mapping[str, Any] = {"instruction": "dequeue"}
"""What is done with a task that its worker takes: the call goes to the worker's ``contact_uri``."""


class Tasks:
    """The webhooks of a workflow and a workspace: who takes a task, and how it ended; nothing raises.

    A task that `Voice` has queued knows where it goes and by which token; any other is decided when it is
    offered for the first time. A destination that is a task queue (``WQ...``) takes what is offered there;
    what is to go elsewhere is refused, so that the workflow goes on to where that is. One that is a number or
    a SIP URI is called.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : mapping of str to str
        Queue or vendor -> the id of its task queue, a number or a SIP URI.
    send_url : str
        The URL at which `Voice.send` is asked, as the world sees it.
    endings : Endings or None
        What the words of <Dial> mean; None: as `bporoute.telephony.Endings` has it.
    kept : mapping
        The instruction for a worker who takes the task.

    Raises
    ------
    InputError
        If one of them is not what it should be.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Queue
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> tasks = Tasks(Router(center, compile=False), {"service": "WQ01"}, "https://route.example/send")
    >>> offer = {"TaskSid": "WT01", "TaskQueueSid": "WQ01", "TaskAttributes": '{"type": "service"}'}
    >>> tasks.assignment(offer)
    {'instruction': 'dequeue'}
    """

    def __init__(
        self,
        router: Router,
        destinations: Mapping[str, str],
        send_url: str,
        *,
        endings: Endings | None = None,
        kept: Mapping[str, Any] = KEPT,
    ) -> None:
        if not isinstance(router, Router):
            raise InputError("router", shown(router), "a Router")
        if not isinstance(send_url, str) or not send_url.startswith(("https://", "http://")):
            raise InputError("send_url", shown(send_url), "a URL that begins with https://")
        self.router, self.send_url = router, send_url
        self.destinations = Destinations(destinations, router.center, *KINDS)
        self.endings = Endings() if endings is None else endings
        self._counts = Counts("twilio")
        self._kept = dict(kept)
        self._again: Again[tuple[str, str]] = Again(3_600.0)

    @property
    def faults(self) -> int:
        """Requests at which something went wrong here; the log has a line a minute about each thing."""
        return sum(self._counts.all.values())

    def assignment(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The instruction for a reservation, as a workflow's assignment callback asks."""
        try:
            attributes = _attributes(form)
            name, token = self._decided(form, attributes)
            address, call = self.destinations.get(name, ""), attributes.get("call_sid", "")
            if kind_of(address, KINDS) in ("number", "sip") and isinstance(call, str) and call:
                url = with_query(self.send_url, {"to": name, "token": token})
                return {"instruction": "redirect", "call_sid": call, "url": url, "accept": True}
            if address.startswith("WQ") and address != form.get("TaskQueueSid"):
                return {"instruction": "reject"}
        except Exception as failure:  # the worker takes it
            self._fault("a task was not decided", failure)
        return dict(self._kept)

    def event(self, form: Mapping[str, str]) -> bool:
        """Settle by an event of the workspace; whether it was the end of a task that is known."""
        try:
            word, attributes = _EVENTS.get(form.get("EventType", "")), _attributes(form)
            token = attributes.get(MARK + "token") or self._known(form)[1]
            outcome = self.endings.of("twilio", word) if word else None
            if outcome is None or not isinstance(token, str) or not token:
                return False
            self.router.settle(token, outcome)
            return True
        except Exception as failure:
            self._fault("an event was not read", failure)
            return False

    def _decided(self, form: Mapping[str, str], attributes: Mapping[str, Any]) -> tuple[str, str]:
        """Who takes a task, and its token: as its attributes say, or decided now, once."""
        name, token = attributes.get(MARK + "destination"), attributes.get(MARK + "token")
        if isinstance(name, str) and isinstance(token, str) and name in self.destinations:
            return name, token
        task = form.get("TaskSid", "")
        contact = Contact.of({**attributes, "id": task})
        return self._again.once(task, lambda: self._route(contact)) if task else self._route(contact)

    def _route(self, contact: Contact) -> tuple[str, str]:
        answer = answer_of(self.router.route(contact), self.destinations)
        return answer.destination, answer.token

    def _known(self, form: Mapping[str, str]) -> tuple[str, str]:
        """What was decided here of a task before; nothing is decided now."""
        known = self._again.known(form.get("TaskSid", ""))
        return ("", "") if known is None else known.answer

    def _fault(self, what: str, failure: Exception) -> None:
        self._counts.fault(what, f"{what}: {type(failure).__name__}: {shown(failure)}")


def _attributes(form: Mapping[str, str]) -> dict[str, Any]:
    """The attributes of a task; none if they are no JSON object."""
    try:
        read = msgspec.json.decode(form.get("TaskAttributes") or "{}")
    except (ValueError, RecursionError):  # what is no JSON is a ValueError, too
        return {}
    return read if isinstance(read, dict) else {}
