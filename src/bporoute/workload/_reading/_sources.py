"""Whatever can be read: a path, an open file, bytes, a frame or a mapping of arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

from bporoute.errors import InputError
from bporoute.workload._reading._format import FileFormat
from bporoute.workload._reading._frames import sheet_of_frame
from bporoute.workload._reading._sheet import Sheet
from bporoute.workload._reading._texts import check_text, sheet_of_text
from bporoute.workload._reading._workbooks import is_workbook, sheet_of_workbook

MOST_BYTES = 512 * 1024 * 1024
"""Of a file that is read whole: some six million calls."""


class Frame(Protocol):
    """A frame of pandas, polars, Arrow or another library that narwhals knows."""

    def __len__(self) -> int:
        """How many rows it has."""
        ...


Source: TypeAlias = "str | os.PathLike[str] | IO[bytes] | IO[str] | Frame"
"""What can be read: a path, an open file, a frame, or a mapping of names to arrays."""


def open_source(source: Any, format: FileFormat, looks_right: Callable[[Sheet], bool]) -> Sheet:
    """Read the cells of whatever it is.

    Parameters
    ----------
    source : path, open file, frame or mapping
        See `Source`.
    format : FileFormat
        What is known of it.
    looks_right : callable
        Whether a sheet of a workbook has what is looked for.

    Raises
    ------
    InputError
        It cannot be read, or is no table.
    """
    if isinstance(source, Sheet):
        return source
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        raw = _bytes_of_path(name)
    elif hasattr(source, "read"):
        name = str(getattr(source, "name", "") or "the file")
        read = source.read(MOST_BYTES + 1)
        raw = read.encode() if isinstance(read, str) else read
        _check_size(name, len(raw))
    else:
        return sheet_of_frame(source)
    if is_workbook(raw):
        return sheet_of_workbook(name, raw, format.sheet, looks_right)
    check_text(name, raw)
    names = set(format.columns.values())
    return sheet_of_text(name, raw, encoding=format.encoding, delimiter=format.delimiter, names=names)


def _bytes_of_path(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            _check_size(name, os.fstat(file.fileno()).st_size)
            raw = file.read(MOST_BYTES + 1)  # a pipe has no size
    except OSError as error:
        raise InputError(
            name, error.strerror or str(error), "a CSV file or workbook that can be read"
        ) from None
    _check_size(name, len(raw))
    return raw


def _check_size(name: str, size: int) -> None:
    if size > MOST_BYTES:
        found = f"more than {MOST_BYTES:,} bytes" if size == MOST_BYTES + 1 else f"{size:,} bytes"
        raise InputError(
            name, found, f"at most {MOST_BYTES:,} bytes; split it, by month say, or give a frame"
        )
