"""What looks odd in what a command was given: said once, or with ``--strict`` an error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import typer

from bporoute._base.remark import Remark
from bporoute.cli._terminal import say
from bporoute.errors import InputError, gathered

Strict = Annotated[bool, typer.Option("--strict", help="What looks odd is an error.")]


class Teller:
    """Says what looks odd, beside JSON on standard error, or with `strict` complains of it.

    Attributes
    ----------
    strict, json : bool
        As the options say.
    found : list of Remark
        What was said.
    """

    def __init__(self, *, strict: bool, json: bool) -> None:
        self.strict = strict
        self.json = json
        self.found: list[Remark] = []

    def tell(self, remarks: Iterable[Remark], where: object = "") -> None:
        """Say remarks on a file `where`, or on options.

        Raises
        ------
        InputError
            If the teller is strict and there is any.
        """
        found = [remark.under(f"{where}: ") if where else remark for remark in remarks]
        if self.strict and found:
            raise gathered([_complaint(remark) for remark in found])
        for remark in found:
            self.say(f"note: {remark}")
        self.found += found

    def say(self, line: str) -> None:
        """Say a line that is no remark."""
        say(line, self.json)

    @property
    def rows(self) -> list[Any]:
        """The remarks as plain values."""
        return [msgspec.to_builtins(remark) for remark in self.found]


def _complaint(remark: Remark) -> InputError:
    likely = f" ({remark.likely})" if remark.likely else ""
    return InputError(remark.where, remark.found, f"what is usual, as --strict asks: {remark.odd}{likely}")
