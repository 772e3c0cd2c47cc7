"""What the docstring of a class says of its fields, for complaints, files and schemas to quote."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

_HEADING = "Attributes\n----------\n"


@cache
def meanings(struct: Any) -> Mapping[str, str]:
    """Field -> what it means, in one line.

    >>> class Team:
    ...     '''People.
    ...
    ...     Attributes
    ...     ----------
    ...     agents, spare : int
    ...         Who is there; at least ``0``.
    ...     '''
    >>> meanings(Team)["spare"]
    'Who is there; at least 0.'
    """
    _, _, attributes = inspect.cleandoc(struct.__doc__ or "").partition(_HEADING)
    told: dict[str, str] = {}
    names: list[str] = []
    for line in attributes.partition("\n\n")[0].splitlines():
        if line.startswith("    "):
            told |= {name: f"{told.get(name, '')} {line.strip()}".strip() for name in names}
        else:
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
    return {name: text.replace("`", "") for name, text in told.items()}


def summary(struct: Any) -> str:
    """What a class is, by the first line of its docstring."""
    return inspect.cleandoc(struct.__doc__ or "").partition("\n")[0].replace("`", "")


def in_short(meaning: str) -> str:
    """The first clause of a meaning.

    >>> in_short("Mean patience, seconds; inf: callers never give up.")
    'Mean patience, seconds'
    """
    return re.split(r"[.;:] |[.;:]$", meaning)[0]
