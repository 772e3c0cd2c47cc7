"""What changes while a router works, for the log: one line at each change, not too many, nobody's id.

Looked at beside decisions that take the slow way, updates and failures, some times a second at most; the
compiled decision knows nothing of it. A state that goes stale while nobody tells or asks anything is noticed
with the next piece of work.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._base.logger import INFO, WARNING, say
from bporoute._base.words import counted
from bporoute._kernels.routing import codes, columns
from bporoute.estimates._admission import Admission
from bporoute.routing._reasons import RULE_NAMES
from bporoute.routing._standing_now import LOST, feeds, out, reached
from bporoute.routing._tables._tables import RoutingTables

LOOK_EVERY = 0.1
"""Seconds between two looks, at least."""
SAY_EVERY = 60.0
"""Seconds between two lines about the same thing, at least; what happens meanwhile is counted."""
LONGEST = 300
"""Characters of what a policy says of itself."""
Line = tuple[int, str]


class Said:
    """What was said last of each of several things, as codes; 0: all is well.

    Parameters
    ----------
    things : int
        How many.

    Examples
    --------
    >>> said = Said(1)
    >>> [list(said.changes(np.array([code]), now)) for code, now in ((0, 0.0), (7, 1.0), (0, 2.0), (7, 3.0))]
    [[], [(0, 0, 7, 0)], [], []]
    >>> list(said.changes(np.array([0]), 61.0))
    [(0, 7, 0, 2)]
    """

    def __init__(self, things: int) -> None:
        self._said = np.zeros(things, dtype=np.int64)
        self.seen: Integers = self._said.copy()
        """What was seen last."""
        self._at = np.full(things, -math.inf)
        self._unsaid = np.zeros(things, dtype=np.int64)

    def take_over(self, before: Said, numbers: Sequence[tuple[int, int]]) -> None:
        """Have been said what was said of the same things, by pairs of their numbers there and here."""
        for theirs, mine in numbers:
            self._said[mine], self.seen[mine] = before._said[theirs], before.seen[theirs]
            self._at[mine], self._unsaid[mine] = before._at[theirs], before._unsaid[theirs]

    def changes(self, codes_now: Integers, now: float) -> Iterator[tuple[int, int, int, int]]:
        """Things of which a line is due: number, code said last, code now, and changes not said between."""
        self._unsaid += codes_now != self.seen
        self.seen = codes_now
        for thing in np.flatnonzero(codes_now != self._said).tolist():
            if abs(now - self._at[thing]) < SAY_EVERY:
                continue
            before, after, unsaid = int(self._said[thing]), int(codes_now[thing]), int(self._unsaid[thing])
            self._said[thing], self._at[thing], self._unsaid[thing] = after, now, 0
            yield thing, before, after, unsaid - 1


class News:
    """Tells the log what has changed at a router.

    Parameters
    ----------
    tables : RoutingTables
        What is looked at.
    """

    def __init__(self, tables: RoutingTables) -> None:
        self._tables = tables
        vendors, queues = len(tables.vendor_names), len(tables.queue_names)
        self._out, self._caps, self._feeds = Said(vendors), Said(vendors), Said(queues)
        self._policy, self._ledger = Said(queues + 1), Said(1)
        self._looked_at, self._turned = math.nan, -1
        self._admissions: tuple[Admission, ...] = ()
        self._admitted: Floats = np.zeros(0)

    def take_over(
        self, before: News, vendors: Sequence[tuple[int, int]], queues: Sequence[tuple[int, int]]
    ) -> None:
        """Have told what another one has, by pairs of the numbers of vendors and queues there and here."""
        self._looked_at = before._looked_at
        self._out.take_over(before._out, vendors)
        self._caps.take_over(before._caps, vendors)
        self._feeds.take_over(before._feeds, queues)
        self._policy.take_over(before._policy, queues)
        self._ledger.take_over(before._ledger, [(0, 0)])

    def tell(self, now: float, *, at_once: bool = False) -> None:
        """Look at an instant (epoch seconds) what has changed, and log it. The ledger's lock is not held.

        `at_once`: however short ago somebody looked, for something has changed; so it may have where the
        calendar was looked at since.
        """
        turned = self._tables.clock.turned
        soon = abs(now - self._looked_at) < LOOK_EVERY and turned == self._turned
        if (soon and not at_once) or not math.isfinite(now):
            return
        with self._tables.ledger.lock:
            self._looked_at, self._turned = now, turned
            lines = [
                *self._of_vendors(now),
                *self._of_queues(now),
                *self._of_policy(now),
                *self._of_ledger(now),
            ]
        say(lines)

    def _of_vendors(self, now: float) -> Iterator[Line]:
        tables, names = self._tables, self._tables.vendor_names
        table, usage = tables.arrays.vendors[:-1], tables.arrays.sent
        admissions = tables.offers.watch.admissions
        if admissions is not self._admissions:
            self._admissions, self._admitted = admissions, np.array([each.share for each in admissions])
        admitted = self._admitted
        for vendor, _, code, unsaid in self._out.changes(out(table, admitted), now):
            why = "cannot be reached" if code == codes.DOWN else "failed too often lately"
            yield _line(f"vendor {names[vendor]}", f"out: {why}" if code else "back", bool(code), unsaid)
        for vendor, before, code, unsaid in self._caps.changes(reached(table, usage), now):
            what = f"{RULE_NAMES[code]} reached" if code else f"{RULE_NAMES[before]} free again"
            yield _line(f"vendor {names[vendor]}", what, bool(code), unsaid)

    def _of_queues(self, now: float) -> Iterator[Line]:
        tables = self._tables
        rows = tables.arrays.queues[:-1]
        closed = rows[:, columns.QUEUE_STATUS] != 0.0
        found = np.where(closed, self._feeds.seen, feeds(rows, now))  # nobody feeds a queue that is closed
        for queue, _, code, unsaid in self._feeds.changes(found, now):
            age = now - tables.queues.rows[queue].present_at
            grown = f"state {'lost' if code == LOST else 'stale'}, {age:.0f} s old"
            what = grown if code else "state is fresh again"
            yield _line(f"queue {tables.queue_names[queue]}", what, bool(code), unsaid)

    def _of_policy(self, now: float) -> Iterator[Line]:
        queues = self._tables.queues
        rows = (*queues.rows, queues.spare)
        failing = [
            row.basis.distrust if row.basis.distrust and row.state is not None and not row.distrust else ""
            for row in rows
        ]
        found = np.array(list(map(len, failing))) > 0
        for number, _, code, unsaid in self._policy.changes(found.astype(np.int64), now):
            who = "a snapshot" if number == len(queues.rows) else f"queue {self._tables.queue_names[number]}"
            text = " ".join(failing[number].split())[:LONGEST]
            yield _line(who, text if code else "the policy answers again", bool(code), unsaid)

    def _of_ledger(self, now: float) -> Iterator[Line]:
        trouble = self._tables.ledger.trouble
        for _, _, code, unsaid in self._ledger.changes(np.array([int(bool(trouble))]), now):
            yield _line("ledger", trouble if code else "as it should be again", bool(code), unsaid)


def _line(who: str, what: str, bad: bool, unsaid: int) -> Line:
    between = f" ({counted(unsaid, 'change')} not said since the last line)" if unsaid > 0 else ""
    return (WARNING if bad else INFO), f"{who}: {what}{between}"
