"""What a request tells, out of JSON, a form and the query of its address."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, TypeVar, get_args, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from bporoute._base.words import did_you_mean, in_words
from bporoute.errors import InputError, escaped, shown

MOST_FIELDS = 200
"""Of a form or a query."""
OF_ALL = frozenset(("at", "queues", "vendor", "vendors"))
"""Of no queue or vendor by itself."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OF_A_VENDOR = frozenset(("up", "in_flight", "capacity", "expected_wait"))
YES, NO = frozenset(("1", "true", "yes", "on")), frozenset(("0", "false", "no", "off"))
"""Words by which people say that something is so, or not."""
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
        The media type of the body, in lower case without its parameters; empty: found out. What begins as
        JSON is no form, whatever is said of it: curl says of all that it sends that it were one.

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
    >>> fields_told(b'{"type": "service"}', "application/x-www-form-urlencoded", b"")
    ({'type': 'service'}, False)
    """
    asked = _pairs(query) if query else {}
    if not body or body.isspace():
        return asked, True
    body = body.removeprefix(BOM_UTF8)
    if kind != JSON and body.lstrip()[:1] not in (b"{", b"[", b'"'):
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
        if "[...]" in where:
            where, found, expected = _within(fields, kind, where.partition("[...]")[0], texts)
        elif said.startswith("Object missing required field"):
            where, found, expected = said.split("`")[1], "nothing", "a value"
        elif said.startswith("Object contains unknown field"):
            where, found = said.split("`", 1)[1].rstrip("`"), "a field that nobody knows"
            expected = f"one of: {', '.join(kind.__struct_fields__)}"
        elif where in fields:
            found = shown(fields[where])
            if said.startswith("Invalid enum value"):
                expected = did_you_mean(fields[where], list(get_args(get_type_hints(kind)[where])))
            elif said.startswith("Number out of range"):
                expected = "a number that is not as large"
        found = found.strip("`") or "another value"
        raise InputError(escaped(where)[:100] or "body", found, expected) from None


def _within(fields: Fields, kind: type[msgspec.Struct], table: str, texts: bool) -> tuple[str, str, str]:
    """Where, what was found and what would be right, of the first bad entry of a table."""
    entry = get_args(get_type_hints(kind)[table])[1]
    for name, told in fields[table].items():
        if not isinstance(told, dict):
            return f"{table}.{name}", shown(told), "a table"
        try:
            read(told, entry, texts=texts)
        except InputError as mistake:
            first = mistake.complaints[0]
            return f"{table}.{name}.{first.where}", first.found, first.expected
    return table, "another value", "a table"


def nested(fields: Fields) -> Fields:
    """State told flat, as a form tells it, the way JSON has it; what nobody knows belongs to who is named.

    >>> nested({"queue": "service", "agents": "42", "at": "0"})
    {'at': '0', 'queues': {'service': {'agents': '42'}}}
    """
    found = dict(fields)
    elsewhere = OF_ALL | OF_A_VENDOR if "vendor" in found else OF_ALL
    for one, several, others in (("queue", "queues", elsewhere), ("vendor", "vendors", OF_ALL)):
        name = found.pop(one, None)
        if isinstance(name, str):
            told = {key: found.pop(key) for key in tuple(found) if key not in others}
            found[several] = {name: told}
        elif name is not None:
            raise InputError(one, shown(name), "a name")
    return found


def spelled(fields: Fields) -> Fields:
    """The same with the words that people write for true and false in ``up`` as those.

    >>> spelled({"vendor": "nord", "up": "Yes"}), spelled({"up": "off"}), spelled({"up": "gone"})
    ({'vendor': 'nord', 'up': True}, {'up': False}, {'up': 'gone'})
    """
    word = str(fields.get("up", "")).strip().lower()
    return {**fields, "up": word in YES} if word in YES or word in NO else fields


def is_true(told: object) -> bool:
    """Whether something was asked for.

    >>> is_true("1"), is_true(True), is_true("no"), is_true(None)
    (True, True, False, False)
    """
    return told is True or (isinstance(told, str | int) and str(told).lower() in YES)


def names_told(told: object) -> tuple[str, ...]:
    """Names out of a list, or a text with commas between.

    >>> names_told("nord, syd"), names_told(["nord", 7]), names_told(None)
    (('nord', 'syd'), ('nord',), ())
    """
    several = told.split(",") if isinstance(told, str) else told
    if not isinstance(several, list):
        return ()
    return tuple(name for each in several if isinstance(each, str) and (name := each.strip()))
