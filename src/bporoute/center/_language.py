"""Languages and how well they are spoken: BCP 47 tags, levels of the Common European Framework (CEFR)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
"""From a beginner to somebody who speaks like a native."""
Level = Annotated[str, Meta(pattern="^(A1|A2|B1|B2|C1|C2)$")]
WantedLevel = Literal["", "A1", "A2", "B1", "B2", "C1", "C2"]
"""The least level that is good enough; empty: any."""


def spoken_forms(language: str) -> tuple[str, str]:
    """A language tag in lower case, and without its region: whoever speaks sv understands sv-SE.

    >>> spoken_forms("sv-SE")
    ('sv-se', 'sv')
    """
    tag = language.lower()
    return tag, tag.partition("-")[0]


@lru_cache(maxsize=4096)
def speaks(language: str, spoken: tuple[str, ...]) -> bool:
    """Whether one of the languages `spoken` will do for a wanted one; nothing wanted always will.

    >>> speaks("sv-SE", ("en", "SV")), speaks("sv", ("sv-FI",)), speaks("", ("en",))
    (True, False, True)
    """
    forms = spoken_forms(language)
    return not language or any(tag.lower() in forms for tag in spoken)


def level_of(language: str, levels: Mapping[str, str]) -> str:
    """The level stated for a language, that of its region first; empty if none is stated.

    >>> [level_of(language, {"sv": "B2", "sv-FI": "C1"}) for language in ("sv-FI", "sv-SE", "en")]
    ['C1', 'B2', '']
    """
    if not levels:
        return ""
    stated = {tag.lower(): level for tag, level in levels.items()}
    return next((stated[form] for form in spoken_forms(language) if form in stated), "")


def reaches(level: str, wanted: str) -> bool:
    """Whether a level is good enough. One that nobody stated is good enough only where any is.

    >>> reaches("C1", "B2"), reaches("B1", "B2"), reaches("", "A1"), reaches("", "")
    (True, False, False, True)
    """
    return not wanted or (bool(level) and LEVELS.index(level) >= LEVELS.index(wanted))
