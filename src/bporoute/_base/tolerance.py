"""How near to a full step is at it: for blocks of time that are billed, and for money that is rounded."""

from __future__ import annotations

TOLERANCE = 1e-9
"""A billionth of a step over a full one, or from a tie, is an error of the clock or of a float, no more."""
