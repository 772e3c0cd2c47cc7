"""The writing side of a living log: what was handed over becomes lines, in batches, and goes to its file."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from bporoute.errors import InputError, shown
from bporoute.governance._log_file import LogFile
from bporoute.governance._log_lines import Announcer, LogLines, dropped
from bporoute.routing._decision import Decision
from bporoute.routing._outcome import Outcome
from bporoute.routing._parts import time_told

BATCH = 256
"""Lines that are written at once at most."""
MOST_WAIT = 0.1
"""Seconds that a line waits for others of its batch at most."""
PAUSE = 2e-5
"""Seconds for which others get Python between lines, as long as there is time."""
FEW = 8
"""Lines between two pauses where more than a batch waits."""
RETRY = 1.0
"""Seconds until what could not be written is tried again."""
DAY = 86_400.0
_log = logging.getLogger("bporoute")

Ended = tuple[Decision, Outcome, object, object, object, float]
"""How a contact ended, as `LogLines.outcome` takes it."""
Item = Decision | Ended


class LogWriter:
    """Writes what waits in a queue; one thread at a time.

    Attributes
    ----------
    waiting : deque
        What was handed over.
    file : LogFile
        Where it goes.
    written, dropped : int
        Decisions and outcomes in the file, and lost.
    told : int
        Those that are lines already and not in the file yet.
    trouble : str
        Why nothing can be written now; empty if it can.
    cost : str
        What has cost evidence last; empty if nothing has.
    """

    def __init__(
        self,
        path: Path,
        says: LogLines,
        key: bytes | None,
        clock: Callable[[], float],
        most_bytes: float,
        by_day: bool,
        sync_every: float,
    ) -> None:
        self.waiting: deque[Item] = deque()
        self.file = LogFile(path, says, key)
        self.written = self.dropped = self.told = 0
        self.trouble = self.cost = ""
        self._says = says
        self._clock = clock
        self._most_bytes, self._by_day, self._sync_every = most_bytes, by_day, sync_every
        self._announcer = Announcer()
        self._plain: list[bytes] = []
        self._untold, self._why = 0, ""
        self._counting = threading.RLock()  # a signal's handler may lose something, too
        self._day = math.nan
        self._synced = self._retry = -math.inf
        self._dirty = False

    def open(self) -> None:
        """Begin a file, or go on with one; see `LogFile.open`."""
        now = time_told(self._clock)[0]
        self.file.open(now)
        if self._plain:  # of decisions whose makers the file before has announced
            self._plain = [*self._announcer.lines, *self._plain]
        else:
            self._announcer = Announcer()
        self._day = now // DAY
        self._dirty = True

    def write_batch(self, room: int) -> bool:
        """Write a batch; whether there is more, and it can be written.

        Between lines others get a pause, but for where more than half of `room` is taken; 0: in a hurry.
        """
        if not (self.waiting or self._plain or self._untold):
            return False
        if room and time.monotonic() < self._retry:
            return False
        try:
            if not self.file.opened:
                self.open()
            else:
                self._go_on_elsewhere()
            if self._due():
                self.file.put_away(time_told(self._clock)[0])
                self.open()
            if not self._plain:
                self._encode(room)
            if self._plain:
                self.file.append(self._plain)
                self._dirty = True
                self.written += self.told
                self._plain, self.told = [], 0
        except (OSError, InputError) as failure:
            self.fail(failure)
            return False
        if self.trouble:
            self.trouble = ""
            _log.warning("decision log %s: written again", self.file.path)
        return bool(self.waiting)

    def write_all(self) -> None:
        """Write what waits by now, as far as that can be."""
        for _ in range(len(self.waiting) // BATCH + 2):
            if not self.write_batch(0):
                return

    def sync(self, now: bool) -> None:
        """Have what is written on the disk, if it is time, or `now`."""
        at = time.monotonic()
        if not (self._dirty and self.file.opened and (now or at - self._synced >= self._sync_every)):
            return
        self._synced = at
        try:
            self.file.sync()
            self._dirty = False
            self._go_on_elsewhere()
        except (OSError, InputError) as failure:
            self.fail(failure)

    def close(self) -> None:
        """Write what waits, end the log, and let go of its file."""
        self.write_all()
        lost = len(self.waiting) + self.told
        if lost:
            self.lose(lost)
            _log.error("decision log %s: %d lost: %s", self.file.path, lost, self.trouble)
        try:
            if self.file.opened:
                self._go_on_elsewhere()
            self.file.close(time_told(self._clock)[0])
        except (OSError, InputError) as failure:
            self.fail(failure)
            self.file.abandon()
        self.waiting.clear()
        self._plain, self.told = [], 0

    def lose(self, count: int, why: str = "no room") -> None:
        """Count what will not be in the file; the next line to be written says so."""
        with self._counting:
            self.dropped += count
            self._untold += count
            self._why = why

    def fail(self, failure: Exception) -> None:
        """Note why nothing could be written, and when to try again; say it once."""
        said = getattr(failure, "strerror", None) or str(failure) or type(failure).__name__
        if said != self.trouble:
            _log.error("decision log %s: %s", self.file.path, said)
        self.trouble = said
        self._retry = time.monotonic() + RETRY

    def _encode(self, room: int) -> None:
        """Take a batch of what waits, and put it into lines."""
        waiting, plain = self.waiting, self._plain
        until = time.monotonic() + MOST_WAIT
        for number in range(min(len(waiting), BATCH)):
            item = waiting.popleft()
            try:
                plain += self._lines(item)
                self.told += 1
            except Exception as failure:  # a policy of the user's own that cannot say what it is
                self.lose(1, f"could not be told: {type(failure).__name__}")
                self.cost = f"a line could not be told: {shown(failure)}"
            left = len(waiting)
            if left < room // 2 and (left < BATCH or number % FEW == 0):
                time.sleep(PAUSE)  # else they wait for Python until the interpreter's next switch, 5 ms
            if time.monotonic() > until:
                break
        with self._counting:
            lost, self._untold = self._untold, 0
        if lost:
            plain.append(dropped(lost, self._why, time_told(self._clock)[0]))
            _log.warning("decision log %s: %d dropped, %s", self.file.path, lost, self._why)

    def _lines(self, item: Item) -> list[bytes]:
        if isinstance(item, tuple):
            return [self._says.outcome(*item)]
        news = self._announcer.news(item.evidence.basis)
        line = self._says.decision(item)
        return [line] if news is None else [news, line]

    def _go_on_elsewhere(self) -> None:
        """Begin another file where somebody has moved, deleted or cut this one; the chain goes on in it."""
        found = self.file.tampering()
        if not found:
            return
        said = f"somebody has {found} the file"
        if found != "moved":
            said = self.cost = f"{said}: what is missing up to line {self.file.last.line} is lost"
        _log.error("decision log %s: %s", self.file.path, said)
        self.file.leave()
        self.open()

    def _due(self) -> bool:
        """Whether the file is to be put away."""
        today = time_told(self._clock)[0] // DAY
        if self._day != self._day:  # begun while the clock failed
            self._day = today
        return self.file.size >= self._most_bytes or (self._by_day and today > self._day)
