"""The header ``Idempotency-Key``: by it whoever asks says that it is the same request again."""

from __future__ import annotations

from bporoute.errors import InputError, shown

MOST_KEY = 255
"""Characters of a key."""


class OtherError(InputError):
    """A key by which something else was asked before."""


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
