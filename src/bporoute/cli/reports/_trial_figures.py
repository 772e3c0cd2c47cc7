"""Figures of a trial as texts: what both reports of trials share."""

from __future__ import annotations

import math
from datetime import date

from bporoute.governance._trials._measures import MEASURES, Metric


def margin_told(metric: Metric, margin: float) -> str:
    """A margin, with its unit.

    >>> margin_told("resolved", 0.05), margin_told("handle_time", 0.1), margin_told("satisfaction", 0.2)
    ('5 points', '10 %', '0.2 points')
    """
    of = MEASURES[metric].of
    if of == "factor":
        return f"{100 * margin:.3g} %"
    number = float(f"{100 * margin:.3g}") if of == "share" else margin
    return f"{number:g} {'point' if number == 1 else 'points'}"


def level_told(metric: Metric, value: float) -> str:
    """A figure of one side.

    >>> level_told("resolved", 0.7123), level_told("handle_time", 243.2), level_told("satisfaction", math.nan)
    ('71.2 %', '243 s', '-')
    """
    if math.isnan(value):
        return "-"
    of = MEASURES[metric].of
    return f"{100 * value:.1f} %" if of == "share" else f"{value:.0f} s" if of == "factor" else f"{value:.2f}"


def effect_told(metric: Metric, value: float) -> str:
    """How far the vendor is from the others: points, percent of the handle time, or points of the scale.

    >>> effect_told("resolved", -0.012), effect_told("handle_time", 1.08), effect_told("satisfaction", 0.1)
    ('-1.2', '+8.0 %', '+0.10')
    """
    if math.isnan(value):
        return "-"
    of = MEASURES[metric].of
    if math.isinf(value):
        return "any"
    if of == "factor":
        return f"{100 * (value - 1.0):+.1f} %"
    return f"{100 * value:+.1f}" if of == "share" else f"{value:+.2f}"


def interval_told(metric: Metric, low: float, high: float) -> str:
    """An interval of such a difference; a dash where it says nothing.

    >>> interval_told("resolved", -0.031, 0.007), interval_told("resolved", -math.inf, math.inf)
    ('-3.1 to +0.7', '-')
    >>> interval_told("handle_time", 0.97, 1.08)
    '-3.0 to +8.0 %'
    """
    if not math.isfinite(high - low):
        return "-"
    return f"{effect_told(metric, low).removesuffix(' %')} to {effect_told(metric, high)}"


def day_told(day: date) -> str:
    """A day.

    >>> day_told(date(2026, 11, 2))
    '2 Nov 2026'
    """
    return f"{day.day} {day:%b %Y}"
