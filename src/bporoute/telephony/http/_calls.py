"""What each call does at the router: fields in, status and answer out; the caller always gets one."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bporoute._base.logger import WARNING, say
from bporoute._base.words import did_you_mean
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.center._header_map import NOTHING
from bporoute.errors import InputError, shown
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import NOT_TAKEN, OUTCOMES, Action, Outcome
from bporoute.routing._router import Router
from bporoute.telephony._again import Again, digested
from bporoute.telephony._answer import answer_of
from bporoute.telephony._endings import Endings
from bporoute.telephony._settled import NO_TOKEN, SettledBy, refused_since, settle
from bporoute.telephony.http._bodies import (
    DivertRequest,
    HealthAnswer,
    PreviewAnswer,
    QueueTold,
    Rejected,
    RouteAnswer,
    SettleAnswer,
    SettleRequest,
    StateAnswer,
    StateRequest,
    VendorTold,
)
from bporoute.telephony.http._metrics import Metrics
from bporoute.telephony.http._reading import Fields, is_true, names_told, nested, read, spelled

if TYPE_CHECKING:  # not there on Windows
    from bporoute.telephony._again_shared import SharedAgain

MOST_RECENT = 200
"""Decisions that the page for people shows."""
SAME_WITHIN = 600.0
"""Seconds within which who asks again gets the answer of before."""
MOST_UNKNOWN = 1_000
"""Names that nobody has, of which each is said once."""
LONGEST_ID = 200
LONGEST_KIND = 1_000
"""Characters told of a contact beside its id; up to so many, contacts that are alike are read once."""
_OF_THE_CALL = frozenset(("exclude", "explain", "format"))
Answered = tuple[int, msgspec.Struct]


class Recent(NamedTuple):
    """A decision that was made a short time ago, and the token that it was answered with."""

    decision: Decision
    token: str


class Calls:
    """The calls of one router.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : mapping of str to str or None
        Queue or vendor -> its address.
    endings : Endings
        What the words of engines mean.
    metrics : Metrics
        Where it is counted.
    workers : int
        Processes that are forked from this one, and know each other's answers.

    Attributes
    ----------
    recent : deque of Recent
        The last decisions, the latest last.
    again : Again or SharedAgain
        Answers of before, for whoever asks again.
    """

    def __init__(
        self,
        router: Router,
        destinations: Mapping[str, str] | None,
        endings: Endings,
        metrics: Metrics,
        workers: int = 1,
    ) -> None:
        self.router, self.destinations = router, destinations
        self.endings, self.metrics = endings, metrics
        self.recent: deque[Recent] = deque(maxlen=MOST_RECENT)
        self.again: Again[Any] | SharedAgain[Any] = Again(SAME_WITHIN) if workers == 1 else _shared()
        self._unknown: set[str] = set()

    def route(self, fields: Fields, texts: bool) -> Answered:
        """Decide a contact, and count it; whatever it is, there is an answer."""
        exclude = names_told(fields.get("exclude"))
        try:
            contact = contact_told(fields)
            explain = is_true(fields.get("explain"))
            out = digested("\0".join(exclude).encode("utf-8", "replace")) if exclude else b""
            if not contact.id:
                return 200, self._routed(contact, exclude, explain=explain)
            key, asked = f"id {contact.id}", (contact, out, explain)
            with self.again.alone(key):
                if (known := self.again.known(key)) and self.again.is_same(known, asked):
                    self.metrics.note("repeated_total")
                    return 200, msgspec.structs.replace(known.answer, repeated=True)
                answer = self._routed(contact, exclude, explain=explain)
                self.again.keep(key, answer, asked)
                self.again.keep(f"sent {answer.token}", contact)
        except Exception as fault:
            self._fault("route", fault)
            return 200, self._in_house(fields, fault)
        return 200, answer

    def preview(self, fields: Fields, texts: bool) -> Answered:
        """What `route` would answer now, and why; nothing is counted."""
        exclude = names_told(fields.get("exclude"))
        decision = self.router.preview(contact_told(fields), exclude=exclude)
        answer = self._answer(decision, PreviewAnswer, explain=True)
        answer.rejected = [
            Rejected(each.destination, each.reason.rule, each.reason.text) for each in decision.rejected
        ]
        return 200, answer

    def divert(self, fields: Fields, texts: bool) -> Answered:
        """Settle what has failed, and say where else the contact goes."""
        request = read(fields, DivertRequest, texts=texts)
        key = f"token {request.token}"
        with self.again.alone(key):
            if known := self.again.known(key):
                self.metrics.note("repeated_total")
                return 200, known.answer
            return self._diverted(request, key)

    def _diverted(self, request: DivertRequest, key: str) -> Answered:
        failed: str = request.failed
        outcome: Outcome = request.outcome
        if request.ending is not None:
            outcome = self.endings.of(request.engine, request.ending) or outcome
            failed = failed or f"{request.engine} {request.ending}"
        if outcome not in NOT_TAKEN:  # nobody is left to be sent on
            self._settled(request.token, outcome, None, None)
            return 200, RouteAnswer(action="none", degraded=f"not diverted: it was {outcome}")
        if not request.token:
            return 200, RouteAnswer(action="none", degraded="no token: there is nothing to divert")
        contact = self._contact_of(request)
        refused = self.router.refused_tokens
        decision = self.router.divert(request.token, failed, contact=contact, outcome=outcome)
        if decision is None:
            if why := refused_since(refused, self.router.refused_tokens):
                self.metrics.note("refused_tokens_total", reason=why)
            self.metrics.decided("none", "diverted")
            said = f"token refused: {why}" if why else "nobody else may take it"
            answer = RouteAnswer(action="none", degraded=said)
            if not why:
                self._goes_on(key, contact, answer)
            return (503 if why == "busy" else 200), answer
        answer = self._answer(decision, RouteAnswer, explain=is_true(request.explain))
        self.metrics.note("settled_total", outcome=outcome)
        self._counted(decision, answer, diverted=True)
        self._goes_on(key, contact, answer)
        return 200, answer

    def settle(self, fields: Fields, texts: bool) -> Answered:
        """Report how a contact ended."""
        request = read(fields, SettleRequest, texts=texts)
        outcome: Any = request.outcome
        if outcome is None and request.ending is not None:
            outcome = self.endings.of(request.engine, request.ending)
            if outcome is None:
                return 200, SettleAnswer(settled=False, refused=f"unknown ending {shown(request.ending)}")
        if outcome not in OUTCOMES:
            found = "nothing" if outcome is None else shown(outcome)
            raise InputError("outcome", found, did_you_mean(outcome, list(OUTCOMES)))
        if not request.token:
            return 200, SettleAnswer(settled=False, refused=NO_TOKEN)
        owed, why = self._settled(request.token, outcome, request.wait, request.handle)
        currency = self.router.center.currency
        answer = SettleAnswer(settled=not why, owed=owed, currency=currency, refused=why)
        return (503 if why == "busy" else 200), answer

    def state(self, fields: Fields, texts: bool) -> Answered:
        """Tell what is true of queues and vendors; of names that nobody has nothing is noted."""
        told = nested(spelled(fields) if texts else fields)
        if "queues" not in told and "vendors" not in told:
            raise InputError("body", "no queue and no vendor", "whose state it is: queue=NAME or vendor=NAME")
        request = read(told, StateRequest, texts=texts)
        router, answer = self.router, StateAnswer()
        live: Any
        entry: QueueTold | VendorTold
        for where, several, entries in (
            ("queue", router.state, request.queues),
            ("vendor", router.vendors, request.vendors),
        ):
            for name, entry in entries.items():
                live = several.get(name)
                if live is None:
                    answer.unknown.append(name)
                    self._say_unknown(where, name)
                    continue
                given = msgspec.structs.asdict(entry)
                live.update(
                    at=request.at, **{key: each for key, each in given.items() if each is not msgspec.UNSET}
                )
                answer.told.append(name)
        return (422 if answer.unknown else 200), answer

    def health(self, *, detailed: bool) -> HealthAnswer:
        """How the router is; to whom nobody knows, only whether all is well."""
        status = self.router.status()
        trouble = [status.trouble] if status.trouble else []
        for queue in status.queues:
            if queue.feed != "fresh" and not queue.out:
                trouble.append(f"queue {queue.name}: state {queue.feed}")
            elif queue.trouble:
                trouble.append(f"queue {queue.name}: {queue.trouble}")
        trouble += [f"vendor {each.name}: out: {each.out}" for each in status.vendors if each.out in _FAILING]
        if not detailed:
            return HealthAnswer(ok=not trouble, compiled=status.compiled)
        return HealthAnswer(
            ok=not trouble, compiled=status.compiled, trouble=trouble, open_contacts=status.open_contacts
        )

    def fault(self, call: str, fault: Exception) -> None:
        """Count and say a fault of the program itself."""
        self._fault(call, fault)

    def _routed(self, contact: Contact, exclude: tuple[str, ...], *, explain: bool) -> RouteAnswer:
        router = self.router
        decision = router.route(contact, exclude=exclude) if exclude else router.route(contact)
        answer: RouteAnswer = self._answer(decision, RouteAnswer, explain=explain)
        self._counted(decision, answer)
        return answer

    def _answer(self, decision: Decision, kind: type[Any], *, explain: bool) -> Any:
        told = answer_of(decision, self.destinations)
        return kind(
            action=told.action,
            destination=told.destination,
            address=told.address,
            token=told.token,
            degraded=told.degraded,
            ranked=decision.ranked,
            cost=_finite(decision.cost),
            expected_wait=_finite(decision.expected_wait),
            explain=decision.explain() if explain else "",
        )

    def _counted(self, decision: Decision, answer: RouteAnswer, *, diverted: bool = False) -> None:
        reason = "ranked" if len(answer.ranked) > 1 else "only" if answer.destination else "nobody"
        self.metrics.decided(answer.action, "diverted" if diverted else reason)
        if answer.degraded:
            self.metrics.note("degraded_total")
        self.recent.append(Recent(decision, answer.token))

    def _goes_on(self, key: str, contact: Contact | None, answer: RouteAnswer) -> None:
        """Answer so whoever diverts again, and whoever asks again where the contact is to go."""
        self.again.keep(key, answer)
        if contact is not None and contact.id and answer.token:
            self.again.keep(f"sent {answer.token}", contact)
        if contact is not None and (known := self.again.known(f"id {contact.id}")):
            self.again.keep(f"id {contact.id}", answer, known.asked, known.at)

    def _contact_of(self, request: DivertRequest) -> Contact | None:
        """The contact as it is told, or as it was a short time ago: a token does not have its id."""
        if request.contact is not None:
            return contact_told(request.contact)
        recent = (each.decision.contact for each in self.recent if each.token == request.token)
        if (found := next(recent, None)) is not None:
            return found
        known = self.again.known(f"sent {request.token}")
        return known.answer if known is not None and isinstance(known.answer, Contact) else None

    def _settled(self, token: str, outcome: Any, wait: float | None, handle: float | None) -> SettledBy:
        found = settle(self.router, token, outcome, wait, handle)
        if found.refused:
            self.metrics.note("refused_tokens_total", reason=found.refused)
        else:
            self.metrics.note("settled_total", outcome=outcome)
        return found

    def _in_house(self, fields: Fields, fault: Exception) -> RouteAnswer:
        """The answer where the program itself has failed: its queue takes the contact, uncounted."""
        center = self.router.center
        queue = _queue_of(center, fields.get("type"))
        address = (self.destinations or {}).get(queue, "")
        return RouteAnswer(
            action=str(Action.KEEP),  # type: ignore[arg-type]
            destination=queue,
            address=address,
            degraded=f"a fault in the program: {type(fault).__name__}; not counted",
        )

    def _fault(self, call: str, fault: Exception) -> None:
        self.metrics.note("faults_total")
        say([(WARNING, f"http: {call} failed: {type(fault).__name__}: {shown(str(fault), 200)}")])

    def _say_unknown(self, where: str, name: str) -> None:
        self.metrics.note("unknown_names_total")
        if name not in self._unknown and len(self._unknown) < MOST_UNKNOWN:
            self._unknown.add(name[:LONGEST_KIND])
            say([(WARNING, f"http: state of {where} {shown(name)}, a name that nobody has")])


def _shared() -> SharedAgain[Any]:
    from bporoute.telephony._again_shared import SharedAgain

    return SharedAgain(SAME_WITHIN, (RouteAnswer, SettleAnswer, Contact))


_FAILING = frozenset(("health", "up"))


def contact_told(fields: Fields) -> Contact:
    """A contact of what a request tells, see `Contact.of`; what is alike is read once.

    >>> contact_told({"type": "service", "language": "sv_SE", "id": "call-1", "format": "text"})
    Contact(type='service', language='sv-SE', id='call-1', data=(), country='', value_class='', due=None, \
skills=(), unread=())
    """
    told = fields.get("id")
    plain = isinstance(told, str) and _is_plain(told)
    others = []
    size = 0
    for key, value in fields.items():
        if key in _OF_THE_CALL or (plain and key == "id"):
            continue
        if type(value) is not str:
            if type(value) is not list or not all(type(each) is str for each in value):
                return Contact.of({key: fields[key] for key in fields if key not in _OF_THE_CALL})
            value = tuple(value)
            size += sum(map(len, value))
        size += len(key) + len(value)
        others.append((key, value))
    if (told is not None and not plain) or size > LONGEST_KIND:
        return Contact.of([*others, ("id", told)] if plain else others)
    kind = _kind(tuple(others))
    if not isinstance(told, str):
        return kind
    return Contact(
        kind.type, kind.language, told, kind.data, kind.country,
        kind.value_class, kind.due, kind.skills, kind.unread,
    )  # fmt: skip


def _is_plain(text: str) -> bool:
    """Whether an id is read as it stands."""
    return (
        text.isprintable()
        and text == text.strip()
        and len(text) <= LONGEST_ID
        and text.lower() not in NOTHING
    )


@lru_cache(maxsize=4_096)
def _kind(told: tuple[tuple[str, Any], ...]) -> Contact:
    return Contact.of(told)


def _queue_of(center: Center, told: object) -> str:
    kind = center.contact_types.get(told) if isinstance(told, str) else None
    return next(iter(center.queues)) if kind is None else kind.queue


def now_of(router: Router) -> float:
    """The time of a router; nan: its clock fails, which the router says itself."""
    try:
        return float(router.clock())
    except Exception:
        return math.nan


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
