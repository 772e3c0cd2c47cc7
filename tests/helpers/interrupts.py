"""An interrupt at any statement: what an alarm, Ctrl-C or a soft time limit does."""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

LOCK = re.compile(r"with .*lock:")
QUIET = re.compile(r"(try|if claim is not None):")
"""Calls nothing, so that no signal is heard before the line after it."""
NOTES = re.compile(r".*undecided\.append")
"""Notes what is to be undone, by the first call that is made after an interrupt."""


class Interrupted(BaseException):
    """What an alarm or Ctrl-C raises."""


@contextmanager
def interrupted(at: int, again: int = 0) -> Iterator[list[int]]:
    """Raise at one of the lines of the library that run from here on; tells how many there were.

    Not where a ``with`` gives a lock of `threading` back, which is written in C: no signal is delivered
    between its end and that. Before an ``__exit__`` in Python one is, which no line shows: real signals test
    that, see ``tests/routing/ledger/test_locks.py``. And raise once more at a line of those that run after
    that, counted from where what is to be undone has been noted: before that there is no call, so that no
    signal is heard.
    """
    lines, due = [0], [False]
    later = -1
    entered: set[FrameType] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if "/bporoute/" not in frame.f_code.co_filename:
            return None
        nonlocal later
        if event == "line":
            source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            if later < 0 and lines[0] >= at > 0 and NOTES.match(source):
                later = 0
                return trace
            if LOCK.match(source):
                if frame in entered:
                    return trace
                entered.add(frame)
            lines[0] += 1
            later += later >= 0
            due[0] = due[0] or lines[0] == at or 0 < later == again
            if due[0] and not QUIET.match(source):
                due[0] = False
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)
