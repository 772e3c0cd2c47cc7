"""Cells are numbered as by a plain dictionary, however they are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.routing import _numbered_cells
from bporoute.routing._numbered_cells import FEW, numbered, numbered_keys, numbered_objects, renumbered

WORDS = st.lists(st.sampled_from(["", "sv", "en", "sv-SE", "å", "🙂"]) | st.text(max_size=2), max_size=80)


def naive(cells):
    known, codes = [], []
    for cell in cells:
        if cell not in known:
            known.append(cell)
        codes.append(known.index(cell))
    return codes, known


def as_lists(found):
    return found[0].tolist(), list(found[1])


@given(WORDS)
def test_lists_and_arrays_of_objects(cells):
    fresh = ["".join(list(cell)) for cell in cells]
    assert as_lists(numbered("type", cells)) == as_lists(numbered("type", fresh)) == naive(cells)
    held = np.empty(len(cells), dtype=object)
    held[:] = cells
    assert as_lists(numbered("type", held)) == naive(cells)


@given(WORDS, st.integers(1, 3))
def test_arrays_of_texts(cells, step):
    texts = np.array(cells, dtype="U6")[::step]
    assert as_lists(numbered("type", texts)) == naive(texts.tolist())


@pytest.mark.parametrize("differing", [1, 2, FEW, FEW + 1, 3000])
@pytest.mark.parametrize("rare_last", [False, True], ids=["all alike often", "some met late"])
def test_few_and_many(differing, rare_last):
    drawn = np.random.default_rng(differing).integers(0, differing, 5000)
    cells = [f"word {number}" for number in drawn]
    if rare_last:
        cells[-7:-4] = ["rare", "scarce", "rare"]
    wanted = naive(cells) if differing < 100 else (None, list(dict.fromkeys(cells)))
    for column in (cells, np.array(cells), np.array(cells, dtype=object)):
        codes, words = numbered("type", column)
        assert words == wanted[1]
        assert [words[code] for code in codes] == cells
    words = {name: name for name in cells}
    codes, words = numbered("type", [words[cell] for cell in cells])
    assert [words[code] for code in codes] == cells


def test_texts_whose_keys_are_the_same_are_told_apart(monkeypatch):
    monkeypatch.setattr(_numbered_cells, "KEY_FACTOR", 0)
    assert as_lists(numbered("type", np.array(["sv", "en", "sv"]))) == ([0, 1, 0], ["sv", "en"])


def test_cells_that_hold_several_texts():
    cells = [["a"], {"a"}, ("a",), np.array(["b", "c"]), []]
    assert as_lists(numbered("data", cells)) == ([0, 0, 0, 1, 2], [("a",), ("b", "c"), ()])


def test_objects_that_are_equal_may_have_two_numbers_but_no_two_share_one():
    cells = [object() for _ in range(3)] * 4
    assert as_lists(numbered_objects(cells)) == ([0, 1, 2] * 4, [0, 1, 2])
    assert as_lists(numbered_objects([])) == ([], [])


@given(st.lists(st.integers(0, 9)))
def test_keys(keys):
    codes, known = naive(keys)
    found, first = numbered_keys(keys, len(keys))
    assert found.tolist() == codes
    assert first == [keys.index(key) for key in known]


@given(st.lists(st.integers(0, 9), min_size=1))
def test_numbers_anew_in_their_order(numbers):
    wanted = sorted(set(numbers))
    found, occur = renumbered(np.array(numbers), 10)
    assert occur == wanted
    assert [wanted[code] for code in found] == numbers


@pytest.mark.parametrize("frames", ["pandas", "polars", "pyarrow"])
def test_frames(frames):
    library = pytest.importorskip(frames)
    cells = ["sv", None, "en", "sv", None, "da"]
    if frames == "pandas":
        columns = [
            library.Series(cells),
            library.Series(cells, dtype=object),
            library.Series(cells).astype("category"),
        ]
    elif frames == "polars":
        columns = [library.Series(cells), library.Series(cells).cast(library.Categorical)]
    else:
        columns = [
            library.array(cells),
            library.chunked_array([cells[:2], cells[2:]]),
            library.array(cells).dictionary_encode(),
        ]
    for column in columns:
        codes, words = numbered("language", column)
        told = [words[code] for code in codes]
        assert [word if isinstance(word, str) else None for word in told] == cells
