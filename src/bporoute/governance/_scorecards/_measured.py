"""What records tell of the results that a contract scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from bporoute._base.arrays import Floats
from bporoute.contracts._service_credits import ServiceCredits

_MEASURES = {
    "service_level": ("servicelevel", "sl", "answeredintime", "intime"),
    "abandonment": ("abandonment", "abandoned", "abandonmentrate", "abandonrate", "lost"),
    "asa": ("asa", "averagespeedofanswer", "speedofanswer", "waitingtime", "wait"),
    "aht": ("aht", "averagehandletime", "handletime"),
    "resolution": ("resolution", "resolved", "fcr", "firstcontactresolution", "firstcallresolution"),
    "repeats": ("repeats", "repeat", "repeatcontacts", "repeatrate"),
    "satisfaction": ("satisfaction", "csat", "customersatisfaction"),
}
"""What records tell -> the letters of what a contract may call it."""
_NO_SHARES = ("asa", "aht", "satisfaction")
"""Seconds and points, which are told as they are."""


def figures_of(sums: Mapping[str, Floats], good: Floats, base: Floats) -> dict[str, float]:
    """What a contract may score, by our names; what is not told is left out.

    Parameters
    ----------
    sums : mapping
        Counts and sums of some contacts, days or months.
    good, base : array of float
        What of them is in time, and what counts for the service level at all.
    """

    def total(name: str) -> float:
        return float(sums[name].sum())

    pairs = {
        "service_level": (float(good.sum()), float(base.sum())),
        "abandonment": (total("abandoned"), total("offered")),
        "asa": (total("waited"), total("wait_known")),
        "aht": (total("handle"), total("handled")),
        "resolution": (total("resolved"), total("judged")),
        "repeats": (total("repeated"), total("followed")),
        "satisfaction": (total("satisfaction"), total("rated")),
    }
    ratios = {name: ratio(part, whole) for name, (part, whole) in pairs.items()}
    return {name: value for name, value in ratios.items() if not math.isnan(value)}


def ratio(part: float, whole: float) -> float:
    """One over the other; nan if nothing is there to divide by."""
    return part / whole if whole > 0.0 else math.nan


def results_for(credits: ServiceCredits, figures: Mapping[str, float]) -> dict[str, float]:
    """The results that a contract scores, by its own names, in percent where its targets are.

    >>> from bporoute.contracts import SlaMeasure
    >>> level = SlaMeasure(name="Service level", weight=1, floor=70, target=80)
    >>> results_for(ServiceCredits(measures=(level,), at_risk=0.1), {"service_level": 0.75})
    {'Service level': 75.0}
    """
    found = {}
    for measure in credits.measures:
        letters = "".join(filter(str.isalpha, measure.name.casefold()))
        for ours, names in _MEASURES.items():
            value = figures.get(ours, math.nan)
            if letters in names and not math.isnan(value):
                percent = ours not in _NO_SHARES and max(measure.target, measure.floor) > 1.0
                found[measure.name] = 100.0 * value if percent else value
    return found


def unmeasured_remarks(names: Iterable[str]) -> list[str]:
    """Of measures by their names in the contract, that nobody tells them."""
    return [f"measure {name!r} of the contract is not told, and counts as on target" for name in names]
