"""Whoever of the processes of a host speaks with the store for all of them: a thread.

One of them does; when its process ends, another takes over with its next look.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from pathlib import Path

from bporoute._base.logger import WARNING, say
from bporoute.routing.ledger._elsewhere import Elsewhere
from bporoute.routing.ledger._hosts import Hosts
from bporoute.routing.ledger._locks import FIRST_SLOT, HOSTS, Locks
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._store import Store, StoreAwayError

LOOK_EVERY = 0.02
"""Seconds between two looks at what is left; the store is asked only where it is little."""
TELL_EVERY = 1.0
"""Seconds after which the other hosts are told, and heard."""
ENDS_WITHIN = 10.0
"""Seconds after which a thread is not waited for any longer: a store answers or fails sooner."""


class HostThread:
    """A thread of this process that speaks with the store while nobody else does.

    Parameters
    ----------
    owner : object
        Whom it serves; it ends with it.
    segment : Segment
        Of the host.
    folder : Path
        Where the host keeps its files.
    store : Store
        With whom.
    """

    def __init__(self, owner: object, segment: Segment, folder: Path, store: Store) -> None:
        self._owner, self._segment, self._store = weakref.ref(owner), segment, store
        self._locks = locks = Locks(folder / "locks")
        self._hosts = Hosts(segment, locks, store)
        self._elsewhere = Elsewhere(segment, locks, store, folder)
        self._told_at, self._trouble, self._stop = -math.inf, "", threading.Event()
        self._thread = threading.Thread(target=self._run, name="bporoute store", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            if self._owner() is None:
                self._close()
                return
            self._look()

    def _look(self) -> None:
        try:
            if not self._locks.take(HOSTS):
                return
            self._hosts.turn()
            now = time.monotonic()
            if not self._hosts.away and now - self._told_at >= TELL_EVERY:
                self._told_at = now
                self._elsewhere.exchange()
        except StoreAwayError:  # the next turn says so
            return
        except Exception as failure:  # of the disk, or what another version has told
            if str(failure) != self._trouble:
                say([(WARNING, f"nothing is told to other hosts: {failure}")])
            self._trouble = str(failure)
        else:
            self._trouble = ""

    def end(self) -> None:
        """Tell the others for the last time; where no process is left, give back what was granted."""
        self._stop.set()
        self._thread.join(ENDS_WITHIN)
        if self._thread.is_alive():
            return
        if self._locks.take(HOSTS):
            self._told_at = -math.inf
            self._look()
            used = int(self._segment.host["used"][0])
            if sum(self._locks.taken(FIRST_SLOT + slot) for slot in range(used)) <= 1:
                self._hosts.leave()
        self._close()

    def _close(self) -> None:
        self._locks.close()
        self._store.close()

    def forget(self) -> None:
        """In a forked process: it lives in the parent only, and so do its locks."""
        self._locks.close()
