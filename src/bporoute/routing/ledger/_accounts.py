"""What the vendors' contacts have come to, in a file: for processes that begin later, and after a restart.

It says up to which outcome of each slot it goes, so that whoever reads it goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np

from bporoute._base.files import write_whole
from bporoute.contracts._counted_for import counted_for
from bporoute.contracts._increment import Counter
from bporoute.contracts._usage import PeriodUsage
from bporoute.errors import InputError, shown
from bporoute.routing._token import MARK_BYTES
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


BY_TERMS = ("units", "tier_contacts", "tier_minutes")
COUNTED = ("offered", "answered", "handled", "resolved", "short", "handle_seconds", "talk_seconds")


class Billed(msgspec.Struct, frozen=True, array_like=True):
    """What a vendor has done in the contract period that began at `period`, epoch seconds, in numbers alone.

    `counts` are those of `PeriodUsage` from its contacts offered to its seconds talked; what `units`,
    `tier_contacts` and `tier_minutes` stand for, the contract says: `terms` has a mark of each measure, and
    one of the tiers, by which another contract knows what both count.
    """

    period: float
    counts: tuple[float, ...]
    units: tuple[float, ...]
    tier_contacts: tuple[float, ...]
    tier_minutes: tuple[float, ...]
    terms: tuple[tuple[str, ...], str] | None = None

    def __post_init__(self) -> None:
        if self.terms is not None and len(self.terms[0]) != len(self.units):
            raise ValueError(f"{len(self.units)} units of {len(self.terms[0])} measures")

    @classmethod
    def of(cls, period: float, usage: PeriodUsage) -> Billed:
        """The numbers of a usage."""
        counts = tuple(float(getattr(usage, name)) for name in COUNTED)
        terms = _terms(usage.measures, usage.tier_edges, usage.tiers_by)
        return cls(period, counts, usage.units, usage.tier_contacts, usage.tier_minutes, terms)

    def plus(self, other: Billed) -> Billed:
        """Both, of the same period; where two contracts counted them, what the plain counts tell."""
        counts = _added(self.counts, other.counts)
        if self.terms != other.terms:
            return Billed(self.period, counts, (), (), (), NO_TERMS)
        units, contacts, minutes = (_added(getattr(self, name), getattr(other, name)) for name in BY_TERMS)
        return Billed(self.period, counts, units, contacts, minutes, self.terms)

    def onto(self, empty: PeriodUsage) -> PeriodUsage:
        """The usage again, as the contract counts it by which `empty` is: one in which nothing is counted.

        Where another contract has counted it, as `counted_for` says.
        """
        here, tiers = _terms(empty.measures, empty.tier_edges, empty.tiers_by)
        there, tiers_there = self.terms or ((here, tiers) if len(here) == len(self.units) else NO_TERMS)
        units, same = dict(zip(there, self.units, strict=False)), tiers == tiers_there
        return counted_for(
            msgspec.structs.replace(
                empty,
                **dict(zip(COUNTED, self.counts, strict=True)),
                measures=tuple(
                    each for each, mark in zip(empty.measures, here, strict=True) if mark in units
                ),
                units=tuple(units[mark] for mark in here if mark in units),
                tier_edges=empty.tier_edges if same else (),
                tier_contacts=self.tier_contacts if same else (),
                tier_minutes=self.tier_minutes if same else (),
            ),
            empty,
        )


NO_TERMS: tuple[tuple[str, ...], str] = ((), "")
"""Of what nobody has counted by a contract."""


def _added(mine: tuple[float, ...], theirs: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(a + b for a, b in zip(mine, theirs, strict=True))


@lru_cache(maxsize=1024)
def _terms(
    measures: tuple[Counter, ...], tier_edges: tuple[int, ...], tiers_by: str
) -> tuple[tuple[str, ...], str]:
    """Marks of what a contract counts, the same in every process."""
    return tuple(_mark(repr(each)) for each in measures), _mark(repr((tier_edges, tiers_by)))


def _mark(text: str) -> str:
    return blake2b(text.encode(), digest_size=MARK_BYTES).hexdigest()


class Account(msgspec.Struct, frozen=True):
    """What stands in the accounts of one vendor; the row in `sent` says nothing."""

    totals: Totals = Totals()
    bills: tuple[Billed, ...] = ()
    given: tuple[tuple[tuple[float, Given], ...], ...] = ((),) * layout.WINDOWS
    sent: tuple[Sent, ...] = ()


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
    settled : dict of str to int
        Of each epoch, how many of the numbers in its file hold, see `bporoute.routing.ledger._settled`.
    gone : dict of str to Account
        Of vendors that a former center had.
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
    settled: dict[str, int] = {}
    gone: dict[str, Account] = {}


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


def load(path: Path, vendors: Sequence[str] | None) -> Accounts | None:
    """What stands in the file, for these vendors in any order (None: for any); None if there is none.

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
    vendors = found.vendors if vendors is None else vendors
    if found.version != VERSION or sorted(found.vendors) != sorted(vendors):
        expected = f"version {VERSION} for {shown(tuple(vendors))}"
        raise InputError(where, f"version {found.version} for {shown(found.vendors)}", expected)
    return found
