"""The pages that decisions are noted on, and when they are turned."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from bporoute._base.arrays import Floats
from bporoute._kernels.routing import codes, columns
from bporoute.routing._tables._arrays import RoutingArrays
from bporoute.routing._tables._leases import Leases
from bporoute.routing._tables._page import Page, line_bytes
from bporoute.routing.ledger._memory import Ledger

MOST_PAGES = 64
"""Pages that are joined to one at most."""
MOST_BYTES = 4_000_000
"""Of a page's evidence, which is kept as long as one of its decisions: a line of 200 vendors has 42 kB."""
FEW_LEFT = 16
"""Of the lines of a page, the part that are few: one in so many."""
LOOKED_BACK = 16_384
"""Decisions up to which, or a page more, those that a late state did not know of are looked for."""


def most_lines(ways: int) -> int:
    """Lines of a page with room for so many ways.

    >>> most_lines(9), most_lines(201)
    (256, 95)
    """
    return max(min(codes.MOST_LINES, MOST_BYTES // line_bytes(ways)), 1)


class Pages:
    """The page that the next decision goes to; a contact sent out counts for `lease` seconds at most.

    Attributes
    ----------
    routed, asked : Page
        For decisions that are reserved, and for those that are only asked for.
    arrays : RoutingArrays
        Of the tables whose decisions are noted; others may come after them.
    """

    def __init__(self, arrays: RoutingArrays, ledger: Ledger, lease: float) -> None:
        self.arrays = arrays
        self._ledger = ledger
        self._leases, self._lease = Leases(lease), lease
        self._turned: deque[tuple[Floats, Floats]] = deque()
        self._turned_lines = 0
        self._parents: Page | None = None
        """The page of the process that this one was forked from: what is open on it ends there."""
        self._unfiled: Page | None = None
        """A full page that leases and late states are still to take notice of."""
        ledger.follow_presence(self.sent_after)
        ledger.follow_moves(self.end_page)
        ledger.follow_forks(self.forget)
        self.routed = Page(1, 1, 0)
        self.asked = Page(1, 1, 0)
        self.routed.header[columns.HEADER_USED] = 1  # nothing is ever noted there

    def has_room(self, commit: bool) -> bool:
        """Whether the page has a line for the next decision, of all ways that there are."""
        page = self.routed if commit else self.asked
        return not page.full and page.numbers.shape[1] == self.arrays.ways.shape[1] + 1

    def turn(self, commit: bool, now: float) -> None:
        """Begin a new page, twice as long up to a limit."""
        page, ways = self.routed if commit else self.asked, self.arrays.ways.shape[1]
        # Not by its header: a page that was ended early, maybe before anything was on it, says less there.
        lines = min(2 * len(page.opened), most_lines(ways))
        if not commit:
            self.asked = Page(lines, ways, 0)
            return
        self.cut()
        ledger = self._ledger
        new = Page(lines, ways, ledger.decisions + 1)
        # On one line: no number is given twice, and no page is forgotten.
        self.routed, self._unfiled, ledger.decisions = new, page, ledger.decisions + lines
        if page is not self._parents:
            self._leases.add(page, now)
        self._remember(page)
        self._unfiled = None
        self.end_leases(now)

    def turn_early(self, now: float) -> None:
        """Turn a page that is half full, where somebody waits for other work anyway; its rest stays empty."""
        page = self.routed
        most = most_lines(page.ways)
        if page.first and 2 * (page.used % most) >= most:
            self.cut()
            page.header[columns.HEADER_LINES] = page.used  # no decision is noted there any more
            self.turn(True, now)

    def turn_ahead(self, now: float) -> None:
        """Turn a page that is nearly full, where that keeps no contact waiting; its last lines stay empty."""
        if self.nearly_full:
            page = self.routed
            page.header[columns.HEADER_LINES] = page.used  # no decision is noted there any more
            self.turn(True, now)

    @property
    def nearly_full(self) -> bool:
        """Whether the page has few lines left, and is one of those that are not lengthened."""
        page = self.routed
        used, lines = page.head[columns.HEADER_USED], page.head[columns.HEADER_LINES]
        if used * FEW_LEFT < lines * (FEW_LEFT - 1):  # as nearly always
            return False
        return FEW_LEFT <= lines > used and page.first > 0 and len(page.numbers) > 0

    def end_page(self) -> None:
        """Have the next decision be on another page: it is counted elsewhere from then on."""
        self.cut()
        page = self.routed
        if page.first:
            page.header[columns.HEADER_LINES] = page.used

    def forget(self) -> None:
        """What is open on the pages was sent by the process that this one was forked from, and ends there."""
        self._leases, self._unfiled, self._parents = Leases(self._lease), None, self.routed

    def mend(self) -> None:
        """Bring in order what somebody left who was interrupted."""
        self.cut()
        page = self._unfiled
        if page is not None:
            if page is not self._parents:
                self._leases.mend(page)
            if not self._turned or self._turned[-1][1] is not page.opened:
                self._remember(page)
            self._unfiled = None
        self._turned_lines = sum(len(at) for at, _ in self._turned)

    def lengthen(self, at: Floats, contacts: int, quiet: float, until: float) -> Page:
        """Let the page be as long as so many contacts need, if nothing is on it yet.

        Never so long that turning to a new page within would have changed anything. There is no room for
        evidence, so nobody else may see the page before it is full or `cut`. `at` holds when each is decided,
        epoch seconds, or one instant for all; `quiet` is how many contacts may come before a mix is to be
        looked at, and `until` when arrivals are looked at where a page is turned.
        """
        page = self.routed
        most = most_lines(page.ways)
        if page.used or page.lines < most:
            return page
        if len(at) > 1:
            until = min(until, self._leases.until(at[0]) - 1.0)
            contacts = min(contacts, int(np.searchsorted(at, until)))
        pages = min(contacts // most, math.ceil(min(quiet / most, MOST_PAGES)))
        if pages > 1:
            lines = pages * most
            ledger, longer = self._ledger, Page(lines, page.numbers.shape[1] - 1, page.first, evidence=False)
            self.routed, ledger.decisions = longer, ledger.decisions + lines - page.lines
        return self.routed

    def cut(self) -> None:
        """End a page that was lengthened where a page of the usual length would have ended."""
        page = self.routed
        if page.full or len(page.numbers):
            return
        most = most_lines(page.ways)
        lines = -(-max(page.used, 1) // most) * most
        ledger, fields = self._ledger, [columns.HEADER_LINES, columns.HEADER_USED]
        ledger.decisions, page.header[fields] = ledger.decisions - page.lines + lines, lines

    @property
    def next_number(self) -> int:
        """Number of the next decision that is reserved."""
        return self.routed.first + self.routed.used

    def kept_after(self, queue: int, at: float) -> float:
        """Contacts kept after an instant by a queue, as pages name it, that are not settled."""
        page, kept = self.routed, 0
        for when, opened in ((page.at[: page.used], page.opened[: page.used]), *reversed(self._turned)):
            kept += int(np.count_nonzero((opened == codes.KEPT - queue) & (when > at)))
            if len(when) and when[0] <= at:
                break
        return float(kept)

    def sent_after(self, place: int, at: float) -> int:
        """Contacts sent to the vendor of a place after an instant that are there still."""
        return self._leases.there(self.routed, place, at)

    def _remember(self, page: Page) -> None:
        """Keep what is open of a full page, not its evidence, as long as it may be looked back at."""
        turned = self._turned
        turned.append((page.at, page.opened))
        self._turned_lines += len(page.at)
        while self._turned_lines - len(turned[0][0]) >= LOOKED_BACK:
            self._turned_lines -= len(turned.popleft()[0])

    def end_leases(self, now: float) -> None:
        """Contacts sent out long ago, of which nobody told the end, are gone from the vendor, and spent."""
        ledger = self._ledger
        if ledger.shared:
            ledger.end_open(now)
        for opened, lines in self._leases.end(self.routed, now):
            places, contacts = np.unique(opened[lines].astype(np.int64) - 1, return_counts=True)
            counts, there = ledger.counters, (places, columns.IN_FLIGHT)
            # On one line: a contact is gone from the page and from the count.
            opened[lines], counts[there] = 0.0, np.maximum(counts[there] - contacts, 0.0)
            for place in places.tolist():
                ledger.spending_changed(place)
        if ledger.shared:
            ledger.end_leases(now, self._lease)
