"""How far a vendor may be sent contacts before somebody looks again."""

from __future__ import annotations

from typing import NamedTuple


class Allowed(NamedTuple):
    """Limits of one vendor, in the numbers that `Ledger.counters` are compared with; inf: none.

    `caps` are those of hour, day and contract period, `at_once` and `to_spend` of the contacts there, the
    second by minutes and money; `look_at` is how many may be sent in the period before the limits are to be
    asked for again.
    """

    caps: tuple[float, ...]
    at_once: float
    to_spend: float
    look_at: float
