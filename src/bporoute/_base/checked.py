"""Values whose numbers are checked when they are made, by the ranges that their fields are annotated with."""

from __future__ import annotations

from functools import cache
from numbers import Number
from typing import Any, get_type_hints

import msgspec

from bporoute._base.fields import converted


class Checked(msgspec.Struct, frozen=True):
    """What configured values have in common: each keeps to its fields' types, in a file as in Python.

    What a file may have, may stand for a value here too (``{"decimals": 0}`` for a `Rounding`, a list for a
    tuple): it is converted.

    Raises
    ------
    InputError
        Naming class and field, the value and what would be right.

    Examples
    --------
    >>> from bporoute import Abandonment
    >>> Abandonment(probability=5)
    Traceback (most recent call last):
    bporoute.errors.InputError: Abandonment.probability: found 5; expected a number of at most 1: 0.05?
    """

    def __post_init__(self) -> None:
        kind = type(self)
        for name, wanted in _kinds(kind).items():
            value = getattr(self, name)
            own = converted(value, wanted, f"{kind.__name__}.{name}")
            if not (isinstance(value, Number) and type(value).__module__ == "builtins"):
                # A number of NumPy, a Decimal, a table for a value, a text for a day.
                msgspec.structs.force_setattr(self, name, own)


@cache
def _kinds(kind: type[Checked]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[name] for name in kind.__struct_fields__}
