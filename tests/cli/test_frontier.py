"""Families of policies from their text."""

import pytest

from bporoute.cli._frontier import MOST_MEMBERS, parse_frontier
from bporoute.errors import InputError
from bporoute.policies._shares import Share
from bporoute.policies._thresholds import QueueLength

FAMILIES = {
    "QueueLength({0..2})": (0.0, 1.0, 2.0),
    "QueueLength({5, 1,5})": (5.0, 1.0),
    "OccupancyLimit({0.5..0.8..0.1})": (0.5, 0.6, 0.7, 0.8),
    "ExpectedWait({30..30})": (30.0,),
    "Hysteresis(QueueLength({4..6..2}), QueueLength(2))": (4.0, 6.0),
}


@pytest.mark.parametrize("text", FAMILIES)
def test_a_family_of_policies_from_its_text(text):
    family = parse_frontier(text)
    assert family.numbers == FAMILIES[text]
    assert len(family.policies) == len(family.numbers)


def test_braces_of_a_table_are_not_those_of_a_number():
    assert parse_frontier("Share({'nord': {0.1,0.2}})").policies == (
        Share({"nord": 0.1}),
        Share({"nord": 0.2}),
    )
    assert parse_frontier("QueueLength({3})").policies == (QueueLength(3.0),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QueueLength(3)", "no number left open"),
        ("Share({'nord': 0.1})", "no number left open"),
        ("ServedInTime({0.5,0.8}, {10..20})", "2 numbers left open"),
        ("QueueLength({})", "'{}'"),
        ("QueueLength({3..1})", "'{3..1}'"),
        ("QueueLength({0..inf})", "'{0..inf}'"),
        ("QueueLength({nan..3})", "'{nan..3}'"),
        ("QueueLength({0..5..0})", "'{0..5..0}'"),
        ("QueueLength({0..5..1..1})", "'{0..5..1..1}'"),
        ("QueueLength({0..1e9})", f"more than {MOST_MEMBERS} numbers"),
        ("QueueLenght({0..3})", "'QueueLenght'"),
        ("QueueLength({-1..3})", "-1"),
    ],
)
def test_what_is_no_family_is_told_what_would_be(text, expected):
    with pytest.raises(InputError) as caught:
        parse_frontier(text)
    assert caught.value.where.startswith("--frontier ")
    assert expected in caught.value.found + caught.value.where


def test_a_range_that_its_step_leaves_at_once_is_no_family():
    with pytest.raises(InputError, match="expected a step"):
        parse_frontier("ServedInTime({0.5..0.9}, 20)")
