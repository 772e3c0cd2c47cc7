"""Records: packed by one side, unpacked by the other, interpreted and compiled."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
import pytest

from bporoute import _kernels
from bporoute._kernels.compiling.arrays import Book, KeyTable, Row, Table, TinyRow, WholeRow
from bporoute._kernels.compiling.records import Packed, unpacked, words
from bporoute._kernels.compiling.registry import kernel

pytestmark = pytest.mark.kernels


class Shelf(NamedTuple):
    many: int
    book: Book
    whole: WholeRow
    table: Table
    keys: KeyTable
    tiny: TinyRow
    last: int


class Single(NamedTuple):
    row: Row


class Pairs(NamedTuple):
    table: Annotated[Table, 2]
    book: Annotated[Book, 2]


@kernel("f8(Shelf)")
def total(shelf: Shelf) -> float:
    """Every element once, and the numbers."""
    found = float(shelf.many + shelf.last)
    for page in range(shelf.book.shape[0]):
        for line in range(shelf.book.shape[1]):
            for column in range(shelf.book.shape[2]):
                found += shelf.book[page, line, column]
    for place in range(shelf.whole.shape[0]):
        found += shelf.whole[place]
    for line in range(shelf.table.shape[0]):
        for column in range(shelf.table.shape[1]):
            found += shelf.table[line, column]
    for line in range(shelf.keys.shape[0]):
        for column in range(shelf.keys.shape[1]):
            found += float(shelf.keys[line, column])
    for place in range(shelf.tiny.shape[0]):
        found += shelf.tiny[place]
    return found


@kernel("f8(i8)")
def total_at(address: int) -> float:
    return total(unpacked(Shelf, address))


@kernel("f8(f8,i8)")
def add_at(number: float, address: int) -> float:
    single = unpacked(Single, address)
    for place in range(single.row.shape[0]):
        single.row[place] += number
    return number


@kernel("f8(i8)")
def differences_at(address: int) -> float:
    pairs = unpacked(Pairs, address)
    found = 0.0
    for line in range(pairs.table.shape[0]):
        found += pairs.table[line, 0] - pairs.table[line, 1]
    for page in range(pairs.book.shape[0]):
        for line in range(pairs.book.shape[1]):
            found += pairs.book[page, line, 0] - pairs.book[page, line, 1]
    return found


@pytest.fixture(scope="module", params=["interpreted", "compiled"])
def compiled(request):
    """Kernels as they are asked for; where Numba may not compile, as they are written."""
    return lambda kernel: _kernels.for_work(kernel, 1 << 40 if request.param == "compiled" else 0)


def shelf(chance, *, many=3, pages=2, lines=3, columns=4):
    return Shelf(
        many,
        chance.integers(-9, 9, (pages, lines, columns)).astype(np.float64),
        chance.integers(-9, 9, columns),
        chance.integers(-9, 9, (lines, pages)).astype(np.float64),
        chance.integers(0, 9, (pages, columns)).astype(np.uint64),
        chance.integers(-9, 9, lines).astype(np.int8),
        -1,
    )


def sum_of(record):
    return float(sum(np.sum(field) for field in record))


def test_what_is_packed_is_unpacked(compiled):
    chance = np.random.default_rng(1)
    packed = Packed(Shelf)
    for number in range(5):
        record = shelf(chance, many=number, pages=number + 1, lines=number + 2)
        assert compiled(total_at)(packed.keep(record)) == sum_of(record)


@pytest.mark.parametrize("empty", ["pages", "lines", "columns"])
def test_arrays_may_be_empty(compiled, empty):
    record = shelf(np.random.default_rng(2), **{empty: 0})
    assert compiled(total_at)(Packed(Shelf).keep(record)) == sum_of(record)


def test_an_array_that_takes_the_place_of_another_is_found_and_the_address_stays(compiled):
    record, packed = shelf(np.random.default_rng(3)), Packed(Shelf)
    address = packed.keep(record)
    for name in ("book", "whole", "tiny"):
        record = record._replace(**{name: np.concatenate([getattr(record, name)] * 2)})
        assert packed.keep(record) == address
        assert compiled(total_at)(address) == sum_of(record)


def test_the_arrays_themselves_are_written(compiled):
    row = np.arange(4.0)
    compiled(add_at)(0.5, Packed(Single).keep(Single(row)))
    assert row.tolist() == [0.5, 1.5, 2.5, 3.5]


def test_interpreted_kernels_take_records_as_they_are():
    record = shelf(np.random.default_rng(4))
    assert total(record) == sum_of(record)


def test_the_words_are_an_address_and_a_size_by_dimension_or_a_number():
    assert (words(Single), words(Shelf)) == (2, 1 + 4 + 2 + 3 + 3 + 2 + 1)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(3, dtype=np.int64),
        np.zeros((3, 3)),
        np.zeros(6)[::2],
    ],
    ids=["type", "dimensions", "gaps"],
)
def test_an_array_of_another_kind_is_refused(wrong):
    packed = Packed(Single)
    with pytest.raises(TypeError, match=r"f8\[::1\] is wanted"):
        packed.keep(Single(wrong))
    assert packed.keep(Single(np.zeros(3))) == packed.address


def test_an_array_that_is_kept_lives_on(compiled):
    packed = Packed(Single)
    address = packed.keep(Single(np.full(1000, 2.0)))
    compiled(add_at)(1.0, address)
    assert unpacked(Single, address).row.sum() == 3000.0


def test_the_number_of_columns_may_be_declared(compiled):
    packed = Packed(Pairs)
    record = Pairs(np.arange(6.0).reshape(3, 2), np.arange(12.0).reshape(3, 2, 2))
    assert compiled(differences_at)(packed.keep(record)) == -9.0
    with pytest.raises(TypeError, match=r"f8\[:,::1\] of 2 columns is wanted, not float64 of shape \(2, 3\)"):
        packed.keep(record._replace(table=np.zeros((2, 3))))
