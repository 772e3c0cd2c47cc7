"""What travels together through the kernels of a simulation."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from bporoute._kernels.compiling.arrays import Book, KeyTable, Row, Table, WholeBook, WholeRow, WholeTable
from bporoute._kernels.routing.columns import PAGE_COLUMNS
from bporoute._kernels.simulation.columns import (
    CONTACT_COLUMNS,
    KEYS,
    LINK_WORDS,
    LISTED_COLUMNS,
    LOOK_COLUMNS,
    OVERFLOW_COLUMNS,
    PATH_COLUMNS,
    STREAM_COLUMNS,
    TALLY_COLUMNS,
    TEAM_COLUMNS,
)


class Engine(NamedTuple):
    """All of a simulated floor but the routing tables; from `clock` on it is changed."""

    page: Annotated[Book, PAGE_COLUMNS]
    """Evidence of decisions, as `bporoute._kernels.routing.records.Lines` has it."""
    header: WholeRow
    """Of that page."""
    laws: Table
    """Distributions that times are drawn from."""
    points: Row
    """Points of the laws that are given by points."""
    streams: Annotated[Table, STREAM_COLUMNS]
    """Streams of contacts."""
    keys: Annotated[KeyTable, KEYS]
    """By stream and purpose: what chance is drawn by; the last row is the floor's own."""
    edges: Row
    """Seconds between the intervals."""
    volumes: Table
    """By stream and interval: contacts expected, or exactly so many."""
    listed: Annotated[Table, LISTED_COLUMNS]
    """Contacts that arrive at known times."""
    aims: Table
    """By queue."""
    measures: Book
    """By vendor: what its contract counts."""
    factors: Table
    """By vendor and profile: factor of its bill by its begin."""
    windows: Book
    """By vendor and profile: from when on which factor holds that follows each minute, in pairs."""
    fits: Book
    """By vendor and stream: 1 for each measure that counts its contacts."""
    chat_aht: Table
    """By queue: mean handle time with so many chats at once, seconds."""
    look_at: Row
    """When somebody looks, in between."""
    clock: Row
    """Times that move."""
    marks: WholeRow
    """Whole numbers that move, and flags."""
    teams: Annotated[Table, TEAM_COLUMNS]
    """In-house queues, then vendors."""
    looks: Annotated[Table, LOOK_COLUMNS]
    """By queue: what is told of it, and what its rule is solved from."""
    routed: Table
    """By queue: contacts routed by the last counts, round and round."""
    lines: WholeBook
    """By team and level."""
    times: Row
    """The agenda: when something happens,"""
    events: WholeRow
    """and what."""
    contacts: Annotated[Table, CONTACT_COLUMNS]
    """By slot: who waits or is at a vendor."""
    links: Annotated[WholeTable, LINK_WORDS]
    """By slot: where it stands in its line."""
    free: WholeRow
    """Slots that are free, the next one last."""
    dues: Row
    """Heap of the deadlines: until when somebody waits,"""
    waiting: WholeRow
    """and in which slot."""
    chat_times: Table
    """By queue: heap of the own times at which its chats end,"""
    chat_events: WholeRow
    """and what a heap carries beside."""
    noted: WholeRow
    """By line of the page: who was decided on it."""
    tally: Annotated[Book, TALLY_COLUMNS]
    """By interval and queue: contacts and seconds."""
    outcomes: Table
    """By vendor: what it did since somebody last looked."""
    overflow: Annotated[Table, OVERFLOW_COLUMNS]
    """By queue: moments of the contacts sent out."""
    paths: Annotated[Table, PATH_COLUMNS]
    """By contact that is gone: what became of it."""
