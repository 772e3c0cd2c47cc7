"""What the page for people says of rules, ages, money, amounts and texts from outside."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

from bporoute.errors import escaped

MOST_SHOWN = 120
"""Characters of a text from outside that are shown."""
_RULES = {
    "opening_hours": "outside its hours",
    "holiday": "on holiday",
    "term": "outside the term of its contract",
    "up": "cannot be reached",
    "health": "held back: it failed too often",
    "clock": "nobody can tell: the clock fails",
}


def in_words(rule: str) -> str:
    """A rule that keeps contacts away, in words.

    >>> in_words("up"), in_words("max_share")
    ('cannot be reached', 'max share')
    """
    return _RULES.get(rule, rule.replace("_", " "))


def legible(text: str, most: int = MOST_SHOWN) -> str:
    r"""A text from outside on one line and cut: what would turn or break the line is spelled.

    >>> print(legible("a\u202eb\r\n"), legible("x" * 500, most=4))
    a\u202eb\r\n xxxx…
    """
    cut = escaped(text[:most])
    return cut if len(text) <= most and len(cut) <= 2 * most else f"{cut[: 2 * most]}…"


def aged(seconds: float) -> str:
    """How long ago something was.

    >>> aged(4.2), aged(300.0), aged(8000.0), aged(float("nan"))
    ('4 s ago', '5 min ago', '2 h ago', 'never')
    """
    if not math.isfinite(seconds):
        return "never"
    for size, unit in ((7200.0, "h"), (120.0, "min")):
        if seconds >= size:
            return f"{seconds / (3600.0 if unit == 'h' else 60.0):.0f} {unit} ago"
    return f"{max(seconds, 0.0):.0f} s ago"


def amount(number: float | None) -> str:
    """A number of contacts, people, minutes or an amount of money, as short as it is exact enough.

    >>> amount(1234.0), amount(2.5), amount(None), amount(float("nan")), amount(123456.789)
    ('1,234', '2.5', 'unknown', 'unknown', '123,457')
    """
    if number is None or not isinstance(number, int | float) or not math.isfinite(number):
        return "unknown"
    return f"{number:,.0f}" if number == round(number) or abs(number) >= 1000 else f"{number:,.1f}"


def money(number: float, currency: str) -> str:
    """Money as a price is written, on one line.

    >>> print(money(3.875, "EUR"), money(float("nan"), "EUR"))
    3.88\N{NO-BREAK SPACE}EUR unknown
    """
    return f"{number:,.2f}\N{NO-BREAK SPACE}{currency}" if math.isfinite(number) else "unknown"


def on_the_clock(at: float, zone: tzinfo, form: str = "%H:%M:%S") -> str:
    """A time of day by a zone's clock; where no calendar reaches, that.

    >>> from datetime import timezone
    >>> on_the_clock(1795428000.0, timezone.utc), on_the_clock(float("nan"), timezone.utc)
    ('10:00:00', 'unknown time')
    """
    try:
        return datetime.fromtimestamp(at, zone).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "unknown time"
