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


class Interrupted(BaseException):
    """What an alarm or Ctrl-C raises."""


@contextmanager
def interrupted(at: int) -> Iterator[list[int]]:
    """Raise at one of the lines of the library that run from here on; tells how many there were.

    Not where a ``with`` gives its lock back: no signal is delivered between its end and that.
    """
    lines = [0]
    entered: set[FrameType] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if "/bporoute/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            if LOCK.match(linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()):
                if frame in entered:
                    return trace
                entered.add(frame)
            lines[0] += 1
            if lines[0] == at:
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)
