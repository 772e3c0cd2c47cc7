"""A row of a slot begins other windows: what it has sent is put aside, what was put aside comes back."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bporoute._kernels.routing import columns
from bporoute.routing.ledger import _layout as layout
from bporoute.routing.ledger._given import WINDOWS_KEPT
from bporoute.routing.ledger._pools import Pools
from bporoute.routing.ledger._slot import Slot, Write


def turned(slot: Slot, pools: Pools, row: int, starts: tuple[float, ...]) -> Iterator[Write]:
    """What is to be written so that a row counts in the windows with these starts; the host's lock is held.

    Units that were held are nobody's from then on.
    """
    mine = slot.mine(row)
    squares = row == len(slot.start) - 1
    for window, start in enumerate(starts):
        current = float(slot.start[row, window])
        if start == current:
            continue
        kept, sent = slot.past_start[row, window], slot.past_sent[row, window]
        place = (row * layout.WINDOWS + window) * WINDOWS_KEPT
        before = 0.0 if squares and window == columns.ALL_SQUARES else float(mine[window])
        known = np.flatnonzero(kept == start)
        again = float(sent[known].sum())
        for found in known.tolist():
            yield "past_start", place + found, math.nan
            yield "past_sent", place + found, 0.0
        if before != 0.0:
            free = np.flatnonzero(np.isnan(kept))
            found = int(free[0]) if free.size else int(np.argmin(kept))
            yield "past_start", place + found, current
            yield "past_sent", place + found, before
        others = pools.others_sent(row, window, start)
        at = row * columns.USAGE_COLUMNS + window
        yield "usage", at, again + others
        yield "others", at, others
        yield "held", row * layout.WINDOWS + window, -math.inf
        yield "start", row * layout.WINDOWS + window, start
        if window == columns.THIS_PERIOD and not squares:
            yield "before", row, float(slot.before[row]) + before - again
