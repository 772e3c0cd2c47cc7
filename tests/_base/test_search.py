"""The least value at which something holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._base.search import least


@given(limit=st.one_of(st.integers(0, 10**15).map(float), st.floats(0, 1e15)), start=st.floats(1e-3, 1e9))
def test_least_finds_the_first_whole_number_and_the_first_number(limit, start):
    starts = np.array([max(start, 1.0)])
    assert least(lambda x: x >= limit, starts, whole=True, most=1e16)[0] == math.ceil(limit)
    found = least(lambda x: x >= limit, starts, whole=False, most=1e16)[0]
    assert found >= limit
    assert found == pytest.approx(limit, rel=1e-15, abs=1e-300)


def test_least_ends_where_whole_numbers_are_apart_and_where_nothing_is_found():
    found = least(lambda x: x >= 1.23e17 + 16, np.array([1e17]), whole=True)
    assert found[0] == pytest.approx(1.23e17, rel=1e-15)
    assert least(lambda x: x < 0, np.array([1.0]), whole=True)[0] == math.inf
