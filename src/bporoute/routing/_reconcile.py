"""What call records say that a shared ledger does not: outcomes that were lost, found again by their tokens.

A power cut loses what was told in the last second, and nobody can tell it again by the router: what was open
stood in memory. The files of numbers beside the accounts say which outcomes are in them; any other token that
was made with the ledger's key is of a contact whose end is in no account.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from bporoute._base.files import PRIVATE
from bporoute.errors import InputError
from bporoute.routing._outcome import Outcome
from bporoute.routing._parts import time_told
from bporoute.routing._router import Router
from bporoute.routing._tables._page import Page
from bporoute.routing._token import Token, read_of_any_epoch
from bporoute.routing._tokens_told import TokenTold, decision_of
from bporoute.routing.ledger._accounts import load
from bporoute.routing.ledger._layout import COUNT_BITS, NO_SLOT, NUMBER, slot_of
from bporoute.routing.ledger._locks import RECONCILE, Locks
from bporoute.routing.ledger._open import NOWHERE, Found
from bporoute.routing.ledger._segment import Segment, header_of, usable
from bporoute.routing.ledger._settled import GAP, name_of, read_settled, told_now

Verdict = Literal["settled", "open", "lost", "kept", "again", "unknown", "forged", "unreadable"]
VERDICTS: dict[Verdict, str] = {
    "settled": "counted",
    "open": "not ended yet: whoever runs can settle it",
    "lost": "in no account",
    "kept": "kept in-house: nothing is owed",
    "again": "on an earlier line, too",
    "unknown": "of a process without a slot, or of a time of which no numbers are left",
    "forged": "nobody with the ledger's key has made it",
    "unreadable": "no token",
}
_DONE = np.dtype([("epoch", "<u4"), ("number", "<i8")])
_FOLDER = "a folder that a SharedLedger has used"


class CallRecord(NamedTuple):
    """A line of call records.

    Attributes
    ----------
    line : int
        Its number, from 1 on.
    token : str
        `Decision.token`.
    outcome : {"answered", "abandoned", "failed", "undelivered"}
        How the contact ended.
    wait, handle : float or None
        Seconds; None: not told.
    """

    line: int
    token: str
    outcome: Outcome
    wait: float | None
    handle: float | None


class Sorted(NamedTuple):
    """A call record, and what the ledger knows of it; what its token says, and in which epoch."""

    record: CallRecord
    verdict: Verdict
    token: Token | None = None
    epoch: int = 0


def sort_out(folder: Path, records: Iterable[CallRecord]) -> list[Sorted]:
    """What the ledger in a folder knows of these contacts; nothing is changed.

    Raises
    ------
    InputError
        If there is no ledger, or a damaged one.
    """
    known = _known(folder)
    seen: set[tuple[int, int]] = set()
    found = []
    for record in records:
        read = read_of_any_epoch(known.key, record.token)
        if isinstance(read, str):
            found.append(Sorted(record, "unreadable" if read == "unreadable" else "forged"))
            continue
        token, epoch = read
        again = (epoch, token.number) in seen
        seen.add((epoch, token.number))
        found.append(Sorted(record, "again" if again else known.verdict(token, epoch), token, epoch))
    return found


class _Known(NamedTuple):
    """What is known in a folder: the key, and by epoch whose outcomes are counted; of the present epoch more.

    Attributes
    ----------
    key : bytes
        By which tokens are authentic.
    counted : dict of str to set of int
        Numbers of decisions whose outcomes are in the accounts.
    done : set of tuple
        Epoch and number of those that call records have told.
    epoch : int
        The present one; -1: none.
    open, told : set of int
        Numbers of contacts that are open in it, and of outcomes that are not in the accounts yet.
    """

    key: bytes
    counted: dict[str, set[int]]
    done: set[tuple[int, int]]
    epoch: int
    open: set[int]
    told: set[int]

    def verdict(self, token: Token, epoch: int) -> Verdict:
        """What is known of a token's contact."""
        number, here, counted = token.number, epoch == self.epoch, self.counted.get(name_of(epoch))
        if not token.sent:
            return "kept"
        if (epoch, number) in self.done or (counted is not None and number in counted):
            return "settled"
        if here and number in self.open:
            return "open"
        if here and number in self.told:
            return "settled"
        placeless = slot_of(number) == NO_SLOT or (here and token.place == NOWHERE)
        return "unknown" if counted is None or GAP in counted or placeless else "lost"


def _known(folder: Path) -> _Known:
    try:
        key, done = (folder / "key").read_bytes(), set(_read_done(folder))
    except OSError as failure:
        raise InputError(f"ledger {folder}", failure.strerror or str(failure), _FOLDER) from None
    accounts, path = load(folder / "accounts.json", None), folder / "segment"
    counted = {} if accounts is None else read_settled(folder, accounts.settled)
    if not usable(path):
        return _Known(key, counted, done, -1, set(), set())
    header = header_of(path)
    segment = Segment(path, header.vendors, header.queues, by_store=bool(header.host))
    numbers: set[int] = set(segment.slots["open"][..., NUMBER].astype(np.int64).ravel().tolist())
    # What is open is looked at first: what ends meanwhile has been told, or is in the accounts.
    return _Known(key, counted, done, segment.epoch, numbers - {0}, told_now(segment))


def count_in(router: Router, folder: Path, found: Sequence[Sorted]) -> float:
    """Have a router of the ledger count what is open or lost of these, each once; what is owed for that.

    It is noted first that they are: whoever is killed meanwhile leaves some out, and doubles none. Whose
    vendor, queue, type or language nobody knows any more cannot be counted, and stays lost.

    Raises
    ------
    InputError
        If somebody else is just doing so.
    """
    locks = Locks(folder / "locks")
    try:
        if not locks.take(RECONCILE):
            raise InputError(f"ledger {folder}", "somebody who reconciles it just now", "one at a time")
        records = [each.record for each in found]
        now = [each for each in sort_out(folder, records) if each.verdict in ("open", "lost")]
        owed = 0.0
        for each in now:
            if each.verdict == "open":
                owed += router.settle(each.record.token, each.record.outcome, *each.record[3:])
        with router.ledger.lock:
            lost = [each for each in now if each.verdict == "lost" and _told(router, each) is not None]
        _note_done(folder, lost)
        return owed + sum(_counted_in(router, lost))
    finally:
        locks.close()


def _told(router: Router, found: Sorted) -> TokenTold | None:
    """Whom a token names, the lock held; None: somebody whom this router does not know, or who is gone."""
    told = None if found.token is None else router._tokens.named(found.token, router._tables)
    return None if told is None or router._desk.works.home_of(told.destination) is None else told


def _counted_in(router: Router, lost: Iterable[Sorted]) -> Iterator[float]:
    """What is owed for each, which is counted by that."""
    for each in lost:
        with router.ledger.lock:
            tables, told = router._tables, _told(router, each)
            tables.follow(time_told(router.clock)[0])
            if told is None:
                continue
            token = told.token
            # Of no slot, so that it stands for no decision of the ledger's present epoch.
            number = (NO_SLOT << COUNT_BITS) + token.number % (1 << COUNT_BITS)
            found = Found(Page.to_settle(number, token.at, np.zeros(1)), 0)
            decision = decision_of(told, found, tables)
            owed = router._settle(decision, each.record.outcome, *each.record[3:])
        yield 0.0 if isinstance(owed, str) else owed


def _done_file(folder: Path) -> Path:
    return folder / "reconciled"


def _read_done(folder: Path) -> Iterator[tuple[int, int]]:
    path = _done_file(folder)
    if path.exists():
        yield from np.fromfile(path, _DONE, path.stat().st_size // _DONE.itemsize).tolist()


def _note_done(folder: Path, lost: Sequence[Sorted]) -> None:
    told = [(each.epoch, each.token.number) for each in lost if each.token is not None]
    if not told:
        return
    path = _done_file(folder)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        end = os.fstat(file).st_size // _DONE.itemsize * _DONE.itemsize  # without what a kill tore
        os.pwrite(file, np.array(told, _DONE).tobytes(), end)
        os.fsync(file)
    finally:
        os.close(file)
