"""A policy as text that makes it again: its version in a log of decisions."""

from __future__ import annotations

import math
from functools import lru_cache

from bporoute.errors import InputError
from bporoute.policies._thresholds import Policy, parse_policy


def policy_text(policy: Policy) -> str | None:
    """The text from which `parse_policy` makes an equal policy; None if there is none.

    A policy of one's own has none: its name says nothing of what it does.

    Examples
    --------
    >>> from bporoute import QueueLength, Share
    >>> policy_text(QueueLength(8)), policy_text(Share({"nord": 0.3}))
    ('QueueLength(8.0)', "Share({'nord': 0.3})")
    >>> policy_text(lambda situation: None) is None
    True
    """
    if not hasattr(policy, "__struct_fields__"):
        return None
    same = _parsed(_literal(policy))
    return _literal(same) if same == policy else None  # equal policies have equal texts: 8 becomes 8.0


def _literal(value: object) -> str:
    fields = getattr(value, "__struct_fields__", None)
    if fields is not None:
        return f"{type(value).__name__}({', '.join(_literal(getattr(value, field)) for field in fields)})"
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0.0 else "-inf"
    return repr(value)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Policy | None:
    try:
        return parse_policy(text)
    except InputError:
        return None
