"""Every parameter and field of what is public is mentioned in its docstring, which names nothing private.

Public is what `bporoute` and its rooms list in ``__all__``, and the methods of their classes that have no
underscore in front. A function's docstring mentions its parameters; a class's those of its initialiser and
its fields, inherited ones too. Mentioned is what stands

- as an entry of a section (``aht, patience : float``, with or without its type),
- between back-ticks, single or double,
- or as a word of the summary, which is all up to the first empty line.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from typing import Any

import pytest

import bporoute

DOORS = [
    bporoute,
    *(import_module(f"bporoute.{room}") for room in sorted(bporoute._ROOMS - {"errors", "_kernels"})),
]
PUBLIC = {
    f"{value.__module__}.{value.__qualname__}": value
    for door in DOORS
    for value in (getattr(door, name) for name in door.__all__)
    if inspect.isclass(value) or inspect.isfunction(value)
}

SECTION = re.compile(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^((?:\*{0,2}\w+, )*\*{0,2}\w+)(?: :.*)?$", re.MULTILINE)
TICKED = re.compile(r"(`+)([^`]+)\1")
WORD = re.compile(r"\w+")
PRIVATE = re.compile(r"\b_")


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_parameters_and_fields_are_mentioned(name: str) -> None:
    missing = [
        f"{place}: {parameter}"
        for place, member, parameters in _documented(name, PUBLIC[name])
        for parameter in parameters
        if parameter not in _mentioned(_text(member))
    ]
    assert missing == []


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_entries_are_of_what_is_there(name: str) -> None:
    gone = [
        f"{place}: {entry}"
        for place, member, parameters in _documented(name, PUBLIC[name])
        for entry in _entries(_text(member))
        if entry not in {*parameters, *dir(member), *_set_by_initialiser(member)}
    ]
    assert gone == []


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_only_what_is_public_is_named(name: str) -> None:
    module = import_module(PUBLIC[name].__module__)
    for place, member, _ in _documented(name, PUBLIC[name]):
        for text in _names(_text(member)):
            named = getattr(module, text.split(".")[0], None)
            ours = inspect.isclass(named) and named.__module__.startswith("bporoute")
            assert not PRIVATE.search(text), f"{place}: {text}"
            assert not ours or named in PUBLIC.values(), f"{place}: {text}"


def test_rooms_name_nothing_private() -> None:
    found = [
        f"{door.__name__}: {text}" for door in DOORS for text in _names(_text(door)) if PRIVATE.search(text)
    ]
    assert found == []


def test_what_counts_as_mentioned() -> None:
    text = inspect.cleandoc("""Summary of one.

    Here two is not said, but `three`, ``max(four, 0)``, and

    Parameters
    ----------
    five, *six : float
        Of seven.
    eight
        As there.

    Returns
    -------
    nine
    """)
    assert _entries(text) == {"five", "six", "eight"}
    assert _mentioned(text) == {"Summary", "of", "one", "three", "max", "four", "0", "five", "six", "eight"}


def _documented(name: str, value: Any) -> Iterator[tuple[str, Any, list[str]]]:
    """Whatever has a docstring of its own, and the names that it has to mention."""
    if not inspect.isclass(value):
        yield name, value, _parameters(value)
        return
    own = [kind for kind in value.__mro__ if kind.__module__.startswith("bporoute")]
    fields = [field for kind in own for field in inspect.get_annotations(kind)]
    initialiser = next((vars(kind)["__init__"] for kind in own if "__init__" in vars(kind)), None)
    parameters = _parameters(initialiser) if initialiser else []
    yield name, value, [each for each in (*fields, *parameters) if not each.startswith("_")]
    for attribute in dict.fromkeys(attribute for kind in own for attribute in vars(kind)):
        member = getattr(value, attribute)
        if attribute.startswith("_"):
            continue
        if inspect.isfunction(member) or inspect.ismethod(member):
            yield f"{name}.{attribute}", member, _parameters(member)
        elif isinstance(member, property | cached_property):
            yield f"{name}.{attribute}", member, []


def _parameters(function: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


def _set_by_initialiser(member: Any) -> tuple[str, ...]:
    code = getattr(vars(member).get("__init__"), "__code__", None) if inspect.isclass(member) else None
    return code.co_names if code else ()


def _text(member: Any) -> str:
    return inspect.getdoc(member) or ""


def _names(docstring: str) -> list[str]:
    return [text for ticks, text in TICKED.findall(docstring) if ticks == "`"]


def _entries(docstring: str) -> set[str]:
    found = [entry[1] for section in SECTION.findall(docstring) for entry in ENTRY.finditer(section)]
    return set(WORD.findall(" ".join(found)))


def _mentioned(docstring: str) -> set[str]:
    summary = docstring.split("\n\n", 1)[0]
    ticked = [text for _, text in TICKED.findall(docstring)]
    return _entries(docstring) | set(WORD.findall(" ".join([summary, *ticked])))
