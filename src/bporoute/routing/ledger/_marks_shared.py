"""Marks that all processes of a host know: each writes what is new to it at the end of one file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from bporoute._base.files import PRIVATE
from bporoute._base.logger import WARNING, say
from bporoute.routing.ledger._marks import Marks

MOST_BYTES, MOST_OF_ALL = 16 << 20, 24 << 20
"""Of the file, from which on kinds are noted no more, and names neither; what is new then is known to its own
process only: by a token that names it another one diverts nothing, or settles nothing."""
FULL = "has {:,} bytes: {} that are new are not known to other processes; end all and remove it"


class SharedMarks(Marks):
    """As `Marks`, with what other processes have noted.

    Parameters
    ----------
    path : Path
        The file: a line of JSON for each name or kind.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0
        self._said: set[bool] = set()
        """Of what it was said that there is no room: names, or kinds."""
        super().__init__()

    def named(self, mark: bytes) -> str | None:
        """The name with a mark; None where nobody has noted it."""
        if mark not in self._names:
            self._learn()
        return super().named(mark)

    def kind(self, mark: bytes) -> Any:
        """The kind with a mark; None where it is not known, or was long ago."""
        if mark not in self._kinds:
            self._learn()
        return super().kind(mark)

    def _tell(self, what: object) -> None:
        with suppress(OSError, TypeError, ValueError, OverflowError, RecursionError):
            line = msgspec.json.encode(what)
            if repr(_as_told(line)) != repr(what):  # of others than texts and tuples: its mark is another
                return
            self._learn()
            mark = self.mark_of(what if isinstance(what, str) else repr(what))
            if mark in self._names or mark in self._kinds:
                return
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
            try:
                named = isinstance(what, str)
                if os.fstat(file).st_size < (MOST_OF_ALL if named else MOST_BYTES):
                    os.write(file, b"\n" + line + b"\n")  # a line that was torn ends where this begins
                elif named not in self._said:
                    self._said.add(named)
                    which = "names" if named else "kinds of contacts"
                    say([(WARNING, f"ledger {self._path}: {FULL.format(MOST_BYTES, which)}")])
            finally:
                os.close(file)

    def _learn(self) -> None:
        """Read what was written since."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                new = file.read(MOST_OF_ALL)
        except OSError:
            return
        whole = new.rfind(b"\n") + 1
        for line in filter(None, new[:whole].split(b"\n")):
            with suppress(msgspec.DecodeError, TypeError):
                self._note(_as_told(line))
        self._read += whole

    def _note(self, told: Any) -> None:
        if isinstance(told, str):
            self._names.setdefault(self.mark_of(told), told)
        elif isinstance(told, tuple) and len(told) == KIND_FIELDS and told not in self.of_kind:
            self._kinds.setdefault(self.mark_of(repr(told)), told)


KIND_FIELDS = 6


def _as_told(line: bytes) -> Any:
    """A text, or a tuple of texts and tuples."""
    return _tuples(msgspec.json.decode(line))


def _tuples(what: Any) -> Any:
    return tuple(map(_tuples, what)) if isinstance(what, list) else what
