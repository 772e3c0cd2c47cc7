"""The ASGI app: who may ask, how much and for how long, which call it is, and the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from bporoute.errors import InputError, shown
from bporoute.routing._decision import Decision
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import SharedLedger
from bporoute.telephony._again import digested
from bporoute.telephony._counts import Counts
from bporoute.telephony._endings import Endings
from bporoute.telephony.http._bodies import Complaint
from bporoute.telephony.http._calls import Answered, Calls, now_of
from bporoute.telephony.http._gauges import gauge_lines
from bporoute.telephony.http._guard import Guard
from bporoute.telephony.http._keys import OtherError, key_told
from bporoute.telephony.http._metrics import Metrics
from bporoute.telephony.http._openapi import openapi
from bporoute.telephony.http._page import page_headers, page_parts
from bporoute.telephony.http._reading import FORM, JSON, Fields, UnreadableError, fields_told
from bporoute.telephony.http._writing import TEXT, format_asked, written

MOST_BODY = 65_536
"""Bytes of a body; a contact takes a hundred."""
BODY_WITHIN = 10.0
"""Seconds within which the rest of a body has to be there."""
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Mapping[bytes, bytes]
Call = Callable[[Fields, bool], Answered]


class RefusedError(Exception):
    """A request that is answered by a complaint.

    Parameters
    ----------
    status : int
        Of HTTP.
    why : str
        In a sentence.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.complaint = status, Complaint(error=why)


class App:
    """The calls as an ASGI app; made by `app`.

    Parameters
    ----------
    calls : Calls
        What each does.
    guard : Guard
        Who may ask.
    body_within : float
        Seconds within which a body has to be there.
    hide_ids : bool
        Whether the page for people shows no ids of contacts.

    Attributes
    ----------
    metrics : Metrics
        What is counted.
    """

    def __init__(
        self, calls: Calls, guard: Guard, body_within: float = BODY_WITHIN, *, hide_ids: bool = False
    ) -> None:
        self._calls, self._guard, self._body_within = calls, guard, body_within
        self._hide_ids = hide_ids
        self.metrics = calls.metrics
        self._again = calls.again
        self._posts: dict[str, Call] = {
            "/v1/route": calls.route,
            "/v1/divert": calls.divert,
            "/v1/settle": calls.settle,
            "/v1/state": calls.state,
            "/v1/preview": calls.preview,
        }
        self._gets: dict[str, Callable[[Headers, str], tuple[bytes, str]]] = {
            "/v1/health": self._health,
            "/metrics": self._metrics,
            "/openapi.json": lambda headers, host: (self._document, JSON),
        }
        self._counts = Counts("http")

    @property
    def recent(self) -> list[Decision]:
        """The last decisions, the latest last."""
        return [each.decision for each in self._calls.recent]

    def keep(self) -> None:
        """Have this process keep the accounts of a shared ledger, unless another one does."""
        self._calls.router.keep()

    def close(self) -> None:
        """End: what this process holds of a shared ledger is given back."""
        ledger = self._calls.router.ledger
        if isinstance(ledger, SharedLedger):
            ledger.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            raise ValueError(f"no {scope['type']} here")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        path, method = scope["path"], scope["method"]
        headers: Headers = dict(scope["headers"])
        host = _host_of(scope)
        more: list[tuple[bytes, bytes]] = []
        media = JSON
        post = self._posts.get(path)
        try:
            query, accept = scope["query_string"], headers.get(b"accept")
            if query or accept:
                media = format_asked((accept or b"").decode("latin-1"), query)
            if path == "/" and method in ("GET", "HEAD"):
                self._check(headers, host, reading=True)
                body, more = await self._page(query)
                status, media = 200, ""
            elif post is None or method != "POST":
                more += _PLAIN
                status, body, media = self._read_only(path, method, headers, host, more)
            else:
                self._check(headers, host, reading=False)
                told = await _body(headers, receive, self._body_within)
                if told is None:  # gone before all was said
                    return
                began = time.perf_counter()
                status, answer = self._done(path, post, headers, told, query, more)
                body = written(answer, media)
        except RefusedError as refused:
            status, body = refused.status, written(refused.complaint, media)
            if status == 408:
                more.append((b"connection", b"close"))
            elif status == 401:
                more.append((b"www-authenticate", b'Basic realm="bporoute"' if path == "/" else b"Bearer"))
        except UnreadableError as mistake:
            status, body = 400, written(_complaint(mistake), media)
        except OtherError as mistake:
            status, body = 409, written(_complaint(mistake), media)
        except InputError as mistake:
            status, body = 422, written(_complaint(mistake), media)
        except Exception as fault:  # of the program: whoever asked is to try again, or to go on without
            self._calls.fault(path, fault)
            status, body = 503, written(Complaint(error="a fault in the program"), media)
        call = path.rpartition("/")[2] if post is not None else "other"
        self.metrics.answered(call, status, time.perf_counter() - began)
        if media:
            more += _KINDS.get(media) or [(b"content-type", media.encode("ascii"))]
        more.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": more})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    def _done(
        self,
        path: str,
        call: Call,
        headers: Headers,
        body: bytes,
        query: bytes,
        more: list[tuple[bytes, bytes]],
    ) -> Answered:
        """The answer to a call, that of before if it is asked again."""
        kind = _kind_of(headers.get(b"content-type", b""))
        if not kind:
            raise RefusedError(415, f"a body that is JSON ({JSON}) or a form ({FORM})")
        fields, texts = fields_told(body, kind, query)
        fields.pop("format", None)
        if b"idempotency-key" not in headers or path not in _KEYED:
            return call(fields, texts)
        key = f"{path} {key_told(headers[b'idempotency-key'])}"
        asked = digested(msgspec.json.encode(fields, order="sorted"))
        with self._again.alone(key, outer=True):
            known = self._again.known(key)
            if known is not None and not self._again.is_same(known, asked):
                raise OtherError(
                    "Idempotency-Key", shown(key), "another key: this one was used for another request"
                )
            if known is not None:
                self.metrics.note("repeated_total")
                more.append((b"idempotent-replayed", b"true"))
                return 200, known.answer
            status, answer = call(fields, texts)
            if status == 200:
                self._again.keep(key, answer, asked)
            return status, answer

    def _read_only(
        self, path: str, method: str, headers: Headers, host: str, more: list[tuple[bytes, bytes]]
    ) -> tuple[int, bytes, str]:
        get = self._gets.get(path)
        if path in self._posts:
            more.append((b"allow", b"POST"))
            raise RefusedError(405, "POST, with the fields in a body or in the query")
        if get is None and path != "/":
            calls = ", ".join((*self._posts, *self._gets, "/"))
            raise RefusedError(404, f"no such call; there are {calls}")
        if get is None or method not in ("GET", "HEAD"):
            more.append((b"allow", b"GET, HEAD"))
            raise RefusedError(405, "GET")
        return 200, *get(headers, host)

    def _check(self, headers: Headers, host: str, *, reading: bool) -> None:
        if not (why := self._guard.refusal(headers, host, reading=reading)):
            return
        self._counts.fault("refused", f"a request was refused: {why}")
        raise RefusedError(401 if self._guard.asks else 403, why)

    async def _page(self, query: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """The page for people, and what goes with it; contacts are decided between its pieces."""
        asked, _ = fields_told(b"", "", query)
        find, paused, router = str(asked.get("find", "")), bool(asked.get("pause")), self._calls.router
        parts = []
        for part in page_parts(
            router, self.recent, now_of(router), find, paused=paused, hide_ids=self._hide_ids
        ):
            parts.append(part)
            await asyncio.sleep(0)
        return "".join(parts).encode(), page_headers(paused)

    def _health(self, headers: Headers, host: str) -> tuple[bytes, str]:
        known = not self._guard.refusal(headers, host, reading=True)
        return written(self._calls.health(detailed=known), JSON), JSON

    def _metrics(self, headers: Headers, host: str) -> tuple[bytes, str]:
        self._check(headers, host, reading=True)
        lines = (*self.metrics.lines(), *gauge_lines(self._calls.router))
        return ("\n".join(lines) + "\n").encode(), PROMETHEUS

    @cached_property
    def _document(self) -> bytes:
        from bporoute import __version__

        return msgspec.json.encode(openapi(__version__))


_KINDS = {
    JSON: [(b"content-type", JSON.encode())],
    FORM: [(b"content-type", FORM.encode())],
    TEXT: [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")],
}
_PLAIN = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_KEYED = frozenset(("/v1/route", "/v1/divert", "/v1/settle"))


def app(
    router: Router,
    destinations: Mapping[str, str] | None = None,
    *,
    tokens: Iterable[str] = (),
    endings: Endings | None = None,
    body_within: float = BODY_WITHIN,
    hide_ids: bool = False,
    workers: int = 1,
) -> App:
    """An ASGI app by which anything that speaks HTTP asks a router, see docs/http.md.

    Any ASGI server runs it: ``bporoute serve`` by uvicorn. Calls of the router take microseconds, so they
    are made in the event loop. Who asks again about the same contact within ten minutes, by its id or an
    idempotency key, gets the same answer, and it is counted once.

    Parameters
    ----------
    router : Router
        Who decides.
    destinations : mapping of str to str or None
        Queue or vendor -> its address, such as `Destinations`; None: answers have names alone.
    tokens : iterable of str
        Bearer tokens that may ask; none: whoever asks from this host may, over the loopback or a unix socket.
    endings : Endings or None
        What the words of engines mean; None: the usual.
    body_within : float
        Seconds within which a body has to be there.
    hide_ids : bool
        Whether the page for people, at ``/``, shows no ids of contacts.
    workers : int
        Processes that are forked from this one to serve it, for what is counted.

    Raises
    ------
    InputError
        At a token that is too short, too long, or has blanks.

    Examples
    --------
    >>> import asyncio
    >>> from bporoute import Center, ContactType, Queue
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> served = app(Router(center, compile=False), {"service": "sip:service@10.0.0.5"})
    >>> async def ask() -> bytes:
    ...     told, sent = iter([{"type": "http.request", "body": b"type=service"}]), []
    ...     scope = {"type": "http", "method": "POST", "path": "/v1/route", "query_string": b"format=text",
    ...              "headers": []}
    ...     async def receive(): return next(told)
    ...     async def send(message): sent.append(message)
    ...     await served(scope, receive, send)
    ...     return sent[1]["body"]
    >>> print(asyncio.run(ask()).decode().splitlines()[:3])
    ['action=keep', 'destination=service', 'address=sip:service@10.0.0.5']
    """
    calls = Calls(router, destinations, endings or Endings(), Metrics(workers), workers)
    return App(calls, Guard(tokens), body_within, hide_ids=hide_ids)


def _host_of(scope: Scope) -> str:
    """The address of whoever asks; empty over a unix socket; one of nobody where it has gone already."""
    client, server = scope.get("client"), scope.get("server")
    if client is not None:
        return str(client[0])
    return "" if server is None or server[1] is None else "gone"


@lru_cache(maxsize=64)
def _kind_of(told: bytes) -> str:
    """Which of JSON and a form a Content-Type means, or that the body says it; empty: neither."""
    kind = told.decode("latin-1").partition(";")[0].strip().lower()
    if kind == JSON or kind.endswith("+json"):
        return JSON
    return {FORM: FORM, "": TEXT, TEXT: TEXT, "application/octet-stream": TEXT}.get(kind, "")


async def _body(headers: Headers, receive: Receive, within: float) -> bytes | None:
    """All of the body; None: whoever asked has gone."""
    told = headers.get(b"content-length", b"0")
    if told.isdigit() and int(told[:20]) > MOST_BODY:
        raise RefusedError(413, f"a body of at most {MOST_BODY} bytes")
    message = await receive()
    if message.get("more_body", False):  # seldom: a timer takes longer than all else here
        try:
            async with asyncio.timeout(within):
                return await _rest(message, receive)
        except TimeoutError:
            raise RefusedError(408, f"the body within {within:g} s") from None
    return await _rest(message, receive)


async def _rest(message: MutableMapping[str, Any], receive: Receive) -> bytes | None:
    body: bytes = b""
    while message["type"] == "http.request":
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            raise RefusedError(413, f"a body of at most {MOST_BODY} bytes")
        if not message.get("more_body", False):
            return body
        message = await receive()
    return None


async def _live(receive: Receive, send: Send) -> None:
    """Tell the server that there is nothing to begin or to end."""
    while True:
        what = (await receive())["type"]
        await send({"type": f"{what}.complete"})
        if what == "lifespan.shutdown":
            return


def _complaint(mistake: InputError) -> Complaint:
    first = mistake.complaints[0]
    return Complaint(error=str(mistake), where=first.where, found=first.found, expected=first.expected)
