"""What a look counts, and what of it is news."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.simulation import columns
from bporoute._kernels.simulation.looking import counted_rate, is_news

pytestmark = pytest.mark.kernels


@given(
    st.integers(0, 5),
    st.floats(0.5, 600),
    st.lists(st.integers(0, 3).map(lambda count: 7 * (count // 2)), min_size=1, max_size=30),
)
def test_the_rate_is_that_of_the_last_looks(ready, steps, step, came):
    """By a list of all that was counted."""
    counts, kernel, routed = np.zeros(steps + 1), ready(counted_rate), np.cumsum(came)
    for number, total in enumerate(routed.tolist()):
        first = max(number - steps, 0)
        seconds = sum([step] * (number - first))
        found = kernel(counts, number, float(total), step)
        if total == routed[first]:
            assert math.isnan(found)
        else:
            assert found == pytest.approx((total - routed[first]) / seconds, rel=1e-12)


@pytest.mark.parametrize(
    ("told", "now", "news"),
    [
        ((math.nan, math.nan), (0.0, math.nan), True),
        ((4.0, math.nan), (4.0, math.nan), False),
        ((4.0, math.nan), (4.0, 0.1), True),
        ((4.0, 0.1), (4.0, math.nan), True),
        ((4.0, 0.1), (4.0, 0.1), False),
        ((4.0, 0.1), (4.0, 0.2), True),
        ((4.0, 0.1), (5.0, 0.1), True),
    ],
)
def test_what_is_news(ready, told, now, news):
    seen = np.zeros(columns.LOOK_COLUMNS)
    seen[[columns.TOLD_ROOM, columns.TOLD_RATE]] = told
    seen[columns.RATE_NOW] = now[1]
    assert bool(ready(is_news)(seen, now[0])) is news
