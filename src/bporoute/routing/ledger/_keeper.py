"""Whoever of the processes keeps the accounts of all: a thread that writes them to the disk each second.

Sooner where so much was told meanwhile that somebody would have to wait for it.

One of them does, whoever is first; when its process ends, the next one takes over with its next look.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bporoute._base.logger import WARNING, say
from bporoute.errors import InputError
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._accounts import Accounts, load, save
from bporoute.routing.ledger._granted import since_boot
from bporoute.routing.ledger._locks import KEEPER, Locks
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._settled import add, name_of, told_since

EVERY = 1.0
"""Seconds between two looks."""
MUCH_EVERY = 0.1
"""Seconds between two looks whether so much was told that accounts cannot wait: a quarter of a ring."""
GONE_AFTER = 5.0
"""Seconds after the last look from which on nobody keeps: another one has taken over long before."""
UNKEPT = (
    "nobody keeps the shared ledger: what processes hold is spent, then vendors with caps are closed, until "
    "`bporoute keeper` runs"
)


class Keeper:
    """Keeps accounts while nobody else does, in a thread of this process; it ends with whom it keeps for.

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
    segment : Segment
        Where it is noted how many outcomes of each slot are in the file, and when it looked.
    threaded : bool
        Whether there is a thread. Without one it keeps when it is told to, and somebody else may at once.

    Attributes
    ----------
    keeps : bool
        Whether it is the one that does.
    """

    def __init__(
        self,
        locks: Locks,
        path: Path,
        keep: Callable[[], Accounts | None],
        rest: Callable[[], None],
        segment: Segment,
        threaded: bool,
    ) -> None:
        self._locks, self._path = locks, path
        self._keep, self._whose = weakref.WeakMethod(keep), weakref.ref(_owner(keep))
        self._rest = weakref.WeakMethod(rest)
        self._host: Any = segment.host
        self._segment = segment
        self._kept: Accounts | None = None
        self._known: dict[str, int] | None = None
        """What the accounts on the disk say of files of numbers; None: another one may have written since."""
        self._trouble, self._threaded, self._writing = "", threaded, threading.Lock()
        self.keeps = False
        self.stop = threading.Event()
        """Set when it is to end."""
        if threaded:
            threading.Thread(target=self._run, name="bporoute keeper", daemon=True).start()

    def follow(self, keep: Callable[[], Accounts | None]) -> None:
        """Have the accounts be given by another method from now on."""
        if not self.follows(keep):
            self._keep, self._whose = weakref.WeakMethod(keep), weakref.ref(_owner(keep))

    def follows(self, keep: Callable[[], Accounts | None]) -> bool:
        """Whether it is this method, or another one of the same object, that gives the accounts."""
        return self._whose() is _owner(keep)

    def _run(self) -> None:
        due = time.monotonic() + EVERY
        while not self.stop.wait(min(MUCH_EVERY, EVERY)):
            now = time.monotonic()
            if now < due and not (self.keeps and self._much_told()):
                continue
            keep, rest, is_due = self._keep(), self._rest(), now >= due
            due = now + EVERY
            if keep is None or rest is None:
                return
            try:
                if self._locks.take(KEEPER):
                    self._host["kept_at"][0], self.keeps = since_boot(), True
                    self._save(keep(), last=False)
                if is_due:
                    rest()
            except Exception as failure:  # of the disk, or of somebody else's code
                if self.stop.is_set():
                    return
                self._tell(f"accounts are not kept: {failure}")
            else:
                self._tell("")
            del keep, rest

    def _much_told(self) -> bool:
        """Whether some process has told so much that is not in the accounts that it may have to wait soon."""
        used = int(self._host["used"][0])
        not_kept = self._segment.slots["told"][:used] - self._host["kept"][0, :used]
        return bool((not_kept >= layout.OUTCOMES // 4).any())

    def keep_now(self, accounts: Callable[[], Accounts | None]) -> bool:
        """Write what `accounts` gives at once, unless somebody else keeps any; whether. Trouble is said."""
        try:
            if not self._locks.take(KEEPER):
                return False
            try:
                self._save(accounts())
            finally:
                if not self._threaded:
                    self._locks.leave(KEEPER)
                    self._known = None
        except (InputError, OSError) as failure:
            self._tell(f"accounts are not kept: {failure}")
            return False
        return True

    def end(self, accounts: Accounts | None) -> None:
        """Write for the last time: what all have told by now, or else `accounts`; then the thread ends."""
        self.stop.set()
        keep = self._keep()
        self.keep_now(keep or (lambda: accounts))

    def _save(self, accounts: Accounts | None, *, last: bool = True) -> None:
        """Write accounts, if they are others than those that were written last; none after the `last`."""
        with self._writing:
            if accounts is None or accounts == self._kept or (self.stop.is_set() and not last):
                return
            if self._known is None:
                before = load(self._path, accounts.vendors)
                self._known = {} if before is None else before.settled
            epoch, folder = name_of(self._segment.epoch), self._path.parent
            numbers = told_since(self._segment, accounts.read)
            known = {**self._known, epoch: add(folder, epoch, self._known.get(epoch, 0), numbers)}
            save(self._path, msgspec.structs.replace(accounts, settled=known))
            self._known, self._kept, self._host["kept"][0] = known, accounts, accounts.read

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            say([(WARNING, trouble)])
        self._trouble = trouble


def _owner(method: Any) -> object:
    """Whose method it is."""
    return method.__self__


def is_kept(segment: Segment) -> bool:
    """Whether some process keeps the accounts, or did a moment ago."""
    return since_boot() - float(segment.host["kept_at"][0]) < GONE_AFTER
