"""What travels together through the kernels of a decision; the columns are those of `columns`.

Interpreted, a decision takes lists and dictionaries in place of arrays: they are several times faster there.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from bporoute._kernels.compiling.arrays import Book, Row, ShortRow, Table, TinyRow, WholeRow, WholeTable
from bporoute._kernels.routing.columns import (
    PAGE_COLUMNS,
    QUEUE_COLUMNS,
    SHARE_COLUMNS,
    USAGE_COLUMNS,
    VENDOR_COLUMNS,
    WAY_COLUMNS,
)


class Tables(NamedTuple):
    """The routing tables: everything that contacts are decided by."""

    ways: Annotated[Book, WAY_COLUMNS]
    """By profile and way."""
    vendors: Annotated[Table, VENDOR_COLUMNS]
    """By vendor; the last row is the center."""
    usage: Annotated[Table, USAGE_COLUMNS]
    """By the vendors' places in the ledger: what each was sent; the last row is the center's day."""
    queues: Annotated[Table, QUEUE_COLUMNS]
    curves: Book
    """By queue, curve and contacts present."""
    shares: Annotated[Book, SHARE_COLUMNS]
    """By queue and destination, 0 in-house and v + 1 vendor v."""


class Lines(NamedTuple):
    """A page that decisions are noted on, line by line."""

    evidence: Annotated[Book, PAGE_COLUMNS]
    """By line and way; the last row of a line is the state."""
    opened: Row
    """By line: place of the vendor + 1 of a contact that is sent out and not settled, ``KEPT`` less what
    stands for the queue of one that is kept and not settled, else 0."""
    at: Row
    """By line: when it was reserved, epoch seconds."""
    header: WholeRow


class Ticket(NamedTuple):
    """Which contact is decided by what: of one profile, by one row of the queues."""

    tables_at: int
    """Where the tables are packed."""
    profile: int
    row: int
    valid: int
    """1 until the profile has another ticket, then 0; ``codes.HELD`` for whoever holds the tables."""


class Batch(NamedTuple):
    """Many contacts, and what is found for each."""

    like: ShortRow
    """By contact: which of those that differ it is like."""
    at: Row
    """By contact, or one for all: when it is decided, epoch seconds."""
    luck: Row
    """By contact, or one for all: the number in [0, 1) that its id stands for."""
    profiles: WholeRow
    """By contact that differs: its profile, -1 while not known."""
    scratch: Annotated[Book, PAGE_COLUMNS]
    """By profile and way: room for the evidence."""
    header: WholeRow
    """Of the page whose lines the contacts take."""
    opened: Row
    """Of that page."""
    destination: ShortRow
    """By contact, as everything down to `belief`: -1 nobody, 0 in-house, vendor + 1."""
    cost: Row
    """Money that it costs there."""
    expected_wait: Row
    """Mean wait there, seconds."""
    belief: TinyRow
    """How far the state was believed."""
    met: WholeRow
    """By contact that differs: how many were like it so far."""
    refused: WholeTable
    """By destination and reason: how often it was out for that."""
