"""What a router decides by at a time, and where its parts find it: another center takes its place at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bporoute.routing._news import News
from bporoute.routing._outcomes_told import LONGEST_WAIT, longest_wait
from bporoute.routing._tables._evidence import Evidence
from bporoute.routing._tables._tables import RoutingTables


class Works:
    """A center and its policy, and all that a router has made of them.

    Parameters
    ----------
    tables : RoutingTables
        By which contacts are decided, settled and billed.
    former : RoutingTables or None
        Of the vendors that former centers had and this one has not: they are settled and billed still.

    Attributes
    ----------
    arrays, pages, rows, known
        Those of the tables that every decision looks at.
    news : News
        Tells the log what changes.
    """

    __slots__ = ("_longest_waits", "arrays", "former", "known", "news", "pages", "rows", "tables")

    def __init__(self, tables: RoutingTables, former: RoutingTables | None = None) -> None:
        self.tables, self.former = tables, former
        self.arrays, self.pages, self.rows = tables.arrays, tables.pages, tables.queues.rows
        self.known = tables.profiles.known
        self.news = News(tables)
        self._longest_waits = [longest_wait(queue.patience) for queue in tables.center.queues.values()]

    def longest_wait(self, evidence: Evidence) -> float:
        """Seconds that the contact of a decision may be said to have waited."""
        queue = self.tables.queue_of(evidence)
        return LONGEST_WAIT if queue is None else self._longest_waits[queue]

    def home_of(self, vendor: str | None) -> tuple[RoutingTables, int] | None:
        """The tables that know a vendor, and its number there; None if it never was one of the router's."""
        for tables in (self.tables, self.former):
            number = None if tables is None else tables.vendor_numbers.get(vendor or "")
            if tables is not None and number is not None:
                return tables, number
        return None


@contextmanager
def passed_on(tables: RoutingTables, desk: Desk) -> Iterator[None]:
    """Have contacts that are counted by tables be counted by those that have come after, too, if any have.

    The ledger's lock is held.
    """
    now = desk.works.tables
    if now is tables:
        yield
        return
    before = tables.queues.counted
    try:
        yield
    finally:
        now.take_up()
        now.queues.count(dict(zip(tables.queue_names, tables.queues.counted - before, strict=True)))
        now.arrays.publish()


class Desk:
    """Where the parts of a router find what it decides by now.

    Attributes
    ----------
    works : Works
        Replaced, not changed: whoever has read it once goes by one center.
    """

    __slots__ = ("works",)

    def __init__(self, works: Works) -> None:
        self.works = works
