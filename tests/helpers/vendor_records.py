"""Generated records of vendors: service that scatters by day and month, and what comes of that."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import betaincinv, ndtr

ZONE = ZoneInfo("Europe/Berlin")


def alike(rng: np.random.Generator, size: int, correlation: float) -> np.ndarray:
    """Standard normal values of which neighbours are correlated."""
    values = rng.normal(size=size)
    for place in range(1, size):
        values[place] = correlation * values[place - 1] + np.sqrt(1 - correlation**2) * values[place]
    return values


def levels(values: np.ndarray, mean: float, within: float) -> np.ndarray:
    """Beta distributed shares of standard normal values: their mean, and how alike contacts of one are."""
    weight = (1.0 - within) / within
    return betaincinv(mean * weight, (1.0 - mean) * weight, ndtr(values))


def contacts_of(
    vendor: str,
    rng: np.random.Generator,
    *,
    first: date = date(2026, 7, 1),
    days: int = 92,
    per_day: float = 40.0,
    level: float = 0.8,
    handle: float = 240.0,
    resolved: float = 0.75,
) -> dict[str, list[Any]]:
    """Contacts as columns of a file: some abandon, some fail, some come again within days."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("id", "vendor", "type", "start", "wait", "outcome", "handle", "resolved", "customer")
    }
    shares = levels(alike(rng, days, 0.3), level, 0.01)
    for day in range(days):
        midnight = datetime.combine(first + timedelta(days=day), datetime.min.time(), ZONE)
        for number in range(rng.poisson(per_day)):
            start = midnight + timedelta(seconds=float(rng.uniform(8 * 3600, 20 * 3600)))
            in_time = rng.random() < shares[day]
            lost = not in_time and rng.random() < 0.25
            columns["id"].append(f"{vendor}-{day}-{number}")
            columns["vendor"].append(vendor)
            columns["type"].append("service")
            columns["start"].append(start.strftime("%Y-%m-%d %H:%M:%S"))
            columns["wait"].append(round(float(rng.uniform(0, 20) if in_time else rng.uniform(21, 200)), 1))
            columns["outcome"].append("abandoned" if lost else "answered")
            columns["handle"].append("" if lost else round(float(rng.gamma(4.0, handle / 4.0)), 1))
            columns["resolved"].append("" if lost else int(rng.random() < resolved))
            columns["customer"].append(f"c{rng.integers(0, 4000)}")
    return columns


def together(*parts: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Several such columns as one file."""
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}
