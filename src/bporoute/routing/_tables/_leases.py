"""Leases: a contact sent out, of which nobody tells the end, counts as there only for so long."""

from __future__ import annotations

import math
from collections.abc import Iterator
from heapq import heapify, heappop, heappush, heapreplace

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute.routing._tables._page import Page


class Leases:
    """The contacts sent out that are not settled, page by page; `lease` is in seconds.

    A heap of the full pages, first the one whose oldest contact was sent first, so that looking costs what
    there is to end, however many contacts are out.
    """

    def __init__(self, lease: float) -> None:
        self._lease = lease
        self._full: list[_Sent] = []

    def add(self, page: Page, now: float) -> None:
        """Take notice of a page that is full; where it is not noted when, its contacts were sent now."""
        sent = _Sent(page.sent_at(now), page.opened)
        if not sent.settled:
            heappush(self._full, sent)

    def mend(self, page: Page) -> None:
        """Take notice of a full page, if nobody did, after somebody who would have was interrupted."""
        heapify(self._full)
        if not any(sent.opened is page.opened for sent in self._full):
            self.add(page, page.at[0])

    def until(self, now: float) -> float:
        """An instant, epoch seconds, before which no lease ends, nor one that begins from now on."""
        return min([now, *(sent.oldest for sent in self._full[:1])]) + self._lease

    def there(self, page: Page, place: int, at: float) -> int:
        """Contacts sent to the vendor of a place after an instant, epoch seconds, that are there still.

        `page` is the one that is not full yet.
        """
        pages = [(page.at[: page.used], page.opened[: page.used])]
        pages += [(sent.at, sent.opened) for sent in self._full]
        return sum(
            int(np.count_nonzero((opened == place + 1.0) & (sent_at > at))) for sent_at, opened in pages
        )

    def end(self, page: Page, now: float) -> Iterator[tuple[Floats, Integers]]:
        """The contacts that have been there for too long, page by page; whoever asks marks them as gone.

        Parameters
        ----------
        page : Page
            The one that is not full yet.
        now : float
            Epoch seconds; nothing ends at an instant that is none.

        Yields
        ------
        opened : array
            Place of the vendor + 1 of each line where a contact is there.
        lines : array of int
            Where that is to be 0 before the next page is asked for.
        """
        if not math.isfinite(now):
            return
        if page.first and page.used:  # else nothing was reserved there
            yield from _Sent(page.sent_at(now), page.opened).end(now, self._lease)
        full = self._full
        while full and (now - full[0].oldest > self._lease or full[0].settled):
            sent = full[0]
            yield from sent.end(now, self._lease)
            if sent.settled:
                heappop(full)
            else:
                heapreplace(full, sent)


class _Sent:
    """The contacts of one page: when each was sent, and its vendor's place + 1 where it is there still."""

    __slots__ = ("at", "oldest", "opened")

    def __init__(self, at: Floats, opened: Floats) -> None:
        self.at = at
        self.opened = opened
        self.oldest = self._oldest()

    def __lt__(self, other: _Sent) -> bool:
        return self.oldest < other.oldest

    @property
    def settled(self) -> bool:
        return not (self.opened > 0.0).any()

    def end(self, now: float, lease: float) -> Iterator[tuple[Floats, Integers]]:
        """Those sent longer ago than the lease."""
        if now - self.oldest > lease:
            yield self.opened, np.flatnonzero((self.opened > 0.0) & (now - self.at > lease))
            self.oldest = self._oldest()

    def _oldest(self) -> float:
        """Never nan, which a heap could not order."""
        there = self.at[self.opened > 0.0]
        return float(np.fmin.reduce(there, initial=math.inf))
