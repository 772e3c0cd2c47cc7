"""What stands in a shared ledger, for whoever looks from outside: nothing is taken, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from bporoute._kernels.routing import columns
from bporoute.errors import InputError
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._accounts import Accounts, all_sent, load
from bporoute.routing.ledger._locks import FIRST_SLOT, KEEPER, Locks
from bporoute.routing.ledger._segment import Segment, boot_id, header_of

WINDOWS = ("hour", "day", "period")


class WindowView(msgspec.Struct, frozen=True):
    """The latest window of a vendor in which anybody counts.

    Attributes
    ----------
    vendor, window : str
        Whose, and ``"hour"``, ``"day"`` or ``"period"`` of its clock.
    start : str
        When it began, ISO 8601, in UTC.
    sent, held : float
        Contacts sent, and units of its cap that processes hold and have not sent.
    """

    vendor: str
    window: str
    start: str
    sent: float
    held: float


class PlaceView(msgspec.Struct, frozen=True):
    """Contacts that are with a vendor.

    Attributes
    ----------
    vendor : str
        Its name.
    there, held : float
        Contacts there, and places that processes hold and do not use.
    adopted : float
        Contacts of those there whose processes have ended.
    spent : float
        Money for its contacts settled so far, as far as it is in the accounts.
    """

    vendor: str
    there: float
    held: float
    adopted: float
    spent: float


class SlotView(msgspec.Struct, frozen=True):
    """A slot.

    Attributes
    ----------
    slot : int
        Its number.
    alive : bool
        Whether a process holds it.
    told, kept : float
        Outcomes that its processes have told, and those of them that are in the accounts on the disk.
    """

    slot: int
    alive: bool
    told: float
    kept: float


class LedgerView(msgspec.Struct, frozen=True):
    """A shared ledger at an instant.

    Attributes
    ----------
    windows : tuple of WindowView
        What was sent.
    places : tuple of PlaceView
        Who is there.
    slots : tuple of SlotView
        Who counts.
    keeper : bool
        Whether some process keeps the accounts.
    problems : tuple of str
        What is not as it should be, see `look`; empty: all is well.
    """

    windows: tuple[WindowView, ...]
    places: tuple[PlaceView, ...]
    slots: tuple[SlotView, ...]
    keeper: bool
    problems: tuple[str, ...]


def look(path: Path) -> LedgerView:
    """Look at the ledger in a folder.

    Raises
    ------
    InputError
        If there is none, or one that is damaged.
    """
    file = path / "segment"
    if not file.exists():
        found = "no such folder" if not path.exists() else "a folder without a segment"
        raise InputError(f"ledger {path}", found, "the folder of a SharedLedger that some process has begun")
    header = header_of(file)
    segment = Segment(file, header.vendors, header.queues, by_store=bool(header.host))
    locks = Locks(path / "locks")
    try:
        alive = [locks.taken(FIRST_SLOT + slot) for slot in range(int(segment.host["used"][0]))]
        keeper = locks.taken(KEEPER)
    finally:
        locks.close()
    problems = []
    if header.boot != boot_id():
        problems.append("of an earlier start of the machine: whoever begins counts on from the accounts")
    accounts: Accounts | None = None
    try:
        accounts = load(path / "accounts.json", header.vendors)
    except InputError as failure:
        problems.append(str(failure))
    problems += _problems(segment, alive)
    return LedgerView(
        tuple(_windows(segment, header.vendors)),
        tuple(_places(segment, header.vendors, accounts)),
        tuple(_slots(segment, alive)),
        keeper,
        tuple(problems),
    )


def _windows(segment: Segment, vendors: tuple[str, ...]) -> Iterator[WindowView]:
    sent = {(each.row, each.window, each.start): each.sent for each in all_sent(segment)}
    slots, used = segment.slots, int(segment.host["used"][0])
    for row, vendor in enumerate(vendors):
        for window, name in enumerate(WINDOWS):
            starts = slots["start"][:used, row, window]
            known = starts[np.isfinite(starts)]
            if not known.size:
                continue
            start = float(known.max())
            mine = slots["usage"][:used, row, window] - slots["others"][:used, row, window]
            left = np.maximum(slots["held"][:used, row, window] - mine, 0.0)[starts == start].sum()
            began = datetime.fromtimestamp(start, UTC).isoformat()
            yield WindowView(vendor, name, began, sent.get((row, window, start), 0.0), float(left))


def _places(segment: Segment, vendors: tuple[str, ...], accounts: Accounts | None) -> Iterator[PlaceView]:
    slots, used, at = segment.slots, int(segment.host["used"][0]), columns.IN_FLIGHT
    for row, vendor in enumerate(vendors):
        mine = slots["usage"][:used, row, at] - slots["others"][:used, row, at]
        held = np.maximum(slots["seats"][:used, row] - mine, 0.0).sum()
        spent = 0.0 if accounts is None else accounts.totals[row].spent
        adopted = float(slots["adopted"][:used, row].sum())
        yield PlaceView(vendor, float(mine.sum()), float(held), adopted, spent)


def _slots(segment: Segment, alive: list[bool]) -> Iterator[SlotView]:
    kept = segment.host["kept"][0]
    for slot, lives in enumerate(alive):
        yield SlotView(slot, lives, float(segment.slots["told"][slot]), float(kept[slot]))


def _problems(segment: Segment, alive: list[bool]) -> Iterator[str]:
    slots, kept = segment.slots, segment.host["kept"][0]
    for slot, lives in enumerate(alive):
        counts = slots["usage"][slot] - slots["others"][slot]
        if not np.isfinite(counts).all():
            yield f"slot {slot}: counts that are no numbers"
        if int(slots["redo"][slot]) and not lives:
            yield f"slot {slot}: a write that was not finished; whoever takes the lock next finishes it"
        if slots["told"][slot] - kept[slot] >= layout.OUTCOMES:
            yield f"slot {slot}: outcomes that are in no accounts and were overwritten"
