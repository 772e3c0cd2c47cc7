"""Targets as a person types them, and as a program makes them."""

import math

import numpy as np
import pytest

from bporoute.center._targets import (
    Abandonment,
    Asa,
    Blocking,
    Occupancy,
    ServiceLevel,
    Targets,
    parse_target,
)
from bporoute.errors import InputError

USUAL = ServiceLevel(probability=0.8, within=20)


TARGETS = {
    "80/20": USUAL,
    " 80 % / 20 s ": USUAL,
    "99.5/7.5": ServiceLevel(probability=0.995, within=7.5),
    "80/20 Answered": ServiceLevel(probability=0.8, within=20, counting="answered"),
    "80/20 short_excluded": ServiceLevel(probability=0.8, within=20, counting="short_excluded"),
    "80/20 short_credited": ServiceLevel(probability=0.8, within=20, counting="short_credited"),
    "0/0": ServiceLevel(probability=0, within=0),
    "100/20 answered": ServiceLevel(probability=1, within=20, counting="answered"),
    "asa 0": Asa(seconds=0),
    "occupancy 100%": Occupancy(probability=1),
    "asa 30": Asa(seconds=30),
    "ASA 30s": Asa(seconds=30),
    "abandonment 5%": Abandonment(probability=0.05),
    "abandonment 0.5 %": Abandonment(probability=0.005),
    "occupancy 85%": Occupancy(probability=0.85),
    "blocking 1%": Blocking(probability=0.01),
}


@pytest.mark.parametrize("text", TARGETS)
def test_targets_as_a_person_types_them(text):
    assert parse_target(text) == TARGETS[text]


NO_TARGETS = {
    "": "such as '80/20'",
    "80": "such as '80/20'",
    "80/20/5": "such as '80/20'",
    "-80/20": "such as '80/20'",
    "0.8/20": "a percentage from 1 to 100",
    "101/20": "a percentage from 1 to 100",
    "80/2000000000": "seconds up to 1e+09",
    "80/1e3": "such as '80/20'",
    "80/20 anwsered": "'answered' (known: offered",
    "abandonement 5%": "'abandonment' (known: asa",
    "asa": "seconds, such as 'asa 30'",
    "asa 5%": "seconds, such as 'asa 30'",
    "abandonment 0.05": "with its sign, such as 'abandonment 5%'",
    "abandonment 101%": "from 0 to 100",
    "occupancy 850%": "from 0 to 100",
    "occupancy 85% 20": "with its sign",
    "blocking \u0665%": "with its sign",
}


@pytest.mark.parametrize("text", NO_TARGETS)
def test_what_is_no_target_is_told_what_would_be(text):
    with pytest.raises(InputError) as caught:
        parse_target(text)
    assert caught.value.where == f"--target {text!r}"
    assert NO_TARGETS[text] in caught.value.expected


@pytest.mark.parametrize(
    ("made", "where", "expected"),
    [
        (lambda: ServiceLevel(probability=80, within=20), "ServiceLevel.probability", "at most 1: 0.8?"),
        (lambda: ServiceLevel(probability=math.nan, within=20), "ServiceLevel.probability", "at least 0"),
        (lambda: ServiceLevel(probability="0.8", within=20), "ServiceLevel.probability", "a number"),
        (lambda: ServiceLevel(probability=True, within=20), "ServiceLevel.probability", "a number"),
        (lambda: ServiceLevel(probability=0.8, within=-3), "ServiceLevel.within", "at least 0"),
        (lambda: ServiceLevel(probability=0.8, within=20, short=-1), "ServiceLevel.short", "at least 0"),
        (lambda: ServiceLevel(probability=0.8, within=20, counting="all"), "ServiceLevel.counting", "short_"),
        (lambda: Asa(seconds=-1), "Asa.seconds", "at least 0"),
        (lambda: Abandonment(probability=5), "Abandonment.probability", "at most 1: 0.05?"),
        (lambda: Abandonment(probability=500), "Abandonment.probability", "at most 1"),
        (lambda: Occupancy(probability=85), "Occupancy.probability", "at most 1: 0.85?"),
        (lambda: Blocking(probability=-0.1), "Blocking.probability", "at least 0"),
        (lambda: Targets(asa=30), "Targets.asa", "a table"),
    ],
)
def test_a_target_is_checked_when_it_is_made(made, where, expected):
    with pytest.raises(InputError) as caught:
        made()
    assert caught.value.where == where
    assert expected in caught.value.expected


def test_numbers_of_numpy_become_pythons_own():
    target = ServiceLevel(probability=np.float64(0.8), within=np.int64(20))
    assert type(target.probability) is type(target.within) is float
    assert target == ServiceLevel(probability=0.8, within=20)


@pytest.mark.parametrize(
    ("text", "seconds"), [("asa 8 h", 28_800.0), ("asa 90 s", 90.0), ("asa 2 min", 120.0), ("asa 30", 30.0)]
)
def test_seconds_may_have_a_unit(text, seconds):
    assert parse_target(text) == Asa(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90/24 h", 86_400.0), ("80/20s answered", 20.0), ("80/1 min", 60.0)]
)
def test_a_service_level_may_have_a_unit(text, seconds):
    assert parse_target(text).within == seconds
