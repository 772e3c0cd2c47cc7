"""Rows of plain values as the content of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import msgspec

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
