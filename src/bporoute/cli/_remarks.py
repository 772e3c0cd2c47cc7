"""What looks odd in what a command was given: said once, or with ``--strict`` an error and exit code 1."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import typer

from bporoute._base.remark import Remark
from bporoute.cli._terminal import print_json, say

Strict = Annotated[bool, typer.Option("--strict", help="What looks odd is an error (exit code 1).")]
ODD = 1
"""Exit code of a command that was told to be strict and found something odd."""


class Teller:
    """Says what looks odd, beside JSON on standard error, or with `strict` keeps it to complain of it.

    Attributes
    ----------
    strict, json : bool
        As the options say.
    found : list of Remark
        Slips that are likely.
    warned : list of str
        What else is worth a second look.
    said : list of str
        Every line that was said.
    """

    def __init__(self, *, strict: bool, json: bool) -> None:
        self.strict = strict
        self.json = json
        self.found: list[Remark] = []
        self.warned: list[str] = []
        self.said: list[str] = []

    def tell(self, remarks: Iterable[Remark], where: object = "") -> None:
        """Say remarks on a file `where`, or on options."""
        found = [remark.under(f"{where}: ") if where else remark for remark in remarks]
        if not self.strict:
            for remark in found:
                self.say(f"note: {remark}")
        self.found += found

    def warn(self, lines: Iterable[str]) -> None:
        """Say what is no slip, but may surprise."""
        told = list(lines)
        if not self.strict:
            for line in told:
                self.say(f"note: {line}")
        self.warned += told

    def say(self, line: str) -> None:
        """Say a line that is no remark."""
        say(line, self.json)
        self.said.append(line)

    def refuse(self, document: dict[str, Any] | None = None) -> None:
        """End the command, if it is strict and anything was odd, with all of that on standard error.

        With JSON, what is odd goes to standard output, too, or the `document` of which it is a part.
        """
        if not self.strict or not (self.found or self.warned):
            return
        for line in (*map(str, self.found), *self.warned):
            print(f"bporoute: {line} (an error, as --strict asks)", file=sys.stderr)
        if self.json:
            print_json({"remarks": self.rows, "warnings": self.warned} if document is None else document)
        raise typer.Exit(ODD)

    @property
    def rows(self) -> list[Any]:
        """The remarks as plain values."""
        return [msgspec.to_builtins(remark) for remark in self.found]
