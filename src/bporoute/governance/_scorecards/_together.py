"""What the periods of all vendors have in common: sums, scatter, and what chance alone would prove."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bporoute._base.arrays import Floats
from bporoute.center._targets import COUNTINGS
from bporoute.governance._scorecards._measured import ratio
from bporoute.governance._scorecards._periods import By, begin_of, next_begin
from bporoute.governance._scorecards._results import AllVendors, VendorScore
from bporoute.governance._scorecards._units import NOT_LOST_EARLY, Records, Units, parts_of

STEADY = 0.9, 1.1
"""Window of a volume beside that of the period before."""
_QUARTILES = (25, 50, 75)


def together_of(
    scores: Sequence[VendorScore], records: Sequence[Records], units: Mapping[str, Units], by: By
) -> AllVendors:
    """Figures over all vendors; those of the periods over all periods that have a level."""
    periods = [period for score in scores for period in score.periods]
    levels = np.array([period.level.value for period in periods])
    judged = [period for period in periods if not math.isnan(period.level.value + period.target)]
    whole = {
        counting: _shared([parts_of(each.sums, counting) for each in records])
        for counting in (*COUNTINGS, NOT_LOST_EARLY)
    }
    offered, answered, abandoned = (
        np.concatenate([each.sums[name] for each in records]) for name in ("offered", "answered", "abandoned")
    )
    told = ~np.isnan(offered + answered + abandoned)
    neither = (offered - answered - abandoned)[told]
    scattered = _known([score.overdispersion for score in scores])
    low, middle, high = np.percentile(scattered, _QUARTILES).tolist() if scattered.size else [math.nan] * 3
    return AllVendors(
        vendors=len(scores),
        periods=len(periods),
        offered=float(np.nansum(offered)),
        neither=float(neither.sum()) if told.any() else math.nan,
        adds_up=float(np.mean(neither == 0.0)) if told.any() else math.nan,
        countings=whole,
        mean_of_percentages=_mean(levels[~np.isnan(levels)]),
        overdispersion=(low, middle, high),
        spread=_median([score.spread for score in scores]),
        alike=_median([score.alike for score in scores]),
        steady=_steady(scores, units, by),
        below=_share([period.level.value < period.target for period in judged]),
        proven_by_chance=_share([period.binomial[1] < period.target for period in judged]),
        proven=_share([period.verdict == "missed" for period in judged]),
    )


def _shared(parts: Sequence[tuple[Floats, Floats]]) -> float:
    """A share of all, from what is in time and what counts of each vendor."""
    good = np.concatenate([part for part, _ in parts])
    base = np.concatenate([whole for _, whole in parts])
    there = ~np.isnan(good) & ~np.isnan(base)
    return ratio(float(good[there].sum()), float(base[there].sum()))


def _steady(scores: Sequence[VendorScore], units: Mapping[str, Units], by: By) -> float:
    """Share of periods with about the volume of the period before."""
    if by == "all":
        return math.nan
    low, high = STEADY
    steady = []
    for score in scores:
        begins = list(units[score.vendor].by(by))
        for before, after, first, second in zip(
            score.periods, score.periods[1:], begins, begins[1:], strict=False
        ):
            if next_begin(first, by) == begin_of(second, by) and before.offered > 0.0 <= after.offered:
                steady.append(low <= after.offered / before.offered <= high)
    return _share(steady)


def _known(values: Sequence[float]) -> Floats:
    found = np.array(values, dtype=np.float64)
    known: Floats = found[~np.isnan(found)]
    return known


def _median(values: Sequence[float]) -> float:
    known = _known(values)
    return float(np.median(known)) if known.size else math.nan


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else math.nan
