"""What Asterisk tells of a call when it asks: a block of lines, ``agi_uniqueid: 1700000000.7``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

import msgspec

MOST_FIELDS = 50
"""Of a query; more than that, and none of it is believed."""
THEIRS = b"agi_callerid"
"""From this line on there are texts of the caller's."""


class Environment(msgspec.Struct, frozen=True):
    """A question as it stands in the block.

    What a caller can choose (number, name, what they dialled) may contain ends of lines, so whatever stands
    behind it is not believed: neither ``agi_arg_1`` nor a second ``agi_request``.

    Attributes
    ----------
    what : str
        The path of the URL: ``route``, ``divert`` or ``settle``.
    told : mapping of str to str
        What the dialplan has written into the query of the URL.
    uniqueid : str
        Asterisk's own id of the channel.
    """

    what: str = ""
    told: Mapping[str, str] = MappingProxyType({})
    uniqueid: str = ""


def environment_of(block: bytes) -> Environment:
    r"""The question that a block of lines tells, whatever stands in it.

    >>> environment_of(b"agi_request: agi://10.0.0.5/route?type=service&language=sv\nagi_uniqueid: 17.4\n"
    ...                b"agi_callerid: 1\nagi_uniqueid: 18.1\n\n")
    Environment(what='route', told={'type': 'service', 'language': 'sv'}, uniqueid='17.4')
    >>> environment_of(b"agi_request: agi://[\n?\xff\n")
    Environment(what='', told={}, uniqueid='')
    """
    ours = block.partition(THEIRS)[0].decode("utf-8", "replace")
    fields: dict[str, str] = {}
    for line in ours.split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, value.strip())
    what, told = _parts(fields.get("agi_request", ""))
    return Environment(what, told, fields.get("agi_uniqueid", ""))


def _parts(url: str) -> tuple[str, dict[str, str]]:
    """Path and query of a URL; nothing of what cannot be read."""
    try:
        parts = urlsplit(url)
        return parts.path.strip("/"), dict(parse_qsl(parts.query, max_num_fields=MOST_FIELDS))
    except ValueError:
        return "", {}
