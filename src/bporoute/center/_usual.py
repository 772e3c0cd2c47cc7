"""What the numbers of a center usually are, in their unit, and which unit somebody may have had in mind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from bporoute._base.remark import Remark


class Unit(NamedTuple):
    """A unit, how a value in it is said, and factors from units that it is mistaken for."""

    sign: str
    slips: tuple[tuple[str, float], ...]


SECOND = Unit(" s", (("minutes", 60.0), ("milliseconds", 0.001), ("hours", 3600.0), ("days", 86_400.0)))
SHARE = Unit("", (("", 100.0), ("", 10.0), ("", 0.1), ("", 0.01)))
FACTOR = Unit("", (("percent", 0.01),))
HOUR = Unit(" hours", (("minutes", 1 / 60), ("seconds", 1 / 3600)))
KILOMETRE = Unit(" km", (("metres", 0.001), ("thousands of kilometres", 1000.0)))
WEEK = Unit(" weeks", (("days", 1 / 7), ("months", 52 / 12)))
COUNT = Unit("", (("thousands", 1000.0),))
NUMBER = Unit("", ())


class Usual(NamedTuple):
    """A range that a number is usually in; 0 and inf, where they are legal, mean none and never."""

    low: float
    high: float
    unit: Unit = SECOND


_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
HANDLE_TIMES = Usual(15.0, 2 * _HOUR)
PATIENCES = Usual(15.0, 4 * _HOUR)
THRESHOLDS = Usual(1.0, _HOUR)
SHRINKAGES = Usual(0.02, 0.6, SHARE)

USUAL: Mapping[str, Usual] = {
    "Queue.aht": HANDLE_TIMES,
    "Queue.patience": PATIENCES,
    "Queue.stale_after": Usual(1.0, _HOUR),
    "Queue.lost_after": Usual(2.0, 4 * _HOUR),
    "Queue.resolution": Usual(0.05, 1.0, SHARE),
    "Queue.satisfaction": Usual(0.05, 1.0, SHARE),
    "Queue.shrinkage": SHRINKAGES,
    "ServiceLevel.probability": Usual(0.3, 1.0, SHARE),
    "ServiceLevel.within": THRESHOLDS,
    "ServiceLevel.short": Usual(0.5, 2 * _MINUTE),
    "Asa.seconds": THRESHOLDS,
    "Abandonment.probability": Usual(0.002, 0.3, SHARE),
    "Occupancy.probability": Usual(0.3, 1.0, SHARE),
    "Blocking.probability": Usual(0.0005, 0.3, SHARE),
    "ContactType.aht": HANDLE_TIMES,
    "ContactType.due_within": Usual(5 * _MINUTE, 90 * _DAY),
    "Vendor.expected_wait": THRESHOLDS,
    "Vendor.turnaround": Usual(5 * _MINUTE, 30 * _DAY),
    "Vendor.max_share": Usual(0.01, 1.0, SHARE),
    "QualityPrior.resolution": Usual(0.05, 1.0, SHARE),
    "QualityPrior.satisfaction": Usual(0.05, 1.0, SHARE),
    "QualityPrior.handle_time_factor": Usual(0.3, 3.0, FACTOR),
    "Center.min_in_house_share": Usual(0.01, 1.0, SHARE),
    "HealthConfig.acceptable": Usual(0.005, 0.5, SHARE),
    "HealthConfig.failing": Usual(0.02, 1.0, SHARE),
    "HealthConfig.threshold": Usual(0.5, 100.0, NUMBER),
    "HealthConfig.back_off": Usual(1.0, _HOUR),
    "HealthConfig.back_off_ceiling": Usual(2.0, _HOUR),
    "HealthConfig.jitter": Usual(0.01, 1.0, SHARE),
    "HealthConfig.probe_timeout": Usual(1.0, 15 * _MINUTE),
    "HealthConfig.ramp": Usual(2.0, 4 * _HOUR),
    "HealthConfig.ramp_start": Usual(0.005, 1.0, SHARE),
    "HealthConfig.forget_after": Usual(30.0, _DAY),
    "HealthConfig.most_ejected": Usual(0.02, 1.0, SHARE),
    "HealthConfig.panic_above": Usual(0.05, 1.0, SHARE),
    "HealthConfig.prior_failure_rate": Usual(0.0005, 0.5, SHARE),
    "HealthConfig.memory_seconds": Usual(_MINUTE, _DAY),
    "LocationScheme.nearshore_within_hours": Usual(0.5, 8.0, HOUR),
    "LocationScheme.nearshore_within_km": Usual(20.0, 10_000.0, KILOMETRE),
    "Tier.up_to": Usual(20.0, 1e8, COUNT),
    "VolumeBand.up_to": Usual(20.0, 1e8, COUNT),
    "FixedFee.included": Usual(20.0, 1e8, COUNT),
    "ResourceCharge.baseline": Usual(20.0, 1e8, COUNT),
    "CapacityOption.reserved": Usual(20.0, 1e8, COUNT),
    "TakeOrPay.volume": Usual(20.0, 1e8, COUNT),
    "PerContact.free_up_to": Usual(1.0, 2 * _MINUTE),
    "PerMinute.step": THRESHOLDS,
    "PerMinute.first": THRESHOLDS,
    "PerMinute.included": THRESHOLDS,
    "Measure.first": THRESHOLDS,
    "Measure.included": THRESHOLDS,
    "PerMinute.minimum": THRESHOLDS,
    "PerMinute.free_up_to": Usual(1.0, 2 * _MINUTE),
    "Measure.step": THRESHOLDS,
    "Measure.minimum": THRESHOLDS,
    "Measure.free_up_to": Usual(1.0, 2 * _MINUTE),
    "PerResolution.no_repeat_within_days": Usual(1.0, 90.0, Unit(" days", (("hours", 1 / 24),))),
    "ResourceCharge.dead_band": Usual(0.005, 0.5, SHARE),
    "TakeOrPay.share": Usual(0.3, 1.0, SHARE),
    "TakeOrPay.carry_forward": Usual(0.02, 1.0, SHARE),
    "MinimumCommitment.carry_forward": Usual(0.02, 1.0, SHARE),
    "ServiceCredits.at_risk": Usual(0.005, 0.5, SHARE),
    "ServiceCredits.cap": Usual(0.005, 0.5, SHARE),
    "ServiceCredits.bonus": Usual(0.002, 0.5, SHARE),
    "ServiceCredits.earn_back": Usual(0.02, 1.0, SHARE),
    "ForecastLock.low": Usual(0.3, 1.0, SHARE),
    "ForecastLock.high": Usual(1.0, 3.0, FACTOR),
    "ForecastLock.share_inside": Usual(0.1, 1.0, SHARE),
    "Multiplier.factor": Usual(0.5, 5.0, FACTOR),
    "GainShare.share": Usual(0.02, 1.0, SHARE),
    "IndexStep.factor": Usual(0.5, 2.0, FACTOR),
    "Ramp.class_size": Usual(1.0, 500.0, NUMBER),
    "Ramp.training_weeks": Usual(0.2, 40.0, WEEK),
    "Ramp.every_weeks": Usual(0.5, 60.0, WEEK),
    "Ramp.learning_weeks": Usual(0.2, 104.0, WEEK),
    "Ramp.extra_handle_time": Usual(0.02, 4.0, FACTOR),
    "Trial.share": Usual(0.01, 1.0, SHARE),
    "Trial.months": Usual(1.0, 24.0, Unit(" months", (("days", 12 / 365),))),
}
"""Class and field -> the usual range of its number."""


def odd_number(where: str, value: float, usual: Usual) -> Remark | None:
    """A remark if a number is outside of its usual range.

    >>> print(odd_number("aht", 6, HANDLE_TIMES))
    aht: found 6 s; usually it is from 15 s to 2 hours; in minutes it would be 360 s
    """
    if value == 0.0 or value == math.inf or usual.low <= value <= usual.high:
        return None
    sign = usual.unit.sign
    span = f"usually it is from {said(usual.low, sign)} to {said(usual.high, sign)}"
    return Remark(where, f"{value:g}{sign}", span, likely_unit(value, usual))


def likely_unit(value: float, usual: Usual) -> str:
    """What a number may be that is out of its range: the first unit in which it is not."""
    for name, factor in usual.unit.slips:
        if usual.low <= value * factor <= usual.high:
            if not name:
                return f"{value * factor:.4g} would be {100 * value * factor:.4g} %"
            return f"in {name} it would be {value * factor:.4g}{usual.unit.sign}"
    return ""


def said(value: float, sign: str = " s") -> str:
    """A number with its unit; long times in minutes, hours or days.

    >>> said(15.0), said(7200.0), said(0.3, "")
    ('15 s', '2 hours', '0.3')
    """
    if sign == " s" and value != _HOUR:
        for name, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
            if value >= 2 * size:
                return f"{value / size:g} {name}"
    return "1 hour" if sign == " s" and value == _HOUR else f"{value:g}{sign}"


def odd_numbers(item: Any, where: str, elsewhere: Mapping[str, Usual] | None = None) -> Iterator[Remark]:
    """Remarks on all numbers of a struct, and of what is in it, that `USUAL` knows.

    `elsewhere` says what is usual at certain key paths instead.
    """
    for path, struct, field, value in numbers_of(item, where):
        usual = (elsewhere or {}).get(path) or USUAL.get(f"{struct}.{field}")
        if usual is not None and (remark := odd_number(path, value, usual)):
            yield remark


def numbers_of(item: Any, where: str) -> Iterator[tuple[str, str, str, float]]:
    """Every number of a struct and of what is in it: key path, class, field, value."""
    if isinstance(item, msgspec.Struct):
        for field in item.__struct_fields__:
            value, path = getattr(item, field), f"{where}.{field}" if where else field
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield path, type(item).__name__, field, float(value)
            else:
                yield from numbers_of(value, path)
    elif isinstance(item, Mapping):
        for key, value in item.items():
            yield from numbers_of(value, f"{where}.{key}")
    elif isinstance(item, tuple):
        for place, value in enumerate(item):
            yield from numbers_of(value, f"{where}[{place}]")
