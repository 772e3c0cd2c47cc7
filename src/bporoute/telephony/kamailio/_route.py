"""What Kamailio asks of the router for one call: where to, where else, and how it ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from bporoute._base.words import did_you_mean
from bporoute.center._contact import Contact
from bporoute.errors import InputError, shown
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import Action, Outcome
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import NO_SLOT
from bporoute.telephony._counts import Counts
from bporoute.telephony._endings import Endings
from bporoute.telephony.kamailio._asked import Reader, read_contact
from bporoute.telephony.kamailio._carried import (
    NOTHING,
    Carried,
    carried,
    carry,
    drop,
    note_answer,
    returned,
    take_answer,
)

FAILURE, REPLY = "ksr_bporoute_failure", "ksr_bporoute_reply"
"""Methods of the script that Kamailio calls when a call fails, and when a reply comes."""
BEGIN_WITHIN = 5.0
"""Seconds that a worker waits for its place in the ledger, which all ask for at once."""


class Route:
    """Asks the router about the calls of a Kamailio, from its script in Python (KEMI).

    No method raises: a call about which something fails goes in-house, `faults` counts it, the log says it.
    All take Kamailio's module ``KSR``, whose current message is meant. The token of a call is with the call
    itself, so that whichever worker hears of its end settles it.

    Parameters
    ----------
    router : Router
        Who decides. Kamailio's workers need one `SharedLedger`, opened with ``threads=False``.
    destinations : mapping of str to str
        Queue or vendor -> its SIP URI, see `bporoute.telephony.Destinations`. A URI with a user becomes the
        request's; one without is only where the request goes, as it was dialled.
    contact : callable or None
        Makes the `Contact` of a request, given ``KSR``; None: `read_contact` without arguments.
    endings : Endings or None
        What each SIP code means for the vendor; None: as usual.
    fallback : str or None
        The queue that takes a call about which the router fails; None: the first of the center.
    silence : float
        Seconds without any reply after which the next destination is tried, in (0, 3600]. Half a second
        after the first request Kamailio sends it again.
    ringing : float or None
        Seconds after which a destination that has not answered has failed, in (0, 3600]; None: as Kamailio
        is set (``fr_inv_timer``, two minutes).
    clock : callable
        Now, epoch seconds: by it waits and handle times are measured.

    Raises
    ------
    InputError
        If the fallback is no queue of the center or has no address, or a time is out of range.

    Examples
    --------
    Kamailio's script gets one from `load`, see ``examples/kamailio``:

    >>> from bporoute import Center, ContactType, Queue, Router
    >>> from bporoute.telephony import Destinations
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> destinations = Destinations({"service": "sip:service@10.0.0.5"}, center, "sip")
    >>> Route(Router(center, compile=False), destinations, silence=0.8).faults
    0
    """

    def __init__(
        self,
        router: Router,
        destinations: Mapping[str, str],
        *,
        contact: Reader | None = None,
        endings: Endings | None = None,
        fallback: str | None = None,
        silence: float = 1.0,
        ringing: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        queues = list(router.center.queues)
        in_house = queues[0] if fallback is None else fallback
        if in_house not in queues:
            raise InputError("fallback", shown(in_house), did_you_mean(str(in_house), queues))
        if in_house not in destinations:
            raise InputError("destinations", f"no address for {in_house}", "a SIP URI for it")
        for name, seconds in (("silence", silence), ("ringing", ringing)):
            if seconds is not None and not 0.0 < seconds <= 3600.0:
                raise InputError(name, shown(seconds), "seconds in (0, 3600]")
        self.router = router
        self.destinations = destinations
        self._counts = Counts("kamailio")
        self._contact = read_contact() if contact is None else contact
        self._endings = Endings() if endings is None else endings
        self._in_house = in_house
        # 0 is Kamailio's word for: as it is set.
        self._timers = 0 if ringing is None else math.ceil(ringing * 1e3), math.ceil(silence * 1e3)
        self._clock = clock
        self._last = Contact("")

    @property
    def faults(self) -> int:
        """How often something failed in this worker; each call was answered all the same."""
        return sum(self._counts.all.values())

    def child_init(self, rank: int) -> int:
        """A process of Kamailio begins; a worker has its place in the ledger before its first call.

        Parameters
        ----------
        rank : int
            Kamailio's: above 0 that of a worker.

        Returns
        -------
        int
            0: go on.
        """
        if rank > 0:
            try:
                end = time.monotonic() + BEGIN_WITHIN
                self.router.prepare()
                while self.router.ledger.trouble.startswith(NO_SLOT) and time.monotonic() < end:
                    time.sleep(0.01)
                    self.router.prepare()
            except Exception as fault:
                self._note("child_init", fault)
        return 0

    def invite(self, ksr: Any) -> bool:
        """A call begins: decide, and send it there.

        Returns
        -------
        bool
            Whether it was sent. False: nobody takes it, and the center's fallback says so; reply that.
        """
        try:
            if ksr.tm.t_newtran() == 0:  # the same request once more
                return True
            contact = self._contact(ksr)
            sent = self._send(ksr, contact, self.router.route(contact), NOTHING)
        except Exception as fault:
            return self._send_in_house(ksr, "invite", fault)
        self._get_ready(contact)
        return sent

    def reply(self, ksr: Any) -> bool:
        """A reply has come: if it answers the call, note when. Whether that was done."""
        try:
            if 200 <= ksr.pv.get("$rs") < 300 and (call := carried(ksr)).token:
                note_answer(ksr, call, self._clock())
            return True
        except Exception as fault:
            return self._note("reply", fault)

    def failure(self, ksr: Any) -> bool:
        """The destination did not take the call: settle that, and try the next.

        Returns
        -------
        bool
            Whether it was sent elsewhere. False: the caller gets the reply as it is.
        """
        call, over = NOTHING, False
        try:
            call = carried(ksr)
            if not call.token:
                return False
            code = ksr.pv.get("$T_reply_code")
            canceled = ksr.tm.t_is_canceled() > 0
            outcome: Outcome = "abandoned" if canceled else self._endings.of("sip", code) or "failed"
            drop(ksr)
            if outcome == "answered" or outcome == "abandoned":
                over = True
                self.router.settle(call.token, outcome, wait=max(self._clock() - call.since, 0.0))
                return False
            contact = self._contact(ksr)
            second = self.router.divert(call.token, str(code), outcome=outcome, contact=contact)
            return self._send(ksr, contact, second, call)
        except Exception as fault:
            if call.token and not call.kept and not over:
                return self._send_in_house(ksr, "failure", fault)
            return self._note("failure", fault)

    def bye(self, ksr: Any) -> bool:
        """An answered call ends: settle it. Whether the request brought a token back."""
        try:
            token = returned(ksr)
            if not token:
                return False
            wait, handle = take_answer(ksr, token, self._clock())
            self.router.settle(token, "answered", wait=wait, handle=handle)
            self._get_ready(self._last)
            return True
        except Exception as fault:
            return self._note("bye", fault)

    def cancel(self, ksr: Any) -> bool:
        """The caller gives up: pass that on; the call is settled by `failure` when it has ended so.

        Returns
        -------
        bool
            Whether there is such a call.
        """
        try:
            return bool(ksr.tm.t_check_trans() > 0 and ksr.tm.t_relay() > 0)
        except Exception as fault:
            return self._note("cancel", fault)

    def _get_ready(self, contact: Contact) -> None:
        """Do beside calls what is due (news of others, prices), so that the next one is decided at once."""
        self._last = contact
        try:
            self.router.preview(contact)
        except Exception as fault:  # the call that came is where it is to be
            self._note("get ready", fault)

    def _send(self, ksr: Any, contact: Contact, decision: Decision | None, before: Carried) -> bool:
        """Send a call to where it was decided or, where that cannot be done, to the next."""
        call = before
        while decision is not None and decision.destination:
            kept = decision.action == Action.KEEP
            address = self.destinations.get(decision.destination)
            if address is not None:
                if token := decision.token:
                    call = Carried(token, self._clock(), call.sent + 1, call.kept or kept)
                    carry(ksr, call)
                if self._relay(ksr, address):
                    return True
            if not decision.id:
                return False
            reason = "no address" if address is None else "Kamailio cannot send it there"
            decision = self.router.divert(decision, reason, outcome="undelivered", contact=contact)
        drop(ksr)
        center = self.router.center
        if decision is None and center.fallback == "keep" and not call.kept:
            kind = center.contact_types.get(contact.type)
            queue = self._in_house if kind is None else kind.queue
            return self._relay(ksr, self.destinations.get(queue, self.destinations[self._in_house]))
        return False

    def _relay(self, ksr: Any, address: str) -> bool:
        """Send a request to an address, and have its replies and failures heard."""
        pv, tm = ksr.pv, ksr.tm
        if "@" in address:
            pv.sets("$ru", address)
            pv.unset("$du")
        else:
            pv.sets("$ru", pv.get("$ou"))
            pv.sets("$du", address)
        tm.t_on_reply(REPLY)
        tm.t_on_failure(FAILURE)
        tm.t_set_fr(*self._timers)
        try:
            return bool(tm.t_relay() > 0)
        except (
            SystemError
        ) as fault:  # sent, and Kamailio 5.6 looked for a method that the script does not have
            self._note("relay", fault)
            return True

    def _send_in_house(self, ksr: Any, where: str, fault: Exception) -> bool:
        """Send a call about which something failed to the fallback; where it was to go it has not arrived."""
        self._note(where, fault)
        with suppress(Exception):  # one fault is said already
            if token := carried(ksr).token:
                drop(ksr)
                self.router.settle(token, "undelivered")
        try:
            return self._relay(ksr, self.destinations[self._in_house])
        except Exception as other:
            return self._note(where, other)

    def _note(self, where: str, fault: Exception) -> bool:
        """Count a fault and, once a minute, say it."""
        self._counts.fault(where, f"{where} failed: {type(fault).__name__}: {shown(str(fault))}")
        return False
