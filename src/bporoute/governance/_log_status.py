"""How a living log is."""

from __future__ import annotations

import msgspec


class LogStatus(msgspec.Struct, frozen=True):
    """How a living log is.

    Attributes
    ----------
    path : str
        The file that it goes on in.
    waiting, written, dropped : int
        Decisions and outcomes handed over and not yet in the file, in it, and lost: there was no room for
        them, or they could not be told.
    last : str or None
        Number and hash of the last line that is in the file, as ``NUMBER:HASH``. Kept elsewhere, it proves
        later that nothing up to there was cut off or rewritten: ``bporoute audit --last NUMBER:HASH``.
    trouble : str
        Why nothing can be written now; else what has cost evidence last: a decision that could not be told,
        a file that somebody deleted or cut; empty if nothing has.
    """

    path: str
    waiting: int
    written: int
    dropped: int
    last: str | None
    trouble: str
