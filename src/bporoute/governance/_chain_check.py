"""Whether the lines of a log are those that were written: each one, once, in order, and as it was."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import Any, NamedTuple

import msgspec

from bporoute.governance._chain import BEFORE_ALL, Anchor, Sealed, hashed, key_mark, unsealed
from bporoute.governance._chain_report import ChainProblem, LogSeen, ProblemKind
from bporoute.governance._numbers import Numbers, span

FIRST = 10
"""Problems that a report keeps in full."""
MOST_LOOSE = 100
"""Pieces of lines one after another that a writer may have left."""


class Problems:
    """What is wrong, counted by kind; the first ones in full.

    Attributes
    ----------
    counts : Counter
        Kind -> how many.
    first : list of ChainProblem
        The first ones.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: list[ChainProblem] = []

    def note(self, kind: ProblemKind, file: str, line: int, text: str) -> None:
        """Note a problem."""
        self.counts[kind] += 1
        if len(self.first) < FIRST:
            self.first.append(ChainProblem(kind, file, line, text))


class Said(NamedTuple):
    """What a line says: its values, and whether it is part of a chain."""

    values: Any
    chained: bool


class ChainCheck:
    """Follows one log, line by line.

    Parameters
    ----------
    problems : Problems
        Where what is wrong is noted.
    key : bytes or None
        Of the log's hashes.
    after, last : Anchor or None
        The line before the first (None: the log is there from its beginning), and one that has to be there.

    Attributes
    ----------
    plain_ids : bool
        Whether ids of contacts stand in the log as they are.
    lines : int
        Lines of the chain.
    """

    def __init__(
        self,
        problems: Problems,
        key: bytes | None = None,
        after: Anchor | None = None,
        last: Anchor | None = None,
    ) -> None:
        self._problems = problems
        self._key = key
        self._after = BEFORE_ALL if after is None else after
        self._wanted = last
        self._found_wanted = last is None
        self._seen = Numbers(self._after.line)
        self._first: Anchor | None = None
        self._top: Anchor | None = self._after
        """The line with the highest number; None: it is in doubt already."""
        self._log = ""
        self._keyed = key is not None
        self._checks = True
        self._announced: set[tuple[object, ...]] = set()
        self._loose: list[tuple[str, int, bytes]] = []
        self._files: dict[str, None] = {}
        self._ended = self._goes_on = False
        self._counts: Counter[str] = Counter()
        self.plain_ids = True
        self.lines = 0

    def read(self, file: str, number: int, line: bytes) -> Said | None:
        """What a line says, and whether it stands where it belongs; None: it says nothing that is one.

        Raises
        ------
        msgspec.MsgspecError, UnicodeError, RecursionError
            If it is no JSON, though it has a number or the lines are not chained.
        """
        if file:
            self._files[file] = None
        sealed = unsealed(line)
        if sealed is None and self.lines and not _is_json(line):
            self._loose.append((file, number, line.rstrip(b"\r\n")))
            if len(self._loose) > MOST_LOOSE:
                self._end_loose()
            return None
        try:
            values = msgspec.json.decode(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            if sealed is not None:
                self.lines += 1
                self._follow(sealed, file, number)
            raise
        if sealed is None:
            if self.lines:
                text = "a line without a number in a chain: added, or altered"
                self._problems.note("altered", file, number, text)
            return Said(values, chained=False)
        self.lines += 1
        self._begin(sealed, values, file, number)
        self._follow(sealed, file, number)
        self._take(values, file, number)
        return Said(values, chained=True)

    def made(self, by: tuple[object, ...], file: str, number: int) -> None:
        """A decision was made by this center's version, policy and policy's version."""
        if by not in self._announced:
            text = f"decided with center {by[0]} by {by[1]}, which its log does not announce"
            self._problems.note("strange", file, number, text)

    def end(self) -> LogSeen:
        """No more lines: note what is missing, and say what was seen."""
        note, files = self._problems.note, tuple(self._files)
        where = files[-1] if files else ""
        if self._loose:
            file, number, _ = self._loose.pop()
            self._end_loose()
            note("torn", file, number, "the last line is cut off: its writer was ended, or somebody cut it")
        for first, last in self._seen.gaps if self.lines else ():
            lost = span(first, last, "line")
            if first == self._after.line + 1:
                text = f"{lost} missing before the first; --after says where earlier files ended"
                note("missing", files[0] if files else "", 0, text)
            else:
                note("missing", where, 0, f"{lost} missing")
        if not self._found_wanted and self._wanted is not None:
            text = f"line {self._wanted.line:,} was to be there: cut off behind line {self._seen.highest:,}"
            note("missing", where, 0, text)
        return LogSeen(
            self._log,
            files,
            None if self._first is None else str(self._first),
            None if self._first is None or self._top is None else str(self._top),
            self._keyed,
            self._checks and self.lines > 0,
            self._ended,
            self._goes_on,
            self._counts["dropped"],
            self._counts["torn"],
            self._counts["outcomes"],
        )

    def _begin(self, sealed: Sealed, values: Any, file: str, number: int) -> None:
        """A header says which log it is, and whose key it needs."""
        header = isinstance(values, dict) and values.get("kind") == "header"
        if self._first is None:
            self._first = sealed.anchor
            if not header:
                self._problems.note("strange", file, number, "no header: the line that begins every file")
        if self._loose:
            told = values.get("torn") if header else None
            if told == [
                {"bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}
                for *_, piece in self._loose
            ]:
                self._counts["torn"] += len(self._loose)
                self._loose.clear()
            self._end_loose()
        if not header:
            return
        log, mark = values.get("log"), values.get("key")
        if self._log and log != self._log:
            self._problems.note("strange", file, number, f"a line of another log, {log}, not {self._log}")
        self._log = self._log or str(log)
        self._announced.clear()
        self.plain_ids = values.get("ids") == "plain"
        self._keyed = bool(values.get("keyed"))
        if self._keyed and mark != key_mark(self._key):
            if self._checks and self._key is not None:
                self._problems.note("key", file, number, "made with another key than the one given")
            elif self._checks:
                self._problems.note("key", file, number, "made with a key: nothing is checked without it")
            self._checks = False
        elif not self._keyed and self._key is not None:
            text = "made without a key, though one was given: anybody may have written it"
            self._problems.note("key", file, number, text)

    def _follow(self, sealed: Sealed, file: str, number: int) -> None:
        """Whether a line is as it was written, and stands where it belongs."""
        note, line = self._problems.note, sealed.line
        sound = True
        if self._checks:
            found = hashed(sealed.body, self._key if self._keyed else None)
            sound = hmac.compare_digest(found, sealed.hash)
        if not sound:
            note("altered", file, number, f"line {line:,} is not as it was written")
        before, top = self._seen.highest, self._top
        place = self._seen.see(line)
        if place == "next":
            if sound and top is not None and sealed.prev != top.hash:
                text = f"line {line:,} does not follow line {before:,} as it stands: one of them was replaced"
                note("altered", file, number, text)
            self._top = sealed.anchor if sound else None
        elif place == "after a gap":
            self._top = sealed.anchor if sound else None
        elif place == "late":
            note("moved", file, number, f"line {line:,} stands behind line {before:,}")
        else:
            note("doubled", file, number, f"line {line:,} is there a second time")
        if self._wanted is not None and line == self._wanted.line:
            if sealed.hash != self._wanted.hash:
                text = (
                    f"line {line:,} is not the one that was to be there: everything up to it may be rewritten"
                )
                note("altered", file, number, text)
            self._found_wanted = True

    def _take(self, values: Any, file: str, number: int) -> None:
        """What a line says of its log."""
        kind = values.get("kind") if isinstance(values, dict) else None
        self._ended = kind == "end" and values.get("goes_on") is False
        self._goes_on = kind == "end" and not self._ended
        if kind == "decides":
            self._announced.add(maker(values))
        elif kind == "dropped":
            count = values.get("dropped")
            self._counts["dropped"] += count if isinstance(count, int) else 0
        elif kind == "outcome":
            self._counts["outcomes"] += 1
        elif kind not in (None, "header", "end"):
            self._problems.note("strange", file, number, f"a line of a kind that is not known, {kind!r}")

    def _end_loose(self) -> None:
        """What was no line, and was not told of as torn, has been altered or added."""
        for file, number, _ in self._loose:
            self._problems.note("altered", file, number, "not a line of a log: added, or altered")
        self._loose.clear()


def maker(values: dict[str, Any]) -> tuple[object, ...]:
    """What made a decision, as its line says: version of the center, policy, version of the policy."""
    return tuple(values.get(name) for name in ("center_version", "policy", "policy_version"))


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True
