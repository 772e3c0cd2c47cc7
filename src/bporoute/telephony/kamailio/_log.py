"""The library's log lines in Kamailio's own log."""

from __future__ import annotations

import logging
from typing import Any


class KamailioLog(logging.Handler):
    """Hands lines of the logger ``bporoute`` to Kamailio: warnings as such, others as information.

    Parameters
    ----------
    ksr : module
        Kamailio's.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> log = KamailioLog(SimpleNamespace(warn=print, info=print))
    >>> log.handle(logging.LogRecord("bporoute", logging.INFO, "", 0, "vendor nord: back", None, None))
    bporoute: vendor nord: back
    <BLANKLINE>
    True
    """

    def __init__(self, ksr: Any) -> None:
        super().__init__(logging.INFO)
        self._ksr = ksr

    def emit(self, record: logging.LogRecord) -> None:
        """Hand over one line; what could break it into two is shown instead."""
        text = record.getMessage()
        line = text if text.isprintable() else ascii(text)
        say = self._ksr.warn if record.levelno >= logging.WARNING else self._ksr.info
        say(f"bporoute: {line}\n")
