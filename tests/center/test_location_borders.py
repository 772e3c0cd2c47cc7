from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.center import _location as borders
from bporoute.center._location import share_a_border

COUNTRIES = sorted(set().union(*borders._PAIRS))
# How many neighbours a country has, as almanacs count (Hong Kong and Macau as two of China's).
NEIGHBOURS = {
    "AT": 8,
    "BR": 10,
    "CD": 9,
    "CN": 16,
    "DE": 9,
    "DK": 1,
    "ES": 5,
    "FR": 8,
    "GB": 1,
    "IE": 1,
    "IN": 6,
    "MX": 3,
    "PL": 7,
    "PT": 1,
    "RU": 14,
    "SD": 7,
    "TR": 8,
    "US": 2,
    "ZA": 6,
    "ZM": 8,
}


@pytest.mark.parametrize(("country", "neighbours"), NEIGHBOURS.items())
def test_as_many_neighbours_as_known(country: str, neighbours: int) -> None:
    assert sum(share_a_border(country, other) for other in COUNTRIES) == neighbours


@given(st.sampled_from(COUNTRIES), st.sampled_from(COUNTRIES))
def test_a_border_has_two_sides(one: str, other: str) -> None:
    assert share_a_border(one, other) == share_a_border(other, one)
    assert not share_a_border(one, one)


@pytest.mark.parametrize("island", ["IS", "JP", "PH", "NZ", "MT", "CY", "XX", ""])
def test_islands_and_strangers_have_none(island: str) -> None:
    assert not any(share_a_border(island, other) for other in COUNTRIES)


def test_every_code_is_two_capital_letters() -> None:
    assert all(len(code) == 2 and code.isalpha() and code.isupper() for code in COUNTRIES)
    assert all(len(pair) == 2 for pair in borders._PAIRS)
