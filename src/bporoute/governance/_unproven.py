"""What the chains of logs do not prove, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from bporoute.governance._chain_report import LogSeen


def notes(logs: Sequence[LogSeen]) -> tuple[str, ...]:
    """What the logs say of themselves that is no problem."""
    dropped, torn = (sum(getattr(log, name) for log in logs) for name in ("dropped", "torn"))
    said = []
    if dropped:
        said.append(f"The log says that {dropped:,} decisions or outcomes are not in it: there was no room.")
    if torn:
        said.append(f"The log says that its writer could not finish {torn:,} of its lines.")
    said += [f"Log {log.log} goes on in a file that is not among these." for log in logs if log.goes_on]
    return tuple(said)


def unproven(logs: Sequence[LogSeen], anchored: bool) -> tuple[str, ...]:
    """What nobody can tell; `anchored`: a line was named that had to be there."""
    chained = [log for log in logs if log.log]
    said = []
    if len(chained) < len(logs):
        said.append(
            "Whether lines without a chain are all there, and as they were written: they look the same to "
            "everybody who changes them well."
        )
    if not chained:
        return tuple(said)
    open_ends = sum(not log.ended for log in chained)
    if open_ends and not anchored:
        said.append(
            "Whether lines were cut off the end: the last one does not say that it is the last, as while its "
            "writer runs or after it was killed. Name a line that has to be there: --last NUMBER:HASH."
        )
    if any(not log.keyed for log in chained) and not anchored:
        said.append(
            "Whether somebody wrote the log anew from some line on, or cut it and ended it again: without a "
            "key anybody can. Keep a line's NUMBER:HASH elsewhere (--last), or log with a key."
        )
    if any(log.keyed for log in chained):
        said.append("What somebody did who has the key.")
    said.append("Whether other logs of the same days were taken away.")
    return tuple(said)
