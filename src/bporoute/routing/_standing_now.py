"""How queues and vendors stand at this moment, as codes: what is shown, and what the log tells changes of.

Read from the routing tables, without any contact.
"""

from __future__ import annotations

import numpy as np

from bporoute._base.arrays import Floats, Integers
from bporoute._kernels.routing import codes, columns
from bporoute.routing._budgets import WINDOWS

FRESH, STALE, LOST = range(3)
"""Feeds of queues: young enough, too old to be believed, too old for anything."""
CAPS = tuple(codes.CAP_HOUR + window for window in range(len(WINDOWS)))


def feeds(queues: Floats, now: float) -> Integers:
    """How old each queue's state is, of the rows of the queues; never told, it is no feed: fresh."""
    age = now - queues[:, columns.TOLD_AT]
    stale, lost = age > queues[:, columns.STALE_AFTER], age > queues[:, columns.LOST_AFTER]
    return stale.astype(np.int64) + lost


def reached(vendors: Floats, usage: Floats) -> Integers:
    """Code of a cap that each vendor has reached, of contacts or else of money and minutes; 0: none.

    >>> vendors, usage = np.zeros((2, columns.VENDOR_COLUMNS)), np.zeros((2, columns.USAGE_COLUMNS))
    >>> vendors[:, columns.FIRST_CAP : columns.FIRST_CAP + 3] = 5.0, 50.0, np.inf
    >>> vendors[:, columns.LEFT_TO_SPEND] = np.inf
    >>> usage[:, columns.TODAY] = 50.0, 49.0
    >>> (reached(vendors, usage) == [codes.CAP_DAY, 0]).tolist()
    [True, True]
    """
    spent = vendors[:, columns.LEFT_TO_SPEND] < 1.0
    found = np.where(spent, vendors[:, columns.SPENDING_LIMIT], 0.0).astype(np.int64)
    for window, code in reversed(list(enumerate(CAPS))):
        full = usage[:, window] >= vendors[:, columns.FIRST_CAP + window]
        found[full] = code
    return found


def out(vendors: Floats, admitted: Floats) -> Integers:
    """Code of why each vendor is out for its state or health, 0: it is not; `admitted` are shares."""
    down = vendors[:, columns.UP] == 0.0
    return np.where(down, codes.DOWN, np.where(admitted <= 0.0, codes.HEALTH, 0)).astype(np.int64)
