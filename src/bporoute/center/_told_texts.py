"""What is told of a contact, whatever it is, as the texts that a contact consists of.

Nothing here raises. What is unknown (None, nan) is an empty text; what is no text is the text that it is
shown as, and a complaint.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from bporoute.errors import askable, escaped, shown

MOST_TEXT = 200
"""Characters of a text; no name in a center is as long."""
MOST_TEXTS = 50
"""Data classes of one contact, and skills."""
MOST_ID = 1_000
"""Characters of an id that are written down."""
CUT = "..."
LATEST_SECONDS = 1e11
"""Epoch seconds of the year 5138: what is above is told in milliseconds, which is up to then after 1973."""


def is_missing(value: object) -> bool:
    """Whether a value says that nothing is known: None, nan, and what pandas has for them."""
    value = askable(value)
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def text_told(name: str, told: object, odd: list[str], most: int = MOST_TEXT) -> str:
    """A text, printable and of at most so many characters; what is wrong is added to `odd`.

    >>> odd = []
    >>> text_told("language", "sv", odd), text_told("language", None, odd), text_told("language", 7, odd)
    ('sv', '', '7')
    >>> odd
    ['contact.language is 7, not a text']
    """
    told = askable(told)
    if isinstance(told, str):
        text = str.__str__(told)  # of a subclass the text itself
        if len(text) > most:
            odd.append(f"contact.{name} is {len(text):,} characters long, at most {most:,} are looked at")
    elif is_missing(told):
        return ""
    else:
        text = shown(told)
        odd.append(f"contact.{name} is {text}, not a text")
    text = text if text.isprintable() else escaped(text[: most + 1])
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def texts_told(name: str, told: object, odd: list[str]) -> tuple[str, ...]:
    """Texts; one alone is one of them, and what is unknown is none.

    >>> odd = []
    >>> texts_told("data", "payment", odd), texts_told("data", ["health", None], odd)
    (('payment',), ('health',))
    >>> texts_told("data", {"payment": True}, odd), odd
    (("{'payment': True}",), ["contact.data is {'payment': True}, not texts"])
    """
    told = _plain(told)
    if isinstance(told, str):
        return (text_told(name, told, odd),) if told else ()
    if is_missing(told):
        return ()
    if not isinstance(told, list | tuple | set | frozenset):
        odd.append(f"contact.{name} is {shown(told)}, not texts")
        return (text_told(name, shown(told), []),)
    items = [item for _, item in zip(range(MOST_TEXTS + 1), told, strict=False)]
    if len(told) > MOST_TEXTS:
        # What is left out might bar somebody: a text that nobody knows stands for it.
        odd.append(f"contact.{name} has {len(told):,} texts, at most {MOST_TEXTS} are looked at")
        items[MOST_TEXTS - 1 :] = [f"and {len(told) - MOST_TEXTS + 1:,} more"]
    return tuple(
        text_told(f"{name}[{place}]", item, odd) for place, item in enumerate(items) if not is_missing(item)
    )


def id_told(told: object, odd: list[str]) -> str:
    """A caller's own reference as a text; a whole number is one, too.

    >>> id_told("call-1", []), id_told(7, []), id_told(None, []), id_told(b"x", [])
    ('call-1', '7', '', "b'x'")
    """
    told = askable(told)
    number = isinstance(told, int) and not isinstance(told, bool)
    return text_told("id", shown(told) if number else told, odd, MOST_ID)


def due_told(told: object, odd: list[str]) -> float | None:
    """An instant, epoch seconds; None: none, or none that can be.

    >>> due_told(1795428000, []), due_told(math.nan, []), due_told("tomorrow", odd := []), odd
    (1795428000.0, None, None, ["contact.due is 'tomorrow', not epoch seconds"])
    """
    told = _plain(told)
    if is_missing(told):
        return None
    if type(told) is not bool and isinstance(told, Real):
        try:
            if math.isfinite(due := float(told)):
                if LATEST_SECONDS < due < 1e3 * LATEST_SECONDS:
                    odd.append(f"contact.due is {shown(told)}, milliseconds it seems, not epoch seconds")
                    return None
                return due
        except (OverflowError, ValueError, TypeError):  # a whole number of hundreds of digits
            pass
    odd.append(f"contact.due is {shown(told)}, not epoch seconds")
    return None


def _plain(value: Any) -> Any:
    """NumPy's values as Python's own, everything else as it is, or what stands for it."""
    value = askable(value)
    return value.tolist() if type(value).__module__ == "numpy" and hasattr(value, "tolist") else value
