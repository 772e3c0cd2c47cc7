"""Files that appear only once they are complete."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from bporoute.errors import InputError


def check_target_file(path: Path, option: str, endings: Sequence[str]) -> None:
    """Refuse, before any work, a name under which nothing could be saved.

    Raises
    ------
    InputError
        If the ending is unknown, or the folder is missing or read-only.
    """
    where = f"{option} {path}"
    if path.suffix.lower() not in endings:
        raise InputError(where, repr(path.suffix), f"a name that ends in {', '.join(endings)}")
    if path.is_dir():
        raise InputError(where, "a folder", "the name of a file")
    if not path.parent.is_dir():
        raise InputError(where, f"no folder {str(path.parent)!r}", "a folder that exists")
    if not os.access(path.parent, os.W_OK):
        raise InputError(where, f"a read-only folder {str(path.parent)!r}", "one to write to")


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Write a file, or leave what was there; an older one is replaced.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as failure:
        found = failure.strerror or str(failure)
        raise InputError(f"{option} {path}", found, "a file that can be written") from None
    finally:
        partial.unlink(missing_ok=True)


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
