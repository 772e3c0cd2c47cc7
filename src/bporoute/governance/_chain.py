"""Lines that are numbered and chained: each holds the hash of the line before, and its own.

A line is a JSON object that ends in ``"line"`` (its number), ``"prev"`` (the hash of the line before) and
``"hash"`` (its own).
A hash is SHA-256 of the line's bytes up to the comma before ``"hash"``; with a key it is HMAC-SHA-256
(RFC 2104), which nobody can work out without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from bporoute.errors import InputError

FORMAT = 1
"""Of a log; told in its first line."""
NOTHING_BEFORE = "0" * 64
"""Stands for the hash of the line before the first."""
LEAST_KEY, MOST_KEY = 16, 65_536
"""Bytes of a key."""
_SEALED = re.compile(
    rb'(?P<body>.*,"line":(?P<line>0|[1-9][0-9]{0,15}),"prev":"(?P<prev>[0-9a-f]{64})"),'
    rb'"hash":"(?P<hash>[0-9a-f]{64})"\}',
    re.DOTALL,
)
_encode = msgspec.json.Encoder().encode


class Anchor(NamedTuple):
    """A line of a log as one remembers it: its number and its hash.

    Attributes
    ----------
    line : int
        Its number; -1: there is none yet.
    hash : str
        Its hash, 64 hexadecimal digits.
    """

    line: int
    hash: str

    def __str__(self) -> str:
        return f"{self.line}:{self.hash}"


BEFORE_ALL = Anchor(-1, NOTHING_BEFORE)


class Sealed(NamedTuple):
    """A line as it was read: what is hashed, its number, the hash of the line before, and its own."""

    body: bytes
    line: int
    prev: str
    hash: str

    @property
    def anchor(self) -> Anchor:
        """Its number and hash."""
        return Anchor(self.line, self.hash)


def seal(plain: bytes, before: Anchor, key: bytes | None) -> tuple[bytes, Anchor]:
    """A JSON object as the line after `before`, and what the next one follows.

    Examples
    --------
    >>> line, last = seal(b'{"kind":"end"}', BEFORE_ALL, None)
    >>> line[:40], last.line
    (b'{"kind":"end","line":0,"prev":"000000000', 0)
    >>> unsealed(line).anchor == last
    True
    """
    number = before.line + 1
    body = b'%b,"line":%d,"prev":"%b"' % (plain[:-1], number, before.hash.encode())
    digest = hashed(body, key)
    return b'%b,"hash":"%b"}\n' % (body, digest.encode()), Anchor(number, digest)


def unsealed(line: bytes) -> Sealed | None:
    """A line of a chain, read; None if it is no such line."""
    found = _SEALED.fullmatch(line.rstrip(b"\r\n"))
    if found is None:
        return None
    return Sealed(found["body"], int(found["line"]), found["prev"].decode(), found["hash"].decode())


def hashed(body: bytes, key: bytes | None) -> str:
    """The hash of what is hashed of a line."""
    return (hashlib.sha256(body) if key is None else hmac.new(key, body, "sha256")).hexdigest()


def key_mark(key: bytes | None) -> str:
    """What tells keys apart without giving them away; empty without one."""
    return "" if key is None else hmac.new(key, b"bporoute: which key", "sha256").hexdigest()[:16]


def checked_key(key: bytes | None, where: str) -> bytes | None:
    """A key without the line ends that an editor left behind it.

    Raises
    ------
    InputError
        If it is too short to keep a secret, or no bytes.
    """
    if key is None:
        return None
    expected = f"{LEAST_KEY} to {MOST_KEY:,} bytes, such as those of secrets.token_bytes(32)"
    if not isinstance(key, bytes):
        raise InputError(where, f"a {type(key).__name__}", expected)
    bare = key.rstrip(b"\r\n")
    if not LEAST_KEY <= len(bare) <= MOST_KEY:
        raise InputError(where, f"{len(bare):,} bytes", expected)
    return bare


def read_key(path: Path, option: str) -> bytes:
    """The key in a file.

    Raises
    ------
    InputError
        If there is none that can be read.
    """
    where = f"{option} {path}"
    try:
        with path.open("rb") as file:
            content = file.read(MOST_KEY + 2)
    except OSError as failure:
        raise InputError(where, failure.strerror or str(failure), "a file with the key") from None
    key = checked_key(content, where)
    assert key is not None
    return key


def parse_anchor(text: str, where: str) -> Anchor:
    """A line's number and hash, as ``NUMBER:HASH``.

    Examples
    --------
    >>> parse_anchor("7:" + "0f" * 32, "--last").line
    7

    Raises
    ------
    InputError
        If it is not that.
    """
    number, _, digest = text.strip().lower().partition(":")
    if not re.fullmatch(r"\d{1,16}", number, re.ASCII) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        expected = "NUMBER:HASH of a line, as audit prints them, the hash of 64 hexadecimal digits"
        raise InputError(where, repr(text), expected)
    return Anchor(int(number), digest)
