"""The lines of a log of decisions: what they say before they are numbered and chained.

A decision's line is `bporoute.Decision.to_dict`; every other line has a ``"kind"``:

====================== ======================================================================================
``"header"``           Begins a file, or what a process adds to one: format, log, whether keyed, how ids stand
``"decides"``          A center and a policy by which decisions from here on may be made
``"outcome"``          How a contact ended
``"dropped"``          Decisions and outcomes that found no room, or could not be written
``"end"``              Nothing follows in this file
====================== ======================================================================================
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import msgspec

from bporoute.errors import InputError
from bporoute.governance._chain import BEFORE_ALL, FORMAT, Anchor, checked_key, key_mark
from bporoute.policies._text import policy_label, policy_text
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import Outcome
from bporoute.routing._record import finite
from bporoute.routing._tables._evidence import Basis

Ids = Literal["plain", "hashed", "none"]
"""How the ids of contacts stand in a log: as they are, as keyed hashes, or not at all."""
_encode = msgspec.json.Encoder().encode


class Torn(msgspec.Struct, frozen=True):
    """A piece of a line that stood behind the last whole one when a process took the file up again.

    Attributes
    ----------
    bytes : int
        How many.
    sha256 : str
        Of them.
    """

    bytes: int
    sha256: str


class LogLines:
    """Says of decisions and of a log itself what stands on their lines.

    Parameters
    ----------
    ids : {"plain", "hashed", "none"}
        How the ids of contacts stand there.
    id_key : bytes or None
        Makes the hashes of ids; without one they could be tried out.

    Raises
    ------
    InputError
        If ids are to be hashed without a key, or the key is too short.
    """

    def __init__(self, ids: Ids = "plain", id_key: bytes | None = None) -> None:
        if ids not in get_args(Ids):
            raise InputError("ids", repr(ids), "one of 'plain', 'hashed', 'none'")
        self._id_key = checked_key(id_key, "id_key")
        if (ids == "hashed") != (id_key is not None):
            found, wanted = ("no key", "one") if ids == "hashed" else (f"a key with ids={ids!r}", "none")
            raise InputError("id_key", found, f"{wanted}: it makes the hashes of ids")
        self.ids = ids

    def decision(self, decision: Decision) -> bytes:
        """A decision."""
        told = decision.to_dict()
        if self.ids != "plain":
            told["contact"]["id"] = self.noted_id(told["contact"]["id"])
        return _encoded(told)

    def outcome(
        self, decision: Decision, outcome: Outcome, wait: object, handle: object, owed: object, at: float
    ) -> bytes:
        """How a contact ended."""
        return _encoded(
            {
                "kind": "outcome",
                "at": moment(at),
                "id": decision.id,
                "destination": decision.destination,
                "outcome": outcome,
                "wait": finite(wait),
                "handle": finite(handle),
                "owed": finite(owed),
            }
        )

    def header(
        self,
        log: str,
        key: bytes | None,
        *,
        at: float | None = None,
        process: int = 0,
        follows: Anchor = BEFORE_ALL,
        torn: Sequence[Torn] = (),
    ) -> bytes:
        """The first line of a file, or of what a process adds to it; `at` is None where it is made anew."""
        told = {
            "kind": "header",
            "format": FORMAT,
            "log": log,
            **({} if at is None else {"at": moment(at), "process": process}),
            "keyed": key is not None,
            "key": key_mark(key),
            "ids": self.ids,
            "follows": None if follows == BEFORE_ALL else str(follows),
            "torn": [msgspec.structs.asdict(piece) for piece in torn],
        }
        return _encode(told)

    def noted_id(self, id: str) -> str:
        """A contact's id as it stands in the log."""
        if self.ids == "plain":
            return id
        if self._id_key is None or not id:
            return ""
        return hmac.new(self._id_key, id.encode("utf-8", "replace"), "sha256").hexdigest()[:32]


class Announcer:
    """Knows which centers and policies a file has announced.

    Attributes
    ----------
    lines : list of bytes
        What announces them.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Basis] = {}
        self.lines: list[bytes] = []

    def news(self, basis: Basis) -> bytes | None:
        """The line that announces center and policy of decisions to come; None: it is written."""
        pair = id(basis.center), id(basis.policy)
        if pair in self._known:
            return None
        self._known[pair] = basis  # kept, so that no other object gets the same number
        made_by = {
            "center_version": basis.center.version,
            "policy": policy_label(basis.policy),
            "policy_version": policy_text(basis.policy),
        }
        self.lines.append(_encoded({"kind": "decides", **made_by}))
        return self.lines[-1]


def dropped(count: int, why: str, at: float) -> bytes:
    """So many decisions and outcomes are not in the log."""
    return _encode({"kind": "dropped", "at": moment(at), "dropped": count, "why": why})


def end(at: float | None, goes_on: bool) -> bytes:
    """The last line of a file; `goes_on`: in the next file. `at` is None where it is made anew."""
    return _encode({"kind": "end", **({} if at is None else {"at": moment(at)}), "goes_on": goes_on})


def moment(at: float) -> str | None:
    """Epoch seconds as a text; None if no calendar has them."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def _encoded(told: dict[str, Any]) -> bytes:
    try:
        return _encode(told)
    except UnicodeEncodeError:  # half a character, which JSON cannot say; a question mark as `drawn` has it
        return _encode(_sayable(told))


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sayable(name): _sayable(below) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(below) for below in value]
    return value
