"""Several writes of which an interrupt finds all or none."""

from __future__ import annotations

from collections import deque
from itertools import starmap
from operator import setitem
from typing import Any


def write_at_once(*writes: tuple[Any, Any, Any]) -> None:
    """Have ``where[at] = what`` for each ``(where, at, what)``, in this order and with nothing between.

    Python looks for signals and other threads between its own instructions. There are none here: the loop,
    and the writing to lists, dicts and arrays, is C.

    >>> row, counts = [1, 2], {"sent": 3}
    >>> write_at_once((row, 0, 5), (counts, "sent", 4))
    >>> row, counts
    ([5, 2], {'sent': 4})
    """
    deque(starmap(setitem, writes), maxlen=0)
