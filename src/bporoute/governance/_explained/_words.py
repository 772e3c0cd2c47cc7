"""Outcomes, values and changes in words."""

from __future__ import annotations

import math
from datetime import datetime

from bporoute.governance._explained._results import Flip, Value

DIGITS = 6
"""Significant digits of what is said in words."""


def said(action: str, destination: str | None) -> str:
    """An outcome in words.

    >>> said("overflow", "nord"), said("keep", "service"), said("reject", None)
    ('sent to nord', 'kept in service', 'turned away')
    """
    words = {"overflow": f"sent to {destination}", "keep": f"kept in {destination}"}
    return words.get(
        action, {"callback": "promised a call back", "reject": "turned away"}.get(action, action)
    )


def change_in_words(flip: Flip, currency: str) -> str:
    """A flip in a sentence.

    >>> change_in_words(Flip("a", "agents in desk", "agents", 42.0, 44.0, 43.0, "keep", "desk", True), "EUR")
    'agents in desk 44 instead of 42, then kept in desk'
    """
    now, then = value_in_words(flip.was, flip.unit, currency), flips_at(flip, currency)
    return f"{flip.label} {then} instead of {now}, then {said(flip.action, flip.destination)}"


def value_in_words(value: Value, unit: str, currency: str = "") -> str:
    """A value with its unit.

    >>> [value_in_words(*each) for each in ((1.5, "money", "EUR"), (0.01, "1/s"), (True, ""), ("", ""))]
    ['1.5000 EUR', '36 an hour', 'yes', 'none']
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return f"{datetime.fromisoformat(value):%a %d %b %Y %H:%M:%S}" if unit == "time" else value or "none"
    if unit == "money":
        return f"{value:.4f} {currency}".rstrip()
    if unit == "1/s":
        return f"{3600.0 * value:,.6g} an hour"
    if unit == "s":
        return f"{value:,.6g} s"
    if unit == "share":
        return f"{100.0 * value:.6g} %"
    return f"{value:,.6g}"


def flips_at(flip: Flip, currency: str = "") -> str:
    """From where on it flips, in words: what is no whole number rounded away from what was.

    >>> flips_at(Flip("p", "price", "money", 4.5, 4.360001, 4.360002, "keep", "desk", True), "EUR")
    '4.3600 EUR'
    """
    value, was = flip.becomes, flip.was
    if isinstance(value, float) and isinstance(was, float) and not value.is_integer():
        scale = 3600.0 if flip.unit == "1/s" else 100.0 if flip.unit == "share" else 1.0
        digits = 10.0 ** max(DIGITS - 1 - math.floor(math.log10(max(abs(value * scale), 1e-9))), 0)
        if flip.unit == "money":
            digits = 1e4
        value = (math.ceil if value > was else math.floor)(value * scale * digits) / digits / scale
    return value_in_words(value, flip.unit, currency)
