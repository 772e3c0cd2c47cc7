"""Who may ask: by a token, or without one from this host alone."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from bporoute._base.files import private_text
from bporoute.errors import InputError
from bporoute.telephony._loopback import is_loopback

LEAST_TOKEN, MOST_TOKEN = 16, 512
"""Characters of a token."""
MOST_TOKENS = 100
_WANTED = f"{LEAST_TOKEN} to {MOST_TOKEN} visible characters, such as `openssl rand -hex 32` prints"
_NOWHERE = b"\x00"


class Guard:
    """Lets in who has one of the tokens; with none of them, who asks from this host and is no web page.

    Parameters
    ----------
    tokens : iterable of str
        Any of them is good; none: whoever asks over the loopback or a unix socket may.

    Raises
    ------
    InputError
        At a token that is too short, too long, or has blanks.

    Examples
    --------
    >>> guard = Guard(["0123456789abcdef"])
    >>> guard.refusal({b"authorization": b"Bearer 0123456789abcdef"}, "10.0.0.7", reading=False)
    ''
    >>> guard.refusal({}, "127.0.0.1", reading=False)
    'no token that is known here: Authorization: Bearer TOKEN'
    """

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        told = list(tokens)
        if len(told) > MOST_TOKENS:
            raise InputError("tokens", f"{len(told)} of them", f"at most {MOST_TOKENS}")
        for token in told:
            visible = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token
            if not visible or not LEAST_TOKEN <= len(token) <= MOST_TOKEN:
                raise InputError("token", "one that is not shown here", _WANTED)
        self._key = os.urandom(32)
        self._known = [self._mark(token.encode()) for token in told]

    @property
    def asks(self) -> bool:
        """Whether a token is asked for."""
        return bool(self._known)

    def refusal(self, headers: Mapping[bytes, bytes], host: str, *, reading: bool) -> str:
        """Why whoever asks from a `host` is refused; empty: he is not.

        `reading`: nothing changes by what he asks. Only then a browser may, which tells the token as a
        password: pages of others make it send that, too.
        """
        if not self._known:
            return self._without_token(headers, host, reading)
        scheme, _, told = headers.get(b"authorization", b"").partition(b" ")
        scheme, told = scheme.lower(), told.strip()[: 2 * MOST_TOKEN]
        if scheme == b"basic" and reading:
            told = _password(told)
        elif scheme != b"bearer":
            told = _NOWHERE
        mark = self._mark(told)
        # Each is compared, whole: how long it takes says nothing of any of them.
        found = sum(hmac.compare_digest(mark, known) for known in self._known)
        return "" if found else "no token that is known here: Authorization: Bearer TOKEN"

    def _without_token(self, headers: Mapping[bytes, bytes], host: str, reading: bool) -> str:
        if host and not is_loopback(host):  # none: a unix socket
            return "no token is set: only this host may ask"
        # A name of somebody else's may have been made to lead here.
        if host and not _leads_here(headers.get(b"host", b"localhost")):
            return "no token is set: only by a name of this host, such as 127.0.0.1"
        if b"origin" in headers and not reading:
            return "no token is set: no web page may ask this"
        return ""

    def _mark(self, token: bytes) -> bytes:
        return blake2b(token, key=self._key, digest_size=32).digest()


def _password(told: bytes) -> bytes:
    try:
        return base64.b64decode(told, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return _NOWHERE


@lru_cache(maxsize=64)
def _leads_here(host: bytes) -> bool:
    """Whether a Host header names this host."""
    name = host.decode("latin-1")
    return is_loopback(name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0])


def tokens_of(path: Path | None, environment: Mapping[str, str]) -> list[str]:
    """The tokens of a file, one a line (``#`` begins a remark), else that of ``BPOROUTE_TOKEN``.

    Raises
    ------
    InputError
        If the file cannot be read, is open to everybody, or has none.
    """
    if path is None:
        told = environment.get("BPOROUTE_TOKEN", "")
        return [told] if told else []
    written = private_text(path, "a file with a token on each line")[: MOST_TOKENS * (MOST_TOKEN + 2)]
    found = [text for line in written.splitlines() if (text := line.strip()) and not text.startswith("#")]
    if not found:
        raise InputError(f"{path}", "no token", _WANTED)
    return found
