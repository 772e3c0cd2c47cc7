"""Memory of the routing tables: taken up bit by bit, and a page of evidence is never large."""

from __future__ import annotations

import os

import numpy as np
import pytest

from bporoute.routing._tables._arrays import SMALL, room_for
from bporoute.routing._tables._page import Page, line_bytes
from bporoute.routing._tables._pages import MOST_BYTES, most_lines


@pytest.mark.parametrize("rows", [3, SMALL // 80 + 7])
def test_room_is_zeros_that_can_be_written_to(rows: int) -> None:
    room = room_for((rows, 2, 5))
    assert room.shape == (rows, 2, 5)
    assert room.flags.c_contiguous
    assert not room.any()
    room[-1, -1, -1] = room[0, 0, 0] = 2.0
    assert np.count_nonzero(room) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_has_its_own_copy_of_room() -> None:
    room = room_for((SMALL // 8 + 1,))
    room[5] = 1.0
    child = os.fork()
    if not child:
        seen = room[5] == 1.0
        room[5] = 2.0
        os._exit(0 if seen else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert room[5] == 1.0


@pytest.mark.parametrize("ways", [1, 9, 201, 5000, 100_000])
def test_a_page_has_lines_for_some_megabytes_at_most(ways: int) -> None:
    lines = most_lines(ways)
    assert lines >= 1
    assert lines == 1 or lines * line_bytes(ways) <= MOST_BYTES
    if ways <= 5000:
        assert Page(lines, ways, 1).numbers.nbytes == lines * line_bytes(ways)
