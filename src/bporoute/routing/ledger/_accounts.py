"""What the vendors' contacts have come to, in a file: for processes that begin later, and after a restart.

It says up to which outcome of each slot it goes, so that whoever reads it goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from bporoute._base.files import write_whole
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError, shown
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._given import Given
from bporoute.routing.ledger._segment import Segment
from bporoute.routing.ledger._totals import Totals

VERSION = 1


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """Contacts `sent` in a window of a row of the counters, by the window's `start` (epoch seconds)."""

    row: int
    window: int
    start: float
    sent: float


COUNTED = ("offered", "answered", "handled", "resolved", "short", "handle_seconds", "talk_seconds")


class Billed(msgspec.Struct, frozen=True, array_like=True):
    """What a vendor has done in the contract period that began at `period`, epoch seconds, in numbers alone.

    `counts` are those of `PeriodUsage` from its contacts offered to its seconds talked; what `units`,
    `tier_contacts` and `tier_minutes` stand for, the contract says.
    """

    period: float
    counts: tuple[float, ...]
    units: tuple[float, ...]
    tier_contacts: tuple[float, ...]
    tier_minutes: tuple[float, ...]

    @classmethod
    def of(cls, period: float, usage: PeriodUsage) -> Billed:
        """The numbers of a usage."""
        counts = tuple(float(getattr(usage, name)) for name in COUNTED)
        return cls(period, counts, usage.units, usage.tier_contacts, usage.tier_minutes)

    def plus(self, other: Billed) -> Billed:
        """Both, of the same contract and period."""
        names = ("counts", "units", "tier_contacts", "tier_minutes")
        both = ((getattr(self, name), getattr(other, name)) for name in names)
        return Billed(self.period, *(tuple(a + b for a, b in zip(*each, strict=True)) for each in both))

    def onto(self, empty: PeriodUsage, where: str) -> PeriodUsage:
        """The usage again, by one of the same contract in which nothing is counted.

        Raises
        ------
        InputError
            If the contract counts something else.
        """
        for name in ("units", "tier_contacts", "tier_minutes"):
            kept, counted = len(getattr(self, name)), len(getattr(empty, name))
            if kept != counted:
                raise InputError(
                    where, f"{kept} {name} in the accounts", f"{counted}, as its contract counts"
                )
        return msgspec.structs.replace(
            empty,
            **dict(zip(COUNTED, self.counts, strict=True)),
            units=self.units,
            tier_contacts=self.tier_contacts,
            tier_minutes=self.tier_minutes,
        )


class Accounts(msgspec.Struct, frozen=True):
    """The file.

    Attributes
    ----------
    version : int
        Of what stands here.
    boot : str
        Which start of the machine `read` is of.
    vendors : tuple of str
        Whose accounts they are, in this order.
    read : tuple of float
        Outcomes of each slot that are in here.
    totals : tuple of Totals
        Of each vendor.
    bills : tuple
        Of each vendor, what it has done in each contract period.
    given : tuple
        Of each vendor and window, by its start, what contacts have come to.
    sent : tuple of Sent
        What was sent when this was written.
    host : str
        Whose they are where several hosts share a store.
    """

    version: int
    boot: str
    vendors: tuple[str, ...]
    read: tuple[float, ...]
    totals: tuple[Totals, ...]
    bills: tuple[tuple[Billed, ...], ...]
    given: tuple[tuple[tuple[tuple[float, Given], ...], ...], ...]
    sent: tuple[Sent, ...]
    host: str = ""


def all_sent(segment: Segment) -> tuple[Sent, ...]:
    """What all slots have sent, by window."""
    slots, used = segment.slots, int(segment.host["used"][0])
    mine = (slots["usage"][:used] - slots["others"][:used])[:, :, : layout.WINDOWS]
    starts = np.concatenate([slots["start"][:used][..., None], slots["past_start"][:used]], axis=3)
    counts = np.concatenate([mine[..., None], slots["past_sent"][:used]], axis=3)
    found: dict[tuple[int, int, float], float] = {}
    for slot, row, window, place in np.argwhere(np.isfinite(starts) & (counts != 0.0)).tolist():
        key = row, window, float(starts[slot, row, window, place])
        found[key] = found.get(key, 0.0) + float(counts[slot, row, window, place])
    return tuple(Sent(*key, sent) for key, sent in sorted(found.items()))


def save(path: Path, accounts: Accounts) -> None:
    """Write the file, whole and on the disk.

    Raises
    ------
    InputError
        If that cannot be.
    """
    write_whole(path, msgspec.json.encode(accounts), "ledger", private=True)


def load(path: Path, vendors: Sequence[str]) -> Accounts | None:
    """What stands in the file; None if there is none.

    Raises
    ------
    InputError
        If it is damaged, or one of another version or center.
    """
    where = f"ledger {path}"
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise InputError(where, failure.strerror or str(failure), "a file that this user may read") from None
    try:
        found = msgspec.json.decode(text, type=Accounts)
    except (msgspec.DecodeError, InputError) as failure:
        raise InputError(where, f"damaged accounts: {failure}", "a copy of them, or none") from None
    if found.version != VERSION or found.vendors != tuple(vendors):
        expected = f"version {VERSION} for {shown(tuple(vendors))}"
        raise InputError(where, f"version {found.version} for {shown(found.vendors)}", expected)
    return found
