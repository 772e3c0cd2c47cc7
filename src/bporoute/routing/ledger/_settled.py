"""Which decisions' outcomes are in the accounts: their numbers in files beside them, to reconcile by.

A file for each epoch, only ever added to, before the accounts are written that say how much of it counts. So
what a power cut leaves says of each outcome whether it was counted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bporoute._base.files import PRIVATE
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._segment import Segment

NUMBER = np.dtype("<i8")
NAME = "settled-{}"
GAP = -1
"""In place of numbers that nobody knows."""
KEPT_FOR = 62 * 86_400.0
"""Seconds after which the file of a former epoch is removed: call records of two months can be looked up."""


def name_of(epoch: int) -> str:
    """What an epoch is called in accounts and in a file's name.

    >>> name_of(48879)
    '0000beef'
    """
    return f"{epoch:08x}"


def told_since(segment: Segment, read: Any) -> Any:
    """Numbers of the decisions whose outcomes are among those `read` of each slot, and not kept yet.

    And `GAP` where some were overwritten before anybody kept them.
    """
    found, gap = [], False
    for slot in range(int(segment.host["used"][0])):
        head, end = int(segment.slots["told"][slot]), int(read[slot])
        kept = int(segment.host["kept"][0, slot])
        begin = max(kept, head - layout.OUTCOMES + 1)
        gap = gap or kept < begin
        ring = segment.slots["outcomes"]["number"][slot]
        found.append(ring[np.arange(begin, max(begin, end)) % layout.OUTCOMES])
    told = np.concatenate([np.zeros(0), *found]).astype(NUMBER)
    # How well somebody served has no number, and what call records told is of no decision here.
    numbers = told[(told > 0) & (told >> layout.COUNT_BITS < layout.NO_SLOT)]
    return np.append(numbers, NUMBER.type(GAP)) if gap else numbers


def told_now(segment: Segment) -> set[int]:
    """Numbers of the decisions whose outcomes stand in the memory that processes share."""
    used = int(segment.host["used"][0])
    numbers: set[int] = set(segment.slots["outcomes"]["number"][:used].astype(NUMBER).ravel().tolist())
    return numbers - {0}


def add(folder: Path, epoch: str, count: int, numbers: Any) -> int:
    """Have the file of an epoch, of which `count` numbers hold, go on with these; how many hold then."""
    path = folder / NAME.format(epoch)
    if not path.exists():
        _remove_old(folder)
    elif not len(numbers):
        return count
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        os.truncate(file, count * NUMBER.itemsize)
        os.pwrite(file, numbers.tobytes(), count * NUMBER.itemsize)
        os.fsync(file)
    finally:
        os.close(file)
    return count + len(numbers)


def _remove_old(folder: Path) -> None:
    for file in folder.glob(NAME.format("*")):
        if file.stat().st_mtime < time.time() - KEPT_FOR:
            file.unlink(missing_ok=True)


def read_settled(folder: Path, counts: Mapping[str, int]) -> dict[str, set[int]]:
    """The numbers that hold, by epoch, with `GAP` where some are missing; none where its file is gone."""
    found: dict[str, set[int]] = {}
    for epoch, count in counts.items():
        path = folder / NAME.format(epoch)
        if path.exists():
            numbers = np.fromfile(path, NUMBER, count)
            whole = (
                len(numbers) == count and numbers.all()
            )  # a file that was put back by itself is filled by 0
            found[epoch] = set(numbers.tolist()) | (set() if whole else {GAP})
    return found
