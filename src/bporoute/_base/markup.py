"""Markup whose texts cannot be taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import escape

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML may hold, not even escaped."""
_EMPTY = {"meta", "input", "circle", "line", "path", "polyline", "rect"}
"""Elements that never have content; of all others a browser wants the end tag."""
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of what follows, beyond the name they stand in."""


class Markup(str):
    """A text that is markup already."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    r"""A text as it is to be read, whatever stands in it.

    >>> escaped("<script> & \x00")
    '&lt;script&gt; &amp; �'
    """
    if isinstance(text, Markup):
        return text
    if not text.isprintable():  # nothing that is needs a closer look, as nearly always
        text = _TURNED.sub("", _FORBIDDEN.sub("\ufffd", text))
    return Markup(escape(text, quote=False))


def element(name: str, /, *content: str, **attributes: object) -> Markup:
    """An element; names of attributes without the underscore at their end, others as hyphens.

    >>> element("td", "Q&A <1>", class_="left")
    '<td class="left">Q&amp;A &lt;1&gt;</td>'
    >>> element("line", x1=1.5, stroke_width=2)
    '<line x1="1.5" stroke-width="2"/>'
    """
    told = "".join([f' {_written(key)}="{_value(value)}"' for key, value in attributes.items()])
    if name in _EMPTY:
        return Markup(f"<{name}{told}/>")
    return Markup(f"<{name}{told}>{joined(content)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after the other, each escaped unless it is markup."""
    return Markup("".join(map(escaped, parts)))


@cache
def _written(key: str) -> str:
    """The name of an attribute as a page has it."""
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return escaped(str(text)).replace('"', "&quot;")
