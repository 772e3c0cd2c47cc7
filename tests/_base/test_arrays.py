"""Arguments at the door: what counts as a number, how shapes meet, and how each complaint reads."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bporoute._base import arrays as broadcast
from bporoute._base.arrays import Together, numbers, together
from bporoute._base.ranges import NOT_NEGATIVE, OR_INFINITE, POSITIVE, PROBABILITY, SHARE_BELOW_ONE
from bporoute.errors import InputError


def complaint(value, legal=NOT_NEGATIVE, name="load"):
    with pytest.raises(InputError) as caught:
        numbers(name, value, legal)
    return caught.value


@pytest.mark.parametrize(
    "value",
    [3, 3.0, np.float32(3), np.int8(3), np.uint64(3), np.array(3), [3], (3.0,), [[3]], np.array([3], ">f4"),
     Fraction(3), Decimal(3), np.array([3], object), range(3, 4)],
)  # fmt: skip
def test_all_kinds_of_numbers(value):
    found = numbers("load", value)
    assert found.dtype == np.float64
    assert found.ravel().tolist() == [3.0]
    assert found.shape == np.shape(value)


@pytest.mark.parametrize("value", [True, [True, False], np.True_, "3", ["3"], None, 3j, [1, 2j], {3},
    {"a": 3},
                                   object(),
                                   [1, [2, 3]], [None, 1], np.datetime64("2026-01-01")])  # fmt: skip
def test_what_is_no_number(value):
    found = complaint(value)
    assert found.where == "load"
    assert "finite number of at least 0, or an array of such" in found.expected


@pytest.mark.parametrize("value", [10**400, [1.0, 10**400]])
def test_numbers_too_large_for_a_float(value):
    assert complaint(value).where.startswith("load")


@pytest.mark.parametrize(
    ("legal", "good", "bad", "words"),
    [
        (NOT_NEGATIVE, [0, 5e-324, 1e308], [-5e-324, math.inf, math.nan], "a finite number of at least 0"),
        (POSITIVE, [5e-324, 1e308], [0, -0.0, math.inf, math.nan], "a finite number above 0"),
        (OR_INFINITE, [0, math.inf], [-1, -math.inf, math.nan], "a number of at least 0 (or inf)"),
        (PROBABILITY, [0, 1], [-1e-300, 1 + 2e-16, math.nan], "a number of at least 0 and of at most 1"),
        (SHARE_BELOW_ONE, [0, 1 - 2e-16], [1, -1, math.nan, math.inf], "a number of at least 0 and below 1"),
    ],
)
def test_ranges(legal, good, bad, words):
    assert numbers("share", good, legal).tolist() == good
    for value in bad:
        found = complaint(value, legal, "share")
        assert (found.where, found.found, found.expected) == ("share", repr(float(value)), words)


def test_the_index_inside_arrays():
    assert complaint([1, 2, -3, -4]).where == "load[2]"
    assert complaint([[1, 2], [3, math.nan]]).where == "load[1, 1]"
    assert complaint([[1, 2], [3, math.nan]]).found == "nan"
    assert complaint(np.array(-1)).where == "load"


def test_shapes_that_do_not_fit():
    with pytest.raises(InputError) as caught:
        together(agents=([1, 2, 3], NOT_NEGATIVE), load=([1, 2], NOT_NEGATIVE), aht=(1, POSITIVE))
    assert caught.value.where == "shapes"
    assert caught.value.found == "agents (3,), load (2,)"


def test_scalars_give_floats_and_arrays_arrays():
    double = lambda values, out: np.multiply(values, 2.0, out=out)  # noqa: E731
    for value in (3, np.float32(3), np.array(3)):
        given_ = together(load=(value, NOT_NEGATIVE))
        found = given_.shaped(given_.run(double))
        assert type(found) is float
        assert found == 6.0
    for value, shape in (([3], (1,)), ([], (0,)), (np.ones((0, 4)), (0, 4)), (np.ones((2, 3)), (2, 3))):
        given_ = together(load=(value, NOT_NEGATIVE))
        found = given_.shaped(given_.run(double))
        assert found.shape == shape


def test_what_is_given_is_left_alone():
    load = np.array([[1.0, 2.0], [3.0, 4.0]])[:, ::-1]
    given_ = together(load=(load, NOT_NEGATIVE), agents=(7, NOT_NEGATIVE))
    assert given_.flat[0].tolist() == [2.0, 1.0, 4.0, 3.0]
    assert given_.flat[1].tolist() == [7.0] * 4
    assert all(values.flags.c_contiguous for values in given_.flat)
    assert load.tolist() == [[2.0, 1.0], [4.0, 3.0]]


@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3, min_side=0))
def test_like_a_numpy_ufunc(shapes):
    arrays = [np.arange(math.prod(shape), dtype=float).reshape(shape) for shape in shapes.input_shapes]
    given_ = together(a=(arrays[0], NOT_NEGATIVE), b=(arrays[1], NOT_NEGATIVE), c=(arrays[2], NOT_NEGATIVE))
    assert given_.shape == shapes.result_shape
    found = given_.run(lambda a, b, c, out: np.copyto(out, a + 10.0 * b + 100.0 * c))
    expected = arrays[0] + 10.0 * arrays[1] + 100.0 * arrays[2]
    np.testing.assert_array_equal(given_.shaped(found), expected)


@given(st.lists(st.floats(0, 9), min_size=1, max_size=30), st.integers(1, 7))
def test_piece_by_piece_changes_nothing(values, at_once):
    pieces = []

    def fill(load, factor, out):
        pieces.append(len(load))
        out[:, 0], out[:, 1] = load, factor * load

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broadcast, "AT_ONCE", at_once)
        rows = Together((np.array(values),), (len(values),)).run(fill, 3.0, columns=2)
    assert rows.tolist() == [[value, 3.0 * value] for value in values]
    assert max(pieces) <= at_once
    assert sum(pieces) == len(values)
