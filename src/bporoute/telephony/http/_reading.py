"""What a request tells, out of JSON, a form and the query of its address."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from bporoute._base.words import in_words
from bporoute.errors import InputError, escaped, shown

MOST_FIELDS = 200
"""Of a form or a query."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OF_A_QUEUE = frozenset(("agents", "busy", "waiting", "arrival_rate", "aht"))
OF_A_VENDOR = frozenset(("up", "in_flight", "capacity", "expected_wait"))
Fields = dict[str, Any]
_DECODE = msgspec.json.Decoder().decode
Body = TypeVar("Body", bound=msgspec.Struct)


class UnreadableError(InputError):
    """A body that is neither JSON nor a form, or not an object."""


def fields_told(body: bytes, kind: str, query: bytes) -> tuple[Fields, bool]:
    """The fields of a request, those of the body before those of the query; and whether all are texts.

    Parameters
    ----------
    body, query : bytes
        As they came.
    kind : str
        The media type of the body, in lower case without its parameters; empty: found out.

    Raises
    ------
    UnreadableError
        If the body cannot be read.

    Examples
    --------
    >>> fields_told(b'{"type": "service"}', "application/json", b"language=sv")
    ({'language': 'sv', 'type': 'service'}, False)
    >>> fields_told(b"type=service", "", b"")
    ({'type': 'service'}, True)
    """
    asked = _pairs(query) if query else {}
    if not body or body.isspace():
        return asked, True
    if kind == FORM or (kind != JSON and body.lstrip()[:1] not in (b"{", b"[", b'"')):
        return asked | _pairs(body), True
    try:
        told = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise UnreadableError("body", str(failure)[:200], "a JSON object, or a form") from None
    if not isinstance(told, dict):
        raise UnreadableError("body", shown(told), "a JSON object, or a form")
    return (asked | told, False) if asked else (told, False)


def _pairs(text: bytes) -> Fields:
    try:
        told = text.decode("utf-8", "replace")
        return dict(parse_qsl(told, max_num_fields=MOST_FIELDS, errors="replace"))
    except ValueError:
        raise UnreadableError("fields", f"more than {MOST_FIELDS}", f"at most {MOST_FIELDS}") from None


def read(fields: Fields, kind: type[Body], *, texts: bool) -> Body:
    """The fields of a request as a value of `kind`; if all are `texts`, numbers are read out of them.

    Raises
    ------
    InputError
        At what cannot be; with the path of the field.

    Examples
    --------
    >>> from bporoute.telephony.http._bodies import SettleRequest
    >>> read({"token": "x", "handle": "180"}, SettleRequest, texts=True).handle
    180.0
    >>> read({"token": "x", "handle": "long"}, SettleRequest, texts=False)
    Traceback (most recent call last):
    bporoute.errors.InputError: handle: found 'long'; expected a number
    """
    try:
        return msgspec.convert(fields, kind, strict=not texts)
    except msgspec.ValidationError as failure:
        said, _, path = str(failure).partition(" - at `$")
        where = path.rstrip("`").lstrip(".")
        found, expected = said.partition(", got ")[2], in_words(said, fields.get(where), "")
        if said.startswith("Object missing required field"):
            where, found, expected = said.split("`")[1], "nothing", "a value"
        elif said.startswith("Object contains unknown field"):
            where, found = said.split("`", 1)[1].rstrip("`"), "a field that nobody knows"
            expected = f"one of: {', '.join(kind.__struct_fields__)}"
        elif where in fields:
            found = shown(fields[where])
        found = found.strip("`") or "another value"
        raise InputError(escaped(where)[:100] or "body", found, expected) from None


def nested(fields: Fields) -> Fields:
    """State told flat, as a form tells it, the way JSON has it.

    >>> nested({"queue": "service", "agents": "42", "at": "0"})
    {'at': '0', 'queues': {'service': {'agents': '42'}}}
    """
    found = dict(fields)
    for one, several, columns in (("queue", "queues", OF_A_QUEUE), ("vendor", "vendors", OF_A_VENDOR)):
        name = found.pop(one, None)
        if isinstance(name, str):
            told = {key: found.pop(key) for key in tuple(found) if key in columns}
            found[several] = {name: told}
        elif name is not None:
            raise InputError(one, shown(name), "a name")
    return found


def is_true(told: object) -> bool:
    """Whether something was asked for.

    >>> is_true("1"), is_true(True), is_true("no"), is_true(None)
    (True, True, False, False)
    """
    return told is True or (isinstance(told, str | int) and str(told).lower() in ("1", "true", "yes", "on"))


def names_told(told: object) -> tuple[str, ...]:
    """Names out of a list, or a text with commas between.

    >>> names_told("nord, syd"), names_told(["nord", 7]), names_told(None)
    (('nord', 'syd'), ('nord',), ())
    """
    several = told.split(",") if isinstance(told, str) else told
    if not isinstance(several, list):
        return ()
    return tuple(name for each in several if isinstance(each, str) and (name := each.strip()))
