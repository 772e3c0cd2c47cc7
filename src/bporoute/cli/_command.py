"""What every command does beside its work: it names options as they are typed, and ends in order."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand

from bporoute.errors import InputError, gathered

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the signal's number, as of every command of a shell."""


class Command(TyperCommand):
    """A command that says "interrupted" on Ctrl-C, and of what option it complains."""

    def invoke(self, ctx: Any) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except InputError as mistake:
            raise as_typed(mistake, self.params) from None
        except KeyboardInterrupt:
            print("bporoute: interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


def as_typed(mistake: InputError, parameters: Sequence[Any]) -> InputError:
    """A complaint of an argument of a function, as one of the option that it was given by."""
    options = {
        name: parameter.opts[0]
        for parameter in parameters
        if parameter.param_type_name == "option"
        for name in (parameter.name, *(option.lstrip("-").replace("-", "_") for option in parameter.opts))
    }
    told = []
    for each in mistake.complaints:
        word, space, rest = each.where.partition(" ")
        told.append(InputError(f"{options.get(word, word)}{space}{rest}", each.found, each.expected))
    return gathered(told)
