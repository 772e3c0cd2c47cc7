"""Whoever of the processes keeps the accounts of all: a thread that writes them to the disk each second.

One of them does, whoever is first; when its process ends, the next one takes over with its next look.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from bporoute._base.arrays import Floats
from bporoute._base.logger import WARNING, say
from bporoute.errors import InputError
from bporoute.routing.ledger._accounts import Accounts, save
from bporoute.routing.ledger._locks import KEEPER, Locks

EVERY = 1.0
"""Seconds between two looks."""


class Keeper:
    """A thread of this process that keeps accounts while nobody else does; it ends with whom it keeps for.

    Parameters
    ----------
    locks : Locks
        By which there is one keeper.
    path : Path
        The file.
    keep : callable
        A method that gives the accounts as they are; None: nothing is to be kept.
    rest : callable
        A method, called each second: has the process hold nothing if it does nothing.
    kept : array
        Where it is noted how many outcomes of each slot are in the file.
    """

    def __init__(
        self,
        locks: Locks,
        path: Path,
        keep: Callable[[], Accounts | None],
        rest: Callable[[], None],
        kept: Floats,
    ) -> None:
        self._locks, self._path, self._keep, self._in_file = locks, path, weakref.WeakMethod(keep), kept
        self._rest = weakref.WeakMethod(rest)
        self._kept: Accounts | None = None
        self._trouble = ""
        self.stop = threading.Event()
        """Set when it is to end."""
        threading.Thread(target=self._run, name="bporoute keeper", daemon=True).start()

    def _run(self) -> None:
        while not self.stop.wait(EVERY):
            keep, rest = self._keep(), self._rest()
            if keep is None or rest is None:
                return
            try:
                rest()
                if self._locks.take(KEEPER):
                    self._save(keep())
            except Exception as failure:  # of the disk, or of somebody else's code
                if self.stop.is_set():
                    return
                self._tell(f"accounts are not kept: {failure}")
            else:
                self._tell("")
            del keep, rest

    def keep_now(self, accounts: Accounts | None) -> bool:
        """Write accounts at once; whether they are, or else somebody else keeps any. Trouble is said."""
        try:
            if not self._locks.take(KEEPER):
                return False
            self._save(accounts)
        except (InputError, OSError) as failure:
            self._tell(f"accounts are not kept: {failure}")
            return False
        return True

    def end(self, accounts: Accounts | None) -> None:
        """Write for the last time: what all have told by now, or else `accounts`; then the thread ends."""
        self.stop.set()
        keep = self._keep()
        self.keep_now(accounts if keep is None else keep())

    def _save(self, accounts: Accounts | None) -> None:
        """Write accounts, if they are others than those that were written last."""
        if accounts is not None and accounts != self._kept:
            save(self._path, accounts)
            self._kept, self._in_file[:] = accounts, accounts.read

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            say([(WARNING, trouble)])
        self._trouble = trouble
