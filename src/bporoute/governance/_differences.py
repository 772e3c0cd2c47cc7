"""How two readings of a decision, as plain values, differ."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bporoute.errors import shown

ROUNDING = 1e-9
"""Numbers this near to each other, relative and absolute, are the same."""
NOTHING = "nothing"


def differences(field: str, then: object, now: object) -> Iterator[tuple[str, object, object]]:
    """Field, logged and found value of everything that differs at or below a field."""
    if then == now:
        return
    if isinstance(then, dict) and isinstance(now, dict):
        for name in {**then, **now}:
            yield from differences(f"{field}.{name}", then.get(name, NOTHING), now.get(name, NOTHING))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (was, is_) in enumerate(zip(then, now, strict=True)):
            yield from differences(f"{field}[{place}]", was, is_)
    elif not _same(then, now):
        yield field, _brief(then), _brief(now)


def _same(then: object, now: object) -> bool:
    """Whether two values that are not equal differ by rounding only."""
    if not (isinstance(then, int | float) and isinstance(now, int | float)):
        return False
    return math.isclose(then, now, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _brief(value: object) -> object:
    """A value as it is if it is short, else its beginning."""
    return shown(value) if isinstance(value, dict | list | str) and len(str(value)) > 60 else value


def group(field: str) -> str:
    """What a field is counted under: ``ranked.cost`` for ``ranked[1].cost``, ``vendors`` for all of them."""
    name, _, below = field.partition(".")
    listed, bracket, _ = name.partition("[")
    return f"{listed}.{below}" if bracket and below else listed
