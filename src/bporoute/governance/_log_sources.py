"""The files of logs that are to be audited: which belong together, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from bporoute.errors import InputError
from bporoute.governance._chain import unsealed

ENDING = ".jsonl"


class Source(NamedTuple):
    """Lines, and the name of the file that they are from; empty if they are from none."""

    file: str
    lines: Iterable[str | bytes]


class _Begins(NamedTuple):
    """How a file begins: the log that it names, and the number of its first line; None: neither."""

    log: str | None
    line: int


def sources(paths: Sequence[Path], progress: Callable[[int], object] | None) -> list[list[Source]]:
    """The files at `paths`, log by log, those of a log in the order of their lines.

    A file that names no log belongs to the only one there is, else it is one of its own.

    Raises
    ------
    InputError
        If a file cannot be read, a folder holds none, or none is named.
    """
    if not paths:
        raise InputError("decisions", "no file", "at least one file or folder")
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    begins = {file: _begins(file) for file in files}
    named = list(dict.fromkeys(found.log for found in begins.values() if found.log))
    groups: dict[object, list[Path]] = {}
    for file, found in begins.items():
        group: object = found.log or (named[0] if len(named) == 1 and found.line >= 0 else file)
        groups.setdefault(group, []).append(file)
    return [
        [
            Source(str(file), _lines(file, progress))
            for file in sorted(group, key=lambda file: begins[file].line)
        ]
        for group in groups.values()
    ]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.glob(f"*{ENDING}") if file.is_file())
    if not found:
        raise InputError(f"decisions {path}", f"no {ENDING} file", "a folder with the files of a log")
    return found


def _begins(file: Path) -> _Begins:
    try:
        with file.open("rb") as opened:
            sealed = unsealed(opened.readline())
    except OSError as failure:
        raise _unreadable(file, failure) from None
    if sealed is None:
        return _Begins(None, -1)
    try:
        header = msgspec.json.decode(sealed.body + b"}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _Begins(None, sealed.line)
    log = header.get("log") if header.get("kind") == "header" else None
    return _Begins(log if isinstance(log, str) else None, sealed.line)


def _lines(file: Path, progress: Callable[[int], object] | None) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            for line in opened:
                yield line
                if progress is not None:
                    progress(len(line))
    except OSError as failure:
        raise _unreadable(file, failure) from None


def _unreadable(file: Path, failure: OSError) -> InputError:
    return InputError(f"decisions {file}", failure.strerror or str(failure), "a file that can be read")
