"""A token: what settling a decision needs, as a short text that nobody else can make.

A token goes with a call, through other people's systems, and comes back to whichever process gets the end of
it. In base64 (RFC 4648, section 5) it is 72 characters of A-Z, a-z, 0-9, ``-`` and ``_``, more only where
somebody is left out for the contact or shares are drawn from its id. Names stand in it as marks
(`bporoute.routing.ledger._marks`), so that it is as long for every center. It is no secret, and it is no
proof of anything but that the holder of the key made it.
"""

from __future__ import annotations

import os
import struct
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from struct import Struct
from typing import Any, Literal, NamedTuple

from bporoute._base.digest import blake2b, compare_digest
from bporoute.errors import InputError, shown

Refused = Literal["unreadable", "forged", "foreign", "expired", "settled", "busy"]
"""Why a token changes nothing."""
REFUSALS: dict[Refused, str] = {
    "unreadable": "is no token",
    "forged": "nobody with the ledger's key has made it",
    "foreign": "another ledger has, or it names who is unknown here",
    "expired": "its contact was decided longer ago than the lease",
    "settled": "its contact has ended already",
    "busy": "another process is just ending its contact, or this one has no slot: tell it again",
}

_VERSION, _MORE, _SENT = 0x0100, 1, 2
"""How a token begins: by its version, whether more follows than the plain fields, whether it went out."""
_OUT = _VERSION | _SENT
_BEGINNINGS = {_VERSION | more | sent for more in (0, _MORE) for sent in (0, _SENT)}
MAC_BYTES = 8
LEAST_KEY, MOST_KEY, RANDOM_KEY = 16, 64, 32
"""Bytes: the least that cannot be guessed, the most that BLAKE2b takes, and those of a random key."""
EPOCH_BITS = 32
MARK_BYTES = 6
_FIELDS = Struct(">HIQd6s6s6s6s")
_AND_MORE = Struct(">ddH")
_PLAIN_BYTES = _FIELDS.size + MAC_BYTES
MOST_CHARACTERS = 65_536
"""Of a text that is looked at: those of a token that leaves out eight thousand."""
PLACE_BITS = 16
"""Of the number that says where a ledger keeps what is open."""
_PLACE_MASK = (1 << PLACE_BITS) - 1
_TO_URL = bytes.maketrans(b"+/", b"-_")


class Token(NamedTuple):
    """What a token says of a decision.

    Attributes
    ----------
    number : int
        Of the decision in its ledger.
    place : int
        Where its ledger keeps what is open of it, see `bporoute.routing.ledger._open`; below 2^16.
    at : float
        When it was made, epoch seconds.
    sent : bool
        Whether the contact goes to a vendor.
    destination, contact_type, language, kind : bytes
        Marks: of who takes the contact, of its queue and type, of its language, and of all its texts.
    arrived : float
        When the contact came, epoch seconds.
    luck : float
        What stands for the contact's id, in [0, 1).
    left_out : tuple of bytes
        Marks of the destinations that are out for the contact.
    """

    number: int
    place: int
    at: float
    sent: bool
    destination: bytes
    contact_type: bytes
    language: bytes
    kind: bytes
    arrived: float
    luck: float = 0.0
    left_out: tuple[bytes, ...] = ()


class Seal:
    """Makes tokens of one ledger, and reads them.

    Parameters
    ----------
    key : bytes
        16 to 64 bytes that only the ledger and those who share it know.
    epoch : int
        Below 2^32; a token of another epoch is foreign, however it was made.

    Examples
    --------
    >>> seal = Seal(b"k" * 16, 7)
    >>> token = Token(12, 3, 1795428000.25, True, b"nord..", b"sales.", b"sv....", b"kind..", 1795428000.25)
    >>> text = seal.text(token)
    >>> len(text), seal.read(text) == token
    (72, True)
    >>> seal.read(text[:-1] + "A"), Seal(b"k" * 16, 8).read(text), seal.read("nord")
    ('forged', 'foreign', 'unreadable')
    """

    __slots__ = ("_copy", "epoch", "key")

    def __init__(self, key: bytes, epoch: int) -> None:
        self.key, self.epoch = key, epoch
        # Copied for each token: to set up the keyed hash takes twice as long as to use it.
        self._copy: Callable[[], Any] = blake2b(key=key, digest_size=MAC_BYTES).copy

    def text(self, token: Token) -> str:
        """The text of a token."""
        number, place, at, sent, *marks, arrived, luck, left_out = token
        if arrived == at and luck == 0.0 and not left_out:
            return self.plain(sent, number, place, at, *marks)
        begins, where = _VERSION | _MORE | (_SENT if sent else 0), number << PLACE_BITS | place
        fields = _FIELDS.pack(begins, self.epoch, where, at, *marks)
        return self._sealed(b"".join((fields, _AND_MORE.pack(arrived, luck, len(left_out)), *left_out)))

    def plain(
        self,
        sent: bool,
        number: int,
        place: int,
        at: float,
        destination: bytes,
        contact_type: bytes,
        language: bytes,
        kind: bytes,
    ) -> str:
        """The text of a token, as nearly all are: for it nothing is made but the text."""
        begins, where = _OUT if sent else _VERSION, number << PLACE_BITS | place
        return self._sealed(
            _FIELDS.pack(begins, self.epoch, where, at, destination, contact_type, language, kind)
        )

    def _sealed(self, body: bytes) -> str:
        hashed = self._copy()
        hashed.update(body)
        return b2a_base64(body + hashed.digest(), newline=False).translate(_TO_URL).decode()

    def read(self, text: str) -> Token | Refused:
        """What a token says, or why it is none that this seal has made."""
        found = _unsealed(text)
        if found is None:
            return "unreadable"
        sealed, fields = found
        if fields[1] != self.epoch:
            return "foreign"
        body = sealed[:-MAC_BYTES]
        hashed = self._copy()
        hashed.update(body)
        if not compare_digest(hashed.digest(), sealed[-MAC_BYTES:]):
            return "forged"
        return _told(body, fields)


def _unsealed(text: str) -> tuple[bytes, tuple[Any, ...]] | None:
    """The bytes of a token and its plain fields; None if the text is none."""
    if not 0 < len(text) <= MOST_CHARACTERS or not text.isascii():
        return None
    try:
        sealed = a2b_base64(text.replace("-", "+").replace("_", "/"), strict_mode=True)
    except ValueError:
        return None
    if len(sealed) < _PLAIN_BYTES:
        return None
    fields = _FIELDS.unpack_from(sealed)
    return (sealed, fields) if fields[0] in _BEGINNINGS else None


def _told(body: bytes, fields: tuple[Any, ...]) -> Token:
    """What a token says, of all its bytes but those that prove it."""
    begins, _, where, at, who, kind, language, texts = fields
    number, place, sent = where >> PLACE_BITS, where & _PLACE_MASK, bool(begins & _SENT)
    if not begins & _MORE:
        return Token(number, place, at, sent, who, kind, language, texts, at)
    arrived, luck, count = _AND_MORE.unpack_from(body, _FIELDS.size)
    first = _FIELDS.size + _AND_MORE.size
    left_out = tuple(body[start : start + MARK_BYTES] for start in range(first, len(body), MARK_BYTES))
    return Token(number, place, at, sent, who, kind, language, texts, arrived, luck, left_out[:count])


def read_unproven(text: str) -> Token | None:
    """What a token says, whoever has made it: without the key nobody can tell; None if it is none.

    >>> token = Token(12, 3, 9.0, True, b"nord..", b"sales.", b"sv....", b"kind..", 9.0)
    >>> read_unproven(Seal(b"k" * 16, 7).text(token)) == token, read_unproven("nord")
    (True, None)
    """
    found = _unsealed(text)
    try:
        return None if found is None else _told(found[0][:-MAC_BYTES], found[1])
    except struct.error:  # cut: no seal has made it
        return None


def read_of_any_epoch(key: bytes, text: str) -> tuple[Token, int] | Refused:
    """What a token says that was made with a key, and in which epoch; or why it is none.

    >>> token = Token(12, 3, 9.0, True, b"nord..", b"sales.", b"sv....", b"kind..", 9.0)
    >>> text = Seal(b"k" * 16, 7).text(token)
    >>> read_of_any_epoch(b"k" * 16, text)[1], read_of_any_epoch(b"o" * 16, text)
    (7, 'forged')
    """
    found = Seal(key, 0).read(text)
    if found != "foreign":
        return found if isinstance(found, str) else (found, 0)
    epoch = int.from_bytes(a2b_base64(text[:8].replace("-", "+").replace("_", "/"))[2:6], "big")
    found = Seal(key, epoch).read(text)
    return found if isinstance(found, str) else (found, epoch)


def seal_of(key: bytes | None, epoch: int | None) -> Seal:
    """A seal with this key and epoch, each random where it is None.

    >>> seal_of(b"short", 1)
    Traceback (most recent call last):
    bporoute.errors.InputError: key: found 5 bytes; expected 16 to 64 bytes, such as secrets.token_bytes(32)
    """
    if key is not None and not (isinstance(key, bytes) and LEAST_KEY <= len(key) <= MOST_KEY):
        found = f"{len(key)} bytes" if isinstance(key, bytes) else shown(key)
        raise InputError(
            "key", found, f"{LEAST_KEY} to {MOST_KEY} bytes, such as secrets.token_bytes({RANDOM_KEY})"
        )
    if epoch is not None and not (type(epoch) is int and 0 <= epoch < 1 << EPOCH_BITS):
        raise InputError("epoch", shown(epoch), f"a whole number from 0 to {(1 << EPOCH_BITS) - 1}")
    return Seal(
        os.urandom(RANDOM_KEY) if key is None else key,
        int.from_bytes(os.urandom(EPOCH_BITS // 8)) if epoch is None else epoch,
    )
