"""The deadlines of those who wait, against plain lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute._kernels.simulation import agenda as agenda
from bporoute._kernels.simulation import columns
from bporoute._kernels.simulation import deadlines as deadlines
from bporoute._kernels.simulation import lines as lines

pytestmark = pytest.mark.kernels


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["enter", "enter", "leave", "first"]), st.integers(0, 9)), max_size=60
    )
)
def test_contacts_leave_the_deadlines_at_any_moment(ready, steps):
    enter, leave = ready(deadlines.enter), ready(deadlines.leave)
    dues, waiting, size = np.full(64, np.nan), np.full(64, -1), 0
    links = np.full((64, columns.LINK_WORDS), -1)
    twin: dict[int, float] = {}
    for slot, (step, number) in enumerate(steps):
        if step == "enter":
            size = enter(dues, waiting, links, size, float(number), slot)
            twin[slot] = float(number)
        elif twin:
            gone = sorted(twin)[number % len(twin)] if step == "leave" else int(waiting[0])
            size = leave(dues, waiting, links, size, gone)
            del twin[gone]
            assert links[gone, columns.HEAP_PLACE] == -1
        assert size == len(twin)
        assert {int(waiting[place]): dues[place] for place in range(size)} == twin
        assert all(waiting[links[each, columns.HEAP_PLACE]] == each for each in twin)
        if twin:
            assert dues[0] == min(twin.values())
