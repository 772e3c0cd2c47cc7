"""Figures as the cells of a table: a dash where there is nothing to tell."""

from __future__ import annotations

import math


def rounded(value: float, decimals: int) -> str:
    """A number with thousands separators.

    >>> rounded(1234.56, 1), rounded(math.nan, 1)
    ('1,234.6', '-')
    """
    return "-" if math.isnan(value) else f"{value:,.{decimals}f}"


def percent(share: float) -> str:
    """A share in percent.

    >>> percent(0.1234)
    '12.3'
    """
    return rounded(100 * share, 1)


def with_margin(value: float, margin: float, decimals: int = 1, width: int = 4) -> str:
    """A number and the half width of its interval, `width` wide; without one where that is not known.

    >>> with_margin(12.34, 0.56), with_margin(12.34, math.inf), with_margin(math.nan, math.nan)
    ('12.3 ± 0.6', '12.3', '-')
    """
    if math.isnan(value) or not math.isfinite(margin):
        return rounded(value, decimals)
    return f"{rounded(value, decimals)} ±{margin:{width}.{decimals}f}"


def percent_with_margin(share: float, margin: float) -> str:
    """The same in percent, of what may be below 0 and above 1, such as a difference.

    >>> percent_with_margin(0.123, 0.0456)
    '12.3 ± 4.6'
    """
    return with_margin(100 * share, 100 * margin)


def share_with_interval(share: float, low: float, high: float) -> str:
    """A share in percent with its interval; as its ends where it reaches an end of what a share can be.

    >>> share_with_interval(0.623, 0.577, 0.669), share_with_interval(0.96, 0.76, 1.0)
    ('62.3 ± 4.6', '96.0 (76-100)')
    """
    if math.isnan(share) or not math.isfinite(high - low):
        return percent(share)
    margin = max(high - share, share - low)
    if share - margin >= 0.0 and share + margin <= 1.0:
        return percent_with_margin(share, margin)
    return f"{percent(share)} ({100 * low:.0f}-{100 * high:.0f})"


def known(value: float) -> float | None:
    """A number as a plain value, None where it is nan or infinite.

    >>> known(0.5), known(math.inf)
    (0.5, None)
    """
    return value if math.isfinite(value) else None
