"""The logger ``bporoute``: one line where something changes, silent until somebody listens."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable

LOGGER = logging.getLogger("bporoute")
LOGGER.addHandler(logging.NullHandler())
INFO, WARNING = logging.INFO, logging.WARNING


def say(lines: Iterable[tuple[int, str]]) -> None:
    """Log lines, each with its level. Handlers are foreign code: call it with no lock held.

    >>> say([(INFO, "vendor nord: back")])
    """
    for level, text in lines:
        # No decision is lost because a handler fails.
        with contextlib.suppress(Exception):
            LOGGER.log(level, "%s", text)
