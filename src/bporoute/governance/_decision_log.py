"""Decisions as JSON lines, for an auditor: every line has what was decided, on what, and why."""

from __future__ import annotations

import secrets
from pathlib import Path
from types import TracebackType

from bporoute._base.files import WholeFile
from bporoute.governance._chain import BEFORE_ALL, checked_key, seal
from bporoute.governance._log_lines import Announcer, Ids, LogLines, end
from bporoute.routing._decision import Decision


class DecisionLog:
    """Writes decisions to a file that appears only once it is complete; only its owner may read it.

    Use it as a context manager; an exception leaves nothing behind. The lines are numbered and chained, so
    that `bporoute.audit` tells which are missing or were changed. A process that lives on logs by
    `LiveDecisionLog`.

    Parameters
    ----------
    path : Path
        Where the finished file goes; an older one is replaced.
    option : str
        What complaints call it by.
    key : bytes or None
        Chains the lines so that nobody without it can write others; 16 bytes or more. None: by plain hashes.
    ids : {"plain", "hashed", "none"}
        How the ids of contacts stand in the log: as they are, hashed by `id_key`, or left out.
    id_key : bytes or None
        Makes the hashes of ids; 16 bytes or more.
    name : str or None
        What the log calls itself, which no other log should; None: something drawn.

    Raises
    ------
    InputError
        If nothing can be written there, or a key is missing or too short.
    """

    def __init__(
        self,
        path: Path,
        *,
        option: str = "decisions",
        key: bytes | None = None,
        ids: Ids = "plain",
        id_key: bytes | None = None,
        name: str | None = None,
    ) -> None:
        self._says = LogLines(ids, id_key)
        self._key = checked_key(key, "key")
        self._last = BEFORE_ALL
        self._announcer = Announcer()
        self._file = WholeFile(path, option, private=True)
        log = secrets.token_hex(8) if name is None else name
        self._add(self._says.header(log, self._key))

    def write(self, decision: Decision) -> None:
        """Add one decision.

        Parameters
        ----------
        decision : Decision
            Any.

        Raises
        ------
        InputError
            If there is no room on the disk.
        """
        news = self._announcer.news(decision.evidence.basis)
        if news is not None:
            self._add(news)
        self._add(self._says.decision(decision))

    def __enter__(self) -> DecisionLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._add(end(None, goes_on=False))
        except BaseException as full:
            self._file.__exit__(type(full), full, None)
            raise
        self._file.__exit__(kind, failure, trace)

    def _add(self, plain: bytes) -> None:
        line, self._last = seal(plain, self._last, self._key)
        self._file.write(line)
