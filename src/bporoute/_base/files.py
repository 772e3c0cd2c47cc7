"""Files that appear only once they are complete."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from bporoute._base.locks import lock
from bporoute.errors import InputError

PRIVATE = 0o600
"""Mode of a file with ids of customers: its owner reads it, nobody else."""
SHARED = 0o666
"""Mode of every other file, less what the user's mask takes away."""


def check_target_file(path: Path, option: str, endings: Sequence[str]) -> None:
    """Refuse, before any work, a name under which nothing could be saved.

    Raises
    ------
    InputError
        If the ending is unknown, or the folder is missing or read-only.
    """
    where = f"{option} {path}"
    if path.is_dir():
        raise InputError(where, "a folder", "the name of a file")
    if path.suffix.lower() not in endings:
        raise InputError(where, repr(path.suffix), f"a name that ends in {', '.join(endings)}")
    if not path.parent.is_dir():
        raise InputError(where, f"no folder {str(path.parent)!r}", "a folder that exists")
    if not os.access(path.parent, os.W_OK):
        raise InputError(where, f"a read-only folder {str(path.parent)!r}", "one to write to")


class WholeFile:
    """A file that is written beside its place and takes it once it is complete and on the disk.

    Use it as a context manager; an exception leaves what was there. A run that is killed leaves
    ``.NAME.PID.partial`` behind, which the next one that writes the same name removes.

    Parameters
    ----------
    path : Path
        Where the finished file goes.
    option : str
        What complaints call it by.
    private : bool
        Whether it holds ids of customers, so that only its owner may read it.
    replace : bool
        Whether an older file may be replaced.

    Raises
    ------
    InputError
        If nothing can be written there.
    """

    def __init__(self, path: Path, option: str, *, private: bool = False, replace: bool = True) -> None:
        self._path = path
        self._where = f"{option} {path}".strip()
        self._replace = replace
        if path.is_dir():
            raise InputError(self._where, "a folder", "the name of a file")
        if not replace and path.exists():
            raise self._complaint(FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)))
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            remove_leftovers(path)
            mode = PRIVATE if private else SHARED
            self._file = os.fdopen(os.open(self._partial, NEW_FILE, mode), "wb")
            lock(self._file.fileno())  # so that nobody takes it for a leftover
        except FileExistsError:
            raise InputError(self._where, "a file that is being written", "another name") from None
        except OSError as failure:
            raise self._complaint(failure) from None
        except BaseException:
            self._partial.unlink(missing_ok=True)
            raise

    def write(self, content: bytes) -> None:
        """Add to the file."""
        try:
            self._file.write(content)
        except OSError as failure:
            raise self._complaint(failure) from None

    def __enter__(self) -> WholeFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._take_place()
                sync_folder(self._path.parent)
        except OSError as full:
            raise self._complaint(full) from None
        finally:
            with suppress(OSError):  # what is buffered finds no room, or the complaint has been made
                self._file.close()
            self._partial.unlink(missing_ok=True)

    def _take_place(self) -> None:
        if self._replace:
            os.replace(self._partial, self._path)
            return
        try:
            os.link(self._partial, self._path)  # fails where somebody was quicker
        except FileExistsError:
            raise
        except OSError:  # no links on this disk
            os.replace(self._partial, self._path)

    def _complaint(self, failure: OSError) -> InputError:
        there = isinstance(failure, FileExistsError)
        expected = "the name of a file that does not exist yet" if there else "a file that can be written"
        return InputError(self._where, failure.strerror or str(failure), expected)


NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def write_whole(
    path: Path, content: bytes, option: str, *, private: bool = False, replace: bool = True
) -> None:
    """Write a file, or leave what was there; see `WholeFile`.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with WholeFile(path, option, private=private, replace=replace) as file:
        file.write(content)


def private_text(path: Path, wanted: str) -> str:
    """What stands in a file with a secret: text in UTF-8 that not everybody may read.

    Raises
    ------
    InputError
        If it is open to everybody, or cannot be read; `wanted` is what it should be.
    """
    try:
        if path.stat().st_mode & 0o007:
            raise InputError(f"{path}", "a file that everybody may read or write", f"chmod o= {path}")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise InputError(f"{path}", getattr(failure, "strerror", "") or str(failure), wanted) from None


def remove_leftovers(path: Path) -> None:
    """Remove what runs that were killed have left of a file: nobody writes it any more."""
    with suppress(OSError):
        for left in path.parent.iterdir():
            before, after = f".{path.name}.", ".partial"
            number = left.name[len(before) : -len(after)]
            if left.name == f"{before}{number}{after}" and number.isdecimal() and _left(left, int(number)):
                left.unlink()


def _left(partial: Path, writer: int) -> bool:
    """Whether a half-written file is of nobody: its process is gone, and nobody holds its lock."""
    if writer != os.getpid() and _runs(writer):
        return False
    file = os.open(partial, os.O_RDWR)
    try:
        return lock(file)  # its process may run where its number means nothing here: in a container
    finally:
        os.close(file)


def _runs(process: int) -> bool:
    if os.name == "nt":  # asking by signal would end it there; who writes a file keeps it from removal
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk, where the system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


ENDINGS = (".csv", ".jsonl")


def encoded_rows(rows: Iterable[Mapping[str, Any]], ending: str) -> bytes:
    r"""Rows with the same names as CSV with a header, or as JSON, one a line.

    Parameters
    ----------
    rows : iterable of mapping
        Name -> value; None becomes an empty cell.
    ending : {".csv", ".jsonl"}
        Of the file.

    Examples
    --------
    >>> encoded_rows([{"queue": "sales", "offered": 80.0}, {"queue": "chat", "offered": None}], ".csv")
    b'queue,offered\nsales,80.0\nchat,\n'
    >>> encoded_rows([{"queue": "sales", "offered": 80.0}], ".jsonl")
    b'{"queue":"sales","offered":80.0}\n'
    """
    if ending == ".jsonl":
        encode = msgspec.json.Encoder().encode
        return b"".join(encode(row) + b"\n" for row in rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    listed = iter(rows)
    first = next(listed, None)
    if first is not None:
        writer.writerow(first)
        writer.writerows(row.values() for row in chain([first], listed))
    return text.getvalue().encode()
