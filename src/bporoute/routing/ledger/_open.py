"""What is open, by the number of its decision: where whoever holds nothing but a token finds it.

This one looks into the pages of the process that decided. A ledger that several processes share keeps the
same in memory that they share, see `bporoute.routing.ledger._open_shared`.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple
from weakref import ref

from bporoute._base.arrays import Floats
from bporoute.routing._tables._page import Page
from bporoute.routing._token import Refused


class Found(NamedTuple):
    """A line of a page, by which a decision can be settled.

    Attributes
    ----------
    page, line : Page, int
        The page that the kernel wrote, as long as anybody holds a decision of it, else one with what settling
        needs of the decision and no more.
    """

    page: Page
    line: int


class _Lines(NamedTuple):
    """What is kept of a page: not the evidence, which is a hundred times as large."""

    page: ref[Page]
    at: Floats
    opened: Floats
    states: dict[int, Floats]
    """State rows of contacts that share their agent with others, by line."""


NOWHERE = 0xFFFF
"""In place of a place: there was none."""


class Claim:
    """The right to end a contact, held until `end`; of one that nobody else knows of `place` is `NOWHERE`."""

    __slots__ = ("_contacts", "number", "place")

    def __init__(self, contacts: OpenContacts, number: int, place: int) -> None:
        self._contacts, self.number, self.place = contacts, number, place

    def by(self, told: float) -> None:
        """Have the contact end with an outcome: once this slot has told so many."""
        self._contacts.note(self, told)

    def end(self, *, ended: bool) -> None:
        """Give the right up; the contact has `ended`, or it is as if nobody had come."""
        self._contacts.give_up(self, ended)


class OpenContacts:
    """The pages of which somebody has asked a token, while anything is open on them, within the lease.

    Attributes
    ----------
    lease : float
        Seconds for which a token is good: the longest lease of the routers that count in the ledger.
    sees_all : bool
        Whether what is open of every process can be found just now.

    Examples
    --------
    >>> contacts, page = OpenContacts(), Page(2, 1, 17)
    >>> place = contacts.keep(page, 1)
    >>> page.at[1] = 1795428000.0
    >>> found = contacts.find(18, place, 1795428000.0)
    >>> found.page is page, found.line
    (True, 1)
    >>> contacts.find(20, place, 1795428000.0), contacts.find(18, place, 1795428001.0)
    (None, None)
    """

    sees_all = True

    def __init__(self) -> None:
        self.lease = 0.0
        self._pages: dict[int, _Lines] = {}
        self._in_turn: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._pages)

    def keep(self, page: Page, line: int) -> int:
        """Have a decision be found by its number and the place that is answered."""
        if page.first not in self._pages:
            self._pages[page.first] = _Lines(ref(page), page.at, page.opened, {})
            self._in_turn.append(page.first)
            self._let_go(float(page.at[line]))
        return line

    def keep_shared(self, page: Page, line: int) -> int:
        """The same of a contact that shares an agent with others: how many they were is kept, too."""
        place = self.keep(page, line)
        lines = self._pages.get(page.first)
        if lines is not None and line not in lines.states:
            lines.states[line] = page.numbers[line, -1].copy()
        return place

    def find(self, number: int, place: int, at: float) -> Found | None:
        """What is kept of a decision made at an instant (epoch seconds, nan: no clock told it).

        None if nothing is, since all of its page has ended, or if that number is of another decision.
        """
        lines = self._pages.get(number - place)
        if lines is None or place >= len(lines.at) or (at == at and lines.at[place] != at):
            return None
        page = lines.page()
        if page is not None:
            return Found(page, place)
        opened = lines.opened[place : place + 1]
        page = Page.to_settle(number, float(lines.at[place]), opened, lines.states.get(place))
        return Found(page, 0)

    def claim(self, page: Page, line: int) -> Claim | Refused:
        """The right to end a contact, or why there is none. Here its page says whether it has ended."""
        return Claim(self, page.first + line, NOWHERE)

    def note(self, claim: Claim, told: float) -> None:
        """See `Claim.by`."""

    def give_up(self, claim: Claim, ended: bool) -> None:
        """See `Claim.end`."""

    def let_go(self) -> None:
        """Give up whatever right somebody was about to get who was interrupted."""

    def heard(self, number: int) -> Found | None:
        """Where a decision of this process is noted whose contact has ended elsewhere; None: nowhere here."""
        return None

    def forget(self, number: int) -> None:
        """A contact has ended elsewhere, and that is known here."""

    def _let_go(self, now: float) -> None:
        """Forget pages on which nothing is open, or whose tokens have expired: some at each new one."""
        if len(self._in_turn) < len(self._pages):  # somebody was interrupted
            self._in_turn = deque(self._pages)
        for _ in range(min(2, len(self._in_turn) - 1)):
            first = self._in_turn.popleft()
            lines = self._pages.get(first)
            if lines is None:  # added by two threads
                continue
            latest = float(lines.at[lines.at < math.inf].max(initial=-math.inf))
            if not lines.opened.any() or now - latest > self.lease:
                self._pages.pop(first, None)
            else:
                self._in_turn.append(first)
