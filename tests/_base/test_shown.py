"""A value as an error quotes it: short, on one line, in little time, whatever the value is."""

from __future__ import annotations

import collections
import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bporoute.errors import UNPRINTABLE, escaped, shown


class Hostile:
    """Cannot be looked at."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


class Rude:
    """Looks like a terminal's command."""

    def __repr__(self) -> str:
        return "a\nb\x1b[2J\u202e\udc80"


class Text(str):
    """A text that cannot be measured."""

    __slots__ = ()

    def __len__(self) -> int:
        raise RuntimeError


def itself() -> list:
    inner: list = []
    inner.append(inner)
    return inner


def nested(levels: int) -> list:
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        ("sv", "'sv'"), (b"sv", "b'sv'"), ({"a": [1, 2]}, "{'a': [1, 2]}"), (itself(), "[[[[...]]]]"),
        (Hostile(), "a Hostile that cannot be shown"),
        ([Hostile()], "a list that cannot be shown"), (Text("x"), "a Text that cannot be shown"),
        (Rude(), "a\\nb\\x1b[2J\\u202e\\udc80"), ("x" * 58, f"'{'x' * 58}'"), ("x" * 59, f"'{'x' * 56}..."),
        (nested(3), "[[[[]]]]"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_what_is_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_number_of_thousands_of_digits_is_shown() -> None:
    assert shown(10**5000) == "a int too long to show"


@pytest.mark.parametrize(
    "make",
    [
        lambda: "x" * 10**7,
        lambda: b"x" * 10**7,
        lambda: bytearray(10**7),
        lambda: [[0] * 10**6],
        lambda: {0: list(range(10**6))},
        lambda: nested(100_000),
        lambda: np.zeros(10**6),
        lambda: collections.Counter(range(100)),
        lambda: ["x" * 10**7],
    ],
)
def test_what_is_large_is_shown_soon(make) -> None:
    value = make()
    begun = time.process_time()
    assert len(shown(value)) <= 60
    assert time.process_time() - begun < 0.02


@given(st.text(st.characters(), max_size=80))
def test_what_is_escaped_is_printable_and_short_texts_without_marks_stay(text: str) -> None:
    found = escaped(text)
    assert not UNPRINTABLE.search(found)
    found.encode()
    assert escaped(found) == found
    assert (found == text) == (not UNPRINTABLE.search(text))
    assert len(shown(text)) <= 60
