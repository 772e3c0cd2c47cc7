"""The file that a living log goes on in: taken up where it ended, appended to, put away, begun anew."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from bporoute._base.files import PRIVATE, sync_folder
from bporoute._base.locks import lock
from bporoute.errors import InputError
from bporoute.governance._chain import BEFORE_ALL, Sealed, hashed, key_mark, seal, unsealed
from bporoute.governance._log_lines import LogLines, Torn, end

BLOCK = 65_536
BEGINNING = b'{"kind":"header"'
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


class _Ending(NamedTuple):
    """How a file ends: its last whole line, pieces of lines behind it, and whether a line end is missing."""

    last: Sealed | None
    torn: tuple[bytes, ...]
    unended: bool


class LogFile:
    """Appends lines to a log at `path`; what is full goes to ``STEM.LOG.LINE.jsonl`` beside it.

    Attributes
    ----------
    path : Path
        The file.
    last : Anchor
        The last line that is in it.
    log : str
        What the log calls itself.
    size : int
        Bytes in the file.
    """

    def __init__(self, path: Path, says: LogLines, key: bytes | None) -> None:
        self.path = path
        self._says = says
        self._key = key
        self.last = BEFORE_ALL
        self.log = ""
        self.size = 0
        self._first = 0
        self._file = -1
        self._locked = -1

    @property
    def opened(self) -> bool:
        """Whether lines can be appended."""
        return self._file >= 0

    def open(self, at: float) -> None:
        """Go on where the file ends, or the newest one that was put away, or begin a log.

        Raises
        ------
        InputError
            If the file is none of this log and key, or another process writes it.
        OSError
            If it cannot be read or written.
        """
        self._hold()
        here = _Ending(None, (), False)
        if _size(self.path):
            here = _ending(self.path)
            self._recognise(self.path, here)
        before, found = self.last, here.last
        if found is None and not self.log and (older := self._newest()) is not None:
            put_away = _ending(older)
            self._recognise(older, put_away)
            found = put_away.last
        if found is not None and found.line > before.line:
            before = found.anchor
        begins = here.last is None
        if begins:
            self._first = before.line + 1
        self.log = self.log or secrets.token_hex(8)
        # A piece of a first line says nothing that anybody could miss.
        self._file = os.open(self.path, APPEND | (os.O_TRUNC if begins else 0), PRIVATE)
        with suppress(OSError):
            os.chmod(self.path, PRIVATE)
        sync_folder(self.path.parent)
        torn = [Torn(len(piece), hashlib.sha256(piece).hexdigest()) for piece in here.torn if not begins]
        header = self._says.header(self.log, self._key, at=at, process=os.getpid(), follows=before, torn=torn)
        line, after = seal(header, before, self._key)
        self._write((b"\n" if here.unended and not begins else b"") + line)
        self.last = after

    def append(self, plains: Sequence[bytes]) -> None:
        """Add lines, all or none.

        Raises
        ------
        OSError
            If they could not be written.
        """
        last, lines = self.last, []
        for plain in plains:
            line, last = seal(plain, last, self._key)
            lines.append(line)
        self._write(b"".join(lines))
        self.last = last

    def sync(self) -> None:
        """Have everything on the disk."""
        os.fsync(self._file)

    def tampering(self) -> str:
        """What somebody has done to the file since it was written: moved, deleted or cut; else empty."""
        found = os.fstat(self._file)
        if found.st_size < self.size:
            return "cut"
        if not _same(self._file, self.path):
            return "moved" if found.st_nlink else "deleted"
        return ""

    def put_away(self, at: float) -> None:
        """End the file and give it its lasting name; the next one is to be opened."""
        self.append([end(at, goes_on=True)])
        os.fsync(self._file)
        self.leave()
        os.rename(self.path, self.path.with_name(f"{self._stem}{self._first:012d}{self.path.suffix}"))
        sync_folder(self.path.parent)

    def close(self, at: float | None) -> None:
        """End the log, unless `at` is None, and let go of its file."""
        try:
            if self.opened and at is not None:
                self.append([end(at, goes_on=False)])
            if self.opened:
                os.fsync(self._file)
        finally:
            if self._locked >= 0:
                self._lock_file.unlink(missing_ok=True)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file and the log without a word, as a forked process does: both are the parent's."""
        self.leave()
        if self._locked >= 0:
            os.close(self._locked)
            self._locked = -1

    def leave(self) -> None:
        """Let go of the file; it, or the next one, is to be opened."""
        if self._file >= 0:
            file, self._file = self._file, -1
            os.close(file)

    @property
    def _stem(self) -> str:
        return f"{self.path.stem}.{self.log}."

    @property
    def _lock_file(self) -> Path:
        return self.path.with_name(f".{self.path.name}.lock")

    def _hold(self) -> None:
        """Have the log for this process alone, as long as it lives."""
        while self._locked < 0:
            held = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, PRIVATE)
            if not lock(held):
                os.close(held)
                raise InputError(str(self.path), "a log that another writer has", "a file for each writer")
            if _same(held, self._lock_file):
                self._locked = held
            else:  # its last holder has just removed it
                os.close(held)

    def _newest(self) -> Path | None:
        """The file that was put away last, by any process."""
        put_away = f"{self.path.stem}.", self.path.suffix
        names = [
            file
            for file in self.path.parent.iterdir()
            if file.name.startswith(put_away[0])
            and file.suffix == put_away[1]
            and [len(part) for part in file.name[len(put_away[0]) :].split(".")[:-1]] == [16, 12]
        ]
        return max(names, key=lambda file: (file.stat().st_mtime, file.name), default=None)

    def _recognise(self, found: Path, ending: _Ending) -> None:
        """Refuse to go on in a file of something else."""
        expected = "a log of decisions by this key; put the file elsewhere to begin another log"
        head = _head(found)
        first = unsealed(head)
        if first is None or ending.last is None:
            if head.startswith(BEGINNING[: len(head)]) and not head.endswith(b"\n"):
                return  # killed before its first line was there
            raise InputError(str(found), "no log of decisions", expected)
        header = msgspec.json.decode(first.body + b"}")
        if header.get("kind") != "header":
            raise InputError(str(found), "a log without its first line", expected)
        if header.get("key") != key_mark(self._key):
            raise InputError(str(found), "a log by another key, or by none", expected)
        if hashed(ending.last.body, self._key) != ending.last.hash:
            raise InputError(str(found), "a last line that was altered", expected)
        if self.log and self.log != header["log"]:
            raise InputError(
                str(found), f"the log {header['log']}", f"the log {self.log}, which goes on here"
            )
        self.log = str(header["log"])
        if found == self.path:
            self._first = first.line

    def _write(self, content: bytes) -> None:
        """Write it all, or take back what was written."""
        size, left = os.fstat(self._file).st_size, memoryview(content)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, size)
            self.leave()
            raise
        self.size = size + len(content)


def _same(file: int, path: Path) -> bool:
    """Whether an opened file is the one at a path."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline()


def _ending(path: Path) -> _Ending:
    """How a file ends, read from there."""
    with path.open("rb") as file:
        start = file.seek(0, os.SEEK_END)
        tail = b""
        while True:
            block = min(BLOCK, start)
            start -= block
            file.seek(start)
            tail = file.read(block) + tail
            pieces = tail.split(b"\n")
            known = pieces if start == 0 else pieces[1:]  # the first may begin before
            for behind, line in enumerate(reversed(known)):
                if sealed := unsealed(line):
                    torn = tuple(filter(None, known[len(known) - behind :]))
                    return _Ending(sealed, torn, bool(pieces[-1]))
            if start == 0:
                return _Ending(None, tuple(filter(None, known)), bool(pieces[-1]))
