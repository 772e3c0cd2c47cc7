"""What a center may say of its vendors' health."""

from __future__ import annotations

import math
import tomllib

import pytest

from bporoute import HealthConfig, InputError
from bporoute._base.fields import converted


def read(text: str) -> HealthConfig:
    return converted(tomllib.loads(text), HealthConfig, "health")


def test_an_empty_table_is_the_default() -> None:
    assert read("") == HealthConfig()


def test_what_is_written_is_read() -> None:
    assert read("threshold = 5\nshadow = true\nprobes = 2") == HealthConfig(
        threshold=5.0, shadow=True, probes=2
    )


@pytest.mark.parametrize(
    "line",
    [
        "acceptable = 0.0",
        "acceptable = nan",
        "failing = 1.0",
        "threshold = 0",
        "threshold = inf",
        "minimum_volume = -1",
        "minimum_volume = 2.5",
        "shadow = 1",
        "back_off = 0",
        "back_off_ceiling = inf",
        "jitter = -0.1",
        "probes = 0",
        "probe_timeout = 0",
        "ramp = -1",
        "ramp_start = 0",
        "forget_after = nan",
        "most_ejected = 1.1",
        "panic_above = 'half'",
        "prior_failure_rate = 2",
        "prior_weight = 0",
        "memory_contacts = 0.5",
        "memory_seconds = 0",
    ],
)
def test_nonsense_is_refused_by_name(line: str) -> None:
    with pytest.raises(InputError, match=rf"health\.{line.split()[0]}: found"):
        read(line)


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"treshold.*'threshold'"):
        read("treshold = 9")


@pytest.mark.parametrize("failing", [0.1, 0.05])
def test_the_detector_needs_two_rates_in_order(failing: float) -> None:
    with pytest.raises(InputError, match=r"failing: found .*more than acceptable, 0\.1"):
        HealthConfig(failing=failing)


def test_a_ceiling_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match=r"HealthConfig\.back_off_ceiling: found nan"):
        HealthConfig(back_off_ceiling=math.nan)


def test_the_ceiling_is_not_below_the_first_back_off() -> None:
    with pytest.raises(InputError, match=r"health\.back_off_ceiling: found 120\.0.*300"):
        read("back_off = 300")
