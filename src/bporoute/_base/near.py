"""Words that are written nearly as another."""

from __future__ import annotations

from collections.abc import Iterable


def close_matches(word: str, known: Iterable[str], n: int = 3, cutoff: float = 0.6) -> list[str]:
    """As ``difflib.get_close_matches``, which is loaded when somebody has mistyped something.

    >>> close_matches("languges", ["hours", "languages"])
    ['languages']
    """
    import difflib

    return difflib.get_close_matches(word, known, n, cutoff)
