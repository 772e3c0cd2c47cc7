"""Targets as a person types them."""

import pytest

from bporoute.center._targets import Abandonment, Asa, Blocking, Occupancy, ServiceLevel, parse_target
from bporoute.errors import InputError

USUAL = ServiceLevel(probability=0.8, within=20)


TARGETS = {
    "80/20": USUAL,
    " 80 % / 20 s ": USUAL,
    "99.5/7.5": ServiceLevel(probability=0.995, within=7.5),
    "80/20 Answered": ServiceLevel(probability=0.8, within=20, counting="answered"),
    "80/20 short_excluded": ServiceLevel(probability=0.8, within=20, counting="short_excluded"),
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
    "0.8/20": "a percentage from 1 to below 100",
    "100/20": "a percentage from 1 to below 100",
    "80/0": "seconds above 0",
    "80/1e3": "such as '80/20'",
    "80/20 anwsered": "'answered' (known: offered",
    "abandonement 5%": "'abandonment' (known: asa",
    "asa": "seconds above 0",
    "asa 0": "seconds above 0",
    "asa 5%": "seconds above 0",
    "abandonment 0.05": "with its sign, such as 'abandonment 5%'",
    "abandonment 0%": "between 0 and 100",
    "occupancy 100%": "between 0 and 100",
    "occupancy 85% 20": "with its sign",
    "blocking \u0665%": "with its sign",
}


@pytest.mark.parametrize("text", NO_TARGETS)
def test_what_is_no_target_is_told_what_would_be(text):
    with pytest.raises(InputError) as caught:
        parse_target(text)
    assert caught.value.where == f"--target {text!r}"
    assert NO_TARGETS[text] in caught.value.expected
