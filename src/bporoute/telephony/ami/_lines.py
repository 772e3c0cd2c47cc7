"""The text of Asterisk's manager interface: messages of lines ``Name: value``, an empty line between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bporoute.errors import InputError

END = b"\r\n\r\n"
LONGEST = 65_536
"""Bytes of a message; of a longer one nothing is read."""
_BREAK = re.compile(r"[\r\n\x00]")

Message = dict[str, str]
"""Header -> value; of a header that stands there twice, the last."""


class Messages:
    r"""Cuts a stream into messages, however it comes in pieces.

    Any bytes will do: what is no ``Name: value`` is left out, and what is no UTF-8 is replaced.

    Parameters
    ----------
    wanted : collection of str
        Events that are read; others are thrown away unread. Answers are all read. Empty: every event is.

    Attributes
    ----------
    overlong : int
        Messages that were too long, so far.

    Examples
    --------
    >>> messages = Messages(["QueueCallerJoin"])
    >>> messages.read(b"Asterisk Call Manager/5.0.1\r\nEvent: VarSet\r\nValue: 1\r\n\r\nEvent: QueueCa")
    []
    >>> messages.read(b"llerJoin\r\nQueue: support\r\nCount: 2\r\n\r\n")
    [{'Event': 'QueueCallerJoin', 'Queue': 'support', 'Count': '2'}]
    """

    def __init__(self, wanted: Collection[str] = ()) -> None:
        self._wanted = {name.encode() for name in wanted}
        self._rest = b""
        self._skips = False
        self.overlong = 0

    def read(self, piece: bytes) -> list[Message]:
        """The messages that end in the next piece of the stream."""
        *blocks, rest = (self._rest + piece).split(END)
        found = []
        for block in blocks:
            if self._skips or len(block) > LONGEST:
                self.overlong += not self._skips
                self._skips = False
            elif message := self._message(block):
                found.append(message)
        if self._skips or len(rest) > LONGEST + len(END) - 1:  # there may be most of an end in it
            self.overlong += not self._skips
            self._skips, rest = True, rest[-len(END) + 1 :]
        self._rest = rest
        return found

    def _message(self, block: bytes) -> Message | None:
        if self._wanted:
            start = block.find(b"Event: ")
            if start >= 0 and (start == 0 or block[start - 1] == 10):
                end = block.find(b"\r\n", start)
                if block[start + 7 : end if end >= 0 else None] not in self._wanted:
                    return None
        message = {}
        for line in block.decode("utf-8", "replace").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                message[name] = value.strip()
        return message


def action(name: str, fields: Mapping[str, str]) -> bytes:
    r"""The text that asks for something.

    Raises
    ------
    InputError
        If a value has an end of a line in it, which would begin another header.

    Examples
    --------
    >>> action("Login", {"Username": "bporoute"})
    b'Action: Login\r\nUsername: bporoute\r\n\r\n'
    """
    for field, value in fields.items():
        if _BREAK.search(value):
            raise InputError(field, "an end of a line", "a text of one line")
    lines = [f"Action: {name}", *(f"{field}: {value}" for field, value in fields.items())]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()
