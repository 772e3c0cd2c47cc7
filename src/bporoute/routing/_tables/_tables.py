"""The routing tables: a center and a policy as the arrays that the decision kernel works on.

Three things keep them true: `follow` keeps up with the calendar (`bporoute.routing._tables._clock`), `load`
solves a queue's rule when its state changes (`bporoute.routing._tables._queues`), and
`bporoute.routing._tables._profiles` knows the kinds of contact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bporoute import _kernels
from bporoute._kernels.routing import columns as codes
from bporoute._kernels.routing.choose import decide, note_inputs, reserve
from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.policies._thresholds import Policy
from bporoute.routing._tables._arrays import Row as Row
from bporoute.routing._tables._arrays import View as View
from bporoute.routing._tables._clock import FollowedRows
from bporoute.routing._tables._page import Page
from bporoute.routing._tables._profiles import Kind
from bporoute.routing._tables._vendors import Vendors as Vendors
from bporoute.routing.ledger._memory import Ledger


class Tables(FollowedRows):
    """Arrays for one center and policy, counting in one ledger, by which contacts are decided."""

    def __init__(self, center: Center, policy: Policy, ledger: Ledger, lease: float) -> None:
        super().__init__(center, policy, ledger, lease)
        self._ticket = np.zeros(codes.TICKET_WORDS, dtype=np.int64)
        self._ticket_at: int = self._ticket.ctypes.data

    def kind(self, contact: Contact) -> Kind:
        """The kind of a contact, made if it is the first."""
        known = len(self.profiles.kinds)
        kind = self.profiles.find(contact)
        if len(self.profiles.kinds) > known:
            self._touch({kind.queue})
        return kind

    def decide(
        self, kind: Kind, row: Row, now: float, luck: float, vendors: Vendors | None, commit: bool
    ) -> tuple[Page, int, int]:
        """Decide a contact of a kind by a row of the queues: the page and line of the evidence, and the way.

        Where the vendors are a snapshot's, nothing they tell is kept.
        """
        page = self.page(commit, now)
        found = -1
        if vendors is None:
            found = self._called(kind, row, now, luck, page)
        page, line, chosen = (
            self._interpreted(kind, row, now, luck, vendors, page)
            if found < 0
            else (page, found % codes.NEWS >> codes.WAY_BITS, (found & codes.WAY_MASK) - 1)
        )
        if page.first and row is self.spare:
            self._return(row, self.rows[kind.queue])
        return page, line, chosen

    def _called(self, kind: Kind, row: Row, now: float, luck: float, page: Page) -> int:
        """The compiled call for a row and a luck that are not the kind's own; -1 if it cannot be made."""
        call = _kernels.current().call
        if call is None:
            return -1
        self.publish()
        self._ticket[:] = self._frame_at, kind.number, row.number, 1
        ready = self.queues[row.number, codes.QUEUE_READY]
        self.queues[row.number, codes.QUEUE_READY] = 1.0
        found = call(self._ticket_at, now, luck, page.address)
        self.queues[row.number, codes.QUEUE_READY] = ready
        return found

    def _interpreted(
        self, kind: Kind, row: Row, now: float, luck: float, vendors: Vendors | None, page: Page
    ) -> tuple[Page, int, int]:
        line = page.take_line()
        table, usage = (self.vendors, self.ledger.counters) if vendors is None else vendors[:2]
        # Lists, which the kernel takes too: interpreted, their elements are several times faster to read.
        taken = self.profiles.ways[kind.number].tolist()
        ways: Any = {kind.number: taken}
        told: Any = [None] * len(table)
        counts: Any = [None] * len(table)
        for vendor in (-1, *(int(way[codes.VENDOR]) for way in taken[1 : len(kind.outcomes) - 1])):
            told[vendor], counts[vendor] = table[vendor].tolist(), usage[vendor].tolist()
        queues: Any = {row.number: self.queues[row.number].tolist()}
        shares: Any = {number: self.shares[number].tolist() for number in {row.number, kind.queue}}
        lines: Any = {line: [[0.0] * codes.PAGE_COLUMNS for _ in range(page.numbers.shape[1])]}
        with np.errstate(all="ignore"):  # a clock or a wait at the end of numbers would warn
            chosen: int = decide(
                kind.number, row.number, now, luck, ways, told, counts, queues, self.curves, shares, lines,
                line,
            )  # fmt: skip
            note_inputs(kind.number, row.number, luck, ways, told, counts, queues, shares, lines, line)
        page.numbers[line] = lines[line]
        if page.first:
            reserve(
                kind.number, row.number, self.profiles.ways, self.vendors, self.ledger.counters, self.queues,
                self.shares, page.numbers, line,
            )  # fmt: skip
            page.at[line] = now
            if chosen > 0:
                page.opened[line] = self.profiles.ways[kind.number, chosen, codes.VENDOR] + 1.0
        return page, line, chosen
