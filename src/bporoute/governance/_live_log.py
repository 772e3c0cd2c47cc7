"""A log of decisions for a process that lives on: handed over in the call path, written behind it."""

from __future__ import annotations

import atexit
import math
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from bporoute.errors import InputError
from bporoute.governance._chain import BEFORE_ALL, checked_key
from bporoute.governance._log_lines import Ids, LogLines
from bporoute.governance._log_sources import ENDING
from bporoute.governance._log_status import LogStatus
from bporoute.governance._log_writer import Item, LogWriter
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import OUTCOMES, Outcome
from bporoute.routing._parts import time_told

LOOK = 0.05
"""Seconds between two looks at what was handed over."""
LEAST_ROOM = 64


class LiveDecisionLog:
    """Appends decisions to a file that a process keeps; handing one over takes about a microsecond.

    A thread of its own writes them. The file may be read by its owner only; its lines are numbered and
    chained, also over files that were put away (``STEM.LOG.LINE.jsonl`` in the same folder) and over
    restarts, so that `bporoute.governance.audit_files` tells which are missing or were changed. A forked
    process writes a log of its own, ``STEM.PROCESS.jsonl``. Where there is no room for a decision, since
    they come quicker than they can be written or the disk is full, it is dropped, counted, and the log says
    so. Nothing here raises in the call path.

    Parameters
    ----------
    path : Path
        The file, whose name ends in ``.jsonl``. If there is one already, it is gone on with; what its last
        writer left unfinished is closed, and said.
    key : bytes or None
        Chains the lines so that nobody without it can write others; 16 bytes or more. None: by plain hashes.
    ids : {"plain", "hashed", "none"}
        How the ids of contacts stand in the log: as they are, hashed by `id_key`, or left out.
    id_key : bytes or None
        Makes the hashes of ids; 16 bytes or more.
    memory : float
        Bytes that what waits to be written may hold. A decision holds what it rests on, some 200 bytes for
        each vendor, until it is written.
    most_bytes : float
        Size from which on a file is put away and the next one begun.
    by_day : bool
        Whether a file is put away when a day ends (UTC), too.
    sync_every : float
        Seconds between two times that what is written is forced onto the disk: what a power cut can cost.
    clock : callable
        Gives the time in epoch seconds (UTC).

    Raises
    ------
    InputError
        If nothing can be written there, another writer has the file, it is not a log by this key, or a key
        is missing or too short.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from bporoute import Contact, Router
    >>> from bporoute.governance import LiveDecisionLog, audit_files
    >>> from bporoute.simulation import demo_center
    >>> center = demo_center()
    >>> router = Router(center, "QueueLength(8)", compile=False)
    >>> with TemporaryDirectory() as folder:
    ...     with LiveDecisionLog(Path(folder) / "decisions.jsonl", ids="none") as log:
    ...         decision = router.route(Contact("sales", id="+46 8 123 456"))
    ...         log.write(decision)
    ...         _ = router.settle(decision, "answered", wait=3.0, handle=180.0)
    ...         log.settled(decision, "answered", wait=3.0, handle=180.0)
    ...     audit_files([Path(folder)], center).clean
    True
    """

    def __init__(
        self,
        path: Path,
        *,
        key: bytes | None = None,
        ids: Ids = "plain",
        id_key: bytes | None = None,
        memory: float = 64e6,
        most_bytes: float = 256e6,
        by_day: bool = True,
        sync_every: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = Path(path)
        if self._path.suffix != ENDING:
            raise InputError(str(path), repr(self._path.suffix), f"a name that ends in {ENDING}")
        for name, value in (("memory", memory), ("most_bytes", most_bytes)):
            if not (isinstance(value, int | float) and value > 0.0):
                raise InputError(name, repr(value), "bytes above 0")
        if not (isinstance(sync_every, int | float) and 0.0 <= sync_every < math.inf):
            raise InputError("sync_every", repr(sync_every), "seconds from 0 on")
        self._says = LogLines(ids, id_key)
        self._key = checked_key(key, "key")
        self._memory, self._clock = memory, clock
        self._options = clock, most_bytes, by_day, sync_every
        self._begin(self._path)
        try:
            self._writer.open()
        except (OSError, InputError) as failure:
            self._writer.file.close(None)
            if isinstance(failure, InputError):
                raise
            found = failure.strerror or str(failure)
            raise InputError(str(path), found, "a file that can be written") from None
        _living.add(self)

    def _begin(self, path: Path) -> None:
        """Be a log that has nothing yet: at first, and in a forked process."""
        self._writer = LogWriter(path, self._says, self._key, *self._options)
        self._waiting = self._writer.waiting
        self._room = 0
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._woken = threading.Event()
        self._guard = threading.RLock()  # a signal's handler may log, too
        self._writing = threading.Lock()
        self._flushed = threading.Condition()
        self._asked = 0
        self._answered = 0.0

    def write(self, decision: Decision) -> None:
        """Hand a decision over.

        Parameters
        ----------
        decision : Decision
            As `Router.route` returned it.
        """
        if len(self._waiting) < self._room:
            self._waiting.append(decision)
        else:
            self._take(decision, decision)

    def settled(
        self,
        decision: Decision,
        outcome: Outcome,
        wait: float | None = None,
        handle: float | None = None,
        owed: float | None = None,
    ) -> None:
        """Hand over how a contact ended.

        Parameters
        ----------
        decision : Decision
            As `Router.route` returned it.
        outcome : {"answered", "abandoned", "failed", "undelivered"}
            As it was told to `Router.settle`; what is none of these is not noted.
        wait, handle : float or None
            Likewise, seconds.
        owed : float or None
            Money that the vendor is owed for it, as `Router.settle` returned it.
        """
        if not isinstance(outcome, str) or outcome not in OUTCOMES:
            return
        ended = (decision, outcome, wait, handle, owed, time_told(self._clock)[0])
        if len(self._waiting) < self._room:
            self._waiting.append(ended)
        else:
            self._take(ended, decision)

    @property
    def status(self) -> LogStatus:
        """How the log is."""
        writer, last = self._writer, self._writer.file.last
        return LogStatus(
            str(writer.file.path),
            len(writer.waiting) + writer.told,
            writer.written,
            writer.dropped,
            None if last == BEFORE_ALL else str(last),
            writer.trouble or writer.cost,
        )

    def flush(self) -> None:
        """Have everything handed over so far in the file and on the disk, or its loss told in `status`."""
        if self._thread is None or self._thread is threading.current_thread():
            return
        with self._flushed:
            self._asked += 1
            mine = self._asked
            self._woken.set()
            self._flushed.wait_for(lambda: self._answered >= mine)

    def close(self) -> None:
        """Write what was handed over, end the log, and let go of its file; once is enough.

        What is handed over later is dropped. At the end of the process it happens by itself.
        """
        with self._guard:
            self._room = 0
            stopped, self._stopped = self._stopped, True
        if stopped:
            return
        if self._thread is None:
            self._writer.close()
        else:  # an interrupt of this thread does not break it off
            self._woken.set()
            self._thread.join()
        _living.discard(self)

    def __enter__(self) -> LiveDecisionLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, item: Item, decision: object) -> None:
        """Take what found no room the quick way: the first in this process, or one too many."""
        with self._guard:
            if self._stopped:
                self._writer.dropped += 1
                return
            if not isinstance(decision, Decision):
                self._writer.lose(1, "no decision")
            elif self._thread is None and not self._start(decision):
                self._writer.lose(1)
            elif len(self._waiting) < self._room:
                self._waiting.append(item)
            else:
                self._writer.lose(1)

    def _start(self, decision: Decision) -> bool:
        """Begin to write; whether that can be: not any more where Python ends."""
        thread = threading.Thread(target=self._work, name="bporoute log", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        self._room = self._room_for(decision)
        _close_with_worker(self)
        return True

    def _room_for(self, decision: Decision) -> int:
        """How many decisions like this one may wait."""
        page = decision.evidence.page.numbers
        return max(LEAST_ROOM, int(min(1e7, self._memory / (page.nbytes / max(len(page), 1) + 500.0))))

    def _work(self) -> None:
        """Write until the log is closed."""
        writer, stopped = self._writer, False
        while not stopped:
            self._woken.wait(LOOK)
            self._woken.clear()
            stopped, asked = self._stopped, self._asked
            with self._writing:
                try:
                    if stopped:
                        writer.close()
                    elif asked > self._answered:
                        writer.write_all()
                        writer.sync(now=True)
                    else:
                        while writer.write_batch(self._room) and not self._woken.is_set():
                            pass
                        writer.sync(now=False)
                except Exception as failure:  # a clock of the user's own, say: the writer goes on
                    writer.fail(failure)
            with self._flushed:
                self._answered = math.inf if stopped else asked
                self._flushed.notify_all()

    def _go_on_in_child(self) -> None:
        """In a forked process: what waits, and the file, are the parent's."""
        self._writer.file.abandon()
        if not self._stopped:
            self._begin(self._path.with_name(f"{self._path.stem}.{os.getpid()}{self._path.suffix}"))


_living: weakref.WeakSet[LiveDecisionLog] = weakref.WeakSet()


def _close_with_worker(log: LiveDecisionLog) -> None:
    """Have the log closed where a worker of ``multiprocessing`` ends: its end is no exit of Python."""
    running = sys.modules.get("multiprocessing.process")
    if running is not None and running.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, log.close, exitpriority=0)


def _close_all() -> None:
    for log in list(_living):
        log.close()


def _after_fork_in_child() -> None:
    for log in list(_living):
        log._go_on_in_child()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_after_fork_in_child)
