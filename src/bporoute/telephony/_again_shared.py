"""Answers of before that processes share: whichever of several workers is asked again gives the same."""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from struct import Struct
from typing import Generic, TypeVar

import msgspec

from bporoute.telephony._again import Again, Kept, digested

Answered = TypeVar("Answered", bound=msgspec.Struct)
PLACES, PLACE_BYTES, WAYS = 32_768, 2_048, 8
"""Answers that are kept at most, bytes of each, and places that an answer may be at."""
STRIPES = 256
"""Locks for keys, by their first byte: two of the same wait for each other."""
_TABLE = 2 * STRIPES
"""The lock of the memory; whoever holds it waits for no other."""
_HEAD = Struct("<16s16sdBH")
"""Of a place: key, what was asked, when by the clock, kind and bytes of the answer."""
_NOBODY = bytes(16)


class SharedAgain(Generic[Answered]):
    """As `Again`, for a process and all that are forked from it; none of them holds up another by its death.

    The answers lie in memory that they share, under locks that the system takes back from a process that
    ends; in each process one thread asks. An answer that is too long for its place is known to its own
    process alone.

    Parameters
    ----------
    within : float
        Seconds for which an answer is given again.
    kinds : sequence of type
        What answers are.
    places : int
        How many are kept; where more come, the oldest of a few goes.
    clock : callable
        Seconds that never go back, the same in all the processes.

    Examples
    --------
    >>> class Said(msgspec.Struct):
    ...     text: str
    >>> again = SharedAgain(60.0, [Said])
    >>> with again.alone("call-1"):
    ...     again.keep("call-1", Said("baltic"), asked="service")
    >>> known = again.known("call-1")
    >>> known.answer, again.is_same(known, "service"), again.is_same(known, "sales"), again.known("call-2")
    (Said(text='baltic'), True, False, None)
    """

    def __init__(
        self,
        within: float,
        kinds: Sequence[type[Answered]],
        places: int = PLACES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._within, self._clock, self._kinds = within, clock, tuple(kinds)
        self._sets = max(places // WAYS, 1)
        self._memory = mmap.mmap(-1, self._sets * WAYS * PLACE_BYTES)
        self._locks, path = tempfile.mkstemp()
        os.unlink(path)
        weakref.finalize(self, os.close, self._locks)
        self._long: Again[Answered] = Again(within, clock=clock)

    @contextmanager
    def alone(self, key: str, *, outer: bool = False) -> Iterator[None]:
        """Nobody else answers by this key meanwhile.

        Within an `outer` one there may be one that is not: more would have two wait for each other.
        """
        with self._locked(_digest(key)[0] + STRIPES * outer):
            yield

    def known(self, key: str) -> Kept[Answered] | None:
        """What was answered by this key, by whichever process; None: nothing was."""
        mark = _digest(key)
        with self._locked(_TABLE):
            for at in self._ways(mark):
                whose, asked, when, kind, size = _HEAD.unpack_from(self._memory, at)
                if whose == mark and self._clock() - when < self._within:
                    told = self._memory[at + _HEAD.size : at + _HEAD.size + size]
                    return Kept(asked, msgspec.msgpack.decode(told, type=self._kinds[kind]), when)
        return self._long.known(key)

    def keep(self, key: str, answer: Answered, asked: object = None, at: float | None = None) -> None:
        """Keep what was answered now or, by the clock, at an instant."""
        try:
            told = msgspec.msgpack.encode(answer)
        except UnicodeEncodeError:  # half a character
            told = b""
        when, mark, what = self._clock() if at is None else at, _digest(key), _asked(asked)
        if not told or _HEAD.size + len(told) > PLACE_BYTES:
            told = b""
            self._long.keep(key, answer, what, when)
        kind = self._kinds.index(type(answer))
        with self._locked(_TABLE):
            ways = [(self._whose(at), at) for at in self._ways(mark)]
            own = [at for (whose, _), at in ways if whose == mark]
            place = own[0] if own else min(ways, key=lambda each: each[0][1])[1]
            if told:
                _HEAD.pack_into(self._memory, place, mark, what, when, kind, len(told))
                self._memory[place + _HEAD.size : place + _HEAD.size + len(told)] = told
            elif own:  # what was kept there is no answer any more
                _HEAD.pack_into(self._memory, place, _NOBODY, _NOBODY, 0.0, 0, 0)

    def is_same(self, kept: Kept[Answered], asked: object) -> bool:
        """Whether the same was asked."""
        return kept.asked == _asked(asked)

    def _ways(self, mark: bytes) -> range:
        """Where an answer may be."""
        first = int.from_bytes(mark[8:], "little") % self._sets * WAYS * PLACE_BYTES
        return range(first, first + WAYS * PLACE_BYTES, PLACE_BYTES)

    def _whose(self, at: int) -> tuple[bytes, float]:
        whose, _, when, _, _ = _HEAD.unpack_from(self._memory, at)
        return whose, when

    @contextmanager
    def _locked(self, byte: int) -> Iterator[None]:
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, byte, os.SEEK_SET)
        try:
            yield
        finally:
            fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, byte, os.SEEK_SET)


def _digest(key: str) -> bytes:
    return digested(key.encode("utf-8", "replace"))


def _asked(asked: object) -> bytes:
    """What stands for what was asked, the same in every process."""
    return asked if isinstance(asked, bytes) and len(asked) == 16 else _digest(repr(asked))
