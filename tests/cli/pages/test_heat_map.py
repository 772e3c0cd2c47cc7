"""Heat maps: every value in its shade, the legend as the picture, more than one way to tell few from many."""

from datetime import datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bporoute.cli.pages._day_cells import day_cells
from bporoute.cli.pages._heat_map import Cell, heat_map, net_map, net_shade_of, shade_of
from bporoute.cli.pages._page import Page, encoded
from bporoute.workload import Volumes
from helpers.pages import read_page

VALUES = st.lists(st.integers(-200, 200), min_size=1, max_size=60)


def drawn(picture):
    return read_page(encoded(Page("title", ("answer",), (picture,)))).find(".//svg")


@given(VALUES)
def test_more_is_never_lighter_and_below_zero_is_another_colour(values):
    most = max(map(abs, values))
    shades = [shade_of(value, most) for value in sorted(values)]
    assert shades == sorted(shades)
    for value in values:
        kind = net_shade_of(value, most)
        assert kind.startswith("short") == (value < 0)
        assert (kind == "shade0") == (value == 0)
    assert net_shade_of(most, most) == ("shade6" if most else "shade0")


@given(VALUES)
def test_every_cell_is_drawn_once_and_its_shade_is_explained(values):
    cells = [Cell(0, place / 2, place / 2 + 0.5, value) for place, value in enumerate(values)]
    for draw in (heat_map, net_map):
        picture = draw("t", "d", ["Mon"], cells, "agents")
        paths = drawn(picture).findall("path")
        assert sum(each.get("d").count("M") for each in paths) == len(values)
        assert {each.get("class") for each in paths} <= {kind for kind, _ in picture.legend}


def test_the_mean_of_many_weeks_is_that_of_each_weekday():
    starts = [datetime(2026, 1, 5, 9) + timedelta(days=day) for day in range(70)]
    size = len(starts)
    told = Volumes(tuple(starts), ("a",) * size, np.ones(size), np.full(size, 200.0), np.full(size, 1800.0))
    found = day_cells(
        told, "a", [float(start.weekday() + 2 * (number // 7)) for number, start in enumerate(starts)]
    )
    assert found.rows[0] == "Monday"
    assert [cell.value for cell in sorted(found.cells, key=lambda cell: cell.row)] == [
        9 + day for day in range(7)
    ]
    assert found.at(found.cells[0]) == "Monday from 09:00"
