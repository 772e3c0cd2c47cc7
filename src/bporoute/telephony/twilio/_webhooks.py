"""One entry for all webhooks: a URL, headers and a body come in, a reply goes out; any server mounts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec

from bporoute.errors import InputError
from bporoute.telephony._counts import Counts
from bporoute.telephony.twilio._signature import signed
from bporoute.telephony.twilio._tasks import Tasks
from bporoute.telephony.twilio._voice import Voice

LONGEST_BODY = 65_536
"""Bytes of a request; Twilio's have a few thousand."""
MOST_FIELDS = 500
"""Fields of a form or a query."""
_XML, _JSON, _TEXT = "text/xml; charset=utf-8", "application/json", "text/plain; charset=utf-8"


class Reply(NamedTuple):
    """What a server answers with."""

    status: int
    content_type: str
    body: str


class Webhooks:
    """Checks that a request is Twilio's and answers it by the last part of its path.

    ========== ==================================== ==================
    path       what for                             answered by
    ========== ==================================== ==================
    voice      a call comes in                      `Voice.decide`
    ended      it comes back from where it was sent `Voice.ended`
    send       a task sends its call somewhere      `Voice.send`
    assignment a worker is offered a task           `Tasks.assignment`
    event      what becomes of tasks                `Tasks.event`
    ========== ==================================== ==================

    Parameters
    ----------
    auth_token : str
        The account's secret; keep it out of files that others read.
    voice : Voice
        For calls.
    tasks : Tasks or None
        For TaskRouter; None: its paths are not found.

    Attributes
    ----------
    refused : int
        Requests whose signature was not Twilio's.

    Raises
    ------
    InputError
        If there is no secret.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Queue, Router
    >>> from bporoute.telephony.twilio import Voice, signature_of
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> voice = Voice(Router(center, compile=False), {"service": "own"}, "https://route.example/ended")
    >>> webhooks = Webhooks("not-a-secret", voice)
    >>> url, form = "https://route.example/voice?type=service", {"CallSid": "CA01"}
    >>> header = {"X-Twilio-Signature": signature_of("not-a-secret", url, form)}
    >>> reply = webhooks.answer(url, header, b"CallSid=CA01")
    >>> reply.status, reply.body[-25:]
    (200, '>own</Enqueue></Response>')
    >>> webhooks.answer(url, {}, b"CallSid=CA01").status
    403
    """

    def __init__(self, auth_token: str, voice: Voice, tasks: Tasks | None = None) -> None:
        if not isinstance(auth_token, str) or not auth_token:
            raise InputError("auth_token", "none", "the auth token of the account, from its environment")
        self._auth_token, self._voice, self._tasks = auth_token, voice, tasks
        self.refused = 0
        self._count = Counts("twilio")

    def answer(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to a POST request; never raises.

        Parameters
        ----------
        url : str
            As the world sees it, with its query: behind a proxy, the public one.
        headers : mapping of str to str
            Names in any case.
        body : bytes
            As it came.
        """
        if len(body) > LONGEST_BODY:
            return Reply(413, _TEXT, "too long")
        told = {name.lower(): value for name, value in headers.items()}
        is_json = told.get("content-type", "").lower().startswith("application/json")
        try:
            form = {} if is_json else _fields(body.decode("utf-8", "replace"))
            parts = urlsplit(url)
            query = _fields(parts.query)
        except ValueError:  # more fields than there may be, or no URL
            return Reply(400, _TEXT, "not understood")
        signature = told.get("x-twilio-signature", "")
        if not signed(self._auth_token, url, form, signature, body if is_json else None):
            self.refused += 1
            self._count.fault("refused", "a request was refused: its signature is not Twilio's")
            return Reply(403, _TEXT, "refused")
        found = self._answers(_of_json(body) if is_json else _last(form), _last(query)).get(
            parts.path.rstrip("/").rpartition("/")[2]
        )
        return Reply(404, _TEXT, "not found") if found is None else found()

    def _answers(
        self, form: Mapping[str, str], query: Mapping[str, str]
    ) -> Mapping[str, Callable[[], Reply]]:
        """What each path is answered by."""
        voice, tasks = self._voice, self._tasks
        found: dict[str, Callable[[], Reply]] = {
            "voice": lambda: Reply(200, _XML, voice.decide(form, query)),
            "ended": lambda: Reply(200, _XML, voice.ended(form, query)),
            "send": lambda: Reply(200, _XML, voice.send(query)),
        }
        if tasks is not None:
            found["assignment"] = lambda: Reply(200, _JSON, _json(tasks.assignment(form)))
            found["event"] = lambda: Reply(200, _JSON, _json({"settled": tasks.event(form)}))
        return found


def _fields(text: str) -> dict[str, list[str]]:
    """The fields of a form, each with all that was told of it."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS):
        found.setdefault(name, []).append(value)
    return found


def _last(fields: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in fields.items()}


def _of_json(body: bytes) -> dict[str, str]:
    """The texts of a JSON object; none if it is no object."""
    try:
        read = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return {}
    found = read if isinstance(read, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _json(told: object) -> str:
    return msgspec.json.encode(told).decode()
