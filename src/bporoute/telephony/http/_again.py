"""Who asks again gets the answer of before: by a key, the id of a contact, or a token that was diverted."""

from __future__ import annotations

import msgspec

from bporoute.errors import InputError, shown

MOST_KEPT = 65_536
"""Answers; each takes some hundred bytes."""
MOST_KEY = 255
"""Characters of a key."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """An answer of before: what was asked, what was answered, when (a monotonic clock)."""

    asked: object
    answer: msgspec.Struct
    at: float


class OtherError(InputError):
    """A key by which something else was asked before."""


class Again:
    """Answers that are kept for some time.

    Parameters
    ----------
    within : float
        Seconds.
    most : int
        How many; the oldest go first.

    Examples
    --------
    >>> again, answer = Again(600.0), msgspec.defstruct("Answer", [])()
    >>> again.keep("key", b"asked", answer, 0.0)
    >>> again.known("key", 599.0).asked, again.known("key", 601.0)
    (b'asked', None)
    """

    def __init__(self, within: float, most: int = MOST_KEPT) -> None:
        self._within, self._most = within, most
        self._kept: dict[str, Kept] = {}

    def known(self, key: str, now: float) -> Kept | None:
        """What was answered by this key, None if nothing was."""
        kept = self._kept.get(key)
        return None if kept is None or kept.at < now - self._within else kept

    def keep(self, key: str, asked: object, answer: msgspec.Struct, now: float) -> None:
        """Keep what was answered."""
        kept = self._kept
        kept.pop(key, None)
        kept[key] = Kept(asked, answer, now)
        while len(kept) > self._most or next(iter(kept.values())).at < now - self._within:
            del kept[next(iter(kept))]


def key_told(header: bytes) -> str:
    """The key of an ``Idempotency-Key`` header.

    Raises
    ------
    InputError
        If there is none in it, if it is too long, or not visible ASCII.
    """
    key = header.decode("latin-1").strip().strip('"')
    if not key or len(key) > MOST_KEY or not (key.isascii() and key.isprintable()):
        raise InputError("Idempotency-Key", shown(key), f"1 to {MOST_KEY} visible characters")
    return key
