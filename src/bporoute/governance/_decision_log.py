"""Decisions as JSON lines, for an auditor: every line has what was decided, on what, and why."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from bporoute.errors import InputError
from bporoute.routing._decision import Decision


class DecisionLog:
    """Writes decisions to a file that appears only once it is complete.

    Use it as a context manager; an exception leaves nothing behind.

    Parameters
    ----------
    path : Path
        Where the finished file goes; an older one is replaced.

    Raises
    ------
    InputError
        If nothing can be written there.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise InputError(f"--decisions {path}", "a folder", "the name of a file")
        self._path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._encode = msgspec.json.Encoder().encode
        try:
            self._file: IO[bytes] = self._partial.open("wb")
        except OSError as failure:
            raise self._complaint(failure) from None

    def write(self, decision: Decision) -> None:
        """Add one decision."""
        try:
            self._file.write(self._encode(decision.to_dict()) + b"\n")
        except OSError as failure:
            raise self._complaint(failure) from None

    def __enter__(self) -> DecisionLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
            if kind is None:
                os.replace(self._partial, self._path)
        except OSError as full:
            if kind is None:
                raise self._complaint(full) from None
        finally:
            self._partial.unlink(missing_ok=True)

    def _complaint(self, failure: OSError) -> InputError:
        found = failure.strerror or str(failure)
        return InputError(f"--decisions {self._path}", found, "a file that can be written")
