"""An answer as JSON, as lines of text or as a form, whichever whoever asked can read."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from bporoute.errors import escaped
from bporoute.telephony.http._reading import FORM, JSON

TEXT = "text/plain"
FORMATS = {"json": JSON, "text": TEXT, "form": FORM}
"""What ``?format=`` says."""
_ENCODE = msgspec.json.Encoder().encode


def format_asked(accept: str, query: bytes) -> str:
    """The media type of the answer, by the Accept header and ``format=`` in the query.

    >>> format_asked("", b"format=text"), format_asked("text/plain, */*", b""), format_asked("*/*", b"")
    ('text/plain', 'text/plain', 'application/json')
    """
    if b"format=" in query:
        for part in query.split(b"&"):
            if part.startswith(b"format="):
                return FORMATS.get(part[7:].decode("ascii", "replace"), JSON)
    if not accept or accept == "*/*":
        return JSON
    for wanted in accept.split(","):
        media = wanted.partition(";")[0].strip().lower()
        if media in FORMATS.values():
            return media
    return JSON


def written(answer: msgspec.Struct, media: str) -> bytes:
    r"""An answer in a media type.

    Lines are ``name=value``, with nothing in a value that ends a line or moves a cursor. A form is what
    Asterisk reads into a hash by ``CURLOPT(hashcompat)``.

    >>> from bporoute.telephony.http._bodies import RouteAnswer
    >>> answer = RouteAnswer(action="keep", destination="service", degraded="a\r\nb", ranked=("service",))
    >>> print(written(answer, "text/plain").decode()[:60])
    action=keep
    destination=service
    address=
    token=
    degraded=a\r
    >>> written(answer, "application/x-www-form-urlencoded")[:30]
    b'action=keep&destination=servic'
    """
    if media == JSON:
        return _ENCODE(answer)
    told = {name: _as_text(value) for name, value in msgspec.structs.asdict(answer).items()}
    if media == FORM:
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in told.items()).encode()
    return "".join(f"{name}={escaped(value)}\n" for name, value in told.items()).encode()


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list | tuple):
        return ",".join(each if isinstance(each, str) else each.destination for each in value)
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
