"""Locks between the processes of a host: on bytes of one file, and gone with the process that holds them.

A lock belongs to the opened file (``F_OFD_SETLK``), not to the process: two ledgers of one process keep each
other out, too, and nothing that somebody else closes ends it.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bporoute.errors import InputError

if sys.platform == "linux":
    import fcntl

    _SET, _GET = fcntl.F_OFD_SETLK, fcntl.F_OFD_GETLK
    _TAKE, _LEAVE = fcntl.F_WRLCK, fcntl.F_UNLCK
    _FLOCK, _KIND = struct.Struct("hhqqi"), struct.Struct("h")

    def _asked(file: int, command: int, kind: int, place: int) -> int:
        """Ask for a lock of a kind on a byte; the kind that is there (`_GET`)."""
        told = fcntl.fcntl(file, command, _FLOCK.pack(kind, os.SEEK_SET, place, 1, 0))
        found: int = _KIND.unpack_from(told)[0]
        return found

else:
    _SET = _GET = _TAKE = _LEAVE = 0

    def _asked(file: int, command: int, kind: int, place: int) -> int:
        """Refuse: the locks of other systems end when somebody else closes the file, or never."""
        raise InputError(
            "SharedLedger", f"the system {sys.platform!r}", "Linux, or a Ledger for each process"
        )


HOST, KEEPER, HOSTS, RECONCILE, FIRST_SLOT, FIRST_CONTACT = 0, 1, 2, 3, 16, 1 << 20
"""Places of the locks: what all slots share, the keeper's work, talk with a store, call records being
reconciled, the first slot, the first open contact."""
SPIN = 100e-6
"""Seconds for which one tries again and again; after that, with pauses, if there is patience for more."""
PAUSE = 500e-6
"""Seconds of a pause: to give up the processor may cost as much as the whole turn of somebody else."""


class Locks:
    """The locks of one folder, as one ledger sees them; `close` ends all that it holds.

    Parameters
    ----------
    path : Path
        The file that they are on; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held = False

    def take(self, place: int) -> bool:
        """Whether a lock is held from now on; False: somebody else has it."""
        try:
            _asked(self._file, _SET, _TAKE, place)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def take_within(self, place: int, patience: float) -> bool:
        """The same, tried again and again for so many seconds."""
        if self.take(place):
            return True
        begin = time.monotonic()
        while (waited := time.monotonic() - begin) < patience:
            if waited > SPIN:
                time.sleep(PAUSE)
            if self.take(place):
                return True
        return False

    def leave(self, place: int) -> None:
        """End a lock."""
        _asked(self._file, _SET, _LEAVE, place)

    def taken(self, place: int) -> bool:
        """Whether somebody else holds a lock."""
        return _asked(self._file, _GET, _TAKE, place) != _LEAVE

    @contextmanager
    def holding(self, patience: float) -> Iterator[bool]:
        """Hold the host's lock, or hold it on; False: it was not to be had so soon.

        A generator, as one that is given up ends itself: a signal may come before the first statement of an
        ``__exit__`` in Python, which then does nothing.

        Parameters
        ----------
        patience : float
            Seconds that are tried at most.
        """
        before = self._held
        try:
            self._held = before or self.take_within(HOST, patience)
            yield self._held
        finally:
            self._held = before
            if not before:  # however far an interrupted one has come
                try:
                    self.leave(HOST)
                except BaseException:
                    self.leave(HOST)
                    raise

    def close(self) -> None:
        """End all of them."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
