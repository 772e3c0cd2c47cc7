"""Lines of logs, read one by one, and the line of one decision found among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from bporoute.errors import InputError, shown
from bporoute.governance._audit_report import BadLine
from bporoute.governance._chain import hashed, unsealed
from bporoute.governance._log_lines import LogLines, moment
from bporoute.governance._log_sources import sources
from bporoute.governance._redecision import Logged
from bporoute.routing._token import REFUSALS, Token, read_of_any_epoch, read_unproven
from bporoute.routing.ledger._marks import Marks

Seal = Literal["as written", "altered", "not checked", "not chained"]
"""Whether a line has the hash that is its own; without the key of a keyed log nobody can tell."""


_PLAIN = re.compile(r"[\w .:@+-]*", re.ASCII)


class Line(NamedTuple):
    """A line that is a decision: where it stands, what it says, and whether ids stand there as they are."""

    file: str
    number: int
    content: bytes
    values: dict[str, Any]
    logged: Logged
    plain_ids: bool


def decisions(
    paths: Sequence[Path],
    progress: Callable[[int], object] | None = None,
    only: Callable[[bytes], bool] | None = None,
    bad: Callable[[BadLine], object] | None = None,
) -> Iterator[Line]:
    """Every decision of files and folders of logs, one by one; none is kept.

    `only` says, of the bytes of a line, whether it is to be read at all; `bad` is told what cannot be.

    Raises
    ------
    InputError
        If a file cannot be read, or a folder has none.
    """
    for files in sources(paths, progress):
        plain_ids = True
        for source in files:
            for number, line in enumerate(source.lines, start=1):
                content = line.encode() if isinstance(line, str) else line
                special = content.startswith(b'{"kind"')
                if not special and only is not None and not only(content):
                    continue
                try:
                    values = msgspec.json.decode(content)
                    if special or (isinstance(values, dict) and "kind" in values):
                        if values.get("kind") == "header":
                            plain_ids = values.get("ids", "plain") == "plain"
                        continue
                    logged = msgspec.convert(values, Logged)
                except (msgspec.MsgspecError, UnicodeError, RecursionError, AttributeError) as failure:
                    if bad is not None:
                        bad(BadLine(number, str(failure), source.file))
                    continue
                yield Line(source.file, number, content, values, logged, plain_ids)


def local_time(logged: Logged, zone: ZoneInfo) -> datetime | None:
    """When a line was decided, by a clock; None where no calendar of that zone knows it."""
    try:
        return None if logged.at is None else logged.at.astimezone(zone)
    except OverflowError:
        return None


def find(
    paths: Sequence[Path],
    *,
    token: str | None = None,
    contact: str | None = None,
    number: int | None = None,
    line: int | None = None,
    token_key: bytes | None = None,
    id_key: bytes | None = None,
    progress: Callable[[int], object] | None = None,
) -> tuple[Line, tuple[str, ...]]:
    """The line of one decision, and what is to be said of how it was found.

    By a token, which says number, time and destination; by the id of the contact, of which the last decision
    is taken; by the decision's number, which a router begins at 1; or by the line of its file, from 1.

    Raises
    ------
    InputError
        If nothing, or too much, says which; if the token is none, or forged by the `token_key`; if there is
        no such decision, or several have the number.
    """
    given = [value for value in (token, contact, number, line) if value is not None]
    if len(given) != 1:
        raise InputError(
            "decision",
            f"{len(given)} of token, id, number and line",
            "one of them: which decision to explain",
        )
    notes: tuple[str, ...] = ()
    if line is not None:
        return _at_line(paths, line, progress), notes
    if token is not None:
        told, notes = _read(token, token_key)
        wanted, where = told.number, f"token {shown(token)}"
    elif contact is not None:
        wanted, where = None, f"id {shown(contact)}"
    else:
        wanted, where = number, f"number {number}"
    if wanted is not None:
        text = b"%d" % wanted  # whoever wrote the JSON may have put blanks around it
        found = [
            each
            for each in decisions(paths, progress, lambda content: text in content)
            if each.logged.id == wanted
        ]
        if token is not None:
            nearly = found
            found = [each for each in found if _fits(each, told)]
            if nearly and not found:
                when = moment(told.at)
                raise InputError(
                    where,
                    f"decision {wanted} of {when}, which these files have otherwise: "
                    f"{nearly[0].logged.at}, to {nearly[0].logged.destination}",
                    "the log of the router that made it",
                )
        if len(found) > 1:
            times = ", ".join(f"{each.file} line {each.number}, {each.logged.at}" for each in found[:3])
            raise InputError(
                where, f"{len(found)} decisions ({times})", "a token, or the line of one of them"
            )
    else:
        found, notes = _of_contact(paths, str(contact), id_key, progress)
    if not found:
        raise InputError(where, "no such decision", "one that is in these files")
    return found[-1], notes


def _at_line(paths: Sequence[Path], line: int, progress: Callable[[int], object] | None) -> Line:
    """The decision on a line of the only file."""
    bad: list[BadLine] = []
    files = {source.file for log in sources(paths, None) for source in log}
    if len(files) > 1:
        raise InputError(f"line {line}", f"{len(files)} files", "the one file that it is a line of")
    for found in decisions(paths, progress, bad=bad.append):
        if found.number == line:
            return found
    why = [each.problem for each in bad if each.line == line]
    raise InputError(f"line {line}", why[0] if why else "no decision", "a line that is one")


def seal_of_line(line: Line, key: bytes | None) -> Seal:
    """Whether a line is as it was written, as far as its own hash tells."""
    sealed = unsealed(line.content)
    if sealed is None:
        return "not chained"
    if hashed(sealed.body, key) == sealed.hash:
        return "as written"
    return "altered" if key is not None or not _is_keyed(line) else "not checked"


def _is_keyed(line: Line) -> bool:
    """Whether the log of a line says that it is chained with a key."""
    if not line.file:
        return False
    with Path(line.file).open("rb") as file:
        return b'"keyed":true' in file.readline()


def _read(token: str, key: bytes | None) -> tuple[Token, tuple[str, ...]]:
    if key is not None:
        found = read_of_any_epoch(key, token)
        if isinstance(found, str):
            raise InputError(f"token {shown(token)}", found, f"a token of this ledger: it {REFUSALS[found]}")
        return found[0], ("The token is one that the holder of the ledger's key has made.",)
    told = read_unproven(token)
    if told is None:
        raise InputError(f"token {shown(token)}", "no token", "72 characters or more, as Decision.token")
    return told, ("Who has made the token was not checked: that takes the ledger's key.",)


def _fits(line: Line, token: Token) -> bool:
    """Whether a line is of the decision that a token stands for."""
    logged = line.logged
    same_time = line.values.get("at") == moment(token.at)
    return same_time and Marks.mark_of(logged.destination or "") == token.destination


def _of_contact(
    paths: Sequence[Path], contact: str, id_key: bytes | None, progress: Callable[[int], object] | None
) -> tuple[list[Line], tuple[str, ...]]:
    """The decisions on a contact, in the order of the log."""
    noted = contact if id_key is None else LogLines("hashed", id_key).noted_id(contact)
    text = noted.encode() if _PLAIN.fullmatch(noted) else b""  # as any JSON has it, or no matter what
    found = [
        line
        for line in decisions(paths, progress, lambda content: text in content)
        if line.logged.contact.id == noted
    ]
    if len(found) < 2:
        return found, ()
    numbers = ", ".join(str(line.logged.id) for line in found)
    return found, (f"{len(found)} decisions are on this contact, {numbers}: this is the last.",)
