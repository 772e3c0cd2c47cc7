"""Lines that are not chained: their ids and times are all that tells whether one is missing."""

from __future__ import annotations

from datetime import datetime

from bporoute.governance._chain_check import Problems
from bporoute.governance._numbers import Numbers, span


class PlainLines:
    """Follows the numbers of decisions: those of a router count up, its times do not go back.

    A number 1 begins anew: another router, or another stretch of a replay.

    Attributes
    ----------
    lines : int
        How many were seen.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._runs: dict[tuple[object, ...], Numbers] = {}
        self._at: dict[tuple[object, ...], datetime] = {}
        self._where = ""
        self.lines = 0

    def see(self, id: int, at: datetime | None, by: tuple[object, ...], file: str, number: int) -> None:
        """A decision, when it was made, and what made it."""
        self.lines += 1
        self._where = file
        run = self._runs.get(by)
        if run is None or id == 1:
            self._end(by)
            run = self._runs[by] = Numbers(max(id, 1) - 1)
        if id > 0:  # a preview has no number
            place = run.see(id)
            if place == "late":
                self._problems.note("moved", file, number, f"decision {id:,} stands behind a later one")
            elif place == "again":
                self._problems.note("doubled", file, number, f"decision {id:,} is there a second time")
        if at is None:
            return
        before = self._at.get(by)
        if before is not None and at < before:
            text = f"the time goes back from {before.isoformat()} to {at.isoformat()}"
            self._problems.note("moved", file, number, text)
        self._at[by] = at

    def end(self) -> None:
        """No more lines: note which are missing."""
        for by in self._runs:
            self._end(by)

    def _end(self, by: tuple[object, ...]) -> None:
        for first, last in self._runs[by].gaps if by in self._runs else ():
            self._problems.note("missing", self._where, 0, f"{span(first, last, 'decision')} missing")
