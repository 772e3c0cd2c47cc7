"""Voice: a call comes in, is sent somewhere, and how that ended is told by the next webhook."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import Action
from bporoute.routing._router import Router
from bporoute.telephony._again import Again
from bporoute.telephony._answer import answer_of
from bporoute.telephony._counts import Counts
from bporoute.telephony._destinations import Destinations
from bporoute.telephony._endings import Endings
from bporoute.telephony.twilio._twiml import HANG_UP, KINDS, connect, redirect, response, with_query

INSTEAD = ("callback", "reject", "none")
"""Actions for which there may be a document of one's own."""


class Voice:
    """The webhooks of a number: who is called, and who is next if that fails. Nothing here raises.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : mapping of str to str
        Queue or vendor -> a number (<Number>), a SIP URI (<Sip>), the name of a queue or the id of a workflow
        of TaskRouter, ``WW...`` (<Enqueue>).
    ended_url : str
        The URL at which `ended` is asked, as the world sees it.
    timeout : int
        Seconds that a vendor may let it ring, in [5, 600].
    caller_id : str
        Number shown to who is called; empty: the caller's.
    endings : Endings or None
        What ``DialCallStatus`` means; None: as `bporoute.telephony.Endings` has it.
    instead : mapping of str to str
        URL of a document of one's own for ``callback``, ``reject`` and ``none`` (nobody is left).
    otherwise : str
        Queue that takes calls where nothing else is known: at a fault here, or if nobody is left; empty: the
        first of the center.
    again_within : float
        Seconds within which a request that comes again gets the answer of before.

    Raises
    ------
    InputError
        If one of them is not what it should be.

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
    >>> router.state["service"].update(agents=42, busy=42, waiting=9)
    >>> voice = Voice(router, {"service": "own", "nord": "+3726123456"}, "https://route.example/ended")
    >>> twiml = voice.decide({"CallSid": "CA01", "FromCountry": "SE"}, {"type": "service"})
    >>> twiml[-59:]
    'timeout="20"><Number>+3726123456</Number></Dial></Response>'
    """

    def __init__(
        self,
        router: Router,
        destinations: Mapping[str, str],
        ended_url: str,
        *,
        timeout: int = 20,
        caller_id: str = "",
        endings: Endings | None = None,
        instead: Mapping[str, str] | None = None,
        otherwise: str = "",
        again_within: float = 60.0,
    ) -> None:
        if not isinstance(router, Router):
            raise InputError("router", shown(router), "a Router")
        if not isinstance(timeout, int) or not 5 <= timeout <= 600:
            raise InputError("timeout", shown(timeout), "whole seconds from 5 to 600")
        for where, url in (("ended_url", ended_url), *(instead or {}).items()):
            if not (isinstance(url, str) and url.startswith(("https://", "http://")) and url.isprintable()):
                raise InputError(where, shown(url), "a URL that begins with https://")
        if unknown := [action for action in instead or {} if action not in INSTEAD]:
            raise InputError("instead", shown(unknown[0]), f"of {', '.join(INSTEAD)}")
        self.router, self.ended_url = router, ended_url
        self.destinations = Destinations(destinations, router.center, *KINDS)
        self.endings = Endings() if endings is None else endings
        self._counts = Counts("twilio")
        self._timeout, self._caller_id, self._instead = timeout, caller_id, dict(instead or {})
        self._otherwise = otherwise or next(iter(router.center.queues))
        if self._otherwise not in self.destinations:
            raise InputError("otherwise", shown(otherwise), f"of {', '.join(self.destinations)}")
        self._again: Again[str] = Again(again_within)

    @property
    def faults(self) -> int:
        """Requests at which something went wrong here; the log has a line a minute."""
        return sum(self._counts.all.values())

    def decide(self, form: Mapping[str, str], query: Mapping[str, str] | None = None) -> str:
        """TwiML for a call that has come in.

        Parameters
        ----------
        form : mapping of str to str
            What Twilio has sent: ``CallSid`` and ``FromCountry`` are looked at.
        query : mapping of str to str or None
            Of the URL, which you have configured at Twilio: ``type``, ``language`` and what else
            `Contact.of` reads. No caller can change it.
        """
        call = form.get("CallSid", "")
        told = {"country": form.get("FromCountry", ""), **(query or {}), "id": call}
        return self._once(("decide", call), bool(call), lambda: self._decide(told))

    def ended(self, form: Mapping[str, str], query: Mapping[str, str]) -> str:
        """TwiML for a call that comes back from where it was sent: settled, or sent on.

        Parameters
        ----------
        form : mapping of str to str
            What Twilio has sent: ``DialCallStatus`` and ``DialCallDuration``, or ``QueueResult`` and
            ``QueueTime``.
        query : mapping of str to str
            Of the URL: the ``token``.
        """
        token = query.get("token", "")
        key = ("ended", form.get("CallSid", ""), token)
        return self._once(key, bool(token), lambda: self._settle_or_go_on(form, token))

    def send(self, query: Mapping[str, str]) -> str:
        """TwiML that sends a call where a query says, by name: ``to`` and ``token``, as `Tasks` have it."""
        name = query.get("to", "")
        if name not in self.destinations:
            name = self._otherwise
        return response(self._connect(name, query.get("token", "")))

    def _decide(self, told: Mapping[str, str]) -> str:
        decision = self.router.route(Contact.of(told))
        if decision.action == Action.REJECT and "reject" not in self._instead:
            return response("<Reject/>")  # as long as nobody has answered; the call costs nothing
        return self._go_to(decision)

    def _settle_or_go_on(self, form: Mapping[str, str], token: str) -> str:
        word = form.get("DialCallStatus") or form.get("QueueResult", "")
        outcome = self.endings.of("twilio", word) if word else None
        if outcome is None or not token:  # nobody knows what has happened, or where: nothing is counted
            return response(HANG_UP)
        if outcome == "answered" or outcome == "abandoned":
            wait, handle = _seconds(form.get("QueueTime")), _seconds(form.get("DialCallDuration"))
            self.router.settle(token, outcome, wait, handle)
            return response(HANG_UP)
        return self._go_to(self.router.divert(token, word, outcome=outcome))

    def _go_to(self, decision: Decision | None) -> str:
        answer = answer_of(decision, self.destinations)
        if answer.action in self._instead:
            return response(redirect(self._instead[answer.action]))
        if answer.action == "reject":
            return response(HANG_UP)
        return response(
            self._connect(answer.destination if answer.address else self._otherwise, answer.token)
        )

    def _connect(self, name: str, token: str) -> str:
        told = {"bporoute_destination": name, "bporoute_token": token}
        action = with_query(self.ended_url, {"token": token})
        return connect(self.destinations[name], action, self._timeout, self._caller_id, told)

    def _once(self, key: tuple[str, ...], known: bool, answer: Callable[[], str]) -> str:
        """The answer, or the one of before; at a fault the call stays in-house."""
        try:
            return self._again.once(repr(key), answer) if known else answer()
        except Exception as failure:
            self._counts.fault("calls", f"a call was not decided: {type(failure).__name__}: {shown(failure)}")
            return response(self._connect(self._otherwise, ""))


def _seconds(told: object) -> float | None:
    """Seconds as a form has them; None: none."""
    return float(told) if isinstance(told, str) and told.isascii() and told.isdigit() else None
